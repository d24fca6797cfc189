package plan

import (
	"math"
	"slices"

	"github.com/epicorerp/epicorerp/sqlengine/expr"
)

// orderJoins puts the inputs of every tree of inner joins into the order that
// is estimated to read and to pair the fewest rows: by dynamic programming
// where they are few, else by taking the best next one. Other kinds of joins
// are inputs, so no input crosses one. Inputs keep the order in which they are
// written wherever another is not better.
func orderJoins(r *rewriter, n lnode) (lnode, error) {
	var err error
	if j, ok := n.(*lJoin); ok && j.kind == Inner {
		leaves, on := flattened(j, nil, nil)
		for i := range leaves {
			if leaves[i], err = orderJoins(r, leaves[i]); err != nil {
				return nil, err
			}
		}
		if len(leaves) < 3 {
			j.left, j.right = leaves[0], leaves[1]
			return j, nil
		}
		g := newJoinGraph(r, leaves, on)
		order := g.order()
		if !slices.IsSorted(order) {
			r.changed()
		}
		return g.tree(order)
	}
	mapInputs(n, func(in lnode) lnode {
		if err != nil {
			return in
		}
		var out lnode
		if out, err = orderJoins(r, in); err != nil {
			return in
		}
		return out
	})
	return n, err
}

// flattened collects the inputs of nested inner joins and their conditions.
func flattened(n lnode, leaves []lnode, on []expr.Node) ([]lnode, []expr.Node) {
	j, ok := n.(*lJoin)
	if !ok || j.kind != Inner {
		return append(leaves, n), on
	}
	leaves, on = flattened(j.left, leaves, on)
	leaves, on = flattened(j.right, leaves, on)
	return leaves, append(on, j.on...)
}

// joinGraph is a tree of inner joins without its order.
type joinGraph struct {
	*rewriter
	known  estimates
	leaves []lnode
	sets   []idSet
	rows   []float64
	// asked says that an input is one table, which can be asked for keys.
	asked []bool
	on    []expr.Node
	// edges are the equalities of columns, those that follow from others too.
	edges []joinEdge
	by    [][]int  // the edges of each input
	near  []uint64 // the inputs that those lead to, where there are few
	// shares are those found so far, by input and what it is tied to.
	shares map[[2]uint64]float64
}

// joinEdge is an equality between a column of input a and one of input b.
type joinEdge struct {
	a, b   int
	ka, kb expr.Node
	given  bool    // it is one of the conditions
	values float64 // different ones, on the side that has more
}

func newJoinGraph(r *rewriter, leaves []lnode, on []expr.Node) *joinGraph {
	g := &joinGraph{rewriter: r, known: estimates{}, leaves: leaves, on: on, sets: make([]idSet, len(leaves)), by: make([][]int, len(leaves)),
		near: make([]uint64, len(leaves)), shares: map[[2]uint64]float64{}}
	owner := map[int]int{}
	for i, l := range leaves {
		g.sets[i] = setOf(l.columns())
		for id := range g.sets[i] {
			owner[id] = i
		}
		_, _, one := scanBeneath(l)
		g.asked = append(g.asked, one && r.opt.Pushdown)
		g.rows = append(g.rows, max(1, g.known.estimate(l)))
	}
	classes := equalColumns(on)
	for _, c := range on {
		g.addEdge(c, owner)
	}
	for _, class := range classes {
		for i, a := range class {
			for _, b := range class[i+1:] {
				g.edge(owner[a.Index], owner[b.Index], a, b, false)
			}
		}
	}
	return g
}

// addEdge notes an equality that joins two inputs.
func (g *joinGraph) addEdge(c expr.Node, owner map[int]int) {
	eq, ok := c.(*expr.Compare)
	if !ok || eq.Op != expr.EQ && eq.Op != expr.NotDistinct {
		return
	}
	a, okA := ownerOf(eq.A, owner)
	b, okB := ownerOf(eq.B, owner)
	if okA && okB {
		g.edge(a, b, eq.A, eq.B, true)
	}
}

// ownerOf is the one input that an expression reads.
func ownerOf(x expr.Node, owner map[int]int) (int, bool) {
	at := -1
	for id := range expr.Columns(x) {
		if o, ok := owner[id]; !ok || at >= 0 && o != at {
			return 0, false
		}
		at = owner[id]
	}
	return at, at >= 0
}

