// Package acumaticatest is an Acumatica site in memory, in the manner of
// net/http/httptest: a small deterministic wholesaler behind a contract-based
// endpoint, generic inquiries and data access classes.
//
// It keeps the traits of the real thing that break clients: fields wrapped in
// objects, {} for no value, pages without a count and without an order, $select
// that drops what $expand asked for, filters that fail or find nothing in silence,
// sessions that count and must be ended, requests of a session that wait for each
// other, inquiries that answer 200 with nothing at all, actions that go on after
// they have answered. What the public evidence leaves open is an option.
//
// Serve another endpoint's OpenAPI document by WithContract: every entity of it
// then has a few made-up records.
//
// It imports the standard library and odatatest, and must never import the
// driver or any provider.
package acumaticatest
