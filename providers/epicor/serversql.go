package epicor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// sqlTable answers aggregates of a set by SQL on its table in the database,
// through the query designer: ServerSQL=true, for users who have its rights.
//
// A set may show fewer rows than its table holds, and a table of the same name
// may not be the set's at all. So each answer is proven by itself: the statement
// counts its rows too, and the set is asked for the number of rows under the
// same conditions. A set's rows are rows of the table, so that equal numbers are
// equal rows. Where they differ, and where the server reports an error inside of
// its answer, the query is planned anew without SQL, and the table not asked so
// again.
//
// What is asked is what SQL Server, the driver and the wire agree on to the last
// digit: COUNT, and MIN, MAX and SUM of whole numbers, in groups of whole numbers
// and truth values, under comparisons of those and of decimals with constants.
// User-defined columns are in a table of their own and texts have a collation;
// neither is asked for. The shape of requests and answers is a client's word.
type sqlTable struct {
	svc     *odata.Service
	base    string // under which the services lie
	company string
	name    string // Erp.Customer
	off     atomic.Bool
}

// newSQLTable finds the table of a set by the names of its type and service;
// nil if they do not tell.
func newSQLTable(svc *odata.Service, base, company, service string, set *odata.Set) *sqlTable {
	system, rest, _ := strings.Cut(service, ".")
	if company == "" || !strings.HasPrefix(rest, "BO.") || system != "Erp" && system != "Ice" || isView(set) || set.Column("Company") < 0 || !plainName(company) {
		return nil
	}
	typ := set.Type[strings.LastIndexByte(set.Type, '.')+1:]
	if !plainName(typ) {
		return nil
	}
	return &sqlTable{svc: svc, base: base, company: company, name: system + "." + typ}
}

func plainName(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_')
	}) < 0
}

// The services behind it.
const (
	parseMethod   = "/Ice.BO.BAQDesignerSvc/ParseFromSQL"
	executeMethod = "/Ice.BO.DynamicQuerySvc/Execute"
)

// plan answers a request for aggregates; nil if SQL is not to be asked. counted
// is the set's own plan for the number of rows under the same conditions.
func (q *sqlTable) plan(set *odata.Set, r *providers.ScanRequest, counted *providers.ScanPlan) *providers.ScanPlan {
	if q == nil || q.off.Load() || r.Aggregate == nil || len(r.Expand) > 0 || r.Keys != nil || r.Limit > 0 || r.Offset > 0 || counted.Aggregate != providers.Exact {
		return nil
	}
	text, types, err := q.statement(set, r)
	if err != nil {
		return nil
	}
	plan := *counted
	plan.Layout = tuple.NewLayout(types)
	plan.Cost = providers.Cost{Rows: providers.Unknown, Requests: 3, Bytes: providers.Unknown}
	plan.Requests = append([]string{
		"POST " + httpx.RedactURL(q.base+parseMethod) + " " + text, "POST " + httpx.RedactURL(q.base+executeMethod),
	}, counted.Requests...)
	plan.Hints = append(plan.Hints, "ServerSQL: the database aggregates; the number of rows of the set proves that they are the set's")
	plan.Open = func(context.Context, *providers.Budget) (providers.BatchReader, error) {
		return &sqlScan{q: q, text: text, types: types, counted: counted, stats: &httpx.Stats{}}, nil
	}
	return &plan
}

var errNoSQL = errors.New("not asked of the database")

