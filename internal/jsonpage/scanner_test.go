package jsonpage

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// scanAll renders rows as "a=1 b=- c=null", '-' standing for an absent column.
func scanAll(s *Scanner, page string) ([]string, error) {
	s.Reset([]byte(page))
	var rows []string
	for s.Next() {
		var b strings.Builder
		for i, t := range s.Row() {
			if i > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(s.Columns()[i] + "=")
			if t.Kind == Absent {
				b.WriteByte('-')
			} else {
				b.Write(AppendString(nil, s.Page(), t))
			}
		}
		rows = append(rows, b.String())
	}
	return rows, s.Err()
}

func mustScanner(t testing.TB, columns []string, o Options) *Scanner {
	s, err := NewScanner(columns, o)
	require.NoError(t, err)
	return s
}

func TestShapes(t *testing.T) {
	custom := Shape{Path: []string{"returnObj", "Customer"}}
	for _, c := range []struct {
		name, page string
		shape      Shape
		rows       []string
		captured   string // of next, count, error
	}{
		{"rows under value with members on both sides", `{"count":2,"value":[{"a":1,"b":"x"},{"a":2,"b":"y"}],"next":"n"}`, ShapeValue, []string{"a=1 b=x", "a=2 b=y"}, "n|2|"},
		{"rows under value, printed prettily", "\n{\n  \"value\": [\n    {\n      \"a\": 1,\n      \"b\": \"x\"\n    },\n    {\n      \"a\": 2,\n      \"b\": \"y\"\n    }\n  ]\n}\n", ShapeValue, []string{"a=1 b=x", "a=2 b=y"}, "||"},
		{"no rows", `{"value":[]}`, ShapeValue, nil, "||"},
		{"an empty row", `{"value":[{},{ }]}`, ShapeValue, []string{"a=- b=-", "a=- b=-"}, "||"},
		{"results inside d", `{"d":{"count":"2","results":[{"a":1},{"b":2}],"next":"n"}}`, ShapeResults, []string{"a=1 b=-", "a=- b=2"}, "n|2|"},
		{"an array directly in d", `{"d":[{"a":1}]}`, ShapeResults, []string{"a=1 b=-"}, "||"},
		{"one entity in d", `{"d":{"a":1,"b":2}}`, ShapeD, []string{"a=1 b=2"}, "||"},
		{"a bare array", ` [ {"a":1} , {"a":2} ] `, ShapeArray, []string{"a=1 b=-", "a=2 b=-"}, "||"},
		{"one entity with captured members", `{"a":1,"next":"n","b":2}`, ShapeEntity, []string{"a=1 b=2"}, "n||"},
		{"an error body where an entity was due", `{"error":{"code":"1"}}`, ShapeEntity, []string{"a=- b=-"}, `||{"code":"1"}`},
		{"rows under a path with an object after them", `{"returnObj":{"Other":[{"a":9}],"Customer":[{"a":1}],"next":"n"},"count":{"m":true}}`, custom, []string{"a=1 b=-"}, `n|{"m":true}|`},
		{"null as no rows", `{"value":null}`, Shape{Path: []string{"value"}, NullRows: true}, nil, "||"},
		{"scalars as rows", `{"value":["p",3,null,{"b":1}]}`, Shape{Path: []string{"value"}, Scalars: true}, []string{"a=p b=-", "a=3 b=-", "a=null b=-", "a=- b=1"}, "||"},
		{"an escaped key of the envelope", `{"\u0076alue":[{"a":1}],"\u006eext":"n"}`, ShapeValue, []string{"a=1 b=-"}, "n||"},
		{"a byte order mark", "\xEF\xBB\xBF[{\"a\":1}]", ShapeArray, []string{"a=1 b=-"}, "||"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := mustScanner(t, []string{"a", "b"}, Options{Shape: c.shape, Capture: []string{"next", "count", "error"}})
			for range 2 { // the second time with learned keys
				rows, err := scanAll(s, c.page)
				require.NoError(t, err)
				assert.Equal(t, c.rows, rows)
				var got []string
				for i := range 3 {
					text, ok := s.CapturedText(i)
					assert.Equal(t, s.Captured(i).Kind > Null, ok)
					got = append(got, text)
				}
				assert.Equal(t, c.captured, strings.Join(got, "|"))
			}
		})
	}
}

func TestShapeErrors(t *testing.T) {
	for _, c := range []struct {
		name, page string
		shape      Shape
		want       string
		missing    bool
	}{
		{"no rows but an error body", `{"error":{"code":"1"}}`, ShapeValue, `unexpected shape at byte 22: no member "value"`, true},
		{"an object where the array was due", `{"error":{"code":"1"}}`, ShapeArray, `byte 0: an object at the top, want an array of rows`, false},
		{"a string as value", `{"value":"x","error":{"code":"1"}}`, ShapeValue, `byte 9: a string at value, want an array of rows`, false},
		{"null as value", `{"value":null,"error":{"code":"1"}}`, ShapeValue, `null at value, want`, false},
		{"a number at the wrapper", `{"d":1,"error":{"code":"1"}}`, ShapeResults, `a number at d, want an object with the rows or their array`, true},
		{"rows that are numbers", `{"value":[1],"error":{"code":"1"}}`, ShapeValue, `row 1 is a number, want an object`, false},
		{"rows twice", `{"value":[],"value":[],"error":{"code":"1"}}`, ShapeValue, `member "value" is there twice`, false},
		{"an object after the sealed wrapper", `{"d":[],"error":{"code":"1"}}`, ShapeResults, `an object follows member "d"`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := mustScanner(t, []string{"a"}, Options{Shape: c.shape, Capture: []string{"error"}})
			rows, err := scanAll(s, c.page)
			assert.Empty(t, rows)
			var shape *ShapeError
			require.ErrorAs(t, err, &shape)
			assert.ErrorContains(t, err, c.want)
			assert.Equal(t, c.missing, errors.Is(err, ErrNoRows))
			assert.Equal(t, `{"code":"1"}`, string(s.Captured(0).Bytes(s.Page())), "the error body is still visible")
		})
	}
}
