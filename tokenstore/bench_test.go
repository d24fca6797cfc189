package tokenstore

import (
	"context"
	"path/filepath"
	"testing"
)

func BenchmarkUpdate(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), fileName), testKey)
	for b.Loop() {
		if _, err := s.Update(b.Context(), "counter", increment); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkUpdateThatKeepsTheToken(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), fileName), testKey)
	put(b, s, "k", Token{Access: "old"})
	for b.Loop() {
		if _, err := s.Update(b.Context(), "k", func(_ context.Context, old Token) (Token, error) { return old, nil }); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), fileName), testKey)
	put(b, s, "k", Token{Access: "old"})
	for b.Loop() {
		if _, _, err := s.Load(b.Context(), "k"); err != nil {
			b.Fatal(err)
		}
	}
}
