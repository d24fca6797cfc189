package parse

import (
	"strings"

	"github.com/epicorerp/epicorerp/sqlengine/ast"
)

func (p *parser) orderItems() []ast.OrderItem {
	var list []ast.OrderItem
	for {
		o := ast.OrderItem{Loc: p.loc(), X: p.expr()}
		if o.Desc = p.accept("DESC"); !o.Desc {
			p.accept("ASC")
		}
		if p.accept("NULLS", "FIRST") {
			o.Nulls = ast.NullsFirst
		} else if p.accept("NULLS", "LAST") {
			o.Nulls = ast.NullsLast
		}
		list = append(list, o)
		if !p.acceptOp(",") {
			return list
		}
	}
}

// byAll finds ORDER BY ALL. A column of that name is quoted there.
func byAll(order []ast.OrderItem) []ast.OrderItem {
	ref, ok := order[0].X.(*ast.ColumnRef)
	if ok && len(order) == 1 && len(ref.Name.Parts) == 1 && !ref.Name.Parts[0].Quoted && strings.EqualFold(ref.Name.Parts[0].Text, "ALL") {
		order[0].X = &ast.Star{Loc: ref.Loc}
	}
	return order
}

// tail reads ORDER BY, LIMIT, OFFSET, FETCH, FOR and OPTION.
func (p *parser) tail() ast.Tail {
	var t ast.Tail
	if p.acceptBy("ORDER") {
		t.OrderBy = byAll(p.orderItems())
		p.mayFollow(`","`, "ASC", "DESC", "LIMIT")
	}
	t.Limit = p.limit()
	if p.oneOf("FOR", "LOCK") {
		t.Lock = p.lock()
	}
	if p.word("OPTION") && p.opAt(1, "(") {
		p.i += 2
		t.Options = p.hintTexts()
	}
	return t
}

func (p *parser) limit() *ast.Limit {
	l := &ast.Limit{Loc: p.loc()}
	counted, skipped := false, false
	for {
		switch {
		case !counted && p.accept("LIMIT"):
			counted = true
			if p.accept("ALL") {
				break
			}
			l.Count = p.expr()
			if !skipped && p.acceptOp(",") {
				skipped = true
				l.Offset, l.Count = l.Count, p.expr()
			}
		case !skipped && p.accept("OFFSET"):
			skipped = true
			l.Offset = p.expr()
			p.acceptOne("ROW", "ROWS")
		case !counted && p.accept("FETCH"):
			counted = true
			p.fetch(l)
		default:
			if !counted && !skipped {
				return nil
			}
			return l
		}
	}
}

func (p *parser) fetch(l *ast.Limit) {
	if p.acceptOne("FIRST", "NEXT") == "" {
		p.expected("FIRST", "NEXT")
	}
	if p.oneOf("ROW", "ROWS") {
		l.Count = &ast.Literal{Loc: p.loc(), Kind: ast.Number, Text: "1"}
	} else {
		l.Count = p.count()
	}
	l.Percent = p.accept("PERCENT")
	if p.acceptOne("ROW", "ROWS") == "" {
		p.expected("ROWS")
	}
	if l.WithTies = p.accept("WITH", "TIES"); !l.WithTies {
		p.expect("ONLY")
	}
}

func (p *parser) lock() *ast.Lock {
	l := &ast.Lock{Loc: p.loc()}
	if p.accept("LOCK") {
		p.expect("IN", "SHARE", "MODE")
		l.Strength = "SHARE"
		return l
	}
	p.expect("FOR")
	switch {
	case p.accept("UPDATE"):
		l.Strength = "UPDATE"
	case p.accept("NO", "KEY", "UPDATE"):
		l.Strength = "NO KEY UPDATE"
	case p.accept("KEY", "SHARE"):
		l.Strength = "KEY SHARE"
	case p.accept("SHARE"):
		l.Strength = "SHARE"
	default:
		p.expected("UPDATE", "SHARE")
	}
	if p.accept("OF") {
		l.Of = p.nameList("a table name")
	}
	if p.accept("NOWAIT") {
		l.Wait = "NOWAIT"
	} else if p.accept("SKIP", "LOCKED") {
		l.Wait = "SKIP LOCKED"
	}
	return l
}

// hintTexts reads the rest of a list in parentheses as upper-case texts.
func (p *parser) hintTexts() []string {
	var list []string
	for {
		var words []string
		for !p.op(",") && !p.op(")") {
			t := p.cur()
			plain := t.kind == tWord || t.kind == tNumber || t.kind == tOp && (t.text == "=" || t.text == "(")
			if !plain {
				p.expected("a hint", `")"`)
			}
			if t.text == "(" {
				words = append(words, p.hintArgs())
				continue
			}
			words = append(words, strings.ToUpper(p.advance().text))
		}
		if len(words) == 0 {
			p.expected("a hint")
		}
		list = append(list, strings.Join(words, " "))
		if p.acceptOp(")") {
			return list
		}
		p.expectOp(",")
	}
}

func (p *parser) hintArgs() string {
	p.expectOp("(")
	return "(" + strings.Join(p.hintNames(), ", ") + ")"
}

// hintNames reads plain names and a closing parenthesis.
func (p *parser) hintNames() []string {
	var names []string
	for {
		if k := p.cur().kind; k != tWord && k != tNumber && k != tIdent {
			p.expected("a name")
		}
		t := p.advance()
		if t.kind == tIdent {
			names = append(names, ast.QuoteName(t.text))
		} else {
			names = append(names, t.text)
		}
		if p.acceptOp(")") {
			return names
		}
		p.expectOp(",")
	}
}
