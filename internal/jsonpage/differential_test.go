package jsonpage

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var seedPages = []string{
	`{"@odata.context":"x","value":[{"a":1,"b":"text","c":null},{"a":-2.50e+3,"b":"größer \u00e9\n","c":true,"more":{"x":[1,{"y":"}"}]}},{"b":"","a":0,"c":"2024-01-02"}],"next":"https:\/\/x"}`,
	"{\r\n  \"value\" : [\n    {\n      \"a\" : 12345678,\n      \"b\" : \"a long string with more than eight bytes\"\n    } , {\t\"a\" : false, \"c\": [ ] }\n  ] , \"count\" : 12\n}\n",
	`{"d":{"results":[{"__metadata":{"uri":"u","type":"t"},"a":"1","b":"\ud83d\ude00"},{"a":"2","\u0062":"escaped key"}],"__next":"n"}}`,
	`[{"a":{"value":1},"b":{"value":"x"},"c":{}},{"a":{},"unknown":0.5,"a":2}]`,
	`{"value":[{"a":1},{"a":2},{"a":3},{"a":4},{"a":5},{"b":6},{"c":7,"a":8}],"error":{"code":"E","message":"m"}}`,
	`{"value":[{"a":12,"b":"AAAAAAAA","c":"1234567"},{"a":12,"b":"AAAAAAAA","c":"12345678"},{"a":12,"b":"AAAAAAAA\\","c":"\"12345678"}]}`,
}

var diffShapes = []Shape{ShapeValue, ShapeResults, ShapeArray, ShapeEntity, {Path: []string{"value"}, Single: true, NullRows: true, Scalars: true}}

var diffColumns = []string{"a", "b", "c"}

type differential struct{ scanners []*Scanner }

func newDifferential(t testing.TB) *differential {
	d := &differential{}
	for _, shape := range diffShapes {
		d.scanners = append(d.scanners, mustScanner(t, diffColumns, Options{Shape: shape, Capture: []string{"next", "error"}}))
	}
	return d
}

// check scans a page by every shape and holds the verdict, and the rows, to
// what encoding/json says.
func (d *differential) check(t testing.TB, page []byte) (accepted bool) {
	bare := bytes.TrimPrefix(page, []byte("\xEF\xBB\xBF"))
	valid := json.Valid(bare) && utf8.Valid(bare)
	for i, s := range d.scanners {
		var rows [][]string
		s.Reset(page)
		for s.Next() {
			row := make([]string, len(diffColumns))
			for c, tok := range s.Row() {
				row[c] = rawText(page, tok)
			}
			rows = append(rows, row)
		}
		var misfit *ShapeError
		fits := s.Err() == nil
		if ok := fits || errors.As(s.Err(), &misfit); ok != valid {
			require.Failf(t, "verdicts differ", "page %q\nvalid JSON: %v, shape %d: %v", page, valid, i, s.Err())
		}
		if fits && i == 0 {
			accepted = true
			d.compareRows(t, page, bare, rows)
		}
	}
	return accepted
}

func rawText(page []byte, tok Token) string {
	switch {
	case tok.Kind == Absent:
		return "absent"
	case tok.IsString():
		return string(page[tok.Off-1 : tok.End+1])
	}
	return string(tok.Bytes(page))
}

func (d *differential) compareRows(t testing.TB, page, bare []byte, rows [][]string) {
	var top map[string]json.RawMessage
	var want []map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(bare, &top))
	require.NoError(t, json.Unmarshal(top["value"], &want), "page %q", page)
	require.Len(t, rows, len(want))
	for i, m := range want {
		for c, name := range diffColumns {
			text := "absent"
			if raw, ok := m[name]; ok {
				text = string(raw)
			}
			if rows[i][c] != text {
				require.Equal(t, text, rows[i][c], "page %q, row %d, column %s", page, i, name)
			}
		}
	}
}

var interesting = []byte("\"\\{}[],:0123456789eE+-.tfnu \n\t\x00\x1f\x7f\x80\xc3\xbc\xff/abAB")

