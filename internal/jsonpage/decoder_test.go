package jsonpage

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// decodeOne decodes a page with one column "c" of a type and one row.
func decodeOne(t *testing.T, typ sqltypes.Type, value string, o DecoderOptions) (sqltypes.Value, error) {
	s := mustScanner(t, []string{"c"}, Options{Shape: ShapeArray})
	l := tuple.NewLayout([]sqltypes.Type{typ})
	d, err := NewDecoder(s, l, o)
	require.NoError(t, err)
	b := tuple.NewBatch(l)
	s.Reset([]byte(`[{"c":` + value + `}]`))
	done, err := d.AppendPage(b, 10)
	if err != nil {
		assert.Zero(t, b.Len(), "a row that failed is not in the batch")
		return sqltypes.Value{}, err
	}
	require.True(t, done)
	require.Equal(t, 1, b.Len())
	return l.Value(b.Row(0), 0), nil
}

func TestDecoderConverts(t *testing.T) {
	for _, c := range []struct {
		kind        sqltypes.Kind
		value, want string
	}{
		{sqltypes.Varchar, `"text"`, "'text'"},
		{sqltypes.Varchar, `"a\u00e9\"\n"`, "'aé\"\n'"},
		{sqltypes.Varchar, `12.50`, "'12.50'"},
		{sqltypes.Varchar, `true`, "'true'"},
		{sqltypes.Varchar, `""`, "''"},
		{sqltypes.Varchar, `null`, "NULL"},
		{sqltypes.Bool, `true`, "TRUE"},
		{sqltypes.Bool, `false`, "FALSE"},
		{sqltypes.Bool, `"true"`, "TRUE"},
		{sqltypes.Bool, `"False"`, "FALSE"},
		{sqltypes.SmallInt, `-32768`, "-32768"},
		{sqltypes.Integer, `2147483647`, "2147483647"},
		{sqltypes.BigInt, `"-9223372036854775808"`, "-9223372036854775808"},
		{sqltypes.BigInt, `1e3`, "1000"},
		{sqltypes.BigInt, `"\u0038"`, "8"},
		{sqltypes.Decimal, `1234.56000`, "1234.56000"},
		{sqltypes.Decimal, `"-0.50"`, "-0.50"},
		{sqltypes.Decimal, `1.5e-3`, "0.0015"},
		{sqltypes.Decimal, `2e3`, "2000"},
		{sqltypes.Decimal, `12345678901234567890123.123456789`, "12345678901234567890123.123456789"},
		{sqltypes.Decimal, `999999999999999999`, "999999999999999999"},
		{sqltypes.Decimal, `-99999999999999999`, "-99999999999999999"},
		{sqltypes.Double, `0.1`, "0.1"},
		{sqltypes.Real, `0.1`, "0.1"},
		{sqltypes.Date, `"2024-02-29"`, "DATE '2024-02-29'"},
		{sqltypes.Date, `"2024-02-29T00:00:00Z"`, "DATE '2024-02-29'"},
		{sqltypes.Time, `"13:14:15.5"`, "TIME '13:14:15.5'"},
		{sqltypes.Time, `"PT09H45M51S"`, "TIME '09:45:51'"},
		{sqltypes.Timestamp, `"2024-02-29T13:14:15-06:00"`, "TIMESTAMP '2024-02-29 13:14:15'"},
		{sqltypes.Timestamp, `"\/Date(1709164800000)\/"`, "TIMESTAMP '2024-02-29 00:00:00'"},
		{sqltypes.TimestampTZ, `"2024-02-29T13:14:15-06:00"`, "TIMESTAMPTZ '2024-02-29 19:14:15+00'"},
		{sqltypes.TimestampTZ, `"2024-07-01T12:00:00"`, "TIMESTAMPTZ '2024-07-01 12:00:00+00'"},
		{sqltypes.UUID, `"ABCDEF01-2345-6789-ABCD-EF0123456789"`, "'abcdef01-2345-6789-abcd-ef0123456789'"},
		{sqltypes.Varbinary, `"AP-_"`, "X'00FFBF'"},
		{sqltypes.Varbinary, `"AP+\/"`, "X'00FFBF'"},
		{sqltypes.Double, `"INF"`, "Infinity"},
		{sqltypes.Interval, `"P1DT2H"`, "INTERVAL '1 day 02:00:00'"},
		{sqltypes.JSON, `{"a":[1]}`, `'{"a":[1]}'`},
		{sqltypes.JSON, `"x\n"`, `'"x\n"'`},
		{sqltypes.JSON, `null`, `NULL`},
	} {
		t.Run(c.kind.String()+" from "+c.value, func(t *testing.T) {
			v, err := decodeOne(t, sqltypes.Of(c.kind), c.value, DecoderOptions{})
			require.NoError(t, err)
			assert.Equal(t, c.want, v.String())
		})
	}
}

