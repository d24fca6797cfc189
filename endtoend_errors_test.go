package epicorerp_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp"
	"github.com/epicorerp/epicorerp/providers/epicor/epicortest"
)

// The secrets of these tests look like nothing else, so that they are found
// wherever they leak.
const (
	canaryPassword = "pw-canary-4711-käfig;'x"
	canaryKey      = "KEYcanary0815abcdefghijklmnopqrstuvwxyz"
	canaryToken    = "tok.canary.2468-abcdefghijklmnop"
)

func canaryServer(t *testing.T, opts ...epicortest.Option) *epicortest.Server {
	return kinetic(t, append([]epicortest.Option{
		epicortest.WithUsers(epicortest.User{Name: "clara", Password: canaryPassword, Companies: []string{epicortest.DefaultCompany}, Denied: []string{"Erp.BO.LaborSvc"}}),
		epicortest.WithAPIKey(canaryKey), epicortest.WithOrderLines(2_000), epicortest.WithCap(100),
	}, opts...)...)
}

// canaryDSN is a connection string of the server, with some properties in place
// of what would be right; one that is set to nothing is left out.
func canaryDSN(s *epicortest.Server, version string, properties ...string) string {
	set := []string{
		"URL=" + s.URL, "ERPInstance=" + s.Instance(), "User=clara", `Password="` + canaryPassword + `"`, "ApiVersion=" + version,
		"Company=" + epicortest.DefaultCompany, "Service=" + orderService, "MaxRetries=1",
	}
	if version == "v2" {
		set = append(set, "ApiKey="+canaryKey)
	}
	for _, p := range properties {
		name, value, _ := strings.Cut(p, "=")
		set = slices.DeleteFunc(set, func(q string) bool { return strings.HasPrefix(q, name+"=") })
		if value != "" {
			set = append([]string{p}, set...)
		}
	}
	return strings.Join(set, ";")
}

// noSecrets looks for secrets wherever an error may carry them.
func noSecrets(t *testing.T, err error) {
	t.Helper()
	basic := base64.StdEncoding.EncodeToString([]byte("clara:" + canaryPassword))
	for e := err; e != nil; e = errors.Unwrap(e) {
		for _, text := range []string{e.Error(), fmt.Sprintf("%+v", e), fmt.Sprintf("%#v", e)} {
			for _, secret := range []string{canaryPassword, canaryKey, canaryToken, basic, "canary"} {
				assert.NotContains(t, text, secret)
			}
		}
	}
}

// page spoils the answers to requests for order lines from the nth on.
func page(n int, f epicortest.Fault) epicortest.Option {
	var seen atomic.Int64
	return epicortest.WithFault(func(r *http.Request, _ int) *epicortest.Fault {
		if !strings.HasSuffix(r.URL.Path, "/OrderDtls") || seen.Add(1) < int64(n) {
			return nil
		}
		return &f
	})
}

var html = epicortest.Fault{Status: 200, Header: http.Header{"Content-Type": {"text/html"}}, Body: "<!DOCTYPE html><html><head><title>Sign in to your account</title></head><body>…</body></html>"}

func foreignLink(version string) epicortest.Fault {
	name := map[string]string{"v1": "odata.nextLink", "v2": "@odata.nextLink"}[version]
	return epicortest.Fault{Status: 200, Header: http.Header{"Content-Type": {"application/json"}},
		Body: `{"value":[],"` + name + `":"http://collector.example/steal?$skiptoken=1"}`}
}

// errorCase is something wrong, and what the user reads about it.
type errorCase struct {
	name       string
	properties []string
	query      string
	server     func(version string) []epicortest.Option
	versions   string // those that know it; "" for both
	kind       error
	says       []string
}

const plainQuery = "SELECT OrderNum, OrderLine FROM OrderDtls"

