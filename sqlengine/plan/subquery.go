package plan

import (
	"strconv"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// bindSemiJoin turns a conjunct that is [NOT] EXISTS or [NOT] IN (query) into
// a semi or anti join of the query's input. done is false for any other, and
// for an EXISTS that is the same for every row: value is then its condition.
func (b *binder) bindSemiJoin(s *scope, x ast.Expr) (value expr.Node, done bool, err error) {
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
		sub, err := b.bindQuery(x.Query, s.inner())
		if err != nil {
			return nil, false, err
		}
		if !dependsOnRow(sub.root) {
			value, err := b.constant(s, sub, true, x.Query.Pos())
			if err == nil && not {
				value, err = expr.Not(value)
			}
			return value, false, err
		}
		if not {
			kind = Anti
		}
		return nil, true, s.attach(func(left lnode) (lnode, error) { return applySubquery(kind, left, sub, nil), nil })
	case *ast.In:
		if x.Query == nil {
			return nil, false, nil
		}
		if not || x.Not {
			kind = Anti
		}
		return nil, true, b.semiJoinIn(s, x, kind)
	}
	return nil, false, nil
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
			return applySubquery(Semi, left, sub, eq), nil
		case !eq.Nullable():
			return applySubquery(Anti, left, sub, eq), nil
		case l != nil && !dependsOnRow(sub.root):
			return &lJoin{kind: Anti, left: left, right: lowered(sub.root), inLeft: l, inRight: r}, nil
		}
		open, err := expr.IsBool(eq, expr.False, true)
		if err != nil {
			return nil, err
		}
		return applySubquery(Anti, left, sub, open), nil
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
		ls, err = b.bindAll(s, flat(row))
	} else if of, ok := x.(*ast.Subquery); ok && b.widthOf(s, of.Query) > 1 {
		ls, err = b.rowOfQuery(s, of)
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
	if cmp, err = b.rowCompare(op, ls, rs); err != nil {
		return nil, nil, nil, nil, located(err, x.Pos())
	}
	if c, ok := cmp.(*expr.Compare); ok {
		l, r = c.A, c.B
	}
	return sub, cmp, l, r, nil
}

// applySubquery runs a subquery for each row and joins the row with what comes
// out; the rule "decorrelation" makes a join of it where it can. extra is one
// more condition over both.
func applySubquery(kind JoinKind, left lnode, sub *bound, extra expr.Node) *lApply {
	right := sub.root
	if extra != nil {
		around := setOf(left.columns())
		right = &lFilter{input: right, conds: mapped(expr.Conjuncts(extra), func(c expr.Node) expr.Node { return sunk(c, around) })}
	}
	return &lApply{kind: kind, left: left, right: right}
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
		a := applySubquery(Mark, left, sub, extra)
		a.mark = id
		return a, nil
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
	s.once(onceCell{query: lowered(sub.root), out: sub.out[0].id, exists: exists, set: late.Set, name: late.Name})
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
		return b.bindListed(s, x)
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
			return &lJoin{kind: Mark, left: left, right: lowered(sub.root), inLeft: l, inRight: r, mark: id}, nil
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
	out := sub.out[0].id
	if !oneRow(sub.root) {
		b.cols[out].notNull = false
	}
	err = s.attach(func(left lnode) (lnode, error) {
		right := sub.root
		if len(right.columns()) > 1 { // those of ORDER BY
			right = &lProject{input: right, items: []item{{out, b.ref(out)}}}
		}
		return &lApply{kind: Single, left: left, right: right}, nil
	})
	s.expose(out)
	return b.ref(out), err
}

// oneRow reports whether a tree gives one row whatever its tables hold: an
// aggregate without a grouping.
func oneRow(n lnode) bool {
	if p, ok := n.(*lProject); ok {
		n = p.input
	}
	agg, ok := n.(*lAggregate)
	return ok && len(agg.groupBy) == 0
}
