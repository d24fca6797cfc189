package epicor_test

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
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
	t.Run("an order that each company has is merged, and a limit ends the reading of all", func(t *testing.T) {
		for _, q := range []string{
			`ORDER BY "OrderNum" DESC LIMIT 7 OFFSET 3`, `ORDER BY "OrderNum" LIMIT 9`, `ORDER BY "OpenOrder", "OrderNum" DESC LIMIT 40`,
			`ORDER BY "NeedByDate" NULLS FIRST, "OrderNum" LIMIT 30`, `WHERE "OrderNum" > 5020 ORDER BY "OrderNum" OFFSET 11`, `ORDER BY "OrderAmt" DESC, "OrderNum"`,
		} {
			sql := `SELECT "OrderNum"` + orders + q
			off := engine(t, open(t, s, "v2", "Company", bothCompanies, "Pushdown", "false"))
			assert.Equal(t, off.must(sql)[0], both.must(sql)[0], q)
			assert.Contains(t, strings.Join(both.must("EXPLAIN " + sql)[0], "\n"), "order at the server", q)
		}
		s.ResetCounters()
		both.must(`SELECT "OrderNum"` + orders + `ORDER BY "OrderNum" DESC LIMIT 7`)
		assert.Len(t, data(s), 2, "a page of each")
		plan := strings.Join(both.must(`EXPLAIN SELECT "OrderNum"` + orders + `ORDER BY "PONum" LIMIT 7`)[0], "\n")
		assert.Contains(t, plan, "not merged by text such as PONum")
	})
	t.Run("while the rest of one company is read, the first page of the next is asked for", func(t *testing.T) {
		other := make(chan struct{})
		asked := sync.OnceFunc(func() { close(other) })
		var pages atomic.Int32
		s := serve(t, epicortest.WithCap(60), epicortest.WithFault(func(r *http.Request, _ int) *epicortest.Fault {
			switch {
			case !strings.HasSuffix(r.URL.Path, "/SalesOrders"):
			case strings.Contains(r.URL.Path, "/EPIC07/"):
				asked()
				return epicortest.BadGateway()
			case pages.Add(1) > 1:
				<-other // or the test ends in its timeout
			}
			return nil
		}))
		_, err := engine(t, open(t, s, "v2", "Company", bothCompanies, "MaxConnections", "4")).run(`SELECT "OrderNum"` + orders)
		failure(t, err, providers.KindServer)
		assert.Greater(t, pages.Load(), int32(1))
	})
	t.Run("rows are counted by each company, unless it shows those of others", func(t *testing.T) {
		s := serve(t)
		c := engine(t, open(t, s, "v2", "Company", bothCompanies))
		off := engine(t, open(t, s, "v2", "Company", bothCompanies, "Pushdown", "false"))
		for _, sql := range []string{`SELECT COUNT(*)` + orders, `SELECT COUNT(*), COUNT(*)` + orders + `WHERE "OpenOrder" = TRUE`} {
			want := off.must(sql)[0]
			s.ResetCounters()
			assert.Equal(t, want, c.must(sql)[0])
			assert.Len(t, data(s), 4)
		}
		sql := `SELECT COUNT(*) FROM "Ice.BO.UD01Svc"."UD01s"`
		for _, company := range []string{epicortest.DefaultCompany, epicortest.OtherCompany} {
			require.NoError(t, s.Insert(company+"/Ice.BO.UD01Svc/UD01s", map[string]any{"Company": "", "Key1": "shared", "Key2": "", "Key3": "", "Key4": "", "Key5": ""}))
		}
		want := off.must(sql)[0]
		assert.Equal(t, want, c.must(sql)[0])
		s.ResetCounters()
		assert.Equal(t, want, c.must(sql)[0])
		assert.NotContains(t, strings.Join(data(s), "\n"), "ne%20", "it is not asked so again")
	})
	t.Run("conditions choose among the companies of the connection and add none", func(t *testing.T) {
		for _, cond := range []string{`"Company" = 'EPIC07'`, `"Company" IN ('EPIC06', 'EPIC07')`} {
			sql := `SELECT DISTINCT "Company"` + orders + "WHERE " + cond
			off := engine(t, open(t, s, "v2", "Pushdown", "false"))
			assert.Equal(t, off.must(sql)[0], one.must(sql)[0], cond)
			assert.Contains(t, strings.Join(one.must("EXPLAIN " + sql)[0], "\n"), "Company=EPIC06,EPIC07 or Company=* would read it")
			assert.NotContains(t, strings.Join(both.must("EXPLAIN " + sql)[0], "\n"), "would read it")
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
		assert.ElementsMatch(t, []string{"EPIC06|EPIC06", "EPIC07|EPIC07"}, both.must(`SELECT DISTINCT Company, "Customer_Company" FROM BaqSvc.zAllCustomers WHERE Company IN ('EPIC07', 'EPIC06', 'EPIC07')`)[0][1:])
		_, err := both.run(sql + ` WHERE Company = 'EPIC08'`)
		assert.Contains(t, failure(t, err, providers.KindParameter).Message, "EPIC06, EPIC07")
		s.ResetCounters()
		assert.Equal(t, []string{"EPIC06"}, one.must(sql + ` WHERE Company = 'EPIC06'`)[0][1:])
		assert.NotContains(t, strings.Join(data(s), "\n"), "Company=EPIC06", "it is no parameter of the BAQ")
		_, err = one.run(sql + ` WHERE Company = 'EPIC07'`)
		assert.Contains(t, failure(t, err, providers.KindParameter).Message, "one of those of the connection: EPIC06")
	})
	t.Run("procedures run in the first company", func(t *testing.T) {
		assert.Equal(t, []string{"EPIC06"}, pick(both.must("EXEC [Erp.BO.CustomerSvc].GetByID 2")[0], "Company"))
	})
}

