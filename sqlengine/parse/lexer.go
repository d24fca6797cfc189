package parse

import (
	"fmt"
	"math/big"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/epicorerp/epicorerp/sqlengine/ast"
)

type lexer struct {
	src       string
	dialect   Dialect
	pos       int
	toks      []token
	brackets  int  // depth inside ARRAY[
	executing bool // inside /*! … */
}

func (l *lexer) fail(pos int, format string, args ...any) {
	panic(bailout{newError(l.src, pos, Error{Msg: fmt.Sprintf(format, args...)})})
}

// run lexes the whole text: statements are short, and a slice of tokens makes
// any lookahead cheap.
func (l *lexer) run() []token {
	l.toks = make([]token, 0, len(l.src)/5+8)
	for l.skipBlanks(); l.pos < len(l.src); l.skipBlanks() {
		l.one()
	}
	if l.executing {
		l.fail(len(l.src), "the comment started by /*! is not closed")
	}
	l.emit(tEOF, len(l.src), "")
	return l.toks
}

// emit adds a token that ends at the current position.
func (l *lexer) emit(kind tokenKind, start int, text string) {
	l.toks = append(l.toks, token{kind: kind, start: int32(start), end: int32(l.pos), text: text})
}

func (l *lexer) at(i int) byte {
	if l.pos+i < len(l.src) {
		return l.src[l.pos+i]
	}
	return 0
}

func (l *lexer) prev() *token {
	if len(l.toks) == 0 {
		return &token{kind: tEOF, start: -1, end: -1}
	}
	return &l.toks[len(l.toks)-1]
}

func (l *lexer) one() {
	c := l.src[l.pos]
	switch {
	case isDigit(c) || c == '.' && isDigit(l.at(1)):
		l.number()
	case c == '\'':
		l.quotedString(l.pos, l.dialect == MySQL)
	case c == '"' && l.dialect == MySQL:
		l.quotedString(l.pos, true)
	case c == '"':
		l.quotedIdent('"')
	case c == '`':
		l.quotedIdent('`')
	case c == '[' && l.bracketIsName():
		l.quotedIdent(']')
	case c == '?' || c == '@' || c == ':' || c == '$':
		l.sigil(c)
	case c == '_' || c < utf8.RuneSelf && isLetter(c) || c >= utf8.RuneSelf:
		l.word()
	default:
		l.operator()
	}
}

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// wordLen measures the identifier characters at offset i from the position.
func (l *lexer) wordLen(i int) int {
	n := i
	for l.pos+n < len(l.src) {
		c := l.at(n)
		switch {
		case isLetter(c) || isDigit(c) || c == '_' || c == '$':
			n++
		case c == '#' && l.dialect == ANSI && (isLetter(l.at(n+1)) || isDigit(l.at(n+1)) || l.at(n+1) == '_'):
			n++
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(l.src[l.pos+n:])
			if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) {
				return n - i
			}
			n += size
		default:
			return n - i
		}
	}
	return n - i
}

func (l *lexer) word() {
	start := l.pos
	n := l.wordLen(0)
	if n == 0 {
		r, size := utf8.DecodeRuneInString(l.src[l.pos:])
		if r == utf8.RuneError && size == 1 {
			l.fail(l.pos, "the text is not valid UTF-8")
		}
		l.fail(l.pos, "unexpected character %q", r)
	}
	text := l.src[start : start+n]
	if start+n < len(l.src) && l.src[start+n] == '\'' && l.prefixedString(text) {
		return
	}
	if strings.EqualFold(text, "U") && l.at(1) == '&' && (l.at(2) == '\'' || l.at(2) == '"') {
		l.fail(start, "U& strings are not supported: write the characters themselves")
	}
	l.pos += n
	l.emit(tWord, start, text)
	l.prev().upper = keywordOf(text)
}

// prefixedString reads N'…', X'…', B'…', E'…' and _utf8'…'.
func (l *lexer) prefixedString(prefix string) bool {
	start := l.pos
	switch p := strings.ToUpper(prefix); {
	case p == "N":
		l.pos++
		l.quotedString(start, l.dialect == MySQL)
	case p == "E" && l.dialect != MySQL:
		l.pos++
		l.quotedString(start, true)
	case p == "X" || p == "B":
		l.pos++
		l.quotedString(start, false)
		l.binary(l.prev(), p == "X", l.prev().text)
	case strings.HasPrefix(p, "_UTF8") || p == "_ASCII":
		l.pos += len(prefix)
		l.quotedString(start, l.dialect == MySQL)
	case strings.HasPrefix(prefix, "_") || l.dialect == MySQL && p == "E":
		l.fail(start, "%q before a string is not supported: only N, X, B and _utf8 strings are", prefix)
	default:
		return false
	}
	return true
}

// binary turns t into the bytes or bits that digits spell.
func (l *lexer) binary(t *token, hexa bool, digits string) {
	if !hexa {
		if strings.Trim(digits, "01") != "" {
			l.fail(int(t.start), "a bit string holds only 0 and 1")
		}
		t.kind, t.text = tBits, digits
		return
	}
	if len(digits)%2 == 1 {
		l.fail(int(t.start), "a hexadecimal string needs an even number of digits")
	}
	raw := make([]byte, 0, len(digits)/2)
	for i := 0; i < len(digits); i += 2 {
		hi, lo := hexDigit(digits[i]), hexDigit(digits[i+1])
		if hi < 0 || lo < 0 {
			l.fail(int(t.start), "a hexadecimal string holds only the digits 0-9 and A-F")
		}
		raw = append(raw, byte(hi<<4|lo))
	}
	t.kind, t.text = tBytes, string(raw)
}

