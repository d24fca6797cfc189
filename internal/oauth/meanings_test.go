package oauth

import (
	"fmt"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/internal/oauth/oauthtest"
)

func TestEveryErrorHasAMeaningAndAdvice(t *testing.T) {
	all := map[string]meaning{}
	for grant, m := range grantMeanings {
		all["invalid_grant of "+grant] = m
	}
	for code, m := range codeMeanings {
		all[code] = m
	}
	for code, m := range suberrorMeanings {
		all["suberror "+code] = m
	}
	for number, m := range entraMeanings {
		all[fmt.Sprint("AADSTS", number)] = m
	}
	for name, m := range all {
		first, _ := utf8.DecodeRuneInString(m.text)
		assert.Truef(t, unicode.IsLower(first) || m.text[:5] == "Entra", "%s: %q", name, m.text)
		assert.NotRegexp(t, `[.;]$`, m.text+m.advice, name)
		assert.NotZero(t, m.reason, name)
		if !m.retryable {
			assert.NotEmpty(t, m.advice, name)
		}
		assert.False(t, m.retryable && m.interactive, name)
		if m.reason == ReasonClient || m.reason == ReasonProperty {
			assert.Falsef(t, m.interactive && name != "suberror client_mismatch", "%s: signing in again mends no property", name)
		}
	}
}

// The shapes of the providers, reached over addresses that the properties name.
func TestSystemsAreSignedInToWithAddressesOfOnesOwn(t *testing.T) {
	for _, c := range []struct {
		name       string
		shape      oauthtest.Shape
		properties map[string]string
		flows      []string
	}{
		{"Entra", oauthtest.Entra, map[string]string{"OAuthScheme": "AzureADOpenID", "Provider": "Epicor", "OAuthClientId": "post", "OAuthClientSecret": canarySecret}, []string{flowCode, flowPassword, flowClient, flowDevice}},
		{"Acumatica", oauthtest.Acumatica, map[string]string{"OAuthScheme": "OAuth", "Provider": "Acumatica", "URL": "*/", "OAuthClientId": "post", "OAuthClientSecret": canarySecret}, []string{flowCode, flowPassword}},
		{"Epicor Identity", oauthtest.Plain, map[string]string{"OAuthScheme": "OAuth", "Provider": "Epicor", "OAuthIssuer": "*", "OAuthClientId": "post", "OAuthClientSecret": canarySecret}, []string{flowCode, flowPassword, flowClient, flowDevice}},
		{"Sage 200", oauthtest.Plain, map[string]string{"OAuthScheme": "OAuth", "Provider": "Sage200", "OAuthClientId": "post", "OAuthClientSecret": canarySecret}, []string{flowCode}},
	} {
		for _, flow := range c.flows {
			t.Run(c.name+" with "+flow, func(t *testing.T) {
				w := newWire(t, plain(nil), oauthtest.WithShape(c.shape))
				p := map[string]string{"OAuthGrantType": flow, "User": canaryUser, "Password": canaryPassword}
				if c.properties["OAuthIssuer"] == "" && c.properties["URL"] == "" {
					p["OAuthAuthorizationURL"], p["OAuthAccessTokenURL"], p["OAuthDeviceURL"] = w.AuthorizationURL(), w.TokenURL(), w.DeviceURL()
				}
				for name, v := range c.properties {
					p[name] = v
				}
				client := w.again(t, p)
				access, refresh := w.obtain(t, client, flow)
				assert.True(t, w.Valid(access))
				if flow == flowClient {
					assert.Empty(t, refresh)
					return
				}
				got, err := client.Refresh(t.Context(), refresh)
				require.NoError(t, err)
				assert.True(t, w.Valid(got.Access))
				assert.Equal(t, client.audience, w.Families()[0].Audience)
			})
		}
	}
}

// obtain goes through a flow with the user's help.
func (w *wire) obtain(t *testing.T, c *Client, flow string) (access, refresh string) {
	t.Helper()
	switch flow {
	case flowClient:
		got, err := c.clientToken(t.Context())
		require.NoError(t, err)
		return got.Access, got.Refresh
	case flowPassword:
		got, err := c.passwordToken(t.Context())
		require.NoError(t, err)
		return got.Access, got.Refresh
	case flowDevice:
		d, err := c.beginDevice(t.Context())
		require.NoError(t, err)
		require.NoError(t, w.ApproveDevice(t.Context(), d.URL, d.UserCode, canaryUser, canaryPassword))
		got, err := c.pollDevice(t.Context(), d)
		require.NoError(t, err)
		return got.Access, got.Refresh
	}
	to := w.begin(t, c, AuthorizationRequest{Mode: ModeWeb, CallbackURL: webCallback})
	got, err := c.Exchange(t.Context(), ExchangeRequest{Mode: ModeWeb, Code: to})
	require.NoError(t, err)
	return got.Access, got.Refresh
}
