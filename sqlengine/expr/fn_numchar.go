package expr

import (
	"bytes"

	"github.com/epicorerp/epicorerp/sqltypes"
)

var _ = register(GroupMath,
	&Function{Name: "TO_NUMBER", Doc: "the number that a text shows by PostgreSQL's template, such as 999G999D99",
		forms: []*form{on("text, text -> decimal", func(f *Frame, a []datum) datum { return f.numberByTemplate(a[0].B, a[1].B) })}},
)

// numberTemplate is what a template of TO_CHAR says of a number.
type numberTemplate struct {
	before, after int // digits around the point
	firstZero     int // the first digit before the point, from the left, that is always there; before if none
	lastZero      int // digits after the point that are always there
	shift         int // digits behind V
	fill          bool
	point         bool
	brackets      bool // PR
	sign          bool // S, MI or SG says where it stands
	leadingSign   bool // S before the digits
	roman         bool
}

// nextNumberWord reads a word of a number's template; word is one of the
// letters of numberWords.
func nextNumberWord(t []byte) (word byte, rest []byte) {
	if t[0] == '"' {
		if end := bytes.IndexByte(t[1:], '"'); end >= 0 {
			return '"', t[end+2:]
		}
	}
	for _, w := range [...]struct {
		text string
		word byte
	}{{"FM", 'F'}, {"MI", 'M'}, {"PL", 'P'}, {"PR", 'R'}, {"SG", 'G'}, {"TH", 'T'}, {"EEEE", 'E'}, {"RN", 'N'}} {
		if len(t) >= len(w.text) && bytes.EqualFold(t[:len(w.text)], []byte(w.text)) {
			return w.word, t[len(w.text):]
		}
	}
	switch t[0] {
	case '9', '0', '.', ',', 'S', 'L', 'V':
		return t[0], t[1:]
	case 's', 'l', 'v':
		return t[0] - 'a' + 'A', t[1:]
	case 'D', 'd':
		return '.', t[1:]
	case 'G', 'g':
		return ',', t[1:]
	}
	return 0, t[1:]
}

func readNumberTemplate(template []byte) (n numberTemplate, err *Error) {
	n.firstZero = -1
	for rest := template; len(rest) > 0; {
		var w byte
		switch w, rest = nextNumberWord(rest); w {
		case '9', '0':
			switch {
			case n.point:
				if n.after++; w == '0' {
					n.lastZero = n.after
				}
			default:
				if w == '0' && n.firstZero < 0 {
					n.firstZero = n.before
				}
				if n.before++; bytes.ContainsAny(template[:len(template)-len(rest)], "Vv") {
					n.shift++
				}
			}
		case '.':
			if n.point {
				return n, errf(stateBadText, "a template of a number has one decimal point: %s", clip(string(template)))
			}
			n.point = true
		case 'F':
			n.fill = true
		case 'R':
			n.brackets = true
		case 'S', 'M', 'G':
			n.sign = true
			n.leadingSign = n.leadingSign || w == 'S' && n.before+n.after == 0
		case 'N':
			n.roman = true
		case 'E':
			return n, errf(stateUnsupported, "EEEE in a template of a number is not supported")
		}
	}
	if n.firstZero < 0 {
		n.firstZero = n.before
	}
	return n, nil
}

// numberToChar writes a number as PostgreSQL's TO_CHAR does.
func (f *Frame) numberToChar(x sqltypes.Num, template []byte) datum {
	n, err := readNumberTemplate(template)
	if err != nil {
		return f.fail(err)
	}
	if n.roman {
		return f.roman(x, n.fill)
	}
	if n.shift > 0 {
		var mulErr error
		if x, mulErr = x.Mul(sqltypes.NewNum(1, -n.shift)); mulErr != nil {
			return f.fail(numError(mulErr))
		}
	}
	rounded := x.Round(n.after)
	w := numberWriter{numberTemplate: n, negative: x.Sign() < 0}
	digits := rounded.Abs().Append(make([]byte, 0, 64))
	w.whole, w.fraction, _ = bytes.Cut(digits, []byte{'.'})
	// No zero stands before the point, unless the template has one or drops all
	// others.
	onlyZero := n.fill && rounded.Sign() == 0 && n.lastZero == 0
	if len(w.whole) == 1 && w.whole[0] == '0' && (n.after > 0 || n.firstZero < n.before) && !onlyZero {
		w.whole = nil
	}
	w.overflow = len(w.whole) > n.before
	start := len(f.Scratch)
	f.Scratch = w.write(f.Scratch, template)
	return f.text(start)
}

type numberWriter struct {
	numberTemplate
	whole, fraction    []byte
	negative, overflow bool
	begun              bool // the sign and the first digit are written
	at, behind         int  // digits of the template passed before and after the point
	pointed            bool
}

