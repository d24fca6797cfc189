// Package expr is what the engine knows about values: typed expressions,
// three-valued logic, casts, the function table, aggregates, and the keys by
// which values are hashed and sorted.
//
// Constructors such as NewBinary and NewCall resolve types, insert the
// implicit casts and give an *Error with its SQLSTATE where there is no
// meaning. Compile turns a node into closures over packed rows. Semantics are
// PostgreSQL's; testdata/own.tsv lists every known difference with its reason.
//
// Rules that are ours to fix:
//
//   - A bare string literal, or a parameter bound to a string or nil, takes
//     the type of what it meets. A typed constant does so where nothing is
//     lost: 5.0 as INTEGER, 0 and 1 as BOOLEAN, a midnight as DATE. So a
//     column stays bare and can be asked of a server.
//   - Integers and floats compare exactly. A decimal meets a float as the
//     nearest float, so that 0.1 equals the DOUBLE 0.1.
//   - TIMESTAMPTZ meets DATE, TIME, TIMESTAMP and text in UTC. The statement's
//     zone only says what CURRENT_DATE and LOCALTIMESTAMP are.
//   - AND, OR, CASE, COALESCE and IN evaluate left to right and no further
//     than needed; an error in what is not evaluated is none.
//   - Roots, powers, logarithms and trigonometry give DOUBLE. FLOOR, CEILING,
//     ROUND and TRUNC of one argument keep the kind of the number.
//   - EXTRACT gives INTEGER for whole parts and DECIMAL where seconds have a
//     fraction.
//
// The package imports nothing of this project but sqltypes, sqltypes/tuple and
// internal/nearest.
package expr
