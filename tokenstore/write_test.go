package tokenstore

import (
	"context"
	"encoding/base64"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// stages are those of replacing a file, in their order.
var stages = []string{"reserved", "written", "cut", "synced", "closed", "renamed", "lasting"}

// drafts are what a renewal leaves in a directory until it ends.
func drafts(t testing.TB, dir string) (out []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), draftSuffix) {
			out = append(out, e.Name())
		}
	}
	return out
}

func TestADeathAtAnyStageLeavesTheOldOrTheNewToken(t *testing.T) {
	for i, stage := range stages {
		t.Run(stage, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, fileName)
			s := open(t, path, testKey)
			put(t, s, "counter", Token{Access: "1", Refresh: "1"})
			put(t, s, "another", Token{Access: "x"})
			dying := start(t, "die at", path, stage)
			require.Error(t, dying.cmd.Wait(), "it was to die")
			require.Empty(t, dying.errs.text)

			want := "1"
			if i >= slices.Index(stages, "renamed") {
				want = "2"
			}
			assert.Equal(t, want, load(t, open(t, path, testKey), "counter").Access)
			assert.Equal(t, "x", load(t, s, "another").Access)
			sharedAt(s.path(t)).swept = false // as a process that begins
			put(t, s, "another", Token{Access: "y"})
			assert.Empty(t, drafts(t, dir), "what the dead left behind goes")
			if i >= slices.Index(stages, "written") {
				want = "2"
			}
			assert.Equal(t, want, load(t, s, "counter").Access, "and what they had written stays")
			put(t, s, "counter", Token{Access: "3", Refresh: "3"})
			assert.Equal(t, "3", load(t, s, "counter").Access)
		})
	}
	t.Run("in a directory that has no file yet", func(t *testing.T) {
		for _, stage := range stages {
			path := filepath.Join(t.TempDir(), "new", fileName)
			_ = start(t, "die at", path, stage).cmd.Wait()
			s := open(t, path, testKey)
			_, ok, err := s.Load(t.Context(), "counter")
			require.NoError(t, err)
			assert.False(t, ok)
			put(t, s, "counter", Token{Access: "1"})
		}
	})
}

// keep renews a token by itself, and so sees what a renewal begins with.
func keep(_ context.Context, old Token) (Token, error) { return old, nil }

func TestARenewalBeginsWithWhatTheDeadHadWritten(t *testing.T) {
	dead := func(t *testing.T, stage string) (s *file, dir string) {
		dir = t.TempDir()
		path := filepath.Join(dir, fileName)
		s = open(t, path, testKey)
		put(t, s, "counter", Token{Access: "1", Refresh: "1"})
		require.Error(t, start(t, "die at", path, stage).cmd.Wait(), "it was to die")
		require.Len(t, drafts(t, dir), 1)
		return s, dir
	}
	draftOf := func(t *testing.T, dir string) string { return filepath.Join(dir, drafts(t, dir)[0]) }
	begins := func(t *testing.T, s *file, want, why string) {
		got, err := s.Update(t.Context(), "counter", keep)
		require.NoError(t, err)
		assert.Equal(t, want, got.Access, why)
	}
	for _, stage := range []string{"written", "cut", "synced", "closed"} {
		t.Run("at the stage "+stage, func(t *testing.T) {
			s, dir := dead(t, stage)
			begins(t, s, "2", "the refresh token 1 is spent")
			assert.Equal(t, "2", load(t, s, "counter").Access)
			assert.Empty(t, drafts(t, dir))
		})
	}
	t.Run("but not if it was not written to its end", func(t *testing.T) {
		s, dir := dead(t, "synced")
		text, err := os.ReadFile(draftOf(t, dir))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(draftOf(t, dir), text[:len(text)-2], 0o600))
		begins(t, s, "1", "half a draft is none")
	})
	t.Run("nor if the file is newer by now", func(t *testing.T) {
		s, dir := dead(t, "synced")
		draft, err := os.ReadFile(draftOf(t, dir))
		require.NoError(t, err)
		put(t, s, "counter", Token{Access: "3", Refresh: "3", Obtained: time.Unix(3, 0)})
		require.NoError(t, os.WriteFile(s.path(t)+"."+recordName("counter")[:16]+draftSuffix, draft, 0o600))
		begins(t, s, "3", "an older token is not brought back")
	})
	t.Run("nor if it was to be forgotten", func(t *testing.T) {
		s, dir := dead(t, "synced")
		require.NoError(t, s.Delete(t.Context(), "counter"))
		assert.Empty(t, drafts(t, dir))
		begins(t, s, "", "a token that was deleted stays so")
	})
	t.Run("and waits for who has the key", func(t *testing.T) {
		s, dir := dead(t, "synced")
		other := open(t, s.location, base64.StdEncoding.EncodeToString(make([]byte, 32)))
		sharedAt(s.path(t)).swept = false // as a process that begins
		put(t, other, "another", Token{Access: "x"})
		assert.Len(t, drafts(t, dir), 1)
		begins(t, s, "2", "it is still there")
	})
}