func mutate(r *rand.Rand, page []byte) []byte {
	for range 1 + r.IntN(3) {
		if len(page) == 0 {
			return page
		}
		at := r.IntN(len(page))
		switch r.IntN(8) {
		case 0: // change a byte
			page[at] = interesting[r.IntN(len(interesting))]
		case 1: // insert one
			page = append(page[:at], append([]byte{interesting[r.IntN(len(interesting))]}, page[at:]...)...)
		case 2: // leave some out
			end := min(len(page), at+1+r.IntN(8))
			page = append(page[:at], page[end:]...)
		case 3: // say some twice
			end := min(len(page), at+1+r.IntN(24))
			page = append(page[:end], append([]byte(string(page[at:end])), page[end:]...)...)
		case 4: // truncate, but not always
			if r.IntN(4) == 0 {
				page = page[:at]
			}
		case 5: // change a digit, mostly harmless
			if i := bytes.IndexAny(page[at:], "0123456789"); i >= 0 {
				page[at+i] = '0' + byte(r.IntN(10))
			}
		case 6: // white space after punctuation, harmless outside of strings
			if i := bytes.IndexAny(page[at:], ",:{}[]"); i >= 0 {
				at += i + 1
				page = append(page[:at], append([]byte(" "), page[at:]...)...)
			}
		case 7: // replace a letter, mostly harmless inside of strings
			if i := bytes.IndexAny(page[at:], "abcdefgtx"); i >= 0 {
				page[at+i] = "abcdef\"tx"[r.IntN(9)]
			}
		}
	}
	return page
}

func TestMutatedPagesGetTheVerdictOfEncodingJSON(t *testing.T) {
	const mutations = 200_000
	r := rand.New(rand.NewPCG(7, 11))
	d := newDifferential(t)
	accepted := 0
	for i := range mutations {
		if i%1000 == 0 { // learned keys must not matter
			d = newDifferential(t)
		}
		seed := seedPages[r.IntN(len(seedPages))]
		if d.check(t, mutate(r, []byte(seed))) {
			accepted++
		}
	}
	assert.Greater(t, accepted, mutations/20, "too few mutations survive to say anything")
}

func FuzzScanAgreesWithEncodingJSON(f *testing.F) {
	for _, p := range seedPages {
		f.Add([]byte(p))
	}
	d := newDifferential(f)
	f.Fuzz(func(t *testing.T, page []byte) {
		if strings.Count(string(page), "[")+strings.Count(string(page), "{") < defaultMaxDepth {
			d.check(t, page)
		}
	})
}

func FuzzUnquoteAgreesWithEncodingJSON(f *testing.F) {
	for _, s := range []string{`plain`, `\"\\\/\b\f\n\r\t`, `\u00e9\ud83d\ude00`, `\ud83d`, `\ud83d\u0041`, `\ude00\ud83d\ude00`, "größer"} {
		f.Add(s)
	}
	s := mustScanner(f, []string{"a"}, Options{Shape: ShapeEntity})
	f.Fuzz(func(t *testing.T, text string) {
		page := []byte(`{"a":"` + text + `"}`)
		var want map[string]any
		if !utf8.Valid(page) || json.Unmarshal(page, &want) != nil {
			return
		}
		s.Reset(page)
		require.True(t, s.Next(), "%v", s.Err())
		if v, ok := want["a"].(string); ok {
			require.Equal(t, v, string(AppendString(nil, page, s.Row()[0])))
		}
	})
}

