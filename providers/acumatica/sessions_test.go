package acumatica_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/acumatica"
	"github.com/epicorerp/epicorerp/providers/acumatica/acumaticatest"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// statement is a scan of customers that has begun, and goes on when it is told to.
type statement struct {
	t      *testing.T
	plan   *providers.ScanPlan
	reader providers.BatchReader
	rows   int
}

// begin starts a statement that reads customers, and has its first page.
func begin(t *testing.T, p providers.Provider) *statement {
	t.Helper()
	tab := table(t, p, "REST", "Customer")
	s := &statement{t: t, plan: plan(t, tab, &providers.ScanRequest{Columns: columns(t, tab, "CustomerID")})}
	var err error
	s.reader, err = s.plan.Open(t.Context(), nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.reader.Close() })
	require.NoError(t, s.page())
	return s
}

func (s *statement) page() error {
	b := tuple.NewBatch(s.plan.Layout)
	err := s.reader.Next(s.t.Context(), b)
	s.rows += b.Len()
	return err
}

// finish reads the rest, and is done.
func (s *statement) finish(rows int) {
	s.t.Helper()
	var err error
	for err == nil {
		err = s.page()
	}
	assert.Equal(s.t, io.EOF, err)
	assert.Equal(s.t, rows, s.rows)
	require.NoError(s.t, s.reader.Close())
}

func logins(s *acumaticatest.Server) int {
	all, _ := s.Logins()
	return all
}

func TestStatementsThatRunAtOnceHaveASessionEach(t *testing.T) {
	s := serve(t)
	p := open(t, s, "MaxSessions", "3", "Pagesize", "5")
	first := begin(t, p)
	assert.Equal(t, 1, logins(s))
	second, third := begin(t, p), begin(t, p)
	assert.Equal(t, 3, logins(s))
	assert.Equal(t, 3, s.Sessions())
	beyond := begin(t, p)
	assert.Equal(t, 3, logins(s), "those beyond share the sessions that there are")
	for _, running := range []*statement{beyond, third, first, second} {
		running.finish(40)
	}
	begin(t, p).finish(40)
	assert.Equal(t, 3, logins(s), "an idle session is used again")
	require.NoError(t, p.Ping(t.Context()))
	require.NoError(t, p.Close())
	assert.Zero(t, s.Sessions())
	assert.Zero(t, s.Overlaps(), "the requests of a session come one after the other")
}

func TestStatementsUnderLoadShareTheSessions(t *testing.T) {
	s := serve(t, acumaticatest.WithRenewedTickets())
	p := open(t, s, "MaxSessions", "3", "Pagesize", "7")
	var wg sync.WaitGroup
	for range 12 {
		wg.Go(func() {
			for range 3 {
				got, err := customers(t, p)
				assert.NoError(t, err)
				assert.Len(t, got, 40)
			}
		})
	}
	wg.Wait()
	assert.LessOrEqual(t, logins(s), 3)
	assert.Equal(t, logins(s), s.Sessions())
	assert.Zero(t, s.Overlaps())
	require.NoError(t, p.Close())
	assert.Zero(t, s.Sessions())
}

func TestAStatementHasOneSessionForAllThatItReads(t *testing.T) {
	// Ids are those of a session: rows of two would not find each other.
	s := serve(t, acumaticatest.WithSessionIDs())
	p := open(t, s, "MaxSessions", "4", "Pagesize", "5")
	const join = "SELECT COUNT(*) FROM REST.SalesOrder o JOIN REST.SalesOrder_Details d ON d.SalesOrder_id = o.id"
	want := query(t, p, "SELECT COUNT(*) FROM REST.SalesOrder_Details")
	// What the engine is asked of here is of no statement; a connection's is.
	joined := func() [][]string {
		ctx, end := context.WithCancel(providers.WithStatement(t.Context()))
		defer end()
		rows, err := runIn(ctx, p, join)
		assert.NoError(t, err)
		return rows
	}
	assert.Equal(t, want, joined())
	busy := []*statement{begin(t, p)}
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() { assert.Equal(t, want, joined()) })
	}
	wg.Wait()
	busy[0].finish(40)
}

