// Package weight tells what the driver adds to a program that has database/sql
// and net/http already.
package weight

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Goal is the most that the driver should add, in bytes.
const Goal = 3e6

// Added builds weight/base and weight/driver as a release is built, for one
// target so that figures of several machines compare, and returns how much
// bigger the second is. It runs in the module of the two.
func Added() (int64, error) {
	dir, err := os.MkdirTemp("", "weight")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	base, err := size(dir, "base")
	if err != nil {
		return 0, err
	}
	driver, err := size(dir, "driver")
	return driver - base, err
}

func size(dir, name string) (int64, error) {
	path := filepath.Join(dir, name)
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", path,
		"github.com/epicorerp/epicorerp/integration/enginebench/weight/"+name)
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64", "GOAMD64=v1")
	if out, err := build.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("building %s: %w\n%s", name, err, out)
	}
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
