package httpauthtest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"unicode/utf16"

	//lint:ignore SA1019 NTLM is made of it
	"golang.org/x/crypto/md4"
)

// NTLM asks for NTLM ([MS-NTHT], [MS-NLMP] with NTLMv2) before a handler answers,
// and knows users by their connection. Start it with NewServer.
type NTLM struct {
	Next                   http.Handler
	Domain, User, Password string // as the user's computer sends them

	PerRequest  bool // each request is signed in anew (IIS's authPersistSingleRequest)
	Uses        int  // requests that a connection is good for before it is closed; 0 for any number
	CloseEarly  bool // close the connection after the challenge, which makes NTLM impossible
	NeverAnswer bool // name the scheme, but do not go on with it

	mu       sync.Mutex
	counters NTLMCounters
}

// NTLMCounters says what has come.
type NTLMCounters struct {
	Accepted int // sign-ins
	Served   int // requests handed on
	Refused  int // proofs of a wrong user or password
	Orphans  int // proofs over a connection that had no challenge
	Foreign  []string
}

// Counters returns what has come so far.
func (n *NTLM) Counters() NTLMCounters {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.counters
}

type connectionKey struct{}

// connection is what the server knows of one.
type connection struct {
	challenge []byte // sent and not answered yet
	signedIn  bool
	requests  int
}

// NewServer starts a server on loopback.
func (n *NTLM) NewServer() *httptest.Server {
	s := httptest.NewUnstartedServer(n)
	s.Config.ConnContext = func(ctx context.Context, _ net.Conn) context.Context {
		return context.WithValue(ctx, connectionKey{}, &connection{})
	}
	s.Start()
	return s
}

// ServeHTTP implements http.Handler.
func (n *NTLM) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// Requests of one connection come one after the other.
	c := r.Context().Value(connectionKey{}).(*connection)
	if !n.admit(w, r, c) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, "<html><title>401 - Unauthorized</title></html>")
		return
	}
	n.Next.ServeHTTP(w, r)
}

func (n *NTLM) admit(w http.ResponseWriter, r *http.Request, c *connection) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	message, err := base64.StdEncoding.DecodeString(token)
	w.Header().Add("WWW-Authenticate", "Negotiate")
	switch {
	case scheme == "" && c.signedIn:
		return n.serve(w, c)
	case scheme != "NTLM" || err != nil || len(message) < 12 || string(message[:8]) != "NTLMSSP\x00" || n.NeverAnswer:
		if scheme != "" && scheme != "NTLM" {
			n.counters.Foreign = append(n.counters.Foreign, scheme)
		}
	case message[8] == 1:
		c.challenge, c.signedIn = make([]byte, 8), false
		_, _ = rand.Read(c.challenge)
		w.Header().Add("WWW-Authenticate", "NTLM "+base64.StdEncoding.EncodeToString(challengeMessage(c.challenge)))
		if n.CloseEarly {
			w.Header().Set("Connection", "close")
		}
		return false
	case c.challenge == nil:
		n.counters.Orphans++
	case !n.proven(message, c.challenge):
		n.counters.Refused++
	default:
		n.counters.Accepted++
		c.signedIn = !n.PerRequest
		c.challenge = nil
		return n.serve(w, c)
	}
	c.challenge, c.signedIn = nil, false
	w.Header().Add("WWW-Authenticate", "NTLM")
	return false
}

func (n *NTLM) serve(w http.ResponseWriter, c *connection) bool {
	n.counters.Served++
	w.Header().Del("WWW-Authenticate")
	if c.requests++; n.Uses > 0 && c.requests >= n.Uses {
		w.Header().Set("Connection", "close")
	}
	return true
}

// The pairs of [MS-NLMP], section 2.2.2.1, that a server tells of itself.
var targetInfo = bytes.Join([][]byte{
	{2, 0, 8, 0}, wide("CORP"), {1, 0, 6, 0}, wide("SRV"),
	{7, 0, 8, 0}, {0x80, 0x3e, 0xd5, 0xde, 0xb1, 0x9d, 0xdb, 0x01}, {0, 0, 0, 0},
}, nil)

// challengeMessage is the message of [MS-NLMP], section 2.2.1.2.
func challengeMessage(challenge []byte) []byte {
	const flags = 0x1 | 0x4 | 0x200 | 0x8000 | 0x10000 | 0x80000 | 0x800000 | 0x20000000 | 0x80000000
	name := wide("CORP")
	m := make([]byte, 48)
	copy(m, "NTLMSSP\x00\x02")
	field := func(at, size, offset int) {
		binary.LittleEndian.PutUint16(m[at:], uint16(size))
		binary.LittleEndian.PutUint16(m[at+2:], uint16(size))
		binary.LittleEndian.PutUint32(m[at+4:], uint32(offset))
	}
	field(12, len(name), len(m))
	binary.LittleEndian.PutUint32(m[20:], flags)
	copy(m[24:], challenge)
	field(40, len(targetInfo), len(m)+len(name))
	return append(append(m, name...), targetInfo...)
}

// proven checks the message of [MS-NLMP], section 2.2.1.3, by section 3.3.2.
func (n *NTLM) proven(m, challenge []byte) bool {
	if len(m) < 64 || m[8] != 3 {
		return false
	}
	field := func(at int) []byte {
		size, offset := int(binary.LittleEndian.Uint16(m[at:])), int(binary.LittleEndian.Uint32(m[at+4:]))
		if offset+size > len(m) {
			return nil
		}
		return m[offset : offset+size]
	}
	response, domain, user := field(20), field(28), field(36)
	if len(response) < 44 || !bytes.Equal(domain, wide(n.Domain)) || !bytes.Equal(user, wide(n.User)) {
		return false
	}
	hash := md4.New()
	_, _ = hash.Write(wide(n.Password))
	key := keyed(hash.Sum(nil), append(wide(strings.ToUpper(n.User)), wide(n.Domain)...))
	proof, told := response[:16], response[16:]
	return hmac.Equal(proof, keyed(key, append(bytes.Clone(challenge), told...))) && bytes.Contains(told, targetInfo)
}

func keyed(key, text []byte) []byte {
	h := hmac.New(md5.New, key)
	_, _ = h.Write(text)
	return h.Sum(nil)
}

// wide is text as Windows writes it: UTF-16 in little endian.
func wide(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}
