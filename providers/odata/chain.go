package odata

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/epicorerp/epicorerp/internal/fetch"
	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/internal/jsonpage"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// chain reads one stretch of a scan page by page: a whole filter, or a window
// of it. It goes on from the rows that it has received, and ends only where
// the end is proven: by a count that the answer itself gives, by an empty page,
// or, for a server that keeps to the protocol, by a page without a next link
// that is shorter than was asked for.
type chain struct {
	s      *scan
	filter string
	window string // further condition
	// from is the row that the stretch starts behind; stop the most rows of it.
	from   []sqltypes.Value
	stop   int64 // 0: none
	offset int64 // rows to pass over first; of the first stretch only
	// bounds, unless nil, are what the first sort key must lie between.
	bounds *[2]int64
	alone  bool // pages are not asked for ahead
	// prev is the stretch before, when this one's first row is found by counting
	// rows: its last row must be the one before ours.
	prev *chain

	// Progress.
	received int64 // rows handed on
	bytes    int64 // of them in memory
	position int64 // $skip of the row after the last
	last     []sqltypes.Value
	start    []sqltypes.Value // the very first row
	total    int64            // rows of the stretch, -1 if unknown
	most     int              // the largest page so far
	pages    int
	hash     uint64
	reader   *pageReader

	// The request under way, with the pages that its next links lead to.
	next     string
	seen     map[string]bool
	rows     int64 // of it, so far
	count    int64
	req      request
	byKey    bool // it continues by a condition on the key
	overlap  bool // its first row must be the last one that was received
	grow     bool // the server ignores $skip: ask for everything again, and more
	bare     bool // the next request leaves the last row out
	idle     int  // requests of our own in a row that brought nothing
	back     int  // times that the last row was not found and looked for further left
	backRows int64
	ahead    chan fetched

	// For the stretch after this one.
	done  chan struct{}
	ended bool // the set has no rows behind this stretch
	err   error
}

type fetched struct {
	url  string
	resp *httpx.Response
	err  error
}

func (s *scan) chain(filter string) *chain {
	return &chain{s: s, filter: filter, total: -1, count: -1, done: make(chan struct{})}
}

// Next reads a page; see fetch.Segment.
func (c *chain) Next(ctx context.Context, pool *fetch.Pool) ([]*tuple.Batch, error) {
	batches, end, err := c.step(ctx, pool)
	if err != nil || end {
		c.finish(err)
	}
	if end && err == nil {
		err = io.EOF
	}
	return batches, err
}

// finish lets the next stretch know where this one ended.
func (c *chain) finish(err error) {
	select {
	case <-c.done:
	default:
		c.err = err
		c.s.release(c.reader)
		c.reader = nil
		close(c.done)
	}
}

func (c *chain) step(ctx context.Context, pool *fetch.Pool) (_ []*tuple.Batch, end bool, err error) {
	if c.reader == nil {
		if c.reader, err = c.s.reader(); err != nil {
			return nil, true, err
		}
	}
	if c.next == "" {
		if err := c.begin(); err != nil {
			return nil, true, err
		}
	}
	p, err := c.fetch(ctx, pool)
	if err != nil {
		return nil, true, err
	}
	if p == nil { // the stretch before was the last one
		return nil, true, nil
	}
	end, err = c.took(p)
	if err == nil && end && c.mustRecount() {
		err = c.recount(ctx)
	}
	if err != nil {
		for _, b := range p.batches {
			pool.Put(b)
		}
		return nil, true, err
	}
	return p.batches, end, nil
}

// begin makes up the next request that is our own, not a link's.
func (c *chain) begin() error {
	t := &c.s.svc.Traits
	c.rows, c.count, c.seen, c.byKey, c.overlap = 0, -1, nil, false, false
	r := request{filters: []string{c.filter, c.window}}
	size := int64(t.pageSize())
	if c.pages == 0 && c.s.hint > 0 {
		size = min(size, c.s.hint)
	}
	if c.stop > 0 {
		size = min(size, c.stop-c.received)
	}
	from := c.last
	if from == nil {
		from = c.from
	}
	switch {
	case c.grow:
		size = max(2*c.received, int64(t.pageSize()))
		if t.MaxTop > 0 && size > int64(t.MaxTop) {
			return c.cutShort("and cannot be asked for more than %d rows at once", t.MaxTop)
		}
	case from != nil && c.s.keyset:
		cond, err := c.s.after(from)
		if err != nil {
			return fmt.Errorf("cannot go on behind the last row: %w", err)
		}
		r.filters, c.byKey = append(r.filters, cond), true
	case c.last != nil || c.prev != nil:
		if !t.Skip {
			if !t.Top {
				return c.cutShort("and takes neither $skip nor a condition on the key")
			}
			c.grow = true
			return c.begin()
		}
		if c.bare {
			r.skip = c.position
			break
		}
		c.overlap = true
		r.skip = max(0, c.position-1-c.backRows)
		size += c.backRows + 1
		if t.MaxTop > 0 {
			size = min(size, int64(t.MaxTop))
		}
		size = max(size, 2)
	default:
		r.skip = c.offset
		c.position = r.skip
	}
	if t.Top && !c.s.set.Singleton {
		r.top = size
	}
	r.count = c.s.counts(joinFilters(r.filters)) && !c.s.set.Singleton && c.wantsCount(size)
	c.req = r
	return nil
}

