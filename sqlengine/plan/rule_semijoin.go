package plan

import (
	"slices"

	"github.com/epicorerp/epicorerp/sqlengine/expr"
)

// joinSemiJoins turns a semi join by equal keys into an inner join with the
// different keys of its right side: then those few may drive the join, and it
// takes part in the join order. It pays where the right side has fewer rows, or
// where its keys are unique, so that nothing must be made different.
func joinSemiJoins(r *rewriter, n lnode) (lnode, error) {
	return bottomUp(n, func(n lnode) (lnode, error) {
		j, ok := n.(*lJoin)
		if !ok || j.kind != Semi || len(j.on) == 0 {
			return n, nil
		}
		k := splitKeys(j.on, setOf(j.left.columns()), setOf(j.right.columns()))
		unique, pays := joinPays(j, k)
		if !pays {
			return n, nil
		}
		if !unique {
			if err := r.differentKeys(j, k); err != nil {
				return nil, err
			}
		}
		j.kind = Inner
		r.changed()
		return j, nil
	})
}

// joinPays reports whether a semi join had better be an inner join with the
// different keys of its right side, and whether those are unique already.
func joinPays(j *lJoin, k joinKeys) (unique, pays bool) {
	if len(k.rest) > 0 || slices.Contains(k.nullSafe, true) || slices.ContainsFunc(k.right, func(x expr.Node) bool { return !stable(x) }) {
		return false, false
	}
	if isUnique(j.right, columnsAmong(k.right)) {
		return true, true
	}
	known := estimates{}
	right := known.estimate(j.right)
	return false, right <= lookupRows && right <= lookupShare*known.estimate(j.left)
}

// differentKeys makes the right side of a join its different keys.
func (r *rewriter) differentKeys(j *lJoin, k joinKeys) error {
	p := &lProject{input: j.right}
	j.on = nil
	for i, x := range k.right {
		id := r.newColumn(x.String(), x.Type(), !x.Nullable())
		p.items = append(p.items, item{id, x})
		eq, err := expr.NewCompare(expr.EQ, k.left[i], r.ref(id))
		if err != nil {
			return err
		}
		j.on = append(j.on, eq)
	}
	j.right = &lDistinct{input: p}
	return nil
}
