package sqltypes

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"strconv"
	"strings"
)

// Num is an exact decimal: coefficient · 10^-scale. The zero value is 0.
//
// A Num keeps the scale it was written with (8.3700 has scale 4) and compares
// by value. Coefficients that fit int64 cost no allocation.
//
// Scale rules, those of PostgreSQL's numeric:
//
//   - + and − keep the larger scale; so does the remainder, which has the sign
//     of the dividend
//   - × adds the scales
//   - ÷ gives at least 16 significant digits, counted in groups of four, and no
//     fewer decimals than either operand has
//   - rounding, in ÷ and in Round, is half away from zero
//
// A result of more than MaxDigits digits is ErrDecimalOverflow; none is ever
// cut or wrapped.
type Num struct {
	coef  int64
	wide  *big.Int // set instead of coef when the coefficient leaves int64
	scale int32
}

// MaxDigits bounds the digits of a decimal: far beyond the 38 that SQL servers
// keep, and small enough that "1e999999999" costs nothing.
const MaxDigits = 1000

// Errors of decimal arithmetic.
var (
	ErrDecimalSyntax   = errors.New("not a decimal number")
	ErrDecimalOverflow = errors.New("decimal out of range")
	ErrDivisionByZero  = errors.New("division by zero")
)

var pow10i = func() (p [19]int64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = p[i-1] * 10
	}
	return p
}()

func pow10(n int) *big.Int {
	if n < len(pow10i) {
		return big.NewInt(pow10i[n])
	}
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}

// NewNum returns coef · 10^-scale. A scale below zero is multiplied out.
func NewNum(coef int64, scale int) Num {
	if scale >= 0 {
		return Num{coef: coef, scale: int32(scale)}
	}
	return normal(new(big.Int).Mul(big.NewInt(coef), pow10(-scale)), 0)
}

// NumFromBig returns coef · 10^-scale for scale ≥ 0; coef is not kept.
func NumFromBig(coef *big.Int, scale int) Num { return normal(new(big.Int).Set(coef), int32(scale)) }

func normal(b *big.Int, scale int32) Num {
	if b.IsInt64() {
		return Num{coef: b.Int64(), scale: scale}
	}
	return Num{wide: b, scale: scale}
}

func (d Num) big() *big.Int {
	if d.wide != nil {
		return d.wide
	}
	return big.NewInt(d.coef)
}

// Scale returns the number of digits after the point.
func (d Num) Scale() int { return int(d.scale) }

// Coefficient returns the digits without the point; the result is the caller's.
func (d Num) Coefficient() *big.Int { return new(big.Int).Set(d.big()) }

// Small returns the coefficient when it fits int64.
func (d Num) Small() (coef int64, ok bool) { return d.coef, d.wide == nil }

// Sign returns -1, 0 or 1.
func (d Num) Sign() int {
	if d.wide != nil {
		return d.wide.Sign()
	}
	switch {
	case d.coef < 0:
		return -1
	case d.coef > 0:
		return 1
	}
	return 0
}

// ParseSmall reads a plain decimal such as -1234.5600 whose digits fit int64.
// ok is false for anything else (exponents, more digits, bad syntax): then
// ParseNum gives the answer or the error.
func ParseSmall(b []byte) (coef int64, scale int, ok bool) {
	i, neg := 0, false
	if i < len(b) && (b[i] == '-' || b[i] == '+') {
		neg = b[i] == '-'
		i++
	}
	digits, point := 0, -1
	var c int64
	for ; i < len(b); i++ {
		ch := b[i] - '0'
		if ch > 9 {
			if b[i] == '.' && point < 0 {
				point = i
				continue
			}
			return 0, 0, false
		}
		if digits++; digits > 18 {
			return 0, 0, false
		}
		c = c*10 + int64(ch)
	}
	if digits == 0 {
		return 0, 0, false
	}
	if point >= 0 {
		scale = len(b) - point - 1
	}
	if neg {
		c = -c
	}
	return c, scale, true
}

