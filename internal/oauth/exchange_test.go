package oauth

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/internal/oauth/oauthtest"
	"github.com/epicorerp/epicorerp/tokenstore"
)

// begin asks for an address and returns where the browser ends on it.
func (w *wire) begin(t *testing.T, c *Client, r AuthorizationRequest) string {
	t.Helper()
	address, err := c.AuthorizationURL(t.Context(), r)
	require.NoError(t, err)
	return w.signIn(t, address)
}

func TestAWebApplicationsSignInsAreToldApart(t *testing.T) {
	w := newWire(t, plain(nil))
	web := AuthorizationRequest{Mode: ModeWeb, CallbackURL: webCallback}
	trade := func(code, state string) error {
		_, err := w.client.Exchange(t.Context(), ExchangeRequest{Mode: ModeWeb, Code: code, State: state})
		return err
	}
	one, two := w.begin(t, w.client, web), w.begin(t, w.client, web)

	e := w.fails(t, trade(codeOf(t, one), ""))
	assert.Equal(t, ReasonProperty, e.Reason)
	assert.Contains(t, e.Message, "several sign-ins are under way")
	assert.Contains(t, e.Advice, "State")
	assert.Contains(t, w.fails(t, trade(codeOf(t, one), "nobody's")).Message, "begun in another process")
	u, err := url.Parse(two)
	require.NoError(t, err)
	assert.Contains(t, w.fails(t, trade(one, u.Query().Get("state"))).Message, "belongs to another sign-in")
	assert.Zero(t, w.Counts().Tokens["authorization_code"])

	require.NoError(t, trade(two, ""), "the address has its state in it")
	require.NoError(t, trade(codeOf(t, one), ""), "the only one that is left")
	assert.Contains(t, w.fails(t, trade(codeOf(t, one), "")).Message, "is not known")
}

func TestAStateOfTheCallersOwn(t *testing.T) {
	w := newWire(t, plain(map[string]string{"State": "of the connection"}))
	to := w.begin(t, w.client, AuthorizationRequest{Mode: ModeWeb, CallbackURL: webCallback})
	assert.Contains(t, to, "state=of+the+connection")
	stale := w.begin(t, w.client, AuthorizationRequest{Mode: ModeWeb, CallbackURL: webCallback, State: "same"})
	to = w.begin(t, w.client, AuthorizationRequest{Mode: ModeWeb, CallbackURL: webCallback, State: "same"})
	_, err := w.client.Exchange(t.Context(), ExchangeRequest{Mode: ModeWeb, Code: codeOf(t, to), State: "same"})
	require.NoError(t, err, "the one that was begun last counts")
	_, err = w.client.Exchange(t.Context(), ExchangeRequest{Mode: ModeWeb, Code: codeOf(t, stale), State: "same"})
	assert.Contains(t, w.fails(t, err).Message, "is not known")

	restarted := w.again(t, plain(nil))
	_, err = restarted.Exchange(t.Context(), ExchangeRequest{Mode: ModeWeb, Code: codeOf(t, to), State: "same"})
	e := w.fails(t, err)
	assert.Contains(t, e.Message, "begun in another process")
	assert.Contains(t, e.Advice, "on the same sql.DB")
}

func TestASignInLastsAnHour(t *testing.T) {
	w := newWire(t, plain(nil), oauthtest.WithCodeLife(2*time.Hour))
	web := w.begin(t, w.client, AuthorizationRequest{Mode: ModeWeb, CallbackURL: webCallback})
	app := w.begin(t, w.client, AuthorizationRequest{Mode: ModeApp})
	w.clock.now = w.clock.now.Add(pendingTime)
	_, err := w.client.Exchange(t.Context(), ExchangeRequest{Mode: ModeWeb, Code: web})
	assert.Contains(t, w.fails(t, err).Message, "over an hour old")
	_, err = w.client.Exchange(t.Context(), ExchangeRequest{Mode: ModeApp, Code: app})
	assert.Contains(t, w.fails(t, err).Message, "over an hour old")
}

