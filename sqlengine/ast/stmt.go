package ast

// Assignment is target = value of UPDATE and the like; (a, b) = (1, 2) has two
// targets and a row or subquery as value.
type Assignment struct {
	Loc
	Targets []Name
	Value   Expr
}

// Insert is INSERT, REPLACE and UPSERT. Exactly one of Source, Set and
// DefaultValues says what goes in; VALUES is a *Values as Source.
type Insert struct {
	Loc
	With          *With
	Replace       bool // REPLACE INTO
	Upsert        bool // UPSERT INTO
	Ignore        bool // INSERT IGNORE
	Table         Name
	Alias         Ident
	Columns       []Ident
	Output        []SelectItem // OUTPUT INSERTED.id
	Source        Query
	Set           []Assignment
	DefaultValues bool
	RowAlias      Alias // VALUES (…) AS new
	OnDuplicate   []Assignment
	OnConflict    *OnConflict
	Returning     []SelectItem
}

// OnConflict is ON CONFLICT [target] DO NOTHING | DO UPDATE SET ….
type OnConflict struct {
	Loc
	Columns     []Expr
	TargetWhere Expr
	Constraint  Ident
	DoNothing   bool
	Set         []Assignment
	Where       Expr
}

// Update is UPDATE; Tables has several items or joins in MySQL's form.
type Update struct {
	Loc
	With      *With
	Top       *Top
	Tables    []TableExpr
	Set       []Assignment
	Output    []SelectItem
	From      []TableExpr
	Where     Expr
	OrderBy   []OrderItem
	Limit     *Limit
	Returning []SelectItem
}

// Delete is DELETE. Targets is set only in DELETE a, b FROM …; DELETE FROM t
// has t in From.
type Delete struct {
	Loc
	With      *With
	Top       *Top
	Targets   []Name
	From      []TableExpr
	Output    []SelectItem
	Using     []TableExpr
	Where     Expr
	OrderBy   []OrderItem
	Limit     *Limit
	Returning []SelectItem
}

// MergeAction is what a WHEN of MERGE does.
type MergeAction uint8

// The actions of MERGE.
const (
	MergeUpdate MergeAction = iota
	MergeInsert
	MergeDelete
	MergeNothing
)

// MergeWhen is one WHEN clause.
type MergeWhen struct {
	Loc
	Matched       bool
	BySource      bool // NOT MATCHED BY SOURCE
	And           Expr
	Action        MergeAction
	Set           []Assignment
	Columns       []Ident
	Values        []Expr
	DefaultValues bool
}

// Merge is MERGE INTO target USING source ON ….
type Merge struct {
	Loc
	With      *With
	Target    *TableName
	Source    TableExpr
	On        Expr
	Whens     []MergeWhen
	Output    []SelectItem
	Returning []SelectItem
}

// CallArg is one argument of a Call. Name is zero for a positional one and
// carries no @.
type CallArg struct {
	Loc
	Name  Ident
	Value Expr
	Out   bool // OUTPUT
}

// Call is CALL p(…), EXEC p …, and {call p(…)}. Return is set in {? = call p}.
type Call struct {
	Loc
	Name   Name
	Args   []CallArg
	Return *Param
}

// Option is a name with an optional value, in EXPLAIN (…) and the like. Name
// is in upper case.
type Option struct {
	Loc
	Name  string
	Value string
}

// Explain is EXPLAIN [ANALYZE] [(options)] statement.
type Explain struct {
	Loc
	Analyze bool
	Options []Option
	Stmt    Statement
}

// ShowKind is what SHOW lists.
type ShowKind uint8

// The kinds of SHOW.
const (
	ShowTables ShowKind = iota
	ShowColumns
	ShowDatabases // also SCHEMAS
	ShowViews
	ShowIndex // also INDEXES, KEYS
	ShowCreateTable
	ShowCreateView
	ShowVariables
	ShowStatus
	ShowProcedures // PROCEDURE STATUS, PROCEDURES
	ShowFunctions
	ShowTableStatus
	ShowWarnings
	ShowErrors
	ShowEngines
	ShowCharset
	ShowCollation
	ShowProcesslist
	ShowPlugins
	ShowPrivileges
	ShowGrants
	ShowVariable // SHOW name; Name holds it, ALL included
)

