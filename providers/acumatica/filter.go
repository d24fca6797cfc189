package acumatica

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// condition is a predicate as $filter writes it; see providers.Verdict. With
// None, text is empty and reason says why.
type condition struct {
	text    string
	verdict providers.Verdict
	reason  string
	fields  []string // by the names of query options
}

func none(format string, args ...any) condition {
	return condition{reason: fmt.Sprintf(format, args...)}
}

// filterer writes predicates in the part of OData V3's language that the
// contract-based interface is known to answer: comparisons with constants, and,
// or, startswith and substringof. What it answers by an error or by silence is
// never asked for: contains, tolower and toupper, not, a comparison with true of
// a function, fields of collections.
type filterer struct {
	t         *table
	collation bool // the server's equality of text is the wanted one
}

// is writes "e is true", or "e is false" when negated. A comparison with null is
// neither: a negation is pushed down to where it becomes the opposite operator.
func (w *filterer) is(e providers.Expr, negated bool) condition {
	switch e := e.(type) {
	case *providers.ColumnRef:
		c, why := w.column(e)
		if c == nil || c.Type.Kind != sqltypes.Bool {
			return none("%s", why)
		}
		return condition{c.option + " eq " + strconv.FormatBool(!negated), providers.Exact, "", []string{c.option}}
	case *providers.Call:
		return w.call(e, negated)
	}
	return none("%s is a constant", e)
}

var operators = map[providers.Func]string{
	providers.Eq: " eq ", providers.Ne: " ne ", providers.Lt: " lt ",
	providers.Le: " le ", providers.Gt: " gt ", providers.Ge: " ge ",
}

func (w *filterer) call(e *providers.Call, negated bool) condition {
	switch e.Func {
	case providers.Not:
		return w.is(e.Args[0], !negated)
	case providers.And, providers.Or:
		if (e.Func == providers.And) != negated {
			return w.all(e.Args, negated)
		}
		return w.any(e.Args, negated)
	case providers.Eq, providers.Ne, providers.Lt, providers.Le, providers.Gt, providers.Ge:
		return w.comparison(e, negated)
	case providers.Same:
		if k, ok := e.Args[1].(*providers.Const); ok && !k.Value.Null && !negated {
			return w.comparison(&providers.Call{Func: providers.Eq, Args: e.Args}, false)
		}
	case providers.In:
		if !negated {
			return w.in(e)
		}
		return none("NOT IN is done here")
	case providers.Like:
		if !negated {
			return w.like(e)
		}
		return none("NOT LIKE is done here: the server compares more coarsely")
	case providers.IsNull, providers.IsNotNull:
		return none("a comparison with null is not known to be answered")
	}
	return none("%s is not known to be answered", e.Func)
}

// all joins conditions by "and". What cannot be written is left out: the rest
// still drops no wanted row.
func (w *filterer) all(args []providers.Expr, negated bool) condition {
	out := condition{verdict: providers.Exact}
	var parts []string
	for _, a := range args {
		c := w.is(a, negated)
		if c.verdict != providers.Exact {
			out.verdict = providers.Superset
			if out.reason == "" {
				out.reason = c.reason
			}
		}
		if c.verdict != providers.None {
			parts = append(parts, c.text)
			out.fields = append(out.fields, c.fields...)
		}
	}
	if len(parts) == 0 {
		return condition{reason: out.reason}
	}
	out.text = strings.Join(parts, " and ")
	if len(parts) > 1 {
		out.text = "(" + out.text + ")"
	}
	return out
}

// any joins conditions by "or": all of them must be there.
func (w *filterer) any(args []providers.Expr, negated bool) condition {
	out := condition{verdict: providers.Exact}
	parts := make([]string, len(args))
	for i, a := range args {
		c := w.is(a, negated)
		if c.verdict == providers.None {
			return c
		}
		if c.verdict == providers.Superset {
			out.verdict, out.reason = providers.Superset, c.reason
		}
		parts[i] = c.text
		out.fields = append(out.fields, c.fields...)
	}
	out.text = "(" + strings.Join(parts, " or ") + ")"
	return out
}

// column returns the column behind an expression if a filter can name it.
func (w *filterer) column(e providers.Expr) (*column, string) {
	ref, ok := e.(*providers.ColumnRef)
	if !ok || ref.Column < 0 || ref.Column >= len(w.t.columns) {
		return nil, "conditions on expressions are done here"
	}
	c := &w.t.columns[ref.Column]
	switch {
	case c.Input:
		return nil, c.Name + " is a parameter"
	case !w.t.ofRecord(c.level):
		return nil, "the server does not filter by the fields of a collection"
	case c.option == "":
		return nil, "the server does not filter by " + c.Name
	}
	return c, ""
}

