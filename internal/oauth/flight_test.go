package oauth

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/internal/oauth/oauthtest"
	"github.com/epicorerp/epicorerp/tokenstore"
)

// gate holds token requests at the provider until it is opened.
type gate struct{ came, open chan struct{} }

func newGate() *gate { return &gate{came: make(chan struct{}, 100), open: make(chan struct{})} }

func (g *gate) hold(grant string) {
	if grant == grantRefresh {
		g.came <- struct{}{}
		<-g.open
	}
}

// waiting blocks until n wait for the flight that is under way.
func waiting(t *testing.T, c *Client, n int) {
	t.Helper()
	require.Eventually(t, func() bool {
		c.source.mu.Lock()
		defer c.source.mu.Unlock()
		return c.source.flight != nil && c.source.flight.waiters == n
	}, 10*time.Second, time.Millisecond)
}

// expiredRig has a stored token that has just expired, and holds its refresh.
func expiredRig(t *testing.T) (*rig, *gate, *Client) {
	t.Helper()
	g := newGate()
	r := newRig(t, oauthtest.WithBefore(g.hold))
	c := r.client(t, props{"InitiateOAuth": "REFRESH"})
	r.keep(t, c, r.granted(t))
	r.clock.Advance(expired)
	return r, g, c
}

type outcome struct {
	token tokenstore.Token
	err   error
}

func ask(ctx context.Context, c *Client) <-chan outcome {
	done := make(chan outcome, 1)
	go func() {
		token, err := c.Token(ctx)
		done <- outcome{token, err}
	}()
	return done
}

func TestOneExpiryIsOneRefreshHoweverManyWait(t *testing.T) {
	r, g, c := expiredRig(t)
	const n = 64
	var all []<-chan outcome
	for range n {
		all = append(all, ask(t.Context(), c))
	}
	waiting(t, c, n)
	close(g.open)
	first := <-all[0]
	require.NoError(t, first.err)
	for _, done := range all[1:] {
		assert.Equal(t, first, <-done)
	}
	assert.Equal(t, 1, r.idp.Counts().Refreshes)
	assert.Zero(t, r.idp.Counts().ConcurrentRefreshes)
}

// settingsFiles opens one settings file as so many processes would.
func settingsFiles(t *testing.T, n int) []tokenstore.Store {
	t.Helper()
	dir := t.TempDir()
	stores := make([]tokenstore.Store, n)
	for i := range stores {
		var err error
		stores[i], err = tokenstore.Open(filepath.Join(dir, "OAuthSettings.txt"), tokenstore.Options{Key: "settings-key-canary"})
		require.NoError(t, err)
	}
	return stores
}

func TestOneExpiryIsOneRefreshHoweverManyClients(t *testing.T) {
	for name, open := range map[string]func(*testing.T, int) []tokenstore.Store{
		"in memory": func(_ *testing.T, n int) []tokenstore.Store {
			return slices.Repeat([]tokenstore.Store{tokenstore.NewMemory()}, n)
		},
		"in a file": settingsFiles,
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			var clients []*Client
			for _, store := range open(t, 8) {
				clients = append(clients, r.client(t, props{"InitiateOAuth": "REFRESH"}, func(o *Options) { o.Store = store }))
			}
			r.store = clients[0].store
			r.keep(t, clients[0], r.granted(t))
			const expiries = 10
			for range expiries {
				r.clock.Advance(expired)
				tokens := askAll(t, clients, 8)
				assert.Len(t, tokens, 1)
				assert.True(t, r.idp.Valid(tokens[0]))
			}
			counts := r.idp.Counts()
			assert.Equal(t, expiries, counts.Refreshes)
			assert.Zero(t, counts.Reuses+counts.Revoked+counts.ConcurrentRefreshes)
		})
	}
}

// askAll has n goroutines ask each client, and returns the tokens that they got.
func askAll(t *testing.T, clients []*Client, n int) []string {
	t.Helper()
	var mu sync.Mutex
	var tokens []string
	var wg sync.WaitGroup
	for _, c := range clients {
		for range n {
			wg.Go(func() {
				token, err := c.Token(t.Context())
				assert.NoError(t, err)
				mu.Lock()
				tokens = append(tokens, token.Access)
				mu.Unlock()
			})
		}
	}
	wg.Wait()
	slices.Sort(tokens)
	return slices.Compact(tokens)
}

