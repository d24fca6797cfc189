package plan

import (
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// cte is a query of a WITH clause. It is bound where it is named: each use
// anew, so that it can be pushed down by itself, unless one reading for all
// uses is better.
type cte struct {
	def   *ast.CTE
	scope *scope // in which its body is bound
	// uses is how often the statement names it, outside its own body.
	uses int
	// recursive is set if the body names the query itself.
	recursive bool
	work      *lWork  // what it names, while the recursive term is bound
	binding   bool    // its body is being bound
	bound     bool    // it was bound at least once
	shared    *shared // once it is bound for all uses
}

// shared is a query that is run once for all its uses.
type shared struct {
	name  string
	query *bound
	need  idSet   // columns that any use reads
	node  *Shared // what its uses read, once it is planned
	rows  float64
}

// lShared is one use of a shared query; ids are this use's numbers of its
// columns.
type lShared struct {
	of  *shared
	ids []int
}

func (n *lShared) columns() []int { return n.ids }

// Shared is a query that several places of a plan read and that runs once. The
// rows of a place begin with the first one, whenever it is run.
type Shared struct {
	Name string
	Body Node
	// Repeatable says that each place may as well run the query for itself.
	Repeatable bool
}

// SharedRead is one place that reads a Shared.
type SharedRead struct {
	Of *Shared
	// First is the place under which the query stands in EXPLAIN.
	First  bool
	layout *tuple.Layout
}

// NewSharedRead makes a place that reads all columns.
func NewSharedRead(of *Shared) *SharedRead { return &SharedRead{Of: of, layout: of.Body.Layout()} }

func (n *SharedRead) Layout() *tuple.Layout { return n.layout }
func (n *SharedRead) Inputs() []Node {
	if n.First {
		return []Node{n.Of.Body}
	}
	return nil
}

// withScope adds the queries of a WITH clause to the scope of query q.
func (b *binder) withScope(q ast.Query, parent *scope) (*scope, error) {
	w := *ast.WithOf(q)
	if w == nil {
		return parent, nil
	}
	uses := bareTables(q)
	s := parent
	if w.Recursive { // every query of the clause may name every other
		s = &scope{parent: parent, carrier: true, ctes: map[string]*cte{}}
	}
	seen := map[string]bool{}
	for i := range w.CTEs {
		def := &w.CTEs[i]
		name := strings.ToLower(def.Name.Text)
		if seen[name] {
			return nil, refuse(stateDuplicateAlias, def.Pos(), "WITH defines `%s` twice", def.Name.Text)
		}
		seen[name] = true
		body, ok := def.Body.(ast.Query)
		if !ok {
			return nil, unsupported(def.Pos(), "a WITH query that changes data")
		}
		c := &cte{def: def, scope: s, uses: uses[name]}
		if !w.Recursive {
			s = &scope{parent: s, carrier: true, ctes: map[string]*cte{name: c}}
			continue
		}
		s.ctes[name] = c
		own := bareTables(body)[name]
		c.recursive, c.uses = own > 0, c.uses-own
	}
	return s, nil
}

// bareTables counts the names of one part that a query reads from.
func bareTables(q ast.Query) map[string]int {
	n := map[string]int{}
	count := func(name ast.Name) {
		if len(name.Parts) == 1 {
			n[strings.ToLower(name.Parts[0].Text)]++
		}
	}
	ast.Inspect(q, func(x ast.Node) bool {
		switch x := x.(type) {
		case *ast.TableName:
			count(x.Name)
		case *ast.TableQuery:
			count(x.Name)
		}
		return true
	})
	return n
}

// bindUnused binds the queries of a WITH clause that nothing names: they are
// not run, but what is wrong in them is still said.
func (b *binder) bindUnused(w *ast.With, s *scope) error {
	if w == nil {
		return nil
	}
	for i := range w.CTEs {
		if c := s.cte(w.CTEs[i].Name.Text); c != nil && c.def == &w.CTEs[i] && !c.bound {
			if _, err := b.bindBody(c); err != nil {
				return err
			}
		}
	}
	return nil
}

// bindCTE binds a use of a WITH query.
func (b *binder) bindCTE(s *scope, c *cte, t *ast.TableName) (lnode, error) {
	alias := ast.Alias{Name: t.Alias.Name, Columns: t.Alias.Columns}
	if alias.Name.IsZero() {
		alias.Name = c.def.Name
	}
	if c.binding && c.work != nil {
		q := c.work.use(b)
		return q.root, b.addDerived(s, q, alias, t.Pos())
	}
	if c.binding {
		return nil, refuse(stateUnsupported, t.Pos(), "`%s` names itself by way of another query of WITH: mutual recursion is not supported", c.def.Name.Text)
	}
	if c.shared == nil {
		q, err := b.bindBody(c)
		if err != nil {
			return nil, err
		}
		if !c.runsOnce(q) {
			raise(q.root, 1, s.boundariesTo(c.scope))
			return q.root, b.addDerived(s, q, alias, t.Pos())
		}
		c.shared = &shared{name: c.def.Name.Text, query: q, need: idSet{}, rows: unknownRows}
		b.shared = append(b.shared, c.shared) // behind those that it reads
	}
	q := c.shared.use(b)
	return q.root, b.addDerived(s, q, alias, t.Pos())
}

// bindBody binds the query of a WITH clause, with the names of its columns.
func (b *binder) bindBody(c *cte) (q *bound, err error) {
	c.binding, c.bound = true, true
	defer func() { c.binding = false }()
	if c.recursive {
		q, err = b.bindRecursive(c)
	} else {
		q, err = b.bindQuery(c.def.Body.(ast.Query), c.scope)
	}
	if err != nil {
		return nil, err
	}
	if len(c.def.Columns) > len(q.out) {
		return nil, refuse(statePosition, c.def.Pos(), "`%s` has %d columns, %d names are given for them", c.def.Name.Text, len(q.out), len(c.def.Columns))
	}
	q.out = slices.Clone(q.out)
	for i, name := range c.def.Columns {
		q.out[i].name = name.Text
	}
	return q, nil
}

// runsOnce decides whether the uses of a query share one run of it: where it is
// asked for, where two runs may differ, and where it costs more than reading a
// table with each use's own conditions.
func (c *cte) runsOnce(q *bound) bool {
	if refersOut(q.root) {
		return false // its rows are others for each row around
	}
	switch m := c.def.Materialized; {
	case m != nil && *m:
		return true
	case c.uses < 2:
		return false
	case c.recursive || volatile(q.root):
		return true
	case m != nil:
		return false
	}
	return !readsOneTable(q.root)
}

func refersOut(n lnode) bool { return deepest(n) > 0 }

// deepest is the number of rows around that a tree speaks of.
func deepest(n lnode) int {
	most := 0
	for _, x := range ownExprs(n) {
		expr.Walk(x, func(x expr.Node) bool {
			if o, ok := x.(*expr.Outer); ok {
				most = max(most, o.Level)
			}
			return true
		})
	}
	for i, in := range inputs(n) {
		d := deepest(in)
		if _, apply := n.(*lApply); apply && i == 1 {
			d--
		}
		most = max(most, d)
	}
	return most
}

func volatile(n lnode) bool {
	return slices.ContainsFunc(ownExprs(n), func(x expr.Node) bool { return expr.VolatilityOf(x) == expr.Volatile }) ||
		slices.ContainsFunc(inputs(n), volatile)
}

// readsOneTable reports whether a tree is a table, or constants, seen through
// filters and projections.
func readsOneTable(n lnode) bool {
	switch n := n.(type) {
	case *lScan, *lValues, *lShared:
		return true
	case *lFilter:
		return readsOneTable(n.input)
	case *lProject:
		return readsOneTable(n.input)
	}
	return false
}

// boundariesTo counts the rows that stand between a scope and one around it.
func (s *scope) boundariesTo(around *scope) int {
	n := 0
	for at := s; at != nil && at != around; at = at.parent {
		if at.boundary {
			n++
		}
	}
	return n
}

// raise moves a tree further in by a number of rows around: what it says of
// rows at least above levels up is as many levels further out.
func raise(n lnode, above, by int) {
	if by == 0 {
		return
	}
	rewriteOwn(n, func(x expr.Node) expr.Node {
		return expr.Transform(x, func(x expr.Node) expr.Node {
			if o, ok := x.(*expr.Outer); ok && o.Level >= above {
				c := *o
				c.Level += by
				return &c
			}
			return x
		})
	})
	for i, in := range inputs(n) {
		if _, apply := n.(*lApply); apply && i == 1 {
			raise(in, above+1, by)
		} else {
			raise(in, above, by)
		}
	}
}

// use is a query that reads the shared one.
func (q *shared) use(b *binder) *bound {
	n := &lShared{of: q}
	out := &bound{root: n}
	for _, o := range q.query.out {
		c := b.cols[o.id]
		id := b.newColumn(o.name, c.t, c.notNull)
		n.ids = append(n.ids, id)
		out.out = append(out.out, outColumn{id, o.name})
	}
	return out
}

// readShared plans a use of a shared query.
func (p *physical) readShared(n *lShared, need idSet) (built, error) {
	q := n.of
	for i, id := range n.ids {
		if need[id] {
			q.need[q.query.out[i].id] = true
		}
	}
	var cols []int
	var types []sqltypes.Type
	for i, id := range n.ids {
		if q.need[q.query.out[i].id] {
			cols, types = append(cols, id), append(types, p.cols[id].t)
		}
	}
	return built{node: &SharedRead{Of: q.node, layout: tuple.NewLayout(types)}, cols: cols, rows: q.rows}, nil
}

// planShared plans the shared queries. Which of their columns are read is known
// once all that reads them has been planned, so that is done for its own sake
// first: the root, then the queries from the last, which none of the others
// reads, to the first.
func (p *physical) planShared(root lnode, need idSet) error {
	if len(p.shared) == 0 {
		return nil
	}
	if _, err := p.build(root, need, nothing); err != nil {
		return err
	}
	for _, q := range slices.Backward(p.shared) {
		if _, err := p.sharedBody(q); err != nil {
			return err
		}
	}
	for _, q := range p.shared {
		body, err := p.sharedBody(q)
		if err != nil {
			return err
		}
		q.node, q.rows = &Shared{Name: q.name, Body: body.node}, body.rows
	}
	return nil
}

func (p *physical) sharedBody(q *shared) (built, error) {
	var ids []int
	for _, o := range q.query.out {
		if q.need[o.id] {
			ids = append(ids, o.id)
		}
	}
	return p.exactly(q.query.root, ids)
}

// markFirst puts each shared query under the first place that reads it.
func markFirst(n Node, seen map[*Shared]bool) {
	if r, ok := n.(*SharedRead); ok && !seen[r.Of] {
		seen[r.Of], r.First = true, true
	}
	for _, in := range n.Inputs() {
		markFirst(in, seen)
	}
}
