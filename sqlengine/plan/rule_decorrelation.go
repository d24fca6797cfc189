package plan

import (
	"slices"

	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// decorrelate turns a subquery that runs for each row into a join, where all
// that ties it to the row are conditions which can be lifted out of it.
func decorrelate(r *rewriter, n lnode) (lnode, error) {
	return bottomUp(n, func(n lnode) (lnode, error) {
		a, ok := n.(*lApply)
		if !ok {
			return n, nil
		}
		setlike := a.kind == Semi || a.kind == Anti || a.kind == Mark
		if setlike {
			a.right = anyRow(a.right)
		}
		if !r.canUnnest(a.right, ties{setlike: setlike}) {
			return r.joinAggregate(a)
		}
		keep := idSet{}
		if !setlike {
			keep = setOf(a.right.columns())
		}
		plain, on := r.pull(a.right, keep, setlike)
		r.changed()
		return &lJoin{kind: a.kind, left: a.left, right: lowered(plain), on: on, mark: a.mark}, nil
	})
}

// anyRow drops a LIMIT from a subquery of which only matters whether it has a
// row: EXISTS (SELECT … LIMIT 1).
func anyRow(n lnode) lnode {
	switch n := n.(type) {
	case *lLimit:
		if n.limit != 0 && n.offset == 0 {
			return anyRow(n.input)
		}
	case *lProject:
		n.input = anyRow(n.input)
	}
	return n
}

// ties says what the conditions that tie a subquery to the row around may be.
type ties struct {
	// setlike: neither order nor duplicates of the subquery's rows matter.
	setlike bool
	// grouped: something above gathers the rows that belong together, so a tie
	// must be an equality with a column, by which the gathering is done too.
	grouped bool
}

// canUnnest reports whether every reference to the row around stands in a
// condition that can be lifted to the top.
func (b *binder) canUnnest(n lnode, t ties) bool {
	switch n := n.(type) {
	case *lFilter:
		return b.liftable(n.conds, t, n.input) && b.canUnnest(n.input, t)
	case *lProject:
		return !ownRefer(n) && b.canUnnest(n.input, t)
	case *lSort:
		return !ownRefer(n) && b.canUnnest(n.input, t)
	case *lDistinct:
		t.grouped = t.grouped || !t.setlike
		return b.canUnnest(n.input, t)
	case *lAggregate:
		if len(n.groupBy) == 0 || ownRefer(n) {
			return !dependsOnRow(n)
		}
		return b.canUnnest(n.input, ties{grouped: true})
	case *lOnce:
		return !slices.ContainsFunc(n.cells, func(c onceCell) bool { return dependsOnRow(c.query) }) &&
			!tiesByCell(n.input, n.cells) && b.canUnnest(n.input, t)
	case *lJoin:
		switch {
		case n.kind == Inner:
			return b.liftable(n.on, t, n) && b.canUnnest(n.left, t) && b.canUnnest(n.right, t)
		case ownRefer(n):
			return false
		}
		return b.canUnnest(n.left, t) && !dependsOnRow(n.right) && n.kind != Full
	}
	return !dependsOnRow(n)
}

// tiesByCell reports whether a condition that ties a tree to the row around
// takes the value of one of the cells: lifted out, it would be read where the
// cells need not be computed yet.
func tiesByCell(n lnode, cells []onceCell) bool {
	byCell := func(c expr.Node) bool {
		return correlated(c) && slices.ContainsFunc(cells, func(cell onceCell) bool { return readsCell(c, cell) })
	}
	return slices.ContainsFunc(ownExprs(n), byCell) ||
		slices.ContainsFunc(inputs(n), func(in lnode) bool { return tiesByCell(in, cells) })
}

// readsCell reports whether an expression takes the value of a cell.
func readsCell(x expr.Node, cell onceCell) bool {
	if l, ok := x.(*expr.Late); ok && l.Set == cell.set {
		return true
	}
	return slices.ContainsFunc(x.Children(), func(c expr.Node) bool { return readsCell(c, cell) })
}

// liftable reports whether the tying ones among conditions over a node may be
// lifted.
func (b *binder) liftable(conds []expr.Node, t ties, over lnode) bool {
	if !t.grouped {
		return true
	}
	inner := setOf(over.columns())
	if j, ok := over.(*lJoin); ok {
		inner = setOf(append(j.left.columns(), j.right.columns()...))
	}
	return !slices.ContainsFunc(conds, func(c expr.Node) bool {
		if !correlated(c) || !inner.touches(c) {
			return false
		}
		in, _, ok := equalTie(c)
		_, column := in.(*expr.Column)
		return !ok || !column
	})
}

// equalTie splits an equality of something inside a subquery with something
// around it.
func equalTie(c expr.Node) (in, around expr.Node, ok bool) {
	eq, is := c.(*expr.Compare)
	if !is || eq.Op != expr.EQ {
		return nil, nil, false
	}
	in, around = eq.A, eq.B
	if correlated(in) {
		in, around = around, in
	}
	return in, around, !correlated(in) && len(expr.Columns(in)) > 0 && len(expr.Columns(around)) == 0
}

// pull takes the tying conditions out of a tree that canUnnest. keep are the
// columns that must come out at its top.
func (b *binder) pull(n lnode, keep idSet, setlike bool) (lnode, []expr.Node) {
	switch n := n.(type) {
	case *lFilter:
		stay, on := lifted(n.conds, keep)
		in, more := b.pull(n.input, keep, setlike)
		return filtered(in, stay), append(on, more...)
	case *lProject:
		in, on := b.pull(n.input, keep, setlike)
		p := &lProject{input: in, items: slices.Clone(n.items)}
		have := setOf(p.columns())
		for _, id := range in.columns() {
			if keep[id] && !have[id] {
				p.items = append(p.items, item{id, b.ref(id)})
			}
		}
		return p, on
	case *lSort:
		return b.pull(n.input, keep, setlike) // a join has no order
	case *lDistinct:
		in, on := b.pull(n.input, keep, setlike)
		if setlike {
			return in, on
		}
		return &lDistinct{input: in}, on
	case *lAggregate:
		if len(n.groupBy) == 0 {
			return n, nil
		}
		in, on := b.pull(n.input, keep, false)
		return b.groupedByTies(n, in, on), on
	case *lOnce:
		in, on := b.pull(n.input, keep, setlike)
		return &lOnce{input: in, cells: n.cells}, on
	case *lJoin:
		c := *n
		var on, more, own []expr.Node
		if n.kind == Inner {
			c.on, own = lifted(n.on, keep)
		}
		c.left, on = b.pull(n.left, keep, setlike)
		if n.kind == Inner {
			c.right, more = b.pull(n.right, keep, setlike)
		}
		return &c, append(append(own, on...), more...)
	}
	return n, nil
}

// lifted parts conditions into those that stay and those that tie, the latter
// as conditions of a join, whose columns must be kept.
func lifted(conds []expr.Node, keep idSet) (stay, on []expr.Node) {
	for _, c := range conds {
		if !correlated(c) {
			stay = append(stay, c)
			continue
		}
		tie := lift(c)
		on = append(on, tie)
		keep.add(tie)
	}
	return stay, on
}

// groupedByTies groups by the columns that the ties compare, too.
func (b *binder) groupedByTies(n *lAggregate, in lnode, on []expr.Node) *lAggregate {
	out := &lAggregate{input: in, groupBy: slices.Clone(n.groupBy), calls: n.calls}
	reads := idSet{}
	for _, c := range on {
		reads.add(c)
	}
	for _, id := range in.columns() {
		if reads[id] {
			out.groupBy = append(out.groupBy, item{id, b.ref(id)})
		}
	}
	return out
}

// joinAggregate turns an aggregate over the rows with equal keys, without a
// grouping of its own, into a join with those aggregates grouped by the keys.
// A row that finds no group gets what the aggregates are of no row.
func (r *rewriter) joinAggregate(a *lApply) (lnode, error) {
	p, ok := a.right.(*lProject)
	if !ok || ownRefer(p) || a.kind != Single && a.kind != Inner && a.kind != Left {
		return a, nil
	}
	agg, ok := p.input.(*lAggregate)
	if !ok || len(agg.groupBy) > 0 || ownRefer(agg) || !r.canUnnest(agg.input, ties{}) || gathers(agg.input) || !equalTies(agg.input) {
		return a, nil
	}
	r.changed()
	plain, on := r.pull(agg.input, idSet{}, false)
	inner := setOf(plain.columns())
	grouped := &lAggregate{input: lowered(plain), calls: agg.calls}
	right := &lProject{input: grouped}
	for i, c := range on {
		eq := c.(*expr.Compare)
		in, around := eq.A, eq.B
		if !inner.within(in) || !inner.touches(in) { // a row further out has no column here
			in, around = eq.B, eq.A
		}
		key := r.newColumn(in.String(), in.Type(), !in.Nullable())
		grouped.groupBy = append(grouped.groupBy, item{key, in})
		right.items = append(right.items, item{key, r.ref(key)})
		tie, err := expr.NewCompare(expr.EQ, around, r.ref(key))
		if err != nil {
			return nil, err
		}
		on[i] = tie
	}
	found := r.newColumn("found", boolType, false)
	right.items = append(right.items, item{found, expr.NewConst(sqltypes.BoolValue(true))})
	top := &lProject{input: &lJoin{kind: Left, left: a.left, right: right, on: on}}
	for _, id := range a.left.columns() {
		top.items = append(top.items, item{id, r.ref(id)})
	}
	for _, it := range p.items {
		x, err := r.valueOrEmpty(it, agg, right, found)
		if err != nil {
			return nil, err
		}
		top.items = append(top.items, item{it.id, x})
	}
	return top, nil
}

// valueOrEmpty adds a column to the grouped side of a join and returns what it
// is beside it: of a row without a group, counts are 0, other aggregates NULL.
func (r *rewriter) valueOrEmpty(it item, agg *lAggregate, right *lProject, found int) (expr.Node, error) {
	value := r.newColumn(r.cols[it.id].name, r.cols[it.id].t, false)
	right.items = append(right.items, item{value, it.x})
	empty := valueOfNoRows(it.x, agg)
	if c, ok := empty.(*expr.Const); ok && c.V.Null {
		return r.ref(value), nil
	}
	missing, err := expr.IsNull(r.ref(found), false)
	if err != nil {
		return nil, err
	}
	return expr.NewCase(nil, []expr.When{{Cond: missing, Result: empty}}, r.ref(value))
}

// gathers reports whether duplicates in a tree count before it comes out.
func gathers(n lnode) bool {
	switch n.(type) {
	case *lDistinct, *lAggregate:
		return true
	}
	return slices.ContainsFunc(inputs(n), gathers)
}

// equalTies reports whether all ties of a tree to the row around are
// equalities of something inside with something around.
func equalTies(n lnode) bool {
	for _, c := range ownExprs(n) {
		if !correlated(c) {
			continue
		}
		if _, _, ok := equalTie(c); !ok {
			return false
		}
	}
	return !slices.ContainsFunc(inputs(n), func(in lnode) bool { return !equalTies(in) })
}

func valueOfNoRows(x expr.Node, agg *lAggregate) expr.Node {
	return expr.Fold(expr.Transform(x, func(n expr.Node) expr.Node {
		c, ok := n.(*expr.Column)
		if !ok {
			return n
		}
		for _, a := range agg.calls {
			if a.id == c.Index {
				return ofNoRows(a.x)
			}
		}
		return nullOf(c.T)
	}))
}

func ownRefer(n lnode) bool { return slices.ContainsFunc(ownExprs(n), correlated) }
