package acumatica_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/acumatica/acumaticatest"
	"github.com/epicorerp/epicorerp/sqltypes"
)

func TestPagesEndWhereNothingFollows(t *testing.T) {
	for _, test := range []struct {
		name      string
		customers int
		opts      []acumaticatest.Option
		pagesize  string
		requests  []string
	}{
		{"one short page, and one that has nothing behind it", 3, nil, "10", []string{
			"GET Customer?$select=CustomerID&$top=10", "GET Customer?$select=CustomerID&$top=11&$skip=2"}},
		{"full pages", 4, nil, "2", []string{
			"GET Customer?$select=CustomerID&$top=2", "GET Customer?$select=CustomerID&$top=3&$skip=1", "GET Customer?$select=CustomerID&$top=3&$skip=3"}},
		{"one record, of which a cap of one would look the same", 1, nil, "10", []string{
			"GET Customer?$select=CustomerID&$top=10", "GET Customer?$select=CustomerID&$top=11", "GET Customer?$select=CustomerID&$top=10&$skip=1"}},
		{"pages of one, by a cap", 3, []acumaticatest.Option{acumaticatest.WithCap(1)}, "10", []string{
			"GET Customer?$select=CustomerID&$top=10", "GET Customer?$select=CustomerID&$top=11", "GET Customer?$select=CustomerID&$top=10&$skip=1",
			"GET Customer?$select=CustomerID&$top=11&$skip=1", "GET Customer?$select=CustomerID&$top=10&$skip=2",
			"GET Customer?$select=CustomerID&$top=11&$skip=2", "GET Customer?$select=CustomerID&$top=10&$skip=3"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, append(test.opts, acumaticatest.WithCustomers(test.customers))...)
			got, err := customers(t, open(t, s, "Pagesize", test.pagesize))
			require.NoError(t, err)
			assert.Len(t, got, test.customers)
			assert.Equal(t, test.requests, data(s))
		})
	}
	t.Run("no record is no row", func(t *testing.T) {
		s := serve(t, acumaticatest.WithCustomers(1))
		s.Delete("Customer", 0)
		got, err := customers(t, open(t, s))
		require.NoError(t, err)
		assert.Empty(t, got)
		assert.Len(t, data(s), 1)
	})
}

// whilePaging does something to the server between the first page and the next.
func whilePaging(opts []acumaticatest.Option, do func(s *acumaticatest.Server)) *acumaticatest.Server {
	var s *acumaticatest.Server
	var pages atomic.Int64
	s = acumaticatest.NewServer(append(opts, acumaticatest.WithFault(func(r *http.Request, _ int) *acumaticatest.Fault {
		if strings.HasSuffix(r.URL.Path, "/Customer") && pages.Add(1) == 3 {
			do(s)
		}
		return nil
	}))...)
	return s
}

func TestRecordsThatMoveAreNeitherLostNorDoubled(t *testing.T) {
	ids := func(from, to int) (out []string) {
		for i := from; i <= to; i++ {
			out = append(out, fmt.Sprintf("C%06d", i))
		}
		return out
	}
	for _, test := range []struct {
		name string
		do   func(s *acumaticatest.Server)
		want []string
	}{
		{"one before was deleted", func(s *acumaticatest.Server) { s.Delete("Customer", 0) }, ids(1, 30)},
		{"many before were deleted", func(s *acumaticatest.Server) {
			for range 6 {
				s.Delete("Customer", 0)
			}
		}, ids(1, 30)},
		{"one before was inserted", func(s *acumaticatest.Server) { s.Insert("Customer", 0) }, ids(1, 30)},
		{"many before were inserted", func(s *acumaticatest.Server) {
			for range 15 {
				s.Insert("Customer", 0)
			}
		}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := whilePaging([]acumaticatest.Option{acumaticatest.WithCustomers(30)}, test.do)
			t.Cleanup(s.Close)
			got, err := customers(t, open(t, s, "Pagesize", "5"))
			if test.want == nil && err != nil {
				assert.True(t, failure(t, err, providers.KindConflict).SafeToRetry())
				return
			}
			require.NoError(t, err)
			if test.want == nil {
				test.want = ids(1, 30)
			}
			assert.Equal(t, test.want, got)
		})
	}
	t.Run("the last one itself was deleted: that is told", func(t *testing.T) {
		s := whilePaging([]acumaticatest.Option{acumaticatest.WithCustomers(30)}, func(s *acumaticatest.Server) { s.Delete("Customer", 9) })
		t.Cleanup(s.Close)
		_, err := customers(t, open(t, s, "Pagesize", "5"))
		assert.True(t, failure(t, err, providers.KindConflict).SafeToRetry())
	})
}

