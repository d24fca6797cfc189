package provider_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/integration/signin/provider"
)

const work = "../../.work/signin"

var alice = provider.Person{Name: "alice", Password: "of alice"}

func start(t *testing.T, o provider.Options) *provider.Provider {
	o.Work, o.Users = work, map[string]string{alice.Name: alice.Password}
	o.Clients = []provider.Client{{ID: "desktop", AuthMethod: "none", ApplicationType: "native", ResponseTypes: []string{"code"},
		RedirectURIs: []string{"http://127.0.0.1/callback"},
		GrantTypes:   []string{provider.AuthorizationCode, provider.RefreshToken, provider.DeviceCode, provider.Password}}}
	p, err := provider.Start(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, p.Stop()) })
	return p
}

// post sends a form to the provider and returns the status and the JSON answer.
func post(t *testing.T, address string, form url.Values) (int, map[string]any) {
	form.Set("client_id", "desktop")
	resp, err := http.PostForm(address, form)
	require.NoError(t, err)
	defer func() { assert.NoError(t, resp.Body.Close()) }()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	answer := map[string]any{}
	require.NoError(t, json.Unmarshal(text, &answer), string(text))
	return resp.StatusCode, answer
}

func signIn(t *testing.T, p *provider.Provider) map[string]any {
	status, answer := post(t, p.Issuer+"/token", url.Values{"grant_type": {"password"}, "username": {alice.Name}, "password": {alice.Password}, "scope": {"api"}})
	require.Equal(t, 200, status, answer)
	return answer
}

func refresh(t *testing.T, p *provider.Provider, token any) (int, map[string]any) {
	return post(t, p.Issuer+"/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token.(string)}})
}

func events(t *testing.T, p *provider.Provider) provider.Events {
	es, err := p.Events(t.Context())
	require.NoError(t, err)
	return es
}

const verifier = "a-code-verifier-of-forty-three-characters-or-more"

func authorizationURL(p *provider.Provider, callback string) string {
	challenge := sha256.Sum256([]byte(verifier))
	return p.Issuer + "/auth?" + url.Values{
		"client_id": {"desktop"}, "response_type": {"code"}, "redirect_uri": {callback}, "state": {"state-of-the-test"},
		"scope": {"openid offline_access api"}, "prompt": {"consent"}, "code_challenge_method": {"S256"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])},
	}.Encode()
}

func TestAPersonSignsInByPlainHTTP(t *testing.T) {
	p := start(t, provider.Options{})
	callback, err := alice.Callback(t.Context(), authorizationURL(p, "http://127.0.0.1:9/callback"))
	require.NoError(t, err)
	assert.Equal(t, "state-of-the-test", callback.Query().Get("state"))
	status, answer := post(t, p.Issuer+"/token", url.Values{"grant_type": {"authorization_code"}, "code": callback.Query()["code"],
		"redirect_uri": {"http://127.0.0.1:9/callback"}, "code_verifier": {verifier}})
	require.Equal(t, 200, status, answer)
	granted := events(t, p).Granted(provider.AuthorizationCode)
	require.Len(t, granted, 1)
	assert.Equal(t, answer["access_token"], granted[0].Answer.AccessToken)
	for _, secret := range []string{verifier, callback.Query().Get("code"), answer["refresh_token"].(string), answer["id_token"].(string)} {
		assert.Contains(t, granted.Secrets(), secret)
	}
}

func TestAPersonTypesADeviceCode(t *testing.T) {
	p := start(t, provider.Options{})
	status, device := post(t, p.Issuer+"/device/auth", url.Values{"scope": {"openid offline_access api"}})
	require.Equal(t, 200, status, device)
	page, err := alice.SignIn(t.Context(), device["verification_uri_complete"].(string))
	require.NoError(t, err)
	assert.Contains(t, page.Text, "successful")
	status, answer := post(t, p.Issuer+"/token", url.Values{"grant_type": {provider.DeviceCode}, "device_code": {device["device_code"].(string)}})
	assert.Equal(t, 200, status, answer)
}

func TestARefreshTokenThatIsUsedTwiceKillsItsFamily(t *testing.T) {
	p := start(t, provider.Options{})
	first := signIn(t, p)["refresh_token"]
	status, second := refresh(t, p, first)
	require.Equal(t, 200, status)
	status, _ = refresh(t, p, first)
	assert.Equal(t, 400, status)
	status, _ = refresh(t, p, second["refresh_token"])
	assert.Equal(t, 400, status)
	es := events(t, p)
	require.Len(t, es.Granted(provider.RefreshToken), 1)
	family := es.Granted(provider.RefreshToken)[0].Family
	assert.NotEmpty(t, family)
	revoked := es.Named("revoked")
	require.Len(t, revoked, 1)
	assert.Equal(t, family, revoked[0].Family)
	assert.Equal(t, "refresh token already used", es.Named("refused")[0].Detail)
}

func TestARefreshTokenMayBeUsedAgainWithinItsGrace(t *testing.T) {
	p := start(t, provider.Options{Grace: time.Hour})
	first := signIn(t, p)["refresh_token"]
	_, second := refresh(t, p, first)
	status, _ := refresh(t, p, first)
	assert.Equal(t, 200, status)
	status, _ = refresh(t, p, second["refresh_token"])
	assert.Equal(t, 200, status)
	assert.Empty(t, events(t, p).Named("revoked"))
}

// browse runs what the environment has for a default browser.
func browse(t *testing.T, b provider.Browser, address string) {
	env, err := b.Env()
	require.NoError(t, err)
	script, ok := strings.CutPrefix(env[0], "BROWSER=")
	require.True(t, ok)
	cmd := exec.CommandContext(t.Context(), script, address)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
}

func TestAPersonSignsInWithChromium(t *testing.T) {
	if _, err := provider.FindChromium(); err != nil {
		t.Skip(err)
	}
	p := start(t, provider.Options{})
	var query url.Values
	callback := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/callback" { // and not the favicon
			query = r.URL.Query()
		}
		_, _ = io.WriteString(w, "<title>done</title>You may close this tab.")
	}))
	defer callback.Close()
	for _, test := range []struct {
		name, refuseAt string
		pages          []string
		err            string
	}{
		{name: "and consents", pages: []string{"sign in", "consent"}},
		{name: "and cancels instead of signing in", refuseAt: "sign in", pages: []string{"sign in"}, err: "access_denied"},
		{name: "and does not consent", refuseAt: "consent", pages: []string{"sign in", "consent"}, err: "access_denied"},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := provider.Browser{Person: alice, RefuseAt: test.refuseAt, Work: work, Report: filepath.Join(t.TempDir(), "report")}
			browse(t, b, authorizationURL(p, callback.URL+"/callback"))
			saw, err := b.Saw(t.Context())
			require.NoError(t, err)
			assert.Equal(t, test.pages, saw.Pages)
			assert.Equal(t, "done", saw.Last.Title)
			assert.Equal(t, callback.URL+"/callback", saw.Last.URL)
			assert.Equal(t, test.err, query.Get("error"))
			assert.Equal(t, test.err == "", query.Has("code"))
		})
	}
}
