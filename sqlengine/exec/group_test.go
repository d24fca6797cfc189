package exec

import (
	"context"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

func call(name string, distinct bool, args ...expr.Node) *expr.Aggregate {
	a, err := expr.NewAggregate(name, args, distinct, len(args) == 0)
	if err != nil {
		panic(err)
	}
	return a
}

// groupReference computes COUNT(*), COUNT, SUM, MIN of column 4 and
// COUNT(DISTINCT) of column 1 by the given columns.
func groupReference(rows []row, by []int) (out []row) {
	type group struct {
		keys        row
		all, n, sum int64
		least       sqltypes.Value
		distinct    map[string]bool
	}
	groups, order := map[string]*group{}, []*group{}
	for _, r := range rows {
		var keys row
		for _, c := range by {
			keys = append(keys, r[c])
		}
		g := groups[valueKey(keys...)]
		if g == nil {
			g = &group{keys: keys, least: null, distinct: map[string]bool{}}
			groups[valueKey(keys...)] = g
			order = append(order, g)
		}
		g.all++
		if v := r[4]; !v.Null {
			g.n++
			g.sum += v.I
			if g.least.Null || v.I < g.least.I {
				g.least = v
			}
		}
		if !r[1].Null {
			g.distinct[r[1].S] = true
		}
	}
	if len(by) == 0 && len(order) == 0 {
		order = append(order, &group{least: null})
	}
	for _, g := range order {
		sum := sqltypes.NullOf(sqltypes.Decimal)
		if g.n > 0 {
			sum = sqltypes.NumValue(sqltypes.NumFromInt(g.sum))
		}
		out = append(out, append(append(row(nil), g.keys...), in(g.all), in(g.n), sum, g.least, in(int64(len(g.distinct)))))
	}
	return out
}

func TestAggregateAgainstReference(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for round := range 400 {
		n := []int{0, 1, 10, 300, 1023, 1024, 1025, 3000}[r.IntN(8)]
		tab := randomTable(r, n, []int{3, 30, 2000}[r.IntN(3)], joinTypes...)
		var by []int
		var keys []expr.Node
		for range r.IntN(4) {
			c := r.IntN(4)
			by, keys = append(by, c), append(keys, col(c, joinTypes[c]))
		}
		a := plan.NewAggregate(scanOf(t, tab), keys, []*expr.Aggregate{call("COUNT", false), call("COUNT", false, col(4, intT)),
			call("SUM", false, col(4, intT)), call("MIN", false, col(4, intT)), call("COUNT", true, col(1, textT))})
		require.Equal(t, show(groupReference(tab.rows, by)), show(firstResult(t, a)), "round %d: %d rows by %v", round, n, by)
	}
}

func TestAggregate(t *testing.T) {
	t.Run("without GROUP BY there is one row of no input", func(t *testing.T) {
		a := plan.NewAggregate(scanOf(t, counted(0)), nil, []*expr.Aggregate{call("COUNT", false), call("MAX", false, col(0, intT))})
		assert.Equal(t, lines("0 NULL"), show(result(t, a)))
	})
	t.Run("with GROUP BY there is none", func(t *testing.T) {
		a := plan.NewAggregate(scanOf(t, counted(0)), []expr.Node{col(0, intT)}, []*expr.Aggregate{call("COUNT", false)})
		assert.Empty(t, result(t, a))
	})
	t.Run("groups without aggregates are distinct rows", func(t *testing.T) {
		a := plan.NewAggregate(scanOf(t, counted(5000)), []expr.Node{op("%", col(0, intT), lit(in(3)))}, nil)
		assert.Equal(t, lines("0", "1", "2"), show(result(t, a)))
	})
	t.Run("decimals of two scales are one group, written as they came first", func(t *testing.T) {
		tab := table([]sqltypes.Type{numT}, row{dec("1.50")}, row{dec("1.5")}, row{dec("-0.0")}, row{dec("0")})
		a := plan.NewAggregate(scanOf(t, tab), []expr.Node{col(0, numT)}, []*expr.Aggregate{call("COUNT", false)})
		assert.Equal(t, lines("1.50 2", "0.0 2"), show(result(t, a)))
	})
	t.Run("NULL and 0 stay apart when the hash table grows", func(t *testing.T) {
		tab := table([]sqltypes.Type{intT}, row{null}, row{in(0)})
		for i := range 2000 {
			tab.rows = append(tab.rows, row{in(int64(i))}, row{null})
		}
		a := plan.NewAggregate(scanOf(t, tab), []expr.Node{col(0, intT)}, []*expr.Aggregate{call("COUNT", false)})
		rows := result(t, a)
		require.Len(t, rows, 2001)
		assert.Equal(t, lines("NULL 2001", "0 2", "1 1"), show(rows[:3]))
	})
	t.Run("an error of an argument is passed on", func(t *testing.T) {
		bad := op("/", lit(in(1)), op("-", col(0, intT), lit(in(1500))))
		for _, a := range []*plan.Aggregate{
			plan.NewAggregate(scanOf(t, counted(3000)), nil, []*expr.Aggregate{call("SUM", false, bad)}),
			plan.NewAggregate(scanOf(t, counted(3000)), []expr.Node{bad}, nil),
		} {
			_, err := try(t, a, Options{})
			var state interface{ SQLState() string }
			require.ErrorAs(t, err, &state)
			assert.Equal(t, "22012", state.SQLState())
		}
	})
	t.Run("memory", func(t *testing.T) {
		a := plan.NewAggregate(scanOf(t, counted(100_000)), []expr.Node{col(1, textT)}, []*expr.Aggregate{call("COUNT", false)})
		_, err := try(t, a, Options{Budget: providers.NewBudget(300_000), NoSpill: true})
		require.ErrorIs(t, err, providers.KindMemory)
		assert.ErrorContains(t, err, "GROUP BY")
	})
}

func TestDistinct(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for round := range 200 {
		types := joinTypes[:1+r.IntN(3)]
		tab := randomTable(r, []int{0, 1, 50, 1025, 4000}[r.IntN(5)], []int{3, 40}[r.IntN(2)], types...)
		seen, want := map[string]bool{}, []row(nil)
		for _, row := range tab.rows {
			if k := valueKey(row...); !seen[k] {
				seen[k] = true
				want = append(want, row)
			}
		}
		require.Equal(t, show(want), show(result(t, &plan.Distinct{Input: scanOf(t, tab)})), "round %d", round)
	}
	t.Run("the first rows come before the input ends", func(t *testing.T) {
		tab := counted(10)
		tab.batch, tab.block = 2, 2
		ctx, cancel := context.WithCancel(t.Context())
		c, err := Run(ctx, &plan.Distinct{Input: scanOf(t, tab)}, Options{})
		require.NoError(t, err)
		require.NoError(t, c.Next(ctx, tuple.NewBatch(c.Layout())))
		cancel()
		require.NoError(t, c.Close())
	})
	t.Run("memory", func(t *testing.T) {
		_, err := try(t, &plan.Distinct{Input: scanOf(t, counted(100_000))}, Options{Budget: providers.NewBudget(300_000), NoSpill: true})
		require.ErrorIs(t, err, providers.KindMemory)
		assert.ErrorContains(t, err, "DISTINCT")
	})
	t.Run("rows of no column are all equal", func(t *testing.T) {
		assert.Len(t, result(t, &plan.Distinct{Input: scanOf(t, table(nil, row{}, row{}))}), 1)
	})
}

func setReference(left, right []row, except, all bool) (out []row) {
	counts := map[string]int{}
	for _, r := range right {
		counts[valueKey(r...)]++
	}
	came := map[string]bool{}
	for _, l := range left {
		k := valueKey(l...)
		pass := counts[k] > 0 != except
		if all && counts[k] > 0 {
			counts[k]--
		}
		if !all && came[k] {
			pass = false
		}
		if pass {
			came[k] = true
			out = append(out, l)
		}
	}
	return out
}

func TestSetOpAgainstReference(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	sizes := []int{0, 1, 20, 1025, 3000}
	for round := range 400 {
		types, spread := joinTypes[:1+r.IntN(3)], []int{3, 40}[r.IntN(2)]
		left, right := randomTable(r, sizes[r.IntN(5)], spread, types...), randomTable(r, sizes[r.IntN(5)], spread, types...)
		n := &plan.SetOp{Left: scanOf(t, left), Right: scanOf(t, right), Except: r.IntN(2) == 0, All: r.IntN(2) == 0}
		require.Equal(t, show(setReference(left.rows, right.rows, n.Except, n.All)), show(result(t, n)),
			"round %d: except %v all %v", round, n.Except, n.All)
		assert.Equal(t, left.opens.Load(), left.closes.Load())
	}
	for except, name := range map[bool]string{false: "INTERSECT", true: "EXCEPT"} {
		n := &plan.SetOp{Left: scanOf(t, counted(10)), Right: scanOf(t, counted(100_000)), Except: except}
		_, err := try(t, n, Options{Budget: providers.NewBudget(300_000), NoSpill: true})
		require.ErrorIs(t, err, providers.KindMemory)
		assert.ErrorContains(t, err, name)
	}
}

func TestUnion(t *testing.T) {
	for _, n := range edges {
		a, b, c := counted(n), counted(0), counted(1025)
		u := &plan.Union{Children: []plan.Node{scanOf(t, a), scanOf(t, b), scanOf(t, c)}}
		require.Equal(t, show(a.rows)+show(c.rows), show(firstResult(t, u)), "%d rows", n)
		assert.EqualValues(t, 1, a.closes.Load())
	}
	t.Run("an input that is not needed is not opened", func(t *testing.T) {
		a, b := counted(10), counted(10)
		u := &plan.Union{Children: []plan.Node{scanOf(t, a), scanOf(t, b)}}
		assert.Len(t, firstResult(t, &plan.Limit{Input: u, Limit: 10}), 10)
		assert.Zero(t, b.opens.Load())
	})
	t.Run("closing in the middle ends the input that is open", func(t *testing.T) {
		a, b := counted(10), counted(3000)
		c, err := Run(t.Context(), &plan.Union{Children: []plan.Node{scanOf(t, a), scanOf(t, b)}}, Options{})
		require.NoError(t, err)
		batch := tuple.NewBatch(c.Layout())
		require.NoError(t, c.Next(t.Context(), batch))
		require.NoError(t, c.Next(t.Context(), batch))
		require.NoError(t, c.Close())
		assert.EqualValues(t, 1, b.closes.Load())
	})
}

// related is Right of an Apply: the right rows whose column 0 equals the outer
// row's, by a filter that no table can do.
func related(input plan.Node, level int) plan.Node {
	return &plan.Filter{Input: input, Cond: op("=", col(0, intT), outer(level, 0, intT))}
}

func TestApplyAgainstReference(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	kinds := []plan.JoinKind{plan.Inner, plan.Left, plan.Semi, plan.Anti, plan.Mark, plan.Single}
	for round := range 300 {
		left := randomTable(r, []int{0, 1, 30, 100}[r.IntN(4)], 20, joinTypes...)
		right := randomTable(r, []int{0, 1, 30}[r.IntN(3)], 20, joinTypes...)
		var input plan.Node = scanOf(t, right)
		isCached := r.IntN(2) == 0
		if isCached {
			input = &plan.Cached{Input: input}
		}
		s := joinSpec{kind: kinds[r.IntN(6)], keys: []int{0}}
		n := plan.NewApply(plan.Apply{Kind: s.kind, Left: scanOf(t, left), Right: related(input, 1)})
		want, failed := s.reference(left.rows, right.rows, len(joinTypes))
		got, err := try(t, n, Options{})
		if failed {
			var e *providers.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, "21000", e.SQLState())
			require.ErrorContains(t, err, "a scalar subquery returned more than one row")
			continue
		}
		require.NoError(t, err)
		require.Equal(t, show(want), show(got), "round %d: kind %d", round, s.kind)
		require.Equal(t, right.opens.Load(), right.closes.Load())
		if isCached {
			require.LessOrEqual(t, right.opens.Load(), int64(1))
		} else {
			require.EqualValues(t, len(left.rows), right.opens.Load())
		}
	}
}

