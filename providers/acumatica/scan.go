package acumatica

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"

	"github.com/epicorerp/epicorerp/internal/fetch"
	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/internal/jsonpage"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// scan is one planned read of a table. It is immutable once planned.
type scan struct {
	t       *table
	filter  string
	fields  []string // that the filter names
	options []option // $select, $expand, $custom
	entity  bool     // the answer is one record
	body    []byte   // of an inquiry
	limit   int64
	offset  int64
	hint    int64

	telling []string // fields that tell records apart, besides the id

	layout *tuple.Layout
	parts  []part // of each level
	consts []jsonpage.Constant
}

// part is what is read of one level's rows.
type part struct {
	to    []int // columns of the result
	paths [][]string
	types []sqltypes.Type
}

// open starts the scan.
func (s *scan) open(ctx context.Context) (providers.BatchReader, error) {
	rows, err := newRowReader(s)
	if err != nil {
		return nil, err
	}
	g := &pager{s: s, rows: rows, options: s.options, stats: &httpx.Stats{}}
	ctx, cancel := ofStatement(ctx)
	return &reader{fetch.NewReader(ctx, &single{segment: g}, fetch.Options{Layout: s.layout, Concurrency: 1}), g, cancel}, nil
}

// reader is a scan's BatchReader.
type reader struct {
	*fetch.Reader
	pager  *pager
	cancel context.CancelFunc
}

// Close ends the scan and waits for what runs for it.
func (r *reader) Close() error {
	r.cancel()
	return r.Reader.Close()
}

// Stats tells what the scan cost so far.
func (r *reader) Stats() providers.ScanStats {
	st := r.pager.stats
	return providers.ScanStats{Requests: st.Requests.Load(), Retries: st.Retries.Load(), Bytes: st.Bytes.Load()}
}

// single is a source of one segment: the pages of a session are read one after
// the other.
type single struct {
	segment fetch.Segment
	given   bool
}

func (s *single) Next() (fetch.Segment, error) {
	if s.given {
		return nil, io.EOF
	}
	s.given = true
	return s.segment, nil
}

// pager reads the records of a scan page by page. The interface has neither an
// order nor a count nor a next link: each page is asked for from the last known
// record on, which must come first again, and the end is proven by a page that
// has nothing behind it.
type pager struct {
	s       *scan
	rows    *rowReader
	options []option // less than the scan's where the server refuses some
	stats   *httpx.Stats

	received int64 // records
	position int64 // $skip of the record after the last
	first    identity
	last     identity
	most     int   // the largest page so far
	bare     bool  // ask behind the last record, without it
	back     int   // times that the last record was not found and looked for before
	backRows int64 // how far
	madeUp   bool  // ids are new in each answer
	compared bool  // whether they are has been looked at
}

// maxBack is how often the place of the last record is looked for when records
// have moved.
const maxBack = 32

// firstPage is the first request of the scan.
func (s *scan) firstPage() limitedPage {
	size := int64(s.t.on.set.traits.PageSize)
	if s.hint > 0 && len(s.t.levels) == 1 {
		size = min(size, s.hint)
	}
	if s.limit > 0 {
		size = min(size, s.limit)
	}
	return limitedPage{top: size, skip: s.offset}
}

// Next reads a page; see fetch.Segment.
func (g *pager) Next(ctx context.Context, pool *fetch.Pool) ([]*tuple.Batch, error) {
	if g.s.body != nil {
		p, err := g.fetch(ctx, pool, &httpx.Request{Method: http.MethodPut, URL: g.s.url(limitedPage{}), Body: g.s.body, Idempotent: httpx.IdempotentAlways}, cut{most: -1})
		if err != nil {
			return nil, err
		}
		return p.batches, io.EOF
	}
	page, c := g.s.firstPage(), cut{most: -1}
	if g.last.id != nil || g.received > 0 {
		size := int64(g.s.t.on.set.traits.PageSize)
		if g.s.limit > 0 {
			size = min(size, g.s.limit-g.received)
		}
		page = limitedPage{top: size, skip: g.position}
		if !g.bare {
			page.skip = max(0, g.position-1-g.backRows)
			page.top += g.position - page.skip
			c.after, c.madeUp = &g.last, g.madeUp
		}
	} else {
		g.position = page.skip
	}
	if g.s.limit > 0 {
		c.most = g.s.limit - g.received
	}
	p, err := g.page(ctx, pool, page, c)
	if err != nil {
		return nil, err
	}
	end, err := g.took(ctx, pool, p, page, c.after != nil)
	if err != nil {
		for _, b := range p.batches {
			pool.Put(b)
		}
		return nil, err
	}
	if end {
		return p.batches, io.EOF
	}
	return p.batches, nil
}

