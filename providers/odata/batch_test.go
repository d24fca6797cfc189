package odata

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// longCondition is one that cannot be split: no URL of 2048 bytes takes it.
func longCondition(tab providers.Table, n int) providers.Predicate {
	any := &providers.Call{Func: providers.Or, T: sqltypes.Of(sqltypes.Bool)}
	for i := range n {
		any.Args = append(any.Args, call(providers.And, compare(tab, providers.Ge, "ID", int64(10+20*i)), compare(tab, providers.Lt, "ID", int64(12+20*i))))
	}
	return any
}

func TestLongRequestsGoInABatch(t *testing.T) {
	for v, tv := range testVersions {
		t.Run(v.String(), func(t *testing.T) {
			srv := odatatest.NewServer(tv, shop(t, 40), odatatest.WithPageSize(3))
			defer srv.Close()
			orders := connect(t, srv.URL, v, func(tr *Traits) { tr.Batch = true })("Orders")
			r := &providers.ScanRequest{Columns: columns(t, orders, "ID"), Filter: []providers.Predicate{longCondition(orders, 60)}}
			p := plan(t, orders, r)
			assert.Equal(t, []providers.Verdict{providers.Exact}, p.Filter)
			require.Len(t, p.Requests, 1)
			assert.True(t, strings.HasPrefix(p.Requests[0], "POST $batch: GET "), p.Requests[0])
			rows, err := read(t, p)
			require.NoError(t, err)
			assert.Equal(t, []string{"10", "11", "30", "31", "50", "51"}, rows, "over next links, which are as long")
			assert.True(t, slices.ContainsFunc(srv.Requests(), func(r odatatest.Request) bool { return r.Method == http.MethodPost && r.Path == "/$batch" }))
			assert.False(t, slices.ContainsFunc(srv.Requests(), func(r odatatest.Request) bool { return len(r.Query) > DefaultMaxURLLength }))

			counted := plan(t, orders, &providers.ScanRequest{Filter: r.Filter, Aggregate: &providers.Aggregate{Calls: []providers.AggregateCall{{Func: "COUNT", Column: -1, Type: sqltypes.Of(sqltypes.BigInt)}}}})
			rows, err = read(t, counted)
			require.NoError(t, err)
			assert.Equal(t, []string{"6"}, rows)
		})
	}
}

func TestWithoutABatchLongConditionsAreLeftOut(t *testing.T) {
	srv := odatatest.NewServer(odatatest.V4, shop(t, 4))
	defer srv.Close()
	orders := connect(t, srv.URL, V4, nil)("Orders")
	p := plan(t, orders, &providers.ScanRequest{Columns: columns(t, orders, "ID"), Filter: []providers.Predicate{longCondition(orders, 60)}})
	assert.Equal(t, []providers.Verdict{providers.None}, p.Filter)
	assert.Contains(t, p.Reasons[0], "MaxURLLength")
	tooLong := connect(t, srv.URL, V4, func(tr *Traits) { tr.Batch = true })("Orders")
	p = plan(t, tooLong, &providers.ScanRequest{Columns: columns(t, orders, "ID"), Filter: []providers.Predicate{longCondition(orders, 2000)}})
	assert.Equal(t, []providers.Verdict{providers.None}, p.Filter, "there is an end to it in a batch too")
}

func TestABatchThatIsRefusedIsARefusal(t *testing.T) {
	for name, fault := range map[string]*odatatest.Fault{
		"the service has none":     {Status: 404, Body: `{"error":{"code":"","message":"no $batch"}}`},
		"it answers something":     {Status: 200, Header: http.Header{"Content-Type": {"text/html"}}, Body: "<html></html>"},
		"it answers nothing":       {Status: 202, Header: http.Header{"Content-Type": {"multipart/mixed; boundary=b"}}, Body: "--b--\r\n"},
		"it answers half a batch":  {Status: 202, Header: http.Header{"Content-Type": {"multipart/mixed; boundary=b"}}, Body: "--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"},
		"it refuses what is in it": {Status: 202, Header: http.Header{"Content-Type": {"multipart/mixed; boundary=b"}}, Body: "--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\n{}\r\n--b--\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			srv := odatatest.NewServer(odatatest.V4, shop(t, 4), odatatest.WithFault(func(r *http.Request, _ int) *odatatest.Fault {
				if r.Method == http.MethodPost {
					return fault
				}
				return nil
			}))
			defer srv.Close()
			orders := connect(t, srv.URL, V4, func(tr *Traits) { tr.Batch = true })("Orders")
			_, err := read(t, plan(t, orders, &providers.ScanRequest{Columns: columns(t, orders, "ID"), Filter: []providers.Predicate{longCondition(orders, 60)}}))
			var e *providers.Error
			require.ErrorAs(t, err, &e)
			assert.True(t, e.Refused, "the engine asks for less: %v", err)
		})
	}
}
