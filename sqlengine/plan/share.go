package plan

import (
	"reflect"
	"slices"
	"strconv"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
)

// sharedScans is the name of the one rewrite that works on operators: only
// there is it known what is asked of a server.
const sharedScans = "shared scans"

// share reads once what a plan would read more than once: equal parts of it,
// such as a WITH query that is named twice, and scans of one table of which one
// reads what the other does. What runs for each row of an Apply stays apart.
func (p *physical) share(root Node) (out Node, changed bool, err error) {
	if root, err = p.widened(root); err != nil {
		return nil, false, err
	}
	for number := 1; ; number++ {
		nodes := readingNodes(root, nil)
		at := slices.IndexFunc(nodes, func(n Node) bool { return places(nodes, n) > 1 })
		if at < 0 {
			return root, number > 1, nil
		}
		s := &Shared{Name: "part " + strconv.Itoa(number), Body: nodes[at], Repeatable: true}
		first := true
		root = replaced(root, func(n Node) (Node, bool) {
			if !shareable(n) || !sameNode(n, s.Body) {
				return nil, false
			}
			read := NewSharedRead(s)
			read.First, first = first, false
			return read, true
		})
	}
}

// places counts the nodes that give the same rows as one of them.
func places(nodes []Node, n Node) int {
	count := 0
	for _, o := range nodes {
		if sameNode(n, o) {
			count++
		}
	}
	return count
}

// readingNodes collects the parts of a plan that may be shared, larger ones
// before those in them, and one that stands in two places twice.
func readingNodes(n Node, out []Node) []Node {
	if shareable(n) {
		out = append(out, n)
	}
	switch n := n.(type) {
	case *Apply:
		return readingNodes(n.Left, out)
	case *Recursive:
		return readingNodes(n.Seed, out)
	}
	for _, in := range n.Inputs() {
		out = readingNodes(in, out)
	}
	return out
}

// shareable reports whether a part of a plan asks a server for something, and
// gives the same rows wherever and whenever it runs.
func shareable(n Node) bool {
	switch n.(type) {
	case *SharedRead, *Limit, *Cached: // a Limit stops its input
		return false
	}
	return asksServer(n) && !runsPerRow(n)
}

func asksServer(n Node) bool {
	switch n := n.(type) {
	case *Scan:
		return n.Request.RowHint == 0
	case *LookupJoin:
		return true
	case *SharedRead:
		return false
	}
	return slices.ContainsFunc(n.Inputs(), asksServer)
}

// replaced rebuilds a plan with some of its parts replaced.
func replaced(n Node, with func(Node) (Node, bool)) Node {
	if out, ok := with(n); ok {
		return out
	}
	into := func(in Node) Node { return replaced(in, with) }
	switch n := n.(type) {
	case *SharedRead: // under the first place stands what all of them read
		if n.First {
			n.Of.Body = into(n.Of.Body)
		}
		return n
	case *Apply:
		c := *n
		c.Left = into(n.Left)
		return &c
	}
	return withInputs(n, into)
}

// sameNode reports whether two parts of a plan give the same rows.
func sameNode(a, b Node) bool {
	if x, ok := a.(*SharedRead); ok {
		y, ok := b.(*SharedRead)
		return ok && x.Of == y.Of
	}
	if a == b {
		return true
	}
	if reflect.TypeOf(a) != reflect.TypeOf(b) || !sameOwn(a, b) || !slices.EqualFunc(nodeExprs(a), nodeExprs(b), expr.Equal) {
		return false
	}
	return slices.EqualFunc(a.Inputs(), b.Inputs(), sameNode)
}

// sameOwn compares what nodes of one kind are besides their expressions and
// inputs.
func sameOwn(a, b Node) bool {
	switch a := a.(type) {
	case *Scan:
		b := b.(*Scan)
		// What a server left to do is done above each scan as its own answer said.
		return sameTable(a.Table, b.Table) && reflect.DeepEqual(a.Request, b.Request) && slices.Equal(a.Plan.Filter, b.Plan.Filter)
	case *LookupJoin:
		b := b.(*LookupJoin)
		return a.Kind == b.Kind && sameTable(a.Table, b.Table) && reflect.DeepEqual(a.Request, b.Request) &&
			len(a.LeftKeys) == len(b.LeftKeys) && (a.RightFilter == nil) == (b.RightFilter == nil) && (a.Cond == nil) == (b.Cond == nil)
	case *Values:
		b := b.(*Values)
		return slices.EqualFunc(a.Rows, b.Rows, func(x, y []expr.Node) bool { return len(x) == len(y) }) && slices.Equal(a.layout.Types, b.layout.Types)
	case *Join:
		b := b.(*Join)
		return a.Kind == b.Kind && a.NullAware == b.NullAware && slices.Equal(a.NullSafe, b.NullSafe) &&
			len(a.LeftKeys) == len(b.LeftKeys) && (a.Cond == nil) == (b.Cond == nil)
	case *MergeJoin:
		b := b.(*MergeJoin)
		return a.Kind == b.Kind && slices.Equal(a.NullsFirst, b.NullsFirst) && (a.Cond == nil) == (b.Cond == nil)
	case *Aggregate:
		b := b.(*Aggregate)
		return len(a.GroupBy) == len(b.GroupBy) && slices.EqualFunc(a.Calls, b.Calls, (*expr.Aggregate).Equal)
	case *Sort:
		b := b.(*Sort)
		return a.Limit == b.Limit && a.Offset == b.Offset &&
			slices.EqualFunc(a.Keys, b.Keys, func(x, y SortKey) bool { return x.Desc == y.Desc && x.NullsFirst == y.NullsFirst })
	case *Limit:
		b := b.(*Limit)
		return a.Limit == b.Limit && a.Offset == b.Offset
	case *SetOp:
		b := b.(*SetOp)
		return a.Except == b.Except && a.All == b.All
	case *Filter, *Project, *Distinct, *Union:
		return true
	}
	return false // others are rarely there twice
}

