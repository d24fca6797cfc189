package tokenstore

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden settings file anew")

const (
	goldenFile       = "testdata/version1.txt"
	goldenPassphrase = "correct horse battery staple"
)

func goldenToken() Token { return full(time.Date(2026, 11, 29, 12, 30, 0, 123456789, time.UTC)) }

// golden returns a path where the golden file is, since it is checked out with
// the mode that git gives it.
func golden(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile(goldenFile)
	require.NoError(t, err)
	return settings(t, text)
}

func settings(t testing.TB, text []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), fileName)
	require.NoError(t, os.WriteFile(path, text, 0o600))
	return path
}

func TestFilesOfVersionOneAreRead(t *testing.T) {
	if *update {
		path := filepath.Join(t.TempDir(), fileName)
		first := open(t, path, goldenPassphrase)
		first.now = func() time.Time { return goldenToken().Obtained }
		put(t, first, "golden", goldenToken())
		put(t, open(t, path, testKey), "second", Token{Access: "two"})
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(goldenFile, text, 0o644))
	}
	path := golden(t)
	assert.Equal(t, goldenToken(), load(t, open(t, path, goldenPassphrase), "golden"))
	assert.Equal(t, Token{Access: "two"}, load(t, open(t, path, testKey), "second"))
}

// What docs/token-store.md says, done by hand: another program can read a file.
func TestFilesAreReadAsTheDocumentSays(t *testing.T) {
	text, err := os.ReadFile(goldenFile)
	require.NoError(t, err)
	line, rest, _ := bytes.Cut(text, []byte("\n"))
	sum := sha256.Sum256(rest)
	require.Equal(t, "epicorerp token store 1 sha256:"+hex.EncodeToString(sum[:]), string(line))
	var doc struct {
		KDF struct {
			Name       string
			Iterations int
			Salt       []byte
		}
		Records []struct {
			Name, Key, From string
			Sealed          []byte
		}
	}
	require.NoError(t, json.Unmarshal(rest, &doc))
	require.Equal(t, "PBKDF2-HMAC-SHA256", doc.KDF.Name)
	secret, err := pbkdf2.Key(sha256.New, goldenPassphrase, doc.KDF.Salt, doc.KDF.Iterations, 32)
	require.NoError(t, err)
	id := sha256.Sum256(append([]byte("epicorerp token store key\x00"), secret...))
	name := sha256.Sum256([]byte("epicorerp token store record\x00golden"))
	block, err := aes.NewCipher(secret)
	require.NoError(t, err)
	gcm, err := cipher.NewGCM(block)
	require.NoError(t, err)
	for _, r := range doc.Records {
		if r.Name != hex.EncodeToString(name[:]) {
			continue
		}
		require.Equal(t, hex.EncodeToString(id[:8]), r.Key)
		require.Equal(t, "property", r.From)
		plain, err := gcm.Open(nil, r.Sealed[:12], r.Sealed[12:], []byte("epicorerp token store 1\x00"+r.Key+"\x00"+r.Name))
		require.NoError(t, err)
		assert.JSONEq(t, `{"access":"canary-access","refresh":"canary-refresh","obtained":"2026-11-29T11:30:00.123456789Z","expiry":"2026-11-29T12:30:00.123456789Z",
			"seed":"canary-seed","pending":{"state":"canary-state","verifier":"canary-verifier","callbackURL":"http://localhost:33333","expiry":"2026-11-29T12:30:00.123456789Z"}}`, string(plain))
		return
	}
	assert.Fail(t, "the record is not there")
}

func TestDamageShowsAndIsNeverOverwritten(t *testing.T) {
	text, err := os.ReadFile(goldenFile)
	require.NoError(t, err)
	check := func(t *testing.T, damaged []byte) {
		t.Helper()
		path := settings(t, damaged)
		s := open(t, path, testKey)
		_, _, err := s.Load(t.Context(), "second")
		require.ErrorContains(t, err, "OAuthSettingsLocation")
		_, err = s.Update(t.Context(), "second", refuse(t))
		require.ErrorContains(t, err, "OAuthSettingsLocation")
		require.Error(t, s.Delete(t.Context(), "second"))
		after, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, damaged, after)
	}
	t.Run("a file that is cut short", func(t *testing.T) {
		for n := 0; n < len(text); n += 7 {
			check(t, text[:n])
		}
	})
	t.Run("a byte that is another", func(t *testing.T) {
		for i := 0; i < len(text); i += 5 {
			damaged := bytes.Clone(text)
			damaged[i] ^= 1
			check(t, damaged)
		}
	})
	t.Run("something at the end", func(t *testing.T) { check(t, append(bytes.Clone(text), ' ')) })
}

