package expr

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// maxText bounds what REPEAT, LPAD and their kin build.
const maxText = 64 << 20

var errTextTooLong = &Error{"54000", "the text would be longer than 64 MiB"}

var _ = register(GroupString,
	&Function{Name: "LENGTH", Aliases: []string{"LEN", "CHAR_LENGTH", "CHARACTER_LENGTH"},
		Doc: "the number of characters; of bytes for VARBINARY",
		forms: []*form{
			on("text -> integer", func(_ *Frame, a []datum) datum { return datum{I: runeCount(a[0].B)} }).pushes("LENGTH", Rendering{}),
			on("bytes -> integer", func(_ *Frame, a []datum) datum { return datum{I: int64(len(a[0].B))} })}},
	&Function{Name: "OCTET_LENGTH", Aliases: []string{"DATALENGTH"},
		Doc: "the number of bytes of the UTF-8 text",
		forms: []*form{
			on("text -> integer", func(_ *Frame, a []datum) datum { return datum{I: int64(len(a[0].B))} }),
			on("bytes -> integer", func(_ *Frame, a []datum) datum { return datum{I: int64(len(a[0].B))} })}},
	&Function{Name: "BIT_LENGTH", Doc: "the number of bits of the UTF-8 text",
		forms: []*form{
			on("text -> integer", func(_ *Frame, a []datum) datum { return datum{I: 8 * int64(len(a[0].B))} }),
			on("bytes -> integer", func(_ *Frame, a []datum) datum { return datum{I: 8 * int64(len(a[0].B))} })}},
	&Function{Name: "LOWER", Aliases: []string{"LCASE"}, Doc: "the text in lower case",
		forms: []*form{on("text -> text", func(f *Frame, a []datum) datum { return datum{B: f.lower(a[0].B)} }).pushes("LOWER", Rendering{})}},
	&Function{Name: "UPPER", Aliases: []string{"UCASE"}, Doc: "the text in upper case",
		forms: []*form{on("text -> text", upper).pushes("UPPER", Rendering{})}},
	&Function{Name: "INITCAP", Doc: "each word with an upper-case first letter, the rest in lower case",
		forms: []*form{on("text -> text", initcap)}},
	&Function{Name: "TRIM", Aliases: []string{"BTRIM"}, Doc: "without blanks, or the given characters, at both ends",
		forms: []*form{
			on("text -> text", trimmer(true, true)).pushes("TRIM", Rendering{}),
			on("text, text -> text", trimmer(true, true))}},
	&Function{Name: "LTRIM", Doc: "without blanks, or the given characters, at the start",
		forms: []*form{on("text, text? -> text", trimmer(true, false))}},
	&Function{Name: "RTRIM", Doc: "without blanks, or the given characters, at the end",
		forms: []*form{on("text, text? -> text", trimmer(false, true))}},
	&Function{Name: "SUBSTRING", Aliases: []string{"SUBSTR", "MID"},
		Doc: "the characters, or bytes, from a 1-based start on, as many as the length says; of two texts REGEXP_SUBSTR of the first group",
		forms: []*form{
			on("text, int, int? -> text", substring).pushes("SUBSTRING", Rendering{}),
			on("bytes, int, int? -> bytes", subbytes),
			on("text, text -> text", nil).prepared(matchCall(plainRegex, noOption, substringMatch)).orNull()}},
	&Function{Name: "LEFT", Doc: "the first n characters; for n < 0 all but the last -n",
		forms: []*form{on("text, int -> text", func(_ *Frame, a []datum) datum {
			n := a[1].I
			if n < 0 {
				n = max(0, n+runeCount(a[0].B))
			}
			return datum{B: cutRunes(a[0].B, clampInt(n))}
		})}},
	&Function{Name: "RIGHT", Doc: "the last n characters; for n < 0 all but the first -n",
		forms: []*form{on("text, int -> text", func(_ *Frame, a []datum) datum {
			skip := -a[1].I
			if a[1].I >= 0 {
				skip = max(0, runeCount(a[0].B)-a[1].I)
			}
			return datum{B: a[0].B[len(cutRunes(a[0].B, clampInt(skip))):]}
		})}},
	&Function{Name: "REPLACE", Doc: "every occurrence of the second text replaced by the third",
		forms: []*form{on("text, text, text -> text", replace)}},
	&Function{Name: "CONCAT", Nulls: NeverNull, Doc: "all arguments as one text; NULL counts as empty",
		forms: []*form{on("any, any* -> text", nil)}, lazy: concatCall(false)},
	&Function{Name: "CONCAT_WS", Nulls: MaybeNull, Doc: "all arguments but the first, which stands between them; NULLs are left out",
		forms: []*form{on("text, any* -> text", nil)}, lazy: concatCall(true)},
	&Function{Name: "LPAD", Doc: "filled at the start, or cut, to a number of characters",
		forms: []*form{on("text, int, text? -> text", padder(true))}},
	&Function{Name: "RPAD", Doc: "filled at the end, or cut, to a number of characters",
		forms: []*form{on("text, int, text? -> text", padder(false))}},
	&Function{Name: "REPEAT", Aliases: []string{"REPLICATE"}, Doc: "the text n times",
		forms: []*form{on("text, int -> text", repeat)}},
	&Function{Name: "SPACE", Doc: "n blanks",
		forms: []*form{on("int -> text", func(f *Frame, a []datum) datum { return repeat(f, []datum{{B: []byte{' '}}, a[0]}) })}},
	&Function{Name: "REVERSE", Doc: "the characters from the last to the first",
		forms: []*form{on("text -> text", reverse)}},
	&Function{Name: "ASCII", Aliases: []string{"UNICODE"}, Doc: "the code point of the first character; 0 for an empty text",
		forms: []*form{on("text -> integer", func(_ *Frame, a []datum) datum {
			if len(a[0].B) == 0 {
				return datum{}
			}
			r, _ := utf8.DecodeRune(a[0].B)
			return datum{I: int64(r)}
		})}},
	&Function{Name: "CHR", Aliases: []string{"CHAR", "NCHAR"}, Doc: "the character with a code point",
		forms: []*form{on("int -> text", func(f *Frame, a []datum) datum {
			switch c := a[0].I; {
			case c < 0:
				return f.fail(errf(stateBadParameter, "%d is not the code point of a character", c))
			case c == 0 || c > unicode.MaxRune || !utf8.ValidRune(rune(c)):
				return f.fail(errf("54000", "%d is not the code point of a character", c))
			}
			start := len(f.Scratch)
			f.Scratch = utf8.AppendRune(f.Scratch, rune(a[0].I))
			return f.text(start)
		})}},
	&Function{Name: "TRANSLATE", Doc: "each character of the second text replaced by the one at its place in the third, or dropped",
		forms: []*form{on("text, text, text -> text", translate)}},
	&Function{Name: "STUFF", Doc: "from a 1-based start on, that many characters replaced by the last text; NULL where the start is not within the text",
		forms: []*form{on("text, int, int, text -> text", stuff).orNull()}},
	&Function{Name: "INSERT", Doc: "STUFF as MySQL has it: the text as it is where the start is not within it, and all of the rest for a length below 0",
		forms: []*form{on("text, int, int, text -> text", insertText)}},
	&Function{Name: "OVERLAY", Doc: "the second text laid over the first from a 1-based start on",
		forms: []*form{on("text, text, int, int? -> text", func(f *Frame, a []datum) datum {
			n := number(a, 3, runeCount(a[1].B))
			if a[2].I < 1 {
				return f.fail(&Error{"22011", "OVERLAY counts characters from 1"})
			}
			return f.splice(a[0].B, a[2].I, n, a[1].B)
		})}},
)

