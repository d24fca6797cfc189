package ast

import (
	"strings"
)

// Print writes a tree as SQL of the ansi dialect. Parsing the result gives an
// equal tree. Names that might be taken for keywords come out quoted.
//
// Some clauses have one order here and another in the text they came from:
// LIMIT ?, ? becomes LIMIT ? OFFSET ?. Where that, or printing only a part,
// would give a ? another number, all come out as ?1, ?2.
func Print(n Node) string {
	p := &printer{}
	p.node(n)
	if p.disordered {
		p = &printer{numbered: true}
		p.node(n)
	}
	return p.b.String()
}

func (p *printer) node(n Node) {
	switch n := n.(type) {
	case Statement:
		p.statement(n)
	case TableExpr:
		p.table(n)
	case Expr:
		p.expr(n, precLowest)
	}
}

// QuoteString writes s as a string literal that every dialect but mysql reads
// alike. A backslash right before a quote would be refused as ambiguous, so
// such strings take the E form.
func QuoteString(s string) string {
	if strings.Contains(s, `\'`) || strings.HasSuffix(s, `\`) {
		r := strings.NewReplacer(`\`, `\\`, `'`, `''`)
		return "E'" + r.Replace(s) + "'"
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}

// QuoteName writes s as a quoted identifier.
func QuoteName(s string) string {
	if strings.Contains(s, `\"`) || strings.HasSuffix(s, `\`) {
		return "`" + strings.ReplaceAll(s, "`", "``") + "`"
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

type printer struct {
	b          strings.Builder
	ordinal    int  // of the ? written last
	disordered bool // a ? came whose number is not the next
	numbered   bool // write ?1 for ?
}

// w writes the parts one behind the other. It stays a call, as do opt and comma: inlined in the hundreds of places that
// print, they would more than double the package.
//
//go:noinline
func (p *printer) w(parts ...string) {
	for _, s := range parts {
		p.b.WriteString(s)
	}
}

// opt writes s when cond holds.
//
//go:noinline
func (p *printer) opt(cond bool, s string) {
	if cond {
		p.b.WriteString(s)
	}
}

//go:noinline
func (p *printer) comma(i int) { p.opt(i > 0, ", ") }

func plainWord(s string) bool {
	for i, r := range s {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}

func (p *printer) ident(i Ident) {
	if i.Quoted || !plainWord(i.Text) || Clause(strings.ToUpper(i.Text)) {
		p.w(QuoteName(i.Text))
		return
	}
	p.w(i.Text)
}

// word writes a name where a keyword cannot stand, such as before a call's
// parenthesis, so that LEFT(n, 3) stays as it was.
func (p *printer) word(i Ident) {
	if i.Quoted || !plainWord(i.Text) || Reserved(strings.ToUpper(i.Text)) {
		p.w(QuoteName(i.Text))
		return
	}
	p.w(i.Text)
}

func (p *printer) name(n Name) {
	for i, part := range n.Parts {
		p.opt(i > 0, ".")
		p.ident(part)
	}
}

// variable writes a name behind @ or @@, where the first part takes no quotes.
func (p *printer) variable(sign string, n Name) {
	p.w(sign, n.Parts[0].Text)
	for _, part := range n.Parts[1:] {
		p.w(".")
		p.ident(part)
	}
}

func (p *printer) names(list []Name) {
	for i, n := range list {
		p.comma(i)
		p.name(n)
	}
}

func (p *printer) idents(list []Ident) {
	for i, id := range list {
		p.comma(i)
		p.ident(id)
	}
}

// columns writes a column list in parentheses with a blank before it.
func (p *printer) columns(list []Ident) {
	if len(list) > 0 {
		p.w(" (")
		p.idents(list)
		p.w(")")
	}
}

func (p *printer) alias(a Alias) {
	if a.IsZero() {
		return
	}
	p.w(" AS ")
	p.ident(a.Name)
	p.columns(a.Columns)
}

func (p *printer) items(list []SelectItem) {
	for i, it := range list {
		p.comma(i)
		p.expr(it.X, precLowest)
		if !it.Alias.IsZero() {
			p.w(" AS ")
			p.ident(it.Alias)
		}
	}
}

func (p *printer) order(list []OrderItem) {
	for i, o := range list {
		p.comma(i)
		if _, all := o.X.(*Star); all {
			p.w("ALL")
		} else {
			p.expr(o.X, precLowest)
		}
		p.opt(o.Desc, " DESC")
		p.opt(o.Nulls == NullsFirst, " NULLS FIRST")
		p.opt(o.Nulls == NullsLast, " NULLS LAST")
	}
}

func (p *printer) clauseExpr(word string, e Expr) {
	if e != nil {
		p.w(word)
		p.expr(e, precLowest)
	}
}
