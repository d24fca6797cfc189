package plan

import (
	"slices"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// The logical tree. Every column of a statement has one number of its own, and
// the Index of an expr.Column is that number until the physical plan is made:
// so expressions move up and down the tree as they are.

// column is what is known of a numbered column.
type column struct {
	name    string
	t       sqltypes.Type
	notNull bool
}

type lnode interface {
	// columns are the numbers of what comes out.
	columns() []int
}

type lScan struct {
	table   providers.Table
	ids     []int // one a column of the table
	filters []expr.Node
	exists  []existence
	alias   string
	size    *int64 // rows of the table as counted; nil if nobody asked
}

type lValues struct {
	rows [][]expr.Node
	ids  []int
}

type lFilter struct {
	input lnode
	conds []expr.Node
}

// item is one computed column.
type item struct {
	id int
	x  expr.Node
}

type lProject struct {
	input lnode
	items []item
}

type lJoin struct {
	kind        JoinKind
	left, right lnode
	on          []expr.Node
	// keys of IN: left = right, with the null logic of IN.
	inLeft, inRight expr.Node
	mark            int // number of Mark's column
}

type lAggregate struct {
	input   lnode
	groupBy []item
	calls   []call
}

type call struct {
	id int
	x  *expr.Aggregate
}

type sortKey struct {
	x          expr.Node
	desc       bool
	nullsFirst bool
}

type lSort struct {
	input lnode
	keys  []sortKey
}

type lLimit struct {
	input  lnode
	limit  int64 // -1 for none
	offset int64
}

type lDistinct struct{ input lnode }

// lUnion and lSetOp map the columns of their inputs, by position, to ids.
type lUnion struct {
	inputs []lnode
	from   [][]int
	ids    []int
}

type lSetOp struct {
	left, right         lnode
	fromLeft, fromRight []int
	ids                 []int
	except, all         bool
}

// lApply runs right for each row of left; right refers to left's columns by
// expr.Outer, Level 1.
type lApply struct {
	kind        JoinKind
	left, right lnode
	mark        int
}

// lOnce computes constant subqueries before its input runs.
type lOnce struct {
	input lnode
	cells []onceCell
}

type onceCell struct {
	query  lnode
	out    int
	exists bool
	set    *sqltypes.Value
	name   string
}

func (n *lScan) columns() []int   { return n.ids }
func (n *lValues) columns() []int { return n.ids }
func (n *lFilter) columns() []int { return n.input.columns() }
func (n *lProject) columns() []int {
	ids := make([]int, len(n.items))
	for i, it := range n.items {
		ids[i] = it.id
	}
	return ids
}
func (n *lJoin) columns() []int  { return joinColumns(n.kind, n.left, n.right, n.mark) }
func (n *lApply) columns() []int { return joinColumns(n.kind, n.left, n.right, n.mark) }
func (n *lAggregate) columns() []int {
	var ids []int
	for _, g := range n.groupBy {
		ids = append(ids, g.id)
	}
	for _, c := range n.calls {
		ids = append(ids, c.id)
	}
	return ids
}
func (n *lSort) columns() []int     { return n.input.columns() }
func (n *lLimit) columns() []int    { return n.input.columns() }
func (n *lDistinct) columns() []int { return n.input.columns() }
func (n *lUnion) columns() []int    { return n.ids }
func (n *lSetOp) columns() []int    { return n.ids }
func (n *lOnce) columns() []int     { return n.input.columns() }

func joinColumns(kind JoinKind, left, right lnode, mark int) []int {
	ids := append([]int(nil), left.columns()...)
	switch kind {
	case Inner, Left, Full, Single:
		ids = append(ids, right.columns()...)
	case Mark:
		ids = append(ids, mark)
	}
	return ids
}

// idSet is a set of column numbers.
type idSet map[int]bool

//go:noinline
func setOf(ids []int) idSet {
	s := make(idSet, len(ids))
	for _, id := range ids {
		s[id] = true
	}
	return s
}

func (s idSet) add(n expr.Node) {
	expr.Walk(n, func(n expr.Node) bool {
		if c, ok := n.(*expr.Column); ok {
			s[c.Index] = true
		}
		return true
	})
}

// within reports whether all columns of an expression are in the set.
func (s idSet) within(n expr.Node) bool {
	ok := true
	expr.Walk(n, func(n expr.Node) bool {
		if c, is := n.(*expr.Column); is && !s[c.Index] {
			ok = false
		}
		return ok
	})
	return ok
}

func (s idSet) touches(n expr.Node) bool {
	hit := false
	expr.Walk(n, func(n expr.Node) bool {
		if c, is := n.(*expr.Column); is && s[c.Index] {
			hit = true
		}
		return !hit
	})
	return hit
}

// correlated reports whether an expression refers to a row around its query.
func correlated(n expr.Node) bool {
	hit := false
	expr.Walk(n, func(n expr.Node) bool {
		if _, is := n.(*expr.Outer); is {
			hit = true
		}
		return !hit
	})
	return hit
}

// rewriteOwn replaces the expressions of one node, not of its inputs.
func rewriteOwn(n lnode, f func(expr.Node) expr.Node) {
	list := func(xs []expr.Node) {
		for i := range xs {
			xs[i] = f(xs[i])
		}
	}
	switch n := n.(type) {
	case *lScan:
		list(n.filters)
	case *lValues:
		for _, r := range n.rows {
			list(r)
		}
	case *lFilter:
		list(n.conds)
	case *lProject:
		for i := range n.items {
			n.items[i].x = f(n.items[i].x)
		}
	case *lJoin:
		list(n.on)
		if n.inLeft != nil {
			n.inLeft, n.inRight = f(n.inLeft), f(n.inRight)
		}
	case *lAggregate:
		for i := range n.groupBy {
			n.groupBy[i].x = f(n.groupBy[i].x)
		}
		for i := range n.calls {
			n.calls[i].x = n.calls[i].x.WithChildren(mapped(n.calls[i].x.Children(), f))
		}
	case *lWindow:
		n.rewrite(f)
	case *lSort:
		for i := range n.keys {
			n.keys[i].x = f(n.keys[i].x)
		}
	case *lVariants:
		for _, r := range n.rows {
			list(r)
		}
	case *lFetch:
		if n.count != nil {
			n.count = f(n.count)
		}
		if n.offset != nil {
			n.offset = f(n.offset)
		}
		n.keys = slices.Clone(n.keys)
		for i := range n.keys {
			n.keys[i].x = f(n.keys[i].x)
		}
	case *lDistinctOn:
		list(n.keys)
	case *lTableFunc:
		n.call = n.call.WithArgs(mapped(n.call.Args, f))
	}
}

//go:noinline
func mapped(xs []expr.Node, f func(expr.Node) expr.Node) []expr.Node {
	out := make([]expr.Node, len(xs))
	for i, x := range xs {
		out[i] = f(x)
	}
	return out
}

func inputs(n lnode) []lnode {
	switch n := n.(type) {
	case *lFilter:
		return []lnode{n.input}
	case *lProject:
		return []lnode{n.input}
	case *lJoin:
		return []lnode{n.left, n.right}
	case *lAggregate:
		return []lnode{n.input}
	case *lWindow:
		return []lnode{n.input}
	case *lSort:
		return []lnode{n.input}
	case *lLimit:
		return []lnode{n.input}
	case *lDistinct:
		return []lnode{n.input}
	case *lUnion:
		return n.inputs
	case *lSetOp:
		return []lnode{n.left, n.right}
	case *lApply:
		return []lnode{n.left, n.right}
	case *lVariants:
		return []lnode{n.input}
	case *lRecursive:
		return []lnode{n.seed, n.step}
	case *lFetch:
		return []lnode{n.input}
	case *lDistinctOn:
		return []lnode{n.input}
	case *lGrandTotals:
		return []lnode{n.input}
	case *lOnce:
		in := []lnode{n.input}
		for _, c := range n.cells {
			in = append(in, c.query)
		}
		return in
	}
	return nil
}

// mapInputs replaces the inputs of a node.
func mapInputs(n lnode, f func(lnode) lnode) {
	switch n := n.(type) {
	case *lFilter:
		n.input = f(n.input)
	case *lProject:
		n.input = f(n.input)
	case *lJoin:
		n.left, n.right = f(n.left), f(n.right)
	case *lAggregate:
		n.input = f(n.input)
	case *lWindow:
		n.input = f(n.input)
	case *lSort:
		n.input = f(n.input)
	case *lLimit:
		n.input = f(n.input)
	case *lDistinct:
		n.input = f(n.input)
	case *lUnion:
		for i := range n.inputs {
			n.inputs[i] = f(n.inputs[i])
		}
	case *lSetOp:
		n.left, n.right = f(n.left), f(n.right)
	case *lApply:
		n.left, n.right = f(n.left), f(n.right)
	case *lVariants:
		n.input = f(n.input)
	case *lRecursive:
		n.seed, n.step = f(n.seed), f(n.step)
	case *lFetch:
		n.input = f(n.input)
	case *lDistinctOn:
		n.input = f(n.input)
	case *lGrandTotals:
		n.input = f(n.input)
	case *lOnce:
		n.input = f(n.input)
		for i := range n.cells {
			n.cells[i].query = f(n.cells[i].query)
		}
	}
}

func ownExprs(n lnode) []expr.Node {
	var xs []expr.Node
	switch n := n.(type) {
	case *lScan:
		return n.filters
	case *lValues:
		for _, r := range n.rows {
			xs = append(xs, r...)
		}
	case *lFilter:
		return n.conds
	case *lProject:
		for _, it := range n.items {
			xs = append(xs, it.x)
		}
	case *lJoin:
		xs = append(xs, n.on...)
		if n.inLeft != nil {
			xs = append(xs, n.inLeft, n.inRight)
		}
	case *lAggregate:
		for _, g := range n.groupBy {
			xs = append(xs, g.x)
		}
		for _, c := range n.calls {
			xs = append(xs, c.x.Children()...)
		}
	case *lWindow:
		return n.exprs()
	case *lSort:
		for _, k := range n.keys {
			xs = append(xs, k.x)
		}
	case *lVariants:
		for _, r := range n.rows {
			xs = append(xs, r...)
		}
	case *lFetch:
		if n.count != nil {
			xs = append(xs, n.count)
		}
		if n.offset != nil {
			xs = append(xs, n.offset)
		}
		for _, k := range n.keys {
			xs = append(xs, k.x)
		}
	case *lDistinctOn:
		return n.keys
	case *lTableFunc:
		return n.call.Args
	}
	return xs
}
