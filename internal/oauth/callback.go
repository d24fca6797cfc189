package oauth

import (
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// callback is where the provider sends the browser back to: a port of this
// machine (RFC 8252, section 7.3).
type callback struct {
	host string // as the browser names it: localhost, 127.0.0.1 or ::1
	port string
	path string // never ""
}

// parseCallback reads a CallbackURL that a listener can answer.
func parseCallback(raw string) (callback, error) {
	wrong := func(message string) (callback, error) {
		return callback{}, &PropertyError{Property: "CallbackURL", Message: message}
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Scheme != "http" || !isLoopback(u.Hostname()):
		return wrong("must be an http address of this machine, such as http://localhost:33333, for a browser to bring the code to; " +
			"a web application calls GetOAuthAuthorizationURL and GetOAuthAccessToken with AuthMode=WEB, and on a machine without a " +
			"browser the code is given in OAuthVerifier")
	case u.User != nil || u.Fragment != "":
		return wrong("must have neither a user nor a fragment (RFC 6749, section 3.1.2)")
	}
	cb := callback{host: strings.ToLower(u.Hostname()), port: u.Port(), path: u.Path}
	if cb.port == "" {
		cb.port = "80"
	}
	port, err := strconv.ParseUint(cb.port, 10, 16)
	if err != nil || port == 0 {
		return wrong("must have a port between 1 and 65535, the one that is registered for the application")
	}
	cb.port = strconv.FormatUint(port, 10)
	if cb.path == "" {
		cb.path = "/"
	}
	return cb, nil
}

func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && addr.IsLoopback() && addr.Zone() == ""
}

// named reports whether a Host header names the callback. A page elsewhere
// whose name resolves to this machine (DNS rebinding) names another host.
func (cb callback) named(host string) bool {
	host = strings.ToLower(host)
	written := cb.host
	if strings.Contains(written, ":") {
		written = "[" + written + "]"
	}
	return host == net.JoinHostPort(cb.host, cb.port) || cb.port == "80" && host == written
}

// addresses are where the browser may come: localhost is either of two.
func (cb callback) addresses() []netip.AddrPort {
	port, _ := strconv.ParseUint(cb.port, 10, 16) // checked when it was parsed
	if cb.host == "localhost" {
		return []netip.AddrPort{
			netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(port)),
			netip.AddrPortFrom(netip.IPv6Loopback(), uint16(port)),
		}
	}
	return []netip.AddrPort{netip.AddrPortFrom(netip.MustParseAddr(cb.host).Unmap(), uint16(port))}
}
