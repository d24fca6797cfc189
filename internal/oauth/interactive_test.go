package oauth

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/internal/oauth/oauthtest"
)

// desktop is a Client that may ask its user.
func desktop(t *testing.T, r *rig, change props, configure func(*user)) (*Client, *user, string) {
	t.Helper()
	address := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	p := props{"InitiateOAuth": "GETANDREFRESH", "CallbackURL": "http://" + address + "/cb"}
	for name, value := range change {
		p[name] = value
	}
	u := newUser(r)
	if configure != nil {
		configure(u)
	}
	return r.client(t, p, func(o *Options) { o.Prompter = u }), u, address
}

func assertFree(t *testing.T, address string) {
	t.Helper()
	s, err := net.Listen("tcp", address)
	require.NoError(t, err, "the callback's port is given back")
	require.NoError(t, s.Close())
}

func TestTheUserSignsInOnceAndIsNotAskedAgain(t *testing.T) {
	r := newRig(t)
	c, u, address := desktop(t, r, nil, nil)
	first, err := c.Token(t.Context())
	require.NoError(t, err)
	page := <-u.visited
	require.NoError(t, page.err)
	assert.Equal(t, http.StatusOK, page.status)
	assert.Contains(t, page.body, "close this tab")
	assertFree(t, address)

	again, u2, _ := desktop(t, r, nil, nil)
	second, err := again.Token(t.Context())
	require.NoError(t, err)
	assert.Equal(t, first.Access, second.Access)
	r.clock.Advance(expired)
	third, err := again.Token(t.Context())
	require.NoError(t, err)
	assert.True(t, r.idp.Valid(third.Access))
	assert.Equal(t, 1, u.browsed+u2.browsed)
	r.assertNoSecret(t, nil, c)
}

func TestManyConnectorsAskTheUserOnce(t *testing.T) {
	r := newRig(t)
	first, u, _ := desktop(t, r, nil, nil)
	clients := []*Client{first}
	for range 3 {
		clients = append(clients, r.client(t, props{"InitiateOAuth": "GETANDREFRESH", "CallbackURL": first.callback}, func(o *Options) { o.Prompter = u }))
	}
	var wg sync.WaitGroup
	for _, c := range clients {
		for range 4 {
			wg.Go(func() {
				got, err := c.Token(t.Context())
				assert.NoError(t, err)
				assert.True(t, r.idp.Valid(got.Access))
			})
		}
	}
	wg.Wait()
	<-u.visited
	assert.Equal(t, 1, u.browsed)
	assert.Len(t, r.idp.Families(), 1)
}

func TestASignInThatDoesNotComeToItsEndGivesThePortBack(t *testing.T) {
	absent := func(u *user) { u.leave = true }
	for name, tc := range map[string]struct {
		user  func(*user)
		run   func(t *testing.T, c *Client, u *user) error
		check func(t *testing.T, err error)
	}{
		"nobody signs in": {absent, func(t *testing.T, c *Client, _ *user) error {
			c.source.patience = time.Millisecond
			_, err := c.Token(t.Context())
			return err
		}, func(t *testing.T, err error) {
			var e *Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, ReasonTimeout, e.Reason)
			for _, word := range []string{"five minutes", "OAuthGrantType=DEVICE", "OAuthVerifier", "GetOAuthAuthorizationURL"} {
				assert.Contains(t, err.Error(), word)
			}
		}},
		"the query is cancelled": {absent, func(t *testing.T, c *Client, u *user) error {
			ctx, cancel := context.WithCancel(t.Context())
			u.onBrowse = cancel
			_, err := c.Token(ctx)
			return err
		}, func(t *testing.T, err error) { require.ErrorIs(t, err, context.Canceled) }},
		"the connector is closed": {absent, func(t *testing.T, c *Client, u *user) error {
			shown := make(chan struct{})
			u.onBrowse = func() { close(shown) }
			done := ask(t.Context(), c)
			<-shown
			require.NoError(t, c.Close())
			return (<-done).err
		}, func(t *testing.T, err error) { require.ErrorIs(t, err, errClosed) }},
		"the Prompter fails": {func(u *user) { u.fails = errors.New("no terminal") }, func(t *testing.T, c *Client, _ *user) error {
			_, err := c.Token(t.Context())
			return err
		}, func(t *testing.T, err error) { assert.ErrorContains(t, err, "no terminal") }},
		"the user says no": {func(u *user) { u.decline = true }, func(t *testing.T, c *Client, u *user) error {
			_, err := c.Token(t.Context())
			page := <-u.visited
			assert.Equal(t, http.StatusBadRequest, page.status)
			return err
		}, func(t *testing.T, err error) {
			var e *Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, ReasonDenied, e.Reason)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			c, u, address := desktop(t, r, nil, tc.user)
			tc.check(t, tc.run(t, c, u))
			require.NoError(t, c.Close())
			assertFree(t, address)
			assert.Empty(t, r.idp.Counts().Tokens)
			r.assertNoSecret(t, nil, c)
		})
	}
}

