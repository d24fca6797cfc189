package plan

import (
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// sourceScope binds what PIVOT and UNPIVOT stand behind.
func (b *binder) sourceScope(s *scope, source ast.TableExpr) (*scope, lnode, error) {
	in := &scope{parent: s.parent, once: s.once}
	n, err := b.bindTableExpr(in, source, nil)
	return in, n, err
}

// bindUnpivot binds UNPIVOT: each row once for every column of the list, with
// the column's value and name in two columns of their own.
func (b *binder) bindUnpivot(s *scope, u *ast.Unpivot) (lnode, error) {
	in, source, err := b.sourceScope(s, u.Source)
	if err != nil {
		return nil, err
	}
	var names, values []expr.Node
	turned := idSet{}
	for _, it := range u.In {
		ref, ok := it.X.(*ast.ColumnRef)
		if !ok {
			return nil, fail(providers.KindSyntax, it.Pos(), "UNPIVOT takes a list of columns")
		}
		x, err := b.bindExpr(in, ref)
		if err != nil {
			return nil, err
		}
		turned.add(x)
		values, names = append(values, x), append(names, expr.NewConst(sqltypes.StringValue(itemName(it))))
	}
	values, t, err := expr.Unify(values...)
	if err != nil {
		return nil, located(err, u.Pos())
	}
	v := &lVariants{input: source, ids: []int{b.newColumn(u.Value.Text, t, false), b.newColumn(u.For.Text, sqltypes.Of(sqltypes.Varchar), true)}}
	for i := range values {
		v.rows = append(v.rows, []expr.Node{values[i], names[i]})
	}
	q := &bound{root: v}
	if !u.IncludeNulls {
		there, err := expr.IsNull(b.ref(v.ids[0]), true)
		if err != nil {
			return nil, err
		}
		q.root = &lFilter{input: v, conds: []expr.Node{there}}
	}
	st := &scopeTable{name: u.Alias.Name.Text}
	if u.Alias.IsZero() {
		s.tables = append(s.tables, st)
	} else if err := s.addTable(st, u.Pos()); err != nil {
		return nil, err
	}
	var cols []scopeColumn
	for _, c := range in.cols {
		if id, ok := c.x.(*expr.Column); !c.hidden && !c.merged && !(ok && turned[id.Index]) {
			cols = append(cols, scopeColumn{table: st, name: c.name, alias: c.alias, x: c.x})
		}
	}
	cols = append(cols, scopeColumn{table: st, name: u.Value.Text, x: b.ref(v.ids[0])}, scopeColumn{table: st, name: u.For.Text, x: b.ref(v.ids[1])})
	if err := rename(cols, u.Alias, u.Pos()); err != nil {
		return nil, err
	}
	s.cols = append(s.cols, cols...)
	return q.root, nil
}

// rename gives columns the names of an alias.
func rename(cols []scopeColumn, alias ast.Alias, at ast.Pos) error {
	if len(alias.Columns) > len(cols) {
		return refuse(statePosition, at, "`%s` has %d columns, %d names are given for them", alias.Name.Text, len(cols), len(alias.Columns))
	}
	for i, name := range alias.Columns {
		cols[i].name, cols[i].alias = name.Text, nil
	}
	return nil
}

// bindPivot binds PIVOT as the grouping that it is: by all columns that neither
// its aggregates nor FOR speak of, with each aggregate once for every value of
// the list, over the rows that have it.
func (b *binder) bindPivot(s *scope, p *ast.Pivot, left lnode) (lnode, error) {
	in, _, err := b.sourceScope(s, p.Source)
	if err != nil {
		return nil, err
	}
	q := &ast.Select{Loc: p.Loc, From: []ast.TableExpr{p.Source}}
	spoken, err := b.spokenOf(in, p)
	if err != nil {
		return nil, err
	}
	by := &ast.GroupBy{Loc: p.Loc}
	for _, c := range in.cols {
		if c.hidden || c.merged || slices.ContainsFunc(spoken, func(x expr.Node) bool { return expr.Equal(x, c.x) }) {
			continue
		}
		name := ast.Name{Parts: []ast.Ident{{Loc: p.Loc, Text: c.name, Quoted: true}}}
		if c.table != nil && c.table.name != "" {
			name.Parts = append([]ast.Ident{{Loc: p.Loc, Text: c.table.name, Quoted: true}}, name.Parts...)
		}
		ref := &ast.ColumnRef{Loc: p.Loc, Name: name}
		q.Items = append(q.Items, ast.SelectItem{Loc: p.Loc, X: ref})
		by.Elements = append(by.Elements, ast.Grouping{Loc: p.Loc, Exprs: []ast.Expr{ref}})
	}
	if len(by.Elements) > 0 {
		q.GroupBy = by
	}
	for _, v := range p.In {
		items, err := pivoted(p, v)
		if err != nil {
			return nil, err
		}
		q.Items = append(q.Items, items...)
	}
	return b.bindDerived(s, &ast.Derived{Loc: p.Loc, Query: q, Alias: p.Alias}, left)
}

// spokenOf are the columns that a PIVOT's aggregates and FOR speak of.
func (b *binder) spokenOf(in *scope, p *ast.Pivot) ([]expr.Node, error) {
	var refs []*ast.ColumnRef
	for _, name := range p.For {
		refs = append(refs, &ast.ColumnRef{Loc: ast.Loc(name.Pos()), Name: name})
	}
	for _, a := range p.Aggregates {
		f, ok := a.X.(*ast.Func)
		if !ok || !expr.IsAggregate(f.Name.Last().Text) {
			return nil, fail(providers.KindSyntax, a.Pos(), "PIVOT needs an aggregate here, such as SUM(x)")
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if ref, ok := n.(*ast.ColumnRef); ok {
				refs = append(refs, ref)
			}
			return true
		})
	}
	var out []expr.Node
	for _, ref := range refs {
		x, err := b.bindExpr(in, ref)
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

// pivoted are the columns of one value of a PIVOT's list.
func pivoted(p *ast.Pivot, v ast.SelectItem) ([]ast.SelectItem, error) {
	values := []ast.Expr{v.X}
	if row, ok := v.X.(*ast.Row); ok {
		values = row.Items
	}
	if len(values) != len(p.For) {
		return nil, fail(providers.KindSyntax, v.Pos(), "PIVOT is FOR %d columns, this item has %d values", len(p.For), len(values))
	}
	var cond ast.Expr
	var texts []string
	for i, x := range values {
		if ref, ok := x.(*ast.ColumnRef); ok && len(ref.Name.Parts) == 1 { // [x] is the value x
			x = &ast.Literal{Loc: ref.Loc, Kind: ast.String, Text: ref.Name.Parts[0].Text}
		}
		lit, ok := x.(*ast.Literal)
		if !ok {
			return nil, fail(providers.KindSyntax, x.Pos(), "PIVOT takes a list of constants")
		}
		texts = append(texts, lit.Text)
		var is ast.Expr = &ast.Comparison{Loc: lit.Loc, Op: ast.EQ, L: &ast.ColumnRef{Loc: p.Loc, Name: p.For[i]}, R: lit}
		if lit.Kind == ast.Null {
			is = &ast.Is{Loc: lit.Loc, X: &ast.ColumnRef{Loc: p.Loc, Name: p.For[i]}}
			texts[i] = "NULL"
		}
		if cond = and(cond, is); i == 0 {
			cond = is
		}
	}
	name := v.Alias.Text
	if v.Alias.IsZero() {
		name = strings.Join(texts, "_")
	}
	var items []ast.SelectItem
	for _, a := range p.Aggregates {
		f := *a.X.(*ast.Func)
		if f.Filter != nil {
			f.Filter = and(f.Filter, cond)
		} else {
			f.Filter = cond
		}
		own := name
		switch {
		case !a.Alias.IsZero():
			own += "_" + a.Alias.Text
		case len(p.Aggregates) > 1:
			own += "_" + strings.ToLower(f.Name.Last().Text)
		}
		items = append(items, ast.SelectItem{Loc: a.Loc, X: &f, Alias: ast.Ident{Loc: a.Loc, Text: own, Quoted: true}})
	}
	return items, nil
}

func and(a, b ast.Expr) ast.Expr {
	return &ast.Binary{Loc: ast.Loc(b.Pos()), Op: ast.And, L: a, R: b}
}
