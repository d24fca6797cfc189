package catalog

import (
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
)

// definitions are all tables of the catalog. The columns of the sys_ tables are
// those that users of the commercial drivers know, in their order.
var definitions = slices.Concat(systemTables, informationTables, procedureTables)

const (
	tableColumns = "CatalogName!, SchemaName!, TableName!"
	references   = "ReferencedCatalogName, ReferencedSchemaName, ReferencedTableName, ReferencedColumnName"
)

var systemTables = []definition{
	{schema: System, name: "sys_catalogs", doc: "the one catalog",
		columns: "CatalogName!",
		facts:   func(c *Catalog) []Row { return []Row{Row{}.Text(c.facts.Catalog)} }},
	{schema: System, name: "sys_schemas", doc: "services and other groups of tables",
		columns: "CatalogName!, SchemaName!, Description", schemaColumn: "SchemaName",
		ofSchema: func(c *Catalog, s providers.Schema) []Row {
			return []Row{Row{}.Text(c.facts.Catalog, s.Name).Optional(s.Description)}
		}},
	{schema: System, name: "sys_tables", doc: "tables and views",
		columns: tableColumns + ", TableType!, Description, IsUpdateable! bool", schemaColumn: "SchemaName", tableColumn: "TableName",
		ofTable: func(c *Catalog, t providers.TableName) []Row {
			return []Row{Row{}.Text(c.facts.Catalog, t.Schema, t.Name, systemType(t)).Optional(t.Description).Flag(false)}
		}},
	{schema: System, name: "sys_tablecolumns", doc: "columns of tables and views",
		columns: tableColumns + `, ColumnName!, DataTypeName!, DataType! int, Length int, DisplaySize int, NumericPrecision int, NumericScale int,
			IsNullable! bool, Description, Ordinal! int, IsAutoIncrement! bool, IsGeneratedColumn! bool, IsHidden! bool, IsArray! bool,
			IsReadOnly! bool, IsKey! bool, ColumnType!, FieldControl`,
		schemaColumn: "SchemaName", tableColumn: "TableName", ofInfo: systemColumns},
	{schema: System, name: "sys_primarykeys", doc: "columns of primary keys",
		columns: tableColumns + ", ColumnName!, KeySeq! int, KeyName!", schemaColumn: "SchemaName", tableColumn: "TableName",
		ofInfo: func(c *Catalog, t *providers.TableInfo) (rows []Row) {
			for i, column := range t.Key {
				rows = append(rows, Row{}.Text(c.facts.Catalog, t.Schema, t.Name, t.Columns[column].Name).Number(i+1).Text(primaryKey(t)))
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
		ofInfo: func(c *Catalog, t *providers.TableInfo) (rows []Row) {
			const other = 3 // neither statistics nor clustered nor hashed
			for i, column := range t.Key {
				rows = append(rows, Row{}.Text(c.facts.Catalog, t.Schema, t.Name, primaryKey(t), t.Columns[column].Name).
					Flag(true, true).Number(other).Text("A").Number(i+1))
			}
			return rows
		}},
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
		facts: func(c *Catalog) (rows []Row) {
			for _, f := range c.facts.Information {
				rows = append(rows, Row{}.Text(f.Name, f.Value))
			}
			return rows
		}},
}

// nothing is in tables about what this release does not have.
func nothing(*Catalog) []Row { return nil }

func systemType(t providers.TableName) string {
	switch {
	case Has(t.Schema):
		return "SYSTABLE"
	case t.View:
		return "VIEW"
	}
	return "TABLE"
}

func systemColumns(c *Catalog, t *providers.TableInfo) (rows []Row) {
	key := keyColumns(t)
	for i := range t.Columns {
		column := &t.Columns[i]
		kind := "SYSTEM"
		if column.Input {
			kind = "INPUT"
		}
		length := columnLength(column.Type)
		rows = append(rows, Row{}.Text(c.facts.Catalog, t.Schema, t.Name, column.Name, column.Type.Kind.String()).Number(jdbcType(column.Type.Kind)).
			Value(length, displaySize(column.Type, length), precision(column.Type), scale(column.Type)).
			Flag(column.Nullable).Optional(column.Description).Number(i+1).
			Flag(false, false, column.Hidden, false, column.ReadOnly || t.View, key[i]).Text(kind).Null(1))
	}
	return rows
}

func systemForeignKeys(c *Catalog, t *providers.TableInfo) (rows []Row) {
	for _, k := range foreignKeys(t) {
		for _, p := range k.Pairs {
			rows = append(rows, Row{}.Text(c.facts.Catalog, t.Schema, t.Name, t.Columns[p.Column].Name,
				primaryKeyName(k.Table, k.others()), k.name, c.facts.Catalog, k.Schema, k.Table, p.Other, "FOREIGNKEY"))
		}
	}
	return rows
}

func systemKeyColumns(c *Catalog, t *providers.TableInfo) (rows []Row) {
	for _, column := range t.Key {
		rows = append(rows, Row{}.Text(c.facts.Catalog, t.Schema, t.Name, t.Columns[column].Name).
			Flag(true, false).Text(primaryKey(t)).Null(5))
	}
	for _, k := range foreignKeys(t) {
		for _, p := range k.Pairs {
			rows = append(rows, Row{}.Text(c.facts.Catalog, t.Schema, t.Name, t.Columns[p.Column].Name).
				Flag(false, true).Text(primaryKeyName(k.Table, k.others()), k.name, c.facts.Catalog, k.Schema, k.Table, p.Other))
		}
	}
	return rows
}

func properties(c *Catalog) (rows []Row) {
	categories := map[string]int{}
	for i, p := range c.facts.Properties {
		if _, ok := categories[p.Category]; !ok {
			categories[p.Category] = len(categories) + 1
		}
		sensitivity := "NONE"
		if p.Secret {
			sensitivity = "SECRET"
		}
		rows = append(rows, Row{}.Text(p.Name, p.Meaning, p.Type).Optional(strings.Join(p.Allowed, ",")).Optional(p.Default).
			Text(p.Category).Flag(p.Required).Optional(p.Value).Text(p.Name, sensitivity).
			Number(i+1, categories[p.Category]).Null(1).Flag(true).Null(1).Flag(false))
	}
	return rows
}
