package ast

import (
	"encoding/hex"
	"strconv"
	"strings"
)

// How tightly expressions bind in the ansi dialect. An operand that binds less
// than its place asks for gets parentheses.
const (
	precLowest = iota
	precOr
	precXor
	precAnd
	precNot
	precPredicate
	precOther // || & | JSON operators: one level, from left to right
	precAdd
	precMul
	precUnary
	precAt
	precCollate
	precPrimary
)

var binaryOps = map[BinaryOp]struct {
	text string
	prec int
}{
	Or: {"OR", precOr}, Xor: {"XOR", precXor}, And: {"AND", precAnd},
	Add: {"+", precAdd}, Sub: {"-", precAdd},
	Mul: {"*", precMul}, Div: {"/", precMul}, IntDiv: {"DIV", precMul}, Mod: {"%", precMul},
	Concat: {"||", precOther}, BitAnd: {"&", precOther}, BitOr: {"|", precOther}, BitXor: {"^", precOther},
	ShiftLeft: {"<<", precOther}, ShiftRight: {">>", precOther},
	JSONGet: {"->", precOther}, JSONGetText: {"->>", precOther},
	JSONPath: {"#>", precOther}, JSONPathText: {"#>>", precOther},
	JSONContains: {"@>", precOther}, JSONContainedIn: {"<@", precOther},
	Overlaps: {"OVERLAPS", precPredicate}, MemberOf: {"MEMBER OF", precPredicate},
}

// String gives the operator as it is printed.
func (op BinaryOp) String() string { return binaryOps[op].text }

var compareOps = map[CompareOp]string{EQ: "=", NE: "<>", LT: "<", LE: "<=", GT: ">", GE: ">=",
	Distinct: "IS DISTINCT FROM", NotDistinct: "IS NOT DISTINCT FROM"}

// String gives the operator as it is printed.
func (op CompareOp) String() string { return compareOps[op] }

var likeOps = map[LikeKind]string{LikePattern: "LIKE", ILike: "ILIKE", Similar: "SIMILAR TO", Regexp: "REGEXP",
	RegexMatch: "~", RegexIMatch: "~*", Glob: "GLOB"}

var isOps = map[IsKind]string{IsNull: "NULL", IsTrue: "TRUE", IsFalse: "FALSE", IsUnknown: "UNKNOWN"}

func precOf(e Expr) int {
	switch e := e.(type) {
	case *Binary:
		return binaryOps[e.Op].prec
	case *Unary:
		if e.Op == Not {
			return precNot
		}
		return precUnary
	case *Comparison, *Quantified, *Between, *In, *Like, *Is:
		return precPredicate
	case *AtTimeZone:
		return precAt
	case *Collate:
		return precCollate
	}
	return precPrimary
}

// expr writes e where an operand must bind at least as tightly as minPrec.
func (p *printer) expr(e Expr, minPrec int) {
	if precOf(e) < minPrec {
		p.w("(")
		p.bare(e)
		p.w(")")
		return
	}
	p.bare(e)
}

func (p *printer) exprs(list []Expr) {
	for i, e := range list {
		p.comma(i)
		p.expr(e, precLowest)
	}
}

func (p *printer) subquery(q Query) {
	p.w("(")
	p.statement(q)
	p.w(")")
}

func (p *printer) bare(e Expr) {
	switch e := e.(type) {
	case *Unary:
		p.unary(e)
	case *Binary:
		p.binary(e)
	case *Comparison, *Quantified, *Between, *In, *Like, *Is:
		p.predicate(e)
	case *AtTimeZone:
		p.expr(e.X, precAt)
		p.w(" AT TIME ZONE ")
		p.expr(e.Zone, precPrimary)
	case *Collate:
		p.expr(e.X, precCollate)
		p.w(" COLLATE ")
		p.name(e.Collation)
	default:
		p.primary(e)
	}
}

func (p *printer) unary(e *Unary) {
	switch e.Op {
	case Not:
		p.w("NOT ")
		p.expr(e.X, precNot)
		return
	case Neg:
		p.w("-")
	case Plus:
		p.w("+")
	case BitNot:
		p.w("~")
	}
	if inner, ok := e.X.(*Unary); ok && inner.Op != Not {
		p.w(" ") // two signs together would start a comment
		p.unary(inner)
		return
	}
	p.expr(e.X, precPrimary)
}

func (p *printer) binary(e *Binary) {
	op := binaryOps[e.Op]
	left := op.prec
	if op.prec == precPredicate {
		left++
	}
	p.expr(e.L, left)
	p.w(" ", op.text, " ")
	if e.Op == MemberOf {
		p.w("(")
		p.expr(e.R, precLowest)
		p.w(")")
		return
	}
	p.expr(e.R, op.prec+1)
}

