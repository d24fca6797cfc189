package sqltypes

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
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

var errSpan = errors.New("write a number and a unit, such as '3 days' or '1 year 2 months'")

// ParseSpan reads the text of an interval: numbers with units (years, months,
// weeks, days, hours, minutes, seconds and their usual short forms), clock
// times such as -04:05:06, and years-months such as 1-2. A bare number counts
// the given unit (DAY, MONTH, …), or seconds when it is empty. A trailing
// "ago" turns all signs.
func ParseSpan(s, unit string) (Span, error) {
	fields := strings.Fields(spaceUnits(strings.ToLower(s)))
	bad := func(err error) (Span, error) {
		return Span{}, fmt.Errorf("%q is not an interval: %w", clip(s), err)
	}
	if len(fields) == 0 {
		return bad(errSpan)
	}
	ago := len(fields) > 1 && fields[len(fields)-1] == "ago"
	if ago {
		fields = fields[:len(fields)-1]
	}
	var v Span
	for i := 0; i < len(fields); i++ {
		word, err := fields[i], error(nil)
		switch {
		case word == "+" || word == "@":
		case strings.Contains(word, ":"):
			err = v.addClock(word)
		case strings.LastIndexByte(word, '-') > 0:
			err = v.addYearMonth(word)
		default:
			u := strings.ToLower(unit)
			if i+1 < len(fields) && (fields[i+1][0] < '0' || fields[i+1][0] > '9') && fields[i+1][0] != '-' && fields[i+1][0] != '+' {
				i++
				u = fields[i]
			} else if u == "" {
				u = "second"
			}
			err = v.addUnits(word, u)
		}
		if err != nil {
			return bad(err)
		}
	}
	if ago {
		v = v.Neg()
	}
	return v, nil
}

