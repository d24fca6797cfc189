package expr

import (
	"errors"
	"math"
	"math/bits"

	"github.com/epicorerp/epicorerp/sqltypes"
)

func (c *compiler) arith(n *Arith) (*Compiled, error) {
	a, b, err := c.pair(n.A, n.B)
	if err != nil {
		return nil, err
	}
	ka, kb := n.A.Type().Kind, n.B.Type().Kind
	out := &Compiled{Type: n.T}
	switch {
	case ka.IsInteger() && kb.IsInteger() && n.T.Kind.IsInteger():
		out.Int = arithInts(n, a.Int, b.Int)
	case n.T.Kind == sqltypes.Decimal:
		out.Num = arithNums(n, a.Num, b.Num)
	case n.T.Kind.Storage() == sqltypes.StoreFloat:
		out.Float = arithFloats(n, a.Float, b.Float)
	default:
		return c.temporal(n, a, b), nil
	}
	return out, nil
}

// intOp computes on int64; ok is false where the result leaves it.
type intOp = func(a, b int64) (r int64, ok bool)

func addInts(a, b int64) (int64, bool) { s := a + b; return s, (s > a) == (b > 0) }
func subInts(a, b int64) (int64, bool) { s := a - b; return s, (s < a) == (b > 0) }
func mulInts(a, b int64) (int64, bool) {
	hi, lo := bits.Mul64(magnitude(a), magnitude(b))
	if (a < 0) != (b < 0) {
		return -int64(lo), hi == 0 && lo <= 1<<63
	}
	return int64(lo), hi == 0 && lo <= math.MaxInt64
}

func magnitude(i int64) uint64 {
	if i < 0 {
		return -uint64(i)
	}
	return uint64(i)
}

func arithInts(n *Arith, x, y intFunc) intFunc {
	op, k, byZero := n.Op, n.T.Kind, n.byZero()
	lo, hi := intLimits(k)
	overflow := errRange(k.String())
	with := func(fn intOp) intFunc {
		return func(f *Frame) (int64, bool) {
			a, null := x(f)
			if null {
				return 0, true
			}
			b, null := y(f)
			if null {
				return 0, true
			}
			r, ok := fn(a, b)
			if !ok || r < lo || r > hi {
				f.Fail(overflow)
				return 0, true
			}
			return r, false
		}
	}
	switch op {
	case "+":
		return with(addInts)
	case "-":
		return with(subInts)
	case "*":
		return with(mulInts)
	case "/", "%":
		rem := op == "%"
		return func(f *Frame) (int64, bool) {
			a, null := x(f)
			if null {
				return 0, true
			}
			b, null := y(f)
			switch {
			case null:
				return 0, true
			case b == 0:
				byZero(f)
				return 0, true
			case rem && b == -1:
				return 0, false
			case rem:
				return a % b, false
			case b == -1 && a == lo:
				f.Fail(overflow)
				return 0, true
			}
			return a / b, false
		}
	case "&":
		return with(func(a, b int64) (int64, bool) { return a & b, true })
	case "|":
		return with(func(a, b int64) (int64, bool) { return a | b, true })
	case "^":
		return with(func(a, b int64) (int64, bool) { return a ^ b, true })
	}
	// Shifts work on the width of the type and drop what leaves it.
	width := uint64(bits.Len64(uint64(hi))) + 1
	left := op == "<<"
	return with(func(a, b int64) (int64, bool) {
		s := uint64(b) % width
		if left {
			return a << (s + 64 - width) >> (64 - width), true
		}
		return a >> s, true
	})
}

