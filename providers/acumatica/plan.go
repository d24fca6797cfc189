package acumatica

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/internal/jsonpage"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// planner makes the answer to one request.
type planner struct {
	t    *table
	r    *providers.ScanRequest
	plan *providers.ScanPlan
	// conditions are what each predicate comes to, keys those of a key batch.
	conditions []condition
	keys       *condition
	inputs     map[int]sqltypes.Value
	scan       *scan
}

// Plan answers a request; see providers.Table.
func (t *table) Plan(_ context.Context, r *providers.ScanRequest) (*providers.ScanPlan, error) {
	p := &planner{t: t, r: r, inputs: map[int]sqltypes.Value{}, plan: &providers.ScanPlan{
		Filter: make([]providers.Verdict, len(r.Filter)), Reasons: make([]string, len(r.Filter)),
		Cost: providers.Cost{Rows: providers.Unknown, Requests: providers.Unknown, Bytes: providers.Unknown},
	}, scan: &scan{t: t}}
	if err := p.filter(); err != nil {
		return nil, err
	}
	p.keyBatch()
	p.project()
	p.fit()
	p.limit()
	if err := p.finish(); err != nil {
		return nil, err
	}
	return p.plan, nil
}

// filter renders the predicates and takes the parameters out of them.
func (p *planner) filter() error {
	traits := &p.t.on.set.traits
	w := &filterer{p.t, traits.ServerCollation}
	p.conditions = make([]condition, len(p.r.Filter))
	for i, e := range p.r.Filter {
		if c, v, ok := p.input(e); ok {
			if before, twice := p.inputs[c]; twice && sqltypes.Compare(before, v) != 0 {
				return &providers.Error{Kind: providers.KindParameter, Message: fmt.Sprintf(
					"%s is a parameter of %s and can be given once only", p.t.columns[c].Name, p.t.info.Name)}
			}
			p.inputs[c] = v
			p.conditions[i] = condition{verdict: providers.Exact}
			continue
		}
		switch {
		case traits.NoPushdown:
			p.conditions[i] = none("pushdown is off")
		case p.t.inquiry:
			p.conditions[i] = none("an inquiry is asked by its parameters alone")
		default:
			p.conditions[i] = p.trusted(w.is(e, false))
		}
	}
	return nil
}

// trusted takes back a condition by fields that the server has been seen to
// answer wrongly.
func (p *planner) trusted(c condition) condition {
	if c.verdict == providers.None {
		return c
	}
	if honoured, known := p.t.habits().known(c.fields); known && !honoured {
		return none("the server has refused a filter by %s, or found nothing by it whatever there was", fieldSet(c.fields))
	}
	return c
}

// input recognises "parameter = constant".
func (p *planner) input(e providers.Expr) (int, sqltypes.Value, bool) {
	c, ok := e.(*providers.Call)
	if !ok || c.Func != providers.Eq {
		return 0, sqltypes.Value{}, false
	}
	left, right := c.Args[0], c.Args[1]
	if _, isConst := left.(*providers.Const); isConst {
		left, right = right, left
	}
	ref, isColumn := left.(*providers.ColumnRef)
	k, isConst := right.(*providers.Const)
	if !isColumn || !isConst || k.Value.Null || ref.Column >= len(p.t.columns) || !p.t.columns[ref.Column].Input {
		return 0, sqltypes.Value{}, false
	}
	return ref.Column, k.Value, true
}

// keyBatch renders the key tuples, or says how many of them fit.
func (p *planner) keyBatch() {
	k, traits := p.r.Keys, &p.t.on.set.traits
	if k == nil || traits.NoPushdown || p.t.inquiry || len(k.Columns) == 0 {
		return
	}
	w := &filterer{p.t, traits.ServerCollation}
	each := 0
	var fields []string
	for _, i := range k.Columns {
		c, _ := w.column(&providers.ColumnRef{Column: i})
		if c == nil || c.Type.Kind != sqltypes.Varchar && !c.Type.Kind.IsInteger() {
			return
		}
		each += len(c.option) + keyRoom
		fields = append(fields, c.option)
	}
	if honoured, known := p.t.habits().known(fields); known && !honoured {
		return
	}
	room := traits.MaxURLLength - reserve
	for _, c := range p.conditions {
		room -= len(escape(c.text))
	}
	p.plan.Keys, p.plan.MaxKeys = providers.Superset, max(1, room/each)
	alternatives := make([]string, len(k.Tuples))
	for i, tuple := range k.Tuples {
		parts := make([]string, len(tuple))
		for j, v := range tuple {
			c := w.compare(&p.t.columns[k.Columns[j]], providers.Eq, v)
			if c.verdict == providers.None {
				return // a key that cannot be written: nothing is left out for keys
			}
			parts[j] = c.text
		}
		if alternatives[i] = strings.Join(parts, " and "); len(parts) > 1 {
			alternatives[i] = "(" + alternatives[i] + ")"
		}
	}
	if len(alternatives) > 0 {
		p.keys = &condition{"(" + strings.Join(alternatives, " or ") + ")", providers.Superset, "", fields}
	}
}

