package epicor_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/epicor/epicortest"
	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

const orders = "Erp.BO.SalesOrderSvc"

func TestOneQuery(t *testing.T) {
	versions(t, "the last five orders of a customer are one request for five rows", func(t *testing.T, v string) {
		s := serve(t)
		p := open(t, s, v)
		tab := table(t, p, orders, "SalesOrders")
		r := &providers.ScanRequest{
			Columns: columns(t, tab, "OrderNum"), Filter: []providers.Predicate{is(t, tab, "CustNum", providers.Eq, whole(7))},
			Order: []providers.OrderTerm{{Column: ref(t, tab, "OrderNum").Column, Desc: true}},
		}
		plan, err := tab.Plan(t.Context(), r)
		require.NoError(t, err)
		require.Equal(t, []providers.Verdict{providers.Exact}, plan.Filter)
		require.Equal(t, providers.Exact, plan.Order)
		r.Limit = 5
		plan, err = tab.Plan(t.Context(), r)
		require.NoError(t, err)
		require.Equal(t, providers.Exact, plan.Limit)
		s.ResetCounters()
		got := mustRows(t, tab, r)
		require.Len(t, got, 5)
		require.Len(t, s.Requests(), 1)
		query := s.Requests()[0].Query
		assert.Contains(t, query, "$filter=CustNum%20eq%207")
		assert.Contains(t, query, "$top=5")
		assert.Contains(t, query, "$orderby=OrderNum%20desc")
		assert.IsDecreasing(t, got)
	})
	versions(t, "the number of rows is one request for one row", func(t *testing.T, v string) {
		s := serve(t)
		p := open(t, s, v)
		tab := table(t, p, orders, "OrderDtls")
		s.ResetCounters()
		got := mustRows(t, tab, &providers.ScanRequest{Aggregate: &providers.Aggregate{
			Calls: []providers.AggregateCall{{Func: "COUNT", Column: -1, Type: sqltypes.Of(sqltypes.BigInt)}}}})
		assert.Equal(t, []string{"5000"}, got)
		assert.Equal(t, 1, s.Count())
	})
	versions(t, "a query reads the metadata of one service and nothing else", func(t *testing.T, v string) {
		s := serve(t)
		p := open(t, s, v)
		assert.Zero(t, s.Count())
		tab := table(t, p, "Erp.BO.CustomerSvc", "Customers")
		mustRows(t, tab, &providers.ScanRequest{Columns: columns(t, tab, "CustNum Name")})
		for _, r := range s.Requests() {
			assert.Contains(t, r.Path, "Erp.BO.CustomerSvc")
		}
		assert.Equal(t, 2, s.Count(), "one for the metadata, one for 300 rows with their count")
	})
	versions(t, "prefix and substring searches are sent in the version's words, other functions are not", func(t *testing.T, v string) {
		s := serve(t)
		tab := table(t, open(t, s, v), "Erp.BO.CustomerSvc", "Customers")
		like := func(pattern string) *providers.ScanPlan {
			plan, err := tab.Plan(t.Context(), &providers.ScanRequest{
				Columns: columns(t, tab, "Name"), Filter: []providers.Predicate{is(t, tab, "Name", providers.Like, text(pattern))},
			})
			require.NoError(t, err)
			return plan
		}
		assert.Contains(t, like("Add%").Requests[0], "startswith(Name,'Add')")
		contains := map[string]string{"v1": "substringof('Inc',Name)", "v2": "contains(Name,'Inc')"}[v]
		assert.Contains(t, like("%Inc%").Requests[0], contains)
		assert.NotContains(t, like("%Inc").Requests[0], "endswith")
		assert.Equal(t, providers.None, like("%Inc").Filter[0])
	})
}

