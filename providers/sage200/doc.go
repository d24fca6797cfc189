// Package sage200 reads Sage 200 (UK), Standard and Professional, through its
// REST API: every resource of which a collection can be read is a table of the
// schema Sage200. The API follows a subset of OData V4 in its query options, so
// package odata does the planning and the paging; what is Sage's own lives here:
// addresses, the subscription key, the choice of a site and a company, the data
// model, and the forms of its errors.
//
// The API has no list of its resources. The names come from a list in this
// package, whose sources are the vendor's OpenAPI documents, or from such
// documents themselves (property OpenAPIFiles); the columns of a table from
// those documents, or else from the server, which describes a resource when
// asked with $metadata=true. A name that nobody listed is asked for all the same.
//
// It imports providers, providers/odata and internal/*. It must never import
// the SQL engine, database/sql or another provider, and makes no HTTP client of
// its own but by internal/httpx.
package sage200
