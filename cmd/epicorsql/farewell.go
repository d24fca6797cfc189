package main

import (
	"sync"
	"time"
)

// farewellTime is how long a program that is told to end takes to leave its
// servers: some keep a session, and a seat of the licence, until it is ended.
const farewellTime = 3 * time.Second

// farewells are what is to be done to connections that are open when a signal
// ends the program.
type farewells struct {
	mu   sync.Mutex
	next int
	open map[int]func()
}

// add notes how a connection is left. What it returns leaves it, once.
func (f *farewells) add(leave func()) (done func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.open == nil {
		f.open = map[int]func(){}
	}
	id := f.next
	f.next++
	once := sync.OnceFunc(leave)
	f.open[id] = once
	return func() {
		once()
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.open, id)
	}
}

// say leaves all connections, and gives up after a while on those that are busy.
func (f *farewells) say(limit time.Duration) {
	f.mu.Lock()
	var all sync.WaitGroup
	for _, leave := range f.open {
		all.Go(leave)
	}
	f.mu.Unlock()
	left := make(chan struct{})
	go func() { all.Wait(); close(left) }()
	select {
	case <-left:
	case <-time.After(limit):
	}
}
