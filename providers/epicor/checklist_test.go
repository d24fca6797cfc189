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

// TestHabitsOfKinetic goes through the habits of the real server that break
// clients, each with what the driver makes of it.
func TestHabitsOfKinetic(t *testing.T) {
	const customers = `FROM "Erp.BO.CustomerSvc"."Customers" `
	versions(t, "100 rows by default, silently and without a next link: a number is always asked for, and the end proven", func(t *testing.T, v string) {
		s := serve(t)
		assert.Len(t, engine(t, open(t, s, v)).must(`SELECT "CustNum" ` + customers)[0], 301)
		for _, line := range data(s) {
			assert.Contains(t, line, "top=")
		}
	})
	versions(t, "options and names that are case-sensitive: names are found in any case and sent in the metadata's", func(t *testing.T, v string) {
		s := serve(t)
		assert.Len(t, engine(t, open(t, s, v)).must(`SELECT custnum FROM [erp.bo.customersvc].CUSTOMERS WHERE CUSTNUM < 4`)[0], 4)
		assert.Contains(t, data(s)[0], "CustNum%20lt%204")
	})
	versions(t, "401 with three meanings: three kinds of error", func(t *testing.T, v string) {
		s := serve(t)
		for kind, more := range map[providers.Kind][]string{
			providers.KindAuthentication: {"Password", "wrong"}, providers.KindAPIKey: {"ApiKey", "wrong"},
			providers.KindPermission: {"User", "limited", "Password", "limited"},
		} {
			if kind == providers.KindAPIKey && v == "v1" {
				continue // which has none
			}
			_, err := engine(t, open(t, s, v, more...)).run(`SELECT * FROM "Erp.BO.CompanySvc"."Companies"`)
			failure(t, err, kind)
		}
	})
	t.Run("an API key that is missing: its own kind of error", func(t *testing.T) {
		_, err := engine(t, open(t, serve(t), "v2", "ApiKey", "")).run(`SELECT "CustNum" ` + customers)
		failure(t, err, providers.KindAPIKey)
	})
	versions(t, "Company1, where a column would be named like its table: found by either name", func(t *testing.T, v string) {
		c := engine(t, open(t, serve(t), v))
		want := c.must(`SELECT "Company1" FROM "Erp.BO.CompanySvc"."Companies"`)[0][1:]
		assert.Equal(t, want, c.must(`SELECT "Company" FROM "Erp.BO.CompanySvc"."Companies" WHERE "Company" = 'EPIC06'`)[0][1:])
	})
	versions(t, "v1's strings for numbers and datetime'…', v2's numbers: one type, exact to the digit", func(t *testing.T, v string) {
		s := serve(t)
		c := engine(t, open(t, s, v))
		assert.Equal(t, []string{"9007199254741000|12500.500"}, c.must(`SELECT "SysRevID", "CreditLimit" ` + customers + `WHERE "CustNum" = 2`)[0][1:])
		s.ResetCounters()
		instant := map[string]string{"v1": "TIMESTAMP '2023-01-01 00:00:00'", "v2": "TIMESTAMP WITH TIME ZONE '2023-01-01 00:00:00Z'"}[v]
		c.must(`SELECT "OrderNum" FROM "Erp.BO.SalesOrderSvc"."SalesOrders" WHERE "OrderDate" = ` + instant)
		assert.Contains(t, data(s)[0], map[string]string{"v1": "datetime'2023-01-01T00:00:00", "v2": "2023-01-01T00:00:00Z"}[v])
	})
	versions(t, "an updatable BAQ, whose rows have RowMod and SysRowID besides: told apart in the catalog, and read as any", func(t *testing.T, v string) {
		tab := table(t, open(t, serve(t), v), "BaqSvc", "OpenOrderLines")
		assert.Contains(t, tab.Info().Description, "updatable")
		got := mustRows(t, tab, &providers.ScanRequest{Columns: columns(t, tab, "RowMod SysRowID"), Filter: []providers.Predicate{is(t, tab, "FromDate", providers.Eq, date(t, "2023-06-01"))}})
		require.NotEmpty(t, got)
		assert.Equal(t, sqltypes.UUID, tab.Info().Columns[tab.Info().Find("SysRowID")].Type.Kind)
	})
	versions(t, "UpdateExt that says 200 with errors inside: an error", func(t *testing.T, v string) {
		_, err := engine(t, open(t, serve(t), v)).run(`EXEC [Erp.BO.CustomerSvc].UpdateExt ds = '{"Customer":[{"CustNum":99999,"RowMod":"U"}]}', continueProcessingOnError = false, rollbackParentOnChildError = false`)
		failure(t, err, providers.KindBusiness)
	})
	versions(t, "410, a session that has ended: a new one, and the request repeated", func(t *testing.T, v string) {
		s := serve(t)
		c := engine(t, open(t, s, v, "Session", "true"))
		c.must(`SELECT "Name" ` + customers + `WHERE "CustNum" = 2`)
		s.ExpireSessions()
		assert.Equal(t, []string{"O'Brien & Sons"}, c.must(`SELECT "Name" ` + customers + `WHERE "CustNum" = 2`)[0][1:])
	})
	versions(t, "502 that is no JSON: an error that may be tried again, without the page's HTML", func(t *testing.T, v string) {
		s := serve(t, epicortest.WithFault(func(r *http.Request, _ int) *epicortest.Fault {
			if strings.HasSuffix(r.URL.Path, "/Customers") {
				return epicortest.BadGateway()
			}
			return nil
		}))
		_, err := engine(t, open(t, s, v)).run(`SELECT "CustNum" ` + customers)
		e := failure(t, err, providers.KindServer)
		assert.True(t, e.SafeToRetry())
		assert.NotContains(t, e.Error(), "<")
	})
}
