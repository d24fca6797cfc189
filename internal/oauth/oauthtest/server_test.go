package oauthtest

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	verifier = "a-code-verifier-of-at-least-43-characters-0123456789"
	callback = "http://localhost:33333/callback"
	secret   = "s3cr3t & + % : /"
)

func challenge() string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func start(t *testing.T, opts ...Option) *Server {
	s := NewServer(append([]Option{WithApps(
		App{ID: "public", Redirects: []string{"http://localhost/callback", "http://[::1]:1/callback"}},
		App{ID: "basic", Secret: secret, SecretIn: SecretInHeader, Redirects: []string{"https://app.example/cb"}},
		App{ID: "post", Secret: secret, SecretIn: SecretInBody},
	)}, opts...)...)
	t.Cleanup(s.Close)
	return s
}

func authorizationURL(s *Server, change func(url.Values)) string {
	q := url.Values{"client_id": {"public"}, "response_type": {"code"}, "redirect_uri": {callback}, "state": {"st&te"},
		"scope": {"api offline_access"}, "code_challenge": {challenge()}, "code_challenge_method": {"S256"}}
	if change != nil {
		change(q)
	}
	return s.AuthorizationURL() + "?" + q.Encode()
}

type answer struct {
	status int
	header http.Header
	body   map[string]any
	text   string
}

func (a answer) get(name string) string { v, _ := a.body[name].(string); return v }

func post(t *testing.T, address string, form url.Values, change ...func(*http.Request)) (answer, error) {
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(form.Encode()))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Close = true
	for _, c := range change {
		c(r)
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	a := answer{status: res.StatusCode, header: res.Header, text: string(text)}
	_ = json.Unmarshal(text, &a.body)
	return a, err
}

func ask(t *testing.T, s *Server, pairs ...string) answer {
	t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	a, err := post(t, s.TokenURL(), form)
	require.NoError(t, err)
	return a
}

func code(t *testing.T, s *Server) string {
	t.Helper()
	to, err := s.SignIn(t.Context(), authorizationURL(s, nil), DefaultUser, DefaultPassword)
	require.NoError(t, err)
	u, err := url.Parse(to)
	require.NoError(t, err)
	return u.Query().Get("code")
}

func signedIn(t *testing.T, s *Server) answer {
	t.Helper()
	a := ask(t, s, "grant_type", "authorization_code", "client_id", "public", "code", code(t, s), "redirect_uri", callback, "code_verifier", verifier)
	require.Equal(t, 200, a.status, a.text)
	return a
}

func TestACodeIsTradedOnce(t *testing.T) {
	s := start(t)
	to, err := s.SignIn(t.Context(), authorizationURL(s, nil), DefaultUser, DefaultPassword)
	require.NoError(t, err)
	u, err := url.Parse(to)
	require.NoError(t, err)
	assert.Equal(t, "localhost:33333", u.Host, "the port of a loopback address is the app's")
	assert.Equal(t, "st&te", u.Query().Get("state"))
	assert.Equal(t, s.URL, u.Query().Get("iss"))

	trade := []string{"grant_type", "authorization_code", "client_id", "public", "code", u.Query().Get("code"), "redirect_uri", callback, "code_verifier"}
	assert.Equal(t, "invalid_grant", ask(t, s, append(trade, strings.Repeat("x", 43))...).get("error"), "another verifier")
	a := ask(t, s, append(trade, verifier)...)
	require.Equal(t, 200, a.status, a.text)
	assert.Equal(t, "no-store", a.header.Get("Cache-Control"))
	assert.True(t, s.Valid(a.get("access_token")))
	assert.Equal(t, "invalid_grant", ask(t, s, append(trade, verifier)...).get("error"))
	assert.False(t, s.Valid(a.get("access_token")), "a code that comes twice ends what it gave")
}

