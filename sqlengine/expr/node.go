package expr

import (
	"github.com/epicorerp/epicorerp/sqltypes"
)

// Node is a bound, typed expression over the columns of one row. Nodes are
// immutable. They are made by the constructors of this package, which resolve
// types and insert the implicit casts, so that a node that exists is well
// typed.
type Node interface {
	Type() sqltypes.Type
	// Nullable reports whether the value may be NULL.
	Nullable() bool
	// String prints the expression as SQL, columns by name.
	String() string
	// Children returns the operands in order.
	Children() []Node
	// WithChildren returns the same node over other operands of the same types.
	WithChildren([]Node) Node
}

// Column is a column of the input row.
type Column struct {
	Index   int
	Name    string // for String; qualified where the query needs it
	T       sqltypes.Type
	NotNull bool
}

// Outer is a column of the row of an enclosing query: Level 1 is the query
// directly around.
type Outer struct {
	Level, Index int
	Name         string
	T            sqltypes.Type
	NotNull      bool
}

// Const is a constant, T its type with facets.
type Const struct {
	V sqltypes.Value
	T sqltypes.Type
}

// Late is a value that is not known when the plan is made but is constant
// while it runs: the result of a scalar subquery that does not depend on a
// row. Set points to it; whoever runs the plan fills it before the first row.
type Late struct {
	Set  *sqltypes.Value
	Name string
	T    sqltypes.Type
}

func (n *Column) Type() sqltypes.Type { return n.T }
func (n *Outer) Type() sqltypes.Type  { return n.T }
func (n *Const) Type() sqltypes.Type  { return n.T }
func (n *Late) Type() sqltypes.Type   { return n.T }

func (n *Column) Nullable() bool { return !n.NotNull }
func (n *Outer) Nullable() bool  { return !n.NotNull }
func (n *Const) Nullable() bool  { return n.V.Null }
func (n *Late) Nullable() bool   { return true }

func (n *Column) String() string { return n.Name }
func (n *Outer) String() string  { return n.Name }
func (n *Const) String() string  { return n.V.String() }
func (n *Late) String() string   { return n.Name }

func (n *Column) Children() []Node { return nil }
func (n *Outer) Children() []Node  { return nil }
func (n *Const) Children() []Node  { return nil }
func (n *Late) Children() []Node   { return nil }

func (n *Column) WithChildren([]Node) Node { return n }
func (n *Outer) WithChildren([]Node) Node  { return n }
func (n *Const) WithChildren([]Node) Node  { return n }
func (n *Late) WithChildren([]Node) Node   { return n }
