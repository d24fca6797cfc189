package expr

import (
	"strings"

	"github.com/epicorerp/epicorerp/sqltypes"
)

// CompareOp is a comparison.
type CompareOp uint8

// The comparisons. The last two never give NULL.
const (
	EQ CompareOp = iota
	NE
	LT
	LE
	GT
	GE
	Distinct
	NotDistinct
)

var compareNames = [...]string{"=", "<>", "<", "<=", ">", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"}

// String returns the operator as SQL writes it.
func (op CompareOp) String() string { return compareNames[op] }

// Flip returns the operator with the operands exchanged.
func (op CompareOp) Flip() CompareOp {
	switch op {
	case LT:
		return GT
	case LE:
		return GE
	case GT:
		return LT
	case GE:
		return LE
	}
	return op
}

// Negate returns the operator that is TRUE where op is FALSE and the reverse.
func (op CompareOp) Negate() CompareOp {
	return [...]CompareOp{NE, EQ, GE, GT, LE, LT, NotDistinct, Distinct}[op]
}

// Compare compares two values. Its operands have one kind, or are an integer
// and a float.
type Compare struct {
	Op   CompareOp
	A, B Node
}

// Logical is AND or OR over two or more operands.
type Logical struct {
	Or   bool
	Args []Node
}

// Negation is NOT x.
type Negation struct{ X Node }

// NullTest is x IS [NOT] NULL.
type NullTest struct {
	X   Node
	Not bool
}

// Truth is what a BoolTest looks for.
type Truth uint8

// The truth values.
const (
	False Truth = iota
	True
	Unknown
)

// BoolTest is x IS [NOT] TRUE, FALSE or UNKNOWN.
type BoolTest struct {
	X     Node
	Truth Truth
	Not   bool
}

// Arith is an arithmetic operator: + - * / % & | ^ << >>. Numeric operands
// have the kind of T; the others are a date or time with days or an interval.
type Arith struct {
	Op   string
	A, B Node
	T    sqltypes.Type
	// MySQL divides decimals to four digits more than the dividend has, and
	// by zero to NULL.
	MySQL bool
}

// Unary is - or ~.
type Unary struct {
	Op string
	X  Node
	T  sqltypes.Type
}

// Join is a || b: NULL when either is.
type Join struct {
	A, B Node
	T    sqltypes.Type
}

// InList is x [NOT] IN (list). The items have x's type.
type InList struct {
	X    Node
	List []Node
	Not  bool
}

// Like is x [NOT] LIKE pattern. Escape is nil for the backslash that
// PostgreSQL and MySQL use by default, and an empty constant for none.
type Like struct {
	X, Pattern, Escape Node
	Not, Insensitive   bool
}

// Regex is x ~ pattern, in RE2 syntax.
type Regex struct {
	X, Pattern       Node
	Not, Insensitive bool
}

// When is one branch of a Case.
type When struct{ Cond, Result Node }

// Case is CASE WHEN … THEN … ELSE … END. Else is never nil.
type Case struct {
	Whens []When
	Else  Node
	T     sqltypes.Type
}

// Cast converts X to T. Try gives NULL where the conversion fails.
type Cast struct {
	X        Node
	T        sqltypes.Type
	Try      bool
	Implicit bool // not written in the query
	// Lenient reads the number, date or time that text begins with, as MySQL
	// does.
	Lenient bool
}

// Call is a call of a function of the table.
type Call struct {
	Fn   *Function
	Args []Node
	T    sqltypes.Type
	form *form
}

var boolType = sqltypes.Of(sqltypes.Bool)

func (n *Compare) Type() sqltypes.Type  { return boolType }
func (n *Logical) Type() sqltypes.Type  { return boolType }
func (n *Negation) Type() sqltypes.Type { return boolType }
func (n *NullTest) Type() sqltypes.Type { return boolType }
func (n *BoolTest) Type() sqltypes.Type { return boolType }
func (n *Arith) Type() sqltypes.Type    { return n.T }
func (n *Unary) Type() sqltypes.Type    { return n.T }
func (n *Join) Type() sqltypes.Type     { return n.T }
func (n *InList) Type() sqltypes.Type   { return boolType }
func (n *Like) Type() sqltypes.Type     { return boolType }
func (n *Regex) Type() sqltypes.Type    { return boolType }
func (n *Case) Type() sqltypes.Type     { return n.T }
func (n *Cast) Type() sqltypes.Type     { return n.T }
func (n *Call) Type() sqltypes.Type     { return n.T }

func anyNullable(nodes ...Node) bool {
	for _, n := range nodes {
		if n != nil && n.Nullable() {
			return true
		}
	}
	return false
}

func (n *Compare) Nullable() bool {
	return n.Op != Distinct && n.Op != NotDistinct && anyNullable(n.A, n.B)
}
func (n *Logical) Nullable() bool  { return anyNullable(n.Args...) }
func (n *Negation) Nullable() bool { return n.X.Nullable() }
func (n *NullTest) Nullable() bool { return false }
func (n *BoolTest) Nullable() bool { return false }
func (n *Arith) Nullable() bool    { return n.MySQL || anyNullable(n.A, n.B) }
func (n *Unary) Nullable() bool    { return n.X.Nullable() }
func (n *Join) Nullable() bool     { return anyNullable(n.A, n.B) }
func (n *InList) Nullable() bool   { return n.X.Nullable() || anyNullable(n.List...) }
func (n *Like) Nullable() bool {
	return anyNullable(n.X, n.Pattern) || n.Escape != nil && n.Escape.Nullable()
}
func (n *Regex) Nullable() bool { return anyNullable(n.X, n.Pattern) }
func (n *Case) Nullable() bool {
	for _, w := range n.Whens {
		if w.Result.Nullable() {
			return true
		}
	}
	return n.Else.Nullable()
}
func (n *Cast) Nullable() bool {
	return n.Try || n.Lenient && n.T.Kind.IsTemporal() || n.X.Nullable()
}
func (n *Call) Nullable() bool {
	switch n.Fn.Nulls {
	case NeverNull:
		return false
	case NullIfAny:
		return n.form.partial || anyNullable(n.Args...)
	case NullIfAll:
		for _, a := range n.Args {
			if !a.Nullable() {
				return false
			}
		}
	}
	return true
}

func (n *Compare) Children() []Node  { return []Node{n.A, n.B} }
func (n *Logical) Children() []Node  { return n.Args }
func (n *Negation) Children() []Node { return []Node{n.X} }
func (n *NullTest) Children() []Node { return []Node{n.X} }
func (n *BoolTest) Children() []Node { return []Node{n.X} }
func (n *Arith) Children() []Node    { return []Node{n.A, n.B} }
func (n *Unary) Children() []Node    { return []Node{n.X} }
func (n *Join) Children() []Node     { return []Node{n.A, n.B} }
func (n *InList) Children() []Node   { return append([]Node{n.X}, n.List...) }
func (n *Like) Children() []Node {
	if n.Escape == nil {
		return []Node{n.X, n.Pattern}
	}
	return []Node{n.X, n.Pattern, n.Escape}
}
func (n *Regex) Children() []Node { return []Node{n.X, n.Pattern} }

// Children returns conditions and results in turn, then the ELSE.
func (n *Case) Children() []Node {
	out := make([]Node, 0, 2*len(n.Whens)+1)
	for _, w := range n.Whens {
		out = append(out, w.Cond, w.Result)
	}
	return append(out, n.Else)
}
func (n *Cast) Children() []Node { return []Node{n.X} }
func (n *Call) Children() []Node { return n.Args }

func (n *Compare) WithChildren(c []Node) Node  { return &Compare{n.Op, c[0], c[1]} }
func (n *Logical) WithChildren(c []Node) Node  { return &Logical{n.Or, c} }
func (n *Negation) WithChildren(c []Node) Node { return &Negation{c[0]} }
func (n *NullTest) WithChildren(c []Node) Node { return &NullTest{c[0], n.Not} }
func (n *BoolTest) WithChildren(c []Node) Node { return &BoolTest{c[0], n.Truth, n.Not} }
func (n *Arith) WithChildren(c []Node) Node    { return &Arith{n.Op, c[0], c[1], n.T, n.MySQL} }
func (n *Unary) WithChildren(c []Node) Node    { return &Unary{n.Op, c[0], n.T} }
func (n *Join) WithChildren(c []Node) Node     { return &Join{c[0], c[1], n.T} }
func (n *InList) WithChildren(c []Node) Node   { return &InList{c[0], c[1:], n.Not} }
func (n *Like) WithChildren(c []Node) Node {
	out := *n
	out.X, out.Pattern = c[0], c[1]
	if n.Escape != nil {
		out.Escape = c[2]
	}
	return &out
}
func (n *Regex) WithChildren(c []Node) Node { return &Regex{c[0], c[1], n.Not, n.Insensitive} }
func (n *Case) WithChildren(c []Node) Node {
	out := &Case{Whens: make([]When, len(n.Whens)), Else: c[len(c)-1], T: n.T}
	for i := range out.Whens {
		out.Whens[i] = When{c[2*i], c[2*i+1]}
	}
	return out
}
func (n *Cast) WithChildren(c []Node) Node { return &Cast{c[0], n.T, n.Try, n.Implicit, n.Lenient} }
func (n *Call) WithChildren(c []Node) Node { return &Call{n.Fn, c, n.T, n.form} }

// operand prints a child, in parentheses where it is an operator itself.
func operand(n Node) string {
	switch n := n.(type) {
	case *Compare, *Logical, *Negation, *NullTest, *BoolTest, *Arith, *Join, *InList, *Like, *Regex:
		return "(" + n.String() + ")"
	case *Cast:
		if n.Implicit {
			return operand(n.X)
		}
	}
	return n.String()
}

func notWord(not bool) string {
	if not {
		return "NOT "
	}
	return ""
}

func (n *Compare) String() string { return operand(n.A) + " " + n.Op.String() + " " + operand(n.B) }
func (n *Logical) String() string {
	word := " AND "
	if n.Or {
		word = " OR "
	}
	parts := make([]string, len(n.Args))
	for i, a := range n.Args {
		parts[i] = a.String()
		if sub, ok := a.(*Logical); ok && sub.Or != n.Or {
			parts[i] = "(" + parts[i] + ")"
		}
	}
	return strings.Join(parts, word)
}
func (n *Negation) String() string { return "NOT " + operand(n.X) }
func (n *NullTest) String() string { return operand(n.X) + " IS " + notWord(n.Not) + "NULL" }
func (n *BoolTest) String() string {
	return operand(n.X) + " IS " + notWord(n.Not) + [...]string{"FALSE", "TRUE", "UNKNOWN"}[n.Truth]
}
func (n *Arith) String() string { return operand(n.A) + " " + n.Op + " " + operand(n.B) }
func (n *Unary) String() string { return n.Op + operand(n.X) }
func (n *Join) String() string  { return operand(n.A) + " || " + operand(n.B) }
func (n *InList) String() string {
	const most = 20 // a list of thousands helps nobody in EXPLAIN
	var parts []string
	for i, v := range n.List {
		if i == most {
			parts = append(parts, "…")
			break
		}
		parts = append(parts, v.String())
	}
	return operand(n.X) + " " + notWord(n.Not) + "IN (" + strings.Join(parts, ", ") + ")"
}
func (n *Like) String() string {
	word := "LIKE "
	if n.Insensitive {
		word = "ILIKE "
	}
	s := operand(n.X) + " " + notWord(n.Not) + word + operand(n.Pattern)
	if n.Escape != nil {
		s += " ESCAPE " + n.Escape.String()
	}
	return s
}
func (n *Regex) String() string {
	op := " "
	if n.Not {
		op += "!"
	}
	op += "~"
	if n.Insensitive {
		op += "*"
	}
	return operand(n.X) + op + " " + operand(n.Pattern)
}
func (n *Case) String() string {
	var b strings.Builder
	b.WriteString("CASE")
	for _, w := range n.Whens {
		b.WriteString(" WHEN " + w.Cond.String() + " THEN " + w.Result.String())
	}
	if c, ok := n.Else.(*Const); !ok || !c.V.Null {
		b.WriteString(" ELSE " + n.Else.String())
	}
	b.WriteString(" END")
	return b.String()
}
func (n *Cast) String() string {
	if n.Implicit {
		return n.X.String()
	}
	word := "CAST("
	if n.Try {
		word = "TRY_CAST("
	}
	return word + n.X.String() + " AS " + n.T.String() + ")"
}
func (n *Call) String() string {
	parts := make([]string, len(n.Args))
	for i, a := range n.Args {
		parts[i] = a.String()
	}
	return n.Fn.Name + "(" + strings.Join(parts, ", ") + ")"
}
