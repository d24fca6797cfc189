// Package odata reads OData services: V4, V3 and V2, in JSON light, verbose
// JSON, or Atom where a service has no JSON. It is a provider of its own, registered as "odata", and the base of
// providers for systems that speak OData with habits of their own: those hand
// a Service with its Traits and a Set of a Model to NewTable.
//
// A trip through the package: ReadModel turns $metadata into a Model; a
// table's Plan renders what it is asked as query options, with a verdict for
// each part; Open pages through the answer without losing or doubling a row;
// a page is decoded straight into packed rows.
//
// It imports providers, sqltypes and internal/*. It must never import the SQL
// engine, database/sql or another provider, and makes no HTTP client of its own.
package odata
