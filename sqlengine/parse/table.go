package parse

import (
	"strings"

	"github.com/epicorerp/epicorerp/sqlengine/ast"
)

func (p *parser) tableList() []ast.TableExpr {
	list := []ast.TableExpr{p.tableRef()}
	for p.acceptOp(",") {
		list = append(list, p.tableRef())
	}
	return list
}

// tableRef reads a table and the joins behind it.
func (p *parser) tableRef() ast.TableExpr {
	saved := p.height
	p.height = 0
	t := p.joins(p.tableFactor())
	p.height = max(saved, p.height+1)
	return t
}

func (p *parser) joins(left ast.TableExpr) ast.TableExpr {
	for p.atJoin() {
		left = p.join(left)
		p.grow()
	}
	return left
}

func (p *parser) atJoin() bool {
	switch p.cur().upper {
	case "JOIN", "STRAIGHT_JOIN", "NATURAL", "INNER":
		return true
	case "LEFT", "RIGHT", "FULL":
		return p.wordAt(1, "JOIN") || p.wordAt(1, "OUTER")
	case "CROSS":
		return p.wordAt(1, "JOIN") || p.wordAt(1, "APPLY")
	case "OUTER":
		return p.wordAt(1, "APPLY")
	}
	return false
}

// joinKind reads the words of a join up to and including JOIN or APPLY.
func (p *parser) joinKind(j *ast.Join) {
	j.Natural = p.accept("NATURAL")
	switch {
	case p.accept("STRAIGHT_JOIN"):
		j.Straight = true
		return
	case !j.Natural && p.accept("CROSS", "APPLY"):
		j.Kind = ast.CrossApply
		return
	case !j.Natural && p.accept("OUTER", "APPLY"):
		j.Kind = ast.OuterApply
		return
	case !j.Natural && p.accept("CROSS"):
		j.Kind = ast.CrossJoin
	case p.accept("INNER"):
	case p.accept("LEFT"):
		j.Kind = ast.LeftJoin
	case p.accept("RIGHT"):
		j.Kind = ast.RightJoin
	case p.accept("FULL"):
		j.Kind = ast.FullJoin
	}
	if j.Kind == ast.LeftJoin || j.Kind == ast.RightJoin || j.Kind == ast.FullJoin {
		p.accept("OUTER")
	}
	p.expect("JOIN")
}

// join reads one join. In a LEFT JOIN b JOIN c ON r ON p the second join is
// the right side of the first: a condition belongs to the nearest join that
// still lacks one.
func (p *parser) join(left ast.TableExpr) ast.TableExpr {
	p.enter()
	defer p.leave()
	j := &ast.Join{Loc: p.loc(), Left: left}
	p.joinKind(j)
	factor := p.tableFactor()
	j.Right = factor
	conditional := !j.Natural && j.Kind != ast.CrossApply && j.Kind != ast.OuterApply && j.Kind != ast.CrossJoin
	if conditional {
		for !p.oneOf("ON", "USING") && p.atJoin() {
			j.Right = p.join(j.Right)
			p.grow()
		}
	}
	mysqlInner := p.opt.Dialect == MySQL && (j.Kind == ast.CrossJoin || j.Kind == ast.InnerJoin && !j.Natural)
	switch {
	case !conditional && !mysqlInner:
	case p.accept("ON"):
		j.On = p.expr()
		p.mayFollow("an operator", "JOIN", "WHERE", "GROUP BY", "ORDER BY", "LIMIT")
	case p.accept("USING"):
		j.Using = p.parenIdents("a column name")
		if p.word("AS") {
			j.Alias = p.alias(false)
		}
	case !mysqlInner:
		p.expected("ON", "USING")
	case j.Kind == ast.InnerJoin:
		j.Kind, j.Straight = ast.CrossJoin, false
		return leftmost(j, factor)
	}
	if j.Kind == ast.CrossJoin && (j.On != nil || j.Using != nil) {
		j.Kind = ast.InnerJoin
	}
	return j
}

// leftmost gives a JOIN b JOIN c ON p, whose first join has no condition, the
// order of mysql: p may speak of a, so that join comes first. What is nested
// was read as the right side; b is its leftmost table.
func leftmost(j *ast.Join, b ast.TableExpr) ast.TableExpr {
	if j.Right == b {
		return j
	}
	top := j.Right.(*ast.Join)
	under := top
	for under.Left != b {
		under = under.Left.(*ast.Join)
	}
	j.Right, under.Left = b, j
	return top
}

func (p *parser) tableFactor() ast.TableExpr {
	return p.pivots(p.tablePrimary())
}

