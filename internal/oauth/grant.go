package oauth

import (
	"context"
	"fmt"
	"time"
)

// Mode is the AuthMode input of the stored procedures.
type Mode uint8

// The modes.
const (
	// ModeApp is a program on the user's own machine: it opens a browser and
	// keeps the tokens.
	ModeApp Mode = iota
	// ModeWeb is a web application: it redirects the user itself, and gets the
	// tokens handed over.
	ModeWeb
)

// AuthorizationRequest asks for the address where a user signs in. What is ""
// is taken from the properties.
type AuthorizationRequest struct {
	Mode        Mode
	CallbackURL string
	Scope       string
	State       string // "" for a random one
	Prompt      string // select_account, login, consent or none
}

// ExchangeRequest trades an authorization code for tokens.
type ExchangeRequest struct {
	Mode        Mode
	Code        string // or the whole address that the user was redirected to
	CallbackURL string // "" for that of the AuthorizationRequest
	Scope       string
	// State finds the code verifier of the AuthorizationRequest. It may be ""
	// while only one is under way.
	State  string
	Prompt string // for ModeApp without a code, which asks the user
}

// Format prints no code and no state, whatever the verb.
func (r ExchangeRequest) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "exchange request{callback: %s, scope: %s}", r.CallbackURL, r.Scope)
}

// Format prints no state, whatever the verb.
func (r AuthorizationRequest) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "authorization request{callback: %s, scope: %s}", r.CallbackURL, r.Scope)
}

// Tokens are what a provider has granted. They hold secrets and print as ***.
type Tokens struct {
	Access    string
	Refresh   string        // "" where there is none
	ExpiresIn time.Duration // -1 where it does not expire, or nobody knows when
}

// Format prints none of the tokens, whatever the verb.
func (t Tokens) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "tokens{expire in %v}", t.ExpiresIn)
}

// SignIn is what the stored procedures need of a Client.
type SignIn interface {
	// AuthorizationURL makes the address where the user signs in, and remembers
	// its code verifier: for ModeWeb in the Client, for ModeApp in the store, where
	// another process that has the code in OAuthVerifier finds it.
	AuthorizationURL(ctx context.Context, r AuthorizationRequest) (string, error)
	// Exchange trades a code for tokens. With ModeApp it stores them, and
	// without a code it has the user sign in first.
	Exchange(ctx context.Context, r ExchangeRequest) (Tokens, error)
	// Refresh trades a refresh token for new tokens, which it does not store.
	Refresh(ctx context.Context, refreshToken string) (Tokens, error)
	// AdminConsentURL makes the address where an administrator of an Entra
	// tenant consents for all its users.
	AdminConsentURL(ctx context.Context, callbackURL, scope, state string) (string, error)
}
