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
