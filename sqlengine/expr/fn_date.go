package expr

import (
	"strings"
	"time"

	"github.com/epicorerp/epicorerp/sqltypes"
)

var _ = register(GroupTime,
	clock("CURRENT_DATE", []string{"CURDATE"}, "-> date", "today, in the server's time zone", func(t int64) datum {
		d, _ := sqltypes.SplitTicks(t)
		return datum{I: d}
	}),
	clock("CURRENT_TIME", []string{"CURTIME", "LOCALTIME"}, "int? -> time", "the time of day, in the server's time zone", func(t int64) datum {
		_, d := sqltypes.SplitTicks(t)
		return datum{I: d}
	}),
	clock("LOCALTIMESTAMP", []string{"GETDATE", "SYSDATETIME", "SYSDATE"}, "int? -> timestamp", "date and time, in the server's time zone",
		func(t int64) datum { return datum{I: t} }),
	instant("CURRENT_TIMESTAMP", []string{"NOW", "SYSDATETIMEOFFSET", "TRANSACTION_TIMESTAMP", "STATEMENT_TIMESTAMP"}, "int? -> timestamptz", "the instant at which the statement began"),
	instant("GETUTCDATE", []string{"SYSUTCDATETIME", "UTC_TIMESTAMP"}, "int? -> timestamp", "date and time in UTC"),

	&Function{Name: "EXTRACT", Aliases: []string{"DATE_PART"}, words: 1,
		Doc: "a part of a date, time or interval: YEAR … SECOND, QUARTER, WEEK (ISO), DOW (0 is Sunday), ISODOW, DOY, EPOCH, …; seconds with their fraction",
		forms: temporalForms1("word, ", "", func(args []Node) (sqltypes.Type, error) { return extractType(args[0]) },
			func(k sqltypes.Kind) evalFunc { return extractor(k, false) })},
	&Function{Name: "DATEPART", words: 1, Doc: "a part as T-SQL counts it: WEEKDAY from 1 for Sunday, WEEK from 1 January, MILLISECOND within the second",
		forms: temporalForms1("word, ", "", func(args []Node) (sqltypes.Type, error) {
			_, err := constPart(args[0])
			return sqltypes.Of(sqltypes.Integer), err
		}, func(k sqltypes.Kind) evalFunc { return extractor(k, true) })},
	&Function{Name: "DATENAME", words: 1, Doc: "a part as text: months and weekdays by their English names",
		forms: temporalForms1("word, ", "text", func(args []Node) (sqltypes.Type, error) {
			_, err := constPart(args[0])
			return sqltypes.Of(sqltypes.Varchar), err
		}, dateName)},
	partOf("YEAR", "the year", "YEAR"), partOf("MONTH", "the month, 1 to 12", "MONTH"), partOf("DAY", "the day of the month", "DAY"),
	partOf("HOUR", "the hour, 0 to 23", "HOUR"), partOf("MINUTE", "the minute", "MINUTE"), partOf("SECOND", "the whole second", "SECOND"),
	partOf("QUARTER", "the quarter, 1 to 4", ""),
	partOf("DAYOFWEEK", "the day of the week, 1 for Sunday", ""), partOf("DAYOFYEAR", "the day of the year", ""),
	&Function{Name: "DAYOFMONTH", Doc: "DAY by another name", forms: []*form{on("any -> integer", nil)}, rewrite: func(args []Node) (Node, error) { return NewCall("DAY", args) }},
	&Function{Name: "WEEKOFYEAR", Doc: "WEEK by another name", forms: []*form{on("any -> integer", nil)}, rewrite: func(args []Node) (Node, error) { return NewCall("WEEK", args) }},
	&Function{Name: "WEEKDAY", Doc: "the day of the week, 0 for Monday, as MySQL counts",
		forms: temporalForms1("", "integer", nil, func(k sqltypes.Kind) evalFunc {
			return func(_ *Frame, a []datum) datum { return datum{I: isoWeekday(dayOf(k, a[0].I)) - 1} }
		})},
	&Function{Name: "DAYNAME", Doc: "the English name of the weekday",
		forms: temporalForms1("", "text", nil, func(k sqltypes.Kind) evalFunc {
			return func(f *Frame, a []datum) datum {
				return f.textOf(time.Weekday(isoWeekday(dayOf(k, a[0].I)) % 7).String())
			}
		})},
	&Function{Name: "MONTHNAME", Doc: "the English name of the month",
		forms: temporalForms1("", "text", nil, func(k sqltypes.Kind) evalFunc {
			return func(f *Frame, a []datum) datum {
				_, m, _ := sqltypes.Civil(dayOf(k, a[0].I))
				return f.textOf(time.Month(m).String())
			}
		})},
	&Function{Name: "DATE_TRUNC", Aliases: []string{"DATETRUNC"}, words: 1, Doc: "cut to a unit; a DATE becomes a TIMESTAMP",
		forms: []*form{
			on("word, timestamp -> timestamp", dateTrunc).typed(checkedPart(sqltypes.Timestamp)),
			on("word, timestamptz -> timestamptz", dateTrunc).typed(checkedPart(sqltypes.TimestampTZ)),
			on("word, interval -> interval", spanTrunc).typed(checkedPart(sqltypes.Interval))}},
	&Function{Name: "DATEADD", Aliases: []string{"TIMESTAMPADD"}, words: 1, Doc: "n units later; a DATE stays one for units of a day or more",
		forms: []*form{on("word, any, any -> any", nil)}, rewrite: dateAdd},
	&Function{Name: "DATE_ADD", Aliases: []string{"ADDDATE"}, Doc: "a date plus an interval, or plus days",
		forms: []*form{on("any, any -> any", nil)}, rewrite: func(args []Node) (Node, error) { return dateShift("+", args) }},
	&Function{Name: "DATE_SUB", Aliases: []string{"SUBDATE"}, Doc: "a date minus an interval, or minus days",
		forms: []*form{on("any, any -> any", nil)}, rewrite: func(args []Node) (Node, error) { return dateShift("-", args) }},
	&Function{Name: "ADD_MONTHS", Doc: "n months later, within the month's length",
		forms: []*form{on("any, int -> any", nil)},
		rewrite: func(args []Node) (Node, error) {
			return dateAdd([]Node{NewConst(sqltypes.StringValue("MONTH")), args[1], args[0]})
		}},
	&Function{Name: "DATEDIFF", Aliases: []string{"DATEDIFF_BIG"}, words: 1, wordsFrom: 3, Doc: "with a unit, how many of its boundaries lie between two dates, as in T-SQL; with two dates, the days from the second to the first, as in MySQL",
		forms: []*form{on("word, any, any -> int", nil), on("any, any -> int", nil)}, rewrite: dateDiff},
	&Function{Name: "DATE_DIFF_UNITS", words: 1, Doc: "DATEDIFF with a unit",
		forms: []*form{
			on("word, timestamp, timestamp -> int", boundaries).typed(checkedPart(sqltypes.BigInt)),
			on("word, timestamptz, timestamptz -> int", boundaries).typed(checkedPart(sqltypes.BigInt))}},
	&Function{Name: "TIMESTAMPDIFF", words: 1, Doc: "how many whole units lie between two dates, as in MySQL",
		forms: []*form{
			on("word, timestamp, timestamp -> int", wholeUnits).typed(checkedPart(sqltypes.BigInt)),
			on("word, timestamptz, timestamptz -> int", wholeUnits).typed(checkedPart(sqltypes.BigInt))}},
	&Function{Name: "LAST_DAY", Aliases: []string{"EOMONTH"}, Doc: "the last day of the month, or of the month n months later",
		forms: []*form{
			on("date, int? -> date", lastDay(sqltypes.Date)), on("timestamp, int? -> date", lastDay(sqltypes.Timestamp)),
			on("timestamptz, int? -> date", lastDay(sqltypes.TimestampTZ))}},
	castCall("DATE", sqltypes.Date), castCall("TIME", sqltypes.Time),
	&Function{Name: "TIMESTAMP", Doc: "CAST to TIMESTAMP; of a date and a time, both together",
		forms: []*form{on("any -> timestamp", nil), on("any, any -> timestamp", nil)},
		rewrite: func(args []Node) (Node, error) {
			when, err := NewCast(args[0], sqltypes.Of(sqltypes.Timestamp), false)
			if err != nil || len(args) == 1 {
				return when, err
			}
			clock, err := NewCast(args[1], sqltypes.Of(sqltypes.Interval), false)
			if err != nil {
				return nil, err
			}
			return newArith("+", when, clock)
		}},
)

