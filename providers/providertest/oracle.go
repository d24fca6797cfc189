package providertest

import (
	"fmt"
	"math"
	"math/big"
	"strings"
	"unicode/utf8"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// Passes reports whether a predicate is true of a row: not false, not unknown.
// row holds a value for each column of the table.
func Passes(p providers.Predicate, row []sqltypes.Value) (bool, error) {
	v, err := Eval(p, row)
	return err == nil && !v.Null && v.I != 0, err
}

// Eval is what an expression of the contract is for a row, by SQL's rules. It
// is written for being read, not for speed, and shares nothing with the
// engine. Check tells beforehand which expressions it does not know; those that
// speak of another table are among them.
func Eval(e providers.Expr, row []sqltypes.Value) (sqltypes.Value, error) {
	switch e := e.(type) {
	case *providers.ColumnRef:
		return row[e.Column], nil
	case *providers.Const:
		return e.Value, nil
	}
	c := e.(*providers.Call)
	args := make([]sqltypes.Value, len(c.Args))
	for i, a := range c.Args {
		var err error
		if args[i], err = Eval(a, row); err != nil {
			return sqltypes.Value{}, err
		}
	}
	switch c.Func {
	case providers.And, providers.Or:
		return logic(args, c.Func == providers.Or), nil
	case providers.IsNull:
		return sqltypes.BoolValue(args[0].Null), nil
	case providers.IsNotNull:
		return sqltypes.BoolValue(!args[0].Null), nil
	case providers.Same:
		if args[0].Null || args[1].Null {
			return sqltypes.BoolValue(args[0].Null && args[1].Null), nil
		}
		return sqltypes.BoolValue(sqltypes.Compare(args[0], args[1]) == 0), nil
	}
	for _, a := range args {
		if a.Null {
			return sqltypes.NullOf(c.T.Kind), nil
		}
	}
	return apply(c, args)
}

// logic is AND, or OR when any is true: one argument may decide it, else an
// unknown one leaves it open.
func logic(args []sqltypes.Value, or bool) sqltypes.Value {
	unknown := false
	for _, a := range args {
		if a.Null {
			unknown = true
		} else if (a.I != 0) == or {
			return sqltypes.BoolValue(or)
		}
	}
	if unknown {
		return sqltypes.NullOf(sqltypes.Bool)
	}
	return sqltypes.BoolValue(!or)
}

// apply computes a call whose arguments are all not NULL.
func apply(c *providers.Call, args []sqltypes.Value) (sqltypes.Value, error) {
	yes := func(b bool) (sqltypes.Value, error) { return sqltypes.BoolValue(b), nil }
	switch c.Func {
	case providers.Not:
		return yes(args[0].I == 0)
	case providers.Eq:
		return yes(sqltypes.Compare(args[0], args[1]) == 0)
	case providers.Ne:
		return yes(sqltypes.Compare(args[0], args[1]) != 0)
	case providers.Lt:
		return yes(sqltypes.Compare(args[0], args[1]) < 0)
	case providers.Le:
		return yes(sqltypes.Compare(args[0], args[1]) <= 0)
	case providers.Gt:
		return yes(sqltypes.Compare(args[0], args[1]) > 0)
	case providers.Ge:
		return yes(sqltypes.Compare(args[0], args[1]) >= 0)
	case providers.In:
		for _, a := range args[1:] {
			if sqltypes.Compare(args[0], a) == 0 {
				return yes(true)
			}
		}
		return yes(false)
	case providers.Like:
		escape := rune(-1)
		if len(args) > 2 && args[2].S != "" {
			escape, _ = utf8.DecodeRuneInString(args[2].S)
		}
		return yes(like([]rune(args[0].S), []rune(args[1].S), escape))
	case providers.Add, providers.Sub, providers.Mul, providers.Div, providers.Mod:
		return arithmetic(c, args[0], args[1])
	case providers.Neg:
		return arithmetic(&providers.Call{Func: providers.Sub, T: c.T}, sqltypes.IntValue(0), args[0])
	}
	return scalar(c, args)
}

func scalar(c *providers.Call, args []sqltypes.Value) (sqltypes.Value, error) {
	text := func(s string) (sqltypes.Value, error) { return sqltypes.StringValue(s), nil }
	number := func(n int) (sqltypes.Value, error) {
		return sqltypes.Value{Kind: c.T.Kind, I: int64(n)}, nil
	}
	switch c.Func {
	case providers.Concat:
		return text(args[0].S + args[1].S)
	case providers.Lower:
		return text(strings.ToLower(args[0].S))
	case providers.Upper:
		return text(strings.ToUpper(args[0].S))
	case providers.Trim:
		return text(strings.Trim(args[0].S, " "))
	case providers.Length:
		return number(utf8.RuneCountInString(args[0].S))
	case providers.Position:
		at := strings.Index(args[1].S, args[0].S)
		if at < 0 {
			return number(0)
		}
		return number(utf8.RuneCountInString(args[1].S[:at]) + 1)
	case providers.Substring:
		rs := []rune(args[0].S)
		first, last := args[1].I, int64(len(rs))+1
		if len(args) > 2 {
			last = min(last, first+args[2].I)
		}
		if first = max(first, 1); first >= last {
			return text("")
		}
		return text(string(rs[first-1 : last-1]))
	case providers.Floor, providers.Ceiling:
		return whole(c.Func == providers.Floor, args[0]), nil
	}
	return number(datePart(c.Func, args[0]))
}

// like matches from the left; % tries every length.
func like(s, p []rune, escape rune) bool {
	for len(p) > 0 {
		switch {
		case p[0] == escape && len(p) > 1:
			p = p[1:]
		case p[0] == '%':
			for i := 0; i <= len(s); i++ {
				if like(s[i:], p[1:], escape) {
					return true
				}
			}
			return false
		case p[0] == '_':
			if len(s) == 0 {
				return false
			}
			s, p = s[1:], p[1:]
			continue
		}
		if len(s) == 0 || s[0] != p[0] {
			return false
		}
		s, p = s[1:], p[1:]
	}
	return len(s) == 0
}

func arithmetic(c *providers.Call, a, b sqltypes.Value) (sqltypes.Value, error) {
	overflow := &providers.Error{Kind: providers.KindValue, State: "22003", Message: fmt.Sprintf("%s %s %s is out of range", a, c.Func, b)}
	switch c.T.Kind.Storage() {
	case sqltypes.StoreInt:
		x, y, z := big.NewInt(a.I), big.NewInt(b.I), new(big.Int)
		switch c.Func {
		case providers.Add:
			z.Add(x, y)
		case providers.Sub:
			z.Sub(x, y)
		case providers.Mul:
			z.Mul(x, y)
		case providers.Div:
			z.Quo(x, y)
		default:
			z.Rem(x, y)
		}
		bits := map[sqltypes.Kind]uint{sqltypes.SmallInt: 15, sqltypes.Integer: 31, sqltypes.BigInt: 63}[c.T.Kind]
		if bound := new(big.Int).Lsh(big.NewInt(1), bits); z.CmpAbs(bound) > 0 || z.Cmp(bound) == 0 {
			return sqltypes.Value{}, overflow
		}
		return sqltypes.Value{Kind: c.T.Kind, I: z.Int64()}, nil
	case sqltypes.StoreDecimal:
		f := map[providers.Func]func(sqltypes.Num, sqltypes.Num) (sqltypes.Num, error){providers.Add: sqltypes.Num.Add, providers.Sub: sqltypes.Num.Sub,
			providers.Mul: sqltypes.Num.Mul, providers.Div: sqltypes.Num.Quo, providers.Mod: sqltypes.Num.Rem}[c.Func]
		d, err := f(exact(a), exact(b))
		return sqltypes.NumValue(d), err
	}
	x, y := float(a), float(b)
	z := map[providers.Func]float64{providers.Add: x + y, providers.Sub: x - y, providers.Mul: x * y}[c.Func]
	if math.IsInf(z, 0) {
		return sqltypes.Value{}, overflow
	}
	return sqltypes.FloatValue(z), nil
}

func exact(v sqltypes.Value) sqltypes.Num {
	if v.Kind == sqltypes.Decimal {
		return v.D
	}
	return sqltypes.NumFromInt(v.I)
}

func float(v sqltypes.Value) float64 {
	if v.Kind.Storage() == sqltypes.StoreFloat {
		return v.F
	}
	return exact(v).Float64()
}

func whole(down bool, v sqltypes.Value) sqltypes.Value {
	switch {
	case v.Kind.Storage() == sqltypes.StoreInt:
		return v
	case v.Kind == sqltypes.Decimal && down:
		v.D = v.D.Floor()
	case v.Kind == sqltypes.Decimal:
		v.D = v.D.Ceil()
	case down:
		v.F = math.Floor(v.F)
	default:
		v.F = math.Ceil(v.F)
	}
	return v
}

func datePart(f providers.Func, v sqltypes.Value) int {
	days, ticks := v.I, int64(0)
	if v.Kind != sqltypes.Date {
		days, ticks = sqltypes.SplitTicks(v.I)
	}
	y, m, d := sqltypes.Civil(days)
	return map[providers.Func]int{providers.Year: y, providers.Month: m, providers.Day: d,
		providers.Hour: int(ticks / sqltypes.TicksPerHour), providers.Minute: int(ticks / sqltypes.TicksPerMinute % 60),
		providers.Second: int(ticks / sqltypes.TicksPerSecond % 60)}[f]
}
