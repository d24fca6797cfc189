package odata

import (
	"context"
	"errors"
	"fmt"
	"slices"

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
	// into is the way into the complex value that the member then is, and derived
	// says that the member is none of the type that $select goes by.
	into    []string
	derived bool
	filter  string // a condition on the items, in V4's $expand
	// within is the collection inside of the items, whose items are the rows then.
	within *expansion
}

// members are those of an item that are read, the further collection last.
func (x *expansion) members() []string {
	members := x.child.Members(nil)
	if x.within != nil {
		members = append(members, x.within.collection()...)
	}
	return members
}

// collection are the members that hold the related rows and the next link of
// them, as V3 and V4 name it and as V4.01 may. Verbose JSON has it inside.
func (x *expansion) collection() []string {
	return []string{x.navigation, x.navigation + "@odata.nextLink", x.navigation + "@nextLink"}
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
		if p.plan.Expand = p.relates(n, target); p.plan.Expand == providers.Superset && e.Outer {
			p.plan.Expand = providers.None
			return
		}
		p.scan.expand = x
	}
}

// relates says how well a navigation relates rows that are equal in its pairs:
// the server may take two texts for equal that are not the same.
func (p *planner) relates(n *Navigation, target *Set) providers.Verdict {
	r, v := &renderer{p.t.set, &p.t.svc.Traits}, providers.Exact
	for _, pair := range n.Pairs {
		here, there := p.t.set.Column(pair[0]), target.Column(pair[1])
		if here < 0 || there < 0 {
			continue
		}
		for _, side := range []*Property{&p.t.set.Properties[here], &target.Properties[there]} {
			v = min(v, r.comparable(side, providers.Eq).verdict)
		}
	}
	return v
}

// expander decodes the rows that are related to a row.
type expander struct {
	s      *scan
	x      *expansion
	member int // of the navigation; its next links follow
	inline *childReader
	paged  *childReader // for the pages that a nested next link leads to
	within *expander    // nil: the related rows have nothing further inside
}

// errNotExpanded says that a row has not what $expand asks for, not even null.
var errNotExpanded = errors.New("the rows come without what they were to be expanded by")

// childReader decodes related rows.
type childReader struct {
	scanner *jsonpage.Scanner
	rows    *jsonpage.RowDecoder
	batch   *tuple.Batch
}

// newExpander makes the expander of rows with the given members.
func newExpander(s *scan, x *expansion, members []string) (*expander, error) {
	e := &expander{s: s, x: x, member: len(members) - 3}
	shape := jsonpage.Shape{Scalars: x.plain}
	switch {
	case !x.many:
		shape = jsonpage.ShapeEntity
	case s.svc.Traits.wrapped():
		shape = jsonpage.Shape{Path: append(slices.Clone(x.into), "results"), Short: true, NullRows: len(x.into) > 0, Scalars: x.plain}
	case len(x.into) > 0:
		shape = jsonpage.Shape{Path: x.into, NullRows: true, Scalars: x.plain}
	}
	var err error
	if e.inline, err = newChildReader(s, x, jsonpage.Options{Shape: shape, Capture: []string{"__next"}}); err != nil {
		return nil, err
	}
	page := jsonpage.Shape{Path: []string{"value"}, Scalars: x.plain}
	if s.svc.Traits.wrapped() {
		page = jsonpage.ShapeResults
	}
	if e.paged, err = newChildReader(s, x, jsonpage.Options{Shape: page, Capture: captures[s.svc.Traits.envelope()]}); err != nil {
		return nil, err
	}
	if x.within != nil {
		e.within, err = newExpander(s, x.within, x.members())
	}
	return e, err
}

func newChildReader(s *scan, x *expansion, o jsonpage.Options) (*childReader, error) {
	c := &childReader{batch: tuple.NewBatch(x.child.Layout)}
	var err error
	if c.scanner, err = jsonpage.NewScanner(x.members(), o); err != nil {
		return nil, err
	}
	c.rows, err = jsonpage.NewRowDecoder(c.scanner, &x.child, s.svc.Traits.Zone)
	return c, err
}

// multiply puts in the place of the last row of a batch, which is that of the
// scanner's current row, one row a related row. If there is none it stays, with
// nulls, where the join is an outer one.
func (e *expander) multiply(ctx context.Context, from *jsonpage.Scanner, b *tuple.Batch) error {
	related, link := from.Row()[e.member], from.Row()[e.member+1]
	if link.IsNull() {
		link = from.Row()[e.member+2]
	}
	pattern := b.Len() - 1
	if related.Kind == jsonpage.Absent && !e.x.inside {
		return errNotExpanded
	}
	if !related.IsNull() {
		e.inline.scanner.ResetRange(from.Page(), int(related.Off), int(related.End))
		if err := e.take(ctx, e.inline, b, pattern); errors.Is(err, jsonpage.ErrNoRows) && len(e.x.into) == 0 { // a link in its place
			return errNotExpanded
		} else if err != nil && !errors.Is(err, jsonpage.ErrNoRows) {
			return err
		}
		if t := e.inline.scanner.Captured(0); t.IsString() {
			link = t
		}
	}
	if link.IsString() {
		if err := e.follow(ctx, string(jsonpage.AppendString(nil, from.Page(), link)), b, pattern); err != nil {
			return err
		}
	}
	if b.Len() == pattern+1 { // no related row took the place
		if !e.x.outer {
			b.DropLast()
		}
		return nil
	}
	// The row served as the pattern of the others.
	stride := b.Layout.Stride()
	copy(b.Slots[pattern*stride:], b.Slots[(pattern+1)*stride:])
	b.DropLast()
	return nil
}

// take adds the related rows of a page beside the pattern row.
func (e *expander) take(ctx context.Context, c *childReader, b *tuple.Batch, pattern int) error {
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
		if e.within != nil {
			if err := e.within.multiply(ctx, c.scanner, b); err != nil {
				return err
			}
		}
	}
	return c.scanner.Err()
}

// follow reads the further pages of one row's related rows.
func (e *expander) follow(ctx context.Context, link string, b *tuple.Batch, pattern int) error {
	s := e.s
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
		base = resp.URL
		if err = e.take(ctx, e.paged, b, pattern); err == nil {
			link, err = nextOf(e.paged.scanner, s.svc.Traits.envelope())
		}
		resp.Release()
		if err != nil {
			return err
		}
	}
	return nil
}
