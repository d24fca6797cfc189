package epicor_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/epicor/epicortest"
)

// capture keeps the headers of the last request as they arrived.
type capture struct {
	mu   sync.Mutex
	last map[string]http.Header // by the last part of the path
}

func (c *capture) fault(r *http.Request, _ int) *epicortest.Fault {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last == nil {
		c.last = map[string]http.Header{}
	}
	c.last[r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]] = r.Header.Clone()
	return nil
}

func (c *capture) header(t *testing.T, path, name string) string {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	require.Contains(t, c.last, path)
	return c.last[path].Get(name)
}

func readSome(ctx context.Context, p providers.Provider) error {
	tab, err := p.Table(ctx, "Erp.BO.CustomerSvc", "Customers")
	if err != nil {
		return err
	}
	_, err = rows(ctx, tab, &providers.ScanRequest{Columns: []int{0}})
	return err
}

func TestContextOfCalls(t *testing.T) {
	t.Run("company, plant, language and culture of v1 go in CallSettings, in ASCII", func(t *testing.T) {
		var c capture
		s := serve(t, epicortest.WithFault(c.fault))
		require.NoError(t, readSome(t.Context(), open(t, s, "v1", "Plant", "Zürich🏭", "Language", "enu", "FormatCulture", "en-US")))
		h := c.header(t, "Customers", "CallSettings")
		assert.Equal(t, `{"Company":"EPIC06","Plant":"Z\u00fcrich\ud83c\udfed","Language":"enu","FormatCulture":"en-US"}`, h)
		assert.True(t, json.Valid([]byte(h)))
	})
	t.Run("the company of v2 stands in the address, the other one's rows are read there", func(t *testing.T) {
		var c capture
		s := serve(t, epicortest.WithFault(c.fault))
		p := open(t, s, "v2", "Company", epicortest.OtherCompany)
		tab := table(t, p, "Erp.BO.CustomerSvc", "Customers")
		got := mustRows(t, tab, &providers.ScanRequest{Columns: columns(t, tab, "Company")})
		assert.Equal(t, map[string]bool{"EPIC07": true}, distinct(got))
		assert.Empty(t, c.header(t, "Customers", "CallSettings"))
		assert.Equal(t, epicortest.DefaultAPIKey, c.header(t, "Customers", "x-api-key"))
	})
	t.Run("v1 reads the company of CallSettings", func(t *testing.T) {
		s := serve(t)
		tab := table(t, open(t, s, "v1", "Company", epicortest.OtherCompany), "Erp.BO.CustomerSvc", "Customers")
		assert.Equal(t, map[string]bool{"EPIC07": true}, distinct(mustRows(t, tab, &providers.ScanRequest{Columns: columns(t, tab, "Company")})))
	})
	t.Run("custom headers and parameters go with every request", func(t *testing.T) {
		var c capture
		s := serve(t, epicortest.WithFault(c.fault))
		p := open(t, s, "v1", "CustomHeaders", "X-Tenant: blue", "CustomURLParams", "trace=1")
		require.NoError(t, p.Ping(t.Context()))
		require.NoError(t, readSome(t.Context(), p))
		for _, r := range s.Requests() {
			assert.Contains(t, r.Query, "trace=1")
			assert.Equal(t, "blue", r.Header.Get("X-Tenant"))
		}
	})
	for _, instance := range []string{"", "erp/live", "Größe"} {
		t.Run("the instance may be "+instance, func(t *testing.T) {
			s := serve(t, epicortest.WithInstance(instance))
			err := readSome(t.Context(), open(t, s, "v2"))
			if instance == "Größe" { // the server matches the address as it is escaped
				failure(t, err, providers.KindNotFound)
				assert.True(t, strings.HasPrefix(s.Requests()[0].Path, "/Gr%C3%B6%C3%9Fe/api/"), s.Requests()[0].Path)
				return
			}
			require.NoError(t, err)
		})
	}
	for name, guid := range map[string]string{
		"WebService": "00000003-9439-4B30-A6F4-6D2FD4B9FD0F", "Default": "00000003-B615-4300-957B-34956697F040",
		"webserviceshared": "00000003-231B-4E2B-9B47-13F87EA9A0A3", "ECCWebService": "00000003-079B-4C49-9D0A-EF8236247504",
		"11111111-2222-3333-4444-555555555555": "11111111-2222-3333-4444-555555555555",
	} {
		t.Run("the licence "+name+" is claimed by its GUID", func(t *testing.T) {
			var c capture
			s := serve(t, epicortest.WithFault(c.fault))
			require.NoError(t, readSome(t.Context(), open(t, s, "v1", "License", name)))
			assert.JSONEq(t, `{"ClaimedLicense":"`+guid+`"}`, c.header(t, "Customers", "License"))
		})
	}
	for name, p := range map[string]map[string]string{
		"URL": {}, "Company": {"URL": "https://h", "ApiVersion": "v2", "User": "u"}, "User": {"URL": "https://h"},
		"License":          {"URL": "https://h", "User": "u", "License": "Gold"},
		"ApiVersion":       {"URL": "https://h", "User": "u", "ApiVersion": "v3"},
		"AuthScheme":       {"URL": "https://h", "User": "u", "AuthScheme": "None"},
		"OAuthAccessToken": {"URL": "https://h", "AuthScheme": "Bearer"},
		"ServerTimeZone":   {"URL": "https://h", "User": "u", "ServerTimeZone": "Nowhere/Land"},
		"MaxConnections":   {"URL": "https://h", "User": "u", "MaxConnections": "many"},
	} {
		t.Run("a wrong or missing "+name+" is named before any request", func(t *testing.T) {
			_, err := providers.Open("epicor", options(p))
			assert.Contains(t, failure(t, err, providers.KindProperty).Message, name)
		})
	}
}

