package odata

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// planner makes the answer to one request.
type planner struct {
	t    *Table
	r    *providers.ScanRequest
	plan *providers.ScanPlan
	scan *scan
	// conjuncts are what each predicate renders to.
	conjuncts []fragment
	inputs    map[int][]sqltypes.Value
	exact     bool
	list      *splitList // the conjunct that was split over several requests
	scatter   bool       // one would be, but for the order
	keys      []string   // filters for the key tuples
}

// splitList is a list of constants too long for one URL.
type splitList struct {
	conjunct int
	parts    []string
}

func newPlanner(t *Table, r *providers.ScanRequest) *planner {
	return &planner{t: t, r: r, plan: &providers.ScanPlan{
		Filter: make([]providers.Verdict, len(r.Filter)), Reasons: make([]string, len(r.Filter)),
		Cost: providers.Cost{Rows: t.info.Rows, Requests: providers.Unknown, Bytes: providers.Unknown},
	}, scan: &scan{svc: t.svc, set: t.set, path: t.path, table: t}, inputs: map[int][]sqltypes.Value{}, exact: true}
}

// Plan answers a request; see providers.Table.
func (t *Table) Plan(_ context.Context, r *providers.ScanRequest) (*providers.ScanPlan, error) {
	p, err := t.fitted(r)
	if err == nil && p.scatter {
		// The rows of a long list are fewer than all rows, which one order needs.
		apart := *r
		apart.Order = nil
		if p, err = t.fitted(&apart); err == nil {
			p.plan.Order, p.plan.OrderReason = providers.None, "the rows of a long list come by several requests"
		}
	}
	if err != nil {
		return nil, err
	}
	p.limit()
	if p.aggregate() || p.apply() {
		return p.plan, nil
	}
	p.finish()
	return p.plan, nil
}

// fitted is the plan of a request as far as its requests fit into URLs.
func (t *Table) fitted(r *providers.ScanRequest) (*planner, error) {
	p := newPlanner(t, r)
	if err := p.filter(); err != nil {
		return nil, err
	}
	p.order()
	p.keyBatch()
	p.expand()
	p.project()
	p.fit()
	return p, nil
}

// filter renders the predicates and takes the inputs out of them.
func (p *planner) filter() error {
	r := &renderer{p.t.set, &p.t.svc.Traits}
	p.conjuncts = make([]fragment, len(p.r.Filter))
	for i, e := range p.r.Filter {
		if column, values, ok := p.input(e); ok {
			if before, twice := p.inputs[column]; twice && (len(before) != len(values) || !sameIdentity(before, values)) {
				return &providers.Error{Kind: providers.KindParameter, Message: fmt.Sprintf(
					"%s is an input of %s and can be given once only", p.t.set.Properties[column].Name, p.t.info.Name)}
			}
			p.inputs[column] = values
			p.conjuncts[i] = exact("")
			continue
		}
		if why := p.t.svc.Traits.whyNoFilter(); why != "" {
			p.conjuncts[i] = none("%s", why)
			continue
		}
		f := r.condition(e, false)
		if f.verdict == providers.Exact && p.t.svc.Traits.DoubtfulFilter {
			f = superset(f.text, "the server is not known to filter")
		}
		p.conjuncts[i] = p.doubt(e, f)
	}
	if err := p.demanded(); err != nil {
		return err
	}
	for c := range p.t.set.Properties {
		prop := &p.t.set.Properties[c]
		if !prop.Input {
			continue
		}
		for _, v := range p.inputs[c] {
			if p.t.call != "" && p.t.svc.Traits.Version == V4 {
				break // in the call
			}
			if prop.InPath {
				p.scan.path = strings.ReplaceAll(p.scan.path, "{"+prop.Path[0]+"}", escape(inputText(v), false))
				continue
			}
			p.scan.options = append(p.scan.options, option{prop.Path[0], inputText(v)})
		}
		if prop.Required && p.inputs[c] == nil {
			return &providers.Error{Kind: providers.KindParameter, Message: fmt.Sprintf(
				"%s needs a value for %s: add WHERE %s = …", p.t.info.Name, prop.Name, prop.Name)}
		}
	}
	if p.t.call != "" {
		return p.call()
	}
	return nil
}

// demanded checks that the conditions without which the server answers nothing
// are there.
func (p *planner) demanded() error {
	limits := &p.t.set.Restrictions
	if !limits.demanding() {
		return nil
	}
	named, some := map[string]bool{}, false
	for i, f := range p.conjuncts {
		if f.verdict == providers.None || f.text == "" {
			continue
		}
		some = true
		eachColumn(p.r.Filter[i], func(column int) { named[p.t.set.Properties[column].Wire()] = true })
	}
	if p.r.Keys != nil { // whose conditions are made later
		some = true
		for _, c := range p.r.Keys.Columns {
			named[p.t.set.Properties[c].Wire()] = true
		}
	}
	for _, path := range limits.Required {
		if !named[path] {
			return &providers.Error{Kind: providers.KindParameter, Message: fmt.Sprintf(
				"the server answers requests for %s only with a condition on %s that it can test: add WHERE %s = …", p.t.info.Name, path, wireColumn(path))}
		}
	}
	if !some && limits.FilterRequired {
		return &providers.Error{Kind: providers.KindParameter, Message: fmt.Sprintf(
			"the server answers requests for %s only with a condition that it can test: add one to WHERE", p.t.info.Name)}
	}
	return nil
}

