package epicorerp_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers/epicor/epicortest"
)

// inMemory answers requests by a handler, without a network.
type inMemory struct {
	handler http.Handler
	hosts   map[string]bool
}

func (m *inMemory) RoundTrip(r *http.Request) (*http.Response, error) {
	m.hosts[r.URL.Scheme+"://"+r.URL.Host] = true
	w := httptest.NewRecorder()
	m.handler.ServeHTTP(w, r)
	return w.Result(), nil
}

// Connection strings as the manual of a commercial driver prints them.
func TestConnectionStringsOfCommercialDriversOpen(t *testing.T) {
	const basic = "Service=Erp.BO.CustomerSvc;ERPInstance=MyInstance;URL=https://myaccount.epicorsaas.com;User=username;Password=password;"
	for name, dsn := range map[string]string{
		"the first version of the services":    basic,
		"the second version, with an API key":  basic + "ApiVersion=v2;Company=EPIC06;ApiKey=3i9VhfkmUEOVXb5JSnHkYaTUtPRjDR5Ldv3dzjVwcxMLB;",
		"the form for JDBC":                    "jdbc:cdata:epicorerp:" + basic,
		"spaces and capitals in the names":     "service=Erp.BO.CustomerSvc; ERP Instance=MyInstance; Url=https://myaccount.epicorsaas.com; USER=username; password=password;",
		"values in quotes, as tools save them": `Service="Erp.BO.CustomerSvc";ERPInstance='MyInstance';URL="https://myaccount.epicorsaas.com";User="username";Password='password'`,
	} {
		t.Run(name, func(t *testing.T) {
			s := epicortest.New(epicortest.WithInstance("MyInstance"), epicortest.WithAPIKey("3i9VhfkmUEOVXb5JSnHkYaTUtPRjDR5Ldv3dzjVwcxMLB"),
				epicortest.WithUsers(epicortest.User{Name: "username", Password: "password", Companies: []string{epicortest.DefaultCompany}}))
			wire := &inMemory{s.Handler(), map[string]bool{}}
			db := openTransport(t, dsn, wire)
			require.NoError(t, db.Ping())
			got, err := texts(t.Context(), db, "SELECT CustNum, Name FROM Customers WHERE CustNum = ?", 1)
			require.NoError(t, err)
			assert.Equal(t, []string{"1 | Addison, Inc."}, got)
			assert.Equal(t, map[string]bool{"https://myaccount.epicorsaas.com": true}, wire.hosts)
			version := "/MyInstance/api/v1/"
			if strings.Contains(dsn, "v2") {
				version = "/MyInstance/api/v2/odata/EPIC06/"
			}
			for _, r := range s.Requests() {
				assert.True(t, strings.HasPrefix(r.Path, version), r.Path)
			}
		})
	}
}
