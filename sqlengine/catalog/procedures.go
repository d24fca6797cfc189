package catalog

import (
	"context"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// procedureTables are about stored procedures. Those that belong to no schema
// are shown in System, as the tables are that a bare name finds.
var procedureTables = []definition{
	{schema: System, name: "sys_procedures", doc: "stored procedures",
		columns:      "CatalogName!, SchemaName!, ProcedureName!, Description, ProcedureType",
		schemaColumn: "SchemaName", tableColumn: "ProcedureName",
		ofProcedure: func(c *Catalog, p providers.ProcedureName) []Row {
			return []Row{Row{}.Text(c.facts.Catalog, p.Schema, p.Name).Optional(p.Description).Text("PROCEDURE")}
		}},
	{schema: System, name: "sys_procedureparameters", doc: "parameters of stored procedures, and the columns of their results where they are known",
		columns: `CatalogName!, SchemaName!, ProcedureName!, ColumnName!, Direction! int, DataTypeName!, DataType! int, Length int,
			NumericPrecision int, NumericScale int, IsNullable! bool, IsRequired! bool, IsArray! bool, Description, Ordinal! int, Values`,
		schemaColumn: "SchemaName", tableColumn: "ProcedureName", ofProcedureInfo: systemParameters},
	{schema: Information, name: "routines", doc: "stored procedures",
		columns: `specific_catalog!, specific_schema!, specific_name!, routine_catalog!, routine_schema!, routine_name!, routine_type!,
			routine_body!, is_deterministic!, routine_comment!`,
		schemaColumn: "routine_schema", tableColumn: "routine_name",
		ofProcedure: func(c *Catalog, p providers.ProcedureName) []Row {
			return []Row{Row{}.Text(c.facts.Catalog, p.Schema, p.Name, c.facts.Catalog, p.Schema, p.Name, "PROCEDURE", "EXTERNAL", yesNo(false), p.Description)}
		}},
	{schema: Information, name: "parameters", doc: "parameters of stored procedures",
		columns: `specific_catalog!, specific_schema!, specific_name!, ordinal_position! int, parameter_mode, is_result!, parameter_name!,
			data_type!, character_maximum_length int, numeric_precision int, numeric_scale int, dtd_identifier!, parameter_default, routine_type!`,
		schemaColumn: "specific_schema", tableColumn: "specific_name", ofProcedureInfo: standardParameters},
}

// The directions by which ODBC and JDBC number parameters. A column of a
// result is one of them there.
const directionResult = 3

var directions = map[providers.Direction]int{
	providers.DirectionIn: 1, providers.DirectionInOut: 2, providers.DirectionOut: 4, providers.DirectionReturn: 5,
}

func systemParameters(c *Catalog, p *providers.ProcedureInfo) (rows []Row) {
	add := func(name string, direction int, t sqltypes.Type, nullable, required bool, description string, allowed []string) {
		rows = append(rows, Row{}.Text(c.facts.Catalog, p.Schema, p.Name, name).Number(direction).
			Text(t.Kind.String()).Number(jdbcType(t.Kind)).Value(columnLength(t), precision(t), scale(t)).
			Flag(nullable, required, false).Optional(description).Number(len(rows)+1).Optional(strings.Join(allowed, ",")))
	}
	for i := range p.Parameters {
		param := &p.Parameters[i]
		add(param.Name, directions[param.Direction], param.Type, !param.Required, param.Required, param.Description, param.Allowed)
	}
	for i := range p.Results {
		column := &p.Results[i]
		add(column.Name, directionResult, column.Type, column.Nullable, false, column.Description, nil)
	}
	return rows
}

func standardParameters(c *Catalog, p *providers.ProcedureInfo) (rows []Row) {
	modes := map[providers.Direction]string{providers.DirectionIn: "IN", providers.DirectionInOut: "INOUT", providers.DirectionOut: "OUT"}
	for i := range p.Parameters {
		param := &p.Parameters[i]
		t, preset := param.Type, sqltypes.NullOf(sqltypes.Varchar)
		if param.HasDefault() {
			preset = sqltypes.StringValue(param.Default.String())
		}
		rows = append(rows, Row{}.Text(c.facts.Catalog, p.Schema, p.Name).Number(len(rows)+1).Optional(modes[param.Direction]).
			Text(yesNo(param.Direction == providers.DirectionReturn), param.Name, strings.ToLower(t.Kind.String())).
			Value(columnLength(t), precision(t), scale(t)).Text(strings.ToLower(t.String())).Value(preset).Text("PROCEDURE"))
	}
	return rows
}

// ofProcedures reports a table about procedures.
func (d *definition) ofProcedures() bool { return d.ofProcedure != nil || d.ofProcedureInfo != nil }

// procedureSchemas are the schemas that have procedures.
func (c *Catalog) procedureSchemas(ctx context.Context) ([]providers.Schema, error) {
	names, err := c.source.ProcedureSchemas(ctx)
	if err != nil {
		return nil, err
	}
	schemas := []providers.Schema{{Name: System}}
	for _, name := range names {
		schemas = append(schemas, providers.Schema{Name: name})
	}
	return schemas, nil
}

// procedures lists the procedures of a schema as the catalog shows it.
func (c *Catalog) procedures(ctx context.Context, schema string) ([]providers.ProcedureName, error) {
	switch {
	case strings.EqualFold(schema, Information):
		return nil, nil
	case !strings.EqualFold(schema, System):
		return c.source.Procedures(ctx, schema)
	}
	list, err := c.source.Procedures(ctx, "")
	shown := make([]providers.ProcedureName, len(list))
	for i, p := range list {
		p.Schema = System
		shown[i] = p
	}
	return shown, err
}

// procedureInfo describes a procedure that procedures lists.
func (c *Catalog) procedureInfo(ctx context.Context, p providers.ProcedureName) (*providers.ProcedureInfo, error) {
	if p.Schema != System {
		return c.source.DescribeProcedure(ctx, p.Schema, p.Name)
	}
	info, err := c.source.DescribeProcedure(ctx, "", p.Name)
	if err != nil {
		return nil, err
	}
	shown := *info
	shown.Schema = System
	return &shown, nil
}

// loadProcedures makes the rows of the procedures of one schema.
func (r *reader) loadProcedures(ctx context.Context, schema string) (rows []Row, err error) {
	def, c := r.table.def, r.table.catalog
	_, exact := r.narrow.named(r.table.schema)
	list, err := c.procedures(ctx, schema)
	if err != nil {
		return nil, visible(err)
	}
	for _, p := range list {
		if exact && p.Schema != schema || !r.narrow.allows(p.Schema, p.Name) {
			continue
		}
		if def.ofProcedure != nil {
			rows = append(rows, def.ofProcedure(c, p)...)
			continue
		}
		info, err := c.procedureInfo(ctx, p)
		if err != nil {
			if err = visible(err); err != nil {
				return nil, err
			}
			continue
		}
		rows = append(rows, def.ofProcedureInfo(c, info)...)
	}
	return rows, nil
}
