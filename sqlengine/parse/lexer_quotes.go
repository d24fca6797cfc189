package parse

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

const backslashAdvice = "a backslash right before a quote is ambiguous: one dialect ends the string there and another reads on; " +
	"bind the value as a parameter, or name the dialect (Dialect=mysql or Dialect=postgres)"

// skipBlanks passes over white space and comments, and emits hints.
func (l *lexer) skipBlanks() {
	for l.pos < len(l.src) {
		c := l.src[l.pos]
		switch {
		case c == ' ' || c >= '\t' && c <= '\r':
			l.pos++
		case c == 0xC2 && l.at(1) == 0xA0: // no-break space, as office programs paste it
			l.pos += 2
		case l.pos == 0 && strings.HasPrefix(l.src, "\uFEFF"):
			l.pos += 3
		case c == '-' && l.at(1) == '-' && (l.dialect != MySQL || l.at(2) <= ' '):
			l.skipLine()
		case c == '#' && l.dialect == MySQL:
			l.skipLine()
		case c == '/' && l.at(1) == '*':
			l.blockComment()
		case c == '*' && l.at(1) == '/' && l.executing:
			l.executing = false
			l.pos += 2
		default:
			return
		}
	}
}

func (l *lexer) skipLine() {
	if i := strings.IndexByte(l.src[l.pos:], '\n'); i >= 0 {
		l.pos += i + 1
		return
	}
	l.pos = len(l.src)
}

func (l *lexer) blockComment() {
	start := l.pos
	if l.at(2) == '!' && l.dialect != Postgres {
		l.versionComment(start)
		return
	}
	l.pos += 2
	for depth := 1; depth > 0; {
		i := strings.IndexAny(l.src[l.pos:], "*/")
		if i < 0 {
			l.fail(start, "the comment is not closed")
		}
		l.pos += i
		switch {
		case l.at(0) == '*' && l.at(1) == '/':
			depth--
			l.pos += 2
		case l.at(0) == '/' && l.at(1) == '*' && l.dialect != MySQL:
			depth++
			l.pos += 2
		default:
			l.pos++
		}
	}
	if l.src[start+2] == '+' && l.prev().upper == "SELECT" && l.pos-start > 4 {
		l.emit(tHint, start, l.src[start+3:l.pos-2])
	}
}

// versionComment reads on inside /*!40001 … */, which mysql executes.
func (l *lexer) versionComment(start int) {
	if l.dialect == ANSI {
		l.fail(start, "/*! is a comment to some systems and executed by others: remove it, or name the dialect")
	}
	if l.executing {
		l.fail(start, "/*! inside /*! is not supported")
	}
	l.pos += 3
	l.digits()
	l.executing = true
}

// quotedString reads a string whose opening quote is at the position and whose
// token starts at start.
func (l *lexer) quotedString(start int, escapes bool) {
	quote := l.src[l.pos]
	open := l.pos
	l.pos++
	var decoded []byte // nil as long as the text can be used as it is
	from := l.pos
	for {
		i := l.pos
		for i < len(l.src) && l.src[i] != quote && (!escapes || l.src[i] != '\\') {
			i++
		}
		if i >= len(l.src) {
			l.fail(open, "the string is not closed")
		}
		if l.src[i] == '\\' {
			decoded = append(decoded, l.src[from:i]...)
			l.pos = i + 1
			decoded = l.escape(decoded, open)
			from = l.pos
			continue
		}
		if !escapes && l.dialect == ANSI && oddBackslashes(l.src[open+1:i]) {
			l.fail(i, backslashAdvice)
		}
		if i+1 < len(l.src) && l.src[i+1] == quote {
			decoded = append(decoded, l.src[from:i+1]...)
			l.pos, from = i+2, i+2
			continue
		}
		text := l.src[from:i]
		if decoded != nil {
			text = string(append(decoded, text...))
		}
		if !utf8.ValidString(text) {
			l.fail(open, "the string is not valid UTF-8")
		}
		l.pos = i + 1
		l.emit(tString, start, text)
		return
	}
}

