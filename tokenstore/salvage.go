package tokenstore

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// leftover is the draft of a renewal whose process died. Its record's lock is
// held until release.
type leftover struct {
	path    string
	release func()
}

// leftovers finds the drafts of the dead: that of the record name, whose lock
// the caller holds, and once a process those of all records that nobody has
// locked. The lock of the settings is held, so nobody begins a draft meanwhile.
func (p *place) leftovers(name string) []leftover {
	own := p.besideOf(name, draftSuffix)
	var found []leftover
	if _, err := os.Lstat(own); err == nil {
		found = append(found, leftover{own, func() {}})
	}
	p.mu.Lock()
	swept := p.swept
	p.swept = true
	p.mu.Unlock()
	entries, err := os.ReadDir(filepath.Dir(p.path))
	if swept || err != nil {
		return found
	}
	for _, e := range entries {
		path := filepath.Join(filepath.Dir(p.path), e.Name())
		middle, ok := strings.CutPrefix(path, p.path+".")
		if !ok || path == own {
			continue
		}
		if middle, ok = strings.CutSuffix(middle, draftSuffix); !ok || !isHex(middle, 16) {
			continue
		}
		if release, ok := p.tryLock(p.path + "." + middle + lockSuffix); ok {
			found = append(found, leftover{path, release})
		}
	}
	return found
}

// salvage puts into the file what the dead had written and not yet put there:
// what it replaces is spent. The locks of the settings and of the record name
// are held; found tells whether that record has a new token.
func (f *file) salvage(p *place, name string) (found bool, err error) {
	left := p.leftovers(name)
	defer func() {
		for _, l := range left {
			l.release()
		}
	}()
	if len(left) == 0 {
		return false, nil
	}
	d, err := p.read()
	if err != nil {
		return false, nil // the caller reads it next, and says what is wrong
	}
	var done []string
	changed := false
	for _, l := range left {
		r, err := f.newerIn(p, d, l.path)
		if errors.Is(err, errKeyElsewhere) {
			continue // to be salvaged by who has the key
		}
		done = append(done, l.path)
		if err == nil {
			d.put(r)
			changed, found = true, found || r.Name == name
		}
	}
	if changed {
		if err := p.write(d); err != nil {
			return false, notWritable(p.path, err)
		}
	}
	for _, path := range done {
		_ = os.Remove(path) // it is no newer than the file any more
	}
	return found, nil
}

var (
	errKeyElsewhere = errors.New("the key is not at hand")
	errNothingNewer = errors.New("the draft has nothing newer than the file")
)

// newerIn returns the record that a draft was made for, if the draft was written
// to its end and its token is newer than that of the document. A draft that was
// not is as if it had never been begun.
func (f *file) newerIn(p *place, d *document, path string) (record, error) {
	text, err := readSecret(path, noFollow, maxFileSize)
	if err != nil {
		return record{}, err
	}
	// Room that was reserved and not cut off yet is zeros.
	draft, err := decodeDocument(bytes.TrimRight(text, "\x00"))
	if err != nil {
		return record{}, err
	}
	i := slices.IndexFunc(draft.Records, func(r record) bool { return p.besideOf(r.Name, draftSuffix) == path })
	if i < 0 {
		return record{}, errNothingNewer
	}
	r := draft.Records[i]
	written, err := f.openAtHand(p, draft, r)
	if err != nil {
		return record{}, err
	}
	var stored Token
	if old, ok := d.find(r.Name); ok {
		if stored, err = f.openAtHand(p, d, old); err != nil {
			return record{}, err
		}
	}
	if !written.Obtained.After(stored.Obtained) {
		return record{}, errNothingNewer
	}
	return r, nil
}

func (f *file) openAtHand(p *place, d *document, r record) (Token, error) {
	k, ok := f.keys.atHand(p, d)[r.Key]
	if !ok {
		return Token{}, errKeyElsewhere
	}
	return k.open(r)
}
