package expr

import (
	"fmt"
	"strings"

	"github.com/epicorerp/epicorerp/sqltypes"
)

// Untyped reports a bare string literal, a bare NULL, or a parameter bound to
// either: a constant that takes the type of what it meets.
func Untyped(n Node) bool {
	c, ok := n.(*Const)
	return ok && (c.T.Kind == sqltypes.Null || c.T.Kind == sqltypes.Varchar)
}

// NewConst returns a constant with the facets of its value.
//
//go:noinline
func NewConst(v sqltypes.Value) *Const { return &Const{V: v, T: typeOfValue(v)} }

func typeOfValue(v sqltypes.Value) sqltypes.Type {
	if v.Kind == sqltypes.Decimal && !v.Null {
		return sqltypes.DecimalType(max(v.D.Precision(), v.D.Scale()), v.D.Scale())
	}
	return sqltypes.Of(v.Kind)
}

// implicitCost tells how far an implicit conversion goes; -1 where there is
// none.
func implicitCost(from, to sqltypes.Kind) int {
	switch {
	case from == to:
		return 0
	case from == sqltypes.Null:
		return 1
	case from.IsInteger() && to.IsInteger() && from < to:
		return int(to - from)
	case from.IsInteger() && to == sqltypes.Decimal:
		return 4
	case (from.IsInteger() || from == sqltypes.Decimal) && to == sqltypes.Double:
		return 5
	case from.IsNumeric() && to == sqltypes.Real && from != sqltypes.Double:
		return 6
	case from == sqltypes.Real && to == sqltypes.Double:
		return 1
	case from == sqltypes.Date && (to == sqltypes.Timestamp || to == sqltypes.TimestampTZ):
		return int(to - sqltypes.Date)
	case from == sqltypes.Timestamp && to == sqltypes.TimestampTZ:
		return 1
	case (from == sqltypes.UUID || from == sqltypes.JSON) && to == sqltypes.Varchar:
		return 1
	}
	return -1
}

// Coerce converts n to a type without a CAST being written: constants are
// converted at once, a bare literal is read as text of the type, and anything
// else must be of a kind that the type includes. Lengths are not enforced;
// NewCast does that.
func Coerce(n Node, t sqltypes.Type) (Node, error) {
	from := n.Type().Kind
	if from == t.Kind {
		return n, nil
	}
	c, isConst := n.(*Const)
	if isConst && c.V.Null && (Untyped(n) || implicitCost(from, t.Kind) >= 0) {
		return &Const{V: sqltypes.NullOf(t.Kind), T: t}, nil
	}
	allowed := implicitCost(from, t.Kind) >= 0
	if isConst && !allowed {
		allowed = Untyped(n) && t.Kind != sqltypes.Null || lossless(c.V, t.Kind)
	}
	if !allowed {
		return nil, errf(stateMismatch, "%s does not convert to %s by itself: %s; write CAST(… AS %s)", from, t.Kind, clip(n.String()), t.Kind)
	}
	return implicitCast(n, t)
}

// lossless reports a typed constant that another kind holds unchanged, though
// its kind does not convert by itself: 0 and 1 as BOOLEAN, a midnight as DATE.
func lossless(v sqltypes.Value, to sqltypes.Kind) bool {
	switch {
	case v.Kind.IsInteger() && to == sqltypes.Bool:
		return v.I == 0 || v.I == 1
	case v.Kind.IsInteger() && to.IsInteger():
		lo, hi := intLimits(to)
		return lo <= v.I && v.I <= hi
	case v.Kind == sqltypes.Decimal && to.IsInteger():
		i, ok := v.D.Int64()
		lo, hi := intLimits(to)
		return ok && v.D.IsInt() && lo <= i && i <= hi
	case v.Kind.Storage() == sqltypes.StoreFloat && to.IsInteger():
		lo, hi := intLimits(to)
		return v.F == float64(int64(v.F)) && sqltypes.CompareIntFloat(lo, v.F) <= 0 && sqltypes.CompareIntFloat(hi, v.F) >= 0
	case (v.Kind == sqltypes.Timestamp || v.Kind == sqltypes.TimestampTZ) && to == sqltypes.Date:
		_, ofDay := sqltypes.SplitTicks(v.I)
		return ofDay == 0
	case v.Kind == sqltypes.TimestampTZ && to == sqltypes.Timestamp:
		return true
	}
	return false
}

