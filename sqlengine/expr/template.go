package expr

import (
	"bytes"
	"strings"
)

// templateField is a field of the templates of TO_CHAR, TO_DATE and
// TO_TIMESTAMP.
type templateField uint8

const (
	fieldNone templateField = iota
	fieldHour24
	fieldHour12
	fieldMinute
	fieldSecond
	fieldMilli
	fieldMicro
	fieldFraction
	fieldSecondOfDay
	fieldMeridiem
	fieldYearComma
	fieldYear
	fieldIsoYear
	fieldEra
	fieldMonthName
	fieldMonthShort
	fieldMonth
	fieldDayName
	fieldDayShort
	fieldDayOfYear
	fieldIsoDayOfYear
	fieldDay
	fieldDow
	fieldIsoDow
	fieldWeekOfMonth
	fieldWeek
	fieldIsoWeek
	fieldCentury
	fieldJulian
	fieldQuarter
	fieldRomanMonth
	fieldZoneHours
	fieldZoneMinutes
	fieldZone
	fieldOffset
)

// templateWords are the fields by their words; longer words stand before those
// that they begin with. width is the digits that the field has.
var templateWords = [...]struct {
	word  string
	field templateField
	width int
}{
	{"Y,YYY", fieldYearComma, 5}, {"YYYY", fieldYear, 4}, {"YYY", fieldYear, 3}, {"YY", fieldYear, 2}, {"Y", fieldYear, 1},
	{"IYYY", fieldIsoYear, 4}, {"IYY", fieldIsoYear, 3}, {"IY", fieldIsoYear, 2}, {"IDDD", fieldIsoDayOfYear, 3}, {"ID", fieldIsoDow, 1},
	{"IW", fieldIsoWeek, 2}, {"I", fieldIsoYear, 1},
	{"SSSSS", fieldSecondOfDay, 5}, {"SSSS", fieldSecondOfDay, 5}, {"SS", fieldSecond, 2},
	{"HH24", fieldHour24, 2}, {"HH12", fieldHour12, 2}, {"HH", fieldHour12, 2},
	{"MONTH", fieldMonthName, 9}, {"MON", fieldMonthShort, 3}, {"MM", fieldMonth, 2}, {"MI", fieldMinute, 2}, {"MS", fieldMilli, 3},
	{"US", fieldMicro, 6}, {"FF1", fieldFraction, 1}, {"FF2", fieldFraction, 2}, {"FF3", fieldFraction, 3}, {"FF4", fieldFraction, 4},
	{"FF5", fieldFraction, 5}, {"FF6", fieldFraction, 6},
	{"DAY", fieldDayName, 9}, {"DY", fieldDayShort, 3}, {"DDD", fieldDayOfYear, 3}, {"DD", fieldDay, 2}, {"D", fieldDow, 1},
	{"A.M.", fieldMeridiem, 4}, {"P.M.", fieldMeridiem, 4}, {"AM", fieldMeridiem, 2}, {"PM", fieldMeridiem, 2},
	{"B.C.", fieldEra, 4}, {"A.D.", fieldEra, 4}, {"BC", fieldEra, 2}, {"AD", fieldEra, 2},
	{"WW", fieldWeek, 2}, {"W", fieldWeekOfMonth, 1}, {"CC", fieldCentury, 2}, {"J", fieldJulian, 7}, {"Q", fieldQuarter, 1},
	{"RM", fieldRomanMonth, 4}, {"TZH", fieldZoneHours, 3}, {"TZM", fieldZoneMinutes, 2}, {"TZ", fieldZone, 3}, {"OF", fieldOffset, 3},
}

// templatePart is one part of a template: a field, or literal text.
type templatePart struct {
	field   templateField
	word    []byte // as written: its case counts for names
	width   int
	fill    bool // FM: neither blanks nor zeros before it
	ordinal []byte
	literal []byte
	quoted  bool
}

// nextPart reads a part and returns the rest. It does not allocate.
func nextPart(t []byte) (p templatePart, rest []byte) {
	for len(t) >= 2 && (bytes.EqualFold(t[:2], []byte("FM")) || bytes.EqualFold(t[:2], []byte("FX")) || bytes.EqualFold(t[:2], []byte("TM"))) {
		p.fill = p.fill || t[0] == 'F' && t[1] == 'M' || t[0] == 'f' && t[1] == 'm'
		t = t[2:]
	}
	if len(t) == 0 {
		return p, nil
	}
	if t[0] == '"' {
		end := bytes.IndexByte(t[1:], '"')
		if end < 0 {
			p.literal, p.quoted = t[1:], true
			return p, nil
		}
		p.literal, p.quoted = t[1:1+end], true
		return p, t[end+2:]
	}
	if t[0] == '\\' && len(t) > 1 {
		p.literal = t[1:2]
		return p, t[2:]
	}
	for i := range templateWords {
		w := &templateWords[i]
		if len(t) < len(w.word) || !strings.EqualFold(w.word, string(t[:len(w.word)])) {
			continue
		}
		p.field, p.word, p.width = w.field, t[:len(w.word)], w.width
		t = t[len(w.word):]
		if len(t) >= 2 && (t[0] == 'T' || t[0] == 't') && (t[1] == 'H' || t[1] == 'h') {
			p.ordinal, t = t[:2], t[2:]
		}
		return p, t
	}
	p.literal = t[:1]
	return p, t[1:]
}