func TestPing(t *testing.T) {
	for service, path := range map[string]string{"": "/BaqSvc/", "Erp.BO.CustomerSvc": "/Erp.BO.CustomerSvc/", "BaqSvc": "/BaqSvc/"} {
		versions(t, "one request and no metadata proves the connection with the service "+service, func(t *testing.T, v string) {
			s := serve(t)
			require.NoError(t, open(t, s, v, "Service", service).Ping(t.Context()))
			require.Equal(t, 1, s.Count())
			assert.True(t, strings.HasSuffix(s.Requests()[0].Path, path))
		})
	}
	versions(t, "the list of BAQs that it reads is kept", func(t *testing.T, v string) {
		s := serve(t)
		p := open(t, s, v)
		require.NoError(t, p.Ping(t.Context()))
		tables, err := p.Tables(t.Context(), "")
		require.NoError(t, err)
		assert.NotEmpty(t, tables)
		assert.Equal(t, 2, s.Count(), "what they are for is another request")
	})
	versions(t, "a user without rights to the default service is let in, and told when reading it", func(t *testing.T, v string) {
		s := serve(t)
		p := open(t, s, v, "User", "limited", "Password", "limited", "Service", "Erp.BO.CompanySvc")
		require.NoError(t, p.Ping(t.Context()))
		_, err := p.Table(t.Context(), "", "Companies")
		failure(t, err, providers.KindPermission)
	})
	versions(t, "a default service named in short is found", func(t *testing.T, v string) {
		s := serve(t)
		require.NoError(t, open(t, s, v, "Service", "customer").Ping(t.Context()))
	})
	versions(t, "a default service that is not there is told", func(t *testing.T, v string) {
		s := serve(t)
		e := failure(t, open(t, s, v, "Service", "Erp.BO.CustomrSvc").Ping(t.Context()), providers.KindNotFound)
		assert.Contains(t, e.Message, "did you mean `Erp.BO.CustomerSvc`")
	})
	versions(t, "wrong credentials are told", func(t *testing.T, v string) {
		s := serve(t)
		failure(t, open(t, s, v, "Password", "nope-nope").Ping(t.Context()), providers.KindAuthentication)
		assert.Equal(t, 1, s.Count(), "a wrong password is not tried again")
	})
}

