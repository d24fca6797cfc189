package exec

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// collectedTypes are a group, values of each kind, and a number that is another
// in every row.
var collectedTypes = []sqltypes.Type{numT, intT, textT, numT, fltT, boolT, intT}

// collectedRows have a group with half of the rows, one with a tenth, many small
// ones, and NULL. Keys that are equal are written in several ways.
func collectedRows(r *rand.Rand, rows int) *fakeTable {
	tab := randomTable(r, rows, rows/4, collectedTypes...)
	for i, row := range tab.rows {
		switch n := r.IntN(100); {
		case n < 50:
			row[0] = dec([]string{"7", "7.0", "7.00"}[n%3])
		case n < 60:
			row[0] = dec("8")
		case n < 95:
			row[0] = dec(fmt.Sprint(r.IntN(200) + 10))
		default:
			row[0] = null
		}
		row[6] = in(int64(i))
	}
	return tab
}

// collectingCall keeps more of a group with each of its rows.
type collectingCall struct {
	name string
	expr.AggregateCall
	// long says that the result is as long as what is collected: it is held in one
	// piece.
	long bool
}

func (c collectingCall) bound(t testing.TB) *expr.Aggregate {
	a, err := c.Bind()
	require.NoError(t, err, c.name)
	require.True(t, a.Collects(), c.name)
	return a
}

func collectingCalls() []collectingCall {
	x, text, num, float, cond, number := col(1, intT), col(2, textT), col(3, numT), col(4, fltT), col(5, boolT), col(6, intT)
	of := func(xs ...expr.Node) []expr.Node { return xs }
	by := func(x expr.Node, o expr.Order) []expr.SortTerm { return []expr.SortTerm{{X: x, Order: o}} }
	desc, last, up := expr.Order{Desc: true, NullsFirst: true}, expr.Order{NullsFirst: true}, expr.Order{}
	return []collectingCall{
		{"median", expr.AggregateCall{Name: "MEDIAN", Args: of(num)}, false},
		{"median of floats", expr.AggregateCall{Name: "MEDIAN", Args: of(float), Filter: cond}, false},
		{"percentile", expr.AggregateCall{Name: "PERCENTILE_CONT", Args: of(lit(dec("0.37"))), Order: by(x, desc), Within: true}, false},
		{"percentile of text", expr.AggregateCall{Name: "PERCENTILE_DISC", Args: of(lit(dec("0.37"))), Order: by(text, last), Within: true, Filter: cond}, false},
		{"percentile of all", expr.AggregateCall{Name: "PERCENTILE_DISC", Args: of(lit(dec("1"))), Order: by(num, desc), Within: true}, false},
		{"mode", expr.AggregateCall{Name: "MODE", Order: by(num, up), Within: true}, false},
		{"mode of text", expr.AggregateCall{Name: "MODE", Order: by(text, desc), Within: true, Filter: cond}, false},
		{"distinct count", expr.AggregateCall{Name: "COUNT", Args: of(text), Distinct: true}, false},
		{"distinct count of two", expr.AggregateCall{Name: "COUNT", Args: of(num, x), Distinct: true}, false},
		{"distinct sum", expr.AggregateCall{Name: "SUM", Args: of(num), Distinct: true, Filter: cond}, false},
		{"distinct mean", expr.AggregateCall{Name: "AVG", Args: of(x), Distinct: true}, false},
		{"distinct bits", expr.AggregateCall{Name: "BIT_XOR", Args: of(number), Distinct: true}, false},
		{"distinct deviation", expr.AggregateCall{Name: "STDDEV_SAMP", Args: of(num), Distinct: true}, false},
		{"first in an order", expr.AggregateCall{Name: "FIRST", Args: of(text), Order: by(num, desc)}, false},
		{"last in an order", expr.AggregateCall{Name: "LAST", Args: of(num), Order: append(by(float, last), by(text, desc)...), Filter: cond}, false},
		{"about a count", expr.AggregateCall{Name: "APPROX_COUNT_DISTINCT", Args: of(number)}, false},
		{"text", expr.AggregateCall{Name: "STRING_AGG", Args: of(text)}, true},
		{"text in an order", expr.AggregateCall{Name: "STRING_AGG", Args: of(text, lit(tx("; "))), Order: by(number, desc)}, true},
		{"distinct text", expr.AggregateCall{Name: "STRING_AGG", Args: of(text), Distinct: true}, true},
		{"distinct text in order", expr.AggregateCall{Name: "STRING_AGG", Args: of(text), Distinct: true, Order: by(text, desc), Filter: cond}, true},
		{"array in order", expr.AggregateCall{Name: "JSON_AGG", Args: of(x), Order: by(num, last)}, true},
		{"distinct array in order", expr.AggregateCall{Name: "JSON_AGG", Args: of(num), Distinct: true, Order: by(num, desc)}, true},
		{"object", expr.AggregateCall{Name: "JSON_OBJECT_AGG", Args: of(number, text)}, true},
	}
}

