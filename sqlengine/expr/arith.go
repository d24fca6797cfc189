package expr

import (
	"github.com/epicorerp/epicorerp/sqltypes"
)

// newArith resolves + - * / % for numbers, dates, times and intervals.
func newArith(op string, a, b Node) (Node, error) {
	integer := op == "DIV"
	switch op {
	case "MOD":
		op = "%"
	case "DIV":
		op = "/"
	}
	values, err := dayValues([]Node{a, b})
	if err != nil {
		return nil, err
	}
	if a, b, err = arithOperands(op, values[0], values[1]); err != nil {
		return nil, err
	}
	ka, kb := a.Type().Kind, b.Type().Kind
	if !ka.IsNumeric() || !kb.IsNumeric() {
		return newTemporal(op, a, b)
	}
	t := numericResult(op, a.Type(), b.Type())
	operandType := sqltypes.Of(t.Kind)
	if t.Kind.IsInteger() { // integers need no conversion among themselves
		return &Arith{Op: op, A: a, B: b, T: t}, nil
	}
	if a, err = Coerce(a, operandType); err != nil {
		return nil, err
	}
	if b, err = Coerce(b, operandType); err != nil {
		return nil, err
	}
	var n Node = &Arith{Op: op, A: a, B: b, T: t}
	if integer {
		if n, err = NewCall("TRUNC", []Node{n}); err == nil {
			n, err = NewCast(n, sqltypes.Of(sqltypes.BigInt), false)
		}
	}
	return n, err
}

// arithOperands gives bare literals the type of the other operand.
func arithOperands(op string, a, b Node) (Node, Node, error) {
	literal := func(n, other Node) (Node, error) {
		if !Untyped(n) {
			return n, nil
		}
		k := other.Type().Kind
		switch {
		case Untyped(other) && n.Type().Kind == sqltypes.Null && other.Type().Kind == sqltypes.Null:
			k = sqltypes.BigInt
		case Untyped(other):
			return nil, errNotDefined(op, a, b)
		case k.IsTemporal() && op == "+", k == sqltypes.Interval && (op == "*" || op == "/"):
			if k = sqltypes.Interval; op != "+" {
				k = sqltypes.Decimal
			}
		}
		return Coerce(n, sqltypes.Of(k))
	}
	x, err := literal(a, b)
	if err != nil {
		return nil, nil, err
	}
	y, err := literal(b, a)
	return x, y, err
}

// numericResult is PostgreSQL's choice of the operator's type; the facets of
// decimals follow from the scale rules of sqltypes.Num.
func numericResult(op string, a, b sqltypes.Type) sqltypes.Type {
	switch {
	case a.Kind.IsInteger() && b.Kind.IsInteger():
		return sqltypes.Of(max(a.Kind, b.Kind))
	case a.Kind == sqltypes.Real && b.Kind == sqltypes.Real:
		return a
	case a.Kind.Storage() == sqltypes.StoreFloat || b.Kind.Storage() == sqltypes.StoreFloat:
		return sqltypes.Of(sqltypes.Double)
	}
	a, b = asDecimal(a), asDecimal(b)
	if !knownDecimal(a) || !knownDecimal(b) {
		return sqltypes.Of(sqltypes.Decimal)
	}
	switch op {
	case "+", "-":
		t := joinFacets(a, b)
		if a == b {
			t = a
		}
		return sqltypes.DecimalType(t.Precision+1, t.Scale)
	case "*":
		return sqltypes.DecimalType(a.Precision+b.Precision, a.Scale+b.Scale)
	}
	return sqltypes.Of(sqltypes.Decimal)
}

// newTemporal resolves arithmetic with dates, times and intervals.
func newTemporal(op string, a, b Node) (Node, error) {
	ka, kb := a.Type().Kind, b.Type().Kind
	var err error
	if op == "+" || op == "*" { // commutative: the number or the interval goes to the right
		if kb.IsTemporal() && !ka.IsTemporal() || kb == sqltypes.Interval && ka.IsNumeric() || kb == sqltypes.Date && ka == sqltypes.Time {
			a, b, ka, kb = b, a, kb, ka
		}
	}
	of := func(k sqltypes.Kind) (Node, error) { return &Arith{Op: op, A: a, B: b, T: sqltypes.Of(k)}, nil }
	plusMinus := op == "+" || op == "-"
	switch {
	case plusMinus && ka == sqltypes.Date && kb.IsInteger():
		return of(sqltypes.Date)
	case plusMinus && ka == sqltypes.Date && kb == sqltypes.Interval:
		a, err = implicitCast(a, sqltypes.Of(sqltypes.Timestamp))
		if err != nil {
			return nil, err
		}
		return of(sqltypes.Timestamp)
	case plusMinus && ka.IsTemporal() && kb == sqltypes.Interval:
		return of(ka)
	case plusMinus && ka == sqltypes.Interval && kb == ka:
		return of(ka)
	case op == "+" && ka == sqltypes.Date && kb == sqltypes.Time:
		return of(sqltypes.Timestamp)
	case op == "-" && ka == sqltypes.Date && kb == ka:
		return of(sqltypes.Integer)
	case op == "-" && ka == sqltypes.Time && kb == ka:
		return of(sqltypes.Interval)
	case op == "-" && ka.IsTemporal() && kb.IsTemporal() && ka != sqltypes.Time && kb != sqltypes.Time:
		t, _ := commonOf(a.Type(), b.Type())
		if a, err = Coerce(a, t); err != nil {
			return nil, err
		}
		if b, err = Coerce(b, t); err != nil {
			return nil, err
		}
		return of(sqltypes.Interval)
	case (op == "*" || op == "/") && ka == sqltypes.Interval && kb.IsNumeric():
		if isFloat(b) {
			b, err = NewCast(b, sqltypes.Of(sqltypes.Decimal), false)
		} else {
			b, err = Coerce(b, sqltypes.Of(sqltypes.Decimal))
		}
		if err != nil {
			return nil, err
		}
		return of(sqltypes.Interval)
	}
	return nil, errNotDefined(op, a, b)
}

func newBitwise(op string, a, b Node) (Node, error) {
	if op == "#" {
		op = "^"
	}
	a, b, err := arithOperands(op, a, b)
	if err != nil {
		return nil, err
	}
	ka, kb := a.Type().Kind, b.Type().Kind
	if !ka.IsInteger() || !kb.IsInteger() {
		return nil, errNotDefined(op, a, b)
	}
	t := sqltypes.Of(max(ka, kb))
	if op == "<<" || op == ">>" {
		t = sqltypes.Of(ka)
	}
	return &Arith{Op: op, A: a, B: b, T: t}, nil
}
