package certificate

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"time"
)

// KeyPair is a private key with what is known of it. It prints without key
// material.
type KeyPair struct {
	Key   crypto.Signer
	Chain []*x509.Certificate // the key's own first, then its issuers; empty where the store has none
	KeyID string              // kid of a JSON Web Key
}

// Leaf returns the key's own certificate, nil where there is none.
func (k *KeyPair) Leaf() *x509.Certificate {
	if len(k.Chain) == 0 {
		return nil
	}
	return k.Chain[0]
}

// ThumbprintSHA1 returns the SHA-1 digest of the certificate's DER form, as x5t
// of RFC 7515 (section 4.1.7) has it; nil without a certificate.
func (k *KeyPair) ThumbprintSHA1() []byte {
	if k.Leaf() == nil {
		return nil
	}
	sum := sha1.Sum(k.Leaf().Raw)
	return sum[:]
}

// ThumbprintSHA256 returns the SHA-256 digest of the certificate's DER form, as
// x5t#S256 of RFC 7515 (section 4.1.8) has it; nil without a certificate.
func (k *KeyPair) ThumbprintSHA256() []byte {
	if k.Leaf() == nil {
		return nil
	}
	sum := sha256.Sum256(k.Leaf().Raw)
	return sum[:]
}

// CheckDates says whether the certificate is expired or not valid yet. A key
// without a certificate has no dates.
func (k *KeyPair) CheckDates(now time.Time) error {
	leaf := k.Leaf()
	switch {
	case leaf == nil:
		return nil
	case now.After(leaf.NotAfter):
		return refuse(PartValue, "the certificate %s expired on %s; have it renewed", SubjectOf(leaf), leaf.NotAfter.UTC().Format(time.DateOnly))
	case now.Before(leaf.NotBefore):
		return refuse(PartValue, "the certificate %s is valid from %s only; is the clock right?", SubjectOf(leaf), leaf.NotBefore.UTC().Format(time.DateOnly))
	}
	return nil
}

// TLS returns the pair as a client shows it to a server.
func (k *KeyPair) TLS() (tls.Certificate, error) {
	if k.Leaf() == nil {
		return tls.Certificate{}, refuse(PartValue, "the store holds a key and no certificate, which the server asks for; use a PFX store, or PEM text with both")
	}
	c := tls.Certificate{PrivateKey: k.Key, Leaf: k.Leaf()}
	for _, cert := range k.Chain {
		c.Certificate = append(c.Certificate, cert.Raw)
	}
	return c, nil
}

// Format prints the kind of key and the certificate's subject, whatever the verb.
func (k KeyPair) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, k.summary()) }

// LogValue implements slog.LogValuer.
func (k KeyPair) LogValue() slog.Value { return slog.StringValue(k.summary()) }

// MarshalText keeps encoders such as JSON from reaching into the key.
func (k KeyPair) MarshalText() ([]byte, error) { return []byte(k.summary()), nil }

func (k KeyPair) summary() string {
	text := "no key"
	switch key := k.Key.(type) {
	case *rsa.PrivateKey:
		text = fmt.Sprintf("RSA key of %d bits", key.N.BitLen())
	case *ecdsa.PrivateKey:
		text = "EC key on " + key.Curve.Params().Name
	case ed25519.PrivateKey:
		text = "Ed25519 key"
	}
	if leaf := k.Leaf(); leaf != nil {
		text += " of " + SubjectOf(leaf)
	}
	return text
}

// contents is what a store holds, in its order.
type contents struct {
	keys  []privateKey
	certs []*x509.Certificate
}

type privateKey struct {
	crypto.Signer
	id string
}

// Load reads a store and returns the key that Subject asks for: with "" or *
// the first that has a certificate, else the first; otherwise the one whose
// certificate's subject is Subject, and where there is none, the first whose
// subject has Subject in it. A name is written CN=…, O=…, OU=…, L=…, S=…, C=…,
// E=…, in any order and case, with values that hold a comma in quotes; the kid of
// a JSON Web Key will do as well. Errors are *Error.
func Load(s Source) (*KeyPair, error) {
	data, named, err := s.open()
	if err != nil {
		return nil, err
	}
	found := detect(data)
	switch {
	case named == unknown && found == unknown:
		return nil, refuse(PartValue, "the store is none that is known: use PFX, PEM, JKS, PPK, XML or JWK")
	case named == unknown, named == jks && found == pfx: // what keytool writes since Java 9
		named = found
	case found != unknown && found != named:
		stem := formatOf(found).stem
		return nil, refuse(PartType, "the store is not a %s but a %s: use %sFILE or %sBLOB", named, found, stem, stem)
	}
	c, err := formatOf(named).decode(data, s.Password)
	if err != nil {
		return nil, err
	}
	if len(c.keys) == 0 {
		return nil, noPrivateKey("the key store holds certificates")
	}
	return choose(c.pairs(), s.Subject)
}

// pairs joins each key with the certificate for it and its issuers.
func (c contents) pairs() []*KeyPair {
	var pairs []*KeyPair
	for _, key := range c.keys {
		pair := &KeyPair{Key: key.Signer, KeyID: key.id}
		public, ok := key.Public().(interface{ Equal(crypto.PublicKey) bool })
		for _, cert := range c.certs {
			if ok && public.Equal(cert.PublicKey) {
				pair.Chain = c.chain(cert)
				break
			}
		}
		pairs = append(pairs, pair)
	}
	return pairs
}

// chain follows the issuers of a certificate through the store, up to the one
// that issued itself, which the other side has to have anyway.
func (c contents) chain(leaf *x509.Certificate) []*x509.Certificate {
	chain := []*x509.Certificate{leaf}
	for range c.certs {
		last := chain[len(chain)-1]
		if bytes.Equal(last.RawIssuer, last.RawSubject) {
			break
		}
		for _, issuer := range c.certs {
			// Renewed authorities keep their name: the signature tells.
			if bytes.Equal(issuer.RawSubject, last.RawIssuer) && last.CheckSignatureFrom(issuer) == nil {
				chain = append(chain, issuer)
				break
			}
		}
		if chain[len(chain)-1] == last {
			break
		}
	}
	return chain
}
