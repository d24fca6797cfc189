package epicorerp_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp"
	"github.com/epicorerp/epicorerp/internal/oauth/oauthtest"
	"github.com/epicorerp/epicorerp/providers/epicor/epicortest"
	"github.com/epicorerp/epicorerp/tokenstore"
)

// These tests sign in: a Kinetic server behind an identity provider.

const appSecret = "canary-client-secret"

var appCallback = oauthtest.FreeCallback("/")

// signInSite is a Kinetic server that takes the tokens of a provider.
func signInSite(t *testing.T, user string, options ...oauthtest.Option) (*oauthtest.Server, *epicortest.Server) {
	t.Helper()
	idp := oauthtest.NewServer(append(options, oauthtest.WithApps(
		oauthtest.App{ID: "app", Secret: appSecret, Redirects: []string{appCallback, "https://app.example.com/callback"}},
	))...)
	t.Cleanup(idp.Close)
	erp := kinetic(t, epicortest.WithCustomers(7), epicortest.WithIssuer(func(token string) (string, error) {
		if !idp.Valid(token) {
			return "", errors.New("the access token is not valid")
		}
		return user, nil
	}))
	return idp, erp
}

// signInConfig is a connection string of the site's, with more properties.
func signInConfig(t *testing.T, idp *oauthtest.Server, erp *epicortest.Server, more ...string) *epicorerp.Config {
	t.Helper()
	cfg, err := epicorerp.ParseDSN(strings.Join(append([]string{
		"URL=" + erp.URL, "ERPInstance=" + epicortest.DefaultInstance, "AuthScheme=OAuth", "OAuthIssuer=" + idp.Issuer(),
		"OAuthClientId=app", "OAuthClientSecret=" + appSecret, "Scope=api offline_access", "CallbackURL=" + appCallback,
		"OAuthSettingsLocation=memory://" + t.Name(),
	}, more...), ";"))
	require.NoError(t, err)
	return cfg
}

func openConfig(t *testing.T, cfg *epicorerp.Config, options ...epicorerp.Option) *sql.DB {
	t.Helper()
	connector, err := epicorerp.NewConnector(cfg, options...)
	require.NoError(t, err)
	db := sql.OpenDB(connector)
	t.Cleanup(func() {
		require.NoError(t, db.Close())
		nothingRuns(t)
	})
	return db
}

func countCustomers(ctx context.Context, db *sql.DB) (n int, err error) {
	err = db.QueryRowContext(ctx, "SELECT COUNT(*) FROM [Erp.BO.CustomerSvc].Customers").Scan(&n)
	return n, err
}

// prompter is a user who does what they are shown.
type prompter struct {
	idp   *oauthtest.Server
	pages int
	codes int
}

// Browse returns as soon as the browser is open; the user takes their time.
func (p *prompter) Browse(ctx context.Context, page string) error {
	p.pages++
	ctx = context.WithoutCancel(ctx)
	go func() {
		end, err := p.idp.SignIn(ctx, page, oauthtest.DefaultUser, oauthtest.DefaultPassword)
		if err == nil {
			_, _, err = p.idp.Visit(ctx, end)
		}
		if err != nil {
			panic(err)
		}
	}()
	return nil
}

func (p *prompter) DeviceCode(ctx context.Context, code epicorerp.DeviceCode) error {
	p.codes++
	return p.idp.ApproveDevice(ctx, code.URL, code.UserCode, oauthtest.DefaultUser, oauthtest.DefaultPassword)
}

