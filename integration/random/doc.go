// Package random writes queries at random, in the SQL that the engine and
// PostgreSQL share, and compares what both answer.
//
// A query is built by types, so that it has no type error, and it says where
// NULLs sort, so that an order means the same to both. What one of both refuses
// at run time (an overflow that depends on which row is computed) is counted
// and left out.
package random
