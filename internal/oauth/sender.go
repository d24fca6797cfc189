package oauth

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/epicorerp/epicorerp/internal/httpx"
)

// senders are the HTTP clients, one for each host: a Client of httpx speaks to
// the origins that it was made for and to no other.
type senders struct {
	mu    sync.Mutex
	made  map[string]*httpx.Client
	clock httpx.Clock // nil for the system's
}

// maxAnswer bounds what a provider may answer.
const maxAnswer = 1 << 20

// sender returns the HTTP client for an address.
func (c *Client) sender(address string) (*httpx.Client, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, &Error{Reason: ReasonProperty, Message: "the address of the identity provider is not a readable URL"}
	}
	origin := u.Scheme + "://" + u.Host
	c.senders.mu.Lock()
	defer c.senders.mu.Unlock()
	if s := c.senders.made[origin]; s != nil {
		return s, nil
	}
	cfg, err := c.senderConfig(origin)
	if err != nil {
		return nil, err
	}
	s, err := httpx.New(cfg)
	if err != nil {
		return nil, &Error{Reason: ReasonProperty, Message: err.Error(), Err: err}
	}
	if c.senders.made == nil {
		c.senders.made = map[string]*httpx.Client{}
	}
	c.senders.made[origin] = s
	return s, nil
}

// senderConfig is what the properties say of connections, for one origin.
func (c *Client) senderConfig(origin string) (httpx.Config, error) {
	cfg, err := httpx.ConfigFor(c.properties, c.transport)
	if err != nil {
		return cfg, &Error{Reason: ReasonProperty, Message: err.Error(), Err: err}
	}
	cfg.Origins, cfg.Logger, cfg.Clock = []string{origin}, c.logger, c.senders.clock
	cfg.MaxBodyBytes = maxAnswer
	if u, err := url.Parse(origin); err != nil || c.erp == nil || !strings.EqualFold(c.erp.Hostname(), u.Hostname()) {
		// SSLServerCert is about the ERP system. Pinned to that, no other host could
		// be reached; with *, any could pass for the provider.
		cfg.TLS.ServerCert = ""
	}
	return cfg, nil
}

// closeSenders closes the connections that are idle.
func (c *Client) closeSenders() {
	c.senders.mu.Lock()
	defer c.senders.mu.Unlock()
	for _, s := range c.senders.made {
		_ = s.Close()
	}
}

// answer is the http.RoundTripper of one request that a library sends for us. It
// asks for JSON, remembers what the library does not tell, and mends what the
// library cannot read.
type answer struct {
	next   http.RoundTripper
	status int
	header http.Header
}

func (a *answer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Accept", "application/json")
	res, err := a.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	a.status, a.header = res.StatusCode, res.Header
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	_ = res.Body.Close()
	if err != nil {
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(withWholeLife(body)))
	return res, nil
}
