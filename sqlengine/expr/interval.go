package expr

import (
	"errors"

	"github.com/epicorerp/epicorerp/sqltypes"
)

// NewInterval builds INTERVAL x fields: text by the forms of
// sqltypes.ParseSpan, anything else as a count of a unit. fields are as SQL
// writes them, such as DAY or YEAR TO MONTH, or MySQL's DAY_SECOND.
func NewInterval(x Node, fields string) (Node, error) {
	c, isConst := Fold(x).(*Const)
	switch {
	case isConst && c.V.Null:
		return &Const{V: sqltypes.NullOf(sqltypes.Interval), T: sqltypes.Of(sqltypes.Interval)}, nil
	case isConst && (c.T.Kind == sqltypes.Varchar || c.T.Kind.IsNumeric()):
		text := c.V.Text()
		if _, ok := sqltypes.SpanUnit(fields); ok && c.T.Kind != sqltypes.Varchar {
			text, fields = text+" "+fields, "" // a number is counted whole: 1.5 DAY is 36 hours
		}
		v, err := sqltypes.ParseSpan(text, fields)
		if err != nil {
			return nil, spanError(err)
		}
		return NewConst(sqltypes.SpanValue(v)), nil
	}
	one, ok := sqltypes.SpanUnit(fields)
	if !ok || !x.Type().Kind.IsNumeric() {
		return nil, errf(stateMismatch, "an INTERVAL of %s needs a number and one unit such as DAY, not %s", x.Type().Kind, fields)
	}
	return newArith("*", NewConst(sqltypes.SpanValue(one)), x)
}

// spanError gives the errors of ParseSpan the SQLSTATE that PostgreSQL does.
func spanError(err error) *Error {
	if errors.Is(err, sqltypes.ErrSpanRange) {
		return errf(stateSpanRange, "%v", err)
	}
	return errf(stateDateSyntax, "%v", err)
}

// Overlaps builds (a, b) OVERLAPS (c, d): each pair is the ends of a period in
// any order, or its start and its length. A period holds its start but not its
// end.
func Overlaps(a, b, c, d Node) (Node, error) {
	s1, e1, err := period(a, b)
	if err != nil {
		return nil, err
	}
	s2, e2, err := period(c, d)
	if err != nil {
		return nil, err
	}
	// SQL:2016, 8.14: the later start lies before the other's end, and equal
	// starts always overlap.
	before := func(late, lateEnd, early, earlyEnd Node) (Node, error) {
		later, err := NewCompare(GT, late, early)
		if err != nil {
			return nil, err
		}
		outside, err := NewCompare(GE, late, earlyEnd)
		if err != nil {
			return nil, err
		}
		past, err := NewCompare(GE, lateEnd, earlyEnd)
		if err != nil {
			return nil, err
		}
		both, err := And(outside, past)
		if err != nil {
			return nil, err
		}
		return And(later, &Negation{both})
	}
	first, err := before(s1, e1, s2, e2)
	if err != nil {
		return nil, err
	}
	second, err := before(s2, e2, s1, e1)
	if err != nil {
		return nil, err
	}
	same, err := NewCompare(EQ, s1, s2)
	if err != nil {
		return nil, err
	}
	known, err := NewCompare(EQ, e1, e2)
	if err != nil {
		return nil, err
	}
	other, err := NewCompare(NE, e1, e2)
	if err != nil {
		return nil, err
	}
	ends, err := Or(known, other)
	if err != nil {
		return nil, err
	}
	if same, err = And(same, ends); err != nil {
		return nil, err
	}
	return Or(first, second, same)
}

// period returns the earlier and the later end. With one end unknown, the
// other is the start.
func period(a, b Node) (start, end Node, err error) {
	if b.Type().Kind == sqltypes.Interval {
		if Untyped(a) {
			if a, err = Coerce(a, sqltypes.Of(sqltypes.Timestamp)); err != nil {
				return nil, nil, err
			}
		}
		if b, err = newArith("+", a, b); err != nil {
			return nil, nil, err
		}
	}
	both, t, err := Unify(a, b)
	if err != nil {
		return nil, nil, err
	}
	if t.Kind == sqltypes.Varchar || t.Kind == sqltypes.Null {
		for i := range both {
			if both[i], err = Coerce(both[i], sqltypes.Of(sqltypes.TimestampTZ)); err != nil {
				return nil, nil, err
			}
		}
	}
	if start, err = NewCall("LEAST", both); err != nil {
		return nil, nil, err
	}
	turned, err := NewCompare(GT, both[0], both[1])
	if err != nil {
		return nil, nil, err
	}
	straight, err := NewCompare(LE, both[0], both[1])
	if err != nil {
		return nil, nil, err
	}
	end, err = NewCase(nil, []When{{turned, both[0]}, {straight, both[1]}}, nil)
	return start, end, err
}
