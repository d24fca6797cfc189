package exec

import (
	"context"
	"io"
	"slices"

	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// sorter reads all rows, orders them by their memcomparable keys and gives
// them out. With a limit it never holds many more rows than it will give. Rows
// that do not fit the memory are sorted a part at a time, and the parts merged.
type sorter struct {
	run    *run
	input  operator
	keys   []*expr.Compiled
	orders []expr.Order
	frame  *expr.Frame
	offset int64
	most   int64 // the rows that count: offset + limit; -1 for all
	memory reservation
	runs   sortRuns

	in     *tuple.Batch
	rows   *store
	spare  *store // what a cut moves the kept rows to
	sorted keySorter
	bound  []uint64 // rows whose key is not below it do not count; nil if none
	key    []byte
	loaded bool
	at     int
}

func (r *run) sort(n *plan.Sort, s *scope) (operator, error) {
	input, err := r.build(n.Input, s)
	if err != nil {
		return nil, err
	}
	o, err := r.sorter(input, n.Input.Layout(), n.Keys, s, r.spill("sort", r.counters(n)))
	if err != nil {
		return nil, err
	}
	o.offset = max(n.Offset, 0)
	if n.Limit >= 0 && o.offset+n.Limit >= 0 { // a sum that overflows is all rows there can be
		o.most = o.offset + n.Limit
	}
	if n.Limit == 0 {
		o.most = 0
	}
	return o, nil
}

// sorter sorts all rows of an input.
func (r *run) sorter(input operator, l *tuple.Layout, keys []plan.SortKey, s *scope, to *spill) (*sorter, error) {
	o := &sorter{run: r, input: input, frame: r.frame(s), most: -1, memory: r.reservation(to.operator),
		runs: newSortRuns(to, l), in: tuple.NewBatch(l), rows: newStore(l), spare: newStore(l)}
	for _, k := range keys {
		x, err := expr.Compile(k.Expr, l)
		if err != nil {
			return nil, err
		}
		o.keys = append(o.keys, x)
		o.orders = append(o.orders, expr.Order{Desc: k.Desc, NullsFirst: k.NullsFirst})
	}
	return o, nil
}

func (o *sorter) open(ctx context.Context) error {
	o.frame.Err, o.loaded, o.at, o.bound = nil, false, 0, nil
	if o.most == 0 {
		o.loaded = true
		return nil
	}
	return o.input.open(ctx)
}

func (o *sorter) next(ctx context.Context, out *tuple.Batch) error {
	if !o.loaded {
		if err := o.load(ctx); err != nil {
			return err
		}
		o.loaded = true
	}
	if o.runs.merging() {
		return o.runs.next(ctx, out)
	}
	items := o.sorted.items
	if o.at >= len(items) {
		return io.EOF
	}
	out.Reset()
	end := min(o.at+tuple.TargetRows, len(items))
	items, o.at = items[o.at:end], end
	return o.give(out, items)
}

// give writes rows: first their slots and then their text, so that the reads of
// rows that lie anywhere overlap.
func (o *sorter) give(out *tuple.Batch, items []sortItem) error {
	stride := out.Layout.Stride()
	slots := extend(out, len(items))
	for i, it := range items {
		copy(slots[i*stride:(i+1)*stride], o.rows.row(it.row).Slots)
	}
	refs, nulls := &o.rows.refs, out.Layout.NullSlots()
	if refs.none() {
		return nil
	}
	for i, it := range items {
		if err := refs.rebase(out, slots[i*stride+nulls:], o.rows.row(it.row)); err != nil {
			return err
		}
	}
	return nil
}

func (o *sorter) load(ctx context.Context) error {
	for {
		err := o.input.next(ctx, o.in)
		if err == io.EOF {
			break
		}
		if err == nil {
			err = o.take(ctx)
		}
		if err != nil {
			return err
		}
	}
	if err := o.input.close(); err != nil {
		return err
	}
	if o.runs.len() > 0 {
		if err := o.spill(ctx); err != nil {
			return err
		}
		return o.runs.merge(ctx, o.offset, o.most, &o.memory)
	}
	if err := o.sorted.sort(ctx); err != nil {
		return err
	}
	if o.most >= 0 && int64(len(o.sorted.items)) > o.most {
		o.sorted.items = o.sorted.items[:o.most]
	}
	o.at = int(min(o.offset, int64(len(o.sorted.items))))
	return nil
}

// take keeps the rows of one batch.
func (o *sorter) take(ctx context.Context) error {
	for i := range o.in.Len() {
		row := o.in.Row(i)
		move(o.frame, row)
		o.key = o.key[:0]
		for k, x := range o.keys {
			o.key = x.AppendSortKey(o.key, o.frame, o.orders[k])
		}
		if o.frame.Err != nil {
			return o.frame.Err
		}
		if o.bound != nil && !below(o.key, o.bound) {
			continue
		}
		if o.rows.rows == maxRows {
			return tooManyRows("sort")
		}
		if err := o.sorted.add(o.key, uint32(o.rows.rows)); err != nil {
			return err
		}
		if err := o.rows.add(row); err != nil {
			return err
		}
	}
	if o.most >= 0 && int64(o.rows.rows)/2 > max(o.most, chunkRows) {
		if err := o.cut(ctx); err != nil {
			return err
		}
	}
	if need := o.bytes() + o.sorted.scratchBytes(); !o.memory.fits(need) {
		if o.runs.spill.off {
			return o.memory.hold(need)
		}
		return o.spill(ctx)
	}
	return ctx.Err()
}

// spill sorts the rows so far, of which there is one at least, into a run.
func (o *sorter) spill(ctx context.Context) error {
	if len(o.sorted.items) == 0 {
		return nil
	}
	if err := o.sorted.sort(ctx); err != nil {
		return err
	}
	items := o.sorted.items
	if o.most >= 0 && int64(len(items)) >= o.most {
		items = items[:o.most]
		o.bound = slices.Clone(o.sorted.words(items[o.most-1]))
	}
	if err := o.runs.add(ctx, o, items); err != nil {
		return err
	}
	o.sorted.reset()
	o.rows.reset()
	o.memory.shrink(o.runs.bytes())
	o.memory.take(o.runs.bytes())
	return nil
}

// cut keeps the rows that count so far. From here on a row must come before
// the last of them: of equals, the earlier ones count.
func (o *sorter) cut(ctx context.Context) error {
	if err := o.sorted.sort(ctx); err != nil {
		return err
	}
	kept := o.sorted.items[:o.most]
	words := make([]uint64, 0, len(o.sorted.blocks)) // rebuilt keys
	fresh := keySorter{}
	for i, it := range kept {
		words = append(words[:0], o.sorted.words(it)...)
		fresh.addWords(words, uint32(i))
		if err := o.spare.add(o.rows.row(it.row)); err != nil {
			return err
		}
	}
	o.bound = words
	o.sorted = fresh
	o.rows, o.spare = o.spare, o.rows
	o.spare.reset()
	return nil
}

func (o *sorter) bytes() int64 { return o.rows.bytes() + o.sorted.bytes() }

func (o *sorter) close() error {
	err := o.input.close()
	o.rows.reset()
	o.spare.reset()
	o.sorted = keySorter{}
	o.bound = nil
	o.runs.close()
	o.memory.release()
	return err
}
