package corpora

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/providertest"
	"github.com/epicorerp/epicorerp/sqlengine"
	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/epicorerp/epicorerp/sqlengine/parse"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// database holds what a script makes: tables in memory, filled by running the
// script's own statements through the engine's parser and expressions, and
// views, which queries are given as common table expressions.
type database struct {
	dialect parse.Dialect
	tables  []*providertest.MemoryTable
	views   []view
	// memory provides the tables; nil when they have changed since.
	memory *providertest.Memory
}

// schema is where bare names are looked up: go-mysql-server's scripts name it.
func (db *database) schema() string {
	if db.dialect == parse.MySQL {
		return "mydb"
	}
	return "main"
}

type view struct{ name, sql string }

// errForeign says that a statement is of a kind that this package does not
// play: it concerns another engine's storage, not the language of queries.
var errForeign = errors.New("a statement that is not played")

func (db *database) find(name ast.Name) *providertest.MemoryTable {
	at := slices.IndexFunc(db.tables, named(name))
	if at < 0 {
		return nil
	}
	return db.tables[at]
}

// named reports whether a table has a name, which may hold its schema.
func named(name ast.Name) func(*providertest.MemoryTable) bool {
	return func(t *providertest.MemoryTable) bool {
		return strings.EqualFold(t.Name, name.Last().Text) && strings.EqualFold(t.Schema, schemaOf(name))
	}
}

func schemaOf(name ast.Name) string {
	if n := len(name.Parts); n > 1 && !strings.EqualFold(name.Parts[n-2].Text, "mydb") {
		return name.Parts[n-2].Text
	}
	return ""
}

func (db *database) existing(name ast.Name) (*providertest.MemoryTable, error) {
	if t := db.find(name); t != nil {
		return t, nil
	}
	return nil, fmt.Errorf("table %s is not there", name)
}

// statements runs the statements of a text, some of which hold several.
func (db *database) statements(ctx context.Context, sql string) error {
	for _, one := range splitStatements(sql) {
		if err := db.statement(ctx, one); err != nil {
			return err
		}
	}
	return nil
}

// splitStatements cuts a text at the semicolons outside of quotes.
func splitStatements(sql string) (out []string) {
	from, quote := 0, byte(0)
	for i := range len(sql) {
		switch c := sql[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"' || c == '`':
			quote = c
		case c == ';':
			out, from = append(out, sql[from:i]), i+1
		}
	}
	out = append(out, sql[from:])
	return slices.DeleteFunc(out, func(s string) bool { return strings.TrimSpace(s) == "" })
}

// plans that only concern speed
var indexing = regexp.MustCompile(`(?is)^\s*(CREATE\s+(UNIQUE\s+)?INDEX|DROP\s+INDEX|REINDEX|ANALYZE)\b`)

func (db *database) statement(ctx context.Context, sql string) error {
	if indexing.MatchString(sql) {
		return nil
	}
	tree, err := parse.Parse(sql, parse.Options{Dialect: db.dialect})
	if err != nil {
		return err
	}
	switch s := tree.(type) {
	case *ast.CreateTable:
		err = db.createTable(ctx, s)
	case *ast.CreateView:
		err = db.createView(s, sql)
	case *ast.Drop:
		err = db.drop(s)
	case *ast.Insert:
		err = db.insert(ctx, s)
	case *ast.Update:
		err = db.update(ctx, s)
	case *ast.Delete:
		err = db.remove(ctx, s)
	case ast.Query:
		_, err = db.run(ctx, sql, atHome)
		return err
	default:
		return fmt.Errorf("%T: %w", tree, errForeign)
	}
	db.memory = nil
	return err
}

func (db *database) taken(name ast.Name) bool {
	return db.find(name) != nil || slices.ContainsFunc(db.views, func(v view) bool { return strings.EqualFold(v.name, name.Last().Text) })
}

func (db *database) createTable(ctx context.Context, s *ast.CreateTable) error {
	if db.taken(s.Name) {
		if s.IfNotExists {
			return nil
		}
		return fmt.Errorf("table %s exists", s.Name)
	}
	t := &providertest.MemoryTable{Schema: schemaOf(s.Name), Name: s.Name.Last().Text}
	if s.As != nil {
		if err := db.createAs(ctx, t, s); err != nil {
			return err
		}
	}
	for _, c := range s.Columns {
		if s.As != nil {
			break
		}
		if c.Generated != nil || c.Default != nil || c.AutoIncrement {
			return fmt.Errorf("a column that fills itself: %w", errForeign)
		}
		typ, err := db.typeOf(ctx, c.Type)
		if err != nil {
			return err
		}
		t.Columns = append(t.Columns, providers.Column{Name: c.Name.Text, Type: typ, Nullable: !c.PrimaryKey && !c.NotNull})
		if c.PrimaryKey {
			t.Key = append(t.Key, c.Name.Text)
		}
	}
	for _, k := range s.Constraints {
		if k.Kind != ast.PrimaryKeyConstraint {
			continue
		}
		for _, c := range k.Columns {
			t.Key = append(t.Key, c.Text)
			for i := range t.Columns {
				if strings.EqualFold(t.Columns[i].Name, c.Text) {
					t.Columns[i].Nullable = false
				}
			}
		}
	}
	db.tables = append(db.tables, t)
	return nil
}

