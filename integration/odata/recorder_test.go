package odata_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// recorder passes requests on to the server and remembers them, so that a failing comparison can say what was asked.
type recorder struct {
	name  string
	url   string // service root of the recorder
	front *httptest.Server

	mu       sync.Mutex
	requests []request
}

type request struct {
	line   string
	status int
	bytes  int64
}

func newRecorder(name, target string) (*recorder, error) {
	u, err := url.Parse(target)
	if err != nil {
		return nil, err
	}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("%s is %q: want a server on loopback", urlVariable, target)
	}
	back := &url.URL{Scheme: u.Scheme, Host: u.Host}
	r := &recorder{name: name}
	proxy := &httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) {
		p.SetURL(back)
		p.Out.Host = p.In.Host // next links must lead back here
	}}
	r.front = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, in *http.Request) {
		counted := &countingWriter{ResponseWriter: w, status: http.StatusOK}
		// What a scan left behind it when it was cancelled is remembered too.
		defer func() {
			line, err := url.PathUnescape(in.URL.RequestURI())
			if err != nil {
				line = in.URL.RequestURI()
			}
			r.mu.Lock()
			defer r.mu.Unlock()
			r.requests = append(r.requests, request{line: in.Method + " " + line, status: counted.status, bytes: counted.bytes})
		}()
		proxy.ServeHTTP(counted, in)
	}))
	r.url = r.front.URL + u.EscapedPath()
	return r, nil
}

func (r *recorder) close() { r.front.Close() }

// take gives the requests since the last call.
func (r *recorder) take() []request {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := r.requests
	r.requests = nil
	return out
}

// explain adds to a failing test what was asked of the server.
func (r *recorder) explain(t *testing.T) {
	t.Helper()
	requests := r.take()
	if !t.Failed() {
		return
	}
	for i, q := range requests {
		if i == 12 {
			t.Logf("… and %d requests more", len(requests)-i)
			return
		}
		t.Logf("%d %6d bytes %s", q.status, q.bytes, strings.TrimSpace(q.line))
	}
}

type countingWriter struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (w *countingWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *countingWriter) Write(p []byte) (int, error) {
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

func (w *countingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
