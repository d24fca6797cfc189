package exec

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// spillingPlans are plans over many rows, each of which needs memory for about
// all of them.
func spillingPlans(t testing.TB, rows int) map[string]plan.Node {
	r := rand.New(rand.NewPCG(21, 22))
	big := table([]sqltypes.Type{intT, textT, numT})
	for i := range rows {
		big.rows = append(big.rows, row{in(int64(r.IntN(rows))), tx(fmt.Sprint("text ", r.IntN(rows))), wideNum(i % 7)})
	}
	key := []expr.Node{col(0, intT)}
	plans := map[string]plan.Node{
		"sort": &plan.Sort{Input: scanOf(t, big), Keys: []plan.SortKey{{Expr: col(1, textT)}, {Expr: col(0, intT), Desc: true}}, Limit: -1},
		"top half": &plan.Sort{Input: scanOf(t, big), Keys: []plan.SortKey{{Expr: col(1, textT)}, {Expr: col(2, numT)}, {Expr: col(0, intT)}},
			Limit: int64(rows / 2), Offset: 10},
		"group":       plan.NewAggregate(scanOf(t, big), []expr.Node{col(1, textT)}, []*expr.Aggregate{call("COUNT", false), call("SUM", false, col(0, intT)), call("MAX", false, col(1, textT))}),
		"distinct":    &plan.Distinct{Input: scanOf(t, big)},
		"intersect":   &plan.SetOp{Left: scanOf(t, big), Right: scanOf(t, big), All: true},
		"except":      &plan.SetOp{Left: plan.NewProject(scanOf(t, big), []expr.Node{col(0, intT)}), Right: plan.NewProject(scanOf(t, big), []expr.Node{op("+", col(0, intT), lit(in(9)))}), Except: true},
		"nested loop": plan.NewJoin(plan.Join{Kind: plan.Inner, Left: scanOf(t, cyclic(2, 2)), Right: scanOf(t, big)}),
		"cached":      plan.NewApply(plan.Apply{Kind: plan.Inner, Left: scanOf(t, cyclic(2, 2)), Right: &plan.Cached{Input: scanOf(t, big)}}),
	}
	twice := sharedBy(scanOf(t, big))
	plans["shared"] = plan.NewJoin(plan.Join{Kind: plan.Inner, Left: twice(), Right: twice(), LeftKeys: key, RightKeys: []expr.Node{op("+", col(0, intT), lit(in(9)))}})
	for kind := plan.Inner; kind < plan.Single; kind++ {
		plans["join "+[]string{"inner", "left", "full", "semi", "anti", "mark"}[kind]] = plan.NewJoin(plan.Join{Kind: kind,
			Left: scanOf(t, big), Right: scanOf(t, big), LeftKeys: key, RightKeys: []expr.Node{op("+", col(0, intT), lit(in(9)))}})
	}
	return plans
}

func TestSpilledAnswersAreTheSame(t *testing.T) {
	const rows = 20_000
	for name, n := range spillingPlans(t, rows) {
		t.Run(name, func(t *testing.T) {
			whole := providers.NewBudget(0)
			want, err := try(t, n, Options{Budget: whole})
			require.NoError(t, err)
			for _, part := range []int64{4, 16, 1000} {
				b := providers.NewBudget(whole.Peak() / part)
				dir := t.TempDir()
				c, err := Run(t.Context(), n, Options{Budget: b, SpillDirectory: dir, Profile: true})
				require.NoError(t, err)
				got, err := drain(t.Context(), c)
				require.NoError(t, err)
				require.NoError(t, c.Close())
				settled(t, b)
				noFiles(t, dir)
				if _, sorted := n.(*plan.Sort); sorted {
					require.Equal(t, show(want), show(got), "in 1/%d", part)
				} else {
					require.Equal(t, sortedLines(want), sortedLines(got), "in 1/%d", part)
				}
				spilled, runs := int64(0), int64(0)
				for _, s := range c.Profile() {
					spilled, runs = spilled+s.Spilled, runs+s.Runs
				}
				assert.Positive(t, spilled, "bytes in 1/%d", part)
				assert.Positive(t, runs, "runs in 1/%d", part)
				if part < 1000 {
					assert.LessOrEqual(t, float64(b.Peak()), 1.3*float64(whole.Peak()/part)+float64(512<<10), "memory in 1/%d of %d", part, whole.Peak())
				}
			}
		})
	}
}

