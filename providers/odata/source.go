package odata

import (
	"context"
	"io"
	"sync"

	"github.com/epicorerp/epicorerp/internal/fetch"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// source gives the stretches of a scan in order. The first reads the first
// page and, if rows are wanted beyond it, the second; what they tell decides
// how the rest is read: by windows of the key, by windows of row numbers, or
// one page after the other.
type source struct {
	s     *scan
	chunk int

	mu   sync.Mutex
	rest windows // nil until the first stretch has decided
}

// windows cuts the rest of a scan into stretches that can be read at once.
type windows interface {
	next() (fetch.Segment, error)
}

func newSource(s *scan) *source { return &source{s: s} }

// Next returns the next stretch; see fetch.Source.
func (src *source) Next() (fetch.Segment, error) {
	s := src.s
	if src.chunk < len(s.filters) {
		c := s.chain(s.filters[src.chunk])
		c.stop, c.offset = s.limit, s.offset
		if src.chunk++; len(s.filters) == 1 {
			return &lead{src: src, c: c}, nil
		}
		return c, nil
	}
	src.mu.Lock()
	rest := src.rest
	if rest == nil {
		src.rest = noWindows{} // too late to cut: the first stretch reads on
	}
	src.mu.Unlock()
	if rest == nil {
		return nil, io.EOF
	}
	return rest.next()
}

type noWindows struct{}

func (noWindows) next() (fetch.Segment, error) { return nil, io.EOF }

// decide settles how the rest is read, unless that is settled already.
func (src *source) decide(w windows) bool {
	src.mu.Lock()
	defer src.mu.Unlock()
	if src.rest == nil {
		src.rest = w
		return true
	}
	return src.rest == w
}

// lead is the first stretch.
type lead struct {
	src     *source
	c       *chain
	decided bool
	others  *chain // what comes behind all else; see pin
}

// Next reads a page; see fetch.Segment.
func (l *lead) Next(ctx context.Context, pool *fetch.Pool) ([]*tuple.Batch, error) {
	if l.c.pages == 0 || l.decided {
		return l.read(ctx, pool)
	}
	l.decided = true
	if err := l.c.s.tryKeyset(ctx); err != nil {
		return nil, err
	}
	l.pin()
	if err := l.number(ctx); err != nil {
		return nil, err
	}
	switch {
	case !l.worthCutting():
		l.src.decide(noWindows{})
		return l.read(ctx, pool)
	case l.c.s.windowed():
		return l.cutByKey(ctx, pool)
	}
	return l.cutByNumber(ctx, pool)
}

// number asks how many rows there are where no page says it, if several requests
// at once might pay: the first page was full, and more than a few rows are wanted.
func (l *lead) number(ctx context.Context) error {
	s, c := l.c.s, l.c
	t := &s.svc.Traits
	if !t.Bare || !t.Count || c.total >= 0 || !s.windowed() || !s.keyed || c.stop > 0 || s.hint > 0 || s.svc.concurrency() < 2 || int64(c.most) < c.req.top {
		return nil
	}
	n, err := s.counting(ctx, c)
	if err == nil {
		c.total = n
	}
	return err
}

// read reads a page of the stretch, or of the one that goes on from it.
func (l *lead) read(ctx context.Context, pool *fetch.Pool) ([]*tuple.Batch, error) {
	batches, err := l.c.Next(ctx, pool)
	if err == io.EOF && l.goOn() {
		err = nil
	}
	return batches, err
}

// worthCutting says whether several requests at once would pay, and whether
// the rest can be cut at all.
func (l *lead) worthCutting() bool {
	s, c, t := l.c.s, l.c, &l.c.s.svc.Traits
	if s.svc.concurrency() < 2 || c.stop > 0 || s.hint > 0 || c.grow || !s.keyed || len(s.order) == 0 {
		return false
	}
	if c.total-c.received <= 3*int64(c.most) || c.most < 2 {
		return false
	}
	return s.windowed() || t.Skip && !s.keyset
}

// windowed reports that the first sort key is a whole number that is never
// null, by whose ranges the set can be cut.
func (s *scan) windowed() bool {
	return s.keyset && s.order[0].property.Type.Kind.IsInteger() && !s.order[0].property.Nullable
}

// cutByKey reads the second page and, beside it, the greatest key.
func (l *lead) cutByKey(ctx context.Context, pool *fetch.Pool) ([]*tuple.Batch, error) {
	type bound struct {
		max int64
		ok  bool
	}
	found := make(chan bound, 1)
	s := l.c.s
	s.wg.Add(1)
	go func() {
		defer s.wg.Done()
		max, ok := s.greatest(ctx, l.c.filter, pool)
		found <- bound{max, ok}
	}()
	l.c.alone = true
	batches, err := l.c.Next(ctx, pool)
	if err != nil {
		return batches, err
	}
	var b bound
	select {
	case b = <-found:
	case <-ctx.Done():
		return batches, nil // the next call reports it
	}
	w := newKeyWindows(l.c, b.max)
	if !b.ok || w == nil || !l.src.decide(&sequence{windows: w, last: l.others}) {
		l.src.decide(noWindows{})
		l.c.alone = false
		return batches, nil
	}
	l.c.finish(nil)
	return batches, io.EOF
}

// greatest asks for the last row in the order of the scan.
func (s *scan) greatest(ctx context.Context, filter string, pool *fetch.Pool) (int64, bool) {
	r, err := s.reader()
	if err != nil {
		return 0, false
	}
	defer s.release(r)
	resp, err := s.svc.get(ctx, s.url(request{filters: []string{filter}, top: 1, reverse: true}), s.header, s.stats)
	if err != nil {
		return 0, false
	}
	defer resp.Release()
	p, err := r.read(ctx, resp, pool, cut{most: 0})
	if err != nil {
		return 0, false
	}
	for _, b := range p.batches {
		pool.Put(b)
	}
	if p.rows == 0 || p.first[0].Null {
		return 0, false
	}
	return p.first[0].I, true
}

// cutByNumber reads the second page and leaves the rest to windows of rows.
func (l *lead) cutByNumber(ctx context.Context, pool *fetch.Pool) ([]*tuple.Batch, error) {
	l.c.alone = true
	batches, err := l.c.Next(ctx, pool)
	if err != nil {
		return batches, err
	}
	w := &rowWindows{s: l.c.s, filter: l.c.filter, prev: l.c, position: l.c.position, total: l.c.total, size: int64(l.c.most) - 1}
	if l.c.grow || l.c.back > 0 || !l.src.decide(w) {
		l.src.decide(noWindows{})
		l.c.alone = false
		return batches, nil
	}
	l.c.finish(nil)
	return batches, io.EOF
}
