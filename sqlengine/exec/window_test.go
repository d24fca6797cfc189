package exec

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// The columns of the tables that windows are tried over.
var windowTypes = []sqltypes.Type{intT, intT, intT, numT, textT, fltT, intT}

const (
	wPart, wKey, wInt, wNum, wText, wFloat, wID = 0, 1, 2, 3, 4, 5, 6
)

func windowTable(r *rand.Rand, n, parts, keys int) *fakeTable {
	tab := table(windowTypes)
	tab.batch = 1 + r.IntN(1+n/2)
	maybe := func(v sqltypes.Value) sqltypes.Value {
		if r.IntN(6) == 0 {
			v = sqltypes.NullOf(v.Kind)
		}
		return v
	}
	for i := range n {
		tab.rows = append(tab.rows, row{in(int64(r.IntN(parts))), maybe(in(int64(r.IntN(keys)))), maybe(in(int64(r.IntN(40) - 20))),
			maybe(sqltypes.NumValue(sqltypes.NewNum(int64(r.IntN(2000)-1000), r.IntN(4)))), maybe(tx(fmt.Sprint("t", r.IntN(9)))),
			maybe(sqltypes.FloatValue(float64(r.IntN(64)))), in(int64(i))})
	}
	return tab
}

// naive computes a call over every frame anew: it asks of each row of the
// partition whether it belongs to the frame.
type naive struct {
	rows  []row // of a partition, in order
	key   plan.SortKey
	frame expr.WindowFrame
}

func (w naive) group(i int) (g int) {
	for j := 1; j <= i; j++ {
		if !equalValues(w.rows[j][wKey], w.rows[j-1][wKey]) {
			g++
		}
	}
	return g
}

func equalValues(a, b sqltypes.Value) bool {
	return a.Null == b.Null && (a.Null || sqltypes.Compare(a, b) == 0)
}

// beyond tells where row j lies as seen from an end of row i's frame: before
// it (-1), at it, or after it.
func (w naive) beyond(groups []int, i, j int, b expr.FrameBound) int {
	k := int64(0)
	if b.Offset != nil {
		k = b.Offset.(*expr.Const).V.I
	}
	if b.Kind == expr.Preceding {
		k = -k
	}
	cmp := func(a, b int64) int { return int(min(1, max(-1, a-b))) }
	switch {
	case b.Kind == expr.UnboundedPreceding:
		return 1
	case b.Kind == expr.UnboundedFollowing:
		return -1
	case w.frame.Unit == expr.RowsFrame:
		return cmp(int64(j), int64(i)+k)
	case w.frame.Unit == expr.GroupsFrame || b.Kind == expr.CurrentRow:
		return cmp(int64(groups[j]), int64(groups[i])+k)
	}
	vi, vj := w.rows[i][wKey], w.rows[j][wKey]
	if vi.Null || vj.Null {
		return cmp(int64(groups[j]), int64(groups[i]))
	}
	if w.key.Desc {
		return cmp(vi.I-k, vj.I)
	}
	return cmp(vj.I, vi.I+k)
}

// of gives the rows of row i's frame.
func (w naive) of(groups []int, i int) (in []int) {
	for j := range w.rows {
		if w.beyond(groups, i, j, w.frame.Start) < 0 || w.beyond(groups, i, j, w.frame.End) > 0 {
			continue
		}
		switch tie := groups[i] == groups[j]; w.frame.Exclude {
		case expr.ExcludeCurrentRow:
			if i == j {
				continue
			}
		case expr.ExcludeGroup:
			if tie {
				continue
			}
		case expr.ExcludeTies:
			if tie && i != j {
				continue
			}
		}
		in = append(in, j)
	}
	return in
}

