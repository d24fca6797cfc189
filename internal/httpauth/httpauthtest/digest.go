// Package httpauthtest puts the server's side of challenges before a handler, on
// loopback, for tests: strict where real servers are, and written from the
// published algorithms alone.
package httpauthtest

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// Digest asks for HTTP Digest (RFC 7616) before a handler answers. Set its
// fields before the first request.
type Digest struct {
	Next           http.Handler
	User, Password string

	Realm     string
	Algorithm string // MD5, MD5-sess, SHA-256, …; "" leaves it out, and means MD5
	QOP       string // as offered; "" speaks RFC 2069
	UserHash  bool
	Latin1    bool   // no charset: user and password are ISO 8859-1
	Uses      int    // requests that a nonce is good for; 0 for any number
	Silent    bool   // do not say stale of a nonce that has run out
	NextNonce bool   // give the next nonce with each answer
	Before    string // further challenges, before Digest's in the same field

	mu       sync.Mutex
	issued   int
	nonces   map[string]*issued
	counters Counters
}

// Counters says what has come.
type Counters struct {
	Unsigned int // without credentials of the scheme
	Accepted int
	Stale    int
	Refused  int      // with credentials that are wrong
	Foreign  []string // schemes of credentials that nobody asked for
}

type issued struct {
	count uint64 // the greatest nonce count so far
	uses  int
	ha1   string // of a session, once it has begun
}

// Counters returns what has come so far.
func (d *Digest) Counters() Counters {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.counters
}

var parameter = regexp.MustCompile(`([A-Za-z*]+)=("(?:[^"\\]|\\.)*"|[^\s,]+)`)

// ServeHTTP implements http.Handler.
func (d *Digest) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if !d.admit(w, r, body) {
		return
	}
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	d.Next.ServeHTTP(w, r)
}

func (d *Digest) admit(w http.ResponseWriter, r *http.Request, body []byte) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	scheme, credentials, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if scheme != "Digest" {
		if scheme != "" {
			d.counters.Foreign = append(d.counters.Foreign, scheme)
		}
		d.counters.Unsigned++
		d.challenge(w, false)
		return false
	}
	params := map[string]string{}
	for _, m := range parameter.FindAllStringSubmatch(credentials, -1) {
		value := m[2]
		if strings.HasPrefix(value, `"`) {
			value = regexp.MustCompile(`\\(.)`).ReplaceAllString(value[1:len(value)-1], "$1")
		}
		params[m[1]] = value
	}
	state := d.nonces[params["nonce"]]
	if reason := d.check(params, state, r, body); reason != "" {
		d.counters.Refused++
		w.Header().Set("X-Reason", reason)
		d.challenge(w, false)
		return false
	}
	// The response is right: what is left is whether the nonce still is.
	count, _ := strconv.ParseUint(params["nc"], 16, 64)
	if state == nil || d.Uses > 0 && state.uses >= d.Uses || d.QOP != "" && count <= state.count {
		d.counters.Stale++
		d.challenge(w, !d.Silent)
		return false
	}
	state.count, state.uses = count, state.uses+1
	d.counters.Accepted++
	if d.NextNonce {
		next := d.issue()
		d.nonces[next].ha1 = state.ha1
		w.Header().Set("Authentication-Info", fmt.Sprintf(`qop=auth, nextnonce=%q, nc=%s`, next, params["nc"]))
	}
	return true
}

func (d *Digest) issue() string {
	if d.nonces == nil {
		d.nonces = map[string]*issued{}
	}
	d.issued++
	n := fmt.Sprintf("nonce/%d==", d.issued)
	d.nonces[n] = &issued{}
	return n
}

func (d *Digest) challenge(w http.ResponseWriter, stale bool) {
	c := d.Before + fmt.Sprintf("Digest realm=%q, nonce=%q, opaque=\"a, \\\"b\\\"\"", d.Realm, d.issue())
	if d.Algorithm != "" {
		c += ", algorithm=" + d.Algorithm
	}
	if d.QOP != "" {
		c += fmt.Sprintf(", qop=%q", d.QOP)
	}
	if d.UserHash {
		c += ", userhash=true"
	}
	if !d.Latin1 {
		c += ", charset=UTF-8"
	}
	if stale {
		c += ", stale=TRUE"
	}
	w.Header().Set("WWW-Authenticate", c)
	w.WriteHeader(http.StatusUnauthorized)
	_, _ = io.WriteString(w, `{"error":{"code":"401","message":"sign in"}}`)
}

func (d *Digest) digest(text string) string {
	switch strings.TrimSuffix(d.Algorithm, "-sess") {
	case "SHA-256":
		return fmt.Sprintf("%x", sha256.Sum256([]byte(text)))
	case "SHA-512-256":
		return fmt.Sprintf("%x", sha512.Sum512_256([]byte(text)))
	}
	return fmt.Sprintf("%x", md5.Sum([]byte(text)))
}

// check returns what is wrong with credentials, "" for nothing.
func (d *Digest) check(p map[string]string, state *issued, r *http.Request, body []byte) string {
	user, password := d.User, d.Password
	if d.Latin1 {
		user, password = latin1(user), latin1(password)
	}
	named := p["username"] == user
	if d.UserHash {
		named = p["userhash"] == "true" && p["username"] == d.digest(user+":"+d.Realm)
	} else if extended, ok := strings.CutPrefix(p["username*"], "UTF-8''"); ok {
		plain, err := url.PathUnescape(extended)
		named = err == nil && plain == user
	}
	switch {
	case !named:
		return "user"
	case p["realm"] != d.Realm || p["opaque"] != `a, "b"`:
		return "realm or opaque"
	case p["algorithm"] != d.Algorithm:
		return "algorithm"
	case p["uri"] != r.RequestURI:
		return "uri"
	}
	ha1 := d.digest(user + ":" + d.Realm + ":" + password)
	if strings.HasSuffix(d.Algorithm, "-sess") && state != nil {
		if state.ha1 == "" {
			state.ha1 = d.digest(ha1 + ":" + p["nonce"] + ":" + p["cnonce"])
		}
		ha1 = state.ha1
	}
	expected := ha1 + ":" + p["nonce"] + ":"
	a2 := r.Method + ":" + r.RequestURI
	switch {
	case d.QOP == "" && p["qop"] != "":
		return "qop"
	case d.QOP == "":
	case p["qop"] == "auth-int" && strings.Contains(d.QOP, "auth-int"):
		a2 += ":" + d.digest(string(body))
		fallthrough
	case p["qop"] == "auth" && d.QOP != "auth-int":
		expected += p["nc"] + ":" + p["cnonce"] + ":" + p["qop"] + ":"
	default:
		return "qop"
	}
	if p["response"] != d.digest(expected+d.digest(a2)) {
		return "response"
	}
	return ""
}

func latin1(s string) string {
	var b []byte
	for _, r := range s {
		b = append(b, byte(r))
	}
	return string(b)
}
