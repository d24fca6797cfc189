package oauth

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/epicorerp/epicorerp/tokenstore"
)

const (
	// maxSkew is how far in the future a token may have been obtained. One that
	// is further says that a clock was set back, and its expiry means nothing.
	maxSkew = 5 * time.Minute
	// retryPause is how long a token in its last minute is used on after its
	// renewal has failed, before that is tried again.
	retryPause = 5 * time.Second
)

// source is what a Client knows of its connection's token.
type source struct {
	current atomic.Pointer[tokenstore.Token]
	failure atomic.Pointer[Error] // why the token cannot be renewed, for good
	rest    atomic.Int64          // until when current is used past its margin, in Unix nanoseconds

	mu      sync.Mutex
	flight  *flight
	closed  bool
	refused string // the access token that the server refused last
	same    string // an access token whose renewal gave it again

	life context.Context // ends with Close, which gives requests under way a moment
	end  context.CancelFunc

	patience time.Duration // what a user has to sign in
	grace    time.Duration // what Close leaves a request
	sleep    func(context.Context, time.Duration) error

	// The rest belongs to the flight.
	spent  bool              // the code or refresh token of the properties was used
	own    tokenstore.Token  // what the last flight got
	failed map[string]*Error // what was tried and is of no use any more
}

func (s *source) prepare() {
	s.life, s.end = context.WithCancel(context.Background())
	s.patience, s.grace, s.sleep = signInTime, closeGrace, pause
	s.failed = map[string]*Error{}
}

// Token returns an access token that can be used now. It is fetched, renewed or
// asked of a user where InitiateOAuth says so.
func (c *Client) Token(ctx context.Context) (tokenstore.Token, error) {
	if t := c.source.current.Load(); t != nil && c.fresh(*t) {
		return *t, nil
	}
	if c.initiate == initiateOff {
		return c.givenToken()
	}
	if t := c.source.current.Load(); t != nil && c.now().UnixNano() < c.source.rest.Load() && c.valid(*t) {
		return *t, nil
	}
	return c.await(ctx, "")
}

// givenToken is the token of a connection that is not to get any itself.
func (c *Client) givenToken() (tokenstore.Token, error) {
	if c.seed.access != "" {
		return tokenstore.Token{Access: c.seed.access, Obtained: c.seed.obtained, Expiry: c.seed.expiry}, nil
	}
	advice := "give OAuthAccessToken (GetOAuthAuthorizationURL and GetOAuthAccessToken yield one), or set InitiateOAuth=GETANDREFRESH " +
		"to be signed in, or InitiateOAuth=REFRESH with OAuthRefreshToken or OAuthVerifier"
	if c.flow == flowClient || c.flow == flowPassword {
		advice = "leave InitiateOAuth out: OAuthGrantType=" + c.flow + " asks nobody"
	}
	return tokenstore.Token{}, &Error{
		Reason:  ReasonProperty,
		Message: "there is no access token, and InitiateOAuth=OFF leaves it to the program to get one",
		Advice:  advice,
		Err:     ErrNoToken,
	}
}

// Refused is told of an access token that the server answered with 401. It
// renews the token, once however many were refused with it, and reports whether
// there is another now.
func (c *Client) Refused(ctx context.Context, access string) (renewed bool, err error) {
	if c.initiate == initiateOff {
		return false, nil
	}
	s := &c.source
	s.mu.Lock()
	t := s.current.Load()
	switch {
	case t != nil && t.Access != access:
		s.mu.Unlock()
		return true, nil
	case s.same == access:
		s.mu.Unlock()
		return false, nil
	}
	s.refused = access
	s.current.Store(nil)
	s.mu.Unlock()

	got, err := c.await(ctx, access)
	if err != nil {
		return false, err
	}
	if got.Access == access {
		s.mu.Lock()
		s.same = access
		s.mu.Unlock()
		return false, nil
	}
	return true, nil
}

// Usable reports whether a connection is worth keeping. It is not once its token
// has run out and renewing it has failed for good.
func (c *Client) Usable() bool {
	if c.source.failure.Load() == nil {
		return true
	}
	t := c.source.current.Load()
	return t != nil && c.valid(*t)
}

