package epicorerp_test

import (
	"database/sql"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp"
	"github.com/epicorerp/epicorerp/internal/oauth/oauthtest"
	"github.com/epicorerp/epicorerp/providers/acumatica/acumaticatest"
)

const acumaticaWebCallback = "https://app.example.com/callback"

// acumaticaSite is a site with its own identity provider, where an application is
// registered for the tenant.
func acumaticaSite(t *testing.T, opts ...acumaticatest.Option) (*oauthtest.Server, *acumaticatest.Server) {
	t.Helper()
	idp := oauthtest.NewServer(oauthtest.WithShape(oauthtest.Acumatica), oauthtest.WithApps(
		oauthtest.App{ID: "app@" + acumaticatest.DefaultTenant, Secret: appSecret, Redirects: []string{appCallback, acumaticaWebCallback}},
	))
	t.Cleanup(idp.Close)
	s := acumaticatest.NewServer(append(opts, acumaticatest.WithTokens(idp.Valid), acumaticatest.WithIdentity(idp.Handler()))...)
	t.Cleanup(s.Close)
	return idp, s
}

// acumaticaSignIn is a connection string for the site's own provider.
func acumaticaSignIn(t *testing.T, s *acumaticatest.Server, more ...string) string {
	t.Helper()
	return strings.Join(append([]string{"URL=" + s.URL, "Company=" + acumaticatest.DefaultTenant, "OAuthClientId=app", "OAuthClientSecret=" + appSecret,
		"OAuthSettingsLocation=memory://" + t.Name()}, more...), ";")
}

// readsAcumatica reads all three interfaces, and once more after the token was
// taken back.
func readsAcumatica(t *testing.T, db *sql.DB, idp *oauthtest.Server) {
	t.Helper()
	for range 2 {
		var n int
		require.NoError(t, db.QueryRow(`SELECT COUNT(*) FROM REST.Customer c JOIN DAC.BAccount b ON b.BAccountID = c.BAccountID
			JOIN GI.[BI-Customers] g ON g.CustomerID = c.CustomerID`).Scan(&n))
		assert.Equal(t, 40, n)
		idp.EndAccess()
	}
	_, err := db.Exec("EXEC REST.SalesOrder_SalesOrderCreateShipment OrderType = 'SO', OrderNbr = 'SO000001', WarehouseID = 'MAIN'")
	require.NoError(t, err)
}

