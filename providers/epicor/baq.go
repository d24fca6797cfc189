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

	// Of a connection with several companies, a hidden input names the one that
	// the query is run in: elsewhere is then where its address is filled in.
	companies []string
	elsewhere *odata.Table
}

// loadBAQ reads a BAQ's $metadata and what else there is to know of it.
func (c *catalog) loadBAQ(ctx context.Context, id string) (*baq, error) {
	root, segment := c.p.set.services+"/"+baqSchema, url.PathEscape(id)
	svc := &odata.Service{Client: c.p.client, Root: root + "/" + segment, Traits: c.p.set.traits}
	model, err := svc.Metadata(ctx)
	if err != nil {
		return nil, err
	}
	source := rowSet(model)
	if source == nil {
		return nil, &providers.Error{Kind: providers.KindResponse, Message: fmt.Sprintf("the metadata of BAQ %s describes no rows", id)}
	}
	b := &baq{
		svc: &odata.Service{Client: c.p.client, Root: root, Traits: baqTraits(c.p.set, id)}, model: model, path: segment + "/",
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
	if companies := c.p.set.companies; len(companies) > 1 && b.set.Column(companyInput) < 0 {
		in := input(companyInput, sqltypes.VarcharType(sqltypes.Unlimited))
		in.InPath, in.Description = true, "company that the query is run in; "+c.p.set.company+" if it is left out"
		b.set.Properties, b.companies = append(b.set.Properties, in), companies
	}
	b.place()
	return b, nil
}

// companyInput is the input that names the company.
const companyInput = "Company"

// place makes the tables of the set.
func (b *baq) place() {
	b.Table = odata.NewTable(b.svc, b.model, b.set, odata.TableOptions{Schema: baqSchema, Path: b.path, View: true})
	if b.companies != nil {
		svc := *b.svc
		root := strings.TrimSuffix(svc.Root, "/"+baqSchema)
		svc.Root = root[:strings.LastIndexByte(root, '/')]
		b.elsewhere = odata.NewTable(&svc, b.model, b.set, odata.TableOptions{Schema: baqSchema, Path: "{" + companyInput + "}/" + baqSchema + "/" + b.path, View: true})
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
func baqTraits(s *settings, id string) odata.Traits {
	t := s.traits
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
// is given as text.
func (b *baq) WithInput(name string) providers.Table {
	clone, set := *b, *b.set
	set.Properties = append(slices.Clone(set.Properties), input(name, sqltypes.VarcharType(sqltypes.Unlimited)))
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
	company, err := b.company(r.Filter)
	switch {
	case err != nil:
		return nil, err
	case company != "":
		return b.elsewhere.Plan(ctx, &q)
	}
	return b.Table.Plan(ctx, &q)
}

// company is the one that a request names, "" if it names none.
func (b *baq) company(filter []providers.Predicate) (string, error) {
	for _, e := range filter {
		c, ok := e.(*providers.Call)
		if !ok || b.elsewhere == nil || c.Func != providers.Eq {
			continue
		}
		ref, constant := c.Args[0], c.Args[1]
		if _, swapped := ref.(*providers.Const); swapped {
			ref, constant = constant, ref
		}
		column, isColumn := ref.(*providers.ColumnRef)
		k, isConst := constant.(*providers.Const)
		if !isColumn || !isConst || column.Column >= len(b.set.Properties) || b.set.Properties[column.Column].Name != companyInput {
			continue
		}
		if !slices.Contains(b.companies, k.Value.S) {
			return "", &providers.Error{Kind: providers.KindParameter, Message: fmt.Sprintf(
				"BAQ %s: Company must be one of those of the connection: %s", b.set.Name, strings.Join(b.companies, ", "))}
		}
		return k.Value.S, nil
	}
	return "", nil
}
