package exec

import (
	"context"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// nullID stands for the number of a key that is NULL and matches nothing.
const nullID = none - 1

// matcher joins batches of probe rows with built rows. A batch is taken in by
// begin and then emitted, in as many batches as its matches need.
type matcher struct {
	kind      plan.JoinKind
	nullAware bool
	keyed     bool // candidates come by key; else all built rows are candidates
	swapped   bool // the built rows are the left ones
	built     built
	cond      *joinCond
	probePart part
	builtPart part
	markSlot  int
	markCol   int

	probe *tuple.Batch
	ids   []uint32 // key numbers of the probe rows: where none and nullID match nothing
	row   int      // the probe row that is next
	begun bool     // and is under way
	cand  uint32   // its next candidate
	hit   bool
	pairs []pair
	seen  []uint64 // bits of built rows that had a match: where endsWithBuilt
	marks *probeMarks
	taken int // rows that the probe batch had
	ticks int
}

// probeMarks are what is known of probe rows that are read anew for each chunk of
// the build side. It is nil where one reading does.
type probeMarks struct {
	hit, open []uint64 // bits: there was a match; NULL leaves it open
	base      int64    // number of the probe batch's first row
	last      bool     // no further chunk comes
}

func newProbeMarks(rows int64, open bool) *probeMarks {
	m := &probeMarks{hit: make([]uint64, (rows+63)/64)}
	if open {
		m.open = make([]uint64, (rows+63)/64)
	}
	return m
}

func (p *probeMarks) bytes() int64 {
	if p == nil {
		return 0
	}
	return 8 * int64(len(p.hit)+len(p.open))
}

// was tells what the chunks before have made of a row.
func (p *probeMarks) was(row int) truth {
	at := p.base + int64(row)
	switch {
	case p.hit[at>>6]>>(at&63)&1 != 0:
		return isTrue
	case p.open != nil && p.open[at>>6]>>(at&63)&1 != 0:
		return isNull
	}
	return isFalse
}

func (p *probeMarks) set(row int, t truth) {
	at := p.base + int64(row)
	switch t {
	case isTrue:
		p.hit[at>>6] |= 1 << (at & 63)
	case isNull:
		p.open[at>>6] |= 1 << (at & 63)
	}
}

// pair is one row to emit.
type pair struct{ probe, built uint32 }

// setLayouts says how rows look; probeLeft tells which side is which.
func (m *matcher) setLayouts(left, right, out *tuple.Layout, probeLeft bool) {
	m.probe = tuple.NewBatch(left)
	if !probeLeft {
		m.probe = tuple.NewBatch(right)
	}
	switch m.kind {
	case plan.Semi, plan.Anti, plan.Mark:
		m.probePart = newPart(left, out, 0)
		if m.swapped {
			m.builtPart = m.probePart
		}
		if m.kind != plan.Mark {
			return
		}
		m.markCol, m.markSlot = left.Columns(), out.Slot(left.Columns())
	default:
		l, r := newPart(left, out, 0), newPart(right, out, left.Columns())
		m.probePart, m.builtPart = l, r
		if !probeLeft {
			m.probePart, m.builtPart = r, l
		}
	}
}

// emitsPairs reports whether probe rows come out with the built rows they match.
func (m *matcher) emitsPairs() bool {
	return m.kind != plan.Semi && m.kind != plan.Anti && m.kind != plan.Mark
}

// keepsRows reports whether built rows are needed, and not only their keys.
func (m *matcher) keepsRows() bool { return m.emitsPairs() || m.swapped || m.cond != nil }

// keepsProbe reports whether probe rows without a match come out.
func (m *matcher) keepsProbe() bool {
	return m.kind == plan.Full || !m.swapped && (m.kind == plan.Left || m.kind == plan.Single)
}

// endsWithBuilt reports whether built rows come out when the probe rows have,
// for what those were to them.
func (m *matcher) endsWithBuilt() bool {
	return m.kind == plan.Full || m.swapped && m.kind != plan.Inner
}

// keepsBuilt reports whether built rows come out that have no match.
func (m *matcher) keepsBuilt() bool { return m.endsWithBuilt() && m.kind != plan.Semi }

// sees notes that a built row has a match, and reports whether it had one.
func (m *matcher) sees(c uint32) bool {
	had := m.seen[c>>6]>>(c&63)&1 != 0
	m.seen[c>>6] |= 1 << (c & 63)
	return had
}

// begin starts on the probe batch, whose ids are set.
func (m *matcher) begin() { m.row, m.begun = 0, false }

// busy reports whether the probe batch has rows left.
func (m *matcher) busy() bool { return m.row < m.probe.Len() }

// emit replaces out by the next rows of the probe batch; none when it has no
// more matches.
func (m *matcher) emit(ctx context.Context, out *tuple.Batch) error {
	out.Reset()
	if !m.emitsPairs() {
		if m.swapped {
			return m.seeMatches(ctx)
		}
		return m.emitExistence(ctx, out)
	}
	if err := m.collect(ctx); err != nil || len(m.pairs) == 0 {
		return err
	}
	if !m.busy() { // these rows are the last to need the probe's arena
		out.Arena, m.probe.Arena = m.probe.Arena, out.Arena
	} else {
		out.Arena = append(out.Arena, m.probe.Arena...)
	}
	stride, in := out.Layout.Stride(), m.probe.Layout.Stride()
	slots := extend(out, len(m.pairs))
	for i, p := range m.pairs {
		m.probePart.place(slots[i*stride:(i+1)*stride:(i+1)*stride], m.probe.Slots[int(p.probe)*in:(int(p.probe)+1)*in])
	}
	return m.emitBuiltRows(out, slots)
}

// emitBuiltRows writes the built rows of the pairs: first their slots and then
// their text, so that the reads of rows that lie anywhere overlap.
func (m *matcher) emitBuiltRows(out *tuple.Batch, slots []uint64) error {
	stride := out.Layout.Stride()
	for i, p := range m.pairs {
		dst := slots[i*stride : (i+1)*stride : (i+1)*stride]
		if p.built == none {
			m.builtPart.putNulls(dst)
		} else {
			m.builtPart.place(dst, m.built.rows.row(p.built).Slots)
		}
	}
	if m.builtPart.refs.none() {
		return nil
	}
	for i, p := range m.pairs {
		if p.built == none {
			continue
		}
		if err := m.builtPart.refs.rebase(out, slots[i*stride+m.builtPart.slot:], m.built.rows.row(p.built)); err != nil {
			return err
		}
	}
	return nil
}

// collect gathers the next pairs, about a batch of them.
func (m *matcher) collect(ctx context.Context) error {
	m.pairs = m.pairs[:0]
	for ; m.busy(); m.row++ {
		if !m.begun {
			if err := m.beginRow(); err != nil {
				return err
			}
		}
		for m.cand != none {
			if len(m.pairs) >= tuple.TargetRows {
				return nil
			}
			c := m.cand
			m.cand = m.after(c)
			if ok, err := m.test(ctx, c); err != nil {
				return err
			} else if !ok {
				continue
			}
			if m.hit && m.kind == plan.Single && !m.swapped {
				return errSecondRow()
			}
			m.hit = true
			if m.marks != nil {
				m.marks.set(m.row, isTrue)
			}
			if m.endsWithBuilt() && m.sees(c) && m.kind == plan.Single {
				return errSecondRow()
			}
			m.pairs = append(m.pairs, pair{uint32(m.row), c})
		}
		if !m.hit && m.keepsProbe() && (m.marks == nil || m.marks.last) {
			m.pairs = append(m.pairs, pair{uint32(m.row), none})
		}
		m.begun = false
	}
	return nil
}

// seeMatches notes which built rows the probe batch matches; nothing comes out.
func (m *matcher) seeMatches(ctx context.Context) error {
	for ; m.busy(); m.row++ {
		if err := m.beginRow(); err != nil {
			return err
		}
		for c := m.cand; c != none; c = m.after(c) {
			if m.seen[c>>6]>>(c&63)&1 != 0 {
				continue
			}
			if ok, err := m.test(ctx, c); err != nil {
				return err
			} else if ok {
				m.sees(c)
			}
		}
	}
	return nil
}

func (m *matcher) beginRow() error {
	m.begun, m.hit, m.cand = true, m.marks != nil && m.marks.was(m.row) == isTrue, m.head(m.row)
	if m.cond != nil && m.cand != none {
		return m.cond.setProbe(m.probe.Row(m.row))
	}
	return nil
}

// head returns the first candidate of a probe row.
func (m *matcher) head(row int) uint32 {
	if m.keyed {
		return m.built.head(m.ids[row])
	}
	if m.built.rows.rows == 0 {
		return none
	}
	return 0
}

// after returns the candidate after c.
func (m *matcher) after(c uint32) uint32 {
	if m.keyed {
		return m.built.after(c)
	}
	if c++; int(c) < m.built.rows.rows {
		return c
	}
	return none
}

// test evaluates the condition for a candidate.
func (m *matcher) test(ctx context.Context, c uint32) (bool, error) {
	if m.ticks++; m.ticks >= cancelEvery {
		m.ticks = 0
		if err := ctx.Err(); err != nil {
			return false, err
		}
	}
	if m.cond == nil {
		return true, nil
	}
	return m.cond.matches(m.built.rows.row(c))
}

// truth is a value of three-valued logic.
type truth uint8

const (
	isFalse truth = iota
	isTrue
	isNull
)

// emitExistence decides the whole probe batch: Semi and Anti keep rows of it,
// Mark adds the answer.
func (m *matcher) emitExistence(ctx context.Context, out *tuple.Batch) error {
	n, kept := m.probe.Len(), 0
	in, stride := m.probe.Layout.Stride(), out.Layout.Stride()
	var slots []uint64
	waits := m.marks != nil && !m.marks.last
	if m.kind == plan.Mark && !waits {
		slots = extend(out, n)
	}
	for ; m.row < n; m.row++ {
		t, err := m.existsSoFar(ctx, m.row)
		if err != nil {
			return err
		}
		if waits {
			continue
		}
		if m.kind == plan.Mark {
			dst := slots[m.row*stride : (m.row+1)*stride]
			m.probePart.place(dst, m.probe.Slots[m.row*in:(m.row+1)*in])
			m.putMark(dst, t)
		} else if t == isTrue && m.kind == plan.Semi || t == isFalse && m.kind == plan.Anti {
			kept = keepRow(m.probe, in, kept, m.row)
		}
	}
	if waits {
		m.probe.Reset()
		m.row = 0
		return nil
	}
	if m.kind == plan.Mark {
		out.Arena, m.probe.Arena = m.probe.Arena, out.Arena
		return nil
	}
	m.probe.Truncate(kept)
	*out, *m.probe = *m.probe, *out
	m.row = 0
	m.probe.Reset()
	return nil
}

// existsSoFar is exists for all chunks of the build side up to this one.
func (m *matcher) existsSoFar(ctx context.Context, row int) (truth, error) {
	if m.marks == nil {
		return m.exists(ctx, row)
	}
	was := m.marks.was(row)
	if was == isTrue {
		return was, nil
	}
	t, err := m.exists(ctx, row)
	if err != nil {
		return t, err
	}
	m.marks.set(row, t)
	if t == isFalse {
		t = was
	}
	return t, nil
}

func (m *matcher) putMark(dst []uint64, t truth) {
	dst[m.markSlot] = 0
	switch t {
	case isNull:
		tuple.SetNull(dst, m.markCol)
		return
	case isTrue:
		dst[m.markSlot] = 1
	}
	tuple.ClearNull(dst, m.markCol)
}

// exists tells whether a probe row has a match; under NullAware, whether its
// key is IN the built rows.
func (m *matcher) exists(ctx context.Context, row int) (truth, error) {
	b := &m.built
	if m.cond == nil {
		switch {
		case !m.keyed && b.count > 0, m.keyed && b.head(m.ids[row]) != none:
			return isTrue, nil
		case m.nullAware && (b.null || b.count > 0 && m.ids[row] == nullID):
			return isNull, nil
		}
		return isFalse, nil
	}
	if err := m.beginRow(); err != nil {
		return isFalse, err
	}
	for c := m.cand; c != none; c = m.after(c) {
		if ok, err := m.test(ctx, c); ok || err != nil {
			return isTrue, err
		}
	}
	if !m.nullAware {
		return isFalse, nil
	}
	return m.open(ctx, row)
}

// open tells whether NULL leaves it open if a row without a match is IN: its
// own key is NULL and the condition holds for any built row, or there is one
// with the key NULL for which it holds.
func (m *matcher) open(ctx context.Context, row int) (truth, error) {
	if err := m.cond.setProbe(m.probe.Row(row)); err != nil {
		return isFalse, err
	}
	if m.ids[row] != nullID {
		for _, c := range m.built.nulls {
			if ok, err := m.test(ctx, c); ok || err != nil {
				return isNull, err
			}
		}
		return isFalse, nil
	}
	for c := range uint32(m.built.rows.rows) {
		if ok, err := m.test(ctx, c); ok || err != nil {
			return isNull, err
		}
	}
	return isFalse, nil
}

func errSecondRow() error {
	return &providers.Error{Kind: providers.KindValue, State: "21000", Message: "a scalar subquery returned more than one row"}
}
