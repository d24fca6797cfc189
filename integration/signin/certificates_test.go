package signin_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/epicorerp/epicorerp/integration/signin/provider"
)

const certificatePassword = "of the certificate & + %"

// certificate is a client's, as the files that a user may have it in.
type certificate struct {
	key      *rsa.PrivateKey
	pfx, pem string // paths
}

func newCertificate(t testing.TB) certificate {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sign-in test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pfx, err := pkcs12.Modern.Encode(key, cert, nil, certificatePassword)
	require.NoError(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
	text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)

	dir := t.TempDir()
	c := certificate{key: key, pfx: filepath.Join(dir, "client.pfx"), pem: filepath.Join(dir, "client.pem")}
	require.NoError(t, os.WriteFile(c.pfx, pfx, 0o600))
	require.NoError(t, os.WriteFile(c.pem, text, 0o600))
	return c
}

// client is registered with the certificate's key; its assertions may be signed in either way.
func (c certificate) client() provider.Client {
	client := confidential("certificate", "private_key_jwt", "")
	client.Keys = &provider.KeySet{Keys: []provider.Key{provider.PublicKey(&c.key.PublicKey)}}
	return client
}

func (c certificate) fromPFX(algorithm string) properties {
	return properties{
		"OAuthClientId": "certificate", "OAuthJWTCert": c.pfx, "OAuthJWTCertType": "PFXFILE",
		"OAuthJWTCertPassword": certificatePassword, "OAuthJWTEncryption": algorithm,
	}
}

func (c certificate) fromPEM(algorithm string) properties {
	return properties{
		"OAuthClientId": "certificate", "OAuthJWTCert": c.pem, "OAuthJWTCertType": "PEMKEY_FILE", "OAuthJWTEncryption": algorithm,
	}
}
