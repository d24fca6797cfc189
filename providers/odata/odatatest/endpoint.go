package odatatest

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Endpoint is a handler that listens. It stands in for httptest.Server, which
// a program that is no test should not link: it registers a flag.
type Endpoint struct {
	URL  string // http://host:port
	http *http.Server
	done chan struct{}
}

// Listen serves h at host:port until Close; port 0 picks a free one.
func Listen(address string, h http.Handler) (*Endpoint, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	e := &Endpoint{URL: "http://" + l.Addr().String(), done: make(chan struct{}),
		http: &http.Server{Handler: h, ReadHeaderTimeout: 30 * time.Second}}
	go func() {
		defer close(e.done)
		_ = e.http.Serve(l) // ends with ErrServerClosed
	}()
	return e, nil
}

// Close stops listening and breaks the connections that are left.
func (e *Endpoint) Close() {
	_ = e.http.Close() // nothing to do about a socket that will not close
	<-e.done
}

// held is an answer kept back, to be spoilt before it is sent.
type held struct {
	status int
	head   http.Header
	body   bytes.Buffer
}

func (h *held) Header() http.Header { return h.head }

func (h *held) WriteHeader(status int) {
	if h.status == 0 {
		h.status = status
	}
}

func (h *held) Write(b []byte) (int, error) {
	h.WriteHeader(http.StatusOK)
	return h.body.Write(b)
}
