// Package loopback is where the tests of the examples run: an identity
// provider, a Kinetic server that takes its tokens, and a user with a browser.
package loopback

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/internal/oauth/oauthtest"
	"github.com/epicorerp/epicorerp/providers/epicor/epicortest"
)

// The registered application. Its secret needs every kind of quoting.
const (
	ClientID     = "examples"
	ClientSecret = "s3cr3t & + % : /"
)

// Callback is the redirect URI of programs on the user's machine.
var Callback = oauthtest.FreeCallback("/signed-in")

// Customers is how many rows the table of customers has.
const Customers = 42

// Site is the servers of one test.
type Site struct {
	IDP *oauthtest.Server
	ERP *epicortest.Server
}

// Start starts the servers, with one more redirect URI if callback is not "".
func Start(t *testing.T, callback string, options ...oauthtest.Option) *Site {
	t.Helper()
	redirects := []string{Callback}
	if callback != "" {
		redirects = append(redirects, callback)
	}
	app := oauthtest.App{ID: ClientID, Secret: ClientSecret, Redirects: redirects}
	s := &Site{IDP: oauthtest.NewServer(append(options, oauthtest.WithApps(app))...)}
	t.Cleanup(s.IDP.Close)
	s.ERP = epicortest.NewServer(epicortest.WithCustomers(Customers), epicortest.WithOrderLines(10), epicortest.WithIssuer(func(token string) (string, error) {
		if !s.IDP.Valid(token) {
			return "", errors.New("the access token is not valid")
		}
		return epicortest.DefaultUser, nil
	}))
	t.Cleanup(s.ERP.Close)
	return s
}

// DSN is a connection string that signs in at the provider, with more
// properties behind it.
func (s *Site) DSN(more ...string) string {
	list := []string{
		"URL=" + s.ERP.URL, "ERPInstance=" + epicortest.DefaultInstance, "Company=" + epicortest.DefaultCompany,
		"AuthScheme=OAuth", "OAuthIssuer=" + s.IDP.Issuer(), "OAuthAccessTokenURL=" + s.IDP.TokenURL(), "OAuthClientId=" + ClientID,
		`OAuthClientSecret="` + ClientSecret + `"`, "Scope=api offline_access", "CallbackURL=" + Callback,
	}
	return strings.Join(append(list, more...), ";")
}

// Settings is a file for tokens, with a key that does not depend on the machine.
func Settings(t *testing.T) string {
	t.Helper()
	return "OAuthSettingsLocation=" + filepath.Join(t.TempDir(), "settings", "OAuthSettings.txt") + ";OAuthSettingsKey=a passphrase of the tests"
}

// SignIn is a user who signs in on a page. It returns where the browser ends.
func (s *Site) SignIn(ctx context.Context, page string) (string, error) {
	return s.IDP.SignIn(ctx, page, oauthtest.DefaultUser, oauthtest.DefaultPassword)
}

// browserVariable names the address that Main, as a browser, hands pages to.
const browserVariable = "EPICORERP_EXAMPLES_BROWSER"

// Main runs the tests, or is the browser that one of them has started. A
// TestMain calls it.
func Main(m *testing.M) {
	desk := os.Getenv(browserVariable)
	if desk == "" || len(os.Args) < 2 || !strings.HasPrefix(os.Args[1], "http") {
		os.Exit(m.Run())
	}
	resp, err := http.PostForm(desk, url.Values{"page": {os.Args[1]}})
	if err != nil || resp.StatusCode != http.StatusOK {
		fmt.Fprintln(os.Stderr, "nobody sits at the browser:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Browse has the system's browser be a user who signs in, and returns how often
// that has happened so far.
func (s *Site) Browse(t *testing.T) (signIns func() int) {
	t.Helper()
	pages := make(chan string, 16)
	count := make(chan int, 1)
	count <- 0
	desk := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { pages <- r.FormValue("page") }))
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	done := make(chan error, 1)
	go func() {
		var failed error
		for page := range pages {
			count <- <-count + 1
			end, err := s.SignIn(ctx, page)
			if err == nil {
				_, _, err = s.IDP.Visit(ctx, end)
			}
			failed = errors.Join(failed, err)
		}
		done <- failed
	}()
	t.Cleanup(func() {
		desk.Close()
		close(pages)
		require.NoError(t, <-done)
		cancel()
	})
	self, err := os.Executable()
	require.NoError(t, err)
	t.Setenv("BROWSER", self)
	t.Setenv(browserVariable, desk.URL)
	return func() int { n := <-count; count <- n; return n }
}
