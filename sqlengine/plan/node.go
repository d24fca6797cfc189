package plan

import (
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// Node is an operator of a physical plan. It is immutable; package exec runs
// it. Expressions in a node refer to the columns of its input by position (of
// Left, then Right, where there are two). expr.Outer columns, Level 1, refer
// to the left row of the Apply that is nearest around.
type Node interface {
	// Layout is the shape of the rows that come out.
	Layout() *tuple.Layout
	// Inputs are the operators that feed this one, left first.
	Inputs() []Node
}

// Scan reads a table. The residual of its predicates is a Filter above it.
type Scan struct {
	Table   providers.Table
	Request *providers.ScanRequest
	Plan    *providers.ScanPlan
	Alias   string
	offer   *offer // from which Request was made; nil where it is not of conditions and columns alone
}

// Values gives constant rows; a row may have no column (SELECT 1 has one row
// of none beneath it).
type Values struct {
	Rows   [][]expr.Node
	layout *tuple.Layout
}

// Filter keeps the rows for which Cond is true.
type Filter struct {
	Input Node
	Cond  expr.Node
}

// Project computes columns.
type Project struct {
	Input  Node
	Exprs  []expr.Node
	layout *tuple.Layout
}

// JoinKind is what a join does with matches.
type JoinKind uint8

// The kinds of joins. The rows of Inner, Left and Full are Left's columns then
// Right's; of Semi and Anti, Left's; of Mark, Left's and one boolean. Single is
// a Left join where a second match of a row is the error of a scalar subquery.
const (
	Inner JoinKind = iota
	Left
	Full
	Semi
	Anti
	// Mark appends whether there is a match: TRUE; else NULL if NullAware and
	// a NULL key leaves it open; else FALSE.
	Mark
	Single
)

// Join joins by hash on equal keys, or by nested loops when there are none.
type Join struct {
	Kind      JoinKind
	Left      Node
	Right     Node
	LeftKeys  []expr.Node // over Left
	RightKeys []expr.Node // over Right, of the same types
	// NullSafe, where true for a key, makes NULL equal NULL (IS NOT DISTINCT FROM).
	NullSafe []bool
	// Cond is a further condition over Left's then Right's columns; nil if none.
	Cond expr.Node
	// NullAware gives Mark and Anti the logic of IN and NOT IN: there is
	// exactly one key, and an empty Right is FALSE whatever the key.
	NullAware bool
	// BuildLeft asks to hash Left and to stream Right: not with NullAware.
	BuildLeft bool
	layout    *tuple.Layout
}

// MergeJoin joins two inputs that are ordered by their keys, which ascend, and
// holds no more than the right rows of one key. NULL keys match nothing. Its rows
// keep the order of Left, but those of Full.
type MergeJoin struct {
	Kind      JoinKind // Inner, Left, Full, Semi or Anti
	Left      Node
	Right     Node
	LeftKeys  []expr.Node // over Left
	RightKeys []expr.Node // over Right, of the same types
	// NullsFirst tells, for each key, where NULL stands in the order.
	NullsFirst []bool
	Cond       expr.Node // as Join.Cond
	layout     *tuple.Layout
}

// LookupJoin reads the right table by batches of Left's keys. When Left has
// more distinct keys than Switch, the rest is cheaper as one scan of the whole
// right table, and it goes on as a hash join.
type LookupJoin struct {
	Kind     JoinKind // Inner, Left, Semi, Anti, Mark or Single
	Left     Node
	LeftKeys []expr.Node
	Table    providers.Table
	// Request is what to ask of the table: Keys.Columns are set and equal
	// LeftKeys in order; Keys.Tuples is filled in batch by batch, at most MaxKeys.
	Request *providers.ScanRequest
	// Full is the plan of the same request without Keys, for the switch.
	Full *providers.ScanPlan
	// KeyPositions are the positions of the key columns in Request.Columns.
	KeyPositions []int
	MaxKeys      int
	Switch       int
	// RightFilter keeps the right rows that count, over Request.Columns; nil if all.
	RightFilter expr.Node
	Cond        expr.Node // as Join.Cond
	Alias       string
	Sample      *providers.ScanPlan // the answer to a batch, for EXPLAIN
	layout      *tuple.Layout
}

// Aggregate groups by hash. Its rows are the grouping values, then the
// aggregates. Without GroupBy there is exactly one row, even of no input.
type Aggregate struct {
	Input   Node
	GroupBy []expr.Node
	Calls   []*expr.Aggregate
	layout  *tuple.Layout
}

// Window adds a column for each of its calls. Its input is ordered by the
// partition, in any way that keeps equal ones together, and within it by Order;
// its rows keep that order.
type Window struct {
	Input     Node
	Partition []expr.Node
	Order     []SortKey
	Calls     []*expr.WindowCall
	layout    *tuple.Layout
}

// Distinct drops rows that came before.
type Distinct struct{ Input Node }

// SortKey is one term of an order.
type SortKey struct {
	Expr       expr.Node
	Desc       bool
	NullsFirst bool
}

// Sort orders its input; equal rows keep their order. With Limit ≥ 0 it is a
// TopN: it keeps the first Limit rows after Offset.
type Sort struct {
	Input  Node
	Keys   []SortKey
	Limit  int64 // -1 for none
	Offset int64
}

// Limit passes the first Limit rows after Offset and then stops its input.
type Limit struct {
	Input  Node
	Limit  int64 // -1 for none
	Offset int64
}

// Union gives all rows of its inputs, one input after the other. UNION without
// ALL is a Distinct above it.
type Union struct{ Children []Node }

// SetOp is INTERSECT (Except false) or EXCEPT, by whole rows, NULLs equal.
type SetOp struct {
	Left, Right Node
	Except, All bool
}

// Apply runs Right anew for each row of Left: for subqueries that no rule
// could turn into a join. Right sees the row through expr.Outer, Level 1.
type Apply struct {
	// Kind is Inner or Left (lateral: Left's columns, then Right's), Semi,
	// Anti, Mark (EXISTS as a value), or Single (Left's columns, then Right's;
	// no row gives NULL, two are an error).
	Kind        JoinKind
	Left, Right Node
	layout      *tuple.Layout
}

// Cached reads Input once and gives the same rows each time it is run: the
// part of an Apply's right side that does not depend on the row.
type Cached struct{ Input Node }

// Once runs subqueries whose value is constant, before Input's first row.
type Once struct {
	Input Node
	Cells []OnceCell
}

// OnceCell is one constant subquery: its single value goes to Late.Set. No row
// gives NULL, two are an error. With Exists set, the value is whether there is
// a row.
type OnceCell struct {
	Query  Node
	Exists bool
	Set    *sqltypes.Value
	Name   string
}

func (n *Scan) Layout() *tuple.Layout       { return n.Plan.Layout }
func (n *Values) Layout() *tuple.Layout     { return n.layout }
func (n *Filter) Layout() *tuple.Layout     { return n.Input.Layout() }
func (n *Project) Layout() *tuple.Layout    { return n.layout }
func (n *Join) Layout() *tuple.Layout       { return n.layout }
func (n *MergeJoin) Layout() *tuple.Layout  { return n.layout }
func (n *LookupJoin) Layout() *tuple.Layout { return n.layout }
func (n *Aggregate) Layout() *tuple.Layout  { return n.layout }
func (n *Window) Layout() *tuple.Layout     { return n.layout }
func (n *Distinct) Layout() *tuple.Layout   { return n.Input.Layout() }
func (n *Sort) Layout() *tuple.Layout       { return n.Input.Layout() }
func (n *Limit) Layout() *tuple.Layout      { return n.Input.Layout() }
func (n *Union) Layout() *tuple.Layout      { return n.Children[0].Layout() }
func (n *SetOp) Layout() *tuple.Layout      { return n.Left.Layout() }
func (n *Apply) Layout() *tuple.Layout      { return n.layout }
func (n *Cached) Layout() *tuple.Layout     { return n.Input.Layout() }
func (n *Once) Layout() *tuple.Layout       { return n.Input.Layout() }

func (n *Scan) Inputs() []Node       { return nil }
func (n *Values) Inputs() []Node     { return nil }
func (n *Filter) Inputs() []Node     { return []Node{n.Input} }
func (n *Project) Inputs() []Node    { return []Node{n.Input} }
func (n *Join) Inputs() []Node       { return []Node{n.Left, n.Right} }
func (n *MergeJoin) Inputs() []Node  { return []Node{n.Left, n.Right} }
func (n *LookupJoin) Inputs() []Node { return []Node{n.Left} }
func (n *Aggregate) Inputs() []Node  { return []Node{n.Input} }
func (n *Window) Inputs() []Node     { return []Node{n.Input} }
func (n *Distinct) Inputs() []Node   { return []Node{n.Input} }
func (n *Sort) Inputs() []Node       { return []Node{n.Input} }
func (n *Limit) Inputs() []Node      { return []Node{n.Input} }
func (n *Union) Inputs() []Node      { return n.Children }
func (n *SetOp) Inputs() []Node      { return []Node{n.Left, n.Right} }
func (n *Apply) Inputs() []Node      { return []Node{n.Left, n.Right} }
func (n *Cached) Inputs() []Node     { return []Node{n.Input} }
func (n *Once) Inputs() []Node {
	in := []Node{n.Input}
	for _, c := range n.Cells {
		in = append(in, c.Query)
	}
	return in
}

// NewValues makes a Values. It, NewProject, NewJoin, NewMergeJoin, NewLookupJoin, NewAggregate
// and NewApply compute the layouts of nodes that have one of their own.
func NewValues(rows [][]expr.Node, types []sqltypes.Type) *Values {
	return &Values{Rows: rows, layout: tuple.NewLayout(types)}
}

// NewProject makes a Project.
func NewProject(input Node, exprs []expr.Node) *Project {
	return &Project{Input: input, Exprs: exprs, layout: tuple.NewLayout(typesOf(exprs))}
}

// NewJoin fills in the layout of a Join.
func NewJoin(j Join) *Join {
	j.layout = joinLayout(j.Kind, j.Left.Layout(), j.Right.Layout())
	return &j
}

// NewMergeJoin fills in the layout of a MergeJoin.
func NewMergeJoin(j MergeJoin) *MergeJoin {
	j.layout = joinLayout(j.Kind, j.Left.Layout(), j.Right.Layout())
	return &j
}

// NewLookupJoin fills in the layout of a LookupJoin.
func NewLookupJoin(j LookupJoin) *LookupJoin {
	j.layout = joinLayout(j.Kind, j.Left.Layout(), j.Full.Layout)
	return &j
}

// NewApply fills in the layout of an Apply.
func NewApply(a Apply) *Apply {
	a.layout = joinLayout(a.Kind, a.Left.Layout(), a.Right.Layout())
	return &a
}

// NewAggregate makes an Aggregate.
func NewAggregate(input Node, groupBy []expr.Node, calls []*expr.Aggregate) *Aggregate {
	types := typesOf(groupBy)
	for _, c := range calls {
		types = append(types, c.Type())
	}
	return &Aggregate{Input: input, GroupBy: groupBy, Calls: calls, layout: tuple.NewLayout(types)}
}

// NewWindow makes a Window.
func NewWindow(input Node, partition []expr.Node, order []SortKey, calls []*expr.WindowCall) *Window {
	types := append([]sqltypes.Type(nil), input.Layout().Types...)
	for _, c := range calls {
		types = append(types, c.Type())
	}
	return &Window{Input: input, Partition: partition, Order: order, Calls: calls, layout: tuple.NewLayout(types)}
}

func typesOf(exprs []expr.Node) []sqltypes.Type {
	types := make([]sqltypes.Type, len(exprs))
	for i, e := range exprs {
		types[i] = e.Type()
	}
	return types
}

func joinLayout(kind JoinKind, left, right *tuple.Layout) *tuple.Layout {
	types := append([]sqltypes.Type(nil), left.Types...)
	switch kind {
	case Inner, Left, Full, Single:
		types = append(types, right.Types...)
	case Mark:
		types = append(types, sqltypes.Of(sqltypes.Bool))
	}
	return tuple.NewLayout(types)
}

// withInputs makes the same operator over what f makes of its inputs. Those
// without inputs, and an Apply, stay as they are; of a Recursive it is the seed.
func withInputs(n Node, f func(Node) Node) Node {
	switch n := n.(type) {
	case *Filter:
		return &Filter{Input: f(n.Input), Cond: n.Cond}
	case *Project:
		return NewProject(f(n.Input), n.Exprs)
	case *Join:
		j := *n
		j.Left, j.Right = f(n.Left), f(n.Right)
		return NewJoin(j)
	case *MergeJoin:
		j := *n
		j.Left, j.Right = f(n.Left), f(n.Right)
		return NewMergeJoin(j)
	case *LookupJoin:
		j := *n
		j.Left = f(n.Left)
		return NewLookupJoin(j)
	case *Aggregate:
		return NewAggregate(f(n.Input), n.GroupBy, n.Calls)
	case *Distinct:
		return &Distinct{Input: f(n.Input)}
	case *Window:
		return NewWindow(f(n.Input), n.Partition, n.Order, n.Calls)
	case *Sort:
		c := *n
		c.Input = f(n.Input)
		return &c
	case *Limit:
		c := *n
		c.Input = f(n.Input)
		return &c
	case *Union:
		c := &Union{}
		for _, in := range n.Children {
			c.Children = append(c.Children, f(in))
		}
		return c
	case *SetOp:
		c := *n
		c.Left, c.Right = f(n.Left), f(n.Right)
		return &c
	case *Variants:
		c := *n
		c.Input = f(n.Input)
		return &c
	case *Recursive: // its step runs each round
		c := *n
		c.Seed = f(n.Seed)
		return &c
	case *Fetch:
		c := *n
		c.Input = f(n.Input)
		return &c
	case *DistinctOn:
		return &DistinctOn{Input: f(n.Input), Keys: n.Keys}
	case *IfEmpty:
		return &IfEmpty{Input: f(n.Input), Rows: n.Rows}
	case *Once:
		c := &Once{Input: f(n.Input)}
		for _, cell := range n.Cells {
			cell.Query = f(cell.Query)
			c.Cells = append(c.Cells, cell)
		}
		return c
	}
	return n
}
