package plan

import (
	"slices"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
)

// offer is a request under negotiation: what the engine wants of a table, and
// how it stands in the terms of the contract.
type offer struct {
	scan    *lScan
	info    *providers.TableInfo
	offered []expr.Node // in the order of request.Filter; what the scan has of exists follows there
	kept    []expr.Node // not offered: no word in the contract, or pushdown off
	request *providers.ScanRequest
}

// offerOf translates a scan's conditions. Columns are those needed.
func (b *binder) offerOf(n *lScan, need idSet) *offer {
	o := &offer{scan: n, info: n.table.Info(), request: &providers.ScanRequest{}}
	tr := &translator{info: o.info, at: map[int]int{}}
	for pos, id := range n.ids {
		tr.at[id] = pos
	}
	for _, c := range n.filters {
		pred, ok := tr.predicate(c)
		if ok && (b.opt.Pushdown && b.mayAsk(pred, o.info) || isInput(pred, o.info)) && !constantOnly(pred) {
			o.offered = append(o.offered, c)
			o.request.Filter = append(o.request.Filter, pred)
		} else {
			o.kept = append(o.kept, c)
		}
	}
	for _, e := range n.exists {
		o.request.Filter = append(o.request.Filter, e.says)
	}
	o.columns(with(need, append(slices.Clone(o.kept), o.offered...)...))
	return o
}

// columns sets the request's columns to the needed ones, in the table's order.
func (o *offer) columns(need idSet) {
	o.request.Columns = nil
	for pos, id := range o.scan.ids {
		if need[id] {
			o.request.Columns = append(o.request.Columns, pos)
		}
	}
}

// ids are the numbers of the request's columns.
func (o *offer) ids() []int {
	ids := make([]int, len(o.request.Columns))
	for i, pos := range o.request.Columns {
		ids[i] = o.scan.ids[pos]
	}
	return ids
}

// isInput reports "input = constant" and "input IN (constants)".
func isInput(e providers.Expr, info *providers.TableInfo) bool {
	c, ok := e.(*providers.Call)
	if !ok || c.Func != providers.Eq && c.Func != providers.In {
		return false
	}
	col, ok := c.Args[0].(*providers.ColumnRef)
	return ok && info.Columns[col.Column].Input && !slices.ContainsFunc(c.Args[1:], func(a providers.Expr) bool {
		_, constant := a.(*providers.Const)
		return !constant
	})
}

// mayAsk reports whether a condition may be offered: all of them, or after a
// refusal those that speak of key columns alone.
func (b *binder) mayAsk(e providers.Expr, info *providers.TableInfo) bool {
	if b.opt.Narrow < KeysOnly {
		return true
	}
	switch e := e.(type) {
	case *providers.ColumnRef:
		return slices.Contains(info.Key, e.Column)
	case *providers.Call:
		return !slices.ContainsFunc(e.Args, func(a providers.Expr) bool { return !b.mayAsk(a, info) })
	}
	return true
}

// constantOnly reports a condition that speaks of no column.
func constantOnly(e providers.Expr) bool {
	switch e := e.(type) {
	case *providers.ColumnRef:
		return false
	case *providers.Call:
		return !slices.ContainsFunc(e.Args, func(a providers.Expr) bool { return !constantOnly(a) })
	}
	return true
}

// exactFilters reports whether the table does every condition exactly.
func (o *offer) exactFilters(plan *providers.ScanPlan) bool {
	return len(o.kept) == 0 && !slices.ContainsFunc(plan.Filter, func(v providers.Verdict) bool { return v != providers.Exact })
}

// residual are the conditions left to do here.
func (o *offer) residual(plan *providers.ScanPlan) []expr.Node {
	out := slices.Clone(o.kept)
	for i, c := range o.offered {
		if plan.Filter[i] != providers.Exact {
			out = append(out, c)
		}
	}
	return out
}

