package providertest

import (
	"context"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// keptRows is a provider whose tables give the rows that the suite has read, and
// do nothing else: what a query answers with pushdown off, without asking the
// server for the same rows once more for each query.
type keptRows struct {
	providers.Provider
	tables []*table
}

func (k keptRows) Table(ctx context.Context, schema, name string) (providers.Table, error) {
	t, err := k.Provider.Table(ctx, schema, name)
	if err != nil {
		return nil, err
	}
	for _, tb := range k.tables {
		if tb.info.Schema == t.Info().Schema && tb.info.Name == t.Info().Name {
			return keptTable{tb}, nil
		}
	}
	return t, nil
}

type keptTable struct{ *table }

func (k keptTable) Info() *providers.TableInfo { return k.info }

// Plan answers None to whatever is asked besides columns.
func (k keptTable) Plan(_ context.Context, r *providers.ScanRequest) (*providers.ScanPlan, error) {
	plan := &providers.ScanPlan{
		Filter: make([]providers.Verdict, len(r.Filter)), Reasons: make([]string, len(r.Filter)),
		Cost:   providers.Cost{Rows: int64(len(k.rows)), Requests: 0, Bytes: providers.Unknown},
		Layout: tuple.NewLayout(k.info.Types(r.Columns)),
	}
	for i := range plan.Reasons {
		plan.Reasons[i] = "pushdown is off"
	}
	plan.Open = func(context.Context, *providers.Budget) (providers.BatchReader, error) {
		columns, rows := make([]providers.Column, len(r.Columns)), make([][]sqltypes.Value, len(k.rows))
		for i, c := range r.Columns {
			columns[i] = k.info.Columns[c]
		}
		for n := range rows {
			rows[n] = make([]sqltypes.Value, len(r.Columns))
			for i, c := range r.Columns {
				rows[n][i] = k.rows[n][c]
			}
		}
		return providers.NewResultSet(columns, rows...).Rows, nil
	}
	return plan, nil
}
