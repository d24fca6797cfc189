package plan

import (
	"math"
	"slices"

	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// Estimates of rows. They come from the size of a table, its key, and the form
// of conditions; a plan that rests on a wrong one is slower, never wrong.

// unknownRows is what a table is taken to hold when nobody knows.
const unknownRows = 100_000

// Shares of rows that are taken to pass a condition of a form.
const (
	equalShare = 0.01
	rangeShare = 0.3
	otherShare = 0.5
	// groupShare are the groups or distinct values among rows of which nothing
	// is known.
	groupShare = 0.1
)

// estimates are those of a tree that does not change while they are used.
type estimates map[lnode]float64

// estimate is the number of rows that a tree is taken to give.
func (e estimates) estimate(n lnode) float64 {
	rows, ok := e[n]
	if !ok {
		rows = e.of(n)
		e[n] = rows
	}
	return rows
}

func (e estimates) of(n lnode) float64 {
	switch n := n.(type) {
	case *lScan:
		return scanEstimate(n)
	case *lValues:
		return float64(len(n.rows))
	case *lFilter:
		return atLeastOne(e.estimate(n.input)*selectivity(n.conds), e.estimate(n.input))
	case *lAggregate:
		return e.groupEstimate(n)
	case *lLimit:
		rows := max(0, e.estimate(n.input)-float64(n.offset))
		if n.limit >= 0 {
			rows = min(rows, float64(n.limit))
		}
		return rows
	case *lDistinct:
		rows := e.estimate(n.input)
		return min(rows, e.distinctOf(n.input, n.columns(), rows))
	case *lUnion:
		rows := 0.0
		for _, in := range n.inputs {
			rows += e.estimate(in)
		}
		return rows
	case *lSetOp:
		return e.estimate(n.left)
	case *lShared:
		return e.estimate(n.of.query.root)
	case *lWork:
		return unknownWork
	case *lTableFunc:
		return functionRows
	case *lRecursive:
		return max(unknownWork, e.estimate(n.seed))
	case *lVariants:
		return e.estimate(n.input) * float64(len(n.rows))
	case *lJoin:
		return e.joinEstimate(n)
	case *lApply:
		switch n.kind {
		case Inner, Left:
			return e.estimate(n.left) * max(1, e.estimate(n.right))
		case Semi, Anti:
			return e.estimate(n.left) * otherShare
		}
		return e.estimate(n.left)
	}
	if in := inputs(n); len(in) > 0 {
		return e.estimate(in[0])
	}
	return 1
}

// atLeastOne is rows, but one where there is any input.
func atLeastOne(rows, input float64) float64 { return max(rows, min(1, input)) }

func scanEstimate(n *lScan) float64 {
	info := n.table.Info()
	rows := n.tableRows()
	fixed := idSet{}
	for _, c := range n.filters {
		if col, _, ok := fixes(c); ok {
			fixed[col.Index] = true
		}
	}
	if len(info.Key) > 0 && !slices.ContainsFunc(info.Key, func(k int) bool { return !fixed[n.ids[k]] }) {
		return min(rows, 1)
	}
	share := selectivity(n.filters)
	for _, x := range n.exists {
		share *= x.share
	}
	return atLeastOne(rows*share, rows)
}

// selectivity is the share of rows that pass conditions.
func selectivity(conds []expr.Node) float64 {
	share := 1.0
	for _, c := range conds {
		share *= conditionShare(c)
	}
	return share
}

func conditionShare(c expr.Node) float64 {
	switch c := c.(type) {
	case *expr.Compare:
		switch c.Op {
		case expr.EQ, expr.NotDistinct:
			return equalShare
		case expr.NE, expr.Distinct:
			return 1 - equalShare
		}
		return rangeShare
	case *expr.InList:
		share := min(otherShare, equalShare*float64(len(c.List)))
		if c.Not {
			return 1 - share
		}
		return share
	case *expr.NullTest:
		if c.Not {
			return 0.9
		}
		return 0.1
	case *expr.Like:
		if c.Not {
			return 0.9
		}
		return 0.1
	case *expr.Logical:
		if !c.Or {
			return selectivity(c.Args)
		}
		missed := 1.0
		for _, a := range c.Args {
			missed *= 1 - conditionShare(a)
		}
		return 1 - missed
	case *expr.Negation:
		return 1 - conditionShare(c.X)
	}
	return otherShare
}

func (e estimates) groupEstimate(n *lAggregate) float64 {
	if len(n.groupBy) == 0 {
		return 1
	}
	rows := e.estimate(n.input)
	var ids []int
	for _, g := range n.groupBy {
		for id := range expr.Columns(g.x) {
			ids = append(ids, id)
		}
	}
	return min(rows, e.distinctOf(n.input, ids, rows))
}

// distinctOf is the number of different values that columns of a tree have
// together.
func (e estimates) distinctOf(n lnode, ids []int, rows float64) float64 {
	if isUnique(n, setOf(ids)) {
		return rows
	}
	all := 1.0
	for _, id := range ids {
		all *= e.distinctValues(n, id)
	}
	return min(all, max(1, rows*otherShare))
}

// distinctValues is the number of different values of one column.
func (e estimates) distinctValues(n lnode, id int) float64 {
	switch n := n.(type) {
	case *lScan:
		return scanDistinct(n, id)
	case *lProject:
		for _, it := range n.items {
			if c, ok := it.x.(*expr.Column); ok && it.id == id {
				return e.distinctValues(n.input, c.Index)
			}
		}
	case *lAggregate:
		for _, g := range n.groupBy {
			if c, ok := g.x.(*expr.Column); ok && g.id == id {
				return e.distinctValues(n.input, c.Index)
			}
		}
	case *lJoin, *lApply:
		in := inputs(n)
		for _, side := range in {
			if slices.Contains(side.columns(), id) {
				return e.distinctValues(side, id)
			}
		}
	case *lFilter, *lSort, *lDistinct, *lOnce, *lLimit:
		return min(e.distinctValues(inputs(n)[0], id), max(1, e.estimate(n)))
	}
	return max(1, e.estimate(n)*groupShare)
}

func scanDistinct(n *lScan, id int) float64 {
	info := n.table.Info()
	at := slices.Index(n.ids, id)
	rows, left := n.tableRows(), max(1, scanEstimate(n))
	if slices.ContainsFunc(n.filters, func(c expr.Node) bool { col, _, ok := fixes(c); return ok && col.Index == id }) {
		return 1
	}
	switch {
	case at < 0:
		return left
	case slices.Contains(info.Key, at):
		return min(left, math.Pow(rows, 1/float64(len(info.Key))))
	case info.Columns[at].Type.Kind == sqltypes.Bool:
		return min(2, left)
	}
	return min(left, max(10, rows*groupShare))
}

func (e estimates) joinEstimate(n *lJoin) float64 {
	left, right := e.estimate(n.left), e.estimate(n.right)
	matched := left * right * e.joinShare(n.left, n.right, n.on)
	switch n.kind {
	case Inner:
		return atLeastOne(matched, left*right)
	case Left:
		return max(left, matched)
	case Full:
		return max(left, right, matched)
	case Semi:
		return atLeastOne(left*e.semiShare(n), left)
	case Anti:
		return atLeastOne(left*(1-e.semiShare(n)), left)
	}
	return left
}

// semiShare is the share of left rows that find a match.
func (e estimates) semiShare(n *lJoin) float64 {
	k := splitKeys(n.on, setOf(n.left.columns()), setOf(n.right.columns()))
	if n.inLeft != nil {
		k.left, k.right = []expr.Node{n.inLeft}, []expr.Node{n.inRight}
	}
	share := otherShare
	for i := range k.left {
		if c, ok := k.left[i].(*expr.Column); ok {
			share = min(share, e.estimate(n.right)/e.distinctValues(n.left, c.Index))
		}
	}
	return share
}

// joinShare is the share of all pairs of rows that a join's conditions keep.
func (e estimates) joinShare(left, right lnode, on []expr.Node) float64 {
	k := splitKeys(on, setOf(left.columns()), setOf(right.columns()))
	share := selectivity(k.rest)
	if len(k.left) == 0 {
		return share
	}
	if rows, ok := e.uniqueRows(right, k.right); ok {
		return share / rows
	}
	if rows, ok := e.uniqueRows(left, k.left); ok {
		return share / rows
	}
	for i := range k.left {
		share /= max(e.keyValues(left, k.left[i]), e.keyValues(right, k.right[i]))
	}
	return share
}

func (e estimates) keyValues(n lnode, key expr.Node) float64 {
	if c, ok := key.(*expr.Column); ok {
		return max(1, e.distinctValues(n, c.Index))
	}
	return max(1, e.estimate(n)*groupShare)
}

// uniqueRows is, when keys name each row of a tree, the number of rows among
// which they do: for a table all that it holds, whatever its filters leave.
func (e estimates) uniqueRows(n lnode, keys []expr.Node) (float64, bool) {
	ids := idSet{}
	for _, k := range keys {
		if c, ok := k.(*expr.Column); ok {
			ids[c.Index] = true
		}
	}
	if !isUnique(n, ids) {
		return 0, false
	}
	if scan, _, ok := scanBeneath(n); ok {
		whole := *scan
		whole.filters, whole.exists = nil, nil
		for _, c := range scan.filters { // the part of the key that a constant fixes
			if col, _, ok := fixes(c); ok && slices.Contains(scan.table.Info().Key, slices.Index(scan.ids, col.Index)) {
				whole.filters = append(whole.filters, c)
			}
		}
		return max(1, scanEstimate(&whole)), true
	}
	return max(1, e.estimate(n)), true
}