func TestAcumaticaIsSignedInToAtItsOwnIdentityProvider(t *testing.T) {
	ended := func(t *testing.T, db *sql.DB, s *acumaticatest.Server) {
		t.Helper()
		assert.Equal(t, 1, s.Sessions(), "the token's session, over all interfaces")
		logins, _ := s.Logins()
		assert.Zero(t, logins)
		require.NoError(t, db.Close())
		assert.Zero(t, s.Sessions(), "signed out of with Close")
	}
	t.Run("by a user in the browser of a desktop", func(t *testing.T) {
		idp, s := acumaticaSite(t)
		cfg, err := epicorerp.ParseDSN("Provider=Acumatica;" + acumaticaSignIn(t, s, "AuthScheme=OAuth", "InitiateOAuth=GETANDREFRESH", "CallbackURL="+appCallback))
		require.NoError(t, err)
		user := &prompter{idp: idp}
		db := openConfig(t, cfg, epicorerp.WithPrompter(user))
		readsAcumatica(t, db, idp)
		assert.Equal(t, 1, user.pages)
		assert.Equal(t, map[string]int{"authorization_code": 1, "refresh_token": 2}, idp.Counts().Tokens)
		ended(t, db, s)
	})
	t.Run("by a user of a web application", func(t *testing.T) {
		idp, s := acumaticaSite(t)
		more := []string{"AuthScheme=OAuth", "InitiateOAuth=REFRESH", "CallbackURL=" + acumaticaWebCallback}
		db, err := sql.Open("acumatica", acumaticaSignIn(t, s, append(more, "ConnectOnOpen=false")...))
		require.NoError(t, err)
		require.ErrorIs(t, db.QueryRow("SELECT COUNT(*) FROM Customer").Err(), epicorerp.ErrAuthentication, "nobody has signed in")
		var page, access, refresh string
		var expiresIn int
		require.NoError(t, db.QueryRow("EXEC GetOAuthAuthorizationURL AuthMode='web'").Scan(&page))
		u, err := url.Parse(page)
		require.NoError(t, err)
		assert.True(t, strings.HasPrefix(page, s.URL+"/identity/connect/authorize?"), page)
		assert.Equal(t, "app@U100 api offline_access S256", strings.Join([]string{u.Query().Get("client_id"), u.Query().Get("scope"), u.Query().Get("code_challenge_method")}, " "))
		end, err := idp.SignIn(t.Context(), page, oauthtest.DefaultUser, oauthtest.DefaultPassword)
		require.NoError(t, err)
		require.NoError(t, db.QueryRow("EXEC GetOAuthAccessToken AuthMode='web', Verifier=?", end).Scan(&access, &refresh, &expiresIn))
		require.NoError(t, db.Close())
		db, err = sql.Open("acumatica", acumaticaSignIn(t, s, append(more, "OAuthRefreshToken="+refresh)...))
		require.NoError(t, err)
		readsAcumatica(t, db, idp)
		ended(t, db, s)
	})
	t.Run("by a user's password", func(t *testing.T) {
		idp, s := acumaticaSite(t)
		db, err := sql.Open("acumatica", acumaticaSignIn(t, s, "AuthScheme=OAuthPassword", "User="+oauthtest.DefaultUser, "Password="+oauthtest.DefaultPassword))
		require.NoError(t, err)
		readsAcumatica(t, db, idp)
		assert.Equal(t, 1, idp.Counts().Tokens["password"])
		assert.Equal(t, 2, idp.Counts().Tokens["refresh_token"])
		ended(t, db, s)
	})
	t.Run("with sessions of its own for statements that run at once, by the scope for them", func(t *testing.T) {
		idp, s := acumaticaSite(t)
		db, err := sql.Open("acumatica", acumaticaSignIn(t, s, "AuthScheme=OAuthPassword", "User="+oauthtest.DefaultUser, "Password="+oauthtest.DefaultPassword,
			"Scope=api api:concurrent_access offline_access", "Pagesize=5"))
		require.NoError(t, err)
		var running [2]*sql.Rows
		for i := range running {
			running[i], err = db.Query("SELECT CustomerID FROM Customer")
			require.NoError(t, err)
			require.True(t, running[i].Next())
		}
		assert.Equal(t, 2, s.Sessions())
		idp.EndAccess()
		for _, rows := range running {
			n := 1
			for rows.Next() {
				n++
			}
			require.NoError(t, rows.Err())
			assert.Equal(t, 40, n)
		}
		assert.Equal(t, 2, s.Sessions(), "a new token goes on in them")
		assert.Equal(t, 1, idp.Counts().Tokens["refresh_token"])
		require.NoError(t, db.Close())
		assert.Zero(t, s.Sessions())
	})
	t.Run("not with a wrong password", func(t *testing.T) {
		_, s := acumaticaSite(t)
		db, err := sql.Open("acumatica", acumaticaSignIn(t, s, "AuthScheme=OAuthPassword", "User="+oauthtest.DefaultUser, "Password=wrong-canary"))
		require.NoError(t, err)
		defer db.Close()
		err = db.Ping()
		require.ErrorIs(t, err, epicorerp.ErrAuthentication)
		assert.NotContains(t, err.Error(), "canary")
		assert.Zero(t, s.Sessions())
	})
	t.Run("nor by client credentials, which it does not have", func(t *testing.T) {
		idp, s := acumaticaSite(t)
		for _, scheme := range []string{"AuthScheme=OAuthClient", "AuthScheme=OAuth;OAuthGrantType=CLIENT"} {
			_, err := sql.Open("acumatica", acumaticaSignIn(t, s, scheme))
			assert.ErrorContains(t, err, "Acumatica has the flows CODE and PASSWORD")
		}
		assert.Empty(t, idp.Counts().Tokens)
	})
}
