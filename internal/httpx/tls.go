package httpx

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/epicorerp/epicorerp/internal/certificate"
)

// TLS says whom to trust and who we are. TLS 1.2 is the least that is spoken.
// It prints without key material.
type TLS struct {
	// ServerCert pins the server's certificate: PEM text of a certificate or
	// public key, the path of a PEM or DER file, an MD5, SHA-1 or SHA-256
	// thumbprint in hex with or without colons or spaces, or "*" for any
	// certificate at all. Empty means the usual verification.
	//
	// A pin replaces the usual verification and is the only thing accepted. When
	// it fits the server's own certificate, that is enough: as with an SSH host
	// key, names and dates are not looked at. When it fits an issuer (a private
	// CA), the chain up to it, the dates and the host name must be right.
	ServerCert string
	// RootCAs is PEM text of authorities to trust besides the system's.
	RootCAs string
	// ClientCertificates are offered to a server that asks for one: the first that
	// fits what it asks for, else the first, so that the server says why it does
	// not do.
	ClientCertificates []tls.Certificate
}

func (t TLS) isZero() bool {
	return t.ServerCert == "" && t.RootCAs == "" && len(t.ClientCertificates) == 0
}

// Format prints which parts are set, whatever the verb.
func (t TLS) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "{ServerCert:%t RootCAs:%t ClientCertificates:%d}", t.ServerCert != "", t.RootCAs != "", len(t.ClientCertificates))
}

// proxyConfig is the usual verification, for proxies and as the base of the
// server's.
func (t TLS) proxyConfig(now func() time.Time) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12, Time: now}
	if t.RootCAs == "" {
		return c, nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool() // a system without a store still has the given ones
	}
	if !pool.AppendCertsFromPEM([]byte(t.RootCAs)) {
		return nil, errors.New("root certificates: no PEM certificate found in the text given")
	}
	c.RootCAs = pool
	return c, nil
}

// config is the TLS side of connections to the server.
func (t TLS) config(origins map[origin]bool, now func() time.Time) (*tls.Config, error) {
	c, err := t.proxyConfig(now)
	if err != nil {
		return nil, err
	}
	if len(t.ClientCertificates) > 0 {
		c.GetClientCertificate = t.clientCertificate
	}
	p, err := parsePin(t.ServerCert)
	if err != nil {
		return nil, fmt.Errorf("server certificate: %w", err)
	}
	if p != nil {
		var hosts []string
		for o := range origins {
			hosts = append(hosts, o.host)
		}
		// The pin replaces the usual verification; VerifyConnection also runs
		// for resumed sessions.
		c.InsecureSkipVerify = true
		c.VerifyConnection = func(cs tls.ConnectionState) error { return p.verify(cs, hosts, now()) }
	}
	return c, nil
}

func (t TLS) clientCertificate(asked *tls.CertificateRequestInfo) (*tls.Certificate, error) {
	for i := range t.ClientCertificates {
		if asked.SupportsCertificate(&t.ClientCertificates[i]) == nil {
			return &t.ClientCertificates[i], nil
		}
	}
	return &t.ClientCertificates[0], nil
}

// explainAlert says what is behind an alert with which a server ends a session:
// one about a certificate can only be about the client's (RFC 8446, section 6.2).
func (t TLS) explainAlert(err error, now time.Time) error {
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "remote error" {
		return err
	}
	missing := len(t.ClientCertificates) == 0
	switch alert := op.Err.Error(); {
	case missing && strings.Contains(alert, "handshake failure"): // what TLS 1.2 has, for this and for more
		return fmt.Errorf("%w; if the server asks for a client certificate, set SSLClientCert", err)
	case !strings.Contains(alert, "certificate"):
		return err
	case missing:
		return fmt.Errorf("the server asks for a client certificate; set SSLClientCert: %w", err)
	}
	leaf := t.ClientCertificates[0].Leaf
	if leaf == nil {
		return fmt.Errorf("the server refused the client certificate: %w", err)
	}
	subject := certificate.SubjectOf(leaf)
	if now.After(leaf.NotAfter) {
		return fmt.Errorf("the server refused the client certificate %s, which expired on %s: %w", subject, leaf.NotAfter.UTC().Format(time.DateOnly), err)
	}
	return fmt.Errorf("the server refused the client certificate %s: %w", subject, err)
}
