package oauth

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/internal/oauth/oauthtest"
	"github.com/epicorerp/epicorerp/tokenstore"
)

// What a test finds where a token is expected.
const (
	none   = ""
	stored = "the stored token"
	given  = "the token of the properties"
	fresh  = "a new token"
)

type props = map[string]string

// state is one way for a connection to begin.
type state struct {
	props props
	keep  func(had tokenstore.Token) tokenstore.Token // what is stored; nil for nothing
	later time.Duration                               // passes after that
	fails []oauthtest.Fault
	user  func(*user) // nil where nobody may be asked

	asked map[string]int
	gives string
	keeps string // whose access token is stored afterwards
	reuse bool   // the stored refresh token stays the one that was
	error []string
	is    func(*Error) bool
}

func retryable(e *Error) bool   { return e.Retryable && !e.Interactive }
func interactive(e *Error) bool { return e.Interactive && !e.Retryable }
func reason(r Reason) func(*Error) bool {
	return func(e *Error) bool { return e.Reason == r && !e.Retryable }
}

func as(had tokenstore.Token) tokenstore.Token { return had }

func seeded(digest string) func(tokenstore.Token) tokenstore.Token {
	return func(had tokenstore.Token) tokenstore.Token { had.Seed = digest; return had }
}

func without(refresh bool) func(tokenstore.Token) tokenstore.Token {
	return func(had tokenstore.Token) tokenstore.Token {
		if refresh {
			had.Refresh = ""
		} else {
			had.Access = ""
		}
		return had
	}
}

var (
	refreshed = map[string]int{grantRefresh: 1}
	nothing   = map[string]int{}
	down      = []oauthtest.Fault{oauthtest.ServerError(), oauthtest.ServerError(), oauthtest.ServerError(), oauthtest.ServerError(), oauthtest.ServerError()}
	revoked   = []oauthtest.Fault{oauthtest.AADSTS(50173, "invalid_grant", "The grant has been revoked.")}
	badClient = []oauthtest.Fault{oauthtest.AADSTS(7000215, "invalid_client", "Invalid client secret provided.")}
)

// The life of the provider's tokens is an hour, and their margin a minute.
const (
	inMargin = time.Hour - 30*time.Second
	expired  = 2 * time.Hour
)

var offStates = map[string]state{
	"OFF gives the token of the properties as it is":     {props: props{"InitiateOAuth": "OFF", "OAuthAccessToken": "given-access"}, gives: given},
	"InitiateOAuth left out is OFF for the flow CODE":    {props: props{"OAuthAccessToken": "given-access"}, gives: given},
	"OFF does not look into the store":                   {props: props{"InitiateOAuth": "OFF"}, keep: as, keeps: stored, error: []string{"InitiateOAuth=OFF", "OAuthAccessToken", "GETANDREFRESH", "OAuthVerifier"}, is: reason(ReasonProperty)},
	"OFF does not renew what the properties say expired": {props: props{"InitiateOAuth": "OFF", "OAuthAccessToken": "given-access", "OAuthRefreshToken": "r", "OAuthExpiresIn": "1", "OAuthTokenTimestamp": "1000"}, gives: given},
	"OFF with a flow that asks nobody says to leave it out": {props: props{"InitiateOAuth": "OFF", "OAuthGrantType": "CLIENT"},
		error: []string{"leave InitiateOAuth out"}, is: reason(ReasonProperty)},
}

