package expr

import (
	"math"
	"strings"

	"github.com/epicorerp/epicorerp/sqltypes"
)

// mysqlNumber takes any value for a number: text for the one that it begins
// with, conditions for 0 and 1, dates for their digits.
func mysqlNumber(n Node) (Node, error) {
	switch k := n.Type().Kind; {
	case k.IsNumeric():
		return n, nil
	case k == sqltypes.Null:
		return Coerce(n, sqltypes.Of(sqltypes.BigInt))
	case k == sqltypes.Bool:
		return folded(NewCast(n, sqltypes.Of(sqltypes.Integer), false))
	case k == sqltypes.JSON:
		return mysqlJSONNumber(n)
	case k.IsText():
		return folded(lenient(n, sqltypes.Of(sqltypes.Double)), nil)
	case k.IsTemporal():
		return NewCall("DATE_NUMBER", []Node{n})
	case k == sqltypes.Varbinary:
		if c, ok := n.(*Const); ok && len(c.V.S) <= 7 { // X'0A' is 10
			v := int64(0)
			for _, b := range []byte(c.V.S) {
				v = v<<8 | int64(b)
			}
			return NewConst(sqltypes.IntValue(v)), nil
		}
		text, err := NewCast(n, sqltypes.Of(sqltypes.Varchar), false)
		if err != nil {
			return nil, err
		}
		return folded(lenient(text, sqltypes.Of(sqltypes.Double)), nil)
	}
	return nil, errf(stateMismatch, "%s is no number: %s", n.Type().Kind, clip(n.String()))
}

// mysqlJSONNumber takes JSON for a number: TRUE is 1, a string the number that
// it begins with.
func mysqlJSONNumber(n Node) (Node, error) {
	text, err := NewCall("JSON_UNQUOTE", []Node{n})
	if err != nil {
		return nil, err
	}
	truth, err := NewCompare(EQ, text, NewConst(sqltypes.StringValue("true")))
	if err != nil {
		return nil, err
	}
	one := NewConst(sqltypes.Value{Kind: sqltypes.Double, F: 1})
	return folded(NewCase(nil, []When{{truth, one}}, lenient(text, sqltypes.Of(sqltypes.Double))))
}

// mysqlDay takes a value for a date; what is none is NULL.
func mysqlDay(n Node) (Node, error) {
	return folded(mysqlCast(n, sqltypes.Of(sqltypes.Date), true))
}

// folded computes constants at once, so that columns compare with constants.
func folded(n Node, err error) (Node, error) {
	if err != nil {
		return nil, err
	}
	return Fold(n), nil
}

// lenient casts text as MySQL does: the number that it begins with, or 0.
func lenient(x Node, t sqltypes.Type) Node {
	if k := x.Type().Kind; k != sqltypes.Varchar {
		x = &Cast{X: x, T: sqltypes.Of(sqltypes.Varchar), Implicit: true}
	}
	return &Cast{X: x, T: t, Lenient: true}
}

// mysqlInteger takes any value for an integer.
func mysqlInteger(n Node) (Node, error) {
	if n.Type().Kind == sqltypes.Varchar {
		return folded(lenient(n, sqltypes.Of(sqltypes.BigInt)), nil)
	}
	x, err := mysqlNumber(n)
	if err != nil || x.Type().Kind.IsInteger() {
		return x, err
	}
	return folded(NewCast(x, sqltypes.Of(sqltypes.BigInt), false))
}

// mysqlText takes any value for text; conditions are 0 and 1.
func mysqlText(n Node) (Node, error) {
	if n.Type().Kind == sqltypes.Bool {
		x, err := mysqlNumber(n)
		if err != nil {
			return nil, err
		}
		n = x
	}
	return folded(asText(n))
}

