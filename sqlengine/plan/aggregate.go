package plan

import (
	"slices"
	"strconv"
	"strings"

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
	// sets are the grouping sets, by positions in keys, and set is the number
	// of the column that tells which of them a group is of; nil and -1 where
	// there is one set of all keys.
	sets [][]int
	set  int
}

// hasAggregates reports whether any clause after WHERE calls an aggregate of
// this query (not of a subquery in it).
func (s *selection) hasAggregates() bool {
	found := s.callsAggregate(s.ast.Having)
	for _, it := range s.ast.Items {
		found = found || s.callsAggregate(it.X)
	}
	for _, it := range s.ast.OrderBy {
		found = found || s.callsAggregate(it.X)
	}
	found = found || s.callsAggregate(s.ast.Qualify)
	for _, d := range s.ast.Windows {
		for _, x := range d.Spec.PartitionBy {
			found = found || s.callsAggregate(x)
		}
		for _, it := range d.Spec.OrderBy {
			found = found || s.callsAggregate(it.X)
		}
	}
	return found
}

// callsAggregate reports whether an expression calls an aggregate of this
// query. One that speaks of columns around the query alone is of a query
// around; those of the subqueries in the expression are found when they are
// bound: see scope.owns.
func (s *selection) callsAggregate(x ast.Expr) bool {
	return slices.ContainsFunc(aggregateCalls(x), func(f *ast.Func) bool {
		_, level := s.aggregateScope(s.scope, f)
		return level == 0 && !s.anyValue(f)
	})
}

// aggregateCalls are the calls of aggregates in an expression, without those
// over windows and in subqueries.
func aggregateCalls(x ast.Expr) (calls []*ast.Func) {
	if x == nil {
		return nil
	}
	ast.Inspect(x, func(n ast.Node) bool {
		if _, sub := n.(ast.Query); sub {
			return false
		}
		if f, ok := n.(*ast.Func); ok && f.Over == nil && expr.IsAggregate(f.Name.Last().Text) {
			calls = append(calls, f)
		}
		return true
	})
	return calls
}

// aggregate binds GROUP BY; from then on expressions see groups.
func (s *selection) aggregate() error {
	g := &grouping{binder: s.binder, agg: &lAggregate{}, outputs: idSet{}, set: -1}
	if s.ast.GroupBy != nil {
		if err := s.groupKeys(g); err != nil {
			return err
		}
	}
	s.scope.grouped = g
	// The aggregates are collected while HAVING, the select list and ORDER BY
	// are bound; their arguments' subqueries must be joined beneath.
	input := &g.agg.input
	if g.sets == nil {
		g.agg.groupBy = g.keys
		*input = s.root
		s.root = g.agg
	} else {
		v := g.variants(s.root)
		input = &v.input
		s.root = g.overSets(v)
	}
	s.scope.attachBelow = func(f func(lnode) (lnode, error)) (err error) {
		*input, err = f(*input)
		return err
	}
	if s.ast.Having == nil {
		return nil
	}
	return s.having()
}

// having filters groups, or rows where MySQL lets HAVING do so.
func (s *selection) having() error {
	s.scope.aliases, s.scope.aliasesFirst = s.outputAlias, s.opt.Dialect == expr.MySQL
	if s.scope.aliasesFirst {
		s.scope.aliases = s.havingAlias
	}
	conds, err := s.bindConditions(s.scope, s.ast.Having, "HAVING")
	s.scope.aliases, s.scope.aliasesFirst = nil, false
	if err != nil {
		return err
	}
	for i := range conds {
		if s.scope.grouped == nil {
			break
		}
		if conds[i], err = s.scope.grouped.replace(conds[i]); err != nil {
			return located(err, s.ast.Having.Pos())
		}
	}
	if len(conds) > 0 {
		s.root = &lFilter{input: s.root, conds: conds}
	}
	return nil
}

// havingAlias is outputAlias by MySQL's order: a column of GROUP BY comes
// before an alias, an alias before any other column.
func (s *selection) havingAlias(name string) (ast.Expr, bool) {
	if s.ast.GroupBy != nil && groupsByName(s.ast.GroupBy.Elements, name) && s.scope.find(nil, name) != nil {
		return nil, false
	}
	return s.outputAlias(name)
}

func groupsByName(elements []ast.Grouping, name string) bool {
	return slices.ContainsFunc(elements, func(e ast.Grouping) bool {
		return groupsByName(e.Sets, name) || slices.ContainsFunc(e.Exprs, func(x ast.Expr) bool {
			ref, ok := x.(*ast.ColumnRef)
			return ok && strings.EqualFold(ref.Name.Last().Text, name)
		})
	})
}

// groupKey adds a grouping expression and gives its place among the keys.
func (s *selection) groupKey(g *grouping, x ast.Expr) (int, error) {
	n, err := s.groupExpr(x)
	if err != nil {
		return 0, err
	}
	return s.addKey(g, n), nil
}

func (s *selection) addKey(g *grouping, n expr.Node) int {
	for i, k := range g.keys {
		if expr.Equal(k.x, n) {
			return i
		}
	}
	id := s.newColumn(n.String(), n.Type(), !n.Nullable())
	if c, ok := n.(*expr.Column); ok {
		s.cols[id].name = c.Name
	}
	g.keys = append(g.keys, item{id, n})
	g.outputs[id] = true
	return len(g.keys) - 1
}

// groupExpr resolves one GROUP BY term: a column of the input, else a position
// or an alias of the select list, else any expression.
func (s *selection) groupExpr(x ast.Expr) (expr.Node, error) {
	if lit, ok := x.(*ast.Literal); ok && lit.Kind == ast.Number {
		n, err := strconv.Atoi(lit.Text)
		if err != nil || n < 1 || n > len(s.ast.Items) {
			return nil, refuse(statePosition, lit.Pos(), "position %s is not in the select list, which has %d columns", lit.Text, len(s.ast.Items))
		}
		if slices.ContainsFunc(s.ast.Items[:n], func(it ast.SelectItem) bool { return isStar(it.X) }) {
			return nil, unsupported(lit.Pos(), "position "+lit.Text+" in GROUP BY counts a *; name the column")
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

// firstValue is what a column that is neither grouped nor aggregated stands for
// under MySQL: its value in a row of the group, for all such columns the same.
func (g *grouping) firstValue(c *expr.Column) (expr.Node, error) {
	a, err := expr.NewAggregate("FIRST", []expr.Node{c}, false, false)
	if err != nil {
		return nil, err
	}
	return g.aggregateCall(a), nil
}

// replace turns every grouping expression into its column and refuses what is
// neither grouped nor aggregated, except under MySQL.
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
		if g.binder.opt.Dialect == expr.MySQL {
			return g.firstValue(c)
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
