package acumatica_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/acumatica/acumaticatest"
	"github.com/epicorerp/epicorerp/providers/providertest"
	"github.com/epicorerp/epicorerp/sqlengine"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// TestWhatIsPushed holds the requests that queries begin with, as EXPLAIN prints
// them, and what the server's part in each is.
func TestWhatIsPushed(t *testing.T) {
	s := serve(t)
	var out strings.Builder
	for _, group := range []struct {
		title   string
		more    []string
		queries []string
	}{
		{"REST", nil, []string{
			"SELECT CustomerID, CreditLimit FROM REST.Customer WHERE BAccountID = 7003",
			"SELECT CustomerID FROM REST.Customer WHERE BAccountID BETWEEN 7003 AND 7005 AND NOT ApplyOverdueCharges",
			"SELECT CustomerID FROM REST.Customer WHERE BAccountID <> 7003 OR BAccountID IN (7001, 7002)",
			"SELECT CustomerID FROM REST.Customer WHERE CustomerClass = 'LOCAL' AND CustomerName LIKE 'A%c_'",
			"SELECT CustomerID FROM REST.Customer WHERE CustomerName LIKE '%100[%]%' OR CustomerName LIKE '[x%'",
			"SELECT CustomerID FROM REST.Customer WHERE CustomerName LIKE '%end'",
			"SELECT CustomerID FROM REST.Customer WHERE CustomerName <> 'x' AND CustomerName > 'a' AND CustomerName NOT LIKE 'z%' AND CustomerName = ''",
			"SELECT CustomerID FROM REST.Customer WHERE CreditLimit >= 10.50 AND CreditLimit < 12345678901234567.89",
			"SELECT CustomerID FROM REST.Customer WHERE CreatedDateTime >= TIMESTAMPTZ '2024-03-01 00:00:00+02:00' AND CreatedDateTime <= TIMESTAMPTZ '1700-01-01 00:00:00Z'",
			"SELECT CustomerID FROM REST.Customer WHERE CreatedDateTime = TIMESTAMPTZ '2024-03-01 10:31:28.402Z'",
			"SELECT CustomerID FROM REST.Customer WHERE CreditLimit IS NULL AND LOWER(CustomerID) = 'c000001' AND NoteID = '0f8fad5b-d9cb-469f-a165-70867728950e'",
			"SELECT CustomerID, MainContact_Address_City FROM REST.Customer WHERE MainContact_Email = 'O''Hare'",
			"SELECT CustomerID FROM REST.Customer ORDER BY CustomerID LIMIT 3",
			"SELECT CustomerID FROM REST.Customer WHERE BAccountID > 7003 LIMIT 3 OFFSET 2",
			"SELECT CustomerID FROM REST.Customer WHERE Status = 'Active' LIMIT 3",
			"SELECT COUNT(*) FROM REST.Customer",
			"SELECT SalesOrder_OrderNbr, LineNbr, InventoryID FROM REST.SalesOrder_Details WHERE SalesOrder_OrderNbr = 'SO000003' AND InventoryID = 'CPU0001'",
			"SELECT SalesOrder_OrderNbr, Qty FROM REST.SalesOrder_Details_Allocations LIMIT 3",
			"SELECT CustomerID, Email FROM REST.Customer_MainContact m JOIN REST.Customer c ON c.id = m.Customer_id WHERE Email = 'O''Hare' AND Customer_Status = 'Active'",
			"SELECT City FROM REST.Customer_MainContact_Address WHERE Country = 'US'",
			"SELECT * FROM REST.InventorySummaryInquiry_Results WHERE InventoryID = 'CPU0001' AND QtyOnHand > 5",
		}},
		{"REST, Collation=server", []string{"Collation", "server"}, []string{
			"SELECT CustomerID FROM REST.Customer WHERE CustomerClass = 'LOCAL' LIMIT 3",
		}},
		{"GI and DAC", nil, []string{
			"SELECT CustomerID, CreditLimit FROM GI.[BI-Customers] WHERE Orders > 100 AND CustomerName LIKE '%a%' ORDER BY Orders DESC, CustomerID LIMIT 3",
			"SELECT COUNT(*) FROM GI.[Customer Contacts]",
			"SELECT * FROM GI.[DB-StorageDetails] WHERE Parameter_Warehouse = 'O''HARE' AND QtyOnHand > 5",
			"SELECT OrderNbr, OrderTotal FROM DAC.SOOrder WHERE CustomerID = 7003 AND OrderDate >= TIMESTAMPTZ '2024-03-01 00:00:00Z' ORDER BY CustomerID LIMIT 3",
			"SELECT o.OrderNbr, b.AcctName FROM DAC.SOOrder o JOIN DAC.BAccount b ON b.BAccountID = o.CustomerID WHERE o.CustomerID = 7003",
			"SELECT COUNT(*) FROM DAC.SOLine WHERE OrderQty > 1",
		}},
	} {
		fmt.Fprintf(&out, "# %s\n", group.title)
		e := open(t, s, group.more...)
		for _, q := range group.queries {
			fmt.Fprintf(&out, "\n%s\n", q)
			for _, row := range query(t, e, "EXPLAIN "+q) {
				line, err := url.QueryUnescape(strings.ReplaceAll(row[0], "+", "%2B"))
				if err != nil {
					line = row[0]
				}
				out.WriteString("  " + strings.ReplaceAll(line, s.URL, "…") + "\n")
			}
		}
		out.WriteByte('\n')
	}
	golden(t, "explain.txt", out.String())
}

