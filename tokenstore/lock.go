package tokenstore

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	"github.com/gofrs/flock"
)

// The pauses between two looks at a lock that another process holds: a refresh
// takes a moment, a user who signs in minutes.
const (
	firstPause = time.Millisecond
	lastPause  = 100 * time.Millisecond
)

// lock takes the lock of a file beside the settings, from the goroutines of this
// process and from all others. The system drops it when its holder dies. Lock
// files stay: to remove one would let two hold it.
func (p *place) lock(ctx context.Context, path string) (release func(), err error) {
	gate := p.gate(path)
	select {
	case gate <- struct{}{}:
	case <-ctx.Done():
		return nil, gaveUp(ctx)
	}
	l := flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR|noFollow))
	for pause := firstPause; ; pause = min(pause*3/2, lastPause) {
		locked, err := l.TryLock()
		if err != nil {
			<-gate
			return nil, notWritable(p.path, err)
		}
		if locked {
			return func() {
				_ = l.Unlock() // closing the file unlocks it, if nothing else does
				<-gate
			}, nil
		}
		select {
		case <-time.After(pause/2 + rand.N(pause/2)):
		case <-ctx.Done():
			<-gate
			return nil, gaveUp(ctx)
		}
	}
}

// tryLock takes a lock that nobody holds.
func (p *place) tryLock(path string) (release func(), ok bool) {
	l := flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR|noFollow))
	if locked, err := l.TryLock(); err != nil || !locked {
		return nil, false
	}
	return func() { _ = l.Unlock() }, true
}

func gaveUp(ctx context.Context) error {
	return fmt.Errorf("waiting for another who signs in or renews the same token: %w", ctx.Err())
}

func notWritable(path string, err error) error {
	return locationError("%s cannot be written, and a token is renewed only where the new one can be stored: %w; "+
		"make its directory writable, or name a file elsewhere", path, err)
}
