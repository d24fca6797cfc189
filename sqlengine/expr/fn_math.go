package expr

import (
	"math"
	"math/rand/v2"

	"github.com/epicorerp/epicorerp/sqltypes"
)

// numeric makes the forms of a function that keeps its argument's kind. most is
// the largest number of that kind.
func numeric(ints func(f *Frame, v, most int64) datum, nums func(sqltypes.Num) sqltypes.Num, floats func(float64) float64) []*form {
	of := func(most int64) evalFunc {
		return func(f *Frame, a []datum) datum { return ints(f, a[0].I, most) }
	}
	return []*form{
		on("smallint -> same", of(math.MaxInt16)), on("integer -> same", of(math.MaxInt32)), on("int -> same", of(math.MaxInt64)),
		on("decimal -> same", func(_ *Frame, a []datum) datum { return datum{D: nums(a[0].D)} }),
		on("double -> same", func(_ *Frame, a []datum) datum { return datum{F: floats(a[0].F)} }),
		on("real -> same", func(_ *Frame, a []datum) datum { return datum{F: floats(a[0].F)} }),
	}
}

// pushDecimal marks the form of decimals as one that providers know.
func pushDecimal(name string, forms []*form) []*form {
	forms[3] = forms[3].pushes(name, Rendering{})
	return forms
}

// whole marks the forms that giving whole numbers changes anything for.
func whole(name string, forms []*form) []*form {
	forms[4], forms[5] = forms[4].pushes(name, Rendering{}), forms[5].pushes(name, Rendering{})
	return pushDecimal(name, forms)
}

func sameInt(_ *Frame, v, _ int64) datum { return datum{I: v} }

