package expr

import (
	"strconv"
	"strings"
	"time"

	"github.com/epicorerp/epicorerp/sqltypes"
)

// The date functions that only MySQL has.
var _ = register(GroupTime,
	&Function{Name: "WEEK", Doc: "the ISO week, 1 to 53; with a mode from 0 to 7 as MySQL counts, whose own default is 0",
		forms: append(temporalForms1("", "integer", nil, func(k sqltypes.Kind) evalFunc {
			return func(f *Frame, a []datum) datum { return f.part(partIsoWeek, k, a[0], true) }
		}),
			on("date, int -> integer", func(_ *Frame, a []datum) datum {
				_, w := mysqlWeek(a[0].I, a[1].I, false)
				return datum{I: w}
			}))},
	&Function{Name: "YEARWEEK", Doc: "year and week as one number, such as 202408, by MySQL's mode, 0 if none is given",
		forms: []*form{on("date, int? -> integer", func(_ *Frame, a []datum) datum {
			mode := int64(0)
			if len(a) > 1 {
				mode = a[1].I
			}
			y, w := mysqlWeek(a[0].I, mode, true)
			return datum{I: y*100 + w}
		})}},
	&Function{Name: "MICROSECOND", Doc: "the microseconds of the second",
		forms: []*form{on("time -> integer", microsOf), on("timestamp -> integer", microsOf), on("timestamptz -> integer", microsOf)}},
	&Function{Name: "TO_DAYS", Doc: "the days since the year 0",
		forms: []*form{on("date -> int", func(_ *Frame, a []datum) datum { return datum{I: a[0].I + daysToEpoch} })}},
	&Function{Name: "FROM_DAYS", Doc: "the date that lies so many days after the year 0",
		forms: []*form{on("int -> date", func(f *Frame, a []datum) datum {
			d, ok := subInts(a[0].I, daysToEpoch)
			if !ok {
				return f.fail(errDateRange)
			}
			return f.day(d)
		})}},
	&Function{Name: "TO_SECONDS", Doc: "the seconds since the year 0",
		forms: []*form{on("timestamp -> int", func(_ *Frame, a []datum) datum {
			day, ofDay := sqltypes.SplitTicks(a[0].I)
			return datum{I: (day+daysToEpoch)*86400 + ofDay/sqltypes.TicksPerSecond}
		})}},
	&Function{Name: "TIME_TO_SEC", Doc: "the whole seconds of a time",
		forms: []*form{on("time -> int", func(_ *Frame, a []datum) datum { return datum{I: a[0].I / sqltypes.TicksPerSecond} })}},
	&Function{Name: "SEC_TO_TIME", Doc: "the time of so many seconds after midnight, below a day",
		forms: []*form{on("decimal -> time", func(f *Frame, a []datum) datum {
			v, err := sqltypes.Span{Ticks: sqltypes.TicksPerSecond}.Times(a[0].D)
			if err != nil || v.Ticks < 0 || v.Ticks >= sqltypes.TicksPerDay {
				return f.fail(errf(stateDateRange, "%s seconds are no time of the day", clip(a[0].D.String())))
			}
			return datum{I: v.Ticks}
		})}},
	&Function{Name: "PERIOD_ADD", Doc: "the month YYYYMM that lies n months after another",
		forms: []*form{on("int, int -> integer", func(f *Frame, a []datum) datum {
			m, ok := periodMonths(a[0].I)
			sum, fits := addInts(m, a[1].I)
			if !ok || !fits || sum < 12 || sum >= 120000 {
				return f.fail(errf(stateBadParameter, "PERIOD_ADD takes a month such as 202402 and a number of months"))
			}
			return datum{I: sum/12*100 + sum%12 + 1}
		})}},
	&Function{Name: "PERIOD_DIFF", Doc: "the months from the second month YYYYMM to the first",
		forms: []*form{on("int, int -> integer", func(f *Frame, a []datum) datum {
			m, ok := periodMonths(a[0].I)
			n, ok2 := periodMonths(a[1].I)
			if !ok || !ok2 {
				return f.fail(errf(stateBadParameter, "PERIOD_DIFF takes two months such as 202402"))
			}
			return datum{I: m - n}
		})}},
	&Function{Name: "UNIX_TIMESTAMP", Doc: "the seconds since 1970 in UTC of an instant, or of the statement's", Volatility: Stable,
		forms: []*form{on("-> decimal", func(f *Frame, _ []datum) datum {
			t := f.now("UNIX_TIMESTAMP", false, []datum{{I: 0}})
			return datum{D: sqltypes.NumFromInt(t.I / sqltypes.TicksPerSecond), Null: t.Null}
		}), on("timestamptz -> decimal", func(_ *Frame, a []datum) datum {
			return datum{D: sqltypes.NewNum(a[0].I, 7).TrimZeros()}
		})}},
	&Function{Name: "FROM_UNIXTIME", Doc: "the timestamp in UTC of so many seconds since 1970; with a format the text that DATE_FORMAT gives",
		forms: []*form{on("decimal -> timestamp", fromUnix), on("decimal, text -> text", func(f *Frame, a []datum) datum {
			t := fromUnix(f, a)
			if t.Null {
				return t
			}
			return f.dateFormat(t.I, a[1].B)
		})}},
	&Function{Name: "UTC_DATE", Doc: "today in UTC", Volatility: Stable,
		forms: []*form{on("-> date", func(f *Frame, _ []datum) datum {
			t := f.now("UTC_DATE", false, nil)
			day, _ := sqltypes.SplitTicks(t.I)
			return datum{I: day, Null: t.Null}
		})}},
	&Function{Name: "UTC_TIME", Doc: "the time of day in UTC", Volatility: Stable,
		forms: []*form{on("-> time", func(f *Frame, _ []datum) datum {
			t := f.now("UTC_TIME", false, nil)
			_, ofDay := sqltypes.SplitTicks(t.I)
			return datum{I: ofDay, Null: t.Null}
		})}},
	&Function{Name: "DATE_FORMAT", Doc: "a date by MySQL's format: %Y %m %d %H %i %s %f %M %b %W %a …",
		forms: []*form{
			on("timestamp, text -> text", func(f *Frame, a []datum) datum { return f.dateFormat(a[0].I, a[1].B) }),
			on("timestamptz, text -> text", func(f *Frame, a []datum) datum { return f.dateFormat(a[0].I, a[1].B) })}},
	&Function{Name: "TIME_FORMAT", Doc: "a time by MySQL's format: %H %h %i %s %f %p",
		forms: []*form{on("time, text -> text", func(f *Frame, a []datum) datum { return f.dateFormat(a[0].I, a[1].B) })}},
)

