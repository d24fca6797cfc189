package epicor_test

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
	_ "github.com/epicorerp/epicorerp/providers/epicor"
	"github.com/epicorerp/epicorerp/providers/epicor/epicortest"
	"github.com/epicorerp/epicorerp/providers/providertest"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// versions runs a test over both generations of the REST services.
func versions(t *testing.T, name string, f func(t *testing.T, version string)) {
	t.Helper()
	for _, v := range []string{"v1", "v2"} {
		t.Run(name+", "+v, func(t *testing.T) { f(t, v) })
	}
}

func serve(t testing.TB, opts ...epicortest.Option) *epicortest.Server {
	t.Helper()
	s := epicortest.NewServer(opts...)
	t.Cleanup(s.Close)
	return s
}

// properties are those of the default user; further ones are name, value, …
func properties(s *epicortest.Server, version string, more ...string) map[string]string {
	p := map[string]string{
		"URL": s.URL, "ERPInstance": s.Instance(), "ApiVersion": version, "Company": epicortest.DefaultCompany,
		"User": epicortest.DefaultUser, "Password": epicortest.DefaultPassword, "MaxRetries": "0",
	}
	if version == "v2" {
		p["ApiKey"] = epicortest.DefaultAPIKey
	}
	for i := 0; i < len(more); i += 2 {
		p[more[i]] = more[i+1]
	}
	return p
}

func options(p map[string]string) providers.Options {
	return providers.Options{Properties: maps.Clone(p), Logger: slog.New(slog.DiscardHandler), Now: time.Now}
}

func open(t testing.TB, s *epicortest.Server, version string, more ...string) providers.Provider {
	t.Helper()
	p, err := providers.Open("epicor", options(properties(s, version, more...)))
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

// What all providers' tests share.
var (
	ref      = providertest.Ref
	columns  = providertest.Columns
	is       = providertest.Condition
	rows     = providertest.Rows
	mustRows = providertest.MustRows
	failure  = providertest.Failure
)

func text(s string) sqltypes.Value { return sqltypes.StringValue(s) }
func whole(i int64) sqltypes.Value { return sqltypes.IntValue(i) }

// scan reads what a request gives, row by row; do is called for each.
func scan(ctx context.Context, tab providers.Table, r *providers.ScanRequest, do func(l *tuple.Layout, row tuple.Row) error) error {
	plan, err := tab.Plan(ctx, r)
	if err != nil {
		return err
	}
	reader, err := plan.Open(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = reader.Close() }()
	b := tuple.NewBatch(plan.Layout)
	for {
		switch err := reader.Next(ctx, b); {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
		for i := range b.Len() {
			if err := do(plan.Layout, b.Row(i)); err != nil {
				return err
			}
		}
	}
}

// data returns the requests that were for rows.
func data(s *epicortest.Server) []string {
	var lines []string
	for _, r := range s.Requests() {
		if r.Method == http.MethodGet && !strings.Contains(r.Path, "$metadata") && !strings.Contains(r.Path, "/swagger/") && !strings.Contains(r.Path, "/Ice.BO.DynamicQuerySvc/") && !strings.HasSuffix(r.Path, "Svc/") {
			lines = append(lines, r.Line())
		}
	}
	return lines
}
