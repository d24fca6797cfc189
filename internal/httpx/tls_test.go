package httpx

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/md5"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// identity is a certificate with its key, and the chain it is presented with.
type identity struct {
	cert  *x509.Certificate
	key   *ecdsa.PrivateKey
	chain [][]byte
}

type identitySpec struct {
	issuer  *identity // nil for self-signed
	ca      bool
	dns     string
	ip      string
	expired bool
}

func issue(t *testing.T, s identitySpec) *identity {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	require.NoError(t, err)
	tmpl := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "test " + serial.String()},
		NotBefore: epoch.Add(-48 * time.Hour), NotAfter: epoch.Add(48 * time.Hour),
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		IsCA:        s.ca, BasicConstraintsValid: true,
	}
	if s.expired {
		tmpl.NotAfter = epoch.Add(-24 * time.Hour)
	}
	if s.dns != "" {
		tmpl.DNSNames = []string{s.dns}
	}
	if s.ip != "" {
		tmpl.IPAddresses = []net.IP{net.ParseIP(s.ip)}
	}
	parent, signer := tmpl, key
	if s.issuer != nil {
		parent, signer = s.issuer.cert, s.issuer.key
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, parent, &key.PublicKey, signer)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	id := &identity{cert: cert, key: key, chain: [][]byte{der}}
	if s.issuer != nil {
		id.chain = append(id.chain, s.issuer.chain...)
	}
	return id
}

func (id *identity) tls() tls.Certificate {
	return tls.Certificate{Certificate: id.chain, PrivateKey: id.key}
}

func (id *identity) pem() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: id.cert.Raw}))
}

func (id *identity) publicPEM() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: id.cert.RawSubjectPublicKeyInfo}))
}

func (id *identity) sha256() string { return fmt.Sprintf("%x", sha256.Sum256(id.cert.Raw)) }

func tlsServer(t *testing.T, conf *tls.Config) *httptest.Server {
	s := httptest.NewUnstartedServer(answer(200, "fine"))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = conf
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func writeFile(t *testing.T, name string, data []byte) string {
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, data, 0o600))
	return path
}

func colons(sum []byte) string {
	parts := make([]string, len(sum))
	for i, b := range sum {
		parts[i] = fmt.Sprintf("%02X", b)
	}
	return strings.Join(parts, ":")
}