func clampInt(n int64) int { return int(min(max(n, 0), maxText*4)) }

func upper(f *Frame, a []datum) datum {
	start, s := len(f.Scratch), a[0].B
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if 'a' <= c && c <= 'z' {
				c -= 'a' - 'A'
			}
			f.Scratch = append(f.Scratch, c)
			i++
			continue
		}
		r, n := utf8.DecodeRune(s[i:])
		if r == utf8.RuneError && n == 1 {
			f.Scratch = append(f.Scratch, c)
		} else {
			f.Scratch = utf8.AppendRune(f.Scratch, unicode.ToUpper(r))
		}
		i += n
	}
	return f.text(start)
}

func initcap(f *Frame, a []datum) datum {
	start, inWord := len(f.Scratch), false
	for s := a[0].B; len(s) > 0; {
		r, n := utf8.DecodeRune(s)
		s = s[n:]
		word := unicode.IsLetter(r) || unicode.IsDigit(r)
		if word && inWord {
			r = unicode.ToLower(r)
		} else {
			r = unicode.ToUpper(r)
		}
		inWord = word
		f.Scratch = utf8.AppendRune(f.Scratch, r)
	}
	return f.text(start)
}

//go:noinline
func trimmer(left, right bool) evalFunc {
	return func(_ *Frame, a []datum) datum {
		s, set := a[0].B, []byte{' '}
		if len(a) == 2 {
			set = a[1].B
		}
		for left && len(s) > 0 {
			_, n := utf8.DecodeRune(s)
			if !bytes.Contains(set, s[:n]) {
				break
			}
			s = s[n:]
		}
		for right && len(s) > 0 {
			_, n := utf8.DecodeLastRune(s)
			if !bytes.Contains(set, s[len(s)-n:]) {
				break
			}
			s = s[:len(s)-n]
		}
		return datum{B: s}
	}
}

