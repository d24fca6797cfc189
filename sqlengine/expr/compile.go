package expr

import (
	"fmt"

	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

type (
	intFunc   = func(*Frame) (int64, bool)
	floatFunc = func(*Frame) (float64, bool)
	numFunc   = func(*Frame) (sqltypes.Num, bool)
	bytesFunc = func(*Frame) ([]byte, bool)
	testFunc  = func(*Frame) bool // true for TRUE only
)

// compiler turns nodes into closures over rows of one layout.
type compiler struct{ layout *tuple.Layout }

// Compile turns an expression into closures over rows of the layout. A nil
// layout takes expressions without columns. Closures keep no state: several
// goroutines may run them, each with its own Frame.
func Compile(n Node, l *tuple.Layout) (*Compiled, error) {
	c := &compiler{layout: l}
	return c.compile(n)
}

// Predicate compiles a condition: true for TRUE, false for FALSE and NULL. Its
// error is the frame's.
func Predicate(n Node, l *tuple.Layout) (func(*Frame) (bool, error), error) {
	cond, err := bools("a condition", n)
	if err != nil {
		return nil, err
	}
	c := &compiler{layout: l}
	test, err := c.test(cond[0])
	if err != nil {
		return nil, err
	}
	return func(f *Frame) (bool, error) {
		ok := test(f)
		return ok && f.Err == nil, f.Err
	}, nil
}

// Eval evaluates an expression once, against f's row if it has columns of an
// enclosing query only.
func Eval(n Node, f *Frame) (sqltypes.Value, error) {
	if c, ok := n.(*Const); ok {
		return c.V, nil
	}
	c, err := Compile(n, nil)
	if err != nil {
		return sqltypes.Value{}, err
	}
	return c.Value(f)
}

func (c *compiler) compile(n Node) (*Compiled, error) {
	switch n := n.(type) {
	case *Column:
		return c.column(n)
	case *Outer:
		return outer(n), nil
	case *Const:
		return constant(n), nil
	case *Late:
		return late(n), nil
	case *DayRange:
		day, err := n.day()
		if err != nil {
			return nil, err
		}
		return c.compile(day)
	case *Compare:
		return c.compare(n)
	case *Logical:
		return c.logical(n)
	case *Negation:
		return c.negation(n)
	case *NullTest:
		return c.nullTest(n)
	case *BoolTest:
		return c.boolTest(n)
	case *Arith:
		return c.arith(n)
	case *Unary:
		return c.unary(n)
	case *Join:
		return c.join(n)
	case *InList:
		return c.inList(n)
	case *Like:
		return c.like(n)
	case *Regex:
		return c.regex(n)
	case *Case:
		return c.caseWhen(n)
	case *Cast:
		return c.cast(n)
	case *Call:
		return c.call(n)
	}
	return nil, fmt.Errorf("expr: %T cannot be compiled", n)
}

func (c *compiler) all(nodes []Node) ([]*Compiled, error) {
	out := make([]*Compiled, len(nodes))
	for i, n := range nodes {
		var err error
		if out[i], err = c.compile(n); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (c *compiler) pair(a, b Node) (x, y *Compiled, err error) {
	if x, err = c.compile(a); err == nil {
		y, err = c.compile(b)
	}
	return x, y, err
}

func (c *compiler) column(n *Column) (*Compiled, error) {
	if c.layout == nil {
		return nil, errf(stateMismatch, "column %s is not a constant", n.Name)
	}
	if n.Index >= c.layout.Columns() {
		return nil, fmt.Errorf("expr: column %s is number %d of a row of %d", n.Name, n.Index, c.layout.Columns())
	}
	if has := c.layout.Types[n.Index].Kind; has.Storage() != n.T.Kind.Storage() {
		return nil, fmt.Errorf("expr: column %s is %s, and the row has %s there", n.Name, n.T, has)
	}
	col, slot, out := n.Index, c.layout.Slot(n.Index), &Compiled{Type: n.T, column: n.Index + 1}
	switch n.T.Kind.Storage() {
	case sqltypes.StoreInt:
		out.Int = func(f *Frame) (int64, bool) {
			if f.Row.Null(col) {
				return 0, true
			}
			return f.Row.Int(slot), false
		}
	case sqltypes.StoreFloat:
		out.Float = func(f *Frame) (float64, bool) {
			if f.Row.Null(col) {
				return 0, true
			}
			return f.Row.Float(slot), false
		}
	case sqltypes.StoreDecimal:
		out.Num = func(f *Frame) (sqltypes.Num, bool) {
			if f.Row.Null(col) {
				return sqltypes.Num{}, true
			}
			return f.Row.Num(slot), false
		}
	case sqltypes.StoreBytes:
		out.Bytes = func(f *Frame) ([]byte, bool) {
			if f.Row.Null(col) {
				return nil, true
			}
			return f.Row.Bytes(slot), false
		}
	}
	return out, nil
}

// nullSlots finds how many slots of null bits a row has from its length: n
// columns take max(1, ceil(n/64)) of them.
func nullSlots(r tuple.Row) int { return (len(r.Slots) + 64) / 65 }

func outer(n *Outer) *Compiled {
	level, col := n.Level, n.Index
	row := func(f *Frame) tuple.Row {
		for range level {
			f = f.Outer
		}
		return f.Row
	}
	return compiledOf(n.T, func(f *Frame) (d datum) {
		r := row(f)
		if r.Null(col) {
			return nullDatum
		}
		slot := nullSlots(r) + col
		switch n.T.Kind.Storage() {
		case sqltypes.StoreInt:
			d.I = r.Int(slot)
		case sqltypes.StoreFloat:
			d.F = r.Float(slot)
		case sqltypes.StoreDecimal:
			d.D = r.Num(slot)
		case sqltypes.StoreBytes:
			d.B = r.Bytes(slot)
		}
		return d
	})
}

func constant(n *Const) *Compiled {
	out, null := &Compiled{Type: n.T}, n.V.Null
	switch n.T.Kind.Storage() {
	case sqltypes.StoreInt:
		v := n.V.I
		out.Int = func(*Frame) (int64, bool) { return v, null }
	case sqltypes.StoreFloat:
		v := n.V.F
		out.Float = func(*Frame) (float64, bool) { return v, null }
	case sqltypes.StoreDecimal:
		v := n.V.D
		out.Num = func(*Frame) (sqltypes.Num, bool) { return v, null }
	case sqltypes.StoreBytes:
		v := []byte(n.V.S)
		out.Bytes = func(*Frame) ([]byte, bool) { return v, null }
	}
	return out
}

func late(n *Late) *Compiled {
	return compiledOf(n.T, func(f *Frame) datum {
		v := n.Set
		if v.Null {
			return nullDatum
		}
		if n.T.Kind.Storage() == sqltypes.StoreBytes {
			return f.textOf(v.S)
		}
		return datum{I: v.I, F: v.F, D: v.D}
	})
}

func (c *compiler) caseWhen(n *Case) (*Compiled, error) {
	tests := make([]testFunc, len(n.Whens))
	results := make([]Node, 0, len(n.Whens)+1)
	for i, w := range n.Whens {
		t, err := c.test(w.Cond)
		if err != nil {
			return nil, err
		}
		tests[i], results = t, append(results, w.Result)
	}
	rs, err := c.all(append(results, n.Else))
	if err != nil {
		return nil, err
	}
	pick := func(f *Frame) *Compiled {
		for i, t := range tests {
			if t(f) {
				return rs[i]
			}
		}
		return rs[len(tests)]
	}
	out := &Compiled{Type: n.T}
	switch n.T.Kind.Storage() {
	case sqltypes.StoreInt:
		out.Int = func(f *Frame) (int64, bool) { return pick(f).Int(f) }
	case sqltypes.StoreFloat:
		out.Float = func(f *Frame) (float64, bool) { return pick(f).Float(f) }
	case sqltypes.StoreDecimal:
		out.Num = func(f *Frame) (sqltypes.Num, bool) { return pick(f).Num(f) }
	case sqltypes.StoreBytes:
		out.Bytes = func(f *Frame) ([]byte, bool) { return pick(f).Bytes(f) }
	}
	return out, nil
}

func (c *compiler) cast(n *Cast) (*Compiled, error) {
	x, err := c.compile(n.X)
	if err != nil {
		return nil, err
	}
	from, to, out := n.X.Type().Kind, n.T, &Compiled{Type: n.T}
	bare := to == sqltypes.Of(to.Kind) || n.Implicit
	switch {
	case n.Lenient:
		return compiledOf(to, func(f *Frame) datum {
			d := x.eval(f)
			if d.Null || f.Err != nil {
				return nullDatum
			}
			v, err := parsePrefix(f, d.B, to)
			if err != nil {
				return f.fail(err)
			}
			return v
		}), nil
	case from == to.Kind && bare:
		*out = *x
		out.Type = to
		return out, nil
	case to.Kind == sqltypes.Decimal && from.IsInteger() && bare:
		get := x.Int
		out.Num = func(f *Frame) (sqltypes.Num, bool) { v, null := get(f); return sqltypes.NumFromInt(v), null }
		return out, nil
	case to.Kind == sqltypes.Double && from.IsInteger():
		get := x.Int
		out.Float = func(f *Frame) (float64, bool) { v, null := get(f); return float64(v), null }
		return out, nil
	case to.Kind == sqltypes.Timestamp && from == sqltypes.Date:
		get := x.Int
		out.Int = func(f *Frame) (int64, bool) { v, null := get(f); return v * sqltypes.TicksPerDay, null }
		return out, nil
	case bare && to.Kind == sqltypes.Varchar && from.IsText():
		out.Bytes = x.Bytes
		return out, nil
	}
	try := n.Try
	return compiledOf(to, func(f *Frame) datum {
		d := x.eval(f)
		if d.Null || f.Err != nil {
			return nullDatum
		}
		v, err := convert(f, d, from, to)
		if err != nil {
			if !try {
				f.Fail(err)
			}
			return nullDatum
		}
		return v
	}), nil
}

func (c *compiler) join(n *Join) (*Compiled, error) {
	a, b, err := c.pair(n.A, n.B)
	if err != nil {
		return nil, err
	}
	return &Compiled{Type: n.T, Bytes: func(f *Frame) ([]byte, bool) {
		x, null := a.Bytes(f)
		if null {
			return nil, true
		}
		y, null := b.Bytes(f)
		if null {
			return nil, true
		}
		start := len(f.Scratch)
		f.Scratch = append(append(f.Scratch, x...), y...)
		return f.text(start).B, false
	}}, nil
}