func (f *file) path(t testing.TB) string { return mustResolve(t, f.location) }

func TestKillingAtAnyInstantLeavesTheOldOrTheNewToken(t *testing.T) {
	const kills = 200
	dir := t.TempDir()
	path := filepath.Join(dir, fileName)
	s := open(t, path, testKey)
	put(t, s, "counter", Token{Access: "1", Refresh: "1"})
	spent, stored := "1", "1"
	for range kills {
		p := start(t, "renew", path, "")
		timer := time.AfterFunc(0, func() {})
		for first := true; p.out.Scan(); first = false {
			if number, ok := strings.CutPrefix(p.out.Text(), "spent for "); ok {
				spent = number
			} else if number, ok := strings.CutPrefix(p.out.Text(), "stored "); ok {
				stored = number
			}
			if first {
				timer = time.AfterFunc(rand.N(6*time.Millisecond), func() { _ = p.cmd.Process.Kill() })
			}
		}
		_ = p.cmd.Wait()
		timer.Stop()
		require.Empty(t, string(p.errs.text))
		got, err := s.Update(t.Context(), "counter", keep)
		require.NoError(t, err)
		require.Equal(t, got.Access, got.Refresh)
		require.Contains(t, []string{stored, spent}, got.Access, "the old or the new")
		spent, stored = got.Access, got.Access
	}
	last := load(t, s, "counter").Access
	_, err := s.Update(t.Context(), "counter", increment)
	require.NoError(t, err, "nothing is stuck")
	n, err := strconv.Atoi(last)
	require.NoError(t, err)
	assert.Equal(t, strconv.Itoa(n+1), load(t, s, "counter").Access)
	assert.Greater(t, n, kills/2, "the processes did renew")
	assert.Empty(t, drafts(t, dir))
}

var errDisk = errors.New("the disk is full")

// failing makes a store fail at a stage while a renewal runs: from reserve's
// stage on, or after it.
func failing(s *file, stage string, duringReserve bool) {
	s.step = func(reached string) error {
		if reached == stage && (duringReserve || stage != "reserved") {
			return errDisk
		}
		return nil
	}
}

func TestNothingIsRenewedThatCannotBeStored(t *testing.T) {
	dir := t.TempDir()
	s := open(t, filepath.Join(dir, fileName), testKey)
	put(t, s, "k", Token{Access: "old"})
	failing(s, "reserved", true)
	_, err := s.Update(t.Context(), "k", refuse(t))
	require.ErrorIs(t, err, errDisk)
	require.NotErrorIs(t, err, ErrNotStored)
	require.ErrorContains(t, err, "OAuthSettingsLocation")
	assert.Equal(t, "old", load(t, s, "k").Access)
	assert.Empty(t, drafts(t, dir))
}

