package exec

import (
	"context"
	"io"

	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// distinct drops rows that came before, as they stream by.
type distinct struct {
	input  operator
	keyer  *keyer
	keys   *keyTable
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
	return &distinct{input: input, keyer: k, memory: r.reservation("DISTINCT")}, nil
}

func (d *distinct) open(ctx context.Context) error {
	d.keys = newKeyTable(d.keyer.ints)
	return d.input.open(ctx)
}

func (d *distinct) next(ctx context.Context, out *tuple.Batch) error {
	for {
		if err := d.input.next(ctx, out); err != nil {
			return err
		}
		if err := d.keyer.read(out); err != nil {
			return err
		}
		stride, kept := out.Layout.Stride(), 0
		for i := range out.Len() {
			_, fresh, err := d.keys.insert(d.keyer, i)
			if err != nil {
				return err
			}
			if fresh {
				kept = keepRow(out, stride, kept, i)
			}
		}
		out.Truncate(kept)
		if err := d.memory.hold(d.keys.bytes()); err != nil || kept > 0 {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

func (d *distinct) close() error {
	err := d.input.close()
	d.keys = nil
	d.memory.release()
	return err
}

// setOp is INTERSECT or EXCEPT: it counts the rows of the right side, and
// streams the left one along.
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
}

// spent is the count of a key of which no further row comes out.
const spent = -1

func (r *run) setOp(n *plan.SetOp, s *scope) (operator, error) {
	o := &setOp{except: n.Except, all: n.All, in: tuple.NewBatch(n.Right.Layout()), memory: r.reservation("INTERSECT")}
	if n.Except {
		o.memory.name = "EXCEPT"
	}
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
	o.keys, o.counts, o.loaded = newKeyTable(o.rightKeys.ints), nil, false
	if err := o.left.open(ctx); err != nil {
		return err
	}
	return o.right.open(ctx)
}

func (o *setOp) next(ctx context.Context, out *tuple.Batch) error {
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
		if err := o.left.next(ctx, out); err != nil {
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
		if err, failed := o.left.failed(); failed {
			return err
		}
		err := o.right.next(ctx, o.in)
		if err == io.EOF {
			return o.right.close()
		}
		if err == nil {
			err = o.rightKeys.read(o.in)
		}
		if err != nil {
			return err
		}
		for i := range o.in.Len() {
			id, fresh, err := o.keys.insert(o.rightKeys, i)
			if err != nil {
				return err
			}
			if fresh {
				o.counts = append(o.counts, 0)
			}
			o.counts[id]++
		}
		if err := o.hold(); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

func (o *setOp) hold() error { return o.memory.hold(o.keys.bytes() + 8*int64(cap(o.counts))) }

// keep drops the rows of a left batch that do not come out.
func (o *setOp) keep(b *tuple.Batch) error {
	if err := o.leftKeys.read(b); err != nil {
		return err
	}
	stride, kept := b.Layout.Stride(), 0
	for i := range b.Len() {
		ok, err := o.passes(i)
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

func (o *setOp) passes(i int) (bool, error) {
	if o.except && !o.all { // a row that came out counts as one that must not come again
		_, fresh, err := o.keys.insert(o.leftKeys, i)
		return fresh, err
	}
	id := o.keys.find(o.leftKeys, i)
	if id == none || o.counts[id] <= 0 {
		return o.except, nil
	}
	if o.all {
		o.counts[id]--
	} else {
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
	o.memory.release()
	return err
}

// union gives the rows of one input after the other. An input is opened when
// the one before it has ended: a limit above may never need it.
type union struct {
	inputs  []operator
	layouts []*tuple.Layout
	at      int
	opened  bool // the input at is
}

func (r *run) union(n *plan.Union, s *scope) (operator, error) {
	u := &union{}
	for _, c := range n.Children {
		op, err := r.build(c, s)
		if err != nil {
			return nil, err
		}
		u.inputs, u.layouts = append(u.inputs, op), append(u.layouts, c.Layout())
	}
	return u, nil
}

func (u *union) open(ctx context.Context) error {
	u.at, u.opened = 0, true
	return u.inputs[0].open(ctx)
}

func (u *union) next(ctx context.Context, out *tuple.Batch) error {
	own := out.Layout
	for u.at < len(u.inputs) {
		op := u.inputs[u.at]
		if !u.opened {
			u.opened = true
			if err := op.open(ctx); err != nil {
				return err
			}
		}
		out.Layout = u.layouts[u.at]
		err := op.next(ctx, out)
		out.Layout = own
		if err != io.EOF {
			return err
		}
		if err := op.close(); err != nil {
			return err
		}
		u.at, u.opened = u.at+1, false
	}
	return io.EOF
}

func (u *union) close() (err error) {
	if u.opened && u.at < len(u.inputs) {
		err = u.inputs[u.at].close()
	}
	u.opened = false
	return err
}
