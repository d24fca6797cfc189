// Package odata runs the driver against an OData V4 server that nobody of this project wrote, and compares every
// answer with PostgreSQL's over the same rows: with pushdown on, with pushdown off, from many goroutines at once, and
// over whole sets page by page.
//
// It holds tests only. The server is started by the tests, unless EPICORERP_ODATA_URL names one that serves the
// rows of testdata/erp.
package odata
