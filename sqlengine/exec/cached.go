package exec

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// dependence is the rows of enclosing queries that a part of a plan reads, as
// they were when it was last run.
type dependence struct {
	scopes   []*scope
	versions []uint64
	ran      bool
}

func dependenceOf(s *scope, nodes ...plan.Node) *dependence {
	levels := map[int]bool{}
	for _, n := range nodes {
		outerLevels(n, 0, levels)
	}
	d := &dependence{}
	for level := 1; s != nil; level, s = level+1, s.outer {
		if levels[level] {
			d.scopes = append(d.scopes, s)
		}
	}
	d.versions = make([]uint64, len(d.scopes))
	return d
}

// fresh reports whether what was read last still holds.
func (d *dependence) fresh() bool {
	for i, s := range d.scopes {
		if s.version != d.versions[i] {
			return false
		}
	}
	return d.ran
}

// mark remembers the rows as they are.
func (d *dependence) mark() {
	d.ran = true
	for i, s := range d.scopes {
		d.versions[i] = s.version
	}
}

// outerLevels collects which enclosing rows a plan reads, counted from where it
// stands; depth is the number of Applies in it on the way down.
func outerLevels(n plan.Node, depth int, levels map[int]bool) {
	for _, x := range expressions(n) {
		expr.Walk(x, func(x expr.Node) bool {
			if o, ok := x.(*expr.Outer); ok && o.Level > depth {
				levels[o.Level-depth] = true
			}
			return true
		})
	}
	if a, ok := n.(*plan.Apply); ok {
		outerLevels(a.Left, depth, levels)
		outerLevels(a.Right, depth+1, levels)
		return
	}
	for _, c := range n.Inputs() {
		outerLevels(c, depth, levels)
	}
}

// expressions are those of a node itself.
func expressions(n plan.Node) []expr.Node {
	var out []expr.Node
	add := func(xs ...expr.Node) { out = appendExpressions(out, xs) }
	switch n := n.(type) {
	case *plan.Values:
		for _, row := range n.Rows {
			add(row...)
		}
	case *plan.Filter:
		add(n.Cond)
	case *plan.Project:
		add(n.Exprs...)
	case *plan.Join:
		add(n.LeftKeys...)
		add(n.RightKeys...)
		add(n.Cond)
	case *plan.MergeJoin:
		add(n.LeftKeys...)
		add(n.RightKeys...)
		add(n.Cond)
	case *plan.LookupJoin:
		add(n.LeftKeys...)
		add(n.RightFilter, n.Cond)
	case *plan.Aggregate:
		add(n.GroupBy...)
		for _, c := range n.Calls {
			add(c.Children()...)
		}
	case *plan.Window:
		add(n.Partition...)
		for _, k := range n.Order {
			add(k.Expr)
		}
		for _, c := range n.Calls {
			add(c.Children()...)
		}
	case *plan.Sort:
		for _, k := range n.Keys {
			add(k.Expr)
		}
	case *plan.Variants:
		for _, row := range n.Rows {
			add(row...)
		}
	case *plan.Fetch:
		add(n.Count, n.Offset)
		add(n.Keys...)
	case *plan.DistinctOn:
		add(n.Keys...)
	case *plan.TableFunc:
		add(n.Call.Args...)
	}
	return out
}

// appendExpressions adds those that are there. It stays a call: inlined, each
// kind of node would have a copy of it.
//
//go:noinline
func appendExpressions(out, xs []expr.Node) []expr.Node {
	for _, x := range xs {
		if x != nil {
			out = append(out, x)
		}
	}
	return out
}

// cached keeps the rows of its input from the first run to the end of the
// statement, or until a row changes that they depend on.
type cached struct {
	input  operator
	needs  *dependence
	in     *tuple.Batch
	rows   *spool
	reader spoolReader
}

func (r *run) cached(n *plan.Cached, s *scope) (operator, error) {
	input, err := r.build(n.Input, s)
	if err != nil {
		return nil, err
	}
	c := &cached{input: input, needs: dependenceOf(s, n.Input), in: tuple.NewBatch(n.Layout()),
		rows: r.spool(n.Layout(), "cached subquery", r.counters(n))}
	r.ends = append(r.ends, c.drop)
	return c, nil
}

