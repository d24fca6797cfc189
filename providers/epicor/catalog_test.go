package epicor_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/epicor/epicortest"
)

func metadata(s *epicortest.Server) (n int) {
	for _, r := range s.Requests() {
		if strings.HasSuffix(r.Path, "$metadata") {
			n++
		}
	}
	return n
}

func TestServices(t *testing.T) {
	versions(t, "the list of services is one request, and BaqSvc is among them", func(t *testing.T, v string) {
		s := serve(t)
		p := open(t, s, v)
		for range 2 {
			schemas, err := p.Schemas(t.Context())
			require.NoError(t, err)
			assert.Greater(t, len(schemas), 300)
			assert.Equal(t, "BaqSvc", schemas[0].Name)
			assert.Contains(t, schemas, providers.Schema{Name: "Erp.BO.CustomerSvc"})
		}
		assert.Equal(t, 1, s.Count())
		assert.Zero(t, metadata(s))
	})
	t.Run("a server that lists its services as AtomPub is understood", func(t *testing.T) {
		s := serve(t, epicortest.WithFault(func(r *http.Request, _ int) *epicortest.Fault {
			r.Header.Set("Accept", "application/atomsvc+xml")
			return nil
		}))
		schemas, err := open(t, s, "v1").Schemas(t.Context())
		require.NoError(t, err)
		assert.Contains(t, schemas, providers.Schema{Name: "Erp.BO.CustomerSvc"})
	})
	t.Run("v1's list is taken where v2 has none", func(t *testing.T) {
		s := serve(t, epicortest.WithFault(func(r *http.Request, _ int) *epicortest.Fault {
			if strings.HasSuffix(r.URL.Path, "/odata/EPIC06/") {
				return &epicortest.Fault{Status: 404, Body: "<html><title>404</title></html>"}
			}
			return nil
		}))
		schemas, err := open(t, s, "v2").Schemas(t.Context())
		require.NoError(t, err)
		assert.Contains(t, schemas, providers.Schema{Name: "Erp.BO.CustomerSvc"})
	})
	versions(t, "metadata is read once, however many ask at a time, and again after Refresh", func(t *testing.T, v string) {
		s := serve(t)
		p := open(t, s, v)
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() { assert.NoError(t, readSome(t.Context(), p)) })
		}
		wg.Wait()
		assert.Equal(t, 1, metadata(s))
		p.Refresh()
		require.NoError(t, readSome(t.Context(), p))
		assert.Equal(t, 2, metadata(s))
	})
	versions(t, "names do not depend on case, and services may be named in short", func(t *testing.T, v string) {
		s := serve(t)
		p := open(t, s, v)
		for _, name := range []string{"erp.bo.customersvc", "CUSTOMER", "CustomerSvc", "Erp.BO.Customer"} {
			info := table(t, p, name, "customers").Info()
			assert.Equal(t, "Customers", info.Name)
			assert.Equal(t, "Erp.BO.CustomerSvc", info.Schema)
		}
	})
	versions(t, "one connection joins services, with the default one at hand", func(t *testing.T, v string) {
		s := serve(t)
		p := open(t, s, v, "Service", "Erp.BO.CustomerSvc")
		assert.Equal(t, "Erp.BO.CustomerSvc", p.DefaultSchema())
		assert.Equal(t, "Customers", table(t, p, "", "Customers").Info().Name)
		assert.Equal(t, "Parts", table(t, p, "Erp.BO.PartSvc", "Parts").Info().Name)
		assert.Equal(t, 2, metadata(s))
	})
	versions(t, "a service that is not there offers the nearest name, and only then is the list read", func(t *testing.T, v string) {
		s := serve(t)
		p := open(t, s, v)
		_, err := p.Table(t.Context(), "Erp.BO.CustomrSvc", "Customers")
		e := failure(t, err, providers.KindNotFound)
		assert.Contains(t, e.Message, "did you mean `Erp.BO.CustomerSvc`")
		assert.Equal(t, 2, s.Count(), "the metadata that is not there, and the list")
		_, err = p.Table(t.Context(), "../secret?x=1", "Customers")
		failure(t, err, providers.KindNotFound)
		assert.Equal(t, 2, s.Count(), "what cannot stand in an address is not sent")
	})
	versions(t, "a table that is not there offers the nearest name", func(t *testing.T, v string) {
		s := serve(t)
		p := open(t, s, v)
		_, err := p.Table(t.Context(), "Erp.BO.CustomerSvc", "Customer")
		assert.Contains(t, failure(t, err, providers.KindNotFound).Message, "did you mean `Customers`")
	})
	versions(t, "the tables of a service are its sets, the list a view", func(t *testing.T, v string) {
		s := serve(t)
		tables, err := open(t, s, v).Tables(t.Context(), "Erp.BO.CustomerSvc")
		require.NoError(t, err)
		assert.ElementsMatch(t, []providers.TableName{
			{Schema: "Erp.BO.CustomerSvc", Name: "Customers"}, {Schema: "Erp.BO.CustomerSvc", Name: "ShipToes"},
			{Schema: "Erp.BO.CustomerSvc", Name: "List", View: true},
		}, tables)
	})
	versions(t, "of a service in the list, whose metadata nobody needed, the document will do", func(t *testing.T, v string) {
		s := serve(t)
		p := open(t, s, v)
		_, err := p.Schemas(t.Context())
		require.NoError(t, err)
		before := s.Count()
		for range 2 {
			tables, err := p.Tables(t.Context(), "Erp.BO.CustomerSvc")
			require.NoError(t, err)
			assert.ElementsMatch(t, []providers.TableName{
				{Schema: "Erp.BO.CustomerSvc", Name: "Customers"}, {Schema: "Erp.BO.CustomerSvc", Name: "ShipToes"},
				{Schema: "Erp.BO.CustomerSvc", Name: "List", View: true},
			}, tables)
		}
		require.Equal(t, before+1, s.Count())
		requests := s.Requests()
		assert.True(t, strings.HasSuffix(requests[len(requests)-1].Path, "/Erp.BO.CustomerSvc/"), requests[len(requests)-1].Line())
		tables, err := p.Tables(t.Context(), "erp.bo.customersvc")
		require.NoError(t, err)
		assert.Len(t, tables, 3, "a name in another spelling is looked up in the metadata")
		assert.Equal(t, "Erp.BO.CustomerSvc", tables[0].Schema)
	})
}
