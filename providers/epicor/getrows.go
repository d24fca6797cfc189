package epicor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/internal/jsonpage"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// rowsMethod reads the primary table of a service by its method GetRows, for
// sets that do not filter: the condition goes into the argument
// whereClause{Table}, those of the other tables stay blank, as clients of the
// product send them.
//
// Nothing but comparisons of columns with constants is asked of a where clause,
// and all of it is checked again: what is known of them is how clients use them.
// Pages go by conditions on the key where that is a run of whole numbers, so
// that rows that move are neither lost nor doubled; else all rows come in one
// answer, for absolutePage counts from 0 or from 1, nobody tells for sure. In
// either case the end is an answer without a row.
type rowsMethod struct {
	svc       *odata.Service
	set       *odata.Set
	address   string
	table     string   // of the tableset
	arguments []string // that are blank: the where clauses
}

// whereClause begins the names of the arguments.
const whereClauseArgument = "whereClause"

// rowsMethod finds the method of a service's primary table; nil if there is
// none, or if its rows are not those of the set: columns that are renamed in the
// metadata have their plain names in a method's answer.
func (c *catalog) rowsMethod(ctx context.Context, service string, svc *odata.Service, set *odata.Set) (*rowsMethod, error) {
	for i := range set.Properties {
		if set.Properties[i].Aliases != nil {
			return nil, nil
		}
	}
	s, err := c.procedures(ctx, service)
	if err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		return nil, nil
	}
	m := &rowsMethod{svc: svc, set: set, address: svc.Root + "/GetRows", table: set.Type[strings.LastIndexByte(set.Type, '.')+1:]}
	for _, p := range s.methods {
		if p.info.Name != "GetRows" {
			continue
		}
		for _, a := range p.info.Parameters {
			if strings.HasPrefix(a.Name, whereClauseArgument) {
				m.arguments = append(m.arguments, a.Name)
			}
		}
	}
	if len(m.arguments) == 0 || m.arguments[0] != whereClauseArgument+m.table {
		return nil, nil
	}
	return m, nil
}

// plan answers a request whose conditions the set would refuse; nil if a where
// clause can take none of them.
func (m *rowsMethod) plan(r *providers.ScanRequest) *providers.ScanPlan {
	if r.Aggregate != nil || len(r.Expand) > 0 || len(r.Filter) == 0 || r.Keys != nil && r.Keys.Tuples != nil {
		return nil
	}
	for _, c := range r.Columns {
		if p := &m.set.Properties[c]; p.Name == odata.ETagColumn || len(p.Path) != 1 {
			return nil // a method's answer has no such member
		}
	}
	plan := &providers.ScanPlan{
		Filter: make([]providers.Verdict, len(r.Filter)), Reasons: make([]string, len(r.Filter)),
		Cost: providers.Cost{Rows: providers.Unknown, Requests: providers.Unknown, Bytes: providers.Unknown},
	}
	var where []string
	for i, f := range r.Filter {
		text, err := m.clause(f)
		if err != nil {
			plan.Reasons[i] = err.Error()
			continue
		}
		where = append(where, text)
		plan.Filter[i], plan.Reasons[i] = providers.Superset, "a where clause of GetRows is checked again"
	}
	if len(where) == 0 {
		return nil
	}
	if plan.Order = providers.Exact; len(r.Order) > 0 {
		plan.Order, plan.OrderReason = providers.None, "GetRows sorts by what its where clause says, and the driver by SQL's rules"
	}
	s := &rowsScan{m: m, where: strings.Join(where, " AND "), key: m.key(), size: m.svc.Traits.PageSize}
	if r.RowHint > 0 {
		s.size = int(min(int64(s.size), r.RowHint))
	}
	var identity []int
	for _, k := range m.set.Key {
		identity = append(identity, k.Property)
	}
	if s.key >= 0 {
		identity = []int{s.key}
	}
	s.result = jsonpage.Projection{Layout: tuple.NewLayout(types(m.set, r.Columns)), Paths: paths(m.set, r.Columns)}
	s.identity = jsonpage.Projection{Layout: tuple.NewLayout(types(m.set, identity)), Paths: paths(m.set, identity)}
	plan.Layout = s.result.Layout
	plan.Requests = []string{"POST " + httpx.RedactURL(m.address) + " " + string(s.body())}
	plan.Hints = []string{"the set does not filter: its service's GetRows does"}
	plan.Open = func(_ context.Context, b *providers.Budget) (providers.BatchReader, error) {
		fresh := *s
		fresh.stats, fresh.budget = &httpx.Stats{}, b
		if err := fresh.start(); err != nil {
			return nil, err
		}
		return &fresh, nil
	}
	return plan
}

