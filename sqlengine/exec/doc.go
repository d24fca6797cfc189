// Package exec runs physical plans. Every node of package plan becomes an
// operator that is pulled from above, one batch of packed rows at a time; text
// stays in the arena that it was decoded into for as long as it can.
//
// An operator that must hold rows takes their memory from the query's budget
// first, under the name that the user reads when it is not there. Expressions
// are closures over packed rows, and hash tables hold packed keys: no value is
// boxed and nothing is allocated per row.
//
// The package imports plan, expr, providers, sqltypes and tuple. It never
// imports net/http, database/sql, or a concrete provider.
package exec
