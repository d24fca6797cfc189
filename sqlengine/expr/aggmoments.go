package expr

import (
	"math"
	"math/big"

	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// exactSum adds numbers without loss: small ones in place, and what leaves
// int64 in a big.Int on the side.
type exactSum struct {
	small []sqltypes.Num
	large map[int]sqltypes.Num
	// tracked counts, in top, how many values have the sum's scale.
	tracked bool
	top     []int64
}

func (s *exactSum) grow(n int) {
	if s.small = grow(s.small, n); s.tracked {
		s.top = grow(s.top, n)
	}
}

func (s *exactSum) add(g int, v sqltypes.Num) error {
	if s.tracked {
		s.noteScale(g, v.Scale(), 1)
	}
	return s.sumOf(g, v)
}

func (s *exactSum) sumOf(g int, v sqltypes.Num) error {
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
	if s.tracked {
		s.noteScale(g, v.Scale(), other.top[from])
	}
	return s.sumOf(g, v)
}

func (s *exactSum) bytes() int { return 24*cap(s.small) + 8*cap(s.top) + 96*len(s.large) }
func (s *exactSum) reset()     { s.small, s.top, s.large = s.small[:0], s.top[:0], nil }

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

// floatMoment gives the result of gathered floats.
func floatMoment(kind moment, n int64, sum, deviation float64) float64 {
	count := float64(n)
	switch kind {
	case sumOnly:
		return sum
	case average:
		return sum / count
	case varSample:
		return deviation / (count - 1)
	case varPopulation:
		return deviation / count
	case stdSample:
		return math.Sqrt(deviation / (count - 1))
	}
	return math.Sqrt(deviation / count)
}
