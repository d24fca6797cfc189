package oauth

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"time"

	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/tokenstore"
)

// deviceSignIn is a sign-in that a user finishes on another device.
type deviceSignIn struct {
	DeviceCode
	code     string // what is polled with: a secret
	interval time.Duration
}

// Where an answer leaves them out (RFC 8628, section 3.2; expires_in is
// required, and its absence no reason to poll for ever).
const (
	defaultInterval   = 5 * time.Second
	defaultDeviceLife = 15 * time.Minute
)

// beginDevice asks for a user code (RFC 8628, section 3.1).
func (c *Client) beginDevice(ctx context.Context) (deviceSignIn, error) {
	address, err := c.address(ctx, deviceEndpoint)
	if err != nil {
		return deviceSignIn{}, err
	}
	params := maps.Clone(c.params)
	if params == nil {
		params = url.Values{}
	}
	for name, value := range map[string]string{"scope": c.scope, "audience": c.audience} {
		if value != "" {
			params.Set(name, value)
		}
	}
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Accept": {"application/json"}}
	if err := c.identify(ctx, address, header, params); err != nil {
		return deviceSignIn{}, err
	}
	s, err := c.sender(address)
	if err != nil {
		return deviceSignIn{}, err
	}
	asked := c.now()
	res, err := s.Do(ctx, &httpx.Request{
		Method: http.MethodPost, URL: address, Header: header, Body: []byte(params.Encode()),
		Idempotent: httpx.IdempotentAlways, // a code more does no harm
		Renew:      c.provenAnew(address, params),
	})
	if err != nil {
		return deviceSignIn{}, unreachable(ctx, err)
	}
	defer res.Release()
	what := failed{grant: grantDevice, answer: &answer{status: res.Status, header: res.Header}, sent: c.secretsIn(params)}
	if res.Status != http.StatusOK {
		return deviceSignIn{}, refused(res.Body, what)
	}
	return readDevice(res.Body, asked, what)
}

// identify is what golang.org/x/oauth2 does for a token request.
func (c *Client) identify(ctx context.Context, address string, header http.Header, params url.Values) error {
	if err := c.needClientID(); err != nil {
		return err
	}
	if c.secretInHeader {
		r := http.Request{Header: header}
		r.SetBasicAuth(url.QueryEscape(c.clientID), url.QueryEscape(c.secret))
		return nil
	}
	params.Set("client_id", c.clientID)
	if c.secret != "" {
		params.Set("client_secret", c.secret)
	}
	return c.prove(ctx, address, params)
}

func readDevice(body []byte, asked time.Time, what failed) (deviceSignIn, error) {
	var a struct {
		DeviceCode string `json:"device_code"`
		UserCode   string `json:"user_code"`
		URL        string `json:"verification_uri"`
		OldURL     string `json:"verification_url"` // of the drafts
		Complete   string `json:"verification_uri_complete"`
		ExpiresIn  any    `json:"expires_in"` // Entra's version 1 sends both as texts
		Interval   any    `json:"interval"`
		Message    string `json:"message"` // Entra's
	}
	span := func(seconds any, otherwise time.Duration) time.Duration {
		if d := lifeOf(seconds); d > 0 && d < maxLife {
			return d
		}
		return otherwise
	}
	if json.Unmarshal(body, &a) != nil || a.DeviceCode == "" || a.UserCode == "" || a.URL == "" && a.OldURL == "" {
		return deviceSignIn{}, notOAuth(what)
	}
	if a.URL == "" {
		a.URL = a.OldURL
	}
	if !isWebPage(a.URL) || a.Complete != "" && !isWebPage(a.Complete) {
		return deviceSignIn{}, notOAuth(what)
	}
	return deviceSignIn{code: a.DeviceCode, interval: span(a.Interval, defaultInterval), DeviceCode: DeviceCode{
		UserCode: clean(a.UserCode, nil), URL: a.URL, CompleteURL: a.Complete, Message: clean(a.Message, []string{a.DeviceCode}),
		Expiry: asked.Add(span(a.ExpiresIn, defaultDeviceLife)),
	}}, nil
}

// isWebPage keeps a browser from being sent anywhere but to a page, and out of a
// terminal what would move its cursor or turn the address around.
func isWebPage(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && oneLine(address) == address
}

// pollDevice asks once whether the user is done (RFC 8628, section 3.4). Until
// then it fails with Code authorization_pending, or slow_down where the
// interval is to grow by five seconds; such errors are Retryable.
func (c *Client) pollDevice(ctx context.Context, d deviceSignIn) (tokenstore.Token, error) {
	address, err := c.address(ctx, tokenEndpoint)
	if err != nil {
		return tokenstore.Token{}, err
	}
	return c.request(ctx, address, grantDevice, url.Values{"device_code": {d.code}})
}