func TestAUserWhoSaidNoIsAskedAgainByTheNextQuery(t *testing.T) {
	r := newRig(t)
	c, u, _ := desktop(t, r, nil, func(u *user) { u.decline = true })
	_, err := c.Token(t.Context())
	require.Error(t, err)
	<-u.visited
	u.decline = false
	got, err := c.Token(t.Context())
	require.NoError(t, err)
	assert.True(t, r.idp.Valid(got.Access))
	<-u.visited
}

func TestWithoutABrowserTheWaysOutAreNamed(t *testing.T) {
	r := newRig(t)
	t.Setenv("BROWSER", "no-such-browser")
	address := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	c := r.client(t, props{"InitiateOAuth": "GETANDREFRESH", "CallbackURL": "http://" + address + "/cb"})
	for range 2 {
		_, err := c.Token(t.Context())
		require.Error(t, err)
		for _, word := range []string{"no-such-browser", "OAuthGrantType=DEVICE", "OAuthVerifier", "WithPrompter"} {
			assert.Contains(t, err.Error(), word)
		}
		r.assertNoSecret(t, err, c)
	}
	assertFree(t, address)
}

func TestACallbackElsewhereIsRefusedBeforeAnythingIsDone(t *testing.T) {
	r := newRig(t)
	var e *PropertyError
	require.ErrorAs(t, Check(r.properties(props{"InitiateOAuth": "GETANDREFRESH", "CallbackURL": "https://app.example/cb"})), &e)
	assert.Equal(t, "CallbackURL", e.Property)
	require.NoError(t, Check(r.properties(props{"InitiateOAuth": "REFRESH", "CallbackURL": "https://app.example/cb"})))

	c, u, _ := desktop(t, r, nil, nil)
	_, err := c.Exchange(t.Context(), ExchangeRequest{Mode: ModeApp, CallbackURL: "https://app.example/cb"})
	require.ErrorAs(t, err, &e)
	assert.Contains(t, e.Message, "AuthMode=WEB")
	assert.Zero(t, u.browsed)
}

func TestEachSignInHasAStateAndAVerifierOfItsOwn(t *testing.T) {
	r := newRig(t)
	c, u, _ := desktop(t, r, props{"State": "chosen"}, func(u *user) { u.leave = true })
	c.source.patience = time.Millisecond
	seen := map[string]bool{}
	for range 2 {
		_, err := c.Token(t.Context())
		require.Error(t, err)
	}
	for _, address := range u.addresses {
		parsed, err := url.Parse(address)
		require.NoError(t, err)
		q := parsed.Query()
		assert.Equal(t, "S256", q.Get("code_challenge_method"))
		assert.NotEqual(t, "chosen", q.Get("state"), "what the user listens for must not be known to others")
		seen[q.Get("state")], seen[q.Get("code_challenge")] = true, true
	}
	assert.Len(t, seen, 4)
}