func (p *printer) predicate(e Expr) {
	switch e := e.(type) {
	case *Comparison:
		p.expr(e.L, precOther)
		p.w(" ", compareOps[e.Op], " ")
		p.expr(e.R, precOther)
	case *Quantified:
		p.expr(e.X, precOther)
		p.w(" ", compareOps[e.Op])
		p.w(pick(e.All, " ALL ", " ANY "))
		if e.Query != nil {
			p.subquery(e.Query)
			return
		}
		p.w("(")
		p.expr(e.Array, precLowest)
		p.w(")")
	case *Between:
		p.expr(e.X, precOther)
		p.opt(e.Not, " NOT")
		p.w(" BETWEEN ")
		p.opt(e.Symmetric, "SYMMETRIC ")
		p.expr(e.Lo, precOther)
		p.w(" AND ")
		p.expr(e.Hi, precOther)
	case *In:
		p.in(e)
	case *Like:
		p.like(e)
	case *Is:
		if _, chain := e.X.(*Is); chain {
			p.bare(e.X)
		} else {
			p.expr(e.X, precOther)
		}
		p.w(" IS ")
		p.opt(e.Not, "NOT ")
		p.w(isOps[e.Kind])
	}
}

func (p *printer) in(e *In) {
	p.expr(e.X, precOther)
	p.opt(e.Not, " NOT")
	p.w(" IN ")
	if e.Query != nil {
		p.subquery(e.Query)
		return
	}
	p.w("(")
	p.exprs(e.List)
	p.w(")")
}

func (p *printer) like(e *Like) {
	p.expr(e.X, precOther)
	p.w(" ")
	switch {
	case !e.Not:
	case e.Kind == RegexMatch || e.Kind == RegexIMatch:
		p.w("!")
	default:
		p.w("NOT ")
	}
	p.w(likeOps[e.Kind], " ")
	if e.Kind == RegexMatch || e.Kind == RegexIMatch {
		p.expr(e.Pattern, precAdd) // ~ stands on the level of ||
	} else {
		p.expr(e.Pattern, precOther)
	}
	if e.Escape != nil {
		p.w(" ESCAPE ")
		p.expr(e.Escape, precOther)
	}
}

func pick(cond bool, yes, no string) string {
	if cond {
		return yes
	}
	return no
}

func (p *printer) primary(e Expr) {
	switch e := e.(type) {
	case *Literal:
		p.literal(e)
	case *Interval:
		p.interval(e)
	case *ColumnRef:
		p.name(e.Name)
	case *Star:
		if !e.Qualifier.IsZero() {
			p.name(e.Qualifier)
			p.w(".")
		}
		p.w("*")
		for i, n := range e.Except {
			p.w(pick(i == 0, " EXCEPT (", ", "))
			p.name(n)
			p.opt(i == len(e.Except)-1, ")")
		}
	case *Param:
		p.param(e)
	case *SysVar:
		p.variable("@@", e.Name)
	case *Case:
		p.caseExpr(e)
	case *Cast:
		p.cast(e)
	case *Func:
		p.call(e)
	case *NamedArg:
		p.ident(e.Name)
		p.w(" => ")
		p.expr(e.Value, precLowest)
	case *Exists:
		p.w("EXISTS ")
		p.subquery(e.Query)
	case *Subquery:
		p.subquery(e.Query)
	case *Row:
		p.w("ROW(")
		p.exprs(e.Items)
		p.w(")")
	case *Array:
		p.array(e)
	case *Default:
		p.w("DEFAULT")
	}
}

func (p *printer) literal(l *Literal) {
	switch l.Kind {
	case Number, Bool:
		p.w(l.Text)
	case String:
		p.w(QuoteString(l.Text))
	case Null:
		p.w("NULL")
	case Bytes:
		p.w("X'", hex.EncodeToString([]byte(l.Text)), "'")
	case Bits:
		p.w("B'", l.Text, "'")
	default:
		p.w(map[LiteralKind]string{Date: "DATE ", Time: "TIME ", TimeTZ: "TIME WITH TIME ZONE ",
			Timestamp: "TIMESTAMP ", TimestampTZ: "TIMESTAMP WITH TIME ZONE "}[l.Kind], QuoteString(l.Text))
	}
}

func (p *printer) interval(e *Interval) {
	p.w("INTERVAL ")
	switch v := e.Value.(type) {
	case *Literal, *Param:
		p.primary(v)
	default:
		p.w("(")
		p.expr(v, precLowest)
		p.w(")")
	}
	p.opt(e.Unit != "", " "+e.Unit)
	p.opt(e.To != "", " TO "+e.To)
}

