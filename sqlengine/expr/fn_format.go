package expr

import (
	"bytes"
	"strconv"
	"time"

	"github.com/epicorerp/epicorerp/sqltypes"
)

var _ = register(GroupTime,
	&Function{Name: "FORMAT", Doc: "a date by a .NET pattern, such as yyyy-MM-dd HH:mm:ss, dddd or d, in English, as SQL Server has it; a number with thousands and n decimals, as MySQL has it",
		forms: []*form{
			on("timestamp, text, text? -> text", func(f *Frame, a []datum) datum { return f.formatDate(a[0].I, a, nil) }),
			on("timestamptz, text, text? -> text", func(f *Frame, a []datum) datum { return f.formatDate(a[0].I, a, []byte("+00:00")) }),
			on("time, text, text? -> text", func(f *Frame, a []datum) datum { return f.formatDate(a[0].I, a, nil) }),
			on("decimal, int -> text", func(f *Frame, a []datum) datum {
				digits := min(max(a[1].I, 0), 30)
				n := a[0].D.Round(int(digits))
				start := len(f.Scratch)
				f.Scratch = appendThousands(f.Scratch, n)
				return f.text(start)
			})}},
)

// appendThousands writes a number with a comma before every three digits.
func appendThousands(dst []byte, n sqltypes.Num) []byte {
	if n.Sign() < 0 {
		dst = append(dst, '-')
	}
	digits := n.Abs().Append(make([]byte, 0, 64))
	whole, fraction, point := bytes.Cut(digits, []byte{'.'})
	for i, d := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, d)
	}
	if point {
		dst = append(append(dst, '.'), fraction...)
	}
	return dst
}

// formatDate writes a timestamp by a .NET pattern; a culture, if given, must be
// English.
func (f *Frame) formatDate(ticks int64, a []datum, offset []byte) datum {
	if len(a) > 2 && !bytes.HasPrefix(bytes.ToLower(a[2].B), []byte("en")) {
		return f.fail(errf(stateUnsupported, "FORMAT knows the names of English cultures only, not those of '%s'", clip(string(a[2].B))))
	}
	pattern := a[1].B
	if len(pattern) == 1 {
		standard, ok := standardPatterns[pattern[0]]
		if !ok {
			return f.fail(errf(stateBadParameter, "'%s' is no pattern of a date; patterns of one letter are d D t T f F g G m y s u o r", pattern))
		}
		pattern = []byte(standard)
	}
	start := len(f.Scratch)
	f.Scratch = appendDotNet(f.Scratch, civilOf(ticks), pattern, offset)
	return f.text(start)
}

// standardPatterns are the patterns that one letter stands for, in English of
// the United States.
var standardPatterns = map[byte]string{
	'd': "M/d/yyyy", 'D': "dddd, MMMM d, yyyy", 't': "h:mm tt", 'T': "h:mm:ss tt",
	'f': "dddd, MMMM d, yyyy h:mm tt", 'F': "dddd, MMMM d, yyyy h:mm:ss tt", 'g': "M/d/yyyy h:mm tt", 'G': "M/d/yyyy h:mm:ss tt",
	'm': "MMMM d", 'M': "MMMM d", 'y': "MMMM yyyy", 'Y': "MMMM yyyy", 's': "yyyy-MM-ddTHH:mm:ss", 'u': "yyyy-MM-dd HH:mm:ss'Z'",
	'o': "yyyy-MM-ddTHH:mm:ss.fffffffK", 'O': "yyyy-MM-ddTHH:mm:ss.fffffffK", 'r': "ddd, dd MMM yyyy HH:mm:ss 'GMT'", 'R': "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
}

// blankPadded stands before a number that is filled with a blank, in the
// patterns of CONVERT.
const blankPadded = 1

