package plan

import (
	"context"
	"strings"

	"github.com/epicorerp/epicorerp/internal/nearest"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// binder turns syntax into the logical tree of one statement.
type binder struct {
	ctx  context.Context
	opt  Options
	cols []column // by number
	late int      // constant subqueries so far
	// views are those whose queries are being bound, the outermost first;
	// expanded counts all that were.
	views    []*View
	expanded int
	// inputs are the columns that stand for inputs which no metadata tells.
	inputs idSet
	rounds int64 // that a recursion may take; 0 for any number
	// shared are the queries that run once for several uses, each behind those
	// that it reads.
	shared []*shared
	// qualify puts the table's name before a column's in EXPLAIN and errors:
	// the statement names more than one.
	qualify bool
}

// newColumn numbers a column.
//
//go:noinline
func (b *binder) newColumn(name string, t sqltypes.Type, notNull bool) int {
	b.cols = append(b.cols, column{name: name, t: t, notNull: notNull})
	return len(b.cols) - 1
}

//go:noinline
func (b *binder) ref(id int) *expr.Column {
	c := b.cols[id]
	return &expr.Column{Index: id, Name: c.name, T: c.t, NotNull: c.notNull}
}

// scope is what names mean at one level of a query.
type scope struct {
	parent *scope
	// carrier scopes hold no columns: they carry the names of a WITH clause, or
	// mark a boundary.
	carrier bool
	// boundary is where a subquery begins that runs for each row of what is
	// around it: one more Level of expr.Outer. A derived table is none.
	boundary bool
	cols     []scopeColumn
	tables   []*scopeTable
	ctes     map[string]*cte
	// grouped, once set, makes expressions refer to groups: see aggregate.go.
	grouped *grouping
	// groupable scopes are bound as far as the clauses that may hold aggregates,
	// and owns says that a subquery there holds one of this query.
	groupable, owns bool
	// attach adds a subquery's join to the query's current input, attachBelow
	// to the input of its aggregation.
	attach, attachBelow func(func(lnode) (lnode, error)) error
	// once takes a subquery that is the same for every row.
	once func(onceCell)
	// aliases gives the expression behind an alias of the select list, in the
	// clauses that may use one; aliasesFirst puts them before columns.
	aliases      func(string) (ast.Expr, bool)
	aliasesFirst bool
	// windows is there in the clauses that may hold calls with OVER.
	windows *windowing
	// inAggregate is set while the arguments of an aggregate are bound.
	inAggregate bool
}

// inner is the scope around a subquery of an expression, or of LATERAL.
func (s *scope) inner() *scope { return &scope{parent: s, carrier: true, boundary: true} }

// scopeColumn is one column that a name may mean.
type scopeColumn struct {
	table *scopeTable
	name  string
	alias []string
	x     expr.Node // a Column, or COALESCE for USING in a FULL JOIN
	// hidden columns are not part of *; merged ones (the right side of USING)
	// are found only with their table's name.
	hidden, merged bool
}

// scopeTable is one item of FROM.
type scopeTable struct {
	name   string   // alias, or the table's own name
	schema []string // parts that may stand before the name; nil with an alias
	scan   *lScan
}

// matches reports whether a qualifier names the table.
func (t *scopeTable) matches(q []ast.Ident) bool {
	if len(q) == 0 {
		return true
	}
	if !strings.EqualFold(t.name, q[len(q)-1].Text) {
		return false
	}
	want := joinIdents(q[:len(q)-1])
	if want == "" {
		return true
	}
	have := strings.Join(t.schema, ".")
	return strings.EqualFold(have, want) || strings.HasSuffix(strings.ToLower(have), "."+strings.ToLower(want))
}

func joinIdents(parts []ast.Ident) string {
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = p.Text
	}
	return strings.Join(texts, ".")
}

// find looks a name up in this scope only.
func (s *scope) find(qualifier []ast.Ident, name string) (found []*scopeColumn) {
	for pass := range 3 { // exact spelling, then any case, then aliases
		for i := range s.cols {
			c := &s.cols[i]
			if c.merged && len(qualifier) == 0 || c.table != nil && !c.table.matches(qualifier) || c.table == nil && len(qualifier) > 0 {
				continue
			}
			if c.named(name, pass) {
				found = append(found, c)
			}
		}
		if len(found) > 0 {
			return found
		}
	}
	return nil
}

func (c *scopeColumn) named(name string, pass int) bool {
	switch pass {
	case 0:
		return c.name == name
	case 1:
		return strings.EqualFold(c.name, name)
	}
	for _, a := range c.alias {
		if strings.EqualFold(a, name) {
			return true
		}
	}
	return false
}

// errNoColumn marks a name that is in no scope, so that a BAQ's input may
// still take it.
type errNoColumn struct{ error }

func (e errNoColumn) Unwrap() error { return e.error }

