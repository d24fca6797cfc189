package expr

import (
	"bytes"

	"github.com/epicorerp/epicorerp/sqltypes"
)

var _ = register(GroupString,
	&Function{Name: "POSITION", Aliases: []string{"LOCATE"},
		Doc: "where the first text starts in the second, from 1; 0 if nowhere; searched from a character on",
		forms: []*form{
			on("text, text -> integer", locate).pushes("POSITION", Rendering{}),
			on("text, text, int -> integer", locate)}},
	&Function{Name: "CHARINDEX", Doc: "POSITION as T-SQL has it: a start below 1 is 1",
		forms: []*form{
			on("text, text -> integer", nil).rewritten(func(args []Node) (Node, error) { return NewCall("POSITION", args) }),
			on("text, text, int -> integer", func(f *Frame, a []datum) datum {
				a[2].I = max(a[2].I, 1)
				return locate(f, a)
			})}},
	&Function{Name: "INSTR", Aliases: []string{"STRPOS"}, Doc: "where the second text starts in the first, from 1; 0 if nowhere; searched from a character on",
		forms: []*form{on("text, text, int? -> integer", nil)},
		rewrite: func(args []Node) (Node, error) {
			return NewCall("POSITION", append([]Node{args[1], args[0]}, args[2:]...))
		}},
	&Function{Name: "STARTS_WITH", Aliases: []string{"STARTSWITH"}, Doc: "whether the first text starts with the second, which is sent as LIKE if it is constant",
		forms: []*form{on("text, text -> bool", func(_ *Frame, a []datum) datum { return boolDatum(bytes.HasPrefix(a[0].B, a[1].B)) }).rewritten(asLike("", "%"))}},
	&Function{Name: "ENDS_WITH", Aliases: []string{"ENDSWITH"}, Doc: "whether the first text ends with the second, which is sent as LIKE if it is constant",
		forms: []*form{on("text, text -> bool", func(_ *Frame, a []datum) datum { return boolDatum(bytes.HasSuffix(a[0].B, a[1].B)) }).rewritten(asLike("%", ""))}},
	&Function{Name: "CONTAINS", Doc: "whether the second text is found in the first; it is sent as LIKE if it is constant",
		forms: []*form{on("text, text -> bool", func(_ *Frame, a []datum) datum { return boolDatum(bytes.Contains(a[0].B, a[1].B)) }).rewritten(asLike("%", "%"))}},
	&Function{Name: "STRCMP", Doc: "-1, 0 or 1 as the first text sorts before, with or behind the second",
		forms: []*form{on("text, text -> integer", func(_ *Frame, a []datum) datum { return datum{I: int64(bytes.Compare(a[0].B, a[1].B))} })}},
	&Function{Name: "FIELD", Nulls: NeverNull, Doc: "the place of the first argument among the others, from 1; 0 if it is none of them or NULL",
		forms: []*form{on("any, any, any* -> integer", nil)}, rewrite: field},
	&Function{Name: "FIND_IN_SET", Doc: "the place of the first text in the second, a list between commas, from 1; 0 if it is not there",
		forms: []*form{on("text, text -> integer", findInSet)}},
	&Function{Name: "SPLIT_PART", Aliases: []string{"SPLIT"}, Doc: "the n-th part of the text between separators, from 1; from the end for n < 0",
		forms: []*form{on("text, text, int -> text", splitPart)}},
	&Function{Name: "SUBSTRING_INDEX", Doc: "what comes before the n-th separator; for n < 0 what comes behind the n-th from the end",
		forms: []*form{on("text, text, int -> text", substringIndex)}},
	&Function{Name: "SOUNDEX", Doc: "a letter and three digits by which English words that sound alike are the same",
		forms: []*form{on("text -> text", func(f *Frame, a []datum) datum {
			start := len(f.Scratch)
			f.Scratch = appendSoundex(f.Scratch, a[0].B)
			return f.text(start)
		})}},
	&Function{Name: "DIFFERENCE", Doc: "how many places of the SOUNDEX of both texts agree, 0 to 4",
		forms: []*form{on("text, text -> integer", difference)}},
)

func locate(_ *Frame, a []datum) datum {
	needle, s, from := a[0].B, a[1].B, 0
	if len(a) == 3 {
		head := cutRunes(s, clampInt(a[2].I-1))
		if from = len(head); a[2].I < 1 || a[2].I > runeCount(s)+1 {
			return datum{}
		}
	}
	i := bytes.Index(s[from:], needle)
	if i < 0 {
		return datum{}
	}
	return datum{I: runeCount(s[:from+i]) + 1}
}

