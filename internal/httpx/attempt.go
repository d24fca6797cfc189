package httpx

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
)

const maxRedirects = 10

// attempt sends the request once, redirects included, and reads the answer.
func (k *call) attempt(ctx context.Context) (*Response, *Error) {
	c := k.client
	hr, e := k.build(ctx)
	if e != nil {
		return nil, e
	}
	s, err := c.limiter.acquire(ctx)
	if err != nil {
		return nil, endedBy(ctx, err)
	}
	load := verdictNone
	defer func() { s.release(load) }()

	start := c.cfg.Clock.Now()
	if k.attempts == 0 {
		k.started = start
	}
	k.attempts++
	k.tries++
	a := Attempt{Method: k.method, URL: k.shown, Number: k.attempts, BodyBytes: len(k.body)}
	octx := k.observe(ctx, a, hr)

	actx, cancel := context.WithCancelCause(octx)
	defer cancel(nil)
	stop := c.cfg.Clock.AfterFunc(c.cfg.Timeout, func() { cancel(errAttemptTimeout) })
	defer stop()
	w := &watch{}
	resp, wire, err := k.exchange(actx, hr.WithContext(httptrace.WithClientTrace(actx, w.trace())))
	if err != nil {
		e = k.finish(c.classify(ctx, actx, err, w.sent()))
		a.Err = e
	} else {
		resp.Attempts, resp.Duration = k.attempts, c.cfg.Clock.Now().Sub(start)
		a.Status, a.Bytes, a.RequestID = resp.Status, resp.Bytes, resp.RequestID
		load = verdictGood
		if resp.Status == http.StatusTooManyRequests || resp.Status == http.StatusServiceUnavailable {
			load = verdictThrottled
		}
	}
	a.WireBytes, a.Duration = wire, c.cfg.Clock.Now().Sub(start)
	k.account(a)
	if c.cfg.Observer != nil {
		c.cfg.Observer.OnResponse(octx, a)
	}
	c.log(ctx, a, hr.Header)
	return resp, e
}

// build makes the request and has it authorized.
func (k *call) build(ctx context.Context) (*http.Request, *Error) {
	c := k.client
	if k.attempts > 0 && k.req.Renew != nil {
		fresh, err := k.req.Renew(ctx)
		if err != nil {
			if ctx.Err() != nil {
				return nil, endedBy(ctx, err)
			}
			return nil, &Error{Kind: KindAuth, Err: err}
		}
		k.body = fresh
	}
	var body io.Reader
	if len(k.body) > 0 {
		body = bytes.NewReader(k.body)
	}
	u := *k.url
	hr, err := http.NewRequestWithContext(ctx, k.method, "/", body)
	if err != nil {
		return nil, &Error{Kind: KindInvalid, Err: fmt.Errorf("method %q is not valid", k.method)}
	}
	hr.URL, hr.Host = &u, u.Host
	if k.req.Header != nil {
		hr.Header = k.req.Header.Clone()
	}
	setDefault(hr.Header, "User-Agent", c.cfg.UserAgent)
	if !c.cfg.DisableGzip && k.method != http.MethodHead {
		hr.Header.Set("Accept-Encoding", "gzip")
	}
	if c.cfg.Authorizer == nil || k.req.NoAuth {
		return hr, nil
	}
	if err := c.cfg.Authorizer.Authorize(ctx, hr); err != nil {
		if ctx.Err() != nil {
			return nil, endedBy(ctx, err)
		}
		return nil, &Error{Kind: KindAuth, Err: err}
	}
	return hr, c.checkOrigin(hr.URL)
}

func setDefault(h http.Header, name, value string) {
	if _, set := h[name]; !set {
		h.Set(name, value)
	}
}

func (k *call) observe(ctx context.Context, a Attempt, hr *http.Request) context.Context {
	if k.client.cfg.Observer == nil {
		return ctx
	}
	// The observer gets a header of its own: it must not see credentials.
	extra := http.Header{}
	octx := k.client.cfg.Observer.OnRequest(ctx, a, extra)
	for name, values := range extra {
		if _, set := hr.Header[name]; !set {
			hr.Header[name] = values
		}
	}
	return octx
}

func (k *call) account(a Attempt) {
	s := k.req.Stats
	if s == nil {
		return
	}
	s.Requests.Add(1)
	if a.Number > 1 {
		s.Retries.Add(1)
	}
	s.Bytes.Add(a.Bytes)
	s.WireBytes.Add(a.WireBytes)
}

