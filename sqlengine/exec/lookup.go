package exec

import (
	"context"
	"io"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// lookupJoin asks the right table for the keys of the left rows, in rounds.
// What a key has matched is kept: a key is asked for once. The first round
// takes the first left batch as it comes and has one request under way, since a
// limit above may need no more; later ones gather more keys and have several.
// With more keys than the switch allows, or with more rows to one round's keys
// than the memory takes, the table is read whole: a hash join goes on from there.
type lookupJoin struct {
	matcher
	run       *run
	node      *plan.LookupJoin
	left      operator
	refs      refColumns // of left rows
	leftKeys  *keyer
	rightKeys *keyer
	filter    func(*expr.Frame) (bool, error)
	frame     *expr.Frame // of the filter
	memory    reservation

	src     *tuple.Batch // the left batch that rounds take rows from
	srcAt   int
	in      *tuple.Batch
	tuples  [][]sqltypes.Value // the keys of the round that are new
	readers []*eager
	want    int  // new keys for which a round pulls another left batch
	ahead   int  // requests under way at once
	ended   bool // the left side is
	forget  bool // what is kept does not fit the memory together with more
	crowded bool // the rows of this round alone do not fit

	hash     *join     // what goes on after the switch
	rest     *restRows // what it reads on the left
	whole    *wholeTable
	switched bool
}

// lookupAhead is the most requests that a lookup join has under way: about
// half of the connections that there are by default.
const lookupAhead = 4

func (r *run) lookupJoin(n *plan.LookupJoin, s *scope) (operator, error) {
	left, right := n.Left.Layout(), n.Full.Layout
	j := &lookupJoin{run: r, node: n, refs: refColumnsOf(left), memory: r.reservation("lookup join"), frame: r.frame(s),
		src: tuple.NewBatch(left), in: tuple.NewBatch(right)}
	j.kind, j.keyed = n.Kind, true
	var err error
	if j.left, err = r.build(n.Left, s); err != nil {
		return nil, err
	}
	if j.leftKeys, err = r.keyer(s, left, n.LeftKeys, nil); err != nil {
		return nil, err
	}
	keys := make([]expr.Node, len(n.KeyPositions))
	for i, p := range n.KeyPositions {
		keys[i] = &expr.Column{Index: p, T: right.Types[p]}
	}
	if j.rightKeys, err = r.keyer(s, right, keys, nil); err != nil {
		return nil, err
	}
	if err := sameKeys(j.leftKeys, j.rightKeys); err != nil {
		return nil, err
	}
	if n.RightFilter != nil {
		if j.filter, err = expr.Predicate(n.RightFilter, right); err != nil {
			return nil, err
		}
	}
	if j.cond, err = r.joinCond(s, n.Cond, left, right, true); err != nil {
		return nil, err
	}
	j.setLayouts(left, right, n.Layout(), true)
	if j.keepsRows() {
		j.built.rows = newStore(right)
	}
	j.built.reset(j.leftKeys.ints)
	return j, j.prepareSwitch(keys, s)
}

// prepareSwitch makes the hash join that goes on when the table is read whole.
func (j *lookupJoin) prepareSwitch(rightKeys []expr.Node, s *scope) (err error) {
	n, r := j.node, j.run
	j.rest = &restRows{j: j}
	j.whole = &wholeTable{scan: scan{node: n, plan: n.Full, run: r}, filter: j.filter, frame: j.frame}
	right := &plan.Scan{Table: n.Table, Request: n.Request, Plan: n.Full, Alias: n.Alias}
	j.hash, err = r.joinOf(plan.NewJoin(plan.Join{Kind: n.Kind, Left: n.Left, Right: right, LeftKeys: n.LeftKeys, RightKeys: rightKeys, Cond: n.Cond}),
		j.rest, j.whole, r.counters(n), s)
	return err
}

func (j *lookupJoin) open(ctx context.Context) error {
	j.probe.Reset()
	j.src.Reset()
	j.srcAt, j.want, j.ahead, j.switched, j.ended, j.frame.Err = 0, 0, 1, false, false, nil
	j.forget, j.crowded = false, false
	j.begin()
	if j.cond != nil {
		j.cond.frame.Err = nil
	}
	return j.left.open(ctx)
}

func (j *lookupJoin) next(ctx context.Context, out *tuple.Batch) error {
	for {
		if !j.switched && !j.busy() {
			if err := j.round(ctx); err != nil {
				return err
			}
		}
		if j.switched {
			return j.hash.next(ctx, out)
		}
		if err := j.emit(ctx, out); err != nil || out.Len() > 0 {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// round brings the next left rows and all that their keys match.
func (j *lookupJoin) round(ctx context.Context) error {
	if j.forget {
		j.built.clear(j.leftKeys.ints)
		j.memory.shrink(0)
		j.forget = false
	}
	j.probe.Reset()
	j.ids, j.tuples = j.ids[:0], j.tuples[:0]
	lo := uint32(j.built.keys.len())
	for {
		if err := j.pull(ctx); err == io.EOF && j.probe.Len() > 0 {
			break
		} else if err != nil {
			return err
		}
		more, err := j.take()
		if err != nil {
			return err
		}
		if j.tooMany() {
			return j.readWhole(ctx)
		}
		if !more {
			break
		}
	}
	if err := j.fetch(ctx, lo); err != nil {
		return err
	}
	if j.crowded {
		return j.readWhole(ctx)
	}
	j.want = min(max(16, 2*j.want), j.maxKeys())
	j.ahead = min(2*j.ahead, lookupAhead)
	j.begin()
	return nil
}

func (j *lookupJoin) maxKeys() int { return max(1, j.node.MaxKeys) }

// pull makes sure that there are left rows to take.
func (j *lookupJoin) pull(ctx context.Context) error {
	if j.srcAt < j.src.Len() {
		return nil
	}
	if j.ended {
		return io.EOF
	}
	j.src.Reset()
	j.srcAt = 0
	if err := j.left.next(ctx, j.src); err != nil {
		j.src.Reset()
		j.ended = err == io.EOF
		return err
	}
	return j.leftKeys.read(j.src)
}

// take moves rows of the left batch into the round, as far as it may have
// their keys. It reports whether the round has room for another batch.
func (j *lookupJoin) take() (more bool, err error) {
	from, n := j.srcAt, j.src.Len()
	for j.srcAt < n && !j.tooMany() {
		id, ok, err := j.number(j.srcAt)
		if err != nil {
			return false, err
		}
		if !ok {
			break
		}
		j.ids = append(j.ids, id)
		j.srcAt++
	}
	if from == 0 && j.srcAt == n && j.probe.Len() == 0 {
		*j.probe, *j.src = *j.src, *j.probe
		j.srcAt = 0
	} else {
		for i := from; i < j.srcAt; i++ {
			if err := j.refs.appendRow(j.probe, j.src.Row(i)); err != nil {
				return false, err
			}
		}
	}
	return len(j.tuples) < j.want && j.probe.Len() < tuple.TargetRows, nil
}

// tooMany reports that reading the whole table is cheaper from here on.
func (j *lookupJoin) tooMany() bool { return j.built.keys.len() > j.node.Switch }

// number returns the number of a left row's key, and notes a new one to be
// asked for; ok is false when the round has no room for that.
func (j *lookupJoin) number(i int) (id uint32, ok bool, err error) {
	k := j.leftKeys
	if k.states[i] == nullKey {
		return nullID, true, nil
	}
	id = j.built.keys.find(k, i)
	if id != none {
		return id, true, nil
	}
	if len(j.tuples) >= j.maxKeys()*j.ahead {
		return none, false, nil
	}
	if id, _, err = j.built.keys.insert(k, i); err != nil {
		return none, false, err
	}
	t := make([]sqltypes.Value, len(k.exprs))
	move(k.frame, j.src.Row(i))
	for c, x := range k.exprs {
		if t[c], err = x.Value(k.frame); err != nil {
			return none, false, err
		}
	}
	j.tuples = append(j.tuples, t)
	return id, true, nil
}

// fetch asks for the round's new keys, whose numbers begin at lo.
func (j *lookupJoin) fetch(ctx context.Context, lo uint32) error {
	most := j.maxKeys()
	started := 0
	for done := 0; done < len(j.tuples); done += most {
		for ; started < len(j.tuples) && len(j.readers) < j.ahead; started += most {
			if err := j.start(ctx, j.tuples[started:min(started+most, len(j.tuples))]); err != nil {
				return err
			}
		}
		first := lo + uint32(done)
		err := j.read(ctx, j.readers[0], lo, func(i int) (uint32, error) {
			// A table may give more rows than it was asked for, and rows of keys
			// that were asked for before: those are here already.
			id := j.built.keys.find(j.rightKeys, i)
			if id < first || id >= first+uint32(most) {
				id = none
			}
			return id, nil
		})
		if err != nil || j.crowded {
			return err
		}
		if err := j.readers[0].close(); err != nil {
			return err
		}
		j.readers = j.readers[1:]
	}
	return nil
}

// start sends one batch of keys.
func (j *lookupJoin) start(ctx context.Context, tuples [][]sqltypes.Value) error {
	keys := providers.KeyBatch{Columns: j.node.Request.Keys.Columns, Tuples: tuples}
	request := *j.node.Request
	request.Keys = &keys
	p, err := j.node.Table.Plan(ctx, &request)
	if err != nil {
		return err
	}
	e := newEager(&scan{node: j.node, plan: p, run: j.run}, p.Layout)
	j.readers = append(j.readers, e)
	return e.open(ctx)
}

// readWhole goes over to a hash join with the whole right table. It begins with
// the left rows of this round, none of which has come out.
func (j *lookupJoin) readWhole(ctx context.Context) error {
	j.switched = true
	for _, e := range j.readers {
		if err := e.close(); err != nil {
			return err
		}
	}
	j.readers, j.tuples = nil, nil
	j.built.reset(j.leftKeys.ints)
	j.memory.shrink(0)
	return j.hash.open(ctx)
}

// read takes in the right rows whose key has a number.
func (j *lookupJoin) read(ctx context.Context, e *eager, lo uint32, number func(int) (uint32, error)) error {
	for {
		err := e.next(ctx, j.in)
		if err == io.EOF {
			return nil
		}
		if err == nil && j.filter != nil {
			err = keep(j.frame, j.in, j.filter)
		}
		if err == nil {
			err = j.rightKeys.read(j.in)
		}
		if err != nil {
			return err
		}
		for i := range j.in.Len() {
			id, err := number(i)
			if err != nil {
				return err
			}
			if id == none {
				continue
			}
			if err := j.built.add(j.in.Row(i), id); err != nil {
				return err
			}
		}
		if err := j.hold(lo); err != nil || j.crowded {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// hold makes sure of the memory, or plans to get along with less: by forgetting
// what the keys of former rounds matched, those below lo, or by the switch.
func (j *lookupJoin) hold(lo uint32) error {
	need := j.built.bytes()
	if j.memory.fits(need) {
		return nil
	}
	if j.hash.spill.off {
		return j.memory.hold(need)
	}
	j.memory.take(need)
	j.forget, j.crowded = true, lo == 0
	return nil
}

func (j *lookupJoin) close() error {
	err := j.left.close()
	if e := j.hash.close(); err == nil {
		err = e
	}
	for _, e := range j.readers {
		if e := e.close(); err == nil {
			err = e
		}
	}
	j.readers, j.tuples = nil, nil
	j.built.reset(j.leftKeys.ints)
	j.memory.release()
	return err
}

// restRows are the left rows of a lookup join that have not come out yet: those
// of the round, those that were pulled, and those that are still to come.
type restRows struct{ j *lookupJoin }

func (r *restRows) open(context.Context) error { return nil }

func (r *restRows) next(ctx context.Context, out *tuple.Batch) error {
	j := r.j
	switch {
	case j.probe.Len() > 0:
		*out, *j.probe = *j.probe, *out
		j.probe.Reset()
		return nil
	case j.srcAt < j.src.Len():
		out.Reset()
		for ; j.srcAt < j.src.Len(); j.srcAt++ {
			if err := j.refs.appendRow(out, j.src.Row(j.srcAt)); err != nil {
				return err
			}
		}
		return nil
	case j.ended:
		return io.EOF
	}
	return j.left.next(ctx, out)
}

// close leaves the left side to the lookup join, whose it is.
func (r *restRows) close() error { return nil }

// wholeTable scans the right table of a lookup join and keeps the rows that count.
type wholeTable struct {
	scan
	filter func(*expr.Frame) (bool, error)
	frame  *expr.Frame
}

func (w *wholeTable) next(ctx context.Context, out *tuple.Batch) error {
	for {
		err := w.scan.next(ctx, out)
		if err == nil && w.filter != nil {
			err = keep(w.frame, out, w.filter)
		}
		if err != nil || out.Len() > 0 {
			return err
		}
	}
}