// createAs makes a table of a query's columns and rows.
func (db *database) createAs(ctx context.Context, t *providertest.MemoryTable, s *ast.CreateTable) error {
	a, err := db.own(ctx, s.As)
	if err != nil {
		return err
	}
	for i, c := range a.columns {
		name := c.Name
		if i < len(s.Columns) {
			name = s.Columns[i].Name.Text
		}
		t.Columns = append(t.Columns, providers.Column{Name: name, Type: c.Type, Nullable: true})
	}
	t.Rows = a.rows
	return nil
}

// typeOf asks the engine what a type name is.
func (db *database) typeOf(ctx context.Context, t ast.TypeName) (sqltypes.Type, error) {
	x := &ast.Select{Items: []ast.SelectItem{{X: &ast.Cast{X: &ast.Literal{Kind: ast.Null}, Type: t}}}}
	columns, _, err := providertest.Answer(ctx, providertest.NewMemory(db.schema()), sqlengine.Options{}, ast.Print(x))
	if err != nil {
		return sqltypes.Type{}, err
	}
	return columns[0].Type, nil
}

func (db *database) createView(s *ast.CreateView, sql string) error {
	if s.OrReplace {
		db.dropView(s.Name)
	}
	if db.taken(s.Name) {
		return fmt.Errorf("%s exists", s.Name)
	}
	var columns []string
	for _, c := range s.Columns {
		columns = append(columns, c.Text)
	}
	list := ""
	if columns != nil {
		list = "(" + strings.Join(columns, ", ") + ")"
	}
	text := fmt.Sprintf("%s%s AS (%s)", s.Name.Last().Text, list, sql[s.Query.Pos():])
	db.views = append(db.views, view{s.Name.Last().Text, text})
	return nil
}

func (db *database) dropView(name ast.Name) (was bool) {
	n := len(db.views)
	db.views = slices.DeleteFunc(db.views, func(v view) bool { return strings.EqualFold(v.name, name.Last().Text) })
	return len(db.views) < n
}

func (db *database) drop(s *ast.Drop) error {
	for _, name := range s.Names {
		var was bool
		switch s.Kind {
		case ast.DropTable:
			n := len(db.tables)
			db.tables = slices.DeleteFunc(db.tables, named(name))
			was = len(db.tables) < n
		case ast.DropView:
			was = db.dropView(name)
		default:
			return fmt.Errorf("DROP of another kind: %w", errForeign)
		}
		if !was && !s.IfExists {
			return fmt.Errorf("%s is not there", name)
		}
	}
	return nil
}

// cast is an expression in the type of a column.
func cast(x ast.Expr, c providers.Column) ast.Expr {
	return &ast.Cast{X: x, Type: typeName(c.Type)}
}

func typeName(t sqltypes.Type) ast.TypeName {
	name, facets, found := strings.Cut(t.String(), "(")
	out := ast.TypeName{Name: name}
	if found {
		out.Args = strings.Split(strings.TrimSuffix(facets, ")"), ",")
	}
	return out
}

func (db *database) insert(ctx context.Context, s *ast.Insert) error {
	t, err := db.existing(s.Table)
	if err != nil {
		return err
	}
	if s.Source == nil || s.OnConflict != nil || s.OnDuplicate != nil {
		return fmt.Errorf("INSERT in another form: %w", errForeign)
	}
	columns := make([]int, 0, len(t.Columns))
	for i := range t.Columns {
		columns = append(columns, i)
	}
	if s.Columns != nil {
		columns = columns[:0]
		for _, c := range s.Columns {
			at := slices.IndexFunc(t.Columns, func(k providers.Column) bool { return strings.EqualFold(k.Name, c.Text) })
			if at < 0 {
				return fmt.Errorf("table %s has no column %s", t.Name, c.Text)
			}
			columns = append(columns, at)
		}
	}
	rows, err := db.source(ctx, t, columns, s.Source)
	if err != nil {
		return err
	}
	for _, values := range rows {
		row := make([]sqltypes.Value, len(t.Columns))
		for i, c := range t.Columns {
			row[i] = sqltypes.NullOf(c.Type.Kind)
		}
		for i, v := range values {
			row[columns[i]] = v
		}
		if err := db.store(t, row, s.Replace); err != nil {
			return err
		}
	}
	return nil
}

