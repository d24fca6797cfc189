package tokenstore

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMemoryKeepsOneTokenAKey(t *testing.T) {
	ctx, m := t.Context(), NewMemory()
	_, ok, err := m.Load(ctx, "a")
	require.NoError(t, err)
	assert.False(t, ok, "an unknown key has no token")

	got, err := m.Update(ctx, "a", func(_ context.Context, old Token) (Token, error) {
		assert.Equal(t, Token{}, old)
		return Token{Access: "one"}, nil
	})
	require.NoError(t, err)
	assert.Equal(t, "one", got.Access)
	_, ok, _ = m.Load(ctx, "b")
	assert.False(t, ok, "keys do not share tokens")

	failed := errors.New("no")
	_, err = m.Update(ctx, "a", func(context.Context, Token) (Token, error) { return Token{}, failed })
	require.ErrorIs(t, err, failed)
	kept, ok, _ := m.Load(ctx, "a")
	assert.True(t, ok && kept.Access == "one", "a renewal that fails leaves the token")

	require.NoError(t, m.Delete(ctx, "a"))
	_, ok, _ = m.Load(ctx, "a")
	assert.False(t, ok)
}

func TestMemoryRenewsOnceForAllWhoWait(t *testing.T) {
	m, logins := NewMemory(), 0
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			got, err := m.Update(t.Context(), "k", func(_ context.Context, old Token) (Token, error) {
				if old.Access != "" {
					return old, nil
				}
				logins++ // guarded by the key's lock: the race detector agrees
				return Token{Access: "new"}, nil
			})
			assert.NoError(t, err)
			assert.Equal(t, "new", got.Access)
		})
	}
	wg.Wait()
	assert.Equal(t, 1, logins)
}

func TestMemoryStopsWaitingWithTheContext(t *testing.T) {
	m := NewMemory()
	begun, done := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		_, err := m.Update(t.Context(), "k", func(context.Context, Token) (Token, error) {
			close(begun)
			<-done
			return Token{Access: "late"}, nil
		})
		assert.NoError(t, err)
	})
	<-begun
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := m.Update(ctx, "k", func(context.Context, Token) (Token, error) {
		assert.Fail(t, "two renewals at once")
		return Token{}, nil
	})
	require.ErrorIs(t, err, context.Canceled)
	close(done)
	wg.Wait()
}

func TestFresh(t *testing.T) {
	now := time.Unix(1000, 0)
	assert.False(t, Token{}.Fresh(now), "no token is not fresh")
	assert.True(t, Token{Access: "x"}.Fresh(now), "a token without an expiry is")
	assert.True(t, Token{Access: "x", Expiry: now.Add(61 * time.Second)}.Fresh(now))
	assert.False(t, Token{Access: "x", Expiry: now.Add(time.Minute)}.Fresh(now), "a minute's margin where the life is not known")
	short := Token{Access: "x", Obtained: now, Expiry: now.Add(2 * time.Second)}
	assert.True(t, short.Fresh(now.Add(1700*time.Millisecond)), "a tenth of a short life")
	assert.False(t, short.Fresh(now.Add(1800*time.Millisecond)))
}
