package odata

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/epicorerp/epicorerp/sqltypes"
)

// literal writes a constant, which is not NULL, as the version writes values
// of the property's type. The error says why it cannot be written.
func (t *Traits) literal(p *Property, v sqltypes.Value) (string, error) {
	if p.Enum != nil {
		if v.Kind != sqltypes.Varchar || !p.Enum.unique(v.S) || t.Version != V4 {
			return "", fmt.Errorf("%s is no single member of %s", v, p.Enum.Name)
		}
		return p.Enum.Name + quote(v.S), nil
	}
	switch p.Edm {
	case "Edm.Boolean":
		if v.Kind == sqltypes.Bool {
			return strconv.FormatBool(v.I != 0), nil
		}
	case "Edm.Byte", "Edm.SByte", "Edm.Int16", "Edm.Int32", "Edm.Int64":
		return t.integer(p.Edm, v)
	case "Edm.Decimal":
		return t.decimal(v)
	case "Edm.Double", "Edm.Single":
		return t.float(v)
	case "Edm.String":
		if v.Kind == sqltypes.Varchar && utf8.ValidString(v.S) && !strings.ContainsRune(v.S, 0) {
			return quote(v.S), nil
		}
	case "Edm.Guid":
		if v.Kind == sqltypes.UUID && len(v.S) == 36 {
			return t.prefixed("guid", v.S), nil
		}
	case "Edm.Date", "Edm.DateTime", "Edm.DateTimeOffset":
		return t.dateTime(p.Edm, v)
	case "Edm.TimeOfDay":
		if v.Kind == sqltypes.Time {
			return string(sqltypes.AppendTime(nil, v.I)), nil
		}
	case "Edm.Time":
		if v.Kind == sqltypes.Time {
			return "time'" + clockDuration(v.I) + "'", nil
		}
	}
	return "", fmt.Errorf("a constant of type %s cannot be written as %s", v.Kind, p.Edm)
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// prefixed writes V3's guid'…' and the like, which V4 writes bare.
func (t *Traits) prefixed(name, text string) string {
	if t.Version == V4 {
		return text
	}
	return name + "'" + text + "'"
}

var integerRange = map[string][2]int64{
	"Edm.Byte": {0, math.MaxUint8}, "Edm.SByte": {math.MinInt8, math.MaxInt8},
	"Edm.Int16": {math.MinInt16, math.MaxInt16}, "Edm.Int32": {math.MinInt32, math.MaxInt32},
	"Edm.Int64": {math.MinInt64, math.MaxInt64},
}

func (t *Traits) integer(edm string, v sqltypes.Value) (string, error) {
	i := v.I
	switch {
	case v.Kind == sqltypes.Decimal && v.D.IsInt():
		n, ok := v.D.Int64()
		if !ok {
			return "", fmt.Errorf("%s is out of the range of %s", v, edm)
		}
		i = n
	case !v.Kind.IsInteger():
		return "", fmt.Errorf("%s is no whole number", v)
	}
	if r := integerRange[edm]; i < r[0] || i > r[1] {
		return "", fmt.Errorf("%s is out of the range of %s", v, edm)
	}
	s := strconv.FormatInt(i, 10)
	if edm == "Edm.Int64" && t.Version != V4 {
		s += "L"
	}
	return s, nil
}

func (t *Traits) decimal(v sqltypes.Value) (string, error) {
	var s string
	switch {
	case v.Kind == sqltypes.Decimal:
		s = v.D.String()
	case v.Kind.IsInteger():
		s = strconv.FormatInt(v.I, 10)
	default:
		return "", fmt.Errorf("%s is no exact number", v)
	}
	if t.Version != V4 {
		s += "M"
	}
	return s, nil
}

func (t *Traits) float(v sqltypes.Value) (string, error) {
	f := v.F
	switch {
	case v.Kind.IsInteger() && v.I > -1<<53 && v.I < 1<<53:
		f = float64(v.I)
	case v.Kind != sqltypes.Double && v.Kind != sqltypes.Real, math.IsNaN(f), math.IsInf(f, 0):
		return "", fmt.Errorf("%s is no finite floating point number", v)
	}
	s := strconv.FormatFloat(f, 'g', -1, 64)
	if t.Version != V4 {
		return s + "d", nil
	}
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return s, nil
}

// Years that every server's date type has.
const (
	minTicks = -62135596800 * int64(sqltypes.TicksPerSecond)
	maxTicks = 253402300800*int64(sqltypes.TicksPerSecond) - 1
)

func (t *Traits) dateTime(edm string, v sqltypes.Value) (string, error) {
	ticks := v.I
	switch {
	case v.Kind == sqltypes.Date:
		if ticks < minTicks/sqltypes.TicksPerDay || ticks > maxTicks/sqltypes.TicksPerDay {
			return "", fmt.Errorf("%s is out of the range of %s", v, edm)
		}
		ticks *= sqltypes.TicksPerDay
	case v.Kind != sqltypes.Timestamp && v.Kind != sqltypes.TimestampTZ:
		return "", fmt.Errorf("%s is no date", v)
	}
	if ticks < minTicks || ticks > maxTicks {
		return "", fmt.Errorf("%s is out of the range of %s", v, edm)
	}
	if edm == "Edm.Date" {
		if ticks%sqltypes.TicksPerDay != 0 {
			return "", fmt.Errorf("%s is no whole day", v)
		}
		return string(sqltypes.AppendDate(nil, ticks/sqltypes.TicksPerDay)), nil
	}
	if t.DateLiterals && ticks%sqltypes.TicksPerDay == 0 {
		return string(sqltypes.AppendDate(nil, ticks/sqltypes.TicksPerDay)), nil
	}
	s := string(sqltypes.AppendTimestamp(nil, ticks, 'T'))
	if edm == "Edm.DateTime" {
		return "datetime'" + s + "'", nil
	}
	return t.prefixed("datetimeoffset", s+"Z"), nil
}

// clockDuration writes a time of day as the duration since midnight, which is
// how V3 writes Edm.Time.
func clockDuration(ticks int64) string {
	s := ticks / sqltypes.TicksPerSecond
	text := fmt.Sprintf("PT%dH%dM%d", s/3600, s/60%60, s%60)
	if f := ticks % sqltypes.TicksPerSecond; f != 0 {
		text += "." + strings.TrimRight(fmt.Sprintf("%07d", f), "0")
	}
	return text + "S"
}
