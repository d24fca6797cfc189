package exec

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// order puts the rows of a table in the order of some columns.
func (t *fakeTable) order(keys []int, nullsFirst []bool) {
	var b [2][]byte
	slices.SortStableFunc(t.rows, func(x, y row) int {
		for side, r := range []row{x, y} {
			b[side] = b[side][:0]
			for i, k := range keys {
				v := r[k]
				if v.Null {
					v = sqltypes.NullOf(t.types[k].Kind)
				}
				b[side] = expr.AppendValueSortKey(b[side], v, expr.Order{NullsFirst: nullsFirst[i]})
			}
		}
		return slices.Compare(b[0], b[1])
	})
}

var mergeKinds = []plan.JoinKind{plan.Inner, plan.Left, plan.Full, plan.Semi, plan.Anti}

func TestMergeJoinAgainstReference(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	sizes := []int{0, 1, 3, 20, 60, 2500}
	for round := range 800 {
		s := joinSpec{kind: mergeKinds[r.IntN(len(mergeKinds))]}
		nullsFirst := []bool{r.IntN(2) == 0, r.IntN(2) == 0}
		s.keys = r.Perm(4)[:1+r.IntN(2)]
		nullsFirst = nullsFirst[:len(s.keys)]
		if r.IntN(2) == 0 {
			c := r.IntN(4)
			s.cond = &[2]int{c, c}
		}
		spread := []int{3, 8, 60}[r.IntN(3)]
		of := 5
		if round%50 == 0 { // groups that go on in the next batch
			of = 6
		}
		left := randomTable(r, sizes[r.IntN(5)], spread, joinTypes...)
		right := randomTable(r, sizes[r.IntN(of)], spread, joinTypes...)
		left.order(s.keys, nullsFirst)
		right.order(s.keys, nullsFirst)
		n := plan.NewMergeJoin(plan.MergeJoin{Kind: s.kind, Left: scanOf(t, left), Right: scanOf(t, right), LeftKeys: s.keyNodes(),
			RightKeys: s.keyNodes(), NullsFirst: nullsFirst, Cond: s.condNode()})
		want, _ := s.reference(left.rows, right.rows, len(joinTypes))
		for _, budget := range []int64{0, 1} {
			left.batch, right.batch = int(budget)*(1+r.IntN(9)), int(budget)*(1+r.IntN(9))
			got, err := try(t, n, Options{Budget: providers.NewBudget(budget)})
			require.NoError(t, err)
			if s.kind == plan.Full { // right rows without a match come where their keys do
				want, got = sorted(want), sorted(got)
			}
			require.Equal(t, show(want), show(got), "round %d: %s\nleft\n%sright\n%s", round, s, show(left.rows), show(right.rows))
		}
		require.Equal(t, left.opens.Load(), left.closes.Load())
		require.Equal(t, right.opens.Load(), right.closes.Load())
	}
}

// ascending is a table of keys 0…n-1, each of them times over, and a text.
func ascending(n, times int) *fakeTable {
	t := table([]sqltypes.Type{intT, textT})
	for i := range n * times {
		t.rows = append(t.rows, row{in(int64(i / times)), tx(fmt.Sprint("row ", i))})
	}
	return t
}

func keyedMerge(t testing.TB, kind plan.JoinKind, left, right *fakeTable) *plan.MergeJoin {
	k := []expr.Node{col(0, intT)}
	return plan.NewMergeJoin(plan.MergeJoin{Kind: kind, Left: scanOf(t, left), Right: scanOf(t, right), LeftKeys: k, RightKeys: k, NullsFirst: []bool{true}})
}

func TestMergeJoinAtBatchBoundaries(t *testing.T) {
	for _, times := range [][2]int{{1, 1}, {1, 3}, {3, 1}, {2, 2}, {1, 1500}, {3, 1024}} {
		for _, kind := range mergeKinds {
			left, right := ascending(2049/times[0], times[0]), ascending(2100/times[1]+1, times[1])
			left.rows = slices.Delete(left.rows, 100, len(left.rows)-100) // a gap too
			want, _ := joinSpec{kind: kind, keys: []int{0}}.reference(left.rows, right.rows, 2)
			require.Equal(t, sortedLines(want), sortedLines(result(t, keyedMerge(t, kind, left, right))), "each key %v times, kind %d", times, kind)
		}
	}
}

