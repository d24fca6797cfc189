package plan

import (
	"fmt"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// Target is a column that rows go into: what an INSERT makes of a column of its
// source.
type Target struct {
	Name string
	Type sqltypes.Type
}

// assign gives a query the types of the columns that its rows go into. What
// converts by itself does, and numbers are rounded to the column's type, as
// PostgreSQL's assignment does; anything else is an error that names the column.
func (b *binder) assign(q *bound, targets []Target) error {
	if len(q.out) != len(targets) {
		names := make([]string, len(targets))
		for i, t := range targets {
			names[i] = t.Name
		}
		return &providers.Error{Kind: providers.KindSyntax, Message: fmt.Sprintf(
			"each row has %d values, there are %d columns to fill: %s", len(q.out), len(targets), strings.Join(names, ", "))}
	}
	if v, ok := q.root.(*lValues); ok {
		// A literal takes the column's type by itself, each in its row.
		for _, row := range v.rows {
			for i := range row {
				var err error
				if row[i], err = assigned(row[i], targets[i]); err != nil {
					return err
				}
			}
		}
		for i, id := range v.ids {
			b.cols[id].t = targets[i].Type
		}
		return nil
	}
	xs := make([]expr.Node, len(targets))
	for i, t := range targets {
		var err error
		if xs[i], err = assigned(b.outExpr(q, i), t); err != nil {
			return err
		}
	}
	root, ids := b.projected(q, xs)
	q.root = root
	for i, id := range ids {
		q.out[i].id = id
	}
	return nil
}

// assigned converts a value to a column's type.
func assigned(x expr.Node, t Target) (expr.Node, error) {
	from := x.Type()
	switch {
	case from == t.Type:
		return x, nil
	case from.Kind == t.Type.Kind && t.Type.Kind != sqltypes.Decimal:
		return x, nil
	case from.Kind.IsNumeric() && t.Type.Kind.IsNumeric():
		return expr.NewCast(x, t.Type, false)
	}
	out, err := expr.Coerce(x, t.Type)
	if err != nil {
		e := ExprError(err)
		e.Message = "column " + t.Name + " " + t.Type.String() + ": " + e.Message
		return nil, e
	}
	return out, nil
}
