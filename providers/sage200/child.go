package sage200

import (
	"context"
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// collections returns the fields of a resource that hold rows of their own, if
// the resource's rows can be told apart.
func collections(r *resource) []*field {
	if !r.keyed() || len(r.inputs()) > 0 {
		return nil
	}
	var list []*field
	for i := range r.fields {
		if f := &r.fields[i]; f.isArray() && len(f.Members) > 0 {
			list = append(list, f)
		}
	}
	return list
}

func childName(r *resource, f *field) string { return r.name + "_" + f.Name }

// splitChild takes a name such as sop_orders_lines apart.
func splitChild(list []resource, name string) (parent *resource, member string) {
	name = strings.ToLower(name)
	for i := range list {
		r := &list[i]
		if strings.HasPrefix(name, r.name+"_") && (parent == nil || len(r.name) > len(parent.name)) {
			parent, member = r, name[len(r.name)+1:]
		}
	}
	return parent, member
}

// childTable makes the table of a collection within a resource, nil if there is
// none of that name.
func (c *catalog) childTable(ctx context.Context, parent resource, member string) (providers.Table, error) {
	return c.tables.At(parent.name+"."+member).Get(ctx, nil, func(ctx context.Context) (providers.Table, error) {
		fields, err := c.fields(ctx, &parent)
		if err != nil {
			return nil, err
		}
		parent.fields = fields
		for _, f := range collections(&parent) {
			if f.Name == member {
				return c.newChild(&parent, f), nil
			}
		}
		return nil, nil
	})
}

// child is a collection within each row of a resource, such as the lines of
// orders, as a table: the parent's id, then the members. Its rows come with the
// parent's by $expand.
type child struct {
	info     *providers.TableInfo
	parent   *odata.Table
	parentID int                  // the column of the parent
	rows     *providers.TableInfo // the members alone
	field    string
	pushdown bool
}

func (c *catalog) newChild(r *resource, f *field) providers.Table {
	name := childName(r, f)
	// What would need a further $expand inside of this one is left out.
	columns := slices.DeleteFunc(properties(f.Members), func(p odata.Property) bool { return p.Expanded })
	for i := range columns {
		columns[i].ReadOnly = true
	}
	set := c.set(r, r.fields)
	set.Navigations = []odata.Navigation{{Name: f.Name, Target: name, Collection: true}}
	model := &odata.Model{Sets: []*odata.Set{set, {Namespace: schemaName, Name: name, Properties: columns}}}
	service := *c.p.service
	service.Traits.NoPushdown = false // there is no other way to the rows
	t := &child{
		parent: odata.NewTable(&service, model, set, odata.TableOptions{Schema: schemaName, Path: r.path}), parentID: set.Column("id"),
		rows:  &providers.TableInfo{Schema: schemaName, Name: name, Rows: providers.Unknown},
		field: f.Name, pushdown: !c.p.set.traits.NoPushdown,
	}
	id := set.Properties[t.parentID].Column
	id.Name, id.Description, id.ReadOnly = r.name+"_id", "id of the row of "+r.name+" that it belongs to", true
	for slices.ContainsFunc(columns, func(p odata.Property) bool { return p.Name == id.Name }) {
		id.Name = "parent_" + id.Name
	}
	t.info = &providers.TableInfo{
		Schema: schemaName, Name: name, Description: f.Description, View: true, Rows: providers.Unknown, Columns: []providers.Column{id},
	}
	for i := range columns {
		t.rows.Columns = append(t.rows.Columns, columns[i].Column)
		if columns[i].Name == "id" && columns[i].Type.Kind.IsInteger() {
			t.info.Key = []int{0, i + 1}
		}
	}
	t.info.Columns = append(t.info.Columns, t.rows.Columns...)
	if t.info.Key != nil {
		t.info.Columns[t.info.Key[1]].Nullable = false
	}
	return t
}

// Info describes the table.
func (t *child) Info() *providers.TableInfo { return t.info }

// Plan answers a request. Only what is asked of the parent's id reaches the
// server: its filter chooses parents, not members.
func (t *child) Plan(ctx context.Context, r *providers.ScanRequest) (*providers.ScanPlan, error) {
	var inner providers.ScanRequest
	expand := providers.ExpandTerm{Navigation: t.field, Target: t.rows}
	for _, c := range r.Columns {
		if c == 0 {
			inner.Columns = []int{t.parentID}
		} else {
			expand.Columns = append(expand.Columns, c-1)
		}
	}
	inner.Expand, inner.RowHint = []providers.ExpandTerm{expand}, r.RowHint
	offered := map[int]int{} // filters of the request by those of the parent's
	for i, e := range r.Filter {
		if own, ok := t.ofParent(e); ok && t.pushdown {
			offered[len(inner.Filter)] = i
			inner.Filter = append(inner.Filter, own)
		}
	}
	if k := r.Keys; k != nil && t.pushdown && len(k.Columns) == 1 && k.Columns[0] == 0 {
		inner.Keys = &providers.KeyBatch{Columns: []int{t.parentID}, Tuples: k.Tuples}
	}
	byParent := t.pushdown && len(r.Order) == 1 && r.Order[0].Column == 0
	if byParent {
		inner.Order = []providers.OrderTerm{{Column: t.parentID, Desc: r.Order[0].Desc, NullsFirst: r.Order[0].NullsFirst}}
	}
	plan, err := t.parent.Plan(ctx, &inner)
	if err != nil {
		return nil, err
	}
	t.answer(r, plan, offered, byParent)
	t.arrange(plan, r.Columns)
	return plan, nil
}

// answer turns the parent's verdicts into the child's.
func (t *child) answer(r *providers.ScanRequest, plan *providers.ScanPlan, offered map[int]int, byParent bool) {
	verdicts, reasons := make([]providers.Verdict, len(r.Filter)), make([]string, len(r.Filter))
	for i := range reasons {
		reasons[i] = "the server chooses rows of " + t.parent.Info().Name + ", not of what is in them"
	}
	for own, i := range offered {
		verdicts[i], reasons[i] = plan.Filter[own], plan.Reasons[own]
	}
	plan.Filter, plan.Reasons = verdicts, reasons
	plan.Expand, plan.Limit, plan.Aggregate = providers.None, providers.None, providers.None
	if len(r.Order) == 0 {
		plan.Order, plan.OrderReason = providers.Exact, ""
	} else if !byParent {
		plan.Order, plan.OrderReason = providers.None, "the server sorts rows of "+t.parent.Info().Name+", not what is in them"
	}
	plan.Cost = providers.Cost{Rows: providers.Unknown, Requests: providers.Unknown, Bytes: providers.Unknown}
}

// ofParent returns a predicate over the parent's id as one over the parent.
func (t *child) ofParent(e providers.Expr) (providers.Expr, bool) {
	switch e := e.(type) {
	case *providers.ColumnRef:
		return &providers.ColumnRef{Column: t.parentID, Name: e.Name, T: e.T}, e.Column == 0
	case *providers.Call:
		call := &providers.Call{Func: e.Func, T: e.T, Args: make([]providers.Expr, len(e.Args))}
		for i, a := range e.Args {
			own, ok := t.ofParent(a)
			if !ok {
				return nil, false
			}
			call.Args[i] = own
		}
		return call, true
	case *providers.Exists: // its columns are this table's
		return nil, false
	}
	return e, true
}

// arrange puts the columns, of which the parent's comes first, into the order of
// the request.
func (t *child) arrange(plan *providers.ScanPlan, wanted []int) {
	from := make([]int, len(wanted))
	members := 0
	if slices.Contains(wanted, 0) {
		members = 1
	}
	sorted := true
	for i, c := range wanted {
		if c > 0 {
			from[i] = members
			members++
		}
		sorted = sorted && from[i] == i
	}
	if sorted {
		return
	}
	types := make([]sqltypes.Type, len(wanted))
	for i := range wanted {
		types[i] = plan.Layout.Types[from[i]]
	}
	open := plan.Open
	layout := tuple.NewLayout(types)
	plan.Layout = layout
	plan.Open = func(ctx context.Context, b *providers.Budget) (providers.BatchReader, error) {
		r, err := open(ctx, b)
		if err != nil {
			return nil, err
		}
		return &arranged{BatchReader: r, from: from}, nil
	}
}

// arranged gives the rows of a reader with their columns in another order.
type arranged struct {
	providers.BatchReader
	from  []int
	batch *tuple.Batch
}

// Next reads a batch and copies its columns over.
func (a *arranged) Next(ctx context.Context, out *tuple.Batch) error {
	if a.batch == nil {
		types := make([]sqltypes.Type, len(out.Layout.Types))
		for i, f := range a.from {
			types[f] = out.Layout.Types[i]
		}
		a.batch = tuple.NewBatch(tuple.NewLayout(types))
	}
	if err := a.BatchReader.Next(ctx, a.batch); err != nil {
		return err
	}
	out.Reset()
	for i := range a.batch.Len() {
		row := out.AddRow()
		for to, f := range a.from {
			if err := out.CopyColumn(row, to, a.batch.Row(i), a.batch.Layout, f); err != nil {
				return err
			}
		}
	}
	return nil
}

// Stats tells what the scan cost so far.
func (a *arranged) Stats() providers.ScanStats {
	if s, ok := a.BatchReader.(providers.StatsReader); ok {
		return s.Stats()
	}
	return providers.ScanStats{}
}
