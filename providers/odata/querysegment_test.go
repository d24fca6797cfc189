package odata

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// orders opens a service by its properties and returns its table Orders.
func orders(t *testing.T, url string, properties map[string]string) *Table {
	all := map[string]string{"URL": url}
	for name, v := range properties {
		all[name] = v
	}
	p, err := Open(providers.Options{Properties: all, Logger: slog.New(slog.DiscardHandler), Now: time.Now})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, p.Close()) })
	tab, err := p.Table(t.Context(), "", "Orders")
	require.NoError(t, err)
	return tab.(*Table)
}

// posts are the recorded POSTs whose path ends so.
func posts(srv *odatatest.Server, suffix string) (found []odatatest.Request) {
	for _, r := range srv.Requests() {
		if r.Method == http.MethodPost && strings.HasSuffix(r.Path, suffix) {
			found = append(found, r)
		}
	}
	return found
}

func TestLongRequestsOf401GoByQuery(t *testing.T) {
	for name, options := range map[string][]odatatest.Option{
		"as a rule":                            nil,
		"with a token against forged requests": {odatatest.WithForgeryGuard(func() string { return "t" })},
		"again where the server was busy": {odatatest.WithFault(func(r *http.Request, n int) *odatatest.Fault {
			if r.Method == http.MethodPost && n%3 == 0 {
				return &odatatest.Fault{Status: 503, Header: http.Header{"Retry-After": {"0"}}}
			}
			return nil
		})},
	} {
		t.Run(name, func(t *testing.T) {
			srv := odatatest.NewServer(odatatest.V4, shop(t, 40), append(options, odatatest.WithVersion401(), odatatest.WithPageSize(3))...)
			defer srv.Close()
			tab := orders(t, srv.URL, map[string]string{"CustomURLParams": "client=100"})
			r := &providers.ScanRequest{Columns: columns(t, tab, "ID"), Filter: []providers.Predicate{longCondition(tab, 60)}}
			p := plan(t, tab, r)
			require.Len(t, p.Requests, 1)
			assert.True(t, strings.HasPrefix(p.Requests[0], "POST $query: GET "), p.Requests[0])
			for range 2 {
				rows, err := read(t, plan(t, tab, r))
				require.NoError(t, err)
				assert.Equal(t, []string{"10", "11", "30", "31", "50", "51"}, rows, "over next links, which are as long")
			}
			assert.NotEmpty(t, posts(srv, "/Orders/$query"))
			for _, r := range srv.Requests() {
				assert.LessOrEqual(t, len(r.Query), DefaultMaxURLLength)
				assert.Contains(t, r.Query, "client=100", "gateways look for it in the URL")
			}
			rows, err := read(t, plan(t, tab, &providers.ScanRequest{Filter: r.Filter, Aggregate: &providers.Aggregate{Calls: []providers.AggregateCall{{Func: "COUNT", Column: -1, Type: sqltypes.Of(sqltypes.BigInt)}}}}))
			require.NoError(t, err)
			assert.Equal(t, []string{"6"}, rows)
		})
	}
}

func TestWhoeverReadsNoOptionsInABodyIsAskedInAnotherWay(t *testing.T) {
	for name, fault := range map[string]odatatest.Fault{
		"there is no such resource":    {Status: 404, Body: `{"error":{"message":"$query"}}`},
		"nothing may be posted":        {Status: 405},
		"it is not written yet":        {Status: 501},
		"text is not understood":       {Status: 415},
		"a gateway lets no POST in":    {Status: 403},
		"the body is passed over":      {Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: `{"value":[{"ID":10},{"ID":12}]}`},
		"the body is passed over, 204": {Status: 204},
	} {
		for _, batch := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				srv := odatatest.NewServer(odatatest.V4, shop(t, 40), odatatest.WithVersion401(), odatatest.WithFault(func(r *http.Request, _ int) *odatatest.Fault {
					if strings.HasSuffix(r.URL.Path, "/$query") {
						return &fault
					}
					return nil
				}))
				defer srv.Close()
				words := ""
				if batch {
					words = "+batch"
				}
				tab := orders(t, srv.URL, map[string]string{"ODataCapabilities": words})
				r := &providers.ScanRequest{Columns: columns(t, tab, "ID"), Filter: []providers.Predicate{longCondition(tab, 60)}}
				rows, err := read(t, plan(t, tab, r))
				if batch {
					require.NoError(t, err)
					assert.Equal(t, []string{"10", "11", "30", "31", "50", "51"}, rows)
					assert.NotEmpty(t, posts(srv, "/$batch"))
				} else {
					var e *providers.Error
					require.ErrorAs(t, err, &e)
					assert.True(t, e.Refused, "the engine asks for less: %v", err)
					assert.Equal(t, []providers.Verdict{providers.None}, plan(t, tab, r).Filter, "which is a shorter URL from now on")
				}
				asked := len(posts(srv, "/$query"))
				_, err = read(t, plan(t, tab, r))
				require.NoError(t, err)
				assert.Len(t, posts(srv, "/$query"), asked, "it is not asked for again")
			})
		}
	}
}

