package oauth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/tokenstore"
)

// The grant types of RFC 6749 and RFC 8628.
const (
	grantCode     = "authorization_code"
	grantRefresh  = "refresh_token"
	grantClient   = "client_credentials"
	grantPassword = "password"
	grantDevice   = "urn:ietf:params:oauth:grant-type:device_code"
)

// assertion signs a client assertion (RFC 7523, section 2.2) for a token
// endpoint. issuer is "" where it is not known.
type assertion func(ctx context.Context, tokenEndpoint, issuer string) (string, error)

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// refusals are the statuses after which a token request can be repeated whatever
// it trades: the provider has turned it away at the door.
var refusals = []int{http.StatusTooManyRequests, http.StatusServiceUnavailable}

// secretParams are the parameters that no text of ours may show.
var secretParams = []string{
	"code", "code_verifier", "refresh_token", "password", "client_secret", "client_assertion", "device_code", "username",
}

// request is the one way to a token: every grant goes through it. params are the
// grant's own.
func (c *Client) request(ctx context.Context, address, grant string, params url.Values) (tokenstore.Token, error) {
	params, err := c.tokenParams(ctx, address, grant, params)
	if err != nil {
		return tokenstore.Token{}, err
	}
	as := httpx.Request{RefusedStatus: refusals, Renew: c.provenAnew(address, params)}
	if grant == grantClient || grant == grantPassword {
		as.Idempotent = httpx.IdempotentAlways // a token more does no harm
	}
	s, err := c.sender(address)
	if err != nil {
		return tokenstore.Token{}, err
	}
	client := s.HTTPClient(as)
	seen := &answer{next: client.Transport}
	client.Transport = seen

	config := clientcredentials.Config{
		ClientID: c.clientID, ClientSecret: c.secret, TokenURL: address,
		EndpointParams: params, AuthStyle: oauth2.AuthStyleInParams,
	}
	if c.secretInHeader {
		config.AuthStyle = oauth2.AuthStyleInHeader
	}
	asked := c.now()
	t, err := config.Token(context.WithValue(ctx, oauth2.HTTPClient, client))
	if err != nil {
		return tokenstore.Token{}, c.failure(ctx, err, failed{grant: grant, answer: seen, sent: c.secretsIn(params)})
	}
	if kind := t.TokenType; kind != "" && !strings.EqualFold(kind, "Bearer") {
		return tokenstore.Token{}, &Error{
			Reason: ReasonResponse, Status: seen.status,
			Message: fmt.Sprintf("the identity provider gave a token of type %q; the driver can use Bearer tokens (RFC 6750)", clean(kind, c.secretsIn(params))),
		}
	}
	got := tokenstore.Token{Access: t.AccessToken, Refresh: t.RefreshToken, Obtained: asked}
	if life := lifeOf(t.Extra("expires_in")); life > 0 { // the library counts from the system's clock
		got.Expiry = asked.Add(life)
	}
	return got, nil
}

// tokenParams adds what every token request has.
func (c *Client) tokenParams(ctx context.Context, address, grant string, own url.Values) (url.Values, error) {
	if err := c.needClientID(); err != nil {
		return nil, err
	}
	params := maps.Clone(c.params)
	if params == nil {
		params = url.Values{}
	}
	for name, values := range own {
		if len(values) > 0 && values[0] != "" {
			params[name] = values
		}
	}
	params.Set("grant_type", grant)
	return params, c.prove(ctx, address, params)
}

// prove adds the client's assertion where a certificate stands for its secret.
func (c *Client) prove(ctx context.Context, address string, params url.Values) error {
	if c.assert == nil {
		return nil
	}
	issuer := ""
	if found, ok := c.found(); ok && !c.entra() { // Entra takes its token endpoint alone
		issuer = found.issuer
	}
	text, err := c.assert(ctx, address, issuer)
	if err != nil {
		return err
	}
	params.Set("client_assertion_type", assertionType)
	params.Set("client_assertion", text)
	return nil
}

// provenAnew makes a form again with an assertion of its own, as a provider takes
// none twice. nil where there is none in it.
func (c *Client) provenAnew(address string, params url.Values) func(context.Context) ([]byte, error) {
	if c.assert == nil {
		return nil
	}
	form := maps.Clone(params)
	form.Set("client_id", c.clientID)
	return func(ctx context.Context) ([]byte, error) {
		if err := c.prove(ctx, address, form); err != nil {
			return nil, err
		}
		return []byte(form.Encode()), nil
	}
}

// secretsIn lists what was sent and must not be shown.
func (c *Client) secretsIn(params url.Values) []string {
	secrets := []string{c.secret}
	if c.secretInHeader {
		basic := url.QueryEscape(c.clientID) + ":" + url.QueryEscape(c.secret)
		secrets = append(secrets, base64.StdEncoding.EncodeToString([]byte(basic)))
	}
	for _, name := range secretParams {
		secrets = append(secrets, params.Get(name))
	}
	for name := range c.params {
		secrets = append(secrets, c.params[name]...)
	}
	return secrets
}

// maxLife keeps a lifetime within what a Duration can hold.
const maxLife = 100 * 365 * 24 * time.Hour

// lifeOf reads expires_in as it was decoded: a number of seconds, and in some
// answers a text of one. 0 is not known, which is also what less means.
func lifeOf(expiresIn any) time.Duration {
	// Of a text that is no number ParseFloat makes 0, of one too large an infinity.
	seconds, _ := strconv.ParseFloat(strings.TrimSpace(fmt.Sprint(expiresIn)), 64)
	if !(seconds > 0) { // nor not a number
		return 0
	}
	return time.Duration(min(seconds, maxLife.Seconds()) * float64(time.Second))
}

// withWholeLife rewrites expires_in in the JSON of a good answer as the whole
// number that golang.org/x/oauth2 takes it for. The library gives up the answer
// otherwise, and with it a refresh token whose predecessor is spent.
func withWholeLife(body []byte) []byte {
	var answer map[string]json.RawMessage
	if json.Unmarshal(body, &answer) != nil || answer["access_token"] == nil || answer["expires_in"] == nil {
		return body
	}
	life := lifeOf(strings.Trim(string(answer["expires_in"]), `"`))
	answer["expires_in"] = strconv.AppendInt(nil, int64(life/time.Second), 10)
	whole, err := json.Marshal(answer)
	if err != nil {
		return body
	}
	return whole
}
