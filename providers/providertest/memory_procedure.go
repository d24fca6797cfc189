package providertest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/internal/nearest"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// MemoryProcedure is a stored procedure of a Memory.
type MemoryProcedure struct {
	providers.ProcedureInfo
	// Run gives the results of a call, whose arguments are as a
	// providers.Procedure gets them.
	Run func(args []sqltypes.Value) ([]providers.ResultSet, error)
}

// AddProcedure puts a procedure into the provider, in the default schema if it
// names none.
func (m *Memory) AddProcedure(p MemoryProcedure) {
	if p.Schema == "" {
		p.Schema = m.schema
	}
	m.procedures = append(m.procedures, &p)
}

// ProcedureSchemas lists the schemas that have procedures.
func (m *Memory) ProcedureSchemas(context.Context) ([]string, error) {
	var schemas []string
	for _, p := range m.procedures {
		if !slices.Contains(schemas, p.Schema) {
			schemas = append(schemas, p.Schema)
		}
	}
	return schemas, nil
}

// Procedures lists the procedures of a schema.
func (m *Memory) Procedures(_ context.Context, schema string) ([]providers.ProcedureName, error) {
	var list []providers.ProcedureName
	for _, p := range m.procedures {
		if strings.EqualFold(p.Schema, schema) {
			list = append(list, providers.ProcedureName{Schema: p.Schema, Name: p.Name, Description: p.Description})
		}
	}
	return list, nil
}

// Procedure finds a procedure without regard to case.
func (m *Memory) Procedure(_ context.Context, schema, name string) (providers.Procedure, error) {
	var names []string
	for _, p := range m.procedures {
		if !strings.EqualFold(p.Schema, schema) {
			continue
		}
		if strings.EqualFold(p.Name, name) {
			return p, nil
		}
		names = append(names, p.Name)
	}
	return nil, &providers.Error{Kind: providers.KindNotFound, Message: fmt.Sprintf("there is no procedure %s in %s%s", name, schema, nearest.Suffix(name, names))}
}

// Info describes the procedure.
func (p *MemoryProcedure) Info() *providers.ProcedureInfo { return &p.ProcedureInfo }

// Call runs the procedure.
func (p *MemoryProcedure) Call(ctx context.Context, args []sqltypes.Value, _ *providers.Budget) ([]providers.ResultSet, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return p.Run(args)
}
