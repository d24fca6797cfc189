package oauth

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/tokenstore"
)

// trade is an authorization code with what was remembered for it.
type trade struct{ code, verifier, callback, scope string }

// redeem trades an authorization code (RFC 6749, section 4.1.3; RFC 7636,
// section 4.5). It is done once: a code that comes twice ends what it gave.
func (c *Client) redeem(ctx context.Context, t trade) (tokenstore.Token, error) {
	address, err := c.address(ctx, tokenEndpoint)
	if err != nil {
		return tokenstore.Token{}, err
	}
	params := url.Values{"code": {t.code}, "code_verifier": {t.verifier}, "redirect_uri": {t.callback}}
	if c.system.refreshScope {
		params.Set("scope", t.scope)
	}
	return c.request(ctx, address, grantCode, params)
}

// renewed trades a refresh token (RFC 6749, section 6). An answer that was lost
// is asked for once more: the token may be spent, but then nothing is left to
// lose. An answer without a refresh token leaves the old one.
func (c *Client) renewed(ctx context.Context, refreshToken string) (tokenstore.Token, error) {
	address := c.named.refresh
	if address == "" {
		var err error
		if address, err = c.address(ctx, tokenEndpoint); err != nil {
			return tokenstore.Token{}, err
		}
	}
	params := url.Values{"refresh_token": {refreshToken}}
	if c.system.refreshScope {
		params.Set("scope", c.scope)
	}
	t, err := c.request(ctx, address, grantRefresh, params)
	if answerLost(err) && ctx.Err() == nil {
		t, err = c.request(ctx, address, grantRefresh, params)
	}
	return t, err
}

// answerLost reports whether a request may have been carried out although its
// answer never came.
func answerLost(err error) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	var h *httpx.Error
	if errors.As(e.Err, &h) {
		return h.Sent && (h.Kind == httpx.KindLost || h.Kind == httpx.KindTruncated || h.Kind == httpx.KindTimeout)
	}
	return e.Status == http.StatusBadGateway || e.Status == http.StatusGatewayTimeout
}

// clientToken asks for a token of the application's own (RFC 6749, section 4.4).
func (c *Client) clientToken(ctx context.Context) (tokenstore.Token, error) {
	return c.direct(ctx, grantClient, url.Values{})
}

// passwordToken sends the user's password (RFC 6749, section 4.3).
func (c *Client) passwordToken(ctx context.Context) (tokenstore.Token, error) {
	return c.direct(ctx, grantPassword, url.Values{"username": {c.user}, "password": {c.password}})
}

// direct is a grant that needs nobody at a browser.
func (c *Client) direct(ctx context.Context, grant string, params url.Values) (tokenstore.Token, error) {
	address, err := c.address(ctx, tokenEndpoint)
	if err != nil {
		return tokenstore.Token{}, err
	}
	params.Set("scope", c.scope)
	params.Set("audience", c.audience)
	return c.request(ctx, address, grant, params)
}
