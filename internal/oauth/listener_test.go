package oauth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const testState = "state-canary-7Kq"

// leavesNothing fails the test if goroutines remain when it has ended.
func leavesNothing(t *testing.T) {
	t.Helper()
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		if !assert.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+1 }, // +1: Eventually's own
			10*time.Second, 5*time.Millisecond, "goroutines remain") {
			stacks := make([]byte, 1<<20)
			t.Logf("%s", stacks[:runtime.Stack(stacks, true)])
		}
	})
}

// freePort finds a port that nobody holds in either family.
func freePort(t *testing.T) int {
	t.Helper()
	for range 50 {
		s, err := net.Listen("tcp4", "127.0.0.1:0")
		require.NoError(t, err)
		port := s.Addr().(*net.TCPAddr).Port
		six, err := net.Listen("tcp6", fmt.Sprintf("[::1]:%d", port))
		require.NoError(t, s.Close())
		if err == nil {
			require.NoError(t, six.Close())
		}
		if err == nil || !hasIPv6() {
			return port
		}
	}
	require.FailNow(t, "no free port")
	return 0
}

func hasIPv6() bool {
	s, err := net.Listen("tcp6", "[::1]:0")
	if err == nil {
		_ = s.Close()
	}
	return err == nil
}

func listening(t *testing.T, format string) (*listener, string) {
	t.Helper()
	raw := fmt.Sprintf(format, freePort(t))
	cb, err := parseCallback(raw)
	require.NoError(t, err)
	l, err := listen(t.Context(), cb, testState)
	require.NoError(t, err)
	return l, raw
}