func TestAuthorizationRequestsAreChecked(t *testing.T) {
	s := start(t)
	for _, c := range []struct {
		name   string
		change func(url.Values)
		wants  string // of the callback's error; "" for a page and no redirect
	}{
		{"no PKCE", func(q url.Values) { q.Del("code_challenge") }, "invalid_request"},
		{"a plain challenge", func(q url.Values) { q.Set("code_challenge_method", "plain") }, "invalid_request"},
		{"another response type", func(q url.Values) { q.Set("response_type", "token") }, "unsupported_response_type"},
		{"nobody may be asked", func(q url.Values) { q.Set("prompt", "none") }, "login_required"},
		{"an unknown client", func(q url.Values) { q.Set("client_id", "nobody") }, ""},
		{"another path", func(q url.Values) { q.Set("redirect_uri", "http://localhost/other") }, ""},
		{"another loopback name", func(q url.Values) { q.Set("redirect_uri", "http://127.0.0.1/callback") }, ""},
		{"another port of a real host", func(q url.Values) {
			q.Set("client_id", "basic")
			q.Set("redirect_uri", "https://app.example:444/cb")
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			to, err := s.SignIn(t.Context(), authorizationURL(s, c.change), DefaultUser, DefaultPassword)
			if c.wants == "" {
				require.Error(t, err)
				return
			}
			require.NoError(t, err)
			u, err := url.Parse(to)
			require.NoError(t, err)
			assert.Equal(t, c.wants, u.Query().Get("error"))
			assert.Empty(t, u.Query().Get("code"))
		})
	}
	_, err := s.SignIn(t.Context(), authorizationURL(s, nil), DefaultUser, "wrong")
	require.ErrorContains(t, err, "The account or password is incorrect.")
	to, err := s.Decline(t.Context(), authorizationURL(s, nil), DefaultUser, DefaultPassword)
	require.NoError(t, err)
	assert.Contains(t, to, "error=access_denied")
}

func TestARefreshTokenThatComesTwiceRevokesItsFamily(t *testing.T) {
	s := start(t)
	first := signedIn(t, s)
	refresh := func(token string) answer {
		return ask(t, s, "grant_type", "refresh_token", "client_id", "public", "refresh_token", token)
	}
	second := refresh(first.get("refresh_token"))
	require.Equal(t, 200, second.status, second.text)
	assert.NotEqual(t, first.get("refresh_token"), second.get("refresh_token"))
	assert.Equal(t, "invalid_grant", refresh(first.get("refresh_token")).get("error"))
	assert.Equal(t, "invalid_grant", refresh(second.get("refresh_token")).get("error"), "the thief has nothing either")
	assert.False(t, s.Valid(second.get("access_token")))
	c := s.Counts()
	assert.Equal(t, []int{1, 1, 1}, []int{c.Refreshes, c.Reuses, c.Revoked})
	assert.Equal(t, []Family{{App: "public", User: "alice", Scope: "api offline_access", Refreshes: 1, Revoked: true}}, s.Families())
}

func TestAGracePeriodLeavesTheOldRefreshToken(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	var mu sync.Mutex
	clock := func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	s := start(t, WithGrace(time.Minute), WithClock(clock), WithCodeLife(time.Hour), WithAccessLife(time.Hour))
	token := signedIn(t, s).get("refresh_token")
	refresh := func() answer {
		return ask(t, s, "grant_type", "refresh_token", "client_id", "public", "refresh_token", token)
	}
	require.Equal(t, 200, refresh().status)
	require.Equal(t, 200, refresh().status)
	mu.Lock()
	now = now.Add(time.Minute)
	mu.Unlock()
	assert.Equal(t, 400, refresh().status)
}