func hexDigit(c byte) int {
	switch {
	case isDigit(c):
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

func (l *lexer) number() {
	start := l.pos
	if l.at(0) == '0' && (l.at(1) == 'x' || l.at(1) == 'X' || l.at(1) == 'b' || l.at(1) == 'B') {
		if l.radix(start) {
			return
		}
	}
	l.digits()
	if l.at(0) == '.' {
		l.pos++
		l.digits()
	}
	if c := l.at(0); c == 'e' || c == 'E' {
		sign := 1
		if l.at(1) == '+' || l.at(1) == '-' {
			sign = 2
		}
		if isDigit(l.at(sign)) {
			l.pos += sign
			l.digits()
		}
	}
	l.emit(tNumber, start, l.src[start:l.pos])
	l.wordAfterNumber(start)
}

func (l *lexer) digits() {
	for isDigit(l.at(0)) {
		l.pos++
	}
}

// wordAfterNumber lets 1OR x pass, as SQL has always done, but not 2x, which
// some systems take for a name and others for a number and an alias.
func (l *lexer) wordAfterNumber(start int) {
	if n := l.wordLen(0); n > 0 && !ast.Clause(keywordOf(l.src[l.pos:l.pos+n])) {
		l.fail(start, "%q is neither a number nor a name: quote the name, or put a blank behind the number", l.src[start:l.pos+n])
	}
}

// radix reads 0x4D79 and 0b101: bytes and bits, but numbers in postgres.
func (l *lexer) radix(start int) bool {
	n := l.wordLen(2)
	digits := l.src[start+2 : start+2+n]
	hexa := l.at(1) == 'x' || l.at(1) == 'X'
	if n == 0 {
		return false
	}
	l.pos += 2 + n
	l.emit(tNumber, start, l.src[start:l.pos])
	if l.dialect == Postgres {
		v, ok := new(big.Int).SetString(digits, map[bool]int{true: 16, false: 2}[hexa])
		if !ok {
			l.fail(start, "%q is not a number", l.src[start:l.pos])
		}
		l.prev().text = v.String()
		return true
	}
	if hexa && n%2 == 1 {
		digits = "0" + digits
	}
	l.binary(l.prev(), hexa, digits)
	return true
}

// sigil reads parameters, system variables, and the operators that begin like
// them.
func (l *lexer) sigil(c byte) {
	start := l.pos
	if c == '$' && l.dialect == Postgres && l.dollarString(start) {
		return
	}
	if c == '@' && l.at(1) == '@' {
		n := l.wordLen(2)
		if n == 0 || isDigit(l.at(2)) {
			l.fail(start, "a system variable needs a name after @@")
		}
		l.pos += 2 + n
		l.emit(tSysVar, start, l.src[start+2:l.pos])
		return
	}
	n := 0
	if isDigit(l.at(1)) {
		for isDigit(l.at(1 + n)) {
			n++
		}
	} else if c == ':' || c == '@' {
		n = l.wordLen(1)
	}
	switch {
	case n == 0 && c == '?', n > 0 && c != '@', n > 0 && !isDigit(l.at(1)):
		l.pos += 1 + n
		l.emit(tParam, start, l.src[start:l.pos])
	case c == '$' || c == '@' && l.at(1) != '>':
		l.fail(start, "%q starts no parameter: write ?, $1, :name or @name", string(c))
	default:
		l.operator()
	}
}

// The longest operators come first.
var operators = [...]string{"->>", "#>>", "<=>", "!~*",
	"<>", "!=", "<=", ">=", "||", "&&", "<<", ">>", "->", "#>", "@>", "<@", "::", ":=", "=>", "==", "~*", "!~", "[]"}

func (l *lexer) operator() {
	start, rest := l.pos, l.src[l.pos:]
	for _, op := range operators {
		if !strings.HasPrefix(rest, op) {
			continue
		}
		if op == "<@" && (l.wordLen(2) > 0 || l.at(2) == '@') {
			continue // a<@p compares with a parameter
		}
		if l.dialect == MySQL && (op == "!~" || op == "!~*" || op == "~*") {
			continue // ! and ~ are prefix operators there
		}
		l.pos += len(op)
		l.emit(tOp, start, op)
		return
	}
	c := rest[0]
	if !strings.ContainsRune("()[]{},;.+-*/%=<>!&|^~#:", rune(c)) || c == '#' && l.dialect == ANSI {
		l.fail(start, "unexpected character %q", rune(c))
	}
	l.pos++
	l.emit(tOp, start, rest[:1])
	switch c {
	case '[':
		l.brackets++
	case ']':
		l.brackets--
	}
}

// bracketIsName tells [Order] from the brackets of ARRAY[1, 2] and text[]. A
// bracket right behind a name is refused: a[1] is an element elsewhere, and
// would be an alias here.
func (l *lexer) bracketIsName() bool {
	if l.at(1) == ']' {
		return false
	}
	prev := l.prev()
	adjacent := int(prev.end) == l.pos
	if prev.upper == "ARRAY" && (adjacent || l.dialect == Postgres) {
		return false
	}
	if l.brackets > 0 && prev.kind == tOp && (prev.text == "[" || prev.text == ",") {
		return false
	}
	name := prev.kind == tIdent || prev.kind == tWord && !ast.Clause(prev.upper) || prev.kind == tOp && prev.text == ")"
	if adjacent && name {
		l.fail(l.pos, "array subscripts are not supported; for an alias put a blank before [")
	}
	return true
}
