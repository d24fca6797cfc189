package epicor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/internal/held"
	"github.com/epicorerp/epicorerp/internal/nearest"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata"
)

// catalog is what has been learnt of the server's schema.
type catalog struct {
	p         *Provider
	companies []company // of the connection

	names    held.Value[[]string] // of the services
	ids      held.Value[[]string] // of the BAQs
	known    held.Value[[]query]  // the same with their descriptions, as far as they are told
	services held.Shelf[*service]
	docs     held.Shelf[[]string] // the sets of services, by their service documents
	baqs     held.Shelf[*baq]

	libraries held.Value[[]string] // of functions
	methods   held.Shelf[*methodSet]
}

// service is a service whose metadata has been read.
type service struct {
	catalog *catalog
	name    string
	model   *odata.Model
	tables  []*boTable
	// joined are the tables over several companies; nil where there is one, or
	// where a set does not tell companies apart.
	joined map[string]*companyTable
}

// home is the company where metadata is read and procedures are called.
func (c *catalog) home() *company { return &c.companies[0] }

// serviceNames lists the services. Where v2 has no list of its own, v1's is
// taken: the services are the same.
func (c *catalog) serviceNames(ctx context.Context) ([]string, error) {
	return c.names.Get(ctx, nil, func(ctx context.Context) ([]string, error) {
		names, err := c.p.list(ctx, c.home().services+"/")
		if v1 := c.p.set.root + v1Services; errors.Is(err, providers.KindNotFound) && c.home().services != v1 {
			return c.p.list(ctx, v1+"/")
		}
		return names, err
	})
}

func (c *catalog) baqNames(ctx context.Context) ([]string, error) {
	return c.ids.Get(ctx, nil, func(ctx context.Context) ([]string, error) {
		return c.p.list(ctx, c.home().services+"/"+baqSchema+"/")
	})
}

// service finds a service by its name and reads its metadata. Only when the
// server does not know the name is the list of services asked.
func (c *catalog) service(ctx context.Context, name string) (*service, error) {
	return c.services.At(strings.ToLower(name)).Get(ctx, nil, func(ctx context.Context) (*service, error) {
		missing := error(&providers.Error{Kind: providers.KindNotFound, Message: fmt.Sprintf("there is no service %q", name)})
		if plausible(name) {
			s, err := c.loadService(ctx, name)
			if !errors.Is(err, providers.KindNotFound) {
				return s, err
			}
			missing = err
		}
		full, err := find(ctx, "service", name, missing, c.serviceNames)
		switch {
		case err != nil:
			return nil, err
		case strings.EqualFold(full, name):
			return c.loadService(ctx, full)
		}
		return c.service(ctx, full)
	})
}

// sets lists the sets of a service whose metadata nobody has needed yet, by its
// service document, which is a hundredth of that: whoever looks through all
// services reads no more of each. ok is false where the metadata must be read:
// only of a name in the server's own list is the spelling known.
func (c *catalog) sets(ctx context.Context, name string) (sets []string, ok bool, err error) {
	names, listed := c.names.Current()
	if _, read := c.services.At(strings.ToLower(name)).Current(); read || !listed || !slices.Contains(names, name) {
		return nil, false, nil
	}
	sets, err = c.docs.At(name).Get(ctx, nil, func(ctx context.Context) ([]string, error) {
		return c.p.list(ctx, c.home().services+"/"+name+"/")
	})
	switch {
	case errors.Is(err, providers.KindNotFound), errors.Is(err, providers.KindResponse), errors.Is(err, providers.KindServer):
		return nil, false, nil // a service without a document may have metadata
	}
	return sets, err == nil, err
}

// find looks for a name in a list. missing is the server's word that it does
// not know the name as it was written.
func find(ctx context.Context, what, name string, missing error, list func(context.Context) ([]string, error)) (string, error) {
	names, err := list(ctx)
	if err != nil {
		return "", missing
	}
	found := matching(name, names)
	switch {
	case len(found) == 1 && found[0] != name:
		return found[0], nil
	case len(found) == 1:
		return "", missing // it is there, but has nothing to read
	case len(found) > 1:
		return "", &providers.Error{Kind: providers.KindNotFound, Message: fmt.Sprintf(
			"%s %q may be any of %s: write the whole name", what, name, strings.Join(found, ", ")), Err: missing}
	}
	e := providers.Error{Kind: providers.KindNotFound}
	var told *providers.Error
	if errors.As(missing, &told) {
		e = *told
	}
	e.Message, e.Err = fmt.Sprintf("there is no %s %q%s", what, name, suggestion(name, names)), missing
	return "", &e
}

