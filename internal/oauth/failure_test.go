package oauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/internal/oauth/oauthtest"
	"github.com/epicorerp/epicorerp/tokenstore"
)

// granted signs a user in and returns a refresh token.
func (w *wire) granted(t *testing.T) string {
	t.Helper()
	address, err := w.client.AuthorizationURL(t.Context(), AuthorizationRequest{Mode: ModeWeb, CallbackURL: webCallback})
	require.NoError(t, err)
	got, err := w.client.Exchange(t.Context(), ExchangeRequest{Mode: ModeWeb, Code: w.signIn(t, address)})
	require.NoError(t, err)
	return got.Refresh
}

func TestErrorsSayWhatIsWrongAndWhoCanMendIt(t *testing.T) {
	w := newWire(t, plain(map[string]string{"User": canaryUser, "Password": canaryPassword}))
	for _, c := range []struct {
		name        string
		fault       oauthtest.Fault
		reason      Reason
		code        string
		message     string
		advice      string
		interactive bool
		retryable   bool
	}{
		{"an AADSTS number", oauthtest.AADSTS(700082, "invalid_grant", "The refresh token has expired due to inactivity."),
			ReasonGrant, "AADSTS700082", "the refresh token has expired because it was not used for too long (AADSTS700082, invalid_grant); the provider says: The refresh token has expired due to inactivity", "sign in again", true, false},
		{"a number that nobody knows", oauthtest.AADSTS(9999999, "invalid_client", "Something new."),
			ReasonClient, "AADSTS9999999", "(AADSTS9999999, invalid_client); the provider says: Something new", "OAuthClientSecret", false, false},
		{"a number beside a suberror", oauthtest.AADSTSSub(9999998, "invalid_grant", "Do something.", "basic_action"),
			ReasonGrant, "AADSTS9999998", "the user has to do something", "sign in again", true, false},
		{"numbers that are texts", oauthtest.JSON(400, `{"error":"invalid_grant","error_codes":["50076"],"error_description":{"en":"no"}}`),
			ReasonGrant, "invalid_grant", "the refresh token is not accepted", "sign in again", true, false},
		{"a number without a description", oauthtest.JSON(400, `{"error":"invalid_grant","error_codes":[50076]}`),
			ReasonGrant, "AADSTS50076", "second factor", "PASSWORD cannot", true, false},
		{"a public client that sends a secret", oauthtest.AADSTS(700025, "invalid_client", "Client is public so neither 'client_assertion' nor 'client_secret' should be presented."),
			ReasonClient, "AADSTS700025", "must not send a secret", "remove OAuthClientSecret", false, false},
		{"a conditional access policy", oauthtest.AADSTSSub(53003, "invalid_grant", "Access has been blocked.", "message_only"),
			ReasonDenied, "AADSTS53003", "conditional access", "administrator", true, false},
		{"invalid_grant of IdentityServer", oauthtest.JSON(400, `{"error":"invalid_grant"}`), ReasonGrant, "invalid_grant", "the refresh token is not accepted", "sign in again", true, false},
		{"invalid_client", oauthtest.JSON(401, `{"error":"invalid_client"}`), ReasonClient, "invalid_client", "id, secret or certificate", "OAuthPasswordGrantMode", false, false},
		{"invalid_scope", oauthtest.JSON(400, `{"error":"invalid_scope","error_description":"api2"}`), ReasonProperty, "invalid_scope", "api2", "Scope", false, false},
		{"unsupported_grant_type", oauthtest.JSON(400, `{"error":"unsupported_grant_type"}`), ReasonProperty, "unsupported_grant_type", "does not have this flow", "OAuthGrantType", false, false},
		{"temporarily_unavailable", oauthtest.JSON(400, `{"error":"temporarily_unavailable"}`), ReasonUnavailable, "temporarily_unavailable", "overloaded", "later", false, true},
		{"an error of the provider's own", oauthtest.JSON(400, `{"error":"brand_new","error_description":"what?"}`), ReasonOther, "brand_new", "refused the sign-in (brand_new); the provider says: what?", "", false, false},
		{"an error with status 200", oauthtest.JSON(200, `{"error":"invalid_grant"}`), ReasonGrant, "invalid_grant", "the refresh token", "", true, false},
		{"an error as a form", oauthtest.Fault{Status: 400, Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, Body: "error=invalid_scope&error_description=api+3"},
			ReasonProperty, "invalid_scope", "api 3", "", false, false},
		{"a page with status 200", oauthtest.HTML(200, "Log in"), ReasonResponse, "", "status 200 and an HTML page", "OAuthAccessTokenURL", false, false},
		{"a page with status 404", oauthtest.HTML(404, "Not found"), ReasonResponse, "", "status 404 and an HTML page", "OAuthAccessTokenURL", false, false},
		{"a page with status 500", oauthtest.ServerError(), ReasonUnavailable, "", "not available: status 500", "later", false, true},
		{"JSON that is none of OAuth's", oauthtest.JSON(400, `{"error":{"code":"canary"}}`), ReasonResponse, "", "a body of type application/json", "", false, false},
		{"a text in place of a code", oauthtest.JSON(400, `{"error":"it went wrong"}`), ReasonResponse, "", "status 400", "", false, false},
		{"no token in a good answer", oauthtest.JSON(200, `{"token_type":"Bearer"}`), ReasonResponse, "", "status 200", "", false, false},
		{"a token of another type", oauthtest.JSON(200, `{"access_token":"canary-at","token_type":"DPoP"}`), ReasonResponse, "", `type "DPoP"`, "", false, false},
		{"a Retry-After beyond the budget", oauthtest.TooManyRequests("3600"), ReasonUnavailable, "", "status 429", "later", false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.Fail(c.fault)
			_, err := w.client.Refresh(t.Context(), "canary-refresh-token")
			e := w.fails(t, err)
			assert.Equal(t, c.reason, e.Reason)
			assert.Equal(t, c.code, e.Code)
			assert.Contains(t, e.Message, c.message)
			assert.Contains(t, e.Advice, c.advice)
			assert.Equal(t, c.interactive, e.Interactive)
			assert.Equal(t, c.retryable, e.Retryable)
			if strings.HasPrefix(c.code, "AADSTS") && strings.Contains(c.fault.Body, "trace_id") {
				assert.Equal(t, oauthtest.TraceID, e.RequestID)
				assert.NotContains(t, e.Message, oauthtest.TraceID)
			}
			if c.fault.Status != 200 {
				assert.Equal(t, c.fault.Status, e.Status)
			}
		})
	}
}

