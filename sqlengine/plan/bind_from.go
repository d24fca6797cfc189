package plan

import (
	"slices"
	"sort"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqltypes"
)

var boolType = sqltypes.Of(sqltypes.Bool)

// isLateral reports whether n already contains what stood to its left: an
// Apply runs above it.
func isLateral(n, left lnode) bool {
	return n == left || slices.ContainsFunc(inputs(n), func(in lnode) bool { return isLateral(in, left) })
}

// bindTableExpr binds an item of FROM and adds its columns to the scope. left
// is what stands before it, for LATERAL.
func (b *binder) bindTableExpr(s *scope, t ast.TableExpr, left lnode) (lnode, error) {
	switch t := t.(type) {
	case *ast.TableName:
		return b.bindTableName(s, t)
	case *ast.Derived:
		return b.bindDerived(s, t, left)
	case *ast.Join:
		return b.bindJoin(s, t, left)
	case *ast.TableFunc:
		return b.bindTableFunc(s, t, left)
	case *ast.JSONTable:
		return b.bindJSONTable(s, t, left)
	case *ast.Pivot:
		return b.bindPivot(s, t, left)
	case *ast.Unpivot:
		return b.bindUnpivot(s, t)
	}
	return nil, unsupported(t.Pos(), "this item of FROM")
}

func (b *binder) bindTableName(s *scope, t *ast.TableName) (lnode, error) {
	switch {
	case t.Sample != nil:
		return nil, unsupported(t.Sample.Pos(), "TABLESAMPLE is not supported")
	case t.AsOf != nil:
		return nil, unsupported(t.AsOf.Pos(), "FOR SYSTEM_TIME: the server keeps no history")
	case len(t.Partitions) > 0:
		return nil, unsupported(t.Pos(), "PARTITION: the tables have none")
	}
	if len(t.Name.Parts) == 1 {
		if c := s.cte(t.Name.Parts[0].Text); c != nil {
			return b.bindCTE(s, c, t)
		}
		if strings.EqualFold(t.Name.Parts[0].Text, "DUAL") && t.Alias.IsZero() {
			s.tables = append(s.tables, &scopeTable{name: "DUAL"})
			return &lValues{rows: [][]expr.Node{{}}}, nil
		}
	}
	known, err := b.findTable(t.Name)
	if err != nil {
		return nil, err
	}
	if known.View != nil {
		return b.bindView(s, known.View, t)
	}
	table := known.Table
	info := table.Info()
	scan := &lScan{table: table, alias: t.Alias.Name.Text}
	st := &scopeTable{name: info.Name, schema: strings.Split(info.Schema, "."), scan: scan}
	if !t.Alias.Name.IsZero() {
		st.name, st.schema = t.Alias.Name.Text, nil
	}
	if err := s.addTable(st, t.Pos()); err != nil {
		return nil, err
	}
	first := len(s.cols)
	for i := range info.Columns {
		c := &info.Columns[i]
		name := c.Name
		if b.qualify {
			name = st.name + "." + name
		}
		id := b.newColumn(name, c.Type, !c.Nullable)
		scan.ids = append(scan.ids, id)
		s.cols = append(s.cols, scopeColumn{table: st, name: c.Name, alias: c.Aliases, x: b.ref(id), hidden: c.Hidden})
	}
	return scan, rename(s.cols[first:], t.Alias, t.Pos())
}

// addTable puts a table into the scope; two of one name need aliases.
func (s *scope) addTable(t *scopeTable, at ast.Pos) error {
	for _, o := range s.tables {
		if strings.EqualFold(o.name, t.name) && strings.EqualFold(strings.Join(o.schema, "."), strings.Join(t.schema, ".")) {
			return refuse(stateDuplicateAlias, at, "table name `%s` stands twice in FROM; give one an alias", t.name)
		}
	}
	s.tables = append(s.tables, t)
	return nil
}

func (s *scope) cte(name string) *cte {
	for at := s; at != nil; at = at.parent {
		if c := at.ctes[strings.ToLower(name)]; c != nil {
			return c
		}
	}
	return nil
}

// findTable looks a name up: the last part is the table, all before it the
// schema, however many parts that has.
func (b *binder) findTable(name ast.Name) (Named, error) {
	parts := name.Parts
	schema, table := joinIdents(parts[:len(parts)-1]), parts[len(parts)-1].Text
	if b.opt.Local != nil {
		if known, err := b.opt.Local(schema, table, b.within()); err != nil || known != (Named{}) {
			return known, located(err, name.Pos())
		}
	}
	if schema == "" {
		schema = b.opt.Schema
	}
	t, err := b.opt.Catalog.Table(b.ctx, schema, table)
	return Named{Table: t}, located(err, name.Pos())
}

