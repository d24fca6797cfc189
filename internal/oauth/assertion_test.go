package oauth

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"maps"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/internal/certificate"
	"github.com/epicorerp/epicorerp/internal/oauth/oauthtest"
)

const (
	tokenAddress = "https://login.example/token"
	issuerName   = "https://login.example"
)

var signedAt = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// certified gives a key a certificate that is valid an hour before and after
// signedAt.
func certified(t *testing.T, key crypto.Signer) *certificate.KeyPair {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "erp"},
		NotBefore: signedAt.Add(-time.Hour), NotAfter: signedAt.Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return &certificate.KeyPair{Key: key, Chain: []*x509.Certificate{cert}}
}

func newRSA(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	return key
}

func newEC(t *testing.T, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	require.NoError(t, err)
	return key
}

// verified checks a signature with the public key and returns what was signed.
func verified(t *testing.T, text string, key crypto.Signer) (header, claims map[string]any) {
	t.Helper()
	token, err := jwt.Parse(text, func(*jwt.Token) (any, error) { return key.Public(), nil },
		jwt.WithTimeFunc(func() time.Time { return signedAt }), jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithIssuer("client"), jwt.WithSubject("client"))
	require.NoError(t, err)
	return token.Header, token.Claims.(jwt.MapClaims)
}

func TestAnAssertionSaysWhatProvidersAskFor(t *testing.T) {
	rsaKey := newRSA(t)
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	for _, test := range []struct {
		name      string
		key       crypto.Signer
		entra     bool
		algorithm string // asked for
		wants     string
		names     string // the header that names the key
	}{
		{"RSA at Entra", rsaKey, true, "", "PS256", "x5t#S256"},
		{"RSA elsewhere", rsaKey, false, "", "RS256", "x5t"},
		{"RS256 at Entra", rsaKey, true, "RS256", "RS256", "x5t"},
		{"PS256 elsewhere", rsaKey, false, "ps256", "PS256", "x5t#S256"},
		{"RS512", rsaKey, false, "RS512", "RS512", "x5t#S256"},
		{"PS384", rsaKey, false, "PS384", "PS384", "x5t#S256"},
		{"P-256", newEC(t, elliptic.P256()), false, "", "ES256", "x5t#S256"},
		{"P-384", newEC(t, elliptic.P384()), true, "", "ES384", "x5t#S256"},
		{"P-521 by name", newEC(t, elliptic.P521()), false, "ES512", "ES512", "x5t#S256"},
		{"Ed25519", edKey, false, "", "EdDSA", "x5t#S256"},
	} {
		t.Run(test.name, func(t *testing.T) {
			pair := certified(t, test.key)
			s, err := readSigning(map[string]string{"OAuthJWTEncryption": test.algorithm}, test.entra)
			require.NoError(t, err)
			text, err := s.sign(pair, "client", tokenAddress, "", signedAt)
			require.NoError(t, err)
			header, claims := verified(t, text, test.key)
			thumbprint := map[string][]byte{"x5t": pair.ThumbprintSHA1(), "x5t#S256": pair.ThumbprintSHA256()}[test.names]
			assert.Equal(t, map[string]any{"typ": "JWT", "alg": test.wants, test.names: base64.RawURLEncoding.EncodeToString(thumbprint)}, header)
			assert.Equal(t, float64(signedAt.Unix()), claims["iat"])
			assert.Equal(t, float64(signedAt.Add(-time.Minute).Unix()), claims["nbf"], "the provider's clock may be behind")
			assert.Equal(t, float64(signedAt.Add(5*time.Minute).Unix()), claims["exp"])
			assert.Equal(t, tokenAddress, claims["aud"], "a plain string")
			assert.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, claims["jti"])
			assert.Len(t, claims, 7)

			again, err := s.sign(pair, "client", tokenAddress, "", signedAt)
			require.NoError(t, err)
			_, other := verified(t, again, test.key)
			assert.NotEqual(t, claims["jti"], other["jti"])
		})
	}
}

// The library's own verifier takes any length of salt; RFC 7518, section 3.5,
// asks for the hash's.
func TestThePSSSaltIsAsLongAsTheHash(t *testing.T) {
	key := newRSA(t)
	text, err := signing{entra: true, validity: time.Minute}.sign(certified(t, key), "client", tokenAddress, "", signedAt)
	require.NoError(t, err)
	signed, signature, _ := strings.Cut(text[strings.Index(text, ".")+1:], ".")
	digest := sha256.Sum256([]byte(text[:strings.Index(text, ".")+1] + signed))
	raw, err := base64.RawURLEncoding.DecodeString(signature)
	require.NoError(t, err)
	assert.NoError(t, rsa.VerifyPSS(&key.PublicKey, crypto.SHA256, digest[:], raw, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}))
}

