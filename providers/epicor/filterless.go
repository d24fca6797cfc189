package epicor

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// boTable is a set of a business object. When the server refuses a condition, a
// probe tells whether the set refuses all of them; then conditions go to the
// method GetRows, and the set is asked for none any more, those of paging
// included. Metadata that says so at once spares the probe.
type boTable struct {
	*odata.Table
	service *service
	sql     *sqlTable // nil unless the database is to aggregate

	mu     sync.Mutex
	probed bool
	rows   *rowsMethod  // nil while the set is taken to filter, or has no GetRows
	plain  *odata.Table // the set without any condition; nil while it is taken to filter
}

// Plan answers a request.
func (t *boTable) Plan(ctx context.Context, r *providers.ScanRequest) (*providers.ScanPlan, error) {
	plan, err := t.plan(ctx, r)
	if err != nil {
		return nil, err
	}
	if hint := elsewhere(t.Info(), t.service.catalog.companies, r.Filter); hint != "" {
		plan.Hints = append(slices.Clone(plan.Hints), hint)
	}
	return plan, nil
}

func (t *boTable) plan(ctx context.Context, r *providers.ScanRequest) (*providers.ScanPlan, error) {
	t.mu.Lock()
	rows, plain := t.rows, t.plain
	t.mu.Unlock()
	if plain == nil {
		plan, err := t.Table.Plan(ctx, r)
		if err != nil {
			return nil, err
		}
		if r.Aggregate != nil && plan.Aggregate != providers.Exact {
			bySQL, err := t.aggregate(ctx, r)
			if bySQL != nil || err != nil {
				return bySQL, err
			}
		}
		t.watch(plan)
		return plan, nil
	}
	if rows != nil && !t.Service().Traits.NoPushdown {
		if plan := rows.plan(r); plan != nil {
			return plan, nil
		}
	}
	return plain.Plan(ctx, r)
}

// aggregate answers by SQL what the set itself cannot; nil if it is not to.
func (t *boTable) aggregate(ctx context.Context, r *providers.ScanRequest) (*providers.ScanPlan, error) {
	if t.sql == nil || t.Service().Traits.NoPushdown {
		return nil, nil
	}
	counted, err := t.Table.Plan(ctx, &providers.ScanRequest{Filter: r.Filter, Aggregate: &providers.Aggregate{
		Calls: []providers.AggregateCall{{Func: "COUNT", Column: -1, Type: sqltypes.Of(sqltypes.BigInt)}}}})
	if err != nil {
		return nil, err
	}
	return t.sql.plan(t.Set(), r, counted), nil
}

// watch looks at the errors of a scan.
func (t *boTable) watch(plan *providers.ScanPlan) {
	open := plan.Open
	filtered := slices.ContainsFunc(plan.Requests, func(r string) bool { return strings.Contains(r, "$filter=") })
	plan.Open = func(ctx context.Context, b *providers.Budget) (providers.BatchReader, error) {
		reader, err := open(ctx, b)
		if err != nil {
			return nil, err
		}
		return &watched{BatchReader: reader, t: t, filtered: filtered}, nil
	}
}

type watched struct {
	providers.BatchReader
	t        *boTable
	filtered bool // from the first page on
	given    bool
}

func (w *watched) Next(ctx context.Context, out *tuple.Batch) error {
	err := w.BatchReader.Next(ctx, out)
	if err == nil {
		w.given = true
		return nil
	}
	var e *providers.Error
	if !errors.As(err, &e) || !refusal(e.Status) || !w.given && !w.filtered || !w.t.refuses(ctx) {
		return err
	}
	told := *e
	// Before the first row, the query can be planned again.
	told.Refused, told.Retryable = !w.given, true
	return &told
}

// Stats tells what the scan cost.
func (w *watched) Stats() providers.ScanStats {
	if s, ok := w.BatchReader.(providers.StatsReader); ok {
		return s.Stats()
	}
	return providers.ScanStats{}
}

func refusal(status int) bool {
	return status == http.StatusBadRequest || status == http.StatusInternalServerError || status == http.StatusNotImplemented
}

// refuses finds out, once, whether the set refuses even a condition that every
// row satisfies, though it gives a row without one.
func (t *boTable) refuses(ctx context.Context) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.probed {
		return t.plain != nil
	}
	condition := t.trivial()
	if condition == "" {
		return false
	}
	with := t.probe(ctx, condition)
	if t.probed = with == http.StatusOK; !refusal(with) || t.probe(ctx, "") != http.StatusOK {
		return false
	}
	t.probed = true
	t.withoutFilter(ctx)
	return t.plain != nil
}

// probe asks for one row and returns the status of the answer, 0 if there is
// none.
func (t *boTable) probe(ctx context.Context, condition string) int {
	svc := t.Service()
	q := url.Values{"$top": {"1"}}
	if condition != "" {
		q.Set("$filter", condition)
	}
	for name, values := range svc.Traits.Query {
		q[name] = values
	}
	resp, err := svc.Client.Do(ctx, &httpx.Request{URL: svc.Root + "/" + url.PathEscape(t.Info().Name) + "?" + q.Encode(), Header: svc.Traits.Header.Clone()})
	if err != nil {
		return 0
	}
	defer resp.Release()
	return resp.Status
}

// trivial is a condition on the key that is true of every row.
func (t *boTable) trivial() string {
	set := t.Set()
	for _, k := range set.Key {
		switch p := &set.Properties[k.Property]; {
		case p.Name == "Company": // a condition on it may be part of every address
		case p.Type.Kind.IsInteger():
			return p.Wire() + " ge 0 or " + p.Wire() + " lt 0"
		case p.Type.Kind == sqltypes.Varchar:
			return p.Wire() + " ne null"
		}
	}
	return ""
}

// withoutFilter makes what the set is read by from now on.
func (t *boTable) withoutFilter(ctx context.Context) {
	rows, err := t.service.catalog.rowsMethod(ctx, t.service.name, t.Service(), t.Set())
	if err != nil {
		return
	}
	set := *t.Set()
	set.Properties = slices.Clone(set.Properties)
	for i := range set.Properties {
		set.Properties[i].NoFilter = true
	}
	t.rows, t.plain = rows, odata.NewTable(t.Service(), t.service.model, &set, odata.TableOptions{Schema: t.service.name, View: isView(&set)})
}
