package httpx

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// tokens is an Authorizer whose token can be renewed when the server says
// "expired", through the very Client it serves.
type tokens struct {
	client  *Client
	url     string
	mu      sync.Mutex
	token   string
	renewed int
	err     error
}

func (a *tokens) Authorize(_ context.Context, r *http.Request) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	r.Header.Set("Authorization", "Bearer "+a.token)
	return nil
}

func (a *tokens) Refresh(ctx context.Context, r *Response) (bool, error) {
	if string(r.Body) != "expired" {
		return false, a.err
	}
	a.mu.Lock()
	renewedMeanwhile := r.SentHeader("Authorization") != "Bearer "+a.token
	a.mu.Unlock()
	if renewedMeanwhile {
		return true, nil
	}
	resp, err := a.client.Do(ctx, &Request{Method: "POST", URL: a.url, NoAuth: true})
	if err != nil {
		return false, err
	}
	defer resp.Release()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.token = string(resp.Body)
	a.renewed++
	return true, nil
}

func TestA401LeadsToOneRefreshAndOneRepetition(t *testing.T) {
	echo := func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Header.Get("Authorization")) }
	noAuth := func(w http.ResponseWriter, r *http.Request) {
		assert.Empty(t, r.Header.Get("Authorization"), "the token request goes without credentials")
		_, _ = io.WriteString(w, "new")
	}
	refusal := errors.New("bad api key")
	for _, tc := range []struct {
		name    string
		method  string
		retry   Retry
		steps   []http.HandlerFunc
		err     error
		status  int
		body    string
		sent    int
		renewed int
	}{
		{"a GET is repeated with the new token", "GET", Retry{}, []http.HandlerFunc{answer(401, "expired"), noAuth, echo}, nil, 200, "Bearer new", 2, 1},
		{"a POST is too, since the server refused to act", "POST", Retry{}, []http.HandlerFunc{answer(401, "expired"), noAuth, echo}, nil, 200, "Bearer new", 2, 1},
		{"even when no retry is allowed", "GET", Retry{MaxAttempts: 1}, []http.HandlerFunc{answer(401, "expired"), noAuth, echo}, nil, 200, "Bearer new", 2, 1},
		{"a second 401 is an answer", "GET", Retry{}, []http.HandlerFunc{answer(401, "expired"), noAuth, answer(401, "expired")}, nil, 401, "expired", 2, 1},
		{"another reason is an answer", "GET", Retry{}, []http.HandlerFunc{answer(401, "no rights")}, nil, 401, "no rights", 1, 0},
		{"the authorizer's error ends it", "GET", Retry{}, []http.HandlerFunc{answer(401, "bad")}, refusal, 0, "", 1, 0},
		{"a 503 after the refresh is still repeated", "GET", Retry{MaxAttempts: 2}, []http.HandlerFunc{answer(401, "expired"), noAuth, answer(503, ""), echo}, nil, 200, "Bearer new", 3, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			server := script(t, tc.steps...)
			auth := &tokens{url: server.URL + "/token", token: "old", err: tc.err}
			c, _ := newTestClient(t, server.URL, func(cfg *Config) {
				cfg.Authorizer, cfg.MaxConnections, cfg.Retry = auth, 1, tc.retry // one slot: a refresh that held it would hang
			})
			auth.client = c
			resp, err := c.Do(context.Background(), &Request{Method: tc.method, URL: server.URL})
			assert.Equal(t, tc.renewed, auth.renewed)
			if tc.err != nil {
				require.ErrorIs(t, err, tc.err)
				var e *Error
				require.ErrorAs(t, err, &e)
				assert.Equal(t, KindAuth, e.Kind)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, tc.status, resp.Status)
			assert.Equal(t, tc.body, string(resp.Body))
			assert.Equal(t, tc.sent, resp.Attempts)
		})
	}
}

func TestARequestRefusedForATokenRenewedMeanwhileIsOnlyRepeated(t *testing.T) {
	auth := &tokens{token: "old"}
	server := script(t, func(w http.ResponseWriter, r *http.Request) {
		auth.mu.Lock()
		auth.token = "new" // another request's doing
		auth.mu.Unlock()
		answer(401, "expired")(w, r)
	}, answer(200, "fine"))
	c, _ := newTestClient(t, server.URL, func(cfg *Config) { cfg.Authorizer = auth })
	resp, err := c.Do(context.Background(), &Request{URL: server.URL})
	require.NoError(t, err)
	assert.Equal(t, 200, resp.Status)
	assert.Zero(t, auth.renewed)
	assert.Equal(t, "Bearer new", resp.SentHeader("authorization"))
}

