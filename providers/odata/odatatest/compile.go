package odatatest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// rowRef is one row of one view.
type rowRef struct {
	v *view
	j int
}

// env is what an expression is evaluated against. The first error sticks.
type env struct {
	row  rowRef
	vars []rowRef
	err  error
}

func (e *env) fail(err error) Value {
	if e.err == nil {
		e.err = err
	}
	return Value{}
}

type evalFn func(*env) Value

// typed is a compiled expression with the kind of its values; kindNull stands
// for the literal null, which compares with everything.
type typed struct {
	f        evalFn
	kind     kind
	enum     *Enum
	constant bool
	name     string // EDM type name for messages
	// passedOver marks a column whose comparisons are all taken for true.
	passedOver bool
}

type scopeVar struct {
	t    *table
	slot int
}

type compiler struct {
	h       *Handler
	t       *table // of $it and of unqualified names
	vars    map[string]scopeVar
	nvars   int
	aliases map[string]string
	alias   int // depth of alias expansion
	views   map[*table]*view
}

// view pins the state of a table for the whole request.
func (c *compiler) view(t *table) *view {
	v := c.views[t]
	if v == nil {
		v = t.view()
		c.views[t] = v
	}
	return v
}

func badRequest(format string, args ...any) *Error {
	return &Error{Status: 400, Message: fmt.Sprintf(format, args...)}
}

func notImplemented(format string, args ...any) *Error {
	return &Error{Status: 501, Message: fmt.Sprintf(format, args...)}
}

// predicate compiles a Boolean expression.
func (c *compiler) predicate(e expr) (evalFn, error) {
	x, err := c.compile(e)
	if err != nil {
		return nil, err
	}
	if x.kind != kindBool && x.kind != kindNull {
		return nil, badRequest("The $filter expression must evaluate to a single boolean value, not %s.", x.name)
	}
	return x.f, nil
}

func (c *compiler) compile(e expr) (typed, error) {
	switch e := e.(type) {
	case *literal:
		return c.literal(e)
	case *unary:
		return c.unary(e)
	case *binary:
		return c.binary(e)
	case *call:
		return c.call(e)
	case *path:
		return c.path(e.segs)
	}
	return typed{}, notImplemented("Collections and objects are not supported in this position of an expression.")
}

func (c *compiler) literal(e *literal) (typed, error) {
	v := e.value
	if e.enum == "" {
		return typed{f: func(*env) Value { return v }, kind: v.kind, constant: true, name: v.kind.String()}, nil
	}
	en := c.h.enum(e.enum)
	if en == nil {
		return typed{}, badRequest("The enumeration type '%s' is not known.", e.enum)
	}
	return en.literal(v.s)
}

func (en *Enum) literal(text string) (typed, error) {
	n, err := en.parse(text)
	if err != nil {
		return typed{}, err
	}
	v := EnumValue(n)
	return typed{f: func(*env) Value { return v }, kind: kindEnum, enum: en, constant: true, name: en.Name}, nil
}

func (en *Enum) parse(text string) (int64, error) {
	var n int64
	for _, part := range strings.Split(text, ",") {
		part = strings.TrimSpace(part)
		if i := slices.IndexFunc(en.Members, func(m EnumMember) bool { return m.Name == part }); i >= 0 {
			n |= en.Members[i].Value
		} else if x, err := strconv.ParseInt(part, 10, 64); err == nil {
			n |= x
		} else {
			return 0, badRequest("'%s' is not a member of the enumeration '%s'.", part, en.Name)
		}
	}
	return n, nil
}

