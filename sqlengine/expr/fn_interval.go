package expr

import (
	"time"

	"github.com/epicorerp/epicorerp/sqltypes"
)

var _ = register(GroupTime,
	&Function{Name: "AGE", Doc: "the years, months, days and time from the second instant to the first, or to the start of today", Volatility: Stable,
		forms: []*form{on("timestamp, timestamp? -> interval", age), on("timestamptz, timestamptz? -> interval", age)}},
	justify("JUSTIFY_HOURS", "24 hours become a day", sqltypes.Span.JustifyHours),
	justify("JUSTIFY_DAYS", "30 days become a month", sqltypes.Span.JustifyDays),
	justify("JUSTIFY_INTERVAL", "24 hours become a day and 30 days a month, all of one sign", sqltypes.Span.Justify),
	&Function{Name: "MAKE_INTERVAL", Doc: "the interval of years, months, weeks, days, hours, minutes and seconds",
		forms: []*form{on("int?, int?, int?, int?, int?, int?, decimal? -> interval", makeInterval)}},
	&Function{Name: "DATE_BIN", Doc: "the start of the bin of the given length, counted from an origin, that an instant lies in",
		forms: []*form{on("interval, timestamp, timestamp -> timestamp", dateBin), on("interval, timestamptz, timestamptz -> timestamptz", dateBin)}},
	&Function{Name: "TIMEDIFF", Doc: "the time from the second value to the first, in hours, minutes and seconds",
		forms: []*form{on("time, time -> interval", timeDiff), on("timestamp, timestamp -> interval", timeDiff), on("timestamptz, timestamptz -> interval", timeDiff)}},
	&Function{Name: "ADDTIME", Doc: "a value and a time or interval later", forms: []*form{on("any, any -> any", nil)}, rewrite: func(args []Node) (Node, error) { return timeShift("+", args) }},
	&Function{Name: "SUBTIME", Doc: "a value and a time or interval earlier", forms: []*form{on("any, any -> any", nil)}, rewrite: func(args []Node) (Node, error) { return timeShift("-", args) }},
	&Function{Name: "TIMEZONE", Doc: "x AT TIME ZONE zone: an instant's local time there, or the instant of a local time",
		forms: []*form{
			on("text, timestamptz -> timestamp", zoned(named, toLocal)), on("interval, timestamptz -> timestamp", zoned(apart, toLocal)),
			on("text, timestamp -> timestamptz", zoned(named, fromLocal)), on("interval, timestamp -> timestamptz", zoned(apart, fromLocal)),
			on("text, date -> timestamp", zoned(named, dayToLocal)), on("interval, date -> timestamp", zoned(apart, dayToLocal))}},
	&Function{Name: "CONVERT_TZ", Doc: "a local time of one zone as the local time of another; offsets such as +02:00 are east of UTC",
		forms: []*form{on("timestamp, text, text -> timestamp", func(f *Frame, a []datum) datum {
			from, err := f.zone(a[1].B, east)
			if err != nil {
				return f.fail(err)
			}
			to, err := f.zone(a[2].B, east)
			if err != nil {
				return f.fail(err)
			}
			t := fromLocal(f, from, a[0].I)
			if t.Null {
				return t
			}
			return toLocal(f, to, t.I)
		})}},
	&Function{Name: "TODATETIMEOFFSET", Doc: "the instant of a local time at an offset such as +02:00, or at a zone",
		forms: []*form{on("timestamp, text -> timestamptz", func(f *Frame, a []datum) datum {
			z, err := f.zone(a[1].B, east)
			if err != nil {
				return f.fail(err)
			}
			return fromLocal(f, z, a[0].I)
		})}},
)

func justify(name, doc string, fn func(sqltypes.Span) (sqltypes.Span, error)) *Function {
	return &Function{Name: name, Doc: doc, forms: []*form{on("interval -> interval", func(f *Frame, a []datum) datum {
		return f.spanResult(fn(sqltypes.DecodeSpan(a[0].B)))
	})}}
}

// age subtracts field by field, as PostgreSQL's timestamp_age does: days are
// borrowed from the month of the earlier instant.
func age(f *Frame, a []datum) datum {
	late, early, negative := a[0].I, a[0].I, false
	if len(a) == 2 {
		early = a[1].I
	} else {
		now := f.now("AGE", true, nil)
		if now.Null {
			return now
		}
		late = now.I - now.I%sqltypes.TicksPerDay
	}
	if late < early {
		late, early, negative = early, late, true
	}
	d1, t1 := sqltypes.SplitTicks(late)
	d2, t2 := sqltypes.SplitTicks(early)
	y1, m1, day1 := sqltypes.Civil(d1)
	y2, m2, day2 := sqltypes.Civil(d2)
	v := sqltypes.Span{Months: int64(y1-y2)*12 + int64(m1-m2), Days: int64(day1 - day2), Ticks: t1 - t2}
	if v.Ticks < 0 {
		v.Ticks, v.Days = v.Ticks+sqltypes.TicksPerDay, v.Days-1
	}
	for v.Days < 0 {
		v.Days, v.Months = v.Days+int64(sqltypes.DaysInMonth(y2, m2)), v.Months-1
	}
	if negative {
		v = v.Neg()
	}
	return f.span(v)
}

