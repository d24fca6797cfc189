package oauth

import (
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/internal/oauth/oauthtest"
	"github.com/epicorerp/epicorerp/tokenstore"
)

// roundTrip stands for the network.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func document(status int, kind, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {kind}}, ProtoMajor: 1, ProtoMinor: 1,
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}

// offline makes a Client whose network is f.
func offline(t *testing.T, properties map[string]string, f roundTrip) *Client {
	t.Helper()
	c, err := New(Options{
		Properties: properties, Transport: f, Store: tokenstore.NewMemory(), Logger: slog.New(slog.DiscardHandler),
		Now: func() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) },
	})
	require.NoError(t, err)
	return c
}

// sent is one token request as it would go out.
type sent struct {
	url    string
	form   url.Values
	header http.Header
}

// record answers every request with a token and remembers the last.
func record(last *sent) roundTrip {
	return func(r *http.Request) (*http.Response, error) {
		last.url, last.header = r.URL.String(), r.Header
		last.form = url.Values{}
		if r.Body != nil {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return nil, err
			}
			if last.form, err = url.ParseQuery(string(body)); err != nil {
				return nil, err
			}
		}
		if r.URL.String() == "https://login.epicor.com/.well-known/openid-configuration" {
			return document(200, "application/json", `{"issuer":"https://login.epicor.com","authorization_endpoint":"https://login.epicor.com/connect/authorize",
				"token_endpoint":"https://login.epicor.com/connect/token","device_authorization_endpoint":"https://login.epicor.com/connect/deviceauthorization"}`), nil
		}
		return document(200, "application/json", `{"access_token":"at","token_type":"bearer","expires_in":"3600","refresh_token":"rt"}`), nil
	}
}

