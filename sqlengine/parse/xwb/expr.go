package xwb

import (
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/xwb1989/sqlparser"

	"github.com/epicorerp/epicorerp/sqlengine/ast"
)

// expr maps an expression. Chains of operators lean to the left and are walked
// in a loop, for they may be long.
func (m *mapping) expr(e sqlparser.Expr) ast.Expr {
	m.enter()
	defer m.leave()
	var chain []sqlparser.Expr
	for {
		l := leftOf(e)
		if l == nil {
			break
		}
		chain = append(chain, e)
		e = l
	}
	left := m.operandExpr(e)
	for i := len(chain) - 1; i >= 0; i-- {
		left = m.binary(left, chain[i])
	}
	return left
}

func leftOf(e sqlparser.Expr) sqlparser.Expr {
	switch e := e.(type) {
	case *sqlparser.AndExpr:
		return e.Left
	case *sqlparser.OrExpr:
		return e.Left
	case *sqlparser.BinaryExpr:
		return e.Left
	}
	return nil
}

var binaryOps = map[string]ast.BinaryOp{
	sqlparser.BitAndStr: ast.BitAnd, sqlparser.BitOrStr: ast.BitOr, sqlparser.BitXorStr: ast.BitXor,
	sqlparser.PlusStr: ast.Add, sqlparser.MinusStr: ast.Sub, sqlparser.MultStr: ast.Mul, sqlparser.DivStr: ast.Div,
	sqlparser.IntDivStr: ast.IntDiv, sqlparser.ModStr: ast.Mod, sqlparser.ShiftLeftStr: ast.ShiftLeft, sqlparser.ShiftRightStr: ast.ShiftRight,
	sqlparser.JSONExtractOp: ast.JSONGet, sqlparser.JSONUnquoteExtractOp: ast.JSONGetText,
}

func (m *mapping) binary(left ast.Expr, e sqlparser.Expr) ast.Expr {
	switch e := e.(type) {
	case *sqlparser.AndExpr:
		return &ast.Binary{Op: ast.And, L: left, R: m.expr(e.Right)}
	case *sqlparser.OrExpr:
		return &ast.Binary{Op: ast.Or, L: left, R: m.expr(e.Right)}
	}
	b := e.(*sqlparser.BinaryExpr)
	return &ast.Binary{Op: binaryOps[b.Operator], L: left, R: m.expr(b.Right)}
}

func (m *mapping) operandExpr(e sqlparser.Expr) ast.Expr {
	switch e := e.(type) {
	case *sqlparser.NotExpr:
		return &ast.Unary{Op: ast.Not, X: m.expr(e.Expr)}
	case *sqlparser.ParenExpr:
		return m.expr(e.Expr)
	case *sqlparser.ComparisonExpr:
		return m.comparison(e)
	case *sqlparser.RangeCond:
		return &ast.Between{Not: e.Operator == sqlparser.NotBetweenStr, X: m.expr(e.Left), Lo: m.expr(e.From), Hi: m.expr(e.To)}
	case *sqlparser.IsExpr:
		return m.is(e)
	case *sqlparser.ExistsExpr:
		return &ast.Exists{Query: m.query(e.Subquery.Select)}
	case *sqlparser.Subquery:
		return &ast.Subquery{Query: m.query(e.Select)}
	case sqlparser.ValTuple:
		return &ast.Row{Items: m.exprs(e)}
	case *sqlparser.UnaryExpr:
		return m.unary(e)
	case *sqlparser.CaseExpr:
		return m.caseExpr(e)
	default:
		return m.primary(e)
	}
}

