package httpauth

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/internal/httpauth/httpauthtest"
	"github.com/epicorerp/epicorerp/internal/httpx"
)

const (
	testUser     = `DOMAIN\jürgen "j"`
	testPassword = "canary-pässwörd:\\\""
)

// The examples of RFC 7616, section 3.9, the second with the correction of
// erratum 4897.
func TestTheExamplesOfTheRFC(t *testing.T) {
	for _, e := range []struct {
		name, user, password string
		params               map[string]string
		cnonce, uri          string
		username, response   string
	}{
		{"MD5", "Mufasa", "Circle of Life",
			map[string]string{"realm": "http-auth@example.org", "qop": "auth, auth-int", "algorithm": "MD5", "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"},
			"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", "/dir/index.html", `username="Mufasa"`, "8ca523f5e9506fed4657c9700eebdbec"},
		{"SHA-256", "Mufasa", "Circle of Life",
			map[string]string{"realm": "http-auth@example.org", "qop": "auth, auth-int", "algorithm": "SHA-256", "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"},
			"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", "/dir/index.html", `username="Mufasa"`, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"},
		{"SHA-512-256 with the user's hash", "Jäsøn Doe", "Secret, or not?",
			map[string]string{"realm": "api@example.org", "qop": "auth", "algorithm": "SHA-512-256", "nonce": "5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", "charset": "UTF-8", "userhash": "true"},
			"NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v", "/doe.json", `username="793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b", userhash=true`,
			"3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5"},
	} {
		t.Run(e.name, func(t *testing.T) {
			n, err := newNonce(Challenge{Scheme: "Digest", Params: e.params}, e.user, e.password)
			require.NoError(t, err)
			n.cnonce = e.cnonce
			got := n.authorization("GET", e.uri, nil)
			assert.Contains(t, got, e.username)
			assert.Contains(t, got, `response="`+e.response+`"`)
		})
	}
}

// protected starts a server that says which path and body came, and a client
// that signs in to it.
func protected(t *testing.T, d *httpauthtest.Digest, password string) (*httpx.Client, string) {
	t.Helper()
	d.User, d.Password = testUser, testPassword
	if d.Realm == "" {
		d.Realm = `realm "of" them, all`
	}
	d.Next = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, "/new?x=1", http.StatusTemporaryRedirect)
			return
		}
		body, _ := io.ReadAll(r.Body)
		_, _ = io.WriteString(w, r.Method+" "+r.RequestURI+" "+string(body))
	})
	s := httptest.NewServer(d)
	t.Cleanup(s.Close)
	c, err := httpx.New(httpx.Config{Origins: []string{s.URL}, Challenged: func(base http.RoundTripper) (http.RoundTripper, error) {
		return NewDigest(base, testUser, httpx.Secret(password)), nil
	}, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c, s.URL
}

func TestDigestIsAnsweredAsItIsAskedFor(t *testing.T) {
	for _, s := range []struct {
		name   string
		server *httpauthtest.Digest
	}{
		{"MD5 with auth", &httpauthtest.Digest{Algorithm: "MD5", QOP: "auth"}},
		{"no algorithm is MD5", &httpauthtest.Digest{QOP: "auth"}},
		{"no quality of protection, as RFC 2069 has it", &httpauthtest.Digest{}},
		{"a session of MD5", &httpauthtest.Digest{Algorithm: "MD5-sess", QOP: "auth"}},
		{"a session that goes on to other nonces", &httpauthtest.Digest{Algorithm: "SHA-256-sess", QOP: "auth", NextNonce: true, Uses: 1}},
		{"SHA-256", &httpauthtest.Digest{Algorithm: "SHA-256", QOP: "auth,auth-int"}},
		{"SHA-512-256", &httpauthtest.Digest{Algorithm: "SHA-512-256", QOP: "auth"}},
		{"the body protected too", &httpauthtest.Digest{Algorithm: "SHA-256", QOP: "auth-int"}},
		{"the user hashed", &httpauthtest.Digest{Algorithm: "SHA-256", QOP: "auth", UserHash: true}},
		{"the user and password in ISO 8859-1", &httpauthtest.Digest{QOP: "auth", Latin1: true}},
		{"a challenge after others in one field", &httpauthtest.Digest{QOP: "auth", Before: `Negotiate, NTLM TlRM+/==, Basic realm="a, Digest nonce=b", `}},
		{"an algorithm that is not known before one that is", &httpauthtest.Digest{QOP: "auth", Before: `Digest realm="x", nonce="y", algorithm=SHA-3, `}},
	} {
		t.Run(s.name, func(t *testing.T) {
			c, url := protected(t, s.server, testPassword)
			for i, want := range []struct{ method, path, body string }{
				{"GET", "/a?$filter=x%20eq%20'%C3%A4'&q=\"", ""}, {"POST", "/b", "body"}, {"POST", "/c", "other"}, {"GET", "/", ""},
			} {
				res, err := c.Do(t.Context(), &httpx.Request{Method: want.method, URL: url + want.path, Body: []byte(want.body)})
				require.NoError(t, err)
				require.Equal(t, 200, res.Status, "%d: %s", i, res.Header.Get("X-Reason"))
				assert.Equal(t, want.method+" "+want.path+" "+want.body, string(res.Body))
				assert.Equal(t, 1, res.Attempts)
				assert.Contains(t, res.SentHeader("Authorization"), "Digest ", "what redaction goes by")
			}
			assert.Equal(t, httpauthtest.Counters{Unsigned: 1, Accepted: 4}, s.server.Counters())
		})
	}
}

func TestEachHopOfARedirectIsSigned(t *testing.T) {
	server := &httpauthtest.Digest{QOP: "auth"}
	c, url := protected(t, server, testPassword)
	res, err := c.Do(t.Context(), &httpx.Request{Method: "POST", URL: url + "/moved", Body: []byte("body")})
	require.NoError(t, err)
	assert.Equal(t, "POST /new?x=1 body", string(res.Body))
	assert.Equal(t, httpauthtest.Counters{Unsigned: 1, Accepted: 2}, server.Counters())
}

func TestRequestsBesideEachOtherDoNotCountOnOneNonce(t *testing.T) {
	for name, server := range map[string]*httpauthtest.Digest{
		"counts in order alone":              {Algorithm: "SHA-256", QOP: "auth"},
		"nonces for one use":                 {QOP: "auth", Uses: 1},
		"nonces for one use, and the next":   {QOP: "auth", Uses: 1, NextNonce: true},
		"nonces that run out without a word": {QOP: "auth", Uses: 3, Silent: true},
	} {
		t.Run(name, func(t *testing.T) {
			c, url := protected(t, server, testPassword)
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					for range 20 {
						res, err := c.Do(t.Context(), &httpx.Request{URL: url})
						if assert.NoError(t, err) {
							assert.Equal(t, 200, res.Status, res.Header.Get("X-Reason"))
						}
					}
				})
			}
			wg.Wait()
			got := server.Counters()
			assert.Equal(t, 160, got.Accepted)
			assert.Zero(t, got.Refused)
			assert.LessOrEqual(t, got.Unsigned, 160)
			if server.Uses == 0 {
				assert.LessOrEqual(t, got.Unsigned, 8, "a nonce is used again")
				assert.Zero(t, got.Stale, "no count comes out of order")
			}
		})
	}
}

