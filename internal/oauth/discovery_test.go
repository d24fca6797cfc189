package oauth

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/internal/oauth/oauthtest"
)

// discovering are the properties of a service whose addresses are found.
func discovering(issuer string) map[string]string {
	return map[string]string{"OAuthScheme": "OAuth", "Provider": "OData", "OAuthClientId": "public", "OAuthIssuer": issuer, "MaxRetries": "0"}
}

func TestTheDocumentIsFetchedOnceAndWhenItIsNeeded(t *testing.T) {
	w := newWire(t, discovering("*"))
	assert.Zero(t, w.Counts().Discovery)
	for range 3 {
		_, err := w.client.AuthorizationURL(t.Context(), AuthorizationRequest{Mode: ModeWeb})
		require.NoError(t, err)
		_, err = w.client.beginDevice(t.Context())
		require.NoError(t, err)
	}
	assert.Equal(t, 1, w.Counts().Discovery)

	named := newWire(t, plain(map[string]string{"OAuthIssuer": "*"}))
	_, err := named.client.AuthorizationURL(t.Context(), AuthorizationRequest{Mode: ModeWeb})
	require.NoError(t, err)
	assert.Zero(t, named.Counts().Discovery, "every address is given")
}

func TestADocumentThatCannotBeTrustedIsRefused(t *testing.T) {
	const good = `"authorization_endpoint":"https://login.example/a","token_endpoint":"https://tokens.example/t"`
	for _, c := range []struct {
		name      string
		issuer    string
		status    int
		kind      string
		body      string
		reason    Reason
		says      string // "" for a document that will do
		retryable bool
	}{
		{name: "a good one, with endpoints on other hosts", body: `{"issuer":"https://login.example",` + good + `}`},
		{name: "an issuer with a slash more", issuer: "https://login.example/", body: `{"issuer":"https://login.example",` + good + `}`},
		{name: "an issuer with a slash less", body: `{"issuer":"https://login.example/",` + good + `}`},
		{name: "Entra's for many tenants", issuer: "https://login.example/organizations/v2.0", body: `{"issuer":"https://login.example/{tenantid}/v2.0",` + good + `}`},
		{name: "another issuer", body: `{"issuer":"https://evil.example",` + good + `}`, reason: ReasonResponse, says: `about the issuer "https://evil.example", and OAuthIssuer is "https://login.example"`},
		{name: "an issuer in another case", body: `{"issuer":"https://LOGIN.example",` + good + `}`, reason: ReasonResponse, says: "about the issuer"},
		{name: "no issuer", body: `{` + good + `}`, reason: ReasonResponse, says: `about the issuer ""`},
		{name: "a tenant left open on another host", issuer: "https://login.example/organizations/v2.0", body: `{"issuer":"https://evil.example/{tenantid}/v2.0",` + good + `}`, reason: ReasonResponse, says: "about the issuer"},
		{name: "a tenant left open and another path", issuer: "https://login.example/organizations/v1.0", body: `{"issuer":"https://login.example/{tenantid}/v2.0",` + good + `}`, reason: ReasonResponse, says: "about the issuer"},
		{name: "plain http", body: `{"issuer":"https://login.example","authorization_endpoint":"https://login.example/a","token_endpoint":"http://login.example/t"}`, reason: ReasonResponse, says: "its token_endpoint over plain http"},
		{name: "plain http to this machine", body: `{"issuer":"https://login.example","authorization_endpoint":"https://login.example/a","token_endpoint":"http://localhost/t"}`, reason: ReasonResponse, says: "its token_endpoint is not https"},
		{name: "an endpoint that is no address", body: `{"issuer":"https://login.example","authorization_endpoint":"javascript:alert(1)","token_endpoint":"https://t"}`, reason: ReasonResponse, says: "its authorization_endpoint must be an absolute address"},
		{name: "no endpoint", body: `{"issuer":"https://login.example"}`, reason: ReasonProperty, says: "names no authorization_endpoint"},
		{name: "a page", kind: "text/html", body: "<html>", reason: ReasonResponse, says: "not a JSON document"},
		{name: "nothing there", status: 404, body: "{}", reason: ReasonResponse, says: "/.well-known/oauth-authorization-server cannot be used: it answered with status 404"},
		{name: "a refusal", status: 403, body: "{}", reason: ReasonResponse, says: "/.well-known/openid-configuration cannot be used: it answered with status 403"},
		{name: "a server that has failed", status: 500, body: "{}", reason: ReasonUnavailable, says: "status 500", retryable: true},
		{name: "a server that has none to spare", status: 503, body: "{}", reason: ReasonUnavailable, says: "status 503", retryable: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.issuer == "" {
				c.issuer = "https://login.example"
			}
			if c.status == 0 {
				c.status = 200
			}
			if c.kind == "" {
				c.kind = "application/json"
			}
			client := offline(t, discovering(c.issuer), func(*http.Request) (*http.Response, error) { return document(c.status, c.kind, c.body), nil })
			address, err := client.AuthorizationURL(t.Context(), AuthorizationRequest{Mode: ModeWeb})
			if c.says == "" {
				require.NoError(t, err)
				assert.True(t, strings.HasPrefix(address, "https://login.example/a?"))
				return
			}
			var e *Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, c.reason, e.Reason)
			assert.Contains(t, e.Message, c.says)
			assert.Equal(t, c.retryable, e.Retryable)
			assert.NotEmpty(t, e.Advice)
		})
	}
}

