package parse

import (
	"slices"
	"strings"
	"unicode"
)

const masked = "***"

// MaskCalls returns a text as a log may show it: of calls of procedures, whose
// arguments may be tokens and passwords, nothing is left but the names of
// procedures and parameters, keywords and signs. From the first call on all of
// the text is masked that way, since a quote in the wrong place makes a value
// look like another statement.
//
// A text need not make sense. One that begins with no word of SQL is taken for
// a call whose EXEC was forgotten or misspelled; one that cannot be read shows
// no argument at all.
func MaskCalls(sql string, d Dialect) string {
	toks, whole := lex(sql, d)
	at := callAt(sql, toks, whole)
	if at < 0 {
		return sql
	}
	i := slices.IndexFunc(toks, func(t token) bool { return int(t.start) >= at })
	if i < 0 { // the call is in what could not be read
		return sql[:at] + masked
	}
	m := masker{sql: sql, toks: toks, until: at, named: -1}
	m.naming = int(toks[i].start) == at && toks[i].kind != tOp // a name without EXEC
	m.out.WriteString(sql[:at])
	for ; i < len(toks) && (whole || m.name(i)); i++ {
		m.token(i)
	}
	if !whole {
		return strings.TrimRight(m.out.String(), " ") + " " + masked
	}
	return m.out.String()
}

// withoutValues takes out of the error of a text with calls what it quotes of
// their arguments.
func withoutValues(err error, sql string, d Dialect) error {
	e, ok := err.(*Error)
	if !ok {
		return err
	}
	toks, whole := lex(sql, d)
	if at := callAt(sql, toks, whole); at < 0 || int(e.Pos) <= at {
		return err
	}
	c := *e
	if word := strings.Trim(e.Found, `"`); word != e.Found && keywordOf(word) == "" && strings.ContainsFunc(word, isValue) {
		c.Found = "a value or name"
	}
	if from, to := strings.IndexAny(e.Msg, `'"`), strings.LastIndexAny(e.Msg, `'"`); from < to {
		c.Msg = e.Msg[:from+1] + masked + e.Msg[to:]
	}
	return &c
}

// isValue reports a character of names and numbers, which signs are not made
// of.
func isValue(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' }

// lex gives the tokens of a text, up to where it cannot be read.
func lex(sql string, d Dialect) (toks []token, whole bool) {
	l := &lexer{src: sql, dialect: d}
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(bailout); !ok {
				panic(r)
			}
			toks = l.toks
		}
	}()
	return l.run(), true
}

var callWords = []string{"EXEC", "EXECUTE", "CALL"}

// callAt is the place of the first call of a text, or -1. In a text that
// cannot be read to its end, the letters of the words count wherever they are.
func callAt(sql string, toks []token, whole bool) int {
	start := true // of a statement
	for i := range toks {
		t := &toks[i]
		switch {
		case t.kind == tEOF:
		case start && (t.kind == tOp && t.text == "{" || t.kind == tIdent || t.kind == tWord && t.upper == ""):
			return int(t.start)
		case t.kind == tWord && slices.Contains(callWords, t.upper) && (start || i+1 < len(toks) && namesProcedure(&toks[i+1])):
			return int(t.start)
		}
		start = t.kind == tOp && t.text == ";" || start && (t.upper == "EXPLAIN" || t.upper == "ANALYZE" || t.upper == "VERBOSE")
	}
	if whole {
		return -1
	}
	upper, at := strings.ToUpper(sql), -1
	for _, word := range callWords {
		// ToUpper may change the length of letters that are none of these words'.
		if i := strings.Index(upper, word); i >= 0 && (at < 0 || i < at) {
			at = i
		}
	}
	if at >= 0 && len(upper) != len(sql) {
		return 0
	}
	return at
}

// namesProcedure reports whether a token may follow EXEC or CALL. A clause
// follows a column that has such a name.
func namesProcedure(t *token) bool {
	return t.kind == tIdent || t.kind == tParam || t.kind == tString || t.kind == tWord && t.upper == ""
}

// masker writes the tokens of a call.
type masker struct {
	sql   string
	toks  []token
	until int // of the text that was written
	out   strings.Builder

	naming bool // the name of a procedure goes on
	named  int  // its last token; -1 before it
}

func (m *masker) token(i int) {
	t := &m.toks[i]
	if gap := m.sql[m.until:t.start]; strings.TrimSpace(gap) == "" {
		m.out.WriteString(gap)
	} else {
		m.out.WriteByte(' ') // a comment
	}
	m.until = int(t.end)
	if t.kind == tEOF {
		return
	}
	switch named := m.name(i); {
	case named && m.calls(i):
		m.naming, m.named = true, -1
	case named:
		m.named = i
	default:
		m.naming = m.naming && m.named < 0 && (t.kind == tParam || t.kind == tOp && t.text == "=") // EXEC @rc = p
		if !m.shown(i) {
			m.mask()
			return
		}
	}
	m.out.WriteString(m.sql[t.start:t.end])
}

// calls reports whether a token is EXEC or CALL.
func (m *masker) calls(i int) bool {
	return m.toks[i].kind == tWord && slices.Contains(callWords, m.toks[i].upper)
}

// name reports whether a token is EXEC or part of what that calls: the first
// word of a name, a point, or the word after that.
func (m *masker) name(i int) bool {
	t := &m.toks[i]
	switch {
	case m.calls(i):
		return true
	case !m.naming:
		return false
	case t.kind == tOp:
		return t.text == "." && i-1 == m.named
	case t.kind != tWord && t.kind != tIdent:
		return false
	}
	return m.named < 0 || m.toks[i-1].kind == tOp && m.toks[i-1].text == "."
}

// mask writes the mask, once for tokens side by side.
func (m *masker) mask() {
	if s := m.out.String(); !strings.HasSuffix(s, masked) && !strings.HasSuffix(s, masked+" ") {
		m.out.WriteString(masked)
	}
}

// shown reports whether a token holds nothing of a value.
func (m *masker) shown(i int) bool {
	t := &m.toks[i]
	switch t.kind {
	case tOp:
		return true
	case tWord, tIdent:
		return t.upper != "" || m.begins(i) && m.assigned(i)
	case tParam:
		return t.text == "?" || m.begins(i) && m.assigned(i) || m.toks[i-1].kind == tOp || m.toks[i-1].upper != "" || i-1 == m.named
	}
	return false
}

// begins reports whether an argument begins with a token.
func (m *masker) begins(i int) bool {
	prev := &m.toks[i-1]
	return i-1 == m.named || prev.kind == tOp && (prev.text == "(" || prev.text == ",")
}

// assigned reports whether a value is given to what a token names.
func (m *masker) assigned(i int) bool {
	next := &m.toks[i+1] // there is the end at least
	return next.kind == tOp && slices.Contains([]string{"=", "==", "=>", ":="}, next.text)
}
