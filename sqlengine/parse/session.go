package parse

import (
	"strings"

	"github.com/epicorerp/epicorerp/sqlengine/ast"
)

// session reads the statements that begin with words which are no keywords
// elsewhere.
func (p *parser) session() ast.Statement {
	loc := p.loc()
	switch p.cur().upper {
	case "USE":
		p.advance()
		return &ast.Use{Loc: loc, Name: p.name("a schema name")}
	case "SET":
		return p.set()
	case "RESET":
		p.advance()
		if p.accept("ALL") {
			return &ast.Reset{Loc: loc}
		}
		return &ast.Reset{Loc: loc, Name: p.name("ALL or a name")}
	case "DO":
		if p.opt.Dialect == Postgres {
			p.fail(loc.Pos(), "DO with a code block is not supported")
		}
		p.advance()
		return &ast.Do{Loc: loc, Exprs: p.exprList()}
	case "PRAGMA":
		return p.pragma()
	}
	return p.transaction()
}

var cacheOptions = [][]string{{"TRUNCATE"}, {"AUTOCOMMIT"}, {"SCHEMA", "ONLY"}, {"DROP", "EXISTING"}, {"ALTER", "SCHEMA"}}

// cache reads CACHE [table] [options] query.
func (p *parser) cache() ast.Statement {
	c := &ast.Cache{Loc: p.loc()}
	p.advance()
	c.Options = p.cacheOptions()
	if c.Options == nil && !p.atQuery(0) && !p.op("(") {
		c.Table = p.name("a table name or a query")
		c.Options = p.cacheOptions()
	}
	c.Query = p.query()
	return c
}

func (p *parser) cacheOptions() []string {
	var list []string
	for i := 0; i < len(cacheOptions); i++ {
		o := cacheOptions[i]
		if p.accept(o...) || p.accept(append([]string{"WITH"}, o...)...) {
			list = append(list, strings.Join(o, " "))
			i = -1 // in any order
		}
	}
	return list
}

func (p *parser) pragma() ast.Statement {
	s := &ast.Pragma{Loc: p.loc()}
	p.advance()
	s.Name = p.name("a name")
	if p.acceptOp("=") {
		s.Value = p.expr()
	} else if p.acceptOp("(") {
		s.Value = p.expr()
		p.close()
	}
	return s
}

func (p *parser) transaction() ast.Statement {
	loc := p.loc()
	switch t := p.cur(); t.upper {
	case "BEGIN", "START":
		p.advance()
		if t.upper == "START" {
			p.expect("TRANSACTION")
		} else {
			p.acceptOne("WORK", "TRANSACTION", "TRAN")
		}
		return &ast.Begin{Loc: loc, Mode: p.txMode(false)}
	case "COMMIT", "END":
		p.advance()
		p.acceptOne("WORK", "TRANSACTION", "TRAN")
		p.accept("AND", "NO", "CHAIN")
		return &ast.Commit{Loc: loc}
	case "ROLLBACK":
		p.advance()
		p.acceptOne("WORK", "TRANSACTION", "TRAN")
		s := &ast.Rollback{Loc: loc}
		if p.accept("TO") {
			p.acceptNameWord("SAVEPOINT")
			s.To = p.ident("a savepoint")
		}
		p.accept("AND", "NO", "CHAIN")
		return s
	case "SAVEPOINT":
		p.advance()
		return &ast.Savepoint{Loc: loc, Name: p.ident("a savepoint")}
	case "SAVE":
		p.advance()
		if p.acceptOne("TRANSACTION", "TRAN") == "" {
			p.expected("TRANSACTION")
		}
		return &ast.Savepoint{Loc: loc, Name: p.ident("a savepoint")}
	case "RELEASE":
		p.advance()
		p.acceptNameWord("SAVEPOINT")
		return &ast.ReleaseSavepoint{Loc: loc, Name: p.ident("a savepoint")}
	}
	p.expected(statementStarts...)
	return nil
}

// acceptNameWord takes a keyword that stands before a name, unless it is the
// name.
func (p *parser) acceptNameWord(w string) {
	if p.word(w) && isName(p.peek(1)) {
		p.advance()
	}
}

// txMode reads transaction characteristics; at least one when required.
func (p *parser) txMode(required bool) ast.TxMode {
	var m ast.TxMode
	for first := true; ; first = false {
		switch {
		case m.Isolation == "" && p.accept("ISOLATION", "LEVEL"):
			m.Isolation = p.isolation()
		case !m.ReadWrite && p.accept("READ", "ONLY"):
			m.ReadOnly = true
		case !m.ReadOnly && p.accept("READ", "WRITE"):
			m.ReadWrite = true
		case p.accept("WITH", "CONSISTENT", "SNAPSHOT"):
			m.Snapshot = true
		case p.accept("NOT", "DEFERRABLE"):
			no := false
			m.Deferrable = &no
		case p.accept("DEFERRABLE"):
			yes := true
			m.Deferrable = &yes
		case first && !required:
			return m
		default:
			p.expected("ISOLATION LEVEL", "READ ONLY", "READ WRITE")
		}
		if !p.acceptOp(",") && !p.oneOf("ISOLATION", "READ", "NOT", "DEFERRABLE") {
			return m
		}
	}
}