func randomFrame(r *rand.Rand, width int) expr.WindowFrame {
	f := expr.WindowFrame{Unit: expr.FrameUnit(r.IntN(3)), Exclude: expr.FrameExclude(max(0, r.IntN(7)-3))}
	for {
		f.Start.Kind, f.End.Kind = expr.BoundKind(r.IntN(4)), expr.BoundKind(1+r.IntN(4))
		if f.Start.Kind <= f.End.Kind {
			break
		}
	}
	for _, b := range []*expr.FrameBound{&f.Start, &f.End} {
		if b.Kind == expr.Preceding || b.Kind == expr.Following {
			b.Offset = lit(in(int64(r.IntN(width))))
		}
	}
	return f
}

// windowAggregates are aggregates of every way to move a frame: counts and
// sums that give rows up, extremes that are merged, text that is built anew.
func windowAggregates() []*expr.Aggregate {
	filtered, err := expr.AggregateCall{Name: "SUM", Args: []expr.Node{col(wNum, numT)}, Filter: op(">", col(wInt, intT), lit(in(0)))}.Bind()
	if err != nil {
		panic(err)
	}
	return []*expr.Aggregate{call("COUNT", false), call("COUNT", false, col(wText, textT)), call("SUM", false, col(wInt, intT)), call("SUM", false, col(wNum, numT)),
		call("AVG", false, col(wNum, numT)), call("VAR_POP", false, col(wNum, numT)), call("STDDEV_SAMP", false, col(wInt, intT)), filtered,
		call("MIN", false, col(wNum, numT)), call("MAX", false, col(wText, textT)), call("SUM", false, col(wFloat, fltT)), call("BIT_XOR", false, col(wInt, intT)),
		call("LAST", false, col(wInt, intT)), call("STRING_AGG", false, col(wText, textT)), call("COUNT", true, col(wInt, intT)), call("JSON_AGG", false, col(wInt, intT))}
}

// slidingSum is the sum of a row and the two around it.
func slidingSum(t testing.TB, x expr.Node) *expr.WindowCall {
	one := lit(in(1))
	c, err := expr.NewWindowAggregate(call("SUM", false, x), expr.WindowFrame{Unit: expr.RowsFrame,
		Start: expr.FrameBound{Kind: expr.Preceding, Offset: one}, End: expr.FrameBound{Kind: expr.Following, Offset: one}})
	require.NoError(t, err)
	return c
}

func windowOver(t testing.TB, tab *fakeTable, key plan.SortKey, calls ...*expr.WindowCall) plan.Node {
	sorted := &plan.Sort{Input: scanOf(t, tab), Limit: -1, Keys: []plan.SortKey{{Expr: col(wPart, intT)}, key, {Expr: col(wID, intT)}}}
	return plan.NewWindow(sorted, []expr.Node{col(wPart, intT)}, []plan.SortKey{key}, calls)
}

// partsOf cuts the rows of a result where its partitions end.
func partsOf(rows []row) (out [][]row) {
	for from := 0; from < len(rows); {
		to := from
		for to < len(rows) && equalValues(rows[to][wPart], rows[from][wPart]) {
			to++
		}
		out = append(out, rows[from:to])
		from = to
	}
	return out
}