func sameTable(a, b providers.Table) bool {
	x, y := a.Info(), b.Info()
	return x == y || x.Schema == y.Schema && x.Name == y.Name && len(x.Columns) == len(y.Columns)
}

// wideShare is how much of a table's rows a scan must want to be worth reading
// from the rows that another scan brings: those are then held until it has.
const wideShare = 0.1

// widened lets scans of one table ask for the same, where one's conditions are
// among the other's: with the columns of both, and what is more done here.
func (p *physical) widened(root Node) (Node, error) {
	var scans []*Scan
	for _, n := range readingNodes(root, nil) {
		if s, ok := n.(*Scan); ok && s.offer != nil && plainRequest(s.Request) {
			scans = append(scans, s)
		}
	}
	for i, wide := range scans {
		for _, other := range scans[i+1:] {
			for _, pair := range [][2]*Scan{{wide, other}, {other, wide}} {
				out, done, err := p.widen(root, pair[0], pair[1])
				if err != nil {
					return nil, err
				}
				if done {
					return p.widened(out)
				}
			}
		}
	}
	return root, nil
}

func plainRequest(r *providers.ScanRequest) bool {
	return len(r.Columns) > 0 && r.Order == nil && r.Limit == 0 && r.Offset == 0 && r.Aggregate == nil && r.Keys == nil && r.Expand == nil
}

// widen makes scan b read what scan a does, if it may and pays.
func (p *physical) widen(root Node, a, b *Scan) (Node, bool, error) {
	if !sameTable(a.Table, b.Table) || reflect.DeepEqual(a.Request, b.Request) {
		return root, false, nil
	}
	var more, again []expr.Node // what b asks and a does not, and what only b's server would have done
	for i, f := range b.Request.Filter {
		at := slices.IndexFunc(a.Request.Filter, func(o providers.Predicate) bool { return reflect.DeepEqual(o, f) })
		switch {
		case at < 0:
			more = append(more, b.offer.offered[i])
		case a.Plan.Filter[at] != providers.Exact && b.Plan.Filter[i] == providers.Exact:
			again = append(again, b.offer.offered[i])
		}
	}
	if len(b.Request.Filter)-len(more) != len(a.Request.Filter) ||
		len(more) > 0 && (stops(root) || takesInputs(a.Table.Info()) || scanEstimate(b.offer.scan) < wideShare*scanEstimate(a.offer.scan)) {
		return root, false, nil
	}
	request := *a.Request
	request.Columns = nil
	here := append(again, more...)
	extra := with(nil, here...)
	for pos := range a.Table.Info().Columns {
		if slices.Contains(a.Request.Columns, pos) || slices.Contains(b.Request.Columns, pos) || extra[b.offer.scan.ids[pos]] {
			request.Columns = append(request.Columns, pos)
		}
	}
	plan, err := a.Table.Plan(p.ctx, &request)
	if err != nil || !slices.Equal(plan.Filter, a.Plan.Filter) {
		return root, false, err
	}
	wide := &Scan{Table: a.Table, Request: &request, Plan: unasked(plan), Alias: a.Alias, offer: a.offer}
	var ids []int
	for _, pos := range request.Columns {
		ids = append(ids, b.offer.scan.ids[pos])
	}
	narrow, err := p.filtered(built{node: wide, cols: ids}, here)
	if err != nil {
		return root, false, err
	}
	return replaced(root, func(n Node) (Node, bool) {
		switch n {
		case Node(a):
			return columnsOf(wide, wide, a), true
		case Node(b):
			return columnsOf(narrow, wide, b), true
		}
		return nil, false
	}), true, nil
}

// takesInputs: what a table answers may depend on a condition by more than which
// rows pass it.
func takesInputs(info *providers.TableInfo) bool {
	return slices.ContainsFunc(info.Columns, func(c providers.Column) bool { return c.Input })
}

// columnsOf gives the columns of a scan from rows with those of a wider one.
func columnsOf(n Node, wide, narrow *Scan) Node {
	if slices.Equal(wide.Request.Columns, narrow.Request.Columns) {
		return n
	}
	info := wide.Table.Info()
	var xs []expr.Node
	for _, pos := range narrow.Request.Columns {
		c := &info.Columns[pos]
		xs = append(xs, &expr.Column{Index: slices.Index(wide.Request.Columns, pos), Name: c.Name, T: c.Type, NotNull: !c.Nullable})
	}
	return NewProject(n, xs)
}

// stops reports whether something in a plan may stop a scan before its end.
func stops(n Node) bool {
	switch n.(type) {
	case *Limit, *Fetch:
		return true
	}
	return slices.ContainsFunc(n.Inputs(), stops)
}
