package httpx

import (
	"net/url"
	"regexp"
	"strings"
)

// secretParts mark a name as secret wherever they occur in it, secretNames only
// when they are all of it: "code" is an authorization code, "CountryCode" is not.
// Names are compared in lower case with letters and digits only.
var (
	secretParts = []string{
		"token", "password", "passwd", "passphrase", "pwd", "secret", "apikey", "subscriptionkey",
		"accesskey", "privatekey", "sharedkey", "credential", "authorization", "signature", "assertion",
		"cookie", "devicecode", "authcode", "codeverifier", "sessionid",
	}
	secretNames = map[string]bool{
		"key": true, "code": true, "sig": true, "auth": true, "pass": true, "jwt": true, "sid": true,
		"session": true, "pin": true, "otp": true, "state": true, "nonce": true, "usercode": true,
	}
)

// secretName reports whether a parameter's name says that its value is secret.
func secretName(name string) bool {
	plain := strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		}
		return -1
	}, name)
	if secretNames[plain] {
		return true
	}
	for _, part := range secretParts {
		if strings.Contains(plain, part) {
			return true
		}
	}
	return false
}

// RedactURL returns a URL as it may be shown: without userinfo and fragment,
// and with the values of secret-looking query parameters masked. What cannot be
// parsed is not shown at all, since nobody can say where its secrets are.
func RedactURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "(unreadable URL)"
	}
	return redactURL(u)
}

func redactURL(u *url.URL) string {
	shown := *u
	shown.User, shown.Fragment, shown.RawFragment = nil, "", ""
	if shown.Opaque != "" {
		// user:password@host without slashes parses as scheme "user" and the rest.
		return "(unreadable URL)"
	}
	shown.RawQuery = redactQuery(u.RawQuery)
	return shown.String()
}

// redactQuery keeps order and encoding of what it does not mask.
func redactQuery(raw string) string {
	if raw == "" {
		return ""
	}
	var b strings.Builder
	for raw != "" {
		end := strings.IndexAny(raw, "&;")
		pair, sep := raw, ""
		if end >= 0 {
			pair, sep, raw = raw[:end], raw[end:end+1], raw[end+1:]
		} else {
			raw = ""
		}
		name, value, found := strings.Cut(pair, "=")
		plain, err := url.QueryUnescape(name)
		if found && value != "" && (err != nil || secretName(plain)) {
			pair = name + "=" + masked
		}
		b.WriteString(pair + sep)
	}
	return b.String()
}

var urlInText = regexp.MustCompile(`(?i)\b[a-z][a-z0-9+.-]*://[^\s"'<>]+`)

// redactText redacts the URLs inside an error text of somebody else's making.
func redactText(s string) string {
	if !strings.Contains(s, "://") {
		return s
	}
	return urlInText.ReplaceAllStringFunc(s, func(raw string) string {
		trimmed := strings.TrimRight(raw, ".,:;)")
		return RedactURL(trimmed) + raw[len(trimmed):]
	})
}
