// Package misreading runs the driver against OData servers that nobody of this project wrote and that misread some of
// what they are asked, yet answer 200: conditions that are passed over, null logic that is neither SQL's nor the
// protocol's, comparisons of texts that are numbers. Every query that PostgreSQL was asked over the same rows must give
// the same answer, or an error that says what the server did.
//
// It holds tests only.
package misreading
