package epicor

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// baqSchema is the service whose resources are the business activity queries.
const baqSchema = "BaqSvc"

// rowIdent numbers the rows of one answer, so that the same row has another
// one in the next: it can be read, but tells nothing apart.
const rowIdent = "RowIdent"

// baq is a business activity query as a view. Its parameters are hidden input
// columns; a parameter that the server does not describe becomes one when a
// query compares it with a constant.
type baq struct {
	*odata.Table
	svc   *odata.Service
	model *odata.Model
	set   *odata.Set
	path  string

	// A hidden input names the companies of the connection that the query is run
	// in; of are then its tables, one a company. Where there is one company, it
	// becomes an input when a query names it.
	companies []company
	of        []*odata.Table
}

// loadBAQ reads a BAQ's $metadata and what else there is to know of it.
func (c *catalog) loadBAQ(ctx context.Context, id string) (*baq, error) {
	root, segment := c.home().services+"/"+baqSchema, url.PathEscape(id)
	svc := &odata.Service{Client: c.p.client, Root: root + "/" + segment, Traits: c.home().traits}
	model, err := svc.Metadata(ctx)
	if err != nil {
		return nil, err
	}
	source := rowSet(model)
	if source == nil {
		return nil, &providers.Error{Kind: providers.KindResponse, Message: fmt.Sprintf("the metadata of BAQ %s describes no rows", id)}
	}
	b := &baq{
		svc: &odata.Service{Client: c.p.client, Root: root, Traits: baqTraits(c.p.set, c.home().traits, id)}, model: model, path: segment + "/",
		companies: c.companies,
	}
	if c.p.set.traits.Version == odata.V4 {
		b.path += "Data"
	}
	b.set = rowsOf(source, id)
	d, err := c.define(ctx, id)
	if err != nil {
		return nil, err
	}
	d.apply(b.set)
	b.set.Properties = append(b.set.Properties, d.parameters...)
	if len(c.companies) > 1 && b.set.Column(companyInput) < 0 {
		b.set.Properties = append(b.set.Properties, b.companyProperty())
	}
	b.place()
	return b, nil
}

// companyInput is the input that names the companies. It is part of where a
// request goes, and so of no query string.
const companyInput = "Company"

func (b *baq) companyProperty() odata.Property {
	in := input(companyInput, sqltypes.VarcharType(sqltypes.Unlimited))
	in.InPath, in.Description = true, "companies that the query is run in; "+b.companies[0].id+" if it is left out"
	return in
}

// place makes the tables of the set.
func (b *baq) place() {
	opts := odata.TableOptions{Schema: baqSchema, Path: b.path, View: true}
	b.Table, b.of = odata.NewTable(b.svc, b.model, b.set, opts), nil
	if c := b.set.Column(companyInput); c < 0 || !b.set.Properties[c].InPath {
		return
	}
	for _, at := range b.companies {
		svc := *b.svc
		svc.Root, svc.Traits.Header = at.services+"/"+baqSchema, at.traits.Header
		b.of = append(b.of, odata.NewTable(&svc, b.model, b.set, opts))
	}
}

// rowSet finds the set of a BAQ's rows, whatever the document calls it.
func rowSet(m *odata.Model) *odata.Set {
	if s := m.Find("Data"); s != nil || len(m.Sets) == 0 {
		return s
	}
	return m.Sets[0]
}

// rowsOf makes the set of a BAQ's rows of what its metadata says: without a
// key, since the one that is named there is RowIdent, and without relations.
func rowsOf(source *odata.Set, id string) *odata.Set {
	set := *source
	set.Name, set.Key, set.Navigations = id, nil, nil
	set.Properties = slices.Clone(source.Properties)
	for i := range set.Properties {
		if p := &set.Properties[i]; strings.EqualFold(p.Name, rowIdent) {
			p.Hidden, p.Volatile = true, true
			p.Description = "number of the row in the answer; not a key"
		}
	}
	return &set
}

// baqTraits is what is known of how BAQs are read: $top is honoured, $filter
// works on the finished result, and nobody has seen $select, $orderby or $skip
// fail or work on all servers. So rows are read whole, a filter spares rows
// but is checked again, the sorting is done here, and a server that passes over
// $skip is found out by the rows it sends.
func baqTraits(s *settings, t odata.Traits, id string) odata.Traits {
	t.OrderBy, t.Select, t.Expand, t.DoubtfulFilter = false, false, false, true
	t.DecodeError = func(resp *httpx.Response) *providers.Error {
		e := s.decodeError(resp)
		if e != nil {
			aboutParameter(e, id)
		}
		return e
	}
	return t
}