var refreshStates = map[string]state{
	"a stored token that is fresh is used":                     {keep: as, gives: stored, keeps: stored, asked: nothing},
	"a stored token that expires soon is refreshed":            {keep: as, later: inMargin, gives: fresh, keeps: fresh, asked: refreshed},
	"a stored token that has expired is refreshed":             {keep: as, later: expired, gives: fresh, keeps: fresh, asked: refreshed},
	"a stored refresh token alone is refreshed":                {keep: without(false), gives: fresh, keeps: fresh, asked: refreshed},
	"a stored access token alone is used while it is good":     {keep: without(true), gives: stored, keeps: stored, asked: nothing},
	"a stored access token alone is used to its last second":   {keep: without(true), later: inMargin, gives: stored, keeps: stored, asked: nothing},
	"an answer without a refresh token leaves the old one":     {keep: as, later: expired, fails: []oauthtest.Fault{oauthtest.Without("refresh_token")}, gives: fresh, keeps: fresh, reuse: true, asked: refreshed},
	"a lost answer is asked for once more":                     {keep: as, later: expired, fails: []oauthtest.Fault{oauthtest.Lost()}, asked: map[string]int{grantRefresh: 2}, keeps: stored, error: []string{"refresh"}, is: func(e *Error) bool { return true }},
	"a token that expires soon is used while the server fails": {keep: as, later: inMargin, fails: down, gives: stored, keeps: stored},
	"a token that expires soon is used if it cannot be renewed": {keep: as, later: inMargin, fails: revoked, gives: stored, keeps: stored,
		asked: nothing},
	"an expired token and a server that fails is worth another try": {keep: as, later: expired, fails: down, keeps: stored, error: []string{""}, is: retryable},
	"a refresh token that was revoked asks for a sign-in":           {keep: as, later: expired, fails: revoked, keeps: stored, error: []string{"AADSTS50173"}, is: interactive},
	"a client that is refused is no matter of the user":             {keep: as, later: expired, fails: badClient, keeps: stored, error: []string{"AADSTS7000215"}, is: reason(ReasonClient)},
	"a token obtained in the future says that a clock was set back": {keep: func(had tokenstore.Token) tokenstore.Token {
		had.Obtained, had.Expiry = had.Obtained.Add(48*time.Hour), had.Expiry.Add(48*time.Hour)
		return had
	}, gives: fresh, keeps: fresh, asked: refreshed},
	"clocks that run apart a little do not matter": {keep: func(had tokenstore.Token) tokenstore.Token {
		had.Obtained, had.Expiry = had.Obtained.Add(time.Minute), had.Expiry.Add(time.Minute)
		return had
	}, gives: stored, keeps: stored, asked: nothing},
	"a token that is not known to expire is used": {keep: func(had tokenstore.Token) tokenstore.Token {
		had.Expiry = time.Time{}
		return had
	}, later: 1000 * expired, gives: stored, keeps: stored, asked: nothing},
	"nothing at all says what to give": {error: []string{"InitiateOAuth=REFRESH", "OAuthRefreshToken", "OAuthVerifier", "GETANDREFRESH"}, is: interactive, asked: nothing},

	"a refresh token of the properties is spent at once": {props: props{"OAuthRefreshToken": "had-refresh"}, gives: fresh, keeps: fresh, asked: refreshed},
	"it goes before what is stored":                      {props: props{"OAuthRefreshToken": "had-refresh"}, keep: func(tokenstore.Token) tokenstore.Token { return tokenstore.Token{Access: "other", Refresh: "other"} }, gives: fresh, keeps: fresh, asked: refreshed},
	"it is not spent again where the store knows it":     {props: props{"OAuthRefreshToken": "spent"}, keep: seeded(digest("spent")), gives: stored, keeps: stored, asked: nothing},
	"and what the store has is refreshed then":           {props: props{"OAuthRefreshToken": "spent"}, keep: seeded(digest("spent")), later: expired, gives: fresh, keeps: fresh, asked: refreshed},
	"an access token of the properties is used while it is known to be good": {props: props{"OAuthAccessToken": "given-access", "OAuthRefreshToken": "had-refresh",
		"OAuthExpiresIn": "3600", "OAuthTokenTimestamp": "now"}, gives: given, asked: nothing},
	"it is refreshed once it has expired": {props: props{"OAuthAccessToken": "given-access", "OAuthRefreshToken": "had-refresh",
		"OAuthExpiresIn": "3600", "OAuthTokenTimestamp": "now"}, later: expired, gives: fresh, keeps: fresh, asked: refreshed},
	"without OAuthTokenTimestamp it is refreshed at once": {props: props{"OAuthAccessToken": "given-access", "OAuthRefreshToken": "had-refresh",
		"OAuthExpiresIn": "3600"}, gives: fresh, keeps: fresh, asked: refreshed},
	"without OAuthExpiresIn it is refreshed at once": {props: props{"OAuthAccessToken": "given-access", "OAuthRefreshToken": "had-refresh",
		"OAuthTokenTimestamp": "now"}, gives: fresh, keeps: fresh, asked: refreshed},
	"OAuthExpiresIn=-1 never expires": {props: props{"OAuthAccessToken": "given-access", "OAuthRefreshToken": "had-refresh",
		"OAuthExpiresIn": "-1"}, later: expired, gives: given, asked: nothing},
	"an access token of unknown age that nothing can renew is used": {props: props{"OAuthAccessToken": "given-access"}, gives: given, asked: nothing},
	"what is stored goes before an access token of the properties":  {props: props{"OAuthAccessToken": "given-access"}, keep: as, gives: stored, keeps: stored, asked: nothing},
	"an expired access token of the properties alone says what to give": {props: props{"OAuthAccessToken": "given-access", "OAuthExpiresIn": "3600",
		"OAuthTokenTimestamp": "now"}, later: expired, asked: nothing, error: []string{"OAuthRefreshToken"}, is: interactive},
	"a refresh token of the properties that is refused does not fall back to another": {props: props{"OAuthRefreshToken": "unknown"}, keep: as, asked: refreshed, keeps: stored,
		error: []string{"refresh"}, is: interactive},
	"REFRESH fetches with a flow that asks nobody": {props: props{"OAuthGrantType": "CLIENT", "Scope": "api"}, gives: fresh, keeps: fresh, asked: map[string]int{grantClient: 1}},
	"REFRESH shows no device code":                 {props: props{"OAuthGrantType": "DEVICE"}, asked: nothing, error: []string{"InitiateOAuth=REFRESH"}, is: interactive},
}

