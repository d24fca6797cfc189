package ast

// With is a WITH clause.
type With struct {
	Loc
	Recursive bool
	CTEs      []CTE
}

// CTE is one named query of a WITH clause. Materialized is nil when neither
// MATERIALIZED nor NOT MATERIALIZED was written. Body is a Query, or a
// data-changing statement where the dialect has those.
type CTE struct {
	Loc
	Name         Ident
	Columns      []Ident
	Materialized *bool
	Body         Statement
}

// Tail is what may follow the body of any query.
type Tail struct {
	OrderBy []OrderItem
	Limit   *Limit
	Lock    *Lock
	Options []string // texts of OPTION (…), in upper case
}

// IsZero reports whether nothing follows the body.
func (t Tail) IsZero() bool {
	return len(t.OrderBy) == 0 && t.Limit == nil && t.Lock == nil && len(t.Options) == 0
}

// NullsOrder is NULLS FIRST or NULLS LAST.
type NullsOrder uint8

// Where nulls go in an order.
const (
	NullsUnset NullsOrder = iota
	NullsFirst
	NullsLast
)

// OrderItem is one term of an ORDER BY. ORDER BY ALL is one *Star: every column
// of the result, from the first on.
type OrderItem struct {
	Loc
	X     Expr
	Desc  bool
	Nulls NullsOrder
}

// Limit is LIMIT/OFFSET, OFFSET/FETCH and LIMIT a, b in one form. Count is nil
// for LIMIT ALL and where only an offset is given.
type Limit struct {
	Loc
	Count    Expr
	Offset   Expr
	Percent  bool
	WithTies bool
}

// Top is TOP n [PERCENT] [WITH TIES].
type Top struct {
	Loc
	Count    Expr
	Percent  bool
	WithTies bool
}

// Lock is FOR UPDATE or FOR SHARE. Strength and Wait are in upper case
// (UPDATE, NO KEY UPDATE, SHARE, KEY SHARE; NOWAIT, SKIP LOCKED).
type Lock struct {
	Loc
	Strength string
	Of       []Name
	Wait     string
}

// SelectItem is one item of a select list or RETURNING.
type SelectItem struct {
	Loc
	X     Expr
	Alias Ident
}

// Select is a SELECT without set operations.
type Select struct {
	Loc
	With       *With
	Hints      []string // contents of /*+ … */
	Modifiers  []string // SQL_NO_CACHE and the like, in upper case
	Distinct   bool
	DistinctOn []Expr
	Top        *Top
	Items      []SelectItem
	Into       *IntoTable
	From       []TableExpr // items between commas
	Where      Expr
	GroupBy    *GroupBy
	Having     Expr
	Windows    []WindowDef
	Qualify    Expr
	Tail
}

// IntoTable is INTO name of a SELECT.
type IntoTable struct {
	Loc
	Temporary bool
	Name      Name
}

// GroupingKind is the kind of one GROUP BY element.
type GroupingKind uint8

// The kinds of grouping elements.
const (
	GroupExprs GroupingKind = iota // one set of expressions: a, or (a, b), or ()
	Rollup
	Cube
	GroupingSets
)

// Grouping is one element of GROUP BY. A plain expression is GroupExprs with
// one item, (a, b) with two, () with none; ROLLUP, CUBE and GROUPING SETS hold
// elements.
type Grouping struct {
	Loc
	Kind  GroupingKind
	Exprs []Expr
	Sets  []Grouping
}

// GroupBy is a GROUP BY clause. a, b WITH ROLLUP is one Rollup element. All is
// GROUP BY ALL.
type GroupBy struct {
	Loc
	All      bool
	Distinct bool
	Elements []Grouping
}

// WindowDef is WINDOW name AS (spec).
type WindowDef struct {
	Loc
	Name Ident
	Spec *WindowSpec
}

// SetKind is UNION, INTERSECT or EXCEPT.
type SetKind uint8

// The set operations.
const (
	Union SetKind = iota
	Intersect
	Except
)

// SetOp combines two queries; the tail belongs to the whole. Long chains lean
// to the left. INTERSECT binds tighter than the others.
type SetOp struct {
	Loc
	With        *With
	Kind        SetKind
	All         bool
	Left, Right Query
	Tail
}

// Values is VALUES (…), (…).
type Values struct {
	Loc
	With *With
	Rows [][]Expr
	Tail
}

// TableQuery is TABLE name.
type TableQuery struct {
	Loc
	With *With
	Name Name
	Tail
}

