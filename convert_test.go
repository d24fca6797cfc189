package epicorerp

import (
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/sqlengine"
	"github.com/epicorerp/epicorerp/sqltypes"
)

type (
	namedInt   int32
	namedText  string
	uuidBytes  [16]byte
	ownUUID    [16]byte
	badValuer  struct{}
	ringValuer struct{}
)

func (u ownUUID) Value() (driver.Value, error) { return "own", nil }
func (badValuer) Value() (driver.Value, error) { return nil, errors.New("no value today") }
func (ringValuer) Value() (driver.Value, error) {
	return ringValuer{}, nil
}

func TestArgumentsBecomeTheEnginesValues(t *testing.T) {
	seven, price := 7, sqltypes.NewNum(1050, 2)
	moment := time.Date(2024, 2, 29, 13, 0, 0, 123456789, time.FixedZone("", 3600))
	ticks, err := sqltypes.TicksOf(time.Date(2024, 2, 29, 12, 0, 0, 123456700, time.UTC))
	require.NoError(t, err)
	for _, test := range []struct {
		name string
		arg  any
		want sqltypes.Value
	}{
		{"nil", nil, sqltypes.NullOf(sqltypes.Null)},
		{"a Decimal", price, sqltypes.NumValue(price)},
		{"the address of a Decimal", &price, sqltypes.NumValue(price)},
		{"a nil Decimal", (*Decimal)(nil), sqltypes.NullOf(sqltypes.Null)},
		{"a Decimal that may be NULL", sql.Null[Decimal]{V: price, Valid: true}, sqltypes.NumValue(price)},
		{"a Decimal that is NULL", sql.Null[Decimal]{}, sqltypes.NullOf(sqltypes.Null)},
		{"a big integer", big.NewInt(5), sqltypes.NumValue(sqltypes.NewNum(5, 0))},
		{"a nil big integer", (*big.Int)(nil), sqltypes.NullOf(sqltypes.Null)},
		{"an int", 5, sqltypes.IntValue(5)},
		{"a named integer", namedInt(5), sqltypes.IntValue(5)},
		{"the address of an int", &seven, sqltypes.IntValue(7)},
		{"a small uint64", uint64(5), sqltypes.IntValue(5)},
		{"a uint64 beyond int64", uint64(math.MaxUint64), sqltypes.NumValue(num(t, "18446744073709551615"))},
		{"a uint", uint(5), sqltypes.IntValue(5)},
		{"a nil uint64", (*uint64)(nil), sqltypes.NullOf(sqltypes.Null)},
		{"a float", 0.5, sqltypes.FloatValue(0.5)},
		{"a bool", true, sqltypes.BoolValue(true)},
		{"a string", "a'b", sqltypes.StringValue("a'b")},
		{"bytes", []byte("ab"), sqltypes.BytesValue([]byte("ab"))},
		{"nil bytes", []byte(nil), sqltypes.NullOf(sqltypes.Varbinary)},
		{"JSON", json.RawMessage(`{"a":1}`), sqltypes.Value{Kind: sqltypes.JSON, S: `{"a":1}`}},
		{"nil JSON", json.RawMessage(nil), sqltypes.NullOf(sqltypes.JSON)},
		{"16 bytes", [16]byte{0xAB, 15: 1}, sqltypes.UUIDValue("ab000000-0000-0000-0000-000000000001")},
		{"a named array of 16 bytes", uuidBytes{0xAB, 15: 1}, sqltypes.UUIDValue("ab000000-0000-0000-0000-000000000001")},
		{"a UUID with a mind of its own", ownUUID{}, sqltypes.StringValue("own")},
		{"a nil UUID with a mind of its own", (*ownUUID)(nil), sqltypes.NullOf(sqltypes.Null)},
		{"an instant, cut to 100 ns", moment, sqltypes.TimestampTZValue(ticks)},
		{"a nil instant", (*time.Time)(nil), sqltypes.NullOf(sqltypes.Null)},
		{"a time that may be NULL", sql.NullTime{Time: moment, Valid: true}, sqltypes.TimestampTZValue(ticks)},
		{"a duration", 90 * time.Second, sqltypes.SpanValue(sqltypes.Span{Ticks: 90 * sqltypes.TicksPerSecond})},
	} {
		t.Run(test.name, func(t *testing.T) {
			nv := driver.NamedValue{Ordinal: 1, Value: test.arg}
			require.NoError(t, checkArgument(&nv))
			assert.Equal(t, test.want, nv.Value)
			again, err := arguments([]driver.NamedValue{nv})
			require.NoError(t, err)
			assert.Equal(t, test.want, again[0].Value, "a value that was checked stays")
		})
	}
}

func TestArgumentsOfOtherTypesAreLeftToDatabaseSQL(t *testing.T) {
	for _, arg := range []any{namedText("x"), float32(1), []int{1}, struct{}{}, sql.Out{}, [15]byte{}} {
		nv := driver.NamedValue{Ordinal: 1, Value: arg}
		assert.Equal(t, driver.ErrSkip, checkArgument(&nv), "%T", arg)
	}
	args, err := arguments([]driver.NamedValue{{Ordinal: 1, Value: namedText("x")}, {Ordinal: 2, Value: float32(0.5)}})
	require.NoError(t, err)
	assert.Equal(t, []sqlengine.Arg{{Ordinal: 1, Value: sqltypes.StringValue("x")}, {Ordinal: 2, Value: sqltypes.FloatValue(0.5)}}, args)
	_, err = arguments([]driver.NamedValue{{Ordinal: 3, Value: []int{1}}})
	assert.EqualError(t, err, "parameter: argument 3: unsupported type []int, a slice of int")
}

func TestArgumentsThatMeanNothingAreRefusedByTheirPlace(t *testing.T) {
	for _, test := range []struct {
		name    string
		nv      driver.NamedValue
		message string
	}{
		{"text that is no JSON", driver.NamedValue{Ordinal: 2, Value: json.RawMessage("{")}, "parameter: argument 2: json.RawMessage does not hold JSON"},
		{"a year beyond the calendar", driver.NamedValue{Name: "since", Value: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}, "parameter: argument since: year 10000 is not between 1 and 9999"},
		{"a Valuer that fails", driver.NamedValue{Ordinal: 1, Value: badValuer{}}, "parameter: argument 1: no value today"},
		{"a Valuer that goes round", driver.NamedValue{Ordinal: 1, Value: ringValuer{}}, "parameter: argument 1: driver.Valuer epicorerp.ringValuer returns another one, epicorerp.ringValuer"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := checkArgument(&test.nv)
			assert.EqualError(t, err, test.message)
			assert.ErrorIs(t, err, ErrParameter)
		})
	}
}
