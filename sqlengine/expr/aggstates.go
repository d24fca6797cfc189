package expr

import (
	"encoding/binary"

	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// grow lengthens a slice to n zero values, doubling its room.
func grow[T any](s []T, n int) []T {
	if n <= len(s) {
		return s
	}
	if n <= cap(s) {
		clear(s[len(s):n])
		return s[:n]
	}
	out := make([]T, n, max(n, 2*cap(s)))
	copy(out, s)
	return out
}

var errNoMerge = errf(stateUnsupported, "DISTINCT and text aggregates cannot be merged from parts")

type countStates struct {
	args []*Compiled
	n    []int64
}

func (s *countStates) Grow(n int) { s.n = grow(s.n, n) }
func (s *countStates) Add(g int, f *Frame) {
	for _, a := range s.args {
		if a.isNull(f) {
			return
		}
	}
	s.n[g]++
}
func (s *countStates) Merge(g int, other States, from int) error {
	s.n[g] += other.(*countStates).n[from]
	return nil
}
func (s *countStates) Store(g int, b *tuple.Batch, row []uint64, col int) error {
	b.Layout.SetInt(row, col, s.n[g])
	return nil
}
func (s *countStates) Bytes() int { return 8 * cap(s.n) }
func (s *countStates) Reset()     { s.n = s.n[:0] }

// spanSum adds intervals, or takes their mean.
type spanSum struct {
	arg  bytesFunc
	mean bool
	n    []int64
	sum  []sqltypes.Span
}

func (s *spanSum) Grow(n int) { s.n, s.sum = grow(s.n, n), grow(s.sum, n) }
func (s *spanSum) add(g int, v sqltypes.Span) error {
	sum, err := s.sum[g].Add(v)
	if err != nil {
		return numError(err)
	}
	s.sum[g] = sum
	return nil
}
func (s *spanSum) Add(g int, f *Frame) {
	b, null := s.arg(f)
	if null {
		return
	}
	s.n[g]++
	if err := s.add(g, sqltypes.DecodeSpan(b)); err != nil {
		f.Fail(err)
	}
}
func (s *spanSum) Merge(g int, other States, from int) error {
	o := other.(*spanSum)
	s.n[g] += o.n[from]
	return s.add(g, o.sum[from])
}
func (s *spanSum) Store(g int, b *tuple.Batch, row []uint64, col int) error {
	if s.n[g] == 0 {
		tuple.SetNull(row, col)
		return nil
	}
	v := s.sum[g]
	if s.mean {
		var err error
		if v, err = meanSpan(v, s.n[g]); err != nil {
			return numError(err)
		}
	}
	var buf [sqltypes.SpanBytes]byte
	return b.SetBytes(row, col, v.AppendEncoded(buf[:0]))
}
func (s *spanSum) Bytes() int { return 8*cap(s.n) + 24*cap(s.sum) }
func (s *spanSum) Reset()     { s.n, s.sum = s.n[:0], s.sum[:0] }

// extremes keeps the smallest (-1), the largest (1) or the first (0) value.
type extremes struct {
	sign  int
	arg   *Compiled
	kind  sqltypes.Kind
	has   []bool
	ints  []int64
	float []float64
	nums  []sqltypes.Num
	bytes [][]byte
	held  int
}

func extremeStates(sign int) func(*Aggregate, []*Compiled) States {
	return func(a *Aggregate, args []*Compiled) States {
		return &extremes{sign: sign, arg: args[0], kind: a.T.Kind}
	}
}

func (s *extremes) Grow(n int) {
	s.has = grow(s.has, n)
	switch {
	case s.arg.Int != nil:
		s.ints = grow(s.ints, n)
	case s.arg.Float != nil:
		s.float = grow(s.float, n)
	case s.arg.Num != nil:
		s.nums = grow(s.nums, n)
	default:
		s.bytes = grow(s.bytes, n)
	}
}

func (s *extremes) Add(g int, f *Frame) {
	if s.sign == 0 && s.has[g] {
		return
	}
	if s.ints != nil {
		if v, null := s.arg.Int(f); !null && (!s.has[g] || cmpInt(v, s.ints[g])*s.sign > 0) {
			s.has[g], s.ints[g] = true, v
		}
		return
	}
	if d := s.arg.eval(f); !d.Null {
		s.take(g, d)
	}
}

func (s *extremes) take(g int, d datum) {
	if s.has[g] {
		// Of equal numbers the last one stays, as in PostgreSQL: 2.50 after 2.5.
		if c := compareDatum(s.kind, d, s.at(g)) * s.sign; c < 0 || c == 0 && (s.nums == nil || s.sign == 0) {
			return
		}
	}
	s.has[g] = true
	switch {
	case s.ints != nil:
		s.ints[g] = d.I
	case s.float != nil:
		s.float[g] = d.F
	case s.nums != nil:
		s.nums[g] = d.D
	default:
		was := cap(s.bytes[g])
		s.bytes[g] = append(s.bytes[g][:0], d.B...)
		s.held += cap(s.bytes[g]) - was
	}
}

func (s *extremes) at(g int) (d datum) {
	switch {
	case s.ints != nil:
		d.I = s.ints[g]
	case s.float != nil:
		d.F = s.float[g]
	case s.nums != nil:
		d.D = s.nums[g]
	default:
		d.B = s.bytes[g]
	}
	return d
}

func (s *extremes) Merge(g int, other States, from int) error {
	if o := other.(*extremes); o.has[from] {
		s.take(g, o.at(from))
	}
	return nil
}

func (s *extremes) Store(g int, b *tuple.Batch, row []uint64, col int) error {
	if !s.has[g] {
		tuple.SetNull(row, col)
		return nil
	}
	switch {
	case s.ints != nil:
		b.Layout.SetInt(row, col, s.ints[g])
	case s.float != nil:
		b.Layout.SetFloat(row, col, s.float[g])
	case s.nums != nil:
		return b.SetNum(row, col, s.nums[g])
	default:
		return b.SetBytes(row, col, s.bytes[g])
	}
	return nil
}

func (s *extremes) Bytes() int {
	return cap(s.has) + 8*cap(s.ints) + 8*cap(s.float) + 24*cap(s.nums) + 24*cap(s.bytes) + s.held
}

func (s *extremes) Reset() {
	s.has, s.ints, s.float, s.nums, s.bytes, s.held = s.has[:0], s.ints[:0], s.float[:0], s.nums[:0], s.bytes[:0], 0
}

// textStates joins text. Each row brings the separator before it.
type textStates struct {
	arg  bytesFunc
	sep  bytesFunc
	has  []bool
	text [][]byte
	held int
}

func (s *textStates) Grow(n int) { s.has, s.text = grow(s.has, n), grow(s.text, n) }
func (s *textStates) Add(g int, f *Frame) {
	v, null := s.arg(f)
	if null {
		return
	}
	was := cap(s.text[g])
	if s.has[g] {
		sep, _ := s.sep(f) // NULL is none
		s.text[g] = append(s.text[g], sep...)
	}
	s.has[g], s.text[g] = true, append(s.text[g], v...)
	s.held += cap(s.text[g]) - was
}
func (s *textStates) Merge(int, States, int) error { return errNoMerge }
func (s *textStates) Store(g int, b *tuple.Batch, row []uint64, col int) error {
	if !s.has[g] {
		tuple.SetNull(row, col)
		return nil
	}
	return b.SetBytes(row, col, s.text[g])
}
func (s *textStates) Bytes() int { return cap(s.has) + 24*cap(s.text) + s.held }
func (s *textStates) Reset()     { s.has, s.text, s.held = s.has[:0], s.text[:0], 0 }

// distinctStates lets each value of a group through once.
type distinctStates struct {
	args []*Compiled
	// keepsNulls says that NULL is a value.
	keepsNulls bool
	cells      []datum // the row's values, read by inner
	seen       map[string]struct{}
	key        []byte
	inner      States
	held       int
}

func (s *distinctStates) Grow(n int) { s.inner.Grow(n) }
func (s *distinctStates) Add(g int, f *Frame) {
	s.key = binary.AppendUvarint(s.key[:0], uint64(g))
	for i, a := range s.args {
		d := a.eval(f)
		if d.Null && !s.keepsNulls {
			return
		}
		s.cells[i] = d
		s.key = appendDatumKey(s.key, a.Type.Kind, d)
	}
	if _, ok := s.seen[string(s.key)]; ok || f.Err != nil {
		return
	}
	s.seen[string(s.key)] = struct{}{}
	s.held += len(s.key) + 40 // the string, its header and the map's share
	s.inner.Add(g, f)
}
func (s *distinctStates) Merge(int, States, int) error { return errNoMerge }
func (s *distinctStates) Store(g int, b *tuple.Batch, row []uint64, col int) error {
	return s.inner.Store(g, b, row, col)
}
func (s *distinctStates) Bytes() int { return s.held + s.inner.Bytes() }
func (s *distinctStates) Reset() {
	clear(s.seen)
	s.held = 0
	s.inner.Reset()
}

func meanSpan(sum sqltypes.Span, n int64) (sqltypes.Span, error) {
	share, err := sqltypes.NumFromInt(1).QuoScale(sqltypes.NumFromInt(n), 30)
	if err != nil {
		return sum, err
	}
	return sum.Times(share)
}
