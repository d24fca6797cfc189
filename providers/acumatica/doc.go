// Package acumatica reads Acumatica ERP, and MYOB Advanced, which is the same
// product, through its three interfaces at once. Each is a schema:
//
//   - REST: the entities of a contract-based endpoint, such as
//     Default/24.200.001, from its OpenAPI document. Fields are wrapped in
//     objects, linked entities are flattened, details are tables of their own.
//   - GI: the generic inquiries that are exposed by OData, with their parameters.
//   - DAC: the data access classes, which are the tables behind the forms, by
//     OData V4.
//
// GI and DAC are read by package odata. REST is read here: it has a filter, but
// neither an order nor a count nor next links.
//
// A connector has a session for each statement that runs at a time, within
// bounds, since a licence has few: each is signed in when it is needed, sends one
// request at a time, as the server would serve them anyway, and is signed out when
// it is idle, or in Close.
//
// What is known of the server's habits comes from Acumatica's Integration
// Development Guide and Reporting Tools Guide, and from published clients.
//
// It imports providers, providers/odata and internal/*. It must never import
// the SQL engine, database/sql or another provider, and makes no HTTP client
// of its own but by internal/httpx.
package acumatica
