package expr

import (
	"unicode/utf8"

	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

func bindJSONArray(a *Aggregate) error {
	a.T = sqltypes.Of(sqltypes.JSON)
	return oneArg(a)
}

func bindJSONObject(a *Aggregate) error {
	a.T = sqltypes.Of(sqltypes.JSON)
	if len(a.Args) != 2 {
		return errf(stateUndefined, "%s takes a key and a value", a.Name)
	}
	return nil
}

// jsonStates writes a JSON array or object a group.
type jsonStates struct {
	key         *Compiled // of an object
	value       *Compiled
	nulls       bool // NULL is an element of an array
	open, close string
	has         []bool
	text        [][]byte
	held        int
}

func jsonArrayStates(nulls bool) func(*Aggregate, []*Compiled) States {
	return func(_ *Aggregate, args []*Compiled) States {
		return &jsonStates{value: args[0], nulls: nulls, open: "[", close: "]"}
	}
}

func jsonObjectStates(_ *Aggregate, args []*Compiled) States {
	return &jsonStates{key: args[0], value: args[1], nulls: true, open: "{ ", close: " }"}
}

func (s *jsonStates) Grow(n int) { s.has, s.text = grow(s.has, n), grow(s.text, n) }

func (s *jsonStates) Add(g int, f *Frame) {
	text := s.text[g]
	was := cap(text)
	if !s.has[g] {
		s.has[g] = true
		text = append(text[:0], s.open...)
	}
	v := s.value.eval(f)
	if v.Null && !s.nulls {
		s.text[g] = text
		return
	}
	if len(text) > len(s.open) {
		text = append(text, ", "...)
	}
	if s.key != nil {
		k := s.key.eval(f)
		if k.Null {
			f.Fail(errf(stateBadParameter, "a key of JSON_OBJECT_AGG is NULL"))
			return
		}
		start := len(f.Scratch)
		f.Scratch = appendText(f.Scratch, s.key.Type.Kind, k)
		text = append(appendJSONText(text, f.Scratch[start:]), " : "...)
	}
	text = appendJSON(text, s.value.Type.Kind, v)
	s.text[g] = text
	s.held += cap(text) - was
}

func (s *jsonStates) Merge(int, States, int) error { return errNoMerge }

func (s *jsonStates) Store(g int, b *tuple.Batch, row []uint64, col int) error {
	if !s.has[g] {
		tuple.SetNull(row, col)
		return nil
	}
	open := s.text[g]
	s.text[g] = append(open, s.close...)
	err := b.SetBytes(row, col, s.text[g])
	s.text[g] = s.text[g][:len(open)] // more rows may come, in a window
	return err
}

func (s *jsonStates) Bytes() int { return cap(s.has) + 24*cap(s.text) + s.held }
func (s *jsonStates) Reset()     { s.has, s.text, s.held = s.has[:0], s.text[:0], 0 }

// appendJSONText writes a JSON string.
func appendJSONText(dst, text []byte) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for len(text) > 0 {
		c := text[0]
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c == '\b':
			dst = append(dst, '\\', 'b')
		case c == '\f':
			dst = append(dst, '\\', 'f')
		case c < ' ':
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		case c < utf8.RuneSelf:
			dst = append(dst, c)
		default:
			r, n := utf8.DecodeRune(text)
			dst = utf8.AppendRune(dst, r) // what is no UTF-8 becomes U+FFFD
			text = text[n:]
			continue
		}
		text = text[1:]
	}
	return append(dst, '"')
}
