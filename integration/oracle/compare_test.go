package oracle_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/integration/oracle"
)

func TestCellsOfEqualValueAreEqual(t *testing.T) {
	berlin := time.FixedZone("CEST", 2*3600)
	tests := []struct {
		name string
		typ  oracle.Type
		text string
		v    any
		want bool
	}{
		{"a decimal with more zeros", oracle.Numeric, "12.5", "12.5000", true},
		{"a decimal of another last digit", oracle.Numeric, "0.30000000", "0.30000001", false},
		{"a decimal with an exponent", oracle.Numeric, "0.00000120", "1.2E-6", true},
		{"an integer as a decimal", oracle.Int8, "9007199254740993", "9007199254740993.00", true},
		{"a neighbouring int64", oracle.Int8, "9007199254740993", int64(9007199254740992), false},
		{"the same instant of another zone", oracle.TimestampTZ, "2025-10-12 15:49:30.668+00", time.Date(2025, 10, 12, 17, 49, 30, 668e6, berlin), true},
		{"an instant a microsecond off", oracle.TimestampTZ, "2025-10-12 15:49:30.668+00", time.Date(2025, 10, 12, 15, 49, 30, 668001e3, time.UTC), false},
		{"a date", oracle.Date, "2021-05-30", time.Date(2021, 5, 30, 0, 0, 0, 0, time.UTC), true},
		{"a time of day", oracle.Time, "09:45:51", "09:45:51.000", true},
		{"a double with one bit more", oracle.Float8, "0.1", 0.1 + 1e-17, true},
		{"a double that differs", oracle.Float8, "0.1", 0.1000001, false},
		{"a string with a trailing blank", oracle.Varchar, "a", "a ", false},
		{"a guid in capitals", oracle.UUID, "b51c631f-b4c3-468d-8d62-d5efaea1ff67", "B51C631F-B4C3-468D-8D62-D5EFAEA1FF67", true},
		{"bytes", oracle.Bytes, `\x178b`, []byte{0x17, 0x8b}, true},
		{"a bool", oracle.Bool, "t", true, true},
		{"a null", oracle.Text, "", nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := oracle.FromText(tt.typ, tt.text)
			require.NoError(t, err)
			b, err := oracle.FromDriver(tt.typ, tt.v)
			require.NoError(t, err)
			assert.Equal(t, tt.want, a.Equal(b), "%v and %v", a, b)
		})
	}
}

func TestAValueThatLostItsExactnessIsRefused(t *testing.T) {
	for _, tt := range []struct {
		typ oracle.Type
		v   any
	}{{oracle.Numeric, 0.5}, {oracle.Int8, 1.0}, {oracle.Bool, int64(1)}, {oracle.Date, int64(1)}, {oracle.Text, 1.5}, {oracle.Numeric, "1/2"}} {
		_, err := oracle.FromDriver(tt.typ, tt.v)
		assert.Error(t, err, "%v", tt.v)
	}
}

func TestDiffNamesWhatIsWrong(t *testing.T) {
	answer := func(words ...string) oracle.Answer {
		a := oracle.Answer{Types: []oracle.Type{oracle.Text}}
		for _, w := range words {
			c, err := oracle.FromText(oracle.Text, w)
			require.NoError(t, err)
			a.Rows = append(a.Rows, []oracle.Cell{c})
		}
		return a
	}
	assert.Empty(t, oracle.Diff(answer("a", "b"), answer("b", "a"), false))
	assert.Contains(t, oracle.Diff(answer("a", "b"), answer("b", "a"), true), "row 1")
	assert.Contains(t, oracle.Diff(answer("a", "a"), answer("a"), false), "2 rows are wanted, 1 came")
	assert.Contains(t, oracle.Diff(answer("a"), answer("a", "a"), false), "too much")
	assert.Contains(t, oracle.Diff(answer("a", "b", "b"), answer("a", "a", "b"), false), "row 2")
}

func TestQueryFileMistakesAreNamed(t *testing.T) {
	for text, want := range map[string]string{
		"SELECT 1":                                "before the first -- name",
		"-- name: a\n-- name: b\nSELECT 1":        "has no statement",
		"-- name: a\nSELECT 1\n-- name: a\nx":     "taken",
		"-- name: a\n-- colour: red\nSELECT 1":    "unknown directive",
		"-- name: a\n-- arg: float 1\nSELECT ?":   "want int, text",
		"-- ordered\n-- name: a\nSELECT 1":        "before the first -- name",
		"-- name: a\n-- arg: int seven\nSELECT 1": "seven",
	} {
		_, err := oracle.ParseQueries("f", text)
		assert.ErrorContains(t, err, want)
	}
}
