package expr

import (
	"math"

	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// pairMoment is what a pairStates gives in the end.
type pairMoment uint8

const (
	corr pairMoment = iota
	covarPop
	covarSamp
	regrAvgX
	regrAvgY
	regrCount
	regrIntercept
	regrR2
	regrSlope
	regrSXX
	regrSXY
	regrSYY
)

// pairs are the sums over one group's pairs, by the running update of Youngs
// and Cramer, as PostgreSQL has it.
type pairs struct{ n, sx, sxx, sy, syy, sxy float64 }

// pairStates gathers pairs of floats.
type pairStates struct {
	x, y  floatFunc
	value pairMoment
	sums  []pairs
}

func (s *pairStates) Grow(n int) { s.sums = grow(s.sums, n) }

func (s *pairStates) Add(g int, f *Frame) {
	y, null := s.y(f)
	if null {
		return
	}
	x, null := s.x(f)
	if null {
		return
	}
	p := &s.sums[g]
	was := *p
	p.n++
	p.sx += x
	p.sy += y
	if p.n > 1 {
		tx, ty := x*p.n-p.sx, y*p.n-p.sy
		scale := 1 / (p.n * was.n)
		p.sxx += tx * tx * scale
		p.syy += ty * ty * scale
		p.sxy += tx * ty * scale
		overflow := func(sum, a, b float64) bool { return math.IsInf(sum, 0) && isFinite(a) && isFinite(b) }
		if overflow(p.sx, was.sx, x) || overflow(p.sxx, was.sx, x) || overflow(p.sy, was.sy, y) || overflow(p.syy, was.sy, y) {
			f.Fail(errFloatRange)
		}
		return
	}
	if !isFinite(x) {
		p.sxx, p.sxy = math.NaN(), math.NaN()
	}
	if !isFinite(y) {
		p.syy, p.sxy = math.NaN(), math.NaN()
	}
}

func (s *pairStates) Merge(g int, other States, from int) error {
	a, b := &s.sums[g], other.(*pairStates).sums[from]
	switch {
	case b.n == 0:
	case a.n == 0:
		*a = b
	default:
		n := a.n + b.n
		dx, dy := a.sx/a.n-b.sx/b.n, a.sy/a.n-b.sy/b.n
		a.sxx += b.sxx + a.n*b.n*dx*dx/n
		a.syy += b.syy + a.n*b.n*dy*dy/n
		a.sxy += b.sxy + a.n*b.n*dx*dy/n
		a.n, a.sx, a.sy = n, a.sx+b.sx, a.sy+b.sy
	}
	return nil
}

func (s *pairStates) Store(g int, b *tuple.Batch, row []uint64, col int) error {
	p := &s.sums[g]
	if s.value == regrCount {
		b.Layout.SetInt(row, col, int64(p.n))
		return nil
	}
	if v, ok := p.value(s.value); ok {
		b.Layout.SetFloat(row, col, v)
	} else {
		tuple.SetNull(row, col)
	}
	return nil
}

// value is false where there is none.
func (p *pairs) value(m pairMoment) (float64, bool) {
	if p.n < 1 {
		return 0, false
	}
	switch m {
	case covarPop:
		return p.sxy / p.n, true
	case covarSamp:
		return p.sxy / (p.n - 1), p.n >= 2
	case regrAvgX:
		return p.sx / p.n, true
	case regrAvgY:
		return p.sy / p.n, true
	case regrSXX:
		return p.sxx, true
	case regrSXY:
		return p.sxy, true
	case regrSYY:
		return p.syy, true
	case corr:
		return p.sxy / math.Sqrt(p.sxx*p.syy), p.sxx != 0 && p.syy != 0
	case regrSlope:
		return p.sxy / p.sxx, p.sxx != 0
	case regrIntercept:
		return (p.sy - p.sx*p.sxy/p.sxx) / p.n, p.sxx != 0
	}
	if p.syy == 0 && p.sxx != 0 {
		return 1, true // a horizontal line is met exactly
	}
	return (p.sxy * p.sxy) / (p.sxx * p.syy), p.sxx != 0
}

func (s *pairStates) Bytes() int { return 48 * cap(s.sums) }
func (s *pairStates) Reset()     { s.sums = s.sums[:0] }