// clock is a time that a test moves.
type clock struct{ t atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.t.Store(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).Unix())
	return c
}
func (c *clock) now() time.Time          { return time.Unix(c.t.Load(), 0) }
func (c *clock) advance(d time.Duration) { c.t.Add(int64(d / time.Second)) }

func tokens(s *epicortest.Server) int { return s.CountPath("/kinetic/TokenResource.svc/") }

func openAt(t *testing.T, s *epicortest.Server, c *clock, version string, more ...string) providers.Provider {
	t.Helper()
	o := options(properties(s, version, append([]string{"AuthScheme", "EpicorToken"}, more...)...))
	o.Now = c.now
	p, err := providers.Open("epicor", o)
	require.NoError(t, err)
	t.Cleanup(func() { _ = p.Close() })
	return p
}

func TestTokens(t *testing.T) {
	versions(t, "user and password are traded once for a token that all requests share", func(t *testing.T, v string) {
		var c capture
		s := serve(t, epicortest.WithFault(c.fault))
		p := openAt(t, s, newClock(), v)
		var wg sync.WaitGroup
		for range 12 {
			wg.Go(func() { assert.NoError(t, readSome(t.Context(), p)) })
		}
		wg.Wait()
		assert.Equal(t, 1, tokens(s))
		assert.True(t, strings.HasPrefix(c.header(t, "Customers", "Authorization"), "Bearer eyJ"))
		assert.Empty(t, c.header(t, "Customers", "Password"))
	})
	t.Run("a token is renewed before it runs out, as ExpiresIn says", func(t *testing.T) {
		s, now := serve(t), newClock()
		p := openAt(t, s, now, "v2")
		require.NoError(t, readSome(t.Context(), p))
		now.advance(58 * time.Minute)
		require.NoError(t, readSome(t.Context(), p))
		assert.Equal(t, 1, tokens(s))
		now.advance(90 * time.Second)
		require.NoError(t, readSome(t.Context(), p))
		assert.Equal(t, 2, tokens(s), "59 and a half minutes of the hour are gone")
	})
	t.Run("a refused token is replaced once for all who were refused", func(t *testing.T) {
		s := serve(t)
		p := openAt(t, s, newClock(), "v2")
		require.NoError(t, readSome(t.Context(), p))
		s.ExpireTokens()
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() { assert.NoError(t, readSome(t.Context(), p)) })
		}
		wg.Wait()
		assert.Equal(t, 2, tokens(s))
	})
	t.Run("a token that is refused again is an error", func(t *testing.T) {
		s := serve(t, epicortest.WithTokenLifetime(-time.Hour))
		failure(t, readSome(t.Context(), openAt(t, s, newClock(), "v2")), providers.KindAuthentication)
		assert.LessOrEqual(t, tokens(s), 2)
	})
	t.Run("neither a lack of rights nor a wrong API key renews it", func(t *testing.T) {
		s := serve(t)
		p := openAt(t, s, newClock(), "v2", "User", "limited", "Password", "limited")
		_, err := p.Table(t.Context(), "Erp.BO.CompanySvc", "Companies")
		failure(t, err, providers.KindPermission)
		assert.Equal(t, 1, tokens(s))
		p = openAt(t, s, newClock(), "v2", "ApiKey", "wrong-key-canary")
		failure(t, readSome(t.Context(), p), providers.KindAPIKey)
		assert.Equal(t, 2, tokens(s), "one a connection")
	})
	t.Run("a wrong password is not tried twice by one request", func(t *testing.T) {
		s := serve(t)
		p := openAt(t, s, newClock(), "v2", "Password", "wrong-password-canary")
		e := failure(t, readSome(t.Context(), p), providers.KindAuthentication)
		assert.NotContains(t, e.Error(), "canary")
		assert.Equal(t, 1, tokens(s))
	})
	t.Run("a bearer token is sent as it is", func(t *testing.T) {
		var c capture
		s := serve(t, epicortest.WithFault(c.fault))
		p := open(t, s, "v2", "User", "", "Password", "", "OAuthAccessToken", "bearer-canary")
		e := failure(t, readSome(t.Context(), p), providers.KindAuthentication)
		assert.Equal(t, "Bearer bearer-canary", c.header(t, "$metadata", "Authorization"))
		assert.NotContains(t, e.Error(), "canary")
	})
}

