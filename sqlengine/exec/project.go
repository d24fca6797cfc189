package exec

import (
	"context"

	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// slotMove takes a column to another place unchanged.
type slotMove struct{ from, to int }

// computed is a column that is evaluated.
type computed struct {
	x  *expr.Compiled
	to int
}

// project computes columns. Those that are only moved keep their slots, and
// with them the text in the input's arena, which the output takes over.
type project struct {
	input  operator
	layout *tuple.Layout
	moves  []slotMove
	exprs  []computed
	adopt  bool // a moved slot may refer to the arena
	frame  *expr.Frame
	in     *tuple.Batch
}

func (r *run) project(n *plan.Project, s *scope) (operator, error) {
	input, err := r.build(n.Input, s)
	if err != nil {
		return nil, err
	}
	il := n.Input.Layout()
	p := &project{input: input, layout: n.Layout(), frame: r.frame(s), in: tuple.NewBatch(il)}
	same := len(n.Exprs) == il.Columns()
	for i, x := range n.Exprs {
		c, ok := x.(*expr.Column)
		ok = ok && c.Index < il.Columns() && il.Types[c.Index].Kind.Storage() == p.layout.Types[i].Kind.Storage()
		if ok {
			p.moves = append(p.moves, slotMove{c.Index, i})
			st := il.Types[c.Index].Kind.Storage()
			p.adopt = p.adopt || st == sqltypes.StoreBytes || st == sqltypes.StoreDecimal
			same = same && c.Index == i
			continue
		}
		same = false
		compiled, err := expr.Compile(x, il)
		if err != nil {
			return nil, err
		}
		p.exprs = append(p.exprs, computed{compiled, i})
	}
	if same {
		return &renamed{operator: input, from: il}, nil
	}
	return p, nil
}

func (p *project) open(ctx context.Context) error {
	p.frame.Err = nil
	return p.input.open(ctx)
}

func (p *project) next(ctx context.Context, out *tuple.Batch) error {
	out.Reset()
	if err := p.input.next(ctx, p.in); err != nil {
		return err
	}
	in, arena := p.in, p.in.Arena
	if p.adopt {
		in.Arena, out.Arena = out.Arena, in.Arena
	}
	stride := in.Layout.Stride()
	for at := 0; at < len(in.Slots); at += stride {
		src := in.Slots[at : at+stride : at+stride]
		row := out.AddRow()
		moveSlots(row, p.layout.NullSlots(), src, in.Layout.NullSlots(), p.moves)
		if p.exprs == nil {
			continue
		}
		move(p.frame, tuple.Row{Slots: src, Arena: arena})
		for _, c := range p.exprs {
			if err := c.x.Store(p.frame, out, row, c.to); err != nil {
				return err
			}
		}
	}
	return nil
}

// moveSlots copies columns of one row to a row that AddRow gave.
func moveSlots(dst []uint64, dstNulls int, src []uint64, srcNulls int, moves []slotMove) {
	if dstNulls == 1 && srcNulls == 1 {
		from, nulls := src[0], dst[0]
		for _, m := range moves {
			nulls &^= (^from >> (m.from & 63) & 1) << (m.to & 63)
			dst[1+m.to] = src[1+m.from]
		}
		dst[0] = nulls
		return
	}
	for _, m := range moves {
		if src[m.from>>6]>>(m.from&63)&1 == 0 {
			tuple.ClearNull(dst, m.to)
			dst[dstNulls+m.to] = src[srcNulls+m.from]
		}
	}
}

func (p *project) close() error { return p.input.close() }

// renamed passes rows on under a layout that differs in facets alone.
type renamed struct {
	operator
	from *tuple.Layout
}

func (r *renamed) next(ctx context.Context, out *tuple.Batch) error {
	to := out.Layout
	out.Layout = r.from
	err := r.operator.next(ctx, out)
	out.Layout = to
	return err
}
