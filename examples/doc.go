// Package examples holds a provider of a third party (package provider, which
// PROVIDERS.md explains), and programs that sign in, one for each way there is:
//
//   - desktop: the user's browser opens once, and never again
//   - headless-code: the user signs in on another machine and brings the code back
//   - headless-copy: the user signs in on another machine, and its settings are copied
//   - web: a web application whose users sign in for themselves
//
// Each program takes a connection string from EPICORERP_DSN; docs/authentication.md
// says what goes into it.
package examples