// ParseNum reads a decimal: digits with an optional point, sign and exponent.
func ParseNum(s string) (Num, error) {
	if c, sc, ok := ParseSmall([]byte(s)); ok {
		return Num{coef: c, scale: int32(sc)}, nil
	}
	mant, exp := s, 0
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		e, err := strconv.Atoi(s[i+1:])
		if err != nil {
			if errors.Is(err, strconv.ErrRange) {
				return Num{}, fmt.Errorf("%w: %q", ErrDecimalOverflow, clip(s))
			}
			return Num{}, fmt.Errorf("%w: %q", ErrDecimalSyntax, clip(s))
		}
		mant, exp = s[:i], e
	}
	neg := strings.HasPrefix(mant, "-")
	mant = strings.TrimPrefix(strings.TrimPrefix(mant, "-"), "+")
	if neg && len(mant) > 0 && mant[0] == '+' {
		return Num{}, fmt.Errorf("%w: %q", ErrDecimalSyntax, clip(s))
	}
	whole, frac, _ := strings.Cut(mant, ".")
	if whole+frac == "" || strings.Trim(whole+frac, "0123456789") != "" || len(s) > 1 && (s[:2] == "+-" || s[:2] == "-+") {
		return Num{}, fmt.Errorf("%w: %q", ErrDecimalSyntax, clip(s))
	}
	scale := len(frac) - exp
	significant := strings.TrimLeft(whole+frac, "0")
	if len(significant) > MaxDigits || scale > MaxDigits || scale < -MaxDigits {
		return Num{}, fmt.Errorf("%w: %q has more than %d digits", ErrDecimalOverflow, clip(s), MaxDigits)
	}
	b, ok := new(big.Int).SetString(whole+frac, 10)
	if !ok {
		return Num{}, fmt.Errorf("%w: %q", ErrDecimalSyntax, clip(s))
	}
	if neg {
		b.Neg(b)
	}
	if scale < 0 {
		b.Mul(b, pow10(-scale))
		scale = 0
	}
	return normal(b, int32(scale)), nil
}

func clip(s string) string {
	if len(s) > 60 {
		return s[:60] + "…"
	}
	return s
}

// NumFromInt returns an integer as a decimal of scale 0.
func NumFromInt(i int64) Num { return Num{coef: i} }

// NumFromFloat returns the decimal with the 15 significant digits that a
// float64 guarantees, as PostgreSQL's cast does. NaN and infinities are errors.
func NumFromFloat(f float64) (Num, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return Num{}, fmt.Errorf("%w: %v", ErrDecimalOverflow, f)
	}
	d, err := ParseNum(strconv.FormatFloat(f, 'g', 15, 64))
	if err != nil {
		return Num{}, err
	}
	return d.TrimZeros(), nil
}

// String prints the number with its scale: no exponent, no digits lost.
func (d Num) String() string { return string(d.Append(nil)) }

// Append writes what String returns to dst.
func (d Num) Append(dst []byte) []byte {
	if d.wide == nil {
		return AppendSmall(dst, d.coef, int(d.scale))
	}
	s := new(big.Int).Abs(d.wide).String()
	if d.wide.Sign() < 0 {
		dst = append(dst, '-')
	}
	return appendPoint(dst, s, int(d.scale))
}

func appendPoint[T string | []byte](dst []byte, digits T, scale int) []byte {
	if scale == 0 {
		return append(dst, digits...)
	}
	if len(digits) <= scale {
		dst = append(dst, '0', '.')
		for i := len(digits); i < scale; i++ {
			dst = append(dst, '0')
		}
		return append(dst, digits...)
	}
	dst = append(dst, digits[:len(digits)-scale]...)
	dst = append(dst, '.')
	return append(dst, digits[len(digits)-scale:]...)
}

// digitPairs holds the digits of 00 to 99.
const digitPairs = "0001020304050607080910111213141516171819" +
	"2021222324252627282930313233343536373839" +
	"4041424344454647484950515253545556575859" +
	"6061626364656667686970717273747576777879" +
	"8081828384858687888990919293949596979899"

// AppendSmall prints coef · 10^-scale without allocating. Every decimal that
// leaves the driver passes here, hence the pairs of digits.
func AppendSmall(dst []byte, coef int64, scale int) []byte {
	u := uint64(coef)
	if coef < 0 {
		dst = append(dst, '-')
		u = -u
	}
	var buf [24]byte
	if uint(scale) >= uint(len(pow10i)) {
		return appendPoint(dst, strconv.AppendUint(buf[:0], u, 10), scale)
	}
	i := len(buf)
	if scale > 0 {
		n := scale
		for ; n >= 2; n -= 2 {
			pair := u % 100 * 2
			u /= 100
			i -= 2
			buf[i], buf[i+1] = digitPairs[pair], digitPairs[pair+1]
		}
		if n == 1 {
			i--
			buf[i] = byte('0' + u%10)
			u /= 10
		}
		i--
		buf[i] = '.'
	}
	for u >= 100 {
		pair := u % 100 * 2
		u /= 100
		i -= 2
		buf[i], buf[i+1] = digitPairs[pair], digitPairs[pair+1]
	}
	if u >= 10 {
		i -= 2
		buf[i], buf[i+1] = digitPairs[u*2], digitPairs[u*2+1]
	} else {
		i--
		buf[i] = byte('0' + u)
	}
	return append(dst, buf[i:]...)
}

// rescaled returns the coefficient at a scale not below d's own.
func (d Num) rescaled(scale int32) (*big.Int, int64, bool) {
	up := int(scale - d.scale)
	if d.wide == nil && up < len(pow10i) {
		hi, lo := bits.Mul64(absU(d.coef), uint64(pow10i[up]))
		if hi == 0 && lo <= math.MaxInt64 {
			if d.coef < 0 {
				return nil, -int64(lo), true
			}
			return nil, int64(lo), true
		}
	}
	return new(big.Int).Mul(d.big(), pow10(up)), 0, false
}