// wantsCount says whether to ask for the number of rows: with the first page,
// and again where the end is due, so that it is proven without one more request.
func (c *chain) wantsCount(size int64) bool {
	if c.s.svc.Traits.Bare {
		return false
	}
	if c.pages == 0 {
		if c.window != "" || c.prev != nil {
			return c.stop == 0
		}
		return c.stop == 0 || c.s.svc.Traits.SilentCap
	}
	if c.stop > 0 && c.received+size < c.stop {
		return false
	}
	return c.window != "" || c.total >= 0 && c.received+size >= c.total
}

// fetch gets the page of the request or link under way and decodes it. It
// returns nil when the stretch before proved to be the last.
func (c *chain) fetch(ctx context.Context, pool *fetch.Pool) (*page, error) {
	url := c.next
	if url == "" {
		url = c.s.url(c.req)
	}
	for attempt := 0; ; attempt++ {
		resp, err := c.get(ctx, url)
		if err != nil {
			return nil, c.s.explain(err)
		}
		if c.prev != nil && c.pages == 0 {
			if over, err := c.await(ctx); over || err != nil {
				resp.Release()
				return nil, err
			}
		}
		c.readAhead(ctx, resp)
		p, err := c.reader.read(ctx, resp, pool, c.known())
		resp.Release()
		if err == nil {
			return p, nil
		}
		// A body that ends too early is worth one more try: nothing of it was
		// handed on.
		if errors.Is(err, errEmptyPage) {
			return nil, c.s.explain(err)
		}
		if attempt > 0 || !errors.Is(err, jsonpage.ErrTruncated) {
			return nil, err
		}
	}
}

// await waits for the stretch before and takes over its last row.
func (c *chain) await(ctx context.Context) (over bool, err error) {
	select {
	case <-c.prev.done:
	case <-ctx.Done():
		return true, ctx.Err()
	}
	if c.prev.err != nil {
		return true, c.prev.err
	}
	c.last, c.start, c.most = c.prev.last, c.prev.start, c.prev.most
	c.ended = c.prev.ended
	return c.ended, nil
}

// known says which rows of the page have been received before.
func (c *chain) known() cut {
	k := cut{hash: c.hash, most: -1}
	switch {
	case c.grow && c.rows < c.received:
		k.prefix = int(c.received - c.rows)
		k.until = c.last
	case c.overlap && c.rows == 0:
		k.after, k.search = c.last, c.s.keyed || c.back > 0
	}
	if c.stop > 0 {
		k.most = c.stop - c.received
	}
	return k
}

func (c *chain) get(ctx context.Context, url string) (*httpx.Response, error) {
	if c.ahead != nil {
		select {
		case f := <-c.ahead:
			c.ahead = nil
			if f.url == url {
				return f.resp, f.err
			}
			f.resp.Release()
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return c.s.svc.get(ctx, url, c.s.header, c.s.stats)
}

// readAhead asks for the page that the next link of this one leads to, found
// at the page's end without reading the rows. The first page goes alone: a
// query that wants a handful of rows costs one request.
func (c *chain) readAhead(ctx context.Context, resp *httpx.Response) {
	version := c.s.svc.Traits.envelope()
	if c.pages == 0 || c.alone || c.ahead != nil || version == V2 || c.stop > 0 {
		return
	}
	t, ok := jsonpage.Tail(resp.Body, jsonpage.ShapeValue, captures[version][nextLink])
	if !ok || !t.IsString() {
		return
	}
	link, err := resolveLink(resp.URL, string(jsonpage.AppendString(nil, resp.Body, t)))
	if err != nil || c.seen[link] {
		return
	}
	ahead := make(chan fetched, 1)
	c.ahead = ahead
	c.s.wg.Add(1)
	go func() {
		defer c.s.wg.Done()
		resp, err := c.s.svc.get(ctx, link, c.s.header, c.s.stats)
		ahead <- fetched{link, resp, err}
	}()
}

// explain adds to a refusal what was asked for, since the rest of the message
// is the server's.
func (s *scan) explain(err error) error {
	var e *providers.Error
	if !errors.As(err, &e) || len(s.pushed) == 0 && !s.sorted {
		return err
	}
	empty := errors.Is(err, errEmptyPage)
	if !empty && (len(s.pushed) == 0 || e.Status != 400 && e.Status != 500 && e.Status != 501) {
		return err
	}
	var asked []string
	if len(s.pushed) > 0 {
		asked = append(asked, "filter by "+joinAnd(s.pushed))
	}
	if empty && s.sorted {
		asked = append(asked, "sort")
	}
	wrapped := *e
	wrapped.Err, wrapped.Refused = err, true
	wrapped.Message = fmt.Sprintf("%s; the server was asked to %s: Pushdown=false has the driver do it", e.Message, strings.Join(asked, " and to "))
	return &wrapped
}
