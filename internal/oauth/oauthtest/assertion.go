package oauthtest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha1" // x5t is a SHA-1 thumbprint (RFC 7515, section 4.1.7)
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/url"
	"slices"
	"strings"
	"time"
)

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// assertion is a client assertion (RFC 7523, section 3).
type assertion struct {
	header struct {
		Alg     string `json:"alg"`
		Typ     string `json:"typ"`
		KeyID   string `json:"kid"`
		X5T     string `json:"x5t"`
		X5TS256 string `json:"x5t#S256"`
	}
	claims struct {
		Issuer   string   `json:"iss"`
		Subject  string   `json:"sub"`
		Audience audience `json:"aud"`
		ID       string   `json:"jti"`
		Expiry   int64    `json:"exp"`
		Before   int64    `json:"nbf"`
		Issued   int64    `json:"iat"`
	}
	signed    string
	signature []byte
}

// audience is a string or a list of them (RFC 7519, section 4.1.3).
type audience []string

func (a *audience) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*a = audience{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(a))
}

func parseAssertion(text string) (*assertion, bool) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return nil, false
	}
	a := &assertion{signed: parts[0] + "." + parts[1]}
	header, err1 := base64.RawURLEncoding.DecodeString(parts[0])
	claims, err2 := base64.RawURLEncoding.DecodeString(parts[1])
	signature, err3 := base64.RawURLEncoding.DecodeString(parts[2])
	if err1 != nil || err2 != nil || err3 != nil || json.Unmarshal(header, &a.header) != nil || json.Unmarshal(claims, &a.claims) != nil {
		return nil, false
	}
	a.signature = signature
	return a, true
}

// issuerOf names the client where client_id was left out, as RFC 7521 section
// 4.2 allows.
func issuerOf(text string) string {
	if a, ok := parseAssertion(text); ok {
		return a.claims.Issuer
	}
	return ""
}

// Entra's numbers for what is wrong with a client assertion.
const (
	aadstsAssertion = 700027 // signature, certificate or form
	aadstsAudience  = 700023
	aadstsTime      = 700024
)

// checkAssertion returns why a client assertion is refused, and Entra's number
// for it, or "". The lock is held.
func (s *Server) checkAssertion(app *App, form url.Values) (aadsts int, text string) {
	if form.Get("client_assertion_type") != assertionType {
		return aadstsAssertion, "The client_assertion_type is not supported."
	}
	a, ok := parseAssertion(form.Get("client_assertion"))
	if !ok {
		return aadstsAssertion, "Client assertion is malformed."
	}
	key, text := s.assertionKey(app, a)
	if text != "" {
		return aadstsAssertion, text
	}
	if !a.verify(key) {
		return aadstsAssertion, "Client assertion failed signature validation."
	}
	return s.checkClaims(app, a)
}

func (s *Server) checkClaims(app *App, a *assertion) (aadsts int, text string) {
	now, c := s.cfg.now(), a.claims
	expiry := time.Unix(c.Expiry, 0)
	accepted := []string{s.Issuer(), s.TokenURL()}
	switch {
	case c.Issuer != app.ID || c.Subject != app.ID:
		return aadstsAssertion, "Client assertion's iss and sub must be the client id."
	case !slices.ContainsFunc(c.Audience, func(aud string) bool { return slices.Contains(accepted, aud) }):
		return aadstsAudience, "Client assertion audience claim does not match Realm issuer."
	case c.Expiry == 0 || !now.Before(expiry):
		return aadstsTime, "Client assertion is not within its valid time range: it has expired."
	case expiry.After(now.Add(24 * time.Hour)):
		return aadstsTime, "Client assertion lives too long."
	case now.Before(time.Unix(c.Before, 0)):
		return aadstsTime, "Client assertion is not within its valid time range: it is not valid yet."
	case c.ID == "":
		return aadstsAssertion, "Client assertion must have a jti."
	}
	if until, seen := s.jtis[c.ID]; seen && now.Before(until) {
		return aadstsAssertion, "Client assertion was used before."
	}
	s.jtis[c.ID] = expiry
	return 0, ""
}

// assertionKey finds the key by thumbprint or key id. Entra wants a thumbprint.
func (s *Server) assertionKey(app *App, a *assertion) (crypto.PublicKey, string) {
	h := a.header
	switch {
	case h.Typ != "" && h.Typ != "JWT":
		return nil, "Client assertion's typ must be JWT."
	case s.cfg.shape == Entra && h.X5T == "" && h.X5TS256 == "":
		return nil, "Client assertion has no thumbprint of a certificate."
	}
	if h.X5T != "" || h.X5TS256 != "" {
		for _, cert := range app.Certificates {
			one, two := sha1.Sum(cert.Raw), sha256.Sum256(cert.Raw)
			if (h.X5T == "" || h.X5T == base64.RawURLEncoding.EncodeToString(one[:])) &&
				(h.X5TS256 == "" || h.X5TS256 == base64.RawURLEncoding.EncodeToString(two[:])) {
				return cert.PublicKey, ""
			}
		}
		return nil, "The certificate with identifier used to sign the client assertion is not registered on application."
	}
	if key, ok := app.Keys[h.KeyID]; ok {
		return key, ""
	}
	if h.KeyID == "" && len(app.Keys) == 1 && len(app.Certificates) == 0 {
		for _, key := range app.Keys {
			return key, ""
		}
	}
	return nil, "The key used to sign the client assertion is not registered on application."
}

// verify checks the signature (RFC 7518, sections 3.3 to 3.5).
func (a *assertion) verify(key crypto.PublicKey) bool {
	if key, ok := key.(ed25519.PublicKey); ok { // RFC 8037
		return a.header.Alg == "EdDSA" && ed25519.Verify(key, []byte(a.signed), a.signature)
	}
	if len(a.header.Alg) != 5 {
		return false
	}
	hash, ok := map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}[a.header.Alg[2:]]
	if !ok {
		return false
	}
	h := hash.New()
	h.Write([]byte(a.signed))
	digest := h.Sum(nil)
	switch key := key.(type) {
	case *rsa.PublicKey:
		switch a.header.Alg[:2] {
		case "RS":
			return rsa.VerifyPKCS1v15(key, hash, digest, a.signature) == nil
		case "PS":
			return rsa.VerifyPSS(key, hash, digest, a.signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) == nil
		}
	case *ecdsa.PublicKey:
		size := (key.Curve.Params().BitSize + 7) / 8
		curve := map[string]string{"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}[a.header.Alg]
		if curve != key.Curve.Params().Name || len(a.signature) != 2*size {
			return false
		}
		r, s := new(big.Int).SetBytes(a.signature[:size]), new(big.Int).SetBytes(a.signature[size:])
		return ecdsa.Verify(key, digest, r, s)
	}
	return false
}
