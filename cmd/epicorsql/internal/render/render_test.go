package render

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/DATA-DOG/go-sqlmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "write the golden files anew")

var (
	moment  = time.Date(2024, 2, 29, 13, 5, 9, 120_000_000, time.UTC)
	columns = []Column{
		{"Num", "BIGINT"}, {"Amount", "DECIMAL"}, {"Ratio", "DOUBLE"}, {"Name", "VARCHAR"}, {"Held", "BOOLEAN"}, {"Day", "DATE"},
		{"Clock", "TIMESTAMP"}, {"Instant", "TIMESTAMPTZ"}, {"Bytes", "VARBINARY"}, {"Doc", "JSON"}, {"Name", "VARCHAR"},
	}
	rows = [][]any{
		{int64(math.MaxInt64), "12345678901234567890.1200", 0.1, "plain", true, moment.Truncate(24 * time.Hour), moment, moment, []byte{0, 0xff, 'a'}, `{"a": [1, 2]}`, "again"},
		{int64(-7), "-0.50", 1e300, "O'Brien, \"Q\" & <Sons>\nline; two", false, nil, nil, nil, []byte{}, "null", ""},
		{nil, nil, math.Inf(-1), "株式会社 🏭", nil, moment, moment, moment.In(time.FixedZone("", 5400)), nil, nil, "  blanks  "},
		{int64(0), "0", math.NaN(), "", true, moment, moment, moment, []byte("x"), "not json", "\x1b[31mred"},
	}
)

func rendered(t *testing.T, format string, opt Options, columns []Column, rows [][]any) string {
	t.Helper()
	var b bytes.Buffer
	w, err := New(format, &b, opt)
	require.NoError(t, err)
	n, err := Copy(w, FromRows(columns, rows), nil)
	require.NoError(t, err)
	assert.Equal(t, int64(len(rows)), n)
	return b.String()
}

func TestFormatsLookAsRecorded(t *testing.T) {
	got := &txtar.Archive{Comment: []byte("The same rows in every format; ^M stands for a carriage return.\n\n")}
	add := func(name, text string) {
		got.Files = append(got.Files, txtar.File{Name: name, Data: []byte(strings.ReplaceAll(text, "\r", "^M"))})
	}
	add("table", rendered(t, "table", Options{Footer: true}, columns, rows))
	add("table on a terminal of 100 columns", rendered(t, "table", Options{Width: 100, Footer: true}, columns, rows))
	add("csv", rendered(t, "csv", Options{}, columns, rows))
	add("csv with a text for NULL", rendered(t, "csv", Options{Null: "again"}, columns, rows))
	add("json", rendered(t, "json", Options{}, columns, rows))
	add("jsonl", rendered(t, "jsonl", Options{}, columns, rows))
	add("table without rows", rendered(t, "table", Options{Footer: true}, columns[:2], nil))
	add("csv without rows", rendered(t, "csv", Options{}, columns[:2], nil))
	add("json without rows", rendered(t, "json", Options{}, columns[:2], nil))
	path := "testdata/formats.txtar"
	if *update {
		require.NoError(t, os.WriteFile(path, txtar.Format(got), 0o644))
	}
	want, err := txtar.ParseFile(path)
	require.NoError(t, err)
	require.Len(t, got.Files, len(want.Files))
	for i, f := range want.Files {
		t.Run(f.Name, func(t *testing.T) { assert.Equal(t, string(f.Data), string(got.Files[i].Data)) })
	}
}

func TestOtherReadersReadTheSameValues(t *testing.T) {
	t.Run("encoding/csv reads every text back", func(t *testing.T) {
		records, err := csv.NewReader(strings.NewReader(rendered(t, "csv", Options{}, columns, rows))).ReadAll()
		require.NoError(t, err)
		require.Len(t, records, len(rows)+1)
		for i, row := range rows {
			assert.Equal(t, row[3], records[i+1][3])
			assert.Equal(t, row[10], records[i+1][10])
		}
		assert.Equal(t, "12345678901234567890.1200", records[1][1])
	})
	t.Run("encoding/json reads every digit back", func(t *testing.T) {
		dec := json.NewDecoder(strings.NewReader(rendered(t, "json", Options{}, columns, rows)))
		dec.UseNumber()
		var got []map[string]any
		require.NoError(t, dec.Decode(&got))
		require.Len(t, got, len(rows))
		assert.Equal(t, json.Number("9223372036854775807"), got[0]["Num"])
		assert.Equal(t, json.Number("12345678901234567890.1200"), got[0]["Amount"])
		assert.Equal(t, rows[1][3], got[1]["Name"])
		assert.Equal(t, "again", got[0]["Name_2"], "the second column of a name keeps its value")
		bytes, err := base64.StdEncoding.DecodeString(got[0]["Bytes"].(string))
		require.NoError(t, err)
		assert.Equal(t, rows[0][8], bytes)
		at, err := time.Parse(time.RFC3339, got[2]["Instant"].(string))
		require.NoError(t, err)
		assert.True(t, at.Equal(moment))
		assert.Nil(t, got[2]["Num"])
	})
}

