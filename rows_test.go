package epicorerp

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/sqlengine/plan"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// fakeCursor hands out batches that a function fills, and ends in err.
type fakeCursor struct {
	columns []plan.Column
	layout  *tuple.Layout
	fills   []func(*tuple.Batch)
	err     error
	block   bool // wait for the context instead of ending
	closed  int
}

func cursorOf(types ...sqltypes.Type) *fakeCursor {
	c := &fakeCursor{layout: tuple.NewLayout(types), err: io.EOF}
	for i, t := range types {
		c.columns = append(c.columns, plan.Column{Name: fmt.Sprintf("c%d", i), Type: t, Nullable: true})
	}
	return c
}

func (c *fakeCursor) Columns() []plan.Column { return c.columns }
func (c *fakeCursor) Layout() *tuple.Layout  { return c.layout }
func (c *fakeCursor) Close() error           { c.closed++; return nil }

func (c *fakeCursor) Next(ctx context.Context, out *tuple.Batch) error {
	if len(c.fills) == 0 {
		if c.block {
			<-ctx.Done()
			return fmt.Errorf("page 2: %w", ctx.Err())
		}
		return c.err
	}
	out.Reset()
	c.fills[0](out)
	c.fills = c.fills[1:]
	return nil
}

// open returns rows over the cursor, with what they report at their end.
func (c *fakeCursor) open(ctx context.Context) (*rows, *[]error) {
	ended := new([]error)
	ctx, cancel := context.WithCancel(ctx)
	return newRows(ctx, cancel, c, func(_ int64, err error) { *ended = append(*ended, err) }), ended
}

func kind(k sqltypes.Kind) sqltypes.Type { return sqltypes.Of(k) }

func num(t testing.TB, text string) Decimal {
	d, err := ParseDecimal(text)
	require.NoError(t, err)
	return d
}

func TestEachTypeIsHandedOverAsTheGoTypeItPromises(t *testing.T) {
	ticks, _, err := sqltypes.ParseTimestamp("2024-02-29 13:14:15.1234567")
	require.NoError(t, err)
	early, _, err := sqltypes.ParseTimestamp("1899-12-30 23:59:59.9999999")
	require.NoError(t, err)
	span, err := sqltypes.ParseSpan("1 day 02:03:04", "")
	require.NoError(t, err)
	for _, test := range []struct {
		value sqltypes.Value
		want  driver.Value
	}{
		{sqltypes.BoolValue(true), true},
		{sqltypes.BoolValue(false), false},
		{sqltypes.Value{Kind: sqltypes.SmallInt, I: -7}, int64(-7)},
		{sqltypes.Value{Kind: sqltypes.Integer, I: 7}, int64(7)},
		{sqltypes.IntValue(math.MinInt64), int64(math.MinInt64)},
		{sqltypes.Value{Kind: sqltypes.Real, F: 0.5}, 0.5},
		{sqltypes.FloatValue(math.Inf(-1)), math.Inf(-1)},
		{sqltypes.NumValue(num(t, "1234.56000")), "1234.56000"},
		{sqltypes.NumValue(num(t, "-0.05")), "-0.05"},
		{sqltypes.NumValue(num(t, "-123456789012345678901234567890.12")), "-123456789012345678901234567890.12"},
		{sqltypes.StringValue(""), ""},
		{sqltypes.StringValue("größer"), "größer"},
		{sqltypes.StringValue(strings.Repeat("x", 5000)), strings.Repeat("x", 5000)},
		{sqltypes.UUIDValue("00000000-0000-0000-0000-00000000000A"), "00000000-0000-0000-0000-00000000000a"},
		{sqltypes.Value{Kind: sqltypes.JSON, S: `{"a":1}`}, `{"a":1}`},
		{sqltypes.BytesValue([]byte{0, 255}), []byte{0, 255}},
		{sqltypes.BytesValue(nil), []byte{}},
		{sqltypes.DateValue(sqltypes.Days(2024, 2, 29)), time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)},
		{sqltypes.DateValue(sqltypes.Days(1, 1, 1)), time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)},
		{sqltypes.DateValue(sqltypes.Days(9999, 12, 31)), time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)},
		{sqltypes.TimestampValue(ticks), time.Date(2024, 2, 29, 13, 14, 15, 123456700, time.UTC)},
		{sqltypes.TimestampTZValue(early), time.Date(1899, 12, 30, 23, 59, 59, 999999900, time.UTC)},
		{sqltypes.TimeValue(3*sqltypes.TicksPerHour + 5), "03:00:00.0000005"},
		{sqltypes.SpanValue(span), "1 day 02:03:04"},
	} {
		t.Run(test.value.Kind.String()+" "+fmt.Sprint(test.want)[:min(20, len(fmt.Sprint(test.want)))], func(t *testing.T) {
			c := cursorOf(kind(test.value.Kind))
			c.fills = append(c.fills, func(b *tuple.Batch) {
				require.NoError(t, b.SetValue(b.AddRow(), 0, test.value))
				b.AddRow()
			})
			r, _ := c.open(context.Background())
			dest := make([]driver.Value, 1)
			require.NoError(t, r.Next(dest))
			assert.Equal(t, test.want, dest[0])
			assert.True(t, driver.IsValue(dest[0]))
			if plain, _ := scanTypes(test.value.Kind); assert.NotNil(t, plain) {
				assert.Equal(t, reflect.TypeOf(test.want), plain)
			}
			require.NoError(t, r.Next(dest))
			assert.Nil(t, dest[0])
			assert.Equal(t, io.EOF, r.Next(dest))
			assert.Equal(t, io.EOF, r.Next(dest), "the end sticks")
			require.NoError(t, r.Close())
		})
	}
}

