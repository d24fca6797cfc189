package ast

// CreateView is CREATE [OR REPLACE] [LOCAL|TEMPORARY] VIEW name AS query.
type CreateView struct {
	Loc
	OrReplace    bool
	Local        bool // a view kept by the driver, not by the server
	Temporary    bool
	Materialized bool
	IfNotExists  bool
	Name         Name
	Columns      []Ident
	Query        Query
	CheckOption  bool
}

// AlterView is ALTER [LOCAL] VIEW name AS query.
type AlterView struct {
	Loc
	Local   bool
	Name    Name
	Columns []Ident
	Query   Query
}

// DropKind is the kind of object that Drop removes.
type DropKind uint8

// The kinds of objects to drop.
const (
	DropTable DropKind = iota
	DropView
	DropIndex
	DropSchema
)

// Drop is DROP kind [IF EXISTS] names. On is the table of DROP INDEX ix ON t.
type Drop struct {
	Loc
	Kind         DropKind
	Local        bool
	Temporary    bool
	Materialized bool
	IfExists     bool
	Names        []Name
	On           Name
	Cascade      bool
	Restrict     bool
}

// CreateSchema is CREATE SCHEMA or DATABASE.
type CreateSchema struct {
	Loc
	IfNotExists bool
	Name        Name
}

// ColumnDef is a column of CREATE TABLE.
type ColumnDef struct {
	Loc
	Name          Ident
	Type          TypeName
	NotNull       bool
	Null          bool // NULL written out
	Default       Expr
	PrimaryKey    bool
	Unique        bool
	AutoIncrement bool
	Check         Expr
	References    *ForeignKey
	Collation     Name
	Comment       *Literal
	Generated     Expr
}

// ForeignKey is REFERENCES table (columns) with its actions in upper case.
type ForeignKey struct {
	Loc
	Table    Name
	Columns  []Ident
	OnDelete string
	OnUpdate string
}

// ConstraintKind is the kind of a table constraint.
type ConstraintKind uint8

// The kinds of table constraints.
const (
	PrimaryKeyConstraint ConstraintKind = iota
	UniqueConstraint
	ForeignKeyConstraint
	CheckConstraint
	IndexConstraint // KEY or INDEX in CREATE TABLE
)

// Constraint is a table constraint.
type Constraint struct {
	Loc
	Name       Ident
	Kind       ConstraintKind
	Columns    []Ident
	References *ForeignKey
	Check      Expr
}

// CreateTable is CREATE TABLE, with columns or AS query or both.
type CreateTable struct {
	Loc
	Temporary   bool
	IfNotExists bool
	Name        Name
	Columns     []ColumnDef
	Constraints []Constraint
	Like        Name
	As          Query
}

// AlterKind is one action of ALTER TABLE.
type AlterKind uint8

// The actions of ALTER TABLE.
const (
	AddColumn AlterKind = iota
	DropColumn
	AddConstraint
	DropConstraint
	RenameTable
	RenameColumn
	AlterColumnType
	SetColumnDefault
	DropColumnDefault
	SetNotNull
	DropNotNull
)

// AlterAction is one action of AlterTable.
type AlterAction struct {
	Loc
	Kind       AlterKind
	IfExists   bool // IF [NOT] EXISTS, as the kind has it
	Column     ColumnDef
	Constraint Constraint
	Name       Ident // column or constraint
	NewName    Name
	Default    Expr
	Cascade    bool
}

// AlterTable is ALTER TABLE name actions.
type AlterTable struct {
	Loc
	IfExists bool
	Name     Name
	Actions  []AlterAction
}

// CreateIndex is CREATE [UNIQUE] INDEX name ON table (terms).
type CreateIndex struct {
	Loc
	Unique      bool
	IfNotExists bool
	Name        Name
	Table       Name
	Terms       []OrderItem
	Where       Expr
}

// Truncate is TRUNCATE TABLE names.
type Truncate struct {
	Loc
	Names []Name
}

func (*CreateView) statement()   {}
func (*AlterView) statement()    {}
func (*Drop) statement()         {}
func (*CreateSchema) statement() {}
func (*CreateTable) statement()  {}
func (*AlterTable) statement()   {}
func (*CreateIndex) statement()  {}
func (*Truncate) statement()     {}
