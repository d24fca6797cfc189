package catalog

import (
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// definitions are all tables of the catalog. The columns of the sys_ tables are
// those that users of the commercial drivers know, in their order.
var definitions = append(systemTables, informationTables...)

const (
	tableColumns = "CatalogName!, SchemaName!, TableName!"
	references   = "ReferencedCatalogName, ReferencedSchemaName, ReferencedTableName, ReferencedColumnName"
)

var systemTables = []definition{
	{schema: System, name: "sys_catalogs", doc: "the one catalog",
		columns: "CatalogName!",
		facts:   func(c *Catalog) []row { return []row{{text(c.facts.Catalog)}} }},
	{schema: System, name: "sys_schemas", doc: "services and other groups of tables",
		columns: "CatalogName!, SchemaName!, Description", schemaColumn: "SchemaName",
		ofSchema: func(c *Catalog, s providers.Schema) []row {
			return []row{{text(c.facts.Catalog), text(s.Name), optional(s.Description)}}
		}},
	{schema: System, name: "sys_tables", doc: "tables and views",
		columns: tableColumns + ", TableType!, Description, IsUpdateable! bool", schemaColumn: "SchemaName", tableColumn: "TableName",
		ofTable: func(c *Catalog, t providers.TableName) []row {
			return []row{{text(c.facts.Catalog), text(t.Schema), text(t.Name), text(systemType(t)), optional(t.Description), flag(false)}}
		}},
	{schema: System, name: "sys_tablecolumns", doc: "columns of tables and views",
		columns: tableColumns + `, ColumnName!, DataTypeName!, DataType! int, Length int, DisplaySize int, NumericPrecision int, NumericScale int,
			IsNullable! bool, Description, Ordinal! int, IsAutoIncrement! bool, IsGeneratedColumn! bool, IsHidden! bool, IsArray! bool,
			IsReadOnly! bool, IsKey! bool, ColumnType!, FieldControl`,
		schemaColumn: "SchemaName", tableColumn: "TableName", ofInfo: systemColumns},
	{schema: System, name: "sys_primarykeys", doc: "columns of primary keys",
		columns: tableColumns + ", ColumnName!, KeySeq! int, KeyName!", schemaColumn: "SchemaName", tableColumn: "TableName",
		ofInfo: func(c *Catalog, t *providers.TableInfo) (rows []row) {
			for i, column := range t.Key {
				rows = append(rows, row{text(c.facts.Catalog), text(t.Schema), text(t.Name), text(t.Columns[column].Name), number(i + 1), text(primaryKey(t))})
			}
			return rows
		}},
	{schema: System, name: "sys_foreignkeys", doc: "columns by which tables refer to others",
		columns:      tableColumns + ", ColumnName!, PrimaryKeyName, ForeignKeyName!, " + references + ", ForeignKeyType!",
		schemaColumn: "SchemaName", tableColumn: "TableName", ofInfo: systemForeignKeys},
	{schema: System, name: "sys_keycolumns", doc: "columns of primary and of foreign keys",
		columns:      tableColumns + ", ColumnName!, IsKey! bool, IsForeignKey! bool, PrimaryKeyName, ForeignKeyName, " + references,
		schemaColumn: "SchemaName", tableColumn: "TableName", ofInfo: systemKeyColumns},
	{schema: System, name: "sys_indexes", doc: "the primary keys, which are all the indexes that are known",
		columns:      tableColumns + ", IndexName!, ColumnName!, IsUnique! bool, IsPrimary! bool, Type! int, SortOrder, OrdinalPosition! int",
		schemaColumn: "SchemaName", tableColumn: "TableName",
		ofInfo: func(c *Catalog, t *providers.TableInfo) (rows []row) {
			const other = 3 // neither statistics nor clustered nor hashed
			for i, column := range t.Key {
				rows = append(rows, row{text(c.facts.Catalog), text(t.Schema), text(t.Name), text(primaryKey(t)), text(t.Columns[column].Name),
					flag(true), flag(true), number(other), text("A"), number(i + 1)})
			}
			return rows
		}},
	{schema: System, name: "sys_procedures", doc: "stored procedures",
		columns: "CatalogName!, SchemaName!, ProcedureName!, Description, ProcedureType", facts: nothing},
	{schema: System, name: "sys_procedureparameters", doc: "parameters of stored procedures",
		columns: `CatalogName!, SchemaName!, ProcedureName!, ColumnName!, Direction! int, DataTypeName!, DataType! int, Length int,
			NumericPrecision int, NumericScale int, IsNullable! bool, IsRequired! bool, IsArray! bool, Description, Ordinal! int, Values`,
		facts: nothing},
	{schema: System, name: "sys_connection_props", doc: "properties of the connection; secrets are masked",
		columns: `Name!, ShortDescription!, Type!, Values, Default, Category!, Required! bool, Value, PropertyName!, Sensitivity!,
			Ordinal! int, CatOrdinal! int, Hierarchy, Visible! bool, ETC, IsSessionProperty! bool`,
		facts: properties},
	{schema: System, name: "sys_sqlinfo", doc: "what the SQL of this connection can do",
		columns: "Name!, Value!, Description", facts: sqlInfo},
	{schema: System, name: "sys_identity", doc: "keys of the rows that the last statement wrote",
		columns: "Id, Batch, Operation, Message", facts: nothing},
	{schema: System, name: "sys_information", doc: "what runs here",
		columns: "Name!, Value!",
		facts: func(c *Catalog) (rows []row) {
			for _, f := range c.facts.Information {
				rows = append(rows, row{text(f.Name), text(f.Value)})
			}
			return rows
		}},
}

// nothing is in tables about what this release does not have.
func nothing(*Catalog) []row { return nil }

func systemType(t providers.TableName) string {
	switch {
	case Has(t.Schema):
		return "SYSTABLE"
	case t.View:
		return "VIEW"
	}
	return "TABLE"
}

func systemColumns(c *Catalog, t *providers.TableInfo) (rows []row) {
	key := keyColumns(t)
	for i := range t.Columns {
		column := &t.Columns[i]
		kind := "SYSTEM"
		if column.Input {
			kind = "INPUT"
		}
		length := columnLength(column.Type)
		rows = append(rows, row{
			text(c.facts.Catalog), text(t.Schema), text(t.Name), text(column.Name), text(column.Type.Kind.String()), number(jdbcType(column.Type.Kind)),
			length, displaySize(column.Type, length), precision(column.Type), scale(column.Type),
			flag(column.Nullable), optional(column.Description), number(i + 1), flag(false), flag(false), flag(column.Hidden), flag(false),
			flag(column.ReadOnly || t.View), flag(key[i]), text(kind), sqltypes.NullOf(sqltypes.Varchar),
		})
	}
	return rows
}

func systemForeignKeys(c *Catalog, t *providers.TableInfo) (rows []row) {
	for _, k := range foreignKeys(t) {
		for _, p := range k.Pairs {
			rows = append(rows, row{text(c.facts.Catalog), text(t.Schema), text(t.Name), text(t.Columns[p.Column].Name),
				text(primaryKeyName(k.Table, k.others())), text(k.name), text(c.facts.Catalog), text(k.Schema), text(k.Table), text(p.Other), text("FOREIGNKEY")})
		}
	}
	return rows
}

func systemKeyColumns(c *Catalog, t *providers.TableInfo) (rows []row) {
	null := sqltypes.NullOf(sqltypes.Varchar)
	for _, column := range t.Key {
		rows = append(rows, row{text(c.facts.Catalog), text(t.Schema), text(t.Name), text(t.Columns[column].Name),
			flag(true), flag(false), text(primaryKey(t)), null, null, null, null, null})
	}
	for _, k := range foreignKeys(t) {
		for _, p := range k.Pairs {
			rows = append(rows, row{text(c.facts.Catalog), text(t.Schema), text(t.Name), text(t.Columns[p.Column].Name),
				flag(false), flag(true), text(primaryKeyName(k.Table, k.others())), text(k.name),
				text(c.facts.Catalog), text(k.Schema), text(k.Table), text(p.Other)})
		}
	}
	return rows
}

func properties(c *Catalog) (rows []row) {
	categories := map[string]int{}
	null := sqltypes.NullOf(sqltypes.Varchar)
	for i, p := range c.facts.Properties {
		if _, ok := categories[p.Category]; !ok {
			categories[p.Category] = len(categories) + 1
		}
		sensitivity := "NONE"
		if p.Secret {
			sensitivity = "SECRET"
		}
		rows = append(rows, row{text(p.Name), text(p.Meaning), text(p.Type), optional(strings.Join(p.Allowed, ",")), optional(p.Default),
			text(p.Category), flag(p.Required), optional(p.Value), text(p.Name), text(sensitivity),
			number(i + 1), number(categories[p.Category]), null, flag(true), null, flag(false)})
	}
	return rows
}
