package catalog

import (
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// informationTables are the standard's views, with the columns that MySQL adds
// where programs ask for them.
var informationTables = []definition{
	{schema: Information, name: "schemata", doc: "services and other groups of tables",
		columns:      "catalog_name!, schema_name!, schema_owner, default_character_set_name!, default_collation_name!",
		schemaColumn: "schema_name",
		ofSchema: func(c *Catalog, s providers.Schema) []Row {
			return []Row{Row{}.Text(c.facts.Catalog, s.Name).Optional("").Text("utf8mb4", "binary")}
		}},
	{schema: Information, name: "tables", doc: "tables and views",
		columns:      "table_catalog!, table_schema!, table_name!, table_type!, is_insertable_into!, table_comment!",
		schemaColumn: "table_schema", tableColumn: "table_name",
		ofTable: func(c *Catalog, t providers.TableName) []Row {
			return []Row{Row{}.Text(c.facts.Catalog, t.Schema, t.Name, standardType(t), yesNo(false), t.Description)}
		}},
	{schema: Information, name: "columns", doc: "columns of tables and views",
		columns: `table_catalog!, table_schema!, table_name!, column_name!, ordinal_position! int, column_default, is_nullable!, data_type!,
			character_maximum_length int, character_octet_length bigint, numeric_precision int, numeric_precision_radix int, numeric_scale int,
			datetime_precision int, character_set_name, collation_name, column_type!, column_key!, extra!, privileges!, column_comment!,
			is_identity!, is_generated!, is_updatable!`,
		schemaColumn: "table_schema", tableColumn: "table_name", ofInfo: standardColumns},
	{schema: Information, name: "views", doc: "views, with their queries where they are this connection's own",
		columns:      "table_catalog!, table_schema!, table_name!, view_definition, check_option!, is_updatable!",
		schemaColumn: "table_schema", tableColumn: "table_name",
		ofTable: func(c *Catalog, t providers.TableName) []Row {
			if !t.View {
				return nil
			}
			return []Row{Row{}.Text(c.facts.Catalog, t.Schema, t.Name).Optional(c.source.ViewText(t.Schema, t.Name)).Text("NONE", yesNo(false))}
		}},
	{schema: Information, name: "table_constraints", doc: "primary and foreign keys",
		columns:      "constraint_catalog!, constraint_schema!, constraint_name!, table_schema!, table_name!, constraint_type!, enforced!",
		schemaColumn: "table_schema", tableColumn: "table_name",
		ofInfo: func(c *Catalog, t *providers.TableInfo) (rows []Row) {
			add := func(name, kind string) {
				rows = append(rows, Row{}.Text(c.facts.Catalog, t.Schema, name, t.Schema, t.Name, kind, "YES"))
			}
			if len(t.Key) > 0 {
				add(primaryKey(t), "PRIMARY KEY")
			}
			for _, k := range foreignKeys(t) {
				add(k.name, "FOREIGN KEY")
			}
			return rows
		}},
	{schema: Information, name: "key_column_usage", doc: "columns of primary and foreign keys",
		columns: `constraint_catalog!, constraint_schema!, constraint_name!, table_catalog!, table_schema!, table_name!, column_name!,
			ordinal_position! int, position_in_unique_constraint int, referenced_table_schema, referenced_table_name, referenced_column_name`,
		schemaColumn: "table_schema", tableColumn: "table_name", ofInfo: keyColumnUsage},
	{schema: Information, name: "referential_constraints", doc: "foreign keys",
		columns: `constraint_catalog!, constraint_schema!, constraint_name!, unique_constraint_catalog!, unique_constraint_schema!,
			unique_constraint_name!, match_option!, update_rule!, delete_rule!, table_name!, referenced_table_name!`,
		schemaColumn: "constraint_schema", tableColumn: "table_name",
		ofInfo: func(c *Catalog, t *providers.TableInfo) (rows []Row) {
			catalog := c.facts.Catalog
			for _, k := range foreignKeys(t) {
				rows = append(rows, Row{}.Text(catalog, t.Schema, k.name, catalog, k.Schema, primaryKeyName(k.Table, k.others()),
					"NONE", "NO ACTION", "NO ACTION", t.Name, k.Table))
			}
			return rows
		}},
}

func standardType(t providers.TableName) string {
	switch {
	case Has(t.Schema):
		return "SYSTEM VIEW"
	case t.View:
		return "VIEW"
	}
	return "BASE TABLE"
}

func standardColumns(c *Catalog, t *providers.TableInfo) (rows []Row) {
	key := keyColumns(t)
	nullText, nullNumber := sqltypes.NullOf(sqltypes.Varchar), sqltypes.NullOf(sqltypes.Integer)
	for i := range t.Columns {
		column := &t.Columns[i]
		if column.Hidden && !column.Input {
			continue // not part of SELECT *, nor a parameter
		}
		length, octets := columnLength(column.Type), sqltypes.NullOf(sqltypes.BigInt)
		charset, collation := nullText, nullText
		if column.Type.Kind.IsText() {
			charset, collation = sqltypes.StringValue("utf8mb4"), sqltypes.StringValue("binary")
			if !length.Null {
				octets = sqltypes.IntValue(4 * length.I)
			}
		}
		radix, datetime := nullNumber, nullNumber
		if column.Type.Kind.IsNumeric() {
			radix = number(10)
		}
		if column.Type.Kind.IsTemporal() && column.Type.Kind != sqltypes.Date {
			datetime = number(7)
		}
		columnKey, extra := "", ""
		if key[i] {
			columnKey = "PRI"
		}
		if column.Input {
			extra = "INPUT"
		}
		rows = append(rows, Row{}.Text(c.facts.Catalog, t.Schema, t.Name, column.Name).Number(len(rows)+1).Null(1).
			Text(yesNo(column.Nullable), strings.ToLower(column.Type.Kind.String())).
			Value(length, octets, precision(column.Type), radix, scale(column.Type), datetime, charset, collation).
			Text(strings.ToLower(column.Type.String()), columnKey, extra, "select", column.Description, yesNo(false), "NEVER", yesNo(false)))
	}
	return rows
}

func keyColumnUsage(c *Catalog, t *providers.TableInfo) (rows []Row) {
	catalog := c.facts.Catalog
	for i, column := range t.Key {
		rows = append(rows, Row{}.Text(catalog, t.Schema, primaryKey(t), catalog, t.Schema, t.Name, t.Columns[column].Name).
			Number(i+1).Value(sqltypes.NullOf(sqltypes.Integer)).Null(3))
	}
	for _, k := range foreignKeys(t) {
		for i, p := range k.Pairs {
			rows = append(rows, Row{}.Text(catalog, t.Schema, k.name, catalog, t.Schema, t.Name, t.Columns[p.Column].Name).
				Number(i+1, i+1).Text(k.Schema, k.Table, p.Other))
		}
	}
	return rows
}