// resolve finds what a column name means, here or in a query around.
func (b *binder) resolve(s *scope, ref *ast.ColumnRef) (expr.Node, error) {
	parts := ref.Name.Parts
	level := 0
	for at := s; at != nil; at = at.parent {
		if at.carrier {
			if at.boundary {
				level++
			}
			continue
		}
		// The longest qualifier first: Address.City may be a column Address_City
		// or City of a table Address.
		found := at.find(parts[:len(parts)-1], parts[len(parts)-1].Text)
		if found == nil {
			found = at.findFlattened(parts)
		}
		switch {
		case len(found) > 1:
			return nil, refuse(stateAmbiguous, ref.Pos(), "column `%s` is ambiguous: it is in %s", ref.Name, tableNames(found))
		case len(found) == 1 && level == 0:
			return found[0].x, nil
		case len(found) == 1:
			return at.outer(found[0].x, level)
		}
	}
	return nil, errNoColumn{b.unknownColumn(s, ref)}
}

// scopeOf finds the scope whose column a name means, and how many rows further
// out it is; nil if there is none.
func (s *scope) scopeOf(ref *ast.ColumnRef) (at *scope, level int) {
	parts := ref.Name.Parts
	for at := s; at != nil; at = at.parent {
		if at.carrier {
			if at.boundary {
				level++
			}
			continue
		}
		if at.find(parts[:len(parts)-1], parts[len(parts)-1].Text) != nil || at.findFlattened(parts) != nil {
			return at, level
		}
	}
	return nil, 0
}

// outer makes the reference of a subquery to a column around it.
func (s *scope) outer(x expr.Node, level int) (expr.Node, error) {
	if s.grouped != nil {
		var err error
		if x, err = s.grouped.replace(x); err != nil {
			return nil, err
		}
	}
	return outerOf(x, level), nil
}

// outerOf turns the columns of an expression into columns of a row around.
func outerOf(x expr.Node, level int) expr.Node {
	return expr.Transform(x, func(n expr.Node) expr.Node {
		if c, ok := n.(*expr.Column); ok {
			return &expr.Outer{Level: level, Index: c.Index, Name: c.Name, T: c.T, NotNull: c.NotNull}
		}
		return n
	})
}

// findFlattened finds the column of a complex property: Address.City is
// Address_City.
func (s *scope) findFlattened(parts []ast.Ident) []*scopeColumn {
	for n := len(parts) - 2; n >= 0; n-- {
		if found := s.find(parts[:n], strings.ReplaceAll(joinIdents(parts[n:]), ".", "_")); found != nil {
			return found
		}
	}
	return nil
}

func tableNames(cols []*scopeColumn) string {
	var names []string
	for _, c := range cols {
		if c.table != nil {
			names = append(names, c.table.name)
		}
	}
	return strings.Join(names, " and ")
}

// unknownColumn says that a name is nowhere, and which one may be meant.
func (b *binder) unknownColumn(s *scope, ref *ast.ColumnRef) error {
	parts := ref.Name.Parts
	name := parts[len(parts)-1].Text
	qualifier := parts[:len(parts)-1]
	var candidates []string
	where, known := "", len(qualifier) == 0
	for at := s; at != nil; at = at.parent {
		for _, t := range at.tables {
			if t.matches(qualifier) {
				known = true
				if where == "" {
					where = " in " + t.name
				} else {
					where += ", " + t.name
				}
			}
		}
		for _, c := range at.cols {
			if c.table == nil || c.table.matches(qualifier) {
				candidates = append(candidates, c.name)
			}
		}
	}
	if !known {
		var tables []string
		for at := s; at != nil; at = at.parent {
			for _, t := range at.tables {
				tables = append(tables, t.name)
			}
		}
		return fail(providers.KindColumn, ref.Pos(), "`%s` in `%s` is no table of this query%s",
			joinIdents(qualifier), ref.Name, nearest.Suffix(joinIdents(qualifier), tables))
	}
	if where == "" {
		return fail(providers.KindColumn, ref.Pos(), "column `%s` not found: the query has no FROM", name)
	}
	return fail(providers.KindColumn, ref.Pos(), "column `%s` not found%s%s", name, where, nearest.Suffix(name, candidates))
}

// input gives a name that is no column to the one table that takes unknown
// inputs, as a parameter of it.
func (b *binder) input(s *scope, ref *ast.ColumnRef) (expr.Node, bool) {
	parts := ref.Name.Parts
	var taker *scopeTable
	for _, t := range s.tables {
		if t.scan == nil || !t.matches(parts[:len(parts)-1]) {
			continue
		}
		if _, ok := t.scan.table.(providers.InputTable); ok {
			if taker != nil {
				return nil, false
			}
			taker = t
		}
	}
	if taker == nil {
		return nil, false
	}
	name := parts[len(parts)-1].Text
	taker.scan.table = taker.scan.table.(providers.InputTable).WithInput(name)
	cols := taker.scan.table.Info().Columns
	c := cols[len(cols)-1]
	id := b.newColumn(c.Name, c.Type, false)
	taker.scan.ids = append(taker.scan.ids, id)
	b.inputs[id] = true
	s.cols = append(s.cols, scopeColumn{table: taker, name: c.Name, x: b.ref(id), hidden: true})
	return b.ref(id), true
}
