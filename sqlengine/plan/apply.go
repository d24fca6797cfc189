package plan

import (
	"slices"

	"github.com/epicorerp/epicorerp/sqlengine/expr"
)

// apply builds a right side that is run for each left row. Parts of it that do
// not depend on the row are read once and kept.
func (p *physical) apply(n *lApply, need idSet) (built, error) {
	reads := idSet{}
	outerReads(n.right, 1, reads)
	leftNeed := idSet{}
	for _, id := range n.left.columns() {
		if need[id] || reads[id] {
			leftNeed[id] = true
		}
	}
	left, err := p.build(n.left, leftNeed, nothing)
	if err != nil {
		return left, err
	}
	p.outer = append(p.outer, left.cols)
	defer func() { p.outer = p.outer[:len(p.outer)-1] }()
	rightNeed := idSet{}
	for _, id := range n.right.columns() {
		if need[id] || n.kind == Single { // its columns are there even where nobody reads them
			rightNeed[id] = true
		}
	}
	cols := append([]int(nil), left.cols...)
	right, err := p.build(n.right, rightNeed, nothing)
	if err != nil {
		return right, err
	}
	switch n.kind {
	case Single:
		if ids := n.right.columns(); !slices.Equal(right.cols, ids) {
			right.node = NewProject(right.node, mapped(p.refs(ids), func(x expr.Node) expr.Node { return p.expr(x, right.cols) }))
			right.cols = ids
		}
		cols = append(cols, right.cols...)
	case Inner, Left:
		cols = append(cols, right.cols...)
	case Mark:
		cols = append(cols, n.mark)
	}
	a := NewApply(Apply{Kind: n.kind, Left: left.node, Right: cached(right.node)})
	return built{node: a, cols: cols}, nil
}

func (p *physical) refs(ids []int) []expr.Node {
	xs := make([]expr.Node, len(ids))
	for i, id := range ids {
		xs[i] = p.ref(id)
	}
	return xs
}

// outerReads collects the columns that a tree reads from the row the given
// number of levels up.
func outerReads(n lnode, level int, into idSet) {
	for _, x := range ownExprs(n) {
		expr.Walk(x, func(x expr.Node) bool {
			if o, ok := x.(*expr.Outer); ok && o.Level == level {
				into[o.Index] = true
			}
			return true
		})
	}
	if a, ok := n.(*lApply); ok {
		outerReads(a.left, level, into)
		outerReads(a.right, level+1, into)
		return
	}
	for _, c := range inputs(n) {
		outerReads(c, level, into)
	}
}

// cached puts a Cached above every largest part of a tree that is the same for
// each row around.
func cached(n Node) Node {
	if !runsPerRow(n) {
		switch n.(type) {
		case *Values, *SharedRead: // they are kept already
			return n
		}
		return &Cached{Input: n}
	}
	return withInputs(n, cached) // an Apply caches within its own right side
}

// runsPerRow reports whether a tree refers to any row around it, reads the round
// of a recursion around it, or computes something that differs from run to run.
// The value of a Late may be that of a subquery which depends on a row around,
// so whatever uses one counts too.
func runsPerRow(n Node) bool { return readsRound(n, nil) || variesByRow(n) }

func variesByRow(n Node) bool {
	for _, x := range nodeExprs(n) {
		if expr.VolatilityOf(x) != expr.Immutable {
			return true
		}
	}
	if a, ok := n.(*Apply); ok {
		// Level 1 beneath its right side is its own left row.
		return variesByRow(a.Left) || deeper(a.Right, 2)
	}
	return slices.ContainsFunc(n.Inputs(), variesByRow)
}

// readsRound reports whether a tree reads the round of a recursion that is not
// within it.
func readsRound(n Node, within []*WorkTable) bool {
	switch n := n.(type) {
	case *Work:
		return !slices.Contains(within, n.Table)
	case *Recursive:
		return readsRound(n.Seed, within) || readsRound(n.Step, append(slices.Clone(within), n.Table))
	}
	return slices.ContainsFunc(n.Inputs(), func(in Node) bool { return readsRound(in, within) })
}

func deeper(n Node, level int) bool {
	for _, x := range nodeExprs(n) {
		hit := false
		expr.Walk(x, func(x expr.Node) bool {
			if o, ok := x.(*expr.Outer); ok && o.Level >= level {
				hit = true
			}
			return !hit
		})
		if hit {
			return true
		}
	}
	if a, ok := n.(*Apply); ok {
		return deeper(a.Left, level) || deeper(a.Right, level+1)
	}
	for _, in := range n.Inputs() {
		if deeper(in, level) {
			return true
		}
	}
	return false
}

func nodeExprs(n Node) []expr.Node {
	var xs []expr.Node
	add := func(x expr.Node) {
		if x != nil {
			xs = append(xs, x)
		}
	}
	switch n := n.(type) {
	case *Values:
		for _, r := range n.Rows {
			xs = append(xs, r...)
		}
	case *Filter:
		add(n.Cond)
	case *Project:
		xs = append(xs, n.Exprs...)
	case *Join:
		xs = append(append(xs, n.LeftKeys...), n.RightKeys...)
		add(n.Cond)
	case *MergeJoin:
		xs = append(append(xs, n.LeftKeys...), n.RightKeys...)
		add(n.Cond)
	case *LookupJoin:
		xs = append(xs, n.LeftKeys...)
		add(n.RightFilter)
		add(n.Cond)
	case *Aggregate:
		xs = append(xs, n.GroupBy...)
		for _, c := range n.Calls {
			xs = append(xs, c.Children()...)
		}
	case *Window:
		xs = append(xs, n.Partition...)
		for _, k := range n.Order {
			add(k.Expr)
		}
		for _, c := range n.Calls {
			xs = append(xs, c.Children()...)
		}
	case *Sort:
		for _, k := range n.Keys {
			add(k.Expr)
		}
	case *Variants:
		for _, r := range n.Rows {
			xs = append(xs, r...)
		}
	case *Fetch:
		add(n.Count)
		add(n.Offset)
		xs = append(xs, n.Keys...)
	case *DistinctOn:
		xs = append(xs, n.Keys...)
	case *TableFunc:
		xs = append(xs, n.Call.Args...)
	}
	return xs
}
