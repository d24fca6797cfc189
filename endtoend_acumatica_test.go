package epicorerp_test

import (
	"context"
	"database/sql"
	"strings"
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

// What the site has is reached by SQL: each line asks for one of its peculiarities.
func TestAcumaticaIsAskedInSQL(t *testing.T) {
	s := acumaticatest.NewServer()
	defer s.Close()
	db, err := sql.Open("acumatica", s.DSN())
	require.NoError(t, err)
	defer db.Close()
	requests := func() (lines []string) {
		for _, r := range s.Requests() {
			lines = append(lines, r.Line())
		}
		return lines
	}
	for _, test := range []struct {
		name, query string
		rows        int
		asked       string // a part of a request
	}{
		{"the newest endpoint is found", "SELECT CustomerID FROM Customer", 40, "/entity/Default/24.200.001/swagger.json"},
		{"custom fields are selected", "SELECT InventoryID, ItemSettings_UsrRepairItemType FROM StockItem", 25, "$custom=ItemSettings.UsrRepairItemType"},
		{"and those of details", "SELECT SalesOrder_OrderNbr, Transactions_UsrRepairItemType FROM SalesOrder_Details WHERE SalesOrder_OrderNbr = 'SO000001'", -1, "$custom=Details/Transactions.UsrRepairItemType"},
		{"details are tables", "SELECT o.OrderNbr, d.InventoryID FROM SalesOrder o JOIN SalesOrder_Details d ON d.SalesOrder_id = o.id WHERE o.OrderNbr = 'SO000001'", -1, "$expand=Details"},
		{"and their details", "SELECT Qty FROM SalesOrder_Details_Allocations", -1, "$expand=Details,Details/Allocations"},
		{"linked entities are columns", "SELECT CustomerID, MainContact_Address_City FROM Customer", 40, "$expand=MainContact,MainContact/Address"},
		{"and tables", "SELECT Customer_CustomerID, Email FROM Customer_MainContact", 40, "$expand=MainContact"},
		{"and attached files", "SELECT Customer_CustomerID, filename, href FROM Customer_files", -1, "$expand=files"},
		{"inquiries are asked by PUT", "SELECT * FROM InventorySummaryInquiry_Results WHERE InventoryID = 'CPU0001'", -1, "PUT /AcumaticaERP/entity/Default/24.200.001/InventorySummaryInquiry?$expand=Results"},
		{"generic inquiries with parameters by their function", "SELECT * FROM GI.[DB-StorageDetails] WHERE Parameter_Warehouse = 'RETAIL'", -1, "DBStorageDetails_WithParameters"},
		{"classes are sorted by the server", "SELECT OrderNbr FROM DAC.SOOrder ORDER BY CustomerID DESC LIMIT 2", 2, "$orderby=CustomerID%20desc"},
		{"and expanded", "SELECT o.OrderNbr, b.AcctName FROM DAC.SOOrder o JOIN DAC.BAccount b ON b.BAccountID = o.CustomerID WHERE o.OrderNbr = '000003'", 1, "$expand=BAccountByCustomerID"},
		{"records that were removed are known", "SELECT NoteID FROM DAC.DeletedRecords WHERE Class = 'SOOrder' AND DeleteDate >= '2024-06-01'", -1, "SOOrder/px.GetDeletedRecords()?$filter=DeleteDate%20ge%202024-06-01T00:00:00Z"},
		{"actions of the workflow are called", "EXEC SalesOrder_CancelOrder OrderType = 'SO', OrderNbr = 'SO000001', Reason = 'Abandoned'", 0, "POST /AcumaticaERP/entity/Default/24.200.001/SalesOrder/CancelOrder"},
		{"records are written", "EXEC Customer_Put CustomerID = 'C000002', CreditLimit = 5", 1, "PUT /AcumaticaERP/entity/Default/24.200.001/Customer"},
	} {
		t.Run(test.name, func(t *testing.T) {
			rows, err := db.Query(test.query)
			require.NoError(t, err)
			n := 0
			for rows.Next() {
				n++
			}
			require.NoError(t, rows.Err())
			if test.rows < 0 {
				assert.Positive(t, n)
			} else {
				assert.Equal(t, test.rows, n)
			}
			assert.Contains(t, strings.Join(requests(), "\n"), test.asked)
			s.ResetCounters()
		})
	}
	t.Run("custom fields are not part of SELECT *", func(t *testing.T) {
		rows, err := db.Query("SELECT * FROM StockItem LIMIT 1")
		require.NoError(t, err)
		defer rows.Close()
		names, err := rows.Columns()
		require.NoError(t, err)
		assert.Equal(t, "InventoryID", names[0], "the key comes first")
		assert.NotContains(t, names, "ItemSettings_UsrRepairItemType")
	})
	t.Run("an action may be given fields to write before it is done", func(t *testing.T) {
		_, err := db.Exec("EXEC SalesOrder_ReleaseFromHold OrderType = 'SO', OrderNbr = 'SO000001', CustomerOrder = 'X1'")
		require.NoError(t, err)
		done := s.Invocations()
		assert.Contains(t, done[len(done)-1].Body, `"CustomerOrder":{"value":"X1"}`)
	})
}
