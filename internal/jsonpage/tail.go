package jsonpage

import "bytes"

// maxTailMembers bounds how many members Tail walks back over; links stand
// last or nearly so.
const maxTailMembers = 8

// Tail finds the member called name among the last members of a page's
// envelope without looking at the rows, so that the next page can be asked for
// before this one is scanned. ok is false when the page's end does not prove
// the answer; it does not mean that there is no such member.
//
// The proof goes backward from the page's last byte. The last brace closes the
// top-level object. A quote with no backslash before it always delimits a
// string, so from there on each quote is known to end or to begin one, and the
// text before a brace is that object's last member. Text that looks like a
// link inside of a row's string has backslashes before its quotes and ends the
// walk. For any page that a Scanner of the same shape accepts, the answer is
// the one it captures.
func Tail(page []byte, shape Shape, name string) (_ Token, ok bool) {
	depth := len(shape.Path)
	if depth == 0 || depth > 1 && !shape.Sealed || uint64(len(page)) >= 1<<32 {
		return Token{}, false
	}
	p := len(page) // everything from here on is understood
	for range depth {
		if p = backSpace(page, p); p == 0 || page[p-1] != '}' {
			return Token{}, false
		}
		p--
	}
	for range maxTailMembers {
		value, at, ok := lastValue(page, p)
		if !ok {
			return Token{}, false
		}
		if p = backSpace(page, at); p == 0 || page[p-1] != ':' {
			return Token{}, false
		}
		key, at, ok := lastString(page, backSpace(page, p-1))
		if !ok || key.Kind != String { // an escaped key may be the name in disguise
			return Token{}, false
		}
		if string(key.Bytes(page)) == name {
			return value, true
		}
		if p = backSpace(page, at); p == 0 || page[p-1] != ',' {
			return Token{}, false
		}
		p--
	}
	return Token{}, false
}

func backSpace(page []byte, p int) int {
	for p > 0 && skipSpace(page[p-1:p], 0) == 1 {
		p--
	}
	return p
}

// lastValue reads the string or scalar that ends before p, and says where it
// starts.
func lastValue(page []byte, p int) (_ Token, at int, ok bool) {
	p = backSpace(page, p)
	if p > 0 && page[p-1] == '"' {
		return lastString(page, p)
	}
	at = p
	for at > 0 && isScalarByte(page[at-1]) {
		at--
	}
	s := Scanner{page: page[:p]}
	t, end := s.value(at, 0)
	return t, at, s.err == nil && end == p
}

func isScalarByte(c byte) bool {
	return c-'0' <= 9 || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '-' || c == '+' || c == '.'
}

// lastString reads the string whose closing quote is right before p.
func lastString(page []byte, p int) (_ Token, at int, ok bool) {
	if p < 2 || page[p-1] != '"' || page[p-2] == '\\' {
		return Token{}, 0, false
	}
	at = bytes.LastIndexByte(page[:p-1], '"')
	if at < 0 || at > 0 && page[at-1] == '\\' {
		return Token{}, 0, false
	}
	s := Scanner{page: page[:p]}
	t, end := s.str(at)
	return t, at, s.err == nil && end == p
}
