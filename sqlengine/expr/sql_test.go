package expr

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/sqltypes"
)

// The tests write expressions as SQL, so that PostgreSQL can be asked the
// same. This reader covers what they need and calls the constructors; columns
// are looked up in cols.
type sqlReader struct {
	toks []string
	at   int
	cols map[string]*Column
}

var tokenRE = regexp.MustCompile(`(?i)'(?:[^']|'')*'|\d+(?:\.\d*)?(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|[a-z_][a-z_0-9]*|->>|->|#>>|#>|@>|<@|<=|>=|<>|::|!=|\|\||!~\*|!~|~\*|<<|>>|[-+*/%(),<>=~&|#]`)

func parseSQL(s string, cols map[string]*Column) (n Node, err error) {
	r := &sqlReader{toks: tokenRE.FindAllString(s, -1), cols: cols}
	defer func() {
		if p := recover(); p != nil {
			var ok bool
			if err, ok = p.(error); !ok {
				panic(p)
			}
		}
	}()
	n = r.or()
	if r.at < len(r.toks) {
		panic(fmt.Errorf("left over in %q: %q", s, r.toks[r.at:]))
	}
	return n, nil
}

func must(n Node, err error) Node {
	if err != nil {
		panic(err)
	}
	return n
}

func (r *sqlReader) peek() string {
	if r.at < len(r.toks) {
		return strings.ToUpper(r.toks[r.at])
	}
	return ""
}

func (r *sqlReader) take(words ...string) bool {
	for i, w := range words {
		if r.at+i >= len(r.toks) || !strings.EqualFold(r.toks[r.at+i], w) {
			return false
		}
	}
	r.at += len(words)
	return true
}

func (r *sqlReader) want(w string) {
	if !r.take(w) {
		panic(fmt.Errorf("want %q before %q", w, r.toks[r.at:]))
	}
}

func (r *sqlReader) or() Node {
	n := r.and()
	for r.take("OR") {
		n = must(Or(n, r.and()))
	}
	return n
}

func (r *sqlReader) and() Node {
	n := r.not()
	for r.take("AND") {
		n = must(And(n, r.not()))
	}
	return n
}

func (r *sqlReader) not() Node {
	if r.take("NOT") {
		return must(Not(r.not()))
	}
	return r.predicate()
}

func (r *sqlReader) predicate() Node {
	n := r.sum()
	for {
		switch op := r.peek(); op {
		case "=", "<>", "!=", "<", "<=", ">", ">=":
			r.at++
			n = must(NewBinary(op, n, r.sum()))
			continue
		case "~", "~*", "!~", "!~*":
			r.at++
			n = must(NewBinary(op, n, r.sum()))
			continue
		}
		if r.take("IS") {
			n = r.is(n)
			continue
		}
		start := r.at
		not := r.take("NOT")
		switch {
		case r.take("IN"):
			n = must(NewIn(n, r.list(), not))
		case r.take("BETWEEN"):
			sym := r.take("SYMMETRIC")
			lo := r.sum()
			r.want("AND")
			n = must(Between(n, lo, r.sum(), not, sym))
		case r.take("LIKE"):
			n = r.like(n, not, false)
		case r.take("ILIKE"):
			n = r.like(n, not, true)
		case r.take("SIMILAR", "TO"):
			n = r.pattern("SIMILAR_TO", n, not)
		case r.take("GLOB"):
			n = r.pattern("GLOB", n, not)
		default:
			r.at = start
			return n
		}
	}
}

func (r *sqlReader) pattern(function string, n Node, not bool) Node {
	p := r.sum()
	var esc Node
	if r.take("ESCAPE") {
		esc = r.sum()
	}
	return must(NewPattern(function, n, p, esc, not))
}

func (r *sqlReader) like(n Node, not, fold bool) Node {
	p := r.sum()
	var esc Node
	if r.take("ESCAPE") {
		esc = r.sum()
	}
	return must(NewLike(n, p, esc, not, fold))
}

func (r *sqlReader) is(n Node) Node {
	not := r.take("NOT")
	switch {
	case r.take("NULL"):
		return must(IsNull(n, not))
	case r.take("TRUE"):
		return must(IsBool(n, True, not))
	case r.take("FALSE"):
		return must(IsBool(n, False, not))
	case r.take("UNKNOWN"):
		return must(IsBool(n, Unknown, not))
	case r.take("DISTINCT", "FROM"):
		op := "IS DISTINCT FROM"
		if not {
			op = "IS NOT DISTINCT FROM"
		}
		return must(NewBinary(op, n, r.sum()))
	}
	panic(fmt.Errorf("IS what? %q", r.toks[r.at:]))
}

