package xwb

import (
	"github.com/xwb1989/sqlparser"

	"github.com/epicorerp/epicorerp/sqlengine/ast"
)

// insertsBySet tells INSERT … SET a = 1 from (a) VALUES (1), which the tree
// does not, and refuses the qualified names that it cuts.
func (m *mapping) insertsBySet() (bySet bool) {
	into, depth := false, 0
	for i := range m.tokens {
		t := &m.tokens[i]
		switch t.shown() {
		case "into":
			into = true
		case "(":
			depth++
		case ")":
			depth--
		case "set":
			bySet = bySet || depth == 0 && !m.rowsBefore(i)
		case ".":
			inColumns := depth == 1 && !m.rowsBefore(i)
			if inColumns || bySet && depth == 0 && m.at(i+2).shown() == "=" {
				refuse(t.pos, "xwb1989 drops what stands before the dot: name the column alone")
			}
		}
	}
	if !into && !m.mysql() {
		refuse(0, "INSERT needs INTO")
	}
	return bySet
}

// rowsBefore reports whether VALUES or a query stands before the i-th token.
func (m *mapping) rowsBefore(i int) bool {
	for _, t := range m.tokens[:i] {
		if t.kind == word && (t.lower == "values" || t.lower == "select") {
			return true
		}
	}
	return false
}

func (m *mapping) insert(s *sqlparser.Insert) ast.Statement {
	if s.Partitions != nil {
		m.unsupported("INSERT INTO a partition")
	}
	out := &ast.Insert{Replace: s.Action == sqlparser.ReplaceStr, Ignore: s.Ignore != "", Table: m.tableName(s.Table)}
	bySet := m.insertsBySet()
	columns := m.columns(s.Columns)
	switch rows := s.Rows.(type) {
	case sqlparser.Values:
		values := &ast.Values{}
		for _, row := range rows {
			var list []ast.Expr
			for _, e := range row {
				list = append(list, m.valueExpr(e))
			}
			values.Rows = append(values.Rows, list)
		}
		if bySet {
			out.Set = pairs(columns, values.Rows[0])
			break
		}
		out.Columns, out.Source = columns, values
	case sqlparser.SelectStatement:
		out.Columns, out.Source = columns, m.query(rows)
	default:
		m.unsupported("this source of rows")
	}
	m.inAssignment = true
	out.OnDuplicate = m.assignments(sqlparser.UpdateExprs(s.OnDup))
	m.inAssignment = false
	return out
}

func pairs(columns []ast.Ident, values []ast.Expr) []ast.Assignment {
	var out []ast.Assignment
	for i, c := range columns {
		out = append(out, ast.Assignment{Loc: c.Loc, Targets: []ast.Name{{Parts: []ast.Ident{c}}}, Value: values[i]})
	}
	return out
}

// valueExpr maps an expression or DEFAULT.
func (m *mapping) valueExpr(e sqlparser.Expr) ast.Expr {
	if d, ok := e.(*sqlparser.Default); ok && d.ColName == "" {
		return &ast.Default{}
	}
	return m.expr(e)
}

func (m *mapping) assignments(list sqlparser.UpdateExprs) []ast.Assignment {
	var out []ast.Assignment
	for _, u := range list {
		target := m.columnName(u.Name)
		out = append(out, ast.Assignment{Loc: ast.Loc(target.Pos()), Targets: []ast.Name{target}, Value: m.valueExpr(u.Expr)})
	}
	return out
}

func (m *mapping) delete(s *sqlparser.Delete) ast.Statement {
	out := &ast.Delete{}
	if s.Targets != nil {
		m.deleteForm()
	}
	for _, t := range s.Targets {
		out.Targets = append(out.Targets, m.tableName(t))
	}
	out.From = m.tables(s.TableExprs)
	if t, ok := out.From[0].(*ast.TableName); ok && s.Partitions != nil {
		t.Partitions = m.columns(sqlparser.Columns(s.Partitions))
	}
	out.Where, out.OrderBy, out.Limit = m.where(s.Where), m.order(s.OrderBy), m.limit(s.Limit)
	return out
}

// deleteForm refuses USING where it has no meaning, or another one.
func (m *mapping) deleteForm() {
	fromFirst := m.at(1).lower == "from"
	for i := range m.tokens {
		switch t := m.at(i); {
		case t.kind == word && t.lower == "using" && (!fromFirst || !m.mysql()):
			refuse(t.pos, "write DELETE a FROM a JOIN b …")
		case t.kind == word && t.lower == "using", t.kind == word && t.lower == "from" && !fromFirst:
			return
		}
	}
}

// unlike are variables whose assignment has forms that the tree does not tell.
var unlike = wordSet("names charset character transaction schema time session global local tx_isolation tx_read_only")

func (m *mapping) set(s *sqlparser.Set) ast.Statement {
	out := &ast.Set{}
	for i, e := range s.Exprs {
		if unlike[e.Name.Lowered()] {
			m.unsupported("SET " + e.Name.String())
		}
		it := ast.SetItem{Name: m.name(e.Name.String())}
		if i == 0 && s.Scope != "" {
			it.Scope = map[string]string{sqlparser.SessionStr: "SESSION", sqlparser.GlobalStr: "GLOBAL"}[s.Scope]
		}
		if d, ok := e.Expr.(*sqlparser.Default); !ok || d.ColName != "" {
			it.Values = []ast.Expr{m.expr(e.Expr)}
		}
		out.Items = append(out.Items, it)
	}
	return out
}