func mysqlArith(op string, a, b Node) (Node, error) {
	ka, kb := a.Type().Kind, b.Type().Kind
	if (op == "+" || op == "-") && kb == sqltypes.Interval || op == "+" && ka == sqltypes.Interval {
		x, err := mysqlMoment(a)
		if err != nil {
			return nil, err
		}
		y, err := mysqlMoment(b)
		if err != nil {
			return nil, err
		}
		n, err := keepDay(op, x, y)
		return withinCalendar(n), err
	}
	if ka == sqltypes.Interval || kb == sqltypes.Interval {
		return newArith(op, a, b)
	}
	both, err := each(mysqlNumber, a, b)
	if err != nil {
		return nil, err
	}
	a, b = both[0], both[1]
	switch op {
	case "/", "DIV":
		if !isFloat(a) && !isFloat(b) && (op == "/" || !a.Type().Kind.IsInteger() || !b.Type().Kind.IsInteger()) {
			if both, err = each(toDecimal, a, b); err != nil {
				return nil, err
			}
			a, b = both[0], both[1]
		}
	case "MOD":
		op = "%"
	}
	n, err := newArith(strings.Replace(op, "DIV", "/", 1), a, b)
	if err != nil {
		return nil, err
	}
	if q, ok := n.(*Arith); ok && (q.Op == "/" || q.Op == "%") {
		own := *q
		own.MySQL = true
		n = &own
	}
	if op == "DIV" && !n.Type().Kind.IsInteger() {
		if n, err = NewCall("TRUNC", []Node{n}); err != nil {
			return nil, err
		}
		return NewCast(n, sqltypes.Of(sqltypes.BigInt), false)
	}
	return n, nil
}

// keepDay adds an interval to a date or time; a DATE stays one where the
// interval is of whole days.
func keepDay(op string, a, b Node) (Node, error) {
	n, err := newArith(op, a, b)
	if err != nil {
		return nil, err
	}
	date, span := a, b
	if b.Type().Kind == sqltypes.Date {
		date, span = b, a
	}
	c, ok := Fold(span).(*Const)
	if date.Type().Kind == sqltypes.Date && ok && c.T.Kind == sqltypes.Interval && sqltypes.DecodeSpan(c.V.S).Ticks == 0 {
		return NewCast(n, sqltypes.Of(sqltypes.Date), false)
	}
	return n, nil
}

func toDecimal(n Node) (Node, error) { return Coerce(n, sqltypes.Of(sqltypes.Decimal)) }

// mysqlMoment takes text before or behind an interval for a date or timestamp.
func mysqlMoment(n Node) (Node, error) {
	switch k := n.Type().Kind; {
	case k.IsNumeric(), k == sqltypes.Bool:
		return mysqlDay(n)
	case !k.IsText():
		return n, nil
	}
	if c, ok := n.(*Const); ok && !strings.Contains(c.V.S, ":") {
		return mysqlCast(n, sqltypes.Of(sqltypes.Date), false)
	}
	return mysqlCast(n, sqltypes.Of(sqltypes.Timestamp), false)
}

// mysqlComparable brings two operands to kinds that compare: text and a number
// meet as numbers, text and a date as dates, conditions are numbers.
func mysqlComparable(a, b Node) (Node, Node, error) {
	ka, kb := a.Type().Kind, b.Type().Kind
	if _, ok := a.(*DayRange); ok || ka == kb || ka == sqltypes.Null || kb == sqltypes.Null {
		return a, b, nil
	}
	if _, ok := b.(*DayRange); ok {
		return a, b, nil
	}
	switch {
	case ka == sqltypes.JSON, kb == sqltypes.JSON:
		return mysqlJSONComparable(a, b)
	case ka.IsTemporal() && (kb.IsText() || kb.IsNumeric()):
		y, err := mysqlTemporal(b, ka)
		return a, y, err
	case kb.IsTemporal() && (ka.IsText() || ka.IsNumeric()):
		x, err := mysqlTemporal(a, kb)
		return x, b, err
	case isTruth(a, kb) || isTruth(b, ka): // a condition and the constant 0 or 1
		return a, b, nil
	case (ka.IsNumeric() || ka == sqltypes.Bool) && (kb.IsNumeric() || kb.IsText() || kb == sqltypes.Bool || kb == sqltypes.Varbinary),
		(kb.IsNumeric() || kb == sqltypes.Bool) && (ka.IsText() || ka == sqltypes.Varbinary):
		both, err := each(mysqlNumber, a, b)
		if err != nil {
			return nil, nil, err
		}
		return both[0], both[1], nil
	}
	return a, b, nil
}