var getStates = map[string]state{
	"a stored token that is fresh is used":             {keep: as, gives: stored, keeps: stored, asked: nothing},
	"a stored token that has expired is refreshed":     {keep: as, later: expired, gives: fresh, keeps: fresh, asked: refreshed},
	"the user is asked where nothing is stored":        {user: func(*user) {}, gives: fresh, keeps: fresh, asked: map[string]int{grantCode: 1}},
	"the user is asked where nothing can be refreshed": {keep: without(true), later: expired, user: func(*user) {}, gives: fresh, keeps: fresh, asked: map[string]int{grantCode: 1}},
	"the user is asked once a refresh token was revoked": {keep: as, later: expired, fails: revoked, user: func(*user) {}, gives: fresh, keeps: fresh,
		asked: map[string]int{grantCode: 1}},
	"the user is asked if the refresh token of the properties is no good": {props: props{"OAuthRefreshToken": "unknown"}, user: func(*user) {}, gives: fresh, keeps: fresh,
		asked: map[string]int{grantCode: 1, grantRefresh: 1}},
	"the user is not asked because the server fails":       {keep: as, later: expired, fails: down, keeps: stored, error: []string{""}, is: retryable},
	"the user is not asked because the client was refused": {keep: as, later: expired, fails: badClient, keeps: stored, error: []string{"AADSTS7000215"}, is: reason(ReasonClient)},
	"a user who says no is the end of it":                  {user: func(u *user) { u.decline = true }, asked: nothing, error: []string{""}, is: reason(ReasonDenied)},
	"a code that is refused after the sign-in is told":     {user: func(*user) {}, fails: badClient, asked: nothing, error: []string{"AADSTS7000215"}, is: reason(ReasonClient)},
	"the device flow shows a code":                         {props: props{"OAuthGrantType": "DEVICE"}, user: func(*user) {}, gives: fresh, keeps: fresh, asked: map[string]int{grantDevice: 1}},
	"the device flow without a Prompter says how to give one": {props: props{"OAuthGrantType": "DEVICE"}, asked: nothing,
		error: []string{"WithPrompter", "epicorsql"}, is: reason(ReasonProperty)},
	"client credentials are fetched":                {props: props{"OAuthGrantType": "CLIENT", "Scope": "api"}, gives: fresh, keeps: fresh, asked: map[string]int{grantClient: 1}},
	"client credentials are fetched again":          {props: props{"OAuthGrantType": "CLIENT", "Scope": "api"}, keep: without(true), later: expired, gives: fresh, keeps: fresh, asked: map[string]int{grantClient: 1}},
	"what another process fetched is shared":        {props: props{"OAuthGrantType": "CLIENT", "Scope": "api"}, keep: without(true), gives: stored, keeps: stored, asked: nothing},
	"the password is sent":                          {props: props{"OAuthGrantType": "PASSWORD", "User": "alice", "Password": "wonderland"}, gives: fresh, keeps: fresh, asked: map[string]int{grantPassword: 1}},
	"a token got by password is refreshed":          {props: props{"OAuthGrantType": "PASSWORD", "User": "alice", "Password": "wonderland"}, keep: as, later: expired, gives: fresh, keeps: fresh, asked: refreshed},
	"the password is sent again after a revocation": {props: props{"OAuthGrantType": "PASSWORD", "User": "alice", "Password": "wonderland"}, keep: as, later: expired, fails: revoked, gives: fresh, keeps: fresh, asked: map[string]int{grantPassword: 1}},
	"a wrong password is told": {props: props{"OAuthGrantType": "PASSWORD", "User": "alice", "Password": "wrong-canary"}, asked: map[string]int{grantPassword: 1},
		error: []string{""}, is: func(e *Error) bool { return !e.Retryable && e.Reason == ReasonGrant }},
}

