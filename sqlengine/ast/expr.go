package ast

// LiteralKind says what a Literal's text is.
type LiteralKind uint8

// The kinds of literals.
const (
	Number      LiteralKind = iota // Text is the number as written: 1, .5, 1.5e10
	String                         // Text is the decoded value
	Bool                           // Text is TRUE or FALSE
	Null                           // Text is empty
	Bytes                          // Text is the raw bytes of X'4D79' or 0x4D79
	Bits                           // Text is the binary digits of B'1010' or 0b1010
	Date                           // Text is the content of DATE '…'
	Time                           // Text is the content of TIME '…'
	TimeTZ                         // TIME WITH TIME ZONE '…'
	Timestamp                      // TIMESTAMP '…'
	TimestampTZ                    // TIMESTAMP WITH TIME ZONE '…'
)

// Literal is a constant written in the text.
type Literal struct {
	Loc
	Kind LiteralKind
	Text string
}

// Interval is INTERVAL value unit [TO unit]. Unit is in upper case and empty
// in INTERVAL '30 days', where the string holds the units. Precision digits
// keep their text in Unit, as in SECOND(3).
type Interval struct {
	Loc
	Value Expr
	Unit  string
	To    string
}

// ColumnRef is a name that stands for a column. A word argument such as the
// unit in DATEADD(day, 1, d) is a ColumnRef too.
type ColumnRef struct {
	Loc
	Name Name
}

// Star is * or t.*; it stands in select lists, RETURNING and COUNT(*). In a
// select list it may be without some columns: * EXCEPT (a, t.b).
type Star struct {
	Loc
	Qualifier Name
	Except    []Name
}

// ParamKind is the way a parameter is written.
type ParamKind uint8

// The kinds of parameters.
const (
	Question   ParamKind = iota // ?
	Numbered                    // ?1, $1, :1
	ColonNamed                  // :name
	AtNamed                     // @name
)

// Param is a placeholder for a value bound later. Ordinal counts from 1: the
// position among all ? of the text, or the number as written. Prefix is the
// sign it was written with.
type Param struct {
	Loc
	Kind    ParamKind
	Prefix  byte
	Ordinal int
	Name    string
}

// SysVar is @@version or @@session.autocommit. Name keeps all parts.
type SysVar struct {
	Loc
	Name Name
}

// UnaryOp is a prefix operator.
type UnaryOp uint8

// The prefix operators.
const (
	Neg UnaryOp = iota
	Plus
	Not
	BitNot
)

// Unary is a prefix operator and its operand.
type Unary struct {
	Loc
	Op UnaryOp
	X  Expr
}

// BinaryOp is an infix operator other than a comparison.
type BinaryOp uint8

// The infix operators.
const (
	Or BinaryOp = iota
	Xor
	And
	Add
	Sub
	Mul
	Div
	IntDiv // DIV
	Mod    // % or MOD
	Concat
	BitAnd
	BitOr
	BitXor
	ShiftLeft
	ShiftRight
	JSONGet         // ->
	JSONGetText     // ->>
	JSONPath        // #>
	JSONPathText    // #>>
	JSONContains    // @>
	JSONContainedIn // <@
	Overlaps
	MemberOf
)

// Binary is an infix operator and its operands. Long chains lean to the left.
type Binary struct {
	Loc
	Op   BinaryOp
	L, R Expr
}

// CompareOp is a comparison operator.
type CompareOp uint8

// The comparison operators. <=> is NotDistinct.
const (
	EQ CompareOp = iota
	NE
	LT
	LE
	GT
	GE
	Distinct    // IS DISTINCT FROM
	NotDistinct // IS NOT DISTINCT FROM
)

// Comparison compares two values or rows.
type Comparison struct {
	Loc
	Op   CompareOp
	L, R Expr
}

// Quantified is x op ANY|ALL (query) or x op ANY|ALL (array). Exactly one of
// Query and Array is set.
type Quantified struct {
	Loc
	Op    CompareOp
	All   bool
	X     Expr
	Query Query
	Array Expr
}

// Between is x [NOT] BETWEEN [SYMMETRIC] lo AND hi.
type Between struct {
	Loc
	Not       bool
	Symmetric bool
	X, Lo, Hi Expr
}

// In is x [NOT] IN (list) or x [NOT] IN (query). Query is nil for a list.
type In struct {
	Loc
	Not   bool
	X     Expr
	List  []Expr
	Query Query
}

// LikeKind is the pattern language of a Like.
type LikeKind uint8

// The pattern operators.
const (
	LikePattern LikeKind = iota
	ILike
	Similar    // SIMILAR TO
	Regexp     // REGEXP, RLIKE
	RegexMatch // ~, with regard to case
	RegexIMatch
	Glob
)

// Like is a pattern match; Escape is nil when not written.
type Like struct {
	Loc
	Kind    LikeKind
	Not     bool
	X       Expr
	Pattern Expr
	Escape  Expr
}

// IsKind is what an Is tests for.
type IsKind uint8

// The tests of IS.
const (
	IsNull IsKind = iota
	IsTrue
	IsFalse
	IsUnknown
)

