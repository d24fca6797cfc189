package exec

import (
	"slices"
	"sync/atomic"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
)

// reserveStep is what an operator takes from the budget at once: many small
// operators fit a small budget, and a large one asks seldom.
const reserveStep = 64 << 10

// shares divides the budget of a statement among its operators. Each may count
// on the least share, even if another one, which began before, could use it;
// what is beyond the least shares goes to whoever asks first.
type shares struct {
	least int64
	rest  int64
	taken atomic.Int64 // of the rest
}

// shareOut gives each of the operators that hold rows a least share.
func (s *shares) shareOut(limit int64, root plan.Node) {
	n := max(1, holders(root))
	s.least = limit / (2 * n)
	s.rest = limit - n*s.least
}

// holders counts the operators of a plan that hold rows.
func holders(n plan.Node) int64 {
	count := int64(0)
	switch n := n.(type) {
	case *plan.Aggregate:
		count++
		if slices.ContainsFunc(n.Calls, (*expr.Aggregate).Collects) { // it may sort a group
			count++
		}
	case *plan.Scan, *plan.Values, *plan.Filter, *plan.Project, *plan.Limit, *plan.Union, *plan.Once,
		*plan.Apply, *plan.Variants, *plan.IfEmpty, *plan.DistinctOn, *plan.Work, *plan.TableFunc:
	default:
		count++
	}
	for _, c := range n.Inputs() {
		count += holders(c)
	}
	return count
}

// reservation is the memory that an operator holds.
type reservation struct {
	budget *providers.Budget
	shares *shares
	name   string
	held   int64
}

func (r *run) reservation(name string) reservation {
	return reservation{budget: r.budget, shares: &r.shares, name: name}
}

// hold makes sure of n bytes in all, or tells in the operator's name that they
// are not there.
func (r *reservation) hold(n int64) error {
	need := n - r.held
	if need <= 0 {
		return nil
	}
	if need < reserveStep && r.budget.Reserve(r.name, reserveStep) == nil {
		r.account(reserveStep)
		return nil
	}
	if err := r.budget.Reserve(r.name, need); err != nil {
		return err
	}
	r.account(need)
	return nil
}

// fits is hold of an operator that can spill: it takes n bytes in all if they
// are within the operator's share or nobody else may count on them.
func (r *reservation) fits(n int64) bool {
	need := n - r.held
	if need <= 0 {
		return true
	}
	if r.budget.Limit() == 0 {
		r.take(n)
		return true
	}
	if extra := r.beyond(need); extra > 0 {
		if r.shares.taken.Load()+extra > r.shares.rest || r.budget.Reserve(r.name, need) != nil {
			return false
		}
		r.account(need)
		return true
	}
	r.take(n)
	return true
}

// take takes n bytes in all, whatever is left: what an operator cannot do
// without once it spills, which is a few blocks.
func (r *reservation) take(n int64) {
	if need := n - r.held; need > 0 {
		r.budget.Take(need)
		r.account(need)
	}
}

// shrink gives back what is held beyond n bytes.
func (r *reservation) shrink(n int64) {
	if n < r.held {
		r.budget.Release(r.held - n)
		r.account(n - r.held)
	}
}

func (r *reservation) account(n int64) {
	if extra := r.beyond(n); extra != 0 {
		r.shares.taken.Add(extra)
	}
	r.held += n
}

// beyond is how much of n bytes more, or fewer, is not of the least share.
func (r *reservation) beyond(n int64) int64 {
	return max(0, r.held+n-r.shares.least) - max(0, r.held-r.shares.least)
}

func (r *reservation) release() { r.shrink(0) }
