package sqlengine_test

import (
	"os"
	"path/filepath"
	"testing"
)

// corporaVariable names a directory with outside data and answers, which are
// not part of this repository.
const corporaVariable = "EPICORERP_CORPORA"

// TestTPCH runs where TPC-H's data and answers are at hand.
func TestTPCH(t *testing.T) {
	dir := os.Getenv(corporaVariable)
	if dir == "" {
		t.Skip(corporaVariable + " names no folder with tpch")
	}
	playTPCH(t, filepath.Join(dir, "tpch"))
}
