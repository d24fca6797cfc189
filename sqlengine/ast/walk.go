package ast

// Inspect visits n and everything beneath it, parents first and siblings in
// the order of the text. It goes no deeper where f returns false.
func Inspect(n Node, f func(Node) bool) {
	if f(n) {
		Children(n, func(c Node) { Inspect(c, f) })
	}
}

// Children calls f for each node directly beneath n: the statements, queries,
// table expressions and expressions among its parts. Absent parts are left out.
func Children(n Node, f func(Node)) {
	v := visitor{f}
	switch n := n.(type) {
	case Expr:
		v.exprParts(n)
	case Query:
		v.queryParts(n)
	case TableExpr:
		v.tableParts(n)
	case Statement:
		v.statementParts(n)
	}
}

type visitor struct{ f func(Node) }

//go:noinline
func (v visitor) expr(e Expr) {
	if e != nil {
		v.f(e)
	}
}

//go:noinline
func (v visitor) query(q Query) {
	if q != nil {
		v.f(q)
	}
}

func (v visitor) exprs(list []Expr) {
	for _, e := range list {
		v.expr(e)
	}
}

func (v visitor) tables(list []TableExpr) {
	for _, t := range list {
		v.f(t)
	}
}

func (v visitor) items(list []SelectItem) {
	for i := range list {
		v.expr(list[i].X)
	}
}

func (v visitor) order(list []OrderItem) {
	for i := range list {
		v.expr(list[i].X)
	}
}

func (v visitor) assignments(list []Assignment) {
	for i := range list {
		v.expr(list[i].Value)
	}
}

func (v visitor) with(w *With) {
	if w == nil {
		return
	}
	for i := range w.CTEs {
		v.f(w.CTEs[i].Body)
	}
}

func (v visitor) window(w *WindowSpec) {
	if w == nil {
		return
	}
	v.exprs(w.PartitionBy)
	v.order(w.OrderBy)
	if w.Frame != nil {
		v.expr(w.Frame.Start.Offset)
		v.expr(w.Frame.End.Offset)
	}
}

func (v visitor) top(t *Top) {
	if t != nil {
		v.expr(t.Count)
	}
}

func (v visitor) limit(l *Limit) {
	if l != nil {
		v.expr(l.Count)
		v.expr(l.Offset)
	}
}

func (v visitor) tail(t *Tail) {
	v.order(t.OrderBy)
	v.limit(t.Limit)
}

func (v visitor) groupings(list []Grouping) {
	for i := range list {
		v.exprs(list[i].Exprs)
		v.groupings(list[i].Sets)
	}
}

func (v visitor) exprParts(e Expr) {
	switch e := e.(type) {
	case *Interval:
		v.expr(e.Value)
	case *Unary:
		v.expr(e.X)
	case *Binary:
		v.expr(e.L)
		v.expr(e.R)
	case *Comparison:
		v.expr(e.L)
		v.expr(e.R)
	case *Quantified:
		v.expr(e.X)
		v.query(e.Query)
		v.expr(e.Array)
	case *Between:
		v.expr(e.X)
		v.expr(e.Lo)
		v.expr(e.Hi)
	case *In:
		v.expr(e.X)
		v.exprs(e.List)
		v.query(e.Query)
	case *Like:
		v.expr(e.X)
		v.expr(e.Pattern)
		v.expr(e.Escape)
	case *Is:
		v.expr(e.X)
	case *Case:
		v.expr(e.Operand)
		for i := range e.Whens {
			v.expr(e.Whens[i].Cond)
			v.expr(e.Whens[i].Result)
		}
		v.expr(e.Else)
	case *Cast:
		v.expr(e.X)
		v.expr(e.Style)
	case *Func:
		v.funcParts(e)
	case *NamedArg:
		v.expr(e.Value)
	case *Exists:
		v.query(e.Query)
	case *Subquery:
		v.query(e.Query)
	case *Row:
		v.exprs(e.Items)
	case *Array:
		v.exprs(e.Items)
		v.query(e.Query)
	case *AtTimeZone:
		v.expr(e.X)
		v.expr(e.Zone)
	case *Collate:
		v.expr(e.X)
	}
}

func (v visitor) funcParts(e *Func) {
	v.exprs(e.Args)
	v.order(e.OrderBy)
	v.expr(e.Separator)
	v.order(e.WithinGroup)
	v.expr(e.Filter)
	if e.Over != nil {
		v.window(e.Over.Spec)
	}
}