func makeInterval(f *Frame, a []datum) datum {
	units := [...]sqltypes.Span{{Months: 12}, {Months: 1}, {Days: 7}, {Days: 1}, {Ticks: sqltypes.TicksPerHour}, {Ticks: sqltypes.TicksPerMinute}, {Ticks: sqltypes.TicksPerSecond}}
	var sum sqltypes.Span
	for i, d := range a {
		n := d.D
		if i < 6 {
			n = sqltypes.NumFromInt(d.I)
		}
		v, err := units[i].Times(n)
		if err == nil {
			sum, err = sum.Add(v)
		}
		if err != nil {
			return f.fail(numError(err))
		}
	}
	return f.span(sum)
}

func dateBin(f *Frame, a []datum) datum {
	v := sqltypes.DecodeSpan(a[0].B)
	if v.Months != 0 {
		return f.fail(errf(stateUnsupported, "DATE_BIN takes no months: they have no fixed length"))
	}
	hi, lo := v.Total()
	if hi != 0 || int64(lo) <= 0 || int64(lo) > maxTicks-minTicks {
		return f.fail(errf(stateDateRange, "the length of the bins of DATE_BIN must be above zero and below 9999 years"))
	}
	width := int64(lo)
	past := a[1].I - a[2].I // within ±9999 years of ticks, which fit
	bin := past - past%width
	if past%width < 0 {
		bin -= width
	}
	return f.ticks(a[2].I + bin)
}

func timeDiff(f *Frame, a []datum) datum { return f.span(sqltypes.Span{Ticks: a[0].I - a[1].I}) }

func timeShift(op string, args []Node) (Node, error) {
	when, by := args[0], args[1]
	var err error
	if Untyped(when) {
		if when, err = Coerce(when, sqltypes.Of(sqltypes.Timestamp)); err != nil {
			return nil, err
		}
	}
	if by.Type().Kind != sqltypes.Interval {
		if by, err = NewCast(by, sqltypes.Of(sqltypes.Interval), false); err != nil {
			return nil, err
		}
	}
	return newArith(op, when, by)
}

// toLocal gives the local date and time at an instant.
func toLocal(f *Frame, z *time.Location, t int64) datum {
	_, off := sqltypes.TimeOf(t).In(z).Zone()
	return f.ticks(t + int64(off)*sqltypes.TicksPerSecond)
}

// fromLocal gives the instant of a local date and time. In the hour that does
// not exist when clocks go forward it takes the offset before, and of the two
// in autumn the second, standard one, as PostgreSQL does.
func fromLocal(f *Frame, z *time.Location, t int64) datum {
	at := func(probe int64) int64 {
		_, off := sqltypes.TimeOf(probe).In(z).Zone()
		return int64(off) * sqltypes.TicksPerSecond
	}
	before, after := at(t-sqltypes.TicksPerDay), at(t+sqltypes.TicksPerDay)
	// Zones change at most once within two days: one of the offsets holds.
	if at(t-after) == after {
		return f.ticks(t - after)
	}
	return f.ticks(t - before)
}

// zoned runs fn in the zone that the first argument tells.
//
//go:noinline
func zoned(find func(*Frame, datum) (*time.Location, *Error), fn func(*Frame, *time.Location, int64) datum) evalFunc {
	return func(f *Frame, a []datum) datum {
		z, err := find(f, a[0])
		if err != nil {
			return f.fail(err)
		}
		return fn(f, z, a[1].I)
	}
}

func named(f *Frame, d datum) (*time.Location, *Error) { return f.zone(d.B, west) }

// apart is a zone told as an interval east of UTC.
func apart(_ *Frame, d datum) (*time.Location, *Error) {
	v := sqltypes.DecodeSpan(d.B)
	if v.Months != 0 || v.Days != 0 || v.Ticks%sqltypes.TicksPerSecond != 0 {
		return nil, errf(stateBadParameter, "an INTERVAL as time zone must be hours, minutes and seconds")
	}
	return time.FixedZone("", int(v.Ticks/sqltypes.TicksPerSecond)), nil
}

// dayToLocal takes the day's midnight in UTC for the instant, as a cast does.
func dayToLocal(f *Frame, z *time.Location, day int64) datum {
	return toLocal(f, z, day*sqltypes.TicksPerDay)
}