const (
	// keyRoom is what a key takes in a URL besides its field's name, on average.
	keyRoom = 40
	// reserve is kept free in a URL for $top and $skip, and for the address.
	reserve = 400
)

// project decides what is read of each level's rows, and what $select, $expand
// and $custom must say for it.
func (p *planner) project() {
	s := p.scan
	s.entity = p.t.inquiry
	s.read(p.r.Columns)
	var selects, expands, customs []string
	whole := p.t.habits().onlyWhole() || len(p.t.levels) > 2
	for _, l := range p.t.levels {
		expands = append(expands, l.expand...)
		if len(l.path) > 1 || len(l.path) == 1 && l.path[0] == filesMember {
			whole = true // $select is known to keep fields and details only
		}
		if len(l.path) == 1 {
			selects = append(selects, l.path[0])
		}
	}
	for to, i := range p.r.Columns {
		c := &p.t.columns[i]
		if c.Input {
			if v, ok := p.inputs[i]; ok {
				s.consts = append(s.consts, jsonpage.Constant{Column: to, Value: v})
			}
			continue
		}
		expands = append(expands, c.expand...)
		switch {
		case c.custom != "":
			customs, whole = append(customs, c.custom), true
		case c.path[0] == noteColumn:
			whole = true
		case c.level == 0 && c.option != "":
			selects = append(selects, c.option)
		}
	}
	for _, f := range p.t.telling() {
		s.telling = append(s.telling, f)
		selects = append(selects, f)
	}
	if len(selects) == 0 && len(p.t.root.fields) > 0 {
		selects = []string{p.t.root.fields[0].name} // an id comes with anything
	}
	if !whole && !p.t.inquiry && len(selects) > 0 {
		s.add("$select", distinct(selects))
	}
	s.add("$expand", distinct(expands))
	s.add("$custom", distinct(customs))
}

// telling are the fields that tell records apart besides their id: the natural
// keys. Where ids have been seen to be made up for each answer, and there are no
// keys that are known, all fields do.
func (t *table) telling() []string {
	if t.inquiry {
		return nil
	}
	if keys := naturalKeys[t.root.name]; len(keys) > 0 || !t.habits().idsAreMadeUp() {
		return keys
	}
	all := make([]string, len(t.root.fields))
	for i, f := range t.root.fields {
		all[i] = f.name
	}
	return all
}

// read decides what is read of each level's rows for some columns.
func (s *scan) read(columns []int) {
	s.layout = tuple.NewLayout(s.t.info.Types(columns))
	s.parts = make([]part, len(s.t.levels))
	for to, i := range columns {
		if c := &s.t.columns[i]; !c.Input {
			part := &s.parts[c.level]
			part.to, part.paths, part.types = append(part.to, to), append(part.paths, c.path), append(part.types, c.Type)
		}
	}
}

func distinct(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}

// fit makes the conditions short enough for a URL: what does not fit is left to
// the driver, the longest first.
func (p *planner) fit() {
	limit := p.t.on.set.traits.MaxURLLength
	for {
		p.scan.filter, p.scan.fields = p.joinedConditions()
		if len(p.scan.url(limitedPage{}))+reserve/4 <= limit {
			return
		}
		longest := -1
		for i, c := range p.conditions {
			if c.text != "" && (longest < 0 || len(c.text) > len(p.conditions[longest].text)) {
				longest = i
			}
		}
		switch {
		case longest >= 0:
			p.conditions[longest] = none("it does not fit into a URL of %d bytes (MaxURLLength)", limit)
		case p.scan.drop("$select"):
		default:
			return
		}
	}
}

func (p *planner) joinedConditions() (text string, fields []string) {
	var parts []string
	for _, c := range append(slices.Clone(p.conditions), p.keyCondition()...) {
		if c.text != "" {
			parts = append(parts, c.text)
			fields = append(fields, c.fields...)
		}
	}
	return strings.Join(parts, " and "), fields
}

func (p *planner) keyCondition() []condition {
	if p.keys == nil {
		return nil
	}
	return []condition{*p.keys}
}

// limit answers a limit and an offset, which are offered only when all else is
// exact. They count records, and so do $top and $skip.
func (p *planner) limit() {
	if p.r.Limit <= 0 && p.r.Offset <= 0 || p.r.Aggregate != nil || len(p.t.levels) > 1 ||
		p.t.on.set.traits.NoPushdown || len(p.r.Order) > 0 || len(p.r.Expand) > 0 || p.r.Keys != nil {
		return
	}
	for _, c := range p.conditions {
		if c.verdict != providers.Exact {
			return
		}
	}
	p.plan.Limit = providers.Exact
	p.scan.limit, p.scan.offset = p.r.Limit, p.r.Offset
}

