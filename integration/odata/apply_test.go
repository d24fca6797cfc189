package odata_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/integration/oracle"
	"github.com/epicorerp/epicorerp/integration/servers"
)

// TestTeiidIsAskedToAggregate asks, by the user's word, a server that groups and adds rightly and yet refuses $count in
// $apply, by which an answer is proven: the driver aggregates, and says why.
func TestTeiidIsAskedToAggregate(t *testing.T) {
	oracleAsk := newAsker(t)
	queries, err := oracle.ReadQueries(files, "queries")
	require.NoError(t, err)
	for _, service := range services {
		if service.name != string(servers.Teiid) {
			continue
		}
		db := open(t, service, ";ODataCapabilities=+apply")
		for _, q := range queries {
			if q.File != "aggregates" {
				continue
			}
			t.Run(q.Name, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), queryTime)
				defer cancel()
				defer service.explain(t)
				want, err := oracleAsk(ctx, q)
				require.NoError(t, err, "the oracle")
				got, err := oracle.AskDriver(ctx, db, want.Types, q.SQL, q.Args...)
				require.NoError(t, err, q.SQL)
				assert.Empty(t, oracle.Diff(want, got, q.Ordered), q.SQL)
			})
		}
		const sum = "SELECT SUM(OrderNum) FROM OrderHed"
		var n int64
		require.NoError(t, db.QueryRowContext(t.Context(), sum).Scan(&n))
		assert.EqualValues(t, 9164167, n)
		plan, err := oracle.ExplainDriver(t.Context(), db, sum)
		require.NoError(t, err)
		assert.Contains(t, plan, "aggregated here: the service cannot be relied on for sum of OrderHed.OrderNum: the service answers by an error")
	}
}