func TestMergeJoinHoldsOneGroup(t *testing.T) {
	peak := func(times int) (most int64) {
		b := providers.NewBudget(0)
		c, err := Run(t.Context(), keyedMerge(t, plan.Inner, ascending(60_000/times, times), ascending(60_000/times, times)), Options{Budget: b})
		require.NoError(t, err)
		out := tuple.NewBatch(c.Layout())
		for err == nil {
			err = c.Next(t.Context(), out)
			most = max(most, b.Used())
		}
		require.Equal(t, io.EOF, err)
		return most
	}
	assert.Zero(t, peak(1), "groups that lie in one batch are held there")
	assert.Less(t, peak(3), int64(100_000))
	t.Run("which spills", func(t *testing.T) {
		n := keyedMerge(t, plan.Semi, ascending(2, 1), ascending(2, 200_000))
		n.Cond = op("=", col(3, textT), lit(tx("row 399999")))
		got, err := try(t, n, Options{Budget: providers.NewBudget(100_000)})
		require.NoError(t, err)
		assert.Equal(t, lines("1 'row 1'"), show(got))
		_, err = try(t, n, Options{Budget: providers.NewBudget(100_000), NoSpill: true})
		require.ErrorIs(t, err, providers.KindMemory)
		assert.ErrorContains(t, err, "merge join")
	})
}

func TestMergeJoinLosesNoRowOfAServerThatBreaksItsOrder(t *testing.T) {
	ints := func(vs ...any) *fakeTable {
		tab := table([]sqltypes.Type{intT, textT})
		for _, v := range vs {
			k := null
			if i, ok := v.(int); ok {
				k = in(int64(i))
			}
			tab.rows = append(tab.rows, row{k, tx("")})
		}
		return tab
	}
	for name, sides := range map[string][2]*fakeTable{
		"on the left":                           {ints(1, 3, 2), ints(1, 2, 3)},
		"on the right":                          {ints(1, 2, 3), ints(1, 3, 2)},
		"on the left after the right has ended": {ints(5, 9, 3), ints(3, 5)},
		"on the right after the left has ended": {ints(3, 5), ints(5, 9, 3)},
		"with a NULL in between":                {ints(1, nil, 2), ints(1, 2)},
	} {
		for _, kind := range mergeKinds {
			for _, batch := range []int{0, 1} {
				sides[0].batch, sides[1].batch = batch, batch
				_, err := try(t, keyedMerge(t, kind, sides[0], sides[1]), Options{})
				var e *providers.Error
				require.ErrorAs(t, err, &e, "%s, kind %d", name, kind)
				assert.Equal(t, "the rows of test.fake do not come in the order of c0, which the server promised: a join would lose rows", e.Message)
				assert.ErrorIs(t, err, providers.KindResponse)
				assert.True(t, e.Refused, "asked for no order, the server will do")
			}
		}
	}
}

func TestMergeJoinStopsEarly(t *testing.T) {
	t.Run("an empty right side ends an inner join", func(t *testing.T) {
		left := ascending(100_000, 1)
		assert.Empty(t, firstResult(t, keyedMerge(t, plan.Inner, left, ascending(0, 1))))
		assert.LessOrEqual(t, left.pulled.Load(), int64(tuple.TargetRows))
	})
	t.Run("an empty left side ends all but a full join", func(t *testing.T) {
		right := ascending(100_000, 1)
		assert.Empty(t, firstResult(t, keyedMerge(t, plan.Left, ascending(0, 1), right)))
		assert.LessOrEqual(t, right.pulled.Load(), int64(tuple.TargetRows))
		assert.Len(t, firstResult(t, keyedMerge(t, plan.Full, ascending(0, 1), right)), 100_000)
	})
	t.Run("a limit above stops both sides", func(t *testing.T) {
		left, right := ascending(100_000, 1), ascending(100_000, 1)
		n := &plan.Limit{Input: keyedMerge(t, plan.Inner, left, right), Limit: 10}
		assert.Len(t, firstResult(t, n), 10)
		assert.LessOrEqual(t, left.pulled.Load()+right.pulled.Load(), int64(4*tuple.TargetRows))
	})
	t.Run("closing before the first row ends both sides", func(t *testing.T) {
		left, right := ascending(50, 1), ascending(50, 1)
		left.block = 0
		b := providers.NewBudget(0)
		c, err := Run(t.Context(), keyedMerge(t, plan.Inner, left, right), Options{Budget: b})
		require.NoError(t, err)
		require.NoError(t, c.Close())
		settled(t, b)
		assert.Equal(t, left.opens.Load(), left.closes.Load())
		assert.Equal(t, right.opens.Load(), right.closes.Load())
	})
}

