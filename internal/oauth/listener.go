package oauth

import (
	"cmp"
	"context"
	"crypto/subtle"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"time"
)

const (
	// maxRedirectHeader leaves room for the cookies that other programs on
	// localhost have set: a browser sends them to every port.
	maxRedirectHeader = 64 << 10
	redirectReadTime  = 10 * time.Second
	redirectWriteTime = 5 * time.Second
)

// listener waits on the callback for the browser that comes back from the
// provider. It takes one redirect, tells the user how it went, and ends.
type listener struct {
	callback callback
	state    string
	server   *http.Server
	serving  sync.WaitGroup // the loops that accept
	conns    sync.WaitGroup

	redirects chan url.Values // what the provider sent, once
	taken     sync.Once
	decided   chan struct{} // closed when outcome is set
	outcome   error
	answered  chan struct{} // closed when the browser has its page
	closed    chan struct{}
}

// listen opens the callback's port. Whoever gets a listener closes it.
func listen(ctx context.Context, cb callback, state string) (*listener, error) {
	sockets, err := openLoopback(ctx, cb)
	if err != nil {
		return nil, err
	}
	l := &listener{
		callback: cb, state: state,
		redirects: make(chan url.Values, 1),
		decided:   make(chan struct{}), answered: make(chan struct{}), closed: make(chan struct{}),
	}
	l.server = &http.Server{
		Handler:           l,
		ReadHeaderTimeout: redirectReadTime,
		ReadTimeout:       redirectReadTime,
		MaxHeaderBytes:    maxRedirectHeader,
		ErrorLog:          log.New(io.Discard, "", 0),
		ConnState:         l.count,
	}
	l.server.SetKeepAlivesEnabled(false)
	for _, s := range sockets {
		l.serving.Go(func() { _ = l.server.Serve(s) })
	}
	return l, nil
}

// openLoopback listens on every address of the callback. A machine may lack a
// family, and localhost is then the other alone. A port that someone else holds
// in one family is refused, though: the browser might go there with the code.
func openLoopback(ctx context.Context, cb callback) ([]net.Listener, error) {
	var open []net.Listener
	var taken, missing error
	for _, addr := range cb.addresses() {
		s, err := listenOn(ctx, addr)
		switch {
		case err == nil:
			open = append(open, s)
		case isFamilyMissing(ctx, addr):
			missing = err
		default:
			taken = err
		}
	}
	if taken == nil && len(open) > 0 {
		return open, nil
	}
	for _, s := range open {
		_ = s.Close()
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	cause := cmp.Or(taken, missing)
	return nil, &Error{
		Reason:  ReasonProperty,
		Message: fmt.Sprintf("cannot wait for the browser on port %s of %s, where CallbackURL sends it: %v", cb.port, cb.host, cause),
		Advice: "another program, or another sign-in, may hold the port: end it, or set CallbackURL to an address " +
			"with another port that is registered for the application",
		Retryable: true,
		Err:       cause,
	}
}

func listenOn(ctx context.Context, addr netip.AddrPort) (net.Listener, error) {
	var conf net.ListenConfig
	network := "tcp4"
	if addr.Addr().Is6() {
		network = "tcp6"
	}
	return conf.Listen(ctx, network, addr.String())
}

// isFamilyMissing tells a machine without the address from one whose port is
// taken: it then has no free port there either.
func isFamilyMissing(ctx context.Context, addr netip.AddrPort) bool {
	s, err := listenOn(ctx, netip.AddrPortFrom(addr.Addr(), 0))
	if err != nil {
		return true
	}
	_ = s.Close()
	return false
}

func (l *listener) count(_ net.Conn, s http.ConnState) {
	switch s {
	case http.StateNew:
		l.conns.Add(1)
	case http.StateClosed:
		l.conns.Done()
	}
}

// ServeHTTP answers the browser, and anyone else who comes to the port: only a
// request that knows the state is taken for the provider's.
func (l *listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case !l.callback.named(r.Host):
		pageStray.write(w, http.StatusMisdirectedRequest)
	case r.URL.Path != l.callback.path:
		pageNotFound.write(w, http.StatusNotFound)
	case r.Method != http.MethodGet:
		w.Header().Set("Allow", http.MethodGet)
		pageStray.write(w, http.StatusMethodNotAllowed)
	default:
		l.redirected(w, r)
	}
}

func (l *listener) redirected(w http.ResponseWriter, r *http.Request) {
	sent, err := url.ParseQuery(r.URL.RawQuery)
	// A parameter that comes twice is an error (RFC 6749, section 3.1).
	if err != nil || len(sent["state"]) != 1 || len(sent["code"]) > 1 ||
		subtle.ConstantTimeCompare([]byte(sent["state"][0]), []byte(l.state)) != 1 {
		pageStray.write(w, http.StatusBadRequest)
		return
	}
	first := false
	l.taken.Do(func() { first = true })
	if !first {
		pageTaken.write(w, http.StatusGone)
		return
	}
	defer close(l.answered)
	l.redirects <- sent
	select {
	case <-l.decided:
	case <-l.closed:
		pageFailed.write(w, http.StatusServiceUnavailable)
		return
	}
	if l.outcome != nil {
		pageFailed.write(w, http.StatusBadRequest)
		return
	}
	pageDone.write(w, http.StatusOK)
}

// wait returns the parameters of the provider's redirect. The browser waits for
// its page until finish.
func (l *listener) wait(ctx context.Context) (url.Values, error) {
	select {
	case sent := <-l.redirects:
		return sent, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// finish shows the user, after wait has returned a redirect, whether the sign-in
// succeeded. It returns once the page has been sent.
func (l *listener) finish(outcome error) {
	l.outcome = outcome
	close(l.decided)
	<-l.answered
}

// close gives the port back. Nothing of the listener runs any more when it
// returns.
func (l *listener) close() {
	close(l.closed)
	l.taken.Do(func() { close(l.answered) })
	<-l.answered
	_ = l.server.Close()
	l.serving.Wait()
	_ = l.server.Close() // whom the last accept let in
	l.conns.Wait()
}
