package plan

import (
	"slices"
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
	rs, err := b.rowOfQuery(s, q)
	if err != nil {
		return nil, err
	}
	if len(rs) != len(ls) {
		return nil, fail(providers.KindSyntax, q.Pos(), "the subquery has %d columns, %d are compared with it", len(rs), len(ls))
	}
	if before {
		ls, rs = rs, ls
	}
	return b.rowCompare(compareOps[x.Op], ls, rs)
}

// rowOfQuery binds the values of the only row of a subquery, NULLs if it has
// none.
func (b *binder) rowOfQuery(s *scope, q *ast.Subquery) ([]expr.Node, error) {
	sub, err := b.bindQuery(q.Query, s.inner())
	if err != nil {
		return nil, err
	}
	if s.attach == nil {
		return nil, unsupported(q.Pos(), "a subquery of several columns cannot stand here")
	}
	p := &lProject{input: sub.root}
	values := make([]expr.Node, len(sub.out))
	for i, o := range sub.out {
		id := b.newColumn(o.name, b.cols[o.id].t, false)
		p.items = append(p.items, item{id, b.ref(o.id)})
		values[i] = b.ref(id)
		s.expose(id)
	}
	err = s.attach(func(left lnode) (lnode, error) { return &lApply{kind: Single, left: left, right: p}, nil })
	return values, err
}

// widthOf is the number of a query's columns, 0 where it is wrong.
func (b *binder) widthOf(s *scope, q ast.Query) int {
	if q, ok := q.(*ast.Select); ok && !slices.ContainsFunc(q.Items, func(it ast.SelectItem) bool { return isStar(it.X) }) {
		return len(q.Items)
	}
	if out, err := b.bindQuery(q, s.inner()); err == nil {
		return len(out.out)
	}
	return 0
}

// flat are the values of a row, of rows within it too.
func flat(row *ast.Row) (values []ast.Expr) {
	for _, x := range row.Items {
		if r, ok := x.(*ast.Row); ok {
			values = append(values, flat(r)...)
		} else {
			values = append(values, x)
		}
	}
	return values
}

// sameShape reports whether rows have as many values, and rows in the same
// places.
func sameShape(l, r *ast.Row) bool {
	if len(l.Items) != len(r.Items) {
		return false
	}
	for i := range l.Items {
		lr, lok := l.Items[i].(*ast.Row)
		rr, rok := r.Items[i].(*ast.Row)
		if lok != rok || lok && !sameShape(lr, rr) {
			return false
		}
	}
	return true
}

// isRowIn reports whether IN compares with rows: (a, b), or a subquery of
// several columns, IN ((1, 2), (3, 4)).
func isRowIn(x *ast.In) bool {
	if _, ok := x.X.(*ast.Row); ok {
		return true
	}
	if _, query := x.X.(*ast.Subquery); !query || len(x.List) == 0 {
		return false
	}
	_, row := x.List[0].(*ast.Row)
	return row
}

func (b *binder) bindRowIn(s *scope, x *ast.In) (expr.Node, error) {
	var ls []expr.Node
	var err error
	left, ok := x.X.(*ast.Row)
	if ok {
		ls, err = b.bindAll(s, flat(left))
	} else {
		ls, err = b.rowOfQuery(s, x.X.(*ast.Subquery))
	}
	if err != nil {
		return nil, err
	}
	var any []expr.Node
	for _, it := range x.List {
		r, ok := it.(*ast.Row)
		if !ok || left != nil && !sameShape(left, r) || left == nil && len(r.Items) != len(ls) {
			return nil, fail(providers.KindSyntax, it.Pos(), "each item of this IN must be a row of %d values", len(ls))
		}
		rs, err := b.bindAll(s, flat(r))
		if err != nil {
			return nil, err
		}
		eq, err := b.pairwise(expr.EQ, ls, rs, expr.And)
		if err != nil {
			return nil, located(err, it.Pos())
		}
		any = append(any, eq)
	}
	n, err := b.opt.Dialect.Or(any...)
	if err == nil && x.Not {
		n, err = b.opt.Dialect.Not(n)
	}
	return n, err
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
func (b *binder) valuesAsSelects(v *ast.Values) ast.Query {
	var q ast.Query
	for _, row := range v.Rows {
		sel := &ast.Select{Loc: v.Loc}
		for i, x := range row {
			sel.Items = append(sel.Items, ast.SelectItem{Loc: ast.Loc(x.Pos()), X: x, Alias: ast.Ident{Text: b.valuesColumn(i)}})
		}
		if q == nil {
			q = sel
			continue
		}
		q = &ast.SetOp{Loc: v.Loc, Kind: ast.Union, All: true, Left: q, Right: sel}
	}
	return q
}
