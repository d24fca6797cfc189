package epicor_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/epicorerp/epicorerp/providers/epicor/epicortest"
)

func TestServerSQL(t *testing.T) {
	const customers, orders = `FROM "Erp.BO.CustomerSvc"."Customers" `, `FROM "Erp.BO.SalesOrderSvc"."OrderDtls" `
	pushed := []string{
		`SELECT "CountryNum", COUNT(*) ` + customers + `GROUP BY "CountryNum"`,
		`SELECT "CreditHold", "CountryNum", COUNT(*), MIN("CustNum"), MAX("CustNum"), SUM("CustNum") ` + customers + `WHERE "CustNum" > 20 GROUP BY "CreditHold", "CountryNum"`,
		`SELECT COUNT("EstDate"), COUNT(DISTINCT "CountryNum"), MAX("Rating_c") IS NULL ` + customers + `WHERE "CreditLimit" < 100000 AND NOT ("CreditHold" = TRUE)`,
		`SELECT SUM("CustNum"), MIN("CustNum") ` + customers + `WHERE "CustNum" < 0`,
		`SELECT "OrderNum", COUNT(*) ` + orders + `WHERE "OpenLine" = TRUE AND "OrderNum" IN (5001, 5004, 5010) GROUP BY "OrderNum"`,
	}
	versions(t, "the database aggregates, and the rows are the same", func(t *testing.T, version string) {
		s, off := serve(t), serve(t)
		c, reference := engine(t, open(t, s, version, "ServerSQL", "true")), engine(t, open(t, off, version))
		for i, sql := range pushed {
			s.ResetCounters()
			assert.ElementsMatch(t, reference.must(sql)[0], c.must(sql)[0], sql)
			if !strings.Contains(sql, "Rating_c") {
				assert.Len(t, rpcs(s, "Execute"), 1, "%d: %s", i, sql)
			}
		}
		assert.Empty(t, rpcs(off, "Execute"), "nobody is asked who is not told to")
	})
	versions(t, "EXPLAIN tells the statement", func(t *testing.T, version string) {
		c := engine(t, open(t, serve(t), version, "ServerSQL", "true"))
		plan := strings.Join(c.must("EXPLAIN " + pushed[1])[0], "\n")
		assert.Contains(t, plan, "select [T].[CreditHold] as [C0], [T].[CountryNum] as [C1], count(*) as [C2], min([T].[CustNum]) as [C3], max([T].[CustNum]) as [C4], sum([T].[CustNum]) as [C5], count(*) as [C6] "+
			"from Erp.Customer as [T] where [T].[Company] = 'EPIC06' and [T].[CustNum] > 20 group by [T].[CreditHold], [T].[CountryNum]")
		assert.Contains(t, plan, "DynamicQuerySvc/Execute")
		assert.Contains(t, plan, "ServerSQL")
	})
	versions(t, "texts, user-defined columns, decimals and averages are not asked for", func(t *testing.T, version string) {
		s := serve(t)
		c, reference := engine(t, open(t, s, version, "ServerSQL", "true")), engine(t, open(t, serve(t), version))
		for _, sql := range []string{
			`SELECT "Country", COUNT(*) ` + customers + `GROUP BY "Country"`, `SELECT MAX("Name"), COUNT(DISTINCT "City") ` + customers,
			`SELECT SUM("CreditLimit") ` + customers, `SELECT AVG("CustNum") ` + customers, `SELECT MAX("Rating_c") ` + customers,
			`SELECT "CountryNum", COUNT(*) ` + customers + `WHERE "Name" = 'Dalton Manufacturing' GROUP BY "CountryNum"`,
			`SELECT "CountryNum", COUNT(*) ` + customers + `WHERE "Rating_c" = 2 GROUP BY "CountryNum"`,
		} {
			assert.ElementsMatch(t, reference.must(sql)[0], c.must(sql)[0], sql)
		}
		assert.Empty(t, rpcs(s, "Execute"))
	})
	for name, opts := range map[string][]epicortest.Option{
		"a table that holds more than the set shows":    {epicortest.WithHiddenRows(2)},
		"errors inside of an answer that says 200":      {epicortest.WithFault(fault("/Execute", 200, `{"returnObj":{"Results":[],"Errors":[{"ErrorText":"Bad SQL statement. Review the server event logs for details."}]}}`))},
		"a user without the rights of a query designer": {epicortest.WithFault(fault("/ParseFromSQL", 401, `{"HttpStatus":401,"ErrorMessage":"Access denied (Ice.BO.BAQDesigner.ParseFromSQL).","ErrorType":"System.UnauthorizedAccessException"}`))},
		"an answer that is cut":                         {epicortest.WithFault(fault("/Execute", 200, `{"returnObj":{"Results":[{"C0":1,"C1":3,"C2":3}],"Errors":[]}}`))},
		"an answer of another form":                     {epicortest.WithFault(fault("/Execute", 200, `{"returnObj":[]}`))},
	} {
		versions(t, name+" is no answer, and the table not asked again", func(t *testing.T, version string) {
			s := serve(t, opts...)
			c := engine(t, open(t, s, version, "ServerSQL", "true"))
			want := engine(t, open(t, serve(t), version)).must(pushed[0])[0]
			assert.ElementsMatch(t, want, c.must(pushed[0])[0])
			s.ResetCounters()
			assert.ElementsMatch(t, want, c.must(pushed[0])[0])
			assert.Empty(t, rpcs(s, "ParseFromSQL"))
		})
	}
	versions(t, "a computed column is in no table: the server's error is not the query's", func(t *testing.T, version string) {
		c := engine(t, open(t, serve(t), version, "ServerSQL", "true"))
		sql := `SELECT "TotalLines", COUNT(*) FROM "Erp.BO.SalesOrderSvc"."SalesOrders" GROUP BY "TotalLines"`
		assert.ElementsMatch(t, engine(t, open(t, serve(t), version)).must(sql)[0], c.must(sql)[0])
	})
}

// fault answers requests whose path ends so.
func fault(path string, status int, body string) func(*http.Request, int) *epicortest.Fault {
	return func(r *http.Request, _ int) *epicortest.Fault {
		if strings.HasSuffix(r.URL.Path, path) {
			return &epicortest.Fault{Status: status, Body: body, Header: http.Header{"Content-Type": {"application/json"}}}
		}
		return nil
	}
}
