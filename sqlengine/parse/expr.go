package parse

import (
	"github.com/epicorerp/epicorerp/sqlengine/ast"
)

// How tightly operators bind, from loose to tight. IS binds looser than a
// comparison, and BETWEEN, IN and LIKE tighter, as in PostgreSQL and, but for
// corners that are errors there, in MySQL.
const (
	bindOr      = 10
	bindXor     = 20
	bindAnd     = 30
	bindNot     = 40
	bindIs      = 50
	bindCompare = 60
	bindRange   = 70 // BETWEEN, IN, LIKE
	bindOther   = 80 // || & | << -> ~ in ansi and postgres; | in mysql
	bindBitAnd  = 82 // mysql
	bindShift   = 84 // mysql
	bindAdd     = 90
	bindMul     = 100
	bindXorBits = 110 // ^ in mysql, power in postgres
	bindAt      = 120
	bindCollate = 130
	bindUnary   = 140
	bindJSON    = 150 // -> and COLLATE in mysql
	bindCast    = 160
)

// expr reads an expression.
func (p *parser) expr() ast.Expr { return p.binding(0) }

func (p *parser) exprList() []ast.Expr {
	list := []ast.Expr{p.expr()}
	for p.acceptOp(",") {
		list = append(list, p.expr())
	}
	return list
}

// binding reads an expression of operators that bind at least as tightly as min.
func (p *parser) binding(min int) ast.Expr {
	p.enter()
	saved := p.height
	p.height = 0
	e := p.infix(p.prefix(), min)
	p.height = max(saved, p.height+1)
	p.leave()
	return e
}

// prefix reads prefix operators and the operand behind them. Signs are
// collected in a loop, but each counts as a level: the tree is as deep.
func (p *parser) prefix() ast.Expr {
	t := p.cur()
	var op ast.UnaryOp
	bind := bindUnary
	switch {
	case t.upper == "NOT":
		op, bind = ast.Not, bindNot
	case t.kind != tOp:
		return p.primary()
	case t.text == "-":
		op = ast.Neg
	case t.text == "+":
		op = ast.Plus
	case t.text == "~":
		op = ast.BitNot
	case t.text == "!" && p.opt.Dialect == MySQL:
		op = ast.Not
	default:
		return p.primary()
	}
	p.advance()
	return &ast.Unary{Loc: ast.Loc(t.start), Op: op, X: p.binding(bind)}
}

// infix reads operators behind left as long as they bind at least as tightly
// as min.
func (p *parser) infix(left ast.Expr, min int) ast.Expr {
	last, repeats := 0, 0
	for {
		bind := p.bindOf()
		if bind == 0 || bind < min {
			return left
		}
		switch {
		case bind != last:
			repeats = 0
		case bind == bindRange, bind == bindCompare && p.opt.Dialect != MySQL:
			p.fail(ast.Pos(p.cur().start), "comparisons do not chain: use AND, or parentheses")
		case bind == bindCompare || bind == bindIs || bind >= bindAt:
			// Such a chain prints as nested text, so it counts as depth.
			if repeats++; repeats > p.opt.MaxDepth-p.depth {
				p.depth = p.opt.MaxDepth
				p.enter()
			}
		}
		last = bind
		left = p.operator(left, bind)
		p.grow()
	}
}

// bindOf gives how tightly the operator at hand binds, or 0 if none is there.
func (p *parser) bindOf() int {
	t := p.cur()
	switch t.kind {
	case tOp:
		return p.bindOfSign(t.text)
	case tWord:
		return p.bindOfWord(t.upper)
	}
	return 0
}

func (p *parser) bindOfSign(op string) int {
	mysql := p.opt.Dialect == MySQL
	switch op {
	case "=", "<>", "!=", "<", "<=", ">", ">=", "<=>", "==":
		return bindCompare
	case "+", "-":
		return bindAdd
	case "*", "/", "%":
		return bindMul
	case "||":
		if mysql {
			return bindOr
		}
		return bindOther
	case "&&":
		if mysql {
			return bindAnd
		}
	case "&":
		if mysql {
			return bindBitAnd
		}
		return bindOther
	case "<<", ">>":
		if mysql {
			return bindShift
		}
		return bindOther
	case "->", "->>":
		if mysql {
			return bindJSON
		}
		return bindOther
	case "|", "#>", "#>>", "@>", "<@", "~", "~*", "!~", "!~*":
		return bindOther
	case "#":
		return bindOther
	case "^":
		if p.opt.Dialect == ANSI {
			return bindOther
		}
		return bindXorBits
	case "::":
		return bindCast
	}
	return 0
}

