// Package odatatest is an OData service in memory, in the manner of
// net/http/httptest: a program under test talks to it over loopback as it
// would to a real V2, V3 or V4 service.
//
// It answers $metadata, the service document, set reads with every system
// query option, key access, navigation, $count, and writes with ETags, from
// tables held in memory or computed on the fly (Source). $filter is parsed
// after the OASIS ABNF and evaluated with OData's null semantics. Decimals and
// 64-bit integers are exact: no number of Decimal or Int64 type ever becomes a
// float.
//
// Traits of particular products (silent page caps, case-insensitive
// collations, refused options, faults, slow pages) are options, so that a
// client's defences can be tested one by one. Package epicortest builds a
// Kinetic server from the same Handler.
//
// It imports the standard library only, and must never import the driver or
// any provider: a test double that shares code with its subject shares its
// mistakes.
package odatatest
