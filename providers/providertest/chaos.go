package providertest

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"sync"

	"github.com/epicorerp/epicorerp/providers"
)

// chaos makes random answers that are all legal.
type chaos struct {
	mu   sync.Mutex
	rand *rand.Rand
	seed uint64
}

// Chaos returns a provider over the same tables that answers each request with
// random verdicts, gives random rows beyond those asked for where a verdict is
// Superset, in random order where none was promised, in batches of random
// size, and whose tables claim random sizes. Whatever a query's plan, its rows
// must be the same for every seed.
func (m *Memory) Chaos(seed uint64) *Memory {
	out := m.Weakened(m.weaken)
	out.chaos = &chaos{rand: rand.New(rand.NewPCG(seed, 1)), seed: seed}
	sizes := []int64{providers.Unknown, 1, 10, 200, 5_000, 1_000_000}
	for _, t := range out.tables {
		info := *t.info
		info.Rows = sizes[out.chaos.rand.IntN(len(sizes))]
		t.info = &info
	}
	return out
}

// weaken lowers an answer at random and returns the source of the scan's other
// choices. Requests for keys are answered by their text: what was said of one
// batch holds for the next.
func (c *chaos) weaken(t *memoryTable, r *providers.ScanRequest, p *providers.ScanPlan) *rand.Rand {
	var src *rand.Rand
	if r.Keys != nil {
		h := fnv.New64a()
		texts := make([]string, len(r.Filter))
		for i, f := range r.Filter {
			texts[i] = f.String()
		}
		fmt.Fprint(h, t.info.Name, r.Columns, strings.Join(texts, " AND "), r.Keys.Columns)
		src = rand.New(rand.NewPCG(c.seed, h.Sum64()))
	} else {
		c.mu.Lock()
		src = rand.New(rand.NewPCG(c.rand.Uint64(), c.rand.Uint64()))
		c.mu.Unlock()
	}
	// A mood of the whole answer, so that all being Exact is not rare.
	lax := src.IntN(4)
	lower := func(v providers.Verdict, superset bool) providers.Verdict {
		if src.IntN(4) >= lax {
			return v
		}
		if superset && v == providers.Exact && src.IntN(2) == 0 {
			return providers.Superset
		}
		return providers.None
	}
	for i := range p.Filter {
		if !givesInput(t.info, r.Filter[i]) {
			p.Filter[i] = lower(p.Filter[i], true)
		}
	}
	p.Order, p.Limit = lower(p.Order, false), lower(p.Limit, false)
	p.Aggregate = lower(p.Aggregate, false)
	p.Expand = lower(p.Expand, len(r.Expand) > 0 && !r.Expand[0].Outer)
	p.Keys = lower(p.Keys, true)
	p.MaxKeys = 1 + src.IntN(7)
	return src
}

// givesInput reports "input = constant", which is always Exact.
func givesInput(info *providers.TableInfo, f providers.Expr) bool {
	c, ok := f.(*providers.Call)
	if !ok || c.Func != providers.Eq {
		return false
	}
	ref, ok := c.Args[0].(*providers.ColumnRef)
	return ok && info.Columns[ref.Column].Input
}