func TestRefreshesAtTheSameTimeAreCounted(t *testing.T) {
	arrived, release := make(chan struct{}), make(chan struct{})
	s := start(t, WithBefore(func(grant string) {
		if grant == grantRefresh {
			arrived <- struct{}{}
			<-release
		}
	}))
	token := signedIn(t, s).get("refresh_token")
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() { ask(t, s, "grant_type", "refresh_token", "client_id", "public", "refresh_token", token) })
	}
	<-arrived
	<-arrived
	close(release)
	wg.Wait()
	assert.Equal(t, 1, s.Counts().ConcurrentRefreshes)
	assert.Equal(t, 1, s.Counts().Revoked)
}

func TestClientsAuthenticateInTheirOwnWay(t *testing.T) {
	s := start(t)
	inHeader := func(id, secret string) func(*http.Request) {
		return func(r *http.Request) { r.SetBasicAuth(id, secret) }
	}
	for _, c := range []struct {
		name   string
		form   url.Values
		change []func(*http.Request)
		wants  int
	}{
		{"a secret in the header, urlencoded", url.Values{}, []func(*http.Request){inHeader("basic", url.QueryEscape(secret))}, 200},
		{"a secret in the header as it is", url.Values{}, []func(*http.Request){inHeader("basic", secret)}, 401},
		{"a secret in the body", url.Values{"client_id": {"post"}, "client_secret": {secret}}, nil, 200},
		{"a secret in the wrong place", url.Values{"client_id": {"basic"}, "client_secret": {secret}}, nil, 401},
		{"two ways at once", url.Values{"client_id": {"post"}, "client_secret": {secret}}, []func(*http.Request){inHeader("post", secret)}, 400},
		{"no secret", url.Values{"client_id": {"post"}}, nil, 401},
		{"a wrong secret", url.Values{"client_id": {"post"}, "client_secret": {"no"}}, nil, 401},
		{"an unknown client", url.Values{"client_id": {"nobody"}}, nil, 401},
		{"a public client", url.Values{"client_id": {"public"}}, nil, 401},
		{"a public client with a secret", url.Values{"client_id": {"public"}, "client_secret": {"x"}}, nil, 401},
		{"a parameter twice", url.Values{"client_id": {"post", "post"}, "client_secret": {secret}}, nil, 400},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.form.Set("grant_type", "client_credentials")
			a, err := post(t, s.TokenURL(), c.form, c.change...)
			require.NoError(t, err)
			assert.Equal(t, c.wants, a.status, a.text)
			if a.status == 200 {
				assert.Empty(t, a.get("refresh_token"))
			}
		})
	}
}

