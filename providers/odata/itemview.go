package odata

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/epicorerp/epicorerp/internal/jsonpage"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// itemView is a collection inside of the entities of a set as a view of its own,
// Set_Collection: a row an item, and before its columns the key of the entity
// that it belongs to. Of a collection within a collection, Set_Outer_Inner, the
// keys of all entities on the way come first.
type itemView struct {
	parent *Table
	levels []*Collection // from the entity inward; the rows are the items of the last
	info   *providers.TableInfo
	places []place // of each column
}

// place says what a column is: a property of the entity, at level 0, or of the
// items of the collection of that level.
type place struct{ level, property int }

// maxItemFilter bounds a condition on the items, in bytes: it stands inside of
// $expand and cannot be split.
const maxItemFilter = 600

// itemViews makes the views of some collections and of those within their items.
func itemViews(parent *Table, above *itemView, collections []Collection, m *Model) []*itemView {
	var views []*itemView
	for i := range collections {
		c := &collections[i]
		if v := newItemView(parent, above, c, m); v != nil {
			views = append(views, v)
			views = append(views, itemViews(parent, v, c.Items.Collections, m)...)
		}
	}
	return views
}

// newItemView makes the view of a collection of a table, or of the items of the
// view above. It returns nil where the items cannot be had or could not be told
// whose they are.
func newItemView(parent *Table, above *itemView, c *Collection, m *Model) *itemView {
	set := parent.set
	v := &itemView{parent: parent, levels: []*Collection{c}}
	whose := set.Name
	if above != nil {
		v.levels = append(slices.Clone(above.levels), c)
		whose = above.info.Name
	}
	if len(set.Key) == 0 || c.Related && !parent.expandable(v.levels) || v.at(len(v.levels)-1).keyedWithin(c) {
		return nil
	}
	v.info = &providers.TableInfo{Schema: parent.info.Schema, Name: whose + "_" + c.Items.Name, View: true, Rows: providers.Unknown,
		Description: "the " + c.Items.Name + " of each row of " + whose}
	told := v.ancestors()
	items := c.Items
	for i := range items.Properties {
		v.info.Columns = append(v.info.Columns, items.Properties[i].Column)
		v.places = append(v.places, place{len(v.levels), i})
	}
	keys := len(v.places) - len(items.Properties)
	if told && len(items.Key) > 0 {
		for i := range keys {
			v.info.Key = append(v.info.Key, i)
		}
		for _, k := range items.Key {
			v.info.Key = append(v.info.Key, keys+k.Property)
		}
	}
	v.relate(m, above, keys)
	return v
}

// ancestors adds the keys of the entities that the items belong to, and says
// whether they tell which one it is: complex values on the way have none.
func (v *itemView) ancestors() bool {
	name, told := "", true
	for level := range v.levels {
		set := v.at(level)
		name += set.Name + "_"
		told = told && len(set.Key) > 0
		for _, k := range set.Key {
			column := set.Properties[k.Property].Column
			column.Name, column.Aliases = v.unused(name+column.Name), nil
			v.info.Columns = append(v.info.Columns, column)
			v.places = append(v.places, place{level, k.Property})
		}
	}
	return told
}

// at returns what the rows of a level are: the set's, or the items of a collection.
func (v *itemView) at(level int) *Set {
	if level == 0 {
		return v.parent.set
	}
	return v.levels[level-1].Items
}

