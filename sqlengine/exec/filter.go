package exec

import (
	"context"
	"io"

	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// filter drops rows from its input's batches, in place.
type filter struct {
	input operator
	test  func(*expr.Frame) (bool, error)
	frame *expr.Frame
}

func (r *run) filter(n *plan.Filter, s *scope) (operator, error) {
	input, err := r.build(n.Input, s)
	if err != nil {
		return nil, err
	}
	test, err := expr.Predicate(n.Cond, n.Input.Layout())
	if err != nil {
		return nil, err
	}
	return &filter{input: input, test: test, frame: r.frame(s)}, nil
}

func (f *filter) open(ctx context.Context) error {
	f.frame.Err = nil
	return f.input.open(ctx)
}

func (f *filter) next(ctx context.Context, out *tuple.Batch) error {
	for {
		if err := f.input.next(ctx, out); err != nil {
			return err
		}
		if err := keep(f.frame, out, f.test); err != nil {
			return err
		}
		if out.Len() > 0 {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

func (f *filter) close() error { return f.input.close() }

// keep drops the rows of a batch that do not pass a test. Their text stays in
// the arena.
func keep(f *expr.Frame, b *tuple.Batch, test func(*expr.Frame) (bool, error)) error {
	stride, kept := b.Layout.Stride(), 0
	for i := range b.Len() {
		move(f, b.Row(i))
		ok, err := test(f)
		if err != nil {
			return err
		}
		if ok {
			kept = keepRow(b, stride, kept, i)
		}
	}
	b.Truncate(kept)
	return nil
}

// keepRow moves row i down to the place after the kept ones.
func keepRow(b *tuple.Batch, stride, kept, i int) int {
	if kept != i {
		copy(b.Slots[kept*stride:(kept+1)*stride], b.Slots[i*stride:(i+1)*stride])
	}
	return kept + 1
}

// limit passes a window of its input and then stops it.
type limit struct {
	input         operator
	limit, offset int64
	skip, left    int64 // left is -1 when there is no limit
}

func (r *run) limit(n *plan.Limit, s *scope) (operator, error) {
	input, err := r.build(n.Input, s)
	if err != nil {
		return nil, err
	}
	return &limit{input: input, limit: max(n.Limit, -1), offset: max(n.Offset, 0)}, nil
}

func (l *limit) open(ctx context.Context) error {
	l.skip, l.left = l.offset, l.limit
	if l.left == 0 { // nothing to ask for
		return nil
	}
	return l.input.open(ctx)
}

func (l *limit) next(ctx context.Context, out *tuple.Batch) error {
	if l.left == 0 {
		return io.EOF
	}
	for {
		if err := l.input.next(ctx, out); err != nil {
			return err
		}
		if n := int64(out.Len()); n <= l.skip {
			l.skip -= n
			continue
		}
		if l.skip > 0 {
			from := int(l.skip) * out.Layout.Stride()
			out.Slots = out.Slots[:copy(out.Slots, out.Slots[from:])]
			l.skip = 0
		}
		if l.left < 0 {
			return nil
		}
		if int64(out.Len()) > l.left {
			out.Truncate(int(l.left))
		}
		if l.left -= int64(out.Len()); l.left == 0 {
			return l.input.close()
		}
		return nil
	}
}

func (l *limit) close() error { return l.input.close() }
