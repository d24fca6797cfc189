package oauth

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"time"

	"golang.org/x/oauth2"

	"github.com/epicorerp/epicorerp/tokenstore"
)

// signInTime is what a user has to sign in.
const signInTime = 5 * time.Minute

var errNobody = &Error{
	Reason:  ReasonTimeout,
	Message: "nobody signed in within five minutes",
	Advice: "connect again to be asked again; where there is nobody at the machine, sign in with OAuthGrantType=DEVICE, or get the address from " +
		"GetOAuthAuthorizationURL, sign in elsewhere and connect once with InitiateOAuth=REFRESH and the code in OAuthVerifier",
}

// signIn has the user sign in with the browser. It listens first, so that the
// port is there when the provider sends the browser back.
func (c *Client) signIn(ctx context.Context, r ExchangeRequest) (tokenstore.Token, error) {
	cb, err := parseCallback(cmp.Or(r.CallbackURL, c.callback))
	if err != nil {
		return tokenstore.Token{}, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, c.source.patience, errNobody)
	defer cancel()
	address, begun, err := c.authorization(ctx, AuthorizationRequest{
		CallbackURL: r.CallbackURL, Scope: r.Scope, Prompt: r.Prompt,
		State: oauth2.GenerateVerifier(), // never one that others may know
	})
	if err != nil {
		return tokenstore.Token{}, err
	}
	l, err := listen(ctx, cb, begun.State)
	if err != nil {
		return tokenstore.Token{}, err
	}
	defer l.close()
	c.logger.InfoContext(ctx, "the user is asked to sign in with a browser", "callback", begun.CallbackURL)
	if err := c.browse(ctx, address); err != nil {
		return tokenstore.Token{}, err
	}
	sent, err := l.wait(ctx)
	if err != nil {
		return tokenstore.Token{}, err
	}
	t, err := c.redeemSent(ctx, sent, trade{verifier: begun.Verifier, callback: begun.CallbackURL, scope: c.scopeFor(r.Scope)})
	l.finish(err)
	return t, err
}

// redeemSent trades the code that the browser brought, even if nobody waits for
// the token any more: the user has signed in.
func (c *Client) redeemSent(ctx context.Context, sent url.Values, t trade) (tokenstore.Token, error) {
	redirect, err := readRedirect(sent)
	if err != nil {
		return tokenstore.Token{}, err
	}
	ctx, done := c.committed(ctx)
	defer done()
	return c.redeemRedirect(ctx, redirect, t)
}

// browse brings the user to the address.
func (c *Client) browse(ctx context.Context, address string) error {
	if err := checkBrowsable(address); err != nil {
		return err
	}
	if c.prompter == nil {
		return OpenBrowser(ctx, address)
	}
	return prompterError(ctx, c.prompter.Browse(ctx, address))
}

// prompterError is an error of a program's own Prompter.
func prompterError(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil || errors.As(err, new(*Error)) {
		return err
	}
	return &Error{Message: "the user could not be asked to sign in: " + err.Error(), Err: err}
}
