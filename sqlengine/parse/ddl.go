package parse

import (
	"strings"

	"github.com/epicorerp/epicorerp/sqlengine/ast"
)

func (p *parser) ifNotExists() bool { return p.accept("IF", "NOT", "EXISTS") }
func (p *parser) ifExists() bool    { return p.accept("IF", "EXISTS") }

func (p *parser) create() ast.Statement {
	loc := p.loc()
	p.advance()
	replace := p.accept("OR", "REPLACE")
	local := p.accept("LOCAL")
	temporary := p.acceptOne("TEMPORARY", "TEMP") != ""
	switch {
	case p.word("VIEW") || p.word("MATERIALIZED"):
		v := &ast.CreateView{Loc: loc, OrReplace: replace, Local: local, Temporary: temporary}
		v.Materialized = p.accept("MATERIALIZED")
		p.expect("VIEW")
		p.viewBody(v)
		return v
	case replace || local && !temporary:
		p.expected("VIEW")
	case p.accept("TABLE"):
		return p.createTable(loc, temporary)
	case temporary:
		p.expected("TABLE", "VIEW")
	case p.word("UNIQUE") || p.word("INDEX"):
		return p.createIndex(loc)
	case p.acceptOne("SCHEMA", "DATABASE") != "":
		return &ast.CreateSchema{Loc: loc, IfNotExists: p.ifNotExists(), Name: p.name("a schema name")}
	}
	p.expected("TABLE", "VIEW", "INDEX", "SCHEMA")
	return nil
}

func (p *parser) viewBody(v *ast.CreateView) {
	v.IfNotExists = p.ifNotExists()
	v.Name = p.name("a view name")
	if p.op("(") {
		v.Columns = p.parenIdents("a column name")
	}
	p.expect("AS")
	v.Query = p.query()
	v.CheckOption = p.accept("WITH", "CHECK", "OPTION")
}

func (p *parser) createIndex(loc ast.Loc) ast.Statement {
	s := &ast.CreateIndex{Loc: loc, Unique: p.accept("UNIQUE")}
	p.expect("INDEX")
	s.IfNotExists = p.ifNotExists()
	s.Name = p.name("an index name")
	p.expect("ON")
	s.Table = p.name("a table name")
	p.expectOp("(")
	s.Terms = p.orderItems()
	p.close(`","`)
	p.where(&s.Where)
	return s
}

func (p *parser) createTable(loc ast.Loc, temporary bool) ast.Statement {
	s := &ast.CreateTable{Loc: loc, Temporary: temporary, IfNotExists: p.ifNotExists()}
	s.Name = p.name("a table name")
	if p.accept("LIKE") {
		s.Like = p.name("a table name")
		return s
	}
	if p.op("(") && !p.parenQuery(0) {
		p.advance()
		p.tableElements(s)
	}
	switch {
	case p.accept("AS"), p.atQuery(0), p.op("("):
		s.As = p.query()
	case len(s.Columns)+len(s.Constraints) == 0:
		p.expected(`"("`, "AS", "LIKE")
	}
	return s
}

func (p *parser) tableElements(s *ast.CreateTable) {
	for {
		if p.atConstraint() {
			s.Constraints = append(s.Constraints, p.constraint())
		} else {
			s.Columns = append(s.Columns, p.columnDef())
		}
		if !p.acceptOp(",") {
			p.close(`","`)
			return
		}
	}
}

func (p *parser) atConstraint() bool {
	switch p.cur().upper {
	case "CONSTRAINT":
		return isName(p.peek(1)) && !p.opAt(2, ",") && !p.opAt(2, ")") && !p.opAt(2, "(")
	case "PRIMARY", "FOREIGN":
		return p.wordAt(1, "KEY")
	case "UNIQUE":
		return p.opAt(1, "(") || p.wordAt(1, "KEY") || p.wordAt(1, "INDEX")
	case "CHECK":
		return p.opAt(1, "(")
	case "KEY", "INDEX":
		return p.opAt(1, "(") || isName(p.peek(1)) && p.opAt(2, "(") && !p.typeAt(1)
	}
	return false
}

