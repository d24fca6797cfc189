package providertest

import (
	"runtime"
	"strings"
	"time"
)

// goroutines are the running goroutines by number.
func goroutines() map[string]string {
	buf := make([]byte, 1<<20)
	for {
		n := runtime.Stack(buf, true)
		if n < len(buf) {
			buf = buf[:n]
			break
		}
		buf = make([]byte, 2*len(buf))
	}
	out := map[string]string{}
	for stack := range strings.SplitSeq(string(buf), "\n\n") {
		id, _, _ := strings.Cut(strings.TrimPrefix(stack, "goroutine "), " ")
		out[id] = stack
	}
	return out
}

// leftOver are the stacks of goroutines that were not there before and do not
// end soon. Those of net/http, which keep connections for the next request,
// and of the test itself do not count.
func leftOver(before map[string]string) string {
	var left []string
	for end := time.Now().Add(20 * soon); ; time.Sleep(soon / 20) {
		left = left[:0]
		for id, stack := range goroutines() {
			_, creator, _ := strings.Cut(stack, "created by ")
			if before[id] == "" && !strings.HasPrefix(creator, "net/http") && !strings.HasPrefix(creator, "testing.") &&
				!strings.HasPrefix(creator, "context.") && creator != "" {
				left = append(left, stack)
			}
		}
		if len(left) == 0 || time.Now().After(end) {
			return strings.Join(left, "\n\n")
		}
	}
}
