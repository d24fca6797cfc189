package jsonpage

import (
	"encoding/binary"
	"math/bits"
)

// entry is a key as a row may hold it. gap is the exact text that stood
// between the end of this entry's value (for the root: the row's opening
// brace) and the value of next when they were last seen together, so that
// comparing one string settles the comma, the key, the colon and the white
// space at once.
type entry struct {
	gap  string
	next *entry
	slot int // of the row; the last one is for what nobody asked for
	name string
	lead string // the gap that last led here from another member
}

const (
	maxLearned = 1024 // keys that are no columns; more are read the slow way
	maxGap     = 256  // bytes; longer gaps are read the slow way
	maxLeftOut = 8    // members of the learned order that are tried when one is missing
)

// The bytes of a word, for looking at eight at a time.
const (
	ones       = 0x0101010101010101
	highs      = 0x8080808080808080
	spaces     = 0x2020202020202020
	quotes     = 0x2222222222222222
	backslashs = 0x5c5c5c5c5c5c5c5c
)

// scanRow reads the object at p into s.row and returns where it ends, or -1.
func (s *Scanner) scanRow(p int) int {
	page, row := s.page, s.row
	clear(row) // a column that this row lacks must not keep the last row's value
	e := s.root
	for {
		if g, n := e.gap, e.next; n != nil && p+len(g) < len(page) && string(page[p:p+len(g)]) == g {
			p += len(g)
			e = n
		} else if p, e = s.member(p, e); e == nil {
			return p
		}
		t := &row[e.slot]
		if s.rejectDuplicates && t.Kind != Absent && e.slot < len(row)-1 {
			s.fail(p, "member \""+e.name+"\" is there twice in a row")
			return -1
		}
		c := page[p]
		switch {
		case c == '"':
			start := p + 1
			q := start
			for q+8 <= len(page) {
				x := binary.LittleEndian.Uint64(page[q:])
				m := ((x - spaces) | ((x ^ quotes) - ones) | ((x ^ backslashs) - ones) | x) & highs
				if m != 0 {
					q += bits.TrailingZeros64(m) >> 3
					break
				}
				q += 8
			}
			kind := String
			if q >= len(page) || page[q] != '"' {
				if q, kind = s.restOfString(start, q); q < 0 {
					return -1
				}
			}
			*t = Token{uint32(start), uint32(q), kind}
			p = q + 1
		case c-'0' <= 9 || c == '-':
			q := s.number(p)
			if q < 0 {
				return -1
			}
			*t = Token{uint32(p), uint32(q), Number}
			p = q
		default:
			// Also values with more white space before them than was learned.
			v, q := s.value(skipSpace(page, p), 0)
			if s.err != nil {
				return -1
			}
			*t = v
			p = q
		}
	}
}

// member reads what follows the value of e the long way and learns it. It
// returns the place of the next value and its entry; or the end of the row,
// or -1, and no entry.
func (s *Scanner) member(p int, e *entry) (int, *entry) {
	page, start := s.page, p
	if p < len(page) && page[p] != '}' {
		if q, n := s.skipLeftOut(p, e); n != nil {
			return q, n
		}
	}
	if e == s.root {
		p++ // the brace
	}
	p = skipSpace(page, p)
	if p < len(page) && page[p] == '}' {
		return p + 1, nil
	}
	if e != s.root {
		if p >= len(page) || page[p] != ',' {
			s.fail(p, "want a comma or } after a value")
			return -1, nil
		}
		p = skipSpace(page, p+1)
	}
	key, p := s.key(p)
	if s.err != nil {
		return -1, nil
	}
	if p >= len(page) {
		s.fail(p, "a value is missing")
		return -1, nil
	}
	n := s.lookup(key)
	if p-start <= maxGap && n.name != "" {
		e.learn(n, page[start:p], e == s.root)
	}
	return p, n
}

// learn notes that gap led from e to n.
func (e *entry) learn(n *entry, gap []byte, first bool) {
	e.next = n
	switch {
	case string(gap) == e.gap:
	case first:
		e.gap = string(gap)
	default:
		if string(gap) != n.lead {
			n.lead = string(gap)
		}
		e.gap = n.lead // shared: rows that leave members out make this happen often
	}
}

// skipLeftOut looks for the next member a few places further on in the learned
// order: servers that do not send nulls leave members out. The order itself is
// kept.
func (s *Scanner) skipLeftOut(p int, e *entry) (int, *entry) {
	if e.next == nil {
		return p, nil
	}
	rest, cut := s.page[p:], 0
	if e == s.root {
		cut = 1 // a brace stands where the comma would be
	}
	n := e.next.next
	for range maxLeftOut {
		if n == nil {
			break
		}
		g := n.lead
		if len(g) > cut && len(g) < len(rest) && (cut == 0 || g[0] == ',') && string(rest[cut:len(g)]) == g[cut:] {
			return p + len(g), n
		}
		n = n.next
	}
	return p, nil
}

// lookup finds the entry of a key, which is new or not where it was expected.
func (s *Scanner) lookup(key Token) *entry {
	name := s.keyText(key)
	if n := s.known[string(name)]; n != nil {
		return n
	}
	n := &entry{slot: len(s.columns)}
	if s.learned < maxLearned && len(name) > 0 && len(name) <= maxGap {
		n.name = string(name)
		s.known[n.name] = n
		s.learned++
	}
	return n
}
