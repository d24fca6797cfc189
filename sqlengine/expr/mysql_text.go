package expr

import (
	"bytes"
	"math/bits"
	"unicode/utf8"
)

// Functions of text that MySQL means otherwise than PostgreSQL, or has alone.

var _ = register(GroupString,
	&Function{Name: "SUBSTRING_SIGNED", Doc: "SUBSTRING as MySQL has it: a negative start counts from the end, from 0 or before the text there is nothing",
		forms: []*form{on("text, int, int? -> text", substringSigned)}},
	&Function{Name: "TRIM_TEXT", Doc: "without the copies of a text at both ends, as MySQL trims",
		forms: []*form{on("text, text -> text", textTrimmer(true, true))}},
	&Function{Name: "LTRIM_TEXT", Doc: "without the copies of a text at the start, as MySQL trims",
		forms: []*form{on("text, text -> text", textTrimmer(true, false))}},
	&Function{Name: "RTRIM_TEXT", Doc: "without the copies of a text at the end, as MySQL trims",
		forms: []*form{on("text, text -> text", textTrimmer(false, true))}},
	&Function{Name: "MAKE_SET", Nulls: MaybeNull, Doc: "those texts, joined by commas, whose bits in a number are set, the lowest for the first; a NULL among them is passed over",
		forms: []*form{on("int, text, text* -> text", makeSet)}},
	&Function{Name: "EXPORT_SET", Doc: "a text for each bit of a number, the lowest first: one for those that are set, one for the others, with a separator, a comma if none is given, for so many bits, 64 if nothing else is said",
		forms: []*form{on("int, text, text, text?, int? -> text", exportSet)}},
	&Function{Name: "ORD", Doc: "the bytes of the first character as one number, 0 of an empty text",
		forms: []*form{on("text -> int", func(_ *Frame, a []datum) datum {
			n := int64(0)
			for _, b := range cutRunes(a[0].B, 1) {
				n = n<<8 | int64(b)
			}
			return datum{I: n}
		})}},
	&Function{Name: "CHAR_BYTES", Nulls: NeverNull, Doc: "the text of the bytes that numbers stand for, those from 256 on for several, as MySQL's CHAR makes it; NULL is passed over",
		forms: []*form{on("int* -> text", charBytes)}},
)

func substringSigned(f *Frame, a []datum) datum {
	s, start := a[0].B, a[1].I
	if start < 0 {
		start += runeCount(s) + 1
	}
	if start <= 0 {
		return datum{B: s[:0]}
	}
	s = s[len(cutRunes(s, clampInt(start-1))):]
	if len(a) == 3 {
		s = cutRunes(s, clampInt(max(a[2].I, 0)))
	}
	return datum{B: s}
}

func textTrimmer(left, right bool) evalFunc {
	return func(_ *Frame, a []datum) datum {
		s, cut := a[0].B, a[1].B
		for left && len(cut) > 0 && bytes.HasPrefix(s, cut) {
			s = s[len(cut):]
		}
		for right && len(cut) > 0 && bytes.HasSuffix(s, cut) {
			s = s[:len(s)-len(cut)]
		}
		return datum{B: s}
	}
}

func makeSet(f *Frame, a []datum) datum {
	if a[0].Null {
		return nullDatum
	}
	set := uint64(a[0].I)
	start, first := len(f.Scratch), true
	for i, text := range a[1:] {
		if i >= 64 || set>>i&1 == 0 || text.Null {
			continue
		}
		if !first {
			f.Scratch = append(f.Scratch, ',')
		}
		f.Scratch, first = append(f.Scratch, text.B...), false
	}
	return f.text(start)
}

func exportSet(f *Frame, a []datum) datum {
	separator, n := []byte{','}, int64(64)
	if len(a) > 3 {
		separator = a[3].B
	}
	if len(a) > 4 && a[4].I >= 0 {
		n = min(a[4].I, 64)
	}
	set := uint64(a[0].I)
	on := bits.OnesCount64(set)
	if on*len(a[1].B)+(64-on)*len(a[2].B)+64*len(separator) > maxText {
		return f.fail(errTextTooLong)
	}
	start := len(f.Scratch)
	for i := range n {
		if i > 0 {
			f.Scratch = append(f.Scratch, separator...)
		}
		text := a[2].B
		if set>>i&1 == 1 {
			text = a[1].B
		}
		f.Scratch = append(f.Scratch, text...)
	}
	return f.text(start)
}

func charBytes(f *Frame, a []datum) datum {
	start := len(f.Scratch)
	for _, n := range a {
		if n.Null {
			continue
		}
		for shift := max(bits.Len32(uint32(n.I))-1, 0) / 8 * 8; shift >= 0; shift -= 8 {
			f.Scratch = append(f.Scratch, byte(n.I>>shift))
		}
	}
	if !utf8.Valid(f.Scratch[start:]) {
		return f.fail(errf(stateBadText, "the bytes X'%X' are not UTF-8 text", f.Scratch[start:]))
	}
	return f.text(start)
}

// mysqlTextCall names the function that a call of one with MySQL's own meaning is.
func mysqlTextCall(name string, args []Node) string {
	switch name {
	case "TRIM", "LTRIM", "RTRIM":
		if len(args) == 2 {
			return name + "_TEXT"
		}
	case "SUBSTRING", "SUBSTR", "MID":
		if len(args) >= 2 && !(counts(args[1], 1) && (len(args) == 2 || counts(args[2], 0))) {
			return "SUBSTRING_SIGNED"
		}
	case "CHAR":
		return "CHAR_BYTES"
	}
	return name
}

// counts reports whether a node is a constant integer from least on.
func counts(n Node, least int64) bool {
	c, ok := n.(*Const)
	return ok && !c.V.Null && c.T.Kind.IsInteger() && c.V.I >= least
}
