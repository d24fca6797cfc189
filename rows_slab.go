package epicorerp

import (
	"database/sql/driver"
	"math/bits"
	"strings"
	"time"

	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

const (
	// slabRows is how many rows share their allocations. A value that the
	// caller keeps holds on to the text of as many rows, so not more.
	slabRows = 16
	// longText is the length from which a text has memory of its own, so that
	// a short neighbour that is kept does not hold on to it.
	longText = 1 << 10
	// maxRegion bounds the piece of a batch's arena that is copied unseen.
	maxRegion = slabRows * 16 << 10
)

// slab turns runs of packed rows into values for database/sql. Each run gets
// fresh memory, one piece for each way of storing, because the values outlive
// it; boxed values then point into the pieces instead of having an allocation
// each.
type slab struct {
	// The result's columns, sorted by how they are handed over.
	ints, floats, bools, texts, blobs, decimals, written, times []slabColumn
	never                                                       []int // columns whose type is NULL
	wordBits                                                    []uint64

	batch *tuple.Batch
	from  int // row of batch that is the run's first

	intValues   []int64
	floatValues []float64
	textValues  []string // of texts, row by row
	madeValues  []string // of decimals and written, row by row
	timeValues  []time.Time

	scratch []byte
	marks   []int
}

// slabColumn is a column in its place in a row.
type slabColumn struct {
	column, slot int
	kind         sqltypes.Kind
}

func newSlab(b *tuple.Batch) *slab {
	s := &slab{batch: b, wordBits: make([]uint64, b.Layout.NullSlots())}
	for i, t := range b.Layout.Types {
		s.wordBits[i>>6] |= 1 << (i & 63)
		list := &s.texts
		switch t.Kind {
		case sqltypes.Null:
			s.never = append(s.never, i)
			continue
		case sqltypes.Bool:
			list = &s.bools
		case sqltypes.SmallInt, sqltypes.Integer, sqltypes.BigInt:
			list = &s.ints
		case sqltypes.Real, sqltypes.Double:
			list = &s.floats
		case sqltypes.Decimal:
			list = &s.decimals
		case sqltypes.Time, sqltypes.Interval:
			list = &s.written
		case sqltypes.Date, sqltypes.Timestamp, sqltypes.TimestampTZ:
			list = &s.times
		case sqltypes.Varbinary:
			list = &s.blobs
		}
		*list = append(*list, slabColumn{column: i, slot: b.Layout.Slot(i), kind: t.Kind})
	}
	return s
}

// load takes over n rows of the batch from row from on.
func (s *slab) load(from, n int) {
	s.from = from
	stride := s.batch.Layout.Stride()
	slots := s.batch.Slots[from*stride : (from+n)*stride]
	if k := len(s.ints); k > 0 {
		s.intValues = make([]int64, n*k)
		at := 0
		for row := slots; len(row) >= stride; row = row[stride:] {
			for i := range s.ints {
				s.intValues[at] = int64(row[s.ints[i].slot])
				at++
			}
		}
	}
	if k := len(s.times); k > 0 {
		s.timeValues = make([]time.Time, n*k)
		at := 0
		for row := slots; len(row) >= stride; row = row[stride:] {
			for i := range s.times {
				s.timeValues[at] = timeOf(s.times[i].kind, int64(row[s.times[i].slot]))
				at++
			}
		}
	}
	if k := len(s.floats); k > 0 {
		s.floatValues = make([]float64, 0, n*k)
		for r := range n {
			row := s.batch.Row(from + r)
			for _, c := range s.floats {
				s.floatValues = append(s.floatValues, row.Float(c.slot))
			}
		}
	}
	s.loadText(slots, n)
}

// timeOf makes the value of a DATE, which counts days, or of a TIMESTAMP or
// TIMESTAMPTZ, which count ticks. All are in UTC.
func timeOf(kind sqltypes.Kind, v int64) time.Time {
	if kind == sqltypes.Date {
		return time.Unix(v*86400, 0).UTC()
	}
	return time.Unix(v/sqltypes.TicksPerSecond, v%sqltypes.TicksPerSecond*100).UTC()
}

// loadText copies the texts of the run, and writes out the values that are
// handed over as text, into one allocation.
func (s *slab) loadText(slots []uint64, n int) {
	if len(s.texts)+len(s.decimals)+len(s.written) == 0 {
		return
	}
	s.scratch, s.marks = s.scratch[:0], s.marks[:0]
	if len(s.decimals)+len(s.written) > 0 {
		s.writeOut(slots, n)
	}
	lo, hi := s.region(slots, n)
	var all strings.Builder
	all.Grow(len(s.scratch) + hi - lo)
	all.Write(s.scratch)
	all.Write(s.batch.Arena[lo:hi])
	text := all.String()

	values := make([]string, len(s.marks)+n*len(s.texts))
	s.madeValues, s.textValues = values[:len(s.marks)], values[len(s.marks):]
	start := 0
	for i, end := range s.marks {
		s.madeValues[i] = text[start:end]
		start = end
	}
	if len(s.texts) > 0 && (hi == lo || !s.slice(slots, text[len(s.scratch):], lo)) {
		s.gather(slots, n)
	}
}

// writeOut writes decimals, times of day and intervals to scratch, and where
// each ends to marks.
func (s *slab) writeOut(slots []uint64, n int) {
	stride := s.batch.Layout.Stride()
	dst, marks := s.scratch, s.marks
	for r := range n {
		row := slots[r*stride : (r+1)*stride]
		for i := range s.decimals {
			c := &s.decimals[i]
			if !isNull(row, c.column) {
				if coef, scale, ok := sqltypes.UnpackDecimal(row[c.slot]); ok {
					dst = sqltypes.AppendSmall(dst, coef, scale)
				} else {
					dst = s.batch.Row(s.from + r).Num(c.slot).Append(dst)
				}
			}
			marks = append(marks, len(dst))
		}
		for _, c := range s.written {
			switch {
			case isNull(row, c.column):
			case c.kind == sqltypes.Time:
				dst = sqltypes.AppendTime(dst, int64(row[c.slot]))
			default:
				dst = sqltypes.DecodeSpan(s.batch.Row(s.from + r).Bytes(c.slot)).Append(dst)
			}
			marks = append(marks, len(dst))
		}
	}
	s.scratch, s.marks = dst, marks
}

// region guesses the piece of the arena that holds the texts of the run and
// little else, which is so for rows as they were decoded: from the first text
// of the first row to the last text of the last row. An empty piece says that
// there is none.
func (s *slab) region(slots []uint64, n int) (lo, hi int) {
	if len(s.texts) == 0 {
		return 0, 0
	}
	stride := s.batch.Layout.Stride()
	lo = -1
	for i := range s.texts {
		if c := &s.texts[i]; !isNull(slots, c.column) {
			lo = int(slots[c.slot] >> 32)
			break
		}
	}
	last := slots[(n-1)*stride:]
	for i := len(s.texts) - 1; i >= 0; i-- {
		if c := &s.texts[i]; !isNull(last, c.column) {
			ref := last[c.slot]
			hi = int(ref>>32) + int(uint32(ref))
			break
		}
	}
	if lo < 0 || hi < lo || hi-lo > maxRegion {
		return 0, 0
	}
	return lo, hi
}

// slice fills textValues with pieces of a copy of the arena that begins at lo.
// It gives up when a text is not there, when one is long, or when the copy
// holds more that no text needs than is worth keeping.
func (s *slab) slice(slots []uint64, text string, lo int) bool {
	stride := s.batch.Layout.Stride()
	at, used := 0, 0
	for row := slots; len(row) >= stride; row = row[stride:] {
		for i := range s.texts {
			c := &s.texts[i]
			if !isNull(row, c.column) {
				ref := row[c.slot]
				off, size := int(ref>>32)-lo, int(uint32(ref))
				if off < 0 || size > longText || off+size > len(text) {
					return false
				}
				s.textValues[at] = text[off : off+size]
				used += size
			}
			at++
		}
	}
	return len(text) <= 2*used+longText
}

// gather copies the texts one by one: long ones to memory of their own, the
// others to one piece that they share.
func (s *slab) gather(slots []uint64, n int) {
	stride := s.batch.Layout.Stride()
	s.scratch = s.scratch[:0]
	for pass := range 2 {
		text, at, start := "", 0, 0
		if pass == 1 {
			text = string(s.scratch)
		}
		for r := range n {
			row := slots[r*stride : (r+1)*stride]
			for _, c := range s.texts {
				value := &s.textValues[at]
				at++
				if isNull(row, c.column) {
					continue
				}
				ref := row[c.slot]
				off, size := ref>>32, uint64(uint32(ref))
				switch {
				case size > longText:
					if pass == 0 {
						*value = string(s.batch.Arena[off : off+size])
					}
				case pass == 0:
					s.scratch = append(s.scratch, s.batch.Arena[off:off+size]...)
				default:
					*value = text[start : start+int(size)]
					start += int(size)
				}
			}
		}
	}
}

// isNull reports whether a column of the row that slots begins with is NULL.
func isNull(slots []uint64, column int) bool {
	return slots[column>>6]>>(column&63)&1 != 0
}

// row hands out row i of the run.
func (s *slab) row(i int, dest []driver.Value) {
	stride := s.batch.Layout.Stride()
	row := s.batch.Slots[(s.from+i)*stride:][:stride]
	k := len(s.ints)
	ints := s.intValues[i*k:][:k]
	for j := range s.ints {
		dest[s.ints[j].column] = boxInt(&ints[j])
	}
	k = len(s.texts)
	texts := s.textValues[i*k:][:k]
	for j := range s.texts {
		dest[s.texts[j].column] = boxString(&texts[j])
	}
	k = len(s.decimals) + len(s.written)
	made := s.madeValues[i*k:][:k]
	for j := range s.decimals {
		dest[s.decimals[j].column] = boxString(&made[j])
	}
	made = made[len(s.decimals):]
	for j := range s.written {
		dest[s.written[j].column] = boxString(&made[j])
	}
	k = len(s.times)
	times := s.timeValues[i*k:][:k]
	for j := range s.times {
		dest[s.times[j].column] = boxTime(&times[j])
	}
	k = len(s.floats)
	floats := s.floatValues[i*k:][:k]
	for j := range s.floats {
		dest[s.floats[j].column] = boxFloat(&floats[j])
	}
	for j := range s.bools {
		dest[s.bools[j].column] = row[s.bools[j].slot] != 0
	}
	for _, c := range s.blobs {
		if !isNull(row, c.column) {
			// Not nil when it is empty: that would pass for NULL.
			dest[c.column] = append([]byte{}, s.batch.Row(s.from+i).Bytes(c.slot)...)
		}
	}
	for w, mask := range s.wordBits {
		for null := row[w] & mask; null != 0; null &= null - 1 {
			dest[w<<6+bits.TrailingZeros64(null)] = nil
		}
	}
	for _, c := range s.never {
		dest[c] = nil
	}
}
