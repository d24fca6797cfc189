//go:build !unix

package jsonpage

import "time"

var processStart = time.Now()

func cpuTime() time.Duration { return time.Since(processStart) }
