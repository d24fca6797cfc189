package main

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/epicorerp/epicorerp"
	"github.com/epicorerp/epicorerp/cmd/epicorsql/internal/render"
	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/epicorerp/epicorerp/sqlengine/parse"
)

// session is one connection and how its results are written.
type session struct {
	app     *app
	conn    *sql.Conn
	format  string
	null    string
	dialect parse.Dialect
}

// connected opens a connection for the time of f, which Ctrl-C ends.
func (a *app) connected(c *connection, f func(context.Context, *session) error) error {
	ctx, end := a.interrupts.begin()
	defer end()
	conn, done, err := c.connect(ctx)
	if err != nil {
		return err
	}
	defer done()
	return f(ctx, &session{app: a, conn: conn, format: c.format, null: c.null, dialect: c.dialect()})
}

// catalog hands the driver's connection to f: the catalogue is not in SQL.
func (s *session) catalog(f func(*epicorerp.Conn) error) error {
	return s.conn.Raw(func(c any) error {
		own, ok := c.(*epicorerp.Conn)
		if !ok {
			return fmt.Errorf("a connection of type %T lists no tables", c)
		}
		return f(own)
	})
}

// write writes rows at hand.
func (s *session) write(names string, rows [][]any) error {
	var columns []render.Column
	for _, name := range strings.Fields(names) {
		columns = append(columns, render.Column{Name: name, Type: "VARCHAR"})
	}
	w, err := render.New(s.format, s.app.out, render.Options{Null: s.null, Width: s.app.width, Footer: true})
	if err != nil {
		return err
	}
	_, err = render.Copy(w, render.FromRows(columns, rows), nil)
	return err
}

func (s *session) listSchemas(ctx context.Context) error {
	return s.catalog(func(c *epicorerp.Conn) error {
		list, err := c.Schemas(ctx)
		if err != nil {
			return err
		}
		var rows [][]any
		for _, x := range list {
			rows = append(rows, []any{x.Name, x.Description})
		}
		return s.write("schema description", rows)
	})
}

func (s *session) listTables(ctx context.Context, schema string) error {
	return s.catalog(func(c *epicorerp.Conn) error {
		list, err := c.Tables(ctx, schema)
		if err != nil {
			return err
		}
		var rows [][]any
		for _, x := range list {
			kind := "table"
			if x.View {
				kind = "view"
			}
			rows = append(rows, []any{x.Schema, x.Name, kind, x.Description})
		}
		return s.write("schema name kind description", rows)
	})
}

// describeTable lists the columns of a table, given as SQL names it.
func (s *session) describeTable(ctx context.Context, name string) error {
	schema, table, err := tableName(name, s.dialect)
	if err != nil {
		return err
	}
	return s.catalog(func(c *epicorerp.Conn) error {
		info, err := c.Describe(ctx, schema, table)
		if err != nil {
			return err
		}
		key := make([]any, len(info.Columns)) // from 1 within the key, nil outside
		for i, column := range info.Key {
			key[column] = int64(i + 1)
		}
		var rows [][]any
		for i, column := range info.Columns {
			var nullable any = column.Nullable
			if s.format == "table" { // where little stands out more
				nullable = map[bool]string{true: "", false: "not null"}[column.Nullable]
				if key[i] == nil {
					key[i] = ""
				}
			}
			var notes []string
			if column.Required {
				notes = append(notes, "parameter, required")
			} else if column.Input {
				notes = append(notes, "parameter")
			}
			if column.Description != "" {
				notes = append(notes, column.Description)
			}
			rows = append(rows, []any{column.Name, column.Type.String(), nullable, key[i], strings.Join(notes, "; ")})
		}
		if err := s.write("column type nullable key notes", rows); err != nil || s.format != "table" {
			return err
		}
		for _, n := range info.Navigations {
			if len(n.Pairs) == 0 {
				continue // it cannot be joined along
			}
			pairs := make([]string, len(n.Pairs))
			for i, p := range n.Pairs {
				pairs[i] = info.Columns[p.Column].Name + " = " + n.Table + "." + p.Other
			}
			related := ast.QuoteName(n.Table)
			if n.Schema != "" {
				related = ast.QuoteName(n.Schema) + "." + related
			}
			fmt.Fprintf(s.app.out, "%s: %s on %s\n", n.Name, related, strings.Join(pairs, " AND "))
		}
		return nil
	})
}

// tableName reads the name of a table as SQL does; what stands before the last
// part is the schema, points included.
func tableName(text string, d parse.Dialect) (schema, table string, err error) {
	tree, err := parse.Parse("SELECT * FROM "+text, parse.Options{Dialect: d})
	if err == nil {
		if sel, ok := tree.(*ast.Select); ok && len(sel.From) == 1 && sel.Where == nil {
			if t, ok := sel.From[0].(*ast.TableName); ok {
				var parts []string
				for _, p := range t.Name.Parts {
					parts = append(parts, p.Text)
				}
				last := len(parts) - 1
				return strings.Join(parts[:last], "."), parts[last], nil
			}
		}
	}
	return "", "", fmt.Errorf("%s is not the name of a table; write Schema.Table, odd names in brackets", render.Visible(text))
}

func (a *app) schemas(args []string) error {
	fs := a.flagSet("schemas")
	c := a.connectionFlags(fs, true)
	if err := a.parseAlone(fs, args, c); err != nil {
		return err
	}
	return a.connected(c, func(ctx context.Context, s *session) error { return s.listSchemas(ctx) })
}

func (a *app) tables(args []string) error {
	fs := a.flagSet("tables")
	c := a.connectionFlags(fs, true)
	schema := fs.String("schema", "", "`schema` to list; the connection's own if not given")
	if err := a.parseAlone(fs, args, c); err != nil {
		return err
	}
	return a.connected(c, func(ctx context.Context, s *session) error { return s.listTables(ctx, *schema) })
}

func (a *app) describe(args []string) error {
	fs := a.flagSet("describe")
	c := a.connectionFlags(fs, true)
	rest, err := a.parseFlags(fs, args)
	if err != nil {
		return err
	}
	if err := c.check(); err != nil {
		return err
	}
	if len(rest) != 1 {
		return misused("describe", "give one table, such as [Erp.BO.CustomerSvc].[Customers]")
	}
	return a.connected(c, func(ctx context.Context, s *session) error { return s.describeTable(ctx, rest[0]) })
}

func (a *app) ping(args []string) error {
	fs := a.flagSet("ping")
	c := a.connectionFlags(fs, false)
	if err := a.parseAlone(fs, args, c); err != nil {
		return err
	}
	return a.connected(c, func(ctx context.Context, s *session) error {
		if err := s.conn.PingContext(ctx); err != nil {
			return err
		}
		fmt.Fprintln(a.out, "The server answers and takes the credentials.")
		return nil
	})
}