func TestEachSystemHasItsAddressesAndScopes(t *testing.T) {
	const entra = "https://login.microsoftonline.com/"
	for _, c := range []struct {
		name                         string
		properties                   map[string]string
		authorization, token, device string // device "" where the flow is refused
		scope, audience, prompt      string
		clientID                     string
	}{
		{
			name:          "Entra for many tenants",
			properties:    map[string]string{"OAuthScheme": "AzureADOpenID", "Provider": "Epicor"},
			authorization: entra + "organizations/oauth2/v2.0/authorize", token: entra + "organizations/oauth2/v2.0/token", device: entra + "organizations/oauth2/v2.0/devicecode",
			scope: "id/.default openid offline_access", prompt: "select_account",
		},
		{
			name:          "Entra with a tenant, a resource and the provider OData",
			properties:    map[string]string{"OAuthScheme": "AzureAD", "Provider": "OData", "AzureTenant": "contoso.onmicrosoft.com", "AzureResource": "https://erp.contoso.com/"},
			authorization: entra + "contoso.onmicrosoft.com/oauth2/v2.0/authorize", token: entra + "contoso.onmicrosoft.com/oauth2/v2.0/token", device: entra + "contoso.onmicrosoft.com/oauth2/v2.0/devicecode",
			scope: "https://erp.contoso.com//.default openid offline_access", prompt: "select_account",
		},
		{
			name:          "Entra with a scope of the user's",
			properties:    map[string]string{"OAuthScheme": "AzureADOpenID", "Provider": "Epicor", "Scope": " api://erp/user_impersonation   offline_access "},
			authorization: entra + "organizations/oauth2/v2.0/authorize", token: entra + "organizations/oauth2/v2.0/token", device: entra + "organizations/oauth2/v2.0/devicecode",
			scope: "api://erp/user_impersonation offline_access", prompt: "select_account",
		},
		{
			name:       "a service principal",
			properties: map[string]string{"OAuthScheme": "AzureServicePrincipal", "Provider": "Epicor", "AzureTenant": "0a1b", "OAuthClientSecret": "s"},
			token:      entra + "0a1b/oauth2/v2.0/token", scope: "id/.default",
		},
		{
			name:          "Epicor Identity",
			properties:    map[string]string{"OAuthScheme": "OAuth", "Provider": "Epicor"},
			authorization: "https://login.epicor.com/connect/authorize", token: "https://login.epicor.com/connect/token", device: "https://login.epicor.com/connect/deviceauthorization",
			scope: "openid offline_access epicor_erp",
		},
		{
			name:       "Epicor Identity for services",
			properties: map[string]string{"OAuthScheme": "OAuthClient", "Provider": "Epicor", "OAuthClientSecret": "s"},
			token:      "https://login.epicor.com/connect/token", scope: "epicor_erp",
		},
		{
			name:          "Acumatica",
			properties:    map[string]string{"OAuthScheme": "OAuth", "Provider": "Acumatica", "URL": "https://acme.acumatica.com/", "Company": "Sales Demo"},
			authorization: "https://acme.acumatica.com/identity/connect/authorize", token: "https://acme.acumatica.com/identity/connect/token",
			scope: "api offline_access", clientID: "id@Sales Demo",
		},
		{
			name:          "Acumatica in a folder, with an address of the commercial drivers' and a whole client id",
			properties:    map[string]string{"OAuthScheme": "OAuth", "Provider": "Acumatica", "URL": "https://host/AcumaticaERP/entity/", "Company": "X", "OAuthClientId": "id@Y"},
			authorization: "https://host/AcumaticaERP/identity/connect/authorize", token: "https://host/AcumaticaERP/identity/connect/token",
			scope: "api offline_access", clientID: "id@Y",
		},
		{
			name:          "Sage 200",
			properties:    map[string]string{"OAuthScheme": "OAuth", "Provider": "Sage200"},
			authorization: "https://id.sage.com/authorize", token: "https://id.sage.com/oauth/token",
			scope: "openid profile email offline_access", audience: "s200ukipd/sage200",
		},
		{
			name: "an OData service, every address given",
			properties: map[string]string{"OAuthScheme": "OAuth", "Provider": "OData", "OAuthAuthorizationURL": "https://a/1?p=q", "OAuthAccessTokenURL": "https://b/2", "OAuthDeviceURL": "https://c/3",
				"OAuthAudience": "urn:erp", "Scope": "api"},
			authorization: "https://a/1?p=q", token: "https://b/2", device: "https://c/3", scope: "api", audience: "urn:erp",
		},
		{
			name: "one address of Entra's replaced",
			properties: map[string]string{"OAuthScheme": "AzureADOpenID", "Provider": "Epicor",
				"OAuthAccessTokenURL": "https://login.microsoftonline.us/organizations/oauth2/v2.0/token"},
			authorization: entra + "organizations/oauth2/v2.0/authorize", token: "https://login.microsoftonline.us/organizations/oauth2/v2.0/token", device: entra + "organizations/oauth2/v2.0/devicecode",
			scope: "id/.default openid offline_access", prompt: "select_account",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.properties["OAuthClientId"] == "" {
				c.properties["OAuthClientId"] = "id"
			}
			if c.clientID == "" {
				c.clientID = "id"
			}
			var last sent
			client := offline(t, c.properties, record(&last))
			if c.authorization != "" {
				address, err := client.AuthorizationURL(t.Context(), AuthorizationRequest{Mode: ModeWeb, State: "st"})
				require.NoError(t, err)
				u, err := url.Parse(address)
				require.NoError(t, err)
				q := u.Query()
				assert.True(t, strings.HasPrefix(address, c.authorization), address)
				assert.Equal(t, []string{"code", c.clientID, DefaultCallback, "st", c.scope, c.audience, c.prompt, "S256"},
					[]string{q.Get("response_type"), q.Get("client_id"), q.Get("redirect_uri"), q.Get("state"), q.Get("scope"), q.Get("audience"), q.Get("prompt"), q.Get("code_challenge_method")})
				assert.Len(t, q.Get("code_challenge"), 43)

				got, err := client.Exchange(t.Context(), ExchangeRequest{Mode: ModeWeb, Code: "the-code"})
				require.NoError(t, err)
				assert.Equal(t, Tokens{Access: "at", Refresh: "rt", ExpiresIn: time.Hour}, got)
				assert.Equal(t, c.token, last.url)
				assert.Equal(t, "the-code", last.form.Get("code"))
				assert.Equal(t, "application/json", last.header.Get("Accept"))
				_, err = client.Refresh(t.Context(), "rt")
				require.NoError(t, err)
				assert.Equal(t, c.token, last.url)
			} else {
				_, err := client.clientToken(t.Context())
				require.NoError(t, err)
				assert.Equal(t, c.token, last.url)
				assert.Equal(t, []string{c.scope, "s", c.clientID}, []string{last.form.Get("scope"), last.form.Get("client_secret"), last.form.Get("client_id")})
			}
			if c.device != "" {
				device, err := client.address(t.Context(), deviceEndpoint)
				require.NoError(t, err)
				assert.Equal(t, c.device, device)
			}
		})
	}
}

