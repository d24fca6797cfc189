package httpauth

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/epicorerp/epicorerp/internal/httpx"
)

// NewDigest returns the layer of HTTP Digest (RFC 7616) over a transport; see
// httpx.Config. The first request goes out without credentials, since only a
// challenge says what to make of them.
func NewDigest(base http.RoundTripper, user string, password httpx.Secret) http.RoundTripper {
	return &digest{base: base, user: user, password: password}
}

// digest keeps the nonces that are good for another request. Each is one
// request's at a time: servers may refuse a nonce count that comes after a
// greater one, or let a nonce be used once, and requests that run beside each
// other arrive in any order. So there are as many nonces as requests at a time.
type digest struct {
	base     http.RoundTripper
	user     string
	password httpx.Secret

	mu   sync.Mutex
	idle []*nonce
}

// rounds bounds the challenges that one request answers: a server that calls
// each nonce stale would be answered forever.
const rounds = 4

// RoundTrip implements http.RoundTripper.
func (d *digest) RoundTrip(r *http.Request) (*http.Response, error) {
	n := d.take()
	for round := 1; ; round++ {
		signed, err := d.sign(r, n, round)
		if err != nil {
			return nil, failed(err)
		}
		res, err := d.base.RoundTrip(signed)
		if err != nil {
			return nil, err // whatever became of the nonce, another is to be had
		}
		if res.StatusCode != http.StatusUnauthorized {
			if n != nil {
				d.keep(n, res)
			}
			return res, nil
		}
		next, err := d.challenged(n, res.Header.Values("WWW-Authenticate"))
		if err == nil && (next == nil || round == rounds) {
			return res, nil // the password is not taken: asking again locks accounts
		}
		drain(res)
		if err != nil {
			return nil, failed(err)
		}
		n = next
	}
}

// challenged returns the nonce to answer a 401 with; n is the one that the
// request was signed with, if it was. It returns nil where the server has looked
// at the credentials and does not take them.
func (d *digest) challenged(n *nonce, values []string) (*nonce, error) {
	all := Challenges(values)
	var reason error
	for _, c := range all { // the first that can be answered (RFC 7616, section 3.7)
		if !strings.EqualFold(c.Scheme, "Digest") {
			continue
		}
		next, err := newNonce(c, d.user, d.password.Reveal())
		if err != nil {
			reason = errors.Join(reason, err)
			continue
		}
		stale := strings.EqualFold(c.Params["stale"], "true")
		// Some servers say nothing of stale when a nonce has run out. One that
		// was taken before shows that it is not the password.
		if n == nil || stale || n.accepted && n.value != next.value {
			return next, nil
		}
		return nil, nil
	}
	switch {
	case reason != nil:
		return nil, fmt.Errorf("the server's Digest cannot be answered: %w", reason)
	case n != nil:
		return nil, nil
	}
	return nil, fmt.Errorf("AuthScheme=Digest, and the server offers %s", offered(all))
}

// sign returns the request to send: a copy where it carries credentials, or is
// sent again.
func (d *digest) sign(r *http.Request, n *nonce, round int) (*http.Request, error) {
	if n == nil {
		return r, nil
	}
	signed, err := again(r, round)
	if err != nil {
		return nil, err
	}
	var body []byte
	if n.qop == "auth-int" {
		if body, err = bodyOf(r); err != nil {
			return nil, err
		}
	}
	signed.Header.Set("Authorization", n.authorization(r.Method, r.URL.RequestURI(), body))
	return signed, nil
}

func (d *digest) take() *nonce {
	d.mu.Lock()
	defer d.mu.Unlock()
	last := len(d.idle) - 1
	if last < 0 {
		return nil
	}
	n := d.idle[last]
	d.idle = d.idle[:last]
	return n
}

// keep gives back the nonce of a request that was answered, or the one that the
// server wants in its place (RFC 7616, section 3.5).
func (d *digest) keep(n *nonce, res *http.Response) {
	n.accepted = n.accepted || res.StatusCode/100 == 2
	info := Challenges([]string{"Digest " + res.Header.Get("Authentication-Info")})
	if next := info[0].Params["nextnonce"]; next != "" {
		n.value, n.count = next, 0
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.idle = append(d.idle, n)
}

// again copies a request, with its body anew where it is not the first time.
func again(r *http.Request, round int) (*http.Request, error) {
	c := r.Clone(r.Context())
	if round == 1 || r.Body == nil || r.Body == http.NoBody {
		return c, nil
	}
	if r.GetBody == nil {
		return nil, errors.New("the request has a body that cannot be sent again")
	}
	var err error
	c.Body, err = r.GetBody()
	return c, err
}

func bodyOf(r *http.Request) ([]byte, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return nil, nil
	}
	if r.GetBody == nil {
		return nil, errors.New("the request has a body that cannot be read twice")
	}
	body, err := r.GetBody()
	if err != nil {
		return nil, err
	}
	defer body.Close()
	return io.ReadAll(body)
}

// drain reads what is left of a refusal, so that the connection can be used again.
func drain(res *http.Response) {
	_, _ = io.CopyN(io.Discard, res.Body, 1<<20) // a longer one costs the connection
	_ = res.Body.Close()
}

// failed is an error of signing in as the HTTP client reports it.
func failed(err error) error { return &httpx.Error{Kind: httpx.KindAuth, Err: err} }

// randomText is a client nonce.
func randomText() string {
	b := make([]byte, 24)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}
