package expr

import (
	"strings"

	"github.com/epicorerp/epicorerp/sqltypes"
)

// WindowFunc is a function that has a meaning before OVER only, or Aggregated.
type WindowFunc uint8

// The window functions.
const (
	Aggregated WindowFunc = iota // an aggregate over each row's frame
	RowNumber
	Rank
	DenseRank
	PercentRank
	CumeDist
	Ntile
	Lag
	Lead
	FirstValue
	LastValue
	NthValue
)

// WindowCall is a bound call with OVER. Which rows are its partition and how
// they are ordered is said by the operator that holds it.
type WindowCall struct {
	Name string
	Func WindowFunc
	// Agg is the function of Aggregated.
	Agg *Aggregate
	// Args are the arguments of all others. LAG and LEAD have three: the value,
	// how many rows away it is, and what is given where there is no such row.
	Args []Node
	// IgnoreNulls looks past NULL for LAG, LEAD and the values of frames.
	IgnoreNulls bool
	// Frame is what aggregates and the values of frames are over.
	Frame WindowFrame
	T     sqltypes.Type
}

type windowFunc struct {
	name        string
	fn          WindowFunc
	takes       string
	gives       sqltypes.Kind // Null: the type of the first argument
	least, most int           // arguments
	framed      bool          // over the frame
	nulls       bool          // takes IGNORE NULLS
	doc         string
}

var windowFuncs = []*windowFunc{
	{name: "ROW_NUMBER", fn: RowNumber, gives: sqltypes.BigInt, doc: "the number of the row in its partition, from 1"},
	{name: "RANK", fn: Rank, gives: sqltypes.BigInt, doc: "the number of the first row that is equal in the order"},
	{name: "DENSE_RANK", fn: DenseRank, gives: sqltypes.BigInt, doc: "how many different places in the order come up to the row"},
	{name: "PERCENT_RANK", fn: PercentRank, gives: sqltypes.Double, doc: "(rank - 1) / (rows - 1), 0 for a single row"},
	{name: "CUME_DIST", fn: CumeDist, gives: sqltypes.Double, doc: "the share of rows up to and with those that are equal in the order"},
	{name: "NTILE", fn: Ntile, takes: "buckets", gives: sqltypes.Integer, least: 1, most: 1, doc: "the number of the row's bucket, of as many as given, as even as can be"},
	{name: "LAG", fn: Lag, takes: "value [, rows [, default]]", least: 1, most: 3, nulls: true, doc: "the value of the row so many before, else the default"},
	{name: "LEAD", fn: Lead, takes: "value [, rows [, default]]", least: 1, most: 3, nulls: true, doc: "the value of the row so many after, else the default"},
	{name: "FIRST_VALUE", fn: FirstValue, takes: "value", least: 1, most: 1, framed: true, nulls: true, doc: "the value of the frame's first row"},
	{name: "LAST_VALUE", fn: LastValue, takes: "value", least: 1, most: 1, framed: true, nulls: true, doc: "the value of the frame's last row"},
	{name: "NTH_VALUE", fn: NthValue, takes: "value, n", least: 2, most: 2, framed: true, nulls: true, doc: "the value of the frame's row n, from 1; NULL if there is none"},
}

// WindowFuncInfo describes a window function for documentation.
type WindowFuncInfo struct {
	Name, Arguments, Result, Doc string
	IgnoreNulls                  bool // takes IGNORE NULLS and RESPECT NULLS
}

// WindowFuncs lists the functions that stand before OVER only. So may every
// aggregate.
func WindowFuncs() []WindowFuncInfo {
	var out []WindowFuncInfo
	for _, fn := range windowFuncs {
		gives := sameType
		if fn.gives != sqltypes.Null {
			gives = fn.gives.String()
		}
		out = append(out, WindowFuncInfo{fn.name, fn.takes, gives, fn.doc, fn.nulls})
	}
	return out
}

// IsWindowFunc reports whether a name is that of a function which needs OVER.
func IsWindowFunc(name string) bool { return windowFuncNamed(name) != nil }

func windowFuncNamed(name string) *windowFunc {
	for _, fn := range windowFuncs {
		if strings.EqualFold(fn.name, name) {
			return fn
		}
	}
	return nil
}

