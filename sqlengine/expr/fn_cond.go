package expr

import (
	"github.com/epicorerp/epicorerp/sqltypes"
)

var _ = register(GroupConditional,
	&Function{Name: "COALESCE", Aliases: []string{"IFNULL", "NVL"}, Nulls: NullIfAll,
		Doc:   "the first argument that is not NULL; the others are not evaluated",
		forms: []*form{on("any, any* -> same", nil)}, lazy: coalesce},
	&Function{Name: "ISNULL", Nulls: MaybeNull, forms: []*form{on("any -> bool", nil), on("any, any -> any", nil)}, Doc: "with two arguments COALESCE, with one IS NULL",
		rewrite: func(args []Node) (Node, error) {
			if len(args) == 1 {
				return IsNull(args[0], false)
			}
			return NewCall("COALESCE", args)
		}},
	&Function{Name: "NULLIF", Nulls: MaybeNull, forms: []*form{on("any, any -> same", nil)}, Doc: "NULL if both arguments are equal, else the first",
		rewrite: func(args []Node) (Node, error) {
			same, err := NewCompare(EQ, args[0], args[1])
			if err != nil {
				return nil, err
			}
			return NewCase(nil, []When{{same, NewConst(sqltypes.NullOf(sqltypes.Null))}}, args[0])
		}},
	&Function{Name: "NVL2", Nulls: MaybeNull, forms: []*form{on("any, any, any -> any", nil)}, Doc: "the second argument if the first is not NULL, else the third",
		rewrite: func(args []Node) (Node, error) {
			return NewCase(nil, []When{{&NullTest{X: args[0], Not: true}, args[1]}}, args[2])
		}},
	&Function{Name: "IIF", Aliases: []string{"IF"}, Nulls: MaybeNull, forms: []*form{on("bool, any, any -> any", nil)}, Doc: "the second argument if the condition is TRUE, else the third",
		rewrite: func(args []Node) (Node, error) {
			return NewCase(nil, []When{{args[0], args[1]}}, args[2])
		}},
	&Function{Name: "CHOOSE", Aliases: []string{"ELT"}, Nulls: MaybeNull,
		Doc:   "the argument at a place among those behind the first, from 1; NULL where there is none",
		forms: []*form{on("int, any, any* -> any", nil)},
		rewrite: func(args []Node) (Node, error) {
			whens := make([]When, len(args)-1)
			for i := range whens {
				whens[i] = When{NewConst(sqltypes.Value{Kind: sqltypes.Integer, I: int64(i + 1)}), args[i+1]}
			}
			return NewCase(args[0], whens, nil)
		}},
	&Function{Name: "DECODE", Nulls: MaybeNull,
		Doc: "the argument behind the first that equals the first argument, NULL being equal to NULL; else the last, or NULL where the number of arguments is odd; of two texts the bytes that the first stands for in the format 'hex', 'base64' or 'escape'",
		forms: []*form{
			on("text, text -> bytes", nullIfAny(decodeText)),
			on("any, any, any, any* -> any", nil).rewritten(decodeCases)}},
	&Function{Name: "TYPEOF", Aliases: []string{"PG_TYPEOF"}, Nulls: NeverNull, Doc: "the name of the argument's type",
		forms: []*form{on("any -> text", nil)},
		rewrite: func(args []Node) (Node, error) {
			return NewConst(sqltypes.StringValue(args[0].Type().String())), nil
		}},
	&Function{Name: "ISNUMERIC", Nulls: NeverNull, Doc: "1 if the argument is a number or the text of one, else 0",
		forms: []*form{on("any -> integer", nil)}, rewrite: isNumeric},
	&Function{Name: "GREATEST", Nulls: NullIfAll, Doc: "the largest of the arguments that are not NULL",
		forms: []*form{on("any, any* -> same", nil)}, lazy: extreme(1)},
	&Function{Name: "LEAST", Nulls: NullIfAll, Doc: "the smallest of the arguments that are not NULL",
		forms: []*form{on("any, any* -> same", nil)}, lazy: extreme(-1)},
)

func coalesce(c *compiler, n *Call) (*Compiled, error) {
	args, err := c.all(n.Args)
	if err != nil {
		return nil, err
	}
	return compiledOf(n.T, func(f *Frame) datum {
		for _, a := range args {
			if d := a.eval(f); !d.Null || f.Err != nil {
				return d
			}
		}
		return nullDatum
	}), nil
}

//go:noinline
func extreme(sign int) func(c *compiler, n *Call) (*Compiled, error) {
	return func(c *compiler, n *Call) (*Compiled, error) {
		args, err := c.all(n.Args)
		if err != nil {
			return nil, err
		}
		k := n.T.Kind
		return compiledOf(n.T, func(f *Frame) datum {
			best := nullDatum
			for _, a := range args {
				d := a.eval(f)
				if !d.Null && (best.Null || compareDatum(k, d, best)*sign > 0) {
					best = d
				}
			}
			return best
		}), nil
	}
}

// nullIfAny makes a form strict where the function is not.
func nullIfAny(run evalFunc) evalFunc {
	return func(f *Frame, a []datum) datum {
		for _, d := range a {
			if d.Null {
				return nullDatum
			}
		}
		return run(f, a)
	}
}

func decodeCases(args []Node) (Node, error) {
	var els Node
	pairs := args[1:]
	if len(pairs)%2 == 1 {
		els, pairs = pairs[len(pairs)-1], pairs[:len(pairs)-1]
	}
	var whens []When
	for ; len(pairs) > 0; pairs = pairs[2:] {
		same, err := NewCompare(NotDistinct, args[0], pairs[0])
		if err != nil {
			return nil, err
		}
		whens = append(whens, When{same, pairs[1]})
	}
	return NewCase(nil, whens, els)
}

func isNumeric(args []Node) (Node, error) {
	x, one, zero := args[0], NewConst(sqltypes.Value{Kind: sqltypes.Integer, I: 1}), NewConst(sqltypes.Value{Kind: sqltypes.Integer})
	switch k := x.Type().Kind; {
	case k.IsText():
		number, err := NewCast(x, sqltypes.Of(sqltypes.Double), true)
		if err != nil {
			return nil, err
		}
		x = number
	case !k.IsNumeric():
		x = NewConst(sqltypes.NullOf(sqltypes.Null))
	}
	return NewCase(nil, []When{{&NullTest{X: x}, zero}}, one)
}
