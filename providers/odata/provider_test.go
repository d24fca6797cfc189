package odata

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
)

func open(t testing.TB, properties map[string]string) providers.Provider {
	p, err := providers.Open("OData", providers.Options{Properties: properties, Logger: slog.New(slog.DiscardHandler), Now: time.Now})
	require.NoError(t, err)
	t.Cleanup(func() { p.Close() })
	return p
}

func TestProviderFindsTables(t *testing.T) {
	for _, tv := range testVersions {
		srv := odatatest.NewServer(tv, shop(t, 3), odatatest.WithBasePath("/a/b.svc"))
		defer srv.Close()
		p := open(t, map[string]string{"URL": srv.URL + "/", "Pagesize": "2"})
		require.NoError(t, p.Ping(t.Context()))
		schemas, err := p.Schemas(t.Context())
		require.NoError(t, err)
		assert.Equal(t, []providers.Schema{{Name: "Shop"}}, schemas)
		tables, err := p.Tables(t.Context(), "shop")
		require.NoError(t, err)
		assert.Len(t, tables, 5)
		assert.True(t, tables[3].View, "a keyless set is read-only")

		table, err := p.Table(t.Context(), "SHOP", "orders")
		require.NoError(t, err)
		assert.Equal(t, "Orders", table.Info().Name)
		rows, err := read(t, plan(t, table, &providers.ScanRequest{Columns: columns(t, table, "ID", "Name")}))
		require.NoError(t, err)
		assert.Equal(t, wantOrders(3), rows)

		_, err = p.Table(t.Context(), "", "Ordrs")
		require.ErrorIs(t, err, providers.KindNotFound)
		assert.Contains(t, err.Error(), "Orders")
		_, err = p.Tables(t.Context(), "Shpo")
		require.ErrorIs(t, err, providers.KindNotFound)
		assert.Contains(t, err.Error(), "Shop")
	}
}

func TestMetadataIsFetchedOnce(t *testing.T) {
	srv := odatatest.NewServer(odatatest.V4, shop(t, 1), odatatest.WithLatency(5*time.Millisecond))
	defer srv.Close()
	p := open(t, map[string]string{"URL": srv.URL})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			_, err := p.Table(t.Context(), "", "Orders")
			assert.NoError(t, err)
		})
	}
	wg.Wait()
	assert.Equal(t, 1, srv.Count())
	p.Refresh()
	_, err := p.Schemas(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 2, srv.Count())
}

func TestCredentials(t *testing.T) {
	var got []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Header.Get("Authorization"))
		if user, password, ok := r.BasicAuth(); ok && (user != "u" || password != "p:ä") {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = w.Write([]byte(`{"value":[]}`))
	}))
	defer srv.Close()
	for name, test := range map[string]struct {
		properties map[string]string
		sent       string
		kind       error
	}{
		"none":                     {map[string]string{"AuthScheme": "None", "User": "u", "Password": "x"}, "", nil},
		"basic":                    {map[string]string{"User": "u", "Password": "p:ä"}, "Basic dTpwOsOk", nil},
		"bearer":                   {map[string]string{"OAuthAccessToken": "tok"}, "Bearer tok", nil},
		"a token beside a user":    {map[string]string{"OAuthAccessToken": "tok", "User": "u", "AuthScheme": "OAuth"}, "Bearer tok", nil},
		"a wrong password is told": {map[string]string{"User": "u", "Password": "geheim"}, "Basic dTpnZWhlaW0=", providers.KindAuthentication},
	} {
		t.Run(name, func(t *testing.T) {
			got = nil
			test.properties["URL"] = srv.URL
			err := open(t, test.properties).Ping(t.Context())
			if test.kind == nil {
				require.NoError(t, err)
			} else {
				require.ErrorIs(t, err, test.kind)
				assert.NotContains(t, err.Error(), "geheim")
			}
			assert.Equal(t, []string{test.sent}, got)
		})
	}
}

func TestOpenRefusesBadProperties(t *testing.T) {
	for _, properties := range []map[string]string{{}, {"URL": "not a url"}, {"URL": "https://u:p@host/"}} {
		_, err := providers.Open("odata", providers.Options{Properties: properties, Logger: slog.New(slog.DiscardHandler), Now: time.Now})
		assert.ErrorIs(t, err, providers.KindProperty)
	}
}

func TestPingOfAServerThatIsNotThere(t *testing.T) {
	p := open(t, map[string]string{"URL": "http://127.0.0.1:1", "MaxRetries": "0"})
	assert.ErrorIs(t, p.Ping(t.Context()), providers.KindConnection)
	_, err := p.Table(t.Context(), "", "X")
	assert.ErrorIs(t, err, providers.KindConnection)
}