func TestExchangeWithoutACodeHasTheUserSignIn(t *testing.T) {
	r := newRig(t)
	c, u, address := desktop(t, r, props{"InitiateOAuth": "REFRESH", "CallbackURL": "http://127.0.0.1:1/cb"}, nil)
	_, err := c.Token(t.Context())
	require.Error(t, err, "REFRESH asks nobody")
	got, err := c.Exchange(t.Context(), ExchangeRequest{Mode: ModeApp, CallbackURL: "http://" + address + "/cb"})
	require.NoError(t, err)
	<-u.visited
	used, err := c.Token(t.Context())
	require.NoError(t, err, "the connections learn of it at once")
	assert.Equal(t, got.Access, used.Access)
	assert.Equal(t, got.Access, r.kept(t, c).Access)
	assert.True(t, c.Usable())
}

func TestTheDeviceFlow(t *testing.T) {
	for name, tc := range map[string]struct {
		shape   oauthtest.Shape
		change  func(r *rig, u *user)
		polls   int
		slept   time.Duration
		reason  Reason
		message string
	}{
		"the user is quick":          {polls: 1, slept: 5 * time.Second},
		"the user is quick at Entra": {shape: oauthtest.Entra, polls: 1, slept: 5 * time.Second},
		"the user takes a while":     {change: func(r *rig, u *user) { u.approveAfter = 4 }, polls: 4, slept: 20 * time.Second},
		"the provider wants to be asked less": {change: func(r *rig, u *user) {
			u.approveAfter = 2
			r.idp.Fail(oauthtest.JSON(http.StatusBadRequest, `{"error":"slow_down"}`).For(grantDevice))
		}, polls: 1, slept: 15 * time.Second},
		"the provider is down for a moment": {change: func(r *rig, u *user) {
			r.idp.Fail(oauthtest.ServerError().For(grantDevice), oauthtest.ServerError().For(grantDevice))
		}, polls: 1, slept: 35 * time.Second},
		"the user never comes": {change: func(r *rig, u *user) { u.approve = false }, polls: 179, slept: 895 * time.Second, reason: ReasonTimeout, message: "connect again"},
		"the user says no":     {change: func(r *rig, u *user) { u.decline = true }, polls: 1, slept: 5 * time.Second, reason: ReasonDenied},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, oauthtest.WithShape(tc.shape))
			u := newUser(r)
			if tc.change != nil {
				tc.change(r, u)
			}
			c := r.client(t, props{"InitiateOAuth": "GETANDREFRESH", "OAuthGrantType": "DEVICE"}, func(o *Options) { o.Prompter = u })
			var slept time.Duration
			c.source.sleep = func(ctx context.Context, d time.Duration) error {
				slept += d
				r.clock.Advance(d)
				u.sleeping(ctx)
				return ctx.Err()
			}
			got, err := c.Token(t.Context())
			require.Len(t, u.codes, 1)
			assert.NotEmpty(t, u.codes[0].UserCode)
			assert.Equal(t, r.idp.URL+"/device", u.codes[0].URL)
			assert.Equal(t, tc.polls, r.idp.Counts().Tokens[grantDevice])
			assert.Equal(t, tc.slept, slept)
			if tc.reason != ReasonOther {
				var e *Error
				require.ErrorAs(t, err, &e)
				assert.Equal(t, tc.reason, e.Reason)
				assert.Contains(t, err.Error(), tc.message)
				r.assertNoSecret(t, err, c)
				return
			}
			require.NoError(t, err)
			assert.True(t, r.idp.Valid(got.Access))
			assert.Equal(t, got, r.kept(t, c))
			r.assertNoSecret(t, nil, c)
		})
	}
}

func TestTheDeviceFlowEndsWithItsContext(t *testing.T) {
	r := newRig(t)
	u := newUser(r)
	u.approve = false
	c := r.client(t, props{"InitiateOAuth": "GETANDREFRESH", "OAuthGrantType": "DEVICE"}, func(o *Options) { o.Prompter = u })
	ctx, cancel := context.WithCancel(t.Context())
	c.source.sleep = func(ctx context.Context, d time.Duration) error {
		cancel()
		return pause(ctx, d)
	}
	_, err := c.Token(ctx)
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, c.Close())
	assert.Empty(t, r.idp.Counts().Tokens)
}

func TestPauseTakesItsTime(t *testing.T) {
	require.NoError(t, pause(t.Context(), time.Nanosecond))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, pause(ctx, time.Hour), context.Canceled)
}