// statement writes the SELECT. Its columns are named by their place, the number
// of rows is the last.
func (q *sqlTable) statement(set *odata.Set, r *providers.ScanRequest) (text string, types []sqltypes.Type, err error) {
	var items, groups []string
	for i, c := range r.Aggregate.GroupBy {
		column, p, err := sqlColumn(set, c)
		if err != nil || !p.Type.Kind.IsInteger() && p.Type.Kind != sqltypes.Bool {
			return "", nil, errNoSQL
		}
		items, groups, types = append(items, column+" as "+alias(i)), append(groups, column), append(types, p.Type)
	}
	for _, call := range r.Aggregate.Calls {
		item, err := sqlCall(set, call)
		if err != nil {
			return "", nil, err
		}
		items, types = append(items, item+" as "+alias(len(items))), append(types, call.Type)
	}
	where := []string{"[T].[Company] = '" + q.company + "'"}
	for _, f := range r.Filter {
		cond, err := sqlCondition(set, f)
		if err != nil {
			return "", nil, err
		}
		where = append(where, cond)
	}
	text = "select " + strings.Join(append(items, "count(*) as "+alias(len(items))), ", ") + " from " + q.name + " as [T] where " + strings.Join(where, " and ")
	if groups != nil {
		text += " group by " + strings.Join(groups, ", ")
	}
	return text, types, nil
}

func alias(i int) string { return "[C" + strconv.Itoa(i) + "]" }

// sqlColumn is a column that is in the set's table of the database: no
// user-defined one, and none whose name in the metadata is another.
func sqlColumn(set *odata.Set, c int) (string, *odata.Property, error) {
	p := &set.Properties[c]
	if p.Input || p.Edm == "" || len(p.Path) != 1 || p.Aliases != nil || strings.HasSuffix(p.Name, "_c") || !plainName(p.Name) {
		return "", nil, errNoSQL
	}
	return "[T].[" + p.Name + "]", p, nil
}

func sqlCall(set *odata.Set, call providers.AggregateCall) (string, error) {
	if call.Column < 0 {
		return "count(*)", nil
	}
	column, p, err := sqlColumn(set, call.Column)
	whole := err == nil && p.Type.Kind.IsInteger()
	switch {
	case err != nil || call.Distinct && !whole || p.Edm == "Edm.String":
	case call.Func == "COUNT" && call.Distinct:
		return "count(distinct " + column + ")", nil
	case call.Func == "COUNT":
		return "count(" + column + ")", nil
	case whole && !call.Distinct && (call.Func == "MIN" || call.Func == "MAX" || call.Func == "SUM"):
		// A sum that the column's type cannot hold is the server's error.
		return strings.ToLower(call.Func) + "(" + column + ")", nil
	}
	return "", errNoSQL
}

// sqlCondition writes a condition whose three-valued logic is SQL's own.
func sqlCondition(set *odata.Set, e providers.Expr) (string, error) {
	c, ok := e.(*providers.Call)
	if !ok {
		return "", errNoSQL
	}
	switch c.Func {
	case providers.And, providers.Or, providers.Not:
		var parts []string
		for _, a := range c.Args {
			part, err := sqlCondition(set, a)
			if err != nil {
				return "", err
			}
			parts = append(parts, part)
		}
		if c.Func == providers.Not {
			return "not (" + parts[0] + ")", nil
		}
		return "(" + strings.Join(parts, " "+strings.ToLower(string(c.Func))+" ") + ")", nil
	case providers.In:
		var parts []string
		for _, a := range c.Args[1:] {
			part, err := sqlComparison(set, c.Args[0], "=", a)
			if err != nil {
				return "", err
			}
			parts = append(parts, part)
		}
		return "(" + strings.Join(parts, " or ") + ")", nil
	case providers.Eq, providers.Ne, providers.Lt, providers.Le, providers.Gt, providers.Ge:
		if _, isConst := c.Args[0].(*providers.Const); isConst {
			return sqlComparison(set, c.Args[1], map[providers.Func]string{
				providers.Eq: "=", providers.Ne: "<>", providers.Lt: ">", providers.Le: ">=", providers.Gt: "<", providers.Ge: "<="}[c.Func], c.Args[0])
		}
		return sqlComparison(set, c.Args[0], string(c.Func), c.Args[1])
	}
	return "", errNoSQL
}

