package providers

import (
	"strings"

	"github.com/epicorerp/epicorerp/sqltypes"
)

// Exists is true of a row for which another table of the provider has a row that
// equals it in all of On and for which every condition of Where is true. It is
// false of any other, and never unknown: NULL equals nothing.
//
// It is offered as a conjunct of its own, or under Not, where a navigation of
// one of the two tables has the pairs that On states. A provider that does not
// know it answers None.
type Exists struct {
	Of    *TableInfo
	On    []Equality
	Where []Predicate // over the columns of Of
}

// Equality is one pair of columns that are equal.
type Equality struct {
	Here  *ColumnRef // of the table that is asked
	There *ColumnRef // of the other one
}

func (e *Exists) Type() sqltypes.Type { return sqltypes.Of(sqltypes.Bool) }
func (*Exists) isExpr()               {}

// String prints the condition as a subquery.
func (e *Exists) String() string {
	var conds []string
	for _, p := range e.On {
		conds = append(conds, e.Of.Name+"."+p.There.Name+" = "+p.Here.Name)
	}
	for _, w := range e.Where {
		text := w.String()
		if c, ok := w.(*Call); ok && c.Func == Or {
			text = "(" + text + ")"
		}
		conds = append(conds, text)
	}
	return "EXISTS (SELECT 1 FROM " + e.Of.Name + " WHERE " + strings.Join(conds, " AND ") + ")"
}
