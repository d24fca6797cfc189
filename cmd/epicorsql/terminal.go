package main

import (
	"os"
	"strconv"
)

// usualWidth is taken for terminals that do not tell theirs.
const usualWidth = 120

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && !isNull(info)
}

// isNull knows the null device, which is a character device too.
func isNull(info os.FileInfo) bool {
	null, err := os.Stat(os.DevNull)
	return err == nil && os.SameFile(info, null)
}

// terminalWidth is how many columns a terminal has: what it says, what COLUMNS
// says, or the usual.
func terminalWidth(f *os.File, getenv func(string) string) int {
	if n := windowColumns(f); n > 0 {
		return n
	}
	if n, err := strconv.Atoi(getenv("COLUMNS")); err == nil && n > 0 {
		return n
	}
	return usualWidth
}
