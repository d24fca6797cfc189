package exec

import (
	"context"
	"io"

	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// spool keeps rows in the order in which they come and gives them back by their
// number or in order, as often as need be: a store that goes to a temporary
// file when the memory is short. It belongs to one goroutine at a time.
//
//	s := r.spool(layout, "window", r.counters(n))
//	s.add(row) …        every row
//	s.row(i), s.next()  in any order, more rows may be added in between
//	s.close()           gives memory and file back; the spool is empty again
type spool struct {
	store  *store // of a spilled spool, the rows of the last chunk alone
	spill  *spill
	memory reservation
	blocks []block // full chunks in the file, by number; nil while all is in memory
	rows   int
	cache  [spoolCache]spoolChunk
	turn   int // the entry of cache that goes next
}

// spoolCache is how many chunks of a spilled spool are in memory at once.
const spoolCache = 4

type spoolChunk struct {
	number int // -1 is empty
	batch  *tuple.Batch
}

// spool makes an empty spool; name is the operator's, for errors.
func (r *run) spool(l *tuple.Layout, name string, c *counters) *spool {
	return &spool{store: newStore(l), spill: r.spill(name, c), memory: r.reservation(name)}
}

// len is the number of rows.
func (s *spool) len() int { return s.rows }

// add keeps a copy of a row. Rows that were given back stay valid.
func (s *spool) add(row tuple.Row) error {
	if s.rows == maxRows {
		return tooManyRows(s.memory.name)
	}
	if s.rows&(chunkRows-1) == 0 && s.rows > 0 { // a chunk is full
		if err := s.settle(); err != nil {
			return err
		}
	}
	s.rows++
	return s.store.add(row)
}

// addBatch keeps the rows of a batch.
func (s *spool) addBatch(b *tuple.Batch) error {
	for i := range b.Len() {
		if err := s.add(b.Row(i)); err != nil {
			return err
		}
	}
	s.memory.take(s.bytes()) // of a chunk that is not full
	return nil
}

// settle finds a place for full chunks: in memory while it lasts.
func (s *spool) settle() error {
	if s.blocks == nil {
		if s.memory.fits(s.store.bytes() + int64(s.store.chunks[0].Bytes())) {
			return nil
		}
		if s.spill.off {
			return s.memory.hold(s.store.bytes() + int64(s.store.chunks[0].Bytes()))
		}
		for i := range s.cache {
			s.cache[i] = spoolChunk{number: -1}
		}
	}
	for _, b := range s.store.chunks {
		at, err := s.spill.write(b)
		if err != nil {
			return err
		}
		s.blocks = append(s.blocks, at)
	}
	if c := s.spill.counters; c != nil && len(s.blocks) == len(s.store.chunks) {
		c.runs.Add(1)
	}
	s.store.reset()
	s.memory.shrink(s.bytes())
	s.memory.take(s.bytes())
	return nil
}

func (s *spool) bytes() int64 {
	n := s.store.bytes() + s.spill.bytes() + 24*int64(cap(s.blocks))
	for i := range s.cache {
		if b := s.cache[i].batch; b != nil {
			n += int64(b.Bytes())
		}
	}
	return n
}

// chunks is the number of chunks that chunk can be asked for.
func (s *spool) chunks() int { return (s.rows + chunkRows - 1) >> chunkShift }

// chunk returns the rows from number chunkRows*i on, up to chunkRows of them.
// They are valid until spoolCache-1 other chunks were asked for.
func (s *spool) chunk(i int) (*tuple.Batch, error) {
	if i >= len(s.blocks) {
		return s.store.chunks[i-len(s.blocks)], nil
	}
	for k := range s.cache {
		if s.cache[k].number == i {
			return s.cache[k].batch, nil
		}
	}
	c := &s.cache[s.turn]
	s.turn = (s.turn + 1) % spoolCache
	if c.batch == nil {
		c.batch = tuple.NewBatch(s.store.layout)
	}
	c.number = -1
	if err := s.spill.read(s.blocks[i], c.batch); err != nil {
		return nil, err
	}
	c.number = i
	s.memory.take(s.bytes())
	return c.batch, nil
}

// row returns a row that was added. It is valid until rows of spoolCache-1
// other chunks, each of chunkRows rows, were asked for.
func (s *spool) row(i int) (tuple.Row, error) {
	b, err := s.chunk(i >> chunkShift)
	if err != nil {
		return tuple.Row{}, err
	}
	return b.Row(i & (chunkRows - 1)), nil
}

// empty forgets the rows. Of those in memory a chunk stays, for rows to come.
func (s *spool) empty() {
	if s.blocks != nil {
		s.close()
		return
	}
	s.store.empty()
	s.rows = 0
}

// close forgets the rows and gives memory and file back.
func (s *spool) close() {
	s.spill.close()
	s.store.reset()
	s.blocks, s.rows, s.turn = nil, 0, 0
	s.cache = [spoolCache]spoolChunk{}
	s.memory.release()
}

// spoolReader gives the rows of a spool in order. A spool may have several.
type spoolReader struct {
	s  *spool
	at int // the chunk that is next
}

// next replaces the content of out by the next rows; io.EOF after the last.
func (r *spoolReader) next(ctx context.Context, out *tuple.Batch) error {
	if r.at == r.s.chunks() {
		return io.EOF
	}
	b, err := r.s.chunk(r.at)
	if err != nil {
		return err
	}
	r.at++
	out.Slots, out.Arena = append(out.Slots[:0], b.Slots...), append(out.Arena[:0], b.Arena...)
	return ctx.Err()
}