func TestTheAudienceIsWhatTheProviderCallsItself(t *testing.T) {
	for name, test := range map[string]struct {
		property, issuer string
		want             any
	}{
		"the token endpoint where the issuer is not known": {"", "", tokenAddress},
		"both where it is":                   {"", issuerName, []any{issuerName, tokenAddress}},
		"one where they are the same":        {"", tokenAddress, tokenAddress},
		"what the property says in any case": {"urn:own", issuerName, "urn:own"},
	} {
		t.Run(name, func(t *testing.T) {
			key := newEC(t, elliptic.P256())
			s, err := readSigning(map[string]string{"OAuthJWTAudience": test.property}, false)
			require.NoError(t, err)
			text, err := s.sign(certified(t, key), "client", tokenAddress, test.issuer, signedAt)
			require.NoError(t, err)
			_, claims := verified(t, text, key)
			assert.Equal(t, test.want, claims["aud"])
		})
	}
}

func TestTheKeyIsNamedByItsIDToo(t *testing.T) {
	key := newEC(t, elliptic.P256())
	for name, test := range map[string]struct {
		property, own string
		certified     bool
		wants         any
	}{
		"the property's":                {"named", "own", true, "named"},
		"its own":                       {"", "own", true, "own"},
		"its own without a certificate": {"", "own", false, "own"},
		"none":                          {"", "", false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			pair := &certificate.KeyPair{Key: key, KeyID: test.own}
			if test.certified {
				pair.Chain = certified(t, key).Chain
			}
			s, err := readSigning(map[string]string{"OAuthJWTPublicKeyId": test.property}, false)
			require.NoError(t, err)
			text, err := s.sign(pair, "client", tokenAddress, "", signedAt)
			require.NoError(t, err)
			header, _ := verified(t, text, key)
			assert.Equal(t, test.wants, header["kid"])
			assert.Equal(t, test.certified, header["x5t#S256"] != nil)
		})
	}
}

func TestAnAssertionThatWouldBeRefusedIsNotSigned(t *testing.T) {
	rsaPair, ecPair := certified(t, newRSA(t)), certified(t, newEC(t, elliptic.P256()))
	bare := &certificate.KeyPair{Key: ecPair.Key}
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	for name, test := range map[string]struct {
		pair      *certificate.KeyPair
		algorithm string
		entra     bool
		at        time.Time
		message   string
	}{
		"an expired certificate":          {rsaPair, "", true, signedAt.Add(2 * time.Hour), `property "OAuthJWTCert": the certificate CN=erp expired on 2026-03-01; have it renewed`},
		"a certificate of tomorrow":       {rsaPair, "", false, signedAt.Add(-2 * time.Hour), `property "OAuthJWTCert": the certificate CN=erp is valid from 2026-03-01 only; is the clock right?`},
		"an EC algorithm for an RSA key":  {rsaPair, "ES256", false, signedAt, `property "OAuthJWTEncryption": ES256 is none for an RSA key of 2048 bits of CN=erp; leave it out for one that fits`},
		"an RSA algorithm for an EC key":  {ecPair, "PS256", true, signedAt, `property "OAuthJWTEncryption": PS256 is none for an EC key on P-256 of CN=erp; leave it out for one that fits`},
		"another curve's algorithm":       {ecPair, "ES384", false, signedAt, `property "OAuthJWTEncryption": ES384 is none for an EC key on P-256 of CN=erp; leave it out for one that fits`},
		"an Ed25519 key for RSA":          {&certificate.KeyPair{Key: edKey}, "RS256", false, signedAt, `property "OAuthJWTEncryption": RS256 is none for an Ed25519 key; leave it out for one that fits`},
		"a curve that JWT does not have":  {&certificate.KeyPair{Key: newEC(t, elliptic.P224())}, "", false, signedAt, `property "OAuthJWTCert": an EC key on P-224 signs no assertion; use an RSA key, or an EC key on P-256, P-384 or P-521`},
		"Entra and no certificate at all": {bare, "", true, signedAt, `property "OAuthJWTCert": the store holds a key alone, and Entra finds it by its certificate; use a PFX store, or PEM text with both`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := signing{algorithm: test.algorithm, entra: test.entra, validity: time.Minute}.sign(test.pair, "client", tokenAddress, "", test.at)
			var failed *Error
			require.ErrorAs(t, err, &failed)
			assert.Equal(t, ReasonProperty, failed.Reason)
			assert.Equal(t, test.message, failed.Error())
		})
	}
}

