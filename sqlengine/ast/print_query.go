package ast

import "strings"

func (p *printer) with(w *With) {
	if w == nil {
		return
	}
	p.w("WITH ")
	p.opt(w.Recursive, "RECURSIVE ")
	for i, c := range w.CTEs {
		p.comma(i)
		p.ident(c.Name)
		p.columns(c.Columns)
		p.w(" AS ")
		if c.Materialized != nil {
			p.opt(!*c.Materialized, "NOT ")
			p.w("MATERIALIZED ")
		}
		p.w("(")
		p.statement(c.Body)
		p.w(")")
	}
	p.w(" ")
}

func (p *printer) query(q Query) {
	p.with(*WithOf(q))
	switch q := q.(type) {
	case *Select:
		p.selectCore(q)
	case *SetOp:
		p.setOp(q)
	case *Values:
		p.w("VALUES ")
		for i, row := range q.Rows {
			p.comma(i)
			p.w("(")
			p.exprs(row)
			p.w(")")
		}
	case *TableQuery:
		p.w("TABLE ")
		p.name(q.Name)
	case *NestedQuery:
		p.subquery(q.Query)
	}
	p.tail(TailOf(q))
}

// setOp writes operands without parentheses where the grammar would group
// them in the same way, so that a long chain does not nest.
func (p *printer) setOp(q *SetOp) {
	left, nested := q.Left.(*SetOp)
	p.operand(q.Left, nested && q.Kind == Intersect && left.Kind != Intersect)
	p.w([...]string{" UNION", " INTERSECT", " EXCEPT"}[q.Kind])
	p.w(pick(q.All, " ALL ", " "))
	right, nested := q.Right.(*SetOp)
	p.operand(q.Right, nested && (q.Kind == Intersect || right.Kind != Intersect))
}

func (p *printer) operand(q Query, parens bool) {
	_, isNested := q.(*NestedQuery)
	if parens || isNested || *WithOf(q) != nil || !TailOf(q).IsZero() {
		p.subquery(q)
		return
	}
	p.query(q)
}

func (p *printer) selectCore(s *Select) {
	p.w("SELECT ")
	for _, h := range s.Hints {
		p.w("/*+", h, "*/ ")
	}
	p.opt(s.Distinct, "DISTINCT ")
	if len(s.DistinctOn) > 0 {
		p.w("DISTINCT ON (")
		p.exprs(s.DistinctOn)
		p.w(") ")
	}
	for _, m := range s.Modifiers {
		p.w(m, " ")
	}
	p.top(s.Top)
	p.items(s.Items)
	if s.Into != nil {
		p.w(" INTO ")
		p.opt(s.Into.Temporary, "TEMPORARY ")
		p.name(s.Into.Name)
	}
	if len(s.From) > 0 {
		p.w(" FROM ")
		p.tables(s.From)
	}
	p.clauseExpr(" WHERE ", s.Where)
	p.groupBy(s.GroupBy)
	p.clauseExpr(" HAVING ", s.Having)
	for i, w := range s.Windows {
		p.w(pick(i == 0, " WINDOW ", ", "))
		p.ident(w.Name)
		p.w(" AS ")
		p.window(w.Spec)
	}
	p.clauseExpr(" QUALIFY ", s.Qualify)
}

func (p *printer) top(t *Top) {
	if t == nil {
		return
	}
	p.w("TOP (")
	p.expr(t.Count, precLowest)
	p.w(") ")
	p.opt(t.Percent, "PERCENT ")
	p.opt(t.WithTies, "WITH TIES ")
}

func (p *printer) groupBy(g *GroupBy) {
	if g == nil {
		return
	}
	p.w(" GROUP BY ")
	if g.All {
		p.w("ALL")
		return
	}
	p.opt(g.Distinct, "DISTINCT ")
	p.groupings(g.Elements)
}

func (p *printer) groupings(list []Grouping) {
	for i, g := range list {
		p.comma(i)
		if g.Kind != GroupExprs {
			p.w([...]string{"", "ROLLUP", "CUBE", "GROUPING SETS"}[g.Kind], " (")
			p.groupings(g.Sets)
			p.w(")")
			continue
		}
		if len(g.Exprs) == 1 {
			p.expr(g.Exprs[0], precLowest)
			continue
		}
		p.w("(")
		p.exprs(g.Exprs)
		p.w(")")
	}
}

func (p *printer) tail(t *Tail) {
	if len(t.OrderBy) > 0 {
		p.w(" ORDER BY ")
		p.order(t.OrderBy)
	}
	p.limit(t.Limit)
	if l := t.Lock; l != nil {
		p.w(" FOR ", l.Strength)
		if len(l.Of) > 0 {
			p.w(" OF ")
			p.names(l.Of)
		}
		p.opt(l.Wait != "", " "+l.Wait)
	}
	if len(t.Options) > 0 {
		p.w(" OPTION (", strings.Join(t.Options, ", "), ")")
	}
}

