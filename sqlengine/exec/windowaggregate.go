package exec

import (
	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// frameAggregate is an aggregate over each row's frame. A frame that only
// grows takes its new rows in; one that slides gives up its first rows too,
// where the aggregate can do that exactly, and goes over stacks where not; one
// with a hole is put together from blocks of rows that were aggregated once.
type frameAggregate struct {
	frames    *frames
	frame     *expr.Frame
	states    expr.States    // of one group: the rows in have
	removable expr.Removable // nil where rows cannot be taken out
	blocks    *blocks        // nil where parts cannot be merged, as stacks
	stacks    *frameStacks
	have      span
	valid     bool // states are those of have
}

func newFrameAggregate(c *expr.WindowCall, order []plan.SortKey, l *tuple.Layout, f *expr.Frame) (*frameAggregate, error) {
	a := &frameAggregate{frames: newFrames(c.Frame, order, l, f), frame: f}
	slides := c.Frame.Start.Kind != expr.UnboundedPreceding
	compile := func() (expr.States, error) {
		s, err := c.Agg.Compile(l)
		if err != nil {
			return nil, err
		}
		if r := expr.AsRemovable(s); r != nil && slides {
			r.Track()
		}
		return s, nil
	}
	var err error
	if a.states, err = compile(); err != nil {
		return nil, err
	}
	if slides {
		a.removable = expr.AsRemovable(a.states)
	}
	if c.Agg.Mergeable() {
		a.blocks, a.stacks = &blocks{frame: f, compile: compile}, &frameStacks{frame: f, compile: compile}
	}
	return a, nil
}

func (a *frameAggregate) looks() (streams, peers bool) { return a.frames.running(), a.frames.peers() }
func (a *frameAggregate) start() error                 { return a.frames.prepare() }

func (a *frameAggregate) begin(*partition) error {
	a.valid = false
	if a.blocks != nil {
		a.blocks.built, a.stacks.valid = false, false
	}
	a.frames.begin()
	return nil
}

func (a *frameAggregate) value(p *partition, out *tuple.Batch, row []uint64, col int) error {
	spans, err := a.frames.of(p)
	if err != nil {
		return err
	}
	if len(spans) == 1 {
		err = a.slideTo(p, spans[0])
	} else {
		err = a.rebuild(p, spans...)
		a.valid = false
	}
	if err != nil {
		return err
	}
	return a.states.Store(0, out, row, col)
}

// slideTo makes the states those of a frame in the cheapest way.
func (a *frameAggregate) slideTo(p *partition, to span) error {
	to.to = max(to.to, to.from)
	have := a.have
	switch {
	case !a.valid || to.from < have.from || to.to < have.to || to.from > have.to:
	case to.from == have.from:
		a.have = to
		return a.add(p, span{have.to, to.to})
	case a.removable != nil && to.from-have.from+to.to-have.to <= to.len():
		exact, err := a.remove(p, span{have.from, to.from})
		if err != nil || exact {
			a.have = to
			if err == nil {
				err = a.add(p, span{have.to, to.to})
			}
			return err
		}
	}
	a.have, a.valid = to, true
	if a.stacks == nil || to.len() < stackFrom {
		return a.rebuild(p, to)
	}
	if err := a.stacks.moveTo(p, to); err != nil {
		return err
	}
	return a.stacks.sum(a.states, to.from)
}

func (a *frameAggregate) add(p *partition, rows span) error {
	for i := rows.from; i < rows.to; i++ {
		r, err := p.at(i)
		if err != nil {
			return err
		}
		move(a.frame, r)
		a.states.Add(0, a.frame)
		if err := p.pause(1); err != nil {
			return err
		}
	}
	return a.frame.Err
}

// remove takes rows out; exact is false when the states are of no use any more.
func (a *frameAggregate) remove(p *partition, rows span) (exact bool, err error) {
	for i := rows.from; i < rows.to; i++ {
		r, err := p.at(i)
		if err != nil {
			return false, err
		}
		move(a.frame, r)
		if !a.removable.Remove(0, a.frame) {
			return false, a.frame.Err
		}
	}
	return true, a.frame.Err
}

// rebuild aggregates rows anew, in their order.
func (a *frameAggregate) rebuild(p *partition, spans ...span) error {
	a.states.Reset()
	a.states.Grow(1)
	for _, s := range spans {
		if a.blocks == nil || s.len() < blockFrom {
			if err := a.add(p, s); err != nil {
				return err
			}
			continue
		}
		if err := a.blocks.build(p); err != nil {
			return err
		}
		if err := a.gather(p, 0, s); err != nil {
			return err
		}
	}
	return nil
}

// gather takes in what lies between two places of a level, as much as can be
// from the level above it. Level 0 is the rows themselves.
func (a *frameAggregate) gather(p *partition, level int, s span) error {
	first, last := (s.from+blockSize-1)/blockSize, s.to/blockSize
	if level == len(a.blocks.levels) || first >= last {
		return a.takeUnits(p, level, s)
	}
	if err := a.takeUnits(p, level, span{s.from, first * blockSize}); err != nil {
		return err
	}
	if err := a.gather(p, level+1, span{first, last}); err != nil {
		return err
	}
	return a.takeUnits(p, level, span{last * blockSize, s.to})
}

func (a *frameAggregate) takeUnits(p *partition, level int, s span) error {
	if level == 0 {
		return a.add(p, s)
	}
	for g := s.from; g < s.to; g++ {
		if err := a.states.Merge(0, a.blocks.levels[level-1], g); err != nil {
			return err
		}
	}
	return p.pause(s.len())
}

func (a *frameAggregate) bytes() int64 {
	n := int64(a.states.Bytes())
	if a.blocks != nil {
		n += a.blocks.bytes() + a.stacks.bytes()
	}
	return n
}

func (a *frameAggregate) reset() {
	a.states.Reset()
	a.valid = false
	if a.blocks != nil {
		a.blocks.levels, a.blocks.built = nil, false
		a.stacks.front, a.stacks.back, a.stacks.valid = nil, nil, false
	}
}

// A block is blockSize rows, or blocks; a frame of fewer than blockFrom rows is
// aggregated row by row.
const (
	blockSize = 16
	blockFrom = 4 * blockSize
)

// blocks are a partition's rows, aggregated in blocks, and blocks of blocks.
type blocks struct {
	frame   *expr.Frame
	compile func() (expr.States, error)
	levels  []expr.States
	built   bool
}

func (b *blocks) build(p *partition) error {
	if b.built {
		return nil
	}
	b.built = true
	units := p.n
	for level := 0; units >= blockSize; level++ {
		if level == len(b.levels) {
			s, err := b.compile()
			if err != nil {
				return err
			}
			b.levels = append(b.levels, s)
		}
		s := b.levels[level]
		s.Reset()
		s.Grow(units / blockSize)
		if err := b.fill(p, level, units/blockSize); err != nil {
			return err
		}
		units /= blockSize
	}
	for _, s := range b.levels[levelsOf(p.n):] {
		s.Reset()
	}
	return nil
}

// levelsOf is how many levels rows fill.
func levelsOf(rows int) (n int) {
	for rows >= blockSize {
		rows /= blockSize
		n++
	}
	return n
}

// fill aggregates the units of a level into whole blocks.
func (b *blocks) fill(p *partition, level, n int) error {
	s := b.levels[level]
	for g := range n {
		for i := g * blockSize; i < (g+1)*blockSize; i++ {
			if level > 0 {
				if err := s.Merge(g, b.levels[level-1], i); err != nil {
					return err
				}
				continue
			}
			r, err := p.at(i)
			if err != nil {
				return err
			}
			move(b.frame, r)
			s.Add(g, b.frame)
		}
		if err := p.pause(blockSize); err != nil {
			return err
		}
	}
	return b.frame.Err
}

func (b *blocks) bytes() (n int64) {
	for _, s := range b.levels {
		n += int64(s.Bytes())
	}
	return n
}