func (p *parser) constraint() ast.Constraint {
	c := ast.Constraint{Loc: p.loc()}
	if p.accept("CONSTRAINT") {
		c.Name = p.ident("a constraint name")
	}
	switch {
	case p.accept("PRIMARY", "KEY"):
		c.Kind = ast.PrimaryKeyConstraint
	case p.accept("UNIQUE"):
		c.Kind = ast.UniqueConstraint
		p.acceptOne("KEY", "INDEX")
		if isName(p.cur()) {
			c.Name = p.ident("a constraint name")
		}
	case p.accept("FOREIGN", "KEY"):
		c.Kind = ast.ForeignKeyConstraint
		c.Columns = p.parenIdents("a column name")
		c.References = p.references()
		return c
	case p.accept("CHECK"):
		c.Kind = ast.CheckConstraint
		p.expectOp("(")
		c.Check = p.expr()
		p.close()
		return c
	case p.acceptOne("KEY", "INDEX") != "":
		c.Kind = ast.IndexConstraint
		if isName(p.cur()) {
			c.Name = p.ident("an index name")
		}
	default:
		p.expected("PRIMARY KEY", "UNIQUE", "FOREIGN KEY", "CHECK")
	}
	c.Columns = p.indexed()
	return c
}

// indexed reads the columns of a key. MySQL's may have a length, of which
// nothing here depends: INDEX (name(10)).
func (p *parser) indexed() (list []ast.Ident) {
	p.expectOp("(")
	for {
		list = append(list, p.ident("a column name"))
		if p.opt.Dialect == MySQL && p.acceptOp("(") {
			if p.cur().kind != tNumber {
				p.expected("a length")
			}
			p.advance()
			p.close()
		}
		if !p.acceptOp(",") {
			p.close(`","`)
			return list
		}
	}
}

func (p *parser) references() *ast.ForeignKey {
	f := &ast.ForeignKey{Loc: p.loc()}
	p.expect("REFERENCES")
	f.Table = p.name("a table name")
	if p.op("(") {
		f.Columns = p.parenIdents("a column name")
	}
	for p.word("ON") && (p.wordAt(1, "DELETE") || p.wordAt(1, "UPDATE")) {
		p.advance()
		to := &f.OnDelete
		if p.advance().upper == "UPDATE" {
			to = &f.OnUpdate
		}
		*to = p.referenceAction()
	}
	return f
}

func (p *parser) referenceAction() string {
	for _, words := range [][]string{{"CASCADE"}, {"RESTRICT"}, {"NO", "ACTION"}, {"SET", "NULL"}, {"SET", "DEFAULT"}} {
		if p.accept(words...) {
			return strings.Join(words, " ")
		}
	}
	p.expected("CASCADE", "RESTRICT", "NO ACTION", "SET NULL", "SET DEFAULT")
	return ""
}

func (p *parser) columnDef() ast.ColumnDef {
	c := ast.ColumnDef{Loc: p.loc(), Name: p.ident("a column name")}
	c.Type = p.typeName()
	for p.columnOption(&c) {
		continue
	}
	return c
}

// columnOption reads one option of a column, or gives false.
func (p *parser) columnOption(c *ast.ColumnDef) bool {
	switch {
	case !c.Null && p.accept("NOT", "NULL"):
		c.NotNull = true
	case !c.NotNull && p.accept("NULL"):
		c.Null = true
	case p.accept("DEFAULT"):
		c.Default = p.prefix()
	case p.accept("PRIMARY", "KEY"), p.accept("KEY"):
		c.PrimaryKey = true
	case p.accept("UNIQUE"):
		p.accept("KEY")
		c.Unique = true
	case p.acceptOne("AUTO_INCREMENT", "AUTOINCREMENT") != "":
		c.AutoIncrement = true
	case p.accept("IDENTITY"):
		c.AutoIncrement = true
		if p.op("(") {
			p.typeArgs()
		}
	case p.accept("CHECK"):
		p.expectOp("(")
		c.Check = p.expr()
		p.close()
	case p.word("REFERENCES"):
		c.References = p.references()
	case p.accept("COLLATE"):
		c.Collation = p.name("a collation")
	case p.accept("COMMENT"):
		c.Comment = p.stringLiteral("a string")
	case p.accept("GENERATED", "ALWAYS", "AS"):
		p.expectOp("(")
		c.Generated = p.expr()
		p.close()
		p.acceptOne("STORED", "VIRTUAL")
	default:
		return false
	}
	return true
}

