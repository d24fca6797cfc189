package exec

import (
	"context"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// packed is a table of batches that are ready: what a decoder would hand over.
type packed struct {
	layout  *tuple.Layout
	batches []*tuple.Batch
	rows    int
}

func (p *packed) scan() *plan.Scan {
	return &plan.Scan{Plan: &providers.ScanPlan{Layout: p.layout, Open: func(context.Context, *providers.Budget) (providers.BatchReader, error) {
		return &packedReader{p: p}, nil
	}}}
}

// of is the table cut to some columns, as a scan that asks for those gives it.
func (p *packed) of(cols ...int) *packed {
	types := make([]sqltypes.Type, len(cols))
	for i, c := range cols {
		types[i] = p.layout.Types[c]
	}
	out := &packed{layout: tuple.NewLayout(types)}
	for _, b := range p.batches {
		for i := range b.Len() {
			vs := make(row, len(cols))
			for j, c := range cols {
				vs[j] = p.layout.Value(b.Row(i), c)
			}
			out.add(vs...)
		}
	}
	return out
}

func (p *packed) add(vs ...sqltypes.Value) {
	if p.rows%tuple.TargetRows == 0 {
		p.batches = append(p.batches, tuple.NewBatch(p.layout))
	}
	b := p.batches[len(p.batches)-1]
	row := b.AddRow()
	for i, v := range vs {
		if err := b.SetValue(row, i, v); err != nil {
			panic(err)
		}
	}
	p.rows++
}

type packedReader struct {
	p  *packed
	at int
}

func (r *packedReader) Next(_ context.Context, out *tuple.Batch) error {
	if r.at == len(r.p.batches) {
		return io.EOF
	}
	b := r.p.batches[r.at]
	out.Slots, out.Arena = append(out.Slots[:0], b.Slots...), append(out.Arena[:0], b.Arena...)
	r.at++
	return nil
}

func (r *packedReader) Close() error { return nil }

const (
	benchOrders    = 1_000_000
	benchCustomers = 100_000
)

func TestNothingIsAllocatedPerRow(t *testing.T) {
	const rows, keys = 50_000, 5_000
	tab, dim := &packed{layout: tuple.NewLayout([]sqltypes.Type{intT, textT, numT})}, &packed{layout: tuple.NewLayout([]sqltypes.Type{intT, textT})}
	for i := range rows {
		tab.add(in(int64(i%keys)), tx(fmt.Sprint("text of ", i%keys)), sqltypes.NumValue(sqltypes.NewNum(int64(i), 2)))
	}
	for i := range keys {
		dim.add(in(int64(i)), tx("dimension"))
	}
	key := []expr.Node{col(0, intT)}
	join := func(kind plan.JoinKind, cond expr.Node) plan.Node {
		return plan.NewJoin(plan.Join{Kind: kind, Left: tab.scan(), Right: dim.scan(), LeftKeys: key, RightKeys: key, Cond: cond})
	}
	ordered := &packed{layout: tab.layout}
	for i := range rows {
		ordered.add(in(int64(i*keys/rows)), tx(fmt.Sprint("text of ", i)), sqltypes.NumValue(sqltypes.NewNum(int64(i), 2)))
	}
	merge := func(kind plan.JoinKind, cond expr.Node) plan.Node {
		return plan.NewMergeJoin(plan.MergeJoin{Kind: kind, Left: dim.scan(), Right: ordered.scan(), LeftKeys: key, RightKeys: key, NullsFirst: []bool{true},
			Cond: cond})
	}
	for name, n := range map[string]plan.Node{
		"filter":          &plan.Filter{Input: tab.scan(), Cond: op(">", col(2, numT), lit(dec("1.5")))},
		"project":         plan.NewProject(tab.scan(), []expr.Node{col(1, textT), op("+", col(2, numT), lit(dec("1.5")))}),
		"join":            join(plan.Left, nil),
		"join condition":  join(plan.Inner, op("<>", col(1, textT), col(4, textT))),
		"semi":            join(plan.Semi, nil),
		"full":            join(plan.Full, nil),
		"merge":           merge(plan.Full, nil),
		"merge condition": merge(plan.Left, op("<>", col(1, textT), col(3, textT))),
		"build left":      plan.NewJoin(plan.Join{Kind: plan.Left, Left: dim.scan(), Right: tab.scan(), LeftKeys: key, RightKeys: key, BuildLeft: true}),
		"cached":          &plan.Cached{Input: tab.scan()},
		"mark":            join(plan.Mark, op("<>", col(1, textT), col(4, textT))),
		"group": plan.NewAggregate(tab.scan(), []expr.Node{col(1, textT)},
			[]*expr.Aggregate{call("COUNT", false), call("SUM", false, col(2, numT)), call("MIN", false, col(0, intT))}),
		"medians":  plan.NewAggregate(tab.scan(), []expr.Node{op("%", col(0, intT), lit(in(7)))}, []*expr.Aggregate{call("MEDIAN", false, col(2, numT))}),
		"median":   plan.NewAggregate(tab.scan(), nil, []*expr.Aggregate{call("MEDIAN", false, col(2, numT))}),
		"distinct": &plan.Distinct{Input: tab.scan()},
		"sort":     &plan.Sort{Input: tab.scan(), Keys: []plan.SortKey{{Expr: col(1, textT)}, {Expr: col(2, numT), Desc: true}}, Limit: -1},
		"top":      &plan.Sort{Input: tab.scan(), Keys: []plan.SortKey{{Expr: col(2, numT), Desc: true}}, Limit: 10},
		"window":   plan.NewWindow(tab.scan(), []expr.Node{col(1, textT)}, []plan.SortKey{{Expr: col(2, numT)}}, []*expr.WindowCall{slidingSum(t, col(2, numT))}),
		"except":   &plan.SetOp{Left: tab.scan(), Right: tab.scan(), Except: true, All: true},
	} {
		for _, budget := range []int64{0, 1 << 18} { // in memory, and where most of these spill
			opt := Options{Budget: providers.NewBudget(budget), SpillDirectory: t.TempDir()}
			allocs := testing.AllocsPerRun(1, func() {
				c, err := Run(t.Context(), n, opt)
				require.NoError(t, err)
				out := tuple.NewBatch(c.Layout())
				for err == nil {
					err = c.Next(t.Context(), out)
				}
				require.Equal(t, io.EOF, err)
			})
			assert.Less(t, allocs, float64(rows/10), "%s in %d bytes", name, budget)
			t.Logf("%s in %d bytes: %v allocations for %d rows", name, budget, allocs, rows)
		}
	}
}

// orders has number, customer, date, amount, freight, open, status and
// purchase order; customers number, name, country.
func benchTables() (orders, customers *packed) {
	dateT := sqltypes.Of(sqltypes.Date)
	orders = &packed{layout: tuple.NewLayout([]sqltypes.Type{intT, intT, dateT, numT, numT, boolT, textT, textT})}
	for i := range benchOrders {
		h := int64(uint64(i) * 2654435761 % 1_000_003)
		orders.add(in(int64(i)), in(h%benchCustomers), sqltypes.DateValue(18000+h%2000), sqltypes.NumValue(sqltypes.NewNum(h*97, 2)),
			sqltypes.NumValue(sqltypes.NewNum(h%10_000, 2)), sqltypes.BoolValue(h%3 == 0), tx([]string{"OPEN", "SHIPPED", "CLOSED"}[h%3]), tx(fmt.Sprintf("PO-%07d", h)))
	}
	customers = &packed{layout: tuple.NewLayout([]sqltypes.Type{intT, textT, textT})}
	for i := range benchCustomers {
		customers.add(in(int64(i)), tx(fmt.Sprintf("Customer number %d", i)), tx(fmt.Sprintf("Country %d", i%40)))
	}
	return orders, customers
}

// BenchmarkQueries runs whole plans over a million orders; ns/row is per order.
func BenchmarkQueries(b *testing.B) {
	orders, customers := benchTables()
	dateT := sqltypes.Of(sqltypes.Date)
	join := func(orders, customers *packed) plan.Node {
		return plan.NewJoin(plan.Join{Kind: plan.Inner, Left: orders.scan(), Right: customers.scan(),
			LeftKeys: []expr.Node{col(0, intT)}, RightKeys: []expr.Node{col(0, intT)}})
	}
	byCountry, fiveColumns := join(orders.of(1, 3), customers.of(0, 2)), join(orders.of(1, 0, 2, 3), customers)
	pass := op(">", col(3, numT), lit(dec("100")))
	for _, q := range []struct {
		name string
		root plan.Node
		rows int
	}{
		{"scan", orders.scan(), benchOrders},
		{"filter", &plan.Filter{Input: orders.scan(), Cond: pass}, 0},
		{"project 5 of 8 columns", plan.NewProject(orders.scan(), []expr.Node{col(7, textT), col(0, intT), col(3, numT), col(6, textT), col(2, dateT)}), benchOrders},
		{"join and 40 groups", plan.NewAggregate(byCountry, []expr.Node{col(3, textT)}, []*expr.Aggregate{call("COUNT", false), call("SUM", false, col(1, numT))}), 40},
		{"join of 5 columns", plan.NewProject(fiveColumns, []expr.Node{col(1, intT), col(2, dateT), col(3, numT), col(5, textT), col(6, textT)}), benchOrders},
		{"20k groups", plan.NewAggregate(orders.scan(), []expr.Node{op("%", col(1, intT), lit(in(20_000)))},
			[]*expr.Aggregate{call("COUNT", false), call("SUM", false, col(3, numT)), call("MIN", false, col(2, dateT)), call("MAX", false, col(2, dateT))}), 20_000},
		{"sort by text, decimal, integer", &plan.Sort{Input: orders.scan(), Keys: []plan.SortKey{{Expr: col(6, textT)}, {Expr: col(3, numT), Desc: true}, {Expr: col(0, intT)}}, Limit: -1}, benchOrders},
		{"sort by long text", &plan.Sort{Input: orders.scan(), Keys: []plan.SortKey{{Expr: col(7, textT)}}, Limit: -1}, benchOrders},
		{"top 100", &plan.Sort{Input: orders.scan(), Keys: []plan.SortKey{{Expr: col(3, numT), Desc: true}}, Limit: 100}, 100},
		{"distinct text", &plan.Distinct{Input: plan.NewProject(orders.scan(), []expr.Node{col(7, textT)})}, 0},
	} {
		b.Run(q.name, func(b *testing.B) {
			b.ReportAllocs()
			budget := providers.NewBudget(0)
			for b.Loop() {
				c, err := Run(b.Context(), q.root, Options{Budget: budget})
				require.NoError(b, err)
				out, rows := tuple.NewBatch(c.Layout()), 0
				for err = c.Next(b.Context(), out); err == nil; err = c.Next(b.Context(), out) {
					rows += out.Len()
				}
				require.Equal(b, io.EOF, err)
				if q.rows > 0 {
					require.Equal(b, q.rows, rows)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchOrders, "ns/row")
			b.ReportMetric(float64(budget.Peak())/(1<<20), "peak-MB")
		})
	}
}
