package exec

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// mergeJoin streams both inputs, which are ordered by their keys, along each
// other. It holds the right rows of one key, where several left rows may meet
// them.
//
// It reads both inputs to their ends, though no row of one may match once the
// other has ended: a row that comes out of order, and so has missed its match,
// is then always an error and never lost.
type mergeJoin struct {
	kind        plan.JoinKind
	left, right mergeSide
	cond        *joinCond
	leftPart    part
	rightPart   part
	group       mergeGroup

	state mergeState
	begun bool // the left row's pairs are under way
	hit   bool // it has a match
	at    int  // the row of the group that is next
	ticks int
}

type mergeState uint8

const (
	mergeBegins mergeState = iota
	mergeSeeks             // the next left row looks for its key on the right
	mergePairs             // it meets the group
	mergeLeaves            // the group's rows without a match come out
	mergeEnds              // the left side has ended
	mergeDone
)

func (r *run) mergeJoin(n *plan.MergeJoin, s *scope) (operator, error) {
	left, right := n.Left.Layout(), n.Right.Layout()
	m := &mergeJoin{kind: n.Kind, group: mergeGroup{held: r.spool(right, "merge join", r.counters(n))}}
	var err error
	if m.left, err = r.mergeSide(n.Left, n.LeftKeys, n.NullsFirst, s); err != nil {
		return nil, err
	}
	if m.right, err = r.mergeSide(n.Right, n.RightKeys, n.NullsFirst, s); err != nil {
		return nil, err
	}
	if err := sameStorage(m.left.keys, m.right.keys); err != nil {
		return nil, err
	}
	if m.cond, err = r.joinCond(s, n.Cond, left, right, true); err != nil {
		return nil, err
	}
	m.leftPart = newPart(left, n.Layout(), 0)
	if m.emitsPairs() {
		m.rightPart = newPart(right, n.Layout(), left.Columns())
	}
	return m, nil
}

func (m *mergeJoin) emitsPairs() bool { return m.kind != plan.Semi && m.kind != plan.Anti }

// readsGroup reports whether right rows are needed, and not only their keys.
func (m *mergeJoin) readsGroup() bool { return m.emitsPairs() || m.cond != nil }

// seesGroup reports whether right rows of a key that is on the left too may
// come out without a match.
func (m *mergeJoin) seesGroup() bool { return m.kind == plan.Full && m.cond != nil }

func (m *mergeJoin) open(ctx context.Context) error {
	m.state, m.begun = mergeBegins, false
	m.group.forget()
	if m.cond != nil {
		m.cond.frame.Err = nil
	}
	if err := m.left.open(ctx); err != nil {
		return err
	}
	return m.right.open(ctx)
}

func (m *mergeJoin) close() error {
	err := m.left.input.close()
	if e := m.right.input.close(); err == nil {
		err = e
	}
	m.group.forget()
	m.group.held.close()
	return err
}

func (m *mergeJoin) next(ctx context.Context, out *tuple.Batch) error {
	out.Reset()
	for m.state != mergeDone && out.Len() < tuple.TargetRows {
		var err error
		switch m.state {
		case mergeBegins:
			err = m.begin(ctx)
		case mergeSeeks:
			err = m.seek(ctx, out)
		case mergePairs:
			err = m.pairs(ctx, out)
		case mergeLeaves:
			err = m.leave(out)
		case mergeEnds:
			err = m.end(ctx, out)
		}
		if err != nil {
			return err
		}
	}
	if out.Len() == 0 {
		return io.EOF
	}
	return ctx.Err()
}

// begin reads the first rows of both sides. What it does of their errors is what
// a hash join does: that of a side whose rows no result needs is none.
func (m *mergeJoin) begin(ctx context.Context) error {
	m.state = mergeSeeks
	some, err := m.right.more(ctx)
	if err != nil {
		return m.rightFailed(ctx, err)
	}
	if !some && (m.kind == plan.Inner || m.kind == plan.Semi) {
		m.state = mergeDone
		return nil
	}
	some, err = m.left.more(ctx)
	if err == nil && !some && m.kind != plan.Full {
		m.state = mergeDone
	}
	return err
}