// Show is SHOW. Name is the object where the kind has one (the table of
// COLUMNS, INDEX and CREATE); Schema is the FROM that names a database.
type Show struct {
	Loc
	Kind   ShowKind
	Full   bool
	Scope  string // GLOBAL or SESSION
	Name   Name
	Schema Name
	Like   *Literal
	Where  Expr
}

// Describe is DESCRIBE table [column or pattern].
type Describe struct {
	Loc
	Table  Name
	Column Ident
}

// Use is USE schema.
type Use struct {
	Loc
	Name Name
}

// SetItem is one assignment of SET. Scope is GLOBAL, SESSION, LOCAL or empty.
// User is SET @x = …; System is SET @@x = …. Values has several items in
// SET search_path TO a, b, and none for SET x TO DEFAULT.
type SetItem struct {
	Loc
	Scope  string
	User   bool
	System bool
	Name   Name
	Values []Expr
}

// Set is SET with assignments. SET NAMES x assigns to NAMES, SET TIME ZONE x
// to TIME ZONE (one quoted part), SET CHARACTER SET x to CHARACTER SET.
type Set struct {
	Loc
	Items []SetItem
}

// Reset is RESET name or RESET ALL (a zero name).
type Reset struct {
	Loc
	Name Name
}

// TxMode is what SET TRANSACTION and BEGIN may ask for. Isolation is in upper
// case (READ COMMITTED) or empty.
type TxMode struct {
	Isolation  string
	ReadOnly   bool
	ReadWrite  bool
	Deferrable *bool
	Snapshot   bool // WITH CONSISTENT SNAPSHOT
}

// SetTransaction is SET [scope] TRANSACTION mode; Scope is SESSION, GLOBAL or
// empty (the next or current transaction only).
type SetTransaction struct {
	Loc
	Scope string
	Mode  TxMode
}

// Begin is BEGIN and START TRANSACTION.
type Begin struct {
	Loc
	Mode TxMode
}

// Commit is COMMIT and END.
type Commit struct{ Loc }

// Rollback is ROLLBACK [TO savepoint].
type Rollback struct {
	Loc
	To Ident
}

// Savepoint is SAVEPOINT name.
type Savepoint struct {
	Loc
	Name Ident
}

// ReleaseSavepoint is RELEASE [SAVEPOINT] name.
type ReleaseSavepoint struct {
	Loc
	Name Ident
}

// Do is DO expr, …: evaluate and forget.
type Do struct {
	Loc
	Exprs []Expr
}

// Pragma is PRAGMA name [= value | (value)].
type Pragma struct {
	Loc
	Name  Name
	Value Expr
}

// Cache is CACHE [table] [options] query: keep the rows of the query in a table
// of the driver's. Options are in upper case: TRUNCATE, AUTOCOMMIT, SCHEMA ONLY,
// DROP EXISTING, ALTER SCHEMA.
type Cache struct {
	Loc
	Table   Name
	Options []string
	Query   Query
}

func (*Cache) statement()            {}
func (*Insert) statement()           {}
func (*Update) statement()           {}
func (*Delete) statement()           {}
func (*Merge) statement()            {}
func (*Call) statement()             {}
func (*Explain) statement()          {}
func (*Show) statement()             {}
func (*Describe) statement()         {}
func (*Use) statement()              {}
func (*Set) statement()              {}
func (*Reset) statement()            {}
func (*SetTransaction) statement()   {}
func (*Begin) statement()            {}
func (*Commit) statement()           {}
func (*Rollback) statement()         {}
func (*Savepoint) statement()        {}
func (*ReleaseSavepoint) statement() {}
func (*Do) statement()               {}
func (*Pragma) statement()           {}
