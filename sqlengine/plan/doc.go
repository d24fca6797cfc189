// Package plan turns a syntax tree into a tree of operators: it binds names
// and types, rewrites by named rules, negotiates with the tables what their
// server does, and prints all of it as EXPLAIN.
//
// Arguments are bound before a plan is made, so a plan holds constants and is
// used once: planning costs microseconds, a request milliseconds.
//
// It imports ast, expr, providers and sqltypes. It never executes anything,
// and it never imports net/http, database/sql or a concrete provider.
package plan
