package httpx

import (
	"fmt"
	"log/slog"
	"strings"
)

// Kind tells what went wrong on the way to or from the server. A status code,
// be it 500, is an answer and not an Error.
type Kind uint8

// The kinds of Error.
const (
	KindInvalid      Kind = iota + 1 // the request cannot be sent as it is
	KindOrigin                       // the URL or a redirect leads to another origin
	KindRedirect                     // a redirect that cannot be followed
	KindAuth                         // the Authorizer failed
	KindConnect                      // no connection could be made
	KindProxy                        // the proxy refused or cannot be reached
	KindTLS                          // no TLS session could be agreed on, or the certificate is not accepted
	KindLost                         // the connection broke before an answer came
	KindTruncated                    // the answer's body is cut short or damaged
	KindBodyTooLarge                 // the answer's body is larger than MaxBodyBytes
	KindProtocol                     // the answer is not HTTP as we understand it
	KindTimeout                      // an attempt took too long, or the context's deadline passed
	KindCanceled                     // the context was cancelled
	KindClosed                       // the Client is closed
)

var kindText = [...]string{
	KindInvalid:      "invalid request",
	KindOrigin:       "refused to leave the configured origin",
	KindRedirect:     "cannot follow the redirect",
	KindAuth:         "cannot authorize",
	KindConnect:      "cannot connect",
	KindProxy:        "proxy failed",
	KindTLS:          "tls failed",
	KindLost:         "connection lost before the answer",
	KindTruncated:    "answer is cut short or damaged",
	KindBodyTooLarge: "answer is too large",
	KindProtocol:     "answer is not understood",
	KindTimeout:      "timed out",
	KindCanceled:     "cancelled",
	KindClosed:       "client is closed",
}

// String returns a short description in lower case.
func (k Kind) String() string {
	if int(k) < len(kindText) && kindText[k] != "" {
		return kindText[k]
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Error is the failure of a request that got no answer. When the context ended
// it, errors.Is finds context.Canceled or context.DeadlineExceeded.
type Error struct {
	Kind     Kind
	Method   string
	URL      string // redacted
	Attempts int    // made in all, 0 when nothing was tried
	// Sent says that the server may have acted on the last attempt. When false
	// even a non-idempotent request can be made again.
	Sent bool
	Err  error
}

// Error names method, redacted URL, kind and cause.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Method != "" {
		b.WriteString(e.Method + " " + e.URL + ": ")
	}
	b.WriteString(e.Kind.String())
	if e.Err != nil {
		b.WriteString(": " + redactText(e.Err.Error()))
	}
	if e.Attempts > 1 {
		fmt.Fprintf(&b, " (%d attempts)", e.Attempts)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Timeout reports whether time ran out, as net.Error has it.
func (e *Error) Timeout() bool { return e.Kind == KindTimeout }

// GoString keeps %#v from reaching into the cause.
func (e *Error) GoString() string { return e.Error() }

// LogValue implements slog.LogValuer.
func (e *Error) LogValue() slog.Value { return slog.StringValue(e.Error()) }
