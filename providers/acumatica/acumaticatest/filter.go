package acumaticatest

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"time"
)

// filterError is a filter that the interface fails over.
type filterError struct{ typ, message string }

func (e *filterError) Error() string { return e.message }

// compare is how the interface's language is understood: OData V3's operators,
// substringof, startswith and endswith, bare, and the literals of dates.
type filterParser struct {
	s     *Server
	text  string
	at    int
	names []string // the fields that were named
}

// test says whether a record passes.
type test func(r *record) bool

// filter compiles a filter over an entity.
func (s *Server) filter(text string) (t test, fields []string, err error) {
	if text == "" {
		return func(*record) bool { return true }, nil, nil
	}
	p := &filterParser{s: s, text: text}
	t, err = p.or()
	if p.space(); err == nil && p.at < len(p.text) {
		err = p.fail("unexpected %q", p.text[p.at:])
	}
	return t, p.names, err
}

func (p *filterParser) fail(format string, args ...any) error {
	return &filterError{"System.InvalidOperationException", fmt.Sprintf("Syntax error in the filter: "+format, args...)}
}

func (p *filterParser) space() {
	for p.at < len(p.text) && p.text[p.at] == ' ' {
		p.at++
	}
}

// word takes a word if it comes next.
func (p *filterParser) word(w string) bool {
	p.space()
	rest := p.text[p.at:]
	if !strings.HasPrefix(rest, w) || len(rest) > len(w) && isName(rest[len(w)]) && isName(w[len(w)-1]) {
		return false
	}
	p.at += len(w)
	return true
}

func isName(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '/'
}

func (p *filterParser) or() (test, error) {
	left, err := p.and()
	for err == nil && p.word("or") {
		var right test
		right, err = p.and()
		l := left
		left = func(r *record) bool { return l(r) || right(r) }
	}
	return left, err
}

func (p *filterParser) and() (test, error) {
	left, err := p.one()
	for err == nil && p.word("and") {
		var right test
		right, err = p.one()
		l := left
		left = func(r *record) bool { return l(r) && right(r) }
	}
	return left, err
}

func (p *filterParser) one() (test, error) {
	switch {
	case p.word("("):
		t, err := p.or()
		if err == nil && !p.word(")") {
			err = p.fail("want )")
		}
		return t, err
	case p.word("not"):
		t, err := p.one()
		if err == nil && strings.Contains(p.text, "substringof") {
			return nil, &filterError{"System.NullReferenceException", "Object reference not set to an instance of an object."}
		}
		return func(r *record) bool { return !t(r) }, err
	}
	for _, f := range []string{"substringof", "startswith", "endswith"} {
		if p.word(f + "(") {
			return p.function(f)
		}
	}
	name := p.name()
	switch {
	case name == "contains" || name == "tolower" || name == "toupper":
		return nil, &filterError{"System.NotSupportedException", "The method '" + name + "' is not supported."}
	case name == "":
		return nil, p.fail("want a field at %q", p.text[p.at:])
	}
	return p.comparison(name)
}

func (p *filterParser) name() string {
	p.space()
	if strings.HasPrefix(p.text[p.at:], "cf.") {
		end := strings.IndexByte(p.text[p.at:], ')')
		if end < 0 {
			return ""
		}
		name := p.text[p.at : p.at+end+1]
		p.at += end + 1
		p.names = append(p.names, name)
		return name
	}
	from := p.at
	for p.at < len(p.text) && isName(p.text[p.at]) {
		p.at++
	}
	name := p.text[from:p.at]
	p.names = append(p.names, name)
	return name
}

// function reads one of the functions, and what none of them takes: a comparison
// with its result finds nothing.
func (p *filterParser) function(f string) (test, error) {
	var name string
	var needle any
	var err error
	if f == "substringof" {
		if needle, err = p.literal(); err != nil || !p.word(",") {
			return nil, p.fail("%s takes a text and a field", f)
		}
		name = p.name()
	} else if name = p.name(); !p.word(",") {
		return nil, p.fail("%s takes a field and a text", f)
	} else if needle, err = p.literal(); err != nil {
		return nil, err
	}
	if !p.word(")") {
		return nil, p.fail("want ) after %s", f)
	}
	text, ok := needle.(string)
	if !ok {
		return nil, p.fail("%s takes a text", f)
	}
	compared := p.word("eq true") || p.word("eq false")
	has := map[string]func(s, sub string) bool{"substringof": strings.Contains, "startswith": strings.HasPrefix, "endswith": strings.HasSuffix}[f]
	return func(r *record) bool {
		v, ok := p.s.lookup(r, name).(string)
		return ok && !compared && has(strings.ToLower(v), strings.ToLower(text))
	}, nil
}

