// Package kerberos gives programs that import it AuthScheme=Negotiate: signing in
// to OData services by Kerberos (SPNEGO over HTTP, RFC 4559), with a password, a
// keytab or a ticket cache, in pure Go:
//
//	import _ "github.com/epicorerp/epicorerp/providers/odata/kerberos"
package kerberos

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/jcmturner/gokrb5/v8/client"
	"github.com/jcmturner/gokrb5/v8/spnego"

	"github.com/epicorerp/epicorerp/internal/httpauth"
	"github.com/epicorerp/epicorerp/internal/httpx"
)

func init() { httpauth.Register("Negotiate", newNegotiate) }

// negotiate signs each request with a proof of its own, made of one service
// ticket; so it does not matter to it whether a server keeps in mind who a
// connection is of.
type negotiate struct {
	base     http.RoundTripper
	settings settings

	mu       sync.Mutex
	signedIn *signIn // the last one, which may still be under way
}

// signIn is a client of the key distribution centre with a ticket for the
// service. Its client and err are there once done is closed.
type signIn struct {
	done     chan struct{}
	client   *client.Client
	err      error
	accepted bool // by the service; guarded by negotiate.mu

	use  sync.RWMutex // held to read by whoever uses the client
	gone bool         // the client is destroyed
}

var errGone = errors.New("the sign-in was given up by another request")

func newNegotiate(base http.RoundTripper, properties map[string]string) (http.RoundTripper, error) {
	s, err := settingsOf(properties)
	if err != nil {
		return nil, err
	}
	return &negotiate{base: base, settings: s}, nil
}

// RoundTrip implements http.RoundTripper. A ticket that the service took before
// and takes no more is replaced once: its key may have changed.
func (n *negotiate) RoundTrip(r *http.Request) (*http.Response, error) {
	for round := 1; ; round++ {
		s, err := n.signIn(r)
		if err != nil {
			return nil, err
		}
		signed, err := s.sign(r, n.settings.principal(), round)
		if errors.Is(err, errGone) {
			round--
			continue
		}
		if err != nil {
			if n.forget(s) && round == 1 {
				continue // the tickets of a cache have run out, and it may have others
			}
			return nil, failed(err)
		}
		res, err := n.base.RoundTrip(signed)
		if err != nil {
			return nil, err
		}
		if res.StatusCode != http.StatusUnauthorized {
			n.took(s, res.StatusCode)
			return res, nil
		}
		again := n.forget(s) && round == 1
		if err = offersNegotiate(res); err == nil && !again {
			return res, nil
		}
		_, _ = io.CopyN(io.Discard, res.Body, 1<<20) // so that the connection can be used again
		_ = res.Body.Close()
		if err != nil {
			return nil, failed(err)
		}
	}
}

// CloseIdleConnections ends the renewal of tickets: it is called when the HTTP
// client is closed.
func (n *negotiate) CloseIdleConnections() {
	n.mu.Lock()
	s := n.signedIn
	n.mu.Unlock()
	if s != nil {
		<-s.done // bounded by the library's time limits
		n.forget(s)
	}
}

// signIn returns the sign-in that is there, or makes one for all who wait.
func (n *negotiate) signIn(r *http.Request) (*signIn, error) {
	n.mu.Lock()
	s := n.signedIn
	if s == nil {
		s = &signIn{done: make(chan struct{})}
		n.signedIn = s
		principal := n.settings.principal()
		go func() {
			// The library knows no context: its exchanges have time limits of seconds.
			defer close(s.done)
			s.client, s.err = n.settings.ticket(principal)
		}()
	}
	n.mu.Unlock()
	select {
	case <-s.done:
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	if s.err != nil {
		n.forget(s)
		return nil, failed(s.err)
	}
	return s, nil
}

// took notes that the service took a proof.
func (n *negotiate) took(s *signIn, status int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	s.accepted = s.accepted || status/100 == 2
}

// forget has the next request sign in anew, which reads keytab and ticket cache
// again, and reports whether the service had taken this sign-in.
func (n *negotiate) forget(s *signIn) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.signedIn == s {
		n.signedIn = nil
		s.end()
	}
	return s.accepted
}

// end stops the renewal of tickets and wipes them.
func (s *signIn) end() {
	s.use.Lock()
	defer s.use.Unlock()
	if s.client != nil && !s.gone {
		s.client.Destroy()
	}
	s.gone = true
}

// sign returns a copy of a request with a fresh proof.
func (s *signIn) sign(r *http.Request, principal string, round int) (*http.Request, error) {
	c := r.Clone(r.Context())
	if round > 1 && r.Body != nil && r.Body != http.NoBody {
		if r.GetBody == nil {
			return nil, errors.New("the request has a body that cannot be sent again")
		}
		var err error
		if c.Body, err = r.GetBody(); err != nil {
			return nil, err
		}
	}
	s.use.RLock()
	defer s.use.RUnlock()
	if s.gone {
		return nil, errGone
	}
	mechanism := spnego.SPNEGOClient(s.client, principal)
	if err := mechanism.AcquireCred(); err != nil {
		return nil, explained(err)
	}
	token, err := mechanism.InitSecContext()
	if err != nil {
		return nil, explained(err)
	}
	b, err := token.Marshal()
	if err != nil {
		return nil, err
	}
	c.Header.Set("Authorization", "Negotiate "+base64.StdEncoding.EncodeToString(b))
	return c, nil
}

// offersNegotiate says what else the server wants, where it does not want Kerberos.
func offersNegotiate(res *http.Response) error {
	var names []string
	for _, c := range httpauth.Challenges(res.Header.Values("WWW-Authenticate")) {
		if strings.EqualFold(c.Scheme, "Negotiate") {
			return nil
		}
		names = append(names, c.Scheme)
	}
	if len(names) == 0 {
		return nil // some say nothing when they refuse
	}
	return fmt.Errorf("AuthScheme=Negotiate, and the server offers %s", strings.Join(names, ", "))
}

func failed(err error) error { return &httpx.Error{Kind: httpx.KindAuth, Err: err} }
