package expr

import (
	"github.com/epicorerp/epicorerp/sqltypes"
)

// Fold computes what is constant whenever the statement runs, and simplifies
// AND, OR and NOT. An expression that would fail stays as it is, so that it
// fails when and if it is evaluated.
func Fold(n Node) Node { return fold(n, nil) }

// FoldStatement folds like Fold, and also what is constant while one statement
// runs, such as CURRENT_DATE.
func FoldStatement(n Node, s *Statement) Node { return fold(n, s) }

func fold(n Node, s *Statement) Node {
	return Transform(n, func(n Node) Node { return foldNode(n, s) })
}

func foldNode(n Node, s *Statement) Node {
	switch n := n.(type) {
	case *Const, *Column, *Outer, *Late, *DayRange:
		return n
	case *Logical:
		return foldLogical(n)
	case *Negation:
		if out := foldNot(n.X); out != nil {
			return out
		}
	case *Case:
		if out := foldCase(n); out != nil {
			return out
		}
	case *NullTest:
		if !n.X.Nullable() && !mayFail(n.X) {
			return NewConst(sqltypes.BoolValue(n.Not))
		}
	}
	if c, ok := n.(*Call); ok && (c.Fn.Volatility == Volatile || c.Fn.Volatility == Stable && s == nil) {
		return n
	}
	for _, c := range n.Children() {
		if _, ok := c.(*Const); !ok {
			return n
		}
	}
	v, err := Eval(n, &Frame{Stmt: s})
	if err != nil {
		return n
	}
	return &Const{V: v, T: foldedType(n, v)}
}

// foldedType keeps the type of the expression, with facets for a decimal that
// had none.
func foldedType(n Node, v sqltypes.Value) sqltypes.Type {
	t := n.Type()
	if t.Kind == sqltypes.Decimal && !v.Null && !knownDecimal(t) {
		return typeOfValue(v)
	}
	return t
}

// mayFail reports whether evaluating n can raise an error: a column, a
// constant and conditions over them cannot.
func mayFail(n Node) bool {
	switch n.(type) {
	case *Column, *Const, *Outer, *Late:
		return false
	case *Compare, *Logical, *Negation, *NullTest, *BoolTest, *InList:
		for _, c := range n.Children() {
			if mayFail(c) {
				return true
			}
		}
		return false
	}
	return true
}

func constBool(n Node) (v, null, ok bool) {
	c, ok := n.(*Const)
	if !ok {
		return false, false, false
	}
	return c.V.I != 0, c.V.Null, true
}

// foldLogical drops constants that do not matter. What follows a deciding
// constant is never evaluated; what precedes it is dropped only if it cannot
// fail.
func foldLogical(n *Logical) Node {
	var args []Node
	flat := joinLogical(n.Or, n.Args)
	l, ok := flat.(*Logical)
	if !ok {
		return flat
	}
	nulls := 0
	for _, a := range l.Args {
		v, null, isConst := constBool(a)
		switch {
		case !isConst:
			if len(args) < mostCompared && !mayFail(a) && containsNode(args, a) {
				continue
			}
		case null:
			if nulls++; nulls > 1 {
				continue
			}
		case v == n.Or:
			if anyMayFail(args) {
				return &Logical{n.Or, append(args, a)}
			}
			return a
		default:
			continue
		}
		args = append(args, a)
	}
	if len(args) == len(n.Args) && len(l.Args) == len(n.Args) {
		return n
	}
	return joinLogical(n.Or, args)
}

// mostCompared bounds the search for repeated conditions, which is quadratic.
const mostCompared = 64

func containsNode(list []Node, n Node) bool {
	for _, x := range list {
		if Equal(x, n) {
			return true
		}
	}
	return false
}

func anyMayFail(nodes []Node) bool {
	for _, n := range nodes {
		if mayFail(n) {
			return true
		}
	}
	return false
}

// foldNot moves NOT inward where three-valued logic gives the same; nil where
// it does not apply.
func foldNot(x Node) Node {
	negated := func(args []Node) []Node {
		out := make([]Node, len(args))
		for i, a := range args {
			if out[i] = foldNot(a); out[i] == nil {
				out[i] = &Negation{a}
			}
		}
		return out
	}
	switch x := x.(type) {
	case *Const:
		if x.V.Null {
			return x
		}
		return NewConst(sqltypes.BoolValue(x.V.I == 0))
	case *Negation:
		return x.X
	case *Compare:
		return &Compare{x.Op.Negate(), x.A, x.B}
	case *NullTest:
		return &NullTest{x.X, !x.Not}
	case *BoolTest:
		return &BoolTest{x.X, x.Truth, !x.Not}
	case *InList:
		return &InList{x.X, x.List, !x.Not}
	case *Like:
		out := *x
		out.Not = !x.Not
		return &out
	case *Regex:
		out := *x
		out.Not = !x.Not
		return &out
	case *Logical: // De Morgan holds in three-valued logic
		return &Logical{!x.Or, negated(x.Args)}
	}
	return nil
}

// foldCase drops branches that are never taken.
func foldCase(n *Case) Node {
	out := &Case{Else: n.Else, T: n.T}
	for _, w := range n.Whens {
		v, null, isConst := constBool(w.Cond)
		if isConst && (null || !v) {
			continue
		}
		if isConst {
			out.Else = w.Result
			break
		}
		out.Whens = append(out.Whens, w)
	}
	switch {
	case len(out.Whens) == 0:
		return out.Else
	case len(out.Whens) < len(n.Whens):
		return out
	}
	return nil
}
