package certificate

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// xmlOf writes a key as .NET's RSA.ToXmlString(true) does.
func xmlOf(key *rsa.PrivateKey) string {
	var b strings.Builder
	b.WriteString("<RSAKeyValue>")
	for _, part := range []struct {
		name  string
		value *big.Int
	}{
		{"Modulus", key.N}, {"Exponent", big.NewInt(int64(key.E))}, {"P", key.Primes[0]}, {"Q", key.Primes[1]},
		{"DP", key.Precomputed.Dp}, {"DQ", key.Precomputed.Dq}, {"InverseQ", key.Precomputed.Qinv}, {"D", key.D},
	} {
		fmt.Fprintf(&b, "<%s>%s</%[1]s>", part.name, base64.StdEncoding.EncodeToString(part.value.Bytes()))
	}
	return b.String() + "</RSAKeyValue>"
}

func encodeURL(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// jwkOf writes a key as RFC 7518 has it.
func jwkOf(t testing.TB, signer crypto.Signer, more map[string]any) string {
	t.Helper()
	members := map[string]any{}
	switch key := signer.(type) {
	case *rsa.PrivateKey:
		members = map[string]any{
			"kty": "RSA", "n": encodeURL(key.N.Bytes()), "e": encodeURL(big.NewInt(int64(key.E)).Bytes()),
			"d": encodeURL(key.D.Bytes()), "p": encodeURL(key.Primes[0].Bytes()), "q": encodeURL(key.Primes[1].Bytes()),
		}
	case *ecdsa.PrivateKey:
		private, err := key.Bytes()
		require.NoError(t, err)
		public, err := key.PublicKey.Bytes()
		require.NoError(t, err)
		half := len(public) / 2
		members = map[string]any{
			"kty": "EC", "crv": key.Curve.Params().Name, "d": encodeURL(private),
			"x": encodeURL(public[1 : 1+half]), "y": encodeURL(public[1+half:]),
		}
	}
	for name, value := range more {
		members[name] = value
	}
	text, err := json.Marshal(members)
	require.NoError(t, err)
	return string(text)
}

func generated(t testing.TB, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	require.NoError(t, err)
	return key
}

// selfSigned makes a certificate for a key.
func selfSigned(t testing.TB, key crypto.Signer, subject pkix.Name) []byte {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: subject, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	return der
}

func TestAnXMLKeyIsRead(t *testing.T) {
	key := original(t, "rsa.pkcs1.pem").(*rsa.PrivateKey)
	text := xmlOf(key)
	for name, source := range map[string]Source{
		"as text":             {Type: "XMLBLOB", Value: text},
		"as base64":           {Type: "XMLBLOB", Value: base64.StdEncoding.EncodeToString([]byte(text))},
		"by itself":           {Value: text},
		"indented":            {Type: "XMLBLOB", Value: "\ufeff\n" + strings.ReplaceAll(text, "><", ">\n  <")},
		"with a proclamation": {Type: "XMLBLOB", Value: `<?xml version="1.0"?>` + text},
	} {
		t.Run(name, func(t *testing.T) {
			pair, err := Load(source)
			require.NoError(t, err)
			requireSameKey(t, key, pair.Key)
			assert.Nil(t, pair.Leaf())
		})
	}
	without := func(name string) string {
		return text[:strings.Index(text, "<"+name+">")] + text[strings.Index(text, "</"+name+">")+len(name)+3:]
	}
	for name, test := range map[string]struct{ text, message string }{
		"a public key":       {without("D"), "it is the XML of a public key without a private key; export the certificate together with its key, as PFX for example"},
		"no primes":          {without("P"), "the XML key has no P and Q; write it anew with RSA.ToXmlString(true)"},
		"no modulus":         {without("Modulus"), "the XML is not a key such as .NET's RSA.ToXmlString(true) writes: <RSAKeyValue>…</RSAKeyValue>"},
		"something else":     {"<html/>", "the XML is not a key such as .NET's RSA.ToXmlString(true) writes: <RSAKeyValue>…</RSAKeyValue>"},
		"numbers not base64": {strings.Replace(text, "<D>", "<D>canary!", 1), "the XML is not a key such as .NET's RSA.ToXmlString(true) writes: <RSAKeyValue>…</RSAKeyValue>"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(Source{Type: "XMLBLOB", Value: test.text})
			requireError(t, err, PartValue, test.message)
		})
	}
	for _, part := range []string{"Modulus", "Exponent", "P", "Q", "D"} {
		for _, number := range []string{"", "AA==", "AQ==", "/////////////////////w=="} {
			_, err := Load(Source{Type: "XMLBLOB", Value: without(part)[:len("<RSAKeyValue>")] + "<" + part + ">" + number + "</" + part + ">" + without(part)[len("<RSAKeyValue>"):]})
			assert.Error(t, err, "%s=%s", part, number)
		}
	}
	_, err := Load(Source{Type: "XMLBLOB", Value: strings.Replace(text, "<D>", "<D>AAAA", 1)})
	require.NoError(t, err, "leading zeros change nothing")
	_, err = Load(Source{Type: "XMLBLOB", Value: strings.Replace(text, "<P>", "<P>BBBB", 1)})
	assert.ErrorContains(t, err, "the XML key is damaged or of a kind that is not known: ")
}

