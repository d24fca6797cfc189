package parse

import (
	"strings"

	"github.com/epicorerp/epicorerp/sqlengine/ast"
)

// primary reads an operand: a literal, a name, a call, a parenthesis.
func (p *parser) primary() ast.Expr {
	t := p.cur()
	loc := ast.Loc(t.start)
	switch t.kind {
	case tNumber:
		p.advance()
		return &ast.Literal{Loc: loc, Kind: ast.Number, Text: t.text}
	case tString:
		return p.stringValue()
	case tBytes:
		p.advance()
		return &ast.Literal{Loc: loc, Kind: ast.Bytes, Text: t.text}
	case tBits:
		p.advance()
		return &ast.Literal{Loc: loc, Kind: ast.Bits, Text: t.text}
	case tParam:
		return p.parameter()
	case tSysVar:
		return p.sysVar()
	case tIdent:
		return p.nameOrCall()
	case tWord:
		return p.wordExpr(t)
	case tOp:
		if t.text == "(" {
			e, q := p.paren()
			if q != nil {
				return &ast.Subquery{Loc: loc, Query: q}
			}
			return e
		}
		if t.text == "{" {
			return p.odbcEscape()
		}
	}
	p.expected("an expression")
	return nil
}

func (p *parser) sysVar() ast.Expr {
	t := p.advance()
	v := &ast.SysVar{Loc: ast.Loc(t.start)}
	v.Name.Parts = []ast.Ident{{Loc: v.Loc, Text: t.text}}
	for p.acceptOp(".") {
		v.Name.Parts = append(v.Name.Parts, p.anyWord("a name"))
	}
	return v
}

func (p *parser) nameOrCall() ast.Expr {
	loc := p.loc()
	n := p.name("an expression")
	if p.op("(") {
		return p.funcCall(loc, n)
	}
	return &ast.ColumnRef{Loc: loc, Name: n}
}

// wordExpr reads an operand that begins with an unquoted word. A word is a
// keyword only where what follows it makes it one.
func (p *parser) wordExpr(t *token) ast.Expr {
	loc := ast.Loc(t.start)
	if p.opAt(1, ".") && !ast.Reserved(t.upper) {
		return p.nameOrCall()
	}
	switch t.upper {
	case "NULL":
		p.advance()
		return &ast.Literal{Loc: loc, Kind: ast.Null}
	case "TRUE", "FALSE":
		p.advance()
		return &ast.Literal{Loc: loc, Kind: ast.Bool, Text: t.upper}
	case "CASE":
		return p.caseExpr()
	case "LEFT", "RIGHT":
		if !p.opAt(1, "(") && (p.wordAt(1, "JOIN") || p.wordAt(1, "OUTER")) {
			p.expected("an expression")
		}
	case "GROUP", "ORDER":
		if p.wordAt(1, "BY") {
			p.expected("an expression")
		}
	case "INTERVAL":
		if e := p.interval(); e != nil {
			return e
		}
	case "DATE", "TIME", "TIMESTAMP", "DATETIME", "TIMESTAMPTZ":
		if e := p.typedLiteral(t); e != nil {
			return e
		}
	case "BINARY":
		if p.opt.Dialect == MySQL && p.operandAt(1) {
			p.advance()
			return &ast.Cast{Loc: loc, X: p.binding(bindUnary), Type: ast.TypeName{Loc: loc, Name: "BINARY"}}
		}
	case "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP", "CURRENT_USER",
		"SESSION_USER", "SYSTEM_USER", "CURRENT_CATALOG", "CURRENT_ROLE", "CURRENT_SCHEMA":
		if !p.opAt(1, "(") {
			p.advance()
			return &ast.Func{Loc: loc, Name: ast.Name{Parts: []ast.Ident{identOf(t)}}, NoParens: true}
		}
	case "UTC_DATE", "UTC_TIME", "UTC_TIMESTAMP":
		if p.opt.Dialect == MySQL && !p.opAt(1, "(") { // elsewhere it is a name
			return call(ast.Loc(p.advance().start), t.text)
		}
	case "ARRAY":
		if p.opAt(1, "[") || p.opAt(1, "[]") {
			p.advance()
			return p.arrayItems(loc)
		}
	}
	if p.opt.Dialect == Postgres && p.typeAt(0) && p.peek(1).kind == tString {
		c := &ast.Cast{Loc: loc, Type: p.typeName()}
		c.X = p.stringValue()
		return c
	}
	if p.opAt(1, "(") {
		if e := p.specialCall(t); e != nil {
			return e
		}
	}
	return p.nameOrCall()
}

