package tuple

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/sqltypes"
)

func kinds() []sqltypes.Type {
	var out []sqltypes.Type
	for k := sqltypes.Bool; k <= sqltypes.JSON; k++ {
		out = append(out, sqltypes.Of(k))
	}
	return out
}

func valueOf(k sqltypes.Kind, i int) sqltypes.Value {
	v := sqltypes.Value{Kind: k}
	switch k.Storage() {
	case sqltypes.StoreInt:
		v.I = int64(i) - 2
	case sqltypes.StoreFloat:
		v.F = float64(i) / 4
	case sqltypes.StoreDecimal:
		v.D = sqltypes.NewNum([]int64{math.MinInt64, -1 << 56, -1<<56 - 1, 0, 1<<56 - 1, 1 << 56, math.MaxInt64}[i%7], i%70)
	case sqltypes.StoreBytes:
		v.S = fmt.Sprintf("text %d", i)[:i%7]
	}
	return v
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	for _, width := range []int{1, 16, 63, 64, 65, 130} {
		var types []sqltypes.Type
		for len(types) < width {
			types = append(types, kinds()...)
		}
		l := NewLayout(types[:width])
		b, copied := NewBatch(l), NewBatch(l)
		for i := range 100 {
			row := b.AddRow()
			for c, typ := range l.Types {
				v := valueOf(typ.Kind, i)
				if (i+c)%5 == 0 {
					v = sqltypes.NullOf(typ.Kind)
				}
				require.NoError(t, b.SetValue(row, c, v))
			}
		}
		for i := range b.Len() {
			require.NoError(t, copied.AppendRow(b.Row(i), l))
		}
		require.Equal(t, 100, copied.Len())
		for i := range 100 {
			for c, typ := range l.Types {
				want := valueOf(typ.Kind, i)
				for _, got := range []sqltypes.Value{l.Value(b.Row(i), c), l.Value(copied.Row(i), c)} {
					if (i+c)%5 == 0 {
						assert.True(t, got.Null)
						continue
					}
					require.False(t, got.Null)
					require.Zero(t, sqltypes.Compare(want, got), "%s: %s is not %s", typ, got, want)
					require.Equal(t, want.Text(), got.Text())
				}
			}
		}
		assert.Positive(t, b.Bytes())
		b.DropLast()
		b.Truncate(10)
		assert.Equal(t, 10, b.Len())
		b.Reset()
		assert.Zero(t, b.Len())
		row := b.AddRow()
		for c := range l.Types {
			assert.True(t, b.Row(0).Null(c), "a new row is NULL all over, whatever lay there")
			assert.Zero(t, row[l.Slot(c)])
		}
	}
}

func TestARowInAReusedBatchAllocatesNothing(t *testing.T) {
	l := NewLayout([]sqltypes.Type{sqltypes.Of(sqltypes.BigInt), sqltypes.Of(sqltypes.Varchar), sqltypes.Of(sqltypes.Decimal)})
	b := NewBatch(l)
	fill := func() {
		b.Reset()
		for i := range 100 {
			row := b.AddRow()
			l.SetInt(row, 0, int64(i))
			if b.SetString(row, 1, "some text") != nil || b.SetNum(row, 2, sqltypes.NewNum(int64(i), 2)) != nil {
				t.Fatal("the arena is full")
			}
		}
	}
	fill()
	assert.Zero(t, testing.AllocsPerRun(10, fill))
}
