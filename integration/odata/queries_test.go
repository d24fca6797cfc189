package odata_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/integration/oracle"
	"github.com/epicorerp/epicorerp/integration/servers"
)

// queryTime is what one query may take on a busy machine.
const queryTime = 60 * time.Second

func TestRealServersGiveWhatPostgreSQLGives(t *testing.T) {
	oracleAsk := newAsker(t)
	queries, err := oracle.ReadQueries(files, "queries")
	require.NoError(t, err)
	eachService(t, func(t *testing.T, service *recorder, db *sql.DB) {
		for _, q := range queries {
			t.Run(q.File+"/"+q.Name, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), queryTime)
				defer cancel()
				defer service.explain(t)
				want, err := oracleAsk(ctx, q)
				require.NoError(t, err, "the oracle")
				require.Equal(t, q.Empty, len(want.Rows) == 0, "the oracle gives %d rows", len(want.Rows))
				got, err := oracle.AskDriver(ctx, db, want.Types, q.SQL, q.Args...)
				require.NoError(t, err, q.SQL)
				assert.Empty(t, oracle.Diff(want, got, q.Ordered), q.SQL)
			})
		}
	})
}

// asViews asks for the views of Teiid's collections where the queries ask for the tables: a row of one has the key of
// its entity, so that conditions on it are left to the server.
var asViews = strings.NewReplacer(
	"FROM OrderDtl l WHERE l.Company = o.Company AND l.OrderNum = o.OrderNum", "FROM OrderHed_OrderDtl_Head l WHERE l.OrderHed_Company = o.Company AND l.OrderHed_OrderNum = o.OrderNum",
	"FROM OrderHed o WHERE o.Company = c.Company AND o.CustNum = c.CustNum", "FROM Customers_OrderHed_Customer o WHERE o.Customers_Company = c.Company AND o.Customers_CustNum = c.CustNum",
)

func TestRealServersChooseByItemsAsPostgreSQLDoes(t *testing.T) {
	oracleAsk := newAsker(t)
	queries, err := oracle.ReadQueries(files, "queries")
	require.NoError(t, err)
	for _, service := range services {
		if service.name != string(servers.Teiid) {
			continue
		}
		for _, properties := range []string{"", ";Collation=server"} {
			db := open(t, service, properties)
			for _, q := range queries {
				sql := asViews.Replace(q.SQL)
				if q.File != "collections" || sql == q.SQL {
					continue
				}
				t.Run(q.Name+properties, func(t *testing.T) {
					ctx, cancel := context.WithTimeout(t.Context(), queryTime)
					defer cancel()
					want, err := oracleAsk(ctx, q)
					require.NoError(t, err, "the oracle")
					got, err := oracle.AskDriver(ctx, db, want.Types, sql)
					require.NoError(t, err, sql)
					assert.Empty(t, oracle.Diff(want, got, q.Ordered), sql)
					asked := slices.ContainsFunc(service.take(), func(r request) bool { return r.status == http.StatusOK && strings.Contains(r.line, "any(") })
					if properties != "" { // else text is compared here, for which few keys may be asked for
						assert.Equal(t, !strings.Contains(q.Name, "any item"), asked, "Teiid refuses any() without a condition")
					}
				})
			}
		}
	}
}

func TestRealServersArePagedToTheirEnd(t *testing.T) {
	eachService(t, func(t *testing.T, service *recorder, db *sql.DB) {
		for _, table := range oracle.Tables {
			t.Run("all rows of "+table, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), queryTime)
				defer cancel()
				defer service.explain(t)
				want, err := oracle.ReadSet(files, "erp", table)
				require.NoError(t, err)
				// The columns are named, since one of the servers tells them in the order of the alphabet.
				got, err := oracle.AskDriver(ctx, db, want.Types, "SELECT "+strings.Join(want.Names, ", ")+" FROM "+table)
				require.NoError(t, err)
				assert.Empty(t, oracle.Diff(want, got, false))
			})
		}
	})
}

func TestRealServersNeedNoMoreThanIsAsked(t *testing.T) {
	tests := []struct {
		name, sql string
		types     []oracle.Type
		rows      int64 // that may be sent
	}{
		{"a row by its key", "SELECT UnitPrice FROM Parts WHERE Company = 'MFG' AND PartNum = 'O''RING'", []oracle.Type{oracle.Numeric}, 4},
		{"a range of numbers", "SELECT Company, OrderNum FROM OrderHed WHERE OrderNum >= 1000 AND OrderNum < 1004", []oracle.Type{oracle.Text, oracle.Int4}, 20},
		{"a filter and a small limit", "SELECT OrderNum FROM OrderHed WHERE CustNum = 7 ORDER BY OrderNum DESC LIMIT 3", []oracle.Type{oracle.Int4}, 20},
	}
	// rowBytes is more than one row of any set takes with its links, packed or not.
	const rowBytes = 1500
	for _, service := range services {
		db := open(t, service, "")
		for _, tt := range tests {
			t.Run(service.name+" "+tt.name, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), queryTime)
				defer cancel()
				// Once, before its conditions are relied on, the driver tries them on rows of the set.
				_, err := oracle.AskDriver(ctx, db, tt.types, tt.sql)
				require.NoError(t, err)
				service.take()
				got, err := oracle.AskDriver(ctx, db, tt.types, tt.sql)
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
				assert.LessOrEqual(t, bytes, tt.rows*rowBytes, strings.Join(lines, "\n"))
			})
		}
	}
}

func TestRealServersAnswerManyAtOnceAsTheyAnswerOne(t *testing.T) {
	oracleAsk := newAsker(t)
	queries, err := oracle.ReadQueries(files, "queries")
	require.NoError(t, err)
	answers := make([]oracle.Answer, len(queries))
	for i, q := range queries {
		answers[i], err = oracleAsk(t.Context(), q)
		require.NoError(t, err)
	}
	const clients = 6
	for _, service := range services {
		t.Run(service.name, func(t *testing.T) {
			db := open(t, service, "")
			ctx, cancel := context.WithTimeout(t.Context(), 3*queryTime)
			defer cancel()
			var done sync.WaitGroup
			for client := range clients {
				done.Go(func() {
					for i := client; i < len(queries); i += clients {
						got, err := oracle.AskDriver(ctx, db, answers[i].Types, queries[i].SQL, queries[i].Args...)
						if assert.NoError(t, err, queries[i].Name) {
							assert.Empty(t, oracle.Diff(answers[i], got, queries[i].Ordered), queries[i].Name)
						}
					}
				})
			}
			done.Wait()
		})
	}
}

// TestAPagedScanMayBeLeftInItsMiddle needs a server that sends pages: one that sends a set whole has sent it before
// the first row is seen.
func TestAPagedScanMayBeLeftInItsMiddle(t *testing.T) {
	for _, service := range services {
		if service.name == string(servers.Olingo2) {
			continue
		}
		t.Run(service.name, func(t *testing.T) {
			db := open(t, service, ";Pushdown=off")
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
		})
	}
}