// sign makes a client assertion.
func sign(t *testing.T, key crypto.Signer, header, claims map[string]any) string {
	part := func(v any) string {
		text, err := json.Marshal(v)
		require.NoError(t, err)
		return base64.RawURLEncoding.EncodeToString(text)
	}
	signed := part(header) + "." + part(claims)
	digest := sha256.Sum256([]byte(signed))
	var signature []byte
	var err error
	switch key := key.(type) {
	case *ecdsa.PrivateKey:
		r, s, e := ecdsa.Sign(rand.Reader, key, digest[:])
		err, signature = e, append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	case *rsa.PrivateKey:
		var opts crypto.SignerOpts = crypto.SHA256
		if header["alg"] == "PS256" {
			opts = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}
		}
		signature, err = key.Sign(rand.Reader, digest[:], opts)
	}
	require.NoError(t, err)
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func TestAssertionsAreChecked(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	cert := &x509.Certificate{Raw: []byte("not looked into"), PublicKey: &rsaKey.PublicKey}
	thumb := sha256.Sum256(cert.Raw)
	s := start(t, WithApps(App{ID: "signed", Certificates: []*x509.Certificate{cert}, Keys: map[string]crypto.PublicKey{"ec": &ecKey.PublicKey}}))
	now := time.Now()
	for _, c := range []struct {
		name   string
		key    crypto.Signer
		change func(header, claims map[string]any)
		wants  int
	}{
		{"RS256", rsaKey, func(h, _ map[string]any) { h["alg"] = "RS256" }, 200},
		{"PS256", rsaKey, func(h, _ map[string]any) {}, 200},
		{"ES256 by key id", ecKey, func(h, _ map[string]any) { delete(h, "x5t#S256"); h["alg"], h["kid"] = "ES256", "ec" }, 200},
		{"the issuer among several audiences", rsaKey, func(_, c map[string]any) { c["aud"] = []string{"other", s.Issuer()} }, 200},
		{"another audience", rsaKey, func(_, c map[string]any) { c["aud"] = "https://other" }, 401},
		{"expired", rsaKey, func(_, c map[string]any) { c["exp"] = now.Add(-time.Second).Unix() }, 401},
		{"without an end", rsaKey, func(_, c map[string]any) { delete(c, "exp") }, 401},
		{"not valid yet", rsaKey, func(_, c map[string]any) { c["nbf"] = now.Add(time.Hour).Unix() }, 401},
		{"without jti", rsaKey, func(_, c map[string]any) { delete(c, "jti") }, 401},
		{"for another client", rsaKey, func(_, c map[string]any) { c["sub"] = "public" }, 401},
		{"an unknown thumbprint", rsaKey, func(h, _ map[string]any) { h["x5t#S256"] = "AAAA" }, 401},
		{"an algorithm that does not fit", rsaKey, func(h, _ map[string]any) { h["alg"] = "RS512" }, 401},
		{"no algorithm", rsaKey, func(h, _ map[string]any) { h["alg"] = "none" }, 401},
	} {
		t.Run(c.name, func(t *testing.T) {
			header := map[string]any{"alg": "PS256", "typ": "JWT", "x5t#S256": base64.RawURLEncoding.EncodeToString(thumb[:])}
			claims := map[string]any{"iss": "signed", "sub": "signed", "aud": s.TokenURL(), "jti": c.name, "nbf": now.Unix(), "exp": now.Add(time.Minute).Unix()}
			c.change(header, claims)
			text := sign(t, c.key, header, claims)
			form := []string{"grant_type", "client_credentials", "client_id", "signed", "client_assertion_type", assertionType, "client_assertion", text}
			a := ask(t, s, form...)
			assert.Equal(t, c.wants, a.status, a.text)
			if c.wants == 200 {
				assert.Equal(t, 401, ask(t, s, form...).status, "the same jti again")
			}
		})
	}
}

func TestADeviceIsApprovedOnAPage(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	var mu sync.Mutex
	forward := func(d time.Duration) { mu.Lock(); defer mu.Unlock(); now = now.Add(d) }
	s := start(t, WithClock(func() time.Time { mu.Lock(); defer mu.Unlock(); return now }))
	begin := func() answer {
		a, err := post(t, s.DeviceURL(), url.Values{"client_id": {"public"}, "scope": {"api offline_access"}})
		require.NoError(t, err)
		require.Equal(t, 200, a.status, a.text)
		return a
	}
	poll := func(d answer) answer {
		return ask(t, s, "grant_type", grantDevice, "client_id", "public", "device_code", d.get("device_code"))
	}
	d := begin()
	assert.Equal(t, "authorization_pending", poll(d).get("error"))
	assert.Equal(t, "slow_down", poll(d).get("error"))
	forward(5 * time.Second)
	assert.Equal(t, "slow_down", poll(d).get("error"), "five seconds more")
	forward(15 * time.Second)
	assert.Equal(t, "authorization_pending", poll(d).get("error"))
	require.Error(t, s.ApproveDevice(t.Context(), d.get("verification_uri"), d.get("user_code"), DefaultUser, "wrong"))
	require.NoError(t, s.ApproveDevice(t.Context(), d.get("verification_uri_complete"), "", DefaultUser, DefaultPassword))
	forward(time.Minute)
	assert.NotEmpty(t, poll(d).get("refresh_token"))
	assert.Equal(t, "invalid_grant", poll(d).get("error"), "once")

	d = begin()
	require.NoError(t, s.DenyDevice(t.Context(), d.get("verification_uri"), d.get("user_code"), DefaultUser, DefaultPassword))
	assert.Equal(t, "access_denied", poll(d).get("error"))
	d = begin()
	forward(15 * time.Minute)
	assert.Equal(t, "expired_token", poll(d).get("error"))
}

