package odatatest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
)

type kind uint8

const (
	kindNull kind = iota
	kindBool
	kindInt
	kindDecimal
	kindDouble
	kindString
	kindGUID
	kindDateTime  // i: 100 ns ticks since the Unix epoch, UTC; scale: offset in minutes
	kindDate      // i: days since the Unix epoch
	kindTimeOfDay // i: ticks since midnight
	kindDuration  // i: ticks
	kindBinary    // s: the bytes
	kindEnum      // i: the value, s: the type's qualified name
)

var kindNames = [...]string{"null", "Edm.Boolean", "Edm.Int64", "Edm.Decimal", "Edm.Double", "Edm.String", "Edm.Guid",
	"Edm.DateTimeOffset", "Edm.Date", "Edm.TimeOfDay", "Edm.Duration", "Edm.Binary", "enumeration"}

func (k kind) String() string { return kindNames[k] }

const ticksPerSecond = 10_000_000

// Value is one exact primitive value or null; its zero value is null.
type Value struct {
	kind  kind
	scale int32
	i     int64
	s     string
	big   *big.Int // coefficient of a decimal that does not fit i
}

// Null returns the null value.
func Null() Value { return Value{} }

// Bool returns an Edm.Boolean.
func Bool(b bool) Value {
	if b {
		return Value{kind: kindBool, i: 1}
	}
	return Value{kind: kindBool}
}

// Int returns a value for any of the integer types.
func Int(i int64) Value { return Value{kind: kindInt, i: i} }

// Decimal returns coefficient·10^-scale with its trailing zeros kept.
func Decimal(coefficient int64, scale int) Value {
	return Value{kind: kindDecimal, i: coefficient, scale: int32(scale)}
}

// Double returns an Edm.Double (or Edm.Single).
func Double(f float64) Value { return Value{kind: kindDouble, i: int64(math.Float64bits(f))} }

// String returns an Edm.String.
func String(s string) Value { return Value{kind: kindString, s: s} }

// GUID returns an Edm.Guid from its text of 36 characters, kept in lower case.
func GUID(s string) Value { return Value{kind: kindGUID, s: strings.ToLower(s)} }

// DateTime returns an instant with the offset of t's zone; it is cut to 100 ns.
func DateTime(t time.Time) Value {
	_, off := t.Zone()
	return Value{kind: kindDateTime, i: t.Unix()*ticksPerSecond + int64(t.Nanosecond()/100), scale: int32(off / 60)}
}

// DayTime returns midnight UTC of the day that lies the given number of days
// after 1970-01-01: the way Kinetic writes a pure date.
func DayTime(days int) Value {
	return Value{kind: kindDateTime, i: int64(days) * 86400 * ticksPerSecond}
}

// Date returns an Edm.Date, counted in days since 1970-01-01.
func Date(days int) Value { return Value{kind: kindDate, i: int64(days)} }

// TimeOfDay returns an Edm.TimeOfDay from the time since midnight.
func TimeOfDay(d time.Duration) Value { return Value{kind: kindTimeOfDay, i: int64(d / 100)} }

// Duration returns an Edm.Duration, cut to 100 ns.
func Duration(d time.Duration) Value { return Value{kind: kindDuration, i: int64(d / 100)} }

// Binary returns an Edm.Binary.
func Binary(b []byte) Value { return Value{kind: kindBinary, s: string(b)} }

// EnumValue returns the numeric value of an enumeration type.
func EnumValue(v int64) Value { return Value{kind: kindEnum, i: v} }

// ParseDecimal reads an exact decimal; an exponent is allowed.
func ParseDecimal(s string) (Value, error) {
	digits, exp := s, 0
	if e := strings.IndexAny(s, "eE"); e >= 0 {
		n, err := strconv.Atoi(s[e+1:])
		if err != nil || n > 1000 || n < -1000 {
			return Value{}, fmt.Errorf("decimal %q: bad exponent", s)
		}
		digits, exp = s[:e], n
	}
	scale := 0
	if p := strings.IndexByte(digits, '.'); p >= 0 {
		scale = len(digits) - p - 1
		digits = digits[:p] + digits[p+1:]
	}
	scale -= exp
	if strings.Trim(digits, "+-") == "" {
		return Value{}, fmt.Errorf("decimal %q: no digits", s)
	}
	c, ok := new(big.Int).SetString(digits, 10)
	if !ok {
		return Value{}, fmt.Errorf("decimal %q: not a number", s)
	}
	if scale < 0 {
		c.Mul(c, pow10(-scale))
		scale = 0
	}
	return decimalOf(c, scale), nil
}

// MarshalJSON prints the value as V4 has it in a row, but for members of
// enumerations, which are printed by their value.
func (v Value) MarshalJSON() ([]byte, error) {
	return appendJSON(nil, v, EdmDateTimeOffset, V4, nil), nil
}

