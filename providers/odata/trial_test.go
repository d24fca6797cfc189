package odata_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
	"github.com/epicorerp/epicorerp/providers/providertest"
	"github.com/epicorerp/epicorerp/sqlengine"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// misreading is a service that changes what it is asked before it answers, or
// what it answers, and says 200 to all of it.
type misreading struct {
	name   string
	query  func(url.Values)
	answer func(asked url.Values, body string) string
	status func(asked url.Values) int // what it answers with; nil for 200
	option odatatest.Option
}

var someNumber = regexp.MustCompile(`"@odata.count":\d+`)

// rewritten replaces words in conditions.
func rewritten(pairs ...string) func(url.Values) {
	r := strings.NewReplacer(pairs...)
	return func(q url.Values) {
		if q.Has("$filter") {
			q.Set("$filter", r.Replace(q.Get("$filter")))
		}
	}
}

var misreadings = []misreading{
	{name: "passes over conditions", query: func(q url.Values) { q.Del("$filter") }},
	{name: "passes over conditions with an order", query: func(q url.Values) {
		if strings.Contains(q.Get("$filter"), " gt ") || strings.Contains(q.Get("$filter"), " le ") {
			q.Del("$filter")
		}
	}},
	{name: "compares the wrong way round", query: rewritten(" lt ", " gt ", " gt ", " lt ")},
	{name: "takes the bound for outside", query: rewritten(" le ", " lt ", " ge ", " gt ")},
	{name: "finds no nulls", query: func(q url.Values) {
		if q.Has("$filter") {
			q.Set("$filter", regexp.MustCompile(`(\w+) eq null`).ReplaceAllString(q.Get("$filter"), "$1 ne $1"))
		}
	}},
	{name: "takes null for less than any number", query: func(q url.Values) {
		if q.Has("$filter") {
			q.Set("$filter", regexp.MustCompile(`(\w+) l[te] [0-9.-]+`).ReplaceAllString(q.Get("$filter"), "($0 or $1 eq null)"))
		}
	}},
	{name: "reads the first alternative alone", query: rewritten(" or ", " or 1 eq 0 and ")},
	{name: "takes one function for another", query: rewritten("contains(", "startswith(", "year(", "month(")},
	{name: "loses doubled quotes", query: rewritten("O''R", "O R")},
	{name: "knows no letters but ASCII's", query: rewritten("ä", "a")},
	{name: "does not sort", query: func(q url.Values) { q.Del("$orderby") }},
	{name: "sorts up alone", query: func(q url.Values) {
		if q.Has("$orderby") {
			q.Set("$orderby", strings.ReplaceAll(q.Get("$orderby"), " desc", ""))
		}
	}},
	{name: "sorts by the first key alone", query: func(q url.Values) {
		if by, _, more := strings.Cut(q.Get("$orderby"), ","); more {
			q.Set("$orderby", by)
		}
	}},
	{name: "counts whatever the conditions", answer: func(asked url.Values, body string) string {
		if !asked.Has("$filter") {
			return body
		}
		return someNumber.ReplaceAllString(body, `"@odata.count":60`)
	}},
}

func (m misreading) serve(t *testing.T, s *odatatest.Schema) (address string, requests func() int) {
	data, err := odatatest.NewData(s, odatatest.BinaryOrder)
	require.NoError(t, err)
	paging := odatatest.WithPaging(func(*http.Request) odatatest.Paging { return odatatest.Paging{} })
	options := []odatatest.Option{paging, odatatest.WithGzip(false)}
	if m.option != nil {
		options = append(options, m.option)
	}
	recorder := odatatest.Wrap(odatatest.NewHandler(odatatest.V4, data, options...))
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked := r.URL.Query()
		changed := r.URL.Query()
		if m.query != nil {
			m.query(changed)
		}
		if m.status != nil && m.status(asked) != http.StatusOK {
			http.Error(w, "not today", m.status(asked))
			return
		}
		r.URL.RawQuery = changed.Encode()
		if m.answer == nil {
			recorder.ServeHTTP(w, r)
			return
		}
		held := httptest.NewRecorder()
		recorder.ServeHTTP(held, r)
		body := m.answer(asked, held.Body.String())
		for name, values := range held.Header() {
			if name != "Content-Length" {
				w.Header()[name] = values
			}
		}
		w.WriteHeader(held.Code)
		_, _ = w.Write([]byte(body)) // a client that has gone fails its own test
	}))
	t.Cleanup(srv.Close)
	return srv.URL, recorder.Count
}

