// Package tuple holds rows the way the whole driver carries them, from the
// page decoder to the last operator: packed, in batches.
//
// A row is a fixed run of 8-byte slots. The first slots hold its null bits (64
// columns each), then comes one slot a column: an int64, the bits of a
// float64, a packed decimal, or a reference into the batch's arena of bytes.
// Nothing in a row is a pointer, so a batch costs the garbage collector two
// objects, a spill writes it flat, and a hash table can keep it as it is.
//
// The package imports sqltypes and nothing else of this project.
package tuple

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/epicorerp/epicorerp/sqltypes"
)

// TargetRows is about how many rows a batch carries between operators.
const TargetRows = 1024

// Layout is the shape of a batch's rows. It is immutable and shared.
type Layout struct {
	Types  []sqltypes.Type
	nulls  int // slots of null bits
	stride int
}

// NewLayout returns the layout of rows with the given column types.
func NewLayout(types []sqltypes.Type) *Layout {
	nulls := max(1, (len(types)+63)/64)
	return &Layout{Types: types, nulls: nulls, stride: nulls + len(types)}
}

// Columns returns the number of columns.
func (l *Layout) Columns() int { return len(l.Types) }

// Stride returns the number of slots of a row.
func (l *Layout) Stride() int { return l.stride }

// NullSlots returns the number of slots of null bits that come first.
func (l *Layout) NullSlots() int { return l.nulls }

// Slot returns the index, within a row, of a column's slot.
func (l *Layout) Slot(col int) int { return l.nulls + col }

// Batch is a run of rows of one layout and the arena that their text lies in.
// The zero value is not usable; see NewBatch. A batch belongs to one goroutine
// at a time.
type Batch struct {
	Layout *Layout
	Slots  []uint64 // Layout.Stride() of them a row
	Arena  []byte
}

// NewBatch returns an empty batch with room for TargetRows rows once filled.
func NewBatch(l *Layout) *Batch { return &Batch{Layout: l} }

// Reset empties the batch and keeps its memory. References into its arena die.
func (b *Batch) Reset() { b.Slots, b.Arena = b.Slots[:0], b.Arena[:0] }

// Len returns the number of rows.
func (b *Batch) Len() int { return len(b.Slots) / b.Layout.stride }

// Bytes returns the memory that the batch holds on to, for budgets.
func (b *Batch) Bytes() int { return cap(b.Slots)*8 + cap(b.Arena) }

// AddRow appends a row whose values are all NULL and returns its slots, which
// stay valid until the next AddRow.
func (b *Batch) AddRow() []uint64 {
	n, s := len(b.Slots), b.Layout.stride
	if n+s <= cap(b.Slots) {
		b.Slots = b.Slots[:n+s]
		clear(b.Slots[n:])
	} else {
		b.Slots = append(b.Slots, make([]uint64, s)...)
	}
	row := b.Slots[n : n+s : n+s]
	for i := range b.Layout.nulls {
		row[i] = math.MaxUint64
	}
	return row
}

// AppendFlat appends the batch's slots and arena as bytes: what a spill writes.
func (b *Batch) AppendFlat(dst []byte) []byte {
	at := len(dst)
	dst = slices.Grow(dst, 8*len(b.Slots)+len(b.Arena))[:at+8*len(b.Slots)]
	to := dst[at:]
	for i, w := range b.Slots {
		binary.LittleEndian.PutUint64(to[8*i:], w)
	}
	return append(dst, b.Arena...)
}

// SetFlat replaces the content by what AppendFlat wrote of a batch with the
// given number of slots.
func (b *Batch) SetFlat(src []byte, slots int) {
	b.Reset()
	b.Slots = slices.Grow(b.Slots, slots)[:slots]
	for i := range b.Slots {
		b.Slots[i] = binary.LittleEndian.Uint64(src[8*i:])
	}
	b.Arena = append(b.Arena, src[8*slots:]...)
}

// DropLast removes the last row; its text stays in the arena until Reset.
func (b *Batch) DropLast() { b.Slots = b.Slots[:len(b.Slots)-b.Layout.stride] }

// Truncate keeps the first n rows.
func (b *Batch) Truncate(n int) { b.Slots = b.Slots[:n*b.Layout.stride] }

// Row returns row i for reading.
func (b *Batch) Row(i int) Row {
	s := b.Layout.stride
	return Row{Slots: b.Slots[i*s : i*s+s : i*s+s], Arena: b.Arena}
}

