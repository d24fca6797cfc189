package exec

import (
	"context"
	"io"

	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// variants gives each row of its input once for every list of expressions.
type variants struct {
	input operator
	rows  [][]*expr.Compiled
	frame *expr.Frame
	in    *tuple.Batch
	at    int // the input row that is next
	of    int // its variant that is next
}

func (r *run) variants(n *plan.Variants, s *scope) (operator, error) {
	input, err := r.build(n.Input, s)
	if err != nil {
		return nil, err
	}
	l := n.Input.Layout()
	v := &variants{input: input, frame: r.frame(s), in: tuple.NewBatch(l), rows: make([][]*expr.Compiled, len(n.Rows))}
	for i, row := range n.Rows {
		if v.rows[i], err = compileAll(row, l); err != nil {
			return nil, err
		}
	}
	return v, nil
}

func (v *variants) open(ctx context.Context) error {
	v.frame.Err, v.at, v.of = nil, 0, 0
	v.in.Reset()
	return v.input.open(ctx)
}

func (v *variants) next(ctx context.Context, out *tuple.Batch) error {
	if v.at == v.in.Len() {
		if err := v.input.next(ctx, v.in); err != nil {
			return err
		}
		v.at = 0
	}
	out.Reset()
	for v.at < v.in.Len() && out.Len() < tuple.TargetRows {
		row := out.AddRow()
		move(v.frame, v.in.Row(v.at))
		for c, x := range v.rows[v.of] {
			if err := x.Store(v.frame, out, row, c); err != nil {
				return err
			}
		}
		if v.of++; v.of == len(v.rows) {
			v.at, v.of = v.at+1, 0
		}
	}
	return ctx.Err()
}

func (v *variants) close() error { return v.input.close() }

// ifEmpty gives rows of its own where its input has none.
type ifEmpty struct {
	input  operator
	own    operator
	any    bool // a row has come
	ending bool // the input has ended, and own is open
}

func (r *run) ifEmpty(n *plan.IfEmpty, s *scope) (operator, error) {
	input, err := r.build(n.Input, s)
	if err != nil {
		return nil, err
	}
	own, err := r.values(&plan.Values{Rows: n.Rows}, s)
	return &ifEmpty{input: input, own: own}, err
}

func (e *ifEmpty) open(ctx context.Context) error {
	e.any, e.ending = false, false
	return e.input.open(ctx)
}

func (e *ifEmpty) next(ctx context.Context, out *tuple.Batch) error {
	if !e.ending {
		err := e.input.next(ctx, out)
		e.any = e.any || err == nil
		if err != io.EOF || e.any {
			return err
		}
		e.ending = true
		if err := e.own.open(ctx); err != nil {
			return err
		}
	}
	return e.own.next(ctx, out)
}

func (e *ifEmpty) close() error { return e.input.close() }
