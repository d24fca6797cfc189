package epicortest

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// client speaks to a server as the default user with the default key.
type client struct {
	t testing.TB
	s *Server
}

type answer struct {
	status int
	body   string
	header http.Header
	json   map[string]any
}

func (a answer) rows() []any { v, _ := a.json["value"].([]any); return v }

func (c client) do(method, path, body string, head ...string) answer {
	c.t.Helper()
	r, err := http.NewRequest(method, c.s.URL+"/"+c.s.Instance()+path, strings.NewReader(body))
	require.NoError(c.t, err)
	r.SetBasicAuth(DefaultUser, DefaultPassword)
	r.Header.Set("x-api-key", DefaultAPIKey)
	for i := 0; i < len(head); i += 2 {
		if head[i+1] == "" {
			r.Header.Del(head[i])
			continue
		}
		r.Header.Set(head[i], head[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	require.NoError(c.t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	require.NoError(c.t, err)
	a := answer{status: resp.StatusCode, body: string(b), header: resp.Header}
	dec := json.NewDecoder(strings.NewReader(a.body))
	dec.UseNumber()
	_ = dec.Decode(&a.json) // not every answer is JSON
	return a
}

func (c client) v1(path string, head ...string) answer {
	c.t.Helper()
	return c.do("GET", "/api/v1/"+path, "", head...)
}

func (c client) v2(path string, head ...string) answer {
	c.t.Helper()
	return c.do("GET", "/api/v2/odata/EPIC06/"+path, "", head...)
}

func start(t testing.TB, opts ...Option) client {
	t.Helper()
	s := NewServer(opts...)
	t.Cleanup(s.Close)
	return client{t, s}
}

func TestSmoke(t *testing.T) {
	c := start(t)
	for _, p := range []string{"", "Erp.BO.CustomerSvc/", "Erp.BO.CustomerSvc/$metadata", "Erp.BO.CustomerSvc/Customers?$top=2", "Erp.BO.CustomerSvc/List?$top=2", "Erp.BO.SalesOrderSvc/OrderDtls?$top=1", "Erp.BO.SalesOrderSvc/SalesOrders('EPIC06',5002)?$expand=OrderDtls",
		"Erp.BO.CompanySvc/Companies", "Erp.BO.PartSvc/Parts?$top=3", "BaqSvc/", "BaqSvc/zAllCustomers/$metadata", "Erp.BO.ABCCodeSvc/$metadata", "Erp.BO.ShipToSvc/ShipToes?$top=1", "Ice.BO.UD01Svc/UD01s?$top=1"} {
		for _, a := range []answer{c.v1(p), c.v2(p)} {
			t.Log(p, a.status, a.body[:min(600, len(a.body))])
			require.Equal(t, 200, a.status)
		}
	}
	for n := range definitions {
		a := c.v2(n + "/$metadata")
		require.Equal(t, 200, a.status)
	}
	t.Log(c.v2("BaqSvc/PartsByVendor/Data?CurrentPlant=MfgSys&$top=2").body, c.v1("BaqSvc/zAllCustomers/?$top=1").body, c.s.DSN("v2"))
}
