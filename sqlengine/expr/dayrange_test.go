package expr

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/sqltypes"
)

// berlin is a Friday evening in May: 22:30 in UTC, half past midnight of the
// 18th in Berlin.
func berlin(t testing.TB) *Statement {
	z, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	return &Statement{Now: time.Date(2024, 5, 17, 22, 30, 45, 0, time.UTC), Zone: z}
}

func TestDateLiteralsAreRangesOfConstants(t *testing.T) {
	cols := map[string]*Column{"D": {Name: "d", T: sqltypes.Of(sqltypes.Date)}, "TS": {Name: "ts", T: sqltypes.Of(sqltypes.Timestamp)},
		"TZ": {Name: "tz", T: sqltypes.Of(sqltypes.TimestampTZ)}}
	for sql, want := range map[string]string{
		"d = L_TODAY()":                                 "d = DATE '2024-05-18'",
		"d = TODAY()":                                   "d = DATE '2024-05-18'",
		"L_YESTERDAY() = d":                             "d = DATE '2024-05-17'",
		"d = L_TOMORROW()":                              "d = DATE '2024-05-19'",
		"d = L_LAST_WEEK()":                             "d >= DATE '2024-05-05' AND d < DATE '2024-05-12'",
		"d = L_THIS_WEEK()":                             "d >= DATE '2024-05-12' AND d < DATE '2024-05-19'",
		"d = NEXT_WEEK()":                               "d >= DATE '2024-05-19' AND d < DATE '2024-05-26'",
		"d = L_LAST_MONTH()":                            "d >= DATE '2024-04-01' AND d < DATE '2024-05-01'",
		"d = L_THIS_QUARTER()":                          "d >= DATE '2024-04-01' AND d < DATE '2024-07-01'",
		"d = L_LAST_QUARTER()":                          "d >= DATE '2024-01-01' AND d < DATE '2024-04-01'",
		"d = L_NEXT_YEAR()":                             "d >= DATE '2025-01-01' AND d < DATE '2026-01-01'",
		"d = L_LAST_90_DAYS()":                          "d >= DATE '2024-02-18' AND d < DATE '2024-05-18'",
		"d = L_NEXT_90_DAYS()":                          "d >= DATE '2024-05-18' AND d < DATE '2024-08-16'",
		"d = L_LAST_N_DAYS(3)":                          "d >= DATE '2024-05-15' AND d < DATE '2024-05-18'",
		"d = L_NEXT_N_DAYS('3')":                        "d >= DATE '2024-05-18' AND d < DATE '2024-05-21'",
		"d = L_LAST_N_WEEKS(2)":                         "d >= DATE '2024-04-28' AND d < DATE '2024-05-12'",
		"d = L_NEXT_N_WEEKS(1 + 1)":                     "d >= DATE '2024-05-19' AND d < DATE '2024-06-02'",
		"d = L_LAST_N_MONTHS(6)":                        "d >= DATE '2023-11-01' AND d < DATE '2024-05-01'",
		"d = L_NEXT_N_QUARTERS(2)":                      "d >= DATE '2024-07-01' AND d < DATE '2025-01-01'",
		"d = LAST_N_YEARS(1)":                           "d >= DATE '2023-01-01' AND d < DATE '2024-01-01'",
		"d <> L_LAST_MONTH()":                           "d < DATE '2024-04-01' OR d >= DATE '2024-05-01'",
		"d < L_LAST_MONTH()":                            "d < DATE '2024-04-01'",
		"d <= L_LAST_MONTH()":                           "d < DATE '2024-05-01'",
		"d > L_LAST_MONTH()":                            "d >= DATE '2024-05-01'",
		"L_LAST_MONTH() <= d":                           "d >= DATE '2024-04-01'",
		"NOT d = L_LAST_MONTH()":                        "d < DATE '2024-04-01' OR d >= DATE '2024-05-01'",
		"NOT d > L_LAST_MONTH()":                        "d < DATE '2024-05-01'",
		"d IS NOT DISTINCT FROM L_LAST_MONTH()":         "d IS NOT NULL AND d >= DATE '2024-04-01' AND d < DATE '2024-05-01'",
		"d IS DISTINCT FROM L_LAST_MONTH()":             "d IS NULL OR d < DATE '2024-04-01' OR d >= DATE '2024-05-01'",
		"d BETWEEN L_LAST_MONTH() AND L_TODAY()":        "d >= DATE '2024-04-01' AND d <= DATE '2024-05-18'",
		"d NOT BETWEEN L_LAST_MONTH() AND '2024-05-02'": "d < DATE '2024-04-01' OR d > DATE '2024-05-02'",
		"d IN (L_YESTERDAY(), '2020-01-01')":            "d = DATE '2024-05-17' OR d = DATE '2020-01-01'",
		"d NOT IN (L_YESTERDAY())":                      "d <> DATE '2024-05-17'",
		"ts = L_YESTERDAY()":                            "ts >= TIMESTAMP '2024-05-17 00:00:00' AND ts < TIMESTAMP '2024-05-18 00:00:00'",
		"tz = L_THIS_YEAR()":                            "tz >= TIMESTAMPTZ '2023-12-31 23:00:00+00' AND tz < TIMESTAMPTZ '2024-12-31 23:00:00+00'",
		"tz > L_TODAY()":                                "tz >= TIMESTAMPTZ '2024-05-18 22:00:00+00'",
		"CASE d WHEN L_TODAY() THEN 1 END":              "CASE WHEN d = DATE '2024-05-18' THEN 1 END",
		"d > L_TODAY() - 7":                             "d > DATE '2024-05-11'",
		"ts > L_TODAY() - INTERVAL '1 hour'":            "ts > TIMESTAMP '2024-05-17 23:00:00'",
		"DATEADD('month', -1, TODAY())":                 "DATE '2024-04-18'",
		"L_YESTERDAY() = L_LAST_WEEK()":                 "FALSE",
		"'2024-05-18' = L_TODAY()":                      "TRUE",
		"CAST(L_TODAY() AS TEXT)":                       "'2024-05-18'",
		"d = CURRENT_DATE AND d <> TOMORROW()":          "d = DATE '2024-05-18' AND d <> DATE '2024-05-19'",
	} {
		n, err := parseSQL(sql, cols)
		require.NoError(t, err, sql)
		assert.Equal(t, want, FoldStatement(n, berlin(t)).String(), sql)
	}
}

