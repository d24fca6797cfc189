package expr

import (
	"strconv"
	"time"

	"github.com/epicorerp/epicorerp/sqltypes"
)

var _ = register(GroupTime,
	&Function{Name: "TO_CHAR", Doc: "a date, time, interval or number by PostgreSQL's template: YYYY-MM-DD HH24:MI:SS.MS, FMMonth, 999,990.00",
		forms: []*form{
			on("timestamp, text -> text", func(f *Frame, a []datum) datum { return f.toChar(civilOf(a[0].I), a[1].B) }),
			on("date, text -> text", func(f *Frame, a []datum) datum {
				m := civilOf(a[0].I * sqltypes.TicksPerDay)
				m.zone = "UTC"
				return f.toChar(m, a[1].B)
			}),
			on("timestamptz, text -> text", func(f *Frame, a []datum) datum {
				m := civilOf(a[0].I)
				m.zone = "UTC"
				return f.toChar(m, a[1].B)
			}),
			on("interval, text -> text", func(f *Frame, a []datum) datum { return f.toChar(civilOfSpan(sqltypes.DecodeSpan(a[0].B)), a[1].B) }),
			on("decimal, text -> text", func(f *Frame, a []datum) datum { return f.numberToChar(a[0].D, a[1].B) }),
			on("double, text -> text", func(f *Frame, a []datum) datum {
				n, err := sqltypes.NumFromFloat(a[0].F)
				if err != nil {
					return f.fail(errf(stateOverflow, "TO_CHAR has no digits for %s", sqltypes.AppendFloat(nil, a[0].F, 64)))
				}
				return f.numberToChar(n, a[1].B)
			})}},
	&Function{Name: "TO_DATE", Doc: "the date that a text shows by PostgreSQL's template",
		forms: []*form{on("text, text -> date", func(f *Frame, a []datum) datum {
			t := f.byTemplate(a[0].B, a[1].B)
			day, _ := sqltypes.SplitTicks(t.I)
			return datum{I: day, Null: t.Null}
		})}},
	&Function{Name: "TO_TIMESTAMP", Doc: "the instant that a text shows by PostgreSQL's template, in UTC unless it tells an offset, or that lies so many seconds after 1970",
		forms: []*form{on("text, text -> timestamptz", func(f *Frame, a []datum) datum { return f.byTemplate(a[0].B, a[1].B) }),
			on("decimal -> timestamptz", fromUnix),
			on("double -> timestamptz", func(f *Frame, a []datum) datum {
				n, err := sqltypes.NumFromFloat(a[0].F)
				if err != nil {
					return f.fail(errDateRange)
				}
				return fromUnix(f, []datum{{D: n.Round(6)}})
			})}},
)

// civilTime is a timestamp or an interval in its fields.
type civilTime struct {
	year, month, day     int64
	hour, minute, second int64
	fraction             int64 // ticks
	days                 int64 // since 1970; not of an interval
	span                 bool
	zone                 string
}

func civilOf(ticks int64) civilTime {
	day, ofDay := sqltypes.SplitTicks(ticks)
	y, m, d := sqltypes.Civil(day)
	return civilTime{year: int64(y), month: int64(m), day: int64(d), days: day, hour: ofDay / sqltypes.TicksPerHour,
		minute: ofDay / sqltypes.TicksPerMinute % 60, second: ofDay / sqltypes.TicksPerSecond % 60, fraction: ofDay % sqltypes.TicksPerSecond}
}

func civilOfSpan(v sqltypes.Span) civilTime {
	return civilTime{span: true, year: v.Months / 12, month: v.Months % 12, day: v.Days, hour: v.Ticks / sqltypes.TicksPerHour,
		minute: v.Ticks / sqltypes.TicksPerMinute % 60, second: v.Ticks / sqltypes.TicksPerSecond % 60, fraction: v.Ticks % sqltypes.TicksPerSecond}
}

func (f *Frame) toChar(m civilTime, template []byte) datum {
	start := len(f.Scratch)
	for len(template) > 0 {
		var p templatePart
		p, template = nextPart(template)
		if p.field == fieldNone {
			f.Scratch = append(f.Scratch, p.literal...)
			continue
		}
		if m.span && !p.ofInterval() {
			return f.fail(errf(stateDateSyntax, "the field %s of a template does not apply to an INTERVAL", p.word))
		}
		f.Scratch = m.append(f.Scratch, &p)
	}
	return f.text(start)
}

// ofInterval reports the fields that an interval has.
func (p *templatePart) ofInterval() bool {
	switch p.field {
	case fieldEra, fieldMonthName, fieldMonthShort, fieldDayName, fieldDayShort, fieldDow, fieldIsoDow, fieldIsoWeek, fieldWeek,
		fieldWeekOfMonth, fieldJulian, fieldIsoYear, fieldIsoDayOfYear, fieldZone, fieldZoneHours, fieldZoneMinutes, fieldOffset:
		return false
	}
	return true
}