// rightFailed is the end of a join whose right side failed at once. The error of
// an expression there counts if there is a left row, or none is needed.
func (m *mergeJoin) rightFailed(ctx context.Context, err error) error {
	var ofProvider *providers.Error
	if m.kind == plan.Full || errors.As(err, &ofProvider) || ctx.Err() != nil || !m.left.input.empty(ctx) {
		return err
	}
	m.state = mergeDone
	return nil
}

// seek finds the right rows of the next left row's key.
func (m *mergeJoin) seek(ctx context.Context, out *tuple.Batch) error {
	some, err := m.left.more(ctx)
	if err != nil {
		return err
	}
	if !some || m.group.rows > 0 && !m.left.null() && !bytes.Equal(m.left.key(), m.group.key) {
		return m.leaveGroup(!some)
	}
	if m.left.null() {
		return m.passLeft(out, false)
	}
	if m.group.rows == 0 {
		found, err := m.skipTo(ctx, out)
		if err != nil || out.Len() >= tuple.TargetRows {
			return err
		}
		if !found {
			return m.passLeft(out, false)
		}
	}
	m.state = mergePairs
	return nil
}

// leaveGroup goes on from the group to the next key, or to the end.
func (m *mergeJoin) leaveGroup(ended bool) error {
	switch {
	case m.group.rows > 0 && m.seesGroup():
		m.state, m.at = mergeLeaves, 0
		return nil
	case ended:
		m.state = mergeEnds
	}
	m.group.forget()
	return nil
}

// skipTo passes the right rows before the left row's key and takes those of it as
// the group. It stops when out is full.
func (m *mergeJoin) skipTo(ctx context.Context, out *tuple.Batch) (found bool, err error) {
	key := m.left.key()
	for out.Len() < tuple.TargetRows {
		some, err := m.right.more(ctx)
		if err != nil || !some {
			return false, err
		}
		if !m.right.null() {
			switch c := bytes.Compare(m.right.key(), key); {
			case c == 0:
				return true, m.gather(ctx)
			case c > 0:
				return false, nil
			}
		}
		if err := m.passRight(out); err != nil {
			return false, err
		}
	}
	return false, nil
}

// gather takes the right rows of the key that the right side is at.
func (m *mergeJoin) gather(ctx context.Context) error {
	g, r := &m.group, &m.right
	g.key = append(g.key[:0], r.key()...)
	from := r.at
	r.passKey(g.key)
	if r.at < r.rows || !m.readsGroup() {
		g.batch, g.from, g.rows = r.batch, from, r.at-from
		g.unsee()
		return nil
	}
	for {
		for ; from < r.at; from++ {
			if err := g.held.add(r.batch.Row(from)); err != nil {
				return err
			}
		}
		some, err := r.more(ctx)
		if err != nil {
			return err
		}
		if !some || !bytes.Equal(r.key(), g.key) {
			break
		}
		from = r.at
		r.passKey(g.key)
	}
	g.batch, g.rows = nil, g.held.len()
	g.unsee()
	return nil
}

// pairs joins the left row with the rows of the group.
func (m *mergeJoin) pairs(ctx context.Context, out *tuple.Batch) error {
	left := m.left.row()
	if !m.begun {
		m.begun, m.hit, m.at = true, false, 0
		if m.cond != nil {
			if err := m.cond.setProbe(left); err != nil {
				return err
			}
		}
	}
	if !m.readsGroup() {
		m.hit, m.at = true, m.group.rows
	}
	for m.at < m.group.rows && (m.emitsPairs() || !m.hit) {
		if out.Len() >= tuple.TargetRows {
			return nil
		}
		if err := m.pause(ctx); err != nil {
			return err
		}
		right, err := m.group.row(m.at)
		if err != nil {
			return err
		}
		m.at++
		if m.cond != nil {
			if ok, err := m.cond.matches(right); err != nil {
				return err
			} else if !ok {
				continue
			}
		}
		m.hit = true
		if m.seesGroup() {
			m.group.see(m.at - 1)
		}
		if m.emitsPairs() {
			if err := m.put(out, &left, &right); err != nil {
				return err
			}
		}
	}
	m.state, m.begun = mergeSeeks, false
	return m.passLeft(out, m.hit)
}

