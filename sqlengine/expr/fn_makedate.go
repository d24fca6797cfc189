package expr

import (
	"github.com/epicorerp/epicorerp/sqltypes"
)

var _ = register(GroupTime,
	&Function{Name: "MAKE_DATE", Aliases: []string{"DATEFROMPARTS"}, Doc: "the date of a year, month and day",
		forms: []*form{on("int, int, int -> date", func(f *Frame, a []datum) datum { return f.dateOf(a[0].I, a[1].I, a[2].I) })}},
	&Function{Name: "MAKE_TIME", Aliases: []string{"MAKETIME"}, Doc: "the time of an hour, minute and second",
		forms: []*form{on("int, int, decimal -> time", func(f *Frame, a []datum) datum { return f.timeOf(a[0].I, a[1].I, a[2].D) })}},
	&Function{Name: "MAKE_TIMESTAMP", Doc: "the timestamp of a year, month, day, hour, minute and second",
		forms: []*form{on("int, int, int, int, int, decimal -> timestamp", func(f *Frame, a []datum) datum {
			return f.stampOf(a, f.timeOf(a[3].I, a[4].I, a[5].D))
		})}},
	&Function{Name: "MAKE_TIMESTAMPTZ", Doc: "the instant of a year, month, day, hour, minute and second, in UTC or a named zone",
		forms: []*form{on("int, int, int, int, int, decimal, text? -> timestamptz", func(f *Frame, a []datum) datum {
			t := f.stampOf(a, f.timeOf(a[3].I, a[4].I, a[5].D))
			if t.Null || len(a) < 7 {
				return t
			}
			z, err := f.zone(a[6].B, west)
			if err != nil {
				return f.fail(err)
			}
			return fromLocal(f, z, t.I)
		})}},
	&Function{Name: "TIMEFROMPARTS", Doc: "the time of hour, minute, second, fraction and the digits that the fraction has",
		forms: []*form{on("int, int, int, int, int -> time", func(f *Frame, a []datum) datum { return f.timeOfFraction(a) })}},
	&Function{Name: "DATETIMEFROMPARTS", Doc: "the timestamp of year, month, day, hour, minute, second and milliseconds",
		forms: []*form{on("int, int, int, int, int, int, int -> timestamp", func(f *Frame, a []datum) datum {
			return f.stampOf(a, f.timeOfFraction([]datum{a[3], a[4], a[5], a[6], {I: 3}}))
		})}},
	&Function{Name: "SMALLDATETIMEFROMPARTS", Doc: "the timestamp of year, month, day, hour and minute",
		forms: []*form{on("int, int, int, int, int -> timestamp", func(f *Frame, a []datum) datum {
			return f.stampOf(a, f.timeOf(a[3].I, a[4].I, sqltypes.Num{}))
		})}},
	&Function{Name: "DATETIME2FROMPARTS", Doc: "the timestamp of year, month, day, hour, minute, second, fraction and the digits that the fraction has",
		forms: []*form{on("int, int, int, int, int, int, int, int -> timestamp", func(f *Frame, a []datum) datum {
			return f.stampOf(a, f.timeOfFraction(a[3:]))
		})}},
	&Function{Name: "DATETIMEOFFSETFROMPARTS", Doc: "the instant of year, month, day, hour, minute, second, fraction, hours and minutes east of UTC, and the fraction's digits",
		forms: []*form{on("int, int, int, int, int, int, int, int, int, int -> timestamptz", func(f *Frame, a []datum) datum {
			t := f.stampOf(a, f.timeOfFraction([]datum{a[3], a[4], a[5], a[6], a[9]}))
			if t.Null {
				return t
			}
			if h, m := a[7].I, a[8].I; h < -14 || h > 14 || m < -59 || m > 59 || h*m < 0 {
				return f.fail(errf(stateDateRange, "there is no offset of %d hours and %d minutes", h, m))
			}
			return f.ticks(t.I - a[7].I*sqltypes.TicksPerHour - a[8].I*sqltypes.TicksPerMinute)
		})}},
	&Function{Name: "MAKEDATE", Doc: "the date of a year and its day, from 1",
		forms: []*form{on("int, int -> date", func(f *Frame, a []datum) datum {
			first := f.dateOf(a[0].I, 1, 1)
			if first.Null || a[1].I < 1 || a[1].I > 4e6 {
				return nullDatum
			}
			return f.day(first.I + a[1].I - 1)
		})}},
	&Function{Name: "ISDATE", Doc: "1 if the text is a date or a timestamp, else 0",
		forms: []*form{on("text -> integer", func(_ *Frame, a []datum) datum {
			_, err := parseTemporal(string(a[0].B), sqltypes.TimestampTZ)
			return datum{I: b2i(err == nil)}
		}), on("timestamptz -> integer", func(*Frame, []datum) datum { return datum{I: 1} })}},
)

func (f *Frame) dateOf(y, m, d int64) datum {
	if y < 1 || y > 9999 || m < 1 || m > 12 || d < 1 || d > int64(sqltypes.DaysInMonth(int(y), int(m))) {
		return f.fail(errf(stateDateRange, "there is no date %d-%d-%d", y, m, d))
	}
	return datum{I: sqltypes.Days(int(y), int(m), int(d))}
}

func (f *Frame) timeOf(h, m int64, s sqltypes.Num) datum {
	ticks, err := s.Mul(sqltypes.NumFromInt(sqltypes.TicksPerSecond))
	t, ok := ticks.Int64()
	if err != nil || !ok || h < 0 || h > 23 || m < 0 || m > 59 || t < 0 || t >= sqltypes.TicksPerMinute {
		return f.fail(errf(stateDateRange, "there is no time %d:%02d:%s", h, m, clip(s.String())))
	}
	return datum{I: h*sqltypes.TicksPerHour + m*sqltypes.TicksPerMinute + t}
}

// timeOfFraction makes a time of hour, minute, second, fraction and the digits
// of the fraction, 0 to 7.
func (f *Frame) timeOfFraction(a []datum) datum {
	fraction, digits := a[3].I, a[4].I
	if digits < 0 || digits > 7 || fraction < 0 || sqltypes.NumFromInt(fraction).Precision() > int(max(digits, 1)) || digits == 0 && fraction > 0 {
		return f.fail(errf(stateDateRange, "a fraction of %d does not have %d digits", fraction, digits))
	}
	s, err := sqltypes.NumFromInt(a[2].I).Add(sqltypes.NewNum(fraction, int(digits)))
	if err != nil {
		return f.fail(numError(err))
	}
	return f.timeOf(a[0].I, a[1].I, s)
}

func (f *Frame) stampOf(date []datum, clock datum) datum {
	day := f.dateOf(date[0].I, date[1].I, date[2].I)
	if day.Null || clock.Null {
		return nullDatum
	}
	return datum{I: day.I*sqltypes.TicksPerDay + clock.I}
}
