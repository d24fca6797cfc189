package oauth

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
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

// rig is a Client with a provider, a store and a clock of its own.
type rig struct {
	idp   *oauthtest.Server
	clock *testClock
	store tokenstore.Store
	log   *bytes.Buffer
}

// testClock is a clock that stands still until it is told, or slept on.
type testClock struct {
	mu   sync.Mutex
	time time.Time
}

func (c *testClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.time
}

func (c *testClock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.time = c.time.Add(d)
}

func (c *testClock) Sleep(ctx context.Context, d time.Duration) error {
	c.Advance(d)
	return ctx.Err()
}

func newRig(t *testing.T, opts ...oauthtest.Option) *rig {
	t.Helper()
	leavesNothing(t)
	r := &rig{clock: &testClock{time: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}, store: tokenstore.NewMemory(), log: &bytes.Buffer{}}
	r.idp = oauthtest.NewServer(append([]oauthtest.Option{
		oauthtest.WithClock(r.clock.Now),
		oauthtest.WithApps(oauthtest.App{ID: "app", Secret: "client-secret-canary", Redirects: []string{"http://localhost/", "http://localhost", "http://127.0.0.1/cb"}}),
	}, opts...)...)
	t.Cleanup(r.idp.Close)
	return r
}

// properties are those of a desktop program, changed as a test wants them; ""
// leaves one out.
func (r *rig) properties(change map[string]string) map[string]string {
	p := map[string]string{
		"AuthScheme": "Bearer", "OAuthScheme": "OAuth", "Provider": "OData", "URL": r.idp.URL,
		"OAuthClientId": "app", "OAuthClientSecret": "client-secret-canary", "Scope": "api offline_access",
		"OAuthAuthorizationURL": r.idp.AuthorizationURL(), "OAuthAccessTokenURL": r.idp.TokenURL(), "OAuthDeviceURL": r.idp.DeviceURL(),
	}
	maps.Copy(p, change)
	maps.DeleteFunc(p, func(_, v string) bool { return v == "" })
	return p
}

func (r *rig) client(t *testing.T, change map[string]string, configure ...func(*Options)) *Client {
	t.Helper()
	tr := &http.Transport{}
	t.Cleanup(tr.CloseIdleConnections)
	o := Options{
		Properties: r.properties(change), Transport: tr, Store: r.store, Now: r.clock.Now,
		Logger: slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug - 8})),
	}
	for _, f := range configure {
		f(&o)
	}
	c, err := New(o)
	require.NoError(t, err)
	c.source.sleep = r.clock.Sleep
	c.senders.clock = senderClock{r.clock}
	t.Cleanup(func() { assert.NoError(t, c.Close()) })
	return c
}

// senderClock is the clock of the HTTP clients: back-off takes no time, and
// nothing times out.
type senderClock struct{ *testClock }

func (senderClock) AfterFunc(time.Duration, func()) func() bool { return func() bool { return true } }

// granted is what the provider gave the user alice.
func (r *rig) granted(t *testing.T) tokenstore.Token {
	t.Helper()
	form := url.Values{"grant_type": {"password"}, "username": {oauthtest.DefaultUser}, "password": {oauthtest.DefaultPassword},
		"scope": {"api offline_access"}, "client_id": {"app"}, "client_secret": {"client-secret-canary"}}
	q, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.idp.TokenURL(), strings.NewReader(form.Encode()))
	require.NoError(t, err)
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := visitor(t).Do(q)
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, res.StatusCode, "%s", text)
	var answer struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
		Life    int    `json:"expires_in"`
	}
	require.NoError(t, json.Unmarshal(text, &answer))
	now := r.clock.Now()
	return tokenstore.Token{Access: answer.Access, Refresh: answer.Refresh, Obtained: now, Expiry: now.Add(time.Duration(answer.Life) * time.Second)}
}

// keep stores a token as another connection of the same kind would have.
func (r *rig) keep(t *testing.T, c *Client, token tokenstore.Token) {
	t.Helper()
	_, err := r.store.Update(t.Context(), c.key, func(context.Context, tokenstore.Token) (tokenstore.Token, error) { return token, nil })
	require.NoError(t, err)
}

func (r *rig) kept(t *testing.T, c *Client) tokenstore.Token {
	t.Helper()
	token, _, err := r.store.Load(t.Context(), c.key)
	require.NoError(t, err)
	return token
}

// asked lists how often each grant was tried since the numbers were before.
func asked(before, after oauthtest.Counts) map[string]int {
	d := map[string]int{}
	for grant, n := range after.Tokens {
		if n -= before.Tokens[grant]; n > 0 {
			d[grant] = n
		}
	}
	return d
}

// user is a Prompter who signs in at the provider.
type user struct {
	idp      *oauthtest.Server
	decline  bool
	leave    bool  // leaves the page open
	fails    error // what showing them something ends with
	onBrowse func()
	visited  chan visited // pages that the callback showed

	approve      bool // of the device flow
	approveAfter int  // so many pauses; 0 for at once

	mu        sync.Mutex
	browsed   int
	addresses []string
	codes     []DeviceCode
}

type visited struct {
	status int
	body   string
	err    error
}

func newUser(r *rig) *user { return &user{idp: r.idp, approve: true, visited: make(chan visited, 8)} }

func (u *user) Browse(ctx context.Context, address string) error {
	u.mu.Lock()
	u.browsed++
	u.addresses = append(u.addresses, address)
	u.mu.Unlock()
	if u.onBrowse != nil {
		u.onBrowse()
	}
	if u.leave || u.fails != nil {
		return u.fails
	}
	signIn := u.idp.SignIn
	if u.decline {
		signIn = u.idp.Decline
	}
	callback, err := signIn(ctx, address, oauthtest.DefaultUser, oauthtest.DefaultPassword)
	if err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	go func() { // a browser goes on by itself
		status, body, err := u.idp.Visit(ctx, callback)
		u.visited <- visited{status, body, err}
	}()
	return nil
}

func (u *user) DeviceCode(ctx context.Context, code DeviceCode) error {
	u.mu.Lock()
	u.codes = append(u.codes, code)
	u.mu.Unlock()
	switch {
	case u.decline:
		return u.idp.DenyDevice(ctx, code.URL, code.UserCode, oauthtest.DefaultUser, oauthtest.DefaultPassword)
	case u.approve && u.approveAfter == 0:
		return u.typeCode(ctx)
	}
	return u.fails
}

// sleeping is told of each pause before a poll.
func (u *user) sleeping(ctx context.Context) {
	if u.approveAfter == 0 {
		return
	}
	if u.approveAfter--; u.approveAfter == 0 {
		if err := u.typeCode(ctx); err != nil {
			panic(err)
		}
	}
}

func (u *user) typeCode(ctx context.Context) error {
	code := u.codes[0]
	return u.idp.ApproveDevice(ctx, code.URL, code.UserCode, oauthtest.DefaultUser, oauthtest.DefaultPassword)
}