func (m misreading) open(t *testing.T, address string) providers.Provider {
	p, err := providers.Open("odata", providers.Options{
		Properties: map[string]string{"URL": address, "Service": "Stock", "Pagesize": "50"},
		Logger:     slog.New(slog.DiscardHandler), Now: time.Now,
	})
	require.NoError(t, err)
	return p
}

// TestServicesThatMisreadAreFoundOut runs the conformance suite, whose queries
// must give the same rows with pushdown and without, against services that lie.
func TestServicesThatMisreadAreFoundOut(t *testing.T) {
	for _, m := range misreadings {
		t.Run(m.name, func(t *testing.T) {
			address, _ := m.serve(t, warehouse(t))
			providertest.Run(t, providertest.Harness{Tables: []string{"Items"}, Open: func(t *testing.T) providers.Provider { return m.open(t, address) }})
		})
	}
}

// TestTrialsAreMadeOnce counts requests: what was tried is known, and a service
// that is vouched for is not tried.
func TestTrialsAreMadeOnce(t *testing.T) {
	m := misreading{name: "reads well"}
	for words, want := range map[string][]int{"": {4, 1}, "filter,orderby,top,skip,count,select,null": {1, 1}} {
		t.Run(words, func(t *testing.T) {
			address, requests := m.serve(t, warehouse(t))
			p, err := providers.Open("odata", providers.Options{
				Properties: map[string]string{"URL": address, "Pagesize": "50", "ODataCapabilities": words}, Logger: slog.New(slog.DiscardHandler), Now: time.Now})
			require.NoError(t, err)
			defer p.Close()
			tab, err := p.Table(t.Context(), "", "Items")
			require.NoError(t, err)
			before := requests()
			for i, n := range want {
				id := tab.Info().Find("ID")
				plan, err := tab.Plan(t.Context(), &providers.ScanRequest{Columns: []int{id}, Filter: []providers.Predicate{&providers.Call{Func: providers.Lt, T: sqltypes.Of(sqltypes.Bool),
					Args: []providers.Expr{&providers.ColumnRef{Column: id, Name: "ID", T: tab.Info().Columns[id].Type}, &providers.Const{Value: sqltypes.IntValue(5)}}}}})
				require.NoError(t, err)
				assert.Equal(t, words == "" && i == 0, strings.Contains(strings.Join(plan.Hints, " "), "the service is first tried, once for all queries: < of Items.ID"), "EXPLAIN tells")
				r, err := plan.Open(t.Context(), nil)
				require.NoError(t, err)
				require.NoError(t, r.Next(t.Context(), newBatch(plan)))
				require.NoError(t, r.Close())
				assert.Equal(t, n, requests()-before)
				before = requests()
			}
		})
	}
}

// TestWhatTrialsCost counts the requests of queries that come one after the other:
// the first that names a column pays for it, however many it names.
func TestWhatTrialsCost(t *testing.T) {
	m := misreading{name: "reads well"}
	address, requests := m.serve(t, warehouse(t))
	p := m.open(t, address)
	defer p.Close()
	_, err := p.Table(t.Context(), "", "Items") // reads the metadata
	require.NoError(t, err)
	for _, query := range []struct {
		sql      string
		requests int
	}{
		{"SELECT ID FROM Items WHERE ID < 5", 4},
		{"SELECT ID FROM Items WHERE ID < 9", 1},
		{"SELECT ID FROM Items WHERE ID > 50 AND Price > 1 AND Big = 9007199254740993 AND Day >= DATE '2024-02-20'", 4},
		{"SELECT ID FROM Items WHERE Day >= DATE '2024-02-27'", 1},
		{"SELECT ID FROM Items WHERE Active = TRUE AND Code LIKE 'a%' AND Price IS NULL AND Price < Big", 4},
		{"SELECT ID FROM Items ORDER BY ID DESC LIMIT 3", 3},
		{"SELECT ID FROM Items ORDER BY Day, ID LIMIT 3", 3},
		{"SELECT ID FROM Items", 5}, // a second page goes on behind the key
		{"SELECT ID FROM Items", 2},
	} {
		before := requests()
		_, _, err := providertest.Answer(t.Context(), p, sqlengine.Options{Pushdown: true}, query.sql)
		require.NoError(t, err, query.sql)
		assert.Equal(t, query.requests, requests()-before, query.sql)
	}
}

