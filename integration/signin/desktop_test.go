package signin_test

import (
	"database/sql"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp"
	"github.com/epicorerp/epicorerp/integration/signin/provider"
)

// entra is registered as an application of a desktop is there: a web client with a secret and a loopback redirect.
var entra = func() provider.Client {
	c := confidential("11111111-2222-3333-4444-555555555555", "client_secret_post", "s3cr3t & + % : / of the application")
	c.RedirectURIs = []string{"http://localhost"}
	return c
}()

// desktop is the connection of the documentation's first recipe.
func desktop(t testing.TB, s *stage, sys system) properties {
	return s.endpoints().with(sys.properties).with(properties{
		"AuthScheme": "AzureADOpenID", "OAuthClientId": entra.ID, "OAuthClientSecret": entra.Secret,
		"CallbackURL": strings.TrimSuffix(callbackURL(t), "/callback"), "InitiateOAuth": "GETANDREFRESH",
		"OAuthSettingsLocation": settingsIn(t),
		// OpenID Connect gives offline_access for consent that was asked for (Core 1.0, section 11); Entra does without.
		"OAuthParams": "prompt=consent",
	})
}

// useBrowser makes a person at a Chromium this process's default browser.
func useBrowser(t *testing.T, refuseAt string) provider.Browser {
	t.Helper()
	b := provider.Browser{Person: alice, RefuseAt: refuseAt, Work: work, Report: filepath.Join(t.TempDir(), "report")}
	env, err := b.Env()
	if err != nil {
		t.Skip(err)
	}
	for _, variable := range env {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
	return b
}

func TestADesktopUserSignsInWithTheBrowserOnce(t *testing.T) {
	s := newStage(t, provider.Options{Clients: []provider.Client{entra}, AccessTokenLife: 3 * time.Second})
	sys := s.kinetic()
	p := desktop(t, s, sys)
	b := useBrowser(t, "")

	db, err := sql.Open(sys.driver, p.dsn())
	require.NoError(t, err)
	require.NoError(t, sys.ask(t.Context(), db), "from sql.Open to rows")
	require.NoError(t, db.Close())
	saw, err := b.Saw(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{"sign in", "consent"}, saw.Pages)
	assert.Equal(t, 200, saw.Last.Status)
	assert.Equal(t, p["CallbackURL"]+"/", saw.Last.URL)
	assert.Contains(t, strings.ToLower(saw.Last.Text), "close")
	assert.Contains(t, saw.Last.Headers["cache-control"], "no-store")
	assertPortIsFree(t, p["CallbackURL"])

	// From here on a browser that opens is a failure.
	t.Setenv("BROWSER", "false")
	require.NoError(t, askInAnotherProcess(t, sys.task(p)), "a second process connects silently")
	granted := s.events(t).Named("granted")
	latest := granted[len(granted)-1]
	require.Eventually(t, func() bool { _, err := s.guard.Subject(latest.Answer.AccessToken); return err != nil },
		10*time.Second, 20*time.Millisecond, "the token expires")
	require.NoError(t, askInAnotherProcess(t, sys.task(p)), "and renews the token when it has expired")
	events := s.events(t)
	assert.Len(t, events.Named("authorized"), 1, "the user was asked once")
	assert.NotEmpty(t, events.Granted(provider.RefreshToken)[len(granted)-1:])
	assert.Empty(t, events.Named("revoked"))
	assert.Empty(t, events.Named("refused"))
}

func TestAUserWhoCancelsSeesWhyAndSoDoesTheProgram(t *testing.T) {
	for _, page := range []string{"sign in", "consent"} {
		t.Run("at the page to "+page, func(t *testing.T) {
			s := newStage(t, provider.Options{Clients: []provider.Client{entra}})
			sys := s.kinetic()
			p := desktop(t, s, sys)
			b := useBrowser(t, page)
			db, err := sql.Open(sys.driver, p.dsn())
			require.NoError(t, err)
			defer func() { require.NoError(t, db.Close()) }()
			err = sys.ask(t.Context(), db)
			require.ErrorIs(t, err, epicorerp.ErrAuthentication)
			var e *epicorerp.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, "access_denied", e.Code)
			saw, err := b.Saw(t.Context())
			require.NoError(t, err)
			assert.GreaterOrEqual(t, saw.Last.Status, 400)
			assert.NotContains(t, saw.Last.Text, "End-User aborted", "what came in the address is not shown")
			assertPortIsFree(t, p["CallbackURL"])
			assert.Empty(t, s.events(t).Named("granted"))
		})
	}
}

// assertPortIsFree sees to it that nobody listens any more.
func assertPortIsFree(t *testing.T, callback string) {
	t.Helper()
	u, err := url.Parse(callback)
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:"+u.Port())
	if assert.NoError(t, err) {
		require.NoError(t, l.Close())
	}
}
