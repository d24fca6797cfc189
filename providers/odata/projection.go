package odata

import (
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/internal/jsonpage"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// project decides which columns are read: those that are wanted and those
// that tell rows apart.
func (p *planner) project() {
	s, set := p.scan, p.t.set
	columns := p.r.Columns
	s.result = p.projection(columns)
	if s.expand != nil {
		types := slices.Concat(s.result.Layout.Types, s.expand.child.Layout.Types)
		for i := range s.expand.child.Paths {
			s.expand.at = append(s.expand.at, len(s.result.Paths)+i)
		}
		s.result.Paths = append(s.result.Paths, make([][]string, len(s.expand.child.Paths))...)
		s.result.Layout = tuple.NewLayout(types)
	}
	identity := p.identity()
	s.identity = p.projection(identity)
	s.hashed = !s.keyed && !set.Singleton
	s.members = s.identity.Members(s.result.Members(nil))
	if s.expand != nil {
		s.members = append(s.members, s.expand.collection()...)
	}
	p.selected(slices.Concat(columns, identity))
	p.plan.Layout = s.result.Layout
}

// identity returns the columns by which rows are told apart: those of the
// order, else the key's and all that are read. Where a server cuts its answers
// without a word, rows without a key and without an order are told apart by all
// their columns: by some of them, the first page could pass for the second.
func (p *planner) identity() []int {
	set := p.t.set
	var columns []int
	for _, k := range p.scan.order {
		columns = append(columns, set.Column(k.property.Name))
	}
	if p.scan.keyed {
		return columns
	}
	for _, k := range set.Key {
		columns = append(columns, k.Property)
	}
	more := p.r.Columns
	if len(set.Key) == 0 && len(set.Order) == 0 && p.t.svc.Traits.SilentCap {
		more = allColumns(set)
	}
	for _, c := range more {
		if prop := &set.Properties[c]; !prop.Input && !prop.Volatile && !prop.Expanded && !slices.Contains(columns, c) {
			columns = append(columns, c)
		}
	}
	for c := range set.Properties {
		if len(columns) == 0 && !set.Properties[c].Input {
			columns = []int{c}
		}
	}
	return columns
}

func (p *planner) projection(columns []int) jsonpage.Projection {
	proj := jsonpage.Projection{Layout: tuple.NewLayout(p.t.info.Types(columns))}
	for i, c := range columns {
		prop := &p.t.set.Properties[c]
		if !prop.Input {
			proj.Paths = append(proj.Paths, prop.Path)
			continue
		}
		proj.Paths = append(proj.Paths, nil)
		if v := p.inputs[c]; len(v) == 1 {
			proj.Consts = append(proj.Consts, jsonpage.Constant{Column: i, Value: v[0]})
		}
	}
	return proj
}

// selected adds $select and $expand, unless everything is wanted anyway.
func (p *planner) selected(columns []int) {
	t, set := &p.t.svc.Traits, p.t.set
	if p.nested(columns) {
		return
	}
	for _, c := range columns {
		if set.Properties[c].Derived {
			return // its name alone is none of the set's type
		}
	}
	if e := p.scan.expand; e != nil && e.inside && e.derived {
		return
	}
	names := selectable(set.Properties, columns)
	all := selectable(set.Properties, slices.DeleteFunc(allColumns(set), func(c int) bool { return set.Properties[c].Expanded }))
	if e := p.scan.expand; e != nil {
		names = append(names, p.expanded(e)...)
	}
	some := slices.ContainsFunc(all, func(n string) bool { return !slices.Contains(names, n) }) ||
		slices.ContainsFunc(names, func(n string) bool { return strings.Contains(n, "/") })
	if t.Select && len(names) > 0 && some {
		p.scan.options = append(p.scan.options, option{"$select", strings.Join(names, ",")})
	}
}

// expanded adds $expand for related rows, and returns what $select must name
// besides.
func (p *planner) expanded(e *expansion) (names []string) {
	switch {
	case e.inside:
		return []string{e.navigation}
	case p.t.svc.Traits.Version == V4:
		p.scan.options = append(p.scan.options, option{"$expand", e.nested()})
		return nil
	}
	path, names := e.path()
	p.scan.options = append(p.scan.options, option{"$expand", path})
	return names
}

// nested writes an expansion as V4 does, Trips($select=No;$expand=Stops).
func (e *expansion) nested() string {
	var options []string
	names, within := e.names, e.within
	if within != nil && within.inside && len(names) > 0 {
		if names = append(slices.Clone(names), within.navigation); within.derived {
			names = nil
		}
	}
	if len(names) > 0 {
		options = append(options, "$select="+strings.Join(names, ","))
	}
	if e.filter != "" {
		options = append(options, "$filter="+e.filter)
	}
	if within != nil && !within.inside {
		options = append(options, "$expand="+within.nested())
	}
	if options == nil {
		return e.navigation
	}
	return e.navigation + "(" + strings.Join(options, ";") + ")"
}

// path writes an expansion as V2 and V3 do, Trips/Stops, and what $select names
// of it: Trips/No, Trips/Stops/No.
func (e *expansion) path() (path string, names []string) {
	path, names = e.navigation, slices.Clone(e.names)
	if e.within != nil && e.within.inside {
		names = append(names, e.within.navigation)
	} else if e.within != nil {
		deeper, more := e.within.path()
		path, names = path+"/"+deeper, append(names, more...)
	}
	if len(e.names) == 0 || e.within != nil && e.within.inside && e.within.derived { // all of it
		return path, []string{e.navigation}
	}
	for i := range names {
		names[i] = e.navigation + "/" + names[i]
	}
	return path, names
}

// nested adds $expand for values that do not come without it. $select is left
// out then: services differ in what it may name of an expanded member.
func (p *planner) nested(columns []int) bool {
	var names []string
	for _, c := range columns {
		if prop := &p.t.set.Properties[c]; prop.Expanded && !slices.Contains(names, prop.Path[0]) {
			names = append(names, prop.Path[0])
		}
	}
	if e := p.scan.expand; e != nil && p.t.svc.Traits.Bare {
		names = append(names, e.navigation)
	}
	if len(names) == 0 {
		return false
	}
	p.scan.options = append(p.scan.options, option{"$expand", strings.Join(names, ",")})
	return true
}

func allColumns(set *Set) []int {
	columns := make([]int, len(set.Properties))
	for i := range columns {
		columns[i] = i
	}
	return columns
}