func TestDecimalsHaveThePlacesOfTheirColumn(t *testing.T) {
	for value, want := range map[string]string{
		`12.5`: "12.500", `-3`: "-3.000", `"0.25"`: "0.250", `1.5e1`: "15.000", `0`: "0.000",
		`1.2345`:                          "1.2345", // more than were promised: none is lost
		`99999999999999999`:               "99999999999999999.000",
		`-123456789012345678`:             "-123456789012345678.000",
		`12345678901234567890123456789.5`: "12345678901234567890123456789.500",
	} {
		t.Run(value, func(t *testing.T) {
			v, err := decodeOne(t, sqltypes.DecimalType(12, 3), value, DecoderOptions{})
			require.NoError(t, err)
			assert.Equal(t, want, v.String())
		})
	}
}

func TestDecoderErrorsNameColumnRowAndText(t *testing.T) {
	long := strings.Repeat("ü", 50)
	for _, c := range []struct {
		kind        sqltypes.Kind
		value, want string
		is          error
	}{
		{sqltypes.Varchar, `{"a":1}`, `column "c" (VARCHAR), row 1 of the page: {"a":1} is an object, which does not fit the column's type`, ErrWrongKind},
		{sqltypes.Varchar, `[]`, `is an array, which`, ErrWrongKind},
		{sqltypes.Bool, `1`, `1 is a number, which`, ErrWrongKind},
		{sqltypes.Bool, `"yes"`, `"yes" is not true or false`, ErrNotBool},
		{sqltypes.SmallInt, `32768`, `32768 is out of range of SMALLINT`, ErrOutOfRange},
		{sqltypes.Integer, `-2147483649`, `is out of range of INTEGER`, ErrOutOfRange},
		{sqltypes.Integer, `1.5`, `column "c" (INTEGER), row 1 of the page: 1.5 is not an integer`, ErrNotInteger},
		{sqltypes.Integer, `true`, `true is true, which`, ErrWrongKind},
		{sqltypes.Integer, `""`, `"" is not an integer`, ErrNotInteger},
		{sqltypes.Decimal, `"1,5"`, `"1,5" is not a decimal number`, ErrNotDecimal},
		{sqltypes.Decimal, `"1."`, `"1." is not a decimal number`, ErrNotDecimal},
		{sqltypes.Decimal, `1e5000`, `is out of range of a decimal number (1000 digits)`, ErrOutOfRange},
		{sqltypes.Double, `1e999`, `is out of range of a floating`, ErrOutOfRange},
		{sqltypes.Date, `"2024-02-29T12:00:00Z"`, `has a time of day other than midnight`, ErrDateWithTime},
		{sqltypes.Date, `20240229`, `is a number, which`, ErrWrongKind},
		{sqltypes.TimestampTZ, `"` + long + `"`, `"` + strings.Repeat("ü", 28) + `…" is not a timestamp`, ErrNotTimestamp},
		{sqltypes.Timestamp, `"2024-01-01T00:00:00.12345678"`, `is finer than 100 ns`, ErrResolution},
		{sqltypes.UUID, `"x"`, `is not a GUID`, ErrNotGUID},
		{sqltypes.Varbinary, `"*"`, `is not base64`, ErrNotBase64},
		{sqltypes.Interval, `"1 day"`, `is not a duration`, ErrNotDuration},
	} {
		t.Run(c.kind.String()+" from "+c.value, func(t *testing.T) {
			_, err := decodeOne(t, sqltypes.Of(c.kind), c.value, DecoderOptions{})
			require.ErrorContains(t, err, c.want)
			require.ErrorIs(t, err, c.is)
			var v *ValueError
			require.ErrorAs(t, err, &v)
			assert.LessOrEqual(t, len(v.Text), maxErrorText+2)
		})
	}
}

func TestClocksWithoutAZoneAreReadInTheConfiguredOne(t *testing.T) {
	zone := time.FixedZone("west", -6*3600)
	for value, want := range map[string]string{
		`"2024-07-01T20:00:00.5"`:     "TIMESTAMPTZ '2024-07-02 02:00:00.5+00'",
		`"2024-07-01T20:00:00Z"`:      "TIMESTAMPTZ '2024-07-01 20:00:00+00'",
		`"\/Date(1709164800000)\/"`:   "TIMESTAMPTZ '2024-02-29 00:00:00+00'",
		`"1024-07-01T20:00:00"`:       "TIMESTAMPTZ '1024-07-02 02:00:00+00'",
		`"2024-07-01T20:00:00-07:00"`: "TIMESTAMPTZ '2024-07-02 03:00:00+00'",
	} {
		v, err := decodeOne(t, stampType, value, DecoderOptions{Zone: zone})
		require.NoError(t, err)
		assert.Equal(t, want, v.String())
	}
}

