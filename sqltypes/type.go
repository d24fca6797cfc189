package sqltypes

import (
	"fmt"
	"strconv"
)

// Kind is the family a type belongs to.
type Kind uint8

// The kinds. Null is the type of a bare NULL and of a parameter that was bound
// to nil: it is compatible with every other one.
const (
	Null Kind = iota
	Bool
	SmallInt
	Integer
	BigInt
	Real
	Double
	Decimal
	Varchar
	Varbinary
	Date
	Time
	Timestamp
	TimestampTZ
	UUID
	Interval
	JSON
)

// Unlimited says that a length, precision or scale is not known or not bounded.
const Unlimited = -1

// Type is a SQL type with its facets. Length counts characters (bytes for
// VARBINARY); Precision and Scale count decimal digits. A facet that the
// server does not tell is Unlimited.
type Type struct {
	Kind      Kind
	Length    int
	Precision int
	Scale     int
}

// Of returns the type of a kind without facets.
func Of(k Kind) Type { return Type{Kind: k, Length: Unlimited, Precision: Unlimited, Scale: Unlimited} }

// DecimalType returns DECIMAL(precision, scale).
func DecimalType(precision, scale int) Type {
	return Type{Kind: Decimal, Length: Unlimited, Precision: precision, Scale: scale}
}

// VarcharType returns VARCHAR(length).
func VarcharType(length int) Type {
	return Type{Kind: Varchar, Length: length, Precision: Unlimited, Scale: Unlimited}
}

var kindNames = [...]string{
	Null: "NULL", Bool: "BOOLEAN", SmallInt: "SMALLINT", Integer: "INTEGER", BigInt: "BIGINT",
	Real: "REAL", Double: "DOUBLE", Decimal: "DECIMAL", Varchar: "VARCHAR", Varbinary: "VARBINARY",
	Date: "DATE", Time: "TIME", Timestamp: "TIMESTAMP", TimestampTZ: "TIMESTAMPTZ", UUID: "UUID",
	Interval: "INTERVAL", JSON: "JSON",
}

// String returns the SQL name of the kind.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("Kind(%d)", k)
}

// String returns the type as SQL writes it, such as DECIMAL(18,2).
func (t Type) String() string {
	switch {
	case t.Kind == Decimal && t.Precision >= 0 && t.Scale >= 0:
		return "DECIMAL(" + strconv.Itoa(t.Precision) + "," + strconv.Itoa(t.Scale) + ")"
	case t.Kind == Decimal && t.Precision >= 0:
		return "DECIMAL(" + strconv.Itoa(t.Precision) + ")"
	case (t.Kind == Varchar || t.Kind == Varbinary) && t.Length >= 0:
		return t.Kind.String() + "(" + strconv.Itoa(t.Length) + ")"
	}
	return t.Kind.String()
}

// Storage is how a value lies in its 8-byte slot.
type Storage uint8

// The storages.
const (
	StoreInt     Storage = iota // int64: booleans, integers, dates, times, timestamps
	StoreFloat                  // the bits of a float64
	StoreDecimal                // see PackDecimal
	StoreBytes                  // a reference into the batch's arena: text, bytes, UUID, JSON, interval
)

// Storage returns how values of the kind lie in their slots. UUIDs are kept as
// their 36 lower-case characters, so that they compare and print as text does.
func (k Kind) Storage() Storage {
	switch k {
	case Real, Double:
		return StoreFloat
	case Decimal:
		return StoreDecimal
	case Varchar, Varbinary, UUID, Interval, JSON:
		return StoreBytes
	}
	return StoreInt
}

// IsInteger reports SMALLINT, INTEGER or BIGINT.
func (k Kind) IsInteger() bool { return k >= SmallInt && k <= BigInt }

// IsNumeric reports an integer, DECIMAL, REAL or DOUBLE.
func (k Kind) IsNumeric() bool { return k >= SmallInt && k <= Decimal }

// IsTemporal reports DATE, TIME, TIMESTAMP or TIMESTAMPTZ.
func (k Kind) IsTemporal() bool { return k >= Date && k <= TimestampTZ }

// IsText reports a kind whose values are characters: VARCHAR, UUID, JSON.
func (k Kind) IsText() bool { return k == Varchar || k == UUID || k == JSON }
