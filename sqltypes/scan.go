package sqltypes

import (
	"fmt"
	"strconv"
)

// Scan reads what a database/sql driver hands over, so that a *Num can be a
// destination of Rows.Scan; sql.Null[Num] is one that takes NULL. It never
// passes through a float: from a float64 it takes the shortest digits that
// stand for it.
func (d *Num) Scan(src any) error {
	var err error
	switch v := src.(type) {
	case Num:
		*d = v
	case string:
		*d, err = ParseNum(v)
	case []byte:
		*d, err = ParseNum(string(v))
	case int64:
		*d = NumFromInt(v)
	case float64:
		*d, err = ParseNum(strconv.FormatFloat(v, 'g', -1, 64))
	case nil:
		err = fmt.Errorf("NULL is %w; scan into sql.Null of it", ErrDecimalSyntax)
	default:
		err = fmt.Errorf("%T is %w", src, ErrDecimalSyntax)
	}
	return err
}

// MarshalText writes the digits that String returns.
func (d Num) MarshalText() ([]byte, error) { return d.Append(nil), nil }

// UnmarshalText reads what ParseNum does.
func (d *Num) UnmarshalText(text []byte) (err error) {
	*d, err = ParseNum(string(text))
	return err
}
