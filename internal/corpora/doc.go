// Package corpora plays SQL test suites that nobody of this project wrote, over
// tables in memory and over tables that the OData test server serves. It has
// tests alone.
//
// The suites are not part of this repository: EPICORERP_CORPORA names a folder
// with those that a checkout has at hand (`make slt`). Without it, small
// scripts of our own in the same formats are played.
package corpora