func TestAnIssuerThatCannotBeReachedIsAskedAgain(t *testing.T) {
	calls := 0
	client := offline(t, discovering("https://login.example"), func(*http.Request) (*http.Response, error) {
		if calls++; calls == 1 {
			return nil, errors.New("no route to host")
		}
		return document(200, "application/json", `{"issuer":"https://login.example","authorization_endpoint":"https://login.example/a"}`), nil
	})
	_, err := client.AuthorizationURL(t.Context(), AuthorizationRequest{})
	var e *Error
	require.ErrorAs(t, err, &e)
	assert.True(t, e.Retryable)
	_, err = client.AuthorizationURL(t.Context(), AuthorizationRequest{})
	require.NoError(t, err)
}

func TestTheIssuerOfTheRedirectIsChecked(t *testing.T) {
	for _, c := range []struct {
		name   string
		opts   []oauthtest.Option
		change func(string) string
		says   string
	}{
		{"the right one", nil, func(s string) string { return s }, ""},
		{"another one", nil, func(s string) string { return strings.Replace(s, "iss=http", "iss=https", 1) }, "names another issuer"},
		{"none where it always comes", nil, func(s string) string { return strings.Replace(s, "iss=", "was=", 1) }, "or none"},
		{"none where it never comes", []oauthtest.Option{oauthtest.WithShape(oauthtest.Entra)}, func(s string) string { return s }, ""},
		{"one where it never comes", []oauthtest.Option{oauthtest.WithShape(oauthtest.Entra)}, func(s string) string { return s + "&iss=https%3A%2F%2Fevil" }, "names another issuer"},
	} {
		t.Run(c.name, func(t *testing.T) {
			issuer := "*"
			if c.opts != nil {
				issuer += "/" + oauthtest.DefaultTenant + "/v2.0"
			}
			w := newWire(t, discovering(issuer), c.opts...)
			address, err := w.client.AuthorizationURL(t.Context(), AuthorizationRequest{Mode: ModeWeb, CallbackURL: webCallback})
			require.NoError(t, err)
			_, err = w.client.Exchange(t.Context(), ExchangeRequest{Mode: ModeWeb, Code: c.change(w.signIn(t, address))})
			if c.says == "" {
				require.NoError(t, err)
				return
			}
			assert.Contains(t, w.fails(t, err).Message, c.says)
			assert.Zero(t, w.Counts().Tokens["authorization_code"], "the code went nowhere")
		})
	}

	w := newWire(t, plain(map[string]string{"OAuthIssuer": "*"}))
	to := w.begin(t, w.client, AuthorizationRequest{Mode: ModeWeb, CallbackURL: webCallback})
	_, err := w.client.Exchange(t.Context(), ExchangeRequest{Mode: ModeWeb, Code: strings.Replace(to, "iss=http", "iss=https", 1)})
	assert.Contains(t, w.fails(t, err).Message, "names another issuer")
	to = w.begin(t, w.client, AuthorizationRequest{Mode: ModeWeb, CallbackURL: webCallback, State: "2"})
	_, err = w.client.Exchange(t.Context(), ExchangeRequest{Mode: ModeWeb, Code: to})
	require.NoError(t, err)
	assert.Zero(t, w.Counts().Discovery, "every address is given")
}

func TestAnIssuerThatIsSaidIsCheckedWhereverItIsSaid(t *testing.T) {
	for _, c := range []struct {
		name, issuer string // that the document has
		r            redirected
		right        bool
	}{
		{"a part of the address with another issuer", "https://i", redirected{issuer: "https://evil"}, false},
		{"a part of the address with the issuer", "https://i", redirected{issuer: "https://i"}, true},
		{"a code alone", "https://i", redirected{}, true},
		{"a tenant of the one that the document leaves open", "https://login.example/{tenantid}/v2.0", redirected{issuer: "https://login.example/contoso/v2.0", whole: true}, true},
		{"another host where the document leaves the tenant open", "https://login.example/{tenantid}/v2.0", redirected{issuer: "https://evil.example/contoso/v2.0", whole: true}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := offline(t, discovering("https://i"), nil)
			client.metadata.known = &endpoints{issuer: c.issuer}
			err := client.checkIssuer(t.Context(), c.r)
			if c.right {
				require.NoError(t, err)
				return
			}
			assert.ErrorContains(t, err, "names another issuer")
		})
	}
}

func TestAddressesOfAnotherProviderLeaveTheSystemsIssuerAlone(t *testing.T) {
	epicor := map[string]string{"OAuthScheme": "OAuth", "Provider": "Epicor", "OAuthAuthorizationURL": "*/authorize", "OAuthAccessTokenURL": "*/token", "OAuthClientId": "public"}
	w := newWire(t, epicor)
	to := w.begin(t, w.client, AuthorizationRequest{Mode: ModeWeb, CallbackURL: webCallback})
	_, err := w.client.Exchange(t.Context(), ExchangeRequest{Mode: ModeWeb, Code: to})
	require.NoError(t, err)
	_, err = w.client.beginDevice(t.Context())
	assert.Contains(t, w.fails(t, err).Message, `property "OAuthDeviceURL": is missing`)
}