func TestAColumnOfNoTypeIsNull(t *testing.T) {
	c := cursorOf(kind(sqltypes.Null), kind(sqltypes.BigInt))
	c.fills = append(c.fills, func(b *tuple.Batch) { b.Layout.SetInt(b.AddRow(), 1, 1) })
	r, _ := c.open(context.Background())
	dest := []driver.Value{"old", "old"}
	require.NoError(t, r.Next(dest))
	assert.Equal(t, []driver.Value{nil, int64(1)}, dest)
}

// boxes is what rows should hand over, one value at a time.
func boxes(l *tuple.Layout, r tuple.Row) []driver.Value {
	all := make([]driver.Value, l.Columns())
	for i := range all {
		v := l.Value(r, i)
		switch {
		case v.Null:
		case v.Kind == sqltypes.Bool:
			all[i] = v.I != 0
		case v.Kind.IsInteger():
			all[i] = v.I
		case v.Kind == sqltypes.Double:
			all[i] = v.F
		case v.Kind == sqltypes.Varbinary:
			all[i] = []byte(v.S)
		case v.Kind == sqltypes.Date:
			all[i] = sqltypes.DateOf(v.I)
		case v.Kind == sqltypes.Timestamp || v.Kind == sqltypes.TimestampTZ:
			all[i] = sqltypes.TimeOf(v.I)
		default:
			all[i] = v.Text()
		}
	}
	return all
}

func randomValue(r *rand.Rand, k sqltypes.Kind) sqltypes.Value {
	v := sqltypes.Value{Kind: k, I: int64(r.Uint64()) >> 20, F: r.Float64()}
	switch k {
	case sqltypes.Bool:
		v.I &= 1
	case sqltypes.Date:
		v.I %= 2_000_000
	case sqltypes.Time:
		v.I = r.Int64N(sqltypes.TicksPerDay)
	case sqltypes.Decimal:
		v.D = sqltypes.NewNum(int64(r.Uint64())>>r.IntN(60), r.IntN(20))
	case sqltypes.Interval:
		v = sqltypes.SpanValue(sqltypes.Span{Months: r.Int64N(30), Days: r.Int64N(50), Ticks: r.Int64N(sqltypes.TicksPerDay)})
	case sqltypes.Varchar, sqltypes.UUID, sqltypes.JSON, sqltypes.Varbinary:
		size := r.IntN(12)
		if r.IntN(40) == 0 {
			size = r.IntN(3 * longText)
		}
		b := make([]byte, size)
		for i := range b {
			b[i] = byte('a' + r.IntN(26))
		}
		v.S = string(b)
	}
	return v
}

// TestRowsKeepTheirValuesWhateverTheBatch compares with values boxed one by
// one: rows of many widths, in the order they were decoded and in others, with
// text that nobody refers to in between, and after the batch was used again.
func TestRowsKeepTheirValuesWhateverTheBatch(t *testing.T) {
	kinds := []sqltypes.Kind{
		sqltypes.Bool, sqltypes.SmallInt, sqltypes.BigInt, sqltypes.Double, sqltypes.Decimal, sqltypes.Varchar, sqltypes.Varchar,
		sqltypes.Varbinary, sqltypes.Date, sqltypes.Time, sqltypes.Timestamp, sqltypes.TimestampTZ, sqltypes.UUID, sqltypes.Interval,
	}
	r := rand.New(rand.NewPCG(5, 6))
	for range 150 {
		types := make([]sqltypes.Type, r.IntN(90))
		for i := range types {
			types[i] = kind(kinds[r.IntN(len(kinds))])
		}
		c := cursorOf(types...)
		var want [][]driver.Value
		shuffle, holes, nulls := r.IntN(2) == 0, r.IntN(3) == 0, r.IntN(5)
		for range 3 {
			c.fills = append(c.fills, func(b *tuple.Batch) {
				for range 1 + r.IntN(50) {
					row := b.AddRow()
					for i, typ := range types {
						if r.IntN(5) >= nulls {
							require.NoError(t, b.SetValue(row, i, randomValue(r, typ.Kind)))
						}
					}
					if holes {
						b.Arena = append(b.Arena, make([]byte, r.IntN(2000))...)
					}
				}
				if shuffle {
					shuffleRows(r, b)
				}
				for i := range b.Len() {
					want = append(want, boxes(b.Layout, b.Row(i)))
				}
			})
		}
		all, _ := c.open(context.Background())
		var got [][]driver.Value
		for {
			dest := make([]driver.Value, len(types))
			if err := all.Next(dest); err != nil {
				require.Equal(t, io.EOF, err)
				break
			}
			got = append(got, dest)
		}
		require.Equal(t, want, got)
	}
}

