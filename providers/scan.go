package providers

import (
	"context"

	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// ScanRequest is what the engine asks of a table. It is immutable; all
// constants are bound. Column positions are those of TableInfo.Columns.
type ScanRequest struct {
	// Columns are what the query needs, in the order the rows must have. It
	// may be empty: then only the number of rows matters.
	Columns []int
	// Filter holds conjuncts: a row is wanted when every one is true (not
	// false, not unknown).
	Filter []Predicate
	Order  []OrderTerm
	// Limit and Offset are offered, in a second call, only when every filter
	// and the order were answered Exact. Limit 0 means none.
	Limit, Offset int64
	// RowHint is the number of rows that will probably do, 0 if all: it sizes
	// the first page and promises nothing.
	RowHint int64
	// Aggregate asks for aggregates in place of rows, under the rule of Limit.
	Aggregate *Aggregate
	// Keys asks for the rows whose key columns equal one of the tuples. When
	// planning, Tuples is nil: the answer's verdict and MaxKeys hold for any
	// batch of at most that many.
	Keys *KeyBatch
	// Expand asks for joins along navigations.
	Expand []ExpandTerm
}

// Predicate is a boolean expression over columns and constants, under SQL's
// three-valued logic.
type Predicate = Expr

// OrderTerm is one sort key.
type OrderTerm struct {
	Column     int
	Desc       bool
	NullsFirst bool
}

// Aggregate asks for one row a group: the grouping columns, then the calls.
type Aggregate struct {
	GroupBy []int
	Calls   []AggregateCall
}

// AggregateCall is one aggregate function over a column.
type AggregateCall struct {
	Func     string // COUNT, SUM, AVG, MIN, MAX
	Column   int    // -1 for COUNT(*)
	Distinct bool
	Type     sqltypes.Type // of the result
}

// KeyBatch is a set of keys from the other side of a join. No value in a tuple
// is NULL, and no tuple occurs twice.
type KeyBatch struct {
	Columns []int
	Tuples  [][]sqltypes.Value
}

// ExpandTerm asks for the related rows of a navigation beside each row: the
// result has one row a related row, and its columns after Columns. A row with
// no related ones comes once, with NULLs, when Outer is set, and not at all
// otherwise.
type ExpandTerm struct {
	Navigation string
	Columns    []int // positions in the related table's columns
	Target     *TableInfo
	Outer      bool
}

// Verdict says how well the server does a part of a request.
type Verdict uint8

// The verdicts. Superset is for filters, keys and inner expands: the server drops
// only rows that do not pass, perhaps not all of them, and relates at least the
// rows that are equal in the navigation's pairs.
const (
	None Verdict = iota
	Superset
	Exact
)

// String returns the verdict as EXPLAIN prints it.
func (v Verdict) String() string { return [...]string{"none", "superset", "exact"}[v] }

// ScanPlan is a table's answer to a request.
type ScanPlan struct {
	Filter []Verdict // one a predicate
	// Reasons says, for each predicate that is not Exact, why; "" otherwise.
	Reasons                               []string
	Order, Limit, Aggregate, Keys, Expand Verdict
	// OrderReason says why the order is not Exact.
	OrderReason string
	// AggregateReason says why aggregates that one would expect of the system are
	// not Exact; "" where nobody would.
	AggregateReason string
	// MaxKeys is the most tuples one KeyBatch may hold.
	MaxKeys int
	Cost    Cost
	// Requests are the request lines that the scan begins with, as EXPLAIN
	// prints them: method, URL, body. No secret is in them.
	Requests []string
	// Hints are sentences for EXPLAIN: a property that would have saved work.
	Hints []string
	// Open starts the scan. The layout of its batches is Layout.
	Open   func(ctx context.Context, b *Budget) (BatchReader, error)
	Layout *tuple.Layout
}

// Cost estimates what a scan takes; Unknown where nobody can tell.
type Cost struct {
	Rows, Requests, Bytes int64
}

// BatchReader gives the rows of a scan. It belongs to one goroutine at a time.
type BatchReader interface {
	// Next replaces the content of out, whose layout is the plan's, by at
	// least one row. io.EOF comes only at a proven end; a cancelled scan ends
	// in ctx.Err(). It may swap memory with out.
	Next(ctx context.Context, out *tuple.Batch) error
	// Close ends the scan and whatever runs for it. It may be called twice.
	Close() error
}

// ScanStats counts what a scan has cost so far.
type ScanStats struct {
	Requests, Retries, Bytes int64
}

// Add adds what something else has cost.
func (s *ScanStats) Add(o ScanStats) {
	s.Requests += o.Requests
	s.Retries += o.Retries
	s.Bytes += o.Bytes
}

// StatsReader is a BatchReader that can tell what it cost.
type StatsReader interface {
	BatchReader
	Stats() ScanStats
}
