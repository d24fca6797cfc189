//go:build unix

package tokenstore

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// nobody is a user that is not this one, where this one is root.
const nobody = 65534

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
}

func TestWhatOthersCouldReadOrReplaceIsRefused(t *testing.T) {
	cases := []struct {
		name, says string
		change     func(t *testing.T, path string) error
	}{
		{"a file that the group can read", "chmod 600 '", func(_ *testing.T, p string) error { return os.Chmod(p, 0o640) }},
		{"a file that others can write", "chmod 600 '", func(_ *testing.T, p string) error { return os.Chmod(p, 0o602) }},
		{"a directory that the group can write", "chmod go-w '", func(_ *testing.T, p string) error { return os.Chmod(filepath.Dir(p), 0o770) }},
		{"a directory that all can write", "chmod go-w '", func(_ *testing.T, p string) error { return os.Chmod(filepath.Dir(p), 0o777) }},
		{"a file of another user", "belongs to user 65534", func(t *testing.T, p string) error { needRoot(t); return os.Chown(p, nobody, 0) }},
		{"a directory of another user", "belongs to user 65534", func(t *testing.T, p string) error { needRoot(t); return os.Chown(filepath.Dir(p), nobody, 0) }},
		{"a key file that others can read", "chmod 600 '", func(_ *testing.T, p string) error { return os.Chmod(p+keySuffix, 0o644) }},
		{"a key file of another user", "belongs to user 65534", func(t *testing.T, p string) error { needRoot(t); return os.Chown(p+keySuffix, nobody, 0) }},
		{"a named pipe", "is not a file", func(_ *testing.T, p string) error {
			return replaceBy(p, func() error { return syscall.Mkfifo(p, 0o600) })
		}},
		{"a link to nothing", "is a symbolic link to a file that is not there", func(_ *testing.T, p string) error {
			return replaceBy(p, func() error { return os.Symlink("missing", p) })
		}},
		{"a link out of a directory that all can write", "chmod go-w '", func(t *testing.T, p string) error {
			safe := filepath.Join(t.TempDir(), "safe.txt")
			if err := os.Rename(p, safe); err != nil {
				return err
			}
			if err := os.Symlink(safe, p); err != nil {
				return err
			}
			return os.Chmod(filepath.Dir(p), 0o777)
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "d")
			path := filepath.Join(dir, fileName)
			s := open(t, path, "")
			put(t, s, "k", Token{Access: "one"})
			require.NoError(t, c.change(t, path))
			_, err := s.Update(t.Context(), "k", refuse(t))
			require.ErrorContains(t, err, c.says)
			require.ErrorContains(t, err, "OAuthSettings")
			if _, err := os.Stat(path); err == nil {
				_, _, err := s.Load(t.Context(), "k")
				require.ErrorContains(t, err, c.says)
			}
		})
	}
	t.Run("a key file of the property", func(t *testing.T) {
		dir := t.TempDir()
		keyFile := filepath.Join(dir, "k")
		require.NoError(t, os.WriteFile(keyFile, []byte(testKey), 0o600))
		s := open(t, filepath.Join(dir, fileName), "file:"+keyFile)
		put(t, s, "k", Token{Access: "one"})
		require.NoError(t, os.Chmod(keyFile, 0o604))
		_, _, err := s.Load(t.Context(), "k")
		require.ErrorContains(t, err, "OAuthSettingsKey")
		require.ErrorContains(t, err, "chmod 600 '"+keyFile)
	})
}

func replaceBy(path string, make func() error) error {
	if err := os.Remove(path); err != nil {
		return err
	}
	return make()
}

func TestWhatIsTheUsersAloneIsMadeSo(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	put(t, open(t, filepath.Join(dir, fileName), ""), "k", Token{Access: "one"})
	for _, made := range []string{filepath.Dir(dir), dir} {
		info, err := os.Stat(made)
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o700), info.Mode().Perm(), made)
	}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 4, "the settings, the key and two locks")
	for _, e := range entries {
		info, err := e.Info()
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode(), e.Name())
	}
}

func TestADirectoryForAllWithTheStickyBitWillDo(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Chmod(dir, 0o777|os.ModeSticky))
	s := open(t, filepath.Join(dir, fileName), testKey)
	put(t, s, "k", Token{Access: "one"})
	assert.Equal(t, "one", load(t, s, "k").Access)

	t.Run("but a lock that is a link elsewhere will not", func(t *testing.T) {
		elsewhere := filepath.Join(t.TempDir(), "made by the link")
		require.NoError(t, os.Symlink(elsewhere, s.path(t)+"."+recordName("other")[:16]+lockSuffix))
		_, err := s.Update(t.Context(), "other", refuse(t))
		require.ErrorContains(t, err, "OAuthSettingsLocation")
		assert.NoFileExists(t, elsewhere)
	})
}

func TestALinkStaysALink(t *testing.T) {
	there, here := filepath.Join(t.TempDir(), "there.txt"), filepath.Join(t.TempDir(), "link.txt")
	put(t, open(t, there, testKey), "k", Token{Access: "one"})
	require.NoError(t, os.Symlink(there, here))
	s := open(t, here, testKey)
	assert.Equal(t, "one", load(t, s, "k").Access)
	put(t, s, "k", Token{Access: "two"})
	info, err := os.Lstat(here)
	require.NoError(t, err)
	assert.Equal(t, os.ModeSymlink, info.Mode().Type())
	assert.Equal(t, "two", load(t, open(t, there, testKey), "k").Access)
}

// The modes of a directory do not bind root: another process is another user.
func TestWhereNothingCanBeWrittenTokensAreReadAndNoneIsRenewed(t *testing.T) {
	base := t.TempDir()
	path := filepath.Join(base, "d", fileName)
	put(t, open(t, path, testKey), "k", Token{Access: "one"})
	require.NoError(t, os.Remove(path+lockSuffix))
	require.NoError(t, os.Chmod(filepath.Dir(path), 0o500))
	defer func() { _ = os.Chmod(filepath.Dir(path), 0o700) }()

	p := command(t, "read only", path, "one")
	if os.Geteuid() == 0 {
		for _, dir := range []string{filepath.Dir(base), base} {
			require.NoError(t, os.Chmod(dir, 0o755))
		}
		p.cmd.Path = filepath.Join(base, "self")
		copyProgram(t, p.cmd.Path)
		require.NoError(t, os.Chown(path, nobody, nobody))
		require.NoError(t, os.Chown(filepath.Dir(path), nobody, nobody))
		p.cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	require.NoError(t, p.cmd.Start())
	require.True(t, p.out.Scan())
	assert.Contains(t, p.out.Text(), "OAuthSettingsLocation")
	assert.Contains(t, p.out.Text(), "cannot be written")
	p.succeeds(t)
}

func copyProgram(t *testing.T, to string) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	from, err := os.Open(self)
	require.NoError(t, err)
	defer from.Close()
	copied, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
	require.NoError(t, err)
	_, err = io.Copy(copied, from)
	require.NoError(t, err)
	require.NoError(t, copied.Close())
}
