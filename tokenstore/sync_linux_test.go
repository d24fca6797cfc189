package tokenstore

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// unsyncable puts a pipe in the place of the open draft: all that is left to do
// with it works but to sync it.
func unsyncable(t *testing.T) {
	t.Helper()
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer func() { _, _ = r.Close(), w.Close() }()
	open, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	for _, e := range open {
		target, err := os.Readlink("/proc/self/fd/" + e.Name())
		if err != nil || !strings.HasSuffix(target, draftSuffix) {
			continue
		}
		fd, err := strconv.Atoi(e.Name())
		require.NoError(t, err)
		require.NoError(t, syscall.Dup3(int(w.Fd()), fd, syscall.O_CLOEXEC))
		return
	}
	require.FailNow(t, "no draft is open")
}

// A power cut may lose what was written and not synced, and keep the rename.
func TestADraftIsOnTheDiskBeforeItTakesThePlaceOfTheFile(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), fileName), testKey)
	put(t, s, "k", Token{Access: "old"})
	before, err := os.ReadFile(s.location)
	require.NoError(t, err)
	s.step = func(stage string) error {
		if stage == "cut" {
			unsyncable(t)
		}
		return nil
	}
	_, err = s.Update(t.Context(), "k", func(context.Context, Token) (Token, error) { return Token{Access: "new"}, nil })
	require.ErrorIs(t, err, ErrNotStored)
	require.ErrorIs(t, err, syscall.EINVAL)
	after, err := os.ReadFile(s.location)
	require.NoError(t, err)
	assert.Equal(t, string(before), string(after))
}

func TestARenameIsOnTheDiskBeforeATokenCountsAsStored(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "settings")
	s := open(t, filepath.Join(dir, fileName), testKey)
	put(t, s, "k", Token{Access: "old"})
	s.step = func(stage string) error {
		if stage == "renamed" { // a directory that cannot be synced
			return os.Rename(dir, dir+".away")
		}
		return nil
	}
	_, err := s.Update(t.Context(), "k", func(context.Context, Token) (Token, error) { return Token{Access: "new"}, nil })
	require.ErrorIs(t, err, ErrNotStored)
	assert.True(t, errors.Is(err, os.ErrNotExist))
}