func TestEachFlowLeadsToRows(t *testing.T) {
	for _, flow := range []struct {
		name, properties, grant string
		pages, codes            int
	}{
		{"a browser", "InitiateOAuth=GETANDREFRESH", "authorization_code", 1, 0},
		{"a device code", "InitiateOAuth=GETANDREFRESH;OAuthGrantType=DEVICE", "urn:ietf:params:oauth:grant-type:device_code", 0, 1},
		{"client credentials", "OAuthGrantType=CLIENT;Scope=api", "client_credentials", 0, 0},
		{"client credentials by the scheme's name", "AuthScheme=OAuthClient;Scope=api;OAuthPasswordGrantMode=BASIC", "client_credentials", 0, 0},
		{"a user's password", "AuthScheme=OAuthPassword;User=bob;Password='pässwörd +&%'", "password", 0, 0},
	} {
		t.Run(flow.name, func(t *testing.T) {
			idp, erp := signInSite(t, epicortest.DefaultUser, oauthtest.WithDevice(time.Minute, time.Second))
			cfg := signInConfig(t, idp, erp)
			for property := range strings.SplitSeq(flow.properties, ";") {
				name, value, _ := strings.Cut(property, "=")
				override(t, cfg, name, strings.Trim(value, "'"))
			}
			user := &prompter{idp: idp}
			db := openConfig(t, cfg, epicorerp.WithPrompter(user))
			n, err := countCustomers(t.Context(), db)
			require.NoError(t, err)
			assert.Equal(t, 7, n)
			assert.Equal(t, []int{flow.pages, flow.codes}, []int{user.pages, user.codes})
			assert.Equal(t, map[string]int{flow.grant: 1}, idp.Counts().Tokens)
		})
	}
}

// override sets one field of a Config by the property's name.
func override(t *testing.T, cfg *epicorerp.Config, name, value string) {
	t.Helper()
	fields := map[string]*string{
		"InitiateOAuth": &cfg.InitiateOAuth, "OAuthGrantType": &cfg.OAuthGrantType, "Scope": &cfg.Scope,
		"AuthScheme": &cfg.AuthScheme, "User": &cfg.User, "OAuthPasswordGrantMode": &cfg.OAuthPasswordGrantMode,
	}
	if name == "Password" {
		cfg.Password = epicorerp.NewSecret(value)
		return
	}
	require.Contains(t, fields, name)
	*fields[name] = value
}

func TestPooledConnectionsShareOneToken(t *testing.T) {
	idp, erp := signInSite(t, epicortest.DefaultUser)
	db := openConfig(t, signInConfig(t, idp, erp, "OAuthGrantType=PASSWORD", "User=alice", "Password=wonderland"))
	db.SetMaxIdleConns(8)
	all := func() {
		t.Helper()
		var wait sync.WaitGroup
		failures := make([]error, 8)
		for i := range failures {
			wait.Go(func() { _, failures[i] = countCustomers(t.Context(), db) })
		}
		wait.Wait()
		require.NoError(t, errors.Join(failures...))
	}
	all()
	assert.Equal(t, map[string]int{"password": 1}, idp.Counts().Tokens)
	idp.EndAccess() // every request is answered with 401 now
	all()
	assert.Equal(t, map[string]int{"password": 1, "refresh_token": 1}, idp.Counts().Tokens, "one refresh, whoever was refused")
	assert.Zero(t, idp.Counts().Reuses)
}

func TestAccessThatIsDeniedIsNoReasonToRenew(t *testing.T) {
	idp, erp := signInSite(t, "limited")
	db := openConfig(t, signInConfig(t, idp, erp, "OAuthGrantType=PASSWORD", "User=alice", "Password=wonderland", "Service=Erp.BO.CustomerSvc"))
	_, err := countCustomers(t.Context(), db)
	require.NoError(t, err)
	var n int
	err = db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM [Erp.BO.LaborSvc].LaborHeds").Scan(&n)
	assert.ErrorIs(t, err, epicorerp.ErrPermission)
	assert.Zero(t, idp.Counts().Tokens["refresh_token"])
}

