package epicor_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/epicor/epicortest"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// silent is a server that does not describe its BAQs.
func silent(r *http.Request, _ int) *epicortest.Fault {
	if strings.Contains(r.URL.Path, "/swagger/") || strings.Contains(r.URL.Path, "/Ice.BO.DynamicQuerySvc/") {
		return &epicortest.Fault{Status: 404, Body: "{}"}
	}
	return nil
}

func date(t *testing.T, s string) sqltypes.Value {
	t.Helper()
	d, err := sqltypes.ParseDate(s)
	require.NoError(t, err)
	return sqltypes.DateValue(d)
}

func TestBAQ(t *testing.T) {
	versions(t, "BAQs are listed as views by two requests, one for what they are for", func(t *testing.T, v string) {
		s := serve(t)
		p := open(t, s, v)
		tables, err := p.Tables(t.Context(), "")
		require.NoError(t, err)
		assert.Contains(t, tables, providers.TableName{Schema: "BaqSvc", Name: "zAllCustomers", View: true, Description: "Customers with their credit"})
		assert.Contains(t, tables, providers.TableName{Schema: "BaqSvc", Name: "OpenOrderLines", View: true,
			Description: "Open order lines from a date on, by customer and product codes (updatable)"}, "updatable BAQs are told apart")
		assert.Equal(t, 2, s.Count())
	})
	versions(t, "a BAQ is found without regard to case, and a wrong name offers the nearest", func(t *testing.T, v string) {
		s := serve(t)
		p := open(t, s, v)
		assert.Equal(t, "zAllCustomers", table(t, p, "baqsvc", "ZALLCUSTOMERS").Info().Name)
		_, err := p.Table(t.Context(), "", "zAllCustomer")
		assert.Contains(t, failure(t, err, providers.KindNotFound).Message, "did you mean `zAllCustomers`")
	})
	versions(t, "its columns are those of its metadata, RowIdent hidden and no key", func(t *testing.T, v string) {
		s := serve(t)
		info := table(t, open(t, s, v), "BaqSvc", "zAllCustomers").Info()
		assert.True(t, info.View)
		assert.Empty(t, info.Key)
		last := info.Columns[info.Find("RowIdent")]
		assert.True(t, last.Hidden)
		assert.Equal(t, sqltypes.Decimal, info.Columns[info.Find("customer_creditlimit")].Type.Kind)
	})
	versions(t, "columns have captions, and those of an updatable BAQ that can be written are known", func(t *testing.T, v string) {
		s := serve(t)
		info := table(t, open(t, s, v), "BaqSvc", "OpenOrderLines").Info()
		assert.Contains(t, info.Description, "(updatable)")
		quantity, num := info.Columns[info.Find("OrderDtl_OrderQty")], info.Columns[info.Find("OrderHed_OrderNum")]
		assert.Equal(t, []string{"Order Qty", "Order Num"}, []string{quantity.Description, num.Description})
		assert.Equal(t, []bool{false, true}, []bool{quantity.ReadOnly, num.ReadOnly})
		assert.Contains(t, info.Columns[info.Find("ProdCode")].Description, "give it by IN")
		plain := table(t, open(t, s, v), "BaqSvc", "zAllCustomers").Info()
		for _, c := range plain.Columns {
			assert.True(t, c.ReadOnly, c.Name)
		}
	})
	versions(t, "who may not ask the query service reads BAQs without captions", func(t *testing.T, v string) {
		s := serve(t, epicortest.WithUsers(epicortest.User{Name: epicortest.DefaultUser, Password: epicortest.DefaultPassword,
			Companies: []string{epicortest.DefaultCompany}, Denied: []string{"Ice.BO.DynamicQuerySvc"}}))
		p := open(t, s, v)
		tables, err := p.Tables(t.Context(), "")
		require.NoError(t, err)
		assert.Contains(t, tables, providers.TableName{Schema: "BaqSvc", Name: "zAllCustomers", View: true})
		assert.Empty(t, table(t, p, "", "zAllCustomers").Info().Columns[0].Description)
	})
	versions(t, "parameters of a BAQ that is not described are those of its definition, given when the server wants them", func(t *testing.T, v string) {
		s := serve(t, epicortest.WithFault(func(r *http.Request, _ int) *epicortest.Fault {
			if strings.Contains(r.URL.Path, "/swagger/") {
				return &epicortest.Fault{Status: 404}
			}
			return nil
		}))
		tab := table(t, open(t, s, v), "", "OpenOrderLines")
		c := tab.Info().Columns[tab.Info().Find("FromDate")]
		assert.True(t, c.Hidden && c.Input && !c.Required)
		assert.Equal(t, sqltypes.Date, c.Type.Kind)
		assert.NotEmpty(t, mustRows(t, tab, &providers.ScanRequest{Columns: []int{0}, Filter: []providers.Predicate{is(t, tab, "FromDate", providers.Eq, date(t, "2023-06-01"))}}))
	})
	versions(t, "all rows come once each, though the server cuts them, also with RowIdent", func(t *testing.T, v string) {
		s := serve(t, epicortest.WithCap(70))
		tab := table(t, open(t, s, v), "", "zAllCustomers")
		for _, names := range []string{"Customer_CustNum", "Customer_CustNum RowIdent", "Customer_Company Customer_CustNum"} {
			got := mustRows(t, tab, &providers.ScanRequest{Columns: columns(t, tab, names)})
			assert.Len(t, got, 300)
			assert.Len(t, distinct(got), 300)
		}
	})
	versions(t, "a server that ignores $skip is found out, and read by larger pages", func(t *testing.T, v string) {
		s := serve(t, epicortest.WithoutBAQSkip(), epicortest.WithoutBAQOptions())
		tab := table(t, open(t, s, v, "Pagesize", "50"), "", "zAllCustomers")
		got := mustRows(t, tab, &providers.ScanRequest{Columns: columns(t, tab, "Customer_CustNum")})
		assert.Len(t, got, 300)
		assert.Len(t, distinct(got), 300)
		// One value in all rows must not hide that the first page came again.
		got = mustRows(t, tab, &providers.ScanRequest{Columns: columns(t, tab, "Customer_Company")})
		assert.Len(t, got, 300)
	})
	versions(t, "a server that ignores $skip and cuts cannot be read to the end, and that is an error", func(t *testing.T, v string) {
		s := serve(t, epicortest.WithoutBAQSkip(), epicortest.WithCap(70))
		tab := table(t, open(t, s, v), "", "zAllCustomers")
		_, err := rows(t.Context(), tab, &providers.ScanRequest{Columns: columns(t, tab, "Customer_CustNum")})
		require.Error(t, err)
	})
	versions(t, "parameters are known from the server's description and sent as they are", func(t *testing.T, v string) {
		s := serve(t)
		tab := table(t, open(t, s, v), "", "PartsByVendor")
		c := tab.Info().Columns[tab.Info().Find("CurrentPlant")]
		assert.True(t, c.Hidden && c.Input && c.Required)
		s.ResetCounters()
		got := mustRows(t, tab, &providers.ScanRequest{Columns: columns(t, tab, "PartPlant_PartNum CurrentPlant"), Filter: []providers.Predicate{
			is(t, tab, "CurrentPlant", providers.Eq, text("MfgSys"))}})
		require.NotEmpty(t, got)
		assert.True(t, strings.HasSuffix(got[0], "|MfgSys"), "the column reads as the constant")
		assert.Contains(t, s.Requests()[0].Query, "CurrentPlant=MfgSys")
		_, err := tab.Plan(t.Context(), &providers.ScanRequest{Columns: []int{0}})
		assert.Contains(t, failure(t, err, providers.KindParameter).Message, "CurrentPlant")
	})
	versions(t, "a parameter that the server does not describe is sent when a query names it", func(t *testing.T, v string) {
		s := serve(t, epicortest.WithFault(silent))
		tab := table(t, open(t, s, v), "", "OpenOrderLines")
		assert.Equal(t, -1, tab.Info().Find("FromDate"))
		with := tab.(providers.InputTable).WithInput("FromDate").(providers.InputTable).WithInput("CustNum")
		n := len(with.Info().Columns)
		assert.Equal(t, []string{"FromDate", "CustNum"}, []string{with.Info().Columns[n-2].Name, with.Info().Columns[n-1].Name})
		assert.Len(t, tab.Info().Columns, n-2, "the table itself stays as it was")
		got := mustRows(t, with, &providers.ScanRequest{Columns: columns(t, with, "OrderHed_CustNum"), Filter: []providers.Predicate{
			is(t, with, "FromDate", providers.Eq, date(t, "2023-06-01")), is(t, with, "CustNum", providers.Eq, whole(7))}})
		require.NotEmpty(t, got)
		assert.Equal(t, map[string]bool{"7": true}, distinct(got))
		assert.Contains(t, data(s)[0], "FromDate=2023-06-01&CustNum=7")
	})
	versions(t, "a list parameter is repeated", func(t *testing.T, v string) {
		s := serve(t)
		tab := table(t, open(t, s, v), "", "OrdersByStatus")
		got := mustRows(t, tab, &providers.ScanRequest{Columns: columns(t, tab, "OrderHed_CurrencyCode"), Filter: []providers.Predicate{
			is(t, tab, "Currency", providers.In, text("USD"), text("EUR")), is(t, tab, "OpenOnly", providers.Eq, sqltypes.BoolValue(true))}})
		assert.Equal(t, map[string]bool{"USD": true, "EUR": true}, distinct(got))
		assert.Contains(t, data(s)[0], "Currency=USD&Currency=EUR&OpenOnly=true")
	})
	versions(t, "a mandatory parameter that is missing is named, with the BAQ", func(t *testing.T, v string) {
		s := serve(t, epicortest.WithFault(silent))
		tab := table(t, open(t, s, v), "", "PartsByVendor")
		_, err := rows(t.Context(), tab, &providers.ScanRequest{Columns: []int{0}})
		e := failure(t, err, providers.KindParameter)
		assert.Contains(t, e.Message, "PartsByVendor")
		assert.Contains(t, e.Message, "WHERE CurrentPlant = value")
	})
	versions(t, "a filter is sent and checked again, the sorting left to the driver", func(t *testing.T, v string) {
		s := serve(t)
		tab := table(t, open(t, s, v), "", "zAllCustomers")
		plan, err := tab.Plan(t.Context(), &providers.ScanRequest{
			Columns: []int{0}, Filter: []providers.Predicate{is(t, tab, "Customer_CustNum", providers.Lt, whole(11))},
			Order: []providers.OrderTerm{{Column: ref(t, tab, "Customer_CustNum").Column}},
		})
		require.NoError(t, err)
		assert.Equal(t, []providers.Verdict{providers.Superset}, plan.Filter)
		assert.Equal(t, providers.None, plan.Order)
		assert.Contains(t, plan.Requests[0], "Customer_CustNum%20lt%2011")
	})
	versions(t, "a limit is one request, an offset and a count are the driver's", func(t *testing.T, v string) {
		s := serve(t)
		tab := table(t, open(t, s, v), "", "zAllCustomers")
		s.ResetCounters()
		assert.Len(t, mustRows(t, tab, &providers.ScanRequest{Columns: []int{0}, Limit: 5}), 5)
		assert.Equal(t, 1, s.Count())
		plan, err := tab.Plan(t.Context(), &providers.ScanRequest{Columns: []int{0}, Limit: 5, Offset: 3})
		require.NoError(t, err)
		assert.Equal(t, providers.None, plan.Limit)
		plan, err = tab.Plan(t.Context(), &providers.ScanRequest{Aggregate: &providers.Aggregate{
			Calls: []providers.AggregateCall{{Func: "COUNT", Column: -1, Type: sqltypes.Of(sqltypes.BigInt)}}}})
		require.NoError(t, err)
		assert.Equal(t, providers.None, plan.Aggregate)
	})
}
