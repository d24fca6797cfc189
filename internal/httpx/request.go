package httpx

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// Idempotency says whether a request may reach the server twice.
type Idempotency uint8

const (
	// IdempotentByMethod goes by RFC 9110 section 9.2.2: GET, HEAD, OPTIONS,
	// TRACE, PUT and DELETE may be repeated.
	IdempotentByMethod Idempotency = iota
	// IdempotentAlways is for reads that travel as POST.
	IdempotentAlways
	// IdempotentNever is for systems whose PUT creates.
	IdempotentNever
)

// Request is one request, sent once or, within the retry budget, several times.
type Request struct {
	Method string // default GET
	URL    string // absolute
	Header http.Header
	// Body is read again for each attempt and must not be changed once given.
	Body []byte
	// Renew, when set, makes the body of each attempt after the first: for what a
	// server takes once, such as a signed assertion.
	Renew func(ctx context.Context) ([]byte, error)

	Idempotent Idempotency
	// AcceptStatus lists statuses that are an answer to this request although
	// they would be repeated otherwise.
	AcceptStatus []int
	// RefusedStatus lists statuses by which this server says that it has done
	// nothing: after those, of the ones that are repeated at all, a request that
	// is not idempotent is repeated too.
	RefusedStatus []int
	// NoAuth sends the request without asking the Authorizer, for the sign-in
	// and token requests that an Authorizer makes itself.
	NoAuth bool
	// Stats, when set, is added to.
	Stats *Stats
}

// String shows method and redacted URL only.
func (r *Request) String() string { return r.method() + " " + RedactURL(r.URL) }

// GoString keeps %#v as quiet as %v.
func (r *Request) GoString() string { return r.String() }

func (r *Request) method() string {
	if r.Method == "" {
		return http.MethodGet
	}
	return strings.ToUpper(r.Method)
}

func (r *Request) idempotent() bool {
	switch r.Idempotent {
	case IdempotentAlways:
		return true
	case IdempotentNever:
		return false
	}
	switch r.method() {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, http.MethodPut, http.MethodDelete:
		return true
	}
	return false
}

func (r *Request) accepts(status int) bool { return slices.Contains(r.AcceptStatus, status) }

func (r *Request) refusedBy(status int) bool { return slices.Contains(r.RefusedStatus, status) }

// Response is an answer with its whole body, whatever the status.
type Response struct {
	Status int
	Header http.Header
	// Body is inflated and complete. It is valid until Release.
	Body []byte
	// URL is where the answer came from, after redirects: the base of relative
	// links. It is not redacted.
	URL string

	Attempts  int           // requests sent for this answer, the last one included
	Bytes     int64         // length of Body
	WireBytes int64         // length of the body as it was sent, before inflation
	Duration  time.Duration // of the last attempt
	RequestID string        // what the server calls this request, or ""

	sent http.Header
	buf  *[]byte
	pool *bodyPool
}

// SentHeader returns a header of the request as it was sent, credentials
// included. A Refresher compares it with what it would send now, so that many
// requests refused together lead to one renewal.
func (r *Response) SentHeader(name string) string { return r.sent.Get(name) }

// Release gives the body's memory back; Body must not be used afterwards.
// Calling it twice does nothing, and not calling it costs only memory reuse.
func (r *Response) Release() {
	if r == nil || r.buf == nil {
		return
	}
	r.pool.put(r.buf)
	r.buf, r.Body = nil, nil
}

// String shows status, redacted URL and sizes, never headers or the body.
func (r *Response) String() string {
	return fmt.Sprintf("%d %s (%d bytes)", r.Status, RedactURL(r.URL), r.Bytes)
}

// GoString keeps %#v as quiet as %v.
func (r *Response) GoString() string { return r.String() }

// Stats adds up what requests cost. It may be shared by many requests at once.
type Stats struct {
	Requests  atomic.Int64 // attempts sent, repetitions included
	Retries   atomic.Int64 // repetitions only
	Bytes     atomic.Int64 // bodies as handed back
	WireBytes atomic.Int64 // bodies as received, those of failed attempts included
}

// Authorizer adds credentials to a request that is about to be sent. It is
// called for each attempt, before the wait for a connection, and may itself
// use the Client with Request.NoAuth. It must be safe for concurrent use.
type Authorizer interface {
	Authorize(ctx context.Context, r *http.Request) error
}

// AuthorizerFunc is a function that is an Authorizer.
type AuthorizerFunc func(ctx context.Context, r *http.Request) error

// Authorize calls f.
func (f AuthorizerFunc) Authorize(ctx context.Context, r *http.Request) error { return f(ctx, r) }

// Refresher is an Authorizer that can do something about a 401. It is shown
// the answer, whose body tells what is wrong, and says whether to repeat the
// request, which happens at most once. Several requests may be refused at the
// same time: see Response.SentHeader. The response must not be kept.
type Refresher interface {
	Refresh(ctx context.Context, r *Response) (retry bool, err error)
}

// Witness is an Authorizer that sees the head of each answer beside the request
// as it was sent, before anyone else does: for sessions whose cookies the server
// renews on the way. The answer's body is not its business.
type Witness interface {
	Answered(sent *http.Request, answer *http.Response)
}

// Observer is told of each attempt, for tracing and metrics.
type Observer interface {
	// OnRequest is called just before sending. Headers put into extra are sent
	// along unless the request has them already (traceparent, say). The
	// context returned is used for the attempt and must derive from ctx.
	OnRequest(ctx context.Context, a Attempt, extra http.Header) context.Context
	// OnResponse is called once per OnRequest, when the attempt is over.
	OnResponse(ctx context.Context, a Attempt)
}

// Attempt describes one attempt without secrets. OnRequest sees the first four
// fields only.
type Attempt struct {
	Method    string
	URL       string // redacted
	Number    int    // from 1
	BodyBytes int    // sent
	Status    int    // 0 when no answer came
	Bytes     int64
	WireBytes int64
	Duration  time.Duration
	RequestID string
	Err       error // an *Error, or nil
}
