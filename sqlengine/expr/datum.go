package expr

import (
	"bytes"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// datum is one value between closures where the kind is known but the storage
// is not worth a closure of its own: arguments of functions, casts.
type datum struct {
	Null bool
	I    int64
	F    float64
	D    sqltypes.Num
	B    []byte
}

var nullDatum = datum{Null: true}

func boolDatum(b bool) datum { return datum{I: b2i(b)} }

func b2i(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func datumOf(v sqltypes.Value) datum {
	if v.Null {
		return nullDatum
	}
	d := datum{I: v.I, F: v.F, D: v.D}
	if v.Kind.Storage() == sqltypes.StoreBytes {
		d.B = []byte(v.S)
	}
	return d
}

func (d datum) value(k sqltypes.Kind) sqltypes.Value {
	if d.Null {
		return sqltypes.NullOf(k)
	}
	v := sqltypes.Value{Kind: k}
	switch k.Storage() {
	case sqltypes.StoreInt:
		v.I = d.I
	case sqltypes.StoreFloat:
		v.F = d.F
	case sqltypes.StoreDecimal:
		v.D = d.D
	case sqltypes.StoreBytes:
		v.S = string(d.B)
	}
	return v
}

// eval runs whichever closure is set.
func (c *Compiled) eval(f *Frame) (d datum) {
	switch {
	case c.Int != nil:
		d.I, d.Null = c.Int(f)
	case c.Bytes != nil:
		d.B, d.Null = c.Bytes(f)
	case c.Num != nil:
		d.D, d.Null = c.Num(f)
	default:
		d.F, d.Null = c.Float(f)
	}
	return d
}

// IsNull evaluates for NULL only.
func (c *Compiled) IsNull(f *Frame) bool { return c.isNull(f) }

// isNull evaluates for NULL only.
func (c *Compiled) isNull(f *Frame) (null bool) {
	switch {
	case c.Int != nil:
		_, null = c.Int(f)
	case c.Bytes != nil:
		_, null = c.Bytes(f)
	case c.Num != nil:
		_, null = c.Num(f)
	default:
		_, null = c.Float(f)
	}
	return null
}

// compiledOf wraps a function that gives a datum.
func compiledOf(t sqltypes.Type, fn func(*Frame) datum) *Compiled {
	c := &Compiled{Type: t}
	switch t.Kind.Storage() {
	case sqltypes.StoreInt:
		c.Int = func(f *Frame) (int64, bool) { d := fn(f); return d.I, d.Null }
	case sqltypes.StoreFloat:
		c.Float = func(f *Frame) (float64, bool) { d := fn(f); return d.F, d.Null }
	case sqltypes.StoreDecimal:
		c.Num = func(f *Frame) (sqltypes.Num, bool) { d := fn(f); return d.D, d.Null }
	case sqltypes.StoreBytes:
		c.Bytes = func(f *Frame) ([]byte, bool) { d := fn(f); return d.B, d.Null }
	}
	return c
}

// Value evaluates and boxes: for constants and keys, not for the row loop.
func (c *Compiled) Value(f *Frame) (sqltypes.Value, error) {
	d := c.eval(f)
	if f.Err != nil {
		return sqltypes.NullOf(c.Type.Kind), f.Err
	}
	return d.value(c.Type.Kind), nil
}

// Store evaluates and writes the value into column col of row, a row of b
// whose column has the storage of the expression's type.
func (c *Compiled) Store(f *Frame, b *tuple.Batch, row []uint64, col int) error {
	switch {
	case c.Int != nil:
		v, null := c.Int(f)
		if null {
			tuple.SetNull(row, col)
			return f.Err
		}
		b.Layout.SetInt(row, col, v)
	case c.Bytes != nil:
		v, null := c.Bytes(f)
		if null {
			tuple.SetNull(row, col)
			return f.Err
		}
		if err := b.SetBytes(row, col, v); err != nil {
			return err
		}
	case c.Num != nil:
		v, null := c.Num(f)
		if null {
			tuple.SetNull(row, col)
			return f.Err
		}
		if err := b.SetNum(row, col, v); err != nil {
			return err
		}
	default:
		v, null := c.Float(f)
		if null {
			tuple.SetNull(row, col)
			return f.Err
		}
		b.Layout.SetFloat(row, col, v)
	}
	return f.Err
}

// appendText writes a value as CAST(x AS VARCHAR) does.
func appendText(dst []byte, k sqltypes.Kind, d datum) []byte {
	switch k {
	case sqltypes.Bool:
		return strconv.AppendBool(dst, d.I != 0)
	case sqltypes.SmallInt, sqltypes.Integer, sqltypes.BigInt:
		return strconv.AppendInt(dst, d.I, 10)
	case sqltypes.Real:
		return sqltypes.AppendFloat(dst, d.F, 32)
	case sqltypes.Double:
		return sqltypes.AppendFloat(dst, d.F, 64)
	case sqltypes.Decimal:
		return d.D.Append(dst)
	case sqltypes.Date:
		return sqltypes.AppendDate(dst, d.I)
	case sqltypes.Time:
		return sqltypes.AppendTime(dst, d.I)
	case sqltypes.Timestamp:
		return sqltypes.AppendTimestamp(dst, d.I, ' ')
	case sqltypes.TimestampTZ:
		return append(sqltypes.AppendTimestamp(dst, d.I, ' '), "+00"...)
	case sqltypes.Interval:
		return sqltypes.DecodeSpan(d.B).Append(dst)
	}
	return append(dst, d.B...)
}

// text keeps bytes that were appended to Scratch from start on.
func (f *Frame) text(start int) datum {
	return datum{B: f.Scratch[start:len(f.Scratch):len(f.Scratch)]}
}

func (f *Frame) textOf(s string) datum {
	start := len(f.Scratch)
	f.Scratch = append(f.Scratch, s...)
	return f.text(start)
}

// fail records an error and gives NULL.
//
//go:noinline
func (f *Frame) fail(err error) datum {
	f.Fail(err)
	return nullDatum
}

// compareDatum orders two values of one kind, neither NULL.
func compareDatum(k sqltypes.Kind, a, b datum) int {
	switch {
	case k == sqltypes.Interval:
		return sqltypes.DecodeSpan(a.B).Cmp(sqltypes.DecodeSpan(b.B))
	case k.Storage() == sqltypes.StoreInt:
		return cmpInt(a.I, b.I)
	case k.Storage() == sqltypes.StoreFloat:
		return sqltypes.CompareFloat(a.F, b.F)
	case k.Storage() == sqltypes.StoreDecimal:
		return a.D.Cmp(b.D)
	}
	return bytes.Compare(a.B, b.B)
}

func cmpInt(a, b int64) int { return int(b2i(a > b) - b2i(a < b)) }

// runeCount counts characters; bytes that are not UTF-8 count one each.
func runeCount(b []byte) int64 {
	for i, c := range b {
		if c >= utf8.RuneSelf {
			return int64(i + utf8.RuneCount(b[i:]))
		}
	}
	return int64(len(b))
}

func isFinite(x float64) bool { return !math.IsInf(x, 0) && !math.IsNaN(x) }
