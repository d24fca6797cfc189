package plan

import (
	"github.com/epicorerp/epicorerp/sqlengine/expr"
)

// foldConstants computes what is constant, drops conditions that are always
// true, and makes an empty tree of one whose condition never is: nothing is
// asked of a server for it.
func foldConstants(r *rewriter, n lnode) (lnode, error) {
	return bottomUp(n, func(n lnode) (lnode, error) {
		rewriteOwn(n, func(x expr.Node) expr.Node { return expr.FoldStatement(x, r.opt.Statement) })
		switch n := n.(type) {
		case *lScan:
			if contradicts(n.filters) {
				return r.nothing(n), nil
			}
			n.filters = r.needed(n.filters)
		case *lFilter:
			if contradicts(n.conds) {
				return r.nothing(n), nil
			}
			if n.conds = r.needed(n.conds); len(n.conds) == 0 || isEmpty(n.input) {
				return n.input, nil
			}
		case *lJoin:
			return r.foldJoin(n), nil
		case *lProject, *lSort, *lDistinct, *lLimit:
			if isEmpty(inputs(n)[0]) {
				return r.nothing(n), nil
			}
		case *lAggregate:
			if len(n.groupBy) > 0 && isEmpty(n.input) {
				return r.nothing(n), nil
			}
		case *lUnion:
			return r.foldUnion(n), nil
		case *lApply:
			if isEmpty(n.left) || n.kind == Inner && isEmpty(n.right) {
				return r.nothing(n), nil
			}
		case *lSetOp:
			if isEmpty(n.left) || !n.except && isEmpty(n.right) {
				return r.nothing(n), nil
			}
		}
		return n, nil
	})
}

// nothing is a tree without rows in place of n.
func (r *rewriter) nothing(n lnode) lnode {
	r.changed()
	return &lValues{ids: n.columns()}
}

func isEmpty(n lnode) bool {
	v, ok := n.(*lValues)
	return ok && len(v.rows) == 0
}

// needed drops conditions that are true, repeated, or implied word for word.
func (r *rewriter) needed(conds []expr.Node) []expr.Node {
	var out []expr.Node
	for _, c := range conds {
		for _, c := range expr.Conjuncts(c) {
			if k, ok := c.(*expr.Const); ok && !k.V.Null && k.V.I != 0 || has(out, c) {
				r.changed()
				continue
			}
			out = append(out, c)
		}
	}
	return out
}

// contradicts reports whether conditions cannot be true together: one is false
// or NULL, or a column is to equal two constants.
func contradicts(conds []expr.Node) bool {
	fixed := map[int]*expr.Const{}
	for _, c := range conds {
		if k, ok := c.(*expr.Const); ok && (k.V.Null || k.V.I == 0) {
			return true
		}
	}
	for _, c := range conds {
		col, k, ok := fixes(c)
		if !ok {
			continue
		}
		if other := fixed[col.Index]; other != nil {
			same, err := expr.NewCompare(expr.EQ, other, k)
			if err == nil {
				if v, ok := expr.Fold(same).(*expr.Const); ok && !v.V.Null && v.V.I == 0 {
					return true
				}
			}
		}
		fixed[col.Index] = k
	}
	return false
}

// fixes splits "column = constant".
func fixes(c expr.Node) (*expr.Column, *expr.Const, bool) {
	eq, ok := c.(*expr.Compare)
	if !ok || eq.Op != expr.EQ {
		return nil, nil, false
	}
	a, b := eq.A, eq.B
	if _, constant := a.(*expr.Const); constant {
		a, b = b, a
	}
	col, okA := a.(*expr.Column)
	k, okB := b.(*expr.Const)
	return col, k, okA && okB && !k.V.Null
}

// foldJoin makes of a join what is left of it when a side is empty or its
// condition never true.
func (r *rewriter) foldJoin(n *lJoin) lnode {
	if contradicts(n.on) && n.inLeft == nil && n.kind != Full && !isEmpty(n.right) {
		n.right, n.on = r.nothing(n.right), nil
	} else {
		n.on = r.needed(n.on)
	}
	left, right := isEmpty(n.left), isEmpty(n.right)
	switch {
	case left && (n.kind != Full || right), right && (n.kind == Inner || n.kind == Semi):
		return r.nothing(n)
	case right && n.kind == Anti:
		r.changed()
		return n.left
	}
	return n
}

// foldUnion drops inputs without rows.
func (r *rewriter) foldUnion(n *lUnion) lnode {
	out := &lUnion{ids: n.ids}
	for i, in := range n.inputs {
		if !isEmpty(in) {
			out.inputs, out.from = append(out.inputs, in), append(out.from, n.from[i])
		}
	}
	switch len(out.inputs) {
	case len(n.inputs):
		return n
	case 0:
		return r.nothing(n)
	case 1:
		r.changed()
		p := &lProject{input: out.inputs[0]}
		for j, id := range n.ids {
			p.items = append(p.items, item{id, r.ref(out.from[0][j])})
		}
		return p
	}
	r.changed()
	return out
}