func (p *printer) param(e *Param) {
	p.b.WriteByte(e.Prefix)
	switch e.Kind {
	case Question:
		p.ordinal++
		p.disordered = p.disordered || e.Ordinal != p.ordinal
		p.opt(p.numbered, strconv.Itoa(e.Ordinal))
	case Numbered:
		p.w(strconv.Itoa(e.Ordinal))
	case ColonNamed, AtNamed:
		p.w(e.Name)
	}
}

func (p *printer) caseExpr(e *Case) {
	p.w("CASE")
	p.clauseExpr(" ", e.Operand)
	for _, w := range e.Whens {
		p.clauseExpr(" WHEN ", w.Cond)
		p.clauseExpr(" THEN ", w.Result)
	}
	p.clauseExpr(" ELSE ", e.Else)
	p.w(" END")
}

func (p *printer) typeName(t TypeName) {
	if !t.Qualifier.IsZero() {
		p.name(t.Qualifier)
		p.w(".")
	}
	if t.Quoted {
		p.w(QuoteName(t.Name))
	} else {
		p.w(t.Name)
	}
	if len(t.Args) > 0 {
		p.w("(", strings.Join(t.Args, ", "), ")")
	}
	p.opt(t.Array, "[]")
}

func (p *printer) cast(e *Cast) {
	switch {
	case !e.Charset.IsZero():
		p.w("CONVERT(")
		p.expr(e.X, precLowest)
		p.w(" USING ")
		p.ident(e.Charset)
	case e.Style != nil:
		p.w(pick(e.Try, "TRY_CONVERT(", "CONVERT("))
		p.typeName(e.Type)
		p.w(", ")
		p.expr(e.X, precLowest)
		p.w(", ")
		p.expr(e.Style, precLowest)
	default:
		p.w(pick(e.Try, "TRY_CAST(", "CAST("))
		p.expr(e.X, precLowest)
		p.w(" AS ")
		p.typeName(e.Type)
	}
	p.w(")")
}

func (p *printer) call(e *Func) {
	for i, part := range e.Name.Parts {
		p.opt(i > 0, ".")
		p.word(part)
	}
	if e.NoParens {
		return
	}
	p.w("(")
	p.opt(e.Distinct, "DISTINCT ")
	p.exprs(e.Args)
	if len(e.OrderBy) > 0 {
		p.w(" ORDER BY ")
		p.order(e.OrderBy)
	}
	p.clauseExpr(" SEPARATOR ", e.Separator)
	p.w(")")
	if len(e.WithinGroup) > 0 {
		p.w(" WITHIN GROUP (ORDER BY ")
		p.order(e.WithinGroup)
		p.w(")")
	}
	if e.Filter != nil {
		p.w(" FILTER (WHERE ")
		p.expr(e.Filter, precLowest)
		p.w(")")
	}
	p.opt(e.Nulls == IgnoreNulls, " IGNORE NULLS")
	p.opt(e.Nulls == RespectNulls, " RESPECT NULLS")
	if e.Over != nil {
		p.w(" OVER ")
		if e.Over.Spec == nil {
			p.ident(e.Over.Name)
		} else {
			p.window(e.Over.Spec)
		}
	}
}

func (p *printer) window(w *WindowSpec) {
	p.w("(")
	sep := ""
	if !w.Base.IsZero() {
		p.ident(w.Base)
		sep = " "
	}
	if len(w.PartitionBy) > 0 {
		p.w(sep, "PARTITION BY ")
		p.exprs(w.PartitionBy)
		sep = " "
	}
	if len(w.OrderBy) > 0 {
		p.w(sep, "ORDER BY ")
		p.order(w.OrderBy)
		sep = " "
	}
	if f := w.Frame; f != nil {
		p.w(sep, [...]string{"ROWS", "RANGE", "GROUPS"}[f.Unit], " BETWEEN ")
		p.bound(f.Start)
		p.w(" AND ")
		p.bound(f.End)
		p.w([...]string{"", " EXCLUDE CURRENT ROW", " EXCLUDE GROUP", " EXCLUDE TIES"}[f.Exclude])
	}
	p.w(")")
}

func (p *printer) bound(b FrameBound) {
	if b.Offset != nil {
		p.expr(b.Offset, precOther)
		p.w(" ")
	}
	p.w([...]string{"UNBOUNDED PRECEDING", "PRECEDING", "CURRENT ROW", "FOLLOWING", "UNBOUNDED FOLLOWING"}[b.Kind])
}

func (p *printer) array(e *Array) {
	p.w("ARRAY")
	if e.Query != nil {
		p.subquery(e.Query)
		return
	}
	p.w("[")
	p.exprs(e.Items)
	p.w("]")
}
