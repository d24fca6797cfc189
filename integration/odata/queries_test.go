package odata_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/integration/oracle"
)

// queryTime is what one query may take on a busy machine.
const queryTime = 60 * time.Second

func TestRealServerGivesWhatPostgreSQLGives(t *testing.T) {
	oracleAsk := newAsker(t)
	queries, err := oracle.ReadQueries(files, "queries")
	require.NoError(t, err)
	for _, p := range pushdowns {
		t.Run(p.name, func(t *testing.T) {
			db := open(t, p.property)
			for _, q := range queries {
				t.Run(q.File+"/"+q.Name, func(t *testing.T) {
					ctx, cancel := context.WithTimeout(t.Context(), queryTime)
					defer cancel()
					defer service.explain(t)
					want, err := oracleAsk(ctx, q)
					require.NoError(t, err, "the oracle")
					require.Equal(t, q.Empty, len(want.Rows) == 0, "the oracle gives %d rows", len(want.Rows))
					got, err := ask(ctx, db, want.Types, q.SQL, q.Args...)
					require.NoError(t, err, q.SQL)
					assert.Empty(t, oracle.Diff(want, got, q.Ordered), q.SQL)
				})
			}
		})
	}
}

func TestRealServerIsPagedToItsEnd(t *testing.T) {
	for _, p := range pushdowns {
		t.Run(p.name, func(t *testing.T) {
			db := open(t, p.property)
			for _, table := range oracle.Tables {
				t.Run("all rows of "+table, func(t *testing.T) {
					ctx, cancel := context.WithTimeout(t.Context(), queryTime)
					defer cancel()
					defer service.explain(t)
					want, err := oracle.ReadSet(files, "erp", table)
					require.NoError(t, err)
					got, err := ask(ctx, db, want.Types, "SELECT * FROM "+table)
					require.NoError(t, err)
					assert.Empty(t, oracle.Diff(want, got, false))
				})
			}
		})
	}
}

func TestRealServerIsAskedForNoMoreThanNeeded(t *testing.T) {
	tests := []struct {
		name, sql string
		bytes     int64 // of the answers, the metadata apart
	}{
		{"a row by its key", "SELECT UnitPrice FROM Parts WHERE Company = 'MFG' AND PartNum = 'O''RING'", 2_000},
		{"a range of numbers", "SELECT Company, OrderNum FROM OrderHed WHERE OrderNum >= 1000 AND OrderNum < 1004", 4_000},
		{"few columns of a set", "SELECT CustNum FROM Customers", 100_000},
		{"a filter and a small limit", "SELECT OrderNum FROM OrderHed WHERE CustNum = 7 ORDER BY OrderNum DESC LIMIT 3", 4_000},
	}
	db := open(t, "")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			defer service.explain(t)
			ctx, cancel := context.WithTimeout(t.Context(), queryTime)
			defer cancel()
			types := make([]oracle.Type, 1+strings.Count(strings.SplitN(tt.sql, " FROM ", 2)[0], ","))
			for i := range types {
				types[i] = oracle.Numeric
			}
			if strings.HasPrefix(tt.sql, "SELECT Company") {
				types[0] = oracle.Text
			}
			service.take()
			got, err := ask(ctx, db, types, tt.sql)
			require.NoError(t, err)
			require.NotEmpty(t, got.Rows)
			var bytes int64
			var lines []string
			for _, r := range service.take() {
				if !strings.Contains(r.line, "$metadata") {
					bytes += r.bytes
					lines = append(lines, fmt.Sprint(r.status, " ", r.bytes, " ", r.line))
				}
			}
			assert.LessOrEqual(t, bytes, tt.bytes, strings.Join(lines, "\n"))
		})
	}
}

func TestRealServerAnswersManyAtOnceAsItAnswersOne(t *testing.T) {
	oracleAsk := newAsker(t)
	queries, err := oracle.ReadQueries(files, "queries")
	require.NoError(t, err)
	answers := make([]oracle.Answer, len(queries))
	for i, q := range queries {
		answers[i], err = oracleAsk(t.Context(), q)
		require.NoError(t, err)
	}
	db := open(t, "")
	ctx, cancel := context.WithTimeout(t.Context(), 3*queryTime)
	defer cancel()
	const clients = 6
	var clientsDone sync.WaitGroup
	for client := range clients {
		clientsDone.Go(func() {
			for i := client; i < len(queries); i += clients {
				got, err := ask(ctx, db, answers[i].Types, queries[i].SQL, queries[i].Args...)
				if assert.NoError(t, err, queries[i].Name) {
					assert.Empty(t, oracle.Diff(answers[i], got, queries[i].Ordered), queries[i].Name)
				}
			}
		})
	}
	clientsDone.Wait()
}

func TestRealServerMayBeLeftInTheMiddleOfAScan(t *testing.T) {
	db := open(t, ";Pushdown=off")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	rows, err := db.QueryContext(ctx, "SELECT Company, OrderNum, OrderLine FROM OrderDtl")
	require.NoError(t, err)
	require.True(t, rows.Next())
	cancel()
	n := 1
	for rows.Next() {
		n++
	}
	assert.Less(t, n, 12532)
	assert.True(t, errors.Is(rows.Err(), context.Canceled), "%v", rows.Err())
	require.NoError(t, rows.Close())
	assert.Zero(t, db.Stats().InUse)

	var count int64
	require.NoError(t, db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM OrderDtl").Scan(&count))
	assert.EqualValues(t, 12532, count)
}
