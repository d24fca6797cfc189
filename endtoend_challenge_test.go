package epicorerp_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp"
	"github.com/epicorerp/epicorerp/internal/httpauth/httpauthtest"
	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
)

// These tests sign in to an OData service that challenges: from the connection
// string to rows, with several requests at a time.

const (
	challengedRows = 1200
	challengedUser = "clerk"
	challengedPass = "canary-pässwörd"
)

// ledger is an OData service of one table, whose scans are cut into windows.
func ledger(t *testing.T) http.Handler {
	t.Helper()
	columns := []odatatest.Column{{Name: "ID", Type: odatatest.EdmInt32}, {Name: "Amount", Type: odatatest.EdmDecimal, Precision: 18, Scale: 2}}
	rows := make([][]any, challengedRows)
	for i := range rows {
		rows[i] = []any{i + 1, fmt.Sprintf("%d.25", i)}
	}
	source, err := odatatest.Rows(columns, rows...)
	require.NoError(t, err)
	data, err := odatatest.NewData(&odatatest.Schema{Namespace: "Books", Container: "All", Sets: []*odatatest.Set{
		{Name: "Entries", Type: "Entry", Columns: columns, Key: []string{"ID"}, Rows: source},
	}}, odatatest.BinaryOrder)
	require.NoError(t, err)
	return odatatest.Wrap(odatatest.NewHandler(odatatest.V4, data, odatatest.WithPageSize(50)), odatatest.WithLatency(2*time.Millisecond))
}

// crowd counts the requests that a handler serves at a time.
type crowd struct {
	next      http.Handler
	now, most atomic.Int64
}

func (c *crowd) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := c.now.Add(1)
	defer c.now.Add(-1)
	for most := c.most.Load(); n > most && !c.most.CompareAndSwap(most, n); most = c.most.Load() {
	}
	c.next.ServeHTTP(w, r)
}

// readLedger scans the whole table and asks for a part of it.
func readLedger(t *testing.T, dsn string) {
	t.Helper()
	db := openDSN(t, dsn)
	for range 2 {
		all, err := texts(t.Context(), db, "SELECT ID, Amount FROM Entries")
		require.NoError(t, err)
		require.Len(t, all, challengedRows)
		some, err := texts(t.Context(), db, "SELECT ID FROM Entries WHERE Amount > 1190 ORDER BY ID DESC LIMIT 2")
		require.NoError(t, err)
		assert.Equal(t, []string{"1200", "1199"}, some)
	}
}

func TestDigestLeadsFromTheConnectionStringToRows(t *testing.T) {
	for name, server := range map[string]*httpauthtest.Digest{
		"MD5, with counts in order alone": {QOP: "auth"},
		"SHA-256 in sessions":             {Algorithm: "SHA-256-sess", QOP: "auth"},
		"nonces that run out":             {Algorithm: "SHA-256", QOP: "auth", Uses: 3},
		"a nonce for each request":        {QOP: "auth", Uses: 1, NextNonce: true},
	} {
		t.Run(name, func(t *testing.T) {
			busy := &crowd{next: ledger(t)}
			server.Next, server.User, server.Password, server.Realm = busy, challengedUser, challengedPass, "books"
			s := httptest.NewServer(server)
			t.Cleanup(s.Close)
			readLedger(t, "Provider=OData;URL="+s.URL+";AuthScheme=digest;User="+challengedUser+";Password="+challengedPass+";MaxConnections=4;Pagesize=50")
			got := server.Counters()
			assert.Zero(t, got.Refused)
			assert.Empty(t, got.Foreign)
			assert.Greater(t, busy.most.Load(), int64(1), "requests ran beside each other")
		})
	}
}

func TestAWrongPasswordForDigestIsAnAuthenticationError(t *testing.T) {
	server := &httpauthtest.Digest{Next: ledger(t), User: challengedUser, Password: challengedPass, QOP: "auth", Before: `Basic realm="books", `}
	s := httptest.NewServer(server)
	defer s.Close()
	var log bytes.Buffer
	cfg, err := epicorerp.ParseDSN("Provider=OData;URL=" + s.URL + ";AuthScheme=Digest;User=" + challengedUser + ";Password=canary-wrong")
	require.NoError(t, err)
	db := openConfig(t, cfg, epicorerp.WithLogger(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))))
	err = db.PingContext(t.Context())
	require.ErrorIs(t, err, epicorerp.ErrAuthentication)
	assert.Equal(t, httpauthtest.Counters{Unsigned: 1, Refused: 1}, server.Counters())
	assert.NotContains(t, err.Error()+log.String(), "canary")
}

func TestDigestIsNotSentWhereTheServerWantsSomethingElse(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Empty(t, r.Header.Get("Authorization"))
		w.Header().Set("WWW-Authenticate", `Basic realm="books"`)
		w.WriteHeader(http.StatusUnauthorized)
	}))
	defer s.Close()
	db := openDSN(t, "Provider=OData;URL="+s.URL+";AuthScheme=Digest;User=clerk;Password=canary")
	err := db.PingContext(t.Context())
	require.ErrorIs(t, err, epicorerp.ErrAuthentication)
	assert.ErrorContains(t, err, "AuthScheme=Digest, and the server offers Basic")
}