// Is is x IS [NOT] NULL|TRUE|FALSE|UNKNOWN.
type Is struct {
	Loc
	Not  bool
	Kind IsKind
	X    Expr
}

// When is one branch of a Case.
type When struct {
	Loc
	Cond   Expr
	Result Expr
}

// Case is CASE [operand] WHEN … THEN … [ELSE …] END.
type Case struct {
	Loc
	Operand Expr
	Whens   []When
	Else    Expr
}

// TypeName is a type as written. Name is in upper case with single blanks
// (DOUBLE PRECISION, TIMESTAMP WITH TIME ZONE) unless it was quoted. Args are
// the texts in parentheses: 18 and 2, or MAX.
type TypeName struct {
	Loc
	Qualifier Name
	Name      string
	Quoted    bool
	Args      []string
	Array     bool
}

// Cast is CAST, TRY_CAST, x::type and CONVERT. Style is the third argument of
// T-SQL's CONVERT. CONVERT(x USING cs) has a zero Type.Name and a Charset.
type Cast struct {
	Loc
	Try     bool
	X       Expr
	Type    TypeName
	Style   Expr
	Charset Ident
}

// NullTreatment is IGNORE NULLS or RESPECT NULLS.
type NullTreatment uint8

// The null treatments.
const (
	NullsDefault NullTreatment = iota
	IgnoreNulls
	RespectNulls
)

// Func is a call. Standard syntaxes with words between arguments become plain
// calls: SUBSTRING(x, from, length), POSITION(part, whole), TRIM(x[, chars]),
// LTRIM and RTRIM for LEADING and TRAILING, OVERLAY(x, new, from[, length]),
// EXTRACT('YEAR', x) with the unit as an upper-case string.
type Func struct {
	Loc
	Name        Name
	NoParens    bool // CURRENT_DATE
	Distinct    bool
	Args        []Expr // may hold *Star and *NamedArg
	OrderBy     []OrderItem
	Separator   Expr // GROUP_CONCAT … SEPARATOR
	WithinGroup []OrderItem
	Filter      Expr
	Nulls       NullTreatment
	Over        *Over
}

// NamedArg is name => value in a call.
type NamedArg struct {
	Loc
	Name  Ident
	Value Expr
}

// Over is OVER name or OVER (spec).
type Over struct {
	Loc
	Name Ident
	Spec *WindowSpec
}

// WindowSpec is the text in parentheses of OVER and WINDOW.
type WindowSpec struct {
	Loc
	Base        Ident
	PartitionBy []Expr
	OrderBy     []OrderItem
	Frame       *Frame
}

// FrameUnit is ROWS, RANGE or GROUPS.
type FrameUnit uint8

// The frame units.
const (
	Rows FrameUnit = iota
	Range
	Groups
)

// BoundKind is one end of a frame.
type BoundKind uint8

// The ends of frames, from the first to the last possible.
const (
	UnboundedPreceding BoundKind = iota
	Preceding
	CurrentRow
	Following
	UnboundedFollowing
)

// FrameBound is one end of a frame; Offset belongs to Preceding and Following.
type FrameBound struct {
	Kind   BoundKind
	Offset Expr
}

// FrameExclude is the EXCLUDE clause of a frame.
type FrameExclude uint8

// The exclusions.
const (
	ExcludeNone FrameExclude = iota
	ExcludeCurrentRow
	ExcludeGroup
	ExcludeTies
)

// Frame is ROWS BETWEEN start AND end. A frame with one bound ends at the
// current row, and is written so here.
type Frame struct {
	Loc
	Unit       FrameUnit
	Start, End FrameBound
	Exclude    FrameExclude
}

// Exists is EXISTS (query).
type Exists struct {
	Loc
	Query Query
}

// Subquery is a query used as a value.
type Subquery struct {
	Loc
	Query Query
}

// Row is (a, b) or ROW(a).
type Row struct {
	Loc
	Items []Expr
}

// Array is ARRAY[…] or ARRAY(query).
type Array struct {
	Loc
	Items []Expr
	Query Query
}

// AtTimeZone is x AT TIME ZONE zone.
type AtTimeZone struct {
	Loc
	X, Zone Expr
}

// Collate is x COLLATE name.
type Collate struct {
	Loc
	X         Expr
	Collation Name
}

// Default is the word DEFAULT where a value is given.
type Default struct{ Loc }

func (*Literal) expr()    {}
func (*Interval) expr()   {}
func (*ColumnRef) expr()  {}
func (*Star) expr()       {}
func (*Param) expr()      {}
func (*SysVar) expr()     {}
func (*Unary) expr()      {}
func (*Binary) expr()     {}
func (*Comparison) expr() {}
func (*Quantified) expr() {}
func (*Between) expr()    {}
func (*In) expr()         {}
func (*Like) expr()       {}
func (*Is) expr()         {}
func (*Case) expr()       {}
func (*Cast) expr()       {}
func (*Func) expr()       {}
func (*NamedArg) expr()   {}
func (*Exists) expr()     {}
func (*Subquery) expr()   {}
func (*Row) expr()        {}
func (*Array) expr()      {}
func (*AtTimeZone) expr() {}
func (*Collate) expr()    {}
func (*Default) expr()    {}