func (m *mapping) primary(e sqlparser.Expr) ast.Expr {
	switch e := e.(type) {
	case *sqlparser.SQLVal:
		return m.value(e)
	case *sqlparser.NullVal:
		return &ast.Literal{Kind: ast.Null}
	case sqlparser.BoolVal:
		return &ast.Literal{Kind: ast.Bool, Text: strings.ToUpper(strconv.FormatBool(bool(e)))}
	case *sqlparser.ColName:
		n := m.columnName(e)
		return &ast.ColumnRef{Loc: ast.Loc(n.Pos()), Name: n}
	case *sqlparser.IntervalExpr:
		unit := strings.ToUpper(e.Unit)
		if !ast.IntervalUnit(unit) {
			refuse(0, "%q is no unit of an interval, such as DAY", e.Unit)
		}
		return &ast.Interval{Value: m.expr(e.Expr), Unit: unit}
	case *sqlparser.CollateExpr:
		return &ast.Collate{X: m.expr(e.Expr), Collation: ast.Name{Parts: []ast.Ident{m.collation(e.Charset)}}}
	case *sqlparser.ConvertExpr:
		return &ast.Cast{X: m.expr(e.Expr), Type: m.typeName(e.Type)}
	case *sqlparser.ConvertUsingExpr:
		return &ast.Cast{X: m.expr(e.Expr), Charset: m.ident(e.Type)}
	}
	return m.call(e)
}

func (m *mapping) collation(name string) ast.Ident {
	id := m.ident(name)
	if len(m.named[strings.ToLower(name)]) > 0 {
		m.free(name)
	}
	return id
}

func (m *mapping) exprs(list []sqlparser.Expr) []ast.Expr {
	var out []ast.Expr
	for _, e := range list {
		out = append(out, m.expr(e))
	}
	return out
}

// value maps a literal or parameter. A minus before an integer is part of it
// there and an operator here.
func (m *mapping) value(v *sqlparser.SQLVal) ast.Expr {
	val := string(v.Val)
	switch v.Type {
	case sqlparser.StrVal:
		return &ast.Literal{Kind: ast.String, Text: val}
	case sqlparser.IntVal, sqlparser.FloatVal:
		if abs, negative := strings.CutPrefix(val, "-"); negative {
			return &ast.Unary{Op: ast.Neg, X: &ast.Literal{Kind: ast.Number, Text: abs}}
		}
		return &ast.Literal{Kind: ast.Number, Text: val}
	case sqlparser.BitVal:
		return &ast.Literal{Kind: ast.Bits, Text: val}
	case sqlparser.HexVal:
		return m.bytes(val)
	case sqlparser.HexNum:
		val = val[len("0x"):]
		if len(val)%2 == 1 {
			val = "0" + val
		}
		return m.bytes(val)
	case sqlparser.ValArg:
		return m.param(val)
	}
	m.unsupported("this value")
	return nil
}

func (m *mapping) bytes(digits string) ast.Expr {
	raw, err := hex.DecodeString(digits)
	if err != nil {
		refuse(0, "a hexadecimal string holds only the digits 0-9 and A-F")
	}
	return &ast.Literal{Kind: ast.Bytes, Text: string(raw)}
}

// param maps :name, and :v3, which the third ? has become.
func (m *mapping) param(name string) ast.Expr {
	if m.firstParam() != "?" {
		return &ast.Param{Kind: ast.ColonNamed, Prefix: ':', Name: name[1:]}
	}
	n, err := strconv.Atoi(strings.TrimPrefix(name, ":v"))
	if err != nil {
		m.unsupported("the parameter " + name)
	}
	return &ast.Param{Kind: ast.Question, Prefix: '?', Ordinal: n}
}

var compareOps = map[string]ast.CompareOp{
	sqlparser.EqualStr: ast.EQ, sqlparser.NotEqualStr: ast.NE, sqlparser.LessThanStr: ast.LT, sqlparser.LessEqualStr: ast.LE,
	sqlparser.GreaterThanStr: ast.GT, sqlparser.GreaterEqualStr: ast.GE, sqlparser.NullSafeEqualStr: ast.NotDistinct,
}

