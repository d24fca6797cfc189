package exec

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"time"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// operator is a running node. It belongs to one goroutine at a time.
type operator interface {
	// open starts it, or starts it anew after close.
	open(ctx context.Context) error
	// next replaces the content of out, whose layout is the node's, by at
	// least one row, or gives io.EOF; it is not called again after an error. It
	// may swap memory with out.
	next(ctx context.Context, out *tuple.Batch) error
	// close stops it, waits for what it started and releases its memory. It is
	// called after a failed open too, and may be called again.
	close() error
}

var errClosed = errors.New("exec: the cursor is closed")

// cancelEvery is how many rows a loop that pulls nothing handles between two
// looks at its context: well below a millisecond's work.
const cancelEvery = 4096

// run is what the operators of one statement share.
type run struct {
	stmt    *expr.Statement
	budget  *providers.Budget
	shares  shares
	profile map[plan.Node]*counters // nil when nobody asks
	now     func() time.Time
	seed    maphash.Seed
	// Where operators spill, and whether they must not.
	spillDir string
	noSpill  bool
	// ctx is that of the whole run, set when it begins.
	ctx context.Context
	// shared are the queries that run once, works the rounds of recursions.
	shared map[*plan.Shared]*sharedRows
	works  map[*plan.WorkTable]*round
	// ends release what outlives the close of its operator.
	ends []func()
}

func newRun(ctx context.Context, root plan.Node, opt Options) *run {
	r := &run{stmt: opt.Statement, budget: opt.Budget, now: opt.Now, seed: maphash.MakeSeed(),
		spillDir: opt.SpillDirectory, noSpill: opt.NoSpill, ctx: ctx,
		shared: map[*plan.Shared]*sharedRows{}, works: map[*plan.WorkTable]*round{}}
	r.shares.shareOut(opt.Budget.Limit(), root)
	if r.stmt == nil {
		r.stmt = &expr.Statement{Ctx: ctx, Now: time.Now(), Zone: time.UTC}
	}
	if r.now == nil {
		r.now = time.Now
	}
	if opt.Profile {
		r.profile = map[plan.Node]*counters{}
	}
	return r
}

func (r *run) end() {
	for _, f := range r.ends {
		f()
	}
	r.ends = nil
}

// scope is the row that an Apply is at, as its right side sees it.
type scope struct {
	frame *expr.Frame
	// version counts the rows: what was cached for another row is stale.
	version uint64
	outer   *scope
}

// frame returns a frame for the expressions of an operator in a scope.
func (r *run) frame(s *scope) *expr.Frame {
	f := &expr.Frame{Stmt: r.stmt}
	if s != nil {
		f.Outer = s.frame
	}
	return f
}

// build turns a plan into operators. The nodes are those of package plan;
// another is a mistake in this package's caller.
func (r *run) build(n plan.Node, s *scope) (operator, error) {
	op, err := r.operator(n, s)
	if err != nil || r.profile == nil {
		return op, err
	}
	return &profiled{operator: op, c: r.counters(n), now: r.now}, nil
}

func (r *run) operator(n plan.Node, s *scope) (operator, error) {
	switch n := n.(type) {
	case *plan.Scan:
		return &scan{node: n, plan: n.Plan, run: r}, nil
	case *plan.Values:
		return r.values(n, s)
	case *plan.Filter:
		return r.filter(n, s)
	case *plan.Project:
		return r.project(n, s)
	case *plan.Limit:
		return r.limit(n, s)
	case *plan.Sort:
		return r.sort(n, s)
	case *plan.Join:
		return r.join(n, s)
	case *plan.MergeJoin:
		return r.mergeJoin(n, s)
	case *plan.LookupJoin:
		return r.lookupJoin(n, s)
	case *plan.Aggregate:
		return r.aggregate(n, s)
	case *plan.Window:
		return r.window(n, s)
	case *plan.Distinct:
		return r.distinct(n, s)
	case *plan.Union:
		return r.union(n, s)
	case *plan.SetOp:
		return r.setOp(n, s)
	case *plan.Apply:
		return r.apply(n, s)
	case *plan.Cached:
		return r.cached(n, s)
	case *plan.Once:
		return r.once(n, s)
	case *plan.Variants:
		return r.variants(n, s)
	case *plan.IfEmpty:
		return r.ifEmpty(n, s)
	case *plan.Fetch:
		return r.fetch(n, s)
	case *plan.SharedRead:
		return r.sharedRead(n)
	case *plan.Recursive:
		return r.recursive(n, s)
	case *plan.TableFunc:
		return r.tableFunc(n, s)
	case *plan.Work:
		return r.work(n)
	case *plan.DistinctOn:
		return r.distinctOn(n, s)
	}
	return nil, fmt.Errorf("exec: %T cannot be run", n)
}

func compileAll(nodes []expr.Node, l *tuple.Layout) ([]*expr.Compiled, error) {
	out := make([]*expr.Compiled, len(nodes))
	for i, n := range nodes {
		var err error
		if out[i], err = expr.Compile(n, l); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// move makes a row of a batch the frame's.
func move(f *expr.Frame, row tuple.Row) {
	f.Row, f.Scratch = row, f.Scratch[:0]
}
