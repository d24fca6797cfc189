package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
)

// selection is a SELECT while it is bound: its input grows from FROM upward.
type selection struct {
	*binder
	ast   *ast.Select
	scope *scope
	root  lnode
	out   []outColumn
	items []item // what the select list computes
	keys  []sortKey
	// extra are items that only ORDER BY needs.
	extra []item
	// cells are the subqueries to compute once, before the first row.
	cells []onceCell
}

// bindSelect binds a SELECT. Whether one without GROUP BY is a single group may
// only be known once its subqueries are bound, which can hold aggregates of it:
// then it is bound anew.
func (b *binder) bindSelect(q *ast.Select, parent *scope) (*bound, error) {
	if err := refuseClauses(q); err != nil {
		return nil, err
	}
	s := &selection{binder: b, ast: q, scope: &scope{parent: parent}}
	out, err := s.bind()
	if err != nil && s.scope.owns && s.scope.grouped == nil {
		s = &selection{binder: b, ast: q, scope: &scope{parent: parent, owns: true}}
		return s.bind()
	}
	return out, err
}

// bind binds a SELECT clause by clause, in the order in which SQL evaluates
// them.
func (s *selection) bind() (*bound, error) {
	s.scope.attach = func(f func(lnode) (lnode, error)) (err error) {
		s.root, err = f(s.root)
		return err
	}
	s.scope.once = func(c onceCell) { s.cells = append(s.cells, c) }
	steps := []func() error{s.from, s.where, s.group, s.list, s.order, s.limit}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	if len(s.cells) > 0 {
		s.root = &lOnce{input: s.root, cells: s.cells}
	}
	return &bound{root: s.root, out: s.out}, nil
}

// refuseClauses names what a SELECT may hold that is not there yet.
func refuseClauses(q *ast.Select) error {
	switch {
	case q.Into != nil:
		return unsupported(q.Into.Pos(), "SELECT … INTO makes a table; a query here makes none: leave INTO out, or create a temporary table")
	}
	return nil
}

func (s *selection) from() error {
	if len(s.ast.From) == 0 {
		s.root = &lValues{rows: [][]expr.Node{{}}}
		return nil
	}
	for i, item := range s.ast.From {
		n, err := s.bindTableExpr(s.scope, item, s.root)
		if err != nil {
			return err
		}
		if i > 0 && !isLateral(n, s.root) {
			n = &lJoin{kind: Inner, left: s.root, right: n}
		}
		s.root = n
	}
	return nil
}

func (s *selection) where() error {
	if s.ast.Where == nil {
		return nil
	}
	conds, err := s.bindConditions(s.scope, s.ast.Where, "WHERE")
	if err != nil {
		return err
	}
	if len(conds) > 0 {
		s.root = &lFilter{input: s.root, conds: conds}
	}
	return nil
}

// group binds GROUP BY and the aggregates of all later clauses.
func (s *selection) group() error {
	s.scope.groupable = true
	if s.ast.GroupBy == nil && !s.scope.owns && !s.hasAggregates() {
		switch {
		case s.ast.Having == nil:
			return nil
		case s.opt.Dialect == expr.MySQL:
			return s.having()
		}
		// HAVING alone makes the query one group.
	}
	return s.aggregate()
}

// list binds the select list.
func (s *selection) list() error {
	s.scope.windows = &windowing{selection: s}
	if err := s.scope.windows.checkWindows(); err != nil {
		return err
	}
	for _, it := range s.ast.Items {
		if star, ok := it.X.(*ast.Star); ok {
			if err := s.star(star); err != nil {
				return err
			}
			continue
		}
		x, err := s.bindGrouped(it.X)
		if err != nil {
			return err
		}
		s.add(itemName(it), x)
	}
	if len(s.out) == 0 {
		return fail(providers.KindSyntax, s.ast.Pos(), "the select list is empty")
	}
	return nil
}

// add appends an output column.
func (s *selection) add(name string, x expr.Node) {
	id := s.newColumn(name, x.Type(), !x.Nullable())
	s.items = append(s.items, item{id, x})
	s.out = append(s.out, outColumn{id, name})
}