// store adds a row, whose key must be new unless it replaces the old one.
func (db *database) store(t *providertest.MemoryTable, row []sqltypes.Value, replace bool) error {
	for i, c := range t.Columns {
		if row[i].Null && !c.Nullable {
			return fmt.Errorf("table %s: column %s takes no NULL", t.Name, c.Name)
		}
	}
	if len(t.Key) > 0 {
		same := func(old []sqltypes.Value) bool {
			for i, c := range t.Columns {
				if slices.Contains(t.Key, c.Name) && sqltypes.Compare(old[i], row[i]) != 0 {
					return false
				}
			}
			return true
		}
		if at := slices.IndexFunc(t.Rows, same); at >= 0 {
			if !replace {
				return fmt.Errorf("table %s: the key of %v is there", t.Name, row)
			}
			t.Rows = slices.Delete(slices.Clone(t.Rows), at, at+1)
		}
	}
	t.Rows = append(t.Rows, row)
	return nil
}

// source evaluates what an INSERT inserts, in the types of its columns.
func (db *database) source(ctx context.Context, t *providertest.MemoryTable, columns []int, q ast.Query) ([][]sqltypes.Value, error) {
	values, ok := q.(*ast.Values)
	if !ok {
		from := &ast.Derived{Query: q, Alias: ast.Alias{Name: ast.Ident{Text: "source"}}}
		sel := &ast.Select{From: []ast.TableExpr{from}}
		for i, c := range columns {
			name := ast.Ident{Text: fmt.Sprintf("c%d", i)}
			from.Alias.Columns = append(from.Alias.Columns, name)
			sel.Items = append(sel.Items, ast.SelectItem{X: cast(&ast.ColumnRef{Name: ast.Name{Parts: []ast.Ident{name}}}, t.Columns[c])})
		}
		a, err := db.own(ctx, sel)
		return a.rows, err
	}
	var rows [][]sqltypes.Value
	for _, r := range values.Rows {
		if len(r) != len(columns) {
			return nil, fmt.Errorf("table %s: %d values for %d columns", t.Name, len(r), len(columns))
		}
		sel := &ast.Select{}
		for i, x := range r {
			sel.Items = append(sel.Items, ast.SelectItem{X: cast(x, t.Columns[columns[i]])})
		}
		_, got, err := providertest.Answer(ctx, providertest.NewMemory(db.schema()), sqlengine.Options{}, ast.Print(sel))
		if err != nil {
			return nil, err
		}
		rows = append(rows, got...)
	}
	return rows, nil
}

// target is the table of a DELETE or UPDATE of one table.
func (db *database) target(tables []ast.TableExpr) (*providertest.MemoryTable, error) {
	if len(tables) == 1 {
		if name, ok := tables[0].(*ast.TableName); ok && name.Alias.IsZero() {
			return db.existing(name.Name)
		}
	}
	return nil, fmt.Errorf("a change of several tables: %w", errForeign)
}

func column(name string) ast.Expr {
	return &ast.ColumnRef{Name: ast.Name{Parts: []ast.Ident{{Text: name, Quoted: true}}}}
}

// rewritten replaces a table's rows by a query over them.
func (db *database) rewritten(ctx context.Context, t *providertest.MemoryTable, sel *ast.Select) error {
	name := ast.Name{Parts: []ast.Ident{{Text: t.Name, Quoted: true}}}
	if t.Schema != "" {
		name.Parts = append([]ast.Ident{{Text: t.Schema, Quoted: true}}, name.Parts...)
	}
	sel.From = []ast.TableExpr{&ast.TableName{Name: name}}
	db.memory = nil
	a, err := db.own(ctx, sel)
	if err == nil {
		t.Rows = a.rows
	}
	return err
}

func (db *database) remove(ctx context.Context, s *ast.Delete) error {
	t, err := db.target(s.From)
	if err != nil {
		return err
	}
	sel := &ast.Select{Where: &ast.Literal{Kind: ast.Bool, Text: "FALSE"}}
	for _, c := range t.Columns {
		sel.Items = append(sel.Items, ast.SelectItem{X: column(c.Name)})
	}
	if s.Where != nil {
		sel.Where = &ast.Is{X: s.Where, Not: true, Kind: ast.IsTrue}
	}
	return db.rewritten(ctx, t, sel)
}

func (db *database) update(ctx context.Context, s *ast.Update) error {
	t, err := db.target(s.Tables)
	if err != nil {
		return err
	}
	sel := &ast.Select{}
	for _, c := range t.Columns {
		x := column(c.Name)
		for _, a := range s.Set {
			if strings.EqualFold(a.Targets[0].Last().Text, c.Name) {
				x = cast(a.Value, c)
				if s.Where != nil {
					x = &ast.Case{Whens: []ast.When{{Cond: s.Where, Result: x}}, Else: column(c.Name)}
				}
			}
		}
		sel.Items = append(sel.Items, ast.SelectItem{X: x})
	}
	for _, a := range s.Set {
		if !slices.ContainsFunc(t.Columns, func(c providers.Column) bool { return strings.EqualFold(c.Name, a.Targets[0].Last().Text) }) {
			return fmt.Errorf("table %s has no column %s", t.Name, a.Targets[0])
		}
	}
	return db.rewritten(ctx, t, sel)
}
