package sqlengine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// temporarySuffix marks the tables that INSERT makes by itself, as users of the
// commercial drivers write them.
const temporarySuffix = "#TEMP"

func isTemporaryName(name string) bool {
	n := len(name) - len(temporarySuffix)
	return n > 0 && strings.EqualFold(name[n:], temporarySuffix)
}

func noTemporary(name string) error {
	return &providers.Error{Kind: providers.KindNotFound, Message: fmt.Sprintf(
		"there is no temporary table %s on this connection; INSERT INTO %s makes it, and it lasts until the connection goes back to its pool: keep one with db.Conn", name, name)}
}

// temporaryStatement is a statement about temporary tables.
type temporaryStatement struct {
	*Statement
	session *Session
	args    []Arg
}

// temporary runs a statement if it is about temporary tables; ok is false if it
// is not.
func (s *Statement) temporary(ctx context.Context, session *Session, args []Arg) (affected int64, ok bool, err error) {
	t := temporaryStatement{s, session, args}
	switch tree := s.tree.(type) {
	case *ast.Insert:
		if t.names(tree.Table) {
			affected, err = t.insert(ctx, tree)
			return affected, true, err
		}
	case *ast.CreateTable:
		if tree.Temporary || t.names(tree.Name) {
			affected, err = t.create(ctx, tree)
			return affected, true, err
		}
	case *ast.Delete:
		if table, single := deleteFrom(tree); single && t.names(table.Name) {
			affected, err = t.deleteRows(ctx, tree, table)
			return affected, true, err
		}
	case *ast.Truncate:
		if t.allTemporary(tree.Names) {
			return 0, true, t.truncate(tree)
		}
	case *ast.Drop:
		if tree.Kind == ast.DropTable && (tree.Temporary || t.allTemporary(tree.Names)) {
			return 0, true, t.drop(tree)
		}
	}
	return 0, false, nil
}

// names reports whether a name is that of a temporary table, be it there or
// not.
func (t temporaryStatement) names(n ast.Name) bool {
	return len(n.Parts) == 1 && (isTemporaryName(n.Last().Text) || t.session.temporaries[temporaryKey(n)] != nil)
}

func (t temporaryStatement) allTemporary(names []ast.Name) bool {
	return !slices.ContainsFunc(names, func(n ast.Name) bool { return !t.names(n) })
}

func temporaryKey(n ast.Name) string { return strings.ToLower(n.Last().Text) }

// find finds a temporary table that must be there.
func (t temporaryStatement) find(n ast.Name) (*temporary, error) {
	if table := t.session.temporaries[temporaryKey(n)]; table != nil {
		return table, nil
	}
	return nil, at(noTemporary(n.String()), n.Pos())
}

// room is the memory of the session's temporary tables: as much as a query may
// have.
func (t temporaryStatement) room() *providers.Budget {
	if t.session.budget == nil {
		t.session.budget = providers.NewBudget(t.engine.opt.MaxMemory)
	}
	return t.session.budget
}

// insert runs INSERT INTO a temporary table. The first one makes the table.
func (t temporaryStatement) insert(ctx context.Context, i *ast.Insert) (int64, error) {
	switch {
	case i.Replace || i.Upsert || i.Ignore || i.OnConflict != nil || len(i.OnDuplicate) > 0:
		return 0, refused(i.Pos(), providers.KindUnsupported, "a temporary table has no keys that a row could be in conflict with; write INSERT INTO")
	case len(i.Returning)+len(i.Output) > 0:
		return 0, refused(i.Pos(), providers.KindUnsupported, "RETURNING from a temporary table; select from it")
	case i.Source == nil:
		return 0, refused(i.Pos(), providers.KindUnsupported, "INSERT into a temporary table takes VALUES or SELECT")
	}
	source := i.Source
	if i.With != nil {
		source = &ast.NestedQuery{Loc: ast.Loc(source.Pos()), With: i.With, Query: source}
	}
	key := temporaryKey(i.Table)
	table := t.session.temporaries[key]
	if table == nil {
		var err error
		if table, err = t.infer(ctx, i, source); err != nil {
			return 0, err
		}
	}
	return t.fill(ctx, key, table, i.Columns, source)
}

// infer makes an empty table of the types of the rows that go into it.
func (t temporaryStatement) infer(ctx context.Context, i *ast.Insert, source ast.Query) (*temporary, error) {
	p, _, err := t.plan(ctx, call{session: *t.session, args: t.args, query: source, whole: true})
	if err != nil {
		return nil, err
	}
	if _, values := source.(*ast.Values); values && len(i.Columns) == 0 {
		return nil, refused(i.Table.Pos(), providers.KindSyntax, "name the columns of the new table: INSERT INTO %s (a, b) VALUES …", i.Table)
	}
	if len(i.Columns) > 0 && len(i.Columns) != len(p.Columns) {
		return nil, refused(i.Columns[0].Pos(), providers.KindSyntax, "%s: %d columns are named, each row has %d values", i.Table, len(i.Columns), len(p.Columns))
	}
	columns := make([]providers.Column, len(p.Columns))
	for c, from := range p.Columns {
		columns[c] = providers.Column{Name: from.Name, Type: inferred(from.Type), Nullable: true}
		if len(i.Columns) > 0 {
			columns[c].Name = i.Columns[c].Text
		}
	}
	return newTemporary(i.Table, columns)
}

