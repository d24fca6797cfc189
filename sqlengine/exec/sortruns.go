package exec

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"slices"

	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// sortRuns are the sorted runs of a sort that does not fit the memory. A row of
// a run has its key, as bytes, in a column of its own after the others. Of equal
// keys, the one of the earlier run comes first.
type sortRuns struct {
	spill  *spill
	layout *tuple.Layout // of the rows
	wide   *tuple.Layout // of the runs
	refs   refColumns
	row    part // where a row lies in a run's
	runs   []*stream
	key    []byte

	heap []*runCursor // while merging, the smallest first
	skip int64        // rows before the first that counts
	left int64        // rows to give; -1 for all
}

func newSortRuns(s *spill, l *tuple.Layout) sortRuns {
	wide := tuple.NewLayout(append(slices.Clone(l.Types), sqltypes.Of(sqltypes.Varbinary)))
	return sortRuns{spill: s, layout: l, wide: wide, refs: refColumnsOf(l), row: newPart(l, wide, 0)}
}

func (r *sortRuns) len() int { return len(r.runs) }

func (r *sortRuns) merging() bool { return r.heap != nil }

// bytes is the memory held.
func (r *sortRuns) bytes() int64 {
	n := r.spill.bytes()
	for _, s := range r.runs {
		n += s.bytes()
	}
	for _, c := range r.heap {
		n += int64(c.batch.Bytes())
	}
	return n
}

// add writes the rows of items, which are sorted, as a run.
func (r *sortRuns) add(ctx context.Context, o *sorter, items []sortItem) error {
	s := r.spill.stream(r.wide)
	r.runs = append(r.runs, s)
	for i, it := range items {
		row := extend(s.tail, 1)
		if err := r.row.put(s.tail, row, o.rows.row(it.row)); err != nil {
			return err
		}
		r.key = r.key[:0]
		for _, w := range o.sorted.words(it) {
			r.key = binary.BigEndian.AppendUint64(r.key, w)
		}
		if err := s.tail.SetBytes(row, r.layout.Columns(), r.key); err != nil {
			return err
		}
		if err := s.added(); err != nil {
			return err
		}
		if i%cancelEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return s.finish()
}

// Runs are merged at most mostFanIn at a time, fewer where the memory has no
// room for a block of each.
const mostFanIn = 128

// merge prepares to give the rows of all runs in order, from number offset on
// and before number most, if that is not negative.
func (r *sortRuns) merge(ctx context.Context, offset, most int64, memory *reservation) error {
	fan := mostFanIn
	if memory.budget.Limit() > 0 {
		fan = int(max(2, min(mostFanIn, memory.shares.least/int64(2*r.spill.blockBytes))))
	}
	for len(r.runs) > fan {
		if err := r.pass(ctx, fan, most); err != nil {
			return err
		}
	}
	r.skip, r.left = offset, most
	if most >= 0 {
		r.left = max(0, most-offset)
	}
	err := r.start(ctx, r.runs)
	memory.take(r.bytes())
	return err
}

// pass merges each fan runs to one.
func (r *sortRuns) pass(ctx context.Context, fan int, most int64) error {
	var merged []*stream
	for from := 0; from < len(r.runs); from += fan {
		group := r.runs[from:min(from+fan, len(r.runs))]
		if len(group) == 1 {
			merged = append(merged, group[0])
			continue
		}
		if err := r.start(ctx, group); err != nil {
			return err
		}
		s := r.spill.stream(r.wide)
		for len(r.heap) > 0 && (most < 0 || s.rows < most) {
			if err := s.add(r.heap[0].row()); err != nil {
				return err
			}
			if err := r.advance(ctx); err != nil {
				return err
			}
		}
		if err := s.finish(); err != nil {
			return err
		}
		merged = append(merged, s)
	}
	r.runs = merged
	return nil
}

// start begins to merge runs.
func (r *sortRuns) start(ctx context.Context, runs []*stream) error {
	r.heap = make([]*runCursor, 0, len(runs))
	for i, s := range runs {
		c := &runCursor{reader: streamReader{s: s}, run: i, batch: tuple.NewBatch(r.wide)}
		if err := c.load(ctx); err != nil {
			return err
		}
		r.heap = append(r.heap, c)
	}
	for i := len(r.heap)/2 - 1; i >= 0; i-- {
		r.sift(i)
	}
	return nil
}

// next replaces the content of out by the next rows of the merge.
func (r *sortRuns) next(ctx context.Context, out *tuple.Batch) error {
	out.Reset()
	nulls, columns := r.layout.NullSlots(), r.layout.Columns()
	from := r.wide.NullSlots()
	for len(r.heap) > 0 && r.left != 0 && out.Len() < tuple.TargetRows {
		if r.skip > 0 {
			r.skip--
		} else {
			src := r.heap[0].row()
			dst := extend(out, 1)
			copy(dst[:nulls], src.Slots)
			copy(dst[nulls:], src.Slots[from:from+columns])
			if err := r.refs.rebase(out, dst[nulls:], src); err != nil {
				return err
			}
			r.left--
		}
		if err := r.advance(ctx); err != nil {
			return err
		}
	}
	if out.Len() == 0 {
		return io.EOF
	}
	return ctx.Err()
}

// advance passes over the smallest row.
func (r *sortRuns) advance(ctx context.Context) error {
	c := r.heap[0]
	err := c.next(ctx)
	if err == io.EOF {
		last := len(r.heap) - 1
		r.heap[0] = r.heap[last]
		r.heap = r.heap[:last]
	} else if err != nil {
		return err
	}
	r.sift(0)
	return nil
}

// sift moves the cursor at i down to its place.
func (r *sortRuns) sift(i int) {
	for {
		least := 2*i + 1
		if least >= len(r.heap) {
			return
		}
		if right := least + 1; right < len(r.heap) && r.heap[right].before(r.heap[least]) {
			least = right
		}
		if !r.heap[least].before(r.heap[i]) {
			return
		}
		r.heap[i], r.heap[least] = r.heap[least], r.heap[i]
		i = least
	}
}

func (r *sortRuns) close() {
	r.spill.close()
	r.runs, r.heap = nil, nil
}

// runCursor is the place in a run up to which it is merged.
type runCursor struct {
	reader streamReader
	run    int
	batch  *tuple.Batch
	at     int
	word   uint64 // the first of the key
	key    []byte
}

func (c *runCursor) row() tuple.Row { return c.batch.Row(c.at) }

// next goes to the next row; io.EOF after the last.
func (c *runCursor) next(ctx context.Context) error {
	if c.at++; c.at == c.batch.Len() {
		return c.load(ctx)
	}
	c.readKey()
	return nil
}

func (c *runCursor) load(ctx context.Context) error {
	if err := c.reader.next(ctx, c.batch); err != nil {
		return err
	}
	c.at = 0
	c.readKey()
	return nil
}

func (c *runCursor) readKey() {
	c.key = c.row().Bytes(c.batch.Layout.Stride() - 1)
	c.word = 0
	if len(c.key) > 0 {
		c.word = binary.BigEndian.Uint64(c.key)
	}
}

func (c *runCursor) before(d *runCursor) bool {
	if c.word != d.word {
		return c.word < d.word
	}
	if order := bytes.Compare(c.key, d.key); order != 0 {
		return order < 0
	}
	return c.run < d.run
}