func (p *parser) bindOfWord(w string) int {
	switch w {
	case "OR":
		return bindOr
	case "XOR":
		return bindXor
	case "AND":
		return bindAnd
	case "IS", "ISNULL", "NOTNULL":
		return bindIs
	case "BETWEEN", "IN", "LIKE", "ILIKE", "SIMILAR", "REGEXP", "RLIKE", "GLOB", "OVERLAPS":
		return bindRange
	case "MEMBER":
		if p.wordAt(1, "OF") {
			return bindRange
		}
	case "CONTAINS":
		if p.atContained(1) {
			return bindRange
		}
	case "NOT":
		if p.wordAt(1, "CONTAINS") && p.atContained(2) {
			return bindRange
		}
		switch p.peek(1).upper {
		case "BETWEEN", "IN", "LIKE", "ILIKE", "SIMILAR", "REGEXP", "RLIKE", "GLOB":
			return bindRange
		}
	case "DIV", "MOD":
		return bindMul
	case "AT":
		if p.words("AT", "TIME", "ZONE") {
			return bindAt
		}
	case "COLLATE":
		if p.opt.Dialect == MySQL {
			return bindJSON
		}
		return bindCollate
	case "OPERATOR":
		if p.opt.Dialect == Postgres && p.opAt(1, "(") {
			return bindOther
		}
	}
	return 0
}

// atContained reports whether what CONTAINS looks for stands at the n-th token
// from here, so that the word before it is an operator.
func (p *parser) atContained(n int) bool {
	t := p.peek(n)
	return t.kind == tString || t.kind == tParam || p.opAt(n, "(") || isName(t) && !ast.Clause(t.upper)
}

var compareSigns = map[string]ast.CompareOp{"=": ast.EQ, "==": ast.EQ, "<>": ast.NE, "!=": ast.NE,
	"<": ast.LT, "<=": ast.LE, ">": ast.GT, ">=": ast.GE, "<=>": ast.NotDistinct}

// operator reads the operator at hand and its right side.
func (p *parser) operator(left ast.Expr, bind int) ast.Expr {
	t := p.cur()
	loc := ast.Loc(t.start)
	switch bind {
	case bindCompare:
		p.advance()
		return p.comparison(loc, left, compareSigns[t.text])
	case bindIs:
		return p.is(left)
	case bindRange:
		return p.rangePredicate(left)
	case bindAt:
		p.i += 3
		return &ast.AtTimeZone{Loc: loc, X: left, Zone: p.binding(bindAt + 1)}
	case bindCast:
		p.advance()
		return &ast.Cast{Loc: loc, X: left, Type: p.typeName()}
	}
	p.advance()
	switch t.upper {
	case "COLLATE":
		return &ast.Collate{Loc: loc, X: left, Collation: p.collation()}
	case "OPERATOR":
		return p.qualifiedOperator(loc, left)
	}
	switch t.text {
	case "~", "~*", "!~", "!~*":
		return p.regex(loc, left, t.text)
	case "^":
		if p.opt.Dialect == Postgres {
			return call(loc, "POWER", left, p.binding(bind+1))
		}
	}
	return &ast.Binary{Loc: loc, Op: p.binaryOp(t), L: left, R: p.binding(bind + 1)}
}

// collation reads a name, which MySQL also takes as a string.
func (p *parser) collation() ast.Name {
	if c := p.cur(); c.kind == tString {
		if c.text == "" {
			p.fail(ast.Pos(c.start), "a collation has a name")
		}
		p.advance()
		return ast.Name{Parts: []ast.Ident{{Loc: ast.Loc(c.start), Text: c.text, Quoted: true}}}
	}
	return p.name("a collation")
}