func TestAnAuthorizerThatFailsOrStraysEndsTheRequest(t *testing.T) {
	server := script(t)
	cause := errors.New("no token")
	c, _ := newTestClient(t, server.URL, func(cfg *Config) {
		cfg.Authorizer = AuthorizerFunc(func(context.Context, *http.Request) error { return cause })
	})
	_, err := c.Do(context.Background(), &Request{URL: server.URL})
	var e *Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, KindAuth, e.Kind)
	require.ErrorIs(t, err, cause)

	c, _ = newTestClient(t, server.URL, func(cfg *Config) {
		cfg.Authorizer = AuthorizerFunc(func(_ context.Context, r *http.Request) error { r.URL.Host = "evil.test"; return nil })
	})
	_, err = c.Do(context.Background(), &Request{URL: server.URL})
	require.ErrorAs(t, err, &e)
	assert.Equal(t, KindOrigin, e.Kind)
}

func TestBodiesAreInflatedCountedAndBounded(t *testing.T) {
	text := strings.Repeat("all work and no play ", 1000)
	small := zipped(text)
	emptyMembers := bytes.Repeat(zipped(""), 5000)
	for _, tc := range []struct {
		name   string
		method string
		max    int64
		step   http.HandlerFunc
		body   string
		wire   int
		kind   Kind
	}{
		{name: "gzip", step: gzipAnswer(small), body: text, wire: len(small)},
		{name: "gzip in two members", step: gzipAnswer(append(bytes.Clone(small), small...)), body: text + text, wire: 2 * len(small)},
		{name: "plain", step: answer(200, text), body: text, wire: len(text)},
		{name: "nothing", step: answer(204, ""), wire: 0},
		{name: "an empty body that claims to be gzip", step: answer(200, "", "Content-Encoding", "gzip", "Content-Length", "0")},
		{name: "HEAD with a length", method: "HEAD", step: answer(200, "", "Content-Length", "99999999", "Content-Encoding", "gzip"), max: 10},
		{name: "exactly the limit", step: answer(200, "12345"), max: 5, body: "12345", wire: 5},
		{name: "a plain body over the limit", step: answer(200, "123456"), max: 5, kind: KindBodyTooLarge},
		{name: "a chunked body over the limit", step: func(w http.ResponseWriter, _ *http.Request) {
			w.(http.Flusher).Flush()
			_, _ = io.WriteString(w, "123456")
		}, max: 5, kind: KindBodyTooLarge},
		{name: "a compression bomb", step: gzipAnswer(small), max: int64(len(text)) - 1, kind: KindBodyTooLarge},
		{name: "a bomb that inflates to nothing", step: gzipAnswer(emptyMembers), max: 50_000, kind: KindBodyTooLarge},
	} {
		t.Run(tc.name, func(t *testing.T) {
			server := script(t, tc.step)
			c, _ := newTestClient(t, server.URL, func(cfg *Config) { cfg.MaxBodyBytes = tc.max })
			stats := &Stats{}
			resp, err := c.Do(context.Background(), &Request{Method: tc.method, URL: server.URL, Stats: stats})
			if tc.kind != 0 {
				var e *Error
				require.ErrorAs(t, err, &e)
				assert.Equal(t, tc.kind, e.Kind, e.Error())
				assert.Equal(t, 1, e.Attempts)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, tc.body, string(resp.Body))
			assert.EqualValues(t, len(tc.body), resp.Bytes)
			assert.EqualValues(t, tc.wire, resp.WireBytes)
			assert.EqualValues(t, len(tc.body), stats.Bytes.Load())
			assert.EqualValues(t, tc.wire, stats.WireBytes.Load())
			resp.Release()
			resp.Release()
			assert.Nil(t, resp.Body)
		})
	}
}

func TestABodyOfAnInjectedTransportMustHaveItsLength(t *testing.T) {
	c, _ := newTestClient(t, "http://erp.test", func(cfg *Config) {
		cfg.Retry.MaxAttempts = 1
		cfg.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Header: http.Header{}, ContentLength: 10, Body: io.NopCloser(strings.NewReader("half")), Request: r}, nil
		})
	})
	_, err := c.Do(context.Background(), &Request{URL: "http://erp.test"})
	var e *Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, KindTruncated, e.Kind)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
}

func TestReleasedBuffersDoNotLeakIntoOtherAnswers(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(zipped(strings.Repeat(r.URL.Query().Get("v"), 50_000)))
	}))
	t.Cleanup(server.Close)
	c, _ := newTestClient(t, server.URL, nil)
	var wg sync.WaitGroup
	for _, v := range []string{"a", "b", "c", "d"} {
		wg.Go(func() {
			for range 20 {
				resp, err := c.Do(context.Background(), &Request{URL: server.URL + "?v=" + v})
				if !assert.NoError(t, err) {
					return
				}
				assert.True(t, len(resp.Body) == 50_000 && strings.Count(string(resp.Body), v) == 50_000)
				resp.Release()
			}
		})
	}
	wg.Wait()
}

