// Package tokenstore keeps the tokens that sign-in yields, so that one login
// serves every connection that may share it.
//
// A Store holds one Token a key. Update holds the key's lock while a token is
// renewed: whoever comes meanwhile waits and then finds the new token, so that
// a login, or a refresh token that may be spent once, is never spent twice.
//
// The package imports nothing of this project.
package tokenstore

import (
	"context"
	"fmt"
	"time"
)

// Token is what a server gave for credentials. It never prints its secrets.
type Token struct {
	Access  string
	Refresh string    // "" where there is none
	Expiry  time.Time // zero if it is not known to expire
}

// Fresh reports whether the token can still be used at now plus margin.
func (t Token) Fresh(now time.Time, margin time.Duration) bool {
	return t.Access != "" && (t.Expiry.IsZero() || now.Add(margin).Before(t.Expiry))
}

// String tells what is there and when it expires, not the tokens.
func (t Token) String() string {
	expires := "never"
	if !t.Expiry.IsZero() {
		expires = t.Expiry.UTC().Format(time.RFC3339)
	}
	return fmt.Sprintf("token{access: %s, refresh: %s, expires: %s}", mask(t.Access), mask(t.Refresh), expires)
}

// GoString and Format are String: no verb of fmt shows a secret.
func (t Token) GoString() string             { return t.String() }
func (t Token) Format(s fmt.State, _ rune)   { _, _ = fmt.Fprint(s, t.String()) }
func (t Token) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

func mask(secret string) string {
	if secret == "" {
		return "none"
	}
	return "***"
}

// Store keeps tokens by key. It is safe for concurrent use.
type Store interface {
	// Load returns the token of a key; ok is false if there is none.
	Load(ctx context.Context, key string) (t Token, ok bool, err error)
	// Update replaces the token of a key by what renew makes of it. The key is
	// locked meanwhile; renew gets the token as it is then, which another may
	// just have renewed. When renew fails, the token stays.
	Update(ctx context.Context, key string, renew func(ctx context.Context, old Token) (Token, error)) (Token, error)
	// Delete forgets the token of a key.
	Delete(ctx context.Context, key string) error
}
