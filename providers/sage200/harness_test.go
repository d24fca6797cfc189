package sage200_test

import (
	"context"
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

// What all providers' tests share.
var (
	readAll = providertest.Rows
	failure = providertest.Failure
)

// query runs a statement with pushdown and returns its rows as text, with |
// between the values.
func query(ctx context.Context, p providers.Provider, sql string) ([]string, error) {
	_, rows, err := providertest.Answer(ctx, p, sqlengine.Options{Pushdown: true}, sql)
	return providertest.Lines(rows), err
}

func mustQuery(t testing.TB, p providers.Provider, sql string) []string {
	t.Helper()
	rows, err := query(t.Context(), p, sql)
	require.NoError(t, err, sql)
	return rows
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
