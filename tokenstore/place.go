package tokenstore

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// place is where a settings file is, with what all stores of this process that
// are there have in common.
type place struct {
	path  string // with every symbolic link resolved
	given string // the directory of the path as it was given
	step  func(stage string) error
	*shared
}

// shared is what the stores of one settings file in one process share.
type shared struct {
	mu      sync.Mutex
	gates   map[string]chan struct{} // by lock file; whoever put its value in has the turn
	unsaved map[string]unsaved       // by record name
	kept    map[[sha256.Size]byte]key
	swept   bool

	deriving sync.Mutex // held while a passphrase is worked on: once is enough
}

// unsaved is a token that was renewed and could not be stored.
type unsaved struct {
	token    Token
	replaces Token // what was in the file, without Pending
}

var (
	placesMu sync.Mutex
	places   = map[string]*shared{} // by resolved path
)

func sharedAt(path string) *shared {
	placesMu.Lock()
	defer placesMu.Unlock()
	s := places[path]
	if s == nil {
		s = &shared{gates: map[string]chan struct{}{}, unsaved: map[string]unsaved{}, kept: map[[sha256.Size]byte]key{}}
		places[path] = s
	}
	return s
}

// locate finds the settings file of a location: in the directory that it names,
// or at the end of symbolic links, which are followed so that a link stays a
// link when the file is replaced.
func locate(location string) (*place, error) {
	path := location
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, fileName)
	}
	resolved, err := resolve(path)
	if err != nil {
		return nil, locationError("%w", err)
	}
	return &place{path: resolved, given: filepath.Dir(path), shared: sharedAt(resolved)}, nil
}

func resolve(path string) (resolved string, err error) {
	err = patiently(func() error { resolved, err = filepath.EvalSymlinks(path); return err })
	if !errors.Is(err, fs.ErrNotExist) {
		return resolved, err
	}
	if info, err := os.Lstat(path); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		return "", fmt.Errorf("%s is a symbolic link to a file that is not there", path)
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(path))
	if errors.Is(err, fs.ErrNotExist) {
		return path, nil // the directory is made before anything is written
	}
	return filepath.Join(dir, filepath.Base(path)), err
}

// checkDirectories refuses a directory that others can write: the one that the
// file is in and, where that is another, the one that the link to it is in.
func (p *place) checkDirectories() error {
	for _, dir := range []string{p.given, filepath.Dir(p.path)} {
		info, err := os.Stat(dir)
		if err != nil {
			return err
		}
		if err := checkDirectory(dir, info); err != nil {
			return err
		}
	}
	return nil
}

// read returns the document, or an fs.ErrNotExist.
func (p *place) read() (*document, error) {
	err := p.checkDirectories()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var text []byte
	if err == nil {
		text, err = readSecret(p.path, noFollow, maxFileSize)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err != nil {
		return nil, locationError("%w", err)
	}
	d, err := decodeDocument(text)
	if err != nil {
		return nil, p.unreadable(err)
	}
	return d, nil
}

// unreadable says what to do about a file that holds something else than it
// should. It is never overwritten.
func (p *place) unreadable(err error) error {
	advice := "restore it from a copy, or move it away and sign in again"
	switch {
	case errors.Is(err, errForeignFile):
		advice = "name another file"
	case errors.Is(err, errOtherVersion):
		advice = "update this program, or name another file"
	}
	return locationError("%s: %w; %s", p.path, err, advice)
}

// readSecret reads a file that nobody else may read. What it checks is the file
// that it has open, not what the path may name by then.
func readSecret(path string, flag int, limit int64) ([]byte, error) {
	var f *os.File
	err := patiently(func() (err error) { f, err = os.OpenFile(path, os.O_RDONLY|noWait|flag, 0); return err })
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a file", path)
	}
	if err := checkSecret(path, info); err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(text)) > limit {
		err = fmt.Errorf("%s is larger than such a file can be (%d bytes)", path, limit)
	}
	return text, err
}

func (s *shared) gate(path string) chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.gates[path]
	if g == nil {
		g = make(chan struct{}, 1)
		s.gates[path] = g
	}
	return g
}

// keep and keptKey remember keys that took time or a question to get.
func (s *shared) keep(digest [sha256.Size]byte, k key) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept[digest] = k
}

func (s *shared) keptKey(digest [sha256.Size]byte) (key, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, ok := s.kept[digest]
	return k, ok
}

// over returns the token that should be in the place of another; none once the
// file has a newer one. Unfinished sign-ins do not count: they come and go.
func (s *shared) over(name string, stored Token) (Token, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, ok := s.unsaved[name]
	if ok && u.replaces != stored.withoutPending() {
		delete(s.unsaved, name)
		ok = false
	}
	if !ok {
		return Token{}, false
	}
	return u.token, true
}

func (s *shared) setUnsaved(name string, t, replaces Token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unsaved[name] = unsaved{token: t, replaces: replaces.withoutPending()}
}

func (s *shared) dropUnsaved(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.unsaved, name)
}
