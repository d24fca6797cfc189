package render

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// isNumber tells whether a type is written with its digits to the right.
func isNumber(sqlType string) bool {
	switch sqlType {
	case "SMALLINT", "INTEGER", "BIGINT", "REAL", "DOUBLE", "DECIMAL":
		return true
	}
	return false
}

// isText tells whether bytes of this type are characters: some drivers hand
// text over as bytes.
func isText(sqlType string) bool {
	switch sqlType {
	case "VARCHAR", "CHAR", "TEXT", "JSON", "UUID", "DECIMAL", "TIME", "INTERVAL":
		return true
	}
	return false
}

// timeText writes a time as far as its type has it. For programs a date is the
// full-date of RFC 3339 and all else its date-time, in which a timestamp
// without a zone stands as UTC.
func timeText(t time.Time, sqlType string, program bool) string {
	switch {
	case sqlType == "DATE":
		return t.Format("2006-01-02")
	case program:
		return t.Format(time.RFC3339Nano)
	case sqlType == "TIMESTAMP":
		return t.Format("2006-01-02 15:04:05.999999999")
	}
	return t.Format("2006-01-02 15:04:05.999999999Z07:00")
}

func floatText(f float64, sqlType string) string {
	bits := 64
	if sqlType == "REAL" {
		bits = 32
	}
	return strconv.FormatFloat(f, 'g', -1, bits)
}

// text is a value that is not NULL in words.
func text(v any, sqlType string, program bool) string {
	switch v := v.(type) {
	case string:
		return v
	case []byte:
		switch {
		case isText(sqlType):
			return string(v)
		case program:
			return base64.StdEncoding.EncodeToString(v)
		}
		return "0x" + hex.EncodeToString(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return floatText(v, sqlType)
	case bool:
		return strconv.FormatBool(v)
	case time.Time:
		return timeText(v, sqlType, program)
	}
	return fmt.Sprint(v)
}

// Visible replaces what would move a terminal's cursor, change its state or
// turn the direction of its text: controls by their pictures (␊ for a line
// feed), the rest by �.
func Visible(s string) string {
	plain := true
	for i := 0; i < len(s) && plain; i++ {
		plain = s[i] >= ' ' && s[i] < 0x7f
	}
	if plain {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r < ' ':
			return '\u2400' + r
		case r == 0x7f:
			return '\u2421'
		case r >= 0x80 && r < 0xa0, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x2028, r == 0x2029:
			return '\ufffd'
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
}