func (w *filterer) comparison(e *providers.Call, negated bool) condition {
	op, left, right := e.Func, e.Args[0], e.Args[1]
	if negated {
		op = op.Opposite()
	}
	if _, ok := left.(*providers.Const); ok {
		left, right, op = right, left, op.Mirrored()
	}
	c, why := w.column(left)
	k, ok := right.(*providers.Const)
	switch {
	case c == nil:
		return none("%s", why)
	case !ok:
		return none("comparisons of two columns are done here")
	case k.Value.Null:
		return none("a comparison with NULL is never true")
	}
	return w.compare(c, op, k.Value)
}

const unknownCollation = "the server's collation is not known (Collation=server would take its answer)"

// day is what an instant is widened by on both sides: more than any zone that
// the server could take it for.
const day = sqltypes.TicksPerDay

// compare writes a comparison of a field with a constant.
func (w *filterer) compare(c *column, op providers.Func, v sqltypes.Value) condition {
	out := condition{verdict: providers.Exact, fields: []string{c.option}}
	switch c.Type.Kind {
	case sqltypes.Bool:
		if v.Kind != sqltypes.Bool || op != providers.Eq && op != providers.Ne {
			return none("truth values are only compared as equal")
		}
		out.text = c.option + " eq " + strconv.FormatBool((v.I != 0) == (op == providers.Eq))
		return out
	case sqltypes.SmallInt, sqltypes.Integer, sqltypes.BigInt:
		n, ok := wholeNumber(v)
		if !ok {
			return none("%s is no whole number of 32 bits", v)
		}
		if op == providers.Ne {
			out.verdict, out.reason = providers.Superset, "the server may take null for a value that differs"
		}
		out.text = c.option + operators[op] + strconv.FormatInt(n, 10)
		return out
	case sqltypes.Decimal:
		text, ok := decimalLiteral(v)
		if !ok {
			return none("%s has more digits than the server is known to compare", v)
		}
		out.text, out.verdict, out.reason = c.option+operators[op]+text, providers.Superset, "amounts are compared here again, digit by digit"
		return out
	case sqltypes.Varchar:
		return w.text(c, op, v)
	case sqltypes.TimestampTZ, sqltypes.Date:
		return instant(c, op, v)
	}
	return none("%s columns are compared here", c.Type.Kind)
}

func wholeNumber(v sqltypes.Value) (int64, bool) {
	n, ok := v.I, v.Kind.IsInteger()
	if v.Kind == sqltypes.Decimal && v.D.IsInt() {
		n, ok = v.D.Int64()
	}
	return n, ok && n >= math.MinInt32 && n <= math.MaxInt32
}

// maxDigits is how many digits survive a double, which the server may make of a
// number.
const maxDigits = 15

func decimalLiteral(v sqltypes.Value) (string, bool) {
	var text string
	switch {
	case v.Kind == sqltypes.Decimal:
		text = v.D.TrimZeros().String()
	case v.Kind.IsInteger():
		text = strconv.FormatInt(v.I, 10)
	default:
		return "", false
	}
	digits := 0
	for _, r := range text {
		if r >= '0' && r <= '9' {
			digits++
		}
	}
	return text, digits <= maxDigits
}

// text compares a text as equal. An empty one may be null at the server.
func (w *filterer) text(c *column, op providers.Func, v sqltypes.Value) condition {
	switch {
	case op != providers.Eq:
		return none(unknownCollation)
	case v.Kind != sqltypes.Varchar || v.S == "" || !sendable(v.S):
		return none("%s is no text that the server is known to compare", v)
	}
	out := condition{c.option + " eq " + quote(v.S), providers.Superset, unknownCollation, []string{c.option}}
	if w.collation {
		out.verdict, out.reason = providers.Exact, ""
	}
	return out
}

