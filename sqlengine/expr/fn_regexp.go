package expr

import "unicode/utf8"

var _ = register(GroupRegexp,
	&Function{Name: "REGEXP_LIKE", Aliases: []string{"REGEXP_MATCHES"},
		Doc: "whether the text has a match of the pattern; flags: i ignores case, n and m let ^ and $ match at line breaks",
		forms: []*form{on("text, text, text? -> bool", nil).prepared(matchCall(plainRegex, 2, func(_ *Frame, re matching, a []datum) datum {
			return boolDatum(re.Match(a[0].B))
		}))}},
	&Function{Name: "REGEXP_COUNT", Doc: "how many matches the text has, from a character on; flags as REGEXP_LIKE's",
		forms: []*form{on("text, text, int?, text? -> integer", nil).prepared(matchCall(plainRegex, 3, func(f *Frame, re matching, a []datum) datum {
			from, ok := f.searchFrom(a, 2)
			if !ok {
				return nullDatum
			}
			return datum{I: int64(len(re.FindAllIndex(a[0].B[from:], -1)))}
		}))}},
	&Function{Name: "REGEXP_INSTR", Doc: "where the n-th match starts, from a character on, or with 1 as the fifth argument the character behind it; 0 if nowhere; the last argument picks a group",
		forms: []*form{on("text, text, int?, int?, int?, text?, int? -> integer", nil).prepared(matchCall(plainRegex, 5, regexpInstr))}},
	&Function{Name: "REGEXP_SUBSTR", Aliases: []string{"REGEXP_EXTRACT"},
		Doc:   "the n-th match from a character on, or a group of it; NULL if there is none",
		forms: []*form{on("text, text, int?, int?, text?, int? -> text", nil).prepared(matchCall(plainRegex, 4, regexpSubstr)).orNull()}},
	&Function{Name: "REGEXP_REPLACE",
		Doc: "the first match replaced, all with the flag g; or from a character on the n-th, all for 0; \\1 to \\9 stand for groups, \\& for the match",
		forms: []*form{
			on("text, text, text, text? -> text", nil).prepared(matchCall(globalRegex, 3, func(f *Frame, re matching, a []datum) datum {
				return regexpReplace(f, re, a[0].B, a[2].B, 0, 1)
			})),
			on("text, text, text, int, int?, text? -> text", nil).prepared(matchCall(globalRegex, 5, regexpReplaceFrom))}},
	&Function{Name: "SIMILAR_TO", Doc: "x SIMILAR TO pattern: LIKE's % and _ with the alternatives and repetitions of regular expressions; the last argument is the escape character",
		forms: []*form{on("text, text, text? -> bool", nil).prepared(matchCall(similarRegex, 2, func(_ *Frame, re matching, a []datum) datum {
			return boolDatum(re.Match(a[0].B))
		}))}},
	&Function{Name: "GLOB", Doc: "x GLOB pattern, as SQLite has it: * stands for any text, ? for a character, [a-z] and [^a-z] for one of some",
		forms: []*form{on("text, text -> bool", nil).prepared(matchCall(globRegex, noOption, func(_ *Frame, re matching, a []datum) datum {
			return boolDatum(re.Match(a[0].B))
		}))}},
	&Function{Name: "PATINDEX", Doc: "where the second argument is found: the first text is a LIKE pattern, also with [a-z] and [^a-z], as T-SQL has it; 0 if nowhere",
		forms: []*form{on("text, text -> integer", nil).prepared(patIndex)}},
)

func plainRegex(dst, pattern, flags []byte) ([]byte, bool, *Error) {
	o, err := regexFlags(flags, false)
	return o.append(dst, pattern), false, err
}

func globalRegex(dst, pattern, flags []byte) ([]byte, bool, *Error) {
	o, err := regexFlags(flags, true)
	return o.append(dst, pattern), o.all, err
}

// number returns the i-th argument, or what stands for it.
func number(a []datum, i int, absent int64) int64 {
	if i < len(a) {
		return a[i].I
	}
	return absent
}

// searchFrom returns the offset of the character that the i-th argument names.
// The text begins there for the pattern.
func (f *Frame) searchFrom(a []datum, i int) (int, bool) {
	start := number(a, i, 1)
	if start < 1 {
		f.Fail(errf(stateBadParameter, "a search starts at character 1 or later, not %d", start))
		return 0, false
	}
	return len(cutRunes(a[0].B, clampInt(start-1))), true
}

