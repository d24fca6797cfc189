package exec

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// spill is the temporary file of one operator. It is made when the first block
// is written, belongs to nobody else, and has no name any more wherever the
// system lets an open file go without one: then nothing is left of it, however
// the process ends. It grows until close; what is read is not cut out of it.
type spill struct {
	dir      string // "" is the system's directory
	off      bool   // the operator must not spill
	operator string
	// blockBytes is about what a stream gathers before it writes.
	blockBytes int
	counters   *counters // nil when nobody asks

	f    *os.File
	path string // "" when the file has no name any more
	end  int64
	buf  []byte
}

// block is where rows lie in a spill. What it must contain is kept here and
// not there, so that a file which another process wrote into is found out.
type block struct {
	at           int64
	slots, arena uint32
	sum          uint32
}

// Blocks are small where memory is: partitions have one each.
const (
	mostBlockBytes  = 64 << 10
	leastBlockBytes = 1 << 10
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// spill prepares the temporary file of an operator.
func (r *run) spill(operator string, c *counters) *spill {
	s := &spill{dir: r.spillDir, off: r.noSpill, operator: operator, blockBytes: mostBlockBytes, counters: c}
	if r.budget.Limit() > 0 {
		s.blockBytes = int(min(mostBlockBytes, max(leastBlockBytes, r.shares.least/(2*fanOut))))
	}
	return s
}

// write appends a batch.
func (s *spill) write(b *tuple.Batch) (block, error) {
	if s.f == nil {
		if err := s.create(); err != nil {
			return block{}, s.failed("making", err)
		}
	}
	s.buf = b.AppendFlat(s.buf[:0])
	at := block{at: s.end, slots: uint32(len(b.Slots)), arena: uint32(len(b.Arena)), sum: crc32.Checksum(s.buf, castagnoli)}
	if _, err := s.f.WriteAt(s.buf, s.end); err != nil {
		return at, s.failed("writing", err)
	}
	s.end += int64(len(s.buf))
	if s.counters != nil {
		s.counters.spilled.Add(int64(len(s.buf)))
	}
	return at, nil
}

// read replaces the content of b by a block's.
func (s *spill) read(at block, b *tuple.Batch) error {
	n := 8*int(at.slots) + int(at.arena)
	if cap(s.buf) < n {
		s.buf = make([]byte, n)
	}
	s.buf = s.buf[:n]
	if _, err := s.f.ReadAt(s.buf, at.at); err != nil {
		if err == io.EOF { // an end where rows were written is no end of rows
			err = io.ErrUnexpectedEOF
		}
		return s.failed("reading", err)
	}
	if crc32.Checksum(s.buf, castagnoli) != at.sum {
		return s.failed("reading", errors.New("it is not what was written"))
	}
	b.SetFlat(s.buf, int(at.slots))
	return nil
}

// bytes is the memory held.
func (s *spill) bytes() int64 { return int64(cap(s.buf)) }

// create makes the file, for this user alone.
func (s *spill) create() error {
	dir := s.dir
	if dir == "" {
		dir = os.TempDir()
	}
	for range 100 {
		path := filepath.Join(dir, fmt.Sprintf("epicorerp-%d-%016x.spill", os.Getpid(), rand.Uint64()))
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL|deleteOnClose, 0o600)
		if errors.Is(err, os.ErrExist) {
			continue
		}
		if err != nil {
			return err
		}
		s.f, s.path, s.end = f, path, 0
		if unnamed(path) {
			s.path = ""
		}
		return nil
	}
	return os.ErrExist
}

// close removes the file.
func (s *spill) close() {
	if s.f == nil {
		return
	}
	_ = s.f.Close() // nobody needs what is in it
	if s.path != "" {
		_ = os.Remove(s.path)
	}
	s.f, s.path, s.end, s.buf = nil, "", 0, nil
}

func (s *spill) failed(doing string, err error) error {
	state := "58030"
	if diskFull(err) {
		state = "53100"
	}
	return &providers.Error{State: state, Err: err,
		Message: fmt.Sprintf("%s does not fit MaxMemory, and %s a temporary file failed: %v", s.operator, doing, err)}
}