// IsNull reports whether v is null.
func (v Value) IsNull() bool { return v.kind == kindNull }

// Int64 returns the integer, boolean (0 or 1) or enumeration value of v, else 0.
func (v Value) Int64() int64 {
	switch v.kind {
	case kindInt, kindBool, kindEnum:
		return v.i
	}
	return 0
}

// Text returns the value as a V4 service prints it, without quotes; null is "".
func (v Value) Text() string {
	if v.kind == kindString || v.kind == kindGUID {
		return v.s
	}
	return strings.Trim(string(appendJSON(nil, v, EdmString, V4, nil)), `"`)
}

func (v Value) float() float64 {
	switch v.kind {
	case kindDouble:
		return math.Float64frombits(uint64(v.i))
	case kindInt:
		return float64(v.i)
	}
	f, _ := new(big.Rat).SetFrac(v.coefficient(), pow10(int(v.scale))).Float64()
	return f
}

func (v Value) coefficient() *big.Int {
	if v.big != nil {
		return v.big
	}
	return big.NewInt(v.i)
}

func (v Value) true() bool { return v.kind == kindBool && v.i != 0 }

func (v Value) isNumber() bool {
	return v.kind == kindInt || v.kind == kindDecimal || v.kind == kindDouble
}

// Type is a primitive EDM type as columns declare it. The same schema serves
// V3 and V4: a type that one version lacks is replaced by the nearest one.
type Type uint8

// The primitive types. EdmDateTime is Edm.DateTime in V3 and
// Edm.DateTimeOffset in V4; EdmDate is Edm.DateTime in V3; EdmTimeOfDay and
// EdmDuration are Edm.Time in V3.
const (
	EdmString Type = iota + 1
	EdmBoolean
	EdmByte
	EdmInt16
	EdmInt32
	EdmInt64
	EdmDecimal
	EdmSingle
	EdmDouble
	EdmGuid
	EdmDateTime
	EdmDateTimeOffset
	EdmDate
	EdmTimeOfDay
	EdmDuration
	EdmBinary
	EdmEnum
)

var typeNames = [...]string{"", "Edm.String", "Edm.Boolean", "Edm.Byte", "Edm.Int16", "Edm.Int32", "Edm.Int64", "Edm.Decimal",
	"Edm.Single", "Edm.Double", "Edm.Guid", "Edm.DateTimeOffset", "Edm.DateTimeOffset", "Edm.Date", "Edm.TimeOfDay",
	"Edm.Duration", "Edm.Binary", ""}

var typeKinds = [...]kind{kindNull, kindString, kindBool, kindInt, kindInt, kindInt, kindInt, kindDecimal, kindDouble, kindDouble,
	kindGUID, kindDateTime, kindDateTime, kindDate, kindTimeOfDay, kindDuration, kindBinary, kindEnum}

func (t Type) name(v Version) string {
	if v == V3 {
		switch t {
		case EdmDateTime, EdmDate:
			return "Edm.DateTime"
		case EdmTimeOfDay, EdmDuration:
			return "Edm.Time"
		}
	}
	return typeNames[t]
}

// kindIn is the kind that literals of the version compare with: V3 has no
// Edm.Date, so a date column is a DateTime there.
func (t Type) kindIn(v Version) kind {
	if v == V3 {
		switch t {
		case EdmDate:
			return kindDateTime
		case EdmTimeOfDay:
			return kindDuration
		}
	}
	return typeKinds[t]
}

// Convert makes a Value of the column's type out of a Go value: nil, bool,
// integers, float64, string, json.Number, time.Time, time.Duration, []byte or
// a Value. Strings are read as the JSON of either version writes them.
func Convert(x any, t Type) (Value, error) {
	bad := func() (Value, error) {
		return Value{}, fmt.Errorf("cannot convert %T %v to %s", x, x, t.name(V4))
	}
	switch x := x.(type) {
	case nil:
		return Value{}, nil
	case Value:
		return x, nil
	case bool:
		if t == EdmBoolean {
			return Bool(x), nil
		}
	case int:
		return Convert(int64(x), t)
	case int32:
		return Convert(int64(x), t)
	case int64:
		switch typeKinds[t] {
		case kindInt:
			return Int(x), nil
		case kindDecimal:
			return Decimal(x, 0), nil
		case kindDouble:
			return Double(float64(x)), nil
		case kindEnum:
			return EnumValue(x), nil
		}
	case float64:
		if typeKinds[t] == kindDouble {
			return Double(x), nil
		}
	case json.Number:
		return parseText(string(x), t)
	case string:
		return parseText(x, t)
	case time.Time:
		if typeKinds[t] == kindDate {
			return Date(int(math.Floor(float64(x.UTC().Unix()) / 86400))), nil
		}
		if typeKinds[t] == kindDateTime {
			return DateTime(x), nil
		}
	case time.Duration:
		if t == EdmTimeOfDay {
			return TimeOfDay(x), nil
		}
		if t == EdmDuration {
			return Duration(x), nil
		}
	case []byte:
		if t == EdmBinary {
			return Binary(x), nil
		}
	}
	return bad()
}

