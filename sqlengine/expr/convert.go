package expr

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/epicorerp/epicorerp/sqltypes"
)

// castable tells which kinds CAST converts into which.
func castable(from, to sqltypes.Kind) bool {
	switch {
	case from == to, from == sqltypes.Null, to == sqltypes.Varchar, from == sqltypes.Varchar:
		return to != sqltypes.Null
	case from.IsNumeric() && to.IsNumeric():
		return true
	case from == sqltypes.Bool && to.IsInteger(), from.IsInteger() && to == sqltypes.Bool:
		return true
	case from == sqltypes.Date:
		return to == sqltypes.Timestamp || to == sqltypes.TimestampTZ
	case from == sqltypes.Timestamp || from == sqltypes.TimestampTZ:
		return to.IsTemporal()
	case from == sqltypes.Time:
		return to == sqltypes.Interval
	case from == sqltypes.Interval:
		return to == sqltypes.Time
	case from == sqltypes.UUID || from == sqltypes.JSON:
		return to == sqltypes.Varbinary
	}
	return false
}

// castAdvice says what gives the other type where no cast does.
func castAdvice(from, to sqltypes.Kind) string {
	calendar := func(k sqltypes.Kind) bool { return k.IsTemporal() && k != sqltypes.Time }
	switch {
	case from.IsTemporal() && to.IsNumeric():
		return "EXTRACT and DATEDIFF give numbers of it"
	case from == sqltypes.Interval && to.IsNumeric():
		return "EXTRACT(EPOCH FROM …) gives its seconds"
	case from.IsNumeric() && calendar(to):
		return "add it to a DATE, or write MAKE_DATE or TO_TIMESTAMP"
	case from.IsNumeric() && (to == sqltypes.Interval || to == sqltypes.Time):
		return "multiply it with an INTERVAL such as INTERVAL '1' DAY, or write MAKE_TIME"
	case from == sqltypes.Time && calendar(to):
		return "add it to a DATE"
	case from == sqltypes.Date && to == sqltypes.Time:
		return "a DATE has no time of day"
	case calendar(from) && to == sqltypes.Interval, from == sqltypes.Interval && calendar(to):
		return "subtract or add a date"
	case from == sqltypes.Bool && to.IsNumeric(), from.IsNumeric() && to == sqltypes.Bool:
		return "cast it to INTEGER first"
	}
	return "cast it to VARCHAR first"
}

// convert casts a value that is not NULL. Text that it builds lies in
// f.Scratch. TIMESTAMPTZ meets the other temporal types in UTC.
func convert(f *Frame, d datum, from sqltypes.Kind, to sqltypes.Type) (datum, error) {
	if d.Null {
		return d, nil
	}
	switch {
	case from == sqltypes.Varchar && to.Kind != sqltypes.Varchar:
		return parseText(f, d.B, to)
	case to.Kind == sqltypes.Varchar:
		return convertToText(f, d, from, to)
	case to.Kind == sqltypes.Decimal:
		return convertToDecimal(d, from, to)
	case to.Kind.IsInteger():
		return convertToInt(d, from, to)
	case to.Kind.Storage() == sqltypes.StoreFloat:
		return convertToFloat(d, from, to)
	case to.Kind == sqltypes.Bool:
		return boolDatum(d.I != 0), nil
	case from.IsTemporal() || from == sqltypes.Interval:
		return convertTemporal(f, d, from, to.Kind)
	case to.Kind == sqltypes.Varbinary && to.Length >= 0 && len(d.B) > to.Length:
		d.B = d.B[:to.Length]
	}
	return d, nil
}

func convertToText(f *Frame, d datum, from sqltypes.Kind, to sqltypes.Type) (datum, error) {
	switch {
	case from == sqltypes.Varbinary:
		if !utf8.Valid(d.B) {
			return nullDatum, errf(stateBadText, "the VARBINARY value is not UTF-8 text")
		}
	case from.Storage() != sqltypes.StoreBytes || from == sqltypes.Interval:
		start := len(f.Scratch)
		f.Scratch = appendText(f.Scratch, from, d)
		d = f.text(start)
	}
	if to.Length >= 0 && len(d.B) > to.Length { // CAST cuts without an error, as the standard says
		d.B = cutRunes(d.B, to.Length)
	}
	return d, nil
}

