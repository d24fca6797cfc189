package plan

import (
	"slices"

	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// physical makes operators of the logical tree, from the top down: each node
// is told which columns are needed and which order and limit would be welcome,
// and says which of that its rows already have.
type physical struct {
	*binder
	known estimates
	// orders are the free orders of trees.
	orders map[lnode][][]wantKey
	hints  []string
	// outer are the columns of the rows around, innermost last: what
	// expr.Outer counts.
	outer [][]int
}

// built is an operator and what is known of its rows.
type built struct {
	node    Node
	cols    []int // the column at each position
	ordered bool  // in the order that was wanted
	limited bool  // cut to the limit that was wanted
	rows    float64
}

// want is what the node above would otherwise do itself.
type want struct {
	order  []wantKey
	limit  int64 // -1 for none
	offset int64
	hint   int64 // rows that will probably do; 0 for all
}

type wantKey struct {
	id         int
	desc       bool
	nullsFirst bool
}

var nothing = want{limit: -1}

// root builds the whole plan with the columns of the result in order.
func (p *physical) root(n lnode, out []outColumn) (Node, error) {
	need := idSet{}
	for _, o := range out {
		need[o.id] = true
	}
	if err := p.planShared(n, need); err != nil {
		return nil, err
	}
	b, err := p.build(n, need, nothing)
	if err != nil {
		return nil, err
	}
	markFirst(b.node, map[*Shared]bool{})
	exprs := make([]expr.Node, len(out))
	same := len(out) == len(b.cols)
	for i, o := range out {
		at := slices.Index(b.cols, o.id)
		same = same && at == i
		x := *p.ref(o.id)
		x.Index, x.Name = at, o.name
		exprs[i] = &x
	}
	if same {
		return b.node, nil
	}
	return NewProject(b.node, exprs), nil
}

// build makes the operator of a node.
func (p *physical) build(n lnode, need idSet, w want) (built, error) {
	b, err := p.operator(n, need, w)
	b.rows = p.known.estimate(n)
	if b.limited && w.limit >= 0 {
		b.rows = min(b.rows, float64(w.limit))
	}
	return b, err
}

func (p *physical) operator(n lnode, need idSet, w want) (built, error) {
	switch n := n.(type) {
	case *lScan:
		return p.scan(n, need, w)
	case *lValues:
		return p.values(n)
	case *lFilter:
		return p.filter(n, need, w)
	case *lProject:
		return p.project(n, need, w)
	case *lJoin:
		return p.join(n, need, w)
	case *lAggregate:
		return p.aggregate(n, need)
	case *lWindow:
		return p.window(n, need, w)
	case *lSort:
		return p.sort(n, need, w)
	case *lLimit:
		return p.limit(n, need, w)
	case *lDistinct:
		return p.distinct(n)
	case *lUnion:
		return p.union(n, need)
	case *lSetOp:
		return p.setOp(n)
	case *lApply:
		return p.apply(n, need)
	case *lOnce:
		return p.once(n, need, w)
	case *lVariants:
		return p.variants(n, need)
	case *lFetch:
		return p.fetch(n, need)
	case *lShared:
		return p.readShared(n, need)
	case *lRecursive:
		return p.recursive(n)
	case *lWork:
		return p.work(n)
	case *lTableFunc:
		return p.tableFunc(n)
	case *lDistinctOn:
		return p.distinctOn(n, need)
	case *lGrandTotals:
		return p.grandTotals(n, need)
	}
	panic("plan: a logical node without an operator")
}

// expr moves an expression from column numbers to positions.
//
//go:noinline
func (p *physical) expr(x expr.Node, cols []int) expr.Node {
	return expr.Transform(x, func(x expr.Node) expr.Node {
		switch x := x.(type) {
		case *expr.Column:
			c := *x
			c.Index = slices.Index(cols, x.Index)
			return &c
		case *expr.Outer:
			c := *x
			c.Index = slices.Index(p.outer[len(p.outer)-x.Level], x.Index)
			return &c
		}
		return x
	})
}

func (p *physical) exprs(xs []expr.Node, cols []int) []expr.Node {
	return mapped(xs, func(x expr.Node) expr.Node { return p.expr(x, cols) })
}

// cond joins conditions and moves them to positions; nil for none.
func (p *physical) cond(conds []expr.Node, cols []int) (expr.Node, error) {
	if len(conds) == 0 {
		return nil, nil
	}
	all, err := expr.And(conds...)
	if err != nil {
		return nil, err
	}
	return p.expr(all, cols), nil
}

func with(need idSet, xs ...expr.Node) idSet {
	out := make(idSet, len(need)+len(xs))
	for id := range need {
		out[id] = true
	}
	for _, x := range xs {
		out.add(x)
	}
	return out
}

func (p *physical) values(n *lValues) (built, error) {
	rows := make([][]expr.Node, len(n.rows))
	types := make([]sqltypes.Type, len(n.ids))
	for i, id := range n.ids {
		types[i] = p.cols[id].t
	}
	for i, r := range n.rows {
		rows[i] = p.exprs(r, nil)
	}
	return built{node: NewValues(rows, types), cols: n.ids}, nil
}

func (p *physical) filter(n *lFilter, need idSet, w want) (built, error) {
	below := w
	below.limit, below.offset = -1, 0 // some rows will not pass
	in, err := p.build(n.input, with(need, n.conds...), below)
	if err != nil {
		return in, err
	}
	in.node, err = p.filtered(in, n.conds)
	in.limited = false
	return in, err
}

func (p *physical) filtered(in built, conds []expr.Node) (Node, error) {
	c, err := p.cond(conds, in.cols)
	if err != nil || c == nil {
		return in.node, err
	}
	return &Filter{Input: in.node, Cond: c}, nil
}

// project computes what is needed; columns that only change their number cost
// no operator.
func (p *physical) project(n *lProject, need idSet, w want) (built, error) {
	var items []item
	below := idSet{}
	plain := true
	for _, it := range n.items {
		if !need[it.id] {
			continue
		}
		items = append(items, it)
		below.add(it.x)
		if _, ok := it.x.(*expr.Column); !ok {
			plain = false
		}
	}
	wish := renamed(w, n.items)
	in, err := p.build(n.input, below, wish)
	if err != nil {
		return in, err
	}
	if len(wish.order) < len(w.order) {
		in.ordered, in.limited = false, false // by whatever it is, it is not what w wants
	}
	if plain && !repeated(items) {
		cols := make([]int, len(in.cols))
		for i, c := range in.cols {
			cols[i] = c
			for _, it := range items {
				if it.x.(*expr.Column).Index == c {
					cols[i] = it.id
				}
			}
		}
		in.cols = cols
		return in, nil
	}
	xs := make([]expr.Node, len(items))
	ids := make([]int, len(items))
	for i, it := range items {
		xs[i], ids[i] = p.expr(it.x, in.cols), it.id
	}
	in.node, in.cols = NewProject(in.node, xs), ids
	return in, nil
}

// repeated reports whether two items are the same column: one position cannot
// have two numbers.
func repeated(items []item) bool {
	seen := idSet{}
	for _, it := range items {
		id := it.x.(*expr.Column).Index
		if seen[id] {
			return true
		}
		seen[id] = true
	}
	return false
}

// renamed restates a wish for the input of a projection. An order by something
// computed cannot be wished for, and then neither can a limit.
func renamed(w want, items []item) want {
	if len(w.order) == 0 {
		return w
	}
	out := w
	out.order = nil
	for _, k := range w.order {
		for _, it := range items {
			if c, ok := it.x.(*expr.Column); ok && it.id == k.id {
				k.id = c.Index
				out.order = append(out.order, k)
				break
			}
		}
	}
	if len(out.order) < len(w.order) {
		return nothing
	}
	return out
}

func (p *physical) sort(n *lSort, need idSet, w want) (built, error) {
	if len(w.order) > 0 {
		return p.build(n.input, need, w) // its rows are ordered otherwise above
	}
	xs := make([]expr.Node, len(n.keys))
	wish := want{limit: w.limit, offset: w.offset, hint: w.hint}
	for i, k := range n.keys {
		xs[i] = k.x
		if c, ok := k.x.(*expr.Column); ok {
			wish.order = append(wish.order, wantKey{c.Index, k.desc, k.nullsFirst})
		}
	}
	if len(wish.order) < len(n.keys) {
		wish = nothing
	}
	in, err := p.build(n.input, with(need, xs...), wish)
	if err != nil {
		return in, err
	}
	if in.ordered && len(wish.order) > 0 {
		return in, nil
	}
	in.node = &Sort{Input: in.node, Keys: p.sortKeys(n.keys, in.cols), Limit: w.limit, Offset: w.offset}
	in.ordered, in.limited = true, true
	return in, nil
}

func (p *physical) limit(n *lLimit, need idSet, w want) (built, error) {
	wish := want{limit: n.limit, offset: n.offset}
	if n.limit >= 0 {
		wish.hint = n.limit + n.offset
	}
	if n.limit == 0 {
		// No row is wanted: nothing is asked of a server.
		return p.values(&lValues{ids: sorted(need)})
	}
	in, err := p.build(n.input, need, wish)
	if err != nil {
		return in, err
	}
	if !in.limited {
		in.node = &Limit{Input: in.node, Limit: n.limit, Offset: n.offset}
	}
	s, sorted := n.input.(*lSort)
	in.ordered = sorted && len(w.order) > 0 && satisfies(s.keys, w)
	in.limited = false // w is not what n asked for
	return in, nil
}

func sorted(s idSet) []int {
	ids := make([]int, 0, len(s))
	for id := range s {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// exactly builds an input with exactly the given columns in order: where whole
// rows are compared.
func (p *physical) exactly(n lnode, ids []int) (built, error) {
	in, err := p.build(n, setOf(ids), nothing)
	if err != nil || slices.Equal(in.cols, ids) {
		return in, err
	}
	xs := make([]expr.Node, len(ids))
	for i, id := range ids {
		xs[i] = p.expr(p.ref(id), in.cols)
	}
	in.node, in.cols = NewProject(in.node, xs), ids
	return in, nil
}

func (p *physical) distinct(n *lDistinct) (built, error) {
	in, err := p.exactly(n.input, n.input.columns())
	if err != nil {
		return in, err
	}
	in.node = &Distinct{Input: in.node}
	in.ordered, in.limited = false, false
	return in, nil
}

func (p *physical) union(n *lUnion, need idSet) (built, error) {
	u := &Union{}
	var ids []int
	for _, id := range n.ids {
		if need[id] {
			ids = append(ids, id)
		}
	}
	for i, input := range n.inputs {
		var from []int
		for j, id := range n.ids {
			if need[id] {
				from = append(from, n.from[i][j])
			}
		}
		in, err := p.exactly(input, from)
		if err != nil {
			return in, err
		}
		u.Children = append(u.Children, in.node)
	}
	return built{node: u, cols: ids}, nil
}

func (p *physical) setOp(n *lSetOp) (built, error) {
	l, err := p.exactly(n.left, n.fromLeft)
	if err != nil {
		return l, err
	}
	r, err := p.exactly(n.right, n.fromRight)
	if err != nil {
		return r, err
	}
	return built{node: &SetOp{Left: l.node, Right: r.node, Except: n.except, All: n.all}, cols: n.ids}, nil
}

func (p *physical) aggregate(n *lAggregate, need idSet) (built, error) {
	if b, ok, err := p.aggregateAtServer(n); ok || err != nil {
		return b, err
	}
	var xs []expr.Node
	for _, g := range n.groupBy {
		xs = append(xs, g.x)
	}
	for _, c := range n.calls {
		if need[c.id] {
			xs = append(xs, c.x.Children()...)
		}
	}
	in, err := p.build(n.input, with(nil, xs...), nothing)
	if err != nil {
		return in, err
	}
	var groupBy []expr.Node
	var cols []int
	for _, g := range n.groupBy {
		groupBy = append(groupBy, p.expr(g.x, in.cols))
		cols = append(cols, g.id)
	}
	var calls []*expr.Aggregate
	for _, c := range n.calls {
		if need[c.id] {
			calls = append(calls, c.x.WithChildren(p.exprs(c.x.Children(), in.cols)))
			cols = append(cols, c.id)
		}
	}
	if n, ok := distinctFirst(in.node, groupBy, calls); ok {
		return built{node: n, cols: cols}, nil
	}
	return built{node: NewAggregate(in.node, groupBy, calls), cols: cols}, nil
}

func (p *physical) once(n *lOnce, need idSet, w want) (built, error) {
	in, err := p.build(n.input, need, w)
	if err != nil {
		return in, err
	}
	o := &Once{Input: in.node}
	for _, c := range n.cells {
		wish := nothing
		root := c.query
		if c.exists {
			root = &lLimit{input: root, limit: 1}
		}
		q, err := p.build(root, idSet{c.out: true}, wish)
		if err != nil {
			return q, err
		}
		if len(q.cols) != 1 && !c.exists {
			q.node = NewProject(q.node, []expr.Node{p.expr(p.ref(c.out), q.cols)})
		}
		o.Cells = append(o.Cells, OnceCell{Query: q.node, Exists: c.exists, Set: c.set, Name: c.name})
	}
	in.node = o
	return in, nil
}

func (p *physical) hint(hints ...string) {
	for _, h := range hints {
		if !slices.Contains(p.hints, h) {
			p.hints = append(p.hints, h)
		}
	}
}
