//go:build unix

package epicorerp

import (
	"syscall"
	"time"
)

// cpuTime is what this process has used so far: on a busy machine a better
// measure than the clock on the wall.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