var _ = register(GroupMath,
	&Function{Name: "ABS", Doc: "the absolute value",
		forms: numeric(func(f *Frame, v, most int64) datum {
			if v < -most {
				return f.fail(errf(stateOverflow, "%d has no absolute value of its type", v))
			}
			return datum{I: max(v, -v)}
		}, sqltypes.Num.Abs, math.Abs)},
	&Function{Name: "SIGN", Doc: "-1, 0 or 1",
		forms: numeric(func(_ *Frame, v, _ int64) datum { return datum{I: int64(cmpInt(v, 0))} },
			func(n sqltypes.Num) sqltypes.Num { return sqltypes.NumFromInt(int64(n.Sign())) },
			func(x float64) float64 {
				if x != x {
					return x
				}
				return float64(sqltypes.CompareFloat(x, 0))
			})},
	&Function{Name: "FLOOR", Doc: "the largest whole number not above; keeps the kind",
		forms: whole("FLOOR", numeric(sameInt, sqltypes.Num.Floor, math.Floor))},
	&Function{Name: "CEILING", Aliases: []string{"CEIL"}, Doc: "the smallest whole number not below; keeps the kind",
		forms: whole("CEILING", numeric(sameInt, sqltypes.Num.Ceil, math.Ceil))},
	&Function{Name: "ROUND",
		Doc: "to whole numbers or to n decimals: decimals half away from zero, DOUBLE without n half to even; a third argument other than 0 cuts toward zero",
		forms: append(pushDecimal("ROUND", numeric(sameInt, func(n sqltypes.Num) sqltypes.Num { return n.Round(0) }, math.RoundToEven)),
			on("decimal, int -> decimal", func(_ *Frame, a []datum) datum { return datum{D: a[0].D.Round(decimals(a[1].I))} }),
			on("double, int -> double", func(_ *Frame, a []datum) datum { return decimalPlaces(a, sqltypes.Num.Round) }),
			on("decimal, int, int -> decimal", func(_ *Frame, a []datum) datum { return datum{D: rounding(a)(a[0].D, decimals(a[1].I))} }),
			on("double, int, int -> double", func(_ *Frame, a []datum) datum { return decimalPlaces(a, rounding(a)) }))},
	&Function{Name: "TRUNC", Aliases: []string{"TRUNCATE"}, Doc: "cut toward zero, to whole numbers or to n decimals",
		forms: append(numeric(sameInt, func(n sqltypes.Num) sqltypes.Num { return n.Trunc(0) }, math.Trunc),
			on("decimal, int -> decimal", func(_ *Frame, a []datum) datum { return datum{D: a[0].D.Trunc(decimals(a[1].I))} }),
			on("double, int -> double", func(_ *Frame, a []datum) datum { return decimalPlaces(a, sqltypes.Num.Trunc) }))},
	&Function{Name: "MOD", Doc: "the remainder, with the sign of the first argument",
		forms:   []*form{on("any, any -> any", nil)},
		rewrite: func(args []Node) (Node, error) { return newArith("%", args[0], args[1]) }},
	&Function{Name: "DIV", Doc: "the whole quotient",
		forms:   []*form{on("any, any -> any", nil)},
		rewrite: func(args []Node) (Node, error) { return newArith("DIV", args[0], args[1]) }},
	&Function{Name: "POWER", Aliases: []string{"POW"}, Doc: "the first argument to the power of the second, as DOUBLE",
		forms: []*form{on("double, double -> double", power)}},
	real1("SQRT", "the square root, as DOUBLE", func(x float64) (float64, *Error) {
		if x < 0 {
			return 0, &Error{"2201F", "the square root of a negative number does not exist"}
		}
		return math.Sqrt(x), nil
	}),
	real1("EXP", "e to the power of the argument", plain(math.Exp)),
	real1("LN", "the natural logarithm", logarithm(math.Log)),
	real1("LOG10", "the logarithm to base 10", logarithm(math.Log10)),
	real1("LOG2", "the logarithm to base 2", logarithm(math.Log2)),
	&Function{Name: "LOG", Doc: "the logarithm to base 10, or to the base that comes first",
		forms: []*form{
			on("double -> double", func(f *Frame, a []datum) datum { return f.real(logarithm(math.Log10), a[0].F) }),
			on("double, double -> double", func(f *Frame, a []datum) datum {
				base := f.real(logarithm(math.Log), a[0].F)
				x := f.real(logarithm(math.Log), a[1].F)
				switch {
				case base.Null || x.Null:
					return nullDatum
				case base.F == 0:
					return f.fail(errDivZero)
				}
				return datum{F: x.F / base.F}
			})}},
	&Function{Name: "PI", Nulls: NeverNull, Doc: "3.141592653589793",
		forms: []*form{on("-> double", func(*Frame, []datum) datum { return datum{F: math.Pi} })}},
	real1("SIN", "the sine of an angle in radians", plain(math.Sin)),
	real1("COS", "the cosine of an angle in radians", plain(math.Cos)),
	real1("TAN", "the tangent of an angle in radians", plain(math.Tan)),
	&Function{Name: "COT", Doc: "the cotangent of an angle in radians, infinite for 0",
		forms: []*form{on("double -> double", func(_ *Frame, a []datum) datum { return datum{F: 1 / math.Tan(a[0].F)} })}},
	real1("ASIN", "the angle whose sine is given", within1(math.Asin)),
	real1("ACOS", "the angle whose cosine is given", within1(math.Acos)),
	real1("ATAN", "the angle whose tangent is given", plain(math.Atan)),
	&Function{Name: "ATAN2", Aliases: []string{"ATN2"}, Doc: "the angle of the point (second, first)",
		forms: []*form{on("double, double -> double", func(_ *Frame, a []datum) datum { return datum{F: math.Atan2(a[0].F, a[1].F)} })}},
	real1("SINH", "the hyperbolic sine", plain(math.Sinh)),
	real1("COSH", "the hyperbolic cosine", plain(math.Cosh)),
	real1("TANH", "the hyperbolic tangent", plain(math.Tanh)),
	real1("ASINH", "the number whose hyperbolic sine is given", plain(math.Asinh)),
	real1("ACOSH", "the number whose hyperbolic cosine is given", func(x float64) (float64, *Error) {
		if x < 1 {
			return 0, &Error{stateOverflow, "the argument of ACOSH must be 1 or more"}
		}
		return math.Acosh(x), nil
	}),
	&Function{Name: "ATANH", Doc: "the number whose hyperbolic tangent is given",
		forms: []*form{on("double -> double", func(f *Frame, a []datum) datum {
			if x := a[0].F; x < -1 || x > 1 {
				return f.fail(&Error{stateOverflow, "the argument of ATANH must be from -1 to 1"})
			}
			return datum{F: math.Atanh(a[0].F)} // infinite at both ends
		})}},
	&Function{Name: "SQUARE", Doc: "the argument times itself, as DOUBLE",
		forms: []*form{on("double -> double", func(f *Frame, a []datum) datum {
			return f.real(func(x float64) (float64, *Error) { return x * x, nil }, a[0].F)
		})}},
	real1("DEGREES", "radians as degrees", plain(func(x float64) float64 { return x / (math.Pi / 180) })),
	real1("RADIANS", "degrees as radians", plain(func(x float64) float64 { return x * (math.Pi / 180) })),
	real1("CBRT", "the cube root", plain(math.Cbrt)),
	&Function{Name: "RAND", Aliases: []string{"RANDOM"}, Volatility: Volatile, Nulls: MaybeNull,
		Doc: "a random DOUBLE from 0 to below 1; a seed starts the row's own sequence",
		forms: []*form{on("int? -> double", func(f *Frame, a []datum) datum {
			if len(a) == 1 {
				return datum{F: rand.New(rand.NewPCG(uint64(a[0].I), 0)).Float64()}
			}
			if f.random == nil {
				f.random = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
			}
			return datum{F: f.random.Float64()}
		})}},
)

