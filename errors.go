package epicorerp

import (
	"context"
	"errors"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/parse"
)

// Error is what every failure of a query is, but for the end of its context,
// which comes as context.Canceled or context.DeadlineExceeded itself. It tells
// the kind, the SQLSTATE, where in the statement, the HTTP status, the server's
// own code and request id. No secret is in it.
//
//	var e *epicorerp.Error
//	if errors.As(err, &e) && errors.Is(err, epicorerp.ErrPermission) { … }
type Error = providers.Error

// The kinds of Error, for errors.Is. A *ConfigError matches ErrProperty.
const (
	ErrProperty       = providers.KindProperty       // a connection property is wrong or missing
	ErrAuthentication = providers.KindAuthentication // the credentials are wrong
	ErrAPIKey         = providers.KindAPIKey         // the API key is wrong or missing
	ErrPermission     = providers.KindPermission     // the user has no right to this
	ErrSession        = providers.KindSession        // the server has ended the session
	ErrLicense        = providers.KindLicense        // no seat, or too many logins
	ErrNotFound       = providers.KindNotFound       // no such service, table or record
	ErrColumn         = providers.KindColumn         // no such column
	ErrParameter      = providers.KindParameter      // a mandatory parameter is missing or wrong
	ErrSyntax         = providers.KindSyntax         // the SQL text
	ErrType           = providers.KindType           // operands or values that do not fit their types
	ErrValue          = providers.KindValue          // a value out of range, division by zero
	ErrUnsupported    = providers.KindUnsupported    // a feature that is not there
	ErrConflict       = providers.KindConflict       // another has changed the row, or it exists already
	ErrBusiness       = providers.KindBusiness       // a rule of the ERP system refused it
	ErrConnection     = providers.KindConnection     // no connection to the server, or it broke
	ErrTimeout        = providers.KindTimeout        // the time ran out
	ErrRateLimit      = providers.KindRateLimit      // the server asks to slow down
	ErrServer         = providers.KindServer         // the server failed
	ErrResponse       = providers.KindResponse       // an answer that cannot be trusted
	ErrOrigin         = providers.KindOrigin         // an answer that points to a foreign host
	ErrMemory         = providers.KindMemory         // the query needs more memory than it may have
)

// SafeToRetry reports that nothing was changed at the server and that the same
// call may succeed later.
func SafeToRetry(err error) bool { return providers.SafeToRetry(err) }

// Is matches ErrProperty.
func (e *ConfigError) Is(target error) bool { return target == error(providers.KindProperty) }

// driverError makes of an error what may leave the driver: the context's own
// error once that is over, and an *Error otherwise.
func driverError(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if over := ctx.Err(); over != nil {
		return over
	}
	var e *Error
	if errors.As(err, &e) {
		return err
	}
	if err := signInError(err); errors.As(err, &e) {
		return err
	}
	var syntax *parse.Error
	if errors.As(err, &syntax) {
		return &Error{Kind: ErrSyntax, Position: int(syntax.Pos) + 1, Message: err.Error(), Err: err}
	}
	var config *ConfigError
	if errors.As(err, &config) {
		return &Error{Kind: ErrProperty, Message: err.Error(), Err: err}
	}
	e = &Error{Kind: providers.KindOther, Message: err.Error(), Err: err}
	var stated interface{ SQLState() string }
	if errors.As(err, &stated) {
		e.State = stated.SQLState()
		e.Kind = kindOfState(e.State)
	}
	return e
}

func isContextError(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// kindOfState sorts the SQLSTATEs of expressions, whose errors carry no kind:
// class 22 is about values, 0A about features, 42 about types.
func kindOfState(state string) providers.Kind {
	if len(state) != 5 {
		return providers.KindOther
	}
	switch state[:2] {
	case "22":
		return ErrValue
	case "0A":
		return ErrUnsupported
	case "42":
		return ErrType
	}
	return providers.KindOther
}
