// Package jsonpage scans one buffered JSON page of an OData or REST service
// into tokens for the columns a caller named.
//
// One pass does everything: it finds the rows in their envelope, guesses each
// member's key from the row before (so that a key costs one comparison),
// skips what nobody asked for, and validates JSON grammar and UTF-8 to the
// page's last byte. Values stay where they are in the page; they are converted
// late, by the functions of this package or by a Decoder that fills a
// tuple.Batch, so that digits of a decimal are never seen as a float.
//
// The package knows nothing of HTTP, of a provider or of SQL. Besides the
// standard library it may import sqltypes and sqltypes/tuple only.
package jsonpage
