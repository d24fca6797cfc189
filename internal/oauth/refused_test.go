package oauth

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/internal/oauth/oauthtest"
	"github.com/epicorerp/epicorerp/tokenstore"
)

// usedRig has a Client that uses a fresh token, which the ERP system then
// refuses.
func usedRig(t *testing.T) (*rig, *Client, string) {
	t.Helper()
	r := newRig(t)
	c := r.client(t, props{"InitiateOAuth": "REFRESH"})
	r.keep(t, c, r.granted(t))
	used, err := c.Token(t.Context())
	require.NoError(t, err)
	return r, c, used.Access
}

func TestARefusedTokenIsRenewedOnce(t *testing.T) {
	r, c, used := usedRig(t)
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			renewed, err := c.Refused(t.Context(), used)
			assert.NoError(t, err)
			assert.True(t, renewed)
		})
	}
	wg.Wait()
	got, err := c.Token(t.Context())
	require.NoError(t, err)
	assert.NotEqual(t, used, got.Access)
	assert.Equal(t, 1, r.idp.Counts().Refreshes)
}

func TestATokenThatAnotherHasRenewedIsTaken(t *testing.T) {
	r, c, used := usedRig(t)
	other := r.client(t, props{"InitiateOAuth": "REFRESH"})
	renewed, err := other.Refused(t.Context(), used)
	require.NoError(t, err)
	require.True(t, renewed)

	renewed, err = c.Refused(t.Context(), used)
	require.NoError(t, err)
	assert.True(t, renewed)
	assert.Equal(t, 1, r.idp.Counts().Refreshes)
	mine, err := c.Token(t.Context())
	require.NoError(t, err)
	theirs, err := other.Token(t.Context())
	require.NoError(t, err)
	assert.Equal(t, theirs.Access, mine.Access)
}

func TestARefusedTokenThatCannotBeRenewedIsNotUsedAgain(t *testing.T) {
	r, c, used := usedRig(t)
	r.idp.Fail(down...)
	renewed, err := c.Refused(t.Context(), used)
	var e *Error
	require.ErrorAs(t, err, &e)
	assert.True(t, e.Retryable)
	assert.False(t, renewed)
	r.idp.EndSessions()
	for range 2 * len(down) {
		_, err = c.Token(t.Context())
		require.Error(t, err, "it has not expired, but the server does not take it")
	}
	assert.False(t, c.Usable())
}

func TestATokenThatComesBackTheSameIsRenewedOnce(t *testing.T) {
	r, c, used := usedRig(t)
	r.idp.Fail(oauthtest.Fault{Change: func(answer map[string]any) { answer["access_token"] = used }})
	for range 3 {
		renewed, err := c.Refused(t.Context(), used)
		require.NoError(t, err)
		assert.False(t, renewed)
	}
	assert.Equal(t, 1, r.idp.Counts().Refreshes)
	got, err := c.Token(t.Context())
	require.NoError(t, err)
	assert.Equal(t, used, got.Access)
}

func TestATokenOfThePropertiesIsNotRenewed(t *testing.T) {
	r := newRig(t)
	c := r.client(t, props{"OAuthAccessToken": "given", "OAuthRefreshToken": "r"})
	renewed, err := c.Refused(t.Context(), "given")
	require.NoError(t, err)
	assert.False(t, renewed)
	assert.Empty(t, r.idp.Counts().Tokens)
	assert.True(t, c.Usable())
}

// slowStore holds the first Load.
type slowStore struct {
	tokenstore.Store
	once       sync.Once
	came, open chan struct{}
}

func (s *slowStore) Load(ctx context.Context, key string) (tokenstore.Token, bool, error) {
	s.once.Do(func() {
		close(s.came)
		<-s.open
	})
	return s.Store.Load(ctx, key)
}

func TestARenewalThatKnewNothingOfTheRefusalIsNoAnswerToIt(t *testing.T) {
	r, c, used := usedRig(t)
	c.source.current.Store(nil)
	slow := &slowStore{Store: c.store, came: make(chan struct{}), open: make(chan struct{})}
	c.store = slow
	first := ask(t.Context(), c)
	<-slow.came
	done := make(chan bool, 1)
	go func() {
		renewed, err := c.Refused(t.Context(), used)
		assert.NoError(t, err)
		done <- renewed
	}()
	waiting(t, c, 2)
	close(slow.open)
	require.NoError(t, (<-first).err)
	assert.True(t, <-done)
	assert.Equal(t, 1, r.idp.Counts().Refreshes)
}
