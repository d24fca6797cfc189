package epicor

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// companyUnion is a planned read of several companies: one after the other or,
// where each has its rows in the order that is wanted, merged.
type companyUnion struct {
	types []sqltypes.Type
	parts []companyPart
	order []mergeKey

	// company and identity are positions in a part's rows, of the company and of
	// what tells shared rows apart; company is -1 where all rows of a part are its
	// company's.
	company  int
	identity []int
	known    []company // of the connection

	limit, offset int64 // of all rows; limit 0 is none
}

// companyPart is the plan of one company.
type companyPart struct {
	of   company
	plan *providers.ScanPlan
}

// mergeKey is one sort key of a part's rows.
type mergeKey struct {
	at               int
	desc, nullsFirst bool
}

// plan is the plan of all parts: of each verdict, the weakest. A limit is kept
// here: what is cut off of a part may be rows of other companies.
func (u *companyUnion) plan(r *providers.ScanRequest) *providers.ScanPlan {
	first := u.parts[0].plan
	plan := &providers.ScanPlan{
		Layout: tuple.NewLayout(u.types), Cost: providers.Cost{Rows: providers.Unknown, Requests: providers.Unknown, Bytes: providers.Unknown},
		Filter: slices.Clone(first.Filter), Reasons: slices.Clone(first.Reasons), Hints: first.Hints,
		Order: first.Order, OrderReason: first.OrderReason, Keys: first.Keys, MaxKeys: first.MaxKeys,
	}
	for _, part := range u.parts {
		p := part.plan
		for _, line := range p.Requests {
			if part.of.traits.Version == odata.V3 { // whose requests differ in nothing else
				line += " " + callSettingsHeader + ": " + part.of.traits.Header.Get(callSettingsHeader)
			}
			plan.Requests = append(plan.Requests, line)
		}
		plan.Keys, plan.MaxKeys = min(plan.Keys, p.Keys), min(plan.MaxKeys, p.MaxKeys)
		if p.Order < plan.Order {
			plan.Order, plan.OrderReason = p.Order, p.OrderReason
		}
		for f, v := range p.Filter {
			if v < plan.Filter[f] {
				plan.Filter[f], plan.Reasons[f] = v, p.Reasons[f]
			}
		}
	}
	exact := !slices.ContainsFunc(plan.Filter, func(v providers.Verdict) bool { return v != providers.Exact })
	if exact && (len(r.Order) == 0 || u.order != nil && plan.Order == providers.Exact) && (u.limit > 0 || u.offset > 0) {
		plan.Limit = providers.Exact
	}
	plan.Open = func(ctx context.Context, b *providers.Budget) (providers.BatchReader, error) {
		return u.open(ctx, b, plan.Limit == providers.Exact)
	}
	return plan
}

func (u *companyUnion) open(ctx context.Context, b *providers.Budget, limited bool) (providers.BatchReader, error) {
	r := &companyReader{companyUnion: u, budget: b, once: map[string]bool{}, left: -1}
	if limited {
		r.skip = u.offset
		if u.limit > 0 {
			r.left = u.limit
		}
	}
	r.cursors = make([]partCursor, len(u.parts))
	for i := range u.parts {
		r.cursors[i].part, r.cursors[i].id = &u.parts[i], []byte(u.parts[i].of.id)
		if u.order == nil {
			continue
		}
		// To merge, all are read at a time: their first pages come together.
		if err := r.cursors[i].open(ctx, b); err != nil {
			return nil, errors.Join(err, r.Close())
		}
	}
	return r, nil
}

// companyReader gives the rows of several companies.
type companyReader struct {
	*companyUnion
	budget  *providers.Budget
	cursors []partCursor
	at      int // of the cursor that is read, where they are read one after the other

	once map[string]bool // rows of no company of the connection that have come
	held int64           // of the budget
	skip int64           // rows that are still to be passed over
	left int64           // rows that may still come, -1 for all
}

// Next gives rows; see providers.BatchReader.
func (r *companyReader) Next(ctx context.Context, out *tuple.Batch) error {
	out.Reset()
	for r.left != 0 && out.Len() < tuple.TargetRows {
		c, err := r.next(ctx)
		switch {
		case err != nil:
			return err
		case c == nil && out.Len() == 0:
			return io.EOF
		case c == nil:
			return nil
		}
		if err := r.take(c, out); err != nil {
			return err
		}
		if c.i == c.batch.Len() && out.Len() > 0 {
			return nil // to read on may take a while
		}
	}
	if out.Len() == 0 {
		return io.EOF
	}
	return nil
}

// next is the cursor at whose row it is to go on, nil at the end.
func (r *companyReader) next(ctx context.Context) (*partCursor, error) {
	if r.order == nil {
		return r.onward(ctx)
	}
	var least *partCursor
	for i := range r.cursors {
		c := &r.cursors[i]
		if err := c.fill(ctx); err != nil {
			return nil, err
		}
		if !c.over && (least == nil || r.before(c, least)) {
			least = c
		}
	}
	return least, nil
}

