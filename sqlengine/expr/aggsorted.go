package expr

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"

	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// records keep rows of values with their sort keys, by group, flat.
type records struct {
	keys   []*Compiled
	orders []Order
	args   []*Compiled

	flat  [][]byte // by group: length of key, key, length of values, values
	count []int32
	held  int
	most  int // records of the largest group
	key   []byte
	value []byte
	list  []record // of the group that is sorted
}

// record is one row: its sort key and its values.
type record struct{ key, values []byte }

func (r *records) Grow(n int) { r.flat, r.count = grow(r.flat, n), grow(r.count, n) }

func (r *records) Add(g int, f *Frame) {
	r.key, r.value = r.key[:0], r.value[:0]
	for i, k := range r.keys {
		r.key = appendDatumSortKey(r.key, k.Type.Kind, k.eval(f), r.orders[i])
	}
	for _, a := range r.args {
		r.value = appendDatum(r.value, a.Type.Kind.Storage(), a.eval(f))
	}
	if f.Err != nil {
		return
	}
	was := cap(r.flat[g])
	b := append(binary.AppendUvarint(r.flat[g], uint64(len(r.key))), r.key...)
	b = append(binary.AppendUvarint(b, uint64(len(r.value))), r.value...)
	r.flat[g] = b
	r.held += cap(b) - was
	r.count[g]++
	r.most = max(r.most, int(r.count[g]))
}

// Merge takes the records of another group after its own.
func (r *records) merge(g int, o *records, from int) {
	was := cap(r.flat[g])
	r.flat[g] = append(r.flat[g], o.flat[from]...)
	r.held += cap(r.flat[g]) - was
	r.count[g] += o.count[from]
	r.most = max(r.most, int(r.count[g]))
}

// sorted returns a group's records in order, equal ones as they came.
func (r *records) sorted(g int) []record {
	r.list = r.list[:0]
	take := func(b []byte) (part, rest []byte) {
		n, at := binary.Uvarint(b)
		return b[at : at+int(n)], b[at+int(n):]
	}
	for b := r.flat[g]; len(b) > 0; {
		var rec record
		rec.key, b = take(b)
		rec.values, b = take(b)
		r.list = append(r.list, rec)
	}
	slices.SortStableFunc(r.list, func(a, b record) int { return bytes.Compare(a.key, b.key) })
	return r.list
}

// Bytes counts what sorting the largest group takes too.
func (r *records) Bytes() int { return r.held + 28*cap(r.flat) + 48*r.most }
func (r *records) Reset() {
	r.flat, r.count, r.held, r.most = r.flat[:0], r.count[:0], 0, 0
}

// appendDatum writes a value so that readDatum finds it again.
func appendDatum(dst []byte, s sqltypes.Storage, d datum) []byte {
	if d.Null {
		return append(dst, keyNull)
	}
	dst = append(dst, keyValue)
	switch s {
	case sqltypes.StoreInt:
		return binary.LittleEndian.AppendUint64(dst, uint64(d.I))
	case sqltypes.StoreFloat:
		return binary.LittleEndian.AppendUint64(dst, math.Float64bits(d.F))
	case sqltypes.StoreDecimal:
		if c, ok := d.D.Small(); ok {
			dst = binary.LittleEndian.AppendUint32(append(dst, 0), uint32(d.D.Scale()))
			return binary.LittleEndian.AppendUint64(dst, uint64(c))
		}
		at := len(dst) + 1
		dst = d.D.AppendWide(append(dst, 1, 0, 0, 0, 0))
		binary.LittleEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
		return dst
	}
	return append(binary.AppendUvarint(dst, uint64(len(d.B))), d.B...)
}

func readDatum(b []byte, s sqltypes.Storage) (d datum, rest []byte, err error) {
	null := b[0] == keyNull
	if b = b[1:]; null {
		return nullDatum, b, nil
	}
	switch s {
	case sqltypes.StoreInt:
		d.I, b = int64(binary.LittleEndian.Uint64(b)), b[8:]
	case sqltypes.StoreFloat:
		d.F, b = math.Float64frombits(binary.LittleEndian.Uint64(b)), b[8:]
	case sqltypes.StoreDecimal:
		head := int(binary.LittleEndian.Uint32(b[1:]))
		if b[0] == 0 {
			return datum{D: sqltypes.NewNum(int64(binary.LittleEndian.Uint64(b[5:])), head)}, b[13:], nil
		}
		d.D, err = sqltypes.ParseWide(b[5 : 5+head])
		b = b[5+head:]
	default:
		n, at := binary.Uvarint(b)
		d.B, b = b[at:at+int(n)], b[at+int(n):]
	}
	return d, b, err
}

// sortedStates keeps the arguments of a group's rows until its result is
// wanted, and then hands them on in order.
type sortedStates struct {
	records
	cells []datum
	inner States // of one group, fed from cells
	frame Frame
}

func (a *Aggregate) sortedStates(c *compiler, args []*Compiled) (States, error) {
	s := &sortedStates{records: records{args: args}, cells: make([]datum, len(args))}
	for _, t := range a.Order {
		k, err := c.compile(t.X)
		if err != nil {
			return nil, err
		}
		s.keys, s.orders = append(s.keys, k), append(s.orders, t.Order)
	}
	s.inner = a.plainStates(cellsOf(args, s.cells))
	return s, nil
}

func (s *sortedStates) Merge(g int, other States, from int) error {
	s.merge(g, &other.(*sortedStates).records, from)
	return nil
}

func (s *sortedStates) Store(g int, b *tuple.Batch, row []uint64, col int) error {
	s.inner.Reset()
	s.inner.Grow(1)
	s.frame.Err = nil
	for _, rec := range s.sorted(g) {
		values := rec.values
		for i, a := range s.args {
			var err error
			if s.cells[i], values, err = readDatum(values, a.Type.Kind.Storage()); err != nil {
				return err
			}
		}
		s.inner.Add(0, &s.frame)
		if s.frame.Err != nil {
			return s.frame.Err
		}
	}
	return s.inner.Store(0, b, row, col)
}

func (s *sortedStates) Bytes() int { return s.records.Bytes() + s.inner.Bytes() }
func (s *sortedStates) Reset() {
	s.records.Reset()
	s.inner.Reset()
}
