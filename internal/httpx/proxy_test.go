package httpx

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const proxyPassword = "pr0xy-canary"

// httpProxy tunnels CONNECT and forwards absolute-form requests, all of them to
// target, whatever host they name. It wants user "joe".
func httpProxy(t *testing.T, target string, used *atomic.Int32) http.HandlerFunc {
	want := "Basic " + base64.StdEncoding.EncodeToString([]byte("joe:"+proxyPassword))
	return func(w http.ResponseWriter, r *http.Request) {
		used.Add(1)
		if r.Header.Get("Proxy-Authorization") != want {
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
		if r.Method != http.MethodConnect {
			_, _ = fmt.Fprintf(w, "forwarded %s", r.URL)
			return
		}
		server, err := net.Dial("tcp", target)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		client, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = io.WriteString(client, "HTTP/1.1 200 OK\r\n\r\n")
		splice(client, server)
	}
}

func splice(a, b net.Conn) {
	var wg sync.WaitGroup
	for _, p := range [][2]net.Conn{{a, b}, {b, a}} {
		wg.Go(func() {
			_, _ = io.Copy(p[0], p[1])
			_ = p[0].Close()
		})
	}
	wg.Wait()
}

// socksProxy speaks as much of RFC 1928 and 1929 as a client with a password
// needs, and connects everything to target.
func socksProxy(t *testing.T, target string, used *atomic.Int32) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			used.Add(1)
			go serveSocks(conn, target)
		}
	}()
	return l.Addr().String()
}

func serveSocks(conn net.Conn, target string) {
	defer conn.Close()
	read := func(n int) []byte {
		b := make([]byte, n)
		if _, err := io.ReadFull(conn, b); err != nil {
			return make([]byte, n)
		}
		return b
	}
	read(int(read(2)[1])) // greeting with methods
	_, _ = conn.Write([]byte{5, 2})
	user := string(read(int(read(2)[1])))
	password := string(read(int(read(1)[0])))
	if user != "joe" || password != proxyPassword {
		_, _ = conn.Write([]byte{1, 1})
		return
	}
	_, _ = conn.Write([]byte{1, 0})
	if head := read(4); head[3] == 3 {
		read(int(read(1)[0]))
	} else {
		read(4)
	}
	_ = binary.BigEndian.Uint16(read(2))
	server, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	_, _ = conn.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
	splice(conn, server)
}

func hostPort(t *testing.T, addr string) (string, int) {
	host, port, err := net.SplitHostPort(strings.TrimPrefix(strings.TrimPrefix(addr, "http://"), "https://"))
	require.NoError(t, err)
	n, err := strconv.Atoi(port)
	require.NoError(t, err)
	return host, n
}