func TestAServerThatIgnoresSkipIsFoundOut(t *testing.T) {
	s := serve(t, acumaticatest.WithIgnoredSkip())
	_, err := customers(t, open(t, s, "Pagesize", "10"))
	assert.Contains(t, failure(t, err, providers.KindUnsupported).Message, "the server ignores $skip")
	got, err := customers(t, open(t, s, "Pagesize", "100"))
	require.NoError(t, err, "what fits one page can be read")
	assert.Len(t, got, 40)
}

func TestIdsThatAreMadeUpForEachAnswerTellNothing(t *testing.T) {
	s := serve(t, acumaticatest.WithMadeUpIDs())
	got, err := customers(t, open(t, s, "Pagesize", "7"))
	require.NoError(t, err)
	assert.Len(t, got, 40, "the keys tell records apart")
	t.Run("and records that move are found out by their keys", func(t *testing.T) {
		s := whilePaging([]acumaticatest.Option{acumaticatest.WithMadeUpIDs()}, func(s *acumaticatest.Server) { s.Delete("Customer", 0) })
		t.Cleanup(s.Close)
		_, err := customers(t, open(t, s, "Pagesize", "7"))
		failure(t, err, providers.KindConflict)
	})
}

func TestFaultsOfAnswers(t *testing.T) {
	for _, test := range []struct {
		name  string
		fault acumaticatest.Fault
		kind  providers.Kind
		text  string
	}{
		{"an empty answer is no page", acumaticatest.Fault{Status: 200, Header: http.Header{"Content-Type": {"application/json"}}}, providers.KindResponse, "the answer is empty"},
		{"HTML is no page", acumaticatest.Fault{Status: 200, Body: "<html><title>Sign in</title></html>"}, providers.KindResponse, "no JSON"},
		{"an object is no page", acumaticatest.Fault{Status: 200, Body: `{"value":[]}`}, providers.KindResponse, ""},
		{"an error under status 200 is one", acumaticatest.Fault{Status: 200, Body: `{"message":"An error has occurred.","exceptionMessage":"Boom","exceptionType":"PX.Data.PXException"}`}, providers.KindServer, "Boom"},
		{"rights are missing", acumaticatest.Fault{Status: 403, Body: `{"message":"Insufficient rights"}`}, providers.KindPermission, "Insufficient rights"},
		{"a lost connection", acumaticatest.Fault{Drop: true}, providers.KindConnection, ""},
		{"the stack trace is left out", acumaticatest.Fault{Status: 500, Body: `{"message":"An error has occurred.","exceptionMessage":"Boom","exceptionType":"X","stackTrace":"at canary","innerException":{"message":"An error has occurred.","exceptionMessage":"Inner","exceptionType":"PX.Y"}}`},
			providers.KindServer, "Boom; Inner"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, acumaticatest.WithFault(func(r *http.Request, _ int) *acumaticatest.Fault {
				if strings.HasSuffix(r.URL.Path, "/Customer") {
					return &test.fault
				}
				return nil
			}))
			_, err := customers(t, open(t, s))
			e := failure(t, err, test.kind)
			assert.Contains(t, e.Error(), test.text)
			assert.NotContains(t, e.Error(), "canary")
		})
	}
	t.Run("a page that ends too early is asked for again, and not more than once", func(t *testing.T) {
		for _, times := range []int64{1, 9} {
			var n atomic.Int64
			s := serve(t, acumaticatest.WithFault(func(r *http.Request, _ int) *acumaticatest.Fault {
				if strings.HasSuffix(r.URL.Path, "/Customer") && n.Add(1) <= times {
					return &acumaticatest.Fault{TruncateAfter: 500}
				}
				return nil
			}))
			got, err := customers(t, open(t, s))
			if times > 1 {
				assert.True(t, failure(t, err, providers.KindResponse).SafeToRetry())
				continue
			}
			require.NoError(t, err)
			assert.Len(t, got, 40)
		}
	})
}

