package main

import (
	"errors"
	"io"
	"os"
	"syscall"
)

// output is standard output. It keeps its first error, so that whoever fails
// because of it can be told from a query that failed.
type output struct {
	w      io.Writer
	err    error
	before func() // runs ahead of each write: clears the progress line
}

func (o *output) Write(p []byte) (int, error) {
	if o.err != nil {
		return 0, o.err
	}
	if o.before != nil {
		o.before()
	}
	n, err := o.w.Write(p)
	if err != nil {
		o.err = &writeError{err}
	}
	return n, o.err
}

// writeError says that standard output takes no more.
type writeError struct {
	err error
}

func (e *writeError) Error() string { return "writing the output: " + e.err.Error() }
func (e *writeError) Unwrap() error { return e.err }

// The names of Windows for a pipe without a reader.
const (
	windowsBrokenPipe = syscall.Errno(109)
	windowsNoData     = syscall.Errno(232)
)

// readerGone tells whether the reader of the output wants no more of it.
func (e *writeError) readerGone() bool {
	if errors.Is(e.err, syscall.EPIPE) || errors.Is(e.err, io.ErrClosedPipe) {
		return true
	}
	var number syscall.Errno
	return os.PathSeparator == '\\' && errors.As(e.err, &number) && (number == windowsBrokenPipe || number == windowsNoData)
}