func TestProxies(t *testing.T) {
	ca := issue(t, identitySpec{ca: true})
	server := issue(t, identitySpec{issuer: ca, dns: "erp.test", ip: "127.0.0.1"})
	self := issue(t, identitySpec{dns: "whatever"})
	proxyID := issue(t, identitySpec{issuer: ca, ip: "127.0.0.1"})
	secure := tlsServer(t, &tls.Config{Certificates: []tls.Certificate{server.tls()}})
	pinned := tlsServer(t, &tls.Config{Certificates: []tls.Certificate{self.tls()}})
	plain := httptest.NewServer(answer(200, "fine"))
	t.Cleanup(plain.Close)
	_, securePort := hostPort(t, secure.URL)
	named := fmt.Sprintf("https://erp.test:%d", securePort)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	dead := l.Addr().String()
	require.NoError(t, l.Close())

	cases := []struct {
		name     string
		scheme   string
		dead     bool
		password string
		except   string
		tls      TLS
		url      string
		body     string
		kind     Kind
		used     bool
		attempts int
	}{
		{name: "an HTTP proxy tunnels to an https server it alone can resolve", scheme: "http", url: named, body: "fine", used: true},
		{name: "an HTTP proxy forwards to an http server", scheme: "", url: "http://erp.test/a", body: "forwarded http://erp.test/a", used: true},
		{name: "a proxy over TLS tunnels", scheme: "https", url: named, body: "fine", used: true},
		{name: "a server's pin is not asked of the proxy", scheme: "https", tls: TLS{ServerCert: self.sha256(), RootCAs: ca.pem()}, url: pinned.URL, body: "fine", used: true},
		{name: "a SOCKS5 proxy connects", scheme: "socks5", url: named, body: "fine", used: true},
		{name: "an exception goes directly", scheme: "http", except: "10.0.0.0/8;127.*", url: secure.URL, body: "fine"},
		{name: "a wrong password at an HTTP tunnel is told and not repeated", scheme: "http", password: "wrong", url: named, kind: KindProxy, used: true, attempts: 1},
		{name: "a wrong password at a forwarding proxy is told and not repeated", scheme: "http", password: "wrong", url: "http://erp.test/", kind: KindProxy, used: true, attempts: 1},
		{name: "a wrong password at a SOCKS5 proxy is told and not repeated", scheme: "socks5", password: "wrong", url: named, kind: KindProxy, used: true, attempts: 1},
		{name: "a proxy that is not there is tried again", scheme: "http", dead: true, url: named, kind: KindProxy, attempts: DefaultMaxAttempts},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			var used atomic.Int32
			target := strings.TrimPrefix(secure.URL, "https://")
			if tc.url == pinned.URL {
				target = strings.TrimPrefix(pinned.URL, "https://")
			}
			addr := dead
			switch {
			case tc.dead:
			case tc.scheme == "socks5":
				addr = socksProxy(t, target, &used)
			case tc.scheme == "https":
				p := httptest.NewUnstartedServer(httpProxy(t, target, &used))
				p.Config.ErrorLog = log.New(io.Discard, "", 0)
				p.TLS = &tls.Config{Certificates: []tls.Certificate{proxyID.tls()}}
				p.StartTLS()
				t.Cleanup(p.Close)
				addr = p.URL
			default:
				p := httptest.NewServer(httpProxy(t, target, &used))
				t.Cleanup(p.Close)
				addr = p.URL
			}
			host, port := hostPort(t, addr)
			password := proxyPassword
			if tc.password != "" {
				password = tc.password
			}
			c, _ := newTestClient(t, tc.url, func(cfg *Config) {
				cfg.Proxy = Proxy{Mode: ProxyFixed, Scheme: tc.scheme, Host: host, Port: port, User: "joe", Password: Secret(password), Exceptions: tc.except}
				cfg.TLS = tc.tls
				if cfg.TLS.isZero() {
					cfg.TLS = TLS{RootCAs: ca.pem()}
				}
			})
			t.Cleanup(func() { _ = c.Close() })
			resp, err := c.Do(context.Background(), &Request{Method: "GET", URL: tc.url})
			assert.Equal(t, tc.used, used.Load() > 0, "whether the proxy was used")
			if tc.kind == 0 {
				require.NoError(t, err)
				assert.Equal(t, tc.body, string(resp.Body))
				return
			}
			var e *Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, tc.kind, e.Kind, e.Error())
			assert.Equal(t, tc.attempts, e.Attempts)
			assert.False(t, e.Sent && tc.url == named)
			assert.NotContains(t, e.Error(), password)
		})
	}
}

func TestProxySettingsThatMakeNoSenseAreRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		proxy Proxy
		want  string
	}{
		"SOCKS4":                {Proxy{Mode: ProxyFixed, Scheme: "socks4", Host: "p"}, "SOCKS4 is not supported"},
		"another scheme":        {Proxy{Mode: ProxyFixed, Scheme: "ftp", Host: "p"}, `scheme "ftp" is not supported; use http, https or socks5`},
		"no host":               {Proxy{Mode: ProxyFixed}, "host name is missing"},
		"a URL as host":         {Proxy{Mode: ProxyFixed, Host: "http://joe:" + proxyPassword + "@p:1"}, "bare host name"},
		"a port too large":      {Proxy{Mode: ProxyFixed, Host: "p", Port: 70000}, "port 70000"},
		"a server without mode": {Proxy{Host: "p"}, "mode is none"},
		"both":                  {Proxy{Mode: ProxyEnvironment, Host: "p"}, "not both"},
		"a URL as exception":    {Proxy{Exceptions: "http://a"}, "host names without scheme"},
		"a bad address block":   {Proxy{Exceptions: "10.0.0.0/99"}, "not an address block"},
		"an unknown mode":       {Proxy{Mode: 9}, "unknown mode 9"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(Config{Origins: []string{"https://erp.test"}, Proxy: tc.proxy})
			require.ErrorContains(t, err, tc.want)
			assert.NotContains(t, err.Error(), proxyPassword)
		})
	}
}

