package exec

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// sharedBy gives places that read a plan once.
func sharedBy(n plan.Node) func() plan.Node {
	s := &plan.Shared{Name: "part 1", Body: n, Repeatable: true}
	return func() plan.Node { return plan.NewSharedRead(s) }
}

// sharedJoin joins a table of numbers from 0 to n-1 with itself, read once.
func sharedJoin(t *testing.T, n int) (*fakeTable, plan.Node) {
	tab := table([]sqltypes.Type{intT})
	tab.batch = 100
	for i := range n {
		tab.rows = append(tab.rows, row{in(int64(i))})
	}
	s := sharedBy(scanOf(t, tab))
	more := plan.NewProject(s(), []expr.Node{op("+", col(0, intT), lit(in(1)))})
	return tab, plan.NewJoin(plan.Join{Kind: plan.Inner, Left: s(), Right: more, LeftKeys: []expr.Node{col(0, intT)}, RightKeys: []expr.Node{col(0, intT)}})
}

func TestShared(t *testing.T) {
	t.Run("is read once by two readers", func(t *testing.T) {
		tab, n := sharedJoin(t, 5000)
		rows, err := try(t, n, Options{})
		require.NoError(t, err)
		assert.Len(t, rows, 4999)
		assert.EqualValues(t, 1, tab.opens.Load())
		assert.EqualValues(t, 1, tab.closes.Load())
		assert.EqualValues(t, 5000, tab.pulled.Load())
		assert.Zero(t, tab.overlaps.Load())
	})
	t.Run("gives each reader its rows where one ends before the other begins", func(t *testing.T) {
		tab, _ := sharedJoin(t, 2500)
		s := sharedBy(scanOf(t, tab))
		rows, err := try(t, &plan.Union{Children: []plan.Node{s(), &plan.Limit{Input: s(), Limit: 10}, s()}}, Options{})
		require.NoError(t, err)
		assert.Len(t, rows, 5010)
		assert.EqualValues(t, 1, tab.opens.Load())
	})
	t.Run("is read by each place for itself where nothing may spill", func(t *testing.T) {
		tab, n := sharedJoin(t, 300)
		rows, err := try(t, n, Options{NoSpill: true})
		require.NoError(t, err)
		assert.Len(t, rows, 299)
		assert.EqualValues(t, 2, tab.opens.Load())
	})
	t.Run("fails for both with the error of the one input", func(t *testing.T) {
		tab, n := sharedJoin(t, 5000)
		tab.failAt, tab.failure = 3000, errors.New("the page is torn")
		_, err := try(t, n, Options{})
		assert.Equal(t, tab.failure, err)
		assert.EqualValues(t, 1, tab.opens.Load())
	})
	t.Run("ends with the statement", func(t *testing.T) {
		tab, n := sharedJoin(t, 5000)
		b := providers.NewBudget(0)
		c, err := Run(t.Context(), n, Options{Budget: b})
		require.NoError(t, err)
		require.NoError(t, c.Next(t.Context(), tuple.NewBatch(c.Layout())))
		require.NoError(t, c.Close())
		settled(t, b)
		assert.EqualValues(t, 1, tab.closes.Load())
	})
}
