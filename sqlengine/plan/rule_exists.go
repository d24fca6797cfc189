package plan

import (
	"slices"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
)

// existence is a condition on a scan that speaks of the rows of another table.
type existence struct {
	says providers.Predicate // *providers.Exists, or NOT of one
	// join does the same here, beneath left out; nil where it stands in the tree
	// anyway and the condition only spares rows.
	join  *lJoin
	share float64 // of the rows that pass
}

// askExists offers semi and anti joins along a navigation to the table on the
// left. Where the table does one exactly, the join goes, and with it the reading
// of its right side: one request then serves where the join would read the right
// side as a whole, or ask for each batch of keys. Where the table only drops some
// of the rows that find no match, the join stays and the left side brings fewer
// rows, unless the keys of the right side are few enough to ask for.
func askExists(r *rewriter, n lnode) (lnode, error) {
	if !r.opt.Pushdown || r.opt.Narrow > Everything {
		return n, nil
	}
	return bottomUp(n, func(n lnode) (lnode, error) {
		j, ok := n.(*lJoin)
		if !ok || j.kind != Semi && j.kind != Anti || j.inLeft != nil {
			return n, nil
		}
		e, ok := existsOf(j)
		if !ok {
			return n, nil
		}
		verdict, err := r.verdictOn(e)
		if err != nil {
			return nil, err
		}
		switch {
		case verdict == providers.Exact && !e.loose:
			e.scan.exists = append(e.scan.exists, e.existence)
			r.changed()
			return j.left, nil
		case verdict != providers.None && j.kind == Semi && !e.driven:
			e.scan.exists = append(e.scan.exists, existence{says: e.says, share: 1})
			r.changed()
		}
		return n, nil
	})
}

// asked is a semi or anti join as a condition on a scan beneath its left side.
type asked struct {
	existence
	scan *lScan
	// loose says that the join has a condition for which the contract has no word.
	loose bool
	// driven says that the right side drives the join.
	driven bool
}

// existsOf states a join in the terms of the contract; ok is false if it does not
// follow a navigation. An anti join must be stated whole: fewer conditions would
// drop rows that it keeps.
func existsOf(j *lJoin) (e asked, ok bool) {
	child, rename, ok := scanBeneath(j.right)
	if !ok || takesInputs(child.table.Info()) {
		return e, false
	}
	k := splitKeys(j.on, setOf(j.left.columns()), setOf(j.right.columns()))
	if len(k.left) == 0 || slices.Contains(k.nullSafe, true) {
		return e, false
	}
	var keys []int
	for _, x := range k.left {
		c, plain := x.(*expr.Column)
		if !plain {
			return e, false
		}
		keys = append(keys, c.Index)
	}
	var at []int // the keys as columns of the scan
	if e.scan, at = scanThatGives(j.left, keys); e.scan == nil {
		return e, false
	}
	toScan := func(x expr.Node) expr.Node {
		return expr.Remap(x, func(id int) int {
			if to, ok := rename[id]; ok {
				return to
			}
			return id
		})
	}
	x := &providers.Exists{Of: child.table.Info()}
	e.join = &lJoin{kind: j.kind, right: j.right, on: slices.Clone(k.rest)}
	equal := map[int]expr.Node{} // what the columns of the right side are equal to
	for i, id := range at {
		there, plain := toScan(k.right[i]).(*expr.Column)
		if !plain || !slices.Contains(child.ids, there.Index) {
			return e, false
		}
		here := *k.left[i].(*expr.Column)
		here.Index = id
		equal[there.Index] = &here
		x.On = append(x.On, providers.Equality{Here: e.scan.columnRef(id), There: child.columnRef(there.Index)})
		eq, err := expr.NewCompare(expr.EQ, &here, k.right[i])
		if err != nil {
			return e, false
		}
		e.join.on = append(e.join.on, eq)
	}
	if !alongNavigation(e.scan.table.Info(), x) {
		return e, false
	}
	for _, c := range k.rest {
		if !setOf(j.right.columns()).within(c) { // it compares both sides
			e.loose = true
		}
	}
	conds := slices.DeleteFunc(append(mapped(k.rest, toScan), child.filters...), func(c expr.Node) bool {
		return e.scan.passes(substitute(c, equal)) // the rows on the left that are asked about have it anyway
	})
	x.Where, ok = child.wordsFor(conds)
	e.loose = e.loose || !ok
	for _, nested := range child.exists {
		if nested.join != nil {
			x.Where = append(x.Where, nested.says)
		}
	}
	e.says, e.share = x, estimates{}.semiShare(j)
	_, e.driven = joinPays(j, k)
	if j.kind == Anti {
		e.says = &providers.Call{Func: providers.Not, T: boolType, Args: []providers.Expr{x}}
		e.share = 1 - e.share
	}
	return e, j.kind == Semi || !e.loose
}

