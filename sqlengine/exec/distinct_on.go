package exec

import (
	"context"

	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// distinctOn keeps the first row of each run of equal keys.
type distinctOn struct {
	input operator
	key   *rowKey
	any   bool
}

func (r *run) distinctOn(n *plan.DistinctOn, s *scope) (operator, error) {
	input, err := r.build(n.Input, s)
	if err != nil {
		return nil, err
	}
	key, err := r.rowKey(n.Keys, n.Input.Layout(), s)
	return &distinctOn{input: input, key: key}, err
}

func (d *distinctOn) open(ctx context.Context) error {
	d.any, d.key.frame.Err = false, nil
	return d.input.open(ctx)
}

func (d *distinctOn) next(ctx context.Context, out *tuple.Batch) error {
	for {
		if err := d.input.next(ctx, out); err != nil {
			return err
		}
		stride, kept := out.Layout.Stride(), 0
		for i := range out.Len() {
			moved, err := d.key.moved(out.Row(i))
			if err != nil {
				return err
			}
			if moved || !d.any {
				kept = keepRow(out, stride, kept, i)
			}
			d.any = true
		}
		out.Truncate(kept)
		if kept > 0 {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

func (d *distinctOn) close() error { return d.input.close() }