func (c *compiler) unary(e *unary) (typed, error) {
	x, err := c.compile(e.x)
	if err != nil {
		return typed{}, err
	}
	f := x.f
	if e.op == "not" {
		if x.kind != kindBool && x.kind != kindNull {
			return typed{}, badRequest("A unary operator with an incompatible type was detected. Found operand type '%s' for operator kind 'Not'.", x.name)
		}
		return boolean(func(env *env) Value {
			v := f(env)
			if v.IsNull() {
				return v
			}
			return Bool(!v.true())
		}), nil
	}
	if !numeric(x.kind) && x.kind != kindDuration && x.kind != kindNull {
		return typed{}, badRequest("A unary operator with an incompatible type was detected. Found operand type '%s' for operator kind 'Negate'.", x.name)
	}
	return typed{f: func(env *env) Value {
		v, err := negate(f(env))
		if err != nil {
			return env.fail(badRequest("%v", err))
		}
		return v
	}, kind: x.kind, name: x.name}, nil
}

func boolean(f evalFn) typed { return typed{f: f, kind: kindBool, name: "Edm.Boolean"} }

func numeric(k kind) bool { return k == kindInt || k == kindDecimal || k == kindDouble }

var operatorKinds = map[string]string{"eq": "Equal", "ne": "NotEqual", "lt": "LessThan", "le": "LessThanOrEqual",
	"gt": "GreaterThan", "ge": "GreaterThanOrEqual", "and": "And", "or": "Or", "has": "Has", "add": "Add", "sub": "Subtract",
	"mul": "Multiply", "div": "Divide", "divby": "Divide", "mod": "Modulo", "in": "In"}

func incompatible(op string, x, y typed) error {
	return badRequest("A binary operator with incompatible types was detected. Found operand types '%s' and '%s' for operator kind '%s'.",
		x.name, y.name, operatorKinds[op])
}

func comparable(a, b kind) bool {
	temporal := func(k kind) bool { return k == kindDate || k == kindDateTime }
	return a == b || a == kindNull || b == kindNull || numeric(a) && numeric(b) || temporal(a) && temporal(b)
}

func (c *compiler) binary(e *binary) (typed, error) {
	if e.op == "in" {
		return c.in(e)
	}
	x, err := c.compile(e.x)
	if err != nil {
		return typed{}, err
	}
	y, err := c.compile(e.y)
	if err != nil {
		return typed{}, err
	}
	if x, y, err = reconcileEnums(x, y, e); err != nil {
		return typed{}, err
	}
	switch e.op {
	case "and", "or":
		if x.kind != kindBool && x.kind != kindNull || y.kind != kindBool && y.kind != kindNull {
			return typed{}, incompatible(e.op, x, y)
		}
		return boolean(connective(e.op == "and", x.f, y.f)), nil
	case "has":
		if x.kind != kindEnum || y.kind != kindEnum {
			return typed{}, incompatible(e.op, x, y)
		}
		return boolean(func(env *env) Value {
			a, b := x.f(env), y.f(env)
			if a.IsNull() || b.IsNull() {
				return Value{}
			}
			return Bool(a.i&b.i == b.i)
		}), nil
	case "add", "sub", "mul", "div", "divby", "mod":
		return arithmeticExpr(e.op, x, y)
	}
	if !comparable(x.kind, y.kind) {
		return typed{}, incompatible(e.op, x, y)
	}
	if x.passedOver || y.passedOver {
		return boolean(func(*env) Value { return Bool(true) }), nil
	}
	return boolean(comparison(e.op, x.f, y.f, c.h.collation)), nil
}

// reconcileEnums lets a string literal stand for an enumeration member, as 4.01 does.
func reconcileEnums(x, y typed, e *binary) (typed, typed, error) {
	var err error
	if l, ok := e.y.(*literal); ok && x.kind == kindEnum && y.kind == kindString && x.enum != nil {
		y, err = x.enum.literal(l.value.s)
	} else if l, ok := e.x.(*literal); ok && y.kind == kindEnum && x.kind == kindString && y.enum != nil {
		x, err = y.enum.literal(l.value.s)
	} else if x.kind == kindEnum && y.kind == kindInt {
		y.kind = kindEnum
	} else if y.kind == kindEnum && x.kind == kindInt {
		x.kind = kindEnum
	}
	return x, y, err
}