// finish completes the plan.
func (p *planner) finish() error {
	s := p.scan
	s.hint = p.r.RowHint
	for i, c := range p.conditions {
		p.plan.Filter[i], p.plan.Reasons[i] = c.verdict, c.reason
		if c.reason == unknownCollation && c.verdict == providers.None {
			p.plan.Hints = append(p.plan.Hints, fmt.Sprintf("Collation=server would leave %s to the server", p.r.Filter[i]))
		}
	}
	if len(p.r.Order) > 0 {
		p.plan.OrderReason = "the contract-based interface does not sort"
	}
	line := "GET " + p.t.on.shown(s.url(s.firstPage()))
	if p.t.inquiry {
		body, err := p.parameters()
		if err != nil {
			return err
		}
		s.body = body
		line = "PUT " + p.t.on.shown(s.url(limitedPage{})) + " " + string(body)
	}
	p.plan.Requests = []string{line}
	p.plan.Layout = s.layout
	p.plan.Open = func(ctx context.Context, _ *providers.Budget) (providers.BatchReader, error) {
		return s.open(ctx)
	}
	return nil
}

// parameters is the record that an inquiry is asked by.
func (p *planner) parameters() ([]byte, error) {
	record := map[string]map[string]any{}
	for i, v := range p.inputs {
		c := &p.t.columns[i]
		value, err := fieldValue(v)
		if err != nil {
			return nil, &providers.Error{Kind: providers.KindParameter, Message: fmt.Sprintf("%s: %v", c.Name, err)}
		}
		record[c.path[0]] = map[string]any{"value": value}
	}
	return json.Marshal(record)
}

// fieldValue is a value as records hold it.
func fieldValue(v sqltypes.Value) (any, error) {
	if v.Null {
		return nil, nil
	}
	switch v.Kind {
	case sqltypes.Bool:
		return v.I != 0, nil
	case sqltypes.SmallInt, sqltypes.Integer, sqltypes.BigInt, sqltypes.Decimal, sqltypes.Real, sqltypes.Double:
		return json.Number(v.Text()), nil
	case sqltypes.Date:
		return v.Text(), nil
	case sqltypes.Timestamp:
		return string(sqltypes.AppendTimestamp(nil, v.I, 'T')), nil
	case sqltypes.TimestampTZ:
		return string(sqltypes.AppendTimestamp(nil, v.I, 'T')) + "Z", nil
	case sqltypes.Varchar, sqltypes.UUID:
		return v.S, nil
	}
	return nil, fmt.Errorf("a record cannot hold a value of type %s", v.Kind)
}

// option is a query option, its value not yet encoded.
type option struct{ name, value string }

func (s *scan) add(name string, values []string) {
	if len(values) > 0 {
		s.options = append(s.options, option{name, strings.Join(values, ",")})
	}
}

// drop takes an option back and reports whether it was there.
func (s *scan) drop(name string) bool {
	before := len(s.options)
	s.options = slices.DeleteFunc(slices.Clone(s.options), func(o option) bool { return o.name == name })
	return len(s.options) < before
}

// limitedPage is what varies between the requests of a scan.
type limitedPage struct{ top, skip int64 }

// url writes the address of a page.
func (s *scan) url(page limitedPage) string {
	options := s.options
	if s.filter != "" {
		options = append([]option{{"$filter", s.filter}}, options...)
	}
	if page.top > 0 {
		options = append(slices.Clone(options), option{"$top", strconv.FormatInt(page.top, 10)})
	}
	if page.skip > 0 {
		options = append(slices.Clone(options), option{"$skip", strconv.FormatInt(page.skip, 10)})
	}
	return s.t.on.address(s.t.root.name, options)
}

// address writes the address of an entity with its options, then those that go
// with every request.
func (e *endpoint) address(path string, options []option) string {
	var b strings.Builder
	b.WriteString(e.root + "/" + path)
	sep := byte('?')
	for _, o := range options {
		b.WriteByte(sep)
		b.WriteString(o.name + "=" + escape(o.value))
		sep = '&'
	}
	return e.withQuery(b.String())
}

// withQuery adds the parameters that go with every request.
func (e *endpoint) withQuery(address string) string {
	q := e.set.traits.Query.Encode()
	switch {
	case q == "":
		return address
	case strings.Contains(address, "?"):
		return address + "&" + q
	}
	return address + "?" + q
}

// shown is an address as EXPLAIN and errors print it. The parameters that go with
// every request may be secret whatever their names are.
func (e *endpoint) shown(address string) string {
	for name, values := range e.set.traits.Query {
		for _, v := range values {
			if pair := (url.Values{name: {v}}).Encode(); v != "" {
				address = strings.ReplaceAll(address, pair, url.QueryEscape(name)+"=***")
			}
		}
	}
	return httpx.RedactURL(address)
}

// escape percent-encodes the value of a query option. What reads well and no
// server misreads stays.
var escape = func() func(string) string {
	readable := strings.NewReplacer("+", "%20", "%24", "$", "%2C", ",", "%27", "'", "%28", "(", "%29", ")", "%2F", "/", "%3A", ":", "%3D", "=")
	return func(s string) string { return readable.Replace(url.QueryEscape(s)) }
}()

// header are the headers of a request for JSON.
func (e *endpoint) header() http.Header {
	h := http.Header{"Accept": {"application/json"}}
	for name, values := range e.set.traits.Header {
		h[http.CanonicalHeaderKey(name)] = values
	}
	return h
}