func (r *sqlReader) list() []Node {
	r.want("(")
	var out []Node
	if r.take(")") {
		return nil
	}
	for {
		out = append(out, r.or())
		if !r.take(",") {
			r.want(")")
			return out
		}
	}
}

// sum reads || and bit operators below + and -, as PostgreSQL does.
func (r *sqlReader) sum() Node {
	n := r.add()
	for {
		op := r.peek()
		switch op {
		case "||", "&", "|", "#", "<<", ">>", "->", "->>", "#>", "#>>", "@>", "<@":
			r.at++
			n = must(NewBinary(op, n, r.add()))
		default:
			return n
		}
	}
}

func (r *sqlReader) add() Node {
	n := r.product()
	for r.peek() == "+" || r.peek() == "-" {
		op := r.peek()
		r.at++
		n = must(NewBinary(op, n, r.product()))
	}
	return n
}

func (r *sqlReader) product() Node {
	n := r.prefix()
	for r.peek() == "*" || r.peek() == "/" || r.peek() == "%" {
		op := r.peek()
		r.at++
		n = must(NewBinary(op, n, r.prefix()))
	}
	return n
}

// prefix reads signs, and AT TIME ZONE, which binds tighter than arithmetic.
func (r *sqlReader) prefix() Node {
	n := r.signed()
	for r.take("AT", "TIME", "ZONE") {
		n = must(NewCall("TIMEZONE", []Node{r.signed(), n}))
	}
	return n
}

func (r *sqlReader) signed() Node {
	for _, op := range []string{"-", "+", "~"} {
		if r.take(op) {
			return must(NewUnary(op, r.signed()))
		}
	}
	n := r.primary()
	for r.take("::") {
		n = must(NewCast(n, r.typeName(), false))
	}
	return n
}

func (r *sqlReader) primary() Node {
	t := r.toks[r.at]
	up := strings.ToUpper(t)
	r.at++
	switch {
	case t == "(":
		n := r.or()
		if r.take(",") { // a period of OVERLAPS
			end := r.or()
			for _, w := range []string{")", "OVERLAPS", "("} {
				r.want(w)
			}
			other := r.or()
			r.want(",")
			n = must(Overlaps(n, end, other, r.or()))
		}
		r.want(")")
		return n
	case t[0] == '\'':
		return NewConst(sqltypes.StringValue(unquote(t)))
	case t[0] >= '0' && t[0] <= '9' || t[0] == '.':
		return numberConst(t)
	case up == "NULL":
		return NewConst(sqltypes.NullOf(sqltypes.Null))
	case up == "TRUE", up == "FALSE":
		return NewConst(sqltypes.BoolValue(up == "TRUE"))
	case up == "CASE":
		return r.caseWhen()
	case up == "CAST" || up == "TRY_CAST":
		r.want("(")
		x := r.or()
		r.want("AS")
		typ := r.typeName()
		r.want(")")
		return must(NewCast(x, typ, up == "TRY_CAST"))
	case up == "INTERVAL" && r.at < len(r.toks) && r.toks[r.at][0] == '\'':
		return r.interval()
	case r.at < len(r.toks) && r.toks[r.at][0] == '\'': // DATE '…'
		s := unquote(r.toks[r.at])
		r.at--
		typ := r.typeName()
		r.at++
		return must(Coerce(NewConst(sqltypes.StringValue(s)), typ))
	case r.peek() == "(":
		return r.call(up)
	}
	if c, ok := r.cols[up]; ok {
		return c
	}
	if fn, ok := Lookup(up); ok && fn != nil {
		return must(NewCall(up, nil))
	}
	panic(fmt.Errorf("no column %s", t))
}

// interval reads the literal and the fields behind it.
func (r *sqlReader) interval() Node {
	x := NewConst(sqltypes.StringValue(unquote(r.toks[r.at])))
	r.at++
	var fields []string
	for r.at < len(r.toks) && (r.peek() == "TO" || spanWord(r.peek())) {
		fields = append(fields, r.peek())
		if r.at++; r.take("(") {
			fields[len(fields)-1] += "(" + r.peek() + ")"
			r.at++
			r.want(")")
		}
	}
	return must(NewInterval(x, strings.Join(fields, " ")))
}