func TestFramesAgainstReference(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	for round := range 120 {
		n := []int{0, 1, 2, 17, 90, 300, 1, 90, 17, 300, 1100}[r.IntN(11)]
		width := []int{1, 4, 30, 200}[r.IntN(4)]
		if n > 1000 {
			width = 150 // wide enough for blocks
		}
		tab := windowTable(r, n, []int{1, 1, 3, 40}[r.IntN(4)], []int{1, 5, 60, 1000}[r.IntN(4)])
		key := plan.SortKey{Expr: col(wKey, intT), Desc: r.IntN(2) == 0, NullsFirst: r.IntN(2) == 0}
		frame := randomFrame(r, width)
		all := windowAggregates()
		var aggs []*expr.Aggregate
		var calls []*expr.WindowCall
		for range 3 {
			a := all[r.IntN(len(all))]
			c, err := expr.NewWindowAggregate(a, frame)
			require.NoError(t, err)
			aggs, calls = append(aggs, a), append(calls, c)
		}
		node := windowOver(t, tab, key, calls...)
		name := fmt.Sprintf("round %d, %d rows: %s %s", round, n, calls, frame)
		rows, err := try(t, node, Options{})
		require.NoError(t, err, name)
		require.Len(t, rows, n, name)
		little, err := try(t, node, Options{Budget: providers.NewBudget(200_000)})
		require.NoError(t, err, name)
		require.Equal(t, show(rows), show(little), "%s, in little memory", name)
		for _, part := range partsOf(rows) {
			w := naive{rows: part, key: key, frame: frame}
			for c, a := range aggs {
				want := w.aggregated(t, a)
				for i := range part {
					require.Equal(t, want[i].String(), part[i][len(windowTypes)+c].String(), "%s: %s of row %d", name, a, i)
				}
			}
		}
	}
}

// aggregated computes an aggregate over each frame from its first row to its
// last.
func (w naive) aggregated(t testing.TB, a *expr.Aggregate) (out []sqltypes.Value) {
	b := tuple.NewBatch(tuple.NewLayout(windowTypes))
	groups := make([]int, len(w.rows))
	for i, r := range w.rows {
		dst := b.AddRow()
		for c := range windowTypes {
			require.NoError(t, b.SetValue(dst, c, r[c]))
		}
		if i > 0 {
			groups[i] = groups[i-1]
			if !equalValues(w.rows[i][wKey], w.rows[i-1][wKey]) {
				groups[i]++
			}
		}
	}
	states, err := a.Compile(b.Layout)
	require.NoError(t, err)
	f := &expr.Frame{}
	value := tuple.NewBatch(tuple.NewLayout([]sqltypes.Type{a.Type()}))
	for i := range w.rows {
		states.Reset()
		states.Grow(1)
		for _, j := range w.of(groups, i) {
			move(f, b.Row(j))
			states.Add(0, f)
		}
		value.Reset()
		require.NoError(t, states.Store(0, value, value.AddRow(), 0))
		out = append(out, value.Layout.Value(value.Row(0), 0))
	}
	return out
}

func TestValuesOfFramesAgainstReference(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 13))
	for round := range 120 {
		n := []int{1, 2, 30, 400}[r.IntN(4)]
		tab := windowTable(r, n, 1+r.IntN(3), []int{1, 6, 100}[r.IntN(3)])
		key := plan.SortKey{Expr: col(wKey, intT), Desc: r.IntN(2) == 0, NullsFirst: r.IntN(2) == 0}
		frame := randomFrame(r, 12)
		ignore := r.IntN(2) == 0
		nth := int64(1 + r.IntN(4))
		var calls []*expr.WindowCall
		for _, c := range []struct {
			name string
			args []expr.Node
		}{{"FIRST_VALUE", nil}, {"LAST_VALUE", nil}, {"NTH_VALUE", []expr.Node{lit(in(nth))}},
			{"LAG", []expr.Node{lit(in(nth - 2)), lit(in(-99))}}, {"LEAD", []expr.Node{lit(in(nth)), lit(in(-99))}}} {
			w, err := expr.NewWindowCall(c.name, append([]expr.Node{col(wInt, intT)}, c.args...), ignore, ignore, frame)
			require.NoError(t, err)
			calls = append(calls, w)
		}
		name := fmt.Sprintf("round %d, %d rows: %s", round, n, calls)
		rows, err := try(t, windowOver(t, tab, key, calls...), Options{})
		require.NoError(t, err, name)
		for _, part := range partsOf(rows) {
			w := naive{rows: part, key: key, frame: frame}
			groups := make([]int, len(part))
			for i := range part {
				groups[i] = w.group(i)
			}
			for i := range part {
				var have []sqltypes.Value
				for _, j := range w.of(groups, i) {
					if v := part[j][wInt]; !ignore || !v.Null {
						have = append(have, v)
					}
				}
				pick := func(at int) sqltypes.Value {
					if at < 0 || at >= len(have) {
						return null
					}
					return have[at]
				}
				want := row{pick(0), pick(len(have) - 1), pick(int(nth) - 1), w.neighbour(i, -int(nth-2), ignore), w.neighbour(i, int(nth), ignore)}
				require.Equal(t, show([]row{want}), show([]row{part[i][len(windowTypes):]}), "%s, row %d", name, i)
			}
		}
	}
}

