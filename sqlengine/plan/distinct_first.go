package plan

import (
	"slices"

	"github.com/epicorerp/epicorerp/sqlengine/expr"
)

// ofValues are the aggregates to which it is all the same in which order
// different values come.
var ofValues = []string{"COUNT", "SUM", "AVG"}

// distinctFirst computes aggregates of different values, such as COUNT(DISTINCT
// x), over a Distinct of the groups and the values, when all of them take the
// same ones: that operator hashes packed keys and goes to a file where the memory
// ends, which the states of an aggregate cannot. ok is false where it does not
// apply.
func distinctFirst(input Node, groupBy []expr.Node, calls []*expr.Aggregate) (n *Aggregate, ok bool) {
	if len(calls) == 0 {
		return nil, false
	}
	args := calls[0].Args
	for _, c := range calls {
		if !slices.Contains(ofValues, c.Name) || !c.Distinct || c.Filter != nil || len(c.Order) > 0 || !slices.EqualFunc(c.Args, args, expr.Equal) {
			return nil, false
		}
	}
	below := NewProject(input, append(slices.Clone(groupBy), args...))
	columns := make([]expr.Node, len(below.Exprs))
	for i, x := range below.Exprs {
		columns[i] = &expr.Column{Index: i, Name: x.String(), T: x.Type(), NotNull: !x.Nullable()}
	}
	once := make([]*expr.Aggregate, len(calls))
	for i, c := range calls {
		plain := *c
		plain.Args, plain.Distinct = columns[len(groupBy):], false
		once[i] = &plain
	}
	return NewAggregate(&Distinct{Input: below}, columns[:len(groupBy)], once), true
}
