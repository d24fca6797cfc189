package httpx

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPropertiesBecomeTheConfig(t *testing.T) {
	for _, test := range []struct {
		name  string
		props map[string]string
		want  Config
	}{
		{"none leave the defaults", nil, Config{}},
		{"blank ones leave the defaults", map[string]string{"Timeout": "", "MaxRetries": "", "Compression": ""}, Config{}},
		{"retries count repetitions, attempts count the first too", map[string]string{"MaxRetries": "0", "MaxRetryTime": "90"},
			Config{Retry: Retry{MaxAttempts: 1, MaxElapsed: 90 * time.Second}}},
		{"a time may be a duration", map[string]string{"Timeout": "1m30s"}, Config{Timeout: 90 * time.Second}},
		{"a time of 0 is no limit", map[string]string{"Timeout": "0"}, Config{Timeout: unbounded}},
		{"a time beyond all reason is no limit", map[string]string{"Timeout": "9000000000000000000"}, Config{Timeout: unbounded}},
		{"the plain ones", map[string]string{"MaxConnections": "3", "HTTP2": "true", "Compression": "false", "SSLServerCert": "ab:cd"},
			Config{MaxConnections: 3, AllowHTTP2: true, DisableGzip: true, TLS: TLS{ServerCert: "ab:cd"}}},
		{"the environment's proxy", map[string]string{"ProxyAutoDetect": "true", "FirewallType": "NONE"}, Config{Proxy: Proxy{Mode: ProxyEnvironment}}},
		{"a proxy goes before the environment", map[string]string{
			"ProxyAutoDetect": "true", "ProxyServer": "p", "ProxyPort": "8080", "ProxyUser": "u", "ProxyPassword": "w",
			"ProxyAuthScheme": "BASIC", "ProxySSLType": "AUTO", "ProxyExceptions": "*.local",
		}, Config{Proxy: Proxy{Mode: ProxyFixed, Scheme: "http", Host: "p", Port: 8080, User: "u", Password: "w", Exceptions: "*.local"}}},
		{"TLS to the proxy", map[string]string{"ProxyServer": "p", "ProxySSLType": "ALWAYS"},
			Config{Proxy: Proxy{Mode: ProxyFixed, Scheme: "https", Host: "p"}}},
		{"a proxy without sign-in", map[string]string{"ProxyServer": "p", "ProxyAuthScheme": "NONE"},
			Config{Proxy: Proxy{Mode: ProxyFixed, Scheme: "http", Host: "p"}}},
		{"a tunnel", map[string]string{"FirewallType": "TUNNEL", "FirewallServer": "f", "FirewallUser": "u", "FirewallPassword": "w", "ProxyAutoDetect": "true"},
			Config{Proxy: Proxy{Mode: ProxyFixed, Scheme: "http", Host: "f", User: "u", Password: "w"}}},
		{"SOCKS5", map[string]string{"FirewallType": "SOCKS5", "FirewallServer": "f", "FirewallPort": "1081"},
			Config{Proxy: Proxy{Mode: ProxyFixed, Scheme: "socks5", Host: "f", Port: 1081}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := ConfigFor(test.props, nil)
			require.NoError(t, err)
			assert.Equal(t, test.want, got)
			got.Origins = []string{"https://erp.example"}
			if test.props["SSLServerCert"] == "" {
				_, err = New(got)
				assert.NoError(t, err)
			}
		})
	}
}

func TestWrongPropertiesAreNamed(t *testing.T) {
	for _, test := range []struct{ name, value, message string }{
		{"HTTP2", "maybe", "expected true or false"},
		{"MaxConnections", "-1", "expected a whole number that is not negative"},
		{"MaxRetries", "many", "expected a whole number that is not negative"},
		{"Timeout", "soon", "expected a number of seconds that is not negative"},
		{"MaxRetryTime", "-5", "expected a number of seconds that is not negative"},
		{"FirewallType", "SOCKS4", "SOCKS4 is not supported; use TUNNEL or SOCKS5"},
		{"ProxySSLType", "NEVER", "NEVER is not supported; use AUTO, ALWAYS or TUNNEL"},
		{"ProxyAuthScheme", "DIGEST", "DIGEST is not supported; of the ways to sign in to a proxy there are BASIC and NONE"},
		{"ProxyAuthScheme", "NTLM", "NTLM is not supported; of the ways to sign in to a proxy there are BASIC and NONE"},
		{"ProxyAuthScheme", "NEGOTIATE", "NEGOTIATE is not supported; of the ways to sign in to a proxy there are BASIC and NONE"},
	} {
		t.Run(test.name+" "+test.value, func(t *testing.T) {
			props := map[string]string{test.name: test.value}
			if test.name != "FirewallType" {
				props["ProxyServer"] = "p"
			}
			_, err := ConfigFor(props, nil)
			assert.EqualError(t, err, fmt.Sprintf("property %q: %s", test.name, test.message))
		})
	}
}