func (p *printer) limit(l *Limit) {
	if l == nil {
		return
	}
	if l.Percent || l.WithTies {
		if l.Offset != nil {
			p.w(" OFFSET ")
			p.expr(l.Offset, precPrimary)
			p.w(" ROWS")
		}
		p.w(" FETCH FIRST ")
		p.expr(l.Count, precPrimary)
		p.opt(l.Percent, " PERCENT")
		p.w(" ROWS ", pick(l.WithTies, "WITH TIES", "ONLY"))
		return
	}
	if l.Count != nil {
		p.w(" LIMIT ")
		p.expr(l.Count, precOther)
	}
	if l.Offset != nil {
		p.w(" OFFSET ")
		p.expr(l.Offset, precOther)
	}
	if l.Count == nil && l.Offset == nil {
		p.w(" LIMIT ALL")
	}
}

func (p *printer) tables(list []TableExpr) {
	for i, t := range list {
		p.comma(i)
		p.table(t)
	}
}

func (p *printer) table(t TableExpr) {
	switch t := t.(type) {
	case *TableName:
		p.tableName(t)
	case *Derived:
		p.opt(t.Lateral, "LATERAL ")
		p.subquery(t.Query)
		p.alias(t.Alias)
	case *TableFunc:
		p.tableFunc(t)
	case *JSONTable:
		p.opt(t.Lateral, "LATERAL ")
		p.w("JSON_TABLE(")
		p.expr(t.Doc, precLowest)
		p.w(", ")
		p.expr(t.Path, precLowest)
		p.jsonColumns(t.Columns)
		p.w(")")
		p.alias(t.Alias)
	case *Join:
		p.join(t)
	case *Pivot:
		p.pivot(t)
	case *Unpivot:
		p.table(t.Source)
		p.w(" UNPIVOT ")
		p.opt(t.IncludeNulls, "INCLUDE NULLS ")
		p.w("(")
		p.ident(t.Value)
		p.w(" FOR ")
		p.ident(t.For)
		p.w(" IN (")
		p.items(t.In)
		p.w("))")
		p.alias(t.Alias)
	}
}

func (p *printer) tableName(t *TableName) {
	p.name(t.Name)
	if len(t.Partitions) > 0 {
		p.w(" PARTITION")
		p.columns(t.Partitions)
	}
	p.clauseExpr(" FOR SYSTEM_TIME AS OF ", t.AsOf)
	p.alias(t.Alias)
	if s := t.Sample; s != nil {
		p.w(" TABLESAMPLE ", s.Method, " (")
		p.expr(s.Arg, precLowest)
		p.w(")")
		if s.Seed != nil {
			p.w(" REPEATABLE (")
			p.expr(s.Seed, precLowest)
			p.w(")")
		}
	}
	for _, h := range t.Hints {
		if strings.Contains(h, " INDEX ") {
			p.w(" ", h)
		} else {
			p.w(" WITH (", h, ")")
		}
	}
}

func (p *printer) tableFunc(t *TableFunc) {
	p.opt(t.Lateral, "LATERAL ")
	p.call(t.Call)
	p.opt(t.WithOrdinality, " WITH ORDINALITY")
	if len(t.ColumnDefs) == 0 {
		p.alias(t.Alias)
		return
	}
	p.w(" AS ")
	p.opt(!t.Alias.Name.IsZero(), QuoteName(t.Alias.Name.Text)+" ")
	p.w("(")
	for i, c := range t.ColumnDefs {
		p.comma(i)
		p.ident(c.Name)
		p.w(" ")
		p.typeName(c.Type)
	}
	p.w(")")
}

func (p *printer) jsonColumns(list []JSONColumn) {
	p.w(" COLUMNS (")
	for i, c := range list {
		p.comma(i)
		switch {
		case len(c.Nested) > 0:
			p.w("NESTED PATH ")
			p.expr(c.Path, precPrimary)
			p.jsonColumns(c.Nested)
		case c.Ordinality:
			p.ident(c.Name)
			p.w(" FOR ORDINALITY")
		default:
			p.ident(c.Name)
			p.w(" ")
			p.typeName(c.Type)
			p.opt(c.Exists, " EXISTS")
			p.clauseExpr(" PATH ", c.Path)
		}
	}
	p.w(")")
}

func (p *printer) join(j *Join) {
	if !j.Alias.IsZero() {
		defer p.alias(j.Alias)
	}
	p.table(j.Left)
	p.opt(j.Natural, " NATURAL")
	if j.Straight {
		p.w(" STRAIGHT_JOIN ")
	} else {
		p.w([...]string{" JOIN ", " LEFT JOIN ", " RIGHT JOIN ", " FULL JOIN ", " CROSS JOIN ",
			" CROSS APPLY ", " OUTER APPLY "}[j.Kind])
	}
	if _, nested := j.Right.(*Join); nested {
		p.w("(")
		p.table(j.Right)
		p.w(")")
	} else {
		p.table(j.Right)
	}
	p.clauseExpr(" ON ", j.On)
	if len(j.Using) > 0 {
		p.w(" USING")
		p.columns(j.Using)
	}
}

func (p *printer) pivot(t *Pivot) {
	p.table(t.Source)
	p.w(" PIVOT (")
	p.items(t.Aggregates)
	p.w(" FOR ")
	if len(t.For) == 1 {
		p.name(t.For[0])
	} else {
		p.w("(")
		p.names(t.For)
		p.w(")")
	}
	p.w(" IN (")
	p.items(t.In)
	p.w("))")
	p.alias(t.Alias)
}
