package kerberos

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jcmturner/goidentity/v6"
	"github.com/jcmturner/gokrb5/v8/keytab"
	"github.com/jcmturner/gokrb5/v8/service"
	"github.com/jcmturner/gokrb5/v8/spnego"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp"
	_ "github.com/epicorerp/epicorerp/providers/odata/kerberos"
	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
)

const rows = 600

// guarded is an OData service that wants a ticket with every request.
type guarded struct {
	url      string
	users    sync.Map // who came
	served   atomic.Int64
	unsigned atomic.Int64
	refused  atomic.Int64
	gate     atomic.Value // http.Handler
	inside   http.Handler
}

// rekey has the service take tickets for the keys of a file alone.
func (g *guarded) rekey(t *testing.T, keys string) {
	t.Helper()
	kt, err := keytab.Load(keys)
	require.NoError(t, err)
	g.gate.Store(spnego.SPNEGOKRB5Authenticate(g.inside, kt, service.DecodePAC(false)))
}

func serve(t *testing.T, keys string) *guarded {
	t.Helper()
	columns := []odatatest.Column{{Name: "ID", Type: odatatest.EdmInt32}}
	data := make([][]any, rows)
	for i := range data {
		data[i] = []any{i + 1}
	}
	source, err := odatatest.Rows(columns, data...)
	require.NoError(t, err)
	d, err := odatatest.NewData(&odatatest.Schema{Namespace: "Books", Container: "All", Sets: []*odatatest.Set{
		{Name: "Entries", Type: "Entry", Columns: columns, Key: []string{"ID"}, Rows: source},
	}}, odatatest.BinaryOrder)
	require.NoError(t, err)
	g := &guarded{}
	books := odatatest.NewHandler(odatatest.V4, d, odatatest.WithPageSize(50))
	g.inside = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := goidentity.FromHTTPRequestContext(r)
		g.users.Store(id.UserName()+"@"+id.Domain(), true)
		g.served.Add(1)
		books.ServeHTTP(w, r)
	})
	g.rekey(t, keys)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.Header.Get("Authorization"), "Negotiate ") {
			g.unsigned.Add(1)
		}
		before := g.served.Load()
		g.gate.Load().(http.Handler).ServeHTTP(w, r)
		if g.served.Load() == before {
			g.refused.Add(1)
		}
	}))
	t.Cleanup(s.Close)
	g.url = strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
	return g
}

func open(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("odata", dsn)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, db.Close()) })
	return db
}

func TestTicketsLeadFromTheConnectionStringToRows(t *testing.T) {
	k := startCentre(t)
	near, far := k.path("service.keytab"), k.path("far.keytab")
	own := ";KerberosKDC=" + k.address + ";KerberosRealm=" + userRealm
	for _, c := range []struct{ name, keys, properties, as string }{
		{"a password", near, own + ";User=" + user + ";Password=" + password, user},
		{"a password of a user with their realm", near, ";KerberosKDC=" + k.address + ";User=" + user + "@users.test;Password=" + password, user},
		{"a keytab", near, own + ";User=keyed;KerberosKeytabFile=" + k.path("user.keytab"), "keyed"},
		{"a ticket cache of kinit's", near, ";KerberosKDC=" + k.address + ";KerberosTicketCache=" + k.ticketCache(), "keyed"},
		{"a service by its name", near, own + ";KerberosSPN=" + servicePrefix + ";User=" + user + ";Password=" + password, user},
		{"a service of another realm", far, own + ";KerberosServiceRealm=" + serviceRealm + ";KerberosServiceKDC=" + k.address +
			";KerberosSPN=HTTP/far.erp.test;User=" + user + ";Password=" + password, user},
		{"the system's configuration", near, ";User=" + user + ";Password=" + password, user},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("KRB5_CONFIG", k.path("krb5.conf"))
			g := serve(t, c.keys)
			db := open(t, "URL="+g.url+";AuthScheme=Negotiate;MaxConnections=4;Pagesize=50"+c.properties)
			for range 2 {
				got := 0
				r, err := db.QueryContext(t.Context(), "SELECT ID FROM Entries")
				require.NoError(t, err)
				for r.Next() {
					got++
				}
				require.NoError(t, r.Err())
				require.NoError(t, r.Close())
				assert.Equal(t, rows, got)
			}
			_, came := g.users.Load(c.as + "@" + userRealm)
			assert.True(t, came)
			assert.Positive(t, g.served.Load())
			assert.Zero(t, g.unsigned.Load(), "each request is signed by itself")
		})
	}
}

func TestWhatTheCentreRefusesIsExplained(t *testing.T) {
	k := startCentre(t)
	g := serve(t, k.path("service.keytab"))
	own := fmt.Sprintf("URL=%s;AuthScheme=Negotiate;MaxRetries=0;KerberosRealm=%s;KerberosKDC=", g.url, userRealm)
	for _, c := range []struct{ name, properties, message string }{
		{"a wrong password", k.address + ";User=" + user + ";Password=canary-wrong", "does not take the password"},
		{"a user that is not known", k.address + ";User=nobody;Password=canary", "does not know the user"},
		{"a service that is not known", k.address + ";KerberosSPN=HTTP/elsewhere;User=" + user + ";Password=" + password, "does not know the service; name it in KerberosSPN"},
		{"a keytab that is not there", k.address + ";User=keyed;KerberosKeytabFile=" + k.path("none"), "KerberosKeytabFile cannot be read"},
		{"a ticket cache that is not there", k.address + ";KerberosTicketCache=" + k.path("none"), "KerberosTicketCache cannot be read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := open(t, own+c.properties).PingContext(t.Context())
			require.ErrorIs(t, err, epicorerp.ErrAuthentication)
			assert.ErrorContains(t, err, c.message)
			assert.NotContains(t, err.Error(), "canary")
		})
	}
	assert.Zero(t, g.served.Load())
}

func TestATicketThatIsTakenNoMoreIsReplacedOnce(t *testing.T) {
	k := startCentre(t)
	g := serve(t, k.path("service.keytab"))
	db := open(t, "URL="+g.url+";AuthScheme=Negotiate;KerberosKDC="+k.address+";KerberosRealm="+userRealm+";User="+user+";Password="+password)
	require.NoError(t, db.PingContext(t.Context()))
	k.admin(userRealm, "ktadd -k "+k.path("renewed.keytab")+" "+servicePrefix)
	g.rekey(t, k.path("renewed.keytab"))
	var n int
	require.NoError(t, db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM Entries WHERE ID > 590").Scan(&n))
	assert.Equal(t, 10, n)
	assert.Equal(t, int64(1), g.refused.Load())
}

func TestAServiceWhoseKeyIsAnotherRefusesTheTicket(t *testing.T) {
	k := startCentre(t)
	g := serve(t, k.path("service.keytab"))
	k.admin(userRealm, "cpw -randkey "+servicePrefix)
	err := open(t, "URL="+g.url+";AuthScheme=Negotiate;KerberosKDC="+k.address+";KerberosRealm="+userRealm+";User="+user+";Password="+password).PingContext(t.Context())
	require.ErrorIs(t, err, epicorerp.ErrAuthentication)
	assert.Zero(t, g.served.Load())
}
