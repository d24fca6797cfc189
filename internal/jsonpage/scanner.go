package jsonpage

import (
	"fmt"
	"math"
)

// Shape says where a page keeps its rows.
type Shape struct {
	// Path names the members from the top of the page down to the rows. An
	// empty Path means that the page itself is the array of rows.
	Path []string
	// Single takes an object in the rows' place as the only row.
	Single bool
	// Short takes an array met before the end of Path as the rows:
	// {"d":[…]} beside {"d":{"results":[…]}}.
	Short bool
	// NullRows takes a null in the rows' place as no rows.
	NullRows bool
	// Scalars takes array elements that are not objects as rows too: the
	// value is the token of column 0, the other columns are absent.
	Scalars bool
	// Sealed refuses an object that follows the wrapper of the rows on an outer
	// level. OData V2 has "d" and nothing else; Tail relies on it to tell a
	// link inside of "d" from one inside of some other object.
	Sealed bool
}

// The shapes of the known protocols.
var (
	ShapeValue   = Shape{Path: []string{"value"}}                                   // OData V4, V3 light
	ShapeResults = Shape{Path: []string{"d", "results"}, Short: true, Sealed: true} // OData V2, V3 verbose
	ShapeArray   = Shape{}                                                          // Acumatica, Sage
	ShapeEntity  = Shape{Single: true}                                              // one entity, V4
	ShapeD       = Shape{Path: []string{"d"}, Single: true, Sealed: true}           // one entity, V2
)

// Options of a Scanner.
type Options struct {
	Shape Shape
	// Capture names members of the envelope to be kept: next links, counts,
	// "error". They are found in every object on the way to the rows, before
	// or after them; the last of several wins.
	Capture []string
	// Aliases are other names that columns may have, by those names.
	Aliases map[string]string
	// RejectDuplicates makes a column that occurs twice in a row an error.
	// Otherwise the last one wins.
	RejectDuplicates bool
	// MaxDepth bounds the nesting of values; 0 means 512.
	MaxDepth int
}

const defaultMaxDepth = 512

type state uint8

const (
	atStart  state = iota
	inRows         // after '[' or a row
	afterRow       // after a row that was no array's element
	atEnd
)

// Scanner reads the rows of one page after the other. It keeps what it has
// learned about the order of keys between pages of the same table, so it is to
// be reused. It is not safe for concurrent use.
type Scanner struct {
	page  []byte // up to the end of the scanned range
	pos   int
	row   []Token // one per column, and a last one for what nobody asked for
	root  *entry  // stands before a row's first member
	state state
	first bool // no element of the array read yet

	rejectDuplicates bool
	maxDepth         int
	columns          []string
	known            map[string]*entry
	learned          int // entries of known that are no columns

	shape    Shape
	capture  []string
	captured []Token
	open     int    // objects of the envelope that are open
	met      bool   // the rows' place was met
	passed   uint64 // levels of the path whose member was met
	misfit   *ShapeError
	err      error
	rows     int
	scratch  []byte
}

// NewScanner makes a scanner for rows with the given columns, whose names are
// compared as they are, case and all. The slot of a column in Row is its index
// in columns.
func NewScanner(columns []string, o Options) (*Scanner, error) {
	if len(o.Shape.Path) > 60 {
		return nil, fmt.Errorf("json page: path of %d members to the rows is too long", len(o.Shape.Path))
	}
	s := &Scanner{
		row:              make([]Token, len(columns)+1),
		root:             &entry{},
		rejectDuplicates: o.RejectDuplicates,
		maxDepth:         o.MaxDepth,
		columns:          columns,
		known:            make(map[string]*entry, len(columns)),
		shape:            o.Shape,
		capture:          o.Capture,
		captured:         make([]Token, len(o.Capture)),
		state:            atEnd,
	}
	if s.maxDepth <= 0 {
		s.maxDepth = defaultMaxDepth
	}
	for i, name := range columns {
		if s.known[name] != nil {
			return nil, fmt.Errorf("json page: column %q is named twice", name)
		}
		s.known[name] = &entry{name: name, slot: i}
	}
	for alias, name := range o.Aliases {
		if column := s.known[name]; column != nil && s.known[alias] == nil {
			s.known[alias] = &entry{name: alias, slot: column.slot}
		}
	}
	return s, nil
}

// Reset starts a new page. The page is neither copied nor changed, and must
// not change as long as tokens of it are in use.
func (s *Scanner) Reset(page []byte) {
	off := 0
	if len(page) >= 3 && page[0] == 0xEF && page[1] == 0xBB && page[2] == 0xBF {
		off = 3 // some .NET services send a byte order mark
	}
	s.ResetRange(page, off, len(page))
}

