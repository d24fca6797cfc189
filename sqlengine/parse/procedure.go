package parse

import (
	"strings"

	"github.com/epicorerp/epicorerp/sqlengine/ast"
)

// call reads CALL p(args); the parentheses may be missing when there are none.
func (p *parser) call() *ast.Call {
	c := &ast.Call{Loc: p.loc()}
	p.advance()
	c.Name = p.name("a procedure name")
	if p.acceptOp("(") {
		c.Args = p.callArgs(")")
	}
	return c
}

// exec reads EXEC [@rc =] p a, @b = c, and EXEC p (a, b).
func (p *parser) exec() *ast.Call {
	c := &ast.Call{Loc: p.loc()}
	p.advance()
	if p.cur().kind == tParam && p.opAt(1, "=") {
		c.Return = p.parameter()
		p.advance()
	}
	c.Name = p.name("a procedure name")
	switch {
	case p.acceptOp("("):
		c.Args = p.callArgs(")")
	case p.cur().kind != tEOF && !p.op(";"):
		c.Args = p.callArgs("")
	}
	return c
}

// callArgs reads arguments up to the closing sign, or as many as there are.
func (p *parser) callArgs(closing string) []ast.CallArg {
	if closing != "" && p.acceptOp(closing) {
		return nil
	}
	var args []ast.CallArg
	for {
		args = append(args, p.callArg())
		if !p.acceptOp(",") {
			break
		}
	}
	if closing != "" && !p.acceptOp(closing) {
		p.expected(`","`, `"`+closing+`"`)
	}
	p.mayFollow(`","`)
	return args
}

// callArg reads value, @name = value, name = value and name => value. No
// columns are in sight, so name = value can be no comparison.
func (p *parser) callArg() ast.CallArg {
	a := ast.CallArg{Loc: p.loc()}
	t := p.cur()
	named := p.opAt(1, "=") || p.opAt(1, "==") || p.opAt(1, "=>") || p.opAt(1, ":=")
	switch {
	case named && t.kind == tParam && t.text[0] == '@':
		a.Name = ast.Ident{Loc: a.Loc, Text: t.text[1:]}
		p.i += 2
	case named && (t.kind == tIdent || t.kind == tWord):
		a.Name = identOf(t)
		p.i += 2
	}
	a.Value = p.valueExpr()
	a.Out = p.acceptOne("OUTPUT", "OUT") != ""
	return a
}

// odbcCall reads {call p(args)} and {? = call p(args)}.
func (p *parser) odbcCall() ast.Statement {
	loc := p.loc()
	p.expectOp("{")
	var ret *ast.Param
	if p.cur().kind == tParam {
		ret = p.parameter()
		p.expectOp("=")
	}
	if !strings.EqualFold(p.cur().text, "call") {
		p.expected("call")
	}
	c := p.call()
	c.Loc, c.Return = loc, ret
	p.expectOp("}")
	return c
}
