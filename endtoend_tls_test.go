package epicorerp_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp"
	"github.com/epicorerp/epicorerp/providers/epicor/epicortest"
)

// mutualTLS starts a Kinetic server that answers only who has a certificate of
// the test authority, and returns a connection string that trusts it.
func mutualTLS(t *testing.T) string {
	t.Helper()
	authority, err := os.ReadFile(certificateFile("ca.crt"))
	require.NoError(t, err)
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM(authority))
	s := epicortest.New()
	server := httptest.NewUnstartedServer(s.Handler())
	server.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	s.URL = server.URL
	pin := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	return s.DSN("v2") + ";Service=" + orderService + ";SSLServerCert=\"" + string(pin) + "\""
}

func certificateFile(name string) string {
	return filepath.Join("internal", "certificate", "testdata", name)
}

func TestAClientCertificateLeadsFromTheConnectionStringToRows(t *testing.T) {
	dsn := mutualTLS(t)
	chain, err := os.ReadFile(certificateFile("rsa.chain.pem"))
	require.NoError(t, err)
	for name, properties := range map[string]string{
		"PFX":                                     ";SSLClientCertType=PFXFILE;SSLClientCertPassword=canary-pässwörd;SSLClientCert=" + certificateFile("rsa.pfx"),
		"PFX without a type or a password":        ";SSLClientCert=" + certificateFile("ec.nopassword.pfx"),
		"PEM text in the connection string":       ";SSLClientCertType=PEMKEY_BLOB;SSLClientCertPassword=canary-pässwörd;SSLClientCert=\"" + string(chain) + "\"",
		"the one of two that the subject chooses": ";SSLClientCertType=JKSFILE;SSLClientCertPassword=canary-password;SSLClientCertSubject=rsa.example.com;SSLClientCert=" + certificateFile("two.jks"),
	} {
		t.Run(name, func(t *testing.T) {
			db := openDSN(t, dsn+properties)
			var n int
			require.NoError(t, db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM OrderDtls").Scan(&n))
			assert.Positive(t, n)
		})
	}
}

func TestAMissingOrWrongClientCertificateIsExplained(t *testing.T) {
	dsn := mutualTLS(t)
	db := openDSN(t, dsn)
	err := db.PingContext(t.Context())
	require.ErrorIs(t, err, epicorerp.ErrConnection)
	assert.ErrorContains(t, err, "the server asks for a client certificate; set SSLClientCert: ")

	for name, test := range map[string]struct{ properties, message string }{
		"a wrong password":         {";SSLClientCertPassword=canary-wrong;SSLClientCert=" + certificateFile("rsa.pfx"), `property "SSLClientCertPassword": the password is wrong`},
		"a file that is not there": {";SSLClientCert=none.pfx", `property "SSLClientCert": cannot read the file "none.pfx": `},
		"the system's store":       {";SSLClientCertType=USER;SSLClientCert=MY", "SSLClientCertType=USER is refused: the system's certificate store is not read; export the certificate with its key as PFX, and use PFXFILE"},
		"a password alone":         {";SSLClientCertPassword=canary-alone", `property "SSLClientCert" is missing: other properties of a client certificate are set`},
		"a type alone":             {";SSLClientCertType=PFXFILE", `property "SSLClientCert" is missing: other properties of a client certificate are set`},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, err := epicorerp.ParseDSN(dsn + test.properties)
			if err == nil {
				_, err = epicorerp.NewConnector(cfg)
			}
			require.ErrorIs(t, err, epicorerp.ErrProperty)
			assert.ErrorContains(t, err, test.message)
			assert.NotContains(t, err.Error(), "canary")
		})
	}
}
