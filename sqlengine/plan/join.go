package plan

import (
	"slices"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// joinKeys are the equalities of a join, by side, and what is left over.
type joinKeys struct {
	left, right []expr.Node
	nullSafe    []bool
	rest        []expr.Node
}

// splitKeys sorts the conditions of a join into keys and the rest.
func splitKeys(on []expr.Node, left, right idSet) joinKeys {
	var k joinKeys
	for _, c := range on {
		eq, ok := c.(*expr.Compare)
		if !ok || eq.Op != expr.EQ && eq.Op != expr.NotDistinct || !sameKey(eq.A.Type().Kind, eq.B.Type().Kind) {
			k.rest = append(k.rest, c)
			continue
		}
		a, b := eq.A, eq.B
		if left.within(b) && right.within(a) {
			a, b = b, a
		}
		if !left.within(a) || !right.within(b) || !left.touches(a) || !right.touches(b) {
			k.rest = append(k.rest, c)
			continue
		}
		k.left, k.right = append(k.left, a), append(k.right, b)
		k.nullSafe = append(k.nullSafe, eq.Op == expr.NotDistinct)
	}
	return k
}

// sameKey reports whether equal values of two kinds have equal hash keys.
func sameKey(a, b sqltypes.Kind) bool { return a == b || a.IsInteger() && b.IsInteger() }

func (p *physical) join(n *lJoin, need idSet, w want) (built, error) {
	leftIDs, rightIDs := setOf(n.left.columns()), setOf(n.right.columns())
	k := splitKeys(n.on, leftIDs, rightIDs)
	if n.inLeft != nil {
		k = joinKeys{left: []expr.Node{n.inLeft}, right: []expr.Node{n.inRight}, nullSafe: []bool{false}, rest: n.on}
	}
	all := with(need, append(append(slices.Clone(k.left), k.right...), k.rest...)...)
	leftNeed, rightNeed := idSet{}, idSet{}
	for id := range all {
		leftNeed[id], rightNeed[id] = leftIDs[id], rightIDs[id]
	}
	prune(leftNeed)
	prune(rightNeed)
	if b, ok, err := p.expandJoin(n, k, leftNeed, rightNeed); ok || err != nil {
		return b, err
	}
	wantLeft, wantRight := nothing, nothing
	merge := p.merging(n, k, w)
	if merge != nil {
		wantLeft, wantRight = merge.sides()
	}
	left, err := p.build(n.left, leftNeed, wantLeft)
	if err != nil {
		return left, err
	}
	if len(k.left) > 0 && n.inLeft == nil && merge == nil {
		if b, ok, err := p.lookupJoin(n.kind, n.mark, left, k.left, k.right, k, n.right, rightNeed); ok || err != nil {
			return b, err
		}
	}
	right, err := p.build(n.right, rightNeed, wantRight)
	if err != nil {
		return right, err
	}
	if merge != nil && left.ordered && right.ordered {
		return p.mergeJoin(n, k, merge, left, right)
	}
	if len(k.left) > 0 && n.kind == Inner {
		// The other way round: the right side drives.
		if b, ok, err := p.lookupJoin(Inner, 0, right, k.right, k.left, k, n.left, leftNeed); ok || err != nil {
			return b, err
		}
	}
	return p.hashJoin(n, k, left, right)
}

// prune drops the false members that filling by membership leaves.
func prune(s idSet) {
	for id, in := range s {
		if !in {
			delete(s, id)
		}
	}
}

func (p *physical) hashJoin(n *lJoin, k joinKeys, left, right built) (built, error) {
	both := append(slices.Clone(left.cols), right.cols...)
	cond, err := p.cond(k.rest, both)
	if err != nil {
		return left, err
	}
	j := Join{Kind: n.kind, Left: left.node, Right: right.node,
		LeftKeys: p.exprs(k.left, left.cols), RightKeys: p.exprs(k.right, right.cols),
		Cond: cond, NullAware: n.inLeft != nil, BuildLeft: n.inLeft == nil && len(k.left) > 0 && holdsLeft(n.kind, left.rows, right.rows)}
	if slices.Contains(k.nullSafe, true) {
		j.NullSafe = k.nullSafe
	}
	out := built{node: NewJoin(j), cols: joinedCols(n.kind, left.cols, right.cols, n.mark)}
	return out, nil
}

// holdsLeft tells which side a hash join should hold: the smaller one. For other
// kinds than Inner the left side must be much smaller, since its rows then come
// out at the end, and not as they come in.
func holdsLeft(kind JoinKind, left, right float64) bool {
	if kind == Inner {
		return left < right
	}
	return 4*left < right
}

func joinedCols(kind JoinKind, left, right []int, mark int) []int {
	cols := slices.Clone(left)
	switch kind {
	case Inner, Left, Full, Single:
		cols = append(cols, right...)
	case Mark:
		cols = append(cols, mark)
	}
	return cols
}

// A lookup join is tried when the driving side is small, or anything narrows
// it: an estimate may be wrong, but the operator goes over to reading the whole
// table when the keys turn out to be many.
const (
	lookupRows  = 1000
	lookupShare = 0.5
	// lookupSwitch is how many batches of keys are asked for before the rest
	// of the table is read as a whole instead.
	lookupSwitch = 8
)

// paysToAsk reports whether a table of so many rows should be asked for the
// keys of so many others.
func paysToAsk(drive, rows float64) bool {
	return rows > 1 && (drive <= lookupRows || drive <= lookupShare*rows)
}

// lookupJoin joins by asking the table on the other side for the keys of the
// driving rows. ok is false when the table cannot, or when it would not pay.
func (p *physical) lookupJoin(kind JoinKind, mark int, drive built, driveKeys, otherKeys []expr.Node, k joinKeys, other lnode, need idSet) (built, bool, error) {
	scan, rename, ok := scanBeneath(other)
	if !ok || !p.opt.Pushdown || kind == Full || slices.Contains(k.nullSafe, true) {
		return built{}, false, nil
	}
	toScan := func(x expr.Node) expr.Node {
		return expr.Remap(x, func(id int) int {
			if to, ok := rename[id]; ok {
				return to
			}
			return id
		})
	}
	scanNeed := idSet{}
	for id := range need {
		to, renamed := rename[id]
		switch {
		case renamed && scanNeed[to]:
			return built{}, false, nil // one column under two numbers
		case renamed:
			scanNeed[to] = true
		case slices.Contains(scan.ids, id):
			scanNeed[id] = true
		default:
			return built{}, false, nil // a computed column
		}
	}
	o := p.offerOf(scan, scanNeed)
	if !paysToAsk(drive.rows, scanEstimate(scan)) {
		return built{}, false, nil
	}
	keys := lookupKeys{physical: p, offer: o, scan: scan}
	for i, x := range otherKeys {
		keys.add(i, driveKeys[i], toScan(x))
	}
	if !keys.negotiate() {
		return built{}, false, keys.err
	}
	return keys.join(kind, mark, drive, k, need, rename)
}

// lookupKeys is a lookup under negotiation.
type lookupKeys struct {
	*physical
	offer *offer
	scan  *lScan
	drive []expr.Node // over the driving side
	at    []int       // positions in the table
	of    []int       // which equality of the join each is
	kinds []sqltypes.Kind
	plan  *providers.ScanPlan
	err   error
}

func (l *lookupKeys) add(equality int, drive, other expr.Node) {
	c, ok := other.(*expr.Column)
	if !ok {
		return
	}
	pos := slices.Index(l.scan.ids, c.Index)
	if pos >= 0 && l.opt.Narrow >= KeysOnly && !slices.Contains(l.offer.info.Key, pos) {
		return
	}
	if pos >= 0 && !l.offer.info.Columns[pos].Input && !slices.Contains(l.at, pos) {
		l.drive, l.at, l.kinds, l.of = append(l.drive, drive), append(l.at, pos), append(l.kinds, c.T.Kind), append(l.of, equality)
	}
}

// negotiate asks the table for the keys: all of them, else those that are not
// text, whose comparison servers are trusted with, else each alone.
func (l *lookupKeys) negotiate() bool {
	var noText []int
	for i, k := range l.kinds {
		if k != sqltypes.Varchar {
			noText = append(noText, i)
		}
	}
	all := make([]int, len(l.at))
	for i := range all {
		all[i] = i
	}
	tries := [][]int{all}
	if len(noText) < len(all) {
		tries = append(tries, noText)
	}
	for i := range all {
		tries = append(tries, []int{i})
	}
	for _, pick := range tries {
		if len(pick) == 0 {
			continue
		}
		r := *l.offer.request
		r.Keys = &providers.KeyBatch{}
		var drive []expr.Node
		var of []int
		for _, i := range pick {
			r.Keys.Columns = append(r.Keys.Columns, l.at[i])
			drive, of = append(drive, l.drive[i]), append(of, l.of[i])
		}
		plan, err := l.scan.table.Plan(l.ctx, &r)
		if err != nil {
			l.err = err
			return false
		}
		if plan.Keys != providers.None && plan.MaxKeys > 0 && l.offer.existsDone(plan) {
			l.offer.request, l.plan, l.drive, l.of = &r, plan, drive, of
			return true
		}
	}
	return false
}

// join makes the operator. The equalities that the lookup does not cover, or
// covers only loosely, are done again here: the operator compares its keys.
func (l *lookupKeys) join(kind JoinKind, mark int, drive built, k joinKeys, need idSet, rename map[int]int) (built, bool, error) {
	o := l.offer
	rest := o.residual(l.plan)
	scanNeed := idSet{}
	for id := range need {
		if to, ok := rename[id]; ok {
			scanNeed[to] = true
		} else {
			scanNeed[id] = true
		}
	}
	for _, pos := range o.request.Keys.Columns {
		scanNeed[l.scan.ids[pos]] = true
	}
	sample, full, err := l.plans(with(scanNeed, rest...))
	if err == nil && (o.missed(sample, rest) || o.missed(full, rest)) {
		rest = o.conditions()
		sample, full, err = l.plans(with(scanNeed, rest...))
	}
	if err != nil || sample.Keys == providers.None || sample.MaxKeys < 1 || !o.existsDone(sample) || !o.existsDone(full) {
		return built{}, false, err
	}
	ids := o.ids()
	filter, err := l.cond(rest, ids)
	if err != nil {
		return built{}, false, err
	}
	shown := slices.Clone(ids)
	for id, to := range rename {
		if i := slices.Index(ids, to); i >= 0 && need[id] {
			shown[i] = id
		}
	}
	both := append(slices.Clone(drive.cols), shown...)
	conds := slices.Clone(k.rest)
	for i := range k.left {
		if slices.Contains(l.of, i) {
			continue
		}
		eq, err := expr.NewCompare(expr.EQ, k.left[i], k.right[i])
		if err != nil {
			return built{}, false, err
		}
		conds = append(conds, eq)
	}
	cond, err := l.cond(conds, both)
	if err != nil {
		return built{}, false, err
	}
	positions := make([]int, len(o.request.Keys.Columns))
	for i, pos := range o.request.Keys.Columns {
		positions[i] = slices.Index(o.request.Columns, pos)
	}
	j := NewLookupJoin(LookupJoin{Kind: kind, Left: drive.node, LeftKeys: l.exprs(l.drive, drive.cols),
		Table: l.scan.table, Request: o.request, Full: full, KeyPositions: positions,
		MaxKeys: sample.MaxKeys, Switch: lookupSwitch * sample.MaxKeys, RightFilter: filter, Cond: cond,
		Alias: l.scan.alias, Sample: unasked(sample)})
	return built{node: j, cols: joinedCols(kind, drive.cols, shown, mark)}, true, nil
}

// plans asks for the columns, with keys and without.
func (l *lookupKeys) plans(need idSet) (sample, full *providers.ScanPlan, err error) {
	l.offer.columns(need)
	whole := *l.offer.request
	whole.Keys = nil
	if full, err = l.scan.table.Plan(l.ctx, &whole); err != nil {
		return nil, nil, err
	}
	sample, err = l.scan.table.Plan(l.ctx, l.offer.request)
	return sample, full, err
}

// expandJoin reads a join along a navigation property in one request: when the
// equalities are the navigation's, and the parents are few.
func (p *physical) expandJoin(n *lJoin, k joinKeys, leftNeed, rightNeed idSet) (built, bool, error) {
	if !p.opt.Pushdown || p.opt.Narrow > Everything || n.kind != Inner && n.kind != Left || len(k.left) == 0 || len(k.rest) > 0 || n.inLeft != nil ||
		slices.Contains(k.nullSafe, true) { // a null is related to nothing
		return built{}, false, nil
	}
	parent, ok := n.left.(*lScan)
	child, ok2 := n.right.(*lScan)
	if !ok || !ok2 {
		return built{}, false, nil
	}
	b, ok, err := p.expand(n, parent, child, k.left, k.right, leftNeed, rightNeed)
	if ok || err != nil || n.kind != Inner {
		return b, ok, err
	}
	return p.expand(n, child, parent, k.right, k.left, rightNeed, leftNeed)
}

// expand asks a parent's table for the children of each row. Both needs have the
// keys in them, by which a Superset is narrowed here.
func (p *physical) expand(n *lJoin, parent, child *lScan, parentKeys, childKeys []expr.Node, parentNeed, childNeed idSet) (built, bool, error) {
	o := p.offerOf(parent, parentNeed)
	rows := scanEstimate(parent)
	if rows > lookupRows {
		return built{}, false, nil // many parents: two streams are better
	}
	childInfo := child.table.Info()
	nav := findNavigation(o.info, childInfo, parent, child, parentKeys, childKeys)
	if nav == nil {
		return built{}, false, nil
	}
	if n.kind == Left && len(child.filters) > 0 || len(child.exists) > 0 {
		return built{}, false, nil // would need the filter inside the expand
	}
	for _, c := range childInfo.Columns {
		if c.Required {
			return built{}, false, nil
		}
	}
	term := providers.ExpandTerm{Navigation: nav.Name, Target: childInfo, Outer: n.kind == Left}
	var childIDs []int
	for pos, id := range child.ids {
		if with(childNeed, child.filters...)[id] {
			term.Columns, childIDs = append(term.Columns, pos), append(childIDs, id)
		}
	}
	r := *o.request
	r.Expand = []providers.ExpandTerm{term}
	plan, err := parent.table.Plan(p.ctx, &r)
	if err != nil {
		return built{}, false, err
	}
	if !expands(plan, n.kind) || !o.existsDone(plan) {
		return built{}, false, nil
	}
	rest := o.residual(plan)
	o.request = &r
	o.columns(with(parentNeed, rest...))
	if plan, err = parent.table.Plan(p.ctx, o.request); err != nil || !expands(plan, n.kind) || o.missed(plan, rest) || !o.existsDone(plan) {
		return built{}, false, err
	}
	p.hint(plan.Hints...)
	cols := append(o.ids(), childIDs...)
	out := built{node: &Scan{Table: parent.table, Request: o.request, Plan: unasked(plan), Alias: parent.alias}, cols: cols}
	rest = append(rest, child.filters...)
	if plan.Expand == providers.Superset {
		rest = append(rest, n.on...)
	}
	out.node, err = p.filtered(out, rest)
	return out, true, err
}

// expands says whether a plan's related rows serve a join. Rows that come beside
// the related ones can be dropped from an inner join alone: an outer one would
// lose the row they came with.
func expands(plan *providers.ScanPlan, kind JoinKind) bool {
	return plan.Expand == providers.Exact || plan.Expand == providers.Superset && kind == Inner
}

// findNavigation finds the navigation whose pairs are exactly the equalities.
func findNavigation(info, target *providers.TableInfo, parent, child *lScan, parentKeys, childKeys []expr.Node) *providers.Navigation {
	for i := range info.Navigations {
		nav := &info.Navigations[i]
		if len(nav.Pairs) == 0 || nav.Table != target.Name || nav.Schema != target.Schema {
			continue
		}
		pairs := map[int]bool{} // those that an equality states
		stated := 0             // equalities that are a pair
		for j := range parentKeys {
			a, okA := parentKeys[j].(*expr.Column)
			b, okB := childKeys[j].(*expr.Column)
			if !okA || !okB {
				break
			}
			at := slices.IndexFunc(nav.Pairs, func(p providers.ColumnPair) bool {
				return parent.ids[p.Column] == a.Index && target.Find(p.Other) == slices.Index(child.ids, b.Index)
			})
			if at < 0 {
				break
			}
			pairs[at] = true
			stated++
		}
		if len(pairs) == len(nav.Pairs) && stated == len(parentKeys) {
			return nav
		}
	}
	return nil
}
