package expr

import (
	"strings"
	"time"

	"github.com/epicorerp/epicorerp/sqltypes"
)

var _ = register(GroupTime,
	&Function{Name: "STR_TO_DATE", Nulls: MaybeNull, Doc: "the date, time or timestamp that a text shows by MySQL's format, or NULL where it does not",
		forms: []*form{on("text, text -> any", nil)},
		rewrite: func(args []Node) (Node, error) {
			name := "STR_TO_TIMESTAMP"
			if c, ok := Fold(args[1]).(*Const); ok && !c.V.Null {
				date, clock := strings.ContainsAny(c.V.S, "YyMmbcdeDj"), strings.ContainsAny(c.V.S, "HhIiklfpSsTr")
				switch {
				case date && !clock:
					name = "STR_TO_DAY"
				case clock && !date:
					name = "STR_TO_TIME"
				}
			}
			return NewCall(name, args)
		}},
	&Function{Name: "STR_TO_TIMESTAMP", Nulls: MaybeNull, Doc: "STR_TO_DATE of a format with date and time",
		forms: []*form{on("text, text -> timestamp", func(_ *Frame, a []datum) datum { return readMySQL(a, sqltypes.Timestamp) })}},
	&Function{Name: "STR_TO_DAY", Nulls: MaybeNull, Doc: "STR_TO_DATE of a format of a date alone",
		forms: []*form{on("text, text -> date", func(_ *Frame, a []datum) datum { return readMySQL(a, sqltypes.Date) })}},
	&Function{Name: "STR_TO_TIME", Nulls: MaybeNull, Doc: "STR_TO_DATE of a format of a time alone",
		forms: []*form{on("text, text -> time", func(_ *Frame, a []datum) datum { return readMySQL(a, sqltypes.Time) })}},
)

func weekdayName(d int64) string { return time.Weekday(d).String() }

// readMySQL reads text by a format of MySQL's.
func readMySQL(a []datum, k sqltypes.Kind) datum {
	if a[0].Null || a[1].Null {
		return nullDatum
	}
	v := &dateFields{}
	if _, ok := v.readMySQL(string(a[0].B), string(a[1].B)); !ok {
		return nullDatum
	}
	if k != sqltypes.Time && (!v.hasYear || !v.hasDay && v.dayOfYear == 0) {
		return nullDatum // MySQL would give a date with zeros
	}
	t, err := v.ticks()
	if err != nil || t < minTicks || t > maxTicks {
		return nullDatum
	}
	day, ofDay := sqltypes.SplitTicks(t)
	switch k {
	case sqltypes.Date:
		return datum{I: day}
	case sqltypes.Time:
		return datum{I: ofDay}
	}
	return datum{I: t}
}

// mysqlFields are the fields of STR_TO_DATE that are numbers, and how many
// digits they have.
var mysqlFields = map[byte]templatePart{
	'Y': {field: fieldYear, width: 4}, 'y': {field: fieldYear, width: 2}, 'm': {field: fieldMonth, width: 2}, 'c': {field: fieldMonth, width: 2},
	'd': {field: fieldDay, width: 2}, 'e': {field: fieldDay, width: 2}, 'H': {field: fieldHour24, width: 2}, 'k': {field: fieldHour24, width: 2},
	'h': {field: fieldHour12, width: 2}, 'I': {field: fieldHour12, width: 2}, 'l': {field: fieldHour12, width: 2}, 'i': {field: fieldMinute, width: 2},
	's': {field: fieldSecond, width: 2}, 'S': {field: fieldSecond, width: 2}, 'f': {field: fieldMicro, width: 6}, 'j': {field: fieldDayOfYear, width: 3},
}

// mysqlWords are the fields that are words.
var mysqlWords = map[byte]templatePart{
	'M': {field: fieldMonthName}, 'b': {field: fieldMonthShort}, 'W': {field: fieldDayName}, 'a': {field: fieldDayShort},
	'p': {field: fieldMeridiem},
}

func (v *dateFields) readMySQL(s, format string) (rest string, ok bool) {
	for i := 0; i < len(format); i++ {
		c := format[i]
		switch {
		case c == ' ':
			s = strings.TrimLeft(s, " ")
			continue
		case c != '%' || i+1 == len(format):
			if s = strings.TrimLeft(s, " "); s == "" || s[0] != c {
				return s, false
			}
			s = s[1:]
			continue
		}
		i++
		s = strings.TrimLeft(s, " ")
		if s, ok = v.mysqlField(s, format[i]); !ok {
			return s, false
		}
	}
	return s, true
}

func (v *dateFields) mysqlField(s string, c byte) (rest string, ok bool) {
	switch c {
	case 'T':
		return v.readMySQL(s, "%H:%i:%s")
	case 'r':
		return v.readMySQL(s, "%h:%i:%s %p")
	case 'D':
		if s, ok = v.mysqlField(s, 'd'); !ok || len(s) < 2 {
			return s, false
		}
		return s[2:], true
	case '%':
		return strings.TrimPrefix(s, "%"), strings.HasPrefix(s, "%")
	}
	if p, word := mysqlWords[c]; word {
		rest, err := v.read(s, &p, false)
		return rest, err == nil
	}
	p, known := mysqlFields[c]
	n, rest, digits := leadingDigits(s, p.width)
	if !known || digits == 0 {
		return s, false
	}
	v.set(&p, n, digits)
	return rest, true
}
