package httpx

import (
	"context"
	"errors"
	"math"
	"net"
	"net/http"
	"strings"
	"time"
)

// parseRetryAfter reads the Retry-After field of RFC 9110 section 10.2.3, a
// number of seconds or an HTTP date. A date is measured against the answer's
// own Date when it has one, so that clocks need not agree.
func parseRetryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if v == "" {
		return 0, false
	}
	if seconds, ok := parseSeconds(v); ok {
		return seconds, true
	}
	at, err := http.ParseTime(v)
	if err != nil {
		return 0, false
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	return max(0, at.Sub(now)), true
}

// parseSeconds takes digits only; what is too large for a Duration is the
// largest one, which is beyond any budget.
func parseSeconds(v string) (time.Duration, bool) {
	const most = int64(math.MaxInt64 / int64(time.Second))
	var n int64
	for i := range len(v) {
		d := v[i] - '0'
		if d > 9 {
			return 0, false
		}
		if n = n*10 + int64(d); n > most {
			n = most
		}
	}
	return time.Duration(n) * time.Second, true
}

// retryableStatus lists the answers that another attempt may better.
func retryableStatus(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// afterStatus decides whether an answer leads to another attempt, and when.
func (k *call) afterStatus(ctx context.Context, r *Response) (time.Duration, bool) {
	if !k.idempotent && !k.req.refusedBy(r.Status) || !retryableStatus(r.Status) || k.req.accepts(r.Status) {
		return 0, false
	}
	delay, told := parseRetryAfter(r.Header, k.client.cfg.Clock.Now())
	if !told {
		delay = k.backoff()
	}
	return delay, k.affordable(ctx, delay)
}

// afterError decides whether a failure leads to another attempt, and when.
func (k *call) afterError(ctx context.Context, e *Error) (time.Duration, bool) {
	if ctx.Err() != nil || e.Sent && !k.idempotent {
		return 0, false
	}
	switch e.Kind {
	case KindConnect, KindLost, KindTruncated, KindTimeout:
	case KindProxy:
		if proxyAnswered(e.Err) {
			return 0, false // asking again with the same password locks accounts
		}
	default:
		return 0, false
	}
	var dns *net.DNSError
	if errors.As(e.Err, &dns) && dns.IsNotFound {
		return 0, false // a misspelt host stays misspelt
	}
	delay := k.backoff()
	return delay, k.affordable(ctx, delay)
}

// proxyAnswered tells a proxy that said no from one that cannot be reached.
func proxyAnswered(err error) bool {
	var refused *proxyRefusal
	var op *net.OpError
	return errors.As(err, &refused) || errors.As(err, &op) && strings.HasPrefix(op.Op, "socks")
}

// backoff is exponential with full jitter.
func (k *call) backoff() time.Duration {
	r := k.client.cfg.Retry
	ceiling := r.MaxDelay
	if n := k.tries - 1; n < 32 && r.BaseDelay <= r.MaxDelay>>n {
		ceiling = r.BaseDelay << n
	}
	return time.Duration(k.client.random() * float64(ceiling))
}

// affordable says whether the budget allows another attempt after delay, and
// the context will live to see it.
func (k *call) affordable(ctx context.Context, delay time.Duration) bool {
	r := k.client.cfg.Retry
	if k.tries >= r.MaxAttempts {
		return false
	}
	if delay > r.MaxElapsed-k.client.cfg.Clock.Now().Sub(k.started) {
		return false
	}
	deadline, bounded := ctx.Deadline()
	return !bounded || delay < time.Until(deadline)
}