func arithNums(n *Arith, x, y numFunc) numFunc {
	byZero := n.byZero()
	fn := map[string]func(a, b sqltypes.Num) (sqltypes.Num, error){
		"+": sqltypes.Num.Add, "-": sqltypes.Num.Sub, "*": sqltypes.Num.Mul, "/": sqltypes.Num.Quo, "%": sqltypes.Num.Rem,
	}[n.Op]
	if n.MySQL && n.Op == "/" {
		fn = func(a, b sqltypes.Num) (sqltypes.Num, error) { return a.QuoScale(b, a.Scale()+4) }
	}
	return func(f *Frame) (sqltypes.Num, bool) {
		a, null := x(f)
		if null {
			return sqltypes.Num{}, true
		}
		b, null := y(f)
		if null {
			return sqltypes.Num{}, true
		}
		r, err := fn(a, b)
		switch {
		case errors.Is(err, sqltypes.ErrDivisionByZero):
			byZero(f)
			return sqltypes.Num{}, true
		case err != nil:
			f.Fail(numError(err))
			return sqltypes.Num{}, true
		}
		return r, false
	}
}

// byZero is what a division by zero does, besides giving NULL.
func (n *Arith) byZero() func(*Frame) {
	if n.MySQL {
		return func(*Frame) {}
	}
	return func(f *Frame) { f.Fail(errDivZero) }
}

// numError gives the errors of sqltypes their SQLSTATE.
func numError(err error) error {
	switch {
	case errors.Is(err, sqltypes.ErrDivisionByZero):
		return errDivZero
	case errors.Is(err, sqltypes.ErrDecimalOverflow):
		return errDecimalRange
	case errors.Is(err, sqltypes.ErrSpanRange):
		return errSpanRange
	}
	return err
}

func arithFloats(n *Arith, x, y floatFunc) floatFunc {
	op, single, byZero := n.Op, n.T.Kind == sqltypes.Real, n.byZero()
	return func(f *Frame) (float64, bool) {
		a, null := x(f)
		if null {
			return 0, true
		}
		b, null := y(f)
		if null {
			return 0, true
		}
		var r float64
		switch op {
		case "+":
			r = a + b
		case "-":
			r = a - b
		case "*":
			r = a * b
		default:
			if b == 0 && a == a { // NaN / 0 is NaN
				byZero(f)
				return 0, true
			}
			if r = a / b; op == "%" {
				r = math.Mod(a, b)
			}
		}
		if single {
			r = float64(float32(r))
		}
		if !isFinite(r) && isFinite(a) && isFinite(b) {
			f.Fail(errFloatRange)
			return 0, true
		}
		if r == 0 && a != 0 && (op == "*" && b != 0 || op == "/" && isFinite(b)) { // too small to tell from 0
			f.Fail(errFloatRange)
			return 0, true
		}
		return r, false
	}
}

func (c *compiler) unary(n *Unary) (*Compiled, error) {
	x, err := c.compile(n.X)
	if err != nil {
		return nil, err
	}
	k := n.T.Kind
	lo, _ := intLimits(k)
	overflow, invert := errRange(k.String()), n.Op == "~"
	return compiledOf(n.T, func(f *Frame) datum {
		d := x.eval(f)
		switch {
		case d.Null:
		case k == sqltypes.Interval:
			return f.span(sqltypes.DecodeSpan(d.B).Neg())
		case invert:
			d.I = ^d.I
		case k.IsInteger() && d.I == lo:
			return f.fail(overflow)
		default:
			d.I, d.F, d.D = -d.I, -d.F, d.D.Neg()
		}
		return d
	}), nil
}

// The range that dates keep to, so that their ticks fit int64.
var (
	minDay   = sqltypes.Days(1, 1, 1)
	maxDay   = sqltypes.Days(9999, 12, 31)
	minTicks = minDay * sqltypes.TicksPerDay
	maxTicks = (maxDay+1)*sqltypes.TicksPerDay - 1
)

func (f *Frame) day(d int64) datum {
	if d < minDay || d > maxDay {
		return f.fail(errDateRange)
	}
	return datum{I: d}
}

func (f *Frame) ticks(t int64) datum {
	if t < minTicks || t > maxTicks {
		return f.fail(errDateRange)
	}
	return datum{I: t}
}

