package sqltypes

import (
	"bytes"
	"encoding/hex"
	"math"
	"strconv"
	"strings"
)

// Value is one boxed constant: a literal, a bound parameter, a key. Rows are
// never made of Values; package tuple holds those.
//
// I holds booleans (0, 1), integers, days and ticks; F holds REAL and DOUBLE;
// D holds DECIMAL; S holds text, the 36 characters of a UUID, JSON, and the
// bytes of VARBINARY.
type Value struct {
	Kind Kind
	Null bool
	I    int64
	F    float64
	D    Num
	S    string
}

// NullOf returns NULL of a kind.
func NullOf(k Kind) Value { return Value{Kind: k, Null: true} }

// Constructors of values that are not null.
func BoolValue(b bool) Value {
	if b {
		return Value{Kind: Bool, I: 1}
	}
	return Value{Kind: Bool}
}
func IntValue(i int64) Value         { return Value{Kind: BigInt, I: i} }
func FloatValue(f float64) Value     { return Value{Kind: Double, F: f} }
func NumValue(d Num) Value           { return Value{Kind: Decimal, D: d} }
func StringValue(s string) Value     { return Value{Kind: Varchar, S: s} }
func BytesValue(b []byte) Value      { return Value{Kind: Varbinary, S: string(b)} }
func UUIDValue(s string) Value       { return Value{Kind: UUID, S: strings.ToLower(s)} }
func DateValue(days int64) Value     { return Value{Kind: Date, I: days} }
func TimeValue(ticks int64) Value    { return Value{Kind: Time, I: ticks} }
func TimestampValue(t int64) Value   { return Value{Kind: Timestamp, I: t} }
func TimestampTZValue(t int64) Value { return Value{Kind: TimestampTZ, I: t} }

// Text returns the value as CAST(x AS VARCHAR) prints it. NULL gives "".
func (v Value) Text() string {
	if v.Null {
		return ""
	}
	switch v.Kind {
	case Bool:
		return strconv.FormatBool(v.I != 0)
	case SmallInt, Integer, BigInt:
		return strconv.FormatInt(v.I, 10)
	case Real:
		return string(AppendFloat(nil, v.F, 32))
	case Double:
		return string(AppendFloat(nil, v.F, 64))
	case Decimal:
		return v.D.String()
	case Date:
		return string(AppendDate(nil, v.I))
	case Time:
		return string(AppendTime(nil, v.I))
	case Timestamp:
		return string(AppendTimestamp(nil, v.I, ' '))
	case TimestampTZ:
		return string(append(AppendTimestamp(nil, v.I, ' '), '+', '0', '0'))
	case Interval:
		return string(DecodeSpan(v.S).Append(nil))
	}
	return v.S
}

// AppendFloat writes a float in the fewest digits that read back the same, in
// PostgreSQL's form: an exponent below 1e-4 and from 1e15 on (1e6 for REAL).
func AppendFloat(dst []byte, f float64, bits int) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	}
	most := 1e15
	if bits == 32 {
		most = 1e6
	}
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= most) {
		return strconv.AppendFloat(dst, f, 'e', -1, bits)
	}
	return strconv.AppendFloat(dst, f, 'f', -1, bits)
}

// String returns the value as a SQL literal, for EXPLAIN and errors.
func (v Value) String() string {
	if v.Null {
		return "NULL"
	}
	switch v.Kind {
	case Interval:
		return "INTERVAL '" + v.Text() + "'"
	case Varchar, UUID, JSON:
		return "'" + strings.ReplaceAll(v.S, "'", "''") + "'"
	case Varbinary:
		return "X'" + strings.ToUpper(hex.EncodeToString([]byte(v.S))) + "'"
	case Bool:
		return strings.ToUpper(v.Text())
	case Date, Time, Timestamp, TimestampTZ:
		return v.Kind.String() + " '" + v.Text() + "'"
	}
	return v.Text()
}

// Compare orders two values of the same storage that are not null: text and
// bytes by their bytes, decimals by value, intervals by Span.Cmp. Integers
// compare exactly with every number; a decimal compares with a float as the
// float nearest to it, as in PostgreSQL, so that 0.1 equals the DOUBLE 0.1.
// NaN is the largest float, and equal to itself.
func Compare(a, b Value) int {
	switch sa, sb := a.Kind.Storage(), b.Kind.Storage(); {
	case a.Kind == Interval && b.Kind == Interval:
		return DecodeSpan(a.S).Cmp(DecodeSpan(b.S))
	case sa == StoreInt && sb == StoreFloat:
		return CompareIntFloat(a.I, b.F)
	case sa == StoreFloat && sb == StoreInt:
		return -CompareIntFloat(b.I, a.F)
	case sa == StoreBytes || sb == StoreBytes:
		return bytes.Compare([]byte(a.S), []byte(b.S))
	case sa == StoreFloat || sb == StoreFloat:
		return CompareFloat(a.asFloat(), b.asFloat())
	case sa == StoreDecimal || sb == StoreDecimal:
		return a.asNum().Cmp(b.asNum())
	case a.I < b.I:
		return -1
	case a.I > b.I:
		return 1
	}
	return 0
}

// CompareFloat orders floats with NaN above everything and equal to itself.
func CompareFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	case a == b:
		return 0
	case a != a && b != b:
		return 0
	case a != a:
		return 1
	}
	return -1
}

// CompareIntFloat orders an integer and a float without rounding either.
func CompareIntFloat(i int64, f float64) int {
	switch {
	case f != f || f >= 1<<63:
		return -1
	case f < -1<<63:
		return 1
	}
	whole := int64(f) // cut toward zero
	switch {
	case i < whole:
		return -1
	case i > whole:
		return 1
	}
	return CompareFloat(float64(whole), f) // the fraction decides
}

func (v Value) asFloat() float64 {
	switch v.Kind.Storage() {
	case StoreFloat:
		return v.F
	case StoreDecimal:
		return v.D.Float64()
	}
	return float64(v.I)
}

func (v Value) asNum() Num {
	if v.Kind == Decimal {
		return v.D
	}
	return NumFromInt(v.I)
}