func (g *joinGraph) edge(a, b int, ka, kb expr.Node, given bool) {
	known := slices.ContainsFunc(g.edges, func(e joinEdge) bool {
		return expr.Equal(e.ka, ka) && expr.Equal(e.kb, kb) || expr.Equal(e.ka, kb) && expr.Equal(e.kb, ka)
	})
	if a == b || known {
		return
	}
	g.by[a], g.by[b] = append(g.by[a], len(g.edges)), append(g.by[b], len(g.edges))
	g.near[a], g.near[b] = g.near[a]|1<<b, g.near[b]|1<<a
	g.edges = append(g.edges, joinEdge{a, b, ka, kb, given, max(g.known.keyValues(g.leaves[a], ka), g.known.keyValues(g.leaves[b], kb))})
}

// mostInClass bounds the equalities that are added because they follow from
// others: their number is quadratic.
const mostInClass = 8

// equalColumns gathers columns that equalities make equal.
func equalColumns(on []expr.Node) [][]*expr.Column {
	var classes [][]*expr.Column
	find := func(c *expr.Column) int {
		return slices.IndexFunc(classes, func(class []*expr.Column) bool {
			return slices.ContainsFunc(class, func(o *expr.Column) bool { return o.Index == c.Index })
		})
	}
	for _, c := range on {
		a, b, ok := columnEquality(c)
		if !ok {
			continue
		}
		switch i, j := find(a), find(b); {
		case i < 0 && j < 0:
			classes = append(classes, []*expr.Column{a, b})
		case i < 0:
			classes[j] = append(classes[j], a)
		case j < 0:
			classes[i] = append(classes[i], b)
		case i != j:
			classes[i] = append(classes[i], classes[j]...)
			classes = slices.Delete(classes, j, j+1)
		}
	}
	return slices.DeleteFunc(classes, func(c []*expr.Column) bool { return len(c) > mostInClass })
}

// Up to mostPlanned inputs all orders are compared, up to mostWeighed the best
// next one is taken; of more, the first that an equality ties.
const (
	mostPlanned = 9
	mostWeighed = 64
)

func (g *joinGraph) order() []int {
	switch n := len(g.leaves); {
	case n <= mostPlanned:
		return g.best()
	case n <= mostWeighed:
		return g.greedy()
	}
	return g.written()
}

// joined is a set of inputs joined in some order.
type joined struct {
	cost, rows float64
	last       int // the input that came last
	set        uint64
}

// best compares all orders, one input joined after the other. Of equal ones
// the written one wins: the last input is tried last.
func (g *joinGraph) best() []int {
	n := len(g.leaves)
	plans := make([]joined, 1<<n)
	for set := uint64(1); set < 1<<n; set++ {
		plans[set].cost = math.Inf(1)
		for i := range n {
			if set&(1<<i) == 0 {
				continue
			}
			if before := set &^ (1 << i); before == 0 {
				plans[set] = g.first(i)
			} else if next := g.step(plans[before], i); next.cost <= plans[set].cost {
				plans[set] = next
			}
		}
	}
	order := make([]int, n)
	for set, at := uint64(1<<n-1), n-1; at >= 0; at-- {
		order[at] = plans[set].last
		set &^= 1 << plans[set].last
	}
	return order
}

// greedy starts with the smallest input that is tied to another.
func (g *joinGraph) greedy() []int {
	start := 0
	for i := range g.leaves {
		if g.rows[i] < g.rows[start] && len(g.by[i]) > 0 {
			start = i
		}
	}
	at, order := g.first(start), []int{start}
	left := slices.DeleteFunc(seq(len(g.leaves)), func(i int) bool { return i == start })
	for len(left) > 0 {
		best := joined{cost: math.Inf(1)}
		for _, i := range left {
			if next := g.step(at, i); next.cost < best.cost {
				best = next
			}
		}
		at, order = best, append(order, best.last)
		left = slices.DeleteFunc(left, func(i int) bool { return i == best.last })
	}
	return order
}

// written keeps the written order but for inputs that would make pairs of all.
func (g *joinGraph) written() []int {
	order, in := []int{0}, map[int]bool{0: true}
	tied := func(i int) bool {
		return slices.ContainsFunc(g.by[i], func(e int) bool { return in[g.edges[e].a] || in[g.edges[e].b] })
	}
	for left := seq(len(g.leaves))[1:]; len(left) > 0; {
		at := max(0, slices.IndexFunc(left, tied))
		order, in[left[at]] = append(order, left[at]), true
		left = slices.Delete(left, at, at+1)
	}
	return order
}

