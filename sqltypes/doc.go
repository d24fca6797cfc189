// Package sqltypes is the vocabulary that every layer carries: the SQL types,
// exact decimals, and how dates and times are counted.
//
// Units, fixed here for the whole driver:
//
//   - DATE: days since 1970-01-01 (proleptic Gregorian calendar)
//   - TIME: ticks since midnight
//   - TIMESTAMP: ticks since 1970-01-01T00:00:00 on a calendar without a zone
//   - TIMESTAMPTZ: ticks since 1970-01-01T00:00:00Z, an instant
//
// A tick is 100 ns: the resolution of .NET servers, and the finest one with
// which the years 0001 to 9999, which ERP systems use as sentinels, fit int64.
//
// The package imports nothing of this project.
package sqltypes
