package providertest

import (
	"errors"
	"fmt"
	"slices"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// Check says why Eval cannot decide an expression exactly as SQL asks, nil if
// it can. What is left out is what systems differ in, or what may fail: the
// rounding of floats, a divisor that may be zero, parts of an instant without
// a zone.
func Check(e providers.Expr) error {
	c, ok := e.(*providers.Call)
	if !ok {
		if _, other := e.(*providers.Exists); other {
			return errors.New("it speaks of another table")
		}
		return nil
	}
	for _, a := range c.Args {
		if err := Check(a); err != nil {
			return err
		}
	}
	kinds := make([]sqltypes.Kind, len(c.Args))
	for i, a := range c.Args {
		kinds[i] = a.Type().Kind
	}
	if !fits(c, kinds) {
		return fmt.Errorf("%s is not for operands such as these", c.Func)
	}
	return nil
}

func fits(c *providers.Call, kinds []sqltypes.Kind) bool {
	all := func(ok func(sqltypes.Kind) bool) bool {
		return !slices.ContainsFunc(kinds, func(k sqltypes.Kind) bool { return k != sqltypes.Null && !ok(k) })
	}
	is := func(want ...sqltypes.Kind) bool {
		return all(func(k sqltypes.Kind) bool { return slices.Contains(want, k) })
	}
	switch c.Func {
	case providers.And, providers.Or, providers.Not:
		return is(sqltypes.Bool)
	case providers.IsNull, providers.IsNotNull:
		return true
	case providers.Eq, providers.Ne, providers.Lt, providers.Le, providers.Gt, providers.Ge, providers.Same, providers.In:
		return all(sqltypes.Kind.IsNumeric) || is(kinds[0]) && kinds[0] != sqltypes.JSON
	case providers.Like, providers.Concat, providers.Lower, providers.Upper, providers.Length, providers.Position:
		return is(sqltypes.Varchar)
	case providers.Trim:
		return len(kinds) == 1 && is(sqltypes.Varchar)
	case providers.Add, providers.Sub, providers.Mul, providers.Neg:
		return all(sqltypes.Kind.IsNumeric) && c.T.Kind != sqltypes.Real && !slices.Contains(kinds, sqltypes.Real)
	case providers.Div, providers.Mod:
		return is(sqltypes.SmallInt, sqltypes.Integer, sqltypes.BigInt, sqltypes.Decimal) && notZero(c.Args[1])
	case providers.Substring:
		if k, ok := c.Args[len(c.Args)-1].(*providers.Const); len(c.Args) > 2 && (!ok || k.Value.I < 0) {
			return false // a negative length is an error that must not depend on the plan
		}
		return kinds[0] == sqltypes.Varchar && !slices.ContainsFunc(kinds[1:], func(k sqltypes.Kind) bool { return !k.IsInteger() })
	case providers.Floor, providers.Ceiling:
		return all(sqltypes.Kind.IsNumeric)
	case providers.Year, providers.Month, providers.Day:
		return is(sqltypes.Date, sqltypes.Timestamp) && c.T.Kind.IsInteger()
	case providers.Hour, providers.Minute, providers.Second:
		return is(sqltypes.Timestamp) && c.T.Kind.IsInteger()
	}
	return false
}

func notZero(e providers.Expr) bool {
	k, ok := e.(*providers.Const)
	return ok && !k.Value.Null && (k.Value.Kind == sqltypes.Decimal && k.Value.D.Sign() != 0 || k.Value.Kind.IsInteger() && k.Value.I != 0)
}
