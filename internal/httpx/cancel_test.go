package httpx

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Inside a synctest bubble time moves only when all are waiting, so that "at
// once" is testable as "at the very same instant", and the bubble fails when a
// goroutine outlives its test.
func TestCancellingReturnsAtOnceAndLeavesNothingBehind(t *testing.T) {
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	cases := []struct {
		name    string
		handler http.HandlerFunc
		busy    bool // another request holds the only slot
		attempt int
	}{
		{name: "while waiting for the answer", handler: hang, attempt: 1},
		{name: "while backing off", handler: answer(503, "", "Retry-After", "30"), attempt: 1},
		{name: "in the middle of the body", attempt: 1, handler: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, "half")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}},
		{name: "in the queue of the limiter", handler: hang, busy: true},
	}
	for _, tc := range cases {
		for _, how := range []string{"cancel", "deadline", "cause"} {
			t.Run(tc.name+" by "+how, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c := pipeClient(t, tc.handler, func(cfg *Config) { cfg.MaxConnections = 1 })
					var wg sync.WaitGroup
					busyCtx, busyDone := context.WithCancel(context.Background())
					if tc.busy {
						wg.Go(func() { _, _ = c.Do(busyCtx, &Request{URL: pipeURL}) })
						synctest.Wait()
					}
					start := time.Now()
					ctx, cancel := context.WithCancelCause(context.Background())
					want, kind := context.Canceled, KindCanceled
					why := errors.New("window closed")
					switch how {
					case "deadline":
						var stop context.CancelFunc
						ctx, stop = context.WithDeadline(ctx, start.Add(40*time.Second))
						defer stop()
						want, kind = context.DeadlineExceeded, KindTimeout
					case "cause":
						time.AfterFunc(3*time.Second, func() { cancel(why) })
					default:
						time.AfterFunc(3*time.Second, func() { cancel(nil) })
					}
					_, err := c.Do(ctx, &Request{URL: pipeURL})
					took := time.Since(start)
					cancel(nil)
					if tc.name == "while backing off" && how == "deadline" {
						// The second Retry-After would end after the deadline, so
						// that answer is returned without waiting for it.
						require.NoError(t, err)
						assert.Equal(t, 30*time.Second, took)
					} else {
						require.ErrorIs(t, err, want)
						var e *Error
						require.ErrorAs(t, err, &e)
						assert.Equal(t, kind, e.Kind)
						assert.Equal(t, tc.attempt, e.Attempts)
						if how == "cause" {
							assert.ErrorIs(t, err, why)
						}
						wantTook := 3 * time.Second
						if how == "deadline" {
							wantTook = 40 * time.Second
						}
						assert.Equal(t, wantTook, took)
					}
					busyDone()
					wg.Wait()
					assert.Equal(t, 0, c.limiter.inUse)
					assert.Equal(t, 0, c.limiter.waiters.Len())
				})
			})
		}
	}
}

func TestAnAttemptThatTakesTooLongIsRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int32
		c := pipeClient(t, func(w http.ResponseWriter, r *http.Request) {
			if n.Add(1) == 1 {
				<-r.Context().Done()
				return
			}
			_, _ = io.WriteString(w, "fine")
		}, func(cfg *Config) { cfg.Timeout = 5 * time.Second })
		resp, err := c.Do(context.Background(), &Request{URL: pipeURL})
		require.NoError(t, err)
		assert.Equal(t, 2, resp.Attempts)
	})
	synctest.Test(t, func(t *testing.T) {
		c := pipeClient(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
			func(cfg *Config) { cfg.Timeout = 5 * time.Second })
		start := time.Now()
		_, err := c.Do(context.Background(), &Request{Method: "POST", URL: pipeURL})
		var e *Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, KindTimeout, e.Kind)
		assert.True(t, e.Timeout())
		assert.True(t, e.Sent)
		assert.Equal(t, 1, e.Attempts)
		assert.NotErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, 5*time.Second, time.Since(start))
	})
}

func TestRequestsInFlightNeverExceedTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int64
		c := pipeClient(t, func(w http.ResponseWriter, _ *http.Request) {
			n := now.Add(1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			time.Sleep(time.Second)
			now.Add(-1)
			_, _ = io.WriteString(w, "fine")
		}, func(cfg *Config) { cfg.MaxConnections = 3 })
		var wg sync.WaitGroup
		start := time.Now()
		for range 12 {
			wg.Go(func() {
				resp, err := c.Do(context.Background(), &Request{URL: pipeURL})
				if assert.NoError(t, err) {
					resp.Release()
				}
			})
		}
		wg.Wait()
		assert.EqualValues(t, 3, most.Load())
		assert.Equal(t, 4*time.Second, time.Since(start), "all three slots were always in use")
	})
}

func TestLimiter(t *testing.T) {
	acquire := func(t *testing.T, l *limiter) slot {
		s, err := l.acquire(context.Background())
		require.NoError(t, err)
		return s
	}
	t.Run("serves in order of arrival", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			l := newLimiter(1)
			held := acquire(t, l)
			var order []int
			var wg sync.WaitGroup
			for i := range 5 {
				wg.Go(func() {
					s := acquire(t, l)
					order = append(order, i)
					s.release(verdictNone)
				})
				synctest.Wait()
			}
			held.release(verdictNone)
			wg.Wait()
			assert.Equal(t, []int{0, 1, 2, 3, 4}, order)
		})
	})
	t.Run("halves once for answers to requests sent together", func(t *testing.T) {
		l := newLimiter(8)
		slots := make([]slot, 8)
		for i := range slots {
			slots[i] = acquire(t, l)
		}
		for _, s := range slots {
			s.release(verdictThrottled)
		}
		assert.Equal(t, 4.0, l.width)
		acquire(t, l).release(verdictThrottled)
		assert.Equal(t, 2.0, l.width)
	})
	t.Run("never falls below one nor grows above its maximum, and recovers slowly", func(t *testing.T) {
		l := newLimiter(4)
		for range 10 {
			acquire(t, l).release(verdictThrottled)
		}
		assert.Equal(t, 1.0, l.width)
		for range recoverRounds - 1 {
			acquire(t, l).release(verdictGood)
		}
		assert.Equal(t, 1, int(l.width), "not yet")
		for range 1000 {
			acquire(t, l).release(verdictGood)
		}
		assert.Equal(t, 4.0, l.width)
		assert.Zero(t, l.inUse)
	})
	t.Run("a narrowed width holds back waiters until enough have left", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			l := newLimiter(4)
			a, b, c, d := acquire(t, l), acquire(t, l), acquire(t, l), acquire(t, l)
			got := make(chan slot, 1)
			go func() { got <- acquire(t, l) }()
			synctest.Wait()
			a.release(verdictThrottled)
			b.release(verdictNone)
			synctest.Wait()
			assert.Empty(t, got, "two of two are still in flight")
			c.release(verdictNone)
			synctest.Wait()
			assert.Len(t, got, 1)
			d.release(verdictNone)
		})
	})
	t.Run("a cancelled waiter that was just served passes its slot on", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			l := newLimiter(1)
			held := acquire(t, l)
			ctx, cancel := context.WithCancel(context.Background())
			done := make(chan error, 1)
			go func() { _, err := l.acquire(ctx); done <- err }()
			synctest.Wait()
			cancel()
			held.release(verdictNone)
			if err := <-done; err == nil {
				assert.Equal(t, 1, l.inUse)
			} else {
				assert.Zero(t, l.inUse)
			}
			assert.Zero(t, l.waiters.Len())
		})
	})
}

func TestThrottlingNarrowsTheClient(t *testing.T) {
	server := script(t, answer(429, ""), answer(503, ""), answer(200, ""))
	c, _ := newTestClient(t, server.URL, nil)
	require.Equal(t, 8, c.Width())
	_, err := c.Do(context.Background(), &Request{URL: server.URL})
	require.NoError(t, err)
	assert.Equal(t, 2, c.Width())
}