// group returns where a group of the n-th match lies in the text; ok is false
// if there is none.
func (f *Frame) group(re matching, a []datum, n, group int64) (from, to int, ok bool) {
	switch {
	case n < 1:
		f.Fail(errf(stateBadParameter, "matches are counted from 1, not %d", n))
		return 0, 0, false
	case group < 0:
		f.Fail(errf(stateBadParameter, "groups are counted from 1, and 0 is the whole match, not %d", group))
		return 0, 0, false
	}
	at, ok := f.searchFrom(a, 2)
	if !ok || group > int64(re.NumSubexp()) || n > int64(len(a[0].B))+1 {
		return 0, 0, false
	}
	matches := re.FindAllSubmatchIndex(a[0].B[at:], int(n))
	if int64(len(matches)) < n {
		return 0, 0, false
	}
	m := matches[n-1][2*group:]
	return at + m[0], at + m[1], m[0] >= 0
}

func regexpInstr(f *Frame, re matching, a []datum) datum {
	end := number(a, 4, 0)
	if end != 0 && end != 1 {
		return f.fail(errf(stateBadParameter, "0 asks for the start of the match and 1 for its end, not %d", end))
	}
	from, to, ok := f.group(re, a, number(a, 3, 1), number(a, 6, 0))
	switch {
	case !ok:
		return datum{}
	case end == 1:
		from = to
	}
	return datum{I: runeCount(a[0].B[:from]) + 1}
}

func regexpSubstr(f *Frame, re matching, a []datum) datum {
	from, to, ok := f.group(re, a, number(a, 3, 1), number(a, 5, 0))
	if !ok {
		return nullDatum
	}
	return datum{B: a[0].B[from:to]}
}

// substringMatch is SUBSTRING(text FROM pattern): the first group, or the whole
// match of a pattern without groups.
func substringMatch(f *Frame, re matching, a []datum) datum {
	from, to, ok := f.group(re, a, 1, min(int64(re.NumSubexp()), 1))
	if !ok {
		return nullDatum
	}
	return datum{B: a[0].B[from:to]}
}

func regexpReplaceFrom(f *Frame, re matching, a []datum) datum {
	absent := int64(1)
	if re.all {
		absent = 0
	}
	n := number(a, 4, absent)
	if n < 0 {
		return f.fail(errf(stateBadParameter, "matches are counted from 1, and 0 is all of them, not %d", n))
	}
	from, ok := f.searchFrom(a, 3)
	if !ok {
		return nullDatum
	}
	return regexpReplace(f, matching{re.Regexp, n == 0}, a[0].B, a[2].B, from, n)
}

// regexpReplace replaces the n-th match behind an offset, or all of them.
func regexpReplace(f *Frame, re matching, s, with []byte, from int, n int64) datum {
	limit := -1
	if !re.all && n <= int64(len(s)) {
		limit = int(n)
	}
	start, at := len(f.Scratch), 0
	for i, m := range re.FindAllSubmatchIndex(s[from:], limit) {
		if !re.all && int64(i) != n-1 {
			continue
		}
		f.Scratch = append(f.Scratch, s[at:from+m[0]]...)
		f.Scratch = appendReplacement(f.Scratch, with, s[from:], m)
		at = from + m[1]
	}
	f.Scratch = append(f.Scratch, s[at:]...)
	return f.text(start)
}

// appendReplacement writes what takes the place of a match.
func appendReplacement(dst, with, s []byte, m []int) []byte {
	for i := 0; i < len(with); i++ {
		if with[i] != '\\' || i+1 == len(with) {
			dst = append(dst, with[i])
			continue
		}
		i++
		switch g := int(with[i] - '0'); {
		case with[i] == '&':
			dst = append(dst, s[m[0]:m[1]]...)
		case with[i] >= '1' && with[i] <= '9':
			if 2*g+1 < len(m) && m[2*g] >= 0 {
				dst = append(dst, s[m[2*g]:m[2*g+1]]...)
			}
		case with[i] == '\\':
			dst = append(dst, '\\')
		default:
			dst = append(dst, '\\', with[i])
		}
	}
	return dst
}