func TestQueryIsAskedOfServicesThatHaveIt(t *testing.T) {
	for _, test := range []struct {
		name, version, words, want string
		options                    []odatatest.Option
	}{
		{name: "the metadata are of 4.01", options: []odatatest.Option{odatatest.WithVersion401()}, want: "POST $query: "},
		{name: "the metadata are of 4.0", want: "GET "},
		{name: "the user says 4.01", version: "4.01", want: "POST $query: "},
		{name: "the user says 4.0", version: "4.0", options: []odatatest.Option{odatatest.WithVersion401()}, want: "GET "},
		{name: "the user has the word", words: "filter orderby query", want: "POST $query: "},
		{name: "the user adds the word", words: "+query", want: "POST $query: "},
		{name: "the user takes the word away", options: []odatatest.Option{odatatest.WithVersion401()}, words: "-query", want: "GET "},
		{name: "the user lists other words", options: []odatatest.Option{odatatest.WithVersion401()}, words: "filter orderby", want: "GET "},
	} {
		t.Run(test.name, func(t *testing.T) {
			srv := odatatest.NewServer(odatatest.V4, shop(t, 4), test.options...)
			defer srv.Close()
			tab := orders(t, srv.URL, map[string]string{"ODataVersion": test.version, "ODataCapabilities": test.words})
			p := plan(t, tab, &providers.ScanRequest{Columns: columns(t, tab, "ID"), Filter: []providers.Predicate{longCondition(tab, 60)}})
			assert.True(t, strings.HasPrefix(p.Requests[0], test.want), p.Requests[0])
		})
	}
}

func TestBatchesGoInJSONWhereMultipartIsRefused(t *testing.T) {
	srv := odatatest.NewServer(odatatest.V4, shop(t, 40), odatatest.WithJSONBatch(), odatatest.WithPageSize(3))
	defer srv.Close()
	tab := orders(t, srv.URL, map[string]string{"ODataCapabilities": "+batch"})
	r := &providers.ScanRequest{Columns: columns(t, tab, "ID"), Filter: []providers.Predicate{longCondition(tab, 60)}}
	for i := range 2 {
		srv.ResetCounters()
		rows, err := read(t, plan(t, tab, r))
		require.NoError(t, err)
		assert.Equal(t, []string{"10", "11", "30", "31", "50", "51"}, rows)
		multipart := 0
		for _, r := range posts(srv, "/$batch") {
			if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
				multipart++
			}
		}
		assert.Equal(t, 1-i, multipart, "what is refused is not tried again")
	}
	segment, err := tab.svc.fetch(t.Context(), tab.svc.requestURL("Orders/$count", []option{{"$filter", "Name ne '" + strings.Repeat("x", 3000) + "' and ID lt 12"}}),
		http.Header{"Accept": {"text/plain"}}, nil)
	require.NoError(t, err)
	assert.Equal(t, "2", string(segment.Body), "text stands in a string")

	for name, answer := range map[string]string{
		"no JSON": "<html>", "no answers": `{"responses":[]}`, "another's answer": `{"responses":[{"id":"7","status":200,"body":{}}]}`,
		"an answer without a status": `{"responses":[{"id":"1","body":{}}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			srv := odatatest.NewServer(odatatest.V4, shop(t, 4), odatatest.WithFault(func(r *http.Request, _ int) *odatatest.Fault {
				switch {
				case r.Method != http.MethodPost:
					return nil
				case strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/"):
					return &odatatest.Fault{Status: 415}
				}
				return &odatatest.Fault{Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: answer}
			}))
			defer srv.Close()
			tab := orders(t, srv.URL, map[string]string{"ODataCapabilities": "+batch"})
			_, err := read(t, plan(t, tab, &providers.ScanRequest{Columns: columns(t, tab, "ID"), Filter: []providers.Predicate{longCondition(tab, 60)}}))
			var e *providers.Error
			require.ErrorAs(t, err, &e)
			assert.True(t, e.Refused, "the engine asks for less: %v", err)
		})
	}
}
