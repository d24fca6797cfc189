package epicor

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata"
)

// credentials prove who calls.
type credentials interface {
	// sign adds the Authorization header.
	sign(ctx context.Context, h http.Header) error
	// renew is told of an Authorization header that was refused, and says
	// whether another attempt would send a different one.
	renew(ctx context.Context, refused string) (bool, error)
}

// newCredentials picks what AuthScheme says; left out, a token goes before a
// user.
func newCredentials(o providers.Options, s *settings, send sender) (credentials, error) {
	user, password, token := o.String("User"), o.String("Password"), o.String("OAuthAccessToken")
	scheme := strings.ToLower(o.String("AuthScheme"))
	if scheme == "" {
		scheme = "basic"
		if token != "" && user == "" {
			scheme = "bearer"
		}
	}
	switch scheme {
	case "bearer":
		if o.SignIn != nil {
			return bearer{o.SignIn}, nil
		}
		if token == "" {
			return nil, badProperty("OAuthAccessToken is missing: AuthScheme=%s needs it", o.String("AuthScheme"))
		}
		return bearer{fixedToken(token)}, nil
	case "basic", "epicortoken":
		if user == "" {
			return nil, badProperty("User is missing: Kinetic answers nobody unknown (a token goes in OAuthAccessToken)")
		}
		if scheme == "basic" {
			return basic{user, httpx.Secret(password)}, nil
		}
		return &tokenResource{
			url: s.root + "/TokenResource.svc/", user: user, password: httpx.Secret(password), send: send, now: o.Now, store: o.Tokens,
		}, nil
	}
	return nil, badProperty("AuthScheme: %q is none of Basic, EpicorToken and Bearer", o.String("AuthScheme"))
}

type basic struct {
	user     string
	password httpx.Secret
}

func (b basic) sign(_ context.Context, h http.Header) error {
	r := http.Request{Header: h}
	r.SetBasicAuth(b.user, b.password.Reveal())
	return nil
}

func (basic) renew(context.Context, string) (bool, error) { return false, nil }

// bearer sends the token of a source, which renews it if it can.
type bearer struct{ source providers.TokenSource }

const bearerPrefix = "Bearer "

func (b bearer) sign(ctx context.Context, h http.Header) error {
	token, err := b.source.Token(ctx)
	if err != nil {
		return err
	}
	h.Set("Authorization", bearerPrefix+token)
	return nil
}

func (b bearer) renew(ctx context.Context, refused string) (bool, error) {
	return b.source.Refused(ctx, strings.TrimPrefix(refused, bearerPrefix))
}

// fixedToken is a token that nobody renews.
type fixedToken httpx.Secret

func (t fixedToken) Token(context.Context) (string, error)       { return string(t), nil }
func (fixedToken) Refused(context.Context, string) (bool, error) { return false, nil }

// sender sends a request as it is, without adding credentials.
type sender func(ctx context.Context, r *httpx.Request) (*httpx.Response, error)

// authorizer adds to each request who calls, with what key, in what context
// and in what session. It is httpx's Authorizer and Refresher.
type authorizer struct {
	set         *settings
	client      *httpx.Client // set once it is made
	credentials credentials
	session     *session // nil unless one is held
}

func newAuthorizer(o providers.Options, s *settings) (*authorizer, error) {
	a := &authorizer{set: s}
	var err error
	if a.credentials, err = newCredentials(o, s, a.send); err != nil {
		return nil, err
	}
	if s.holdSession {
		a.session = &session{authorizer: a}
	}
	return a, nil
}

// Authorize completes a request's headers.
func (a *authorizer) Authorize(ctx context.Context, r *http.Request) error {
	if err := a.sign(ctx, r.Header); err != nil {
		return err
	}
	if a.session == nil {
		return nil
	}
	return a.session.join(ctx, r.Header)
}

// sign adds all but the session.
func (a *authorizer) sign(ctx context.Context, h http.Header) error {
	if err := a.credentials.sign(ctx, h); err != nil {
		return err
	}
	if a.set.apiKey != "" {
		h.Set("x-api-key", a.set.apiKey)
	}
	// A request that concerns another company than the first says so already.
	if settings := a.set.callSettings(a.set.firstNamed()); settings != "" && h.Get(callSettingsHeader) == "" {
		h.Set(callSettingsHeader, settings)
	}
	if a.set.licence != "" {
		h.Set("License", headerJSON(licenceClaim{ClaimedLicense: a.set.licence}))
	}
	return nil
}

// licenceClaim and sessionInfo are headers in the form of JSON objects.
type licenceClaim struct {
	ClaimedLicense string
	SessionID      string `json:",omitempty"`
}

type sessionInfo struct{ SessionID string }

// Refresh looks at an answer of 401 or 410. Only wrong credentials and a
// session that has ended can be bettered by asking again: a wrong API key and
// a lack of rights stay what they are, though they are 401 too.
func (a *authorizer) Refresh(ctx context.Context, resp *httpx.Response) (bool, error) {
	switch e := a.set.decodeError(resp); e.Kind {
	case providers.KindAuthentication:
		return a.credentials.renew(ctx, resp.SentHeader("Authorization"))
	case providers.KindSession:
		if a.session == nil {
			return false, nil
		}
		a.session.ended(resp.SentHeader("SessionInfo"))
		return true, nil
	}
	return false, nil
}

// send is a request of the authorizer's own. It gets an answer of status 200
// or an error.
func (a *authorizer) send(ctx context.Context, r *httpx.Request) (*httpx.Response, error) {
	r.NoAuth = true
	for name, values := range a.set.traits.Header {
		if _, own := r.Header[name]; !own {
			r.Header[name] = values
		}
	}
	if q := a.set.traits.Query.Encode(); q != "" {
		r.URL += "?" + q
	}
	resp, err := a.client.Do(ctx, r)
	if err != nil {
		return nil, odata.TransportError(ctx, err)
	}
	if resp.Status != http.StatusOK {
		defer resp.Release()
		if e := a.set.decodeError(resp); e != nil {
			return nil, e
		}
		return nil, &providers.Error{Kind: providers.KindResponse, Status: resp.Status, Message: fmt.Sprintf("%s was not understood", httpx.RedactURL(r.URL))}
	}
	return resp, nil
}
