package odatatest

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Fault spoils one answer. With a Status it replaces the answer; else the true
// answer is made and then delayed, cut or lost.
type Fault struct {
	Status int
	Header http.Header
	Body   string
	Delay  time.Duration
	// Drop closes the connection without any answer.
	Drop bool
	// ResetAfter sends the head and this many bytes of the body, then resets
	// the connection.
	ResetAfter int
	// TruncateAfter ends the body cleanly after this many bytes, so that only
	// its syntax shows the loss.
	TruncateAfter int
}

// Request is one recorded request, its secrets removed.
type Request struct {
	N      int // from 1
	Method string
	Path   string // as sent, still escaped
	Query  string // as sent, still escaped
	Header http.Header
}

// Line is the request line as sent, without the protocol.
func (r Request) Line() string {
	if r.Query == "" {
		return r.Method + " " + r.Path
	}
	return r.Method + " " + r.Path + "?" + r.Query
}

// maxRecorded bounds the memory of a long-running server; counters go on.
const maxRecorded = 20000

// Recorder counts requests, and delays and spoils them as the options say.
type Recorder struct {
	next http.Handler
	cfg  config

	mu       sync.Mutex
	total    int // since start: numbers faults
	count    int // since ResetCounters
	paths    map[string]int
	requests []Request
}

// Wrap puts a Recorder before any handler; of the options it heeds
// WithLatency and WithFault.
func Wrap(next http.Handler, opts ...Option) *Recorder {
	return &Recorder{next: next, cfg: buildConfig(opts), paths: map[string]int{}}
}

var secretHeaders = []string{"Authorization", "Proxy-Authorization", "Cookie", "Password", "X-Api-Key", "Ocp-Apim-Subscription-Key"}

func (c *Recorder) record(r *http.Request) int {
	head := r.Header.Clone()
	for _, name := range secretHeaders {
		if head.Get(name) != "" {
			head.Set(name, "***")
		}
	}
	parts := strings.Split(r.URL.RawQuery, "&")
	for i, p := range parts {
		if name, _, ok := strings.Cut(p, "="); ok && strings.EqualFold(name, "api-key") {
			parts[i] = name + "=***"
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.total++
	c.count++
	c.paths[r.URL.Path]++
	if len(c.requests) < maxRecorded {
		c.requests = append(c.requests, Request{N: c.total, Method: r.Method, Path: r.URL.EscapedPath(), Query: strings.Join(parts, "&"), Header: head})
	}
	return c.total
}

type requestNumber struct{}

// RequestNumber is the number that the Recorder gave to the request, 0 if
// there is none before this handler.
func RequestNumber(r *http.Request) int {
	n, _ := r.Context().Value(requestNumber{}).(int)
	return n
}

// ServeHTTP records, delays, spoils and passes on.
func (c *Recorder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := c.record(r)
	r = r.WithContext(context.WithValue(r.Context(), requestNumber{}, n))
	if c.cfg.latency > 0 && pause(r.Context(), c.cfg.latency) != nil {
		return
	}
	var f *Fault
	if c.cfg.fault != nil {
		f = c.cfg.fault(r, n)
	}
	if f == nil {
		c.next.ServeHTTP(w, r)
		return
	}
	if f.Delay > 0 && pause(r.Context(), f.Delay) != nil {
		return
	}
	f.apply(w, r, c.next)
}

func (f *Fault) apply(w http.ResponseWriter, r *http.Request, next http.Handler) {
	if f.Drop {
		cut(w, nil)
		return
	}
	rec := &held{head: http.Header{}}
	if f.Status != 0 {
		for k, v := range f.Header {
			rec.Header()[k] = v
		}
		rec.WriteHeader(f.Status)
		rec.body.WriteString(f.Body)
	} else {
		if f.TruncateAfter > 0 { // a cut gzip stream would be noticed before the syntax of what it holds
			r = r.Clone(r.Context())
			r.Header.Del("Accept-Encoding")
		}
		next.ServeHTTP(rec, r)
		for k, v := range f.Header {
			rec.Header()[k] = v
		}
	}
	rec.WriteHeader(http.StatusOK) // a handler that wrote nothing has answered 200
	body := rec.body.Bytes()
	if f.ResetAfter > 0 {
		var b bytes.Buffer
		b.WriteString("HTTP/1.1 " + strconv.Itoa(rec.status) + " " + http.StatusText(rec.status) + "\r\n")
		rec.Header().Set("Content-Length", strconv.Itoa(len(body)+1))
		_ = rec.Header().Write(&b) // a bytes.Buffer does not fail
		b.WriteString("\r\n")
		b.Write(body[:min(f.ResetAfter, len(body))])
		cut(w, b.Bytes())
		return
	}
	if f.TruncateAfter > 0 {
		body = body[:min(f.TruncateAfter, len(body))]
	}
	for k, v := range rec.Header() {
		w.Header()[k] = v
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(rec.status)
	_, _ = w.Write(body) // the client may have gone
}

// cut writes the bytes to the connection and resets it.
func cut(w http.ResponseWriter, b []byte) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // HTTP/2 has no connection to take: abort the stream
	}
	_, _ = conn.Write(b)
	if len(b) > 0 {
		time.Sleep(20 * time.Millisecond) // let the client read what was sent before the reset discards it
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// Requests returns the requests since the last ResetCounters.
func (c *Recorder) Requests() []Request {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.requests)
}

// Count returns how many requests came since the last ResetCounters.
func (c *Recorder) Count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.count
}

// CountPath returns how many of them had this path (unescaped, without query).
func (c *Recorder) CountPath(path string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.paths[path]
}

// ResetCounters forgets the recorded requests.
func (c *Recorder) ResetCounters() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count, c.requests, c.paths = 0, nil, map[string]int{}
}

// Server is a Handler on a loopback port.
type Server struct {
	*Recorder
	*Handler
	URL      string // address of the service root, without a slash at its end
	endpoint *Endpoint
}

// NewServer starts a service on a loopback port; it panics if the schema is
// wrong or no port can be had, as httptest.NewServer does. Close it when done.
func NewServer(v Version, s *Schema, opts ...Option) *Server {
	g := buildConfig(opts)
	d, err := NewData(s, g.collation)
	if err != nil {
		panic("odatatest: " + err.Error())
	}
	h := newHandler(v, d, g)
	rec := Wrap(h, opts...)
	e, err := Listen("127.0.0.1:0", rec)
	if err != nil {
		panic("odatatest: " + err.Error())
	}
	return &Server{Recorder: rec, Handler: h, URL: e.URL + g.base, endpoint: e}
}

// ServeHTTP is the Recorder's.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.Recorder.ServeHTTP(w, r) }

// Close stops the server.
func (s *Server) Close() { s.endpoint.Close() }