func TestRobustness(t *testing.T) {
	deep := strings.Repeat("[", 600) + strings.Repeat("]", 600)
	row := func(text string) string { return `{"value":[{"a":` + text + `}]}` }
	type result = string
	for _, c := range []struct {
		name, page string
		want       result // the rows, or a part of the error
	}{
		{"a decimal keeps its digits", row(`1234.56000`), "a=1234.56000 b=- c=-"},
		{"a decimal of many digits", row(`12345678901234567890.12345`), "a=12345678901234567890.12345 b=- c=-"},
		{"an exponent", row(`-1.5E-7`), "a=-1.5E-7 b=- c=-"},
		{"half a surrogate pair", row(`"x\ud83dy"`), "a=x\ufffdy b=- c=-"},
		{"a surrogate pair", row(`"\ud83d\ude00"`), "a=😀 b=- c=-"},
		{"all escapes", row(`"\"\\\/\b\f\n\r\t\u0041"`), "a=\"\\/\b\f\n\r\tA b=- c=-"},
		{"names match by case", `{"value":[{"a":1,"A":2}]}`, "a=1 b=- c=-"},
		{"the last duplicate wins", `{"value":[{"a":1,"b":2,"a":3}]}`, "a=3 b=2 c=-"},
		{"an escaped key", `{"value":[{"\u0061":1}]}`, "a=1 b=- c=-"},
		{"a missing key leaves nothing of the former row", `{"value":[{"a":1,"b":2,"c":3},{"b":4}]}`, "a=1 b=2 c=3;a=- b=4 c=-"},
		{"another order of keys", `{"value":[{"a":1,"b":2,"c":3},{"c":3,"a":1,"b":2},{"b":2}]}`, "a=1 b=2 c=3;a=1 b=2 c=3;a=- b=2 c=-"},
		{"unknown members", `{"value":[{"x":{"a":[1,"}"]},"a":1,"y":"\\"}]}`, "a=1 b=- c=-"},
		{"an empty key", `{"value":[{"":0,"a":1},{"":0,"a":2}]}`, "a=1 b=- c=-;a=2 b=- c=-"},
		{"a nested value", row(`{"a":[1,2]}`), `a={"a":[1,2]} b=- c=-`},
		{"delete is no control character", row("\"\x7f\""), "a=\x7f b=- c=-"},

		{"a leading zero", row(`01.5`), "malformed at byte 16: want a comma or } after a value"},
		{"a point without digits", row(`1.`), "malformed at byte 17: want a digit after the decimal point"},
		{"a point first", row(`.5`), "want a value"},
		{"a plus sign", row(`+1`), "want a value"},
		{"an empty exponent", row(`1e`), "want a digit in the exponent"},
		{"NaN", row(`NaN`), "want a value"},
		{"a bad literal", row(`nul1`), "malformed at byte 18: want null"},
		{"a bad escape", row(`"\x41"`), `want one of`},
		{"a bad unicode escape", row(`"\u12g4"`), `want four hexadecimal digits`},
		{"a control character", row("\"a\x01\""), "control character"},
		{"a bare line feed", row("\"line one and\nline two\""), "malformed at byte 28: a control character"},
		{"invalid UTF-8", row("\"abc\xff\""), "malformed at byte 19: a string is not valid UTF-8"},
		{"invalid UTF-8 in an unknown value", "{\"value\":[{\"x\":[\"\xc3\x28\"]}]}", "not valid UTF-8"},
		{"a surrogate in UTF-8", row("\"\xed\xa0\x80\""), "not valid UTF-8"},
		{"garbage in an unknown value", `{"value":[{"x":{"y":01},"a":1}]}`, "want a comma or }"},
		{"a trailing comma in a row", `{"value":[{"a":1,}]}`, "want a member's name in quotes"},
		{"a trailing comma in the rows", `{"value":[{"a":1},]}`, "malformed at byte 18: want a value"},
		{"a missing comma", `{"value":[{"a":1}{"a":2}]}`, "want a comma or ] after a row"},
		{"garbage after the page", `{"value":[{"a":1}]} x`, "malformed at byte 20: want nothing after"},
		{"garbage after the rows", `{"value":[{"a":1}],}`, "want a member's name"},
		{"nesting without end", row(deep), "nested too deeply"},
		{"a key without quotes", `{"value":[{a:1}]}`, "want a member's name in quotes"},
		{"single quotes", `{"value":[{'a':1}]}`, "want a member's name in quotes"},
		{"nothing", "", "unexpected end of page at byte 0: the page is empty"},
		{"white space", " \n", "unexpected end of page"},
		{"text", "Internal Server Error", `not JSON, begins with "Internal Server Error"`},
		{"HTML", "\r\n<html>\n<body>" + strings.Repeat("é", 100), `not JSON, begins with "<html>.<body>.`},
		{"a bare scalar", "12", "unexpected shape at byte 0: a number at the top"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := mustScanner(t, diffColumns, Options{Shape: ShapeValue})
			for range 2 {
				rows, err := scanAll(s, c.page)
				if err != nil {
					assert.ErrorContains(t, err, c.want)
				} else {
					assert.Equal(t, c.want, strings.Join(rows, ";"))
				}
			}
		})
	}
}

