package odatatest

import "fmt"

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
	if def.Kept != AsDeclared {
		f := x.f
		x.passedOver, x.f = def.Kept == PassedOver, func(e *env) Value { return def.Kept.value(f(e), &def) }
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
		if choose := c.h.cfg.lambdaItems; choose != nil {
			honest, all := rows, make([]int, v.len())
			for i := range all {
				all[i] = i
			}
			rows = func(e *env) []int { return choose(all, honest(e)) }
		}
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
