package expr

import (
	"errors"
	"strings"

	"github.com/epicorerp/epicorerp/sqltypes"
)

// Dialect says whose rules an expression is bound by where systems differ. Its
// methods are the constructors that the binder calls for what a user wrote; a
// node that exists means the same in every dialect.
type Dialect uint8

// The dialects. MySQL's rules, in the words of its manual: text meets a number
// as the number that it begins with, comparisons and logic give 0 and 1, any
// value is a condition, a division has four decimals more than its dividend,
// and a division by zero gives NULL.
const (
	PostgreSQL Dialect = iota
	MySQL
)

// NewBinary builds an infix operator, as the function of that name does.
func (d Dialect) NewBinary(op string, a, b Node) (Node, error) {
	if d != MySQL {
		return NewBinary(op, a, b)
	}
	if c, ok := compareOps[op]; ok {
		return d.NewCompare(c, a, b)
	}
	switch op {
	case "AND":
		return d.And(a, b)
	case "OR":
		return d.Or(a, b)
	case "XOR":
		both, err := d.conditions(a, b)
		if err != nil {
			return nil, err
		}
		return NewBinary(op, both[0], both[1])
	case "+", "-", "*", "/", "%", "MOD", "DIV":
		return mysqlArith(op, a, b)
	case "&", "|", "^", "<<", ">>":
		both, err := each(mysqlInteger, a, b)
		if err != nil {
			return nil, err
		}
		return NewBinary(op, both[0], both[1])
	}
	return NewBinary(op, a, b)
}

// NewUnary builds -x, +x, ~x or NOT x.
func (d Dialect) NewUnary(op string, x Node) (Node, error) {
	if d != MySQL {
		return NewUnary(op, x)
	}
	convert := mysqlNumber
	switch op {
	case "NOT":
		return d.Not(x)
	case "+": // means nothing, of text and dates too
		return x, nil
	case "~":
		convert = mysqlInteger
	case "-":
		if x.Type().Kind == sqltypes.Interval {
			return NewUnary(op, x)
		}
	}
	n, err := convert(x)
	if err != nil {
		return nil, err
	}
	return NewUnary(op, n)
}

// NewCompare builds a comparison.
func (d Dialect) NewCompare(op CompareOp, a, b Node) (Node, error) {
	if d == MySQL {
		var err error
		if a, b, err = mysqlComparable(a, b); err != nil {
			return nil, err
		}
	}
	return NewCompare(op, a, b)
}

// Between builds x [NOT] BETWEEN [SYMMETRIC] lo AND hi.
func (d Dialect) Between(x, lo, hi Node, not, symmetric bool) (Node, error) {
	return betweenBy(d.NewCompare, x, lo, hi, not, symmetric)
}

// NewIn builds x [NOT] IN (list).
func (d Dialect) NewIn(x Node, list []Node, not bool) (Node, error) {
	if d != MySQL {
		return NewIn(x, list, not)
	}
	items, bare := make([]Node, len(list)), true
	for i, v := range list {
		y, item, err := mysqlComparable(x, v)
		if err != nil {
			return nil, err
		}
		items[i], bare = item, bare && y == x
	}
	if bare {
		return NewIn(x, items, not)
	}
	any := make([]Node, len(list))
	for i, v := range list {
		var err error
		if any[i], err = d.NewCompare(EQ, x, v); err != nil {
			return nil, err
		}
	}
	in, err := Or(any...)
	if err == nil && not {
		return Not(in)
	}
	return in, err
}

// And joins conditions.
func (d Dialect) And(args ...Node) (Node, error) {
	conds, err := d.conditions(args...)
	if err != nil {
		return nil, err
	}
	return And(conds...)
}

// Or joins conditions.
func (d Dialect) Or(args ...Node) (Node, error) {
	conds, err := d.conditions(args...)
	if err != nil {
		return nil, err
	}
	return Or(conds...)
}

// Not negates a condition.
func (d Dialect) Not(x Node) (Node, error) {
	c, err := d.Condition(x)
	if err != nil {
		return nil, err
	}
	return Not(c)
}

