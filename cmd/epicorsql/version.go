package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

func (a *app) version(args []string) error {
	if err := a.parseAlone(a.flagSet("version"), args, nil); err != nil {
		return err
	}
	version, revision := "(devel)", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		if info.Main.Version != "" {
			version = info.Main.Version
		}
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				revision = ", revision " + s.Value
			}
		}
	}
	fmt.Fprintf(a.out, "epicorsql %s (%s, %s/%s%s)\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH, revision)
	return nil
}
