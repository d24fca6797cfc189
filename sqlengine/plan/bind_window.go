package plan

import (
	"strings"

	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
)

// SQLSTATEs about windows.
const (
	stateWindowing       = "42P20"
	stateUndefinedWindow = "42704"
	stateWrongFunction   = "42809" // one of another kind: an aggregate, a window function
)

// windowing is what calls with OVER need of the SELECT that they stand in. It
// is there while the select list, ORDER BY and QUALIFY are bound.
type windowing struct {
	selection *selection
	// nodes are the windows so far. Each is put upon the query's input where
	// its first call is bound, so that what comes later may use its columns.
	nodes []*lWindow
	// inCall is set while the operands of a call are bound.
	inCall bool
}

// bindWindow binds a call with OVER and returns its column.
func (b *binder) bindWindow(s *scope, f *ast.Func) (expr.Node, error) {
	name := strings.ToUpper(f.Name.Last().Text)
	switch {
	case s.inAggregate:
		return nil, refuse(stateGrouping, f.Pos(), "an aggregate cannot be over the window function %s; compute it in a subquery", name)
	case s.windows == nil:
		return nil, refuse(stateWindowing, f.Pos(), "window function %s can only stand in the select list, in QUALIFY and in ORDER BY; compute it in a subquery", name)
	case s.windows.inCall:
		return nil, refuse(stateWindowing, f.Pos(), "window functions cannot be nested: %s", name)
	}
	w := s.windows
	w.inCall = true
	defer func() { w.inCall = false }()
	spec, err := w.spec(f.Over)
	if err != nil {
		return nil, err
	}
	node, terms, err := w.window(spec)
	if err != nil {
		return nil, err
	}
	frame, err := w.frame(spec, terms)
	if err != nil {
		return nil, err
	}
	c, err := w.call(f, frame)
	if err != nil {
		return nil, located(err, f.Pos())
	}
	return w.register(node, c)
}

// windowSpec is a window with the named ones that it builds on taken in.
type windowSpec struct {
	partitionBy []ast.Expr
	orderBy     []ast.OrderItem
	frame       *ast.Frame
}

func (w *windowing) spec(over *ast.Over) (windowSpec, error) {
	if over.Spec == nil {
		return w.named(over.Name, len(w.selection.ast.Windows))
	}
	return w.inherit(over.Spec, len(w.selection.ast.Windows))
}

// named finds a window of the WINDOW clause among its first n definitions: one
// may build on those before it.
func (w *windowing) named(name ast.Ident, n int) (windowSpec, error) {
	for i, d := range w.selection.ast.Windows[:n] {
		if strings.EqualFold(d.Name.Text, name.Text) {
			return w.inherit(d.Spec, i)
		}
	}
	return windowSpec{}, refuse(stateUndefinedWindow, name.Pos(), "window `%s` is not defined in the WINDOW clause%s", name.Text, before(n < len(w.selection.ast.Windows)))
}

func before(is bool) string {
	if is {
		return " before this one"
	}
	return ""
}

// inherit completes a window by the one it names first.
func (w *windowing) inherit(spec *ast.WindowSpec, n int) (windowSpec, error) {
	out := windowSpec{spec.PartitionBy, spec.OrderBy, spec.Frame}
	if spec.Base.IsZero() {
		return out, nil
	}
	base, err := w.named(spec.Base, n)
	name := spec.Base.Text
	switch {
	case err != nil:
		return out, err
	case len(spec.PartitionBy) > 0:
		return out, refuse(stateWindowing, spec.Pos(), "a window that builds on `%s` cannot have a PARTITION BY of its own", name)
	case len(spec.OrderBy) > 0 && len(base.orderBy) > 0:
		return out, refuse(stateWindowing, spec.Pos(), "a window that builds on `%s` cannot order it otherwise", name)
	case base.frame != nil:
		return out, refuse(stateWindowing, spec.Pos(), "window `%s` has a frame and cannot be built on; write OVER %s", name, name)
	}
	out.partitionBy = base.partitionBy
	if len(base.orderBy) > 0 {
		out.orderBy = base.orderBy
	}
	return out, nil
}

