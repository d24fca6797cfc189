package acumatica

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/providers"
)

// refusalPause is how long a password that the server has refused is not sent
// again: some wrong ones in a row lock the user out.
const refusalPause = time.Minute

// account is who calls: all sessions of a connector are its.
type account struct {
	user, password string
	token          providers.TokenSource // nil with user and password
	// concurrent says that the tokens' grant may have several sessions.
	concurrent bool
	now        func() time.Time

	// turn is held by the one session that signs in: a password that is wrong is
	// sent once, however many wait.
	turn chan struct{}

	mu      sync.Mutex
	refused error     // what the server said of the password
	until   time.Time // and how long it is not sent again
}

// concurrentScope is the scope by which a grant has more than one session, told
// apart by cookies. Without it, all tokens of a grant belong to the one that was
// opened with the first; see "OAuth 2.0 and OIDC: Session Management" in the
// Integration Development Guide.
const concurrentScope = "api:concurrent_access"

func newAccount(o providers.Options) (*account, error) {
	a := &account{user: o.String("User"), password: o.String("Password"), now: o.Now, token: o.SignIn, turn: make(chan struct{}, 1)}
	scheme, token := strings.ToLower(o.String("AuthScheme")), o.String("OAuthAccessToken")
	if scheme == "" {
		scheme = "basic"
		if a.user == "" && (token != "" || a.token != nil) {
			scheme = "bearer"
		}
	}
	switch scheme {
	case "basic":
		a.token = nil
		if a.user == "" {
			return nil, badProperty("User is missing: Acumatica answers nobody unknown (a token goes in OAuthAccessToken)")
		}
		return a, nil
	case "bearer":
		if a.token == nil && token == "" {
			return nil, badProperty("OAuthAccessToken is missing: AuthScheme=%s needs it", o.String("AuthScheme"))
		}
		if a.token == nil {
			a.token = fixedToken(token)
		}
		for scope := range strings.FieldsSeq(o.String("Scope")) {
			a.concurrent = a.concurrent || scope == concurrentScope
		}
		return a, nil
	}
	return nil, badProperty("AuthScheme: Acumatica takes Basic and bearer tokens, not %s", o.String("AuthScheme"))
}

// fixedToken is a token that nobody renews.
type fixedToken httpx.Secret

func (t fixedToken) Token(context.Context) (string, error)       { return string(t), nil }
func (fixedToken) Refused(context.Context, string) (bool, error) { return false, nil }

// refusal is what the server said of the password a while ago, nil if it may be
// sent.
func (a *account) refusal() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.refused != nil && a.now().Before(a.until) {
		return a.refused
	}
	return nil
}

// signIn has login sign a session in when it is its turn.
func (a *account) signIn(ctx context.Context, login func(context.Context) (*cookies, error)) (*cookies, error) {
	select {
	case a.turn <- struct{}{}:
		defer func() { <-a.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if err := a.refusal(); err != nil {
		return nil, err
	}
	jar, err := login(ctx)
	if errors.Is(err, providers.KindAuthentication) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.refused, a.until = err, a.now().Add(refusalPause)
	}
	return jar, err
}