var parameterName = regexp.MustCompile(`(?i)\bparameter\s+['"\[]?([A-Za-z_][\w.]*)`)

// aboutParameter recognises the refusal of a parameter that is missing or has
// a wrong value, and says how to give it one.
func aboutParameter(e *providers.Error, id string) {
	m := parameterName.FindStringSubmatch(e.Message)
	if m == nil || e.Status != http.StatusBadRequest && e.Status != http.StatusInternalServerError {
		return
	}
	e.Kind = providers.KindParameter
	e.Message = fmt.Sprintf("BAQ %s: %s Give it as WHERE %s = value.", id, e.Message, m[1])
}

// WithInput returns the BAQ with one more parameter, whose type nobody tells: it
// is given as text. A company is none: it says where the BAQ is run, and one that
// the connection does not have must not come back as if it were another's rows.
func (b *baq) WithInput(name string) providers.Table {
	clone, set := *b, *b.set
	in := input(name, sqltypes.VarcharType(sqltypes.Unlimited))
	if strings.EqualFold(name, companyInput) && b.companies[0].id != "" {
		in = b.companyProperty()
	}
	set.Properties = append(slices.Clone(set.Properties), in)
	clone.set = &set
	clone.place()
	return &clone
}

// input is the column of a parameter.
func input(name string, t sqltypes.Type) odata.Property {
	return odata.Property{Path: []string{name}, Column: providers.Column{
		Name: name, Type: t, Nullable: true, Hidden: true, Input: true, ReadOnly: true,
	}}
}

// Plan answers a request. What a BAQ's own options are not known to do exactly
// is not asked of it: to count rows, and to leave some out at the beginning.
func (b *baq) Plan(ctx context.Context, r *providers.ScanRequest) (*providers.ScanPlan, error) {
	q := *r
	q.Aggregate = nil
	if q.Offset > 0 {
		q.Limit, q.Offset = 0, 0
	}
	at, asked, err := b.asked(r.Filter)
	switch {
	case err != nil:
		return nil, err
	case len(asked) == 0:
		return b.Table.Plan(ctx, &q)
	case len(asked) == 1:
		return b.of[asked[0]].Plan(ctx, &q)
	}
	return b.union(ctx, &q, at, asked)
}

// asked are the companies that a request names, as positions, and the condition
// that names them.
func (b *baq) asked(filter []providers.Predicate) (condition int, asked []int, err error) {
	column := b.set.Column(companyInput)
	for i, e := range filter {
		values, ok := wantedTexts(e, column)
		if !ok || b.of == nil {
			continue
		}
		for _, v := range values {
			at := slices.IndexFunc(b.companies, func(c company) bool { return c.id == v })
			if at < 0 {
				return 0, nil, &providers.Error{Kind: providers.KindParameter, Message: fmt.Sprintf(
					"BAQ %s: Company must be one of those of the connection: %s", b.set.Name, strings.Join(companyIDs(b.companies), ", "))}
			}
			if !slices.Contains(asked, at) {
				asked = append(asked, at)
			}
		}
		return i, asked, nil
	}
	return 0, nil, nil
}

// union runs the BAQ in several companies. Each of their plans has a condition
// that names that company alone, which is then what the column Company reads as.
func (b *baq) union(ctx context.Context, q *providers.ScanRequest, condition int, asked []int) (*providers.ScanPlan, error) {
	u := &companyUnion{types: b.Info().Types(q.Columns), company: -1, limit: q.Limit, offset: q.Offset}
	column := b.set.Column(companyInput)
	ref := &providers.ColumnRef{Column: column, Name: companyInput, T: b.set.Properties[column].Type}
	child := *q
	child.Limit, child.Offset, child.Order, child.Keys = 0, 0, nil, nil
	for _, i := range asked {
		one := child
		one.Filter = slices.Clone(q.Filter)
		one.Filter[condition] = &providers.Call{Func: providers.Eq, T: sqltypes.Of(sqltypes.Bool),
			Args: []providers.Expr{ref, &providers.Const{Value: sqltypes.StringValue(b.companies[i].id)}}}
		p, err := b.of[i].Plan(ctx, &one)
		if err != nil {
			return nil, err
		}
		u.parts = append(u.parts, companyPart{b.companies[i], p})
	}
	plan := u.plan(q)
	if len(q.Order) > 0 {
		plan.Order, plan.OrderReason = providers.None, "the server does not sort"
	}
	return plan, nil
}