// eachColumn visits the columns that an expression names.
func eachColumn(e providers.Expr, visit func(column int)) {
	switch e := e.(type) {
	case *providers.ColumnRef:
		visit(e.Column)
	case *providers.Call:
		for _, a := range e.Args {
			eachColumn(a, visit)
		}
	}
}

// input recognises "input column = constant", and IN for an input that is given
// several times.
func (p *planner) input(e providers.Expr) (column int, values []sqltypes.Value, ok bool) {
	c, isCall := e.(*providers.Call)
	if !isCall || c.Func != providers.Eq && c.Func != providers.In {
		return 0, nil, false
	}
	args := c.Args
	if _, isConst := args[0].(*providers.Const); isConst && c.Func == providers.Eq {
		args = []providers.Expr{args[1], args[0]}
	}
	ref, isColumn := args[0].(*providers.ColumnRef)
	if !isColumn || ref.Column >= len(p.t.set.Properties) || !p.t.set.Properties[ref.Column].Input {
		return 0, nil, false
	}
	for _, a := range args[1:] {
		value, isConst := a.(*providers.Const)
		if !isConst || value.Value.Null {
			return 0, nil, false
		}
		values = append(values, value.Value)
	}
	if len(values) > 1 && p.t.set.Properties[ref.Column].InPath {
		return 0, nil, false
	}
	return ref.Column, values, true
}

// inputText writes the value of an input as query strings have it: dates in
// ISO form, nothing quoted.
func inputText(v sqltypes.Value) string {
	switch v.Kind {
	case sqltypes.Timestamp:
		return string(sqltypes.AppendTimestamp(nil, v.I, 'T'))
	case sqltypes.TimestampTZ:
		return string(sqltypes.AppendTimestamp(nil, v.I, 'T')) + "Z"
	}
	return v.Text()
}

// order decides on $orderby: the wanted keys if the server sorts them as SQL
// does, then those of the key, or what stands in for one, so that pages have an
// order to go by.
func (p *planner) order() {
	t, set := &p.t.svc.Traits, p.t.set
	p.plan.Order = providers.Exact
	if p.plan.OrderReason = p.whyNoOrder(); p.plan.OrderReason != "" {
		p.plan.Order = providers.None
	}
	taken := map[int]bool{}
	if p.plan.Order == providers.Exact {
		for _, o := range p.r.Order {
			if !taken[o.Column] {
				taken[o.Column] = true
				p.scan.order = append(p.scan.order, sortKey{&set.Properties[o.Column], o.Desc})
			}
		}
		p.scan.sorted = len(p.r.Order) > 0
		p.scan.trials = append(p.scan.trials, p.orderTrials()...)
	}
	if set.Singleton || !t.OrderBy {
		return
	}
	// An order that ends in a descending key goes down the rest of it too: one
	// index serves both.
	desc := len(p.scan.order) > 0 && p.scan.order[len(p.scan.order)-1].desc
	if len(set.Key) == 0 {
		for _, c := range set.Order {
			if !taken[c] && set.sortable(c) {
				p.scan.order = append(p.scan.order, sortKey{&set.Properties[c], desc})
			}
		}
		return
	}
	whole := true // the order tells rows apart
	for _, k := range set.Key {
		prop := &set.Properties[k.Property]
		switch {
		case taken[k.Property] || t.fixed(prop.Name):
		case !set.sortable(k.Property):
			whole = false
		default:
			p.scan.order = append(p.scan.order, sortKey{prop, desc})
		}
	}
	p.scan.keyed = whole && len(p.scan.order) > 0
	p.scan.keyset = p.scan.keyed && t.Keyset
	for _, k := range p.scan.order {
		p.scan.keyset = p.scan.keyset && t.resumable(k.property)
	}
}

// resumable reports that rows behind a value of the property can be asked for:
// the server compares what it sorts by, and the value comes over the wire in
// full. An instant may be stored with more digits than are sent.
func (t *Traits) resumable(p *Property) bool {
	if p.Enum != nil || p.NoFilter {
		return false
	}
	switch p.Edm {
	case "Edm.Byte", "Edm.SByte", "Edm.Int16", "Edm.Int32", "Edm.Int64", "Edm.Decimal", "Edm.Date":
		return true
	case "Edm.String":
		return t.KeysetText
	case "Edm.DateTime", "Edm.DateTimeOffset":
		return p.Type.Kind == sqltypes.Date
	}
	return false
}

