package expr

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/sqltypes"
)

// No template and no text makes the readers and writers of dates and numbers
// panic, leave the calendar, or disagree with themselves.
func FuzzTemplates(f *testing.F) {
	f.Add("2024-02-29 10:11:12.5", "YYYY-MM-DD HH24:MI:SS.FF1", int64(17_000_000_000_000_000), "1234.5")
	f.Add("29th Feb 24 +05:30", "DDth Mon YY TZH:TZM", int64(0), "-0.004")
	f.Add("2460370", "J", int64(-62_135_596_800), "99999999999999999999999999999999999999")
	f.Add("12,024", "Y,YYY Q RM FM999,990.00MI", int64(1), "12")
	f.Add("", `yyyy-MM-dd'T'HH:mm:ss.fffK "x" \`, int64(5), "0")
	f.Add("x", "%Y-%m-%d %H:%i:%s.%f %j %U %v %x %r %T %D %%", int64(5), "1e20")
	f.Fuzz(func(t *testing.T, text, template string, at int64, number string) {
		fr := &Frame{Stmt: &Statement{Now: time.Unix(0, 0), Zone: time.UTC}}
		ticks := minTicks + int64(uint64(at)%uint64(maxTicks-minTicks))
		for _, a := range [][]datum{{{B: []byte(text)}, {B: []byte(template)}}} {
			if d := fr.byTemplate(a[0].B, a[1].B); !d.Null {
				require.True(t, d.I >= minTicks && d.I <= maxTicks, "%q by %q is %d", text, template, d.I)
			}
			for _, k := range []sqltypes.Kind{sqltypes.Date, sqltypes.Time, sqltypes.Timestamp} {
				readMySQL(a, k)
			}
			fr.numberByTemplate(a[0].B, a[1].B)
		}
		fr.Err = nil
		fr.toChar(civilOf(ticks), []byte(template))
		fr.toChar(civilOfSpan(sqltypes.Span{Months: at % 1000, Days: at % 100, Ticks: at % sqltypes.TicksPerDay}), []byte(template))
		fr.dateFormat(ticks, []byte(template))
		fr.formatDate(ticks, []datum{{}, {B: []byte(template)}}, nil)
		if n, err := sqltypes.ParseNum(number); err == nil {
			fr.numberToChar(n, []byte(template))
		}
		if day, err := parseTemporal(text, sqltypes.Date); err == nil {
			require.True(t, day >= minDay && day <= maxDay, "%q is day %d", text, day)
		}
		// What TO_CHAR writes in full, TO_TIMESTAMP reads back.
		const full = "YYYY-MM-DD HH24:MI:SS.US"
		ticks -= ticks % sqltypes.TicksPerMicro
		if ticks < minTicks {
			return
		}
		back := (&Frame{}).byTemplate((&Frame{}).toChar(civilOf(ticks), []byte(full)).B, []byte(full))
		require.Equal(t, ticks, back.I)
	})
}

func TestArithmeticWithDatesNeverWraps(t *testing.T) {
	for _, sql := range []string{
		"TIMESTAMP '9999-12-31 00:00:00' + (INTERVAL '4000000 days' + INTERVAL '500000000000 seconds')",
		"TIMESTAMP '9999-12-31 00:00:00' + INTERVAL '900000000000 seconds'", "TIMESTAMP '0001-01-01 00:00:00' - INTERVAL '900000000000 seconds'",
		"DATE '0001-01-01' - 1", "DATE '9999-12-31' + 9223372036854775807", "DATE '2024-01-01' - CAST('-9223372036854775808' AS BIGINT)",
		"DATE '2024-01-31' + INTERVAL '100000 months'", "INTERVAL '2147483647 months' + INTERVAL '1 month'", "INTERVAL '1 month' * 2147483648",
		"- INTERVAL '-922337203685.4775808 seconds'", "INTERVAL '900000000000 seconds' * 2", "INTERVAL '1 day' / 1e-20",
		"DATEADD(year, 2147483647, DATE '2024-01-01')", "DATEADD(second, 9223372036854775807, TIMESTAMP '2024-01-01 00:00:00')",
		"DATE_BIN(INTERVAL '100000000 days', TIMESTAMP '2024-01-01 00:00:00', TIMESTAMP '0001-01-01 00:00:00')",
		"TO_DATE('99999999', 'J')", "FROM_DAYS(9223372036854775807)", "FROM_UNIXTIME(9223372036854775807)", "MAKE_INTERVAL(2147483647)",
		"TIMESTAMPTZ '9999-12-31 23:00:00+00' AT TIME ZONE 'Asia/Tokyo'",
	} {
		_, err := evalSQL(t, sql)
		var e *Error
		require.ErrorAs(t, err, &e, sql)
		require.Contains(t, []string{"22003", "22008", "22015"}, e.State, "%s: %v", sql, err)
	}
}