func TestVersionsAgree(t *testing.T) {
	s := serve(t, epicortest.WithOrderLines(400), epicortest.WithCustomers(60))
	p1, p2 := open(t, s, "v1", "Pagesize", "70"), open(t, s, "v2", "Pagesize", "70")
	for _, name := range []string{
		"Erp.BO.CustomerSvc.Customers", "Erp.BO.CustomerSvc.ShipToes", "Erp.BO.CustomerSvc.List", orders + ".SalesOrders", orders + ".OrderDtls",
		"Erp.BO.PartSvc.Parts", "Erp.BO.CompanySvc.Companies", "Ice.BO.UD01Svc.UD01s", "Erp.BO.POSvc.PODetails", "Erp.BO.JobEntrySvc.JobMtls",
	} {
		t.Run(name+" has the same rows in both versions, each once", func(t *testing.T) {
			i := strings.LastIndexByte(name, '.')
			all := func(p providers.Provider) []string {
				tab := table(t, p, name[:i], name[i+1:])
				var list []int
				for c, col := range tab.Info().Columns {
					if !col.Hidden {
						list = append(list, c)
					}
				}
				return mustRows(t, tab, &providers.ScanRequest{Columns: list})
			}
			want := all(p1)
			for i := range want {
				want[i] = withoutZone(want[i])
			}
			got := all(p2)
			for i := range got {
				got[i] = withoutZone(got[i])
			}
			require.NotEmpty(t, want)
			assert.Len(t, want, s.Rows(name[:i]+"/"+name[i+1:]))
			assert.ElementsMatch(t, want, got)
			assert.Len(t, distinct(got), len(got))
		})
	}
}

// withoutZone evens out that an instant of v1 comes without a zone.
func withoutZone(row string) string { return strings.ReplaceAll(row, "+00", "") }

func distinct(list []string) map[string]bool {
	m := map[string]bool{}
	for _, s := range list {
		m[s] = true
	}
	return m
}

// lines reads all order lines and checks that each of the n that stay comes
// exactly once.
func lines(t *testing.T, tab providers.Table, do func(row int)) map[int64]int {
	t.Helper()
	seen := map[int64]int{}
	n := 0
	err := scan(t.Context(), tab, &providers.ScanRequest{Columns: columns(t, tab, "OrderNum OrderLine")}, func(l *tuple.Layout, row tuple.Row) error {
		seen[l.Value(row, 0).I*1000+l.Value(row, 1).I]++
		if n++; do != nil {
			do(n)
		}
		return nil
	})
	require.NoError(t, err)
	return seen
}

