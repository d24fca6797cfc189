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
// that it belongs to.
type itemView struct {
	parent     *Table
	collection *Collection
	items      *Set
	info       *providers.TableInfo
	keys       int // so many columns are the parent's key
}

// maxItemFilter bounds a condition on the items, in bytes: it stands inside of
// $expand and cannot be split.
const maxItemFilter = 600

// newItemView makes the view. It returns nil where the items cannot be had or
// could not be told whose they are.
func newItemView(parent *Table, c *Collection, m *Model) *itemView {
	set := parent.set
	if len(set.Key) == 0 || c.Related && !parent.expandable(c.Name) {
		return nil
	}
	v := &itemView{parent: parent, collection: c, items: c.Items, keys: len(set.Key)}
	name := set.Name + "_" + c.Name
	v.info = &providers.TableInfo{Schema: parent.info.Schema, Name: name, View: true, Rows: providers.Unknown,
		Description: "the " + c.Name + " of each row of " + set.Name}
	up := providers.Navigation{Name: set.Name, Schema: parent.info.Schema, Table: set.Name}
	for i, k := range set.Key {
		column := set.Properties[k.Property].Column
		up.Pairs = append(up.Pairs, providers.ColumnPair{Column: i, Other: column.Name})
		column.Name = v.unused(set.Name + "_" + column.Name)
		column.Aliases = nil
		v.info.Columns = append(v.info.Columns, column)
		v.info.Key = append(v.info.Key, i)
	}
	for i := range v.items.Properties {
		v.info.Columns = append(v.info.Columns, v.items.Properties[i].Column)
	}
	if len(v.items.Key) == 0 {
		v.info.Key = nil
	}
	for _, k := range v.items.Key {
		v.info.Key = append(v.info.Key, v.keys+k.Property)
	}
	v.info.Navigations = append(v.info.Navigations, up)
	if target := m.Find(c.Target); target != nil && len(target.Key) > 0 {
		along := providers.Navigation{Name: c.Name, Schema: parent.info.Schema, Table: target.Name}
		for _, k := range target.Key {
			name := target.Properties[k.Property].Name
			along.Pairs = append(along.Pairs, providers.ColumnPair{Column: v.keys + v.items.Column(name), Other: name})
		}
		if !slices.ContainsFunc(along.Pairs, func(p providers.ColumnPair) bool { return p.Column < v.keys }) {
			v.info.Navigations = append(v.info.Navigations, along)
		}
	}
	return v
}

// expandable says whether $expand takes a navigation property.
func (t *Table) expandable(navigation string) bool {
	refused := func(n Navigation) bool { return n.Name == navigation && n.NoExpand }
	return t.svc.Traits.Expand && !slices.ContainsFunc(t.set.Navigations, refused)
}

// unused makes a name that no column of the items has.
func (v *itemView) unused(name string) string {
	candidate := name
	for n := 1; v.items.Column(candidate) >= 0; n++ {
		candidate = name + strconv.Itoa(n)
	}
	return candidate
}

// Info describes the view.
func (v *itemView) Info() *providers.TableInfo { return v.info }

