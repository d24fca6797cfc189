package corpora

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// What became of a query that is in scope.
const (
	passed  = "passed"
	wrong   = "wrong"
	refused = "refused"
)

// tally counts what became of the queries of a script or a corpus: passed,
// wrong, refused, or a reason why it is out of scope.
type tally struct {
	corpus  string
	counts  map[string]int
	elapsed time.Duration
}

func (y *tally) count(verdict string) {
	if y.counts == nil {
		y.counts = map[string]int{}
	}
	y.counts[verdict]++
}

func (y *tally) add(other tally) {
	for verdict, n := range other.counts {
		y.count(verdict)
		y.counts[verdict] += n - 1
	}
	y.elapsed += other.elapsed
}

// String names the counts, the largest reasons first.
func (y *tally) String() string {
	total := 0
	for _, n := range y.counts {
		total += n
	}
	parts := []string{fmt.Sprintf("%d queries", total)}
	for _, v := range []string{passed, wrong, refused} {
		parts = append(parts, fmt.Sprintf("%d %s", y.counts[v], v))
	}
	reasons := slices.SortedFunc(maps.Keys(y.counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(y.counts[b], y.counts[a]), cmp.Compare(a, b))
	})
	for _, r := range reasons {
		if r != passed && r != wrong && r != refused {
			parts = append(parts, fmt.Sprintf("%d out of scope: %s", y.counts[r], r))
		}
	}
	return fmt.Sprintf("%s; %.1f s", strings.Join(parts, ", "), y.elapsed.Seconds())
}

func (y *tally) log(t *testing.T) { t.Log("all: " + y.String()) }