// asLike writes the search for a constant as LIKE, which providers know.
//
//go:noinline
func asLike(before, after string) func(args []Node) (Node, error) {
	return func(args []Node) (Node, error) {
		b, ok := constText(args[1])
		if !ok || len(b) == 0 {
			return nil, nil
		}
		pattern := []byte(before)
		for _, c := range b {
			if c == '%' || c == '_' || c == '\\' {
				pattern = append(pattern, '\\')
			}
			pattern = append(pattern, c)
		}
		return NewLike(args[0], NewConst(sqltypes.StringValue(string(pattern)+after)), nil, false, false)
	}
}

func field(args []Node) (Node, error) {
	whens := make([]When, len(args)-1)
	for i := range whens {
		whens[i] = When{args[i+1], NewConst(sqltypes.Value{Kind: sqltypes.Integer, I: int64(i + 1)})}
	}
	return NewCase(args[0], whens, NewConst(sqltypes.Value{Kind: sqltypes.Integer}))
}

func findInSet(_ *Frame, a []datum) datum {
	want, list := a[0].B, a[1].B
	if len(list) == 0 {
		return datum{}
	}
	for n := int64(1); ; n++ {
		i := bytes.IndexByte(list, ',')
		if i < 0 {
			return datum{I: n * b2i(bytes.Equal(list, want))}
		}
		if bytes.Equal(list[:i], want) {
			return datum{I: n}
		}
		list = list[i+1:]
	}
}

func splitPart(f *Frame, a []datum) datum {
	s, sep, n := a[0].B, a[1].B, a[2].I
	if n == 0 {
		return f.fail(errf(stateBadParameter, "SPLIT_PART counts parts from 1, or from -1 at the end"))
	}
	parts := int64(1)
	if len(sep) > 0 {
		parts = int64(bytes.Count(s, sep)) + 1
	}
	if n < 0 {
		n += parts + 1
	}
	if n < 1 || n > parts {
		return datum{}
	}
	if len(sep) == 0 {
		return a[0]
	}
	for ; n > 1; n-- {
		s = s[bytes.Index(s, sep)+len(sep):]
	}
	if i := bytes.Index(s, sep); i >= 0 {
		s = s[:i]
	}
	return datum{B: s}
}

func substringIndex(_ *Frame, a []datum) datum {
	s, sep, n := a[0].B, a[1].B, a[2].I
	if len(sep) == 0 || n == 0 {
		return datum{}
	}
	at := 0
	for ; n > 0; n-- {
		i := bytes.Index(s[at:], sep)
		if i < 0 {
			return a[0]
		}
		if n == 1 {
			return datum{B: s[:at+i]}
		}
		at += i + len(sep)
	}
	end := len(s)
	for ; n < 0; n++ {
		i := bytes.LastIndex(s[:end], sep)
		if i < 0 {
			return a[0]
		}
		end = i
	}
	return datum{B: s[end+len(sep):]}
}

// soundexCodes are the digits of the letters from A to Z.
const soundexCodes = "01230120022455012623010202"

func soundexCode(c byte) byte {
	if c |= 'a' - 'A'; 'a' <= c && c <= 'z' {
		return soundexCodes[c-'a']
	}
	return 0
}

// appendSoundex counts as PostgreSQL does: letters with the digit of their
// neighbour are left out, whatever stands between others.
func appendSoundex(dst, s []byte) []byte {
	for len(s) > 0 && soundexCode(s[0]) == 0 {
		s = s[1:]
	}
	if len(s) == 0 {
		return dst
	}
	dst = append(dst, s[0]&^('a'-'A'))
	n := 1
	for i := 1; i < len(s) && n < 4; i++ {
		if c := soundexCode(s[i]); c > '0' && c != soundexCode(s[i-1]) {
			dst = append(dst, c)
			n++
		}
	}
	return append(dst, "000"[:4-n]...)
}

func difference(_ *Frame, a []datum) datum {
	var x, y [4]byte
	appendSoundex(x[:0], a[0].B)
	appendSoundex(y[:0], a[1].B)
	n := int64(0)
	for i := range x {
		n += b2i(x[i] == y[i])
	}
	return datum{I: n}
}
