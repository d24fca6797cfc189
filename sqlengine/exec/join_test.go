package exec

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
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

// joinSpec describes a join for the reference.
type joinSpec struct {
	kind      plan.JoinKind
	keys      []int // columns of both sides
	nullSafe  []bool
	nullAware bool
	// cond compares a column of the left with one of the right by "<"; nil if none.
	cond *[2]int
}

func (s joinSpec) String() string {
	cond := "no condition"
	if s.cond != nil {
		cond = fmt.Sprintf("l%d < r%d", s.cond[0], s.cond[1])
	}
	return fmt.Sprintf("kind %d on %v null safe %v null aware %v, %s", s.kind, s.keys, s.nullSafe, s.nullAware, cond)
}

func and(a, b truth) truth {
	switch {
	case a == isFalse || b == isFalse:
		return isFalse
	case a == isNull || b == isNull:
		return isNull
	}
	return isTrue
}

func truthOf(b bool) truth {
	if b {
		return isTrue
	}
	return isFalse
}

func (s joinSpec) condHolds(l, r row) bool {
	if s.cond == nil {
		return true
	}
	x, y := l[s.cond[0]], r[s.cond[1]]
	return !x.Null && !y.Null && sqltypes.Compare(x, y) < 0
}

// equalKeys is the truth of the equality of the keys.
func (s joinSpec) equalKeys(l, r row) truth {
	t := isTrue
	for i, k := range s.keys {
		x, y := l[k], r[k]
		switch {
		case s.nullSafe != nil && s.nullSafe[i] && (x.Null || y.Null):
			t = and(t, truthOf(x.Null && y.Null))
		case x.Null || y.Null:
			t = and(t, isNull)
		default:
			t = and(t, truthOf(sqltypes.Compare(x, y) == 0))
		}
	}
	return t
}

// reference joins two lists of rows by the definition.
func (s joinSpec) reference(left, right []row, rightColumns int) (out []row, failed bool) {
	nulls := make(row, rightColumns)
	for i := range nulls {
		nulls[i] = null
	}
	seen := make([]bool, len(right))
	for _, l := range left {
		matches, open := 0, false
		for i, r := range right {
			if !s.condHolds(l, r) {
				continue
			}
			t := s.equalKeys(l, r)
			open = open || t == isNull
			if t != isTrue {
				continue
			}
			matches++
			seen[i] = true
			switch s.kind {
			case plan.Inner, plan.Left, plan.Full, plan.Single:
				out = append(out, slices.Concat(l, r))
			}
		}
		answer := truthOf(matches > 0)
		if s.nullAware && matches == 0 && open {
			answer = isNull
		}
		switch {
		case s.kind == plan.Single && matches > 1:
			return nil, true
		case matches == 0 && (s.kind == plan.Left || s.kind == plan.Full || s.kind == plan.Single):
			out = append(out, slices.Concat(l, nulls))
		case s.kind == plan.Semi && answer == isTrue, s.kind == plan.Anti && answer == isFalse:
			out = append(out, l)
		case s.kind == plan.Mark:
			mark := sqltypes.NullOf(sqltypes.Bool)
			if answer != isNull {
				mark = sqltypes.BoolValue(answer == isTrue)
			}
			out = append(out, slices.Concat(l, row{mark}))
		}
	}
	if s.kind == plan.Full {
		for i, r := range right {
			if !seen[i] {
				out = append(out, slices.Concat(nulls, r)) // both sides have as many columns here
			}
		}
	}
	return out, false
}

var joinTypes = []sqltypes.Type{intT, textT, numT, fltT, intT}

func (s joinSpec) condNode() expr.Node {
	if s.cond == nil {
		return nil
	}
	return op("<", col(s.cond[0], joinTypes[s.cond[0]]), col(len(joinTypes)+s.cond[1], joinTypes[s.cond[1]]))
}

func (s joinSpec) keyNodes() (out []expr.Node) {
	for _, k := range s.keys {
		out = append(out, col(k, joinTypes[k]))
	}
	return out
}

func randomJoin(r *rand.Rand) joinSpec {
	s := joinSpec{kind: plan.JoinKind(r.IntN(7))}
	for range r.IntN(3) {
		s.keys = append(s.keys, r.IntN(4))
		s.nullSafe = append(s.nullSafe, r.IntN(3) == 0)
	}
	if r.IntN(2) == 0 {
		c := r.IntN(4)
		s.cond = &[2]int{c, c}
	}
	if (s.kind == plan.Mark || s.kind == plan.Anti) && r.IntN(2) == 0 {
		s.nullAware, s.keys, s.nullSafe = true, []int{r.IntN(4)}, nil
	}
	return s
}

