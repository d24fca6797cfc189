package odata

import (
	"net/http"
	"strings"

	"github.com/epicorerp/epicorerp/internal/httpx"
)

// shortestSecret is how long a secret must be to be looked for: anything
// shorter would blot out words that mean something else.
const shortestSecret = 4

// WithoutSecrets takes out of a server's words what the request had in its
// Authorization header, and further secrets that it is told. Servers quote what
// they refuse, and pages for developers print every header.
func WithoutSecrets(words string, resp *httpx.Response, further ...string) string {
	for _, secret := range append(further, credentials(resp.SentHeader("Authorization"))...) {
		if len(secret) >= shortestSecret {
			words = replaceFold(words, secret, "***")
		}
	}
	return words
}

// credentials are the secrets of an Authorization header.
func credentials(authorization string) []string {
	_, sent, _ := strings.Cut(authorization, " ")
	secrets := []string{sent}
	r := http.Request{Header: http.Header{"Authorization": {authorization}}}
	if _, password, ok := r.BasicAuth(); ok {
		secrets = append(secrets, password)
	}
	return secrets
}

// replaceFold replaces without regard to the case of ASCII letters, since
// servers print GUIDs in either.
func replaceFold(s, old, with string) string {
	lower, find := asciiLower(s), asciiLower(old)
	var b strings.Builder
	for {
		i := strings.Index(lower, find)
		if i < 0 {
			return b.String() + s
		}
		b.WriteString(s[:i] + with)
		s, lower = s[i+len(old):], lower[i+len(old):]
	}
}

func asciiLower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
