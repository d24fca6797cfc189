package epicortest

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
)

func TestScale(t *testing.T) {
	c := start(t, WithOrderLines(1_000_000))
	t.Run("key ranges are found without a scan", func(t *testing.T) {
		a := c.v2(so + enc("OrderDtls?$filter=OrderNum ge 200000 and OrderNum lt 200010&$count=true&$select=OrderNum,OrderLine"))
		assert.Equal(t, "31", fmt.Sprint(a.json["@odata.count"]))
		assert.Equal(t, "1000000", c.v2(so+"OrderDtls/$count").body)
		assert.Equal(t, "300000", c.v2(so+"SalesOrders/$count").body)
		a = c.v2(so + enc("OrderDtls?$filter=(OrderNum gt 304999 or (OrderNum eq 304999 and OrderLine gt 3))&$orderby=Company,OrderNum,OrderLine&$top=5&$select=OrderNum,OrderLine"))
		assert.Equal(t, "304999 305000 305000 305000 305000", column(a.rows(), "OrderNum"))
		assert.Equal(t, "4 1 2 3 4", column(a.rows(), "OrderLine"))
	})
	t.Run("deep pages cost as much as the first", func(t *testing.T) {
		a := c.v2(so + "OrderDtls?$skip=999999&$top=10&$orderby=Company,OrderNum,OrderLine&$select=OrderNum,OrderLine")
		assert.Len(t, a.rows(), 1)
	})
}

func TestSeveralClientsAtOnce(t *testing.T) {
	c := start(t, WithSeats(50))
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 10 {
				assert.NoError(t, c.s.Insert(cu+"Customers", map[string]any{"CustNum": 1000 + w*100 + i, "Name": "new"}))
				assert.Equal(t, 200, c.v2(cu+"Customers?$expand=ShipToes&$top=20").status)
				assert.Equal(t, 200, c.v1("Erp.BO.ShipToSvc/ShipToes").status)
				assert.Equal(t, 200, c.v1("BaqSvc/zAllCustomers/").status)
			}
		})
	}
	wg.Wait()
	assert.Equal(t, 340, c.s.Rows(cu+"Customers"))
}

func TestTheConnectionStringNamesTheServer(t *testing.T) {
	c := start(t)
	assert.Equal(t, "URL="+c.s.URL+";ERPInstance=kinetic;User=manager;Password=Epicor123;ApiVersion=v1;Company=EPIC06", c.s.DSN("v1"))
	assert.Equal(t, "URL="+c.s.URL+";ERPInstance=kinetic;User=manager;Password=Epicor123;ApiVersion=v2;Company=EPIC06;ApiKey="+DefaultAPIKey, c.s.DSN("v2"))
	assert.Contains(t, New(WithUsers(User{Name: "a", Password: `x;"y`, Companies: []string{"EPIC07"}})).DSN("v1"), `Password="x;""y";`)
}

func TestEveryRowFitsItsDeclaration(t *testing.T) {
	c := start(t)
	services := []string{shipToService}
	for n := range definitions {
		services = append(services, n)
	}
	slices.Sort(services)
	for _, n := range services {
		t.Run(n, func(t *testing.T) {
			d, err := c.s.data("EPIC06", n)
			require.NoError(t, err)
			for _, set := range d.Sets() {
				rows := d.Rows(set.Name)
				require.Positive(t, rows.Len(), set.Name)
				last := ""
				for i := range rows.Len() {
					key := ""
					for k, col := range set.Columns {
						v := rows.At(i, k)
						require.True(t, col.Nullable || !v.IsNull(), "%s row %d: %s is null", set.Name, i, col.Name)
						if col.Type == odatatest.EdmString && col.MaxLength > 0 {
							require.LessOrEqual(t, len([]rune(v.Text())), col.MaxLength, "%s.%s %q", set.Name, col.Name, v.Text())
						}
						if slices.Contains(set.Key, col.Name) {
							key += v.Text() + "\x00"
						}
					}
					require.False(t, len(set.Key) > 0 && key == last, "%s: the key of row %d is not its own", set.Name, i)
					last = key
				}
			}
		})
	}
}

// The server must not be the bottleneck of a benchmark of its clients: the
// goal is 300,000 rows a second and core for ten columns.
func BenchmarkPage(b *testing.B) {
	for _, v := range []string{"/api/v1/", "/api/v2/odata/EPIC06/"} {
		b.Run(v, func(b *testing.B) {
			s := New(WithOrderLines(1_000_000), WithGzip(false))
			path := "/" + s.Instance() + v + so + "OrderDtls?$top=1000&$orderby=Company,OrderNum,OrderLine&$select=Company,OrderNum,OrderLine,PartNum,UnitPrice,OrderQty,NeedByDate,OpenLine,ProdCode,SysRowID&$skip="
			w := &recorder{head: http.Header{}}
			page := 0
			for b.Loop() {
				w.body.Reset()
				s.Handler().ServeHTTP(w, httptestRequest(path+fmt.Sprint(page%999*1000)))
				page++
			}
			require.Equal(b, 200, w.status)
			b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "rows/s")
			b.ReportMetric(float64(w.body.Len()), "bytes/page")
		})
	}
}

// A join that looks keys up must not make the server scan: the benchmark's
// client sends lists of scattered keys.
func BenchmarkKeyLookups(b *testing.B) {
	s := New(WithOrderLines(1_000_000), WithGzip(false))
	var keys []string
	for i := range 50 {
		keys = append(keys, fmt.Sprint(5001+i*5987))
	}
	path := "/" + s.Instance() + "/api/v2/odata/EPIC06/" + so + "OrderDtls?$top=1000&$filter=" + url.QueryEscape("OrderNum in ("+strings.Join(keys, ",")+")")
	w := &recorder{head: http.Header{}}
	for b.Loop() {
		w.body.Reset()
		s.Handler().ServeHTTP(w, httptestRequest(path))
	}
	require.Equal(b, 200, w.status)
}
