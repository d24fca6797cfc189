//go:build !unix

package tokenstore

import (
	"errors"
	"io/fs"
	"syscall"
	"time"
)

const (
	noFollow = 0
	noWait   = 0
)

// checkSecret and checkDirectory have nothing to check: who may read is the
// access list's to say, which a file inherits from its directory; the user's
// configuration directory is the user's alone.
func checkSecret(string, fs.FileInfo) error    { return nil }
func checkDirectory(string, fs.FileInfo) error { return nil }

// syncDirectory has nothing to do: the file system's journal keeps the rename.
func syncDirectory(string) error { return nil }

// What Windows says while another has a file open that is read or replaced.
const (
	errorAccessDenied     = syscall.Errno(5)
	errorSharingViolation = syscall.Errno(32)
	errorLockViolation    = syscall.Errno(33)
)

// patiently repeats what fails because another process has the file open, for
// the moment that reading it takes, or a virus scanner.
func patiently(do func() error) error {
	const patience, pause = 2 * time.Second, 10 * time.Millisecond
	for end := time.Now().Add(patience); ; time.Sleep(pause) {
		err := do()
		if !errors.Is(err, errorSharingViolation) && !errors.Is(err, errorLockViolation) && !errors.Is(err, errorAccessDenied) || time.Now().After(end) {
			return err
		}
	}
}
