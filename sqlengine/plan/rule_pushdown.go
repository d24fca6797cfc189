package plan

import (
	"slices"

	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// pushPredicates moves every condition as near to the tables as it may go.
func pushPredicates(r *rewriter, n lnode) (lnode, error) { return r.push(n, nil), nil }

// push returns n with conds applied to its rows.
func (r *rewriter) push(n lnode, conds []expr.Node) lnode {
	switch n := n.(type) {
	case *lScan:
		if len(conds) > 0 {
			r.changed()
		}
		n.filters = append(n.filters, conds...)
		return n
	case *lFilter:
		return r.push(n.input, append(n.conds, conds...))
	case *lProject:
		return r.pushProject(n, conds)
	case *lJoin:
		return r.pushJoin(n, conds)
	case *lApply:
		return r.pushApply(n, conds)
	case *lAggregate:
		return r.pushAggregate(n, conds)
	case *lWindow:
		return r.pushWindow(n, conds)
	case *lSort:
		n.input = r.push(n.input, conds)
		return n
	case *lDistinct:
		below, above := parted(conds, scaleBlind)
		n.input = r.push(n.input, below)
		return filtered(n, above)
	case *lUnion:
		return r.pushUnion(n, conds)
	case *lSetOp:
		return r.pushSetOp(n, conds)
	case *lOnce:
		for i := range n.cells {
			n.cells[i].query = r.push(n.cells[i].query, nil)
		}
		n.input = r.push(n.input, conds)
		return n
	case *lDistinctOn:
		return r.pushDistinctOn(n, conds)
	case *lVariants:
		return r.pushVariants(n, conds)
	}
	mapInputs(n, func(in lnode) lnode { return r.push(in, nil) }) // as above LIMIT, conditions stay
	return filtered(n, conds)
}

// filtered puts conditions above a node.
//
//go:noinline
func filtered(n lnode, conds []expr.Node) lnode {
	if len(conds) == 0 {
		return n
	}
	return &lFilter{input: n, conds: conds}
}

// parted splits conditions by a test.
//
//go:noinline
func parted(conds []expr.Node, test func(expr.Node) bool) (yes, no []expr.Node) {
	for _, c := range conds {
		if test(c) {
			yes = append(yes, c)
		} else {
			no = append(no, c)
		}
	}
	return yes, no
}

func stable(c expr.Node) bool { return expr.VolatilityOf(c) != expr.Volatile }

// scaleBlind reports whether a condition is the same of values that are equal:
// 1.0 and 1.00 fall into one group, but differ as text.
func scaleBlind(c expr.Node) bool {
	blind := stable(c)
	expr.Walk(c, func(n expr.Node) bool {
		switch n.(type) {
		case *expr.Cast, *expr.Call, *expr.Join, *expr.Case:
			expr.Walk(n, func(n expr.Node) bool {
				if col, ok := n.(*expr.Column); ok {
					s := col.T.Kind.Storage()
					blind = blind && s != sqltypes.StoreDecimal && s != sqltypes.StoreFloat
				}
				return blind
			})
		}
		return blind
	})
	return blind
}

// pushProject replaces computed columns by what computes them, unless that
// must not be done twice.
func (r *rewriter) pushProject(n *lProject, conds []expr.Node) lnode {
	by := itemsByID(n.items)
	var below, above []expr.Node
	for _, c := range conds {
		if readsVolatile(c, by) {
			above = append(above, c)
		} else {
			below = append(below, substitute(c, by))
		}
	}
	n.input = r.push(n.input, below)
	return filtered(n, above)
}

func itemsByID(items []item) map[int]expr.Node {
	by := make(map[int]expr.Node, len(items))
	for _, it := range items {
		by[it.id] = it.x
	}
	return by
}

func readsVolatile(c expr.Node, by map[int]expr.Node) bool {
	for id := range expr.Columns(c) {
		if by[id] != nil && !stable(by[id]) {
			return true
		}
	}
	return false
}

// pushAggregate moves conditions on grouping columns below the grouping.
func (r *rewriter) pushAggregate(n *lAggregate, conds []expr.Node) lnode {
	by := itemsByID(n.groupBy)
	below, above := parted(conds, func(c expr.Node) bool {
		cols := expr.Columns(c)
		for id := range cols {
			if by[id] == nil {
				return false
			}
		}
		return len(by) > 0 && len(cols) > 0 && !readsVolatile(c, by) && scaleBlind(c)
	})
	for i, c := range below {
		below[i] = substitute(c, by)
	}
	n.input = r.push(n.input, below)
	return filtered(n, above)
}

// renumberedTo restates conditions over the columns of a set operation for one
// of its inputs.
func (r *rewriter) renumberedTo(conds []expr.Node, ids, from []int) []expr.Node {
	by := make(map[int]expr.Node, len(ids))
	for j, id := range ids {
		by[id] = r.ref(from[j])
	}
	return mapped(conds, func(c expr.Node) expr.Node { return substitute(c, by) })
}

func (r *rewriter) pushUnion(n *lUnion, conds []expr.Node) lnode {
	for i := range n.inputs {
		n.inputs[i] = r.push(n.inputs[i], r.renumberedTo(conds, n.ids, n.from[i]))
	}
	return n
}

// pushSetOp narrows both sides: a row that does not pass has no part in what
// becomes of those that do.
func (r *rewriter) pushSetOp(n *lSetOp, conds []expr.Node) lnode {
	below, above := parted(conds, scaleBlind)
	n.left = r.push(n.left, r.renumberedTo(below, n.ids, n.fromLeft))
	n.right = r.push(n.right, r.renumberedTo(below, n.ids, n.fromRight))
	return filtered(n, above)
}

// pushJoin sends each condition to the side it speaks of. A condition of WHERE
// may enter the side that an outer join keeps, a condition of ON only the
// other one.
func (r *rewriter) pushJoin(n *lJoin, conds []expr.Node) lnode {
	left, right := setOf(n.left.columns()), setOf(n.right.columns())
	var toLeft, toRight, on, above []expr.Node
	if n.kind == Inner {
		conds, n.on = append(conds, n.on...), nil
	}
	for _, c := range conds {
		switch {
		case !stable(c):
			above = append(above, c)
		case left.within(c) && n.kind != Full:
			toLeft = append(toLeft, c)
		case n.kind == Inner && right.within(c):
			toRight = append(toRight, c)
		case n.kind == Inner:
			on = append(on, c)
		default:
			above = append(above, c)
		}
	}
	for _, c := range n.on {
		switch {
		case !stable(c) || n.kind == Full:
			on = append(on, c)
		case right.within(c): // it narrows which right rows there are
			toRight = append(toRight, c)
		case n.kind == Semi && left.within(c):
			toLeft = append(toLeft, c)
		default:
			on = append(on, c)
		}
	}
	n.on = on
	n.left, n.right = r.push(n.left, toLeft), r.push(n.right, toRight)
	return filtered(n, above)
}

// pushApply sends conditions to the row around a subquery, and of an inner one
// into the subquery too.
func (r *rewriter) pushApply(n *lApply, conds []expr.Node) lnode {
	left := setOf(n.left.columns())
	var toLeft, toRight, above []expr.Node
	for _, c := range conds {
		switch {
		case !stable(c):
			above = append(above, c)
		case left.within(c):
			toLeft = append(toLeft, c)
		case n.kind == Inner:
			toRight = append(toRight, sunk(c, left))
		default:
			above = append(above, c)
		}
	}
	n.left, n.right = r.push(n.left, toLeft), r.push(n.right, toRight)
	return filtered(n, above)
}

// facts are conditions that are true of every row of a tree, over its columns.
func facts(n lnode) []expr.Node {
	switch n := n.(type) {
	case *lScan:
		return n.filters
	case *lFilter:
		return append(slices.Clone(n.conds), facts(n.input)...)
	case *lJoin:
		switch n.kind {
		case Full:
			return nil
		case Inner:
			return slices.Concat(n.on, facts(n.left), facts(n.right))
		}
		return facts(n.left)
	case *lApply:
		return facts(n.left)
	case *lProject:
		return renamedFacts(facts(n.input), n.items)
	case *lAggregate:
		return renamedFacts(facts(n.input), n.groupBy)
	case *lWindow, *lSort, *lLimit, *lFetch, *lDistinct, *lDistinctOn, *lVariants, *lOnce:
		return facts(inputs(n)[0])
	}
	return nil
}

// renamedFacts are those of an input whose columns come out, by their numbers
// above.
func renamedFacts(known []expr.Node, items []item) []expr.Node {
	to := make(map[int]expr.Node, len(items))
	for _, it := range items {
		if c, ok := it.x.(*expr.Column); ok {
			to[c.Index] = &expr.Column{Index: it.id, Name: c.Name, T: c.T, NotNull: c.NotNull}
		}
	}
	var out []expr.Node
	for _, k := range known {
		visible := true
		for id := range expr.Columns(k) {
			visible = visible && to[id] != nil
		}
		if visible {
			out = append(out, substitute(k, to))
		}
	}
	return out
}
