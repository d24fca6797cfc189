package exec

import (
	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// span is a run of rows of a partition: from, and up to but not with, to.
type span struct{ from, to int }

func (s span) len() int { return max(0, s.to-s.from) }

// frames finds the rows of each row's frame.
type frames struct {
	spec       expr.WindowFrame
	order      []plan.SortKey
	layout     *tuple.Layout
	frame      *expr.Frame
	start, end frameEnd
	spans      [3]span
}

// frameEnd is one end of the frames of a partition.
type frameEnd struct {
	bound expr.FrameBound
	rows  int         // the offset in ROWS and GROUPS
	reach *expr.Reach // the offset in RANGE
	group int         // RANGE: the group that at is for; -1 for none
	at    int
}

func newFrames(spec expr.WindowFrame, order []plan.SortKey, l *tuple.Layout, f *expr.Frame) *frames {
	return &frames{spec: spec, order: order, layout: l, frame: f, start: frameEnd{bound: spec.Start}, end: frameEnd{bound: spec.End}}
}

// peers reports whether the frames depend on which rows are equal in the order.
func (w *frames) peers() bool {
	return w.spec.Unit != expr.RowsFrame || w.spec.Exclude > expr.ExcludeCurrentRow
}

// running reports whether a frame is all rows up to the current one, or up to
// those equal to it.
func (w *frames) running() bool {
	return w.spec.Start.Kind == expr.UnboundedPreceding && w.spec.End.Kind == expr.CurrentRow && w.spec.Exclude == expr.ExcludeNothing
}

// begin starts a partition.
func (w *frames) begin() {
	w.start.group, w.start.at = -1, 0
	w.end.group, w.end.at = -1, 0
}

// prepare evaluates the offsets.
func (w *frames) prepare() error {
	for _, e := range []*frameEnd{&w.start, &w.end} {
		if e.bound.Offset == nil {
			continue
		}
		n, err := expr.CheckOffset(e.bound.Offset, w.frame)
		if err != nil {
			return err
		}
		e.rows = int(min(n, maxRows))
		if w.spec.Unit != expr.RangeFrame {
			continue
		}
		k := w.order[0]
		term := expr.SortTerm{X: k.Expr, Order: expr.Order{Desc: k.Desc, NullsFirst: k.NullsFirst}}
		if e.reach, err = expr.NewReach(term, e.bound, w.layout, w.frame); err != nil {
			return err
		}
	}
	return nil
}

// of gives the current row's frame, in order, without empty parts.
func (w *frames) of(p *partition) ([]span, error) {
	from, err := w.edge(p, &w.start, false)
	if err != nil {
		return nil, err
	}
	to, err := w.edge(p, &w.end, true)
	if err != nil {
		return nil, err
	}
	whole := span{max(from, 0), min(to, p.n)}
	if w.spec.Exclude == expr.ExcludeNothing {
		w.spans[0] = whole
		return w.spans[:1], nil
	}
	out := span{p.row, p.row + 1}
	if w.spec.Exclude != expr.ExcludeCurrentRow {
		out = span{p.start(p.group), p.start(p.group + 1)}
	}
	list := append(w.spans[:0], span{whole.from, min(whole.to, out.from)})
	if w.spec.Exclude == expr.ExcludeTies {
		list = append(list, span{max(whole.from, p.row), min(whole.to, p.row+1)})
	}
	list = append(list, span{max(whole.from, out.to), whole.to})
	kept := list[:0]
	for _, s := range list {
		if s.len() > 0 {
			kept = append(kept, s)
		}
	}
	return kept, nil
}

// edge finds the first row of a frame, or the row after its last.
func (w *frames) edge(p *partition, e *frameEnd, after bool) (int, error) {
	step := 0
	if after {
		step = 1
	}
	switch e.bound.Kind {
	case expr.UnboundedPreceding:
		return 0, nil
	case expr.UnboundedFollowing:
		return p.n, nil
	}
	rows := e.rows // 0 at the current row
	if e.bound.Kind == expr.Preceding {
		rows = -rows
	}
	switch {
	case w.spec.Unit == expr.RowsFrame:
		return min(p.row+rows+step, p.n), nil
	case w.spec.Unit == expr.GroupsFrame || e.reach == nil:
		if g := p.group + rows + step; g >= 0 {
			return p.start(g), nil
		}
		return 0, nil
	}
	return w.reached(p, e, after)
}

// reached moves an end of a RANGE frame on, for it never moves back.
func (w *frames) reached(p *partition, e *frameEnd, after bool) (int, error) {
	if e.group == p.group {
		return e.at, nil
	}
	e.group = p.group
	if err := w.move(p, p.row); err != nil {
		return 0, err
	}
	if err := e.reach.From(w.frame); err != nil {
		return 0, err
	}
	for ; e.at < p.n; e.at++ {
		if err := w.move(p, e.at); err != nil {
			return 0, err
		}
		if c := e.reach.Compare(w.frame); c > 0 || c == 0 && !after {
			break
		}
		if err := p.pause(1); err != nil {
			return 0, err
		}
	}
	return e.at, w.frame.Err
}

func (w *frames) move(p *partition, row int) error {
	r, err := p.at(row)
	move(w.frame, r)
	return err
}
