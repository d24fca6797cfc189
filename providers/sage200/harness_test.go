package sage200_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/providertest"
	_ "github.com/epicorerp/epicorerp/providers/sage200"
	"github.com/epicorerp/epicorerp/providers/sage200/sage200test"
	"github.com/epicorerp/epicorerp/sqlengine"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

func serve(t testing.TB, opts ...sage200test.Option) *sage200test.Server {
	s := sage200test.NewServer(opts...)
	t.Cleanup(s.Close)
	return s
}

// properties are those of a connection to the server, changed by pairs of name
// and value.
func properties(s *sage200test.Server, pairs ...string) map[string]string {
	p := map[string]string{
		"URL": s.URL, "SubscriptionKey": sage200test.DefaultKey, "OAuthAccessToken": sage200test.DefaultToken,
		"Site": sage200test.DefaultSite, "Company": "1", "MaxRetries": "2",
	}
	for i := 0; i < len(pairs); i += 2 {
		p[pairs[i]] = pairs[i+1]
	}
	return p
}

func open(t testing.TB, o providers.Options) providers.Provider {
	t.Helper()
	o.Logger, o.Now = slog.New(slog.DiscardHandler), time.Now
	p, err := providers.Open("sage200", o)
	require.NoError(t, err)
	t.Cleanup(func() { _ = p.Close() })
	return p
}

func connect(t testing.TB, s *sage200test.Server, pairs ...string) providers.Provider {
	t.Helper()
	return open(t, providers.Options{Properties: properties(s, pairs...)})
}

func table(t testing.TB, p providers.Provider, name string) providers.Table {
	t.Helper()
	tab, err := p.Table(t.Context(), "", name)
	require.NoError(t, err)
	return tab
}

// query runs a statement with pushdown and returns its rows as text, with |
// between the values.
func query(ctx context.Context, p providers.Provider, sql string) ([]string, error) {
	_, rows, err := providertest.Answer(ctx, p, sqlengine.Options{Pushdown: true}, sql)
	var lines []string
	for _, r := range rows {
		lines = append(lines, text(r))
	}
	return lines, err
}

func text(row []sqltypes.Value) string {
	cells := make([]string, len(row))
	for i, v := range row {
		if cells[i] = v.Text(); v.Null {
			cells[i] = "NULL"
		}
	}
	return strings.Join(cells, "|")
}

func mustQuery(t testing.TB, p providers.Provider, sql string) []string {
	t.Helper()
	rows, err := query(t.Context(), p, sql)
	require.NoError(t, err, sql)
	return rows
}

// readAll reads the columns of a table, without an engine.
func readAll(ctx context.Context, tab providers.Table, r *providers.ScanRequest) ([]string, error) {
	plan, err := tab.Plan(ctx, r)
	if err != nil {
		return nil, err
	}
	reader, err := plan.Open(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	var lines []string
	b := tuple.NewBatch(plan.Layout)
	for {
		switch err := reader.Next(ctx, b); {
		case err == io.EOF:
			return lines, nil
		case err != nil:
			return lines, err
		}
		for i := range b.Len() {
			row := make([]sqltypes.Value, plan.Layout.Columns())
			for c := range row {
				row[c] = plan.Layout.Value(b.Row(i), c)
			}
			lines = append(lines, text(row))
		}
	}
}

// failure returns the error of the driver, which must be of the kind.
func failure(t testing.TB, err error, kind providers.Kind) *providers.Error {
	t.Helper()
	require.ErrorIs(t, err, kind)
	var e *providers.Error
	require.ErrorAs(t, err, &e)
	return e
}

// sent returns the request lines for rows, without the path before the resource.
func sent(s *sage200test.Server) []string {
	var lines []string
	for _, r := range s.Requests() {
		if r.Method == http.MethodGet && !strings.Contains(r.Query, "$metadata") && !strings.HasSuffix(r.Path, "/sites") {
			lines = append(lines, strings.TrimPrefix(r.Line(), "GET "+sage200test.ProfessionalPath+"/"))
		}
	}
	return lines
}
