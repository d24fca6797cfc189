package odata

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// Aggregates by $apply (OData Data Aggregation 4.0), where the metadata announce
// it or ODataCapabilities says so.
//
// An answer of groups shows none of the rows it was made of. So it is asked for
// in a form that leaves little to the server's own ideas, and believed as far as
// it proves itself:
//
//   - Each request asks for $count too. The groups' rows must add up to what the
//     set counts under the same conditions: a filter that was passed over, groups
//     that were cut off and a group of nulls that was left out do not.
//   - What takes a column that may be null is a request of its own, for the rows in
//     which it is not: no two servers agree on nulls in aggregates. The rows in which it
//     is null are counted too. So are those of a grouping column, for some services take
//     null for 0.
//   - Numbers come with the smallest and the greatest one, and are believed where
//     binary floating point and 32 bits would have come to them as well (apply_proof.go).
//   - Of a service that nobody vouches for, each method is tried before on rows of
//     the set (apply_trial.go).
//
// Floating point is never aggregated there, for its sums depend on the order of the
// rows; texts only with Collation=server. What proves wrong is remembered for the
// table, and the query planned anew without.

// grouping is an Aggregate as $apply is asked for it.
type grouping struct {
	t     *Table
	scan  *scan
	by    []groupColumn
	parts []*groupPart
	calls []groupCall
	types []sqltypes.Type // of the result
	alias string          // what the names of the aggregates begin with
}

// groupColumn is a grouping column; isNull is the condition for the group of its
// nulls, "" if it has none.
type groupColumn struct {
	column int
	isNull string
}

// groupPart is one request: aggregates over all rows, or over those that have a
// value in a column.
type groupPart struct {
	column          int    // -1 for all rows
	notNull, isNull string // the condition that says so, and the one for the other rows
	methods         []method
}

// method is one aggregation of a column. Methods are named as the protocol does.
type method struct {
	column int
	name   string
}

const (
	methodSum      = "sum"
	methodMin      = "min"
	methodMax      = "max"
	methodDistinct = "countdistinct"
)

// groupCall is a call of the query and the part that answers it.
type groupCall struct {
	providers.AggregateCall
	part *groupPart
}

// apply answers aggregates by $apply. It says why it does not where a service
// announces it.
func (p *planner) apply() bool {
	a, t := p.r.Aggregate, &p.t.svc.Traits
	if a == nil || !t.Apply || t.NoPushdown || !p.exact || p.r.Keys != nil || len(p.inputs) > 0 || p.t.call != "" || p.t.set.Singleton {
		return false
	}
	g, why := p.grouping()
	if why == "" {
		why = g.wrong()
	}
	if why != "" {
		p.plan.AggregateReason = why
		return false
	}
	p.plan.Aggregate = providers.Exact
	p.finish()
	g.announce(p.plan)
	g.scan = p.scan
	g.scan.order, g.scan.options = nil, nil
	p.plan.Layout = tuple.NewLayout(g.types)
	p.plan.Requests = nil
	for _, url := range g.urls() {
		p.plan.Requests = append(p.plan.Requests, p.t.svc.line(url))
	}
	p.plan.Cost = providers.Cost{Rows: providers.Unknown, Requests: int64(len(p.plan.Requests)), Bytes: providers.Unknown}
	p.plan.Open = func(_ context.Context, b *providers.Budget) (providers.BatchReader, error) {
		return &groupScan{g: g, scan: g.scan.fresh(), budget: b}, nil
	}
	return true
}