func sorted(rows []row) []row {
	rows = slices.Clone(rows)
	slices.SortFunc(rows, func(a, b row) int {
		x, y := show([]row{a}), show([]row{b})
		if x < y {
			return -1
		} else if x > y {
			return 1
		}
		return 0
	})
	return rows
}

func TestJoinAgainstReference(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	sizes := []int{0, 1, 3, 20, 60}
	for round := range 500 {
		s := randomJoin(r)
		spread := []int{3, 8, 60}[r.IntN(3)]
		left := randomTable(r, sizes[r.IntN(5)], spread, joinTypes...)
		right := randomTable(r, sizes[r.IntN(5)], spread, joinTypes...)
		n := plan.NewJoin(plan.Join{Kind: s.kind, Left: scanOf(t, left), Right: scanOf(t, right), LeftKeys: s.keyNodes(),
			RightKeys: s.keyNodes(), NullSafe: s.nullSafe, Cond: s.condNode(), NullAware: s.nullAware, BuildLeft: r.IntN(3) == 0})
		want, failed := s.reference(left.rows, right.rows, len(joinTypes))
		for _, budget := range []int64{0, 1} { // in memory, and spilled wherever it can be
			left.batch, right.batch = int(budget)*7, int(budget)*7
			got, err := try(t, n, Options{Budget: providers.NewBudget(budget)})
			if failed {
				var e *providers.Error
				require.ErrorAs(t, err, &e, "round %d: %s", round, s)
				require.Equal(t, "21000", e.SQLState())
				continue
			}
			require.NoError(t, err)
			if n.BuildLeft || budget > 0 { // in an order of its own
				want, got = sorted(want), sorted(got)
			}
			require.Equal(t, show(want), show(got), "round %d: %s, build left %v\nleft\n%sright\n%s", round, s, n.BuildLeft, show(left.rows), show(right.rows))
		}
		require.Equal(t, left.opens.Load(), left.closes.Load())
		require.Equal(t, right.opens.Load(), right.closes.Load())
	}
}

func TestLookupJoinAgainstReference(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	sizes := []int{0, 1, 3, 20, 60, 200}
	switched := 0
	for round := range 1000 {
		s := randomJoin(r)
		for len(s.keys) == 0 || s.kind == plan.Full || s.nullAware {
			s = randomJoin(r)
		}
		s.nullSafe = nil
		if len(s.keys) == 2 && s.keys[0] == s.keys[1] {
			s.keys = s.keys[:1]
		}
		spread := []int{3, 8, 60}[r.IntN(3)]
		left := randomTable(r, sizes[r.IntN(6)], spread, joinTypes...)
		right := randomTable(r, sizes[r.IntN(5)], spread, joinTypes...)
		right.superset = r.IntN(3) == 0
		request := &providers.ScanRequest{Columns: []int{0, 1, 2, 3, 4}, Keys: &providers.KeyBatch{Columns: s.keys}}
		full, err := right.Plan(t.Context(), &providers.ScanRequest{Columns: request.Columns})
		require.NoError(t, err)
		n := plan.NewLookupJoin(plan.LookupJoin{Kind: s.kind, Left: scanOf(t, left), LeftKeys: s.keyNodes(), Table: right,
			Request: request, Full: full, KeyPositions: s.keys, MaxKeys: 1 + r.IntN(30), Switch: r.IntN(60), Cond: s.condNode()})
		kept := right.rows
		if r.IntN(2) == 0 {
			n.RightFilter = op(">", col(4, intT), lit(in(0)))
			kept = nil
			for _, row := range right.rows {
				if !row[4].Null && row[4].I > 0 {
					kept = append(kept, row)
				}
			}
		}
		want, failed := s.reference(left.rows, kept, len(joinTypes))
		got, err := try(t, n, Options{})
		if failed {
			var e *providers.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, "21000", e.SQLState())
			continue
		}
		require.NoError(t, err)
		require.Equal(t, show(want), show(got), "round %d: %s, at most %d keys, switch %d\nleft\n%sright\n%s",
			round, s, n.MaxKeys, n.Switch, show(left.rows), show(right.rows))
		require.Equal(t, right.opens.Load(), right.closes.Load())
		for _, k := range right.keyBatches {
			require.LessOrEqual(t, k, n.MaxKeys)
		}
		if int(right.opens.Load()) > len(right.keyBatches) {
			switched++
		}
	}
	assert.Greater(t, switched, 100, "the switch was hardly tested")
}

