package odatatest

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Version is the OData protocol version that a service speaks.
type Version uint8

// V2 speaks verbose JSON, V3 JSON light unless an option says otherwise; V4 is 4.0 with the expression syntax of 4.01.
const (
	V2 Version = 2
	V3 Version = 3
	V4 Version = 4
)

// SyntaxError says where an expression or option stops making sense.
type SyntaxError struct {
	Pos  int // byte offset in Text
	Text string
	Msg  string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("syntax error at position %d in '%s': %s", e.Pos, e.Text, e.Msg)
}

// maxDepth bounds the nesting of an expression, as real services do.
const maxDepth = 200

type parser struct {
	s     string
	i     int
	v     Version
	depth int
	types bool // inside cast or isof: a path may end in a type name
}

// CheckFilter parses a percent-decoded $filter expression without evaluating
// it: nil, or a *SyntaxError.
func CheckFilter(v Version, filter string) error {
	_, err := parseExpr(v, filter)
	return err
}

func parseExpr(v Version, s string) (expr, error) {
	p := &parser{s: s, v: v}
	e, err := p.expression(0)
	if err != nil {
		return nil, err
	}
	if p.i != len(p.s) {
		return nil, p.fail("expected an operator or the end")
	}
	return e, nil
}

func (p *parser) fail(format string, args ...any) error {
	return &SyntaxError{Pos: p.i, Text: p.s, Msg: fmt.Sprintf(format, args...)}
}

func (p *parser) peek() byte {
	if p.i < len(p.s) {
		return p.s[p.i]
	}
	return 0
}

func (p *parser) space() bool {
	start := p.i
	for p.peek() == ' ' || p.peek() == '\t' {
		p.i++
	}
	return p.i > start
}

func (p *parser) accept(c byte) bool {
	if p.peek() == c && p.i < len(p.s) {
		p.i++
		return true
	}
	return false
}

func (p *parser) expect(c byte) error {
	p.space()
	if !p.accept(c) {
		return p.fail("expected %q", c)
	}
	return nil
}

var precedence = map[string]int{
	"or": 1, "and": 2, "eq": 3, "ne": 3, "lt": 4, "le": 4, "gt": 4, "ge": 4, "has": 4, "in": 4,
	"add": 5, "sub": 5, "mul": 6, "div": 6, "divby": 6, "mod": 6,
}

// operator reads RWS op RWS if one follows, without consuming it otherwise.
func (p *parser) operator() (op string, prec, next int) {
	start := p.i
	defer func() { p.i = start }()
	if !p.space() {
		return "", 0, 0
	}
	w := p.word()
	op = w
	if p.v == V4 { // 4.01 services take operators without regard to case
		op = strings.ToLower(w)
	}
	prec = precedence[op]
	if prec == 0 || p.v == V3 && (op == "in" || op == "has" || op == "divby") || !p.space() {
		return "", 0, 0
	}
	return op, prec, p.i
}

func (p *parser) expression(minPrec int) (expr, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, p.fail("the expression is nested deeper than %d", maxDepth)
	}
	defer func() { p.depth-- }()
	x, err := p.unary()
	if err != nil {
		return nil, err
	}
	for {
		op, prec, next := p.operator()
		if op == "" || prec <= minPrec {
			return x, nil
		}
		at := p.i
		p.i = next
		var y expr
		if op == "in" {
			y, err = p.inOperand()
		} else {
			y, err = p.expression(prec)
		}
		if err != nil {
			return nil, err
		}
		if l, ok := y.(*literal); op == "has" && (!ok || l.enum == "") {
			p.i = y.pos()
			return nil, p.fail("has needs an enumeration literal")
		}
		x = &binary{at: at, op: op, x: x, y: y}
	}
}

// inOperand reads a list of literals in parentheses, or any other expression.
func (p *parser) inOperand() (expr, error) {
	at := p.i
	if p.peek() != '(' {
		return p.expression(precedence["in"])
	}
	p.i++
	p.space()
	list := &array{at: at}
	if p.accept(')') {
		return list, nil
	}
	for {
		itemAt := p.i
		x, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		if _, lit := x.(*literal); !lit && len(list.items) > 0 {
			p.i = itemAt
			return nil, p.fail("a list holds literals only")
		}
		list.items = append(list.items, x)
		p.space()
		if p.accept(')') {
			break
		}
		if _, lit := x.(*literal); !lit {
			return nil, p.fail("expected ')'")
		}
		if err := p.expect(','); err != nil {
			return nil, err
		}
		p.space()
	}
	if _, lit := list.items[0].(*literal); !lit {
		return list.items[0], nil
	}
	return list, nil
}