// bindDerived binds a query in FROM. With LATERAL it sees the columns before it.
func (b *binder) bindDerived(s *scope, d *ast.Derived, left lnode) (lnode, error) {
	if d.Lateral && left != nil {
		inner := *s // a copy: the derived table's own columns come later
		q, err := b.bindQuery(d.Query, inner.inner())
		if err != nil {
			return nil, err
		}
		if err := b.addDerived(s, q, d.Alias, d.Pos()); err != nil {
			return nil, err
		}
		return &lApply{kind: Inner, left: left, right: q.root}, nil
	}
	// Without LATERAL it sees what is around the query, not the tables beside it.
	q, err := b.bindQuery(d.Query, s.parent)
	if err != nil {
		return nil, err
	}
	return q.root, b.addDerived(s, q, d.Alias, d.Pos())
}

func (b *binder) addDerived(s *scope, q *bound, alias ast.Alias, at ast.Pos) error {
	if len(alias.Columns) > len(q.out) {
		return refuse(statePosition, at, "`%s` has %d columns, %d names are given for them", alias.Name.Text, len(q.out), len(alias.Columns))
	}
	st := &scopeTable{name: alias.Name.Text}
	if !alias.Name.IsZero() {
		if err := s.addTable(st, at); err != nil {
			return err
		}
	} else {
		s.tables = append(s.tables, st)
	}
	for i, o := range q.out {
		name := o.name
		if i < len(alias.Columns) {
			name = alias.Columns[i].Text
		}
		s.cols = append(s.cols, scopeColumn{table: st, name: name, x: b.ref(o.id)})
	}
	return nil
}

// bindJoin binds a join. RIGHT joins are LEFT joins with the sides exchanged:
// the order of columns comes from the scope, not from the tree.
func (b *binder) bindJoin(s *scope, j *ast.Join, before lnode) (lnode, error) {
	firstLeft := len(s.cols)
	left, err := b.bindTableExpr(s, j.Left, before)
	if err != nil {
		return nil, err
	}
	// A LATERAL sees the tables before the comma or the parenthesis, too.
	seen := left
	if before != nil && !isLateral(left, before) && hasLateral(applied(j)) {
		seen = &lJoin{kind: Inner, left: before, right: left}
	}
	if before != nil && isLateral(left, before) && (j.Kind == ast.RightJoin || j.Kind == ast.FullJoin) {
		return nil, unsupported(j.Pos(), "a RIGHT or FULL JOIN after a LATERAL that sees tables before the comma; write CROSS JOIN in place of the comma")
	}
	firstRight := len(s.cols)
	right, err := b.bindTableExpr(s, applied(j), seen)
	if err != nil {
		return nil, err
	}
	if a, ok := right.(*lApply); ok && a.left == seen {
		return b.lateralJoin(s, j, a, firstRight)
	}
	if isLateral(right, left) {
		return b.nestedLateral(s, j, right)
	}
	if j.Kind == ast.CrossApply || j.Kind == ast.OuterApply {
		return b.lateralJoin(s, j, &lApply{kind: Inner, left: left, right: right}, firstRight)
	}
	out := &lJoin{left: left, right: right}
	switch j.Kind {
	case ast.LeftJoin:
		out.kind = Left
	case ast.RightJoin:
		out.kind, out.left, out.right = Left, right, left
	case ast.FullJoin:
		out.kind = Full
	}
	b.nullSide(s, j.Kind, firstLeft, firstRight)
	names := j.Using
	if j.Natural {
		names = s.sharedNames(firstLeft, firstRight)
	}
	var root lnode = out
	if len(names) > 0 {
		if root, err = b.using(s, out, j, names, firstLeft, firstRight); err != nil {
			return nil, err
		}
	}
	switch {
	case j.On == nil:
	case out.kind == Inner:
		return b.innerCondition(s, out, j.On)
	case out.kind == Left && holdsQuery(j.On):
		return b.outerCondition(s, out, j.On)
	default:
		if out.on, err = b.joinCondition(s, j.On); err == nil {
			err = b.withinJoin(out, out.on, j.On)
		}
		if err != nil {
			return nil, err
		}
	}
	return root, nil
}

// applied is the right side of a join: that of CROSS and OUTER APPLY is LATERAL
// without the word.
func applied(j *ast.Join) ast.TableExpr {
	d, ok := j.Right.(*ast.Derived)
	if !ok || j.Kind != ast.CrossApply && j.Kind != ast.OuterApply {
		return j.Right
	}
	c := *d
	c.Lateral = true
	return &c
}

func hasLateral(t ast.TableExpr) bool {
	switch t.(type) {
	case *ast.TableFunc, *ast.JSONTable:
		return true
	}
	d, ok := t.(*ast.Derived)
	return ok && d.Lateral
}

