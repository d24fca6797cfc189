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

// rowFn finds the row that a path has reached; false where a single-valued
// navigation leads nowhere.
type rowFn func(*env) (rowRef, bool)

func (c *compiler) path(segs []segment) (typed, error) {
	t, get := c.t, rowFn(func(e *env) (rowRef, bool) { return e.row, true })
	switch s := segs[0]; s.kind {
	case segIt:
		segs = segs[1:]
	case segAlias:
		if len(segs) == 1 {
			return c.parameterAlias(s.name)
		}
	case segMember:
		if v, ok := c.vars[s.name]; ok {
			t, segs = v.t, segs[1:]
			get = func(e *env) (rowRef, bool) { return e.vars[v.slot], true }
		}
	}
	if len(segs) == 0 {
		return typed{}, badRequest("A whole entity is not a value here.")
	}
	for i, s := range segs {
		switch s.kind {
		case segMember:
			if col, ok := t.columns[s.name]; ok {
				if i != len(segs)-1 {
					return typed{}, badRequest("The property '%s' has no members.", s.name)
				}
				return c.column(t, col, get)
			}
			nav := t.set.navigation(s.name)
			if nav == nil {
				return typed{}, badRequest("Could not find a property named '%s' on type '%s'.", s.name, c.h.qualifiedType(t.set))
			}
			if nav.Many {
				return c.collection(t, nav, get, segs[i+1:])
			}
			t, get = c.follow(t, nav, get)
		case segCast:
			if s.name != c.h.qualifiedType(t.set) {
				return typed{}, badRequest("The type '%s' is not known here.", s.name)
			}
		case segCall:
			return typed{}, badRequest("An unknown function with name '%s' was found. This may also be a function import or a key lookup on a navigation property, which is not allowed.", s.name)
		default:
			return typed{}, notImplemented("The path segment '%s' is not supported in expressions.", s.name)
		}
	}
	return typed{}, badRequest("The path ends in an entity, which is not a value.")
}

func (c *compiler) parameterAlias(name string) (typed, error) {
	text, ok := c.aliases["@"+name]
	if !ok {
		return typed{f: func(*env) Value { return Value{} }, kind: kindNull, name: "null"}, nil // URL conventions 5.3: an unset alias is null
	}
	if c.alias++; c.alias > 10 {
		return typed{}, badRequest("The parameter alias '@%s' refers to itself.", name)
	}
	defer func() { c.alias-- }()
	e, err := parseExpr(c.h.version, text)
	if err != nil {
		return typed{}, badRequest("@%s: %v", name, err)
	}
	return c.compile(e)
}

func (c *compiler) column(t *table, col int, get rowFn) (typed, error) {
	def := t.set.Columns[col]
	if def.Computed && c.h.cfg.refuseComputed {
		return typed{}, &Error{Status: 500, Code: "Computed", Message: fmt.Sprintf("Invalid column name '%s'.", def.Name)}
	}
	x := typed{kind: def.Type.kindIn(c.h.version), name: def.Type.name(c.h.version)}
	if def.Type == EdmEnum {
		x.enum = c.h.enumByName(def.Enum)
		if x.name = def.Enum; c.h.version == V3 {
			x.kind, x.name = kindInt, "Edm.Int64"
		}
	}
	native := typeKinds[def.Type]
	x.f = func(e *env) Value {
		r, ok := get(e)
		if !ok {
			return Value{}
		}
		return r.v.at(r.j, col)
	}
	if native != x.kind {
		f, k := x.f, x.kind
		x.f = func(e *env) Value { return asKind(f(e), k) }
	}
	return x, nil
}

// asKind shows a value under the type that V3 has for it.
func asKind(v Value, k kind) Value {
	if v.IsNull() || v.kind == k {
		return v
	}
	if v.kind == kindDate && k == kindDateTime {
		v.i *= 86400 * ticksPerSecond
	}
	v.kind = k
	return v
}

func (c *compiler) join(t *table, nav *Navigation) (target *table, here, there []int) {
	target = c.h.tables[nav.Target]
	for _, on := range nav.On {
		here, there = append(here, t.columns[on[0]]), append(there, target.columns[on[1]])
	}
	return target, here, there
}

func related(r rowRef, target *view, here, there []int) []int {
	want := make([]Value, len(here))
	for i, h := range here {
		want[i] = r.v.at(r.j, h)
	}
	return target.lookup(there, want)
}

func (c *compiler) follow(t *table, nav *Navigation, get rowFn) (*table, rowFn) {
	target, here, there := c.join(t, nav)
	v := c.view(target)
	return target, func(e *env) (rowRef, bool) {
		r, ok := get(e)
		if !ok {
			return r, false
		}
		rows := related(r, v, here, there)
		if len(rows) == 0 {
			return r, false
		}
		return rowRef{v, rows[0]}, true
	}
}

// collection compiles Nav/any(...), Nav/all(...), Nav/$count and
// Nav/$filter(...)/$count.
func (c *compiler) collection(t *table, nav *Navigation, get rowFn, rest []segment) (typed, error) {
	target, here, there := c.join(t, nav)
	v := c.view(target)
	rows := func(e *env) []int {
		r, ok := get(e)
		if !ok {
			return nil
		}
		return related(r, v, here, there)
	}
	var filter evalFn
	inner := func(name string, pred expr) (evalFn, int, error) {
		sub := *c
		sub.vars = map[string]scopeVar{}
		for k, x := range c.vars {
			sub.vars[k] = x
		}
		slot := c.nvars
		sub.nvars = slot + 1
		if name == "" {
			sub.t = target
			sub.vars = nil
		} else {
			sub.vars[name] = scopeVar{target, slot}
		}
		f, err := sub.predicate(pred)
		return f, slot, err
	}
	if len(rest) == 2 && rest[0].kind == segFilter && rest[1].kind == segCount {
		rest[1].pred, rest = rest[0].pred, rest[1:]
	}
	if len(rest) != 1 {
		return typed{}, badRequest("The collection '%s' needs any, all or $count.", nav.Name)
	}
	switch s := rest[0]; s.kind {
	case segCount:
		if s.pred != nil {
			f, _, err := inner("", s.pred)
			if err != nil {
				return typed{}, err
			}
			filter = f
		}
		return typed{f: func(e *env) Value {
			n := 0
			for _, j := range rows(e) {
				if filter != nil {
					sub := &env{row: rowRef{v, j}}
					if !filter(sub).true() {
						continue
					}
				}
				n++
			}
			return Int(int64(n))
		}, kind: kindInt, name: "Edm.Int64"}, nil
	case segAny, segAll:
		if s.pred == nil {
			return boolean(func(e *env) Value { return Bool(len(rows(e)) > 0) }), nil
		}
		f, slot, err := inner(s.lambda, s.pred)
		if err != nil {
			return typed{}, err
		}
		return boolean(quantifier(s.kind == segAny, rows, v, f, slot)), nil
	}
	return typed{}, badRequest("The collection '%s' needs any, all or $count.", nav.Name)
}

func quantifier(any bool, rows func(*env) []int, v *view, f evalFn, slot int) evalFn {
	return func(e *env) Value {
		for _, j := range rows(e) {
			vars := append(e.vars[:slot:slot], rowRef{v, j})
			sub := &env{row: e.row, vars: vars}
			ok := f(sub).true()
			if sub.err != nil {
				return e.fail(sub.err)
			}
			if ok == any {
				return Bool(any)
			}
		}
		return Bool(!any)
	}
}

func (c *compiler) now() time.Time { return c.h.cfg.now() }
