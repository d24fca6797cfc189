package parse

import (
	"strings"

	"github.com/epicorerp/epicorerp/sqlengine/ast"
)

// call builds a plain call of a standard function.
func call(loc ast.Loc, name string, args ...ast.Expr) *ast.Func {
	return &ast.Func{Loc: loc, Name: ast.Name{Parts: []ast.Ident{{Loc: loc, Text: name}}}, Args: args}
}

// funcCall reads a call from its parenthesis on.
func (p *parser) funcCall(loc ast.Loc, name ast.Name) *ast.Func {
	p.enter()
	defer p.leave()
	f := &ast.Func{Loc: loc, Name: name}
	p.expectOp("(")
	return p.afterCall(p.arguments(f))
}

// arguments reads from behind "(" to ")".
func (p *parser) arguments(f *ast.Func) *ast.Func {
	if p.acceptOp(")") {
		return f
	}
	if f.Distinct = p.word("DISTINCT") && !p.opAt(1, ")") && !p.opAt(1, ",") && p.advance() != nil; !f.Distinct && p.word("ALL") && p.startsItem(1) {
		p.advance()
	}
	f.Args = p.argList()
	if p.accept("ORDER", "BY") {
		f.OrderBy = p.orderItems()
	}
	if p.accept("SEPARATOR") {
		f.Separator = p.stringLiteral("a string")
	}
	if p.opt.Dialect == MySQL && p.accept("USING") { // CHAR(97 USING utf8mb4)
		p.utf8()
	}
	p.nullTreatment(f)
	p.close(`","`)
	return f
}

func (p *parser) argList() []ast.Expr {
	list := []ast.Expr{p.argument()}
	for p.acceptOp(",") {
		list = append(list, p.argument())
	}
	return list
}

func (p *parser) argument() ast.Expr {
	if s := p.star(); s != nil {
		return s
	}
	t := p.cur()
	if (t.kind == tWord || t.kind == tIdent) && (p.opAt(1, "=>") || p.opAt(1, ":=")) {
		p.i += 2
		return &ast.NamedArg{Loc: ast.Loc(t.start), Name: identOf(t), Value: p.expr()}
	}
	return p.expr()
}

func (p *parser) nullTreatment(f *ast.Func) {
	if p.accept("IGNORE", "NULLS") {
		f.Nulls = ast.IgnoreNulls
	} else if p.accept("RESPECT", "NULLS") {
		f.Nulls = ast.RespectNulls
	}
}

// afterCall reads what may follow a call's parenthesis.
func (p *parser) afterCall(f *ast.Func) *ast.Func {
	if p.words("WITHIN", "GROUP") && p.opAt(2, "(") {
		p.i += 3
		p.expect("ORDER", "BY")
		f.WithinGroup = p.orderItems()
		p.close(`","`)
	}
	if p.word("FILTER") && p.opAt(1, "(") {
		p.i += 2
		p.expect("WHERE")
		f.Filter = p.expr()
		p.close("an operator")
	}
	p.nullTreatment(f)
	if p.word("OVER") && (p.opAt(1, "(") || isName(p.peek(1))) {
		f.Over = &ast.Over{Loc: p.loc()}
		p.advance()
		if p.op("(") {
			f.Over.Spec = p.windowSpec()
		} else {
			f.Over.Name = p.ident("a window name")
		}
	}
	return f
}

func (p *parser) windowSpec() *ast.WindowSpec {
	p.enter()
	defer p.leave()
	w := &ast.WindowSpec{Loc: p.loc()}
	p.expectOp("(")
	clause := p.words("PARTITION", "BY") || p.words("ORDER", "BY") || p.atFrame()
	if !clause && !p.op(")") {
		w.Base = p.ident("PARTITION BY or ORDER BY")
	}
	if p.accept("PARTITION", "BY") {
		w.PartitionBy = p.exprList()
	}
	if p.accept("ORDER", "BY") {
		w.OrderBy = p.orderItems()
	}
	if p.atFrame() {
		w.Frame = p.frame()
	}
	p.close(`","`, "ORDER BY", "ROWS", "RANGE")
	return w
}

func (p *parser) atFrame() bool {
	return p.oneOf("ROWS", "RANGE", "GROUPS") && !p.opAt(1, ")") && !p.wordAt(1, "PARTITION") && !p.wordAt(1, "ORDER")
}

func (p *parser) frame() *ast.Frame {
	f := &ast.Frame{Loc: p.loc()}
	switch p.advance().upper {
	case "RANGE":
		f.Unit = ast.Range
	case "GROUPS":
		f.Unit = ast.Groups
	}
	if p.accept("BETWEEN") {
		f.Start = p.bound()
		p.expect("AND")
		f.End = p.bound()
	} else {
		f.Start = p.bound()
		f.End.Kind = ast.CurrentRow
	}
	if p.accept("EXCLUDE") {
		switch {
		case p.accept("NO", "OTHERS"):
		case p.accept("CURRENT", "ROW"):
			f.Exclude = ast.ExcludeCurrentRow
		case p.accept("GROUP"):
			f.Exclude = ast.ExcludeGroup
		case p.accept("TIES"):
			f.Exclude = ast.ExcludeTies
		default:
			p.expected("CURRENT ROW", "GROUP", "TIES", "NO OTHERS")
		}
	}
	return f
}

