package sage200_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/providertest"
	"github.com/epicorerp/epicorerp/providers/sage200/sage200test"
	"github.com/epicorerp/epicorerp/sqlengine"
)

// compareGolden compares with a file of testdata, which -update writes.
func compareGolden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), got, "run the test with -update if this is right")
}

// explained are the statements whose requests are kept as a golden file.
var explained = []string{
	"SELECT id, name FROM customers WHERE id = 1012",
	"SELECT id FROM customers WHERE id IN (1012, 1013, 1015) AND balance > 100.50",
	"SELECT id FROM customers WHERE name = 'ACME01'",
	"SELECT id FROM customers WHERE name <> 'ACME01'",
	"SELECT id FROM customers WHERE name LIKE 'A%s' AND reference LIKE '%1%'",
	"SELECT id FROM customers WHERE credit_limit IS NULL OR NOT on_hold",
	"SELECT id FROM customers WHERE credit_limit <> 5",
	"SELECT id FROM sop_orders WHERE document_date >= DATE '2016-03-01' AND document_date < DATE '2016-04-01'",
	"SELECT id FROM sop_orders WHERE document_date = DATE '2016-03-01'",
	"SELECT id FROM sop_orders WHERE date_time_updated > TIMESTAMP '2016-02-24 09:52:11.452'",
	"SELECT id FROM sop_orders WHERE document_status = 'EnumDocumentStatusLive'",
	"SELECT id FROM sop_orders WHERE document_status LIKE 'EnumDocumentStatus%'",
	"SELECT COUNT(*) FROM sop_orders",
	"SELECT COUNT(*) FROM sop_orders WHERE customer_id = 1005 AND document_date >= DATE '2016-03-01'",
	"SELECT COUNT(*) FROM sop_orders WHERE document_no = 'X'",
	"SELECT id, total_net_value FROM sop_orders ORDER BY total_net_value DESC LIMIT 5",
	"SELECT id FROM sop_orders WHERE currency_id = 1001 ORDER BY id LIMIT 5 OFFSET 10",
	"SELECT id, document_no FROM sop_orders ORDER BY document_no",
	"SELECT id, date_time_updated FROM sop_orders ORDER BY date_time_updated DESC LIMIT 3",
	"SELECT id FROM sop_orders ORDER BY document_date, id",
	"SELECT delivery_address_city FROM sop_orders WHERE delivery_address_city = 'Zoë'",
	"SELECT customer FROM sop_orders WHERE id < 1010",
	"SELECT reference, balance FROM customer_views WHERE balance < 0",
	"SELECT sop_orders_id, line_quantity FROM sop_orders_lines WHERE sop_orders_id = 1003 AND line_quantity > 0",
	"SELECT id, line_total_value FROM sop_order_lines WHERE sop_order_id = 1003 AND line_total_value > 0",
	"SELECT o.id, c.name FROM sop_orders o JOIN customers c ON c.id = o.customer_id WHERE o.id < 1010",
}

func TestWhatIsPushed(t *testing.T) {
	s := serve(t)
	p := connect(t, s)
	var b strings.Builder
	for _, sql := range explained {
		_, rows, err := providertest.Answer(t.Context(), p, sqlengine.Options{Pushdown: true}, "EXPLAIN "+sql)
		require.NoError(t, err, sql)
		b.WriteString("# " + sql + "\n")
		for _, r := range rows {
			line, err := url.PathUnescape(r[0].S)
			if err != nil {
				line = r[0].S
			}
			b.WriteString(strings.ReplaceAll(line, s.URL+"/", "") + "\n")
		}
		b.WriteString("\n")
		_, with, err := providertest.Answer(t.Context(), p, sqlengine.Options{Pushdown: true}, sql)
		require.NoError(t, err, sql)
		if !strings.Contains(sql, "sop_order_lines") && !strings.Contains(sql, "LIMIT") {
			_, without, err := providertest.Answer(t.Context(), p, sqlengine.Options{}, sql)
			require.NoError(t, err, sql)
			assert.Empty(t, providertest.Differ(with, without, false), sql)
		}
	}
	compareGolden(t, "explain.txt", b.String())
}