// checkWindows refuses two windows of one name, and those that nothing uses
// but which could not be used.
func (w *windowing) checkWindows() error {
	defs := w.selection.ast.Windows
	for i, d := range defs {
		for _, e := range defs[:i] {
			if strings.EqualFold(d.Name.Text, e.Name.Text) {
				return refuse(stateWindowing, d.Pos(), "window `%s` is defined twice", d.Name.Text)
			}
		}
		spec, err := w.inherit(d.Spec, i)
		if err != nil {
			return err
		}
		_, terms, err := w.window(spec)
		if err == nil {
			_, err = w.frame(spec, terms)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// window binds the partition and the order of a window.
func (w *windowing) window(spec windowSpec) (*lWindow, []expr.SortTerm, error) {
	n := &lWindow{}
	for _, x := range spec.partitionBy {
		k, err := w.selection.bindGrouped(x)
		if err != nil {
			return nil, nil, err
		}
		if _, constant := k.(*expr.Const); !constant {
			n.partition = append(n.partition, k)
		}
	}
	var terms []expr.SortTerm
	for _, it := range spec.orderBy {
		x, err := w.selection.bindGrouped(it.X)
		if err != nil {
			return nil, nil, err
		}
		k := orderKey(x, it)
		terms = append(terms, expr.SortTerm{X: x, Order: expr.Order{Desc: k.desc, NullsFirst: k.nullsFirst}})
		if _, constant := x.(*expr.Const); !constant { // under a constant all rows are equal
			n.order = append(n.order, k)
		}
	}
	return n, terms, nil
}

var (
	frameUnits    = [...]expr.FrameUnit{ast.Rows: expr.RowsFrame, ast.Range: expr.RangeFrame, ast.Groups: expr.GroupsFrame}
	frameBounds   = [...]expr.BoundKind{ast.UnboundedPreceding: expr.UnboundedPreceding, ast.Preceding: expr.Preceding, ast.CurrentRow: expr.CurrentRow, ast.Following: expr.Following, ast.UnboundedFollowing: expr.UnboundedFollowing}
	frameExcludes = [...]expr.FrameExclude{ast.ExcludeNone: expr.ExcludeNothing, ast.ExcludeCurrentRow: expr.ExcludeCurrentRow, ast.ExcludeGroup: expr.ExcludeGroup, ast.ExcludeTies: expr.ExcludeTies}
)

func (w *windowing) frame(spec windowSpec, order []expr.SortTerm) (expr.WindowFrame, error) {
	f := spec.frame
	if f == nil {
		return expr.DefaultFrame(len(order) > 0), nil
	}
	out := expr.WindowFrame{Unit: frameUnits[f.Unit], Exclude: frameExcludes[f.Exclude]}
	out.Start.Kind, out.End.Kind = frameBounds[f.Start.Kind], frameBounds[f.End.Kind]
	for _, b := range []struct {
		from ast.Expr
		to   *expr.FrameBound
	}{{f.Start.Offset, &out.Start}, {f.End.Offset, &out.End}} {
		if b.from == nil {
			continue
		}
		n, err := w.selection.bindExpr(w.selection.scope, b.from)
		if err != nil {
			return out, err
		}
		b.to.Offset = n
	}
	return out, located(out.Check(order), f.Pos())
}

// call binds the function and its operands, which speak of groups where the
// query is grouped.
func (w *windowing) call(f *ast.Func, frame expr.WindowFrame) (*expr.WindowCall, error) {
	s := w.selection
	name := f.Name.Last().Text
	if expr.IsAggregate(name) {
		a, err := s.aggregateOf(s.scope, f, s.bindGrouped)
		if err != nil {
			return nil, err
		}
		return expr.NewWindowAggregate(a, frame)
	}
	what := ""
	switch {
	case f.Distinct:
		what = "DISTINCT"
	case f.Filter != nil:
		what = "FILTER"
	case len(f.OrderBy) > 0:
		what = "ORDER BY within the parentheses"
	case len(f.WithinGroup) > 0:
		what = "WITHIN GROUP"
	}
	if what != "" && expr.IsWindowFunc(name) {
		return nil, unsupported(f.Pos(), what+" is for aggregates, "+name+" is none")
	}
	args := make([]expr.Node, len(f.Args))
	for i, x := range f.Args {
		var err error
		if args[i], err = s.bindGrouped(x); err != nil {
			return nil, err
		}
	}
	return expr.NewWindowCall(name, args, f.Nulls == ast.IgnoreNulls, f.Nulls != ast.NullsDefault, frame)
}

// register finds the same call, else a node of the same window that may hold
// it, else puts the window upon the query's input.
func (w *windowing) register(fresh *lWindow, c *expr.WindowCall) (expr.Node, error) {
	s := w.selection
	for _, n := range w.nodes {
		if !n.sameWindow(fresh) {
			continue
		}
		for _, k := range n.calls {
			if k.x.Equal(c) {
				return s.ref(k.id), nil
			}
		}
		below := setOf(n.input.columns())
		holds := true
		for _, x := range c.Children() {
			holds = holds && below.within(x)
		}
		if holds {
			return w.add(n, c), nil
		}
	}
	w.nodes = append(w.nodes, fresh)
	fresh.input, s.root = s.root, fresh
	return w.add(fresh, c), nil
}

func (w *windowing) add(n *lWindow, c *expr.WindowCall) expr.Node {
	s := w.selection
	id := s.newColumn(c.String(), c.Type(), !c.Nullable())
	n.calls = append(n.calls, windowCall{id, c})
	s.scope.expose(id)
	return s.ref(id)
}

// project computes the select list of the rows that QUALIFY keeps.
func (s *selection) project() error {
	if err := s.qualify(); err != nil {
		return err
	}
	s.root = &lProject{input: s.root, items: append(s.items, s.extra...)}
	return nil
}

// qualify binds QUALIFY: a condition over the rows with their windows.
// Subqueries in it become columns and never drop a row, for the windows of the
// rest of the condition count all of them.
func (s *selection) qualify() error {
	if s.ast.Qualify == nil {
		return nil
	}
	s.scope.aliases = s.outputAlias
	defer func() { s.scope.aliases = nil }()
	var conds []expr.Node
	for _, x := range astConjuncts(s.ast.Qualify) {
		n, err := s.bindGrouped(x)
		if err == nil {
			n, err = asCondition(n)
		}
		if err != nil {
			return located(err, x.Pos())
		}
		conds = append(conds, expr.Conjuncts(expr.FoldStatement(n, s.opt.Statement))...)
	}
	s.root = &lFilter{input: s.root, conds: conds}
	return nil
}
