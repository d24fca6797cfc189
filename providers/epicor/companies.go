package epicor

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// companyTable is a set of several companies, each of which has an address of
// its own in v2. The rows of a company are those that its own address gives;
// what an address gives of companies that the connection does not name, such as
// rows that all companies share, comes once, whichever address it comes from.
//
// A condition "Company = …" or "Company IN (…)" leaves only the addresses to be
// asked that can have such rows. With one left, its set answers as if it were
// alone; rows of several come one company after the other, and sorting, limits
// and aggregates of them are the driver's.
type companyTable struct {
	info      *providers.TableInfo
	companies []string
	tables    []*boTable // of each
	column    int        // that holds the company
	identity  []int      // by which a shared row is known again
}

// newCompanyTable joins the tables of several companies. It returns nil for a
// set that does not tell companies apart: it is read in the first one.
func newCompanyTable(companies []string, tables []*boTable) *companyTable {
	t := &companyTable{info: tables[0].Info(), companies: companies, tables: tables}
	if t.column = t.info.Find("Company"); t.column < 0 {
		return nil
	}
	t.identity = t.info.Key
	for c := range t.info.Columns {
		if len(t.info.Key) == 0 && !t.info.Columns[c].Input {
			t.identity = append(t.identity, c)
		}
	}
	return t
}

// Info describes the table.
func (t *companyTable) Info() *providers.TableInfo { return t.info }

// Plan answers a request.
func (t *companyTable) Plan(ctx context.Context, r *providers.ScanRequest) (*providers.ScanPlan, error) {
	asked := t.relevant(r.Filter)
	if len(asked) == 1 {
		return t.tables[asked[0]].Plan(ctx, r)
	}
	s := &companyScan{t: t, types: t.info.Types(r.Columns)}
	child := &providers.ScanRequest{Columns: slices.Clone(r.Columns), Filter: r.Filter, Keys: r.Keys, RowHint: r.RowHint}
	at := func(c int) int {
		i := slices.Index(child.Columns, c)
		if i < 0 {
			i = len(child.Columns)
			child.Columns = append(child.Columns, c)
		}
		return i
	}
	s.company = at(t.column)
	for _, c := range t.identity {
		s.identity = append(s.identity, at(c))
	}
	plan := &providers.ScanPlan{Layout: tuple.NewLayout(s.types), Order: providers.Exact, Cost: providers.Cost{Rows: providers.Unknown, Requests: providers.Unknown, Bytes: providers.Unknown}}
	if len(r.Order) > 0 {
		plan.Order, plan.OrderReason = providers.None, "the rows of several companies come one company after the other"
	}
	for n, i := range asked {
		p, err := t.tables[i].Plan(ctx, child)
		if err != nil {
			return nil, err
		}
		s.parts = append(s.parts, companyPart{t.companies[i], p})
		plan.Requests = append(plan.Requests, p.Requests...)
		if n == 0 {
			plan.Filter, plan.Reasons, plan.Hints = slices.Clone(p.Filter), slices.Clone(p.Reasons), p.Hints
			plan.Keys, plan.MaxKeys = p.Keys, p.MaxKeys
			continue
		}
		plan.Keys, plan.MaxKeys = min(plan.Keys, p.Keys), min(plan.MaxKeys, p.MaxKeys)
		for f, v := range p.Filter {
			if v < plan.Filter[f] {
				plan.Filter[f], plan.Reasons[f] = v, p.Reasons[f]
			}
		}
	}
	plan.Open = func(_ context.Context, b *providers.Budget) (providers.BatchReader, error) {
		return &companyReader{companyScan: s, budget: b, shared: map[string]bool{}}, nil
	}
	return plan, nil
}

// relevant are the companies whose addresses may have rows that pass the
// conditions. A company that the connection does not name may be anywhere.
func (t *companyTable) relevant(filter []providers.Predicate) []int {
	asked := make([]int, len(t.companies))
	for i := range asked {
		asked[i] = i
	}
	for _, e := range filter {
		values, ok := t.wanted(e)
		if !ok || slices.ContainsFunc(values, func(v string) bool { return !t.names(v) }) {
			continue
		}
		left := slices.DeleteFunc(slices.Clone(asked), func(i int) bool {
			return !slices.ContainsFunc(values, func(v string) bool { return strings.EqualFold(v, t.companies[i]) })
		})
		if len(left) > 0 {
			asked = left
		}
	}
	return asked
}

