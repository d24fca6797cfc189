package expr

import (
	"context"
	"math/rand/v2"
	"regexp"
	"time"

	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// Frame is what a compiled expression evaluates against: the current row, the
// rows of enclosing queries, and the statement's constants. One goroutine owns
// it. Text that a closure returns is valid until the next row.
type Frame struct {
	Row   tuple.Row
	Outer *Frame // of the enclosing query; nil at the top
	Err   error  // the first error; once it is set, values mean nothing
	Stmt  *Statement
	// Scratch is where closures build text. Whoever moves the frame to the
	// next row sets Scratch = Scratch[:0].
	Scratch []byte

	args     []datum                   // of calls under evaluation: a stack
	patterns map[string]*regexp.Regexp // that rows brought
	zones    map[string]*time.Location // by the names that rows brought
	random   *rand.Rand
}

// Statement holds what is constant while a statement runs.
type Statement struct {
	Ctx context.Context
	// Now is the instant that CURRENT_TIMESTAMP and its kin return.
	Now time.Time
	// Zone is where CURRENT_DATE is reckoned: the ServerTimeZone property.
	Zone *time.Location
	// Schema, User, Version answer CURRENT_SCHEMA(), CURRENT_USER, VERSION().
	Schema, User, Version string
}

// Fail records the first error and returns it as NULL.
//
//go:noinline
func (f *Frame) Fail(err error) {
	if f.Err == nil {
		f.Err = err
	}
}

// Compiled is an expression turned into closures, of which the one of the
// type's storage is set. The second result is true for NULL.
type Compiled struct {
	Type  sqltypes.Type
	Int   func(*Frame) (int64, bool)
	Float func(*Frame) (float64, bool)
	Num   func(*Frame) (sqltypes.Num, bool)
	Bytes func(*Frame) ([]byte, bool)
	// column is one more than the column that the expression is, 0 for others.
	column int
}
