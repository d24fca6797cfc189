package oauth

import (
	"context"
	"net/url"
	"strings"

	"golang.org/x/oauth2"

	"github.com/epicorerp/epicorerp/tokenstore"
)

// AuthorizationURL makes the address where a user signs in, and remembers the
// code verifier of it (RFC 7636).
func (c *Client) AuthorizationURL(ctx context.Context, r AuthorizationRequest) (string, error) {
	fill(&r.Prompt, c.system.prompt)
	address, p, err := c.authorization(ctx, r)
	if err != nil {
		return "", err
	}
	if r.Mode == ModeWeb {
		c.begun.add(begunSignIn{Pending: p, scope: c.scopeFor(r.Scope)}, c.now())
		return address, nil
	}
	_, err = c.store.Update(ctx, c.key, func(_ context.Context, t tokenstore.Token) (tokenstore.Token, error) {
		t.Pending = p
		return t, nil
	})
	if err != nil {
		return "", storeError(ctx, err)
	}
	return address, nil
}

// authorization makes an authorization request (RFC 6749, section 4.1.1) and
// what has to be remembered until its code comes. Prompt is left out where r
// names none.
func (c *Client) authorization(ctx context.Context, r AuthorizationRequest) (string, tokenstore.Pending, error) {
	var p tokenstore.Pending
	if err := c.needClientID(); err != nil {
		return "", p, err
	}
	fill(&r.CallbackURL, c.callback)
	if text := refuseCallback(r.CallbackURL); text != "" {
		return "", p, propertyError(&PropertyError{"CallbackURL", text})
	}
	server, err := c.address(ctx, authorizationEndpoint)
	if err != nil {
		return "", p, err
	}
	p = tokenstore.Pending{
		State: r.State, Verifier: oauth2.GenerateVerifier(), CallbackURL: r.CallbackURL,
		Expiry: c.now().Add(pendingTime),
	}
	fill(&p.State, c.state)
	fill(&p.State, oauth2.GenerateVerifier()) // 32 random bytes, base64url
	options := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(p.Verifier)}
	set := func(name, value string) {
		if value != "" {
			options = append(options, oauth2.SetAuthURLParam(name, value))
		}
	}
	for name := range c.params {
		set(name, c.params.Get(name))
	}
	set("audience", c.audience)
	set("prompt", r.Prompt)
	config := oauth2.Config{
		ClientID: c.clientID, RedirectURL: r.CallbackURL, Scopes: strings.Fields(c.scopeFor(r.Scope)),
		Endpoint: oauth2.Endpoint{AuthURL: server},
	}
	return config.AuthCodeURL(p.State, options...), p, nil
}

// scopeFor is a request's own scope, else the connection's.
func (c *Client) scopeFor(scope string) string {
	if scope = strings.Join(strings.Fields(scope), " "); scope == "" {
		return c.scope
	}
	return scope
}

// entraAuthorize is how the path of Entra's authorization endpoint ends, in
// every cloud.
const entraAuthorize = "/oauth2/v2.0/authorize"

// AdminConsentURL makes the address where an administrator consents for all
// users of an Entra tenant.
// https://learn.microsoft.com/entra/identity-platform/v2-admin-consent
func (c *Client) AdminConsentURL(ctx context.Context, callbackURL, scope, state string) (string, error) {
	if !c.entra() {
		return "", &Error{
			Reason:  ReasonProperty,
			Message: "an administrator's consent is something of Entra's, and the connection signs in at " + c.system.name,
			Advice:  "use AuthScheme=AzureAD or AzureADOpenID where the tokens are Entra's",
		}
	}
	if err := c.needClientID(); err != nil {
		return "", err
	}
	fill(&callbackURL, c.callback)
	if text := refuseCallback(callbackURL); text != "" {
		return "", propertyError(&PropertyError{"CallbackURL", text})
	}
	server, err := c.address(ctx, authorizationEndpoint)
	if err != nil {
		return "", err
	}
	u, err := url.Parse(server)
	if err != nil || !strings.HasSuffix(u.Path, entraAuthorize) {
		return "", propertyError(&PropertyError{"OAuthAuthorizationURL", "must end in /{tenant}" + entraAuthorize + " for the address of an administrator's consent to be known"})
	}
	u.Path = strings.TrimSuffix(u.Path, entraAuthorize) + "/v2.0/adminconsent"
	if fill(&state, c.state); state == "" {
		state = oauth2.GenerateVerifier()
	}
	u.RawQuery = url.Values{
		"client_id": {c.clientID}, "redirect_uri": {callbackURL}, "scope": {c.scopeFor(scope)}, "state": {state},
	}.Encode()
	return u.String(), nil
}