// onward is the next cursor that stands at a row, where they are read one after
// the other. When more is wanted than the first rows of a company, the first
// page of the next one is asked for already.
func (r *companyReader) onward(ctx context.Context) (*partCursor, error) {
	for ; r.at < len(r.cursors); r.at++ {
		c := &r.cursors[r.at]
		last := r.at
		if r.left < 0 && c.batch != nil && c.i > 0 && c.i == c.batch.Len() {
			last = min(r.at+1, len(r.cursors)-1)
		}
		for i := r.at; i <= last; i++ {
			if err := r.cursors[i].open(ctx, r.budget); err != nil {
				return nil, err
			}
		}
		if err := c.fill(ctx); err != nil || !c.over {
			return c, err
		}
	}
	return nil, nil
}

// before says whether the row of one cursor comes before that of another.
func (r *companyReader) before(a, b *partCursor) bool {
	for _, k := range r.order {
		x, y := a.value(k.at), b.value(k.at)
		switch {
		case x.Null && y.Null:
		case x.Null || y.Null:
			return x.Null == k.nullsFirst
		default:
			if d := sqltypes.Compare(x, y); d != 0 {
				return d < 0 != k.desc
			}
		}
	}
	return false
}

// take goes on behind a cursor's row, which it copies if it is the company's, or
// shared and new.
func (r *companyReader) take(c *partCursor, out *tuple.Batch) error {
	l, row := c.batch.Layout, c.batch.Row(c.i)
	c.i++
	mine, err := r.mine(c, l, row)
	switch {
	case err != nil || !mine:
		return err
	case r.skip > 0:
		r.skip--
		return nil
	case r.left > 0:
		r.left--
	}
	dst := out.AddRow()
	for column := range r.types {
		if err := out.CopyColumn(dst, column, row, l, column); err != nil {
			return err
		}
	}
	return nil
}

// mine says whether a row comes from this company: its own, or one of no company
// of the connection that no other has brought before.
func (r *companyReader) mine(c *partCursor, l *tuple.Layout, row tuple.Row) (bool, error) {
	if r.company < 0 || !row.Null(r.company) && bytes.EqualFold(row.Bytes(l.Slot(r.company)), c.id) {
		return true, nil
	}
	if id := l.Value(row, r.company); !id.Null && hasCompany(r.known, id.S) {
		return false, nil
	}
	var key strings.Builder
	for _, column := range r.identity {
		key.WriteString(l.Value(row, column).String() + "\x00")
	}
	if r.once[key.String()] {
		return false, nil
	}
	const overhead = 64
	size := int64(key.Len() + overhead)
	if err := r.budget.Reserve("telling the shared rows of several companies apart", size); err != nil {
		return false, err
	}
	r.held += size
	r.once[key.String()] = true
	return true, nil
}

// Close ends the scan.
func (r *companyReader) Close() error {
	r.budget.Release(r.held)
	r.held, r.left = 0, 0
	var failures []error
	for i := range r.cursors {
		failures = append(failures, r.cursors[i].close())
	}
	return errors.Join(failures...)
}

// Stats tells what the scan cost so far.
func (r *companyReader) Stats() (st providers.ScanStats) {
	for i := range r.cursors {
		st.Add(r.cursors[i].spent())
	}
	return st
}

// partCursor stands at a row of one company.
type partCursor struct {
	part   *companyPart
	id     []byte                // of the company
	reader providers.BatchReader // nil before the first row and after the last
	batch  *tuple.Batch
	i      int
	over   bool
	stats  providers.ScanStats // when it was closed
}

// open starts the scan, if that has not been done.
func (c *partCursor) open(ctx context.Context, b *providers.Budget) error {
	if c.batch != nil {
		return nil
	}
	reader, err := c.part.plan.Open(ctx, b)
	if err != nil {
		return err
	}
	c.reader, c.batch = reader, tuple.NewBatch(c.part.plan.Layout)
	return nil
}

// fill reads on if there is no row to stand at, and is over at the last one.
func (c *partCursor) fill(ctx context.Context) error {
	for !c.over && c.i == c.batch.Len() {
		c.i = 0
		switch err := c.reader.Next(ctx, c.batch); {
		case err == io.EOF:
			c.over = true
			return c.close()
		case err != nil:
			c.batch.Reset()
			return err
		}
	}
	return nil
}

func (c *partCursor) value(column int) sqltypes.Value {
	return c.batch.Layout.Value(c.batch.Row(c.i), column)
}

func (c *partCursor) spent() providers.ScanStats {
	if s, ok := c.reader.(providers.StatsReader); ok {
		return s.Stats()
	}
	return c.stats
}

func (c *partCursor) close() error {
	if c.reader == nil {
		return nil
	}
	c.stats = c.spent()
	err := c.reader.Close()
	c.reader = nil
	return err
}