func (p *parser) bound() ast.FrameBound {
	if p.accept("CURRENT", "ROW") {
		return ast.FrameBound{Kind: ast.CurrentRow}
	}
	if p.accept("UNBOUNDED", "PRECEDING") {
		return ast.FrameBound{Kind: ast.UnboundedPreceding}
	}
	if p.accept("UNBOUNDED", "FOLLOWING") {
		return ast.FrameBound{Kind: ast.UnboundedFollowing}
	}
	b := ast.FrameBound{Kind: ast.Preceding, Offset: p.binding(bindOther)}
	if p.accept("FOLLOWING") {
		b.Kind = ast.Following
		return b
	}
	if !p.accept("PRECEDING") {
		p.expected("PRECEDING", "FOLLOWING")
	}
	return b
}

// extract reads EXTRACT(unit FROM x) or a plain call.
func (p *parser) extract(loc ast.Loc) ast.Expr {
	unit := p.peek(2)
	if unit.kind != tWord && unit.kind != tString || !p.wordAt(3, "FROM") {
		return nil
	}
	p.i += 4
	text := unit.text
	if unit.kind == tWord {
		text = strings.ToUpper(text)
	}
	f := call(loc, "EXTRACT", &ast.Literal{Loc: ast.Loc(unit.start), Kind: ast.String, Text: text}, p.expr())
	p.close()
	return f
}

// trim reads TRIM([side] [chars] FROM x) or a plain call.
func (p *parser) trim(loc ast.Loc) ast.Expr {
	name := identOf(p.cur())
	p.i += 2
	side := "TRIM"
	standard := false
	if p.oneOf("LEADING", "TRAILING", "BOTH") && (p.startsItem(1) || p.wordAt(1, "FROM") || p.opAt(1, "(")) {
		standard = true
		switch p.advance().upper {
		case "LEADING":
			side = "LTRIM"
		case "TRAILING":
			side = "RTRIM"
		}
	}
	if p.op(")") {
		return p.afterCall(p.arguments(&ast.Func{Loc: loc, Name: ast.Name{Parts: []ast.Ident{name}}}))
	}
	var args []ast.Expr
	if !p.word("FROM") {
		args = []ast.Expr{p.expr()}
	}
	if p.accept("FROM") {
		args = append([]ast.Expr{p.expr()}, args...)
		p.close()
		return call(loc, side, args...)
	}
	if standard {
		p.expected("FROM")
	}
	for p.acceptOp(",") {
		args = append(args, p.expr())
	}
	p.close(`","`, "FROM")
	return &ast.Func{Loc: loc, Name: ast.Name{Parts: []ast.Ident{name}}, Args: args}
}

// position reads POSITION(a IN b) or POSITION(a, b).
func (p *parser) position(loc ast.Loc) ast.Expr {
	name := identOf(p.cur())
	p.i += 2
	f := &ast.Func{Loc: loc, Name: ast.Name{Parts: []ast.Ident{name}}, Args: []ast.Expr{p.binding(bindRange + 1)}}
	if !p.accept("IN") && !p.acceptOp(",") {
		p.expected("IN", `","`)
	}
	f.Args = append(f.Args, p.expr())
	p.close()
	return f
}

// substring reads SUBSTRING(x FROM a FOR n) or a plain call.
func (p *parser) substring(loc ast.Loc) ast.Expr {
	name := identOf(p.cur())
	p.i += 2
	f := &ast.Func{Loc: loc, Name: ast.Name{Parts: []ast.Ident{name}}}
	if p.op(")") {
		return p.afterCall(p.arguments(f))
	}
	f.Args = []ast.Expr{p.expr()}
	if !p.oneOf("FROM", "FOR") {
		for p.acceptOp(",") {
			f.Args = append(f.Args, p.expr())
		}
		p.close(`","`, "FROM")
		return f
	}
	var from, length ast.Expr
	for p.oneOf("FROM", "FOR") {
		switch {
		case from == nil && p.accept("FROM"):
			from = p.expr()
		case length == nil && p.accept("FOR"):
			length = p.expr()
		default:
			p.expected(`")"`)
		}
	}
	if from == nil {
		from = &ast.Literal{Loc: loc, Kind: ast.Number, Text: "1"}
	}
	f.Args = append(f.Args, from)
	if length != nil {
		f.Args = append(f.Args, length)
	}
	p.close()
	return f
}

// overlay reads OVERLAY(x PLACING y FROM a FOR n) or a plain call.
func (p *parser) overlay(loc ast.Loc) ast.Expr {
	name := identOf(p.cur())
	p.i += 2
	f := &ast.Func{Loc: loc, Name: ast.Name{Parts: []ast.Ident{name}}, Args: []ast.Expr{p.expr()}}
	if p.accept("PLACING") {
		f.Args = append(f.Args, p.expr())
		p.expect("FROM")
		f.Args = append(f.Args, p.expr())
		if p.accept("FOR") {
			f.Args = append(f.Args, p.expr())
		}
		p.close()
		return f
	}
	for p.acceptOp(",") {
		f.Args = append(f.Args, p.expr())
	}
	p.close(`","`, "PLACING")
	return f
}