// visitor is a browser that keeps no connection.
func visitor(t *testing.T) *http.Client {
	tr := &http.Transport{}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

type visit struct {
	status int
	header http.Header
	body   string
}

func get(t *testing.T, method, address, host string) (visit, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, nil)
	require.NoError(t, err)
	if host != "" {
		r.Host = host
	}
	res, err := visitor(t).Do(r)
	if err != nil {
		return visit{}, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	return visit{res.StatusCode, res.Header, string(body)}, err
}

func TestTheListenerTakesTheProvidersRedirectAndTellsTheUserHowItWent(t *testing.T) {
	for name, tc := range map[string]struct {
		query   string
		outcome error
		status  int
		says    string
	}{
		"a code that is accepted": {query: "code=code-canary&state=" + testState, status: 200, says: "close this tab"},
		"a code that is refused": {query: "code=code-canary&state=" + testState, outcome: errors.New("secret-canary"), status: 400,
			says: "did not succeed"},
		"a user who refuses": {query: "error=access_denied&error_description=text-canary&state=" + testState,
			outcome: errors.New("denied"), status: 400, says: "did not succeed"},
	} {
		t.Run(name, func(t *testing.T) {
			leavesNothing(t)
			l, address := listening(t, "http://127.0.0.1:%d/cb")
			got := make(chan visit, 1)
			go func() {
				v, err := get(t, http.MethodGet, address+"?"+tc.query, "")
				assert.NoError(t, err)
				got <- v
			}()
			sent, err := l.wait(t.Context())
			require.NoError(t, err)
			want, _ := url.ParseQuery(tc.query)
			assert.Equal(t, want, sent)
			l.finish(tc.outcome)
			l.close() // at once: the page must have gone out by now
			v := <-got
			assert.Equal(t, tc.status, v.status)
			assert.Contains(t, v.body, tc.says)
			assert.NotContains(t, v.body, "canary")
			assertSafeHeaders(t, v.header)
			_, err = get(t, http.MethodGet, address, "")
			require.Error(t, err, "the port is given back")
		})
	}
}

func assertSafeHeaders(t *testing.T, h http.Header) {
	t.Helper()
	assert.Equal(t, "no-store", h.Get("Cache-Control"))
	assert.Equal(t, "no-referrer", h.Get("Referrer-Policy"))
	assert.Equal(t, "nosniff", h.Get("X-Content-Type-Options"))
	assert.Equal(t, "text/html; charset=utf-8", h.Get("Content-Type"))
	assert.True(t, strings.HasPrefix(h.Get("Content-Security-Policy"), "default-src 'none'; style-src 'sha256-"))
	assert.Empty(t, h.Values("Set-Cookie"))
	assert.Empty(t, h.Get("Server"))
}

func TestStrayRequestsAreAnsweredAndDoNotEndTheSignIn(t *testing.T) {
	leavesNothing(t)
	l, address := listening(t, "http://localhost:%d/cb")
	defer l.close()
	good := "?code=c&state=" + testState
	for name, tc := range map[string]struct {
		method, url, host string
		status            int
	}{
		"another path":                {url: strings.Replace(address, "/cb", "/favicon.ico", 1), status: 404},
		"a path below the callback's": {url: address + "/x" + good, status: 404},
		"no state":                    {url: address + "?code=c", status: 400},
		"another state":               {url: address + "?code=c&state=" + testState + "x", status: 400},
		"an error without the state":  {url: address + "?error=access_denied&error_description=canary", status: 400},
		"the state twice":             {url: address + good + "&state=" + testState, status: 400},
		"the code twice":              {url: address + good + "&code=d", status: 400},
		"a broken query":              {url: address + good + "&x=%zz", status: 400},
		"a POST":                      {method: http.MethodPost, url: address + good, status: 405},
		"a HEAD":                      {method: http.MethodHead, url: address + good, status: 405},
		"a rebound name":              {url: address + good, host: "canary.example:33333", status: 421},
		"another port's name":         {url: address + good, host: "localhost:1", status: 421},
		"the address for the name":    {url: address + good, host: strings.TrimSuffix(strings.Replace(address[7:], "localhost", "127.0.0.1", 1), "/cb"), status: 421},
	} {
		t.Run(name, func(t *testing.T) {
			method := tc.method
			if method == "" {
				method = http.MethodGet
			}
			v, err := get(t, method, tc.url, tc.host)
			require.NoError(t, err)
			assert.Equal(t, tc.status, v.status)
			assert.NotContains(t, v.body, "canary")
			assertSafeHeaders(t, v.header)
			assert.Empty(t, l.redirects)
		})
	}
	t.Run("headers without end", func(t *testing.T) {
		conn, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(address, "http://"), "/cb"))
		require.NoError(t, err)
		defer func() { _ = conn.Close() }()
		_, _ = io.WriteString(conn, "GET /cb HTTP/1.1\r\nHost: localhost\r\nCookie: "+strings.Repeat("c", maxRedirectHeader+8192)+"\r\n\r\n")
		answer, _ := io.ReadAll(conn)
		if len(answer) > 0 { // else the rest of the header met a closed socket
			assert.True(t, strings.HasPrefix(string(answer), "HTTP/1.1 431 "), "%s", answer)
		}
	})

	t.Run("and the provider's own still comes through, once", func(t *testing.T) {
		first := make(chan visit, 1)
		go func() {
			v, err := get(t, http.MethodGet, address+good, "")
			assert.NoError(t, err)
			first <- v
		}()
		_, err := l.wait(t.Context())
		require.NoError(t, err)
		v, err := get(t, http.MethodGet, address+good, "")
		require.NoError(t, err)
		assert.Equal(t, http.StatusGone, v.status, "a second redirect with the right state")
		l.finish(nil)
		assert.Equal(t, 200, (<-first).status)
	})
}

func TestLocalhostIsListenedToInBothFamilies(t *testing.T) {
	leavesNothing(t)
	l, address := listening(t, "http://localhost:%d")
	defer l.close()
	u, err := url.Parse(address)
	require.NoError(t, err)
	reached := 0
	for _, ip := range []string{"127.0.0.1", "::1"} {
		v, err := get(t, http.MethodGet, "http://"+net.JoinHostPort(ip, u.Port())+"/", u.Host)
		if err == nil {
			reached++
			assert.Equal(t, http.StatusBadRequest, v.status)
		}
	}
	if hasIPv6() {
		assert.Equal(t, 2, reached)
	} else {
		assert.Equal(t, 1, reached)
	}
}

