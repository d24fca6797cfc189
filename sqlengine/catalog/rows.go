package catalog

import (
	"context"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// Row is one row of a table of the catalog, a value a column. Its methods give
// it the values of the next columns. They stay calls: inlined in each row that
// there is, they were as big as all the rest of the package.
type Row []sqltypes.Value

// Text adds texts.
//
//go:noinline
func (r Row) Text(list ...string) Row {
	for _, s := range list {
		r = append(r, sqltypes.StringValue(s))
	}
	return r
}

// Optional adds a text that may be missing.
//
//go:noinline
func (r Row) Optional(s string) Row {
	if s == "" {
		return r.Null(1)
	}
	return r.Text(s)
}

// Number adds integers.
//
//go:noinline
func (r Row) Number(list ...int) Row {
	for _, n := range list {
		r = append(r, number(n))
	}
	return r
}

// Flag adds booleans.
//
//go:noinline
func (r Row) Flag(list ...bool) Row {
	for _, b := range list {
		r = append(r, sqltypes.BoolValue(b))
	}
	return r
}

// Null adds n times NULL.
//
//go:noinline
func (r Row) Null(n int) Row {
	for range n {
		r = append(r, sqltypes.NullOf(sqltypes.Varchar))
	}
	return r
}

// Value adds values.
//
//go:noinline
func (r Row) Value(list ...sqltypes.Value) Row { return append(r, list...) }

// Rows makes a table of rows at hand, which hold a value a column.
func Rows(info *providers.TableInfo, rows []Row) providers.Table {
	return &rowsTable{info: info, rows: rows}
}

type rowsTable struct {
	info *providers.TableInfo
	rows []Row
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