func sqlComparison(set *odata.Set, column providers.Expr, operator string, constant providers.Expr) (string, error) {
	ref, isColumn := column.(*providers.ColumnRef)
	k, isConst := constant.(*providers.Const)
	if !isColumn || !isConst || k.Value.Null {
		return "", errNoSQL
	}
	name, p, err := sqlColumn(set, ref.Column)
	if err != nil {
		return "", err
	}
	switch kind := p.Type.Kind; {
	case kind.IsInteger() && k.Value.Kind.IsInteger(), kind == sqltypes.Decimal && (k.Value.Kind == sqltypes.Decimal || k.Value.Kind.IsInteger()):
		return name + " " + operator + " " + k.Value.Text(), nil
	case kind == sqltypes.Bool && k.Value.Kind == sqltypes.Bool && (operator == "=" || operator == "<>"):
		return name + " " + operator + " " + strconv.FormatInt(k.Value.I, 10), nil
	}
	return "", errNoSQL
}

// sqlScan runs a statement. It is a BatchReader.
type sqlScan struct {
	q       *sqlTable
	text    string
	types   []sqltypes.Type
	counted *providers.ScanPlan
	stats   *httpx.Stats
	rows    providers.BatchReader // nil until the answer is there
}

// Next gives the groups.
func (s *sqlScan) Next(ctx context.Context, out *tuple.Batch) error {
	if s.rows == nil {
		rows, err := s.run(ctx)
		if err != nil {
			return err
		}
		s.rows = rows
	}
	return s.rows.Next(ctx, out)
}

func (s *sqlScan) run(ctx context.Context) (providers.BatchReader, error) {
	design, err := s.parse(ctx)
	if err != nil {
		return nil, err
	}
	rows, counts, err := s.execute(ctx, design)
	if err != nil {
		return nil, err
	}
	n, _, err := countOf(ctx, s.counted)
	switch {
	case err != nil:
		return nil, err
	case n != counts:
		return nil, s.refused(&providers.Error{Kind: providers.KindUnsupported, Message: fmt.Sprintf(
			"the table %s holds %d rows where the set has %d", s.q.name, counts, n)})
	}
	columns := make([]providers.Column, len(s.types))
	for i, t := range s.types {
		columns[i].Type = t
	}
	return providers.NewResultSet(columns, rows...).Rows, nil
}

// refused gives up SQL for the table: the query is planned anew without.
func (s *sqlScan) refused(e *providers.Error) error {
	s.q.off.Store(true)
	e.Refused, e.Message = true, "ServerSQL: "+e.Message
	return e
}

// parse has the server turn the statement into a query's design. A blank QueryID
// or a missing RowMod would fail later and without a reason.
func (s *sqlScan) parse(ctx context.Context) ([]member, error) {
	body := map[string]any{"ds": map[string]any{"DynamicQueryDesigner": []any{map[string]any{"QueryID": "AdHoc", "DisplayPhrase": s.text, "RowMod": "A"}}}}
	members, err := s.post(ctx, parseMethod, body)
	if err != nil {
		return nil, err
	}
	outputs, _ := membersOf(memberOf(members, outParameters))
	design, ok := membersOf(memberOf(outputs, "ds"))
	if !ok || len(design) == 0 {
		return nil, s.refused(&providers.Error{Kind: providers.KindResponse, Message: "ParseFromSQL gave no query"})
	}
	return design, nil
}

