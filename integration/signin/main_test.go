package signin_test

import (
	"flag"
	"fmt"
	"os"
	"testing"
	"time"
)

// full has the tests that are about real time and chance run as long as the project's goals say: a minute each, and 200
// kills. A quarter of that does for every day.
var full = flag.Bool("full", false, "stream and share for a minute, and kill 200 times")

// whileFull is a duration of the goals, or a quarter of it.
func whileFull(d time.Duration) time.Duration {
	if *full {
		return d
	}
	return d / 4
}

func TestMain(m *testing.M) {
	if text := os.Getenv(taskVariable); text != "" {
		if err := perform(text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	flag.Parse()
	os.Exit(m.Run())
}