// wall returns the local date and time at an instant, as if it were UTC.
func wall(t time.Time, z *time.Location) time.Time {
	_, off := t.In(z).Zone()
	return t.UTC().Add(time.Duration(off) * time.Second)
}

// now returns the ticks of the statement's instant in a zone, cut to as many
// digits of the second as the argument says, and never finer than a
// microsecond.
func (f *Frame) now(name string, zone bool, a []datum) datum {
	if f.Stmt == nil {
		return f.fail(errNoStatement(name))
	}
	t := f.Stmt.Now.UTC()
	if zone && f.Stmt.Zone != nil {
		t = wall(t, f.Stmt.Zone)
	}
	digits := int64(6)
	if len(a) > 0 {
		digits = min(max(a[0].I, 0), 6)
	}
	unit := time.Second
	for ; digits > 0; digits-- {
		unit /= 10
	}
	ticks, _ := sqltypes.TicksOf(t.Truncate(unit)) // whole microseconds
	return datum{I: ticks}
}

func clock(name string, aliases []string, spec, doc string, part func(int64) datum) *Function {
	return &Function{Name: name, Aliases: aliases, Doc: doc, Volatility: Stable,
		forms: []*form{on(spec, func(f *Frame, a []datum) datum {
			if d := f.now(name, true, a); !d.Null {
				return part(d.I)
			}
			return nullDatum
		})}}
}

