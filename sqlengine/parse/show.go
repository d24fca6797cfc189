package parse

import (
	"strings"

	"github.com/epicorerp/epicorerp/sqlengine/ast"
)

// explain reads EXPLAIN, and DESCRIBE of a statement or a table.
func (p *parser) explain() ast.Statement {
	loc := p.loc()
	verb := p.advance().upper
	if verb != "EXPLAIN" && (p.word("TABLE") || !p.atStatement()) {
		d := &ast.Describe{Loc: loc}
		p.acceptNameWord("TABLE")
		d.Table = p.name("a table name")
		if t := p.cur(); t.kind == tString {
			p.advance()
			d.Column = ast.Ident{Loc: ast.Loc(t.start), Text: t.text, Quoted: true}
		} else if isName(t) {
			d.Column = p.ident("a column name")
		}
		return d
	}
	e := &ast.Explain{Loc: loc}
	p.explainOptions(e)
	if !p.atStatement() {
		p.expected("a statement such as SELECT", "ANALYZE")
	}
	e.Stmt = p.statement()
	return e
}

func (p *parser) explainOptions(e *ast.Explain) {
	for {
		switch {
		case p.accept("ANALYZE"):
			e.Analyze = true
		case p.oneOf("VERBOSE", "EXTENDED", "PARTITIONS"):
			e.Options = append(e.Options, ast.Option{Loc: p.loc(), Name: p.cur().upper})
			p.advance()
		case p.accept("QUERY", "PLAN"), p.accept("PLAN", "FOR"):
		case p.word("FORMAT"):
			o := ast.Option{Loc: p.loc(), Name: "FORMAT"}
			p.advance()
			p.acceptOp("=")
			o.Value = p.upperWord("a format")
			e.Options = append(e.Options, o)
		case p.op("(") && !p.parenQuery(0):
			p.advance()
			p.parenOptions(e)
		default:
			return
		}
	}
}

func (p *parser) parenOptions(e *ast.Explain) {
	for {
		if p.atQuery(0) {
			p.expected("an option")
		}
		o := ast.Option{Loc: p.loc(), Name: p.upperWord("an option")}
		if t := p.cur(); t.kind == tWord || t.kind == tNumber {
			o.Value = strings.ToUpper(p.advance().text)
		}
		if off := o.Value == "FALSE" || o.Value == "OFF" || o.Value == "0"; o.Name == "ANALYZE" {
			e.Analyze = !off
		} else {
			e.Options = append(e.Options, o)
		}
		if !p.acceptOp(",") {
			p.close(`","`)
			return
		}
	}
}

// atStatement reports whether a statement that EXPLAIN takes starts here.
func (p *parser) atStatement() bool {
	next := p.peek(1)
	switch p.cur().upper {
	case "SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "CALL", "EXEC", "EXECUTE", "REPLACE":
		return next.kind != tEOF && !p.opAt(1, ".")
	case "WITH", "VALUES", "TABLE", "CREATE":
		return next.kind != tEOF && !p.opAt(1, ".")
	}
	return p.parenQuery(0) && p.op("(")
}

