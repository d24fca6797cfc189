package ast

func (p *printer) statement(s Statement) {
	switch s := s.(type) {
	case Query:
		p.query(s)
	case *Insert:
		p.insert(s)
	case *Update:
		p.update(s)
	case *Delete:
		p.delete(s)
	case *Merge:
		p.merge(s)
	case *Call:
		p.procedure(s)
	case *Explain:
		p.w("EXPLAIN ")
		p.opt(s.Analyze, "ANALYZE ")
		if len(s.Options) > 0 {
			p.w("(")
			for i, o := range s.Options {
				p.comma(i)
				p.w(o.Name)
				p.opt(o.Value != "", " "+o.Value)
			}
			p.w(") ")
		}
		p.statement(s.Stmt)
	case *Cache:
		p.w("CACHE ")
		if !s.Table.IsZero() {
			p.name(s.Table)
			p.w(" ")
		}
		for _, o := range s.Options {
			p.w("WITH ", o, " ")
		}
		p.query(s.Query)
	case *Show:
		p.show(s)
	case *Describe:
		p.w("DESCRIBE TABLE ") // a table may be called UPDATE
		p.name(s.Table)
		if !s.Column.IsZero() {
			p.w(" ")
			p.ident(s.Column)
		}
	default:
		p.session(s)
	}
}

func (p *printer) session(s Statement) {
	switch s := s.(type) {
	case *Use:
		p.w("USE ")
		p.name(s.Name)
	case *Set:
		p.set(s)
	case *Reset:
		p.w("RESET ")
		if s.Name.IsZero() {
			p.w("ALL")
		} else {
			p.name(s.Name)
		}
	case *SetTransaction:
		p.w("SET ")
		p.opt(s.Scope != "", s.Scope+" ")
		p.w("TRANSACTION")
		p.txMode(s.Mode)
	case *Begin:
		p.w("START TRANSACTION")
		p.txMode(s.Mode)
	case *Commit:
		p.w("COMMIT")
	case *Rollback:
		p.w("ROLLBACK")
		if !s.To.IsZero() {
			p.w(" TO SAVEPOINT ")
			p.ident(s.To)
		}
	case *Savepoint:
		p.w("SAVEPOINT ")
		p.ident(s.Name)
	case *ReleaseSavepoint:
		p.w("RELEASE SAVEPOINT ")
		p.ident(s.Name)
	case *Do:
		p.w("DO ")
		p.exprs(s.Exprs)
	case *Pragma:
		p.w("PRAGMA ")
		p.name(s.Name)
		if s.Value != nil {
			p.w("(")
			p.expr(s.Value, precLowest)
			p.w(")")
		}
	default:
		p.definition(s)
	}
}

func (p *printer) txMode(m TxMode) {
	sep := " "
	add := func(cond bool, text string) {
		if cond {
			p.w(sep, text)
			sep = ", "
		}
	}
	add(m.Isolation != "", "ISOLATION LEVEL "+m.Isolation)
	add(m.ReadOnly, "READ ONLY")
	add(m.ReadWrite, "READ WRITE")
	add(m.Snapshot, "WITH CONSISTENT SNAPSHOT")
	if m.Deferrable != nil {
		add(true, pick(*m.Deferrable, "DEFERRABLE", "NOT DEFERRABLE"))
	}
}

func (p *printer) set(s *Set) {
	p.w("SET ")
	for i, it := range s.Items {
		p.comma(i)
		p.opt(it.Scope != "", it.Scope+" ")
		switch {
		case it.System:
			p.variable("@@", it.Name)
		case it.User:
			p.variable("@", it.Name)
		default:
			p.name(it.Name)
		}
		p.w(" = ")
		if len(it.Values) == 0 {
			p.w("DEFAULT")
		}
		for j, v := range it.Values {
			p.comma(j)
			p.expr(v, precOther) // a bare comparison would read as the next assignment
		}
	}
}

func (p *printer) show(s *Show) {
	p.w("SHOW ")
	p.opt(s.Full, "FULL ")
	p.opt(s.Scope != "", s.Scope+" ")
	switch s.Kind {
	case ShowVariable:
		p.name(s.Name)
	case ShowCreateTable, ShowCreateView:
		p.w(showWords[s.Kind], " ")
		p.name(s.Name)
	default:
		p.w(showWords[s.Kind])
		if !s.Name.IsZero() {
			p.w(" FROM ")
			p.name(s.Name)
		}
		if !s.Schema.IsZero() {
			p.w(" FROM ")
			p.name(s.Schema)
		}
	}
	if s.Like != nil {
		p.w(" LIKE ")
		p.literal(s.Like)
	}
	p.clauseExpr(" WHERE ", s.Where)
}

var showWords = map[ShowKind]string{
	ShowTables: "TABLES", ShowViews: "VIEWS", ShowColumns: "COLUMNS", ShowDatabases: "DATABASES", ShowIndex: "INDEX",
	ShowCreateTable: "CREATE TABLE", ShowCreateView: "CREATE VIEW", ShowVariables: "VARIABLES",
	ShowStatus: "STATUS", ShowProcedures: "PROCEDURE STATUS", ShowFunctions: "FUNCTION STATUS",
	ShowTableStatus: "TABLE STATUS", ShowWarnings: "WARNINGS", ShowErrors: "ERRORS",
	ShowEngines: "ENGINES", ShowCharset: "CHARSET", ShowCollation: "COLLATION",
	ShowProcesslist: "PROCESSLIST", ShowPlugins: "PLUGINS", ShowPrivileges: "PRIVILEGES", ShowGrants: "GRANTS",
}

