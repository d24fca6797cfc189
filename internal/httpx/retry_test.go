package httpx

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/cookiejar"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const second = time.Second

func TestAnswersAndFailuresAreRepeatedWithinTheBudget(t *testing.T) {
	ok := answer(200, "fine")
	served := epoch.Add(-time.Hour) // the server's clock is an hour behind
	date := served.Format(http.TimeFormat)
	flipped := zipped("the checksum of this is wrong")
	flipped[len(flipped)-6] ^= 1
	whole := zipped("this is cut")
	cases := []struct {
		name     string
		method   string
		idem     Idempotency
		accept   []int
		refused  []int
		retry    Retry
		steps    []http.HandlerFunc
		status   int
		kind     Kind
		sent     bool
		attempts int
		slept    []time.Duration
	}{
		{name: "429 with seconds, then 200", steps: []http.HandlerFunc{answer(429, "", "Retry-After", "7"), ok},
			status: 200, attempts: 2, slept: []time.Duration{7 * second}},
		{name: "429 with a date measured against the answer's own Date", steps: []http.HandlerFunc{answer(429, "", "Date", date, "Retry-After", served.Add(9*second).Format(http.TimeFormat)), ok},
			status: 200, attempts: 2, slept: []time.Duration{9 * second}},
		{name: "a date in the past means at once", steps: []http.HandlerFunc{answer(503, "", "Date", date, "Retry-After", served.Add(-time.Hour).Format(http.TimeFormat)), ok},
			status: 200, attempts: 2, slept: []time.Duration{0}},
		{name: "an unreadable Retry-After falls to back-off", steps: []http.HandlerFunc{answer(503, "", "Retry-After", "soon"), ok},
			status: 200, attempts: 2, slept: []time.Duration{200 * time.Millisecond}},
		{name: "503, 502, 504 then 200 back off exponentially", steps: []http.HandlerFunc{answer(503, ""), answer(502, ""), answer(504, ""), ok},
			status: 200, attempts: 4, slept: []time.Duration{200 * time.Millisecond, 400 * time.Millisecond, 800 * time.Millisecond}},
		{name: "408 is repeated", steps: []http.HandlerFunc{answer(408, ""), ok}, status: 200, attempts: 2, slept: []time.Duration{200 * time.Millisecond}},
		{name: "the last answer is returned when attempts run out", retry: Retry{MaxAttempts: 2}, steps: []http.HandlerFunc{answer(503, "a"), answer(503, "b")},
			status: 503, attempts: 2, slept: []time.Duration{200 * time.Millisecond}},
		{name: "one attempt means no repetition", retry: Retry{MaxAttempts: 1}, steps: []http.HandlerFunc{answer(503, "")}, status: 503, attempts: 1},
		{name: "a Retry-After beyond the budget returns the answer at once", steps: []http.HandlerFunc{answer(429, "", "Retry-After", "61")}, status: 429, attempts: 1},
		{name: "elapsed time counts against the budget", retry: Retry{MaxElapsed: 10 * second}, steps: []http.HandlerFunc{answer(429, "", "Retry-After", "6"), answer(429, "", "Retry-After", "6")},
			status: 429, attempts: 2, slept: []time.Duration{6 * second}},
		{name: "500 is an answer", steps: []http.HandlerFunc{answer(500, "")}, status: 500, attempts: 1},
		{name: "404 is an answer", steps: []http.HandlerFunc{answer(404, "")}, status: 404, attempts: 1},
		{name: "an accepted status is an answer", accept: []int{503}, steps: []http.HandlerFunc{answer(503, "")}, status: 503, attempts: 1},
		{name: "502 on POST is not repeated", method: "POST", steps: []http.HandlerFunc{answer(502, "")}, status: 502, attempts: 1},
		{name: "429 on POST is not repeated", method: "POST", steps: []http.HandlerFunc{answer(429, "", "Retry-After", "1")}, status: 429, attempts: 1},
		{name: "429 on POST whose server has done nothing is repeated", method: "POST", refused: []int{429}, steps: []http.HandlerFunc{answer(429, "", "Retry-After", "3"), ok},
			status: 200, attempts: 2, slept: []time.Duration{3 * second}},
		{name: "another status on such a POST is not", method: "POST", refused: []int{429}, steps: []http.HandlerFunc{answer(502, "")}, status: 502, attempts: 1},
		{name: "500 is an answer whatever the server means by it", method: "POST", refused: []int{500}, steps: []http.HandlerFunc{answer(500, "")}, status: 500, attempts: 1},
		{name: "502 on POST that only reads is repeated", method: "POST", idem: IdempotentAlways, steps: []http.HandlerFunc{answer(502, ""), ok},
			status: 200, attempts: 2, slept: []time.Duration{200 * time.Millisecond}},
		{name: "502 on PUT that creates is not repeated", method: "PUT", idem: IdempotentNever, steps: []http.HandlerFunc{answer(502, "")}, status: 502, attempts: 1},
		{name: "a reset in the body, then 200", steps: []http.HandlerFunc{raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", true), ok},
			status: 200, attempts: 2, slept: []time.Duration{200 * time.Millisecond}},
		{name: "a body shorter than its length, then 200", steps: []http.HandlerFunc{raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", false), ok},
			status: 200, attempts: 2, slept: []time.Duration{200 * time.Millisecond}},
		{name: "a chunked body without its end, then 200", steps: []http.HandlerFunc{raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", false), ok},
			status: 200, attempts: 2, slept: []time.Duration{200 * time.Millisecond}},
		{name: "a wrong gzip checksum, then 200", steps: []http.HandlerFunc{gzipAnswer(flipped), ok}, status: 200, attempts: 2, slept: []time.Duration{200 * time.Millisecond}},
		{name: "a gzip stream cut short, then 200", steps: []http.HandlerFunc{gzipAnswer(whole[:len(whole)-9]), ok}, status: 200, attempts: 2, slept: []time.Duration{200 * time.Millisecond}},
		{name: "text that claims to be gzip stays a damaged answer", retry: Retry{MaxAttempts: 2}, steps: []http.HandlerFunc{gzipAnswer([]byte("<html>")), gzipAnswer([]byte("<html>"))},
			kind: KindTruncated, sent: true, attempts: 2, slept: []time.Duration{200 * time.Millisecond}},
		{name: "a truncated answer to POST is not repeated", method: "POST", steps: []http.HandlerFunc{raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", false)},
			kind: KindTruncated, sent: true, attempts: 1},
		{name: "a connection closed instead of an answer, then 200", steps: []http.HandlerFunc{raw("", false), ok}, status: 200, attempts: 2, slept: []time.Duration{200 * time.Millisecond}},
		{name: "a POST that was sent and lost is not repeated", method: "POST", steps: []http.HandlerFunc{raw("", true)}, kind: KindLost, sent: true, attempts: 1},
		{name: "what is not HTTP is not repeated", steps: []http.HandlerFunc{raw("SSH-2.0-OpenSSH\r\n\r\n", false)}, kind: KindProtocol, sent: true, attempts: 1},
		{name: "an encoding nobody asked for is refused", steps: []http.HandlerFunc{answer(200, "x", "Content-Encoding", "br")}, kind: KindProtocol, sent: true, attempts: 1},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			server := script(t, tc.steps...)
			c, clock := newTestClient(t, server.URL, func(cfg *Config) { cfg.Retry = tc.retry })
			stats := &Stats{}
			req := &Request{Method: tc.method, URL: server.URL + "/x", Idempotent: tc.idem, AcceptStatus: tc.accept, RefusedStatus: tc.refused, Stats: stats}
			if tc.method != "" {
				req.Body = []byte(`{"a":1}`)
			}
			resp, err := c.Do(context.Background(), req)
			assert.Equal(t, tc.slept, clock.slept)
			assert.EqualValues(t, tc.attempts, stats.Requests.Load())
			assert.EqualValues(t, tc.attempts-1, stats.Retries.Load())
			if tc.kind != 0 {
				var e *Error
				require.ErrorAs(t, err, &e)
				assert.Equal(t, tc.kind, e.Kind, e.Error())
				assert.Equal(t, tc.sent, e.Sent)
				assert.Equal(t, tc.attempts, e.Attempts)
				return
			}
			require.NoError(t, err)
			defer resp.Release()
			assert.Equal(t, tc.status, resp.Status)
			assert.Equal(t, tc.attempts, resp.Attempts)
			if tc.status == 200 {
				assert.Equal(t, "fine", string(resp.Body))
			}
		})
	}
}

func TestNonIdempotentRequestsAreRepeatedOnlyWhenNothingWasSent(t *testing.T) {
	post := func(url string) *Request { return &Request{Method: "POST", URL: url, Body: []byte("x")} }

	t.Run("a refused connection is tried again, cookies or not", func(t *testing.T) {
		jar, err := cookiejar.New(nil)
		require.NoError(t, err)
		server := script(t, answer(201, "made"))
		var dials atomic.Int32
		c, _ := newTestClient(t, server.URL, func(cfg *Config) {
			cfg.Jar = jar
			cfg.Transport = &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
				if dials.Add(1) == 1 {
					return nil, errors.New("refused")
				}
				return (&net.Dialer{}).DialContext(ctx, network, addr)
			}, DisableKeepAlives: true}
		})
		resp, err := c.Do(context.Background(), post(server.URL))
		require.NoError(t, err)
		assert.Equal(t, 2, resp.Attempts)
		assert.Equal(t, 201, resp.Status)
	})
	t.Run("no listener ends as connect error that says nothing was sent", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		url := "http://" + l.Addr().String()
		require.NoError(t, l.Close())
		c, _ := newTestClient(t, url, nil)
		_, err = c.Do(context.Background(), post(url))
		var e *Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, KindConnect, e.Kind)
		assert.False(t, e.Sent)
		assert.Equal(t, DefaultMaxAttempts, e.Attempts)
	})
	t.Run("a transport that tells nothing proves nothing", func(t *testing.T) {
		var calls int
		c, _ := newTestClient(t, "http://erp.test", func(cfg *Config) {
			cfg.Transport = roundTrip(func(*http.Request) (*http.Response, error) { calls++; return nil, io.ErrUnexpectedEOF })
		})
		_, err := c.Do(context.Background(), post("http://erp.test/"))
		var e *Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, 1, calls)
		assert.True(t, e.Sent)
	})
	t.Run("an unknown host is not tried again even by GET", func(t *testing.T) {
		var calls int
		c, _ := newTestClient(t, "http://erp.test", func(cfg *Config) {
			cfg.Transport = &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
				calls++
				return nil, &net.DNSError{Err: "no such host", Name: "erp.test", IsNotFound: true}
			}}
		})
		_, err := c.Do(context.Background(), &Request{URL: "http://erp.test/"})
		var e *Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, KindConnect, e.Kind)
		assert.Equal(t, 1, calls)
	})
}

