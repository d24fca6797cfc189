package main

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/epicorerp/epicorerp/cmd/epicorsql/internal/render"
)

// progress shows on a terminal how far a query is: one line that is written
// anew a few times a second, and cleared before anything else is.
type progress struct {
	w        io.Writer // nil shows nothing
	requests *requestCounter
	begun    time.Time
	rows     atomic.Int64

	mu     sync.Mutex
	shown  bool
	silent bool
	done   chan struct{}
	ended  chan struct{}
}

const progressEvery = 200 * time.Millisecond

// startProgress begins to show progress; end it.
func startProgress(w io.Writer, requests *requestCounter) *progress {
	p := &progress{w: w, requests: requests, begun: time.Now(), done: make(chan struct{}), ended: make(chan struct{})}
	if w == nil {
		close(p.ended)
		return p
	}
	go func() {
		defer close(p.ended)
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				p.show()
			case <-p.done:
				return
			}
		}
	}()
	return p
}

func (p *progress) text() string {
	return fmt.Sprintf("%s, %s, %.1f s", render.Count(p.rows.Load(), "row"), render.Count(p.requests.sent.Load(), "request"), time.Since(p.begun).Seconds())
}

func (p *progress) show() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.silent {
		fmt.Fprintf(p.w, "\r%s\x1b[K", p.text())
		p.shown = true
	}
}

// yield clears the line for good: the rows go to the same terminal from now on.
func (p *progress) yield() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.silent = true
	p.clear()
}

func (p *progress) clear() {
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.shown = false
	}
}

// end stops; figures leaves them behind.
func (p *progress) end(figures bool) {
	close(p.done)
	<-p.ended
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	if figures && p.w != nil {
		fmt.Fprintln(p.w, p.text())
	}
}
