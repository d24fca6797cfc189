package expr

import (
	"errors"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/epicorerp/epicorerp/sqltypes"
)

// The naive evaluator walks the tree over boxed values and knows nothing of
// compiling, folding, scratch or shapes of patterns: slow, and right by
// reading. It covers what the generator of the fuzz target makes.
//
// Operands are evaluated from left to right, and no further than a NULL where
// NULL gives NULL.
type naive struct{ row []sqltypes.Value }

type value = sqltypes.Value

func stated(code string) error { return errf(code, "naive: %s", code) }

func (e naive) eval(n Node) (value, error) {
	switch n := n.(type) {
	case *Const:
		return n.V, nil
	case *Column:
		return e.row[n.Index], nil
	case *Compare:
		return e.compare(n)
	case *Logical:
		return e.logical(n)
	case *Negation:
		v, err := e.eval(n.X)
		if err == nil && !v.Null {
			v = sqltypes.BoolValue(v.I == 0)
		}
		return v, err
	case *NullTest:
		v, err := e.eval(n.X)
		return sqltypes.BoolValue(v.Null != n.Not), err
	case *BoolTest:
		v, err := e.eval(n.X)
		is := map[Truth]bool{True: !v.Null && v.I == 1, False: !v.Null && v.I == 0, Unknown: v.Null}[n.Truth]
		return sqltypes.BoolValue(is != n.Not), err
	case *Arith:
		return e.strict(n.T.Kind, []Node{n.A, n.B}, func(v []value) (value, error) { return naiveArith(n.Op, n.T.Kind, v[0], v[1]) })
	case *Unary:
		return e.strict(n.T.Kind, []Node{n.X}, func(v []value) (value, error) {
			zero := map[sqltypes.Kind]value{sqltypes.Double: sqltypes.FloatValue(math.Copysign(0, -1)), sqltypes.Decimal: sqltypes.NumValue(sqltypes.NumFromInt(0))}
			z, ok := zero[n.T.Kind]
			if !ok {
				z = value{Kind: n.T.Kind}
			}
			return naiveArith("-", n.T.Kind, z, v[0])
		})
	case *Join:
		return e.strict(sqltypes.Varchar, []Node{n.A, n.B}, func(v []value) (value, error) { return sqltypes.StringValue(v[0].S + v[1].S), nil })
	case *InList:
		return e.in(n)
	case *Like:
		return e.strict(sqltypes.Bool, []Node{n.X, n.Pattern}, func(v []value) (value, error) {
			s, p := []rune(v[0].S), []rune(v[1].S)
			if n.Insensitive {
				s, p = lowered(s), lowered(p)
			}
			return sqltypes.BoolValue(naiveMatch(s, p) != n.Not), nil
		})
	case *Case:
		for _, w := range n.Whens {
			if ok, err := e.isTrue(w.Cond); err != nil {
				return value{}, err
			} else if ok {
				return e.eval(w.Result)
			}
		}
		return e.eval(n.Else)
	case *Cast:
		v, err := e.eval(n.X)
		if err != nil || v.Null {
			return sqltypes.NullOf(n.T.Kind), err
		}
		out, err := naiveCast(v, n.T)
		if err != nil && n.Try {
			return sqltypes.NullOf(n.T.Kind), nil
		}
		return out, err
	case *Call:
		return e.call(n)
	}
	return value{}, errors.New("the naive evaluator does not know " + n.String())
}

// strict gives NULL at the first operand that is.
func (e naive) strict(k sqltypes.Kind, nodes []Node, fn func([]value) (value, error)) (value, error) {
	values := make([]value, len(nodes))
	for i, n := range nodes {
		v, err := e.eval(n)
		if err != nil || v.Null {
			return sqltypes.NullOf(k), err
		}
		values[i] = v
	}
	return fn(values)
}

func (e naive) compare(n *Compare) (value, error) {
	a, err := e.eval(n.A)
	if err != nil {
		return a, err
	}
	distinct := n.Op == Distinct || n.Op == NotDistinct
	if a.Null && !distinct {
		return sqltypes.NullOf(sqltypes.Bool), nil
	}
	b, err := e.eval(n.B)
	if err != nil {
		return b, err
	}
	if distinct {
		same := a.Null && b.Null || !a.Null && !b.Null && naiveCompare(a, b) == 0
		return sqltypes.BoolValue(same == (n.Op == NotDistinct)), nil
	}
	if b.Null {
		return sqltypes.NullOf(sqltypes.Bool), nil
	}
	c := naiveCompare(a, b)
	return sqltypes.BoolValue(map[CompareOp]bool{EQ: c == 0, NE: c != 0, LT: c < 0, LE: c <= 0, GT: c > 0, GE: c >= 0}[n.Op]), nil
}

