package epicor

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
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
// digit: see sql_statement.go. The shape of requests and answers is a client's
// word, and what is not known of the form of a value is not guessed: a decimal
// that may have been through floating point, an instant whose zone is not told
// and a text that may be null are no answer, and their column not asked for again.
type sqlTable struct {
	svc     *odata.Service
	base    string // under which the services lie
	company string
	name    string // Erp.Customer
	off     atomic.Bool
	doubted sync.Map // names of columns whose values were no answer
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
	statement, err := q.statement(set, r)
	if err != nil {
		return nil
	}
	plan := *counted
	plan.Layout = tuple.NewLayout(statement.types())
	plan.Cost = providers.Cost{Rows: providers.Unknown, Requests: 3, Bytes: providers.Unknown}
	plan.Requests = append([]string{
		"POST " + httpx.RedactURL(q.base+parseMethod) + " " + statement.text, "POST " + httpx.RedactURL(q.base+executeMethod),
	}, counted.Requests...)
	plan.Hints = append(plan.Hints, "ServerSQL: the database aggregates; the number of rows of the set proves that they are the set's")
	plan.Open = func(context.Context, *providers.Budget) (providers.BatchReader, error) {
		return &sqlScan{q: q, statement: statement, counted: counted, stats: &httpx.Stats{}}, nil
	}
	return &plan
}

// sqlScan runs a statement. It is a BatchReader.
type sqlScan struct {
	q         *sqlTable
	statement *sqlStatement
	counted   *providers.ScanPlan
	stats     *httpx.Stats
	rows      providers.BatchReader // nil until the answer is there
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
	types := s.statement.types()
	columns := make([]providers.Column, len(types))
	for i, t := range types {
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

// doubt gives up SQL for a column: the query is planned anew without.
func (s *sqlScan) doubt(column, why string) error {
	s.q.doubted.Store(column, true)
	return &providers.Error{Kind: providers.KindResponse, Refused: true, Message: fmt.Sprintf("ServerSQL: %s of %s: %s", column, s.q.name, why)}
}

// parse has the server turn the statement into a query's design. A blank QueryID
// or a missing RowMod would fail later and without a reason.
func (s *sqlScan) parse(ctx context.Context) ([]member, error) {
	body := map[string]any{"ds": map[string]any{"DynamicQueryDesigner": []any{map[string]any{"QueryID": "AdHoc", "DisplayPhrase": s.statement.text, "RowMod": "A"}}}}
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
	keys := map[string]bool{}
	for _, g := range groups {
		row, key := make([]sqltypes.Value, len(s.statement.outputs)), ""
		for i := range row {
			o := &s.statement.outputs[i]
			if row[i], err = s.value(g, o); err != nil {
				return nil, 0, err
			}
			if o.group {
				key += row[i].String() + "\x00"
			}
		}
		if keys[key] {
			return nil, 0, s.doubt(s.statement.outputs[0].column, "two groups have come that are one, as values do whose last digits are not sent")
		}
		keys[key] = true
		n, err := s.number(g, s.statement.items-1)
		if err != nil {
			return nil, 0, err
		}
		rows, counted = append(rows, row), counted+n
	}
	return rows, counted, nil
}

// item finds a column of a result, which is named by its alias, perhaps behind
// that of a table.
func (s *sqlScan) item(row []member, i int) (json.RawMessage, error) {
	name := "C" + strconv.Itoa(i)
	for _, m := range row {
		if m.name == name || strings.HasSuffix(m.name, "_"+name) {
			return m.raw, nil
		}
	}
	return nil, s.refused(&providers.Error{Kind: providers.KindResponse, Message: "a result has no column " + name})
}

// number reads a number of rows.
func (s *sqlScan) number(row []member, i int) (int64, error) {
	raw, err := s.item(row, i)
	if err != nil {
		return 0, err
	}
	if v, ok := scalar(raw, sqltypes.Of(sqltypes.BigInt), false); ok && !isNull(raw) {
		return v.I, nil
	}
	return 0, s.refused(&providers.Error{Kind: providers.KindResponse, Message: fmt.Sprintf("a result has no number in column C%d", i)})
}

// value reads what an output shows.
func (s *sqlScan) value(row []member, o *sqlOutput) (sqltypes.Value, error) {
	raw, err := s.item(row, o.item)
	if err != nil {
		return sqltypes.Value{}, err
	}
	if isNull(raw) {
		if o.text() {
			return sqltypes.Value{}, s.doubt(o.column, "a text is null in the table, for which the set may show a blank one")
		}
		return sqltypes.NullOf(o.typ.Kind), nil
	}
	if o.mean {
		n, err := s.number(row, o.item+1)
		if err != nil {
			return sqltypes.Value{}, err
		}
		sum, ok := scalar(raw, sqltypes.Of(sqltypes.Decimal), false)
		if !ok || !o.certain(raw) {
			return sqltypes.Value{}, s.doubt(o.column, "the sum is no number that can be relied on")
		}
		mean, err := sum.D.Quo(sqltypes.NumFromInt(n))
		if err != nil {
			return sqltypes.Value{}, s.doubt(o.column, err.Error())
		}
		return sqltypes.NumValue(mean), nil
	}
	v, ok := o.read(raw)
	if !ok {
		return sqltypes.Value{}, s.doubt(o.column, fmt.Sprintf("what has come is no %s that can be relied on", o.typ))
	}
	return v, nil
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
