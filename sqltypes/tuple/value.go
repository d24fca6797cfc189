package tuple

import (
	"github.com/epicorerp/epicorerp/sqltypes"
)

// CopyColumn copies column srcCol of a row into column dstCol of a row of b
// that AddRow returned. Both columns have the same storage.
func (b *Batch) CopyColumn(dst []uint64, dstCol int, src Row, srcLayout *Layout, srcCol int) error {
	if src.Null(srcCol) {
		SetNull(dst, dstCol)
		return nil
	}
	slot := srcLayout.nulls + srcCol
	switch srcLayout.Types[srcCol].Kind.Storage() {
	case sqltypes.StoreBytes:
		return b.SetBytes(dst, dstCol, src.Bytes(slot))
	case sqltypes.StoreDecimal:
		if s := src.Slots[slot]; s&1 != 0 {
			off, n := sqltypes.UnpackWideRef(s)
			at := len(b.Arena)
			b.Arena = append(b.Arena, src.Arena[off:off+n]...)
			if len(b.Arena) > maxArena {
				return ErrArenaFull
			}
			ClearNull(dst, dstCol)
			dst[b.Layout.nulls+dstCol] = sqltypes.WideRef(at, n)
			return nil
		}
	}
	ClearNull(dst, dstCol)
	dst[b.Layout.nulls+dstCol] = src.Slots[slot]
	return nil
}

const maxArena = 1<<32 - 1

// AppendRow copies a whole row of the same layout types.
func (b *Batch) AppendRow(src Row, srcLayout *Layout) error {
	dst := b.AddRow()
	for c := range srcLayout.Types {
		if err := b.CopyColumn(dst, c, src, srcLayout, c); err != nil {
			return err
		}
	}
	return nil
}

// Value boxes one column of a row: for keys, constants and tests, not for the
// row loop.
func (l *Layout) Value(r Row, col int) sqltypes.Value {
	k := l.Types[col].Kind
	if r.Null(col) {
		return sqltypes.NullOf(k)
	}
	v, slot := sqltypes.Value{Kind: k}, l.nulls+col
	switch k.Storage() {
	case sqltypes.StoreInt:
		v.I = r.Int(slot)
	case sqltypes.StoreFloat:
		v.F = r.Float(slot)
	case sqltypes.StoreDecimal:
		v.D = r.Num(slot)
	case sqltypes.StoreBytes:
		v.S = string(r.Bytes(slot))
	}
	return v
}

// SetValue writes a boxed value whose kind has the column's storage.
func (b *Batch) SetValue(row []uint64, col int, v sqltypes.Value) error {
	if v.Null {
		SetNull(row, col)
		return nil
	}
	switch b.Layout.Types[col].Kind.Storage() {
	case sqltypes.StoreFloat:
		b.Layout.SetFloat(row, col, v.F)
	case sqltypes.StoreDecimal:
		return b.SetNum(row, col, v.D)
	case sqltypes.StoreBytes:
		return b.SetString(row, col, v.S)
	default:
		b.Layout.SetInt(row, col, v.I)
	}
	return nil
}
