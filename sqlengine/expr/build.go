package expr

import (
	"strings"

	"github.com/epicorerp/epicorerp/sqltypes"
)

var compareOps = map[string]CompareOp{
	"=": EQ, "==": EQ, "<>": NE, "!=": NE, "<": LT, "<=": LE, ">": GT, ">=": GE,
	"IS DISTINCT FROM": Distinct, "IS NOT DISTINCT FROM": NotDistinct, "<=>": NotDistinct,
}

// NewBinary builds an infix operator: comparisons, IS [NOT] DISTINCT FROM,
// + - * / % DIV, ||, & | ^ << >>, AND, OR, XOR, ~ ~* !~ !~*, -> ->> #> #>>, @> <@.
func NewBinary(op string, a, b Node) (Node, error) {
	op = strings.ToUpper(op)
	if c, ok := compareOps[op]; ok {
		return NewCompare(c, a, b)
	}
	switch op {
	case "AND":
		return And(a, b)
	case "OR":
		return Or(a, b)
	case "XOR":
		both, err := bools("XOR", a, b)
		if err != nil {
			return nil, err
		}
		return NewCompare(NE, both[0], both[1])
	case "||":
		return Concat(a, b)
	case "->", "->>", "#>", "#>>", "@>", "<@":
		return newJSONAccess(op, a, b)
	case "~", "~*", "!~", "!~*":
		return NewRegex(a, b, op[0] == '!', strings.HasSuffix(op, "*"))
	case "+", "-", "*", "/", "%", "MOD", "DIV":
		return newArith(op, a, b)
	case "&", "|", "^", "#", "<<", ">>":
		return newBitwise(op, a, b)
	}
	return nil, errf(stateUnsupported, "operator %s is not supported", op)
}

// NewUnary builds -x, +x, ~x or NOT x.
func NewUnary(op string, x Node) (Node, error) {
	if strings.EqualFold(op, "NOT") {
		return Not(x)
	}
	if x.Type().Kind == sqltypes.Null {
		x = &Const{V: sqltypes.NullOf(sqltypes.BigInt), T: sqltypes.Of(sqltypes.BigInt)}
	}
	k := x.Type().Kind
	switch {
	case op == "+" && k.IsNumeric():
		return x, nil
	case op == "-" && (k.IsNumeric() || k == sqltypes.Interval), op == "~" && k.IsInteger():
		n := &Unary{Op: op, X: x, T: x.Type()}
		if _, ok := x.(*Const); ok && op == "-" { // -5 is a constant to everybody
			return Fold(n), nil
		}
		return n, nil
	}
	return nil, errf(stateUndefined, "operator %s is not defined for %s", op, k)
}

// NewCompare builds a comparison.
func NewCompare(op CompareOp, a, b Node) (Node, error) {
	if r, ok := b.(*DayRange); ok {
		return compareRange(op, a, r)
	}
	if r, ok := a.(*DayRange); ok {
		return compareRange(op.Flip(), b, r)
	}
	x, y, err := comparable(op.String(), a, b)
	if err != nil {
		return nil, err
	}
	return &Compare{Op: op, A: x, B: y}, nil
}

// comparable converts two operands to what a Compare takes.
func comparable(op string, a, b Node) (Node, Node, error) {
	ua, ub := Untyped(a), Untyped(b)
	switch {
	case ua && ub:
		both, _, err := Unify(a, b)
		if err != nil {
			return nil, nil, err
		}
		return both[0], both[1], nil
	case ua:
		x, err := Coerce(a, b.Type())
		return x, b, err
	case ub:
		y, err := Coerce(b, a.Type())
		return a, y, err
	}
	ka, kb := a.Type().Kind, b.Type().Kind
	if ka == kb {
		return a, b, nil
	}
	// A constant takes the column's kind where nothing is lost: the column
	// stays bare, so that servers can be asked.
	if ca, ok := a.(*Const); ok && lossless(ca.V, kb) && !ca.V.Null {
		x, err := implicitCast(a, b.Type())
		return x, b, err
	}
	if cb, ok := b.(*Const); ok && lossless(cb.V, ka) && !cb.V.Null {
		y, err := implicitCast(b, a.Type())
		return a, y, err
	}
	switch {
	case ka.IsInteger() && kb.IsInteger():
		return a, b, nil
	case ka.IsNumeric() && kb.IsNumeric():
		return comparableNumbers(a, b)
	case ka == sqltypes.UUID && kb == sqltypes.Varchar:
		y, err := implicitCast(b, a.Type())
		return a, y, err
	case kb == sqltypes.UUID && ka == sqltypes.Varchar:
		x, err := implicitCast(a, b.Type())
		return x, b, err
	}
	t, ok := commonOf(a.Type(), b.Type())
	if !ok {
		return nil, nil, errNotDefined(op, a, b)
	}
	x, err := Coerce(a, t)
	if err != nil {
		return nil, nil, err
	}
	y, err := Coerce(b, t)
	return x, y, err
}