// implicitCast converts a constant at once and wraps anything else.
func implicitCast(n Node, t sqltypes.Type) (Node, error) {
	if t.Kind == sqltypes.Decimal {
		switch n.Type().Kind {
		case sqltypes.SmallInt:
			t = sqltypes.DecimalType(5, 0)
		case sqltypes.Integer:
			t = sqltypes.DecimalType(10, 0)
		case sqltypes.BigInt:
			t = sqltypes.DecimalType(19, 0)
		default:
			t = sqltypes.Of(sqltypes.Decimal)
		}
	} else {
		t = sqltypes.Of(t.Kind)
	}
	c, ok := n.(*Const)
	if !ok {
		return &Cast{X: n, T: t, Implicit: true}, nil
	}
	if c.V.Null {
		return &Const{V: sqltypes.NullOf(t.Kind), T: t}, nil
	}
	d, err := convert(&Frame{}, datumOf(c.V), c.T.Kind, t)
	if err != nil {
		return nil, err
	}
	return NewConst(d.value(t.Kind)), nil
}

// CommonType returns the type that values of all the given types convert to
// by themselves, as UNION, CASE and COALESCE need it. NULL goes with any type.
func CommonType(types ...sqltypes.Type) (sqltypes.Type, error) {
	out := sqltypes.Of(sqltypes.Null)
	for _, t := range types {
		c, ok := commonOf(out, t)
		if !ok {
			return out, errf(stateMismatch, "%s and %s have no common type; write a CAST", out, t)
		}
		out = c
	}
	return out, nil
}

func commonOf(a, b sqltypes.Type) (sqltypes.Type, bool) {
	switch {
	case a.Kind == sqltypes.Null:
		return b, true
	case b.Kind == sqltypes.Null:
		return a, true
	case a.Kind == b.Kind:
		return joinFacets(a, b), true
	case a.Kind.IsNumeric() && b.Kind.IsNumeric():
		if a.Kind == sqltypes.Decimal && b.Kind.IsInteger() || b.Kind == sqltypes.Decimal && a.Kind.IsInteger() {
			return joinFacets(asDecimal(a), asDecimal(b)), true
		}
		if a.Kind.IsInteger() && b.Kind.IsInteger() {
			return sqltypes.Of(max(a.Kind, b.Kind)), true
		}
		return sqltypes.Of(sqltypes.Double), true
	case a.Kind.IsText() && b.Kind.IsText():
		return sqltypes.Of(sqltypes.Varchar), true
	case implicitCost(a.Kind, b.Kind) >= 0:
		return b, true
	case implicitCost(b.Kind, a.Kind) >= 0:
		return a, true
	}
	return a, false
}

func asDecimal(t sqltypes.Type) sqltypes.Type {
	switch t.Kind {
	case sqltypes.SmallInt:
		return sqltypes.DecimalType(5, 0)
	case sqltypes.Integer:
		return sqltypes.DecimalType(10, 0)
	case sqltypes.BigInt:
		return sqltypes.DecimalType(19, 0)
	}
	return t
}

func joinFacets(a, b sqltypes.Type) sqltypes.Type {
	if a == b {
		return a
	}
	out := sqltypes.Of(a.Kind)
	if a.Length >= 0 && b.Length >= 0 {
		out.Length = max(a.Length, b.Length)
	}
	if a.Kind == sqltypes.Decimal && knownDecimal(a) && knownDecimal(b) {
		out.Scale = max(a.Scale, b.Scale)
		out.Precision = max(a.Precision-a.Scale, b.Precision-b.Scale) + out.Scale
	}
	return out
}

func knownDecimal(t sqltypes.Type) bool { return t.Precision >= 0 && t.Scale >= 0 }

// Unify converts all nodes to their common type. Bare literals take the type
// of the others; where there are only bare literals, the type is VARCHAR.
func Unify(nodes ...Node) ([]Node, sqltypes.Type, error) {
	var types []sqltypes.Type
	text := false
	for _, n := range nodes {
		if !Untyped(n) {
			types = append(types, n.Type())
		} else if n.Type().Kind == sqltypes.Varchar {
			text = true
		}
	}
	t, err := CommonType(types...)
	if err != nil {
		return nil, t, err
	}
	if t.Kind == sqltypes.Null && text {
		t = sqltypes.Of(sqltypes.Varchar)
	}
	out := make([]Node, len(nodes))
	for i, n := range nodes {
		if out[i], err = Coerce(n, t); err != nil {
			return nil, t, err
		}
	}
	return out, t, nil
}

func typeNames(nodes []Node) string {
	names := make([]string, len(nodes))
	for i, n := range nodes {
		names[i] = n.Type().Kind.String()
	}
	return strings.Join(names, ", ")
}

func article(t sqltypes.Type) string {
	s := t.String()
	if strings.ContainsRune("AEIOU", rune(s[0])) {
		return "an " + s
	}
	return "a " + s
}

func errNotDefined(op string, a, b Node) *Error {
	hint := ""
	if (a.Type().Kind == sqltypes.Varchar) != (b.Type().Kind == sqltypes.Varchar) {
		hint = "; write CAST(… AS …) around one of them"
	}
	return errf(stateUndefined, "operator %s is not defined for %s and %s%s", op, a.Type().Kind, b.Type().Kind, hint)
}

func quoteText(s []byte) string { return fmt.Sprintf("'%s'", clip(string(s))) }
