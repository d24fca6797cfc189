package oracle

import (
	"encoding/hex"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// Type is the kind of value that PostgreSQL gave a column of an answer; its numbers are PostgreSQL's own type OIDs.
type Type uint32

// The types that occur in answers.
const (
	Bool        Type = 16
	Bytes       Type = 17
	Int8        Type = 20
	Int2        Type = 21
	Int4        Type = 23
	Text        Type = 25
	Float8      Type = 701
	Varchar     Type = 1043
	Date        Type = 1082
	Time        Type = 1083
	Timestamp   Type = 1114
	TimestampTZ Type = 1184
	Numeric     Type = 1700
	UUID        Type = 2950
)

// Cell is one value in a canonical form: equal values have equal texts, whoever wrote them. A double is compared by
// its value, since its last digit depends on the order of an addition.
type Cell struct {
	Null  bool
	Text  string
	Float float64
	Type  Type
}

func (c Cell) String() string {
	if c.Null {
		return "NULL"
	}
	return c.Text
}

// Equal says whether two cells hold the same value. Doubles may differ by one part in 10^12.
func (c Cell) Equal(d Cell) bool {
	if c.Null || d.Null {
		return c.Null && d.Null
	}
	if c.Type == Float8 && d.Type == Float8 {
		diff := math.Abs(c.Float - d.Float)
		return diff <= 1e-12*math.Max(math.Abs(c.Float), math.Abs(d.Float))
	}
	return c.Text == d.Text
}

// FromText reads a value in PostgreSQL's text form.
func FromText(t Type, text string) (Cell, error) {
	switch t {
	case Bool:
		switch text {
		case "t", "true", "1":
			return fromDriver(t, true)
		case "f", "false", "0":
			return fromDriver(t, false)
		}
		return Cell{}, fmt.Errorf("bool %q: want t or f", text)
	case Bytes:
		b, err := hex.DecodeString(strings.TrimPrefix(text, `\x`))
		if err != nil {
			return Cell{}, fmt.Errorf("bytea %q: %w", text, err)
		}
		return fromDriver(t, b)
	case Float8:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return Cell{}, err
		}
		return fromDriver(t, f)
	}
	return fromDriver(t, text)
}

// FromDriver reads a value as database/sql hands it over, for a column that PostgreSQL gave as t. A value that has
// lost something on its way, such as a decimal in a float64, is an error.
func FromDriver(t Type, v any) (Cell, error) {
	if v == nil {
		return Cell{Null: true, Type: t}, nil
	}
	return fromDriver(t, v)
}

func fromDriver(t Type, v any) (Cell, error) {
	c := Cell{Type: t}
	var err error
	switch t {
	case Bool:
		b, ok := v.(bool)
		if !ok {
			return c, fmt.Errorf("%v (%T): want a bool", v, v)
		}
		c.Text = strconv.FormatBool(b)
	case Bytes:
		b, ok := v.([]byte)
		if !ok {
			return c, fmt.Errorf("%v (%T): want []byte", v, v)
		}
		c.Text = hex.EncodeToString(b)
	case Int2, Int4, Int8, Numeric:
		c.Text, err = exactNumber(v)
	case Float8:
		f, ok := v.(float64)
		if !ok {
			return c, fmt.Errorf("%v (%T): want a float64", v, v)
		}
		c.Float = f
		c.Text = strconv.FormatFloat(f, 'g', 9, 64)
	case Date:
		c.Text, err = moment(v, "2006-01-02", "2006-01-02")
	case Time:
		c.Text, err = moment(v, "15:04:05.999999999", "15:04:05")
	case Timestamp, TimestampTZ:
		c.Text, err = moment(v, time.RFC3339Nano, time.RFC3339Nano, "2006-01-02 15:04:05Z07", "2006-01-02 15:04:05")
	case UUID:
		var s string
		s, err = plainText(v)
		c.Text = strings.ToLower(s)
	case Text, Varchar:
		c.Text, err = plainText(v)
		c.Text = strconv.Quote(c.Text)
	default:
		return c, fmt.Errorf("PostgreSQL type %d: not one that this comparison knows; cast it in the query", t)
	}
	return c, err
}

// exactNumber writes an integer or a decimal without trailing zeros: 1.50 and 1.5 are the same number.
func exactNumber(v any) (string, error) {
	var text string
	switch v := v.(type) {
	case int64:
		return strconv.FormatInt(v, 10), nil
	case string:
		text = v
	case []byte:
		text = string(v)
	case fmt.Stringer:
		text = v.String()
	default:
		return "", fmt.Errorf("%v (%T): want an int64 or the digits of a decimal", v, v)
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok || strings.ContainsAny(text, "/ ") {
		return "", fmt.Errorf("%q is no number", text)
	}
	places := 0
	if _, fraction, found := strings.Cut(text, "."); found {
		places = len(fraction)
	}
	if _, exponent, found := strings.Cut(strings.ToLower(text), "e"); found {
		if e, err := strconv.Atoi(exponent); err == nil && e < 0 {
			places -= e
		}
	}
	out := r.FloatString(places)
	if strings.Contains(out, ".") {
		out = strings.TrimRight(strings.TrimRight(out, "0"), ".")
	}
	if out == "-0" {
		out = "0"
	}
	return out, nil
}

// moment writes a time.Time, or a text in one of the layouts, in UTC as out says.
func moment(v any, out string, layouts ...string) (string, error) {
	switch v := v.(type) {
	case time.Time:
		return v.UTC().Format(out), nil
	case string:
		for _, layout := range layouts {
			if t, err := time.Parse(layout, v); err == nil {
				return t.UTC().Format(out), nil
			}
		}
		return "", fmt.Errorf("%q is not in the form %q", v, layouts[0])
	}
	return "", fmt.Errorf("%v (%T): want a time.Time or a string", v, v)
}

func plainText(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case []byte:
		return string(v), nil
	}
	return "", fmt.Errorf("%v (%T): want a string", v, v)
}