// comparableNumbers keeps an integer and a float as they are, for they compare
// exactly; a decimal meets an integer as a decimal and a float as a float.
func comparableNumbers(a, b Node) (Node, Node, error) {
	fa, fb := isFloat(a), isFloat(b)
	switch {
	case fa && fb, fa && b.Type().Kind.IsInteger(), fb && a.Type().Kind.IsInteger():
		return a, b, nil
	}
	to := sqltypes.Of(sqltypes.Decimal)
	if fa || fb {
		to = sqltypes.Of(sqltypes.Double)
	}
	var err error
	if a.Type().Kind != to.Kind && !fa {
		if a, err = implicitCast(a, to); err != nil {
			return nil, nil, err
		}
	}
	if b.Type().Kind != to.Kind && !fb {
		b, err = implicitCast(b, to)
	}
	return a, b, err
}

func isFloat(n Node) bool { return n.Type().Kind.Storage() == sqltypes.StoreFloat }

// bools converts operands to BOOLEAN.
func bools(op string, args ...Node) ([]Node, error) {
	out := make([]Node, len(args))
	for i, a := range args {
		x, err := Coerce(a, boolType)
		if err != nil {
			return nil, errf(stateMismatch, "%s needs BOOLEAN operands, not %s: %s", op, a.Type().Kind, clip(a.String()))
		}
		out[i] = x
	}
	return out, nil
}

// And joins conditions; nested ANDs become one. Without any it is TRUE.
func And(args ...Node) (Node, error) { return logical(false, args) }

// Or joins conditions; nested ORs become one. Without any it is FALSE.
func Or(args ...Node) (Node, error) { return logical(true, args) }

func logical(or bool, args []Node) (Node, error) {
	word := "AND"
	if or {
		word = "OR"
	}
	conds, err := bools(word, args...)
	if err != nil {
		return nil, err
	}
	return joinLogical(or, conds), nil
}

func joinLogical(or bool, conds []Node) Node {
	var flat []Node
	for _, c := range conds {
		if l, ok := c.(*Logical); ok && l.Or == or {
			flat = append(flat, l.Args...)
		} else {
			flat = append(flat, c)
		}
	}
	switch len(flat) {
	case 0:
		return NewConst(sqltypes.BoolValue(!or))
	case 1:
		return flat[0]
	}
	return &Logical{Or: or, Args: flat}
}

// Not negates a condition.
func Not(x Node) (Node, error) {
	c, err := bools("NOT", x)
	if err != nil {
		return nil, err
	}
	return &Negation{c[0]}, nil
}

// IsNull builds x IS [NOT] NULL.
func IsNull(x Node, not bool) (Node, error) { return &NullTest{X: x, Not: not}, nil }

// IsBool builds x IS [NOT] TRUE, FALSE or UNKNOWN.
func IsBool(x Node, truth Truth, not bool) (Node, error) {
	c, err := bools("IS TRUE, FALSE or UNKNOWN", x)
	if err != nil {
		return nil, err
	}
	return &BoolTest{X: c[0], Truth: truth, Not: not}, nil
}

// Between builds x [NOT] BETWEEN [SYMMETRIC] lo AND hi as two comparisons.
func Between(x, lo, hi Node, not, symmetric bool) (Node, error) {
	return betweenBy(NewCompare, x, lo, hi, not, symmetric)
}

