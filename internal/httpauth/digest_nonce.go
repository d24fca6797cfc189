package httpauth

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"net/url"
	"slices"
	"strings"
)

// digestHashes are the algorithms of RFC 7616, section 6.1, each of which has a
// variant with -sess.
var digestHashes = map[string]func() hash.Hash{
	"md5": md5.New, "sha-256": sha256.New, "sha-512-256": sha512.New512_256,
}

// nonce is a challenge of a server's with what is needed to answer it, as often
// as its nonce is taken.
type nonce struct {
	value, realm, opaque, qop string
	algorithm                 string // as the server writes it, "" if it does not
	hash                      func() hash.Hash
	userField                 string // the user as the header names them
	ha1                       string // H(A1)
	cnonce                    string
	count                     uint32 // requests signed with value
	accepted                  bool   // the server has taken an answer
}

// newNonce prepares the answers to a challenge.
func newNonce(c Challenge, user, password string) (*nonce, error) {
	n := &nonce{value: c.Params["nonce"], realm: c.Params["realm"], opaque: c.Params["opaque"], algorithm: c.Params["algorithm"], cnonce: randomText()}
	name, session := strings.CutSuffix(strings.ToLower(n.algorithm), "-sess")
	if name == "" {
		name = "md5"
	}
	n.hash = digestHashes[name]
	switch {
	case n.hash == nil:
		return nil, fmt.Errorf("algorithm %q is not one of MD5, SHA-256 and SHA-512-256", n.algorithm)
	case n.value == "":
		return nil, errors.New("its challenge has no nonce")
	}
	if err := n.chooseQOP(c.Params["qop"]); err != nil {
		return nil, err
	}
	utf8 := strings.EqualFold(c.Params["charset"], "UTF-8")
	n.nameUser(user, utf8, strings.EqualFold(c.Params["userhash"], "true"))
	n.ha1 = n.h(digestText(user, utf8) + ":" + n.realm + ":" + digestText(password, utf8))
	if session {
		// Of the first nonce, also when the server has gone on to others (RFC
		// 7616, section 3.4.2).
		n.ha1 = n.h(n.ha1 + ":" + n.value + ":" + n.cnonce)
	}
	return n, nil
}

// chooseQOP prefers auth. A server without qop speaks RFC 2069.
func (n *nonce) chooseQOP(offers string) error {
	if offers == "" {
		return nil
	}
	list := strings.FieldsFunc(strings.ToLower(offers), func(r rune) bool { return r == ',' || r == ' ' || r == '\t' })
	for _, qop := range []string{"auth", "auth-int"} {
		if slices.Contains(list, qop) {
			n.qop = qop
			return nil
		}
	}
	return fmt.Errorf("its quality of protection %q is neither auth nor auth-int", offers)
}

// nameUser makes the parameters that say who the user is (RFC 7616, sections
// 3.4.1 and 3.4.4).
func (n *nonce) nameUser(user string, utf8, hashed bool) {
	ascii := !strings.ContainsFunc(user, func(r rune) bool { return r > 0x7e || r < ' ' })
	switch {
	case hashed:
		n.userField = "username=" + quoted(n.h(digestText(user, utf8)+":"+n.realm)) + ", userhash=true"
	case utf8 && !ascii:
		n.userField = "username*=UTF-8''" + strings.ReplaceAll(url.QueryEscape(user), "+", "%20")
	default:
		n.userField = "username=" + quoted(digestText(user, utf8))
	}
}

// authorization signs a request, and counts it.
func (n *nonce) authorization(method, uri string, body []byte) string {
	n.count++
	ha2 := method + ":" + uri
	if n.qop == "auth-int" {
		ha2 += ":" + n.h(string(body))
	}
	count := fmt.Sprintf("%08x", n.count)
	signed := n.ha1 + ":" + n.value + ":"
	if n.qop != "" {
		signed += count + ":" + n.cnonce + ":" + n.qop + ":"
	}
	var b strings.Builder
	b.WriteString("Digest " + n.userField + ", realm=" + quoted(n.realm) + ", nonce=" + quoted(n.value) +
		", uri=" + quoted(uri) + ", response=" + quoted(n.h(signed+n.h(ha2))))
	if n.algorithm != "" {
		b.WriteString(", algorithm=" + n.algorithm)
	}
	if n.opaque != "" {
		b.WriteString(", opaque=" + quoted(n.opaque))
	}
	if n.qop != "" {
		b.WriteString(", qop=" + n.qop + ", nc=" + count + ", cnonce=" + quoted(n.cnonce))
	}
	return b.String()
}

func (n *nonce) h(text string) string {
	h := n.hash()
	_, _ = h.Write([]byte(text)) // never fails
	return hex.EncodeToString(h.Sum(nil))
}

// digestText is text in the bytes that the server reckons with: UTF-8 where it
// says so, else ISO 8859-1 (RFC 2617, which has HTTP's text of its day), unless
// that lacks a letter of it.
func digestText(text string, utf8 bool) string {
	if utf8 {
		return text
	}
	var b []byte
	for _, r := range text {
		if r > 0xff {
			return text
		}
		b = append(b, byte(r))
	}
	return string(b)
}

var quoting = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

func quoted(s string) string { return `"` + quoting.Replace(s) + `"` }
