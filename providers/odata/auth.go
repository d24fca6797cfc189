package odata

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/epicorerp/epicorerp/internal/httpauth"
	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/providers"
)

// authorizer adds what AuthScheme says; left out, a token goes before a user.
// It is nil where nobody signs in.
func authorizer(o providers.Options) httpx.Authorizer {
	user, password, token := o.String("User"), o.String("Password"), o.String("OAuthAccessToken")
	scheme := o.String("AuthScheme")
	switch {
	case strings.EqualFold(scheme, "None"), challenged(scheme) != nil:
		return nil
	case o.SignIn != nil:
		return bearer{o.SignIn}
	case token != "" && (user == "" || scheme != "" && !strings.EqualFold(scheme, "Basic")):
		return httpx.AuthorizerFunc(func(_ context.Context, r *http.Request) error {
			r.Header.Set("Authorization", "Bearer "+token)
			return nil
		})
	case user != "":
		return httpx.AuthorizerFunc(func(_ context.Context, r *http.Request) error {
			r.SetBasicAuth(user, password)
			return nil
		})
	}
	return nil
}

// challenged returns what makes the layer that answers a scheme's challenges, nil
// where the scheme has no need of one.
func challenged(scheme string) httpauth.Scheme {
	switch strings.ToLower(scheme) {
	case "digest":
		return func(base http.RoundTripper, properties map[string]string) (http.RoundTripper, error) {
			return httpauth.NewDigest(base, properties["User"], httpx.Secret(properties["Password"])), nil
		}
	case "ntlm":
		return func(base http.RoundTripper, properties map[string]string) (http.RoundTripper, error) {
			return httpauth.NewNTLM(base, properties["User"], httpx.Secret(properties["Password"]))
		}
	case "negotiate":
		if s := httpauth.Registered("Negotiate"); s != nil {
			return s
		}
		return func(http.RoundTripper, map[string]string) (http.RoundTripper, error) {
			return nil, errNoKerberos
		}
	}
	return nil
}

var errNoKerberos = errors.New(`AuthScheme=Negotiate is there for programs that import _ "github.com/epicorerp/epicorerp/providers/odata/kerberos"`)

// bearer sends the token of a source (RFC 6750, section 2.1), and has it renewed
// when the server does not take it.
type bearer struct{ source providers.TokenSource }

// Authorize implements httpx.Authorizer.
func (b bearer) Authorize(ctx context.Context, r *http.Request) error {
	token, err := b.source.Token(ctx)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	return nil
}

// Refresh implements httpx.Refresher. No other token helps where the server
// says that the rights are missing (RFC 6750, section 3.1).
func (b bearer) Refresh(ctx context.Context, resp *httpx.Response) (bool, error) {
	for _, challenge := range resp.Header.Values("WWW-Authenticate") {
		if strings.Contains(challenge, "insufficient_scope") {
			return false, nil
		}
	}
	return b.source.Refused(ctx, strings.TrimPrefix(resp.SentHeader("Authorization"), "Bearer "))
}
