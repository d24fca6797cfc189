package jsonpage

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/epicorerp/epicorerp/sqltypes"
)

// The conversions take a value's text: Token.Text of a number, or of a string,
// since OData V2 sends Int64, Decimal and Double as strings.

// Errors of the conversions. A caller says which text it was.
var (
	ErrNotInteger  = errors.New("is not an integer")
	ErrOutOfRange  = errors.New("is out of range")
	ErrNotFloat    = errors.New("is not a number")
	ErrNotBool     = errors.New("is not true or false")
	ErrNotGUID     = errors.New("is not a GUID; want 8-4-4-4-12 hexadecimal digits")
	ErrNotBase64   = errors.New("is not base64 or base64url")
	ErrNotDecimal  = errors.New("is not a decimal number")
	errNotAnInt64  = fmt.Errorf("%w of 64 bits", ErrOutOfRange)
	errFloatTooBig = fmt.Errorf("%w of a floating point number", ErrOutOfRange)
)

// Text returns what the token stands for: the page's own bytes, or, for a
// string with escapes, the unescaped text in scratch.
func (t Token) Text(page, scratch []byte) []byte {
	if t.Kind != EscapedString {
		return page[t.Off:t.End]
	}
	return AppendString(scratch[:0], page, t)
}

// ParseInt64 reads an integer. Forms like 1.0 and 1e3 are taken when they are
// exactly integral; nothing is rounded.
func ParseInt64(text []byte) (int64, error) {
	i, n, neg := 0, len(text), false
	if n > 0 && (text[0] == '-' || text[0] == '+') {
		i, neg = 1, text[0] == '-'
	}
	if n-i > 18 || n == i {
		return parseInt64Slow(text)
	}
	var v int64
	for ; i < n; i++ {
		d := text[i] - '0'
		if d > 9 {
			return parseInt64Slow(text)
		}
		v = v*10 + int64(d)
	}
	if neg {
		v = -v
	}
	return v, nil
}

func parseInt64Slow(text []byte) (int64, error) {
	d, err := parseNum(text)
	switch {
	case errors.Is(err, ErrNotDecimal):
		return 0, ErrNotInteger
	case err != nil:
		return 0, errNotAnInt64
	case !d.IsInt():
		return 0, ErrNotInteger
	}
	v, ok := d.Int64()
	if !ok {
		return 0, errNotAnInt64
	}
	return v, nil
}

// parseNum reads a decimal, and nothing that only sqltypes would take.
func parseNum(text []byte) (sqltypes.Num, error) {
	if !isNumber(text) {
		return sqltypes.Num{}, ErrNotDecimal
	}
	d, err := sqltypes.ParseNum(string(text))
	if errors.Is(err, sqltypes.ErrDecimalOverflow) {
		return d, fmt.Errorf("%w of a decimal number (%d digits)", ErrOutOfRange, sqltypes.MaxDigits)
	}
	return d, err
}

// isNumber checks the grammar of OData's number literals: that of JSON, and
// also a plus sign and leading zeros, which strings may have.
func isNumber(text []byte) bool {
	p := 0
	if len(text) > 0 && (text[0] == '+' || text[0] == '-') {
		p = 1
	}
	q := digits(text, p)
	if q == p {
		return false
	}
	if q < len(text) && text[q] == '.' {
		if p, q = q+1, digits(text, q+1); q == p {
			return false
		}
	}
	if q < len(text) && text[q]|0x20 == 'e' {
		if q++; q < len(text) && (text[q] == '+' || text[q] == '-') {
			q++
		}
		if p, q = q, digits(text, q); q == p {
			return false
		}
	}
	return q == len(text)
}

// ParseFloat64 reads a floating point number, and the strings INF, -INF and
// NaN of OData. bits is 32 or 64, the precision to round to.
func ParseFloat64(text []byte, bits int) (float64, error) {
	switch string(text) {
	case "INF":
		return math.Inf(1), nil
	case "-INF":
		return math.Inf(-1), nil
	case "NaN":
		return math.NaN(), nil
	}
	if !isNumber(text) {
		return 0, ErrNotFloat
	}
	f, err := strconv.ParseFloat(string(text), bits)
	if err != nil {
		return 0, errFloatTooBig
	}
	return f, nil
}

// ParseBool reads true or false, in any case as .NET writes them.
func ParseBool(text []byte) (bool, error) {
	switch {
	case bytes.EqualFold(text, []byte("true")):
		return true, nil
	case bytes.EqualFold(text, []byte("false")):
		return false, nil
	}
	return false, ErrNotBool
}

// AppendGUID appends the 36 characters of a GUID in lower case.
func AppendGUID(dst, text []byte) ([]byte, error) {
	if len(text) != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-' {
		return dst, ErrNotGUID
	}
	dst = append(dst, text...)
	out := dst[len(dst)-36:]
	ok := lowerHex(out[0:8]) & lowerHex(out[24:32]) & lowerHex(out[28:36])
	var mid [16]byte // the three groups of four, and four digits to fill up
	copy(mid[0:4], out[9:13])
	copy(mid[4:8], out[14:18])
	copy(mid[8:12], out[19:23])
	copy(mid[12:16], out[24:28])
	if ok &= lowerHex(mid[0:8]) & lowerHex(mid[8:16]); ok != highs {
		return dst[:len(dst)-36], ErrNotGUID
	}
	copy(out[9:13], mid[0:4])
	copy(out[14:18], mid[4:8])
	copy(out[19:23], mid[8:12])
	return dst, nil
}

// lowerHex makes eight hexadecimal digits lower case, all at once. The result
// has the high bit of each byte that is such a digit.
func lowerHex(b []byte) uint64 {
	x := binary.LittleEndian.Uint64(b)
	y := (x | spaces) &^ highs
	binary.LittleEndian.PutUint64(b, y|x&highs)
	digit := (y + (0x80-'0')*ones) &^ (y + (0x80-'9'-1)*ones) & (x << 2) // 0x20 tells digits from control characters
	alpha := (y + (0x80-'a')*ones) &^ (y + (0x80-'f'-1)*ones) & (x << 1) // 0x40 tells letters
	return (digit | alpha) &^ x & highs
}

// AppendBase64 appends the bytes of a base64 (V2, V3) or base64url (V4) text,
// with or without padding.
func AppendBase64(dst, text []byte) ([]byte, error) {
	enc := base64.RawStdEncoding
	if bytes.ContainsAny(text, "-_") {
		enc = base64.RawURLEncoding
	}
	if pad := len(text) % 4; pad == 0 && len(text) > 0 { // padding only fills up a group of four
		text = bytes.TrimSuffix(text, []byte("="))
		text = bytes.TrimSuffix(text, []byte("="))
	}
	if bytes.ContainsAny(text, "\r\n") { // which the decoder would skip
		return dst, ErrNotBase64
	}
	out, err := enc.AppendDecode(dst, text)
	if err != nil {
		return dst, ErrNotBase64
	}
	return out, nil
}
