package epicorerp_test

import (
	"context"
	"database/sql"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp"
	"github.com/epicorerp/epicorerp/providers/acumatica/acumaticatest"
)

func TestAcumaticaIsReachedUnderItsNameAndByItsProvider(t *testing.T) {
	s := acumaticatest.NewServer()
	t.Cleanup(s.Close)
	for _, test := range []struct{ driver, prefix string }{{"acumatica", ""}, {"epicorerp", "Provider=Acumatica;"}, {"odata", "jdbc:acumatica:"}} {
		t.Run(test.driver+" "+test.prefix, func(t *testing.T) {
			db, err := sql.Open(test.driver, test.prefix+s.DSN())
			require.NoError(t, err)
			var n int
			var total string
			require.NoError(t, db.QueryRow(`SELECT COUNT(*), SUM(o.OrderTotal) FROM SalesOrder o
				JOIN Customer c ON c.CustomerID = o.CustomerID WHERE o.OrderType = ?`, "SO").Scan(&n, &total))
			assert.Positive(t, n)
			assert.Regexp(t, `^[0-9]+\.[0-9]{2}$`, total)
			t.Run("all interfaces in one connection", func(t *testing.T) {
				require.NoError(t, db.QueryRow(`SELECT COUNT(*) FROM REST.Customer c
					JOIN DAC.BAccount b ON b.BAccountID = c.BAccountID JOIN GI.[BI-Customers] g ON g.CustomerID = c.CustomerID`).Scan(&n))
				assert.Equal(t, 40, n)
			})
			t.Run("actions are called", func(t *testing.T) {
				before := len(s.Invocations())
				_, err := db.Exec("EXEC REST.SalesOrder_SalesOrderCreateShipment OrderType = 'SO', OrderNbr = ?, WarehouseID = 'MAIN'", "SO000001")
				require.NoError(t, err)
				assert.Len(t, s.Invocations(), before+1)
			})
			require.NoError(t, db.Close())
			assert.Zero(t, s.Sessions())
		})
	}
	t.Run("Schema chooses the default one", func(t *testing.T) {
		for schema, table := range map[string]string{"REST": "Customer", "OData": "[BI-Customers]", "ODataV4": "SOOrder"} {
			db, err := sql.Open("acumatica", s.DSN()+";Schema="+schema)
			require.NoError(t, err)
			var n int
			require.NoError(t, db.QueryRow("SELECT COUNT(*) FROM "+table).Scan(&n))
			assert.Positive(t, n)
			require.NoError(t, db.Close())
		}
	})
	t.Run("the session ends when the query before was given up", func(t *testing.T) {
		db, err := sql.Open("acumatica", s.DSN()+";Pagesize=2")
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		rows, err := db.QueryContext(ctx, "SELECT CustomerID FROM Customer")
		require.NoError(t, err)
		require.True(t, rows.Next())
		cancel()
		_ = rows.Close()
		require.NoError(t, db.Close())
		assert.Zero(t, s.Sessions())
	})
	t.Run("errors have their kinds", func(t *testing.T) {
		db, err := sql.Open("acumatica", "URL="+s.URL+";User=admin;Password=wrong-canary")
		require.NoError(t, err)
		defer db.Close()
		err = db.Ping()
		require.ErrorIs(t, err, epicorerp.ErrAuthentication)
		assert.NotContains(t, err.Error(), "canary")
	})
}

// Each slot of database/sql's pool has a session of the server while a statement
// runs on it, as far as MaxSessions and the licence go.
func TestAcumaticaHasASessionForEachSlotOfThePool(t *testing.T) {
	const join = "SELECT o.OrderNbr, c.CustomerName FROM SalesOrder o JOIN Customer c ON c.CustomerID = o.CustomerID"
	running := func(t *testing.T, db *sql.DB) *sql.Rows {
		t.Helper()
		rows, err := db.Query(join)
		require.NoError(t, err)
		require.True(t, rows.Next())
		return rows
	}
	for _, test := range []struct {
		name            string
		opts            []acumaticatest.Option
		more            string
		slots, sessions int
	}{
		{"two by default", nil, "", 4, 2},
		{"as many as SetMaxOpenConns lets run", nil, ";MaxSessions=4", 3, 3},
		{"as many as MaxSessions says", nil, ";MaxSessions=3", 5, 3},
		{"as many as the licence has, and none fails", []acumaticatest.Option{acumaticatest.WithSeats(2), acumaticatest.WithSeatStatus(429)}, ";MaxSessions=9", 5, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := acumaticatest.NewServer(test.opts...)
			defer s.Close()
			db, err := sql.Open("acumatica", s.DSN()+";Pagesize=5"+test.more)
			require.NoError(t, err)
			db.SetMaxOpenConns(test.slots)
			first := running(t, db)
			assert.Equal(t, 1, s.Sessions(), "a statement has one for all that it reads")
			all := []*sql.Rows{first}
			for len(all) < test.slots {
				all = append(all, running(t, db))
			}
			assert.Equal(t, test.sessions, s.Sessions())
			for _, rows := range all {
				n := 1
				for rows.Next() {
					n++
				}
				require.NoError(t, rows.Err())
				assert.Equal(t, 60, n)
			}
			assert.Zero(t, s.Overlaps())
			require.NoError(t, db.Close())
			assert.Zero(t, s.Sessions())
		})
	}
	t.Run("one for statements that run one after the other", func(t *testing.T) {
		s := acumaticatest.NewServer()
		defer s.Close()
		db, err := sql.Open("acumatica", s.DSN()+";Pagesize=5")
		require.NoError(t, err)
		for range 3 {
			require.NoError(t, running(t, db).Close())
			_, err = db.Exec("EXEC SalesOrder_ReleaseFromHold OrderType = 'SO', OrderNbr = 'SO000001'")
			require.NoError(t, err)
		}
		all, _ := s.Logins()
		assert.Equal(t, 1, all)
		require.NoError(t, db.Close())
		assert.Zero(t, s.Sessions())
	})
}