func TestASeatThatTheLicenceDoesNotHaveIsWaitedFor(t *testing.T) {
	for _, status := range []int{500, 429} {
		s := serve(t, acumaticatest.WithSeats(1), acumaticatest.WithSeatStatus(status))
		p := open(t, s, "MaxSessions", "3", "Pagesize", "5")
		first := begin(t, p)
		second, third := begin(t, p), begin(t, p)
		assert.Equal(t, 2, logins(s), "after one refusal no further session is asked for")
		for _, running := range []*statement{third, second, first} {
			running.finish(40)
		}
		assert.Equal(t, 1, s.Sessions())
		require.NoError(t, p.Close())
		assert.Zero(t, s.Sessions())
	}
	t.Run("and asked for again after a while", func(t *testing.T) {
		s := serve(t, acumaticatest.WithSeats(2))
		other := open(t, s)
		require.NoError(t, other.Ping(t.Context()))
		var now atomic.Int64
		o := options(properties(s, "MaxSessions", "2", "Pagesize", "5"))
		o.Now = func() time.Time { return time.Unix(now.Load(), 0) }
		p, err := providers.Open("acumatica", o)
		require.NoError(t, err)
		defer p.Close()
		first, second := begin(t, p), begin(t, p)
		assert.Equal(t, 2, s.Sessions())
		second.finish(40)
		require.NoError(t, other.Close())
		now.Store(100)
		second = begin(t, p)
		assert.Equal(t, 2, s.Sessions(), "there is a second one now")
		first.finish(40)
		second.finish(40)
	})
	t.Run("by a session whose own was taken away, too", func(t *testing.T) {
		s := serve(t, acumaticatest.WithSeats(2))
		p := open(t, s, "MaxSessions", "2", "Pagesize", "5")
		first, second := begin(t, p), begin(t, p)
		s.ExpireSessions()
		first.finish(40)
		other := open(t, s)
		require.NoError(t, other.Ping(t.Context()))
		second.finish(40)
		assert.Equal(t, 2, s.Sessions())
	})
	t.Run("as long as its context lets it", func(t *testing.T) {
		held, release := make(chan struct{}), make(chan struct{})
		var holding atomic.Bool
		s := serve(t, acumaticatest.WithSeats(1), acumaticatest.WithFault(func(r *http.Request, _ int) *acumaticatest.Fault {
			if strings.HasSuffix(r.URL.Path, "/Customer") && holding.CompareAndSwap(true, false) {
				close(held)
				<-release
			}
			return nil
		}))
		p := open(t, s, "MaxSessions", "2")
		tab := table(t, p, "REST", "Customer")
		holding.Store(true)
		done := make(chan error)
		go func() {
			_, err := rows(t.Context(), tab, &providers.ScanRequest{Columns: []int{0}})
			done <- err
		}()
		<-held
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, err := rows(ctx, tab, &providers.ScanRequest{Columns: []int{0}})
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		close(release)
		require.NoError(t, <-done)
	})
	t.Run("but not when there is no session at all", func(t *testing.T) {
		s := serve(t, acumaticatest.WithSeats(1))
		require.NoError(t, open(t, s).Ping(t.Context()))
		p := open(t, s, "MaxSessions", "3")
		var wg sync.WaitGroup
		for range 6 {
			wg.Go(func() {
				_, err := customers(t, p)
				assert.ErrorIs(t, err, providers.KindLicense)
			})
		}
		wg.Wait()
	})
}

func TestAnIdleSessionIsSignedOutBesideAnother(t *testing.T) {
	s := serve(t)
	p := open(t, s, "MaxSessions", "3", "Pagesize", "5")
	acumatica.SetIdleTime(p, time.Millisecond)
	first, second, third := begin(t, p), begin(t, p), begin(t, p)
	require.Equal(t, 3, s.Sessions())
	first.finish(40)
	second.finish(40)
	assert.Eventually(t, func() bool { return s.Sessions() == 1 }, 10*time.Second, time.Millisecond)
	third.finish(40)
	begin(t, p).finish(40)
	assert.Equal(t, 3, logins(s), "the last one stays")
	first, second = begin(t, p), begin(t, p)
	assert.Equal(t, 4, logins(s), "and more are signed in when they are needed again")
	first.finish(40)
	second.finish(40)
	assert.Never(t, func() bool { return s.Sessions() == 0 }, 30*time.Millisecond, time.Millisecond)
	require.NoError(t, p.Close())
	assert.Zero(t, s.Sessions())
}