func TestAProviderWhoseAddressesAreNamedIsNotMeasuredByAnothersDocument(t *testing.T) {
	c := offline(t, map[string]string{"OAuthScheme": "OAuth", "Provider": "Epicor", "OAuthClientId": "id", "CallbackURL": "http://localhost:33333",
		"OAuthAuthorizationURL": "https://idp.example/authorize", "OAuthAccessTokenURL": "https://idp.example/token"},
		func(r *http.Request) (*http.Response, error) {
			assert.Equal(t, "idp.example", r.URL.Host, "nobody else is asked")
			return document(200, "application/json", `{"access_token":"at","token_type":"Bearer","expires_in":60}`), nil
		})
	address, err := c.AuthorizationURL(t.Context(), AuthorizationRequest{Mode: ModeWeb, State: "a state of mine"})
	require.NoError(t, err)
	assert.Contains(t, address, "https://idp.example/authorize?")
	_, err = c.Exchange(t.Context(), ExchangeRequest{Mode: ModeWeb, State: "a state of mine",
		Code: "http://localhost:33333/?code=c&state=a+state+of+mine&iss=https%3A%2F%2Fidp.example"})
	require.NoError(t, err)
}

func TestRefreshesNameTheScopeAtEntraOnly(t *testing.T) {
	var last sent
	entra := offline(t, map[string]string{"OAuthScheme": "AzureAD", "Provider": "Epicor", "OAuthClientId": "id"}, record(&last))
	_, err := entra.Refresh(t.Context(), "rt")
	require.NoError(t, err)
	assert.Equal(t, "id/.default openid offline_access", last.form.Get("scope"))
	sage := offline(t, map[string]string{"OAuthScheme": "OAuth", "Provider": "Sage200", "OAuthClientId": "id", "OAuthRefreshTokenURL": "https://id.sage.com/refresh"}, record(&last))
	_, err = sage.Refresh(t.Context(), "rt")
	require.NoError(t, err)
	assert.Equal(t, "https://id.sage.com/refresh", last.url)
	assert.Equal(t, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"rt"}, "client_id": {"id"}}, last.form, "RFC 6749, section 6: what was granted")
}

func TestFurtherParametersTravelWithEveryRequest(t *testing.T) {
	var last sent
	c := offline(t, map[string]string{"OAuthScheme": "OAuth", "Provider": "Sage200", "OAuthClientId": "id", "OAuthParams": "resource=a%26b&acr_values=tenant:x"}, record(&last))
	address, err := c.AuthorizationURL(t.Context(), AuthorizationRequest{Mode: ModeWeb})
	require.NoError(t, err)
	u, err := url.Parse(address)
	require.NoError(t, err)
	assert.Equal(t, "a&b", u.Query().Get("resource"))
	assert.Equal(t, "tenant:x", u.Query().Get("acr_values"))
	_, err = c.Refresh(t.Context(), "rt")
	require.NoError(t, err)
	assert.Equal(t, "a&b", last.form.Get("resource"))
}

