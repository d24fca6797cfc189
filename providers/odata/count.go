package odata

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/epicorerp/epicorerp/internal/fetch"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// counted turns the plan into one that asks for the number of rows alone.
func (p *planner) counted(types []sqltypes.Type) {
	s, layout := p.scan, tuple.NewLayout(types)
	s.order = nil
	// $top=1, since some servers take $top=0 for no limit.
	req := request{filters: s.filters, top: 1, count: true}
	if s.svc.Traits.Bare {
		req.top, s.options = 0, s.unshaped()
	}
	p.plan.Requests = []string{s.svc.line(s.url(req))}
	p.plan.Layout = layout
	p.plan.Cost = providers.Cost{Rows: 1, Requests: 1, Bytes: providers.Unknown}
	p.plan.Open = func(ctx context.Context, _ *providers.Budget) (providers.BatchReader, error) {
		f := s.fresh()
		f.header = f.svc.header()
		f.hashed = false // there is no second page to tell from the first
		return &countReader{scan: f, req: req, layout: layout}, nil
	}
}

// countReader gives one row: the number of rows of a scan.
type countReader struct {
	scan   *scan
	req    request
	layout *tuple.Layout
	done   bool
}

// Next gives the row.
func (c *countReader) Next(ctx context.Context, out *tuple.Batch) error {
	if c.done {
		return io.EOF
	}
	n, err := c.count(ctx)
	if err != nil {
		return err
	}
	c.done = true
	out.Reset()
	row := out.AddRow()
	for i := range c.layout.Types {
		if err := out.SetValue(row, i, sqltypes.IntValue(n)); err != nil {
			return err
		}
	}
	return nil
}

func (c *countReader) count(ctx context.Context) (int64, error) {
	s := c.scan
	if err := s.try(ctx, s.trials); err != nil {
		return 0, err
	}
	if !s.counts(joinFilters(s.filters)) { // it was found out just now
		return 0, untrusted("the service's $count does not go by $filter")
	}
	if s.svc.Traits.Bare {
		n, err := s.number(ctx, s.url(c.req), s.header)
		return n, s.explain(err)
	}
	r, err := s.reader()
	if err != nil {
		return 0, err
	}
	resp, err := s.svc.get(ctx, s.url(c.req), s.header, s.stats)
	if err != nil {
		return 0, s.explain(err)
	}
	defer resp.Release()
	p, err := r.read(ctx, resp, fetch.NewPool(s.result.Layout), cut{})
	switch {
	case err != nil:
		return 0, err
	case p.count >= 0:
		return p.count, nil
	case p.rows == 0 && p.next == "":
		return 0, nil // some leave a count of 0 out
	}
	return c.segment(ctx)
}

// segment asks for Set/$count, the number as plain text.
func (c *countReader) segment(ctx context.Context) (int64, error) {
	s := c.scan
	var o []option
	if f := joinFilters(s.filters); f != "" {
		o = append(o, option{"$filter", f})
	}
	header := s.header.Clone()
	header.Set("Accept", "text/plain")
	return s.number(ctx, s.svc.requestURL(s.path+"/$count", o), header)
}

// number asks for a number of rows that is the whole answer.
func (s *scan) number(ctx context.Context, url string, header http.Header) (int64, error) {
	resp, err := s.svc.get(ctx, url, header, s.stats)
	if err != nil {
		return 0, err
	}
	defer resp.Release()
	text := strings.TrimSpace(strings.TrimPrefix(string(resp.Body), "\uFEFF"))
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, &providers.Error{Kind: providers.KindResponse, Status: resp.Status, Message: fmt.Sprintf(
			"the server does not count the rows of %s: %s gives %q", s.set.Name, s.svc.Traits.shown(url), clipped(text))}
	}
	return n, nil
}

// unshaped returns the options without those that say what a row holds, since a
// request for a number alone has no rows.
func (s *scan) unshaped() []option {
	return slices.DeleteFunc(slices.Clone(s.options), func(o option) bool { return o.name == "$select" || o.name == "$expand" })
}

// counting asks for the number of rows of a stretch, by itself.
func (s *scan) counting(ctx context.Context, c *chain) (int64, error) {
	bare := s.fresh()
	bare.order, bare.options = nil, s.unshaped()
	return s.number(ctx, bare.url(request{filters: []string{c.filter, c.window}, count: true}), s.header)
}

// mustRecount says whether the end of a stretch is compared with the number of
// rows: where no key tells rows apart, one that moved between two pages would go
// unnoticed.
func (c *chain) mustRecount() bool {
	return c.s.svc.Traits.Bare && c.s.svc.Traits.Count && !c.s.keyed && c.pages > 1 && c.stop == 0 && c.offset == 0
}

// recount checks that as many rows came as there are.
func (c *chain) recount(ctx context.Context) error {
	n, err := c.s.counting(ctx, c)
	if err != nil || n == c.received {
		return err
	}
	return &providers.Error{Kind: providers.KindConflict, Retryable: true, Message: fmt.Sprintf(
		"the rows of %s moved while they were read: %d came and there are %d; try again", c.s.set.Name, c.received, n)}
}

// Close does nothing: a count is one request.
func (c *countReader) Close() error { c.done = true; return nil }

// Stats tells what the count cost.
func (c *countReader) Stats() providers.ScanStats {
	st := c.scan.stats
	return providers.ScanStats{Requests: st.Requests.Load(), Retries: st.Retries.Load(), Bytes: st.Bytes.Load()}
}