// rounding is how ROUND of three arguments rounds.
func rounding(a []datum) func(sqltypes.Num, int) sqltypes.Num {
	if a[2].I == 0 {
		return sqltypes.Num.Round
	}
	return sqltypes.Num.Trunc
}

func decimals(n int64) int { return int(min(max(n, -sqltypes.MaxDigits), sqltypes.MaxDigits)) }

// decimalPlaces rounds a float by its decimal digits, so that 2.675 becomes
// 2.68 as it reads.
func decimalPlaces(a []datum, round func(sqltypes.Num, int) sqltypes.Num) datum {
	n, err := sqltypes.NumFromFloat(a[0].F)
	if err != nil {
		return a[0] // NaN and infinities round to themselves
	}
	return datum{F: numFloat(round(n, decimals(a[1].I)))}
}

type realFunc = func(float64) (float64, *Error)

func plain(fn func(float64) float64) realFunc {
	return func(x float64) (float64, *Error) { return fn(x), nil }
}

func within1(fn func(float64) float64) realFunc {
	return func(x float64) (float64, *Error) {
		if x < -1 || x > 1 {
			return 0, &Error{stateOverflow, "the argument must be from -1 to 1"}
		}
		return fn(x), nil
	}
}

func logarithm(fn func(float64) float64) realFunc {
	return func(x float64) (float64, *Error) {
		switch {
		case x == 0:
			return 0, &Error{"2201E", "the logarithm of zero does not exist"}
		case x < 0:
			return 0, &Error{"2201E", "the logarithm of a negative number does not exist"}
		}
		return fn(x), nil
	}
}

func (f *Frame) real(fn realFunc, x float64) datum {
	r, err := fn(x)
	if err != nil {
		return f.fail(err)
	}
	if isFinite(x) && !isFinite(r) {
		return f.fail(errFloatRange)
	}
	return datum{F: r}
}

func real1(name, doc string, fn realFunc) *Function {
	return &Function{Name: name, Doc: doc,
		forms: []*form{on("double -> double", func(f *Frame, a []datum) datum { return f.real(fn, a[0].F) })}}
}

func power(f *Frame, a []datum) datum {
	x, y := a[0].F, a[1].F
	switch {
	case x == 0 && y < 0:
		return f.fail(&Error{"2201F", "zero to a negative power does not exist"})
	case x < 0 && y != math.Trunc(y):
		return f.fail(&Error{"2201F", "a negative number to a power that is not whole does not exist"})
	}
	return f.real(func(float64) (float64, *Error) { return math.Pow(x, y), nil }, x+y)
}