func TestSilentCaps(t *testing.T) {
	caps := []struct {
		name string
		rows int
		cap  func(int) int
	}{
		{"100 rows", 25_000, func(int) int { return 100 }},
		{"1000 rows", 250_000, func(int) int { return 1000 }},
		{"a number that changes", 100_000, func(request int) int { return []int{1000, 100, 370, 999, 0}[request%5] }},
	}
	for _, c := range caps {
		n := c.rows
		versions(t, fmt.Sprintf("a server that cuts at %s gives %d order lines once each", c.name, n), func(t *testing.T, v string) {
			s := serve(t, epicortest.WithOrderLines(n), epicortest.WithCapFunc(c.cap))
			tab := table(t, open(t, s, v), orders, "OrderDtls")
			seen := lines(t, tab, nil)
			assert.Equal(t, n, len(seen))
			for key, times := range seen {
				if times != 1 {
					t.Fatalf("line %d came %d times", key, times)
				}
			}
			t.Logf("%d requests", s.Count())
		})
	}
	versions(t, "lines that come and go before the cursor neither double nor hide others", func(t *testing.T, v string) {
		const n = 20_000
		s := serve(t, epicortest.WithOrderLines(n), epicortest.WithCap(500))
		tab := table(t, open(t, s, v), orders, "OrderDtls")
		gone := int64(0)
		seen := lines(t, tab, func(row int) {
			switch {
			case row == 2000:
				for i := range 40 { // orders before all others
					require.NoError(t, s.Insert(orders+"/OrderDtls", map[string]any{"OrderNum": 100 + i, "OrderLine": 1}))
				}
			case row == 6000:
				require.NoError(t, s.Delete(orders+"/OrderDtls", 5001, 1))
				gone = 5001*1000 + 1
			}
		})
		for key, times := range seen {
			if times != 1 {
				t.Fatalf("line %d came %d times", key, times)
			}
			if key >= 5001*1000 {
				delete(seen, key)
				gone++
			}
		}
		assert.Equal(t, int64(5001*1000+1+n), gone, "all %d lines that were there at the beginning", n)
		assert.Zero(t, len(seen))
	})
	versions(t, "rows of another company are found behind those of the usual one", func(t *testing.T, v string) {
		s := serve(t, epicortest.WithOrderLines(3000), epicortest.WithCap(100))
		for i := range 150 {
			require.NoError(t, s.Insert(orders+"/OrderDtls", map[string]any{"Company": "ZZ", "OrderNum": 5001 + i, "OrderLine": 1}))
		}
		tab := table(t, open(t, s, v), orders, "OrderDtls")
		got := mustRows(t, tab, &providers.ScanRequest{Columns: columns(t, tab, "Company OrderNum OrderLine")})
		assert.Equal(t, 3150, len(got))
		assert.Equal(t, 3150, len(distinct(got)))
		got = mustRows(t, tab, &providers.ScanRequest{Columns: columns(t, tab, "Company OrderNum OrderLine"), Limit: 3100})
		assert.Equal(t, 3100, len(distinct(got)))
	})
	versions(t, "a filter on the company spares the search for others", func(t *testing.T, v string) {
		s := serve(t, epicortest.WithOrderLines(3000), epicortest.WithCap(500))
		tab := table(t, open(t, s, v), orders, "OrderDtls")
		s.ResetCounters()
		got := mustRows(t, tab, &providers.ScanRequest{Columns: columns(t, tab, "OrderNum OrderLine"),
			Filter: []providers.Predicate{is(t, tab, "Company", providers.Eq, text("EPIC06"))}})
		assert.Equal(t, 3000, len(distinct(got)))
		for _, line := range data(s) {
			assert.NotContains(t, line, "Company%20ne")
			assert.NotContains(t, line, "$skip")
		}
	})
	versions(t, "rows come in the order of the key through all its windows, and behind an offset", func(t *testing.T, v string) {
		s := serve(t, epicortest.WithOrderLines(9000), epicortest.WithCap(300))
		tab := table(t, open(t, s, v), orders, "OrderRels")
		r := &providers.ScanRequest{Columns: columns(t, tab, "OrderNum OrderLine OrderRelNum")}
		all := mustRows(t, tab, r)
		require.Equal(t, 9000, len(distinct(all)))
		r.Limit, r.Offset = 2500, 1234
		assert.Equal(t, all[1234:1234+2500], mustRows(t, tab, r))
		r.Limit = 0
		assert.Equal(t, len(all)-1234, len(mustRows(t, tab, r)))
	})
	versions(t, "a long scan sorted by number, last first, is complete and in order", func(t *testing.T, v string) {
		s := serve(t, epicortest.WithOrderLines(5000), epicortest.WithCap(100))
		tab := table(t, open(t, s, v), orders, "SalesOrders")
		got := mustRows(t, tab, &providers.ScanRequest{Columns: columns(t, tab, "OrderNum"),
			Order: []providers.OrderTerm{{Column: ref(t, tab, "OrderNum").Column, Desc: true}}})
		require.Equal(t, s.Rows(orders+"/SalesOrders"), len(got))
		assert.IsDecreasing(t, got)
	})
	versions(t, "a keyless list is read by row id", func(t *testing.T, v string) {
		s := serve(t, epicortest.WithCap(100))
		tab := table(t, open(t, s, v), "Erp.BO.CustomerSvc", "List")
		assert.True(t, tab.Info().View)
		got := mustRows(t, tab, &providers.ScanRequest{Columns: columns(t, tab, "CustNum")})
		assert.Len(t, distinct(got), 300)
		assert.Len(t, got, 300)
		for _, line := range data(s) {
			assert.Contains(t, line, "$orderby=SysRowID")
		}
	})
	versions(t, "a collation that ignores case reads text keys once each", func(t *testing.T, v string) {
		s := serve(t, epicortest.WithCap(30), epicortest.WithCollation(odatatest.CaseInsensitive))
		tab := table(t, open(t, s, v), "Erp.BO.PartSvc", "PartPlants")
		got := mustRows(t, tab, &providers.ScanRequest{Columns: columns(t, tab, "PartNum Plant")})
		assert.Len(t, got, s.Rows("Erp.BO.PartSvc/PartPlants"))
		assert.Len(t, distinct(got), len(got))
	})
	versions(t, "a page cut short on the way is fetched again", func(t *testing.T, v string) {
		var cut atomic.Bool
		s := serve(t, epicortest.WithFault(func(r *http.Request, _ int) *epicortest.Fault {
			if strings.HasSuffix(r.URL.Path, "/Customers") && !cut.Swap(true) {
				return &epicortest.Fault{TruncateAfter: 500}
			}
			return nil
		}))
		tab := table(t, open(t, s, v), "Erp.BO.CustomerSvc", "Customers")
		assert.Len(t, mustRows(t, tab, &providers.ScanRequest{Columns: columns(t, tab, "CustNum")}), 300)
	})
}