func TestACodeCanBeTradedLaterWhereTheProviderWasDown(t *testing.T) {
	w := newWire(t, plain(nil))
	to := w.begin(t, w.client, AuthorizationRequest{Mode: ModeWeb, CallbackURL: webCallback})
	w.Fail(oauthtest.ServerError())
	_, err := w.client.Exchange(t.Context(), ExchangeRequest{Mode: ModeWeb, Code: to})
	assert.True(t, w.fails(t, err).Retryable)
	_, err = w.client.Exchange(t.Context(), ExchangeRequest{Mode: ModeWeb, Code: to})
	require.NoError(t, err)
}

func TestACodeThatIsBroughtTwiceAtOnceIsTradedOnce(t *testing.T) {
	arrived, release := make(chan struct{}, 2), make(chan struct{})
	w := newWire(t, plain(nil), oauthtest.WithBefore(func(string) { arrived <- struct{}{}; <-release }))
	to := w.begin(t, w.client, AuthorizationRequest{Mode: ModeWeb, CallbackURL: webCallback})
	first := make(chan error, 1)
	go func() {
		_, err := w.client.Exchange(t.Context(), ExchangeRequest{Mode: ModeWeb, Code: to})
		first <- err
	}()
	<-arrived // the first is at the provider
	_, err := w.client.Exchange(t.Context(), ExchangeRequest{Mode: ModeWeb, Code: to})
	assert.Contains(t, w.fails(t, err).Message, "was traded already")
	close(release)
	require.NoError(t, <-first)
	assert.Equal(t, 1, w.Counts().Tokens["authorization_code"])
}

func TestASignInThatIsPutBackGivesWayToANewerOfItsState(t *testing.T) {
	var b begun
	now := time.Now()
	signIn := func(verifier string) begunSignIn {
		return begunSignIn{Pending: tokenstore.Pending{State: "same", Verifier: verifier, Expiry: now.Add(pendingTime)}}
	}
	for _, begins := range []bool{false, true} {
		b.add(signIn("older"), now)
		older, err := b.take("same", now)
		require.NoError(t, err)
		want := "older"
		if begins {
			want = "newer"
			b.add(signIn(want), now)
		}
		b.putBack(older)
		got, err := b.take("same", now)
		require.NoError(t, err)
		assert.Equal(t, want, got.Verifier)
	}
}

func TestTheCallbackOfTheExchangeMustBeThatOfTheAddress(t *testing.T) {
	w := newWire(t, plain(nil))
	to := w.begin(t, w.client, AuthorizationRequest{Mode: ModeWeb, CallbackURL: webCallback})
	_, err := w.client.Exchange(t.Context(), ExchangeRequest{Mode: ModeWeb, Code: to, CallbackURL: webCallback + "/other"})
	e := w.fails(t, err)
	assert.Equal(t, "invalid_grant", e.Code)
	assert.Contains(t, e.Message, "the authorization code")
}

func TestSignInsUnderWayAreBounded(t *testing.T) {
	var b begun
	now := time.Now()
	for i := range maxBegun + 5 {
		b.add(begunSignIn{Pending: tokenstore.Pending{State: fmt.Sprint(i), Expiry: now.Add(pendingTime)}}, now)
	}
	assert.Len(t, b.all, maxBegun)
	_, err := b.take("4", now)
	require.Error(t, err, "the oldest gave way")
	_, err = b.take(fmt.Sprint(maxBegun+4), now)
	require.NoError(t, err)
}