func (c *cached) drop() {
	c.needs.ran = false
	c.rows.close()
}

func (c *cached) open(context.Context) error {
	c.reader = spoolReader{s: c.rows}
	return nil
}

func (c *cached) next(ctx context.Context, out *tuple.Batch) error {
	if !c.needs.fresh() {
		c.drop()
		if err := c.load(ctx); err != nil {
			c.drop()
			return err
		}
		c.needs.mark()
	}
	return c.reader.next(ctx, out)
}

func (c *cached) load(ctx context.Context) error {
	if err := c.input.open(ctx); err != nil {
		return err
	}
	for {
		err := c.input.next(ctx, c.in)
		if err == io.EOF {
			return c.input.close()
		}
		if err != nil {
			return err
		}
		if err := c.rows.addBatch(c.in); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// close ends a reading that was broken off; rows that were read stay.
func (c *cached) close() error { return c.input.close() }

// once computes constant subqueries before its input is opened.
type once struct {
	input operator
	cells []onceCell
	needs *dependence
}

type onceCell struct {
	plan.OnceCell
	query operator
	in    *tuple.Batch
}

func (r *run) once(n *plan.Once, s *scope) (operator, error) {
	o := &once{}
	var queries []plan.Node
	for _, c := range n.Cells {
		q, err := r.build(c.Query, s)
		if err != nil {
			return nil, err
		}
		queries = append(queries, c.Query)
		o.cells = append(o.cells, onceCell{OnceCell: c, query: q, in: tuple.NewBatch(c.Query.Layout())})
	}
	o.needs = dependenceOf(s, queries...)
	var err error
	o.input, err = r.build(n.Input, s)
	return o, err
}

func (o *once) open(ctx context.Context) error {
	if !o.needs.fresh() {
		if err := o.compute(ctx); err != nil {
			return err
		}
		o.needs.mark()
	}
	return o.input.open(ctx)
}

// onceAhead is the most constant subqueries that run at the same time.
const onceAhead = 4

// compute runs the subqueries, some at the same time. The error is that of the
// first one, in their order, that failed by itself.
func (o *once) compute(ctx context.Context) error {
	if len(o.cells) == 1 {
		return o.cells[0].compute(ctx)
	}
	within, stop := context.WithCancel(ctx)
	defer stop()
	errs := make([]error, len(o.cells))
	slots := make(chan struct{}, onceAhead)
	var wait sync.WaitGroup
	for i := range o.cells {
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			if errs[i] = o.cells[i].compute(within); errs[i] != nil {
				stop()
			}
		})
	}
	wait.Wait()
	var stopped error
	for _, err := range errs {
		switch {
		case err == nil:
		case errors.Is(err, context.Canceled) && ctx.Err() == nil:
			stopped = err // by another one's failure
		default:
			return err
		}
	}
	return stopped
}

func (o *once) next(ctx context.Context, out *tuple.Batch) error { return o.input.next(ctx, out) }

func (o *once) close() error {
	var err error
	for _, c := range o.cells {
		if e := c.query.close(); err == nil {
			err = e
		}
	}
	if e := o.input.close(); err == nil {
		err = e
	}
	return err
}

// compute runs one subquery and sets its value.
func (c *onceCell) compute(ctx context.Context) error {
	if err := c.query.open(ctx); err != nil {
		return err
	}
	v, err := c.read(ctx)
	if err != nil {
		return err
	}
	if c.Set != nil {
		*c.Set = v
	}
	return c.query.close()
}

func (c *onceCell) read(ctx context.Context) (sqltypes.Value, error) {
	err := c.query.next(ctx, c.in)
	if err != nil && err != io.EOF {
		return sqltypes.Value{}, err
	}
	if c.Exists {
		return sqltypes.BoolValue(err == nil), nil
	}
	if err == io.EOF {
		return sqltypes.NullOf(c.in.Layout.Types[0].Kind), nil
	}
	v := c.in.Layout.Value(c.in.Row(0), 0)
	if c.in.Len() > 1 {
		return v, errSecondRow()
	}
	if err := c.query.next(ctx, c.in); err != io.EOF {
		if err == nil {
			err = errSecondRow()
		}
		return v, err
	}
	return v, nil
}
