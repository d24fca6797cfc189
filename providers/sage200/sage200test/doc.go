// Package sage200test is the REST API of a Sage 200 company in memory, in the
// manner of net/http/httptest: a small deterministic trader behind the paths,
// headers and query options of the real thing.
//
// It keeps the traits that break clients: 401 for a missing or wrong X-Site or
// X-Company, in the same words as for much else; $skip without $orderby refused;
// 500 rows when $top is left out and never more than 5,000, without a word;
// a count that is a bare number; nested objects that come only when expanded;
// enumerations that are numbers in the database and names on the wire; instants
// that are compared with more digits than are sent; 200 for DELETE. What the
// public evidence leaves open is an option.
//
// It imports the standard library and odatatest, and must never import the
// driver or any provider.
package sage200test
