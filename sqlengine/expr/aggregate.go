package expr

import (
	"sort"
	"strings"

	"github.com/epicorerp/epicorerp/internal/nearest"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// Aggregate is a bound aggregate function.
//
// Types, as in PostgreSQL: COUNT gives BIGINT. SUM of SMALLINT and INTEGER
// gives BIGINT, of BIGINT and DECIMAL a DECIMAL, of REAL and DOUBLE the same.
// AVG, VARIANCE and STDDEV of integers and decimals give an exact DECIMAL by
// the scale rule of division, of floats a DOUBLE. MIN, MAX and ANY_VALUE keep
// the type. Without a row, COUNT is 0 and everything else NULL.
type Aggregate struct {
	Name     string // the main name, such as SUM
	Args     []Node // empty for COUNT(*)
	Distinct bool
	// Order is the order in which the rows of a group count: ORDER BY in the
	// call, or WITHIN GROUP.
	Order []SortTerm
	// Filter keeps the rows that count; nil for all.
	Filter Node
	T      sqltypes.Type
	fn     *aggregateFunc
}

// SortTerm is one term of an order.
type SortTerm struct {
	X Node
	Order
}

// String prints the term as SQL; NULL is the smallest value unless it says
// otherwise.
func (t SortTerm) String() string {
	s := t.X.String()
	if t.Desc {
		s += " DESC"
	}
	if t.NullsFirst == t.Desc {
		s += map[bool]string{true: " NULLS FIRST", false: " NULLS LAST"}[t.NullsFirst]
	}
	return s
}

type aggregateFunc struct {
	name    string
	aliases []string
	// takes and gives say the arguments and the result, for documentation.
	takes, gives string
	nulls        string // what NULL does to it
	doc          string
	bind         func(a *Aggregate) error
	states       func(a *Aggregate, args []*Compiled) States
	// sameDistinct says that DISTINCT changes nothing.
	sameDistinct bool
	// keepsNulls says that a NULL argument counts, also under DISTINCT.
	keepsNulls bool
	// apart says that partial results cannot be merged.
	apart bool
	// within says that the function is over the order of WITHIN GROUP: its
	// value is a place in it.
	within bool
	// collects says that what is kept of a group grows with its rows.
	collects bool
	// anyOrder says that different values may come in any order.
	anyOrder bool
}

// Type returns the result's type.
func (a *Aggregate) Type() sqltypes.Type { return a.T }

// Nullable reports whether the result may be NULL: anything but counts, since
// a group may be empty.
func (a *Aggregate) Nullable() bool {
	switch a.Name {
	case "COUNT", "APPROX_COUNT_DISTINCT", "REGR_COUNT":
		return false
	}
	return true
}

// Mergeable reports whether States.Merge works.
func (a *Aggregate) Mergeable() bool { return !a.Distinct && len(a.Order) == 0 && !a.fn.apart }

// Collects reports whether what States keep of a group grows with its rows.
func (a *Aggregate) Collects() bool { return a.Distinct || len(a.Order) > 0 || a.fn.collects }

// Offered reports whether the call has a form that a table may be asked for:
// one of the standard's five over all rows.
func (a *Aggregate) Offered() bool {
	switch a.Name {
	case "COUNT", "SUM", "AVG", "MIN", "MAX":
		return len(a.Args) <= 1 && len(a.Order) == 0 && a.Filter == nil
	}
	return false
}

// String prints the call as SQL.
func (a *Aggregate) String() string {
	var b strings.Builder
	b.WriteString(a.Name + "(")
	if a.Distinct {
		b.WriteString("DISTINCT ")
	}
	b.WriteString(a.operands())
	terms := make([]string, len(a.Order))
	for i, t := range a.Order {
		terms[i] = t.String()
	}
	order := "ORDER BY " + strings.Join(terms, ", ")
	switch {
	case len(a.Order) == 0:
		b.WriteString(")")
	case a.fn.within:
		b.WriteString(") WITHIN GROUP (" + order + ")")
	default:
		b.WriteString(" " + order + ")")
	}
	if a.Filter != nil {
		b.WriteString(" FILTER (WHERE " + a.Filter.String() + ")")
	}
	return b.String()
}

func (a *Aggregate) operands() string {
	if len(a.Args) == 0 && !a.fn.within {
		return "*"
	}
	parts := make([]string, len(a.Args))
	for i, n := range a.Args {
		parts[i] = n.String()
	}
	return strings.Join(parts, ", ")
}

// Children returns all operands: arguments, terms of the order, the filter.
//
//go:noinline
func (a *Aggregate) Children() []Node {
	out := append([]Node(nil), a.Args...)
	for _, t := range a.Order {
		out = append(out, t.X)
	}
	if a.Filter != nil {
		out = append(out, a.Filter)
	}
	return out
}

// WithChildren returns the same aggregate over other operands of the same
// types.
func (a *Aggregate) WithChildren(xs []Node) *Aggregate {
	out := *a
	n := len(a.Args)
	out.Args = xs[:n:n]
	out.Order = append([]SortTerm(nil), a.Order...)
	for i := range out.Order {
		out.Order[i].X = xs[n+i]
	}
	if a.Filter != nil {
		out.Filter = xs[len(xs)-1]
	}
	return &out
}

// Equal reports whether two aggregates are the same.
func (a *Aggregate) Equal(b *Aggregate) bool {
	if a.Name != b.Name || a.Distinct != b.Distinct || len(a.Args) != len(b.Args) || len(a.Order) != len(b.Order) || (a.Filter == nil) != (b.Filter == nil) {
		return false
	}
	for i := range a.Order {
		if a.Order[i].Order != b.Order[i].Order {
			return false
		}
	}
	x, y := a.Children(), b.Children()
	for i := range x {
		if !Equal(x[i], y[i]) {
			return false
		}
	}
	return true
}

// AggregateInfo describes an aggregate function for documentation.
type AggregateInfo struct {
	Name      string
	Aliases   []string
	Arguments string // such as "value [, separator]"
	Result    string // the rule of its type
	Nulls     string // what NULL does to it
	Doc       string // one line
}

// Aggregates lists the aggregate functions.
func Aggregates() []AggregateInfo {
	var out []AggregateInfo
	for _, fn := range aggregateFuncs {
		nulls := fn.nulls
		if nulls == "" {
			nulls = "passed over"
		}
		out = append(out, AggregateInfo{fn.name, fn.aliases, fn.takes, fn.gives, nulls, fn.doc})
	}
	return out
}

// IsAggregate reports whether a name is an aggregate function's.
func IsAggregate(name string) bool { return aggregateNamed(name) != nil }

func aggregateNamed(name string) *aggregateFunc {
	name = strings.ToUpper(name)
	for _, fn := range aggregateFuncs {
		if fn.name == name {
			return fn
		}
		for _, a := range fn.aliases {
			if a == name {
				return fn
			}
		}
	}
	return nil
}

// AggregateCall is what is written of an aggregate: Bind makes it one.
type AggregateCall struct {
	Name     string
	Args     []Node
	Star     bool // COUNT(*)
	Distinct bool
	Order    []SortTerm
	Within   bool // Order stands in WITHIN GROUP
	Filter   Node
}

// NewAggregate builds an aggregate without order or filter; star is COUNT(*).
func NewAggregate(name string, args []Node, distinct, star bool) (*Aggregate, error) {
	return AggregateCall{Name: name, Args: args, Distinct: distinct, Star: star}.Bind()
}

// Bind resolves the types of a call. DISTINCT, order and filter are done by
// the states, per group.
func (c AggregateCall) Bind() (*Aggregate, error) {
	fn := aggregateNamed(c.Name)
	if fn == nil {
		var names []string
		for _, f := range aggregateFuncs {
			names = append(names, f.name)
		}
		sort.Strings(names)
		return nil, errf(stateUndefined, "aggregate function %s(%s) is not known%s", c.Name, typeNames(c.Args), nearest.Suffix(c.Name, names))
	}
	a := &Aggregate{Name: fn.name, Args: append([]Node(nil), c.Args...), Distinct: c.Distinct && !fn.sameDistinct, Order: c.Order, fn: fn}
	if err := c.check(fn); err != nil {
		return nil, err
	}
	if c.Star {
		a.Args = nil
	}
	for i, n := range a.Args {
		a.Args[i] = typedNull(n)
	}
	if fn.name != strings.ToUpper(c.Name) && fn.name == "STRING_AGG" && len(a.Args) == 1 && strings.EqualFold(c.Name, "LISTAGG") {
		a.Args = append(a.Args, NewConst(sqltypes.StringValue("")))
	}
	if c.Filter != nil {
		cond, err := bools("FILTER", c.Filter)
		if err != nil {
			return nil, err
		}
		a.Filter = cond[0]
	}
	if err := fn.bind(a); err != nil {
		return nil, err
	}
	for i := range a.Order {
		a.Order[i].X = typedNull(a.Order[i].X)
	}
	return a, a.checkDistinctOrder()
}

// check refuses forms that a function does not have.
func (c AggregateCall) check(fn *aggregateFunc) error {
	switch {
	case c.Star && c.Distinct:
		return errf("42601", "%s(DISTINCT *) is not defined; name the columns", fn.name)
	case c.Star && fn.name != "COUNT":
		return errf(stateUndefined, "%s(*) is not defined; only COUNT(*) is", fn.name)
	case fn.within && len(c.Order) == 0 && fn.name != "MEDIAN":
		return errf(stateUndefined, "%s needs WITHIN GROUP (ORDER BY …)", fn.name)
	case fn.within && c.Distinct:
		return errf(stateUnsupported, "DISTINCT does not go with %s", fn.name)
	case c.Within && !fn.within && fn.name != "STRING_AGG":
		return errf(stateMismatch, "%s has no WITHIN GROUP; write ORDER BY within its parentheses", fn.name)
	case fn.within && !c.Within && len(c.Order) > 0:
		return errf(stateUnsupported, "%s takes its order as WITHIN GROUP (ORDER BY …)", fn.name)
	case len(c.Args) == 0 && !c.Star && !fn.within:
		return errf(stateUndefined, "%s takes an argument", fn.name)
	}
	return nil
}

// checkDistinctOrder sees that an order can be told when only distinct
// arguments are kept.
func (a *Aggregate) checkDistinctOrder() error {
	if !a.Distinct {
		return nil
	}
	for _, t := range a.Order {
		known := false
		for _, x := range a.Args {
			known = known || Equal(x, t.X)
		}
		if !known {
			return errf("42P10", "with DISTINCT, the ORDER BY of %s may only use its arguments, not %s", a.Name, clip(t.X.String()))
		}
	}
	return nil
}

// typedNull gives a bare NULL a type that can be stored.
func typedNull(n Node) Node {
	if n.Type().Kind == sqltypes.Null {
		return &Const{V: sqltypes.NullOf(sqltypes.Varchar), T: sqltypes.Of(sqltypes.Varchar)}
	}
	return n
}

// States holds what one aggregate has gathered for many groups, column-wise:
// groups are small integers that the operator hands out in order. Nothing in
// it but what a group needs; rows allocate nothing.
type States interface {
	// Grow makes room for groups 0 to n-1.
	Grow(n int)
	// Add takes the frame's row into a group. Errors go to the frame.
	Add(group int, f *Frame)
	// Merge takes group from of other, states of the same aggregate, into a
	// group. It is an error for DISTINCT and for STRING_AGG, whose parts do not
	// add up.
	Merge(group int, other States, from int) error
	// Store writes a group's result into column col of row.
	Store(group int, b *tuple.Batch, row []uint64, col int) error
	// Bytes is about the memory held.
	Bytes() int
	// Reset forgets all groups and keeps the memory.
	Reset()
}

// Compile returns empty states over rows of the layout. They belong to one
// goroutine.
func (a *Aggregate) Compile(l *tuple.Layout) (States, error) {
	c := &compiler{layout: l}
	args, err := c.all(a.Args)
	if err != nil {
		return nil, err
	}
	var out States
	switch {
	case a.fn.within:
		out, err = a.placeStates(c, args)
	case len(a.Order) > 0:
		out, err = a.sortedStates(c, args)
	default:
		out = a.plainStates(args)
	}
	if err != nil || a.Filter == nil {
		return out, err
	}
	test, err := c.test(a.Filter)
	return &filteredStates{States: out, test: test}, err
}

// plainStates takes the rows as they come, or with DISTINCT each once.
func (a *Aggregate) plainStates(args []*Compiled) States {
	if !a.Distinct {
		return a.fn.states(a, args)
	}
	// The values go through a set first; the aggregate is fed from cells.
	d := &distinctStates{args: args, keepsNulls: a.fn.keepsNulls, seen: map[string]struct{}{}, cells: make([]datum, len(args))}
	d.inner = a.fn.states(a, cellsOf(args, d.cells))
	return d
}

// cellsOf are arguments that are read from cells in place of a row.
func cellsOf(args []*Compiled, cells []datum) []*Compiled {
	out := make([]*Compiled, len(args))
	for i, x := range args {
		out[i] = compiledOf(x.Type, func(*Frame) datum { return cells[i] })
	}
	return out
}

// filteredStates takes the rows for which the condition of FILTER is true.
type filteredStates struct {
	States
	test testFunc
}

func (s *filteredStates) Add(g int, f *Frame) {
	if s.test(f) && f.Err == nil {
		s.States.Add(g, f)
	}
}

func (s *filteredStates) Merge(g int, other States, from int) error {
	return s.States.Merge(g, other.(*filteredStates).States, from)
}
