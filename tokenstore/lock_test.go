package tokenstore

import (
	"context"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNoUpdateIsLost(t *testing.T) {
	const each, processes, goroutines = 200, 2, 2
	path := filepath.Join(t.TempDir(), fileName)
	var others []*process
	for range processes {
		others = append(others, start(t, "count", path, strconv.Itoa(each)))
	}
	var wg sync.WaitGroup
	for range goroutines {
		s := open(t, path, testKey) // each as another connector has it
		wg.Go(func() { assert.NoError(t, countTo(s, strconv.Itoa(each))) })
	}
	wg.Wait()
	for _, p := range others {
		p.succeeds(t)
	}
	want := strconv.Itoa(each * (processes + goroutines))
	assert.Equal(t, want, load(t, open(t, path, testKey), "counter").Access)
}

func TestRecordsOfOneFileAreWrittenAtOnceAndNoneIsLost(t *testing.T) {
	path := filepath.Join(t.TempDir(), fileName)
	const records, each = 8, 20
	var wg sync.WaitGroup
	for i := range records {
		s := open(t, path, testKey)
		wg.Go(func() {
			for range each {
				_, err := s.Update(t.Context(), strconv.Itoa(i), increment)
				assert.NoError(t, err)
			}
		})
	}
	wg.Wait()
	for i := range records {
		assert.Equal(t, strconv.Itoa(each), load(t, open(t, path, testKey), strconv.Itoa(i)).Access)
	}
}

func TestARenewalIsWaitedForAndItsTokenTaken(t *testing.T) {
	path := filepath.Join(t.TempDir(), fileName)
	s := open(t, path, testKey)
	put(t, s, "k", Token{Access: "old"})
	holder := start(t, "hold", path, "k")
	holder.says(t, "holding")

	assert.Equal(t, "old", load(t, s, "k").Access, "loading does not wait")
	put(t, s, "another", Token{Access: "x"})
	put(t, open(t, path, testKey), "a third", Token{Access: "y"})

	t.Run("no longer than the context", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		var wg sync.WaitGroup
		for range 3 { // one of which asks for the lock, and the others wait for that one
			wg.Go(func() {
				_, err := open(t, path, testKey).Update(ctx, "k", refuse(t))
				assert.ErrorIs(t, err, context.DeadlineExceeded)
			})
		}
		wg.Wait()
	})

	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			got, err := open(t, path, testKey).Update(t.Context(), "k", func(_ context.Context, old Token) (Token, error) { return old, nil })
			assert.NoError(t, err)
			assert.Equal(t, "of the holder", got.Access)
		})
	}
	require.NoError(t, holder.in.Close())
	holder.succeeds(t)
	wg.Wait()
	assert.Equal(t, "x", load(t, s, "another").Access)
	assert.Equal(t, "y", load(t, s, "a third").Access)
}

func TestALockEndsWithItsHolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), fileName)
	s := open(t, path, testKey)
	put(t, s, "k", Token{Access: "old"})
	holder := start(t, "hold", path, "k")
	holder.says(t, "holding")
	require.NoError(t, holder.cmd.Process.Kill())
	_ = holder.cmd.Wait()
	put(t, s, "k", Token{Access: "new"})
	assert.Equal(t, "new", load(t, s, "k").Access)
}

func TestARenewalThatPanicsLeavesNothingLocked(t *testing.T) {
	dir := t.TempDir()
	s := open(t, filepath.Join(dir, fileName), testKey)
	assert.Panics(t, func() {
		_, _ = s.Update(t.Context(), "k", func(context.Context, Token) (Token, error) { panic("no") })
	})
	put(t, s, "k", Token{Access: "new"})
	assert.Empty(t, drafts(t, dir))
}

func TestProcessesThatComeAtOnceMakeOneKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), fileName)
	all := map[string]*process{}
	for i := range 6 {
		name := strconv.Itoa(i)
		all[name] = start(t, "make a key", path, name)
	}
	s := open(t, path, "")
	require.NoError(t, storeOwn(s, "own"))
	for name, p := range all {
		p.succeeds(t)
		assert.Equal(t, name, load(t, s, name).Access)
	}
	assert.Equal(t, "own", load(t, s, "own").Access)
}
