package expr

import (
	"errors"
	"strconv"
	"strings"

	"github.com/epicorerp/epicorerp/sqltypes"
)

// Text of dates in the forms that cannot be misread: the year first with any
// of - / . between and one or two digits, eight digits, the day of the year
// (2024-060), and English months in words. 02/03/2024 is not among them: it is
// another day on the other side of the Atlantic.

var (
	errLooseDate  = errors.New("not a date")
	errFieldRange = errors.New("a field of the date or time is out of range")
)

var monthNames = [...]string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"}

// monthNamed finds a month by its English name or at least three letters of it.
func monthNamed(s string) (int, bool) {
	s = strings.ToLower(strings.TrimSuffix(s, "."))
	if len(s) < 3 {
		return 0, false
	}
	for i, m := range monthNames {
		if s == m || s == m[:3] || s == "sept" && i == 8 {
			return i + 1, true
		}
	}
	return 0, false
}

// looseTimestamp reads what the strict forms of sqltypes do not cover.
func looseTimestamp(s string) (ticks int64, zone bool, err error) {
	if strings.EqualFold(s, "epoch") {
		return 0, false, nil
	}
	date, clock := splitDate(s)
	day, err := looseDate(date)
	if err != nil {
		return 0, false, err
	}
	if clock == "" {
		return day * sqltypes.TicksPerDay, false, nil
	}
	ofDay, rest, err := looseClock(clock)
	if err != nil {
		return 0, false, err
	}
	off := 0
	switch rest = strings.TrimSpace(rest); {
	case rest == "":
	case strings.EqualFold(rest, "Z") || strings.EqualFold(rest, "UTC") || strings.EqualFold(rest, "GMT"):
		zone = true
	default:
		if off, zone = zoneOffset(rest); !zone {
			return 0, false, errLooseDate
		}
	}
	return day*sqltypes.TicksPerDay + ofDay - int64(off)*sqltypes.TicksPerSecond, zone, nil
}

// splitDate parts the date from a clock time, which has a colon.
func splitDate(s string) (date, clock string) {
	colon := strings.IndexByte(s, ':')
	if colon < 0 {
		return s, ""
	}
	i := strings.LastIndexAny(s[:colon], " Tt")
	if i < 0 {
		return s, ""
	}
	return strings.TrimSpace(s[:i]), s[i+1:]
}

func looseDate(s string) (int64, error) {
	parts := strings.FieldsFunc(s, func(c rune) bool { return strings.ContainsRune("-/., ", c) })
	switch {
	case len(parts) == 1 && len(s) == 8:
		parts = []string{s[:4], s[4:6], s[6:]}
	case len(parts) == 2 && len(parts[0]) == 4 && len(parts[1]) == 3:
		return dayOfYear(parts[0], parts[1])
	case len(parts) != 3:
		return 0, errLooseDate
	}
	month, named := 0, false
	for i, p := range parts {
		if month, named = monthNamed(p); named {
			parts = append(append([]string{}, parts[:i]...), parts[i+1:]...)
			break
		}
	}
	year, day := parts[0], parts[len(parts)-1]
	if named && len(year) != 4 { // 29 Feb 2024, Feb 29 2024
		year, day = day, year
	}
	if !named {
		month, named = smallNumber(parts[1])
	}
	y, err := strconv.ParseUint(year, 10, 16)
	d, ok := smallNumber(day)
	if !named || err != nil || !ok || len(year) != 4 {
		return 0, errLooseDate
	}
	if y < 1 || month < 1 || month > 12 || d < 1 || d > sqltypes.DaysInMonth(int(y), month) {
		return 0, errFieldRange
	}
	return sqltypes.Days(int(y), month, d), nil
}

func dayOfYear(year, day string) (int64, error) {
	y, err := strconv.ParseUint(year, 10, 16)
	d, err2 := strconv.ParseUint(day, 10, 16)
	if err != nil || err2 != nil {
		return 0, errLooseDate
	}
	first := sqltypes.Days(int(y), 1, 1)
	if y < 1 || d < 1 || int64(d) > sqltypes.Days(int(y)+1, 1, 1)-first {
		return 0, errFieldRange
	}
	return first + int64(d) - 1, nil
}

// looseClock reads H:MM[:SS[.fraction]] [AM|PM]; 24:00 is the next midnight and
// second 60 the next minute.
func looseClock(s string) (ticks int64, rest string, err error) {
	end := strings.IndexFunc(s, func(c rune) bool { return (c < '0' || c > '9') && c != ':' && c != '.' })
	if end < 0 {
		end = len(s)
	}
	parts, rest := strings.Split(s[:end], ":"), s[end:]
	if len(parts) < 2 || len(parts) > 3 {
		return 0, "", errLooseDate
	}
	hour, ok := smallNumber(parts[0])
	minute, ok2 := smallNumber(parts[1])
	if !ok || !ok2 {
		return 0, "", errLooseDate
	}
	seconds := int64(0)
	if len(parts) == 3 {
		n, err := sqltypes.ParseNum(parts[2])
		if err != nil || n.TrimZeros().Scale() > 7 {
			return 0, "", errLooseDate
		}
		n, _ = n.Mul(sqltypes.NumFromInt(sqltypes.TicksPerSecond))
		if seconds, ok = n.Int64(); !ok || seconds > sqltypes.TicksPerMinute {
			return 0, "", errFieldRange
		}
	}
	half := strings.ToUpper(strings.TrimSpace(rest))
	if half == "AM" || half == "PM" {
		if hour < 1 || hour > 12 {
			return 0, "", errFieldRange
		}
		if hour, rest = hour%12, ""; half == "PM" {
			hour += 12
		}
	}
	ticks = int64(hour)*sqltypes.TicksPerHour + int64(minute)*sqltypes.TicksPerMinute + seconds
	if minute > 59 || ticks > sqltypes.TicksPerDay {
		return 0, "", errFieldRange
	}
	return ticks, rest, nil
}