// IsBool builds x IS [NOT] TRUE, FALSE or UNKNOWN.
func (d Dialect) IsBool(x Node, truth Truth, not bool) (Node, error) {
	c, err := d.Condition(x)
	if err != nil {
		return nil, err
	}
	return IsBool(c, truth, not)
}

// Condition takes a value for the condition that it is: under MySQL any value
// that is not zero is true.
func (d Dialect) Condition(x Node) (Node, error) {
	k := x.Type().Kind
	if d != MySQL || k == sqltypes.Bool || k == sqltypes.Null {
		return x, nil
	}
	n, err := mysqlNumber(x)
	if err != nil {
		return nil, err
	}
	return NewCompare(NE, n, NewConst(sqltypes.Value{Kind: sqltypes.Integer}))
}

func (d Dialect) conditions(args ...Node) ([]Node, error) { return each(d.Condition, args...) }

// NewLike builds x [NOT] LIKE pattern [ESCAPE escape].
func (d Dialect) NewLike(x, pattern, escape Node, not, insensitive bool) (Node, error) {
	if d == MySQL {
		both, err := each(mysqlText, x, pattern)
		if err != nil {
			return nil, err
		}
		x, pattern = both[0], both[1]
	}
	return NewLike(x, pattern, escape, not, insensitive)
}

// NewRegex builds x REGEXP pattern.
func (d Dialect) NewRegex(x, pattern Node, not, insensitive bool) (Node, error) {
	if d == MySQL {
		both, err := each(mysqlText, x, pattern)
		if err != nil {
			return nil, err
		}
		x, pattern = both[0], both[1]
	}
	return NewRegex(x, pattern, not, insensitive)
}

// NewCase builds CASE [operand] WHEN … THEN … ELSE … END.
func (d Dialect) NewCase(operand Node, whens []When, els Node) (Node, error) {
	if d != MySQL {
		return NewCase(operand, whens, els)
	}
	results := make([]Node, 0, len(whens)+1)
	out := make([]When, len(whens))
	for i, w := range whens {
		var err error
		if operand != nil {
			out[i].Cond, err = d.NewCompare(EQ, operand, w.Cond)
		} else {
			out[i].Cond, err = d.Condition(w.Cond)
		}
		if err != nil {
			return nil, err
		}
		results = append(results, w.Result)
	}
	if els != nil {
		results = append(results, els)
	}
	results, err := mysqlUnify(results)
	if err != nil {
		return nil, err
	}
	for i := range out {
		out[i].Result = results[i]
	}
	if els != nil {
		els = results[len(whens)]
	}
	return NewCase(nil, out, els)
}

// Unify brings values of one column to a common type; under MySQL text serves
// for values of several kinds.
func (d Dialect) Unify(nodes ...Node) ([]Node, sqltypes.Type, error) {
	if d == MySQL {
		var err error
		if nodes, err = mysqlUnify(nodes); err != nil {
			return nil, sqltypes.Type{}, err
		}
	}
	return Unify(nodes...)
}

// NewCast builds CAST(x AS t), or TRY_CAST.
func (d Dialect) NewCast(x Node, t sqltypes.Type, try bool) (Node, error) {
	if d != MySQL {
		return NewCast(x, t, try)
	}
	return mysqlCast(x, t, try)
}

// NewCall builds a call of a function of the table.
func (d Dialect) NewCall(name string, args []Node) (Node, error) {
	if d != MySQL {
		return NewCall(name, args)
	}
	return mysqlCall(d, name, args)
}

// Summand takes the argument of an aggregate that computes for the number that
// it is: SUM(a = b) counts.
func (d Dialect) Summand(aggregate string, x Node) (Node, error) {
	if d != MySQL || x.Type().Kind == sqltypes.Interval {
		return x, nil
	}
	switch a := strings.ToUpper(aggregate); {
	case a == "SUM", a == "AVG", strings.HasPrefix(a, "STD"), strings.HasPrefix(a, "VAR"):
		return mysqlNumber(x)
	}
	return x, nil
}

func each(fn func(Node) (Node, error), nodes ...Node) ([]Node, error) {
	out := make([]Node, len(nodes))
	for i, n := range nodes {
		var err error
		if out[i], err = fn(n); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// undefined reports an error that says that there is no such operation for
// these types.
func undefined(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.State == stateUndefined || e.State == stateMismatch)
}
