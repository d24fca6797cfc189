package sqlengine

import (
	"context"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/epicorerp/epicorerp/sqlengine/catalog"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
)

// known finds what a name means before the provider is asked: a temporary table
// of the session, a view, a table of the catalog.
func (e *Engine) known(s Session, schema, name string) (plan.Named, error) {
	if schema == "" {
		if t := s.temporaries[strings.ToLower(name)]; t != nil {
			return plan.Named{Table: t}, nil
		}
		if isTemporaryName(name) {
			return plan.Named{}, noTemporary(name)
		}
		if v := e.views.find(name); v != nil {
			return plan.Named{View: v}, nil
		}
		if t, ok := e.catalog.Find("", name); ok {
			return plan.Named{Table: t}, nil
		}
		if !catalog.Has(s.Schema) && !e.views.owns(s.Schema) {
			return plan.Named{}, nil
		}
		schema = s.Schema
	}
	switch {
	case e.views.owns(schema):
		if v := e.views.find(name); v != nil {
			return plan.Named{View: v}, nil
		}
		return plan.Named{}, e.views.missing(name)
	case catalog.Has(schema):
		t, ok := e.catalog.Find(schema, name)
		if !ok {
			return plan.Named{}, e.catalog.NotFound(schema, name)
		}
		return plan.Named{Table: t}, nil
	}
	return plan.Named{}, nil
}

// Schemas lists the schemas of the provider, and that of the views if there are
// any.
func (e *Engine) Schemas(ctx context.Context) ([]providers.Schema, error) {
	list, err := e.provider.Schemas(ctx)
	if err != nil || len(e.views.names()) == 0 {
		return list, err
	}
	return append(list[:len(list):len(list)], providers.Schema{Name: e.views.schema, Description: "views of this connection"}), nil
}

// Tables lists the tables and views of a schema.
func (e *Engine) Tables(ctx context.Context, schema string) ([]providers.TableName, error) {
	switch {
	case e.views.owns(schema):
		var out []providers.TableName
		for _, name := range e.views.names() {
			out = append(out, providers.TableName{Schema: e.views.schema, Name: name, View: true})
		}
		return out, nil
	case catalog.Has(schema):
		return e.catalog.Tables(schema), nil
	}
	return e.provider.Tables(ctx, schema)
}

// Describe tells the columns, key and relations of a table or view as a session
// names it. The schema "" is the session's. The result must not be changed.
func (e *Engine) Describe(ctx context.Context, s Session, schema, name string) (*providers.TableInfo, error) {
	known, err := e.known(s, schema, name)
	switch {
	case err != nil:
		return nil, err
	case known.View != nil:
		return e.describeView(ctx, s, known.View)
	case known.Table != nil:
		return known.Table.Info(), nil
	}
	if schema == "" {
		schema = e.schemaOf(s)
	}
	t, err := e.provider.Table(ctx, schema, name)
	if err != nil {
		return nil, err
	}
	return t.Info(), nil
}

// describeView plans a view's query for its columns, which reads the metadata
// of its tables and no row.
func (e *Engine) describeView(ctx context.Context, s Session, v *plan.View) (*providers.TableInfo, error) {
	name := ast.Name{Parts: []ast.Ident{{Text: v.Schema}, {Text: v.Name}}}
	st := &Statement{engine: e}
	p, _, err := st.plan(ctx, call{session: s, query: &ast.TableQuery{Name: name}})
	if err != nil {
		return nil, err
	}
	info := &providers.TableInfo{Schema: v.Schema, Name: v.Name, View: true, Rows: providers.Unknown}
	for _, c := range p.Columns {
		info.Columns = append(info.Columns, providers.Column{Name: c.Name, Type: c.Type, Nullable: c.Nullable, ReadOnly: true})
	}
	return info, nil
}

// listing shows the catalog what an engine knows.
type listing struct{ *Engine }

// Describe tells nothing of a table that the listings do not show.
func (l listing) Describe(ctx context.Context, schema, name string) (*providers.TableInfo, error) {
	info, err := l.Engine.Describe(ctx, Session{}, schema, name)
	if err == nil && l.opt.Listed != nil && !l.views.owns(schema) &&
		!l.opt.Listed(providers.TableName{Schema: info.Schema, Name: info.Name, View: info.View}) {
		return nil, &providers.Error{Kind: providers.KindNotFound, Message: "table " + name + " is not shown"}
	}
	return info, err
}

func (l listing) ViewText(schema, name string) string {
	if v := l.views.find(name); v != nil && l.views.owns(schema) {
		return ast.Print(v.Query)
	}
	return ""
}