func TestWrongPropertiesOfAssertionsAreNamed(t *testing.T) {
	for _, test := range []struct{ property, value, message string }{
		{"OAuthJWTEncryption", "HS256", "must be one of PS256, PS384, PS512, RS256, RS384, RS512, ES256, ES384, ES512"},
		{"OAuthJWTValidityTime", "0", "must be a number of seconds from 1 to 86400"},
		{"OAuthJWTValidityTime", "-5m", "must be a number of seconds from 1 to 86400"},
		{"OAuthJWTValidityTime", "86401", "must be a number of seconds from 1 to 86400"},
		{"OAuthJWTValidityTime", "soon", "must be a number of seconds from 1 to 86400"},
	} {
		_, err := readSigning(map[string]string{test.property: test.value}, false)
		assert.Equal(t, &PropertyError{test.property, test.message}, err)
	}
	_, err := readSigning(map[string]string{"OAuthJWTCertPassword": "canary"}, false)
	assert.Equal(t, &PropertyError{"OAuthJWTCert", "is missing: OAuthJWTCertPassword is set"}, err)
	for text, want := range map[string]time.Duration{"": 5 * time.Minute, "60": time.Minute, "1m30s": 90 * time.Second} {
		s, err := readSigning(map[string]string{"OAuthJWTValidityTime": text}, false)
		require.NoError(t, err)
		assert.Equal(t, want, s.validity)
	}
}

func TestAStoreThatCannotBeReadIsAnErrorOfItsProperty(t *testing.T) {
	const store = "../certificate/testdata/rsa.pfx"
	for property, props := range map[string]map[string]string{
		"OAuthJWTCert":         {"OAuthJWTCert": "none.pfx"},
		"OAuthJWTCertType":     {"OAuthJWTCert": "MY", "OAuthJWTCertType": "USER"},
		"OAuthJWTCertPassword": {"OAuthJWTCert": store, "OAuthJWTCertPassword": "canary-wrong"},
		"OAuthJWTCertSubject":  {"OAuthJWTCert": store, "OAuthJWTCertPassword": "canary-pässwörd", "OAuthJWTCertSubject": "other"},
	} {
		s, err := readSigning(props, false)
		require.NoError(t, err)
		_, err = s.asserter("client", time.Now)(t.Context(), tokenAddress, "")
		var failed *Error
		require.ErrorAs(t, err, &failed)
		assert.Equal(t, ReasonProperty, failed.Reason)
		assert.ErrorContains(t, err, `property "`+property+`": `)
		assert.NotContains(t, err.Error(), "canary")
	}
}

// signers are properties of clients that prove themselves with a key, by the
// store that holds it.
var signers = map[string]map[string]string{
	"PFX":              {"OAuthJWTCert": "../certificate/testdata/rsa.pfx", "OAuthJWTCertPassword": "canary-pässwörd"},
	"PFX of yesterday": {"OAuthJWTCert": "../certificate/testdata/rsa.legacy.pfx", "OAuthJWTCertPassword": "canary-pässwörd", "OAuthJWTEncryption": "PS256"},
	"PEM and RS256":    {"OAuthJWTCert": "../certificate/testdata/rsa.chain.pem", "OAuthJWTCertPassword": "canary-pässwörd", "OAuthJWTEncryption": "RS256"},
	"JKS and PS512":    {"OAuthJWTCert": "../certificate/testdata/two.jks", "OAuthJWTCertPassword": "canary-password", "OAuthJWTCertSubject": "rsa", "OAuthJWTEncryption": "PS512"},
	"a PuTTY key":      {"OAuthJWTCert": "../certificate/testdata/rsa.v3.plain.ppk", "OAuthJWTPublicKeyId": "key-1"},
}

// signingApp is registered with the key of the stores.
func signingApp(t *testing.T) oauthtest.Option {
	t.Helper()
	pair, err := certificate.Load(certificate.SourceOf(signers["PFX"], "OAuthJWTCert"))
	require.NoError(t, err)
	return oauthtest.WithApps(oauthtest.App{ID: "signing", Certificates: pair.Chain[:1], Keys: map[string]crypto.PublicKey{"key-1": pair.Key.Public()}})
}

