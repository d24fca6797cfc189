package odata

import (
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// mark is a character of texts that services misread: quotes that must be doubled,
// what is decoded twice, what is not ASCII. Letters beyond ASCII are one mark, and
// characters beyond 16 bits another.
type mark rune

const (
	beyondASCII  mark = 0x80
	beyond16Bits mark = 0x10000
)

// String names what is tried.
func (m mark) String() string {
	switch m {
	case beyondASCII:
		return "text with letters beyond ASCII"
	case beyond16Bits:
		return "text with characters beyond 16 bits"
	}
	return "text with " + string(rune(m))
}

// marksIn lists the marks of a text, each once.
func marksIn(text string) (marks []mark) {
	for _, r := range text {
		m := mark(r)
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune(" -_.,", r):
			continue
		case m >= beyond16Bits:
			m = beyond16Bits
		case m >= beyondASCII:
			m = beyondASCII
		}
		if !slices.Contains(marks, m) {
			marks = append(marks, m)
		}
	}
	return marks
}

// marksOf lists the marks of the texts that a test compares with.
func marksOf(e *providers.Call) (marks []mark) {
	add := func(text string) {
		for _, m := range marksIn(text) {
			if !slices.Contains(marks, m) {
				marks = append(marks, m)
			}
		}
	}
	if e.Func == providers.Like {
		if pattern, escape, ok := likeConstants(e.Args[1:]); ok {
			runs, _, _ := splitPattern(pattern, escape)
			add(strings.Join(runs, ""))
		}
		return marks
	}
	for _, a := range e.Args {
		if c, ok := a.(*providers.Const); ok && c.Value.Kind == sqltypes.Varchar && !c.Value.Null {
			add(c.Value.S)
		}
	}
	return marks
}
