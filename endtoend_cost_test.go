package epicorerp_test

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers/epicor/epicortest"
)

func TestTheLastOrdersOfACustomerAreOneSmallRequest(t *testing.T) {
	eachVersion(t, func(t *testing.T, version string) {
		s := kinetic(t, epicortest.WithOrderLines(50_000))
		db := openDB(t, s, version)
		got, err := texts(t.Context(), db, "SELECT OrderNum FROM [Erp.BO.SalesOrderSvc].[SalesOrders] WHERE CustNum = 7 ORDER BY OrderNum DESC LIMIT 5")
		require.NoError(t, err)

		var all struct{ Value []struct{ OrderNum int } }
		fetchJSON(t, s, orderService+"/SalesOrders?$select=OrderNum&$filter=CustNum%20eq%207&$top=100000", &all)
		var numbers []int
		for _, o := range all.Value {
			numbers = append(numbers, o.OrderNum)
		}
		slices.Sort(numbers)
		slices.Reverse(numbers)
		require.Greater(t, len(numbers), 5)
		var want []string
		for _, n := range numbers[:5] {
			want = append(want, strconv.Itoa(n))
		}
		assert.Equal(t, want, got)

		requests := dataRequests(s, "SalesOrders")[:len(dataRequests(s, "SalesOrders"))-1] // the last is the test's own
		require.Len(t, requests, 1)
		options, err := url.ParseQuery(requests[0].Query)
		require.NoError(t, err)
		top, err := strconv.Atoi(options.Get("$top"))
		require.NoError(t, err, requests[0].Query)
		assert.LessOrEqual(t, top, 5)
		assert.Equal(t, "CustNum eq 7", options.Get("$filter"))
		assert.NotContains(t, options.Get("$select"), "CustNum", "a column that only the server looks at need not come")
	})
}

func TestAJoinReadsTheLinesOfItsOrdersAlone(t *testing.T) {
	const lines = 200_000
	for name, filter := range map[string]string{
		"orders by number":                  "o.OrderNum BETWEEN 9001 AND 9020",
		"orders by a list":                  "o.OrderNum IN (5003, 5010, 5500, 6003, 7001, 8000, 9999, 12000, 12001, 15000, 20000, 25001, 30000, 35000, 40001, 45000, 50000, 55000, 60000, 64000)",
		"orders by what the lines lack":     "o.PONum LIKE 'PO-9%' AND o.OrderHeld = TRUE AND o.OrderNum BETWEEN 9001 AND 9800",
		"orders in a derived table, newest": "",
	} {
		t.Run(name, func(t *testing.T) {
			eachVersion(t, func(t *testing.T, version string) {
				s := kinetic(t, epicortest.WithOrderLines(lines))
				db := openDB(t, s, version)
				query := "SELECT o.OrderNum, l.OrderLine, o.CustNum, l.CustNum FROM SalesOrders o JOIN OrderDtls l ON l.Company = o.Company AND l.OrderNum = o.OrderNum WHERE " + filter
				if filter == "" {
					query = "SELECT o.OrderNum, l.OrderLine, o.CustNum, l.CustNum FROM (SELECT OrderNum, CustNum FROM SalesOrders WHERE CustNum = 7 ORDER BY OrderNum DESC LIMIT 20) o JOIN OrderDtls l ON l.OrderNum = o.OrderNum"
				}
				got, err := texts(t.Context(), db, query)
				require.NoError(t, err)
				requests := s.Requests()
				assert.LessOrEqual(t, len(dataRequests(s, "OrderDtls")), 3, "%v", requests)

				orders := map[string]bool{}
				for _, row := range got {
					cells := strings.Split(row, " | ")
					orders[cells[0]] = true
					assert.Equal(t, cells[2], cells[3], "a line has its order's customer")
				}
				assert.InDelta(t, 20, len(orders), 2)
				var want []string
				for o := range orders {
					var all struct {
						Value []struct{ OrderNum, OrderLine, CustNum int }
					}
					fetchJSON(t, s, orderService+"/OrderDtls?$select=OrderNum,OrderLine,CustNum&$filter=OrderNum%20eq%20"+o+"&$top=1000", &all)
					for _, l := range all.Value {
						want = append(want, fmt.Sprintf("%d | %d | %d | %[3]d", l.OrderNum, l.OrderLine, l.CustNum))
					}
				}
				slices.Sort(want)
				slices.Sort(got)
				assert.Equal(t, want, got)
			})
		})
	}
}

func TestAQueryReadsTheMetadataOfOneService(t *testing.T) {
	eachVersion(t, func(t *testing.T, version string) {
		s := kinetic(t)
		db := openDB(t, s, version)
		conn, err := db.Conn(t.Context())
		require.NoError(t, err)
		assert.LessOrEqual(t, s.Count(), 1, "a connection is proven by one request: %v", s.Requests())
		var n int
		require.NoError(t, conn.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM [Erp.BO.CustomerSvc].[Customers]").Scan(&n))
		require.NoError(t, conn.Close())
		assert.Equal(t, 300, n)
		var metadata []string
		for _, r := range s.Requests() {
			if strings.HasSuffix(r.Path, "/$metadata") {
				metadata = append(metadata, r.Line())
			}
		}
		require.Len(t, metadata, 1)
		assert.Contains(t, metadata[0], "/Erp.BO.CustomerSvc/$metadata")
		assert.LessOrEqual(t, s.Count(), 4, "%v", s.Requests())

		// What is known is kept.
		s.ResetCounters()
		require.NoError(t, db.QueryRow("SELECT COUNT(*) FROM [Erp.BO.CustomerSvc].[Customers]").Scan(&n))
		assert.Equal(t, 1, s.Count())
	})
}
