package tokenstore

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A passphrase costs a tenth of a second (OWASP's number for PBKDF2 with
// SHA-256), once a process. The number is in the file and may rise there.
const (
	kdfName          = "PBKDF2-HMAC-SHA256"
	kdfIterations    = 600_000
	kdfMaxIterations = 10_000_000
	keySize          = 32
	keyIDSize        = 8
)

// key seals and opens records.
type key struct {
	id   string
	from origin
	aead cipher.AEAD
}

func newKey(secret []byte, from origin) (key, error) {
	block, err := aes.NewCipher(secret)
	if err != nil {
		return key{}, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return key{}, err
	}
	return key{id: keyID(secret), from: from, aead: aead}, nil
}

// keyID names a key without telling anything of it.
func keyID(secret []byte) string {
	sum := sha256.Sum256(append([]byte("epicorerp token store key\x00"), secret...))
	return hex.EncodeToString(sum[:keyIDSize])
}

// keys finds the keys of one store: the one that records are written with, and
// those that they may have been written with.
type keys struct {
	setting string // the property OAuthSettingsKey
	keyring Keyring
}

var errNoKey = errors.New("no key yet")

// writing returns the key of new records: that of the property, else that of a
// key file beside the settings, which came with them or was made when there was
// no keyring, else that of the keyring. errNoKey means that one must be made.
func (ks *keys) writing(ctx context.Context, p *place, d *document) (key, error) {
	for _, source := range []func(*place, *document) ([]key, error){ks.property, ks.beside} {
		if found, err := source(p, d); err != nil || len(found) > 0 {
			return first(found), err
		}
	}
	if d.Keyring == "" {
		return key{}, errNoKey
	}
	k, err := ks.inKeyring(ctx, p, d.Keyring)
	if errors.Is(err, ErrNoSecret) || errors.Is(err, ErrNoKeyring) {
		return key{}, errNoKey
	}
	return k, err
}

func first(found []key) key {
	if len(found) == 0 {
		return key{}
	}
	return found[0]
}

// make makes a key and keeps it: in the keyring, which d then names, or in a
// key file where there is no keyring. It needs the lock of the file.
func (ks *keys) make(ctx context.Context, p *place, d *document) (key, error) {
	secret := make([]byte, keySize)
	_, _ = rand.Read(secret) // never fails
	id, text := keyID(secret), base64.StdEncoding.EncodeToString(secret)
	err := ks.keyring.Set(ctx, id, text)
	if errors.Is(err, ErrNoKeyring) {
		if err := p.writeKeyFile(text + "\n"); err != nil {
			return key{}, err
		}
		found, err := ks.beside(p, d)
		return first(found), err
	}
	if err != nil {
		return key{}, keyringError(err)
	}
	k, err := ks.inKeyring(ctx, p, id) // one that keeps nothing is no keyring to rely on
	if err != nil {
		return key{}, keyringError(err)
	}
	d.Keyring = id
	return k, nil
}

// reading returns the key of a record.
func (ks *keys) reading(ctx context.Context, p *place, d *document, r record) (key, error) {
	for _, source := range []func(*place, *document) ([]key, error){ks.property, ks.beside} {
		found, err := source(p, d)
		if err != nil {
			return key{}, err
		}
		for _, k := range found {
			if k.id == r.Key {
				return k, nil
			}
		}
	}
	if r.From == fromKeyring {
		k, err := ks.inKeyring(ctx, p, r.Key)
		if !errors.Is(err, ErrNoSecret) && !errors.Is(err, ErrNoKeyring) {
			return k, err
		}
	}
	return key{}, missingKey(p, r)
}

// atHand returns the keys, by their ids, that can be had without asking anyone.
func (ks *keys) atHand(p *place, d *document) map[string]key {
	out := map[string]key{}
	for _, source := range []func(*place, *document) ([]key, error){ks.property, ks.beside} {
		found, err := source(p, d)
		if err != nil {
			continue // who needs these keys hears of it
		}
		for _, k := range found {
			out[k.id] = k
		}
	}
	for _, r := range d.Records {
		if k, ok := p.keptKey(keyringDigest(r.Key)); ok && r.From == fromKeyring {
			out[k.id] = k
		}
	}
	return out
}

// missingKey says whose key a record needs and what to do.
func missingKey(p *place, r record) error {
	const anew = ", or give another OAuthSettingsLocation and sign in again"
	switch r.From {
	case fromKeyring:
		return fmt.Errorf("OAuthSettingsKey: the token in %s was stored with key %s of the keyring of another machine or user, or of a session that is not this one: "+
			"set OAuthSettingsKey to the same secret on both, renew the token where it can be read and copy the file again%s", p.path, r.Key, anew)
	case fromKeyFile:
		return fmt.Errorf("OAuthSettingsKey: the token in %s was stored with key %s of a key file that is not beside it: copy %s along with it%s", p.path, r.Key, p.path+keySuffix, anew)
	}
	return fmt.Errorf("OAuthSettingsKey: the token in %s was stored with another key (%s): set OAuthSettingsKey to what it was then%s", p.path, r.Key, anew)
}

// property returns the keys of OAuthSettingsKey, the one to write with first;
// none where it is not set.
func (ks *keys) property(p *place, d *document) ([]key, error) {
	text, what := ks.setting, "OAuthSettingsKey"
	if text == "" {
		return nil, nil
	}
	if name, ok := strings.CutPrefix(text, "env:"); ok {
		what = "OAuthSettingsKey: the environment variable " + name
		if text = os.Getenv(name); text == "" {
			return nil, fmt.Errorf("%s is not set or empty", what)
		}
	} else if name, ok := strings.CutPrefix(text, "file:"); ok {
		path, err := expandPath(name)
		if err != nil {
			return nil, fmt.Errorf("OAuthSettingsKey: %w", err)
		}
		what = "OAuthSettingsKey: the key file " + path
		raw, err := readSecret(path, 0, keyFileMax)
		if err != nil {
			return nil, fmt.Errorf("OAuthSettingsKey: %w", err)
		}
		text = string(raw)
	}
	return p.keysOf(text, what, fromProperty, d.KDF)
}

const (
	keySuffix  = ".key"
	keyFileMax = 64 << 10
)

// beside returns the keys of the key file beside the settings; none if there is
// no such file.
func (ks *keys) beside(p *place, d *document) ([]key, error) {
	path := p.path + keySuffix
	text, err := readSecret(path, noFollow, keyFileMax)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("OAuthSettingsKey: the key file beside the settings: %w", err)
	}
	return p.keysOf(string(text), "OAuthSettingsKey: the key file "+path, fromKeyFile, d.KDF)
}

