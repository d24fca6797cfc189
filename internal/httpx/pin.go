package httpx

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"regexp"
	"strings"
	"time"
)

// pin is what TLS.ServerCert stands for; exactly one of its fields is set.
type pin struct {
	any        bool
	thumbprint []byte // MD5, SHA-1 or SHA-256 of the certificate, told by length
	keys       [][]byte
	certs      []*x509.Certificate
}

// pinError says what the server presented, so that a renewed certificate can be
// pinned anew.
type pinError struct{ got [sha256.Size]byte }

func (e *pinError) Error() string {
	return fmt.Sprintf("tls: the server's certificate is not the pinned one; its SHA-256 thumbprint is %x", e.got)
}

// maxCertFile is far above any certificate bundle.
const maxCertFile = 4 << 20

// parsePin returns nil for an empty spec.
func parsePin(spec string) (*pin, error) {
	// Thumbprints copied from Windows dialogs begin with an invisible mark.
	spec = strings.Trim(strings.TrimSpace(spec), "\u200e\u200f\ufeff")
	switch {
	case spec == "":
		return nil, nil
	case spec == "*":
		return &pin{any: true}, nil
	case strings.Contains(spec, "-----BEGIN"):
		return pinFromPEM(spec)
	}
	if sum, ok := parseThumbprint(spec); ok {
		return &pin{thumbprint: sum}, nil
	}
	if der, err := base64.StdEncoding.DecodeString(spec); err == nil && len(der) > 64 {
		if p := pinFromDER(der); p != nil {
			return p, nil
		}
	}
	return pinFromFile(spec)
}

func pinFromFile(path string) (*pin, error) {
	const forms = "use PEM text, the path of a PEM or DER file, a public key, an MD5, SHA-1 or SHA-256 thumbprint, or *"
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxCertFile {
		shown := path
		if len(shown) > 200 {
			shown = shown[:200] + "…"
		}
		if err == nil {
			err = fs.ErrInvalid
		}
		var pe *fs.PathError
		if errors.As(err, &pe) {
			err = pe.Err
		}
		return nil, fmt.Errorf("%q is neither a thumbprint nor a readable certificate file (%w): %s", shown, err, forms)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if bytes.Contains(data, []byte("-----BEGIN")) {
		return pinFromPEM(string(data))
	}
	if p := pinFromDER(data); p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("file %q holds neither a certificate nor a public key: %s", path, forms)
}

func pinFromDER(der []byte) *pin {
	if cert, err := x509.ParseCertificate(der); err == nil {
		return &pin{certs: []*x509.Certificate{cert}}
	}
	if key, err := canonicalKey(der); err == nil {
		return &pin{keys: [][]byte{key}}
	}
	return nil
}

// canonicalKey brings a PKIX or PKCS #1 public key into the form that
// certificates carry.
func canonicalKey(der []byte) ([]byte, error) {
	if key, err := x509.ParsePKIXPublicKey(der); err == nil {
		return x509.MarshalPKIXPublicKey(key)
	}
	key, err := x509.ParsePKCS1PublicKey(der)
	if err != nil {
		return nil, err
	}
	return x509.MarshalPKIXPublicKey(key)
}

// pemBlock is looser than encoding/pem on purpose: line breaks seldom survive a
// connection string.
var pemBlock = regexp.MustCompile(`(?s)-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END ([A-Z0-9 ]+)-----`)

func pinFromPEM(text string) (*pin, error) {
	p := &pin{}
	for _, m := range pemBlock.FindAllStringSubmatch(text, -1) {
		body := strings.NewReplacer(`\r`, "", `\n`, "").Replace(m[2])
		der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(body), ""))
		if err != nil || m[1] != m[3] {
			return nil, fmt.Errorf("the PEM block %q is damaged", m[1])
		}
		switch m[1] {
		case "CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE":
			cert, err := x509.ParseCertificate(der)
			if err != nil {
				return nil, fmt.Errorf("the PEM block %q is not a certificate: %w", m[1], err)
			}
			p.certs = append(p.certs, cert)
		case "PUBLIC KEY", "RSA PUBLIC KEY":
			key, err := canonicalKey(der)
			if err != nil {
				return nil, fmt.Errorf("the PEM block %q is not a public key", m[1])
			}
			p.keys = append(p.keys, key)
		default:
			return nil, fmt.Errorf("a PEM block %q cannot be pinned; give a CERTIFICATE or PUBLIC KEY", m[1])
		}
	}
	if len(p.certs)+len(p.keys) == 0 {
		return nil, errors.New("the PEM text holds no complete block")
	}
	return p, nil
}

