// Package httpx is the one place that makes HTTP clients. It carries a request
// to a server and brings the whole answer back: it queues for a connection,
// authorizes, sends, inflates, repeats what may be repeated, and tells what
// happened without ever telling a secret.
//
// A Client speaks only to the origins named in its Config; neither a URL in an
// answer nor a redirect can carry credentials elsewhere. There is exactly one
// retry layer in the driver, and it is Client.Do.
//
// The package knows nothing of OData, OAuth or SQL. Besides the standard library
// it imports internal/certificate alone.
package httpx
