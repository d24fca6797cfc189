package exec

import (
	"errors"
	"syscall"
)

// deleteOnClose is FILE_FLAG_DELETE_ON_CLOSE: the system deletes the file when
// its handle is closed, which the end of a process does too.
const deleteOnClose = 0x04000000

func unnamed(string) bool { return true }

func diskFull(err error) bool {
	const handleDiskFull, diskFull = syscall.Errno(39), syscall.Errno(112)
	return errors.Is(err, diskFull) || errors.Is(err, handleDiskFull)
}