func TestAKeyProvesTheClientToAProvider(t *testing.T) {
	for name, signer := range signers {
		t.Run(name, func(t *testing.T) {
			w := newWire(t, plain(signer), signingApp(t))
			for range 2 { // no provider takes an assertion twice
				c := w.again(t, with(plain(signer), "OAuthClientId", "signing", "OAuthGrantType", "CLIENT", "Scope", "api"))
				token, err := c.clientToken(t.Context())
				require.NoError(t, err)
				assert.True(t, w.Valid(token.Access))
			}
		})
		t.Run(name+" where the issuer is known", func(t *testing.T) {
			w := newWire(t, plain(signer), signingApp(t))
			c := w.again(t, with(plain(signer), "OAuthClientId", "signing", "OAuthGrantType", "CLIENT", "Scope", "api", "OAuthAccessTokenURL", "", "OAuthIssuer", "*"))
			_, err := c.clientToken(t.Context())
			require.NoError(t, err)
		})
		t.Run(name+" at Entra", func(t *testing.T) {
			w := newWire(t, plain(signer), signingApp(t), oauthtest.WithShape(oauthtest.Entra))
			c := w.again(t, with(plain(signer), "OAuthScheme", "AzureServicePrincipalCert", "AzureTenant", oauthtest.DefaultTenant,
				"OAuthClientId", "signing", "Scope", "api://signing/.default", "OAuthAccessTokenURL", w.TokenURL()))
			token, err := c.clientToken(t.Context())
			if signer["OAuthJWTPublicKeyId"] != "" {
				assert.Equal(t, ReasonClient, w.fails(t, err).Reason, "Entra wants a thumbprint")
				return
			}
			require.NoError(t, err)
			assert.True(t, w.Valid(token.Access))
		})
	}
}

func TestARepetitionHasAnAssertionOfItsOwn(t *testing.T) {
	signer := signers["PFX"]
	w := newWire(t, plain(signer), signingApp(t))
	c := w.again(t, with(plain(signer), "OAuthClientId", "signing", "OAuthGrantType", "CLIENT", "Scope", "api"))
	w.Fail(oauthtest.Lost(), oauthtest.TooManyRequests("1"), oauthtest.Lost())
	token, err := c.clientToken(t.Context())
	require.NoError(t, err, "the provider has seen the assertion whose answer was lost")
	assert.True(t, w.Valid(token.Access))
	assert.Equal(t, 3, w.Counts().Tokens["client_credentials"], "and the one that was turned away at the door")

	var assertions []string
	c = offline(t, with(plainly(signer), "OAuthClientId", "signing"), func(r *http.Request) (*http.Response, error) {
		require.NoError(t, r.ParseForm())
		assert.Equal(t, "signing", r.PostForm.Get("client_id"))
		assertions = append(assertions, r.PostForm.Get("client_assertion"))
		return document(503, "text/plain", ""), nil
	})
	c.senders.clock = w.clock
	_, err = c.beginDevice(t.Context())
	require.Error(t, err)
	slices.Sort(assertions)
	assert.Len(t, slices.Compact(assertions), 4, "as many as attempts")
}

func TestAKeyThatTheProviderDoesNotKnowIsRefusedWithAdvice(t *testing.T) {
	signer := map[string]string{"OAuthJWTCert": "../certificate/testdata/ec.nopassword.pfx"}
	w := newWire(t, plain(signer), signingApp(t), oauthtest.WithShape(oauthtest.Entra))
	c := w.again(t, with(plain(signer), "OAuthScheme", "AzureServicePrincipalCert", "AzureTenant", oauthtest.DefaultTenant,
		"OAuthClientId", "signing", "Scope", "api://signing/.default", "OAuthAccessTokenURL", w.TokenURL()))
	_, err := c.clientToken(t.Context())
	e := w.fails(t, err)
	assert.Equal(t, ReasonClient, e.Reason)
	assert.Contains(t, e.Error(), "OAuthJWTCert")
}

// with is properties with others set.
func with(properties map[string]string, pairs ...string) map[string]string {
	p := maps.Clone(properties)
	for i := 0; i < len(pairs); i += 2 {
		p[pairs[i]] = pairs[i+1]
	}
	return p
}