func absU(i int64) uint64 {
	if i < 0 {
		return -uint64(i)
	}
	return uint64(i)
}

// Cmp compares by value: -1, 0 or 1.
func (d Num) Cmp(e Num) int {
	if d.wide == nil && e.wide == nil && d.scale == e.scale {
		switch {
		case d.coef < e.coef:
			return -1
		case d.coef > e.coef:
			return 1
		}
		return 0
	}
	if ds, es := d.Sign(), e.Sign(); ds != es {
		if ds < es {
			return -1
		}
		return 1
	}
	s := max(d.scale, e.scale)
	db, dc, dok := d.rescaled(s)
	eb, ec, eok := e.rescaled(s)
	if dok && eok {
		return Num{coef: dc}.Cmp(Num{coef: ec})
	}
	if dok {
		db = big.NewInt(dc)
	}
	if eok {
		eb = big.NewInt(ec)
	}
	return db.Cmp(eb)
}

// Padded returns d with at least scale digits after the point.
func (d Num) Padded(scale int) Num {
	if int(d.scale) >= scale {
		return d
	}
	return d.Round(scale)
}

// Round returns d with exactly scale digits after the point, rounded half away
// from zero. A negative scale rounds before the point and the result has scale 0.
func (d Num) Round(scale int) Num {
	if r, ok := d.cutSmall(scale, true); ok {
		return r
	}
	return d.toScale(scale, quoHalfAway)
}

// Trunc returns d with exactly scale digits after the point, cut toward zero.
func (d Num) Trunc(scale int) Num {
	if r, ok := d.cutSmall(scale, false); ok {
		return r
	}
	return d.toScale(scale, func(n, p *big.Int) *big.Int { return new(big.Int).Quo(n, p) })
}

// cutSmall drops digits of a coefficient that fits int64, without big.Int.
func (d Num) cutSmall(scale int, halfAway bool) (Num, bool) {
	drop := int(d.scale) - scale
	if d.wide != nil || scale < 0 || drop <= 0 || drop >= len(pow10i) {
		return d, false
	}
	p := pow10i[drop]
	q, r := d.coef/p, d.coef%p
	switch {
	case halfAway && r >= p-r:
		q++
	case halfAway && -r >= p+r:
		q--
	}
	return Num{coef: q, scale: int32(scale)}, true
}

func (d Num) toScale(scale int, quo func(n, p *big.Int) *big.Int) Num {
	if int(d.scale) <= scale {
		b, c, ok := d.rescaled(int32(scale))
		if ok {
			return Num{coef: c, scale: int32(scale)}
		}
		return normal(b, int32(scale))
	}
	r := quo(d.big(), pow10(int(d.scale)-scale))
	if scale >= 0 {
		return normal(r, int32(scale))
	}
	return normal(r.Mul(r, pow10(-scale)), 0)
}

// Floor returns the largest integer not above d.
func (d Num) Floor() Num {
	t := d.Trunc(0)
	if d.Sign() < 0 && t.Cmp(d) != 0 {
		t, _ = t.Sub(NumFromInt(1))
	}
	return t
}

// Ceil returns the smallest integer not below d.
func (d Num) Ceil() Num { return d.Neg().Floor().Neg() }

// TrimZeros drops zeros at the end of the fraction: the canonical form of the
// value, by which hashes and equality keys are made.
func (d Num) TrimZeros() Num {
	if d.wide == nil {
		c, s := TrimSmall(d.coef, int(d.scale))
		return Num{coef: c, scale: int32(s)}
	}
	b, s := new(big.Int).Set(d.wide), d.scale
	for r, q := new(big.Int), new(big.Int); s > 0; s-- {
		if q.QuoRem(b, big.NewInt(10), r); r.Sign() != 0 {
			break
		}
		b, q = q, b
	}
	return normal(b, s)
}

// TrimSmall is TrimZeros for a coefficient that fits int64.
func TrimSmall(coef int64, scale int) (int64, int) {
	if coef == 0 {
		return 0, 0
	}
	for scale > 0 && coef%10 == 0 {
		coef, scale = coef/10, scale-1
	}
	return coef, scale
}

// Precision returns the number of digits of the coefficient, at least 1.
func (d Num) Precision() int {
	return len(new(big.Int).Abs(d.big()).String())
}

// Int64 returns the value rounded half away from zero; ok is false when it
// does not fit.
func (d Num) Int64() (int64, bool) {
	r := d.Round(0)
	return r.coef, r.wide == nil
}

// IsInt reports whether the fraction is zero.
func (d Num) IsInt() bool { return d.scale == 0 || d.Trunc(0).Cmp(d) == 0 }

// Float64 returns the nearest float64.
func (d Num) Float64() float64 {
	f, _ := strconv.ParseFloat(d.String(), 64)
	return f
}
