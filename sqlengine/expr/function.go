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

// String returns the word that CREATE FUNCTION has for it.
func (v Volatility) String() string { return [...]string{"immutable", "stable", "volatile"}[v] }

// NullRule tells when a function gives NULL.
type NullRule uint8

// The rules.
const (
	NullIfAny NullRule = iota // strict: exactly if an argument is NULL
	NullIfAll                 // only if all arguments are NULL
	NeverNull
	MaybeNull // nothing is promised
)

// String returns the rule as the documentation says it.
func (r NullRule) String() string {
	return [...]string{"NULL if an argument is", "NULL if all arguments are", "never NULL", "as described"}[r]
}

// Group is the chapter of the documentation that a function belongs to.
type Group string

// The groups.
const (
	GroupString      Group = "String"
	GroupRegexp      Group = "Regular expression"
	GroupMath        Group = "Mathematical"
	GroupTime        Group = "Date and time"
	GroupConditional Group = "Conditional"
	GroupJSON        Group = "JSON"
	GroupSession     Group = "Session"
)

// Groups lists the groups in the order of the documentation.
func Groups() []Group {
	return []Group{GroupString, GroupRegexp, GroupMath, GroupTime, GroupConditional, GroupJSON, GroupSession}
}

// Function is one entry of the function table.
type Function struct {
	Name       string
	Aliases    []string
	Group      Group
	Doc        string // one line
	Volatility Volatility
	Nulls      NullRule
	// words is the number of leading arguments that are words in a call of at
	// least wordsFrom arguments.
	words, wordsFrom int

	forms   []*form
	rewrite func(args []Node) (Node, error) // of the forms that have none of their own
	lazy    func(c *compiler, n *Call) (*Compiled, error)
}

// Words returns how many leading arguments of a call with n arguments are
// words, such as the unit of DATEADD: a bare name there is a string constant.
func (fn *Function) Words(n int) int {
	if n < fn.wordsFrom {
		return 0
	}
	return fn.words
}

// table is filled at registration and only read afterwards.
var table = map[string]*Function{}

func register(g Group, fns ...*Function) struct{} {
	for _, fn := range fns {
		fn.Group = g
		for _, f := range fn.forms {
			if f.rewrite == nil {
				f.rewrite = fn.rewrite
			}
		}
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
	args, err := dayValues(args)
	if err != nil {
		return nil, err
	}
	f := fn.choose(args)
	if f == nil {
		return nil, fn.errArguments(args)
	}
	if f.rewrite != nil {
		if n, err := f.rewrite(args); n != nil || err != nil {
			return n, err
		}
	}
	if f.same && f.variadic { // all arguments share one type
		all, _, err := Unify(args...)
		if err != nil {
			return nil, err
		}
		args = all
	}
	return fn.bind(f, args)
}

// choose returns the form that is nearest to the arguments, the first of
// several, or nil.
func (fn *Function) choose(args []Node) *form {
	var best *form
	least := 0
	for _, f := range fn.forms {
		if c := f.cost(args); c >= 0 && (best == nil || c < least) {
			best, least = f, c
		}
	}
	return best
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
	return &Call{Fn: fn, Args: bound, T: t, form: f}, nil
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

// Pushdown returns the name of the providers.Func that means the same for
// these arguments, or "".
func (n *Call) Pushdown() string { return n.form.push }

func (c *compiler) call(n *Call) (*Compiled, error) {
	if n.Fn.lazy != nil {
		return n.Fn.lazy(c, n)
	}
	args, err := c.all(n.Args)
	if err != nil {
		return nil, err
	}
	run, strict := n.form.run, n.Fn.Nulls == NullIfAny
	if n.form.prepare != nil {
		run = n.form.prepare(n.Args)
	}
	if run == nil {
		return nil, fmt.Errorf("expr: %s has no implementation", n.Fn.Name)
	}
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
