package sqltypes

import (
	"encoding/binary"
	"errors"
	"math"
	"math/big"
	"math/bits"
	"strconv"
)

// Span is the value of an INTERVAL, in the three units that do not convert
// into each other: a month has no fixed number of days, a day no fixed number
// of hours.
type Span struct{ Months, Days, Ticks int64 }

// SpanBytes is the length of the stored form.
const SpanBytes = 24

// AppendEncoded writes the form in which batches and Value.S carry a span:
// months, days and ticks as three big-endian int64.
func (v Span) AppendEncoded(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint64(dst, uint64(v.Months))
	dst = binary.BigEndian.AppendUint64(dst, uint64(v.Days))
	return binary.BigEndian.AppendUint64(dst, uint64(v.Ticks))
}

// DecodeSpan reads what AppendEncoded wrote; anything else gives zero.
func DecodeSpan[T string | []byte](b T) Span {
	if len(b) != SpanBytes {
		return Span{}
	}
	var p [3]int64
	for i := range len(b) {
		p[i/8] = p[i/8]<<8 | int64(b[i])
	}
	return Span{p[0], p[1], p[2]}
}

// SpanValue returns an INTERVAL as a Value.
func SpanValue(v Span) Value { return Value{Kind: Interval, S: string(v.AppendEncoded(nil))} }

// Total returns the ticks of the span with months of 30 days and days of 24
// hours, as a 128-bit number: what spans are ordered and hashed by, as in
// PostgreSQL.
func (v Span) Total() (hi int64, lo uint64) {
	days := 30*v.Months + v.Days
	h, l := bits.Mul64(absU(days), TicksPerDay)
	if days < 0 {
		var borrow uint64
		l, borrow = bits.Sub64(0, l, 0)
		h, _ = bits.Sub64(0, h, borrow)
	}
	l, carry := bits.Add64(l, uint64(v.Ticks), 0)
	h, _ = bits.Add64(h, uint64(v.Ticks>>63), carry)
	return int64(h), l
}

// Cmp orders spans by Total.
func (v Span) Cmp(w Span) int {
	vh, vl := v.Total()
	wh, wl := w.Total()
	switch {
	case vh < wh || vh == wh && vl < wl:
		return -1
	case vh > wh || vl > wl:
		return 1
	}
	return 0
}

// Neg returns -v.
func (v Span) Neg() Span { return Span{-v.Months, -v.Days, -v.Ticks} }

// Append writes the span as PostgreSQL prints it: 1 year 2 mons -3 days 04:05:06.
func (v Span) Append(dst []byte) []byte {
	start, negative := len(dst), false
	unit := func(n int64, name string) {
		if n == 0 {
			return
		}
		if len(dst) > start {
			dst = append(dst, ' ')
			if negative && n > 0 { // PostgreSQL marks a sign change
				dst = append(dst, '+')
			}
		}
		negative = n < 0
		dst = append(append(strconv.AppendInt(dst, n, 10), ' '), name...)
		if n != 1 {
			dst = append(dst, 's')
		}
	}
	unit(v.Months/12, "year")
	unit(v.Months%12, "mon")
	unit(v.Days, "day")
	if v.Ticks == 0 && len(dst) > start {
		return dst
	}
	if len(dst) > start {
		dst = append(dst, ' ')
		if negative && v.Ticks > 0 {
			dst = append(dst, '+')
		}
	}
	t := v.Ticks
	if t < 0 {
		dst, t = append(dst, '-'), -max(t, -math.MaxInt64)
	}
	return AppendTime(dst, t)
}

// ErrSpanRange says that a span leaves the range of its units.
var ErrSpanRange = errors.New("interval out of range")

// Add returns v + w, unit by unit.
func (v Span) Add(w Span) (Span, error) {
	m, ok := addInt64(v.Months, w.Months)
	d, ok2 := addInt64(v.Days, w.Days)
	t, ok3 := addInt64(v.Ticks, w.Ticks)
	if !ok || !ok2 || !ok3 || absU(m) > math.MaxInt32 || absU(d) > math.MaxInt32 || t == math.MinInt64 {
		return Span{}, ErrSpanRange
	}
	return Span{m, d, t}, nil
}