// names says whether the connection names a company.
func (t *companyTable) names(company string) bool {
	return slices.ContainsFunc(t.companies, func(c string) bool { return strings.EqualFold(c, company) })
}

// wanted are the companies that a condition is about.
func (t *companyTable) wanted(e providers.Expr) (values []string, ok bool) {
	c, isCall := e.(*providers.Call)
	if !isCall || c.Func != providers.Eq && c.Func != providers.In {
		return nil, false
	}
	args := c.Args
	if _, isConst := args[0].(*providers.Const); isConst && c.Func == providers.Eq {
		args = []providers.Expr{args[1], args[0]}
	}
	if ref, isColumn := args[0].(*providers.ColumnRef); !isColumn || ref.Column != t.column {
		return nil, false
	}
	for _, a := range args[1:] {
		k, isConst := a.(*providers.Const)
		if !isConst || k.Value.Null || k.Value.Kind != sqltypes.Varchar {
			return nil, false
		}
		values = append(values, k.Value.S)
	}
	return values, true
}

// companyScan is a planned read of several companies.
type companyScan struct {
	t        *companyTable
	types    []sqltypes.Type
	parts    []companyPart
	company  int // positions in a part's rows
	identity []int
}

type companyPart struct {
	company string
	plan    *providers.ScanPlan
}

// companyReader gives the rows of one company after the other.
type companyReader struct {
	*companyScan
	budget *providers.Budget
	shared map[string]bool // rows of no company of the connection that have come
	held   int64           // of the budget

	next    int
	current providers.BatchReader
	batch   *tuple.Batch
	stats   providers.ScanStats
}

// Next gives rows; see providers.BatchReader.
func (r *companyReader) Next(ctx context.Context, out *tuple.Batch) error {
	out.Reset()
	for out.Len() == 0 {
		if r.current == nil {
			if r.next == len(r.parts) {
				return io.EOF
			}
			p := r.parts[r.next].plan
			reader, err := p.Open(ctx, r.budget)
			if err != nil {
				return err
			}
			r.next++
			r.current, r.batch = reader, tuple.NewBatch(p.Layout)
		}
		switch err := r.current.Next(ctx, r.batch); {
		case err == io.EOF:
			if err := r.finish(); err != nil {
				return err
			}
			continue
		case err != nil:
			return err
		}
		if err := r.take(out); err != nil {
			return err
		}
	}
	return nil
}

// take copies the rows that are the company's, or shared and new.
func (r *companyReader) take(out *tuple.Batch) error {
	l := r.batch.Layout
	for i := range r.batch.Len() {
		row := r.batch.Row(i)
		mine, err := r.mine(l, row)
		if err != nil {
			return err
		}
		if !mine {
			continue
		}
		dst := out.AddRow()
		for c := range r.types {
			if err := out.CopyColumn(dst, c, row, l, c); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *companyReader) mine(l *tuple.Layout, row tuple.Row) (bool, error) {
	company := l.Value(row, r.company)
	if !company.Null && r.t.names(company.S) {
		return strings.EqualFold(company.S, r.parts[r.next-1].company), nil
	}
	var key strings.Builder
	for _, c := range r.identity {
		key.WriteString(l.Value(row, c).String() + "\x00")
	}
	if r.shared[key.String()] {
		return false, nil
	}
	const overhead = 64
	size := int64(key.Len() + overhead)
	if err := r.budget.Reserve("telling the shared rows of several companies apart", size); err != nil {
		return false, err
	}
	r.held += size
	r.shared[key.String()] = true
	return true, nil
}

// finish closes what has been read.
func (r *companyReader) finish() error {
	if r.current == nil {
		return nil
	}
	if s, ok := r.current.(providers.StatsReader); ok {
		st := s.Stats()
		r.stats.Requests, r.stats.Retries, r.stats.Bytes = r.stats.Requests+st.Requests, r.stats.Retries+st.Retries, r.stats.Bytes+st.Bytes
	}
	err := r.current.Close()
	r.current = nil
	return err
}

// Close ends the scan.
func (r *companyReader) Close() error {
	r.budget.Release(r.held)
	r.held, r.next = 0, len(r.parts)
	return errors.Join(r.finish())
}

// Stats tells what the scan cost so far.
func (r *companyReader) Stats() providers.ScanStats {
	st := r.stats
	if s, ok := r.current.(providers.StatsReader); ok {
		now := s.Stats()
		st.Requests, st.Retries, st.Bytes = st.Requests+now.Requests, st.Retries+now.Retries, st.Bytes+now.Bytes
	}
	return st
}
