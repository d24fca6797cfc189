package expr

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/sqltypes"
)

// A value of every kind, and what each other kind makes of it: its text, an
// SQLSTATE, or - where no cast is defined. What is PostgreSQL's own is recorded
// in testdata/postgres15.tsv; the table holds all pairs, so that none is
// forgotten.
func TestEveryKindCastsToEveryKindOrSaysWhatToDo(t *testing.T) {
	kinds := []sqltypes.Kind{sqltypes.Bool, sqltypes.SmallInt, sqltypes.Integer, sqltypes.BigInt, sqltypes.Real, sqltypes.Double, sqltypes.Decimal,
		sqltypes.Varchar, sqltypes.Varbinary, sqltypes.Date, sqltypes.Time, sqltypes.Timestamp, sqltypes.TimestampTZ, sqltypes.UUID, sqltypes.Interval, sqltypes.JSON}
	const uuid, stamp = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "2024-02-29 10:20:30"
	for _, c := range []struct {
		from string
		want [16]string
	}{
		//              bool    int16  int32  int64  real   double  decimal text   bytes  date   time   timestamp timestamptz uuid interval json
		{"TRUE", [16]string{"true", "1", "1", "1", "-", "-", "-", "true", "-", "-", "-", "-", "-", "-", "-", "-"}},
		{"CAST(7 AS SMALLINT)", [16]string{"true", "7", "7", "7", "7", "7", "7", "7", "-", "-", "-", "-", "-", "-", "-", "-"}},
		{"70000", [16]string{"true", "!22003", "70000", "70000", "70000", "70000", "70000", "70000", "-", "-", "-", "-", "-", "-", "-", "-"}},
		{"CAST(3000000000 AS BIGINT)", [16]string{"true", "!22003", "!22003", "3000000000", "3e+09", "3000000000", "3000000000", "3000000000", "-", "-", "-", "-", "-", "-", "-", "-"}},
		{"CAST(2.5 AS REAL)", [16]string{"-", "2", "2", "2", "2.5", "2.5", "2.5", "2.5", "-", "-", "-", "-", "-", "-", "-", "-"}},
		{"CAST(1e300 AS DOUBLE)", [16]string{"-", "!22003", "!22003", "!22003", "!22003", "1e+300", "1" + zeros(300), "1e+300", "-", "-", "-", "-", "-", "-", "-", "-"}},
		{"2.50", [16]string{"-", "3", "3", "3", "2.5", "2.5", "2.50", "2.50", "-", "-", "-", "-", "-", "-", "-", "-"}},
		{"CAST('12' AS TEXT)", [16]string{"!22P02", "12", "12", "12", "12", "12", "12", "12", "12", "!22007", "!22007", "!22007", "!22007", "!22P02", "00:00:12", "12"}},
		{"CAST('12' AS BYTES)", [16]string{"-", "-", "-", "-", "-", "-", "-", "12", "12", "-", "-", "-", "-", "-", "-", "-"}},
		{"DATE '2024-02-29'", [16]string{"-", "-", "-", "-", "-", "-", "-", "2024-02-29", "-", "2024-02-29", "-", "2024-02-29 00:00:00", "2024-02-29 00:00:00+00", "-", "-", "-"}},
		{"TIME '10:20:30'", [16]string{"-", "-", "-", "-", "-", "-", "-", "10:20:30", "-", "-", "10:20:30", "-", "-", "-", "10:20:30", "-"}},
		{"TIMESTAMP '" + stamp + "'", [16]string{"-", "-", "-", "-", "-", "-", "-", stamp, "-", "2024-02-29", "10:20:30", stamp, stamp + "+00", "-", "-", "-"}},
		{"TIMESTAMPTZ '" + stamp + "+00'", [16]string{"-", "-", "-", "-", "-", "-", "-", stamp + "+00", "-", "2024-02-29", "10:20:30", stamp, stamp + "+00", "-", "-", "-"}},
		{"CAST('" + uuid + "' AS UUID)", [16]string{"-", "-", "-", "-", "-", "-", "-", uuid, uuid, "-", "-", "-", "-", uuid, "-", "-"}},
		{"INTERVAL '1 day 02:00:00'", [16]string{"-", "-", "-", "-", "-", "-", "-", "1 day 02:00:00", "-", "-", "02:00:00", "-", "-", "-", "1 day 02:00:00", "-"}},
		{"CAST('[1]' AS JSON)", [16]string{"-", "-", "-", "-", "-", "-", "-", "[1]", "[1]", "-", "-", "-", "-", "-", "-", "[1]"}},
	} {
		x, err := parseSQL(c.from, nil)
		require.NoError(t, err, c.from)
		from := x.Type().Kind
		for i, to := range kinds {
			what := c.from + " as " + to.String()
			for _, try := range []bool{false, true} {
				n, err := NewCast(x, sqltypes.Of(to), try)
				if c.want[i] == "-" {
					var e *Error
					require.ErrorAs(t, err, &e, what)
					assert.Equal(t, "42846", e.State, what)
					assert.Contains(t, e.Msg, "cannot cast "+from.String()+" to "+to.String()+": ", what)
					continue
				}
				require.NoError(t, err, what)
				v, err := Eval(n, &Frame{})
				var e *Error
				switch {
				case c.want[i][0] != '!':
					require.NoError(t, err, what)
					assert.Equal(t, c.want[i], v.Text(), what)
				case try:
					require.NoError(t, err, what)
					assert.True(t, v.Null, what)
				default:
					require.ErrorAs(t, err, &e, what)
					assert.Equal(t, c.want[i][1:], e.State, what)
				}
			}
		}
	}
}

func zeros(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = '0'
	}
	return string(b)
}