// daysToEpoch are the days from MySQL's day 0 to 1970-01-01.
const daysToEpoch = 719528

func microsOf(_ *Frame, a []datum) datum {
	_, ofDay := sqltypes.SplitTicks(a[0].I)
	return datum{I: ofDay % sqltypes.TicksPerSecond / sqltypes.TicksPerMicro}
}

func periodMonths(p int64) (int64, bool) {
	m := p % 100
	return p/100*12 + m - 1, p >= 100 && p <= 999912 && m >= 1 && m <= 12
}

func fromUnix(f *Frame, a []datum) datum {
	n, err := a[0].D.Mul(sqltypes.NumFromInt(sqltypes.TicksPerSecond))
	t, ok := n.Int64()
	if err != nil || !ok {
		return f.fail(errDateRange)
	}
	return f.ticks(t)
}

// mysqlWeek counts weeks by MySQL's mode: bit 0 starts them on Monday, bit 1
// counts from 1 and gives the first days of January to the year before, bit 2
// begins with the first such weekday instead of the first week of four days.
// It follows calc_week of MySQL's sources. ofYear always counts from 1.
func mysqlWeek(day, mode int64, ofYear bool) (year, week int64) {
	monday, fromOne := mode&1 != 0, mode&2 != 0 || ofYear
	firstDay := (mode&4 != 0) != !monday
	y, m, d := sqltypes.Civil(day)
	first := sqltypes.Days(y, 1, 1)
	weekday := isoWeekday(first) - 1
	if !monday {
		weekday = isoWeekday(first) % 7
	}
	begins := func(wd int64) bool { return firstDay && wd != 0 || !firstDay && wd >= 4 }
	daysIn := func(y int) int64 { return sqltypes.Days(y+1, 1, 1) - sqltypes.Days(y, 1, 1) }
	if m == 1 && int64(d) <= 7-weekday {
		if !fromOne && begins(weekday) {
			return int64(y), 0
		}
		fromOne = true
		y--
		days := daysIn(y)
		first -= days
		weekday = (weekday + 53*7 - days) % 7
	}
	days := day - (first - weekday)
	if begins(weekday) {
		days = day - (first + 7 - weekday)
	}
	if fromOne && days >= 52*7 {
		if next := (weekday + daysIn(y)) % 7; !begins(next) {
			return int64(y) + 1, 1
		}
	}
	return int64(y), days/7 + 1
}

