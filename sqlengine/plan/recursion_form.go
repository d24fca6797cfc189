package plan

import (
	"strings"

	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
)

// recursiveForm finds the two terms of a WITH query that names itself: what it
// begins with, UNION [ALL], and what it goes on with, which names it once, in
// its FROM. A term that named it elsewhere could take back rows of earlier
// rounds: the standard refuses that, and so does this.
func (b *binder) recursiveForm(def *ast.CTE) (*ast.SetOp, error) {
	name := def.Name.Text
	op, ok := def.Body.(*ast.SetOp)
	if !ok || op.Kind != ast.Union {
		return nil, refuse(stateRecursion, def.Pos(), "`%s` names itself, so it must be of the form: SELECT … UNION [ALL] SELECT … FROM %s …", name, name)
	}
	if len(op.OrderBy) > 0 {
		return nil, refuse(stateUnsupported, op.OrderBy[0].Pos(), "ORDER BY in the recursive query `%s`; order where it is read", name)
	}
	if op.Limit != nil && b.opt.Dialect != expr.MySQL {
		return nil, refuse(stateUnsupported, op.Limit.Pos(), "LIMIT in the recursive query `%s`; limit where it is read", name)
	}
	r := &recursionCheck{name: name}
	if r.query(op.Left, "the term that it begins with"); r.err == nil {
		r.query(op.Right, "")
	}
	if r.err == nil && r.seen == 0 { // only a WITH inside names it
		return nil, refuse(stateRecursion, op.Right.Pos(), "`%s` must be named in the FROM of its recursive term", name)
	}
	return op, r.err
}

// recursionCheck looks for what names a query where it may not.
type recursionCheck struct {
	name string
	seen int
	err  error
}

// at notes a place that names the query. within says what the place is part of
// that must not be, "" if it is fine.
func (r *recursionCheck) at(pos ast.Pos, within string) {
	r.seen++
	switch {
	case r.err != nil:
	case within != "":
		r.err = refuse(stateRecursion, pos, "`%s` names itself within %s", r.name, within)
	case r.seen > 1:
		r.err = refuse(stateRecursion, pos, "`%s` names itself more than once", r.name)
	}
}

func (r *recursionCheck) names(n ast.Name) bool {
	return len(n.Parts) == 1 && strings.EqualFold(n.Parts[0].Text, r.name)
}

func (r *recursionCheck) query(q ast.Query, within string) {
	if w := *ast.WithOf(q); w != nil {
		for i := range w.CTEs {
			if strings.EqualFold(w.CTEs[i].Name.Text, r.name) {
				return // the name means another query in here
			}
		}
		for i := range w.CTEs {
			if body, ok := w.CTEs[i].Body.(ast.Query); ok {
				r.query(body, within)
			}
		}
	}
	switch q := q.(type) {
	case *ast.Select:
		r.selection(q, within)
	case *ast.SetOp:
		left, right := within, within
		switch {
		case q.Kind == ast.Intersect && q.All:
			left, right = or(within, "INTERSECT ALL"), or(within, "INTERSECT ALL")
		case q.Kind == ast.Except:
			right = or(within, "the right side of EXCEPT")
			if q.All {
				left = or(within, "EXCEPT ALL")
			}
		}
		r.query(q.Left, left)
		r.query(q.Right, right)
	case *ast.NestedQuery:
		r.query(q.Query, within)
	case *ast.TableQuery:
		if r.names(q.Name) {
			r.at(q.Pos(), within)
		}
	case *ast.Values:
		for _, row := range q.Rows {
			r.exprs(row)
		}
	}
	for _, it := range ast.TailOf(q).OrderBy {
		r.expr(it.X)
	}
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func (r *recursionCheck) selection(q *ast.Select, within string) {
	before := r.seen
	for _, t := range q.From {
		r.table(t, within)
	}
	for _, it := range q.Items {
		r.expr(it.X)
		if r.seen > before && r.err == nil && len(aggregateCalls(it.X)) > 0 {
			r.err = refuse(stateRecursion, it.X.Pos(), "an aggregate in the recursive term of `%s`: it would take back what earlier rounds gave", r.name)
		}
	}
	r.expr(q.Where)
	if r.seen > before && r.err == nil && (q.GroupBy != nil || q.Having != nil) {
		r.err = refuse(stateRecursion, q.Pos(), "GROUP BY in the recursive term of `%s`: it would take back what earlier rounds gave", r.name)
	}
	r.expr(q.Having)
	r.expr(q.Qualify)
}

func (r *recursionCheck) table(t ast.TableExpr, within string) {
	switch t := t.(type) {
	case *ast.TableName:
		if r.names(t.Name) {
			r.at(t.Pos(), within)
		}
	case *ast.Derived:
		r.query(t.Query, within)
	case *ast.Join:
		left, right := within, within
		if t.Kind == ast.RightJoin || t.Kind == ast.FullJoin {
			left = or(within, "the side of an outer join that may be missing")
		}
		if t.Kind == ast.LeftJoin || t.Kind == ast.FullJoin || t.Kind == ast.OuterApply {
			right = or(within, "the side of an outer join that may be missing")
		}
		r.table(t.Left, left)
		r.table(t.Right, right)
		r.expr(t.On)
	case *ast.Pivot:
		r.table(t.Source, or(within, "PIVOT"))
	case *ast.Unpivot:
		r.table(t.Source, within)
	case *ast.TableFunc:
		r.exprs(t.Call.Args)
	}
}

func (r *recursionCheck) exprs(xs []ast.Expr) {
	for _, x := range xs {
		r.expr(x)
	}
}

// expr looks into the subqueries of an expression.
func (r *recursionCheck) expr(x ast.Expr) {
	if x == nil {
		return
	}
	ast.Inspect(x, func(n ast.Node) bool {
		if q, ok := n.(ast.Query); ok {
			r.query(q, "a subquery")
			return false
		}
		return true
	})
}