type recorder struct {
	sent, got []Attempt
	seen      http.Header
}

type traceKey struct{}

func (o *recorder) OnRequest(ctx context.Context, a Attempt, extra http.Header) context.Context {
	o.sent = append(o.sent, a)
	extra.Set("Traceparent", "00-abc")
	extra.Set("Authorization", "stolen")
	return context.WithValue(ctx, traceKey{}, a.Number)
}

func (o *recorder) OnResponse(ctx context.Context, a Attempt) {
	if ctx.Value(traceKey{}) == a.Number {
		o.got = append(o.got, a)
	}
}

func TestAnObserverSeesEachAttemptAndMayAddHeaders(t *testing.T) {
	o := &recorder{}
	server := script(t, answer(503, "no"), func(w http.ResponseWriter, r *http.Request) {
		o.seen = r.Header.Clone()
		answer(200, "fine", "Request-Id", "r2")(w, r)
	})
	c, _ := newTestClient(t, server.URL, func(cfg *Config) { cfg.Observer, cfg.Authorizer = o, keyed{canary} })
	_, err := c.Do(context.Background(), &Request{Method: "PUT", URL: server.URL + "/a?token=x", Body: []byte("abc")})
	require.NoError(t, err)
	base := Attempt{Method: "PUT", URL: server.URL + "/a?token=***", Number: 1, BodyBytes: 3}
	second := base
	second.Number = 2
	assert.Equal(t, []Attempt{base, second}, o.sent)
	base.Status, base.Bytes, base.WireBytes = 503, 2, 2
	second.Status, second.Bytes, second.WireBytes, second.RequestID = 200, 4, 4, "r2"
	assert.Equal(t, []Attempt{base, second}, o.got)
	assert.Equal(t, "00-abc", o.seen.Get("Traceparent"))
	assert.Equal(t, "Basic "+canary, o.seen.Get("Authorization"), "an observer cannot replace credentials")
}

func TestHeadersAndBodyOfARequest(t *testing.T) {
	var got http.Header
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Clone() }))
	t.Cleanup(server.Close)
	header := http.Header{"Accept": {"application/json"}}
	c, _ := newTestClient(t, server.URL, nil)
	_, err := c.Do(context.Background(), &Request{URL: server.URL, Header: header})
	require.NoError(t, err)
	assert.Equal(t, http.Header{"Accept": {"application/json"}, "Accept-Encoding": {"gzip"}, "User-Agent": {DefaultUserAgent}}, got)
	assert.Len(t, header, 1, "the caller's header is left alone")

	c, _ = newTestClient(t, server.URL, func(cfg *Config) { cfg.DisableGzip, cfg.UserAgent = true, "ours/1" })
	_, err = c.Do(context.Background(), &Request{URL: server.URL})
	require.NoError(t, err)
	assert.Equal(t, http.Header{"User-Agent": {"ours/1"}}, got)
	_, err = c.Do(context.Background(), &Request{URL: server.URL, Header: http.Header{"User-Agent": {"theirs/2"}}})
	require.NoError(t, err)
	assert.Equal(t, "theirs/2", got.Get("User-Agent"))

	for _, bad := range []*Request{
		{URL: server.URL, Method: "G T"},
		{URL: server.URL, Header: http.Header{"X": {"a\r\nb"}}},
		{URL: "relative"},
	} {
		_, err = c.Do(context.Background(), bad)
		var e *Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, KindInvalid, e.Kind, e.Error())
	}
}

func TestCookiesAreKeptWhenThereIsAJar(t *testing.T) {
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	echo := func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Header.Get("Cookie")) }
	for name, tc := range map[string]struct {
		jar  http.CookieJar
		want string
	}{"with a jar": {jar, "sid=1"}, "without": {nil, ""}} {
		t.Run(name, func(t *testing.T) {
			server := script(t, answer(302, "", "Set-Cookie", "sid=1; Path=/", "Location", "/next"), echo, echo)
			c, _ := newTestClient(t, server.URL, func(cfg *Config) { cfg.Jar = tc.jar })
			for range 2 {
				resp, err := c.Do(context.Background(), &Request{URL: server.URL})
				require.NoError(t, err)
				assert.Equal(t, tc.want, string(resp.Body))
			}
		})
	}
}