// lateralJoin finishes JOIN LATERAL and CROSS or OUTER APPLY.
func (b *binder) lateralJoin(s *scope, j *ast.Join, a *lApply, firstRight int) (lnode, error) {
	if j.Kind == ast.LeftJoin || j.Kind == ast.OuterApply {
		a.kind = Left
		b.nullSide(s, ast.LeftJoin, firstRight, firstRight)
	} else if j.Kind == ast.RightJoin || j.Kind == ast.FullJoin {
		return nil, fail(providers.KindSyntax, j.Pos(), "a RIGHT or FULL JOIN cannot have a LATERAL side")
	}
	if j.On == nil {
		return a, nil
	}
	on, err := b.joinCondition(s, j.On)
	if err != nil || len(on) == 0 {
		return a, err
	}
	if a.kind == Left {
		// The condition belongs to the right side, which sees the left row.
		around := setOf(a.left.columns())
		a.right = &lFilter{input: a.right, conds: mapped(on, func(c expr.Node) expr.Node { return sunk(c, around) })}
		return a, nil
	}
	return &lFilter{input: a, conds: on}, nil
}

// nestedLateral finishes a join whose right side is a join in parentheses with a
// LATERAL in it that sees the left side: both are joined already, and only the
// condition is left.
func (b *binder) nestedLateral(s *scope, j *ast.Join, n lnode) (lnode, error) {
	if j.Kind != ast.InnerJoin && j.Kind != ast.CrossJoin || j.Natural || j.Using != nil {
		return nil, unsupported(j.Pos(), "an outer, NATURAL or USING join with a LATERAL in parentheses that sees tables before them; join from left to right, or put a subquery in their place")
	}
	if j.On == nil {
		return n, nil
	}
	on, err := b.joinCondition(s, j.On)
	if err != nil || len(on) == 0 {
		return n, err
	}
	return &lFilter{input: n, conds: on}, nil
}

func (b *binder) joinCondition(s *scope, on ast.Expr) ([]expr.Node, error) {
	saved := s.attach
	s.attach = func(func(lnode) (lnode, error)) error {
		return unsupported(on.Pos(), "a subquery in ON that depends on the row; move it to WHERE or to a derived table")
	}
	defer func() { s.attach = saved }()
	n, err := b.bindExpr(s, on)
	if err != nil {
		return nil, err
	}
	if n, err = b.opt.Dialect.And(n); err == nil {
		n, err = asCondition(n)
	}
	if err != nil {
		return nil, located(err, on.Pos())
	}
	return trueFree(expr.Conjuncts(expr.Fold(n))), nil
}

// innerCondition binds the ON of an inner join. It means what WHERE does, so
// subqueries in it are joined above the tables.
func (b *binder) innerCondition(s *scope, join *lJoin, on ast.Expr) (lnode, error) {
	var root lnode = join
	conds, err := b.conditionsOver(s, on, &root)
	if err != nil {
		return nil, err
	}
	if err := b.withinJoin(root, conds, on); err != nil {
		return nil, err
	}
	if root == lnode(join) {
		join.on = append(join.on, conds...)
		return join, nil
	}
	for n := root; n != lnode(join); n = inputs(n)[0] {
		if err := b.withinJoin(n, ownExprs(n), on); err != nil {
			return nil, err
		}
		if a, ok := n.(*lApply); ok {
			reads := idSet{}
			outerReads(a.right, 1, reads)
			for id := range reads {
				if err := b.withinJoin(a.left, []expr.Node{b.ref(id)}, on); err != nil {
					return nil, err
				}
			}
		}
	}
	return filtered(root, conds), nil
}

// withinJoin refuses an ON that names a table outside its join: FROM a, b JOIN
// c ON c.x = a.x joins b and c alone.
func (b *binder) withinJoin(n lnode, conds []expr.Node, on ast.Expr) error {
	have := setOf(n.columns())
	for _, in := range inputs(n) {
		for _, id := range in.columns() {
			have[id] = true
		}
	}
	for _, c := range conds {
		for id := range expr.Columns(c) {
			if !have[id] {
				return fail(providers.KindColumn, on.Pos(), "column `%s` of this ON is of a table outside the join; write JOIN in place of the comma, or move the condition to WHERE", b.cols[id].name)
			}
		}
	}
	return nil
}

// trueFree drops conditions that are always true.
func trueFree(conds []expr.Node) []expr.Node {
	out := conds[:0]
	for _, c := range conds {
		if k, ok := c.(*expr.Const); ok && !k.V.Null && k.V.I != 0 {
			continue
		}
		out = append(out, c)
	}
	return out
}