func TestAWrongPasswordIsTriedOnce(t *testing.T) {
	server := &httpauthtest.Digest{QOP: "auth", Before: `Basic realm="x", `}
	c, url := protected(t, server, "canary-wrong")
	res, err := c.Do(t.Context(), &httpx.Request{URL: url})
	require.NoError(t, err)
	assert.Equal(t, 401, res.Status)
	assert.Contains(t, string(res.Body), "sign in", "the server's words are left to be read")
	assert.Equal(t, httpauthtest.Counters{Unsigned: 1, Refused: 1}, server.Counters(), "and never as Basic")
}

func TestAServerThatCallsEveryNonceStaleIsNotAnsweredForever(t *testing.T) {
	asked := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		w.Header().Set("WWW-Authenticate", `Digest realm="x", nonce="y", qop="auth", stale=true`)
		w.WriteHeader(401)
	}))
	defer s.Close()
	res := roundTrip(t, s.URL)
	assert.Equal(t, 401, res.StatusCode)
	assert.Equal(t, rounds, asked)
}

func roundTrip(t *testing.T, url string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), "GET", url, nil)
	require.NoError(t, err)
	res, err := NewDigest(http.DefaultTransport, testUser, testPassword).RoundTrip(r)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	return res
}

func TestWhatCannotBeAnsweredIsAnError(t *testing.T) {
	for _, c := range []struct{ name, challenge, message string }{
		{"another scheme", `Basic realm="x", Negotiate`, "AuthScheme=Digest, and the server offers Basic, Negotiate"},
		{"no challenge", "", "AuthScheme=Digest, and the server offers nothing"},
		{"an unknown algorithm", `Digest realm="x", nonce="y", algorithm=SHA-3`, `the server's Digest cannot be answered: algorithm "SHA-3" is not one of MD5, SHA-256 and SHA-512-256`},
		{"no nonce", `Digest realm="x"`, "its challenge has no nonce"},
		{"an unknown quality of protection", `Digest realm="x", nonce="y", qop="conf"`, `its quality of protection "conf" is neither auth nor auth-int`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				assert.Empty(t, r.Header.Get("Authorization"))
				if c.challenge != "" {
					w.Header().Set("WWW-Authenticate", c.challenge)
				}
				w.WriteHeader(401)
			}))
			defer s.Close()
			client, err := httpx.New(httpx.Config{Origins: []string{s.URL}, Challenged: func(base http.RoundTripper) (http.RoundTripper, error) {
				return NewDigest(base, testUser, testPassword), nil
			}})
			require.NoError(t, err)
			defer client.Close()
			_, err = client.Do(t.Context(), &httpx.Request{URL: s.URL})
			var e *httpx.Error
			require.True(t, errors.As(err, &e))
			assert.Equal(t, httpx.KindAuth, e.Kind)
			assert.Equal(t, 1, e.Attempts)
			assert.ErrorContains(t, err, c.message)
			assert.NotContains(t, err.Error(), "canary")
		})
	}
}