func TestABodyThatIsGoodOnceIsMadeAnewForEachAttempt(t *testing.T) {
	var got []string
	read := func(next http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			got = append(got, r.Header.Get("Content-Length")) // script has read the body
			next(w, r)
		}
	}
	server := script(t, read(answer(503, "")), read(answer(503, "")), read(answer(200, "")))
	c, _ := newTestClient(t, server.URL, nil)
	n := 0
	req := &Request{Method: "POST", URL: server.URL, Idempotent: IdempotentAlways, Body: []byte("1"), Renew: func(context.Context) ([]byte, error) {
		n++
		return bytes.Repeat([]byte("1"), 1+n), nil
	}}
	_, err := c.Do(t.Context(), req)
	require.NoError(t, err)
	assert.Equal(t, []string{"1", "2", "3"}, got)
	assert.Equal(t, "1", string(req.Body), "the request is the caller's")

	failing := script(t, answer(503, ""))
	c, _ = newTestClient(t, failing.URL, nil)
	noKey := errors.New("no key")
	_, err = c.Do(t.Context(), &Request{Method: "POST", URL: failing.URL, Idempotent: IdempotentAlways, Renew: func(context.Context) ([]byte, error) { return nil, noKey }})
	var e *Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, KindAuth, e.Kind)
	require.ErrorIs(t, err, noKey)
}