func instant(name string, aliases []string, spec, doc string) *Function {
	return &Function{Name: name, Aliases: aliases, Doc: doc, Volatility: Stable,
		forms: []*form{on(spec, func(f *Frame, a []datum) datum { return f.now(name, false, a) })}}
}

// temporalForms1 makes the forms of a function of one temporal argument, after
// the leading parameters.
func temporalForms1(lead, result string, resolve func([]Node) (sqltypes.Type, error), run func(sqltypes.Kind) evalFunc) []*form {
	var out []*form
	for _, k := range []struct {
		name string
		kind sqltypes.Kind
	}{{"timestamp", sqltypes.Timestamp}, {"timestamptz", sqltypes.TimestampTZ}, {"date", sqltypes.Date}, {"time", sqltypes.Time}, {"interval", sqltypes.Interval}} {
		if lead == "" && (k.kind == sqltypes.Time || k.kind == sqltypes.Interval) { // functions of days
			continue
		}
		r := result
		if r == "" {
			r = "any"
		}
		f := on(lead+k.name+" -> "+r, run(k.kind))
		f.resolve = resolve
		out = append(out, f)
	}
	return out
}

//go:noinline
func partOf(name, doc, push string) *Function {
	part := name
	switch name {
	case "DAYOFWEEK":
		part = "WEEKDAY"
	case "WEEK":
		part = "ISO_WEEK"
	}
	p := dateParts[part]
	run := func(k sqltypes.Kind) evalFunc {
		return func(f *Frame, a []datum) datum { return f.part(p, k, a[0], true) }
	}
	forms := temporalForms1("", "integer", nil, run)
	if p >= partHour && p <= partSecond { // a bare literal is a time first
		forms = append([]*form{on("time -> integer", run(sqltypes.Time))}, forms...)
	}
	if push != "" {
		for i := range forms {
			forms[i] = pushPart(forms[i], push)
		}
	}
	return &Function{Name: name, Doc: doc, forms: forms}
}