// run runs a query by the engine and returns its rows as text, NULL for null.
func run(t *testing.T, p providers.Provider, sql string) ([][]string, error) {
	t.Helper()
	return runIn(t.Context(), p, sql)
}

func runIn(ctx context.Context, p providers.Provider, sql string) ([][]string, error) {
	_, rows, err := providertest.Answer(ctx, p, sqlengine.Options{Pushdown: true}, sql)
	var out [][]string
	for _, row := range rows {
		var cells []string
		for _, v := range row {
			cell := v.Text()
			if v.Null {
				cell = "NULL"
			}
			cells = append(cells, cell)
		}
		out = append(out, cells)
	}
	return out, err
}

func query(t *testing.T, p providers.Provider, sql string) [][]string {
	t.Helper()
	rows, err := run(t, p, sql)
	require.NoError(t, err, sql)
	return rows
}

func TestAnEmptyAnswerIsNotBelievedWhereTheServerIsSilent(t *testing.T) {
	t.Run("a condition on a computed field is left to the driver", func(t *testing.T) {
		s := serve(t)
		e := open(t, s)
		all := query(t, e, "SELECT Status, COUNT(*) FROM REST.PurchaseOrder GROUP BY Status ORDER BY Status")
		require.Len(t, all, 2)
		assert.Equal(t, [][]string{{all[1][1]}}, query(t, e, "SELECT COUNT(*) FROM REST.PurchaseOrder WHERE Status = 'Open'"))
		s.ResetCounters()
		assert.Equal(t, [][]string{{all[1][1]}}, query(t, e, "SELECT COUNT(*) FROM REST.PurchaseOrder WHERE Status = 'Open'"))
		for _, line := range data(s) {
			assert.NotContains(t, line, "$filter", "that is remembered")
		}
	})
	t.Run("nor is one that the server fails over", func(t *testing.T) {
		s := serve(t)
		e := open(t, s)
		want := query(t, e, "SELECT ShipmentNbr, Status FROM REST.Shipment")
		n := 0
		for _, row := range want {
			if row[1] == "Open" {
				n++
			}
		}
		for range 2 {
			assert.Len(t, query(t, e, "SELECT ShipmentNbr FROM REST.Shipment WHERE Status = 'Open'"), n)
		}
		failed := 0
		for _, line := range data(s) {
			if strings.Contains(line, "$filter") {
				failed++
			}
		}
		assert.Equal(t, 1, failed, "and not a second time")
	})
	t.Run("an empty answer to a field that is kept to is believed after one look", func(t *testing.T) {
		s := serve(t)
		e := open(t, s)
		assert.Empty(t, query(t, e, "SELECT CustomerID FROM REST.Customer WHERE Status = 'Gone'"))
		assert.Equal(t, []string{
			"GET Customer?$filter=Status%20eq%20'Gone'&$select=CustomerID,Status&$top=1000", "GET Customer?$top=20", "GET Customer?$filter=Status%20eq%20'Active'&$top=1",
		}, data(s))
		s.ResetCounters()
		assert.Empty(t, query(t, e, "SELECT CustomerID FROM REST.Customer WHERE Status = 'Missing'"))
		assert.Len(t, data(s), 1)
	})
	t.Run("of a linked entity, too", func(t *testing.T) {
		s := serve(t)
		e := open(t, s)
		assert.Empty(t, query(t, e, "SELECT Email FROM REST.Customer_MainContact WHERE Email = 'nobody'"))
		asked := data(s)
		require.Len(t, asked, 3)
		assert.Equal(t, "GET Customer?$expand=MainContact&$top=20", asked[1])
		assert.Contains(t, asked[2], "GET Customer?$filter=MainContact/Email%20eq%20'")
		s.ResetCounters()
		assert.Empty(t, query(t, e, "SELECT Email FROM REST.Customer_MainContact WHERE Email = 'somebody'"))
		assert.Len(t, data(s), 1)
	})
	t.Run("and one to the keys at once", func(t *testing.T) {
		s := serve(t)
		e := open(t, s)
		assert.Empty(t, query(t, e, "SELECT OrderNbr FROM REST.PurchaseOrder WHERE OrderNbr = 'PO999999'"))
		assert.Len(t, data(s), 1)
	})
	t.Run("an empty entity is one", func(t *testing.T) {
		s := serve(t)
		for range 25 {
			s.Delete("PurchaseOrder", 0)
		}
		assert.Empty(t, query(t, open(t, s), "SELECT OrderNbr FROM REST.PurchaseOrder WHERE Status = 'Open'"))
	})
	t.Run("a join is made here where keys are not answered", func(t *testing.T) {
		s := serve(t)
		e := open(t, s)
		assert.NotEmpty(t, query(t, e, "SELECT p.OrderNbr FROM REST.StockItem i JOIN REST.PurchaseOrder p ON p.Status = i.ItemStatus OR p.Status = 'Open' WHERE i.InventoryID = 'ITEM0001'"))
		assert.Len(t, query(t, e, "SELECT p.OrderNbr FROM REST.PurchaseOrder p JOIN REST.PurchaseOrder q ON q.Status = p.Status AND q.OrderNbr = p.OrderNbr"), 25)
	})
}

