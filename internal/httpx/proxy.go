package httpx

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
)

// ProxyMode says where the choice of proxy comes from.
type ProxyMode uint8

const (
	// ProxyNone connects directly.
	ProxyNone ProxyMode = iota
	// ProxyEnvironment goes by HTTPS_PROXY, HTTP_PROXY and NO_PROXY, as read once
	// per process by net/http; it never uses a proxy for loopback addresses.
	ProxyEnvironment
	// ProxyFixed uses the server named in Proxy.
	ProxyFixed
)

// Proxy says how connections leave the network. It prints without the password.
type Proxy struct {
	Mode ProxyMode
	// Scheme is "http" (default; CONNECT for https servers), "https" (the same
	// over TLS to the proxy) or "socks5".
	Scheme string
	Host   string
	Port   int // default 80, 443, 1080 by scheme
	User   string
	// Password is sent as Basic, or by RFC 1929 to a SOCKS5 proxy.
	Password Secret
	// Exceptions lists, separated by ';', hosts reached directly: names, "*"
	// wildcards such as *.example.com or 10.1.*, address blocks such as
	// 10.0.0.0/8, or <local> for names without a dot.
	Exceptions string
}

// String shows no password.
func (p Proxy) String() string {
	switch p.Mode {
	case ProxyEnvironment:
		return "environment"
	case ProxyFixed:
		user := ""
		if p.User != "" {
			user = masked + "@"
		}
		return fmt.Sprintf("%s://%s%s:%d", p.Scheme, user, p.Host, p.Port)
	}
	return "none"
}

// Format prints what String returns, whatever the verb.
func (p Proxy) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(p.String())) }

// proxies chooses a proxy for each request and dials it.
type proxies struct {
	lookup     func(*http.Request) (*url.URL, error)
	exceptions []exception
	tls        *tls.Config
	// overTLS holds the addresses of proxies that are spoken to over TLS. They
	// are dialled here rather than by net/http, which would put them to the test
	// of the server's certificate pin.
	overTLS sync.Map
}

func newProxies(p Proxy, conf *tls.Config) (*proxies, error) {
	ps := &proxies{tls: conf}
	var err error
	if ps.exceptions, err = parseExceptions(p.Exceptions); err != nil {
		return nil, err
	}
	switch p.Mode {
	case ProxyNone:
		if p.Host != "" || p.User != "" || p.Password != "" {
			return nil, errors.New("proxy: a proxy server is given but its mode is none")
		}
		ps.lookup = func(*http.Request) (*url.URL, error) { return nil, nil }
	case ProxyEnvironment:
		if p.Host != "" {
			return nil, errors.New("proxy: give either a proxy server or the environment, not both")
		}
		ps.lookup = func(r *http.Request) (*url.URL, error) {
			u, err := http.ProxyFromEnvironment(r)
			if err != nil { // its text quotes the address, credentials included
				return nil, errors.New("the proxy address in the environment is not a valid URL")
			}
			return u, nil
		}
	case ProxyFixed:
		u, err := p.url()
		if err != nil {
			return nil, err
		}
		ps.lookup = http.ProxyURL(u)
	default:
		return nil, fmt.Errorf("proxy: unknown mode %d", p.Mode)
	}
	return ps, nil
}

