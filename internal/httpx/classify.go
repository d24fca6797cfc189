package httpx

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

var errAttemptTimeout = errors.New("no complete answer within the timeout")

// classify turns what a transport or a body reader said into an Error. ctx is
// the caller's, actx the attempt's.
func (c *Client) classify(ctx, actx context.Context, err error, sent bool) *Error {
	if ctx.Err() != nil {
		e := endedBy(ctx, err)
		e.Sent = sent
		return e
	}
	if errors.Is(context.Cause(actx), errAttemptTimeout) {
		return &Error{Kind: KindTimeout, Sent: sent, Err: fmt.Errorf("%w of %v", errAttemptTimeout, c.cfg.Timeout)}
	}
	// An injected transport may be an http.Client's, whose errors quote the URL.
	var ue *url.Error
	if errors.As(err, &ue) {
		err = ue.Err
	}
	var own *Error
	if errors.As(err, &own) {
		own.Sent = sent && own.Kind != KindProxy
		return own
	}
	kind := kindOf(err, sent)
	if kind == KindProtocol {
		// net/http quotes the malformed line, which may be a Set-Cookie.
		err = errors.New("malformed HTTP response")
	}
	if kind == KindTLS {
		err = c.cfg.TLS.explainAlert(err, c.cfg.Clock.Now())
	}
	return &Error{Kind: kind, Sent: sent && kind != KindProxy && kind != KindTLS, Err: err}
}

func kindOf(err error, sent bool) Kind {
	var refused *proxyRefusal
	var op *net.OpError
	var ne net.Error
	text := err.Error()
	switch {
	case errors.As(err, &refused):
		return KindProxy
	case isTLS(err, text):
		return KindTLS
	case errors.As(err, &op) && (op.Op == "proxyconnect" || strings.HasPrefix(op.Op, "socks")):
		return KindProxy
	case strings.Contains(text, "malformed "):
		return KindProtocol
	case strings.Contains(text, "net/http: invalid "):
		return KindInvalid
	case errors.As(err, &ne) && ne.Timeout():
		return KindTimeout
	case !sent:
		return KindConnect
	}
	return KindLost
}

// isTLS reports a session that could not be agreed on, as opposed to a
// connection that broke during the handshake, which may be tried again.
func isTLS(err error, text string) bool {
	var verification *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var pin *pinError
	return errors.As(err, &verification) || errors.As(err, &record) || errors.As(err, &alert) ||
		errors.As(err, &unknown) || errors.As(err, &host) || errors.As(err, &invalid) || errors.As(err, &pin) ||
		strings.Contains(text, "tls: ") || strings.Contains(text, "HTTP response to HTTPS client")
}
