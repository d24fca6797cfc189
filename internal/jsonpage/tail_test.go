package jsonpage

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTail(t *testing.T) {
	nested := Shape{Path: []string{"returnObj", "Customer"}}
	for _, c := range []struct {
		name, page string
		shape      Shape
		want       string
		ok         bool
	}{
		{"the last member", `{"value":[{"a":1}],"next":"https://x/?$skip=1"}`, ShapeValue, "https://x/?$skip=1", true},
		{"with white space everywhere", "{\"value\":[ ] ,\n \"next\" : \"n\" \n}\r\n", ShapeValue, "n", true},
		{"with escaped slashes", `{"value":[],"next":"https:\/\/x"}`, ShapeValue, "https://x", true},
		{"members after it", `{"value":[],"next":"n","count":12,"m":true}`, ShapeValue, "n", true},
		{"inside d", `{"d":{"results":[{"a":1}],"next":"n"}}`, ShapeResults, "n", true},
		{"the last of two", `{"value":[],"next":"a","next":"b"}`, ShapeValue, "b", true},
		{"null", `{"value":[],"next":null}`, ShapeValue, "null", true},
		{"before the rows", `{"next":"n","value":[]}`, ShapeValue, "", false},
		{"none", `{"value":[]}`, ShapeValue, "", false},
		{"a row's string that looks like one", `{"value":[{"a":"],\"next\":\"evil\"}"}]}`, ShapeValue, "", false},
		{"an envelope's string that looks like one", `{"value":[],"m":"x\",\"next\":\"evil"}`, ShapeValue, "", false},
		{"a string that ends in a backslash", `{"value":[],"next":"n\\"}`, ShapeValue, "", false},
		{"a key in disguise after it", `{"value":[],"next":"a","n\u0065xt":"b"}`, ShapeValue, "", false},
		{"a link one level too deep", `{"value":[],"m":{"next":"evil"}}`, ShapeValue, "", false},
		{"a link one level too high", `{"d":{"results":[]},"next":"n"}`, ShapeResults, "", false},
		{"a link two levels down", `{"d":{"results":[],"m":{"next":"evil"}}}`, ShapeResults, "", false},
		{"another object may hold it", `{"returnObj":{"Customer":[]},"m":{"next":"evil"}}`, nested, "", false},
		{"a bare array", `[{"next":"evil"}]`, ShapeArray, "", false},
		{"a truncated page", `{"value":[],"next":"n"`, ShapeValue, "", false},
		{"invalid UTF-8 in the link", "{\"value\":[],\"next\":\"\xff\"}", ShapeValue, "", false},
		{"nothing", ``, ShapeValue, "", false},
		{"a brace", `}`, ShapeValue, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			tok, ok := Tail([]byte(c.page), c.shape, "next")
			require.Equal(t, c.ok, ok)
			if ok {
				assert.Equal(t, c.want, string(AppendString(nil, []byte(c.page), tok)))
			}
			tailAgrees(t, []byte(c.page), c.shape)
		})
	}
}

// tailAgrees holds Tail to the full scan for a page that the scan accepts.
func tailAgrees(t *testing.T, page []byte, shape Shape) {
	s := mustScanner(t, []string{"a"}, Options{Shape: shape, Capture: []string{"next"}})
	s.Reset(page)
	for s.Next() {
	}
	if tok, ok := Tail(page, shape, "next"); ok && s.Err() == nil {
		require.Equal(t, s.Captured(0), tok, "page %q", page)
	}
}

func FuzzTailNeverContradictsTheScan(f *testing.F) {
	f.Add(`{"value":[{"a":"],\"next\":\"e\"}"}],"next":"n"}`)
	f.Add(`{"d":{"results":[{"a":1}],"next":"n"},"m":{"next":"e"}}`)
	f.Add(`{"d":[],"x":{"next":"n"}}`)
	f.Add(`{"m":{"next":"e"}}`)
	f.Fuzz(func(t *testing.T, page string) {
		for _, shape := range []Shape{ShapeValue, ShapeResults, ShapeEntity, ShapeD} {
			tailAgrees(t, []byte(page), shape)
		}
	})
}
