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
	T        sqltypes.Type
	sep      string // of STRING_AGG, when constant
	fn       *aggregateFunc
}

type aggregateFunc struct {
	name    string
	aliases []string
	doc     string
	bind    func(a *Aggregate) error
	states  func(a *Aggregate, args []*Compiled) States
	// sameDistinct says that DISTINCT changes nothing.
	sameDistinct bool
}

// Type returns the result's type.
func (a *Aggregate) Type() sqltypes.Type { return a.T }

// Nullable reports whether the result may be NULL: anything but COUNT, since a
// group may be empty.
func (a *Aggregate) Nullable() bool { return a.Name != "COUNT" }

// String prints the call as SQL.
func (a *Aggregate) String() string {
	if len(a.Args) == 0 {
		return a.Name + "(*)"
	}
	parts := make([]string, len(a.Args))
	for i, n := range a.Args {
		parts[i] = n.String()
	}
	word := ""
	if a.Distinct {
		word = "DISTINCT "
	}
	return a.Name + "(" + word + strings.Join(parts, ", ") + ")"
}

// WithArgs returns the same aggregate over other operands of the same types.
func (a *Aggregate) WithArgs(args []Node) *Aggregate {
	out := *a
	out.Args = args
	return &out
}

// Equal reports whether two aggregates are the same.
func (a *Aggregate) Equal(b *Aggregate) bool {
	if a.Name != b.Name || a.Distinct != b.Distinct || len(a.Args) != len(b.Args) || a.sep != b.sep {
		return false
	}
	for i := range a.Args {
		if !Equal(a.Args[i], b.Args[i]) {
			return false
		}
	}
	return true
}

// AggregateInfo describes an aggregate function for documentation.
type AggregateInfo struct {
	Name    string
	Aliases []string
	Doc     string
}

// Aggregates lists the aggregate functions.
func Aggregates() []AggregateInfo {
	var out []AggregateInfo
	for _, fn := range aggregateFuncs {
		out = append(out, AggregateInfo{fn.name, fn.aliases, fn.doc})
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

// NewAggregate builds an aggregate; star is COUNT(*). DISTINCT is done by the
// states, per group.
func NewAggregate(name string, args []Node, distinct, star bool) (*Aggregate, error) {
	fn := aggregateNamed(name)
	if fn == nil {
		var names []string
		for _, f := range aggregateFuncs {
			names = append(names, f.name)
		}
		sort.Strings(names)
		return nil, errf(stateUndefined, "aggregate function %s(%s) is not known%s", name, typeNames(args), nearest.Suffix(name, names))
	}
	a := &Aggregate{Name: fn.name, Args: append([]Node(nil), args...), Distinct: distinct && !fn.sameDistinct, fn: fn}
	switch {
	case star && fn.name != "COUNT":
		return nil, errf(stateUndefined, "%s(*) is not defined; only COUNT(*) is", fn.name)
	case star:
		a.Args = nil
	case len(args) == 0:
		return nil, errf(stateUndefined, "%s takes an argument", fn.name)
	}
	for i, n := range a.Args {
		if n.Type().Kind == sqltypes.Null {
			a.Args[i] = &Const{V: sqltypes.NullOf(sqltypes.Varchar), T: sqltypes.Of(sqltypes.Varchar)}
		}
	}
	if err := fn.bind(a); err != nil {
		return nil, err
	}
	return a, nil
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
	if !a.Distinct {
		return a.fn.states(a, args), nil
	}
	// The values go through a set first; a is fed from the frame's cell.
	d := &distinctStates{args: args, seen: map[string]struct{}{}, cells: make([]datum, len(args))}
	cells := make([]*Compiled, len(args))
	for i, x := range args {
		cells[i] = compiledOf(x.Type, func(*Frame) datum { return d.cells[i] })
	}
	d.inner = a.fn.states(a, cells)
	return d, nil
}

func errNoAggregate(a *Aggregate) error {
	return errf(stateUndefined, "%s(%s) is not defined", a.Name, typeNames(a.Args))
}

func oneArg(a *Aggregate) error {
	if len(a.Args) != 1 {
		return errf(stateUndefined, "%s takes one argument", a.Name)
	}
	return nil
}

func keepType(a *Aggregate) error {
	a.T = sqltypes.Type{}
	if err := oneArg(a); err != nil {
		return err
	}
	a.T = a.Args[0].Type()
	return nil
}

// numberArg checks the argument of SUM and its kin; a bare NULL counts as a
// number.
func numberArg(a *Aggregate) (sqltypes.Kind, error) {
	if err := oneArg(a); err != nil {
		return 0, err
	}
	if c, ok := a.Args[0].(*Const); ok && c.V.Null && Untyped(c) {
		a.Args[0] = &Const{V: sqltypes.NullOf(sqltypes.BigInt), T: sqltypes.Of(sqltypes.BigInt)}
	}
	k := a.Args[0].Type().Kind
	if !k.IsNumeric() {
		return k, errNoAggregate(a)
	}
	return k, nil
}

func bindSum(a *Aggregate) error {
	k, err := numberArg(a)
	switch {
	case err != nil:
		if k == sqltypes.Interval {
			a.T = sqltypes.Of(k)
			return nil
		}
		return err
	case k == sqltypes.SmallInt || k == sqltypes.Integer:
		a.T = sqltypes.Of(sqltypes.BigInt)
	case k == sqltypes.BigInt:
		a.T = sqltypes.DecimalType(sqltypes.Unlimited, 0)
	case k == sqltypes.Decimal:
		a.T = sqltypes.DecimalType(sqltypes.Unlimited, a.Args[0].Type().Scale)
	default:
		a.T = sqltypes.Of(k)
	}
	return nil
}

func bindAverage(a *Aggregate) error {
	k, err := numberArg(a)
	if err != nil {
		return err
	}
	if a.T = sqltypes.Of(sqltypes.Decimal); k.Storage() == sqltypes.StoreFloat {
		a.T = sqltypes.Of(sqltypes.Double)
	}
	return nil
}

func bindBool(a *Aggregate) error {
	if err := oneArg(a); err != nil {
		return err
	}
	args, err := bools(a.Name, a.Args...)
	a.Args, a.T = args, boolType
	return err
}

func bindCount(a *Aggregate) error {
	a.T = sqltypes.Of(sqltypes.BigInt)
	if len(a.Args) > 1 && !a.Distinct {
		return errf(stateUndefined, "COUNT takes one argument, or * , or several after DISTINCT")
	}
	return nil
}

func bindStringAgg(a *Aggregate) error {
	a.T = sqltypes.Of(sqltypes.Varchar)
	if len(a.Args) > 2 {
		return errf(stateUndefined, "%s takes a text and a separator", a.Name)
	}
	if len(a.Args) == 2 {
		c, ok := a.Args[1].(*Const)
		if !ok || !c.T.Kind.IsText() {
			return errf(stateUnsupported, "the separator of %s must be a string literal", a.Name)
		}
		a.sep = c.V.S
		a.Args = a.Args[:1]
	} else {
		a.sep = "," // GROUP_CONCAT's
	}
	x, err := asText(a.Args[0])
	a.Args[0] = x
	return err
}
