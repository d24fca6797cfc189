package plan

import (
	"slices"

	"github.com/epicorerp/epicorerp/sqlengine/expr"
)

// lWindow adds a column for each call over one window.
type lWindow struct {
	input     lnode
	partition []expr.Node
	order     []sortKey
	calls     []windowCall
}

type windowCall struct {
	id int
	x  *expr.WindowCall
}

func (n *lWindow) columns() []int {
	ids := slices.Clone(n.input.columns())
	for _, c := range n.calls {
		ids = append(ids, c.id)
	}
	return ids
}

func (n *lWindow) exprs() []expr.Node {
	xs := slices.Clone(n.partition)
	for _, k := range n.order {
		xs = append(xs, k.x)
	}
	for _, c := range n.calls {
		xs = append(xs, c.x.Children()...)
	}
	return xs
}

func (n *lWindow) rewrite(f func(expr.Node) expr.Node) {
	n.partition = mapped(n.partition, f)
	for i := range n.order {
		n.order[i].x = f(n.order[i].x)
	}
	for i := range n.calls {
		n.calls[i].x = n.calls[i].x.WithChildren(mapped(n.calls[i].x.Children(), f))
	}
}

// sameWindow reports whether two windows have the same partitions and order.
func (n *lWindow) sameWindow(o *lWindow) bool {
	return slices.EqualFunc(n.partition, o.partition, expr.Equal) && slices.EqualFunc(n.order, o.order, sortKey.equal)
}

func (k sortKey) equal(o sortKey) bool {
	return k.desc == o.desc && k.nullsFirst == o.nullsFirst && expr.Equal(k.x, o.x)
}

// sortKeys are what the rows must be ordered by: partitions first.
func (n *lWindow) sortKeys() []sortKey {
	var keys []sortKey
	for _, x := range n.partition {
		keys = append(keys, sortKey{x: x, nullsFirst: true})
	}
	return append(keys, n.order...)
}

// pushWindow moves conditions below a window that keep or drop partitions as a
// whole; any other would change what the calls see.
func (r *rewriter) pushWindow(n *lWindow, conds []expr.Node) lnode {
	keys := columnsAmong(n.partition)
	below, above := parted(conds, func(c expr.Node) bool {
		return len(expr.Columns(c)) > 0 && keys.within(c) && stable(c) && scaleBlind(c)
	})
	n.input = r.push(n.input, below)
	return filtered(n, above)
}

// window builds a run of windows one upon the other. Those whose order begins
// the order of another share its sort.
func (p *physical) window(n *lWindow, need idSet, w want) (built, error) {
	chain, input := windowRun(n, need)
	if len(chain) == 0 {
		return p.build(input, need, w)
	}
	below := with(need)
	for _, c := range chain {
		below = with(below, c.exprs()...)
		for _, k := range c.calls {
			delete(below, k.id)
		}
	}
	sorts := sharedSorts(chain, w)
	in, err := p.build(input, below, wishFor(sorts[0].keys))
	if err != nil {
		return in, err
	}
	for i, s := range sorts {
		if len(s.keys) > 0 && (i > 0 || !in.ordered) {
			in.node = &Sort{Input: in.node, Keys: p.sortKeys(s.keys, in.cols), Limit: -1}
		}
		for _, c := range s.windows {
			p.overWindow(&in, c)
		}
	}
	in.limited = false
	in.ordered = len(w.order) > 0 && satisfies(sorts[len(sorts)-1].keys, w)
	return in, nil
}

// windowRun collects the windows one upon the other that do not read each
// other's columns, with the calls that are needed, and what is beneath them.
func windowRun(n *lWindow, need idSet) (chain []*lWindow, input lnode) {
	input = n
	read := idSet{}
	for {
		w, ok := input.(*lWindow)
		if !ok {
			return chain, input
		}
		c := *w
		c.calls = nil
		for _, k := range w.calls {
			if need[k.id] {
				c.calls = append(c.calls, k)
			}
			if read[k.id] {
				return chain, input
			}
		}
		if len(c.calls) > 0 {
			chain = append(chain, &c)
			for _, x := range c.exprs() {
				read.add(x)
			}
		}
		input = w.input
	}
}

// windowSort is an order of the rows and the windows that are over it.
type windowSort struct {
	keys    []sortKey
	windows []*lWindow
}

// sharedSorts makes as few orders of the windows as it can, and puts the one
// that is wanted above, if any, last.
func sharedSorts(chain []*lWindow, w want) []windowSort {
	byLength := slices.Clone(chain)
	slices.Reverse(byLength) // the first to be written comes first
	slices.SortStableFunc(byLength, func(a, b *lWindow) int { return len(b.sortKeys()) - len(a.sortKeys()) })
	var sorts []windowSort
	for _, n := range byLength {
		keys := n.sortKeys()
		at := slices.IndexFunc(sorts, func(s windowSort) bool {
			return slices.EqualFunc(s.keys[:len(keys)], keys, sortKey.equal)
		})
		if at < 0 {
			sorts = append(sorts, windowSort{keys: keys})
			at = len(sorts) - 1
		}
		sorts[at].windows = append(sorts[at].windows, n)
	}
	for i, s := range sorts {
		if len(w.order) > 0 && satisfies(s.keys, w) {
			sorts = append(slices.Delete(sorts, i, i+1), s)
			break
		}
	}
	return sorts
}

// satisfies reports whether rows in an order are in the wanted one.
func satisfies(keys []sortKey, w want) bool {
	if len(w.order) > len(keys) {
		return false
	}
	for i, k := range w.order {
		c, ok := keys[i].x.(*expr.Column)
		if !ok || c.Index != k.id || keys[i].desc != k.desc || keys[i].nullsFirst != k.nullsFirst {
			return false
		}
	}
	return true
}

// wishFor asks for rows in an order, if it is one of columns.
func wishFor(keys []sortKey) want {
	w := nothing
	for _, k := range keys {
		c, ok := k.x.(*expr.Column)
		if !ok {
			return nothing
		}
		w.order = append(w.order, wantKey{c.Index, k.desc, k.nullsFirst})
	}
	return w
}

func (p *physical) sortKeys(keys []sortKey, cols []int) []SortKey {
	out := make([]SortKey, len(keys))
	for i, k := range keys {
		out[i] = SortKey{Expr: p.expr(k.x, cols), Desc: k.desc, NullsFirst: k.nullsFirst}
	}
	return out
}

// overWindow puts one window upon rows that are in its order.
func (p *physical) overWindow(in *built, n *lWindow) {
	calls := make([]*expr.WindowCall, len(n.calls))
	cols := slices.Clone(in.cols)
	for i, c := range n.calls {
		calls[i] = c.x.WithChildren(p.exprs(c.x.Children(), in.cols))
		cols = append(cols, c.id)
	}
	in.node = NewWindow(in.node, p.exprs(n.partition, in.cols), p.sortKeys(n.order, in.cols), calls)
	in.cols = cols
}
