// Package fetch runs the page requests of a scan ahead of its reader: several
// at once, handed on in order, bounded by bytes.
//
// A scan is a sequence of segments (key windows, $skip windows, or one segment
// for a chain of next links). Each segment is read page by page by one
// goroutine; several segments are read at the same time. The first page goes
// alone, and nothing is read ahead before its rows were taken: a query that
// wants a handful of rows costs one request.
//
// The package knows neither HTTP nor OData; it imports sqltypes/tuple.
package fetch

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// Segment reads one part of a scan. It is used by one goroutine at a time.
type Segment interface {
	// Next fetches the next page and decodes it into batches from the pool.
	// A page may be empty. io.EOF says that the segment is proven to be over;
	// it may come together with a last page.
	Next(ctx context.Context, pool *Pool) ([]*tuple.Batch, error)
}

// Source gives the segments in the order in which their rows must come.
type Source interface {
	// Next returns the next segment, or io.EOF. It does no I/O. All calls but
	// the first come after the first page of the first segment has arrived, so
	// that later segments may depend on what that page told.
	Next() (Segment, error)
}

// Options bound what a reader does ahead of its consumer.
type Options struct {
	Layout *tuple.Layout
	// Concurrency is the most segments that are read at once; at least 1.
	Concurrency int
	// Width, unless nil, tells how many requests the server takes at the
	// moment; it is asked before each new segment.
	Width func() int
	// MaxBytes bounds the pages that wait for the consumer. The segment whose
	// turn it is may always hold one page more.
	MaxBytes int
}

// DefaultMaxBytes is the bound on waiting pages when Options has none. More
// would not make scans faster, and the collector lets twice as much pile up.
const DefaultMaxBytes = 4 << 20

// Reader is the consumer's end. It is a providers.BatchReader.
type Reader struct {
	opt    Options
	source Source
	pool   *Pool
	cancel context.CancelFunc
	ctx    context.Context
	wg     sync.WaitGroup

	mu        sync.Mutex
	changed   *sync.Cond
	segments  []*segment // in order; the first is the consumer's
	exhausted bool       // the source gave io.EOF
	sourceErr error
	running   int  // segments whose goroutine runs
	width     int  // how many may run: 1, 2, 4, … Concurrency
	arrived   int  // pages since width last grew
	ahead     bool // the consumer came back for more than the first page
	waiting   int  // bytes of pages that wait
	fetching  int  // pages under way
	largest   int  // bytes of the largest page so far
	err       error
	closed    bool
}

type segment struct {
	from    Segment
	batches []*tuple.Batch
	started bool
	done    bool
	err     error
}

// NewReader starts reading the first page of the scan. The context ends the
// whole scan.
func NewReader(ctx context.Context, source Source, opt Options) *Reader {
	opt.Concurrency = max(1, opt.Concurrency)
	if opt.MaxBytes <= 0 {
		opt.MaxBytes = DefaultMaxBytes
	}
	r := &Reader{opt: opt, source: source, pool: NewPool(opt.Layout), width: 1}
	r.changed = sync.NewCond(&r.mu)
	r.ctx, r.cancel = context.WithCancel(ctx)
	r.mu.Lock()
	r.dispatch()
	r.mu.Unlock()
	return r
}

// dispatch starts as many segments as may run. The caller holds the lock.
func (r *Reader) dispatch() {
	for !r.exhausted && !r.closed && r.running < r.allowed() {
		if len(r.segments) > 0 && !r.ahead {
			return
		}
		from, err := r.source.Next()
		if err != nil {
			r.exhausted = true
			if !errors.Is(err, io.EOF) {
				r.sourceErr = err
			}
			r.changed.Broadcast()
			return
		}
		s := &segment{from: from}
		r.segments = append(r.segments, s)
		r.running++
		r.wg.Add(1)
		go r.run(s)
	}
}

func (r *Reader) allowed() int {
	n := min(r.width, r.opt.Concurrency)
	if r.opt.Width != nil {
		n = min(n, max(1, r.opt.Width()))
	}
	return n
}

// run reads one segment to its end.
func (r *Reader) run(s *segment) {
	defer r.wg.Done()
	for r.mayFetch(s) {
		batches, err := s.from.Next(r.ctx, r.pool)
		r.mu.Lock()
		r.fetching--
		before := r.waiting
		for _, b := range batches {
			if b.Len() > 0 {
				s.batches = append(s.batches, b)
				r.waiting += b.Bytes()
			} else {
				r.pool.Put(b)
			}
		}
		r.largest = max(r.largest, r.waiting-before)
		s.started = true
		r.grow()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				s.err = err
			}
			break
		}
		r.dispatch()
		r.changed.Broadcast()
		r.mu.Unlock()
	}
	s.done = true
	r.running--
	r.dispatch()
	r.changed.Broadcast()
	r.mu.Unlock()
}

