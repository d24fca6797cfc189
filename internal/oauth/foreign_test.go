package oauth

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/tokenstore"
)

// Two connection strings, each with the refresh token of another user, and one
// OAuthSettingsLocation: what a web application does that forgets to give its
// users a location each.
func TestAConnectionNeverTakesTheTokensOfAnotherUsersString(t *testing.T) {
	r := newRig(t)
	alice, bob := r.granted(t), r.granted(t)
	with := func(token tokenstore.Token) *Client {
		return r.client(t, props{"InitiateOAuth": "REFRESH", "OAuthRefreshToken": token.Refresh})
	}
	a, b := with(alice), with(bob)
	seen := map[string]*Client{}
	for range 3 {
		for _, c := range []*Client{a, b} {
			got, err := c.Token(t.Context())
			require.NoError(t, err)
			assert.Nil(t, seen[got.Access], "a token of another round or user")
			seen[got.Access] = c
		}
		r.clock.Advance(expired)
	}
	assert.Equal(t, 6, r.idp.Counts().Refreshes)
	assert.Zero(t, r.idp.Counts().Reuses, "no refresh token was spent twice")

	used, err := a.Token(t.Context())
	require.NoError(t, err)
	_, err = b.Token(t.Context())
	require.NoError(t, err)
	renewed, err := a.Refused(t.Context(), used.Access)
	require.NoError(t, err)
	assert.True(t, renewed)
	assert.Equal(t, 9, r.idp.Counts().Refreshes, "a token that was refused is not replaced by another user's either")
	assert.Zero(t, r.idp.Counts().Reuses)
	assert.Contains(t, r.log.String(), "OAuthSettingsLocation")
}

func TestWhatAStoreOfAnyKindCannotKeepIsUsedAllTheSame(t *testing.T) {
	r := newRig(t)
	had := r.granted(t)
	c := r.client(t, props{"InitiateOAuth": "REFRESH", "OAuthRefreshToken": had.Refresh})
	c.store = forgetful{r.store}
	for range 3 {
		got, err := c.Token(t.Context())
		require.NoError(t, err)
		assert.True(t, r.idp.Valid(got.Access))
	}
	assert.Equal(t, 1, r.idp.Counts().Refreshes)
	assert.Contains(t, r.log.String(), "could not be stored")
}

// forgetful is a store of a program's own whose disk is full, and that does not
// know of ErrNotStored.
type forgetful struct{ tokenstore.Store }

func (s forgetful) Update(ctx context.Context, key string, renew func(context.Context, tokenstore.Token) (tokenstore.Token, error)) (tokenstore.Token, error) {
	old, _, err := s.Load(ctx, key)
	if err == nil {
		_, err = renew(ctx, old)
	}
	if err == nil {
		err = context.DeadlineExceeded
	}
	return tokenstore.Token{}, err
}

func TestSigningOutByRemovingTheSettingsIsObeyed(t *testing.T) {
	r := newRig(t)
	c := r.client(t, props{"InitiateOAuth": "REFRESH", "OAuthRefreshToken": r.granted(t).Refresh})
	_, err := c.Token(t.Context())
	require.NoError(t, err)
	require.NoError(t, r.store.Delete(t.Context(), c.key))
	r.clock.Advance(2 * time.Hour)
	_, err = c.Token(t.Context())
	assert.ErrorIs(t, err, ErrNoToken)
}
