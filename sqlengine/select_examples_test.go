package sqlengine_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers/providertest"
	"github.com/epicorerp/epicorerp/sqlengine"
)

// TestSelectByExample plays testdata/select/examples.txtar: what PostgreSQL has
// no word for, and what errors say and point to. The tables are those of
// testdata/select/tables.txt.
func TestSelectByExample(t *testing.T) {
	text, err := os.ReadFile("testdata/select/tables.txt")
	require.NoError(t, err)
	m, err := providertest.ParseMemory(string(text))
	require.NoError(t, err)
	playGolden(t, "testdata/select/examples.txtar", func(t *testing.T, sql string, args []sqlengine.Arg) string {
		first := answerText(t, m, sqlengine.Options{Pushdown: true}, sql, args)
		assert.Equal(t, first, answerText(t, m, sqlengine.Options{}, sql, args), "with pushdown on and off")
		return first
	})
}

// TestSelectInLittleMemory reads queries whose rows are kept somewhere on the
// way, with less memory than they take.
func TestSelectInLittleMemory(t *testing.T) {
	const series = "SELECT g AS n, 'a text of some length ' || g AS s FROM GENERATE_SERIES(1, 60000) AS g"
	for name, test := range map[string]struct{ sql, want string }{
		"a query of WITH that is read twice": {
			"WITH x AS MATERIALIZED (" + series + ") SELECT COUNT(*), MAX(p.s) FROM x p JOIN x q ON q.n = p.n", "60000|a text of some length 9999"},
		"a query of WITH that is read to different ends": {
			"WITH x AS MATERIALIZED (" + series + ") SELECT (SELECT COUNT(*) FROM (SELECT n FROM x LIMIT 10) y), (SELECT MAX(n) FROM x)", "10|60000"},
		"rounds of a recursion": {
			"WITH RECURSIVE r(n, s) AS ((" + series + ") UNION ALL SELECT n + 100000, s FROM r WHERE n < 200000) SELECT COUNT(*), MAX(n) FROM r", "180000|260000"},
		"a percentage": {
			"SELECT COUNT(*), MAX(n) FROM (SELECT TOP 50 PERCENT n, s FROM (" + series + ") x ORDER BY n) y", "30000|30000"},
		"ties": {
			"SELECT COUNT(*) FROM (SELECT n / 1000 AS k, s FROM (" + series + ") x ORDER BY k FETCH FIRST 1 ROW WITH TIES) y", "999"},
		"the first of each": {
			"SELECT COUNT(*), SUM(n) FROM (SELECT DISTINCT ON (n % 100) n, s FROM (" + series + ") x ORDER BY n % 100, n) y", "100|5050"},
		"grouping sets": {
			"SELECT COUNT(*) FROM (SELECT n, s, COUNT(*) AS c FROM (" + series + ") x GROUP BY ROLLUP (n, s)) y", "120001"},
	} {
		t.Run(name, func(t *testing.T) {
			_, rows, err := providertest.Answer(t.Context(), providertest.NewMemory("main"), sqlengine.Options{MaxMemory: 1 << 20, SpillDirectory: t.TempDir()}, test.sql)
			require.NoError(t, err)
			assert.Equal(t, test.want, strings.Join(recordedRows(rows)[0], "|"))
		})
	}
}

// TestRecursionEnds is about recursions that have no end of their own.
func TestRecursionEnds(t *testing.T) {
	const endless = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) "
	m := providertest.NewMemory("main")
	t.Run("with the limit above it", func(t *testing.T) {
		_, rows, err := providertest.Answer(t.Context(), m, sqlengine.Options{}, endless+"SELECT n FROM r WHERE n % 100 = 0 LIMIT 3")
		require.NoError(t, err)
		assert.Equal(t, [][]string{{"100"}, {"200"}, {"300"}}, recordedRows(rows))
	})
	t.Run("with each of the limits above its uses", func(t *testing.T) {
		_, rows, err := providertest.Answer(t.Context(), m, sqlengine.Options{}, endless+"SELECT n FROM (SELECT n FROM r LIMIT 2) x UNION ALL SELECT n FROM (SELECT n FROM r LIMIT 3) y")
		require.NoError(t, err)
		assert.Len(t, rows, 5)
	})
	t.Run("with the context", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, _, err := providertest.Answer(ctx, m, sqlengine.Options{MaxRecursion: 1 << 60}, endless+"SELECT COUNT(*) FROM r")
		assert.ErrorIs(t, err, context.DeadlineExceeded)
	})
	t.Run("with MaxRecursion", func(t *testing.T) {
		_, _, err := providertest.Answer(t.Context(), m, sqlengine.Options{MaxRecursion: 50}, endless+"SELECT COUNT(*) FROM r")
		assert.ErrorContains(t, err, "WITH RECURSIVE r has not ended after 50 rounds")
	})
}