func (m *civilTime) append(dst []byte, p *templatePart) []byte {
	switch p.field {
	case fieldMeridiem:
		return appendCased(dst, dotted(meridiem(m.hour%24), len(p.word) == 4), p.word, 0)
	case fieldEra:
		return appendCased(dst, dotted("AD", len(p.word) == 4), p.word, 0)
	case fieldMonthName:
		return appendCased(dst, time.Month(m.month).String(), p.word, p.padded())
	case fieldMonthShort:
		return appendCased(dst, time.Month(m.month).String()[:3], p.word, 0)
	case fieldDayName:
		return appendCased(dst, time.Weekday(isoWeekday(m.days)%7).String(), p.word, p.padded())
	case fieldDayShort:
		return appendCased(dst, time.Weekday(isoWeekday(m.days) % 7).String()[:3], p.word, 0)
	case fieldRomanMonth:
		if m.month == 0 {
			return dst
		}
		return appendCased(dst, romanMonths[(m.month+11)%12], p.word, p.padded())
	case fieldZone:
		return appendCased(dst, m.zone, p.word, 0)
	case fieldOffset:
		return append(dst, "+00"...)
	case fieldZoneHours:
		return append(dst, "+00"...)
	case fieldYearComma:
		dst = append(strconv.AppendInt(dst, m.year/1000, 10), ',')
		return p.th(appendPadded(dst, m.year%1000, 3), m.year)
	}
	if m.span && m.month == 0 && p.field == fieldQuarter {
		return dst
	}
	n, width := m.number(p)
	switch {
	case p.fill:
		width = 0
	case n < 0 && (p.field == fieldDay || p.field == fieldDayOfYear || p.field == fieldMonth || p.field == fieldYear):
		width-- // the sign counts, but not in hours, minutes and seconds
	}
	return p.th(appendPadded(dst, n, width), n)
}

// padded is the width of a name that is filled with blanks.
func (p *templatePart) padded() int {
	if p.fill {
		return 0
	}
	return p.width
}

func (p *templatePart) th(dst []byte, n int64) []byte {
	if p.ordinal == nil {
		return dst
	}
	return appendCased(dst, ordinalSuffix(n), p.ordinal, 0)
}

var romanMonths = [...]string{"I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"}

func dotted(s string, dots bool) string {
	if !dots {
		return s
	}
	switch s {
	case "AM":
		return "A.M."
	case "PM":
		return "P.M."
	}
	return "A.D."
}

// number gives the value of a numeric field, and its width.
func (m *civilTime) number(p *templatePart) (n int64, width int) {
	switch width = p.width; p.field {
	case fieldHour24:
		return m.hour, width
	case fieldHour12:
		if h := m.hour % 12; h != 0 {
			return h, width
		}
		return 12, width
	case fieldMinute:
		return m.minute, width
	case fieldSecond:
		return m.second, width
	case fieldMilli, fieldMicro, fieldFraction:
		n = m.fraction
		for range 7 - width {
			n /= 10
		}
		return n, width
	case fieldSecondOfDay:
		return m.hour*3600 + m.minute*60 + m.second, 0
	case fieldYear:
		return lastDigits(m.year, width), width
	case fieldMonth:
		return m.month, width
	case fieldDay:
		return m.day, width
	case fieldQuarter:
		return (m.month-1)/3 + 1, width
	case fieldCentury:
		return (m.year + 99) / 100, width
	case fieldWeekOfMonth:
		return (m.day-1)/7 + 1, width
	case fieldJulian:
		return m.days + 2440588, 0
	case fieldDow:
		return isoWeekday(m.days)%7 + 1, width
	case fieldIsoDow:
		return isoWeekday(m.days), width
	}
	isoYear, isoWeek := isoWeek(m.days)
	switch p.field {
	case fieldIsoYear:
		return lastDigits(isoYear, width), width
	case fieldIsoWeek:
		return isoWeek, width
	case fieldIsoDayOfYear:
		return (isoWeek-1)*7 + isoWeekday(m.days), width
	case fieldDayOfYear, fieldWeek:
		n = m.days - sqltypes.Days(int(m.year), 1, 1) + 1
		if m.span {
			n = m.year*360 + m.month*30 + m.day
		}
		if p.field == fieldWeek {
			n = (n-1)/7 + 1
		}
		return n, width
	}
	return 0, 2 // minutes of the offset of UTC
}

func lastDigits(n int64, width int) int64 {
	switch width {
	case 1:
		return n % 10
	case 2:
		return n % 100
	case 3:
		return n % 1000
	}
	return n
}

// appendCased writes a name in the case of the template's word: MONTH, Month,
// month.
func appendCased(dst []byte, name string, word []byte, width int) []byte {
	start := len(dst)
	dst = append(dst, name...)
	switch out := dst[start:]; {
	case word[0] >= 'a' && word[0] <= 'z':
		for i, c := range out {
			if c >= 'A' && c <= 'Z' {
				out[i] = c + 'a' - 'A'
			}
		}
	case len(word) > 1 && word[1] >= 'A' && word[1] <= 'Z' || len(word) > 2 && word[1] == '.':
		for i, c := range out {
			if c >= 'a' && c <= 'z' {
				out[i] = c + 'A' - 'a'
			}
		}
	}
	for len(dst)-start < width {
		dst = append(dst, ' ')
	}
	return dst
}
