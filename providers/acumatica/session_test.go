package acumatica_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/acumatica/acumaticatest"
)

// customers reads the ids of all customers.
func customers(t testing.TB, p providers.Provider) ([]string, error) {
	t.Helper()
	tab, err := p.Table(t.Context(), "REST", "Customer")
	if err != nil {
		return nil, err
	}
	return rows(t.Context(), tab, &providers.ScanRequest{Columns: columns(t, tab, "CustomerID")})
}

func TestOneSessionServesAConnector(t *testing.T) {
	s := serve(t)
	p := open(t, s)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			got, err := customers(t, p)
			assert.NoError(t, err)
			assert.Len(t, got, 40)
		})
	}
	wg.Wait()
	logins, _ := s.Logins()
	assert.Equal(t, 1, logins)
	assert.Equal(t, 1, s.Sessions())
	assert.Zero(t, s.Overlaps(), "the requests of a session come one after the other")
	require.NoError(t, p.Close())
	assert.Zero(t, s.Sessions())
	_, err := customers(t, p)
	failure(t, err, providers.KindConnection)
	assert.Zero(t, s.Sessions(), "a closed connection opens none")
}

func TestSessionsEndWhateverHappens(t *testing.T) {
	t.Run("nothing was asked, nothing is ended", func(t *testing.T) {
		s := serve(t)
		require.NoError(t, open(t, s).Close())
		assert.Zero(t, s.Count())
	})
	t.Run("a query failed", func(t *testing.T) {
		s := serve(t)
		p := open(t, s)
		_, err := p.Table(t.Context(), "REST", "Custommer")
		assert.ErrorContains(t, failure(t, err, providers.KindNotFound), "did you mean `Customer`")
		require.NoError(t, p.Close())
		assert.Zero(t, s.Sessions())
	})
	t.Run("who asked for the sign-in gave up while it was under way", func(t *testing.T) {
		under, release := make(chan struct{}), make(chan struct{})
		var once sync.Once
		s := serve(t, acumaticatest.WithFault(func(r *http.Request, _ int) *acumaticatest.Fault {
			if strings.HasSuffix(r.URL.Path, "/login") {
				once.Do(func() { close(under); <-release })
			}
			return nil
		}))
		p := open(t, s)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-under; cancel(); close(release) }()
		require.ErrorIs(t, p.Ping(ctx), context.Canceled)
		require.NoError(t, p.Close(), "it waits for the sign-in, and ends its session")
		logins, _ := s.Logins()
		assert.Equal(t, 1, logins)
		assert.Zero(t, s.Sessions())
	})
	t.Run("a scan was given up", func(t *testing.T) {
		s := serve(t, acumaticatest.WithCustomers(200))
		p := open(t, s, "Pagesize", "10")
		tab := table(t, p, "REST", "Customer")
		ctx, cancel := context.WithCancel(t.Context())
		reader, err := plan(t, tab, &providers.ScanRequest{Columns: []int{0}}).Open(ctx, nil)
		require.NoError(t, err)
		cancel()
		require.NoError(t, reader.Close())
		require.NoError(t, p.Close())
		assert.Zero(t, s.Sessions())
	})
	t.Run("the farewell fails", func(t *testing.T) {
		s := serve(t, acumaticatest.WithFault(func(r *http.Request, _ int) *acumaticatest.Fault {
			if strings.HasSuffix(r.URL.Path, "/logout") {
				return &acumaticatest.Fault{Status: http.StatusBadGateway, Body: "<html><title>Bad Gateway</title></html>"}
			}
			return nil
		}))
		p := open(t, s)
		require.NoError(t, p.Ping(t.Context()))
		assert.ErrorContains(t, p.Close(), "signing out")
	})
}

func TestASessionThatEndsIsFollowedByAnother(t *testing.T) {
	s := serve(t)
	p := open(t, s)
	for i := range 3 {
		got, err := customers(t, p)
		require.NoError(t, err)
		assert.Len(t, got, 40)
		logins, _ := s.Logins()
		assert.Equal(t, i+1, logins)
		s.ExpireSessions()
	}
	t.Run("once a request", func(t *testing.T) {
		var refused atomic.Int64
		s := serve(t, acumaticatest.WithFault(func(r *http.Request, _ int) *acumaticatest.Fault {
			if strings.HasSuffix(r.URL.Path, "/entity") {
				refused.Add(1)
				return &acumaticatest.Fault{Status: http.StatusUnauthorized, Body: `{"message":"You are not logged in."}`}
			}
			return nil
		}))
		failure(t, open(t, s).Ping(t.Context()), providers.KindAuthentication)
		assert.EqualValues(t, 2, refused.Load())
	})
	t.Run("and many requests that are refused together lead to one", func(t *testing.T) {
		s := serve(t)
		p := open(t, s)
		require.NoError(t, p.Ping(t.Context()))
		s.ExpireSessions()
		var wg sync.WaitGroup
		for range 6 {
			wg.Go(func() { assert.NoError(t, p.Ping(t.Context())) })
		}
		wg.Wait()
		logins, _ := s.Logins()
		assert.Equal(t, 2, logins)
	})
}