var binarySigns = map[string]ast.BinaryOp{"+": ast.Add, "-": ast.Sub, "*": ast.Mul, "/": ast.Div, "%": ast.Mod,
	"||": ast.Concat, "&&": ast.And, "&": ast.BitAnd, "|": ast.BitOr, "^": ast.BitXor, "#": ast.BitXor,
	"<<": ast.ShiftLeft, ">>": ast.ShiftRight, "->": ast.JSONGet, "->>": ast.JSONGetText,
	"#>": ast.JSONPath, "#>>": ast.JSONPathText, "@>": ast.JSONContains, "<@": ast.JSONContainedIn}

func (p *parser) binaryOp(t *token) ast.BinaryOp {
	switch t.upper {
	case "OR":
		return ast.Or
	case "XOR":
		return ast.Xor
	case "AND":
		return ast.And
	case "DIV":
		return ast.IntDiv
	case "MOD":
		return ast.Mod
	}
	if t.text == "||" && p.opt.Dialect == MySQL {
		return ast.Or
	}
	return binarySigns[t.text]
}

func (p *parser) comparison(loc ast.Loc, left ast.Expr, op ast.CompareOp) ast.Expr {
	if !p.oneOf("ANY", "ALL", "SOME") || !p.opAt(1, "(") {
		return &ast.Comparison{Loc: loc, Op: op, L: left, R: p.binding(bindCompare + 1)}
	}
	q := &ast.Quantified{Loc: loc, Op: op, X: left, All: p.word("ALL")}
	p.advance()
	e, query := p.paren()
	if q.Query = query; query == nil {
		q.Array = e
	}
	return q
}

// qualifiedOperator reads OPERATOR(pg_catalog.~), as psql writes it: the
// operator inside, but all bind alike.
func (p *parser) qualifiedOperator(loc ast.Loc, left ast.Expr) ast.Expr {
	p.expectOp("(")
	for isName(p.cur()) && p.opAt(1, ".") {
		p.i += 2
	}
	t := p.advance()
	cmp, compares := compareSigns[t.text]
	bin, combines := binarySigns[t.text]
	p.expectOp(")")
	switch {
	case t.text == "~" || t.text == "~*" || t.text == "!~" || t.text == "!~*":
		return p.regex(loc, left, t.text)
	case t.text == "^":
		return call(loc, "POWER", left, p.binding(bindOther+1))
	case compares:
		return &ast.Comparison{Loc: loc, Op: cmp, L: left, R: p.binding(bindOther + 1)}
	case combines:
		return &ast.Binary{Loc: loc, Op: bin, L: left, R: p.binding(bindOther + 1)}
	}
	p.fail(ast.Pos(t.start), describe(t)+" is not a known operator")
	return nil
}

func (p *parser) regex(loc ast.Loc, left ast.Expr, sign string) ast.Expr {
	l := &ast.Like{Loc: loc, Kind: ast.RegexMatch, X: left, Not: sign[0] == '!'}
	if sign[len(sign)-1] == '*' {
		l.Kind = ast.RegexIMatch
	}
	l.Pattern = p.binding(bindOther + 1)
	return l
}

func (p *parser) is(left ast.Expr) ast.Expr {
	t := p.advance()
	loc := ast.Loc(t.start)
	if t.upper != "IS" {
		return &ast.Is{Loc: loc, X: left, Not: t.upper == "NOTNULL"}
	}
	not := p.accept("NOT")
	if p.accept("DISTINCT", "FROM") {
		op := ast.Distinct
		if not {
			op = ast.NotDistinct
		}
		return &ast.Comparison{Loc: loc, Op: op, L: left, R: p.binding(bindIs + 1)}
	}
	is := &ast.Is{Loc: loc, X: left, Not: not}
	switch p.acceptOne("NULL", "TRUE", "FALSE", "UNKNOWN") {
	case "NULL":
		is.Kind = ast.IsNull
	case "TRUE":
		is.Kind = ast.IsTrue
	case "FALSE":
		is.Kind = ast.IsFalse
	case "UNKNOWN":
		is.Kind = ast.IsUnknown
	default:
		p.expected("NULL", "TRUE", "FALSE", "UNKNOWN", "DISTINCT FROM")
	}
	return is
}