func TestTheQueryThatRenewsMayGoAndTheOthersGetTheirToken(t *testing.T) {
	r, g, c := expiredRig(t)
	ctx, cancel := context.WithCancel(t.Context())
	first := ask(ctx, c)
	<-g.came
	second := ask(t.Context(), c)
	waiting(t, c, 2)
	cancel()
	require.ErrorIs(t, (<-first).err, context.Canceled)
	close(g.open)
	got := <-second
	require.NoError(t, got.err)
	assert.True(t, r.idp.Valid(got.token.Access))
	assert.Equal(t, 1, r.idp.Counts().Tokens[grantRefresh])
}

func TestAWaiterLeavesWithItsOwnContextAndCause(t *testing.T) {
	_, g, c := expiredRig(t)
	first := ask(t.Context(), c)
	<-g.came
	why := errors.New("the user pressed escape")
	ctx, cancel := context.WithCancelCause(t.Context())
	second := ask(ctx, c)
	waiting(t, c, 2)
	cancel(why)
	require.ErrorIs(t, (<-second).err, why)
	close(g.open)
	require.NoError(t, (<-first).err)
}

func TestARefreshThatWasSentIsStoredThoughNobodyWaits(t *testing.T) {
	r, g, c := expiredRig(t)
	ctx, cancel := context.WithCancel(t.Context())
	only := ask(ctx, c)
	<-g.came
	cancel()
	require.ErrorIs(t, (<-only).err, context.Canceled)
	closed := make(chan error, 1)
	go func() { closed <- c.Close() }()
	close(g.open)
	require.NoError(t, <-closed, "Close has waited for the answer")
	assert.True(t, r.idp.Valid(r.kept(t, c).Access))

	got, err := r.client(t, props{"InitiateOAuth": "REFRESH"}).Token(t.Context())
	require.NoError(t, err)
	assert.Equal(t, r.kept(t, c).Access, got.Access)
	assert.Equal(t, 1, r.idp.Counts().Tokens[grantRefresh])
	assert.Zero(t, r.idp.Counts().Reuses)
}

func TestACancelledQueryWhoseRefreshIsUnderWayIsFollowedByOneThatTakesIt(t *testing.T) {
	r, g, c := expiredRig(t)
	ctx, cancel := context.WithCancel(t.Context())
	first := ask(ctx, c)
	<-g.came
	cancel()
	require.ErrorIs(t, (<-first).err, context.Canceled)
	second := ask(t.Context(), c)
	waiting(t, c, 1)
	close(g.open)
	got := <-second
	require.NoError(t, got.err)
	assert.True(t, r.idp.Valid(got.token.Access))
	assert.Equal(t, 1, r.idp.Counts().Tokens[grantRefresh])
}

// lockedStore has its lock held by someone else until it is opened.
type lockedStore struct {
	tokenstore.Store
	came, open chan struct{}
	stubborn   atomic.Bool // the next to wait notices the end of its context only then
}

func (s *lockedStore) Update(ctx context.Context, key string, renew func(context.Context, tokenstore.Token) (tokenstore.Token, error)) (tokenstore.Token, error) {
	s.came <- struct{}{}
	if s.stubborn.Swap(false) {
		<-s.open
	}
	select {
	case <-ctx.Done():
		return tokenstore.Token{}, ctx.Err()
	case <-s.open:
	}
	return s.Store.Update(ctx, key, renew)
}

func TestARenewalThatNobodyWaitsForIsNotBegun(t *testing.T) {
	r, g, c := expiredRig(t)
	close(g.open)
	locked := &lockedStore{Store: c.store, came: make(chan struct{}, 10), open: make(chan struct{})}
	c.store = locked
	ctx, cancel := context.WithCancel(t.Context())
	only := ask(ctx, c)
	<-locked.came
	cancel()
	require.ErrorIs(t, (<-only).err, context.Canceled)
	require.NoError(t, c.Close())
	close(locked.open)
	assert.Zero(t, r.idp.Counts().Tokens[grantRefresh])
}

func TestWhoeverComesAfterTheLastHasLeftGetsATokenAllTheSame(t *testing.T) {
	r, g, c := expiredRig(t)
	close(g.open)
	locked := &lockedStore{Store: c.store, came: make(chan struct{}, 10), open: make(chan struct{})}
	locked.stubborn.Store(true)
	c.store = locked
	ctx, cancel := context.WithCancel(t.Context())
	first := ask(ctx, c)
	<-locked.came
	cancel()
	require.ErrorIs(t, (<-first).err, context.Canceled)
	second := ask(t.Context(), c)
	waiting(t, c, 1)
	close(locked.open)
	got := <-second
	require.NoError(t, got.err)
	assert.True(t, r.idp.Valid(got.token.Access))
}