func shuffleRows(r *rand.Rand, b *tuple.Batch) {
	s := b.Layout.Stride()
	r.Shuffle(b.Len(), func(i, j int) {
		x, y := b.Slots[i*s:(i+1)*s], b.Slots[j*s:(j+1)*s]
		for k := range x {
			x[k], y[k] = y[k], x[k]
		}
	})
}

func TestAKeptTextHoldsOnToFewRows(t *testing.T) {
	c := cursorOf(kind(sqltypes.Varchar))
	c.fills = append(c.fills, func(b *tuple.Batch) {
		for i := range slabRows {
			text := "short"
			if i == 3 {
				text = strings.Repeat("x", longText+1)
			}
			require.NoError(t, b.SetString(b.AddRow(), 0, text))
		}
	})
	r, _ := c.open(context.Background())
	require.NoError(t, r.Next(make([]driver.Value, 1)))
	assert.LessOrEqual(t, len(r.slab.scratch), slabRows*len("short"), "the long text has memory of its own")
}

func TestRowsEndInTheErrorOfTheCursor(t *testing.T) {
	for _, test := range []struct {
		name string
		err  error
		is   error
	}{
		{"an error of the provider", &Error{Kind: ErrServer, Message: "boom"}, ErrServer},
		{"an error without a kind", errors.New("boom"), nil},
		{"an error that wraps io.EOF", fmt.Errorf("page cut: %w", io.EOF), io.EOF},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := cursorOf(kind(sqltypes.BigInt))
			c.fills = append(c.fills, func(b *tuple.Batch) { b.Layout.SetInt(b.AddRow(), 0, 1) })
			c.err = test.err
			r, ended := c.open(context.Background())
			dest := make([]driver.Value, 1)
			require.NoError(t, r.Next(dest))
			err := r.Next(dest)
			var e *Error
			require.ErrorAs(t, err, &e)
			assert.NotSame(t, io.EOF, err)
			if test.is != nil {
				assert.ErrorIs(t, err, test.is)
			}
			assert.Equal(t, err, r.Next(dest), "it sticks")
			require.NoError(t, r.Close())
			require.NoError(t, r.Close())
			assert.Equal(t, 1, c.closed)
			assert.Equal(t, []error{err}, *ended)
		})
	}
}

func TestACancelledQueryNeverEndsAsIfItWereComplete(t *testing.T) {
	t.Run("while it waits for a page", func(t *testing.T) {
		c := cursorOf(kind(sqltypes.BigInt))
		c.block = true
		ctx, cancel := context.WithCancel(context.Background())
		r, _ := c.open(ctx)
		got := make(chan error)
		go func() { got <- r.Next(make([]driver.Value, 1)) }()
		cancel()
		assert.Equal(t, context.Canceled, <-got)
	})
	t.Run("between two rows", func(t *testing.T) {
		c := cursorOf(kind(sqltypes.BigInt))
		c.fills = append(c.fills, func(b *tuple.Batch) {
			for range 2 * slabRows {
				b.Layout.SetInt(b.AddRow(), 0, 1)
			}
		})
		ctx, cancel := context.WithCancel(context.Background())
		r, _ := c.open(ctx)
		dest := make([]driver.Value, 1)
		require.NoError(t, r.Next(dest))
		cancel()
		n := 1
		var err error
		for err == nil {
			if err = r.Next(dest); err == nil {
				n++
			}
		}
		assert.Equal(t, context.Canceled, err)
		assert.LessOrEqual(t, n, slabRows)
	})
	t.Run("though the cursor says that it is at its end", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		r, _ := cursorOf(kind(sqltypes.BigInt)).open(ctx)
		cancel()
		assert.Equal(t, context.Canceled, r.Next(make([]driver.Value, 1)))
	})
	t.Run("by its deadline", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(context.Background(), 0)
		defer cancel()
		r, _ := cursorOf(kind(sqltypes.BigInt)).open(ctx)
		assert.Equal(t, context.DeadlineExceeded, r.Next(make([]driver.Value, 1)))
	})
}