func TestInvalidGrantIsSaidOfWhatWasTraded(t *testing.T) {
	w := newWire(t, plain(map[string]string{"User": canaryUser, "Password": "canary-wrong"}), oauthtest.WithDevice(time.Minute, 0))
	d, err := w.client.beginDevice(t.Context())
	require.NoError(t, err)
	require.NoError(t, w.ApproveDevice(t.Context(), d.URL, d.UserCode, canaryUser, canaryPassword))
	_, err = w.client.pollDevice(t.Context(), d)
	require.NoError(t, err)
	for want, call := range map[string]func() error{
		"user name or password is wrong":         func() error { _, err := w.client.passwordToken(t.Context()); return err },
		"the refresh token is not accepted":      func() error { _, err := w.client.Refresh(t.Context(), "canary-rt"); return err },
		"the device code is not accepted":        func() error { _, err := w.client.pollDevice(t.Context(), d); return err },
		"the authorization code is not accepted": func() error { _, err := w.client.redeem(t.Context(), trade{code: "canary-code"}); return err },
	} {
		e := w.fails(t, call())
		assert.Contains(t, e.Message, want)
		assert.Equal(t, []any{ReasonGrant, "invalid_grant", true}, []any{e.Reason, e.Code, e.Interactive})
	}
}

func TestWhatWasSentIsNeverShown(t *testing.T) {
	w := newWire(t, plain(map[string]string{"OAuthClientId": "post", "OAuthClientSecret": canarySecret, "User": canaryUser, "Password": canaryPassword}))
	echo := func(text string) {
		body := `{"error":"invalid_grant","error_description":"` + strings.ReplaceAll(text, `"`, `\"`) + `"}`
		w.Fail(oauthtest.JSON(400, body))
	}
	echo("user canary-user with canary-pässwörd +&% (" + url.QueryEscape(canaryPassword) + ") of " + canarySecret + " is unknown")
	_, err := w.client.passwordToken(t.Context())
	e := w.fails(t, err)
	assert.Contains(t, e.Message, "user *** with *** (***) of *** is unknown")

	echo("the token canary-refresh-0123... is \\u001b[31mnot\\r\\nknown\\u202e eyJhbGciOiJub25lIn0.eyJjYW5hcnkiOjF9.sig")
	_, err = w.client.Refresh(t.Context(), "canary-refresh-0123456789")
	assert.Contains(t, w.fails(t, err).Message, "the provider says: the token *** is [31mnot known ***")

	w.Fail(oauthtest.JSON(400, `{"error":"invalid_grant","error_description":"`+strings.Repeat("läng ", 1000)+`"}`))
	_, err = w.client.Refresh(t.Context(), "rt-0123456789")
	assert.Less(t, len(w.fails(t, err).Message), 700)
}