// substring counts as the standard does: a start before the text uses up
// length.
func substring(f *Frame, a []datum) datum {
	skip, end, ok := slice(f, a)
	if !ok {
		return nullDatum
	}
	s := cutRunes(a[0].B, end)
	return datum{B: s[len(cutRunes(s, skip)):]}
}

// subbytes is substring of bytes.
func subbytes(f *Frame, a []datum) datum {
	skip, end, ok := slice(f, a)
	if !ok {
		return nullDatum
	}
	s := a[0].B[:min(end, len(a[0].B))]
	return datum{B: s[min(skip, len(s)):]}
}

// slice gives how much of SUBSTRING's argument comes before the result, and
// where the result ends.
func slice(f *Frame, a []datum) (skip, end int, ok bool) {
	start, last := a[1].I, int64(maxText*4)
	if len(a) == 3 {
		if a[2].I < 0 {
			f.fail(&Error{"22011", "SUBSTRING needs a length that is not negative"})
			return 0, 0, false
		}
		if sum, ok := addInts(start, a[2].I); ok {
			last = sum - 1
		}
	}
	return clampInt(max(start, 1) - 1), clampInt(last), true
}

func replace(f *Frame, a []datum) datum {
	s, from, to := a[0].B, a[1].B, a[2].B
	if len(from) == 0 || !bytes.Contains(s, from) {
		return a[0]
	}
	if more := len(to) - len(from); more > 0 && bytes.Count(s, from) > (maxText-len(s))/more {
		return f.fail(errTextTooLong)
	}
	start := len(f.Scratch)
	for {
		i := bytes.Index(s, from)
		if i < 0 {
			f.Scratch = append(f.Scratch, s...)
			return f.text(start)
		}
		f.Scratch = append(append(f.Scratch, s[:i]...), to...)
		s = s[i+len(from):]
	}
}