func newBatch(p *providers.ScanPlan) *tuple.Batch { return tuple.NewBatch(p.Layout) }

func TestAKeyThatIsNoneIsFoundOut(t *testing.T) {
	m := misreading{answer: func(_ url.Values, body string) string {
		return strings.Replace(body, `<PropertyRef Name="Site"/><PropertyRef Name="Bin"/>`, `<PropertyRef Name="Site"/>`, 1)
	}}
	address, _ := m.serve(t, warehouse(t))
	p := m.open(t, address)
	defer p.Close()
	tab, err := p.Table(t.Context(), "", "Bins")
	require.NoError(t, err)
	require.Len(t, tab.Info().Key, 1)
	plan, err := tab.Plan(t.Context(), &providers.ScanRequest{Columns: []int{0, 1}})
	require.NoError(t, err)
	r, err := plan.Open(t.Context(), nil)
	require.NoError(t, err)
	defer r.Close()
	err = r.Next(t.Context(), newBatch(plan))
	assert.ErrorIs(t, err, providers.KindResponse)
	assert.ErrorContains(t, err, "two rows have it in common")
}

// Scans that come while another tries what they rely on wait for it, and go by
// what it has found out.
func TestScansThatWaitForATrialGoByItsOutcome(t *testing.T) {
	m := misreading{name: "compares the wrong way round", query: rewritten(" lt ", " gt ", " gt ", " lt ")}
	address, _ := m.serve(t, warehouse(t))
	p := m.open(t, address)
	defer p.Close()
	tab, err := p.Table(t.Context(), "", "Items")
	require.NoError(t, err)
	id := tab.Info().Find("ID")
	request := &providers.ScanRequest{Columns: []int{id}, Filter: []providers.Predicate{&providers.Call{Func: providers.Lt, T: sqltypes.Of(sqltypes.Bool),
		Args: []providers.Expr{&providers.ColumnRef{Column: id, Name: "ID", T: tab.Info().Columns[id].Type}, &providers.Const{Value: sqltypes.IntValue(5)}}}}}
	plans := make([]*providers.ScanPlan, 8)
	for i := range plans { // all planned before anything is known
		plans[i], err = tab.Plan(t.Context(), request)
		require.NoError(t, err)
		require.NotEqual(t, providers.None, plans[i].Filter[0])
	}
	failures := make([]error, len(plans))
	var wait sync.WaitGroup
	for i, plan := range plans {
		wait.Go(func() {
			r, err := plan.Open(t.Context(), nil)
			if err == nil {
				err = r.Next(t.Context(), newBatch(plan))
				_ = r.Close()
			}
			failures[i] = err
		})
	}
	wait.Wait()
	for _, err := range failures {
		var e *providers.Error
		require.ErrorAs(t, err, &e, "rows of a condition that the service misreads")
		assert.True(t, e.Refused)
	}
}

// A scan goes on behind the last key of a page. Where rows do not come in the order of
// the key, it must not.
func TestRowsInAnotherOrderThanTheKeysAreAllRead(t *testing.T) {
	columns := []odatatest.Column{{Name: "Row", Type: odatatest.EdmInt32}, {Name: "Place", Type: odatatest.EdmInt32}}
	var cells [][]any
	for i := range 60 {
		cells = append(cells, []any{i / 20, i % 20})
	}
	rows, err := odatatest.Rows(columns, cells...)
	require.NoError(t, err)
	m := misreading{query: func(q url.Values) {
		if q.Get("$orderby") == "Row,Place" {
			q.Set("$orderby", "Row,Place desc")
		}
	}}
	address, _ := m.serve(t, &odatatest.Schema{Namespace: "Stock", Container: "All", Sets: []*odatatest.Set{{Name: "Cells", Type: "Cell", Columns: columns, Key: []string{"Row", "Place"}, Rows: rows}}})
	p := m.open(t, address)
	defer p.Close()
	_, got, err := providertest.Answer(t.Context(), p, sqlengine.Options{Pushdown: true}, "SELECT COUNT(*), COUNT(DISTINCT Row * 100 + Place) FROM (SELECT Row, Place FROM Cells) AS c")
	require.NoError(t, err)
	assert.Equal(t, "60 60", got[0][0].Text()+" "+got[0][1].Text())
}
