//go:build unix

package oauth

import "syscall"

// detached keeps the browser apart from the terminal: an interrupt of this
// program does not end it.
func detached() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