func TestAPortThatSomeoneHoldsIsNamed(t *testing.T) {
	leavesNothing(t)
	for name, held := range map[string]struct{ listen, callback string }{
		"the only address":            {"127.0.0.1:0", "http://127.0.0.1:%d"},
		"localhost in one of its two": {"127.0.0.1:0", "http://localhost:%d"},
		"localhost in the other":      {"[::1]:0", "http://localhost:%d"},
	} {
		t.Run(name, func(t *testing.T) {
			other, err := net.Listen("tcp", held.listen)
			if err != nil {
				t.Skip("the machine has no IPv6")
			}
			defer func() { _ = other.Close() }()
			port := other.Addr().(*net.TCPAddr).Port
			cb, err := parseCallback(fmt.Sprintf(held.callback, port))
			require.NoError(t, err)
			_, err = listen(t.Context(), cb, testState)
			var e *Error
			require.ErrorAs(t, err, &e)
			assert.True(t, e.Retryable)
			assert.Contains(t, e.Error(), fmt.Sprintf("port %d", port))
			assert.Contains(t, e.Error(), "CallbackURL")
			assert.Contains(t, e.Error(), "another program")
		})
	}
}

func TestAListenerEndsWithItsContext(t *testing.T) {
	leavesNothing(t)
	l, address := listening(t, "http://localhost:%d")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := l.wait(ctx)
	require.ErrorIs(t, err, context.Canceled)

	idle, err := net.Dial("tcp", strings.TrimPrefix(address, "http://")) // as browsers connect ahead
	require.NoError(t, err)
	defer func() { _ = idle.Close() }()
	l.close()
	cb, err := parseCallback(address)
	require.NoError(t, err)
	again, err := listen(t.Context(), cb, testState)
	require.NoError(t, err, "the port is free")
	again.close()
}

func TestABrowserThatComesAsTheSignInIsGivenUpGetsAnErrorPage(t *testing.T) {
	leavesNothing(t)
	l, address := listening(t, "http://127.0.0.1:%d")
	got := make(chan visit, 1)
	go func() {
		v, err := get(t, http.MethodGet, address+"?code=c&state="+testState, "")
		assert.NoError(t, err)
		got <- v
	}()
	_, err := l.wait(t.Context())
	require.NoError(t, err)
	l.close()
	assert.Equal(t, http.StatusServiceUnavailable, (<-got).status)
}

func TestCallbacks(t *testing.T) {
	for raw, want := range map[string]callback{
		"http://localhost:33333":      {"localhost", "33333", "/"},
		"http://LocalHost:33333/":     {"localhost", "33333", "/"},
		"http://localhost":            {"localhost", "80", "/"},
		"http://127.0.0.1:8080/a%20b": {"127.0.0.1", "8080", "/a b"},
		"http://localhost:08080":      {"localhost", "8080", "/"},
		"http://[::1]:8080/cb?x=1":    {"::1", "8080", "/cb"},
	} {
		got, err := parseCallback(raw)
		require.NoError(t, err, raw)
		assert.Equal(t, want, got, raw)
	}
	for raw, says := range map[string]string{
		"":                             "http://localhost:33333",
		"localhost:33333":              "http://localhost:33333",
		"https://localhost:33333":      "AuthMode=WEB",
		"http://app.example/cb":        "OAuthVerifier",
		"http://localhost.example/":    "AuthMode=WEB",
		"http://0.0.0.0:33333":         "AuthMode=WEB",
		"http://localhost:0":           "port",
		"http://localhost:70000":       "port",
		"http://u:canary@localhost:80": "user",
		"http://localhost:80/#x":       "fragment",
		"urn:ietf:wg:oauth:2.0:oob":    "http://localhost:33333",
	} {
		_, err := parseCallback(raw)
		var e *PropertyError
		require.ErrorAs(t, err, &e, raw)
		assert.Equal(t, "CallbackURL", e.Property)
		assert.Contains(t, e.Message, says, raw)
		assert.NotContains(t, e.Error(), "canary")
	}
}

func TestHostsThatNameTheCallback(t *testing.T) {
	for _, tc := range []struct {
		callback, host string
		want           bool
	}{
		{"http://localhost:33333", "localhost:33333", true},
		{"http://localhost:33333", "LOCALHOST:33333", true},
		{"http://localhost:33333", "localhost", false},
		{"http://localhost:33333", "localhost.:33333", false},
		{"http://localhost:33333", "", false},
		{"http://localhost", "localhost", true},
		{"http://localhost", "localhost:80", true},
		{"http://[::1]", "[::1]", true},
		{"http://[::1]:8080", "[::1]:8080", true},
		{"http://[::1]:8080", "::1:8080", false},
	} {
		cb, err := parseCallback(tc.callback)
		require.NoError(t, err)
		assert.Equal(t, tc.want, cb.named(tc.host), "%s for %s", tc.host, tc.callback)
	}
}
