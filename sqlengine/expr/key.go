package expr

import (
	"encoding/binary"
	"math"
	"math/big"
	"strconv"

	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// Keys for hashing. Two values of one kind are equal in SQL if and only if
// their keys are the same bytes; a row of keys one after the other is a key
// again, for none is the beginning of another.
const (
	keyNull  = 0
	keyValue = 1
)

// AppendKey appends the hash key of a column of a row. NULL has a key of its
// own, as GROUP BY and DISTINCT want it; a join looks for NULL itself.
func AppendKey(dst []byte, row tuple.Row, l *tuple.Layout, col int) []byte {
	if row.Null(col) {
		return append(dst, keyNull)
	}
	slot := l.Slot(col)
	switch k := l.Types[col].Kind; k.Storage() {
	case sqltypes.StoreInt:
		return binary.LittleEndian.AppendUint64(append(dst, keyValue), row.Slots[slot])
	case sqltypes.StoreFloat:
		return binary.LittleEndian.AppendUint64(append(dst, keyValue), uint64(floatKey(row.Float(slot))))
	case sqltypes.StoreDecimal:
		return appendNumKey(append(dst, keyValue), row.Num(slot))
	default:
		return appendBytesKey(append(dst, keyValue), k, row.Bytes(slot))
	}
}

// AppendKey appends the hash key of the expression's value.
func (c *Compiled) AppendKey(dst []byte, f *Frame) []byte {
	return appendDatumKey(dst, c.Type.Kind, c.eval(f))
}

// AppendValueKey appends the hash key of a boxed value.
func AppendValueKey(dst []byte, v sqltypes.Value) []byte {
	return appendDatumKey(dst, v.Kind, datumOf(v))
}

func appendDatumKey(dst []byte, k sqltypes.Kind, d datum) []byte {
	if d.Null {
		return append(dst, keyNull)
	}
	dst = append(dst, keyValue)
	switch k.Storage() {
	case sqltypes.StoreInt:
		return binary.LittleEndian.AppendUint64(dst, uint64(d.I))
	case sqltypes.StoreFloat:
		return binary.LittleEndian.AppendUint64(dst, uint64(floatKey(d.F)))
	case sqltypes.StoreDecimal:
		return appendNumKey(dst, d.D)
	}
	return appendBytesKey(dst, k, d.B)
}

func appendBytesKey(dst []byte, k sqltypes.Kind, b []byte) []byte {
	if k == sqltypes.Interval {
		hi, lo := sqltypes.DecodeSpan(b).Total()
		return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(dst, uint64(hi)), lo)
	}
	return append(binary.AppendUvarint(dst, uint64(len(b))), b...)
}

// appendNumKey writes the value without zeros at its end: scale, then the
// coefficient. A scale byte of 255 marks the wide form.
func appendNumKey(dst []byte, n sqltypes.Num) []byte {
	if c, ok := n.Small(); ok {
		if c, s := sqltypes.TrimSmall(c, n.Scale()); s < 255 {
			return binary.LittleEndian.AppendUint64(append(dst, byte(s)), uint64(c))
		}
	}
	n = n.TrimZeros()
	if c, ok := n.Small(); ok && n.Scale() < 255 {
		return binary.LittleEndian.AppendUint64(append(dst, byte(n.Scale())), uint64(c))
	}
	at := len(dst) + 1
	dst = append(dst, 255, 0, 0, 0, 0)
	dst = n.AppendWide(dst)
	binary.LittleEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	return dst
}

// Order is how one sort key orders.
type Order struct {
	Desc       bool
	NullsFirst bool
}

// AppendSortKey appends a key whose bytes compare as the values order. Keys of
// several columns, one after the other, compare as rows do.
func AppendSortKey(dst []byte, row tuple.Row, l *tuple.Layout, col int, o Order) []byte {
	if row.Null(col) {
		return appendNullSortKey(dst, o)
	}
	d, slot := datum{}, l.Slot(col)
	k := l.Types[col].Kind
	switch k.Storage() {
	case sqltypes.StoreInt:
		d.I = row.Int(slot)
	case sqltypes.StoreFloat:
		d.F = row.Float(slot)
	case sqltypes.StoreDecimal:
		d.D = row.Num(slot)
	case sqltypes.StoreBytes:
		d.B = row.Bytes(slot)
	}
	return appendDatumSortKey(dst, k, d, o)
}

