package acumatica

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/epicorerp/epicorerp/internal/nearest"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata"
)

// feed is an OData interface whose metadata has been read.
type feed struct {
	schema string
	svc    *odata.Service
	model  *odata.Model
	// listed are the sets that a listing shows: where a class has several names,
	// one of them.
	listed []*odata.Set
	// calls are the functions by which inquiries with parameters are read, by set.
	calls map[*odata.Set]string
	// deleted is the set of the records that are no more, of a class to be named.
	deleted *odata.Set

	mu     sync.Mutex
	tables map[*odata.Set]providers.Table
}

// feedAddress is a place where an interface may lie.
type feedAddress struct {
	root    string
	version odata.Version
}

// addresses are the places of an interface: since 2024 R2, then those of older
// releases.
func (p *Provider) addresses(schema string) []feedAddress {
	tenant := url.PathEscape(p.set.tenant)
	if schema == schemaDAC {
		return []feedAddress{{p.set.feed("dac"), odata.V4}, {p.set.site + "/odatav4/" + tenant, odata.V4}}
	}
	return []feedAddress{{p.set.feed("gi"), odata.V4}, {p.set.site + "/odata/" + tenant, odata.V3}, {p.set.site + "/odatav4/" + tenant, odata.V4}}
}

// openFeed reads the metadata of an interface where it is to be found.
func (p *Provider) openFeed(ctx context.Context, schema string) (*feed, error) {
	var missing error
	for _, a := range p.addresses(schema) {
		traits, err := feedTraits(p.options, p.set, schema, a.version)
		if err != nil {
			return nil, err
		}
		f := &feed{schema: schema, svc: &odata.Service{Client: p.sessions, Root: a.root, Traits: traits}, calls: map[*odata.Set]string{}, tables: map[*odata.Set]providers.Table{}}
		f.model, err = f.svc.Metadata(ctx)
		switch {
		case errors.Is(err, providers.KindNotFound):
			missing = err
			continue
		case err != nil:
			return nil, err
		case schema == schemaGI && isDAC(f.model):
			continue // the old V4 address has the classes on some releases
		}
		if schema == schemaDAC {
			f.prepareClasses()
			f.addDeletedRecords()
		} else {
			f.prepareInquiries()
		}
		return f, nil
	}
	e := providers.Error{Kind: providers.KindNotFound, Message: fmt.Sprintf(
		"the site has no %s interface for tenant %q: Company is the tenant's login name, in its own spelling", schema, p.set.tenant), Err: missing}
	var told *providers.Error
	if errors.As(missing, &told) {
		e.Status, e.RequestID = told.Status, told.RequestID
	}
	return nil, &e
}

// feedTraits is what is known of both interfaces. Neither counts; nothing says
// that they give every row that $top asks for. Databases keep instants in more
// digits than are sent, and texts with blanks behind them.
func feedTraits(o providers.Options, set *settings, schema string, v odata.Version) (odata.Traits, error) {
	t, err := odata.TraitsFor(o, v)
	t.Concurrency, t.DecodeError = 1, set.decodeError
	t.SilentCap, t.Count, t.PreferPageSize, t.ClippedInstants = true, false, false, true
	t.KeysetText = t.ServerCollation
	t.Functions = map[string]bool{"contains": true, "startswith": true}
	t.Expand = schema == schemaDAC
	if schema == schemaGI {
		t.Keyset = false // its rows have no key
	}
	return t, err
}

// isDAC recognises the metadata of the classes by their namespaces.
func isDAC(m *odata.Model) bool {
	return slices.ContainsFunc(m.Sets, func(s *odata.Set) bool { return strings.HasPrefix(s.Type, "PX.") })
}

// prepareInquiries makes tables of the inquiries. The key that the metadata
// names is made of the keys of all tables behind an inquiry: it is an order, but
// no key of rows that are joined and grouped.
func (f *feed) prepareInquiries() {
	f.listed = f.model.Sets
	for _, s := range f.model.Sets {
		for _, k := range s.Key {
			s.Order = append(s.Order, k.Property)
			s.Properties[k.Property].Nullable = true
		}
		s.Key = nil
		fn := f.function(s)
		if fn == nil {
			continue
		}
		f.calls[s] = fn.Name
		for _, p := range fn.Parameters {
			p.Input, p.Hidden, p.Required = true, true, !p.Nullable
			p.Description = "parameter of the inquiry"
			if s.Column(p.Name) >= 0 {
				p.Name = parameterPrefix + p.Name
			}
			s.Properties = append(s.Properties, p)
		}
	}
}

// parameterPrefix stands before the name of a parameter that is a column's, too.
const parameterPrefix = "Parameter_"

// withParameters ends the name of the function by which an inquiry with
// parameters is read.
const withParameters = "_WithParameters"

// function finds the function of an inquiry: by its set, or its type, or its
// name, of which the function's may have lost what is no letter.
func (f *feed) function(s *odata.Set) *odata.Function {
	for _, fn := range f.model.Functions {
		name, ok := strings.CutSuffix(fn.Name, withParameters)
		if ok && len(fn.Parameters) > 0 && (fn.Set == s.Name || fn.Set == "" && (fn.Type == s.Type || name == s.Name)) {
			return fn
		}
	}
	return nil
}