// columnRef is a column of the scan's table in the terms of the contract.
func (n *lScan) columnRef(id int) *providers.ColumnRef {
	pos := slices.Index(n.ids, id)
	c := &n.table.Info().Columns[pos]
	return &providers.ColumnRef{Column: pos, Name: c.Name, T: c.Type}
}

// passes reports whether a condition is among those of the scan.
func (n *lScan) passes(c expr.Node) bool {
	return scaleBlind(c) && slices.ContainsFunc(n.filters, func(f expr.Node) bool { return expr.Equal(f, c) })
}

// wordsFor translates conditions on the scan; all is false if some are left out.
func (n *lScan) wordsFor(conds []expr.Node) (words []providers.Predicate, all bool) {
	tr := &translator{info: n.table.Info(), at: map[int]int{}}
	for pos, id := range n.ids {
		tr.at[id] = pos
	}
	all = true
	for _, c := range conds {
		if pred, ok := tr.predicate(c); ok && !constantOnly(pred) {
			words = append(words, pred)
		} else {
			all = false
		}
	}
	return words, all
}

// scanThatGives finds the scan whose columns some columns of a tree are, if to
// choose among its rows by them is to choose among the tree's. at are the columns
// of the scan.
func scanThatGives(n lnode, ids []int) (scan *lScan, at []int) {
	switch n := n.(type) {
	case *lScan:
		if !slices.ContainsFunc(ids, func(id int) bool { return !slices.Contains(n.ids, id) }) {
			return n, ids
		}
	case *lProject:
		by := itemsByID(n.items)
		below := make([]int, len(ids))
		for i, id := range ids {
			c, plain := by[id].(*expr.Column)
			if !plain {
				return nil, nil
			}
			below[i] = c.Index
		}
		return scanThatGives(n.input, below)
	case *lFilter:
		return scanThatGives(n.input, ids)
	case *lSort:
		return scanThatGives(n.input, ids)
	case *lOnce:
		return scanThatGives(n.input, ids)
	case *lDistinct:
		return scanThatGives(n.input, ids)
	case *lJoin:
		if n.kind == Full {
			return nil, nil
		}
		if scan, at = scanThatGives(n.left, ids); scan == nil && n.kind == Inner {
			return scanThatGives(n.right, ids)
		}
		return scan, at
	}
	return nil, nil
}

// alongNavigation reports whether the equalities are those of a navigation from
// one table to many rows of the other, whichever of them describes it.
func alongNavigation(here *providers.TableInfo, x *providers.Exists) bool {
	states := func(n *providers.Navigation, to *providers.TableInfo, pair func(providers.Equality) (from, to *providers.ColumnRef)) bool {
		if n.Table != to.Name || n.Schema != to.Schema || len(n.Pairs) != len(x.On) {
			return false
		}
		return !slices.ContainsFunc(n.Pairs, func(p providers.ColumnPair) bool {
			return !slices.ContainsFunc(x.On, func(e providers.Equality) bool {
				a, b := pair(e)
				return a.Column == p.Column && b.Column == to.Find(p.Other)
			})
		})
	}
	down := func(e providers.Equality) (from, to *providers.ColumnRef) { return e.Here, e.There }
	up := func(e providers.Equality) (from, to *providers.ColumnRef) { return e.There, e.Here }
	return slices.ContainsFunc(here.Navigations, func(n providers.Navigation) bool { return n.Collection && states(&n, x.Of, down) }) ||
		slices.ContainsFunc(x.Of.Navigations, func(n providers.Navigation) bool { return !n.Collection && states(&n, here, up) })
}

// verdictOn asks the table on the left how well it does a condition, beside all
// that it is asked already.
func (r *rewriter) verdictOn(e asked) (providers.Verdict, error) {
	scan := *e.scan
	scan.exists = append(slices.Clone(scan.exists), e.existence)
	o := r.offerOf(&scan, nil)
	plan, err := scan.table.Plan(r.ctx, o.request)
	if err != nil {
		return providers.None, err
	}
	last := len(plan.Filter) - 1
	for i, before := range e.scan.exists {
		if before.join != nil && plan.Filter[len(o.offered)+i] != providers.Exact {
			return providers.None, nil
		}
	}
	return plan.Filter[last], nil
}

// existsDone reports whether the table does exactly what no join does any more.
func (o *offer) existsDone(plan *providers.ScanPlan) bool {
	for i, e := range o.scan.exists {
		if e.join != nil && plan.Filter[len(o.offered)+i] != providers.Exact {
			return false
		}
	}
	return true
}

// joined is the scan with the joins that it stands for: a table may do less of a
// request than it said of a shorter one.
func (n *lScan) joined() lnode {
	plain := *n
	plain.exists = nil
	var out lnode = &plain
	for _, e := range n.exists {
		if e.join != nil {
			j := *e.join
			j.left = out
			out = &j
		}
	}
	return out
}