func TestAFormulaIsFilteredAndSortedHere(t *testing.T) {
	s := serve(t)
	p := open(t, s)
	e := p
	all := query(t, e, "SELECT CustomerID, Margin FROM GI.[BI-Margins]")
	assert.Len(t, all, 20)
	var none int
	for _, row := range all {
		if row[1] == "NULL" {
			none++
		}
	}
	assert.Len(t, query(t, e, "SELECT CustomerID FROM GI.[BI-Margins] WHERE Margin IS NULL"), none)
	assert.Len(t, query(t, e, "SELECT CustomerID FROM GI.[BI-Margins] ORDER BY Margin LIMIT 3"), 3)
	assert.NotEmpty(t, query(t, e, "SELECT a.CustomerID FROM GI.[BI-Margins] a JOIN GI.[BI-Margins] b ON b.Margin = a.Margin WHERE a.CustomerID = 'C000002'"))
	t.Run("an empty answer to nothing asked is an error", func(t *testing.T) {
		tab := table(t, p, "GI", "BI-Margins")
		_, err := rows(t.Context(), tab, &providers.ScanRequest{Columns: columns(t, tab, "CustomerID"), Filter: []providers.Predicate{is(t, tab, "Margin", providers.Gt, whole(1))}})
		e := failure(t, err, providers.KindResponse)
		assert.True(t, e.Refused)
		assert.Contains(t, e.Message, "the answer is empty, which is no page of rows")
	})
}

func TestInquiriesWithParameters(t *testing.T) {
	for _, version := range []string{"today's", "older releases'"} {
		t.Run(version, func(t *testing.T) {
			s := serve(t)
			if version != "today's" {
				s = serve(t, acumaticatest.WithLegacyFeeds())
			}
			e := open(t, s, "Schema", "OData", "Pagesize", "7")
			got := query(t, e, "SELECT Warehouse, InventoryID FROM [DB-StorageDetails] WHERE Parameter_Warehouse = 'O''HARE'")
			require.Greater(t, len(got), 7)
			for _, row := range got {
				assert.Equal(t, "O'HARE", row[0])
			}
			assert.Less(t, len(query(t, e, "SELECT 1 FROM [DB-StorageDetails] WHERE Parameter_Warehouse = 'O''HARE' AND QtyOnHand > 50")), len(got))
			_, err := run(t, e, "SELECT * FROM [DB-StorageDetails]")
			assert.Contains(t, failure(t, err, providers.KindParameter).Message, "inquiry DB-StorageDetails is asked by its parameters (Parameter_Warehouse)")
		})
	}
}