func TestSelectIsLeftOutWhereItFails(t *testing.T) {
	s := serve(t)
	p := open(t, s)
	tab := table(t, p, "REST", "Shipment")
	for range 2 {
		assert.Len(t, mustRows(t, tab, &providers.ScanRequest{Columns: columns(t, tab, "ShipmentNbr")}), 25)
	}
	assert.Equal(t, []string{
		"GET Shipment?$select=ShipmentNbr,Type&$top=1000", "GET Shipment?$top=1000", "GET Shipment?$top=1001&$skip=24",
		"GET Shipment?$top=1000", "GET Shipment?$top=1001&$skip=24",
	}, data(s), "the second scan knows it")
}

func TestEndpointsAreFound(t *testing.T) {
	swagger := func(s *acumaticatest.Server) (paths []string) {
		for _, r := range s.Requests() {
			if strings.HasSuffix(r.Path, "swagger.json") {
				paths = append(paths, strings.TrimPrefix(r.Path, "/AcumaticaERP/entity/"))
			}
		}
		return paths
	}
	for _, test := range []struct {
		name string
		opts []acumaticatest.Option
		more []string
	}{
		{"the newest version, by its numbers", nil, nil},
		{"from a bare list", []acumaticatest.Option{acumaticatest.WithBareEndpointList()}, nil},
		{"the one that is named", nil, []string{"EndpointName", "Default", "EndpointVersion", "24.200.001"}},
		{"by its name without regard to case", nil, []string{"EndpointName", "default"}},
		{"of the version alone", nil, []string{"EndpointVersion", "24.200.001"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, test.opts...)
			_, err := customers(t, open(t, s, test.more...))
			require.NoError(t, err)
			assert.Equal(t, []string{"Default/24.200.001/swagger.json"}, swagger(s))
		})
	}
	for name, more := range map[string][]string{
		"a name that is not there":    {"EndpointName", "Defualt"},
		"a version that is not there": {"EndpointName", "Default", "EndpointVersion", "1.0"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := customers(t, open(t, serve(t), more...))
			assert.Contains(t, failure(t, err, providers.KindProperty).Message, "the site has no endpoint")
		})
	}
	t.Run("an instance at the root, and an address that ends in /entity", func(t *testing.T) {
		s := serve(t, acumaticatest.WithInstance(""))
		got, err := customers(t, open(t, s, "URL", s.URL+"/entity/"))
		require.NoError(t, err)
		assert.Len(t, got, 40)
	})
}

func TestInquiriesAreAskedByPut(t *testing.T) {
	s := serve(t)
	p := open(t, s)
	tab := table(t, p, "REST", "InventorySummaryInquiry_Results")
	r := &providers.ScanRequest{Columns: columns(t, tab, "LocationID InventoryID AsOf"), Filter: []providers.Predicate{
		is(t, tab, "InventoryID", providers.Eq, text("CPU0001")), is(t, tab, "ExpandByLotSerialNbr", providers.Eq, sqltypes.BoolValue(true)),
		is(t, tab, "QtyOnHand", providers.Gt, whole(10)),
	}}
	pl := plan(t, tab, r)
	assert.Equal(t, []providers.Verdict{providers.Exact, providers.Exact, providers.None}, pl.Filter)
	assert.Equal(t, []string{"PUT " + s.URL + `/entity/Default/24.200.001/InventorySummaryInquiry?$expand=Results {"ExpandByLotSerialNbr":{"value":true},"InventoryID":{"value":"CPU0001"}}`}, pl.Requests)
	got := mustRows(t, tab, r)
	require.NotEmpty(t, got)
	for _, row := range got {
		assert.Contains(t, row, "|CPU0001|NULL", "a parameter reads as what it was given, NULL if nothing was")
	}
	other := mustRows(t, tab, &providers.ScanRequest{Columns: columns(t, tab, "LocationID InventoryID AsOf"), Filter: []providers.Predicate{is(t, tab, "InventoryID", providers.Eq, text("HEADSET"))}})
	assert.NotEqual(t, got, other)
	t.Run("a parameter has one value", func(t *testing.T) {
		_, err := tab.Plan(t.Context(), &providers.ScanRequest{Filter: []providers.Predicate{
			is(t, tab, "InventoryID", providers.Eq, text("A")), is(t, tab, "InventoryID", providers.Eq, text("B"))}})
		failure(t, err, providers.KindParameter)
	})
}

