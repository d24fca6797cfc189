package exec

import (
	"context"
	"io"
	"slices"

	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// aggregate groups its input by hash. Groups come out in the order in which
// their first rows came in. When the memory takes no more groups, the rows of
// others are spilled, and are grouped after those that are there have come out.
// What collects more of a group with each row is in regroup.go.
type aggregate struct {
	run     *run
	node    *plan.Aggregate
	scope   *scope
	input   operator
	keyer   *keyer // nil without GROUP BY
	groupBy []*expr.Compiled
	states  []expr.States
	frame   *expr.Frame
	memory  reservation
	spill   *spill
	passes  passes

	in     *tuple.Batch
	keys   *keyTable
	groups *store // the grouping values
	part   part   // where they go in a row
	ids    []uint32
	count  int
	room   int   // about the groups that the states have room for
	frozen int64 // bytes of the groups when the memory was full
	loaded bool
	at     int

	results  []expr.States // the states, or those of a group that is computed alone
	collects bool          // states grow with the rows of their groups
	kept     keptRows
}

func (r *run) aggregate(n *plan.Aggregate, s *scope) (operator, error) {
	input, err := r.build(n.Input, s)
	if err != nil {
		return nil, err
	}
	l := n.Input.Layout()
	a := &aggregate{run: r, node: n, scope: s, input: input, frame: r.frame(s), memory: r.reservation("GROUP BY"), in: tuple.NewBatch(l)}
	if a.groupBy, err = compileAll(n.GroupBy, l); err != nil {
		return nil, err
	}
	groups := tuple.NewLayout(n.Layout().Types[:len(n.GroupBy)])
	a.groups, a.part = newStore(groups), newPart(groups, n.Layout(), 0)
	if len(n.GroupBy) > 0 {
		equal := make([]bool, len(n.GroupBy))
		for i := range equal {
			equal[i] = true
		}
		if a.keyer, err = r.keyer(s, l, n.GroupBy, equal); err != nil {
			return nil, err
		}
	} else {
		a.memory.name = "aggregates"
	}
	a.spill = r.spill(a.memory.name, r.counters(n))
	a.collects = slices.ContainsFunc(n.Calls, (*expr.Aggregate).Collects)
	return a, a.compile()
}

// compile makes new states, without a group and without memory.
func (a *aggregate) compile() error {
	a.states = make([]expr.States, len(a.node.Calls))
	for i, c := range a.node.Calls {
		st, err := c.Compile(a.in.Layout)
		if err != nil {
			return err
		}
		a.states[i] = st
	}
	return nil
}

func (a *aggregate) open(ctx context.Context) error {
	a.frame.Err = nil
	a.clear()
	if a.keyer == nil {
		a.grow(1)
	}
	a.passes.begin(a.input)
	return a.input.open(ctx)
}

// clear forgets all groups.
func (a *aggregate) clear() {
	a.loaded, a.at, a.count, a.keys = false, 0, 0, nil
	if a.keyer != nil {
		a.keys = newKeyTable(a.keyer.ints)
	}
	a.groups.reset()
	for _, st := range a.states {
		st.Reset()
	}
	a.results = a.states
}

func (a *aggregate) grow(n int) {
	a.count = n
	if n > a.room {
		a.room = max(n, 2*a.room)
	}
	for _, st := range a.states {
		st.Grow(n)
	}
}

func (a *aggregate) next(ctx context.Context, out *tuple.Batch) error {
	for !a.loaded || a.at == a.count {
		if a.loaded {
			if more, err := a.passes.advance(); err != nil {
				return err
			} else if !more {
				return io.EOF
			}
			if err := a.forget(); err != nil {
				return err
			}
		}
		if err := a.load(ctx); err != nil {
			return err
		}
		a.loaded = true
	}
	out.Reset()
	keys := a.part.layout.Columns()
	for ; a.at < a.count && out.Len() < tuple.TargetRows; a.at++ {
		row := out.AddRow()
		if keys > 0 {
			if err := a.part.put(out, row, a.groups.row(uint32(a.at))); err != nil {
				return err
			}
		}
		for i, st := range a.results {
			if err := st.Store(a.at, out, row, keys+i); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// forget forgets all groups and gives their memory back.
func (a *aggregate) forget() error {
	if a.collects { // what they collected is garbage only with the states
		if err := a.compile(); err != nil {
			return err
		}
	}
	a.clear()
	a.memory.shrink(a.bytes())
	return nil
}

func (a *aggregate) load(ctx context.Context) error {
	if a.passes.sole {
		return a.loadSole(ctx)
	}
	for {
		err := a.passes.source.next(ctx, a.in)
		if err == io.EOF {
			return a.input.close()
		}
		if err == nil {
			err = a.take(ctx)
		}
		if err != nil {
			return err
		}
	}
}

// take adds the rows of one batch to their groups.
func (a *aggregate) take(ctx context.Context) error {
	if a.collects && a.passes.full {
		return a.divide(ctx)
	}
	if a.keyer != nil {
		if err := a.group(); err != nil {
			return err
		}
	} else { // all rows are in group 0
		a.ids = slices.Grow(a.ids[:0], a.in.Len())[:a.in.Len()]
		clear(a.ids)
	}
	for _, st := range a.states {
		expr.AddBatch(st, a.ids, a.in, a.frame)
	}
	if a.frame.Err != nil {
		return a.frame.Err
	}
	if a.collects && !a.spill.off {
		return a.holdCollected(ctx)
	}
	if err := a.hold(); err != nil {
		return err
	}
	return ctx.Err()
}

// hold makes sure of the memory, or that no more groups come.
func (a *aggregate) hold() error {
	need := a.bytes()
	if a.passes.full {
		// Groups that are there may still grow, by a longer MAX or a longer list.
		if need > a.frozen+max(a.frozen/4, reserveStep) && !a.memory.fits(need) {
			return a.memory.hold(need)
		}
		a.memory.take(need + a.passes.spilled.bytes())
		return nil
	}
	if a.keyer == nil {
		return a.holdGroup()
	}
	if a.memory.fits(need + a.growth()) {
		return nil
	}
	if a.spill.off {
		return a.memory.hold(need)
	}
	a.memory.take(need)
	a.frozen = need
	a.passes.fill(a.spill, a.in.Layout)
	return nil
}

// holdGroup makes sure of the memory for one group, which needs little or cannot be
// had.
func (a *aggregate) holdGroup() error {
	need := a.bytes()
	if need <= reserveStep {
		a.memory.take(need)
	}
	return a.memory.hold(need)
}

// growth is what another batch of new groups may take at once.
func (a *aggregate) growth() int64 {
	if a.keyer == nil {
		return 0
	}
	n := a.keys.growth(tuple.TargetRows)
	if a.count+tuple.TargetRows > a.room {
		n += a.stateBytes()
	}
	return n
}

// group finds the group of each row, and makes those that are new.
func (a *aggregate) group() error {
	if err := a.keyer.read(a.in); err != nil {
		return err
	}
	a.ids = a.ids[:0]
	if a.passes.full {
		return a.spillNew()
	}
	for i := range a.in.Len() {
		id, fresh, err := a.keys.insert(a.keyer, i)
		if err != nil {
			return err
		}
		a.ids = append(a.ids, id)
		if !fresh {
			continue
		}
		move(a.frame, a.in.Row(i))
		b := a.groups.tail()
		row := b.AddRow()
		a.groups.rows++
		for c, x := range a.groupBy {
			if err := x.Store(a.frame, b, row, c); err != nil {
				return err
			}
		}
	}
	if n := a.keys.len(); n > a.count {
		a.grow(n)
	}
	return nil
}

// spillNew finds the group of each row, and spills those that have none.
func (a *aggregate) spillNew() error {
	for i := range a.in.Len() {
		id := a.keys.find(a.keyer, i)
		if id == none {
			if err := a.passes.spilled.add(a.keyer.hashes[i], a.in.Row(i)); err != nil {
				return err
			}
		}
		a.ids = append(a.ids, id)
	}
	return nil
}

func (a *aggregate) bytes() int64 {
	n := a.groups.bytes() + a.stateBytes()
	if a.keys != nil {
		n += a.keys.bytes()
	}
	return n
}

func (a *aggregate) stateBytes() (n int64) {
	for _, st := range a.states {
		n += int64(st.Bytes())
	}
	return n
}

func (a *aggregate) close() error {
	err := a.input.close()
	a.clear()
	a.keys, a.passes, a.results = nil, passes{}, nil
	a.kept.reset()
	a.spill.close()
	a.memory.release()
	return err
}
