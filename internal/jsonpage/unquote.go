package jsonpage

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// AppendString appends the text of a String or EscapedString token to dst.
// Escapes were checked by the scan; half of a surrogate pair becomes U+FFFD,
// as encoding/json has it. Other tokens are appended as they are written.
func AppendString(dst, page []byte, t Token) []byte {
	text := t.Bytes(page)
	if t.Kind != EscapedString {
		return append(dst, text...)
	}
	for {
		i := bytes.IndexByte(text, '\\')
		if i < 0 || i+1 >= len(text) {
			return append(dst, text...)
		}
		dst = append(dst, text[:i]...)
		c := text[i+1]
		text = text[i+2:]
		switch c {
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
			var r rune
			r, text = unicodeEscape(text)
			dst = utf8.AppendRune(dst, r)
		default: // ", \ and / stand for themselves
			dst = append(dst, c)
		}
	}
}

// unicodeEscape reads the digits after \u, and a second escape when both make
// a surrogate pair.
func unicodeEscape(text []byte) (rune, []byte) {
	r := fourHex(text)
	text = text[min(4, len(text)):]
	if !utf16.IsSurrogate(r) {
		return r, text
	}
	if len(text) >= 6 && text[0] == '\\' && text[1] == 'u' {
		if pair := utf16.DecodeRune(r, fourHex(text[2:])); pair != utf8.RuneError {
			return pair, text[6:]
		}
	}
	return utf8.RuneError, text
}

func fourHex(b []byte) rune {
	var r rune
	for _, c := range b[:min(4, len(b))] {
		r = r<<4 | rune(hexDigit(c)&0xF)
	}
	return r
}
