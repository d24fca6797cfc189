package plan

import (
	"slices"

	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
)

// holdsQuery reports whether any of the expressions has a subquery in it.
func holdsQuery(xs ...ast.Expr) bool {
	return slices.ContainsFunc(xs, func(x ast.Expr) bool {
		found := false
		ast.Inspect(x, func(n ast.Node) bool {
			_, sub := n.(ast.Query)
			found = found || sub
			return !found
		})
		return found
	})
}

// outerCondition binds the ON of a LEFT or RIGHT join that has subqueries in it.
// They are joined to the side that may be missing, which then is looked up for
// each row of the other.
func (b *binder) outerCondition(s *scope, join *lJoin, on ast.Expr) (lnode, error) {
	right := join.right
	conds, err := b.conditionsOver(s, on, &right)
	if err != nil {
		return nil, err
	}
	if err := b.withinJoin(&lJoin{left: join.left, right: right}, conds, on); err != nil {
		return nil, err
	}
	out := &lApply{kind: Left, left: join.left, right: filtered(right, conds)}
	sink(out.right, setOf(join.left.columns()), 0)
	return out, nil
}

// conditionsOver binds the conditions of an ON, whose subqueries are joined to
// the tree over.
func (b *binder) conditionsOver(s *scope, on ast.Expr, over *lnode) ([]expr.Node, error) {
	saved := s.attach
	s.attach = func(f func(lnode) (lnode, error)) (err error) {
		*over, err = f(*over)
		return err
	}
	defer func() { s.attach = saved }()
	conds, err := b.bindConditions(s, on, "ON")
	return trueFree(conds), err
}

// sink moves a tree into a subquery that runs for each row of which around are
// the columns: what it says of them is of a row around now. depth is how many
// rows stand between.
func sink(n lnode, around idSet, depth int) {
	rewriteOwn(n, func(x expr.Node) expr.Node {
		return expr.Transform(x, func(x expr.Node) expr.Node {
			switch x := x.(type) {
			case *expr.Column:
				if around[x.Index] {
					return outerOf(x, depth+1)
				}
			case *expr.Outer:
				if x.Level > depth || around[x.Index] {
					c := *x
					c.Level = max(x.Level, depth) + 1
					return &c
				}
			}
			return x
		})
	})
	for i, in := range inputs(n) {
		if _, apply := n.(*lApply); apply && i == 1 {
			sink(in, around, depth+1)
		} else {
			sink(in, around, depth)
		}
	}
}
