package exec

import (
	"context"
	"io"

	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// join holds one input by its keys and streams the other one along. Without
// keys every built row is a candidate, which is a nested loop.
type join struct {
	matcher
	outer     *eager // the probe side
	inner     operator
	probeKeys *keyer
	builtKeys *keyer
	memory    reservation

	in    *tuple.Batch
	state joinState
	at    int // the built row that is next, at the end of a Full join
}

type joinState uint8

const (
	joinBuilds joinState = iota
	joinProbes
	joinEnds // Full gives the built rows without a match
	joinDone
)

func (r *run) join(n *plan.Join, s *scope) (operator, error) {
	left, right := n.Left.Layout(), n.Right.Layout()
	probe, build, probeKeys, builtKeys := n.Left, n.Right, n.LeftKeys, n.RightKeys
	swap := n.BuildLeft && n.Kind == plan.Inner
	if swap {
		probe, build, probeKeys, builtKeys = build, probe, builtKeys, probeKeys
	}
	j := &join{memory: r.reservation("hash join build side"), in: tuple.NewBatch(build.Layout())}
	j.kind, j.nullAware, j.keyed = n.Kind, n.NullAware, len(n.LeftKeys) > 0
	if !j.keyed {
		j.memory.name = "nested loop join"
	}
	op, err := r.build(probe, s)
	if err != nil {
		return nil, err
	}
	j.outer = newEager(op, probe.Layout())
	if j.inner, err = r.build(build, s); err != nil {
		return nil, err
	}
	if j.probeKeys, err = r.keyer(s, probe.Layout(), probeKeys, n.NullSafe); err != nil {
		return nil, err
	}
	if j.builtKeys, err = r.keyer(s, build.Layout(), builtKeys, n.NullSafe); err != nil {
		return nil, err
	}
	if err := sameKeys(j.probeKeys, j.builtKeys); err != nil {
		return nil, err
	}
	if j.cond, err = r.joinCond(s, n.Cond, left, right, !swap); err != nil {
		return nil, err
	}
	j.setLayouts(left, right, n.Layout(), !swap)
	if j.emitsBuilt() || j.cond != nil {
		j.built.rows = newStore(build.Layout())
	}
	j.built.reset(j.builtKeys.ints)
	return j, nil
}

func (j *join) open(ctx context.Context) error {
	j.state, j.at = joinBuilds, 0
	j.probe.Reset()
	if j.cond != nil {
		j.cond.frame.Err = nil
	}
	if err := j.outer.open(ctx); err != nil {
		return err
	}
	return j.inner.open(ctx)
}

func (j *join) next(ctx context.Context, out *tuple.Batch) error {
	for {
		switch j.state {
		case joinBuilds:
			if err := j.build(ctx); err != nil {
				return err
			}
			j.state = joinProbes
			if j.kind == plan.Full {
				j.seen = make([]uint64, (j.built.count+63)/64)
			}
			if j.built.count == 0 && (j.kind == plan.Inner || j.kind == plan.Semi) || j.noneIsOut() {
				j.state = joinDone
			}
		case joinProbes:
			if err := j.more(ctx); err == io.EOF {
				j.state = joinEnds
				continue
			} else if err != nil {
				return err
			}
			if err := j.emit(ctx, out); err != nil || out.Len() > 0 {
				return err
			}
		case joinEnds:
			if j.kind == plan.Full {
				if err := j.emitUnseen(out); err != nil || out.Len() > 0 {
					return err
				}
			}
			j.state = joinDone
		case joinDone:
			return io.EOF
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// build reads the side that is held.
func (j *join) build(ctx context.Context) error {
	for {
		// No probe row, no result: the rest of this side is not needed.
		if err, failed := j.outer.failed(); failed && (err != io.EOF || j.kind != plan.Full) {
			return err
		}
		err := j.inner.next(ctx, j.in)
		if err == io.EOF {
			break
		}
		if err == nil {
			err = j.keep(ctx)
		}
		if err != nil {
			return err
		}
		// A row is all that there must be, or one NULL decides.
		if !j.keyed && j.built.rows == nil || j.noneIsOut() {
			break
		}
	}
	return j.inner.close()
}

// noneIsOut reports that no row is NOT IN the built rows, since they have a NULL.
func (j *join) noneIsOut() bool {
	return j.kind == plan.Anti && j.nullAware && j.cond == nil && j.built.null
}

// keep takes one batch into the built rows.
func (j *join) keep(ctx context.Context) error {
	b := &j.built
	if j.keyed {
		if err := j.builtKeys.read(j.in); err != nil {
			return err
		}
	}
	for i := range j.in.Len() {
		id := none
		if j.keyed && j.builtKeys.states[i] == nullKey {
			b.null = true
			switch {
			case j.nullAware && b.rows != nil:
				b.nulls = append(b.nulls, uint32(b.rows.rows))
			case j.kind != plan.Full:
				b.count++
				continue
			}
		} else if j.keyed {
			var err error
			if id, _, err = b.keys.insert(j.builtKeys, i); err != nil {
				return err
			}
		}
		if err := b.add(j.in.Row(i), id); err != nil {
			return err
		}
	}
	if err := j.memory.hold(b.bytes()); err != nil {
		return err
	}
	return ctx.Err()
}

// more makes sure that there is a probe row.
func (j *join) more(ctx context.Context) error {
	if j.busy() {
		return nil
	}
	if err := j.outer.next(ctx, j.probe); err != nil {
		return err
	}
	j.begin()
	if !j.keyed {
		return nil
	}
	if err := j.probeKeys.read(j.probe); err != nil {
		return err
	}
	j.ids = j.ids[:0]
	for i, s := range j.probeKeys.states {
		id := nullID
		if s != nullKey {
			id = j.built.keys.find(j.probeKeys, i)
		}
		j.ids = append(j.ids, id)
	}
	return nil
}

// emitUnseen gives the built rows that had no match.
func (j *join) emitUnseen(out *tuple.Batch) error {
	out.Reset()
	for ; j.at < j.built.rows.rows && out.Len() < tuple.TargetRows; j.at++ {
		if j.seen[j.at>>6]>>(j.at&63)&1 != 0 {
			continue
		}
		dst := extend(out, 1)
		j.probePart.putNulls(dst)
		if err := j.builtPart.put(out, dst, j.built.rows.row(uint32(j.at))); err != nil {
			return err
		}
	}
	return nil
}

func (j *join) close() error {
	err := j.outer.close()
	if e := j.inner.close(); err == nil {
		err = e
	}
	j.built.reset(j.builtKeys.ints)
	j.seen = nil
	j.memory.release()
	return err
}
