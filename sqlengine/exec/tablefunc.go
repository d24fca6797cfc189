package exec

import (
	"context"
	"io"

	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// tableFunc gives the rows of a call, as they are made.
type tableFunc struct {
	node  *plan.TableFunc
	args  []*expr.Compiled
	frame *expr.Frame
	rows  expr.TableRows
	n     int64
}

func (r *run) tableFunc(n *plan.TableFunc, s *scope) (operator, error) {
	args, err := compileAll(n.Call.Args, nil)
	return &tableFunc{node: n, args: args, frame: r.frame(s)}, err
}

func (t *tableFunc) open(context.Context) error {
	t.frame.Err, t.n = nil, 0
	values := make([]sqltypes.Value, len(t.args))
	for i, a := range t.args {
		move(t.frame, tuple.Row{})
		var err error
		if values[i], err = a.Value(t.frame); err != nil {
			return err
		}
	}
	var err error
	t.rows, err = t.node.Call.Start(t.frame, values)
	return err
}

func (t *tableFunc) next(ctx context.Context, out *tuple.Batch) error {
	out.Reset()
	for out.Len() < tuple.TargetRows {
		row, err := t.rows(out)
		if err != nil {
			return err
		}
		if row == nil {
			break
		}
		if t.n++; t.node.Numbered {
			out.Layout.SetInt(row, len(t.node.Call.Columns), t.n)
		}
	}
	if out.Len() == 0 {
		return io.EOF
	}
	return ctx.Err()
}

func (t *tableFunc) close() error { return nil }