// exchange sends, follows redirects within the origin, and reads the body.
func (k *call) exchange(ctx context.Context, hr *http.Request) (*Response, int64, error) {
	c := k.client
	for hop := 0; ; hop++ {
		send := hr
		if c.cfg.Jar != nil {
			send = hr.Clone(hr.Context())
			for _, cookie := range c.cfg.Jar.Cookies(hr.URL) {
				send.AddCookie(cookie)
			}
		}
		res, err := c.base.RoundTrip(send)
		if err != nil {
			return nil, 0, err
		}
		if w, ok := c.cfg.Authorizer.(Witness); ok && !k.req.NoAuth {
			w.Answered(send, res)
		}
		if c.cfg.Jar != nil {
			if cookies := res.Cookies(); len(cookies) > 0 {
				c.cfg.Jar.SetCookies(hr.URL, cookies)
			}
		}
		next, err := c.redirect(hr, res, hop)
		if err != nil || next != nil {
			_, _ = io.CopyN(io.Discard, res.Body, 4<<10) // so that the connection can be used again
			_ = res.Body.Close()
		}
		if err != nil {
			return nil, 0, err
		}
		if next == nil {
			return k.receive(ctx, send, res)
		}
		hr = next
	}
}

// redirect returns the request that a 3xx answer asks for, or nil when the
// answer is final. Methods other than GET and HEAD follow only 307 and 308: a
// write that turns into a GET would look as if it had succeeded.
func (c *Client) redirect(hr *http.Request, res *http.Response, hop int) (*http.Request, error) {
	switch res.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther:
		if hr.Method != http.MethodGet && hr.Method != http.MethodHead {
			return nil, nil
		}
	case http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		return nil, nil
	}
	location := res.Header.Get("Location")
	if location == "" {
		return nil, nil
	}
	if hop >= maxRedirects {
		return nil, &Error{Kind: KindRedirect, Err: fmt.Errorf("stopped after %d redirects", maxRedirects)}
	}
	u, err := url.Parse(location)
	if err != nil {
		return nil, &Error{Kind: KindRedirect, Err: errors.New("its location is not a readable URL")}
	}
	u = hr.URL.ResolveReference(u)
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	if e := c.checkOrigin(u); e != nil {
		e.Err = fmt.Errorf("redirect to %s: %w", redactURL(u), e.Err)
		return nil, e
	}
	// Several origins may be configured, but credentials are for one of them,
	// and what began encrypted stays so.
	if from, err := originOf(hr.URL); err != nil || from != mustOrigin(u) {
		return nil, &Error{Kind: KindOrigin, Err: fmt.Errorf("redirect to %s", redactURL(u))}
	}
	next := hr.Clone(hr.Context())
	next.URL, next.Host = u, u.Host
	if hr.GetBody != nil {
		if next.Body, err = hr.GetBody(); err != nil {
			return nil, err
		}
	}
	return next, nil
}

// mustOrigin is for URLs that checkOrigin has passed.
func mustOrigin(u *url.URL) origin {
	o, _ := originOf(u)
	return o
}

func (k *call) receive(ctx context.Context, hr *http.Request, res *http.Response) (*Response, int64, error) {
	if res.StatusCode == http.StatusProxyAuthRequired {
		_ = res.Body.Close()
		return nil, 0, &Error{Kind: KindProxy, Err: &proxyRefusal{res.StatusCode}}
	}
	buf, wire, err := k.client.readBody(ctx, k.method, res)
	if err != nil {
		return nil, wire, err
	}
	sent := hr.Header
	if res.Request != nil { // with what answered a challenge
		sent = res.Request.Header
	}
	return &Response{
		Status: res.StatusCode, Header: res.Header, Body: *buf, URL: hr.URL.String(),
		Bytes: int64(len(*buf)), WireBytes: wire, RequestID: requestID(res.Header),
		sent: sent, buf: buf, pool: &k.client.bodies,
	}, wire, nil
}

// watch learns from net/http how far a request got. Only a transport that
// calls the trace can prove that nothing was sent.
type watch struct{ traced, wrote atomic.Bool }

func (w *watch) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn:      func(string) { w.traced.Store(true) },
		WroteHeaders: func() { w.wrote.Store(true) },
	}
}

func (w *watch) sent() bool { return w.wrote.Load() || !w.traced.Load() }