// fresh reports whether t need not be renewed yet.
func (c *Client) fresh(t tokenstore.Token) bool {
	now := c.now()
	return t.Fresh(now) && !t.Obtained.After(now.Add(maxSkew))
}

// valid reports whether t has not expired: it can be used while it cannot be
// renewed.
func (c *Client) valid(t tokenstore.Token) bool {
	return t.Access != "" && (t.Expiry.IsZero() || c.now().Before(t.Expiry))
}

// adopt makes t the token of every connection.
func (c *Client) adopt(t tokenstore.Token) {
	c.source.current.Store(&t)
	c.source.failure.Store(nil)
}

// obtain is the work of a flight. While a renewal fails, the token that there is
// goes on being used until it expires.
func (c *Client) obtain(ctx context.Context, refused string) (tokenstore.Token, error) {
	got, had, err := c.replace(ctx, refused)
	if err == nil {
		c.source.own = got
		c.adopt(got)
		return got, nil
	}
	if had.Access != refused && c.valid(had) && ctx.Err() == nil {
		c.logger.WarnContext(ctx, "the access token could not be renewed and is used until it expires", "expires", had.Expiry, "error", err)
		c.adopt(had)
		c.source.rest.Store(c.now().Add(retryPause).UnixNano())
		return had, nil
	}
	if e := (*Error)(nil); errors.As(err, &e) && e.forGood() {
		c.source.failure.Store(e)
	}
	return tokenstore.Token{}, err
}

// replace gets a fresh token, and returns the one that there was as well. The
// store is looked at first, since another process may have renewed the token or
// signed in; only who has to renew it takes the lock.
func (c *Client) replace(ctx context.Context, refused string) (got, had tokenstore.Token, err error) {
	if t := c.source.current.Load(); t != nil {
		had = *t
	}
	stored, _, err := c.store.Load(ctx, c.key)
	if err != nil {
		return got, had, storeError(ctx, err)
	}
	if c.foreign(stored) {
		c.logger.WarnContext(ctx, "OAuthSettingsLocation holds the tokens of another OAuthVerifier or OAuthRefreshToken, which this connection "+
			"replaces by its own: give each user's connections a location of their own")
	}
	had = c.standing(stored)
	if c.fresh(had) && had.Access != refused {
		return had, had, nil
	}
	if e := c.hopeless(stored); e != nil {
		return got, had, e
	}
	_, err = c.update(ctx, func(ctx context.Context, stored tokenstore.Token) (tokenstore.Token, error) {
		had = c.standing(stored)
		if c.fresh(had) && had.Access != refused { // another was faster
			got = had
			return stored, nil
		}
		var err error
		if got, err = c.renew(ctx, stored); err == nil {
			clear(c.source.failed)
			c.logger.InfoContext(ctx, "there is a new access token", "expires", got.Expiry)
		}
		return got, err
	})
	return got, had, err
}

// update runs renew with the store's lock. The end of ctx ends the waiting for
// the lock; from then on renew decides, so that what it has got is stored
// whatever becomes of the query that wanted it.
func (c *Client) update(ctx context.Context, renew func(context.Context, tokenstore.Token) (tokenstore.Token, error)) (tokenstore.Token, error) {
	waiting, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, cancel)
	defer stop()
	var made tokenstore.Token
	var failed error
	renewed := false
	_, err := c.store.Update(waiting, c.key, func(_ context.Context, stored tokenstore.Token) (tokenstore.Token, error) {
		if !stop() {
			failed = context.Cause(ctx)
			return tokenstore.Token{}, failed
		}
		made, failed = renew(ctx, stored)
		renewed = failed == nil
		return made, failed
	})
	switch {
	case err == nil:
		return made, nil
	case renewed: // whatever the store says: the old token may be spent
		c.logger.ErrorContext(ctx, "the new tokens could not be stored: after this process they are lost", "error", err)
		return made, nil
	case failed != nil:
		return tokenstore.Token{}, failed
	}
	return tokenstore.Token{}, storeError(ctx, err)
}

func storeError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return &Error{Message: fmt.Sprintf("the tokens in OAuthSettingsLocation cannot be used: %v", err), Err: err}
}