func betweenBy(compare func(CompareOp, Node, Node) (Node, error), x, lo, hi Node, not, symmetric bool) (Node, error) {
	between := func(lo, hi Node) (Node, error) {
		a, err := compare(GE, x, lo)
		if err != nil {
			return nil, err
		}
		b, err := compare(LE, x, hi)
		if err != nil {
			return nil, err
		}
		return And(a, b)
	}
	in, err := between(lo, hi)
	if err != nil {
		return nil, err
	}
	if symmetric {
		other, err := between(hi, lo)
		if err != nil {
			return nil, err
		}
		if in, err = Or(in, other); err != nil {
			return nil, err
		}
	}
	if not {
		return Not(in)
	}
	return in, nil
}

// NewIn builds x [NOT] IN (list). Lists of constants are hashed.
func NewIn(x Node, list []Node, not bool) (Node, error) {
	if len(list) == 0 { // an empty list, which only programs write, matches nothing
		return NewConst(sqltypes.BoolValue(not)), nil
	}
	if in, ok := inOneKind(x, list, not); ok {
		return in, nil
	}
	// Operands of several kinds: each comparison by its own rules.
	conds := make([]Node, len(list))
	for i, v := range list {
		c, err := NewCompare(EQ, x, v)
		if err != nil {
			return nil, err
		}
		conds[i] = c
	}
	out, err := Or(conds...)
	if err == nil && not {
		return Not(out)
	}
	return out, err
}

// inOneKind brings x and all items to one kind, if comparing there is the same
// as comparing one by one.
func inOneKind(x Node, list []Node, not bool) (Node, bool) {
	for _, v := range list {
		if _, ok := v.(*DayRange); ok {
			return nil, false
		}
	}
	if Untyped(x) {
		all, _, err := Unify(append([]Node{x}, list...)...)
		if err != nil {
			return nil, false
		}
		return &InList{X: all[0], List: all[1:], Not: not}, true
	}
	k := x.Type().Kind
	items, allDecimal := make([]Node, len(list)), true
	for i, v := range list {
		_, y, err := comparable("=", x, v)
		if err != nil {
			return nil, false
		}
		items[i] = y
		vk := v.Type().Kind
		allDecimal = allDecimal && (vk.IsInteger() || vk == sqltypes.Decimal)
	}
	if k.IsInteger() && allDecimal && !sameStorage(items, sqltypes.StoreInt) {
		cast, err := implicitCast(x, sqltypes.Of(sqltypes.Decimal))
		if err != nil {
			return nil, false
		}
		return inOneKind(cast, list, not)
	}
	for _, v := range items {
		vk := v.Type().Kind
		if vk != k && !(vk.IsInteger() && k.IsInteger()) {
			return nil, false
		}
	}
	return &InList{X: x, List: items, Not: not}, true
}

func sameStorage(nodes []Node, s sqltypes.Storage) bool {
	for _, n := range nodes {
		if n.Type().Kind.Storage() != s {
			return false
		}
	}
	return true
}

func text(what string, n Node) (Node, error) {
	if n.Type().Kind == sqltypes.Varchar {
		return n, nil
	}
	out, err := Coerce(n, sqltypes.Of(sqltypes.Varchar))
	if err != nil {
		return nil, errf(stateUndefined, "%s needs text, not %s; write CAST(… AS VARCHAR)", what, n.Type().Kind)
	}
	return out, nil
}

// NewLike builds x [NOT] LIKE pattern [ESCAPE escape]; escape may be nil.
func NewLike(x, pattern, escape Node, not, insensitive bool) (Node, error) {
	n := &Like{Not: not, Insensitive: insensitive}
	var err error
	if n.X, err = text("LIKE", x); err != nil {
		return nil, err
	}
	if n.Pattern, err = text("LIKE", pattern); err != nil {
		return nil, err
	}
	if escape != nil {
		if n.Escape, err = text("ESCAPE", escape); err != nil {
			return nil, err
		}
		if c, ok := n.Escape.(*Const); ok && runeCount([]byte(c.V.S)) > 1 {
			return nil, errEscapeLength(c.V.S)
		}
	}
	return n, nil
}