// cutRunes returns the first n characters.
func cutRunes(b []byte, n int) []byte {
	for i := 0; i < len(b); n-- {
		if n <= 0 {
			return b[:i]
		}
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		_, size := utf8.DecodeRune(b[i:])
		i += size
	}
	return b
}

func convertToDecimal(d datum, from sqltypes.Kind, to sqltypes.Type) (datum, error) {
	switch from.Storage() {
	case sqltypes.StoreInt:
		d.D = sqltypes.NumFromInt(d.I)
	case sqltypes.StoreFloat:
		n, err := numFromFloat(d.F, from)
		if err != nil {
			return nullDatum, errf(stateOverflow, "%s does not fit DECIMAL", sqltypes.AppendFloat(nil, d.F, 64))
		}
		d.D = n
	}
	return fitDecimal(d, to)
}

// numFromFloat keeps the digits that the type guarantees: 6 of REAL, 15 of
// DOUBLE, as PostgreSQL does.
func numFromFloat(x float64, from sqltypes.Kind) (sqltypes.Num, error) {
	if from == sqltypes.Real && isFinite(x) {
		n, err := sqltypes.ParseNum(strconv.FormatFloat(x, 'g', 6, 64))
		return n.TrimZeros(), err
	}
	return sqltypes.NumFromFloat(x)
}

// fitDecimal rounds to the scale of the type and checks its precision.
func fitDecimal(d datum, to sqltypes.Type) (datum, error) {
	if to.Scale >= 0 && d.D.Scale() != to.Scale {
		d.D = d.D.Round(to.Scale)
	}
	if to.Precision >= 0 && to.Scale >= 0 && d.D.Precision() > to.Precision && d.D.Sign() != 0 {
		return nullDatum, errf(stateOverflow, "%s does not fit %s", clip(d.D.String()), to)
	}
	return d, nil
}

func intLimits(k sqltypes.Kind) (lo, hi int64) {
	switch k {
	case sqltypes.SmallInt:
		return math.MinInt16, math.MaxInt16
	case sqltypes.Integer:
		return math.MinInt32, math.MaxInt32
	}
	return math.MinInt64, math.MaxInt64
}

func convertToInt(d datum, from sqltypes.Kind, to sqltypes.Type) (datum, error) {
	ok := true
	switch from.Storage() {
	case sqltypes.StoreFloat:
		r := math.RoundToEven(d.F)
		if ok = r >= -1<<63 && r < 1<<63; ok {
			d.I = int64(r)
		}
	case sqltypes.StoreDecimal:
		d.I, ok = d.D.Int64()
	}
	if lo, hi := intLimits(to.Kind); !ok || d.I < lo || d.I > hi {
		return nullDatum, errf(stateOverflow, "%s does not fit %s", clip(string(appendText(nil, from, d))), to.Kind)
	}
	return d, nil
}

func convertToFloat(d datum, from sqltypes.Kind, to sqltypes.Type) (datum, error) {
	switch from.Storage() {
	case sqltypes.StoreInt:
		d.F = float64(d.I)
	case sqltypes.StoreDecimal:
		if d.F = numFloat(d.D); !isFinite(d.F) {
			return nullDatum, errf(stateOverflow, "%s does not fit %s", clip(d.D.String()), to.Kind)
		}
	}
	if to.Kind == sqltypes.Real {
		r := float64(float32(d.F))
		if isFinite(d.F) && (!isFinite(r) || r == 0 && d.F != 0) {
			return nullDatum, errf(stateOverflow, "%s does not fit REAL", sqltypes.AppendFloat(nil, d.F, 64))
		}
		d.F = r
	}
	return d, nil
}

var floatPow10 = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// numFloat returns the nearest float; where both parts are exact floats one
// division rounds right, without text between.
func numFloat(n sqltypes.Num) float64 {
	if c, ok := n.Small(); ok && n.Scale() < len(floatPow10) && c < 1<<53 && c > -1<<53 {
		return float64(c) / floatPow10[n.Scale()]
	}
	return n.Float64()
}