func (p *parser) alter() ast.Statement {
	loc := p.loc()
	p.advance()
	local := p.word("LOCAL") && p.wordAt(1, "VIEW") && p.advance() != nil
	if p.accept("VIEW") {
		v := &ast.AlterView{Loc: loc, Local: local, Name: p.name("a view name")}
		if p.op("(") {
			v.Columns = p.parenIdents("a column name")
		}
		p.expect("AS")
		v.Query = p.query()
		return v
	}
	if !p.accept("TABLE") {
		p.expected("TABLE", "VIEW", "LOCAL VIEW")
	}
	s := &ast.AlterTable{Loc: loc, IfExists: p.ifExists()}
	s.Name = p.name("a table name")
	for {
		s.Actions = append(s.Actions, p.alterAction())
		if !p.acceptOp(",") {
			return s
		}
	}
}

func (p *parser) alterAction() ast.AlterAction {
	a := ast.AlterAction{Loc: p.loc()}
	switch {
	case p.accept("ADD"):
		if p.atConstraint() {
			a.Kind, a.Constraint = ast.AddConstraint, p.constraint()
			return a
		}
		p.accept("COLUMN")
		a.IfExists = p.ifNotExists()
		a.Column = p.columnDef()
	case p.accept("DROP"):
		a.Kind = ast.DropColumn
		if p.accept("CONSTRAINT") {
			a.Kind = ast.DropConstraint
		} else {
			p.acceptNameWord("COLUMN")
		}
		a.IfExists = p.ifExists()
		a.Name = p.ident("a name")
		a.Cascade = p.accept("CASCADE")
	case p.accept("RENAME"):
		if p.accept("TO") {
			a.Kind, a.NewName = ast.RenameTable, p.name("a table name")
			return a
		}
		a.Kind = ast.RenameColumn
		p.acceptNameWord("COLUMN")
		a.Name = p.ident("a column name")
		p.expect("TO")
		a.NewName = ast.Name{Parts: []ast.Ident{p.ident("a column name")}}
	case p.accept("ALTER"):
		p.acceptNameWord("COLUMN")
		a.Name = p.ident("a column name")
		p.alterColumn(&a)
	default:
		p.expected("ADD", "DROP", "ALTER", "RENAME")
	}
	return a
}

func (p *parser) alterColumn(a *ast.AlterAction) {
	switch {
	case p.accept("SET", "DEFAULT"):
		a.Kind, a.Default = ast.SetColumnDefault, p.prefix()
	case p.accept("DROP", "DEFAULT"):
		a.Kind = ast.DropColumnDefault
	case p.accept("SET", "NOT", "NULL"):
		a.Kind = ast.SetNotNull
	case p.accept("DROP", "NOT", "NULL"):
		a.Kind = ast.DropNotNull
	default:
		a.Kind = ast.AlterColumnType
		if p.word("SET") {
			p.advance()
		}
		p.accept("TYPE")
		a.Column.Type = p.typeName()
	}
}

func (p *parser) drop() ast.Statement {
	s := &ast.Drop{Loc: p.loc()}
	p.advance()
	s.Local = p.accept("LOCAL")
	s.Temporary = p.acceptOne("TEMPORARY", "TEMP") != ""
	s.Materialized = p.accept("MATERIALIZED")
	switch p.acceptOne("TABLE", "VIEW", "INDEX", "SCHEMA", "DATABASE") {
	case "TABLE":
	case "VIEW":
		s.Kind = ast.DropView
	case "INDEX":
		s.Kind = ast.DropIndex
	case "":
		p.expected("TABLE", "VIEW", "INDEX", "SCHEMA")
	default:
		s.Kind = ast.DropSchema
	}
	if (s.Local || s.Materialized) && s.Kind != ast.DropView {
		p.fail(s.Pos(), "only views are LOCAL or MATERIALIZED")
	}
	s.IfExists = p.ifExists()
	s.Names = p.nameList("a name")
	if s.Kind == ast.DropIndex && p.accept("ON") {
		s.On = p.name("a table name")
	}
	if s.Cascade = p.accept("CASCADE"); !s.Cascade {
		s.Restrict = p.accept("RESTRICT")
	}
	return s
}

func (p *parser) truncate() ast.Statement {
	s := &ast.Truncate{Loc: p.loc()}
	p.advance()
	p.acceptNameWord("TABLE")
	s.Names = p.nameList("a table name")
	return s
}
