package tokenstore

import (
	"context"
	"errors"
)

// Keyring keeps secrets for a user of an operating system. Both methods obey
// their context, for a keyring may ask its user to unlock it.
type Keyring interface {
	// Get fails with ErrNoSecret where nothing is kept under the name.
	Get(ctx context.Context, name string) (secret string, err error)
	Set(ctx context.Context, name, secret string) error
}

var (
	// ErrNoSecret is Keyring.Get's for a name that it does not know.
	ErrNoSecret = errors.New("the keyring has no such secret")
	// ErrNoKeyring says that there is no keyring at all. Only then does a key
	// file take its place: one that is locked or refuses is an error.
	ErrNoKeyring = errors.New("there is no keyring")
)

// NoKeyring is the Keyring of a machine that has none: keys are kept in files.
type NoKeyring struct{}

// Get fails with ErrNoKeyring.
func (NoKeyring) Get(context.Context, string) (string, error) { return "", ErrNoKeyring }

// Set fails with ErrNoKeyring.
func (NoKeyring) Set(context.Context, string, string) error { return ErrNoKeyring }
