package exec

import (
	"slices"

	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// part is where the columns of one input lie in wider rows.
type part struct {
	layout *tuple.Layout
	at     int // the first column there
	slot   int // its slot
	refs   refColumns
	mask   []uint64 // null bits of the columns there
}

func newPart(in, wide *tuple.Layout, at int) part {
	p := part{layout: in, at: at, slot: wide.Slot(at), refs: refColumnsOf(in), mask: make([]uint64, wide.NullSlots())}
	for c := range in.Types {
		tuple.SetNull(p.mask, at+c)
	}
	return p
}

// place writes a row's slots as they are: its references go to the arena that
// the row came with.
func (p *part) place(dst []uint64, src []uint64) {
	from := src[p.layout.NullSlots():]
	to := dst[p.slot : p.slot+len(from)]
	//lint:ignore S1001 there are few slots, and a call of copy costs more
	for i, w := range from {
		to[i] = w
	}
	if len(p.mask) == 1 {
		dst[0] = dst[0]&^p.mask[0] | src[0]<<p.at&p.mask[0]
		return
	}
	for w, m := range p.mask {
		dst[w] &^= m
	}
	word, shift := p.at>>6, p.at&63
	for _, bits := range src[:p.layout.NullSlots()] {
		if word == len(p.mask) { // bits of no column
			return
		}
		dst[word] |= bits << shift & p.mask[word]
		if word++; shift > 0 && word < len(p.mask) {
			dst[word] |= bits >> (64 - shift) & p.mask[word]
		}
	}
}

// put writes a row and copies its text into b's arena.
func (p *part) put(b *tuple.Batch, dst []uint64, src tuple.Row) error {
	p.place(dst, src.Slots)
	return p.refs.rebase(b, dst[p.slot:], src)
}

// putNulls writes a row of NULLs.
func (p *part) putNulls(dst []uint64) {
	for w, m := range p.mask {
		dst[w] |= m
	}
	clear(dst[p.slot : p.slot+p.layout.Columns()])
}

// extend lengthens a batch by n rows whose content is anything.
func extend(b *tuple.Batch, n int) []uint64 {
	at := len(b.Slots)
	n *= b.Layout.Stride()
	b.Slots = slices.Grow(b.Slots, n)[:at+n]
	return b.Slots[at:]
}

// joinedLayout is that of left rows with right rows beside them.
func joinedLayout(left, right *tuple.Layout) *tuple.Layout {
	return tuple.NewLayout(append(slices.Clip(slices.Clone(left.Types)), right.Types...))
}

// joinCond tests a condition over a probe row and a build row. Only the
// columns that it reads are brought together.
type joinCond struct {
	test         func(*expr.Frame) (bool, error)
	frame        *expr.Frame
	row          *tuple.Batch // one row of left's and right's columns
	probe, build []slotMove
	probeLayout  *tuple.Layout
	buildLayout  *tuple.Layout
	text         int // the arena up to here is the probe row's
}

// joinCond compiles a condition; probeLeft tells which side is which.
func (r *run) joinCond(s *scope, n expr.Node, left, right *tuple.Layout, probeLeft bool) (*joinCond, error) {
	if n == nil {
		return nil, nil
	}
	l := joinedLayout(left, right)
	test, err := expr.Predicate(n, l)
	if err != nil {
		return nil, err
	}
	c := &joinCond{test: test, frame: r.frame(s), row: tuple.NewBatch(l)}
	var fromLeft, fromRight []slotMove
	reads := expr.Columns(n)
	for i := range l.Columns() {
		if !reads[i] {
			continue
		}
		if i < left.Columns() {
			fromLeft = append(fromLeft, slotMove{i, i})
		} else {
			fromRight = append(fromRight, slotMove{i - left.Columns(), i})
		}
	}
	c.probe, c.build, c.probeLayout, c.buildLayout = fromLeft, fromRight, left, right
	if !probeLeft {
		c.probe, c.build, c.probeLayout, c.buildLayout = fromRight, fromLeft, right, left
	}
	c.row.AddRow()
	return c, nil
}

func (c *joinCond) setProbe(r tuple.Row) error {
	c.row.Arena = c.row.Arena[:0]
	err := c.copy(c.probe, c.probeLayout, r)
	c.text = len(c.row.Arena)
	return err
}

func (c *joinCond) copy(moves []slotMove, l *tuple.Layout, r tuple.Row) error {
	for _, m := range moves {
		if err := c.row.CopyColumn(c.row.Slots, m.to, r, l, m.from); err != nil {
			return err
		}
	}
	return nil
}

// matches tests the probe row with a build row.
func (c *joinCond) matches(r tuple.Row) (bool, error) {
	c.row.Arena = c.row.Arena[:c.text]
	if err := c.copy(c.build, c.buildLayout, r); err != nil {
		return false, err
	}
	move(c.frame, c.row.Row(0))
	return c.test(c.frame)
}

// built holds the rows of one side of a join by their keys. As long as every row
// has a key of its own, as behind a primary key, row and key have one number;
// from the first that has not, chained is set.
type built struct {
	chained bool
	rows    *store // nil when only the keys count
	keys    *keyTable
	first   []uint32 // row, by key; without rows, 0 where there is one
	last    []uint32 // row, by key
	next    []uint32 // row of the same key, by row
	nulls   []uint32 // rows whose key is NULL, where they count
	count   int64    // rows in all, kept or not
	null    bool     // one of them had the key NULL
}

func (b *built) reset(ints bool) {
	b.clear(ints)
	b.count, b.null = 0, false
}

// clear forgets the rows, but not whether there were any.
func (b *built) clear(ints bool) {
	if b.rows != nil {
		b.rows.reset()
	}
	b.keys = newKeyTable(ints)
	b.first, b.last, b.next, b.nulls, b.chained = nil, nil, nil, nil, false
}

// spill writes all rows to partitions, those of one key in their order.
func (b *built) spill(to *partitions) error {
	for id, hash := range b.keys.hashes {
		for row := b.head(uint32(id)); row != none; row = b.after(row) {
			if err := to.add(hash, b.rows.row(row)); err != nil {
				return err
			}
		}
	}
	for _, row := range b.nulls {
		if err := to.add(0, b.rows.row(row)); err != nil {
			return err
		}
	}
	return nil
}

// add keeps a row, under a key's number if it has one.
func (b *built) add(row tuple.Row, id uint32) error {
	b.count++
	if b.rows == nil {
		b.lengthen(id)
		if id != none {
			b.first[id] = 0
		}
		return nil
	}
	n := uint32(b.rows.rows)
	if n == none-1 {
		return tooManyRows("hash join build side")
	}
	if err := b.rows.add(row); err != nil {
		return err
	}
	if !b.chained {
		if id == n {
			return nil
		}
		b.chain(n)
	}
	b.lengthen(id)
	b.next = append(b.next, none)
	if id == none {
		return nil
	}
	for len(b.last) < len(b.first) {
		b.last = append(b.last, none)
	}
	if b.first[id] == none {
		b.first[id] = n
	} else {
		b.next[b.last[id]] = n
	}
	b.last[id] = n
	return nil
}

// lengthen makes room for a key's number.
func (b *built) lengthen(id uint32) {
	for id != none && int(id) >= len(b.first) {
		b.first = append(b.first, none)
	}
}

// chain begins to keep the rows of a key apart from its number, after n rows.
func (b *built) chain(n uint32) {
	b.chained = true
	for i := range n {
		b.first, b.last, b.next = append(b.first, i), append(b.last, i), append(b.next, none)
	}
}

// after returns the next row of the same key.
func (b *built) after(row uint32) uint32 {
	if b.chained {
		return b.next[row]
	}
	return none
}

// head returns the first row of a key.
func (b *built) head(id uint32) uint32 {
	if !b.chained && b.rows != nil {
		if uint64(id) < uint64(b.rows.rows) {
			return id
		}
		return none
	}
	if uint64(id) < uint64(len(b.first)) {
		return b.first[id]
	}
	return none
}

func (b *built) bytes() int64 {
	n := b.keys.bytes() + 4*int64(cap(b.first)+cap(b.last)+cap(b.next)+cap(b.nulls))
	if b.rows != nil {
		n += b.rows.bytes()
	}
	return n
}
