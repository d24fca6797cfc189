package sqlengine_test

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/providertest"
	"github.com/epicorerp/epicorerp/sqlengine"
	"github.com/epicorerp/epicorerp/sqlengine/parse"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// recorded is a query and what PostgreSQL 15 answers it, from a file of
// testdata/select: the text, then a line of dashes, then a line a row, with a
// bar between values, (empty) for an empty text. The line of dashes ends in "in order" where the order of
// the rows counts, and in "error" and the SQLSTATE where there is no answer.
type recorded struct {
	sql, state string
	ordered    bool
	rows       [][]string
}

func readRecorded(t *testing.T, file string) []recorded {
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var out []recorded
	for block := range strings.SplitSeq(string(text), "\n\n") {
		lines := strings.Split(strings.Trim(block, "\n"), "\n")
		at := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "----") })
		if at < 0 {
			require.True(t, strings.HasPrefix(strings.TrimSpace(block), "#"), "%s: a query without an answer:\n%s", file, block)
			continue
		}
		r := recorded{sql: strings.Join(lines[:at], "\n"), ordered: lines[at] == "---- in order"}
		r.state, _ = strings.CutPrefix(lines[at], "---- error ")
		if r.state == lines[at] {
			r.state = ""
		}
		for _, l := range lines[at+1:] {
			r.rows = append(r.rows, strings.Split(l, "|"))
		}
		out = append(out, r)
	}
	return out
}

// smallMemory is a budget that every query of testdata/select must do with.
const smallMemory = 2 << 20

// TestSelectAsPostgreSQL compares SELECT, clause by clause, with what
// PostgreSQL answers: with pushdown on and off, under random verdicts, and in
// little memory.
func TestSelectAsPostgreSQL(t *testing.T) {
	text, err := os.ReadFile("testdata/select/tables.txt")
	require.NoError(t, err)
	m, err := providertest.ParseMemory(string(text))
	require.NoError(t, err)
	files, err := filepath.Glob("testdata/select/*.sql")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".sql"), func(t *testing.T) {
			for _, r := range readRecorded(t, file) {
				t.Run(r.sql, func(t *testing.T) { r.play(t, m) })
			}
		})
	}
}

func (r recorded) play(t *testing.T, m *providertest.Memory) {
	ways := []struct {
		name     string
		provider providers.Provider
		opt      sqlengine.Options
	}{
		{"with pushdown", m, sqlengine.Options{Pushdown: true}},
		{"without pushdown", m, sqlengine.Options{}},
		{"under random verdicts", m.Chaos(uint64(len(r.sql))), sqlengine.Options{Pushdown: true}},
		{"in little memory", m, sqlengine.Options{Pushdown: true, MaxMemory: smallMemory}},
	}
	for _, way := range ways {
		way.opt.Dialect = parse.Postgres
		_, rows, err := providertest.Answer(t.Context(), way.provider, way.opt, r.sql)
		if r.state != "" {
			var e *providers.Error
			if assert.Truef(t, errors.As(err, &e), "%s: want an error %s, got %v and %d rows", way.name, r.state, err, len(rows)) {
				assert.Equalf(t, r.state, e.SQLState(), "%s: %v", way.name, err)
			}
			continue
		}
		if !assert.NoError(t, err, way.name) {
			return
		}
		if !assert.Equal(t, r.comparable(r.rows), r.comparable(recordedRows(rows)), way.name) {
			return
		}
	}
}

// comparable writes numbers of one value alike, and orders rows whose order
// does not count.
func (r recorded) comparable(rows [][]string) []string {
	var out []string
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, c := range row {
			cells[i] = c
			if d, err := sqltypes.ParseNum(c); err == nil {
				cells[i] = d.Round(6).TrimZeros().String()
			}
		}
		out = append(out, strings.Join(cells, "|"))
	}
	if !r.ordered {
		slices.SortFunc(out, cmp.Compare)
	}
	return out
}

// recordedRows prints values as PostgreSQL's client does.
func recordedRows(rows [][]sqltypes.Value) [][]string {
	out := make([][]string, len(rows))
	for i, row := range rows {
		for _, v := range row {
			text := v.Text()
			switch {
			case v.Null:
				text = "NULL"
			case v.Kind == sqltypes.Bool:
				text = text[:1]
			case text == "":
				text = "(empty)"
			}
			out[i] = append(out[i], text)
		}
	}
	return out
}
