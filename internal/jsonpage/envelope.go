package jsonpage

import "strings"

// The envelope is what surrounds the rows: the objects on the path to them.

// enter goes from the page's first byte to its first row.
func (s *Scanner) enter() bool {
	p := skipSpace(s.page, s.pos)
	if p >= len(s.page) {
		s.fail(len(s.page), "the page is empty")
		return false
	}
	if c := s.page[p]; c != '{' && c != '[' {
		if _, end := s.value(p, 0); s.err != nil || skipSpace(s.page, end) < len(s.page) {
			s.err = &NotJSONError{Prefix: printablePrefix(s.page[p:])}
			s.state = atEnd
			return false
		}
	}
	p, rows := s.descend(p)
	if rows {
		return s.beginRows(p)
	}
	if s.err != nil {
		return false
	}
	return s.envelope(p)
}

// descend looks at the value at p, which stands on the path to the rows at
// level s.open. With rows, p is where they start; else it is where the
// envelope goes on.
func (s *Scanner) descend(p int) (_ int, rows bool) {
	if p >= len(s.page) {
		s.fail(p, "a value is missing")
		return p, false
	}
	level, last := s.open, len(s.shape.Path)
	c := s.page[p]
	fits := false
	switch {
	case s.misfit != nil: // only validate what is left
		fits = true
	case c == '[' && (level == last || s.shape.Short):
		return p, true
	case c == '{' && level < last:
		s.open++
		return p + 1, false
	case c == '{' && s.shape.Single:
		return p, true
	case c == 'n' && level == last && s.shape.NullRows:
		fits, s.met = true, true
	}
	t, end := s.value(p, 0)
	if s.err != nil {
		return p, false
	}
	if !fits {
		s.doesNotFit(p, level < last, "%s at %s, want %s", t.Kind, s.place(level), s.wanted(level))
		if level == 0 && c == '{' { // an error body where an array was due
			s.captureIn(p)
		}
	}
	return end, false
}

func (s *Scanner) place(level int) string {
	if level == 0 {
		return "the top"
	}
	return strings.Join(s.shape.Path[:level], ".")
}

func (s *Scanner) wanted(level int) string {
	switch {
	case level < len(s.shape.Path) && s.shape.Short:
		return "an object with the rows or their array"
	case level < len(s.shape.Path):
		return "an object that holds the rows"
	case s.shape.Single:
		return "an array of rows or one row"
	}
	return "an array of rows"
}

// envelope reads members of the open objects. It returns true on a row, false
// at the page's end or on an error.
func (s *Scanner) envelope(p int) bool {
	for s.open > 0 {
		next, rows := s.envelopeMember(p)
		if s.err != nil {
			return false
		}
		if rows {
			return s.beginRows(next)
		}
		p = next
	}
	return s.finish(p)
}

// envelopeMember reads one member, or the end of the innermost open object.
func (s *Scanner) envelopeMember(p int) (_ int, rows bool) {
	begin := s.page[p-1] == '{' // no value ends in this byte
	p = skipSpace(s.page, p)
	if p >= len(s.page) {
		s.fail(p, "an object of the envelope is not closed")
		return p, false
	}
	if s.page[p] == '}' {
		s.open--
		return p + 1, false
	}
	if !begin {
		if s.page[p] != ',' {
			s.fail(p, "want a comma or } after a member")
			return p, false
		}
		p = skipSpace(s.page, p+1)
	}
	key, p := s.key(p)
	if s.err != nil {
		return p, false
	}
	name := s.keyText(key)
	level := s.open
	onPath := level <= len(s.shape.Path) && string(name) == s.shape.Path[level-1]
	switch {
	case onPath && s.passed&(1<<level) == 0:
		s.passed |= 1 << level
		return s.descend(p)
	case onPath:
		s.doesNotFit(p, false, "member %q is there twice", name)
	}
	slot := s.captureSlot(name)
	t, end := s.value(p, 0)
	if s.err != nil {
		return p, false
	}
	if slot >= 0 {
		s.captured[slot] = t
	}
	if s.shape.Sealed && t.Kind == Object && level < len(s.shape.Path) && s.passed&(1<<level) != 0 {
		s.doesNotFit(p, false, "an object follows member %q, which must be the last", s.shape.Path[level-1])
	}
	return end, false
}

func (s *Scanner) captureSlot(name []byte) int {
	for i, c := range s.capture {
		if string(name) == c {
			return i
		}
	}
	return -1
}

// captureIn looks for captured members in the object at p.
func (s *Scanner) captureIn(p int) {
	for p++; ; {
		p = skipSpace(s.page, p)
		if p < len(s.page) && s.page[p] == '}' {
			return
		}
		if p < len(s.page) && s.page[p] == ',' {
			p = skipSpace(s.page, p+1)
		}
		key, at := s.key(p)
		if s.err != nil {
			return
		}
		slot := s.captureSlot(s.keyText(key))
		t, end := s.value(at, 0)
		if s.err != nil {
			return
		}
		if slot >= 0 {
			s.captured[slot] = t
		}
		p = end
	}
}

// finish proves that nothing follows the top-level value.
func (s *Scanner) finish(p int) bool {
	s.state = atEnd
	if p = skipSpace(s.page, p); p < len(s.page) {
		s.fail(p, "want nothing after the top-level value")
		return false
	}
	if s.misfit == nil && !s.met {
		s.doesNotFit(len(s.page), true, "no member %q", strings.Join(s.shape.Path, "."))
	}
	if s.misfit != nil {
		s.err = s.misfit
	}
	return false
}