func convertTemporal(f *Frame, d datum, from, to sqltypes.Kind) (datum, error) {
	switch {
	case from == sqltypes.Date && (to == sqltypes.Timestamp || to == sqltypes.TimestampTZ):
		d.I *= sqltypes.TicksPerDay
	case to == sqltypes.Date && from != sqltypes.Date:
		d.I, _ = sqltypes.SplitTicks(d.I)
	case from == sqltypes.Interval && to == sqltypes.Time:
		_, d.I = sqltypes.SplitTicks(sqltypes.DecodeSpan(d.B).Ticks)
	case to == sqltypes.Time && from != sqltypes.Time:
		_, d.I = sqltypes.SplitTicks(d.I)
	case from == sqltypes.Time && to == sqltypes.Interval:
		return f.span(sqltypes.Span{Ticks: d.I}), nil
	}
	return d, nil
}

func (f *Frame) span(v sqltypes.Span) datum {
	start := len(f.Scratch)
	f.Scratch = v.AppendEncoded(f.Scratch)
	return f.text(start)
}

// parseText reads text as a value of another type.
func parseText(f *Frame, b []byte, to sqltypes.Type) (datum, error) {
	s := strings.TrimSpace(string(b))
	bad := func(state string) (datum, error) {
		return nullDatum, errf(state, "%s is not %s", quoteText(b), article(to))
	}
	switch k := to.Kind; {
	case k == sqltypes.Bool:
		v, ok := parseBool(s)
		if !ok {
			return bad(stateBadText)
		}
		return boolDatum(v), nil
	case k.IsInteger():
		i, err := strconv.ParseInt(s, 10, 64)
		lo, hi := intLimits(k)
		if err != nil && !isRange(err) {
			return bad(stateBadText)
		}
		if err != nil || i < lo || i > hi {
			return nullDatum, errf(stateOverflow, "%s does not fit %s", quoteText(b), k)
		}
		return datum{I: i}, nil
	case k.Storage() == sqltypes.StoreFloat:
		return parseFloat(b, s, to)
	case k == sqltypes.Decimal:
		n, err := sqltypes.ParseNum(s)
		if err != nil {
			return bad(stateBadText)
		}
		return fitDecimal(datum{D: n}, to)
	case k == sqltypes.UUID:
		u, ok := canonicalUUID(f, s)
		if !ok {
			return bad(stateBadText)
		}
		return u, nil
	case k == sqltypes.JSON:
		if !json.Valid(b) {
			return bad(stateBadText)
		}
		return datum{B: b}, nil
	case k == sqltypes.Interval:
		v, err := sqltypes.ParseSpan(s, "")
		if err != nil {
			return nullDatum, spanError(err)
		}
		return f.span(v), nil
	case k.IsTemporal():
		i, err := parseTemporal(s, k)
		if err != nil {
			state := stateDateSyntax
			if errors.Is(err, errFieldRange) || looksTemporal(s, k) {
				state = stateDateRange
			}
			return nullDatum, errf(state, "%s is not %s: %s", quoteText(b), article(to), temporalForms[k])
		}
		return datum{I: i}, nil
	}
	return datum{B: b}, nil // VARBINARY: the bytes of the text
}

var temporalForms = map[sqltypes.Kind]string{
	sqltypes.Date: "write YYYY-MM-DD", sqltypes.Time: "write HH:MM:SS[.fraction]",
	sqltypes.Timestamp:   "write YYYY-MM-DD HH:MM:SS[.fraction], no finer than 100 ns",
	sqltypes.TimestampTZ: "write YYYY-MM-DD HH:MM:SS[.fraction][zone], no finer than 100 ns",
}

// looksTemporal reports text in the form of a date or time, so that what is
// wrong with it must be a field's range.
func looksTemporal(s string, k sqltypes.Kind) bool {
	form := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return '9'
		}
		return r
	}, s)
	if k == sqltypes.Time {
		return strings.HasPrefix(form, "99:99")
	}
	return strings.HasPrefix(form, "9999-99-99")
}

