package exec

import (
	"cmp"
	"context"
	"io"
	"time"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// Options is what a run depends on besides its plan.
type Options struct {
	// Statement holds the constants of the run; nil gives ones with the context alone.
	Statement *expr.Statement
	// Budget bounds the memory that operators hold; nil has no bound.
	Budget *providers.Budget
	// SpillDirectory is where operators that do not fit the budget put their
	// temporary files; the system's directory for those if "".
	SpillDirectory string
	// NoSpill makes them fail instead, with an error that names the operator.
	NoSpill bool
	// Profile counts rows and time per node, for EXPLAIN ANALYZE.
	Profile bool
	// Now is the profile's clock; nil is time.Now.
	Now func() time.Time
}

// Cursor gives the rows of a running plan. It belongs to one goroutine at a
// time. Whoever has one closes it.
type Cursor struct {
	root   operator
	layout *tuple.Layout
	run    *run
	ctx    context.Context // of the run: what the operators were opened with
	cancel context.CancelFunc
	parent context.Context
	err    error // what Next ended with
	closed bool
}

// Run starts a plan: its expressions are compiled and its scans are opened.
// The context ends the run, not only the call.
func Run(ctx context.Context, root plan.Node, opt Options) (*Cursor, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r := newRun(ctx, root, opt)
	op, err := r.build(root, nil)
	if err != nil {
		return nil, err
	}
	c := &Cursor{root: op, layout: root.Layout(), run: r, parent: ctx}
	c.ctx, c.cancel = context.WithCancel(ctx)
	r.ctx = c.ctx
	if err := op.open(c.ctx); err != nil {
		c.end(ctx, err)
		return nil, c.err
	}
	return c, nil
}

// Layout is the shape of the rows.
func (c *Cursor) Layout() *tuple.Layout { return c.layout }

// Next replaces the content of out by at least one row. At the proven end it
// gives io.EOF; when ctx or the context of Run is cancelled, that one's Err.
// After an error the run is over, and every further call gives the same.
func (c *Cursor) Next(ctx context.Context, out *tuple.Batch) error {
	if c.err != nil {
		return c.err
	}
	if c.closed {
		return errClosed
	}
	if ctx != c.parent && ctx.Done() != nil {
		stop := context.AfterFunc(ctx, c.cancel)
		defer stop()
	}
	out.Layout = c.layout
	err := ctx.Err()
	if err == nil {
		err = c.root.next(c.ctx, out)
	}
	if err == nil { // rows that come late are not handed on
		err = cmp.Or(ctx.Err(), c.parent.Err())
	}
	if err != nil {
		out.Reset()
		c.end(ctx, err)
	}
	return c.err
}

// end stops what runs. When a context was cancelled, that is the reason, and
// not what the cancellation made fail.
func (c *Cursor) end(ctx context.Context, err error) {
	if err != io.EOF {
		if ctx.Err() != nil {
			err = ctx.Err()
		} else if c.parent.Err() != nil {
			err = c.parent.Err()
		}
	}
	c.err = err
	if closeErr := c.Close(); err == io.EOF && closeErr != nil {
		c.err = closeErr
	}
}

// Close ends the run, waits for all that it started and gives its memory back
// to the budget. It may be called again.
func (c *Cursor) Close() error {
	if c.closed {
		return nil
	}
	c.closed = true
	c.cancel()
	err := c.root.close()
	c.run.end()
	return err
}
