package tokenstore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// file is a Store in an encrypted file that processes share.
// docs/token-store.md tells what is in it and what it withstands.
type file struct {
	location string // absolute: a file, or a directory that has one
	keys     *keys
	now      func() time.Time
	step     func(stage string) error // for tests: fails or dies at a stage of writing
}

// String names the file; no verb of fmt shows the key.
func (f *file) String() string               { return "token store " + f.location }
func (f *file) GoString() string             { return f.String() }
func (f *file) Format(s fmt.State, _ rune)   { _, _ = fmt.Fprint(s, f.String()) }
func (f *file) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// storing is how long a renewed token waits for its turn to be written, whatever
// became of the caller's context.
const storing = 30 * time.Second

// Load takes no lock: the file is replaced as a whole, and a renewal that is
// under way may take its time.
func (f *file) Load(ctx context.Context, key string) (Token, bool, error) {
	p, err := f.locate()
	if err != nil {
		return Token{}, false, err
	}
	h, err := f.load(ctx, p, recordName(key))
	return h.token, h.found, err
}

func (f *file) locate() (*place, error) {
	p, err := locate(f.location)
	if err == nil {
		p.step = f.step
	}
	return p, err
}

// held is what the store has under a name.
type held struct {
	token   Token
	found   bool
	unsaved bool  // the token is not in the file, where there is
	stored  Token // this one
}

func (f *file) load(ctx context.Context, p *place, name string) (held, error) {
	var h held
	d, err := p.read()
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return held{}, err
	default:
		r, ok := d.find(name)
		if !ok {
			break
		}
		k, err := f.keys.reading(ctx, p, d, r)
		if err != nil {
			return held{}, err
		}
		if h.stored, err = k.open(r); err != nil {
			return held{}, p.unreadable(err)
		}
		h.token, h.found = h.stored, true
	}
	if t, ok := p.over(name, h.stored); ok {
		h.token, h.found, h.unsaved = t, true, true
	}
	return h, nil
}

// Update holds the lock of the record while renew runs, and the lock of the file
// for the moments before and after in which it reads and writes it. It does not
// run renew before it has a place for the new token.
func (f *file) Update(ctx context.Context, key string, renew func(context.Context, Token) (Token, error)) (Token, error) {
	p, err := f.makePlace()
	if err != nil {
		return Token{}, err
	}
	name := recordName(key)
	release, err := p.lock(ctx, p.besideOf(name, lockSuffix))
	if err != nil {
		return Token{}, err
	}
	defer release()
	h, err := f.load(ctx, p, name)
	if err != nil {
		return Token{}, err
	}
	draft, salvaged, err := f.reserve(ctx, p, name)
	if err != nil {
		return Token{}, err
	}
	defer draft.discard()
	if salvaged {
		if h, err = f.load(ctx, p, name); err != nil {
			return Token{}, err
		}
	}
	t, err := renew(ctx, h.token)
	if err != nil {
		return Token{}, err
	}
	if h.found && !h.unsaved && t == h.token {
		return t, nil
	}
	if err := f.store(ctx, p, name, t, draft); err != nil {
		p.setUnsaved(name, t, h.stored)
		return t, fmt.Errorf("%w: %w", ErrNotStored, err)
	}
	p.dropUnsaved(name)
	return t, nil
}

// makePlace makes the directory if there is none.
func (f *file) makePlace() (*place, error) {
	if info, err := os.Stat(f.location); err != nil || !info.IsDir() {
		if err := os.MkdirAll(filepath.Dir(f.location), 0o700); err != nil {
			return nil, notWritable(f.location, err)
		}
	}
	p, err := f.locate()
	if err != nil {
		return nil, err
	}
	if err := p.checkDirectories(); err != nil {
		return nil, locationError("%w", err)
	}
	return p, nil
}

// reserve sees to it that a new token can be stored: there is a file, a key to
// write with, and room on the disk. It tells whether the record has a new token
// by then, from a process that died over storing it.
func (f *file) reserve(ctx context.Context, p *place, name string) (_ *draft, salvaged bool, err error) {
	if d, err := p.read(); err == nil {
		// A keyring may ask its user to unlock it: not while others wait for the file.
		if _, err := f.keys.writing(ctx, p, d); err != nil && !errors.Is(err, errNoKey) {
			return nil, false, err
		}
	}
	release, err := p.lock(ctx, p.path+lockSuffix)
	if err != nil {
		return nil, false, err
	}
	defer release()
	if salvaged, err = f.salvage(p, name); err != nil {
		return nil, false, err
	}
	d, err := p.read()
	fresh := errors.Is(err, fs.ErrNotExist)
	if fresh {
		d, err = newDocument(), nil
	}
	if err != nil {
		return nil, false, err
	}
	_, made, err := f.writingKey(ctx, p, d)
	if err != nil {
		return nil, false, err
	}
	if fresh || made {
		if err := p.write(d); err != nil {
			return nil, false, notWritable(p.path, err)
		}
	}
	text, err := d.encode()
	if err != nil {
		return nil, false, err
	}
	draft, err := p.newDraft(p.besideOf(name, draftSuffix), len(text)+slack)
	if err != nil {
		return nil, false, notWritable(p.path, err)
	}
	return draft, salvaged, nil
}

// writingKey returns the key for new records and makes it if there is none. The
// lock of the file is held.
func (f *file) writingKey(ctx context.Context, p *place, d *document) (k key, made bool, err error) {
	k, err = f.keys.writing(ctx, p, d)
	if errors.Is(err, errNoKey) {
		k, err = f.keys.make(ctx, p, d)
		made = true
	}
	return k, made, err
}

// store puts a new token into the file as it is by now. The end of ctx does not
// stop it: what the token replaces may be spent.
func (f *file) store(ctx context.Context, p *place, name string, t Token, draft *draft) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storing)
	defer cancel()
	release, err := p.lock(ctx, p.path+lockSuffix)
	if err != nil {
		return err
	}
	defer release()
	d, err := p.read()
	if errors.Is(err, fs.ErrNotExist) { // someone removed it meanwhile
		d, err = newDocument(), nil
	}
	if err != nil {
		return err
	}
	k, _, err := f.writingKey(ctx, p, d)
	if err != nil {
		return err
	}
	r, err := k.seal(name, t)
	if err != nil {
		return err
	}
	d.put(r)
	if err := d.prune(f.now(), f.keys.atHand(p, d)); err != nil {
		return err
	}
	text, err := d.encode()
	if err != nil {
		return err
	}
	if err := draft.replace(p.path, text); err != nil {
		return locationError("%s: %w", p.path, err)
	}
	return nil
}

// Delete removes the record, also one that cannot be read. A renewal that is
// under way stores its token all the same.
func (f *file) Delete(ctx context.Context, key string) error {
	p, err := f.locate()
	if err != nil {
		return err
	}
	name := recordName(key)
	defer p.dropUnsaved(name)
	if _, err := p.read(); errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	release, err := p.lock(ctx, p.path+lockSuffix)
	if err != nil {
		return err
	}
	defer release()
	if release, ok := p.tryLock(p.besideOf(name, lockSuffix)); ok {
		_ = os.Remove(p.besideOf(name, draftSuffix)) // nobody is to salvage it
		release()
	}
	d, err := p.read()
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil || !d.remove(name) {
		return err
	}
	if err := p.write(d); err != nil {
		return notWritable(p.path, err)
	}
	return nil
}
