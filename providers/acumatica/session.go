package acumatica

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata"
)

const (
	// signInTimeout bounds a sign-in that nobody waits for any more; the server
	// queues requests for minutes.
	signInTimeout = 2 * time.Minute
	// signOutTimeout bounds the farewell of a connection that is closed.
	signOutTimeout = 10 * time.Second
)

// session is a session of the server, with the one connection that its requests
// take one after the other. It is httpx's Authorizer, Refresher and Witness, and
// its jar of cookies.
//
// With user and password, the contract-based interface needs a sign-in and
// counts a session of the licence, while OData takes both with every request
// and counts an ordinary user. A token opens a session wherever it is sent
// first. Cookies that come with an answer are sent from then on, lest each
// request open another session.
type session struct {
	set     *settings
	account *account
	client  *httpx.Client

	mu     sync.Mutex
	api    *cookies // of the contract-based interface, and of all with a token
	feed   *cookies // of OData with user and password
	flight *flight  // a sign-in under way
	sent   string   // the token that was sent last
	closed bool

	// What follows is the business of sessions, under its lock.
	begun  bool // given to somebody, and not ended since
	users  int
	last   int         // when it was given last
	retire *time.Timer // ends it when it has been idle for long
}

type flight struct {
	cancel context.CancelFunc
	done   chan struct{}
	err    error
}

func newSession(o providers.Options, set *settings, a *account) (*session, error) {
	cfg, err := httpx.ConfigFor(o.Properties, o.Transport)
	if err != nil {
		return nil, badProperty("%w", err)
	}
	s := &session{set: set, account: a}
	// The server serves the requests of a session one after the other: a second
	// one under way would only wait in its queue, which is short.
	cfg.MaxConnections = 1
	cfg.Origins, cfg.Logger, cfg.Authorizer, cfg.Jar = []string{set.site}, o.Logger, s, s
	if s.client, err = httpx.New(cfg); err != nil {
		return nil, badProperty("%w", err)
	}
	return s, nil
}

const bearerPrefix = "Bearer "

// Authorize signs a request, signing in before if need be.
func (s *session) Authorize(ctx context.Context, r *http.Request) error {
	if s.account.token != nil {
		token, err := s.account.token.Token(ctx)
		if err != nil {
			return err
		}
		r.Header.Set("Authorization", bearerPrefix+token)
	} else if !s.set.own(r.URL) {
		r.SetBasicAuth(s.account.user, s.account.password)
	} else if err := s.join(ctx); err != nil {
		return err
	}
	s.set.place(r, s.account.token != nil)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return closedError()
	}
	if s.account.token != nil {
		s.sent = strings.TrimPrefix(r.Header.Get("Authorization"), bearerPrefix)
	}
	return nil
}

// Cookies are what a request is sent with; see http.CookieJar. They are asked
// for when its turn has come: while it waited, another may have renewed them.
func (s *session) Cookies(u *url.URL) []*http.Cookie {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.signsItself(u) {
		return nil
	}
	if jar := *s.jar(u); jar != nil {
		return jar.list
	}
	return nil
}

// SetCookies does nothing: Answered knows which session an answer belongs to.
func (*session) SetCookies(*url.URL, []*http.Cookie) {}

// signsItself reports the requests of the session's own, which bring what they
// need.
func (s *session) signsItself(u *url.URL) bool {
	return strings.HasPrefix(u.String(), s.set.site+signPath)
}

// signPath is where sessions are begun and ended.
const signPath = "/entity/auth/"

func closedError() error {
	return &providers.Error{Kind: providers.KindConnection, Message: "the connection is closed"}
}

// jar returns the cookies that go with an address. The caller holds the lock.
func (s *session) jar(u *url.URL) **cookies {
	if s.account.token != nil || s.set.own(u) {
		return &s.api
	}
	return &s.feed
}

