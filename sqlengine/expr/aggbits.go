package expr

import (
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

func bindBits(a *Aggregate) error {
	if err := keepType(a); err != nil {
		return err
	}
	if !a.T.Kind.IsInteger() {
		return errNoAggregate(a)
	}
	return nil
}

// bitsJoined joins the bits of integers.
type bitsJoined struct {
	op  string
	arg intFunc
	has []bool
	v   []int64
}

func bitStates(op string) func(*Aggregate, []*Compiled) States {
	return func(_ *Aggregate, args []*Compiled) States { return &bitsJoined{op: op, arg: args[0].Int} }
}

func (s *bitsJoined) Grow(n int) { s.has, s.v = grow(s.has, n), grow(s.v, n) }
func (s *bitsJoined) Add(g int, f *Frame) {
	if v, null := s.arg(f); !null {
		s.take(g, v)
	}
}

func (s *bitsJoined) take(g int, v int64) {
	switch {
	case !s.has[g]:
		s.has[g], s.v[g] = true, v
	case s.op == "&":
		s.v[g] &= v
	case s.op == "|":
		s.v[g] |= v
	default:
		s.v[g] ^= v
	}
}

func (s *bitsJoined) Merge(g int, other States, from int) error {
	if o := other.(*bitsJoined); o.has[from] {
		s.take(g, o.v[from])
	}
	return nil
}

func (s *bitsJoined) Store(g int, b *tuple.Batch, row []uint64, col int) error {
	if !s.has[g] {
		tuple.SetNull(row, col)
		return nil
	}
	b.Layout.SetInt(row, col, s.v[g])
	return nil
}
func (s *bitsJoined) Bytes() int { return cap(s.has) + 8*cap(s.v) }
func (s *bitsJoined) Reset()     { s.has, s.v = s.has[:0], s.v[:0] }

func bindMean(a *Aggregate) error {
	if len(a.Args) == 1 && a.Args[0].Type().Kind == sqltypes.Interval {
		a.T = sqltypes.Of(sqltypes.Interval)
		return nil
	}
	return bindAverage(a)
}

func meanStates(a *Aggregate, args []*Compiled) States {
	if a.T.Kind == sqltypes.Interval {
		return &spanSum{arg: args[0].Bytes, mean: true}
	}
	return momentStates(average)(a, args)
}