// page fetches a page. A server that fails over $select is asked for whole
// records: some fields cannot be computed by themselves.
func (g *pager) page(ctx context.Context, pool *fetch.Pool, page limitedPage, c cut) (*pageRead, error) {
	for {
		now := *g.s
		now.options = g.options
		p, err := g.fetch(ctx, pool, &httpx.Request{URL: now.url(page)}, c)
		var failed *providers.Error
		if err == nil || g.received > 0 || !errors.As(err, &failed) || failed.Status != http.StatusInternalServerError {
			return p, err
		}
		if !now.drop("$select") {
			return p, err
		}
		g.options = now.options
		g.s.t.habits().learnWhole()
	}
}

// fetch gets and reads one answer. A body that ends too early is worth one more
// try: nothing of it was handed on.
func (g *pager) fetch(ctx context.Context, pool *fetch.Pool, r *httpx.Request, c cut) (*pageRead, error) {
	r.Header, r.Stats = g.s.t.on.header(), g.stats
	if r.Body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for attempt := 0; ; attempt++ {
		resp, err := g.s.t.on.do(ctx, r)
		if err != nil {
			return nil, g.s.explain(err)
		}
		p, err := g.rows.read(resp.Body, pool, c)
		if err == nil {
			resp.Release()
			return p, nil
		}
		if ctx.Err() != nil {
			err = ctx.Err()
		} else if attempt > 0 || !errors.Is(err, jsonpage.ErrTruncated) || len(bytes.TrimSpace(resp.Body)) == 0 {
			err = g.s.explain(g.s.t.on.pageError(resp, err))
		} else {
			resp.Release()
			continue
		}
		resp.Release()
		return nil, err
	}
}

// pageError makes the driver's error of an answer of status 200 that is no page.
func (e *endpoint) pageError(resp *httpx.Response, err error) error {
	if own := e.set.decodeError(resp); own != nil {
		return own
	}
	out := &providers.Error{Kind: providers.KindResponse, Status: resp.Status, RequestID: resp.RequestID, Err: err}
	shown := e.shown(resp.URL)
	var notJSON *jsonpage.NotJSONError
	switch {
	case len(bytes.TrimSpace(resp.Body)) == 0:
		out.Message = shown + ": the answer is empty, which is no page of records"
	case errors.As(err, &notJSON):
		out.Message = shown + ": the answer is no JSON; a page of a proxy, or of the sign-in, perhaps"
	default:
		out.Retryable = errors.Is(err, jsonpage.ErrTruncated)
		out.Message = fmt.Sprintf("%s: %v", shown, err)
	}
	return out
}

// took accounts for a page and says whether the scan is over.
func (g *pager) took(ctx context.Context, pool *fetch.Pool, p *pageRead, page limitedPage, overlap bool) (end bool, err error) {
	if page.skip > g.s.offset && p.rows > 0 && p.first.same(&g.first) {
		if ignored, err := g.skipIsIgnored(ctx); err != nil || ignored {
			if err == nil {
				err = g.wholeList(ctx, pool)
			}
			for _, b := range p.batches {
				b.Reset() // they were read before
			}
			return err == nil, err
		}
	}
	if overlap && p.found < 0 {
		return false, g.look(ctx, p, page)
	}
	g.most = max(g.most, p.rows)
	if p.rows > 0 {
		if g.first.id == nil {
			g.first = p.first
		}
		g.last, g.position = p.last, page.skip+int64(p.end)
	}
	g.received += int64(p.kept)
	g.back, g.backRows, g.bare = 0, 0, false
	switch {
	case g.s.limit > 0 && g.received >= g.s.limit:
		return true, nil
	case p.rows == 0:
		return true, g.accounted(ctx)
	case p.kept > 0:
		return false, nil
	}
	// The last record came alone, or as the last of a page that reached back. If
	// the server gives more than one a page, there is nothing behind it.
	if p.rows == 1 && g.most > 1 {
		return true, nil
	}
	g.bare = true
	return false, nil
}

