// Package providertest holds what the author of a provider needs to know that
// it is right: Run, the conformance suite that any provider must pass, ours or
// a third party's; and Memory, a provider over rows in memory that does all of
// the contract, to test an engine or a program against.
//
// # How to write a provider
//
// Start with a table that does nothing itself: its Plan answers None for every
// predicate and for the order, and its Open reads all rows. That is a complete
// provider, for the engine filters, sorts, joins and aggregates whatever comes;
// Example shows one, whole. Run it through the suite from its own test:
//
//	func TestConformance(t *testing.T) {
//		providertest.Run(t, providertest.Harness{
//			Open: func(t *testing.T) providers.Provider { return open(t) },
//		})
//	}
//
// Then hand more and more of the work to the server, a verdict at a time, and
// run the suite after each step:
//
//   - Columns: ask the server only for those of the request, in its order.
//   - Filter: answer Exact where the server decides a predicate exactly as SQL
//     does, three-valued logic included; Superset where it may let through rows
//     that do not pass but never drops one that does (a text comparison under
//     an unknown collation that can only be coarser); None for all else, and
//     say in Reasons why. When in doubt, None: the engine does it again, and
//     the answer is right.
//     An Exists speaks of the rows of a related table: None where the server
//     has no way to ask for it.
//   - Order: Exact only if the server orders by these columns alone, in binary
//     order of text, with NULLs where the term says.
//   - Limit, Offset and Aggregate come in a later call, when all filters were
//     Exact. Exact means exactly that many rows, in the order that was asked.
//   - Keys: rows whose key columns equal one of the tuples, at most MaxKeys of
//     them. The answer to a request whose Tuples is nil holds for each batch.
//   - Expand: a join along a navigation, one row a related row.
//
// Stored procedures (providers.ProcedureProvider) are tried by the Calls of the
// Harness.
//
// A Plan makes no request; Open may. What a plan answered is about that
// request alone: the engine looks at each answer anew, so a server's limit on
// the length of a URL may turn Exact into None when a request grows.
//
// A reader gives batches that are never empty, and io.EOF only when the end is
// proven; after the end it goes on giving io.EOF. When its context ends it
// returns the context's error soon, and leaves nothing running after Close.
//
// The package imports providers, sqltypes and sqlengine. The driver is never
// built from it.
package providertest
