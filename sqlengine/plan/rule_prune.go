package plan

import (
	"slices"
)

// pruneColumns drops computed columns and aggregates that nothing above reads,
// and joins that would only add such columns: what is left asks the tables for
// less. Columns of tables are not its matter: a scan is told what is needed
// when it is planned.
func pruneColumns(r *rewriter, n lnode) (lnode, error) { return r.prune(n, setOf(r.out)), nil }

// prune returns n without what need does not want.
func (r *rewriter) prune(n lnode, need idSet) lnode {
	switch n := n.(type) {
	case *lProject:
		kept := len(n.items)
		n.items = slices.DeleteFunc(n.items, func(it item) bool { return !need[it.id] })
		if len(n.items) < kept {
			r.changed()
		}
		n.input = r.prune(n.input, with(nil, ownExprs(n)...))
	case *lAggregate:
		kept := len(n.calls)
		n.calls = slices.DeleteFunc(n.calls, func(c call) bool { return !need[c.id] })
		if len(n.calls) < kept {
			r.changed()
		}
		n.input = r.prune(n.input, with(nil, ownExprs(n)...))
	case *lWindow:
		kept := len(n.calls)
		n.calls = slices.DeleteFunc(n.calls, func(c windowCall) bool { return !need[c.id] })
		if len(n.calls) < kept {
			r.changed()
		}
		if len(n.calls) == 0 {
			return r.prune(n.input, need)
		}
		n.input = r.prune(n.input, with(need, n.exprs()...))
	case *lJoin:
		if unread(need, n.kind, n.right, n.mark) && r.addsNothing(n) {
			r.changed()
			return r.prune(n.left, need)
		}
		below := with(need, ownExprs(n)...)
		n.left, n.right = r.prune(n.left, below), r.prune(n.right, below)
	case *lApply:
		if unread(need, n.kind, n.right, n.mark) && (n.kind == Mark || (n.kind == Left || n.kind == Single) && isUnique(n.right, idSet{})) {
			r.changed()
			return r.prune(n.left, need)
		}
		left, right := with(need), need
		outerReads(n.right, 1, left)
		if n.kind == Single { // its one column is a value, read or not
			right = setOf(n.right.columns())
		}
		n.left, n.right = r.prune(n.left, left), r.prune(n.right, right)
	case *lGrandTotals:
		n.input = r.prune(n.input, with(need, r.ref(n.set)))
	case *lDistinct, *lSetOp: // whole rows are compared
		mapInputs(n, func(in lnode) lnode { return r.prune(in, setOf(in.columns())) })
	case *lUnion:
		r.pruneUnion(n, need)
	case *lRecursive: // a round reads every column of the one before
		n.seed, n.step = r.prune(n.seed, setOf(n.fromSeed)), r.prune(n.step, setOf(n.fromStep))
	case *lOnce:
		n.input = r.prune(n.input, need)
		for i, c := range n.cells {
			n.cells[i].query = r.prune(c.query, idSet{c.out: true})
		}
	default:
		below := with(need, ownExprs(n)...)
		mapInputs(n, func(in lnode) lnode { return r.prune(in, below) })
	}
	return n
}

// unread reports that none of the columns that a join adds is wanted.
func unread(need idSet, kind JoinKind, right lnode, mark int) bool {
	if kind == Mark {
		return !need[mark]
	}
	return !slices.ContainsFunc(right.columns(), func(id int) bool { return need[id] })
}

// addsNothing reports that a join gives each left row once, whatever is on the
// right.
func (r *rewriter) addsNothing(n *lJoin) bool {
	if n.kind == Mark {
		return true
	}
	if n.kind != Left && n.kind != Single {
		return false
	}
	k := splitKeys(n.on, setOf(n.left.columns()), setOf(n.right.columns()))
	return isUnique(n.right, columnsAmong(k.right))
}

func (r *rewriter) pruneUnion(n *lUnion, need idSet) {
	var ids []int
	from := make([][]int, len(n.inputs))
	for j, id := range n.ids {
		if !need[id] {
			continue
		}
		ids = append(ids, id)
		for i := range n.inputs {
			from[i] = append(from[i], n.from[i][j])
		}
	}
	n.ids, n.from = ids, from
	for i := range n.inputs {
		n.inputs[i] = r.prune(n.inputs[i], setOf(from[i]))
	}
}