func (p *filterParser) comparison(name string) (test, error) {
	p.space()
	for _, op := range []string{"eq", "ne", "gt", "ge", "lt", "le"} {
		if !p.word(op) {
			continue
		}
		want, err := p.literal()
		if err != nil {
			return nil, err
		}
		return func(r *record) bool {
			got := p.s.lookup(r, name)
			if got == nil || want == nil {
				return op == "eq" && got == nil && want == nil || op == "ne" && (got == nil) != (want == nil)
			}
			c, ok := compareValues(got, want)
			return ok && map[string]bool{"eq": c == 0, "ne": c != 0, "gt": c > 0, "ge": c >= 0, "lt": c < 0, "le": c <= 0}[op]
		}, nil
	}
	return nil, p.fail("want an operator after %s", name)
}

func (p *filterParser) literal() (any, error) {
	p.space()
	for _, prefix := range []string{"datetimeoffset", "datetime", "date", "guid"} {
		if strings.HasPrefix(p.text[p.at:], prefix+"'") {
			p.at += len(prefix)
			text, err := p.quoted()
			if err != nil || prefix == "guid" {
				return text, err
			}
			for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02"} {
				if t, err := time.Parse(layout, text); err == nil {
					return t, nil
				}
			}
			return nil, p.fail("%q is no date", text)
		}
	}
	switch {
	case p.word("null"):
		return nil, nil
	case p.word("true"):
		return true, nil
	case p.word("false"):
		return false, nil
	case p.at < len(p.text) && p.text[p.at] == '\'':
		return p.quoted()
	}
	from := p.at
	for p.at < len(p.text) && strings.IndexByte("+-.0123456789eE", p.text[p.at]) >= 0 {
		p.at++
	}
	if _, ok := new(big.Rat).SetString(p.text[from:p.at]); !ok {
		return nil, p.fail("want a value at %q", p.text[from:])
	}
	return json.Number(p.text[from:p.at]), nil
}

func (p *filterParser) quoted() (string, error) {
	var b strings.Builder
	for p.at++; p.at < len(p.text); p.at++ {
		if p.text[p.at] != '\'' {
			b.WriteByte(p.text[p.at])
			continue
		}
		if p.at+1 < len(p.text) && p.text[p.at+1] == '\'' {
			p.at++
			b.WriteByte('\'')
			continue
		}
		p.at++
		return b.String(), nil
	}
	return "", p.fail("a text is not closed")
}

// compareValues compares as the database does: text without regard to case and
// to blanks at its end.
func compareValues(a, b any) (int, bool) {
	switch x := a.(type) {
	case string:
		y, ok := b.(string)
		fold := func(s string) string { return strings.TrimRight(strings.ToLower(s), " ") }
		return strings.Compare(fold(x), fold(y)), ok
	case bool:
		y, ok := b.(bool)
		if x == y {
			return 0, ok
		}
		return 1, ok
	case time.Time:
		y, ok := b.(time.Time)
		return x.Compare(y), ok
	case int64:
		return compareValues(json.Number(fmt.Sprint(x)), b)
	case json.Number:
		y, ok := b.(json.Number)
		l, okL := new(big.Rat).SetString(x.String())
		r, okR := new(big.Rat).SetString(y.String())
		if !ok || !okL || !okR {
			return 0, false
		}
		return l.Cmp(r), true
	}
	return 0, false
}

// lookup is the value of a field by the name that filters use.
func (s *Server) lookup(r *record, name string) any {
	if inner, ok := strings.CutPrefix(name, "cf."); ok {
		_, place, _ := strings.Cut(strings.TrimSuffix(inner, "')"), "(f='")
		for _, f := range r.of.custom {
			if f.view+"."+f.field == place {
				return r.customValue(f)
			}
		}
		return nil
	}
	if member, rest, nested := strings.Cut(name, "/"); nested {
		of := find(r.of.linked, member)
		if of == nil {
			return nil
		}
		return s.lookup(r.inner(member, of, 0), rest)
	}
	f, ok := r.of.field(name)
	if !ok {
		return nil
	}
	return r.value(f)
}