// naiveCompare compares text by bytes, numbers as fractions; NaN is the largest
// of all.
func naiveCompare(a, b value) int {
	if a.Kind == sqltypes.Varchar {
		return strings.Compare(a.S, b.S)
	}
	x, y := naiveRat(a), naiveRat(b)
	switch {
	case x == nil && y == nil:
		return naiveRank(a) - naiveRank(b)
	case x == nil:
		return naiveRank(a)
	case y == nil:
		return -naiveRank(b)
	}
	return x.Cmp(y)
}

func naiveRank(v value) int {
	return map[bool]int{true: 2, false: int(math.Copysign(1, v.F))}[math.IsNaN(v.F)]
}

// naiveRat returns nil for what is not finite.
func naiveRat(v value) *big.Rat {
	switch v.Kind {
	case sqltypes.Double:
		return new(big.Rat).SetFloat64(v.F)
	case sqltypes.Decimal:
		r, _ := new(big.Rat).SetString(v.D.String())
		return r
	}
	return new(big.Rat).SetInt64(v.I)
}

func (e naive) logical(n *Logical) (value, error) {
	unknown := false
	for _, a := range n.Args {
		v, err := e.eval(a)
		switch {
		case err != nil:
			return v, err
		case v.Null:
			unknown = true
		case (v.I == 1) == n.Or:
			return sqltypes.BoolValue(n.Or), nil
		}
	}
	if unknown {
		return sqltypes.NullOf(sqltypes.Bool), nil
	}
	return sqltypes.BoolValue(!n.Or), nil
}

// isTrue evaluates where FALSE and NULL are the same: an AND stops at either.
func (e naive) isTrue(n Node) (bool, error) {
	l, ok := n.(*Logical)
	if !ok {
		v, err := e.eval(n)
		return !v.Null && v.I == 1, err
	}
	for _, a := range l.Args {
		if ok, err := e.isTrue(a); err != nil || ok == l.Or {
			return ok, err
		}
	}
	return !l.Or, nil
}

func (e naive) in(n *InList) (value, error) {
	x, err := e.eval(n.X)
	if err != nil || x.Null {
		return sqltypes.NullOf(sqltypes.Bool), err
	}
	unknown := false
	for _, item := range n.List {
		v, err := e.eval(item)
		switch {
		case err != nil:
			return v, err
		case v.Null:
			unknown = true
		case naiveCompare(x, v) == 0:
			return sqltypes.BoolValue(!n.Not), nil
		}
	}
	if unknown {
		return sqltypes.NullOf(sqltypes.Bool), nil
	}
	return sqltypes.BoolValue(n.Not), nil
}

func lowered(s []rune) []rune {
	for i, r := range s {
		s[i] = unicode.ToLower(r)
	}
	return s
}

// naiveMatch tries every length for %. The generator ends no pattern in \.
func naiveMatch(s, p []rune) bool {
	switch {
	case len(p) == 0:
		return len(s) == 0
	case p[0] == '%':
		for i := 0; i <= len(s); i++ {
			if naiveMatch(s[i:], p[1:]) {
				return true
			}
		}
		return false
	case len(s) == 0:
		return false
	case p[0] == '\\':
		return s[0] == p[1] && naiveMatch(s[1:], p[2:])
	}
	return (p[0] == '_' || p[0] == s[0]) && naiveMatch(s[1:], p[1:])
}

func naiveInt(i *big.Int, k sqltypes.Kind) (value, error) {
	bits := map[sqltypes.Kind]uint{sqltypes.SmallInt: 15, sqltypes.Integer: 31, sqltypes.BigInt: 63}[k]
	most := new(big.Int).Lsh(big.NewInt(1), bits)
	if i.Cmp(most) >= 0 || i.Cmp(new(big.Int).Neg(most)) < 0 {
		return value{}, stated(stateOverflow)
	}
	return value{Kind: k, I: i.Int64()}, nil
}

func naiveArith(op string, k sqltypes.Kind, a, b value) (value, error) {
	divides := op == "/" || op == "%"
	switch {
	case k == sqltypes.Date:
		days := a.I + b.I
		if op == "-" {
			days = a.I - b.I
		}
		if t := naiveDate(days); t.Year() < 1 || t.Year() > 9999 {
			return value{}, stated(stateDateRange)
		}
		return sqltypes.DateValue(days), nil
	case k.IsInteger():
		x, y := big.NewInt(a.I), big.NewInt(b.I)
		if divides && b.I == 0 {
			return value{}, stated(stateDivZero)
		}
		z := new(big.Int)
		return naiveInt(map[string]func(x, y *big.Int) *big.Int{"+": z.Add, "-": z.Sub, "*": z.Mul, "/": z.Quo, "%": z.Rem}[op](x, y), k)
	case k == sqltypes.Double:
		return naiveFloat(op, a.F, b.F)
	}
	if divides && b.D.Sign() == 0 {
		return value{}, stated(stateDivZero)
	}
	scale := max(a.D.Scale(), b.D.Scale())
	x, y, z := naiveRat(a), naiveRat(b), new(big.Rat)
	switch op {
	case "+":
		z.Add(x, y)
	case "-":
		z.Sub(x, y)
	case "*":
		z.Mul(x, y)
		scale = a.D.Scale() + b.D.Scale()
	case "%": // what whole divisors leave
		q := new(big.Rat).Quo(x, y)
		whole := new(big.Rat).SetInt(new(big.Int).Quo(q.Num(), q.Denom()))
		z.Sub(x, whole.Mul(whole, y))
	}
	return naiveNum(z.FloatString(scale)), nil
}

