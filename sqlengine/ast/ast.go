// Package ast is the syntax tree of the driver's SQL: what the text says, and
// nothing about what the names in it mean. Every parser front builds this tree
// and the planner reads it.
//
// The package knows no parser, no catalog and no types of values; it imports
// nothing but the standard library.
//
// Conventions that hold for the whole tree:
//   - Every node has a position, a byte offset into the statement's text.
//   - Names keep their spelling and whether each part was quoted.
//   - Numbers keep their text, so no digit is lost before a type is chosen.
//   - Parentheses leave no node behind: the tree's shape says it all.
//   - An optional part that is absent is nil, an empty slice, or an Ident or
//     Name whose IsZero is true.
package ast

import "strings"

// Pos is a byte offset into the text of a statement, counted from 0.
type Pos int

// LineColumn gives the 1-based line and column of p in text. Columns count
// characters, not bytes, as editors do.
func (p Pos) LineColumn(text string) (line, column int) {
	end := min(max(int(p), 0), len(text))
	line = 1 + strings.Count(text[:end], "\n")
	start := strings.LastIndexByte(text[:end], '\n') + 1
	column = 1
	for range text[start:end] {
		column++
	}
	return line, column
}

// Loc is embedded in every node and carries its position.
type Loc Pos

// Pos gives the byte offset at which the node starts. For operators written
// between their operands it is the offset of the operator.
func (l *Loc) Pos() Pos { return Pos(*l) }

// Node is any part of the tree that can be visited.
type Node interface{ Pos() Pos }

// Statement is a complete statement.
type Statement interface {
	Node
	statement()
}

// Query is a statement that yields rows and may stand as a subquery:
// *Select, *SetOp, *Values, *TableQuery or *NestedQuery.
type Query interface {
	Statement
	query()
}

// TableExpr is an item of a FROM list.
type TableExpr interface {
	Node
	tableExpr()
}

// Expr is a scalar (or row) expression.
type Expr interface {
	Node
	expr()
}

// Ident is one part of a name in its spelling, without quotes.
type Ident struct {
	Loc
	Text   string
	Quoted bool
}

// IsZero reports whether the identifier is absent.
func (i Ident) IsZero() bool { return i.Text == "" && !i.Quoted }

// Name is a possibly qualified name: Erp.BO.CustomerSvc.Customers has four parts.
type Name struct{ Parts []Ident }

// IsZero reports whether the name is absent.
func (n Name) IsZero() bool { return len(n.Parts) == 0 }

// Pos gives the position of the first part.
func (n Name) Pos() Pos {
	if len(n.Parts) == 0 {
		return 0
	}
	return n.Parts[0].Pos()
}

// Last gives the rightmost part, or a zero Ident.
func (n Name) Last() Ident {
	if len(n.Parts) == 0 {
		return Ident{}
	}
	return n.Parts[len(n.Parts)-1]
}

// Qualifier gives all parts but the last.
func (n Name) Qualifier() Name {
	if len(n.Parts) == 0 {
		return Name{}
	}
	return Name{Parts: n.Parts[:len(n.Parts)-1]}
}

// String joins the parts with dots, unquoted: for messages, not for SQL.
func (n Name) String() string {
	if len(n.Parts) == 1 {
		return n.Parts[0].Text
	}
	var b strings.Builder
	for i, p := range n.Parts {
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString(p.Text)
	}
	return b.String()
}
