package parse

import (
	"strings"

	"github.com/epicorerp/epicorerp/sqlengine/ast"
)

// atQuery reports whether a query starts at the n-th token from here. TABLE and
// WITH are also names; VALUES( is a function in ON DUPLICATE KEY UPDATE.
func (p *parser) atQuery(n int) bool {
	switch p.peek(n).upper {
	case "SELECT":
		return true
	case "VALUES":
		return p.atRow(n+1) && !(p.inUpsert && p.opAt(n+1, "("))
	case "WITH", "TABLE":
		return isName(p.peek(n + 1))
	}
	return false
}

// atRow reports whether the n-th token from here begins a row of VALUES. A bare
// name does not: VALUES would be a table then, and the name its alias.
func (p *parser) atRow(n int) bool {
	t := p.peek(n)
	switch t.kind {
	case tNumber, tString, tBytes, tBits, tParam:
		return true
	case tOp:
		return t.text == "(" || t.text == "-" && p.peek(n+1).kind == tNumber
	}
	switch t.upper {
	case "NULL", "TRUE", "FALSE", "CASE", "NOT":
		return true
	case "DATE", "TIME", "TIMESTAMP", "INTERVAL":
		return p.peek(n+1).kind == tString
	case "ROW", "CAST":
		return p.opAt(n+1, "(")
	}
	return false
}

func (p *parser) atSetOp() bool { return p.oneOf("UNION", "EXCEPT", "INTERSECT", "MINUS") }

func (p *parser) atTail() bool {
	return p.words("ORDER", "BY") || p.oneOf("LIMIT", "OFFSET", "FETCH", "FOR", "LOCK", "OPTION")
}

// query reads a query with its WITH and its tail.
func (p *parser) query() ast.Query {
	p.enter()
	defer p.leave()
	var w *ast.With
	if p.word("WITH") {
		w = p.with()
	}
	return p.queryAfter(w, nil)
}

// queryAfter reads on behind WITH and, where left is not nil, behind a query
// in parentheses that is the first operand.
func (p *parser) queryAfter(w *ast.With, left ast.Query) ast.Query {
	saved := p.height
	p.height = 0
	inParens := left != nil || p.op("(")
	q := p.setOps(left)
	if t := p.tail(); !t.IsZero() {
		// An outer ORDER BY must not change which rows an inner TOP takes.
		sel, _ := q.(*ast.Select)
		if !ast.TailOf(q).IsZero() || inParens && sel != nil && sel.Top != nil {
			q = &ast.NestedQuery{Loc: ast.Loc(q.Pos()), Query: q}
		}
		*ast.TailOf(q) = t
	}
	if w != nil {
		if *ast.WithOf(q) != nil {
			q = &ast.NestedQuery{Loc: w.Loc, Query: q}
		}
		*ast.WithOf(q) = w
	}
	p.height = max(saved, p.height+1)
	return q
}

func (p *parser) with() *ast.With {
	w := &ast.With{Loc: p.loc()}
	p.expect("WITH")
	if p.word("RECURSIVE") && isName(p.peek(1)) && !p.wordAt(1, "AS") {
		p.advance()
		w.Recursive = true
	}
	for {
		w.CTEs = append(w.CTEs, p.cte())
		if !p.acceptOp(",") {
			return w
		}
	}
}

func (p *parser) cte() ast.CTE {
	c := ast.CTE{Loc: p.loc(), Name: p.ident("a name for the query")}
	if p.op("(") {
		c.Columns = p.parenIdents("a column name")
	}
	p.expect("AS")
	not := p.words("NOT", "MATERIALIZED")
	if p.accept("NOT", "MATERIALIZED") || p.accept("MATERIALIZED") {
		materialized := !not
		c.Materialized = &materialized
	}
	p.expectOp("(")
	switch p.cur().upper {
	case "INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE":
		c.Body = p.statement()
	default:
		c.Body = p.query()
	}
	p.close()
	if p.oneOf("SEARCH", "CYCLE") {
		p.fail(ast.Pos(p.cur().start), p.cur().upper+" is not supported: keep the path in a column of the query, and order or stop by it")
	}
	return c
}

// setOps reads operands by precedence: INTERSECT binds tighter than UNION and
// EXCEPT, and equals group from the left.
func (p *parser) setOps(left ast.Query) ast.Query {
	left = p.intersections(left)
	for {
		op := &ast.SetOp{Loc: p.loc()}
		switch p.acceptOne("UNION", "EXCEPT", "MINUS") {
		case "UNION":
			op.Kind = ast.Union
		case "":
			return left
		default:
			op.Kind = ast.Except
		}
		op.All = p.setQuantifier()
		op.Left, op.Right = left, p.intersections(nil)
		left = op
		p.grow()
	}
}

