package odata

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// generated is a source of n orders without holes, made up on the fly.
type generated int

func (g generated) Len() int { return int(g) }
func (g generated) At(row, col int) odatatest.Value {
	switch col {
	case 0:
		return odatatest.Int(int64(row + 1))
	case 1:
		return odatatest.String("Customer of some name, row by row the same")
	}
	return odatatest.Decimal(int64(row)*7, 2)
}

// BenchmarkScanAt20ms reads a whole set at 20 ms a request and 100 rows a page,
// and reports the speed as a share of a raw download at the same concurrency.
func BenchmarkScanAt20ms(b *testing.B) {
	const page = 100
	cols := []odatatest.Column{{Name: "ID", Type: odatatest.EdmInt32}, {Name: "Name", Type: odatatest.EdmString}, {Name: "Price", Type: odatatest.EdmDecimal}}
	for _, test := range []struct {
		name        string
		concurrency int
		rows        int
		keyset      bool
		links       bool
		skipCost    time.Duration
	}{
		{"one at a time by key", 1, 5_000, true, false, 0},
		{"one at a time by next link", 1, 5_000, false, true, 0},
		{"4 by key", 4, 20_000, true, false, 0},
		{"8 by key", 8, 60_000, true, false, 0},
		{"8 by row number", 8, 60_000, false, false, 0},
		{"8 by key where skipping costs", 8, 60_000, true, false, 2 * time.Microsecond},
		{"8 by row number where skipping costs", 8, 60_000, false, false, 2 * time.Microsecond},
	} {
		b.Run(test.name, func(b *testing.B) {
			paging := silent(page)
			if test.links {
				paging = odatatest.WithPageSize(page)
			}
			srv := odatatest.NewServer(odatatest.V4, &odatatest.Schema{Namespace: "P", Container: "C", Sets: []*odatatest.Set{
				{Name: "Rows", Type: "Row", Columns: cols, Key: []string{"ID"}, Rows: generated(test.rows)}}},
				odatatest.WithLatency(20*time.Millisecond), odatatest.WithSkipCost(test.skipCost), odatatest.WithGzip(false), paging)
			defer srv.Close()
			table := connect(b, srv.URL, V4, func(tr *Traits) {
				tr.SilentCap, tr.Concurrency, tr.Keyset, tr.PreferPageSize = !test.links, test.concurrency, test.keyset, false
				if test.links {
					tr.Skip, tr.Top = false, false
				}
			})("Rows")
			var raw, scans time.Duration
			for b.Loop() {
				raw += download(b, srv.URL, test.rows, page, test.concurrency, !test.keyset && !test.links)
				start := time.Now()
				require.Equal(b, test.rows, drain(b, plan(b, table, &providers.ScanRequest{Columns: []int{0, 1, 2}})))
				scans += time.Since(start)
			}
			b.ReportMetric(float64(raw)/float64(scans), "of-raw")
			b.ReportMetric(float64(test.rows*b.N)/scans.Seconds(), "rows/s")
		})
	}
}

func drain(t testing.TB, p *providers.ScanPlan) int {
	r, err := p.Open(t.Context(), nil)
	require.NoError(t, err)
	defer r.Close()
	b, n := tuple.NewBatch(p.Layout), 0
	for {
		err := r.Next(t.Context(), b)
		if errors.Is(err, io.EOF) {
			return n
		}
		require.NoError(t, err)
		n += b.Len()
	}
}

// download reads the same pages by key ranges, or by row numbers, and throws them away.
func download(t testing.TB, url string, rows, page, c int, skip bool) time.Duration {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: c}}
	defer client.CloseIdleConnections()
	start := time.Now()
	work := make(chan int)
	var wg sync.WaitGroup
	for range c {
		wg.Go(func() {
			for i := range work {
				q := fmt.Sprintf("$filter=ID%%20gt%%20%d%%20and%%20ID%%20le%%20%d", i*page, i*page+page)
				if skip {
					q = fmt.Sprintf("$skip=%d&$top=%d", i*page, page)
				}
				resp, err := client.Get(url + "/Rows?" + q + "&$orderby=ID&$select=ID,Name,Price")
				if err == nil {
					_, _ = io.Copy(io.Discard, resp.Body)
					resp.Body.Close()
				}
			}
		})
	}
	for i := range rows / page {
		work <- i
	}
	close(work)
	wg.Wait()
	return time.Since(start)
}
