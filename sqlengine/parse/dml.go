package parse

import (
	"strings"

	"github.com/epicorerp/epicorerp/sqlengine/ast"
)

func (p *parser) insert(w *ast.With) ast.Statement {
	s := &ast.Insert{Loc: p.loc(), With: w}
	verb := p.advance().upper
	s.Replace, s.Upsert = verb == "REPLACE", verb == "UPSERT"
	p.acceptOne("LOW_PRIORITY", "HIGH_PRIORITY", "DELAYED")
	if p.word("IGNORE") && !p.opAt(1, "(") {
		p.advance()
		s.Ignore = true
	}
	if !p.accept("INTO") && p.opt.Dialect != MySQL {
		p.expected("INTO")
	}
	s.Table = p.name("a table name")
	if p.accept("AS") {
		s.Alias = p.ident("an alias")
	}
	if p.op("(") && !p.parenQuery(0) {
		s.Columns = p.insertColumns(s.Table)
	}
	if p.accept("OUTPUT") {
		s.Output = p.selectItems()
	}
	switch {
	case p.accept("DEFAULT", "VALUES"):
		s.DefaultValues = true
	case p.word("SET") && len(s.Columns) == 0:
		p.advance()
		s.Set = p.assignments()
	case p.word("VALUES") || p.word("VALUE") && p.opAt(1, "("):
		s.Source = p.values()
	case p.oneOf("SELECT", "WITH", "TABLE") || p.op("("):
		s.Source = p.query()
	default:
		p.expected("VALUES", "SELECT", "DEFAULT VALUES")
	}
	if _, values := s.Source.(*ast.Values); (values || s.Set != nil) && p.word("AS") {
		s.RowAlias = p.alias(true)
	}
	p.onInsertConflict(s)
	s.Returning = p.returning()
	return s
}

// insertColumns reads a column list. A column may be qualified by the table.
func (p *parser) insertColumns(table ast.Name) []ast.Ident {
	p.expectOp("(")
	var list []ast.Ident
	for {
		n := p.name("a column name")
		if q := n.Qualifier(); len(q.Parts) > 0 && !strings.EqualFold(q.Last().Text, table.Last().Text) {
			p.fail(n.Pos(), "column "+n.String()+" does not belong to "+table.String())
		}
		list = append(list, n.Last())
		if !p.acceptOp(",") {
			p.close(`","`)
			return list
		}
	}
}

func (p *parser) onInsertConflict(s *ast.Insert) {
	if p.accept("ON", "DUPLICATE", "KEY", "UPDATE") {
		p.inUpsert = true
		s.OnDuplicate = p.assignments()
		p.inUpsert = false
		return
	}
	if !p.words("ON", "CONFLICT") {
		return
	}
	c := &ast.OnConflict{Loc: p.loc()}
	p.i += 2
	s.OnConflict = c
	switch {
	case p.acceptOp("("):
		c.Columns = p.exprList()
		p.close(`","`)
		if p.accept("WHERE") {
			c.TargetWhere = p.expr()
		}
	case p.accept("ON", "CONSTRAINT"):
		c.Constraint = p.ident("a constraint name")
	}
	p.expect("DO")
	if p.accept("NOTHING") {
		c.DoNothing = true
		return
	}
	if !p.accept("UPDATE") {
		p.expected("NOTHING", "UPDATE")
	}
	p.expect("SET")
	c.Set = p.assignments()
	p.where(&c.Where)
}

func (p *parser) returning() []ast.SelectItem {
	if !p.accept("RETURNING") {
		return nil
	}
	return p.selectItems()
}

func (p *parser) assignments() []ast.Assignment {
	var list []ast.Assignment
	for {
		a := ast.Assignment{Loc: p.loc()}
		if p.acceptOp("(") {
			a.Targets = p.nameList("a column name")
			p.close(`","`)
		} else {
			a.Targets = []ast.Name{p.name("a column name")}
		}
		p.expectOp("=")
		a.Value = p.valueExpr()
		list = append(list, a)
		p.mayFollow(`","`, "WHERE")
		if !p.acceptOp(",") {
			return list
		}
	}
}

func (p *parser) dmlTop() *ast.Top {
	if p.word("TOP") && p.atCount(1) {
		return p.top()
	}
	return nil
}

func (p *parser) update(w *ast.With) ast.Statement {
	s := &ast.Update{Loc: p.loc(), With: w}
	p.advance()
	s.Top = p.dmlTop()
	s.Tables = p.tableList()
	p.expect("SET")
	s.Set = p.assignments()
	if p.accept("OUTPUT") {
		s.Output = p.selectItems()
	}
	if p.accept("FROM") {
		s.From = p.tableList()
	}
	p.where(&s.Where)
	s.OrderBy, s.Limit = p.dmlTail()
	s.Returning = p.returning()
	return s
}