func TestApply(t *testing.T) {
	t.Run("one left row with many right rows", func(t *testing.T) {
		left, right := cyclic(2, 2), cyclic(3000, 1)
		want, _ := joinSpec{kind: plan.Inner, keys: []int{0}}.reference(left.rows, right.rows, 2)
		n := plan.NewApply(plan.Apply{Kind: plan.Inner, Left: scanOf(t, left), Right: related(scanOf(t, right), 1)})
		assert.Equal(t, show(want), show(result(t, n)))
	})
	t.Run("a limit above runs the right side for few rows", func(t *testing.T) {
		right := cyclic(5, 5)
		n := plan.NewApply(plan.Apply{Kind: plan.Left, Left: scanOf(t, cyclic(1000, 5)), Right: related(scanOf(t, right), 1)})
		assert.Len(t, firstResult(t, &plan.Limit{Input: n, Limit: 3}), 3)
		assert.LessOrEqual(t, right.opens.Load(), int64(3))
	})
	t.Run("a join within the right side", func(t *testing.T) {
		left, a, b := cyclic(20, 20), cyclic(20, 20), cyclic(10, 10)
		j := plan.NewJoin(plan.Join{Kind: plan.Inner, Left: related(scanOf(t, a), 1), Right: scanOf(t, b),
			LeftKeys: []expr.Node{col(0, intT)}, RightKeys: []expr.Node{col(0, intT)}})
		n := plan.NewApply(plan.Apply{Kind: plan.Semi, Left: scanOf(t, left), Right: j})
		assert.Equal(t, show(left.rows[:10]), show(result(t, n)))
	})
	t.Run("operators that hold rows start anew for each row", func(t *testing.T) {
		left, right := cyclic(30, 3), cyclic(9, 3)
		for name, wrap := range map[string]func(plan.Node) plan.Node{
			"sort": func(n plan.Node) plan.Node {
				return &plan.Sort{Input: n, Keys: []plan.SortKey{{Expr: col(1, textT)}}, Limit: -1}
			},
			"top": func(n plan.Node) plan.Node {
				return &plan.Sort{Input: n, Keys: []plan.SortKey{{Expr: col(1, textT)}}, Limit: 5}
			},
			"distinct": func(n plan.Node) plan.Node { return &plan.Distinct{Input: n} },
			"limit":    func(n plan.Node) plan.Node { return &plan.Limit{Input: n, Limit: 3} },
			"union": func(n plan.Node) plan.Node {
				return &plan.Union{Children: []plan.Node{n, plan.NewValues(nil, n.Layout().Types)}}
			},
			"except": func(n plan.Node) plan.Node {
				return &plan.SetOp{Left: n, Right: plan.NewValues(nil, n.Layout().Types), Except: true, All: true}
			},
			"group": func(n plan.Node) plan.Node {
				return plan.NewAggregate(n, []expr.Node{col(0, intT), col(1, textT)}, nil)
			},
			"lookup": func(n plan.Node) plan.Node {
				p := lookup(t, plan.Semi, right, cyclic(3, 3), 2, 99)
				p.Left = n
				return p
			},
		} {
			n := plan.NewApply(plan.Apply{Kind: plan.Inner, Left: scanOf(t, left), Right: wrap(related(scanOf(t, right), 1))})
			want, _ := joinSpec{kind: plan.Inner, keys: []int{0}}.reference(left.rows, right.rows, 2)
			assert.Equal(t, show(want), show(result(t, n)), name)
		}
		count := plan.NewAggregate(related(scanOf(t, right), 1), nil, []*expr.Aggregate{call("COUNT", false)})
		n := plan.NewApply(plan.Apply{Kind: plan.Single, Left: scanOf(t, cyclic(4, 4)), Right: count})
		assert.Equal(t, lines("0 'row 0' 3", "1 'row 1' 3", "2 'row 2' 3", "3 'row 3' 0"), show(result(t, n)))
	})
	t.Run("an error on the right side ends the query", func(t *testing.T) {
		right := cyclic(5, 5)
		right.failAt, right.failure = 3, &providers.Error{Kind: providers.KindServer, Message: "boom"}
		_, err := try(t, plan.NewApply(plan.Apply{Kind: plan.Left, Left: scanOf(t, cyclic(3, 3)), Right: related(scanOf(t, right), 1)}), Options{})
		assert.Equal(t, right.failure, err)
		assert.Equal(t, right.opens.Load(), right.closes.Load())
	})
}