func naiveNum(s string) value {
	n, err := sqltypes.ParseNum(s)
	if err != nil {
		panic(err)
	}
	return sqltypes.NumValue(n)
}

func naiveFloat(op string, x, y float64) (value, error) {
	var z float64
	switch op {
	case "+":
		z = x + y
	case "-":
		z = x - y
	case "*":
		z = x * y
	case "/":
		if y == 0 && !math.IsNaN(x) {
			return value{}, stated(stateDivZero)
		}
		z = x / y
	}
	finite := func(f float64) bool { return !math.IsInf(f, 0) && !math.IsNaN(f) }
	if math.IsInf(z, 0) && finite(x) && finite(y) {
		return value{}, stated(stateOverflow)
	}
	if z == 0 && (op == "*" && x != 0 && y != 0 || op == "/" && x != 0 && !math.IsInf(y, 0)) {
		return value{}, stated(stateOverflow)
	}
	return sqltypes.FloatValue(z), nil
}

func naiveDate(days int64) time.Time { return time.Unix(0, 0).UTC().AddDate(0, 0, int(days)) }

func naiveCast(v value, t sqltypes.Type) (value, error) {
	switch k := t.Kind; {
	case k == v.Kind && k == sqltypes.Varchar:
		return sqltypes.StringValue(string(naiveCut([]rune(v.S), t.Length))), nil
	case k == sqltypes.Varchar:
		return sqltypes.StringValue(string(naiveCut([]rune(v.Text()), t.Length))), nil
	case k == v.Kind && k != sqltypes.Decimal:
		return v, nil
	case k == sqltypes.Bool:
		return sqltypes.BoolValue(v.I != 0), nil
	case k.IsInteger():
		return naiveToInt(v, k)
	case k == sqltypes.Double:
		f, err := strconv.ParseFloat(v.Text(), 64)
		if err != nil {
			return value{}, stated(stateOverflow)
		}
		return sqltypes.FloatValue(f), nil
	}
	return naiveToDecimal(v, t)
}

func naiveCut(s []rune, n int) []rune {
	if n >= 0 && len(s) > n {
		return s[:n]
	}
	return s
}

func naiveToInt(v value, k sqltypes.Kind) (value, error) {
	switch v.Kind {
	case sqltypes.Varchar:
		s := strings.TrimSpace(v.S)
		i, ok := new(big.Int).SetString(s, 10)
		if !ok || strings.Contains(s, "_") {
			return value{}, stated(stateBadText)
		}
		return naiveInt(i, k)
	case sqltypes.Double:
		r := naiveRat(value{Kind: sqltypes.Double, F: math.RoundToEven(v.F)})
		if r == nil {
			return value{}, stated(stateOverflow)
		}
		return naiveInt(r.Num(), k)
	case sqltypes.Decimal:
		i, _ := new(big.Int).SetString(naiveRat(v).FloatString(0), 10)
		return naiveInt(i, k)
	}
	return naiveInt(big.NewInt(v.I), k)
}

func naiveToDecimal(v value, t sqltypes.Type) (value, error) {
	s := v.Text()
	switch v.Kind {
	case sqltypes.Double:
		if naiveRat(v) == nil {
			return value{}, stated(stateOverflow)
		}
		s = strconv.FormatFloat(v.F, 'g', 15, 64)
		r, _ := new(big.Rat).SetString(s)
		n, _ := r.FloatPrec() // as many decimals as the digits have
		s = r.FloatString(n)
	case sqltypes.Decimal:
	default:
	}
	if t.Scale < 0 {
		return naiveNum(s), nil
	}
	r, _ := new(big.Rat).SetString(s)
	out := r.FloatString(t.Scale)
	digits := strings.TrimLeft(strings.NewReplacer("-", "", ".", "").Replace(out), "0")
	if len(digits) > t.Precision {
		return value{}, stated(stateOverflow)
	}
	return naiveNum(out), nil
}
