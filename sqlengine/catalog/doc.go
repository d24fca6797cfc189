// Package catalog shows what a connection knows of itself and of its server as
// tables that are queried like any other: the sys_ tables in the columns that
// users of the commercial drivers know, and information_schema.
//
// Nothing is read before a scan begins, and then no more than its conditions
// need: SchemaName = 'x' AND TableName = 'y' reads the metadata of one table,
// SchemaName = 'x' lists one schema. What is read of the server comes from a
// Source; conditions narrow it and the engine checks them again.
package catalog
