package parse

import "github.com/epicorerp/epicorerp/sqlengine/ast"

func (p *parser) selectItems() []ast.SelectItem {
	var items []ast.SelectItem
	for {
		items = append(items, p.selectItem())
		p.mayFollow(`","`)
		if !p.acceptOp(",") {
			return items
		}
	}
}

func (p *parser) selectItem() ast.SelectItem {
	it := ast.SelectItem{Loc: p.loc()}
	if star := p.star(); star != nil {
		star.Except = p.exceptions()
		it.X = star
		return it
	}
	it.X = p.expr()
	it.Alias = p.itemAlias()
	return it
}

// star reads * or a.b.*, or gives nil and leaves the text alone.
func (p *parser) star() *ast.Star {
	loc := p.loc()
	if p.acceptOp("*") {
		return &ast.Star{Loc: loc}
	}
	n := 0
	for k := p.peek(n).kind; (k == tWord || k == tIdent) && p.opAt(n+1, "."); k = p.peek(n).kind {
		n += 2
	}
	if n == 0 || !p.opAt(n, "*") || !isName(p.cur()) {
		return nil
	}
	s := &ast.Star{Loc: loc, Qualifier: p.name("a name")}
	p.i += 2
	return s
}

// exceptions reads EXCEPT (a, t.b) behind *, which others spell EXCLUDE. The set
// operation EXCEPT cannot stand there: FROM must come first.
func (p *parser) exceptions() []ast.Name {
	if !p.oneOf("EXCEPT", "EXCLUDE") || !p.opAt(1, "(") {
		return nil
	}
	p.i += 2
	names := []ast.Name{p.name("a column name")}
	for p.acceptOp(",") {
		names = append(names, p.name("a column name"))
	}
	p.close(`","`)
	return names
}

// itemAlias reads [AS] alias. Behind AS any word or a string is good; without
// it no word that could continue the statement is.
func (p *parser) itemAlias() ast.Ident {
	t := p.cur()
	if p.accept("AS") {
		if t = p.cur(); t.kind == tString {
			return p.stringAlias()
		}
		return p.anyWord("an alias")
	}
	if t.kind == tString && p.opt.Dialect == MySQL {
		return p.stringAlias()
	}
	if t.kind == tIdent || t.kind == tWord && !ast.Clause(t.upper) {
		return identOf(p.advance())
	}
	return ast.Ident{}
}

func (p *parser) stringAlias() ast.Ident {
	t := p.advance()
	if t.text == "" {
		p.fail(ast.Pos(t.start), "an alias must not be empty")
	}
	return ast.Ident{Loc: ast.Loc(t.start), Text: t.text, Quoted: true}
}