func TestRoomForTheNewTokenIsTakenBeforehand(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, fileName)
	s := open(t, path, testKey)
	put(t, s, "another", Token{Access: strings.Repeat("x", 100_000)})
	_, err := s.Update(t.Context(), "k", func(context.Context, Token) (Token, error) {
		made := drafts(t, dir)
		require.Len(t, made, 1)
		draft, err := os.Stat(filepath.Join(dir, made[0]))
		require.NoError(t, err)
		now, err := os.Stat(path)
		require.NoError(t, err)
		assert.GreaterOrEqual(t, draft.Size(), now.Size()+slack)
		return Token{Access: "new"}, nil
	})
	require.NoError(t, err)
	assert.Equal(t, "new", load(t, s, "k").Access)
}

func TestATokenThatIsRenewedAndNotStoredIsStillUsed(t *testing.T) {
	for _, stage := range stages[1:5] {
		t.Run(stage, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, fileName)
			s := open(t, path, testKey)
			put(t, s, "k", Token{Access: "old", Pending: Pending{State: "s", Expiry: time.Now().Add(time.Hour)}})
			failing(s, stage, false)
			got, err := s.Update(t.Context(), "k", func(context.Context, Token) (Token, error) { return Token{Access: "new"}, nil })
			require.ErrorIs(t, err, ErrNotStored)
			require.ErrorIs(t, err, errDisk)
			assert.Equal(t, "new", got.Access, "the caller has it")
			assert.Empty(t, drafts(t, dir))

			second := open(t, path, testKey)
			assert.Equal(t, "new", load(t, second, "k").Access, "and so has everyone in the process")
			second.now = func() time.Time { return time.Now().Add(2 * time.Hour) }
			put(t, second, "x", Token{Access: "x"}) // drops the sign-in of the old token
			assert.Equal(t, "new", load(t, second, "k").Access)

			_, err = second.Update(t.Context(), "k", func(_ context.Context, old Token) (Token, error) { return old, nil })
			require.NoError(t, err)
			sharedAt(s.path(t)).dropUnsaved("k")
			assert.Equal(t, "new", load(t, s, "k").Access, "the next update stores it")
		})
	}
	t.Run("until another process stores a newer one", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), fileName)
		s := open(t, path, testKey)
		put(t, s, "k", Token{Access: "old"})
		failing(s, "synced", false)
		_, err := s.Update(t.Context(), "k", func(context.Context, Token) (Token, error) { return Token{Access: "new"}, nil })
		require.ErrorIs(t, err, ErrNotStored)
		other := start(t, "hold", path, "k")
		other.says(t, "holding")
		require.NoError(t, other.in.Close())
		other.succeeds(t)
		assert.Equal(t, "of the holder", load(t, s, "k").Access)
	})
}

func TestATokenIsStoredAlsoWhenItsCallerLeft(t *testing.T) {
	path := filepath.Join(t.TempDir(), fileName)
	s := open(t, path, testKey)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := s.Update(ctx, "k", func(context.Context, Token) (Token, error) { cancel(); return Token{Access: "new"}, nil })
	require.NoError(t, err)
	assert.Equal(t, "new", load(t, open(t, path, testKey), "k").Access)
}

func TestATokenThatStaysIsNotWritten(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), fileName), testKey)
	put(t, s, "k", Token{Access: "old"})
	s.step = func(stage string) error {
		if stage != "reserved" {
			return errDisk
		}
		return nil
	}
	put(t, s, "k", Token{Access: "old"})
}

func TestAFileThatIsRemovedWhileATokenIsRenewedIsMadeAnew(t *testing.T) {
	path := filepath.Join(t.TempDir(), fileName)
	s := open(t, path, "a passphrase")
	put(t, s, "k", Token{Access: "old"})
	_, err := s.Update(t.Context(), "k", func(context.Context, Token) (Token, error) {
		return Token{Access: "new"}, os.Remove(path)
	})
	require.NoError(t, err)
	assert.Equal(t, "new", load(t, open(t, path, "a passphrase"), "k").Access)
}
