package plan

import (
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// translator states conditions of the engine in the terms of the contract. at
// maps column numbers to positions in the table.
type translator struct {
	info *providers.TableInfo
	at   map[int]int
}

// predicate translates a condition; ok is false when the contract has no word
// for a part of it.
func (t *translator) predicate(n expr.Node) (providers.Expr, bool) {
	switch n := n.(type) {
	case *expr.Column:
		pos, ok := t.at[n.Index]
		if !ok {
			return nil, false
		}
		return &providers.ColumnRef{Column: pos, Name: t.info.Columns[pos].Name, T: t.info.Columns[pos].Type}, true
	case *expr.Const:
		return &providers.Const{Value: n.V}, true
	case *expr.Compare:
		return t.compare(n)
	case *expr.Logical:
		return t.logical(n)
	case *expr.Negation:
		return t.call(providers.Not, boolType, n.X)
	case *expr.NullTest:
		if n.Not {
			return t.call(providers.IsNotNull, boolType, n.X)
		}
		return t.call(providers.IsNull, boolType, n.X)
	case *expr.InList:
		return t.in(n)
	case *expr.Like:
		return t.like(n)
	case *expr.Arith:
		f := map[string]providers.Func{"+": providers.Add, "-": providers.Sub, "*": providers.Mul, "/": providers.Div, "%": providers.Mod}[n.Op]
		if f == "" || n.MySQL || !n.A.Type().Kind.IsNumeric() || !n.B.Type().Kind.IsNumeric() {
			return nil, false
		}
		return t.call(f, n.T, n.A, n.B)
	case *expr.Unary:
		if n.Op == "-" {
			return t.call(providers.Neg, n.T, n.X)
		}
	case *expr.Join:
		return t.call(providers.Concat, n.T, n.A, n.B)
	case *expr.Call:
		if f := n.Pushdown(); f != "" {
			return t.call(providers.Func(f), n.T, n.Args...)
		}
	}
	return nil, false
}

func (t *translator) call(f providers.Func, typ sqltypes.Type, args ...expr.Node) (providers.Expr, bool) {
	out := &providers.Call{Func: f, T: typ, Args: make([]providers.Expr, len(args))}
	for i, a := range args {
		var ok bool
		if out.Args[i], ok = t.predicate(a); !ok {
			return nil, false
		}
	}
	return out, true
}

var providerCompare = [...]providers.Func{expr.EQ: providers.Eq, expr.NE: providers.Ne, expr.LT: providers.Lt,
	expr.LE: providers.Le, expr.GT: providers.Gt, expr.GE: providers.Ge, expr.NotDistinct: providers.Same}

// compare puts the constant, if there is one, on the right.
func (t *translator) compare(n *expr.Compare) (providers.Expr, bool) {
	if n.Op == expr.Distinct {
		same, ok := t.call(providers.Same, boolType, n.A, n.B)
		if !ok {
			return nil, false
		}
		return &providers.Call{Func: providers.Not, T: boolType, Args: []providers.Expr{same}}, true
	}
	op, a, b := n.Op, n.A, n.B
	if _, constant := a.(*expr.Const); constant {
		op, a, b = op.Flip(), b, a
	}
	return t.call(providerCompare[op], boolType, a, b)
}

func (t *translator) logical(n *expr.Logical) (providers.Expr, bool) {
	f := providers.And
	if n.Or {
		f = providers.Or
	}
	return t.call(f, boolType, n.Args...)
}

// in translates lists of constants. A NULL in IN can only turn a false into
// unknown, which drops the row as well: it may be left out where the list
// stands for itself; under NOT it may not, so NOT IN with NULL is not offered.
func (t *translator) in(n *expr.InList) (providers.Expr, bool) {
	list := make([]expr.Node, 0, len(n.List)+1)
	list = append(list, n.X)
	for _, x := range n.List {
		c, ok := x.(*expr.Const)
		if !ok || c.V.Null {
			return nil, false
		}
		list = append(list, c)
	}
	in, ok := t.call(providers.In, boolType, list...)
	if ok && n.Not {
		in = &providers.Call{Func: providers.Not, T: boolType, Args: []providers.Expr{in}}
	}
	return in, ok
}

// like translates LIKE with constant patterns; the contract has no default
// escape, so the backslash that LIKE means is written out.
func (t *translator) like(n *expr.Like) (providers.Expr, bool) {
	p, ok := n.Pattern.(*expr.Const)
	if !ok || p.V.Null || n.Insensitive {
		return nil, false
	}
	args := []expr.Node{n.X, p}
	switch e := n.Escape.(type) {
	case nil:
		args = append(args, expr.NewConst(sqltypes.StringValue(`\`)))
	case *expr.Const:
		if e.V.Null {
			return nil, false
		}
		if e.V.S != "" {
			args = append(args, e)
		}
	default:
		return nil, false
	}
	like, ok := t.call(providers.Like, boolType, args...)
	if ok && n.Not {
		like = &providers.Call{Func: providers.Not, T: boolType, Args: []providers.Expr{like}}
	}
	return like, ok
}
