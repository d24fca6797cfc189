package expr

import (
	"bytes"
	"slices"

	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// InOrder is how the rows of one group must come so that States need memory for
// a few of them only: when the group is larger than the memory, the rows are sorted
// outside of it.
type InOrder struct {
	Terms []SortTerm
	// Filter keeps the rows that come; nil for all.
	Filter Node
	// Counted keeps those of them that are counted for Compile; nil for all.
	Counted Node
	// Once says that of rows that are equal in Terms the first one alone must come.
	Once bool
	call *Aggregate
}

// InOrder returns the order that helps a call; ok is false where there is none.
func (a *Aggregate) InOrder() (o *InOrder, ok bool) {
	switch {
	case a.fn.within:
		return a.placesInOrder(), true
	case a.Distinct && len(a.Order) == 0 && a.fn.anyOrder:
		o = &InOrder{Filter: a.Filter, Once: true}
		for _, x := range a.Args {
			o.Terms = append(o.Terms, SortTerm{X: x})
		}
	case len(a.Order) > 0 && (!a.Distinct || a.ordersArgs()):
		o = &InOrder{Filter: a.Filter, Terms: a.Order, Once: a.Distinct}
	default:
		return nil, false
	}
	plain := *a
	plain.Distinct, plain.Order, plain.Filter = false, nil, nil
	o.call = &plain
	return o, true
}

// ordersArgs reports whether rows that are equal in the order have equal
// arguments.
func (a *Aggregate) ordersArgs() bool {
	for _, x := range a.Args {
		if c, ok := x.(*Const); ok && !c.V.Null {
			continue
		}
		if !slices.ContainsFunc(a.Order, func(t SortTerm) bool { return Equal(t.X, x) }) {
			return false
		}
	}
	return true
}

// placesInOrder is the order of a function of places, in which NULL has none.
func (a *Aggregate) placesInOrder() *InOrder {
	o := &InOrder{Terms: a.Order, Filter: a.Filter, call: a}
	if len(a.Order) == 0 { // MEDIAN
		o.Terms = []SortTerm{{X: a.Args[0]}}
	}
	o.Counted = &NullTest{X: o.Terms[0].X, Not: true}
	return o
}

// Compile compiles the call for a group, number 0, whose rows come like this and of
// which n are counted.
func (o *InOrder) Compile(l *tuple.Layout, n int64) (States, error) {
	c := &compiler{layout: l}
	args, err := c.all(o.call.Args)
	if err != nil {
		return nil, err
	}
	if !o.call.fn.within {
		return o.call.plainStates(args), nil
	}
	s, err := o.call.placeStates(c, args)
	if err != nil {
		return nil, err
	}
	p := s.(*placeStates)
	if p.name == "MODE" {
		return &modeStates{placeStates: p}, nil
	}
	return &rankedStates{placeStates: p, n: n}, nil
}

// rankedStates keep, of n values that come in order, those that the result is made
// of.
type rankedStates struct {
	*placeStates
	n, at int64 // at have come
	lo    int64
	share float64
}

func (s *rankedStates) Add(g int, f *Frame) {
	if !s.readFraction(f) || s.value.isNull(f) {
		return
	}
	if s.at == 0 {
		lo, share := s.place(int(s.n))
		s.lo, s.share = int64(lo), share
	}
	if s.at == s.lo || s.at == s.lo+1 {
		s.records.Add(g, f)
	}
	s.at++
}

func (s *rankedStates) Store(g int, b *tuple.Batch, row []uint64, col int) error {
	if s.at == 0 || s.fraction != nil && s.given.Null {
		tuple.SetNull(row, col)
		return nil
	}
	return s.between(s.sorted(g), s.share, b, row, col)
}

// modeStates keep, of values that come in order, the first of the longest run of
// equal ones so far.
type modeStates struct {
	*placeStates
	run, longest int64
	last, best   []byte // the key of the run, the value of the longest
	first        []byte // the value that the run began with
}

func (s *modeStates) Add(_ int, f *Frame) {
	d := s.value.eval(f)
	if d.Null {
		return
	}
	s.key = appendDatumSortKey(s.key[:0], s.value.Type.Kind, d, s.orders[0])
	if s.run == 0 || !bytes.Equal(s.key, s.last) {
		s.run, s.last = 0, append(s.last[:0], s.key...)
		s.first = appendDatum(s.first[:0], s.value.Type.Kind.Storage(), d)
	}
	if s.run++; s.run <= s.longest {
		return
	}
	if s.longest = s.run; !bytes.Equal(s.best, s.first) {
		s.best = append(s.best[:0], s.first...)
	}
}

func (s *modeStates) Store(_ int, b *tuple.Batch, row []uint64, col int) error {
	if s.longest == 0 {
		tuple.SetNull(row, col)
		return nil
	}
	return s.between([]record{{values: s.best}}, 0, b, row, col)
}