var errorCases = []errorCase{
	{name: "a wrong password", properties: []string{"Password=canary-wrong-1"}, query: plainQuery,
		kind: epicorerp.ErrAuthentication, says: []string{"Invalid username or password"}},
	{name: "a wrong API key", properties: []string{"ApiKey=canary-wrong-2"}, query: plainQuery, versions: "v2",
		kind: epicorerp.ErrAPIKey, says: []string{"API Key", "***"}},
	{name: "no API key", properties: []string{"ApiKey="}, query: plainQuery, versions: "v2",
		kind: epicorerp.ErrAPIKey, says: []string{"API Key"}},
	{name: "a right that the user lacks", query: "SELECT * FROM [Erp.BO.LaborSvc].Labors",
		kind: epicorerp.ErrPermission, says: []string{"Access denied", "Erp.BO.Labor"}},
	{name: "a service that is not there", query: "SELECT * FROM [Erp.BO.CustomersSvc].Customers",
		kind: epicorerp.ErrNotFound, says: []string{"Erp.BO.CustomersSvc", "Erp.BO.CustomerSvc"}},
	{name: "a table that is not there", query: "SELECT * FROM OrderDtl",
		kind: epicorerp.ErrNotFound, says: []string{"OrderDtl", "OrderDtls"}},
	{name: "a column that is not there", query: "SELECT Nmae FROM [Erp.BO.CustomerSvc].Customers",
		kind: epicorerp.ErrColumn, says: []string{"Nmae", "Customers", "did you mean", "Name"}},
	{name: "a company that is not there", properties: []string{"Company=NOPE"}, query: plainQuery,
		kind: epicorerp.ErrBusiness, says: []string{"NOPE"}},
	{name: "text that is not SQL", query: "SELEC OrderNum FROM OrderDtls",
		kind: epicorerp.ErrSyntax, says: []string{"SELEC"}},
	{name: "an HTML page in place of rows", query: plainQuery,
		server: func(string) []epicortest.Option { return []epicortest.Option{page(1, html)} },
		kind:   epicorerp.ErrResponse, says: []string{"HTML", "Sign in to your account"}},
	{name: "an HTML page in the middle of a scan", query: plainQuery,
		server: func(string) []epicortest.Option { return []epicortest.Option{page(3, html)} },
		kind:   epicorerp.ErrResponse, says: []string{"HTML"}},
	{name: "an HTML error page that stays", query: plainQuery,
		server: func(string) []epicortest.Option { return []epicortest.Option{page(2, *epicortest.BadGateway())} },
		kind:   epicorerp.ErrServer, says: []string{"502", "Bad Gateway"}},
	{name: "a page that is cut short", query: plainQuery,
		server: func(string) []epicortest.Option {
			return []epicortest.Option{page(2, epicortest.Fault{TruncateAfter: 900})}
		},
		kind: epicorerp.ErrResponse, says: []string{"end"}},
	{name: "a next link to a foreign host", query: plainQuery,
		server: func(version string) []epicortest.Option { return []epicortest.Option{page(1, foreignLink(version))} },
		kind:   epicorerp.ErrOrigin, says: []string{"collector.example"}},
	{name: "a connection that breaks again and again", query: plainQuery,
		server: func(string) []epicortest.Option { return []epicortest.Option{page(2, epicortest.Fault{Drop: true})} },
		kind:   epicorerp.ErrConnection},
	{name: "a server that asks to slow down for an hour", query: plainQuery,
		server: func(string) []epicortest.Option {
			return []epicortest.Option{page(2, *epicortest.TooManyRequests("3600"))}
		},
		kind: epicorerp.ErrRateLimit, says: []string{"429"}},
}

func TestErrorsNameWhatIsWrongAndNoSecret(t *testing.T) {
	for _, c := range errorCases {
		t.Run(c.name, func(t *testing.T) {
			eachVersion(t, func(t *testing.T, version string) {
				if c.versions != "" && c.versions != version {
					return
				}
				var opts []epicortest.Option
				if c.server != nil {
					opts = c.server(version)
				}
				s := canaryServer(t, opts...)
				db := openDSN(t, canaryDSN(s, version, c.properties...))
				rows, err := texts(t.Context(), db, c.query)
				require.Error(t, err, "%d rows", len(rows))
				var e *epicorerp.Error
				require.ErrorAs(t, err, &e)
				assert.ErrorIs(t, err, c.kind)
				for _, kind := range []error{epicorerp.ErrAuthentication, epicorerp.ErrAPIKey, epicorerp.ErrPermission, epicorerp.ErrNotFound, epicorerp.ErrResponse, epicorerp.ErrOrigin} {
					assert.Equal(t, kind == c.kind, errors.Is(err, kind), "one kind only: %v", kind)
				}
				for _, words := range c.says {
					assert.Contains(t, strings.ToLower(err.Error()), strings.ToLower(words))
				}
				assert.NotContains(t, err.Error(), "\n")
				assert.Less(t, len(err.Error()), 600, "an error is to be read")
				assert.NotContains(t, err.Error(), "bad connection")
				noSecrets(t, err)
				assert.NotErrorIs(t, err, context.Canceled)
			})
		})
	}
}

// Whatever is wrong with the account is found when the connection is opened,
// not at the first query, and is asked once: servers lock accounts.
func TestWrongCredentialsFailAtOnce(t *testing.T) {
	for name, properties := range map[string][]string{"a wrong password": {"Password=canary-wrong-1"}, "an unknown user": {"User=nobody"}} {
		t.Run(name, func(t *testing.T) {
			eachVersion(t, func(t *testing.T, version string) {
				s := canaryServer(t)
				db := openDSN(t, canaryDSN(s, version, properties...))
				_, err := db.Conn(t.Context())
				require.ErrorIs(t, err, epicorerp.ErrAuthentication)
				assert.Equal(t, 1, s.Count(), "%v", s.Requests())
				noSecrets(t, err)
				err = db.Ping()
				require.ErrorIs(t, err, epicorerp.ErrAuthentication)
				noSecrets(t, err)

				late := openDSN(t, canaryDSN(s, version, append(properties, "ConnectOnOpen=false")...))
				conn, err := late.Conn(t.Context())
				require.NoError(t, err)
				require.ErrorIs(t, conn.PingContext(t.Context()), epicorerp.ErrAuthentication)
				require.NoError(t, conn.Close())
			})
		})
	}
}

func TestUnknownPropertiesAreOfferedTheNearest(t *testing.T) {
	s := canaryServer(t)
	for name, c := range map[string]struct {
		property string
		says     string
	}{
		"a misspelt name":   {"Pasword=canary-x", "Password"},
		"a name of nothing": {"Frobnicate=canary-x", "Frobnicate"},
		"a wrong value":     {"ApiVersion=v7", "v2"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := epicorerp.ParseDSN(canaryDSN(s, "v2", c.property))
			require.ErrorIs(t, err, epicorerp.ErrProperty)
			assert.Contains(t, err.Error(), c.says)
			noSecrets(t, err)
		})
	}
	assert.Zero(t, s.Count())
}