// mysqlJSONComparable brings JSON and another value together: a number compares
// with the number that the JSON is, below which null is and above which all else
// is; anything else compares as JSON.
func mysqlJSONComparable(a, b Node) (Node, Node, error) {
	convert := func(n, other Node) (Node, error) {
		isJSON := n.Type().Kind == sqltypes.JSON
		switch {
		case other.Type().Kind.IsNumeric() && isJSON:
			return jsonAmongNumbers(n)
		case isJSON, n.Type().Kind.IsNumeric():
			return n, nil
		}
		return folded(NewCall("TO_JSON", []Node{n}))
	}
	x, err := convert(a, b)
	if err != nil {
		return nil, nil, err
	}
	y, err := convert(b, a)
	return x, y, err
}

func jsonAmongNumbers(n Node) (Node, error) {
	kind, err := NewCall("JSON_TYPEOF", []Node{n})
	if err != nil {
		return nil, err
	}
	number, err := mysqlJSONNumber(n)
	if err != nil {
		return nil, err
	}
	name := func(s string) Node { return NewConst(sqltypes.StringValue(s)) }
	double := func(x float64) Node { return NewConst(sqltypes.Value{Kind: sqltypes.Double, F: x}) }
	return folded(NewCase(kind, []When{{name("number"), number}, {name("null"), double(math.Inf(-1))}}, double(math.NaN())))
}

// isTruth reports the constant 0 or 1 that meets a condition.
func isTruth(n Node, other sqltypes.Kind) bool {
	c, ok := n.(*Const)
	return ok && other == sqltypes.Bool && !c.V.Null && lossless(c.V, sqltypes.Bool)
}

// mysqlTemporal takes text or the digits of a number for a date; what is none
// is NULL where a row brings it, and an error in a constant.
func mysqlTemporal(n Node, k sqltypes.Kind) (Node, error) {
	if n.Type().Kind.IsNumeric() {
		t, err := asText(n)
		if err != nil {
			return nil, err
		}
		n = t
	}
	if c, ok := Fold(n).(*Const); ok {
		if c.V.Null || k != sqltypes.Date || !strings.Contains(c.V.S, ":") {
			return Coerce(c, sqltypes.Of(k))
		}
		return Coerce(c, sqltypes.Of(sqltypes.Timestamp)) // a date with a time keeps it
	}
	return lenient(n, sqltypes.Of(k)), nil
}

// mysqlUnify brings values to one type; those that have none become text, and
// conditions among numbers become numbers.
func mysqlUnify(nodes []Node) ([]Node, error) {
	numbers, booleans := false, false
	for _, n := range nodes {
		k := n.Type().Kind
		numbers, booleans = numbers || k.IsNumeric(), booleans || k == sqltypes.Bool
	}
	if numbers && booleans {
		out := make([]Node, len(nodes))
		for i, n := range nodes {
			if out[i] = n; n.Type().Kind == sqltypes.Bool {
				x, err := mysqlNumber(n)
				if err != nil {
					return nil, err
				}
				out[i] = x
			}
		}
		nodes = out
	}
	texts := 0
	for _, n := range nodes {
		if n.Type().Kind == sqltypes.Varchar {
			texts++
		}
	}
	if texts == 0 || texts == len(nodes) {
		if out, _, err := Unify(nodes...); err == nil {
			return out, nil
		}
	}
	out := make([]Node, len(nodes))
	for i, n := range nodes {
		x, err := mysqlText(n)
		if n.Type().Kind == sqltypes.Null {
			x, err = n, nil
		}
		if err != nil {
			return nil, err
		}
		out[i] = x
	}
	return out, nil
}
