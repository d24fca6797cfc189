// Package procedures joins the stored procedures of the driver itself with
// those of the connected system.
//
// The driver's own are about signing in and belong to no schema, so that they
// are found before anybody has signed in: a web application gets the address
// where its user signs in, trades the code for tokens and renews them.
//
// It imports providers, sqltypes and internal/oauth and knows no SQL: arguments
// come checked and converted from whoever calls.
package procedures
