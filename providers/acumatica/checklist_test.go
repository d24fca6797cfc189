package acumatica_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/acumatica/acumaticatest"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// TestHabitsOfAcumatica goes through the habits of the real server that break
// clients, each with what the driver makes of it.
func TestHabitsOfAcumatica(t *testing.T) {
	order := map[string]sqltypes.Value{"OrderType": text("SO"), "OrderNbr": text("SO000001")}
	// answering puts a fault in place of the answers to addresses that end so.
	answering := func(suffix string, f func() *acumaticatest.Fault) acumaticatest.Option {
		return acumaticatest.WithFault(func(r *http.Request, _ int) *acumaticatest.Fault {
			if strings.HasSuffix(r.URL.Path, suffix) {
				return f()
			}
			return nil
		})
	}
	t.Run(`values wrapped as {"value": …}, {} for what is not there: columns of their types, decimals to the digit, and NULL`, func(t *testing.T) {
		page := `[{"id":"eeb62500-0000-4000-8000-000000000001","rowNumber":1,"note":{"value":""},"CustomerID":{"value":"C1"},"CreditLimit":{"value":12345678901234.5600},"Status":{},"custom":{}}]`
		end := false
		s := serve(t, answering("/Customer", func() *acumaticatest.Fault {
			body := page
			if end {
				body = "[]"
			}
			end = true
			return &acumaticatest.Fault{Status: 200, Body: body}
		}))
		got := query(t, open(t, s, "EndpointName", "Default", "EndpointVersion", acumaticatest.EndpointVersion), "SELECT CustomerID, CreditLimit, Status FROM Customer LIMIT 1")
		assert.Equal(t, [][]string{{"C1", "12345678901234.5600", "NULL"}}, got)
	})
	t.Run("a sign-in that answers 204 and cookies, and new cookies with any answer: each request has the latest, and one sign-in does", func(t *testing.T) {
		s := serve(t, acumaticatest.WithRenewedTickets())
		got, err := customers(t, open(t, s, "Pagesize", "5"))
		require.NoError(t, err)
		assert.Len(t, got, 40)
		logins, _ := s.Logins()
		assert.Equal(t, 1, logins)
	})
	t.Run("no seat left, said by 500 or by 429: an error of the licence that may be tried again, and a seat that is given back with Close", func(t *testing.T) {
		for _, status := range []int{500, 429} {
			s := serve(t, acumaticatest.WithSeats(1), acumaticatest.WithSeatStatus(status))
			first := open(t, s)
			require.NoError(t, first.Ping(t.Context()))
			e := failure(t, open(t, s).Ping(t.Context()), providers.KindLicense)
			assert.True(t, e.SafeToRetry())
			require.NoError(t, first.Close())
			require.NoError(t, open(t, s).Ping(t.Context()), "the seat is free again")
		}
	})
	t.Run("$orderby that is ignored in silence: never sent, rows are sorted here", func(t *testing.T) {
		s := serve(t)
		var names []string
		for _, row := range query(t, open(t, s, "Pagesize", "7"), "SELECT CreditLimit FROM Customer WHERE CreditLimit IS NOT NULL ORDER BY CreditLimit DESC") {
			names = append(names, row[0])
		}
		require.Greater(t, len(names), 7)
		assert.True(t, slices.IsSortedFunc(names, func(a, b string) int {
			return sqltypes.Compare(decimal(t, b), decimal(t, a))
		}), names)
		for _, line := range data(s) {
			assert.NotContains(t, line, "orderby")
		}
	})
	t.Run("500 on contains, tolower and not: never sent, such conditions are decided here", func(t *testing.T) {
		s := serve(t)
		p := open(t, s)
		all := len(query(t, p, "SELECT CustomerID FROM Customer"))
		with := len(query(t, p, "SELECT CustomerID FROM Customer WHERE LOWER(CustomerName) LIKE '%a%'"))
		without := len(query(t, p, "SELECT CustomerID FROM Customer WHERE NOT LOWER(CustomerName) LIKE '%a%'"))
		unknown := len(query(t, p, "SELECT CustomerID FROM Customer WHERE CustomerName IS NULL"))
		assert.Equal(t, all, with+without+unknown)
		assert.Positive(t, with)
		for _, line := range data(s) {
			for _, name := range []string{"contains(", "tolower(", "not "} {
				assert.NotContains(t, strings.ReplaceAll(line, "%20", " "), name)
			}
		}
	})
	t.Run("200 with an empty body, to a formula column in a condition or an order of an inquiry: not taken for no rows, but done here", func(t *testing.T) {
		s := serve(t)
		p := open(t, s)
		all := query(t, p, "SELECT CustomerID FROM GI.[BI-Margins] WHERE Margin IS NOT NULL")
		require.NotEmpty(t, all)
		assert.Len(t, query(t, p, "SELECT CustomerID FROM GI.[BI-Margins] WHERE Margin > -1"), len(all))
		assert.Len(t, query(t, p, "SELECT CustomerID FROM GI.[BI-Margins] ORDER BY Margin LIMIT 3"), 3)
	})
	t.Run("200 with an empty body, to anything else: an error", func(t *testing.T) {
		for _, place := range []string{"/Customer", "/BI-Customers"} {
			s := serve(t, answering(place, func() *acumaticatest.Fault { return &acumaticatest.Fault{Status: 200} }))
			_, err := run(t, open(t, s), map[string]string{"/Customer": "SELECT CustomerID FROM Customer", "/BI-Customers": "SELECT CustomerID FROM GI.[BI-Customers]"}[place])
			assert.Contains(t, failure(t, err, providers.KindResponse).Message, "the answer is empty")
		}
	})
	t.Run("202 and a Location that is asked until it answers 204: the procedure returns when the action is done", func(t *testing.T) {
		s := serve(t, acumaticatest.WithPolls(3))
		args := map[string]sqltypes.Value{"id": sqltypes.UUIDValue("b6410d82-9476-ef11-8c65-ac198e472cfe"), "WarehouseID": text("MAIN"),
			"ShipmentDate": sqltypes.TimestampTZValue(0)}
		_, err := invoke(t, open(t, s), "SalesOrder_SalesOrderCreateShipment", args)
		require.NoError(t, err)
		assert.Equal(t, `{"entity":{"id":"b6410d82-9476-ef11-8c65-ac198e472cfe"},"parameters":{"ShipmentDate":{"value":"1970-01-01T00:00:00Z"},"WarehouseID":{"value":"MAIN"}}}`, s.Invocations()[0].Body)
		asked := 0
		for _, r := range s.Requests() {
			if strings.Contains(r.Path, "/status/") {
				asked++
			}
		}
		assert.Equal(t, 4, asked)
	})
	t.Run("422, with the errors inside of the record that was sent: one error that tells each with its place", func(t *testing.T) {
		p := open(t, serve(t))
		_, err := invoke(t, p, "SalesOrder_SalesOrderCreateShipment", map[string]sqltypes.Value{"OrderType": order["OrderType"], "OrderNbr": order["OrderNbr"], "WarehouseID": text("NOPE")})
		e := failure(t, err, providers.KindBusiness)
		assert.Contains(t, e.Message, "parameters.WarehouseID: WarehouseID 'NOPE' cannot be found in the system.")
		assert.Equal(t, 422, e.Status)
		_, err = invoke(t, p, "Customer_Put", map[string]sqltypes.Value{"CustomerID": text("C000002"), "CustomerClass": text("NOPE")})
		assert.Equal(t, "Updating 'Record' raised at least one error. Please review the errors.; CustomerClass: CustomerClass 'NOPE' cannot be found in the system.",
			failure(t, err, providers.KindBusiness).Message)
	})
	t.Run("429, when the queue of requests is full: the request is repeated as often as MaxRetries lets it", func(t *testing.T) {
		declined := 0
		s := serve(t, answering("/Customer", func() *acumaticatest.Fault {
			if declined++; declined > 2 {
				return nil
			}
			return acumaticatest.TooManyRequests("0")
		}))
		got, err := customers(t, open(t, s, "MaxRetries", "3"))
		require.NoError(t, err)
		assert.Len(t, got, 40)
		declined = 0
		_, err = customers(t, open(t, s, "MaxRetries", "0"))
		assert.True(t, failure(t, err, providers.KindRateLimit).SafeToRetry())
	})
}

func decimal(t *testing.T, text string) sqltypes.Value {
	n, err := sqltypes.ParseNum(text)
	require.NoError(t, err)
	return sqltypes.NumValue(n)
}
