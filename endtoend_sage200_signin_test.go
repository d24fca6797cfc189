package epicorerp_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp"
	"github.com/epicorerp/epicorerp/internal/oauth/oauthtest"
	"github.com/epicorerp/epicorerp/providers/sage200/sage200test"
)

// A user of a web application signs in to Sage 200, and the token is renewed when
// the server no longer takes it, though it says so in the words that it has for
// whatever it does not let in.
func TestSage200IsSignedInToAndItsTokenRenewed(t *testing.T) {
	const callback = "https://app.example.com/callback"
	idp := oauthtest.NewServer(oauthtest.WithApps(oauthtest.App{ID: "app", Secret: appSecret, Redirects: []string{callback}}))
	defer idp.Close()
	srv := sage200test.NewServer(sage200test.WithToken(idp.Valid), sage200test.WithQuietTokenErrors())
	defer srv.Close()
	cfg, err := epicorerp.ParseDSN(strings.Join([]string{
		"Provider=Sage200", "URL=" + srv.URL, "SubscriptionKey=" + sage200test.DefaultKey, "InitiateOAuth=REFRESH", "OAuthIssuer=" + idp.Issuer(),
		"OAuthClientId=app", "OAuthClientSecret=" + appSecret, "CallbackURL=" + callback, "OAuthSettingsLocation=memory://" + t.Name(), "ConnectOnOpen=false",
	}, ";"))
	require.NoError(t, err)
	db := openConfig(t, cfg)
	err = db.QueryRow("SELECT COUNT(*) FROM customers").Err()
	require.ErrorIs(t, err, epicorerp.ErrAuthentication, "nobody has signed in")
	var page, access, refresh string
	var expiresIn, customers int
	require.NoError(t, db.QueryRow("EXEC GetOAuthAuthorizationURL AuthMode='web'").Scan(&page))
	assert.Contains(t, page, "audience=s200ukipd%2Fsage200")
	end, err := idp.SignIn(t.Context(), page, oauthtest.DefaultUser, oauthtest.DefaultPassword)
	require.NoError(t, err)
	require.NoError(t, db.QueryRow("EXEC GetOAuthAccessToken AuthMode='web', Verifier=?", end).Scan(&access, &refresh, &expiresIn))
	cfg = cfg.Clone()
	cfg.OAuthRefreshToken, cfg.ConnectOnOpen = epicorerp.NewSecret(refresh), true
	db = openConfig(t, cfg)
	require.NoError(t, db.QueryRow("SELECT COUNT(*) FROM customers").Scan(&customers))
	assert.Equal(t, 130, customers)
	idp.EndAccess()
	require.NoError(t, db.QueryRow("SELECT COUNT(*) FROM customers").Scan(&customers))
	assert.Equal(t, 130, customers)
	assert.Equal(t, 2, idp.Counts().Tokens["refresh_token"], "for the first token, and once for the one that ran out")
}
