package main

import (
	"database/sql"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/examples/internal/loopback"
	"github.com/epicorerp/epicorerp/internal/oauth/oauthtest"
)

// browser is one user's: it has cookies, and stops at redirects to elsewhere.
type browser struct {
	t      *testing.T
	client *http.Client
}

func newBrowser(t *testing.T) browser {
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return browser{t, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

func (b browser) get(address string) (status int, location, body string) {
	b.t.Helper()
	resp, err := b.client.Get(address)
	require.NoError(b.t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(b.t, err)
	return resp.StatusCode, resp.Header.Get("Location"), string(text)
}

func TestEachUserOfTheWebApplicationSignsIn(t *testing.T) {
	const life = 30 * time.Second // less than the minute that is left to a token before it is renewed
	server := httptest.NewUnstartedServer(nil)
	callback := "http://" + server.Listener.Addr().String() + "/callback"
	site := loopback.Start(t, callback, oauthtest.WithAccessLife(life))
	db, err := sql.Open("epicorerp", site.DSN())
	require.NoError(t, err)
	defer db.Close()
	app := newApplication(db, site.DSN(), callback)
	defer app.Close()
	server.Config.Handler = app.handler()
	server.Start()
	defer server.Close()

	alice, bob, stranger := newBrowser(t), newBrowser(t), newBrowser(t)
	_, toLogin, _ := alice.get(server.URL + "/")
	assert.Equal(t, "/login", toLogin)
	// Both sign in at the same time.
	_, page, _ := alice.get(server.URL + "/login")
	_, other, _ := bob.get(server.URL + "/login")
	for b, page := range map[browser]string{bob: other, alice: page} {
		end, err := site.SignIn(t.Context(), page)
		require.NoError(t, err)
		status, _, _ := stranger.get(end)
		assert.Equal(t, http.StatusForbidden, status, "the code of a browser is of no use in another one")
		status, location, body := b.get(end)
		require.Equal(t, http.StatusSeeOther, status, body)
		_, _, body = b.get(server.URL + location)
		assert.Equal(t, "42 customers\n", body)
	}
	before := site.IDP.Counts().Tokens["refresh_token"]
	status, _, body := alice.get(server.URL + "/")
	require.Equal(t, http.StatusOK, status, body)
	assert.Equal(t, before+1, site.IDP.Counts().Tokens["refresh_token"], "the token had less than a minute left")

	site.IDP.EndSessions()
	_, toLogin, _ = alice.get(server.URL + "/")
	assert.Equal(t, "/login", toLogin)
}

func TestATokenWhoseEndNobodyKnowsIsNotRenewedWithEachRequest(t *testing.T) {
	server := httptest.NewUnstartedServer(nil)
	callback := "http://" + server.Listener.Addr().String() + "/callback"
	site := loopback.Start(t, callback)
	db, err := sql.Open("epicorerp", site.DSN())
	require.NoError(t, err)
	defer db.Close()
	app := newApplication(db, site.DSN(), callback)
	defer app.Close()
	server.Config.Handler = app.handler()
	server.Start()
	defer server.Close()

	alice := newBrowser(t)
	_, page, _ := alice.get(server.URL + "/login")
	end, err := site.SignIn(t.Context(), page)
	require.NoError(t, err)
	site.IDP.Fail(oauthtest.Without("expires_in"))
	alice.get(end)
	for range 2 {
		status, _, body := alice.get(server.URL + "/")
		require.Equal(t, http.StatusOK, status, body)
	}
	assert.Zero(t, site.IDP.Counts().Tokens["refresh_token"])
}
