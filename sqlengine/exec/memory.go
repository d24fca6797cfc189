package exec

import (
	"github.com/epicorerp/epicorerp/providers"
)

// reserveStep is what an operator takes from the budget at once: many small
// operators fit a small budget, and a large one asks seldom.
const reserveStep = 64 << 10

// reservation is the memory that an operator holds.
type reservation struct {
	budget *providers.Budget
	name   string
	held   int64
}

func (r *run) reservation(name string) reservation {
	return reservation{budget: r.budget, name: name}
}

// hold makes sure of n bytes in all.
func (r *reservation) hold(n int64) error {
	need := n - r.held
	if need <= 0 {
		return nil
	}
	if need < reserveStep && r.budget.Reserve(r.name, reserveStep) == nil {
		r.held += reserveStep
		return nil
	}
	if err := r.budget.Reserve(r.name, need); err != nil {
		return err
	}
	r.held += need
	return nil
}

func (r *reservation) release() {
	r.budget.Release(r.held)
	r.held = 0
}
