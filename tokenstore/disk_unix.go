//go:build unix

package tokenstore

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// noFollow refuses a symbolic link in the last part of a path. What is opened
// is a path whose links are already resolved: one that is there now was put
// there meanwhile.
const noFollow = syscall.O_NOFOLLOW

// noWait keeps the opening of a named pipe from hanging.
const noWait = syscall.O_NONBLOCK

// checkSecret refuses a file that another could have read or written.
func checkSecret(path string, info fs.FileInfo) error {
	if err := checkOwner(path, info); err != nil {
		return err
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return fmt.Errorf("%s can be read or written by others (mode %04o): chmod 600 '%s'", path, mode, path)
	}
	return nil
}

// checkDirectory refuses a directory where another could have put a file of
// their own in the place of ours.
func checkDirectory(path string, info fs.FileInfo) error {
	if err := checkOwner(path, info); err != nil {
		return err
	}
	if mode := info.Mode(); mode.Perm()&0o022 != 0 && mode&fs.ModeSticky == 0 {
		return fmt.Errorf("the directory %s can be written by others (mode %04o): chmod go-w '%s'", path, mode.Perm(), path)
	}
	return nil
}

// checkOwner takes what is the user's own or root's, who can read it anyway.
func checkOwner(path string, info fs.FileInfo) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if ok && stat.Uid != 0 && int(stat.Uid) != os.Geteuid() {
		return fmt.Errorf("%s belongs to user %d and this process runs as %d: run it as that user, or chown %d '%s'", path, stat.Uid, os.Geteuid(), os.Geteuid(), path)
	}
	return nil
}

// syncDirectory makes a rename within the directory last.
func syncDirectory(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

// patiently is for systems where a file that is open elsewhere gets in the way.
func patiently(do func() error) error { return do() }
