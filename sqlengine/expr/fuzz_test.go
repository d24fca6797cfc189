package expr

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// FuzzEvaluator compares compiled expressions, folded and not, with the naive
// evaluator. The bytes are choices: which node, which operand, which value.
func FuzzEvaluator(f *testing.F) {
	f.Add([]byte("some choices to begin with"))
	f.Fuzz(func(t *testing.T, choices []byte) { compareEvaluators(t, choices) })
}

func TestCompiledExpressionsAgreeWithTheNaiveEvaluator(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		choices := make([]byte, 8+r.IntN(120))
		for i := range choices {
			choices[i] = byte(r.Uint32())
		}
		compareEvaluators(t, choices)
	}
}

func compareEvaluators(t *testing.T, choices []byte) {
	g := &treeMaker{choices: choices}
	values := g.row()
	types := make([]sqltypes.Type, len(values))
	for i, v := range values {
		types[i] = sqltypes.Of(v.Kind)
	}
	n := g.node(g.kind(), 5)
	b := tuple.NewBatch(tuple.NewLayout(types))
	row := b.AddRow()
	for i, v := range values {
		require.NoError(t, b.SetValue(row, i, v))
	}
	want := outcome(naive{values}.eval(n))
	for _, e := range []Node{n, Fold(n)} {
		c, err := Compile(e, b.Layout)
		require.NoError(t, err, e)
		require.Equal(t, want, outcome(c.Value(&Frame{Row: b.Row(0)})), "%s\nas %s\nover %v", n, e, values)
		if e.Type().Kind == sqltypes.Bool {
			test, err := Predicate(e, b.Layout)
			require.NoError(t, err)
			ok, err := test(&Frame{Row: b.Row(0)})
			require.Equal(t, want == "true", ok, "%s as a condition over %v: %v", e, values, err)
		}
	}
}

// outcome is the text of a value, NULL, or the SQLSTATE of an error.
func outcome(v sqltypes.Value, err error) string {
	var e *Error
	switch {
	case errors.As(err, &e):
		return "!" + e.SQLState()
	case err != nil:
		return err.Error()
	case v.Null:
		return "NULL"
	}
	return v.Text()
}

// treeMaker makes well-typed expressions; when the choices are used up, each
// further one is 0, which ends the tree.
type treeMaker struct{ choices []byte }

func (g *treeMaker) pick(n int) int {
	if len(g.choices) == 0 {
		return 0
	}
	c := int(g.choices[0])
	g.choices = g.choices[1:]
	return c % n
}

var (
	madeKinds  = []sqltypes.Kind{sqltypes.Bool, sqltypes.Integer, sqltypes.BigInt, sqltypes.Decimal, sqltypes.Double, sqltypes.Varchar, sqltypes.Date}
	madeInts   = []int64{0, 1, -1, 2, 3, 7, -7, 10, 100, math.MaxInt32, math.MinInt32, 65536}
	madeBigs   = []int64{math.MaxInt64, math.MinInt64, 1 << 53, 1<<53 + 1, -4294967296}
	madeNums   = []string{"0", "1.5", "-2.50", "0.001", "12345678901234567890.12", "-0.5", "100", "2.5", "9223372036854775807", "-7.00"}
	madeFloats = []float64{0, 1, -1.5, 0.1, 1e300, -1e-300, 2.5, 3.5, math.Inf(1), math.NaN(), 9007199254740993, math.Copysign(0, -1)}
	madeTexts  = []string{"", "a", "abc", "äöü", "aXbXc", "  a b ", "12", "-7", "%_", "ABC", "a%b", "日本", "X"}
	madeLikes  = []string{"%", "a%", "%c", "%b%", "a_c", "abc", "", "_%", "%a%b%", `a\%b`, "Ä%", "%X_", "__", `\_%`}
	madeDays   = []int64{0, 19782, -25567, 2932896, -719162, 10957}
)

func (g *treeMaker) kind() sqltypes.Kind { return madeKinds[g.pick(len(madeKinds))] }

func (g *treeMaker) value(k sqltypes.Kind) sqltypes.Value {
	if g.pick(6) == 5 {
		return sqltypes.NullOf(k)
	}
	switch k {
	case sqltypes.Bool:
		return sqltypes.BoolValue(g.pick(2) == 1)
	case sqltypes.Integer:
		return sqltypes.Value{Kind: k, I: madeInts[g.pick(len(madeInts))]}
	case sqltypes.BigInt:
		all := append(madeInts[:len(madeInts):len(madeInts)], madeBigs...)
		return sqltypes.IntValue(all[g.pick(len(all))])
	case sqltypes.Decimal:
		n, err := sqltypes.ParseNum(madeNums[g.pick(len(madeNums))])
		if err != nil {
			panic(err)
		}
		return sqltypes.NumValue(n)
	case sqltypes.Double:
		return sqltypes.FloatValue(madeFloats[g.pick(len(madeFloats))])
	case sqltypes.Varchar:
		return sqltypes.StringValue(madeTexts[g.pick(len(madeTexts))])
	}
	return sqltypes.DateValue(madeDays[g.pick(len(madeDays))])
}

// row has two columns of each kind.
func (g *treeMaker) row() []sqltypes.Value {
	var out []sqltypes.Value
	for _, k := range append(madeKinds, madeKinds...) {
		out = append(out, g.value(k))
	}
	return out
}

// leaf is a column or a constant, typed where a bare literal would take
// another type.
func (g *treeMaker) leaf(k sqltypes.Kind) Node {
	at := 0
	for i, m := range madeKinds {
		if m == k {
			at = i
		}
	}
	switch g.pick(3) {
	case 0:
		return &Column{Index: at, Name: "c" + k.String(), T: sqltypes.Of(k)}
	case 1:
		return &Column{Index: at + len(madeKinds), Name: "d" + k.String(), T: sqltypes.Of(k)}
	}
	v := g.value(k)
	return &Const{V: v, T: sqltypes.Of(k)}
}

func (g *treeMaker) nodes(depth int, kinds ...sqltypes.Kind) []Node {
	out := make([]Node, len(kinds))
	for i, k := range kinds {
		out[i] = g.node(k, depth-1)
	}
	return out
}

func (g *treeMaker) node(k sqltypes.Kind, depth int) Node {
	if depth == 0 || len(g.choices) == 0 {
		return g.leaf(k)
	}
	switch g.pick(8) {
	case 0:
		return g.leaf(k)
	case 1:
		cond, a, b := g.node(sqltypes.Bool, depth-1), g.node(k, depth-1), g.node(k, depth-1)
		return must(NewCase(nil, []When{{cond, a}}, b))
	case 2:
		name := []string{"COALESCE", "GREATEST", "LEAST"}[g.pick(3)]
		return must(NewCall(name, g.nodes(depth, k, k)))
	case 3:
		args := g.nodes(depth, k, k)
		return must(NewCall("NULLIF", args))
	}
	switch k {
	case sqltypes.Bool:
		return g.condition(depth)
	case sqltypes.Varchar:
		return g.text(depth)
	case sqltypes.Date:
		op := []string{"+", "-"}[g.pick(2)]
		args := g.nodes(depth, sqltypes.Date, sqltypes.Integer)
		return must(NewBinary(op, args[0], args[1]))
	}
	return g.number(k, depth)
}