// Plan reads the entities with their items: conditions on the entity's key are
// $filter's, conditions on related items go into $expand, and are checked again.
func (v *itemView) Plan(_ context.Context, r *providers.ScanRequest) (*providers.ScanPlan, error) {
	inner := &providers.ScanRequest{RowHint: r.RowHint}
	var at []int // places among r.Filter of those that are the parent's
	for i, e := range r.Filter {
		if mapped, ok := v.mapped(e, true); ok {
			inner.Filter = append(inner.Filter, mapped)
			at = append(at, i)
		}
	}
	if r.Keys != nil {
		inner.Keys = v.keyBatch(r.Keys)
	}
	for _, c := range r.Columns {
		if c < v.keys {
			inner.Columns = append(inner.Columns, v.parent.set.Key[c].Property)
		}
	}
	p := newPlanner(v.parent, inner)
	if err := p.filter(); err != nil {
		return nil, err
	}
	p.order()
	p.keyBatch()
	verdicts, reasons := v.expansion(p, r)
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

// mapped returns an expression in terms of the columns of the parent, or of the
// items; false if it names others.
func (v *itemView) mapped(e providers.Expr, parent bool) (providers.Expr, bool) {
	switch e := e.(type) {
	case *providers.ColumnRef:
		if (e.Column < v.keys) != parent {
			return nil, false
		}
		clone := *e
		if parent {
			clone.Column = v.parent.set.Key[e.Column].Property
		} else {
			clone.Column -= v.keys
		}
		return &clone, true
	case *providers.Call:
		clone := *e
		clone.Args = make([]providers.Expr, len(e.Args))
		for i, a := range e.Args {
			var ok bool
			if clone.Args[i], ok = v.mapped(a, parent); !ok {
				return nil, false
			}
		}
		return &clone, true
	}
	return e, true
}

// keyBatch turns keys of the view into keys of the parent, nil if they are not.
func (v *itemView) keyBatch(k *providers.KeyBatch) *providers.KeyBatch {
	batch := &providers.KeyBatch{Tuples: k.Tuples}
	for _, c := range k.Columns {
		if c >= v.keys {
			return nil
		}
		batch.Columns = append(batch.Columns, v.parent.set.Key[c].Property)
	}
	return batch
}

// expansion says how the items come, and with which conditions on them.
func (v *itemView) expansion(p *planner, r *providers.ScanRequest) ([]providers.Verdict, []string) {
	t := &v.parent.svc.Traits
	x := &expansion{navigation: v.collection.Name, many: true, inside: !v.collection.Related, plain: v.collection.Plain}
	types := []sqltypes.Type{}
	derived := false
	var columns []int
	for _, c := range r.Columns {
		if c < v.keys {
			continue
		}
		property := &v.items.Properties[c-v.keys]
		columns = append(columns, c-v.keys)
		types = append(types, property.Type)
		x.child.Paths = append(x.child.Paths, property.Path)
		derived = derived || property.Derived
	}
	x.child.Layout = tuple.NewLayout(types)
	if x.names = selectable(v.items.Properties, columns); len(x.names) == 0 { // an empty $select would mean everything
		x.names = selectable(v.items.Properties, allColumns(v.items))[:1]
	}
	if derived || len(x.names) == len(selectable(v.items.Properties, allColumns(v.items))) {
		x.names = nil
	}
	verdicts, reasons := make([]providers.Verdict, len(r.Filter)), make([]string, len(r.Filter))
	var conditions []string
	render := &renderer{v.items, t}
	for i, e := range r.Filter {
		reasons[i] = "the items are looked through here"
		mapped, ok := v.mapped(e, false)
		// What is made of conditions within $expand is not tried, so it is left to
		// services that are vouched for.
		if !ok || !v.collection.Related || t.Version != V4 || t.whyNoFilter() != "" || v.parent.svc.trials != nil {
			continue
		}
		f := render.condition(mapped, false)
		if f.verdict == providers.None || len(strings.Join(conditions, " and "))+len(f.text) > maxItemFilter {
			reasons[i] = first(f.reason, reasons[i])
			continue
		}
		conditions = append(conditions, f.text)
		verdicts[i], reasons[i] = providers.Superset, "the items are looked through here again"
	}
	x.filter = strings.Join(conditions, " and ")
	p.scan.expand = x
	return verdicts, reasons
}

// arrange puts the columns of entity and item in the order that was asked for.
func (v *itemView) arrange(p *planner, columns []int) {
	s := p.scan
	result := jsonpage.Projection{Layout: tuple.NewLayout(v.info.Types(columns))}
	s.expand.at = nil
	for i, c := range columns {
		if c >= v.keys {
			s.expand.at = append(s.expand.at, i)
			result.Paths = append(result.Paths, nil)
			continue
		}
		result.Paths = append(result.Paths, v.parent.set.Properties[v.parent.set.Key[c].Property].Path)
	}
	s.result, p.plan.Layout = result, result.Layout
}
