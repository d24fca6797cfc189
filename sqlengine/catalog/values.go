package catalog

import (
	"github.com/epicorerp/epicorerp/sqltypes"
)

func number(n int) sqltypes.Value {
	return sqltypes.Value{Kind: sqltypes.Integer, I: int64(n)}
}

func yesNo(b bool) string {
	if b {
		return "YES"
	}
	return "NO"
}

// known is a facet of a type, NULL where it is not known.
func known(n int) sqltypes.Value {
	if n < 0 {
		return sqltypes.NullOf(sqltypes.Integer)
	}
	return number(n)
}

// columnLength is the length of text and bytes.
func columnLength(t sqltypes.Type) sqltypes.Value {
	switch t.Kind {
	case sqltypes.Varchar, sqltypes.Varbinary:
		return known(t.Length)
	case sqltypes.UUID:
		return number(36)
	}
	return known(sqltypes.Unlimited)
}

// digits are the decimal digits that the kinds of numbers hold.
var digits = map[sqltypes.Kind]int{
	sqltypes.SmallInt: 5, sqltypes.Integer: 10, sqltypes.BigInt: 19, sqltypes.Real: 7, sqltypes.Double: 15,
}

func precision(t sqltypes.Type) sqltypes.Value {
	if n, ok := digits[t.Kind]; ok {
		return number(n)
	}
	if t.Kind == sqltypes.Decimal {
		return known(t.Precision)
	}
	return known(sqltypes.Unlimited)
}

func scale(t sqltypes.Type) sqltypes.Value {
	switch {
	case t.Kind.IsInteger():
		return number(0)
	case t.Kind == sqltypes.Decimal:
		return known(t.Scale)
	}
	return known(sqltypes.Unlimited)
}

// displaySize is the most characters that a value prints as.
func displaySize(t sqltypes.Type, length sqltypes.Value) sqltypes.Value {
	switch t.Kind {
	case sqltypes.Bool:
		return number(5)
	case sqltypes.SmallInt, sqltypes.Integer, sqltypes.BigInt:
		return number(digits[t.Kind] + 1)
	case sqltypes.Real:
		return number(14)
	case sqltypes.Double:
		return number(24)
	case sqltypes.Decimal:
		if t.Precision >= 0 {
			return number(t.Precision + 2)
		}
	case sqltypes.Date:
		return number(10)
	case sqltypes.Time:
		return number(16)
	case sqltypes.Timestamp:
		return number(27)
	case sqltypes.TimestampTZ:
		return number(33)
	}
	return length
}

// jdbcType is the number by which java.sql.Types knows a kind.
func jdbcType(k sqltypes.Kind) int {
	switch k {
	case sqltypes.Bool:
		return 16
	case sqltypes.SmallInt:
		return 5
	case sqltypes.Integer:
		return 4
	case sqltypes.BigInt:
		return -5
	case sqltypes.Real:
		return 7
	case sqltypes.Double:
		return 8
	case sqltypes.Decimal:
		return 3
	case sqltypes.Varchar, sqltypes.JSON:
		return 12
	case sqltypes.Varbinary:
		return -3
	case sqltypes.Date:
		return 91
	case sqltypes.Time:
		return 92
	case sqltypes.Timestamp:
		return 93
	case sqltypes.TimestampTZ:
		return 2014
	case sqltypes.UUID:
		return 1
	}
	return 1111
}