// pause looks at the context now and then.
func (m *mergeJoin) pause(ctx context.Context) error {
	if m.ticks++; m.ticks < cancelEvery {
		return nil
	}
	m.ticks = 0
	return ctx.Err()
}

// passLeft goes on to the next left row. The one that is done comes out here if
// it does not come out in pairs.
func (m *mergeJoin) passLeft(out *tuple.Batch, hit bool) error {
	left := m.left.row()
	m.left.at++
	switch m.kind {
	case plan.Inner:
		return nil
	case plan.Semi:
		if !hit {
			return nil
		}
	default: // Left, Full, Anti
		if hit {
			return nil
		}
	}
	return m.put(out, &left, nil)
}

// passRight goes on to the next right row; the one that is done had no match.
func (m *mergeJoin) passRight(out *tuple.Batch) error {
	right := m.right.row()
	m.right.at++
	if m.kind != plan.Full {
		return nil
	}
	return m.put(out, nil, &right)
}

// put gives a row of both sides; nil is a side of NULLs.
func (m *mergeJoin) put(out *tuple.Batch, left, right *tuple.Row) error {
	dst := extend(out, 1)
	if left == nil {
		m.leftPart.putNulls(dst)
	} else if err := m.leftPart.put(out, dst, *left); err != nil {
		return err
	}
	switch {
	case !m.emitsPairs():
		return nil
	case right == nil:
		m.rightPart.putNulls(dst)
		return nil
	}
	return m.rightPart.put(out, dst, *right)
}

// leave gives the rows of the group that had no match.
func (m *mergeJoin) leave(out *tuple.Batch) error {
	for ; m.at < m.group.rows && out.Len() < tuple.TargetRows; m.at++ {
		if m.group.seen[m.at>>6]>>(m.at&63)&1 != 0 {
			continue
		}
		right, err := m.group.row(m.at)
		if err != nil {
			return err
		}
		if err := m.put(out, nil, &right); err != nil {
			return err
		}
	}
	if m.at == m.group.rows {
		m.group.forget()
		m.state = mergeSeeks
	}
	return nil
}

// end reads the rest of the right side.
func (m *mergeJoin) end(ctx context.Context, out *tuple.Batch) error {
	for out.Len() < tuple.TargetRows {
		some, err := m.right.more(ctx)
		if err != nil {
			return err
		}
		if !some {
			m.state = mergeDone
			return nil
		}
		if err := m.passRight(out); err != nil {
			return err
		}
	}
	return nil
}

// mergeGroup is the right rows of one key: where they lie in a batch of the right
// side, or, if they go on in the next one, held.
type mergeGroup struct {
	key   []byte
	rows  int
	batch *tuple.Batch
	from  int
	held  *spool
	seen  []uint64 // bits of rows that had a match
}

func (g *mergeGroup) row(i int) (tuple.Row, error) {
	if g.batch != nil {
		return g.batch.Row(g.from + i), nil
	}
	return g.held.row(i)
}

func (g *mergeGroup) forget() {
	if g.held.len() > 0 {
		g.held.empty()
	}
	g.rows, g.batch = 0, nil
}

// unsee begins with no match.
func (g *mergeGroup) unsee() {
	words := (g.rows + 63) / 64
	if cap(g.seen) < words {
		g.seen = make([]uint64, words)
	}
	g.seen = g.seen[:words]
	clear(g.seen)
}

func (g *mergeGroup) see(i int) { g.seen[i>>6] |= 1 << (i & 63) }