func errEscapeLength(s string) *Error {
	return errf(stateBadEscape, "ESCAPE takes one character or none, not '%s'", clip(s))
}

// NewRegex builds x ~ pattern. A constant pattern is checked here.
func NewRegex(x, pattern Node, not, insensitive bool) (Node, error) {
	n := &Regex{Not: not, Insensitive: insensitive}
	var err error
	if n.X, err = text("a regular expression", x); err != nil {
		return nil, err
	}
	if n.Pattern, err = text("a regular expression", pattern); err != nil {
		return nil, err
	}
	if c, ok := n.Pattern.(*Const); ok && !c.V.Null {
		if _, err := compileRegexp(regexOptions{fold: insensitive}.append(nil, []byte(c.V.S)), []byte(c.V.S)); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// NewPattern builds x [NOT] SIMILAR TO pattern [ESCAPE escape], or the same
// with GLOB, by the name of the function; escape may be nil.
func NewPattern(function string, x, pattern, escape Node, not bool) (Node, error) {
	args := []Node{x, pattern}
	if escape != nil {
		args = append(args, escape)
	}
	n, err := NewCall(function, args)
	if err != nil || !not {
		return n, err
	}
	return Not(n)
}

// NewCase builds CASE [operand] WHEN … THEN … ELSE … END. operand and els may
// be nil. With an operand, each Cond is what it is compared with.
func NewCase(operand Node, whens []When, els Node) (Node, error) {
	results := make([]Node, 0, len(whens)+1)
	conds := make([]Node, len(whens))
	for i, w := range whens {
		var err error
		if operand != nil {
			conds[i], err = NewCompare(EQ, operand, w.Cond)
		} else {
			var c []Node
			if c, err = bools("WHEN", w.Cond); err == nil {
				conds[i] = c[0]
			}
		}
		if err != nil {
			return nil, err
		}
		results = append(results, w.Result)
	}
	if els == nil {
		els = NewConst(sqltypes.NullOf(sqltypes.Null))
	}
	results, t, err := Unify(append(results, els)...)
	if err != nil {
		return nil, err
	}
	out := &Case{Else: results[len(whens)], T: t}
	for i, c := range conds {
		out.Whens = append(out.Whens, When{c, results[i]})
	}
	return out, nil
}

// NewCast builds CAST(x AS t), or TRY_CAST.
func NewCast(x Node, t sqltypes.Type, try bool) (Node, error) {
	if r, ok := x.(*DayRange); ok {
		d, err := r.day()
		if err != nil {
			return nil, err
		}
		x = d
	}
	from := x.Type().Kind
	if !castable(from, t.Kind) {
		return nil, errf(stateNoCast, "cannot cast %s to %s: %s", from, t.Kind, castAdvice(from, t.Kind))
	}
	if c, ok := x.(*Const); ok && c.V.Null {
		return &Const{V: sqltypes.NullOf(t.Kind), T: t}, nil
	}
	if x.Type() == t && !Untyped(x) { // a literal that was cast is a literal no more
		return x, nil
	}
	return &Cast{X: x, T: t, Try: try}, nil
}

// Concat builds a || b: text, or bytes.
func Concat(a, b Node) (Node, error) {
	ka, kb := a.Type().Kind, b.Type().Kind
	if ka == sqltypes.Varbinary && (kb == ka || Untyped(b)) || kb == sqltypes.Varbinary && Untyped(a) {
		t := sqltypes.Of(sqltypes.Varbinary)
		x, err := Coerce(a, t)
		if err != nil {
			return nil, err
		}
		y, err := Coerce(b, t)
		return &Join{x, y, t}, err
	}
	if !ka.IsText() && !kb.IsText() && !Untyped(a) && !Untyped(b) {
		return nil, errNotDefined("||", a, b)
	}
	x, err := asText(a)
	if err != nil {
		return nil, err
	}
	y, err := asText(b)
	return &Join{x, y, sqltypes.Of(sqltypes.Varchar)}, err
}

// asText converts any value to text.
func asText(n Node) (Node, error) {
	if n.Type().Kind == sqltypes.Varchar {
		return n, nil
	}
	return NewCast(n, sqltypes.Of(sqltypes.Varchar), false)
}
