package exec

import (
	"context"
	"io"
	"sync"

	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// sharedRows are the rows of a query that several places read. The query runs
// as far as the place that is farthest: a limit above all of them still stops
// it early. Places may read from goroutines of their own.
type sharedRows struct {
	mutex  sync.Mutex
	ctx    context.Context // of the run: it outlives the place that begins
	input  operator
	in     *tuple.Batch
	rows   *spool
	opened bool
	err    error // what the query ended with
}

// sharedRead is one place that reads them.
type sharedRead struct {
	of *sharedRows
	at int // the row that is next
}

// sharedRead makes one place's operator. Where nothing may spill there is no
// promise that the rows can be kept: then whoever may reads for itself.
func (r *run) sharedRead(n *plan.SharedRead) (operator, error) {
	if r.noSpill && n.Of.Repeatable {
		return r.build(n.Of.Body, nil)
	}
	s := r.shared[n.Of]
	if s == nil {
		l := n.Of.Body.Layout()
		s = &sharedRows{in: tuple.NewBatch(l), rows: r.spool(l, "rows of "+n.Of.Name, r.counters(n.Of.Body))}
		r.shared[n.Of] = s
		var err error
		if s.input, err = r.build(n.Of.Body, nil); err != nil {
			return nil, err
		}
		r.ends = append(r.ends, s.end)
	}
	s.ctx = r.ctx
	return &sharedRead{of: s}, nil
}

// end stops the query and gives its rows back. The run is over: an error of
// closing has nobody left to hear it.
func (s *sharedRows) end() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.opened {
		_ = s.input.close()
		s.opened = false
	}
	s.rows.close()
}

func (p *sharedRead) open(context.Context) error {
	p.at = 0
	return nil
}

func (p *sharedRead) next(ctx context.Context, out *tuple.Batch) error {
	s := p.of
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if p.at == s.rows.len() {
		if err := s.more(); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	chunk, err := s.rows.chunk(p.at >> chunkShift)
	if err != nil {
		return err
	}
	from := p.at & (chunkRows - 1) * chunk.Layout.Stride()
	out.Slots, out.Arena = append(out.Slots[:0], chunk.Slots[from:]...), append(out.Arena[:0], chunk.Arena...)
	p.at += out.Len()
	return nil
}

// more runs the query on by one batch.
func (s *sharedRows) more() error {
	if s.err != nil {
		return s.err
	}
	if !s.opened {
		s.opened = true
		s.err = s.input.open(s.ctx)
	}
	if s.err == nil {
		s.err = s.input.next(s.ctx, s.in)
	}
	if s.err == nil {
		s.err = s.rows.addBatch(s.in)
	}
	if s.err == io.EOF {
		s.opened = false
		if err := s.input.close(); err != nil {
			s.err = err
		}
	}
	return s.err
}

func (p *sharedRead) close() error { return nil }
