package expr

import (
	"strconv"
	"strings"

	"github.com/epicorerp/epicorerp/sqltypes"
)

// Dates and times as MySQL takes and reckons with them.

// mysqlShift adds to a date or subtracts from it: beyond the calendar is NULL.
func mysqlShift(name string, args []Node) (Node, error) {
	at, step := 0, 1
	if name == "TIMESTAMPADD" || name == "DATEADD" {
		at, step = 2, 1
	}
	if len(args) <= max(at, step) {
		return NewCall(name, args)
	}
	out := append([]Node(nil), args...)
	var err error
	if out[at], err = mysqlMoment(args[at]); err != nil {
		return nil, err
	}
	if args[step].Type().Kind != sqltypes.Interval {
		if out[step], err = mysqlInteger(args[step]); err != nil {
			return nil, err
		}
	}
	n, err := NewCall(name, out)
	return withinCalendar(n), err
}

// withinCalendar makes arithmetic with dates NULL where it leaves the calendar.
func withinCalendar(n Node) Node {
	if n == nil {
		return nil
	}
	return Transform(n, func(x Node) Node {
		a, ok := x.(*Arith)
		if !ok || !a.T.Kind.IsTemporal() {
			return x
		}
		own := *a
		own.MySQL = true
		return &own
	})
}

// momentPrefix returns the date, or the date and time, that a text begins with,
// for MySQL's lenient casts.
func momentPrefix(s string) string {
	s = strings.TrimLeft(s, " ")
	const form = "0000-00-00 00:00:00."
	i := 0
	for ; i < len(s) && i < len(form); i++ {
		digit := s[i] >= '0' && s[i] <= '9'
		switch form[i] {
		case '0':
			if digit {
				continue
			}
		case ' ':
			if s[i] == ' ' || s[i] == 'T' || s[i] == ':' {
				continue
			}
		default:
			if s[i] == form[i] {
				continue
			}
		}
		break
	}
	const date, minutes, seconds = len("0000-00-00"), len("0000-00-00 00:00"), len("0000-00-00 00:00:00")
	switch {
	case i < date:
		return ""
	case i < minutes:
		return s[:date]
	case i < seconds:
		i = minutes
	case i > seconds:
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
		}
		fraction, err := strconv.ParseFloat("0"+s[seconds:i], 64)
		if err != nil || i-seconds-1 <= 6 {
			break
		}
		// No finer than a microsecond.
		s, i = s[:seconds]+strings.TrimPrefix(strconv.FormatFloat(min(fraction, 0.999999), 'f', 6, 64), "0"), seconds+7
	}
	return s[:date] + " " + strings.TrimSuffix(s[date+1:i], ".")
}

// momentOf gives what a function takes at a place where it takes dates and
// times alone, for a value that is none; Null where it takes others.
func (fn *Function) momentOf(i int, args []Node) sqltypes.Kind {
	takes := map[sqltypes.Kind]bool{}
	for k := range fn.forms {
		f := fn.forms[k]
		if len(args) < f.least || len(args) > len(f.params) && !f.variadic {
			continue
		}
		p := f.param(i)
		if p == anyKind || !p.IsTemporal() && p != sqltypes.Interval {
			return sqltypes.Null
		}
		takes[p] = true
	}
	c, constant := args[i].(*Const)
	clock := constant && c.Type().Kind.IsText() && momentPrefix(c.V.S) == ""
	switch {
	case takes[sqltypes.Time] && clock:
		return sqltypes.Time
	case takes[sqltypes.Timestamp]:
		return sqltypes.Timestamp
	case takes[sqltypes.Date]:
		return sqltypes.Date
	}
	return sqltypes.Null
}

// mysqlParts are EXTRACT's units that give several parts as the digits of one
// number: how many digits each part but the first has.
var mysqlParts = map[string][]struct {
	name  string
	shift int64
}{
	"YEAR_MONTH": {{"YEAR", 0}, {"MONTH", 100}},
	"DAY_HOUR":   {{"DAY", 0}, {"HOUR", 100}}, "DAY_MINUTE": {{"DAY", 0}, {"HOUR", 100}, {"MINUTE", 100}},
	"DAY_SECOND":      {{"DAY", 0}, {"HOUR", 100}, {"MINUTE", 100}, {"SECOND", 100}},
	"DAY_MICROSECOND": {{"DAY", 0}, {"HOUR", 100}, {"MINUTE", 100}, {"SECOND", 100}, {"MICROSECOND", 1_000_000}},
	"HOUR_MINUTE":     {{"HOUR", 0}, {"MINUTE", 100}}, "HOUR_SECOND": {{"HOUR", 0}, {"MINUTE", 100}, {"SECOND", 100}},
	"HOUR_MICROSECOND":   {{"HOUR", 0}, {"MINUTE", 100}, {"SECOND", 100}, {"MICROSECOND", 1_000_000}},
	"MINUTE_SECOND":      {{"MINUTE", 0}, {"SECOND", 100}},
	"MINUTE_MICROSECOND": {{"MINUTE", 0}, {"SECOND", 100}, {"MICROSECOND", 1_000_000}},
	"SECOND_MICROSECOND": {{"SECOND", 0}, {"MICROSECOND", 1_000_000}},
	"SECOND":             {{"SECOND", 0}}, "MICROSECOND": {{"MICROSECOND", 0}},
}

// mysqlExtract builds EXTRACT of a unit that PostgreSQL does not have, or has
// with another meaning: its seconds have a fraction.
func mysqlExtract(unit, when Node) (n Node, ok bool, err error) {
	c, ok := unit.(*Const)
	if !ok {
		return nil, false, nil
	}
	parts, ok := mysqlParts[strings.ToUpper(c.V.S)]
	if !ok || when.Type().Kind == sqltypes.Interval {
		return nil, false, nil
	}
	for _, p := range parts {
		part, err := mysqlCall(MySQL, p.name, []Node{when})
		if err != nil {
			return nil, true, err
		}
		if n == nil {
			n = part
			continue
		}
		if n, err = newArith("*", n, NewConst(sqltypes.IntValue(p.shift))); err == nil {
			n, err = newArith("+", n, part)
		}
		if err != nil {
			return nil, true, err
		}
	}
	return n, true, nil
}