func TestClasses(t *testing.T) {
	s := serve(t)
	p := open(t, s, "Schema", "ODataV4")
	t.Run("are found by any of their names", func(t *testing.T) {
		for _, name := range []string{"SOOrder", "salesorder", "PX_Objects_SO_SOOrder"} {
			tab := table(t, p, "", name)
			assert.Len(t, mustRows(t, tab, &providers.ScanRequest{Columns: []int{0}}), 60)
		}
		_, err := p.Table(t.Context(), "", "SOOrdr")
		assert.Contains(t, failure(t, err, providers.KindNotFound).Message, "did you mean `SOOrder`")
	})
	t.Run("have no columns that the server refuses to give", func(t *testing.T) {
		info := table(t, p, "", "SOOrder").Info()
		assert.Negative(t, info.Find("NoteText"))
		assert.Negative(t, info.Find("CuryRate"))
		assert.Equal(t, []int{0, 1}, info.Key)
	})
	t.Run("are expanded along what they refer to", func(t *testing.T) {
		e := p
		assert.NotEmpty(t, query(t, e, "SELECT o.OrderNbr, b.AcctName FROM SOOrder o JOIN BAccount b ON b.BAccountID = o.CustomerID"))
		assert.NotEmpty(t, query(t, e, "SELECT l.LineNbr, o.OrderTotal FROM SOLine l JOIN SOOrder o ON o.OrderType = l.OrderType AND o.OrderNbr = l.OrderNbr"))
	})
	t.Run("are asked of a tenant that is there", func(t *testing.T) {
		_, err := open(t, serve(t, acumaticatest.WithSingleTenant()), "Schema", "ODataV4", "Company", "Nobody").Table(t.Context(), "", "SOOrder")
		assert.Contains(t, failure(t, err, providers.KindNotFound).Message, `the site has no DAC interface for tenant "Nobody"`)
	})
	t.Run("need a tenant", func(t *testing.T) {
		p := open(t, serve(t), "Company", "")
		schemas, err := p.Schemas(t.Context())
		require.NoError(t, err)
		assert.Len(t, schemas, 1)
		_, err = p.Table(t.Context(), "DAC", "SOOrder")
		failure(t, err, providers.KindProperty)
		_, err = p.Table(t.Context(), "DACC", "SOOrder")
		failure(t, err, providers.KindNotFound)
	})
}

func TestFiltersThatDoNotFitAreLeftToTheDriver(t *testing.T) {
	s := serve(t)
	tab := table(t, open(t, s, "MaxURLLength", "600"), "REST", "Customer")
	var many []sqltypes.Value
	for i := range 100 {
		many = append(many, whole(int64(7000+i)))
	}
	p := plan(t, tab, &providers.ScanRequest{Columns: []int{0}, Filter: []providers.Predicate{
		is(t, tab, "BAccountID", providers.In, many...), is(t, tab, "Status", providers.Eq, text("Active"))}})
	assert.Equal(t, []providers.Verdict{providers.None, providers.Superset}, p.Filter)
	assert.Contains(t, p.Reasons[0], "MaxURLLength")
	assert.Less(t, len(p.Requests[0]), 600)
}

func TestDeletedRecordsAreATableOfTheirClass(t *testing.T) {
	s := serve(t)
	p := open(t, s, "Schema", "ODataV4", "Pagesize", "5")
	all := query(t, p, "SELECT NoteID, DeleteDate FROM DeletedRecords WHERE Class = 'SOOrder' ORDER BY DeleteDate")
	require.Len(t, all, 12)
	s.ResetCounters()
	since := query(t, p, "SELECT Class, NoteID FROM DeletedRecords WHERE Class = 'SOOrder' AND DeleteDate >= TIMESTAMPTZ '2024-06-01 00:00:00Z'")
	assert.Contains(t, data(s)[0], "/api/odata/dac/SOOrder/px.GetDeletedRecords()?$filter=DeleteDate%20ge%202024-06-01T00:00:00Z&")
	require.NotEmpty(t, since)
	assert.Less(t, len(since), len(all))
	assert.Equal(t, "SOOrder", since[0][0])
	t.Run("which must be named", func(t *testing.T) {
		_, err := run(t, p, "SELECT NoteID FROM DeletedRecords")
		assert.Contains(t, failure(t, err, providers.KindParameter).Message, "Class")
	})
	t.Run("and is listed", func(t *testing.T) {
		names, err := p.Tables(t.Context(), "DAC")
		require.NoError(t, err)
		last := names[len(names)-1]
		assert.Equal(t, "DeletedRecords", last.Name)
		assert.True(t, last.View)
	})
	t.Run("of a class that there is", func(t *testing.T) {
		_, err := run(t, p, "SELECT NoteID FROM DeletedRecords WHERE Class = 'Nothing'")
		failure(t, err, providers.KindNotFound)
	})
}
