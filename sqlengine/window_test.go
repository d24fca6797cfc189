package sqlengine_test

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strconv"
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

// TestWindowsAndAggregatesAsPostgreSQL compares digit by digit; only of a
// DOUBLE may the last digit differ, where its terms were added in another order.
func TestWindowsAndAggregatesAsPostgreSQL(t *testing.T) {
	text, err := os.ReadFile("testdata/windows/tables.txt")
	require.NoError(t, err)
	m, err := providertest.ParseMemory(string(text))
	require.NoError(t, err)
	files, err := filepath.Glob("testdata/windows/*.sql")
	require.NoError(t, err)
	require.Len(t, files, 2)
	ways := map[string]sqlengine.Options{"with pushdown": {Pushdown: true}, "without pushdown": {}, "in little memory": {Pushdown: true, MaxMemory: smallMemory}}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".sql"), func(t *testing.T) {
			for _, r := range readRecorded(t, file) {
				t.Run(r.sql, func(t *testing.T) {
					for name, o := range ways {
						o.Dialect = parse.Postgres
						_, rows, err := providertest.Answer(t.Context(), m, o, r.sql)
						r.mustEqual(t, name, rows, err)
					}
				})
			}
		})
	}
}

func (r recorded) mustEqual(t *testing.T, way string, rows [][]sqltypes.Value, err error) {
	if r.state != "" {
		var e *providers.Error
		require.Truef(t, errors.As(err, &e), "%s: want an error %s, got %v and %d rows", way, r.state, err, len(rows))
		require.Equalf(t, r.state, e.SQLState(), "%s: %v", way, err)
		return
	}
	require.NoError(t, err, way)
	require.Len(t, rows, len(r.rows), way)
	got := recordedRows(rows)
	for i, want := range r.rows {
		require.Len(t, got[i], len(want), way)
		for c := range want {
			if v := rows[i][c]; v.Kind.Storage() == sqltypes.StoreFloat && !v.Null {
				w, err := strconv.ParseFloat(want[c], 64)
				require.NoError(t, err, want[c])
				if math.Abs(v.F-w) <= 1e-12*math.Abs(w) {
					continue
				}
			}
			assert.Equal(t, want[c], got[i][c], "%s: row %d, column %d", way, i+1, c+1)
		}
	}
}
