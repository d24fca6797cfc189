package exec

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sort"
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

// counted is a table of n rows: 0…n-1, a text, a decimal that is sometimes NULL.
func counted(n int) *fakeTable {
	t := table([]sqltypes.Type{intT, textT, numT})
	for i := range n {
		d := dec(fmt.Sprintf("%d.%02d", i%7, i%100))
		if i%5 == 0 {
			d = sqltypes.NullOf(sqltypes.Decimal)
		}
		t.rows = append(t.rows, row{in(int64(i)), tx(fmt.Sprintf("row %d", i)), d})
	}
	return t
}

var edges = []int{0, 1, 2, 1023, 1024, 1025, 2048, 5000}

func TestScanHandsRowsThrough(t *testing.T) {
	for _, n := range edges {
		tab := counted(n)
		assert.Equal(t, show(tab.rows), show(result(t, scanOf(t, tab))), "%d rows", n)
		assert.Equal(t, tab.opens.Load(), tab.closes.Load())
	}
	t.Run("a scan of no columns has as many rows", func(t *testing.T) {
		tab := counted(1500)
		r := &providers.ScanRequest{}
		p, err := tab.Plan(t.Context(), r)
		require.NoError(t, err)
		assert.Len(t, result(t, &plan.Scan{Table: tab, Request: r, Plan: p}), 1500)
	})
}

func TestValues(t *testing.T) {
	one := plan.NewValues([][]expr.Node{{}}, nil)
	assert.Len(t, result(t, one), 1, "one row of no column")
	assert.Empty(t, result(t, plan.NewValues(nil, []sqltypes.Type{intT})))
	rows := make([][]expr.Node, 1500)
	want := make([]row, len(rows))
	for i := range rows {
		want[i] = row{in(int64(i)), tx("x")}
		rows[i] = []expr.Node{op("+", lit(in(int64(i))), lit(in(0))), lit(tx("x"))}
	}
	assert.Equal(t, show(want), show(result(t, plan.NewValues(rows, []sqltypes.Type{intT, textT}))))
}

func TestFilterKeepsRowsThatAreTrue(t *testing.T) {
	for _, n := range edges {
		tab := counted(n)
		f := &plan.Filter{Input: scanOf(t, tab), Cond: op(">=", col(2, numT), lit(dec("3")))}
		var want []row
		for _, r := range tab.rows {
			if !r[2].Null && r[2].D.Cmp(sqltypes.NumFromInt(3)) >= 0 {
				want = append(want, r)
			}
		}
		assert.Equal(t, show(want), show(result(t, f)), "%d rows", n)
	}
	t.Run("nothing passes", func(t *testing.T) {
		f := &plan.Filter{Input: scanOf(t, counted(3000)), Cond: op("<", col(0, intT), lit(in(0)))}
		assert.Empty(t, result(t, f))
	})
}

func TestProject(t *testing.T) {
	for _, n := range edges {
		tab := counted(n)
		p := plan.NewProject(scanOf(t, tab), []expr.Node{
			col(1, textT), op("||", col(1, textT), lit(tx("!"))), col(2, numT), col(1, textT), op("+", col(0, intT), lit(in(1)))})
		var want []row
		for _, r := range tab.rows {
			want = append(want, row{r[1], tx(r[1].S + "!"), r[2], r[1], in(r[0].I + 1)})
		}
		assert.Equal(t, show(want), show(result(t, p)), "%d rows", n)
	}
	t.Run("a projection of all columns as they are reads through", func(t *testing.T) {
		tab := counted(10)
		p := plan.NewProject(scanOf(t, tab), []expr.Node{col(0, intT), col(1, sqltypes.VarcharType(9)), col(2, numT)})
		assert.Equal(t, show(tab.rows), show(result(t, p)))
	})
	t.Run("more than 64 columns", func(t *testing.T) {
		tab := table(nil, nil)
		var exprs []expr.Node
		for i := range 130 {
			tab.types = append(tab.types, intT)
			v := in(int64(i))
			if i%3 == 0 {
				v = null
			}
			tab.rows[0] = append(tab.rows[0], v)
			exprs = append(exprs, col(129-i, intT))
		}
		var want row
		for i := range 130 {
			want = append(want, tab.rows[0][129-i])
		}
		assert.Equal(t, show([]row{want}), show(result(t, plan.NewProject(scanOf(t, tab), exprs))))
		assert.Equal(t, show([]row{want[:70]}), show(result(t, plan.NewProject(scanOf(t, tab), exprs[:70]))))
		assert.Equal(t, show([]row{want[:9]}), show(result(t, plan.NewProject(scanOf(t, tab), exprs[:9]))))
	})
}