func TestInitiateOAuth(t *testing.T) {
	for initiate, states := range map[string]map[string]state{"OFF": offStates, initiateRefresh: refreshStates, initiateGet: getStates} {
		for name, s := range states {
			t.Run(initiate+"/"+name, func(t *testing.T) { s.check(t, initiate) })
		}
	}
}

func (s state) check(t *testing.T, initiate string) {
	r := newRig(t)
	had := r.granted(t)
	change := props{}
	if initiate != initiateOff {
		change["InitiateOAuth"] = initiate
	}
	for name, value := range s.props {
		switch value {
		case "now":
			value = strconv.FormatInt(r.clock.Now().UnixMilli(), 10)
		case "had-refresh":
			value = had.Refresh
		}
		change[name] = value
	}
	if change["OAuthGrantType"] == "" || change["OAuthGrantType"] == flowCode {
		change["CallbackURL"] = fmt.Sprintf("http://127.0.0.1:%d/cb", freePort(t))
	}
	var u *user
	c := r.client(t, change, func(o *Options) {
		if s.user != nil {
			u = newUser(r)
			s.user(u)
			o.Prompter = u
		}
	})
	if s.keep != nil {
		r.keep(t, c, s.keep(had))
	}
	r.clock.Advance(s.later)
	r.idp.Fail(s.fails...)
	before := r.idp.Counts()

	got, err := c.Token(t.Context())
	if s.error != nil {
		var e *Error
		require.ErrorAs(t, err, &e)
		for _, word := range s.error {
			assert.Contains(t, err.Error(), word)
		}
		assert.True(t, s.is(e), "%+v", *e)
	} else {
		require.NoError(t, err)
		assert.Equal(t, s.gives, r.whose(had, got), "the token that is used")
		assert.True(t, c.Usable())
	}
	if s.asked != nil {
		assert.Equal(t, s.asked, asked(before, r.idp.Counts()))
	}
	after := r.kept(t, c)
	assert.Equal(t, s.keeps, r.whose(had, after), "the token that is stored")
	if s.keeps == fresh {
		assert.Equal(t, s.reuse, after.Refresh == had.Refresh, "the refresh token that is stored")
	}
	r.assertNoSecret(t, err, c)
	if err == nil { // and the next query asks for nothing
		before = r.idp.Counts()
		again, err := c.Token(t.Context())
		require.NoError(t, err)
		assert.Equal(t, got.Access, again.Access)
		assert.Empty(t, asked(before, r.idp.Counts()))
	}
	if u != nil && u.browsed > 0 {
		page := <-u.visited
		require.NoError(t, page.err)
		assert.Equal(t, err == nil, page.status == http.StatusOK, page.body)
	}
}

