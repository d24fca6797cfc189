// Package httpauth answers the challenges of HTTP servers: it is the layer on a
// transport for those schemes whose credentials are not a header made once.
// Digest (RFC 7616, and RFC 2617 before it) proves the password for each method
// and URL; NTLM signs in a connection, which then carries requests by itself.
//
// A layer never sends credentials of another scheme than its own, whatever the
// server would take.
package httpauth