func TestCloseEndsEverySession(t *testing.T) {
	t.Run("whose sign-in is under way", func(t *testing.T) {
		under, release := make(chan struct{}), make(chan struct{})
		var signIns atomic.Int64
		s := serve(t, acumaticatest.WithFault(func(r *http.Request, _ int) *acumaticatest.Fault {
			if strings.HasSuffix(r.URL.Path, "/login") && signIns.Add(1) == 2 {
				close(under)
				<-release
			}
			return nil
		}))
		p := open(t, s, "MaxSessions", "2", "Pagesize", "5")
		first := begin(t, p)
		ctx, cancel := context.WithCancel(t.Context())
		tab := table(t, p, "REST", "Customer")
		go func() { <-under; cancel(); close(release) }()
		_, err := rows(ctx, tab, &providers.ScanRequest{Columns: []int{0}})
		require.ErrorIs(t, err, context.Canceled)
		require.NoError(t, first.reader.Close())
		require.NoError(t, p.Close())
		assert.Equal(t, 2, logins(s))
		assert.Zero(t, s.Sessions())
	})
	t.Run("that is being signed out, for it was idle", func(t *testing.T) {
		under, release, closed := make(chan struct{}), make(chan struct{}), make(chan struct{})
		var signOuts atomic.Int64
		s := serve(t, acumaticatest.WithFault(func(r *http.Request, _ int) *acumaticatest.Fault {
			if strings.HasSuffix(r.URL.Path, "/logout") && signOuts.Add(1) == 1 {
				close(under)
				<-release
			}
			return nil
		}))
		p := open(t, s, "MaxSessions", "2", "Pagesize", "5")
		acumatica.SetIdleTime(p, time.Millisecond)
		first, second := begin(t, p), begin(t, p)
		first.finish(40)
		<-under
		second.finish(40)
		go func() {
			assert.NoError(t, p.Close())
			assert.Zero(t, s.Sessions())
			close(closed)
		}()
		select {
		case <-closed:
		case <-time.After(20 * time.Millisecond):
		}
		close(release)
		<-closed
	})
	t.Run("whose statement runs", func(t *testing.T) {
		s := serve(t)
		p := open(t, s, "MaxSessions", "2", "Pagesize", "5")
		running := []*statement{begin(t, p), begin(t, p)}
		require.NoError(t, p.Close())
		assert.Zero(t, s.Sessions())
		var err error
		for err == nil {
			err = running[0].page()
		}
		failure(t, err, providers.KindConnection)
		assert.Zero(t, s.Sessions())
	})
}

func TestAWrongPasswordIsSentOnceHoweverManyWait(t *testing.T) {
	s := serve(t)
	p := open(t, s, "Password", "wrong", "MaxSessions", "5")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			assert.ErrorIs(t, p.Ping(providers.WithStatement(t.Context())), providers.KindAuthentication)
		})
	}
	wg.Wait()
	_, refused := s.Logins()
	assert.Equal(t, 1, refused)
}

func TestTokensHaveSeveralSessionsByTheirScopeAlone(t *testing.T) {
	for scope, sessions := range map[string]int{"api offline_access": 1, "api api:concurrent_access offline_access": 2} {
		s := serve(t, acumaticatest.WithTokens(func(token string) bool { return token == "token-canary-0" }))
		o := options(properties(s, "User", "", "Password", "", "AuthScheme", "Bearer", "Scope", scope, "MaxSessions", "2", "Pagesize", "5"))
		o.SignIn = &tokens{}
		p, err := providers.Open("acumatica", o)
		require.NoError(t, err)
		first, second := begin(t, p), begin(t, p)
		assert.Equal(t, sessions, s.Sessions(), scope)
		first.finish(40)
		second.finish(40)
		require.NoError(t, p.Close())
		assert.Zero(t, s.Sessions())
	}
	t.Run("and share those that the licence leaves", func(t *testing.T) {
		s := serve(t, acumaticatest.WithSeats(1), acumaticatest.WithTokens(func(token string) bool { return token == "token-canary-0" }))
		o := options(properties(s, "User", "", "Password", "", "AuthScheme", "Bearer", "Scope", "api:concurrent_access", "MaxSessions", "2", "Pagesize", "5"))
		o.SignIn = &tokens{}
		p, err := providers.Open("acumatica", o)
		require.NoError(t, err)
		first, second := begin(t, p), begin(t, p)
		first.finish(40)
		second.finish(40)
		assert.Equal(t, 1, s.Sessions())
		require.NoError(t, p.Close())
		signOuts := 0
		for _, r := range s.Requests() {
			if strings.HasSuffix(r.Path, "/logout") {
				signOuts++
			}
		}
		assert.Equal(t, 1, signOuts, "of the one that there was")
	})
}
