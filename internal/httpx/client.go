package httpx

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"sync/atomic"
	"time"
)

// Client sends requests to the configured origins. It is safe for concurrent
// use, starts nothing by itself, and opens connections only when asked to send.
type Client struct {
	cfg       Config
	origins   map[origin]bool
	base      http.RoundTripper
	closeIdle func()
	limiter   *limiter
	bodies    bodyPool
	random    func() float64
	closed    atomic.Bool
}

// New checks cfg and makes a Client of it. It reads the certificate file that
// TLS.ServerCert may name; it sends nothing.
func New(cfg Config) (*Client, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("http client: %w", err)
	}
	origins, err := parseOrigins(cfg.Origins)
	if err != nil {
		return nil, fmt.Errorf("http client: %w", err)
	}
	c := &Client{
		cfg: cfg, origins: origins, base: cfg.Transport, closeIdle: func() {},
		limiter: newLimiter(cfg.MaxConnections), random: rand.Float64,
	}
	if c.base == nil {
		t, err := newTransport(cfg, origins)
		if err != nil {
			return nil, fmt.Errorf("http client: %w", err)
		}
		c.base, c.closeIdle = t, t.CloseIdleConnections
	}
	if cfg.Challenged == nil {
		return c, nil
	}
	if c.base, err = cfg.Challenged(c.base); err != nil {
		return nil, fmt.Errorf("http client: %w", err)
	}
	if layer, ok := c.base.(interface{ CloseIdleConnections() }); ok {
		beneath := c.closeIdle
		c.closeIdle = func() { layer.CloseIdleConnections(); beneath() }
	}
	return c, nil
}

// Close closes idle connections and refuses further requests; those in flight
// go on. A Transport given in Config is left alone.
func (c *Client) Close() error {
	c.closed.Store(true)
	c.closeIdle()
	return nil
}

// Format prints the configuration without secrets, whatever the verb.
func (c *Client) Format(f fmt.State, verb rune) { c.cfg.Format(f, verb) }

// Do sends a request and returns the whole answer, whatever its status. What
// may be repeated is repeated within the budget: idempotent requests after
// 408, 429, 502, 503, 504, lost connections and damaged bodies, all requests
// when nothing was sent. After the last attempt the last answer or failure is
// returned. A failure is always an *Error.
func (c *Client) Do(ctx context.Context, req *Request) (*Response, error) {
	k, e := c.newCall(req)
	if e != nil {
		return nil, k.finish(e)
	}
	for {
		resp, e := k.attempt(ctx)
		if e == nil && k.refreshable(resp.Status) {
			var again bool
			if again, e = k.refresh(ctx, resp); again {
				resp.Release()
				continue
			}
		}
		var delay time.Duration
		var again bool
		if e == nil {
			if delay, again = k.afterStatus(ctx, resp); !again {
				return resp, nil
			}
		} else if delay, again = k.afterError(ctx, e); !again {
			resp.Release()
			return nil, k.finish(e)
		}
		resp.Release()
		if err := c.cfg.Clock.Sleep(ctx, delay); err != nil {
			return nil, k.finish(endedBy(ctx, err))
		}
	}
}

// call is one Do on its way.
type call struct {
	client     *Client
	req        *Request
	method     string
	url        *url.URL
	shown      string // url, redacted
	body       []byte // of this attempt
	idempotent bool

	attempts  int       // requests sent
	tries     int       // attempts charged to the retry budget
	started   time.Time // of the first attempt
	refreshed bool
}

func (c *Client) newCall(req *Request) (*call, *Error) {
	k := &call{client: c, req: req, method: req.method(), shown: RedactURL(req.URL), body: req.Body, idempotent: req.idempotent()}
	if c.closed.Load() {
		return k, &Error{Kind: KindClosed}
	}
	u, err := url.Parse(req.URL)
	if err != nil {
		return k, &Error{Kind: KindInvalid, Err: errUnreadableURL}
	}
	// Credentials come from the Authorizer, never from a link.
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	k.url = u
	return k, c.checkOrigin(u)
}

// finish completes an Error with what the call knows.
func (k *call) finish(e *Error) *Error {
	e.Method, e.URL, e.Attempts = k.method, k.shown, k.attempts
	return e
}

// refreshable says whether the Authorizer is to see an answer of this status.
func (k *call) refreshable(status int) bool {
	return !k.req.NoAuth && (status == http.StatusUnauthorized || k.idempotent && slices.Contains(k.client.cfg.RefreshStatus, status))
}

// refresh lets the Authorizer look at a refusal, once. No slot is held meanwhile,
// since it may well send requests of its own through this Client.
func (k *call) refresh(ctx context.Context, resp *Response) (bool, *Error) {
	r, ok := k.client.cfg.Authorizer.(Refresher)
	if !ok || k.refreshed {
		return false, nil
	}
	k.refreshed = true
	again, err := r.Refresh(ctx, resp)
	if err != nil {
		if ctx.Err() != nil {
			return false, endedBy(ctx, err)
		}
		return false, &Error{Kind: KindAuth, Err: err}
	}
	if again {
		k.tries-- // the refused attempt is not charged
	}
	return again, nil
}

// endedBy makes the Error of a context that is done; err is what was seen.
func endedBy(ctx context.Context, err error) *Error {
	kind := KindCanceled
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		kind = KindTimeout
	}
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, ctx.Err()) {
		return &Error{Kind: kind, Err: fmt.Errorf("%w: %w", ctx.Err(), cause)}
	}
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return &Error{Kind: kind, Err: err}
}