func TestSignInRefusals(t *testing.T) {
	t.Run("a wrong password is not sent again at once", func(t *testing.T) {
		for _, status := range []int{500, 401} {
			s := serve(t, acumaticatest.WithBadLoginStatus(status))
			now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
			o := options(properties(s, "Password", "wrong-canary"))
			o.Now = func() time.Time { return now }
			p, err := providers.Open("acumatica", o)
			require.NoError(t, err)
			for range 5 {
				e := failure(t, p.Ping(t.Context()), providers.KindAuthentication)
				assert.Contains(t, e.Error(), "lock a user out")
				assert.NotContains(t, e.Error(), "canary")
			}
			_, refused := s.Logins()
			assert.Equal(t, 1, refused)
			now = now.Add(2 * time.Minute)
			failure(t, p.Ping(t.Context()), providers.KindAuthentication)
			_, refused = s.Logins()
			assert.Equal(t, 2, refused)
			require.NoError(t, p.Close())
		}
	})
	t.Run("a wrong tenant is named", func(t *testing.T) {
		e := failure(t, open(t, serve(t), "Company", "U200").Ping(t.Context()), providers.KindProperty)
		assert.Contains(t, e.Message, `Company: the server has no tenant "U200"`)
		assert.Equal(t, "PX.Data.PXUndefinedCompanyException", e.Code)
	})
}

// tokens is a TokenSource whose tokens the server takes back one after another.
type tokens struct {
	n       atomic.Int64
	refused atomic.Int64
}

func (s *tokens) Token(context.Context) (string, error) {
	return fmt.Sprintf("token-canary-%d", s.n.Load()), nil
}

func (s *tokens) Refused(_ context.Context, token string) (bool, error) {
	s.refused.Add(1)
	if token == fmt.Sprintf("token-canary-%d", s.n.Load()) {
		s.n.Add(1)
	}
	return true, nil
}

func TestTokens(t *testing.T) {
	var valid atomic.Value
	valid.Store("token-canary-0")
	serveTokens := func(t *testing.T, opts ...acumaticatest.Option) *acumaticatest.Server {
		return serve(t, append(opts, acumaticatest.WithTokens(func(token string) bool { return token == valid.Load() }))...)
	}
	openWith := func(t *testing.T, s *acumaticatest.Server, source providers.TokenSource, more ...string) providers.Provider {
		o := options(properties(s, append([]string{"User", "", "Password", "", "AuthScheme", "Bearer"}, more...)...))
		o.SignIn = source
		p, err := providers.Open("acumatica", o)
		require.NoError(t, err)
		t.Cleanup(func() { _ = p.Close() })
		return p
	}
	t.Run("open one session, over all interfaces, and it is ended", func(t *testing.T) {
		s := serveTokens(t)
		p := openWith(t, s, &tokens{})
		_, err := customers(t, p)
		require.NoError(t, err)
		_, err = p.Tables(t.Context(), "GI")
		require.NoError(t, err)
		assert.Equal(t, 1, s.Sessions())
		logins, _ := s.Logins()
		assert.Zero(t, logins)
		require.NoError(t, p.Close())
		assert.Zero(t, s.Sessions())
	})
	t.Run("are renewed when the server does not take them any more", func(t *testing.T) {
		s, source := serveTokens(t), &tokens{}
		p := openWith(t, s, source)
		require.NoError(t, p.Ping(t.Context()))
		valid.Store("token-canary-1")
		defer valid.Store("token-canary-0")
		require.NoError(t, p.Ping(t.Context()))
		assert.EqualValues(t, 1, source.refused.Load())
	})
	t.Run("are sent as they are when they are the user's own", func(t *testing.T) {
		s := serveTokens(t)
		p := openWith(t, s, nil, "OAuthAccessToken", "token-canary-0")
		require.NoError(t, p.Ping(t.Context()))
		valid.Store("another")
		defer valid.Store("token-canary-0")
		e := failure(t, p.Ping(t.Context()), providers.KindAuthentication)
		assert.NotContains(t, e.Error(), "canary")
	})
	t.Run("find no seat", func(t *testing.T) {
		s := serveTokens(t, acumaticatest.WithSeats(1))
		require.NoError(t, open(t, s).Ping(t.Context()))
		failure(t, openWith(t, s, &tokens{}).Ping(t.Context()), providers.KindLicense)
	})
}

func TestODataTakesThePasswordWithEachRequestAndNoSeat(t *testing.T) {
	s := serve(t, acumaticatest.WithSeats(1))
	rest := open(t, s)
	require.NoError(t, rest.Ping(t.Context()))
	p := open(t, s, "Schema", "OData")
	require.NoError(t, p.Ping(t.Context()))
	tab := table(t, p, "", "BI-Customers")
	assert.Len(t, mustRows(t, tab, &providers.ScanRequest{Columns: []int{0}}), 40)
	assert.Equal(t, 2, s.Sessions(), "its cookies come back")
	logins, _ := s.Logins()
	assert.Equal(t, 1, logins)
	require.NoError(t, p.Close())
	assert.Equal(t, 1, s.Sessions())
}

