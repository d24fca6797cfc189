package epicor

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// companyTable is a set of several companies. The rows of a company are those
// that come when it is asked; what it gives of companies that the connection
// does not have, such as rows that all companies share, comes once, whichever
// company it comes from.
//
// Which companies a table has is the connection's to say and never the query's:
// a condition "Company = …" or "Company IN (…)" chooses among their rows as any
// other condition does, here or at the server, and so leaves only the companies
// to be asked that can have such rows. With one left, its set answers as if it
// were alone. Of several, an order that each has exactly is merged, and rows are
// counted by each; other aggregates are the driver's.
type companyTable struct {
	info      *providers.TableInfo
	companies []company
	tables    []*boTable // of each
	column    int        // that holds the company
	identity  []int      // by which a shared row is known again

	// strict are the sets as the server's collation compares them: they tell
	// whether a company's set has rows of others.
	strict    []*odata.Table
	uncounted atomic.Bool // they have, or do not tell
}

// newCompanyTable joins the tables of several companies. It returns nil for a
// set that does not tell companies apart: it is read in the first one.
func newCompanyTable(companies []company, tables []*boTable) *companyTable {
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
	for _, of := range tables {
		svc := *of.Service()
		svc.Traits.ServerCollation = true
		t.strict = append(t.strict, odata.NewTable(&svc, of.service.model, of.Set(), odata.TableOptions{Schema: t.info.Schema}))
	}
	return t
}

// Info describes the table.
func (t *companyTable) Info() *providers.TableInfo { return t.info }

// Plan answers a request.
func (t *companyTable) Plan(ctx context.Context, r *providers.ScanRequest) (*providers.ScanPlan, error) {
	asked := t.relevant(r.Filter)
	switch {
	case len(asked) == 1:
		return t.tables[asked[0]].Plan(ctx, r)
	case r.Aggregate != nil:
		plan, err := t.count(ctx, r, asked)
		if plan != nil || err != nil {
			return plan, err
		}
	}
	why := ""
	if len(r.Order) > 0 {
		why = t.whyNoOrder(r.Order, len(asked))
	}
	if why == "" {
		plan, err := t.union(ctx, r, asked, r.Order)
		if err != nil || plan.Order == providers.Exact {
			return plan, err
		}
		why = plan.OrderReason
	}
	plan, err := t.union(ctx, r, asked, nil)
	if err == nil {
		plan.Order, plan.OrderReason = providers.None, why
	}
	return plan, err
}

// union plans the reading of all companies asked, in an order.
func (t *companyTable) union(ctx context.Context, r *providers.ScanRequest, asked []int, order []providers.OrderTerm) (*providers.ScanPlan, error) {
	u := &companyUnion{types: t.info.Types(r.Columns), known: t.companies, limit: r.Limit, offset: r.Offset}
	child := &providers.ScanRequest{Columns: slices.Clone(r.Columns), Filter: r.Filter, Order: order, Keys: r.Keys, RowHint: r.RowHint}
	if r.Limit > 0 {
		child.RowHint = r.Limit + r.Offset // a company may have all the rows that are wanted
	}
	at := func(c int) int {
		i := slices.Index(child.Columns, c)
		if i < 0 {
			i = len(child.Columns)
			child.Columns = append(child.Columns, c)
		}
		return i
	}
	u.company = at(t.column)
	for _, c := range t.identity {
		u.identity = append(u.identity, at(c))
	}
	for _, o := range order {
		u.order = append(u.order, mergeKey{at(o.Column), o.Desc, o.NullsFirst})
	}
	for _, i := range asked {
		p, err := t.tables[i].Plan(ctx, child)
		if err != nil {
			return nil, err
		}
		u.parts = append(u.parts, companyPart{t.companies[i], p})
	}
	return u.plan(r), nil
}

// mostMerged is how many companies are read at a time to merge their rows: each
// holds pages.
const mostMerged = 16

// whyNoOrder says why rows of companies cannot be merged in an order.
func (t *companyTable) whyNoOrder(order []providers.OrderTerm, companies int) string {
	if companies > mostMerged {
		return fmt.Sprintf("the rows of no more than %d companies are merged", mostMerged)
	}
	for _, o := range order {
		if t.info.Columns[o.Column].Type.Kind.IsText() {
			return fmt.Sprintf("the rows of several companies are not merged by text such as %s", t.info.Columns[o.Column].Name)
		}
	}
	return ""
}

// relevant are the companies that may have rows that pass the conditions. A row
// of a company that the connection does not have may come from any.
func (t *companyTable) relevant(filter []providers.Predicate) []int {
	asked := make([]int, len(t.companies))
	for i := range asked {
		asked[i] = i
	}
	for _, e := range filter {
		values, ok := wantedTexts(e, t.column)
		if !ok || slices.ContainsFunc(values, func(v string) bool { return !hasCompany(t.companies, v) }) {
			continue
		}
		left := slices.DeleteFunc(slices.Clone(asked), func(i int) bool {
			return !slices.ContainsFunc(values, func(v string) bool { return strings.EqualFold(v, t.companies[i].id) })
		})
		if len(left) > 0 {
			asked = left
		}
	}
	return asked
}

// hasCompany says whether a company is among those of the connection.
func hasCompany(companies []company, id string) bool {
	return slices.ContainsFunc(companies, func(c company) bool { return strings.EqualFold(c.id, id) })
}

func companyIDs(companies []company) []string {
	ids := make([]string, len(companies))
	for i, c := range companies {
		ids[i] = c.id
	}
	return ids
}

// wantedTexts are the texts that a condition wants a column to be one of.
func wantedTexts(e providers.Expr, column int) (values []string, ok bool) {
	c, isCall := e.(*providers.Call)
	if !isCall || c.Func != providers.Eq && c.Func != providers.In {
		return nil, false
	}
	args := c.Args
	if _, isConst := args[0].(*providers.Const); isConst && c.Func == providers.Eq {
		args = []providers.Expr{args[1], args[0]}
	}
	if ref, isColumn := args[0].(*providers.ColumnRef); !isColumn || ref.Column != column {
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

// elsewhere is what EXPLAIN says of conditions that want companies which the
// connection does not have: no error, for their rows are just not in its tables.
func elsewhere(info *providers.TableInfo, companies []company, filter []providers.Predicate) string {
	column := info.Find("Company")
	if column < 0 || companies[0].id == "" {
		return ""
	}
	for _, e := range filter {
		values, _ := wantedTexts(e, column)
		for _, v := range values {
			if v != "" && !hasCompany(companies, v) {
				return fmt.Sprintf("Company %q is not one of the connection's: Company=%s,%s or Company=* would read it", v, strings.Join(companyIDs(companies), ","), v)
			}
		}
	}
	return ""
}
