package acumatica

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/providers"
)

const (
	// idleTime is how long a session stays signed in that no statement needs, while
	// there is another: a licence has few.
	idleTime = 30 * time.Second
	// fullPause is how long no further session is asked for after the server has
	// refused one.
	fullPause = time.Minute
)

// sessions are those of a connector: as many as statements run at once, within
// bounds. A statement has its session until it ends, for all that it reads: ids
// of records that have none in the database are made up for a session. Where there
// are more statements than sessions, several have the same one, whose requests
// wait for each other; nothing that holds a session ever waits for another.
//
// It is the odata.Sender of all interfaces.
type sessions struct {
	account *account
	all     []*session // begun when they are needed
	idle    time.Duration

	mu     sync.Mutex
	held   map[*providers.Statement]*session
	most   int       // that may be begun since the server has refused one
	until  time.Time // and how long that is held to
	serial int       // of uses
	closed bool
	leave  sync.WaitGroup // sessions that are signed out since they are idle
}

// newSessions makes the sessions; none is begun, and nothing is sent.
func newSessions(o providers.Options, set *settings) (*sessions, error) {
	a, err := newAccount(o)
	if err != nil {
		return nil, err
	}
	n := max(1, o.Int("MaxSessions"))
	if a.token != nil && !a.concurrent {
		n = 1
	}
	p := &sessions{account: a, idle: idleTime, held: map[*providers.Statement]*session{}}
	for range n {
		s, err := newSession(o, set, a)
		if err != nil {
			return nil, err
		}
		p.all = append(p.all, s)
	}
	return p, nil
}

// Do sends a request in the session of the statement that its context is of, or,
// of none, in any session. A statement that the server has no further session for
// goes on in one that there is.
func (p *sessions) Do(ctx context.Context, r *httpx.Request) (*httpx.Response, error) {
	for {
		s, done, err := p.take(ctx)
		if err != nil {
			return nil, err
		}
		resp, err := s.client.Do(ctx, r)
		done()
		if !s.refused(resp, err) || !p.instead(ctx, s) {
			return resp, err
		}
		resp.Release()
	}
}

// CheckOrigin returns an error for a URL that leads away from the site.
func (p *sessions) CheckOrigin(url string) error { return p.all[0].client.CheckOrigin(url) }

// take gives the session for a request. Call done after it.
func (p *sessions) take(ctx context.Context) (s *session, done func(), err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, nil, closedError()
	}
	p.sweep()
	statement := providers.StatementOf(ctx)
	if statement != nil && statement.Ended() {
		statement = nil // what still runs for it is nobody's
	}
	if s = p.held[statement]; s == nil {
		s = p.pick(statement != nil)
		p.use(s)
		if statement == nil {
			return s, func() { p.locked(func() { p.release(s) }) }, nil
		}
		p.held[statement] = s
		statement.AfterEnd(func() { p.locked(p.sweep) })
	}
	return s, func() {}, nil
}

// ofStatement returns a context that is some statement's, of one's own if it is of
// none, and how it ends.
func ofStatement(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, end := context.WithCancel(ctx)
	if providers.StatementOf(ctx) == nil {
		ctx = providers.WithStatement(ctx)
	}
	return ctx, end
}

func (p *sessions) locked(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
}

// pick chooses a session: one that is begun and idle, else for a statement a new
// one, else the one with the fewest users.
func (p *sessions) pick(forStatement bool) *session {
	var idle, fresh, shared *session
	begun := 0
	for _, s := range p.all {
		switch {
		case !s.begun:
			if fresh == nil {
				fresh = s
			}
			continue
		case s.users == 0 && (idle == nil || s.last > idle.last):
			idle = s
		case shared == nil || s.users < shared.users:
			shared = s
		}
		begun++
	}
	switch {
	case idle != nil:
		return idle
	case fresh != nil && (begun == 0 || forStatement && (begun < p.most || !p.account.now().Before(p.until))):
		fresh.begun = true
		return fresh
	}
	return shared
}

// use counts a user of a session.
func (p *sessions) use(s *session) {
	p.serial++
	s.last = p.serial
	if s.users++; s.retire != nil {
		s.retire.Stop()
		s.retire = nil
	}
}

// release takes back a user. A session that is left without any is signed out
// after a while, unless it is the only one.
func (p *sessions) release(s *session) {
	if s.users--; s.users > 0 || p.closed || !s.begun {
		return
	}
	s.retire = time.AfterFunc(p.idle, func() { p.signOut(s) })
}

// sweep takes the sessions back from statements that have ended.
func (p *sessions) sweep() {
	for statement, s := range p.held {
		if statement.Ended() {
			delete(p.held, statement)
			p.release(s)
		}
	}
}

// signOut ends a session that is idle, if another goes on.
func (p *sessions) signOut(s *session) {
	p.mu.Lock()
	others := 0
	for _, o := range p.all {
		if o != s && o.begun {
			others++
		}
	}
	if p.closed || s.users > 0 || !s.begun || others == 0 {
		p.mu.Unlock()
		return
	}
	s.begun = false
	p.leave.Add(1)
	p.mu.Unlock()
	defer p.leave.Done()
	// A session that cannot be ended runs out by itself.
	_ = s.end()
}

// instead gives a statement, or whoever asks next, another session than the one
// that the server has refused, and reports whether there is one.
func (p *sessions) instead(ctx context.Context, refused *session) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if refused.nothingToEnd() {
		refused.begun = false
	}
	var other *session
	begun := 0
	for _, s := range p.all {
		if s == refused || !s.begun {
			continue
		}
		if begun++; other == nil || s.users < other.users {
			other = s
		}
	}
	p.most, p.until = max(1, begun), p.account.now().Add(fullPause)
	if other == nil {
		return false
	}
	if statement := providers.StatementOf(ctx); statement != nil && p.held[statement] == refused {
		p.use(other)
		p.held[statement] = other
		p.release(refused)
	}
	return true
}

// close signs out of every session, and waits for those that are on their way
// out.
func (p *sessions) close() error {
	p.mu.Lock()
	p.closed = true
	for _, s := range p.all {
		if s.retire != nil {
			s.retire.Stop()
		}
	}
	p.mu.Unlock()
	p.leave.Wait()
	failures := make([]error, len(p.all))
	var all sync.WaitGroup
	for i, s := range p.all {
		all.Go(func() { failures[i] = s.close() })
	}
	all.Wait()
	return errors.Join(failures...)
}

// refused reports that the server has no session for this one: it said so to
// the sign-in, or to the first request with a token.
func (s *session) refused(resp *httpx.Response, err error) bool {
	if err != nil {
		return errors.Is(err, providers.KindLicense)
	}
	if s.account.token == nil || resp.Status < http.StatusBadRequest || resp.SentHeader("Cookie") != "" {
		return false
	}
	kind := s.set.statusError(resp).Kind
	return kind == providers.KindLicense || kind == providers.KindRateLimit
}
