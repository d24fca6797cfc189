package epicor_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/epicorerp/epicorerp/providers/epicor/epicortest"
	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
)

func TestServerSQL(t *testing.T) {
	const customers, orders = `FROM "Erp.BO.CustomerSvc"."Customers" `, `FROM "Erp.BO.SalesOrderSvc"."OrderDtls" `
	pushed := []string{
		`SELECT "CountryNum", COUNT(*) ` + customers + `GROUP BY "CountryNum"`,
		`SELECT "CreditHold", "CountryNum", COUNT(*), MIN("CustNum"), MAX("CustNum"), SUM("CustNum") ` + customers + `WHERE "CustNum" > 20 GROUP BY "CreditHold", "CountryNum"`,
		`SELECT COUNT("EstDate"), COUNT(DISTINCT "CountryNum"), MAX("Rating_c") IS NULL ` + customers + `WHERE "CreditLimit" < 100000 AND NOT ("CreditHold" = TRUE)`,
		`SELECT SUM("CustNum"), MIN("CustNum") ` + customers + `WHERE "CustNum" < 0`,
		`SELECT "CreditHold", SUM("CreditLimit"), MIN("CreditLimit"), MAX("DiscountPercent"), AVG("CustNum"), AVG(DISTINCT "CountryNum"), SUM(DISTINCT "CountryNum") ` + customers + `GROUP BY "CreditHold"`,
		`SELECT "EstDate", COUNT(*), MIN("CustNum") ` + customers + `GROUP BY "EstDate"`,
		`SELECT MIN("EstDate"), MAX("EstDate"), MAX("ChangeDate") ` + customers + `WHERE "DiscountPercent" >= 2.5`,
		`SELECT "DiscountPercent", COUNT(*) ` + customers + `WHERE "CreditLimit" = 12500.5 OR "CustNum" = 12 GROUP BY "DiscountPercent"`,
		`SELECT COUNT(DISTINCT "SysRowID"), COUNT(DISTINCT "CreditLimit"), COUNT("ChangeDate"), MIN(DISTINCT "CustNum") ` + customers,
		`SELECT "SysRowID", COUNT(*) ` + customers + `WHERE "CustNum" < 4 GROUP BY "SysRowID"`,
		`SELECT AVG("CustNum"), SUM("CreditLimit"), MIN("EstDate") ` + customers + `WHERE "CustNum" < 0`,
		`SELECT "OrderNum", COUNT(*) ` + orders + `WHERE "OpenLine" = TRUE AND "OrderNum" IN (5001, 5004, 5010) GROUP BY "OrderNum"`,
	}
	versions(t, "the database aggregates, and the rows are the same", func(t *testing.T, version string) {
		s, off := serve(t), serve(t)
		c, reference := engine(t, open(t, s, version, "ServerSQL", "true")), engine(t, open(t, off, version))
		for range 2 { // once more: nothing was doubted
			for i, sql := range pushed {
				s.ResetCounters()
				assert.ElementsMatch(t, reference.must(sql)[0], c.must(sql)[0], sql)
				if !strings.Contains(sql, "Rating_c") {
					assert.Len(t, rpcs(s, "Execute"), 1, "%d: %s", i, sql)
				}
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
	versions(t, "texts, user-defined columns, means of decimals, extremes of GUIDs and instants in conditions are not asked for", func(t *testing.T, version string) {
		s := serve(t)
		c, reference := engine(t, open(t, s, version, "ServerSQL", "true")), engine(t, open(t, serve(t), version))
		instant := map[string]string{"v1": "TIMESTAMP '2010-01-01 00:00:00'", "v2": "TIMESTAMP WITH TIME ZONE '2010-01-01 00:00:00Z'"}[version]
		for _, sql := range []string{
			`SELECT "Country", COUNT(*) ` + customers + `GROUP BY "Country"`, `SELECT MAX("Name"), COUNT(DISTINCT "City") ` + customers, `SELECT COUNT("Comment") ` + customers,
			`SELECT AVG("CreditLimit") ` + customers, `SELECT MIN("SysRowID") ` + customers, `SELECT MAX("Rating_c") ` + customers, `SELECT COUNT(DISTINCT "EstDate") ` + customers,
			`SELECT "CountryNum", COUNT(*) ` + customers + `WHERE "Name" = 'Dalton Manufacturing' GROUP BY "CountryNum"`,
			`SELECT "CountryNum", COUNT(*) ` + customers + `WHERE "Rating_c" = 2 GROUP BY "CountryNum"`,
			`SELECT "CountryNum", COUNT(*) ` + customers + `WHERE "EstDate" > ` + instant + ` GROUP BY "CountryNum"`,
		} {
			assert.ElementsMatch(t, reference.must(sql)[0], c.must(sql)[0], sql)
		}
		assert.Empty(t, rpcs(s, "Execute"))
	})
	versions(t, "with Collation=server, texts make groups and are compared as the database does it", func(t *testing.T, version string) {
		s := serve(t, epicortest.WithCollation(odatatest.CaseInsensitive))
		c := engine(t, open(t, s, version, "ServerSQL", "true", "Collation", "server"))
		bytewise := engine(t, open(t, s, version))
		assert.ElementsMatch(t, bytewise.must(`SELECT "Country", "City", COUNT(*) ` + customers + `GROUP BY 1, 2`)[0], c.must(`SELECT "Country", "City", COUNT(*) ` + customers + `GROUP BY 1, 2`)[0])
		assert.Equal(t, []string{"30|270"}, c.must(`SELECT COUNT(*), SUM("CountryNum") ` + customers + `WHERE "Country" = 'mexico'`)[0][1:])
		assert.Len(t, rpcs(s, "Execute"), 2)
		same := `SELECT "Name", COUNT(*) ` + customers + `WHERE "CustNum" IN (1, 13, 14) GROUP BY "Name"`
		assert.Len(t, bytewise.must(same)[0][1:], 3)
		assert.Len(t, c.must(same)[0][1:], 1, "Addison, Inc. in any case")
	})
	doubts := map[string]struct{ version, sql, result string }{
		"a number of more digits than floating point keeps": {"v2", `SELECT SUM("CreditLimit") ` + customers, `{"C0":1234567890123456.5,"C1":300}`},
		"a number in the form of floating point":            {"v2", `SELECT SUM("CreditLimit") ` + customers, `{"C0":1.5e3,"C1":300}`},
		"an instant that does not tell its zone":            {"v2", `SELECT MIN("EstDate") ` + customers, `{"C0":"2014-10-16T00:00:00","C1":300}`},
		"a text that is null":                               {"v2", `SELECT "Country", COUNT(*) ` + customers + `GROUP BY "Country"`, `{"C0":null,"C1":300,"C2":300}`},
		"two groups of one value":                           {"v1", `SELECT "EstDate", COUNT(*) ` + customers + `GROUP BY "EstDate"`, `{"C0":null,"C1":1,"C2":150},{"C0":null,"C1":1,"C2":150}`},
		"a truth value that is none":                        {"v1", `SELECT "CreditHold", COUNT(*) ` + customers + `GROUP BY "CreditHold"`, `{"C0":"perhaps","C1":300,"C2":300}`},
	}
	for name, test := range doubts {
		t.Run(name+" is no answer, and its column not asked for again, though others are", func(t *testing.T) {
			once := fault("/Execute", 200, `{"returnObj":{"Results":[`+test.result+`],"Errors":[]}}`)
			var done atomic.Bool
			s := serve(t, epicortest.WithFault(func(r *http.Request, n int) *epicortest.Fault {
				if f := once(r, n); f != nil && !done.Swap(true) {
					return f
				}
				return nil
			}))
			c := engine(t, open(t, s, test.version, "ServerSQL", "true", "Collation", "server"))
			want := engine(t, open(t, serve(t), test.version)).must(test.sql)[0]
			for range 2 {
				assert.ElementsMatch(t, want, c.must(test.sql)[0])
				assert.Len(t, rpcs(s, "Execute"), 1)
			}
			c.must(pushed[0])
			assert.Len(t, rpcs(s, "Execute"), 2)
		})
	}
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
