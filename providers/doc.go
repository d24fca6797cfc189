// Package providers is the contract between the SQL engine and the systems it
// reads: what a table is, what the engine asks of it, and what it may answer.
//
// A provider gives tables; a table is asked with one immutable ScanRequest and
// answers with a ScanPlan that carries a verdict for every part of it. The
// engine does again whatever was not answered Exact, so a provider may be
// modest but never wrong: a Superset verdict must be proven never to drop a
// row that was asked for.
//
// A provider may have stored procedures besides (ProcedureProvider): what they
// take is described, checked and converted before they are called, and what they
// answer comes as result sets.
//
// Whoever writes a provider reads this package and no other; the conformance
// suite is providers/providertest.
//
// It imports sqltypes, sqltypes/tuple and tokenstore and nothing else of this project: it
// knows no concrete provider, no SQL text and no HTTP client.
package providers