// cyclic is a table of n rows: a key 0…keys-1 over and over, a text.
func cyclic(n, keys int) *fakeTable {
	t := table([]sqltypes.Type{intT, textT})
	for i := range n {
		t.rows = append(t.rows, row{in(int64(i % keys)), tx(fmt.Sprint("row ", i))})
	}
	return t
}

func keyedJoin(t testing.TB, kind plan.JoinKind, left, right *fakeTable) *plan.Join {
	k := []expr.Node{col(0, intT)}
	return plan.NewJoin(plan.Join{Kind: kind, Left: scanOf(t, left), Right: scanOf(t, right), LeftKeys: k, RightKeys: k})
}

func TestJoinAtBatchBoundaries(t *testing.T) {
	for _, n := range []int{1023, 1024, 2049} {
		for _, m := range []int{1, 1024, 1025} {
			for _, kind := range []plan.JoinKind{plan.Inner, plan.Left, plan.Full, plan.Semi, plan.Anti, plan.Mark} {
				left, right := cyclic(n, n), cyclic(m, m)
				want, _ := joinSpec{kind: kind, keys: []int{0}}.reference(left.rows, right.rows, 2)
				require.Equal(t, show(want), show(firstResult(t, keyedJoin(t, kind, left, right))), "%d rows by %d, kind %d", n, m, kind)
			}
		}
	}
	t.Run("one row with more matches than a batch has rows", func(t *testing.T) {
		left, right := cyclic(3, 1), cyclic(3000, 1)
		want, _ := joinSpec{kind: plan.Left, keys: []int{0}}.reference(left.rows, right.rows, 2)
		assert.Equal(t, show(want), show(result(t, keyedJoin(t, plan.Left, left, right))))
	})
}

func TestJoinOfMoreThan64Columns(t *testing.T) {
	for _, widths := range [][2]int{{40, 40}, {64, 1}, {1, 64}, {63, 2}, {65, 70}, {128, 3}, {64, 64}} {
		var tabs [2]*fakeTable
		for i, w := range widths {
			tabs[i] = table(nil)
			for range w {
				tabs[i].types = append(tabs[i].types, textT)
			}
			for n := range 3 {
				r := make(row, w)
				for c := range r {
					r[c] = tx(fmt.Sprint(i, n, c))
					if (c+n)%3 == 0 {
						r[c] = sqltypes.NullOf(sqltypes.Varchar)
					}
				}
				tabs[i].rows = append(tabs[i].rows, r)
			}
		}
		n := plan.NewJoin(plan.Join{Kind: plan.Inner, Left: scanOf(t, tabs[0]), Right: scanOf(t, tabs[1])})
		want, _ := joinSpec{kind: plan.Inner}.reference(tabs[0].rows, tabs[1].rows, widths[1])
		require.Equal(t, show(want), show(result(t, n)), "%v", widths)
	}
	t.Run("beside rows of no column", func(t *testing.T) {
		left, right := cyclic(2, 2), table(nil, row{}, row{})
		n := plan.NewJoin(plan.Join{Kind: plan.Inner, Left: scanOf(t, left), Right: scanOf(t, right)})
		assert.Len(t, result(t, n), 4)
	})
}

func TestJoinLoadsBothSidesAtOnce(t *testing.T) {
	// Each side's first batch is held back until the other one was asked for.
	left, right := cyclic(5, 5), cyclic(5, 5)
	n := keyedJoin(t, plan.Inner, left, right)
	asked := make(chan struct{}, 2)
	both := make(chan struct{})
	go func() { <-asked; <-asked; close(both) }()
	for _, s := range []plan.Node{n.Left, n.Right} {
		p := s.(*plan.Scan).Plan
		open := p.Open
		p.Open = func(ctx context.Context, b *providers.Budget) (providers.BatchReader, error) {
			r, err := open(ctx, b)
			return &gated{BatchReader: r, asked: asked, gate: both}, err
		}
	}
	assert.Len(t, firstResult(t, n), 5)
}

// gated holds its first batch back.
type gated struct {
	providers.BatchReader
	asked chan struct{}
	gate  chan struct{}
	past  bool
}

