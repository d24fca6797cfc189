package catalog

import (
	"context"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// Rows makes a table of rows at hand, which hold a value a column.
func Rows(info *providers.TableInfo, rows [][]sqltypes.Value) providers.Table {
	return &rowsTable{info: info, rows: rows}
}

type rowsTable struct {
	info *providers.TableInfo
	rows []row
}

func (t *rowsTable) Info() *providers.TableInfo { return t.info }

// Plan leaves everything to the engine.
func (t *rowsTable) Plan(_ context.Context, r *providers.ScanRequest) (*providers.ScanPlan, error) {
	p := &providers.ScanPlan{
		Filter:  make([]providers.Verdict, len(r.Filter)),
		Reasons: make([]string, len(r.Filter)),
		Cost:    providers.Cost{Rows: int64(len(t.rows))},
		Layout:  tuple.NewLayout(t.info.Types(r.Columns)),
	}
	columns := r.Columns
	p.Open = func(ctx context.Context, _ *providers.Budget) (providers.BatchReader, error) {
		reader := &reader{columns: columns, layout: p.Layout, rows: t.rows}
		reader.ctx, reader.cancel = context.WithCancel(ctx)
		return reader, nil
	}
	return p, nil
}