func TestChallengesAreReadFromAnyNumberOfFields(t *testing.T) {
	none := map[string]string{}
	for _, c := range []struct {
		name   string
		values []string
		want   []Challenge
	}{
		{"names alone", []string{"Negotiate", "NTLM"}, []Challenge{{"Negotiate", "", none}, {"NTLM", "", none}}},
		{"names in one field", []string{"Negotiate , NTLM"}, []Challenge{{"Negotiate", "", none}, {"NTLM", "", none}}},
		{"a token between others", []string{"Basic realm=x,NTLM TlRMTVNTUAAC/+==, Bearer"},
			[]Challenge{{"Basic", "", map[string]string{"realm": "x"}}, {"NTLM", "TlRMTVNTUAAC/+==", none}, {"Bearer", "", none}}},
		{"blanks around the equals sign, and case", []string{`Newauth Realm = "a\"b, c\\" , type=1`},
			[]Challenge{{"Newauth", "", map[string]string{"realm": `a"b, c\`, "type": "1"}}}},
		{"empty elements", []string{`, ,Digest nonce="", ,qop=auth,`}, []Challenge{{"Digest", "", map[string]string{"nonce": "", "qop": "auth"}}}},
		{"what is broken is passed over", []string{`realm="x", @, Digest nonce="y" "z", qop="au`}, []Challenge{{"Digest", "", map[string]string{"nonce": "y"}}}},
	} {
		t.Run(c.name, func(t *testing.T) { assert.Equal(t, c.want, Challenges(c.values)) })
	}
}

func FuzzChallenges(f *testing.F) {
	for _, seed := range []string{`Digest realm="x", nonce="y"`, `Negotiate, NTLM TlRM==, Basic realm=`, `"`, `a=,b="\`, " \t,"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		for _, c := range Challenges([]string{value}) {
			require.NotEmpty(t, c.Scheme)
			require.Contains(t, value, c.Scheme)
			for name, text := range c.Params {
				require.Equal(t, strings.ToLower(name), name)
				require.LessOrEqual(t, len(text), len(value))
			}
			if n, err := newNonce(c, testUser, testPassword); err == nil {
				require.NotContains(t, n.authorization("GET", "/", nil), "canary")
			}
		}
	})
}
