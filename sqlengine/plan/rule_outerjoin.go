package plan

import (
	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// simplifyOuterJoins turns LEFT and FULL joins into narrower ones where a
// condition above, or of an inner join above, drops the rows that the outer
// side adds.
func simplifyOuterJoins(r *rewriter, n lnode) (lnode, error) { return r.simplify(n, nil), nil }

// simplify walks down with the conditions that every row of n must pass to
// count.
func (r *rewriter) simplify(n lnode, conds []expr.Node) lnode {
	switch n := n.(type) {
	case *lFilter:
		n.input = r.simplify(n.input, append(conds[:len(conds):len(conds)], n.conds...))
	case *lJoin:
		r.simplifyJoin(n, conds)
	case *lSort, *lDistinct, *lOnce:
		first := true
		mapInputs(n, func(in lnode) lnode {
			pass := conds
			if !first { // the cells of Once
				pass = nil
			}
			first = false
			return r.simplify(in, pass)
		})
	case *lProject:
		by := itemsByID(n.items)
		var below []expr.Node
		for _, c := range conds {
			if !readsVolatile(c, by) {
				below = append(below, substitute(c, by))
			}
		}
		n.input = r.simplify(n.input, below)
	case *lApply:
		n.left, n.right = r.simplify(n.left, conds), r.simplify(n.right, nil)
	default:
		mapInputs(n, func(in lnode) lnode { return r.simplify(in, nil) })
	}
	return n
}

func (r *rewriter) simplifyJoin(n *lJoin, conds []expr.Node) {
	left, right := setOf(n.left.columns()), setOf(n.right.columns())
	before := n.kind
	switch {
	case n.kind == Left && rejectsNulls(conds, right):
		n.kind = Inner
	case n.kind == Full:
		narrowFull(n, conds, left, right)
	}
	if n.kind != before {
		r.changed()
	}
	toLeft, toRight := conds, []expr.Node(nil)
	switch n.kind {
	case Inner:
		toLeft = append(conds[:len(conds):len(conds)], n.on...)
		toRight = toLeft
	case Semi:
		toLeft = append(conds[:len(conds):len(conds)], n.on...)
		toRight = n.on
		if n.inLeft != nil {
			toRight = nil
		}
	case Left, Anti, Mark, Single: // a right row counts where ON is true
		toRight = n.on
	case Full:
		toLeft = nil
	}
	n.left, n.right = r.simplify(n.left, toLeft), r.simplify(n.right, toRight)
}

// narrowFull turns a FULL join into LEFT or INNER where conditions drop the
// rows that one side or both would add.
func narrowFull(n *lJoin, conds []expr.Node, left, right idSet) {
	noLeftNulls, noRightNulls := rejectsNulls(conds, left), rejectsNulls(conds, right)
	switch {
	case noLeftNulls && noRightNulls:
		n.kind = Inner
	case noLeftNulls: // every result has a left row
		n.kind = Left
	case noRightNulls:
		n.left, n.right = n.right, n.left
		n.kind = Left
	}
}

// rejectsNulls reports whether some condition cannot be true of a row whose
// columns in ids are all NULL.
func rejectsNulls(conds []expr.Node, ids idSet) bool {
	for _, c := range conds {
		if !ids.touches(c) || correlated(c) {
			continue
		}
		probe := expr.Transform(c, func(x expr.Node) expr.Node {
			if col, ok := x.(*expr.Column); ok && ids[col.Index] {
				return &expr.Const{V: sqltypes.NullOf(col.T.Kind), T: col.T}
			}
			return x
		})
		if never(expr.Fold(strictNulls(probe)), true) {
			return true
		}
	}
	return false
}

// never reports whether a condition can only be NULL or the opposite of value.
func never(n expr.Node, value bool) bool {
	switch n := n.(type) {
	case *expr.Const:
		return n.V.Null || (n.V.I != 0) != value
	case *expr.Negation:
		return never(n.X, !value)
	case *expr.Logical:
		// AND is true when all are, false when one is; OR the other way round.
		one := n.Or == value
		for _, a := range n.Args {
			if never(a, value) != one {
				return !one
			}
		}
		return one
	}
	return false
}

// strictNulls makes comparisons and arithmetic with a NULL operand NULL, also
// where the other operand is a column: folding alone needs constants.
func strictNulls(n expr.Node) expr.Node {
	return expr.Transform(n, func(x expr.Node) expr.Node {
		strict := false
		switch x := x.(type) {
		case *expr.Compare:
			strict = x.Op < expr.Distinct
		case *expr.Arith, *expr.Unary, *expr.Join, *expr.Like, *expr.Regex, *expr.Negation:
			strict = true
		case *expr.Cast:
			strict = true
		case *expr.InList:
			if k, ok := x.X.(*expr.Const); ok && k.V.Null {
				return &expr.Const{V: sqltypes.NullOf(sqltypes.Bool), T: boolType}
			}
		case *expr.NullTest:
			if k, ok := x.X.(*expr.Const); ok {
				return expr.NewConst(sqltypes.BoolValue(k.V.Null != x.Not))
			}
		}
		if strict {
			for _, c := range x.Children() {
				if k, ok := c.(*expr.Const); ok && k.V.Null {
					return &expr.Const{V: sqltypes.NullOf(x.Type().Kind), T: x.Type()}
				}
			}
		}
		return x
	})
}
