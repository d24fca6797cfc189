package ast

func (p *printer) definition(s Statement) {
	switch s := s.(type) {
	case *CreateView:
		p.createView(s)
	case *AlterView:
		p.w("ALTER ", pick(s.Local, "LOCAL VIEW ", "VIEW "))
		p.name(s.Name)
		p.columns(s.Columns)
		p.w(" AS ")
		p.query(s.Query)
	case *Drop:
		p.drop(s)
	case *CreateSchema:
		p.w("CREATE SCHEMA ")
		p.opt(s.IfNotExists, "IF NOT EXISTS ")
		p.name(s.Name)
	case *CreateTable:
		p.createTable(s)
	case *AlterTable:
		p.w("ALTER TABLE ")
		p.opt(s.IfExists, "IF EXISTS ")
		p.name(s.Name)
		for i := range s.Actions {
			p.w(pick(i > 0, ", ", " "))
			p.alterAction(&s.Actions[i])
		}
	case *CreateIndex:
		p.w(pick(s.Unique, "CREATE UNIQUE INDEX ", "CREATE INDEX "))
		p.opt(s.IfNotExists, "IF NOT EXISTS ")
		p.name(s.Name)
		p.w(" ON ")
		p.name(s.Table)
		p.w(" (")
		p.order(s.Terms)
		p.w(")")
		p.clauseExpr(" WHERE ", s.Where)
	case *Truncate:
		p.w("TRUNCATE TABLE ")
		p.names(s.Names)
	}
}

func (p *printer) createView(s *CreateView) {
	p.w("CREATE ")
	p.opt(s.OrReplace, "OR REPLACE ")
	p.opt(s.Local, "LOCAL ")
	p.opt(s.Temporary, "TEMPORARY ")
	p.opt(s.Materialized, "MATERIALIZED ")
	p.w("VIEW ")
	p.opt(s.IfNotExists, "IF NOT EXISTS ")
	p.name(s.Name)
	p.columns(s.Columns)
	p.w(" AS ")
	p.query(s.Query)
	p.opt(s.CheckOption, " WITH CHECK OPTION")
}

func (p *printer) drop(s *Drop) {
	p.w("DROP ")
	p.opt(s.Local, "LOCAL ")
	p.opt(s.Temporary, "TEMPORARY ")
	p.opt(s.Materialized, "MATERIALIZED ")
	p.w([...]string{"TABLE ", "VIEW ", "INDEX ", "SCHEMA "}[s.Kind])
	p.opt(s.IfExists, "IF EXISTS ")
	p.names(s.Names)
	if !s.On.IsZero() {
		p.w(" ON ")
		p.name(s.On)
	}
	p.opt(s.Cascade, " CASCADE")
	p.opt(s.Restrict, " RESTRICT")
}

func (p *printer) createTable(s *CreateTable) {
	p.w("CREATE ")
	p.opt(s.Temporary, "TEMPORARY ")
	p.w("TABLE ")
	p.opt(s.IfNotExists, "IF NOT EXISTS ")
	p.name(s.Name)
	if !s.Like.IsZero() {
		p.w(" LIKE ")
		p.name(s.Like)
		return
	}
	if len(s.Columns)+len(s.Constraints) > 0 {
		p.w(" (")
		for i := range s.Columns {
			p.comma(i)
			p.columnDef(&s.Columns[i])
		}
		for i := range s.Constraints {
			p.comma(i + len(s.Columns))
			p.constraint(&s.Constraints[i])
		}
		p.w(")")
	}
	if s.As != nil {
		p.w(" AS ")
		p.query(s.As)
	}
}

func (p *printer) columnDef(c *ColumnDef) {
	p.ident(c.Name)
	p.w(" ")
	p.typeName(c.Type)
	if !c.Collation.IsZero() {
		p.w(" COLLATE ")
		p.name(c.Collation)
	}
	p.opt(c.NotNull, " NOT NULL")
	p.opt(c.Null, " NULL")
	if c.Default != nil {
		p.w(" DEFAULT ")
		p.expr(c.Default, precUnary)
	}
	if c.Generated != nil {
		p.w(" GENERATED ALWAYS AS (")
		p.expr(c.Generated, precLowest)
		p.w(")")
	}
	p.opt(c.AutoIncrement, " AUTO_INCREMENT")
	p.opt(c.PrimaryKey, " PRIMARY KEY")
	p.opt(c.Unique, " UNIQUE")
	if c.Check != nil {
		p.w(" CHECK (")
		p.expr(c.Check, precLowest)
		p.w(")")
	}
	p.foreignKey(c.References)
	if c.Comment != nil {
		p.w(" COMMENT ")
		p.literal(c.Comment)
	}
}

func (p *printer) foreignKey(f *ForeignKey) {
	if f == nil {
		return
	}
	p.w(" REFERENCES ")
	p.name(f.Table)
	p.columns(f.Columns)
	p.opt(f.OnDelete != "", " ON DELETE "+f.OnDelete)
	p.opt(f.OnUpdate != "", " ON UPDATE "+f.OnUpdate)
}

func (p *printer) constraint(c *Constraint) {
	if !c.Name.IsZero() && c.Kind != IndexConstraint {
		p.w("CONSTRAINT ")
		p.ident(c.Name)
		p.w(" ")
	}
	switch c.Kind {
	case CheckConstraint:
		p.w("CHECK (")
		p.expr(c.Check, precLowest)
		p.w(")")
		return
	case IndexConstraint:
		p.w("INDEX")
		if !c.Name.IsZero() {
			p.w(" ")
			p.ident(c.Name)
		}
	default:
		p.w([...]string{"PRIMARY KEY", "UNIQUE", "FOREIGN KEY"}[c.Kind])
	}
	p.columns(c.Columns)
	p.foreignKey(c.References)
}

func (p *printer) alterAction(a *AlterAction) {
	switch a.Kind {
	case AddColumn:
		p.w("ADD COLUMN ")
		p.opt(a.IfExists, "IF NOT EXISTS ")
		p.columnDef(&a.Column)
	case AddConstraint:
		p.w("ADD ")
		p.constraint(&a.Constraint)
	case DropColumn, DropConstraint:
		p.w(pick(a.Kind == DropColumn, "DROP COLUMN ", "DROP CONSTRAINT "))
		p.opt(a.IfExists, "IF EXISTS ")
		p.ident(a.Name)
		p.opt(a.Cascade, " CASCADE")
	case RenameTable:
		p.w("RENAME TO ")
		p.name(a.NewName)
	case RenameColumn:
		p.w("RENAME COLUMN ")
		p.ident(a.Name)
		p.w(" TO ")
		p.name(a.NewName)
	default:
		p.w("ALTER COLUMN ")
		p.ident(a.Name)
		p.alterColumn(a)
	}
}

func (p *printer) alterColumn(a *AlterAction) {
	switch a.Kind {
	case AlterColumnType:
		p.w(" TYPE ")
		p.typeName(a.Column.Type)
	case SetColumnDefault:
		p.w(" SET DEFAULT ")
		p.expr(a.Default, precUnary)
	case DropColumnDefault:
		p.w(" DROP DEFAULT")
	case SetNotNull:
		p.w(" SET NOT NULL")
	case DropNotNull:
		p.w(" DROP NOT NULL")
	}
}
