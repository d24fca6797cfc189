package tokenstore

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// testKeyring is one machine's.
type testKeyring struct {
	mu      sync.Mutex
	secrets map[string]string
	gets    int
	fails   error // what it answers to everything
	forgets bool  // takes secrets and keeps none
}

func newTestKeyring() *testKeyring { return &testKeyring{secrets: map[string]string{}} }

func (k *testKeyring) Get(_ context.Context, name string) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.gets++
	if k.fails != nil {
		return "", k.fails
	}
	secret, ok := k.secrets[name]
	if !ok {
		return "", ErrNoSecret
	}
	return secret, nil
}

func (k *testKeyring) Set(_ context.Context, name, secret string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.fails == nil && !k.forgets {
		k.secrets[name] = secret
	}
	return k.fails
}

// on opens a store on a machine with a keyring.
func on(t testing.TB, keyring Keyring, location, key string) *file {
	t.Helper()
	s, err := Open(location, Options{Key: key, Keyring: keyring})
	require.NoError(t, err)
	return s.(*file)
}

// copied takes a settings file, and its key file if it has one, to another
// directory.
func copied(t testing.TB, path string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), filepath.Base(path))
	for _, suffix := range []string{"", keySuffix} {
		text, err := os.ReadFile(path + suffix)
		if suffix != "" && errors.Is(err, os.ErrNotExist) {
			continue
		}
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(to+suffix, text, 0o600))
	}
	return to
}

func TestTheKeyIsTakenInEveryForm(t *testing.T) {
	raw := []byte("0123456789abcdef0123456789abcde\xff")
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	same := map[string]string{
		"base64":                  base64.StdEncoding.EncodeToString(raw),
		"base64 without =":        base64.RawStdEncoding.EncodeToString(raw),
		"base64 of addresses":     base64.URLEncoding.EncodeToString(raw),
		"hex":                     hex.EncodeToString(raw),
		"hex in capitals":         strings.ToUpper(hex.EncodeToString(raw)),
		"a variable":              "env:STORE_TEST_KEY",
		"a file":                  "file:" + write("key", hex.EncodeToString(raw)+"\n"),
		"a file by variable":      "file:$STORE_TEST_DIR/key",
		"a file with blank lines": "file:" + write("blank", "\n \n"+hex.EncodeToString(raw)),
	}
	t.Setenv("STORE_TEST_KEY", hex.EncodeToString(raw))
	t.Setenv("STORE_TEST_DIR", dir)
	path := filepath.Join(dir, fileName)
	put(t, open(t, path, same["base64"]), "k", Token{Access: "one"})
	for name, key := range same {
		t.Run(name, func(t *testing.T) {
			if strings.Contains(key, "$") && os.PathSeparator == '\\' {
				t.Skip("variables are written otherwise")
			}
			assert.Equal(t, "one", load(t, open(t, path, key), "k").Access)
		})
	}

	for complaint, key := range map[string]string{
		"stored with another key":           "a passphrase",
		"STORE_TEST_UNSET is not set":       "env:STORE_TEST_UNSET",
		"no such file":                      "file:" + filepath.Join(dir, "missing"),
		"is blank":                          "file:" + write("empty", " \n"),
		"is not text":                       "file:" + write("binary", "\x00\x01\xff"),
		"the environment variable STORE_U2": "file:$STORE_U2/key",
	} {
		t.Run(complaint, func(t *testing.T) {
			if strings.Contains(key, "$") && os.PathSeparator == '\\' {
				t.Skip("variables are written otherwise")
			}
			s := open(t, path, key)
			_, _, err := s.Load(t.Context(), "k")
			require.ErrorContains(t, err, complaint)
			require.ErrorContains(t, err, "OAuthSettingsKey")
			_, err = s.Update(t.Context(), "k", refuse(t))
			require.ErrorContains(t, err, "OAuthSettingsKey")
			assert.Equal(t, "one", load(t, open(t, path, same["hex"]), "k").Access)
		})
	}
}

func TestAPassphraseIsWorkedOnOnceAProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), fileName)
	const passphrase = "canary passphrase"
	put(t, open(t, path, passphrase), "k", Token{Access: "one"})
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			token, ok, err := open(t, path, passphrase).Load(t.Context(), "k")
			assert.NoError(t, err)
			assert.True(t, ok && token.Access == "one")
		})
	}
	wg.Wait()
	assert.Len(t, sharedAt(mustResolve(t, path)).kept, 1)

	_, _, err := open(t, path, "another "+passphrase).Load(t.Context(), "k")
	require.ErrorContains(t, err, "OAuthSettingsKey")
	assert.NotContains(t, err.Error(), "canary")
}

func mustResolve(t testing.TB, path string) string {
	t.Helper()
	p, err := locate(path)
	require.NoError(t, err)
	return p.path
}

func TestTheFirstLineOfAKeyFileWritesAndAllRead(t *testing.T) {
	dir := t.TempDir()
	path, keyFile := filepath.Join(dir, fileName), filepath.Join(dir, "keys")
	write := func(lines ...string) {
		require.NoError(t, os.WriteFile(keyFile, []byte(strings.Join(lines, "\n")), 0o600))
	}
	s := open(t, path, "file:"+keyFile)
	write("the old one")
	put(t, s, "a", Token{Access: "a1"})
	put(t, s, "b", Token{Access: "b1"})

	write(testKey, "the old one")
	assert.Equal(t, "a1", load(t, s, "a").Access)
	put(t, s, "a", Token{Access: "a2"})

	write(testKey)
	assert.Equal(t, "a2", load(t, s, "a").Access, "what was renewed has the new key")
	_, _, err := s.Load(t.Context(), "b")
	require.ErrorContains(t, err, "another key", "what was not has the old one")
	put(t, s, "c", Token{Access: "c1"})
	write("the old one")
	assert.Equal(t, "b1", load(t, s, "b").Access, "and is kept when others are written")
}

