package odata

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// scripted is a service whose set Things answers as a script says, request by
// request; the last answer repeats.
func scripted(t testing.TB, change func(*Traits), answers ...func(http.ResponseWriter, *http.Request)) (*Table, *atomic.Int64) {
	var n atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i := int(n.Add(1)) - 1
		answers[min(i, len(answers)-1)](w, r)
	}))
	t.Cleanup(srv.Close)
	c, err := httpx.New(httpx.Config{Origins: []string{srv.URL}, Retry: httpx.Retry{MaxAttempts: 3, BaseDelay: 1, MaxDelay: 2}})
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	svc := &Service{Client: c, Root: srv.URL, Traits: DefaultTraits(V4)}
	if change != nil {
		change(&svc.Traits)
	}
	set := &Set{Namespace: "NS", Name: "Things", Key: []KeyPart{{0, "ID"}}}
	for _, name := range []string{"ID", "Qty"} {
		typ, _ := sqlType("Edm.Int32", xmlProperty{})
		set.Properties = append(set.Properties, Property{Path: []string{name}, Edm: "Edm.Int32",
			Column: providers.Column{Name: name, Type: typ, Nullable: name != "ID"}})
	}
	return NewTable(svc, &Model{Sets: []*Set{set}}, set, TableOptions{}), &n
}

func answer(status int, body string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("request-id", "req-7")
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

func things(t testing.TB, table *Table) *providers.ScanPlan {
	return plan(t, table, &providers.ScanRequest{Columns: columns(t, table, "ID")})
}

func TestErrorsOfEveryShape(t *testing.T) {
	for _, test := range []struct {
		name    string
		status  int
		body    string
		kind    providers.Kind
		code    string
		message string
	}{
		{"V4 error", 403, `{"error":{"code":"E1","message":"no right"}}`, providers.KindPermission, "E1", "no right"},
		{"V3 error", 404, `{"odata.error":{"code":"","message":{"lang":"en","value":"no such set"}}}`, providers.KindNotFound, "", "no such set"},
		{"an inner message", 500, `{"error":{"code":"0","message":{"lang":"en","value":"An error occurred."},"innererror":{"message":"column X is computed"}}}`, providers.KindServer, "0", "column X is computed"},
		{"wrong password", 401, ``, providers.KindAuthentication, "", "401 Unauthorized with an empty body"},
		{"an HTML page for an error", 502, `<html><head><title>Bad gateway</title>`, providers.KindServer, "", "Bad gateway"},
		{"an HTML page for rows", 200, `<!DOCTYPE html><html><title>Log in</title></html>`, providers.KindResponse, "", "Log in"},
		{"an error with status 200", 200, `{"error":{"code":"X","message":"late failure"}}`, providers.KindServer, "X", "late failure"},
		{"an empty answer", 200, ``, providers.KindResponse, "", "empty"},
		{"truncated JSON", 200, `{"value":[{"ID":1},{"ID":`, providers.KindResponse, "", "unexpected end"},
		{"malformed JSON", 200, `{"value":[{"ID":1}}`, providers.KindResponse, "", "malformed"},
		{"rows in the wrong place", 200, `{"rows":[]}`, providers.KindResponse, "", "value"},
		{"a value of the wrong type", 200, `{"value":[{"ID":"many"}]}`, providers.KindResponse, "", `column "ID"`},
		{"too many requests", 429, `{"error":{"code":"429","message":"slow down"}}`, providers.KindRateLimit, "429", "slow down"},
		{"not implemented", 501, `{"error":{"code":"1","message":"no $orderby"}}`, providers.KindUnsupported, "1", "no $orderby"},
	} {
		t.Run(test.name, func(t *testing.T) {
			table, _ := scripted(t, nil, answer(test.status, test.body))
			rows, err := read(t, things(t, table))
			assert.Empty(t, rows, "a broken page gives no rows")
			var e *providers.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, test.kind, e.Kind, "%v", err)
			assert.Equal(t, test.code, e.Code)
			assert.Equal(t, test.status, e.Status)
			assert.Contains(t, e.Error(), test.message)
		})
	}
}

