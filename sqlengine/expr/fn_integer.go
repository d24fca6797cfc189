package expr

import (
	"math"
	"math/bits"
	"strconv"

	"github.com/epicorerp/epicorerp/sqltypes"
)

var _ = register(GroupMath,
	&Function{Name: "GCD", Doc: "the greatest common divisor, never negative",
		forms: []*form{
			on("integer, integer -> integer", func(f *Frame, a []datum) datum { return f.gcd(a, math.MaxInt32, "INTEGER") }),
			on("int, int -> int", func(f *Frame, a []datum) datum { return f.gcd(a, math.MaxInt64, "BIGINT") }),
			on("decimal, decimal -> decimal", func(f *Frame, a []datum) datum {
				g, err := decimalGCD(a[0].D, a[1].D)
				return f.num(g, err)
			})}},
	&Function{Name: "LCM", Doc: "the least common multiple, never negative; 0 if an argument is",
		forms: []*form{
			on("integer, integer -> integer", func(f *Frame, a []datum) datum { return f.lcm(a, math.MaxInt32, "INTEGER") }),
			on("int, int -> int", func(f *Frame, a []datum) datum { return f.lcm(a, math.MaxInt64, "BIGINT") }),
			on("decimal, decimal -> decimal", decimalLCM)}},
	&Function{Name: "FACTORIAL", Doc: "the product of the whole numbers up to the argument",
		forms: []*form{on("int -> decimal", factorial)}},
	&Function{Name: "BIT_COUNT", Doc: "how many bits of a BIGINT are set",
		forms: []*form{on("int -> integer", func(_ *Frame, a []datum) datum { return datum{I: int64(bits.OnesCount64(uint64(a[0].I)))} })}},
	&Function{Name: "BIN", Doc: "a whole number in binary digits, a negative one as a two's complement of 64",
		forms: []*form{on("int -> text", func(f *Frame, a []datum) datum { return f.digits(uint64(a[0].I), 2, false) })}},
	&Function{Name: "OCT", Doc: "a whole number in octal digits, a negative one as a two's complement of 64 bits",
		forms: []*form{on("int -> text", func(f *Frame, a []datum) datum { return f.digits(uint64(a[0].I), 8, false) })}},
	&Function{Name: "CONV", Doc: "the digits of a number in one base, 2 to 36, written in another, of which a negative one means signed; NULL for another base",
		forms: []*form{
			on("text, int, int -> text", conv).orNull(),
			on("int, int, int -> text", func(f *Frame, a []datum) datum {
				start := len(f.Scratch)
				f.Scratch = strconv.AppendInt(f.Scratch, a[0].I, 10)
				a[0] = f.text(start)
				return conv(f, a)
			}).orNull()}},
	&Function{Name: "STR", Doc: "a number as text at the right of so many characters, 10 if nothing else is said, with so many decimals or as many as fit, 0 if nothing else is said; stars where the whole part does not fit",
		forms: []*form{
			on("decimal, int?, int? -> text", func(f *Frame, a []datum) datum { return f.str(a[0].D, a) }).orNull(),
			on("double, int?, int? -> text", func(f *Frame, a []datum) datum {
				n, err := sqltypes.NumFromFloat(a[0].F)
				if err != nil {
					return f.fail(errf(stateOverflow, "STR takes no %s", sqltypes.AppendFloat(nil, a[0].F, 64)))
				}
				return f.str(n, a)
			}).orNull()}},
	&Function{Name: "WIDTH_BUCKET", Doc: "in which of n equal ranges between two bounds, from 1, a number lies; 0 before the first, n + 1 behind the last",
		forms: []*form{
			on("double, double, double, int -> integer", widthBucketFloat),
			on("decimal, decimal, decimal, int -> integer", widthBucketDecimal)}},
	&Function{Name: "SCALE", Doc: "the number of decimals that a DECIMAL carries",
		forms: []*form{on("decimal -> integer", func(_ *Frame, a []datum) datum { return datum{I: int64(a[0].D.Scale())} })}},
	&Function{Name: "MIN_SCALE", Doc: "the number of decimals that a DECIMAL needs",
		forms: []*form{on("decimal -> integer", func(_ *Frame, a []datum) datum { return datum{I: int64(a[0].D.TrimZeros().Scale())} })}},
	&Function{Name: "TRIM_SCALE", Doc: "a DECIMAL without zeros at the end of its decimals",
		forms: []*form{on("decimal -> decimal", func(_ *Frame, a []datum) datum { return datum{D: a[0].D.TrimZeros()} })}},
)

