package sqlengine

import (
	"cmp"
	"context"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/epicorerp/epicorerp/sqlengine/catalog"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// showName stands in FROM for the rows of SHOW. No statement can write it.
const showName = "SHOW\x00"

// listed is what SHOW lists before its LIKE and WHERE.
type listed struct {
	columns []string // a trailing # marks numbers
	rows    []catalog.Row
}

func (l *listed) add(r catalog.Row) { l.rows = append(l.rows, r) }

// text adds a row of texts alone.
//
//go:noinline
func (l *listed) text(values ...string) { l.add(catalog.Row{}.Text(values...)) }

// show answers SHOW in the columns of MySQL, whose clients send it.
func (s *Statement) show(ctx context.Context, session Session, t *ast.Show, args []Arg) (Cursor, error) {
	l, err := s.listed(ctx, session, t)
	if err != nil {
		return nil, err
	}
	return s.rows(ctx, session, l, t.Like, t.Where, args)
}

// rows runs the rows through the engine: LIKE is about the first column.
func (s *Statement) rows(ctx context.Context, session Session, l *listed, like *ast.Literal, where ast.Expr, args []Arg) (Cursor, error) {
	q := &ast.Select{Items: []ast.SelectItem{{X: &ast.Star{}}},
		From: []ast.TableExpr{&ast.TableName{Name: ast.Name{Parts: []ast.Ident{{Text: showName}}}}}, Where: where}
	if like != nil {
		first := &ast.ColumnRef{Loc: like.Loc, Name: ast.Name{Parts: []ast.Ident{{Text: strings.TrimSuffix(l.columns[0], "#")}}}}
		q.Where = &ast.Like{Loc: like.Loc, X: first, Pattern: like}
		if where != nil {
			q.Where = &ast.Binary{Loc: like.Loc, Op: ast.And, L: q.Where, R: where}
		}
	}
	info := &providers.TableInfo{Name: "SHOW", View: true}
	for _, name := range l.columns {
		kind := sqltypes.Varchar
		if strings.HasSuffix(name, "#") {
			kind = sqltypes.BigInt
		}
		info.Columns = append(info.Columns, providers.Column{Name: strings.TrimSuffix(name, "#"), Type: sqltypes.Of(kind), Nullable: true})
	}
	return s.query(ctx, call{session: session, args: args, query: q, whole: true, shown: catalog.Rows(info, l.rows)})
}

func (s *Statement) listed(ctx context.Context, session Session, t *ast.Show) (*listed, error) {
	switch t.Kind {
	case ast.ShowTables, ast.ShowTableStatus:
		return s.showTables(ctx, session, t)
	case ast.ShowViews:
		return s.showViews(ctx, session, t)
	case ast.ShowDatabases:
		return s.showSchemas(ctx)
	case ast.ShowColumns, ast.ShowIndex, ast.ShowCreateTable, ast.ShowCreateView:
		return s.showTable(ctx, session, t)
	case ast.ShowVariables:
		return s.engine.showVariables(session), nil
	case ast.ShowVariable:
		return s.engine.showVariable(session, t)
	case ast.ShowFunctions:
		return showFunctions(), nil
	case ast.ShowProcedures:
		return s.showProcedures(ctx, session, t)
	case ast.ShowStatus:
		return &listed{columns: []string{"Variable_name", "Value"}}, nil // nothing is counted
	case ast.ShowWarnings, ast.ShowErrors:
		return &listed{columns: []string{"Level", "Code#", "Message"}}, nil // a statement fails or does not
	case ast.ShowCharset:
		l := &listed{columns: []string{"Charset", "Description", "Default collation", "Maxlen#"}}
		l.add(catalog.Row{}.Text("utf8mb4", "UTF-8 Unicode", "binary").Number(4))
		return l, nil
	case ast.ShowCollation:
		l := &listed{columns: []string{"Collation", "Charset", "Id#", "Default", "Compiled", "Sortlen#"}}
		l.add(catalog.Row{}.Text("binary", "utf8mb4").Number(63).Text("Yes", "Yes").Number(1))
		return l, nil
	}
	return nil, refused(t.Pos(), providers.KindUnsupported, "this SHOW is not supported; SHOW SCHEMAS, TABLES, VIEWS, COLUMNS, INDEX, FUNCTIONS and VARIABLES are")
}

// showSchema is the schema that FROM names, or the session's.
func (s *Statement) showSchema(session Session, t *ast.Show) string {
	if !t.Schema.IsZero() {
		return t.Schema.String()
	}
	return s.engine.schemaOf(session)
}

func (s *Statement) showTables(ctx context.Context, session Session, t *ast.Show) (*listed, error) {
	schema := s.showSchema(session, t)
	tables, err := s.engine.Tables(ctx, schema)
	if err != nil {
		return nil, at(err, t.Schema.Pos())
	}
	l := &listed{columns: []string{"Tables_in_" + schema}}
	if t.Kind == ast.ShowTableStatus {
		l.columns = []string{"Name", "Engine", "Comment"}
	} else if t.Full {
		l.columns = append(l.columns, "Table_type")
	}
	for _, table := range tables {
		kind := "BASE TABLE"
		if table.View {
			kind = "VIEW"
		}
		switch {
		case t.Kind == ast.ShowTableStatus:
			l.text(table.Name, s.engine.opt.Facts.Catalog, table.Description)
		case t.Full:
			l.text(table.Name, kind)
		default:
			l.text(table.Name)
		}
	}
	return l, nil
}

// showViews lists the views that a bare name finds, or those of a schema.
func (s *Statement) showViews(ctx context.Context, session Session, t *ast.Show) (*listed, error) {
	schemas := []string{s.showSchema(session, t)}
	if t.Schema.IsZero() && !s.engine.views.owns(schemas[0]) {
		schemas = append(schemas, s.engine.views.schema)
	}
	l := &listed{columns: []string{"View_name", "Schema_name"}}
	for _, schema := range schemas {
		tables, err := s.engine.Tables(ctx, schema)
		if err != nil {
			return nil, at(err, t.Schema.Pos())
		}
		for _, table := range tables {
			if table.View {
				l.text(table.Name, table.Schema)
			}
		}
	}
	return l, nil
}

// showProcedures lists the driver's procedures and those of one schema: a
// server may have thousands of others, of which sys_procedures tells.
func (s *Statement) showProcedures(ctx context.Context, session Session, t *ast.Show) (*listed, error) {
	l := &listed{columns: []string{"Name", "Db", "Type", "Comment"}}
	schemas := []string{"", s.showSchema(session, t)}
	switch {
	case strings.EqualFold(schemas[1], catalog.System):
		schemas = schemas[:1]
	case !t.Schema.IsZero():
		schemas = schemas[1:]
	}
	for _, schema := range schemas {
		list, err := s.engine.Procedures(ctx, schema)
		if err != nil {
			return nil, at(err, t.Schema.Pos())
		}
		for _, p := range list {
			l.text(p.Name, cmp.Or(p.Schema, catalog.System), "PROCEDURE", p.Description)
		}
	}
	return l, nil
}

func (s *Statement) showSchemas(ctx context.Context) (*listed, error) {
	schemas, err := s.engine.Schemas(ctx)
	if err != nil {
		return nil, err
	}
	l := &listed{columns: []string{"Database"}}
	for _, schema := range schemas {
		l.text(schema.Name)
	}
	l.text(catalog.System)
	l.text(catalog.Information)
	return l, nil
}

// showTable answers the forms that are about one table, which must be there.
func (s *Statement) showTable(ctx context.Context, session Session, t *ast.Show) (*listed, error) {
	schema := t.Schema.String()
	if q := t.Name.Qualifier(); !q.IsZero() {
		schema = q.String()
	}
	info, err := s.engine.Describe(ctx, session, schema, t.Name.Last().Text)
	if err != nil {
		return nil, at(err, t.Name.Pos())
	}
	switch t.Kind {
	case ast.ShowIndex:
		return showIndex(info), nil
	case ast.ShowCreateTable:
		l := &listed{columns: []string{"Table", "Create Table"}}
		l.text(info.Name, createTable(info))
		return l, nil
	case ast.ShowCreateView:
		v := s.engine.views.find(info.Name)
		if v == nil || !s.engine.views.owns(info.Schema) {
			return nil, refused(t.Name.Pos(), providers.KindNotFound, "%s is no view of %s; the server does not tell the text of its own", t.Name, s.engine.views.schema)
		}
		l := &listed{columns: []string{"View", "Create View", "character_set_client", "collation_connection"}}
		l.text(v.Name, ast.Print(&ast.CreateView{Local: true, Name: ast.Name{Parts: []ast.Ident{{Text: v.Name}}}, Columns: v.Columns, Query: v.Query}), "utf8mb4", "binary")
		return l, nil
	}
	return showColumns(info, t.Full), nil
}

// describe answers DESCRIBE: SHOW COLUMNS, of one column or those like a
// pattern if one is given.
func (s *Statement) describe(ctx context.Context, session Session, t *ast.Describe) (Cursor, error) {
	info, err := s.engine.Describe(ctx, session, t.Table.Qualifier().String(), t.Table.Last().Text)
	if err != nil {
		return nil, at(err, t.Table.Pos())
	}
	l := showColumns(info, false)
	if t.Column.IsZero() {
		return s.rows(ctx, session, l, nil, nil, nil)
	}
	if i := info.Find(t.Column.Text); i >= 0 {
		one := *info
		one.Columns, one.Key = info.Columns[i:i+1], nil
		for _, k := range info.Key {
			if k == i {
				one.Key = []int{0}
			}
		}
		return s.rows(ctx, session, showColumns(&one, false), nil, nil, nil)
	}
	return s.rows(ctx, session, l, &ast.Literal{Loc: t.Column.Loc, Kind: ast.String, Text: t.Column.Text}, nil, nil)
}

func showColumns(info *providers.TableInfo, full bool) *listed {
	l := &listed{columns: []string{"Field", "Type", "Null", "Key", "Default", "Extra"}}
	if full {
		l.columns = []string{"Field", "Type", "Collation", "Null", "Key", "Default", "Extra", "Privileges", "Comment"}
	}
	key := map[int]bool{}
	for _, k := range info.Key {
		key[k] = true
	}
	for i := range info.Columns {
		c := &info.Columns[i]
		null, columnKey, extra, collation := "NO", "", "", ""
		if c.Nullable {
			null = "YES"
		}
		if key[i] {
			columnKey = "PRI"
		}
		switch {
		case c.Required:
			extra = "INPUT REQUIRED"
		case c.Input:
			extra = "INPUT"
		case c.Hidden:
			extra = "HIDDEN"
		}
		if c.Type.Kind.IsText() {
			collation = "binary"
		}
		kind := strings.ToLower(c.Type.String())
		if full {
			l.add(catalog.Row{}.Text(c.Name, kind).Optional(collation).Text(null, columnKey).Null(1).Text(extra, "select", c.Description))
		} else {
			l.add(catalog.Row{}.Text(c.Name, kind, null, columnKey).Null(1).Text(extra))
		}
	}
	return l
}

func showIndex(info *providers.TableInfo) *listed {
	l := &listed{columns: []string{"Table", "Non_unique#", "Key_name", "Seq_in_index#", "Column_name", "Collation", "Null", "Index_type"}}
	for i, k := range info.Key {
		l.add(catalog.Row{}.Text(info.Name).Number(0).Text("PRIMARY").Number(i+1).Text(info.Columns[k].Name, "A", "", ""))
	}
	return l
}

// createTable writes a table as a statement that would make one like it.
func createTable(info *providers.TableInfo) string {
	var b strings.Builder
	b.WriteString("CREATE TABLE " + ast.QuoteName(info.Name) + " (")
	for i := range info.Columns {
		c := &info.Columns[i]
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("\n  " + ast.QuoteName(c.Name) + " " + c.Type.String())
		if !c.Nullable {
			b.WriteString(" NOT NULL")
		}
	}
	for i, k := range info.Key {
		b.WriteString(map[bool]string{true: ",\n  PRIMARY KEY (", false: ", "}[i == 0] + ast.QuoteName(info.Columns[k].Name))
	}
	if len(info.Key) > 0 {
		b.WriteByte(')')
	}
	return b.String() + "\n)"
}

func showFunctions() *listed {
	l := &listed{columns: []string{"Name", "Signature", "Type", "Comment"}}
	for _, f := range expr.Functions() {
		forms := f.Forms()
		if len(forms) == 0 {
			forms = []string{f.Name}
		}
		for _, form := range forms {
			l.text(f.Name, form, "FUNCTION", f.Doc)
		}
		for _, alias := range f.Aliases {
			l.text(alias, f.Name, "FUNCTION", "the same as "+f.Name)
		}
	}
	for _, a := range expr.Aggregates() {
		l.text(a.Name, a.Name, "AGGREGATE", a.Doc)
		for _, alias := range a.Aliases {
			l.text(alias, a.Name, "AGGREGATE", "the same as "+a.Name)
		}
	}
	return l
}