// execute runs a design, the names of whose tables end in Designer there and do
// not here. An answer of 200 with Errors inside has failed.
func (s *sqlScan) execute(ctx context.Context, design []member) (rows [][]sqltypes.Value, counted int64, err error) {
	query := map[string]json.RawMessage{}
	for _, t := range design {
		query[strings.TrimSuffix(t.name, "Designer")] = t.raw
	}
	none := []any{}
	body := map[string]any{"queryDS": query, "executionParams": map[string]any{
		"ExecutionFilter": none, "ExecutionParameter": none, "ExecutionValueSetItems": none, "ExtensionTables": none,
		"ExecutionSetting": []any{map[string]string{"Name": "PageSize", "Value": "0"}, map[string]string{"Name": "PageNum", "Value": "1"}},
	}}
	members, err := s.post(ctx, executeMethod, body)
	if err != nil {
		return nil, 0, err
	}
	result, ok := membersOf(memberOf(members, returnObj))
	var failures []struct{ ErrorText string }
	if raw := memberOf(result, "Errors"); raw != nil && json.Unmarshal(raw, &failures) != nil || !ok {
		return nil, 0, s.refused(&providers.Error{Kind: providers.KindResponse, Message: "Execute gave no result"})
	}
	if len(failures) > 0 {
		return nil, 0, s.refused(&providers.Error{Kind: providers.KindServer, Message: oneLine(failures[0].ErrorText)})
	}
	groups, ok := rowsIn(memberOf(result, "Results"), &shape{columns: []providers.Column{}})
	if !ok {
		return nil, 0, s.refused(&providers.Error{Kind: providers.KindResponse, Message: "Execute gave no rows"})
	}
	for _, g := range groups {
		row := make([]sqltypes.Value, len(s.types))
		for i := range row {
			if row[i], err = s.value(g, i, s.types[i]); err != nil {
				return nil, 0, err
			}
		}
		n, err := s.value(g, len(s.types), sqltypes.Of(sqltypes.BigInt))
		if err != nil {
			return nil, 0, err
		}
		rows, counted = append(rows, row), counted+n.I
	}
	return rows, counted, nil
}

// value reads a column of a result, which is named by its alias, perhaps behind
// that of a table.
func (s *sqlScan) value(row []member, i int, t sqltypes.Type) (sqltypes.Value, error) {
	name := "C" + strconv.Itoa(i)
	for _, m := range row {
		if m.name != name && !strings.HasSuffix(m.name, "_"+name) {
			continue
		}
		if isNull(m.raw) {
			return sqltypes.NullOf(t.Kind), nil
		}
		if v, ok := scalar(m.raw, t, false); ok {
			return v, nil
		}
	}
	return sqltypes.Value{}, s.refused(&providers.Error{Kind: providers.KindResponse, Message: "a result has no " + t.String() + " in column " + name})
}

func (s *sqlScan) post(ctx context.Context, method string, body any) ([]member, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, &providers.Error{Kind: providers.KindOther, Message: err.Error(), Err: err}
	}
	t := &s.q.svc.Traits
	h := t.Header.Clone()
	h.Set("Content-Type", "application/json")
	address := s.q.base + method
	if q := t.Query.Encode(); q != "" {
		address += "?" + q
	}
	resp, err := s.q.svc.Client.Do(ctx, &httpx.Request{Method: http.MethodPost, URL: address, Header: h, Body: raw, Idempotent: httpx.IdempotentAlways, Stats: s.stats})
	if err != nil {
		return nil, odata.TransportError(ctx, err)
	}
	defer resp.Release()
	if resp.Status != http.StatusOK {
		e := t.StatusError(resp)
		if e.Kind == providers.KindAuthentication || e.Kind == providers.KindSession || e.Kind == providers.KindRateLimit {
			return nil, e
		}
		return nil, s.refused(e)
	}
	members, ok := membersOf(resp.Body)
	if !ok {
		return nil, s.refused(&providers.Error{Kind: providers.KindResponse, Status: resp.Status, RequestID: resp.RequestID, Message: "the answer of " + method + " is no JSON object"})
	}
	return members, nil
}

// Close ends the scan.
func (s *sqlScan) Close() error {
	if s.rows == nil {
		s.rows = providers.NewResultSet(nil).Rows
	}
	return s.rows.Close()
}

// Stats tells what the scan cost, the count of the set left out.
func (s *sqlScan) Stats() providers.ScanStats {
	return providers.ScanStats{Requests: s.stats.Requests.Load(), Retries: s.stats.Retries.Load(), Bytes: s.stats.Bytes.Load()}
}