// grouping decides what is asked for; why says what cannot be.
func (p *planner) grouping() (g *grouping, why string) {
	t := &p.t.svc.Traits
	support := p.t.set.Restrictions.Apply
	g = &grouping{t: p.t, scan: p.scan, parts: []*groupPart{{column: -1}}, alias: p.t.freeName()}
	filter := joinFilters(p.scan.filters)
	switch {
	case len(p.scan.filters) != 1:
		return nil, "the conditions take several requests"
	case !p.scan.counts(filter):
		return nil, "the service's $count does not prove the groups"
	case p.t.svc.trials != nil && len(p.t.set.Key) == 0:
		return nil, "without a key it cannot be tried what the service makes of $apply"
	case p.t.svc.trials != nil && p.t.set.Restrictions.demanding():
		return nil, "what the service makes of $apply cannot be tried, since it demands a condition"
	case !support.transforms("aggregate") || len(p.r.Aggregate.GroupBy) > 0 && !support.transforms("groupby") || filter != "" && !support.transforms("filter"):
		return nil, "the metadata announce other transformations of $apply"
	}
	for _, c := range p.r.Aggregate.GroupBy {
		property, why := p.groupable(c)
		if why != "" {
			return nil, why
		}
		if !support.groups(property) {
			return nil, fmt.Sprintf("the metadata say that $apply does not group by %s", property.Name)
		}
		column := groupColumn{column: c}
		if property.Nullable {
			if column.isNull, why = p.nullTest(c, false); why != "" {
				return nil, why
			}
		}
		g.by, g.types = append(g.by, column), append(g.types, property.Type)
	}
	for _, call := range p.r.Aggregate.Calls {
		if why := p.groupCall(g, call); why != "" {
			return nil, why
		}
	}
	for _, url := range g.urls() {
		if len(url) > t.urlLimit() && (p.t.svc.longForm() == asURL || len(url) > maxBodyURL) {
			return nil, fmt.Sprintf("it does not fit into a URL of %d bytes (MaxURLLength)", t.urlLimit())
		}
	}
	return g, ""
}

// groupCall adds a call with what it takes to answer and to prove it.
func (p *planner) groupCall(g *grouping, call providers.AggregateCall) (why string) {
	g.types = append(g.types, call.Type)
	if call.Column < 0 {
		g.calls = append(g.calls, groupCall{call, g.parts[0]})
		return ""
	}
	names := methodsOf(call, &p.t.set.Properties[call.Column])
	property, why := p.groupable(call.Column)
	switch {
	case call.Func == "COUNT" && !call.Distinct:
		if property = (&renderer{p.t.set, &p.t.svc.Traits}).property(call.Column); property == nil {
			return p.t.info.Columns[call.Column].Name + " is not aggregated by the server"
		}
	case why != "":
		return why
	case call.Func == "COUNT":
	case call.Func == "MIN" || call.Func == "MAX":
		if can := (&renderer{p.t.set, &p.t.svc.Traits}).comparable(property, providers.Lt); can.verdict != providers.Exact {
			return fmt.Sprintf("%s of %s: %s", call.Func, property.Name, can.reason)
		}
	case call.Distinct || !property.Type.Kind.IsInteger() && property.Edm != "Edm.Decimal":
		return fmt.Sprintf("%s of %s is computed here", call.Func, property.Name)
	}
	for _, name := range names {
		if !p.t.set.Restrictions.Apply.aggregates(property, name) {
			return fmt.Sprintf("the metadata do not announce %q of %s in $apply", name, property.Name)
		}
	}
	part := g.parts[0]
	if property.Nullable {
		at := slices.IndexFunc(g.parts, func(x *groupPart) bool { return x.column == call.Column })
		if at < 0 {
			notNull, why := p.nullTest(call.Column, true)
			if why != "" {
				return why
			}
			isNull, _ := p.nullTest(call.Column, false)
			if !p.t.set.Restrictions.Apply.transforms("filter") {
				return "the metadata announce other transformations of $apply"
			}
			at, g.parts = len(g.parts), append(g.parts, &groupPart{column: call.Column, notNull: notNull, isNull: isNull})
		}
		part = g.parts[at]
	}
	for _, name := range names {
		if m := (method{call.Column, name}); !slices.Contains(part.methods, m) {
			part.methods = append(part.methods, m)
		}
	}
	g.calls = append(g.calls, groupCall{call, part})
	return ""
}

// methodsOf are what a call takes: the first answers it, the others prove that.
func methodsOf(call providers.AggregateCall, p *Property) []string {
	switch {
	case call.Func == "COUNT" && !call.Distinct:
		return nil
	case call.Func == "COUNT" && p.Edm != "Edm.Int64" && p.Edm != "Edm.Decimal":
		return []string{methodDistinct}
	case call.Func == "COUNT":
		return []string{methodDistinct, methodMin, methodMax}
	case call.Func == "MIN" || call.Func == "MAX":
		return []string{strings.ToLower(call.Func)}
	}
	return []string{methodSum, methodMin, methodMax}
}

