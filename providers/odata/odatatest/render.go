package odatatest

import (
	"encoding/base64"
	"fmt"
	"maps"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// appendJSON writes a value as the version's JSON: V3 sends Int64 and Decimal
// as strings and DateTime without a zone, V4 sends numbers.
func appendJSON(b []byte, v Value, t Type, ver Version, en *Enum) []byte {
	switch v.kind {
	case kindNull:
		return append(b, "null"...)
	case kindBool:
		return strconv.AppendBool(b, v.i != 0)
	case kindInt:
		if ver == V3 && t == EdmInt64 {
			b = append(b, '"')
			b = strconv.AppendInt(b, v.i, 10)
			return append(b, '"')
		}
		return strconv.AppendInt(b, v.i, 10)
	case kindDecimal:
		if ver == V3 {
			b = append(b, '"')
			b = appendDecimal(b, v)
			return append(b, '"')
		}
		return appendDecimal(b, v)
	case kindDouble:
		return appendDouble(b, v.float())
	case kindString:
		return appendString(b, v.s)
	case kindEnum:
		if ver == V4 && en != nil {
			return appendString(b, en.text(v.i))
		}
		return appendJSON(b, Int(v.i), EdmInt64, ver, nil)
	case kindBinary:
		b = append(b, '"')
		b = base64.StdEncoding.AppendEncode(b, []byte(v.s))
		return append(b, '"')
	}
	b = append(b, '"')
	switch v.kind {
	case kindGUID:
		b = append(b, v.s...)
	case kindDateTime:
		b = appendDateTime(b, v, t, ver)
	case kindDate:
		b = appendDay(b, v.i)
		if ver == V3 {
			b = append(b, "T00:00:00"...)
			if t == EdmDateTimeOffset {
				b = append(b, 'Z')
			}
		}
	case kindTimeOfDay:
		if ver == V3 {
			b = appendDuration(b, v.i)
		} else {
			b = appendClock(b, v.i)
		}
	case kindDuration:
		b = appendDuration(b, v.i)
	}
	return append(b, '"')
}

func (en *Enum) text(v int64) string {
	for _, m := range en.Members {
		if m.Value == v {
			return m.Name
		}
	}
	s := ""
	if en.Flags {
		for _, m := range en.Members {
			if m.Value != 0 && v&m.Value == m.Value {
				s += "," + m.Name
				v &^= m.Value
			}
		}
	}
	if s != "" && v == 0 {
		return s[1:]
	}
	return strconv.FormatInt(v, 10)
}

func appendDecimal(b []byte, v Value) []byte {
	if v.big != nil {
		s := v.big.String()
		return insertPoint(b, s, int(v.scale))
	}
	if v.scale == 0 {
		return strconv.AppendInt(b, v.i, 10)
	}
	i := v.i
	u := uint64(i)
	if i < 0 {
		b = append(b, '-')
		u = -u
	}
	if v.scale > 18 {
		return insertPoint(b, strconv.FormatUint(u, 10), int(v.scale))
	}
	p := uint64(smallPow10[v.scale])
	b = strconv.AppendUint(b, u/p, 10)
	b = append(b, '.')
	frac := u % p
	for p /= 10; p > frac && p > 1; p /= 10 {
		b = append(b, '0')
	}
	return strconv.AppendUint(b, frac, 10)
}

func insertPoint(b []byte, digits string, scale int) []byte {
	if digits[0] == '-' {
		b, digits = append(b, '-'), digits[1:]
	}
	if scale == 0 {
		return append(b, digits...)
	}
	for len(digits) <= scale {
		digits = "0" + digits
	}
	b = append(b, digits[:len(digits)-scale]...)
	b = append(b, '.')
	return append(b, digits[len(digits)-scale:]...)
}

func appendDouble(b []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(b, `"NaN"`...)
	case math.IsInf(f, 1):
		return append(b, `"INF"`...)
	case math.IsInf(f, -1):
		return append(b, `"-INF"`...)
	}
	return strconv.AppendFloat(b, f, 'g', -1, 64)
}

func appendDay(b []byte, days int64) []byte {
	y, m, d := civil(days)
	b = append4(b, y)
	b = append(b, '-', byte('0'+m/10), byte('0'+m%10), '-')
	return append(b, byte('0'+d/10), byte('0'+d%10))
}

// civil converts days since 1970 to a date of the proleptic Gregorian calendar.
func civil(days int64) (y, m, d int) {
	if days < -719162 || days > 2932896 { // outside years 1 to 9999
		t := time.Unix(days*86400, 0).UTC()
		return t.Year(), int(t.Month()), t.Day()
	}
	z := days + 719468
	era := z / 146097
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	d = int(doy - (153*mp+2)/5 + 1)
	m = int(mp + 3)
	if m > 12 {
		m -= 12
	}
	y = int(yoe + era*400)
	if m <= 2 {
		y++
	}
	return y, m, d
}

