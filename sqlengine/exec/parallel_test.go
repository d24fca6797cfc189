package exec

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// meeting makes tables of one row, each of which gives it only when all of
// them are being read.
func meeting(t *testing.T, n int) []*fakeTable {
	var all sync.WaitGroup
	all.Add(n)
	met := make(chan struct{})
	go func() { all.Wait(); close(met) }()
	out := make([]*fakeTable, n)
	for i := range out {
		tab := table([]sqltypes.Type{intT}, row{in(int64(i))})
		tab.onRow = func(int) {
			all.Done()
			select {
			case <-met:
			case <-time.After(10 * time.Second):
				t.Error("the tables are read one after the other")
			}
		}
		out[i] = tab
	}
	return out
}

func TestIndependentScansRunAtTheSameTime(t *testing.T) {
	t.Run("the sides of a join", func(t *testing.T) {
		tabs := meeting(t, 2)
		_, err := try(t, plan.NewJoin(plan.Join{Kind: plan.Inner, Left: scanOf(t, tabs[0]), Right: scanOf(t, tabs[1])}), Options{})
		require.NoError(t, err)
	})
	t.Run("the sides of a set operation", func(t *testing.T) {
		tabs := meeting(t, 2)
		_, err := try(t, &plan.SetOp{Left: scanOf(t, tabs[0]), Right: scanOf(t, tabs[1])}, Options{})
		require.NoError(t, err)
	})
	t.Run("the inputs of a union after the first", func(t *testing.T) {
		u := &plan.Union{Children: []plan.Node{scanOf(t, table([]sqltypes.Type{intT}, row{in(-1)}))}}
		for _, tab := range meeting(t, unionAhead) {
			u.Children = append(u.Children, scanOf(t, tab))
		}
		rows, err := try(t, u, Options{})
		require.NoError(t, err)
		assert.Equal(t, lines("-1", "0", "1", "2", "3"), show(rows))
	})
	t.Run("but no second input of a union that a limit may not need", func(t *testing.T) {
		other := table([]sqltypes.Type{intT}, row{in(2)})
		u := &plan.Union{Children: []plan.Node{scanOf(t, table([]sqltypes.Type{intT}, row{in(1)})), scanOf(t, other)}}
		rows, err := try(t, &plan.Limit{Input: u, Limit: 1}, Options{})
		require.NoError(t, err)
		assert.Len(t, rows, 1)
		assert.Zero(t, other.opens.Load())
	})
	t.Run("constant subqueries", func(t *testing.T) {
		o := &plan.Once{Input: plan.NewValues(nil, []sqltypes.Type{intT})}
		values := make([]sqltypes.Value, onceAhead)
		for i, tab := range meeting(t, onceAhead) {
			o.Cells = append(o.Cells, plan.OnceCell{Query: scanOf(t, tab), Set: &values[i]})
		}
		_, err := try(t, o, Options{})
		require.NoError(t, err)
		for i, v := range values {
			assert.EqualValues(t, i, v.I)
		}
	})
	t.Run("and the first of several errors is told", func(t *testing.T) {
		bad := func(block bool) *fakeTable {
			tab := table([]sqltypes.Type{intT}, row{in(1)}, row{in(2)})
			if block {
				tab.block = 0
			}
			return tab
		}
		var v [2]sqltypes.Value
		o := &plan.Once{Input: plan.NewValues(nil, []sqltypes.Type{intT}), Cells: []plan.OnceCell{
			{Query: scanOf(t, bad(true)), Set: &v[0]}, {Query: scanOf(t, bad(false)), Set: &v[1]}}}
		_, err := try(t, o, Options{})
		require.EqualError(t, err, errSecondRow().Error())
	})
}
