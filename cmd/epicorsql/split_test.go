package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/epicorerp/epicorerp/sqlengine/parse"
)

func TestSplit(t *testing.T) {
	for name, c := range map[string]struct {
		text    string
		dialect parse.Dialect
		want    []string
		rest    string
	}{
		"two statements":                         {text: "a; b;", want: []string{"a", " b"}},
		"a rest":                                 {text: "a; b", want: []string{"a"}, rest: " b"},
		"a semicolon in a string":                {text: "'x;''y;' ;", want: []string{"'x;''y;' "}},
		"a semicolon in a quoted name":           {text: "\"x;\"\"\" `;` [a;b];", want: []string{"\"x;\"\"\" `;` [a;b]"}},
		"a quote in a name in brackets":          {text: "[O'Brien] ; b;", want: []string{"[O'Brien] ", " b"}},
		"a subscript":                            {text: "a[1];b;", want: []string{"a[1]", "b"}},
		"a semicolon in comments":                {text: "a -- ;\n/* ; */ b; /* ; */ ; -- ;", want: []string{"a -- ;\n/* ; */ b"}, rest: " -- ;"},
		"empty statements":                       {text: ";;a;;", want: []string{"a"}},
		"a text that is open":                    {text: "a; 'b;", want: []string{"a"}, rest: " 'b;"},
		"a backslash is a character":             {text: `'\'; b;`, want: []string{`'\'`, " b"}},
		"a backslash escapes in mysql":           {text: `'\'; b;'; "\";" ;`, dialect: parse.MySQL, want: []string{`'\'; b;'`, ` "\";" `}},
		"a hash begins a comment in mysql":       {text: "a # ;\n;", dialect: parse.MySQL, want: []string{"a # ;\n"}},
		"dollar quotes of postgres":              {text: "$$;$$ $q$ $$; $q$;b", dialect: parse.Postgres, want: []string{"$$;$$ $q$ $$; $q$"}, rest: "b"},
		"parameters of postgres":                 {text: "$1;$2;", dialect: parse.Postgres, want: []string{"$1", "$2"}},
		"a backslash escapes in E'' of postgres": {text: `E'\';' ; '\';`, dialect: parse.Postgres, want: []string{`E'\';' `, ` '\'`}},
	} {
		t.Run(name, func(t *testing.T) {
			pieces, rest := split(c.text, c.dialect)
			var got []string
			for _, p := range pieces {
				got = append(got, p.text)
				assert.Equal(t, p.text, c.text[p.offset:p.offset+len(p.text)])
			}
			assert.Equal(t, c.want, got)
			assert.Equal(t, c.rest, rest.text)
			assert.Equal(t, strings.TrimSpace(c.rest) == "" || strings.HasPrefix(strings.TrimSpace(c.rest), "--"), rest.blank)
		})
	}
}

func FuzzSplitLosesNothing(f *testing.F) {
	f.Add("select 'a;' ; select [b]; -- c", uint8(0))
	f.Add("$a$;$a$;#", uint8(2))
	f.Fuzz(func(t *testing.T, text string, d uint8) {
		pieces, rest := split(text, parse.Dialect(d%3))
		at := 0
		for _, p := range pieces {
			assert.GreaterOrEqual(t, p.offset, at)
			assert.Equal(t, p.text, text[p.offset:p.offset+len(p.text)])
			at = p.offset + len(p.text)
			assert.Equal(t, byte(';'), text[at])
			assert.NotEmpty(t, strings.TrimSpace(p.text))
		}
		assert.Equal(t, text[rest.offset:], rest.text)
		if len(pieces) == 0 && rest.blank && strings.Contains(text, "x") {
			assert.True(t, strings.ContainsAny(text, "-/#"), "only a comment can hide %q", text)
		}
	})
}