func TestServerCertificatesAreAcceptedByPinOrAuthorityOnly(t *testing.T) {
	self := issue(t, identitySpec{dns: "somewhere.else"}) // wrong name on purpose
	other := issue(t, identitySpec{dns: "somewhere.else"})
	ca := issue(t, identitySpec{ca: true})
	good := issue(t, identitySpec{issuer: ca, ip: "127.0.0.1"})
	misnamed := issue(t, identitySpec{issuer: ca, ip: "127.0.0.9"})
	expired := issue(t, identitySpec{issuer: ca, ip: "127.0.0.1", expired: true})
	md, s1, s2 := md5.Sum(self.cert.Raw), sha1.Sum(self.cert.Raw), sha256.Sum256(self.cert.Raw)
	cases := []struct {
		name   string
		server *identity
		tls    TLS
		ok     bool
	}{
		{"an unknown certificate is refused without a pin", self, TLS{}, false},
		{"a star takes anything", self, TLS{ServerCert: "*"}, true},
		{"PEM text fits", self, TLS{ServerCert: self.pem()}, true},
		{"PEM text on one line fits", self, TLS{ServerCert: strings.ReplaceAll(self.pem(), "\n", " ")}, true},
		{"PEM text with escaped line breaks fits", self, TLS{ServerCert: strings.ReplaceAll(self.pem(), "\n", `\n`)}, true},
		{"one of several PEM certificates fits", self, TLS{ServerCert: other.pem() + self.pem()}, true},
		{"a PEM file fits", self, TLS{ServerCert: writeFile(t, "c.pem", []byte(self.pem()))}, true},
		{"a DER file fits", self, TLS{ServerCert: writeFile(t, "c.cer", self.cert.Raw)}, true},
		{"a bare base64 certificate fits", self, TLS{ServerCert: base64.StdEncoding.EncodeToString(self.cert.Raw)}, true},
		{"a public key in PEM fits", self, TLS{ServerCert: self.publicPEM()}, true},
		{"a public key file in DER fits", self, TLS{ServerCert: writeFile(t, "k.der", self.cert.RawSubjectPublicKeyInfo)}, true},
		{"an MD5 thumbprint fits", self, TLS{ServerCert: hex.EncodeToString(md[:])}, true},
		{"a SHA-1 thumbprint in capitals with colons fits", self, TLS{ServerCert: colons(s1[:])}, true},
		{"a SHA-1 thumbprint with spaces and the invisible mark of Windows fits", self, TLS{ServerCert: "\u200e" + strings.ReplaceAll(colons(s1[:]), ":", " ")}, true},
		{"a SHA-256 thumbprint fits", self, TLS{ServerCert: hex.EncodeToString(s2[:])}, true},
		{"a thumbprint as openssl prints it fits", self, TLS{ServerCert: "sha256 Fingerprint=" + colons(s2[:])}, true},
		{"another certificate's PEM is refused", self, TLS{ServerCert: other.pem()}, false},
		{"another certificate's key is refused", self, TLS{ServerCert: other.publicPEM()}, false},
		{"another certificate's thumbprint is refused", self, TLS{ServerCert: other.sha256()}, false},
		{"a pin is the only thing accepted, even beside a trusted authority", good, TLS{ServerCert: other.pem(), RootCAs: ca.pem()}, false},
		{"an additional root vouches for its own", good, TLS{RootCAs: ca.pem()}, true},
		{"an additional root does not excuse a wrong name", misnamed, TLS{RootCAs: ca.pem()}, false},
		{"a pinned authority vouches for its own", good, TLS{ServerCert: ca.pem()}, true},
		{"a pinned authority's thumbprint does too when it is presented", good, TLS{ServerCert: ca.sha256()}, true},
		{"a pinned authority's key does too when it is presented", good, TLS{ServerCert: ca.publicPEM()}, true},
		{"a pinned authority does not excuse a wrong name", misnamed, TLS{ServerCert: ca.pem()}, false},
		{"a pinned authority does not excuse a wrong date", expired, TLS{ServerCert: ca.sha256()}, false},
		{"a pinned leaf needs neither name nor date", expired, TLS{ServerCert: expired.sha256()}, true},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			server := tlsServer(t, &tls.Config{Certificates: []tls.Certificate{tc.server.tls()}})
			c, _ := newTestClient(t, server.URL, func(cfg *Config) { cfg.TLS = tc.tls })
			resp, err := c.Do(context.Background(), &Request{Method: "POST", URL: server.URL})
			if tc.ok {
				require.NoError(t, err)
				assert.Equal(t, "fine", string(resp.Body))
				return
			}
			var e *Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, KindTLS, e.Kind, e.Error())
			assert.Equal(t, 1, e.Attempts, "no other answer is to be expected")
			assert.False(t, e.Sent)
			if tc.tls.ServerCert == other.pem() {
				assert.Contains(t, err.Error(), tc.server.sha256(), "the error tells what to pin")
			}
		})
	}
}

func TestPinsThatMakeNoSenseAreRefused(t *testing.T) {
	self := issue(t, identitySpec{})
	private, err := x509.MarshalECPrivateKey(self.key)
	require.NoError(t, err)
	secret := string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: private}))
	for name, spec := range map[string]string{
		"a missing file":          filepath.Join(t.TempDir(), "missing.pem"),
		"a thumbprint too short":  "ab:cd",
		"a directory":             t.TempDir(),
		"a file of something":     writeFile(t, "x.txt", []byte("hello")),
		"a private key":           secret,
		"half a PEM block":        self.pem()[:200],
		"a damaged PEM block":     "-----BEGIN CERTIFICATE-----\n%%%\n-----END CERTIFICATE-----",
		"a PEM block of nonsense": "-----BEGIN PUBLIC KEY-----\naGVsbG8=\n-----END PUBLIC KEY-----",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(Config{Origins: []string{"https://erp.test"}, TLS: TLS{ServerCert: spec}})
			require.ErrorContains(t, err, "server certificate")
			assert.NotContains(t, err.Error(), base64.StdEncoding.EncodeToString(private)[:30])
		})
	}
	_, err = New(Config{Origins: []string{"https://erp.test"}, TLS: TLS{RootCAs: "nothing"}})
	require.ErrorContains(t, err, "root certificates")
}

func TestAnRSAPublicKeyInItsOldFormFits(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	spki, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	require.NoError(t, err)
	p, err := parsePin(string(pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&key.PublicKey)})))
	require.NoError(t, err)
	assert.True(t, p.matches(&x509.Certificate{RawSubjectPublicKeyInfo: spki}))
}