func oddBackslashes(s string) bool {
	return (len(s)-len(strings.TrimRight(s, `\`)))%2 == 1
}

// escape decodes what follows a backslash: MySQL's list, or that of E strings.
func (l *lexer) escape(out []byte, open int) []byte {
	if l.pos >= len(l.src) {
		l.fail(open, "the string is not closed")
	}
	c := l.src[l.pos]
	l.pos++
	switch c {
	case 'n':
		return append(out, '\n')
	case 't':
		return append(out, '\t')
	case 'r':
		return append(out, '\r')
	case 'b':
		return append(out, '\b')
	}
	if l.dialect == MySQL {
		switch c {
		case '0':
			return append(out, 0)
		case 'Z':
			return append(out, 26)
		case '%', '_': // kept for LIKE, as MySQL keeps them
			return append(out, '\\', c)
		}
		return append(out, c)
	}
	switch c {
	case 'f':
		return append(out, '\f')
	case 'x':
		return l.codePoint(out, 2, 16, open)
	case 'u':
		return l.codePoint(out, 4, 16, open)
	case 'U':
		return l.codePoint(out, 8, 16, open)
	case '0', '1', '2', '3', '4', '5', '6', '7':
		l.pos--
		return l.codePoint(out, 3, 8, open)
	}
	return append(out, c)
}

// codePoint decodes up to most digits. Only ASCII may be written as a byte, so
// that the result stays valid UTF-8.
func (l *lexer) codePoint(out []byte, most, base, open int) []byte {
	n := 0
	for n < most && hexDigit(l.at(n)) >= 0 && hexDigit(l.at(n)) < base {
		n++
	}
	v, err := strconv.ParseUint(l.src[l.pos:l.pos+n], base, 32)
	if err != nil || most > 3 && n != most || most <= 3 && v >= utf8.RuneSelf || !utf8.ValidRune(rune(v)) {
		l.fail(open, "the string holds an escape that names no character")
	}
	l.pos += n
	return utf8.AppendRune(out, rune(v))
}

// quotedIdent reads "x", `x` and [x]; the closing sign is doubled to mean itself.
func (l *lexer) quotedIdent(closing byte) {
	start := l.pos
	l.pos++
	var b strings.Builder
	for {
		i := strings.IndexByte(l.src[l.pos:], closing)
		if i < 0 {
			l.fail(start, "the quoted name is not closed: %q is missing", rune(closing))
		}
		part := l.src[l.pos : l.pos+i]
		b.WriteString(part)
		if closing == '"' && l.dialect == ANSI && oddBackslashes(part) {
			l.fail(l.pos+i, backslashAdvice)
		}
		l.pos += i + 1
		if l.at(0) != closing {
			break
		}
		b.WriteByte(closing)
		l.pos++
	}
	if b.Len() == 0 {
		l.fail(start, "a quoted name must not be empty")
	}
	if !utf8.ValidString(b.String()) {
		l.fail(start, "the quoted name is not valid UTF-8")
	}
	l.emit(tIdent, start, b.String())
}

// dollarString reads $$…$$ and $tag$…$tag$.
func (l *lexer) dollarString(start int) bool {
	n := 1
	for isLetter(l.at(n)) || l.at(n) == '_' || n > 1 && isDigit(l.at(n)) {
		n++
	}
	if l.at(n) != '$' {
		return false
	}
	tag := l.src[start : start+n+1]
	body := l.src[start+n+1:]
	end := strings.Index(body, tag)
	if end < 0 {
		l.fail(start, "the string started by %s is not closed", tag)
	}
	if !utf8.ValidString(body[:end]) {
		l.fail(start, "the string is not valid UTF-8")
	}
	l.pos += len(tag)*2 + end
	l.emit(tString, start, body[:end])
	return true
}