func TestSpillingOfOneHotKey(t *testing.T) {
	left, right := table([]sqltypes.Type{intT, textT}), table([]sqltypes.Type{intT, textT})
	for i := range 3000 {
		key := int64(7)
		if i%10 == 0 {
			key = int64(i)
		}
		right.rows = append(right.rows, row{in(key), tx(fmt.Sprint("right ", i))})
		if i%100 == 0 {
			left.rows = append(left.rows, row{in(key), tx(fmt.Sprint("left ", i))}, row{in(7), tx("hot")}, row{null, tx("null")})
		}
	}
	key := []expr.Node{col(0, intT)}
	for kind := plan.Inner; kind < plan.Single; kind++ {
		for _, aware := range []bool{false, kind == plan.Anti || kind == plan.Mark} {
			for name, cond := range map[string]expr.Node{"": nil, " and a condition": op("<>", col(3, textT), lit(tx("right 5")))} {
				t.Run(fmt.Sprintf("join %d, null aware %v%s", kind, aware, name), func(t *testing.T) {
					result(t, plan.NewJoin(plan.Join{Kind: kind, Left: scanOf(t, left), Right: scanOf(t, right), LeftKeys: key, RightKeys: key, Cond: cond, NullAware: aware}))
				})
			}
		}
	}
	t.Run("the second match of a scalar subquery is an error in any chunk", func(t *testing.T) {
		one := table([]sqltypes.Type{intT, textT}, row{in(7), tx("left")})
		_, err := try(t, plan.NewJoin(plan.Join{Kind: plan.Single, Left: scanOf(t, one), Right: scanOf(t, right)}), Options{Budget: providers.NewBudget(1)})
		require.ErrorContains(t, err, "more than one row")
	})
}

func TestSortOfManyRuns(t *testing.T) {
	tab := counted(200_000)
	n := &plan.Sort{Input: scanOf(t, tab), Keys: []plan.SortKey{{Expr: op("%", col(0, intT), lit(in(10)))}}, Limit: -1}
	rows, err := try(t, n, Options{Budget: providers.NewBudget(1)}) // a batch a run, two runs a merge
	require.NoError(t, err)
	require.Len(t, rows, len(tab.rows))
	for i := 1; i < len(rows); i++ { // equal rows keep their order
		a, b := rows[i-1][0].I, rows[i][0].I
		require.True(t, a%10 < b%10 || a%10 == b%10 && a < b, "%d before %d", a, b)
	}
}

func TestSpillingEnds(t *testing.T) {
	const rows = 20_000
	for name, n := range spillingPlans(t, rows) {
		run := func(t *testing.T, dir string) (*Cursor, *providers.Budget, context.CancelFunc) {
			ctx, cancel := context.WithCancel(t.Context())
			b := providers.NewBudget(50_000)
			c, err := Run(ctx, n, Options{Budget: b, SpillDirectory: dir})
			require.NoError(t, err)
			return c, b, cancel
		}
		t.Run(name+" when it is closed early", func(t *testing.T) {
			dir := t.TempDir()
			c, b, cancel := run(t, dir)
			defer cancel()
			require.NoError(t, c.Next(t.Context(), tuple.NewBatch(c.Layout())))
			require.NoError(t, c.Close())
			settled(t, b)
			noFiles(t, dir)
		})
		t.Run(name+" when it is cancelled", func(t *testing.T) {
			dir := t.TempDir()
			c, b, cancel := run(t, dir)
			out := tuple.NewBatch(c.Layout())
			require.NoError(t, c.Next(t.Context(), out))
			cancel()
			require.Equal(t, context.Canceled, c.Next(t.Context(), out))
			settled(t, b)
			noFiles(t, dir)
		})
		t.Run(name+" when there is no place for the file", func(t *testing.T) {
			c, b, cancel := run(t, filepath.Join(t.TempDir(), "nowhere"))
			defer cancel()
			_, err := drain(t.Context(), c)
			var e *providers.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, "58030", e.State)
			assert.ErrorContains(t, err, "does not fit MaxMemory, and making a temporary file failed")
			require.NoError(t, c.Close())
			settled(t, b)
		})
		t.Run(name+" when it must not spill", func(t *testing.T) {
			_, err := try(t, n, Options{Budget: providers.NewBudget(50_000), NoSpill: true})
			require.ErrorIs(t, err, providers.KindMemory)
		})
	}
	t.Run("when the input fails", func(t *testing.T) {
		tab := counted(10_000)
		tab.failAt, tab.failure = 9000, io.ErrUnexpectedEOF
		_, err := try(t, &plan.Sort{Input: scanOf(t, tab), Keys: []plan.SortKey{{Expr: col(1, textT)}}, Limit: -1}, Options{Budget: providers.NewBudget(1)})
		require.Equal(t, io.ErrUnexpectedEOF, err)
	})
}
