package expr

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// FuzzJSON reads documents in place and by encoding/json: every member, every
// element and every string must be the same.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{"a":[1,{"b":"x\u00e4\"y"}],"a":2,"":null}`, ` [ ] `, `"\ud83d\ude00\ud800"`, `[[],{},[{}],-1.5e+3,true]`, `{"\u0061\\":"\/"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		if json.Valid(doc) && utf8.Valid(doc) {
			sameReading(t, jsonRoot(doc), doc)
		}
	})
}

func sameReading(t *testing.T, got, want []byte) {
	require.JSONEq(t, string(want), string(got))
	frame := &Frame{}
	switch got[0] {
	case '{':
		var members map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(want, &members))
		for k, v := range members {
			m, found := jsonMember(frame, got, []byte(k))
			require.True(t, found, "%q of %s", k, got)
			sameReading(t, m, v)
		}
		it := itemsOf(got)
		require.GreaterOrEqual(t, it.count(), int64(len(members)))
		require.True(t, jsonContains(frame, got, got), "%s contains itself", got)
	case '[':
		var elements []json.RawMessage
		require.NoError(t, json.Unmarshal(want, &elements))
		it := itemsOf(got)
		require.Equal(t, int64(len(elements)), it.count())
		for i, v := range elements {
			e, found := jsonElement(got, int64(i))
			require.True(t, found)
			sameReading(t, e, v)
			back, _ := jsonElement(got, int64(i-len(elements)))
			require.Equal(t, e, back)
		}
	case '"':
		var s string
		require.NoError(t, json.Unmarshal(want, &s))
		require.Equal(t, s, string(frame.jsonUnquoted(got).B))
	}
}

func FuzzPatterns(f *testing.F) {
	f.Add("a%[b-c]_", "abcd", `\`)
	f.Add("(a|b)+{2}[", "ab", "")
	f.Add("$.a[last-1].***.\"x\"[1 to 2]", `{"a":[1]}`, "#")
	f.Fuzz(func(t *testing.T, pattern, text, escape string) {
		// What is no pattern is an error, never a panic; a path that is read says
		// the same when it is read again.
		for _, read := range []reading{plainRegex, globalRegex, similarRegex, globRegex, patternRegex} {
			if re2, _, err := read(nil, []byte(pattern), []byte(escape)); err == nil {
				if re, err := compileRegexp(re2, []byte(pattern)); err == nil {
					re.MatchString(text)
				}
			}
		}
		p, err := ParseJSONPath(pattern, len(escape) > 0)
		if err == nil && json.Valid([]byte(text)) {
			p.Each(&Frame{}, []byte(text), func(v []byte) bool {
				require.True(t, json.Valid(v), "%s at %s", v, pattern)
				return true
			})
		}
		if names, ok := ArrayLiteral(pattern); ok {
			pathOfNames(names)
		}
	})
}
