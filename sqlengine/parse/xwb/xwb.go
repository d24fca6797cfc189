// Package xwb reads SQL with github.com/xwb1989/sqlparser into the tree of
// package ast. Importing it registers the front under the name xwb1989:
//
//	import _ "github.com/epicorerp/epicorerp/sqlengine/parse/xwb"
//
// after which SQLParser=xwb1989 in a connection string, or Options.Front of
// package parse, chooses it. Nothing else imports this package, so it costs
// nothing to a program that does not.
//
// xwb1989 knows the MySQL of 2018: no WITH, no window functions, no FULL JOIN,
// no INTERSECT, no double-quoted names. It also misreads some texts without a
// word, and drops parts of others. A gate before it refuses those, and the
// mapping refuses what its tree no longer tells: a text that passes gives the
// same tree as the driver's own parser, but for the positions. Those are known
// of names only, and best effort.
package xwb

import (
	"fmt"
	"regexp"
	"strconv"

	"github.com/xwb1989/sqlparser"

	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/epicorerp/epicorerp/sqlengine/parse"
)

// Name is what the front is registered under.
const Name = "xwb1989"

func init() { parse.Register(Name, Parse) }

// Parse reads one statement. Errors in the text are of type *parse.Error.
func Parse(sql string, opt parse.Options) (stmt ast.Statement, err error) {
	if opt.MaxText == 0 {
		opt.MaxText = parse.DefaultMaxText
	}
	if opt.MaxDepth == 0 {
		opt.MaxDepth = parse.DefaultMaxDepth
	}
	if len(sql) > opt.MaxText {
		return nil, &parse.Error{Line: 1, Column: 1, Msg: fmt.Sprintf("the statement has %d bytes, more than the limit of %d: bind long values as parameters", len(sql), opt.MaxText)}
	}
	defer func() {
		switch r := recover().(type) {
		case nil:
		case refusal:
			stmt, err = nil, r.located(sql)
		default: // the parser panics on a few texts
			stmt, err = nil, &parse.Error{Line: 1, Column: 1, Msg: fmt.Sprintf("%s fails on this text (%v): use the driver's own parser", Name, r)}
		}
	}()
	src := scan(sql, opt)
	src.gate()
	tree, err := sqlparser.ParseStrictDDL(sql)
	if err != nil {
		return nil, src.syntaxError(sql, err)
	}
	m := &mapping{source: src}
	return m.statement(tree), nil
}

// refusal carries an error from the depth of the mapping to Parse.
type refusal struct {
	pos int
	msg string
}

func refuse(pos int, format string, args ...any) {
	panic(refusal{pos, fmt.Sprintf(format, args...)})
}

func (r refusal) located(sql string) *parse.Error {
	e := &parse.Error{Pos: ast.Pos(r.pos), Msg: r.msg}
	e.Line, e.Column = e.Pos.LineColumn(sql)
	return e
}

var positionIn = regexp.MustCompile(` at position (\d+)`)

// syntaxError gives an error of xwb1989 the place of the token it found. It
// tells the byte behind that.
func (s *source) syntaxError(sql string, err error) error {
	r := refusal{msg: Name + ": " + positionIn.ReplaceAllString(err.Error(), "")}
	at := positionIn.FindStringSubmatch(err.Error())
	if at == nil {
		return r.located(sql)
	}
	behind, _ := strconv.Atoi(at[1])
	if behind > len(sql) {
		r.pos = len(sql)
		return r.located(sql)
	}
	for _, t := range s.tokens {
		if t.pos >= behind-1 {
			break
		}
		r.pos = t.pos
	}
	return r.located(sql)
}