// scan negotiates: conditions and order first; then, when all of them are done
// exactly at the server, the limit.
func (p *physical) scan(n *lScan, need idSet, w want) (built, error) {
	o := p.offerOf(n, need)
	wishOrder := len(w.order) > 0 && p.opt.Pushdown
	if wishOrder {
		o.request.Order = o.order(w.order, p.opt.Narrow >= KeysOnly)
		if wishOrder = o.request.Order != nil; wishOrder {
			o.request.RowHint = w.hint // which holds if the order is done there
		}
	}
	plan, err := n.table.Plan(p.ctx, o.request)
	if err != nil {
		return built{}, err
	}
	rest := o.residual(plan)
	// Columns that only exact conditions read need not come.
	o.columns(with(need, rest...))
	if len(o.request.Columns) == 0 && len(rest) == 0 && !p.opt.Pushdown && len(n.ids) > 0 {
		o.request.Columns = o.anyColumn()
	}
	ordered := wishOrder && plan.Order == providers.Exact
	if !ordered {
		o.request.Order = nil
	}
	orderDone := len(w.order) == 0 || ordered
	offerLimit := p.opt.Pushdown && orderDone && len(rest) == 0 && (w.limit > 0 || w.offset > 0) && o.exactFilters(plan)
	if offerLimit {
		o.request.Limit, o.request.Offset = max(w.limit, 0), w.offset
	}
	o.request.RowHint = 0
	if orderDone && p.opt.Pushdown {
		o.request.RowHint = w.hint
	}
	notes := plan
	if plan, err = n.table.Plan(p.ctx, o.request); err != nil {
		return built{}, err
	}
	limited := offerLimit && plan.Limit == providers.Exact
	if offerLimit && !limited {
		o.request.Limit, o.request.Offset = 0, 0
		if plan, err = n.table.Plan(p.ctx, o.request); err != nil {
			return built{}, err
		}
	}
	if o.missed(plan, rest) || ordered && plan.Order != providers.Exact {
		limited, ordered = false, false
		if rest, plan, err = o.whole(p, need); err != nil {
			return built{}, err
		}
	}
	if !o.existsDone(plan) {
		return p.build(n.joined(), need, w)
	}
	switch {
	case !wishOrder:
		plan = unasked(plan)
	case !ordered:
		plan = withReason(plan, notes)
	}
	p.hint(notes.Hints...)
	p.hint(plan.Hints...)
	scan := &Scan{Table: n.table, Request: o.request, Plan: plan, Alias: n.alias}
	out := built{node: scan, cols: o.ids(),
		ordered: ordered, limited: limited}
	if len(n.exists) == 0 {
		scan.offer = o
	}
	out.node, err = p.filtered(out, rest)
	return out, err
}

// missed reports whether an answer leaves a condition undone that is not among
// those done here. A table may do less of a request than of the one before: a
// URL may have grown too long.
func (o *offer) missed(plan *providers.ScanPlan, rest []expr.Node) bool {
	for i, c := range o.offered {
		if plan.Filter[i] != providers.Exact && !slices.Contains(rest, c) {
			return true
		}
	}
	return false
}

// whole puts the request once more so that any answer can be made good here:
// with all columns that its conditions read, and without order or limit.
func (o *offer) whole(p *physical, need idSet) ([]expr.Node, *providers.ScanPlan, error) {
	o.columns(with(need, o.conditions()...))
	o.request.Order, o.request.Limit, o.request.Offset, o.request.RowHint = nil, 0, 0, 0
	plan, err := o.scan.table.Plan(p.ctx, o.request)
	if err != nil {
		return nil, nil, err
	}
	return o.residual(plan), plan, nil
}

// conditions are all conditions of the scan.
func (o *offer) conditions() []expr.Node {
	return append(slices.Clone(o.kept), o.offered...)
}

// withReason keeps, for EXPLAIN, why the order that was asked for is not the
// table's.
func withReason(plan, first *providers.ScanPlan) *providers.ScanPlan {
	c := *plan
	c.OrderReason = first.OrderReason
	return &c
}

