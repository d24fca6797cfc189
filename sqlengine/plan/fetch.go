package plan

import (
	"errors"
	"fmt"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/epicorerp/epicorerp/sqlengine/expr"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// lFetch is a LIMIT that lLimit cannot say: WITH TIES, PERCENT, or a number
// that is only known when the query runs.
type lFetch struct {
	input         lnode
	count, offset expr.Node // nil for none
	percent, ties bool
	keys          []sortKey // by which rows tie
}

func (n *lFetch) columns() []int { return n.input.columns() }

// Fetch passes the first Count rows after Offset, or Count per cent of all
// rows, and with Ties those too that are equal to the last of them under Keys,
// by which its input is ordered.
type Fetch struct {
	Input         Node
	Count, Offset expr.Node // nil for none; NULL counts as none
	Percent, Ties bool
	Keys          []expr.Node
}

func (n *Fetch) Layout() *tuple.Layout { return n.Input.Layout() }
func (n *Fetch) Inputs() []Node        { return []Node{n.Input} }

func (n *Fetch) title() string {
	s := "Fetch"
	if n.Count != nil {
		s += " " + n.Count.String()
	}
	if n.Percent {
		s += " percent"
	}
	if n.Offset != nil {
		s += " after " + n.Offset.String()
	}
	if n.Ties {
		s += " with ties by " + list(n.Keys)
	}
	return s
}

// limited puts a LIMIT above a query that is ordered by keys. parent is the
// scope around the query: a count may speak of rows around, not of its own.
func (b *binder) limited(n lnode, l *ast.Limit, keys []sortKey, parent *scope) (lnode, error) {
	if l == nil {
		return n, nil
	}
	if l.WithTies && keys == nil {
		return nil, fail(providers.KindSyntax, l.Pos(), "WITH TIES needs an ORDER BY: rows tie that are equal under it")
	}
	var cells []onceCell
	s := &scope{parent: parent, once: func(c onceCell) { cells = append(cells, c) }}
	count := window{what: "LIMIT", kind: sqltypes.BigInt, check: CheckLimit}
	if l.Percent {
		count.kind = sqltypes.Decimal
	}
	f := &lFetch{input: n, percent: l.Percent, ties: l.WithTies, keys: keys}
	var err error
	if f.count, err = b.rowCount(s, l.Count, count); err != nil {
		return nil, err
	}
	if f.offset, err = b.rowCount(s, l.Offset, window{what: "OFFSET", kind: sqltypes.BigInt, check: CheckOffset}); err != nil {
		return nil, err
	}
	if len(cells) > 0 {
		return &lOnce{input: f, cells: cells}, nil
	}
	return f.settled(), nil
}

// window is one number of a LIMIT.
type window struct {
	what  string
	kind  sqltypes.Kind
	check func(sqltypes.Value) error
}

// rowCount binds the operand of LIMIT or OFFSET; NULL counts as none.
func (b *binder) rowCount(s *scope, x ast.Expr, w window) (expr.Node, error) {
	if x == nil {
		return nil, nil
	}
	n, err := b.bindExpr(s, x)
	if unknown := (errNoColumn{}); errors.As(err, &unknown) {
		return nil, refuse(statePosition, x.Pos(), "%s cannot speak of columns of its own query; a constant, a parameter or a subquery can stand here", w.what)
	}
	if err != nil {
		return nil, err
	}
	if n, err = expr.Coerce(n, sqltypes.Of(w.kind)); err != nil {
		return nil, located(fmt.Errorf("%s needs a number of rows: %w", w.what, err), x.Pos())
	}
	n = expr.FoldStatement(n, b.opt.Statement)
	c, constant := n.(*expr.Const)
	if !constant {
		if expr.VolatilityOf(n) == expr.Immutable { // an error that folding left to the run
			_, err := expr.Eval(n, &expr.Frame{Stmt: b.opt.Statement})
			return n, located(err, x.Pos())
		}
		return n, nil
	}
	return n, located(w.check(c.V), x.Pos())
}

// CheckLimit refuses a negative LIMIT, a number of rows or a percentage.
func CheckLimit(v sqltypes.Value) error { return notNegative("LIMIT", stateLimit, v) }

// CheckOffset refuses a negative OFFSET.
func CheckOffset(v sqltypes.Value) error { return notNegative("OFFSET", stateOffset, v) }

func notNegative(what, state string, v sqltypes.Value) error {
	if v.Null || v.Kind == sqltypes.Decimal && v.D.Sign() >= 0 || v.Kind != sqltypes.Decimal && v.I >= 0 {
		return nil
	}
	return &providers.Error{Kind: providers.KindValue, State: state, Message: fmt.Sprintf("%s must not be negative, it is %s", what, v.Text())}
}

// settled is the LIMIT as an lLimit, if it is one of constants.
func (n *lFetch) settled() lnode {
	limit, offset := int64(-1), int64(0)
	for _, w := range []struct {
		x  expr.Node
		to *int64
	}{{n.count, &limit}, {n.offset, &offset}} {
		if w.x == nil {
			continue
		}
		c, ok := w.x.(*expr.Const)
		if !ok {
			return n
		}
		if !c.V.Null {
			*w.to = c.V.I
		}
	}
	if n.percent || n.ties && limit > 0 {
		return n
	}
	return &lLimit{input: n.input, limit: limit, offset: offset}
}

func (p *physical) fetch(n *lFetch, need idSet) (built, error) {
	f := &Fetch{Count: n.count, Offset: n.offset, Percent: n.percent, Ties: n.ties}
	below := need
	if n.ties {
		for _, k := range n.keys {
			below = with(below, k.x)
		}
	}
	in, err := p.build(n.input, below, nothing)
	if err != nil {
		return in, err
	}
	if f.Count != nil {
		f.Count = p.expr(f.Count, nil)
	}
	if f.Offset != nil {
		f.Offset = p.expr(f.Offset, nil)
	}
	if n.ties {
		for _, k := range n.keys {
			f.Keys = append(f.Keys, p.expr(k.x, in.cols))
		}
	}
	f.Input = in.node
	in.node, in.ordered, in.limited = f, false, false
	return in, nil
}