// mayFetch waits until the segment may read its next page. It returns with the
// lock held and false when the scan is over, without it and true otherwise.
func (r *Reader) mayFetch(s *segment) bool {
	r.mu.Lock()
	for {
		if r.closed || r.ctx.Err() != nil {
			if s.err == nil {
				s.err = context.Cause(r.ctx)
			}
			return false
		}
		head := r.segments[0] == s
		if (r.room() || head && len(s.batches) == 0) && (r.ahead || !s.started) {
			r.fetching++
			r.mu.Unlock()
			return true
		}
		r.changed.Wait()
	}
}

// room says whether one more page may be under way. Pages under way count as
// the largest so far; half of what may run runs in any case, lest large pages
// wait for one another.
func (r *Reader) room() bool {
	return r.waiting < r.opt.MaxBytes &&
		(r.fetching < (r.opt.Concurrency+1)/2 || r.waiting+(r.fetching+1)*r.largest <= r.opt.MaxBytes)
}

// grow widens the scan: once as many pages have come as may be under way, that
// number doubles.
func (r *Reader) grow() {
	if r.arrived++; r.ahead && r.arrived >= r.width && r.width < r.opt.Concurrency {
		r.width, r.arrived = min(2*r.width, r.opt.Concurrency), 0
	}
}

// Next gives the next rows in order.
func (r *Reader) Next(ctx context.Context, out *tuple.Batch) error {
	stop := context.AfterFunc(ctx, r.wake)
	defer stop()
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		if err := r.over(ctx); err != nil {
			return err
		}
		if len(r.segments) > 0 {
			s := r.segments[0]
			if len(s.batches) > 0 {
				r.take(s, out)
				return nil
			}
			if s.done {
				if s.err != nil {
					r.err = s.err
					return s.err
				}
				r.segments = r.segments[1:]
				r.readAhead()
				r.changed.Broadcast() // the next segment's turn has come
				continue
			}
			if s.started {
				r.readAhead()
			}
		} else if r.exhausted {
			if r.err = r.sourceErr; r.err == nil {
				r.err = io.EOF
			}
			return r.err
		}
		r.changed.Wait()
	}
}

func (r *Reader) wake() {
	r.mu.Lock()
	r.changed.Broadcast()
	r.mu.Unlock()
}

// over returns why there is nothing more to give. A cancelled scan ends in the
// context's error, whatever the requests under way said.
func (r *Reader) over(ctx context.Context) error {
	switch {
	case r.err != nil:
		return r.err
	case ctx.Err() != nil:
		return ctx.Err()
	case r.ctx.Err() != nil:
		return r.ctx.Err()
	}
	return nil
}

// take hands the segment's first batch to the consumer by swapping memory.
func (r *Reader) take(s *segment, out *tuple.Batch) {
	b := s.batches[0]
	s.batches = s.batches[1:]
	r.waiting -= b.Bytes()
	r.pool.learn(b, r.opt.MaxBytes-r.waiting) // what waits and what is free share the bound
	out.Slots, b.Slots = b.Slots, out.Slots
	out.Arena, b.Arena = b.Arena, out.Arena
	r.pool.Put(b)
	r.changed.Broadcast()
}

// readAhead lets the scan run ahead of the consumer, who has taken the first
// page and wants more.
func (r *Reader) readAhead() {
	if !r.ahead {
		r.ahead = true
		r.changed.Broadcast()
	}
	r.dispatch()
}

// Close cancels what is under way and waits for it.
func (r *Reader) Close() error {
	r.cancel()
	r.mu.Lock()
	r.closed = true
	if r.err == nil {
		r.err = context.Canceled
	}
	r.changed.Broadcast()
	r.mu.Unlock()
	r.wg.Wait()
	return nil
}

// Pool recycles the batches of one scan.
type Pool struct {
	layout *tuple.Layout
	mu     sync.Mutex
	free   []*tuple.Batch
	held   int // bytes of the free batches
	most   int // bytes to hold on to: beyond, memory goes back
	// slots and arena are the sizes of the largest batch so far: a new one of
	// that size need not grow, which would leave several times as much behind.
	slots, arena int
}

// NewPool returns a pool of batches of one layout.
func NewPool(l *tuple.Layout) *Pool { return &Pool{layout: l, most: DefaultMaxBytes} }

// Get returns an empty batch.
func (p *Pool) Get() *tuple.Batch {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.free); n > 0 {
		b := p.free[n-1]
		p.free = p.free[:n-1]
		p.held -= b.Bytes()
		return b
	}
	b := tuple.NewBatch(p.layout)
	b.Slots, b.Arena = make([]uint64, 0, p.slots), make([]byte, 0, p.arena)
	return b
}

// Put takes a batch back.
func (p *Pool) Put(b *tuple.Batch) {
	p.mu.Lock()
	defer p.mu.Unlock()
	b.Reset()
	if p.held+b.Bytes() <= p.most {
		p.free = append(p.free, b)
		p.held += b.Bytes()
	}
}

// learn tells the pool the size of a batch that was filled, and how many bytes
// it may hold on to.
func (p *Pool) learn(b *tuple.Batch, most int) {
	p.mu.Lock()
	p.slots, p.arena, p.most = max(p.slots, len(b.Slots)), max(p.arena, len(b.Arena)), most
	p.mu.Unlock()
}