func (v visitor) queryParts(q Query) {
	v.with(*WithOf(q))
	switch q := q.(type) {
	case *Select:
		v.exprs(q.DistinctOn)
		v.top(q.Top)
		v.items(q.Items)
		v.tables(q.From)
		v.expr(q.Where)
		if q.GroupBy != nil {
			v.groupings(q.GroupBy.Elements)
		}
		v.expr(q.Having)
		for i := range q.Windows {
			v.window(q.Windows[i].Spec)
		}
		v.expr(q.Qualify)
	case *SetOp:
		v.query(q.Left)
		v.query(q.Right)
	case *Values:
		for _, row := range q.Rows {
			v.exprs(row)
		}
	case *NestedQuery:
		v.query(q.Query)
	}
	v.tail(TailOf(q))
}

func (v visitor) tableParts(t TableExpr) {
	switch t := t.(type) {
	case *TableName:
		v.expr(t.AsOf)
		if t.Sample != nil {
			v.expr(t.Sample.Arg)
			v.expr(t.Sample.Seed)
		}
	case *Derived:
		v.query(t.Query)
	case *TableFunc:
		v.f(t.Call)
	case *JSONTable:
		v.expr(t.Doc)
		v.expr(t.Path)
		v.jsonColumns(t.Columns)
	case *Join:
		v.f(t.Left)
		v.f(t.Right)
		v.expr(t.On)
	case *Pivot:
		v.f(t.Source)
		v.items(t.Aggregates)
		v.items(t.In)
	case *Unpivot:
		v.f(t.Source)
		v.items(t.In)
	}
}

func (v visitor) jsonColumns(list []JSONColumn) {
	for i := range list {
		v.expr(list[i].Path)
		v.jsonColumns(list[i].Nested)
	}
}

func (v visitor) statementParts(s Statement) {
	switch s := s.(type) {
	case *Insert:
		v.insertParts(s)
	case *Update:
		v.with(s.With)
		v.top(s.Top)
		v.tables(s.Tables)
		v.assignments(s.Set)
		v.items(s.Output)
		v.tables(s.From)
		v.expr(s.Where)
		v.order(s.OrderBy)
		v.limit(s.Limit)
		v.items(s.Returning)
	case *Delete:
		v.with(s.With)
		v.top(s.Top)
		v.tables(s.From)
		v.items(s.Output)
		v.tables(s.Using)
		v.expr(s.Where)
		v.order(s.OrderBy)
		v.limit(s.Limit)
		v.items(s.Returning)
	case *Merge:
		v.mergeParts(s)
	case *Call:
		if s.Return != nil {
			v.f(s.Return)
		}
		for i := range s.Args {
			v.expr(s.Args[i].Value)
		}
	case *Explain:
		v.f(s.Stmt)
	case *Show:
		if s.Like != nil {
			v.f(s.Like)
		}
		v.expr(s.Where)
	case *Set:
		for i := range s.Items {
			v.exprs(s.Items[i].Values)
		}
	case *Do:
		v.exprs(s.Exprs)
	case *Cache:
		v.query(s.Query)
	case *Pragma:
		v.expr(s.Value)
	default:
		v.definitionParts(s)
	}
}

func (v visitor) insertParts(s *Insert) {
	v.with(s.With)
	v.items(s.Output)
	v.query(s.Source)
	v.assignments(s.Set)
	v.assignments(s.OnDuplicate)
	if c := s.OnConflict; c != nil {
		v.exprs(c.Columns)
		v.expr(c.TargetWhere)
		v.assignments(c.Set)
		v.expr(c.Where)
	}
	v.items(s.Returning)
}

func (v visitor) mergeParts(s *Merge) {
	v.with(s.With)
	v.f(s.Target)
	v.f(s.Source)
	v.expr(s.On)
	for i := range s.Whens {
		v.expr(s.Whens[i].And)
		v.assignments(s.Whens[i].Set)
		v.exprs(s.Whens[i].Values)
	}
	v.items(s.Output)
	v.items(s.Returning)
}

func (v visitor) definitionParts(s Statement) {
	switch s := s.(type) {
	case *CreateView:
		v.query(s.Query)
	case *AlterView:
		v.query(s.Query)
	case *CreateTable:
		for i := range s.Columns {
			v.columnParts(&s.Columns[i])
		}
		for i := range s.Constraints {
			v.expr(s.Constraints[i].Check)
		}
		v.query(s.As)
	case *AlterTable:
		for i := range s.Actions {
			v.columnParts(&s.Actions[i].Column)
			v.expr(s.Actions[i].Constraint.Check)
			v.expr(s.Actions[i].Default)
		}
	case *CreateIndex:
		v.order(s.Terms)
		v.expr(s.Where)
	}
}

func (v visitor) columnParts(c *ColumnDef) {
	v.expr(c.Default)
	v.expr(c.Check)
	if c.Comment != nil {
		v.f(c.Comment)
	}
	v.expr(c.Generated)
}