// Row is one row for reading: its slots and the arena they refer to. The
// column positions of its methods are slot positions (Layout.Slot), null bits
// go by column.
type Row struct {
	Slots []uint64
	Arena []byte
}

// Null reports whether a column is NULL.
func (r Row) Null(col int) bool { return r.Slots[col>>6]>>(col&63)&1 != 0 }

// Int returns the integer, boolean, date or time in a slot.
func (r Row) Int(slot int) int64 { return int64(r.Slots[slot]) }

// Float returns the float in a slot.
func (r Row) Float(slot int) float64 { return math.Float64frombits(r.Slots[slot]) }

// Bytes returns the text or bytes that a slot refers to. They are the
// batch's: whoever keeps them, copies them.
func (r Row) Bytes(slot int) []byte {
	s := r.Slots[slot]
	off, n := s>>32, s&math.MaxUint32
	return r.Arena[off : off+n : off+n]
}

// Num returns the decimal in a slot.
func (r Row) Num(slot int) sqltypes.Num {
	if c, s, ok := sqltypes.UnpackDecimal(r.Slots[slot]); ok {
		return sqltypes.NewNum(c, s)
	}
	off, n := sqltypes.UnpackWideRef(r.Slots[slot])
	d, err := sqltypes.ParseWide(r.Arena[off : off+n])
	if err != nil { // only a batch that was not written by this package can get here
		panic(fmt.Sprintf("tuple: corrupt decimal slot: %v", err))
	}
	return d
}

// SetNull makes a column of a row from AddRow NULL again.
func SetNull(row []uint64, col int) { row[col>>6] |= 1 << (col & 63) }

// ClearNull marks a column as not NULL; whoever writes the slot directly calls it.
func ClearNull(row []uint64, col int) { row[col>>6] &^= 1 << (col & 63) }

// SetInt writes an integer, boolean, date or time.
func (l *Layout) SetInt(row []uint64, col int, v int64) {
	ClearNull(row, col)
	row[l.nulls+col] = uint64(v)
}

// SetFloat writes a float.
func (l *Layout) SetFloat(row []uint64, col int, v float64) {
	ClearNull(row, col)
	row[l.nulls+col] = math.Float64bits(v)
}

// SetBytes copies text into the arena and writes the reference.
func (b *Batch) SetBytes(row []uint64, col int, v []byte) error {
	ref, err := b.Intern(v)
	if err != nil {
		return err
	}
	ClearNull(row, col)
	row[b.Layout.nulls+col] = ref
	return nil
}

// SetString is SetBytes for a string.
func (b *Batch) SetString(row []uint64, col int, v string) error {
	off := len(b.Arena)
	b.Arena = append(b.Arena, v...)
	return b.SetArena(row, col, off)
}

// SetArena refers a column to the arena's tail from off on: for writers that
// append to Arena themselves.
func (b *Batch) SetArena(row []uint64, col, off int) error {
	if len(b.Arena) > math.MaxUint32 {
		return ErrArenaFull
	}
	ClearNull(row, col)
	row[b.Layout.nulls+col] = uint64(off)<<32 | uint64(len(b.Arena)-off)
	return nil
}

// Intern copies v into the arena and returns the slot that refers to it.
func (b *Batch) Intern(v []byte) (uint64, error) {
	off := len(b.Arena)
	if uint64(off)+uint64(len(v)) > math.MaxUint32 {
		return 0, ErrArenaFull
	}
	b.Arena = append(b.Arena, v...)
	return uint64(off)<<32 | uint64(len(v)), nil
}

// SetNum writes a decimal, in its wide form when it does not fit the slot.
func (b *Batch) SetNum(row []uint64, col int, d sqltypes.Num) error {
	if c, ok := d.Small(); ok {
		if slot, ok := sqltypes.PackDecimal(c, d.Scale()); ok {
			ClearNull(row, col)
			row[b.Layout.nulls+col] = slot
			return nil
		}
	}
	off := len(b.Arena)
	b.Arena = d.AppendWide(b.Arena)
	if len(b.Arena) > math.MaxUint32 {
		return ErrArenaFull
	}
	ClearNull(row, col)
	row[b.Layout.nulls+col] = sqltypes.WideRef(off, len(b.Arena)-off)
	return nil
}

// ErrArenaFull says that the text of one batch passed 4 GiB: its rows are
// larger than any server sends.
var ErrArenaFull = fmt.Errorf("tuple: more than 4 GiB of text in one batch")