func columnsOf(types []sqltypes.Type) (out []expr.Node) {
	for i, ty := range types {
		out = append(out, col(i, ty))
	}
	return out
}

func TestCollectedGroupsInLittleMemory(t *testing.T) {
	const rows = 8_000
	tab := collectedRows(rand.New(rand.NewPCG(31, 32)), rows)
	// Each row in its group, and once more in a group of all.
	own, all := append(columnsOf(collectedTypes), lit(in(1))), append(columnsOf(collectedTypes), lit(in(2)))
	all[0] = lit(sqltypes.NullOf(sqltypes.Decimal))
	sets := plan.NewVariants(scanOf(t, tab), [][]expr.Node{own, all}, append(collectedTypes, intT))
	for _, c := range collectingCalls() {
		calls := []*expr.Aggregate{call("COUNT", false), c.bound(t), call("SUM", false, col(1, intT))}
		for shape, n := range map[string]plan.Node{
			"by groups":      plan.NewAggregate(scanOf(t, tab), []expr.Node{col(0, numT)}, calls),
			"without groups": plan.NewAggregate(scanOf(t, tab), nil, calls),
			"grouping sets":  plan.NewAggregate(sets, []expr.Node{col(0, numT), col(7, intT)}, calls),
			"of no rows":     plan.NewAggregate(&plan.Filter{Input: scanOf(t, tab), Cond: lit(sqltypes.BoolValue(false))}, nil, calls),
		} {
			t.Run(c.name+" "+shape, func(t *testing.T) {
				want := firstResult(t, n)
				budgets := []int64{1, 100_000, 1 << 20}
				if c.long {
					budgets = []int64{1 << 20}
				}
				for _, size := range budgets {
					b, dir := providers.NewBudget(size), t.TempDir()
					cur, err := Run(t.Context(), n, Options{Budget: b, SpillDirectory: dir, Profile: true})
					require.NoError(t, err)
					got, err := drain(t.Context(), cur)
					require.NoError(t, err, "in %d bytes", size)
					require.NoError(t, cur.Close())
					settled(t, b)
					noFiles(t, dir)
					require.Equal(t, sortedLines(want), sortedLines(got), "in %d bytes", size)
					if s := cur.Profile()[n]; shape != "of no rows" && size < 1<<20 {
						assert.Positive(t, s.Spilled, "bytes in %d", size)
						assert.Positive(t, s.Runs, "runs in %d", size)
					}
					assert.LessOrEqual(t, b.Peak(), 2*size+(512<<10), "memory in %d bytes", size)
				}
			})
		}
	}
}

func TestCollectedGroupsOfAllSizes(t *testing.T) {
	r := rand.New(rand.NewPCG(33, 34))
	calls := collectingCalls()
	for round := range 40 {
		n := []int{1, 2, 10, 1023, 1025, 3000}[r.IntN(6)]
		tab := collectedRows(r, max(n, 4))
		tab.rows = tab.rows[:n]
		var several []*expr.Aggregate
		for range 1 + r.IntN(3) {
			several = append(several, calls[r.IntN(len(calls))].bound(t))
		}
		keys := columnsOf(collectedTypes)[:r.IntN(3)]
		result(t, plan.NewAggregate(scanOf(t, tab), keys, several))
		if t.Failed() {
			t.Fatalf("round %d: %d rows by %d keys, %v", round, n, len(keys), several)
		}
	}
}