func TestCustomFields(t *testing.T) {
	s := serve(t)
	tab := table(t, open(t, s), "REST", "StockItem")
	got := mustRows(t, tab, &providers.ScanRequest{Columns: columns(t, tab, "ItemSettings_UsrRepairItemType")})
	assert.Len(t, got, 25)
	assert.Contains(t, strings.Join(got, ","), "NULL")
	assert.Contains(t, data(s)[0], "$custom=ItemSettings.UsrRepairItemType")
	assert.NotContains(t, data(s)[0], "$select")
	t.Run("of details", func(t *testing.T) {
		s := serve(t)
		tab := table(t, open(t, s), "REST", "SalesOrder_Details")
		assert.NotEmpty(t, mustRows(t, tab, &providers.ScanRequest{Columns: columns(t, tab, "Transactions_UsrRepairItemType")}))
		assert.Contains(t, data(s)[0], "$expand=Details&$custom=Details/Transactions.UsrRepairItemType")
	})
	t.Run("are filtered by in their own way", func(t *testing.T) {
		p := plan(t, tab, &providers.ScanRequest{Filter: []providers.Predicate{is(t, tab, "ItemSettings_UsrRepairItemType", providers.Eq, text("zebra 1"))}})
		assert.Equal(t, providers.Superset, p.Filter[0])
		assert.Contains(t, p.Requests[0], "$filter=cf.String(f='ItemSettings.UsrRepairItemType')%20eq%20'zebra%201'")
	})
	t.Run("are no columns where they are not wanted, and cost nothing then", func(t *testing.T) {
		s := serve(t)
		tab := table(t, open(t, s, "IncludeCustomFields", "false"), "REST", "StockItem")
		assert.Negative(t, tab.Info().Find("ItemSettings_UsrRepairItemType"))
		for _, r := range s.Requests() {
			assert.NotContains(t, r.Path, "$adHocSchema")
		}
	})
	t.Run("are not there for who may not see them", func(t *testing.T) {
		s := serve(t, acumaticatest.WithFault(func(r *http.Request, _ int) *acumaticatest.Fault {
			if strings.HasSuffix(r.URL.Path, "$adHocSchema") {
				return &acumaticatest.Fault{Status: 403, Body: `{"message":"no"}`}
			}
			return nil
		}))
		tab := table(t, open(t, s), "REST", "StockItem")
		assert.Negative(t, tab.Info().Find("ItemSettings_UsrRepairItemType"))
	})
}

func TestAScanEndsInItsContext(t *testing.T) {
	s := serve(t)
	tab := table(t, open(t, s), "REST", "Customer")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := rows(ctx, tab, &providers.ScanRequest{Columns: []int{0}})
	assert.ErrorIs(t, err, context.Canceled)
}

func TestAttachedFilesAreATable(t *testing.T) {
	s := serve(t)
	p := open(t, s)
	got := query(t, p, "SELECT Customer_CustomerID, filename, href, comment FROM REST.Customer_files WHERE Customer_CustomerID = 'C000002'")
	require.NotEmpty(t, got)
	assert.Equal(t, []string{"C000002", `Customer (C000002)\scan1.pdf`}, got[0][:2])
	assert.Regexp(t, "^/AcumaticaERP/entity/Default/24.200.001/files/[0-9a-f-]{36}$", got[0][2])
	assert.Equal(t, "NULL", got[0][3])
	assert.Equal(t, "GET Customer?$filter=CustomerID%20eq%20'C000002'&$expand=files&$top=1000", data(s)[0])
	_, err := p.Table(t.Context(), "REST", "InventorySummaryInquiry_files")
	failure(t, err, providers.KindNotFound)
}
