package exec

import (
	"context"
	"fmt"
	"io"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// round is what the step of a recursion reads: the rows of the round before.
type round struct{ rows *spool }

// recursive gives the rows of its seed and of round after round of its step, as
// they come: a limit above it ends a recursion that has no end.
type recursive struct {
	node       *plan.Recursive
	seed, step operator
	layouts    [2]*tuple.Layout // of seed and step
	round      *round           // what step reads
	fresh      *spool           // what the next round will read
	keyer      *keyer           // of UNION without ALL; nil else
	keys       *keyTable
	memory     reservation

	rounds  int64
	running operator // seed, or step; nil between two rounds
}

func (r *run) recursive(n *plan.Recursive, s *scope) (operator, error) {
	o := &recursive{node: n, layouts: [2]*tuple.Layout{n.Seed.Layout(), n.Step.Layout()}, memory: r.reservation("WITH RECURSIVE " + n.Table.Name)}
	o.round = &round{rows: r.spool(n.Layout(), "WITH RECURSIVE "+n.Table.Name, r.counters(n))}
	o.fresh = r.spool(n.Layout(), "WITH RECURSIVE "+n.Table.Name, r.counters(n))
	r.works[n.Table] = o.round
	var err error
	if o.seed, err = r.build(n.Seed, s); err != nil {
		return nil, err
	}
	if o.step, err = r.build(n.Step, s); err != nil {
		return nil, err
	}
	if n.Distinct {
		o.keyer, err = r.rowKeyer(n.Layout())
	}
	return o, err
}

func (o *recursive) open(ctx context.Context) error {
	o.rounds, o.running = 0, o.seed
	if o.keyer != nil {
		o.keys = newKeyTable(o.keyer.ints)
	}
	return o.seed.open(ctx)
}

func (o *recursive) next(ctx context.Context, out *tuple.Batch) error {
	for {
		err := o.pull(ctx, out)
		if err == io.EOF {
			if err := o.turn(ctx); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		if err := o.unseen(out); err != nil {
			return err
		}
		if out.Len() > 0 {
			return o.fresh.addBatch(out)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// pull gives the next rows of the seed or of the round, under its own layout:
// they differ from what comes out in facets alone.
func (o *recursive) pull(ctx context.Context, out *tuple.Batch) error {
	own := out.Layout
	out.Layout = o.layouts[0]
	if o.running != o.seed {
		out.Layout = o.layouts[1]
	}
	err := o.running.next(ctx, out)
	out.Layout = own
	return err
}

// turn begins the next round, or ends the recursion.
func (o *recursive) turn(ctx context.Context) error {
	if err := o.running.close(); err != nil {
		return err
	}
	o.running = nil
	if o.fresh.len() == 0 {
		return io.EOF
	}
	if o.rounds++; o.node.Most > 0 && o.rounds > o.node.Most {
		return &providers.Error{State: "54001", Message: fmt.Sprintf(
			"WITH RECURSIVE %s has not ended after %d rounds; limit what reads it, or raise MaxRecursion", o.node.Table.Name, o.node.Most)}
	}
	o.round.rows, o.fresh = o.fresh, o.round.rows
	o.fresh.empty()
	if err := ctx.Err(); err != nil {
		return err
	}
	o.running = o.step
	return o.step.open(ctx)
}

// unseen drops the rows that came before.
func (o *recursive) unseen(b *tuple.Batch) error {
	if o.keyer == nil {
		return nil
	}
	if err := o.keyer.read(b); err != nil {
		return err
	}
	stride, kept := b.Layout.Stride(), 0
	for i := range b.Len() {
		_, fresh, err := o.keys.insert(o.keyer, i)
		if err != nil {
			return err
		}
		if fresh {
			kept = keepRow(b, stride, kept, i)
		}
	}
	b.Truncate(kept)
	return o.memory.hold(o.keys.bytes())
}

func (o *recursive) close() error {
	var err error
	if o.running != nil {
		err = o.running.close()
		o.running = nil
	}
	o.round.rows.close()
	o.fresh.close()
	o.keys = nil
	o.memory.release()
	return err
}

// work reads the round before.
type work struct {
	of     *round
	reader spoolReader
}

func (r *run) work(n *plan.Work) (operator, error) {
	of := r.works[n.Table]
	if of == nil {
		return nil, fmt.Errorf("exec: %s is read outside its recursion", n.Table.Name)
	}
	return &work{of: of}, nil
}

func (w *work) open(context.Context) error {
	w.reader = spoolReader{s: w.of.rows}
	return nil
}

func (w *work) next(ctx context.Context, out *tuple.Batch) error { return w.reader.next(ctx, out) }

func (w *work) close() error { return nil }
