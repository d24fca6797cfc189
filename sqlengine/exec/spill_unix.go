//go:build unix

package exec

import (
	"errors"
	"os"
	"syscall"
)

const deleteOnClose = 0

// unnamed takes the name of an open file away and reports whether that was
// possible.
func unnamed(path string) bool { return os.Remove(path) == nil }

func diskFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
