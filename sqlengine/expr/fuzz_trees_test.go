package expr

import "github.com/epicorerp/epicorerp/sqltypes"

const (
	madeText = sqltypes.Varchar
	madeInt  = sqltypes.Integer
)

func (g *treeMaker) condition(depth int) Node {
	switch g.pick(11) {
	case 0:
		args := g.nodes(depth, sqltypes.Bool, sqltypes.Bool, sqltypes.Bool)
		return must(And(args...))
	case 1:
		args := g.nodes(depth, sqltypes.Bool, sqltypes.Bool)
		return must(Or(args...))
	case 2:
		return must(Not(g.node(sqltypes.Bool, depth-1)))
	case 3:
		return must(IsNull(g.node(g.kind(), depth-1), g.pick(2) == 1))
	case 4:
		return must(IsBool(g.node(sqltypes.Bool, depth-1), Truth(g.pick(3)), g.pick(2) == 1))
	case 5:
		k := g.kind()
		list := make([]Node, 1+g.pick(6))
		x := g.node(k, depth-1)
		for i := range list {
			list[i] = g.leaf(k)
		}
		return must(NewIn(x, list, g.pick(2) == 1))
	case 6:
		k := g.kind()
		args := g.nodes(depth, k, k, k)
		return must(Between(args[0], args[1], args[2], g.pick(2) == 1, g.pick(2) == 1))
	case 7:
		p := &Const{V: sqltypes.StringValue(madeLikes[g.pick(len(madeLikes))]), T: sqltypes.Of(madeText)}
		return must(NewLike(g.node(madeText, depth-1), p, nil, g.pick(2) == 1, g.pick(2) == 1))
	case 8:
		name := []string{"STARTS_WITH", "ENDS_WITH", "CONTAINS"}[g.pick(3)]
		return must(NewCall(name, g.nodes(depth, madeText, madeText)))
	}
	k := g.kind()
	args := g.nodes(depth, k, k)
	if g.pick(3) == 0 && k.IsNumeric() { // numbers of two kinds
		args[1] = g.node([]sqltypes.Kind{sqltypes.Integer, sqltypes.BigInt, sqltypes.Double}[g.pick(3)], depth-1)
		if k == sqltypes.Decimal { // a decimal meets a float as the nearest float
			args[1] = g.node(sqltypes.BigInt, depth-1)
		}
	}
	op := CompareOp(g.pick(int(NotDistinct) + 1))
	return must(NewCompare(op, args[0], args[1]))
}

// calls are functions of the naive evaluator by the kinds of their arguments.
var textCalls = []struct {
	name  string
	kinds []sqltypes.Kind
}{
	{"LOWER", []sqltypes.Kind{madeText}}, {"UPPER", []sqltypes.Kind{madeText}}, {"LEFT", []sqltypes.Kind{madeText, madeInt}},
	{"RIGHT", []sqltypes.Kind{madeText, madeInt}}, {"SUBSTRING", []sqltypes.Kind{madeText, madeInt}},
	{"SUBSTRING", []sqltypes.Kind{madeText, madeInt, madeInt}}, {"REPLACE", []sqltypes.Kind{madeText, madeText, madeText}},
	{"TRIM", []sqltypes.Kind{madeText}}, {"LTRIM", []sqltypes.Kind{madeText, madeText}}, {"RTRIM", []sqltypes.Kind{madeText, madeText}},
	{"REVERSE", []sqltypes.Kind{madeText}}, {"TRANSLATE", []sqltypes.Kind{madeText, madeText, madeText}},
	{"SPLIT_PART", []sqltypes.Kind{madeText, madeText, madeInt}}, {"STUFF", []sqltypes.Kind{madeText, madeInt, madeInt, madeText}},
	{"CONCAT", []sqltypes.Kind{madeText, sqltypes.BigInt, sqltypes.Decimal}}, {"CONCAT", []sqltypes.Kind{sqltypes.Date, sqltypes.Bool, madeText}},
}

var intCalls = []struct {
	name  string
	kinds []sqltypes.Kind
}{
	{"LENGTH", []sqltypes.Kind{madeText}}, {"OCTET_LENGTH", []sqltypes.Kind{madeText}}, {"POSITION", []sqltypes.Kind{madeText, madeText}},
	{"ASCII", []sqltypes.Kind{madeText}}, {"STRCMP", []sqltypes.Kind{madeText, madeText}}, {"YEAR", []sqltypes.Kind{sqltypes.Date}},
	{"MONTH", []sqltypes.Kind{sqltypes.Date}}, {"DAY", []sqltypes.Kind{sqltypes.Date}}, {"ABS", []sqltypes.Kind{madeInt}}, {"SIGN", []sqltypes.Kind{madeInt}},
}

func (g *treeMaker) text(depth int) Node {
	switch g.pick(5) {
	case 0:
		args := g.nodes(depth, madeText, madeText)
		return must(Concat(args[0], args[1]))
	case 1:
		t := sqltypes.Of(madeText)
		if g.pick(2) == 1 {
			t = sqltypes.VarcharType(g.pick(4))
		}
		return must(NewCast(g.node(g.kind(), depth-1), t, false))
	case 2: // short ones: REPEAT and the paddings grow
		n := NewConst(sqltypes.Value{Kind: madeInt, I: int64(g.pick(8))})
		name := []string{"REPEAT", "LPAD", "RPAD"}[g.pick(3)]
		return must(NewCall(name, []Node{g.leaf(madeText), n}))
	}
	c := textCalls[g.pick(len(textCalls))]
	return must(NewCall(c.name, g.nodes(depth, c.kinds...)))
}

func (g *treeMaker) number(k sqltypes.Kind, depth int) Node {
	switch g.pick(6) {
	case 0:
		if k == madeInt {
			c := intCalls[g.pick(len(intCalls))]
			return must(NewCall(c.name, g.nodes(depth, c.kinds...)))
		}
		if k != sqltypes.Double {
			name := []string{"ABS", "SIGN"}[g.pick(2)]
			return must(NewCall(name, g.nodes(depth, k)))
		}
	case 1:
		return must(NewUnary("-", g.node(k, depth-1)))
	case 2:
		if n := g.cast(k, depth); n != nil {
			return n
		}
	}
	ops := map[sqltypes.Kind][]string{madeInt: {"+", "-", "*", "/", "%"}, sqltypes.BigInt: {"+", "-", "*", "/", "%"},
		sqltypes.Decimal: {"+", "-", "*", "%"}, sqltypes.Double: {"+", "-", "*", "/"}}[k]
	args := g.nodes(depth, k, k)
	return must(NewBinary(ops[g.pick(len(ops))], args[0], args[1]))
}

// cast makes a cast to a kind of number, also of text that may be none.
func (g *treeMaker) cast(k sqltypes.Kind, depth int) Node {
	from := []sqltypes.Kind{madeInt, sqltypes.BigInt, sqltypes.Decimal, sqltypes.Double, madeText, sqltypes.Bool}[g.pick(6)]
	try := g.pick(3) == 0
	to := sqltypes.Of(k)
	switch {
	case k.IsInteger():
	case from == madeText || from == sqltypes.Bool:
		return nil
	case k == sqltypes.Decimal && g.pick(2) == 1:
		to = sqltypes.DecimalType(4+g.pick(12), g.pick(4))
	case k == sqltypes.Decimal && from == sqltypes.Double:
		return nil
	}
	x := g.node(from, depth-1)
	if c, ok := x.(*Const); ok && from == madeText { // a column, so that no literal takes the type at once
		x = &Column{Index: 5, Name: "c", T: c.T}
	}
	return must(NewCast(x, to, try))
}
