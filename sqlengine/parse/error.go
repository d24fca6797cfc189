package parse

import (
	"fmt"
	"strings"

	"github.com/epicorerp/epicorerp/sqlengine/ast"
)

// Error says where a text stopped making sense and what would have.
type Error struct {
	Pos      ast.Pos // byte offset
	Line     int     // from 1
	Column   int     // from 1, in characters
	Found    string  // as shown: a quoted word or sign, or a description; a string's content never
	Expected []string
	Msg      string // instead of Found and Expected, where more is to be said
}

// Error gives a text such as: line 3, column 7: found "FORM", expected FROM or ",".
func (e *Error) Error() string {
	where := fmt.Sprintf("line %d, column %d: ", e.Line, e.Column)
	if e.Msg != "" {
		return where + e.Msg
	}
	if len(e.Expected) == 0 {
		return where + "unexpected " + e.Found
	}
	last := len(e.Expected) - 1
	list := e.Expected[last]
	if last > 0 {
		list = strings.Join(e.Expected[:last], ", ") + " or " + list
	}
	return where + "found " + e.Found + ", expected " + list
}

// bailout carries an Error from the depth of the descent to run.
type bailout struct{ err *Error }

func newError(sql string, pos int, e Error) *Error {
	e.Pos = ast.Pos(pos)
	e.Line, e.Column = e.Pos.LineColumn(sql)
	return &e
}

func describe(t *token) string {
	switch t.kind {
	case tEOF:
		return "end of statement"
	case tString:
		return "a string"
	case tBytes, tBits:
		return "a binary string"
	case tHint:
		return "a hint"
	}
	const most = 40
	text := t.text
	if r := []rune(text); len(r) > most {
		text = string(r[:most]) + "…"
	}
	return `"` + text + `"`
}