// parseThumbprint takes hex with separators and an optional algorithm before it.
func parseThumbprint(spec string) ([]byte, bool) {
	s := strings.ToLower(spec)
	for _, prefix := range []string{"md5", "sha1", "sha-1", "sha256", "sha-256"} {
		if rest, ok := strings.CutPrefix(s, prefix); ok {
			rest = strings.TrimPrefix(strings.TrimSpace(rest), "fingerprint")
			s = strings.TrimLeft(rest, "=: ")
			break
		}
	}
	sum, err := hex.DecodeString(strings.NewReplacer(":", "", " ", "", "-", "").Replace(s))
	if err != nil {
		return nil, false
	}
	switch len(sum) {
	case md5.Size, sha1.Size, sha256.Size:
		return sum, true
	}
	return nil, false
}

// matches reports whether the pin is this very certificate or its key.
func (p *pin) matches(cert *x509.Certificate) bool {
	switch len(p.thumbprint) {
	case md5.Size:
		sum := md5.Sum(cert.Raw)
		return bytes.Equal(sum[:], p.thumbprint)
	case sha1.Size:
		sum := sha1.Sum(cert.Raw)
		return bytes.Equal(sum[:], p.thumbprint)
	case sha256.Size:
		sum := sha256.Sum256(cert.Raw)
		return bytes.Equal(sum[:], p.thumbprint)
	}
	for _, c := range p.certs {
		if c.Equal(cert) {
			return true
		}
	}
	for _, key := range p.keys {
		if bytes.Equal(key, cert.RawSubjectPublicKeyInfo) {
			return true
		}
	}
	return false
}

// verify accepts a connection whose leaf, or an issuer of it, is pinned. hosts
// are the configured ones, needed because a session with an IP address does not
// know its own name.
func (p *pin) verify(cs tls.ConnectionState, hosts []string, now time.Time) error {
	if p.any {
		return nil
	}
	if len(cs.PeerCertificates) == 0 {
		return errors.New("tls: the server presented no certificate")
	}
	leaf := cs.PeerCertificates[0]
	if p.matches(leaf) {
		return nil
	}
	roots, intermediates, issuers := x509.NewCertPool(), x509.NewCertPool(), 0
	for _, c := range p.certs {
		if c.IsCA {
			roots.AddCert(c)
			issuers++
		}
	}
	for _, c := range cs.PeerCertificates[1:] {
		intermediates.AddCert(c)
		if p.matches(c) {
			roots.AddCert(c)
			issuers++
		}
	}
	mismatch := &pinError{got: sha256.Sum256(leaf.Raw)}
	if issuers == 0 {
		return mismatch
	}
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: intermediates, CurrentTime: now}); err != nil {
		var unknown x509.UnknownAuthorityError
		if errors.As(err, &unknown) {
			return mismatch
		}
		return err
	}
	return verifyName(leaf, cs.ServerName, hosts)
}

func verifyName(leaf *x509.Certificate, name string, hosts []string) error {
	if name != "" {
		return leaf.VerifyHostname(name)
	}
	err := errors.New("tls: no host name to verify")
	for _, host := range hosts {
		if net.ParseIP(host) == nil {
			continue
		}
		if err = leaf.VerifyHostname(host); err == nil {
			return nil
		}
	}
	return err
}