func types(set *odata.Set, columns []int) []sqltypes.Type {
	out := make([]sqltypes.Type, len(columns))
	for i, c := range columns {
		out[i] = set.Properties[c].Type
	}
	return out
}

func paths(set *odata.Set, columns []int) [][]string {
	out := make([][]string, len(columns))
	for i, c := range columns {
		out[i] = set.Properties[c].Path
	}
	return out
}

// key is the position of the one key column behind the company if it is a whole
// number, by which rows can be asked for behind a row; else -1.
func (m *rowsMethod) key() int {
	keys := m.set.Key
	if len(keys) > 0 && m.set.Properties[keys[0].Property].Name == "Company" {
		keys = keys[1:]
	}
	if len(keys) != 1 {
		return -1
	}
	p := &m.set.Properties[keys[0].Property]
	if !p.Type.Kind.IsInteger() || p.Nullable {
		return -1
	}
	return keys[0].Property
}

var errNoClause = errors.New("a where clause of GetRows takes comparisons of columns with constants alone")

// clause writes a condition. Rows that pass it in the database pass it here or
// are dropped by the check: that needs no more of the database than that it
// compares numbers as numbers, and finds a text that is the same.
func (m *rowsMethod) clause(e providers.Expr) (string, error) {
	c, ok := e.(*providers.Call)
	if !ok {
		return "", errNoClause
	}
	switch c.Func {
	case providers.And, providers.Or:
		var parts []string
		for _, a := range c.Args {
			part, err := m.clause(a)
			if err != nil {
				return "", err
			}
			parts = append(parts, part)
		}
		return "(" + strings.Join(parts, " "+string(c.Func)+" ") + ")", nil
	case providers.In:
		var parts []string
		for _, a := range c.Args[1:] {
			part, err := m.comparison(c.Args[0], "=", a)
			if err != nil {
				return "", err
			}
			parts = append(parts, part)
		}
		return "(" + strings.Join(parts, " OR ") + ")", nil
	case providers.Eq, providers.Lt, providers.Le, providers.Gt, providers.Ge:
		if _, isConst := c.Args[0].(*providers.Const); isConst {
			return m.comparison(c.Args[1], string(c.Func.Mirrored()), c.Args[0])
		}
		return m.comparison(c.Args[0], string(c.Func), c.Args[1])
	}
	return "", errNoClause
}

func (m *rowsMethod) comparison(column providers.Expr, operator string, constant providers.Expr) (string, error) {
	ref, isColumn := column.(*providers.ColumnRef)
	k, isConst := constant.(*providers.Const)
	if !isColumn || !isConst || k.Value.Null || ref.Column >= len(m.set.Properties) {
		return "", errNoClause
	}
	p := &m.set.Properties[ref.Column]
	var value string
	switch kind := p.Type.Kind; {
	case kind.IsInteger() && k.Value.Kind.IsInteger():
		value = strconv.FormatInt(k.Value.I, 10)
	case kind == sqltypes.Decimal && (k.Value.Kind == sqltypes.Decimal || k.Value.Kind.IsInteger()):
		value = k.Value.Text()
	case kind == sqltypes.Bool && k.Value.Kind == sqltypes.Bool && operator == "=":
		value = strconv.FormatBool(k.Value.I != 0)
	case kind == sqltypes.Varchar && k.Value.Kind == sqltypes.Varchar && operator == "=" && ordinary(k.Value.S):
		value = "'" + k.Value.S + "'"
	default:
		return "", fmt.Errorf("nobody tells how a where clause of GetRows compares %s", ref)
	}
	return p.Name + " " + operator + " " + value, nil
}