// temporal compiles arithmetic with dates, times and intervals.
func (c *compiler) temporal(n *Arith, a, b *Compiled) *Compiled {
	ka, kb, op := n.A.Type().Kind, n.B.Type().Kind, n.Op
	return compiledOf(n.T, func(f *Frame) datum {
		x := a.eval(f)
		if x.Null {
			return x
		}
		y := b.eval(f)
		if y.Null || f.Err != nil {
			return nullDatum
		}
		d := f.temporal(op, ka, kb, x, y)
		if n.MySQL && f.Err != nil { // x and y came without one
			f.Err = nil
			return nullDatum
		}
		return d
	})
}

func (f *Frame) temporal(op string, ka, kb sqltypes.Kind, x, y datum) datum {
	switch {
	case ka == sqltypes.Date && kb.IsInteger():
		days, ok := addInts(x.I, y.I)
		if op == "-" {
			days, ok = subInts(x.I, y.I)
		}
		if !ok {
			return f.fail(errDateRange)
		}
		return f.day(days)
	case ka == sqltypes.Date && kb == sqltypes.Time:
		return f.ticks(x.I*sqltypes.TicksPerDay + y.I)
	case ka == sqltypes.Date && kb == sqltypes.Date:
		return datum{I: x.I - y.I}
	case ka == sqltypes.Time && kb == sqltypes.Time:
		return f.span(sqltypes.Span{Ticks: x.I - y.I})
	case ka.IsTemporal() && kb.IsTemporal():
		t := x.I - y.I // days of 24 hours, as PostgreSQL splits it
		return f.span(sqltypes.Span{Days: t / sqltypes.TicksPerDay, Ticks: t % sqltypes.TicksPerDay})
	case ka == sqltypes.Interval && kb == sqltypes.Interval:
		return f.spanResult(addSpan(op, sqltypes.DecodeSpan(x.B), sqltypes.DecodeSpan(y.B)))
	case ka == sqltypes.Interval:
		if op == "/" {
			return f.spanResult(sqltypes.DecodeSpan(x.B).Quo(y.D))
		}
		return f.spanResult(sqltypes.DecodeSpan(x.B).Times(y.D))
	}
	v := sqltypes.DecodeSpan(y.B)
	if op == "-" {
		v = v.Neg()
	}
	if ka == sqltypes.Time { // wraps around midnight
		_, t := sqltypes.SplitTicks(x.I + v.Ticks%sqltypes.TicksPerDay)
		return datum{I: t}
	}
	return f.addSpan(x.I, v)
}

func addSpan(op string, v, w sqltypes.Span) (sqltypes.Span, error) {
	if op == "-" {
		w = w.Neg()
	}
	return v.Add(w)
}

func (f *Frame) spanResult(v sqltypes.Span, err error) datum {
	if err != nil {
		return f.fail(numError(err))
	}
	return f.span(v)
}

// addSpan moves a timestamp: months first, with the day kept within the month,
// then days, then ticks.
func (f *Frame) addSpan(ticks int64, v sqltypes.Span) datum {
	day, ofDay := sqltypes.SplitTicks(ticks)
	if v.Months != 0 {
		d, ok := addMonths(day, v.Months)
		if !ok {
			return f.fail(errDateRange)
		}
		day = d
	}
	if v.Days < -4e6 || v.Days > 4e6 || v.Ticks > maxTicks*2 || v.Ticks < -maxTicks*2 {
		return f.fail(errDateRange)
	}
	t, ok := addInts((day+v.Days)*sqltypes.TicksPerDay+ofDay, v.Ticks)
	if !ok {
		return f.fail(errDateRange)
	}
	return f.ticks(t)
}

// addMonths keeps the day of the month, or takes the last one where the month
// is shorter.
func addMonths(day, months int64) (int64, bool) {
	y, m, d := sqltypes.Civil(day)
	if months > 12*20000 || months < -12*20000 {
		return 0, false
	}
	total := int64(y)*12 + int64(m-1) + months
	year, month := int(total/12), int(total%12)
	if month < 0 {
		year, month = year-1, month+12
	}
	if year < 1 || year > 9999 {
		return 0, false
	}
	return sqltypes.Days(year, month+1, min(d, sqltypes.DaysInMonth(year, month+1))), true
}