// spaceUnits parts a number from a unit written against it: 3d, 1h30m.
func spaceUnits(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if i > 0 {
			letter := func(c byte) bool { return c >= 'a' && c <= 'z' }
			digit := func(c byte) bool { return c >= '0' && c <= '9' }
			if digit(s[i-1]) && letter(s[i]) || letter(s[i-1]) && digit(s[i]) {
				b.WriteByte(' ')
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func (v *Span) addClock(word string) error {
	neg := word[0] == '-'
	parts := strings.Split(strings.TrimLeft(word, "+-"), ":")
	if len(parts) > 3 {
		return errSpan
	}
	for i, unit := range []int64{TicksPerHour, TicksPerMinute, TicksPerSecond}[:len(parts)] {
		if strings.HasPrefix(parts[i], "-") || i < 2 && strings.Contains(parts[i], ".") {
			return errSpan
		}
		t, err := scaled(parts[i], unit)
		if err != nil {
			return err
		}
		if i > 0 && t >= 60*unit {
			return errSpan
		}
		if neg {
			t = -t
		}
		v.Ticks += t
	}
	return nil
}

func (v *Span) addYearMonth(word string) error {
	neg := word[0] == '-'
	y, m, ok := strings.Cut(strings.TrimLeft(word, "+-"), "-")
	years, err := strconv.ParseInt(y, 10, 32)
	months, err2 := strconv.ParseInt(m, 10, 32)
	if !ok || err != nil || err2 != nil || months > 11 || months < 0 {
		return errSpan
	}
	if months += years * 12; neg {
		months = -months
	}
	v.Months += months
	return nil
}

// SpanUnit returns the span of one unit such as "days" or "HOUR"; ok is false
// for a word that is not a unit.
func SpanUnit(unit string) (one Span, ok bool) {
	if strings.EqualFold(unit, "ms") { // not minutes in the plural
		return Span{Ticks: TicksPerMilli}, true
	}
	switch strings.TrimSuffix(strings.ToLower(unit), "s") {
	case "millennium", "millennia", "mil":
		return Span{Months: 12000}, true
	case "century", "centurie", "c":
		return Span{Months: 1200}, true
	case "decade", "dec":
		return Span{Months: 120}, true
	case "year", "yr", "y", "yy", "yyyy":
		return Span{Months: 12}, true
	case "quarter", "qtr", "qq", "q":
		return Span{Months: 3}, true
	case "month", "mon", "mm":
		return Span{Months: 1}, true
	case "week", "w", "wk", "ww":
		return Span{Days: 7}, true
	case "day", "d", "dd":
		return Span{Days: 1}, true
	case "hour", "hr", "h", "hh":
		return Span{Ticks: TicksPerHour}, true
	case "minute", "min", "m", "mi":
		return Span{Ticks: TicksPerMinute}, true
	case "second", "sec", "": // "s" loses its letter above
		return Span{Ticks: TicksPerSecond}, unit != ""
	case "millisecond", "msec":
		return Span{Ticks: TicksPerMilli}, true
	case "microsecond", "usec", "u":
		return Span{Ticks: TicksPerMicro}, true
	}
	return Span{}, false
}

func (v *Span) addUnits(number, unit string) error {
	one, ok := SpanUnit(unit)
	if !ok {
		return fmt.Errorf("%q is not a unit of time", clip(unit))
	}
	n, err := ParseNum(number)
	if err != nil {
		return errSpan
	}
	s, err := one.Times(n)
	if err != nil {
		return err
	}
	w, err := v.Add(s)
	if err == nil {
		*v = w
	}
	return err
}

func scaled(number string, unit int64) (int64, error) {
	n, err := ParseNum(number)
	if err != nil {
		return 0, errSpan
	}
	p, err := n.Mul(NumFromInt(unit))
	if err != nil {
		return 0, err
	}
	t, ok := p.Int64()
	if !ok {
		return 0, ErrSpanRange
	}
	return t, nil
}

// ErrSpanRange says that a span leaves the range of its units.
var ErrSpanRange = errors.New("interval out of range")

// Add returns v + w, unit by unit.
func (v Span) Add(w Span) (Span, error) {
	m, ok := addInt64(v.Months, w.Months)
	d, ok2 := addInt64(v.Days, w.Days)
	t, ok3 := addInt64(v.Ticks, w.Ticks)
	if !ok || !ok2 || !ok3 || absU(m) > math.MaxInt32 || absU(d) > math.MaxInt32 {
		return Span{}, ErrSpanRange
	}
	return Span{m, d, t}, nil
}

func addInt64(a, b int64) (int64, bool) {
	s := a + b
	return s, (s > a) == (b > 0)
}

// Times returns the span n times; what is left of a month counts as days of
// 30 to the month, and of a day as hours, as in PostgreSQL.
func (v Span) Times(n Num) (Span, error) {
	months, rest, err := wholeAndRest(v.Months, n, 30)
	if err != nil {
		return Span{}, err
	}
	days, restTicks, err := wholeAndRest(v.Days, n, TicksPerDay)
	if err != nil {
		return Span{}, err
	}
	more, restOfDay, err := wholeAndRest(1, rest, TicksPerDay)
	if err != nil {
		return Span{}, err
	}
	ticks, err := n.Mul(NumFromInt(v.Ticks))
	if err != nil {
		return Span{}, err
	}
	for _, r := range []Num{restTicks, restOfDay} {
		if ticks, err = ticks.Add(r); err != nil {
			return Span{}, err
		}
	}
	t, ok := ticks.Int64()
	if !ok {
		return Span{}, ErrSpanRange
	}
	return Span{Months: months}.plus(days+more, t)
}

func (v Span) plus(days, ticks int64) (Span, error) {
	return v.Add(Span{Days: days, Ticks: ticks})
}

func wholeAndRest(unit int64, n Num, smaller int64) (whole int64, rest Num, err error) {
	p, err := n.Mul(NumFromInt(unit))
	if err != nil {
		return 0, Num{}, err
	}
	t := p.Trunc(0)
	whole, ok := t.Int64()
	if !ok || absU(whole) > math.MaxInt32 {
		return 0, Num{}, ErrSpanRange
	}
	if rest, err = p.Sub(t); err == nil {
		rest, err = rest.Mul(NumFromInt(smaller))
	}
	return whole, rest, err
}