func (p *parser) unary() (expr, error) {
	at := p.i
	if p.depth++; p.depth > maxDepth {
		return nil, p.fail("the expression is nested deeper than %d", maxDepth)
	}
	defer func() { p.depth-- }()
	if p.peek() == '-' {
		if l, ok, err := p.literal(); ok || err != nil {
			return l, err
		}
		p.i++
		p.space()
		x, err := p.unary()
		return &unary{at: at, op: "-", x: x}, err
	}
	if w := p.word(); w == "not" || p.v == V4 && strings.EqualFold(w, "not") {
		if p.space() || p.peek() == '(' {
			x, err := p.unary()
			return &unary{at: at, op: "not", x: x}, err
		}
	}
	p.i = at
	return p.primary()
}

func (p *parser) primary() (expr, error) {
	at := p.i
	switch p.peek() {
	case '(':
		p.i++
		p.space()
		x, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		return x, p.expect(')')
	case '[':
		if p.v == V4 {
			return p.array()
		}
	case '{':
		if p.v == V4 {
			return p.object()
		}
	}
	if l, ok, err := p.literal(); ok || err != nil {
		return l, err
	}
	name := p.qualified()
	if name != "" && p.peek() == '(' {
		lower := name
		if p.v == V4 {
			lower = strings.ToLower(name)
		}
		if f, ok := canonicalFunctions[lower]; ok && (f.v3 && p.v == V3 || f.v4 && p.v == V4) {
			return p.call(at, lower, f.min, f.max)
		}
		if lower == "case" && p.v == V4 {
			return p.caseCall(at)
		}
	}
	p.i = at
	return p.path()
}

func (p *parser) call(at int, name string, least, most int) (expr, error) {
	p.i++ // (
	c := &call{at: at, name: name}
	was := p.types
	p.types = name == "cast" || name == "isof"
	defer func() { p.types = was }()
	p.space()
	if !p.accept(')') {
		for {
			x, err := p.expression(0)
			if err != nil {
				return nil, err
			}
			c.args = append(c.args, x)
			p.space()
			if p.accept(')') {
				break
			}
			if err := p.expect(','); err != nil {
				return nil, err
			}
			p.space()
		}
	}
	if len(c.args) < least || len(c.args) > most {
		return nil, p.fail("function '%s' takes %d to %d arguments, not %d", name, least, most, len(c.args))
	}
	return c, nil
}

// caseCall reads case(cond:value,...): the arguments alternate.
func (p *parser) caseCall(at int) (expr, error) {
	p.i++
	c := &call{at: at, name: "case"}
	for {
		for _, end := range []byte{':', 0} {
			p.space()
			x, err := p.expression(0)
			if err != nil {
				return nil, err
			}
			c.args = append(c.args, x)
			p.space()
			if end != 0 {
				if err := p.expect(end); err != nil {
					return nil, err
				}
			}
		}
		if p.accept(')') {
			return c, nil
		}
		if err := p.expect(','); err != nil {
			return nil, err
		}
	}
}

func (p *parser) array() (expr, error) {
	a := &array{at: p.i}
	p.i++
	p.space()
	if p.accept(']') {
		return a, nil
	}
	for {
		x, err := p.item()
		if err != nil {
			return nil, err
		}
		a.items = append(a.items, x)
		p.space()
		if p.accept(']') {
			return a, nil
		}
		if err := p.expect(','); err != nil {
			return nil, err
		}
		p.space()
	}
}

func (p *parser) object() (expr, error) {
	o := &object{at: p.i}
	p.i++
	p.space()
	if p.accept('}') {
		return o, nil
	}
	for {
		name, err := p.jsonString()
		if err != nil {
			return nil, err
		}
		if err := p.expect(':'); err != nil {
			return nil, err
		}
		p.space()
		x, err := p.item()
		if err != nil {
			return nil, err
		}
		o.names, o.items = append(o.names, name), append(o.items, x)
		p.space()
		if p.accept('}') {
			return o, nil
		}
		if err := p.expect(','); err != nil {
			return nil, err
		}
		p.space()
	}
}

// item reads a member of a JSON array or object: a JSON string or any expression.
func (p *parser) item() (expr, error) {
	if p.peek() == '"' {
		at := p.i
		s, err := p.jsonString()
		return &literal{at: at, value: String(s)}, err
	}
	return p.expression(0)
}

// word reads one odataIdentifier, "" if none is there.
func (p *parser) word() string {
	start := p.i
	for p.i < len(p.s) {
		r, n := utf8.DecodeRuneInString(p.s[p.i:])
		if r == utf8.RuneError && n == 1 {
			break
		}
		if r == '_' || unicode.IsLetter(r) || p.i > start && (unicode.IsDigit(r) || unicode.In(r, unicode.Mn, unicode.Mc, unicode.Pc, unicode.Cf)) {
			p.i += n
			continue
		}
		break
	}
	return p.s[start:p.i]
}

// qualified reads identifiers joined by dots.
func (p *parser) qualified() string {
	start := p.i
	if p.word() == "" {
		return ""
	}
	for p.peek() == '.' {
		dot := p.i
		p.i++
		if p.word() == "" {
			p.i = dot
			break
		}
	}
	return p.s[start:p.i]
}
