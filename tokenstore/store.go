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

// Token is what a server gave for credentials. It never prints its secrets. It
// is comparable; the zero Token is none.
type Token struct {
	Access   string
	Refresh  string    // "" where there is none
	Obtained time.Time // when it was asked for; zero if it is not known
	Expiry   time.Time // zero if it is not known to expire
	// Seed is a digest of the code or refresh token that its user began with,
	// so that one which was already spent is told from a new one.
	Seed string
	// Pending is the last sign-in that was begun and not finished.
	Pending Pending
}

// Pending is a sign-in whose user was sent to the provider and whose code has
// not come yet (RFC 7636, section 4.1).
type Pending struct {
	State       string
	Verifier    string // the code verifier
	CallbackURL string
	Expiry      time.Time
}

// String tells whether there is one and how long it lasts, not its secrets.
func (p Pending) String() string {
	if p == (Pending{}) {
		return "pending{none}"
	}
	return fmt.Sprintf("pending{state: %s, verifier: %s, expires: %s}", mask(p.State), mask(p.Verifier), moment(p.Expiry))
}

// GoString, Format and MarshalText are String: no verb of fmt shows a secret.
func (p Pending) GoString() string             { return p.String() }
func (p Pending) Format(s fmt.State, _ rune)   { _, _ = fmt.Fprint(s, p.String()) }
func (p Pending) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// The margin before a token's expiry covers the way to the server and clocks
// that run apart: a tenth of the token's life, and a minute at most.
const maxMargin = time.Minute

// Fresh reports whether the token can still be used at now. A token whose life
// is not known counts as fresh up to a minute before its expiry.
func (t Token) Fresh(now time.Time) bool {
	if t.Access == "" || t.Expiry.IsZero() {
		return t.Access != ""
	}
	margin := maxMargin
	if !t.Obtained.IsZero() {
		margin = min(margin, t.Expiry.Sub(t.Obtained)/10)
	}
	return now.Add(margin).Before(t.Expiry)
}

func (t Token) withoutPending() Token {
	t.Pending = Pending{}
	return t
}

// String tells what is there and when it expires, not the tokens.
func (t Token) String() string {
	return fmt.Sprintf("token{access: %s, refresh: %s, expires: %s}", mask(t.Access), mask(t.Refresh), moment(t.Expiry))
}

func moment(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format(time.RFC3339)
}

// GoString, Format and MarshalText are String: no verb of fmt shows a secret.
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
	// just have renewed. When renew fails, the token stays. When what renew made
	// cannot be stored, Update returns it with an error that is ErrNotStored: it
	// should be used, and the error told.
	Update(ctx context.Context, key string, renew func(ctx context.Context, old Token) (Token, error)) (Token, error)
	// Delete forgets the token of a key.
	Delete(ctx context.Context, key string) error
}
