package httpx

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRedactURL(t *testing.T) {
	for _, tc := range []struct{ name, in, want string }{
		{"nothing to hide", "https://h/a?$filter=x eq 1&$top=5", "https://h/a?$filter=x eq 1&$top=5"},
		{"userinfo", "https://joe:s3cret@h/a", "https://h/a"},
		{"fragment", "https://h/a#access_token=s3cret", "https://h/a"},
		{"token", "https://h/a?access_token=s3cret&x=1", "https://h/a?access_token=***&x=1"},
		{"api key in several spellings", "https://h/?api-key=s3cret;ApiKey=s3cret&api_key=s3cret&x-api-key=s3cret", "https://h/?api-key=***;ApiKey=***&api_key=***&x-api-key=***"},
		{"an escaped name", "https://h/?%70assword=s3cret", "https://h/?%70assword=***"},
		{"a name that cannot be unescaped", "https://h/?%zz=s3cret", "https://h/?%zz=***"},
		{"an authorization code but no country code", "https://h/?code=s3cret&CountryCode=GB", "https://h/?code=***&CountryCode=GB"},
		{"subscription key", "https://h/?subscription-key=s3cret", "https://h/?subscription-key=***"},
		{"client secret and assertion", "https://h/?client_secret=s3cret&client_assertion=s3cret", "https://h/?client_secret=***&client_assertion=***"},
		{"an empty value", "https://h/?token=", "https://h/?token="},
		{"no slashes", "joe:s3cret@h", "(unreadable URL)"},
		{"a bad port that is a password", "https://joe:s3cret", "(unreadable URL)"},
		{"a control character", "https://h/\x7f?token=s3cret", "(unreadable URL)"},
	} {
		t.Run(tc.name, func(t *testing.T) { assert.Equal(t, tc.want, RedactURL(tc.in)) })
	}
	assert.Equal(t, `parse "https://h/?token=***": bad, https://h/b.`, redactText(`parse "https://joe:x@h/?token=s3cret": bad, https://h/b.`))
}

func FuzzRedactURL(f *testing.F) {
	f.Add("token", "a=b&", "host/")
	f.Add("Pass Word", ";", "[::1]:80")
	f.Fuzz(func(t *testing.T, name, before, host string) {
		const canary = "CANARY9x7"
		if strings.Contains(name+before+host, canary) || strings.ContainsAny(before, "#") || strings.ContainsAny(host, "?#") {
			return
		}
		if !secretName(name) {
			return
		}
		for _, raw := range []string{
			"https://h/?" + before + "&" + url.QueryEscape(name) + "=" + canary,
			"https://u:" + canary + "@" + host,
		} {
			// An @ or slash inside host moves where the userinfo ends, and with it
			// what is a password at all.
			if strings.ContainsAny(host, "@/\\") && strings.HasPrefix(raw, "https://u:") {
				continue
			}
			if got := RedactURL(raw); strings.Contains(got, canary) {
				t.Fatalf("%q became %q", raw, got)
			}
		}
	})
}

const canary = "c4nary-s3cret"

// keyed holds its secret openly, as an authorizer of somebody else's might.
type keyed struct{ Key string }

func (k keyed) Authorize(_ context.Context, r *http.Request) error {
	r.Header.Set("Authorization", "Basic "+k.Key)
	r.Header.Set("X-Api-Key", k.Key)
	r.Header.Set("Ocp-Apim-Subscription-Key", k.Key)
	return nil
}