// appendDotNet writes a date by a custom pattern of .NET.
func appendDotNet(dst []byte, t civilTime, pattern, offset []byte) []byte {
	for i := 0; i < len(pattern); {
		c := pattern[i]
		n := 1
		for i+n < len(pattern) && pattern[i+n] == c {
			n++
		}
		switch c {
		case '\'', '"':
			end := bytes.IndexByte(pattern[i+1:], c)
			if end < 0 {
				end = len(pattern) - i - 1
			}
			dst = append(dst, pattern[i+1:i+1+end]...)
			i = min(i+end+2, len(pattern))
			continue
		case '\\':
			if i+1 < len(pattern) {
				dst = append(dst, pattern[i+1])
			}
			i += 2
			continue
		case '%':
			i++
			continue
		case blankPadded:
			if i++; i < len(pattern) && (pattern[i] == 'd' && t.day < 10 || pattern[i] == 'h' && (t.hour+11)%12+1 < 10) {
				dst = append(dst, ' ')
			}
			continue
		}
		dst = appendDotNetField(dst, t, c, n, offset)
		i += n
	}
	return dst
}

func appendDotNetField(dst []byte, t civilTime, c byte, n int, offset []byte) []byte {
	width := min(n, 2)
	switch c {
	case 'y':
		if n <= 2 {
			return appendPadded(dst, t.year%100, n)
		}
		return appendPadded(dst, t.year, n)
	case 'M':
		switch {
		case n >= 4:
			return append(dst, time.Month(t.month).String()...)
		case n == 3:
			return append(dst, time.Month(t.month).String()[:3]...)
		}
		return appendPadded(dst, t.month, width)
	case 'd':
		switch {
		case n >= 4:
			return append(dst, weekdayName(isoWeekday(t.days)%7)...)
		case n == 3:
			return append(dst, weekdayName(isoWeekday(t.days) % 7)[:3]...)
		}
		return appendPadded(dst, t.day, width)
	case 'H':
		return appendPadded(dst, t.hour, width)
	case 'h':
		return appendPadded(dst, (t.hour+11)%12+1, width)
	case 'm':
		return appendPadded(dst, t.minute, width)
	case 's':
		return appendPadded(dst, t.second, width)
	case 'f', 'F':
		return appendDotNetFraction(dst, t.fraction, c, n)
	case 't':
		return append(dst, meridiem(t.hour)[:width]...)
	case 'K':
		return append(dst, offset...)
	case 'z':
		if n >= 3 {
			return append(dst, "+00:00"...)
		}
		return append(append(dst, '+'), "00"[:width]...)
	}
	for range n {
		dst = append(dst, c)
	}
	return dst
}

// appendDotNetFraction writes digits of the second; F leaves out zeros at the
// end, and the point before them.
func appendDotNetFraction(dst []byte, ticks int64, c byte, n int) []byte {
	width := min(n, 7)
	for range 7 - width {
		ticks /= 10
	}
	if c == 'F' {
		for ; width > 0 && ticks%10 == 0; width-- {
			ticks /= 10
		}
		if width == 0 {
			return bytes.TrimSuffix(dst, []byte{'.'})
		}
	}
	return appendPadded(dst, ticks, width)
}