func (p *parser) setQuantifier() bool {
	if p.accept("ALL") {
		return true
	}
	p.accept("DISTINCT")
	return false
}

func (p *parser) intersections(left ast.Query) ast.Query {
	if left == nil {
		left = p.queryOperand()
	}
	for p.word("INTERSECT") {
		op := &ast.SetOp{Loc: p.loc(), Kind: ast.Intersect, Left: left}
		p.advance()
		op.All = p.setQuantifier()
		op.Right = p.queryOperand()
		left = op
		p.grow()
	}
	return left
}

func (p *parser) queryOperand() ast.Query {
	switch {
	case p.op("("):
		p.enter()
		defer p.leave()
		p.advance()
		q := p.query()
		p.close()
		return q
	case p.word("SELECT"):
		return p.selectCore()
	case p.word("VALUES"):
		return p.values()
	case p.word("TABLE"):
		t := &ast.TableQuery{Loc: p.loc()}
		p.advance()
		t.Name = p.name("a table name")
		return t
	}
	p.expected("SELECT", "VALUES", `"("`)
	return nil
}

func (p *parser) values() *ast.Values {
	v := &ast.Values{Loc: p.loc()}
	p.advance()
	for {
		v.Rows = append(v.Rows, p.valueRow())
		if !p.acceptOp(",") {
			return v
		}
	}
}

// valueRow reads (a, b) and ROW (a, b); an expression alone is a row of one.
func (p *parser) valueRow() []ast.Expr {
	if p.word("ROW") && p.opAt(1, "(") {
		p.advance()
	}
	if !p.op("(") {
		return []ast.Expr{p.expr()}
	}
	p.advance()
	if p.acceptOp(")") {
		return nil // mysql: every column takes its default
	}
	row := []ast.Expr{p.valueExpr()}
	for p.acceptOp(",") {
		row = append(row, p.valueExpr())
	}
	p.close(`","`)
	return row
}

// valueExpr reads an expression or DEFAULT.
func (p *parser) valueExpr() ast.Expr {
	if p.word("DEFAULT") && !p.opAt(1, "(") && !p.opAt(1, ".") {
		return &ast.Default{Loc: ast.Loc(p.advance().start)}
	}
	return p.expr()
}

var modifierWords = []string{"SQL_NO_CACHE", "SQL_CACHE", "SQL_CALC_FOUND_ROWS", "SQL_SMALL_RESULT",
	"SQL_BIG_RESULT", "SQL_BUFFER_RESULT", "STRAIGHT_JOIN", "HIGH_PRIORITY"}

func (p *parser) selectCore() *ast.Select {
	s := &ast.Select{Loc: p.loc()}
	p.advance()
	for p.cur().kind == tHint {
		s.Hints = append(s.Hints, p.advance().text)
	}
	p.quantifier(s)
	for p.oneOf(modifierWords...) && p.startsItem(1) {
		s.Modifiers = append(s.Modifiers, p.advance().upper)
		p.quantifier(s) // mysql allows any order
	}
	if p.word("TOP") && p.atCount(1) {
		s.Top = p.top()
		if p.word("DISTINCT") && p.startsItem(1) {
			p.fail(ast.Pos(p.cur().start), "DISTINCT stands before TOP")
		}
	}
	s.Items = p.selectItems()
	p.into(s)
	p.mayFollow(`","`, "FROM", "WHERE", "ORDER BY", "LIMIT")
	if p.accept("FROM") {
		s.From = p.tableList()
		p.mayFollow(`","`, "JOIN", "WHERE", "GROUP BY", "ORDER BY", "LIMIT")
	} else if onlyStar(s.Items) {
		p.expected("FROM", `","`)
	}
	p.where(&s.Where)
	if p.acceptBy("GROUP") {
		s.GroupBy = p.groupBy()
		p.mayFollow(`","`, "HAVING", "ORDER BY", "LIMIT")
	}
	if p.accept("HAVING") {
		s.Having = p.expr()
	}
	if p.accept("WINDOW") {
		s.Windows = p.windowDefs()
	}
	if p.accept("QUALIFY") {
		s.Qualify = p.expr()
	}
	return s
}

// onlyStar finds SELECT * without FROM, which nearly always is a misspelt FROM.
func onlyStar(items []ast.SelectItem) bool {
	if len(items) != 1 {
		return false
	}
	_, star := items[0].X.(*ast.Star)
	return star
}

func (p *parser) quantifier(s *ast.Select) {
	switch {
	case p.words("DISTINCT", "ON") && p.opAt(2, "("):
		p.i += 3
		s.DistinctOn = p.exprList()
		p.close(`","`)
	case p.accept("DISTINCT"):
		s.Distinct = true
	case p.word("DISTINCTROW") && p.startsItem(1):
		p.advance()
		s.Distinct = true
	case p.word("ALL") && p.startsItem(1):
		p.advance()
	}
}