// similarRegex reads a pattern of SIMILAR TO as the whole of a regular
// expression.
func similarRegex(dst, pattern, escape []byte) ([]byte, bool, *Error) {
	esc := rune('\\')
	if escape != nil {
		var err error
		if esc, err = escapeRune(string(escape)); err != nil {
			return dst, false, errEscapeLength(string(escape))
		}
	}
	dst = append(dst, `(?s)\A(?:`...)
	inSet := false
	for p := pattern; len(p) > 0; {
		r, n := utf8.DecodeRune(p)
		c := p[:n]
		p = p[n:]
		switch {
		case r == esc && esc != noEscape:
			if len(p) == 0 {
				return dst, false, errf(stateBadEscape, "a SIMILAR TO pattern must not end with its escape character")
			}
			_, n = utf8.DecodeRune(p)
			dst, p = appendLiteral(dst, p[:n]), p[n:]
		case inSet:
			if r == '\\' || r == '[' {
				dst = append(dst, '\\')
			}
			dst = append(dst, c...)
			inSet = r != ']'
		case r == '%':
			dst = append(dst, ".*"...)
		case r == '_':
			dst = append(dst, '.')
		case r == '[':
			dst, inSet = append(dst, '['), true
		case r == '.' || r == '^' || r == '$' || r == '\\':
			dst = appendLiteral(dst, c)
		default:
			dst = append(dst, c...)
		}
	}
	return append(dst, `)\z`...), false, nil
}

// appendLiteral writes a character as itself.
func appendLiteral(dst, c []byte) []byte {
	if c[0] < utf8.RuneSelf && !('0' <= c[0] && c[0] <= '9' || 'a' <= c[0] && c[0] <= 'z' || 'A' <= c[0] && c[0] <= 'Z' || c[0] <= ' ' || c[0] == 0x7f) {
		dst = append(dst, '\\')
	}
	return append(dst, c...)
}

// wildcards reads a pattern with wildcards for any text and for a character,
// and sets of characters between brackets.
func wildcards(dst, pattern []byte, any, one rune) []byte {
	for p := pattern; len(p) > 0; {
		r, n := utf8.DecodeRune(p)
		if set := bracketSet(p); set > 0 {
			dst = appendSet(dst, p[:set])
			p = p[set:]
			continue
		}
		switch r {
		case any:
			dst = append(dst, ".*?"...)
		case one:
			dst = append(dst, '.')
		default:
			dst = appendLiteral(dst, p[:n])
		}
		p = p[n:]
	}
	return dst
}

// bracketSet returns the length of a set such as [a-z] at the start of the
// pattern, 0 if there is none. A bracket right behind the opening is a member.
func bracketSet(p []byte) int {
	if p[0] != '[' {
		return 0
	}
	i := 1
	if i < len(p) && p[i] == '^' {
		i++
	}
	for first := i; i < len(p); i++ {
		if p[i] == ']' && i > first {
			return i + 1
		}
	}
	return 0
}

// appendSet writes a set for RE2, where brackets and backslashes inside stand
// escaped.
func appendSet(dst, set []byte) []byte {
	dst = append(dst, '[')
	for i, c := range set[1 : len(set)-1] {
		if c == '\\' || c == '[' || c == ']' || c == '^' && i > 0 {
			dst = append(dst, '\\')
		}
		dst = append(dst, c)
	}
	return append(dst, ']')
}

func globRegex(dst, pattern, _ []byte) ([]byte, bool, *Error) {
	dst = append(dst, `(?s)\A`...)
	return append(wildcards(dst, pattern, '*', '?'), `\z`...), false, nil
}

// patternRegex reads a LIKE pattern of T-SQL as PATINDEX does: without a % at
// an end, the match must be there.
func patternRegex(dst, pattern, _ []byte) ([]byte, bool, *Error) {
	dst = append(dst, "(?s)"...)
	head, tail := `\A`, `\z`
	if len(pattern) > 0 && pattern[0] == '%' {
		if head, pattern = "", pattern[1:]; len(pattern) == 0 {
			tail = ""
		}
	}
	if n := len(pattern); n > 0 && pattern[n-1] == '%' && bracketTail(pattern) {
		tail, pattern = "", pattern[:n-1]
	}
	dst = append(dst, head...)
	dst = wildcards(dst, pattern, '%', '_')
	return append(dst, tail...), false, nil
}

// bracketTail reports that the last character is none of a set that is open.
func bracketTail(p []byte) bool {
	for len(p) > 1 {
		n := max(bracketSet(p), 1)
		p = p[n:]
	}
	return len(p) == 1
}

// patIndex has the pattern first.
func patIndex(args []Node) evalFunc {
	run := matchCall(patternRegex, noOption, func(_ *Frame, re matching, a []datum) datum {
		m := re.FindIndex(a[0].B)
		if m == nil {
			return datum{}
		}
		return datum{I: runeCount(a[0].B[:m[0]]) + 1}
	})([]Node{args[1], args[0]})
	return func(f *Frame, a []datum) datum {
		a[0], a[1] = a[1], a[0]
		return run(f, a)
	}
}
