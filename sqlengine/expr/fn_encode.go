package expr

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash/crc32"
)

var _ = register(GroupString,
	&Function{Name: "MD5", Doc: "the MD5 hash in hexadecimal digits", forms: digest(func(dst, b []byte) []byte {
		h := md5.Sum(b)
		return hex.AppendEncode(dst, h[:])
	}, "text")},
	&Function{Name: "SHA1", Aliases: []string{"SHA"}, Doc: "the SHA-1 hash in hexadecimal digits", forms: digest(func(dst, b []byte) []byte {
		h := sha1.Sum(b)
		return hex.AppendEncode(dst, h[:])
	}, "text")},
	&Function{Name: "SHA2", Doc: "the SHA-2 hash of 224, 256, 384 or 512 bits in hexadecimal digits; 0 is 256, any other NULL",
		forms: []*form{on("text, int -> text", sha2).orNull(), on("bytes, int -> text", sha2).orNull()}},
	&Function{Name: "SHA224", Doc: "the SHA-224 hash", forms: digest(func(dst, b []byte) []byte { h := sha256.Sum224(b); return append(dst, h[:]...) }, "bytes")},
	&Function{Name: "SHA256", Doc: "the SHA-256 hash", forms: digest(func(dst, b []byte) []byte { h := sha256.Sum256(b); return append(dst, h[:]...) }, "bytes")},
	&Function{Name: "SHA384", Doc: "the SHA-384 hash", forms: digest(func(dst, b []byte) []byte { h := sha512.Sum384(b); return append(dst, h[:]...) }, "bytes")},
	&Function{Name: "SHA512", Doc: "the SHA-512 hash", forms: digest(func(dst, b []byte) []byte { h := sha512.Sum512(b); return append(dst, h[:]...) }, "bytes")},
	&Function{Name: "CRC32", Doc: "the cyclic redundancy check of 32 bits",
		forms: []*form{on("text -> int", crc), on("bytes -> int", crc)}},
	&Function{Name: "TO_HEX", Doc: "a whole number in hexadecimal digits; a negative one as the two's complement of its type",
		forms: []*form{
			on("integer -> text", func(f *Frame, a []datum) datum { return f.digits(uint64(uint32(a[0].I)), 16, false) }),
			on("int -> text", func(f *Frame, a []datum) datum { return f.digits(uint64(a[0].I), 16, false) })}},
	&Function{Name: "HEX", Doc: "a whole number, or the bytes of a text, in upper-case hexadecimal digits",
		forms: []*form{
			on("int -> text", func(f *Frame, a []datum) datum { return f.digits(uint64(a[0].I), 16, true) }),
			on("text -> text", hexBytes), on("bytes -> text", hexBytes)}},
	&Function{Name: "UNHEX", Doc: "the bytes that hexadecimal digits stand for; NULL if they are none",
		forms: []*form{on("text -> bytes", func(f *Frame, a []datum) datum {
			d, _ := decodeHex(f, a[0].B)
			return d
		}).orNull()}},
	&Function{Name: "ENCODE", Doc: "bytes as text in the format 'hex', 'base64' or 'escape'",
		forms: []*form{on("bytes, text -> text", encode)}},
	&Function{Name: "TO_BASE64", Doc: "bytes in Base64, in lines of 76 characters",
		forms: []*form{on("text -> text", toBase64), on("bytes -> text", toBase64)}},
	&Function{Name: "FROM_BASE64", Doc: "the bytes that a text in Base64 stands for; NULL if it is none",
		forms: []*form{on("text -> bytes", func(f *Frame, a []datum) datum {
			d, _ := decodeBase64(f, a[0].B)
			return d
		}).orNull()}},
	&Function{Name: "QUOTE_LITERAL", Doc: "the text as an SQL string literal",
		forms: []*form{on("text -> text", func(f *Frame, a []datum) datum {
			return f.quoted(a[0].B, '\'', '\'')
		})}},
	&Function{Name: "QUOTE_NULLABLE", Nulls: NeverNull, Doc: "the text as an SQL string literal, and NULL as the word",
		forms: []*form{on("text -> text", func(f *Frame, a []datum) datum {
			if a[0].Null {
				return f.textOf("NULL")
			}
			return f.quoted(a[0].B, '\'', '\'')
		})}},
	&Function{Name: "QUOTE_IDENT", Doc: "the text as an SQL name, always between double quotes",
		forms: []*form{on("text -> text", func(f *Frame, a []datum) datum { return f.quoted(a[0].B, '"', '"') })}},
	&Function{Name: "QUOTENAME", Doc: "the text as a name of T-SQL, between brackets or the quotes that the second argument begins with; NULL for more than 128 characters",
		forms: []*form{on("text, text? -> text", quoteName).orNull()}},
)

// digest makes the forms of a hash.
func digest(sum func(dst, b []byte) []byte, result string) []*form {
	run := func(f *Frame, a []datum) datum {
		start := len(f.Scratch)
		f.Scratch = sum(f.Scratch, a[0].B)
		return f.text(start)
	}
	return []*form{on("text -> "+result, run), on("bytes -> "+result, run)}
}

func sha2(f *Frame, a []datum) datum {
	start := len(f.Scratch)
	switch {
	case a[1].I == 224:
		h := sha256.Sum224(a[0].B)
		f.Scratch = hex.AppendEncode(f.Scratch, h[:])
	case a[1].I == 256 || a[1].I == 0:
		h := sha256.Sum256(a[0].B)
		f.Scratch = hex.AppendEncode(f.Scratch, h[:])
	case a[1].I == 384:
		h := sha512.Sum384(a[0].B)
		f.Scratch = hex.AppendEncode(f.Scratch, h[:])
	case a[1].I == 512:
		h := sha512.Sum512(a[0].B)
		f.Scratch = hex.AppendEncode(f.Scratch, h[:])
	default:
		return nullDatum
	}
	return f.text(start)
}