// specialCall reads the calls with a syntax of their own; nil if t is none.
func (p *parser) specialCall(t *token) ast.Expr {
	loc := ast.Loc(t.start)
	switch t.upper {
	case "EXISTS":
		if !p.parenQuery(1) {
			return nil
		}
		p.advance()
		if _, q := p.paren(); q != nil {
			return &ast.Exists{Loc: loc, Query: q}
		}
		p.expected("a query")
	case "ARRAY":
		if !p.parenQuery(1) {
			return nil
		}
		p.advance()
		if _, q := p.paren(); q != nil {
			return &ast.Array{Loc: loc, Query: q}
		}
		p.expected("a query")
	case "ROW":
		p.i += 2
		r := &ast.Row{Loc: loc, Items: p.exprList()}
		p.close(`","`)
		return r
	case "CAST", "TRY_CAST", "SAFE_CAST":
		return p.cast(loc, t.upper != "CAST")
	case "CONVERT", "TRY_CONVERT":
		return p.convert(loc, t.upper != "CONVERT")
	case "EXTRACT":
		return p.extract(loc)
	case "TRIM":
		return p.trim(loc)
	case "POSITION", "OVERLAY":
		if p.opAt(2, ")") {
			return nil
		}
		if t.upper == "OVERLAY" {
			return p.overlay(loc)
		}
		return p.position(loc)
	case "SUBSTRING", "SUBSTR", "MID":
		return p.substring(loc)
	case "ANY", "ALL", "SOME":
		p.fail(loc.Pos(), t.upper+" (…) stands behind a comparison operator only")
	}
	return nil
}

// parenQuery reports whether the parenthesis at the n-th token holds a query.
func (p *parser) parenQuery(n int) bool {
	for p.opAt(n, "(") {
		n++
	}
	return p.atQuery(n)
}

func (p *parser) arrayItems(loc ast.Loc) ast.Expr {
	p.enter()
	defer p.leave()
	a := &ast.Array{Loc: loc}
	if p.acceptOp("[]") {
		return a
	}
	p.expectOp("[")
	for {
		if p.op("[") || p.op("[]") {
			a.Items = append(a.Items, p.arrayItems(p.loc()))
		} else {
			a.Items = append(a.Items, p.expr())
		}
		if !p.acceptOp(",") {
			p.expectOp("]")
			return a
		}
	}
}

func (p *parser) caseExpr() ast.Expr {
	c := &ast.Case{Loc: p.loc()}
	p.advance()
	if !p.word("WHEN") {
		c.Operand = p.expr()
	}
	for p.word("WHEN") {
		w := ast.When{Loc: p.loc()}
		p.advance()
		w.Cond = p.expr()
		p.expect("THEN")
		w.Result = p.expr()
		c.Whens = append(c.Whens, w)
	}
	if len(c.Whens) == 0 {
		p.expected("WHEN")
	}
	if p.accept("ELSE") {
		c.Else = p.expr()
	}
	if !p.accept("END") {
		p.expected("WHEN", "ELSE", "END")
	}
	return c
}

