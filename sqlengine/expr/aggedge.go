package expr

import "github.com/epicorerp/epicorerp/sqltypes/tuple"

// edges keep the value of the first or of the last row, NULL too.
type edges struct {
	last bool
	any  []bool // a row came
	null []bool
	kept extremes // by sign 0 it keeps what is put into it
}

func edgeStates(last bool) func(*Aggregate, []*Compiled) States {
	return func(a *Aggregate, args []*Compiled) States {
		return &edges{last: last, kept: extremes{arg: args[0], kind: a.T.Kind}}
	}
}

func (s *edges) Grow(n int) {
	s.any, s.null = grow(s.any, n), grow(s.null, n)
	s.kept.Grow(n)
}

func (s *edges) Add(g int, f *Frame) {
	if !s.any[g] || s.last {
		s.put(g, s.kept.arg.eval(f))
	}
}

func (s *edges) put(g int, d datum) {
	s.any[g], s.null[g] = true, d.Null
	if !d.Null {
		s.kept.has[g] = false
		s.kept.take(g, d)
	}
}

func (s *edges) Merge(g int, other States, from int) error {
	o := other.(*edges)
	if !o.any[from] || s.any[g] && !s.last {
		return nil
	}
	d := nullDatum
	if !o.null[from] {
		d = o.kept.at(from)
	}
	s.put(g, d)
	return nil
}

func (s *edges) Store(g int, b *tuple.Batch, row []uint64, col int) error {
	if s.null[g] {
		tuple.SetNull(row, col)
		return nil
	}
	return s.kept.Store(g, b, row, col)
}

func (s *edges) Bytes() int { return cap(s.any) + cap(s.null) + s.kept.Bytes() }
func (s *edges) Reset() {
	s.any, s.null = s.any[:0], s.null[:0]
	s.kept.Reset()
}
