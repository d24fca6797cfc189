package sqltypes

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDaysAgreeWithTheTimePackage(t *testing.T) {
	first, last := Days(1, 1, 1), Days(9999, 12, 31)
	assert.Equal(t, int64(-719162), first)
	assert.Equal(t, int64(2932896), last)
	for d := first; d <= last; d += 13 {
		y, m, day := Civil(d)
		want := DateOf(d)
		if want.Year() != y || int(want.Month()) != m || want.Day() != day || Days(y, m, day) != d {
			t.Fatalf("day %d is %d-%d-%d, not %s", d, y, m, day, want)
		}
	}
	for y := 1890; y < 2110; y++ {
		for m := 1; m <= 12; m++ {
			assert.Equal(t, time.Date(y, time.Month(m)+1, 0, 0, 0, 0, 0, time.UTC).Day(), DaysInMonth(y, m))
		}
	}
}

func checkInstant(t testing.TB, ticks int64) {
	day, ofDay := SplitTicks(ticks)
	if ofDay < 0 || ofDay >= TicksPerDay || day*TicksPerDay+ofDay != ticks {
		t.Fatalf("%d splits into %d and %d", ticks, day, ofDay)
	}
	tm := TimeOf(ticks)
	back, err := TicksOf(tm)
	if err != nil || back != ticks {
		t.Fatalf("%d becomes %s and %d, %v", ticks, tm, back, err)
	}
	if tm.Year() < 1 || tm.Year() > 9999 {
		return
	}
	text := string(AppendTimestamp(nil, ticks, 'T'))
	if want := tm.Format("2006-01-02T15:04:05.9999999"); text != want {
		t.Fatalf("%d prints as %s, not %s", ticks, text, want)
	}
	for suffix, zone := range map[string]bool{"": false, "Z": true, "+00:00": true, "-00": true} {
		got, has, err := ParseTimestamp(text + suffix)
		if err != nil || got != ticks || has != zone {
			t.Fatalf("%s%s reads as %d, %v, %v", text, suffix, got, has, err)
		}
	}
	if got, err := ParseTime(string(AppendTime(nil, ofDay))); err != nil || got != ofDay {
		t.Fatalf("time %d reads back as %d, %v", ofDay, got, err)
	}
	if got, err := ParseDate(string(AppendDate(nil, day))); err != nil || got != day {
		t.Fatalf("day %d reads back as %d, %v", day, got, err)
	}
}

func FuzzInstant(f *testing.F) {
	for _, v := range []int64{0, -1, 1, TicksPerDay, -TicksPerDay, Days(1, 1, 1) * TicksPerDay, (Days(9999, 12, 31)+1)*TicksPerDay - 1, Days(1900, 1, 1) * TicksPerDay, 17_000_000_001_234_567} {
		f.Add(v)
	}
	lo, span := Days(1, 1, 1)*TicksPerDay, (Days(9999, 12, 31)-Days(1, 1, 1)+1)*TicksPerDay
	f.Fuzz(func(t *testing.T, v int64) {
		if v < lo || v >= lo+span {
			v = lo + int64(uint64(v)%uint64(span))
		}
		checkInstant(t, v)
	})
}

func FuzzParseTimestamp(f *testing.F) {
	f.Add("2024-02-29T10:11:12.1234567+02:00")
	f.Fuzz(func(t *testing.T, s string) {
		ticks, _, err := ParseTimestamp(s)
		if err == nil && ticks > Days(2, 1, 1)*TicksPerDay && ticks < Days(9998, 1, 1)*TicksPerDay {
			checkInstant(t, ticks)
		}
	})
}

func TestTimestampsReadAsTimePackageReadsThem(t *testing.T) {
	for _, s := range []string{"2024-02-29T10:11:12Z", "2024-02-29T10:11:12+02:00", "2024-02-29T10:11:12.5-05:30", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.9999999Z", "1969-12-31T23:59:59.9999999Z"} {
		want, err := time.Parse(time.RFC3339Nano, s)
		require.NoError(t, err)
		got, has, err := ParseTimestamp(s)
		require.NoError(t, err, s)
		assert.True(t, has)
		assert.True(t, TimeOf(got).Equal(want), s)
	}
	for _, s := range []string{"", "2024", "2024-02-30", "2023-02-29", "2024-13-01", "2024-00-01", "2024-01-00", "2024-01-01T24:00:00", "2024-01-01T10:60", "2024-01-01T10:00:60", "2024-01-01x10:00", "2024-01-01T10:00:00.",
		"2024-01-01T10:00:00+", "2024-01-01T10:00:00+2", "2024-01-01T10:00:00ZZ", "2024-01-01T1:00:00", "20240101", "2024-01-01T10:00:00+19:00"} {
		_, _, err := ParseTimestamp(s)
		require.Error(t, err, s)
	}
	_, _, err := ParseTimestamp("2024-01-01T10:00:00.12345678")
	require.ErrorIs(t, err, ErrResolution)
	_, _, err = ParseTimestamp("2024-01-01T10:00:00.12345670000")
	require.NoError(t, err, "zeros at the end lose nothing")
	_, err = TicksOf(time.Unix(0, 150))
	require.ErrorIs(t, err, ErrResolution)
}