func TestServersThatQuoteCredentialsAreNotQuoted(t *testing.T) {
	const token, password = "canary-of-the-token", "canary & of the password"
	quoting := map[string]string{
		"in an error": `{"error":{"code":"%[1]s","message":"refused: %[1]s"}}`, "in the title of a page": "<title>%s</title>",
		"in plain words": "refused: %s", "at length, so that the words are clipped": strings.Repeat("x", 180) + "%s",
	}
	for where, format := range quoting {
		for _, status := range []int{401, 403, 500} {
			t.Run(fmt.Sprintf("%s with status %d", where, status), func(t *testing.T) {
				srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					said := r.Header.Get("Authorization")
					if _, p, ok := r.BasicAuth(); ok {
						said += " that is " + p
					}
					w.WriteHeader(status)
					fmt.Fprintf(w, format, said)
				}))
				t.Cleanup(srv.Close)
				for _, p := range []map[string]string{
					{"AuthScheme": "Bearer", "OAuthAccessToken": token}, {"AuthScheme": "Basic", "User": "u", "Password": password},
				} {
					p["URL"], p["MaxRetries"] = srv.URL, "0"
					provider, err := providers.Open("odata", providers.Options{Properties: p, Logger: slog.New(slog.DiscardHandler), Now: time.Now})
					require.NoError(t, err)
					err = provider.Ping(t.Context())
					require.Error(t, err)
					assert.NotContains(t, err.Error(), "canary")
					require.NoError(t, provider.Close())
				}
			})
		}
	}
}

func TestReplaceFold(t *testing.T) {
	assert.Equal(t, "a ***, *** b", replaceFold("a SeCret, secret b", "secret", "***"))
	assert.Equal(t, "plain", replaceFold("plain", "secret", "***"))
}

func TestTruncatedPageIsReadOnceMore(t *testing.T) {
	table, n := scripted(t, nil, answer(200, `{"value":[{"ID":1},{"I`), answer(200, `{"value":[{"ID":1},{"ID":2}]}`))
	rows, err := read(t, things(t, table))
	require.NoError(t, err)
	assert.Equal(t, []string{"1", "2"}, rows)
	assert.EqualValues(t, 2, n.Load())
}

func TestServersOwnErrorsAreDecodedFirst(t *testing.T) {
	table, _ := scripted(t, func(tr *Traits) {
		tr.DecodeError = func(r *httpx.Response) *providers.Error {
			return &providers.Error{Kind: providers.KindAPIKey, Status: r.Status, Message: "own"}
		}
	}, answer(401, `{"ErrorMessage":"Invalid API Key"}`))
	_, err := read(t, things(t, table))
	assert.ErrorIs(t, err, providers.KindAPIKey)
}

func TestRefusedFilterNamesThePredicate(t *testing.T) {
	table, _ := scripted(t, nil, answer(501, `{"error":{"code":"1","message":"function not supported"}}`))
	p := plan(t, table, &providers.ScanRequest{Columns: columns(t, table, "ID"),
		Filter: []providers.Predicate{call(providers.Eq, column(t, table, "Qty"), num(3))}})
	_, err := read(t, p)
	require.ErrorIs(t, err, providers.KindUnsupported)
	assert.Contains(t, err.Error(), "Qty = 3")
	assert.Contains(t, err.Error(), "Pushdown=false")
}