func TestBackOffStaysBelowItsCeiling(t *testing.T) {
	c, _ := newTestClient(t, "http://erp.test", func(cfg *Config) { cfg.Retry = Retry{BaseDelay: second, MaxDelay: 5 * second} })
	for tries, want := range map[int]time.Duration{1: second, 2: 2 * second, 3: 4 * second, 4: 5 * second, 40: 5 * second, 400: 5 * second} {
		k := &call{client: c, tries: tries}
		assert.Equal(t, want, k.backoff(), "before repetition %d", tries)
	}
	c.random = func() float64 { return 0 }
	assert.Zero(t, (&call{client: c, tries: 3}).backoff())
}

func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"", "0", "120", " 5 ", "-1", "+1", "1.5", "99999999999999999999", "Sun, 01 Mar 2026 12:00:30 GMT", "Sunday, 01-Mar-26 12:00:30 GMT", "soon", "5, 6"} {
		f.Add(s, "")
		f.Add(s, "Sun, 01 Mar 2026 12:00:00 GMT")
	}
	f.Fuzz(func(t *testing.T, value, date string) {
		h := http.Header{"Retry-After": {value}, "Date": {date}}
		d, ok := parseRetryAfter(h, epoch)
		if d < 0 || !ok && d != 0 {
			t.Fatalf("%q gave %v, %v", value, d, ok)
		}
		// strconv is the oracle for what it takes and RFC 9110 allows.
		trimmed := string(bytes.TrimSpace([]byte(value)))
		if n, err := strconv.ParseUint(trimmed, 10, 32); err == nil && trimmed[0] != '+' {
			if want := time.Duration(n) * time.Second; !ok || d != want {
				t.Fatalf("%q gave %v, %v, want %v", value, d, ok, want)
			}
		}
		if _, err := strconv.ParseInt(trimmed, 10, 64); err != nil && !errors.Is(err, strconv.ErrRange) && ok {
			if _, err := http.ParseTime(trimmed); err != nil {
				t.Fatalf("%q is neither seconds nor a date, yet gave %v", value, d)
			}
		}
	})
}

func TestSecondsTooLargeForADurationAreBeyondAnyBudget(t *testing.T) {
	d, ok := parseRetryAfter(http.Header{"Retry-After": {"99999999999999999999999"}}, epoch)
	require.True(t, ok)
	assert.Greater(t, d, time.Duration(math.MaxInt64)-2*time.Second)
}
