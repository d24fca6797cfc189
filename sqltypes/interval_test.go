package sqltypes

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSpansReadAndPrintAsInPostgreSQL(t *testing.T) {
	for _, c := range []struct{ in, unit, want string }{
		{"1 year 2 months 3 days 04:05:06.5", "", "1 year 2 mons 3 days 04:05:06.5"},
		{"14", "MONTH", "1 year 2 mons"}, {"90", "minute", "01:30:00"}, {"-1", "DAY", "-1 days"}, {"1.5", "day", "1 day"},
		{"1 day -01:00:00", "", "1 day -01:00:00"}, {"-1 day +01:00:00", "", "-1 days +01:00:00"}, {"30h", "", "30:00:00"}, {"1-2", "", "1 year 2 mons"},
		{"5", "", "00:00:05"}, {"2 weeks", "", "14 days"}, {"250 ms", "", "00:00:00.25"}, {"1 day ago", "", "-1 days"}, {"0 days", "", "00:00:00"}, {"1.5 years", "", "1 year 6 mons"},
		{"1 mon 10 s", "", "1 mon 00:00:10"}, {"1 02:03:04", "DAY TO SECOND", "1 day 02:03:04"}, {"1-2", "YEAR TO MONTH", "1 year 2 mons"},
		{"1-2 3 04:05:06", "", "1 year 2 mons 3 days 04:05:06"}, {"1 2", "DAY TO HOUR", "1 day 02:00:00"}, {"02:03", "MINUTE TO SECOND", "00:02:03"},
		{"1 02:03:04.9", "DAY TO MINUTE", "1 day 02:03:00"}, {"1.2345678", "SECOND(3)", "00:00:01.235"}, {"26", "MONTH", "2 years 2 mons"},
		{"P1Y2M3DT4H5M6.5S", "", "1 year 2 mons 3 days 04:05:06.5"}, {"P2W", "", "14 days"}, {"PT-90M", "", "-01:30:00"}, {"P0001-02-03T04:05:06", "", "1 year 2 mons 3 days 04:05:06"},
		{"1.05 years", "", "1 year 1 mon"}, {"1.5 months", "", "1 mon 15 days"}, {"1.5 weeks", "", "10 days 12:00:00"},
		{"1:30", "HOUR_MINUTE", "01:30:00"}, {"3 4.05:06", "DAY_SECOND", "3 days 04:05:06"}, {"-1 2", "YEAR_MONTH", "-1 years -2 mons"}, {"1.5", "SECOND_MICROSECOND", "00:00:01.5"},
	} {
		v, err := ParseSpan(c.in, c.unit)
		require.NoError(t, err, c.in)
		assert.Equal(t, c.want, string(v.Append(nil)), c.in)
		assert.Equal(t, v, DecodeSpan(v.AppendEncoded(nil)))
		assert.Equal(t, c.want, SpanValue(v).Text())
		back, err := ParseSpan(c.want, "")
		require.NoError(t, err)
		assert.Equal(t, v, back)
	}
	for _, bad := range []string{"", "day", "x days", "1 fortnight", "1:99:00", "1-13", "1 2 3 x", "9999999999 years", "1:2:3:4", "1 day 2 days", "1 2 days", "P", "PT", "P1", "1 day day", "1:-2", "P1H"} {
		_, err := ParseSpan(bad, "")
		require.Error(t, err, bad)
	}
}

func FuzzParseSpan(f *testing.F) {
	f.Add("1 year 2 mons -3 days 04:05:06.7", "DAY")
	f.Fuzz(func(t *testing.T, s, unit string) {
		v, err := ParseSpan(s, unit)
		if err != nil || v.Ticks > TicksPerHour*1e6 || v.Ticks < -TicksPerHour*1e6 {
			return
		}
		text := string(v.Append(nil))
		if back, err := ParseSpan(text, ""); err != nil || back != v {
			t.Fatalf("%q is %v, printed %q, read back as %v, %v", s, v, text, back, err)
		}
	})
}

func TestNumbersCompareExactlyWithFloats(t *testing.T) {
	big := int64(9007199254740993)
	assert.Equal(t, 1, Compare(IntValue(big), FloatValue(9007199254740992)))
	assert.Equal(t, -1, Compare(FloatValue(9007199254740992), IntValue(big)))
	assert.Equal(t, 0, Compare(IntValue(3), FloatValue(3)))
	assert.Equal(t, -1, Compare(IntValue(3), FloatValue(3.5)))
	assert.Equal(t, 1, Compare(IntValue(-3), FloatValue(-3.5)))
	assert.Equal(t, -1, CompareIntFloat(1<<63-1, 1<<63))
	assert.Equal(t, 0, CompareIntFloat(-1<<63, -1<<63))
	d, err := ParseNum("0.1")
	require.NoError(t, err)
	assert.Equal(t, 0, Compare(NumValue(d), FloatValue(0.1)), "a decimal meets a float as the nearest float")
	assert.Equal(t, 0, Compare(SpanValue(Span{Months: 1}), SpanValue(Span{Days: 30})))
}
