package odata

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
)

// feature is what is tried: a method of a column with those that prove its outcome,
// or grouping by the columns if there is none.
type feature struct {
	name    string
	methods []method
}

// features are what a part relies on.
func (g *grouping) features(part *groupPart) []feature {
	var list []feature
	where := ""
	if len(g.by) > 0 {
		names := make([]string, len(g.by))
		for i, c := range g.by {
			names[i] = g.t.set.Properties[c.column].Name
		}
		where = " in groups"
		list = append(list, feature{name: "groups by " + g.t.path + "." + strings.Join(names, ", ")})
	}
	for _, call := range g.calls {
		if call.part != part || call.Column < 0 {
			continue
		}
		f := feature{}
		for _, name := range methodsOf(call.AggregateCall, &g.t.set.Properties[call.Column]) {
			f.methods = append(f.methods, method{call.Column, name})
		}
		if f.methods != nil {
			f.name = f.methods[0].name + where + " of " + g.t.path + "." + g.t.set.Properties[call.Column].Name
		}
		if f.methods != nil && !slices.ContainsFunc(list, func(x feature) bool { return x.name == f.name }) {
			list = append(list, f)
		}
	}
	return list
}

// wrong says what is known to be wrong with what is to be asked.
func (g *grouping) wrong() string {
	if why := g.t.refusals.of(""); why != "" {
		return why
	}
	for _, part := range g.parts {
		if why := cmp.Or(g.t.refusals.of(g.text(part)), g.t.refusals.of(g.groupURL(part))); why != "" {
			return why
		}
		if g.t.svc.trials == nil {
			continue
		}
		for _, f := range g.features(part) {
			if why, _ := g.t.svc.trials.verdict(f.name); why != "" {
				return why
			}
		}
	}
	for _, c := range g.nullable() {
		if why, _ := g.t.svc.trials.verdict(g.t.nullsOf(c)); why != "" {
			return why
		}
	}
	return ""
}

// untried are the features of a part of which nothing is known.
func (g *grouping) untried(part *groupPart) []feature {
	return slices.DeleteFunc(g.features(part), func(f feature) bool { _, tried := g.t.svc.trials.verdict(f.name); return tried })
}

// announce says in EXPLAIN how the answer is proven, and what will be tried.
func (g *grouping) announce(plan *providers.ScanPlan) {
	plan.Hints = append(plan.Hints, "the service aggregates ($apply); its own $count of the rows proves that none is missing")
	if g.t.svc.trials == nil {
		return
	}
	var names []string
	for _, c := range g.nullable() {
		if _, tried := g.t.svc.trials.verdict(g.t.nullsOf(c)); !tried {
			names = append(names, g.t.nullsOf(c))
		}
	}
	for _, part := range g.parts {
		if !g.asked(part) {
			continue
		}
		for _, f := range g.untried(part) {
			if !slices.Contains(names, f.name) {
				names = append(names, f.name)
			}
		}
	}
	if names != nil {
		plan.Hints = append(plan.Hints, fmt.Sprintf("$apply is first tried on rows of %s, once for all queries: %s; ODataCapabilities=… vouches for it", g.t.info.Name, strings.Join(names, "; ")))
	}
}

// nullable are the columns whose nulls are told from values.
func (g *grouping) nullable() []int {
	var columns []int
	if g.t.svc.trials == nil {
		return nil
	}
	for _, part := range g.parts {
		if part.column >= 0 {
			columns = append(columns, part.column)
		}
	}
	for _, c := range g.by {
		if c.isNull != "" && !slices.Contains(columns, c.column) {
			columns = append(columns, c.column)
		}
	}
	return columns
}

func (t *Table) nullsOf(column int) string {
	return "nulls of " + t.path + "." + t.set.Properties[column].Name
}
