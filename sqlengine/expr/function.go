package expr

import (
	"fmt"
	"sort"
	"strings"

	"github.com/epicorerp/epicorerp/internal/nearest"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// Volatility tells how long a function's result keeps for the same arguments.
type Volatility uint8

// The volatilities.
const (
	Immutable Volatility = iota // for ever: folded when the plan is made
	Stable                      // while the statement runs: CURRENT_DATE
	Volatile                    // not at all: RAND
)

// NullRule tells when a function gives NULL.
type NullRule uint8

// The rules.
const (
	NullIfAny NullRule = iota // strict: exactly if an argument is NULL
	NullIfAll                 // only if all arguments are NULL
	NeverNull
	MaybeNull // nothing is promised
)

// evalFunc computes a call from its arguments' values. Text that it builds
// lies in f.Scratch; it fails through f.fail.
type evalFunc = func(f *Frame, a []datum) datum

// Function is one entry of the function table.
type Function struct {
	Name       string
	Aliases    []string
	Doc        string // one line
	Volatility Volatility
	Nulls      NullRule
	// Pushdown is the name of the providers.Func that means the same, or empty;
	// Call.Pushdown tells whether it does for the arguments at hand.
	Pushdown string
	// words is the number of leading arguments that are words in a call of at
	// least wordsFrom arguments.
	words, wordsFrom int

	forms   []form
	rewrite func(args []Node) (Node, error) // instead of forms
	lazy    func(c *compiler, n *Call) (*Compiled, error)
}

// form is one signature of a function.
type form struct {
	spec     string // as documented: "text, int? -> text"
	params   []sqltypes.Kind
	least    int
	variadic bool // the last parameter repeats
	// result gives the type, "same" being the first argument's.
	result  sqltypes.Kind
	same    bool
	resolve func(args []Node) (sqltypes.Type, error) // instead of result
	run     evalFunc
}

// anyKind is a parameter that takes every kind as it is.
const anyKind = sqltypes.Kind(255)

var paramKinds = map[string]sqltypes.Kind{
	"text": sqltypes.Varchar, "word": sqltypes.Varchar, "int": sqltypes.BigInt, "integer": sqltypes.Integer,
	"smallint": sqltypes.SmallInt, "decimal": sqltypes.Decimal, "real": sqltypes.Real, "double": sqltypes.Double,
	"bool": sqltypes.Bool, "date": sqltypes.Date, "time": sqltypes.Time, "timestamp": sqltypes.Timestamp,
	"timestamptz": sqltypes.TimestampTZ, "interval": sqltypes.Interval, "bytes": sqltypes.Varbinary,
	"uuid": sqltypes.UUID, "any": anyKind, "": anyKind,
}

// on reads a signature such as "text, int?, any* -> text": ? marks what may be
// left out, * what may be repeated or left out.
func on(spec string, run evalFunc) form {
	left, right, _ := strings.Cut(spec, "->")
	f := form{spec: spec, run: run}
	for p := range strings.SplitSeq(left, ",") {
		p = strings.TrimSpace(p)
		if p == "" {
			continue
		}
		bare := strings.TrimRight(p, "?*")
		f.params = append(f.params, paramKinds[bare])
		if bare == p {
			f.least++
		}
		f.variadic = f.variadic || strings.HasSuffix(p, "*")
	}
	right = strings.TrimSpace(right)
	f.same = right == "same"
	f.result = paramKinds[right]
	return f
}

func (f form) typed(resolve func(args []Node) (sqltypes.Type, error)) form {
	f.resolve = resolve
	return f
}

func (f *form) param(i int) sqltypes.Kind { return f.params[min(i, len(f.params)-1)] }

// cost tells how far the arguments are from the parameters; -1 if they do not
// fit.
func (f *form) cost(args []Node) int {
	if len(args) < f.least || !f.variadic && len(args) > len(f.params) {
		return -1
	}
	total := 0
	for i, a := range args {
		to := f.param(i)
		switch c := implicitCost(a.Type().Kind, to); {
		case to == anyKind:
		case Untyped(a) && a.Type().Kind != to:
			total++
		case c < 0:
			return -1
		default:
			total += 10 * c
		}
	}
	return total
}

// Words returns how many leading arguments of a call with n arguments are
// words, such as the unit of DATEADD: a bare name there is a string constant.
func (fn *Function) Words(n int) int {
	if n < fn.wordsFrom {
		return 0
	}
	return fn.words
}

// Forms returns the signatures, for documentation.
func (fn *Function) Forms() []string {
	var out []string
	for _, f := range fn.forms {
		in, result, _ := strings.Cut(f.spec, "->")
		out = append(out, fn.Name+"("+strings.TrimSpace(in)+") ->"+result)
	}
	return out
}

// table is filled at registration and only read afterwards.
var table = map[string]*Function{}

func register(fns ...*Function) struct{} {
	for _, fn := range fns {
		for _, name := range append([]string{fn.Name}, fn.Aliases...) {
			if table[name] != nil {
				panic("expr: function " + name + " is registered twice")
			}
			table[name] = fn
		}
	}
	return struct{}{}
}

// Lookup finds a function by any of its names, without regard to case.
func Lookup(name string) (*Function, bool) {
	fn, ok := table[strings.ToUpper(name)]
	return fn, ok
}

// Functions returns the table, by name.
func Functions() []*Function {
	var out []*Function
	for name, fn := range table {
		if name == fn.Name {
			out = append(out, fn)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

// NewCall builds a call of a function of the table. Arguments that
// Words counts come as string constants.
func NewCall(name string, args []Node) (Node, error) {
	fn, ok := Lookup(name)
	if !ok {
		return nil, errUnknownFunction(name, args)
	}
	if fn.rewrite != nil {
		return fn.rewrite(args)
	}
	var best *form
	least := 0
	for i := range fn.forms {
		f := &fn.forms[i]
		if c := f.cost(args); c >= 0 && (best == nil || c < least) {
			best, least = f, c
		}
	}
	if best == nil {
		return nil, fn.errArguments(args)
	}
	if best.same && best.variadic { // all arguments share one type
		all, _, err := Unify(args...)
		if err != nil {
			return nil, err
		}
		args = all
	}
	return fn.bind(best, args)
}

func (fn *Function) bind(f *form, args []Node) (Node, error) {
	bound := make([]Node, len(args))
	for i, a := range args {
		to := f.param(i)
		if to == anyKind {
			if bound[i] = a; a.Type().Kind == sqltypes.Null {
				bound[i] = &Const{V: sqltypes.NullOf(sqltypes.Varchar), T: sqltypes.Of(sqltypes.Varchar)}
			}
			continue
		}
		x, err := Coerce(a, sqltypes.Of(to))
		if err != nil {
			return nil, err
		}
		bound[i] = x
	}
	t := sqltypes.Of(f.result)
	if f.same {
		t = bound[0].Type()
	}
	if f.resolve != nil {
		var err error
		if t, err = f.resolve(bound); err != nil {
			return nil, err
		}
	}
	return &Call{Fn: fn, Args: bound, T: t, run: f.run}, nil
}

func (fn *Function) errArguments(args []Node) error {
	return errf(stateUndefined, "%s(%s) is not defined; there is %s", fn.Name, typeNames(args), strings.Join(fn.Forms(), ", "))
}

func errUnknownFunction(name string, args []Node) error {
	names := make([]string, 0, len(table))
	for n := range table {
		names = append(names, n)
	}
	sort.Strings(names)
	return errf(stateUndefined, "function %s(%s) is not known%s", name, typeNames(args), nearest.Suffix(name, names))
}

// argCount is the error of a rewriting function.
func argCount(name, want string) error {
	return errf(stateUndefined, "%s takes %s", name, want)
}

// Pushdown returns the name of the providers.Func that means the same for
// these arguments, or "".
func (n *Call) Pushdown() string {
	k := sqltypes.Null
	if len(n.Args) > 0 {
		k = n.Args[0].Type().Kind
	}
	switch name := n.Fn.Pushdown; name {
	case "LENGTH", "LOWER", "UPPER":
		if k == sqltypes.Varchar {
			return name
		}
	case "TRIM": // blanks only
		if len(n.Args) == 1 {
			return name
		}
	case "ROUND": // to whole numbers, half away from zero
		if len(n.Args) == 1 && k == sqltypes.Decimal {
			return name
		}
	case "FLOOR", "CEILING":
		if !k.IsInteger() {
			return name
		}
	case "HOUR", "MINUTE", "SECOND":
		if k != sqltypes.Date {
			return name
		}
	default:
		return name
	}
	return ""
}

func (c *compiler) call(n *Call) (*Compiled, error) {
	if n.Fn.lazy != nil {
		return n.Fn.lazy(c, n)
	}
	args, err := c.all(n.Args)
	if err != nil {
		return nil, err
	}
	if n.run == nil {
		return nil, fmt.Errorf("expr: %s has no implementation", n.Fn.Name)
	}
	run, strict := n.run, n.Fn.Nulls == NullIfAny
	return compiledOf(n.T, func(f *Frame) datum {
		base := len(f.args)
		for _, a := range args {
			d := a.eval(f)
			if d.Null && strict || f.Err != nil {
				f.args = f.args[:base]
				return nullDatum
			}
			f.args = append(f.args, d)
		}
		d := run(f, f.args[base:])
		f.args = f.args[:base]
		return d
	}), nil
}
