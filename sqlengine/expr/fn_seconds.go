package expr

import "github.com/epicorerp/epicorerp/sqltypes"

var _ = register(GroupTime,
	&Function{Name: "ROUND_SECONDS", Doc: "a time with its seconds rounded to n digits, 0 to 6, as a cast to TIMESTAMP(n) rounds",
		forms: []*form{
			on("time, int -> time", func(f *Frame, a []datum) datum {
				t := roundTicks(a[0].I, a[1].I)
				if t >= sqltypes.TicksPerDay {
					return f.fail(errNextDay)
				}
				return datum{I: t}
			}),
			on("timestamp, int -> timestamp", roundStamp), on("timestamptz, int -> timestamptz", roundStamp)}},
)

var errNextDay = errf("22008", "the time of day rounds to 24:00:00, which is none")

var millennium = sqltypes.Days(2000, 1, 1) * sqltypes.TicksPerDay

// roundStamp rounds halves away from the year 2000, as PostgreSQL does.
func roundStamp(f *Frame, a []datum) datum {
	return f.ticks(millennium + roundTicks(a[0].I-millennium, a[1].I))
}

// roundTicks rounds to n digits of a second, halves away from zero.
func roundTicks(t, n int64) int64 {
	unit := int64(sqltypes.TicksPerSecond)
	for range min(max(n, 0), 7) {
		unit /= 10
	}
	if t < 0 {
		return -((-t + unit/2) / unit * unit)
	}
	return (t + unit/2) / unit * unit
}
