// Package parse reads SQL text into the tree of package ast.
//
// The grammar is one, hand-written: recursive descent for statements and
// precedence climbing for expressions. Three lexical dialects decide how the
// few spellings on which SQL systems disagree are read: double quotes,
// backslashes in strings, ||, # and $$. Where a text could be read in two ways
// and the dialect does not settle it, the text is refused.
//
// It imports package ast and the standard library only. It knows nothing of
// tables, types or functions.
package parse

import (
	"fmt"
	"sync"

	"github.com/epicorerp/epicorerp/sqlengine/ast"
)

// Dialect is a set of lexical rules.
type Dialect uint8

// The dialects.
const (
	// ANSI: "x" is an identifier, || concatenates, a backslash is a character.
	ANSI Dialect = iota
	// MySQL: "x" is a string, || is OR, a backslash escapes, # starts a comment.
	MySQL
	// Postgres: as ANSI, with $$…$$ strings, and with # and ^ as operators.
	Postgres
)

// String gives the name used in connection strings.
func (d Dialect) String() string { return [...]string{"ansi", "mysql", "postgres"}[d] }

// Limits used when Options leaves them zero.
const (
	DefaultMaxText  = 16 << 20 // bytes
	DefaultMaxDepth = 1200     // nested parentheses, subqueries, CASEs, joins
)

// maxHeight bounds the height of the tree, which a chain such as a+b+c+… makes
// grow without nesting: whoever walks the tree by recursion needs this stack.
const maxHeight = 200_000

// Options say how to read a text.
type Options struct {
	Dialect  Dialect
	MaxText  int    // bytes; 0 means DefaultMaxText
	MaxDepth int    // levels; 0 means DefaultMaxDepth
	Front    string // a registered front; empty means this package's parser
}

// Front is a parser that makes the same tree.
type Front func(sql string, opt Options) (ast.Statement, error)

var fronts = struct {
	sync.RWMutex
	byName map[string]Front
}{byName: make(map[string]Front)}

// Register makes a front available under a name. It panics when the name is
// taken: two packages would then mean different things by it.
func Register(name string, f Front) {
	fronts.Lock()
	defer fronts.Unlock()
	if _, taken := fronts.byName[name]; taken {
		panic("parse: front " + name + " is registered twice")
	}
	fronts.byName[name] = f
}

// Registered reports whether a front has the name.
func Registered(name string) bool {
	fronts.RLock()
	defer fronts.RUnlock()
	return fronts.byName[name] != nil
}

// Parse reads one statement, with or without a semicolon behind it. Errors in
// the text are of type *Error; those of a call of a procedure quote nothing of
// its arguments.
func Parse(sql string, opt Options) (ast.Statement, error) {
	if opt.Front != "" {
		fronts.RLock()
		f := fronts.byName[opt.Front]
		fronts.RUnlock()
		if f == nil {
			return nil, fmt.Errorf("no SQL parser named %q is registered", opt.Front)
		}
		stmt, err := f(sql, opt)
		return stmt, withoutValues(err, sql, opt.Dialect)
	}
	var stmt ast.Statement
	err := run(sql, opt, func(p *parser) { stmt = p.single() })
	return stmt, withoutValues(err, sql, opt.Dialect)
}

// ParseExpr reads one expression.
func ParseExpr(sql string, opt Options) (ast.Expr, error) {
	var e ast.Expr
	err := run(sql, opt, func(p *parser) {
		e = p.expr()
		if p.cur().kind != tEOF {
			p.expected("an operator", "end of expression")
		}
	})
	return e, err
}