func (r *rig) whose(had, t tokenstore.Token) string {
	switch {
	case t.Access == "given-access":
		return given
	case t.Access == had.Access && had.Access != "":
		return stored
	case r.idp.Valid(t.Access):
		return fresh
	case t.Refresh == had.Refresh && t.Access == "":
		return stored
	}
	return t.Access
}

func (r *rig) assertNoSecret(t *testing.T, err error, c *Client) {
	t.Helper()
	text := r.log.String() + fmt.Sprintf("%v %+v %#v", err, err, c)
	for _, secret := range append(r.idp.Secrets(), "canary") {
		assert.NotContains(t, text, secret)
	}
}

func TestAVerifierIsSpentOnceAndByAnyProcess(t *testing.T) {
	r := newRig(t)
	begin := r.client(t, props{"InitiateOAuth": "OFF"})
	address, err := begin.AuthorizationURL(t.Context(), AuthorizationRequest{Mode: ModeApp})
	require.NoError(t, err)
	callback, err := r.idp.SignIn(t.Context(), address, oauthtest.DefaultUser, oauthtest.DefaultPassword)
	require.NoError(t, err)

	with := props{"InitiateOAuth": "REFRESH", "OAuthVerifier": callback}
	first, err := r.client(t, with).Token(t.Context())
	require.NoError(t, err)
	assert.True(t, r.idp.Valid(first.Access))
	second, err := r.client(t, with).Token(t.Context())
	require.NoError(t, err)
	assert.Equal(t, first.Access, second.Access, "the store knows that the code was spent")
	without := r.client(t, props{"InitiateOAuth": "REFRESH"})
	third, err := without.Token(t.Context())
	require.NoError(t, err)
	assert.Equal(t, first.Access, third.Access)
	assert.Empty(t, r.kept(t, without).Pending, "the code verifier is of no use any more")

	r.clock.Advance(expired)
	_, err = without.Token(t.Context())
	require.NoError(t, err)
	r.clock.Advance(expired)
	_, err = r.client(t, with).Token(t.Context())
	require.NoError(t, err, "a refreshed token still knows the code that it began with")
	assert.Equal(t, 1, r.idp.Counts().Tokens[grantCode])
	assert.Equal(t, 2, r.idp.Counts().Refreshes)
	assert.Zero(t, r.idp.Counts().Reuses)
}

func TestAnAnswerThatWasLostAtFirstIsStored(t *testing.T) {
	r := newRig(t, oauthtest.WithGrace(time.Minute)) // as providers do that expect it
	c := r.client(t, props{"InitiateOAuth": "REFRESH"})
	r.keep(t, c, r.granted(t))
	r.clock.Advance(expired)
	r.idp.Fail(oauthtest.Lost())
	got, err := c.Token(t.Context())
	require.NoError(t, err)
	assert.True(t, r.idp.Valid(got.Access))
	assert.Equal(t, 2, r.idp.Counts().Tokens[grantRefresh])
	assert.Equal(t, got, r.kept(t, c))
}

func TestExpiriesFollowTheWallClock(t *testing.T) {
	r := newRig(t)
	c := r.client(t, props{"OAuthGrantType": "CLIENT", "Scope": "api"}, func(o *Options) { o.Now = time.Now })
	got, err := c.Token(t.Context())
	require.NoError(t, err)
	// A monotonic clock stands still while a machine sleeps; tokens expire.
	assert.Equal(t, got.Expiry.Round(0), got.Expiry)
	assert.Equal(t, got.Obtained.Round(0), got.Obtained)
	assert.True(t, got.Expiry.Equal(got.Obtained.Add(time.Hour)))
}

