package sqlengine

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// sizesLast is how long the size of a table is remembered: it is an estimate,
// and one that is an hour old still tells a large table from a small one.
const sizesLast = time.Hour

// sizes remembers how many rows tables hold, for the order of joins.
type sizes struct {
	mu    sync.Mutex
	known map[string]size
}

type size struct {
	rows int64
	at   time.Time
}

// rowsOf counts a table's rows where the server counts them in one request, and
// remembers that it does not where it does not.
func (e *Engine) rowsOf(ctx context.Context, t providers.Table) int64 {
	info := t.Info()
	key := strings.ToLower(info.Schema + "\x00" + info.Name)
	now := e.opt.Now()
	e.sizes.mu.Lock()
	s, ok := e.sizes.known[key]
	e.sizes.mu.Unlock()
	if ok && now.Sub(s.at) < sizesLast {
		return s.rows
	}
	rows, err := countRows(ctx, t)
	if err != nil {
		if ctx.Err() != nil {
			return providers.Unknown
		}
		rows = providers.Unknown // the scan will say what is wrong, if it is
	}
	e.sizes.mu.Lock()
	defer e.sizes.mu.Unlock()
	e.sizes.known[key] = size{rows, now}
	return rows
}

func countRows(ctx context.Context, t providers.Table) (int64, error) {
	bigint := sqltypes.Of(sqltypes.BigInt)
	p, err := t.Plan(ctx, &providers.ScanRequest{Aggregate: &providers.Aggregate{
		Calls: []providers.AggregateCall{{Func: "COUNT", Column: -1, Type: bigint}}}})
	if err != nil || p.Aggregate != providers.Exact {
		return providers.Unknown, err
	}
	r, err := p.Open(ctx, providers.NewBudget(0))
	if err != nil {
		return providers.Unknown, err
	}
	defer r.Close()
	b := tuple.NewBatch(p.Layout)
	if err := r.Next(ctx, b); err != nil {
		return providers.Unknown, err
	}
	return p.Layout.Value(b.Row(0), 0).I, nil
}
