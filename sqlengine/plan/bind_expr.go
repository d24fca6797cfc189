package plan

import (
	"errors"
	"strconv"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// bindExpr resolves an expression to a typed node.
func (b *binder) bindExpr(s *scope, x ast.Expr) (expr.Node, error) {
	n, err := b.bindNode(s, x)
	var unknown errNoColumn
	switch {
	case errors.As(err, &unknown):
		return nil, err
	case err != nil:
		return nil, located(err, x.Pos())
	}
	return n, nil
}

func (b *binder) bindNode(s *scope, x ast.Expr) (expr.Node, error) {
	switch x := x.(type) {
	case *ast.Literal:
		return bindLiteral(x)
	case *ast.ColumnRef:
		return b.bindColumn(s, x)
	case *ast.Param:
		v, err := b.opt.Bind(x)
		if err != nil {
			return nil, err
		}
		return expr.NewConst(v), nil
	case *ast.Unary:
		return b.bindUnary(s, x)
	case *ast.Binary:
		return b.bindBinary(s, x)
	case *ast.Comparison:
		return b.bindComparison(s, x)
	case *ast.Between:
		return b.bindBetween(s, x)
	case *ast.In:
		return b.bindIn(s, x)
	case *ast.Like:
		return b.bindLike(s, x)
	case *ast.Is:
		return b.bindIs(s, x)
	case *ast.Case:
		return b.bindCase(s, x)
	case *ast.Cast:
		return b.bindCast(s, x)
	case *ast.Func:
		return b.bindFunc(s, x)
	case *ast.Interval:
		return b.bindInterval(s, x)
	case *ast.Exists:
		return b.bindExists(s, x.Query)
	case *ast.Subquery:
		return b.bindScalarSubquery(s, x)
	case *ast.Quantified:
		return b.bindQuantified(s, x)
	case *ast.SysVar:
		return b.bindSysVar(x)
	case *ast.Collate:
		return nil, unsupported(x.Pos(), "COLLATE is not supported; the Collation property sets how text compares")
	case *ast.AtTimeZone:
		return b.bindAtTimeZone(s, x)
	case *ast.Array:
		return nil, unsupported(x.Pos(), "arrays are not supported")
	case *ast.Row:
		return nil, fail(providers.KindSyntax, x.Pos(), "a row value can only be compared with a row value or stand before IN")
	case *ast.Star:
		return nil, fail(providers.KindSyntax, x.Pos(), "* stands only in a select list and in COUNT(*)")
	case *ast.Default:
		return nil, fail(providers.KindSyntax, x.Pos(), "DEFAULT stands only in INSERT and UPDATE")
	}
	return nil, unsupported(x.Pos(), "this form of expression")
}

func (b *binder) bindAll(s *scope, xs []ast.Expr) ([]expr.Node, error) {
	out := make([]expr.Node, len(xs))
	for i, x := range xs {
		var err error
		if out[i], err = b.bindExpr(s, x); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (b *binder) bindColumn(s *scope, x *ast.ColumnRef) (expr.Node, error) {
	if s.aliasesFirst && !s.inAggregate {
		if n, ok, err := b.bindAlias(s, x); ok {
			return n, err
		}
	}
	n, err := b.resolve(s, x)
	var unknown errNoColumn
	if errors.As(err, &unknown) {
		if n, ok, err := b.bindAlias(s, x); ok {
			return n, err
		}
	}
	return n, err
}

// bindAlias binds what an alias of the select list stands for, in the clauses
// that may use one.
func (b *binder) bindAlias(s *scope, x *ast.ColumnRef) (n expr.Node, ok bool, err error) {
	if s.aliases == nil || len(x.Name.Parts) != 1 {
		return nil, false, nil
	}
	e, ok := s.aliases(x.Name.Parts[0].Text)
	if !ok {
		return nil, false, nil
	}
	find := s.aliases
	s.aliases = nil // an alias is not defined by aliases
	defer func() { s.aliases = find }()
	n, err = b.bindExpr(s, e)
	return n, true, err
}

func (b *binder) bindUnary(s *scope, x *ast.Unary) (expr.Node, error) {
	n, err := b.bindExpr(s, x.X)
	if err != nil {
		return nil, err
	}
	return b.opt.Dialect.NewUnary([...]string{ast.Neg: "-", ast.Plus: "+", ast.Not: "NOT", ast.BitNot: "~"}[x.Op], n)
}

var binaryOps = map[ast.BinaryOp]string{
	ast.Or: "OR", ast.Xor: "XOR", ast.And: "AND", ast.Add: "+", ast.Sub: "-", ast.Mul: "*", ast.Div: "/",
	ast.IntDiv: "DIV", ast.Mod: "%", ast.Concat: "||", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^",
	ast.ShiftLeft: "<<", ast.ShiftRight: ">>", ast.JSONGet: "->", ast.JSONGetText: "->>",
	ast.JSONPath: "#>", ast.JSONPathText: "#>>", ast.JSONContains: "@>", ast.JSONContainedIn: "<@",
}

// bindBinary binds a chain of one operator without recursion on its left,
// where chains are long.
func (b *binder) bindBinary(s *scope, x *ast.Binary) (expr.Node, error) {
	if x.Op == ast.Overlaps {
		return b.bindOverlaps(s, x)
	}
	op, ok := binaryOps[x.Op]
	if !ok {
		return nil, unsupported(x.Pos(), "this operator is not supported yet")
	}
	chain := []*ast.Binary{x}
	for {
		l, ok := chain[len(chain)-1].L.(*ast.Binary)
		if !ok || l.Op != x.Op {
			break
		}
		chain = append(chain, l)
	}
	acc, err := b.bindExpr(s, chain[len(chain)-1].L)
	if err != nil {
		return nil, err
	}
	args := []expr.Node{acc}
	for i := len(chain) - 1; i >= 0; i-- {
		r, err := b.bindExpr(s, chain[i].R)
		if err != nil {
			return nil, err
		}
		if x.Op == ast.And || x.Op == ast.Or {
			args = append(args, r)
			continue
		}
		if acc, err = b.opt.Dialect.NewBinary(op, acc, r); err != nil {
			return nil, located(err, chain[i].Pos())
		}
	}
	switch x.Op {
	case ast.And:
		return b.opt.Dialect.And(args...)
	case ast.Or:
		return b.opt.Dialect.Or(args...)
	}
	return acc, nil
}

var compareOps = [...]expr.CompareOp{ast.EQ: expr.EQ, ast.NE: expr.NE, ast.LT: expr.LT, ast.LE: expr.LE,
	ast.GT: expr.GT, ast.GE: expr.GE, ast.Distinct: expr.Distinct, ast.NotDistinct: expr.NotDistinct}

func (b *binder) bindComparison(s *scope, x *ast.Comparison) (expr.Node, error) {
	lr, lok := x.L.(*ast.Row)
	rr, rok := x.R.(*ast.Row)
	if lok && rok {
		return b.compareRows(s, x, lr, rr)
	}
	if lq, ok := x.L.(*ast.Subquery); ok && rok {
		return b.compareRowQuery(s, x, lq, rr, true)
	}
	if rq, ok := x.R.(*ast.Subquery); ok && lok {
		return b.compareRowQuery(s, x, rq, lr, false)
	}
	l, err := b.comparand(s, x, x.L, x.R)
	if err != nil {
		return nil, err
	}
	r, err := b.comparand(s, x, x.R, x.L)
	if err != nil {
		return nil, err
	}
	if r, err = b.asInput(l, r); err != nil {
		return nil, err
	}
	if l, err = b.asInput(r, l); err != nil {
		return nil, err
	}
	return b.opt.Dialect.NewCompare(compareOps[x.Op], l, r)
}

// comparand binds one side of a comparison. A name that is no column but is
// compared by "=" with a constant may be an input of a table.
func (b *binder) comparand(s *scope, c *ast.Comparison, side, other ast.Expr) (expr.Node, error) {
	if c.Op != ast.EQ {
		return b.bindExpr(s, side)
	}
	return b.columnOrInput(s, side, other)
}

// columnOrInput binds a side of an equality with constants. Its name may be an
// input of a table.
func (b *binder) columnOrInput(s *scope, side ast.Expr, others ...ast.Expr) (expr.Node, error) {
	n, err := b.bindExpr(s, side)
	var unknown errNoColumn
	ref, named := side.(*ast.ColumnRef)
	if !errors.As(err, &unknown) || !named {
		return n, err
	}
	for _, o := range others {
		c, otherErr := b.bindExpr(s, o)
		if otherErr != nil {
			return n, err
		}
		switch expr.FoldStatement(c, b.opt.Statement).(type) {
		case *expr.Const, *expr.DayRange:
		default:
			return n, err
		}
	}
	if in, taken := b.input(s, ref); taken {
		return in, nil
	}
	return n, err
}

// asInput writes a constant as the text that an input whose type nobody tells
// is given as.
func (b *binder) asInput(column, constant expr.Node) (expr.Node, error) {
	c, ok := column.(*expr.Column)
	if !ok || !b.inputs[c.Index] || constant.Type().Kind == c.T.Kind {
		return constant, nil
	}
	text, err := expr.NewCast(constant, c.T, false)
	if err != nil {
		return nil, err
	}
	return expr.FoldStatement(text, b.opt.Statement), nil
}

// compareRows compares row values: by columns for = and <>, in order for < and
// its kin.
func (b *binder) compareRows(s *scope, x *ast.Comparison, lr, rr *ast.Row) (expr.Node, error) {
	if !sameShape(lr, rr) {
		return nil, fail(providers.KindSyntax, x.Pos(), "rows of %d and of %d values cannot be compared", len(flat(lr)), len(flat(rr)))
	}
	ls, err := b.bindAll(s, flat(lr))
	if err != nil {
		return nil, err
	}
	rs, err := b.bindAll(s, flat(rr))
	if err != nil {
		return nil, err
	}
	return b.rowCompare(compareOps[x.Op], ls, rs)
}

func (b *binder) rowCompare(op expr.CompareOp, ls, rs []expr.Node) (expr.Node, error) {
	switch op {
	case expr.EQ, expr.NotDistinct:
		return b.pairwise(op, ls, rs, expr.And)
	case expr.NE, expr.Distinct:
		return b.pairwise(op, ls, rs, expr.Or)
	}
	strict := map[expr.CompareOp]expr.CompareOp{expr.LT: expr.LT, expr.LE: expr.LT, expr.GT: expr.GT, expr.GE: expr.GT}[op]
	var acc expr.Node
	for i := len(ls) - 1; i >= 0; i-- {
		o := strict
		if i == len(ls)-1 {
			o = op
		}
		c, err := b.opt.Dialect.NewCompare(o, ls[i], rs[i])
		if err != nil {
			return nil, err
		}
		if acc == nil {
			acc = c
			continue
		}
		eq, err := b.opt.Dialect.NewCompare(expr.EQ, ls[i], rs[i])
		if err != nil {
			return nil, err
		}
		both, err := expr.And(eq, acc)
		if err != nil {
			return nil, err
		}
		if acc, err = expr.Or(c, both); err != nil {
			return nil, err
		}
	}
	return acc, nil
}

func (b *binder) pairwise(op expr.CompareOp, ls, rs []expr.Node, join func(...expr.Node) (expr.Node, error)) (expr.Node, error) {
	parts := make([]expr.Node, len(ls))
	for i := range ls {
		var err error
		if parts[i], err = b.opt.Dialect.NewCompare(op, ls[i], rs[i]); err != nil {
			return nil, err
		}
	}
	return join(parts...)
}

func (b *binder) bindBetween(s *scope, x *ast.Between) (expr.Node, error) {
	ns, err := b.bindAll(s, []ast.Expr{x.X, x.Lo, x.Hi})
	if err != nil {
		return nil, err
	}
	return b.opt.Dialect.Between(ns[0], ns[1], ns[2], x.Not, x.Symmetric)
}

func (b *binder) bindIn(s *scope, x *ast.In) (expr.Node, error) {
	if x.Query != nil {
		return b.bindInQuery(s, x)
	}
	if isRowIn(x) {
		return b.bindRowIn(s, x)
	}
	n, err := b.columnOrInput(s, x.X, x.List...)
	if err != nil {
		return nil, err
	}
	list, err := b.bindAll(s, x.List)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if list[i], err = b.asInput(n, expr.FoldStatement(list[i], b.opt.Statement)); err != nil {
			return nil, err
		}
	}
	return b.opt.Dialect.NewIn(n, list, x.Not)
}

func (b *binder) bindLike(s *scope, x *ast.Like) (expr.Node, error) {
	ns, err := b.bindAll(s, []ast.Expr{x.X, x.Pattern})
	if err != nil {
		return nil, err
	}
	var esc expr.Node
	if x.Escape != nil {
		if esc, err = b.bindExpr(s, x.Escape); err != nil {
			return nil, err
		}
	}
	switch x.Kind {
	case ast.LikePattern, ast.ILike:
		return b.opt.Dialect.NewLike(ns[0], ns[1], esc, x.Not, x.Kind == ast.ILike)
	case ast.Regexp, ast.RegexMatch, ast.RegexIMatch:
		return b.opt.Dialect.NewRegex(ns[0], ns[1], x.Not, x.Kind == ast.RegexIMatch)
	}
	function := "SIMILAR_TO"
	if x.Kind == ast.Glob {
		function = "GLOB"
	}
	return expr.NewPattern(function, ns[0], ns[1], esc, x.Not)
}

func (b *binder) bindIs(s *scope, x *ast.Is) (expr.Node, error) {
	if row, ok := x.X.(*ast.Row); ok && x.Kind == ast.IsNull {
		return b.rowIsNull(s, row, x.Not)
	}
	n, err := b.bindExpr(s, x.X)
	if err != nil {
		return nil, err
	}
	switch x.Kind {
	case ast.IsTrue:
		return b.opt.Dialect.IsBool(n, expr.True, x.Not)
	case ast.IsFalse:
		return b.opt.Dialect.IsBool(n, expr.False, x.Not)
	case ast.IsUnknown:
		return b.opt.Dialect.IsBool(n, expr.Unknown, x.Not)
	}
	return expr.IsNull(n, x.Not)
}

func (b *binder) bindCase(s *scope, x *ast.Case) (expr.Node, error) {
	var operand, els expr.Node
	var err error
	if x.Operand != nil {
		if operand, err = b.bindExpr(s, x.Operand); err != nil {
			return nil, err
		}
	}
	whens := make([]expr.When, len(x.Whens))
	for i, w := range x.Whens {
		ns, err := b.bindAll(s, []ast.Expr{w.Cond, w.Result})
		if err != nil {
			return nil, err
		}
		whens[i] = expr.When{Cond: ns[0], Result: ns[1]}
	}
	if x.Else != nil {
		if els, err = b.bindExpr(s, x.Else); err != nil {
			return nil, err
		}
	}
	return b.opt.Dialect.NewCase(operand, whens, els)
}

func (b *binder) bindCast(s *scope, x *ast.Cast) (expr.Node, error) {
	n, err := b.bindExpr(s, x.X)
	if err != nil {
		return nil, err
	}
	if x.Type.Name == "" { // CONVERT(x USING charset): text is Unicode throughout
		return expr.NewCast(n, sqltypes.Of(sqltypes.Varchar), false)
	}
	if b.opt.Dialect == expr.MySQL && strings.HasPrefix(x.Type.Name, "UNSIGNED") {
		return expr.NewUnsigned(n)
	}
	t, err := TypeOf(x.Type)
	if err != nil {
		return nil, err
	}
	if b.opt.Dialect == expr.MySQL && t == sqltypes.Of(sqltypes.Decimal) {
		t = sqltypes.DecimalType(10, 0)
	}
	if x.Style != nil {
		style, err := b.bindExpr(s, x.Style)
		if err != nil {
			return nil, err
		}
		return expr.NewConvert(n, t, style, x.Try)
	}
	out, err := b.opt.Dialect.NewCast(n, t, x.Try)
	if err != nil || n.Type().Kind == sqltypes.Date {
		return out, err
	}
	return b.roundedSeconds(out, x.Type)
}

// roundedSeconds rounds a time to the digits that its type name gives, to none
// under MySQL where it gives none.
func (b *binder) roundedSeconds(n expr.Node, t ast.TypeName) (expr.Node, error) {
	switch n.Type().Kind {
	case sqltypes.Time, sqltypes.Timestamp, sqltypes.TimestampTZ:
	default:
		return n, nil
	}
	digits := int64(0)
	switch {
	case len(t.Args) == 1:
		var err error
		if digits, err = strconv.ParseInt(t.Args[0], 10, 64); err != nil {
			return n, nil // TypeOf has taken it
		}
	case b.opt.Dialect != expr.MySQL:
		return n, nil
	}
	return expr.NewCall("ROUND_SECONDS", []expr.Node{n, expr.NewConst(sqltypes.IntValue(digits))})
}
