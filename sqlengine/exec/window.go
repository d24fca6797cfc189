package exec

import (
	"bytes"
	"context"
	"io"
	"slices"

	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// windower adds the columns of window functions to rows that come in the order
// of their window. Where a function looks no further than the rows that are
// equal in the order, rows go out as they come; else a partition is kept, in a
// spool, until its last row is there.
type windower struct {
	input operator
	frame *expr.Frame
	calls []windowFunc
	// streams says that no call looks beyond the current row and those equal to
	// it; peers, that one looks at those.
	streams, peers bool
	partitionBy    []*expr.Compiled
	orderBy        []*expr.Compiled
	memory         reservation
	wide           part // the input's columns in a row of the result

	in        *tuple.Batch
	started   bool
	ended     bool
	rows      *spool
	spare     *spool // takes the rows that stay when rows is emptied
	marks     []rowMark
	key, last []byte // of the row and of the one before: partition, then order
	lastSplit int    // where the partition's part of last ends; -1 before the first row
	at, ready int    // rows of the spool that went out, and that may
	part      partition
}

// fullArena is how much text makes a batch full: an aggregate of text may give
// a long one to every row.
const fullArena = 1 << 20

// rowMark says what begins with a row.
type rowMark uint8

const (
	newPeers rowMark = 1 << iota
	newPartition
)

func (r *run) window(n *plan.Window, s *scope) (operator, error) {
	input, err := r.build(n.Input, s)
	if err != nil {
		return nil, err
	}
	l := n.Input.Layout()
	o := &windower{input: input, frame: r.frame(s), streams: true, memory: r.reservation("window"),
		wide: newPart(l, n.Layout(), 0), in: tuple.NewBatch(l)}
	o.rows, o.spare = r.spool(l, "window", r.counters(n)), r.spool(l, "window", r.counters(n))
	if o.partitionBy, err = compileAll(n.Partition, l); err != nil {
		return nil, err
	}
	for _, k := range n.Order {
		x, err := expr.Compile(k.Expr, l)
		if err != nil {
			return nil, err
		}
		o.orderBy = append(o.orderBy, x)
	}
	for _, c := range n.Calls {
		f, err := newWindowFunc(c, n.Order, l, o.frame)
		if err != nil {
			return nil, err
		}
		streams, peers := f.looks()
		o.streams, o.peers = o.streams && streams, o.peers || peers
		o.calls = append(o.calls, f)
	}
	return o, nil
}

func (o *windower) open(ctx context.Context) error {
	o.frame.Err, o.started, o.ended, o.lastSplit, o.at, o.ready = nil, false, false, -1, 0, 0
	o.marks = o.marks[:0]
	o.part = partition{hold: o.hold}
	return o.input.open(ctx)
}

func (o *windower) next(ctx context.Context, out *tuple.Batch) error {
	if !o.started {
		o.started = true
		for _, c := range o.calls {
			if err := c.start(); err != nil {
				return err
			}
		}
	}
	for o.at == o.ready {
		if o.ended {
			return io.EOF
		}
		if err := o.fill(ctx); err != nil {
			return err
		}
	}
	out.Reset()
	keep := o.wide.layout.Columns()
	for ; o.at < o.ready && out.Len() < tuple.TargetRows && len(out.Arena) < fullArena; o.at++ {
		if err := o.step(ctx); err != nil {
			return err
		}
		src, err := o.rows.row(o.at)
		if err != nil {
			return err
		}
		row := out.AddRow()
		if err := o.wide.put(out, row, src); err != nil {
			return err
		}
		for i, c := range o.calls {
			if err := c.value(&o.part, out, row, keep+i); err != nil {
				return err
			}
		}
	}
	if err := o.hold(); err != nil {
		return err
	}
	return ctx.Err()
}

// step makes the row that is next the current one of its partition.
func (o *windower) step(ctx context.Context) error {
	p := &o.part
	p.ctx = ctx
	if o.marks[o.at]&newPartition != 0 {
		*p = partition{ctx: ctx, hold: p.hold, rows: o.rows, first: o.at, starts: p.starts[:0]}
		o.extend(o.at)
		if err := o.begin(); err != nil {
			return err
		}
	} else if o.at == p.first+p.n {
		o.extend(o.at)
	}
	p.moveTo(o.at - p.first)
	return nil
}

func (o *windower) begin() error {
	for _, c := range o.calls {
		if err := c.begin(&o.part); err != nil {
			return err
		}
	}
	return o.hold()
}

// hold accounts for what is kept beside the rows. A little of it is there in
// any budget.
func (o *windower) hold() error {
	n := o.bytes()
	if n <= reserveStep {
		o.memory.take(n)
		return nil
	}
	return o.memory.hold(n)
}

// extend takes the rows from at on that belong to the partition into it.
func (o *windower) extend(at int) {
	p := &o.part
	for i := at; i < o.ready; i++ {
		if i > at && o.marks[i]&newPartition != 0 {
			break
		}
		if o.peers && o.marks[i]&newPeers != 0 {
			p.starts = append(p.starts, i-p.first)
		}
		p.n++
	}
}

// fill reads until rows may go out.
func (o *windower) fill(ctx context.Context) error {
	if err := o.drop(); err != nil {
		return err
	}
	for o.ready == 0 {
		err := o.input.next(ctx, o.in)
		if err == io.EOF {
			o.ended, o.ready = true, o.rows.len()
			return o.input.close()
		}
		if err == nil {
			err = o.take(ctx)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// take keeps a batch and finds the rows of which all is known.
func (o *windower) take(ctx context.Context) error {
	before := o.rows.len()
	for i := range o.in.Len() {
		if err := o.mark(o.in.Row(i)); err != nil {
			return err
		}
	}
	if err := o.rows.addBatch(o.in); err != nil {
		return err
	}
	last := newPartition
	switch {
	case o.streams && o.peers:
		last = newPeers
	case o.streams:
		o.ready = o.rows.len()
		return ctx.Err()
	}
	for i := o.rows.len() - 1; i >= before; i-- {
		if o.marks[i]&last != 0 {
			o.ready = i
			break
		}
	}
	if err := o.hold(); err != nil {
		return err
	}
	return ctx.Err()
}

// mark compares a row's keys with those of the row before.
func (o *windower) mark(row tuple.Row) error {
	move(o.frame, row)
	o.key = o.key[:0]
	for _, x := range o.partitionBy {
		o.key = x.AppendKey(o.key, o.frame)
	}
	split := len(o.key)
	if o.peers {
		for _, x := range o.orderBy {
			o.key = x.AppendKey(o.key, o.frame)
		}
	}
	var m rowMark
	switch {
	case o.lastSplit < 0 || !bytes.Equal(o.key[:split], o.last[:o.lastSplit]):
		m = newPartition | newPeers
	case !bytes.Equal(o.key[split:], o.last[o.lastSplit:]):
		m = newPeers
	}
	o.marks = append(o.marks, m)
	o.key, o.last, o.lastSplit = o.last, o.key, split
	return o.frame.Err
}

// drop forgets the rows that went out.
func (o *windower) drop() error {
	if o.at == 0 {
		return nil
	}
	for i := o.at; i < o.rows.len(); i++ {
		row, err := o.rows.row(i)
		if err == nil {
			err = o.spare.add(row)
		}
		if err != nil {
			return err
		}
	}
	o.rows.close()
	o.rows, o.spare = o.spare, o.rows
	o.marks = slices.Delete(o.marks, 0, o.at)
	o.part.rows = o.rows
	o.part.shift(o.at)
	o.at, o.ready = 0, 0
	return nil
}

func (o *windower) bytes() int64 {
	n := int64(cap(o.marks) + 8*cap(o.part.starts))
	for _, c := range o.calls {
		n += c.bytes()
	}
	return n
}

func (o *windower) close() error {
	err := o.input.close()
	o.rows.close()
	o.spare.close()
	o.marks, o.part = nil, partition{}
	for _, c := range o.calls {
		c.reset()
	}
	o.memory.release()
	return err
}

// partition is the rows that a window function sees. Rows are numbered from 0
// at its beginning.
type partition struct {
	ctx   context.Context
	hold  func() error // sees that what calls keep is within the budget
	rows  *spool
	first int // the spool's number of row 0; below 0 once rows were dropped
	n     int // rows; where rows stream, those that are known
	row   int // the current one
	// starts are the first rows of the groups that are equal in the order, from
	// group number skipped on.
	starts         []int
	skipped, group int // group is the current row's
	looked         int
}

func (p *partition) at(row int) (tuple.Row, error) { return p.rows.row(p.first + row) }

// moveTo makes a row, not before the current one, the current one.
func (p *partition) moveTo(row int) {
	p.row = row
	for p.group+1-p.skipped < len(p.starts) && p.starts[p.group+1-p.skipped] <= row {
		p.group++
	}
}

// start is the first row of a group; n beyond the last.
func (p *partition) start(group int) int {
	if group -= p.skipped; group < len(p.starts) {
		return p.starts[group]
	}
	return p.n
}

// shift takes n rows of the spool as gone.
func (p *partition) shift(n int) {
	p.first -= n
	if gone := p.group - p.skipped; gone > 0 {
		p.starts = slices.Delete(p.starts, 0, gone)
		p.skipped = p.group
	}
}

// pause looks at the context and the memory now and then, in loops over rows.
func (p *partition) pause(n int) error {
	if p.looked += n; p.looked < cancelEvery {
		return nil
	}
	p.looked = 0
	if err := p.hold(); err != nil {
		return err
	}
	return p.ctx.Err()
}
