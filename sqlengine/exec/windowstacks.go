package exec

import (
	"github.com/epicorerp/epicorerp/sqlengine/expr"
)

// frameStacks aggregate a frame that slides in a few steps a row, whatever its
// width: what lies before mid is aggregated from each row up to mid, what lies
// from mid on in one. When the frame has left mid behind, mid moves to its end.
type frameStacks struct {
	frame         *expr.Frame
	compile       func() (expr.States, error)
	front         expr.States // group g is of the rows from base+g up to mid
	back          expr.States // of one group: from mid up to to
	base, mid, to int
	valid         bool
}

// stackFrom is the width from which stacks are cheaper than every row anew.
const stackFrom = 12

// moveTo makes the stacks those of a frame.
func (s *frameStacks) moveTo(p *partition, f span) error {
	if !s.valid || f.from < s.base || f.from > s.mid || f.to < s.to {
		return s.restack(p, f)
	}
	for ; s.to < f.to; s.to++ {
		if err := s.take(p, s.back, 0, s.to); err != nil {
			return err
		}
	}
	return nil
}

// restack makes the end of a frame its mid.
func (s *frameStacks) restack(p *partition, f span) (err error) {
	if s.front == nil {
		if s.front, err = s.compile(); err != nil {
			return err
		}
		if s.back, err = s.compile(); err != nil {
			return err
		}
	}
	s.front.Reset()
	s.front.Grow(f.len())
	s.back.Reset()
	s.back.Grow(1)
	s.base, s.mid, s.to, s.valid = f.from, f.to, f.to, true
	for i := f.to - 1; i >= f.from; i-- {
		g := i - f.from
		if err := s.take(p, s.front, g, i); err != nil {
			return err
		}
		if i < f.to-1 {
			if err := s.front.Merge(g, s.front, g+1); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *frameStacks) take(p *partition, into expr.States, group, row int) error {
	r, err := p.at(row)
	if err != nil {
		return err
	}
	move(s.frame, r)
	into.Add(group, s.frame)
	if s.frame.Err != nil {
		return s.frame.Err
	}
	return p.pause(1)
}

// sum puts both together, the rows in their order.
func (s *frameStacks) sum(out expr.States, from int) error {
	out.Reset()
	out.Grow(1)
	if from < s.mid {
		if err := out.Merge(0, s.front, from-s.base); err != nil {
			return err
		}
	}
	return out.Merge(0, s.back, 0)
}

func (s *frameStacks) bytes() int64 {
	if s.front == nil {
		return 0
	}
	return int64(s.front.Bytes() + s.back.Bytes())
}
