package misreading_test

import (
	"context"
	"database/sql"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/integration/oracle"
	"github.com/epicorerp/epicorerp/integration/servers"
)

// TestMisreadingServersThatAreAskedToAggregate asks the one of the servers that answers $apply at all. It announces
// nothing, so that the user's word is needed; it gives sums in place of countdistinct and finds no nulls, so that columns
// which may be null are aggregated here.
func TestMisreadingServersThatAreAskedToAggregate(t *testing.T) {
	recorded, err := oracle.ReadRecorded(files, "recorded")
	require.NoError(t, err)
	queries, err := oracle.ReadQueries(files, "queries")
	require.NoError(t, err)
	db := open(t, servers.FEMock, ";ODataCapabilities=+apply")
	for i, q := range queries {
		if q.File != "aggregates" || i%share != 0 {
			continue
		}
		t.Run(q.Name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), queryTime)
			defer cancel()
			want, err := recorded.Ask(q)
			require.NoError(t, err)
			got, err := oracle.AskDriver(ctx, db, want.Types, q.SQL, q.Args...)
			require.NoError(t, err, q.SQL)
			assert.Empty(t, oracle.Diff(want, got, q.Ordered), q.SQL)
		})
	}
	t.Run("what it does well is left to it", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), queryTime)
		defer cancel()
		const query = "SELECT COUNT(*), SUM(CustNum), MIN(CustNum) FROM Customers WHERE CustNum > 100"
		var n, sum, least int64
		require.NoError(t, db.QueryRowContext(ctx, query).Scan(&n, &sum, &least))
		assert.Positive(t, n)
		assert.Greater(t, sum, 100*n)
		assert.EqualValues(t, 101, least)
		assert.Contains(t, explained(t, db, query), "aggregate at the server")
	})
	t.Run("what it does not is told", func(t *testing.T) {
		const query = "SELECT COUNT(DISTINCT OrderNum) FROM OrderDtl WHERE OrderNum > 2600"
		var n int64
		require.NoError(t, db.QueryRowContext(t.Context(), query).Scan(&n))
		assert.Contains(t, explained(t, db, query), "cannot be relied on for countdistinct")
	})
}

func explained(t *testing.T, db *sql.DB, query string) string {
	plan, err := oracle.ExplainDriver(t.Context(), db, query)
	require.NoError(t, err)
	return plan
}
