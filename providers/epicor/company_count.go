package epicor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// count answers COUNT(*) over several companies by the sum of their numbers of
// rows; nil if it cannot. A company's set may show rows of others, which must
// not be counted twice: each is asked for the number of those too, and only when
// there are none is the sum an answer. A null would be on neither side of the
// question, so that the company must not be one.
func (t *companyTable) count(ctx context.Context, r *providers.ScanRequest, asked []int) (*providers.ScanPlan, error) {
	if t.uncounted.Load() || t.info.Columns[t.column].Nullable || len(r.Aggregate.GroupBy) > 0 || r.Limit > 0 || r.Offset > 0 || r.Keys != nil ||
		slices.ContainsFunc(r.Aggregate.Calls, func(c providers.AggregateCall) bool { return c.Func != "COUNT" || c.Column >= 0 || c.Distinct }) {
		return nil, nil
	}
	aggregate := &providers.Aggregate{Calls: []providers.AggregateCall{{Func: "COUNT", Column: -1, Type: sqltypes.Of(sqltypes.BigInt)}}}
	column := &t.info.Columns[t.column]
	plan := &providers.ScanPlan{Aggregate: providers.Exact, Filter: make([]providers.Verdict, len(r.Filter)), Reasons: make([]string, len(r.Filter))}
	for i := range plan.Filter {
		plan.Filter[i] = providers.Exact // or no company's count would be exact
	}
	var own, others []*providers.ScanPlan
	for _, i := range asked {
		p, err := t.tables[i].Plan(ctx, &providers.ScanRequest{Filter: r.Filter, Aggregate: aggregate})
		if err != nil || p.Aggregate != providers.Exact {
			return nil, err
		}
		stranger := &providers.Call{Func: providers.Ne, T: sqltypes.Of(sqltypes.Bool), Args: []providers.Expr{
			&providers.ColumnRef{Column: t.column, Name: column.Name, T: column.Type}, &providers.Const{Value: sqltypes.StringValue(t.companies[i].id)}}}
		q, err := t.strict[i].Plan(ctx, &providers.ScanRequest{Filter: append(slices.Clone(r.Filter), stranger), Aggregate: aggregate})
		if err != nil || q.Aggregate != providers.Exact {
			return nil, err
		}
		own, others = append(own, p), append(others, q)
		plan.Requests = append(append(plan.Requests, q.Requests...), p.Requests...)
	}
	types := make([]sqltypes.Type, len(r.Aggregate.Calls))
	for i, c := range r.Aggregate.Calls {
		types[i] = c.Type
	}
	plan.Layout = tuple.NewLayout(types)
	plan.Cost = providers.Cost{Rows: 1, Requests: int64(2 * len(asked)), Bytes: providers.Unknown}
	plan.Open = func(context.Context, *providers.Budget) (providers.BatchReader, error) {
		return &companyCount{t: t, types: types, own: own, others: others}, nil
	}
	return plan, nil
}

// companyCount adds up numbers of rows. It is a BatchReader.
type companyCount struct {
	t           *companyTable
	types       []sqltypes.Type
	own, others []*providers.ScanPlan
	stats       providers.ScanStats
	over        bool
}

// Next gives the one row.
func (s *companyCount) Next(ctx context.Context, out *tuple.Batch) error {
	out.Reset()
	if s.over {
		return io.EOF
	}
	var sum int64
	for i := range s.own {
		others, err := s.number(ctx, s.others[i])
		var e *providers.Error
		if err == nil && others > 0 {
			err = &providers.Error{Kind: providers.KindUnsupported, Refused: true, Message: fmt.Sprintf(
				"companies have rows of others in %s, which cannot be counted by the number of each one's rows", s.t.info.Name)}
		}
		if errors.As(err, &e) && e.Refused {
			s.t.uncounted.Store(true) // the query is planned anew
		}
		if err != nil {
			return err
		}
		n, err := s.number(ctx, s.own[i])
		if err != nil {
			return err
		}
		sum += n
	}
	row := out.AddRow()
	for c := range s.types {
		if err := out.SetValue(row, c, sqltypes.Value{Kind: s.types[c].Kind, I: sum}); err != nil {
			return err
		}
	}
	s.over = true
	return nil
}

// number reads a count.
func (s *companyCount) number(ctx context.Context, plan *providers.ScanPlan) (n int64, err error) {
	n, stats, err := countOf(ctx, plan)
	s.stats.Add(stats)
	return n, err
}

// countOf reads the one number of a plan for COUNT(*).
func countOf(ctx context.Context, plan *providers.ScanPlan) (n int64, stats providers.ScanStats, err error) {
	reader, err := plan.Open(ctx, nil)
	if err != nil {
		return 0, stats, err
	}
	defer func() {
		if s, ok := reader.(providers.StatsReader); ok {
			stats = s.Stats()
		}
		err = errors.Join(err, reader.Close())
	}()
	b := tuple.NewBatch(plan.Layout)
	switch err := reader.Next(ctx, b); {
	case err == io.EOF:
		return 0, stats, nil
	case err != nil:
		return 0, stats, err
	}
	return plan.Layout.Value(b.Row(0), 0).I, stats, nil
}

// Close ends the scan.
func (s *companyCount) Close() error {
	s.over = true
	return nil
}

// Stats tells what the scan cost.
func (s *companyCount) Stats() providers.ScanStats { return s.stats }