// AppendSortKey appends the sort key of the expression's value.
func (c *Compiled) AppendSortKey(dst []byte, f *Frame, o Order) []byte {
	return appendDatumSortKey(dst, c.Type.Kind, c.eval(f), o)
}

// AppendValueSortKey appends the sort key of a boxed value.
func AppendValueSortKey(dst []byte, v sqltypes.Value, o Order) []byte {
	return appendDatumSortKey(dst, v.Kind, datumOf(v), o)
}

func appendNullSortKey(dst []byte, o Order) []byte {
	if o.NullsFirst {
		return append(dst, 0)
	}
	return append(dst, 2)
}

func appendDatumSortKey(dst []byte, k sqltypes.Kind, d datum, o Order) []byte {
	if d.Null {
		return appendNullSortKey(dst, o)
	}
	dst = append(dst, 1)
	at := len(dst)
	switch k.Storage() {
	case sqltypes.StoreInt:
		dst = binary.BigEndian.AppendUint64(dst, uint64(d.I)^1<<63)
	case sqltypes.StoreFloat:
		dst = binary.BigEndian.AppendUint64(dst, orderedFloat(d.F))
	case sqltypes.StoreDecimal:
		dst = appendNumSortKey(dst, d.D)
	case sqltypes.StoreBytes:
		dst = appendBytesSortKey(dst, k, d.B)
	}
	if o.Desc {
		invert(dst[at:])
	}
	return dst
}

func invert(b []byte) {
	for i := range b {
		b[i] = ^b[i]
	}
}

// orderedFloat maps floats to integers in the same order: NaN last, one zero.
func orderedFloat(x float64) uint64 {
	switch {
	case x != x:
		return math.MaxUint64
	case x == 0:
		return 1 << 63
	}
	b := math.Float64bits(x)
	if b>>63 != 0 {
		return ^b
	}
	return b | 1<<63
}

// appendBytesSortKey ends text with 00 01 and writes a zero byte in it as
// 00 FF, so that a text sorts before its continuations.
func appendBytesSortKey(dst []byte, k sqltypes.Kind, b []byte) []byte {
	if k == sqltypes.Interval {
		hi, lo := sqltypes.DecodeSpan(b).Total()
		return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(dst, uint64(hi)^1<<63), lo)
	}
	for _, c := range b {
		if dst = append(dst, c); c == 0 {
			dst = append(dst, 0xff)
		}
	}
	return append(dst, 0, 1)
}

// appendNumSortKey writes the sign, then the place of the first digit, then
// the digits two to a byte; for negative numbers the latter two inverted.
func appendNumSortKey(dst []byte, n sqltypes.Num) []byte {
	sign := n.Sign()
	dst = append(dst, byte(sign+1))
	if sign == 0 {
		return dst
	}
	at := len(dst)
	var buf [24]byte
	digits := buf[:0]
	if c, ok := n.Small(); ok {
		digits = strconv.AppendUint(digits, magnitude(c), 10)
	} else {
		c := n.Coefficient()
		digits = new(big.Int).Abs(c).Append(digits, 10)
	}
	place := len(digits) - n.Scale()
	for len(digits) > 1 && digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
	}
	dst = binary.BigEndian.AppendUint16(dst, uint16(place+1<<15))
	for i := 0; i < len(digits); i += 2 {
		pair := (digits[i]-'0')*10 + 1
		if i+1 < len(digits) {
			pair += digits[i+1] - '0'
		}
		dst = append(dst, pair)
	}
	dst = append(dst, 0)
	if sign < 0 {
		invert(dst[at:])
	}
	return dst
}