func TestClientCertificatesAreOffered(t *testing.T) {
	ca := issue(t, identitySpec{ca: true})
	server, client := issue(t, identitySpec{issuer: ca, ip: "127.0.0.1"}), issue(t, identitySpec{issuer: ca})
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	s := tlsServer(t, &tls.Config{
		Certificates: []tls.Certificate{server.tls()}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool,
		Time: func() time.Time { return epoch },
	})
	c, _ := newTestClient(t, s.URL, func(cfg *Config) {
		cfg.TLS = TLS{RootCAs: ca.pem(), ClientCertificates: []tls.Certificate{client.tls()}}
	})
	resp, err := c.Do(context.Background(), &Request{URL: s.URL})
	require.NoError(t, err)
	assert.Equal(t, 200, resp.Status)
}

func TestAServerThatTurnsTheClientCertificateDownIsExplained(t *testing.T) {
	ca, stranger := issue(t, identitySpec{ca: true}), issue(t, identitySpec{ca: true})
	server := issue(t, identitySpec{issuer: ca, ip: "127.0.0.1"})
	foreign, expired := issue(t, identitySpec{issuer: stranger}), issue(t, identitySpec{issuer: ca, expired: true})
	withLeaf := func(id *identity) tls.Certificate {
		c := id.tls()
		c.Leaf = id.cert
		return c
	}
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for _, test := range []struct {
			name    string
			certs   []tls.Certificate
			message string
		}{
			{"none is shown", nil, "the server asks for a client certificate; set SSLClientCert: "},
			{"it is of another authority", []tls.Certificate{withLeaf(foreign)}, "the server refused the client certificate CN=" + foreign.cert.Subject.CommonName + ": "},
			{"it has expired", []tls.Certificate{withLeaf(expired)}, "the server refused the client certificate CN=" + expired.cert.Subject.CommonName + ", which expired on 2026-02-28: "},
			{"nobody parsed it", []tls.Certificate{foreign.tls()}, "the server refused the client certificate: "},
		} {
			t.Run(tls.VersionName(version)+" "+test.name, func(t *testing.T) {
				pool := x509.NewCertPool()
				pool.AddCert(ca.cert)
				s := tlsServer(t, &tls.Config{
					Certificates: []tls.Certificate{server.tls()}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool,
					Time: func() time.Time { return epoch }, MaxVersion: version,
				})
				c, _ := newTestClient(t, s.URL, func(cfg *Config) { cfg.TLS = TLS{RootCAs: ca.pem(), ClientCertificates: test.certs} })
				_, err := c.Do(context.Background(), &Request{URL: s.URL})
				var e *Error
				require.ErrorAs(t, err, &e)
				assert.Equal(t, KindTLS, e.Kind, e.Error())
				assert.Equal(t, 1, e.Attempts)
				if version == tls.VersionTLS12 && test.certs == nil {
					test.message = "remote error: tls: handshake failure; if the server asks for a client certificate, set SSLClientCert"
				}
				assert.Contains(t, e.Error(), test.message)
			})
		}
	}
}

func TestTLSOlderThan12IsNotSpoken(t *testing.T) {
	self := issue(t, identitySpec{})
	s := tlsServer(t, &tls.Config{Certificates: []tls.Certificate{self.tls()}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11})
	c, _ := newTestClient(t, s.URL, func(cfg *Config) { cfg.TLS = TLS{ServerCert: "*"} })
	_, err := c.Do(context.Background(), &Request{URL: s.URL})
	var e *Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, KindTLS, e.Kind, e.Error())
}

func TestHTTPSToAPlainServerIsATLSError(t *testing.T) {
	s := httptest.NewServer(answer(200, ""))
	t.Cleanup(s.Close)
	url := strings.Replace(s.URL, "http://", "https://", 1)
	c, _ := newTestClient(t, url, nil)
	_, err := c.Do(context.Background(), &Request{URL: url})
	var e *Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, KindTLS, e.Kind, e.Error())
}

func TestHTTP2IsSpokenOnlyWhenAllowed(t *testing.T) {
	for _, allowed := range []bool{false, true} {
		t.Run(fmt.Sprintf("allowed %t", allowed), func(t *testing.T) {
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) }))
			s.EnableHTTP2 = true
			s.StartTLS()
			t.Cleanup(s.Close)
			c, _ := newTestClient(t, s.URL, func(cfg *Config) { cfg.TLS, cfg.AllowHTTP2 = TLS{ServerCert: "*"}, allowed })
			resp, err := c.Do(context.Background(), &Request{URL: s.URL})
			require.NoError(t, err)
			assert.Equal(t, map[bool]string{false: "HTTP/1.1", true: "HTTP/2.0"}[allowed], string(resp.Body))
		})
	}
}