// concatCall appends the text of every argument, of whatever kind.
//
//go:noinline
func concatCall(separated bool) func(c *compiler, n *Call) (*Compiled, error) {
	return func(c *compiler, n *Call) (*Compiled, error) {
		args, err := c.all(n.Args)
		if err != nil {
			return nil, err
		}
		return &Compiled{Type: n.T, Bytes: func(f *Frame) ([]byte, bool) {
			base, first := len(f.args), 0
			defer func() { f.args = f.args[:base] }()
			for _, a := range args {
				f.args = append(f.args, a.eval(f))
			}
			values := f.args[base:]
			var sep []byte
			if separated {
				if values[0].Null {
					return nil, true
				}
				sep, first = values[0].B, 1
			}
			start, some := len(f.Scratch), false
			for i := first; i < len(values); i++ {
				if values[i].Null {
					continue
				}
				if some {
					f.Scratch = append(f.Scratch, sep...)
				}
				some = true
				f.Scratch = appendText(f.Scratch, args[i].Type.Kind, values[i])
			}
			return f.text(start).B, f.Err != nil
		}}, nil
	}
}

//go:noinline
func padder(left bool) evalFunc {
	return func(f *Frame, a []datum) datum {
		s, fill := a[0].B, []byte{' '}
		if len(a) == 3 {
			fill = a[2].B
		}
		want := max(a[1].I, 0)
		missing := want - runeCount(s)
		if missing <= 0 {
			return datum{B: cutRunes(s, int(want))}
		}
		if len(fill) == 0 {
			return a[0]
		}
		if want > maxText {
			return f.fail(errTextTooLong)
		}
		start := len(f.Scratch)
		if !left {
			f.Scratch = append(f.Scratch, s...)
		}
		for rest := fill; missing > 0; missing-- {
			_, n := utf8.DecodeRune(rest)
			f.Scratch = append(f.Scratch, rest[:n]...)
			if rest = rest[n:]; len(rest) == 0 {
				rest = fill
			}
		}
		if left {
			f.Scratch = append(f.Scratch, s...)
		}
		return f.text(start)
	}
}

func repeat(f *Frame, a []datum) datum {
	n := a[1].I
	if n <= 0 || len(a[0].B) == 0 {
		return datum{}
	}
	if n > maxText/int64(len(a[0].B)) {
		return f.fail(errTextTooLong)
	}
	start := len(f.Scratch)
	for range n {
		f.Scratch = append(f.Scratch, a[0].B...)
	}
	return f.text(start)
}

func reverse(f *Frame, a []datum) datum {
	start := len(f.Scratch)
	for s := a[0].B; len(s) > 0; {
		_, n := utf8.DecodeLastRune(s)
		f.Scratch = append(f.Scratch, s[len(s)-n:]...)
		s = s[:len(s)-n]
	}
	return f.text(start)
}

func translate(f *Frame, a []datum) datum {
	start := len(f.Scratch)
	for s := a[0].B; len(s) > 0; {
		_, n := utf8.DecodeRune(s)
		c := s[:n]
		s = s[n:]
		i := bytes.Index(a[1].B, c)
		if i < 0 {
			f.Scratch = append(f.Scratch, c...)
			continue
		}
		to := a[2].B[len(cutRunes(a[2].B, int(runeCount(a[1].B[:i])))):]
		_, m := utf8.DecodeRune(to)
		f.Scratch = append(f.Scratch, to[:m]...)
	}
	return f.text(start)
}

// splice replaces n characters from a 1-based start on; a negative n repeats
// some of the text.
func (f *Frame) splice(s []byte, at, n int64, with []byte) datum {
	head := len(cutRunes(s, clampInt(at-1)))
	end, ok := addInts(at-1, n)
	tail := len(s)
	if ok {
		tail = len(cutRunes(s, clampInt(end)))
	}
	start := len(f.Scratch)
	f.Scratch = append(append(append(f.Scratch, s[:head]...), with...), s[tail:]...)
	return f.text(start)
}

func stuff(f *Frame, a []datum) datum {
	if at, n := a[1].I, a[2].I; at < 1 || n < 0 || at > runeCount(a[0].B) {
		return nullDatum
	}
	return f.splice(a[0].B, a[1].I, a[2].I, a[3].B)
}

func insertText(f *Frame, a []datum) datum {
	at, n := a[1].I, a[2].I
	if at < 1 || at > runeCount(a[0].B) {
		return a[0]
	}
	if n < 0 {
		n = maxText * 4
	}
	return f.splice(a[0].B, at, n, a[3].B)
}