func TestProxyDefaultsPortsByScheme(t *testing.T) {
	for scheme, want := range map[string]string{"": "http://p:80", "HTTP": "http://p:80", "https": "https://p:443", "socks5": "socks5://p:1080"} {
		u, err := Proxy{Mode: ProxyFixed, Scheme: scheme, Host: "p"}.url()
		require.NoError(t, err)
		assert.Equal(t, want, u.String())
	}
	u, err := Proxy{Mode: ProxyFixed, Host: "[fd00::1]", Port: 8080}.url()
	require.NoError(t, err)
	assert.Equal(t, "http://[fd00::1]:8080", u.String())
}

func TestProxyExceptions(t *testing.T) {
	for _, tc := range []struct {
		list, host string
		want       bool
	}{
		{"", "erp.test", false},
		{"erp.test", "erp.test", true},
		{"ERP.test", "erp.test", true},
		{"erp.test", "x.erp.test", false},
		{"*.erp.test", "x.erp.test", true},
		{"*.erp.test", "a.b.erp.test", true},
		{"*.erp.test", "erp.test", false},
		{"*.erp.test", "evil-erp.test", false},
		{"a.test;b.test", "b.test", true},
		{"a.test; b.test", "b.test", true},
		{"*", "anything", true},
		{"10.1.*", "10.1.2.3", true},
		{"10.1.*", "10.11.2.3", false},
		{"10.0.0.0/8", "10.200.3.4", true},
		{"10.0.0.0/8", "11.0.0.1", false},
		{"fd00::/8", "fd00::1", true},
		{"<local>", "erp", true},
		{"<local>", "erp.test", false},
		{"e*p.t*t", "erp.test", true},
	} {
		t.Run(fmt.Sprintf("%q for %q", tc.list, tc.host), func(t *testing.T) {
			list, err := parseExceptions(tc.list)
			require.NoError(t, err)
			got := false
			for _, e := range list {
				got = got || e.matches(tc.host)
			}
			assert.Equal(t, tc.want, got)
		})
	}
}

func FuzzGlob(f *testing.F) {
	f.Add("*.a.b", "x.a.b")
	f.Add("a*b*c", "abc")
	f.Add("**", "")
	f.Fuzz(func(t *testing.T, glob, s string) {
		if strings.ContainsAny(glob, `?[]\`) || strings.Contains(s, "/") {
			return // what path.Match, the oracle, reads differently
		}
		want, err := path.Match(glob, s)
		if err == nil && globMatches(glob, s) != want {
			t.Fatalf("%q against %q: oracle says %v", glob, s, want)
		}
	})
}

// The environment is read once per process, so this test runs itself again.
func TestTheEnvironmentNamesAProxy(t *testing.T) {
	const marker = "HTTPX_TEST_TARGET"
	if target := os.Getenv(marker); target != "" {
		c, err := New(Config{Origins: []string{target}, Proxy: Proxy{Mode: ProxyEnvironment}})
		require.NoError(t, err)
		resp, err := c.Do(context.Background(), &Request{URL: target})
		require.NoError(t, err)
		require.Equal(t, "forwarded "+target, string(resp.Body))
		return
	}
	var used atomic.Int32
	p := httptest.NewServer(httpProxy(t, "", &used))
	t.Cleanup(p.Close)
	u, err := url.Parse(p.URL)
	require.NoError(t, err)
	u.User = url.UserPassword("joe", proxyPassword)
	cmd := exec.Command(os.Args[0], "-test.run=^TestTheEnvironmentNamesAProxy$")
	cmd.Env = append(os.Environ(), marker+"=http://erp.test/a", "HTTP_PROXY="+u.String(), "http_proxy="+u.String(), "NO_PROXY=", "no_proxy=")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	assert.EqualValues(t, 1, used.Load())
}