func TestProjectTakesTheArenaOver(t *testing.T) {
	p := plan.NewProject(scanOf(t, counted(1000)), []expr.Node{col(1, textT), col(0, intT)})
	c, err := Run(t.Context(), p, Options{})
	require.NoError(t, err)
	defer c.Close()
	b := tuple.NewBatch(c.Layout())
	require.NoError(t, c.Next(t.Context(), b))
	before := len(b.Arena)
	text := 0
	for i := range b.Len() {
		text += len(b.Row(i).Bytes(b.Layout.Slot(0)))
	}
	assert.GreaterOrEqual(t, before, text)
	assert.Less(t, before, 2*text, "text was copied beside the adopted arena")
}

func TestLimit(t *testing.T) {
	for _, n := range edges {
		for _, limit := range []int64{-1, 0, 1, 1023, 1024, 1025, 9000} {
			for _, offset := range []int64{0, 1, 1024, 4999, 9000} {
				tab := counted(n)
				from := min(int(offset), n)
				to := n
				if limit >= 0 {
					to = min(n, from+int(limit))
				}
				l := &plan.Limit{Input: scanOf(t, tab), Limit: limit, Offset: offset}
				require.Equal(t, show(tab.rows[from:to]), show(result(t, l)), "%d rows, limit %d, offset %d", n, limit, offset)
				assert.Equal(t, tab.opens.Load(), tab.closes.Load())
			}
		}
	}
	t.Run("a limit closes its input with its last row", func(t *testing.T) {
		tab := counted(5000)
		tab.batch = 10
		c, err := Run(t.Context(), &plan.Limit{Input: scanOf(t, tab), Limit: 15}, Options{})
		require.NoError(t, err)
		defer c.Close()
		b := tuple.NewBatch(c.Layout())
		require.NoError(t, c.Next(t.Context(), b))
		assert.Zero(t, tab.closes.Load())
		require.NoError(t, c.Next(t.Context(), b))
		assert.Equal(t, 5, b.Len())
		assert.EqualValues(t, 1, tab.closes.Load())
		assert.EqualValues(t, 20, tab.pulled.Load())
		require.Equal(t, io.EOF, c.Next(t.Context(), b))
		require.Equal(t, io.EOF, c.Next(t.Context(), b))
	})
	t.Run("a limit of 0 asks for nothing", func(t *testing.T) {
		tab := counted(5)
		assert.Empty(t, result(t, &plan.Limit{Input: scanOf(t, tab), Limit: 0}))
		assert.Zero(t, tab.opens.Load())
	})
}

// compareBy is the reference order of rows.
func compareBy(keys []plan.SortKey, a, b row) int {
	for _, k := range keys {
		i := k.Expr.(*expr.Column).Index
		x, y := a[i], b[i]
		switch {
		case x.Null && y.Null:
			continue
		case x.Null || y.Null:
			if x.Null == k.NullsFirst {
				return -1
			}
			return 1
		}
		if c := sqltypes.Compare(x, y); c != 0 {
			if k.Desc {
				return -c
			}
			return c
		}
	}
	return 0
}

func randomValue(r *rand.Rand, t sqltypes.Type, spread int) sqltypes.Value {
	if r.IntN(6) == 0 {
		return sqltypes.NullOf(t.Kind)
	}
	n := r.IntN(spread) - spread/3
	switch t.Kind {
	case sqltypes.Varchar:
		return tx(strings.Repeat("prefix", r.IntN(3)) + strings.Repeat("\x00", r.IntN(2)) + fmt.Sprint(n))
	case sqltypes.Decimal:
		if r.IntN(9) == 0 {
			return dec(fmt.Sprintf("%d12345678901234567890.5", n))
		}
		return dec([]string{fmt.Sprintf("%d.5", n), fmt.Sprintf("%d.50", n), fmt.Sprintf("%d", n)}[r.IntN(3)])
	case sqltypes.Double:
		return sqltypes.FloatValue(float64(n) / 2)
	case sqltypes.Bool:
		return sqltypes.BoolValue(n&1 == 0)
	}
	return in(int64(n))
}