// groupable says whether the server and SQL agree on which values of a column are
// equal, and whether a number of it can be proven.
func (p *planner) groupable(column int) (property *Property, why string) {
	name, t := p.t.info.Columns[column].Name, &p.t.svc.Traits
	property = (&renderer{p.t.set, t}).property(column)
	switch {
	case property == nil || property.annotation() || property.Expanded || property.Edm == "" && property.Enum == nil || property.Coded:
		return nil, name + " is not aggregated by the server"
	case property.Enum != nil:
		if property.Enum.Flags {
			return nil, name + " has several names in a value"
		}
		return property, ""
	case t.clipped(property):
		return nil, name + ": " + clippedInstant
	}
	switch property.Edm {
	case "Edm.Decimal":
		if property.Type.Scale < 0 || property.Type.Scale > maxDigits {
			return nil, fmt.Sprintf("the metadata do not tell the scale of %s, without which no sum is proven", name)
		}
	case "Edm.String":
		if !t.ServerCollation {
			return nil, name + ": " + unknownCollation
		}
	case "Edm.Byte", "Edm.SByte", "Edm.Int16", "Edm.Int32", "Edm.Int64", "Edm.Boolean", "Edm.Guid",
		"Edm.Date", "Edm.TimeOfDay", "Edm.DateTimeOffset":
	default:
		return nil, fmt.Sprintf("%s of %s are aggregated here", property.Edm, name)
	}
	return property, ""
}

// nullTest writes a condition on the nulls of a column.
func (p *planner) nullTest(column int, negated bool) (condition, why string) {
	c := &p.t.info.Columns[column]
	out := (&renderer{p.t.set, &p.t.svc.Traits}).nullTest(&providers.ColumnRef{Column: column, Name: c.Name, T: c.Type}, negated)
	return out.text, out.reason
}

// freeName is what no member of an entity begins with.
func (t *Table) freeName() string {
	name := "Agg"
	for slices.ContainsFunc(t.set.Properties, func(p Property) bool {
		return len(p.Path[0]) >= len(name) && strings.EqualFold(p.Path[0][:len(name)], name)
	}) || slices.ContainsFunc(t.set.Navigations, func(n Navigation) bool {
		return len(n.Name) >= len(name) && strings.EqualFold(n.Name[:len(name)], name)
	}) {
		name += "_"
	}
	return name
}

// text is the value of $apply for a part under conditions.
func (g *grouping) text(part *groupPart, conditions ...string) string {
	items := make([]string, 0, len(part.methods)+1)
	for i, m := range part.methods {
		items = append(items, g.t.set.Properties[m.column].Wire()+" with "+m.name+" as "+g.alias+strconv.Itoa(i+1))
	}
	text := "aggregate(" + strings.Join(append(items, "$count as "+g.alias+"0"), ",") + ")"
	if len(g.by) > 0 {
		names := make([]string, len(g.by))
		for i, c := range g.by {
			names[i] = g.t.set.Properties[c.column].Wire()
		}
		text = "groupby((" + strings.Join(names, ",") + ")," + text + ")"
	}
	if filter := joinFilters(conditions); filter != "" {
		text = "filter(" + filter + ")/" + text
	}
	return text
}

// asked says whether a part needs $apply: what has neither groups nor methods is
// a mere number of rows.
func (g *grouping) asked(part *groupPart) bool { return len(g.by) > 0 || len(part.methods) > 0 }

func (g *grouping) groupURL(part *groupPart) string {
	return g.t.svc.requestURL(g.t.path, []option{{"$apply", g.text(part, joinFilters(g.scan.filters), part.notNull)}})
}

// counting is the request for the number of rows under one more condition. $top is
// 1, since some servers take $top=0 for no limit.
func (g *grouping) counting(condition string) request {
	return request{filters: append(slices.Clone(g.scan.filters), condition), top: 1, count: true}
}

// counted are the conditions under which rows are counted: those of each part, then
// the nulls of each part's column and of each grouping column, "-" where there are
// none.
func (g *grouping) counted() []string {
	var conditions []string
	for _, part := range g.parts {
		conditions = append(conditions, part.notNull)
	}
	for _, part := range g.parts {
		conditions = append(conditions, cmp.Or(part.isNull, noCount))
	}
	for _, c := range g.by {
		conditions = append(conditions, cmp.Or(c.isNull, noCount))
	}
	return conditions
}

const noCount = "-"

// urls are all requests of an answer: the groups of each part, and the numbers of rows.
func (g *grouping) urls() []string {
	bare := g.scan.fresh()
	bare.order, bare.options = nil, nil
	var urls []string
	for _, part := range g.parts {
		if g.asked(part) {
			urls = append(urls, g.groupURL(part))
		}
	}
	for _, condition := range g.counted() {
		if url := bare.url(g.counting(condition)); condition != noCount && !slices.Contains(urls, url) {
			urls = append(urls, url)
		}
	}
	return urls
}
