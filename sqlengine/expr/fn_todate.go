package expr

import (
	"strings"

	"github.com/epicorerp/epicorerp/sqltypes"
)

// dateFields is what a template found in a text.
type dateFields struct {
	year, month, day, dayOfYear    int64
	isoYear, isoWeek, isoDay, week int64
	julian                         int64
	hour, minute, second, fraction int64 // fraction in ticks
	secondOfDay                    int64
	half, afternoon                bool // AM or PM was told
	offset                         int64
	hasDay, hasYear                bool
}

// byTemplate reads a timestamp by PostgreSQL's template.
func (f *Frame) byTemplate(text, template []byte) datum {
	v, err := readTemplate(string(text), template)
	if err != nil {
		return f.fail(err)
	}
	t, err := v.ticks()
	if err != nil {
		return f.fail(err)
	}
	return f.ticks(t)
}

func errTemplate(text, why string) *Error {
	return errf(stateDateSyntax, "'%s' is not as the template says: %s", clip(text), why)
}

// readTemplate walks template and text together. Blanks in the text are passed
// over, a separator stands for any one, and literal text for as many
// characters.
func readTemplate(text string, template []byte) (*dateFields, *Error) {
	v, s := &dateFields{}, text
	for len(template) > 0 {
		var p templatePart
		p, template = nextPart(template)
		if p.field == fieldNone {
			s = passLiteral(s, &p)
			continue
		}
		s = strings.TrimLeft(s, " ")
		joined := false // digits follow without anything between
		if len(template) > 0 {
			q, _ := nextPart(template)
			joined = q.numeric()
		}
		rest, err := v.read(s, &p, joined)
		if err != nil {
			return nil, errTemplate(text, err.Error())
		}
		s = rest
		if p.ordinal != nil && len(s) >= 2 {
			s = s[2:]
		}
	}
	return v, nil
}

func passLiteral(s string, p *templatePart) string {
	for _, c := range p.literal {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9'
		switch {
		case s == "":
			return s
		case letter || p.quoted:
			s = s[1:]
		case c == ' ':
			s = strings.TrimLeft(s, " ")
			if s != "" && isSeparator(s[0]) && s[0] != '-' && s[0] != '+' {
				s = s[1:]
			}
		default:
			if s = strings.TrimLeft(s, " "); s != "" && isSeparator(s[0]) {
				s = s[1:]
			}
		}
	}
	return s
}

