package catalog

import (
	"context"
	"fmt"
	"strings"

	"github.com/epicorerp/epicorerp/internal/nearest"
	"github.com/epicorerp/epicorerp/providers"
)

// The schemas of the catalog's own tables. Those of System are found by their
// bare names too.
const (
	System      = "sys"
	Information = "information_schema"
)

// Source tells what there is to query. Its methods are safe for concurrent use.
type Source interface {
	Schemas(ctx context.Context) ([]providers.Schema, error)
	Tables(ctx context.Context, schema string) ([]providers.TableName, error)
	// Describe tells the columns, key and relations of a table or view.
	Describe(ctx context.Context, schema, name string) (*providers.TableInfo, error)
	// ViewText is the query of a view, "" where it is not known.
	ViewText(schema, name string) string
	// ProcedureSchemas lists the schemas that have stored procedures. Those of
	// the schema "" belong to none.
	ProcedureSchemas(ctx context.Context) ([]string, error)
	Procedures(ctx context.Context, schema string) ([]providers.ProcedureName, error)
	DescribeProcedure(ctx context.Context, schema, name string) (*providers.ProcedureInfo, error)
}

// Facts are what the tables hold that ask no server.
type Facts struct {
	// Catalog is the one CatalogName there is.
	Catalog string
	// Properties are those of the connection, in their order; values of secrets
	// are masked already.
	Properties []Property
	// Information says what runs here: product, version, data source.
	Information []Fact
}

// Property is a row of sys_connection_props.
type Property struct {
	Name, Meaning, Type, Default, Category, Value string
	Allowed                                       []string
	Required, Secret                              bool
}

// Fact is a name and its value.
type Fact struct{ Name, Value string }

// Catalog holds the tables. It is safe for concurrent use.
type Catalog struct {
	source Source
	facts  Facts
	tables []*table
}

// New makes the tables. It reads nothing.
func New(s Source, f Facts) *Catalog {
	c := &Catalog{source: s, facts: f}
	for i := range definitions {
		c.tables = append(c.tables, newTable(c, &definitions[i]))
	}
	return c
}

// Has reports whether a schema is the catalog's.
func Has(schema string) bool {
	return strings.EqualFold(schema, System) || strings.EqualFold(schema, Information)
}

// Find finds a table of the catalog; a bare name finds those of System.
func (c *Catalog) Find(schema, name string) (providers.Table, bool) {
	if schema == "" {
		schema = System
	}
	for _, t := range c.tables {
		if strings.EqualFold(t.info.Schema, schema) && strings.EqualFold(t.info.Name, name) {
			return t, true
		}
	}
	return nil, false
}

// NotFound says that a schema of the catalog has no such table.
func (c *Catalog) NotFound(schema, name string) error {
	var names []string
	for _, t := range c.tables {
		if strings.EqualFold(t.info.Schema, schema) {
			names = append(names, t.info.Name)
		}
	}
	return &providers.Error{Kind: providers.KindNotFound, Message: fmt.Sprintf(
		"schema %s has no table %q%s", strings.ToLower(schema), name, nearest.Suffix(name, names))}
}

// Tables lists the catalog's tables of a schema.
func (c *Catalog) Tables(schema string) []providers.TableName {
	var out []providers.TableName
	for _, t := range c.tables {
		if strings.EqualFold(t.info.Schema, schema) {
			out = append(out, providers.TableName{Schema: t.info.Schema, Name: t.info.Name, View: true, Description: t.info.Description})
		}
	}
	return out
}

// schemas are those of the source, then the catalog's own.
func (c *Catalog) schemas(ctx context.Context) ([]providers.Schema, error) {
	list, err := c.source.Schemas(ctx)
	if err != nil {
		return nil, err
	}
	return append(list[:len(list):len(list)],
		providers.Schema{Name: System, Description: "this connection and what it can reach"},
		providers.Schema{Name: Information, Description: "the same, in the standard's form"}), nil
}

func (c *Catalog) tablesOf(ctx context.Context, schema string) ([]providers.TableName, error) {
	if Has(schema) {
		return c.Tables(schema), nil
	}
	return c.source.Tables(ctx, schema)
}

func (c *Catalog) describe(ctx context.Context, schema, name string) (*providers.TableInfo, error) {
	if !Has(schema) {
		return c.source.Describe(ctx, schema, name)
	}
	if t, ok := c.Find(schema, name); ok {
		return t.Info(), nil
	}
	return nil, c.NotFound(schema, name)
}
