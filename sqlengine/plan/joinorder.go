package plan

import (
	"slices"

	"github.com/epicorerp/epicorerp/sqlengine/expr"
)

// connected puts the tables of a tree of inner joins into an order in which
// each is joined by an equality to those before it, as far as there is one:
// FROM a, b, c WHERE a.x = c.x AND c.y = b.y would else begin with every pair
// of a and b. Tables keep the order in which they are written wherever that
// makes no such product.
func connected(n *lJoin, conds []expr.Node) (*lJoin, []expr.Node) {
	leaves, on := flattened(n, nil, nil)
	if len(leaves) < 3 {
		return n, conds
	}
	all := append(slices.Clone(conds), on...)
	sets := make([]idSet, len(leaves))
	for i, l := range leaves {
		sets[i] = setOf(l.columns())
	}
	have, tree := idSet{}, lnode(nil)
	for left := seq(len(leaves)); len(left) > 0; {
		at := 0
		if tree != nil {
			at = max(0, slices.IndexFunc(left, func(i int) bool { return equated(all, have, sets[i]) }))
		}
		i := left[at]
		left = slices.Delete(left, at, at+1)
		for id := range sets[i] {
			have[id] = true
		}
		if tree == nil {
			tree = leaves[i]
		} else {
			tree = &lJoin{kind: Inner, left: tree, right: leaves[i]}
		}
	}
	return tree.(*lJoin), all
}

func seq(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// flattened collects the inputs of nested inner joins and their conditions.
func flattened(n lnode, leaves []lnode, on []expr.Node) ([]lnode, []expr.Node) {
	j, ok := n.(*lJoin)
	if !ok || j.kind != Inner {
		return append(leaves, n), on
	}
	leaves, on = flattened(j.left, leaves, on)
	leaves, on = flattened(j.right, leaves, on)
	return leaves, append(on, j.on...)
}

// equated reports whether an equality joins two sets of columns.
func equated(conds []expr.Node, a, b idSet) bool {
	return slices.ContainsFunc(conds, func(c expr.Node) bool {
		eq, ok := c.(*expr.Compare)
		if !ok || eq.Op != expr.EQ && eq.Op != expr.NotDistinct {
			return false
		}
		joins := func(x, y expr.Node) bool { return a.within(x) && a.touches(x) && b.within(y) && b.touches(y) }
		return joins(eq.A, eq.B) || joins(eq.B, eq.A)
	})
}