// look decides how to go on when the last record was not in its place.
func (g *pager) look(ctx context.Context, p *pageRead, page limitedPage) error {
	name := g.s.t.info.Name
	if !g.compared {
		g.compared = true
		var err error
		if g.madeUp, err = g.idsAreMadeUp(ctx); err != nil {
			return err
		}
		if g.madeUp {
			g.s.t.habits().learnMadeUp()
		}
		if g.madeUp && len(g.s.telling) > 0 {
			return nil
		}
	}
	// Records before the last one came or went.
	if g.back++; g.madeUp || g.back > maxBack || page.skip == 0 {
		return &providers.Error{Kind: providers.KindConflict, Retryable: true, Message: fmt.Sprintf(
			"the records of %s moved while they were read: after %d the last one is no longer in its place; try again", name, g.received)}
	}
	g.backRows += int64(max(1, max(p.rows, g.most)-2))
	return nil
}

// skipIsIgnored asks for the first record with $skip and without.
func (g *pager) skipIsIgnored(ctx context.Context) (bool, error) {
	var first [2]identity
	for i := range first {
		now := *g.s
		now.options = g.options
		p, err := g.fetch(ctx, fetch.NewPool(g.s.layout), &httpx.Request{URL: now.url(limitedPage{top: 1, skip: int64(i)})}, cut{most: 0})
		if err != nil || p.rows == 0 {
			return false, err
		}
		first[i] = p.first
	}
	return first[0].same(&first[1]), nil
}

// wholeList makes sure that nothing is left of records that cannot be paged
// through: without $top the interface gives all of them.
func (g *pager) wholeList(ctx context.Context, pool *fetch.Pool) error {
	now := *g.s
	now.options = g.options
	p, err := g.fetch(ctx, pool, &httpx.Request{URL: now.url(limitedPage{})}, cut{after: &g.last, madeUp: g.madeUp, most: 0})
	if err != nil {
		return err
	}
	for _, b := range p.batches {
		pool.Put(b)
	}
	if p.found == p.rows && int64(p.rows) == g.received {
		return nil
	}
	return &providers.Error{Kind: providers.KindUnsupported, Message: fmt.Sprintf(
		"%s cannot be read to its end: the server ignores $skip and gives its first records again; narrow the query by a filter, or raise Pagesize", g.s.t.info.Name)}
}

// idsAreMadeUp asks for the first record twice: those that have no id of their
// own in the database are given one for the session, or for the answer.
func (g *pager) idsAreMadeUp(ctx context.Context) (bool, error) {
	var ids [2]string
	for i := range ids {
		records, err := g.records(ctx, "", nil, 1)
		if err != nil {
			return false, err
		}
		if len(records) == 0 {
			return false, nil
		}
		ids[i] = string(records[0][idPath[0]])
	}
	return ids[0] != ids[1], nil
}

// explain adds to a refusal what was asked for, and lets the engine do it.
func (s *scan) explain(err error) error {
	var e *providers.Error
	if !errors.As(err, &e) || s.filter == "" || e.Status != 400 && e.Status != 500 && e.Status != 501 && e.Status != 200 {
		return err
	}
	if e.Status != 200 && !s.t.filteredByKeys(s.fields) {
		s.t.habits().learn(s.fields, false)
	}
	told := *e
	told.Err, told.Refused = err, true
	told.Message = fmt.Sprintf("%s; the server was asked to filter by %s: Pushdown=false has the driver do it", e.Message, fieldSet(s.fields))
	return &told
}

// accounted makes sure of an empty answer to a filter: entities with computed
// fields answer so whatever there is. A filter by natural keys is always kept to.
func (g *pager) accounted(ctx context.Context) error {
	s := g.s
	if s.filter == "" || g.received > 0 || s.t.filteredByKeys(s.fields) {
		return nil
	}
	honoured, known := s.t.habits().known(s.fields)
	if !known {
		var err error
		if honoured, err = g.probe(ctx); err != nil {
			return err
		}
		s.t.habits().learn(s.fields, honoured)
	}
	if honoured {
		return nil
	}
	return s.explain(&providers.Error{Kind: providers.KindResponse, Status: http.StatusOK, Message: fmt.Sprintf(
		"the server finds nothing in %s by %s, whatever there is", s.t.root.name, fieldSet(s.fields))})
}

// filteredByKeys says that a filter names natural keys alone.
func (t *table) filteredByKeys(fields []string) bool {
	return !slices.ContainsFunc(fields, func(f string) bool { return !slices.Contains(naturalKeys[t.root.name], f) })
}
