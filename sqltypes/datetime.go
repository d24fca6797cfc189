package sqltypes

import (
	"errors"
	"fmt"
	"time"
)

// Ticks of common spans.
const (
	Tick           = 100 * time.Nanosecond
	TicksPerMicro  = 10
	TicksPerMilli  = 10_000
	TicksPerSecond = 10_000_000
	TicksPerMinute = 60 * TicksPerSecond
	TicksPerHour   = 60 * TicksPerMinute
	TicksPerDay    = 24 * TicksPerHour
)

// ErrResolution says that an instant has digits finer than a tick.
var ErrResolution = errors.New("finer than 100 ns")

// Days counts days from 1970-01-01 to a day of the proleptic Gregorian
// calendar (Howard Hinnant's days_from_civil).
func Days(year, month, day int) int64 {
	y := int64(year)
	if month <= 2 {
		y--
	}
	era := floorDiv(y, 400)
	yoe := y - era*400
	doy := int64(153*((month+9)%12)+2)/5 + int64(day) - 1
	return era*146097 + yoe*365 + yoe/4 - yoe/100 + doy - 719468
}

// Civil is the inverse of Days.
func Civil(days int64) (year, month, day int) {
	z := days + 719468
	era := floorDiv(z, 146097)
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	day = int(doy - (153*mp+2)/5 + 1)
	month = int(mp+2)%12 + 1
	y := yoe + era*400
	if month <= 2 {
		y++
	}
	return int(y), month, day
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// SplitTicks returns the day and the ticks within it of a timestamp.
func SplitTicks(ticks int64) (days, ofDay int64) {
	d := floorDiv(ticks, TicksPerDay)
	return d, ticks - d*TicksPerDay
}

// DaysInMonth returns 28 to 31.
func DaysInMonth(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// TicksOf returns the ticks of an instant. An instant with nanoseconds below a
// tick gives ErrResolution: nothing is cut off without a word.
func TicksOf(t time.Time) (int64, error) {
	if t.Nanosecond()%100 != 0 {
		return 0, fmt.Errorf("%s is %w", t.Format(time.RFC3339Nano), ErrResolution)
	}
	return t.Unix()*TicksPerSecond + int64(t.Nanosecond()/100), nil
}

// TimeOf returns the instant of a number of ticks, in UTC.
func TimeOf(ticks int64) time.Time {
	s := floorDiv(ticks, TicksPerSecond)
	return time.Unix(s, (ticks-s*TicksPerSecond)*100).UTC()
}

// DateOf returns midnight UTC of a day.
func DateOf(days int64) time.Time { return time.Unix(days*86400, 0).UTC() }

func pad(dst []byte, v, width int) []byte {
	var buf [20]byte
	i := len(buf)
	for n := 0; n < width || v > 0; n++ {
		i--
		buf[i] = byte('0' + v%10)
		v /= 10
	}
	return append(dst, buf[i:]...)
}

// AppendDate writes YYYY-MM-DD.
func AppendDate(dst []byte, days int64) []byte {
	y, m, d := Civil(days)
	if y < 0 {
		dst, y = append(dst, '-'), -y
	}
	dst = append(pad(dst, y, 4), '-')
	dst = append(pad(dst, m, 2), '-')
	return pad(dst, d, 2)
}

// AppendTime writes HH:MM:SS with the fraction's significant digits, if any.
func AppendTime(dst []byte, ticks int64) []byte {
	s := int(ticks / TicksPerSecond)
	dst = append(pad(dst, s/3600, 2), ':')
	dst = append(pad(dst, s/60%60, 2), ':')
	dst = pad(dst, s%60, 2)
	if f := int(ticks % TicksPerSecond); f != 0 {
		w := 7
		for f%10 == 0 {
			f, w = f/10, w-1
		}
		dst = pad(append(dst, '.'), f, w)
	}
	return dst
}

// AppendTimestamp writes date and time with sep between them.
func AppendTimestamp(dst []byte, ticks int64, sep byte) []byte {
	d, t := SplitTicks(ticks)
	return AppendTime(append(AppendDate(dst, d), sep), t)
}

// ParseDate reads YYYY-MM-DD.
func ParseDate(s string) (int64, error) {
	y, rest, ok := digitsUntil(s, 4, '-')
	m, rest, ok2 := digitsUntil(rest, 2, '-')
	d, rest, ok3 := digitsUntil(rest, 2, 0)
	if !ok || !ok2 || !ok3 || rest != "" || m < 1 || m > 12 || d < 1 || d > DaysInMonth(y, m) {
		return 0, fmt.Errorf("%q is not a date; write YYYY-MM-DD", clip(s))
	}
	return Days(y, m, d), nil
}

// ParseTime reads HH:MM[:SS[.fraction]].
func ParseTime(s string) (int64, error) {
	t, rest, err := parseClock(s)
	if err == nil && rest != "" {
		err = errClock
	}
	if err != nil {
		return 0, fmt.Errorf("%q is not a time: %w", clip(s), err)
	}
	return t, nil
}

var errClock = errors.New("write HH:MM:SS[.fraction]")

func parseClock(s string) (ticks int64, rest string, err error) {
	h, rest, ok := digitsUntil(s, 2, ':')
	m, rest, ok2 := digitsUntil(rest, 2, 0)
	if !ok || !ok2 || h > 23 || m > 59 {
		return 0, s, errClock
	}
	ticks = int64(h)*TicksPerHour + int64(m)*TicksPerMinute
	if rest == "" || rest[0] != ':' {
		return ticks, rest, nil
	}
	sec, rest, ok := digitsUntil(rest[1:], 2, 0)
	if !ok || sec > 59 {
		return 0, s, errClock
	}
	ticks += int64(sec) * TicksPerSecond
	if rest == "" || rest[0] != '.' {
		return ticks, rest, nil
	}
	unit, i := int64(TicksPerSecond), 1
	for ; i < len(rest) && rest[i]-'0' <= 9; i++ {
		if unit /= 10; unit == 0 && rest[i] != '0' {
			return 0, s, ErrResolution
		}
		ticks += int64(rest[i]-'0') * unit
	}
	if i == 1 {
		return 0, s, errClock
	}
	return ticks, rest[i:], nil
}

// ParseTimestamp reads a date with an optional time after 'T' or a blank, and
// an optional zone (Z or ±HH[:MM]). hasZone tells whether there was one; then
// the ticks count from the epoch in UTC.
func ParseTimestamp(s string) (ticks int64, hasZone bool, err error) {
	bad := func(e error) (int64, bool, error) {
		return 0, false, fmt.Errorf("%q is not a timestamp: %w", clip(s), e)
	}
	if len(s) < 10 {
		return bad(errStamp)
	}
	d, err := ParseDate(s[:10])
	if err != nil {
		return bad(errStamp)
	}
	ticks, rest := d*TicksPerDay, s[10:]
	if rest == "" {
		return ticks, false, nil
	}
	if rest[0] != 'T' && rest[0] != 't' && rest[0] != ' ' {
		return bad(errStamp)
	}
	clock, rest, err := parseClock(rest[1:])
	if err != nil {
		return bad(err)
	}
	off, hasZone, ok := parseZone(rest)
	if !ok {
		return bad(errStamp)
	}
	return ticks + clock - off, hasZone, nil
}

var errStamp = errors.New("write YYYY-MM-DD HH:MM:SS[.fraction][zone]")

func parseZone(s string) (ticks int64, has, ok bool) {
	switch {
	case s == "":
		return 0, false, true
	case s == "Z" || s == "z":
		return 0, true, true
	case s[0] != '+' && s[0] != '-':
		return 0, false, false
	}
	h, rest, ok := digitsUntil(s[1:], 2, 0)
	m := 0
	if ok && rest != "" {
		if rest[0] == ':' {
			rest = rest[1:]
		}
		m, rest, ok = digitsUntil(rest, 2, 0)
	}
	if !ok || rest != "" || h > 18 || m > 59 {
		return 0, false, false
	}
	ticks = int64(h)*TicksPerHour + int64(m)*TicksPerMinute
	if s[0] == '-' {
		ticks = -ticks
	}
	return ticks, true, true
}

// digitsUntil reads exactly n digits and, unless it is zero, the separator.
func digitsUntil(s string, n int, sep byte) (v int, rest string, ok bool) {
	if len(s) < n {
		return 0, s, false
	}
	for i := range n {
		if s[i]-'0' > 9 {
			return 0, s, false
		}
		v = v*10 + int(s[i]-'0')
	}
	if rest = s[n:]; sep != 0 {
		if rest == "" || rest[0] != sep {
			return 0, s, false
		}
		rest = rest[1:]
	}
	return v, rest, true
}