func TestConnectionsAreKeptAlive(t *testing.T) {
	peers := map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		peers[r.RemoteAddr] = true
		gzipAnswer(zipped("x"))(w, r)
	}))
	t.Cleanup(server.Close)
	c, _ := newTestClient(t, server.URL, nil)
	for range 5 {
		_, err := c.Do(context.Background(), &Request{URL: server.URL})
		require.NoError(t, err)
	}
	assert.Len(t, peers, 1)
}

func TestAClosedClientRefusesRequests(t *testing.T) {
	c, err := New(Config{Origins: []string{"http://erp.test"}})
	require.NoError(t, err)
	require.NoError(t, c.Close())
	require.NoError(t, c.Close())
	_, err = c.Do(context.Background(), &Request{URL: "http://erp.test"})
	var e *Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, KindClosed, e.Kind)
}

func TestAStandardClientGoesThroughDo(t *testing.T) {
	server := script(t, answer(503, ""), func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "application/x-www-form-urlencoded", r.Header.Get("Content-Type"))
		gzipAnswer(zipped(`{"ok":true}`))(w, r)
	}, answer(429, ""), answer(200, ""), answer(302, "", "Location", "https://evil.test/"))
	c, clock := newTestClient(t, server.URL, nil)
	hr, err := http.NewRequest(http.MethodPut, server.URL, strings.NewReader("a=b"))
	require.NoError(t, err)
	hr.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := c.HTTPClient(Request{}).Do(hr)
	require.NoError(t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	assert.Equal(t, `{"ok":true}`, string(body))
	assert.Equal(t, "200 OK", resp.Status)
	assert.Empty(t, resp.Header.Get("Content-Encoding"))
	assert.Len(t, clock.slept, 1)
	resp, err = c.HTTPClient(Request{RefusedStatus: []int{429}}).PostForm(server.URL, url.Values{"a": {"b"}})
	require.NoError(t, err)
	assert.Equal(t, 200, resp.StatusCode, "what net/http has no words for holds too")
	_, err = c.HTTPClient(Request{}).Get(server.URL)
	var e *Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, KindOrigin, e.Kind)
}

func TestConfigurationsThatMakeNoSenseAreRefused(t *testing.T) {
	base := Config{Origins: []string{"https://erp.test"}}
	for name, tc := range map[string]struct {
		change func(*Config)
		want   string
	}{
		"no origin":                 {func(c *Config) { c.Origins = nil }, "no origin given"},
		"a relative origin":         {func(c *Config) { c.Origins = []string{"erp.test"} }, "must be absolute"},
		"an origin with password":   {func(c *Config) { c.Origins = []string{"https://u:p@h"} }, "must not contain user name or password"},
		"an origin that is no URL":  {func(c *Config) { c.Origins = []string{"https://h:x"} }, "not a readable URL"},
		"a negative timeout":        {func(c *Config) { c.Timeout = -1 }, "timeout must not be negative"},
		"a negative budget":         {func(c *Config) { c.Retry.MaxAttempts = -1 }, "retry.maxAttempts must not be negative"},
		"negative connections":      {func(c *Config) { c.MaxConnections = -3 }, "maxConnections must not be negative, got -3"},
		"a user agent of two lines": {func(c *Config) { c.UserAgent = "a\r\nb" }, "line breaks"},
		"a transport and TLS": {func(c *Config) {
			c.Transport, c.TLS.ServerCert = http.DefaultTransport, "*"
		}, "cannot be combined with a transport"},
		"a transport and a proxy": {func(c *Config) {
			c.Transport, c.Proxy.Mode = http.DefaultTransport, ProxyEnvironment
		}, "cannot be combined with a transport"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := base
			tc.change(&cfg)
			_, err := New(cfg)
			require.ErrorContains(t, err, tc.want)
		})
	}
}

func TestTheSystemClockSleepsUntilTheContextEnds(t *testing.T) {
	require.ErrorIs(t, systemClock{}.Sleep(canceled(), time.Hour), context.Canceled)
	require.NoError(t, systemClock{}.Sleep(context.Background(), 0))
}

func TestRequestIDs(t *testing.T) {
	for _, tc := range []struct {
		name string
		h    http.Header
		want string
	}{
		{"none", http.Header{}, ""},
		{"the usual one first", http.Header{"X-Request-Id": {"a"}, "X-Correlation-Id": {"b"}}, "a"},
		{"one that could break a log is passed over", http.Header{"X-Request-Id": {"a b"}, "X-Correlation-Id": {"b"}}, "b"},
		{"one that is too long is passed over", http.Header{"Request-Id": {strings.Repeat("x", 129)}}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) { assert.Equal(t, tc.want, requestID(tc.h)) })
	}
}