func TestServersThatIgnoreOptions(t *testing.T) {
	all := func(w http.ResponseWriter, r *http.Request) {
		top := r.URL.Query().Get("$top")
		n := map[string]int{"5": 5, "10": 10}[top]
		if n == 0 {
			n = 13
		}
		var rows []string
		for i := range n {
			rows = append(rows, fmt.Sprintf(`{"ID":%d}`, i+1))
		}
		fmt.Fprintf(w, `{"value":[%s]}`, strings.Join(rows, ","))
	}
	t.Run("$skip: more is asked for until all has come", func(t *testing.T) {
		table, _ := scripted(t, func(tr *Traits) { tr.Keyset, tr.PageSize = false, 5 }, all)
		rows, err := read(t, things(t, table))
		require.NoError(t, err)
		assert.Len(t, rows, 13)
		assert.Equal(t, "13", rows[12])
	})
	t.Run("$skip, with a silent cap: that is said", func(t *testing.T) {
		table, _ := scripted(t, func(tr *Traits) { tr.Keyset, tr.PageSize, tr.SilentCap = false, 5, true }, func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"value":[{"ID":1},{"ID":2},{"ID":3}]}`)
		})
		_, err := read(t, things(t, table))
		require.ErrorIs(t, err, providers.KindUnsupported)
		assert.ErrorContains(t, err, "$skip")
	})
	t.Run("conditions on the key: that is said", func(t *testing.T) {
		table, _ := scripted(t, func(tr *Traits) { tr.PageSize = 5 }, all)
		_, err := read(t, things(t, table))
		require.ErrorIs(t, err, providers.KindResponse)
		assert.ErrorContains(t, err, "condition")
	})
	t.Run("$top: a limit still holds", func(t *testing.T) {
		table, _ := scripted(t, nil, all)
		p := plan(t, table, &providers.ScanRequest{Columns: columns(t, table, "ID"), Limit: 4})
		rows, err := read(t, p)
		require.NoError(t, err)
		assert.Equal(t, []string{"1", "2", "3", "4"}, rows)
	})
}

func TestFaultsThatAreRepeated(t *testing.T) {
	faults := map[string]*odatatest.Fault{
		"a 503":                {Status: 503, Body: "busy"},
		"a 429":                {Status: 429, Header: http.Header{"Retry-After": {"0"}}},
		"a dropped connection": {Drop: true},
		"a reset mid-page":     {ResetAfter: 100},
		"a truncated page":     {TruncateAfter: 150},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			var seen sync.Map
			var faults atomic.Int64
			srv := odatatest.NewServer(odatatest.V4, shop(t, 95), silent(10), odatatest.WithGzip(false),
				odatatest.WithFault(func(r *http.Request, n int) *odatatest.Fault {
					if _, again := seen.LoadOrStore(r.URL.String(), true); !again && n > 1 && n%3 == 0 {
						faults.Add(1)
						return fault
					}
					return nil
				}))
			defer srv.Close()
			orders := connect(t, srv.URL, V4, func(tr *Traits) { tr.SilentCap = true })("Orders")
			rows, err := read(t, plan(t, orders, &providers.ScanRequest{Columns: columns(t, orders, "ID", "Name")}))
			require.NoError(t, err)
			assert.Equal(t, wantOrders(95), rows)
			assert.Positive(t, faults.Load())
		})
	}
}

// TestRowsThatMoveWhileAScanRuns inserts and deletes rows before the cursor
// and changes the server's cap between requests.
func TestRowsThatMoveWhileAScanRuns(t *testing.T) {
	for v, tv := range testVersions {
		for _, strategy := range []struct {
			name        string
			keyset      bool
			concurrency int
		}{{"by key windows", true, 8}, {"by key", true, 1}, {"by row windows", false, 8}, {"by rows", false, 1}} {
			t.Run(fmt.Sprint(v, " ", strategy.name), func(t *testing.T) {
				var requests atomic.Int64
				srv := odatatest.NewServer(tv, shop(t, 200), odatatest.WithPaging(func(*http.Request) odatatest.Paging {
					n := 12 - int(requests.Load()%3)*2
					return odatatest.Paging{Default: n, Max: n}
				}), odatatest.WithFault(func(r *http.Request, n int) *odatatest.Fault {
					requests.Add(1)
					return nil
				}))
				defer srv.Close()
				orders := connect(t, srv.URL, v, func(tr *Traits) {
					tr.SilentCap, tr.Keyset, tr.Concurrency = true, strategy.keyset, strategy.concurrency
				})("Orders")
				p := plan(t, orders, &providers.ScanRequest{Columns: columns(t, orders, "ID")})
				r, err := p.Open(t.Context(), nil)
				require.NoError(t, err)
				defer r.Close()
				b := tuple.NewBatch(p.Layout)
				var ids []int64
				for i := 0; ; i++ {
					err := r.Next(t.Context(), b)
					if err != nil {
						require.ErrorContains(t, err, "EOF")
						break
					}
					for k := range b.Len() {
						ids = append(ids, b.Row(k).Int(p.Layout.Slot(0)))
					}
					switch i {
					case 0: // rows before the cursor come and go
						require.NoError(t, srv.Data.Insert("Orders", map[string]any{"ID": 1, "Rev": 1}))
						require.NoError(t, srv.Data.Insert("Orders", map[string]any{"ID": 2, "Rev": 1}))
					case 2:
						require.NoError(t, srv.Data.Delete("Orders", 11))
						require.NoError(t, srv.Data.Delete("Orders", 12))
						require.NoError(t, srv.Data.Delete("Orders", 13))
					}
				}
				var want []int64
				for i := range 200 {
					want = append(want, int64(10+i+i/7*3))
				}
				assert.Equal(t, want, ids)
			})
		}
	}
}

// TestTheLastRowIsLookedForInPagesOfFewerRowsToo moves the last row forward while
// the server gives ever fewer rows a page.
func TestTheLastRowIsLookedForInPagesOfFewerRowsToo(t *testing.T) {
	var pages atomic.Int64
	srv := odatatest.NewServer(odatatest.V4, shop(t, 60), odatatest.WithPaging(func(*http.Request) odatatest.Paging {
		n := 12
		if pages.Add(1) > 2 {
			n = 8
		}
		return odatatest.Paging{Default: n, Max: n}
	}))
	defer srv.Close()
	orders := connect(t, srv.URL, V4, func(tr *Traits) { tr.SilentCap, tr.Keyset, tr.Concurrency = true, false, 1 })("Orders")
	p := plan(t, orders, &providers.ScanRequest{Columns: columns(t, orders, "ID")})
	pages.Store(0)
	r, err := p.Open(t.Context(), nil)
	require.NoError(t, err)
	defer r.Close()
	b := tuple.NewBatch(p.Layout)
	var ids []int64
	for err = r.Next(t.Context(), b); err == nil; err = r.Next(t.Context(), b) {
		for k := range b.Len() {
			ids = append(ids, b.Row(k).Int(p.Layout.Slot(0)))
		}
		if len(ids) == 12 {
			require.NoError(t, srv.Data.Delete("Orders", 11))
			require.NoError(t, srv.Data.Delete("Orders", 12))
		}
	}
	require.ErrorIs(t, err, io.EOF)
	var want []int64
	for i := range 60 {
		want = append(want, int64(10+i+i/7*3))
	}
	assert.Equal(t, want, ids)
}

func TestCancelEndsAScanPromptly(t *testing.T) {
	before := runtime.NumGoroutine()
	release := make(chan struct{})
	table, n := scripted(t, nil, answer(200, `{"value":[{"ID":1}],"@odata.nextLink":"Things?$skiptoken=1"}`), func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-release:
		}
	})
	defer close(release)
	p := things(t, table)
	ctx, cancel := context.WithCancel(t.Context())
	r, err := p.Open(ctx, nil)
	require.NoError(t, err)
	b := tuple.NewBatch(p.Layout)
	require.NoError(t, r.Next(ctx, b))
	time.AfterFunc(0, func() {
		for n.Load() < 2 {
			runtime.Gosched()
		}
		cancel()
	})
	assert.ErrorIs(t, r.Next(ctx, b), context.Canceled)
	require.NoError(t, r.Close())
	require.NoError(t, r.Close())
	assert.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+6 }, 5*time.Second, time.Millisecond, "goroutines of the scan are gone")
}

func TestCloseBeforeTheEndStopsReading(t *testing.T) {
	srv := odatatest.NewServer(odatatest.V4, shop(t, 500), silent(10))
	defer srv.Close()
	orders := connect(t, srv.URL, V4, func(tr *Traits) { tr.SilentCap = true })("Orders")
	p := plan(t, orders, &providers.ScanRequest{Columns: columns(t, orders, "ID")})
	srv.ResetCounters()
	r, err := p.Open(t.Context(), nil)
	require.NoError(t, err)
	b := tuple.NewBatch(p.Layout)
	require.NoError(t, r.Next(t.Context(), b))
	require.NoError(t, r.Close())
	assert.Equal(t, 1, srv.Count(), "the first page alone was asked for")
}