// inKeyring returns the key of an id that the keyring keeps. An answer is
// remembered: the keyring may ask its user each time.
func (ks *keys) inKeyring(ctx context.Context, p *place, id string) (key, error) {
	if k, ok := p.keptKey(keyringDigest(id)); ok {
		return k, nil
	}
	text, err := ks.keyring.Get(ctx, id)
	if errors.Is(err, ErrNoSecret) || errors.Is(err, ErrNoKeyring) {
		return key{}, err
	}
	if err != nil {
		return key{}, keyringError(err)
	}
	secret, err := base64.StdEncoding.DecodeString(text)
	if err != nil || keyID(secret) != id {
		return key{}, fmt.Errorf("OAuthSettingsKey: the keyring's entry %q of %q is not the key that was put there", id, keyringService)
	}
	k, err := newKey(secret, fromKeyring)
	if err == nil {
		p.keep(keyringDigest(id), k)
	}
	return k, err
}

func keyringDigest(id string) [sha256.Size]byte { return sha256.Sum256([]byte("keyring\x00" + id)) }

func keyringError(err error) error {
	return fmt.Errorf("OAuthSettingsKey: the key is in the keyring, which cannot be used: %w; unlock it, or set OAuthSettingsKey", err)
}

// keysOf reads keys, one a line. A line that is 32 bytes in base64 or hex is the
// key itself, any other a passphrase.
func (p *place) keysOf(text, what string, from origin, kdf derivation) ([]key, error) {
	if !utf8.ValidString(text) || strings.ContainsFunc(text, func(c rune) bool { return unicode.IsControl(c) && !unicode.IsSpace(c) }) {
		return nil, fmt.Errorf("%s is not text: write 32 random bytes in base64 or hex, or a passphrase", what)
	}
	var out []key
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		k, err := p.keyOf(line, from, kdf)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", what, err)
		}
		out = append(out, k)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s is blank: write 32 random bytes in base64 or hex, or a passphrase", what)
	}
	return out, nil
}

func (p *place) keyOf(text string, from origin, kdf derivation) (key, error) {
	if secret := decodeKey(text); secret != nil {
		return newKey(secret, from)
	}
	return p.derivedKey(text, kdf, from)
}

// decodeKey returns the 32 bytes that text is in hex or in base64 of either
// alphabet, padded or not; nil if it is not.
func decodeKey(text string) []byte {
	if secret, err := hex.DecodeString(text); err == nil && len(secret) == keySize {
		return secret
	}
	bare := strings.TrimRight(text, "=")
	for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		if secret, err := enc.DecodeString(bare); err == nil && len(secret) == keySize {
			return secret
		}
	}
	return nil
}

// derivedKey returns the key of a passphrase, worked out once a process.
func (p *place) derivedKey(passphrase string, kdf derivation, from origin) (key, error) {
	digest := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d\x00%x\x00%s", from, kdf.Iterations, kdf.Salt, passphrase))
	p.derived.Lock()
	defer p.derived.Unlock()
	if k, ok := p.keptKey(digest); ok {
		return k, nil
	}
	secret, err := pbkdf2.Key(sha256.New, passphrase, kdf.Salt, kdf.Iterations, keySize)
	if err != nil {
		return key{}, err
	}
	k, err := newKey(secret, from)
	if err == nil {
		p.keep(digest, k)
	}
	return k, err
}
