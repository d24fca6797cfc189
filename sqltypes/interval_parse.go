package sqltypes

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
)

var errSpan = errors.New("write a number and a unit, such as '3 days' or '1 year 2 months'")

// ParseSpan reads the text of an interval in any of the forms that PostgreSQL
// reads: numbers with units (1 year 2 months -3 days), clock times (04:05:06),
// years and months (1-2), both together as the standard writes them
// (1 02:03:04), and ISO 8601 (P1Y2M3DT4H5M6S). A trailing "ago" turns all
// signs.
//
// fields are those of a literal, such as DAY, YEAR TO MONTH or SECOND(3): a
// bare number counts the last one, and what is smaller is cut off. MySQL's
// pairs, such as DAY_SECOND, read numbers between any signs. Without fields a
// bare number counts seconds.
func ParseSpan(s, fields string) (Span, error) {
	fields = strings.ToUpper(fields)
	var v Span
	var err error
	first, last, ranged := strings.Cut(fields, " TO ")
	if !ranged {
		last = first
	}
	last, digits, err := secondDigits(last)
	text := strings.ToLower(strings.TrimSpace(s))
	switch {
	case err != nil:
	case strings.Contains(fields, "_"):
		v, err = parsePairs(text, strings.Split(fields, "_"))
	case strings.HasPrefix(text, "p"):
		v, err = parseISOSpan(text[1:])
	default:
		r := spanReader{unit: strings.ToLower(last), minutes: first == "MINUTE" && last == "SECOND"}
		v, err = r.read(strings.Fields(spaceUnits(text)))
	}
	if err != nil {
		return Span{}, fmt.Errorf("%q is not an interval: %w", clip(s), err)
	}
	return v.cut(last, digits), nil
}

// secondDigits parts SECOND(3) into the unit and its digits; -1 without any.
func secondDigits(field string) (unit string, digits int, err error) {
	unit, rest, ok := strings.Cut(field, "(")
	if !ok {
		return unit, -1, nil
	}
	digits, err = strconv.Atoi(strings.TrimSuffix(rest, ")"))
	if err != nil || digits < 0 {
		return unit, -1, fmt.Errorf("%q has no number of digits", field)
	}
	return unit, digits, nil
}

// cut drops what is smaller than the last field of a literal, and rounds
// seconds to their digits.
func (v Span) cut(last string, digits int) Span {
	switch last {
	case "YEAR", "YEARS":
		return Span{Months: v.Months / 12 * 12}
	case "MONTH", "MONTHS":
		return Span{Months: v.Months}
	case "DAY", "DAYS":
		v.Ticks = 0
	case "HOUR", "HOURS":
		v.Ticks -= v.Ticks % TicksPerHour
	case "MINUTE", "MINUTES":
		v.Ticks -= v.Ticks % TicksPerMinute
	}
	if digits >= 0 && digits < 7 {
		n := NewNum(v.Ticks, 7).Round(digits).Round(7)
		v.Ticks, _ = n.Small()
	}
	return v
}

// spanReader reads the words of an interval from the right, as PostgreSQL
// does: what stands behind a number tells what it counts.
type spanReader struct {
	v       Span
	unit    string // of a number without one
	minutes bool   // 1:02 is minutes and seconds
	seen    []Span
}