func TestACodeOfAnotherProcessIsTradedWithTheStoresVerifier(t *testing.T) {
	w := newWire(t, plain(nil))
	to := w.begin(t, w.client, AuthorizationRequest{Mode: ModeApp})
	kept, ok, err := w.store.Load(t.Context(), w.client.key)
	require.NoError(t, err)
	require.True(t, ok)
	assert.Equal(t, appCallback, kept.Pending.CallbackURL)
	assert.Empty(t, kept.Access)

	other := w.again(t, plain(nil))
	_, err = other.Exchange(t.Context(), ExchangeRequest{Mode: ModeApp, Code: to, State: "another"})
	assert.Contains(t, w.fails(t, err).Message, "belongs to another sign-in")
	got, err := other.Exchange(t.Context(), ExchangeRequest{Mode: ModeApp, Code: codeOf(t, to)})
	require.NoError(t, err)
	kept, _, err = w.store.Load(t.Context(), w.client.key)
	require.NoError(t, err)
	assert.Equal(t, got.Access, kept.Access)
	assert.Equal(t, got.Refresh, kept.Refresh)
	assert.Equal(t, digest(codeOf(t, to)), kept.Seed)
	assert.Equal(t, tokenstore.Pending{}, kept.Pending)

	_, err = other.Exchange(t.Context(), ExchangeRequest{Mode: ModeApp, Code: codeOf(t, to)})
	e := w.fails(t, err)
	assert.Contains(t, e.Message, "no sign-in that the code could belong to")
	assert.Contains(t, e.Advice, "GetOAuthAuthorizationURL with the same OAuthSettingsLocation")
}

func TestTheSignInThatWasBegunLastCounts(t *testing.T) {
	w := newWire(t, plain(nil))
	first := w.begin(t, w.client, AuthorizationRequest{Mode: ModeApp})
	last := w.begin(t, w.client, AuthorizationRequest{Mode: ModeApp})
	_, err := w.client.Exchange(t.Context(), ExchangeRequest{Mode: ModeApp, Code: first})
	assert.Contains(t, w.fails(t, err).Message, "than the one that was begun last")
	_, err = w.client.Exchange(t.Context(), ExchangeRequest{Mode: ModeApp, Code: last})
	require.NoError(t, err)
}

func TestAUserWhoSaysNo(t *testing.T) {
	for shape, code := range map[oauthtest.Shape]string{oauthtest.Plain: "access_denied", oauthtest.Entra: "AADSTS65004"} {
		w := newWire(t, plain(nil), oauthtest.WithShape(shape))
		c := w.again(t, plain(map[string]string{"OAuthAuthorizationURL": w.AuthorizationURL(), "OAuthAccessTokenURL": w.TokenURL()}))
		address, err := c.AuthorizationURL(t.Context(), AuthorizationRequest{Mode: ModeWeb, CallbackURL: webCallback})
		require.NoError(t, err)
		to, err := w.Decline(t.Context(), address, canaryUser, canaryPassword)
		require.NoError(t, err)
		_, err = c.Exchange(t.Context(), ExchangeRequest{Mode: ModeWeb, Code: to})
		e := w.fails(t, err)
		assert.Equal(t, ReasonDenied, e.Reason)
		assert.Equal(t, code, e.Code)
	}
}

