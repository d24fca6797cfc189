package tokenstore

import (
	"context"
	"fmt"
	"sync"
)

// Memory is a Store that lasts as long as the process.
type Memory struct {
	mu    sync.Mutex
	slots map[string]*slot
}

// slot is one key's token. gate holds one value; whoever takes it has the lock.
type slot struct {
	gate  chan struct{}
	mu    sync.Mutex
	token Token
	set   bool
}

// NewMemory returns an empty store.
func NewMemory() *Memory { return &Memory{slots: map[string]*slot{}} }

// String says what it is; no verb of fmt shows a token.
func (m *Memory) String() string               { return "token store in memory" }
func (m *Memory) GoString() string             { return m.String() }
func (m *Memory) Format(s fmt.State, _ rune)   { _, _ = fmt.Fprint(s, m.String()) }
func (m *Memory) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

func (m *Memory) slot(key string) *slot {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.slots[key]
	if s == nil {
		s = &slot{gate: make(chan struct{}, 1)}
		m.slots[key] = s
	}
	return s
}

func (s *slot) load() (Token, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.token, s.set
}

func (s *slot) store(t Token, set bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token, s.set = t, set
}

// Load does not wait for a renewal that is under way.
func (m *Memory) Load(_ context.Context, key string) (Token, bool, error) {
	t, ok := m.slot(key).load()
	return t, ok, nil
}

// Update waits for its turn, or for the end of ctx.
func (m *Memory) Update(ctx context.Context, key string, renew func(context.Context, Token) (Token, error)) (Token, error) {
	s := m.slot(key)
	select {
	case s.gate <- struct{}{}:
	case <-ctx.Done():
		return Token{}, ctx.Err()
	}
	defer func() { <-s.gate }()
	old, _ := s.load()
	t, err := renew(ctx, old)
	if err != nil {
		return Token{}, err
	}
	s.store(t, true)
	return t, nil
}

// Delete forgets the token; a renewal that is under way stores its own all the
// same.
func (m *Memory) Delete(_ context.Context, key string) error {
	m.slot(key).store(Token{}, false)
	return nil
}
