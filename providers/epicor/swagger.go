package epicor

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// swaggerParameter describes a parameter of a BAQ (Swagger 2.0; OpenAPI 3 puts
// the type into schema).
type swaggerParameter struct {
	Name     string
	In       string
	Required bool
	swaggerType
	Description string
	Schema      *swaggerType
}

type swaggerType struct {
	Type   string
	Format string
	Items  *swaggerType
}

// parameters reads a BAQ's parameters from its description at
// /api/swagger/v1/baq/{id}, which alone tells the lists among them, else from its
// definition. A server that tells neither leaves them to be found by use; only
// the end of the caller's patience is an error.
func (c *catalog) parameters(ctx context.Context, id string) ([]odata.Property, error) {
	resp, err := c.p.get(ctx, c.p.set.root+"/api/swagger/v1/baq/"+url.PathEscape(id), "application/json")
	switch {
	case err == nil:
		defer resp.Release()
		return readParameters(resp.Body), nil
	case ctx.Err() != nil || errors.Is(err, providers.KindAuthentication):
		return nil, err
	}
	return c.declared(ctx, id)
}

// readParameters returns the parameters that the query of rows takes, the
// system query options left out.
func readParameters(body []byte) []odata.Property {
	var doc struct {
		Paths map[string]struct {
			Get struct{ Parameters []swaggerParameter }
		}
	}
	if json.Unmarshal(body, &doc) != nil {
		return nil
	}
	var out []odata.Property
	for _, path := range [...]string{"/", "/Data"} {
		for _, q := range doc.Paths[path].Get.Parameters {
			if q.In != "query" || q.Name == "" || q.Name[0] == '$' || q.Name == "api-key" {
				continue
			}
			typ := q.swaggerType
			if q.Schema != nil {
				typ = *q.Schema
			}
			p := input(q.Name, typ.sql())
			p.Required, p.Description = q.Required, oneLine(q.Description)
			if typ.Type == "array" {
				p.Description = strings.TrimSpace(p.Description + " (a list: give it by IN)")
			}
			out = append(out, p)
		}
		if out != nil {
			break
		}
	}
	return out
}

// parameterType is the type of a parameter in a definition, whose types are
// those of the database.
func parameterType(name string) sqltypes.Type {
	switch strings.ToLower(name) {
	case "int", "bigint", "integer":
		return sqltypes.Of(sqltypes.BigInt)
	case "decimal":
		return sqltypes.Of(sqltypes.Decimal)
	case "bit", "logical", "boolean":
		return sqltypes.Of(sqltypes.Bool)
	case "date":
		return sqltypes.Of(sqltypes.Date)
	case "datetime":
		return sqltypes.Of(sqltypes.Timestamp)
	}
	return sqltypes.VarcharType(sqltypes.Unlimited)
}

// sql returns the type that constants for the parameter are to have; a list is
// given by its elements.
func (t swaggerType) sql() sqltypes.Type {
	switch t.Type {
	case "array":
		if t.Items != nil {
			return t.Items.sql()
		}
	case "integer":
		return sqltypes.Of(sqltypes.BigInt)
	case "number":
		return sqltypes.Type{Kind: sqltypes.Decimal, Precision: sqltypes.Unlimited, Scale: sqltypes.Unlimited}
	case "boolean":
		return sqltypes.Of(sqltypes.Bool)
	case "string":
		switch t.Format {
		case "date":
			return sqltypes.Of(sqltypes.Date)
		case "date-time":
			return sqltypes.Of(sqltypes.Timestamp)
		}
	}
	return sqltypes.VarcharType(sqltypes.Unlimited)
}
