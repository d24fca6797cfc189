package httpx

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

const (
	dialTimeout      = 30 * time.Second
	handshakeTimeout = 15 * time.Second
	idleTimeout      = 90 * time.Second
	maxHeaderBytes   = 1 << 20
)

// newTransport makes the only http.Transport of the driver.
func newTransport(cfg Config, origins map[origin]bool) (*http.Transport, error) {
	serverTLS, err := cfg.TLS.config(origins, cfg.Clock.Now)
	if err != nil {
		return nil, err
	}
	proxyTLS, err := cfg.TLS.proxyConfig(cfg.Clock.Now)
	if err != nil {
		return nil, err
	}
	p, err := newProxies(cfg.Proxy, proxyTLS)
	if err != nil {
		return nil, err
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(cfg.AllowHTTP2)
	return &http.Transport{
		Proxy:       p.forRequest,
		DialContext: p.dial(&net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}),
		OnProxyConnectResponse: func(_ context.Context, _ *url.URL, _ *http.Request, res *http.Response) error {
			if res.StatusCode != http.StatusOK {
				return &proxyRefusal{res.StatusCode}
			}
			return nil
		},
		TLSClientConfig:        serverTLS,
		TLSHandshakeTimeout:    handshakeTimeout,
		DisableCompression:     true, // inflated in readBody, where it is bounded and counted
		MaxIdleConnsPerHost:    cfg.MaxConnections,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: maxHeaderBytes,
		ReadBufferSize:         64 << 10,
		WriteBufferSize:        16 << 10,
		Protocols:              protocols,
	}, nil
}

// proxyRefusal is a proxy that answered, with something else than consent.
type proxyRefusal struct{ status int }

func (e *proxyRefusal) Error() string {
	if e.status == http.StatusProxyAuthRequired {
		return "the proxy wants a user name and password, or does not accept those given (407)"
	}
	return fmt.Sprintf("the proxy answered %d %s", e.status, http.StatusText(e.status))
}