// num gives the result of decimal arithmetic.
func (f *Frame) num(n sqltypes.Num, err error) datum {
	if err != nil {
		return f.fail(errDecimalRange)
	}
	return datum{D: n}
}

func (f *Frame) digits(v uint64, base int, upperCase bool) datum {
	start := len(f.Scratch)
	f.Scratch = strconv.AppendUint(f.Scratch, v, base)
	d := f.text(start)
	if upperCase {
		for i, c := range d.B {
			if c >= 'a' {
				d.B[i] = c - ('a' - 'A')
			}
		}
	}
	return d
}

func gcd(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

func (f *Frame) gcd(a []datum, most uint64, kind string) datum {
	g := gcd(magnitude(a[0].I), magnitude(a[1].I))
	if g > most {
		return f.fail(errRange(kind))
	}
	return datum{I: int64(g)}
}

func (f *Frame) lcm(a []datum, most uint64, kind string) datum {
	x, y := magnitude(a[0].I), magnitude(a[1].I)
	if x == 0 || y == 0 {
		return datum{}
	}
	hi, lo := bits.Mul64(x/gcd(x, y), y)
	if hi != 0 || lo > most {
		return f.fail(errRange(kind))
	}
	return datum{I: int64(lo)}
}

func decimalGCD(a, b sqltypes.Num) (sqltypes.Num, error) {
	a, b = a.Abs(), b.Abs()
	scale := max(a.Scale(), b.Scale())
	for b.Sign() != 0 {
		r, err := a.Rem(b)
		if err != nil {
			return a, err
		}
		a, b = b, r
	}
	return a.Round(scale), nil
}

func decimalLCM(f *Frame, a []datum) datum {
	x, y := a[0].D.Abs(), a[1].D.Abs()
	scale := max(x.Scale(), y.Scale())
	if x.Sign() == 0 || y.Sign() == 0 {
		return datum{D: sqltypes.NewNum(0, scale)}
	}
	g, err := decimalGCD(x, y)
	if err != nil {
		return f.fail(errDecimalRange)
	}
	n, err := x.QuoScale(g, 0)
	if err != nil {
		return f.fail(errDecimalRange)
	}
	n, err = n.Mul(y)
	return f.num(n.Round(scale), err)
}

func factorial(f *Frame, a []datum) datum {
	if a[0].I < 0 {
		return f.fail(errf(stateOverflow, "the factorial of a negative number does not exist"))
	}
	n := sqltypes.NumFromInt(1)
	for i := int64(2); i <= a[0].I; i++ {
		var err error
		if n, err = n.Mul(sqltypes.NumFromInt(i)); err != nil {
			return f.fail(errDecimalRange)
		}
	}
	return datum{D: n}
}

// conv reads as many digits as there are, and no more than 64 bits hold.
func conv(f *Frame, a []datum) datum {
	from, to := max(a[1].I, -a[1].I), max(a[2].I, -a[2].I)
	if from < 2 || from > 36 || to < 2 || to > 36 {
		return nullDatum
	}
	s, negative := a[0].B, false
	for len(s) > 0 && s[0] == ' ' {
		s = s[1:]
	}
	if len(s) > 0 && (s[0] == '-' || s[0] == '+') {
		negative, s = s[0] == '-', s[1:]
	}
	v := uint64(0)
	for _, c := range s {
		d := int64(digitOf(c))
		if d >= from {
			break
		}
		hi, lo := bits.Mul64(v, uint64(from))
		sum, carry := bits.Add64(lo, uint64(d), 0)
		if hi+carry != 0 {
			v = math.MaxUint64
			break
		}
		v = sum
	}
	if negative {
		v = -v
	}
	if a[2].I < 0 && int64(v) < 0 {
		start := len(f.Scratch)
		f.Scratch = append(f.Scratch, '-')
		f.digits(-v, int(to), true)
		return f.text(start)
	}
	return f.digits(v, int(to), true)
}

func digitOf(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'z':
		return int(c|0x20-'a') + 10
	}
	return 36
}

