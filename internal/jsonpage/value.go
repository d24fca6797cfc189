package jsonpage

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

func skipSpace(page []byte, p int) int {
	for p < len(page) && page[p] <= ' ' {
		switch page[p] {
		case ' ', '\n', '\t', '\r':
			p++
		default:
			return p
		}
	}
	return p
}

// key reads a member's key and colon at p; the place returned is that of the
// value.
func (s *Scanner) key(p int) (Token, int) {
	page := s.page
	if p >= len(page) || page[p] != '"' {
		s.fail(p, "want a member's name in quotes")
		return Token{}, -1
	}
	t, p := s.str(p)
	if s.err != nil {
		return t, -1
	}
	p = skipSpace(page, p)
	if p >= len(page) || page[p] != ':' {
		s.fail(p, "want a colon after a member's name")
		return t, -1
	}
	return t, skipSpace(page, p+1)
}

// keyText returns a key without escapes, valid until the next call.
func (s *Scanner) keyText(key Token) []byte {
	if key.Kind == EscapedString {
		s.scratch = AppendString(s.scratch[:0], s.page, key)
		return s.scratch
	}
	return key.Bytes(s.page)
}

// value reads and validates the value at p, whatever it is, and returns its
// token and end.
func (s *Scanner) value(p, depth int) (Token, int) {
	page := s.page
	if p >= len(page) {
		s.fail(p, "a value is missing")
		return Token{}, -1
	}
	switch c := page[p]; {
	case c == '"':
		return s.str(p)
	case c == '-' || c-'0' <= 9:
		end := s.number(p)
		return Token{uint32(p), uint32(end), Number}, end
	case c == 't':
		return s.literal(p, "true", True)
	case c == 'f':
		return s.literal(p, "false", False)
	case c == 'n':
		return s.literal(p, "null", Null)
	case c == '{':
		end := s.object(p, depth+1)
		return Token{uint32(p), uint32(end), Object}, end
	case c == '[':
		end := s.array(p, depth+1)
		return Token{uint32(p), uint32(end), Array}, end
	}
	s.fail(p, "want a value")
	return Token{}, -1
}

func (s *Scanner) literal(p int, text string, kind Kind) (Token, int) {
	rest := s.page[p:]
	if len(rest) >= len(text) && string(rest[:len(text)]) == text {
		end := p + len(text)
		return Token{uint32(p), uint32(end), kind}, end
	}
	i := 0
	for i < len(rest) && rest[i] == text[i] {
		i++
	}
	s.fail(p+i, "want "+text)
	return Token{}, -1
}

func (s *Scanner) tooDeep(p, depth int) bool {
	if depth <= s.maxDepth {
		return false
	}
	s.fail(p, "values are nested too deeply")
	return true
}

func (s *Scanner) object(p, depth int) int {
	if s.tooDeep(p, depth) {
		return -1
	}
	page := s.page
	p = skipSpace(page, p+1)
	if p < len(page) && page[p] == '}' {
		return p + 1
	}
	for {
		_, at := s.key(p)
		if s.err != nil {
			return -1
		}
		_, p = s.value(at, depth)
		if s.err != nil {
			return -1
		}
		p = skipSpace(page, p)
		if p >= len(page) {
			s.fail(p, "an object is not closed")
			return -1
		}
		if page[p] == '}' {
			return p + 1
		}
		if page[p] != ',' {
			s.fail(p, "want a comma or } after a value")
			return -1
		}
		p = skipSpace(page, p+1)
	}
}

func (s *Scanner) array(p, depth int) int {
	if s.tooDeep(p, depth) {
		return -1
	}
	page := s.page
	p = skipSpace(page, p+1)
	if p < len(page) && page[p] == ']' {
		return p + 1
	}
	for {
		_, p = s.value(p, depth)
		if s.err != nil {
			return -1
		}
		p = skipSpace(page, p)
		if p >= len(page) {
			s.fail(p, "an array is not closed")
			return -1
		}
		if page[p] == ']' {
			return p + 1
		}
		if page[p] != ',' {
			s.fail(p, "want a comma or ] after a value")
			return -1
		}
		p = skipSpace(page, p+1)
	}
}

// str reads the string whose opening quote is at p.
func (s *Scanner) str(p int) (Token, int) {
	start := p + 1
	q, kind := s.restOfString(start, start)
	if q < 0 {
		return Token{}, -1
	}
	return Token{uint32(start), uint32(q), kind}, q + 1
}

// restOfString reads the string that begins at start and is plain ASCII up to
// q. It returns the place of the closing quote, or -1.
func (s *Scanner) restOfString(start, q int) (int, Kind) {
	page := s.page
	kind := String
	var high uint64
	for {
		for q+8 <= len(page) {
			x := binary.LittleEndian.Uint64(page[q:])
			// Without the high bits: those bytes are looked at in the end.
			m := ((x - spaces) | ((x ^ quotes) - ones) | ((x ^ backslashs) - ones)) &^ x & highs
			high |= x & highs
			if m != 0 {
				q += bits.TrailingZeros64(m) >> 3
				break
			}
			q += 8
		}
		for q < len(page) && page[q] >= ' ' && page[q] != '"' && page[q] != '\\' {
			high |= uint64(page[q]) & 0x80
			q++
		}
		if q >= len(page) {
			s.fail(q, "a string is not closed")
			return -1, kind
		}
		switch page[q] {
		case '"':
			if high != 0 && !utf8.Valid(page[start:q]) {
				s.fail(start+firstInvalid(page[start:q]), "a string is not valid UTF-8")
				return -1, kind
			}
			return q, kind
		case '\\':
			kind = EscapedString
			if q = s.escape(q); q < 0 {
				return -1, kind
			}
		default:
			s.fail(q, "a control character in a string must be escaped")
			return -1, kind
		}
	}
}

func firstInvalid(b []byte) int {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n <= 1 {
			return i
		}
		i += n
	}
	return len(b)
}

// escape checks the escape whose backslash is at q and returns its end, or -1.
func (s *Scanner) escape(q int) int {
	page := s.page
	if q+1 >= len(page) {
		s.fail(len(page), "a string is not closed")
		return -1
	}
	switch page[q+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return q + 2
	case 'u':
		for i := q + 2; i < q+6; i++ {
			if i >= len(page) || hexDigit(page[i]) < 0 {
				s.fail(i, `want four hexadecimal digits after \u`)
				return -1
			}
		}
		return q + 6
	}
	s.fail(q+1, `want one of "\/bfnrtu after a backslash`)
	return -1
}

func hexDigit(c byte) int {
	switch {
	case c-'0' <= 9:
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

// number reads the number at p by the grammar of RFC 8259 and returns its
// end, or -1.
func (s *Scanner) number(p int) int {
	page := s.page
	if page[p] == '-' {
		p++
	}
	switch {
	case p >= len(page) || page[p]-'0' > 9:
		s.fail(p, "want a digit")
		return -1
	case page[p] == '0':
		p++
	default:
		p = digits(page, p)
	}
	if p < len(page) && page[p] == '.' {
		q := digits(page, p+1)
		if q == p+1 {
			s.fail(q, "want a digit after the decimal point")
			return -1
		}
		p = q
	}
	if p < len(page) && page[p]|0x20 == 'e' {
		p++
		if p < len(page) && (page[p] == '+' || page[p] == '-') {
			p++
		}
		q := digits(page, p)
		if q == p {
			s.fail(q, "want a digit in the exponent")
			return -1
		}
		p = q
	}
	return p
}

func digits(page []byte, p int) int {
	for p < len(page) && page[p]-'0' <= 9 {
		p++
	}
	return p
}