func TestAVerifierWithoutItsSignInSaysHowToBeginOne(t *testing.T) {
	r := newRig(t)
	c := r.client(t, props{"InitiateOAuth": "REFRESH", "OAuthVerifier": "code-canary"})
	_, err := c.Token(t.Context())
	require.Error(t, err)
	assert.Contains(t, err.Error(), "GetOAuthAuthorizationURL")
	assert.Contains(t, err.Error(), "OAuthSettingsLocation")
	assert.NotContains(t, err.Error(), "leave OAuthVerifier out")
	assert.Empty(t, r.idp.Counts().Tokens)
	r.assertNoSecret(t, err, c)

	left := r.client(t, props{"InitiateOAuth": "REFRESH", "OAuthVerifier": "code-canary-of-long-ago"})
	r.keep(t, left, r.granted(t)) // of a later sign-in
	_, err = left.Token(t.Context())
	assert.ErrorContains(t, err, "leave OAuthVerifier out")
	_, err = r.client(t, props{"InitiateOAuth": "REFRESH"}).Token(t.Context())
	require.NoError(t, err, "which is true")
}

func TestWhatFailedForGoodIsNotTriedAgain(t *testing.T) {
	r := newRig(t)
	c := r.client(t, props{"InitiateOAuth": "REFRESH"})
	had := r.granted(t)
	r.keep(t, c, had)
	_, err := c.Token(t.Context())
	require.NoError(t, err)
	r.clock.Advance(expired)
	r.idp.EndSessions()
	counting := &countingStore{Store: r.store}
	c.store = counting
	for range 3 {
		_, err := c.Token(t.Context())
		var e *Error
		require.ErrorAs(t, err, &e)
		assert.True(t, e.Interactive)
	}
	assert.Equal(t, 1, counting.updates, "nor does anybody wait for the lock for it")
	assert.Equal(t, 1, r.idp.Counts().Tokens[grantRefresh], "the provider has said no once")
	assert.False(t, c.Usable())

	r.keep(t, c, r.granted(t)) // another process signs in
	got, err := c.Token(t.Context())
	require.NoError(t, err)
	assert.True(t, r.idp.Valid(got.Access))
	assert.True(t, c.Usable())
}

func TestAWrongPasswordIsNotSentAgain(t *testing.T) {
	r := newRig(t)
	c := r.client(t, props{"OAuthGrantType": "PASSWORD", "User": "alice", "Password": "wrong"})
	for range 3 {
		_, err := c.Token(t.Context())
		require.Error(t, err)
	}
	assert.Equal(t, 1, r.idp.Counts().Tokens[grantPassword], "accounts are locked for less")
	assert.False(t, c.Usable())
}

func TestAfterAFailureATokenInItsMarginIsUsedForAWhile(t *testing.T) {
	r := newRig(t)
	c := r.client(t, props{"InitiateOAuth": "REFRESH"})
	had := r.granted(t)
	r.keep(t, c, had)
	r.clock.Advance(inMargin)
	counting := &countingStore{Store: r.store}
	c.store = counting
	for range 2 {
		r.idp.Fail(oauthtest.ServerError())
		before := counting.updates
		for range 5 {
			got, err := c.Token(t.Context())
			require.NoError(t, err)
			assert.Equal(t, had.Access, got.Access)
		}
		assert.Equal(t, 1, counting.updates-before, "one renewal is tried in each pause")
		r.clock.Advance(retryPause)
	}
	got, err := c.Token(t.Context())
	require.NoError(t, err)
	assert.NotEqual(t, had.Access, got.Access, "the server is back")
}

// countingStore counts the renewals.
type countingStore struct {
	tokenstore.Store
	updates int
}

func (s *countingStore) Update(ctx context.Context, key string, renew func(context.Context, tokenstore.Token) (tokenstore.Token, error)) (tokenstore.Token, error) {
	s.updates++
	return s.Store.Update(ctx, key, renew)
}

func BenchmarkTokenThatIsFresh(b *testing.B) {
	now := time.Now()
	c := &Client{now: time.Now}
	c.adopt(tokenstore.Token{Access: "a", Obtained: now, Expiry: now.Add(time.Hour)})
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Token(ctx); err != nil {
			b.Fatal(err)
		}
	}
}

func TestTheWayToAFreshTokenAllocatesNothing(t *testing.T) {
	now := time.Now()
	c := &Client{now: time.Now}
	c.adopt(tokenstore.Token{Access: "a", Obtained: now, Expiry: now.Add(time.Hour)})
	assert.Zero(t, testing.AllocsPerRun(100, func() { _, _ = c.Token(context.Background()) }))
}
