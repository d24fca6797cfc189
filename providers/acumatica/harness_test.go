package acumatica_test

import (
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
	"github.com/epicorerp/epicorerp/providers/providertest"
	"github.com/epicorerp/epicorerp/sqltypes"
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

// What all providers' tests share.
var (
	columns  = providertest.Columns
	is       = providertest.Condition
	rows     = providertest.Rows
	mustRows = providertest.MustRows
	failure  = providertest.Failure
)

func text(s string) sqltypes.Value { return sqltypes.StringValue(s) }
func whole(i int64) sqltypes.Value { return sqltypes.IntValue(i) }

func plan(t testing.TB, tab providers.Table, r *providers.ScanRequest) *providers.ScanPlan {
	t.Helper()
	p, err := tab.Plan(t.Context(), r)
	require.NoError(t, err)
	return p
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
