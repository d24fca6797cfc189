package plan

import (
	"context"
	"slices"
	"time"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// Catalog finds tables by name. A providers.Provider is one; so is whatever
// puts system tables beside it.
type Catalog interface {
	DefaultSchema() string
	Table(ctx context.Context, schema, name string) (providers.Table, error)
}

// Options is what a plan depends on besides the statement.
type Options struct {
	Catalog Catalog
	// Schema is where bare table names are looked up; the catalog's default if "".
	Schema string
	// Local, when set, is asked for every table before the catalog, with the
	// schema as it is written: "" for a bare name. within is the view in whose
	// query the name stands, nil in the statement itself.
	Local func(schema, name string, within *View) (Named, error)
	// Variable, when set, gives the value of @@name.
	Variable func(name string) (sqltypes.Value, bool)
	// Into, when set, are the columns that the rows go into.
	Into []Target
	// Bind gives the value of a parameter.
	Bind func(*ast.Param) (sqltypes.Value, error)
	// Statement holds the constants of the run: CURRENT_TIMESTAMP and its kin.
	Statement *expr.Statement
	// Pushdown false asks the tables for whole rows and does all else here: to
	// compare answers. Inputs (BAQ parameters) are still sent, for they are
	// part of what is asked, not of how.
	Pushdown bool
	// Dialect says whose rules hold for values where systems differ.
	Dialect expr.Dialect
	// Narrow asks less of the server after it refused what was asked: from
	// KeysOnly on, conditions and orders are offered for key columns alone.
	Narrow Narrow
	// MaxRows is the MaxRows property: rows of a query without aggregation are
	// cut there. Below 1 means no cut.
	MaxRows int64
	// Without names rewrite rules that are not applied: for tests that compare
	// the answers with and without each of RuleNames.
	Without []string
	// Count tells how many rows a table has that does not say so itself, or
	// providers.Unknown; nil if nobody can. It may make a request.
	Count func(context.Context, providers.Table) int64
	// MaxRecursion is how many rounds WITH RECURSIVE may take; below 1 means the
	// default.
	MaxRecursion int64
}

// Narrow is how much less is asked of a server that refused a request.
type Narrow uint8

// The steps, each asking for less than the one before.
const (
	Everything Narrow = iota
	KeysOnly          // conditions and orders on key columns
	RowsOnly          // neither, as with Pushdown off
)

// Plan is a query ready to run.
type Plan struct {
	Root    Node
	Columns []Column
	Hints   []string
	// Rules are the names of the rewrite rules that changed something.
	Rules   []string
	options Options
}

// Column describes one column of the result.
type Column struct {
	Name     string
	Type     sqltypes.Type
	Nullable bool
}

// Build binds, rewrites and plans a query. It reads the metadata of the tables
// that the query names, and their sizes by Options.Count where an order of joins
// is to be chosen; it makes no other request.
func Build(ctx context.Context, q ast.Query, o Options) (*Plan, error) {
	if o.Statement == nil {
		o.Statement = &expr.Statement{Ctx: ctx, Now: time.Now(), Zone: time.UTC}
	}
	if o.Schema == "" {
		o.Schema = o.Catalog.DefaultSchema()
	}
	if o.Narrow >= RowsOnly {
		o.Pushdown = false
	}
	r, root, bound, err := bindRoot(ctx, q, o)
	if err != nil {
		return nil, err
	}
	roots := []lnode{root}
	for _, q := range r.shared {
		roots = append(roots, q.query.root)
	}
	r.learnSizes(roots)
	for _, q := range r.shared {
		if q.query.root, err = r.rewrite(q.query.root, q.query.out); err != nil {
			return nil, err
		}
	}
	if root, err = r.rewrite(root, bound.out); err != nil {
		return nil, err
	}
	p := &physical{binder: r.binder, known: estimates{}, orders: map[lnode][][]wantKey{}}
	node, err := p.root(root, bound.out)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(o.Without, sharedScans) {
		var changed bool
		if node, changed, err = p.share(node); err != nil {
			return nil, err
		}
		if changed {
			r.fired = append(r.fired, sharedScans)
		}
	}
	return &Plan{Root: node, Columns: bound.columns(r.binder), Hints: p.hints, Rules: r.fired, options: o}, nil
}

// bindRoot binds a statement and makes the rewriter of its tree.
func bindRoot(ctx context.Context, q ast.Query, o Options) (*rewriter, lnode, *bound, error) {
	b := &binder{ctx: ctx, opt: o, qualify: tablesNamed(q) > 1, inputs: idSet{}}
	var err error
	if b.rounds, err = roundsOf(q, o); err != nil {
		return nil, nil, nil, err
	}
	bound, err := b.bindQuery(q, nil)
	if err != nil {
		return nil, nil, nil, err
	}
	if o.Dialect == expr.MySQL {
		b.numbersForBooleans(bound)
	}
	if o.Into != nil {
		if err := b.assign(bound, o.Into); err != nil {
			return nil, nil, nil, located(err, q.Pos())
		}
	}
	root := bound.root
	if o.MaxRows > 0 && !aggregates(root) {
		root = &lLimit{input: root, limit: o.MaxRows}
	}
	r := &rewriter{binder: b}
	r.wants(bound.out)
	return r, root, bound, nil
}

// numbersForBooleans gives the result 1 and 0 where it has TRUE and FALSE.
func (b *binder) numbersForBooleans(q *bound) {
	items, changed := make([]item, len(q.out)), false
	for i, o := range q.out {
		x := b.ref(o.id)
		items[i] = item{o.id, x}
		if x.Type().Kind != sqltypes.Bool {
			continue
		}
		n := &expr.Cast{X: x, T: sqltypes.Of(sqltypes.Integer)}
		id := b.newColumn(o.name, n.T, !x.Nullable())
		items[i], q.out[i], changed = item{id, n}, outColumn{id, o.name}, true
	}
	if changed {
		q.root = &lProject{input: q.root, items: items}
	}
}

// tablesNamed counts the tables that a statement names.
func tablesNamed(q ast.Query) int {
	n := 0
	ast.Inspect(q, func(x ast.Node) bool {
		if _, ok := x.(*ast.TableName); ok {
			n++
		}
		return true
	})
	return n
}

// aggregates reports whether a query aggregates: MaxRows leaves those alone.
func aggregates(n lnode) bool {
	switch n := n.(type) {
	case *lAggregate:
		return true
	case *lProject:
		return aggregates(n.input)
	case *lFilter:
		return aggregates(n.input)
	case *lWindow:
		return aggregates(n.input)
	case *lSort:
		return aggregates(n.input)
	case *lLimit:
		return aggregates(n.input)
	case *lDistinct:
		return aggregates(n.input)
	case *lOnce:
		return aggregates(n.input)
	case *lGrandTotals:
		return true
	case *lFetch:
		return aggregates(n.input)
	case *lDistinctOn:
		return aggregates(n.input)
	}
	return false
}
