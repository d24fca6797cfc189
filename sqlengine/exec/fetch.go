package exec

import (
	"bytes"
	"context"
	"io"
	"math"

	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// rowKey is the sort key of a row: the same for rows that are equal under some
// expressions, NULLs too.
type rowKey struct {
	exprs []*expr.Compiled
	frame *expr.Frame
	last  []byte
	spare []byte
}

func (r *run) rowKey(exprs []expr.Node, l *tuple.Layout, s *scope) (*rowKey, error) {
	compiled, err := compileAll(exprs, l)
	return &rowKey{exprs: compiled, frame: r.frame(s)}, err
}

// moved makes a row's key the last one and tells whether it was another.
func (k *rowKey) moved(row tuple.Row) (bool, error) {
	move(k.frame, row)
	key := k.spare[:0]
	for _, x := range k.exprs {
		key = x.AppendSortKey(key, k.frame, expr.Order{})
	}
	k.last, k.spare = key, k.last
	return !bytes.Equal(k.last, k.spare), k.frame.Err
}

// fetch passes a window of its input whose bounds are known when it is opened.
type fetch struct {
	node   *plan.Fetch
	input  operator
	bounds [2]*expr.Compiled // count and offset; nil for none
	frame  *expr.Frame
	key    *rowKey
	in     *tuple.Batch
	rows   *spool // of a percentage: the rows must be counted first
	reader spoolReader

	count, offset int64 // count is -1 for all
	seen          int64 // rows that came
	loaded, done  bool
}

func (r *run) fetch(n *plan.Fetch, s *scope) (operator, error) {
	input, err := r.build(n.Input, s)
	if err != nil {
		return nil, err
	}
	l := n.Input.Layout()
	f := &fetch{node: n, input: input, frame: r.frame(s), in: tuple.NewBatch(l),
		rows: r.spool(l, "FETCH PERCENT", r.counters(n))}
	for i, x := range []expr.Node{n.Count, n.Offset} {
		if x == nil {
			continue
		}
		if f.bounds[i], err = expr.Compile(x, nil); err != nil {
			return nil, err
		}
	}
	f.key, err = r.rowKey(n.Keys, l, s)
	return f, err
}

func (f *fetch) open(ctx context.Context) error {
	f.seen, f.loaded, f.frame.Err, f.key.frame.Err = 0, false, nil, nil
	f.reader = spoolReader{s: f.rows}
	count, err := f.bound(0, plan.CheckLimit)
	if err != nil {
		return err
	}
	offset, err := f.bound(1, plan.CheckOffset)
	if err != nil {
		return err
	}
	f.count, f.offset = -1, 0
	if !offset.Null {
		f.offset = offset.I
	}
	if !count.Null && !f.node.Percent {
		f.count = count.I
	}
	if f.done = f.count == 0; f.done { // nothing to ask for
		return nil
	}
	if err := f.input.open(ctx); err != nil || count.Null || !f.node.Percent {
		return err
	}
	return f.share(ctx, count.D)
}

// bound evaluates a bound; NULL for none.
func (f *fetch) bound(i int, check func(sqltypes.Value) error) (sqltypes.Value, error) {
	if f.bounds[i] == nil {
		return sqltypes.NullOf(sqltypes.BigInt), nil
	}
	v, err := f.bounds[i].Value(f.frame)
	if err != nil {
		return v, err
	}
	return v, check(v)
}

// share reads all rows and makes a percentage a count, rounded up.
func (f *fetch) share(ctx context.Context, percent sqltypes.Num) error {
	for {
		err := f.input.next(ctx, f.in)
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if err := f.rows.addBatch(f.in); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	f.loaded = true
	part, err := sqltypes.NumFromInt(int64(f.rows.len())).Mul(percent)
	if err == nil {
		part, err = part.QuoScale(sqltypes.NumFromInt(100), max(percent.Scale(), 0)+2)
	}
	if err != nil {
		return err
	}
	var fits bool
	if f.count, fits = part.Ceil().Int64(); !fits {
		f.count = math.MaxInt64
	}
	f.done = f.count == 0
	return f.input.close()
}

func (f *fetch) next(ctx context.Context, out *tuple.Batch) error {
	for !f.done {
		if err := f.pull(ctx, out); err != nil {
			return err
		}
		if err := f.keep(out); err != nil {
			return err
		}
		if f.done && !f.loaded {
			if err := f.input.close(); err != nil {
				return err
			}
		}
		if out.Len() > 0 {
			return nil
		}
	}
	return io.EOF
}

// pull gives the next rows, of the input or of what was kept of it.
func (f *fetch) pull(ctx context.Context, out *tuple.Batch) error {
	if !f.loaded {
		return f.input.next(ctx, out)
	}
	return f.reader.next(ctx, out)
}

// keep drops the rows of a batch that are outside the window.
func (f *fetch) keep(b *tuple.Batch) error {
	stride, kept := b.Layout.Stride(), 0
	for i := range b.Len() {
		f.seen++
		place := f.seen - f.offset // in the window
		if place <= 0 {
			continue
		}
		if f.count >= 0 && place >= f.count && f.node.Ties {
			moved, err := f.key.moved(b.Row(i))
			if err != nil {
				return err
			}
			f.done = moved && place > f.count
		} else {
			f.done = f.count >= 0 && place > f.count
		}
		if f.done {
			break
		}
		kept = keepRow(b, stride, kept, i)
	}
	b.Truncate(kept)
	if f.count >= 0 && !f.node.Ties && f.seen-f.offset >= f.count {
		f.done = true // the row after the last is not waited for
	}
	return nil
}

func (f *fetch) close() error {
	err := f.input.close()
	f.rows.close()
	return err
}
