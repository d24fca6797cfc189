package procedures

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/internal/oauth"
	"github.com/epicorerp/epicorerp/internal/oauth/oauthtest"
	"github.com/epicorerp/epicorerp/tokenstore"
)

// value is the first column of an answer.
func value(row, column string) string {
	_, rest, _ := strings.Cut(row, column+"=")
	v, _, _ := strings.Cut(rest, " ")
	return v
}

// TestAWebApplicationSignsAUserIn goes the whole way at an identity provider:
// address, the user's consent, code, tokens, new tokens.
func TestAWebApplicationSignsAUserIn(t *testing.T) {
	const callback = "https://app.example/signed-in"
	idp := oauthtest.NewServer(oauthtest.WithApps(oauthtest.App{ID: "web", Secret: "app-canary", Redirects: []string{callback}}))
	t.Cleanup(idp.Close)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	client, err := oauth.New(oauth.Options{Store: tokenstore.NewMemory(), Transport: transport, Now: time.Now, Logger: slog.New(slog.DiscardHandler),
		Properties: map[string]string{"OAuthScheme": "OAuth", "Provider": "OData", "URL": "https://erp.example", "OAuthIssuer": idp.URL,
			"OAuthClientId": "web", "OAuthClientSecret": "app-canary", "Scope": "api offline_access", "OAuthGrantType": "CODE"}})
	require.NoError(t, err)
	p := New(nil, client, Options{})

	row, err := invoke(t, p, "GetOAuthAuthorizationUrl", map[string]string{"AuthMode": "WEB", "CallbackURL": callback, "State": "s-1"})
	require.NoError(t, err)
	landed, err := idp.SignIn(t.Context(), value(row, "URL"), oauthtest.DefaultUser, oauthtest.DefaultPassword)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(landed, callback), landed)
	back, err := url.Parse(landed)
	require.NoError(t, err)
	assert.Equal(t, "s-1", back.Query().Get("state"))

	row, err = invoke(t, p, "GetOAuthAccessToken", map[string]string{"AuthMode": "WEB", "Verifier": back.Query().Get("code"), "CallbackURL": callback})
	require.NoError(t, err)
	first := value(row, "OAuthAccessToken")
	assert.NotEmpty(t, first)
	assert.NotEqual(t, "-1", value(row, "ExpiresIn"))

	row, err = invoke(t, p, "RefreshOAuthAccessToken", map[string]string{"OAuthRefreshToken": value(row, "OAuthRefreshToken")})
	require.NoError(t, err)
	assert.NotEmpty(t, value(row, "OAuthAccessToken"))
	assert.NotEqual(t, first, value(row, "OAuthAccessToken"))

	_, err = invoke(t, p, "GetOAuthAccessToken", map[string]string{"AuthMode": "WEB", "Verifier": "code-canary", "State": "s-2"})
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "canary")
	_, err = invoke(t, p, "GetAdminConsentURL", nil)
	require.Error(t, err, "Entra alone has it")
}
