package sqltypes

import (
	"encoding/binary"
	"fmt"
	"math/big"
)

// A decimal's slot is, from its high bits down: 57 bits of signed coefficient,
// 6 bits of scale, and a zero bit. The last bit set means that the coefficient
// did not fit, and that the slot is a reference to its wide form in the arena:
// 32 bits of offset, 31 bits of length.
const (
	packedScaleBits = 6
	packedCoefLimit = 1 << 56
)

// PackDecimal returns the slot of a decimal whose coefficient and scale fit.
func PackDecimal(coef int64, scale int) (slot uint64, ok bool) {
	if coef >= packedCoefLimit || coef < -packedCoefLimit || uint(scale) >= 1<<packedScaleBits {
		return 0, false
	}
	return uint64(coef)<<7 | uint64(scale)<<1, true
}

// UnpackDecimal returns coefficient and scale of a slot; ok is false when the
// slot refers to a wide form.
func UnpackDecimal(slot uint64) (coef int64, scale int, ok bool) {
	return int64(slot) >> 7, int(slot>>1) & 63, slot&1 == 0
}

// WideRef makes the slot of a decimal whose wide form lies in the arena.
func WideRef(off, n int) uint64 { return uint64(off)<<32 | uint64(n)<<1 | 1 }

// UnpackWideRef is the inverse of WideRef.
func UnpackWideRef(slot uint64) (off, n int) { return int(slot >> 32), int(uint32(slot) >> 1) }

// AppendWide writes the wide form: 4 bytes of scale, a sign byte, and the
// coefficient's magnitude, big-endian.
func (d Num) AppendWide(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(d.scale))
	b := d.big()
	sign := byte(0)
	if b.Sign() < 0 {
		sign = 1
	}
	return append(append(dst, sign), b.Bytes()...)
}

// ParseWide reads what AppendWide wrote.
func ParseWide(b []byte) (Num, error) {
	if len(b) < 5 {
		return Num{}, fmt.Errorf("%w: wide form of %d bytes", ErrDecimalSyntax, len(b))
	}
	c := new(big.Int).SetBytes(b[5:])
	if b[4] == 1 {
		c.Neg(c)
	}
	return normal(c, int32(binary.BigEndian.Uint32(b))), nil
}