// startsItem reports whether the n-th token from here can begin a select item,
// so that the word before it is not one itself.
func (p *parser) startsItem(n int) bool {
	t := p.peek(n)
	switch t.kind {
	case tWord:
		return isName(t) && !ast.Clause(t.upper) || t.upper != "" && exprStart(t.upper) || t.upper == "DISTINCT" || t.upper == "STRAIGHT_JOIN" || t.upper == "TOP"
	case tOp:
		return strings.Contains("*(-+~!{", t.text)
	}
	return t.kind != tEOF
}

func exprStart(upper string) bool {
	switch upper {
	case "CASE", "NOT", "NULL", "TRUE", "FALSE", "EXISTS", "CAST", "LEFT", "RIGHT", "DATE", "TIME", "TIMESTAMP",
		"INTERVAL", "ROW", "ARRAY", "MOD", "REPLACE", "IF", "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP",
		"LOCALTIME", "LOCALTIMESTAMP", "CURRENT_USER", "SESSION_USER", "SYSTEM_USER", "INSERT":
		return true
	}
	return false
}

// atCount reports whether a number of rows stands at the n-th token from here.
func (p *parser) atCount(n int) bool {
	k := p.peek(n).kind
	return k == tNumber || k == tParam || p.opAt(n, "(")
}

func (p *parser) top() *ast.Top {
	t := &ast.Top{Loc: p.loc()}
	p.advance()
	t.Count = p.count()
	if p.word("PERCENT") && (p.startsItem(1) || p.wordAt(1, "WITH")) {
		p.advance()
		t.Percent = true
	}
	t.WithTies = p.accept("WITH", "TIES")
	return t
}

// count reads a number, a parameter, or an expression in parentheses.
func (p *parser) count() ast.Expr {
	if !p.atCount(0) {
		p.expected("a number of rows")
	}
	return p.prefix()
}

func (p *parser) into(s *ast.Select) {
	if !p.word("INTO") {
		return
	}
	s.Into = &ast.IntoTable{Loc: p.loc()}
	p.advance()
	s.Into.Temporary = (p.oneOf("TEMPORARY", "TEMP") && (isName(p.peek(1)) || p.wordAt(1, "TABLE"))) && p.advance() != nil
	if p.word("TABLE") && isName(p.peek(1)) {
		p.advance()
	}
	s.Into.Name = p.name("a table name")
}

func (p *parser) where(to *ast.Expr) {
	if p.accept("WHERE") {
		*to = p.expr()
		p.mayFollow("an operator", "GROUP BY", "ORDER BY", "LIMIT")
	}
}

func (p *parser) groupBy() *ast.GroupBy {
	g := &ast.GroupBy{Loc: p.loc()}
	if p.word("ALL") && !p.startsItem(1) && !p.opAt(1, ".") && !p.opAt(1, ",") {
		p.advance()
		g.All = true
		return g
	}
	g.Distinct = p.word("DISTINCT") && p.advance() != nil
	g.Elements = p.groupings()
	if p.words("WITH", "ROLLUP") || p.words("WITH", "CUBE") {
		whole := ast.Grouping{Loc: p.loc(), Kind: ast.Rollup, Sets: g.Elements}
		if p.wordAt(1, "CUBE") {
			whole.Kind = ast.Cube
		}
		p.i += 2
		g.Elements = []ast.Grouping{whole}
	}
	return g
}

func (p *parser) groupings() []ast.Grouping {
	list := []ast.Grouping{p.grouping()}
	for p.acceptOp(",") {
		list = append(list, p.grouping())
	}
	return list
}

func (p *parser) grouping() ast.Grouping {
	p.enter()
	defer p.leave()
	g := ast.Grouping{Loc: p.loc()}
	switch {
	case p.word("ROLLUP") && p.opAt(1, "("):
		g.Kind = ast.Rollup
		p.i += 2
	case p.word("CUBE") && p.opAt(1, "("):
		g.Kind = ast.Cube
		p.i += 2
	case p.words("GROUPING", "SETS") && p.opAt(2, "("):
		g.Kind = ast.GroupingSets
		p.i += 3
	case p.op("(") && p.opAt(1, ")"):
		p.i += 2
		return g
	default:
		x := p.expr()
		if row, ok := x.(*ast.Row); ok {
			g.Exprs = row.Items
		} else {
			g.Exprs = []ast.Expr{x}
		}
		return g
	}
	g.Sets = p.groupings()
	p.close(`","`)
	return g
}

func (p *parser) windowDefs() []ast.WindowDef {
	var list []ast.WindowDef
	for {
		d := ast.WindowDef{Loc: p.loc(), Name: p.ident("a window name")}
		p.expect("AS")
		d.Spec = p.windowSpec()
		list = append(list, d)
		if !p.acceptOp(",") {
			return list
		}
	}
}
