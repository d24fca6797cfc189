package oauth

import (
	"context"
	"errors"
	"time"

	"github.com/epicorerp/epicorerp/tokenstore"
)

const (
	// requestTime bounds a token request, which no query's context ends.
	requestTime = 2 * time.Minute
	// closeGrace is what Close leaves a token request that is under way: its
	// answer may hold the only refresh token that is still good.
	closeGrace = 10 * time.Second
)

// Why a flight ends before its time.
var (
	errAbandoned = errors.New("nobody waits for the token any more")
	errClosed    = &Error{Message: "the connector is closed"}
	// A Prompter of a test's does so that calls FailNow.
	errPrompter = &Error{Message: "the Prompter ended the goroutine that signs in"}
	errNoAnswer = &Error{Reason: ReasonUnavailable, Retryable: true, Message: "the identity provider did not answer within two minutes"}
)

// flight is one renewal, for all who wait for it. It is no query's own: it goes
// on while anyone waits, and a request that was sent is seen through and its
// answer stored in any case.
type flight struct {
	done    chan struct{} // closed when token and err are set
	token   tokenstore.Token
	err     error
	refused string // what it was started to replace

	// Guarded by source.mu.
	waiters   int
	abandoned bool
	cancel    context.CancelCauseFunc // ends the waiting for locks, users and polls
}

// await waits for a renewal, and starts one if none is under way. A token that
// was refused is no answer, if the flight did not know.
func (c *Client) await(ctx context.Context, refused string) (tokenstore.Token, error) {
	for {
		if err := ctx.Err(); err != nil {
			return tokenstore.Token{}, context.Cause(ctx)
		}
		f, gone, err := c.board(ctx)
		if err != nil {
			return tokenstore.Token{}, err
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			c.leave(f)
			return tokenstore.Token{}, context.Cause(ctx)
		}
		c.leave(f)
		// Whoever came after the last had left did not come for its end.
		again := f.err != nil && gone || f.err == nil && refused != "" && f.token.Access == refused && f.refused != refused
		if !again {
			return f.token, f.err
		}
	}
}

// board joins the flight that is under way, or a new one. gone says that the
// flight was given up before.
func (c *Client) board(ctx context.Context) (f *flight, gone bool, err error) {
	s := &c.source
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, false, errClosed
	}
	if f = s.flight; f != nil {
		f.waiters++
		return f, f.abandoned, nil
	}
	run, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	f = &flight{done: make(chan struct{}), refused: s.refused, waiters: 1, cancel: cancel}
	s.flight = f
	f.err = errPrompter
	go func() {
		defer func() {
			s.mu.Lock()
			s.flight = nil
			s.mu.Unlock()
			cancel(nil)
			close(f.done)
		}()
		f.token, f.err = c.obtain(run, f.refused)
	}()
	return f, false, nil
}

// leave ends the waiting of one. With the last goes whatever of the flight has
// not been sent.
func (c *Client) leave(f *flight) {
	c.source.mu.Lock()
	defer c.source.mu.Unlock()
	if f.waiters--; f.waiters == 0 {
		f.abandoned = true
		f.cancel(errAbandoned)
	}
}

// committed is the context of a request that is seen through although nobody may
// wait for it any more: a code and a rotating refresh token are good for one.
func (c *Client) committed(ctx context.Context) (context.Context, context.CancelFunc) {
	run, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), requestTime, errNoAnswer)
	run, end := context.WithCancelCause(run)
	stop := context.AfterFunc(c.source.life, func() { end(errClosed) })
	return run, func() { stop(); end(nil); cancel() }
}

// Close ends the renewal that is under way, and waits for it. A request that was
// sent has a moment to be answered.
func (c *Client) Close() error {
	s := &c.source
	s.mu.Lock()
	s.closed = true
	f := s.flight
	if f != nil {
		f.cancel(errClosed)
	}
	s.mu.Unlock()
	if f != nil {
		last := time.AfterFunc(s.grace, s.end)
		<-f.done
		last.Stop()
	}
	s.end()
	c.closeSenders()
	return nil
}