// dateFormat writes a timestamp by MySQL's DATE_FORMAT.
func (f *Frame) dateFormat(ticks int64, pattern []byte) datum {
	day, ofDay := sqltypes.SplitTicks(ticks)
	start := len(f.Scratch)
	for i := 0; i < len(pattern); i++ {
		if pattern[i] != '%' || i+1 == len(pattern) {
			f.Scratch = append(f.Scratch, pattern[i])
			continue
		}
		i++
		f.Scratch = appendMySQLField(f.Scratch, pattern[i], day, ofDay)
	}
	return f.text(start)
}

func appendMySQLField(dst []byte, field byte, day, ofDay int64) []byte {
	y, m, d := sqltypes.Civil(day)
	hour, minute, second := ofDay/sqltypes.TicksPerHour, ofDay/sqltypes.TicksPerMinute%60, ofDay/sqltypes.TicksPerSecond%60
	half := (hour+11)%12 + 1
	switch field {
	case 'Y':
		return appendPadded(dst, int64(y), 4)
	case 'y':
		return appendPadded(dst, int64(y%100), 2)
	case 'm':
		return appendPadded(dst, int64(m), 2)
	case 'c':
		return strconv.AppendInt(dst, int64(m), 10)
	case 'M':
		return append(dst, time.Month(m).String()...)
	case 'b':
		return append(dst, time.Month(m).String()[:3]...)
	case 'd':
		return appendPadded(dst, int64(d), 2)
	case 'e':
		return strconv.AppendInt(dst, int64(d), 10)
	case 'D':
		return append(strconv.AppendInt(dst, int64(d), 10), ordinalSuffix(int64(d))...)
	case 'j':
		return appendPadded(dst, day-sqltypes.Days(y, 1, 1)+1, 3)
	case 'W':
		return append(dst, time.Weekday(isoWeekday(day)%7).String()...)
	case 'a':
		return append(dst, time.Weekday(isoWeekday(day) % 7).String()[:3]...)
	case 'w':
		return strconv.AppendInt(dst, isoWeekday(day)%7, 10)
	case 'H':
		return appendPadded(dst, hour, 2)
	case 'k':
		return strconv.AppendInt(dst, hour, 10)
	case 'h', 'I':
		return appendPadded(dst, half, 2)
	case 'l':
		return strconv.AppendInt(dst, half, 10)
	case 'i':
		return appendPadded(dst, minute, 2)
	case 's', 'S':
		return appendPadded(dst, second, 2)
	case 'f':
		return appendPadded(dst, ofDay%sqltypes.TicksPerSecond/sqltypes.TicksPerMicro, 6)
	case 'p':
		return append(dst, meridiem(hour)...)
	case 'T':
		return appendClock(dst, hour, minute, second)
	case 'r':
		return append(append(appendClock(dst, half, minute, second), ' '), meridiem(hour)...)
	case 'U', 'u', 'V', 'v':
		_, week := mysqlWeek(day, int64(strings.IndexByte("UuVv", field)), false)
		return appendPadded(dst, week, 2)
	case 'X', 'x':
		year, _ := mysqlWeek(day, int64(2+strings.IndexByte("Xx", field)), true)
		return appendPadded(dst, year, 4)
	}
	return append(dst, field)
}

func meridiem(hour int64) string {
	if hour >= 12 {
		return "PM"
	}
	return "AM"
}

func appendClock(dst []byte, h, m, s int64) []byte {
	dst = append(appendPadded(dst, h, 2), ':')
	return appendPadded(append(appendPadded(dst, m, 2), ':'), s, 2)
}

// appendPadded writes a number with zeros before it.
func appendPadded(dst []byte, v int64, width int) []byte {
	if v < 0 {
		dst, v = append(dst, '-'), -v
	}
	var buf [20]byte
	digits := strconv.AppendInt(buf[:0], v, 10)
	for n := len(digits); n < width; n++ {
		dst = append(dst, '0')
	}
	return append(dst, digits...)
}

func ordinalSuffix(n int64) string {
	if n%100 >= 11 && n%100 <= 13 {
		return "th"
	}
	switch n % 10 {
	case 1:
		return "st"
	case 2:
		return "nd"
	case 3:
		return "rd"
	}
	return "th"
}