func randomTable(r *rand.Rand, n, spread int, types ...sqltypes.Type) *fakeTable {
	t := table(types)
	t.batch = 1 + r.IntN(1+n/2)
	for range n {
		row := make(row, len(types))
		for i, ty := range types {
			row[i] = randomValue(r, ty, spread)
		}
		t.rows = append(t.rows, row)
	}
	return t
}

func TestSortAgainstReference(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	types := []sqltypes.Type{intT, textT, numT, fltT, boolT, intT}
	for round := range 150 {
		n := []int{0, 1, 5, 11, 100, 191, 300, 1025, 4000}[r.IntN(9)]
		tab := randomTable(r, n, []int{2, 20, 1000}[r.IntN(3)], types...)
		for i := range tab.rows { // to see stability
			tab.rows[i][5] = in(int64(i))
		}
		var keys []plan.SortKey
		for range r.IntN(4) {
			c := r.IntN(5)
			keys = append(keys, plan.SortKey{Expr: col(c, types[c]), Desc: r.IntN(2) == 0, NullsFirst: r.IntN(2) == 0})
		}
		s := &plan.Sort{Input: scanOf(t, tab), Keys: keys, Limit: -1}
		want := append([]row(nil), tab.rows...)
		sort.SliceStable(want, func(i, j int) bool { return compareBy(keys, want[i], want[j]) < 0 })
		if r.IntN(2) == 0 {
			s.Limit, s.Offset = int64(r.IntN(n+2)), int64(r.IntN(n/2+2))
		}
		from := min(int(s.Offset), n)
		to := n
		if s.Limit >= 0 {
			to = min(n, from+int(s.Limit))
		}
		require.Equal(t, show(want[from:to]), show(result(t, s)), "round %d: %d rows, limit %d offset %d", round, n, s.Limit, s.Offset)
	}
}

func TestSortOfLongEqualBeginnings(t *testing.T) {
	tab := table([]sqltypes.Type{textT, intT})
	for i := range 3000 {
		tab.rows = append(tab.rows, row{tx(strings.Repeat("x", 5000) + fmt.Sprint(i*7919%50)), in(int64(i))})
	}
	keys := []plan.SortKey{{Expr: col(0, textT)}}
	want := append([]row(nil), tab.rows...)
	sort.SliceStable(want, func(i, j int) bool { return compareBy(keys, want[i], want[j]) < 0 })
	got := result(t, &plan.Sort{Input: scanOf(t, tab), Keys: keys, Limit: -1})
	require.Len(t, got, len(want))
	for i := range want {
		require.Equal(t, want[i][1], got[i][1], "row %d", i)
	}
	t.Run("a key longer than a block", func(t *testing.T) {
		tab := table([]sqltypes.Type{textT})
		for i := range 5 {
			tab.rows = append(tab.rows, row{tx(strings.Repeat("y", 8*blockWords) + fmt.Sprint(9-i))})
		}
		got := result(t, &plan.Sort{Input: scanOf(t, tab), Keys: keys, Limit: -1})
		for i := range 5 {
			assert.Equal(t, byte('5'+i), got[i][0].S[8*blockWords])
		}
	})
}

func TestTopNHoldsFewRows(t *testing.T) {
	key := []plan.SortKey{{Expr: col(0, intT), Desc: true}} // each row comes before all before it
	tab := counted(100_000)
	all, few := providers.NewBudget(0), providers.NewBudget(0)
	_, err := try(t, &plan.Sort{Input: scanOf(t, tab), Keys: key, Limit: -1}, Options{Budget: all})
	require.NoError(t, err)
	rows, err := try(t, &plan.Sort{Input: scanOf(t, tab), Keys: key, Limit: 3, Offset: 2}, Options{Budget: few})
	require.NoError(t, err)
	assert.Equal(t, show([]row{tab.rows[99_997], tab.rows[99_996], tab.rows[99_995]}), show(rows))
	assert.Less(t, few.Peak(), all.Peak()/20)
	t.Run("a limit whose sum with the offset overflows is none", func(t *testing.T) {
		rows := result(t, &plan.Sort{Input: scanOf(t, counted(10)), Keys: key, Limit: 1<<63 - 1, Offset: 4})
		assert.Len(t, rows, 6)
	})
}