// TestCachedRows runs an Apply within an Apply: what is cached in the inner one
// may read the row of the outer one.
func TestCachedRows(t *testing.T) {
	a, b, c := cyclic(4, 4), cyclic(3, 3), cyclic(12, 4)
	nested := func(cachedPart plan.Node) plan.Node {
		inner := plan.NewApply(plan.Apply{Kind: plan.Inner, Left: scanOf(t, b), Right: &plan.Cached{Input: cachedPart}})
		return plan.NewApply(plan.Apply{Kind: plan.Inner, Left: scanOf(t, a), Right: inner})
	}
	t.Run("what reads the outer row is read again when that one changes", func(t *testing.T) {
		c.opens.Store(0)
		var want []row
		for _, x := range a.rows {
			for _, y := range b.rows {
				for _, z := range c.rows {
					if z[0].I == x[0].I {
						want = append(want, append(append(append(row(nil), x...), y...), z...))
					}
				}
			}
		}
		assert.Equal(t, show(want), show(firstResult(t, nested(related(scanOf(t, c), 2)))))
		assert.EqualValues(t, len(a.rows), c.opens.Load())
	})
	t.Run("what reads no row is read once", func(t *testing.T) {
		c.opens.Store(0)
		assert.Len(t, firstResult(t, nested(scanOf(t, c))), 4*3*12)
		assert.EqualValues(t, 1, c.opens.Load())
	})
	t.Run("an Apply within what is cached reads its own row", func(t *testing.T) {
		c.opens.Store(0)
		own := plan.NewApply(plan.Apply{Kind: plan.Semi, Left: scanOf(t, b), Right: related(scanOf(t, c), 1)})
		assert.Len(t, firstResult(t, nested(own)), 4*3*3)
		assert.EqualValues(t, 3, c.opens.Load())
	})
	t.Run("memory", func(t *testing.T) {
		_, err := try(t, &plan.Cached{Input: scanOf(t, counted(100_000))}, Options{Budget: providers.NewBudget(300_000), NoSpill: true})
		require.ErrorIs(t, err, providers.KindMemory)
		assert.ErrorContains(t, err, "cached subquery")
	})
}

