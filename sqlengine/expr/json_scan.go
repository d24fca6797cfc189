package expr

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/epicorerp/epicorerp/sqltypes"
)

// The functions here read JSON that is known to be valid, in place: a value is
// a piece of the document, and nothing is allocated.

func skipBlanks(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// stringEnd returns the offset behind the string that starts at i.
func stringEnd(b []byte, i int) int {
	for i++; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(b)
}

// valueEnd returns the offset behind the value that starts at i.
func valueEnd(b []byte, i int) int {
	for depth := 0; i < len(b); {
		switch b[i] {
		case '"':
			i = stringEnd(b, i)
		case '{', '[':
			depth++
			i++
			continue
		case '}', ']':
			depth--
			i++
		case ',', ':', ' ', '\n', '\t', '\r':
			i++
			continue
		default:
			for i < len(b) && bytes.IndexByte([]byte(",:]} \n\t\r"), b[i]) < 0 {
				i++
			}
		}
		if depth == 0 {
			return i
		}
	}
	return len(b)
}

// jsonRoot returns the value of a document without the blanks around it.
func jsonRoot(doc []byte) []byte {
	i := skipBlanks(doc, 0)
	return doc[i:valueEnd(doc, i)]
}

// jsonItems goes through the members of an object or the elements of an array.
type jsonItems struct {
	b      []byte
	at     int
	object bool
}

// itemsOf returns no items for what is neither object nor array.
func itemsOf(value []byte) jsonItems {
	if len(value) == 0 || value[0] != '{' && value[0] != '[' {
		return jsonItems{}
	}
	return jsonItems{b: value, at: 1, object: value[0] == '{'}
}

// next returns the next key, of a member, between its quotes, and the value.
func (it *jsonItems) next() (key, value []byte, ok bool) {
	i := skipBlanks(it.b, it.at)
	if i < len(it.b) && it.b[i] == ',' {
		i = skipBlanks(it.b, i+1)
	}
	if i >= len(it.b)-1 { // the closing bracket
		return nil, nil, false
	}
	if it.object {
		end := stringEnd(it.b, i)
		key = it.b[i+1 : end-1]
		i = skipBlanks(it.b, skipBlanks(it.b, end)+1)
	}
	it.at = valueEnd(it.b, i)
	return key, it.b[i:it.at], true
}

func (it *jsonItems) count() int64 {
	n := int64(0)
	for {
		if _, _, ok := it.next(); !ok {
			return n
		}
		n++
	}
}

// jsonMember returns the value of a key, the last one if it comes repeatedly.
func jsonMember(f *Frame, object, key []byte) (value []byte, found bool) {
	if len(object) == 0 || object[0] != '{' {
		return nil, false
	}
	for it := itemsOf(object); ; {
		k, v, ok := it.next()
		if !ok {
			return value, found
		}
		if sameKey(f, k, key) {
			value, found = v, true
		}
	}
}

func sameKey(f *Frame, written, key []byte) bool {
	if bytes.IndexByte(written, '\\') < 0 {
		return bytes.Equal(written, key)
	}
	start := len(f.Scratch)
	f.Scratch = appendUnescaped(f.Scratch, written)
	same := bytes.Equal(f.Scratch[start:], key)
	f.Scratch = f.Scratch[:start]
	return same
}

// jsonElement returns an element of an array, from the end for i < 0.
func jsonElement(array []byte, i int64) (value []byte, found bool) {
	if len(array) == 0 || array[0] != '[' {
		return nil, false
	}
	it := itemsOf(array)
	if i < 0 {
		all := it
		i += all.count()
	}
	for ; i >= 0; i-- {
		_, v, ok := it.next()
		if !ok {
			return nil, false
		}
		if i == 0 {
			return v, true
		}
	}
	return nil, false
}

// appendUnescaped writes what stands between the quotes of a string. Half of a
// surrogate pair becomes the replacement character.
func appendUnescaped(dst, s []byte) []byte {
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			dst = append(dst, s[i])
			continue
		}
		i++
		switch s[i] {
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			r := hex4(s[i+1:])
			i += 4
			if utf16.IsSurrogate(r) {
				low := rune(utf8.RuneError)
				if i+6 < len(s) && s[i+1] == '\\' && s[i+2] == 'u' {
					low = hex4(s[i+3:])
				}
				if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
					i += 6
				}
			}
			dst = utf8.AppendRune(dst, r)
		default:
			dst = append(dst, s[i])
		}
	}
	return dst
}

