package exec

import (
	"context"
	"io"

	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// stream is rows in a spill, written in order and read in order, as often as
// need be.
type stream struct {
	spill  *spill
	refs   refColumns
	tail   *tuple.Batch // rows that are not written yet
	blocks []block
	rows   int64
}

func (s *spill) stream(l *tuple.Layout) *stream {
	return &stream{spill: s, refs: refColumnsOf(l), tail: tuple.NewBatch(l)}
}

// add appends a copy of a row.
func (s *stream) add(row tuple.Row) error {
	if err := s.refs.appendRow(s.tail, row); err != nil {
		return err
	}
	return s.added()
}

// added counts a row that was put into tail.
func (s *stream) added() error {
	s.rows++
	if 8*len(s.tail.Slots)+len(s.tail.Arena) < s.spill.blockBytes {
		return nil
	}
	return s.flush()
}

// addAll appends all rows of a source and finishes. in is used up.
func (s *stream) addAll(ctx context.Context, from rowSource, in *tuple.Batch) error {
	for {
		err := from.next(ctx, in)
		if err == io.EOF {
			return s.finish()
		}
		if err != nil {
			return err
		}
		for i := range in.Len() {
			if err := s.add(in.Row(i)); err != nil {
				return err
			}
		}
	}
}

func (s *stream) flush() error {
	if len(s.blocks) == 0 && s.spill.counters != nil {
		s.spill.counters.runs.Add(1)
	}
	b, err := s.spill.write(s.tail)
	s.blocks = append(s.blocks, b)
	s.tail.Reset()
	return err
}

// finish writes what is left and gives the memory back. No row comes after it.
func (s *stream) finish() error {
	if s.tail.Len() > 0 {
		if err := s.flush(); err != nil {
			return err
		}
	}
	s.tail = tuple.NewBatch(s.tail.Layout)
	return nil
}

// bytes is the memory held.
func (s *stream) bytes() int64 { return int64(s.tail.Bytes()) + 24*int64(cap(s.blocks)) }

// streamReader reads a stream that is finished.
type streamReader struct {
	s  *stream
	at int
}

// next replaces the content of out by the next rows; io.EOF after the last.
func (r *streamReader) next(ctx context.Context, out *tuple.Batch) error {
	if r.at == len(r.s.blocks) {
		return io.EOF
	}
	r.at++
	if err := r.s.spill.read(r.s.blocks[r.at-1], out); err != nil {
		return err
	}
	return ctx.Err()
}
