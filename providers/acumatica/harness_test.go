package acumatica_test

import (
	"context"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	_ "github.com/epicorerp/epicorerp/providers/acumatica"
	"github.com/epicorerp/epicorerp/providers/acumatica/acumaticatest"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

func serve(t testing.TB, opts ...acumaticatest.Option) *acumaticatest.Server {
	t.Helper()
	s := acumaticatest.NewServer(opts...)
	t.Cleanup(s.Close)
	return s
}

// properties are those of the default user; further ones are name, value, …
func properties(s *acumaticatest.Server, more ...string) map[string]string {
	p := map[string]string{
		"URL": s.URL, "Company": acumaticatest.DefaultTenant, "User": acumaticatest.DefaultUser, "Password": acumaticatest.DefaultPassword,
		"IncludeCustomFields": "true", "MaxRetries": "0",
	}
	for i := 0; i < len(more); i += 2 {
		p[more[i]] = more[i+1]
	}
	return p
}

func options(p map[string]string) providers.Options {
	return providers.Options{Properties: maps.Clone(p), Logger: slog.New(slog.DiscardHandler), Now: time.Now}
}

// open gives a provider that is closed with the test.
func open(t testing.TB, s *acumaticatest.Server, more ...string) providers.Provider {
	t.Helper()
	p, err := providers.Open("acumatica", options(properties(s, more...)))
	require.NoError(t, err)
	t.Cleanup(func() { _ = p.Close() })
	return p
}

func table(t testing.TB, p providers.Provider, schema, name string) providers.Table {
	t.Helper()
	tab, err := p.Table(t.Context(), schema, name)
	require.NoError(t, err)
	return tab
}

// ref is a column of a table by its name.
func ref(t testing.TB, tab providers.Table, name string) *providers.ColumnRef {
	t.Helper()
	i := tab.Info().Find(name)
	require.GreaterOrEqual(t, i, 0, "no column %s", name)
	return &providers.ColumnRef{Column: i, Name: name, T: tab.Info().Columns[i].Type}
}

func columns(t testing.TB, tab providers.Table, names ...string) []int {
	t.Helper()
	var list []int
	for _, n := range strings.Fields(strings.Join(names, " ")) {
		list = append(list, ref(t, tab, n).Column)
	}
	return list
}

// is is a comparison of a column with constants.
func is(t testing.TB, tab providers.Table, name string, f providers.Func, values ...sqltypes.Value) providers.Predicate {
	t.Helper()
	return call(f, append([]providers.Expr{ref(t, tab, name)}, constants(values...)...)...)
}

func constants(values ...sqltypes.Value) []providers.Expr {
	out := make([]providers.Expr, len(values))
	for i, v := range values {
		out[i] = &providers.Const{Value: v}
	}
	return out
}

func call(f providers.Func, args ...providers.Expr) providers.Predicate {
	return &providers.Call{Func: f, Args: args, T: sqltypes.Of(sqltypes.Bool)}
}

func text(s string) sqltypes.Value { return sqltypes.StringValue(s) }
func whole(i int64) sqltypes.Value { return sqltypes.IntValue(i) }

func plan(t testing.TB, tab providers.Table, r *providers.ScanRequest) *providers.ScanPlan {
	t.Helper()
	p, err := tab.Plan(t.Context(), r)
	require.NoError(t, err)
	return p
}

// rows reads what a request gives, values as text with | between them.
func rows(ctx context.Context, tab providers.Table, r *providers.ScanRequest) ([]string, error) {
	var out []string
	plan, err := tab.Plan(ctx, r)
	if err != nil {
		return nil, err
	}
	reader, err := plan.Open(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = reader.Close() }()
	b := tuple.NewBatch(plan.Layout)
	for {
		switch err := reader.Next(ctx, b); {
		case err == io.EOF:
			return out, nil
		case err != nil:
			return out, err
		}
		for i := range b.Len() {
			var cells []string
			for c := range plan.Layout.Columns() {
				v := plan.Layout.Value(b.Row(i), c)
				if cells = append(cells, v.Text()); v.Null {
					cells[c] = "NULL"
				}
			}
			out = append(out, strings.Join(cells, "|"))
		}
	}
}

func mustRows(t testing.TB, tab providers.Table, r *providers.ScanRequest) []string {
	t.Helper()
	out, err := rows(t.Context(), tab, r)
	require.NoError(t, err)
	return out
}

// failure returns the error of a provider, which must be of the kind.
func failure(t testing.TB, err error, kind providers.Kind) *providers.Error {
	t.Helper()
	require.Error(t, err)
	require.ErrorIs(t, err, kind)
	var e *providers.Error
	require.ErrorAs(t, err, &e)
	return e
}

// data returns the requests that were for rows, the instance's path left out.
func data(s *acumaticatest.Server) []string {
	var lines []string
	for _, r := range s.Requests() {
		path := r.Line()
		if r.Method != http.MethodPost && !strings.Contains(path, "$metadata") && !strings.Contains(path, "swagger.json") &&
			!strings.Contains(path, "$adHocSchema") && !strings.HasSuffix(path, "/entity") {
			lines = append(lines, strings.Replace(path, "/AcumaticaERP/entity/Default/24.200.001/", "", 1))
		}
	}
	return lines
}
