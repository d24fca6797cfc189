package plan

import (
	"slices"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// A merge join holds no side of the join and gives its first rows at once, but
// it reads both sides whole where a lookup join asks for a few keys, and for the
// small side that a hash join holds it is the slower of the two. So it is chosen
// only where both sides come in the order of the keys anyway, no lookup join may
// pay, and both sides have many rows: mergeRows of them, which is more than a
// table is taken to hold whose size nobody knows; or where the order is wanted
// above too, so that it saves a sort and a limit above stops both sides early,
// more than a lookup join asks for.
const mergeRows = 2 * unknownRows

// merging is a join that is to be made by merging.
type merging struct {
	// of are the equalities of the join that are merged by, in the order of the
	// rows, and nullsFirst where NULL stands in each.
	of         []int
	nullsFirst []bool
	// left and right are what is to be asked of the sides.
	left, right want
	// turned says that the right side drives: its rows then keep their order.
	turned  bool
	ordered bool // the rows come in the order that is wanted above
	ones    bool // of the side that is held, each key has one row
}

// merging decides whether a join is made by merging; nil if not.
func (p *physical) merging(n *lJoin, k joinKeys, w want) *merging {
	rows := min(p.known.estimate(n.left), p.known.estimate(n.right))
	if n.kind == Mark || n.kind == Single || n.inLeft != nil || len(k.left) == 0 || slices.Contains(k.nullSafe, true) ||
		!p.opt.Pushdown || rows <= lookupRows {
		return nil
	}
	m := p.bestMerge(n, k, w)
	if m == nil || !m.ordered && rows < mergeRows || p.lookupMayPay(n) || readSameTable(n.left, n.right) {
		return nil
	}
	// The equalities that are not merged by are tested for each pair of rows:
	// of two groups those would be many.
	if len(m.of) < len(k.left) && !p.oneOfKey(n.left, k.left, m) && !p.oneOfKey(n.right, k.right, m) {
		return nil
	}
	return m
}

// bestMerge chooses among the orders that the sides can come in: one that is
// wanted above, else one where of the side that is held each key has one row.
func (p *physical) bestMerge(n *lJoin, k joinKeys, w want) (best *merging) {
	consider := func(m *merging, turned bool, held lnode, keys []expr.Node) {
		if m == nil {
			return
		}
		m.turned, m.ones = turned, p.oneOfKey(held, keys, m)
		if best == nil || m.ordered && !best.ordered || m.ordered == best.ordered && m.ones && !best.ones {
			best = m
		}
	}
	for _, left := range p.freeOrders(n.left) {
		for _, right := range p.freeOrders(n.right) {
			consider(p.mergeBy(n.kind, k, left, right, w), false, n.right, k.right)
			if n.kind == Inner {
				consider(p.mergeBy(Inner, turnedKeys(k), right, left, w), true, n.left, k.left)
			}
		}
	}
	return best
}

func turnedKeys(k joinKeys) joinKeys {
	k.left, k.right = k.right, k.left
	return k
}

// mergeBy pairs the orders of two sides by the equalities of their join; nil if
// they do not begin with the columns of one. left drives.
func (p *physical) mergeBy(kind JoinKind, k joinKeys, left, right []wantKey, w want) *merging {
	m := &merging{left: nothing, right: nothing}
	for i := range min(len(left), len(right)) {
		nullsFirst, agreed := p.nullsOf(left[i], right[i])
		at := -1
		for j := range k.left {
			if isColumn(k.left[j], left[i].id) && isColumn(k.right[j], right[i].id) {
				at = j
			}
		}
		if at < 0 || !agreed {
			break
		}
		m.of, m.nullsFirst = append(m.of, at), append(m.nullsFirst, nullsFirst)
	}
	if len(m.of) == 0 {
		return nil
	}
	m.right.order = right[:len(m.of)]
	if m.ordered = p.keepsOrder(kind, m, left, right, w); m.ordered {
		m.left.order = left[:max(len(m.of), len(w.order))]
	} else {
		m.left.order = left[:len(m.of)]
	}
	return m
}

// nullsOf tells where NULL stands in the orders of two keys. It does not matter
// in one that is never NULL.
func (p *physical) nullsOf(a, b wantKey) (first, agreed bool) {
	if p.cols[a.id].notNull {
		return b.nullsFirst, true
	}
	return a.nullsFirst, a.nullsFirst == b.nullsFirst || p.cols[b.id].notNull
}

// keepsOrder reports whether the rows of a merge join whose left side has an
// order are in the wanted one.
func (p *physical) keepsOrder(kind JoinKind, m *merging, left, right []wantKey, w want) bool {
	if len(w.order) == 0 || len(w.order) > len(left) || kind == Full {
		return false
	}
	inner := kind == Inner || kind == Semi
	for i, k := range w.order {
		key := i < len(m.of)
		if k.id != left[i].id && !(key && kind == Inner && k.id == right[i].id) || k.desc {
			return false
		}
		// A key that is NULL matches nothing, so that no inner join gives one.
		if k.nullsFirst != left[i].nullsFirst && !p.cols[k.id].notNull && !(key && inner) {
			return false
		}
	}
	return true
}

func isColumn(x expr.Node, id int) bool {
	c, ok := x.(*expr.Column)
	return ok && c.Index == id
}

// oneOfKey reports whether a side has no two rows of one key.
func (p *physical) oneOfKey(side lnode, keys []expr.Node, m *merging) bool {
	ids := idSet{}
	for _, at := range m.of {
		ids.add(keys[at])
	}
	return isUnique(side, ids)
}

// lookupMayPay reports whether one side may turn out to have so few rows that
// the other is better asked for their keys: that of a condition, not a whole
// table.
func (p *physical) lookupMayPay(n *lJoin) bool {
	left, right := p.known.estimate(n.left), p.known.estimate(n.right)
	return n.kind != Full && !readsWhole(n.left) && paysToAsk(left, right) ||
		n.kind == Inner && !readsWhole(n.right) && paysToAsk(right, left)
}

// readsWhole reports whether all rows of the tables beneath are read.
func readsWhole(n lnode) bool {
	switch n := n.(type) {
	case *lScan:
		return len(n.filters) == 0 && len(n.exists) == 0
	case *lProject:
		return readsWhole(n.input)
	case *lWindow:
		return readsWhole(n.input)
	case *lJoin:
		return readsWhole(n.left) && readsWhole(n.right)
	}
	return false
}

// readSameTable reports whether a table is read on both sides. One reading of
// it does for both, but not if each is in an order.
func readSameTable(left, right lnode) bool {
	scans := scansBeneath(right, nil)
	return slices.ContainsFunc(scansBeneath(left, nil), func(a *lScan) bool {
		return slices.ContainsFunc(scans, func(b *lScan) bool { return sameTable(a.table, b.table) })
	})
}

// freeOrders are orders in which the rows of a tree can be had for nothing, if
// they are asked for in one. Their keys ascend and are no text, which a server
// may order in its own way.
func (p *physical) freeOrders(n lnode) [][]wantKey {
	orders, known := p.orders[n]
	if known {
		return orders
	}
	add := func(order []wantKey) {
		if len(order) > 0 {
			orders = append(orders, order)
		}
	}
	switch n := n.(type) {
	case *lScan:
		add(p.freeScanOrder(n))
	case *lFilter:
		orders = p.freeOrders(n.input)
	case *lOnce:
		orders = p.freeOrders(n.input)
	case *lProject:
		for _, o := range p.freeOrders(n.input) {
			add(projectedOrder(o, n.items))
		}
	case *lWindow:
		add(p.sortedOrder(n.sortKeys()))
	case *lLimit:
		if s, ok := n.input.(*lSort); ok {
			add(p.sortedOrder(s.keys))
		}
	case *lJoin:
		orders = p.freeJoinOrders(n)
	}
	p.orders[n] = orders
	return orders
}

// freeScanOrder is that of a table's key, if the table is asked for the same
// with it as without: pages are often read in the order of the key.
func (p *physical) freeScanOrder(n *lScan) []wantKey {
	info := n.table.Info()
	if info.Rows < 0 && (n.size == nil || *n.size < 0) {
		return nil // it may be small
	}
	var order []wantKey
	for _, pos := range info.Key {
		if slices.ContainsFunc(n.filters, func(c expr.Node) bool { col, _, ok := fixes(c); return ok && col.Index == n.ids[pos] }) {
			continue // the same in all rows
		}
		if info.Columns[pos].Input || !merges(info.Columns[pos].Type.Kind) {
			break
		}
		order = append(order, wantKey{id: n.ids[pos], nullsFirst: true})
	}
	for ; len(order) > 0; order = order[:len(order)-1] {
		if p.orderIsFree(n, order) {
			break
		}
	}
	return order
}

func (p *physical) orderIsFree(n *lScan, order []wantKey) bool {
	o := p.offerOf(n, nil)
	plain, err := n.table.Plan(p.ctx, o.request)
	if err != nil {
		return false
	}
	if o.request.Order = o.order(order, p.opt.Narrow >= KeysOnly); o.request.Order == nil {
		return false
	}
	plan, err := n.table.Plan(p.ctx, o.request)
	return err == nil && plan.Order == providers.Exact && slices.Equal(plan.Filter, plain.Filter) && slices.Equal(plan.Requests, plain.Requests)
}

// merges reports whether values of a kind are ordered by every server as they
// are here.
func merges(k sqltypes.Kind) bool {
	return k.Storage() == sqltypes.StoreInt || k.Storage() == sqltypes.StoreDecimal
}

// sortedOrder is the order of rows that are sorted here.
func (p *physical) sortedOrder(keys []sortKey) (order []wantKey) {
	for _, k := range keys {
		c, ok := k.x.(*expr.Column)
		if !ok || k.desc || !merges(c.T.Kind) {
			break
		}
		order = append(order, wantKey{id: c.Index, nullsFirst: k.nullsFirst})
	}
	return order
}

// projectedOrder restates an order for what is above a projection.
func projectedOrder(order []wantKey, items []item) (out []wantKey) {
	for _, k := range order {
		at := slices.IndexFunc(items, func(it item) bool { return isColumn(it.x, k.id) })
		if at < 0 {
			break
		}
		k.id = items[at].id
		out = append(out, k)
	}
	return out
}

// freeJoinOrders are those of the sides that may drive a merge join.
func (p *physical) freeJoinOrders(n *lJoin) (orders [][]wantKey) {
	if n.kind == Full {
		return nil
	}
	k := splitKeys(n.on, setOf(n.left.columns()), setOf(n.right.columns()))
	sides := []lnode{n.left}
	if n.kind == Inner {
		sides = append(sides, n.right)
	}
	for _, side := range sides {
		for _, order := range p.freeOrders(side) {
			if m := p.merging(n, k, want{order: order, limit: -1}); m != nil && m.ordered {
				orders = append(orders, order)
			}
		}
	}
	return orders
}

// sides is what is asked of the left and the right side of the join.
func (m *merging) sides() (left, right want) {
	if m.turned {
		return m.right, m.left
	}
	return m.left, m.right
}

// mergeJoin makes the operator over sides that come in their orders.
func (p *physical) mergeJoin(n *lJoin, k joinKeys, m *merging, left, right built) (built, error) {
	if m.turned {
		left, right, k = right, left, turnedKeys(k)
	}
	j := MergeJoin{Kind: n.kind, Left: left.node, Right: right.node, NullsFirst: m.nullsFirst}
	for _, at := range m.of {
		j.LeftKeys = append(j.LeftKeys, p.expr(k.left[at], left.cols))
		j.RightKeys = append(j.RightKeys, p.expr(k.right[at], right.cols))
	}
	conds := slices.Clone(k.rest)
	for i := range k.left {
		if slices.Contains(m.of, i) {
			continue
		}
		eq, err := expr.NewCompare(expr.EQ, k.left[i], k.right[i])
		if err != nil {
			return built{}, err
		}
		conds = append(conds, eq)
	}
	var err error
	if j.Cond, err = p.cond(conds, append(slices.Clone(left.cols), right.cols...)); err != nil {
		return built{}, err
	}
	return built{node: NewMergeJoin(j), cols: joinedCols(n.kind, left.cols, right.cols, n.mark), ordered: m.ordered}, nil
}
