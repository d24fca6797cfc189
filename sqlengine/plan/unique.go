package plan

import (
	"slices"

	"github.com/epicorerp/epicorerp/sqlengine/expr"
)

// isUnique reports whether no two rows of a tree agree in all of the columns,
// NULL agreeing with NULL.
func isUnique(n lnode, ids idSet) bool {
	switch n := n.(type) {
	case *lScan:
		return scanUnique(n, ids)
	case *lValues:
		return len(n.rows) <= 1
	case *lProject:
		below := idSet{}
		for _, it := range n.items {
			if c, ok := it.x.(*expr.Column); ok && ids[it.id] {
				below[c.Index] = true
			}
		}
		return isUnique(n.input, below)
	case *lAggregate:
		return !slices.ContainsFunc(n.groupBy, func(g item) bool { return !ids[g.id] })
	case *lDistinct:
		return !slices.ContainsFunc(n.columns(), func(id int) bool { return !ids[id] }) || isUnique(n.input, ids)
	case *lLimit:
		return n.limit == 0 || n.limit == 1 || isUnique(n.input, ids)
	case *lDistinctOn:
		keys := columnsAmong(n.keys)
		for id := range ids {
			delete(keys, id)
		}
		return len(keys) == 0 && len(columnsAmong(n.keys)) == len(n.keys) || isUnique(n.input, ids)
	case *lFilter, *lWindow, *lSort, *lFetch, *lOnce:
		return isUnique(inputs(n)[0], ids)
	case *lSetOp:
		return !n.all && !slices.ContainsFunc(n.ids, func(id int) bool { return !ids[id] })
	case *lJoin:
		return joinUnique(n, ids)
	case *lApply:
		return n.kind != Inner && n.kind != Left && isUnique(n.left, ids)
	}
	return false
}

// scanUnique: a key names a row; its columns that a condition fixes need no
// naming.
func scanUnique(n *lScan, ids idSet) bool {
	key := n.table.Info().Key
	return len(key) > 0 && !slices.ContainsFunc(key, func(k int) bool {
		return !ids[n.ids[k]] && !slices.ContainsFunc(n.filters, func(c expr.Node) bool {
			col, _, ok := fixes(c)
			return ok && col.Index == n.ids[k]
		})
	})
}

// joinUnique: a side whose rows find at most one match leaves the other side's
// rows unique; else both must be. Of a join of joins only the left side is
// tried for both: trying more would take a time that doubles with each join.
func joinUnique(n *lJoin, ids idSet) bool {
	left := isUnique(n.left, ids)
	if n.kind == Semi || n.kind == Anti || n.kind == Mark || n.kind == Single {
		return left
	}
	if n.kind == Full {
		return false
	}
	if _, nested := n.left.(*lJoin); !left && (nested || n.kind == Left) {
		return false
	}
	right := isUnique(n.right, ids)
	if left && right {
		return true
	}
	k := splitKeys(n.on, setOf(n.left.columns()), setOf(n.right.columns()))
	if left {
		return isUnique(n.right, columnsAmong(k.right))
	}
	return right && isUnique(n.left, columnsAmong(k.left))
}

// columnsAmong are the keys that are plain columns.
func columnsAmong(keys []expr.Node) idSet {
	ids := idSet{}
	for _, k := range keys {
		if c, ok := k.(*expr.Column); ok {
			ids[c.Index] = true
		}
	}
	return ids
}