func (p *parser) dmlTail() (order []ast.OrderItem, limit *ast.Limit) {
	if p.accept("ORDER", "BY") {
		order = p.orderItems()
	}
	return order, p.limit()
}

func (p *parser) deleteStatement(w *ast.With) ast.Statement {
	s := &ast.Delete{Loc: p.loc(), With: w}
	p.advance()
	s.Top = p.dmlTop()
	if p.accept("FROM") {
		s.From = p.tableList()
	} else {
		p.deleteTargets(s)
	}
	if p.accept("OUTPUT") {
		s.Output = p.selectItems()
	}
	if p.accept("USING") {
		s.Using = p.tableList()
		if p.opt.Dialect == MySQL {
			p.usingTargets(s)
		}
	}
	if _, join := s.From[0].(*ast.Join); len(s.Targets) == 0 && (join || len(s.From) > 1) {
		p.fail(s.Pos(), "DELETE FROM takes one table; among several, name the one to delete from: DELETE a FROM a JOIN b …")
	}
	p.where(&s.Where)
	s.OrderBy, s.Limit = p.dmlTail()
	s.Returning = p.returning()
	return s
}

// deleteTargets reads DELETE a, b.* FROM …, and DELETE t without FROM.
func (p *parser) deleteTargets(s *ast.Delete) {
	for {
		s.Targets = append(s.Targets, p.name("FROM or a table name"))
		if p.acceptOp(".") {
			p.expectOp("*")
		}
		if !p.acceptOp(",") {
			break
		}
	}
	if p.accept("FROM") {
		s.From = p.tableList()
		return
	}
	if len(s.Targets) > 1 {
		p.expected("FROM")
	}
	s.From = []ast.TableExpr{&ast.TableName{Loc: ast.Loc(s.Targets[0].Pos()), Name: s.Targets[0]}}
	s.Targets = nil
}

// usingTargets gives mysql's DELETE FROM a USING a JOIN b its meaning: what
// stands behind FROM are names of tables that USING lists.
func (p *parser) usingTargets(s *ast.Delete) {
	for _, t := range s.From {
		n, ok := t.(*ast.TableName)
		if !ok || !n.Alias.IsZero() {
			p.fail(t.Pos(), "DELETE FROM … USING takes table names only before USING")
		}
		s.Targets = append(s.Targets, n.Name)
	}
	s.From, s.Using = s.Using, nil
}

func (p *parser) merge(w *ast.With) ast.Statement {
	s := &ast.Merge{Loc: p.loc(), With: w}
	p.advance()
	p.accept("INTO")
	loc := p.loc()
	target, ok := p.tableName(loc, p.name("a table name")).(*ast.TableName)
	if !ok {
		p.fail(loc.Pos(), "MERGE needs a table")
	}
	s.Target = target
	p.expect("USING")
	s.Source = p.tableFactor()
	p.expect("ON")
	s.On = p.expr()
	for p.word("WHEN") {
		s.Whens = append(s.Whens, p.mergeWhen())
	}
	if len(s.Whens) == 0 {
		p.expected("WHEN")
	}
	if p.accept("OUTPUT") {
		s.Output = p.selectItems()
	}
	s.Returning = p.returning()
	return s
}

func (p *parser) mergeWhen() ast.MergeWhen {
	w := ast.MergeWhen{Loc: p.loc()}
	p.advance()
	w.Matched = !p.accept("NOT")
	p.expect("MATCHED")
	if !w.Matched && p.accept("BY") {
		if w.BySource = p.accept("SOURCE"); !w.BySource {
			p.expect("TARGET")
		}
	}
	if p.accept("AND") {
		w.And = p.expr()
	}
	p.expect("THEN")
	switch {
	case p.accept("UPDATE"):
		p.expect("SET")
		w.Set = p.assignments()
	case p.accept("DELETE"):
		w.Action = ast.MergeDelete
	case p.accept("DO"):
		p.expect("NOTHING")
		w.Action = ast.MergeNothing
	case p.accept("INSERT"):
		w.Action = ast.MergeInsert
		p.mergeInsert(&w)
	default:
		p.expected("UPDATE", "INSERT", "DELETE", "DO NOTHING")
	}
	return w
}

func (p *parser) mergeInsert(w *ast.MergeWhen) {
	if p.op("(") {
		w.Columns = p.parenIdents("a column name")
	}
	if p.accept("DEFAULT", "VALUES") {
		w.DefaultValues = true
		return
	}
	p.expect("VALUES")
	if !p.op("(") {
		p.expected(`"("`)
	}
	w.Values = p.valueRow()
}