// str is STR as T-SQL has it: no more than 16 decimals and 8000 characters.
func (f *Frame) str(n sqltypes.Num, a []datum) datum {
	width, places := number(a, 1, 10), number(a, 2, 0)
	if width < 1 || width > 8000 || places < 0 {
		return nullDatum
	}
	places = min(places, 16)
	start := len(f.Scratch)
	for {
		f.Scratch = n.Round(int(places)).Append(f.Scratch[:start])
		over := int64(len(f.Scratch)-start) - width
		if over <= 0 || places == 0 {
			break
		}
		places = max(places-over, 0)
	}
	text := int64(len(f.Scratch) - start)
	if text > width {
		f.Scratch = f.Scratch[:start]
		for range width {
			f.Scratch = append(f.Scratch, '*')
		}
		return f.text(start)
	}
	for range width - text {
		f.Scratch = append(f.Scratch, ' ')
	}
	d := f.text(start)
	copy(d.B[width-text:], d.B[:text])
	for i := range width - text {
		d.B[i] = ' '
	}
	return d
}

func bucketCount(f *Frame, n int64, equal bool) bool {
	switch {
	case n <= 0 || n >= math.MaxInt32:
		f.Fail(&Error{"2201G", "WIDTH_BUCKET takes a count from 1 to 2147483646"})
	case equal:
		f.Fail(&Error{"2201G", "the bounds of WIDTH_BUCKET must differ"})
	}
	return f.Err == nil
}

func widthBucketFloat(f *Frame, a []datum) datum {
	x, lo, hi, n := a[0].F, a[1].F, a[2].F, a[3].I
	if math.IsNaN(x) || !isFinite(lo) || !isFinite(hi) {
		return f.fail(&Error{"2201G", "the number and the bounds of WIDTH_BUCKET must not be NaN, and the bounds be finite"})
	}
	if !bucketCount(f, n, lo == hi) {
		return nullDatum
	}
	down := lo > hi
	if down {
		x, lo, hi = -x, -lo, -hi
	}
	switch {
	case x < lo:
		return datum{}
	case x >= hi:
		return datum{I: n + 1}
	}
	// Halves, since the distance of the bounds may not be finite.
	at := float64(n) * ((x/2 - lo/2) / (hi/2 - lo/2))
	return datum{I: min(int64(at), n-1) + 1}
}

func widthBucketDecimal(f *Frame, a []datum) datum {
	x, lo, hi, n := a[0].D, a[1].D, a[2].D, a[3].I
	if !bucketCount(f, n, lo.Cmp(hi) == 0) {
		return nullDatum
	}
	if lo.Cmp(hi) > 0 {
		x, lo, hi = x.Neg(), lo.Neg(), hi.Neg()
	}
	switch {
	case x.Cmp(lo) < 0:
		return datum{}
	case x.Cmp(hi) >= 0:
		return datum{I: n + 1}
	}
	over, err := x.Sub(lo)
	if err != nil {
		return f.fail(errDecimalRange)
	}
	width, err := hi.Sub(lo)
	if err != nil {
		return f.fail(errDecimalRange)
	}
	if over, err = over.Mul(sqltypes.NumFromInt(n)); err != nil {
		return f.fail(errDecimalRange)
	}
	rem, err := over.Rem(width)
	if err != nil {
		return f.fail(errDecimalRange)
	}
	whole, err := over.Sub(rem)
	if err != nil {
		return f.fail(errDecimalRange)
	}
	q, err := whole.QuoScale(width, 0)
	if err != nil {
		return f.fail(errDecimalRange)
	}
	i, _ := q.Int64()
	return datum{I: i + 1}
}
