package jsonpage

import (
	"errors"
	"fmt"
	"math"

	"github.com/epicorerp/epicorerp/sqltypes"
)

// Errors of the date and time conversions.
var (
	ErrNotDate      = errors.New("is not a date; want YYYY-MM-DD")
	ErrDateWithTime = errors.New("has a time of day other than midnight, but the column is a date")
	ErrNotTime      = errors.New("is not a time of day; want HH:MM:SS[.fraction]")
	ErrNotTimestamp = errors.New("is not a timestamp; want YYYY-MM-DDTHH:MM:SS[.fraction][Z|±HH:MM]")
	ErrNotDuration  = errors.New("is not a duration; want [-]PnDTnHnMn.nS")
	ErrResolution   = fmt.Errorf("is %w, the finest time there is here", sqltypes.ErrResolution)
)

// Timestamp is a point in time as the wire has it.
type Timestamp struct {
	// Clock is the date and time as written, in ticks (sqltypes) since
	// 1970-01-01T00:00:00 on the same clock.
	Clock int64
	// Offset is how far that clock is ahead of UTC, in ticks.
	Offset int64
	// HasZone tells whether the text said so itself.
	HasZone bool
}

// Instant returns the ticks since the epoch in UTC.
func (t Timestamp) Instant() int64 { return t.Clock - t.Offset }

// two reads two digits; a wrong one makes the result larger than any limit.
func two(b []byte, i int) int {
	h, l := b[i]-'0', b[i+1]-'0'
	if h > 9 || l > 9 {
		return math.MaxInt16
	}
	return int(h)*10 + int(l)
}

// parseDay reads the ten bytes of a date.
func parseDay(b []byte) (days int64, ok bool) {
	_ = b[9]
	if b[4] != '-' || b[7] != '-' {
		return 0, false
	}
	c, y, m, d := two(b, 0), two(b, 2), two(b, 5), two(b, 8)
	if c > 99 || y > 99 || c+y == 0 || m < 1 || m > 12 || d < 1 || d > 28 && (d > 31 || d > sqltypes.DaysInMonth(c*100+y, m)) {
		return 0, false
	}
	return sqltypes.Days(c*100+y, m, d), true
}

// parseClock reads HH:MM[:SS[.fraction]] and returns what follows it.
func parseClock(b []byte) (ticks int64, rest []byte, err error) {
	if len(b) < 5 || b[2] != ':' {
		return 0, b, ErrNotTime
	}
	h, m := two(b, 0), two(b, 3)
	if h > 23 || m > 59 {
		return 0, b, ErrNotTime
	}
	ticks = int64(h*60+m) * sqltypes.TicksPerMinute
	if len(b) == 5 || b[5] != ':' {
		return ticks, b[5:], nil
	}
	if len(b) < 8 {
		return 0, b, ErrNotTime
	}
	s := two(b, 6)
	if s > 59 {
		return 0, b, ErrNotTime
	}
	ticks += int64(s) * sqltypes.TicksPerSecond
	if b = b[8:]; len(b) == 0 || b[0] != '.' {
		return ticks, b, nil
	}
	f, n, err := parseFraction(b[1:])
	if n == 0 {
		return 0, b, ErrNotTime
	}
	return ticks + f, b[1+n:], err
}

// parseFraction reads up to twelve digits after the point of a second and
// returns their ticks and number.
func parseFraction(b []byte) (ticks int64, n int, err error) {
	unit := int64(sqltypes.TicksPerSecond)
	for n < len(b) && b[n]-'0' <= 9 {
		d := int64(b[n] - '0')
		if unit /= 10; unit == 0 && d != 0 {
			err = ErrResolution
		}
		ticks += d * unit
		n++
	}
	if n > 12 {
		n = 0
	}
	return ticks, n, err
}