// pushPart says how a part of a date is pushed. Instants are left out of OData:
// their parts are those of the offset that a server stored them with. V4 has no
// date with a time but those.
func pushPart(f *form, name string) *form {
	call := strings.ToLower(name) + "($1)"
	ofDay := name == "HOUR" || name == "MINUTE" || name == "SECOND"
	var r Rendering
	switch k := f.params[0]; {
	case name == "SECOND": // with its fraction in some servers
	case k == sqltypes.Date && ofDay:
		return f
	case k == sqltypes.Date:
		r.V4 = call
	case k == sqltypes.Time && ofDay:
		r = Rendering{call, call, call}
	case k == sqltypes.Timestamp:
		r.V2, r.V3 = call, call
	}
	return f.pushes(name, r)
}

func castCall(name string, k sqltypes.Kind) *Function {
	return &Function{Name: name, Doc: "CAST to " + k.String(),
		forms: []*form{on("any -> "+strings.ToLower(k.String()), nil)},
		rewrite: func(args []Node) (Node, error) {
			return NewCast(args[0], sqltypes.Of(k), false)
		}}
}

func checkedPart(k sqltypes.Kind) func([]Node) (sqltypes.Type, error) {
	return func(args []Node) (sqltypes.Type, error) {
		_, err := constPart(args[0])
		return sqltypes.Of(k), err
	}
}

func dateAdd(args []Node) (Node, error) {
	p, err := constPart(args[0])
	if err != nil {
		return nil, err
	}
	one, ok := p.span()
	if p == partNano { // a hundred of them are a tick
		one, ok = sqltypes.Span{Ticks: 1}, true
	}
	if !ok {
		return nil, errf(stateBadParameter, "DATEADD does not know the unit %s", p)
	}
	n, err := NewCast(args[1], sqltypes.Of(sqltypes.BigInt), false)
	if err != nil {
		return nil, err
	}
	when := args[2]
	if Untyped(when) {
		if when, err = Coerce(when, sqltypes.Of(sqltypes.Timestamp)); err != nil {
			return nil, err
		}
	}
	step, err := newArith("*", NewConst(sqltypes.SpanValue(one)), n)
	if err != nil {
		return nil, err
	}
	if p == partNano {
		if step, err = newArith("/", step, NewConst(sqltypes.IntValue(100))); err != nil {
			return nil, err
		}
	}
	sum, err := newArith("+", when, Fold(step))
	if err == nil && when.Type().Kind == sqltypes.Date && one.Ticks == 0 {
		return NewCast(sum, sqltypes.Of(sqltypes.Date), false)
	}
	return sum, err
}

func dateShift(op string, args []Node) (Node, error) {
	when, err := mysqlMoment(args[0])
	if err != nil {
		return nil, err
	}
	if args[1].Type().Kind.IsInteger() && when.Type().Kind != sqltypes.Date {
		days, err := newArith("*", NewConst(sqltypes.SpanValue(sqltypes.Span{Days: 1})), args[1])
		if err != nil {
			return nil, err
		}
		return newArith(op, when, days)
	}
	return keepDay(op, when, args[1])
}

func dateDiff(args []Node) (Node, error) {
	if len(args) == 3 {
		return NewCall("DATE_DIFF_UNITS", args)
	}
	a, err := NewCast(args[0], sqltypes.Of(sqltypes.Date), false)
	if err != nil {
		return nil, err
	}
	b, err := NewCast(args[1], sqltypes.Of(sqltypes.Date), false)
	if err != nil {
		return nil, err
	}
	return newArith("-", a, b)
}

func lastDay(k sqltypes.Kind) evalFunc {
	return func(f *Frame, a []datum) datum {
		day, ok := dayOf(k, a[0].I), true
		if len(a) == 2 {
			if day, ok = addMonths(day, a[1].I); !ok {
				return f.fail(errDateRange)
			}
		}
		y, m, _ := sqltypes.Civil(day)
		return datum{I: sqltypes.Days(y, m, sqltypes.DaysInMonth(y, m))}
	}
}
