package exec

import (
	"math"

	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// chunkRows is how many rows one batch of a store has.
const (
	chunkShift = 10
	chunkRows  = 1 << chunkShift
)

// store keeps rows, packed, in chunks. A row's number is its place in order.
type store struct {
	layout *tuple.Layout
	refs   refColumns
	chunks []*tuple.Batch
	rows   int
	full   int64 // bytes of all chunks but the last
}

func newStore(l *tuple.Layout) *store { return &store{layout: l, refs: refColumnsOf(l)} }

// refColumns are the columns of a layout whose slots may refer to the arena.
type refColumns struct{ text, decimal []int }

// none reports whether there are no such columns.
func (r *refColumns) none() bool { return len(r.text)+len(r.decimal) == 0 }

func refColumnsOf(l *tuple.Layout) (r refColumns) {
	for c, t := range l.Types {
		switch t.Kind.Storage() {
		case sqltypes.StoreBytes:
			r.text = append(r.text, c)
		case sqltypes.StoreDecimal:
			r.decimal = append(r.decimal, c)
		}
	}
	return r
}

// rebase copies what a row's slots refer to from its arena into b's and
// corrects the slots. slots are src's columns in their new place.
func (r *refColumns) rebase(b *tuple.Batch, slots []uint64, src tuple.Row) error {
	for _, c := range r.text {
		if src.Null(c) {
			continue
		}
		ref := slots[c]
		off, n := ref>>32, ref&math.MaxUint32
		slots[c] = uint64(len(b.Arena))<<32 | n
		b.Arena = append(b.Arena, src.Arena[off:off+n]...)
	}
	for _, c := range r.decimal {
		if slots[c]&1 == 0 || src.Null(c) {
			continue
		}
		off, n := sqltypes.UnpackWideRef(slots[c])
		slots[c] = sqltypes.WideRef(len(b.Arena), n)
		b.Arena = append(b.Arena, src.Arena[off:off+n]...)
	}
	if len(b.Arena) > math.MaxUint32 {
		return tuple.ErrArenaFull
	}
	return nil
}

// appendRow copies a row of the same layout into a batch.
func (r *refColumns) appendRow(b *tuple.Batch, src tuple.Row) error {
	n := len(b.Slots)
	b.Slots = append(b.Slots, src.Slots...)
	return r.rebase(b, b.Slots[n+b.Layout.NullSlots():], src)
}

// add keeps a copy of a row.
func (s *store) add(src tuple.Row) error {
	b := s.tail()
	s.rows++
	return s.refs.appendRow(b, src)
}

// addBatch keeps copies of the rows of a batch: their slots at once, and then what
// these refer to.
func (s *store) addBatch(b *tuple.Batch) error {
	stride, nulls := s.layout.Stride(), s.layout.NullSlots()
	for at := 0; at < b.Len(); {
		to := s.tail()
		from := len(to.Slots)
		n := min(b.Len()-at, len(s.chunks)<<chunkShift-s.rows)
		to.Slots = append(to.Slots, b.Slots[at*stride:(at+n)*stride]...)
		s.rows += n
		for i := 0; i < n && !s.refs.none(); i++ {
			if err := s.refs.rebase(to, to.Slots[from+i*stride+nulls:], b.Row(at+i)); err != nil {
				return err
			}
		}
		at += n
	}
	return nil
}

// tail is the chunk that the next row goes to.
func (s *store) tail() *tuple.Batch {
	if s.rows < len(s.chunks)<<chunkShift {
		return s.chunks[len(s.chunks)-1]
	}
	b := tuple.NewBatch(s.layout)
	if len(s.chunks) > 0 { // a first chunk grows; the next will be as large
		last := s.chunks[len(s.chunks)-1]
		s.full += int64(last.Bytes())
		b.Slots = make([]uint64, 0, chunkRows*s.layout.Stride())
		b.Arena = make([]byte, 0, len(last.Arena)+len(last.Arena)/8)
	}
	s.chunks = append(s.chunks, b)
	return b
}

// row returns a row that was added.
func (s *store) row(i uint32) tuple.Row {
	b, stride := s.chunks[i>>chunkShift], s.layout.Stride()
	at := int(i&(chunkRows-1)) * stride
	return tuple.Row{Slots: b.Slots[at : at+stride : at+stride], Arena: b.Arena}
}

// bytes is the memory that the store holds.
func (s *store) bytes() int64 {
	if len(s.chunks) == 0 {
		return 0
	}
	return s.full + int64(s.chunks[len(s.chunks)-1].Bytes())
}

// empty forgets the rows and keeps the memory of the first chunk.
func (s *store) empty() {
	if len(s.chunks) == 0 {
		return
	}
	clear(s.chunks[1:])
	s.chunks, s.rows, s.full = s.chunks[:1], 0, 0
	s.chunks[0].Reset()
}

func (s *store) reset() { s.chunks, s.rows, s.full = nil, 0, 0 }

// maxRows is the number of rows a store can number; the largest number stands
// for "none".
const maxRows = math.MaxUint32

// none stands for a row that is not there.
const none uint32 = math.MaxUint32