func append4(b []byte, y int) []byte {
	if y < 0 || y > 9999 {
		return strconv.AppendInt(b, int64(y), 10)
	}
	return append(b, byte('0'+y/1000), byte('0'+y/100%10), byte('0'+y/10%10), byte('0'+y%10))
}

func appendDateTime(b []byte, v Value, t Type, ver Version) []byte {
	ticks := v.i
	zoned := ver == V4 || t == EdmDateTimeOffset
	if zoned {
		ticks += int64(v.scale) * 60 * ticksPerSecond
	}
	day := floorDiv(ticks, 86400*ticksPerSecond)
	b = appendDay(b, day)
	b = append(b, 'T')
	b = appendClock(b, ticks-day*86400*ticksPerSecond)
	if !zoned {
		return b
	}
	if v.scale == 0 {
		return append(b, 'Z')
	}
	off := v.scale
	sign := byte('+')
	if off < 0 {
		sign, off = '-', -off
	}
	return append(b, sign, byte('0'+off/600), byte('0'+off/60%10), ':', byte('0'+off%60/10), byte('0'+off%10))
}

func appendClock(b []byte, ticks int64) []byte {
	s := ticks / ticksPerSecond
	h, m, sec := s/3600, s/60%60, s%60
	b = append(b, byte('0'+h/10), byte('0'+h%10), ':', byte('0'+m/10), byte('0'+m%10), ':', byte('0'+sec/10), byte('0'+sec%10))
	return appendFraction(b, ticks%ticksPerSecond)
}

func appendFraction(b []byte, frac int64) []byte {
	if frac == 0 {
		return b
	}
	b = append(b, '.')
	for p := int64(ticksPerSecond / 10); frac > 0; p /= 10 {
		b = append(b, byte('0'+frac/p))
		frac %= p
	}
	return b
}

func appendDuration(b []byte, ticks int64) []byte {
	if ticks < 0 {
		b, ticks = append(b, '-'), -ticks
	}
	b = append(b, 'P')
	s := ticks / ticksPerSecond
	if d := s / 86400; d > 0 {
		b = append(strconv.AppendInt(b, d, 10), 'D')
	}
	h, m, sec, frac := s/3600%24, s/60%60, s%60, ticks%ticksPerSecond
	if h+m+sec+frac == 0 && ticks > 0 {
		return b
	}
	b = append(b, 'T')
	if h > 0 {
		b = append(strconv.AppendInt(b, h, 10), 'H')
	}
	if m > 0 {
		b = append(strconv.AppendInt(b, m, 10), 'M')
	}
	if sec+frac > 0 || h+m == 0 {
		b = append(appendFraction(strconv.AppendInt(b, sec, 10), frac), 'S')
	}
	return b
}

const hexDigits = "0123456789abcdef"

func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				b = append(append(b, s[start:i]...), "\ufffd"...)
				start = i + 1
			}
			i += n
			continue
		}
		b = append(b, s[start:i]...)
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		i++
		start = i
	}
	return append(append(b, s[start:]...), '"')
}

// shape is how the rows of one query are printed: the columns with their
// names already quoted.
type shape struct {
	h       *Handler
	q       *query
	columns []int
	names   [][]byte
	types   []Type
	as      []Version // whose JSON form each column takes
	enums   []*Enum
	etag    int
	ordinal int // position among columns of the Ordinal one, -1: none
	n       int // rows printed
	expand  []*shape
	root    string // of the service, for links
	path    string // of the rows under it, without their keys
}

// place says where the rows of a request are.
func (s *shape) place(h *Handler, r *http.Request) {
	s.root = h.root(r)
	s.path = strings.Trim(strings.TrimPrefix(r.URL.EscapedPath(), h.cfg.base), "/")
	if last := strings.LastIndexByte(s.path, '('); strings.HasSuffix(s.path, ")") && last > strings.LastIndexByte(s.path, '/') {
		s.path = s.path[:last]
	}
}

func (h *Handler) shape(q *query) *shape {
	s := &shape{h: h, q: q, columns: q.columns, etag: -1, ordinal: -1}
	if s.columns == nil {
		s.columns = make([]int, len(q.t.set.Columns))
		for i := range s.columns {
			s.columns[i] = i
		}
	}
	for i, c := range s.columns {
		col := q.t.set.Columns[c]
		if col.Ordinal {
			s.ordinal = i
		}
		s.names = append(s.names, append(appendString(nil, col.Name), ':'))
		s.types = append(s.types, col.Type)
		s.as = append(s.as, h.version)
		s.enums = append(s.enums, h.enumByName(col.Enum))
	}
	if h.cfg.zuluDates && h.version == V3 {
		for i, t := range s.types {
			if t == EdmDateTime || t == EdmDate {
				s.types[i] = EdmDateTimeOffset
			}
		}
	}
	if q.t.set.ETag != "" {
		s.etag = q.t.columns[q.t.set.ETag]
	}
	for _, x := range q.expand {
		s.expand = append(s.expand, h.shape(x.q))
	}
	return s
}