func (p *parser) isolation() string {
	switch {
	case p.accept("READ", "COMMITTED"):
		return "READ COMMITTED"
	case p.accept("READ", "UNCOMMITTED"):
		return "READ UNCOMMITTED"
	case p.accept("REPEATABLE", "READ"):
		return "REPEATABLE READ"
	case p.accept("SERIALIZABLE"):
		return "SERIALIZABLE"
	case p.accept("SNAPSHOT"):
		return "SNAPSHOT"
	}
	p.expected("READ COMMITTED", "READ UNCOMMITTED", "REPEATABLE READ", "SERIALIZABLE", "SNAPSHOT")
	return ""
}

func (p *parser) set() ast.Statement {
	loc := p.loc()
	p.advance()
	scope := ""
	if p.oneOf("SESSION", "GLOBAL", "LOCAL") && p.wordAt(1, "TRANSACTION") {
		scope = p.advance().upper
	}
	if p.accept("TRANSACTION") {
		return &ast.SetTransaction{Loc: loc, Scope: scope, Mode: p.txMode(true)}
	}
	if p.accept("SESSION", "CHARACTERISTICS", "AS", "TRANSACTION") {
		return &ast.SetTransaction{Loc: loc, Scope: "SESSION", Mode: p.txMode(true)}
	}
	s := &ast.Set{Loc: loc}
	for {
		s.Items = append(s.Items, p.setItem())
		if !p.acceptOp(",") {
			return s
		}
	}
}

func (p *parser) setItem() ast.SetItem {
	it := ast.SetItem{Loc: p.loc()}
	if p.oneOf("SESSION", "GLOBAL", "LOCAL") && isName(p.peek(1)) {
		it.Scope = p.advance().upper
	}
	named := func(words string) ast.SetItem {
		it.Name.Parts = []ast.Ident{{Loc: p.loc(), Text: words, Quoted: true}}
		it.Values = p.setValues(false)
		return it
	}
	switch t := p.cur(); {
	case p.word("NAMES") && !p.assignAt(1):
		p.advance()
		return named("NAMES")
	case p.accept("CHARACTER", "SET") || p.word("CHARSET") && !p.assignAt(1) && p.advance() != nil:
		return named("CHARACTER SET")
	case p.accept("TIME", "ZONE"):
		return named("TIME ZONE")
	case p.word("SCHEMA") && !p.assignAt(1):
		p.advance()
		return named("SCHEMA")
	case t.kind == tSysVar:
		it.System = true
		it.Name = p.sysVar().(*ast.SysVar).Name
	case t.kind == tParam && t.text[0] == '@':
		p.advance()
		it.User = true
		it.Name.Parts = []ast.Ident{{Loc: it.Loc, Text: t.text[1:]}}
	default:
		it.Name = p.name("a variable name")
	}
	if !p.acceptOp("=") && !p.acceptOp(":=") && !p.accept("TO") {
		p.expected(`"="`, "TO")
	}
	it.Values = p.setValues(true)
	return it
}

func (p *parser) assignAt(n int) bool {
	return p.opAt(n, "=") || p.opAt(n, ":=") || p.wordAt(n, "TO") || p.opAt(n, ".")
}

// setValues reads one value, or several where no next assignment begins.
func (p *parser) setValues(list bool) []ast.Expr {
	if p.word("DEFAULT") && !p.opAt(1, "(") && !p.opAt(1, ".") {
		p.advance()
		return nil
	}
	values := []ast.Expr{p.setValue()}
	for list && p.op(",") && !p.atSetItem(1) {
		p.advance()
		values = append(values, p.setValue())
	}
	return values
}

func (p *parser) setValue() ast.Expr {
	if p.word("ON") {
		t := p.advance()
		return &ast.ColumnRef{Loc: ast.Loc(t.start), Name: ast.Name{Parts: []ast.Ident{identOf(t)}}}
	}
	return p.expr()
}

// atSetItem reports whether an assignment starts at the n-th token from here.
func (p *parser) atSetItem(n int) bool {
	switch p.peek(n).upper {
	case "SESSION", "GLOBAL", "LOCAL":
		if isName(p.peek(n + 1)) {
			n++
		}
	case "NAMES":
		return true
	}
	if k := p.peek(n).kind; k != tWord && k != tIdent && k != tSysVar && k != tParam {
		return false
	}
	for p.opAt(n+1, ".") {
		n += 2
	}
	return p.opAt(n+1, "=") || p.opAt(n+1, ":=")
}
