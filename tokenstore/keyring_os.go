//go:build !(linux || freebsd || netbsd || openbsd || dragonfly)

package tokenstore

import (
	"errors"
	"os"
	"syscall"
)

// keyringPresent is true: the keyring is part of the system.
func keyringPresent() bool { return true }

// errNoLogonSession is Windows's ERROR_NO_SUCH_LOGON_SESSION: a service's
// account has no credential manager.
const errNoLogonSession = syscall.Errno(1312)

func keyringAbsent(err error) bool {
	return errors.Is(err, os.ErrNotExist) || errors.Is(err, errNoLogonSession)
}
