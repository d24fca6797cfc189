package expr

import (
	"sort"
	"strings"
	"time"

	"github.com/epicorerp/epicorerp/internal/nearest"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// datePart is a unit or field of dates and times.
type datePart uint8

const (
	partYear datePart = iota
	partQuarter
	partMonth
	partWeek
	partDay
	partHour
	partMinute
	partSecond
	partMilli
	partMicro
	partNano
	partDayOfYear
	partDow     // 0 is Sunday
	partIsoDow  // 7 is Sunday
	partWeekday // T-SQL: 1 is Sunday
	partIsoYear
	partIsoWeek
	partEpoch
	partDecade
	partCentury
	partMillennium
	partJulian
	partTimezone // the last ones belong to TIMESTAMPTZ alone
	partTimezoneHour
	partTimezoneMinute
)

var dateParts = func() map[string]datePart {
	out := map[string]datePart{}
	for p, names := range map[datePart]string{
		partYear: "YEAR YEARS YY YYYY", partQuarter: "QUARTER QUARTERS QQ Q", partMonth: "MONTH MONTHS MON MM M",
		partWeek: "WEEK WEEKS WK WW", partDay: "DAY DAYS DD D DAYOFMONTH", partHour: "HOUR HOURS HH",
		partMinute: "MINUTE MINUTES MI N", partSecond: "SECOND SECONDS SS S", partMilli: "MILLISECOND MILLISECONDS MS",
		partMicro: "MICROSECOND MICROSECONDS MCS", partNano: "NANOSECOND NANOSECONDS NS FRAC_SECOND",
		partDayOfYear: "DAYOFYEAR DOY DY Y", partDow: "DOW", partIsoDow: "ISODOW", partWeekday: "WEEKDAY DW DAYOFWEEK W",
		partIsoYear: "ISOYEAR", partIsoWeek: "ISO_WEEK ISOWK ISOWW", partEpoch: "EPOCH", partDecade: "DECADE DECADES",
		partCentury: "CENTURY CENTURIES", partMillennium: "MILLENNIUM MILLENNIA",
		partJulian: "JULIAN", partTimezone: "TIMEZONE TZOFFSET TZ", partTimezoneHour: "TIMEZONE_HOUR", partTimezoneMinute: "TIMEZONE_MINUTE",
	} {
		for _, n := range strings.Fields(names) {
			out[n] = p
			out["SQL_TSI_"+n] = p
		}
	}
	return out
}()

// String returns the part's main name.
func (p datePart) String() string {
	return [...]string{"YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND", "MILLISECOND", "MICROSECOND", "NANOSECOND",
		"DAYOFYEAR", "DOW", "ISODOW", "WEEKDAY", "ISOYEAR", "ISO_WEEK", "EPOCH", "DECADE", "CENTURY", "MILLENNIUM",
		"JULIAN", "TIMEZONE", "TIMEZONE_HOUR", "TIMEZONE_MINUTE"}[p]
}

func partNamed[T string | []byte](name T) (datePart, *Error) {
	p, ok := dateParts[strings.ToUpper(strings.TrimSpace(string(name)))]
	if !ok {
		names := make([]string, 0, len(dateParts))
		for n := range dateParts {
			names = append(names, n)
		}
		sort.Strings(names)
		return 0, errf(stateBadParameter, "'%s' is not a part of a date or time%s", clip(string(name)), nearest.Suffix(string(name), names))
	}
	return p, nil
}

func constPart(n Node) (datePart, error) {
	c, ok := n.(*Const)
	if !ok || c.V.Null || c.T.Kind != sqltypes.Varchar {
		return 0, errf(stateBadParameter, "the part of the date must be a word such as YEAR, not %s", clip(n.String()))
	}
	p, err := partNamed(c.V.S)
	if err != nil {
		return 0, err
	}
	return p, nil
}

// span is the length of a unit, for adding.
func (p datePart) span() (sqltypes.Span, bool) {
	switch p {
	case partNano: // finer than a tick: rounds to ticks of 100 ns
		return sqltypes.Span{}, false
	case partDayOfYear, partWeekday:
		return sqltypes.Span{Days: 1}, true
	case partIsoWeek:
		return sqltypes.Span{Days: 7}, true
	case partDow, partIsoDow, partIsoYear, partEpoch:
		return sqltypes.Span{}, false
	}
	return sqltypes.SpanUnit(p.String())
}

func extractType(part Node) (sqltypes.Type, error) {
	p, err := constPart(part)
	switch p {
	case partSecond, partMilli, partEpoch, partJulian:
		return sqltypes.Of(sqltypes.Decimal), err
	case partMicro, partNano:
		return sqltypes.Of(sqltypes.BigInt), err
	}
	return sqltypes.Of(sqltypes.Integer), err
}

// dayOf returns the day of a DATE or timestamp.
func dayOf(k sqltypes.Kind, v int64) int64 {
	if k == sqltypes.Date {
		return v
	}
	d, _ := sqltypes.SplitTicks(v)
	return d
}

// isoWeekday returns 1 for Monday to 7 for Sunday. 1970-01-01 was a Thursday.
func isoWeekday(day int64) int64 { return ((day+3)%7+7)%7 + 1 }

func isoWeek(day int64) (year, week int64) {
	y, w := time.Unix(day*86400, 0).UTC().ISOWeek()
	return int64(y), int64(w)
}

func extractor(k sqltypes.Kind, tsql bool) evalFunc {
	return func(f *Frame, a []datum) datum {
		p, err := partNamed(a[0].B)
		if err != nil {
			return f.fail(err)
		}
		return f.part(p, k, a[1], tsql)
	}
}

// part extracts a field. whole gives whole numbers everywhere; without it
// SECOND, MILLISECOND and EPOCH are decimals that count from the minute or the
// epoch, as in PostgreSQL.
func (f *Frame) part(p datePart, k sqltypes.Kind, d datum, whole bool) datum {
	if k == sqltypes.Interval {
		return f.spanPart(p, sqltypes.DecodeSpan(d.B), whole)
	}
	day, ofDay := int64(0), int64(0)
	switch k {
	case sqltypes.Date:
		day = d.I
	case sqltypes.Time:
		if ofDay = d.I; p < partHour || p > partNano && p != partEpoch {
			return f.fail(errf(stateUnsupported, "a TIME has no %s", p))
		}
	default:
		day, ofDay = sqltypes.SplitTicks(d.I)
	}
	switch {
	case p >= partTimezone && k != sqltypes.TimestampTZ:
		return f.fail(errf(stateUnsupported, "a %s has no %s", k, p))
	case p >= partTimezone:
		return datum{} // instants are told in UTC
	case p == partJulian:
		return f.julian(k, day, ofDay, whole)
	}
	if k == sqltypes.Date && p == partEpoch && !whole {
		return datum{D: sqltypes.NumFromInt(day * 86400)}
	}
	if p >= partHour && p <= partNano || p == partEpoch {
		return clockPart(p, day, ofDay, whole)
	}
	return datum{I: dayPart(p, day, whole)}
}

// julian gives the Julian day, for which PostgreSQL lets days begin at midnight.
func (f *Frame) julian(k sqltypes.Kind, day, ofDay int64, whole bool) datum {
	n := sqltypes.NumFromInt(day + 2440588)
	if whole || k == sqltypes.Date {
		return datum{I: day + 2440588, D: n}
	}
	rest, err := sqltypes.NumFromInt(ofDay).Quo(sqltypes.NumFromInt(sqltypes.TicksPerDay))
	if err == nil {
		n, err = n.Add(rest)
	}
	if err != nil {
		return f.fail(numError(err))
	}
	return datum{D: n}
}

func clockPart(p datePart, day, ofDay int64, whole bool) datum {
	minute := ofDay % sqltypes.TicksPerMinute
	switch p {
	case partHour:
		return datum{I: ofDay / sqltypes.TicksPerHour}
	case partMinute:
		return datum{I: ofDay / sqltypes.TicksPerMinute % 60}
	case partSecond:
		if whole {
			return datum{I: minute / sqltypes.TicksPerSecond}
		}
		return datum{D: tickDecimal(minute, 7, 6)}
	case partMilli:
		if whole {
			return datum{I: minute % sqltypes.TicksPerSecond / sqltypes.TicksPerMilli}
		}
		return datum{D: tickDecimal(minute, 4, 3)}
	case partMicro:
		if whole {
			minute %= sqltypes.TicksPerSecond
		}
		return datum{I: minute / sqltypes.TicksPerMicro}
	case partNano:
		if whole {
			minute %= sqltypes.TicksPerSecond
		}
		return datum{I: minute * 100}
	}
	if whole {
		return datum{I: day*86400 + ofDay/sqltypes.TicksPerSecond}
	}
	return datum{D: tickDecimal(day*sqltypes.TicksPerDay+ofDay, 7, 6)}
}

// tickDecimal shows PostgreSQL's digits unless there are finer ones.
func tickDecimal(ticks int64, scale, shown int) sqltypes.Num {
	n := sqltypes.NewNum(ticks, scale)
	if ticks%10 == 0 {
		return n.Trunc(shown)
	}
	return n
}

func dayPart(p datePart, day int64, tsql bool) int64 {
	y, m, d := sqltypes.Civil(day)
	year := int64(y)
	switch p {
	case partYear:
		return year
	case partQuarter:
		return int64(m-1)/3 + 1
	case partMonth:
		return int64(m)
	case partDay:
		return int64(d)
	case partDayOfYear:
		return day - sqltypes.Days(y, 1, 1) + 1
	case partDow:
		return isoWeekday(day) % 7
	case partIsoDow:
		return isoWeekday(day)
	case partWeekday:
		return isoWeekday(day)%7 + 1
	case partWeek, partIsoWeek:
		if tsql && p == partWeek {
			first := sqltypes.Days(y, 1, 1)
			return (day-first+isoWeekday(first)%7)/7 + 1
		}
		_, w := isoWeek(day)
		return w
	case partIsoYear:
		y, _ := isoWeek(day)
		return y
	case partDecade:
		return year / 10
	case partCentury:
		return (year + 99) / 100
	}
	return (year + 999) / 1000
}

func (f *Frame) spanPart(p datePart, v sqltypes.Span, whole bool) datum {
	switch p {
	case partYear:
		return datum{I: v.Months / 12}
	case partDecade:
		return datum{I: v.Months / 120}
	case partCentury:
		return datum{I: v.Months / 1200}
	case partMillennium:
		return datum{I: v.Months / 12000}
	case partQuarter:
		return datum{I: v.Months%12/3 + 1}
	case partMonth:
		return datum{I: v.Months % 12}
	case partDay:
		return datum{I: v.Days}
	case partHour:
		return datum{I: v.Ticks / sqltypes.TicksPerHour}
	case partMinute, partSecond, partMilli, partMicro, partNano:
		return clockPart(p, 0, v.Ticks%sqltypes.TicksPerHour, whole)
	case partEpoch: // years of 365.25 days, other months of 30, as PostgreSQL has it
		days := v.Months/12*36525 + v.Months%12*3000 + v.Days*100
		return clockPart(p, 0, days*(sqltypes.TicksPerDay/100)+v.Ticks, whole)
	}
	return f.fail(errf(stateUnsupported, "an INTERVAL has no %s", p))
}

func dateName(k sqltypes.Kind) evalFunc {
	return func(f *Frame, a []datum) datum {
		p, err := partNamed(a[0].B)
		if err != nil {
			return f.fail(err)
		}
		if k == sqltypes.Date || k == sqltypes.Timestamp || k == sqltypes.TimestampTZ {
			day := dayOf(k, a[1].I)
			switch p {
			case partMonth:
				_, m, _ := sqltypes.Civil(day)
				return f.textOf(time.Month(m).String())
			case partWeekday, partDow, partIsoDow:
				return f.textOf(time.Weekday(isoWeekday(day) % 7).String())
			}
		}
		d := f.part(p, k, a[1], true)
		if d.Null {
			return d
		}
		start := len(f.Scratch)
		f.Scratch = appendText(f.Scratch, sqltypes.BigInt, d)
		return f.text(start)
	}
}

func dateTrunc(f *Frame, a []datum) datum {
	p, err := partNamed(a[0].B)
	if err != nil {
		return f.fail(err)
	}
	day, ofDay := sqltypes.SplitTicks(a[1].I)
	if p >= partHour && p <= partMicro {
		unit, _ := p.span()
		return datum{I: a[1].I - ofDay%unit.Ticks}
	}
	start, ok := startOf(p, day)
	if !ok {
		return f.fail(errf(stateBadParameter, "DATE_TRUNC does not cut to %s", p))
	}
	return f.ticks(start * sqltypes.TicksPerDay)
}

// spanTrunc cuts an interval to a unit.
func spanTrunc(f *Frame, a []datum) datum {
	p, err := partNamed(a[0].B)
	if err != nil {
		return f.fail(err)
	}
	v := sqltypes.DecodeSpan(a[1].B)
	switch unit, _ := p.span(); {
	case p == partWeek || p == partIsoWeek:
		return f.fail(errf(stateUnsupported, "an INTERVAL is not cut to weeks: months are no whole weeks"))
	case p == partQuarter || p == partMonth || p == partYear || p == partDecade || p == partCentury || p == partMillennium:
		return f.span(sqltypes.Span{Months: v.Months - v.Months%unit.Months})
	case p == partDay:
		v.Ticks = 0
	case p >= partHour && p <= partMicro:
		v.Ticks -= v.Ticks % unit.Ticks
	default:
		return f.fail(errf(stateBadParameter, "DATE_TRUNC does not cut an INTERVAL to %s", p))
	}
	return f.span(v)
}

// startOf returns the first day of the unit that a day lies in.
func startOf(p datePart, day int64) (int64, bool) {
	y, m, _ := sqltypes.Civil(day)
	switch p {
	case partYear:
		return sqltypes.Days(y, 1, 1), true
	case partQuarter:
		return sqltypes.Days(y, (m-1)/3*3+1, 1), true
	case partMonth:
		return sqltypes.Days(y, m, 1), true
	case partWeek, partIsoWeek:
		return day - isoWeekday(day) + 1, true
	case partDay, partDayOfYear, partWeekday:
		return day, true
	case partDecade:
		return sqltypes.Days(max(1, y/10*10), 1, 1), true
	case partCentury:
		return sqltypes.Days((y-1)/100*100+1, 1, 1), true
	case partMillennium:
		return sqltypes.Days((y-1)/1000*1000+1, 1, 1), true
	}
	return 0, false
}

// boundaries counts the starts of units between two instants, as T-SQL's
// DATEDIFF does; weeks start on Sunday there.
func boundaries(f *Frame, a []datum) datum {
	p, err := partNamed(a[0].B)
	if err != nil {
		return f.fail(err)
	}
	if p == partNano {
		n, ok := mulInts(a[2].I-a[1].I, 100)
		if !ok {
			return f.fail(errRange("BIGINT"))
		}
		return datum{I: n}
	}
	from, okFrom := ordinal(p, a[1].I)
	to, okTo := ordinal(p, a[2].I)
	if !okFrom || !okTo {
		return f.fail(errf(stateBadParameter, "DATEDIFF does not count in %s", p))
	}
	return datum{I: to - from}
}

func ordinal(p datePart, ticks int64) (int64, bool) {
	day, ofDay := sqltypes.SplitTicks(ticks)
	y, m, _ := sqltypes.Civil(day)
	months := int64(y)*12 + int64(m) - 1
	switch p {
	case partYear:
		return int64(y), true
	case partDecade:
		return int64(y / 10), true
	case partCentury:
		return int64(y+99) / 100, true
	case partMillennium:
		return int64(y+999) / 1000, true
	case partQuarter:
		return months / 3, true
	case partMonth:
		return months, true
	case partWeek:
		return (day + 4 + 7_000_000) / 7, true // weeks that start on Sunday, 1970-01-04 being one
	case partIsoWeek:
		return (day + 3 + 7_000_000) / 7, true // on Monday
	case partDay, partDayOfYear, partWeekday:
		return day, true
	case partHour, partMinute, partSecond, partMilli, partMicro:
		unit, _ := p.span()
		return day*(sqltypes.TicksPerDay/unit.Ticks) + ofDay/unit.Ticks, true
	}
	return 0, false
}

// wholeUnits counts how many whole units fit between two instants.
func wholeUnits(f *Frame, a []datum) datum {
	p, err := partNamed(a[0].B)
	if err != nil {
		return f.fail(err)
	}
	unit, ok := p.span()
	from, to := a[1].I, a[2].I
	switch {
	case !ok:
		return f.fail(errf(stateBadParameter, "TIMESTAMPDIFF does not count in %s", p))
	case unit.Months != 0:
		return datum{I: wholeMonths(from, to) / unit.Months}
	}
	return datum{I: (to - from) / (unit.Days*sqltypes.TicksPerDay + unit.Ticks)}
}

func wholeMonths(from, to int64) int64 {
	if to < from {
		return -wholeMonths(to, from)
	}
	d1, t1 := sqltypes.SplitTicks(from)
	d2, t2 := sqltypes.SplitTicks(to)
	y1, m1, day1 := sqltypes.Civil(d1)
	y2, m2, day2 := sqltypes.Civil(d2)
	n := int64(y2-y1)*12 + int64(m2-m1)
	if day2 < day1 || day2 == day1 && t2 < t1 {
		n--
	}
	return n
}