// ParseTimestamp reads an ISO date and time with or without a zone, a date
// alone (midnight), and the /Date(milliseconds±minutes)/ of OData V2.
func ParseTimestamp(b []byte) (Timestamp, error) {
	if len(b) > 0 && b[0] == '/' {
		return parseEpochDate(b)
	}
	if len(b) < 10 {
		return Timestamp{}, ErrNotTimestamp
	}
	days, ok := parseDay(b[:10])
	if !ok {
		return Timestamp{}, ErrNotTimestamp
	}
	t := Timestamp{Clock: days * sqltypes.TicksPerDay}
	if len(b) == 10 {
		return t, nil
	}
	if b[10]|0x20 != 't' && b[10] != ' ' {
		return Timestamp{}, ErrNotTimestamp
	}
	clock, zone, err := parseClock(b[11:])
	if err == ErrNotTime {
		err = ErrNotTimestamp
	}
	if err != nil {
		return Timestamp{}, err
	}
	t.Clock += clock
	if len(zone) == 0 {
		return t, nil
	}
	t.HasZone = true
	if len(zone) == 1 && zone[0]|0x20 == 'z' {
		return t, nil
	}
	if t.Offset, ok = parseOffset(zone); !ok {
		return Timestamp{}, ErrNotTimestamp
	}
	return t, nil
}

// parseOffset reads ±HH:MM, ±HHMM or ±HH.
func parseOffset(b []byte) (ticks int64, ok bool) {
	if len(b) < 3 || b[0] != '+' && b[0] != '-' {
		return 0, false
	}
	h, m := two(b, 1), 0
	switch {
	case len(b) == 6 && b[3] == ':':
		m = two(b, 4)
	case len(b) == 5:
		m = two(b, 3)
	case len(b) != 3:
		return 0, false
	}
	if h > 18 || m > 59 {
		return 0, false
	}
	ticks = int64(h*60+m) * sqltypes.TicksPerMinute
	if b[0] == '-' {
		ticks = -ticks
	}
	return ticks, true
}

const (
	minClock = -62135596800 * int64(sqltypes.TicksPerSecond)   // 0001-01-01T00:00:00
	maxClock = 253402300800*int64(sqltypes.TicksPerSecond) - 1 // the end of year 9999
)

// parseEpochDate reads /Date(milliseconds[±minutes])/. The milliseconds are
// those of the local clock when an offset in minutes is given, as the
// Microsoft libraries write it; it is +0000 nearly always.
func parseEpochDate(b []byte) (Timestamp, error) {
	body, ok := cutAround(b, "/Date(", ")/")
	if !ok {
		return Timestamp{}, ErrNotTimestamp
	}
	sign := len(body) // of the offset
	for i := 1; i < len(body); i++ {
		if body[i] == '+' || body[i] == '-' {
			sign = i
			break
		}
	}
	ms, err := plainInt(body[:sign])
	if err != nil {
		return Timestamp{}, ErrNotTimestamp
	}
	if ms < minClock/sqltypes.TicksPerMilli || ms > maxClock/sqltypes.TicksPerMilli {
		return Timestamp{}, fmt.Errorf("%w: the year must be 0001 to 9999", ErrOutOfRange)
	}
	t := Timestamp{Clock: ms * sqltypes.TicksPerMilli}
	if sign == len(body) {
		return t, nil
	}
	minutes, err := plainInt(body[sign+1:])
	if err != nil || minutes < 0 || minutes >= 24*60 {
		return Timestamp{}, ErrNotTimestamp
	}
	t.HasZone = true
	if t.Offset = minutes * sqltypes.TicksPerMinute; body[sign] == '-' {
		t.Offset = -t.Offset
	}
	return t, nil
}

// plainInt reads up to 18 digits with an optional minus and nothing else.
func plainInt(b []byte) (int64, error) {
	body := b
	if len(b) > 0 && b[0] == '-' {
		body = b[1:]
	}
	if len(body) == 0 || len(body) > 18 || digits(body, 0) != len(body) {
		return 0, ErrNotInteger
	}
	return ParseInt64(b)
}

