package tokenstore

import (
	"context"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// testKey is 32 bytes, which cost no derivation.
var testKey = base64.StdEncoding.EncodeToString([]byte("0123456789abcdef0123456789abcdef"))

// open returns a store that touches no keyring of the machine.
func open(t testing.TB, location, key string) *file {
	t.Helper()
	s, err := Open(location, Options{Key: key, Keyring: NoKeyring{}})
	require.NoError(t, err)
	f, ok := s.(*file)
	require.True(t, ok)
	return f
}

// put stores a token.
func put(t testing.TB, s Store, key string, token Token) {
	t.Helper()
	_, err := s.Update(t.Context(), key, func(context.Context, Token) (Token, error) { return token, nil })
	require.NoError(t, err)
}

// load returns a token that is there.
func load(t testing.TB, s Store, key string) Token {
	t.Helper()
	token, ok, err := s.Load(t.Context(), key)
	require.NoError(t, err)
	require.True(t, ok)
	return token
}

func full(expiry time.Time) Token {
	return Token{Access: "canary-access", Refresh: "canary-refresh", Obtained: expiry.Add(-time.Hour), Expiry: expiry, Seed: "canary-seed",
		Pending: Pending{State: "canary-state", Verifier: "canary-verifier", CallbackURL: "http://localhost:33333", Expiry: expiry}}
}

func TestFileKeepsTokensAcrossStores(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "er", "settings.txt")
	s := open(t, path, testKey)
	_, ok, err := s.Load(t.Context(), "a")
	require.NoError(t, err)
	assert.False(t, ok)
	_, err = os.Stat(filepath.Dir(path))
	require.ErrorIs(t, err, os.ErrNotExist, "looking leaves nothing behind")

	want := full(time.Now().Add(time.Hour).UTC().Round(0))
	put(t, s, "a", want)
	put(t, s, "b", Token{Access: "other"})
	again := open(t, path, testKey)
	assert.Equal(t, want, load(t, again, "a"))
	assert.Equal(t, Token{Access: "other"}, load(t, again, "b"))

	require.NoError(t, again.Delete(t.Context(), "a"))
	_, ok, err = s.Load(t.Context(), "a")
	require.NoError(t, err)
	assert.False(t, ok)
	assert.Equal(t, Token{Access: "other"}, load(t, s, "b"))
}

func TestFileHoldsNoSecretInClear(t *testing.T) {
	dir := t.TempDir()
	s := open(t, filepath.Join(dir, fileName), "")
	put(t, s, "client canary-id", full(time.Now().Add(time.Hour)))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		require.NoError(t, err)
		assert.NotContains(t, string(text), "canary", e.Name())
		assert.False(t, strings.HasSuffix(e.Name(), draftSuffix), "%s is left behind", e.Name())
	}
}

// refuse is a renewal that must not run.
func refuse(t testing.TB) func(context.Context, Token) (Token, error) {
	return func(context.Context, Token) (Token, error) {
		assert.Fail(t, "a token was renewed that cannot be stored")
		return Token{}, nil
	}
}
