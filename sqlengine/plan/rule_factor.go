package plan

import (
	"slices"

	"github.com/epicorerp/epicorerp/sqlengine/expr"
)

// factorConditions takes what every branch of an OR asks out of it:
// (a AND b) OR (a AND c) is a AND (b OR c), in three-valued logic too. So a
// join whose equality stands in each branch is one by that equality.
func factorConditions(r *rewriter, n lnode) (lnode, error) {
	return bottomUp(n, func(n lnode) (_ lnode, err error) {
		switch n := n.(type) {
		case *lScan:
			n.filters, err = r.factored(n.filters)
		case *lFilter:
			n.conds, err = r.factored(n.conds)
		case *lJoin:
			n.on, err = r.factored(n.on)
		}
		return n, err
	})
}

func (r *rewriter) factored(conds []expr.Node) ([]expr.Node, error) {
	var out []expr.Node
	for _, c := range conds {
		or, ok := c.(*expr.Logical)
		if !ok || !or.Or || !stable(c) {
			out = append(out, c)
			continue
		}
		parts, err := factor(or)
		if err != nil {
			return nil, err
		}
		if len(parts) != 1 || parts[0] != expr.Node(or) {
			r.changed()
		}
		out = append(out, parts...)
	}
	return out, nil
}

func factor(or *expr.Logical) ([]expr.Node, error) {
	branches := make([][]expr.Node, len(or.Args))
	for i, a := range or.Args {
		branches[i] = expr.Conjuncts(a)
	}
	var common []expr.Node
	for _, x := range branches[0] {
		if !has(common, x) && !slices.ContainsFunc(branches[1:], func(b []expr.Node) bool { return !has(b, x) }) {
			common = append(common, x)
		}
	}
	if common == nil {
		return []expr.Node{or}, nil
	}
	rests := make([]expr.Node, len(branches))
	for i, b := range branches {
		rest := slices.DeleteFunc(slices.Clone(b), func(x expr.Node) bool { return has(common, x) })
		if len(rest) == 0 {
			return common, nil // this branch asks no more, so the others add nothing
		}
		var err error
		if rests[i], err = expr.And(rest...); err != nil {
			return nil, err
		}
	}
	left, err := expr.Or(rests...)
	return append(common, left), err
}
