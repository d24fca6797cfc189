package exec

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// Stats are the counters of one node.
type Stats struct {
	// Rows came out, over all runs. Opens is how often the node was run: more
	// than once on the right of an Apply.
	Rows, Opens int64
	// Requests, Retries and Bytes are a table's, not those of the nodes beneath.
	Requests, Retries, Bytes int64
	// Spilled are the bytes that the node wrote to its temporary file, in Runs
	// sorted runs, partitions or other sequences of rows.
	Spilled, Runs int64
	// Elapsed is the time within the node and what it pulled from.
	Elapsed time.Duration
}

// counters are Stats while a run counts them: a join reads one side in a
// goroutine of its own.
type counters struct {
	rows, opens, requests, retries, bytes, spilled, runs, elapsed atomic.Int64
}

// counters returns those of a node, nil when nobody asks.
func (r *run) counters(n plan.Node) *counters {
	if r.profile == nil {
		return nil
	}
	c := r.profile[n]
	if c == nil {
		c = &counters{}
		r.profile[n] = c
	}
	return c
}

// Profile returns the counters of every node so far, nil without
// Options.Profile. Those of a table's requests are complete after Close.
func (c *Cursor) Profile() map[plan.Node]Stats {
	if c.run.profile == nil {
		return nil
	}
	out := make(map[plan.Node]Stats, len(c.run.profile))
	for n, k := range c.run.profile {
		out[n] = Stats{Rows: k.rows.Load(), Opens: k.opens.Load(), Requests: k.requests.Load(),
			Retries: k.retries.Load(), Bytes: k.bytes.Load(),
			Spilled: k.spilled.Load(), Runs: k.runs.Load(), Elapsed: time.Duration(k.elapsed.Load())}
	}
	return out
}

// scanned adds what a reader has cost to the counters of its node.
func (r *run) scanned(n plan.Node, b providers.BatchReader) {
	s, ok := b.(providers.StatsReader)
	if r.profile == nil || !ok {
		return
	}
	st, c := s.Stats(), r.profile[n]
	c.requests.Add(st.Requests)
	c.retries.Add(st.Retries)
	c.bytes.Add(st.Bytes)
}

// profiled counts what an operator does.
type profiled struct {
	operator
	c   *counters
	now func() time.Time
}

func (p *profiled) open(ctx context.Context) error {
	start := p.now()
	err := p.operator.open(ctx)
	p.c.opens.Add(1)
	p.c.elapsed.Add(int64(p.now().Sub(start)))
	return err
}

func (p *profiled) next(ctx context.Context, out *tuple.Batch) error {
	start := p.now()
	err := p.operator.next(ctx, out)
	p.c.elapsed.Add(int64(p.now().Sub(start)))
	if err == nil {
		p.c.rows.Add(int64(out.Len()))
	}
	return err
}