// convertStyles are the forms of T-SQL's CONVERT between dates and text: the
// pattern that writes, and the template that reads.
var convertStyles = map[int64]struct{ write, read string }{
	0: {"MMM \x01d yyyy \x01h:mmtt", "Mon DD YYYY HH12:MIAM"}, 1: {"MM/dd/yy", "MM/DD/YY"}, 2: {"yy.MM.dd", "YY.MM.DD"}, 3: {"dd/MM/yy", "DD/MM/YY"},
	4: {"dd.MM.yy", "DD.MM.YY"}, 5: {"dd-MM-yy", "DD-MM-YY"}, 6: {"dd MMM yy", "DD Mon YY"}, 7: {"MMM dd, yy", "Mon DD, YY"},
	8: {"HH:mm:ss", "HH24:MI:SS"}, 10: {"MM-dd-yy", "MM-DD-YY"}, 11: {"yy/MM/dd", "YY/MM/DD"}, 12: {"yyMMdd", "YYMMDD"},
	20: {"yyyy-MM-dd HH:mm:ss", ""}, 21: {"yyyy-MM-dd HH:mm:ss.fff", ""}, 23: {"yyyy-MM-dd", ""}, 25: {"yyyy-MM-dd HH:mm:ss.fff", ""},
	101: {"MM/dd/yyyy", "MM/DD/YYYY"}, 102: {"yyyy.MM.dd", "YYYY.MM.DD"}, 103: {"dd/MM/yyyy", "DD/MM/YYYY"}, 104: {"dd.MM.yyyy", "DD.MM.YYYY"},
	105: {"dd-MM-yyyy", "DD-MM-YYYY"}, 106: {"dd MMM yyyy", "DD Mon YYYY"}, 107: {"MMM dd, yyyy", "Mon DD, YYYY"}, 108: {"HH:mm:ss", "HH24:MI:SS"},
	109: {"MMM \x01d yyyy \x01h:mm:ss:ffftt", "Mon DD YYYY HH12:MI:SS:MSAM"}, 110: {"MM-dd-yyyy", "MM-DD-YYYY"}, 111: {"yyyy/MM/dd", "YYYY/MM/DD"}, 112: {"yyyyMMdd", "YYYYMMDD"},
	113: {"dd MMM yyyy HH:mm:ss:fff", "DD Mon YYYY HH24:MI:SS:MS"}, 114: {"HH:mm:ss:fff", "HH24:MI:SS:MS"},
	120: {"yyyy-MM-dd HH:mm:ss", ""}, 121: {"yyyy-MM-dd HH:mm:ss.fff", ""}, 126: {"yyyy-MM-ddTHH:mm:ss.FFF", ""}, 127: {"yyyy-MM-ddTHH:mm:ss.FFFK", ""},
}

// NewConvert builds CONVERT(t, x, style) of T-SQL, whose style says how dates
// are written and read.
func NewConvert(x Node, t sqltypes.Type, style Node, try bool) (Node, error) {
	c, ok := Fold(style).(*Const)
	if !ok || c.V.Null || !c.T.Kind.IsInteger() {
		return nil, errf(stateBadParameter, "the style of CONVERT is a constant number, not %s", clip(style.String()))
	}
	s, known := convertStyles[c.V.I]
	if !known && c.V.I == 100 {
		s, known = convertStyles[0], true
	}
	from := x.Type().Kind
	temporal := func(k sqltypes.Kind) bool { return k.IsTemporal() && k != sqltypes.Time }
	switch {
	case !known && (from.IsTemporal() || t.Kind.IsTemporal()):
		return nil, errf(stateBadParameter, "style %s of CONVERT is not known", strconv.FormatInt(c.V.I, 10))
	case from.IsTemporal() && t.Kind == sqltypes.Varchar:
		out, err := NewCall("FORMAT", []Node{x, NewConst(sqltypes.StringValue(s.write))})
		if err != nil {
			return nil, err
		}
		return NewCast(out, t, try)
	case from == sqltypes.Varchar && temporal(t.Kind) && s.read != "":
		name := "TO_TIMESTAMP"
		if try {
			name = "TRY_TO_TIMESTAMP"
		}
		out, err := NewCall(name, []Node{x, NewConst(sqltypes.StringValue(s.read))})
		if err != nil {
			return nil, err
		}
		return NewCast(out, t, try)
	case from.IsTemporal() || t.Kind.IsTemporal() || c.V.I == 0:
		return NewCast(x, t, try)
	}
	return nil, errf(stateUnsupported, "the style of CONVERT is for dates and text, not for %s to %s", from, t.Kind)
}

var _ = register(GroupTime,
	&Function{Name: "TRY_TO_TIMESTAMP", Nulls: MaybeNull, Doc: "TO_TIMESTAMP, or NULL where the text is not as the template says",
		forms: []*form{on("text, text -> timestamptz", func(_ *Frame, a []datum) datum {
			if a[0].Null || a[1].Null {
				return nullDatum
			}
			v, err := readTemplate(string(a[0].B), a[1].B)
			if err != nil {
				return nullDatum
			}
			t, err := v.ticks()
			if err != nil || t < minTicks || t > maxTicks {
				return nullDatum
			}
			return datum{I: t}
		})}},
)