// ResetRange starts on the value at page[off:end], as an Object or Array token
// gives them: children of an expanded navigation property, a complex value.
// Offsets of tokens count from the start of page.
func (s *Scanner) ResetRange(page []byte, off, end int) {
	s.page, s.pos = page[:end], off
	s.state = atStart
	s.open, s.passed, s.rows = 0, 0, 0
	s.misfit, s.err, s.met = nil, nil, false
	clear(s.captured)
	if uint64(len(page)) > math.MaxUint32 {
		s.err = fmt.Errorf("json page: %d bytes are more than a page may have (4 GiB)", len(page))
		s.state = atEnd
	}
}

// Next moves to the next row. When it returns false and Err is nil, the whole
// page has been proven valid to its last byte; until then, rows are those of a
// page that may yet turn out to be broken.
func (s *Scanner) Next() bool {
	switch s.state {
	case inRows:
		return s.element()
	case atStart:
		return s.enter()
	case afterRow:
		return s.envelope(s.pos)
	}
	return false
}

// Row returns the tokens of the current row by column. The slice is reused by
// the next call of Next.
func (s *Scanner) Row() []Token { return s.row[:len(s.columns)] }

// RowNumber counts the rows that Next has returned, from 1.
func (s *Scanner) RowNumber() int { return s.rows }

// Page returns the bytes that tokens point into.
func (s *Scanner) Page() []byte { return s.page }

// Columns returns the names in slot order.
func (s *Scanner) Columns() []string { return s.columns }

// Captured returns the token of the i-th captured member, Absent when it has
// not been met (yet: members may follow the rows).
func (s *Scanner) Captured(i int) Token { return s.captured[i] }

// CapturedText returns the text of the i-th captured member, unescaped when it
// is a string; ok is false when it has not been met or is null.
func (s *Scanner) CapturedText(i int) (text string, ok bool) {
	t := s.captured[i]
	if t.IsNull() {
		return "", false
	}
	return string(AppendString(nil, s.page, t)), true
}

// Err returns what stopped the scan: a *SyntaxError, *NotJSONError or
// *ShapeError, or nil. Syntax goes before shape: a *ShapeError means that the
// page is otherwise valid to its end.
func (s *Scanner) Err() error { return s.err }

// fail ends the scan at a byte that JSON does not allow, or at the page's end.
func (s *Scanner) fail(off int, msg string) {
	if s.err == nil {
		s.err = &SyntaxError{Offset: off, Msg: msg, Truncated: off >= len(s.page)}
	}
	s.state = atEnd
}

// doesNotFit notes the first departure from the shape. The scan goes on, so
// that a broken page is reported as that, and captured members are found.
func (s *Scanner) doesNotFit(off int, missing bool, format string, args ...any) {
	if s.misfit == nil {
		s.misfit = &ShapeError{Offset: off, Msg: fmt.Sprintf(format, args...), Missing: missing}
	}
}

// beginRows starts on the array or the single object at p.
func (s *Scanner) beginRows(p int) bool {
	s.met = true
	if s.page[p] == '[' {
		s.pos, s.first, s.state = p+1, true, inRows
		return s.element()
	}
	if len(s.capture) > 0 {
		s.captureIn(p)
		if s.err != nil {
			return false
		}
	}
	end := s.scanRow(p)
	if end < 0 {
		return false
	}
	s.rows++
	s.pos, s.state = end, afterRow
	return true
}

// element reads the next element of the array of rows, or what follows it.
func (s *Scanner) element() bool {
	page, p := s.page, s.pos
	// The usual case: the rows of a page are separated by a bare comma.
	if uint(p)+1 < uint(len(page)) && page[p] == ',' && page[p+1] == '{' && !s.first {
		p = s.scanRow(p + 1)
		if p < 0 {
			return false
		}
		s.rows++
		s.pos = p
		return true
	}
	return s.elementSlow(p)
}

func (s *Scanner) elementSlow(p int) bool {
	for {
		p = skipSpace(s.page, p)
		if p >= len(s.page) {
			s.fail(p, "the array of rows is not closed")
			return false
		}
		c := s.page[p]
		if c == ']' {
			return s.envelope(p + 1)
		}
		if !s.first {
			if c != ',' {
				s.fail(p, "want a comma or ] after a row")
				return false
			}
			p = skipSpace(s.page, p+1)
			if p >= len(s.page) {
				s.fail(p, "a row is missing after the comma")
				return false
			}
			c = s.page[p]
		}
		s.first = false
		if c == '{' && s.misfit == nil {
			if p = s.scanRow(p); p < 0 {
				return false
			}
			s.rows++
			s.pos = p
			return true
		}
		t, end := s.value(p, 0)
		if s.err != nil {
			return false
		}
		if s.misfit == nil && s.shape.Scalars && len(s.columns) > 0 {
			clear(s.row)
			s.row[0] = t
			s.rows++
			s.pos = end
			return true
		}
		s.doesNotFit(p, false, "row %d is %s, want an object", s.rows+1, t.Kind)
		p = end
	}
}
