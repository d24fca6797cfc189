package sqltypes

import (
	"math"
	"math/big"
	"math/bits"
)

// Neg returns -d.
func (d Num) Neg() Num {
	if d.wide == nil && d.coef != math.MinInt64 {
		return Num{coef: -d.coef, scale: d.scale}
	}
	return normal(new(big.Int).Neg(d.big()), d.scale)
}

// Abs returns |d|.
func (d Num) Abs() Num {
	if d.Sign() < 0 {
		return d.Neg()
	}
	return d
}

// Add returns d + e at the larger scale.
func (d Num) Add(e Num) (Num, error) {
	s := max(d.scale, e.scale)
	db, dc, dok := d.rescaled(s)
	eb, ec, eok := e.rescaled(s)
	if dok && eok {
		if sum := dc + ec; (sum > dc) == (ec > 0) {
			return Num{coef: sum, scale: s}, nil
		}
	}
	if dok {
		db = big.NewInt(dc)
	}
	if eok {
		eb = big.NewInt(ec)
	}
	return bounded(new(big.Int).Add(db, eb), s)
}

// AddSmall adds a coefficient of the same scale in place, and reports false when
// that is another one or the sum needs a wide form.
func (d *Num) AddSmall(coef int64, scale int) bool {
	sum := d.coef + coef
	if d.wide != nil || int(d.scale) != scale || (sum > d.coef) != (coef > 0) && coef != 0 {
		return false
	}
	d.coef = sum
	return true
}

// Sub returns d - e at the larger scale.
func (d Num) Sub(e Num) (Num, error) { return d.Add(e.Neg()) }

// Mul returns d × e; the scales add up.
func (d Num) Mul(e Num) (Num, error) {
	s := d.scale + e.scale
	if d.wide == nil && e.wide == nil {
		hi, lo := bits.Mul64(absU(d.coef), absU(e.coef))
		if hi == 0 && lo <= math.MaxInt64 {
			if (d.coef < 0) != (e.coef < 0) {
				return Num{coef: -int64(lo), scale: s}, nil
			}
			return Num{coef: int64(lo), scale: s}, nil
		}
	}
	return bounded(new(big.Int).Mul(d.big(), e.big()), s)
}

// Quo returns d ÷ e, rounded half away from zero at the scale that
// PostgreSQL's numeric division chooses (numeric.c, select_div_scale).
func (d Num) Quo(e Num) (Num, error) {
	if e.Sign() == 0 {
		return Num{}, ErrDivisionByZero
	}
	return d.quoScale(e, divScale(d, e))
}

// QuoScale returns d ÷ e rounded half away from zero to the given scale.
func (d Num) QuoScale(e Num, scale int) (Num, error) {
	if e.Sign() == 0 {
		return Num{}, ErrDivisionByZero
	}
	return d.quoScale(e, int32(scale))
}

func (d Num) quoScale(e Num, s int32) (Num, error) {
	// d/e = (dc·10^-ds)/(ec·10^-es): bring the numerator to scale s+es.
	num, den := new(big.Int).Set(d.big()), new(big.Int).Set(e.big())
	if up := int(s + e.scale - d.scale); up >= 0 {
		num.Mul(num, pow10(up))
	} else {
		den.Mul(den, pow10(-up))
	}
	return bounded(quoHalfAway(num, den), s)
}

func quoHalfAway(num, den *big.Int) *big.Int {
	q, r := new(big.Int).QuoRem(num, den, new(big.Int))
	r.Abs(r).Lsh(r, 1)
	if r.CmpAbs(den) >= 0 {
		if num.Sign()*den.Sign() < 0 {
			q.Sub(q, big.NewInt(1))
		} else {
			q.Add(q, big.NewInt(1))
		}
	}
	return q
}

// divScale follows select_div_scale: PostgreSQL counts in groups of four
// digits, and its visible scale depends on them.
func divScale(d, e Num) int32 {
	dw, df := groupWeight(d)
	ew, ef := groupWeight(e)
	q := dw - ew
	if df <= ef {
		q--
	}
	return int32(min(max(16-q*4, int(d.scale), int(e.scale), 0), MaxDigits))
}

// groupWeight returns the weight of the first non-zero group of four decimal
// digits, counted from the point, and the group's value.
func groupWeight(d Num) (weight, first int) {
	if d.Sign() == 0 {
		return 0, 0
	}
	digits := new(big.Int).Abs(d.big()).String()
	lead := len(digits) - int(d.scale) // digits before the point; negative below 0.1
	weight = (lead - 1) / 4
	if lead <= 0 {
		weight = -((-lead) / 4) - 1
	}
	n := lead - weight*4 // digits of the first group that are ours
	for i := range n {
		first *= 10
		if i < len(digits) {
			first += int(digits[i] - '0')
		}
	}
	return weight, first
}

// Rem returns the remainder of truncated division: it has d's sign.
func (d Num) Rem(e Num) (Num, error) {
	if e.Sign() == 0 {
		return Num{}, ErrDivisionByZero
	}
	s := max(d.scale, e.scale)
	db, dc, dok := d.rescaled(s)
	eb, ec, eok := e.rescaled(s)
	if dok && eok {
		if ec == -1 {
			return Num{scale: s}, nil
		}
		return Num{coef: dc % ec, scale: s}, nil
	}
	if dok {
		db = big.NewInt(dc)
	}
	if eok {
		eb = big.NewInt(ec)
	}
	return normal(new(big.Int).Rem(db, eb), s), nil
}

func bounded(b *big.Int, s int32) (Num, error) {
	// 10^1000 has 3322 bits; the exact count matters to nobody at this edge.
	if b.BitLen() > 3322 || s > MaxDigits {
		return Num{}, ErrDecimalOverflow
	}
	return normal(b, s), nil
}
