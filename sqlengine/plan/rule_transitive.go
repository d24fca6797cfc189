package plan

import (
	"slices"

	"github.com/epicorerp/epicorerp/sqlengine/expr"
)

// addImplied adds, for each equality of two columns of a join and each
// comparison of one of them with a constant, the comparison of the other:
// WHERE o.Company = 'EPIC06' narrows the lines that are joined by Company too.
// Of outer and semi joins it goes only from left to right, to narrow which
// right rows are read.
func addImplied(r *rewriter, n lnode) (lnode, error) {
	r.implyBeneath(n, false)
	return n, nil
}

// implyBeneath goes top down: what the topmost of nested inner joins gives its
// sides holds for those within.
func (r *rewriter) implyBeneath(n lnode, within bool) {
	j, ok := n.(*lJoin)
	inner := ok && j.kind == Inner
	if ok && !(inner && within) {
		r.implied(j)
	}
	for _, in := range inputs(n) {
		_, filter := in.(*lFilter)
		r.implyBeneath(in, inner || filter && within)
	}
}

func (r *rewriter) implied(n *lJoin) {
	if n.kind == Full || n.inLeft != nil {
		return
	}
	left, right := setOf(n.left.columns()), setOf(n.right.columns())
	known := facts(n.left)
	equal := append(slices.Clone(n.on), known...)
	rights := facts(n.right)
	if n.kind == Inner {
		known = slices.Concat(known, rights)
		equal = append(equal, rights...)
	}
	var toLeft, toRight []expr.Node
	for _, f := range closure(known, equal) {
		switch {
		case left.within(f) && n.kind == Inner:
			toLeft = appendNew(toLeft, f)
		case right.within(f) && !has(rights, f):
			toRight = appendNew(toRight, f)
		}
	}
	if len(toLeft)+len(toRight) > 0 {
		r.changed()
	}
	n.left, n.right = filtered(n.left, toLeft), filtered(n.right, toRight)
}

// closure are the comparisons with constants that follow from those known by
// equalities of columns, without those known.
func closure(known, equalities []expr.Node) []expr.Node {
	all := slices.Clone(known)
	for at := 0; at < len(all); at++ {
		for _, e := range equalities {
			if a, b, ok := columnEquality(e); ok {
				all = appendNew(all, transfer(all[at], a, b))
				all = appendNew(all, transfer(all[at], b, a))
			}
		}
	}
	return all[len(known):]
}

func columnEquality(c expr.Node) (a, b *expr.Column, ok bool) {
	eq, is := c.(*expr.Compare)
	if !is || eq.Op != expr.EQ {
		return nil, nil, false
	}
	a, okA := eq.A.(*expr.Column)
	b, okB := eq.B.(*expr.Column)
	return a, b, okA && okB && a.T.Kind == b.T.Kind
}

// transfer restates a comparison of column from with constants for column to.
func transfer(k expr.Node, from, to *expr.Column) expr.Node {
	is := func(x expr.Node) bool {
		c, ok := x.(*expr.Column)
		return ok && c.Index == from.Index
	}
	switch k := k.(type) {
	case *expr.Compare:
		if k.Op <= expr.GE && k.Op != expr.NE {
			if is(k.A) && constants(k.B) {
				return &expr.Compare{Op: k.Op, A: to, B: k.B}
			}
			if is(k.B) && constants(k.A) {
				return &expr.Compare{Op: k.Op, A: k.A, B: to}
			}
		}
	case *expr.InList:
		if is(k.X) && !k.Not && constants(k.List...) {
			return &expr.InList{X: to, List: k.List}
		}
	}
	return nil
}

func constants(xs ...expr.Node) bool {
	return !slices.ContainsFunc(xs, func(x expr.Node) bool {
		_, ok := x.(*expr.Const)
		return !ok
	})
}

func has(conds []expr.Node, c expr.Node) bool {
	return slices.ContainsFunc(conds, func(k expr.Node) bool { return expr.Equal(k, c) })
}

func appendNew(conds []expr.Node, c expr.Node) []expr.Node {
	if c == nil || has(conds, c) {
		return conds
	}
	return append(conds, c)
}
