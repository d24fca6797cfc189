package sqlengine_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine"
	"github.com/epicorerp/epicorerp/sqlengine/catalog"
	"github.com/epicorerp/epicorerp/sqlengine/parse"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// client is one session of an engine.
type client struct {
	*sqlengine.Engine
	session sqlengine.Session
}

func sessionOptions() sqlengine.Options {
	return sqlengine.Options{Pushdown: true, Version: "8.0.36-epicorerp", User: "me", MaxMemory: 1 << 20,
		Now: func() time.Time { return time.Date(2026, 7, 1, 23, 30, 0, 0, time.UTC) },
		Facts: catalog.Facts{Catalog: "ERP", Information: []catalog.Fact{{Name: "Product", Value: "epicorerp"}},
			Properties: []catalog.Property{
				{Name: "URL", Meaning: "Where it is.", Type: "string", Category: "Connection", Value: "https://erp.example", Required: true},
				{Name: "Password", Meaning: "Secret.", Type: "string", Category: "Authentication", Value: "***", Secret: true},
				{Name: "Dialect", Meaning: "How SQL is spelled.", Type: "enum", Category: "SQL", Default: "ansi", Value: "ansi", Allowed: []string{"ansi", "mysql"}},
			}}}
}

// run runs a statement, and gives its rows, or how many it changed.
func (c *client) run(ctx context.Context, sql string, args ...sqlengine.Arg) (lines []string, err error) {
	stmt, err := c.Prepare(sql)
	if err != nil {
		return nil, err
	}
	if !stmt.IsQuery() {
		n, err := stmt.Exec(ctx, &c.session, args)
		return []string{fmt.Sprintf("OK %d", n)}, err
	}
	cursor, err := stmt.Query(ctx, c.session, args)
	if err != nil {
		return nil, err
	}
	defer cursor.Close()
	var names []string
	for _, col := range cursor.Columns() {
		names = append(names, col.Name)
	}
	lines = append(lines, strings.Join(names, " | "))
	for b := tuple.NewBatch(cursor.Layout()); ; {
		if err := cursor.Next(ctx, b); errors.Is(err, io.EOF) {
			return lines, nil
		} else if err != nil {
			return nil, err
		}
		for i := range b.Len() {
			cells := make([]string, len(names))
			for col := range names {
				v := b.Layout.Value(b.Row(i), col)
				if cells[col] = v.Text(); v.Null {
					cells[col] = "NULL"
				}
			}
			lines = append(lines, strings.TrimRight(strings.Join(cells, " | "), " "))
		}
	}
}

// answer is what a script shows of a statement.
func (c *client) answer(ctx context.Context, sql string) string {
	lines, err := c.run(ctx, sql)
	var e *providers.Error
	switch {
	case errors.As(err, &e) && e.Position > 0:
		return fmt.Sprintf("error at %d, %s: %v", e.Position, e.SQLState(), e)
	case errors.As(err, &e):
		return fmt.Sprintf("error, %s: %v", e.SQLState(), e)
	case err != nil:
		return "error: " + err.Error()
	}
	return strings.Join(lines, "\n")
}

// TestScripts plays testdata/session.txtar: scripts of one session each, whose
// statements stand after "> " and are followed by their answers. "dialect x"
// in a script's name chooses the dialect.
func TestScripts(t *testing.T) {
	const file = "testdata/session.txtar"
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	archive := txtar.Parse(data)
	for i := range archive.Files {
		f := &archive.Files[i]
		t.Run(f.Name, func(t *testing.T) {
			want := string(f.Data)
			o := sessionOptions()
			switch {
			case strings.Contains(f.Name, "mysql"):
				o.Dialect = parse.MySQL
			case strings.Contains(f.Name, "postgres"):
				o.Dialect = parse.Postgres
			}
			pushed := &client{Engine: sqlengine.New(erp(t), o)}
			o.Pushdown = false
			here := &client{Engine: sqlengine.New(erp(t), o)}
			var got strings.Builder
			for _, block := range strings.Split("\n"+want, "\n> ")[1:] {
				sql, _, _ := strings.Cut(block, "\n")
				answer := pushed.answer(t.Context(), sql)
				assert.Equal(t, answer, here.answer(t.Context(), sql), "with pushdown on and off: %s", sql)
				fmt.Fprintf(&got, "> %s\n%s\n", sql, answer)
			}
			if *updateFlag {
				f.Data = []byte(got.String())
				return
			}
			assert.Equal(t, want, got.String())
		})
	}
	if *updateFlag {
		require.NoError(t, os.WriteFile(file, txtar.Format(archive), 0o644))
	}
}

func TestAViewIsPushedDownWhereItIsUsed(t *testing.T) {
	c := &client{Engine: sqlengine.New(erp(t), sessionOptions())}
	_, err := c.run(t.Context(), "CREATE LOCAL VIEW Big AS SELECT Company, OrderNum, Total FROM Orders WHERE Total > 7")
	require.NoError(t, err)
	assert.Contains(t, c.answer(t.Context(), "EXPLAIN SELECT OrderNum FROM Big WHERE Company = 'EPIC01'"),
		"sends: read Orders (OrderNum) where Total > 7 where Company = 'EPIC01'")
}

func TestTheCatalogTellsWhatConditionsSave(t *testing.T) {
	c := &client{Engine: sqlengine.New(erp(t), sessionOptions())}
	assert.Contains(t, c.answer(t.Context(), "EXPLAIN SELECT TableName FROM sys_tables WHERE SchemaName = 'x' AND Description IS NULL"),
		"SchemaName = 'x' (it narrows what is read, and is checked here)")
	assert.Contains(t, c.answer(t.Context(), "EXPLAIN SELECT TableName FROM sys_tables"),
		"Hint: sys_tables looks through every schema of the server; a condition on SchemaName, or the BrowsableSchemas property, narrows that")
}