// neighbour walks row by row.
func (w naive) neighbour(i, away int, ignore bool) sqltypes.Value {
	step := 1
	if away < 0 {
		step, away = -1, -away
	}
	for away > 0 {
		if i += step; i < 0 || i >= len(w.rows) {
			return in(-99)
		}
		if !ignore || !w.rows[i][wInt].Null {
			away--
		}
	}
	return w.rows[i][wInt]
}

func TestRanksOfLongPartitionsStream(t *testing.T) {
	tab := table(windowTypes)
	const n = 60_000
	for i := range n {
		tab.rows = append(tab.rows, row{in(0), in(int64(i / 3)), in(1), dec("0.5"), tx("some text that takes room"), sqltypes.FloatValue(1), in(int64(i))})
	}
	key := plan.SortKey{Expr: col(wKey, intT)}
	var calls []*expr.WindowCall
	for _, name := range []string{"ROW_NUMBER", "RANK", "DENSE_RANK"} {
		c, err := expr.NewWindowCall(name, nil, false, false, expr.WindowFrame{})
		require.NoError(t, err)
		calls = append(calls, c)
	}
	sum, err := expr.NewWindowAggregate(call("SUM", false, col(wNum, numT)), expr.DefaultFrame(true))
	require.NoError(t, err)
	node := plan.NewWindow(scanOf(t, tab), []expr.Node{col(wPart, intT)}, []plan.SortKey{key}, append(calls, sum))
	budget := providers.NewBudget(0)
	rows, err := try(t, node, Options{Budget: budget})
	require.NoError(t, err)
	require.Len(t, rows, n)
	for i, r := range rows {
		group := i / 3
		require.Equal(t, fmt.Sprintf("%d %d %d %d.%d\n", i+1, 3*group+1, group+1, 3*(group+1)/2, 3*(group+1)%2*5), show([]row{r[len(windowTypes):]}))
	}
	assert.Less(t, budget.Peak(), int64(1<<20), "no more is held than a batch and its like")
}

func TestWindowsEndWithTheirContext(t *testing.T) {
	tab := windowTable(rand.New(rand.NewPCG(1, 1)), 5000, 1, 10)
	key := plan.SortKey{Expr: col(wKey, intT)}
	c, err := expr.NewWindowAggregate(call("STRING_AGG", false, col(wText, textT)), expr.WindowFrame{Unit: expr.RowsFrame,
		Start: expr.FrameBound{Kind: expr.CurrentRow}, End: expr.FrameBound{Kind: expr.UnboundedFollowing}})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	budget := providers.NewBudget(0)
	cur, err := Run(ctx, windowOver(t, tab, key, c), Options{Budget: budget})
	require.NoError(t, err)
	out := tuple.NewBatch(cur.Layout())
	require.NoError(t, cur.Next(ctx, out))
	cancel()
	require.ErrorIs(t, cur.Next(ctx, out), context.Canceled)
	require.NoError(t, cur.Close())
	settled(t, budget)
}