func (p *printer) assignments(list []Assignment) {
	for i, a := range list {
		p.comma(i)
		if len(a.Targets) == 1 {
			p.name(a.Targets[0])
		} else {
			p.w("(")
			p.names(a.Targets)
			p.w(")")
		}
		p.w(" = ")
		p.expr(a.Value, precLowest)
	}
}

func (p *printer) itemsClause(word string, list []SelectItem) {
	if len(list) > 0 {
		p.w(word)
		p.items(list)
	}
}

func (p *printer) insert(s *Insert) {
	p.with(s.With)
	p.w(pick(s.Replace, "REPLACE", pick(s.Upsert, "UPSERT", "INSERT")))
	p.opt(s.Ignore, " IGNORE")
	p.w(" INTO ")
	p.name(s.Table)
	if !s.Alias.IsZero() {
		p.w(" AS ")
		p.ident(s.Alias)
	}
	p.columns(s.Columns)
	p.itemsClause(" OUTPUT ", s.Output)
	switch {
	case s.DefaultValues:
		p.w(" DEFAULT VALUES")
	case s.Source != nil:
		p.w(" ")
		p.query(s.Source)
	default:
		p.w(" SET ")
		p.assignments(s.Set)
	}
	p.alias(s.RowAlias)
	if len(s.OnDuplicate) > 0 {
		p.w(" ON DUPLICATE KEY UPDATE ")
		p.assignments(s.OnDuplicate)
	}
	p.onConflict(s.OnConflict)
	p.itemsClause(" RETURNING ", s.Returning)
}

func (p *printer) onConflict(c *OnConflict) {
	if c == nil {
		return
	}
	p.w(" ON CONFLICT")
	if len(c.Columns) > 0 {
		p.w(" (")
		p.exprs(c.Columns)
		p.w(")")
		p.clauseExpr(" WHERE ", c.TargetWhere)
	}
	if !c.Constraint.IsZero() {
		p.w(" ON CONSTRAINT ")
		p.ident(c.Constraint)
	}
	if c.DoNothing {
		p.w(" DO NOTHING")
		return
	}
	p.w(" DO UPDATE SET ")
	p.assignments(c.Set)
	p.clauseExpr(" WHERE ", c.Where)
}

func (p *printer) update(s *Update) {
	p.with(s.With)
	p.w("UPDATE ")
	p.top(s.Top)
	p.tables(s.Tables)
	p.w(" SET ")
	p.assignments(s.Set)
	p.itemsClause(" OUTPUT ", s.Output)
	if len(s.From) > 0 {
		p.w(" FROM ")
		p.tables(s.From)
	}
	p.clauseExpr(" WHERE ", s.Where)
	p.tail(&Tail{OrderBy: s.OrderBy, Limit: s.Limit})
	p.itemsClause(" RETURNING ", s.Returning)
}

func (p *printer) delete(s *Delete) {
	p.with(s.With)
	p.w("DELETE ")
	p.top(s.Top)
	if len(s.Targets) > 0 {
		p.names(s.Targets)
		p.w(" ")
	}
	p.w("FROM ")
	p.tables(s.From)
	p.itemsClause(" OUTPUT ", s.Output)
	if len(s.Using) > 0 {
		p.w(" USING ")
		p.tables(s.Using)
	}
	p.clauseExpr(" WHERE ", s.Where)
	p.tail(&Tail{OrderBy: s.OrderBy, Limit: s.Limit})
	p.itemsClause(" RETURNING ", s.Returning)
}

func (p *printer) merge(s *Merge) {
	p.with(s.With)
	p.w("MERGE INTO ")
	p.table(s.Target)
	p.w(" USING ")
	p.table(s.Source)
	p.clauseExpr(" ON ", s.On)
	for _, w := range s.Whens {
		p.w(pick(w.Matched, " WHEN MATCHED", " WHEN NOT MATCHED"))
		p.opt(w.BySource, " BY SOURCE")
		p.clauseExpr(" AND ", w.And)
		p.w(" THEN ")
		p.mergeAction(&w)
	}
	p.itemsClause(" OUTPUT ", s.Output)
	p.itemsClause(" RETURNING ", s.Returning)
}

func (p *printer) mergeAction(w *MergeWhen) {
	switch w.Action {
	case MergeUpdate:
		p.w("UPDATE SET ")
		p.assignments(w.Set)
	case MergeDelete:
		p.w("DELETE")
	case MergeNothing:
		p.w("DO NOTHING")
	case MergeInsert:
		p.w("INSERT")
		p.columns(w.Columns)
		if w.DefaultValues {
			p.w(" DEFAULT VALUES")
			return
		}
		p.w(" VALUES (")
		p.exprs(w.Values)
		p.w(")")
	}
}

func (p *printer) procedure(s *Call) {
	if s.Return != nil {
		p.w("{")
		p.param(s.Return)
		p.w(" = call ")
		defer p.w("}")
	} else {
		p.w("CALL ")
	}
	p.name(s.Name)
	p.w("(")
	for i, a := range s.Args {
		p.comma(i)
		if !a.Name.IsZero() {
			p.ident(a.Name)
			p.w(" => ")
		}
		p.expr(a.Value, precOther) // a bare comparison would read as a named argument
		p.opt(a.Out, " OUTPUT")
	}
	p.w(")")
}