func TestPagingIsByKeyAndEndsWithTheCountOrAnEmptyPage(t *testing.T) {
	s := serve(t)
	p := connect(t, s, "Pagesize", "50")
	s.ResetCounters()
	require.Len(t, mustQuery(t, p, "SELECT id FROM customers"), 130)
	assert.Equal(t, []string{
		"customers?$orderby=id&$select=id&$top=50",
		"customers?$count=true",
		"customers?$filter=id%20gt%201084&$orderby=id&$select=id&$top=50",
		"customers?$filter=id%20gt%201169&$orderby=id&$select=id&$top=50",
	}, sent(s))
	s.ResetCounters()
	require.Len(t, mustQuery(t, p, "SELECT id FROM suppliers"), 40)
	assert.Equal(t, []string{"suppliers?$orderby=id&$select=id&$top=50", "suppliers?$filter=id%20gt%201064&$orderby=id&$select=id&$top=50"}, sent(s))
}

func TestRowsWithoutAKeyAreReadInOneOrderAndCountedAtTheEnd(t *testing.T) {
	s := serve(t)
	p := connect(t, s, "Pagesize", "50")
	s.ResetCounters()
	require.Len(t, mustQuery(t, p, "SELECT reference FROM customer_views"), 130)
	lines := sent(s)
	for _, l := range lines[:len(lines)-1] {
		assert.Contains(t, l, "$orderby=customer_id,balance,on_hold,date_time_updated,reference,name,currency_name")
	}
	assert.Equal(t, "customer_views?$count=true", lines[len(lines)-1])
}

// A row that appears before the place that was read to pushes the others on, so
// that one would come twice; one that the last answer did not have is missed.
func TestRowsThatMoveInAViewAreNoticed(t *testing.T) {
	for name, when := range map[string]func(r *http.Request) bool{
		"between two pages":  func(r *http.Request) bool { return r.URL.Query().Get("$skip") != "" },
		"after the last one": func(r *http.Request) bool { return r.URL.Query().Get("$count") != "" },
	} {
		t.Run(name, func(t *testing.T) {
			var s *sage200test.Server
			var once sync.Once
			s = serve(t, sage200test.WithFault(func(r *http.Request, _ int) *sage200test.Fault {
				if when(r) {
					once.Do(func() {
						assert.NoError(t, s.Data().Insert("lookup_customers", map[string]any{"id": 1, "reference": "A", "name": "first"}))
					})
				}
				return nil
			}))
			_, err := readAll(t.Context(), table(t, connect(t, s, "Pagesize", "50"), "lookup_customers"), &providers.ScanRequest{Columns: []int{0}})
			e := failure(t, err, providers.KindConflict)
			assert.Contains(t, e.Message, "moved while they were read")
			assert.True(t, e.Retryable)
		})
	}
}

// A table of many pages is cut by ranges of its key, several of which are read at
// a time: once it has said how many rows there are, and which is the last.
func TestALargeTableIsReadBySeveralRequestsAtATime(t *testing.T) {
	s := serve(t, sage200test.WithRows("warehouse_holdings", 3000))
	p := connect(t, s, "Pagesize", "100", "MaxConnections", "4")
	tab := table(t, p, "warehouse_holdings")
	s.ResetCounters()
	rows, err := readAll(t.Context(), tab, &providers.ScanRequest{Columns: []int{0}})
	require.NoError(t, err)
	require.Len(t, rows, 3000)
	assert.True(t, slices.IsSortedFunc(rows, func(a, b string) int { return len(a)*10000 + strings.Compare(a, b) - len(b)*10000 }), "in the order of the key")
	assert.Len(t, slices.Compact(rows), 3000)
	windows := 0
	for _, l := range sent(s) {
		if strings.Contains(l, "id%20ge%20") {
			windows++
		}
	}
	assert.Greater(t, windows, 4)
	assert.Equal(t, "warehouse_holdings?$count=true", sent(s)[1])
	s.ResetCounters()
	some, err := readAll(t.Context(), tab, &providers.ScanRequest{Columns: []int{0}, Limit: 150})
	require.NoError(t, err)
	assert.Equal(t, rows[:150], some)
	assert.Len(t, sent(s), 2, "a limit is read page by page")
}