func addInt64(a, b int64) (int64, bool) {
	s := a + b
	return s, (s > a) == (b > 0)
}

// Times returns the span n times, by exact fractions: what is left of a month
// counts as days of 30 to the month, and of a day as hours, as in PostgreSQL.
func (v Span) Times(n Num) (Span, error) {
	return v.scaled(new(big.Rat).SetFrac(n.big(), pow10(int(n.scale))))
}

// Quo returns the n-th part of the span, with the same care for what is left.
func (v Span) Quo(n Num) (Span, error) {
	if n.Sign() == 0 {
		return Span{}, ErrDivisionByZero
	}
	return v.scaled(new(big.Rat).SetFrac(pow10(int(n.scale)), n.big()))
}

func (v Span) scaled(by *big.Rat) (Span, error) {
	months, rest := wholePart(v.Months, by)
	monthDays, restDays := wholePart(30, rest)
	days, rest := wholePart(v.Days, by)
	rest.Add(rest, restDays)
	carried, rest := wholePart(1, rest)
	ticks := rest.Mul(rest, big.NewRat(TicksPerDay, 1))
	ticks.Add(ticks, new(big.Rat).Mul(big.NewRat(v.Ticks, 1), by))
	days.Add(days, monthDays).Add(days, carried)
	t := quoHalfAway(ticks.Num(), ticks.Denom())
	if !months.IsInt64() || !days.IsInt64() || !t.IsInt64() {
		return Span{}, ErrSpanRange
	}
	return Span{}.Add(Span{months.Int64(), days.Int64(), t.Int64()})
}

// wholePart splits n × by into its whole part, cut toward zero, and the rest.
func wholePart(n int64, by *big.Rat) (*big.Int, *big.Rat) {
	r := new(big.Rat).Mul(big.NewRat(n, 1), by)
	whole := new(big.Int).Quo(r.Num(), r.Denom())
	return whole, r.Sub(r, new(big.Rat).SetInt(whole))
}

// JustifyHours carries whole days of 24 hours out of the ticks, and gives days
// and ticks one sign.
func (v Span) JustifyHours() (Span, error) {
	days := v.Ticks / TicksPerDay
	v.Ticks %= TicksPerDay
	v.Days += days
	switch {
	case v.Days > 0 && v.Ticks < 0:
		v.Days, v.Ticks = v.Days-1, v.Ticks+TicksPerDay
	case v.Days < 0 && v.Ticks > 0:
		v.Days, v.Ticks = v.Days+1, v.Ticks-TicksPerDay
	}
	return Span{}.Add(v)
}

// JustifyDays carries whole months of 30 days out of the days, and gives
// months and days one sign.
func (v Span) JustifyDays() (Span, error) {
	v.Months += v.Days / 30
	v.Days %= 30
	switch {
	case v.Months > 0 && v.Days < 0:
		v.Months, v.Days = v.Months-1, v.Days+30
	case v.Months < 0 && v.Days > 0:
		v.Months, v.Days = v.Months+1, v.Days-30
	}
	return Span{}.Add(v)
}

// Justify does both, and gives all three units one sign.
func (v Span) Justify() (Span, error) {
	v.Days += v.Ticks / TicksPerDay
	v.Ticks %= TicksPerDay
	v.Months += v.Days / 30
	v.Days %= 30
	switch {
	case v.Months > 0 && (v.Days < 0 || v.Days == 0 && v.Ticks < 0):
		v.Months, v.Days = v.Months-1, v.Days+30
	case v.Months < 0 && (v.Days > 0 || v.Days == 0 && v.Ticks > 0):
		v.Months, v.Days = v.Months+1, v.Days-30
	}
	switch {
	case v.Days > 0 && v.Ticks < 0:
		v.Days, v.Ticks = v.Days-1, v.Ticks+TicksPerDay
	case v.Days < 0 && v.Ticks > 0:
		v.Days, v.Ticks = v.Days+1, v.Ticks-TicksPerDay
	}
	return Span{}.Add(v)
}