func TestATransportOfOnesOwnGoesWithTheDefaultsOnly(t *testing.T) {
	own := http.DefaultTransport
	cfg, err := ConfigFor(map[string]string{"ProxyAutoDetect": "true", "HTTP2": "false"}, own)
	require.NoError(t, err)
	cfg.Origins = []string{"https://erp.example"}
	_, err = New(cfg)
	assert.NoError(t, err)

	cfg, err = ConfigFor(map[string]string{"ProxyServer": "p"}, own)
	require.NoError(t, err)
	cfg.Origins = []string{"https://erp.example"}
	_, err = New(cfg)
	assert.ErrorContains(t, err, "cannot be combined with a transport of your own")
}

func TestCustomHeadersAndParametersAreRead(t *testing.T) {
	props := map[string]string{"CustomHeaders": "X-A: 1\r\nx-b:b: c\\r\\nX-A: 2\n\n", "CustomURLParams": "?sap-client=100&q=a%26b+c"}
	header, err := CustomHeader(props)
	require.NoError(t, err)
	assert.Equal(t, http.Header{"X-A": {"1", "2"}, "X-B": {"b: c"}}, header)
	query, err := CustomQuery(props)
	require.NoError(t, err)
	assert.Equal(t, url.Values{"sap-client": {"100"}, "q": {"a&b c"}}, query)

	_, err = CustomHeader(map[string]string{"CustomHeaders": "secret"})
	assert.EqualError(t, err, `property "CustomHeaders": a line is not of the form Name: value`)
	_, err = CustomQuery(map[string]string{"CustomURLParams": "a=%zz"})
	assert.EqualError(t, err, `property "CustomURLParams": expected a=b&c=d, percent-encoded`)
}

func TestAClientCertificateIsLoaded(t *testing.T) {
	const password = "canary-pässwörd"
	for name, props := range map[string]map[string]string{
		"from a file of a type":    {"SSLClientCert": "../certificate/testdata/rsa.pfx", "SSLClientCertType": "PFXFILE", "SSLClientCertPassword": password},
		"from a file by itself":    {"SSLClientCert": "../certificate/testdata/rsa.chain.pem", "SSLClientCertPassword": password},
		"from a store of several":  {"SSLClientCert": "../certificate/testdata/two.jks", "SSLClientCertPassword": "canary-password", "SSLClientCertSubject": "CN=rsa.example.com"},
		"with a subject that fits": {"SSLClientCert": "../certificate/testdata/rsa.pfx", "SSLClientCertPassword": password, "SSLClientCertSubject": "rsa"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, err := ConfigFor(props, nil)
			require.NoError(t, err)
			require.Len(t, cfg.TLS.ClientCertificates, 1)
			assert.Equal(t, "rsa.example.com", cfg.TLS.ClientCertificates[0].Leaf.Subject.CommonName)
			assert.Len(t, cfg.TLS.ClientCertificates[0].Certificate, 2)
		})
	}
	for _, test := range []struct {
		name      string
		props     map[string]string
		transport http.RoundTripper
		message   string
	}{
		{"the type is refused", map[string]string{"SSLClientCert": "MY", "SSLClientCertType": "USER"}, nil, `property "SSLClientCertType": USER is refused: `},
		{"the password is wrong", map[string]string{"SSLClientCert": "../certificate/testdata/rsa.pfx", "SSLClientCertPassword": "canary-wrong"}, nil, `property "SSLClientCertPassword": the password is wrong`},
		{"the subject is not there", map[string]string{"SSLClientCert": "../certificate/testdata/rsa.pfx", "SSLClientCertPassword": password, "SSLClientCertSubject": "other"}, nil, `property "SSLClientCertSubject": no certificate of a key has this subject; there are: `},
		{"there is a key alone", map[string]string{"SSLClientCert": "../certificate/testdata/rsa.v2.plain.ppk"}, nil, `property "SSLClientCert": the store holds a key and no certificate, which the server asks for; `},
		{"the transport is the caller's", map[string]string{"SSLClientCert": "x"}, http.DefaultTransport, `property "SSLClientCert": a client certificate cannot be combined with a transport of your own: set it on that transport`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := ConfigFor(test.props, test.transport)
			require.ErrorContains(t, err, test.message)
			assert.NotContains(t, err.Error(), "canary")
		})
	}
}