func TestFaultsSpoilOneAnswerEach(t *testing.T) {
	s := start(t)
	password := []string{"grant_type", "password", "client_id", "public", "username", "bob", "password", "pässwörd +&%", "scope", "api offline_access"}
	require.Equal(t, 200, ask(t, s, password...).status)

	s.Fail(TooManyRequests("7"), AADSTSSub(50076, "invalid_grant", "Use multi-factor authentication.", "basic_action"), Without("refresh_token", "expires_in"), Lost())
	a := ask(t, s, password...)
	assert.Equal(t, "7", a.header.Get("Retry-After"))
	a = ask(t, s, password...)
	assert.Equal(t, "basic_action", a.get("suberror"))
	assert.Contains(t, a.get("error_description"), "AADSTS50076: Use multi-factor authentication.")
	a = ask(t, s, password...)
	assert.NotEmpty(t, a.get("access_token"))
	assert.NotContains(t, a.text, "refresh_token")
	assert.NotContains(t, a.text, "expires_in")
	families := len(s.Families())
	_, err := post(t, s.TokenURL(), url.Values{"grant_type": {"password"}, "client_id": {"public"}, "username": {"bob"}, "password": {"pässwörd +&%"}})
	require.Error(t, err)
	assert.Len(t, s.Families(), families+1, "it was processed all the same")
	s.Fail(HTML(200, "Log in").For("refresh_token"))
	assert.Equal(t, 200, ask(t, s, password...).status, "a fault for another grant waits")
}

func TestProtectAsksForAValidToken(t *testing.T) {
	s := start(t, WithJWT())
	api := s.Protect(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	get := func(authorization string) (int, string) {
		w := &recorder{header: http.Header{}}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		require.NoError(t, err)
		r.Header.Set("Authorization", authorization)
		api.ServeHTTP(w, r)
		return w.status, w.header.Get("WWW-Authenticate")
	}
	token := signedIn(t, s).get("access_token")
	assert.Equal(t, 2, strings.Count(token, "."))
	status, _ := get("Bearer " + token)
	assert.Equal(t, http.StatusNoContent, status)
	status, why := get("")
	assert.Equal(t, 401, status)
	assert.NotContains(t, why, "error")
	s.EndAccess()
	status, why = get("Bearer " + token)
	assert.Equal(t, 401, status)
	assert.Contains(t, why, `error="invalid_token"`)
}

type recorder struct {
	header http.Header
	status int
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(b []byte) (int, error) { return len(b), nil }

func TestShapesHaveTheirOwnAddresses(t *testing.T) {
	entra := start(t, WithShape(Entra))
	assert.Equal(t, entra.URL+"/contoso.onmicrosoft.com/oauth2/v2.0/token", entra.TokenURL())
	a := ask(t, entra, "grant_type", "authorization_code", "client_id", "public", "client_secret", "x")
	assert.Contains(t, a.get("error_description"), "AADSTS700025")
	assert.Equal(t, CorrelationID, a.get("correlation_id"))
	acumatica := start(t, WithShape(Acumatica))
	assert.Equal(t, acumatica.URL+"/identity/connect/authorize", acumatica.AuthorizationURL())
	a = ask(t, acumatica, "grant_type", "client_credentials", "client_id", "post", "client_secret", secret)
	assert.Equal(t, `{"error":"unsupported_grant_type"}`+"\n", a.text)
	for _, s := range []*Server{entra, acumatica, start(t, WithOnlyRFC8414())} {
		status, body, err := s.Visit(context.Background(), s.DiscoveryURL())
		require.NoError(t, err)
		assert.Equal(t, 200, status)
		assert.Contains(t, body, s.Issuer())
	}
}