func TestKeysOfJSONAreNeverEqual(t *testing.T) {
	cols := []Column{{"a", ""}, {"a", ""}, {"a_2", ""}, {"", ""}, {"column4", ""}}
	var got map[string]any
	require.NoError(t, json.Unmarshal([]byte(rendered(t, "jsonl", Options{}, cols, [][]any{{int64(1), int64(2), int64(3), int64(4), int64(5)}})), &got))
	assert.Len(t, got, 5)
	assert.Equal(t, float64(3), got["a_2"], "a column keeps a name that is its own")
	assert.Equal(t, float64(5), got["column4"])
}

// endless yields rows for ever, and tells how many were asked for.
type endless struct{ asked int }

func (e *endless) Columns() []Column { return []Column{{"N", "BIGINT"}} }
func (e *endless) Next() ([]any, error) {
	e.asked++
	return []any{int64(e.asked)}, nil
}

// full takes so many bytes and then fails.
type full struct{ left int }

var errFull = errors.New("full")

func (f *full) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestRowsPassThrough(t *testing.T) {
	for _, format := range Formats {
		t.Run(format+" holds back no more rows than a table samples", func(t *testing.T) {
			src := &endless{}
			w, err := New(format, &full{left: 100}, Options{})
			require.NoError(t, err)
			n, err := Copy(w, src, nil)
			assert.ErrorIs(t, err, errFull)
			assert.LessOrEqual(t, n, int64(sampleRows))
			assert.LessOrEqual(t, src.asked, sampleRows)
		})
	}
	t.Run("a table writes each row after the sample at once", func(t *testing.T) {
		var b bytes.Buffer
		w := &table{w: &b}
		require.NoError(t, w.Begin([]Column{{"N", "BIGINT"}}))
		for i := range sampleRows {
			assert.Zero(t, b.Len())
			require.NoError(t, w.Row([]any{int64(i)}))
		}
		assert.Equal(t, sampleRows+2, strings.Count(b.String(), "\n"))
		require.NoError(t, w.Row([]any{int64(123456)}))
		assert.True(t, strings.HasSuffix(b.String(), " 123456\n"), "a wider cell is written whole in a file")
		assert.Nil(t, w.sample)
	})
}

// broken yields one row and then an error.
type broken struct{ done bool }

func (b *broken) Columns() []Column { return []Column{{"N", "BIGINT"}} }
func (b *broken) Next() ([]any, error) {
	if b.done {
		return nil, io.ErrUnexpectedEOF
	}
	b.done = true
	return []any{int64(1)}, nil
}

func TestHalfAResultIsNoWholeOne(t *testing.T) {
	var b bytes.Buffer
	w, err := New("json", &b, Options{})
	require.NoError(t, err)
	n, err := Copy(w, &broken{}, nil)
	assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
	assert.Equal(t, int64(1), n)
	assert.False(t, json.Valid(b.Bytes()), "an array that broke off stays open")
	b.Reset()
	w, err = New("table", &b, Options{Footer: true})
	require.NoError(t, err)
	_, err = Copy(w, &broken{}, nil)
	assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.NoError(t, w.(Flusher).Flush())
	assert.Equal(t, " N\n───\n 1\n", b.String(), "what came is shown, without a count of rows")
}

func TestDisplayWidth(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "abc": 3, "Größe": 5, "e\u0301": 1, "漢字": 4, "🏭": 2, "👩\u200d🔧": 2, "❤\ufe0f": 2, "ﾊﾝｶｸ": 4, "ＡＢ": 4, "\u200b": 0, "90°": 3,
	} {
		t.Run(text, func(t *testing.T) { assert.Equal(t, want, DisplayWidth(text)) })
	}
	t.Run("cut never exceeds the width", func(t *testing.T) {
		for _, s := range []string{"abcdef", "漢字漢字", "a漢b字c", "👩\u200d🔧👩\u200d🔧👩\u200d🔧"} {
			for width := 1; width <= 8; width++ {
				got := cut(s, width)
				assert.LessOrEqual(t, DisplayWidth(got), width, "%q at %d", s, width)
				assert.True(t, got == s || strings.HasSuffix(got, "…"), "%q", got)
			}
		}
	})
}

