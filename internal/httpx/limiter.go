package httpx

import (
	"container/list"
	"context"
	"sync"
)

// recoverRounds is how many full rounds of good answers widen the limiter by
// one: slow enough not to run into the server's limit again at once.
const recoverRounds = 4

// verdict is what an attempt says about the server's load.
type verdict uint8

const (
	verdictNone      verdict = iota // says nothing: no answer came
	verdictGood                     // an answer came
	verdictThrottled                // the server asked to slow down
)

// limiter bounds the requests in flight. Waiters are served in order of
// arrival. Its width halves when the server throttles and grows back slowly.
type limiter struct {
	mu      sync.Mutex
	max     int
	width   float64
	inUse   int
	epoch   uint64 // counts the halvings
	waiters list.List
}

type waiter struct {
	ready   chan struct{}
	granted bool
	epoch   uint64
}

// slot is the right to one request in flight.
type slot struct {
	l *limiter
	// epoch is that of the start, so that requests sent together and throttled
	// together halve the width once.
	epoch uint64
}

func newLimiter(n int) *limiter { return &limiter{max: n, width: float64(n)} }

func (l *limiter) acquire(ctx context.Context) (slot, error) {
	if err := ctx.Err(); err != nil {
		return slot{}, err
	}
	l.mu.Lock()
	if l.waiters.Len() == 0 && l.inUse < int(l.width) {
		l.inUse++
		s := slot{l, l.epoch}
		l.mu.Unlock()
		return s, nil
	}
	w := &waiter{ready: make(chan struct{})}
	e := l.waiters.PushBack(w)
	l.mu.Unlock()
	select {
	case <-w.ready:
		return slot{l, w.epoch}, nil
	case <-ctx.Done():
		l.mu.Lock()
		defer l.mu.Unlock()
		if w.granted {
			l.inUse--
		} else {
			l.waiters.Remove(e)
		}
		l.grant()
		return slot{}, ctx.Err()
	}
}

func (s slot) release(v verdict) {
	l := s.l
	l.mu.Lock()
	defer l.mu.Unlock()
	l.inUse--
	switch {
	case v == verdictThrottled && s.epoch == l.epoch:
		l.width = max(1, l.width/2)
		l.epoch++
	case v == verdictGood:
		l.width = min(float64(l.max), l.width+1/(recoverRounds*l.width))
	}
	l.grant()
}

// grant is called with the lock held.
func (l *limiter) grant() {
	for l.waiters.Len() > 0 && l.inUse < int(l.width) {
		w := l.waiters.Remove(l.waiters.Front()).(*waiter)
		w.granted, w.epoch = true, l.epoch
		l.inUse++
		close(w.ready)
	}
}

// Width returns how many requests may be in flight now, from 1 to
// MaxConnections.
func (c *Client) Width() int {
	c.limiter.mu.Lock()
	defer c.limiter.mu.Unlock()
	return int(c.limiter.width)
}
