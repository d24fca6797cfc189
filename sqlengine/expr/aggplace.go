package expr

import (
	"bytes"
	"math"

	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// Functions whose value is a place in the order of a group's values: MEDIAN,
// PERCENTILE_CONT, PERCENTILE_DISC and MODE. NULL has no place.

func bindMedian(a *Aggregate) error {
	if _, err := numberArg(a); err != nil && (len(a.Args) != 1 || a.Args[0].Type().Kind != sqltypes.Interval) {
		return err
	}
	switch k := a.Args[0].Type().Kind; {
	case k == sqltypes.Interval:
		a.T = sqltypes.Of(k)
		return nil
	case k.Storage() == sqltypes.StoreFloat:
		a.T = sqltypes.Of(sqltypes.Double)
	default:
		a.T = sqltypes.Of(sqltypes.Decimal)
	}
	x, err := Coerce(a.Args[0], a.T)
	a.Args[0] = x
	return err
}

// bindFraction checks the argument and the order of the percentiles.
func bindFraction(a *Aggregate) error {
	if len(a.Args) != 1 {
		return errf(stateUndefined, "%s takes one fraction between 0 and 1", a.Name)
	}
	if len(Columns(a.Args[0])) > 0 {
		return errf("42803", "the fraction of %s must not depend on the rows: %s", a.Name, clip(a.Args[0].String()))
	}
	if k := a.Args[0].Type().Kind; !k.IsNumeric() && !Untyped(a.Args[0]) {
		return errNoAggregate(a)
	}
	x, err := Coerce(a.Args[0], sqltypes.Of(sqltypes.Double))
	if err != nil {
		return err
	}
	a.Args[0] = x
	return oneOrder(a)
}

func oneOrder(a *Aggregate) error {
	if len(a.Order) != 1 {
		return errf(stateUndefined, "%s is over one value: WITHIN GROUP (ORDER BY value)", a.Name)
	}
	a.T = a.Order[0].X.Type()
	return nil
}

func bindPercentileCont(a *Aggregate) error {
	if err := bindFraction(a); err != nil {
		return err
	}
	k := a.T.Kind
	switch {
	case k == sqltypes.Interval:
		return nil
	case !k.IsNumeric() && !Untyped(a.Order[0].X):
		return errf(stateUndefined, "PERCENTILE_CONT over %s is not defined; PERCENTILE_DISC is", k)
	}
	a.T = sqltypes.Of(sqltypes.Double)
	x, err := Coerce(a.Order[0].X, a.T)
	a.Order = []SortTerm{{x, a.Order[0].Order}}
	return err
}

func bindPercentileDisc(a *Aggregate) error {
	if err := bindFraction(a); err != nil {
		return err
	}
	a.T = typedNull(a.Order[0].X).Type()
	return nil
}

func bindMode(a *Aggregate) error {
	if len(a.Args) > 0 {
		return errf(stateUndefined, "MODE takes no argument: MODE() WITHIN GROUP (ORDER BY value)")
	}
	if err := oneOrder(a); err != nil {
		return err
	}
	a.T = typedNull(a.Order[0].X).Type()
	return nil
}

// placeStates keeps a group's values and finds one by its place.
type placeStates struct {
	records
	name     string
	fraction *Compiled // of the percentiles
	value    *Compiled
	given    datum // the fraction, once it is known
	known    bool
}

func (a *Aggregate) placeStates(c *compiler, args []*Compiled) (States, error) {
	s := &placeStates{name: a.Name}
	if a.Name == "MEDIAN" {
		s.value = args[0]
		s.orders = []Order{{}}
	} else {
		v, err := c.compile(a.Order[0].X)
		if err != nil {
			return nil, err
		}
		s.value = v
		s.orders = []Order{a.Order[0].Order}
		if len(args) > 0 {
			s.fraction = args[0]
		}
	}
	s.keys, s.args = []*Compiled{s.value}, []*Compiled{s.value}
	return s, nil
}

func (s *placeStates) Add(g int, f *Frame) {
	if s.readFraction(f) && !s.value.isNull(f) {
		s.records.Add(g, f)
	}
}

// readFraction sees to the fraction, which is the same for all rows.
func (s *placeStates) readFraction(f *Frame) bool {
	if s.fraction == nil || s.known {
		return true
	}
	s.given, s.known = s.fraction.eval(f), true
	if p := s.given.F; !s.given.Null && !(p >= 0 && p <= 1) {
		f.Fail(errf(stateOverflow, "the fraction of %s is %v; it must be between 0 and 1", s.name, p))
		return false
	}
	return true
}

func (s *placeStates) Merge(g int, other States, from int) error {
	o := other.(*placeStates)
	if o.known {
		s.given, s.known = o.given, true
	}
	s.merge(g, &o.records, from)
	return nil
}

// Reset forgets the fraction too: it may be of a row around.
func (s *placeStates) Reset() {
	s.records.Reset()
	s.known = false
}

func (s *placeStates) Store(g int, b *tuple.Batch, row []uint64, col int) error {
	recs := s.sorted(g)
	if len(recs) == 0 || s.fraction != nil && s.given.Null {
		tuple.SetNull(row, col)
		return nil
	}
	if s.name == "MODE" {
		return s.between(recs[mostFrequent(recs):], 0, b, row, col)
	}
	at, share := s.place(len(recs))
	return s.between(recs[at:], share, b, row, col)
}

// place is where the result lies in the order of n values: at one of them, and by
// a share of the way towards the next.
func (s *placeStates) place(n int) (at int, share float64) {
	if s.name == "PERCENTILE_DISC" {
		return max(int(math.Ceil(s.given.F*float64(n)))-1, 0), 0
	}
	place := float64(n-1) / 2
	if s.name == "PERCENTILE_CONT" {
		place = float64(n-1) * s.given.F
	}
	below := math.Floor(place)
	return int(below), place - below
}

// mostFrequent finds the first of the longest run of equal keys.
func mostFrequent(recs []record) (at int) {
	longest := 0
	for from := 0; from < len(recs); {
		to := from + 1
		for to < len(recs) && bytes.Equal(recs[to].key, recs[from].key) {
			to++
		}
		if to-from > longest {
			at, longest = from, to-from
		}
		from = to
	}
	return at
}

func (s *placeStates) read(r record) (datum, error) {
	d, _, err := readDatum(r.values, s.value.Type.Kind.Storage())
	return d, err
}

// between gives the first value, or what lies by a share of the way towards the
// second.
func (s *placeStates) between(recs []record, share float64, b *tuple.Batch, row []uint64, col int) error {
	lo, err := s.read(recs[0])
	if err != nil {
		return err
	}
	if share == 0 {
		return storeDatum(lo, s.value.Type.Kind, b, row, col)
	}
	hi, err := s.read(recs[1])
	if err != nil {
		return err
	}
	switch s.value.Type.Kind {
	case sqltypes.Decimal: // of MEDIAN: half of both, no longer than it must be
		sum, err := lo.D.Add(hi.D)
		if err != nil {
			return numError(err)
		}
		mean, err := sum.Mul(sqltypes.NewNum(5, 1))
		if err != nil {
			return numError(err)
		}
		if short := mean.Round(mean.Scale() - 1); short.Cmp(mean) == 0 {
			mean = short
		}
		return b.SetNum(row, col, mean)
	case sqltypes.Interval:
		from := sqltypes.DecodeSpan(lo.B)
		way, err := sqltypes.DecodeSpan(hi.B).Add(from.Neg())
		if err != nil {
			return numError(err)
		}
		part, err := sqltypes.NumFromFloat(share)
		if err == nil {
			way, err = way.Times(part)
		}
		if err == nil {
			from, err = from.Add(way)
		}
		if err != nil {
			return numError(err)
		}
		return b.SetBytes(row, col, from.AppendEncoded(nil))
	}
	b.Layout.SetFloat(row, col, lo.F+share*(hi.F-lo.F))
	return nil
}

// storeDatum writes a value into a column of its kind.
func storeDatum(d datum, k sqltypes.Kind, b *tuple.Batch, row []uint64, col int) error {
	switch {
	case d.Null:
		tuple.SetNull(row, col)
	case k.Storage() == sqltypes.StoreInt:
		b.Layout.SetInt(row, col, d.I)
	case k.Storage() == sqltypes.StoreFloat:
		b.Layout.SetFloat(row, col, d.F)
	case k.Storage() == sqltypes.StoreDecimal:
		return b.SetNum(row, col, d.D)
	default:
		return b.SetBytes(row, col, d.B)
	}
	return nil
}