// NestedQuery is a query in parentheses that has a tail or WITH of its own
// beside another one outside: (SELECT a FROM t LIMIT 5) ORDER BY a. Without
// such parts parentheses leave no node.
type NestedQuery struct {
	Loc
	With  *With
	Query Query
	Tail
}

// Alias is [AS] name [(columns)].
type Alias struct {
	Name    Ident
	Columns []Ident
}

// IsZero reports whether there is no alias.
func (a Alias) IsZero() bool { return a.Name.IsZero() && len(a.Columns) == 0 }

// TableName is a table or view by name.
type TableName struct {
	Loc
	Name       Name
	Alias      Alias
	Partitions []Ident
	AsOf       Expr // FOR SYSTEM_TIME AS OF
	Sample     *Sample
	Hints      []string // WITH (NOLOCK) gives NOLOCK, USE INDEX (ix1) gives its text
}

// Sample is TABLESAMPLE method (arg) [REPEATABLE (seed)].
type Sample struct {
	Loc
	Method string
	Arg    Expr
	Seed   Expr
}

// Derived is a query in FROM; (VALUES …) is one whose query is *Values.
type Derived struct {
	Loc
	Lateral bool
	Query   Query
	Alias   Alias
}

// TableFunc is a function in FROM, with or without TABLE(…) around it.
// ColumnDefs are given in f() AS t (a INT, b TEXT).
type TableFunc struct {
	Loc
	Lateral        bool
	Call           *Func
	WithOrdinality bool
	Alias          Alias
	ColumnDefs     []ColumnDef
}

// JSONTable is JSON_TABLE(doc, path COLUMNS (…)).
type JSONTable struct {
	Loc
	Lateral bool
	Doc     Expr
	Path    Expr
	Columns []JSONColumn
	Alias   Alias
}

// JSONColumn is one column of a JSONTable.
type JSONColumn struct {
	Loc
	Name       Ident
	Ordinality bool
	Exists     bool
	Type       TypeName
	Path       Expr
	Nested     []JSONColumn // NESTED PATH path COLUMNS (…)
}

// JoinKind is the kind of a join.
type JoinKind uint8

// The kinds of joins.
const (
	InnerJoin JoinKind = iota
	LeftJoin
	RightJoin
	FullJoin
	CrossJoin
	CrossApply
	OuterApply
)

// Join joins two table expressions. On is nil and Using empty for CROSS,
// NATURAL and APPLY.
type Join struct {
	Loc
	Kind        JoinKind
	Natural     bool
	Straight    bool // STRAIGHT_JOIN: inner, with a hint about the order
	Left, Right TableExpr
	On          Expr
	Using       []Ident
	Alias       Alias // alias of USING: JOIN b USING (x) AS j
}

// Pivot is source PIVOT (aggregates FOR column IN (values)).
type Pivot struct {
	Loc
	Source     TableExpr
	Aggregates []SelectItem
	For        []Name
	In         []SelectItem // a T-SQL [a] is a ColumnRef whose name is the value
	Alias      Alias
}

// Unpivot is source UNPIVOT (value FOR name IN (columns)).
type Unpivot struct {
	Loc
	Source       TableExpr
	IncludeNulls bool
	Value        Ident
	For          Ident
	In           []SelectItem
	Alias        Alias
}

func (*Select) statement()      {}
func (*SetOp) statement()       {}
func (*Values) statement()      {}
func (*TableQuery) statement()  {}
func (*NestedQuery) statement() {}

func (*Select) query()      {}
func (*SetOp) query()       {}
func (*Values) query()      {}
func (*TableQuery) query()  {}
func (*NestedQuery) query() {}

func (*TableName) tableExpr() {}
func (*Derived) tableExpr()   {}
func (*TableFunc) tableExpr() {}
func (*JSONTable) tableExpr() {}
func (*Join) tableExpr()      {}
func (*Pivot) tableExpr()     {}
func (*Unpivot) tableExpr()   {}

// TailOf gives the tail of q, to read or to change.
func TailOf(q Query) *Tail {
	switch q := q.(type) {
	case *Select:
		return &q.Tail
	case *SetOp:
		return &q.Tail
	case *Values:
		return &q.Tail
	case *TableQuery:
		return &q.Tail
	case *NestedQuery:
		return &q.Tail
	}
	return nil
}

// WithOf gives the place of q's WITH clause, to read or to change.
func WithOf(q Query) **With {
	switch q := q.(type) {
	case *Select:
		return &q.With
	case *SetOp:
		return &q.With
	case *Values:
		return &q.With
	case *TableQuery:
		return &q.With
	case *NestedQuery:
		return &q.With
	}
	return nil
}
