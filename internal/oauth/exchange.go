package oauth

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/epicorerp/epicorerp/tokenstore"
)

// Exchange trades an authorization code for tokens.
func (c *Client) Exchange(ctx context.Context, r ExchangeRequest) (Tokens, error) {
	if r.Mode == ModeApp && r.Code == "" {
		return c.exchangeApp(ctx, func(ctx context.Context, old tokenstore.Token) (tokenstore.Token, error) {
			t, err := c.signIn(ctx, r)
			t.Seed, t.Pending = cmp.Or(c.seed.digest, old.Seed), old.Pending
			return t, err
		})
	}
	redirect, err := parseVerifier(r.Code)
	if err != nil {
		return Tokens{}, err
	}
	if r.State != "" && redirect.state != "" && !sameState(r.State, redirect.state) {
		return Tokens{}, stateMismatch()
	}
	fill(&redirect.state, r.State)
	if r.Mode == ModeWeb {
		return c.exchangeWeb(ctx, r, redirect)
	}
	return c.exchangeApp(ctx, func(ctx context.Context, old tokenstore.Token) (tokenstore.Token, error) {
		ctx, done := c.committed(ctx)
		defer done()
		return c.redeemPending(ctx, old, redirect, r)
	})
}

// exchangeApp stores what a sign-in yields, and has every connection use it.
func (c *Client) exchangeApp(ctx context.Context, signIn func(context.Context, tokenstore.Token) (tokenstore.Token, error)) (Tokens, error) {
	t, err := c.update(ctx, signIn)
	if err != nil {
		return Tokens{}, err
	}
	if c.initiate != initiateOff {
		c.adopt(t)
	}
	return c.tokens(t), nil
}

// exchangeWeb hands the tokens over and keeps none.
func (c *Client) exchangeWeb(ctx context.Context, r ExchangeRequest, redirect redirected) (Tokens, error) {
	begun, err := c.begun.take(redirect.state, c.now())
	if err != nil {
		return Tokens{}, err
	}
	s := begun
	if r.CallbackURL != "" {
		s.CallbackURL = r.CallbackURL
	}
	if r.Scope != "" {
		s.scope = c.scopeFor(r.Scope)
	}
	t, err := c.redeemRedirect(ctx, redirect, trade{verifier: s.Verifier, callback: s.CallbackURL, scope: s.scope})
	// A provider that could not be reached may be asked again with the code.
	if e := (*Error)(nil); err != nil && (!errors.As(err, &e) || e.Retryable) {
		c.begun.putBack(begun)
	}
	return c.tokens(t), err
}

// redeemPending trades the code of the sign-in that the store remembers: that of
// GetOAuthAuthorizationURL, in this process or another. The store's lock is held.
func (c *Client) redeemPending(ctx context.Context, old tokenstore.Token, redirect redirected, r ExchangeRequest) (tokenstore.Token, error) {
	p := c.pending(ctx, old)
	switch {
	case p.Verifier == "" || !c.now().Before(p.Expiry):
		e := &Error{
			Reason: ReasonGrant, Interactive: true,
			Message: "no sign-in that the code could belong to is in OAuthSettingsLocation, or it is over an hour old",
			Advice:  "run GetOAuthAuthorizationURL with the same OAuthSettingsLocation, sign in at its address, and use the code of that sign-in",
		}
		if c.seed.verifier != "" && (old.Access != "" || old.Refresh != "") {
			e.Advice = "leave OAuthVerifier out to use the tokens of the sign-in that is there, or " + e.Advice
		}
		return tokenstore.Token{}, e
	case redirect.state != "" && !sameState(redirect.state, p.State):
		return tokenstore.Token{}, stateMismatch()
	}
	t := trade{verifier: p.Verifier, callback: p.CallbackURL, scope: c.scopeFor(r.Scope)}
	if r.CallbackURL != "" {
		t.callback = r.CallbackURL
	}
	got, err := c.redeemRedirect(ctx, redirect, t)
	if err != nil {
		return tokenstore.Token{}, err
	}
	got.Seed = cmp.Or(c.seed.digest, digest(redirect.code))
	return got, nil
}

// pending is the sign-in that was begun last: in the connection's store, else
// where the address was asked for before OAuthSettingsLocation was set. What
// cannot be read there is not there: the error of a sign-in that is missing says
// what to do.
func (c *Client) pending(ctx context.Context, old tokenstore.Token) tokenstore.Pending {
	if old.Pending.Verifier != "" && c.now().Before(old.Pending.Expiry) {
		return old.Pending
	}
	for _, s := range c.elsewhere {
		if t, ok, err := s.Load(ctx, c.key); err == nil && ok && t.Pending.Verifier != "" {
			return t.Pending
		}
	}
	return old.Pending
}

