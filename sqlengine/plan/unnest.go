package plan

import (
	"github.com/epicorerp/epicorerp/sqlengine/expr"
)

// dependsOnRow reports whether a subquery refers to the row directly around it.
func dependsOnRow(n lnode) bool { return refersTo(n, 1) }

// refersTo reports whether anything in the tree refers to a row the given
// number of levels up. Right sides of Applies stand one level deeper.
func refersTo(n lnode, level int) bool {
	for _, x := range ownExprs(n) {
		found := false
		expr.Walk(x, func(x expr.Node) bool {
			if o, ok := x.(*expr.Outer); ok && o.Level == level {
				found = true
			}
			return !found
		})
		if found {
			return true
		}
	}
	if a, ok := n.(*lApply); ok {
		return refersTo(a.left, level) || refersTo(a.right, level+1)
	}
	for _, c := range inputs(n) {
		if refersTo(c, level) {
			return true
		}
	}
	return false
}

// lowered moves a subquery that does not depend on the row around it out by
// one level: what referred to rows further out is now one level nearer.
func (b *binder) lowered(n lnode) lnode {
	lower(n, 1)
	return n
}

func lower(n lnode, above int) {
	shift := func(x expr.Node) expr.Node {
		return expr.Transform(x, func(x expr.Node) expr.Node {
			if o, ok := x.(*expr.Outer); ok && o.Level > above {
				c := *o
				c.Level--
				return &c
			}
			return x
		})
	}
	rewriteOwn(n, shift)
	if a, ok := n.(*lApply); ok {
		lower(a.left, above)
		lower(a.right, above+1)
		return
	}
	for _, c := range inputs(n) {
		lower(c, above)
	}
}

// lift turns a reference to the row around into a plain column, for a
// condition that moves from a subquery to the join with it.
func lift(x expr.Node) expr.Node {
	return expr.Transform(x, func(x expr.Node) expr.Node {
		o, ok := x.(*expr.Outer)
		switch {
		case !ok:
			return x
		case o.Level == 1:
			return &expr.Column{Index: o.Index, Name: o.Name, T: o.T, NotNull: o.NotNull}
		}
		c := *o
		c.Level--
		return &c
	})
}

// unnest splits a subquery into a part that stands alone and the conditions
// that tie it to the row around. need, if not nil, names columns that must
// stay visible. ok is false, and nothing has changed, when the ties are not
// all conditions of filters.
func (b *binder) unnest(n lnode, need expr.Node) (plain lnode, ties []expr.Node, ok bool) {
	if !b.canUnnest(n) {
		return n, nil, false
	}
	keep := idSet{}
	if need != nil {
		keep.add(need)
	}
	plain, ties = b.pull(n, keep)
	return b.lowered(plain), ties, true
}

// canUnnest reports whether every reference to the row around stands in a
// filter that can be lifted to the top.
func (b *binder) canUnnest(n lnode) bool {
	switch n := n.(type) {
	case *lFilter:
		return b.canUnnest(n.input)
	case *lProject:
		return !ownRefer(n) && b.canUnnest(n.input)
	case *lSort:
		return !ownRefer(n) && b.canUnnest(n.input)
	case *lDistinct:
		return b.canUnnest(n.input)
	case *lOnce:
		for _, c := range n.cells {
			if dependsOnRow(c.query) {
				return false
			}
		}
		return b.canUnnest(n.input)
	case *lJoin:
		if ownRefer(n) {
			return false
		}
		if n.kind == Inner {
			return b.canUnnest(n.left) && b.canUnnest(n.right)
		}
		return b.canUnnest(n.left) && !dependsOnRow(n.right) && n.kind != Full
	}
	return !dependsOnRow(n)
}

func ownRefer(n lnode) bool {
	for _, x := range ownExprs(n) {
		if correlated(x) {
			return true
		}
	}
	return false
}

// pull takes the tying conditions out of a tree that canUnnest. keep are the
// columns that must come out at its top.
func (b *binder) pull(n lnode, keep idSet) (lnode, []expr.Node) {
	switch n := n.(type) {
	case *lFilter:
		var stay, ties []expr.Node
		for _, c := range n.conds {
			if correlated(c) {
				t := lift(c)
				ties = append(ties, t)
				keep.add(t)
			} else {
				stay = append(stay, c)
			}
		}
		in, more := b.pull(n.input, keep)
		if len(stay) > 0 {
			in = &lFilter{input: in, conds: stay}
		}
		return in, append(ties, more...)
	case *lProject:
		in, ties := b.pull(n.input, keep)
		p := &lProject{input: in, items: append([]item(nil), n.items...)}
		have := setOf(p.columns())
		for _, t := range ties {
			keep.add(t)
		}
		for _, id := range in.columns() {
			if keep[id] && !have[id] {
				p.items = append(p.items, item{id, b.ref(id)})
			}
		}
		return p, ties
	case *lSort:
		return b.pull(n.input, keep) // order means nothing to EXISTS, IN and joins
	case *lDistinct:
		return b.pull(n.input, keep) // nor do duplicates
	case *lOnce:
		in, ties := b.pull(n.input, keep)
		return &lOnce{input: in, cells: n.cells}, ties
	case *lJoin:
		c := *n
		var ties, more []expr.Node
		c.left, ties = b.pull(n.left, keep)
		if n.kind == Inner {
			c.right, more = b.pull(n.right, keep)
		}
		return &c, append(ties, more...)
	}
	return n, nil
}

// unnestScalar is unnest for a value: duplicates count there, for a second row
// is an error, so DISTINCT stays.
func (b *binder) unnestScalar(sub *bound, out int) (lnode, []expr.Node, bool) {
	for n := sub.root; ; {
		switch m := n.(type) {
		case *lDistinct:
			return nil, nil, false
		case *lProject:
			n = m.input
			continue
		case *lFilter:
			n = m.input
			continue
		case *lSort:
			n = m.input
			continue
		}
		break
	}
	return b.unnest(sub.root, b.ref(out))
}