func TestDateLiteralsSayWhatTheyAreNot(t *testing.T) {
	cols := map[string]*Column{"I": {Name: "i", T: sqltypes.Of(sqltypes.Integer)}, "D": {Name: "d", T: sqltypes.Of(sqltypes.Date)}}
	for sql, want := range map[string]string{
		"i = L_TODAY()":             "L_TODAY() stands for days: it compares with DATE, TIMESTAMP and TIMESTAMPTZ, not with INTEGER",
		"d + L_LAST_MONTH()":        "L_LAST_MONTH() stands for a range of days: compare a date or timestamp with it",
		"L_THIS_WEEK() = L_TODAY()": "L_THIS_WEEK() stands for a range of days: compare a date or timestamp with it",
		"YEAR(L_THIS_YEAR())":       "L_THIS_YEAR() stands for a range of days: compare a date or timestamp with it",
		"d = L_LAST_N_DAYS(0)":      "L_LAST_N_DAYS takes a constant whole number from 1 on, not 0",
		"d = L_LAST_N_DAYS(i)":      "L_LAST_N_DAYS takes a constant whole number from 1 on, not i",
		"d = L_LAST_N_DAYS()":       "L_LAST_N_DAYS() is not defined; there is L_LAST_N_DAYS(int) -> date",
		"d = L_LAST_DAYS(5)":        "function L_LAST_DAYS(INTEGER) is not known; did you mean `L_LAST_N_DAYS`?",
	} {
		_, err := parseSQL(sql, cols)
		require.EqualError(t, err, want, sql)
	}
	n, err := parseSQL("L_TODAY()", nil)
	require.NoError(t, err)
	v, err := Eval(n, &Frame{Stmt: berlin(t)})
	require.NoError(t, err)
	assert.Equal(t, "2024-05-18", v.Text(), "a range of one day is a date")
	n, err = parseSQL("L_THIS_WEEK()", nil)
	require.NoError(t, err)
	_, err = Eval(n, &Frame{Stmt: berlin(t)})
	require.EqualError(t, err, "L_THIS_WEEK() stands for a range of days: compare a date or timestamp with it")
	far, err := parseSQL("d = L_NEXT_N_YEARS(9000)", cols)
	require.NoError(t, err)
	assert.Contains(t, FoldStatement(far, berlin(t)).String(), "PERIOD_START", "an end beyond the calendar fails when it is evaluated")
}
