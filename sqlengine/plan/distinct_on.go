package plan

import (
	"slices"

	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// lDistinctOn keeps the first of the rows that are equal under keys, by which
// its input is ordered.
type lDistinctOn struct {
	input lnode
	keys  []expr.Node
}

func (n *lDistinctOn) columns() []int { return n.input.columns() }

// DistinctOn keeps the first row of each run of rows that are equal under Keys.
type DistinctOn struct {
	Input Node
	Keys  []expr.Node
}

func (n *DistinctOn) Layout() *tuple.Layout { return n.Input.Layout() }
func (n *DistinctOn) Inputs() []Node        { return []Node{n.Input} }

// distinctOn binds DISTINCT ON: the rows are ordered by its expressions, in the
// order in which ORDER BY has them, and then by the rest of ORDER BY.
func (s *selection) distinctOn() error {
	var on []expr.Node
	for _, x := range s.ast.DistinctOn {
		n, err := s.orderExpr(x)
		if err != nil {
			return err
		}
		if _, constant := n.(*expr.Const); !constant {
			on = append(on, n)
		}
	}
	in := func(xs []expr.Node, x expr.Node) bool {
		return slices.ContainsFunc(xs, func(o expr.Node) bool { return expr.Equal(o, x) })
	}
	var ordered []expr.Node
	keys := slices.Clone(s.keys)
	others := false
	for i, k := range s.keys {
		switch {
		case in(ordered, k.x): // said again: it orders nothing more
		case !in(on, k.x):
			others = true
		case others:
			return refuse(statePosition, s.ast.OrderBy[i].Pos(), "the expressions of DISTINCT ON must come first in ORDER BY")
		}
		ordered = append(ordered, k.x)
	}
	for i, x := range on {
		if in(ordered, x) {
			continue
		}
		if others {
			return refuse(statePosition, s.ast.DistinctOn[i].Pos(), "the expressions of DISTINCT ON must come first in ORDER BY")
		}
		keys = append(keys, sortKey{x: x, nullsFirst: true})
	}
	if err := s.project(); err != nil {
		return err
	}
	if len(keys) > 0 {
		s.root = &lSort{input: s.root, keys: keys}
	}
	s.root = &lDistinctOn{input: s.root, keys: on}
	return nil
}

func (p *physical) distinctOn(n *lDistinctOn, need idSet) (built, error) {
	in, err := p.build(n.input, with(need, n.keys...), nothing)
	if err != nil {
		return in, err
	}
	in.node = &DistinctOn{Input: in.node, Keys: p.exprs(n.keys, in.cols)}
	in.ordered, in.limited = false, false
	return in, nil
}

// pushDistinctOn moves the conditions below that drop whole runs.
func (r *rewriter) pushDistinctOn(n *lDistinctOn, conds []expr.Node) lnode {
	keys := idSet{}
	for _, k := range n.keys {
		if c, ok := k.(*expr.Column); ok {
			keys[c.Index] = true
		}
	}
	var below, above []expr.Node
	for _, c := range conds {
		if keys.within(c) && len(expr.Columns(c)) > 0 && expr.VolatilityOf(c) != expr.Volatile {
			below = append(below, c)
		} else {
			above = append(above, c)
		}
	}
	n.input = r.push(n.input, below)
	return filtered(n, above)
}