// sentTo are the values of the header CallSettings that requests for rows had.
func sentTo(s *epicortest.Server) (out []string) {
	for _, r := range s.Requests() {
		if v := r.Header.Get("CallSettings"); strings.Contains(r.Path, "SalesOrders") && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

func TestSeveralCompaniesOfV1(t *testing.T) {
	const orders = ` FROM "Erp.BO.SalesOrderSvc"."SalesOrders" `
	s := serve(t, epicortest.WithOrderLines(300), epicortest.WithCap(60))
	both := engine(t, open(t, s, "v1", "Company", bothCompanies, "Plant", "MfgSys"))
	off := engine(t, open(t, s, "v1", "Company", bothCompanies, "Pushdown", "false"))
	for _, q := range []string{
		`"Company", "OrderNum"` + orders + `ORDER BY 1, 2`, `"OrderNum"` + orders + `ORDER BY 1 DESC LIMIT 12`, `COUNT(*)` + orders,
		`DISTINCT "Company"` + orders + `WHERE "Company" = 'EPIC07'`,
	} {
		assert.Equal(t, off.must("SELECT " + q)[0], both.must("SELECT " + q)[0], q)
	}
	s.ResetCounters()
	both.must(`SELECT "OrderNum"` + orders)
	assert.Equal(t, []string{`{"Company":"EPIC06","Plant":"MfgSys"}`, `{"Company":"EPIC07","Plant":"MfgSys"}`}, sentTo(s))
	assert.Contains(t, strings.Join(both.must(`EXPLAIN SELECT "OrderNum"` + orders)[0], "\n"), `CallSettings: {"Company":"EPIC07","Plant":"MfgSys"}`, "by which two requests differ")
	assert.Equal(t, []string{"EPIC07"}, both.must(`SELECT DISTINCT "Customer_Company" FROM BaqSvc.zAllCustomers WHERE Company = 'EPIC07'`)[0][1:])
}

func TestAllCompaniesOfTheUser(t *testing.T) {
	const companies = `SELECT "Company", COUNT(*) FROM "Erp.BO.CustomerSvc"."Customers" GROUP BY "Company" ORDER BY 1`
	versions(t, "* stands for every company that the user may see", func(t *testing.T, version string) {
		s := serve(t)
		want := engine(t, open(t, s, version, "Company", bothCompanies)).must(companies)[0]
		for _, property := range []string{"*", " EPIC06 , * ", "*,EPIC07"} {
			assert.Equal(t, want, engine(t, open(t, s, version, "Company", property)).must(companies)[0], property)
		}
		clerk := engine(t, open(t, s, version, "Company", "*", "User", "clerk", "Password", "clerk;pass'1"))
		assert.Equal(t, []string{"EPIC07"}, pick(clerk.must(companies)[0], "Company"))
	})
	versions(t, "conditions choose the ones that are asked", func(t *testing.T, version string) {
		s := serve(t)
		c := engine(t, open(t, s, version, "Company", "*"))
		const sql = `SELECT DISTINCT "Company" FROM "Erp.BO.SalesOrderSvc"."SalesOrders" WHERE "Company" = 'EPIC07'`
		assert.Equal(t, []string{"EPIC07"}, c.must(sql)[0][1:])
		assert.NotContains(t, strings.Join(data(s), "\n"), "/odata/EPIC06/")
	})
	versions(t, "they are asked for once, when something is wanted, and again after Refresh", func(t *testing.T, version string) {
		s := serve(t)
		p := open(t, s, version, "Company", "*")
		assert.Empty(t, s.Requests())
		c := engine(t, p)
		c.must(companies)
		c.must(`SELECT * FROM BaqSvc.zAllCustomers LIMIT 1`)
		assert.Len(t, rpcs(s, "GetUserFile"), 1)
		p.Refresh()
		c.must("EXEC [Erp.BO.CustomerSvc].GetByID 2")
		assert.Len(t, rpcs(s, "GetUserFile"), 2)
	})
	versions(t, "the one that the user was last in is the first, whatever form the list has", func(t *testing.T, version string) {
		for _, body := range []string{
			`{"returnObj":{"UserFile":[{"UserID":"m","CurComp":"EPIC07","CompList":""}],"UserComp":[{"Company":"EPIC06"},{"Company":"EPIC07"},{"Company":"epic07"}]}}`,
			`{"returnObj":{"UserFile":[{"UserID":"m","CurComp":"epic07","CompList":"EPIC06~EPIC07~"}]}}`,
		} {
			s := serve(t, epicortest.WithFault(fault("/GetUserFile", 200, body)))
			c := engine(t, open(t, s, version, "Company", "*"))
			assert.Equal(t, []string{"EPIC07"}, pick(c.must("EXEC [Erp.BO.CustomerSvc].GetByID 2")[0], "Company"))
			assert.Len(t, c.must(companies)[0], 3)
		}
	})
	for name, spoilt := range map[string]epicortest.Option{
		"no rights":      epicortest.WithFault(fault("/GetUserFile", 401, `{"HttpStatus":401,"ErrorMessage":"Access denied (Ice.BO.UserFile.GetUserFile).","ErrorType":"System.UnauthorizedAccessException"}`)),
		"no such method": epicortest.WithFault(fault("/GetUserFile", 404, `{"HttpStatus":404,"ErrorMessage":"Method GetUserFile is not found.","ErrorType":"Epicor.RESTApi.ErrorHandler.ApiException"}`)),
		"no company":     epicortest.WithFault(fault("/GetUserFile", 200, `{"returnObj":{"UserFile":[{"UserID":"m"}]}}`)),
		"another form":   epicortest.WithFault(fault("/GetUserFile", 200, `[]`)),
	} {
		versions(t, name+": the error says to name them", func(t *testing.T, version string) {
			p := open(t, serve(t, spoilt), version, "Company", "*")
			_, err := engine(t, p).run(companies)
			assert.ErrorContains(t, err, "Company=*: the companies of the user cannot be listed")
			assert.ErrorContains(t, err, "Company=EPIC06,EPIC07")
			assert.Equal(t, err.Error(), p.Ping(t.Context()).Error())
		})
	}
	t.Run("wrong credentials stay what they are", func(t *testing.T) {
		_, err := engine(t, open(t, serve(t), "v2", "Company", "*", "Password", "wrong")).run(companies)
		assert.NotContains(t, failure(t, err, providers.KindAuthentication).Message, "Company=*")
	})
}

// TestConformanceOfSeveralCompanies runs the suite over the union of two
// companies: by their addresses, by a header, and as all that the user may see.
func TestConformanceOfSeveralCompanies(t *testing.T) {
	for _, test := range []struct {
		name, version, companies string
		tables                   []string
	}{
		{"by their addresses", "v2", bothCompanies, []string{"Erp.BO.CustomerSvc.ShipToes", "Erp.BO.SalesOrderSvc.SalesOrders"}},
		{"by a header", "v1", bothCompanies, []string{"Erp.BO.SalesOrderSvc.SalesOrders"}},
		{"all that the user may see", "v2", "*", []string{"Erp.BO.CustomerSvc.Customers"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, epicortest.WithOrderLines(12), epicortest.WithCustomers(10), epicortest.WithGzip(false), epicortest.WithCap(7))
			providertest.Run(t, providertest.Harness{
				Open: func(t *testing.T) providers.Provider {
					return open(t, s, test.version, "Company", test.companies, "ServerSQL", "true")
				},
				Tables: test.tables,
			})
		})
	}
}