func TestConnectionsWhoseTokenCannotBeRenewedLeaveThePool(t *testing.T) {
	idp, erp := signInSite(t, epicortest.DefaultUser)
	store := epicorerp.WithTokenStore(tokenstore.NewMemory())
	user := &prompter{idp: idp}
	ask := openConfig(t, signInConfig(t, idp, erp, "InitiateOAuth=GETANDREFRESH"), store, epicorerp.WithPrompter(user))
	_, err := countCustomers(t.Context(), ask)
	require.NoError(t, err)

	quiet := openConfig(t, signInConfig(t, idp, erp, "InitiateOAuth=REFRESH"), store)
	_, err = countCustomers(t.Context(), quiet)
	require.NoError(t, err)
	require.Equal(t, 1, quiet.Stats().Idle)

	idp.EndSessions()
	for range 3 {
		_, err = countCustomers(t.Context(), quiet)
		require.ErrorIs(t, err, epicorerp.ErrAuthentication)
	}
	assert.Zero(t, quiet.Stats().OpenConnections, "a connection without a token is not kept")
	assert.Equal(t, 1, idp.Counts().Tokens["refresh_token"], "what was refused for good is not asked again")

	_, err = countCustomers(t.Context(), ask)
	require.NoError(t, err, "GETANDREFRESH asks the user again")
	assert.Equal(t, 2, user.pages)
	_, err = countCustomers(t.Context(), quiet)
	assert.NoError(t, err, "and whoever shares the settings learns of the new token")
}

func TestWithoutATokenOnlyTheProceduresWork(t *testing.T) {
	idp, erp := signInSite(t, epicortest.DefaultUser)
	db := openConfig(t, signInConfig(t, idp, erp))
	require.NoError(t, db.QueryRowContext(t.Context(), "SELECT 1").Err())
	_, err := countCustomers(t.Context(), db)
	assert.ErrorIs(t, err, epicorerp.ErrAuthentication)
	assert.ErrorContains(t, err, "InitiateOAuth=GETANDREFRESH", "the error names the way out")
	var page string
	require.NoError(t, db.QueryRowContext(t.Context(), "EXEC getoauthauthorizationurl").Scan(&page))
	assert.Contains(t, page, "code_challenge_method=S256")
	assert.Empty(t, idp.Counts().Tokens)
}

func TestAWebApplicationSignsInAcrossThePool(t *testing.T) {
	idp, erp := signInSite(t, epicortest.DefaultUser)
	cfg := signInConfig(t, idp, erp)
	db := openConfig(t, cfg)
	const callback = "https://app.example.com/callback"
	begin := func(state string) (code string) {
		t.Helper()
		conn, err := db.Conn(t.Context()) // held, so that what follows runs on another
		require.NoError(t, err)
		t.Cleanup(func() { _ = conn.Close() })
		var page string
		require.NoError(t, conn.QueryRowContext(t.Context(),
			"EXEC GetOAuthAuthorizationURL @AuthMode = 'WEB', @CallbackURL = ?, @State = ?", callback, state).Scan(&page))
		end, err := idp.SignIn(t.Context(), page, oauthtest.DefaultUser, oauthtest.DefaultPassword)
		require.NoError(t, err)
		address, err := url.Parse(end)
		require.NoError(t, err)
		assert.Equal(t, state, address.Query().Get("state"))
		return address.Query().Get("code")
	}
	var access, refresh string
	var expiresIn int
	trade := func(text string, args ...any) error {
		return db.QueryRowContext(t.Context(), text, args...).Scan(&access, &refresh, &expiresIn)
	}
	first, second := begin("state-one"), begin("state-two")
	assert.ErrorContains(t, trade("EXEC GetOAuthAccessToken AuthMode='WEB', Verifier=?", first), "State", "two are under way")
	assert.ErrorContains(t, trade("EXEC GetOAuthAccessToken AuthMode='WEB', Verifier=?, State='elsewhere'", first), "another process")
	require.NoError(t, trade("EXEC GetOAuthAccessToken AuthMode='WEB', Verifier=?, State='state-two'", second))
	require.NoError(t, trade("CALL GETOAUTHACCESSTOKEN(AuthMode => 'WEB', Verifier => ?)", first), "one is left")
	assert.Equal(t, 3600, expiresIn)
	require.NoError(t, trade("EXEC RefreshOAuthAccessToken OAuthRefreshToken=@token", sql.Named("token", refresh)))

	for _, empty := range []string{"", "Verifier=''", "Verifier=NULL", "Verifier='  '"} {
		before := idp.Counts()
		err := trade(strings.TrimSuffix(fmt.Sprintf("EXEC GetOAuthAccessToken AuthMode='WEB', %s", empty), ", "))
		assert.ErrorIs(t, err, epicorerp.ErrParameter, empty)
		assert.ErrorContains(t, err, "Verifier")
		assert.Equal(t, before, idp.Counts(), "nothing was asked of the provider")
	}

	cfg.OAuthAccessToken = epicorerp.NewSecret(access)
	n, err := countCustomers(t.Context(), openConfig(t, cfg))
	require.NoError(t, err)
	assert.Equal(t, 7, n)
}

