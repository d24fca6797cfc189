package tokenstore

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"os"
	"slices"
	"strings"
)

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
	for _, source := range ks.sources() {
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

// sources are those that need not ask anyone, the first first.
func (ks *keys) sources() []func(*place, *document) ([]key, error) {
	return []func(*place, *document) ([]key, error){ks.property, ks.beside}
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
		if i := slices.IndexFunc(d.Records, func(r record) bool { return r.From == fromKeyFile }); i >= 0 {
			return key{}, missingKey(p, d.Records[i]) // a new one would be in the way of the one that is missing
		}
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
	for _, source := range ks.sources() {
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
	for _, source := range ks.sources() {
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
		return keyError("the token in %s was stored with key %s of the keyring of another machine or user, or of a session that is not this one: "+
			"set OAuthSettingsKey to the same secret on both, renew the token where it can be read and copy the file again%s", p.path, r.Key, anew)
	case fromKeyFile:
		return keyError("the token in %s was stored with key %s of a key file that is not beside it: copy %s along with it%s", p.path, r.Key, p.path+keySuffix, anew)
	}
	return keyError("the token in %s was stored with another key (%s): set OAuthSettingsKey to what it was then%s", p.path, r.Key, anew)
}

// property returns the keys of OAuthSettingsKey, the one to write with first;
// none where it is not set.
func (ks *keys) property(p *place, d *document) ([]key, error) {
	text, what := ks.setting, "its text"
	if text == "" {
		return nil, nil
	}
	if name, ok := strings.CutPrefix(text, "env:"); ok {
		what = "the environment variable " + name
		if text = os.Getenv(name); text == "" {
			return nil, keyError("%s is not set or empty", what)
		}
	} else if name, ok := strings.CutPrefix(text, "file:"); ok {
		path, err := expandPath(name)
		if err != nil {
			return nil, keyError("%w", err)
		}
		what = "the key file " + path
		raw, err := readSecret(path, 0, keyFileMax)
		if err != nil {
			return nil, keyError("%w", err)
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
		return nil, keyError("the key file beside the settings: %w", err)
	}
	return p.keysOf(string(text), "the key file "+path, fromKeyFile, d.KDF)
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
		return key{}, keyError("the keyring's entry %q of %q is not the key that was put there", id, keyringService)
	}
	k, err := newKey(secret, fromKeyring)
	if err == nil {
		p.keep(keyringDigest(id), k)
	}
	return k, err
}

func keyringDigest(id string) [sha256.Size]byte { return sha256.Sum256([]byte("keyring\x00" + id)) }

func keyringError(err error) error {
	return keyError("the key is in the keyring, which cannot be used: %w; unlock it, or set OAuthSettingsKey", err)
}
