package httpx

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// origin is scheme, host and port as RFC 6454 section 4 has them.
type origin struct{ scheme, host, port string }

func (o origin) String() string {
	host := o.host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return o.scheme + "://" + host + ":" + o.port
}

var errUnreadableURL = errors.New("not a readable URL")

// originOf needs an absolute http or https URL. Its errors never quote the URL,
// because net/url's own do, credentials included.
func originOf(u *url.URL) (origin, error) {
	o := origin{scheme: strings.ToLower(u.Scheme), host: strings.ToLower(u.Hostname()), port: u.Port()}
	if o.scheme != "http" && o.scheme != "https" {
		if o.scheme == "" {
			return o, errors.New("the URL must be absolute and start with https:// or http://")
		}
		return o, errors.New("the URL must start with https:// or http://")
	}
	o.host = strings.TrimSuffix(o.host, ".")
	if o.host == "" {
		return o, errors.New("the URL has no host")
	}
	if o.port == "" {
		o.port = map[string]string{"http": "80", "https": "443"}[o.scheme]
	}
	n, err := strconv.ParseUint(o.port, 10, 16)
	if err != nil {
		return o, errors.New("the URL's port must be a number up to 65535")
	}
	o.port = strconv.FormatUint(n, 10)
	return o, nil
}

// parseOrigins turns Config.Origins into the set that requests may go to.
func parseOrigins(raw []string) (map[origin]bool, error) {
	if len(raw) == 0 {
		return nil, errors.New("no origin given: at least one URL of the server is needed")
	}
	set := make(map[origin]bool, len(raw))
	for _, s := range raw {
		u, err := url.Parse(s)
		if err != nil {
			return nil, fmt.Errorf("server URL: %w", errUnreadableURL)
		}
		if u.User != nil {
			return nil, errors.New("server URL: must not contain user name or password; give them separately")
		}
		o, err := originOf(u)
		if err != nil {
			return nil, fmt.Errorf("server URL %q: %w", redactURL(u), err)
		}
		set[o] = true
	}
	return set, nil
}

// CheckOrigin returns nil when a URL leads to one of the configured origins,
// else an *Error of KindOrigin, or KindInvalid when it is no absolute URL.
func (c *Client) CheckOrigin(rawURL string) error {
	u, err := url.Parse(rawURL)
	if err != nil {
		return &Error{Kind: KindInvalid, Method: "check", URL: RedactURL(rawURL), Err: errUnreadableURL}
	}
	if e := c.checkOrigin(u); e != nil {
		e.Method, e.URL = "check", redactURL(u)
		return e
	}
	return nil
}

func (c *Client) checkOrigin(u *url.URL) *Error {
	o, err := originOf(u)
	if err != nil {
		return &Error{Kind: KindInvalid, Err: err}
	}
	if !c.origins[o] {
		return &Error{Kind: KindOrigin, Err: fmt.Errorf("%s is not a configured server", o)}
	}
	return nil
}
