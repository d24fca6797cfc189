// Package held keeps what takes a request to get, such as a token, a list of
// services or a table's metadata: it is fetched once for all who ask at a time.
//
// It imports nothing of this project.
package held

import (
	"context"
	"errors"
	"sync"
)

// Value keeps one value that takes a request to get: a token, a session, the
// metadata of a service. Whoever needs it first fetches it and all others wait
// for that; a failure is everybody's, but is not kept.
type Value[T any] struct {
	mu     sync.Mutex
	value  T
	ok     bool
	flight *flight
}

type flight struct {
	done chan struct{}
	err  error
}

// Get returns the value, fetching it if there is none or it is not fresh.
func (h *Value[T]) Get(ctx context.Context, fresh func(T) bool, fetch func(context.Context) (T, error)) (T, error) {
	var none T
	for {
		h.mu.Lock()
		if h.ok && (fresh == nil || fresh(h.value)) {
			defer h.mu.Unlock()
			return h.value, nil
		}
		f := h.flight
		if f == nil {
			f = &flight{done: make(chan struct{})}
			h.flight = f
			h.mu.Unlock()
			return h.fetch(ctx, f, fetch)
		}
		h.mu.Unlock()
		select {
		case <-f.done:
		case <-ctx.Done():
			return none, ctx.Err()
		}
		// A flight that its own caller gave up says nothing to the others.
		if f.err != nil && !errors.Is(f.err, context.Canceled) && !errors.Is(f.err, context.DeadlineExceeded) {
			return none, f.err
		}
		if err := ctx.Err(); err != nil {
			return none, err
		}
	}
}

func (h *Value[T]) fetch(ctx context.Context, f *flight, fetch func(context.Context) (T, error)) (T, error) {
	v, err := fetch(ctx)
	h.mu.Lock()
	if f.err = err; err == nil {
		h.value, h.ok = v, true
	}
	h.flight = nil
	h.mu.Unlock()
	close(f.done)
	return v, err
}

// Drop forgets the value if it is the one meant.
func (h *Value[T]) Drop(meant func(T) bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ok && meant(h.value) {
		var none T
		h.value, h.ok = none, false
	}
}

// Put keeps a value that was come by in another way.
func (h *Value[T]) Put(v T) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.value, h.ok = v, true
}

// Current returns the value if there is one.
func (h *Value[T]) Current() (T, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.value, h.ok
}

// Shelf holds values by name.
type Shelf[T any] struct {
	mu sync.Mutex
	m  map[string]*Value[T]
}

func (s *Shelf[T]) At(name string) *Value[T] {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.m == nil {
		s.m = map[string]*Value[T]{}
	}
	h := s.m[name]
	if h == nil {
		h = &Value[T]{}
		s.m[name] = h
	}
	return h
}
