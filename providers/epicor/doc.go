// Package epicor reads Epicor Kinetic (ERP 10.1.500 and later): every service
// as a schema whose entity sets are tables, and the business activity queries
// (BAQs) as views of the schema BaqSvc. Version v1 of its REST services speaks
// OData V3, v2 speaks V4; package odata does the reading, and what is Kinetic's
// own lives here: addresses, headers, credentials, sessions, the forms of its
// errors, and the habits that make its paging trustworthy.
//
// A connection reads nothing when it is made. The list of services is read
// when somebody lists them or misspells one, the metadata of a service when one
// of its tables is named; both are kept until Refresh.
//
// Every row of a business object ends in four housekeeping columns, which are
// ordinary columns here: SysRevID (row version), SysRowID (the row's GUID),
// BitFlag (whether notes or attachments exist) and RowMod (the state of a row
// on its way to the server, "" in every row that is read). User-defined columns
// (Name_c) stand among the others.
//
// The methods of services are procedures, and so are Epicor Functions, in the
// schemas efx.{Library}: what the server's OpenAPI documents or its metadata say
// of them gives parameters and types, each table of a dataset that comes back is
// a result set. Several companies are read as one. A set that refuses all
// conditions is read by its service's GetRows, and with ServerSQL the database
// aggregates; neither answer is taken that is not proven (docs/providers/epicor.md
// says how, and what rests on a client's word alone).
//
// It imports providers, providers/odata and internal/*. It must never import
// the SQL engine, database/sql or another provider, and makes no HTTP client
// of its own but by internal/httpx.
package epicor
