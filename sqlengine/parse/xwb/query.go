package xwb

import (
	"strings"

	"github.com/xwb1989/sqlparser"

	"github.com/epicorerp/epicorerp/sqlengine/ast"
)

// query maps a query. A chain of UNIONs leans to the left and is walked in a
// loop, for it may be long.
func (m *mapping) query(q sqlparser.SelectStatement) ast.Query {
	m.enter()
	defer m.leave()
	var chain []*sqlparser.Union
	for {
		u, ok := q.(*sqlparser.Union)
		if !ok {
			break
		}
		chain = append(chain, u)
		q = u.Left
		if bare := tailOf(q); bare.OrderBy != nil || bare.Limit != nil || bare.Lock != "" {
			refuse(0, "ORDER BY and LIMIT before UNION need parentheses")
		}
	}
	left := m.operand(q)
	for i := len(chain) - 1; i >= 0; i-- {
		u := chain[i]
		left = &ast.SetOp{Kind: ast.Union, All: u.Type == sqlparser.UnionAllStr, Left: left, Right: m.operand(u.Right),
			Tail: m.tail(queryTail{u.OrderBy, u.Limit, u.Lock})}
	}
	return left
}

func (m *mapping) operand(q sqlparser.SelectStatement) ast.Query {
	switch q := q.(type) {
	case *sqlparser.ParenSelect:
		return m.query(q.Select)
	case *sqlparser.Select:
		return m.selection(q)
	}
	m.unsupported("this query")
	return nil
}

// queryTail is what may follow a query.
type queryTail struct {
	OrderBy sqlparser.OrderBy
	Limit   *sqlparser.Limit
	Lock    string
}

// tailOf gives the tail of a query without parentheses.
func tailOf(q sqlparser.SelectStatement) queryTail {
	switch q := q.(type) {
	case *sqlparser.Select:
		return queryTail{q.OrderBy, q.Limit, q.Lock}
	case *sqlparser.Union:
		return queryTail{q.OrderBy, q.Limit, q.Lock}
	}
	return queryTail{}
}

func (m *mapping) tail(t queryTail) ast.Tail {
	out := ast.Tail{OrderBy: m.order(t.OrderBy), Limit: m.limit(t.Limit)}
	switch t.Lock {
	case sqlparser.ForUpdateStr:
		out.Lock = &ast.Lock{Strength: "UPDATE"}
	case sqlparser.ShareModeStr:
		out.Lock = &ast.Lock{Strength: "SHARE"}
	}
	return out
}

func (m *mapping) selection(s *sqlparser.Select) *ast.Select {
	out := &ast.Select{Distinct: s.Distinct != ""}
	for _, c := range s.Comments {
		if hint, ok := strings.CutPrefix(string(c), "/*+"); ok && out.Hints == nil {
			out.Hints = []string{strings.TrimSuffix(hint, "*/")}
		}
	}
	for _, word := range []string{s.Cache, s.Hints} {
		if word = strings.TrimSpace(strings.ToUpper(word)); word != "" {
			out.Modifiers = append(out.Modifiers, word)
		}
	}
	out.Items = m.items(s.SelectExprs)
	out.From = m.tables(s.From)
	if fromDual(s.From) {
		m.duals = append(m.duals, out)
	}
	out.Where = m.where(s.Where)
	if s.GroupBy != nil {
		out.GroupBy = m.groupBy(s.GroupBy)
	}
	out.Having = m.where(s.Having)
	out.Tail = m.tail(tailOf(s))
	return out
}

func fromDual(from sqlparser.TableExprs) bool {
	if len(from) != 1 {
		return false
	}
	t, ok := from[0].(*sqlparser.AliasedTableExpr)
	if !ok || !t.As.IsEmpty() || t.Hints != nil || t.Partitions != nil {
		return false
	}
	name, ok := t.Expr.(sqlparser.TableName)
	return ok && name.Qualifier.IsEmpty() && name.Name.String() == "dual"
}

func (m *mapping) items(list sqlparser.SelectExprs) []ast.SelectItem {
	var out []ast.SelectItem
	for _, e := range list {
		switch e := e.(type) {
		case *sqlparser.StarExpr:
			out = append(out, ast.SelectItem{X: m.star(e)})
		case *sqlparser.AliasedExpr:
			it := ast.SelectItem{X: m.expr(e.Expr)}
			if !e.As.IsEmpty() {
				it.Alias = m.alias(e.As.String())
			}
			out = append(out, it)
		default:
			m.unsupported("NEXT VALUES")
		}
	}
	return out
}

func (m *mapping) star(e *sqlparser.StarExpr) *ast.Star {
	return &ast.Star{Qualifier: m.tableName(e.TableName)}
}

// alias maps the alias of a column, which may be a string behind AS.
func (m *mapping) alias(name string) ast.Ident {
	if id := m.free(name); id.Text != name || len(m.named[strings.ToLower(name)]) > 0 {
		return id
	}
	return ast.Ident{Text: name, Quoted: true}
}

// groupBy maps GROUP BY. A row in it is a set of its items.
func (m *mapping) groupBy(list sqlparser.GroupBy) *ast.GroupBy {
	g := &ast.GroupBy{}
	for _, e := range list {
		x := m.expr(e)
		if row, ok := x.(*ast.Row); ok {
			g.Elements = append(g.Elements, ast.Grouping{Exprs: row.Items})
			continue
		}
		g.Elements = append(g.Elements, ast.Grouping{Exprs: []ast.Expr{x}})
	}
	return g
}

func (m *mapping) where(w *sqlparser.Where) ast.Expr {
	if w == nil {
		return nil
	}
	return m.expr(w.Expr)
}

func (m *mapping) order(list sqlparser.OrderBy) []ast.OrderItem {
	var out []ast.OrderItem
	for _, o := range list {
		out = append(out, ast.OrderItem{X: m.expr(o.Expr), Desc: o.Direction == sqlparser.DescScr})
	}
	return out
}

func (m *mapping) limit(l *sqlparser.Limit) *ast.Limit {
	if l == nil {
		return nil
	}
	out := &ast.Limit{Count: m.expr(l.Rowcount)}
	if l.Offset != nil {
		out.Offset = m.expr(l.Offset)
	}
	return out
}