func (p Proxy) url() (*url.URL, error) {
	scheme, port := strings.ToLower(p.Scheme), p.Port
	defaults := map[string]int{"http": 80, "https": 443, "socks5": 1080}
	switch {
	case scheme == "":
		scheme = "http"
	case strings.HasPrefix(scheme, "socks4"):
		return nil, errors.New("proxy: SOCKS4 is not supported, since it knows neither host names nor passwords; use SOCKS5 or an HTTP tunnel")
	case defaults[scheme] == 0:
		return nil, fmt.Errorf("proxy: scheme %q is not supported; use http, https or socks5", scheme)
	}
	host := strings.Trim(strings.TrimSpace(p.Host), "[]")
	if host == "" {
		return nil, errors.New("proxy: the server's host name is missing")
	}
	if _, err := netip.ParseAddr(host); err != nil && strings.ContainsAny(host, "/@: \t") {
		return nil, errors.New("proxy: the server must be a bare host name; scheme, port, user and password are given separately")
	}
	if port == 0 {
		port = defaults[scheme]
	}
	if port < 0 || port > 65535 {
		return nil, fmt.Errorf("proxy: port %d is not between 1 and 65535", port)
	}
	u := &url.URL{Scheme: scheme, Host: net.JoinHostPort(host, strconv.Itoa(port))}
	if p.User != "" || p.Password != "" {
		u.User = url.UserPassword(p.User, p.Password.Reveal())
	}
	return u, nil
}

func (ps *proxies) forRequest(r *http.Request) (*url.URL, error) {
	o, err := originOf(r.URL)
	if err != nil {
		return nil, err
	}
	for _, e := range ps.exceptions {
		if e.matches(o.host) {
			return nil, nil
		}
	}
	u, err := ps.lookup(r)
	if err != nil || u == nil || u.Scheme != "https" {
		return u, err
	}
	plain := *u
	plain.Scheme = "http"
	if plain.Port() == "" {
		plain.Host = net.JoinHostPort(u.Hostname(), "443")
	}
	ps.overTLS.Store(plain.Host, u.Hostname())
	return &plain, nil
}

func (ps *proxies) dial(d *net.Dialer) func(ctx context.Context, network, addr string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := d.DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		name, ok := ps.overTLS.Load(addr)
		if !ok {
			return conn, nil
		}
		conf := ps.tls.Clone()
		conf.ServerName = name.(string)
		ctx, cancel := context.WithTimeout(ctx, handshakeTimeout)
		defer cancel()
		tc := tls.Client(conn, conf)
		if err := tc.HandshakeContext(ctx); err != nil {
			_ = conn.Close()
			return nil, err
		}
		return tc, nil
	}
}

// exception is one entry of Proxy.Exceptions.
type exception struct {
	glob  string
	block netip.Prefix
	local bool
}

func parseExceptions(list string) ([]exception, error) {
	var out []exception
	for _, entry := range strings.FieldsFunc(list, func(r rune) bool { return r == ';' || r == ',' || r == ' ' }) {
		entry = strings.TrimSuffix(strings.ToLower(strings.Trim(entry, "[]")), ".")
		switch {
		case entry == "<local>":
			out = append(out, exception{local: true})
		case strings.Contains(entry, "://") || strings.Contains(entry, "@"):
			return nil, errors.New("proxy exceptions: entries are host names without scheme, such as erp.example.com or *.example.com")
		case strings.Contains(entry, "/"):
			block, err := netip.ParsePrefix(entry)
			if err != nil {
				return nil, fmt.Errorf("proxy exceptions: %q is not an address block such as 10.0.0.0/8", entry)
			}
			out = append(out, exception{block: block.Masked()})
		default:
			out = append(out, exception{glob: entry})
		}
	}
	return out, nil
}

func (e exception) matches(host string) bool {
	switch {
	case e.local:
		return !strings.ContainsAny(host, ".:")
	case e.block.IsValid():
		addr, err := netip.ParseAddr(host)
		return err == nil && e.block.Contains(addr.Unmap())
	}
	return globMatches(e.glob, host)
}

// globMatches knows only "*", any run of characters.
func globMatches(glob, s string) bool {
	parts := strings.Split(glob, "*")
	if len(parts) == 1 {
		return glob == s
	}
	first, last := parts[0], parts[len(parts)-1]
	if len(s) < len(first)+len(last) || !strings.HasPrefix(s, first) || !strings.HasSuffix(s, last) {
		return false
	}
	s = s[len(first) : len(s)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(s, part)
		if i < 0 {
			return false
		}
		s = s[i+len(part):]
	}
	return true
}
