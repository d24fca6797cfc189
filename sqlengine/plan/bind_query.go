package plan

import (
	"strconv"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
)

// bound is a query with its names resolved.
type bound struct {
	root lnode
	out  []outColumn
}

type outColumn struct {
	id   int
	name string
}

func (q *bound) columns(b *binder) []Column {
	cols := make([]Column, len(q.out))
	for i, o := range q.out {
		c := b.cols[o.id]
		cols[i] = Column{Name: o.name, Type: c.t, Nullable: !c.notNull}
	}
	return cols
}

// bindQuery binds any query. parent is the scope around it, nil at the top.
func (b *binder) bindQuery(q ast.Query, parent *scope) (*bound, error) {
	scope, err := b.withScope(q, parent)
	if err != nil {
		return nil, err
	}
	out, err := b.bindBare(q, scope)
	if err == nil {
		err = b.bindUnused(*ast.WithOf(q), scope)
	}
	return out, err
}

// bindBare binds a query in the scope of its own WITH clause.
func (b *binder) bindBare(q ast.Query, scope *scope) (*bound, error) {
	tail := ast.TailOf(q)
	if tail.Lock != nil {
		return nil, unsupported(tail.Lock.Pos(), "FOR UPDATE and FOR SHARE: the server holds no locks for a reader")
	}
	switch q := q.(type) {
	case *ast.Select:
		return b.bindSelect(q, scope)
	case *ast.SetOp:
		out, err := b.bindSetOp(q, scope)
		return b.tailed(out, err, tail, scope)
	case *ast.Values:
		out, err := b.bindValues(q, scope)
		return b.tailed(out, err, tail, scope)
	case *ast.NestedQuery:
		out, err := b.bindQuery(q.Query, scope)
		return b.tailed(out, err, tail, scope)
	case *ast.TableQuery:
		s := &ast.Select{Loc: q.Loc, Items: []ast.SelectItem{{X: &ast.Star{}}},
			From: []ast.TableExpr{&ast.TableName{Loc: q.Loc, Name: q.Name}}, Tail: q.Tail}
		return b.bindSelect(s, scope)
	}
	return nil, unsupported(q.Pos(), "this form of query")
}

// tailed applies ORDER BY and LIMIT to a query that is not a plain SELECT:
// they see its output columns only.
func (b *binder) tailed(q *bound, err error, tail *ast.Tail, parent *scope) (*bound, error) {
	if err != nil || tail.IsZero() {
		return q, err
	}
	s := &scope{}
	for _, o := range q.out {
		s.cols = append(s.cols, scopeColumn{name: o.name, x: b.ref(o.id)})
	}
	var keys []sortKey
	if len(tail.OrderBy) > 0 {
		if keys, err = b.outputKeys(s, tail.OrderBy, q.out); err != nil {
			return nil, err
		}
		q.root = &lSort{input: q.root, keys: keys}
	}
	q.root, err = b.limited(q.root, tail.Limit, keys, parent)
	return q, err
}

// outputKeys are the keys of an ORDER BY that sees output columns only.
func (b *binder) outputKeys(s *scope, order []ast.OrderItem, out []outColumn) ([]sortKey, error) {
	if isStar(order[0].X) {
		return b.allKeys(out, order[0]), nil
	}
	keys := make([]sortKey, len(order))
	for i, it := range order {
		x, ok, err := b.ordinal(it.X, out)
		if err == nil && !ok {
			x, err = b.bindExpr(s, it.X)
		}
		if err != nil {
			return nil, err
		}
		keys[i] = orderKey(x, it)
	}
	return keys, nil
}

func orderKey(x expr.Node, it ast.OrderItem) sortKey {
	k := sortKey{x: x, desc: it.Desc, nullsFirst: !it.Desc} // NULL is the smallest value
	if it.Nulls != ast.NullsUnset {
		k.nullsFirst = it.Nulls == ast.NullsFirst
	}
	return k
}

// allKeys are the keys of ORDER BY ALL.
func (b *binder) allKeys(out []outColumn, it ast.OrderItem) []sortKey {
	keys := make([]sortKey, len(out))
	for i, o := range out {
		keys[i] = orderKey(b.ref(o.id), it)
	}
	return keys
}

// ordinal resolves ORDER BY 2 and GROUP BY 2.
func (b *binder) ordinal(x ast.Expr, out []outColumn) (expr.Node, bool, error) {
	lit, ok := x.(*ast.Literal)
	if !ok || lit.Kind != ast.Number {
		return nil, false, nil
	}
	n, err := strconv.Atoi(lit.Text)
	if err != nil || n < 1 || n > len(out) {
		return nil, true, refuse(statePosition, lit.Pos(), "position %s is not in the select list, which has %d columns", lit.Text, len(out))
	}
	return b.ref(out[n-1].id), true, nil
}

// valuesColumn names a column of VALUES.
func (b *binder) valuesColumn(i int) string {
	if b.opt.Dialect == expr.MySQL {
		return "column_" + strconv.Itoa(i)
	}
	return "column" + strconv.Itoa(i+1)
}