func TestErrorsInTheMiddle(t *testing.T) {
	boom := &providers.Error{Kind: providers.KindServer, Message: "boom"}
	divide := op("/", lit(in(1)), op("-", col(0, intT), lit(in(1500))))
	for name, node := range map[string]func(*fakeTable) plan.Node{
		"scan": func(f *fakeTable) plan.Node { return scanOf(t, f) },
		"filter": func(f *fakeTable) plan.Node {
			return &plan.Filter{Input: scanOf(t, f), Cond: lit(sqltypes.BoolValue(true))}
		},
		"project": func(f *fakeTable) plan.Node {
			return plan.NewProject(scanOf(t, f), []expr.Node{col(1, textT)})
		},
		"sort": func(f *fakeTable) plan.Node {
			return &plan.Sort{Input: scanOf(t, f), Keys: []plan.SortKey{{Expr: col(1, textT)}}, Limit: -1}
		},
	} {
		t.Run(name+" passes a scan's error on", func(t *testing.T) {
			tab := counted(3000)
			tab.failAt, tab.failure = 1500, boom
			rows, err := try(t, node(tab), Options{})
			assert.Equal(t, boom, err)
			assert.Less(t, len(rows), 1501)
			assert.Equal(t, tab.opens.Load(), tab.closes.Load())
		})
	}
	for name, node := range map[string]plan.Node{
		"filter":  &plan.Filter{Input: scanOf(t, counted(3000)), Cond: op(">", divide, lit(in(0)))},
		"project": plan.NewProject(scanOf(t, counted(3000)), []expr.Node{divide}),
		"sort":    &plan.Sort{Input: scanOf(t, counted(3000)), Keys: []plan.SortKey{{Expr: divide}}, Limit: -1},
		"values":  plan.NewValues([][]expr.Node{{op("/", lit(in(1)), &expr.Late{Set: new(sqltypes.Value), T: intT})}}, []sqltypes.Type{divide.Type()}),
	} {
		t.Run(name+" passes an expression's SQLSTATE on", func(t *testing.T) {
			_, err := try(t, node, Options{})
			var state interface{ SQLState() string }
			require.ErrorAs(t, err, &state)
			assert.Equal(t, "22012", state.SQLState())
		})
	}
	t.Run("after an error every call gives the same", func(t *testing.T) {
		tab := counted(10)
		tab.failAt, tab.failure = 0, boom
		c, err := Run(t.Context(), scanOf(t, tab), Options{})
		require.NoError(t, err)
		b := tuple.NewBatch(c.Layout())
		require.Equal(t, boom, c.Next(t.Context(), b))
		require.Equal(t, boom, c.Next(t.Context(), b))
		require.NoError(t, c.Close())
	})
}

func TestMemoryErrorNamesTheOperator(t *testing.T) {
	b := providers.NewBudget(200_000)
	_, err := try(t, &plan.Sort{Input: scanOf(t, counted(100_000)), Keys: []plan.SortKey{{Expr: col(0, intT)}}, Limit: -1}, Options{Budget: b, NoSpill: true})
	require.ErrorIs(t, err, providers.KindMemory)
	assert.ErrorContains(t, err, "sort needs more memory")
}

func TestCancel(t *testing.T) {
	t.Run("a context that is cancelled before Run starts nothing", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		tab := counted(1)
		_, err := Run(ctx, scanOf(t, tab), Options{})
		require.Equal(t, context.Canceled, err)
		assert.Zero(t, tab.opens.Load())
	})
	t.Run("Next ends with the context's error and not with the end", func(t *testing.T) {
		for _, ofRun := range []bool{true, false} {
			ctx, cancel := context.WithCancelCause(t.Context())
			runCtx, nextCtx := t.Context(), ctx
			if ofRun {
				runCtx = ctx
			}
			tab := counted(3000)
			tab.block = 2048
			c, err := Run(runCtx, scanOf(t, tab), Options{})
			require.NoError(t, err)
			b := tuple.NewBatch(c.Layout())
			require.NoError(t, c.Next(nextCtx, b))
			require.NoError(t, c.Next(nextCtx, b))
			cancelled := make(chan struct{})
			go func() { cancel(errors.New("why")); close(cancelled) }()
			require.Equal(t, context.Canceled, c.Next(nextCtx, b))
			<-cancelled
			require.NoError(t, c.Close())
			assert.EqualValues(t, 1, tab.closes.Load())
		}
	})
	t.Run("a closed cursor gives no rows", func(t *testing.T) {
		c, err := Run(t.Context(), scanOf(t, counted(1)), Options{})
		require.NoError(t, err)
		require.NoError(t, c.Close())
		require.Error(t, c.Next(t.Context(), tuple.NewBatch(c.Layout())))
	})
}
