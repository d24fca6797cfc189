package odata

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// TestHabitsOfOData goes through the habits of OData services that break
// clients, each with what the driver makes of it.
func TestHabitsOfOData(t *testing.T) {
	t.Run("V2's rows stand in d.results or in d itself: both are read, on one page and from page to page", func(t *testing.T) {
		for name, opts := range map[string][]odatatest.Option{"d.results": nil, "d": {odatatest.WithShortResults()}} {
			srv := odatatest.NewServer(odatatest.V2, shop(t, 30), opts...)
			defer srv.Close()
			orders := connect(t, srv.URL, V2, nil)("Orders")
			rows, err := read(t, plan(t, orders, &providers.ScanRequest{Columns: columns(t, orders, "ID", "Name")}))
			require.NoError(t, err)
			assert.Equal(t, wantOrders(30), rows, name)
		}
		page := 0
		heads := service(t, "v3.txtar", func(tr *Traits) { *tr = DefaultTraits(V2) }, func(w http.ResponseWriter, r *http.Request) {
			if page++; page == 1 {
				fmt.Fprint(w, `{"d":{"__count":"2","results":[{"__metadata":{"uri":"u","etag":"W/1"},"Company":"E","Num":1}],"__next":"Heads?$skiptoken=1"}}`)
				return
			}
			fmt.Fprint(w, `{"d":[{"Company":"E","Num":2}]}`)
		})("Heads")
		rows, err := read(t, plan(t, heads, &providers.ScanRequest{Columns: columns(t, heads, "Num", "ETag")}))
		require.NoError(t, err)
		assert.Equal(t, []string{"1|W/1", "2|∅"}, rows)
	})
	t.Run("V2 prints instants as /Date(ms)/, with an offset or none: without one the milliseconds are UTC's, and with one its local clock's", func(t *testing.T) {
		heads := service(t, "v3.txtar", func(tr *Traits) { *tr = DefaultTraits(V2) }, func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"d":[{"Company":"E","Num":1,"OrderDate":"/Date(915148800000)/","Changed":"/Date(915148800000)/"},{"Company":"E","Num":2,"OrderDate":"/Date(-1)/","Changed":"/Date(915148800000+0120)/"}]}`)
		})("Heads")
		rows, err := read(t, plan(t, heads, &providers.ScanRequest{Columns: columns(t, heads, "Num", "OrderDate", "Changed")}))
		require.NoError(t, err)
		assert.Equal(t, []string{"1|1999-01-01 00:00:00|1999-01-01 00:00:00+00", "2|1969-12-31 23:59:59.999|1998-12-31 22:00:00+00"}, rows)
	})
	t.Run("decimals and long integers are strings in V2 and V3 and numbers in V4: one value, exact to the digit", func(t *testing.T) {
		for v, tv := range testVersions {
			srv := odatatest.NewServer(tv, shop(t, 2))
			defer srv.Close()
			orders := connect(t, srv.URL, v, nil)("Orders")
			rows, err := read(t, plan(t, orders, &providers.ScanRequest{Columns: columns(t, orders, "Big", "Price")}))
			require.NoError(t, err)
			assert.Equal(t, []string{"9007199254740993|0.5000", "9007199254740994|1.5000"}, rows, v)
		}
	})
	t.Run("V3 prints numbers as strings or not, and days with a Z or without: one value", func(t *testing.T) {
		heads := service(t, "v3.txtar", nil, func(w http.ResponseWriter, r *http.Request) {
			assert.Equal(t, "application/json;odata=minimalmetadata", r.Header.Get("Accept"))
			assert.Equal(t, "allpages", r.URL.Query().Get("$inlinecount"))
			fmt.Fprint(w, `{"odata.metadata":"x","odata.count":"2","value":[
			{"Company":"E","Num":7,"Total":"8.3700","OrderDate":"2024-01-01T00:00:00","Cut":"PT12H30M","Changed":"2024-01-01T01:00:00+01:00","odata.etag":"W/\"1\""},
			{"Company":"E","Num":"8","Total":1e2,"OrderDate":"2024-01-01T00:00:00Z","Cut":null,"Changed":null}]}`)
		})("Heads")
		p := plan(t, heads, &providers.ScanRequest{Columns: columns(t, heads, "Num", "Total", "OrderDate", "Cut", "Changed", "ETag")})
		rows, err := read(t, p)
		require.NoError(t, err)
		assert.Equal(t, []string{
			`7|8.3700|2024-01-01 00:00:00|12:30:00|2024-01-01 00:00:00+00|W/"1"`,
			`8|100.00|2024-01-01 00:00:00|∅|∅|∅`,
		}, rows)
	})
	t.Run("counts are strings in V2 and V3 and numbers in V4: the end of a scan is proven by them, and they are COUNT(*)", func(t *testing.T) {
		for v, tv := range testVersions {
			srv := odatatest.NewServer(tv, shop(t, 20), silent(10))
			defer srv.Close()
			orders := connect(t, srv.URL, v, func(tr *Traits) { tr.SilentCap, tr.Concurrency = true, 1 })("Orders")
			rows, err := read(t, plan(t, orders, &providers.ScanRequest{Columns: columns(t, orders, "ID", "Name")}))
			require.NoError(t, err)
			assert.Equal(t, wantOrders(20), rows)
			assert.Len(t, lines(srv), 2, "the count says that no third page is there")
			rows, err = read(t, plan(t, orders, &providers.ScanRequest{Aggregate: &providers.Aggregate{
				Calls: []providers.AggregateCall{{Func: "COUNT", Column: -1, Type: sqltypes.Of(sqltypes.BigInt)}}}}))
			require.NoError(t, err)
			assert.Equal(t, []string{"20"}, rows, v)
		}
	})
	t.Run("next links are relative: to the page they stand on", func(t *testing.T) {
		for v, tv := range testVersions {
			srv := odatatest.NewServer(tv, shop(t, 33), odatatest.WithPageSize(10), odatatest.WithRelativeNextLinks(), odatatest.WithBasePath("/erp/api.svc"))
			defer srv.Close()
			orders := connect(t, srv.URL, v, func(tr *Traits) { tr.Concurrency, tr.Keyset = 1, false })("Orders")
			rows, err := read(t, plan(t, orders, &providers.ScanRequest{Columns: columns(t, orders, "ID", "Name")}))
			require.NoError(t, err)
			assert.Equal(t, wantOrders(33), rows, v)
		}
	})
	link := func(rows, next string) func(http.ResponseWriter, *http.Request) {
		return answer(200, `{"value":[`+rows+`],"@odata.nextLink":"`+next+`"}`)
	}
	t.Run("a page without rows has a next link: followed", func(t *testing.T) {
		table, _ := scripted(t, nil, link(`{"ID":1}`, "Things?$skiptoken=1"), link("", "Things?$skiptoken=2"), link("", "Things?$skiptoken=3"), answer(200, `{"value":[{"ID":2}]}`))
		rows, err := read(t, things(t, table))
		require.NoError(t, err)
		assert.Equal(t, []string{"1", "2"}, rows)
	})
	t.Run("a next link leads to another server: refused, and nothing is sent there", func(t *testing.T) {
		other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("asked for %s", r.URL) }))
		t.Cleanup(other.Close)
		table, n := scripted(t, nil, link(`{"ID":1}`, other.URL+"/Things?token=abc"))
		_, err := read(t, things(t, table))
		assert.ErrorIs(t, err, providers.KindOrigin)
		assert.NotContains(t, err.Error(), "abc")
		assert.EqualValues(t, 1, n.Load())
	})
	t.Run("next links go round in a circle, or are no text: an error", func(t *testing.T) {
		table, _ := scripted(t, nil, link(`{"ID":1}`, "Things?$skiptoken=1"), link(`{"ID":2}`, "Things?$skiptoken=2"), link(`{"ID":3}`, "Things?$skiptoken=1"))
		_, err := read(t, things(t, table))
		assert.ErrorIs(t, err, providers.KindResponse)
		assert.ErrorContains(t, err, "circle")
		table, _ = scripted(t, nil, answer(200, `{"value":[],"@odata.nextLink":5}`))
		_, err = read(t, things(t, table))
		assert.ErrorIs(t, err, providers.KindResponse)
	})
	t.Run("429 tells when to come again, in seconds or as a date: waited for as long", func(t *testing.T) {
		now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		for form, want := range map[string]time.Duration{"7": 7 * time.Second, now.Add(9 * time.Second).Format(http.TimeFormat): 9 * time.Second} {
			table, n := scripted(t, nil, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Date", now.Format(http.TimeFormat))
				w.Header().Set("Retry-After", form)
				w.WriteHeader(http.StatusTooManyRequests)
			}, answer(200, `{"value":[{"ID":1}]}`))
			clock := &standingClock{now: now}
			c, err := httpx.New(httpx.Config{Origins: []string{table.svc.Root}, Clock: clock})
			require.NoError(t, err)
			t.Cleanup(func() { assert.NoError(t, c.Close()) })
			table.svc.Client = c
			rows, err := read(t, things(t, table))
			require.NoError(t, err)
			assert.Equal(t, []string{"1"}, rows)
			assert.EqualValues(t, 2, n.Load())
			assert.Equal(t, []time.Duration{want}, clock.slept, form)
		}
	})
	t.Run("412 to a write with an old ETag and 428 to one with none: rows come with the ETag that a write needs, and an action that is so refused is a conflict, sent once", func(t *testing.T) {
		for v, tv := range testVersions {
			srv := odatatest.NewServer(tv, shop(t, 3), odatatest.WithRequiredETag())
			defer srv.Close()
			orders := connect(t, srv.URL, v, nil)("Orders")
			etag := func() string {
				rows, err := read(t, plan(t, orders, &providers.ScanRequest{Columns: columns(t, orders, "ETag"),
					Filter: []providers.Predicate{call(providers.Eq, column(t, orders, "ID"), num(10))}}))
				require.NoError(t, err)
				require.Len(t, rows, 1)
				return rows[0]
			}
			// The driver writes no rows: this is what a program does with the column.
			patch := func(ifMatch string, rev int) int {
				method := map[Version]string{V2: "MERGE", V3: http.MethodPatch, V4: http.MethodPatch}[v]
				q, err := http.NewRequestWithContext(t.Context(), method, srv.URL+"/Orders(10)", strings.NewReader(`{"Rev":`+strconv.Itoa(rev)+`}`))
				require.NoError(t, err)
				q.Header.Set("Content-Type", "application/json")
				if ifMatch != "" {
					q.Header.Set("If-Match", ifMatch)
				}
				resp, err := http.DefaultClient.Do(q)
				require.NoError(t, err)
				_, err = io.Copy(io.Discard, resp.Body)
				require.NoError(t, err)
				require.NoError(t, resp.Body.Close())
				return resp.StatusCode
			}
			old := etag()
			assert.Equal(t, http.StatusPreconditionRequired, patch("", 2), v)
			assert.Equal(t, http.StatusNoContent, patch(old, 2), v)
			assert.Equal(t, http.StatusPreconditionFailed, patch(old, 3), v)
			assert.Equal(t, http.StatusNoContent, patch(etag(), 3), v)
		}
		for _, status := range []int{http.StatusPreconditionFailed, http.StatusPreconditionRequired} {
			sent := 0
			p := operations(t, operationsV4, func(w http.ResponseWriter, _ *http.Request) {
				sent++
				answer(status, `{"error":{"code":"C","message":"changed by another user"}}`)(w, nil)
			})
			_, err := callText(t, p, "Reset")
			var e *providers.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, []any{providers.KindConflict, status, "C"}, []any{e.Kind, e.Status, e.Code})
			assert.Contains(t, e.Message, "changed by another user")
			assert.Equal(t, 1, sent)
		}
	})
}

// standingClock is the time of a client that does not wait.
type standingClock struct {
	now   time.Time
	slept []time.Duration
}

func (c *standingClock) Now() time.Time { return c.now }
func (c *standingClock) AfterFunc(time.Duration, func()) func() bool {
	return func() bool { return true }
}
func (c *standingClock) Sleep(ctx context.Context, d time.Duration) error {
	c.now, c.slept = c.now.Add(d), append(c.slept, d)
	return ctx.Err()
}
