package parse

import (
	"strings"

	"github.com/epicorerp/epicorerp/sqlengine/ast"
)

func (p *parser) cast(loc ast.Loc, try bool) ast.Expr {
	p.enter()
	defer p.leave()
	p.i += 2
	c := &ast.Cast{Loc: loc, Try: try, X: p.expr()}
	p.expect("AS")
	c.Type = p.typeName()
	p.close()
	return c
}

// convert reads CONVERT(x USING charset), CONVERT(x, type) and CONVERT(type,
// x[, style]). Which of the last two it is shows by where a type stands.
func (p *parser) convert(loc ast.Loc, try bool) ast.Expr {
	p.enter()
	defer p.leave()
	p.i += 2
	c := &ast.Cast{Loc: loc, Try: try}
	if p.opt.Dialect != MySQL && p.typeAt(0) && !p.opAt(1, ".") {
		c.Type = p.typeName()
		p.expectOp(",")
		if p.typeAt(0) && p.opAt(1, ")") && len(c.Type.Args) == 0 {
			p.fail(ast.Pos(p.cur().start), "CONVERT of "+c.Type.Name+" and "+p.cur().text+" is ambiguous, either could be the type: use CAST")
		}
		c.X = p.expr()
		if p.acceptOp(",") {
			c.Style = p.expr()
		}
		p.close(`","`)
		return c
	}
	c.X = p.expr()
	if p.accept("USING") {
		c.Charset = p.ident("a character set")
		p.close()
		return c
	}
	if !p.acceptOp(",") {
		p.expected(`","`, "USING")
	}
	if !p.typeAt(0) {
		p.expected("a type")
	}
	c.Type = p.typeName()
	c.Type.Name = strings.TrimPrefix(c.Type.Name, "SQL_") // {fn CONVERT(x, SQL_VARCHAR)}
	p.close()
	return c
}

var knownTypes = wordSet(`CHAR VARCHAR NCHAR NVARCHAR TEXT NTEXT CHARACTER NATIONAL STRING CLOB SYSNAME
		TINYINT SMALLINT INT INTEGER BIGINT SIGNED UNSIGNED BIT BOOLEAN BOOL
		DEC DECIMAL NUMERIC FLOAT REAL DOUBLE MONEY SMALLMONEY
		DATE TIME DATETIME DATETIME2 DATETIMEOFFSET SMALLDATETIME TIMESTAMP TIMESTAMPTZ
		BINARY VARBINARY BYTEA BLOB IMAGE UUID UNIQUEIDENTIFIER GUID JSON JSONB XML
		SQL_CHAR SQL_VARCHAR SQL_WCHAR SQL_WVARCHAR SQL_INTEGER SQL_SMALLINT SQL_BIGINT SQL_DECIMAL SQL_NUMERIC
		SQL_FLOAT SQL_REAL SQL_DOUBLE SQL_DATE SQL_TIME SQL_TIMESTAMP SQL_BIT`)

func (p *parser) typeAt(n int) bool {
	t := p.peek(n)
	return t.kind == tWord && knownTypes[strings.ToUpper(t.text)]
}

// typeName reads a type with its arguments.
func (p *parser) typeName() ast.TypeName {
	t := ast.TypeName{Loc: p.loc()}
	n := p.name("a type")
	last := n.Last()
	if len(n.Parts) > 1 {
		t.Qualifier = n.Qualifier()
	}
	t.Quoted = last.Quoted
	t.Name = last.Text
	if !t.Quoted {
		t.Name = strings.ToUpper(t.Name)
		if len(n.Parts) == 1 {
			p.longTypeName(&t)
		}
	}
	if p.op("(") && len(t.Args) == 0 {
		t.Args = p.typeArgs()
	}
	if (t.Name == "INT" || strings.HasSuffix(t.Name, "INT") || t.Name == "INTEGER") && !t.Quoted && p.oneOf("UNSIGNED", "SIGNED") {
		t.Name += " " + p.advance().upper
	}
	if p.words("CHARACTER", "SET") || p.word("CHARSET") {
		p.charset()
	}
	t.Array = p.acceptOp("[]")
	return t
}

// longTypeName reads the names of several words.
func (p *parser) longTypeName(t *ast.TypeName) {
	switch t.Name {
	case "DOUBLE":
		p.typeWord(t, "PRECISION")
	case "NATIONAL":
		if p.oneOf("CHARACTER", "CHAR") {
			t.Name += " " + p.advance().upper
		}
		p.typeWord(t, "VARYING")
	case "CHARACTER", "CHAR", "NCHAR", "BIT":
		p.typeWord(t, "VARYING")
	case "SIGNED", "UNSIGNED":
		p.acceptOne("INTEGER", "INT") // which adds nothing
	case "TIME", "TIMESTAMP":
		if p.op("(") {
			t.Args = p.typeArgs()
		}
		if p.accept("WITH", "TIME", "ZONE") {
			t.Name += " WITH TIME ZONE"
		} else if p.accept("WITHOUT", "TIME", "ZONE") {
			t.Name += " WITHOUT TIME ZONE"
		}
	case "INTERVAL":
		if p.unitAt(0) {
			t.Name += " " + strings.ToUpper(p.advance().text)
		}
		if p.word("TO") && p.unitAt(1) {
			p.advance()
			t.Name += " TO " + strings.ToUpper(p.advance().text)
		}
	}
}

func (p *parser) typeWord(t *ast.TypeName, w string) {
	if p.accept(w) {
		t.Name += " " + w
	}
}

// charset takes a character set that means what every string here is.
func (p *parser) charset() {
	if !p.accept("CHARSET") {
		p.expect("CHARACTER", "SET")
	}
	p.utf8()
}

// utf8 reads the name of a character set.
func (p *parser) utf8() {
	t := p.anyWord("a character set")
	if !strings.HasPrefix(strings.ToLower(t.Text), "utf8") {
		p.fail(t.Pos(), "character set "+t.Text+" is not supported: strings are UTF-8")
	}
}

func (p *parser) typeArgs() []string {
	p.expectOp("(")
	var args []string
	for {
		t := p.cur()
		switch t.kind {
		case tNumber:
			args = append(args, t.text)
		case tWord:
			args = append(args, strings.ToUpper(t.text))
		case tString:
			args = append(args, ast.QuoteString(t.text))
		default:
			p.expected("a length")
		}
		p.advance()
		if !p.acceptOp(",") {
			p.close(`","`)
			return args
		}
	}
}
