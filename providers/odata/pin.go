package odata

import (
	"io"
	"slices"

	"github.com/epicorerp/epicorerp/internal/fetch"
	"github.com/epicorerp/epicorerp/internal/jsonpage"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// pin parts what is left of a scan after its first page in two, where the
// first sort key is a column that usually has one value in all rows, and had so
// on that page: the rows with that value, which are paged by the keys that
// follow, and those with another, of which there are none as a rule. It holds
// whatever collation the server has, since a row is on one side of its "eq" and
// "ne" or on the other, and since the page was sorted by the column.
//
// The others come after the rest: the first row of all had the value.
func (l *lead) pin() {
	c := l.c
	s := c.s
	if !s.pinnable() || c.pages != 1 || c.next != "" || c.grow || c.start == nil || !sameIdentity(c.start[:1], c.last[:1]) {
		return
	}
	p := s.order[0].property
	value, err := s.svc.Traits.literal(p, c.last[0])
	if err != nil {
		return
	}
	same, other := p.Wire()+" eq "+value, p.Wire()+" ne "+value
	pinned := s.withoutFirstKey()
	next := pinned.chain(joinFilters([]string{c.filter, same}))
	next.stop, next.received, next.bytes, next.pages, next.most, next.total = c.stop, c.received, c.bytes, c.pages, c.most, c.total
	next.start, next.last = c.start[1:], c.last[1:]
	if !slices.Contains(s.conjuncts, same) {
		l.others = s.chain(joinFilters([]string{c.filter, other}))
	}
	c.finish(nil)
	l.c = next
}

// pinnable says whether the keys behind the first one can be paged by, once
// the first has one value.
func (s *scan) pinnable() bool {
	t := &s.svc.Traits
	if !s.keyed || s.keyset || !t.Keyset || len(s.order) < 2 || s.order[0].property.Nullable ||
		!slices.Contains(t.UniformColumns, s.order[0].property.Name) {
		return false
	}
	for _, k := range s.order[1:] {
		if !t.resumable(k.property) {
			return false
		}
	}
	return true
}

// withoutFirstKey returns the scan in the order of its other keys, which tell
// rows apart where the first key has one value.
func (s *scan) withoutFirstKey() *scan {
	clone := s.fresh()
	clone.header, clone.stats, clone.wg = s.header, s.stats, s.wg
	clone.order, clone.keyset = s.order[1:], true
	clone.identity = jsonpage.Projection{Layout: tuple.NewLayout(slices.Clone(s.identity.Layout.Types[1:])), Paths: s.identity.Paths[1:]}
	return clone
}

// goOn takes up the rows with another value, if the stretch has ended and some
// are wanted still.
func (l *lead) goOn() bool {
	if l.others == nil {
		return false
	}
	if l.c.stop > 0 {
		l.others.stop = l.c.stop - l.c.received
		if l.others.stop <= 0 {
			return false
		}
	}
	l.c, l.others = l.others, nil
	return true
}

// sequence gives one more stretch after some windows.
type sequence struct {
	windows
	last *chain
}

func (s *sequence) next() (fetch.Segment, error) {
	segment, err := s.windows.next()
	if err == io.EOF && s.last != nil {
		segment, err, s.last = s.last, nil, nil
	}
	return segment, err
}
