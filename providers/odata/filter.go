package odata

import (
	"fmt"
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// fragment is a condition as $filter writes it. Its rows are those for which
// the predicate holds (Exact), or those and others (Superset). With None, text
// is empty and reason says why.
type fragment struct {
	text    string
	verdict providers.Verdict
	reason  string
}

//go:noinline
func none(format string, args ...any) fragment {
	return fragment{reason: fmt.Sprintf(format, args...)}
}

func exact(text string) fragment { return fragment{text: text, verdict: providers.Exact} }

func superset(text, reason string) fragment {
	return fragment{text: text, verdict: providers.Superset, reason: reason}
}

// renderer writes predicates over the columns of one set.
//
// SQL's logic has three values where OData's comparison operators have two
// (null ne 5 is true), and servers disagree on "not" over null. So no "not" is
// ever written over a condition that null can reach: a negation is pushed
// inward, down to the comparisons, where it becomes the opposite operator with
// a guard against null. Every fragment is then true or "not true", and means
// the same to a server with either logic.
type renderer struct {
	set    *Set
	traits *Traits
}

// condition writes "e is true", or "e is false" when negated.
func (r *renderer) condition(e providers.Expr, negated bool) fragment {
	switch e := e.(type) {
	case *providers.ColumnRef:
		p := r.property(e.Column)
		if p == nil || p.NoFilter || p.Edm != "Edm.Boolean" {
			return none("%s is not a condition that the server knows", e)
		}
		return exact(p.Wire() + " eq " + fmt.Sprint(!negated))
	case *providers.Call:
		return r.call(e, negated)
	case *providers.Exists:
		return r.exists(e, negated)
	}
	return none("%s is a constant", e)
}

func (r *renderer) call(e *providers.Call, negated bool) fragment {
	switch e.Func {
	case providers.Not:
		return r.condition(e.Args[0], !negated)
	case providers.And, providers.Or:
		if (e.Func == providers.And) != negated {
			return r.all(e.Args, negated)
		}
		return r.any(e.Args, negated)
	case providers.Eq, providers.Ne, providers.Lt, providers.Le, providers.Gt, providers.Ge:
		return r.comparison(e, negated)
	case providers.IsNull:
		return r.nullTest(e.Args[0], negated)
	case providers.IsNotNull:
		return r.nullTest(e.Args[0], !negated)
	case providers.Same:
		return r.same(e, negated)
	case providers.In:
		return r.in(e, negated)
	case providers.Like:
		return r.like(e, negated)
	}
	return none("%s has no counterpart in $filter", e.Func)
}

// all joins conditions by "and". What cannot be written is left out: the rest
// still drops no wanted row.
func (r *renderer) all(args []providers.Expr, negated bool) fragment {
	var parts []string
	out := fragment{verdict: providers.Exact}
	for _, a := range args {
		f := r.condition(a, negated)
		if f.verdict != providers.Exact {
			out.verdict, out.reason = providers.Superset, first(out.reason, f.reason)
		}
		if f.verdict != providers.None {
			parts = append(parts, f.text)
		}
	}
	if len(parts) == 0 {
		return fragment{reason: out.reason}
	}
	out.text = strings.Join(parts, " and ")
	if len(parts) > 1 {
		out.text = "(" + out.text + ")"
	}
	return out
}

// any joins conditions by "or": all of them must be there.
func (r *renderer) any(args []providers.Expr, negated bool) fragment {
	parts := make([]string, len(args))
	out := fragment{verdict: providers.Exact}
	for i, a := range args {
		f := r.condition(a, negated)
		if f.verdict == providers.None {
			return f
		}
		if f.verdict == providers.Superset {
			out.verdict, out.reason = providers.Superset, f.reason
		}
		parts[i] = f.text
	}
	out.text = "(" + strings.Join(parts, " or ") + ")"
	return out
}

func (r *renderer) nullTest(e providers.Expr, negated bool) fragment {
	c, ok := e.(*providers.ColumnRef)
	if !ok {
		return none("IS NULL of an expression is not pushed")
	}
	p := r.property(c.Column)
	if p == nil || p.NoFilter || p.Edm == "" && p.Enum == nil {
		return none("%s cannot be compared with null by the server", c)
	}
	if known, said := r.traits.Functions["null"]; said && !known {
		return none("the server is not known to compare with null")
	}
	if negated {
		return exact(p.Wire() + " ne null")
	}
	return exact(p.Wire() + " eq null")
}

// property returns the property of a column, nil for an input column and for one
// that is none of the set's own type.
func (r *renderer) property(column int) *Property {
	if column < 0 || column >= len(r.set.Properties) || r.set.Properties[column].Input {
		return nil
	}
	if p := &r.set.Properties[column]; !p.Derived {
		return p
	}
	return nil
}

var operators = map[providers.Func]string{
	providers.Eq: " eq ", providers.Ne: " ne ", providers.Lt: " lt ",
	providers.Le: " le ", providers.Gt: " gt ", providers.Ge: " ge ",
}

// comparison writes a comparison of two terms, or of a term and a constant.
// "false" of a comparison is its opposite: both are unknown for null.
func (r *renderer) comparison(e *providers.Call, negated bool) fragment {
	op, left, right := e.Func, e.Args[0], e.Args[1]
	if negated {
		op = op.Opposite()
	}
	if _, ok := left.(*providers.Const); ok {
		left, right, op = right, left, op.Mirrored()
	}
	l, err := r.term(left)
	if err != nil {
		return none("%v", err)
	}
	if c, ok := right.(*providers.Const); ok {
		return r.withConstant(op, l, c.Value)
	}
	t, err := r.term(right)
	if err != nil {
		return none("%v", err)
	}
	return r.terms(op, l, t)
}

func (r *renderer) withConstant(op providers.Func, l term, v sqltypes.Value) fragment {
	if v.Null {
		return none("a comparison with NULL is never true")
	}
	if r.traits.clipped(l.property) {
		return r.instant(op, l, v)
	}
	text, err := r.traits.literal(l.property, v)
	if err != nil {
		return none("%v", err)
	}
	can := r.comparable(l.property, op)
	if can.verdict == providers.None {
		return can
	}
	if op == providers.Ne {
		return fragment{guarded(l.text+" ne "+text, l.nullable), can.verdict, can.reason}
	}
	if l.property.Edm == "Edm.Double" && (op == providers.Gt || op == providers.Ge) {
		// NaN is the greatest number here and compares false at the server, so
		// the opposite is asked for: with the guard no null reaches the "not".
		return fragment{guarded("not ("+l.text+operators[op.Opposite()]+text+")", l.nullable), can.verdict, can.reason}
	}
	return fragment{l.text + operators[op] + text, can.verdict, can.reason}
}

// terms compares two terms. Servers say that null equals null, and some that
// it is at most null.
func (r *renderer) terms(op providers.Func, a, b term) fragment {
	for _, p := range [...]*Property{a.property, b.property} {
		if can := r.comparable(p, op); can.verdict != providers.Exact {
			return none("%s", can.reason)
		}
	}
	if !sameFamily(a.property, b.property) {
		return none("%s and %s are of different types", a.text, b.text)
	}
	text := a.text + operators[op] + b.text
	switch {
	case op == providers.Ne:
		return exact(guarded(text, append(slices.Clone(a.nullable), b.nullable...)))
	case len(a.nullable) > 0 && len(b.nullable) > 0:
		return exact(guarded(text, a.nullable))
	}
	return exact(text)
}

func sameFamily(a, b *Property) bool {
	if a.Enum != nil || b.Enum != nil {
		return false
	}
	integer := func(p *Property) bool { return p.Type.Kind.IsInteger() }
	return a.Edm == b.Edm || integer(a) && integer(b)
}

// guarded adds "and c ne null" for each column that may be null.
func guarded(text string, nullable []string) string {
	if len(nullable) == 0 {
		return text
	}
	for _, c := range nullable {
		text += " and " + c + " ne null"
	}
	return "(" + text + ")"
}

const unknownCollation = "the server's collation is not known (Collation=server would take its answer)"

const codedText = "the server keeps numbers for these names"

// comparable says how well the server compares values of a property; the text
// of the fragment is not used.
func (r *renderer) comparable(p *Property, op providers.Func) fragment {
	equality := op == providers.Eq || op == providers.Ne
	if op != providers.Eq && p.EqualityOnly {
		return none("the server compares %s by equality alone", p.Name)
	}
	if p.Enum != nil {
		if equality {
			return exact("")
		}
		return none("the server orders %s by value, not by name", p.Name)
	}
	switch {
	case p.Coded && op == providers.Eq:
		return superset("", codedText)
	case p.Coded:
		return none("%s", codedText)
	case r.traits.clipped(p):
		return none("%s", clippedInstant)
	}
	switch p.Edm {
	case "Edm.String":
		switch {
		case r.traits.ServerCollation:
			return exact("")
		case op == providers.Eq:
			return superset("", unknownCollation)
		}
		return none("%s", unknownCollation)
	case "Edm.Boolean", "Edm.Guid":
		if equality {
			return exact("")
		}
		return none("%s has no agreed order", p.Type)
	case "Edm.Double":
		if op == providers.Ne {
			return none("floating point numbers are compared here")
		}
		return superset("", "floating point numbers are compared here again")
	case "Edm.Byte", "Edm.SByte", "Edm.Int16", "Edm.Int32", "Edm.Int64", "Edm.Decimal",
		"Edm.Date", "Edm.TimeOfDay", "Edm.Time", "Edm.DateTime", "Edm.DateTimeOffset":
		return exact("")
	}
	return none("%s columns are compared here", first(p.Edm, p.Type.String()))
}

// same writes IS NOT DISTINCT FROM a constant, which is never unknown.
func (r *renderer) same(e *providers.Call, negated bool) fragment {
	left, right := e.Args[0], e.Args[1]
	if _, ok := left.(*providers.Const); ok {
		left, right = right, left
	}
	c, ok := right.(*providers.Const)
	if !ok {
		return none("IS NOT DISTINCT FROM of two columns is not pushed")
	}
	if c.Value.Null {
		return r.nullTest(left, negated)
	}
	l, err := r.term(left)
	if err != nil {
		return none("%v", err)
	}
	if !negated {
		return r.withConstant(providers.Eq, l, c.Value)
	}
	f := r.withConstant(providers.Ne, l, c.Value)
	if f.verdict == providers.None || len(l.nullable) == 0 {
		return f
	}
	for _, n := range l.nullable {
		f.text += " or " + n + " eq null"
	}
	f.text = "(" + f.text + ")"
	return f
}

// in writes a list of constants.
func (r *renderer) in(e *providers.Call, negated bool) fragment {
	l, err := r.term(e.Args[0])
	if err != nil {
		return none("%v", err)
	}
	op := providers.Eq
	if negated {
		op = providers.Ne
	}
	can := r.comparable(l.property, op)
	if can.verdict == providers.None {
		return can
	}
	literals, err := r.literals(l.property, e.Args[1:])
	if err != nil {
		return none("%v", err)
	}
	if negated {
		for i := range literals {
			literals[i] = l.text + " ne " + literals[i]
		}
		return fragment{guarded("("+strings.Join(literals, " and ")+")", l.nullable), can.verdict, can.reason}
	}
	return fragment{r.anyOf(l.text, literals), can.verdict, can.reason}
}

func (r *renderer) literals(p *Property, args []providers.Expr) ([]string, error) {
	literals := make([]string, len(args))
	for i, a := range args {
		c, ok := a.(*providers.Const)
		if !ok || c.Value.Null {
			return nil, fmt.Errorf("%s is not a constant", a)
		}
		var err error
		if literals[i], err = r.traits.literal(p, c.Value); err != nil {
			return nil, err
		}
	}
	return literals, nil
}

// anyOf writes "text is one of the literals".
func (r *renderer) anyOf(text string, literals []string) string {
	switch {
	case len(literals) == 1:
		return text + " eq " + literals[0]
	case r.traits.In && r.traits.Version == V4:
		return text + " in (" + strings.Join(literals, ",") + ")"
	}
	return "(" + text + " eq " + strings.Join(literals, " or "+text+" eq ") + ")"
}
