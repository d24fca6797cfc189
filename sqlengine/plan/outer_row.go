package plan

import (
	"github.com/epicorerp/epicorerp/sqlengine/expr"
)

// References to the rows around a subquery: expr.Outer counts levels, and
// moving a tree or a condition in or out of a subquery changes the count.

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
func lowered(n lnode) lnode {
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

// sunk is the opposite of lift: for a condition over a row and a subquery's
// columns that moves into the subquery. around are the columns of the row.
func sunk(x expr.Node, around idSet) expr.Node {
	return expr.Transform(x, func(n expr.Node) expr.Node {
		switch n := n.(type) {
		case *expr.Column:
			if around[n.Index] {
				return outerOf(n, 1)
			}
		case *expr.Outer:
			up := *n
			up.Level++
			return &up
		}
		return n
	})
}
