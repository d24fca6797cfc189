package sqlengine_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/providertest"
	"github.com/epicorerp/epicorerp/sqlengine"
	"github.com/epicorerp/epicorerp/sqltypes"
)

var updateFlag = flag.Bool("update", false, "write the answers found into the golden files")

// The golden files hold a query a section: its text, a line of dashes, then
// its columns and rows, or its error with the place it points to. Lines before
// the text that begin with @ are arguments, by position or name=value.
func playGolden(t *testing.T, file string, answer func(t *testing.T, sql string, args []sqlengine.Arg) string) {
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	archive := txtar.Parse(text)
	require.NotEmpty(t, archive.Files)
	for i := range archive.Files {
		f := &archive.Files[i]
		sql, want, _ := strings.Cut(string(f.Data), "\n----\n")
		t.Run(f.Name, func(t *testing.T) {
			var args []sqlengine.Arg
			query := strings.TrimSuffix(sql, "\n")
			for strings.HasPrefix(query, "@") {
				line, rest, _ := strings.Cut(query, "\n")
				args, query = append(args, argument(strings.TrimSpace(line[1:]), len(args)+1)), rest
			}
			got := answer(t, query, args)
			if *updateFlag {
				f.Data = []byte(strings.TrimSuffix(sql, "\n") + "\n----\n" + got + "\n")
				return
			}
			assert.Equal(t, strings.TrimRight(want, "\n"), got)
		})
	}
	if *updateFlag {
		require.NoError(t, os.WriteFile(file, txtar.Format(archive), 0o644))
	}
}

func argument(text string, ordinal int) sqlengine.Arg {
	a := sqlengine.Arg{Ordinal: ordinal}
	if name, value, ok := strings.Cut(text, "="); ok {
		a, text = sqlengine.Arg{Name: name}, value
	}
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		a.Value = sqltypes.IntValue(i)
	} else if text == "NULL" {
		a.Value = sqltypes.NullOf(sqltypes.Null)
	} else {
		a.Value = sqltypes.StringValue(text)
	}
	return a
}

// TestSQL plays testdata/sql.txtar and functions.txtar with pushdown on and off.
func TestSQL(t *testing.T) {
	m := erp(t)
	for _, file := range []string{"testdata/sql.txtar", "testdata/functions.txtar"} {
		playGolden(t, file, func(t *testing.T, sql string, args []sqlengine.Arg) string {
			first := answerText(t, m, pushed, sql, args)
			assert.Equal(t, first, answerText(t, m, here, sql, args), "with pushdown on and off")
			cramped := here
			cramped.MaxMemory = 1 // every operator that holds rows goes to a file
			assert.Equal(t, lineSet(first), lineSet(answerText(t, m, cramped, sql, args)), "with next to no memory")
			return first
		})
	}
}

// lineSet puts the lines of an answer in an order of their own: not every query
// asks for one.
func lineSet(s string) []string {
	lines := strings.Split(s, "\n")
	slices.Sort(lines)
	return lines
}

func answerText(t *testing.T, p providers.Provider, o sqlengine.Options, sql string, args []sqlengine.Arg) string {
	columns, rows, err := providertest.Answer(t.Context(), p, o, sql, args...)
	if err != nil {
		var e *providers.Error
		require.ErrorAs(t, err, &e)
		at := ""
		if e.Position > 0 && e.Position <= len(sql) {
			at = fmt.Sprintf(" at %d: %.20s", e.Position, sql[e.Position-1:])
		}
		return "error" + at + "\n" + e.SQLState() + " " + errors.Unwrap(fmt.Errorf("%w", err)).Error()
	}
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	lines := []string{strings.Join(names, " | ")}
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, v := range row {
			cells[i] = v.Text()
			if v.Null {
				cells[i] = "NULL"
			}
		}
		lines = append(lines, strings.TrimRight(strings.Join(cells, " | "), " "))
	}
	return strings.Join(lines, "\n")
}

// TestPlans plays testdata/plans.txtar: what EXPLAIN prints.
func TestPlans(t *testing.T) {
	m := erp(t)
	// The server compares text by a collation of its own: no more than a
	// superset, and never an order.
	modest := m.Weakened(func(info *providers.TableInfo, r *providers.ScanRequest, p *providers.ScanPlan) {
		for i, f := range r.Filter {
			if c, ok := f.(*providers.Call); ok && len(c.Args) > 0 && c.Args[0].Type().Kind == sqltypes.Varchar && info.Schema != "BaqSvc" {
				p.Filter[i], p.Reasons[i] = providers.Superset, "the server's collation may be coarser"
			}
			if _, ok := f.(*providers.Exists); ok {
				p.Filter[i], p.Reasons[i] = providers.Superset, "the server's collation may be coarser"
			}
		}
		p.Aggregate, p.Expand = providers.None, providers.None
	})
	playGolden(t, "testdata/plans.txtar", func(t *testing.T, sql string, args []sqlengine.Arg) string {
		var p providers.Provider = m
		if strings.HasPrefix(sql, "-- modest\n") {
			p = modest
		}
		_, rows, err := providertest.Answer(t.Context(), p, pushed, "EXPLAIN "+strings.TrimPrefix(sql, "-- modest\n"), args...)
		require.NoError(t, err)
		lines := make([]string, len(rows))
		for i, row := range rows {
			lines[i] = row[0].S
		}
		return strings.Join(lines, "\n")
	})
}