func stateMismatch() *Error {
	return &Error{
		Reason: ReasonGrant, Interactive: true,
		Message: "the code belongs to another sign-in than the one that was begun last: its state is different",
		Advice:  "sign in at the address that GetOAuthAuthorizationURL gave last, and use the code of that",
	}
}

// redirected is what the browser brought back (RFC 6749, section 4.1.2).
type redirected struct {
	code, state string
	issuer      string // RFC 9207
	whole       bool   // from the whole address: what is not there was not sent
}

// parseVerifier reads a code, or the whole address that the browser ended on.
func parseVerifier(text string) (redirected, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return redirected{}, propertyError(&PropertyError{"OAuthVerifier", "is missing: it is the code that the browser came back with, or the whole address"})
	}
	if u, err := url.Parse(text); err == nil && u.Scheme != "" && (u.Host != "" || u.RawQuery != "") {
		return readRedirect(u.Query())
	}
	// Of a part of the address nobody knows what else was sent.
	if query := strings.TrimPrefix(text, "?"); strings.Contains("&"+query, "&code=") || strings.Contains("&"+query, "&error=") {
		v, _ := url.ParseQuery(query) // what can be read of it
		r, err := readRedirect(v)
		r.whole = false
		return r, err
	}
	// What followed code= may be encoded still, and more may follow it.
	code, rest, _ := strings.Cut(text, "&")
	if plain, err := url.PathUnescape(code); err == nil && !strings.ContainsAny(plain, " %") {
		code = plain
	}
	if code == "" {
		return redirected{}, noCode()
	}
	v, _ := url.ParseQuery(rest)
	return redirected{code: code, state: v.Get("state"), issuer: v.Get("iss")}, nil
}

// readRedirect reads the parameters of the redirect.
func readRedirect(v url.Values) (redirected, error) {
	if v.Get("error") != "" {
		return redirected{}, refusedRedirect(v)
	}
	r := redirected{code: v.Get("code"), state: v.Get("state"), issuer: v.Get("iss"), whole: true}
	if r.code == "" {
		return redirected{}, noCode()
	}
	return r, nil
}

func noCode() *Error {
	return &Error{
		Reason: ReasonResponse, Message: "what the browser ended on has no code",
		Advice: "give the whole address of the redirect, from http to its end, or what follows code= in it",
	}
}

// redeemRedirect trades the code of a redirect once it is known to come from the
// right provider.
func (c *Client) redeemRedirect(ctx context.Context, r redirected, t trade) (tokenstore.Token, error) {
	t.code = r.code
	if err := c.checkIssuer(ctx, r); err != nil {
		return tokenstore.Token{}, err
	}
	return c.redeem(ctx, t)
}

// checkIssuer keeps the code of one provider from being sent to another (RFC
// 9207, section 2.4).
func (c *Client) checkIssuer(ctx context.Context, r redirected) error {
	if c.issuer == "" || !r.whole && r.issuer == "" {
		return nil
	}
	right := r.issuer == "" || sameIssuer(r.issuer, c.issuer)
	if c.named.authorization == "" { // the document named the address of the sign-in
		found, err := c.discovered(ctx)
		if err != nil {
			return err
		}
		right = r.issuer == found.issuer || r.issuer == "" && !found.sendsIssuer || strings.Contains(found.issuer, "{tenantid}") && sameIssuer(r.issuer, found.issuer)
	}
	if right {
		return nil
	}
	return &Error{
		Reason: ReasonResponse, Interactive: true,
		Message: "the code was not given by the identity provider that was asked: the redirect names another issuer, or none",
		Advice:  "sign in again; if it happens again, check OAuthIssuer",
	}
}

// Refresh trades a refresh token for new tokens, which it does not store.
func (c *Client) Refresh(ctx context.Context, refreshToken string) (Tokens, error) {
	if refreshToken == "" {
		return Tokens{}, propertyError(&PropertyError{"OAuthRefreshToken", "is missing: it is what is to be renewed"})
	}
	t, err := c.renewed(ctx, refreshToken)
	return c.tokens(t), err
}

// tokens are what the stored procedures return of a token.
func (c *Client) tokens(t tokenstore.Token) Tokens {
	out := Tokens{Access: t.Access, Refresh: t.Refresh, ExpiresIn: -1}
	if !t.Expiry.IsZero() {
		out.ExpiresIn = t.Expiry.Sub(t.Obtained).Round(time.Second)
	}
	return out
}
