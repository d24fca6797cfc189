package epicor_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/epicor/epicortest"
	"github.com/epicorerp/epicorerp/providers/providertest"
)

const bothCompanies = epicortest.DefaultCompany + ", " + epicortest.OtherCompany

// companiesAsked are the companies whose addresses had requests for rows.
func companiesAsked(s *epicortest.Server) (out []string) {
	for _, line := range data(s) {
		for _, c := range []string{epicortest.DefaultCompany, epicortest.OtherCompany} {
			if strings.Contains(line, "/odata/"+c+"/") && !slices.Contains(out, c) {
				out = append(out, c)
			}
		}
	}
	return out
}

func TestSeveralCompanies(t *testing.T) {
	const orders = ` FROM "Erp.BO.SalesOrderSvc"."SalesOrders" `
	s := serve(t, epicortest.WithOrderLines(700), epicortest.WithCap(60))
	both := engine(t, open(t, s, "v2", "Company", bothCompanies))
	one, other := engine(t, open(t, s, "v2")), engine(t, open(t, s, "v2", "Company", epicortest.OtherCompany))
	t.Run("the rows of all companies come, each once", func(t *testing.T) {
		sql := `SELECT "Company", "OrderNum"` + orders
		want := append(one.must(sql)[0][1:], other.must(sql)[0][1:]...)
		got := both.must(sql)[0][1:]
		assert.ElementsMatch(t, want, got)
		assert.Len(t, distinct(got), len(got))
	})
	t.Run("order, limits and aggregates hold over all of them", func(t *testing.T) {
		for _, q := range []string{
			`"Company", "OrderNum"` + orders + `ORDER BY "OrderNum" DESC, "Company" LIMIT 7 OFFSET 3`,
			`"Company", COUNT(*), SUM("OrderAmt")` + orders + `GROUP BY "Company" ORDER BY 1`,
			`COUNT(*)` + orders + `WHERE "OpenOrder" = TRUE`,
			`COUNT(DISTINCT "OrderNum")` + orders,
			`d."Company", d."OrderLine"` + orders + `h JOIN "Erp.BO.SalesOrderSvc"."OrderDtls" d ON d."Company" = h."Company" AND d."OrderNum" = h."OrderNum" WHERE h."OrderNum" = 5004 ORDER BY 1, 2`,
			`"Company", "CustNum" FROM "Erp.BO.CustomerSvc"."List" WHERE "CustNum" < 3 ORDER BY 1, 2`,
		} {
			off := engine(t, open(t, s, "v2", "Company", bothCompanies, "Pushdown", "false"))
			assert.Equal(t, off.must("SELECT " + q)[0], both.must("SELECT " + q)[0], q)
		}
		assert.Len(t, both.must(`SELECT "OrderNum"` + orders + `LIMIT 5`)[0], 6)
	})
	t.Run("a condition on the company leaves the addresses that matter", func(t *testing.T) {
		for cond, want := range map[string][]string{
			`"Company" = 'EPIC07'`:                       {"EPIC07"},
			`"Company" IN ('EPIC06')`:                    {"EPIC06"},
			`'EPIC07' = "Company" AND "OrderNum" < 5100`: {"EPIC07"},
			`"Company" IN ('EPIC07', 'EPIC06')`:          {"EPIC06", "EPIC07"},
			`"Company" <> 'EPIC06'`:                      {"EPIC06", "EPIC07"},
			`"Company" = 'EPIC07' OR "OrderNum" = 5001`:  {"EPIC06", "EPIC07"},
			`"Company" = 'NONE'`:                         {"EPIC06", "EPIC07"},
		} {
			s.ResetCounters()
			got := both.must(`SELECT DISTINCT "Company"` + orders + "WHERE " + cond)[0][1:]
			asked := companiesAsked(s)
			slices.Sort(asked)
			assert.Equal(t, want, asked, cond)
			off := engine(t, open(t, s, "v2", "Company", bothCompanies, "Pushdown", "false"))
			assert.ElementsMatch(t, off.must(`SELECT DISTINCT "Company"` + orders + "WHERE " + cond)[0][1:], got, cond)
		}
	})
	t.Run("rows that all companies share come once", func(t *testing.T) {
		s := serve(t)
		for _, c := range []string{epicortest.DefaultCompany, epicortest.OtherCompany} {
			require.NoError(t, s.Insert(c+"/Ice.BO.UD01Svc/UD01s", map[string]any{"Company": "", "Key1": "shared", "Key2": "", "Key3": "", "Key4": "", "Key5": ""}))
		}
		c := engine(t, open(t, s, "v2", "Company", bothCompanies))
		assert.Equal(t, []string{"1"}, c.must(`SELECT COUNT(*) FROM "Ice.BO.UD01Svc"."UD01s" WHERE "Key1" = 'shared'`)[0][1:])
	})
	t.Run("a BAQ is run in the company that the query names, else in the first", func(t *testing.T) {
		sql := `SELECT DISTINCT "Customer_Company" FROM BaqSvc.zAllCustomers`
		assert.Equal(t, []string{"EPIC06"}, both.must(sql)[0][1:])
		assert.Equal(t, []string{"EPIC07"}, both.must(sql + ` WHERE Company = 'EPIC07'`)[0][1:])
		_, err := both.run(sql + ` WHERE Company = 'EPIC08'`)
		assert.Contains(t, failure(t, err, providers.KindParameter).Message, "EPIC06, EPIC07")
	})
	t.Run("procedures run in the first company", func(t *testing.T) {
		assert.Equal(t, []string{"EPIC06"}, pick(both.must("EXEC [Erp.BO.CustomerSvc].GetByID 2")[0], "Company"))
	})
	t.Run("v1 has no addresses of companies", func(t *testing.T) {
		_, err := providers.Open("epicor", options(properties(s, "v1", "Company", bothCompanies)))
		assert.Contains(t, failure(t, err, providers.KindProperty).Message, "ApiVersion=v2")
	})
}

func TestConformanceOfSeveralCompanies(t *testing.T) {
	s := serve(t, epicortest.WithOrderLines(12), epicortest.WithCustomers(10), epicortest.WithGzip(false), epicortest.WithCap(7))
	providertest.Run(t, providertest.Harness{
		Open: func(t *testing.T) providers.Provider {
			return open(t, s, "v2", "Company", bothCompanies, "ServerSQL", "true")
		},
		Tables: []string{"Erp.BO.CustomerSvc.ShipToes", "Erp.BO.SalesOrderSvc.SalesOrders"},
	})
}