func TestNTLMLeadsFromTheConnectionStringToRows(t *testing.T) {
	for name, server := range map[string]*httpauthtest.NTLM{
		"connections that stay":         {},
		"connections that come and go":  {Uses: 4},
		"a sign-in before each request": {PerRequest: true},
	} {
		t.Run(name, func(t *testing.T) {
			busy := &crowd{next: ledger(t)}
			server.Next, server.Domain, server.User, server.Password = busy, "CORP", challengedUser, challengedPass
			s := server.NewServer()
			t.Cleanup(s.Close)
			readLedger(t, "Provider=OData;URL="+s.URL+`;AuthScheme=NTLM;User=CORP\`+challengedUser+";Password="+challengedPass+";MaxConnections=4;Pagesize=50")
			got := server.Counters()
			assert.Zero(t, got.Orphans, "no proof went over another connection than its challenge")
			assert.Zero(t, got.Refused)
			assert.Empty(t, got.Foreign)
			assert.Greater(t, busy.most.Load(), int64(1), "requests ran beside each other")
			if server.Uses == 0 && !server.PerRequest {
				assert.LessOrEqual(t, got.Accepted, 4, "one sign-in a connection")
			}
		})
	}
}

func TestAWrongPasswordForNTLMIsAnAuthenticationError(t *testing.T) {
	server := &httpauthtest.NTLM{Next: ledger(t), User: challengedUser, Password: challengedPass}
	s := server.NewServer()
	defer s.Close()
	db := openDSN(t, "Provider=OData;URL="+s.URL+";AuthScheme=NTLM;User="+challengedUser+";Password=canary-wrong")
	err := db.PingContext(t.Context())
	require.ErrorIs(t, err, epicorerp.ErrAuthentication)
	assert.Equal(t, httpauthtest.NTLMCounters{Refused: 1}, server.Counters())
	assert.NotContains(t, err.Error(), "canary")
}

func TestNTLMCopiesATransportOfOnesOwn(t *testing.T) {
	server := &httpauthtest.NTLM{Next: ledger(t), User: challengedUser, Password: challengedPass}
	s := server.NewServer()
	t.Cleanup(s.Close)
	dsn := "Provider=OData;URL=" + s.URL + ";AuthScheme=NTLM;User=" + challengedUser + ";Password=" + challengedPass
	n, err := texts(t.Context(), openTransport(t, dsn, &http.Transport{}), "SELECT COUNT(*) FROM Entries")
	require.NoError(t, err)
	assert.Equal(t, []string{"1200"}, n)

	cfg, err := epicorerp.ParseDSN(dsn)
	require.NoError(t, err)
	_, err = epicorerp.NewConnector(cfg, epicorerp.WithTransport(http.NewFileTransport(http.Dir("."))))
	require.ErrorContains(t, err, "AuthScheme=NTLM signs in connections")
}

func TestSchemesThatAreChallengedAreCheckedBeforeAnythingIsSent(t *testing.T) {
	for name, c := range map[string]struct{ dsn, message string }{
		"no user":                           {"Provider=OData;URL=https://h;AuthScheme=Digest", `property "User" is missing`},
		"another system":                    {"URL=https://h;ERPInstance=i;AuthScheme=Digest;User=u;Password=p", "Digest belongs to Provider=OData"},
		"a colon":                           {"Provider=OData;URL=https://h;AuthScheme=Digest;User=a:b;Password=p", "AuthScheme=Digest cannot send a name that holds a colon"},
		"HTTP/2":                            {"Provider=OData;URL=https://h;AuthScheme=NTLM;User=u;Password=p;HTTP2=true", "AuthScheme=NTLM signs in connections, which requests share in HTTP/2"},
		"Kerberos that is not imported":     {"Provider=OData;URL=https://h;AuthScheme=Negotiate;User=u;Password=p", `import _ "github.com/epicorerp/epicorerp/providers/odata/kerberos"`},
		"Kerberos without credentials":      {"Provider=OData;URL=https://h;AuthScheme=Negotiate;User=u", "AuthScheme=Negotiate needs it, or KerberosKeytabFile or KerberosTicketCache"},
		"Kerberos without a user":           {"Provider=OData;URL=https://h;AuthScheme=Negotiate;KerberosKeytabFile=k", `property "User" is missing`},
		"two kinds of credentials":          {"Provider=OData;URL=https://h;AuthScheme=Negotiate;User=u;Password=p;KerberosKeytabFile=k", "Negotiate takes one of KerberosTicketCache, KerberosKeytabFile and Password"},
		"a key distribution centre of none": {"Provider=OData;URL=https://h;AuthScheme=Negotiate;User=u;Password=p;KerberosKDC=k", `property "KerberosRealm" is missing`},
		"a second one without a realm":      {"Provider=OData;URL=https://h;AuthScheme=Negotiate;User=u@r;Password=p;KerberosKDC=k;KerberosServiceKDC=k", `property "KerberosServiceRealm" is missing`},
		"a second realm without a first":    {"Provider=OData;URL=https://h;AuthScheme=Negotiate;User=u;Password=p;KerberosServiceRealm=r", `property "KerberosKDC" is missing`},
		"Kerberos for another scheme":       {"Provider=OData;URL=https://h;AuthScheme=Basic;User=u;Password=p;KerberosRealm=r", "Basic does not use the properties of Kerberos"},
		"plain http":                        {"Provider=OData;URL=http://erp.example.com;AuthScheme=Digest;User=u;Password=p", "use https, or say Insecure=true"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, err := epicorerp.ParseDSN(c.dsn)
			if err == nil {
				_, err = epicorerp.NewConnector(cfg)
			}
			require.ErrorContains(t, err, c.message)
		})
	}
}