func TestNavigation(t *testing.T) {
	versions(t, "children are known by the key that they go on from", func(t *testing.T, v string) {
		s := serve(t)
		p := open(t, s, v)
		want := map[string][3]string{
			"Erp.BO.SalesOrderSvc.SalesOrders": {"OrderDtls", "Company OrderNum", "Company OrderNum"},
			"Erp.BO.SalesOrderSvc.OrderDtls":   {"OrderRels", "Company OrderNum OrderLine", "Company OrderNum OrderLine"},
			"Erp.BO.POSvc.POes":                {"PODetails", "Company PONum", "Company PONUM"},
			"Erp.BO.POSvc.PODetails":           {"PORels", "Company PONUM POLine", "Company PONum POLine"},
		}
		for name, w := range want {
			i := strings.LastIndexByte(name, '.')
			info := table(t, p, name[:i], name[i+1:]).Info()
			var nav providers.Navigation
			for _, n := range info.Navigations {
				if n.Name == w[0] {
					nav = n
				}
			}
			assert.True(t, nav.Collection, "%s has %v", name, info.Navigations)
			var here, there []string
			for _, pair := range nav.Pairs {
				here, there = append(here, info.Columns[pair.Column].Name), append(there, pair.Other)
			}
			assert.Equal(t, []string{w[1], w[2]}, []string{strings.Join(here, " "), strings.Join(there, " ")}, name)
		}
	})
	versions(t, "orders come with their lines in one request", func(t *testing.T, v string) {
		s := serve(t, epicortest.WithOrderLines(100))
		p := open(t, s, v)
		tab, child := table(t, p, orders, "SalesOrders"), table(t, p, orders, "OrderDtls")
		s.ResetCounters()
		got := mustRows(t, tab, &providers.ScanRequest{Columns: columns(t, tab, "OrderNum"), Expand: []providers.ExpandTerm{
			{Navigation: "OrderDtls", Columns: columns(t, child, "OrderLine"), Target: child.Info()}}})
		assert.Len(t, distinct(got), 100)
		assert.Equal(t, 1, s.Count())
		assert.Contains(t, got, "5002|2")
	})
}

func TestColumns(t *testing.T) {
	versions(t, "a column renamed by the metadata answers to its plain name", func(t *testing.T, v string) {
		s := serve(t)
		tab := table(t, open(t, s, v), "Erp.BO.CompanySvc", "Companies")
		assert.Equal(t, ref(t, tab, "Company1").Column, tab.Info().Find("company"))
		assert.Equal(t, -1, tab.Info().Find("Address"), "Address1 is another column")
		assert.Equal(t, []string{"EPIC06"}, mustRows(t, tab, &providers.ScanRequest{Columns: columns(t, tab, "Company")}))
	})
	versions(t, "user-defined and housekeeping columns stand in the row, in the metadata's spelling", func(t *testing.T, v string) {
		s := serve(t)
		tab := table(t, open(t, s, v), "Erp.BO.CustomerSvc", "Customers")
		got := mustRows(t, tab, &providers.ScanRequest{Columns: columns(t, tab, "rating_c SYSREVID RowMod BitFlag"), Limit: 1,
			Order: []providers.OrderTerm{{Column: ref(t, tab, "CustNum").Column}}})
		assert.Equal(t, []string{"0|9007199254740993||0"}, got)
		for _, c := range tab.Info().Columns {
			assert.Equal(t, c.Name == "ETag", c.Hidden, c.Name)
		}
	})
	versions(t, "decimals keep the digits of the wire", func(t *testing.T, v string) {
		s := serve(t)
		tab := table(t, open(t, s, v), orders, "OrderDtls")
		got := mustRows(t, tab, &providers.ScanRequest{Columns: columns(t, tab, "UnitPrice OrderQty"), Limit: 1})
		require.Len(t, got, 1)
		price, qty, _ := strings.Cut(got[0], "|")
		assert.Regexp(t, `^\d+\.\d{5}$`, price)
		assert.Regexp(t, `^\d+\.\d{8}$`, qty)
	})
}

func ExampleOpen() {
	s := epicortest.NewServer()
	defer s.Close()
	p, err := providers.Open("epicor", options(properties(s, "v2")))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = p.Close() }()
	fmt.Println(p.DefaultSchema())
	// Output: BaqSvc
}