func TestSessions(t *testing.T) {
	versions(t, "one session is held by all requests and given back at Close", func(t *testing.T, v string) {
		var c capture
		s := serve(t, epicortest.WithSeats(1), epicortest.WithFault(c.fault))
		p := open(t, s, v, "Session", "true", "License", "WebService")
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() { assert.NoError(t, readSome(t.Context(), p)) })
		}
		wg.Wait()
		assert.Equal(t, 1, s.Sessions())
		assert.Equal(t, 1, s.CountPath("/kinetic/api/v1/Ice.Lib.SessionModSvc/Login"))
		var info, licence struct{ SessionID, ClaimedLicense string }
		require.NoError(t, json.Unmarshal([]byte(c.header(t, "Customers", "SessionInfo")), &info))
		require.NoError(t, json.Unmarshal([]byte(c.header(t, "Customers", "License")), &licence))
		assert.NotEmpty(t, info.SessionID)
		assert.Equal(t, info.SessionID, licence.SessionID)
		assert.NotEmpty(t, licence.ClaimedLicense)
		require.NoError(t, p.Close())
		assert.Zero(t, s.Sessions())
		failure(t, readSome(t.Context(), p), providers.KindConnection)
	})
	t.Run("a session that has ended is replaced once, and the request repeated", func(t *testing.T) {
		s := serve(t)
		p := open(t, s, "v2", "Session", "true")
		require.NoError(t, readSome(t.Context(), p))
		s.ExpireSessions()
		s.ResetCounters()
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() { assert.NoError(t, readSome(t.Context(), p)) })
		}
		wg.Wait()
		assert.Equal(t, 1, s.CountPath("/kinetic/api/v1/Ice.Lib.SessionModSvc/Login"))
		assert.Equal(t, 1, s.Sessions())
	})
	t.Run("a session that ends at once is an error, not a loop", func(t *testing.T) {
		var s *epicortest.Server
		s = serve(t, epicortest.WithFault(func(r *http.Request, _ int) *epicortest.Fault {
			if !strings.HasSuffix(r.URL.Path, "Login") {
				s.ExpireSessions()
			}
			return nil
		}))
		e := failure(t, readSome(t.Context(), open(t, s, "v2", "Session", "true")), providers.KindSession)
		assert.Equal(t, 410, e.Status)
		assert.Contains(t, e.Message, "***", "a session id is a credential")
		assert.Equal(t, 2, s.CountPath("/kinetic/api/v1/Ice.Lib.SessionModSvc/Login"))
	})
	t.Run("a token that runs out under a session is renewed for the farewell", func(t *testing.T) {
		s := serve(t)
		p := openAt(t, s, newClock(), "v2", "Session", "true")
		require.NoError(t, readSome(t.Context(), p))
		s.ExpireTokens()
		require.NoError(t, p.Close())
		assert.Zero(t, s.Sessions())
	})
	t.Run("nothing is said at Close when there was no session", func(t *testing.T) {
		s := serve(t)
		require.NoError(t, open(t, s, "v2", "Session", "true").Close())
		assert.Zero(t, s.Count())
	})
	t.Run("no seat left is its own kind of error", func(t *testing.T) {
		s := serve(t, epicortest.WithSeats(1))
		require.NoError(t, readSome(t.Context(), open(t, s, "v1", "Session", "true")))
		failure(t, readSome(t.Context(), open(t, s, "v1")), providers.KindLicense)
		failure(t, readSome(t.Context(), open(t, s, "v2", "Session", "true")), providers.KindLicense)
	})
}
