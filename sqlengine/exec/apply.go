package exec

import (
	"context"
	"io"

	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// apply runs its right side anew for each row of the left one. Its first
// batches are short: the right side may be a request a row, and a limit above
// may need few.
type apply struct {
	kind        plan.JoinKind
	left, right operator
	scope       *scope // what the right side sees of the left row
	leftPart    part
	rightPart   part
	markCol     int

	leftIn  *tuple.Batch
	rightIn *tuple.Batch
	leftAt  int // the left row that is next
	rightAt int
	running bool // the right side is open for it
	hit     bool
	want    int // rows in the next batch
}

func (r *run) apply(n *plan.Apply, s *scope) (operator, error) {
	left, right := n.Left.Layout(), n.Right.Layout()
	a := &apply{kind: n.Kind, markCol: left.Columns(), leftIn: tuple.NewBatch(left), rightIn: tuple.NewBatch(right),
		scope: &scope{frame: r.frame(s), outer: s}, leftPart: newPart(left, n.Layout(), 0)}
	switch n.Kind {
	case plan.Inner, plan.Left, plan.Single:
		a.rightPart = newPart(right, n.Layout(), left.Columns())
	}
	var err error
	if a.left, err = r.build(n.Left, s); err != nil {
		return nil, err
	}
	a.right, err = r.build(n.Right, a.scope)
	return a, err
}

func (a *apply) open(ctx context.Context) error {
	a.leftIn.Reset()
	a.leftAt, a.running, a.want = 0, false, 1
	return a.left.open(ctx)
}

func (a *apply) next(ctx context.Context, out *tuple.Batch) error {
	out.Reset()
	for out.Len() < a.want {
		if a.leftAt == a.leftIn.Len() {
			if out.Len() > 0 {
				break
			}
			if err := a.left.next(ctx, a.leftIn); err != nil {
				return err
			}
			a.leftAt = 0
		}
		if err := a.step(ctx, out); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	a.want = min(2*a.want, tuple.TargetRows)
	return nil
}

// step goes on with the left row, until it is done or out has enough.
func (a *apply) step(ctx context.Context, out *tuple.Batch) error {
	row := a.leftIn.Row(a.leftAt)
	if !a.running {
		a.scope.frame.Row = row
		a.scope.version++
		a.running, a.hit, a.rightAt = true, false, 0
		a.rightIn.Reset()
		if err := a.right.open(ctx); err != nil {
			return err
		}
	}
	for out.Len() < a.want {
		if a.rightAt == a.rightIn.Len() {
			a.rightAt = 0
			err := a.right.next(ctx, a.rightIn)
			if err == io.EOF {
				return a.finish(out, row)
			}
			if err != nil {
				return err
			}
		}
		a.hit = true
		if a.kind == plan.Semi || a.kind == plan.Anti || a.kind == plan.Mark {
			return a.finish(out, row)
		}
		if err := a.emit(out, row, a.rightIn.Row(a.rightAt)); err != nil {
			return err
		}
		a.rightAt++
		if a.kind == plan.Single { // the row counts, and a second one is an error: look at once
			return a.single(ctx)
		}
	}
	return nil
}

// single makes sure that the right side has no second row.
func (a *apply) single(ctx context.Context) error {
	if a.rightAt < a.rightIn.Len() {
		return errSecondRow()
	}
	switch err := a.right.next(ctx, a.rightIn); err {
	case io.EOF:
		return a.done()
	case nil:
		return errSecondRow()
	default:
		return err
	}
}

// finish ends a left row with what its kind makes of the matches.
func (a *apply) finish(out *tuple.Batch, row tuple.Row) error {
	var err error
	switch a.kind {
	case plan.Left, plan.Single:
		if !a.hit {
			dst := extend(out, 1)
			a.rightPart.putNulls(dst)
			err = a.leftPart.put(out, dst, row)
		}
	case plan.Semi, plan.Anti:
		if a.hit == (a.kind == plan.Semi) {
			err = a.leftPart.put(out, extend(out, 1), row)
		}
	case plan.Mark:
		dst := out.AddRow()
		if err = a.leftPart.put(out, dst, row); err == nil {
			err = out.SetValue(dst, a.markCol, sqltypes.BoolValue(a.hit))
		}
	}
	if err != nil {
		return err
	}
	return a.done()
}

func (a *apply) done() error {
	a.running = false
	a.leftAt++
	return a.right.close()
}

func (a *apply) emit(out *tuple.Batch, left, right tuple.Row) error {
	dst := extend(out, 1)
	if err := a.leftPart.put(out, dst, left); err != nil {
		return err
	}
	return a.rightPart.put(out, dst, right)
}

func (a *apply) close() error {
	var err error
	if a.running {
		err = a.right.close()
		a.running = false
	}
	if e := a.left.close(); err == nil {
		err = e
	}
	return err
}