// inferred is the type of a column that was not declared: as wide as its family
// has them, so that later rows fit.
func inferred(t sqltypes.Type) sqltypes.Type {
	switch t.Kind {
	case sqltypes.SmallInt, sqltypes.Integer:
		return sqltypes.Of(sqltypes.BigInt)
	case sqltypes.Real:
		return sqltypes.Of(sqltypes.Double)
	}
	return sqltypes.Of(t.Kind)
}

// create runs CREATE TEMPORARY TABLE.
func (t temporaryStatement) create(ctx context.Context, c *ast.CreateTable) (int64, error) {
	key := temporaryKey(c.Name)
	switch exists := t.session.temporaries[key] != nil; {
	case len(c.Name.Parts) > 1:
		return 0, refused(c.Name.Pos(), providers.KindSyntax, "a temporary table belongs to no schema; name it %s", c.Name.Last().Text)
	case exists && c.IfNotExists:
		return 0, nil
	case exists:
		return 0, &providers.Error{Kind: providers.KindConflict, State: "42P07", Position: int(c.Name.Pos()) + 1,
			Message: "there is a temporary table " + c.Name.String() + " already"}
	}
	var columns []providers.Column
	var err error
	switch {
	case !c.Like.IsZero():
		columns, err = t.likeColumns(ctx, c.Like)
	case len(c.Columns)+len(c.Constraints) > 0:
		columns, err = declaredColumns(c)
	default:
		var p *plan.Plan
		if p, _, err = t.plan(ctx, call{session: *t.session, args: t.args, query: c.As, whole: true}); err == nil {
			for _, from := range p.Columns {
				columns = append(columns, providers.Column{Name: from.Name, Type: from.Type, Nullable: true})
			}
		}
	}
	if err != nil {
		return 0, err
	}
	table, err := newTemporary(c.Name, columns)
	if err != nil {
		return 0, err
	}
	if c.As != nil {
		return t.fill(ctx, key, table, nil, c.As)
	}
	t.session.withTemporary(key, table)
	return 0, nil
}

func (t temporaryStatement) likeColumns(ctx context.Context, like ast.Name) ([]providers.Column, error) {
	info, err := t.engine.Describe(ctx, *t.session, like.Qualifier().String(), like.Last().Text)
	if err != nil {
		return nil, at(err, like.Pos())
	}
	var columns []providers.Column
	for _, c := range info.Columns {
		if !c.Hidden && !c.Input {
			columns = append(columns, providers.Column{Name: c.Name, Type: c.Type, Nullable: c.Nullable})
		}
	}
	return columns, nil
}

// declaredColumns are those of a CREATE TABLE: names, types and NOT NULL.
func declaredColumns(c *ast.CreateTable) ([]providers.Column, error) {
	if len(c.Constraints) > 0 {
		return nil, refused(c.Constraints[0].Pos(), providers.KindUnsupported, "temporary tables have no constraints but NOT NULL")
	}
	var columns []providers.Column
	for i := range c.Columns {
		d := &c.Columns[i]
		if d.Default != nil || d.PrimaryKey || d.Unique || d.AutoIncrement || d.Check != nil || d.References != nil || d.Generated != nil {
			return nil, refused(d.Pos(), providers.KindUnsupported, "column %s: columns of temporary tables have a type and NOT NULL, and nothing more", d.Name.Text)
		}
		kind, err := plan.TypeOf(d.Type)
		if err != nil {
			return nil, at(err, d.Pos())
		}
		columns = append(columns, providers.Column{Name: d.Name.Text, Type: kind, Nullable: !d.NotNull})
	}
	return columns, nil
}

// fill runs a query into a table and puts the result in the table's place: all
// of its rows, or none.
func (t temporaryStatement) fill(ctx context.Context, key string, table *temporary, columns []ast.Ident, source ast.Query) (int64, error) {
	positions, err := table.positions(columns)
	if err != nil {
		return 0, err
	}
	if table, err = t.settle(ctx, table, positions, source); err != nil {
		return 0, err
	}
	c, err := t.query(ctx, call{session: *t.session, args: t.args, query: source, whole: true, into: table.targets(positions)})
	if err != nil {
		return 0, err
	}
	rows := &temporaryRows{room: t.room(), name: table.info.Name}
	err = rows.read(ctx, c, table, positions)
	if closed := c.Close(); err == nil {
		err = closed
	}
	if err == nil {
		table, err = table.with(rows)
	}
	if err != nil {
		rows.release()
		return 0, err
	}
	t.session.withTemporary(key, table)
	return rows.count, nil
}

