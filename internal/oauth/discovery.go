package oauth

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/epicorerp/epicorerp/internal/httpx"
)

// metadata is what the issuer's document says, once it was fetched.
type metadata struct {
	gate  chan struct{} // holds a value while one fetches
	mu    sync.Mutex
	known *endpoints
}

// endpoint is one of a provider's addresses, with the property that names it.
type endpoint struct {
	property, member string
	of               func(*endpoints) *string
}

var (
	authorizationEndpoint = endpoint{"OAuthAuthorizationURL", "authorization_endpoint", func(e *endpoints) *string { return &e.authorization }}
	tokenEndpoint         = endpoint{"OAuthAccessTokenURL", "token_endpoint", func(e *endpoints) *string { return &e.token }}
	deviceEndpoint        = endpoint{"OAuthDeviceURL", "device_authorization_endpoint", func(e *endpoints) *string { return &e.device }}
)

// address returns an endpoint: what the properties or the system have, else
// what the issuer's document says, which is fetched once.
func (c *Client) address(ctx context.Context, e endpoint) (string, error) {
	if a := *e.of(&c.named); a != "" {
		return a, nil
	}
	if c.issuer == "" {
		return "", propertyError(c.missing(e.property))
	}
	found, err := c.discovered(ctx)
	if err != nil {
		return "", err
	}
	if a := *e.of(&found); a != "" {
		return a, nil
	}
	return "", &Error{
		Reason:  ReasonProperty,
		Message: fmt.Sprintf("the discovery document of %s names no %s", c.issuer, e.member),
		Advice:  "the provider may not have this flow; if it does, set " + e.property,
	}
}

// propertyError is a PropertyError that is met only when it comes to signing in.
func propertyError(err *PropertyError) error {
	return &Error{Reason: ReasonProperty, Message: err.Error(), Err: err}
}

// found returns the issuer's document if it was fetched.
func (c *Client) found() (endpoints, bool) {
	c.metadata.mu.Lock()
	defer c.metadata.mu.Unlock()
	if c.metadata.known == nil {
		return endpoints{}, false
	}
	return *c.metadata.known, true
}

func (c *Client) discovered(ctx context.Context) (endpoints, error) {
	select {
	case c.metadata.gate <- struct{}{}:
	case <-ctx.Done():
		return endpoints{}, ctx.Err()
	}
	defer func() { <-c.metadata.gate }()
	if e, ok := c.found(); ok {
		return e, nil
	}
	e, err := c.discover(ctx)
	if err != nil {
		return endpoints{}, err
	}
	c.metadata.mu.Lock()
	defer c.metadata.mu.Unlock()
	c.metadata.known = &e
	return e, nil
}

// discover looks where OpenID Connect Discovery 1.0 section 4 has the document,
// then where RFC 8414 section 3 has it.
func (c *Client) discover(ctx context.Context) (endpoints, error) {
	u, err := url.Parse(c.issuer)
	if err != nil {
		return endpoints{}, propertyError(&PropertyError{"OAuthIssuer", "is not a readable URL"})
	}
	path := strings.TrimRight(u.EscapedPath(), "/")
	origin := u.Scheme + "://" + u.Host
	var failed error
	for _, where := range []string{
		origin + path + "/.well-known/openid-configuration",
		origin + "/.well-known/oauth-authorization-server" + path,
	} {
		e, missing, err := c.fetchMetadata(ctx, where)
		if !missing {
			return e, err
		}
		failed = err
	}
	return endpoints{}, failed
}

// fetchMetadata reads a document; missing says that there is none at the address.
func (c *Client) fetchMetadata(ctx context.Context, where string) (e endpoints, missing bool, err error) {
	s, err := c.sender(where)
	if err != nil {
		return e, false, err
	}
	res, err := s.Do(ctx, &httpx.Request{URL: where, Header: http.Header{"Accept": {"application/json"}}})
	if err != nil {
		return e, false, unreachable(ctx, err)
	}
	defer res.Release()
	if res.Status != http.StatusOK {
		err := discoveryError(where, fmt.Sprintf("it answered with status %d", res.Status))
		err.Status = res.Status
		if err.Retryable = unavailableStatus(res.Status); err.Retryable {
			err.Reason = ReasonUnavailable
		}
		return e, res.Status == http.StatusNotFound, err
	}
	var doc struct {
		Issuer        string `json:"issuer"`
		Authorization string `json:"authorization_endpoint"`
		Token         string `json:"token_endpoint"`
		Device        string `json:"device_authorization_endpoint"`
		SendsIssuer   bool   `json:"authorization_response_iss_parameter_supported"`
	}
	if json.Unmarshal(res.Body, &doc) != nil {
		return e, false, discoveryError(where, "it is not a JSON document of OpenID Connect Discovery")
	}
	if !sameIssuer(c.issuer, doc.Issuer) {
		return e, false, discoveryError(where, fmt.Sprintf("it is about the issuer %q, and OAuthIssuer is %q", clean(doc.Issuer, nil), c.issuer))
	}
	e = endpoints{
		authorization: doc.Authorization, token: doc.Token, device: doc.Device,
		issuer: doc.Issuer, sendsIssuer: doc.SendsIssuer,
	}
	return e, false, c.checkMetadata(where, &e)
}

func (c *Client) checkMetadata(where string, e *endpoints) error {
	for _, one := range []endpoint{authorizationEndpoint, tokenEndpoint, deviceEndpoint} {
		a := *one.of(e)
		if a == "" {
			continue
		}
		if text := c.refuseEndpoint(a); text != "" {
			return discoveryError(where, "its "+one.member+" "+text)
		}
		if strings.HasPrefix(where, "https:") && !strings.HasPrefix(a, "https:") {
			return discoveryError(where, "its "+one.member+" is not https")
		}
	}
	return nil
}

func discoveryError(where, why string) *Error {
	return &Error{
		Reason:  ReasonResponse,
		Message: fmt.Sprintf("the discovery document %s cannot be used: %s", httpx.RedactURL(where), why),
		Advice:  "check OAuthIssuer, or set OAuthAuthorizationURL and OAuthAccessTokenURL",
	}
}

// sameIssuer compares letter by letter (OpenID Connect Discovery, section 4.3),
// but for a slash at the end, which the document's address does not show, and
// for the tenant that Entra leaves open in its documents for many tenants.
func sameIssuer(given, named string) bool {
	given, named = strings.TrimRight(given, "/"), strings.TrimRight(named, "/")
	if given == named {
		return true
	}
	before, after, ok := strings.Cut(named, "/{tenantid}/")
	if !ok {
		return false
	}
	rest, isPrefix := strings.CutPrefix(given, before+"/")
	tenant, end, _ := strings.Cut(rest, "/")
	return isPrefix && end == after && tenant != "" && before != "" && !strings.Contains(before, "{")
}