func (m *mapping) comparison(e *sqlparser.ComparisonExpr) ast.Expr {
	left := m.expr(e.Left)
	switch e.Operator {
	case sqlparser.InStr, sqlparser.NotInStr:
		return m.in(left, e)
	case sqlparser.LikeStr, sqlparser.NotLikeStr:
		l := &ast.Like{Not: e.Operator == sqlparser.NotLikeStr, X: left, Pattern: m.expr(e.Right)}
		if e.Escape != nil {
			l.Escape = m.expr(e.Escape)
		}
		return l
	case sqlparser.RegexpStr, sqlparser.NotRegexpStr:
		return &ast.Like{Kind: ast.Regexp, Not: e.Operator == sqlparser.NotRegexpStr, X: left, Pattern: m.expr(e.Right)}
	}
	op, ok := compareOps[e.Operator]
	if !ok {
		m.unsupported("the operator " + e.Operator)
	}
	return &ast.Comparison{Op: op, L: left, R: m.expr(e.Right)}
}

func (m *mapping) in(left ast.Expr, e *sqlparser.ComparisonExpr) ast.Expr {
	out := &ast.In{Not: e.Operator == sqlparser.NotInStr, X: left}
	switch r := e.Right.(type) {
	case *sqlparser.Subquery:
		out.Query = m.query(r.Select)
	case sqlparser.ValTuple:
		out.List = m.exprs(r)
		if _, query := out.List[0].(*ast.Subquery); query && len(out.List) == 1 {
			refuse(0, "xwb1989 takes a query in two pairs of parentheses behind IN for one value: leave out a pair")
		}
	default:
		m.unsupported("this operand of IN")
	}
	return out
}

var isTests = map[string]ast.Is{
	sqlparser.IsNullStr: {Kind: ast.IsNull}, sqlparser.IsNotNullStr: {Kind: ast.IsNull, Not: true},
	sqlparser.IsTrueStr: {Kind: ast.IsTrue}, sqlparser.IsNotTrueStr: {Kind: ast.IsTrue, Not: true},
	sqlparser.IsFalseStr: {Kind: ast.IsFalse}, sqlparser.IsNotFalseStr: {Kind: ast.IsFalse, Not: true},
}

func (m *mapping) is(e *sqlparser.IsExpr) ast.Expr {
	out := isTests[e.Operator]
	out.X = m.expr(e.Expr)
	return &out
}

func (m *mapping) unary(e *sqlparser.UnaryExpr) ast.Expr {
	x := m.expr(e.Expr)
	switch e.Operator {
	case sqlparser.UMinusStr:
		return &ast.Unary{Op: ast.Neg, X: x}
	case sqlparser.UPlusStr:
		return &ast.Unary{Op: ast.Plus, X: x}
	case sqlparser.TildaStr:
		return &ast.Unary{Op: ast.BitNot, X: x}
	case sqlparser.BangStr:
		return &ast.Unary{Op: ast.Not, X: x}
	case sqlparser.BinaryStr:
		return &ast.Cast{X: x, Type: ast.TypeName{Name: "BINARY"}}
	}
	m.unsupported("the operator " + strings.TrimSpace(e.Operator))
	return nil
}

func (m *mapping) caseExpr(e *sqlparser.CaseExpr) ast.Expr {
	out := &ast.Case{}
	if e.Expr != nil {
		out.Operand = m.expr(e.Expr)
	}
	for _, w := range e.Whens {
		out.Whens = append(out.Whens, ast.When{Cond: m.expr(w.Cond), Result: m.expr(w.Val)})
	}
	if e.Else != nil {
		out.Else = m.expr(e.Else)
	}
	return out
}

// typeName maps the type of a cast.
func (m *mapping) typeName(t *sqlparser.ConvertType) ast.TypeName {
	out := ast.TypeName{Name: strings.ToUpper(t.Type)}
	for _, arg := range []*sqlparser.SQLVal{t.Length, t.Scale} {
		if arg != nil {
			out.Args = append(out.Args, string(arg.Val))
		}
	}
	if t.Charset != "" && (t.Operator != sqlparser.CharacterSetStr || !strings.HasPrefix(strings.ToLower(t.Charset), "utf8")) {
		refuse(0, "character set %s is not supported: strings are UTF-8", t.Charset)
	}
	return out
}