func TestVerifiersAreCodesOrWholeAddresses(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       redirected
		says       string
	}{
		{"a code", " 0.AXoA-b_c~d ", redirected{code: "0.AXoA-b_c~d"}, ""},
		{"a code that is encoded still", "4%2F0AfJ", redirected{code: "4/0AfJ"}, ""},
		{"what follows code=", "a%2Bb&state=s+1&session_state=x", redirected{code: "a+b", state: "s 1"}, ""},
		{"the query", "?code=a&state=s", redirected{code: "a", state: "s"}, ""},
		{"the query in another order", "state=s&code=a%2Bb", redirected{code: "a+b", state: "s"}, ""},
		{"the query of an error", "?error=access_denied", redirected{}, "said no"},
		{"what follows no code", "&state=s", redirected{}, "has no code"},
		{"a code with a plus that is encoded elsewhere", "a+b%2Fc", redirected{code: "a+b/c"}, ""},
		{"a code with a percent sign", "abc%zz", redirected{code: "abc%zz"}, ""},
		{"a code with a plus", "abc+d", redirected{code: "abc+d"}, ""},
		{"an address", "http://localhost:33333/?code=a%2Bb&state=s&iss=https%3A%2F%2Fi&session_state=x", redirected{code: "a+b", state: "s", issuer: "https://i", whole: true}, ""},
		{"an address of an app's scheme", "com.example.app:/cb?code=a&state=s", redirected{code: "a", state: "s", whole: true}, ""},
		{"an address without a code", "http://localhost:33333/?state=s", redirected{}, "has no code"},
		{"an address with an error", "http://localhost/?error=access_denied&error_description=AADSTS65004%3A+no%1b%5b", redirected{}, "the user did not consent (AADSTS65004, access_denied); the provider says: no ["},
		{"an address with an error that is no code", "http://localhost/?error=<b>x</b>+y", redirected{}, "(access_denied)"},
		{"nothing", "  ", redirected{}, `property "OAuthVerifier": is missing`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := parseVerifier(c.text)
			if c.says != "" {
				require.ErrorContains(t, err, c.says)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.want, got)
		})
	}
}

func FuzzParseVerifier(f *testing.F) {
	f.Add("http://localhost/?code=a&state=b")
	f.Add("4%2F0AfJ")
	f.Add("x:?error=\x1b")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := parseVerifier(text)
		if err == nil {
			assert.NotEmpty(t, got.code)
			return
		}
		assert.NotContains(t, strings.ToValidUTF8(err.Error(), ""), "\x1b")
	})
}

func TestPromptIsSelectAccountAtEntraAlone(t *testing.T) {
	prompt := func(properties map[string]string, r AuthorizationRequest) string {
		c := offline(t, properties, nil)
		address, err := c.AuthorizationURL(t.Context(), r)
		require.NoError(t, err)
		u, err := url.Parse(address)
		require.NoError(t, err)
		return u.Query().Get("prompt")
	}
	entra := map[string]string{"OAuthScheme": "AzureADOpenID", "Provider": "Epicor", "OAuthClientId": "id"}
	sage := map[string]string{"OAuthScheme": "OAuth", "Provider": "Sage200", "OAuthClientId": "id"}
	assert.Equal(t, "select_account", prompt(entra, AuthorizationRequest{}))
	assert.Equal(t, "login", prompt(entra, AuthorizationRequest{Prompt: "login"}))
	assert.Empty(t, prompt(sage, AuthorizationRequest{}))
	assert.Equal(t, "consent", prompt(sage, AuthorizationRequest{Prompt: "consent"}))

	c := offline(t, entra, nil)
	address, _, err := c.authorization(t.Context(), AuthorizationRequest{})
	require.NoError(t, err)
	assert.NotContains(t, address, "prompt", "the desktop's own sign-in takes the session that is there")
}

func TestWithoutAClientIDNothingIsAsked(t *testing.T) {
	w := newWire(t, plain(map[string]string{"OAuthClientId": ""}))
	for name, call := range map[string]func() error{
		"an address": func() error { _, err := w.client.AuthorizationURL(t.Context(), AuthorizationRequest{}); return err },
		"a refresh":  func() error { _, err := w.client.Refresh(t.Context(), "canary-rt"); return err },
		"a device":   func() error { _, err := w.client.beginDevice(t.Context()); return err },
	} {
		e := w.fails(t, call())
		assert.Equal(t, ReasonProperty, e.Reason, name)
		assert.Contains(t, e.Message, `property "OAuthClientId": is missing`, name)
		assert.ErrorAs(t, e, new(*PropertyError))
	}
	_, err := w.client.Refresh(t.Context(), "")
	assert.Contains(t, w.fails(t, err).Message, `property "OAuthRefreshToken": is missing`)
	assert.Empty(t, w.Counts().Tokens)
}
