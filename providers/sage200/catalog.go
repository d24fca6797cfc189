package sage200

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/internal/held"
	"github.com/epicorerp/epicorerp/internal/nearest"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// schemaName is the one schema.
const schemaName = "Sage200"

// catalog is what is known of the data model until Refresh.
type catalog struct {
	p         *Provider
	resources held.Value[[]resource]
	tables    held.Shelf[providers.Table]
}

// known returns the resources of the list and of the OpenAPI documents, in the
// order of their names. What a document says goes before the list.
func (c *catalog) known(ctx context.Context) ([]resource, error) {
	return c.resources.Get(ctx, nil, func(context.Context) ([]resource, error) {
		byName := map[string]resource{}
		for _, r := range knownResources() {
			if !r.professional || !c.p.set.standard {
				byName[r.name] = r
			}
		}
		for _, name := range c.p.set.files {
			text, err := os.ReadFile(name)
			if err != nil {
				return nil, badProperty("OpenAPIFiles: %w", err)
			}
			list, err := readOpenAPI(text)
			if err != nil {
				return nil, badProperty("OpenAPIFiles: %s: %w", name, err)
			}
			for _, r := range list {
				byName[r.name] = r
			}
		}
		list := make([]resource, 0, len(byName))
		for _, r := range byName {
			list = append(list, r)
		}
		slices.SortFunc(list, func(a, b resource) int { return strings.Compare(a.name, b.name) })
		return list, nil
	})
}

// folded is a name as names are compared: CustomerViews and customer_views are one.
func folded(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", "")) }

var plausible = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,127}$`)

// table finds a table by name: a resource, a collection within one, or what the
// server knows although nobody listed it.
func (c *catalog) table(ctx context.Context, name string) (providers.Table, error) {
	list, err := c.known(ctx)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(list, func(r resource) bool { return folded(r.name) == folded(name) })
	if i >= 0 {
		return c.resourceTable(ctx, list[i])
	}
	if parent, member := splitChild(list, name); parent != nil {
		if t, err := c.childTable(ctx, *parent, member); t != nil || err != nil {
			return t, err
		}
	}
	unknown := &providers.Error{Kind: providers.KindNotFound, Message: fmt.Sprintf(
		"there is no resource %q%s", name, nearest.Suffix(name, names(list)))}
	if !plausible.MatchString(name) {
		return nil, unknown
	}
	t, err := c.resourceTable(ctx, resource{name: strings.ToLower(name), path: strings.ToLower(name)})
	if errors.Is(err, providers.KindNotFound) {
		return nil, unknown
	}
	return t, err
}

func names(list []resource) []string {
	all := make([]string, len(list))
	for i := range list {
		all[i] = list[i].name
	}
	return all
}

// resourceTable makes the table of a resource, once.
func (c *catalog) resourceTable(ctx context.Context, r resource) (providers.Table, error) {
	return c.tables.At(r.name).Get(ctx, nil, func(ctx context.Context) (providers.Table, error) {
		fields, err := c.fields(ctx, &r)
		if err != nil {
			return nil, err
		}
		return c.odataTable(&r, c.set(&r, fields)), nil
	})
}

func (c *catalog) fields(ctx context.Context, r *resource) ([]field, error) {
	if r.fields != nil {
		return r.fields, nil
	}
	return c.p.metadata(ctx, r)
}

func (c *catalog) odataTable(r *resource, set *odata.Set) *odata.Table {
	return odata.NewTable(c.p.service, &odata.Model{Sets: []*odata.Set{set}}, set, odata.TableOptions{
		Schema: schemaName, Path: r.path, View: r.isView(),
	})
}

// set describes a resource to package odata.
func (c *catalog) set(r *resource, fields []field) *odata.Set {
	set := &odata.Set{Namespace: schemaName, Name: r.name, Description: r.description, Properties: properties(fields)}
	id := set.Column("id")
	if id >= 0 && r.keyed() && set.Properties[id].Type.Kind.IsInteger() {
		set.Properties[id].Nullable = false
		set.Key = []odata.KeyPart{{Property: id, Name: "id"}}
	} else {
		set.Order = pageOrder(set.Properties)
	}
	for _, name := range r.inputs() {
		input := odata.Property{InPath: true, Path: []string{name}, Column: providers.Column{
			Name: name, Type: sqltypes.Of(sqltypes.BigInt), Nullable: true, Hidden: true, Input: true, Required: true, ReadOnly: true,
			Description: "the row whose " + r.name + " are read",
		}}
		if i := set.Column(name); i >= 0 {
			// The rows tell it too: it is the same column.
			input.Description = set.Properties[i].Description
			set.Properties[i] = input
			continue
		}
		set.Properties = append(set.Properties, input)
	}
	return set
}

// maxOrder bounds the names of an order in bytes: they stand in a URL.
const maxOrder = 700

// pageOrder picks the columns that rows without a key are sorted by: ids first,
// since they tell most rows apart, then whatever else the server can sort by, as
// far as a URL has room. Rows that are equal in all of them may still change
// places between two pages; the number of rows is compared at the end.
func pageOrder(all []odata.Property) []int {
	var order []int
	room := maxOrder
	for rank := range 3 {
		for i := range all {
			p := &all[i]
			text := p.Edm == "Edm.String"
			switch {
			case p.Edm == "" || p.Coded:
				continue
			case rank == 0 && !isID(p), rank == 1 && (isID(p) || text), rank == 2 && !text:
				continue
			}
			if need := len(p.Name) + 1; need <= room {
				room -= need
				order = append(order, i)
			}
		}
	}
	return order
}

func isID(p *odata.Property) bool {
	return p.Type.Kind.IsInteger() && (p.Name == "id" || strings.HasSuffix(p.Name, "_id"))
}
