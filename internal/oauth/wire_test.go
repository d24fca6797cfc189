package oauth

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/internal/oauth/oauthtest"
	"github.com/epicorerp/epicorerp/tokenstore"
)

// The secrets of the tests, which are looked for in every error and log.
const (
	canarySecret   = "canary-secret & + % : /"
	canaryPassword = "canary-pässwörd +&%"
	canaryUser     = "canary-user"
	webCallback    = "https://app.example/cb"
	appCallback    = "http://localhost:33333"
)

// wire is a Client, its provider and all that it says.
type wire struct {
	*oauthtest.Server
	client *Client
	store  *tokenstore.Memory
	log    *bytes.Buffer
	clock  *wireClock
	errors []string
}

// wireClock is the clock of Client and provider. Waits pass at once.
type wireClock struct {
	mu    sync.Mutex
	now   time.Time
	slept []time.Duration
}

func (c *wireClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *wireClock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now, c.slept = c.now.Add(d), append(c.slept, d)
	return ctx.Err()
}

func (c *wireClock) AfterFunc(time.Duration, func()) func() bool { return func() bool { return true } }

// apps are one client of each kind that needs no certificate.
var apps = oauthtest.WithApps(
	oauthtest.App{ID: "public", Redirects: []string{"http://localhost", webCallback}},
	oauthtest.App{ID: "post", Secret: canarySecret, SecretIn: oauthtest.SecretInBody, Redirects: []string{"http://localhost", webCallback}},
	oauthtest.App{ID: "basic", Secret: canarySecret, SecretIn: oauthtest.SecretInHeader, Redirects: []string{"http://localhost", webCallback}},
)

// newWire starts a provider and makes a Client of properties, in which a * stands
// for the provider's address.
func newWire(t *testing.T, properties map[string]string, opts ...oauthtest.Option) *wire {
	t.Helper()
	w := &wire{store: tokenstore.NewMemory(), log: &bytes.Buffer{}, clock: &wireClock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}}
	w.Server = oauthtest.NewServer(append([]oauthtest.Option{
		apps, oauthtest.WithClock(w.clock.Now),
		oauthtest.WithUsers(oauthtest.User{Name: canaryUser, Password: canaryPassword}),
	}, opts...)...)
	t.Cleanup(w.Close)
	w.client = w.again(t, properties)
	t.Cleanup(func() { w.findNoSecret(t) })
	return w
}

// again makes another Client on the same provider and store.
func (w *wire) again(t *testing.T, properties map[string]string) *Client {
	t.Helper()
	p := maps.Clone(properties)
	for name, v := range p {
		p[name] = strings.ReplaceAll(v, "*", w.URL)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	c, err := New(Options{
		Properties: p, Store: w.store, Now: w.clock.Now, Transport: transport,
		Logger: slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug - 4})),
	})
	require.NoError(t, err)
	c.senders.clock = w.clock
	return c
}

// fails expects an *Error and keeps its text for the search for secrets.
func (w *wire) fails(t *testing.T, err error) *Error {
	t.Helper()
	var e *Error
	require.ErrorAs(t, err, &e)
	w.errors = append(w.errors, err.Error(), fmt.Sprintf("%v %+v %#v", e, e, e))
	for cause := e.Err; cause != nil; {
		w.errors = append(w.errors, fmt.Sprintf("%v %+v %#v", cause, cause, cause))
		u, ok := cause.(interface{ Unwrap() error })
		if !ok {
			break
		}
		cause = u.Unwrap()
	}
	return e
}

func (w *wire) findNoSecret(t *testing.T) {
	said := append(w.errors, w.log.String(), fmt.Sprintf("%v %+v %#v", w.client, w.client, w.client))
	for _, secret := range append(w.Secrets(), canarySecret, canaryPassword, "canary") {
		for _, form := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret)} {
			for _, text := range said {
				assert.NotContains(t, text, form)
			}
		}
	}
}

