package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"
)

// interrupts turns the first Ctrl-C into the end of what runs, and the next
// into the end of the program. A SIGTERM is the end of both.
type interrupts struct {
	stderr io.Writer
	exit   func(code int)

	mu     sync.Mutex
	cancel context.CancelFunc // of what runs; nil if nothing does or its end was asked for
	prompt string             // shown to somebody who types: one Ctrl-C only drops the text
	spent  bool               // one came since
	over   bool               // the program ends when what runs has ended
}

func newInterrupts(stderr io.Writer, exit func(int)) *interrupts {
	return &interrupts{stderr: stderr, exit: exit}
}

// watch listens until stop is called.
func (i *interrupts) watch(signals <-chan os.Signal) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case s := <-signals:
				i.arrived(s)
			case <-done:
				return
			}
		}
	}()
	return func() { close(done); <-ended }
}

func (i *interrupts) arrived(s os.Signal) {
	i.mu.Lock()
	defer i.mu.Unlock()
	switch {
	case i.cancel != nil:
		i.cancel()
		i.cancel, i.spent = nil, true
		if i.over = s == syscall.SIGTERM; !i.over {
			fmt.Fprintln(i.stderr, "\ncancelling; Ctrl-C again ends the program")
		}
	case i.prompt != "" && !i.spent && s != syscall.SIGTERM:
		i.spent = true
		fmt.Fprintf(i.stderr, "\nforgotten; Ctrl-C again, or \\q, leaves\n%s", i.prompt)
	default:
		i.exit(exitInterrupted)
	}
}

// begin gives the context of something that Ctrl-C ends. Call end after it.
func (i *interrupts) begin() (ctx context.Context, end func()) {
	ctx, cancel := context.WithCancel(context.Background())
	i.mu.Lock()
	i.leave()
	i.cancel, i.spent = cancel, false
	i.mu.Unlock()
	return ctx, func() {
		i.mu.Lock()
		i.cancel = nil
		i.mu.Unlock()
		cancel()
	}
}

// leave ends the program if it was told to while something ran, which may have
// been done already.
func (i *interrupts) leave() {
	if i.over {
		i.exit(exitInterrupted)
	}
}

// typed reads a line that somebody types behind a prompt, "" if nobody does;
// dropped says that Ctrl-C came.
func (i *interrupts) typed(prompt string, read func() (string, error)) (line string, dropped bool, err error) {
	i.mu.Lock()
	i.leave()
	i.prompt, i.spent = prompt, false
	i.mu.Unlock()
	line, err = read()
	i.mu.Lock()
	defer i.mu.Unlock()
	i.prompt = ""
	return line, i.spent, err
}
