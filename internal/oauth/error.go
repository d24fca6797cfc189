package oauth

import (
	"errors"
	"fmt"
	"strings"
)

// Error is a sign-in that failed. No secret is in it: texts of the provider
// are cleaned of what was sent to it.
type Error struct {
	Reason      Reason
	Code        string // the provider's own: AADSTS700082, else invalid_grant and the like
	Message     string // what went wrong, in a sentence
	Advice      string // what to do about it; "" where nothing is known
	Status      int    // HTTP status; 0 if there was no answer
	RequestID   string // the provider's trace or correlation id
	Retryable   bool   // the same may succeed later
	Interactive bool   // a user must sign in again: refreshing will not do
	Err         error

	oauth string // the code of OAuth, which Code is not at Entra
}

// Reason sorts failures by who can mend them.
type Reason uint8

// The reasons.
const (
	ReasonOther       Reason = iota
	ReasonProperty           // a property is missing or wrong
	ReasonGrant              // the code, refresh token or password was not accepted
	ReasonClient             // the client's id, secret or certificate was not accepted
	ReasonDenied             // the user or an administrator said no
	ReasonUnavailable        // the provider cannot be reached or is overloaded
	ReasonTimeout            // nobody signed in in time
	ReasonResponse           // an answer that is none of OAuth's
)

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Message)
	if e.Message == "" && e.Err != nil {
		b.WriteString(e.Err.Error())
	}
	if e.Advice != "" {
		b.WriteString("; " + e.Advice)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// ErrNoToken is in the error of a connection that has no token and may not get
// one: nothing was asked of anybody.
var ErrNoToken = errors.New("nobody has signed in")

// PropertyError is a connection property that is missing or wrong.
type PropertyError struct {
	Property string
	Message  string // what would be right, without the property's name
}

func (e *PropertyError) Error() string { return fmt.Sprintf("property %q: %s", e.Property, e.Message) }
