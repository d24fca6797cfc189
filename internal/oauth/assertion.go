package oauth

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/epicorerp/epicorerp/internal/certificate"
)

// A client assertion is a JWT that the client signs in place of sending a
// secret: private_key_jwt of OpenID Connect Core, section 9, which is RFC 7523,
// sections 2.2 and 3. For Entra:
// https://learn.microsoft.com/entra/identity-platform/certificate-credentials

// signing is what the properties OAuthJWT… say of client assertions.
type signing struct {
	source    certificate.Source
	algorithm string // "" for the one that fits the key
	audience  string // "" for the provider's own names
	keyID     string // "" for the key's own
	validity  time.Duration
	entra     bool
}

const (
	defaultValidity = 5 * time.Minute
	// maxValidity keeps what a thief could do with an assertion within a day.
	maxValidity = 24 * time.Hour
	// clockSkew is how far the provider's clock may be behind.
	clockSkew = time.Minute
)

var (
	rsaAlgorithms = []string{"PS256", "PS384", "PS512", "RS256", "RS384", "RS512"}
	ecAlgorithms  = map[string]string{"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"} // RFC 7518, section 3.4
)

// readSigning reads the properties and no file. Its errors are *PropertyError.
func readSigning(p map[string]string, entra bool) (signing, error) {
	s := signing{
		source: certificate.SourceOf(p, "OAuthJWTCert"), algorithm: strings.ToUpper(p["OAuthJWTEncryption"]),
		audience: p["OAuthJWTAudience"], keyID: p["OAuthJWTPublicKeyId"], validity: defaultValidity, entra: entra,
	}
	known := append(slices.Clone(rsaAlgorithms), "ES256", "ES384", "ES512")
	if s.source.Value == "" && s.source.Password != "" {
		return s, &PropertyError{"OAuthJWTCert", "is missing: OAuthJWTCertPassword is set"}
	}
	if s.algorithm != "" && !slices.Contains(known, s.algorithm) {
		return s, &PropertyError{"OAuthJWTEncryption", "must be one of " + strings.Join(known, ", ")}
	}
	if text := p["OAuthJWTValidityTime"]; text != "" {
		var err error
		if s.validity, err = time.ParseDuration(text); err != nil {
			var seconds int64
			seconds, err = strconv.ParseInt(text, 10, 32)
			s.validity = time.Duration(seconds) * time.Second
		}
		if err != nil || s.validity < time.Second || s.validity > maxValidity {
			return s, &PropertyError{"OAuthJWTValidityTime", "must be a number of seconds from 1 to 86400"}
		}
	}
	return s, nil
}

// asserter returns what signs a fresh assertion for each token request. issuer is
// "" where it is not known. The store is read each time, which finds a renewed
// certificate and leaves no key in memory. Errors are *Error.
func (s signing) asserter(clientID string, now func() time.Time) assertion {
	return func(_ context.Context, tokenEndpoint, issuer string) (string, error) {
		key, err := certificate.Load(s.source)
		if err != nil {
			return "", propertyFailure(certificate.PropertyOf(err, "OAuthJWTCert"), err)
		}
		return s.sign(key, clientID, tokenEndpoint, issuer, now())
	}
}

// sign makes an assertion with an id of its own, as providers take none twice.
func (s signing) sign(key *certificate.KeyPair, clientID, tokenEndpoint, issuer string, now time.Time) (string, error) {
	if err := key.CheckDates(now); err != nil {
		return "", propertyFailure("OAuthJWTCert", err)
	}
	algorithm, err := s.algorithmFor(key)
	if err != nil {
		return "", err
	}
	token := jwt.NewWithClaims(jwt.GetSigningMethod(algorithm), jwt.MapClaims{
		"iss": clientID, "sub": clientID, "aud": s.audienceOf(tokenEndpoint, issuer), "jti": newUUID(),
		"iat": now.Unix(), "nbf": now.Add(-clockSkew).Unix(), "exp": now.Add(s.validity).Unix(),
	})
	if err := s.nameKey(token.Header, key, algorithm); err != nil {
		return "", err
	}
	text, err := token.SignedString(key.Key)
	if err != nil {
		return "", propertyFailure("OAuthJWTCert", fmt.Errorf("the key cannot sign with %s: %w", algorithm, err))
	}
	return text, nil
}

// algorithmFor checks that the algorithm asked for is one of the key's, or
// chooses: PS256 is what Entra documents, RS256 what every other provider takes.
func (s signing) algorithmFor(key *certificate.KeyPair) (string, error) {
	var fitting []string
	switch k := key.Key.(type) {
	case *rsa.PrivateKey:
		fitting = rsaAlgorithms
		if s.algorithm == "" && !s.entra {
			return "RS256", nil
		}
	case *ecdsa.PrivateKey:
		if a, ok := ecAlgorithms[k.Curve.Params().Name]; ok {
			fitting = []string{a}
		}
	case ed25519.PrivateKey:
		if s.algorithm == "" {
			return "EdDSA", nil // RFC 8037
		}
	}
	switch {
	case s.algorithm == "" && len(fitting) > 0:
		return fitting[0], nil
	case slices.Contains(fitting, s.algorithm):
		return s.algorithm, nil
	case s.algorithm == "":
		return "", propertyFailure("OAuthJWTCert", fmt.Errorf("an %v signs no assertion; use an RSA key, or an EC key on P-256, P-384 or P-521", key))
	}
	return "", propertyFailure("OAuthJWTEncryption", fmt.Errorf("%s is none for an %v; leave it out for one that fits", s.algorithm, key))
}

// audienceOf names the provider in the ways that providers call themselves: RFC
// 7523 leaves it to them, oidc-provider takes either, fosite and Entra the token
// endpoint alone, and Entra as a plain string: it is given no issuer.
func (s signing) audienceOf(tokenEndpoint, issuer string) any {
	switch {
	case s.audience != "":
		return s.audience
	case issuer == "" || issuer == tokenEndpoint:
		return tokenEndpoint
	}
	return []string{issuer, tokenEndpoint}
}

// nameKey tells the provider which of the client's keys has signed: by the
// certificate's thumbprint (RFC 7515, sections 4.1.7 and 4.1.8), by a key id, or
// by both.
func (s signing) nameKey(header map[string]any, key *certificate.KeyPair, algorithm string) error {
	id := s.keyID
	if id == "" {
		id = key.KeyID
	}
	if id != "" {
		header["kid"] = id
	}
	switch {
	case key.Leaf() == nil && id == "" && s.entra:
		return propertyFailure("OAuthJWTCert", errors.New("the store holds a key alone, and Entra finds it by its certificate; use a PFX store, or PEM text with both"))
	case key.Leaf() == nil:
	case algorithm == "RS256":
		header["x5t"] = base64.RawURLEncoding.EncodeToString(key.ThumbprintSHA1())
	default:
		header["x5t#S256"] = base64.RawURLEncoding.EncodeToString(key.ThumbprintSHA256())
	}
	return nil
}

func propertyFailure(property string, err error) *Error {
	return &Error{Reason: ReasonProperty, Message: fmt.Sprintf("property %q: %v", property, err), Err: err}
}

// newUUID returns a random UUID (RFC 9562, section 5.4).
func newUUID() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
