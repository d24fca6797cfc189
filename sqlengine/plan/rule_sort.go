package plan

import (
	"slices"

	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// dropSorts drops sorts whose order nothing above can see, and keys of others
// that order nothing: a column that a condition fixes, and whatever comes
// after columns that name a row. ORDER BY Company, OrderNum of one company's
// orders is an order by the number alone, which a server can be trusted with.
func dropSorts(r *rewriter, n lnode) (lnode, error) { return r.sortsBeneath(n, false), nil }

// sortsBeneath walks down; unseen says that the order of n's rows is lost.
func (r *rewriter) sortsBeneath(n lnode, unseen bool) lnode {
	switch n := n.(type) {
	case *lSort:
		if n.keys = r.orderingKeys(n); len(n.keys) == 0 || unseen {
			r.changed()
			return r.sortsBeneath(n.input, unseen)
		}
		n.input = r.sortsBeneath(n.input, true)
	case *lProject, *lFilter, *lUnion:
		mapInputs(n, func(in lnode) lnode { return r.sortsBeneath(in, unseen) })
	case *lOnce:
		n.input = r.sortsBeneath(n.input, unseen)
		for i := range n.cells {
			n.cells[i].query = r.sortsBeneath(n.cells[i].query, true)
		}
	case *lAggregate:
		n.input = r.sortsBeneath(n.input, !slices.ContainsFunc(n.calls, func(c call) bool { return !orderless(c.x) }))
	case *lJoin, *lDistinct, *lSetOp:
		mapInputs(n, func(in lnode) lnode { return r.sortsBeneath(in, true) })
	case *lApply:
		n.left = r.sortsBeneath(n.left, unseen)
		n.right = r.sortsBeneath(n.right, unseen || n.kind != Inner && n.kind != Left)
	default: // FETCH and DISTINCT ON go by the order
		mapInputs(n, func(in lnode) lnode { return r.sortsBeneath(in, false) })
	}
	return n
}

// orderless reports an aggregate whose value does not depend on the order of
// the rows.
func orderless(a *expr.Aggregate) bool {
	switch a.Name {
	case "COUNT", "MIN", "MAX":
		return true
	case "SUM", "AVG":
		return a.T.Kind.Storage() != sqltypes.StoreFloat
	}
	return false
}

// orderingKeys are the keys of a sort that order its rows.
func (r *rewriter) orderingKeys(n *lSort) []sortKey {
	fixed, before := idSet{}, idSet{}
	for _, f := range facts(n.input) {
		if c, _, ok := fixes(f); ok {
			fixed[c.Index] = true
		}
	}
	var keys []sortKey
	for _, k := range n.keys {
		c, column := k.x.(*expr.Column)
		_, constant := k.x.(*expr.Const)
		if constant || column && (fixed[c.Index] || before[c.Index]) || isUnique(n.input, before) {
			r.changed()
			continue
		}
		if column {
			before[c.Index] = true
		}
		keys = append(keys, k)
	}
	return keys
}
