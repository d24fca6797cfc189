package odata

import (
	"fmt"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// term is a value that a comparison in $filter can have on a side: a column,
// a function of one, or exact arithmetic.
type term struct {
	text     string
	property *Property // the column, or what stands for the result's type
	nullable []string  // columns whose null makes the term null
}

var (
	int32Result   = &Property{Edm: "Edm.Int32", Column: providers.Column{Type: sqltypes.Of(sqltypes.Integer)}}
	int64Result   = &Property{Edm: "Edm.Int64", Column: providers.Column{Type: sqltypes.Of(sqltypes.BigInt)}}
	decimalResult = &Property{Edm: "Edm.Decimal", Column: providers.Column{Type: sqltypes.Of(sqltypes.Decimal)}}
)

var datePart = map[providers.Func]string{
	providers.Year: "year", providers.Month: "month", providers.Day: "day",
	providers.Hour: "hour", providers.Minute: "minute",
}

var arithmetic = map[providers.Func]string{providers.Add: "add", providers.Sub: "sub", providers.Mul: "mul"}

// term writes a value; the error says why the server is not asked for it.
func (r *renderer) term(e providers.Expr) (term, error) {
	switch e := e.(type) {
	case *providers.ColumnRef:
		p := r.property(e.Column)
		if p != nil && p.NoFilter {
			return term{}, fmt.Errorf("the metadata says that the server does not filter by %s", e)
		}
		if p == nil || p.Edm == "" && p.Enum == nil {
			return term{}, fmt.Errorf("%s cannot be compared by the server", e)
		}
		t := term{text: p.Wire(), property: p}
		if p.Nullable {
			t.nullable = []string{t.text}
		}
		return t, nil
	case *providers.Call:
		if name, ok := datePart[e.Func]; ok {
			return r.datePart(name, e)
		}
		if name, ok := arithmetic[e.Func]; ok {
			return r.arithmetic(name, e)
		}
		return term{}, fmt.Errorf("%s is not pushed: servers differ in what it gives", e.Func)
	}
	return term{}, fmt.Errorf("%s is a constant", e)
}

// datePart writes year(c) and the like. The parts of a DateTimeOffset depend
// on the offset it was stored with, which is not SQL's.
func (r *renderer) datePart(name string, e *providers.Call) (term, error) {
	t, err := r.term(e.Args[0])
	if err != nil {
		return t, err
	}
	if !r.traits.Functions[name] {
		return t, fmt.Errorf("the server is not known to have %s()", name)
	}
	ofDay := name == "hour" || name == "minute"
	switch t.property.Edm {
	case "Edm.Date":
		if ofDay {
			return t, fmt.Errorf("%s() of a date", name)
		}
	case "Edm.TimeOfDay", "Edm.Time":
		if !ofDay {
			return t, fmt.Errorf("%s() of a time", name)
		}
	case "Edm.DateTime":
	default:
		return t, fmt.Errorf("%s() of %s depends on the server's zone", name, t.property.Edm)
	}
	return term{name + "(" + t.text + ")", int32Result, t.nullable}, nil
}

// arithmetic writes add, sub and mul of exact numbers, for servers that are
// known to compute them exactly.
func (r *renderer) arithmetic(name string, e *providers.Call) (term, error) {
	if !r.traits.Functions[name] {
		return term{}, fmt.Errorf("the server is not known to compute %q exactly", name)
	}
	result := int64Result
	var out term
	var texts [2]string
	for i, a := range e.Args {
		if c, ok := a.(*providers.Const); ok && !c.Value.Null && (c.Value.Kind.IsInteger() || c.Value.Kind == sqltypes.Decimal) {
			p := int64Result
			if c.Value.Kind == sqltypes.Decimal {
				p, result = decimalResult, decimalResult
			}
			text, err := r.traits.literal(p, c.Value)
			if err != nil {
				return term{}, err
			}
			texts[i] = text
			continue
		}
		t, err := r.term(a)
		if err != nil {
			return term{}, err
		}
		switch {
		case t.property.Type.Kind == sqltypes.Decimal:
			result = decimalResult
		case !t.property.Type.Kind.IsInteger():
			return term{}, fmt.Errorf("arithmetic with %s is done here", t.text)
		}
		texts[i] = t.text
		out.nullable = append(out.nullable, t.nullable...)
	}
	out.text, out.property = "("+texts[0]+" "+name+" "+texts[1]+")", result
	return out, nil
}