func TestTheSecretInTheHeaderIsNotShownEither(t *testing.T) {
	w := newWire(t, plain(map[string]string{"OAuthClientId": "basic", "OAuthClientSecret": canarySecret, "OAuthPasswordGrantMode": "BASIC"}))
	r := http.Request{Header: http.Header{}}
	r.SetBasicAuth("basic", url.QueryEscape(canarySecret))
	w.Fail(oauthtest.JSON(401, `{"error":"invalid_client","error_description":"Authorization: `+r.Header.Get("Authorization")+`"}`))
	_, err := w.client.Refresh(t.Context(), "canary-rt")
	assert.Contains(t, w.fails(t, err).Message, "the provider says: Authorization: Basic ***")
}

func TestWhatKeepsAnAnswerAwayHasAReason(t *testing.T) {
	for kind, want := range map[httpx.Kind]Error{
		httpx.KindConnect:      {Reason: ReasonUnavailable, Retryable: true},
		httpx.KindProxy:        {Reason: ReasonUnavailable, Retryable: true},
		httpx.KindTimeout:      {Reason: ReasonUnavailable, Retryable: true},
		httpx.KindTLS:          {Reason: ReasonUnavailable},
		httpx.KindClosed:       {Reason: ReasonUnavailable},
		httpx.KindRedirect:     {Reason: ReasonProperty},
		httpx.KindOrigin:       {Reason: ReasonProperty},
		httpx.KindBodyTooLarge: {Reason: ReasonResponse},
		httpx.KindProtocol:     {Reason: ReasonResponse},
	} {
		err := unreachable(t.Context(), &url.Error{Op: "Post", URL: "https://u:canary@h/", Err: &httpx.Error{Kind: kind}})
		var e *Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, want.Reason, e.Reason, kind)
		assert.Equal(t, want.Retryable, e.Retryable, kind)
		assert.NotContains(t, fmt.Sprintf("%+v", e), "canary")
	}
	err := unreachable(t.Context(), errors.New("canary"))
	assert.NotContains(t, err.Error(), "canary", "nobody knows what is in it")
}

func FuzzClean(f *testing.F) {
	f.Add("the code abcdefgh12345678 is wrong", "abcdefgh12345678")
	f.Add("\x1b[31m\r\n\xff\u202e eyJhbGciOiJub25lIn0.e30.", "***a")
	f.Add(strings.Repeat("ä", 500), "pässwörd +&%")
	f.Fuzz(func(t *testing.T, text, secret string) {
		got := clean(text, []string{secret})
		if len(secret) >= minSecret {
			assert.NotContains(t, got, secret)
		}
		assert.True(t, utf8.ValidString(got))
		assert.LessOrEqual(t, len(got), maxText+len("…"))
		assert.Negative(t, strings.IndexFunc(got, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }))
	})
}

// An error answer comes from whoever is at the address: nothing of it may reach a
// terminal as it is.
func TestAMegabyteOfWordsIsNotLookedThrough(t *testing.T) {
	words, secret := strings.Repeat("abcdefgh", 1<<17), []string{"canary & more", "canary + more"}
	allocations := testing.AllocsPerRun(1, func() { assert.Less(t, len(clean(words, secret)), 2*maxText) })
	assert.Less(t, allocations, 1e5)
}