func seq(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// What a row costs: to be fetched, and to be paired or held. A request counts
// as some rows.
const (
	fetchCost   = 1.0
	pairCost    = 0.2
	holdCost    = 0.02
	requestCost = 20.0
	askedAtOnce = 50.0 // keys a request
	crossCost   = 1e6
)

func (g *joinGraph) first(i int) joined {
	return joined{cost: g.rows[i] * fetchCost, rows: g.rows[i], last: i, set: 1 << i}
}

// step joins input i to a set.
func (g *joinGraph) step(s joined, i int) joined {
	out := joined{rows: s.rows * g.rows[i], last: i, set: s.set | 1<<i}
	fetched := g.rows[i] * fetchCost
	tied := s.set & g.near[i]
	if tied == 0 { // every pair: only where nothing is tied
		out.cost = s.cost + fetched + out.rows*crossCost
		return out
	}
	out.rows = max(1, out.rows*g.share(i, tied))
	if g.asked[i] && paysToAsk(s.rows, g.rows[i]) {
		fetched = min(fetched, out.rows*fetchCost+math.Ceil(s.rows/askedAtOnce)*requestCost)
	}
	out.cost = s.cost + fetched + out.rows*pairCost + g.rows[i]*holdCost
	return out
}

// share is the part of all pairs of rows of input i and of a set, all of which
// is tied to it, that the equalities leave.
func (g *joinGraph) share(i int, tied uint64) float64 {
	at := [2]uint64{uint64(i), tied}
	if share, ok := g.shares[at]; ok {
		return share
	}
	var own []expr.Node
	values := map[int]float64{} // by column of input i: it counts once, whatever it equals
	theirs := map[int][]expr.Node{}
	for n, e := range g.by[i] {
		edge := g.edges[e]
		if edge.b == i {
			edge.a, edge.b, edge.ka, edge.kb = edge.b, edge.a, edge.kb, edge.ka
		}
		if tied>>edge.b&1 == 0 {
			continue
		}
		own, theirs[edge.b] = append(own, edge.ka), append(theirs[edge.b], edge.kb)
		key := -1 - n
		if c, ok := edge.ka.(*expr.Column); ok {
			key = c.Index
		}
		values[key] = max(values[key], edge.values)
	}
	share := 1.0
	for _, v := range values {
		share /= v
	}
	for o, keys := range theirs {
		if rows, ok := g.known.uniqueRows(g.leaves[o], keys); ok {
			share = min(share, 1/rows)
		}
	}
	if rows, ok := g.known.uniqueRows(g.leaves[i], own); ok {
		share = 1 / rows
	}
	g.shares[at] = share
	return share
}

// tree joins the inputs in an order. A condition stands where all it reads is
// there; an input that no given equality ties yet gets one that follows.
func (g *joinGraph) tree(order []int) (lnode, error) {
	conds := slices.Clone(g.on)
	have := idSet{}
	in := make([]bool, len(g.leaves))
	var tree lnode
	for _, i := range order {
		for id := range g.sets[i] {
			have[id] = true
		}
		in[i] = true
		if tree == nil {
			tree = g.leaves[i]
			continue
		}
		on, later := parted(conds, have.within)
		conds = later
		implied, err := g.follows(i, in)
		if err != nil {
			return nil, err
		}
		tree = &lJoin{kind: Inner, left: tree, right: g.leaves[i], on: append(on, implied...)}
	}
	return filtered(tree, conds), nil
}

// follows gives the equality that ties input i to those that are in, when none
// of the given ones does.
func (g *joinGraph) follows(i int, in []bool) ([]expr.Node, error) {
	var implied []expr.Node
	for _, e := range g.by[i] {
		edge := g.edges[e]
		if !in[edge.a] || !in[edge.b] {
			continue
		}
		if edge.given {
			return nil, nil
		}
		if implied == nil {
			eq, err := expr.NewCompare(expr.EQ, edge.ka, edge.kb)
			if err != nil {
				return nil, err
			}
			implied = append(implied, eq)
		}
	}
	return implied, nil
}