func TestOuterLevelsAreSeenInEveryNode(t *testing.T) {
	scan := scanOf(t, cyclic(1, 1))
	x := op("=", outer(3, 0, intT), lit(in(1)))
	text := []expr.Node{outer(3, 0, intT)}
	lk := lookup(t, plan.Inner, cyclic(1, 1), cyclic(1, 1), 1, 1)
	filtered := *lk
	filtered.RightFilter = x
	lk.LeftKeys = text
	for name, n := range map[string]plan.Node{
		"values":              plan.NewValues([][]expr.Node{text}, []sqltypes.Type{intT}),
		"filter":              &plan.Filter{Input: scan, Cond: x},
		"project":             plan.NewProject(scan, text),
		"join's keys":         plan.NewJoin(plan.Join{Left: scan, Right: scan, LeftKeys: text, RightKeys: []expr.Node{col(0, intT)}}),
		"join's condition":    plan.NewJoin(plan.Join{Left: scan, Right: scan, Cond: x}),
		"lookup's keys":       lk,
		"lookup's filter":     &filtered,
		"groups":              plan.NewAggregate(scan, text, nil),
		"aggregate's operand": plan.NewAggregate(scan, nil, []*expr.Aggregate{call("MAX", false, text...)}),
		"sort":                &plan.Sort{Input: scan, Keys: []plan.SortKey{{Expr: text[0]}}, Limit: -1},
		"what is beneath":     &plan.Limit{Input: &plan.Distinct{Input: &plan.Filter{Input: scan, Cond: x}}},
		"a constant subquery": &plan.Once{Input: scan, Cells: []plan.OnceCell{{Query: &plan.Filter{Input: scan, Cond: x}}}},
	} {
		levels := map[int]bool{}
		outerLevels(n, 0, levels)
		assert.Equal(t, map[int]bool{3: true}, levels, name)
		levels = map[int]bool{}
		outerLevels(plan.NewApply(plan.Apply{Kind: plan.Semi, Left: scan, Right: n}), 0, levels)
		assert.Equal(t, map[int]bool{2: true}, levels, name+" within an Apply")
	}
}