// relate says how the view belongs to the table or view whose collection it
// shows, and to the set that its items are of.
func (v *itemView) relate(m *Model, above *itemView, keys int) {
	up := providers.Navigation{Name: v.parent.set.Name, Schema: v.info.Schema, Table: v.parent.set.Name}
	for i, p := range v.places[:keys] {
		if p.level == 0 {
			up.Pairs = append(up.Pairs, providers.ColumnPair{Column: i, Other: v.parent.set.Properties[p.property].Name})
		}
	}
	v.info.Navigations = append(v.info.Navigations, up)
	if above != nil && len(above.info.Key) == keys {
		up := providers.Navigation{Name: above.info.Name, Schema: v.info.Schema, Table: above.info.Name}
		for i, k := range above.info.Key {
			up.Pairs = append(up.Pairs, providers.ColumnPair{Column: i, Other: above.info.Columns[k].Name})
		}
		v.info.Navigations = append(v.info.Navigations, up)
	}
	c := v.levels[len(v.levels)-1]
	target := m.Find(c.Target)
	if target == nil || len(target.Key) == 0 {
		return
	}
	along := providers.Navigation{Name: c.Name, Schema: v.info.Schema, Table: target.Name}
	for _, k := range target.Key {
		name := target.Properties[k.Property].Name
		column := c.Items.Column(name)
		if column < 0 {
			return
		}
		along.Pairs = append(along.Pairs, providers.ColumnPair{Column: keys + column, Other: name})
	}
	v.info.Navigations = append(v.info.Navigations, along)
}

// keyedWithin says that the key lies in the complex value that holds a collection:
// the scanner takes a member for values or for rows, and not for both.
func (s *Set) keyedWithin(c *Collection) bool {
	return len(c.Within) > 0 && slices.ContainsFunc(s.Key, func(k KeyPart) bool { return s.Properties[k.Property].Path[0] == c.Within[0] })
}

// expandable says whether $expand goes along collections into each other.
func (t *Table) expandable(levels []*Collection) bool {
	path, related := "", 0
	for i, c := range levels {
		if path += c.path(); i+1 < len(levels) {
			path += "/"
		}
		if c.Related {
			related++
		}
	}
	r := &t.set.Restrictions
	return t.svc.Traits.Expand && !slices.Contains(r.NonExpandable, path) && (r.ExpandLevels == 0 || related <= r.ExpandLevels)
}

// unused makes a name that no other column of the view has.
func (v *itemView) unused(name string) string {
	candidate := name
	items := v.at(len(v.levels))
	for n := 1; items.Column(candidate) >= 0 || v.info.Find(candidate) >= 0; n++ {
		candidate = name + strconv.Itoa(n)
	}
	return candidate
}

// Info describes the view.
func (v *itemView) Info() *providers.TableInfo { return v.info }

// Plan reads the entities with their items: conditions on the entity's key are
// $filter's, conditions on related items go into $expand, and are checked again.
func (v *itemView) Plan(_ context.Context, r *providers.ScanRequest) (*providers.ScanPlan, error) {
	return v.plan(r, false)
}

// plan is Plan, and with outer one where an entity without items comes once,
// with nulls.
func (v *itemView) plan(r *providers.ScanRequest, outer bool) (*providers.ScanPlan, error) {
	inner := &providers.ScanRequest{RowHint: r.RowHint}
	var at []int // places among r.Filter of those that are the parent's
	for i, e := range r.Filter {
		if mapped, ok := v.mapped(e, 0); ok {
			inner.Filter = append(inner.Filter, mapped)
			at = append(at, i)
		}
	}
	if r.Keys != nil {
		inner.Keys = v.keyBatch(r.Keys)
	}
	for _, c := range r.Columns {
		if p := v.places[c]; p.level == 0 {
			inner.Columns = append(inner.Columns, p.property)
		}
	}
	p := newPlanner(v.parent, inner)
	if err := p.filter(); err != nil {
		return nil, err
	}
	p.order()
	p.keyBatch()
	verdicts, reasons := v.expansion(p, r)
	p.scan.expand.outer = outer
	p.project()
	v.arrange(p, r.Columns)
	p.fit()
	p.finish()
	for i, to := range at {
		verdicts[to], reasons[to] = p.plan.Filter[i], p.plan.Reasons[i]
	}
	p.plan.Filter, p.plan.Reasons = verdicts, reasons
	if len(r.Order) > 0 {
		p.plan.Order, p.plan.OrderReason = providers.None, "the items come by the entity that they belong to"
	}
	return p.plan, nil
}

