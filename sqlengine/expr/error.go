package expr

import (
	"fmt"
)

// Error is an error of a value or a type, with the SQLSTATE that PostgreSQL
// gives it.
type Error struct {
	State string // five characters, such as 22012
	Msg   string
}

func (e *Error) Error() string { return e.Msg }

// SQLState returns the five-character code.
func (e *Error) SQLState() string { return e.State }

// The states in use.
const (
	stateOverflow     = "22003" // numeric_value_out_of_range
	stateDateSyntax   = "22007" // invalid_datetime_format
	stateDateRange    = "22008" // datetime_field_overflow
	stateDivZero      = "22012" // division_by_zero
	stateSpanRange    = "22015" // interval_field_overflow
	stateBadParameter = "22023" // invalid_parameter_value
	stateBadEscape    = "22025" // invalid_escape_sequence
	stateBadRegex     = "2201B" // invalid_regular_expression
	stateBadText      = "22P02" // invalid_text_representation
	stateMismatch     = "42804" // datatype_mismatch
	stateNoCast       = "42846" // cannot_coerce
	stateUndefined    = "42883" // undefined_function
	stateUnsupported  = "0A000" // feature_not_supported
	stateCardinality  = "21000"
)

// errf stays a call, as do fail and Fail: errors are rare, and the places that
// make them many.
//
//go:noinline
func errf(state, format string, args ...any) *Error {
	return &Error{State: state, Msg: fmt.Sprintf(format, args...)}
}

var (
	errDivZero       = &Error{stateDivZero, "division by zero"}
	errLikeEscapeEnd = &Error{stateBadEscape, "a LIKE pattern must not end with its escape character"}
	errSpanRange     = &Error{stateDateRange, "INTERVAL out of range"}
	errDateRange     = &Error{stateDateRange, "the result is not within the years 0001 to 9999"}
	errFloatRange    = &Error{stateOverflow, "DOUBLE out of range"}
	errDecimalRange  = &Error{stateOverflow, "DECIMAL out of range: more than 1000 digits"}
)

func errRange(t string) *Error { return errf(stateOverflow, "%s out of range", t) }

// clip keeps the text of errors short.
func clip(s string) string {
	const most = 60
	r := []rune(s)
	if len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
