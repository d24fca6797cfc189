package exec

import (
	"context"
	"io"

	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// aggregate groups its input by hash. Groups come out in the order in which
// their first rows came in.
type aggregate struct {
	input   operator
	keyer   *keyer // nil without GROUP BY
	groupBy []*expr.Compiled
	states  []expr.States
	frame   *expr.Frame
	memory  reservation

	in     *tuple.Batch
	keys   *keyTable
	groups *store // the grouping values
	part   part   // where they go in a row
	ids    []uint32
	count  int
	loaded bool
	at     int
}

func (r *run) aggregate(n *plan.Aggregate, s *scope) (operator, error) {
	input, err := r.build(n.Input, s)
	if err != nil {
		return nil, err
	}
	l := n.Input.Layout()
	a := &aggregate{input: input, frame: r.frame(s), memory: r.reservation("GROUP BY"), in: tuple.NewBatch(l)}
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
	for _, c := range n.Calls {
		st, err := c.Compile(l)
		if err != nil {
			return nil, err
		}
		a.states = append(a.states, st)
	}
	return a, nil
}

func (a *aggregate) open(ctx context.Context) error {
	a.loaded, a.at, a.count, a.frame.Err = false, 0, 0, nil
	if a.keyer != nil {
		a.keys = newKeyTable(a.keyer.ints)
	} else {
		a.grow(1)
	}
	return a.input.open(ctx)
}

func (a *aggregate) grow(n int) {
	a.count = n
	for _, st := range a.states {
		st.Grow(n)
	}
}

func (a *aggregate) next(ctx context.Context, out *tuple.Batch) error {
	if !a.loaded {
		if err := a.load(ctx); err != nil {
			return err
		}
		a.loaded = true
	}
	if a.at == a.count {
		return io.EOF
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
		for i, st := range a.states {
			if err := st.Store(a.at, out, row, keys+i); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

func (a *aggregate) load(ctx context.Context) error {
	for {
		err := a.input.next(ctx, a.in)
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
	n := a.in.Len()
	if a.keyer != nil {
		if err := a.group(); err != nil {
			return err
		}
	}
	for i := range n {
		group := 0
		if a.keyer != nil {
			group = int(a.ids[i])
		}
		move(a.frame, a.in.Row(i))
		for _, st := range a.states {
			st.Add(group, a.frame)
		}
	}
	if a.frame.Err != nil {
		return a.frame.Err
	}
	if err := a.memory.hold(a.bytes()); err != nil {
		return err
	}
	return ctx.Err()
}

// group finds the group of each row, and makes those that are new.
func (a *aggregate) group() error {
	if err := a.keyer.read(a.in); err != nil {
		return err
	}
	a.ids = a.ids[:0]
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

func (a *aggregate) bytes() int64 {
	n := a.groups.bytes()
	if a.keys != nil {
		n += a.keys.bytes()
	}
	for _, st := range a.states {
		n += int64(st.Bytes())
	}
	return n
}

func (a *aggregate) close() error {
	err := a.input.close()
	a.keys = nil
	a.groups.reset()
	for _, st := range a.states {
		st.Reset()
	}
	a.memory.release()
	return err
}