// bindValues binds VALUES (…), (…).
func (b *binder) bindValues(v *ast.Values, parent *scope) (*bound, error) {
	width := len(v.Rows[0])
	rows := make([][]expr.Node, len(v.Rows))
	s := &scope{parent: parent}
	queries := false
	for i, r := range v.Rows {
		queries = queries || holdsQuery(r...)
		if len(r) != width {
			return nil, fail(providers.KindSyntax, v.Pos(), "VALUES rows differ in length: row 1 has %d values, row %d has %d", width, i+1, len(r))
		}
	}
	if queries {
		return b.bindBare(b.valuesAsSelects(v), parent)
	}
	for i, r := range v.Rows {
		for _, x := range r {
			n, err := b.bindExpr(s, x)
			if err != nil {
				return nil, err
			}
			rows[i] = append(rows[i], n)
		}
	}
	out := &bound{}
	vals := &lValues{rows: rows}
	for c := range width {
		col := make([]expr.Node, len(rows))
		for i := range rows {
			col[i] = rows[i][c]
		}
		col, t, err := b.opt.Dialect.Unify(col...)
		if err != nil {
			return nil, located(err, v.Pos())
		}
		notNull := true
		for i := range rows {
			rows[i][c] = col[i]
			notNull = notNull && !col[i].Nullable()
		}
		name := b.valuesColumn(c)
		id := b.newColumn(name, t, notNull)
		vals.ids = append(vals.ids, id)
		out.out = append(out.out, outColumn{id, name})
	}
	out.root = vals
	return out, nil
}

// bindSetOp binds UNION, INTERSECT and EXCEPT. A chain of the same operator is
// bound without recursion on its left side.
func (b *binder) bindSetOp(q *ast.SetOp, parent *scope) (*bound, error) {
	chain := []*ast.SetOp{q}
	for {
		l, ok := chain[len(chain)-1].Left.(*ast.SetOp)
		if !ok || l.With != nil || !l.Tail.IsZero() {
			break
		}
		chain = append(chain, l)
	}
	acc, err := b.bindQuery(chain[len(chain)-1].Left, parent)
	if err != nil {
		return nil, err
	}
	for i := len(chain) - 1; i >= 0; i-- {
		right, err := b.bindQuery(chain[i].Right, parent)
		if err != nil {
			return nil, err
		}
		if acc, err = b.combine(chain[i], acc, right); err != nil {
			return nil, err
		}
	}
	return acc, nil
}

// combine joins two queries by a set operation, with common column types.
func (b *binder) combine(q *ast.SetOp, left, right *bound) (*bound, error) {
	word := [...]string{"UNION", "INTERSECT", "EXCEPT"}[q.Kind]
	if len(left.out) != len(right.out) {
		return nil, fail(providers.KindSyntax, q.Pos(), "each side of %s must have as many columns: there are %d and %d", word, len(left.out), len(right.out))
	}
	out := &bound{}
	var ids []int
	lefts, rights := make([]expr.Node, len(left.out)), make([]expr.Node, len(left.out))
	for i := range left.out {
		pair, t, err := b.opt.Dialect.Unify(b.outExpr(left, i), b.outExpr(right, i))
		if err != nil && ExprError(err).Kind == providers.KindValue { // a constant that is no value of the other side's type
			return nil, located(err, q.Pos())
		}
		if err != nil {
			return nil, fail(providers.KindType, q.Pos(), "column %d of %s is %s on one side and %s on the other; write CAST(… AS …)",
				i+1, word, b.cols[left.out[i].id].t, b.cols[right.out[i].id].t)
		}
		lefts[i], rights[i] = pair[0], pair[1]
		notNull := !pair[0].Nullable() && !pair[1].Nullable()
		id := b.newColumn(left.out[i].name, t, notNull)
		ids = append(ids, id)
		out.out = append(out.out, outColumn{id, left.out[i].name})
	}
	l, fromLeft := b.projected(left, lefts)
	r, fromRight := b.projected(right, rights)
	switch {
	case q.Kind == ast.Union:
		u := &lUnion{inputs: []lnode{l, r}, from: [][]int{fromLeft, fromRight}, ids: ids}
		if prev, ok := l.(*lUnion); ok { // a chain of UNION ALL is one node
			if flat, ok := prev.renumbered(fromLeft); ok {
				u.inputs, u.from = append(flat.inputs, r), append(flat.from, fromRight)
			}
		}
		out.root = u
		if !q.All {
			out.root = &lDistinct{input: u}
		}
	default:
		out.root = &lSetOp{left: l, right: r, fromLeft: fromLeft, fromRight: fromRight, ids: ids, except: q.Kind == ast.Except, all: q.All}
	}
	return out, nil
}

// outExpr is a column of a query's output; the constants of a bare SELECT keep
// being constants, so that a NULL or a literal takes the other side's type.
func (b *binder) outExpr(q *bound, i int) expr.Node {
	if p, ok := q.root.(*lProject); ok && i < len(p.items) && p.items[i].id == q.out[i].id {
		if c, ok := p.items[i].x.(*expr.Const); ok && expr.Untyped(c) {
			return c
		}
	}
	return b.ref(q.out[i].id)
}

// projected gives a query the given output expressions, with no operator where
// they are its columns as they are.
func (b *binder) projected(q *bound, xs []expr.Node) (lnode, []int) {
	p := &lProject{input: q.root}
	ids := make([]int, len(xs))
	plain := true
	for i, x := range xs {
		if c, ok := x.(*expr.Column); ok {
			ids[i] = c.Index
		} else {
			plain = false
			ids[i] = b.newColumn(q.out[i].name, x.Type(), !x.Nullable())
		}
		p.items = append(p.items, item{ids[i], x})
	}
	if plain {
		return q.root, ids
	}
	return p, ids
}

// renumbered says whether a union's columns are taken as they are, in order.
func (u *lUnion) renumbered(as []int) (*lUnion, bool) {
	for i := range as {
		if as[i] != u.ids[i] {
			return nil, false
		}
	}
	return u, true
}