func crc(_ *Frame, a []datum) datum { return datum{I: int64(crc32.ChecksumIEEE(a[0].B))} }

func hexBytes(f *Frame, a []datum) datum {
	start := len(f.Scratch)
	for _, c := range a[0].B {
		f.Scratch = append(f.Scratch, "0123456789ABCDEF"[c>>4], "0123456789ABCDEF"[c&15])
	}
	return f.text(start)
}

func decodeHex(f *Frame, s []byte) (d datum, ok bool) {
	start := len(f.Scratch)
	out, err := hex.AppendDecode(f.Scratch, s)
	if err != nil {
		return nullDatum, false
	}
	f.Scratch = out
	return f.text(start), true
}

// decodeBase64 passes over blanks and line breaks, which may stand anywhere.
func decodeBase64(f *Frame, s []byte) (d datum, ok bool) {
	start := len(f.Scratch)
	for _, c := range s {
		if c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			f.Scratch = append(f.Scratch, c)
		}
	}
	at := len(f.Scratch)
	out, err := base64.StdEncoding.AppendDecode(f.Scratch, f.Scratch[start:])
	if err != nil {
		return nullDatum, false
	}
	f.Scratch = out
	return f.text(at), true
}

func toBase64(f *Frame, a []datum) datum {
	const line = 76 / 4 * 3
	start := len(f.Scratch)
	for s := a[0].B; ; s = s[line:] {
		if len(s) <= line {
			f.Scratch = base64.StdEncoding.AppendEncode(f.Scratch, s)
			return f.text(start)
		}
		f.Scratch = append(base64.StdEncoding.AppendEncode(f.Scratch, s[:line]), '\n')
	}
}

func errFormat(name []byte) *Error {
	return errf(stateBadParameter, "bytes are encoded as 'hex', 'base64' or 'escape', not %s", quoteText(name))
}

func encode(f *Frame, a []datum) datum {
	start := len(f.Scratch)
	switch string(lowerInto(f.Scratch, a[1].B)[start:]) {
	case "hex":
		f.Scratch = hex.AppendEncode(f.Scratch, a[0].B)
	case "base64":
		return toBase64(f, a)
	case "escape":
		for _, c := range a[0].B {
			switch {
			case c == '\\':
				f.Scratch = append(f.Scratch, c, c)
			case c == 0 || c >= 0x80:
				f.Scratch = append(f.Scratch, '\\', '0'+c>>6, '0'+c>>3&7, '0'+c&7)
			default:
				f.Scratch = append(f.Scratch, c)
			}
		}
	default:
		return f.fail(errFormat(a[1].B))
	}
	return f.text(start)
}

// decodeText is DECODE of a text in a format.
func decodeText(f *Frame, a []datum) datum {
	start, s := len(f.Scratch), a[0].B
	switch string(lowerInto(f.Scratch, a[1].B)[start:]) {
	case "hex":
		if d, ok := decodeHex(f, s); ok {
			return d
		}
		return f.fail(errf(stateBadParameter, "%s is not made of pairs of hexadecimal digits", quoteText(s)))
	case "base64":
		if d, ok := decodeBase64(f, s); ok {
			return d
		}
		return f.fail(errf(stateBadParameter, "%s is not Base64", quoteText(s)))
	case "escape":
		if d, ok := decodeEscape(f, s); ok {
			return d
		}
		return f.fail(errf(stateBadText, "%s has a backslash without three octal digits behind it", quoteText(s)))
	}
	return f.fail(errFormat(a[1].B))
}

func decodeEscape(f *Frame, s []byte) (d datum, ok bool) {
	start := len(f.Scratch)
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] != '\\':
			f.Scratch = append(f.Scratch, s[i])
		case i+1 < len(s) && s[i+1] == '\\':
			f.Scratch = append(f.Scratch, '\\')
			i++
		case i+3 < len(s) && s[i+1] <= '3' && octal(s[i+1]) && octal(s[i+2]) && octal(s[i+3]):
			f.Scratch = append(f.Scratch, (s[i+1]-'0')<<6|(s[i+2]-'0')<<3|(s[i+3]-'0'))
			i += 3
		default:
			return nullDatum, false
		}
	}
	return f.text(start), true
}

func octal(c byte) bool { return '0' <= c && c <= '7' }

// quoted puts quotes around text and doubles the closing one inside.
func (f *Frame) quoted(s []byte, open, end byte) datum {
	start := len(f.Scratch)
	f.Scratch = append(f.Scratch, open)
	for _, c := range s {
		if c == end {
			f.Scratch = append(f.Scratch, c)
		}
		f.Scratch = append(f.Scratch, c)
	}
	f.Scratch = append(f.Scratch, end)
	return f.text(start)
}

func quoteName(f *Frame, a []datum) datum {
	open, end := byte('['), byte(']')
	if runeCount(a[0].B) > 128 {
		return nullDatum
	}
	if len(a) == 2 {
		if len(a[1].B) == 0 {
			return nullDatum
		}
		switch c := a[1].B[0]; c {
		case '[', ']':
		case '(', ')':
			open, end = '(', ')'
		case '<', '>':
			open, end = '<', '>'
		case '{', '}':
			open, end = '{', '}'
		case '\'', '"', '`':
			open, end = c, c
		default:
			return nullDatum
		}
	}
	return f.quoted(a[0].B, open, end)
}
