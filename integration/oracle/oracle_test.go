package oracle_test

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/integration/oracle"
)

var update = flag.Bool("update", false, "ask PostgreSQL and record its answers anew")

var files = os.DirFS("../testdata")

func TestQueryFilesAreWellFormed(t *testing.T) {
	queries, err := oracle.ReadQueries(files, "queries")
	require.NoError(t, err)
	assert.GreaterOrEqual(t, len(queries), 60)
	for _, q := range queries {
		assert.Equal(t, strings.Count(q.SQL, "?")-strings.Count(q.SQL, "Q?1"), len(q.Args), "%s: %s", q.File, q.Name)
		if q.Ordered {
			assert.Contains(t, q.SQL, "ORDER BY", "%s: %s says that it is ordered", q.File, q.Name)
		}
	}
}

func TestEveryQueryHasARecordedAnswer(t *testing.T) {
	if *update {
		record(t)
	}
	queries, err := oracle.ReadQueries(files, "queries")
	require.NoError(t, err)
	recorded, err := oracle.ReadRecorded(files, "recorded")
	require.NoError(t, err)
	for _, q := range queries {
		a, err := recorded.Ask(q)
		if assert.NoError(t, err) {
			assert.Equal(t, q.Empty, len(a.Rows) == 0, "%s: %s gives %d rows", q.File, q.Name, len(a.Rows))
		}
	}
	assert.Len(t, recorded, len(queries), "answers are recorded to queries that are gone")
}

// TestRecordedAnswersAreThoseOfPostgreSQL has nothing to compare with when no PostgreSQL was named; run.sh names one
// wherever it can, and says so when it cannot.
func TestRecordedAnswersAreThoseOfPostgreSQL(t *testing.T) {
	url := os.Getenv(oracle.URLVariable)
	if url == "" {
		t.Logf("%s is not set: the recorded answers are taken as they are", oracle.URLVariable)
		return
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	pg, err := oracle.OpenPostgres(ctx, url, files, "erp")
	require.NoError(t, err)
	defer func() { assert.NoError(t, pg.Close()) }()
	queries, err := oracle.ReadQueries(files, "queries")
	require.NoError(t, err)
	recorded, err := oracle.ReadRecorded(files, "recorded")
	require.NoError(t, err)
	for _, q := range queries {
		live, err := pg.Ask(ctx, q)
		if !assert.NoError(t, err, "%s: %s", q.File, q.Name) {
			continue
		}
		old, err := recorded.Ask(q)
		if assert.NoError(t, err) {
			assert.Equal(t, live.Types, old.Types, "%s: %s", q.File, q.Name)
			assert.Empty(t, oracle.Diff(live, old, q.Ordered), "%s: %s", q.File, q.Name)
		}
	}
}

func record(t *testing.T) {
	t.Helper()
	pg, err := oracle.OpenPostgres(t.Context(), os.Getenv(oracle.URLVariable), files, "erp")
	require.NoError(t, err)
	defer func() { assert.NoError(t, pg.Close()) }()
	queries, err := oracle.ReadQueries(files, "queries")
	require.NoError(t, err)
	texts := map[string]*strings.Builder{}
	for _, q := range queries {
		a, err := pg.Ask(t.Context(), q)
		require.NoError(t, err, "%s: %s", q.File, q.Name)
		if texts[q.File] == nil {
			texts[q.File] = &strings.Builder{}
		}
		texts[q.File].WriteString(oracle.Record(q, a))
	}
	dir := filepath.Join("..", "testdata", "recorded")
	require.NoError(t, os.RemoveAll(dir))
	require.NoError(t, os.MkdirAll(dir, 0o755))
	for name, text := range texts {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name+".txt"), []byte(text.String()), 0o644))
	}
}

func TestSetsAreReadWhole(t *testing.T) {
	for table, want := range map[string]int{"Companies": 3, "Customers": 1000, "Parts": 750, "OrderHed": 5000, "OrderDtl": 12532, "Invoices": 2437} {
		a, err := oracle.ReadSet(files, "erp", table)
		require.NoError(t, err)
		assert.Len(t, a.Rows, want, table)
		assert.Len(t, a.Rows[0], len(a.Types), table)
	}
}