// spanWord reports a word that may stand among the fields of an INTERVAL.
func spanWord(w string) bool {
	_, ok := sqltypes.SpanUnit(w)
	return ok || strings.Contains(w, "_")
}

func (r *sqlReader) call(name string) Node {
	if name == "EXTRACT" && r.at+2 < len(r.toks) && strings.EqualFold(r.toks[r.at+2], "FROM") {
		r.toks[r.at+2] = ","
	}
	fn, _ := Lookup(name)
	if w := r.toks[r.at+1]; fn != nil && fn.Words(3) > 0 && r.at+2 < len(r.toks) && r.toks[r.at+2] == "," && w[0] != '\'' { // a bare word as the unit
		r.toks[r.at+1] = "'" + w + "'"
	}
	return must(NewCall(name, r.list()))
}

func (r *sqlReader) caseWhen() Node {
	var operand, els Node
	if r.peek() != "WHEN" {
		operand = r.or()
	}
	var whens []When
	for r.take("WHEN") {
		c := r.or()
		r.want("THEN")
		whens = append(whens, When{c, r.or()})
	}
	if r.take("ELSE") {
		els = r.or()
	}
	r.want("END")
	return must(NewCase(operand, whens, els))
}

var typeKinds = map[string]sqltypes.Kind{
	"BOOLEAN": sqltypes.Bool, "SMALLINT": sqltypes.SmallInt, "INTEGER": sqltypes.Integer, "INT": sqltypes.Integer, "BIGINT": sqltypes.BigInt,
	"REAL": sqltypes.Real, "DECIMAL": sqltypes.Decimal, "NUMERIC": sqltypes.Decimal, "VARCHAR": sqltypes.Varchar, "TEXT": sqltypes.Varchar,
	"DATE": sqltypes.Date, "TIME": sqltypes.Time, "TIMESTAMP": sqltypes.Timestamp, "TIMESTAMPTZ": sqltypes.TimestampTZ,
	"UUID": sqltypes.UUID, "INTERVAL": sqltypes.Interval, "JSON": sqltypes.JSON, "FLOAT8": sqltypes.Double, "DOUBLE": sqltypes.Double, "BYTES": sqltypes.Varbinary,
}

func (r *sqlReader) typeName() sqltypes.Type {
	name := r.peek()
	r.at++
	if name == "DOUBLE" {
		r.take("PRECISION")
	}
	k, ok := typeKinds[name]
	if !ok {
		panic(fmt.Errorf("no type %s", name))
	}
	t := sqltypes.Of(k)
	if r.take("(") {
		n, _ := strconv.Atoi(r.toks[r.at])
		r.at++
		if t.Length = n; k == sqltypes.Decimal {
			t.Length, t.Precision, t.Scale = sqltypes.Unlimited, n, 0
			if r.take(",") {
				t.Scale, _ = strconv.Atoi(r.toks[r.at])
				r.at++
			}
		}
		r.want(")")
	}
	return t
}

func unquote(s string) string { return strings.ReplaceAll(s[1:len(s)-1], "''", "'") }

func numberConst(t string) Node {
	if i, err := strconv.ParseInt(t, 10, 64); err == nil {
		v := sqltypes.IntValue(i)
		if int64(int32(i)) == i {
			v.Kind = sqltypes.Integer
		}
		return NewConst(v)
	}
	d, err := sqltypes.ParseNum(t)
	if err != nil {
		panic(err)
	}
	return NewConst(sqltypes.NumValue(d))
}

// evalSQL returns the text of the value, NULL, or "error" and the SQLSTATE.
func evalSQL(t *testing.T, s string) (string, error) {
	t.Helper()
	n, err := parseSQL(s, nil)
	if err != nil {
		return "", err
	}
	st := &Statement{Now: time.Date(2024, 5, 17, 22, 30, 45, 123456700, time.UTC), Zone: time.FixedZone("", 7200), Schema: "Erp", User: "ann", Version: "test 1"}
	v, err := Eval(n, &Frame{Stmt: st})
	if err != nil {
		return "", err
	}
	folded, err := Eval(Fold(n), &Frame{Stmt: st})
	require.NoError(t, err, "folding must not bring errors")
	require.Equal(t, v.Text(), folded.Text(), "folding must not change the value of %s", s)
	if v.Null {
		return "NULL", nil
	}
	return v.Text(), nil
}