func TestWithoutAKeyringTheKeyIsInAFileBeside(t *testing.T) {
	path := filepath.Join(t.TempDir(), fileName)
	put(t, open(t, path, ""), "k", Token{Access: "one"})
	info, err := os.Stat(path + keySuffix)
	require.NoError(t, err)
	if os.PathSeparator == '/' {
		assert.Equal(t, os.FileMode(0o600), info.Mode())
	}

	t.Run("a copy with the key file is read and written", func(t *testing.T) {
		other := newTestKeyring()
		s := on(t, other, copied(t, path), "")
		assert.Equal(t, "one", load(t, s, "k").Access)
		put(t, s, "k", Token{Access: "two"})
		put(t, s, "new", Token{Access: "three"})
		assert.Empty(t, other.secrets, "the key file that came along serves on")
		assert.Equal(t, "two", load(t, s, "k").Access)
	})
	t.Run("a copy without it says what is missing", func(t *testing.T) {
		to := copied(t, path)
		require.NoError(t, os.Remove(to+keySuffix))
		s := open(t, to, "")
		_, _, err := s.Load(t.Context(), "k")
		require.ErrorContains(t, err, "copy "+to+keySuffix)
		_, err = s.Update(t.Context(), "new", refuse(t))
		require.ErrorContains(t, err, "copy "+to+keySuffix, "a new key file would be in the way of the one to come")
		assert.NoFileExists(t, to+keySuffix)
	})
}

func TestTheKeyringKeepsTheKey(t *testing.T) {
	desktop := newTestKeyring()
	path := filepath.Join(t.TempDir(), fileName)
	put(t, on(t, desktop, path, ""), "k", Token{Access: "one"})
	put(t, on(t, desktop, path, ""), "l", Token{Access: "two"})
	assert.NoFileExists(t, path+keySuffix)
	assert.Len(t, desktop.secrets, 1, "one key for the file")
	assert.Equal(t, 1, desktop.gets, "which is asked for once a process")

	for name, other := range map[string]Keyring{"another keyring": newTestKeyring(), "no keyring": NoKeyring{}} {
		t.Run("a copy on a machine with "+name, func(t *testing.T) {
			to := copied(t, path)
			s := on(t, other, to, "")
			_, _, err := s.Load(t.Context(), "k")
			require.ErrorContains(t, err, "keyring of another machine")
			require.ErrorContains(t, err, "set OAuthSettingsKey to the same secret on both")
			_, err = s.Update(t.Context(), "k", refuse(t))
			require.ErrorContains(t, err, "OAuthSettingsKey")
			put(t, s, "signed in here", Token{Access: "three"})
			assert.Equal(t, "three", load(t, s, "signed in here").Access)
			assert.Equal(t, "one", load(t, on(t, desktop, to, testKey), "k").Access, "the record of the other machine is kept")
		})
	}
	t.Run("a property that is set later takes over at the next renewal", func(t *testing.T) {
		to := copied(t, path)
		s := on(t, desktop, to, testKey)
		assert.Equal(t, "one", load(t, s, "k").Access)
		put(t, s, "k", Token{Access: "renewed"})
		assert.Equal(t, "renewed", load(t, open(t, copied(t, to), testKey), "k").Access)
	})
}

func TestAKeyringThatRefusesIsAnErrorAndNotAbsent(t *testing.T) {
	for name, keyring := range map[string]*testKeyring{
		"locked":        {secrets: map[string]string{}, fails: errors.New("it is locked")},
		"keeps nothing": {secrets: map[string]string{}, forgets: true},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), fileName)
			s := on(t, keyring, path, "")
			_, err := s.Update(t.Context(), "k", refuse(t))
			require.ErrorContains(t, err, "OAuthSettingsKey: the key is in the keyring")
			assert.NoFileExists(t, path+keySuffix)
		})
	}
	t.Run("locked after the key was put there", func(t *testing.T) {
		keyring := newTestKeyring()
		path := filepath.Join(t.TempDir(), fileName)
		put(t, on(t, keyring, path, ""), "k", Token{Access: "one"})
		keyring.fails = errors.New("it is locked")
		s := on(t, keyring, copied(t, path), "") // elsewhere: this process remembers the key
		_, _, err := s.Load(t.Context(), "k")
		require.ErrorContains(t, err, "it is locked")
		_, err = s.Update(t.Context(), "new", refuse(t))
		require.ErrorContains(t, err, "it is locked")
	})
	t.Run("an entry that is something else", func(t *testing.T) {
		keyring := newTestKeyring()
		path := filepath.Join(t.TempDir(), fileName)
		put(t, on(t, keyring, path, ""), "k", Token{Access: "one"})
		for id := range keyring.secrets {
			keyring.secrets[id] = testKey
		}
		s := on(t, keyring, copied(t, path), "")
		_, _, err := s.Load(t.Context(), "k")
		require.ErrorContains(t, err, "is not the key that was put there")
		_, err = s.Update(t.Context(), "new", refuse(t))
		require.ErrorContains(t, err, "is not the key that was put there")
	})
}

func TestTheSystemKeyringIsNotWaitedForAfterTheContext(t *testing.T) {
	if !keyringPresent() {
		t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
	}
	ctx, cancel := context.WithCancel(t.Context())
	unlocked := make(chan struct{})
	defer close(unlocked)
	_, err := askKeyring(ctx, func() (string, error) { cancel(); <-unlocked; return "", nil })
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, "waiting to be unlocked")
}