// NewWindowCall binds a function that is no aggregate. ignoreNulls is IGNORE
// NULLS; treated says that it or RESPECT NULLS was written.
func NewWindowCall(name string, args []Node, ignoreNulls, treated bool, frame WindowFrame) (*WindowCall, error) {
	fn := windowFuncNamed(name)
	switch {
	case fn == nil:
		return nil, errf("42809", "OVER is for aggregates and window functions, %s is neither", strings.ToUpper(name))
	case len(args) < fn.least || len(args) > fn.most:
		return nil, errf(stateUndefined, "%s(%s) is not defined; it takes (%s)", fn.name, typeNames(args), fn.takes)
	case treated && !fn.nulls:
		return nil, errf(stateUnsupported, "%s does not look at values: IGNORE NULLS and RESPECT NULLS mean nothing to it", fn.name)
	}
	w := &WindowCall{Name: fn.name, Func: fn.fn, Args: append([]Node(nil), args...), IgnoreNulls: ignoreNulls, T: sqltypes.Of(fn.gives)}
	if fn.framed {
		w.Frame = frame
	}
	if fn.gives == sqltypes.Null {
		w.Args[0] = typedNull(w.Args[0])
		w.T = w.Args[0].Type()
	}
	return w, w.bindArgs()
}

func (w *WindowCall) bindArgs() (err error) {
	count := func(i int) {
		if err != nil {
			return
		}
		n, failed := Coerce(w.Args[i], sqltypes.Of(sqltypes.BigInt))
		if failed != nil {
			err = errf(stateUndefined, "%s needs a whole number, not %s", w.Name, clip(w.Args[i].String()))
			return
		}
		w.Args[i] = n
	}
	switch w.Func {
	case Ntile:
		count(0)
	case NthValue:
		count(1)
	case Lag, Lead:
		if len(w.Args) == 1 {
			w.Args = append(w.Args, NewConst(sqltypes.IntValue(1)))
		}
		count(1)
		if len(w.Args) == 2 {
			w.Args = append(w.Args, &Const{V: sqltypes.NullOf(w.T.Kind), T: w.T})
			return err
		}
		if err != nil {
			return err
		}
		pair, t, err := Unify(w.Args[0], w.Args[2])
		if err != nil {
			return err
		}
		w.Args[0], w.Args[2], w.T = typedNull(pair[0]), typedNull(pair[1]), t
		if t.Kind == sqltypes.Null {
			w.T = w.Args[0].Type()
		}
	}
	return err
}

// NewWindowAggregate makes an aggregate one over each row's frame.
func NewWindowAggregate(a *Aggregate, frame WindowFrame) (*WindowCall, error) {
	if (a.fn.within || len(a.Order) > 0) && !frame.wholePartition() {
		return nil, errf(stateUnsupported, "%s in an order of its own is over the whole partition: OVER may have neither ORDER BY nor a frame", a.Name)
	}
	return &WindowCall{Name: a.Name, Agg: a, Frame: frame, T: a.T}, nil
}

// Type returns the result's type.
func (w *WindowCall) Type() sqltypes.Type { return w.T }

// Nullable reports whether the result may be NULL.
func (w *WindowCall) Nullable() bool {
	switch w.Func {
	case Aggregated:
		return w.Agg.Nullable()
	case RowNumber, Rank, DenseRank, PercentRank, CumeDist:
		return false
	}
	return true
}

// String prints the call as SQL, with its frame and without its window.
func (w *WindowCall) String() string {
	if w.Func == Aggregated {
		return w.Agg.String() + w.Frame.String()
	}
	parts := make([]string, len(w.Args))
	for i, n := range w.Args {
		parts[i] = n.String()
	}
	s := w.Name + "(" + strings.Join(parts, ", ") + ")"
	if w.IgnoreNulls {
		s += " IGNORE NULLS"
	}
	return s + w.Frame.String()
}

// Children returns all operands: those of the function, then the frame's
// offsets.
//
//go:noinline
func (w *WindowCall) Children() []Node {
	out := append([]Node(nil), w.Args...)
	if w.Agg != nil {
		out = w.Agg.Children()
	}
	for _, b := range []FrameBound{w.Frame.Start, w.Frame.End} {
		if b.Offset != nil {
			out = append(out, b.Offset)
		}
	}
	return out
}

// WithChildren returns the same call over other operands of the same types.
func (w *WindowCall) WithChildren(xs []Node) *WindowCall {
	out := *w
	n := len(w.Args)
	if w.Agg != nil {
		n = len(w.Agg.Children())
		out.Agg = w.Agg.WithChildren(xs[:n:n])
	} else {
		out.Args = xs[:n:n]
	}
	for _, b := range []*FrameBound{&out.Frame.Start, &out.Frame.End} {
		if b.Offset != nil {
			b.Offset = xs[n]
			n++
		}
	}
	return &out
}

// Equal reports whether two calls are the same over the same window.
func (w *WindowCall) Equal(o *WindowCall) bool {
	if w.Func != o.Func || w.IgnoreNulls != o.IgnoreNulls || !w.Frame.sameShape(o.Frame) || (w.Agg == nil) != (o.Agg == nil) {
		return false
	}
	if w.Agg != nil && !w.Agg.Equal(o.Agg) {
		return false
	}
	x, y := w.Children(), o.Children()
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		if !Equal(x[i], y[i]) {
			return false
		}
	}
	return true
}