func TestAJSONWebKeyIsRead(t *testing.T) {
	rsaKey := original(t, "rsa.pkcs1.pem")
	keys := map[string]crypto.Signer{
		"RSA": rsaKey, "P-256": generated(t, elliptic.P256()), "P-384": generated(t, elliptic.P384()), "P-521": generated(t, elliptic.P521()),
	}
	for name, key := range keys {
		t.Run(name, func(t *testing.T) {
			cert := selfSigned(t, key, pkix.Name{CommonName: "jwk " + name})
			text := jwkOf(t, key, map[string]any{"kid": "key-1", "x5c": [][]byte{cert}, "use": "sig", "alg": "x"})
			for _, value := range []string{text, base64.StdEncoding.EncodeToString([]byte(text))} {
				pair, err := Load(Source{Type: "JWKBLOB", Value: value})
				require.NoError(t, err)
				requireSameKey(t, key, pair.Key)
				assert.Equal(t, "key-1", pair.KeyID)
				assert.Equal(t, cert, pair.Leaf().Raw)
			}
		})
	}
	set := fmt.Sprintf(`{"keys": [{"kty":"oct","k":"x"}, {"kty":"OKP"}, 1, %s, %s]}`,
		jwkOf(t, keys["P-256"], map[string]any{"kid": "first"}), jwkOf(t, rsaKey, map[string]any{"kid": "second"}))
	for subject, want := range map[string]crypto.Signer{"": keys["P-256"], "*": keys["P-256"], "second": rsaKey} {
		pair, err := Load(Source{Type: "JWKBLOB", Value: set, Subject: subject})
		require.NoError(t, err)
		requireSameKey(t, want, pair.Key)
	}
	_, err := Load(Source{Type: "JWKBLOB", Value: set, Subject: "third"})
	requireError(t, err, PartSubject, "no certificate of a key has this subject; there are: the key first | the key second")
}

func TestAJSONWebKeyThatCannotSignIsRefused(t *testing.T) {
	ec := generated(t, elliptic.P256())
	for name, test := range map[string]struct{ text, message string }{
		"a shared secret": {`{"kty":"oct","k":"canary"}`, "the JSON Web Key is a shared secret (kty oct); an RSA or EC key is needed"},
		"another kind":    {`{"kty":"OKP"}`, "the JSON Web Key is neither an RSA nor an EC key (kty)"},
		"a public key":    {jwkOf(t, ec, map[string]any{"d": ""}), "it is the JSON Web Key of a public key without a private key; export the certificate together with its key, as PFX for example"},
		"no primes":       {jwkOf(t, original(t, "rsa.pkcs1.pem"), map[string]any{"p": ""}), "the JSON Web Key has no p and q; export it with them"},
		"no JSON":         {`{"kty":"canary`, `the JSON is not a JSON Web Key: {"kty": …} or {"keys": [{"kty": …}]}`},
		"not base64":      {`{"kty":"RSA","d":"!canary"}`, `the JSON is not a JSON Web Key: {"kty": …} or {"keys": [{"kty": …}]}`},
		"an empty set":    {`{"keys":[]}`, "the key store holds certificates without a private key; export the certificate together with its key, as PFX for example"},
		"a strange curve": {jwkOf(t, ec, map[string]any{"crv": "secp256k1"}), "the JSON Web Key is on a curve that is not known; P-256, P-384 and P-521 are"},
		"another's point": {jwkOf(t, ec, map[string]any{"d": "AQ"}), "the JSON Web Key is damaged or of a kind that is not known: its public key is not that of its private key"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(Source{Type: "JWKBLOB", Value: test.text})
			requireError(t, err, PartValue, test.message)
		})
	}
}

// FuzzParsePPK reads the blobs of whatever parses, without asking the MAC, which
// would keep all that was made up from them.
func FuzzParsePPK(f *testing.F) {
	for _, name := range []string{"rsa.v2.plain.ppk", "rsa.v3.plain.ppk", "ec.v2.plain.ppk", "rsa.v3.ppk", "ed25519.ppk"} {
		f.Add(fixture(f, name))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := parsePPK(string(data))
		if err != nil {
			return
		}
		if key, err := file.key(); err == nil {
			require.NotNil(t, key.Public())
		}
		if file.fields["encryption"] == "none" {
			_, err := file.decrypt("")
			require.NoError(t, err)
		}
	})
}

func FuzzTextStores(f *testing.F) {
	f.Add([]byte(xmlOf(original(f, "rsa.pkcs1.pem").(*rsa.PrivateKey))))
	f.Add([]byte(jwkOf(f, generated(f, elliptic.P256()), nil)))
	for _, name := range []string{"rsa.chain.pem", "rsa.legacy.pem", "ec.sec1.pem", "rsa.pkcs8.der", "rsa.public.pem"} {
		f.Add(fixture(f, name))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, decode := range []func([]byte, string) (contents, error){decodeXML, decodeJWK, decodePEM} {
			c, err := decode(data, "")
			if err == nil {
				for _, key := range c.keys {
					require.NotNil(t, key.Public())
				}
			}
		}
		detect(data)
	})
}

// FuzzSubject wants every subject that is shown to be read back as itself.
func FuzzSubject(f *testing.F) {
	f.Add("rsa.example.com", "Example, Inc.", `say "x"`)
	f.Add(" blanks ", "a=b", "")
	f.Fuzz(func(t *testing.T, cn, o, text string) {
		fields := []attribute{{"CN", cn}, {"O", o}}
		read, ok := parseName(join(fields))
		require.True(t, ok, join(fields))
		assert.Equal(t, canonical(fields), canonical(read))
		assert.True(t, contained(fields, join(fields)))
		parseName(text)
	})
}
