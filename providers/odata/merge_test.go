package odata

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
	"github.com/epicorerp/epicorerp/providers/providertest"
	"github.com/epicorerp/epicorerp/sqlengine"
)

// Pages are read in the order of the key whether it is asked for or not: so an
// order by the key, or what it begins with, costs nothing, and the engine merges.
func TestTablesAreMergedInTheOrderOfTheirPages(t *testing.T) {
	numbers := func(name string, n, times int, key ...string) *odatatest.Set {
		s := &odatatest.Set{Name: name, Type: name + "Row", Key: key}
		for _, k := range key {
			s.Columns = append(s.Columns, odatatest.Column{Name: k, Type: odatatest.EdmInt32})
		}
		var rows [][]any
		for i := range n * times {
			rows = append(rows, []any{i/times + i/50, i}[:len(key)])
		}
		var err error
		s.Rows, err = odatatest.Rows(s.Columns, rows...)
		require.NoError(t, err)
		return s
	}
	srv := odatatest.NewServer(odatatest.V4, &odatatest.Schema{Namespace: "Shop", Container: "Box", Sets: []*odatatest.Set{
		numbers("Orders", 1500, 1, "ID"), numbers("Lines", 1200, 2, "OrderID", "Line"), numbers("Notes", 1400, 1, "OrderID", "Seq")}})
	t.Cleanup(srv.Close)
	p, err := providers.Open("odata", providers.Options{Properties: map[string]string{"URL": srv.URL, "Service": "Shop"},
		Logger: slog.New(slog.DiscardHandler), Now: time.Now})
	require.NoError(t, err)
	t.Cleanup(func() { p.Close() })
	sql := "SELECT o.ID, l.Line, n.Seq FROM Orders o JOIN Lines l ON l.OrderID = o.ID JOIN Notes n ON n.OrderID = o.ID ORDER BY o.ID"
	_, want, err := providertest.Answer(t.Context(), p, sqlengine.Options{}, sql)
	require.NoError(t, err)
	require.NotEmpty(t, want)
	_, got, err := providertest.Answer(t.Context(), p, sqlengine.Options{Pushdown: true}, sql)
	require.NoError(t, err)
	assert.Empty(t, providertest.Differ(got, want, false))
	for i := 1; i < len(got); i++ {
		require.LessOrEqual(t, got[i-1][0].I, got[i][0].I)
	}
	_, lines, err := providertest.Answer(t.Context(), p, sqlengine.Options{Pushdown: true}, "EXPLAIN "+sql)
	require.NoError(t, err)
	var text strings.Builder
	for _, l := range lines {
		text.WriteString(l[0].S + "\n")
	}
	assert.Equal(t, 2, strings.Count(text.String(), "Inner merge join"), text.String())
	assert.NotContains(t, text.String(), "Sort by", text.String())
}