// settle gives a type to the columns that have held nothing but NULL: that of
// what comes.
func (t temporaryStatement) settle(ctx context.Context, table *temporary, positions []int, source ast.Query) (*temporary, error) {
	if !slices.ContainsFunc(positions, func(i int) bool { return table.info.Columns[i].Type.Kind == sqltypes.Null }) {
		return table, nil
	}
	p, _, err := t.plan(ctx, call{session: *t.session, args: t.args, query: source, whole: true})
	if err != nil || len(p.Columns) != len(positions) {
		return table, err // its length is for the run to complain about
	}
	info := *table.info
	info.Columns = slices.Clone(info.Columns)
	for from, to := range positions {
		if c := &info.Columns[to]; c.Type.Kind == sqltypes.Null {
			c.Type = inferred(p.Columns[from].Type)
		}
	}
	return table.typed(&info), nil
}

// deleteFrom is the one table of a DELETE.
func deleteFrom(d *ast.Delete) (*ast.TableName, bool) {
	if len(d.From) != 1 {
		return nil, false
	}
	table, ok := d.From[0].(*ast.TableName)
	return table, ok
}

// deleteRows keeps the rows of which the condition is not true.
func (t temporaryStatement) deleteRows(ctx context.Context, d *ast.Delete, name *ast.TableName) (int64, error) {
	if d.Top != nil || d.Limit != nil || len(d.Targets)+len(d.Using)+len(d.OrderBy)+len(d.Output)+len(d.Returning) > 0 {
		return 0, refused(d.Pos(), providers.KindUnsupported, "DELETE from a temporary table takes FROM and WHERE alone")
	}
	table, err := t.find(name.Name)
	if err != nil {
		return 0, err
	}
	key := temporaryKey(name.Name)
	before := table.count
	if d.Where == nil {
		t.session.withTemporary(key, table.empty(t.room()))
		return before, nil
	}
	keep := &ast.Select{Loc: d.Loc, Items: []ast.SelectItem{{X: &ast.Star{}}}, From: d.From,
		Where: &ast.Is{Loc: ast.Loc(d.Where.Pos()), X: d.Where, Kind: ast.IsTrue, Not: true}, With: d.With}
	fresh := *table
	fresh.batches, fresh.count, fresh.bytes = nil, 0, 0
	kept, err := t.fill(ctx, key, &fresh, nil, keep)
	if err != nil {
		return 0, err
	}
	t.room().Release(table.bytes)
	return before - kept, nil
}

func (t temporaryStatement) truncate(tree *ast.Truncate) error {
	for _, n := range tree.Names {
		if _, err := t.find(n); err != nil {
			return err
		}
	}
	for _, n := range tree.Names {
		t.session.withTemporary(temporaryKey(n), t.session.temporaries[temporaryKey(n)].empty(t.room()))
	}
	return nil
}

func (t temporaryStatement) drop(d *ast.Drop) error {
	for _, n := range d.Names {
		if _, err := t.find(n); err != nil && !d.IfExists {
			return err
		}
	}
	for _, n := range d.Names {
		if table := t.session.temporaries[temporaryKey(n)]; table != nil {
			t.room().Release(table.bytes)
			t.session.withTemporary(temporaryKey(n), nil)
		}
	}
	return nil
}

// temporaryRows are rows on their way into a table.
type temporaryRows struct {
	room    *providers.Budget
	name    string
	batches []*tuple.Batch
	count   int64
	bytes   int64
}

// read takes all rows of a query. positions are the table's columns of the
// query's; the others are NULL.
func (r *temporaryRows) read(ctx context.Context, c Cursor, table *temporary, positions []int) error {
	layout := table.layout()
	in := tuple.NewBatch(c.Layout())
	for {
		err := c.Next(ctx, in)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		out := tuple.NewBatch(layout)
		for i := range in.Len() {
			slots, row := out.AddRow(), in.Row(i)
			for from, to := range positions {
				if err := out.CopyColumn(slots, to, row, in.Layout, from); err != nil {
					return err
				}
			}
			if err := table.check(out.Row(i), layout); err != nil {
				return err
			}
		}
		if err := r.room.Reserve("temporary table "+r.name, int64(out.Bytes())); err != nil {
			return err
		}
		r.batches, r.count, r.bytes = append(r.batches, out), r.count+int64(out.Len()), r.bytes+int64(out.Bytes())
	}
}

func (r *temporaryRows) release() { r.room.Release(r.bytes) }
