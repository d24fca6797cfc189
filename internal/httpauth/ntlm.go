package httpauth

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"

	"github.com/Azure/go-ntlmssp"

	"github.com/epicorerp/epicorerp/internal/httpx"
)

// NewNTLM returns the layer of NTLM over HTTP ([MS-NTHT]) over a transport; see
// httpx.Config. NTLM authenticates a connection by three messages that must all go
// over it, and the connection then carries requests without credentials; so base
// must be an *http.Transport, of which each connection has a copy to itself. The
// user is DOMAIN\name, name@domain or a name that the server knows alone.
func NewNTLM(base http.RoundTripper, user string, password httpx.Secret) (http.RoundTripper, error) {
	t, ok := base.(*http.Transport)
	if !ok {
		return nil, fmt.Errorf("AuthScheme=NTLM signs in connections, which a transport of type %T hides; give an *http.Transport, or none", base)
	}
	return &ntlm{base: t, user: user, password: password}, nil
}

// ntlm keeps the lanes that no request is on. There are never more than there
// were requests at a time, which httpx.Config.MaxConnections bounds.
type ntlm struct {
	base     *http.Transport
	user     string
	password httpx.Secret

	mu   sync.Mutex
	idle []*lane // the one used last at the end
	all  []*lane
}

// RoundTrip implements http.RoundTripper. The lane is free again when the
// answer's body is closed.
func (n *ntlm) RoundTrip(r *http.Request) (*http.Response, error) {
	l := n.take()
	res, err := l.roundTrip(r)
	if err != nil {
		n.free(l)
		return nil, err
	}
	res.Body = &laneBody{ReadCloser: res.Body, closed: sync.OnceFunc(func() { n.free(l) })}
	return res, nil
}

// CloseIdleConnections closes those that no request is on, and those in use when
// they are free.
func (n *ntlm) CloseIdleConnections() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, l := range n.all {
		l.transport.CloseIdleConnections()
	}
}

func (n *ntlm) take() *lane {
	n.mu.Lock()
	defer n.mu.Unlock()
	if last := len(n.idle) - 1; last >= 0 {
		l := n.idle[last]
		n.idle = n.idle[:last]
		return l
	}
	l := &lane{transport: oneConnection(n.base), user: n.user, password: n.password}
	n.all = append(n.all, l)
	return l
}

func (n *ntlm) free(l *lane) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.idle = append(n.idle, l)
}

// oneConnection copies a transport to one that has a single connection, of
// HTTP/1.1: the streams of HTTP/2 have no connection of their own to sign in.
func oneConnection(base *http.Transport) *http.Transport {
	t := base.Clone()
	t.MaxConnsPerHost, t.MaxIdleConnsPerHost, t.DisableKeepAlives = 1, 1, false
	t.Protocols = new(http.Protocols)
	t.Protocols.SetHTTP1(true)
	t.TLSNextProto = nil
	if t.TLSClientConfig != nil {
		t.TLSClientConfig.NextProtos = nil
	}
	return t
}

// laneBody is an answer's body whose closing frees the lane.
type laneBody struct {
	io.ReadCloser
	closed func()
}

func (b *laneBody) Close() error {
	defer b.closed()
	return b.ReadCloser.Close()
}

// lane is a connection with its state, for one request at a time.
type lane struct {
	transport *http.Transport
	user      string
	password  httpx.Secret
	signedIn  net.Conn // the connection that the server knows the user of
}

// handshakes bounds those for one request: the server may close a connection
// between them, and then the next one is signed in.
const handshakes = 3

func (l *lane) roundTrip(r *http.Request) (*http.Response, error) {
	round := 1
	if l.signedIn != nil {
		res, conn, err := l.send(r, "", round)
		if err != nil {
			return nil, err
		}
		known := conn == l.signedIn
		// An answer over a connection that has taken the place of the one signed
		// in is one to nobody, and good for nothing if the request can be made again.
		if res.StatusCode != http.StatusUnauthorized && (known || r.Method != http.MethodGet && r.Method != http.MethodHead) {
			return res, nil
		}
		drain(res)
		l.signedIn = nil
		round++
	}
	for range handshakes {
		res, done, err := l.handshake(r, round)
		if err != nil || done {
			return res, err
		}
		drain(res)
		round = 2
	}
	return nil, failed(errors.New("the server closes the connection between the messages of NTLM"))
}

// handshake sends the request with each message. It is not done where another
// connection took the place of the one that the server's challenge came over.
func (l *lane) handshake(r *http.Request, round int) (res *http.Response, done bool, err error) {
	negotiate, err := ntlmssp.NewNegotiateMessage("", "")
	if err != nil {
		return nil, false, failed(err)
	}
	res, asked, err := l.send(r, ntlmField(negotiate), round)
	if err != nil || res.StatusCode != http.StatusUnauthorized {
		return res, true, err
	}
	message, err := l.answer(res.Header.Values("WWW-Authenticate"))
	drain(res)
	if err != nil {
		return nil, false, failed(err)
	}
	res, told, err := l.send(r, ntlmField(message), 2)
	switch {
	case err != nil:
		return nil, false, err
	case told != asked:
		return res, false, nil
	case res.StatusCode != http.StatusUnauthorized:
		l.signedIn = told
	}
	return res, true, nil // a 401 too: asking again locks accounts
}

// answer makes the last message of the server's challenge.
func (l *lane) answer(values []string) ([]byte, error) {
	all := Challenges(values)
	for _, c := range all {
		if !strings.EqualFold(c.Scheme, "NTLM") {
			continue
		}
		if c.Token == "" {
			return nil, errors.New("the server offers NTLM, and does not go on with it")
		}
		challenge, err := base64.StdEncoding.DecodeString(c.Token)
		if err != nil {
			return nil, errors.New("the server's NTLM message is not base64")
		}
		message, err := ntlmssp.NewAuthenticateMessage(challenge, l.user, l.password.Reveal(), nil)
		if err != nil {
			return nil, fmt.Errorf("the server's NTLM message cannot be answered: %w", err)
		}
		return message, nil
	}
	return nil, fmt.Errorf("AuthScheme=NTLM, and the server offers %s", offered(all))
}

// send sends a copy of the request, and says over which connection.
func (l *lane) send(r *http.Request, authorization string, round int) (*http.Response, net.Conn, error) {
	c, err := again(r, round)
	if err != nil {
		return nil, nil, failed(err)
	}
	if authorization != "" {
		c.Header.Set("Authorization", authorization)
	}
	var used net.Conn
	trace := &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) { used = info.Conn }}
	res, err := l.transport.RoundTrip(c.WithContext(httptrace.WithClientTrace(c.Context(), trace)))
	return res, used, err
}

func ntlmField(message []byte) string { return "NTLM " + base64.StdEncoding.EncodeToString(message) }
