package xwb

import (
	"strings"

	"github.com/xwb1989/sqlparser"

	"github.com/epicorerp/epicorerp/sqlengine/ast"
)

func (m *mapping) tables(list sqlparser.TableExprs) []ast.TableExpr {
	var out []ast.TableExpr
	for _, t := range list {
		out = append(out, m.table(t))
	}
	return out
}

// table maps an item of FROM. Joins lean to the left and are walked in a loop.
func (m *mapping) table(t sqlparser.TableExpr) ast.TableExpr {
	m.enter()
	defer m.leave()
	var chain []*sqlparser.JoinTableExpr
	for {
		j, ok := t.(*sqlparser.JoinTableExpr)
		if !ok {
			break
		}
		chain = append(chain, j)
		t = j.LeftExpr
	}
	left := m.factor(t)
	for i := len(chain) - 1; i >= 0; i-- {
		left = m.join(left, chain[i])
	}
	return left
}

func (m *mapping) factor(t sqlparser.TableExpr) ast.TableExpr {
	switch t := t.(type) {
	case *sqlparser.AliasedTableExpr:
		return m.aliased(t)
	case *sqlparser.ParenTableExpr:
		if len(t.Exprs) > 1 && !m.mysql() {
			refuse(0, "commas within parentheses are MySQL's: name Dialect=mysql")
		}
		left := m.table(t.Exprs[0])
		for _, e := range t.Exprs[1:] {
			left = &ast.Join{Kind: ast.CrossJoin, Left: left, Right: m.table(e)}
		}
		return left
	}
	m.unsupported("this table expression")
	return nil
}

func (m *mapping) aliased(t *sqlparser.AliasedTableExpr) ast.TableExpr {
	switch e := t.Expr.(type) {
	case *sqlparser.Subquery:
		return &ast.Derived{Query: m.query(e.Select), Alias: m.tableAlias(t.As)}
	case sqlparser.TableName:
		out := &ast.TableName{Name: m.tableName(e)}
		out.Loc = ast.Loc(out.Name.Pos())
		out.Partitions = m.columns(sqlparser.Columns(t.Partitions))
		out.Alias = m.tableAlias(t.As)
		if t.Hints != nil {
			out.Hints = []string{m.indexHint(t.Hints)}
		}
		return out
	}
	m.unsupported("this table expression")
	return nil
}

func (m *mapping) tableAlias(as sqlparser.TableIdent) ast.Alias {
	if as.IsEmpty() {
		return ast.Alias{}
	}
	if len(m.named[strings.ToLower(as.String())]) == 0 {
		refuse(0, "the alias of a table is no string: quote it with backticks")
	}
	return ast.Alias{Name: m.free(as.String())}
}

func (m *mapping) indexHint(h *sqlparser.IndexHints) string {
	var names []string
	for _, c := range m.columns(sqlparser.Columns(h.Indexes)) {
		for _, p := range m.named[strings.ToLower(c.Text)] {
			if p.kind == quoted {
				refuse(p.pos, "xwb1989 loses the quotes of a hint")
			}
		}
		names = append(names, c.Text)
	}
	return strings.ToUpper(h.Type) + "INDEX (" + strings.Join(names, ", ") + ")"
}

var joinKinds = map[string]struct {
	kind              ast.JoinKind
	natural, straight bool
}{
	sqlparser.JoinStr:             {kind: ast.InnerJoin},
	sqlparser.StraightJoinStr:     {kind: ast.InnerJoin, straight: true},
	sqlparser.LeftJoinStr:         {kind: ast.LeftJoin},
	sqlparser.RightJoinStr:        {kind: ast.RightJoin},
	sqlparser.NaturalJoinStr:      {kind: ast.InnerJoin, natural: true},
	sqlparser.NaturalLeftJoinStr:  {kind: ast.LeftJoin, natural: true},
	sqlparser.NaturalRightJoinStr: {kind: ast.RightJoin, natural: true},
}

func (m *mapping) join(left ast.TableExpr, e *sqlparser.JoinTableExpr) ast.TableExpr {
	k := joinKinds[e.Join]
	if right, nested := e.RightExpr.(*sqlparser.JoinTableExpr); nested && bareWithin(right) {
		refuse(0, "a join without a condition among joins that wait for theirs needs parentheses")
	}
	j := &ast.Join{Kind: k.kind, Natural: k.natural, Straight: k.straight, Left: left, Right: m.table(e.RightExpr)}
	if e.Condition.On != nil {
		j.On = m.expr(e.Condition.On)
	}
	j.Using = m.columns(e.Condition.Using)
	if j.Kind == ast.InnerJoin && !j.Natural && j.On == nil && j.Using == nil {
		j.Kind, j.Straight = ast.CrossJoin, false
		m.bareJoins++
	}
	return j
}

// bareWithin reports whether one of the joins on the left has no condition.
func bareWithin(j *sqlparser.JoinTableExpr) bool {
	for {
		if !joinKinds[j.Join].natural && j.Condition.On == nil && j.Condition.Using == nil {
			return true
		}
		left, ok := j.LeftExpr.(*sqlparser.JoinTableExpr)
		if !ok {
			return false
		}
		j = left
	}
}