func TestFilesThatAreSomethingElseSaySo(t *testing.T) {
	d := newDocument()
	put := func(change func(*document)) []byte {
		c := *d
		change(&c)
		text, err := c.encode()
		require.NoError(t, err)
		return text
	}
	name, id := strings.Repeat("a", 64), strings.Repeat("b", 16)
	good := record{Name: name, Key: id, From: fromProperty}
	content := func(json string) []byte {
		return []byte(formatName + " 1 " + checksum([]byte(json)) + "\n" + json)
	}
	for complaint, text := range map[string][]byte{
		"the file is empty":               {},
		"another file":                    []byte("[General]\nAccessToken=x\n"),
		"update this program":             []byte("epicorerp token store 2 whatever\n"),
		"its key derivation":              put(func(d *document) { d.KDF.Iterations = kdfMaxIterations + 1 }),
		"its keyring entry":               put(func(d *document) { d.Keyring = "../x" }),
		"lacks its name or key id":        put(func(d *document) { d.Records = []record{{Name: "short", Key: id, From: fromKeyring}} }),
		"from nowhere known":              put(func(d *document) { d.Records = []record{{Name: name, Key: id, From: "elsewhere"}} }),
		"is there twice":                  put(func(d *document) { d.Records = []record{good, good} }),
		"unknown field":                   content(`{"kdf":{},"later":1}`),
		"something follows":               content(`{"kdf":{}} {}`),
		"content does not fit":            []byte(formatName + " 1 sha256:00\n{}"),
		"larger than such a file can be ": append([]byte(formatName), make([]byte, maxFileSize)...),
	} {
		t.Run(complaint, func(t *testing.T) {
			_, _, err := open(t, settings(t, text), testKey).Load(t.Context(), "k")
			require.ErrorContains(t, err, complaint)
			require.ErrorContains(t, err, "OAuthSettingsLocation")
		})
	}
}

func TestARecordOpensOnlyUnderItsNameAndKey(t *testing.T) {
	k, err := newKey([]byte(strings.Repeat("k", 32)), fromProperty)
	require.NoError(t, err)
	r, err := k.seal(recordName("a"), Token{Access: "canary"})
	require.NoError(t, err)
	for name, change := range map[string]func(*record){
		"another name":   func(r *record) { r.Name = recordName("b") },
		"another key id": func(r *record) { r.Key = strings.Repeat("0", 16) },
		"another byte":   func(r *record) { r.Sealed = bytes.Clone(r.Sealed); r.Sealed[20] ^= 1 },
		"cut":            func(r *record) { r.Sealed = r.Sealed[:20] },
		"empty":          func(r *record) { r.Sealed = nil },
	} {
		t.Run(name, func(t *testing.T) {
			c := r
			change(&c)
			_, err := k.open(c)
			require.ErrorContains(t, err, "damaged")
		})
	}
	again, err := k.seal(recordName("a"), Token{Access: "canary"})
	require.NoError(t, err)
	assert.NotEqual(t, r.Sealed, again.Sealed, "each seal has a nonce of its own")
	_, err = k.seal("x", Token{Access: "\xff"})
	require.Error(t, err, "what JSON cannot hold is not altered in silence")
}

func TestSignInsThatNobodyFinishedVanish(t *testing.T) {
	path, now := filepath.Join(t.TempDir(), fileName), time.Now().UTC().Round(0)
	s := open(t, path, testKey)
	other := open(t, path, "another passphrase")
	begun := Pending{State: "s", Verifier: "v", Expiry: now.Add(time.Hour)}
	put(t, s, "only begun", Token{Pending: begun})
	put(t, s, "begun again", Token{Access: "a", Pending: begun})
	put(t, other, "of another key", Token{Pending: begun})
	put(t, s, "x", Token{Access: "x"})
	assert.Equal(t, begun, load(t, s, "only begun").Pending, "they last as long as they may")

	s.now = func() time.Time { return now.Add(2 * time.Hour) }
	put(t, s, "x", Token{Access: "y"})
	_, ok, err := s.Load(t.Context(), "only begun")
	require.NoError(t, err)
	assert.False(t, ok)
	assert.Equal(t, Token{Access: "a"}, load(t, s, "begun again"))
	assert.Equal(t, begun, load(t, other, "of another key").Pending, "records of other keys are kept as they are")
}

func FuzzReadingAFile(f *testing.F) {
	text, err := os.ReadFile(goldenFile)
	require.NoError(f, err)
	_, rest, _ := bytes.Cut(text, []byte("\n"))
	f.Add(rest, true)
	f.Add(text, false)
	f.Add([]byte(formatName+" 1 sha256:"), false)
	k, err := newKey([]byte("0123456789abcdef0123456789abcdef"), fromProperty)
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, text []byte, whole bool) {
		if whole { // gets past the checksum
			text = append([]byte(formatName+" 1 "+checksum(text)+"\n"), text...)
		}
		d, err := decodeDocument(text)
		if err != nil {
			return
		}
		for _, r := range d.Records {
			_, _ = k.open(r)
		}
		again, err := d.encode()
		require.NoError(t, err)
		d2, err := decodeDocument(again)
		require.NoError(t, err, "what is read can be written and read")
		assert.Equal(t, len(d.Records), len(d2.Records))
	})
}