func FuzzRefused(f *testing.F) {
	f.Add([]byte(`{"error":"invalid_grant","error_description":"AADSTS70008: expired\r\nTrace ID: x","error_codes":[70008],"suberror":"bad_token","trace_id":"\u001b"}`), "application/json")
	f.Add([]byte("error=invalid_scope&error_description=%1b"), "text/plain")
	f.Add([]byte("<html>"), "text/html; charset=\x1b")
	f.Fuzz(func(t *testing.T, body []byte, kind string) {
		e := refused(body, failed{grant: grantRefresh, answer: &answer{status: 400, header: http.Header{"Content-Type": {kind}, "X-Request-Id": {kind}}}, sent: []string{"canary-0123456789"}})
		text := e.Error() + e.Code + e.RequestID
		assert.NotContains(t, text, "canary-0123456789")
		assert.True(t, utf8.ValidString(text))
		assert.Negative(t, strings.IndexFunc(text, unicode.IsControl))
		assert.Less(t, len(text), 2000)

		d, err := readDevice(body, time.Time{}, failed{answer: &answer{}})
		if err == nil {
			assert.NotEmpty(t, d.code)
			assert.Positive(t, d.interval)
			assert.Negative(t, strings.IndexFunc(d.UserCode+d.Message, unicode.IsControl))
		}
	})
}

func TestNothingOfThisPackagePrintsASecret(t *testing.T) {
	for _, v := range []any{
		Tokens{Access: "canary", Refresh: "canary"}, ExchangeRequest{Code: "canary", State: "canary"}, AuthorizationRequest{State: "canary"},
		Options{Properties: map[string]string{"OAuthClientSecret": "canary"}},
		offline(t, plainly(map[string]string{"OAuthClientSecret": "canary", "OAuthRefreshToken": "canary", "OAuthVerifier": "canary"}), nil),
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			assert.NotContains(t, fmt.Sprintf(verb, v), "canary")
		}
		assert.NotContains(t, fmt.Sprintf("%+v", struct{ V any }{v}), "canary")
	}
}

func TestAProviderThatAsksForPatienceIsWaitedFor(t *testing.T) {
	w := newWire(t, plain(nil))
	refresh := w.granted(t)
	w.Fail(oauthtest.TooManyRequests("7"), oauthtest.HTML(503, "Service Unavailable"))
	_, err := w.client.Refresh(t.Context(), refresh)
	require.NoError(t, err)
	assert.Equal(t, 7*time.Second, w.clock.slept[0])
	assert.Len(t, w.clock.slept, 2)
	assert.Zero(t, w.Counts().Reuses)
}

func TestALostAnswerIsAskedForOnceMore(t *testing.T) {
	w := newWire(t, plain(nil), oauthtest.WithGrace(-1))
	refresh := w.granted(t)
	w.Fail(oauthtest.Lost())
	got, err := w.client.Refresh(t.Context(), refresh)
	require.NoError(t, err, "the old refresh token is good still")
	assert.True(t, w.Valid(got.Access))
	before := w.Counts().Tokens["refresh_token"]
	w.Fail(oauthtest.Lost(), oauthtest.Lost(), oauthtest.Lost())
	_, err = w.client.Refresh(t.Context(), got.Refresh)
	e := w.fails(t, err)
	assert.Equal(t, ReasonUnavailable, e.Reason)
	assert.True(t, e.Retryable)
	assert.Equal(t, before+2, w.Counts().Tokens["refresh_token"])
	w.Fail() // the third is left over

	strict := newWire(t, plain(nil))
	refresh = strict.granted(t)
	strict.Fail(oauthtest.Lost())
	_, err = strict.client.Refresh(t.Context(), refresh)
	e = strict.fails(t, err)
	assert.Equal(t, ReasonGrant, e.Reason, "nothing was left to lose")
	assert.True(t, e.Interactive)
}

func TestACodeIsNotSentTwice(t *testing.T) {
	w := newWire(t, plain(nil))
	address, err := w.client.AuthorizationURL(t.Context(), AuthorizationRequest{Mode: ModeWeb, CallbackURL: webCallback})
	require.NoError(t, err)
	w.Fail(oauthtest.Lost())
	_, err = w.client.Exchange(t.Context(), ExchangeRequest{Mode: ModeWeb, Code: w.signIn(t, address)})
	assert.Equal(t, ReasonUnavailable, w.fails(t, err).Reason)
	assert.Equal(t, 1, w.Counts().Tokens["authorization_code"])
}