func isSeparator(c byte) bool {
	return !(c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9') && c < 0x80
}

func (p *templatePart) numeric() bool {
	switch p.field {
	case fieldNone, fieldMeridiem, fieldEra, fieldMonthName, fieldMonthShort, fieldDayName, fieldDayShort, fieldRomanMonth,
		fieldZone, fieldZoneHours, fieldOffset:
		return false
	}
	return true
}

func (v *dateFields) read(s string, p *templatePart, joined bool) (string, error) {
	switch p.field {
	case fieldMeridiem:
		for _, w := range [...]string{"A.M.", "P.M.", "AM", "PM"} {
			if hasFold(s, w) {
				v.half, v.afternoon = true, w[0] == 'P'
				return s[len(w):], nil
			}
		}
		return s, errf(stateDateSyntax, "there is no AM or PM at '%s'", clip(s))
	case fieldEra:
		if hasFold(s, "A.D.") {
			return s[4:], nil
		}
		if hasFold(s, "AD") {
			return s[2:], nil
		}
		return s, errf(stateDateSyntax, "years begin with 0001 AD, not '%s'", clip(s))
	case fieldMonthName, fieldMonthShort, fieldRomanMonth:
		return v.monthWord(s, p)
	case fieldDayName, fieldDayShort:
		for d := range int64(7) {
			name := weekdayName(d)
			if hasFold(s, name) {
				return s[len(name):], nil
			}
			if hasFold(s, name[:3]) {
				return s[3:], nil
			}
		}
		return s, errf(stateDateSyntax, "there is no weekday at '%s'", clip(s))
	case fieldZoneHours, fieldOffset:
		return v.zone(s, p)
	case fieldZone:
		return s, errf(stateUnsupported, "TZ is for TO_CHAR; an offset is read by TZH:TZM or OF")
	case fieldYearComma:
		thousands, rest, ok := strings.Cut(s, ",")
		n, ok2 := wholeNumber(thousands)
		m, rest2, digits := leadingDigits(rest, 3)
		if !ok || !ok2 || digits != 3 || n > 999 {
			return s, errf(stateDateSyntax, "there is no year such as 2,024 at '%s'", clip(s))
		}
		v.year, v.hasYear = n*1000+m, true
		return rest2, nil
	}
	most := 18
	if joined {
		most = p.width
	}
	n, rest, digits := leadingDigits(s, most)
	if digits == 0 {
		return s, errf(stateDateSyntax, "there is no %s at '%s'", p.word, clip(s))
	}
	v.set(p, n, digits)
	return rest, nil
}

func (v *dateFields) set(p *templatePart, n int64, digits int) {
	switch p.field {
	case fieldHour24:
		v.hour = n
	case fieldHour12:
		v.hour, v.half = n, true
	case fieldMinute:
		v.minute = n
	case fieldSecond:
		v.second = n
	case fieldMilli, fieldMicro, fieldFraction:
		for ; digits < 7; digits++ {
			n *= 10
		}
		for ; digits > 7; digits-- {
			n /= 10
		}
		v.fraction += n
	case fieldSecondOfDay:
		v.secondOfDay = n
	case fieldYear:
		v.year, v.hasYear = fullYear(n, digits, p.width), true
	case fieldIsoYear:
		v.isoYear = fullYear(n, digits, p.width)
	case fieldMonth:
		v.month = n
		v.hasDay = true
	case fieldDay:
		v.day = n
		v.hasDay = true
	case fieldDayOfYear:
		v.dayOfYear = n
	case fieldIsoWeek:
		v.isoWeek = n
	case fieldIsoDow:
		v.isoDay = n
	case fieldWeek:
		v.week = n
	case fieldJulian:
		v.julian = n
	case fieldZoneMinutes:
		if m := min(n, 59) * sqltypes.TicksPerMinute; v.offset < 0 {
			v.offset -= m
		} else {
			v.offset += m
		}
	}
}

// fullYear completes a year of fewer digits than four to the one nearest to
// 2020, as PostgreSQL does.
func fullYear(n int64, digits, width int) int64 {
	switch {
	case width >= 4 || digits >= 4:
		return n
	case n < 70:
		return n + 2000
	case n < 100:
		return n + 1900
	case n < 520:
		return n + 2000
	}
	return n + 1000
}

func (v *dateFields) monthWord(s string, p *templatePart) (string, error) {
	if p.field == fieldRomanMonth {
		for m := len(romanMonths); m > 0; m-- { // VIII before VII, XII before XI
			if hasFold(s, romanMonths[m-1]) {
				v.month, v.hasDay = int64(m), true
				return s[len(romanMonths[m-1]):], nil
			}
		}
	} else {
		for i, name := range monthNames {
			n := len(name)
			if !hasFold(s, name) {
				n = 3
			}
			if hasFold(s, name[:n]) {
				v.month, v.hasDay = int64(i+1), true
				return s[n:], nil
			}
		}
	}
	return s, errf(stateDateSyntax, "there is no month at '%s'", clip(s))
}

// zone reads ±HH, and for OF also minutes.
func (v *dateFields) zone(s string, p *templatePart) (string, error) {
	sign := int64(1)
	if s != "" && (s[0] == '+' || s[0] == '-') {
		if s[0] == '-' {
			sign = -1
		}
		s = s[1:]
	}
	n, rest, digits := leadingDigits(s, 2)
	if digits == 0 || n > 15 {
		return s, errf(stateDateSyntax, "there is no offset at '%s'", clip(s))
	}
	v.offset = sign * n * sqltypes.TicksPerHour
	if p.field == fieldOffset && strings.HasPrefix(rest, ":") {
		m, after, digits := leadingDigits(rest[1:], 2)
		if digits == 2 {
			v.offset, rest = v.offset+sign*m*sqltypes.TicksPerMinute, after
		}
	}
	return rest, nil
}

// ticks puts the fields together.
func (v *dateFields) ticks() (int64, *Error) {
	day, err := v.days()
	if err != nil {
		return 0, err
	}
	h := v.hour
	if v.half {
		if h < 1 || h > 12 {
			return 0, errf(stateDateSyntax, "hour %d is not one of a clock of 12 hours", h)
		}
		if h %= 12; v.afternoon {
			h += 12
		}
	}
	if h > 23 || v.minute > 59 || v.second > 59 || v.secondOfDay > 86399 {
		return 0, errf(stateDateRange, "there is no time %d:%02d:%02d", h, v.minute, v.second)
	}
	ofDay := h*sqltypes.TicksPerHour + v.minute*sqltypes.TicksPerMinute + v.second*sqltypes.TicksPerSecond + v.fraction
	if v.secondOfDay > 0 {
		ofDay = v.secondOfDay * sqltypes.TicksPerSecond
	}
	return day*sqltypes.TicksPerDay + ofDay - v.offset, nil
}

// lastJulian is the Julian day of 9999-12-31.
const lastJulian = 5373484

// days finds the day by whichever fields tell it; what is not told is 1.
func (v *dateFields) days() (int64, *Error) {
	y, m, d := v.year, v.month, v.day
	switch {
	case v.julian > lastJulian:
		return 0, errDateRange
	case v.julian > 0:
		return v.julian - 2440588, nil
	case v.isoYear > 0:
		if v.isoWeek > 53 || v.isoDay > 7 || v.isoYear > 9999 {
			return 0, errf(stateDateRange, "there is no day %d of week %d of %d", v.isoDay, v.isoWeek, v.isoYear)
		}
		fourth := sqltypes.Days(int(v.isoYear), 1, 4)
		return fourth - isoWeekday(fourth) + 1 + (max(v.isoWeek, 1)-1)*7 + max(v.isoDay, 1) - 1, nil
	}
	if !v.hasYear {
		y = 1
	}
	if y < 1 || y > 9999 {
		return 0, errf(stateDateRange, "year %d is not within 0001 and 9999", y)
	}
	first := sqltypes.Days(int(y), 1, 1)
	length := sqltypes.Days(int(y)+1, 1, 1) - first
	n := v.dayOfYear
	if v.week > 0 {
		n = (v.week-1)*7 + 1
	}
	if n > 0 && !v.hasDay {
		if n > length {
			return 0, errf(stateDateRange, "year %d has no day %d", y, n)
		}
		return first + n - 1, nil
	}
	m, d = max(m, 1), max(d, 1)
	if m > 12 || d > int64(sqltypes.DaysInMonth(int(y), int(m))) {
		return 0, errf(stateDateRange, "there is no date %d-%d-%d", y, m, d)
	}
	return sqltypes.Days(int(y), int(m), int(d)), nil
}

func hasFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// leadingDigits reads up to so many digits.
func leadingDigits(s string, most int) (n int64, rest string, digits int) {
	for digits < len(s) && digits < most && s[digits] >= '0' && s[digits] <= '9' {
		n = n*10 + int64(s[digits]-'0')
		digits++
	}
	return n, s[digits:], digits
}

func wholeNumber(s string) (int64, bool) {
	n, rest, digits := leadingDigits(s, 18)
	return n, digits > 0 && rest == ""
}
