package providers

import (
	"errors"
	"strconv"
	"strings"
)

// Error is the one error type that leaves the driver. No secret is in it.
type Error struct {
	Kind      Kind
	State     string // SQLSTATE; "" for the kind's own
	Status    int    // HTTP status, 0 if there was no answer
	Code      string // the server's own code or exception type
	Message   string
	RequestID string // the server's correlation id
	Position  int    // 1-based byte offset in the SQL text, 0 if it does not apply
	Retryable bool   // nothing was changed at the server, and trying again may help
	// Refused says that the request carried conditions or an order of the query
	// and that the server would perhaps answer it without them: the engine then
	// does them itself.
	Refused bool
	// Learned says of a refusal that the table has noted what was refused: planned
	// anew it asks for something else, so that nothing more need be held back.
	Learned bool
	Err     error
}

// Kind tells what went wrong. A Kind is itself an error, so that
// errors.Is(err, KindAuthentication) works.
type Kind uint8

// The kinds.
const (
	KindOther          Kind = iota
	KindProperty            // a connection property is wrong or missing
	KindAuthentication      // the credentials are wrong
	KindAPIKey              // the API key is wrong or missing
	KindPermission          // the user has no right to this
	KindSession             // the server has ended the session
	KindLicense             // no seat, or too many logins
	KindNotFound            // no such service, table or record
	KindColumn              // no such column
	KindParameter           // a mandatory parameter is missing or wrong
	KindSyntax              // the SQL text
	KindType                // operands or values that do not fit their types
	KindValue               // a value out of range, division by zero
	KindUnsupported         // a feature that is not there
	KindConflict            // another has changed the row, or it exists already
	KindBusiness            // a rule of the ERP system refused it
	KindConnection          // no connection to the server, or it broke
	KindTimeout             // the time ran out
	KindRateLimit           // the server asks to slow down
	KindServer              // the server failed
	KindResponse            // an answer that cannot be trusted: HTML, truncated, not JSON
	KindOrigin              // an answer that points to a foreign host
	KindMemory              // the query needs more memory than it may have
	KindCanceled            // the caller cancelled it
)

var kinds = [...]struct{ text, state string }{
	KindOther: {"error", "HY000"}, KindProperty: {"invalid property", "08001"},
	KindAuthentication: {"authentication failed", "28000"}, KindAPIKey: {"API key refused", "28000"},
	KindPermission: {"permission denied", "42501"}, KindSession: {"session ended", "08003"},
	KindLicense: {"no licence seat", "08004"}, KindNotFound: {"not found", "42P01"},
	KindColumn: {"unknown column", "42703"}, KindParameter: {"parameter", "07001"},
	KindSyntax: {"syntax error", "42601"}, KindType: {"type mismatch", "42804"},
	KindValue: {"bad value", "22000"}, KindUnsupported: {"not supported", "0A000"},
	KindConflict: {"conflict", "40001"}, KindBusiness: {"refused by the server", "P0001"},
	KindConnection: {"connection failed", "08006"}, KindTimeout: {"timed out", "HYT00"},
	KindRateLimit: {"rate limited", "53300"}, KindServer: {"server error", "58000"},
	KindResponse: {"unusable response", "08S01"}, KindOrigin: {"foreign origin", "08004"},
	KindMemory: {"memory limit", "53200"}, KindCanceled: {"cancelled", "57014"},
}

// Error returns the kind in words.
func (k Kind) Error() string { return kinds[k].text }

// Error prints kind, message and, where known, HTTP status, server code and
// request id.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Kind.Error())
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	} else if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	var facts []string
	if e.Status != 0 {
		facts = append(facts, "HTTP "+strconv.Itoa(e.Status))
	}
	if e.Code != "" {
		facts = append(facts, e.Code)
	}
	if e.RequestID != "" {
		facts = append(facts, "request "+e.RequestID)
	}
	if facts != nil {
		b.WriteString(" (" + strings.Join(facts, ", ") + ")")
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is matches the error's kind.
func (e *Error) Is(target error) bool {
	k, ok := target.(Kind)
	return ok && k == e.Kind
}

// SQLState returns the five characters that SQL clients know the error by.
func (e *Error) SQLState() string {
	if e.State != "" {
		return e.State
	}
	return kinds[e.Kind].state
}

// SafeToRetry reports that nothing was changed at the server and that the same
// call may succeed later.
func (e *Error) SafeToRetry() bool { return e.Retryable }

// SafeToRetry reports whether any error in err's chain says so of itself.
func SafeToRetry(err error) bool {
	var s interface{ SafeToRetry() bool }
	return errors.As(err, &s) && s.SafeToRetry()
}
