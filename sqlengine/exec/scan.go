package exec

import (
	"context"
	"io"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// scan hands a table's batches through as they are. node is what its requests
// are counted for.
type scan struct {
	node   plan.Node
	plan   *providers.ScanPlan
	run    *run
	reader providers.BatchReader
}

func (s *scan) open(ctx context.Context) (err error) {
	s.reader, err = s.plan.Open(ctx, s.run.budget)
	return err
}

func (s *scan) next(ctx context.Context, out *tuple.Batch) error {
	return s.reader.Next(ctx, out)
}

func (s *scan) close() error {
	if s.reader == nil {
		return nil
	}
	err := s.reader.Close()
	s.run.scanned(s.node, s.reader)
	s.reader = nil
	return err
}

// values evaluates rows of expressions without columns.
type values struct {
	node  *plan.Values
	rows  [][]*expr.Compiled
	frame *expr.Frame
	at    int
}

func (r *run) values(n *plan.Values, s *scope) (operator, error) {
	v := &values{node: n, frame: r.frame(s), rows: make([][]*expr.Compiled, len(n.Rows))}
	for i, row := range n.Rows {
		var err error
		if v.rows[i], err = compileAll(row, nil); err != nil {
			return nil, err
		}
	}
	return v, nil
}

func (v *values) open(context.Context) error {
	v.at, v.frame.Err = 0, nil
	return nil
}

func (v *values) next(ctx context.Context, out *tuple.Batch) error {
	if v.at == len(v.rows) {
		return io.EOF
	}
	out.Reset()
	for ; v.at < len(v.rows) && out.Len() < tuple.TargetRows; v.at++ {
		row := out.AddRow()
		move(v.frame, tuple.Row{})
		for c, x := range v.rows[v.at] {
			if err := x.Store(v.frame, out, row, c); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

func (v *values) close() error { return nil }