// mapped returns an expression in terms of the columns of a level; false if it
// names others.
func (v *itemView) mapped(e providers.Expr, level int) (providers.Expr, bool) {
	switch e := e.(type) {
	case *providers.ColumnRef:
		p := v.places[e.Column]
		clone := *e
		clone.Column = p.property
		return &clone, p.level == level
	case *providers.Call:
		clone := *e
		clone.Args = make([]providers.Expr, len(e.Args))
		for i, a := range e.Args {
			var ok bool
			if clone.Args[i], ok = v.mapped(a, level); !ok {
				return nil, false
			}
		}
		return &clone, true
	case *providers.Exists: // of a row of the view, not of what it is made of
		return nil, false
	}
	return e, true
}

// keyBatch turns keys of the view into keys of the parent, nil if they are not.
func (v *itemView) keyBatch(k *providers.KeyBatch) *providers.KeyBatch {
	batch := &providers.KeyBatch{Tuples: k.Tuples}
	for _, c := range k.Columns {
		p := v.places[c]
		if p.level > 0 {
			return nil
		}
		batch.Columns = append(batch.Columns, p.property)
	}
	return batch
}

// expansion says how the items come, and with which conditions on them.
func (v *itemView) expansion(p *planner, r *providers.ScanRequest) ([]providers.Verdict, []string) {
	verdicts, reasons := make([]providers.Verdict, len(r.Filter)), make([]string, len(r.Filter))
	for i := range reasons {
		reasons[i] = "the items are looked through here"
	}
	left := maxItemFilter
	for level := len(v.levels); level > 0; level-- {
		x := v.level(level, r.Columns)
		x.within, p.scan.expand = p.scan.expand, x
		t := &v.parent.svc.Traits
		// What is made of conditions within $expand is not tried, so it is left to
		// services that are vouched for.
		if x.inside || t.Version != V4 || t.whyNoFilter() != "" || v.parent.svc.trials != nil {
			continue
		}
		var conditions []string
		render := &renderer{v.at(level), t}
		for i, e := range r.Filter {
			mapped, ok := v.mapped(e, level)
			if !ok {
				continue
			}
			f := render.condition(mapped, false)
			if f.verdict == providers.None || len(f.text) > left {
				reasons[i] = first(f.reason, reasons[i])
				continue
			}
			left -= len(f.text) + len(" and ")
			conditions = append(conditions, f.text)
			verdicts[i], reasons[i] = providers.Superset, "the items are looked through here again"
		}
		x.filter = strings.Join(conditions, " and ")
	}
	return verdicts, reasons
}

// level says how the items of one collection come.
func (v *itemView) level(level int, columns []int) *expansion {
	c := v.levels[level-1]
	way := append(slices.Clone(c.Within), c.Name)
	x := &expansion{navigation: way[0], into: way[1:], many: true, inside: !c.Related, plain: c.Plain, derived: c.Derived}
	items := c.Items
	types := []sqltypes.Type{}
	var own []int
	derived := false
	for _, column := range columns {
		p := v.places[column]
		if p.level != level {
			continue
		}
		property := &items.Properties[p.property]
		own = append(own, p.property)
		types = append(types, property.Type)
		x.child.Paths = append(x.child.Paths, property.Path)
		derived = derived || property.Derived
	}
	x.child.Layout = tuple.NewLayout(types)
	all := selectable(items.Properties, allColumns(items))
	if x.names = selectable(items.Properties, own); len(x.names) == 0 { // an empty $select would mean everything
		x.names = all[:min(1, len(all))]
	}
	if derived || len(x.names) == len(all) {
		x.names = nil
	}
	return x
}

// arrange puts the columns of entity and items in the order that was asked for.
func (v *itemView) arrange(p *planner, columns []int) {
	s := p.scan
	result := jsonpage.Projection{Layout: tuple.NewLayout(v.info.Types(columns)), Paths: make([][]string, len(columns))}
	for level, x := 1, s.expand; x != nil; level, x = level+1, x.within {
		x.at = nil
		for i, c := range columns {
			if v.places[c].level == level {
				x.at = append(x.at, i)
			}
		}
	}
	for i, c := range columns {
		if at := v.places[c]; at.level == 0 {
			result.Paths[i] = v.parent.set.Properties[at.property].Path
		}
	}
	s.result, p.plan.Layout = result, result.Layout
}