func parseText(s string, t Type) (Value, error) {
	switch t {
	case EdmString:
		return String(s), nil
	case EdmBoolean:
		if s == "true" || s == "false" {
			return Bool(s == "true"), nil
		}
	case EdmByte, EdmInt16, EdmInt32, EdmInt64:
		n, err := strconv.ParseInt(s, 10, map[Type]int{EdmByte: 9, EdmInt16: 16, EdmInt32: 32, EdmInt64: 64}[t])
		if err == nil {
			return Int(n), nil
		}
	case EdmDecimal:
		return ParseDecimal(s)
	case EdmSingle, EdmDouble:
		f, err := strconv.ParseFloat(s, 64)
		if err == nil {
			return Double(f), nil
		}
	case EdmGuid:
		if isGUID(s) {
			return GUID(s), nil
		}
	case EdmDateTime, EdmDateTimeOffset:
		if v, ok := parseDateTime(s); ok {
			return v, nil
		}
	case EdmDate:
		if v, ok := parseDateTime(s); ok {
			return Date(int(floorDiv(v.i, 86400*ticksPerSecond))), nil
		}
	case EdmTimeOfDay:
		if v, ok := parseTimeOfDay(s); ok {
			return v, nil
		}
	case EdmDuration:
		if v, ok := parseDuration(s); ok {
			return v, nil
		}
	case EdmBinary:
		b, err := base64.StdEncoding.DecodeString(s)
		if err == nil {
			return Binary(b), nil
		}
	case EdmEnum:
		n, err := strconv.ParseInt(s, 10, 64)
		if err == nil {
			return EnumValue(n), nil
		}
	}
	return Value{}, fmt.Errorf("cannot read %q as %s", s, t.name(V4))
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func isGUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := 0; i < 36; i++ {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if s[i] != '-' {
				return false
			}
		} else if !isHex(s[i]) {
			return false
		}
	}
	return true
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// parseDateTime reads yyyy-mm-dd[Thh:mm[:ss[.f]][Z|±hh:mm]]; without a zone it is UTC.
func parseDateTime(s string) (Value, bool) {
	for _, layout := range []string{"2006-01-02T15:04:05.999999999Z07:00", "2006-01-02T15:04Z07:00",
		"2006-01-02T15:04:05.999999999", "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return DateTime(t), true
		}
	}
	return Value{}, false
}

func parseTimeOfDay(s string) (Value, bool) {
	for _, layout := range []string{"15:04:05.999999999", "15:04"} {
		if t, err := time.Parse(layout, s); err == nil {
			return TimeOfDay(t.Sub(time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC))), true
		}
	}
	return Value{}, false
}

// parseDuration reads [-]P[nD][T[nH][nM][n[.f]S]], the dayTimeDuration of XML Schema.
func parseDuration(s string) (Value, bool) {
	neg := strings.HasPrefix(s, "-")
	s = strings.TrimLeft(s, "+-")
	if !strings.HasPrefix(s, "P") || len(s) < 3 {
		return Value{}, false
	}
	s = s[1:]
	inTime, last, ticks := false, 0, int64(0)
	units := map[byte]struct {
		rank int
		secs int64
	}{'D': {1, 86400}, 'H': {2, 3600}, 'M': {3, 60}, 'S': {4, 1}}
	for s != "" {
		if s[0] == 'T' && !inTime && len(s) > 1 {
			inTime, s = true, s[1:]
			continue
		}
		n := 0
		for n < len(s) && (s[n] >= '0' && s[n] <= '9' || s[n] == '.') {
			n++
		}
		if n == 0 || n == len(s) {
			return Value{}, false
		}
		u, ok := units[s[n]]
		if !ok || u.rank <= last || (s[n] == 'D') == inTime {
			return Value{}, false
		}
		d, err := ParseDecimal(s[:n])
		if err != nil || d.scale > 0 && s[n] != 'S' || d.big != nil || d.i > 1e11 && d.scale == 0 {
			return Value{}, false
		}
		c := new(big.Int).Mul(d.coefficient(), big.NewInt(u.secs*ticksPerSecond))
		ticks += c.Quo(c, pow10(int(d.scale))).Int64()
		last, s = u.rank, s[n+1:]
	}
	if last == 0 {
		return Value{}, false
	}
	if neg {
		ticks = -ticks
	}
	return Value{kind: kindDuration, i: ticks}, true
}