// Answered keeps the cookies that come with an answer, unless they belong to a
// session that has been given up meanwhile.
func (s *session) Answered(sent *http.Request, answer *http.Response) {
	if answer.StatusCode >= http.StatusBadRequest {
		return // the farewell to a session, or none
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if jar := s.jar(sent.URL); (*jar).header() == sent.Header.Get("Cookie") {
		*jar = (*jar).with(answer, s.account.now())
	}
}

// Refresh looks at a refusal (401). A session that has ended is followed by a
// new one, and a token by the next, if there is one: the request is worth
// repeating once.
func (s *session) Refresh(ctx context.Context, resp *httpx.Response) (bool, error) {
	for _, challenge := range resp.Header.Values("WWW-Authenticate") {
		if strings.Contains(challenge, "insufficient_scope") { // RFC 6750, section 3.1
			return false, nil
		}
	}
	u, err := url.Parse(resp.URL)
	if err != nil {
		return false, err
	}
	if s.account.token != nil {
		// The next token goes on in the session that there is: one that its cookies are
		// not sent to any more could not be ended.
		renewed, err := s.account.token.Refused(ctx, strings.TrimPrefix(resp.SentHeader("Authorization"), bearerPrefix))
		if renewed || err != nil {
			return renewed, err
		}
	}
	return s.ended(u, resp.SentHeader("Cookie")), nil
}

// ended forgets the session of a request's cookies, unless another request has
// done so already, and reports whether the next request will be another's.
func (s *session) ended(u *url.URL, sent string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	jar := s.jar(u)
	if sent == "" {
		// The session ended while the request waited. With a token, or a password in
		// the request, it was refused for those.
		return s.account.token == nil && s.set.own(u)
	}
	if (*jar).header() == sent {
		*jar = nil
	}
	return true
}

// join waits until there is a session. Who gives up waiting leaves the sign-in
// to go on: a session that nobody knows of could not be ended.
func (s *session) join(ctx context.Context) error {
	s.mu.Lock()
	switch {
	case s.closed:
		s.mu.Unlock()
		return closedError()
	case s.api != nil:
		s.mu.Unlock()
		return nil
	}
	f := s.flight
	if f == nil {
		if err := s.account.refusal(); err != nil {
			s.mu.Unlock()
			return err
		}
		f = &flight{done: make(chan struct{})}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), signInTimeout)
		s.flight, f.cancel = f, cancel
		go s.signIn(ctx, f)
	}
	s.mu.Unlock()
	select {
	case <-f.done:
		return f.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// credentials is the body of a sign-in.
type credentials struct {
	Name     string `json:"name"`
	Password string `json:"password"`
	Tenant   string `json:"tenant,omitempty"`
	Branch   string `json:"branch,omitempty"`
	Locale   string `json:"locale,omitempty"`
}

func (s *session) signIn(ctx context.Context, f *flight) {
	defer f.cancel()
	jar, err := s.account.signIn(ctx, s.login)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.api, s.flight, f.err = jar, nil, err
	close(f.done)
}

func (s *session) login(ctx context.Context) (*cookies, error) {
	body, err := json.Marshal(credentials{s.account.user, s.account.password, s.set.tenant, s.set.branch, s.set.locale})
	if err != nil {
		return nil, err
	}
	resp, err := s.post(ctx, "login", body, http.Header{"Content-Type": {"application/json"}}, httpx.IdempotentNever)
	if err != nil {
		return nil, s.explained(err)
	}
	defer resp.Release()
	jar := (*cookies)(nil).with(&http.Response{Header: resp.Header}, s.account.now())
	if jar == nil || len(jar.list) == 0 {
		return nil, &providers.Error{Kind: providers.KindResponse, Status: resp.Status, RequestID: resp.RequestID,
			Message: "the sign-in was answered without a cookie, which the session goes by"}
	}
	return jar, nil
}

// explained says more of a sign-in's failure, and that it will not be tried
// again at once.
func (s *session) explained(err error) error {
	var e *providers.Error
	if !errors.As(err, &e) {
		return err
	}
	told := *e
	switch e.Kind {
	case providers.KindAuthentication:
		told.Message = fmt.Sprintf("the server does not take User and Password (%s); they are not sent again for %v, since repeated failures lock a user out", e.Message, refusalPause)
	case providers.KindRateLimit:
		// A sign-in is refused by this status, and a plain text, when the licence has
		// no session left.
		told.Kind, told.Retryable = providers.KindLicense, true
		told.Message = "the server refuses a further session: " + e.Message
	default:
		return err
	}
	return &told
}

// post sends a request of the session's own.
func (s *session) post(ctx context.Context, action string, body []byte, h http.Header, idempotent httpx.Idempotency) (*httpx.Response, error) {
	for name, values := range s.set.traits.Header {
		if _, own := h[name]; !own {
			h[name] = values
		}
	}
	h.Set("Accept", "application/json")
	address := s.set.site + signPath + action
	if q := s.set.traits.Query.Encode(); q != "" {
		address += "?" + q
	}
	resp, err := s.client.Do(ctx, &httpx.Request{
		Method: http.MethodPost, URL: address, Header: h, Body: body, Idempotent: idempotent, NoAuth: true,
	})
	if err != nil {
		return nil, odata.TransportError(ctx, err)
	}
	if resp.Status != http.StatusOK && resp.Status != http.StatusNoContent {
		defer resp.Release()
		return nil, s.set.statusError(resp)
	}
	return resp, nil
}

// nothingToEnd reports whether the server keeps no session for this one, which was
// refused: then a token was sent in vain, and there is nothing to sign out of by it.
func (s *session) nothingToEnd() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.api != nil || s.feed != nil || s.flight != nil {
		return false
	}
	s.sent = ""
	return true
}

// close ends the session for good, and closes its connection.
func (s *session) close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	return errors.Join(s.end(), s.client.Close())
}

// end signs out, of OData too. It waits for a sign-in under way, whose session
// would be left open otherwise.
func (s *session) end() error {
	s.mu.Lock()
	f := s.flight
	s.mu.Unlock()
	if f != nil {
		stop := time.AfterFunc(signOutTimeout, f.cancel)
		<-f.done
		stop.Stop()
	}
	s.mu.Lock()
	api, feed, token := s.api, s.feed, s.sent
	s.api, s.feed, s.sent = nil, nil, ""
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), signOutTimeout)
	defer cancel()
	var failures []error
	if s.account.token != nil && token != "" {
		failures = append(failures, s.logout(ctx, api, token))
	} else if api != nil {
		failures = append(failures, s.logout(ctx, api, ""))
	}
	if feed != nil {
		failures = append(failures, s.logout(ctx, feed, ""))
	}
	return errors.Join(failures...)
}

// logout ends a session. One that the server has ended itself is gone already.
func (s *session) logout(ctx context.Context, jar *cookies, token string) error {
	h := http.Header{}
	if header := jar.header(); header != "" {
		h.Set("Cookie", header)
	}
	if token != "" {
		h.Set("Authorization", bearerPrefix+token)
	}
	resp, err := s.post(ctx, "logout", nil, h, httpx.IdempotentAlways)
	if errors.Is(err, providers.KindAuthentication) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("signing out: %w", err)
	}
	resp.Release()
	return nil
}