func (r *spanReader) read(words []string) (Span, error) {
	ago := len(words) > 1 && words[len(words)-1] == "ago"
	if ago {
		words = words[:len(words)-1]
	}
	if len(words) == 0 {
		return Span{}, errSpan
	}
	if r.unit == "" {
		r.unit = "second"
	}
	named := false
	for i := len(words) - 1; i >= 0; i-- {
		word, err := words[i], error(nil)
		switch c := word[0]; {
		case word == "@" && i == 0 || word == "+":
		case strings.Contains(word, ":"):
			err, r.unit, named = r.clock(word), "day", false
		case strings.LastIndexByte(word, '-') > 0:
			err, r.unit = r.yearMonth(word), ""
		case c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.':
			err = r.number(word, r.unit)
			if one, _ := SpanUnit(r.unit); one.Ticks == TicksPerHour && !named {
				r.unit = "day"
			} else {
				r.unit = ""
			}
			named = false
		case named:
			err = errSpan
		default:
			r.unit, named = word, true
		}
		if err != nil {
			return Span{}, err
		}
	}
	if named {
		return Span{}, errSpan
	}
	if ago {
		return r.v.Neg(), nil
	}
	return r.v, nil
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

// once refuses a unit that stands twice.
func (r *spanReader) once(units ...Span) error {
	for _, u := range units {
		for _, s := range r.seen {
			if s == u {
				return errSpan
			}
		}
	}
	r.seen = append(r.seen, units...)
	return nil
}

func (r *spanReader) clock(word string) error {
	if err := r.once(Span{Ticks: TicksPerHour}, Span{Ticks: TicksPerMinute}, Span{Ticks: TicksPerSecond}); err != nil {
		return err
	}
	ticks, err := clockTicks(strings.TrimLeft(word, "+-"), r.minutes)
	if err != nil {
		return err
	}
	if word[0] == '-' {
		ticks = -ticks
	}
	r.v, err = r.v.Add(Span{Ticks: ticks})
	return err
}

// clockTicks reads h:m, h:m:s or, where minutes is set or the second part has
// a fraction, m:s.
func clockTicks(s string, minutes bool) (int64, error) {
	parts := strings.Split(s, ":")
	if len(parts) > 3 {
		return 0, errSpan
	}
	if len(parts) == 2 && (minutes || strings.Contains(parts[1], ".")) {
		parts = append([]string{"0"}, parts...)
	}
	var sum Span
	for i, unit := range []int64{TicksPerHour, TicksPerMinute, TicksPerSecond}[:len(parts)] {
		if strings.Trim(parts[i], "0123456789") != "" && (i < 2 || strings.Trim(parts[i], "0123456789.") != "") || parts[i] == "" {
			return 0, errSpan
		}
		n, err := ParseNum(parts[i])
		if err != nil {
			return 0, errSpan
		}
		if i > 0 && n.Cmp(NumFromInt(60)) >= 0 {
			return 0, errSpanField
		}
		t, err := Span{Ticks: unit}.Times(n)
		if err != nil {
			return 0, err
		}
		if sum, err = sum.Add(t); err != nil {
			return 0, err
		}
	}
	return sum.Ticks, nil
}

// errSpanField is a field beyond its range, such as minute 60.
var errSpanField = fmt.Errorf("%w: minutes and seconds end at 59, months at 11", ErrSpanRange)

func (r *spanReader) yearMonth(word string) error {
	if err := r.once(Span{Months: 12}, Span{Months: 1}); err != nil {
		return err
	}
	neg := word[0] == '-'
	y, m, ok := strings.Cut(strings.TrimLeft(word, "+-"), "-")
	years, err := strconv.ParseInt(y, 10, 32)
	months, err2 := strconv.ParseInt(m, 10, 32)
	switch {
	case !ok || err != nil || err2 != nil || months < 0:
		return errSpan
	case months > 11:
		return errSpanField
	}
	if months += years * 12; neg {
		months = -months
	}
	r.v, err = r.v.Add(Span{Months: months})
	return err
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
	case "century", "centurie", "cent", "c":
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

// number adds a count of a unit.
func (r *spanReader) number(number, unit string) error {
	if unit == "" {
		return errSpan
	}
	one, ok := SpanUnit(unit)
	if !ok {
		return fmt.Errorf("%q is not a unit of time", clip(unit))
	}
	if err := r.once(one); err != nil {
		return err
	}
	n, err := ParseNum(number)
	if err != nil {
		return errSpan
	}
	s, err := one.count(n)
	if err != nil {
		return err
	}
	r.v, err = r.v.Add(s)
	return err
}

// count returns n units; the fraction of a year is rounded to months.
func (v Span) count(n Num) (Span, error) {
	if v.Months < 12 {
		return v.Times(n)
	}
	m, err := n.Mul(NumFromInt(v.Months))
	if err != nil {
		return Span{}, err
	}
	months, ok := roundHalfEven(m)
	if !ok || absU(months) > math.MaxInt32 {
		return Span{}, ErrSpanRange
	}
	return Span{Months: months}, nil
}

func roundHalfEven(n Num) (int64, bool) {
	twice, half := new(big.Int).Lsh(n.big(), 1), pow10(int(n.scale))
	if r := new(big.Int).Rem(twice, half); r.Sign() != 0 || new(big.Int).Quo(twice, half).Bit(0) == 0 {
		return n.Int64()
	}
	q := new(big.Int).Quo(n.big(), half) // just between two integers: cut, then to the even one
	if q.Bit(0) == 1 {
		q.Add(q, big.NewInt(int64(n.Sign())))
	}
	return q.Int64(), q.IsInt64()
}

// parseISOSpan reads ISO 8601 behind its P: 1Y2M3DT4H5M6S, 2W, or
// 0001-02-03T04:05:06.
func parseISOSpan(s string) (Span, error) {
	r := spanReader{}
	date, clock, timed := strings.Cut(s, "t")
	if s == "" || timed && clock == "" {
		return Span{}, errSpan
	}
	units := []struct{ part, letters, names string }{{date, "ymwd", "year month week day"}, {clock, "hms", "hour minute second"}}
	for i, u := range units {
		if sep := "-:"[i : i+1]; strings.Contains(strings.TrimLeft(u.part, "-+"), sep) && strings.Trim(u.part, "0123456789.+"+sep) == "" {
			if err := r.isoFields(strings.Split(u.part, sep), strings.Fields([]string{"year month day", "hour minute second"}[i])); err != nil {
				return Span{}, err
			}
			continue
		}
		names, rest := strings.Fields(u.names), u.part
		for rest != "" {
			n := strings.IndexAny(rest, u.letters)
			if n <= 0 {
				return Span{}, errSpan
			}
			if err := r.number(rest[:n], names[strings.IndexByte(u.letters, rest[n])]); err != nil {
				return Span{}, err
			}
			rest = rest[n+1:]
		}
	}
	return r.v, nil
}

func (r *spanReader) isoFields(parts, units []string) error {
	if len(parts) > len(units) {
		return errSpan
	}
	for i, p := range parts {
		if err := r.number(p, units[i]); err != nil {
			return err
		}
	}
	return nil
}

// pairUnits are the fields of MySQL's pairs, from large to small.
var pairUnits = []string{"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND", "MICROSECOND"}

// parsePairs reads the numbers of DAY_SECOND and its kin, whatever stands
// between them; the last number is the last field, and microseconds are a
// fraction.
func parsePairs(s string, pair []string) (Span, error) {
	var units []string
	for _, u := range pairUnits {
		if len(units) > 0 || u == pair[0] {
			units = append(units, u)
		}
		if u == pair[1] {
			break
		}
	}
	numbers := strings.FieldsFunc(strings.TrimLeft(s, "-+"), func(c rune) bool { return c < '0' || c > '9' })
	if len(numbers) == 0 || len(numbers) > len(units) || strings.ContainsFunc(s, func(c rune) bool { return c >= 'a' && c <= 'z' }) {
		return Span{}, fmt.Errorf("write up to %d numbers for %s", len(units), strings.Join(pair, "_"))
	}
	r := spanReader{}
	for i, n := range numbers {
		unit := units[len(units)-len(numbers)+i]
		if unit == "MICROSECOND" {
			n, unit = "0."+n, "SECOND"
			r.seen = nil
		}
		if err := r.number(n, unit); err != nil {
			return Span{}, err
		}
	}
	if strings.HasPrefix(s, "-") {
		return r.v.Neg(), nil
	}
	return r.v, nil
}