func TestWindowStatesCountTowardsTheBudget(t *testing.T) {
	tab := table(windowTypes)
	for i := range 3000 {
		tab.rows = append(tab.rows, row{in(0), in(0), in(1), dec("1"), tx(strings.Repeat("x", 1000)), sqltypes.FloatValue(1), in(int64(i))})
	}
	c, err := expr.NewWindowAggregate(call("STRING_AGG", false, col(wText, textT)), expr.DefaultFrame(false))
	require.NoError(t, err)
	node := plan.NewWindow(scanOf(t, tab), nil, nil, []*expr.WindowCall{c})
	_, err = try(t, node, Options{Budget: providers.NewBudget(2 << 20)})
	var e *providers.Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, providers.KindMemory, e.Kind)
	assert.Contains(t, e.Message, "window")
}

// BenchmarkWindows is over a million rows that are in the order already, in
// partitions of ten.
func BenchmarkWindows(b *testing.B) {
	const rows = 1_000_000
	tab := &packed{layout: tuple.NewLayout([]sqltypes.Type{intT, intT, numT, textT})}
	for i := range rows {
		h := int64(uint64(i) * 2654435761 % 1_000_003)
		tab.add(in(int64(i/10)), in(int64(i)), sqltypes.NumValue(sqltypes.NewNum(h, 2)), tx([]string{"OPEN", "SHIPPED", "CLOSED"}[h%3]))
	}
	rowsFrame := func(from expr.BoundKind, back int64, to expr.BoundKind, ahead int64) expr.WindowFrame {
		f := expr.WindowFrame{Unit: expr.RowsFrame, Start: expr.FrameBound{Kind: from}, End: expr.FrameBound{Kind: to}}
		if from == expr.Preceding {
			f.Start.Offset = lit(in(back))
		}
		if to == expr.Following {
			f.End.Offset = lit(in(ahead))
		}
		return f
	}
	over := func(name string, frame expr.WindowFrame, args ...expr.Node) *expr.WindowCall {
		if expr.IsWindowFunc(name) {
			c, err := expr.NewWindowCall(name, args, false, false, frame)
			require.NoError(b, err)
			return c
		}
		c, err := expr.NewWindowAggregate(call(name, false, args...), frame)
		require.NoError(b, err)
		return c
	}
	amount := col(2, numT)
	running := rowsFrame(expr.UnboundedPreceding, 0, expr.CurrentRow, 0)
	for _, q := range []struct {
		name  string
		whole bool // one partition
		call  *expr.WindowCall
	}{
		{"row_number", false, over("ROW_NUMBER", expr.WindowFrame{})},
		{"rank in one partition", true, over("RANK", expr.WindowFrame{})},
		{"lag", false, over("LAG", expr.WindowFrame{}, amount)},
		{"running sum", false, over("SUM", running, amount)},
		{"running sum in one partition", true, over("SUM", running, amount)},
		{"sum of the partition", false, over("SUM", expr.DefaultFrame(false), amount)},
		{"sliding sum of 101 rows", true, over("SUM", rowsFrame(expr.Preceding, 50, expr.Following, 50), amount)},
		{"sliding max of 1001 rows", true, over("MAX", rowsFrame(expr.Preceding, 500, expr.Following, 500), amount)},
	} {
		b.Run(q.name, func(b *testing.B) {
			b.ReportAllocs()
			var by []expr.Node
			if !q.whole {
				by = []expr.Node{col(0, intT)}
			}
			node := plan.NewWindow(tab.scan(), by, []plan.SortKey{{Expr: col(1, intT)}}, []*expr.WindowCall{q.call})
			budget := providers.NewBudget(0)
			for b.Loop() {
				c, err := Run(b.Context(), node, Options{Budget: budget})
				require.NoError(b, err)
				out, n := tuple.NewBatch(c.Layout()), 0
				for err = c.Next(b.Context(), out); err == nil; err = c.Next(b.Context(), out) {
					n += out.Len()
				}
				require.Equal(b, rows, n)
				require.NoError(b, c.Close())
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
			b.ReportMetric(float64(budget.Peak())/(1<<20), "peak-MB")
		})
	}
}
