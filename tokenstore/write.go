package tokenstore

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

const (
	lockSuffix  = ".lock"
	draftSuffix = ".tmp"
	// slack is what a file may grow by while a token is renewed: a few tokens.
	slack = 64 << 10
)

// besideOf names a file of one record next to the settings. A few digits of the
// digest are enough: two records that share them only wait for each other.
func (p *place) besideOf(name, suffix string) string { return p.path + "." + name[:16] + suffix }

// draft is a file that will take the place of another. It is in the same
// directory, so that a rename does it.
type draft struct {
	place *place
	file  *os.File
}

// newDraft makes a draft and fills it to a size: a disk that is full, or a
// directory that cannot be written, shows now and not when there is a token to
// store. What a process left behind that died is removed, for it was salvaged
// before if it was worth it; the caller holds the lock that goes with the path.
func (p *place) newDraft(path string, size int) (*draft, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	d := &draft{place: p, file: f}
	if _, err = f.Write(make([]byte, size)); err == nil {
		err = p.reach("reserved")
	}
	if err != nil {
		d.discard()
		return nil, err
	}
	return d, nil
}

// replace writes text to the draft and puts it in the place of target. Each step
// is on the disk before the next: whenever this ends, target is whole, the old
// or the new.
func (d *draft) replace(target string, text []byte) error {
	defer d.discard()
	steps := []struct {
		stage string
		do    func() error
	}{
		{"written", func() error { _, err := d.file.WriteAt(text, 0); return err }},
		{"cut", func() error { return d.file.Truncate(int64(len(text))) }},
		{"synced", d.file.Sync},
		{"closed", d.file.Close},
		{"renamed", func() error { return patiently(func() error { return os.Rename(d.file.Name(), target) }) }},
		{"lasting", func() error { return lasting(syncDirectory(filepath.Dir(target))) }},
	}
	for _, s := range steps {
		if err := s.do(); err != nil {
			return err
		}
		if err := d.place.reach(s.stage); err != nil {
			return err
		}
	}
	return nil
}

// lasting forgives a file system that has no such thing as syncing a directory.
func lasting(err error) error {
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return err
}

// discard removes a draft that is still there.
func (d *draft) discard() {
	_ = d.file.Close()
	_ = os.Remove(d.file.Name())
}

// reach tells a test which stage was reached, and fails where it wants.
func (p *place) reach(stage string) error {
	if p.step == nil {
		return nil
	}
	return p.step(stage)
}

// write replaces the settings file. Its lock is held.
func (p *place) write(d *document) error {
	text, err := d.encode()
	if err != nil {
		return err
	}
	return p.replaceNow(p.path, text)
}

// writeKeyFile keeps a new key beside the settings. The lock of the settings is
// held, and there is no key file.
func (p *place) writeKeyFile(text string) error {
	if err := p.replaceNow(p.path+keySuffix, []byte(text)); err != nil {
		return keyError("the key file beside the settings cannot be written: %w", err)
	}
	return nil
}

func (p *place) replaceNow(target string, text []byte) error {
	draft, err := p.newDraft(target+draftSuffix, 0)
	if err != nil {
		return err
	}
	return draft.replace(target, text)
}
