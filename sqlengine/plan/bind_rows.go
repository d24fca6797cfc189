package plan

import (
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// compareRowQuery compares a row with the only row of a subquery, NULLs if it
// has none. before says that the subquery stands on the left.
func (b *binder) compareRowQuery(s *scope, x *ast.Comparison, q *ast.Subquery, row *ast.Row, before bool) (expr.Node, error) {
	ls, err := b.bindAll(s, row.Items)
	if err != nil {
		return nil, err
	}
	sub, err := b.bindQuery(q.Query, s.inner())
	if err != nil {
		return nil, err
	}
	if len(sub.out) != len(ls) {
		return nil, fail(providers.KindSyntax, q.Pos(), "the subquery has %d columns, %d are compared with it", len(sub.out), len(ls))
	}
	if s.attach == nil {
		return nil, unsupported(q.Pos(), "a subquery of several columns cannot stand here")
	}
	p := &lProject{input: sub.root}
	rs := make([]expr.Node, len(sub.out))
	for i, o := range sub.out {
		id := b.newColumn(o.name, b.cols[o.id].t, false)
		p.items = append(p.items, item{id, b.ref(o.id)})
		rs[i] = b.ref(id)
		s.expose(id)
	}
	err = s.attach(func(left lnode) (lnode, error) { return &lApply{kind: Single, left: left, right: p}, nil })
	if err != nil {
		return nil, err
	}
	if before {
		ls, rs = rs, ls
	}
	return b.rowCompare(compareOps[x.Op], ls, rs)
}

// rowIsNull binds row IS [NOT] NULL: whether all of its values are NULL, or none.
func (b *binder) rowIsNull(s *scope, row *ast.Row, not bool) (expr.Node, error) {
	xs, err := b.bindAll(s, row.Items)
	if err != nil {
		return nil, err
	}
	for i := range xs {
		if xs[i], err = expr.IsNull(xs[i], not); err != nil {
			return nil, located(err, row.Items[i].Pos())
		}
	}
	return expr.And(xs...)
}

// bindListed binds x op ANY (list) and x op ALL (list): a list in parentheses,
// ARRAY[…], ARRAY(query), or a text that writes an array as PostgreSQL does,
// which is how drivers give one as an argument.
func (b *binder) bindListed(s *scope, x *ast.Quantified) (expr.Node, error) {
	var items []ast.Expr
	switch list := x.Array.(type) {
	case *ast.Row:
		items = list.Items
	case *ast.Array:
		if list.Query != nil {
			q := *x
			q.Array, q.Query = nil, list.Query
			return b.bindQuantified(s, &q)
		}
		items = list.Items
	default:
		n, err := b.bindExpr(s, x.Array)
		if err != nil {
			return nil, err
		}
		c, ok := expr.FoldStatement(n, b.opt.Statement).(*expr.Const)
		if ok && c.V.Null {
			return nullOf(boolType), nil
		}
		texts, isArray := []string(nil), false
		if ok && c.V.Kind == sqltypes.Varchar {
			texts, isArray = expr.ArrayLiteral(c.V.S)
		}
		if !isArray {
			return nil, fail(providers.KindType, x.Array.Pos(), "ANY and ALL take a list, a subquery, or a text such as '{1,2,3}'")
		}
		for _, t := range texts {
			lit := &ast.Literal{Loc: ast.Loc(x.Array.Pos()), Kind: ast.String, Text: t}
			if strings.EqualFold(t, "NULL") {
				lit.Kind, lit.Text = ast.Null, ""
			}
			items = append(items, lit)
		}
	}
	return b.overList(s, x, items)
}

func (b *binder) overList(s *scope, x *ast.Quantified, items []ast.Expr) (expr.Node, error) {
	l, err := b.bindExpr(s, x.X)
	if err != nil {
		return nil, err
	}
	list, err := b.bindAll(s, items)
	if err != nil {
		return nil, err
	}
	op := compareOps[x.Op]
	switch {
	case len(list) == 0:
		return expr.NewConst(sqltypes.BoolValue(x.All)), nil
	case op == expr.EQ && !x.All, op == expr.NE && x.All:
		return b.opt.Dialect.NewIn(l, list, x.All)
	}
	parts := make([]expr.Node, len(list))
	for i, r := range list {
		if parts[i], err = b.opt.Dialect.NewCompare(op, l, r); err != nil {
			return nil, located(err, items[i].Pos())
		}
	}
	if x.All {
		return expr.And(parts...)
	}
	return expr.Or(parts...)
}

// valuesAsSelects writes VALUES whose rows have subqueries as the selects that
// they stand for.
func valuesAsSelects(v *ast.Values) ast.Query {
	var q ast.Query
	for _, row := range v.Rows {
		sel := &ast.Select{Loc: v.Loc}
		for i, x := range row {
			sel.Items = append(sel.Items, ast.SelectItem{Loc: ast.Loc(x.Pos()), X: x, Alias: ast.Ident{Text: valuesColumn(i)}})
		}
		if q == nil {
			q = sel
			continue
		}
		q = &ast.SetOp{Loc: v.Loc, Kind: ast.Union, All: true, Left: q, Right: sel}
	}
	return q
}
