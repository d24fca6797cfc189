package exec

import (
	"context"
	"io"
	"slices"

	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// What an aggregate collects, a list or a set of values, grows with the rows of a
// group: the groups that are there may outgrow the memory too. So their rows are
// kept beside them. When the memory ends, the groups are forgotten, and the rows
// divided by their keys and grouped a part at a time. A group that does not fit
// alone is computed a call at a time, over its rows in the order of the call.

// keptRows are the rows of an input so far: in memory, or in a file once that is
// short.
type keptRows struct {
	store *store
	file  *stream
}

func (k *keptRows) add(b *tuple.Batch) error {
	if k.file == nil {
		if k.store == nil {
			k.store = newStore(b.Layout)
		}
		return k.store.addBatch(b)
	}
	for i := range b.Len() {
		if err := k.file.add(b.Row(i)); err != nil {
			return err
		}
	}
	return nil
}

// write puts the rows into a file.
func (k *keptRows) write(to *spill) error {
	rows := k.store
	k.store, k.file = nil, to.stream(rows.layout)
	for _, b := range rows.chunks {
		if err := k.add(b); err != nil {
			return err
		}
	}
	return nil
}

func (k *keptRows) bytes() int64 {
	switch {
	case k.file != nil:
		return k.file.bytes() + k.file.spill.bytes()
	case k.store != nil:
		return k.store.bytes()
	}
	return 0
}

func (k *keptRows) reset() { *k = keptRows{} }

// holdCollected makes sure of the memory for the groups, or divides their rows.
func (a *aggregate) holdCollected(ctx context.Context) error {
	if a.memory.budget.Limit() == 0 {
		return ctx.Err()
	}
	first := a.passes.rows == nil
	if first {
		if err := a.kept.add(a.in); err != nil {
			return err
		}
	}
	if a.memory.fits(a.bytes() + a.growth() + a.kept.bytes()) {
		return ctx.Err()
	}
	if !first {
		if a.bytes() <= reserveStep { // what is small is not worth a file
			a.memory.take(a.bytes())
			return ctx.Err()
		}
		return a.regroup(ctx, a.passes.rows)
	}
	if a.kept.file == nil { // the groups may fit without the rows
		if err := a.kept.write(a.spill); err != nil {
			return err
		}
		need := a.bytes() + a.kept.bytes()
		a.memory.shrink(need)
		if a.memory.fits(need + a.growth()) {
			return ctx.Err()
		}
	}
	rows := a.kept.file
	a.kept.reset()
	return a.regroup(ctx, rows)
}

// regroup forgets the groups and divides the rows that they are of. Those that
// come after them in a first pass go the same way.
func (a *aggregate) regroup(ctx context.Context, rows *stream) error {
	// One group, among the rows of a part, is likely to have most of them.
	sole := a.passes.rows != nil && (a.count == 1 || a.passes.level >= mostLevels)
	keys := a.keys
	if err := a.forget(); err != nil {
		return err
	}
	a.passes.fill(a.spill, a.in.Layout)
	if a.keyer == nil { // all are of one group, and so is what comes
		a.passes.alone = rows
		return ctx.Err()
	}
	if err := rows.finish(); err != nil {
		return err
	}
	if sole {
		a.keys, a.passes.alone = keys, a.spill.stream(a.in.Layout)
	}
	if a.passes.rows != nil {
		a.passes.source = noRows{} // the part is read from its beginning here
	}
	for source := (&streamReader{s: rows}); ; {
		err := source.next(ctx, a.in)
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = a.divide(ctx)
		}
		if err != nil {
			return err
		}
	}
}

// divide spills the rows of a batch: those of the first key alone, if it is known
// not to fit, and others by their hash.
func (a *aggregate) divide(ctx context.Context) error {
	p := &a.passes
	if a.keyer != nil {
		if err := a.keyer.read(a.in); err != nil {
			return err
		}
	}
	for i := range a.in.Len() {
		var err error
		if p.alone != nil && (a.keyer == nil || a.keys.find(a.keyer, i) == 0) {
			err = p.alone.add(a.in.Row(i))
		} else {
			err = p.spilled.add(a.keyer.hashes[i], a.in.Row(i))
		}
		if err != nil {
			return err
		}
	}
	held := a.bytes() + p.spilled.bytes()
	if p.alone != nil {
		held += p.alone.bytes()
	}
	a.memory.take(held)
	return ctx.Err()
}

// loadSole computes one group.
func (a *aggregate) loadSole(ctx context.Context) error {
	a.results = slices.Clone(a.states)
	orders := make([]*expr.InOrder, len(a.states))
	for i, c := range a.node.Calls {
		if o, ok := c.InOrder(); ok {
			orders[i] = o
		}
	}
	if err := a.loadPlain(ctx, orders); err != nil {
		return err
	}
	for i, o := range orders {
		if o == nil {
			continue
		}
		st, err := a.inOrder(ctx, o)
		if err != nil {
			return err
		}
		a.results[i] = st
	}
	return nil
}

