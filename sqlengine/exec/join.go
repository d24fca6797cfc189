package exec

import (
	"context"
	"errors"
	"io"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// join holds one input by its keys and streams the other one along. Without
// keys every built row is a candidate, which is a nested loop.
//
// When the build side does not fit the memory, rows of both sides are spilled by
// the hash of their keys and joined partition by partition. Where that does not
// help, because there are no keys or nearly all rows have the same one, the build
// side is taken a chunk at a time, and the probe side is read anew for each.
type join struct {
	matcher
	outer     *eager // the probe side
	inner     operator
	probeKeys *keyer
	builtKeys *keyer
	memory    reservation
	spill     *spill
	passes    pairedPasses
	chunked   bool    // the build side is taken in chunks
	rereads   *stream // the probe side that is read for each chunk
	ended     bool    // the build side of this part has ended

	in    *tuple.Batch
	state joinState
	at    int // the built row that is next, in joinEnds
}

type joinState uint8

const (
	joinBuilds joinState = iota
	joinProbes
	joinEnds // built rows come out for what the probe rows were to them
	joinDone
)

func (r *run) join(n *plan.Join, s *scope) (operator, error) {
	left, err := r.build(n.Left, s)
	if err != nil {
		return nil, err
	}
	right, err := r.build(n.Right, s)
	if err != nil {
		return nil, err
	}
	return r.joinOf(n, left, right, r.counters(n), s)
}

// joinOf joins two operators as n says.
func (r *run) joinOf(n *plan.Join, leftOp, rightOp operator, c *counters, s *scope) (*join, error) {
	left, right := n.Left.Layout(), n.Right.Layout()
	probe, build, probeKeys, builtKeys := left, right, n.LeftKeys, n.RightKeys
	swap := n.BuildLeft && !n.NullAware
	if swap {
		probe, build, probeKeys, builtKeys = build, probe, builtKeys, probeKeys
		leftOp, rightOp = rightOp, leftOp
	}
	j := &join{outer: newEager(leftOp, probe), inner: rightOp, memory: r.reservation("hash join build side"), in: tuple.NewBatch(build)}
	j.kind, j.nullAware, j.keyed, j.swapped = n.Kind, n.NullAware, len(n.LeftKeys) > 0, swap
	if !j.keyed {
		j.memory.name = "nested loop join"
	}
	j.spill = r.spill(j.memory.name, c)
	var err error
	if j.probeKeys, err = r.keyer(s, probe, probeKeys, n.NullSafe); err != nil {
		return nil, err
	}
	if j.builtKeys, err = r.keyer(s, build, builtKeys, n.NullSafe); err != nil {
		return nil, err
	}
	if err := sameKeys(j.probeKeys, j.builtKeys); err != nil {
		return nil, err
	}
	if j.cond, err = r.joinCond(s, n.Cond, left, right, !swap); err != nil {
		return nil, err
	}
	j.setLayouts(left, right, n.Layout(), !swap)
	if j.keepsRows() {
		j.built.rows = newStore(build)
	}
	j.built.reset(j.builtKeys.ints)
	return j, nil
}

func (j *join) open(ctx context.Context) error {
	j.state, j.at = joinBuilds, 0
	j.chunked, j.ended, j.rereads, j.marks = false, false, nil, nil
	j.passes.begin(j.outer, j.inner)
	j.passes.unmatched = j.keepsBuilt()
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
			if j.endsWithBuilt() {
				j.seen = make([]uint64, (j.built.rows.rows+63)/64)
			}
			if j.built.count == 0 && j.needsBuilt() || j.noneIsOut() {
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
			if j.endsWithBuilt() {
				if err := j.emitBuilt(out); err != nil || out.Len() > 0 {
					return err
				}
			}
			if err := j.advance(); err != nil {
				return err
			}
		case joinDone:
			return io.EOF
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// advance goes on with the next chunk of the build side, or the next part of
// what is spilled.
func (j *join) advance() error {
	if j.ended {
		more, err := j.passes.advance()
		if err != nil {
			return err
		}
		if !more {
			j.state = joinDone
			return nil
		}
		j.chunked, j.ended, j.rereads, j.marks = false, false, nil, nil
	}
	j.built.clear(j.builtKeys.ints)
	j.memory.shrink(j.passes.bytes())
	j.state, j.at = joinBuilds, 0
	return nil
}

// build reads the side that is held, or the next chunk of it.
func (j *join) build(ctx context.Context) error {
	for full := false; !full; {
		if err := j.probeFailed(); err != nil {
			return err
		}
		err := j.passes.build.next(ctx, j.in)
		if err == io.EOF {
			j.ended = true
			break
		}
		if err == nil {
			full, err = j.keep(ctx)
		}
		if err != nil {
			return j.buildFailed(ctx, err)
		}
		// A row is all that there must be, or one NULL decides.
		if !j.keyed && j.built.rows == nil || j.noneIsOut() {
			j.ended = true
			break
		}
	}
	if j.chunked {
		if err := j.reread(ctx); err != nil {
			return err
		}
	}
	keys := j.built.keys
	if places, least := keys.spread(); places > 0 && j.memory.fits(j.built.bytes()+4*int64(places)) {
		keys.index(places, least)
	}
	if !j.ended || !j.passes.first() {
		return nil
	}
	return j.inner.close()
}

// needsBuilt reports that nothing comes out without built rows.
func (j *join) needsBuilt() bool {
	return j.kind == plan.Inner || j.kind == plan.Semi || j.swapped && j.kind != plan.Full
}

// probeFailed returns what the probe side has ended in, if that decides. Without a
// probe row the rest of the build side is not needed. An error waits for a build
// row where there is no result without one: whether it is raised must not depend
// on which side was faster.
func (j *join) probeFailed() error {
	if !j.passes.first() || j.chunked {
		return nil
	}
	err, failed := j.outer.failed()
	switch {
	case !failed, err == io.EOF && j.keepsBuilt(), err != io.EOF && j.needsBuilt() && j.built.count == 0:
		return nil
	}
	return err
}

// buildFailed is the end of a join whose build side failed. The error of an
// expression there counts if there is a probe row, or none is needed.
func (j *join) buildFailed(ctx context.Context, err error) error {
	var ofProvider *providers.Error
	if !j.passes.first() || j.chunked || j.keepsBuilt() || errors.As(err, &ofProvider) || ctx.Err() != nil {
		return err
	}
	if j.outer.empty(ctx) {
		return io.EOF
	}
	return err
}

// noneIsOut reports that no row is NOT IN the built rows, since they have a NULL.
func (j *join) noneIsOut() bool {
	return j.kind == plan.Anti && j.nullAware && j.cond == nil && j.built.null
}

// keep takes one batch into the built rows. It reports whether they are all
// that the memory takes at a time.
func (j *join) keep(ctx context.Context) (full bool, err error) {
	b := &j.built
	if j.keyed {
		if err := j.builtKeys.read(j.in); err != nil {
			return false, err
		}
	}
	for i := range j.in.Len() {
		id := none
		if j.keyed && j.builtKeys.states[i] == nullKey {
			b.null = true
			switch {
			case b.rows != nil && (j.nullAware || j.keepsBuilt()):
				if j.passes.full {
					b.count++
					if err := j.passes.spilled.add(0, j.in.Row(i)); err != nil {
						return false, err
					}
					continue
				}
				b.nulls = append(b.nulls, uint32(b.rows.rows))
			default:
				b.count++
				continue
			}
		} else if j.passes.full {
			b.count++
			if b.keys.find(j.builtKeys, i) == none {
				if err := j.passes.spilled.add(j.builtKeys.hashes[i], j.in.Row(i)); err != nil {
					return false, err
				}
			}
			continue
		} else if j.keyed {
			if id, _, err = b.keys.insert(j.builtKeys, i); err != nil {
				return false, err
			}
		}
		if err := b.add(j.in.Row(i), id); err != nil {
			return false, err
		}
	}
	if full, err = j.hold(); err != nil {
		return full, err
	}
	return full, ctx.Err()
}

// hold makes sure of the memory, or gets along with what there is. It reports
// whether the built rows are to be joined before others are read.
func (j *join) hold() (full bool, err error) {
	b := &j.built
	need := b.bytes()
	if j.passes.full {
		j.memory.take(need + j.passes.bytes())
		return false, nil
	}
	if j.memory.fits(need + b.keys.growth(tuple.TargetRows) + j.marks.bytes()) {
		return false, nil
	}
	if j.spill.off {
		return false, j.memory.hold(need)
	}
	if !j.partitions() {
		j.memory.take(need + j.marks.bytes())
		j.chunked = true
		return true, nil
	}
	j.passes.fill(j.spill, j.in.Layout, j.probe.Layout)
	if b.rows == nil { // the keys that are here stay
		j.memory.take(need)
		return false, nil
	}
	err = b.spill(j.passes.spilled)
	b.clear(j.builtKeys.ints)
	j.memory.shrink(j.passes.bytes())
	j.memory.take(j.passes.bytes())
	return false, err
}

// partitions reports whether dividing the rows by their keys makes them fewer.
// It cannot where a row with the key NULL must meet every other one.
func (j *join) partitions() bool {
	switch {
	case j.chunked, !j.keyed, j.nullAware && j.cond != nil:
		return false
	case j.built.rows == nil:
		return true
	}
	return j.passes.level < mostLevels && !j.passes.stuck
}

// reread starts the probe side anew, for a chunk of the build side.
func (j *join) reread(ctx context.Context) error {
	if j.marks == nil {
		switch from := j.passes.probe.(type) {
		case *streamReader:
			j.rereads = from.s
		default:
			j.rereads = j.spill.stream(j.probe.Layout)
			if err := j.rereads.addAll(ctx, from, j.probe); err != nil {
				return err
			}
		}
		j.marks = newProbeMarks(j.rereads.rows, j.nullAware)
	}
	j.passes.probe = &streamReader{s: j.rereads}
	j.marks.base, j.marks.last, j.taken = 0, j.ended, 0
	j.probe.Reset()
	j.begin()
	return nil
}

// more makes sure that there is a probe row.
func (j *join) more(ctx context.Context) error {
	if j.busy() {
		return nil
	}
	if j.marks != nil {
		j.marks.base += int64(j.taken)
	}
	if err := j.passes.probe.next(ctx, j.probe); err != nil {
		return err
	}
	j.taken = j.probe.Len()
	j.begin()
	if !j.keyed {
		return nil
	}
	if err := j.probeKeys.read(j.probe); err != nil {
		return err
	}
	j.ids = j.built.keys.findAll(j.probeKeys, j.ids[:0])
	if j.passes.full {
		return j.postpone()
	}
	return nil
}

// postpone spills the probe rows that may match built rows which are spilled.
func (j *join) postpone() error {
	stride, kept := j.probe.Layout.Stride(), 0
	for i, id := range j.ids {
		if hash := j.probeKeys.hashes[i]; id == none && j.passes.spilled.has(hash) {
			if err := j.passes.probeSpilled.add(hash, j.probe.Row(i)); err != nil {
				return err
			}
			continue
		}
		j.ids[kept] = id
		kept = keepRow(j.probe, stride, kept, i)
	}
	j.probe.Truncate(kept)
	j.memory.take(j.built.bytes() + j.passes.bytes())
	return nil
}

// emitBuilt gives the built rows: those that had a match, those that had none, or
// all with the answer.
func (j *join) emitBuilt(out *tuple.Batch) error {
	out.Reset()
	for ; j.at < j.built.rows.rows && out.Len() < tuple.TargetRows; j.at++ {
		seen := j.seen[j.at>>6]>>(j.at&63)&1 != 0
		if seen != (j.kind == plan.Semi) && j.kind != plan.Mark {
			continue
		}
		dst := extend(out, 1)
		if j.emitsPairs() {
			j.probePart.putNulls(dst)
		}
		if j.kind == plan.Mark {
			j.putMark(dst, truthOfBit(seen))
		}
		if err := j.builtPart.put(out, dst, j.built.rows.row(uint32(j.at))); err != nil {
			return err
		}
	}
	return nil
}

func truthOfBit(b bool) truth {
	if b {
		return isTrue
	}
	return isFalse
}

func (j *join) close() error {
	err := j.outer.close()
	if e := j.inner.close(); err == nil {
		err = e
	}
	j.built.reset(j.builtKeys.ints)
	j.seen, j.marks, j.rereads = nil, nil, nil
	j.passes = pairedPasses{}
	j.spill.close()
	j.memory.release()
	return err
}