// star expands * and t.*.
func (s *selection) star(star *ast.Star) error {
	return s.eachColumn(star, func(c scopeColumn) (err error) {
		x := c.x
		if s.scope.grouped != nil {
			if x, err = s.scope.grouped.replace(x); err != nil {
				return located(err, star.Pos())
			}
		}
		s.add(c.name, x)
		return nil
	})
}

// eachColumn calls f with the columns that * or t.* stands for.
func (s *selection) eachColumn(star *ast.Star, f func(scopeColumn) error) error {
	if len(s.scope.tables) == 0 {
		return fail(providers.KindSyntax, star.Pos(), "SELECT * needs a FROM")
	}
	known := false
	for _, t := range s.scope.tables {
		known = known || t.matches(star.Qualifier.Parts)
	}
	if !known {
		return fail(providers.KindColumn, star.Pos(), "`%s` in `%s.*` is no table of this query", star.Qualifier, star.Qualifier)
	}
	found := make([]bool, len(star.Except))
	for _, c := range s.scope.cols {
		qualified := len(star.Qualifier.Parts) > 0
		if c.hidden || c.merged && !qualified || qualified && (c.table == nil || !c.table.matches(star.Qualifier.Parts)) {
			continue
		}
		if excepted(star.Except, c, found) {
			continue
		}
		if err := f(c); err != nil {
			return err
		}
	}
	if i := slices.Index(found, false); i >= 0 {
		return fail(providers.KindColumn, star.Except[i].Pos(), "`%s` in EXCEPT is no column of the *", star.Except[i])
	}
	return nil
}

// excepted reports whether a column is one that * goes without, and notes which
// of the names it has.
func excepted(names []ast.Name, c scopeColumn, found []bool) (out bool) {
	for i, n := range names {
		tables := n.Parts[:len(n.Parts)-1]
		if strings.EqualFold(n.Last().Text, c.name) && (len(tables) == 0 || c.table != nil && c.table.matches(tables)) {
			found[i], out = true, true
		}
	}
	return out
}

// itemName is the name of an output column: its alias, the column's own name,
// the function's, or "?column?" as PostgreSQL says.
func itemName(it ast.SelectItem) string {
	if !it.Alias.IsZero() {
		return it.Alias.Text
	}
	return exprName(it.X)
}

func exprName(x ast.Expr) string {
	switch x := x.(type) {
	case *ast.ColumnRef:
		return x.Name.Last().Text
	case *ast.Func:
		return strings.ToLower(x.Name.Last().Text)
	case *ast.Cast:
		return exprName(x.X)
	case *ast.Case:
		return "case"
	case *ast.Exists:
		return "exists"
	}
	return "?column?"
}

// order binds DISTINCT and ORDER BY, and puts the select list's projection
// where both can see what they need.
func (s *selection) order() error {
	keys, err := s.orderKeys()
	if err != nil {
		return err
	}
	s.keys = keys
	if len(s.ast.DistinctOn) > 0 {
		return s.distinctOn()
	}
	if s.ast.Distinct && len(s.extra) > 0 {
		return refuse(statePosition, s.ast.OrderBy[0].Pos(), "with SELECT DISTINCT, ORDER BY may only use columns of the select list")
	}
	if err := s.project(); err != nil {
		return err
	}
	if s.ast.Distinct {
		s.root = &lDistinct{input: s.root}
	}
	if len(keys) > 0 {
		s.root = &lSort{input: s.root, keys: keys}
	}
	return nil
}

func (s *selection) orderKeys() ([]sortKey, error) {
	if len(s.ast.OrderBy) == 0 {
		return nil, nil
	}
	if isStar(s.ast.OrderBy[0].X) {
		return s.allKeys(s.out, s.ast.OrderBy[0]), nil
	}
	keys := make([]sortKey, 0, len(s.ast.OrderBy))
	for _, it := range s.ast.OrderBy {
		x, err := s.orderExpr(it.X)
		if err != nil {
			return nil, err
		}
		if _, constant := x.(*expr.Const); constant {
			continue // every row is equal under it
		}
		keys = append(keys, orderKey(x, it))
	}
	return keys, nil
}

