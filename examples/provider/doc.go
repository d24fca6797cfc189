// Package csvdir is a provider of a third party, small and whole: a directory
// of CSV files, each a table, and a stored procedure. PROVIDERS.md walks through
// it.
//
// The first line of a file names the columns and their types, as in
//
//	OrderNum INTEGER NOT NULL,Customer VARCHAR,Placed DATE,Amount DECIMAL
//
// An empty field is NULL, in a column of text too.
package csvdir
