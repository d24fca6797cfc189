package expr

import (
	"github.com/epicorerp/epicorerp/sqltypes"
)

var _ = register(GroupConditional,
	&Function{Name: "COALESCE", Aliases: []string{"IFNULL", "NVL"}, Nulls: NullIfAll,
		Doc:   "the first argument that is not NULL; the others are not evaluated",
		forms: []form{on("any, any* -> same", nil)}, lazy: coalesce},
	&Function{Name: "ISNULL", Nulls: MaybeNull, forms: []form{on("any -> bool", nil), on("any, any -> any", nil)}, Doc: "with two arguments COALESCE, with one IS NULL",
		rewrite: func(args []Node) (Node, error) {
			if len(args) == 1 {
				return IsNull(args[0], false)
			}
			return NewCall("COALESCE", args)
		}},
	&Function{Name: "NULLIF", Nulls: MaybeNull, forms: []form{on("any, any -> same", nil)}, Doc: "NULL if both arguments are equal, else the first",
		rewrite: func(args []Node) (Node, error) {
			same, err := NewCompare(EQ, args[0], args[1])
			if err != nil {
				return nil, err
			}
			return NewCase(nil, []When{{same, NewConst(sqltypes.NullOf(sqltypes.Null))}}, args[0])
		}},
	&Function{Name: "NVL2", Nulls: MaybeNull, forms: []form{on("any, any, any -> any", nil)}, Doc: "the second argument if the first is not NULL, else the third",
		rewrite: func(args []Node) (Node, error) {
			return NewCase(nil, []When{{&NullTest{X: args[0], Not: true}, args[1]}}, args[2])
		}},
	&Function{Name: "IIF", Aliases: []string{"IF"}, Nulls: MaybeNull, forms: []form{on("bool, any, any -> any", nil)}, Doc: "the second argument if the condition is TRUE, else the third",
		rewrite: func(args []Node) (Node, error) {
			return NewCase(nil, []When{{args[0], args[1]}}, args[2])
		}},
	&Function{Name: "GREATEST", Nulls: NullIfAll, Doc: "the largest of the arguments that are not NULL",
		forms: []form{on("any, any* -> same", nil)}, lazy: extreme(1)},
	&Function{Name: "LEAST", Nulls: NullIfAll, Doc: "the smallest of the arguments that are not NULL",
		forms: []form{on("any, any* -> same", nil)}, lazy: extreme(-1)},
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