func TestOnce(t *testing.T) {
	run := func(t *testing.T, query plan.Node, exists bool) ([]row, error) {
		cell := sqltypes.NullOf(sqltypes.BigInt)
		ty := intT
		if exists {
			ty = boolT
		}
		n := &plan.Once{Input: plan.NewProject(scanOf(t, cyclic(2, 2)), []expr.Node{&expr.Late{Set: &cell, T: ty}}),
			Cells: []plan.OnceCell{{Query: query, Exists: exists, Set: &cell, Name: "s"}}}
		return try(t, n, Options{})
	}
	single := func(n int) plan.Node { return plan.NewProject(scanOf(t, cyclic(n, n+1)), []expr.Node{col(0, intT)}) }
	for name, c := range map[string]struct {
		query  plan.Node
		exists bool
		want   string
	}{
		"one row is the value":      {&plan.Limit{Input: single(8), Limit: 1, Offset: 7}, false, lines("7", "7")},
		"no row is NULL":            {single(0), false, lines("NULL", "NULL")},
		"EXISTS of rows is true":    {single(5000), true, lines("TRUE", "TRUE")},
		"EXISTS of no row is false": {single(0), true, lines("FALSE", "FALSE")},
	} {
		t.Run(name, func(t *testing.T) {
			rows, err := run(t, c.query, c.exists)
			require.NoError(t, err)
			assert.Equal(t, c.want, show(rows))
		})
	}
	t.Run("two rows are an error", func(t *testing.T) {
		for _, batch := range []int{1, 2} {
			tab := cyclic(2, 2)
			tab.batch = batch
			_, err := run(t, plan.NewProject(scanOf(t, tab), []expr.Node{col(0, intT)}), false)
			var e *providers.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, "21000", e.SQLState())
			assert.Equal(t, tab.opens.Load(), tab.closes.Load())
		}
	})
	t.Run("under an Apply it runs once", func(t *testing.T) {
		cell, tab := sqltypes.NullOf(sqltypes.BigInt), cyclic(1, 1)
		n := plan.NewApply(plan.Apply{Kind: plan.Inner, Left: scanOf(t, cyclic(5, 5)), Right: &plan.Once{Input: scanOf(t, cyclic(1, 1)),
			Cells: []plan.OnceCell{{Query: scanOf(t, tab), Set: &cell}}}})
		assert.Len(t, firstResult(t, n), 5)
		assert.EqualValues(t, 1, tab.opens.Load())
	})
}