// typedLiteral reads DATE '…', TIME '…' and TIMESTAMP '…'; nil where the word
// is a name.
func (p *parser) typedLiteral(t *token) ast.Expr {
	if p.opAt(1, "(") {
		return p.roundedLiteral()
	}
	n := 1
	zoned := t.upper == "TIMESTAMPTZ"
	if (t.upper == "TIME" || t.upper == "TIMESTAMP") && (p.wordAt(1, "WITH") || p.wordAt(1, "WITHOUT")) &&
		p.wordAt(2, "TIME") && p.wordAt(3, "ZONE") {
		zoned = p.wordAt(1, "WITH")
		n = 4
	}
	if p.peek(n).kind != tString {
		return nil
	}
	p.i += n
	kind := ast.Timestamp
	switch {
	case t.upper == "DATE":
		kind = ast.Date
	case t.upper == "TIME" && zoned:
		kind = ast.TimeTZ
	case t.upper == "TIME":
		kind = ast.Time
	case zoned:
		kind = ast.TimestampTZ
	}
	return &ast.Literal{Loc: ast.Loc(t.start), Kind: kind, Text: p.stringValue().Text}
}

// roundedLiteral reads TIMESTAMP(3) '…': a literal cast to its precision; nil
// where the word is a name.
func (p *parser) roundedLiteral() ast.Expr {
	n := 4
	if p.peek(2).kind != tNumber || !p.opAt(3, ")") {
		return nil
	}
	if (p.wordAt(n, "WITH") || p.wordAt(n, "WITHOUT")) && p.wordAt(n+1, "TIME") && p.wordAt(n+2, "ZONE") {
		n += 3
	}
	if p.peek(n).kind != tString {
		return nil
	}
	c := &ast.Cast{Loc: p.loc(), Type: p.typeName()}
	c.X = p.stringValue()
	return c
}

func (p *parser) unitAt(n int) bool {
	t := p.peek(n)
	return t.kind == tWord && ast.IntervalUnit(strings.ToUpper(t.text))
}

// operandAt reports whether an operand of mysql starts at the n-th token.
func (p *parser) operandAt(n int) bool { return p.opAt(n, "!") || p.startsItem(n) && !p.opAt(n, "*") }

// interval reads INTERVAL value unit; nil where the word is a name.
func (p *parser) interval() ast.Expr {
	iv := &ast.Interval{Loc: p.loc()}
	next := p.peek(1)
	switch {
	case next.kind == tString && p.opt.Dialect != MySQL:
		p.advance()
		iv.Value = p.stringValue()
		if p.unitAt(0) {
			p.intervalUnit(iv)
		}
		return iv
	case p.opt.Dialect == MySQL && p.operandAt(1): // reserved there
	case next.kind == tNumber || next.kind == tParam || p.opAt(1, "(") || isName(next) && p.unitAt(2) && !ast.Clause(next.upper):
	case (p.opAt(1, "-") || p.opAt(1, "+")) && p.unitAt(3):
	default:
		return nil
	}
	p.advance()
	iv.Value = p.binding(bindRange + 1)
	if !p.unitAt(0) {
		p.expected("a unit such as DAY")
	}
	p.intervalUnit(iv)
	return iv
}

func (p *parser) intervalUnit(iv *ast.Interval) {
	iv.Unit = p.unit()
	if p.word("TO") && p.unitAt(1) {
		p.advance()
		iv.To = p.unit()
	}
}

// unit reads a unit with an optional precision: SECOND(3).
func (p *parser) unit() string {
	u := strings.ToUpper(p.advance().text)
	if p.op("(") && p.peek(1).kind == tNumber && p.opAt(2, ")") {
		u += "(" + p.peek(1).text + ")"
		p.i += 3
	}
	return u
}

// odbcEscape reads {fn f(x)}, {d '…'}, {t '…'} and {ts '…'}.
func (p *parser) odbcEscape() ast.Expr {
	p.enter()
	defer p.leave()
	p.expectOp("{")
	t := p.cur()
	var e ast.Expr
	switch strings.ToLower(t.text) {
	case "fn":
		p.advance()
		e = p.primary()
	case "d", "t", "ts":
		p.advance()
		kind := map[string]ast.LiteralKind{"d": ast.Date, "t": ast.Time, "ts": ast.Timestamp}[strings.ToLower(t.text)]
		e = &ast.Literal{Loc: ast.Loc(t.start), Kind: kind, Text: p.stringLiteral("a string").Text}
	default:
		p.expected("fn", "d", "t", "ts")
	}
	p.expectOp("}")
	return e
}
