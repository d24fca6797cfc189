package plan

import (
	"strconv"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// bindSemiJoin turns a conjunct that is [NOT] EXISTS or [NOT] IN (query) into
// a semi or anti join of the query's input. done is false for any other.
func (b *binder) bindSemiJoin(s *scope, x ast.Expr) (done bool, err error) {
	not := false
	if u, ok := x.(*ast.Unary); ok && u.Op == ast.Not {
		if in, ok := u.X.(*ast.In); ok && in.Query != nil && !in.Not {
			x, not = in, true
		}
		if e, ok := u.X.(*ast.Exists); ok {
			x, not = e, true
		}
	}
	kind := Semi
	switch x := x.(type) {
	case *ast.Exists:
		if not {
			kind = Anti
		}
		sub, err := b.bindQuery(x.Query, s.inner())
		if err != nil || !dependsOnRow(sub.root) {
			return false, err // a constant: bindExists computes it once
		}
		return true, s.attach(func(left lnode) (lnode, error) { return b.joinSubquery(kind, left, sub, nil) })
	case *ast.In:
		if x.Query == nil {
			return false, nil
		}
		if not || x.Not {
			kind = Anti
		}
		return true, b.semiJoinIn(s, x, kind)
	}
	return false, nil
}

// semiJoinIn joins by the equality of IN. NOT IN keeps a row only when every
// comparison is false: an unknown one drops it.
func (b *binder) semiJoinIn(s *scope, x *ast.In, kind JoinKind) error {
	sub, eq, l, r, err := b.bindInSides(s, x)
	if err != nil {
		return err
	}
	return s.attach(func(left lnode) (lnode, error) {
		switch {
		case kind == Semi:
			return b.joinSubquery(Semi, left, sub, eq)
		case !eq.Nullable():
			return b.joinSubquery(Anti, left, sub, eq)
		case l != nil && !dependsOnRow(sub.root):
			return &lJoin{kind: Anti, left: left, right: b.lowered(sub.root), inLeft: l, inRight: r}, nil
		}
		open, err := expr.IsBool(eq, expr.False, true)
		if err != nil {
			return nil, err
		}
		return b.joinSubquery(Anti, left, sub, open)
	})
}

// bindInSides binds both sides of x IN (query). eq is their equality; l and r
// are its operands when each side is one column.
func (b *binder) bindInSides(s *scope, x *ast.In) (sub *bound, eq, l, r expr.Node, err error) {
	return b.bindQuantifiedSides(s, x.X, expr.EQ, x.Query)
}

func (b *binder) bindQuantifiedSides(s *scope, x ast.Expr, op expr.CompareOp, q ast.Query) (sub *bound, cmp, l, r expr.Node, err error) {
	var ls []expr.Node
	if row, ok := x.(*ast.Row); ok {
		ls, err = b.bindAll(s, row.Items)
	} else {
		ls = make([]expr.Node, 1)
		ls[0], err = b.bindExpr(s, x)
	}
	if err != nil {
		return nil, nil, nil, nil, err
	}
	if s.grouped != nil {
		for i := range ls {
			if ls[i], err = s.grouped.replace(ls[i]); err != nil {
				return nil, nil, nil, nil, located(err, x.Pos())
			}
		}
	}
	if sub, err = b.bindQuery(q, s.inner()); err != nil {
		return nil, nil, nil, nil, err
	}
	if len(sub.out) != len(ls) {
		return nil, nil, nil, nil, fail(providers.KindSyntax, q.Pos(), "the subquery has %d columns, %d are compared with it", len(sub.out), len(ls))
	}
	rs := make([]expr.Node, len(ls))
	for i, o := range sub.out {
		rs[i] = b.ref(o.id)
	}
	if cmp, err = rowCompare(op, ls, rs); err != nil {
		return nil, nil, nil, nil, located(err, x.Pos())
	}
	if c, ok := cmp.(*expr.Compare); ok {
		l, r = c.A, c.B
	}
	return sub, cmp, l, r, nil
}

// joinSubquery joins a row with the rows of a subquery that belong to it: as a
// join when the ties between them are conditions that can be lifted out, else
// by running the subquery for each row. extra is one more condition over both.
func (b *binder) joinSubquery(kind JoinKind, left lnode, sub *bound, extra expr.Node) (lnode, error) {
	var on []expr.Node
	if extra != nil {
		on = expr.Conjuncts(extra)
	}
	if plain, ties, ok := b.unnest(sub.root, extra); ok {
		return &lJoin{kind: kind, left: left, right: plain, on: append(ties, on...)}, nil
	}
	right := sub.root
	if extra != nil {
		leftIDs := setOf(left.columns())
		for i := range on {
			on[i] = expr.Transform(on[i], func(n expr.Node) expr.Node {
				if c, ok := n.(*expr.Column); ok && leftIDs[c.Index] {
					return outerOf(c, 1)
				}
				if o, ok := n.(*expr.Outer); ok {
					up := *o
					up.Level++
					return &up
				}
				return n
			})
		}
		right = &lFilter{input: right, conds: on}
	}
	return &lApply{kind: kind, left: left, right: right}, nil
}

// bindExists binds EXISTS as a value.
func (b *binder) bindExists(s *scope, q ast.Query) (expr.Node, error) {
	sub, err := b.bindQuery(q, s.inner())
	if err != nil {
		return nil, err
	}
	if !dependsOnRow(sub.root) {
		return b.constant(s, sub, true, q.Pos())
	}
	return b.mark(s, sub, nil, q.Pos())
}

// mark joins a subquery and returns the column that says whether a row of it
// belongs to the row around.
func (b *binder) mark(s *scope, sub *bound, extra expr.Node, at ast.Pos) (expr.Node, error) {
	if s.attach == nil {
		return nil, unsupported(at, "a subquery that depends on the row cannot stand here")
	}
	id := b.newColumn("exists", boolType, true)
	err := s.attach(func(left lnode) (lnode, error) {
		n, err := b.joinSubquery(Mark, left, sub, extra)
		switch n := n.(type) {
		case *lJoin:
			n.mark = id
		case *lApply:
			n.mark = id
		}
		return n, err
	})
	s.expose(id)
	return b.ref(id), err
}

// expose lets clauses after grouping use a column that a subquery's join adds.
func (s *scope) expose(id int) {
	if s.grouped != nil {
		s.grouped.outputs[id] = true
	}
}

// constant binds a subquery that is the same for every row.
func (b *binder) constant(s *scope, sub *bound, exists bool, at ast.Pos) (expr.Node, error) {
	if s.once == nil {
		return nil, unsupported(at, "a subquery cannot stand here")
	}
	b.late++
	t := boolType
	if !exists {
		t = b.cols[sub.out[0].id].t
	}
	late := &expr.Late{Set: new(sqltypes.Value), Name: "$" + strconv.Itoa(b.late), T: t}
	*late.Set = sqltypes.NullOf(t.Kind)
	s.once(onceCell{query: b.lowered(sub.root), out: sub.out[0].id, exists: exists, set: late.Set, name: late.Name})
	return late, nil
}

// bindInQuery binds x [NOT] IN (query) as a value.
func (b *binder) bindInQuery(s *scope, x *ast.In) (expr.Node, error) {
	n, err := b.anyMatch(s, x.X, expr.EQ, x.Query)
	if err == nil && x.Not {
		return expr.Not(n)
	}
	return n, err
}

// bindQuantified binds x op ANY (query) and x op ALL (query): ALL is NOT ANY
// of the opposite.
func (b *binder) bindQuantified(s *scope, x *ast.Quantified) (expr.Node, error) {
	if x.Query == nil {
		return nil, unsupported(x.Pos(), "ANY and ALL over arrays are not supported yet; use IN")
	}
	op := compareOps[x.Op]
	if !x.All {
		return b.anyMatch(s, x.X, op, x.Query)
	}
	n, err := b.anyMatch(s, x.X, op.Negate(), x.Query)
	if err != nil {
		return nil, err
	}
	return expr.Not(n)
}

// anyMatch is the value of x op ANY (query): TRUE if a comparison is, else
// NULL if one is unknown, else FALSE.
func (b *binder) anyMatch(s *scope, x ast.Expr, op expr.CompareOp, q ast.Query) (expr.Node, error) {
	sub, cmp, l, r, err := b.bindQuantifiedSides(s, x, op, q)
	if err != nil {
		return nil, err
	}
	if op == expr.EQ && l != nil && !dependsOnRow(sub.root) && s.attach != nil {
		id := b.newColumn("in", boolType, !cmp.Nullable())
		err := s.attach(func(left lnode) (lnode, error) {
			return &lJoin{kind: Mark, left: left, right: b.lowered(sub.root), inLeft: l, inRight: r, mark: id}, nil
		})
		s.expose(id)
		return b.ref(id), err
	}
	hit, err := b.mark(s, sub, cmp, q.Pos())
	if err != nil || !cmp.Nullable() {
		return hit, err
	}
	again, cmp2, _, _, err := b.bindQuantifiedSides(s, x, op, q)
	if err != nil {
		return nil, err
	}
	open, err := expr.IsBool(cmp2, expr.False, true)
	if err != nil {
		return nil, err
	}
	maybe, err := b.mark(s, again, open, q.Pos())
	if err != nil {
		return nil, err
	}
	null := &expr.Const{V: sqltypes.NullOf(sqltypes.Bool), T: boolType}
	return expr.NewCase(nil, []expr.When{{Cond: hit, Result: expr.NewConst(sqltypes.BoolValue(true))}, {Cond: maybe, Result: null}},
		expr.NewConst(sqltypes.BoolValue(false)))
}

// bindScalarSubquery binds (SELECT …) as a value.
func (b *binder) bindScalarSubquery(s *scope, x *ast.Subquery) (expr.Node, error) {
	sub, err := b.bindQuery(x.Query, s.inner())
	if err != nil {
		return nil, err
	}
	if len(sub.out) != 1 {
		return nil, fail(providers.KindSyntax, x.Pos(), "a subquery used as a value must have one column, it has %d", len(sub.out))
	}
	if !dependsOnRow(sub.root) {
		return b.constant(s, sub, false, x.Pos())
	}
	if s.attach == nil {
		return nil, unsupported(x.Pos(), "a subquery that depends on the row cannot stand here")
	}
	if n, ok, err := b.joinAggregate(s, sub); ok || err != nil {
		return n, err
	}
	out := sub.out[0].id
	b.cols[out].notNull = false
	err = s.attach(func(left lnode) (lnode, error) {
		if plain, ties, ok := b.unnestScalar(sub, out); ok {
			return &lJoin{kind: Single, left: left, right: plain, on: ties}, nil
		}
		// Apply gives the right side's columns: only the value may be one.
		return &lApply{kind: Single, left: left, right: &lProject{input: sub.root, items: []item{{out, b.ref(out)}}}}, nil
	})
	s.expose(out)
	return b.ref(out), err
}

// joinAggregate turns a correlated subquery that is one aggregate over the
// rows with equal keys into a join with those aggregates grouped by the keys.
func (b *binder) joinAggregate(s *scope, sub *bound) (expr.Node, bool, error) {
	p, ok := sub.root.(*lProject)
	if !ok || ownRefer(p) {
		return nil, false, nil
	}
	agg, ok := p.input.(*lAggregate)
	if !ok || len(agg.groupBy) > 0 || ownRefer(agg) || !b.canUnnest(agg.input) {
		return nil, false, nil
	}
	// DISTINCT beneath an aggregate counts; pull would drop it.
	if hasDistinct(agg.input) {
		return nil, false, nil
	}
	if !equalities(agg.input) {
		return nil, false, nil
	}
	plain, ties, _ := b.unnest(agg.input, nil)
	inner := setOf(plain.columns())
	grouped := &lAggregate{input: plain, calls: agg.calls}
	project := &lProject{input: grouped, items: p.items}
	on := make([]expr.Node, len(ties))
	for i, t := range ties {
		c := t.(*expr.Compare)
		in, around := c.A, c.B
		if !inner.within(in) || !inner.touches(in) { // a row further out has no column here
			in, around = c.B, c.A
		}
		key := b.newColumn(in.String(), in.Type(), !in.Nullable())
		grouped.groupBy = append(grouped.groupBy, item{key, in})
		project.items = append(project.items, item{key, b.ref(key)})
		eq, err := expr.NewCompare(expr.EQ, around, b.ref(key))
		if err != nil {
			return nil, true, err
		}
		on[i] = eq
	}
	found := b.newColumn("found", boolType, false)
	project.items = append(project.items, item{found, expr.NewConst(sqltypes.BoolValue(true))})
	value := sub.out[0].id
	empty := valueOfNoRows(p, agg, value)
	b.cols[value].notNull = false
	err := s.attach(func(left lnode) (lnode, error) {
		return &lJoin{kind: Left, left: left, right: project, on: on}, nil
	})
	s.expose(value)
	s.expose(found)
	if err != nil {
		return nil, true, err
	}
	if c, ok := empty.(*expr.Const); ok && c.V.Null {
		return b.ref(value), true, nil
	}
	missing, err := expr.IsNull(b.ref(found), false)
	if err != nil {
		return nil, true, err
	}
	n, err := expr.NewCase(nil, []expr.When{{Cond: missing, Result: empty}}, b.ref(value))
	return n, true, err
}

func hasDistinct(n lnode) bool {
	if _, ok := n.(*lDistinct); ok {
		return true
	}
	for _, c := range inputs(n) {
		if hasDistinct(c) {
			return true
		}
	}
	return false
}

// equalities reports whether all ties of a tree to the row around are
// equalities of something inside with something around.
func equalities(n lnode) bool {
	if f, ok := n.(*lFilter); ok {
		inner := setOf(f.input.columns())
		for _, c := range f.conds {
			if !correlated(c) {
				continue
			}
			eq, ok := c.(*expr.Compare)
			if !ok || eq.Op != expr.EQ {
				return false
			}
			a, b := eq.A, eq.B
			if correlated(a) {
				a, b = b, a
			}
			if correlated(a) || !inner.within(a) || len(expr.Columns(b)) > 0 || len(expr.Columns(a)) == 0 {
				return false
			}
		}
	}
	for _, c := range inputs(n) {
		if !equalities(c) {
			return false
		}
	}
	return true
}

// valueOfNoRows is what the subquery's value is when no row belongs to the row
// around: counts are 0, other aggregates NULL.
func valueOfNoRows(p *lProject, agg *lAggregate, value int) expr.Node {
	var x expr.Node
	for _, it := range p.items {
		if it.id == value {
			x = it.x
		}
	}
	return expr.Fold(expr.Transform(x, func(n expr.Node) expr.Node {
		c, ok := n.(*expr.Column)
		if !ok {
			return n
		}
		for _, a := range agg.calls {
			if a.id == c.Index {
				return ofNoRows(a.x)
			}
		}
		return nullOf(c.T)
	}))
}