// suggestion offers the nearest name, whether it was written in full or short.
func suggestion(name string, names []string) string {
	if s := nearest.Suffix(name, names); s != "" {
		return s
	}
	short := make([]string, len(names))
	for i, n := range names {
		short[i] = shortName(n)
	}
	best := nearest.Name(shortName(name), short)
	for i, s := range short {
		if s == best {
			return nearest.Suffix(names[i], names)
		}
	}
	return ""
}

// loadService reads $metadata and makes the tables.
func (c *catalog) loadService(ctx context.Context, name string) (*service, error) {
	svc := &odata.Service{Client: c.p.client, Root: c.home().services + "/" + name, Traits: c.home().traits}
	model, err := svc.Metadata(ctx)
	if err != nil {
		return nil, err
	}
	s := &service{catalog: c, name: schemaName(name, model), model: model, joined: map[string]*companyTable{}}
	refine(model)
	for _, set := range model.Sets {
		tables := make([]*boTable, len(c.companies))
		for i, at := range c.companies {
			svc := &odata.Service{Client: c.p.client, Root: at.services + "/" + name, Traits: at.traits}
			tables[i] = c.boTable(ctx, s, svc, at.id, set)
		}
		s.tables = append(s.tables, tables[0])
		if len(tables) > 1 {
			s.joined[set.Name] = newCompanyTable(c.companies, tables)
		}
	}
	return s, nil
}

// boTable makes the table of a set of a company.
func (c *catalog) boTable(ctx context.Context, s *service, svc *odata.Service, company string, set *odata.Set) *boTable {
	t := &boTable{service: s, Table: odata.NewTable(svc, s.model, set, odata.TableOptions{Schema: s.name, View: isView(set)})}
	if c.p.set.serverSQL {
		t.sql = newSQLTable(svc, svc.Root[:strings.LastIndexByte(svc.Root, '/')], company, s.name, set)
	}
	if set.Restrictions.NoFilter {
		t.probed = true
		t.withoutFilter(ctx)
	}
	return t
}

// schemaName is the service's name in the spelling of its namespace, if that
// is named after it.
func schemaName(name string, m *odata.Model) string {
	for _, set := range m.Sets {
		if n := set.Namespace + "Svc"; strings.EqualFold(n, name) {
			return n
		}
	}
	return name
}

// table finds a set of the service.
func (s *service) table(name string) (providers.Table, error) {
	var fold *boTable
	names := make([]string, len(s.tables))
	for i, t := range s.tables {
		if names[i] = t.Info().Name; names[i] == name {
			return s.whole(t), nil
		}
		if fold == nil && strings.EqualFold(names[i], name) {
			fold = t
		}
	}
	if fold != nil {
		return s.whole(fold), nil
	}
	return nil, &providers.Error{Kind: providers.KindNotFound, Message: fmt.Sprintf(
		"service %s has no table %q%s", s.name, name, nearest.Suffix(name, names))}
}

// whole is a table with the rows of all companies.
func (s *service) whole(t *boTable) providers.Table {
	if joined := s.joined[t.Info().Name]; joined != nil {
		return joined
	}
	return t
}

// baq finds a BAQ by its id and reads its metadata. Only when the server does
// not know the id is the list of BAQs asked.
func (c *catalog) baq(ctx context.Context, id string) (*baq, error) {
	return c.baqs.At(strings.ToLower(id)).Get(ctx, nil, func(ctx context.Context) (*baq, error) {
		missing := error(&providers.Error{Kind: providers.KindNotFound, Message: fmt.Sprintf("there is no BAQ %q", id)})
		if plausible(id) {
			b, err := c.loadBAQ(ctx, id)
			if !errors.Is(err, providers.KindNotFound) {
				return b, err
			}
			missing = err
		}
		full, err := find(ctx, "BAQ", id, missing, c.baqNames)
		if err != nil {
			return nil, err
		}
		return c.loadBAQ(ctx, full)
	})
}