func TestEveryTruncationIsToldFromMalformed(t *testing.T) {
	s := mustScanner(t, diffColumns, Options{Shape: ShapeValue})
	page := strings.TrimSpace(seedPages[0])
	for n := range len(page) {
		_, err := scanAll(s, page[:n])
		require.ErrorIs(t, err, ErrTruncated, "cut at byte %s", strconv.Itoa(n))
	}
	_, err := scanAll(s, page)
	require.NoError(t, err)
	_, err = scanAll(s, strings.Replace(page, "null", "nil,", 1))
	require.Error(t, err)
	require.NotErrorIs(t, err, ErrTruncated)
}

func TestDuplicatesAreRefusedWhenAskedTo(t *testing.T) {
	s := mustScanner(t, diffColumns, Options{Shape: ShapeValue, RejectDuplicates: true})
	_, err := scanAll(s, `{"value":[{"a":1,"b":2},{"a":1,"x":0,"x":0,"\u0061":3}]}`)
	require.ErrorContains(t, err, `member "a" is there twice in a row`)
	_, err = scanAll(s, `{"value":[{"a":1,"b":2},{"a":1,"x":0,"x":0}]}`)
	require.NoError(t, err, "members that nobody asked for may repeat")
	_, err = NewScanner([]string{"a", "a"}, Options{})
	require.ErrorContains(t, err, `column "a" is named twice`)
}

func TestRangesAreScannedOnTheirOwn(t *testing.T) {
	s := mustScanner(t, []string{"Lines", "Addr", "OrderID"}, Options{Shape: ShapeArray})
	lines := mustScanner(t, []string{"n"}, Options{Shape: ShapeArray})
	one := mustScanner(t, []string{"City", "value"}, Options{Shape: ShapeEntity})
	page := []byte(`[{"Lines":[{"n":1},{"n":2}],"Addr":{"City":"X"},"OrderID":{"value":"7"}},{"Lines":[],"Addr":{},"OrderID":{"value":8}}]`)
	var got []string
	s.Reset(page)
	for s.Next() {
		row := s.Row()
		lines.ResetRange(page, int(row[0].Off), int(row[0].End))
		for lines.Next() {
			got = append(got, "n="+string(lines.Row()[0].Bytes(page)))
		}
		require.NoError(t, lines.Err())
		for _, tok := range row[1:] {
			one.ResetRange(page, int(tok.Off), int(tok.End))
			require.True(t, one.Next())
			got = append(got, string(one.Row()[0].Bytes(page))+"/"+string(one.Row()[1].Bytes(page)))
			require.False(t, one.Next())
			require.NoError(t, one.Err())
		}
	}
	require.NoError(t, s.Err())
	assert.Equal(t, []string{"n=1", "n=2", "X/", "/7", "/", "/8"}, got)
}

func TestLearnedKeysAreBounded(t *testing.T) {
	s := mustScanner(t, []string{"a"}, Options{Shape: ShapeArray})
	var b strings.Builder
	b.WriteString(`[{"a":1`)
	for i := range 3 * maxLearned {
		b.WriteString(`,"k` + strconv.Itoa(i) + `":0`)
	}
	b.WriteString(`,"` + strings.Repeat("k", 2*maxGap) + `":0,` + strings.Repeat(" ", 2*maxGap) + `"b":2}]`)
	for range 2 {
		rows, err := scanAll(s, b.String())
		require.NoError(t, err)
		assert.Equal(t, []string{"a=1"}, rows)
		assert.LessOrEqual(t, len(s.known), maxLearned+1)
	}
}

func TestTheTokenPassDoesNotAllocate(t *testing.T) {
	for _, shape := range benchShapes() {
		t.Run(shape.name, func(t *testing.T) {
			page := shape.page(rand.New(rand.NewPCG(1, 2)), shape.cols, 200)
			s := mustScanner(t, columnNames(shape.cols), Options{Shape: ShapeValue, Capture: []string{"@odata.nextLink"}})
			tokens(t, s, page)
			assert.Zero(t, testing.AllocsPerRun(5, func() { tokens(t, s, page) }))
		})
	}
}