func (g *gated) Next(ctx context.Context, out *tuple.Batch) error {
	if !g.past {
		g.past = true
		g.asked <- struct{}{}
		select {
		case <-g.gate:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return g.BatchReader.Next(ctx, out)
}

func TestJoinStopsEarly(t *testing.T) {
	t.Run("without a build row an inner join reads no further probe rows", func(t *testing.T) {
		left := cyclic(100_000, 10)
		assert.Empty(t, firstResult(t, keyedJoin(t, plan.Inner, left, table([]sqltypes.Type{intT, textT}))))
		assert.LessOrEqual(t, left.pulled.Load(), int64(tuple.TargetRows))
	})
	t.Run("EXISTS without keys needs one right row", func(t *testing.T) {
		right := cyclic(100_000, 10)
		n := plan.NewJoin(plan.Join{Kind: plan.Semi, Left: scanOf(t, cyclic(3, 3)), Right: scanOf(t, right)})
		assert.Len(t, firstResult(t, n), 3)
		assert.LessOrEqual(t, right.pulled.Load(), int64(tuple.TargetRows))
	})
	t.Run("NOT IN of a NULL is never true", func(t *testing.T) {
		left, right := cyclic(100_000, 10), cyclic(100_000, 10)
		right.rows[5][0] = null
		n := keyedJoin(t, plan.Anti, left, right)
		n.NullAware = true
		assert.Empty(t, firstResult(t, n))
		assert.LessOrEqual(t, left.pulled.Load(), int64(tuple.TargetRows))
		assert.LessOrEqual(t, right.pulled.Load(), int64(tuple.TargetRows))
	})
	t.Run("closing in the middle ends both sides", func(t *testing.T) {
		left, right := cyclic(5000, 10), cyclic(10, 10)
		left.batch = 100
		b := providers.NewBudget(0)
		c, err := Run(t.Context(), keyedJoin(t, plan.Inner, left, right), Options{Budget: b})
		require.NoError(t, err)
		require.NoError(t, c.Next(t.Context(), tuple.NewBatch(c.Layout())))
		assert.NotZero(t, b.Used())
		require.NoError(t, c.Close())
		settled(t, b)
		assert.EqualValues(t, 1, left.closes.Load())
		assert.EqualValues(t, 1, right.closes.Load())
	})
	t.Run("closing before the first row ends both sides", func(t *testing.T) {
		left, right := cyclic(50, 10), cyclic(10, 10)
		left.block = 0
		left.onRow = func(int) {}
		b := providers.NewBudget(0)
		c, err := Run(t.Context(), keyedJoin(t, plan.Inner, left, right), Options{Budget: b})
		require.NoError(t, err)
		for left.opens.Load() == 0 {
			runtime.Gosched()
		}
		require.NoError(t, c.Close())
		assert.Zero(t, left.overlaps.Load(), "a side was closed while it was read")
		settled(t, b)
		assert.Equal(t, left.opens.Load(), left.closes.Load())
		assert.Equal(t, right.opens.Load(), right.closes.Load())
	})
}

func TestFullJoinReadsItsRightSideThoughTheLeftIsEmpty(t *testing.T) {
	left, right := cyclic(0, 1), cyclic(3, 3)
	n := keyedJoin(t, plan.Full, left, right)
	op, err := newRun(t.Context(), plan.NewValues(nil, nil), Options{}).build(n, nil)
	require.NoError(t, err)
	p := n.Right.(*plan.Scan).Plan
	open := p.Open
	p.Open = func(ctx context.Context, b *providers.Budget) (providers.BatchReader, error) {
		<-op.(*join).outer.done
		return open(ctx, b)
	}
	require.NoError(t, op.open(t.Context()))
	out := tuple.NewBatch(n.Layout())
	require.NoError(t, op.next(t.Context(), out))
	assert.Equal(t, lines("NULL NULL 0 'row 0'", "NULL NULL 1 'row 1'", "NULL NULL 2 'row 2'"), show(boxed(out)))
	require.NoError(t, op.close())
}

func TestJoinFailures(t *testing.T) {
	boom := &providers.Error{Kind: providers.KindServer, Message: "boom"}
	for _, at := range []int{0, 1500} {
		for side := range 2 {
			tabs := [2]*fakeTable{cyclic(3000, 10), cyclic(3000, 3000)}
			tabs[side].failAt, tabs[side].failure = at, boom
			_, err := try(t, keyedJoin(t, plan.Inner, tabs[0], tabs[1]), Options{})
			assert.Equal(t, boom, err, "side %d at %d", side, at)
			for _, tab := range tabs {
				assert.Equal(t, tab.opens.Load(), tab.closes.Load())
			}
		}
	}
	t.Run("an error of the condition is passed on", func(t *testing.T) {
		n := keyedJoin(t, plan.Inner, cyclic(10, 10), cyclic(10, 10))
		n.Cond = op(">", op("/", lit(in(1)), col(2, intT)), lit(in(0)))
		_, err := try(t, n, Options{})
		var state interface{ SQLState() string }
		require.ErrorAs(t, err, &state)
		assert.Equal(t, "22012", state.SQLState())
	})
	t.Run("memory", func(t *testing.T) {
		_, err := try(t, keyedJoin(t, plan.Inner, cyclic(10, 10), cyclic(100_000, 10)), Options{Budget: providers.NewBudget(100_000), NoSpill: true})
		require.ErrorIs(t, err, providers.KindMemory)
		assert.ErrorContains(t, err, "hash join build side")
	})
	t.Run("keys of two storages are refused", func(t *testing.T) {
		n := keyedJoin(t, plan.Inner, cyclic(1, 1), cyclic(1, 1))
		n.RightKeys = []expr.Node{col(1, textT)}
		_, err := try(t, n, Options{})
		assert.ErrorContains(t, err, "key 1 is BIGINT on the left, VARCHAR on the right")
	})
	t.Run("a long nested loop is cancelled", func(t *testing.T) {
		n := plan.NewJoin(plan.Join{Kind: plan.Inner, Left: scanOf(t, cyclic(100_000, 10)), Right: scanOf(t, cyclic(100_000, 10)),
			Cond: op("<", op("+", col(0, intT), col(2, intT)), lit(in(0)))}) // 10,000,000,000 pairs, none of which passes
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

func lookup(t testing.TB, kind plan.JoinKind, left, right *fakeTable, most, sw int) *plan.LookupJoin {
	full, err := right.Plan(t.Context(), &providers.ScanRequest{Columns: []int{0, 1}})
	require.NoError(t, err)
	return plan.NewLookupJoin(plan.LookupJoin{Kind: kind, Left: scanOf(t, left), LeftKeys: []expr.Node{col(0, intT)}, Table: right,
		Request: &providers.ScanRequest{Columns: []int{0, 1}, Keys: &providers.KeyBatch{Columns: []int{0}}},
		Full:    full, KeyPositions: []int{0}, MaxKeys: most, Switch: sw})
}

func TestLookupJoinAsksForWhatItNeeds(t *testing.T) {
	t.Run("a limit above stops after the first keys", func(t *testing.T) {
		left, right := cyclic(5000, 5000), cyclic(5000, 5000)
		n := &plan.Limit{Input: lookup(t, plan.Inner, left, right, 50, 1000), Limit: 10}
		assert.Len(t, firstResult(t, n), 10)
		assert.Equal(t, []int{50}, right.keyBatches)
	})
	t.Run("a key is asked for once", func(t *testing.T) {
		left, right := cyclic(5000, 30), cyclic(30, 30)
		left.batch = 7
		assert.Len(t, firstResult(t, lookup(t, plan.Inner, left, right, 50, 1000)), 5000)
		sum := 0
		for _, k := range right.keyBatches {
			sum += k
		}
		assert.Equal(t, 30, sum)
		assert.Less(t, len(right.keyBatches), 5, "rounds gather keys: %v", right.keyBatches)
	})
	t.Run("past the switch the table is read once", func(t *testing.T) {
		left, right := cyclic(5000, 5000), cyclic(5000, 5000)
		left.batch = 100
		assert.Len(t, firstResult(t, lookup(t, plan.Inner, left, right, 50, 120)), 5000)
		sum := 0
		for _, k := range right.keyBatches {
			sum += k
		}
		assert.LessOrEqual(t, sum, 120)
		assert.EqualValues(t, len(right.keyBatches)+1, right.opens.Load())
	})
	t.Run("left rows without a key ask for nothing", func(t *testing.T) {
		left := table([]sqltypes.Type{intT}, row{null}, row{null})
		right := cyclic(5, 5)
		assert.Equal(t, lines("NULL NULL NULL", "NULL NULL NULL"), show(firstResult(t, lookup(t, plan.Left, left, right, 50, 120))))
		assert.Zero(t, right.opens.Load())
	})
	t.Run("its errors are passed on", func(t *testing.T) {
		left, right := cyclic(3000, 3000), cyclic(3000, 3000)
		right.failAt, right.failure = 1500, io.ErrUnexpectedEOF
		_, err := try(t, lookup(t, plan.Inner, left, right, 50, 9999), Options{})
		assert.Equal(t, io.ErrUnexpectedEOF, err)
		assert.Equal(t, right.opens.Load(), right.closes.Load())
	})
	t.Run("its memory has a name", func(t *testing.T) {
		_, err := try(t, lookup(t, plan.Inner, cyclic(9000, 9000), cyclic(9000, 9000), 500, 99999), Options{Budget: providers.NewBudget(100_000), NoSpill: true})
		require.ErrorIs(t, err, providers.KindMemory)
		assert.ErrorContains(t, err, "lookup join")
	})
}
