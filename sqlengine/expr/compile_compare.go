package expr

import (
	"bytes"

	"github.com/epicorerp/epicorerp/sqltypes"
)

// orderFunc gives -1, 0 or 1, or true for NULL.
type orderFunc = func(*Frame) (int, bool)

// orderMask holds one bit for each order for which op is TRUE: bit 0 for less,
// bit 1 for equal, bit 2 for greater.
func orderMask(op CompareOp) uint8 {
	return [...]uint8{EQ: 0b010, NE: 0b101, LT: 0b001, LE: 0b011, GT: 0b100, GE: 0b110, Distinct: 0b101, NotDistinct: 0b010}[op]
}

func (c *compiler) compare(n *Compare) (*Compiled, error) {
	mask := orderMask(n.Op)
	if n.Op == Distinct || n.Op == NotDistinct {
		return c.distinct(n)
	}
	cmp, err := c.order(n.Op, n.A, n.B)
	if err != nil {
		return nil, err
	}
	return &Compiled{Type: boolType, Int: func(f *Frame) (int64, bool) {
		o, null := cmp(f)
		if null {
			return 0, true
		}
		return int64(mask >> (o + 1) & 1), false
	}}, nil
}

func (c *compiler) distinct(n *Compare) (*Compiled, error) {
	a, b, err := c.pair(n.A, n.B)
	if err != nil {
		return nil, err
	}
	ka, kb, not := n.A.Type().Kind, n.B.Type().Kind, n.Op == NotDistinct
	return &Compiled{Type: boolType, Int: func(f *Frame) (int64, bool) {
		x, y := a.eval(f), b.eval(f)
		differ := x.Null != y.Null
		if !x.Null && !y.Null {
			differ = compareMixed(ka, kb, x, y) != 0
		}
		return b2i(differ != not), false
	}}, nil
}

func compareMixed(ka, kb sqltypes.Kind, x, y datum) int {
	fa, fb := ka.Storage() == sqltypes.StoreFloat, kb.Storage() == sqltypes.StoreFloat
	switch {
	case fa && !fb:
		return -sqltypes.CompareIntFloat(y.I, x.F)
	case fb && !fa:
		return sqltypes.CompareIntFloat(x.I, y.F)
	}
	return compareDatum(ka, x, y)
}

// order compiles the order of two operands. For = and <> it only tells equal
// from different.
func (c *compiler) order(op CompareOp, a, b Node) (orderFunc, error) {
	x, y, err := c.pair(a, b)
	if err != nil {
		return nil, err
	}
	switch {
	case x.Int != nil && y.Int != nil:
		return orderInts(x.Int, y.Int, b), nil
	case x.Num != nil && y.Num != nil:
		return orderNums(x.Num, y.Num, b), nil
	case x.Float != nil && y.Float != nil:
		return func(f *Frame) (int, bool) {
			v, null := x.Float(f)
			if null {
				return 0, true
			}
			w, null := y.Float(f)
			return sqltypes.CompareFloat(v, w), null
		}, nil
	case x.Bytes != nil && y.Bytes != nil && a.Type().Kind != sqltypes.Interval:
		return orderBytes(op, x.Bytes, y.Bytes), nil
	}
	ka, kb := a.Type().Kind, b.Type().Kind
	return func(f *Frame) (int, bool) {
		v := x.eval(f)
		if v.Null {
			return 0, true
		}
		w := y.eval(f)
		if w.Null {
			return 0, true
		}
		return compareMixed(ka, kb, v, w), false
	}, nil
}

func orderInts(x, y intFunc, b Node) orderFunc {
	if k, ok := b.(*Const); ok && !k.V.Null {
		w := k.V.I
		return func(f *Frame) (int, bool) {
			v, null := x(f)
			return cmpInt(v, w), null
		}
	}
	return func(f *Frame) (int, bool) {
		v, null := x(f)
		if null {
			return 0, true
		}
		w, null := y(f)
		return cmpInt(v, w), null
	}
}

func orderNums(x, y numFunc, b Node) orderFunc {
	if k, ok := b.(*Const); ok && !k.V.Null {
		return orderNumConst(x, k.V.D)
	}
	return func(f *Frame) (int, bool) {
		v, null := x(f)
		if null {
			return 0, true
		}
		w, null := y(f)
		return v.Cmp(w), null
	}
}

// orderNumConst keeps the constant's coefficient at every usual scale, so that
// a comparison is one of integers whatever scale the row's value has.
func orderNumConst(x numFunc, w sqltypes.Num) orderFunc {
	const scales = 13
	var at [scales]int64
	var has [scales]bool
	trimmed := w.TrimZeros()
	for s := trimmed.Scale(); s < scales; s++ {
		at[s], has[s] = trimmed.Round(s).Small()
	}
	return func(f *Frame) (int, bool) {
		v, null := x(f)
		if null {
			return 0, true
		}
		if c, small := v.Small(); small {
			if s := v.Scale(); uint(s) < scales && has[s] {
				return cmpInt(c, at[s]), false
			}
		}
		return v.Cmp(w), false
	}
}

func orderBytes(op CompareOp, x, y bytesFunc) orderFunc {
	if op == EQ || op == NE {
		return func(f *Frame) (int, bool) {
			v, null := x(f)
			if null {
				return 0, true
			}
			w, null := y(f)
			return int(b2i(!bytes.Equal(v, w))), null
		}
	}
	return func(f *Frame) (int, bool) {
		v, null := x(f)
		if null {
			return 0, true
		}
		w, null := y(f)
		return bytes.Compare(v, w), null
	}
}

// testCompare specialises a column against a constant: the closures that most
// filters are made of. nil when it does not apply.
func (c *compiler) testCompare(n *Compare) testFunc {
	a, b, op := n.A, n.B, n.Op
	if _, ok := a.(*Const); ok {
		a, b, op = b, a, op.Flip()
	}
	col, ok := a.(*Column)
	k, ok2 := b.(*Const)
	if !ok || !ok2 || k.V.Null || op >= Distinct || c.layout == nil || col.Index >= c.layout.Columns() {
		return nil
	}
	i, slot, mask := col.Index, c.layout.Slot(col.Index), orderMask(op)
	switch {
	case col.T.Kind.Storage() == sqltypes.StoreInt && k.T.Kind.Storage() == sqltypes.StoreInt:
		w := k.V.I
		if op == EQ {
			return func(f *Frame) bool { return f.Row.Int(slot) == w && !f.Row.Null(i) }
		}
		return func(f *Frame) bool { return !f.Row.Null(i) && mask>>(cmpInt(f.Row.Int(slot), w)+1)&1 != 0 }
	case col.T.Kind.Storage() == sqltypes.StoreBytes && col.T.Kind != sqltypes.Interval && (op == EQ || op == NE):
		w, want := []byte(k.V.S), op == EQ
		return func(f *Frame) bool { return !f.Row.Null(i) && bytes.Equal(f.Row.Bytes(slot), w) == want }
	}
	return nil
}
