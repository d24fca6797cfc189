package plan

import (
	"slices"

	"github.com/epicorerp/epicorerp/sqlengine/expr"
)

// pushLimits gives the limit of a query also to each input of a union, and to
// the side that an outer join keeps, whose first rows are enough for it. Where
// the query is sorted, each of those gives the first rows in that order. The
// limit itself stays where it is.
func pushLimits(r *rewriter, n lnode) (lnode, error) {
	if l, ok := n.(*lLimit); ok && l.limit >= 0 {
		l.input = r.pushLimit(l.input, cut{rows: l.limit + l.offset})
	}
	var err error
	mapInputs(n, func(in lnode) lnode {
		if err != nil {
			return in
		}
		var out lnode
		if out, err = pushLimits(r, in); err != nil {
			return in
		}
		return out
	})
	return n, err
}

// cut is a limit on its way down: the first rows, in the order of keys.
type cut struct {
	rows int64
	keys []sortKey
}

// pushLimit walks down to where a limit helps.
func (r *rewriter) pushLimit(n lnode, c cut) lnode {
	switch n := n.(type) {
	case *lProject:
		if below, ok := c.over(itemsByID(n.items)); ok {
			n.input = r.pushLimit(n.input, below)
		}
	case *lOnce:
		n.input = r.pushLimit(n.input, c)
	case *lSort:
		if c.keys == nil {
			c.keys = n.keys
			n.input = r.pushLimit(n.input, c)
		}
	case *lUnion:
		for i := range n.inputs {
			by := map[int]expr.Node{}
			for j, id := range n.ids {
				by[id] = r.ref(n.from[i][j])
			}
			if below, ok := c.over(by); ok {
				n.inputs[i] = r.limitedTo(n.inputs[i], below)
			}
		}
	case *lJoin:
		if n.kind == Left || n.kind == Single || n.kind == Mark {
			n.left = r.keptSide(n.left, c)
		}
	case *lApply:
		if n.kind == Left || n.kind == Single || n.kind == Mark {
			n.left = r.keptSide(n.left, c)
		}
	}
	return n
}

// keptSide limits the side of which each row comes out at least once.
func (r *rewriter) keptSide(n lnode, c cut) lnode {
	have := setOf(n.columns())
	if slices.ContainsFunc(c.keys, func(k sortKey) bool { return !have.within(k.x) }) {
		return n
	}
	return r.limitedTo(n, c)
}

// over restates a cut for the input of something that computes columns.
func (c cut) over(by map[int]expr.Node) (cut, bool) {
	out := cut{rows: c.rows}
	for _, k := range c.keys {
		if readsVolatile(k.x, by) {
			return c, false
		}
		k.x = substitute(k.x, by)
		out.keys = append(out.keys, k)
	}
	return out, true
}

// limitedTo puts a limit above a tree that has none as small.
func (r *rewriter) limitedTo(n lnode, c cut) lnode {
	if hasLimit(n, c.rows) {
		return n
	}
	r.changed()
	if len(c.keys) > 0 {
		n = &lSort{input: n, keys: slices.Clone(c.keys)}
	}
	return &lLimit{input: n, limit: c.rows}
}

// hasLimit reports that a tree gives no more than so many rows anyway.
func hasLimit(n lnode, rows int64) bool {
	switch n := n.(type) {
	case *lLimit:
		return n.limit >= 0 && n.limit <= rows
	case *lValues:
		return int64(len(n.rows)) <= rows
	case *lAggregate:
		return len(n.groupBy) == 0
	case *lProject, *lFilter, *lSort, *lOnce:
		return hasLimit(inputs(n)[0], rows)
	}
	return isUnique(n, idSet{})
}