func sendable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' })
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// instant compares a point in time, or a day, with a day's margin: in which zone
// the server takes the constant, and how many digits it compares, are its own.
func instant(c *column, op providers.Func, v sqltypes.Value) condition {
	ticks := v.I
	switch v.Kind {
	case sqltypes.Date:
		ticks *= sqltypes.TicksPerDay
	case sqltypes.Timestamp, sqltypes.TimestampTZ:
	default:
		return none("%s is no date", v)
	}
	if ticks < minInstant || ticks > maxInstant {
		return none("%s is out of the range of the server's dates", v)
	}
	literal := func(ticks int64) string {
		if c.Type.Kind == sqltypes.Date {
			return "date'" + string(sqltypes.AppendTimestamp(nil, ticks, 'T'))[:len("2006-01-02")] + "'"
		}
		return "datetimeoffset'" + string(sqltypes.AppendTimestamp(nil, ticks, 'T')) + "Z'"
	}
	out := condition{verdict: providers.Superset, reason: "points in time are compared here again", fields: []string{c.option}}
	from, to := c.option+" ge "+literal(ticks-day), c.option+" le "+literal(ticks+day)
	switch op {
	case providers.Gt, providers.Ge:
		out.text = from
	case providers.Lt, providers.Le:
		out.text = to
	case providers.Eq:
		out.text = "(" + from + " and " + to + ")"
	default:
		return none("a point in time that differs is found here")
	}
	return out
}

// The years 1900 to 9998, which the server's dates have with a day to spare.
const (
	minInstant = -25567 * sqltypes.TicksPerDay
	maxInstant = 2932530 * sqltypes.TicksPerDay
)

// in writes a list of constants.
func (w *filterer) in(e *providers.Call) condition {
	args := make([]providers.Expr, len(e.Args)-1)
	for i, k := range e.Args[1:] {
		args[i] = &providers.Call{Func: providers.Eq, Args: []providers.Expr{e.Args[0], k}}
	}
	return w.any(args, false)
}

// like writes what the literal runs of a pattern demand, which is never more
// than the pattern: startswith and substringof compare without regard to case.
// A run at the end goes by substringof too, since the database may keep blanks
// behind the text.
func (w *filterer) like(e *providers.Call) condition {
	c, why := w.column(e.Args[0])
	if c == nil {
		return none("%s", why)
	}
	runs, ok := literalRuns(e.Args[1:])
	if !ok || c.Type.Kind != sqltypes.Varchar {
		return none("LIKE needs a text column and a constant pattern")
	}
	if len(runs) == 1 {
		return w.text(c, providers.Eq, sqltypes.StringValue(runs[0]))
	}
	var parts []string
	for i, run := range runs {
		if i == 0 {
			if safe := safePrefix(run); safe != "" {
				parts = append(parts, "startswith("+c.option+","+quote(safe)+")")
			}
		} else if safe := longestSafe(run); safe != "" {
			parts = append(parts, "substringof("+quote(safe)+","+c.option+")")
		}
	}
	if len(parts) == 0 {
		return none("the pattern has no text that the server could look for")
	}
	return condition{strings.Join(parts, " and "), providers.Superset, "the pattern is matched here again", []string{c.option}}
}

// literalRuns cuts a LIKE pattern at its wildcards; a pattern without any is one
// run.
func literalRuns(args []providers.Expr) (runs []string, ok bool) {
	texts := make([]string, len(args))
	for i, a := range args {
		k, isConst := a.(*providers.Const)
		if !isConst || k.Value.Null || k.Value.Kind != sqltypes.Varchar {
			return nil, false
		}
		texts[i] = k.Value.S
	}
	escape := utf8.RuneError
	if len(texts) > 1 && texts[1] != "" {
		escape, _ = utf8.DecodeRuneInString(texts[1])
	}
	if !sendable(texts[0]) {
		return nil, false
	}
	var run strings.Builder
	escaped := false
	for _, r := range texts[0] {
		switch {
		case escaped:
			run.WriteRune(r)
			escaped = false
		case r == escape && escape != utf8.RuneError:
			escaped = true
		case r == '%' || r == '_':
			runs = append(runs, run.String())
			run.Reset()
		default:
			run.WriteRune(r)
		}
	}
	return append(runs, run.String()), !escaped
}

// unsafe are the characters that the server's own patterns may take for more
// than they are.
const unsafe = `%_[]^\`

func safePrefix(s string) string {
	if i := strings.IndexAny(s, unsafe); i >= 0 {
		return s[:i]
	}
	return s
}

func longestSafe(s string) string {
	runs := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(unsafe, r) })
	if len(runs) == 0 {
		return ""
	}
	return slices.MaxFunc(runs, func(a, b string) int { return len(a) - len(b) })
}
