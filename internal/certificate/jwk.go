package certificate

import (
	"crypto"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"strings"
)

// jsonWebKey is a JSON Web Key (RFC 7517) or a set of them: the members of RFC
// 7518, sections 6.2 and 6.3, that make a private key.
type jsonWebKey struct {
	Type  string    `json:"kty"`
	ID    string    `json:"kid"`
	Curve string    `json:"crv"`
	X     jwkBytes  `json:"x"`
	Y     jwkBytes  `json:"y"`
	N     jwkBytes  `json:"n"`
	E     jwkBytes  `json:"e"`
	D     jwkBytes  `json:"d"`
	P     jwkBytes  `json:"p"`
	Q     jwkBytes  `json:"q"`
	Chain [][]byte  `json:"x5c"` // base64, not base64url: section 4.7
	Keys  []keyJSON `json:"keys"`
}

// keyJSON is a member of a set, read on its own: one that is of no use must not
// spoil the others (section 5).
type keyJSON = json.RawMessage

// jwkBytes is base64url without padding.
type jwkBytes []byte

// UnmarshalText implements encoding.TextUnmarshaler.
func (b *jwkBytes) UnmarshalText(text []byte) error {
	var err error
	*b, err = base64.RawURLEncoding.DecodeString(strings.TrimRight(string(text), "="))
	return err
}

func (b jwkBytes) number() *big.Int { return new(big.Int).SetBytes(b) }

func decodeJWK(data []byte, _ string) (contents, error) {
	var c contents
	var k jsonWebKey
	if err := json.Unmarshal(trimText(data), &k); err != nil { // its text could quote the key
		return c, refuse(PartValue, `the JSON is not a JSON Web Key: {"kty": …} or {"keys": [{"kty": …}]}`)
	}
	if k.Keys == nil {
		return c, k.addTo(&c)
	}
	var first error
	for _, raw := range k.Keys {
		var member jsonWebKey
		err := json.Unmarshal(raw, &member)
		if err != nil {
			err = damaged(jwk, nil)
		} else {
			err = member.addTo(&c)
		}
		if first == nil {
			first = err
		}
	}
	if len(c.keys) > 0 {
		return c, nil
	}
	return c, first
}

func (k *jsonWebKey) addTo(c *contents) error {
	var key crypto.Signer
	var err error
	switch {
	case k.Type == "oct":
		return refuse(PartValue, "the JSON Web Key is a shared secret (kty oct); an RSA or EC key is needed")
	case k.Type != "RSA" && k.Type != "EC":
		return refuse(PartValue, "the JSON Web Key is neither an RSA nor an EC key (kty)")
	case len(k.D) == 0:
		return noPrivateKey("it is the JSON Web Key of a public key")
	case k.Type == "RSA" && (len(k.P) == 0 || len(k.Q) == 0):
		return refuse(PartValue, "the JSON Web Key has no p and q; export it with them")
	case k.Type == "RSA":
		key, err = rsaKey(jwk, k.N.number(), k.E.number(), k.D.number(), k.P.number(), k.Q.number())
	default:
		key, err = k.ec()
	}
	if err != nil {
		return err
	}
	for _, der := range k.Chain {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return damaged(jwk, err)
		}
		c.certs = append(c.certs, cert)
	}
	c.keys = append(c.keys, privateKey{Signer: key, id: k.ID})
	return nil
}

func (k *jsonWebKey) ec() (crypto.Signer, error) {
	curve, known := map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}[k.Curve]
	if !known {
		return nil, refuse(PartValue, "the JSON Web Key is on a curve that is not known; P-256, P-384 and P-521 are")
	}
	point := append(append([]byte{4}, k.X...), k.Y...) // SEC 1, section 2.3.3
	return ecKey(jwk, curve, k.D.number(), point)
}