// nullSide marks the columns that an outer join may turn into NULL.
func (b *binder) nullSide(s *scope, kind ast.JoinKind, firstLeft, firstRight int) {
	relax := func(cols []scopeColumn) {
		for i := range cols {
			if c, ok := cols[i].x.(*expr.Column); ok {
				b.cols[c.Index].notNull = false
				cols[i].x = b.ref(c.Index)
			}
		}
	}
	if kind == ast.LeftJoin || kind == ast.FullJoin {
		relax(s.cols[firstRight:])
	}
	if kind == ast.RightJoin || kind == ast.FullJoin {
		relax(s.cols[firstLeft:firstRight])
	}
}

// sharedNames are the columns of NATURAL JOIN, in the left side's order.
func (s *scope) sharedNames(firstLeft, firstRight int) []ast.Ident {
	var names []ast.Ident
	for _, l := range s.cols[firstLeft:firstRight] {
		if l.hidden || l.merged {
			continue
		}
		for _, r := range s.cols[firstRight:] {
			if !r.hidden && !r.merged && strings.EqualFold(l.name, r.name) {
				names = append(names, ast.Ident{Text: l.name})
				break
			}
		}
	}
	return names
}

// using joins by columns of the same name and merges each pair into one.
func (b *binder) using(s *scope, join *lJoin, j *ast.Join, names []ast.Ident, firstLeft, firstRight int) (lnode, error) {
	if b.opt.Dialect == expr.MySQL {
		names = s.inTableOrder(names, j.Kind, firstLeft, firstRight)
	}
	for i, name := range names {
		// The columns merged so far stand before both sides.
		l, err := s.usingColumn(firstLeft+i, firstRight+i, name, "left", j)
		if err != nil {
			return nil, err
		}
		r, err := s.usingColumn(firstRight+i, len(s.cols), name, "right", j)
		if err != nil {
			return nil, err
		}
		eq, err := expr.NewCompare(expr.EQ, s.cols[l].x, s.cols[r].x)
		if err != nil {
			return nil, located(err, j.Pos())
		}
		join.on = append(join.on, eq)
		switch j.Kind {
		case ast.RightJoin:
			s.mergeInto(firstLeft+i, l, r, s.cols[r].x)
		case ast.FullJoin:
			x, err := expr.NewCall("COALESCE", []expr.Node{s.cols[l].x, s.cols[r].x})
			if err != nil {
				return nil, located(err, j.Pos())
			}
			s.mergeInto(firstLeft+i, l, r, x)
		default:
			s.mergeInto(firstLeft+i, l, r, s.cols[l].x)
		}
	}
	if b.opt.Dialect == expr.MySQL && j.Kind == ast.RightJoin {
		firstLeft, firstRight = firstLeft+len(names), firstRight+len(names)
		right := slices.Clone(s.cols[firstRight:])
		s.cols = append(append(s.cols[:firstLeft:firstLeft], right...), s.cols[firstLeft:firstRight]...)
	}
	return join, nil
}

// inTableOrder sorts the columns of USING as MySQL shows them: as they come in
// the left table, or in the right one of a RIGHT JOIN, whose columns come first.
func (s *scope) inTableOrder(names []ast.Ident, kind ast.JoinKind, firstLeft, firstRight int) []ast.Ident {
	side := s.cols[firstLeft:firstRight]
	if kind == ast.RightJoin {
		side = s.cols[firstRight:]
	}
	place := func(name ast.Ident) int {
		return slices.IndexFunc(side, func(c scopeColumn) bool { return strings.EqualFold(c.name, name.Text) })
	}
	names = slices.Clone(names)
	sort.Slice(names, func(i, j int) bool { return place(names[i]) < place(names[j]) })
	return names
}

// mergeInto makes one column of a pair: it stands before the join's others, as
// the standard asks, and both sides stay reachable by their tables' names.
func (s *scope) mergeInto(at, l, r int, x expr.Node) {
	merged := scopeColumn{name: s.cols[l].name, alias: s.cols[l].alias, x: x}
	s.cols[l].merged, s.cols[r].merged = true, true
	s.cols = slices.Insert(s.cols, at, merged)
}

func (s *scope) usingColumn(from, to int, name ast.Ident, side string, j *ast.Join) (int, error) {
	hit := -1
	for i := from; i < to; i++ {
		if c := s.cols[i]; !c.merged && (strings.EqualFold(c.name, name.Text)) {
			if hit >= 0 {
				return 0, refuse(stateAmbiguous, j.Pos(), "column `%s` of USING stands more than once on the %s side", name.Text, side)
			}
			hit = i
		}
	}
	if hit < 0 {
		return 0, fail(providers.KindColumn, j.Pos(), "column `%s` of USING is not on the %s side of the join", name.Text, side)
	}
	return hit, nil
}