func TestCloseEndsWhatWaits(t *testing.T) {
	_, g, c := expiredRig(t)
	close(g.open)
	locked := &lockedStore{Store: c.store, came: make(chan struct{}, 10), open: make(chan struct{})}
	c.store = locked
	only := ask(t.Context(), c)
	<-locked.came
	require.NoError(t, c.Close())
	require.ErrorIs(t, (<-only).err, errClosed)
	_, err := c.Token(t.Context())
	require.ErrorIs(t, err, errClosed)
	require.NoError(t, c.Close(), "twice")
}

func TestCloseDoesNotWaitForEverForAnAnswer(t *testing.T) {
	_, g, c := expiredRig(t)
	c.source.grace = time.Millisecond
	only := ask(t.Context(), c)
	<-g.came
	require.NoError(t, c.Close())
	require.ErrorIs(t, (<-only).err, errClosed)
	close(g.open)
}

// failingStore renews and cannot store, as a full disk.
type failingStore struct{ *tokenstore.Memory }

func (s failingStore) Update(ctx context.Context, key string, renew func(context.Context, tokenstore.Token) (tokenstore.Token, error)) (tokenstore.Token, error) {
	t, err := s.Memory.Update(ctx, key, renew)
	if err == nil {
		err = fmt.Errorf("%w: disk full", tokenstore.ErrNotStored)
	}
	return t, err
}

func TestATokenThatCannotBeStoredIsUsed(t *testing.T) {
	r, g, c := expiredRig(t)
	close(g.open)
	c.store = failingStore{r.store.(*tokenstore.Memory)}
	got, err := c.Token(t.Context())
	require.NoError(t, err)
	assert.True(t, r.idp.Valid(got.Access))
	assert.Contains(t, r.log.String(), "disk full")
	r.assertNoSecret(t, nil, c)
}

// brokenStore cannot be read, or cannot be locked.
type brokenStore struct {
	tokenstore.Store
	readable bool
}

func (s brokenStore) Load(ctx context.Context, key string) (tokenstore.Token, bool, error) {
	if s.readable {
		return s.Store.Load(ctx, key)
	}
	return tokenstore.Token{}, false, errors.New("wrong key")
}

func (brokenStore) Update(context.Context, string, func(context.Context, tokenstore.Token) (tokenstore.Token, error)) (tokenstore.Token, error) {
	return tokenstore.Token{}, errors.New("read-only")
}

func TestAStoreThatFailsDoesNotEndATokenBeforeItsTime(t *testing.T) {
	for _, readable := range []bool{false, true} {
		r, c, used := usedRig(t)
		r.clock.Advance(inMargin)
		c.store = brokenStore{c.store, readable}
		got, err := c.Token(t.Context())
		require.NoError(t, err)
		assert.Equal(t, used, got.Access)
		r.clock.Advance(expired)
		_, err = c.Token(t.Context())
		require.ErrorContains(t, err, "OAuthSettingsLocation")
	}
}

func TestAStoreThatCannotBeReadIsNamed(t *testing.T) {
	r := newRig(t)
	c := r.client(t, props{"InitiateOAuth": "GETANDREFRESH"})
	c.store = brokenStore{Store: c.store}
	_, err := c.Token(t.Context())
	require.Error(t, err)
	assert.Contains(t, err.Error(), "OAuthSettingsLocation")
	assert.Contains(t, err.Error(), "wrong key")
	assert.True(t, c.Usable(), "it may be mended")
}

// quitter is a Prompter that fails a test where it stands.
type quitter struct{}

func (quitter) Browse(context.Context, string) error         { runtime.Goexit(); return nil }
func (quitter) DeviceCode(context.Context, DeviceCode) error { return nil }

func TestAPrompterThatEndsItsGoroutineLeavesNobodyWaiting(t *testing.T) {
	r := newRig(t)
	c := r.client(t, props{"InitiateOAuth": "GETANDREFRESH", "CallbackURL": fmt.Sprintf("http://127.0.0.1:%d/cb", freePort(t))}, func(o *Options) { o.Prompter = quitter{} })
	for range 2 { // neither lock nor port is left taken
		_, err := c.Token(t.Context())
		assert.ErrorIs(t, err, errPrompter)
	}
}

func TestARequestThatIsSeenThroughHasAnEnd(t *testing.T) {
	c := newRig(t).client(t, nil)
	ctx, done := c.committed(t.Context())
	defer done()
	end, bounded := ctx.Deadline()
	require.True(t, bounded, "the lock of the store is held meanwhile")
	assert.WithinDuration(t, time.Now().Add(requestTime), end, requestTime)
}