func (p *parser) tablePrimary() ast.TableExpr {
	loc := p.loc()
	lateral := p.word("LATERAL") && (p.opAt(1, "(") || isName(p.peek(1)) && (p.opAt(2, "(") || p.opAt(2, "."))) && p.advance() != nil
	switch {
	case p.op("("):
		t, q := p.parenTable()
		if q != nil {
			return p.derived(loc, lateral, q)
		}
		if lateral {
			p.expected("a query behind LATERAL")
		}
		return p.aliasedJoin(loc, t)
	case p.word("VALUES") && p.opAt(1, "("):
		return p.derived(loc, lateral, p.values()) // without the parentheses around, as H2 and others write it
	case p.op("{"):
		return p.odbcJoin()
	case p.word("TABLE") && p.opAt(1, "("):
		p.i += 2
		call, ok := p.expr().(*ast.Func)
		if !ok {
			p.fail(loc.Pos(), "TABLE(…) needs a function call")
		}
		p.close()
		return p.tableFunc(loc, lateral, call)
	case p.word("JSON_TABLE") && p.opAt(1, "("):
		return p.jsonTable(loc, lateral)
	}
	name := p.name("a table name")
	if p.op("(") {
		return p.tableFunc(loc, lateral, p.funcCall(loc, name))
	}
	if lateral {
		p.expected(`"("`)
	}
	return p.tableName(loc, name)
}

// parenTable reads from "(" to ")". A query comes back as such, because set
// operations, a tail or an alias may follow.
func (p *parser) parenTable() (ast.TableExpr, ast.Query) {
	p.enter()
	defer p.leave()
	loc := p.loc()
	p.expectOp("(")
	var t ast.TableExpr
	switch {
	case p.atQuery(0):
		q := p.query()
		p.close()
		return nil, q
	case p.op("("):
		inner, q := p.parenTable()
		if q != nil && (p.atSetOp() || p.atTail()) {
			q = p.queryAfter(nil, q)
		}
		if q != nil && p.acceptOp(")") {
			return nil, q
		}
		if t = p.aliasedJoin(loc, inner); q != nil {
			t = p.derived(loc, false, q)
		}
		t = p.joins(p.pivots(t))
	default:
		t = p.tableRef()
	}
	for p.op(",") && p.opt.Dialect == MySQL {
		j := &ast.Join{Loc: p.loc(), Kind: ast.CrossJoin, Left: t}
		p.advance()
		j.Right = p.tableRef()
		t = j
		p.grow()
	}
	p.close("JOIN")
	return t, nil
}

// aliasedJoin reads the alias of (a JOIN b …) AS j, which hides a and b: the
// same as the alias of a query that selects all their columns.
func (p *parser) aliasedJoin(loc ast.Loc, t ast.TableExpr) ast.TableExpr {
	if _, join := t.(*ast.Join); !join {
		return t
	}
	a := p.alias(true)
	if a.IsZero() {
		return t
	}
	all := &ast.Select{Loc: loc, Items: []ast.SelectItem{{Loc: loc, X: &ast.Star{Loc: loc}}}, From: []ast.TableExpr{t}}
	return &ast.Derived{Loc: loc, Query: all, Alias: a}
}

func (p *parser) derived(loc ast.Loc, lateral bool, q ast.Query) ast.TableExpr {
	return &ast.Derived{Loc: loc, Lateral: lateral, Query: q, Alias: p.alias(true)}
}

// alias reads [AS] name [(columns)].
func (p *parser) alias(columns bool) ast.Alias {
	var a ast.Alias
	switch t := p.cur(); {
	case p.accept("AS"):
		a.Name = p.ident("an alias")
	case t.kind == tIdent || t.kind == tWord && !ast.Clause(t.upper):
		a.Name = identOf(p.advance())
	default:
		return a
	}
	if columns && p.op("(") {
		a.Columns = p.parenIdents("a column name")
	}
	return a
}

func (p *parser) tableName(loc ast.Loc, name ast.Name) ast.TableExpr {
	t := &ast.TableName{Loc: loc, Name: name}
	if p.word("PARTITION") && p.opAt(1, "(") {
		p.advance()
		t.Partitions = p.parenIdents("a partition name")
	}
	if p.accept("FOR", "SYSTEM_TIME") {
		p.expect("AS", "OF")
		t.AsOf = p.expr()
	}
	t.Alias = p.alias(true)
	if p.accept("TABLESAMPLE") {
		t.Sample = p.sample()
	}
	for {
		switch {
		case p.word("WITH") && p.opAt(1, "("):
			p.i += 2
			t.Hints = append(t.Hints, p.hintTexts()...)
		case p.oneOf("USE", "FORCE", "IGNORE") && (p.wordAt(1, "INDEX") || p.wordAt(1, "KEY")):
			verb := p.advance().upper
			p.advance()
			p.expectOp("(")
			t.Hints = append(t.Hints, verb+" INDEX ("+strings.Join(p.hintNames(), ", ")+")")
		default:
			return t
		}
	}
}

func (p *parser) sample() *ast.Sample {
	s := &ast.Sample{Loc: p.loc()}
	s.Method = p.upperWord("BERNOULLI or SYSTEM")
	p.expectOp("(")
	s.Arg = p.expr()
	p.close()
	if p.accept("REPEATABLE") {
		p.expectOp("(")
		s.Seed = p.expr()
		p.close()
	}
	return s
}