func cutAround(b []byte, before, after string) ([]byte, bool) {
	n := len(before) + len(after)
	if len(b) <= n || string(b[:len(before)]) != before || string(b[len(b)-len(after):]) != after {
		return nil, false
	}
	return b[len(before) : len(b)-len(after)], true
}

// ParseDate reads a date as days since the epoch: YYYY-MM-DD, or a timestamp
// at midnight by its own clock, which is how Kinetic and OData V2 send dates.
func ParseDate(b []byte) (int64, error) {
	if len(b) == 10 {
		if days, ok := parseDay(b); ok {
			return days, nil
		}
	}
	t, err := ParseTimestamp(b)
	if errors.Is(err, ErrNotTimestamp) {
		return 0, ErrNotDate
	}
	if err != nil {
		return 0, err
	}
	days, ofDay := sqltypes.SplitTicks(t.Clock)
	if ofDay != 0 {
		return 0, ErrDateWithTime
	}
	return days, nil
}

// ParseTimeOfDay reads HH:MM[:SS[.fraction]], or the PT09H45M51S of OData V2,
// as ticks since midnight.
func ParseTimeOfDay(b []byte) (int64, error) {
	if len(b) > 0 && b[0] == 'P' {
		v, err := ParseDuration(b)
		if err == ErrNotDuration || err == nil && (v.Days != 0 || v.Ticks < 0 || v.Ticks >= sqltypes.TicksPerDay) {
			return 0, ErrNotTime
		}
		return v.Ticks, err
	}
	t, rest, err := parseClock(b)
	if err == nil && len(rest) > 0 {
		return 0, ErrNotTime
	}
	return t, err
}

// ParseDuration reads an Edm.Duration, [-]PnDTnHnMn.nS: days, and ticks of
// what follows the T. Years and months, which have no fixed length, are not
// part of it.
func ParseDuration(b []byte) (sqltypes.Span, error) {
	var v sqltypes.Span
	neg := false
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		neg = b[0] == '-'
		b = b[1:]
	}
	if len(b) < 3 || b[0] != 'P' || b[len(b)-1] == 'T' {
		return v, ErrNotDuration
	}
	inTime, last := false, byte(0)
	for b = b[1:]; len(b) > 0; {
		if b[0] == 'T' && !inTime {
			inTime, b = true, b[1:]
			continue
		}
		n, frac, unit, rest, err := durationPart(b)
		if err != nil {
			return v, err
		}
		var per int64
		switch { // the units' letters are in the order of the alphabet
		case unit <= last || inTime == (unit == 'D'):
			return v, ErrNotDuration
		case unit == 'D':
			v.Days = n
		case unit == 'H':
			per = sqltypes.TicksPerHour
		case unit == 'M':
			per = sqltypes.TicksPerMinute
		case unit == 'S':
			per = sqltypes.TicksPerSecond
		default:
			return v, ErrNotDuration
		}
		if v.Days > math.MaxInt32 || per > 0 && n > (math.MaxInt64-frac-v.Ticks)/per {
			return v, fmt.Errorf("%w of a duration", ErrOutOfRange)
		}
		v.Ticks += n*per + frac
		last, b = unit, rest
	}
	if neg {
		v = v.Neg()
	}
	return v, nil
}

// durationPart reads one number with its unit; frac is the ticks of a fraction
// of seconds.
func durationPart(b []byte) (n, frac int64, unit byte, rest []byte, err error) {
	i := digits(b, 0)
	if i == 0 || i == len(b) {
		return 0, 0, 0, b, ErrNotDuration
	}
	if n, err = plainInt(b[:i]); err != nil {
		return 0, 0, 0, b, fmt.Errorf("%w of a duration", ErrOutOfRange)
	}
	if b[i] == '.' {
		var width int
		frac, width, err = parseFraction(b[i+1:])
		if i += 1 + width; width == 0 || i >= len(b) || b[i] != 'S' {
			return 0, 0, 0, b, ErrNotDuration
		}
	}
	return n, frac, b[i], b[i+1:], err
}
