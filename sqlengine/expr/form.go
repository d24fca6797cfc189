package expr

import (
	"strings"

	"github.com/epicorerp/epicorerp/sqltypes"
)

// evalFunc computes a call from its arguments' values. Text that it builds
// lies in f.Scratch; it fails through f.fail.
type evalFunc = func(f *Frame, a []datum) datum

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
	// partial says that the result may be NULL though no argument is.
	partial bool
	// prepare makes run when the call is compiled, so that what depends on
	// constant arguments alone is done once: a pattern, a path.
	prepare func(args []Node) evalFunc
	// rewrite builds the call out of other expressions; without a result the
	// call is left as it is.
	rewrite func(args []Node) (Node, error)
	// push is the name of the providers.Func that means the same, or empty.
	push  string
	odata Rendering
}

// Rendering is how each version of OData writes a call in $filter, $1 standing
// for the first argument. It is empty where a server's answer is not sure to be
// the engine's, which then computes the call itself. The provider has the last
// word: a test holds the two together.
type Rendering struct{ V2, V3, V4 string }

// anyKind is a parameter that takes every kind as it is.
const anyKind = sqltypes.Kind(255)

var paramKinds = map[string]sqltypes.Kind{
	"text": sqltypes.Varchar, "word": sqltypes.Varchar, "int": sqltypes.BigInt, "integer": sqltypes.Integer,
	"smallint": sqltypes.SmallInt, "decimal": sqltypes.Decimal, "real": sqltypes.Real, "double": sqltypes.Double,
	"bool": sqltypes.Bool, "date": sqltypes.Date, "time": sqltypes.Time, "timestamp": sqltypes.Timestamp,
	"timestamptz": sqltypes.TimestampTZ, "interval": sqltypes.Interval, "bytes": sqltypes.Varbinary,
	"uuid": sqltypes.UUID, "json": sqltypes.JSON, "any": anyKind,
}

// on reads a signature such as "text, int?, any* -> text": ? marks what may be
// left out, * what may be repeated or left out. Like all that the table is
// written with it stays a call, or the table would be hundreds of copies of it.
//
//go:noinline
func on(spec string, run evalFunc) *form {
	left, right, _ := strings.Cut(spec, "->")
	f := &form{spec: spec, run: run}
	for p := range strings.SplitSeq(left, ",") {
		p = strings.TrimSpace(p)
		if p == "" {
			continue
		}
		bare := strings.TrimRight(p, "?*")
		f.params = append(f.params, paramKind(bare))
		if bare == p {
			f.least++
		}
		f.variadic = f.variadic || strings.HasSuffix(p, "*")
	}
	right = strings.TrimSpace(right)
	if f.same = right == "same"; !f.same {
		f.result = paramKind(right)
	}
	return f
}

func paramKind(word string) sqltypes.Kind {
	k, ok := paramKinds[word]
	if !ok {
		panic("expr: a signature names the unknown type " + word)
	}
	return k
}

func (f *form) typed(resolve func(args []Node) (sqltypes.Type, error)) *form {
	f.resolve = resolve
	return f
}

func (f *form) prepared(prepare func(args []Node) evalFunc) *form {
	f.prepare = prepare
	return f
}

// orNull says that the result may be NULL though no argument is.
func (f *form) orNull() *form {
	f.partial = true
	return f
}

func (f *form) rewritten(rewrite func(args []Node) (Node, error)) *form {
	f.rewrite = rewrite
	return f
}

// pushes says that providers have a word for the call, and how OData writes it.
//
//go:noinline
func (f *form) pushes(name string, r Rendering) *form {
	f.push, f.odata = name, r
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
