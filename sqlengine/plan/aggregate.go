package plan

import (
	"strconv"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
)

// grouping is what expressions may refer to once a query is grouped.
type grouping struct {
	binder *binder
	keys   []item
	agg    *lAggregate
	// outputs are the numbers of grouping columns and aggregates.
	outputs idSet
}

// hasAggregates reports whether any clause after WHERE calls an aggregate of
// this query (not of a subquery in it).
func (s *selection) hasAggregates() bool {
	found := false
	look := func(x ast.Expr) {
		if x == nil {
			return
		}
		ast.Inspect(x, func(n ast.Node) bool {
			if _, sub := n.(ast.Query); sub {
				return false
			}
			if f, ok := n.(*ast.Func); ok && f.Over == nil && expr.IsAggregate(f.Name.Last().Text) {
				found = true
			}
			return !found
		})
	}
	for _, it := range s.ast.Items {
		look(it.X)
	}
	look(s.ast.Having)
	for _, it := range s.ast.OrderBy {
		look(it.X)
	}
	return found
}

// aggregate binds GROUP BY; from then on expressions see groups.
func (s *selection) aggregate() error {
	g := &grouping{binder: s.binder, agg: &lAggregate{}, outputs: idSet{}}
	if s.ast.GroupBy != nil {
		if s.ast.GroupBy.All {
			return unsupported(s.ast.GroupBy.Pos(), "GROUP BY ALL is not supported yet")
		}
		for _, e := range s.ast.GroupBy.Elements {
			if e.Kind != ast.GroupExprs {
				return unsupported(e.Pos(), "ROLLUP, CUBE and GROUPING SETS are not supported yet")
			}
			for _, x := range e.Exprs {
				if err := s.groupKey(g, x); err != nil {
					return err
				}
			}
		}
	}
	g.agg.groupBy = g.keys
	s.scope.grouped = g
	// The aggregates are collected while HAVING, the select list and ORDER BY
	// are bound; their arguments' subqueries must be joined beneath.
	pre := s.root
	g.agg.input = pre
	s.root = g.agg
	s.scope.attachBelow = func(f func(lnode) (lnode, error)) (err error) {
		g.agg.input, err = f(g.agg.input)
		return err
	}
	if s.ast.Having == nil {
		return nil
	}
	s.scope.aliases = s.outputAlias
	conds, err := s.bindGroupedConditions(s.ast.Having)
	s.scope.aliases = nil
	if err == nil && len(conds) > 0 {
		s.root = &lFilter{input: s.root, conds: conds}
	}
	return err
}

func (s *selection) groupKey(g *grouping, x ast.Expr) error {
	n, err := s.groupExpr(x)
	if err != nil {
		return err
	}
	for _, k := range g.keys {
		if expr.Equal(k.x, n) {
			return nil
		}
	}
	id := s.newColumn(n.String(), n.Type(), !n.Nullable())
	if c, ok := n.(*expr.Column); ok {
		s.cols[id].name = c.Name
	}
	g.keys = append(g.keys, item{id, n})
	g.outputs[id] = true
	return nil
}

// groupExpr resolves one GROUP BY term: a column of the input, else a position
// or an alias of the select list, else any expression.
func (s *selection) groupExpr(x ast.Expr) (expr.Node, error) {
	if lit, ok := x.(*ast.Literal); ok && lit.Kind == ast.Number {
		n, err := strconv.Atoi(lit.Text)
		if err != nil || n < 1 || n > len(s.ast.Items) {
			return nil, fail(providers.KindSyntax, lit.Pos(), "position %s is not in the select list, which has %d columns", lit.Text, len(s.ast.Items))
		}
		return s.bindExpr(s.scope, s.ast.Items[n-1].X)
	}
	if ref, ok := x.(*ast.ColumnRef); ok && len(ref.Name.Parts) == 1 {
		if s.scope.find(nil, ref.Name.Parts[0].Text) == nil {
			if e, ok := s.outputAlias(ref.Name.Parts[0].Text); ok {
				return s.bindExpr(s.scope, e)
			}
		}
	}
	return s.bindExpr(s.scope, x)
}

// bindGrouped binds an expression of a clause that comes after grouping.
func (s *selection) bindGrouped(x ast.Expr) (expr.Node, error) {
	n, err := s.bindExpr(s.scope, x)
	if err != nil || s.scope.grouped == nil {
		return n, err
	}
	n, err = s.scope.grouped.replace(n)
	return n, located(err, x.Pos())
}

func (s *selection) bindGroupedConditions(x ast.Expr) ([]expr.Node, error) {
	conds, err := s.bindConditions(s.scope, x, "HAVING")
	if err != nil {
		return nil, err
	}
	for i := range conds {
		if conds[i], err = s.scope.grouped.replace(conds[i]); err != nil {
			return nil, located(err, x.Pos())
		}
	}
	return conds, nil
}

// aggregateCall registers an aggregate and returns its column.
func (g *grouping) aggregateCall(a *expr.Aggregate) expr.Node {
	for _, c := range g.agg.calls {
		if c.x.Equal(a) {
			return g.binder.ref(c.id)
		}
	}
	id := g.binder.newColumn(a.String(), a.Type(), !a.Nullable())
	g.agg.calls = append(g.agg.calls, call{id, a})
	g.outputs[id] = true
	return g.binder.ref(id)
}

// replace turns every grouping expression into its column and refuses what is
// neither grouped nor aggregated.
func (g *grouping) replace(n expr.Node) (expr.Node, error) {
	for _, k := range g.keys {
		if expr.Equal(k.x, n) {
			return g.binder.ref(k.id), nil
		}
	}
	if c, ok := n.(*expr.Column); ok {
		if g.outputs[c.Index] {
			return n, nil
		}
		return nil, &providers.Error{Kind: providers.KindColumn, State: "42803",
			Message: "column `" + c.Name + "` must stand in GROUP BY or in an aggregate such as MIN(" + c.Name + ")"}
	}
	children := n.Children()
	if len(children) == 0 {
		return n, nil
	}
	out := make([]expr.Node, len(children))
	for i, c := range children {
		var err error
		if out[i], err = g.replace(c); err != nil {
			return nil, err
		}
	}
	return n.WithChildren(out), nil
}
