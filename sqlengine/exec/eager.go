package exec

import (
	"context"
	"io"

	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// eager opens an operator and reads its first batch in a goroutine of its own,
// so that the two inputs of a join load at the same time. From the second batch
// on it reads when asked.
type eager struct {
	op     operator
	batch  *tuple.Batch
	ctx    context.Context // of the operator; ended by close
	cancel context.CancelFunc
	done   chan struct{}
	err    error // of the first batch
	taken  bool
}

func newEager(op operator, l *tuple.Layout) *eager {
	return &eager{op: op, batch: tuple.NewBatch(l)}
}

func (e *eager) open(ctx context.Context) error {
	e.ctx, e.cancel = context.WithCancel(ctx)
	e.done, e.err, e.taken = make(chan struct{}), nil, false
	go e.first()
	return nil
}

func (e *eager) first() {
	defer close(e.done)
	if e.err = e.op.open(e.ctx); e.err == nil {
		e.err = e.op.next(e.ctx, e.batch)
	}
}

// failed reports, without waiting, whether the first batch ended in an error
// or the end.
func (e *eager) failed() (error, bool) {
	select {
	case <-e.done:
		return e.err, e.err != nil
	default:
		return nil, false
	}
}

// empty waits for the first batch and reports whether there is none.
func (e *eager) empty(ctx context.Context) bool {
	select {
	case <-e.done:
		return e.err == io.EOF
	case <-ctx.Done():
		return false
	}
}

func (e *eager) next(ctx context.Context, out *tuple.Batch) error {
	if e.taken {
		return e.op.next(e.ctx, out)
	}
	select {
	case <-e.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	e.taken = true
	if e.err == nil {
		*out, *e.batch = *e.batch, *out
	}
	return e.err
}

func (e *eager) close() error {
	if e.cancel == nil {
		return nil
	}
	e.cancel()
	<-e.done
	e.cancel = nil
	return e.op.close()
}
