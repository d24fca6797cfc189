package tokenstore

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Options are what a store needs beside its location. They print no key.
type Options struct {
	// Key is the property OAuthSettingsKey: a passphrase, 32 bytes in base64 or
	// hex, env:NAME or file:/path; "" for a key file beside the settings, the
	// operating system's keyring, or a new key file, whichever is there first.
	Key string
	// Keyring stands in for the operating system's; nil is that one.
	Keyring Keyring
}

// String tells whether there is a key.
func (o Options) String() string { return "options{key: " + mask(o.Key) + "}" }

// GoString, Format and MarshalText are String: no verb of fmt shows the key.
func (o Options) GoString() string             { return o.String() }
func (o Options) Format(s fmt.State, _ rune)   { _, _ = fmt.Fprint(s, o.String()) }
func (o Options) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// ErrNotStored is what Update fails with when a token was renewed and could not
// be stored. The token that comes with it is good and should be used: the old
// one may be spent. A store of this package goes on handing it out within the
// process, and tries to store it with the next Update.
var ErrNotStored = errors.New("the new token is not stored")

// PropertyError is an error that the value of a property mends: one that is
// wrong, or does not fit what is on the disk.
type PropertyError struct {
	Property string // OAuthSettingsLocation or OAuthSettingsKey
	Err      error  // what is wrong and what to do, without the property's name
}

func (e *PropertyError) Error() string { return e.Property + ": " + e.Err.Error() }
func (e *PropertyError) Unwrap() error { return e.Err }

func locationError(format string, args ...any) error {
	return &PropertyError{Property: "OAuthSettingsLocation", Err: fmt.Errorf(format, args...)}
}

func keyError(format string, args ...any) error {
	return &PropertyError{Property: "OAuthSettingsKey", Err: fmt.Errorf(format, args...)}
}

// fileName is the settings file where only a directory is named.
const fileName = "OAuthSettings.txt"

// Open returns the store at a location, which is the property
// OAuthSettingsLocation: memory://name, the path of a file or of a directory
// that has or gets one, or "" for the file in the user's configuration
// directory. It touches no disk: that is left to the first use. It fails with a
// *PropertyError.
func Open(location string, options Options) (Store, error) {
	const scheme = "memory://"
	if len(location) >= len(scheme) && strings.EqualFold(location[:len(scheme)], scheme) {
		name := location[len(scheme):]
		if name == "" {
			return nil, locationError("memory:// lacks a name, as in memory://app")
		}
		return named(name), nil
	}
	path, err := settingsPath(location)
	if err != nil {
		return nil, err
	}
	if options.Keyring == nil {
		options.Keyring = systemKeyring{}
	}
	return &file{location: path, keys: &keys{setting: options.Key, keyring: options.Keyring}, now: time.Now}, nil
}

var (
	memoriesMu sync.Mutex
	memories   = map[string]*Memory{} // by the name after memory://
)

// named returns the process's one Memory of a name.
func named(name string) *Memory {
	memoriesMu.Lock()
	defer memoriesMu.Unlock()
	m := memories[name]
	if m == nil {
		m = NewMemory()
		memories[name] = m
	}
	return m
}

// settingsPath makes an absolute path of a location. A trailing separator says
// that it is a directory and is kept.
func settingsPath(location string) (string, error) {
	if location == "" {
		dir, err := os.UserConfigDir()
		if err != nil {
			return "", locationError("there is no default, name a file: %w", err)
		}
		return filepath.Join(dir, "epicorerp", fileName), nil
	}
	if strings.ContainsRune(location, 0) {
		return "", locationError("a path cannot hold a zero byte")
	}
	path, err := expandPath(location)
	if err != nil {
		return "", locationError("%w", err)
	}
	slash := os.IsPathSeparator(path[len(path)-1])
	if path, err = filepath.Abs(path); err != nil {
		return "", locationError("%w", err)
	}
	if slash {
		path = filepath.Join(path, fileName)
	}
	return path, nil
}
