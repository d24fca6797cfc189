// Enginebench measures the engine beside DuckDB and SQLite, as `make
// bench-engine` runs it: a million orders and a hundred thousand customers come
// to each engine as the same stream of rows, and each answers four queries
// through database/sql. CPU time is compared, that of loading included, and all
// engines take turns in one process. It exits with 1 when a goal is missed.
//
//	go run ./enginebench [-rounds 5] [-orders 1000000] [-customers 100000]
//
// It needs cgo for DuckDB, and a system that tells the CPU time of a process.
package main
