package epicor_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/epicor/epicortest"
)

// rpcs are the calls of a method.
func rpcs(s *epicortest.Server, method string) (bodies []string) {
	for _, r := range s.Requests() {
		if r.Method == http.MethodPost && strings.HasSuffix(r.Path, "/"+method) {
			bodies = append(bodies, r.Path)
		}
	}
	return bodies
}

func TestGetRowsInPlaceOfFilters(t *testing.T) {
	const customers = `SELECT "CustNum" FROM "Erp.BO.CustomerSvc"."Customers" `
	versions(t, "a set that refuses every condition is read by GetRows, and the rows are the same", func(t *testing.T, version string) {
		s, filters := serve(t, epicortest.WithoutSetFilters()), serve(t)
		c, reference := engine(t, open(t, s, version)), engine(t, open(t, filters, version))
		for _, sql := range []string{
			customers + `WHERE "CustNum" > 290`, customers + `WHERE "CustNum" IN (1, 7, 99999)`, customers + `WHERE "Country" = 'Germany'`,
			customers + `WHERE "CreditLimit" >= 475019.000 AND "CreditHold" = FALSE`, customers + `WHERE "CustNum" < 5 OR "CustNum" = 9`,
			customers + `WHERE "Name" = 'O''Brien & Sons'`, customers + `WHERE "EstDate" IS NULL AND "CustNum" < 50`,
			`SELECT COUNT(*) FROM "Erp.BO.CustomerSvc"."Customers" WHERE "CustNum" <> 3`,
			`SELECT "PartNum" FROM "Erp.BO.PartSvc"."Parts" WHERE "PartNum" = '00C1'`,
			`SELECT "PartNum" FROM "Erp.BO.PartSvc"."Parts" WHERE "ProdCode" IN ('PUMP', 'VALVE')`,
			`SELECT "OrderNum", "OrderLine" FROM "Erp.BO.SalesOrderSvc"."OrderDtls" WHERE "OrderNum" = 5004`,
		} {
			want, got := reference.must(sql)[0], c.must(sql)[0]
			assert.ElementsMatch(t, want, got, sql)
		}
		assert.NotEmpty(t, rpcs(s, "GetRows"))
		assert.Empty(t, rpcs(filters, "GetRows"), "a set that filters is asked itself")
	})
	versions(t, "once it is known, no condition is sent to the set any more", func(t *testing.T, version string) {
		s := serve(t, epicortest.WithoutSetFilters())
		c := engine(t, open(t, s, version))
		c.must(customers + `WHERE "CustNum" = 5`)
		s.ResetCounters()
		assert.Equal(t, []string{"5"}, c.must(customers + `WHERE "CustNum" = 5`)[0][1:])
		assert.Len(t, c.must(customers)[0], 301)
		for _, r := range s.Requests() {
			assert.NotContains(t, r.Query, "filter", r.Line())
		}
		plan := strings.Join(c.must("EXPLAIN " + customers + `WHERE "CustNum" = 5`)[0], "\n")
		assert.Contains(t, plan, `POST `)
		assert.Contains(t, plan, `"whereClauseCustomer":"CustNum = 5 BY CustNum"`)
	})
	versions(t, "pages go on behind the last row, however many the server gives", func(t *testing.T, version string) {
		for _, limit := range []int{0, 1, 7, 50} {
			s := serve(t, epicortest.WithoutSetFilters(), epicortest.WithRowsCap(limit), epicortest.WithCustomers(60))
			c := engine(t, open(t, s, version, "Pagesize", "20"))
			got := c.must(customers + `WHERE "CustNum" > 3 ORDER BY "CustNum"`)[0][1:]
			require.Len(t, got, 57, "cut at %d", limit)
			assert.Len(t, distinct(got), 57)
		}
	})
	versions(t, "where no number leads on, all rows come at once and what is behind them is asked for", func(t *testing.T, version string) {
		for _, opts := range [][]epicortest.Option{nil, {epicortest.WithPagesFromOne()}} {
			s := serve(t, append(opts, epicortest.WithoutSetFilters())...)
			c := engine(t, open(t, s, version))
			const parts = `SELECT "PartNum" FROM "Erp.BO.PartSvc"."Parts" WHERE "NonStock" = FALSE`
			want := engine(t, open(t, serve(t), version)).must(parts)[0]
			assert.ElementsMatch(t, want, c.must(parts)[0])
		}
	})
	versions(t, "a method that is cut where no number leads on is not trusted: the set is read whole", func(t *testing.T, version string) {
		s := serve(t, epicortest.WithoutSetFilters(), epicortest.WithRowsCap(9))
		c := engine(t, open(t, s, version))
		const parts = `SELECT "PartNum" FROM "Erp.BO.PartSvc"."Parts" WHERE "NonStock" = FALSE`
		want := engine(t, open(t, serve(t), version)).must(parts)[0]
		assert.ElementsMatch(t, want, c.must(parts)[0])
	})
	versions(t, "one column that cannot be filtered by leaves the others to the set", func(t *testing.T, version string) {
		s := serve(t, epicortest.WithComputedRefused())
		c := engine(t, open(t, s, version))
		want := engine(t, open(t, serve(t), version)).must(customers + `WHERE "BTContactName" = 'Pat Smith'`)[0]
		assert.ElementsMatch(t, want, c.must(customers + `WHERE "BTContactName" = 'Pat Smith'`)[0])
		assert.Empty(t, rpcs(s, "GetRows"))
		s.ResetCounters()
		c.must(customers + `WHERE "CustNum" = 5`)
		assert.Contains(t, s.Requests()[0].Query, "filter=CustNum")
	})
	versions(t, "without a description of its methods, a set that does not filter is read whole", func(t *testing.T, version string) {
		s := serve(t, epicortest.WithoutSetFilters(), epicortest.WithoutMethodDocuments())
		c := engine(t, open(t, s, version))
		assert.Equal(t, []string{"5"}, c.must(customers + `WHERE "CustNum" = 5`)[0][1:])
	})
	versions(t, "rows that are not those that were asked for are an error, not an answer", func(t *testing.T, version string) {
		s := serve(t, epicortest.WithoutSetFilters(), epicortest.WithFault(func(r *http.Request, _ int) *epicortest.Fault {
			if strings.HasSuffix(r.URL.Path, "/GetRows") {
				return &epicortest.Fault{Status: 200, Body: `{"returnObj":{"Customer":[{"CustNum":5},{"CustNum":4}]},"parameters":{"morePages":false}}`}
			}
			return nil
		}))
		p := open(t, s, version)
		c := engine(t, p)
		assert.Equal(t, []string{"5"}, c.must(customers + `WHERE "CustNum" = 5`)[0][1:], "the set itself is read in its place")
		tab := table(t, p, "Erp.BO.CustomerSvc", "Customers")
		_, err := rows(t.Context(), tab, &providers.ScanRequest{Columns: []int{0}, Filter: []providers.Predicate{is(t, tab, "CustNum", providers.Gt, whole(1))}})
		assert.Contains(t, failure(t, err, providers.KindResponse).Message, "does not keep to its where clause")
	})
}