func TestProfile(t *testing.T) {
	left, right := cyclic(2500, 10), cyclic(10, 10)
	lk := lookup(t, plan.Inner, left, right, 5, 100)
	n := &plan.Filter{Input: lk, Cond: op("<", col(0, intT), lit(in(3)))}
	var ticks int64
	clock := func() time.Time { return time.Unix(0, atomic.AddInt64(&ticks, 1)) }
	c, err := Run(t.Context(), n, Options{Profile: true, Now: clock})
	require.NoError(t, err)
	_, err = drain(t.Context(), c)
	require.NoError(t, err)
	p := c.Profile()
	assert.EqualValues(t, 750, p[n].Rows)
	assert.EqualValues(t, 2500, p[lk].Rows)
	assert.EqualValues(t, 2, p[lk].Requests, "two batches of keys")
	assert.EqualValues(t, Stats{Rows: 2500, Opens: 1, Requests: 3, Bytes: 30, Elapsed: p[lk.Left].Elapsed}, p[lk.Left])
	assert.Positive(t, p[lk.Left].Elapsed)
	assert.Greater(t, p[lk].Elapsed, p[lk.Left].Elapsed)
	assert.Greater(t, p[n].Elapsed, p[lk].Elapsed)
	t.Run("nobody counts when nobody asks", func(t *testing.T) {
		c, err := Run(t.Context(), n, Options{})
		require.NoError(t, err)
		require.NoError(t, c.Close())
		assert.Nil(t, c.Profile())
	})
	t.Run("a node that is run again adds up", func(t *testing.T) {
		scan := scanOf(t, right)
		n := plan.NewApply(plan.Apply{Kind: plan.Inner, Left: scanOf(t, cyclic(3, 3)), Right: scan})
		c, err := Run(t.Context(), n, Options{Profile: true})
		require.NoError(t, err)
		_, err = drain(t.Context(), c)
		require.NoError(t, err)
		assert.EqualValues(t, 3, c.Profile()[scan].Opens)
		assert.EqualValues(t, 30, c.Profile()[scan].Rows)
	})
}