// connective is three-valued: false and null is false, true or null is true.
func connective(and bool, x, y evalFn) evalFn {
	return func(env *env) Value {
		a := x(env)
		if !a.IsNull() && a.true() != and {
			return a
		}
		b := y(env)
		if !b.IsNull() && b.true() != and {
			return b
		}
		if a.IsNull() || b.IsNull() {
			return Value{}
		}
		return Bool(and)
	}
}

// comparison never yields null: null equals null only, and is neither less
// nor greater than anything.
func comparison(op string, x, y evalFn, col Collation) evalFn {
	test := map[string]func(int) bool{
		"eq": func(d int) bool { return d == 0 }, "ne": func(d int) bool { return d != 0 },
		"lt": func(d int) bool { return d < 0 }, "le": func(d int) bool { return d <= 0 },
		"gt": func(d int) bool { return d > 0 }, "ge": func(d int) bool { return d >= 0 }}[op]
	bothNull, oneNull := op == "eq" || op == "le" || op == "ge", op == "ne"
	return func(env *env) Value {
		a, b := x(env), y(env)
		if a.IsNull() || b.IsNull() {
			if a.IsNull() && b.IsNull() {
				return Bool(bothNull)
			}
			return Bool(oneNull)
		}
		if isNaN(a) || isNaN(b) {
			return Bool(op == "ne")
		}
		return Bool(test(col.compareValues(a, b)))
	}
}

func isNaN(v Value) bool {
	if v.kind != kindDouble {
		return false
	}
	f := v.float()
	return f != f
}

func arithmeticExpr(op string, x, y typed) (typed, error) {
	k := kindDecimal
	switch {
	case x.kind == kindNull || y.kind == kindNull:
		k = max(x.kind, y.kind)
	case numeric(x.kind) && numeric(y.kind):
		switch {
		case x.kind == kindDouble || y.kind == kindDouble:
			k = kindDouble
		case x.kind == kindInt && y.kind == kindInt && op != "divby":
			k = kindInt
		}
	default:
		probe, err := temporalArithmetic(op, Value{kind: x.kind}, Value{kind: y.kind})
		if err != nil {
			return typed{}, incompatible(op, x, y)
		}
		k = probe.kind
	}
	f, g := x.f, y.f
	return typed{f: func(env *env) Value {
		v, err := arithmetic(op, f(env), g(env))
		if err != nil {
			return env.fail(badRequest("%v", err))
		}
		return v
	}, kind: k, name: k.String()}, nil
}

func (c *compiler) in(e *binary) (typed, error) {
	x, err := c.compile(e.x)
	if err != nil {
		return typed{}, err
	}
	list, ok := e.y.(*array)
	if !ok {
		return typed{}, badRequest("The right operand of 'in' must be a list.")
	}
	items := make([]evalFn, len(list.items))
	for i, it := range list.items {
		y, err := c.compile(it)
		if err != nil {
			return typed{}, err
		}
		if l, lit := it.(*literal); lit && x.kind == kindEnum && y.kind == kindString && x.enum != nil {
			if y, err = x.enum.literal(l.value.s); err != nil {
				return typed{}, err
			}
		}
		if !comparable(x.kind, y.kind) {
			return typed{}, incompatible("in", x, y)
		}
		items[i] = y.f
	}
	col := c.h.collation
	return boolean(func(env *env) Value {
		a := x.f(env)
		for _, item := range items {
			b := item(env)
			if a.IsNull() || b.IsNull() {
				if a.IsNull() && b.IsNull() {
					return Bool(true)
				}
				continue
			}
			if col.compareValues(a, b) == 0 {
				return Bool(true)
			}
		}
		return Bool(false)
	}), nil
}

func (c *compiler) now() time.Time { return c.h.cfg.now() }