func TestAnAdministratorConsentsAtEntra(t *testing.T) {
	c := offline(t, map[string]string{"OAuthScheme": "AzureAD", "Provider": "Epicor", "OAuthClientId": "id", "AzureTenant": "contoso.com"}, nil)
	got, err := c.AdminConsentURL(t.Context(), "https://app/cb", "", "st")
	require.NoError(t, err)
	assert.Equal(t, "https://login.microsoftonline.com/contoso.com/v2.0/adminconsent?client_id=id&redirect_uri=https%3A%2F%2Fapp%2Fcb&scope=id%2F.default+openid+offline_access&state=st", got)
	got, err = c.AdminConsentURL(t.Context(), "", "api://erp/.default", "")
	require.NoError(t, err)
	u, err := url.Parse(got)
	require.NoError(t, err)
	assert.Len(t, u.Query().Get("state"), 43, "a random one")
	assert.Equal(t, DefaultCallback, u.Query().Get("redirect_uri"))

	_, err = c.AdminConsentURL(t.Context(), "not an address", "", "")
	require.ErrorContains(t, err, `property "CallbackURL"`)
	sage := offline(t, map[string]string{"OAuthScheme": "OAuth", "Provider": "Sage200", "OAuthClientId": "id"}, nil)
	_, err = sage.AdminConsentURL(t.Context(), "https://app/cb", "", "")
	require.ErrorContains(t, err, "the connection signs in at Sage ID")
	other := offline(t, map[string]string{"OAuthScheme": "AzureAD", "Provider": "Epicor", "OAuthClientId": "id", "OAuthAuthorizationURL": "https://proxy/login"}, nil)
	_, err = other.AdminConsentURL(t.Context(), "https://app/cb", "", "")
	require.ErrorContains(t, err, `property "OAuthAuthorizationURL"`)
}

func TestAnAdministratorIsBroughtBackFromConsenting(t *testing.T) {
	w := newWire(t, plain(nil), oauthtest.WithShape(oauthtest.Entra))
	c := w.again(t, map[string]string{"OAuthScheme": "AzureAD", "Provider": "Epicor", "OAuthClientId": "public", "OAuthAuthorizationURL": w.AuthorizationURL()})
	address, err := c.AdminConsentURL(t.Context(), webCallback, "", "st")
	require.NoError(t, err)
	u, err := url.Parse(w.signIn(t, address))
	require.NoError(t, err)
	assert.Equal(t, "True", u.Query().Get("admin_consent"))
	assert.Equal(t, "st", u.Query().Get("state"))
}

func TestTheRecordKeyIsTheSameOnEveryMachine(t *testing.T) {
	base := map[string]string{"OAuthScheme": "OAuthPassword", "Provider": "Acumatica", "URL": "https://acme/", "OAuthClientId": "id@t", "User": "u", "Password": "p"}
	key := func(change ...string) string {
		p := map[string]string{}
		for k, v := range base {
			p[k] = v
		}
		for i := 0; i < len(change); i += 2 {
			p[change[i]] = change[i+1]
		}
		s, err := readSettings(p)
		require.NoError(t, err)
		return s.recordKey()
	}
	same := key()
	assert.Equal(t, "hf11IH-dhsCgWLdSJIQTzhT2thiQittTX-5Be_3llHA", same, "settings files of other machines and versions hold it")
	assert.Equal(t, same, key("Password", "other", "CallbackURL", "http://localhost:1", "OAuthAccessTokenURL", "https://acme/identity/connect/token", "Scope", "api  offline_access", "OAuthClientSecret", "x"))
	assert.Equal(t, key("OAuthParams", "a=1&b=2"), key("OAuthParams", "?b=2&a=1"))
	for _, change := range [][]string{{"OAuthParams", "resource=https%3A%2F%2Fother"}, {"User", "v"}, {"OAuthClientId", "other@t"}, {"Scope", "api"}, {"URL", "https://other"}, {"OAuthAudience", "a"}, {"OAuthGrantType", "CODE"}} {
		assert.NotEqual(t, same, key(change...), change)
	}
}
