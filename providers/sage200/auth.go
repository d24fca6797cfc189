package sage200

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/epicorerp/epicorerp/internal/held"
	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/providers"
)

const (
	keyHeader     = "Ocp-Apim-Subscription-Key"
	siteHeader    = "X-Site"
	companyHeader = "X-Company"
	bearerPrefix  = "Bearer "
)

// authorizer adds to each request who calls, with what key, and in which
// company. It is httpx's Authorizer and Refresher.
type authorizer struct {
	set    *settings
	source providers.TokenSource
	client *httpx.Client // set once it is made
	place  held.Value[place]
}

func newAuthorizer(o providers.Options, s *settings) (*authorizer, error) {
	a := &authorizer{set: s, source: o.SignIn}
	if a.source == nil {
		token := o.String("OAuthAccessToken")
		if token == "" {
			return nil, badProperty("OAuthAccessToken is missing: Sage 200 knows no other way to sign in than OAuth")
		}
		a.source = fixedToken(token)
	}
	return a, nil
}

// fixedToken is a token that nobody renews.
type fixedToken httpx.Secret

func (t fixedToken) Token(context.Context) (string, error)       { return string(t), nil }
func (fixedToken) Refused(context.Context, string) (bool, error) { return false, nil }

// sign adds all but the company.
func (a *authorizer) sign(ctx context.Context, h http.Header) (token string, err error) {
	if token, err = a.source.Token(ctx); err != nil {
		return "", err
	}
	h.Set("Authorization", bearerPrefix+token)
	h.Set(keyHeader, a.set.key.Reveal())
	return token, nil
}

// Authorize completes a request's headers. The first request waits until it is
// known which company is meant.
func (a *authorizer) Authorize(ctx context.Context, r *http.Request) error {
	p, err := a.place.Get(ctx, nil, a.findPlace)
	if err != nil {
		return err
	}
	r.Header.Set(siteHeader, p.site)
	r.Header.Set(companyHeader, p.company)
	_, err = a.sign(ctx, r.Header)
	return err
}

// Refresh looks at an answer of 401, which has four meanings: no valid token, no
// valid subscription key, no valid site or company, and, from gateways, none
// that it says. Only another token can better it. Where the answer does not tell,
// the list of sites does: it needs the token and the key, but no company.
func (a *authorizer) Refresh(ctx context.Context, resp *httpx.Response) (bool, error) {
	sent := strings.TrimPrefix(resp.SentHeader("Authorization"), bearerPrefix)
	e := a.set.decodeError(resp)
	if e.Kind == providers.KindAPIKey {
		return false, nil
	}
	if aboutToken(e.Message, resp) {
		return a.source.Refused(ctx, sent)
	}
	sites, err := a.sites(ctx)
	switch {
	case errors.Is(err, providers.KindNotFound):
		return a.source.Refused(ctx, sent) // a server without the list
	case err != nil:
		return false, err
	}
	token, err := a.source.Token(ctx)
	if err != nil || token != sent {
		return err == nil, err // renewed meanwhile
	}
	p := place{resp.SentHeader(siteHeader), resp.SentHeader(companyHeader)}
	if err := p.among(sites); err != nil {
		return false, err
	}
	return false, nil
}

// aboutToken says whether a 401 is about the access token in so many words.
func aboutToken(message string, resp *httpx.Response) bool {
	for _, challenge := range resp.Header.Values("WWW-Authenticate") {
		if strings.Contains(challenge, "invalid_token") { // RFC 6750, section 3.1
			return true
		}
	}
	lower := strings.ToLower(message)
	return strings.Contains(lower, "token") || strings.Contains(lower, "jwt") || strings.Contains(lower, "expired")
}