// orderExpr resolves one ORDER BY term: a position, an output column's name,
// or an expression over the query's input, which becomes an extra column.
func (s *selection) orderExpr(x ast.Expr) (expr.Node, error) {
	if n, ok, err := s.ordinal(x, s.out); ok || err != nil {
		return n, err
	}
	if ref, ok := x.(*ast.ColumnRef); ok && len(ref.Name.Parts) == 1 {
		if id, ok, err := s.outputNamed(ref); ok || err != nil {
			return s.ref(id), err
		}
	}
	s.scope.aliases = s.outputAlias
	n, err := s.bindGrouped(x)
	s.scope.aliases = nil
	if err != nil {
		return nil, err
	}
	for _, it := range slices.Concat(s.items, s.extra) {
		if expr.Equal(it.x, n) {
			return s.ref(it.id), nil
		}
	}
	if _, ok := n.(*expr.Const); ok {
		return n, nil
	}
	id := s.newColumn(n.String(), n.Type(), !n.Nullable())
	s.extra = append(s.extra, item{id, n})
	return s.ref(id), nil
}

// outputNamed finds an output column by name. Two of the same name are fine
// when they are the same thing.
func (s *selection) outputNamed(ref *ast.ColumnRef) (int, bool, error) {
	name := ref.Name.Parts[0].Text
	hit := -1
	for i, o := range s.out {
		if !strings.EqualFold(o.name, name) {
			continue
		}
		if hit >= 0 && !expr.Equal(s.items[hit].x, s.items[i].x) {
			return 0, false, refuse(stateAmbiguous, ref.Pos(), "`%s` in ORDER BY is ambiguous: two columns of the select list have that name", name)
		}
		hit = i
	}
	if hit < 0 {
		return 0, false, nil
	}
	return s.out[hit].id, true, nil
}

// outputAlias gives the expression behind an alias of the select list, for
// names inside ORDER BY expressions and GROUP BY that are no columns.
func (s *selection) outputAlias(name string) (ast.Expr, bool) {
	for _, it := range s.ast.Items {
		if strings.EqualFold(it.Alias.Text, name) && !it.Alias.IsZero() {
			return it.X, true
		}
	}
	return nil, false
}

// limit applies TOP, then LIMIT and OFFSET.
func (s *selection) limit() (err error) {
	if top := s.ast.Top; top != nil {
		l := &ast.Limit{Loc: top.Loc, Count: top.Count, Percent: top.Percent, WithTies: top.WithTies}
		if s.root, err = s.limited(s.root, l, s.keys, s.scope.parent); err != nil {
			return err
		}
	}
	s.root, err = s.limited(s.root, s.ast.Limit, s.keys, s.scope.parent)
	return err
}

// bindConditions binds a condition and splits it at its ANDs. Subqueries that
// can be joins become joins of the query's input.
func (b *binder) bindConditions(s *scope, x ast.Expr, clause string) ([]expr.Node, error) {
	var conds []expr.Node
	for _, c := range astConjuncts(x) {
		n, done, err := b.bindSemiJoin(s, c)
		if err != nil {
			return nil, err
		}
		if done {
			continue
		}
		if n == nil {
			n, err = b.bindExpr(s, c)
		}
		if err != nil {
			return nil, err
		}
		if n, err = b.opt.Dialect.And(n); err == nil {
			n, err = asCondition(n)
		}
		if err != nil {
			return nil, located(fmt.Errorf("%s: %w", clause, err), c.Pos())
		}
		conds = append(conds, expr.Conjuncts(expr.FoldStatement(n, b.opt.Statement))...)
	}
	return conds, nil
}

// asCondition checks that an expression is a truth value.
func asCondition(n expr.Node) (expr.Node, error) {
	return expr.Coerce(n, boolType)
}

// astConjuncts splits a condition at its top-level ANDs, without recursion on
// the left, where chains are long.
func astConjuncts(x ast.Expr) []ast.Expr {
	var out []ast.Expr
	for {
		b, ok := x.(*ast.Binary)
		if !ok || b.Op != ast.And {
			break
		}
		out = append(out, b.R)
		x = b.L
	}
	out = append(out, x)
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}
