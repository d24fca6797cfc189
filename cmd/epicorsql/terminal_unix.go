//go:build linux || darwin

package main

import (
	"os"
	"syscall"
	"unsafe"
)

// windowColumns asks the terminal, 0 if it does not know.
func windowColumns(f *os.File) int {
	var size struct{ rows, columns, width, height uint16 }
	_, _, failed := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), syscall.TIOCGWINSZ, uintptr(unsafe.Pointer(&size)))
	if failed != 0 {
		return 0
	}
	return int(size.columns)
}