func isRange(err error) bool {
	ne, ok := err.(*strconv.NumError)
	return ok && ne.Err == strconv.ErrRange
}

var errNoTime = errf(stateDateSyntax, "there is no time of day, or one with a zone")

func parseTemporal(s string, k sqltypes.Kind) (int64, error) {
	switch k {
	case sqltypes.Date:
		if d, err := sqltypes.ParseDate(s); err == nil {
			if d < minTicks/sqltypes.TicksPerDay { // the year 0
				return 0, errFieldRange
			}
			return d, nil
		}
	case sqltypes.Time:
		if t, err := sqltypes.ParseTime(s); err == nil {
			return t, nil
		}
		if t, rest, err := looseClock(s); !errors.Is(err, errLooseDate) && rest == "" {
			if t == sqltypes.TicksPerDay { // PostgreSQL's 24:00:00, which no other system keeps
				err = errFieldRange
			}
			return t, err
		}
		if !strings.Contains(s, ":") {
			return 0, errNoTime
		}
	}
	ticks, zone, err := sqltypes.ParseTimestamp(s)
	if err != nil {
		loose, z, looseErr := looseTimestamp(s)
		switch {
		case looseErr == nil:
			ticks, zone = loose, z
		case errors.Is(looseErr, errFieldRange):
			return 0, looseErr
		default:
			return 0, err
		}
	}
	if k == sqltypes.Time && zone {
		return 0, errNoTime
	}
	day, ofDay := sqltypes.SplitTicks(ticks)
	switch {
	case ticks < minTicks || ticks > maxTicks:
		return 0, errFieldRange
	case k == sqltypes.Date:
		return day, nil
	case k == sqltypes.Time:
		return ofDay, nil
	}
	return ticks, nil
}

func parseFloat(b []byte, s string, to sqltypes.Type) (datum, error) {
	x, err := strconv.ParseFloat(s, 64)
	if strings.ContainsAny(s, "xXpP_") || err != nil && !isRange(err) {
		return nullDatum, errf(stateBadText, "%s is not %s", quoteText(b), article(to))
	}
	if err != nil || x == 0 && strings.ContainsAny(mantissa(s), "123456789") {
		return nullDatum, errf(stateOverflow, "%s does not fit %s", quoteText(b), to.Kind)
	}
	return convertToFloat(datum{F: x}, sqltypes.Double, to)
}

func mantissa(s string) string {
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		return s[:i]
	}
	return s
}

// parseBool takes what PostgreSQL takes: any start of true, false, yes, no,
// and on, off, 1, 0.
func parseBool(s string) (v, ok bool) {
	s = strings.ToLower(s)
	switch {
	case s == "":
		return false, false
	case strings.HasPrefix("true", s), strings.HasPrefix("yes", s), s == "on", s == "1":
		return true, true
	case strings.HasPrefix("false", s), strings.HasPrefix("no", s), s == "off", s == "of", s == "0":
		return false, true
	}
	return false, false
}

// canonicalUUID takes 32 hexadecimal digits, with hyphens after any group of
// four, and optional braces.
func canonicalUUID(f *Frame, s string) (datum, bool) {
	if len(s) > 1 && s[0] == '{' && s[len(s)-1] == '}' {
		s = s[1 : len(s)-1]
	}
	start, digits := len(f.Scratch), 0
	for i := range len(s) {
		c := s[i] | 0x20
		switch {
		case c >= '0' && c <= '9' && s[i] == c, c >= 'a' && c <= 'f':
			if digits == 8 || digits == 12 || digits == 16 || digits == 20 {
				f.Scratch = append(f.Scratch, '-')
			}
			f.Scratch = append(f.Scratch, c)
			digits++
		case s[i] == '-' && digits%4 == 0 && digits > 0 && i < len(s)-1 && s[i-1] != '-':
		default:
			return nullDatum, false
		}
		if digits > 32 {
			return nullDatum, false
		}
	}
	return f.text(start), digits == 32
}
