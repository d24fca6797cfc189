package providers

import (
	"strings"

	"github.com/epicorerp/epicorerp/sqltypes"
)

// Expr is an expression that the engine offers to a provider. It is one of
// *ColumnRef, *Const, *Call and *Exists.
type Expr interface {
	Type() sqltypes.Type
	// String prints the expression as SQL, columns by name.
	String() string
	isExpr()
}

// ColumnRef is a column of the table.
type ColumnRef struct {
	Column int // position in TableInfo.Columns
	Name   string
	T      sqltypes.Type
}

// Const is a constant. Its kind is the kind of what it is compared with
// wherever that conversion loses nothing.
type Const struct{ Value sqltypes.Value }

// Call applies a function or operator. NULL logic is SQL's.
type Call struct {
	Func Func
	Args []Expr
	T    sqltypes.Type
}

func (c *ColumnRef) Type() sqltypes.Type { return c.T }
func (c *Const) Type() sqltypes.Type     { return sqltypes.Of(c.Value.Kind) }
func (c *Call) Type() sqltypes.Type      { return c.T }
func (*ColumnRef) isExpr()               {}
func (*Const) isExpr()                   {}
func (*Call) isExpr()                    {}

// Func names what a Call applies.
type Func string

// The functions that are offered. A provider answers None to any predicate
// with one that it does not know.
const (
	And       Func = "AND" // two or more arguments
	Or        Func = "OR"  // two or more arguments
	Not       Func = "NOT"
	Eq        Func = "="
	Ne        Func = "<>"
	Lt        Func = "<"
	Le        Func = "<="
	Gt        Func = ">"
	Ge        Func = ">="
	Same      Func = "IS NOT DISTINCT FROM"
	IsNull    Func = "IS NULL"
	IsNotNull Func = "IS NOT NULL"
	In        Func = "IN"   // operand, then constants, none of them NULL
	Like      Func = "LIKE" // operand, pattern constant, and escape constant if there is one
	Add       Func = "+"
	Sub       Func = "-"
	Mul       Func = "*"
	Div       Func = "/" // integers truncate
	Mod       Func = "%"
	Neg       Func = "NEG"
	Concat    Func = "||"
	Lower     Func = "LOWER"
	Upper     Func = "UPPER"
	Length    Func = "LENGTH"    // characters
	Trim      Func = "TRIM"      // blanks at both ends
	Substring Func = "SUBSTRING" // text, 1-based start, and length if there is one
	Position  Func = "POSITION"  // needle, text: 1-based, 0 if absent
	Year      Func = "YEAR"
	Month     Func = "MONTH"
	Day       Func = "DAY"
	Hour      Func = "HOUR"
	Minute    Func = "MINUTE"
	Second    Func = "SECOND"
	Floor     Func = "FLOOR"
	Ceiling   Func = "CEILING"
	Round     Func = "ROUND"
)

func (c *ColumnRef) String() string { return c.Name }
func (c *Const) String() string     { return c.Value.String() }

// String prints the call as SQL, with parentheses around operands that are
// operators themselves.
func (c *Call) String() string {
	args := make([]string, len(c.Args))
	for i, a := range c.Args {
		args[i] = a.String()
		if sub, ok := a.(*Call); ok && sub.isOperator() {
			args[i] = "(" + args[i] + ")"
		}
	}
	switch c.Func {
	case Not:
		return "NOT " + args[0]
	case Neg:
		return "-" + args[0]
	case IsNull, IsNotNull:
		return args[0] + " " + string(c.Func)
	case In:
		return args[0] + " IN (" + strings.Join(args[1:], ", ") + ")"
	case Like:
		s := args[0] + " LIKE " + args[1]
		if len(args) > 2 {
			s += " ESCAPE " + args[2]
		}
		return s
	}
	if c.isOperator() {
		return strings.Join(args, " "+string(c.Func)+" ")
	}
	return string(c.Func) + "(" + strings.Join(args, ", ") + ")"
}

func (c *Call) isOperator() bool {
	switch c.Func {
	case Lower, Upper, Length, Trim, Substring, Position, Year, Month, Day, Hour, Minute, Second, Floor, Ceiling, Round:
		return false
	}
	return true
}

var opposites = map[Func]Func{Eq: Ne, Ne: Eq, Lt: Ge, Ge: Lt, Gt: Le, Le: Gt}

// Opposite is the comparison that holds where f does not, null aside; "" if f is
// no comparison.
func (f Func) Opposite() Func { return opposites[f] }

var mirrors = map[Func]Func{Eq: Eq, Ne: Ne, Lt: Gt, Gt: Lt, Le: Ge, Ge: Le}

// Mirrored is the comparison with its sides exchanged; "" if f is no comparison.
func (f Func) Mirrored() Func { return mirrors[f] }
