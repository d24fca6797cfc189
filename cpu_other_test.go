//go:build !unix

package epicorerp

import "time"

var processStart = time.Now()

func cpuTime() time.Duration { return time.Since(processStart) }