func hex4(b []byte) rune {
	if len(b) < 4 {
		return utf8.RuneError
	}
	v := rune(0)
	for _, c := range b[:4] {
		v = v<<4 | rune(digitOf(c))
	}
	return v
}

// jsonText is a value as text: strings without quotes, and NULL for null.
func (f *Frame) jsonText(value []byte) datum {
	if value[0] == 'n' {
		return nullDatum
	}
	return f.jsonUnquoted(value)
}

func (f *Frame) jsonUnquoted(value []byte) datum {
	if value[0] != '"' {
		return datum{B: value}
	}
	s := value[1 : len(value)-1]
	if bytes.IndexByte(s, '\\') < 0 {
		return datum{B: s}
	}
	start := len(f.Scratch)
	f.Scratch = appendUnescaped(f.Scratch, s)
	return f.text(start)
}

// jsonKind names the type of a value as PostgreSQL does.
func jsonKind(value []byte) string {
	switch value[0] {
	case '{':
		return "object"
	case '[':
		return "array"
	case '"':
		return "string"
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	}
	return "number"
}

// sameScalar compares two values that are neither objects nor arrays, numbers
// by what they are worth.
func sameScalar(f *Frame, a, b []byte) bool {
	switch {
	case jsonKind(a) != jsonKind(b):
		return false
	case a[0] == '"':
		start := len(f.Scratch)
		same := bytes.Equal(f.jsonUnquoted(a).B, f.jsonUnquoted(b).B)
		f.Scratch = f.Scratch[:start]
		return same
	}
	return bytes.Equal(a, b) || jsonKind(a) == "number" && sameNumber(a, b)
}

func sameNumber(a, b []byte) bool {
	x, err := sqltypes.ParseNum(string(a))
	if err == nil {
		if y, err := sqltypes.ParseNum(string(b)); err == nil {
			return x.Cmp(y) == 0
		}
	}
	p, _ := strconv.ParseFloat(string(a), 64)
	q, _ := strconv.ParseFloat(string(b), 64)
	return p == q
}

// jsonContains reports that b is within a as PostgreSQL's @> says: members and
// elements of b are within those of a, whatever else a has. An array contains
// its elements that are no containers.
func jsonContains(f *Frame, a, b []byte) bool {
	if a[0] == '[' && b[0] != '[' && b[0] != '{' {
		return anyElement(f, a, b)
	}
	return within(f, a, b)
}

func within(f *Frame, a, b []byte) bool {
	switch {
	case a[0] == '{' && b[0] == '{':
		for it := itemsOf(b); ; {
			k, _, ok := it.next()
			if !ok {
				return true
			}
			start := len(f.Scratch)
			f.Scratch = appendUnescaped(f.Scratch, k)
			v, _ := jsonMember(f, b, f.Scratch[start:]) // the last one counts
			w, found := jsonMember(f, a, f.Scratch[start:])
			f.Scratch = f.Scratch[:start]
			if !found || !within(f, w, v) {
				return false
			}
		}
	case a[0] == '[' && b[0] == '[':
		return everyItem(b, func(v []byte) bool { return anyElement(f, a, v) })
	}
	return sameScalar(f, a, b)
}

func anyElement(f *Frame, array, value []byte) bool {
	return !everyItem(array, func(v []byte) bool { return !within(f, v, value) })
}
