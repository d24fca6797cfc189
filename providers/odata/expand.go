package odata

import (
	"context"
	"errors"
	"fmt"

	"github.com/epicorerp/epicorerp/internal/jsonpage"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// expansion is a navigation whose related rows come along.
type expansion struct {
	navigation string
	many       bool
	outer      bool
	names      []string // for $select
	child      jsonpage.Projection
	at         []int // where the columns of child stand in a row of the scan

	// inside says that the items are part of the entity, which come without
	// $expand, and plain that they are values and not objects.
	inside, plain bool
	filter        string // a condition on the items, in V4's $expand
}

// expand answers the wish for a join along a navigation: one at a time.
func (p *planner) expand() {
	t := &p.t.svc.Traits
	if len(p.r.Expand) != 1 || t.NoPushdown || !t.Expand || p.r.Aggregate != nil {
		return
	}
	e := p.r.Expand[0]
	for i := range p.t.set.Navigations {
		n := &p.t.set.Navigations[i]
		target := p.t.model.Find(n.Target)
		if n.Name != e.Navigation || n.Inferred || n.NoExpand || target == nil || e.Target == nil {
			continue
		}
		target = withETag(target, t.envelope(), t.Bare)
		x := &expansion{navigation: n.Name, many: n.Collection, outer: e.Outer, names: selectable(target.Properties, e.Columns)}
		if len(x.names) == 0 { // an empty $select would mean everything
			x.names = selectable(target.Properties, allColumns(target))[:1]
		}
		x.child.Layout = tuple.NewLayout(e.Target.Types(e.Columns))
		for _, c := range e.Columns {
			x.child.Paths = append(x.child.Paths, target.Properties[c].Path)
		}
		p.scan.expand, p.plan.Expand = x, providers.Exact
	}
}

// expander decodes a row together with its related rows.
type expander struct {
	r      *pageReader
	x      *expansion
	member int // of the navigation; its next link follows
	inline *childReader
	paged  *childReader // for the pages that a nested next link leads to
}

// errNotExpanded says that a row has not what $expand asks for, not even null.
var errNotExpanded = errors.New("the rows come without what they were to be expanded by")

// childReader decodes related rows.
type childReader struct {
	scanner *jsonpage.Scanner
	rows    *jsonpage.RowDecoder
	batch   *tuple.Batch
}

func newExpander(s *scan, r *pageReader) (*expander, error) {
	e := &expander{r: r, x: s.expand, member: len(s.members) - 2}
	shape := jsonpage.Shape{Scalars: s.expand.plain}
	switch {
	case !s.expand.many:
		shape = jsonpage.ShapeEntity
	case s.svc.Traits.wrapped():
		shape = jsonpage.Shape{Path: []string{"results"}, Short: true, Scalars: s.expand.plain}
	}
	var err error
	if e.inline, err = newChildReader(s, jsonpage.Options{Shape: shape, Capture: []string{"__next"}}); err != nil {
		return nil, err
	}
	page := jsonpage.Shape{Path: []string{"value"}, Scalars: s.expand.plain}
	if s.svc.Traits.wrapped() {
		page = jsonpage.ShapeResults
	}
	e.paged, err = newChildReader(s, jsonpage.Options{Shape: page, Capture: captures[s.svc.Traits.envelope()]})
	return e, err
}

func newChildReader(s *scan, o jsonpage.Options) (*childReader, error) {
	c := &childReader{batch: tuple.NewBatch(s.expand.child.Layout)}
	var err error
	if c.scanner, err = jsonpage.NewScanner(s.expand.child.Members(nil), o); err != nil {
		return nil, err
	}
	c.rows, err = jsonpage.NewRowDecoder(c.scanner, &s.expand.child, s.svc.Traits.Zone)
	return c, err
}

// append adds one row a related row, or one with nulls if there is none and
// the join is an outer one.
func (e *expander) append(ctx context.Context, b *tuple.Batch) error {
	s := e.r.scanner
	if err := e.r.rows.Append(b); err != nil {
		return err
	}
	related, link := s.Row()[e.member], s.Row()[e.member+1]
	first := b.Len() - 1
	if related.Kind == jsonpage.Absent && !e.x.inside {
		return errNotExpanded
	}
	if !related.IsNull() {
		e.inline.scanner.ResetRange(s.Page(), int(related.Off), int(related.End))
		if err := e.take(e.inline, b, first); errors.Is(err, jsonpage.ErrNoRows) { // a link in its place
			return errNotExpanded
		} else if err != nil {
			return err
		}
		if t := e.inline.scanner.Captured(0); t.IsString() {
			link = t
		}
	}
	if link.IsString() {
		if err := e.follow(ctx, string(jsonpage.AppendString(nil, s.Page(), link)), b, first); err != nil {
			return err
		}
	}
	if b.Len() == first+1 { // no related row took the place
		if !e.x.outer {
			b.DropLast()
		}
		return nil
	}
	// The first row served as the pattern of the others.
	stride := b.Layout.Stride()
	copy(b.Slots[first*stride:], b.Slots[(first+1)*stride:])
	b.DropLast()
	return nil
}

// take adds the related rows of a page beside the pattern row.
func (e *expander) take(c *childReader, b *tuple.Batch, pattern int) error {
	stride := b.Layout.Stride()
	for c.scanner.Next() {
		c.batch.Reset()
		if err := c.rows.Append(c.batch); err != nil {
			return err
		}
		row := b.AddRow()
		copy(row, b.Slots[pattern*stride:(pattern+1)*stride])
		src := c.batch.Row(0)
		for i, to := range e.x.at {
			if err := b.CopyColumn(row, to, src, c.rows.Layout, i); err != nil {
				return err
			}
		}
	}
	return c.scanner.Err()
}

// follow reads the further pages of one row's related rows.
func (e *expander) follow(ctx context.Context, link string, b *tuple.Batch, pattern int) error {
	s := e.r.scan
	seen := map[string]bool{}
	base := s.svc.requestURL(s.path, nil)
	for link != "" {
		url, err := resolveLink(base, link)
		if err != nil {
			return fmt.Errorf("the next link of %s is not a URL: %w", e.x.navigation, err)
		}
		if seen[url] {
			return fmt.Errorf("the next links of %s go round in a circle", e.x.navigation)
		}
		seen[url] = true
		resp, err := s.svc.get(ctx, url, s.header, s.stats)
		if err != nil {
			return err
		}
		body, err := s.svc.Traits.rows(resp.Body, nil)
		if err != nil {
			resp.Release()
			return s.svc.Traits.pageError(resp, err)
		}
		e.paged.scanner.Reset(body)
		err = e.take(e.paged, b, pattern)
		link, base = "", resp.URL
		if t := e.paged.scanner.Captured(nextLink); err == nil && t.IsString() {
			link = string(jsonpage.AppendString(nil, body, t))
		}
		resp.Release()
		if err != nil {
			return err
		}
	}
	return nil
}