// showLists are the kinds that are named by words alone.
var showLists = []struct {
	words []string
	kind  ast.ShowKind
}{
	{[]string{"TABLES"}, ast.ShowTables}, {[]string{"VIEWS"}, ast.ShowViews},
	{[]string{"COLUMNS"}, ast.ShowColumns}, {[]string{"FIELDS"}, ast.ShowColumns},
	{[]string{"DATABASES"}, ast.ShowDatabases}, {[]string{"SCHEMAS"}, ast.ShowDatabases},
	{[]string{"INDEX"}, ast.ShowIndex}, {[]string{"INDEXES"}, ast.ShowIndex}, {[]string{"KEYS"}, ast.ShowIndex},
	{[]string{"VARIABLES"}, ast.ShowVariables}, {[]string{"STATUS"}, ast.ShowStatus},
	{[]string{"PROCEDURE", "STATUS"}, ast.ShowProcedures}, {[]string{"PROCEDURES"}, ast.ShowProcedures},
	{[]string{"FUNCTION", "STATUS"}, ast.ShowFunctions}, {[]string{"FUNCTIONS"}, ast.ShowFunctions},
	{[]string{"TABLE", "STATUS"}, ast.ShowTableStatus},
	{[]string{"WARNINGS"}, ast.ShowWarnings}, {[]string{"ERRORS"}, ast.ShowErrors},
	{[]string{"ENGINES"}, ast.ShowEngines}, {[]string{"CHARSET"}, ast.ShowCharset},
	{[]string{"CHARACTER", "SET"}, ast.ShowCharset}, {[]string{"COLLATION"}, ast.ShowCollation},
	{[]string{"PROCESSLIST"}, ast.ShowProcesslist}, {[]string{"PLUGINS"}, ast.ShowPlugins},
	{[]string{"PRIVILEGES"}, ast.ShowPrivileges}, {[]string{"GRANTS"}, ast.ShowGrants},
}

func (p *parser) show() ast.Statement {
	s := &ast.Show{Loc: p.loc()}
	p.advance()
	if p.word("FULL") && p.oneOfAt(1, "TABLES", "COLUMNS", "FIELDS", "PROCESSLIST") {
		p.advance()
		s.Full = true
	}
	if p.oneOf("GLOBAL", "SESSION", "LOCAL") && p.oneOfAt(1, "VARIABLES", "STATUS") {
		s.Scope = p.advance().upper
	}
	if p.word("CREATE") {
		return p.showCreate(s)
	}
	for _, l := range showLists {
		if p.accept(l.words...) {
			s.Kind = l.kind
			p.showOperands(s)
			return s
		}
	}
	p.showVariable(s)
	return s
}

func (p *parser) oneOfAt(n int, list ...string) bool {
	for _, w := range list {
		if p.wordAt(n, w) {
			return true
		}
	}
	return false
}

func (p *parser) showCreate(s *ast.Show) ast.Statement {
	p.advance()
	switch p.acceptOne("TABLE", "VIEW") {
	case "TABLE":
		s.Kind = ast.ShowCreateTable
	case "VIEW":
		s.Kind = ast.ShowCreateView
	default:
		p.expected("TABLE", "VIEW")
	}
	s.Name = p.name("a name")
	return s
}

// showOperands reads FROM, LIKE and WHERE.
func (p *parser) showOperands(s *ast.Show) {
	if s.Kind == ast.ShowColumns || s.Kind == ast.ShowIndex {
		if p.acceptOne("FROM", "IN") == "" {
			p.expected("FROM")
		}
		s.Name = p.name("a table name")
	}
	switch s.Kind {
	case ast.ShowTables, ast.ShowViews, ast.ShowColumns, ast.ShowIndex, ast.ShowTableStatus, ast.ShowProcedures:
		if p.acceptOne("FROM", "IN") != "" {
			s.Schema = p.name("a schema name")
		}
	}
	switch s.Kind {
	case ast.ShowWarnings, ast.ShowErrors, ast.ShowEngines, ast.ShowProcesslist, ast.ShowPlugins, ast.ShowPrivileges, ast.ShowGrants:
		return
	}
	p.mayFollow("FROM", "LIKE", "WHERE")
	if p.accept("LIKE") {
		s.Like = p.stringLiteral("a pattern")
	}
	p.where(&s.Where)
}

// showVariable reads SHOW name, where a few names have several words.
func (p *parser) showVariable(s *ast.Show) {
	s.Kind = ast.ShowVariable
	loc := p.loc()
	for _, words := range [][]string{{"TIME", "ZONE"}, {"TRANSACTION", "ISOLATION", "LEVEL"}, {"ALL"}} {
		if p.accept(words...) {
			s.Name.Parts = []ast.Ident{{Loc: loc, Text: strings.Join(words, " "), Quoted: true}}
			return
		}
	}
	s.Name = p.name("TABLES, COLUMNS, DATABASES or another thing to show")
}