// handedOver signs a user in as a web application does.
func handedOver(t *testing.T, idp *oauthtest.Server, erp *epicortest.Server) (access, refresh string) {
	t.Helper()
	db := openConfig(t, signInConfig(t, idp, erp))
	var page string
	require.NoError(t, db.QueryRowContext(t.Context(), "EXEC GetOAuthAuthorizationURL AuthMode='web', CallbackURL='https://app.example.com/callback'").Scan(&page))
	end, err := idp.SignIn(t.Context(), page, oauthtest.DefaultUser, oauthtest.DefaultPassword)
	require.NoError(t, err)
	var expiresIn int
	require.NoError(t, db.QueryRowContext(t.Context(), "EXEC GetOAuthAccessToken AuthMode='web', Verifier=?", end).Scan(&access, &refresh, &expiresIn))
	return access, refresh
}

func TestATokenOfTheStringIsUsedAsWhatTheStringSaysOfIt(t *testing.T) {
	for _, test := range []struct {
		name      string
		more      []string
		refreshes int
	}{
		{"nobody knows its age and nothing can renew it", []string{"InitiateOAuth=REFRESH"}, 0},
		{"nor is a user asked then", []string{"InitiateOAuth=GETANDREFRESH"}, 0},
		{"half of what is known says nothing", []string{"InitiateOAuth=REFRESH", "OAuthExpiresIn=1"}, 0},
		{"it has no end", []string{"InitiateOAuth=REFRESH", "OAuthExpiresIn=-1", "OAuthRefreshToken=*"}, 0},
		{"nobody knows its age and it can be renewed", []string{"InitiateOAuth=REFRESH", "OAuthRefreshToken=*"}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			idp, erp := signInSite(t, epicortest.DefaultUser)
			access, refresh := handedOver(t, idp, erp)
			for i := range test.more {
				test.more[i] = strings.Replace(test.more[i], "*", refresh, 1)
			}
			db := openConfig(t, signInConfig(t, idp, erp, append(test.more, "OAuthAccessToken="+access)...), epicorerp.WithPrompter(&prompter{idp: idp}))
			_, err := countCustomers(t.Context(), db)
			require.NoError(t, err)
			assert.Equal(t, test.refreshes, idp.Counts().Tokens["refresh_token"])
			assert.Equal(t, 1, idp.Counts().Tokens["authorization_code"], "nobody was asked again")
		})
	}
}

func TestTheCodeIsGoodWhereverItsAddressWasAskedFor(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir()) // the default location, by each system's variable
	t.Setenv("AppData", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	const key = "OAuthSettingsKey=a passphrase of the tests"
	idp, erp := signInSite(t, epicortest.DefaultUser)
	first := signInConfig(t, idp, erp, key)
	first.InitiateOAuth, first.OAuthSettingsLocation = "OFF", ""
	var page string
	require.NoError(t, openConfig(t, first).QueryRowContext(t.Context(), "EXEC GetOAuthAuthorizationURL").Scan(&page))
	end, err := idp.SignIn(t.Context(), page, oauthtest.DefaultUser, oauthtest.DefaultPassword)
	require.NoError(t, err)
	address, err := url.Parse(end)
	require.NoError(t, err)

	later := signInConfig(t, idp, erp, key)
	later.InitiateOAuth, later.OAuthSettingsLocation = "REFRESH", filepath.Join(t.TempDir(), "settings", "OAuthSettings.txt")
	later.OAuthVerifier = epicorerp.NewSecret(address.Query().Get("code"))
	for range 2 {
		n, err := countCustomers(t.Context(), openConfig(t, later))
		require.NoError(t, err)
		assert.Equal(t, 7, n)
		later.OAuthVerifier = epicorerp.Secret{}
	}
	assert.Equal(t, map[string]int{"authorization_code": 1}, idp.Counts().Tokens)
}