func TestCollectedGroupsEnd(t *testing.T) {
	const rows = 8_000
	tab := collectedRows(rand.New(rand.NewPCG(35, 36)), rows)
	median, object := call("MEDIAN", false, col(3, numT)), call("JSON_OBJECT_AGG", false, col(6, intT), col(2, textT))
	t.Run("one value that does not fit is an error in the operator's name", func(t *testing.T) {
		for name, key := range map[string][]expr.Node{"aggregates": nil, "GROUP BY": {col(0, numT)}} {
			_, err := try(t, plan.NewAggregate(scanOf(t, tab), key, []*expr.Aggregate{object}), Options{Budget: providers.NewBudget(50_000)})
			require.ErrorIs(t, err, providers.KindMemory, name)
			assert.ErrorContains(t, err, name)
		}
	})
	t.Run("without spilling there is the error too", func(t *testing.T) {
		for name, key := range map[string][]expr.Node{"aggregates": nil, "GROUP BY": {col(0, numT)}} {
			_, err := try(t, plan.NewAggregate(scanOf(t, tab), key, []*expr.Aggregate{median}), Options{Budget: providers.NewBudget(50_000), NoSpill: true})
			require.ErrorIs(t, err, providers.KindMemory, name)
			assert.ErrorContains(t, err, name)
		}
	})
	t.Run("an error of a value is passed on from any pass", func(t *testing.T) {
		bad := op("/", lit(in(1)), op("-", col(6, intT), lit(in(rows-1))))
		for _, key := range [][]expr.Node{nil, {col(0, numT)}} {
			_, err := try(t, plan.NewAggregate(scanOf(t, tab), key, []*expr.Aggregate{call("MEDIAN", false, bad)}), Options{Budget: providers.NewBudget(1)})
			var state interface{ SQLState() string }
			require.ErrorAs(t, err, &state)
			assert.Equal(t, "22012", state.SQLState())
		}
	})
	t.Run("a cursor that is closed early or cancelled leaves nothing", func(t *testing.T) {
		for _, size := range []int64{1, 100_000} {
			b, dir := providers.NewBudget(size), t.TempDir()
			ctx, cancel := context.WithCancel(t.Context())
			c, err := Run(ctx, plan.NewAggregate(scanOf(t, tab), []expr.Node{col(0, numT)}, []*expr.Aggregate{median}), Options{Budget: b, SpillDirectory: dir})
			require.NoError(t, err)
			out := tuple.NewBatch(c.Layout())
			require.NoError(t, c.Next(ctx, out))
			if cancel(); size > 1 {
				require.ErrorIs(t, c.Next(ctx, out), context.Canceled)
			}
			require.NoError(t, c.Close())
			settled(t, b)
			noFiles(t, dir)
		}
	})
	t.Run("an input of many rows in few groups stays in memory", func(t *testing.T) {
		few := call("COUNT", true, op("%", col(6, intT), lit(in(5))))
		n := plan.NewAggregate(scanOf(t, tab), []expr.Node{col(5, boolT)}, []*expr.Aggregate{few, call("COUNT", true, col(5, boolT))})
		whole := providers.NewBudget(0)
		want, err := try(t, n, Options{Budget: whole})
		require.NoError(t, err)
		got, err := try(t, n, Options{Budget: providers.NewBudget(2 * whole.Peak())})
		require.NoError(t, err)
		assert.Equal(t, show(want), show(got), "in the order of their first rows: they were not regrouped")
	})
	t.Run("under an Apply it runs anew", func(t *testing.T) {
		n := plan.NewApply(plan.Apply{Kind: plan.Inner, Left: scanOf(t, counted(3)), Right: plan.NewAggregate(scanOf(t, tab), nil, []*expr.Aggregate{median, call("COUNT", true, col(2, textT))})})
		rows := result(t, n)
		require.Len(t, rows, 3)
		for _, one := range rows {
			last := len(one) - 2
			assert.Equal(t, show([]row{rows[0][last:]}), show([]row{one[last:]}))
		}
	})
}
