package odata

import (
	"context"
	"io"
	"math"
	"sync"

	"github.com/epicorerp/epicorerp/internal/fetch"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

const (
	// maxWindowPages bounds the pages of one window.
	maxWindowPages = 16
	// windowBytes bounds what all windows that are read at once come to, well
	// within what the fetcher lets wait.
	windowBytes = fetch.DefaultMaxBytes * 3 / 4
	// marginSigmas is how many standard deviations a window is kept below full
	// pages. Less would cost more in last pages for a few rows, more would cost
	// as much in pages that are not full.
	marginSigmas = 0.8
)

// keyWindows cuts the rest of a scan by ranges of its first sort key. A window
// is as wide as some full pages of rows, by what the latest windows held: the
// last page of each is seldom full, and a request for half a page costs as much
// as one for a whole. Each asks for its count, so that its end is proven without
// a further request.
//
// Positions are those of the key, negated when the order is descending.
type keyWindows struct {
	s      *scan
	filter string
	key    sortKey
	from   []sqltypes.Value // the row before the first window
	page   int              // rows that a page holds
	last   int64            // the position behind which nothing is known
	most   int64            // pages of a window at most

	mu     sync.Mutex
	at     int64
	left   int64 // rows that are probably behind it
	given  int64 // windows so far
	width  int64
	recent [8]struct{ rows, span int64 }
	n      int
	over   bool
}

// newKeyWindows starts behind what a stretch has read. It returns nil when
// nothing is left.
func newKeyWindows(c *chain, greatest int64) *keyWindows {
	w := &keyWindows{s: c.s, filter: c.filter, key: c.s.order[0], from: c.last, page: c.most, left: c.total - c.received}
	w.most = min(maxWindowPages, windowBytes*c.received/max(1, c.bytes*int64(c.most)*int64(c.s.svc.concurrency())))
	first, last := w.place(c.start[0].I), w.place(c.last[0].I)
	w.last = w.place(greatest)
	if last < first || w.last < last {
		return nil
	}
	if w.at = last; len(c.s.order) == 1 {
		w.at, w.from = add(last, 1), nil // no other row has the same key
	}
	span := add(last-first, 1)
	w.recent[0] = struct{ rows, span int64 }{c.received, span}
	w.n = 1
	return w
}

func (w *keyWindows) place(key int64) int64 {
	if w.key.desc {
		return -max(key, -math.MaxInt64)
	}
	return key
}

// add does not overflow.
func add(a, b int64) int64 {
	if s := a + b; b < 0 || s >= a {
		return s
	}
	return math.MaxInt64
}

// next returns the next window; the last one has no upper bound.
func (w *keyWindows) next() (fetch.Segment, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return nil, io.EOF
	}
	width := w.nextWidth()
	start, end := w.at, add(w.at, width)
	c, first := w.s.chain(w.filter), w.from != nil
	bounds := [2]int64{start, math.MaxInt64}
	var conditions []string
	if w.from != nil {
		c.from, w.from = w.from, nil
	} else {
		cond, err := w.bound(start, " ge ", " le ")
		if err != nil {
			return nil, err
		}
		conditions = append(conditions, cond)
	}
	if end > w.last {
		w.over = true
	} else {
		cond, err := w.bound(end, " lt ", " gt ")
		if err != nil {
			return nil, err
		}
		conditions = append(conditions, cond)
		bounds[1] = end - 1
	}
	if w.key.desc {
		bounds = [2]int64{-bounds[1], -bounds[0]}
	}
	c.window, c.bounds = joinFilters(conditions), &bounds
	w.at = end
	if first {
		width = 0 // part of it was read before: it tells nothing
	}
	return &keyWindow{chain: c, of: w, span: width}, nil
}

func (w *keyWindows) bound(position int64, ascending, descending string) (string, error) {
	op := ascending
	if w.key.desc {
		position, op = -position, descending
	}
	text, err := w.s.svc.Traits.literal(w.key.property, sqltypes.IntValue(position))
	return w.key.property.Wire() + op + text, err
}

