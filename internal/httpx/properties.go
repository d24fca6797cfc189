package httpx

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/epicorerp/epicorerp/internal/certificate"
)

// unbounded stands for "no limit" where zero stands for the default.
const unbounded = 100 * 365 * 24 * time.Hour

// ConfigFor makes a Config of connection properties under their canonical
// names: what they say of retries, time limits, connections, compression,
// certificates, proxy and firewall. A property that is missing or blank leaves
// the default. Origins, Authorizer, Logger and the rest are the caller's.
//
// With a transport of the caller's own, ProxyAutoDetect means nothing, since it
// is on by default; whatever else is the transport's business is refused, here or
// by New. It reads the file that SSLClientCert may name.
func ConfigFor(props map[string]string, transport http.RoundTripper) (Config, error) {
	p := propertyReader{props: props}
	cfg := Config{
		Transport:      transport,
		AllowHTTP2:     p.flag("HTTP2", false),
		MaxConnections: p.number("MaxConnections"),
		Timeout:        p.span("Timeout"),
		DisableGzip:    !p.flag("Compression", true),
		TLS:            TLS{ServerCert: props["SSLServerCert"]},
	}
	cfg.Retry.MaxElapsed = p.span("MaxRetryTime")
	if props["MaxRetries"] != "" {
		// The property counts repetitions, the budget attempts.
		cfg.Retry.MaxAttempts = p.number("MaxRetries") + 1
	}
	cfg.Proxy = p.proxy(transport != nil)
	cfg.TLS.ClientCertificates = p.clientCertificates(transport != nil)
	return cfg, p.err
}

// CustomHeader returns the headers that CustomHeaders asks for: Name: value,
// with line breaks, or \r\n written out, between them; and what Cookies asks for.
func CustomHeader(props map[string]string) (http.Header, error) {
	text := strings.NewReplacer(`\r\n`, "\n", `\n`, "\n", "\r\n", "\n", "\r", "\n").Replace(props["CustomHeaders"])
	header := http.Header{}
	for line := range strings.SplitSeq(text, "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		name, value, found := strings.Cut(line, ":")
		if name = strings.TrimSpace(name); !found || name == "" {
			// The line could hold a secret.
			return nil, errors.New(`property "CustomHeaders": a line is not of the form Name: value`)
		}
		header.Add(name, strings.TrimSpace(value))
	}
	if cookies := strings.TrimSpace(props["Cookies"]); cookies != "" {
		if _, err := http.ParseCookie(cookies); err != nil { // its text may quote the value
			return nil, errors.New(`property "Cookies": expected name=value; name=value`)
		}
		header.Add("Cookie", cookies)
	}
	return header, nil
}

// CustomQuery returns the query parameters that CustomURLParams asks for: a=b&c=d,
// percent-encoded.
func CustomQuery(props map[string]string) (url.Values, error) {
	values, err := url.ParseQuery(strings.TrimPrefix(props["CustomURLParams"], "?"))
	if err != nil { // its text quotes the value
		return nil, errors.New(`property "CustomURLParams": expected a=b&c=d, percent-encoded`)
	}
	return values, nil
}

// propertyReader reads properties and keeps the first error.
type propertyReader struct {
	props map[string]string
	err   error
}

func (p *propertyReader) fail(name, format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf("property %q: "+format, append([]any{name}, args...)...)
	}
}

func (p *propertyReader) flag(name string, otherwise bool) bool {
	text := p.props[name]
	if text == "" {
		return otherwise
	}
	b, err := strconv.ParseBool(text)
	if err != nil {
		p.fail(name, "expected true or false")
	}
	return b
}

func (p *propertyReader) number(name string) int {
	text := p.props[name]
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		p.fail(name, "expected a whole number that is not negative")
	}
	return n
}

// span reads seconds, or a duration such as 1m30s; 0 is no limit.
func (p *propertyReader) span(name string) time.Duration {
	text := p.props[name]
	if text == "" {
		return 0
	}
	d, err := time.ParseDuration(text)
	if n, notNumber := strconv.ParseInt(text, 10, 64); notNumber == nil {
		d, err = time.Duration(n)*time.Second, nil
		if n > int64(unbounded/time.Second) {
			d = unbounded
		}
	}
	switch {
	case err != nil || d < 0:
		p.fail(name, "expected a number of seconds that is not negative")
	case d == 0:
		return unbounded
	}
	return d
}

// clientCertificates loads the certificate of mutual TLS.
func (p *propertyReader) clientCertificates(ownTransport bool) []tls.Certificate {
	const name = "SSLClientCert"
	if p.props[name] == "" {
		return nil
	}
	if ownTransport {
		p.fail(name, "a client certificate cannot be combined with a transport of your own: set it on that transport")
		return nil
	}
	pair, err := certificate.Load(certificate.SourceOf(p.props, name))
	var shown tls.Certificate
	if err == nil {
		shown, err = pair.TLS()
	}
	if err != nil {
		p.fail(certificate.PropertyOf(err, name), "%w", err)
		return nil
	}
	return []tls.Certificate{shown}
}

// proxy chooses the way out: a ProxyServer, else a firewall, else what the
// environment says if ProxyAutoDetect is on, else none.
func (p *propertyReader) proxy(ownTransport bool) Proxy {
	firewall := strings.ToUpper(p.props["FirewallType"])
	switch {
	case p.props["ProxyServer"] != "":
		return p.proxyServer()
	case firewall == "TUNNEL" || firewall == "SOCKS5":
		scheme := map[string]string{"TUNNEL": "http", "SOCKS5": "socks5"}[firewall]
		return Proxy{
			Mode: ProxyFixed, Scheme: scheme, Host: p.props["FirewallServer"], Port: p.number("FirewallPort"),
			User: p.props["FirewallUser"], Password: Secret(p.props["FirewallPassword"]),
		}
	case firewall != "" && firewall != "NONE":
		p.fail("FirewallType", "%s is not supported; use TUNNEL or SOCKS5", firewall)
	case p.flag("ProxyAutoDetect", false) && !ownTransport:
		return Proxy{Mode: ProxyEnvironment}
	}
	return Proxy{}
}

func (p *propertyReader) proxyServer() Proxy {
	proxy := Proxy{
		Mode: ProxyFixed, Scheme: "http", Host: p.props["ProxyServer"], Port: p.number("ProxyPort"),
		Exceptions: p.props["ProxyExceptions"],
	}
	switch ssl := strings.ToUpper(p.props["ProxySSLType"]); ssl {
	case "ALWAYS":
		proxy.Scheme = "https"
	case "", "AUTO", "TUNNEL":
	default:
		p.fail("ProxySSLType", "%s is not supported; use AUTO, ALWAYS or TUNNEL", ssl)
	}
	switch auth := strings.ToUpper(p.props["ProxyAuthScheme"]); auth {
	case "", "BASIC":
		proxy.User, proxy.Password = p.props["ProxyUser"], Secret(p.props["ProxyPassword"])
	case "NONE":
	default:
		p.fail("ProxyAuthScheme", "%s is not supported; of the ways to sign in to a proxy there are BASIC and NONE", auth)
	}
	return proxy
}