// plain are the properties of a generic service.
func plain(change map[string]string) map[string]string {
	p := map[string]string{
		"OAuthScheme": "OAuth", "Provider": "OData", "OAuthClientId": "public", "Scope": "api offline_access",
		"OAuthAuthorizationURL": "*/authorize", "OAuthAccessTokenURL": "*/token", "OAuthDeviceURL": "*/device_authorization",
	}
	maps.Copy(p, change)
	return p
}

// signIn goes through the browser and returns the address it ends on.
func (w *wire) signIn(t *testing.T, address string) string {
	t.Helper()
	to, err := w.SignIn(t.Context(), address, canaryUser, canaryPassword)
	require.NoError(t, err)
	return to
}

func codeOf(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	return u.Query().Get("code")
}

func TestEveryFlowYieldsTokens(t *testing.T) {
	for _, c := range []struct {
		name       string
		properties map[string]string
		opts       []oauthtest.Option
	}{
		{"a public client", plain(nil), nil},
		{"a secret in the body", plain(map[string]string{"OAuthClientId": "post", "OAuthClientSecret": canarySecret}), nil},
		{"a secret in the header", plain(map[string]string{"OAuthClientId": "basic", "OAuthClientSecret": canarySecret, "OAuthPasswordGrantMode": "BASIC"}), nil},
		{"addresses by discovery", map[string]string{"OAuthScheme": "OAuth", "Provider": "OData", "OAuthClientId": "public", "Scope": "api offline_access", "OAuthIssuer": "*"}, nil},
		{"addresses by RFC 8414", map[string]string{"OAuthScheme": "OAuth", "Provider": "OData", "OAuthClientId": "public", "Scope": "api offline_access", "OAuthIssuer": "*/"}, []oauthtest.Option{oauthtest.WithOnlyRFC8414()}},
	} {
		c.properties["User"], c.properties["Password"] = canaryUser, canaryPassword
		t.Run(c.name, func(t *testing.T) {
			w := newWire(t, c.properties, c.opts...)
			ctx, client := t.Context(), w.client
			address, err := client.AuthorizationURL(ctx, AuthorizationRequest{Mode: ModeWeb, CallbackURL: webCallback})
			require.NoError(t, err)
			got, err := client.Exchange(ctx, ExchangeRequest{Mode: ModeWeb, Code: w.signIn(t, address)})
			require.NoError(t, err)
			assert.True(t, w.Valid(got.Access))
			assert.Equal(t, time.Hour, got.ExpiresIn)

			renewed, err := client.Refresh(ctx, got.Refresh)
			require.NoError(t, err)
			assert.True(t, w.Valid(renewed.Access))
			assert.NotEqual(t, got.Refresh, renewed.Refresh)

			token, err := client.passwordToken(ctx)
			require.NoError(t, err)
			assert.True(t, w.Valid(token.Access))
			assert.Equal(t, w.clock.Now(), token.Obtained)
			assert.Equal(t, w.clock.Now().Add(time.Hour), token.Expiry)

			d, err := client.beginDevice(ctx)
			require.NoError(t, err)
			assert.Equal(t, w.clock.Now().Add(15*time.Minute), d.Expiry)
			_, err = client.pollDevice(ctx, d)
			e := w.fails(t, err)
			assert.Equal(t, "authorization_pending", e.Code)
			assert.True(t, e.Retryable)
			require.NoError(t, w.ApproveDevice(ctx, d.CompleteURL, "", canaryUser, canaryPassword))
			w.clock.now = w.clock.now.Add(d.interval)
			token, err = client.pollDevice(ctx, d)
			require.NoError(t, err)
			assert.True(t, w.Valid(token.Access))

			assert.Contains(t, w.log.String(), "level=INFO msg=\"http request\" method=POST url="+w.TokenURL(), "what is searched for secrets")

			token, err = client.clientToken(ctx)
			if client.secret == "" {
				assert.Equal(t, ReasonClient, w.fails(t, err).Reason)
				return
			}
			require.NoError(t, err)
			assert.True(t, w.Valid(token.Access))
			assert.Empty(t, token.Refresh)
		})
	}
}
