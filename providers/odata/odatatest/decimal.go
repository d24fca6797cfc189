package odatatest

import (
	"fmt"
	"math"
	"math/big"
	"math/bits"
)

var smallPow10 = [19]int64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18}

func pow10(n int) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}

func decimalOf(c *big.Int, scale int) Value {
	if c.IsInt64() {
		return Value{kind: kindDecimal, i: c.Int64(), scale: int32(scale)}
	}
	return Value{kind: kindDecimal, big: c, scale: int32(scale)}
}

// scaleUp multiplies by 10^n when the product fits an int64.
func scaleUp(i int64, n int32) (int64, bool) {
	if n < 0 || n > 18 {
		return 0, false
	}
	u, neg := uint64(i), i < 0
	if neg {
		u = -u
	}
	hi, lo := bits.Mul64(u, uint64(smallPow10[n]))
	if hi != 0 || lo > 1<<63-1 {
		return 0, false
	}
	if neg {
		return -int64(lo), true
	}
	return int64(lo), true
}

// compareNumbers orders two numbers exactly; a double on either side makes it
// a comparison of doubles, as OData promotes.
func compareNumbers(a, b Value) int {
	if a.kind == kindDouble || b.kind == kindDouble {
		x, y := a.float(), b.float()
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	}
	if a.big == nil && b.big == nil {
		x, y, ok := a.i, b.i, true
		if a.scale < b.scale {
			x, ok = scaleUp(x, b.scale-a.scale)
		} else if a.scale > b.scale {
			y, ok = scaleUp(y, a.scale-b.scale)
		}
		if ok {
			switch {
			case x < y:
				return -1
			case x > y:
				return 1
			}
			return 0
		}
	}
	x, y, _ := aligned(a, b)
	return x.Cmp(y)
}

func aligned(a, b Value) (x, y *big.Int, scale int) {
	x, y = new(big.Int).Set(a.coefficient()), new(big.Int).Set(b.coefficient())
	switch d := int(a.scale - b.scale); {
	case d > 0:
		y.Mul(y, pow10(d))
	case d < 0:
		x.Mul(x, pow10(-d))
	}
	return x, y, int(max(a.scale, b.scale))
}

// divisionScale is the number of digits kept after the point by div and divby
// on decimals that do not divide evenly.
const divisionScale = 28

func arithmetic(op string, a, b Value) (Value, error) {
	if a.IsNull() || b.IsNull() {
		return Value{}, nil
	}
	if !a.isNumber() || !b.isNumber() {
		return temporalArithmetic(op, a, b)
	}
	if a.kind == kindDouble || b.kind == kindDouble {
		return doubleArithmetic(op, a.float(), b.float()), nil
	}
	integers := a.kind == kindInt && b.kind == kindInt
	x, y, scale := aligned(a, b)
	switch op {
	case "add":
		x.Add(x, y)
	case "sub":
		x.Sub(x, y)
	case "mul":
		x.Mul(a.coefficient(), b.coefficient())
		scale = int(a.scale + b.scale)
	default:
		if y.Sign() == 0 {
			return Value{}, fmt.Errorf("division by zero")
		}
		switch {
		case op == "mod":
			x.Rem(x, y)
		case op == "div" && integers:
			x.Quo(x, y)
		default:
			x.Mul(x, pow10(divisionScale))
			x.Quo(x, y)
			return trimDecimal(x, divisionScale), nil
		}
	}
	if integers {
		if !x.IsInt64() {
			return Value{}, fmt.Errorf("integer overflow in %s", op)
		}
		return Int(x.Int64()), nil
	}
	return decimalOf(x, scale), nil
}

func trimDecimal(c *big.Int, scale int) Value {
	ten, m := big.NewInt(10), new(big.Int)
	for scale > 0 {
		q, r := new(big.Int).QuoRem(c, ten, m)
		if r.Sign() != 0 {
			break
		}
		c, scale = q, scale-1
	}
	return decimalOf(c, scale)
}

func doubleArithmetic(op string, x, y float64) Value {
	switch op {
	case "add":
		return Double(x + y)
	case "sub":
		return Double(x - y)
	case "mul":
		return Double(x * y)
	case "mod":
		return Double(math.Mod(x, y))
	}
	return Double(x / y)
}

func temporalArithmetic(op string, a, b Value) (Value, error) {
	d := func(k kind, i int64) (Value, error) { return Value{kind: k, i: i, scale: a.scale}, nil }
	day := int64(86400 * ticksPerSecond)
	switch {
	case op == "add" && a.kind == kindDateTime && b.kind == kindDuration:
		return d(kindDateTime, a.i+b.i)
	case op == "sub" && a.kind == kindDateTime && b.kind == kindDuration:
		return d(kindDateTime, a.i-b.i)
	case op == "sub" && a.kind == kindDateTime && b.kind == kindDateTime:
		return Value{kind: kindDuration, i: a.i - b.i}, nil
	case op == "add" && a.kind == kindDate && b.kind == kindDuration:
		return d(kindDate, a.i+b.i/day)
	case op == "sub" && a.kind == kindDate && b.kind == kindDuration:
		return d(kindDate, a.i-b.i/day)
	case op == "sub" && a.kind == kindDate && b.kind == kindDate:
		return d(kindDuration, (a.i-b.i)*day)
	case op == "add" && a.kind == kindDuration && b.kind == kindDuration:
		return d(kindDuration, a.i+b.i)
	case op == "sub" && a.kind == kindDuration && b.kind == kindDuration:
		return d(kindDuration, a.i-b.i)
	}
	return Value{}, fmt.Errorf("%s is not defined for %s and %s", op, a.kind, b.kind)
}

func negate(a Value) (Value, error) {
	switch a.kind {
	case kindNull:
		return a, nil
	case kindDouble:
		return Double(-a.float()), nil
	case kindInt, kindDuration:
		a.i = -a.i
		return a, nil
	case kindDecimal:
		return decimalOf(new(big.Int).Neg(a.coefficient()), int(a.scale)), nil
	}
	return Value{}, fmt.Errorf("cannot negate %s", a.kind)
}

// roundDecimal cuts the digits after the point: mode "round" (half away from
// zero, OData 4.01 part 2, 5.1.1.9.1), "floor" or "ceiling".
func roundDecimal(mode string, a Value) Value {
	p := pow10(int(a.scale))
	q, r := new(big.Int).DivMod(a.coefficient(), p, new(big.Int)) // Euclidean: r >= 0, q is the floor
	switch mode {
	case "ceiling":
		if r.Sign() > 0 {
			q.Add(q, big.NewInt(1))
		}
	case "round":
		twice := new(big.Int).Lsh(r, 1)
		c := twice.Cmp(p)
		if c > 0 || c == 0 && a.coefficient().Sign() > 0 {
			q.Add(q, big.NewInt(1))
		}
	}
	return decimalOf(q, 0)
}
