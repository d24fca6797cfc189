package odata

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
)

var testVersions = map[Version]odatatest.Version{V4: odatatest.V4, V3: odatatest.V3, V2: odatatest.V2}

func silent(n int) odatatest.Option {
	return odatatest.WithPaging(func(*http.Request) odatatest.Paging { return odatatest.Paging{Default: n, Max: n} })
}

// TestPagingLosesNothing reads sets around every page boundary, from servers
// that page in every way, by every strategy.
func TestPagingLosesNothing(t *testing.T) {
	const k = 10
	servers := map[string][]odatatest.Option{
		"next links":          {odatatest.WithPageSize(k)},
		"relative next links": {odatatest.WithPageSize(k), odatatest.WithRelativeNextLinks()},
		"a silent cap":        {silent(k)},
		"no cap":              nil,
	}
	strategies := map[string]func(*Traits){
		"by key windows":                 func(t *Traits) {},
		"by key, one request at a time":  func(t *Traits) { t.Concurrency = 1 },
		"by row windows":                 func(t *Traits) { t.Keyset = false },
		"by rows, one request at a time": func(t *Traits) { t.Keyset, t.Concurrency = false, 1 },
		"by key without counts":          func(t *Traits) { t.Count, t.SilentCap = false, true },
		"by rows without counts":         func(t *Traits) { t.Count, t.Keyset, t.SilentCap = false, false, true },
		"with small pages of our own":    func(t *Traits) { t.PageSize = 4 },
		"with small pages by rows":       func(t *Traits) { t.PageSize, t.Keyset = 4, false },
		"without an order":               func(t *Traits) { t.OrderBy = false },
		"without $top":                   func(t *Traits) { t.Top = false },
		"by text keys":                   func(t *Traits) { t.KeysetText = true },
	}
	for v, tv := range testVersions {
		for serverName, options := range servers {
			for _, n := range []int{0, 1, k - 1, k, k + 1, 2 * k, 7*k + 3} {
				srv := odatatest.NewServer(tv, shop(t, n), options...)
				for strategy, change := range strategies {
					t.Run(fmt.Sprintf("%s %s, %d rows %s", v, serverName, n, strategy), func(t *testing.T) {
						table := connect(t, srv.URL, v, func(tr *Traits) {
							tr.SilentCap = serverName == "a silent cap"
							change(tr)
						})
						orders := table("Orders")
						rows, err := read(t, plan(t, orders, &providers.ScanRequest{Columns: columns(t, orders, "ID", "Name")}))
						require.NoError(t, err)
						assert.Equal(t, wantOrders(n), rows)

						lines := table("Lines")
						rows, err = read(t, plan(t, lines, &providers.ScanRequest{Columns: columns(t, lines, "OrderID", "Line")}))
						require.NoError(t, err)
						assert.Equal(t, wantLines(n), rows)

						parts := table("Parts")
						rows, err = read(t, plan(t, parts, &providers.ScanRequest{Columns: columns(t, parts, "Qty")}))
						require.NoError(t, err)
						assert.Len(t, rows, n)

						log := table("Log")
						rows, err = read(t, plan(t, log, &providers.ScanRequest{Columns: columns(t, log, "N")}))
						require.NoError(t, err)
						assert.Equal(t, wantNumbers(n), rows)
					})
				}
				srv.Close()
			}
		}
	}
}

func wantLines(n int) []string {
	rows := []string{}
	for i := range n {
		for k := range 3 {
			rows = append(rows, strconv.Itoa(10+i+i/7*3)+"|"+strconv.Itoa(k+1))
		}
	}
	return rows
}

func wantNumbers(n int) []string {
	rows := []string{}
	for i := range n {
		rows = append(rows, strconv.Itoa(i))
	}
	return rows
}
