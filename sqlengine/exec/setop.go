package exec

import (
	"context"
	"io"

	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// distinct drops rows that came before, as they stream by. When the memory
// takes no more rows, those that are not among them are spilled, and are done
// with after the others.
type distinct struct {
	input  operator
	keyer  *keyer
	keys   *keyTable
	passes passes
	spill  *spill
	memory reservation
}

func (r *run) distinct(n *plan.Distinct, s *scope) (operator, error) {
	input, err := r.build(n.Input, s)
	if err != nil {
		return nil, err
	}
	k, err := r.rowKeyer(n.Layout())
	if err != nil {
		return nil, err
	}
	return &distinct{input: input, keyer: k, spill: r.spill("DISTINCT", r.counters(n)), memory: r.reservation("DISTINCT")}, nil
}

func (d *distinct) open(ctx context.Context) error {
	d.keys = newKeyTable(d.keyer.ints)
	d.passes.begin(d.input)
	return d.input.open(ctx)
}

func (d *distinct) next(ctx context.Context, out *tuple.Batch) error {
	for {
		err := d.passes.source.next(ctx, out)
		if err == io.EOF {
			more, err := d.passes.advance()
			if err != nil {
				return err
			}
			if !more {
				return io.EOF
			}
			d.keys = newKeyTable(d.keyer.ints)
			d.memory.shrink(0)
			continue
		}
		if err == nil {
			err = d.keep(out)
		}
		if err != nil || out.Len() > 0 {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// keep drops the rows of a batch that came before or are spilled.
func (d *distinct) keep(b *tuple.Batch) error {
	if err := d.keyer.read(b); err != nil {
		return err
	}
	if d.passes.full {
		return d.spillNew(b)
	}
	stride, kept := b.Layout.Stride(), 0
	for i := range b.Len() {
		_, fresh, err := d.keys.insert(d.keyer, i)
		if err != nil {
			return err
		}
		if fresh {
			kept = keepRow(b, stride, kept, i)
		}
	}
	b.Truncate(kept)
	if d.memory.fits(d.keys.bytes() + d.keys.growth(tuple.TargetRows)) {
		return nil
	}
	if d.spill.off {
		return d.memory.hold(d.keys.bytes())
	}
	d.passes.fill(d.spill, b.Layout)
	return nil
}

func (d *distinct) spillNew(b *tuple.Batch) error {
	for i := range b.Len() {
		if d.keys.find(d.keyer, i) == none {
			if err := d.passes.spilled.add(d.keyer.hashes[i], b.Row(i)); err != nil {
				return err
			}
		}
	}
	b.Reset()
	d.memory.take(d.keys.bytes() + d.passes.spilled.bytes())
	return nil
}

func (d *distinct) close() error {
	err := d.input.close()
	d.keys = nil
	d.passes = passes{}
	d.spill.close()
	d.memory.release()
	return err
}

// setOp is INTERSECT or EXCEPT: it counts the rows of the right side, and
// streams the left one along. When the memory takes no more rows, those of both
// sides that are not among them are spilled, and are compared after the others.
type setOp struct {
	except, all bool
	left        *eager
	right       operator
	leftKeys    *keyer
	rightKeys   *keyer
	in          *tuple.Batch
	keys        *keyTable
	// counts are, by key, the rows of the right side that are left to pair
	// with. Without ALL a key is spent with its first row: spent.
	counts []int64
	loaded bool
	memory reservation
	spill  *spill
	pairs  pairedPasses
}

// spent is the count of a key of which no further row comes out.
const spent = -1

func (r *run) setOp(n *plan.SetOp, s *scope) (operator, error) {
	o := &setOp{except: n.Except, all: n.All, in: tuple.NewBatch(n.Right.Layout()), memory: r.reservation("INTERSECT")}
	if n.Except {
		o.memory.name = "EXCEPT"
	}
	o.spill = r.spill(o.memory.name, r.counters(n))
	left, err := r.build(n.Left, s)
	if err != nil {
		return nil, err
	}
	o.left = newEager(left, n.Left.Layout())
	if o.right, err = r.build(n.Right, s); err != nil {
		return nil, err
	}
	if o.leftKeys, err = r.rowKeyer(n.Left.Layout()); err != nil {
		return nil, err
	}
	if o.rightKeys, err = r.rowKeyer(n.Right.Layout()); err != nil {
		return nil, err
	}
	return o, sameKeys(o.leftKeys, o.rightKeys)
}

func (o *setOp) open(ctx context.Context) error {
	o.clear()
	o.pairs.begin(o.left, o.right)
	if err := o.left.open(ctx); err != nil {
		return err
	}
	return o.right.open(ctx)
}

func (o *setOp) clear() { o.keys, o.counts, o.loaded = newKeyTable(o.rightKeys.ints), nil, false }

func (o *setOp) next(ctx context.Context, out *tuple.Batch) error {
	for {
		if err := o.more(ctx, out); err != io.EOF {
			return err
		}
		if more, err := o.pairs.advance(); err != nil {
			return err
		} else if !more {
			return io.EOF
		}
		o.clear()
		o.memory.shrink(o.pairs.bytes())
	}
}

// more gives the next rows of a part.
func (o *setOp) more(ctx context.Context, out *tuple.Batch) error {
	if !o.loaded {
		if err := o.load(ctx); err != nil {
			return err
		}
		o.loaded = true
	}
	if o.keys.len() == 0 && !o.except {
		return io.EOF
	}
	for {
		if err := o.pairs.probe.next(ctx, out); err != nil {
			return err
		}
		if err := o.keep(out); err != nil || out.Len() > 0 {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// load counts the rows of the right side.
func (o *setOp) load(ctx context.Context) error {
	for {
		if err, failed := o.left.failed(); failed && o.pairs.first() {
			return err
		}
		err := o.pairs.build.next(ctx, o.in)
		if err == io.EOF {
			return o.right.close()
		}
		if err == nil {
			err = o.rightKeys.read(o.in)
		}
		if err == nil {
			err = o.count()
		}
		if err == nil {
			err = o.hold()
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
	}
}

// count counts the rows of a right batch, and spills those of keys for which
// there is no memory.
func (o *setOp) count() error {
	for i := range o.in.Len() {
		if o.pairs.full && o.keys.find(o.rightKeys, i) == none {
			if err := o.pairs.spilled.add(o.rightKeys.hashes[i], o.in.Row(i)); err != nil {
				return err
			}
			continue
		}
		id, fresh, err := o.keys.insert(o.rightKeys, i)
		if err != nil {
			return err
		}
		if fresh {
			o.counts = append(o.counts, 0)
		}
		o.counts[id]++
	}
	return nil
}

// hold makes sure of the memory, or that no more keys come.
func (o *setOp) hold() error {
	need := o.keys.bytes() + 8*int64(cap(o.counts))
	if o.pairs.full {
		o.memory.take(need + o.pairs.bytes())
		return nil
	}
	if o.memory.fits(need + o.keys.growth(tuple.TargetRows)) {
		return nil
	}
	if o.spill.off {
		return o.memory.hold(need)
	}
	o.memory.take(need)
	o.pairs.fill(o.spill, o.in.Layout, o.leftKeys.layout)
	return nil
}

// keep drops the rows of a left batch that do not come out, or not yet.
func (o *setOp) keep(b *tuple.Batch) error {
	if err := o.leftKeys.read(b); err != nil {
		return err
	}
	stride, kept := b.Layout.Stride(), 0
	for i := range b.Len() {
		ok, err := o.passes(b, i)
		if err != nil {
			return err
		}
		if ok {
			kept = keepRow(b, stride, kept, i)
		}
	}
	b.Truncate(kept)
	return o.hold()
}

func (o *setOp) passes(b *tuple.Batch, i int) (bool, error) {
	id := o.keys.find(o.leftKeys, i)
	switch {
	case id == none && o.pairs.full:
		return false, o.pairs.probeSpilled.add(o.leftKeys.hashes[i], b.Row(i))
	case id == none && o.except && !o.all: // a row that came out counts as one that must not come again
		_, _, err := o.keys.insert(o.leftKeys, i)
		return true, err
	case o.except && !o.all:
		return false, nil
	case id == none || o.counts[id] <= 0:
		return o.except, nil
	case o.all:
		o.counts[id]--
	default:
		o.counts[id] = spent
	}
	return !o.except, nil
}

func (o *setOp) close() error {
	err := o.left.close()
	if e := o.right.close(); err == nil {
		err = e
	}
	o.keys, o.counts = nil, nil
	o.pairs = pairedPasses{}
	o.spill.close()
	o.memory.release()
	return err
}

// union gives the rows of one input after the other. The first one goes alone,
// since a limit above may never need another; once more than its first rows are
// wanted, a few inputs load at the same time.
type union struct {
	inputs  []*eager
	layouts []*tuple.Layout
	at      int
	begun   int // inputs that were opened
	ahead   int // how many may be open at once
}

// unionAhead is the most inputs of a union that load at the same time.
const unionAhead = 4

func (r *run) union(n *plan.Union, s *scope) (operator, error) {
	u := &union{}
	for _, c := range n.Children {
		op, err := r.build(c, s)
		if err != nil {
			return nil, err
		}
		u.inputs, u.layouts = append(u.inputs, newEager(op, c.Layout())), append(u.layouts, c.Layout())
	}
	return u, nil
}

func (u *union) open(ctx context.Context) error {
	u.at, u.begun, u.ahead = 0, 0, 1
	return u.begin(ctx)
}

// begin opens inputs as far ahead as they may be.
func (u *union) begin(ctx context.Context) error {
	for u.begun < len(u.inputs) && u.begun < u.at+u.ahead {
		u.begun++
		if err := u.inputs[u.begun-1].open(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (u *union) next(ctx context.Context, out *tuple.Batch) error {
	own := out.Layout
	for u.at < len(u.inputs) {
		if err := u.begin(ctx); err != nil {
			return err
		}
		out.Layout = u.layouts[u.at]
		err := u.inputs[u.at].next(ctx, out)
		out.Layout = own
		u.ahead = unionAhead
		if err != io.EOF {
			return err
		}
		if err := u.inputs[u.at].close(); err != nil {
			return err
		}
		u.at++
	}
	return io.EOF
}

func (u *union) close() (err error) {
	for _, in := range u.inputs[u.at:u.begun] {
		if e := in.close(); err == nil {
			err = e
		}
	}
	u.begun = u.at
	return err
}
