// Package kerberos signs in to an OData service with the tickets of a key
// distribution centre that nobody here wrote: MIT's krb5kdc, started on loopback
// with two realms that trust each other. Its tests are skipped where it is not
// installed.
package kerberos