// loadPlain makes the group and computes the calls that take the rows as they
// come.
func (a *aggregate) loadPlain(ctx context.Context, orders []*expr.InOrder) error {
	if a.keyer == nil {
		a.grow(1)
	}
	for {
		err := a.passes.source.next(ctx, a.in)
		if err == io.EOF {
			return nil
		}
		if err == nil && a.count == 0 {
			err = a.group()
		}
		if err != nil {
			return err
		}
		a.ids = slices.Grow(a.ids[:0], a.in.Len())[:a.in.Len()]
		clear(a.ids)
		for i, st := range a.states {
			if orders[i] == nil {
				expr.AddBatch(st, a.ids, a.in, a.frame)
			}
		}
		if a.frame.Err != nil {
			return a.frame.Err
		}
		if err := a.holdGroup(); err != nil {
			return err
		}
	}
}

// inOrder computes a call over the rows of the group in order.
func (a *aggregate) inOrder(ctx context.Context, o *expr.InOrder) (expr.States, error) {
	in, err := a.run.groupRows(a.passes.rows, o, a.in.Layout, a.scope)
	if err != nil {
		return nil, err
	}
	keys, values := make([]plan.SortKey, len(o.Terms)), make([]expr.Node, len(o.Terms))
	for i, t := range o.Terms {
		keys[i], values[i] = plan.SortKey{Expr: t.X, Desc: t.Desc, NullsFirst: t.NullsFirst}, t.X
	}
	sorted, err := a.run.sorter(in, a.in.Layout, keys, a.scope, a.run.spill(a.memory.name, a.spill.counters))
	if err != nil {
		return nil, err
	}
	defer sorted.close() // of a group's rows, which closes without an error
	if err := sorted.open(ctx); err != nil {
		return nil, err
	}
	var once *rowKey
	if o.Once {
		if once, err = a.run.rowKey(values, a.in.Layout, a.scope); err != nil {
			return nil, err
		}
	}
	return a.addInOrder(ctx, o, sorted, in, once)
}

// addInOrder adds sorted rows to the states of one group. Given once, equal rows
// count once.
func (a *aggregate) addInOrder(ctx context.Context, o *expr.InOrder, sorted *sorter, in *groupRows, once *rowKey) (expr.States, error) {
	var st expr.States
	base := a.bytes()
	for first := true; ; {
		err := sorted.next(ctx, a.in)
		if st == nil && (err == nil || err == io.EOF) { // now all rows are counted
			var compiling error
			if st, compiling = o.Compile(a.in.Layout, in.counted); compiling != nil {
				return nil, compiling
			}
			st.Grow(1)
		}
		if err == io.EOF {
			return st, nil
		}
		if err != nil {
			return nil, err
		}
		for i := range a.in.Len() {
			if once != nil {
				moved, err := once.moved(a.in.Row(i))
				if err != nil {
					return nil, err
				}
				if !moved && !first {
					continue
				}
			}
			first = false
			move(a.frame, a.in.Row(i))
			st.Add(0, a.frame)
		}
		if a.frame.Err != nil {
			return nil, a.frame.Err
		}
		if need := base + int64(st.Bytes()); need > reserveStep {
			if err := a.memory.hold(need); err != nil {
				return nil, err
			}
		}
	}
}

// groupRows is the input of a sort: the rows of a group that count for a call.
type groupRows struct {
	rows    *stream
	reader  streamReader
	frame   *expr.Frame
	filter  func(*expr.Frame) (bool, error) // nil for all
	count   func(*expr.Frame) (bool, error)
	counted int64 // rows that passed count
}

func (r *run) groupRows(rows *stream, o *expr.InOrder, l *tuple.Layout, s *scope) (*groupRows, error) {
	g := &groupRows{rows: rows, frame: r.frame(s)}
	var err error
	if o.Filter != nil {
		if g.filter, err = expr.Predicate(o.Filter, l); err != nil {
			return nil, err
		}
	}
	if o.Counted != nil {
		g.count, err = expr.Predicate(o.Counted, l)
	}
	return g, err
}

func (g *groupRows) open(context.Context) error {
	g.reader, g.counted = streamReader{s: g.rows}, 0
	return nil
}

func (g *groupRows) next(ctx context.Context, out *tuple.Batch) error {
	for {
		if err := g.reader.next(ctx, out); err != nil {
			return err
		}
		if g.filter != nil {
			if err := keep(g.frame, out, g.filter); err != nil {
				return err
			}
		}
		for i := 0; g.count != nil && i < out.Len(); i++ {
			move(g.frame, out.Row(i))
			ok, err := g.count(g.frame)
			if err != nil {
				return err
			}
			if ok {
				g.counted++
			}
		}
		if out.Len() > 0 {
			return nil
		}
	}
}

func (g *groupRows) close() error { return nil }
