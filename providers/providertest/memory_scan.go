package providertest

import (
	"context"
	"io"
	"math/rand/v2"
	"slices"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// memoryScan is one answered request.
type memoryScan struct {
	table   *memoryTable
	request *providers.ScanRequest
	plan    *providers.ScanPlan
	rand    *rand.Rand // of a chaotic answer; nil otherwise
}

func (s *memoryScan) types() []sqltypes.Type {
	if a := s.request.Aggregate; a != nil && s.plan.Aggregate == providers.Exact {
		types := s.table.info.Types(a.GroupBy)
		for _, c := range a.Calls {
			types = append(types, c.Type)
		}
		return types
	}
	types := s.table.info.Types(s.request.Columns)
	if s.plan.Expand != providers.None {
		for _, x := range s.request.Expand {
			types = append(types, x.Target.Types(x.Columns)...)
		}
	}
	return types
}

func (s *memoryScan) open(ctx context.Context, _ *providers.Budget) (providers.BatchReader, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	rows, err := s.rows()
	if err != nil {
		return nil, err
	}
	return &memoryReader{layout: s.plan.Layout, rows: rows, rand: s.rand}, nil
}

// rows computes the answer in the order in which SQL would.
func (s *memoryScan) rows() ([][]sqltypes.Value, error) {
	rows := s.withInputs()
	for i, f := range s.request.Filter {
		var err error
		if rows, err = s.keep(rows, s.plan.Filter[i], func(row []sqltypes.Value) (bool, error) { return s.table.passes(f, row) }); err != nil {
			return nil, err
		}
	}
	if k := s.request.Keys; k != nil && k.Tuples != nil {
		rows, _ = s.keep(rows, s.plan.Keys, func(row []sqltypes.Value) (bool, error) { return matchesKey(k, row), nil })
	}
	if s.rand != nil {
		s.rand.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	}
	if s.plan.Order == providers.Exact {
		slices.SortStableFunc(rows, func(a, b []sqltypes.Value) int { return compareRows(s.request.Order, a, b) })
	}
	if s.request.Aggregate != nil && s.plan.Aggregate == providers.Exact {
		return aggregateRows(s.request.Aggregate, rows)
	}
	if s.plan.Limit == providers.Exact && (s.request.Limit > 0 || s.request.Offset > 0) {
		rows = rows[min(int(s.request.Offset), len(rows)):]
		if s.request.Limit > 0 {
			rows = rows[:min(int(s.request.Limit), len(rows))]
		}
	}
	out := make([][]sqltypes.Value, 0, len(rows))
	for _, row := range rows {
		narrow := pick(row, s.request.Columns)
		if len(s.request.Expand) == 0 || s.plan.Expand == providers.None {
			out = append(out, narrow)
			continue
		}
		for _, related := range s.related(row) {
			out = append(out, append(slices.Clone(narrow), related...))
		}
	}
	return out, nil
}

// withInputs is a copy of the table's rows where inputs read as what was given.
func (s *memoryScan) withInputs() [][]sqltypes.Value {
	rows := slices.Clone(s.table.rows)
	for c, col := range s.table.info.Columns {
		if !col.Input {
			continue
		}
		v := inputValue(s.request, c)
		if v.Null {
			v = sqltypes.NullOf(col.Type.Kind)
		}
		for i := range rows {
			rows[i] = slices.Clone(rows[i])
			rows[i][c] = v
		}
	}
	return rows
}

// keep drops rows as a verdict allows: none, those that do not pass, or, for
// Superset, some of those.
func (s *memoryScan) keep(rows [][]sqltypes.Value, v providers.Verdict, pass func([]sqltypes.Value) (bool, error)) ([][]sqltypes.Value, error) {
	if v == providers.None {
		return rows, nil
	}
	out := rows[:0]
	for _, row := range rows {
		ok, err := pass(row)
		if err != nil {
			return nil, err
		}
		if ok || v == providers.Superset && (s.rand == nil || s.rand.IntN(2) == 0) {
			out = append(out, row)
		}
	}
	return out, nil
}

func pick(row []sqltypes.Value, columns []int) []sqltypes.Value {
	out := make([]sqltypes.Value, len(columns))
	for i, c := range columns {
		out[i] = row[c]
	}
	return out
}

func matchesKey(k *providers.KeyBatch, row []sqltypes.Value) bool {
	return slices.ContainsFunc(k.Tuples, func(tuple []sqltypes.Value) bool {
		for i, c := range k.Columns {
			if row[c].Null || sqltypes.Compare(row[c], tuple[i]) != 0 {
				return false
			}
		}
		return true
	})
}

// compareRows orders two rows of a table by the terms of an order.
func compareRows(order []providers.OrderTerm, a, b []sqltypes.Value) int {
	for _, o := range order {
		x, y := a[o.Column], b[o.Column]
		c := 0
		switch {
		case x.Null && y.Null:
		case x.Null != y.Null:
			if c = 1; x.Null == o.NullsFirst {
				c = -1
			}
		case o.Desc:
			c = sqltypes.Compare(y, x)
		default:
			c = sqltypes.Compare(x, y)
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

// related are the rows of a navigation's target that belong to a row, and for
// Superset some that do not.
func (s *memoryScan) related(row []sqltypes.Value) [][]sqltypes.Value {
	t, x := s.table, s.request.Expand[0]
	superset := s.plan.Expand == providers.Superset
	var nav *providers.Navigation
	for i := range t.info.Navigations {
		if t.info.Navigations[i].Name == x.Navigation {
			nav = &t.info.Navigations[i]
		}
	}
	var out [][]sqltypes.Value
	for _, other := range t.tables {
		if other.info.Name != x.Target.Name || other.info.Schema != x.Target.Schema {
			continue
		}
		for _, r := range other.rows {
			if joinsAlong(nav, x.Target, row, r) || superset && (s.rand == nil || s.rand.IntN(2) == 0) {
				out = append(out, pick(r, x.Columns))
			}
		}
	}
	if out == nil && x.Outer {
		nulls := make([]sqltypes.Value, len(x.Columns))
		for i, c := range x.Columns {
			nulls[i] = sqltypes.NullOf(x.Target.Columns[c].Type.Kind)
		}
		out = append(out, nulls)
	}
	return out
}

// joinsAlong reports whether two rows are equal in the pairs of a navigation.
func joinsAlong(nav *providers.Navigation, target *providers.TableInfo, a, b []sqltypes.Value) bool {
	for _, p := range nav.Pairs {
		x, y := a[p.Column], b[target.Find(p.Other)]
		if x.Null || y.Null || sqltypes.Compare(x, y) != 0 {
			return false
		}
	}
	return true
}

// memoryReader gives computed rows in batches.
type memoryReader struct {
	layout *tuple.Layout
	rows   [][]sqltypes.Value
	rand   *rand.Rand
	closed bool
}

func (r *memoryReader) Next(ctx context.Context, out *tuple.Batch) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if r.closed {
		return context.Canceled
	}
	if len(r.rows) == 0 {
		return io.EOF
	}
	n := tuple.TargetRows
	if r.rand != nil {
		n = 1 + r.rand.IntN(1+r.rand.IntN(12))
	}
	n = min(n, len(r.rows))
	out.Reset()
	for _, row := range r.rows[:n] {
		slots := out.AddRow()
		for c, v := range row {
			if err := out.SetValue(slots, c, v); err != nil {
				return err
			}
		}
	}
	r.rows = r.rows[n:]
	return nil
}

func (r *memoryReader) Close() error {
	r.closed = true
	return nil
}

func (r *memoryReader) Stats() providers.ScanStats { return providers.ScanStats{Requests: 1} }