func (p *parser) rangePredicate(left ast.Expr) ast.Expr {
	loc := p.loc()
	not := p.accept("NOT")
	t := p.advance()
	switch t.upper {
	case "BETWEEN":
		b := &ast.Between{Loc: loc, Not: not, X: left}
		if p.oneOf("SYMMETRIC", "ASYMMETRIC") && !p.wordAt(1, "AND") {
			b.Symmetric = p.advance().upper == "SYMMETRIC"
		}
		b.Lo = p.binding(bindRange + 1)
		p.expect("AND")
		b.Hi = p.binding(bindRange + 1)
		return b
	case "IN":
		return p.in(loc, left, not)
	case "OVERLAPS":
		return &ast.Binary{Loc: loc, Op: ast.Overlaps, L: left, R: p.binding(bindRange + 1)}
	case "CONTAINS":
		var e ast.Expr = call(ast.Loc(t.start), "CONTAINS", left, p.binding(bindRange+1))
		if not {
			e = &ast.Unary{Loc: loc, Op: ast.Not, X: e}
		}
		return e
	case "MEMBER":
		p.expect("OF")
		p.expectOp("(")
		m := &ast.Binary{Loc: loc, Op: ast.MemberOf, L: left, R: p.expr()}
		p.close()
		return m
	}
	l := &ast.Like{Loc: loc, Not: not, X: left}
	switch t.upper {
	case "ILIKE":
		l.Kind = ast.ILike
	case "SIMILAR":
		p.expect("TO")
		l.Kind = ast.Similar
	case "REGEXP", "RLIKE":
		l.Kind = ast.Regexp
	case "GLOB":
		l.Kind = ast.Glob
	}
	l.Pattern = p.binding(bindRange + 1)
	if p.accept("ESCAPE") {
		l.Escape = p.binding(bindRange + 1)
	} else if p.op("{") && p.wordAt(1, "ESCAPE") {
		p.i += 2
		l.Escape = p.binding(bindRange + 1)
		p.expectOp("}")
	}
	return l
}

func (p *parser) in(loc ast.Loc, left ast.Expr, not bool) ast.Expr {
	in := &ast.In{Loc: loc, Not: not, X: left}
	if p.op("::") {
		p.fail(ast.Pos(p.cur().start), "list parameters are not supported: write one parameter for each value")
	}
	if isName(p.cur()) && p.opt.Dialect == ANSI {
		t := &ast.TableQuery{Loc: p.loc(), Name: p.name("a table name")}
		if p.op("(") {
			p.fail(t.Pos(), "a list or a query in parentheses stands behind IN, not a call")
		}
		in.Query = t
		return in
	}
	if !p.op("(") {
		p.expected(`"("`)
	}
	if p.opAt(1, ")") { // a list that a program builds may be empty
		p.i += 2
		return in
	}
	e, q := p.parenList()
	in.Query, in.List = q, e
	return in
}

// paren reads from "(" to ")". A query comes back as such: the caller knows
// whether it is a value, an IN list or an operand.
func (p *parser) paren() (ast.Expr, ast.Query) {
	loc := p.loc()
	list, q := p.parenList()
	switch {
	case q != nil:
		return nil, q
	case len(list) == 1:
		return list[0], nil
	}
	return &ast.Row{Loc: loc, Items: list}, nil
}

func (p *parser) parenList() ([]ast.Expr, ast.Query) {
	p.enter()
	defer p.leave()
	p.expectOp("(")
	var first ast.Expr
	switch {
	case p.atQuery(0):
		q := p.query()
		p.close()
		return nil, q
	case p.op("("):
		loc := p.loc()
		e, q := p.paren()
		if q != nil && (p.atSetOp() || p.atTail()) {
			q = p.queryAfter(nil, q)
		}
		if q != nil && p.acceptOp(")") {
			return nil, q
		}
		if q != nil {
			e = &ast.Subquery{Loc: loc, Query: q}
		}
		first = p.infix(e, 0)
	default:
		first = p.expr()
	}
	list := []ast.Expr{first}
	for p.acceptOp(",") {
		list = append(list, p.expr())
	}
	p.close("an operator", `","`)
	return list, nil
}