// unasked drops what a table says of an order that nobody asked for.
func unasked(plan *providers.ScanPlan) *providers.ScanPlan {
	return withReason(plan, &providers.ScanPlan{})
}

// anyColumn picks a column to read where only the number of rows matters and
// the server is not to be asked for less than rows.
func (o *offer) anyColumn() []int {
	if len(o.info.Key) > 0 {
		return o.info.Key[:1]
	}
	for pos := range o.info.Columns {
		if c := &o.info.Columns[pos]; !c.Input {
			return []int{pos}
		}
	}
	return nil
}

func (o *offer) order(keys []wantKey, narrowed bool) []providers.OrderTerm {
	var terms []providers.OrderTerm
	for _, k := range keys {
		pos := slices.Index(o.scan.ids, k.id)
		if pos < 0 || o.info.Columns[pos].Input || narrowed && !slices.Contains(o.info.Key, pos) {
			return nil
		}
		terms = append(terms, providers.OrderTerm{Column: pos, Desc: k.desc, NullsFirst: k.nullsFirst})
	}
	return terms
}

// aggregateAtServer offers a grouping to the table when all beneath it is done
// exactly there.
func (p *physical) aggregateAtServer(n *lAggregate) (built, bool, error) {
	scan, rename, ok := scanBeneath(n.input)
	if !ok || !p.opt.Pushdown || p.opt.Narrow > Everything {
		return built{}, false, nil
	}
	agg := &providers.Aggregate{}
	o := p.offerOf(scan, nil)
	at := func(x expr.Node) int {
		c, ok := x.(*expr.Column)
		if !ok {
			return -1
		}
		id := c.Index
		if to, ok := rename[id]; ok {
			id = to
		}
		return slices.Index(scan.ids, id)
	}
	var cols []int
	for _, g := range n.groupBy {
		pos := at(g.x)
		if pos < 0 {
			return built{}, false, nil
		}
		agg.GroupBy = append(agg.GroupBy, pos)
		cols = append(cols, g.id)
	}
	for _, c := range n.calls {
		call := providers.AggregateCall{Func: c.x.Name, Column: -1, Distinct: c.x.Distinct, Type: c.x.Type()}
		if !c.x.Offered() {
			return built{}, false, nil
		}
		if len(c.x.Args) == 1 { // COUNT(*) has none
			if call.Column = at(c.x.Args[0]); call.Column < 0 {
				return built{}, false, nil
			}
		}
		agg.Calls = append(agg.Calls, call)
		cols = append(cols, c.id)
	}
	o.columns(nil)
	plan, err := scan.table.Plan(p.ctx, o.request)
	if err != nil || !o.exactFilters(plan) {
		return built{}, false, err
	}
	o.request.Aggregate = agg
	if plan, err = scan.table.Plan(p.ctx, o.request); err != nil || plan.Aggregate != providers.Exact || !o.exactFilters(plan) {
		if err == nil && plan.AggregateReason != "" {
			p.hint("aggregated here: " + plan.AggregateReason)
		}
		return built{}, false, err
	}
	p.hint(plan.Hints...)
	return built{node: &Scan{Table: scan.table, Request: o.request, Plan: unasked(plan), Alias: scan.alias}, cols: cols}, true, nil
}

// scanBeneath finds the scan under a node that only renames its columns.
func scanBeneath(n lnode) (scan *lScan, rename map[int]int, ok bool) {
	switch n := n.(type) {
	case *lScan:
		return n, map[int]int{}, true
	case *lProject:
		scan, below, ok := scanBeneath(n.input)
		if !ok {
			return nil, nil, false
		}
		rename := map[int]int{}
		for _, it := range n.items {
			c, plain := it.x.(*expr.Column)
			if !plain {
				continue
			}
			rename[it.id] = c.Index
			if to, ok := below[c.Index]; ok {
				rename[it.id] = to
			}
		}
		return scan, rename, true
	}
	return nil, nil, false
}