func (p *planner) whyNoOrder() string {
	t := &p.t.svc.Traits
	switch {
	case len(p.r.Order) == 0:
		return ""
	case t.NoPushdown:
		return "pushdown is off"
	case !t.OrderBy:
		return "the server does not sort"
	}
	if why := p.whyNotInOrder(); why != "" {
		return why
	}
	r := &renderer{p.t.set, t}
	for i, o := range p.r.Order {
		prop := r.property(o.Column)
		if prop == nil || !p.t.set.sortable(o.Column) || prop.Edm == "" && prop.Enum == nil {
			return fmt.Sprintf("the server cannot sort by %s", p.t.info.Columns[o.Column].Name)
		}
		if prop.Edm == "Edm.String" && !t.ServerCollation {
			p.plan.Hints = append(p.plan.Hints, fmt.Sprintf("Collation=server would leave sorting by %s to the server", prop.Name))
		}
		switch {
		case prop.Edm == "Edm.Boolean":
		case t.clipped(prop):
			if i < len(p.r.Order)-1 {
				return fmt.Sprintf("%s: the server may tell apart instants that it sends as one", prop.Name)
			}
		default:
			if can := r.comparable(prop, providers.Lt); can.verdict != providers.Exact {
				return fmt.Sprintf("%s: %s", prop.Name, can.reason)
			}
		}
		if prop.Nullable && o.NullsFirst == o.Desc {
			return fmt.Sprintf("%s: the server takes null for the smallest value", prop.Name)
		}
	}
	return ""
}

// limit answers a limit and an offset, which are offered only when all else is
// exact.
func (p *planner) limit() {
	t := &p.t.svc.Traits
	for _, f := range p.conjuncts {
		p.exact = p.exact && f.verdict == providers.Exact
	}
	p.exact = p.exact && (len(p.r.Order) == 0 || p.plan.Order == providers.Exact) && len(p.r.Expand) == 0 &&
		(p.r.Keys == nil || p.plan.Keys == providers.Exact)
	if p.r.Limit <= 0 && p.r.Offset <= 0 || p.r.Aggregate != nil {
		return
	}
	if !p.exact || t.NoPushdown || !t.Top || p.r.Offset > 0 && !t.Skip || len(p.scan.filters) > 1 || p.t.set.Singleton {
		return
	}
	p.plan.Limit = providers.Exact
	p.scan.limit, p.scan.offset = p.r.Limit, p.r.Offset
	if p.r.Limit > 0 {
		p.plan.Cost.Rows = p.r.Limit
		p.plan.Cost.Requests = 1 + (p.r.Limit-1)/int64(t.pageSize())
	}
}

// finish completes the plan.
func (p *planner) finish() {
	s := p.scan
	s.hint = p.r.RowHint
	if p.t.svc.trials != nil {
		p.announceTrials()
		s.keyset = s.keyset && len(s.filters) == 1
	}
	for i, f := range p.conjuncts {
		p.plan.Filter[i], p.plan.Reasons[i] = f.verdict, f.reason
		if f.verdict != providers.None && f.text != "" {
			s.pushed = append(s.pushed, p.r.Filter[i].String())
			s.conjuncts = append(s.conjuncts, f.text)
		}
		if f.reason == unknownCollation && f.verdict == providers.None {
			p.plan.Hints = append(p.plan.Hints, fmt.Sprintf("Collation=server would leave %s to the server", p.r.Filter[i]))
		}
	}
	if len(p.keys) > 0 {
		s.pushed = append(s.pushed, "the keys of a join")
		s.unkeyed = joinFilters(p.fixed())
	}
	for _, f := range s.filters {
		c := s.chain(f)
		c.stop, c.offset = s.limit, s.offset
		if err := c.begin(); err == nil {
			p.plan.Requests = append(p.plan.Requests, s.svc.line(s.url(c.req)))
		}
	}
	p.plan.Open = func(ctx context.Context, _ *providers.Budget) (providers.BatchReader, error) {
		return s.fresh().open(ctx)
	}
}

// fresh returns a copy of the scan for one reading of it.
func (s *scan) fresh() *scan {
	return &scan{
		svc: s.svc, set: s.set, table: s.table, trials: s.trials, lambdas: s.lambdas, keyTrials: s.keyTrials, unkeyed: s.unkeyed,
		path: s.path, filters: s.filters, pushed: s.pushed, options: s.options,
		order: s.order, sorted: s.sorted, keyset: s.keyset, keyed: s.keyed, limit: s.limit, offset: s.offset, hint: s.hint,
		members: s.members, result: s.result, identity: s.identity, expand: s.expand, hashed: s.hashed,
		conjuncts: s.conjuncts, stats: &httpx.Stats{}, wg: &sync.WaitGroup{},
	}
}
