package expr

import (
	"bytes"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

func num(t testing.TB, s string) sqltypes.Value {
	n, err := sqltypes.ParseNum(s)
	require.NoError(t, err)
	return sqltypes.NumValue(n)
}

// checkKeys holds both kinds of keys against sqltypes.Compare.
func checkKeys(t testing.TB, a, b sqltypes.Value) {
	cmp := sqltypes.Compare(a, b)
	ka, kb := AppendValueKey(nil, a), AppendValueKey(nil, b)
	if (cmp == 0) != bytes.Equal(ka, kb) {
		t.Fatalf("%s and %s compare as %d, but their hash keys are %x and %x", a, b, cmp, ka, kb)
	}
	if cmp != 0 && (bytes.HasPrefix(ka, kb) || bytes.HasPrefix(kb, ka)) {
		t.Fatalf("the hash key of %s or %s starts the other's", a, b)
	}
	for _, desc := range []bool{false, true} {
		o := Order{Desc: desc}
		want := cmp
		if desc {
			want = -cmp
		}
		sa, sb := AppendValueSortKey(nil, a, o), AppendValueSortKey(nil, b, o)
		if bytes.Compare(sa, sb) != want {
			t.Fatalf("%s and %s compare as %d (desc %v), but their sort keys are %x and %x", a, b, cmp, desc, sa, sb)
		}
		if cmp != 0 && (bytes.HasPrefix(sa, sb) || bytes.HasPrefix(sb, sa)) {
			t.Fatalf("the sort key of %s or %s starts the other's", a, b)
		}
		null := sqltypes.NullOf(a.Kind)
		for _, first := range []bool{false, true} {
			o.NullsFirst = first
			less := bytes.Compare(AppendValueSortKey(nil, null, o), AppendValueSortKey(nil, a, o)) < 0
			if less != first {
				t.Fatalf("NULL is on the wrong side of %s", a)
			}
		}
	}
	checkRowKeys(t, a)
}

// checkRowKeys wants the same bytes from a row as from a value.
func checkRowKeys(t testing.TB, v sqltypes.Value) {
	l := tuple.NewLayout([]sqltypes.Type{sqltypes.Of(sqltypes.Bool), sqltypes.Of(v.Kind)})
	b := tuple.NewBatch(l)
	if err := b.SetValue(b.AddRow(), 1, v); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(AppendKey(nil, b.Row(0), l, 1), AppendValueKey(nil, v)) {
		t.Fatalf("row and value disagree about the key of %s", v)
	}
	if !bytes.Equal(AppendSortKey(nil, b.Row(0), l, 1, Order{}), AppendValueSortKey(nil, v, Order{})) {
		t.Fatalf("row and value disagree about the sort key of %s", v)
	}
}

func TestKeysAgreeWithCompare(t *testing.T) {
	var lists [][]sqltypes.Value
	var ints, floats, nums, texts, spans []sqltypes.Value
	for _, i := range []int64{math.MinInt64, -256, -1, 0, 1, 255, 256, math.MaxInt64} {
		ints = append(ints, sqltypes.IntValue(i))
	}
	for _, f := range []float64{math.Inf(-1), -1.5, -math.SmallestNonzeroFloat64, math.Copysign(0, -1), 0, 5e-324, 1, math.Inf(1), math.NaN(), math.Float64frombits(0xfff8000000000001)} {
		floats = append(floats, sqltypes.FloatValue(f))
	}
	for _, s := range []string{"0", "0.00", "1", "1.0", "1.00000", "-1", "-1.0", "10", "9", "9.9", "9.99", "0.1", "0.01", "0.010", "-0.1", "-0.01", "99999999999999999999", "99999999999999999999.0", "-99999999999999999999.5",
		"100000000000000000000", "1e-30", "1e30", "9223372036854775807", "9223372036854775808", "12", "120", "1.2", "1.25", "0.000000000000000000000000000001", "1e-300", "-1e300"} {
		nums = append(nums, num(t, s))
	}
	for _, s := range []string{"", "\x00", "\x00\x00", "a", "a\x00", "a\x00b", "a\x01", "aa", "ab", "b", "\xff", "\xff\xff", "ä"} {
		texts = append(texts, sqltypes.StringValue(s))
	}
	for _, s := range []sqltypes.Span{{}, {Months: 1}, {Days: 30}, {Days: -30}, {Ticks: sqltypes.TicksPerDay}, {Days: 1}, {Months: 1, Days: -30}, {Ticks: -1}, {Months: math.MaxInt32}, {Months: -math.MaxInt32}} {
		spans = append(spans, sqltypes.SpanValue(s))
	}
	lists = append(lists, ints, floats, nums, texts, spans)
	for _, l := range lists {
		for _, a := range l {
			for _, b := range l {
				checkKeys(t, a, b)
			}
		}
	}
	assert.NotEqual(t, AppendValueKey(nil, sqltypes.NullOf(sqltypes.BigInt)), AppendValueKey(nil, sqltypes.IntValue(0)))
}

func FuzzKeys(f *testing.F) {
	f.Add("1.50", "1.5", "a", "a\x00", 1.0, 0.0, int64(1), int64(-1))
	f.Fuzz(func(t *testing.T, d1, d2, s1, s2 string, f1, f2 float64, i1, i2 int64) {
		n1, err1 := sqltypes.ParseNum(d1)
		n2, err2 := sqltypes.ParseNum(d2)
		if err1 == nil && err2 == nil {
			checkKeys(t, sqltypes.NumValue(n1), sqltypes.NumValue(n2))
		}
		checkKeys(t, sqltypes.NumValue(sqltypes.NewNum(i1, int(uint64(i2)%40))), sqltypes.NumValue(sqltypes.NewNum(i2, int(uint64(i1)%40))))
		checkKeys(t, sqltypes.NumValue(sqltypes.NewNum(i1, int(uint64(i2)%40))), sqltypes.NumValue(sqltypes.NewNum(i1/10, max(0, int(uint64(i2)%40)-1))))
		checkKeys(t, sqltypes.StringValue(s1), sqltypes.StringValue(s2))
		checkKeys(t, sqltypes.StringValue(s1), sqltypes.StringValue(s1+s2))
		checkKeys(t, sqltypes.FloatValue(f1), sqltypes.FloatValue(f2))
		checkKeys(t, sqltypes.IntValue(i1), sqltypes.IntValue(i2))
		span := func(a, b int64) sqltypes.Value {
			return sqltypes.SpanValue(sqltypes.Span{Months: int64(int32(a)), Days: int64(int32(b)), Ticks: a ^ b})
		}
		checkKeys(t, span(i1, i2), span(i2, i1))
	})
}