func TestMergeJoinFailures(t *testing.T) {
	boom := &providers.Error{Kind: providers.KindServer, Message: "boom"}
	for _, at := range []int{0, 1500} {
		for side := range 2 {
			tabs := [2]*fakeTable{ascending(3000, 1), ascending(3000, 1)}
			tabs[side].failAt, tabs[side].failure = at, boom
			_, err := try(t, keyedMerge(t, plan.Inner, tabs[0], tabs[1]), Options{})
			assert.Equal(t, boom, err, "side %d at %d", side, at)
			for _, tab := range tabs {
				assert.Equal(t, tab.opens.Load(), tab.closes.Load())
			}
		}
	}
	failing := func(tab *fakeTable) plan.Node {
		return &plan.Filter{Input: scanOf(t, tab), Cond: op(">", op("/", lit(in(1)), col(0, intT)), lit(in(0)))}
	}
	t.Run("an error of a side counts only if the other side has a row", func(t *testing.T) {
		n := keyedMerge(t, plan.Inner, ascending(1, 1), ascending(0, 1))
		n.Left = failing(ascending(1, 1))
		assert.Empty(t, firstResult(t, n))
		n = keyedMerge(t, plan.Left, ascending(0, 1), ascending(1, 1))
		n.Right = failing(ascending(1, 1))
		assert.Empty(t, firstResult(t, n))
		n = keyedMerge(t, plan.Left, ascending(1, 1), ascending(1, 1))
		n.Right = failing(ascending(1, 1))
		_, err := try(t, n, Options{})
		assert.ErrorContains(t, err, "division by zero")
	})
	t.Run("an error of the condition is passed on", func(t *testing.T) {
		n := keyedMerge(t, plan.Inner, ascending(10, 1), ascending(10, 1))
		n.Cond = op(">", op("/", lit(in(1)), col(2, intT)), lit(in(0)))
		_, err := try(t, n, Options{})
		assert.ErrorContains(t, err, "division by zero")
	})
	t.Run("keys of two storages are refused", func(t *testing.T) {
		n := keyedMerge(t, plan.Inner, ascending(1, 1), ascending(1, 1))
		n.RightKeys = []expr.Node{col(1, textT)}
		_, err := try(t, n, Options{})
		assert.ErrorContains(t, err, "key 1 is BIGINT on the left, VARCHAR on the right")
	})
	t.Run("a large group is cancelled", func(t *testing.T) {
		n := keyedMerge(t, plan.Inner, ascending(1, 100_000), ascending(1, 100_000))
		n.Cond = op("<", op("+", col(0, intT), col(2, intT)), lit(in(0))) // 10,000,000,000 pairs, none of which passes
		ctx, cancel := context.WithCancel(t.Context())
		c, err := Run(ctx, n, Options{})
		require.NoError(t, err)
		done := make(chan error)
		go func() { done <- c.Next(ctx, tuple.NewBatch(c.Layout())) }()
		cancel()
		require.Equal(t, context.Canceled, <-done)
		require.NoError(t, c.Close())
	})
}

func TestMergeJoinRunsAgain(t *testing.T) {
	n := keyedMerge(t, plan.Left, ascending(3, 2), ascending(2, 2))
	op, err := newRun(t.Context(), plan.NewValues(nil, nil), Options{}).build(n, nil)
	require.NoError(t, err)
	out := tuple.NewBatch(n.Layout())
	for range 2 {
		require.NoError(t, op.open(t.Context()))
		require.NoError(t, op.next(t.Context(), out))
		assert.Equal(t, 10, out.Len())
		require.Equal(t, io.EOF, op.next(t.Context(), out))
		require.NoError(t, op.close())
	}
}
