package odata

import (
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// reserve is kept free in a URL for what paging adds: $top, $skip, $count and
// a condition on the key.
const reserve = 256

// fit makes the filters short enough for a URL: a long list of constants is
// split over several requests, and what still does not fit is left to the
// driver, the longest first.
func (p *planner) fit() {
	for {
		p.scan.filters = p.filters()
		longest := 0
		for _, f := range p.scan.filters {
			longest = max(longest, len(p.scan.url(request{filters: []string{f}})))
		}
		limit := p.t.svc.Traits.urlLimit()
		if longest+reserve <= limit || p.shorten(limit-reserve-longest) {
			if longest+reserve <= limit {
				return
			}
			continue
		}
		return
	}
}

// fixed are the conjuncts that are not split.
func (p *planner) fixed() (texts []string) {
	for i, f := range p.conjuncts {
		if f.text != "" && (p.list == nil || p.list.conjunct != i) {
			texts = append(texts, f.text)
		}
	}
	return texts
}

// filters joins the conjuncts, once for each part of what is split.
func (p *planner) filters() []string {
	fixed := p.fixed()
	parts := p.keys
	if p.list != nil {
		parts = p.list.parts
	}
	if len(parts) == 0 {
		return []string{strings.Join(fixed, " and ")}
	}
	filters := make([]string, len(parts))
	for i, part := range parts {
		filters[i] = strings.Join(append(slices.Clone(fixed), part), " and ")
	}
	return filters
}

// shorten makes the URL shorter by some way; over is how much too long it is,
// as a negative number. It returns false when there is no way left.
func (p *planner) shorten(over int) bool {
	longest := -1
	for i, f := range p.conjuncts {
		if f.text != "" && (p.list == nil || p.list.conjunct != i) && (longest < 0 || len(f.text) > len(p.conjuncts[longest].text)) {
			longest = i
		}
	}
	if longest >= 0 && p.list == nil && len(p.keys) == 0 && p.split(longest, len(escape(p.conjuncts[longest].text, true))+over) {
		return true
	}
	if p.t.svc.longForm() != asURL && p.t.svc.Traits.urlLimit()-over <= maxBodyURL {
		return false // it goes in a body
	}
	if longest < 0 {
		// The names of the columns are left, and the conditions can do without.
		i := slices.IndexFunc(p.scan.options, func(o option) bool { return o.name == "$select" })
		if i < 0 || p.scan.expand != nil && p.t.svc.Traits.Version != V4 {
			return false
		}
		p.scan.options = slices.Delete(slices.Clone(p.scan.options), i, i+1)
		return true
	}
	p.conjuncts[longest] = none("it does not fit into a URL of %d bytes (MaxURLLength)", p.t.svc.Traits.MaxURLLength)
	return true
}

// split makes several requests of one list of distinct constants, each with at
// most size bytes of it. That is right only if no row passes two of the parts,
// so the server must compare exactly, and if nobody counts on one order.
func (p *planner) split(conjunct, size int) bool {
	e, ok := p.r.Filter[conjunct].(*providers.Call)
	if !ok || e.Func != providers.In || p.conjuncts[conjunct].verdict != providers.Exact || size < 64 {
		return false
	}
	if len(p.r.Order) > 0 {
		p.scatter = p.scatter || p.t.svc.longForm() == asURL && p.fewer(e)
		return false
	}
	r := &renderer{p.t.set, &p.t.svc.Traits}
	l, err := r.term(e.Args[0])
	if err != nil {
		return false
	}
	literals, err := r.literals(l.property, e.Args[1:])
	if err != nil {
		return false
	}
	slices.Sort(literals)
	literals = slices.Compact(literals)
	p.list = &splitList{conjunct, packed(literals, size, func(part []string) string { return r.anyOf(l.text, part) })}
	return true
}

// fewer says that the rows of a list are surely no more than those that are read
// in order until there are enough.
func (p *planner) fewer(list *providers.Call) bool {
	column, ok := list.Args[0].(*providers.ColumnRef)
	key := p.t.set.Key
	return p.r.RowHint == 0 || ok && len(key) == 1 && key[0].Property == column.Column
}

// packed groups items so that the text of each group fits size, one item at
// least a group.
func packed(items []string, size int, text func([]string) string) []string {
	var out []string
	for len(items) > 0 {
		n := 1
		for n < len(items) && len(escape(text(items[:n+1]), true)) <= size {
			n++
		}
		out = append(out, text(items[:n]))
		items = items[n:]
	}
	return out
}

// keyBatch renders the key tuples, or says how many of them fit.
func (p *planner) keyBatch() {
	k := p.r.Keys
	t := &p.t.svc.Traits
	if k == nil || t.whyNoFilter() != "" || len(k.Columns) == 0 {
		return
	}
	r := &renderer{p.t.set, t}
	verdict, each := providers.Exact, len("(%20or%20)")
	if t.DoubtfulFilter {
		verdict = providers.Superset
	}
	doubted := p.t.svc.trials != nil
	if doubted && p.t.set.Restrictions.demanding() {
		doubted, verdict = false, providers.Superset // nothing can be tried
	}
	terms := make([]term, len(k.Columns))
	for i, c := range k.Columns {
		l, err := r.term(&providers.ColumnRef{Column: c, Name: p.t.info.Columns[c].Name, T: p.t.info.Columns[c].Type})
		if err != nil {
			return
		}
		can := r.comparable(l.property, providers.Eq)
		if can.verdict == providers.None {
			return
		}
		if doubted {
			x := trial{f: providers.Eq, column: c}
			why, tried := p.t.tried(x)
			if why != "" || len(p.t.set.Key) == 0 {
				return
			}
			if !tried {
				verdict = min(verdict, providers.Superset) // all rows come where it fails
			}
			p.scan.keyTrials = append(p.scan.keyTrials, x)
		}
		verdict = min(verdict, can.verdict)
		if doubted && l.property.Edm == "Edm.String" {
			verdict = min(verdict, providers.Superset) // what the texts hold is not known yet
		}
		terms[i] = l
		each += len(escape(l.text, true)) + len("%20eq%20%20and%20") + literalLength(l.property)
	}
	room := t.MaxURLLength - reserve - len(p.scan.url(request{})) - 200
	for _, f := range p.conjuncts {
		room -= len(escape(f.text, true))
	}
	p.plan.Keys, p.plan.MaxKeys = verdict, max(1, room/each)
	if k.Tuples == nil {
		p.keys = nil
		return
	}
	conditions := make([]string, len(k.Tuples))
	var single []string
	for i, tuple := range k.Tuples {
		var parts []string
		for c, v := range tuple {
			text, err := t.literal(terms[c].property, v)
			if err != nil {
				// A value that the column cannot hold: nothing can equal it, but a
				// list without it might be empty, which $filter cannot say.
				p.plan.Keys, p.plan.MaxKeys = providers.None, 0
				return
			}
			if doubted && v.Kind == sqltypes.Varchar && !p.doubtText(k.Columns[c], v.S) {
				return // the rows are looked through here, all of them
			}
			parts = append(parts, terms[c].text+" eq "+text)
			single = append(single, text)
		}
		if conditions[i] = strings.Join(parts, " and "); len(parts) > 1 {
			conditions[i] = "(" + conditions[i] + ")"
		}
	}
	join := func(part []string) string {
		if len(part) == 1 {
			return part[0]
		}
		return "(" + strings.Join(part, " or ") + ")"
	}
	size := max(room, each)
	if len(terms) == 1 {
		conditions, join = single, func(part []string) string { return r.anyOf(terms[0].text, part) }
	}
	if verdict != providers.Exact {
		size = 1 << 30 // a row that equals two tuples to the server must come once
	}
	p.keys = packed(conditions, size, join)
}

// literalLength estimates the encoded length of a literal, on the safe side.
func literalLength(p *Property) int {
	switch p.Type.Kind {
	case sqltypes.Bool, sqltypes.SmallInt:
		return 6
	case sqltypes.Integer:
		return 11
	case sqltypes.BigInt, sqltypes.Decimal, sqltypes.Date:
		return 24
	case sqltypes.Varchar:
		if p.Type.Length > 0 && p.Type.Length < 60 {
			return 3*p.Type.Length/2 + 4
		}
		return 90
	}
	return 60
}

// aggregate answers COUNT(*) of a whole scan, if everything beneath is exact.
func (p *planner) aggregate() bool {
	a := p.r.Aggregate
	t := &p.t.svc.Traits
	if !p.scan.counts(joinFilters(p.scan.filters)) {
		return false
	}
	if a == nil || len(a.GroupBy) > 0 || !p.exact || t.NoPushdown || !t.Count || len(p.scan.filters) != 1 || p.t.set.Singleton {
		return false
	}
	types := make([]sqltypes.Type, len(a.Calls))
	for i, c := range a.Calls {
		if c.Func != "COUNT" || c.Column >= 0 || c.Distinct {
			return false
		}
		types[i] = c.Type
	}
	p.plan.Aggregate = providers.Exact
	p.finish()
	p.counted(types)
	return true
}
