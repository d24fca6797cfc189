package providertest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// memoryKeys is how many keys a Memory takes at once.
const memoryKeys = 50

// Plan answers a request: Exact wherever Eval knows the expression.
func (t *memoryTable) Plan(_ context.Context, r *providers.ScanRequest) (*providers.ScanPlan, error) {
	p := &providers.ScanPlan{Filter: make([]providers.Verdict, len(r.Filter)), Reasons: make([]string, len(r.Filter)),
		Order: providers.Exact, Limit: providers.Exact, Aggregate: providers.Exact, Keys: providers.Exact, Expand: providers.Exact,
		MaxKeys: memoryKeys, Cost: providers.Cost{Rows: t.info.Rows, Requests: 1, Bytes: providers.Unknown}}
	for i, f := range r.Filter {
		p.Filter[i] = providers.Exact
		if err := t.check(f); err != nil {
			p.Filter[i], p.Reasons[i] = providers.None, err.Error()
		}
	}
	if err := t.inputsGiven(r); err != nil {
		return nil, err
	}
	if a := r.Aggregate; a != nil && slices.ContainsFunc(a.Calls, t.leavesCall) || len(r.Expand) > 0 {
		p.Aggregate = providers.None
	}
	if len(r.Expand) > 1 {
		p.Expand = providers.None
	}
	if t.weaken != nil {
		t.weaken(t.info, r, p)
	}
	scan := &memoryScan{table: t, request: r, plan: p}
	if t.chaos != nil {
		scan.rand = t.chaos.weaken(t, r, p)
	}
	keepLegal(r, p)
	for i, v := range p.Filter {
		if v != providers.Exact && p.Reasons[i] == "" {
			p.Reasons[i] = "left to the engine"
		}
	}
	if p.Order != providers.Exact && len(r.Order) > 0 && p.OrderReason == "" {
		p.OrderReason = "left to the engine"
	}
	p.Layout = tuple.NewLayout(scan.types())
	p.Requests = []string{"read " + t.info.Name + scan.summary()}
	p.Open = scan.open
	return p, nil
}

// keepLegal lowers what cannot be Exact because something beneath it is not.
func keepLegal(r *providers.ScanRequest, p *providers.ScanPlan) {
	exact := !slices.ContainsFunc(p.Filter, func(v providers.Verdict) bool { return v != providers.Exact })
	if !exact || p.Order != providers.Exact && len(r.Order) > 0 || r.Keys != nil || len(r.Expand) > 0 {
		p.Limit = providers.None
	}
	if !exact || r.Keys != nil {
		p.Aggregate = providers.None
	}
	if r.Aggregate != nil {
		p.Order, p.Limit = providers.None, providers.None // they would speak of groups
	}
}

func (t *memoryTable) inputsGiven(r *providers.ScanRequest) error {
	for i, c := range t.info.Columns {
		if c.Required && inputValue(r, i).Null {
			return &providers.Error{Kind: providers.KindParameter, Message: fmt.Sprintf("table %s needs a value: WHERE %s = …", t.info.Name, c.Name)}
		}
	}
	return nil
}

// inputValue is the constant that a request gives an input column.
func inputValue(r *providers.ScanRequest, column int) sqltypes.Value {
	for _, f := range r.Filter {
		c, ok := f.(*providers.Call)
		if !ok || c.Func != providers.Eq {
			continue
		}
		if ref, ok := c.Args[0].(*providers.ColumnRef); ok && ref.Column == column {
			if k, ok := c.Args[1].(*providers.Const); ok {
				return k.Value
			}
		}
	}
	return sqltypes.NullOf(sqltypes.Null)
}

// leavesCall reports an aggregate that Memory leaves to the engine: sums of
// floats depend on the order of the rows.
func (t *memoryTable) leavesCall(c providers.AggregateCall) bool {
	switch c.Func {
	case "COUNT", "MIN", "MAX":
		return false
	case "SUM", "AVG":
		return c.Column < 0 || c.Type.Kind.Storage() == sqltypes.StoreFloat || !t.info.Columns[c.Column].Type.Kind.IsNumeric()
	}
	return true
}

// summary says for EXPLAIN what a scan does.
func (s *memoryScan) summary() string {
	var out strings.Builder
	names := make([]string, len(s.request.Columns))
	for i, c := range s.request.Columns {
		names[i] = s.table.info.Columns[c].Name
	}
	if s.request.Aggregate == nil {
		out.WriteString(" (" + strings.Join(names, ", ") + ")")
	}
	for i, f := range s.request.Filter {
		if s.plan.Filter[i] != providers.None {
			out.WriteString(" where " + f.String())
		}
	}
	if a := s.request.Aggregate; a != nil && s.plan.Aggregate == providers.Exact {
		for _, c := range a.Calls {
			out.WriteString(" " + strings.ToLower(c.Func))
		}
	}
	return out.String()
}