// quote makes strings of Int64 and Decimal for V4 clients that ask for
// IEEE754Compatible JSON: the form that V3 always has.
func (s *shape) quote(r *http.Request) {
	if !strings.Contains(r.Header.Get("Accept"), "IEEE754Compatible=true") {
		return
	}
	for i, t := range s.types {
		if t == EdmInt64 || t == EdmDecimal {
			s.as[i] = V3
		}
	}
	for _, x := range s.expand {
		x.quote(r)
	}
}

// appendRow prints one row; prefix is what stands before its first property.
func (s *shape) appendRow(b []byte, v *view, j int, prefix string) ([]byte, error) {
	b = append(b, '{')
	b = append(b, prefix...)
	sep := prefix != ""
	if s.etag >= 0 {
		if sep {
			b = append(b, ',')
		}
		b = append(b, s.h.annotation("etag")...)
		b = appendString(b, etagOf(v, j, s.etag))
		sep = true
	}
	for i, c := range s.columns {
		if sep {
			b = append(b, ',')
		}
		sep = true
		b = append(b, s.names[i]...)
		if s.ordinal == i {
			s.n++
			b = fmt.Appendf(b, `"%08x-0000-0000-0000-000000000000"`, s.n)
			continue
		}
		b = appendJSON(b, v.at(j, c), s.types[i], s.as[i], s.enums[i])
	}
	var err error
	for i, x := range s.q.expand {
		if sep {
			b = append(b, ',')
		}
		sep = true
		if b, err = s.appendExpansion(b, rowRef{v, j}, x, s.expand[i]); err != nil {
			return b, err
		}
	}
	return append(b, '}'), nil
}

func (s *shape) appendExpansion(b []byte, from rowRef, x expansion, sub *shape) ([]byte, error) {
	in, err := s.related(from, x, sub)
	if err != nil {
		return b, err
	}
	if !x.nav.Many {
		b = append(appendString(b, x.nav.Name), ':')
		if len(in.rows) == 0 {
			return append(b, "null"...), nil
		}
		return sub.appendRow(b, in.view, in.rows[0], "")
	}
	if x.q.count {
		b = append(appendString(b, x.nav.Name+s.h.control()+"count"), ':')
		b = append(strconv.AppendInt(b, int64(in.count), 10), ',')
	}
	b = append(appendString(b, x.nav.Name), ':', '[')
	for i, j := range in.rows {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = sub.appendRow(b, in.view, j, ""); err != nil {
			return b, err
		}
	}
	b = append(b, ']')
	if in.next != "" {
		b = append(appendString(append(b, ','), x.nav.Name+s.h.control()+"nextLink"), ':')
		b = appendString(b, in.next)
	}
	return b, nil
}

// inner is what an expansion adds to one row.
type inner struct {
	view  *view
	rows  []int
	count int
	next  string // where the rest is
}

// related finds the rows of an expansion that go with a row, and places the shape
// that prints them.
func (s *shape) related(from rowRef, x expansion, sub *shape) (inner, error) {
	rows := related(from, x.view, x.here, x.there)
	sub.root = s.root
	if !x.nav.Many {
		return inner{view: x.view, rows: rows}, nil
	}
	if s.h.cfg.nestedPage > 0 {
		sub.path = s.path + "(" + s.h.predicate(from.v, from.j) + ")/" + x.nav.Name
	}
	// The picked rows lie in key order, so the nested query runs over them as over a set.
	in := inner{view: &view{t: x.view.t, base: picking{x.view, rows}}}
	limit := x.q.top
	if n := s.h.cfg.nestedPage; n > 0 && s.root != "" && (limit < 0 || limit > n) {
		limit = n
	}
	out, err := x.q.run(in.view, limit)
	in.rows, in.count = out.rows, out.count
	if served := len(out.rows); err == nil && out.more && (x.q.top < 0 || served < x.q.top) {
		in.next = s.root + "/" + sub.path + "?"
		for _, name := range slices.Sorted(maps.Keys(x.options)) {
			in.next += url.QueryEscape("$"+name) + "=" + url.QueryEscape(x.options[name]) + "&"
		}
		in.next += "$skiptoken=" + strconv.Itoa(served)
	}
	return in, err
}

// picking shows some rows of a view as a source of their own.
type picking struct {
	v    *view
	rows []int
}

func (p picking) Len() int              { return len(p.rows) }
func (p picking) At(row, col int) Value { return p.v.at(p.rows[row], col) }

func etagOf(v *view, j, col int) string {
	return `W/"` + v.at(j, col).Text() + `"`
}
