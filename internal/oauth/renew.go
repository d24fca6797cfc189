package oauth

import (
	"cmp"
	"context"
	"errors"

	"github.com/epicorerp/epicorerp/tokenstore"
)

// A renewal takes the first of these steps that there is something for. The
// names also say what was of no use before; a refresh token is its own name.
const (
	stepRedeem = "code"  // trades OAuthVerifier
	stepFetch  = "fetch" // the flow of OAuthGrantType from its beginning
)

// unspent reports whether the store does not know the code or refresh token of
// the properties: it goes before what is stored then, once.
func (c *Client) unspent(stored tokenstore.Token) bool {
	return c.seed.digest != "" && stored.Seed != c.seed.digest && !c.source.spent
}

// foreign reports whether the store has the tokens of another code or refresh
// token than the one that this connection has used up: those of another user,
// for all that is known.
func (c *Client) foreign(stored tokenstore.Token) bool {
	return c.seed.digest != "" && c.source.spent && stored.Seed != c.seed.digest && (stored.Access != "" || stored.Refresh != "")
}

// standing is the token that the connection has before anything is asked of the
// provider. A token that nobody knows the age of is left out where another can be
// had for it.
func (c *Client) standing(stored tokenstore.Token) tokenstore.Token {
	fromProperties := tokenstore.Token{Access: c.seed.access, Obtained: c.seed.obtained, Expiry: c.seed.expiry}
	switch {
	case c.unspent(stored) && c.seed.verifier != "":
		return tokenstore.Token{}
	case c.unspent(stored):
		fromProperties.Refresh = c.seed.refresh
		if c.seed.expiry.IsZero() && !c.seed.perpetual {
			fromProperties.Access = ""
		}
		return fromProperties
	case c.foreign(stored):
		return c.source.own
	case stored.Access == "" && stored.Refresh == "":
		return fromProperties
	}
	return stored
}

func (c *Client) nextStep(stored tokenstore.Token) string {
	if c.unspent(stored) && c.seed.verifier != "" {
		return stepRedeem
	}
	return cmp.Or(c.standing(stored).Refresh, stepFetch)
}

// fetches reports whether the flow of OAuthGrantType may be begun: InitiateOAuth
// only guards the user from being asked.
func (c *Client) fetches() bool {
	return c.initiate == initiateGet || c.flow == flowClient || c.flow == flowPassword
}

// hopeless returns the error that a renewal of what is stored is known to end
// with, or nil. Nothing is asked of the provider twice that it refused for good.
func (c *Client) hopeless(stored tokenstore.Token) *Error {
	e := c.source.failed[c.nextStep(stored)]
	if e != nil && e.Interactive && c.fetches() {
		e = c.source.failed[stepFetch]
	}
	return e
}

// renew makes a new token of the stored one, while the store's lock is held.
func (c *Client) renew(ctx context.Context, stored tokenstore.Token) (tokenstore.Token, error) {
	step := c.nextStep(stored)
	got, err := c.try(step, func() (tokenstore.Token, error) {
		switch step {
		case stepRedeem:
			return c.redeemVerifier(ctx, stored)
		case stepFetch:
			return c.fetch(ctx)
		}
		return c.refreshWith(ctx, step)
	})
	if e := (*Error)(nil); step != stepFetch && c.fetches() && errors.As(err, &e) && e.Interactive {
		got, err = c.try(stepFetch, func() (tokenstore.Token, error) { return c.fetch(ctx) })
	}
	if err != nil {
		return tokenstore.Token{}, err
	}
	c.source.spent = true
	// Without the monotonic reading, which stands still while the machine sleeps.
	got.Obtained, got.Expiry = got.Obtained.Round(0), got.Expiry.Round(0)
	got.Seed = cmp.Or(c.seed.digest, stored.Seed)
	if step != stepRedeem {
		got.Pending = stored.Pending
	}
	return got, nil
}

// try takes a step unless it is known to fail, and remembers if it does so for
// good.
func (c *Client) try(step string, take func() (tokenstore.Token, error)) (tokenstore.Token, error) {
	if e := c.source.failed[step]; e != nil {
		return tokenstore.Token{}, e
	}
	t, err := take()
	if e := (*Error)(nil); errors.As(err, &e) && c.lasts(e, step) {
		c.source.failed[step] = e
	}
	return t, err
}

// lasts reports whether the step would fail again. A user may think better of it.
func (c *Client) lasts(e *Error, step string) bool {
	if step == stepFetch && (c.flow == flowCode || c.flow == flowDevice) {
		return !e.Retryable && (e.Reason == ReasonClient || e.Reason == ReasonProperty)
	}
	return e.forGood()
}

// forGood reports whether nothing but another token, or other properties, can
// mend the failure.
func (e *Error) forGood() bool {
	switch e.Reason {
	case ReasonProperty, ReasonGrant, ReasonClient, ReasonDenied:
		return !e.Retryable
	}
	return e.Interactive
}

// refreshWith refreshes, unless nobody waits for it any more.
func (c *Client) refreshWith(ctx context.Context, refreshToken string) (tokenstore.Token, error) {
	if ctx.Err() != nil {
		return tokenstore.Token{}, context.Cause(ctx)
	}
	ctx, done := c.committed(ctx)
	defer done()
	return c.renewed(ctx, refreshToken)
}

// redeemVerifier trades OAuthVerifier.
func (c *Client) redeemVerifier(ctx context.Context, stored tokenstore.Token) (tokenstore.Token, error) {
	redirect, err := parseVerifier(c.seed.verifier)
	if err != nil {
		return tokenstore.Token{}, err
	}
	if ctx.Err() != nil {
		return tokenstore.Token{}, context.Cause(ctx)
	}
	ctx, done := c.committed(ctx)
	defer done()
	return c.redeemPending(ctx, stored, redirect, ExchangeRequest{})
}

// fetch begins the flow of OAuthGrantType.
func (c *Client) fetch(ctx context.Context) (tokenstore.Token, error) {
	switch {
	case !c.fetches():
		return tokenstore.Token{}, &Error{
			Reason:      ReasonProperty,
			Interactive: true,
			Message:     "there is no token that could be refreshed, and InitiateOAuth=REFRESH asks nobody to sign in",
			Advice: "give OAuthRefreshToken or OAuthVerifier, bring an OAuthSettingsLocation that holds tokens of this connection, or set " +
				"InitiateOAuth=GETANDREFRESH",
			Err: ErrNoToken,
		}
	case ctx.Err() != nil:
		return tokenstore.Token{}, context.Cause(ctx)
	case c.flow == flowCode:
		return c.signIn(ctx, ExchangeRequest{})
	case c.flow == flowDevice:
		return c.signInByDevice(ctx)
	}
	ctx, done := c.committed(ctx)
	defer done()
	if c.flow == flowPassword {
		return c.passwordToken(ctx)
	}
	return c.clientToken(ctx)
}
