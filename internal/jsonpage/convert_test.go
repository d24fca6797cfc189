package jsonpage

import (
	"encoding/base64"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/sqltypes"
)

func TestParseInt64(t *testing.T) {
	for _, c := range []struct {
		text string
		want int64
		err  error
	}{
		{"0", 0, nil}, {"-0", 0, nil}, {"8", 8, nil}, {"-12", -12, nil}, {"999999999999999999", 999999999999999999, nil},
		{"9223372036854775807", math.MaxInt64, nil}, {"-9223372036854775808", math.MinInt64, nil},
		{"1.0", 1, nil}, {"1e3", 1000, nil}, {"1.50e1", 15, nil}, {"1200e-2", 12, nil}, {"-7.000", -7, nil},
		{"9223372036854775808", 0, ErrOutOfRange}, {"1e400", 0, ErrOutOfRange}, {"1e99999999999", 0, ErrOutOfRange},
		{"1.5", 0, ErrNotInteger}, {"1e-3", 0, ErrNotInteger}, {"", 0, ErrNotInteger}, {"-", 0, ErrNotInteger},
		{"+1", 1, nil}, {"007", 7, nil}, {"+01.0", 1, nil}, {"--1", 0, ErrNotInteger}, {"+", 0, ErrNotInteger}, {"1.", 0, ErrNotInteger}, {".5", 0, ErrNotInteger}, {"1e", 0, ErrNotInteger}, {"1e+", 0, ErrNotInteger}, {"1 ", 0, ErrNotInteger}, {"abc", 0, ErrNotInteger}, {"0x10", 0, ErrNotInteger}, {"1_0", 0, ErrNotInteger},
	} {
		t.Run("of "+c.text, func(t *testing.T) {
			v, err := ParseInt64([]byte(c.text))
			if c.err != nil {
				require.ErrorIs(t, err, c.err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.want, v)
		})
	}
}

func TestParseFloat64(t *testing.T) {
	for text, want := range map[string]float64{"1.5": 1.5, "-2e3": -2000, "INF": math.Inf(1), "-INF": math.Inf(-1), "0.1": 0.1, "5e-324": 5e-324} {
		v, err := ParseFloat64([]byte(text), 64)
		require.NoError(t, err, text)
		assert.Equal(t, want, v, text)
	}
	v, err := ParseFloat64([]byte("NaN"), 64)
	require.NoError(t, err)
	assert.True(t, math.IsNaN(v))
	v, err = ParseFloat64([]byte("0.1"), 32)
	require.NoError(t, err)
	assert.Equal(t, float64(float32(0.1)), v)
	for text, want := range map[string]error{"": ErrNotFloat, "x": ErrNotFloat, "inf": ErrNotFloat, "0x1p3": ErrNotFloat, "1_0": ErrNotFloat, "1e999": ErrOutOfRange} {
		_, err := ParseFloat64([]byte(text), 64)
		assert.ErrorIs(t, err, want, text)
	}
}

func TestParseBool(t *testing.T) {
	for text, want := range map[string]bool{"true": true, "True": true, "false": false, "FALSE": false} {
		v, err := ParseBool([]byte(text))
		require.NoError(t, err, text)
		assert.Equal(t, want, v, text)
	}
	for _, text := range []string{"", "1", "yes", "truex"} {
		_, err := ParseBool([]byte(text))
		assert.ErrorIs(t, err, ErrNotBool, text)
	}
}

func ticks(t *testing.T, text string) int64 {
	at, err := time.Parse(time.RFC3339Nano, text)
	require.NoError(t, err)
	v, err := sqltypes.TicksOf(at)
	require.NoError(t, err)
	return v
}

func TestParseTimestamp(t *testing.T) {
	for _, c := range []struct {
		text, instant string
		offset        time.Duration
		zone          bool
	}{
		{"2024-02-29T13:14:15Z", "2024-02-29T13:14:15Z", 0, true},
		{"2024-02-29T13:14:15", "2024-02-29T13:14:15Z", 0, false},
		{"2024-02-29T13:14:15.1234567-06:00", "2024-02-29T19:14:15.1234567Z", -6 * time.Hour, true},
		{"2024-02-29T13:14:15.123456700000+05:30", "2024-02-29T07:44:15.1234567Z", 5*time.Hour + 30*time.Minute, true},
		{"2024-02-29T13:14:15.5", "2024-02-29T13:14:15.5Z", 0, false},
		{"2024-02-29T13:14Z", "2024-02-29T13:14:00Z", 0, true},
		{"2024-02-29 13:14:15+0100", "2024-02-29T12:14:15Z", time.Hour, true},
		{"2024-02-29t13:14:15+01", "2024-02-29T12:14:15Z", time.Hour, true},
		{"2024-02-29", "2024-02-29T00:00:00Z", 0, false},
		{"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z", 0, true},
		{"9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.9999999Z", 0, true},
		{"/Date(0)/", "1970-01-01T00:00:00Z", 0, false},
		{"/Date(1331769600123)/", "2012-03-15T00:00:00.123Z", 0, false},
		{"/Date(-62135596800000)/", "0001-01-01T00:00:00Z", 0, false},
		{"/Date(253402300799999)/", "9999-12-31T23:59:59.999Z", 0, false},
		{"/Date(1331769600000+0060)/", "2012-03-14T23:00:00Z", time.Hour, true},
		{"/Date(-86400000-0360)/", "1969-12-31T06:00:00Z", -6 * time.Hour, true},
	} {
		t.Run("of "+c.text, func(t *testing.T) {
			v, err := ParseTimestamp([]byte(c.text))
			require.NoError(t, err)
			assert.Equal(t, ticks(t, c.instant), v.Instant())
			assert.Equal(t, int64(c.offset/sqltypes.Tick), v.Offset)
			assert.Equal(t, c.zone, v.HasZone)
		})
	}
	for _, c := range []struct {
		text string
		err  error
	}{
		{"", ErrNotTimestamp}, {"2024", ErrNotTimestamp}, {"2023-02-29T00:00:00", ErrNotTimestamp}, {"1900-02-29T00:00:00", ErrNotTimestamp},
		{"2024-13-01T00:00:00", ErrNotTimestamp}, {"2024-00-01", ErrNotTimestamp}, {"2024-01-00", ErrNotTimestamp}, {"2024-04-31", ErrNotTimestamp},
		{"0000-01-01T00:00:00", ErrNotTimestamp}, {"2024-01-01T24:00:00", ErrNotTimestamp}, {"2024-01-01T00:60:00", ErrNotTimestamp},
		{"2024-01-01T00:00:60", ErrNotTimestamp}, {"2024-01-01T", ErrNotTimestamp}, {"2024-01-01T00:00:0", ErrNotTimestamp},
		{"2024-01-01T00:00:00.", ErrNotTimestamp}, {"2024-01-01T00:00:00.0000000000000", ErrNotTimestamp}, {"2024-01-01T00:00:00X", ErrNotTimestamp},
		{"2024-01-01T00:00:00+25:00", ErrNotTimestamp}, {"2024-01-01T00:00:00+01:0", ErrNotTimestamp}, {"2024-01-01T00:00:00ZZ", ErrNotTimestamp},
		{"20240101T000000", ErrNotTimestamp}, {"2024-1-1T00:00:00", ErrNotTimestamp}, {"2024-01-01X00:00:00", ErrNotTimestamp}, {"+024-01-01", ErrNotTimestamp},
		{"2024-01-01T00:00:00.00000001Z", ErrResolution}, {"2024-01-01T00:00:00.000000000001", sqltypes.ErrResolution},
		{"/Date()/", ErrNotTimestamp}, {"/Date(1)", ErrNotTimestamp}, {"/Date(12x345)/", ErrNotTimestamp}, {"/Date(1.5e3)/", ErrNotTimestamp},
		{"/Date(1+9999)/", ErrNotTimestamp}, {"/Date(1+-060)/", ErrNotTimestamp}, {"/Date(253402300800000)/", ErrOutOfRange}, {"/Date(-62135596800001)/", ErrOutOfRange},
	} {
		t.Run("not of "+c.text, func(t *testing.T) {
			_, err := ParseTimestamp([]byte(c.text))
			assert.ErrorIs(t, err, c.err)
		})
	}
}

func TestEveryDayOfFourCenturiesParses(t *testing.T) {
	at := time.Date(1890, 1, 1, 0, 0, 0, 0, time.UTC)
	for range 400 * 366 {
		days, err := ParseDate([]byte(at.Format(time.DateOnly)))
		require.NoError(t, err)
		require.Equal(t, at.Unix()/86400-boolInt(at.Unix()%86400 < 0), days)
		at = at.AddDate(0, 0, 1)
	}
}

func boolInt(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func TestParseDate(t *testing.T) {
	for _, text := range []string{"2024-02-29", "2024-02-29T00:00:00", "2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000-06:00", "/Date(1709164800000)/"} {
		v, err := ParseDate([]byte(text))
		require.NoError(t, err, text)
		assert.Equal(t, sqltypes.Days(2024, 2, 29), v, text)
	}
	for text, want := range map[string]error{
		"": ErrNotDate, "2024-02-30": ErrNotDate, "29.02.2024": ErrNotDate, "2024-02-29T01:00:00Z": ErrDateWithTime, "/Date(1709164800001)/": ErrDateWithTime,
	} {
		_, err := ParseDate([]byte(text))
		assert.ErrorIs(t, err, want, text)
	}
}

func TestParseTimeOfDayAndDuration(t *testing.T) {
	for text, want := range map[string]string{
		"00:00": "0s", "13:14:15": "13h14m15s", "13:14:15.1234567": "13h14m15.1234567s", "23:59:59.999999900000": "23h59m59.9999999s",
		"PT09H45M51S": "9h45m51s", "PT0S": "0s", "PT23H": "23h", "P0DT1M": "1m",
	} {
		v, err := ParseTimeOfDay([]byte(text))
		require.NoError(t, err, text)
		d, _ := time.ParseDuration(want)
		assert.Equal(t, int64(d/sqltypes.Tick), v, text)
	}
	for text, want := range map[string]error{
		"": ErrNotTime, "24:00": ErrNotTime, "1:00": ErrNotTime, "12:00:00Z": ErrNotTime, "12:0000": ErrNotTime, "12:00:00.": ErrNotTime,
		"PT24H": ErrNotTime, "-PT1S": ErrNotTime, "P1D": ErrNotTime, "PT": ErrNotTime, "12:00:00.00000001": ErrResolution,
	} {
		_, err := ParseTimeOfDay([]byte(text))
		assert.ErrorIs(t, err, want, text)
	}
	for text, want := range map[string]sqltypes.Span{
		"P1D": {Days: 1}, "P1DT2H3M4.5S": {Days: 1, Ticks: 73_845_000_000}, "-P1DT2H": {Days: -1, Ticks: -2 * sqltypes.TicksPerHour},
		"PT0.0000001S": {Ticks: 1}, "P0D": {}, "+PT90M": {Ticks: 90 * sqltypes.TicksPerMinute}, "PT1H1S": {Ticks: 3601 * sqltypes.TicksPerSecond},
		"P2147483647D": {Days: math.MaxInt32}, "PT922337203685.4775807S": {Ticks: math.MaxInt64},
	} {
		v, err := ParseDuration([]byte(text))
		require.NoError(t, err, text)
		assert.Equal(t, want, v, text)
	}
	for text, want := range map[string]error{
		"": ErrNotDuration, "P": ErrNotDuration, "PT": ErrNotDuration, "P1DT": ErrNotDuration, "P1Y": ErrNotDuration, "P1M": ErrNotDuration,
		"PT1M1H": ErrNotDuration, "P1H": ErrNotDuration, "PT1D": ErrNotDuration, "P1D1D": ErrNotDuration, "PT1.5M": ErrNotDuration, "PT.5S": ErrNotDuration,
		"PT1.S": ErrNotDuration, "PT1": ErrNotDuration, "PTT1S": ErrNotDuration, "--PT1S": ErrNotDuration, "PT1S ": ErrNotDuration,
		"P2147483648D": ErrOutOfRange, "P9999999999999999999D": ErrOutOfRange, "PT922337203685.4775808S": ErrOutOfRange, "PT1H922337203685S": ErrOutOfRange, "PT0.00000001S": ErrResolution,
	} {
		_, err := ParseDuration([]byte(text))
		assert.ErrorIs(t, err, want, text)
	}
}

func TestAppendGUID(t *testing.T) {
	const lower = "01234567-89ab-cdef-0123-456789abcdef"
	for _, text := range []string{lower, strings.ToUpper(lower)} {
		got, err := AppendGUID([]byte("x"), []byte(text))
		require.NoError(t, err)
		assert.Equal(t, "x"+lower, string(got))
	}
	// Every byte at every place: either it keeps a GUID one, or it is refused.
	for i := range 36 {
		for c := range 256 {
			text := []byte(lower)
			text[i] = byte(c)
			got, err := AppendGUID([]byte("x"), text)
			dash := i == 8 || i == 13 || i == 18 || i == 23
			ok := dash && c == '-' || !dash && strings.ContainsRune("0123456789abcdefABCDEF", rune(c)) && c < 0x80
			if !ok {
				require.ErrorIs(t, err, ErrNotGUID, "%q", text)
				require.Equal(t, "x", string(got))
				continue
			}
			require.NoError(t, err, "%q", text)
			require.Equal(t, "x"+strings.ToLower(string(text)), string(got))
		}
	}
	for _, text := range []string{"", lower[:35], lower + "0", "{" + lower + "}"} {
		_, err := AppendGUID(nil, []byte(text))
		assert.ErrorIs(t, err, ErrNotGUID)
	}
}

func TestAppendBase64(t *testing.T) {
	for n := range 20 {
		want := make([]byte, n)
		for i := range want {
			want[i] = byte(255 - i*37)
		}
		for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
			got, err := AppendBase64([]byte("x"), []byte(enc.EncodeToString(want)))
			require.NoError(t, err)
			assert.Equal(t, "x"+string(want), string(got))
		}
	}
	for _, text := range []string{"A", "AA=", "AA===", "A?AA", "-_+/", "AA\nAA", "===="} {
		got, err := AppendBase64([]byte("x"), []byte(text))
		assert.ErrorIs(t, err, ErrNotBase64, text)
		assert.Equal(t, "x", string(got))
	}
}

func FuzzParseTimestampAgreesWithSqltypes(f *testing.F) {
	for _, text := range []string{"2024-02-29T13:14:15.1234567-06:00", "0001-01-01", "2024-02-29 13:14Z", "2024-02-29T13:14:15+0100", "/Date(1331769600000+0060)/"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ParseTimestamp([]byte(text))
		if err != nil || text[0] == '/' {
			return
		}
		want, zone, err := sqltypes.ParseTimestamp(text)
		require.NoError(t, err, "%q", text)
		require.Equal(t, want, got.Instant(), "%q", text)
		require.Equal(t, zone, got.HasZone, "%q", text)
	})
}

func FuzzParseInt64AgreesWithExactRationals(f *testing.F) {
	for _, text := range []string{"1", "-1.0", "1e3", "12e-1", "9223372036854775807", "1.50e1"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ParseInt64([]byte(text))
		if !isNumber([]byte(text)) {
			require.ErrorIs(t, err, ErrNotInteger)
			return
		}
		if i := strings.IndexAny(text, "eE"); len(text) > 200 || i >= 0 && len(text)-i > 4 {
			return // too large for the oracle
		}
		want, ok := new(big.Rat).SetString(text)
		require.True(t, ok, "%q", text)
		if want.IsInt() && want.Num().IsInt64() {
			require.NoError(t, err, "%q", text)
			require.Equal(t, want.Num().Int64(), got, "%q", text)
			return
		}
		require.Error(t, err, "%q", text)
	})
}