// nextWidth sizes a window for some full pages of rows. Where the rows lie
// unevenly it leaves room: one more page for a few rows costs as much as a full
// one. The first windows are small, since rows come in the order of the windows,
// and so are the last, so that all end at about the same time.
func (w *keyWindows) nextWidth() int64 {
	recent := w.recent[:min(w.n, len(w.recent))]
	rows, span := 0.0, 0.0
	for _, r := range recent {
		rows += float64(r.rows)
		span += float64(r.span)
	}
	abreast := int64(w.s.svc.concurrency())
	pages := max(1, min(w.most, 1<<min(w.given/abreast, 8), w.left/(2*abreast*int64(w.page))))
	target := float64(pages) * float64(w.page)
	target = max(1, target-marginSigmas*math.Sqrt(unevenness(rows, span, recent)*target))
	width := int64(math.MaxInt64 / 4)
	if rows > 0 {
		width = max(1, int64(min(target/rows*span+1e-6, math.MaxInt64/4)))
	}
	if w.width > 0 {
		width = min(width, add(w.width, 3*w.width)) // a gap says little about what is behind it
	}
	w.width = width
	w.left -= int64(target)
	w.given++
	return width
}

// unevenness is the variance of the number of rows in a stretch by the mean of
// it: 0 where each key has as many rows as the next, 1 where they lie at random.
func unevenness(rows, span float64, recent []struct{ rows, span int64 }) float64 {
	if len(recent) < 4 || rows == 0 {
		return min(1, 1/float64(len(recent)))
	}
	sum := 0.0
	for _, r := range recent {
		d := float64(r.rows) - rows/span*float64(r.span)
		sum += d * d
	}
	return sum / rows
}

func (w *keyWindows) record(rows, span int64) {
	w.mu.Lock()
	w.recent[w.n%len(w.recent)] = struct{ rows, span int64 }{rows, span}
	w.n++
	w.mu.Unlock()
}

// keyWindow is one window.
type keyWindow struct {
	*chain
	of   *keyWindows
	span int64
}

// Next reads a page; see fetch.Segment.
func (k *keyWindow) Next(ctx context.Context, pool *fetch.Pool) ([]*tuple.Batch, error) {
	batches, err := k.chain.Next(ctx, pool)
	if err == io.EOF && k.span > 0 {
		k.of.record(k.received, k.span)
	}
	return batches, err
}

// rowWindows cuts the rest of a scan by row numbers. Each window asks for the
// last row of the one before once more, and takes only what follows it, so
// that rows which move while the scan runs are noticed.
type rowWindows struct {
	s        *scan
	filter   string
	prev     *chain
	position int64
	total    int64
	size     int64

	// drift is how far rows have moved, as the windows that have ended tell: the
	// next ones look there, and not in vain where the rows were at first.
	drift   int64
	reading []*chain
	ends    []int64 // where those were to end
}

// next returns the next window; the last one reads until its end is proven.
func (w *rowWindows) next() (fetch.Segment, error) {
	if w.prev == nil {
		return nil, io.EOF
	}
	w.follow()
	c := w.s.chain(w.filter)
	c.prev, c.position = w.prev, max(1, w.position+w.drift)
	if w.position += w.size; w.position < w.total {
		c.stop, w.prev = w.size, c
		w.reading, w.ends = append(w.reading, c), append(w.ends, w.position)
	} else {
		w.prev = nil
	}
	return c, nil
}

// follow learns from the windows that have ended.
func (w *rowWindows) follow() {
	for len(w.reading) > 0 {
		select {
		case <-w.reading[0].done:
		default:
			return
		}
		w.drift = w.reading[0].position - w.ends[0]
		w.reading, w.ends = w.reading[1:], w.ends[1:]
	}
}