func TestClosingEarlyCancelsWhatRunsForTheRows(t *testing.T) {
	c := cursorOf(kind(sqltypes.BigInt))
	r, ended := c.open(context.Background())
	require.NoError(t, r.Close())
	assert.ErrorIs(t, r.ctx.Err(), context.Canceled)
	assert.Equal(t, 1, c.closed)
	assert.Equal(t, []error{nil}, *ended, "to stop reading is no failure")
	assert.Error(t, r.Next(make([]driver.Value, 1)))
}

func TestThereIsOneResultSet(t *testing.T) {
	r, _ := cursorOf().open(context.Background())
	assert.False(t, r.HasNextResultSet())
	assert.Equal(t, io.EOF, r.NextResultSet())
}

func TestColumnTypesTellWhatTheSchemaTells(t *testing.T) {
	type facts struct {
		name             string
		plain, nullable  any
		length           int64
		hasLength        bool
		precision, scale int64
		hasPrecision     bool
	}
	for _, test := range []struct {
		typ  sqltypes.Type
		want facts
	}{
		{kind(sqltypes.Bool), facts{name: "BOOLEAN", plain: false, nullable: sql.NullBool{}}},
		{kind(sqltypes.SmallInt), facts{name: "SMALLINT", plain: int64(0), nullable: sql.NullInt64{}}},
		{kind(sqltypes.Integer), facts{name: "INTEGER", plain: int64(0), nullable: sql.NullInt64{}}},
		{kind(sqltypes.BigInt), facts{name: "BIGINT", plain: int64(0), nullable: sql.NullInt64{}}},
		{kind(sqltypes.Double), facts{name: "DOUBLE", plain: 0.0, nullable: sql.NullFloat64{}}},
		{sqltypes.DecimalType(18, 5), facts{name: "DECIMAL", plain: "", nullable: sql.NullString{}, precision: 18, scale: 5, hasPrecision: true}},
		{kind(sqltypes.Decimal), facts{name: "DECIMAL", plain: "", nullable: sql.NullString{}}},
		{sqltypes.VarcharType(100), facts{name: "VARCHAR", plain: "", nullable: sql.NullString{}, length: 100, hasLength: true}},
		{kind(sqltypes.Varchar), facts{name: "VARCHAR", plain: "", nullable: sql.NullString{}, length: math.MaxInt64, hasLength: true}},
		{kind(sqltypes.Varbinary), facts{name: "VARBINARY", plain: []byte{}, nullable: []byte{}, length: math.MaxInt64, hasLength: true}},
		{kind(sqltypes.Date), facts{name: "DATE", plain: time.Time{}, nullable: sql.NullTime{}}},
		{kind(sqltypes.Time), facts{name: "TIME", plain: "", nullable: sql.NullString{}}},
		{kind(sqltypes.Timestamp), facts{name: "TIMESTAMP", plain: time.Time{}, nullable: sql.NullTime{}}},
		{kind(sqltypes.TimestampTZ), facts{name: "TIMESTAMPTZ", plain: time.Time{}, nullable: sql.NullTime{}}},
		{kind(sqltypes.UUID), facts{name: "UUID", plain: "", nullable: sql.NullString{}}},
	} {
		t.Run(test.typ.String(), func(t *testing.T) {
			c := cursorOf(test.typ, test.typ)
			c.columns[1].Nullable = false
			r, _ := c.open(context.Background())
			assert.Equal(t, test.want.name, r.ColumnTypeDatabaseTypeName(0))
			assert.Equal(t, reflect.TypeOf(test.want.nullable), r.ColumnTypeScanType(0))
			assert.Equal(t, reflect.TypeOf(test.want.plain), r.ColumnTypeScanType(1))
			length, ok := r.ColumnTypeLength(0)
			assert.Equal(t, []any{test.want.length, test.want.hasLength}, []any{length, ok})
			precision, scale, ok := r.ColumnTypePrecisionScale(0)
			assert.Equal(t, []any{test.want.precision, test.want.scale, test.want.hasPrecision}, []any{precision, scale, ok})
			nullable, ok := r.ColumnTypeNullable(0)
			assert.Equal(t, []bool{true, true}, []bool{nullable, ok})
			nullable, ok = r.ColumnTypeNullable(1)
			assert.Equal(t, []bool{false, true}, []bool{nullable, ok})
		})
	}
}
