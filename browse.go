package epicorerp

import (
	"context"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
)

// browsed is a provider whose listings show what BrowsableSchemas, Tables and
// Views name. A table that is not shown can still be queried by its name.
type browsed struct {
	providers.Provider
	schemas, tables, views []string
}

func (b browsed) Schemas(ctx context.Context) ([]providers.Schema, error) {
	all, err := b.Provider.Schemas(ctx)
	if err != nil || b.schemas == nil {
		return all, err
	}
	var shown []providers.Schema
	for _, s := range all {
		if names(b.schemas, s.Name) {
			shown = append(shown, s)
		}
	}
	return shown, nil
}

// Tables lists nothing of a schema that is not shown. A name may be that of a
// table alone or follow its schema and a point.
func (b browsed) Tables(ctx context.Context, schema string) ([]providers.TableName, error) {
	if schema != "" && b.schemas != nil && !names(b.schemas, schema) {
		return nil, nil
	}
	all, err := b.Provider.Tables(ctx, schema)
	if err != nil {
		return nil, err
	}
	var shown []providers.TableName
	for _, t := range all {
		if b.shows(t) {
			shown = append(shown, t)
		}
	}
	return shown, nil
}

// shows reports whether the listings have a table.
func (b browsed) shows(t providers.TableName) bool {
	list := b.tables
	if t.View {
		list = b.views
	}
	if list != nil && !names(list, t.Name) && !names(list, t.Schema+"."+t.Name) {
		return false
	}
	return b.schemas == nil || names(b.schemas, t.Schema)
}

// browsedProcedures are procedures whose listings show the schemas that
// BrowsableSchemas names, and those that belong to none.
type browsedProcedures struct {
	providers.ProcedureProvider
	schemas []string
}

func (b browsedProcedures) ProcedureSchemas(ctx context.Context) ([]string, error) {
	all, err := b.ProcedureProvider.ProcedureSchemas(ctx)
	if err != nil {
		return nil, err
	}
	var shown []string
	for _, schema := range all {
		if names(b.schemas, schema) {
			shown = append(shown, schema)
		}
	}
	return shown, nil
}

func (b browsedProcedures) Procedures(ctx context.Context, schema string) ([]providers.ProcedureName, error) {
	if schema != "" && !names(b.schemas, schema) {
		return nil, nil
	}
	return b.ProcedureProvider.Procedures(ctx, schema)
}

// names reports whether a list holds a name, without regard to case.
func names(list []string, name string) bool {
	for _, item := range list {
		if strings.EqualFold(item, name) {
			return true
		}
	}
	return false
}