func TestAnAnswerWithoutARefreshTokenLeavesTheOld(t *testing.T) {
	w := newWire(t, plain(nil), oauthtest.WithoutRotation())
	refresh := w.granted(t)
	got, err := w.client.Refresh(t.Context(), refresh)
	require.NoError(t, err)
	assert.Equal(t, refresh, got.Refresh)
	w.Fail(oauthtest.Without("expires_in"))
	got, err = w.client.Refresh(t.Context(), refresh)
	require.NoError(t, err)
	assert.Equal(t, time.Duration(-1), got.ExpiresIn, "nobody knows")
}

func TestLifetimesAreReadAsTheyCome(t *testing.T) {
	w := newWire(t, plain(nil))
	for text, want := range map[string]time.Duration{
		`"3600"`: time.Hour, `" 60 "`: time.Minute, `1.0e2`: 100 * time.Second, `3599.5`: 3599 * time.Second, `5000000000`: maxLife, `1e999`: maxLife,
		`0`: -1, `-5`: -1, `-10000000000`: -1, `-1e300`: -1, `null`: -1, `""`: -1, `"never"`: -1, `"NaN"`: -1, `true`: -1, `{"s":60}`: -1, `[60]`: -1,
	} {
		// The refresh token that it was asked with is spent: one that is not read is lost.
		w.Fail(oauthtest.JSON(200, `{"access_token":"canary-at","token_type":"bearer","refresh_token":"canary-new <&>","expires_in":`+text+`}`))
		got, err := w.client.Refresh(t.Context(), "canary-rt")
		if assert.NoError(t, err, text) {
			assert.Equal(t, Tokens{Access: "canary-at", Refresh: "canary-new <&>", ExpiresIn: want}, got, text)
		}
	}
}

func TestAnAnswerAsAFormIsReadToo(t *testing.T) {
	w := newWire(t, plain(nil))
	w.Fail(oauthtest.Fault{Status: 200, Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, Body: "access_token=canary-at&token_type=bearer&expires_in=60"})
	got, err := w.client.Refresh(t.Context(), "canary-rt")
	require.NoError(t, err)
	assert.Equal(t, Tokens{Access: "canary-at", Refresh: "canary-rt", ExpiresIn: time.Minute}, got)
}

func TestTheEndOfTheContextEndsARequest(t *testing.T) {
	arrived := make(chan struct{})
	release := make(chan struct{})
	w := newWire(t, plain(nil), oauthtest.WithBefore(func(string) { close(arrived); <-release }))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { _, err := w.client.Refresh(ctx, "canary-rt"); done <- err }()
	<-arrived
	cancel()
	err := <-done
	close(release)
	require.ErrorIs(t, err, context.Canceled)
	assert.NotErrorAs(t, err, new(*Error))
}

func TestAProviderThatIsNotThere(t *testing.T) {
	var calls int
	c := offline(t, map[string]string{"OAuthScheme": "OAuth", "Provider": "Sage200", "OAuthClientId": "id", "OAuthClientSecret": canarySecret, "MaxRetries": "0"},
		func(*http.Request) (*http.Response, error) { calls++; return nil, errors.New("no route to host") })
	_, err := c.Refresh(t.Context(), "canary-rt")
	var e *Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, ReasonUnavailable, e.Reason)
	assert.True(t, e.Retryable)
	assert.Contains(t, e.Message, "cannot be reached: POST https://id.sage.com/oauth/token")
	assert.ErrorAs(t, err, new(*httpx.Error))
	assert.NotContains(t, err.Error(), "canary")
}

func TestTheERPsPinIsNotTheProviders(t *testing.T) {
	pinned := func(erp string) bool {
		c, err := New(Options{Properties: map[string]string{"OAuthScheme": "OAuth", "Provider": "OData", "URL": erp, "SSLServerCert": strings.Repeat("ab", 32)}, Store: tokenstore.NewMemory(), Now: time.Now})
		require.NoError(t, err)
		_, err = c.sender("https://login.example.com/token")
		require.NoError(t, err)
		cfg, err := c.senderConfig("https://login.example.com")
		require.NoError(t, err)
		return cfg.TLS.ServerCert != ""
	}
	assert.False(t, pinned("https://erp.example.com"))
	assert.True(t, pinned("https://LOGIN.example.com/site"), "the provider in the system itself")
}