// ordinary texts mean the same in every dialect of where clauses.
func ordinary(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '.')
	})
}

// rowsScan reads what a where clause finds. It is a BatchReader.
type rowsScan struct {
	m     *rowsMethod
	where string
	key   int // by which pages go, -1 for all rows at once
	size  int

	result, identity jsonpage.Projection
	scanner          *jsonpage.Scanner
	rows, ids        *jsonpage.RowDecoder
	id               *tuple.Batch

	stats       *httpx.Stats
	budget      *providers.Budget
	reserved    int64            // of it, for rows whose end is not proven
	first, last []sqltypes.Value // identity of the first row of all, and of the last
	got         int64
	page        int
	over        bool
	held        []*tuple.Batch // rows whose end is not proven
	ready       []*tuple.Batch
}

func (s *rowsScan) start() error {
	var err error
	shape := jsonpage.Shape{Path: []string{returnObj, s.m.table}}
	if s.scanner, err = jsonpage.NewScanner(s.identity.Members(s.result.Members(nil)), jsonpage.Options{Shape: shape}); err != nil {
		return err
	}
	zone := s.m.svc.Traits.Zone
	if s.rows, err = jsonpage.NewRowDecoder(s.scanner, &s.result, zone); err != nil {
		return err
	}
	s.id = tuple.NewBatch(s.identity.Layout)
	s.ids, err = jsonpage.NewRowDecoder(s.scanner, &s.identity, zone)
	return err
}

// body is the next request: a page of rows behind the last one; or all rows, and
// then what is behind them.
func (s *rowsScan) body() []byte {
	where, size, page := s.where, s.size, 0
	if s.key >= 0 {
		name := s.m.set.Properties[s.key].Name
		if s.last != nil {
			where = "(" + where + ") AND " + name + " > " + strconv.FormatInt(s.last[0].I, 10)
		}
		where += " BY " + name
	} else {
		size, page = int(s.got), s.page
	}
	args := map[string]any{"pageSize": size, "absolutePage": page}
	for _, a := range s.m.arguments {
		args[a] = ""
	}
	args[s.m.arguments[0]] = where
	raw, err := json.Marshal(args)
	if err != nil {
		return nil // texts and numbers cannot fail
	}
	return raw
}

// Next gives the rows of a page; see providers.BatchReader.
func (s *rowsScan) Next(ctx context.Context, out *tuple.Batch) error {
	for len(s.ready) == 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		if s.over {
			return io.EOF
		}
		if err := s.read(ctx); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	*out, *s.ready[0] = *s.ready[0], *out
	s.ready = s.ready[1:]
	return nil
}

// read gets one answer.
func (s *rowsScan) read(ctx context.Context) error {
	svc := s.m.svc
	h := svc.Traits.Header.Clone()
	h.Set("Content-Type", "application/json")
	address := s.m.address
	if q := svc.Traits.Query.Encode(); q != "" {
		address += "?" + q
	}
	resp, err := svc.Client.Do(ctx, &httpx.Request{
		Method: http.MethodPost, URL: address, Header: h, Body: s.body(), Idempotent: httpx.IdempotentAlways, Stats: s.stats,
	})
	if err != nil {
		return odata.TransportError(ctx, err)
	}
	defer resp.Release()
	if resp.Status != http.StatusOK {
		e := svc.Traits.StatusError(resp)
		e.Refused = e.Status == http.StatusBadRequest || e.Status == http.StatusInternalServerError || e.Status == http.StatusNotImplemented
		return e
	}
	before := s.got
	batches, first, err := s.decode(resp)
	switch {
	case err != nil:
		return err
	case s.key >= 0:
		s.ready, s.over = batches, s.got == before
	case before == 0:
		s.held, s.page, s.over = batches, 1, s.got == 0
		size := int64(0)
		for _, b := range batches {
			size += int64(b.Bytes())
		}
		if err := s.budget.Reserve("the rows of GetRows", size); err != nil {
			return err
		}
		s.reserved = size
		if more(resp.Body) {
			return s.cut()
		}
	case s.got == before:
		s.ready, s.held, s.over = s.held, nil, true
	case s.page == 1 && slices.EqualFunc(first, s.first, same):
		// The pages count from 1, and this one was the first once more.
		s.got, s.page = before, 2
	default:
		return s.cut()
	}
	return nil
}

