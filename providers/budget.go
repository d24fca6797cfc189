package providers

import (
	"fmt"
	"sync/atomic"
)

// Budget bounds the memory of one query, in bytes. It is shared by all that
// runs for the query; a nil Budget has no bound.
type Budget struct {
	limit int64
	used  atomic.Int64
	peak  atomic.Int64
}

// NewBudget returns a budget of limit bytes; 0 means no bound.
func NewBudget(limit int64) *Budget { return &Budget{limit: limit} }

// Reserve takes n bytes for an operator. When they are not left, nothing is
// taken and the error is of KindMemory and names the operator.
func (b *Budget) Reserve(operator string, n int64) error {
	if b == nil {
		return nil
	}
	used := b.used.Add(n)
	if b.limit > 0 && used > b.limit {
		b.used.Add(-n)
		return &Error{Kind: KindMemory, Message: fmt.Sprintf(
			"%s needs more memory than the query may have (MaxMemory is %d bytes, %d are in use)",
			operator, b.limit, used-n)}
	}
	for p := b.peak.Load(); used > p && !b.peak.CompareAndSwap(p, used); p = b.peak.Load() {
	}
	return nil
}

// Take takes n bytes whether they are left or not: for the little without which
// an operator that spills cannot go on.
func (b *Budget) Take(n int64) {
	if b == nil {
		return
	}
	used := b.used.Add(n)
	for p := b.peak.Load(); used > p && !b.peak.CompareAndSwap(p, used); p = b.peak.Load() {
	}
}

// Limit returns the bound in bytes; 0 means none.
func (b *Budget) Limit() int64 {
	if b == nil {
		return 0
	}
	return b.limit
}

// Release gives n bytes back.
func (b *Budget) Release(n int64) {
	if b != nil {
		b.used.Add(-n)
	}
}

// Used and Peak tell how many bytes are taken now, and were at most.
func (b *Budget) Used() int64 { return b.used.Load() }
func (b *Budget) Peak() int64 { return b.peak.Load() }