func TestNoSecretIsEverShown(t *testing.T) {
	show := func(v any) string {
		return fmt.Sprintf("%v %+v %#v %s %q", v, v, v, v, v)
	}
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	foreign := "https://evil.test/?access_token=" + canary
	cases := []struct {
		name      string
		transport http.RoundTripper
		steps     []http.HandlerFunc
		url       string // after the server's address
	}{
		{name: "an answer that sets a cookie", steps: []http.HandlerFunc{answer(200, canary, "Set-Cookie", "session="+canary)}, url: "/a?api_key=" + canary},
		{name: "an error answer", steps: []http.HandlerFunc{answer(401, canary, "WWW-Authenticate", canary)}, url: "/a?token=" + canary},
		{name: "a redirect to a foreign host", steps: []http.HandlerFunc{answer(302, "", "Location", foreign)}, url: "/"},
		{name: "a redirect that cannot be read", steps: []http.HandlerFunc{answer(302, "", "Location", "https://u:"+canary)}, url: "/"},
		{name: "a header that cannot be read", steps: []http.HandlerFunc{raw("HTTP/1.1 200 OK\r\nSet Cookie "+canary+"\r\n\r\n", false)}, url: "/"},
		{name: "a status line that cannot be read", steps: []http.HandlerFunc{raw(canary+"\r\n\r\n", false)}, url: "/"},
		{name: "a URL that cannot be parsed", url: "/%zz?token=" + canary},
		{name: "a foreign URL", url: "@evil.test/?token=" + canary},
		{name: "a transport that quotes the URL", url: "/?token=" + canary, transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			return nil, &url.Error{Op: "Get", URL: r.URL.String(), Err: fmt.Errorf("no way to %s", r.URL)}
		})},
		{name: "a lost connection", steps: []http.HandlerFunc{raw("", true)}, url: "/?password=" + canary},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			server := script(t, tc.steps...)
			host := strings.TrimPrefix(server.URL, "http://")
			var logged bytes.Buffer
			cfg := Config{
				Origins: []string{server.URL}, Authorizer: keyed{canary}, Transport: tc.transport, Jar: jar, Retry: Retry{MaxAttempts: 1},
				Logger: slog.New(slog.NewJSONHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug})),
			}
			c, err := New(cfg)
			require.NoError(t, err)
			t.Cleanup(func() { _ = c.Close() })
			req := &Request{
				Method: "POST", URL: "http://joe:" + canary + "@" + host + tc.url, Body: []byte(canary),
				Header: http.Header{"Cookie": {canary}, "Password": {canary}, "X-Unheard-Of": {canary}},
			}
			if strings.HasPrefix(tc.name, "a redirect") {
				req.Method, req.Body = "GET", nil
			}
			resp, err := c.Do(context.Background(), req)
			shown := show(c) + show(cfg) + show(req)
			if err != nil {
				shown += show(err)
				slog.New(slog.NewTextHandler(&logged, nil)).Error("x", "err", err, "cfg", cfg)
			} else {
				shown += show(resp)
			}
			assert.NotContains(t, shown+logged.String(), canary)
			if len(tc.steps) > 0 {
				assert.Contains(t, logged.String(), `"headers"`)
				assert.Contains(t, logged.String(), "X-Api-Key=***", "names are shown at debug level")
			}
		})
	}
}

func TestConfigPrintsNoSecret(t *testing.T) {
	cfg := Config{
		Origins: []string{"https://joe:" + canary + "@h/?token=" + canary}, Authorizer: keyed{canary},
		Proxy: Proxy{Mode: ProxyFixed, Host: "p", User: canary, Password: canary},
		TLS:   TLS{ServerCert: canary, ClientCertificates: []tls.Certificate{{PrivateKey: canary}}},
	}
	var logged bytes.Buffer
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("x", "cfg", cfg, "password", cfg.Proxy.Password)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, v := range []any{cfg, &cfg, cfg.Proxy, cfg.TLS, cfg.Proxy.Password} {
			out := fmt.Sprintf(verb, v)
			assert.NotContains(t, out, canary, verb)
			assert.NotContains(t, out, fmt.Sprintf("%x", canary), verb)
		}
	}
	assert.NotContains(t, logged.String(), canary)
	assert.Equal(t, canary, cfg.Proxy.Password.Reveal())
	_, err := New(cfg)
	require.Error(t, err)
	assert.NotContains(t, err.Error(), canary)
}

func TestOneRecordIsLoggedPerAttempt(t *testing.T) {
	server := script(t, answer(503, "no", "X-Request-Id", "r1"), answer(200, "fine", "X-Request-Id", "r2"))
	var logged bytes.Buffer
	c, _ := newTestClient(t, server.URL, func(cfg *Config) {
		cfg.Logger = slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelInfo, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			if a.Key == "url" {
				a.Value = slog.StringValue(strings.TrimPrefix(a.Value.String(), server.URL))
			}
			return a
		}}))
	})
	_, err := c.Do(context.Background(), &Request{URL: server.URL + "/a?key=s3cret"})
	require.NoError(t, err)
	assert.Equal(t, `level=WARN msg="http request" method=GET url="/a?key=***" attempt=1 status=503 bytes=2 wire_bytes=2 duration=0s request_id=r1
level=INFO msg="http request" method=GET url="/a?key=***" attempt=2 status=200 bytes=4 wire_bytes=4 duration=0s request_id=r2
`, logged.String())
}

func TestErrorsReadWell(t *testing.T) {
	e := &Error{Kind: KindLost, Method: "GET", URL: "https://h/a", Attempts: 3, Err: errors.New("EOF")}
	assert.Equal(t, "GET https://h/a: connection lost before the answer: EOF (3 attempts)", e.Error())
	assert.Equal(t, "kind 99", Kind(99).String())
	for k := KindInvalid; k <= KindClosed; k++ {
		assert.NotContains(t, k.String(), "kind ")
	}
}