// decode reads the rows of an answer. By a key, they must come in its order and
// behind the last one.
func (s *rowsScan) decode(resp *httpx.Response) (batches []*tuple.Batch, first []sqltypes.Value, err error) {
	s.scanner.Reset(resp.Body)
	b := tuple.NewBatch(s.result.Layout)
	for s.scanner.Next() {
		s.id.Reset()
		if err := s.ids.Append(s.id); err != nil {
			return nil, nil, s.unusable(resp, err)
		}
		id := make([]sqltypes.Value, s.identity.Layout.Columns())
		for i := range id {
			id[i] = s.identity.Layout.Value(s.id.Row(0), i)
		}
		if s.key >= 0 && s.last != nil && (id[0].Null || id[0].I <= s.last[0].I) {
			return nil, nil, &providers.Error{Kind: providers.KindResponse, Refused: true, Status: resp.Status, RequestID: resp.RequestID, Message: fmt.Sprintf(
				"GetRows of %s does not keep to its where clause: a row comes that is not behind the last one", s.m.table)}
		}
		if first == nil {
			first = id
		}
		if s.got++; s.first == nil {
			s.first = id
		}
		s.last = id
		if b.Len() >= tuple.TargetRows {
			batches = append(batches, b)
			b = tuple.NewBatch(s.result.Layout)
		}
		if err := s.rows.Append(b); err != nil {
			return nil, nil, s.unusable(resp, err)
		}
	}
	if err := s.scanner.Err(); err != nil {
		return nil, nil, s.unusable(resp, err)
	}
	if b.Len() > 0 {
		batches = append(batches, b)
	}
	return batches, first, nil
}

func same(a, b sqltypes.Value) bool {
	return a.Null == b.Null && (a.Null || sqltypes.Compare(a, b) == 0)
}

func (s *rowsScan) unusable(resp *httpx.Response, err error) error {
	return &providers.Error{Kind: providers.KindResponse, Status: resp.Status, RequestID: resp.RequestID, Err: err,
		Message: fmt.Sprintf("the answer of GetRows of %s: %v", s.m.table, err)}
}

// more says whether an answer tells of further pages. Those that clients have
// seen are spelt in three ways.
func more(body []byte) bool {
	members, _ := membersOf(body)
	outputs, _ := membersOf(memberOf(members, outParameters))
	for _, name := range [...]string{"morePages", "morePage", "MorePages"} {
		if string(memberOf(outputs, name)) == "true" {
			return true
		}
	}
	return false
}

func (s *rowsScan) cut() error {
	return &providers.Error{Kind: providers.KindUnsupported, Refused: true, Message: fmt.Sprintf(
		"GetRows of %s does not give all rows at once, and there is no number by which to go on behind the last one; narrow the query, or raise the limit at the server", s.m.table)}
}

// Close ends the scan.
func (s *rowsScan) Close() error {
	s.over, s.ready, s.held = true, nil, nil
	s.budget.Release(s.reserved)
	s.reserved = 0
	return nil
}

// Stats tells what the scan cost so far.
func (s *rowsScan) Stats() providers.ScanStats {
	return providers.ScanStats{Requests: s.stats.Requests.Load(), Retries: s.stats.Retries.Load(), Bytes: s.stats.Bytes.Load()}
}