func TestNoSecretLeavesTheProvider(t *testing.T) {
	var log bytes.Buffer
	s := serve(t)
	o := options(properties(s))
	o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	p, err := providers.Open("acumatica", o)
	require.NoError(t, err)
	_, err = customers(t, p)
	require.NoError(t, err)
	tab := table(t, p, "REST", "Customer")
	texts := log.String() + strings.Join(plan(t, tab, &providers.ScanRequest{Columns: []int{0}}).Requests, " ") + fmt.Sprintf("%v %+v %#v", p, p, p)
	require.NoError(t, p.Close())
	assert.NotEmpty(t, log.String())
	for _, secret := range []string{acumaticatest.DefaultPassword, "ticket0", "session0"} {
		assert.NotContains(t, texts, secret)
	}
}

func TestPropertiesThatCannotWork(t *testing.T) {
	for _, test := range []struct{ name, message string }{
		{"URL=", "URL is missing: give the address of the instance, such as https://myserver.acumatica.com"},
		{"Schema=Odata3", `Schema: "Odata3" is none of REST, OData and ODataV4`},
		{"Schema=ODataV4;Company=", "Company is missing: the tenant's login name stands in every address of schema DAC"},
		{"User=", "User is missing: Acumatica answers nobody unknown (a token goes in OAuthAccessToken)"},
		{"User=;AuthScheme=Bearer", "OAuthAccessToken is missing: AuthScheme=Bearer needs it"},
		{"AuthScheme=None", "AuthScheme: Acumatica takes Basic and bearer tokens, not None"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := map[string]string{"URL": "https://erp.example/i", "Company": "U100", "User": "u", "Password": "p"}
			for pair := range strings.SplitSeq(test.name, ";") {
				name, value, _ := strings.Cut(pair, "=")
				p[name] = value
			}
			_, err := providers.Open("acumatica", options(p))
			assert.Equal(t, test.message, failure(t, err, providers.KindProperty).Message)
		})
	}
}

func TestBranchAndLocaleAreSaid(t *testing.T) {
	type said struct{ login, branch, language string }
	var mu sync.Mutex
	seen := map[string]said{} // by the end of the path
	s := serve(t, acumaticatest.WithTokens(func(token string) bool { return token == "token-canary-0" }), acumaticatest.WithFault(func(r *http.Request, _ int) *acumaticatest.Fault {
		mu.Lock()
		defer mu.Unlock()
		x := said{branch: r.Header.Get("PX-CbApiBranch"), language: r.Header.Get("Accept-Language")}
		if r.Method == http.MethodPost {
			body, err := io.ReadAll(r.Body)
			assert.NoError(t, err)
			r.Body = io.NopCloser(bytes.NewReader(body))
			x.login = string(body)
		}
		seen[r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]] = x
		return nil
	}))
	place := []string{"Branch", "MYSTORE", "Locale", "fr-FR"}
	t.Run("to the sign-in, and to OData, which has none", func(t *testing.T) {
		p := open(t, s, place...)
		_, err := customers(t, p)
		require.NoError(t, err)
		query(t, p, "SELECT COUNT(*) FROM DAC.SOOrder")
		mu.Lock()
		defer mu.Unlock()
		assert.JSONEq(t, `{"name":"admin","password":"Acumatica123","tenant":"U100","branch":"MYSTORE","locale":"fr-FR"}`, seen["login"].login)
		assert.Equal(t, said{language: "fr-FR"}, seen["SOOrder"])
		assert.Empty(t, seen["Customer"].branch, "the session has it")
		clear(seen)
	})
	t.Run("with each request that has a token", func(t *testing.T) {
		p := open(t, s, append(place, "User", "", "Password", "", "AuthScheme", "Bearer", "OAuthAccessToken", "token-canary-0")...)
		_, err := customers(t, p)
		require.NoError(t, err)
		query(t, p, "SELECT COUNT(*) FROM DAC.SOOrder")
		mu.Lock()
		defer mu.Unlock()
		assert.Equal(t, said{branch: "MYSTORE", language: "fr-FR"}, seen["Customer"])
		assert.Equal(t, said{language: "fr-FR"}, seen["SOOrder"])
		clear(seen)
	})
	t.Run("and by nobody who does not say them", func(t *testing.T) {
		_, err := customers(t, open(t, s))
		require.NoError(t, err)
		mu.Lock()
		defer mu.Unlock()
		assert.JSONEq(t, `{"name":"admin","password":"Acumatica123","tenant":"U100"}`, seen["login"].login)
		assert.Equal(t, said{}, seen["Customer"])
	})
}