func TestDecoderMapsColumns(t *testing.T) {
	s := mustScanner(t, []string{"etag", "a", "b"}, Options{Shape: ShapeArray})
	l := tuple.NewLayout([]sqltypes.Type{textType, intType, textType})
	d, err := NewDecoder(s, l, DecoderOptions{From: []int{2, 1, -1}})
	require.NoError(t, err)
	b := tuple.NewBatch(l)
	s.Reset([]byte(`[{"etag":"e","a":1,"b":"x"},{"etag":"e"},{"a":3,"b":"y"}]`))
	done, err := d.AppendPage(b, 2)
	require.NoError(t, err)
	require.False(t, done, "a limit is not the page's end")
	done, err = d.AppendPage(b, 100)
	require.NoError(t, err)
	require.True(t, done)
	var got []string
	for i := range b.Len() {
		for c := range 3 {
			got = append(got, l.Value(b.Row(i), c).String())
		}
	}
	assert.Equal(t, []string{"'x'", "1", "NULL", "NULL", "NULL", "NULL", "'y'", "3", "NULL"}, got)

	_, err = NewDecoder(s, l, DecoderOptions{From: []int{3, 1, -1}})
	require.ErrorContains(t, err, "mapped to column 3 of a scanner of 3")
	_, err = NewDecoder(s, l, DecoderOptions{From: []int{1}})
	require.ErrorContains(t, err, "1 columns mapped for a layout of 3")
	_, err = NewDecoder(s, tuple.NewLayout([]sqltypes.Type{{}}), DecoderOptions{})
	require.ErrorContains(t, err, `column "etag" has no type`)
}

func TestABrokenPageIsNeverDone(t *testing.T) {
	s := mustScanner(t, []string{"a"}, Options{Shape: ShapeValue})
	l := tuple.NewLayout([]sqltypes.Type{intType})
	d, err := NewDecoder(s, l, DecoderOptions{})
	require.NoError(t, err)
	b := tuple.NewBatch(l)
	s.Reset([]byte(`{"value":[{"a":1},{"a":2}]`))
	done, err := d.AppendPage(b, 100)
	require.ErrorIs(t, err, ErrTruncated)
	require.False(t, done)
}

// The pages of the benchmarks, read by encoding/json and sqltypes' own parsers.
func TestDecodedRowsEqualThoseOfEncodingJSON(t *testing.T) {
	for _, shape := range benchShapes() {
		t.Run(shape.name, func(t *testing.T) {
			page := shape.page(rand.New(rand.NewPCG(3, 4)), shape.cols, 50)
			var want struct{ Value []map[string]any }
			dec := json.NewDecoder(bytes.NewReader(page))
			dec.UseNumber()
			require.NoError(t, dec.Decode(&want))

			s := mustScanner(t, columnNames(shape.cols), Options{Shape: ShapeValue})
			l := tuple.NewLayout(columnTypes(shape.cols))
			d, err := NewDecoder(s, l, DecoderOptions{})
			require.NoError(t, err)
			b := tuple.NewBatch(l)
			s.Reset(page)
			done, err := d.AppendPage(b, 1000)
			require.NoError(t, err)
			require.True(t, done)
			require.Equal(t, len(want.Value), b.Len())
			for i, m := range want.Value {
				for c, col := range shape.cols {
					require.Equal(t, oracle(t, col.typ.Kind, m[col.name]).String(), l.Value(b.Row(i), c).String(), "row %d, %s", i, col.name)
				}
			}
		})
	}
}

func oracle(t *testing.T, kind sqltypes.Kind, v any) sqltypes.Value {
	switch v := v.(type) {
	case nil:
		return sqltypes.NullOf(kind)
	case bool:
		return sqltypes.BoolValue(v)
	case json.Number:
		n, err := sqltypes.ParseNum(v.String())
		require.NoError(t, err)
		return sqltypes.NumValue(n)
	case string:
		if kind == sqltypes.TimestampTZ {
			ticks, _, err := sqltypes.ParseTimestamp(v)
			require.NoError(t, err)
			return sqltypes.TimestampTZValue(ticks)
		}
		return sqltypes.StringValue(v)
	}
	require.Failf(t, "unexpected value", "%T", v)
	return sqltypes.Value{}
}

func TestDecodingDoesNotAllocateByTheRow(t *testing.T) {
	for _, shape := range benchShapes() {
		page := shape.page(rand.New(rand.NewPCG(1, 2)), shape.cols, 200)
		batch := measured(t, shape.cols)[2]
		require.Equal(t, "batch", batch.name)
		batch.run(page)
		assert.LessOrEqual(t, testing.AllocsPerRun(5, func() { batch.run(page) }), 2.0, shape.name)
	}
}