func (w *numberWriter) write(dst, template []byte) []byte {
	for rest := template; len(rest) > 0; {
		var word byte
		c, whole := rest[0], rest
		switch word, rest = nextNumberWord(rest); word {
		case '"':
			dst = append(dst, whole[1:len(whole)-len(rest)-1]...)
		case '9', '0':
			dst = w.digit(dst)
		case '.':
			dst = w.begin(dst)
			dst, w.pointed = append(dst, '.'), true
		case ',':
			switch {
			case w.begun:
				dst = append(dst, ',')
			case !w.fill:
				dst = append(dst, ' ')
			}
		case 'S':
			if !w.leadingSign {
				dst = append(dst, w.signChar())
			}
		case 'M':
			if w.negative {
				dst = append(dst, '-')
			} else if !w.fill {
				dst = append(dst, ' ')
			}
		case 'P':
			if !w.negative {
				dst = append(dst, '+')
			} else if !w.fill {
				dst = append(dst, ' ')
			}
		case 'G':
			dst = append(dst, w.signChar())
		case 'L':
			dst = append(dst, ' ')
		case 'T':
			dst = w.ordinal(dst, c)
		case 0:
			dst = append(dst, c)
		}
	}
	if w.brackets {
		if w.negative {
			return append(dst, '>')
		}
		if !w.fill {
			return append(dst, ' ')
		}
	}
	return dst
}

func (w *numberWriter) signChar() byte {
	if w.negative {
		return '-'
	}
	return '+'
}

// digit writes the next digit of the template.
func (w *numberWriter) digit(dst []byte) []byte {
	if w.pointed {
		w.behind++
		if w.overflow {
			return append(dst, '#')
		}
		if w.fill && w.behind > w.lastZero && len(bytes.TrimRight(w.fraction[w.behind-1:], "0")) == 0 {
			return dst
		}
		return append(dst, w.fraction[w.behind-1])
	}
	i := w.at - (w.before - len(w.whole)) // of the number's digits
	place := w.at
	w.at++
	switch {
	case w.overflow:
		return append(w.begin(dst), '#')
	case i >= 0:
		return append(w.begin(dst), w.whole[i])
	case place >= w.firstZero:
		return append(w.begin(dst), '0')
	case w.fill:
		return dst
	}
	return append(dst, ' ')
}

// begin writes what stands right before the first digit.
func (w *numberWriter) begin(dst []byte) []byte {
	if w.begun {
		return dst
	}
	w.begun = true
	switch {
	case w.brackets && w.negative:
		return append(dst, '<')
	case w.leadingSign:
		return append(dst, w.signChar())
	case w.sign:
		return dst
	case w.negative:
		return append(dst, '-')
	case !w.fill:
		return append(dst, ' ')
	}
	return dst
}

func (w *numberWriter) ordinal(dst []byte, c byte) []byte {
	if w.negative || w.overflow || w.point {
		return dst
	}
	n := int64(0)
	for _, d := range w.whole[max(0, len(w.whole)-2):] {
		n = n*10 + int64(d-'0')
	}
	word := "TH"
	if c == 't' {
		word = "th"
	}
	return appendCased(dst, ordinalSuffix(n), []byte(word), 0)
}

// roman writes 1 to 3999, at the right of 15 places.
func (f *Frame) roman(x sqltypes.Num, fill bool) datum {
	const width = 15
	n, ok := x.Round(0).Int64()
	if !ok || n < 1 || n > 3999 {
		return f.textOf("###############")
	}
	var b []byte
	for _, r := range [...]struct {
		value int64
		text  string
	}{{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}} {
		for ; n >= r.value; n -= r.value {
			b = append(b, r.text...)
		}
	}
	start := len(f.Scratch)
	for i := len(b); i < width && !fill; i++ {
		f.Scratch = append(f.Scratch, ' ')
	}
	f.Scratch = append(f.Scratch, b...)
	return f.text(start)
}

// numberByTemplate reads the digits, the point and the sign of a text; what
// else the template has is passed over.
func (f *Frame) numberByTemplate(text, template []byte) datum {
	n, err := readNumberTemplate(template)
	if err != nil {
		return f.fail(err)
	}
	digits := make([]byte, 0, len(text)+1)
	negative, point, before, after := false, false, 0, 0
	for _, c := range text {
		switch {
		case c >= '0' && c <= '9':
			switch {
			case point && after < n.after:
				after++
			case !point && before < n.before:
				before++
			default:
				continue
			}
			digits = append(digits, c)
		case c == '.' && n.point && !point:
			digits, point = append(digits, c), true
		case c == '-', c == '<' && n.brackets:
			negative = true
		}
	}
	if before+after == 0 {
		return f.fail(errf(stateBadText, "'%s' has no digits for the template '%s'", clip(string(text)), clip(string(template))))
	}
	x, parseErr := sqltypes.ParseNum(string(bytes.TrimSuffix(digits, []byte{'.'})))
	if parseErr == nil && n.shift > 0 {
		x, parseErr = x.Quo(sqltypes.NewNum(1, -n.shift))
	}
	if parseErr != nil {
		return f.fail(numError(parseErr))
	}
	if negative {
		x = x.Neg()
	}
	return datum{D: x}
}