func TestNothingInACellReachesTheTerminal(t *testing.T) {
	for text, want := range map[string]string{
		"\x1b[2J": "␛[2J", "a\r\nb\tc": "a␍␊b␉c", "\x00\x7f": "␀␡", "\u009b31m": "\ufffd31m", "x\u202ey\u2066z": "x\ufffdy\ufffdz", "\xff": "\ufffd", "Größe 漢": "Größe 漢",
	} {
		t.Run(want, func(t *testing.T) { assert.Equal(t, want, Visible(text)) })
	}
}

func TestNumbersAreNeverCut(t *testing.T) {
	out := rendered(t, "table", Options{Width: 20}, []Column{{"N", "BIGINT"}, {"T", "VARCHAR"}, {"D", "TIMESTAMP"}}, [][]any{{int64(math.MaxInt64), strings.Repeat("x", 99), moment}})
	assert.Contains(t, out, "9223372036854775807 │ xxxxxxx… │ 2024-02-29 13:05:09.12\n")
}

func TestColumnsStayAligned(t *testing.T) {
	out := rendered(t, "table", Options{}, []Column{{"Name", "VARCHAR"}, {"N", "INTEGER"}}, [][]any{{"漢字-7", int64(1)}, {"Zoë", int64(22)}, {"👩\u200d🔧", int64(333)}})
	for line := range strings.Lines(out) {
		before, _, _ := strings.Cut(strings.ReplaceAll(line, "┼", "│"), "│")
		assert.Equal(t, 8, DisplayWidth(before), "%q", line)
	}
}

func TestRowsOfDatabaseSQL(t *testing.T) {
	db, mock, err := sqlmock.New()
	require.NoError(t, err)
	defer db.Close()
	mock.ExpectQuery("SELECT").WillReturnRows(sqlmock.NewRowsWithColumnDefinition(
		sqlmock.NewColumn("N").OfType("BIGINT", int64(0)), sqlmock.NewColumn("D").OfType("DECIMAL", "")).
		AddRow(int64(1), "2.50").AddRow(nil, []byte("3")).RowError(2, io.ErrUnexpectedEOF).AddRow(int64(3), "4"))
	result, err := db.Query("SELECT")
	require.NoError(t, err)
	defer result.Close()
	src, err := FromSQL(result)
	require.NoError(t, err)
	var b bytes.Buffer
	w, err := New("jsonl", &b, Options{})
	require.NoError(t, err)
	var steps []int64
	n, err := Copy(w, src, func(rows int64) { steps = append(steps, rows) })
	assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
	assert.Equal(t, int64(2), n)
	assert.Equal(t, []int64{1, 2}, steps)
	assert.Equal(t, "{\"N\":1,\"D\":2.50}\n{\"N\":null,\"D\":3}\n", b.String())
}

func TestUnknownFormatIsRefused(t *testing.T) {
	_, err := New("xml", io.Discard, Options{})
	assert.EqualError(t, err, `no format "xml"; there are table, csv, json and jsonl`)
}

func TestCount(t *testing.T) {
	assert.Equal(t, "1 row", Count(1, "row"))
	assert.Equal(t, "0 rows", Count(0, "row"))
	assert.Equal(t, "123 rows", Count(123, "row"))
	assert.Equal(t, "1,234,567 rows", Count(1234567, "row"))
}

func FuzzTextsSurviveCSVAndJSON(f *testing.F) {
	f.Add("a,b", "\"\r\n")
	f.Add("", " x")
	f.Fuzz(func(t *testing.T, a, b string) {
		cols := []Column{{"a", "VARCHAR"}, {"b", "VARCHAR"}}
		data := [][]any{{a, b}}
		records, err := csv.NewReader(strings.NewReader(rendered(t, "csv", Options{}, cols, data))).ReadAll()
		require.NoError(t, err)
		// encoding/csv reads \r\n within quotes as \n.
		assert.Equal(t, []string{strings.ReplaceAll(a, "\r\n", "\n"), strings.ReplaceAll(b, "\r\n", "\n")}, records[1])
		var got map[string]string
		require.NoError(t, json.Unmarshal([]byte(rendered(t, "jsonl", Options{}, cols, data)), &got))
		if strings.ToValidUTF8(a, "") == a {
			assert.Equal(t, a, got["a"])
		}
		for _, width := range []int{0, 20} {
			out := rendered(t, "table", Options{Width: width}, cols, data)
			assert.Equal(t, 3, strings.Count(out, "\n"), "%q", out)
		}
	})
}