func (p *parser) tableFunc(loc ast.Loc, lateral bool, call *ast.Func) ast.TableExpr {
	f := &ast.TableFunc{Loc: loc, Lateral: lateral, Call: call}
	f.WithOrdinality = p.accept("WITH", "ORDINALITY")
	if p.word("AS") && p.opAt(1, "(") {
		p.advance()
		f.ColumnDefs = p.columnDefs()
		return f
	}
	f.Alias = p.alias(false)
	if !f.Alias.IsZero() && p.op("(") {
		if p.opAt(2, ",") || p.opAt(2, ")") {
			f.Alias.Columns = p.parenIdents("a column name")
		} else {
			f.ColumnDefs = p.columnDefs()
		}
	}
	return f
}

// columnDefs reads (a INT, b TEXT).
func (p *parser) columnDefs() []ast.ColumnDef {
	p.expectOp("(")
	var list []ast.ColumnDef
	for {
		c := ast.ColumnDef{Loc: p.loc(), Name: p.ident("a column name")}
		c.Type = p.typeName()
		list = append(list, c)
		if !p.acceptOp(",") {
			p.close(`","`)
			return list
		}
	}
}

func (p *parser) jsonTable(loc ast.Loc, lateral bool) ast.TableExpr {
	t := &ast.JSONTable{Loc: loc, Lateral: lateral}
	p.i += 2
	t.Doc = p.expr()
	p.expectOp(",")
	t.Path = p.expr()
	t.Columns = p.jsonColumns()
	p.close()
	t.Alias = p.alias(true)
	return t
}

func (p *parser) jsonColumns() []ast.JSONColumn {
	p.enter()
	defer p.leave()
	p.expect("COLUMNS")
	p.expectOp("(")
	var list []ast.JSONColumn
	for {
		list = append(list, p.jsonColumn())
		if !p.acceptOp(",") {
			p.close(`","`)
			return list
		}
	}
}

func (p *parser) jsonColumn() ast.JSONColumn {
	c := ast.JSONColumn{Loc: p.loc()}
	if strings.EqualFold(p.cur().text, "NESTED") && (p.peek(1).kind == tString || p.wordAt(1, "PATH")) {
		p.advance()
		p.accept("PATH")
		c.Path = p.stringLiteral("a JSON path")
		c.Nested = p.jsonColumns()
		return c
	}
	c.Name = p.ident("a column name")
	if p.accept("FOR") {
		p.expect("ORDINALITY")
		c.Ordinality = true
		return c
	}
	c.Type = p.typeName()
	c.Exists = p.accept("EXISTS")
	if p.accept("PATH") {
		c.Path = p.stringLiteral("a JSON path")
	}
	return c
}

// pivots reads PIVOT and UNPIVOT behind a table.
func (p *parser) pivots(t ast.TableExpr) ast.TableExpr {
	for {
		switch {
		case p.word("PIVOT") && p.opAt(1, "("):
			t = p.pivot(t)
		case p.word("UNPIVOT") && (p.opAt(1, "(") || p.wordAt(2, "NULLS")):
			t = p.unpivot(t)
		default:
			return t
		}
		p.grow()
	}
}

func (p *parser) pivot(source ast.TableExpr) ast.TableExpr {
	v := &ast.Pivot{Loc: p.loc(), Source: source}
	p.i += 2
	for {
		it := ast.SelectItem{Loc: p.loc(), X: p.expr()}
		it.Alias = p.itemAlias()
		v.Aggregates = append(v.Aggregates, it)
		if !p.acceptOp(",") {
			break
		}
	}
	p.expect("FOR")
	if p.acceptOp("(") {
		v.For = p.nameList("a column name")
		p.close(`","`)
	} else {
		v.For = []ast.Name{p.name("a column name")}
	}
	v.In = p.pivotValues()
	p.close()
	v.Alias = p.alias(true)
	return v
}

func (p *parser) pivotValues() []ast.SelectItem {
	p.expect("IN")
	p.expectOp("(")
	items := p.selectItems()
	p.close(`","`)
	return items
}

func (p *parser) unpivot(source ast.TableExpr) ast.TableExpr {
	u := &ast.Unpivot{Loc: p.loc(), Source: source}
	p.advance()
	if u.IncludeNulls = p.accept("INCLUDE", "NULLS"); !u.IncludeNulls {
		p.accept("EXCLUDE", "NULLS")
	}
	p.expectOp("(")
	u.Value = p.ident("a column name")
	p.expect("FOR")
	u.For = p.ident("a column name")
	u.In = p.pivotValues()
	p.close()
	u.Alias = p.alias(true)
	return u
}

// odbcJoin reads {oj a LEFT OUTER JOIN b ON …}.
func (p *parser) odbcJoin() ast.TableExpr {
	p.enter()
	defer p.leave()
	p.expectOp("{")
	if !strings.EqualFold(p.cur().text, "oj") {
		p.expected("oj")
	}
	p.advance()
	t := p.tableRef()
	p.expectOp("}")
	return t
}
