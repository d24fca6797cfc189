package expr

import (
	"encoding/binary"
	"math"
	"math/big"

	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

var aggregateFuncs = []*aggregateFunc{
	{name: "COUNT", aliases: []string{"COUNT_BIG"}, doc: "the number of rows, or of values that are not NULL", bind: bindCount,
		states: func(_ *Aggregate, args []*Compiled) States { return &countStates{args: args} }},
	{name: "SUM", doc: "the sum of the values", bind: bindSum, states: sumStates},
	{name: "AVG", aliases: []string{"MEAN"}, doc: "the mean of the values", bind: bindAverage, states: momentStates(average)},
	{name: "MIN", doc: "the smallest value", bind: keepType, states: extremeStates(-1), sameDistinct: true},
	{name: "MAX", doc: "the largest value", bind: keepType, states: extremeStates(1), sameDistinct: true},
	{name: "ANY_VALUE", doc: "a value that is not NULL, if there is one", bind: keepType, states: extremeStates(0), sameDistinct: true},
	{name: "VAR_SAMP", aliases: []string{"VARIANCE", "VAR"}, doc: "the variance of a sample; NULL for fewer than two values", bind: bindAverage, states: momentStates(varSample)},
	{name: "VAR_POP", aliases: []string{"VARP"}, doc: "the variance of a population", bind: bindAverage, states: momentStates(varPopulation)},
	{name: "STDDEV_SAMP", aliases: []string{"STDDEV", "STDEV"}, doc: "the standard deviation of a sample; NULL for fewer than two values", bind: bindAverage, states: momentStates(stdSample)},
	{name: "STDDEV_POP", aliases: []string{"STDEVP", "STD"}, doc: "the standard deviation of a population", bind: bindAverage, states: momentStates(stdPopulation)},
	{name: "BOOL_AND", aliases: []string{"EVERY"}, doc: "whether all values are TRUE", bind: bindBool, states: extremeStates(-1), sameDistinct: true},
	{name: "BOOL_OR", doc: "whether a value is TRUE", bind: bindBool, states: extremeStates(1), sameDistinct: true},
	{name: "STRING_AGG", aliases: []string{"GROUP_CONCAT", "LISTAGG"}, doc: "the values as one text in the order of the rows, with a separator", bind: bindStringAgg,
		states: func(a *Aggregate, args []*Compiled) States { return &textStates{arg: args[0].Bytes, sep: a.sep} }},
}

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
		if a.eval(f).Null {
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

// exactSum adds numbers without loss: small ones in place, and what leaves
// int64 in a big.Int on the side.
type exactSum struct {
	small []sqltypes.Num
	large map[int]sqltypes.Num
}

func (s *exactSum) grow(n int) { s.small = grow(s.small, n) }

func (s *exactSum) add(g int, v sqltypes.Num) error {
	sum, err := s.small[g].Add(v)
	if err != nil {
		return numError(err)
	}
	if _, ok := sum.Small(); ok {
		s.small[g] = sum
		return nil
	}
	if s.large == nil {
		s.large = map[int]sqltypes.Num{}
	}
	if sum, err = sum.Add(s.large[g]); err != nil {
		return numError(err)
	}
	s.large[g], s.small[g] = sum, sqltypes.NewNum(0, sum.Scale())
	return nil
}

func (s *exactSum) sum(g int) (sqltypes.Num, error) {
	if big, ok := s.large[g]; ok {
		n, err := s.small[g].Add(big)
		if err != nil {
			return n, numError(err)
		}
		return n, nil
	}
	return s.small[g], nil
}

func (s *exactSum) merge(g int, other *exactSum, from int) error {
	v, err := other.sum(from)
	if err != nil {
		return err
	}
	return s.add(g, v)
}

func (s *exactSum) bytes() int { return 24*cap(s.small) + 96*len(s.large) }
func (s *exactSum) reset()     { s.small, s.large = s.small[:0], nil }

func sumStates(a *Aggregate, args []*Compiled) States {
	x := args[0]
	switch {
	case x.Type.Kind == sqltypes.Interval:
		return &spanSum{arg: x.Bytes}
	case x.Float != nil:
		return &moments{kind: sumOnly, arg: x, real: x.Type.Kind == sqltypes.Real}
	}
	return &moments{kind: sumOnly, arg: x, integer: a.T.Kind == sqltypes.BigInt}
}

// moment is what a moments gives in the end.
type moment uint8

const (
	sumOnly moment = iota
	average
	varSample
	varPopulation
	stdSample
	stdPopulation
)

// moments keeps count, sum and, for variances, more. Floats use the running
// update of Youngs and Cramer, as PostgreSQL does; integers and decimals the
// exact sums of the values and of their squares.
type moments struct {
	kind          moment
	arg           *Compiled
	integer, real bool
	n             []int64
	exact, square exactSum
	ints          []int64
	sum, dev      []float64
}

func momentStates(kind moment) func(*Aggregate, []*Compiled) States {
	return func(_ *Aggregate, args []*Compiled) States { return &moments{kind: kind, arg: args[0]} }
}

func (s *moments) float() bool { return s.arg.Float != nil }

func (s *moments) Grow(n int) {
	s.n = grow(s.n, n)
	if s.float() {
		s.sum = grow(s.sum, n)
		if s.kind > average {
			s.dev = grow(s.dev, n)
		}
		return
	}
	s.exact.grow(n)
	if s.kind > average {
		s.square.grow(n)
	} else if s.arg.Int != nil {
		s.ints = grow(s.ints, n)
	}
}

func (s *moments) Add(g int, f *Frame) {
	switch {
	case s.float():
		if v, null := s.arg.Float(f); !null {
			s.addFloat(g, v, f)
		}
		return
	case s.arg.Int != nil && s.kind <= average:
		v, null := s.arg.Int(f)
		if null {
			return
		}
		s.n[g]++
		if sum, ok := addInts(s.ints[g], v); ok {
			s.ints[g] = sum
		} else if err := s.exact.add(g, sqltypes.NumFromInt(v)); err != nil {
			f.Fail(err)
		}
		return
	}
	var v sqltypes.Num
	null := false
	if s.arg.Int != nil {
		var i int64
		i, null = s.arg.Int(f)
		v = sqltypes.NumFromInt(i)
	} else {
		v, null = s.arg.Num(f)
	}
	if null {
		return
	}
	s.n[g]++
	err := s.exact.add(g, v)
	if err == nil && s.kind > average {
		var sq sqltypes.Num
		if sq, err = v.Mul(v); err == nil {
			err = s.square.add(g, sq)
		}
	}
	if err != nil {
		f.Fail(numError(err))
	}
}

func (s *moments) addFloat(g int, v float64, f *Frame) {
	s.n[g]++
	sum := s.sum[g] + v
	if math.IsInf(sum, 0) && isFinite(v) && isFinite(s.sum[g]) {
		f.Fail(errFloatRange)
		return
	}
	if s.kind > average && s.n[g] > 1 {
		n := float64(s.n[g])
		t := v*n - sum
		s.dev[g] += t * t / (n * (n - 1))
		if math.IsInf(s.dev[g], 0) && isFinite(sum) {
			f.Fail(errFloatRange)
			return
		}
	}
	if s.real {
		sum = float64(float32(sum))
	}
	s.sum[g] = sum
}

func (s *moments) Merge(g int, other States, from int) error {
	o := other.(*moments)
	if o.n[from] == 0 {
		return nil
	}
	if s.float() {
		n1, n2 := float64(s.n[g]), float64(o.n[from])
		if s.kind > average {
			if n1 > 0 {
				t := s.sum[g]/n1 - o.sum[from]/n2
				s.dev[g] += n1 * n2 * t * t / (n1 + n2)
			}
			s.dev[g] += o.dev[from]
		}
		s.n[g] += o.n[from]
		s.sum[g] += o.sum[from]
		return nil
	}
	s.n[g] += o.n[from]
	if s.kind > average {
		if err := s.square.merge(g, &o.square, from); err != nil {
			return err
		}
	} else if s.arg.Int != nil {
		if err := s.exact.add(g, sqltypes.NumFromInt(o.ints[from])); err != nil {
			return err
		}
	}
	return s.exact.merge(g, &o.exact, from)
}

func (s *moments) Store(g int, b *tuple.Batch, row []uint64, col int) error {
	least := int64(1)
	if s.kind == varSample || s.kind == stdSample {
		least = 2
	}
	if s.n[g] < least {
		tuple.SetNull(row, col)
		return nil
	}
	if s.float() {
		x := floatMoment(s.kind, s.n[g], s.sum[g], s.deviation(g))
		if s.real {
			x = float64(float32(x))
		}
		b.Layout.SetFloat(row, col, x)
		return nil
	}
	sum, err := s.exact.sum(g)
	if err == nil && s.ints != nil {
		sum, err = sum.Add(sqltypes.NumFromInt(s.ints[g]))
	}
	if err != nil {
		return numError(err)
	}
	if s.integer {
		i, ok := sum.Int64()
		if !ok {
			return errRange("the SUM as BIGINT")
		}
		b.Layout.SetInt(row, col, i)
		return nil
	}
	if s.kind > sumOnly {
		var square sqltypes.Num
		if s.kind > average {
			if square, err = s.square.sum(g); err != nil {
				return err
			}
		}
		if sum, err = exactMoment(s.kind, s.n[g], sum, square); err != nil {
			return numError(err)
		}
	}
	return b.SetNum(row, col, sum)
}

func (s *moments) deviation(g int) float64 {
	if s.dev == nil {
		return 0
	}
	return s.dev[g]
}

func (s *moments) Bytes() int {
	return 8*(cap(s.n)+cap(s.ints)+cap(s.sum)+cap(s.dev)) + s.exact.bytes() + s.square.bytes()
}

func (s *moments) Reset() {
	s.n, s.ints, s.sum, s.dev = s.n[:0], s.ints[:0], s.sum[:0], s.dev[:0]
	s.exact.reset()
	s.square.reset()
}

// exactMoment follows numeric_stddev_internal of PostgreSQL: the variance is
// (N·Σx² - (Σx)²) / (N·(N-1)), or N² for a population, and its root is taken
// at the quotient's scale.
func exactMoment(kind moment, n int64, sum, square sqltypes.Num) (sqltypes.Num, error) {
	count := sqltypes.NumFromInt(n)
	if kind == average {
		return sum.Quo(count)
	}
	nSquare, err := square.Mul(count)
	if err != nil {
		return sum, err
	}
	sumSquare, err := sum.Mul(sum)
	if err != nil {
		return sum, err
	}
	top, err := nSquare.Sub(sumSquare)
	if err != nil {
		return sum, err
	}
	if top.Sign() <= 0 {
		return sqltypes.Num{}, nil
	}
	less := count
	if kind == varSample || kind == stdSample {
		less = sqltypes.NumFromInt(n - 1)
	}
	bottom, err := count.Mul(less)
	if err != nil {
		return sum, err
	}
	v, err := top.Quo(bottom)
	if err != nil || kind == varSample || kind == varPopulation {
		return v, err
	}
	return squareRoot(v), nil
}

// squareRoot rounds half up at the number's own scale.
func squareRoot(v sqltypes.Num) sqltypes.Num {
	scale := v.Scale()
	// √(c·10^-s) at one digit more: √(c·10^(s+2)) · 10^-(s+1)
	c := v.Coefficient()
	c.Mul(c, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale+2)), nil))
	return sqltypes.NumFromBig(c.Sqrt(c), scale+1).Round(scale)
}