func TestOperatorsSeeThatTheyAreCancelled(t *testing.T) {
	tab := cyclic(50_000, 50_000)
	nothing := op("<", col(0, intT), lit(in(0)))
	for name, n := range map[string]plan.Node{
		"filter":    &plan.Filter{Input: scanOf(t, tab), Cond: nothing},
		"sort":      &plan.Sort{Input: scanOf(t, tab), Keys: []plan.SortKey{{Expr: col(1, textT)}}, Limit: -1},
		"top":       &plan.Sort{Input: scanOf(t, tab), Keys: []plan.SortKey{{Expr: col(1, textT)}}, Limit: 3},
		"group":     plan.NewAggregate(scanOf(t, tab), []expr.Node{col(1, textT)}, nil),
		"aggregate": plan.NewAggregate(scanOf(t, tab), nil, []*expr.Aggregate{call("COUNT", false)}),
		"distinct":  &plan.Distinct{Input: &plan.Filter{Input: scanOf(t, tab), Cond: nothing}},
		"join":      keyedJoin(t, plan.Inner, cyclic(1, 1), tab),
		"lookup":    lookup(t, plan.Inner, cyclic(1, 1), tab, 10, 0),
		"except":    &plan.SetOp{Left: scanOf(t, cyclic(1, 1)), Right: scanOf(t, tab), Except: true},
		"cached":    &plan.Cached{Input: scanOf(t, tab)},
	} {
		t.Run(name, func(t *testing.T) {
			b := providers.NewBudget(0)
			ctx, cancel := context.WithCancel(t.Context())
			tab.pulled.Store(0)
			tab.onRow = func(at int) {
				if at == 5000 {
					cancel()
				}
			}
			c, err := Run(ctx, n, Options{Budget: b})
			require.NoError(t, err)
			require.Equal(t, context.Canceled, c.Next(ctx, tuple.NewBatch(c.Layout())))
			require.NoError(t, c.Close())
			settled(t, b)
			assert.LessOrEqual(t, tab.pulled.Load(), int64(5000+2*tuple.TargetRows))
		})
	}
}