func TestOriginsAreComparedAsRFC6454Says(t *testing.T) {
	c, err := New(Config{Origins: []string{"https://ERP.example.com/inst/api", "http://[::1]:8080"}})
	require.NoError(t, err)
	for url, want := range map[string]Kind{
		"https://erp.example.com/":          0,
		"HTTPS://Erp.Example.COM:443/x?y=1": 0,
		"https://erp.example.com./x":        0,
		"https://joe:x@erp.example.com/x":   0,
		"http://[::1]:8080/":                0,
		"http://erp.example.com/":           KindOrigin,
		"https://erp.example.com:8443/":     KindOrigin,
		"https://erp.example.com.evil.test": KindOrigin,
		"https://erp.example.com@evil.test": KindOrigin,
		"https://evil.test\\@erp.example":   KindInvalid,
		"http://[::1]/":                     KindOrigin,
		"//erp.example.com/x":               KindInvalid,
		"/x":                                KindInvalid,
		"ftp://erp.example.com/":            KindInvalid,
		"https:///x":                        KindInvalid,
		"https://erp.example.com:99999/":    KindInvalid,
	} {
		t.Run(url, func(t *testing.T) {
			err := c.CheckOrigin(url)
			_, doErr := c.Do(canceled(), &Request{URL: url})
			if want == 0 {
				require.NoError(t, err)
				require.ErrorIs(t, doErr, context.Canceled)
				return
			}
			var e *Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, want, e.Kind)
			require.ErrorAs(t, doErr, &e)
			assert.Equal(t, want, e.Kind, "Do refuses it too")
			assert.Zero(t, e.Attempts)
		})
	}
}

func canceled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

func TestRedirects(t *testing.T) {
	foreign := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("a request left the origin")
	}))
	t.Cleanup(foreign.Close)
	echo := func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, "%s %s %s", r.Method, r.URL, r.Header.Get("X-Api-Key"))
	}
	cases := []struct {
		name   string
		method string
		steps  []http.HandlerFunc
		kind   Kind
		status int
		body   string
	}{
		{name: "within the origin is followed with credentials", steps: []http.HandlerFunc{answer(302, "", "Location", "/b?x=1"), echo}, status: 200, body: "GET /b?x=1 " + canary},
		{name: "relative is resolved", steps: []http.HandlerFunc{answer(301, "", "Location", "c"), echo}, status: 200, body: "GET /a/c " + canary},
		{name: "307 keeps method", method: "POST", steps: []http.HandlerFunc{answer(307, "", "Location", "/b"), echo}, status: 200, body: "POST /b " + canary},
		{name: "302 of a POST is handed back rather than turned into a GET", method: "POST", steps: []http.HandlerFunc{answer(302, "see", "Location", "/b")}, status: 302, body: "see"},
		{name: "without location is an answer", steps: []http.HandlerFunc{answer(302, "odd")}, status: 302, body: "odd"},
		{name: "to a foreign host is refused", steps: []http.HandlerFunc{answer(302, "", "Location", foreign.URL)}, kind: KindOrigin},
		{name: "to another configured origin is refused", steps: []http.HandlerFunc{answer(302, "", "Location", "http://second.test/")}, kind: KindOrigin},
		{name: "to another scheme is refused", steps: []http.HandlerFunc{answer(302, "", "Location", "ftp://x/")}, kind: KindInvalid},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			server := script(t, tc.steps...)
			c, _ := newTestClient(t, server.URL, func(cfg *Config) {
				cfg.Authorizer = keyed{canary}
				cfg.Origins = append(cfg.Origins, "http://second.test")
			})
			resp, err := c.Do(context.Background(), &Request{Method: tc.method, URL: server.URL + "/a/b"})
			if tc.kind != 0 {
				var e *Error
				require.ErrorAs(t, err, &e)
				assert.Equal(t, tc.kind, e.Kind, e.Error())
				assert.Equal(t, 1, e.Attempts)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, tc.status, resp.Status)
			assert.Equal(t, tc.body, string(resp.Body))
		})
	}
	t.Run("in a circle end", func(t *testing.T) {
		server := httptest.NewServer(answer(302, "", "Location", "/"))
		t.Cleanup(server.Close)
		c, _ := newTestClient(t, server.URL, nil)
		_, err := c.Do(context.Background(), &Request{URL: server.URL})
		var e *Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, KindRedirect, e.Kind)
	})
	t.Run("keep the body of a 307 and report where the answer came from", func(t *testing.T) {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/a" {
				w.Header().Set("Location", "/b")
				w.WriteHeader(http.StatusTemporaryRedirect)
				return
			}
			body := make([]byte, 5)
			n, _ := r.Body.Read(body)
			_, _ = w.Write(body[:n])
		}))
		t.Cleanup(server.Close)
		c, _ := newTestClient(t, server.URL, nil)
		resp, err := c.Do(context.Background(), &Request{Method: "POST", URL: server.URL + "/a", Body: []byte("hello")})
		require.NoError(t, err)
		assert.Equal(t, "hello", string(resp.Body))
		assert.Equal(t, server.URL+"/b", resp.URL)
	})
}
