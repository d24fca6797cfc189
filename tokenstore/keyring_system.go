package tokenstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/zalando/go-keyring"
)

// keyringService is what the entries are listed under in the keyring.
const keyringService = "epicorerp token store"

// systemKeyring is the keychain of macOS, the credential manager of Windows, or
// the secret service on the session bus.
type systemKeyring struct{}

func (systemKeyring) Get(ctx context.Context, name string) (string, error) {
	return askKeyring(ctx, func() (string, error) { return keyring.Get(keyringService, name) })
}

func (systemKeyring) Set(ctx context.Context, name, secret string) error {
	_, err := askKeyring(ctx, func() (string, error) { return "", keyring.Set(keyringService, name, secret) })
	return err
}

// askKeyring waits for an answer or the end of ctx. A keyring that is locked
// asks its user, and nothing can be done to recall that question: it alone is
// left behind.
func askKeyring(ctx context.Context, ask func() (string, error)) (string, error) {
	if !keyringPresent() {
		return "", ErrNoKeyring
	}
	type answer struct {
		secret string
		err    error
	}
	answered := make(chan answer, 1)
	go func() {
		secret, err := ask()
		answered <- answer{secret, err}
	}()
	select {
	case a := <-answered:
		switch {
		case errors.Is(a.err, keyring.ErrNotFound):
			return "", ErrNoSecret
		case errors.Is(a.err, keyring.ErrUnsupportedPlatform), a.err != nil && keyringAbsent(a.err):
			return "", ErrNoKeyring
		}
		return a.secret, a.err
	case <-ctx.Done():
		return "", fmt.Errorf("the keyring does not answer, it may be waiting to be unlocked: %w", ctx.Err())
	}
}
