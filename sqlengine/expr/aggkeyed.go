package expr

import "github.com/epicorerp/epicorerp/sqltypes/tuple"

// keyed keeps the value of the row with the smallest or the largest key, NULL
// too.
type keyed struct {
	key   extremes
	value edges
}

func keyedStates(sign int) func(*Aggregate, []*Compiled) States {
	return func(a *Aggregate, args []*Compiled) States {
		return &keyed{
			key:   extremes{sign: sign, arg: args[1], kind: a.Args[1].Type().Kind},
			value: edges{last: true, kept: extremes{arg: args[0], kind: a.T.Kind}},
		}
	}
}

func bindKeyed(a *Aggregate) error {
	if len(a.Args) != 2 {
		return errf(stateUndefined, "%s takes a value and a key", a.Name)
	}
	a.T = a.Args[0].Type()
	return nil
}

func (s *keyed) Grow(n int) {
	s.key.Grow(n)
	s.value.Grow(n)
}

func (s *keyed) Add(g int, f *Frame) {
	if key := s.key.arg.eval(f); !key.Null && s.first(g, key) {
		s.key.take(g, key)
		s.value.Add(g, f)
	}
}

// first reports whether a key comes before the one of the row that is kept.
func (s *keyed) first(g int, key datum) bool {
	return !s.key.has[g] || compareDatum(s.key.kind, key, s.key.at(g))*s.key.sign > 0
}

func (s *keyed) Merge(g int, other States, from int) error {
	o := other.(*keyed)
	if !o.key.has[from] || !s.first(g, o.key.at(from)) {
		return nil
	}
	s.key.take(g, o.key.at(from))
	return s.value.Merge(g, &o.value, from)
}

func (s *keyed) Store(g int, b *tuple.Batch, row []uint64, col int) error {
	if !s.key.has[g] {
		tuple.SetNull(row, col)
		return nil
	}
	return s.value.Store(g, b, row, col)
}

func (s *keyed) Bytes() int { return s.key.Bytes() + s.value.Bytes() }
func (s *keyed) Reset() {
	s.key.Reset()
	s.value.Reset()
}
