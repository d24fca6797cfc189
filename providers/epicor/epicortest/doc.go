// Package epicortest is a Kinetic (ERP 10.1.500 and later) server in memory,
// in the manner of net/http/httptest: a small deterministic manufacturer in two
// companies behind REST v1 (OData V3) and v2 (OData V4).
//
// It keeps the traits of the real thing that break clients: services as
// separate documents, answers cut at 100 rows without a word and without a
// next link, system query options that are case-sensitive, columns renamed
// Company1 where they would bear their type's name, 401 with three meanings,
// sessions that count as licence seats, methods that answer 200 with errors
// inside, BAQs with parameters. What the public evidence leaves open (the cap,
// whether BAQs skip, whether computed columns filter) is an option.
//
// It imports the standard library and odatatest, and must never import the
// driver or any provider.
package epicortest
