// Package oracle holds the answers that the driver is measured against: named SQL queries in files, the rows that
// PostgreSQL gives for them over the same data, and a comparison that knows types, so that a decimal is compared by
// its digits, an instant by its moment and a double by its value.
//
// PostgreSQL is asked live when one is at hand; its answers are also recorded in testdata/recorded, so that the
// comparison can be made without one.
//
// It must never import the driver: what it says has to be true without it.
package oracle