// spanSum adds intervals.
type spanSum struct {
	arg bytesFunc
	n   []bool
	sum []sqltypes.Span
}

func (s *spanSum) Grow(n int) { s.n, s.sum = grow(s.n, n), grow(s.sum, n) }
func (s *spanSum) add(g int, v sqltypes.Span) error {
	sum, err := s.sum[g].Add(v)
	if err != nil {
		return numError(err)
	}
	s.sum[g], s.n[g] = sum, true
	return nil
}
func (s *spanSum) Add(g int, f *Frame) {
	b, null := s.arg(f)
	if null {
		return
	}
	if err := s.add(g, sqltypes.DecodeSpan(b)); err != nil {
		f.Fail(err)
	}
}
func (s *spanSum) Merge(g int, other States, from int) error {
	if o := other.(*spanSum); o.n[from] {
		return s.add(g, o.sum[from])
	}
	return nil
}
func (s *spanSum) Store(g int, b *tuple.Batch, row []uint64, col int) error {
	if !s.n[g] {
		tuple.SetNull(row, col)
		return nil
	}
	var buf [sqltypes.SpanBytes]byte
	return b.SetBytes(row, col, s.sum[g].AppendEncoded(buf[:0]))
}
func (s *spanSum) Bytes() int { return 25 * cap(s.sum) }
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
	if d := s.arg.eval(f); !d.Null {
		s.take(g, d)
	}
}

func (s *extremes) take(g int, d datum) {
	if s.has[g] && compareDatum(s.kind, d, s.at(g))*s.sign <= 0 {
		return
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

// textStates joins text.
type textStates struct {
	arg  bytesFunc
	sep  string
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
		s.text[g] = append(s.text[g], s.sep...)
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
	args  []*Compiled
	cells []datum // the row's values, read by inner
	seen  map[string]struct{}
	key   []byte
	inner States
	held  int
}

func (s *distinctStates) Grow(n int) { s.inner.Grow(n) }
func (s *distinctStates) Add(g int, f *Frame) {
	s.key = binary.AppendUvarint(s.key[:0], uint64(g))
	for i, a := range s.args {
		d := a.eval(f)
		if d.Null {
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