// prepareClasses makes tables of the classes. Each has up to three names: one
// of its namespace and class, one of its label, one of its class alone. A
// property that cannot be filtered by cannot be selected either.
func (f *feed) prepareClasses() {
	byType := map[string]*odata.Set{}
	for _, s := range f.model.Sets {
		readable := func(p odata.Property) bool {
			return !p.NoFilter || s.Restrictions.NoFilter && p.Owner != s.Type
		}
		f.dropUnreadable(s, readable)
		if best := byType[s.Type]; best == nil || better(s, best) {
			byType[s.Type] = s
		}
	}
	for _, s := range f.model.Sets {
		if byType[s.Type] == s {
			f.listed = append(f.listed, s)
		}
		for i := range s.Navigations {
			n, target := &s.Navigations[i], byType[s.Navigations[i].Type]
			if target == nil {
				continue
			}
			n.Target = target.Name
			if slices.ContainsFunc(n.Pairs, func(p [2]string) bool { return target.Column(p[1]) < 0 }) {
				n.Pairs = nil
			}
		}
	}
}

// better says that a set has the name to list rather: the class's own, else the
// shorter one.
func better(s, best *odata.Set) bool {
	class := s.Type[strings.LastIndexByte(s.Type, '.')+1:]
	switch {
	case best.Name == class:
		return false
	case s.Name == class:
		return true
	}
	return len(s.Name) < len(best.Name)
}

// dropUnreadable leaves out properties that the server refuses to give by name.
func (f *feed) dropUnreadable(s *odata.Set, readable func(odata.Property) bool) {
	if !slices.ContainsFunc(s.Properties, func(p odata.Property) bool { return !readable(p) }) {
		return
	}
	var kept []odata.Property
	moved := make([]int, len(s.Properties))
	for i, p := range s.Properties {
		if moved[i] = -1; readable(p) {
			moved[i] = len(kept)
			kept = append(kept, p)
		}
	}
	s.Properties = kept
	for i := range s.Key {
		if s.Key[i].Property = moved[s.Key[i].Property]; s.Key[i].Property < 0 {
			s.Key = nil
			break
		}
	}
	for i := range s.Navigations {
		n := &s.Navigations[i]
		if slices.ContainsFunc(n.Pairs, func(p [2]string) bool { return s.Column(p[0]) < 0 }) {
			n.Pairs = nil
		}
	}
}

// names lists the tables.
func (f *feed) names() []providers.TableName {
	names := make([]providers.TableName, len(f.listed))
	for i, s := range f.listed {
		names[i] = providers.TableName{Schema: f.schema, Name: s.Name, View: f.schema == schemaGI || s == f.deleted, Description: s.Description}
	}
	return names
}

// table finds a table by any of its names.
func (f *feed) table(name string) (providers.Table, error) {
	s := f.model.Find(name)
	if f.deleted != nil && strings.EqualFold(name, f.deleted.Name) {
		s = f.deleted
	}
	if s == nil {
		names := make([]string, len(f.listed))
		for i, l := range f.listed {
			names[i] = l.Name
		}
		return nil, &providers.Error{Kind: providers.KindNotFound, Message: fmt.Sprintf(
			"schema %s has no table %q%s", f.schema, name, nearest.Suffix(name, names))}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.tables[s]
	if t == nil {
		o := odata.TableOptions{Schema: f.schema, View: f.schema == schemaGI, Call: f.calls[s]}
		if s == f.deleted {
			o.Path, o.View = deletedRecordsPath, true
		}
		t = odata.NewTable(f.svc, f.model, s, o)
		if o.Call != "" {
			t = inquiry{t}
		}
		f.tables[s] = t
	}
	return t, nil
}

// inquiry is a generic inquiry with parameters. Asked without any of them, the
// server answers that there is nothing, or with rows of other parameters.
type inquiry struct{ providers.Table }

// Plan answers a request that gives a parameter at least.
func (t inquiry) Plan(ctx context.Context, r *providers.ScanRequest) (*providers.ScanPlan, error) {
	info := t.Info()
	for _, f := range r.Filter {
		if c, ok := f.(*providers.Call); ok && c.Func == providers.Eq && slices.ContainsFunc(c.Args, func(a providers.Expr) bool {
			ref, isColumn := a.(*providers.ColumnRef)
			return isColumn && ref.Column < len(info.Columns) && info.Columns[ref.Column].Input
		}) {
			return t.Table.Plan(ctx, r)
		}
	}
	var names []string
	for _, c := range info.Columns {
		if c.Input {
			names = append(names, c.Name)
		}
	}
	return nil, &providers.Error{Kind: providers.KindParameter, Message: fmt.Sprintf(
		"inquiry %s is asked by its parameters (%s): add WHERE %s = …, or of several of them", info.Name, strings.Join(names, ", "), names[0])}
}
