package oauth

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestADeviceAnswerIsReadAsItComes(t *testing.T) {
	for _, c := range []struct {
		name, body string
		want       DeviceCode
		interval   time.Duration
		life       time.Duration
		says       string
	}{
		{name: "all of it", body: `{"device_code":"canary-dc","user_code":"AB-CD","verification_uri":"https://v","verification_uri_complete":"https://v?c=AB-CD","expires_in":60,"interval":7}`,
			want: DeviceCode{UserCode: "AB-CD", URL: "https://v", CompleteURL: "https://v?c=AB-CD"}, interval: 7 * time.Second, life: time.Minute},
		{name: "no interval and no life", body: `{"device_code":"canary-dc","user_code":"AB","verification_uri":"https://v"}`,
			want: DeviceCode{UserCode: "AB", URL: "https://v"}, interval: 5 * time.Second, life: 15 * time.Minute},
		{name: "the address of the drafts", body: `{"device_code":"canary-dc","user_code":"AB","verification_url":"https://v","interval":0.5,"expires_in":1e30}`,
			want: DeviceCode{UserCode: "AB", URL: "https://v"}, interval: 500 * time.Millisecond, life: 15 * time.Minute},
		{name: "Entra's message", body: `{"device_code":"canary-dc","user_code":"A\u001bB","verification_uri":"https://v","message":"open https://v\r\nand not canary-dc"}`,
			want: DeviceCode{UserCode: "A B", URL: "https://v", Message: "open https://v and not ***"}, interval: 5 * time.Second, life: 15 * time.Minute},
		{name: "numbers as texts, as Entra's version 1 has them", body: `{"device_code":"canary-dc","user_code":"AB","verification_url":"https://v","interval":"7","expires_in":"900.5"}`,
			want: DeviceCode{UserCode: "AB", URL: "https://v"}, interval: 7 * time.Second, life: 900*time.Second + 500*time.Millisecond},
		{name: "an address that a terminal would take for a command", body: `{"device_code":"canary-dc","user_code":"AB","verification_uri":"https://v/\u009b2J"}`, says: "instead of OAuth's JSON"},
		{name: "an address that reads from right to left", body: `{"device_code":"canary-dc","user_code":"AB","verification_uri":"https://v/\u202e"}`, says: "instead of OAuth's JSON"},
		{name: "no code", body: `{"user_code":"AB","verification_uri":"https://v"}`, says: "instead of OAuth's JSON"},
		{name: "an address that is no page", body: `{"device_code":"canary-dc","user_code":"AB","verification_uri":"javascript:alert(1)"}`, says: "instead of OAuth's JSON"},
		{name: "a whole address that is no page", body: `{"device_code":"canary-dc","user_code":"AB","verification_uri":"https://v","verification_uri_complete":"file:///etc/passwd"}`, says: "instead of OAuth's JSON"},
		{name: "a page", body: `<html>canary-dc</html>`, says: "instead of OAuth's JSON"},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := offline(t, plainly(nil), func(*http.Request) (*http.Response, error) { return document(200, "application/json", c.body), nil })
			d, err := client.beginDevice(t.Context())
			if c.says != "" {
				require.ErrorContains(t, err, c.says)
				assert.NotContains(t, err.Error(), "canary")
				return
			}
			require.NoError(t, err)
			c.want.Expiry = client.now().Add(c.life)
			assert.Equal(t, c.want, d.DeviceCode)
			assert.Equal(t, c.interval, d.interval)
			assert.Equal(t, "canary-dc", d.code)
		})
	}
}

// plainly is plain at an address that nobody goes to.
func plainly(change map[string]string) map[string]string {
	p := plain(change)
	for _, name := range []string{"OAuthAuthorizationURL", "OAuthAccessTokenURL", "OAuthDeviceURL"} {
		p[name] = "https://login.example/" + name
	}
	return p
}

func TestADeviceRequestProvesTheClientAsATokenRequestDoes(t *testing.T) {
	var last sent
	ask := func(change map[string]string) {
		_, err := offline(t, plainly(change), record(&last)).beginDevice(t.Context())
		require.Error(t, err, "the answer is a token's")
	}
	ask(map[string]string{"OAuthAudience": "urn:erp"})
	assert.Equal(t, map[string][]string{"client_id": {"public"}, "scope": {"api offline_access"}, "audience": {"urn:erp"}}, map[string][]string(last.form))
	ask(map[string]string{"OAuthClientSecret": canarySecret})
	assert.Equal(t, canarySecret, last.form.Get("client_secret"))
	ask(map[string]string{"OAuthClientSecret": canarySecret, "OAuthPasswordGrantMode": "BASIC"})
	assert.NotContains(t, last.form, "client_secret")
	id, secret, ok := (&http.Request{Header: last.header}).BasicAuth()
	assert.True(t, ok)
	assert.Equal(t, "public canary-secret+%26+%2B+%25+%3A+%2F", id+" "+secret, "form-urlencoded (RFC 6749, section 2.3.1)")
}
